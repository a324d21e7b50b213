/* States, registrations and records: what is read back is what was written, or nothing. */
#include "light-clients/fabric/state.h"
#include "light-clients/fabric/test_members.h"

static yq_fabric_state good_state(void)
{
    yq_fabric_state s = {
        .dialect = YQ_FABRIC_PLAIN, .channel = text("ch"), .class_ = 1, .chaincode_n = 2};
    s.chaincode[0] = (yq_fabric_chaincode){
        .name = text("a"), .kind = YQ_FABRIC_BY_PATH, .policy = text("/p"), .keys = 8};
    s.chaincode[1] = (yq_fabric_chaincode){
        .name = text("b"), .kind = YQ_FABRIC_BY_RULE, .keys = 8, .keys_used = 8};
    return s;
}

static yq_slice bytes_of(client *c, const yq_fabric_state *s)
{
    const yq_fabric_call call = members_call(c);
    yq_buf out = {keep(malloc(YQ_FABRIC_STATE_SIZE_MAX)), YQ_FABRIC_STATE_SIZE_MAX, 0};
    cr_assert_eq(yq_fabric_state_encode(&call, s, &out), YQ_OK);
    return yq_slice_of(out.p, out.n);
}

static yq_status read_back(client *c, yq_slice in)
{
    const yq_fabric_call call = members_call(c);
    yq_fabric_state s;
    return yq_fabric_state_decode(&call, in, &s);
}

static yq_status state_verdict(client *c, const yq_fabric_state *s)
{
    return read_back(c, bytes_of(c, s));
}

Test(states, each_field_has_its_range)
{
    client *c = client_new();
    yq_fabric_state s = good_state();
    cr_expect_eq(state_verdict(c, &s), YQ_OK);
    for (unsigned class_ = 0; class_ < 4; class_++) {
        s.class_ = (uint8_t)class_;
        cr_expect_eq(
            state_verdict(c, &s), class_ == 1 || class_ == 2 ? YQ_OK : YQ_E_RANGE, "%u", class_);
    }
    const yq_fabric_chaincode good[] = {good_state().chaincode[0], good_state().chaincode[1]};
    yq_fabric_chaincode odd[] = {good[0], good[0], good[0], good[0], good[0], good[0], good[1]};
    odd[0].name = nothing;
    odd[1].flags = YQ_FABRIC_FLAGS + 1;
    odd[2].keys = YQ_FABRIC_KEYS_MAX + 1;
    odd[3].keys_used = 9;
    odd[4].kind = YQ_FABRIC_BY_INVALID;
    odd[4].policy = nothing;
    odd[5].policy = nothing;
    odd[6].kind = YQ_FABRIC_BY_RULE + 1;
    for (size_t i = 0; i < YQ_ARRAY_N(odd); i++) {
        s = good_state();
        s.chaincode[0] = odd[i];
        cr_expect_eq(state_verdict(c, &s), YQ_E_RANGE, "chaincode %zu", i);
    }
    client_free(c);
}

/* Bytes that no encoder writes. */
Test(states, bytes)
{
    client *c = client_new();
    yq_fabric_state s = good_state();
    yq_slice good = bytes_of(c, &s);
    const size_t kind_at = good.n - 2 * (2 + 1 + 2 + 1 + 8 + 4 + 4 + 4) - 2 + 2;
    const size_t count_at = kind_at - 3;
    cr_assert(good.p[kind_at] == YQ_FABRIC_BY_PATH && good.p[count_at] == 2);
    for (size_t n = 0; n < good.n; n++) {
        cr_expect_neq(read_back(c, yq_slice_of(good.p, n)), YQ_OK, "%zu bytes", n);
    }
    cr_expect_eq(read_back(c, JOIN(good, text("x"))), YQ_E_TRAILING);
    const struct {
        size_t at;
        uint8_t byte;
        yq_status want;
    } row[] = {
        {0, 'X', YQ_E_VERSION},
        {3, 'X', YQ_E_VERSION},
        {4, 0, YQ_E_VERSION},
        {4, 3, YQ_E_VERSION},
        {kind_at, YQ_FABRIC_BY_RULE, YQ_E_RANGE}, /* with a path */
        {count_at, YQ_FABRIC_CHAINCODES_MAX + 1, YQ_E_RANGE}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice bytes = copy_of(good);
        ((uint8_t *)(uintptr_t)bytes.p)[row[i].at] = row[i].byte;
        cr_expect_eq(read_back(c, bytes), row[i].want, "row %zu", i);
    }
    client_free(c);
}

Test(states, room)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_state s = good_state();
    size_t size = bytes_of(c, &s).n;
    for (size_t cap = size - 1; cap <= size; cap++) {
        yq_buf out = {keep(malloc(cap)), cap, 0};
        cr_expect_eq(yq_fabric_state_encode(&call, &s, &out), cap < size ? YQ_E_LIMIT : YQ_OK);
        cr_expect_eq(out.n, cap < size ? 0 : size);
    }
    client_free(c);
}

typedef struct registration_spec {
    const char *name;
    uint8_t kind;
    size_t policy_n;
    uint8_t known;
    uint64_t block;
    uint32_t tx, keys;
    yq_status want;
} registration_spec;

static yq_status registration_verdict(const registration_spec *r)
{
    static const uint8_t policy[YQ_CLIENT_RECORD_MAX];
    yq_writer w = room(1u << 16);
    yq_put_str8(&w, text(r->name));
    yq_put_u8(&w, r->kind);
    yq_put_blob16(&w, yq_slice_of(policy, r->policy_n));
    yq_put_u8(&w, r->known);
    yq_put_u64(&w, r->block);
    yq_put_u32(&w, r->tx);
    yq_put_u32(&w, r->keys);
    yq_cur c = yq_cur_of(done(&w));
    yq_fabric_chaincode out;
    yq_fabric_registration_take(&c, &out);
    return yq_cur_done(&c, NULL);
}

Test(states, registrations)
{
    static const registration_spec row[] = {
        {"cc", 1, 2, 0, 0, 0, 8, YQ_OK},
        {"cc", 2, 2, 1, 5, 3, 8, YQ_OK},
        {"", 1, 2, 0, 0, 0, 8, YQ_E_RANGE},
        {"cc", 0, 2, 0, 0, 0, 8, YQ_E_RANGE},
        {"cc", 3, 2, 0, 0, 0, 8, YQ_E_RANGE},
        {"cc", 1, 0, 0, 0, 0, 8, YQ_E_RANGE},
        {"cc", 1, YQ_FABRIC_PATH_SIZE_MAX, 0, 0, 0, 8, YQ_OK},
        {"cc", 1, YQ_FABRIC_PATH_SIZE_MAX + 1, 0, 0, 0, 8, YQ_E_LIMIT},
        {"cc", 2, YQ_FABRIC_PATH_SIZE_MAX + 1, 0, 0, 0, 8, YQ_OK},
        {"cc", 1, 2, 2, 0, 0, 8, YQ_E_RANGE},
        {"cc", 1, 2, 0, 1, 0, 8, YQ_E_RANGE},
        {"cc", 1, 2, 0, 0, 1, 8, YQ_E_RANGE},
        {"cc", 1, 2, 0, 0, 0, 0, YQ_E_RANGE},
        {"cc", 1, 2, 0, 0, 0, YQ_FABRIC_KEYS_MAX, YQ_OK},
        {"cc", 1, 2, 0, 0, 0, YQ_FABRIC_KEYS_MAX + 1, YQ_E_RANGE}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(registration_verdict(&row[i]), row[i].want, "row %zu", i);
    }
}

/* Every record one byte longer. */
static void stretch_records(client *c)
{
    for (size_t i = 0; i < c->rec_n; i++) {
        record *r = &c->rec[i];
        r->value = realloc(r->value, ++r->value_n);
        r->value[r->value_n - 1] = 0;
    }
}

/* A record of another size is none. */
Test(states, records)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    c->may_put = 1;
    const yq_digest hash = {{1}};
    const yq_fabric_place place = {.number = 3, .index = 2, .strict = 1};
    const yq_fabric_verdict verdict = {.envelope = hash, .status = YQ_E_SIG};
    const yq_fabric_writer writer = {.number = 4, .index = 1, .is_delete = 1};
    yq_fabric_state s = good_state();
    s.config_size = 3;
    cr_assert_eq(yq_fabric_put_header(&call, 5, &hash), YQ_OK);
    cr_assert_eq(yq_fabric_put_place(&call, text("id"), &place), YQ_OK);
    cr_assert_eq(yq_fabric_put_verdict(&call, 3, 2, &verdict), YQ_OK);
    cr_assert_eq(yq_fabric_put_writer(&call, 0, text("k"), &writer), YQ_OK);
    cr_assert_eq(yq_fabric_put_config(&call, text("abc"), 0), YQ_OK);
    for (int whole = 1; whole >= 0; whole--) {
        yq_digest h;
        yq_fabric_place p;
        yq_fabric_verdict v;
        yq_fabric_writer w;
        yq_slice config;
        cr_expect_eq(yq_fabric_get_header(&call, 5, &h), whole);
        cr_expect_eq(yq_fabric_get_place(&call, text("id"), &p), whole);
        cr_expect_eq(yq_fabric_get_verdict(&call, 3, 2, &v), whole);
        cr_expect_eq(yq_fabric_get_writer(&call, 0, text("k"), &w), whole);
        cr_expect_eq(yq_fabric_get_config(&call, &s, &config), whole ? YQ_OK : YQ_E_STATE);
        stretch_records(c);
    }
    client_free(c);
}

/* Of a chaincode with a rule of its own. */
Test(states, rules)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_state s = good_state();
    cr_expect_eq(yq_fabric_get_rules(&call, &s), YQ_E_STATE);
    c->may_put = 1;
    cr_assert_eq(yq_fabric_put_rule(&call, 1, text("rule")), YQ_OK);
    cr_expect_eq(yq_fabric_get_rules(&call, &s), YQ_OK);
    cr_expect(yq_slice_equal(s.chaincode[0].policy, text("/p")), "a path stays as it is");
    cr_expect(yq_slice_equal(s.chaincode[1].policy, text("rule")));
    client_free(c);
}

/* Old headers go, and a shorter configuration leaves nothing of the one before it. */
Test(states, what_is_dropped)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    c->may_put = 1;
    const yq_digest hash = {{1}};
    yq_digest got;
    for (uint64_t number = 0; number < 2; number++) {
        cr_assert_eq(yq_fabric_put_header(&call, number, &hash), YQ_OK);
    }
    cr_assert_eq(yq_fabric_put_header(&call, YQ_FABRIC_HEADERS_KEPT, &hash), YQ_OK);
    cr_expect_not(yq_fabric_get_header(&call, 0, &got));
    cr_expect(yq_fabric_get_header(&call, 1, &got));
    yq_slice large =
        yq_slice_of(keep(calloc(2, YQ_CLIENT_RECORD_MAX)), 2 * (size_t)YQ_CLIENT_RECORD_MAX);
    yq_fabric_state s = good_state();
    s.config_size = (uint32_t)large.n;
    yq_slice config;
    cr_assert_eq(yq_fabric_put_config(&call, large, 0), YQ_OK);
    cr_expect_eq(yq_fabric_get_config(&call, &s, &config), YQ_OK);
    cr_assert_eq(yq_fabric_put_config(&call, text("abc"), (uint32_t)large.n), YQ_OK);
    cr_expect_eq(yq_fabric_get_config(&call, &s, &config), YQ_E_STATE);
    c->may_put = 0;
    cr_expect_eq(yq_fabric_put_header(&call, 9, &hash), YQ_E_STATE, "the host's own answer");
    client_free(c);
}
