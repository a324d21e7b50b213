#include "light-clients/fisco-bcos-2/test_world.h"

TestSuite(decode, .init = setup, .fini = teardown);

/* What may be wrong with a header. */
typedef struct header_form {
    uint64_t number;
    size_t bloom, root, extra_n, sealers, id_size, padding;
    const char *extra;
    int wide_time; /* a timestamp of nine bytes */
} header_form;

static const header_form good = {
    .number = 1, .bloom = 256, .root = 32, .sealers = 1, .id_size = 64, .extra = ""};

static yq_slice header_of(const header_form *f)
{
    static uint8_t room[1u << 18], filler[1u << 17];
    yq_writer out = yq_writer_of(room, sizeof room);
    memset(filler, 1, sizeof filler);
    size_t list = yq_rlp_list_begin(&out);
    for (size_t i = 0; i < 5; i++) {
        yq_rlp_put_string(&out, yq_slice_of(filler, i == 2 ? f->root : 32));
    }
    yq_rlp_put_string(&out, yq_slice_of(filler, f->bloom));
    yq_rlp_put_uint(&out, f->number);
    for (size_t i = 0; i < 3; i++) {
        if (i == 2 && f->wide_time) {
            yq_rlp_put_string(&out, yq_slice_of(filler, 9));
        } else {
            yq_rlp_put_uint(&out, 5);
        }
    }
    size_t extra = yq_rlp_list_begin(&out);
    for (size_t i = 0; i < f->extra_n; i++) {
        yq_rlp_put_string(&out, yq_slice_text(f->extra));
    }
    if (f->padding > 0) {
        yq_rlp_put_string(&out, yq_slice_of(filler, f->padding));
    }
    yq_rlp_list_end(&out, extra);
    yq_rlp_put_uint(&out, 0);
    size_t ids = yq_rlp_list_begin(&out);
    for (size_t i = 0; i < f->sealers; i++) {
        filler[0] = (uint8_t)(i >> 8);
        filler[1] = (uint8_t)i;
        yq_rlp_put_string(&out, yq_slice_of(filler, f->id_size));
    }
    yq_rlp_list_end(&out, ids);
    yq_rlp_list_end(&out, list);
    cr_assert_eq(out.status, YQ_OK);
    return yq_writer_slice(&out);
}

static yq_status decode(const header_form *f, yq_fisco2_header *out)
{
    const yq_fisco2_call call = {
        .host = test_client_begin(w[0].client, 0),
        .why = &w[0].client->why,
        .suite = YQ_FISCO2_SUITE_SM};
    return yq_fisco2_header_decode(&call, header_of(f), out);
}

Test(decode, headers)
{
    yq_fisco2_header h;
    header_form f = good;
    cr_assert_eq(decode(&f, &h), YQ_OK);
    cr_assert_eq(h.sealers.n, 1);
    f.number = INT64_MAX;
    cr_assert_eq(decode(&f, &h), YQ_OK);
    f.number++;
    cr_assert_eq(decode(&f, &h), YQ_E_RANGE);
    cr_assert_str_eq(w[0].client->why.text, "number");
    f = good;
    f.wide_time = 1;
    cr_assert_lt(decode(&f, &h), YQ_OK);
    cr_assert_str_eq(w[0].client->why.text, "timestamp");
    f = good;
    f.bloom = 255;
    cr_assert_eq(decode(&f, &h), YQ_E_LEN);
    cr_assert_str_eq(w[0].client->why.text, "logsBloom");
    f = good;
    f.root = 33;
    cr_assert_eq(decode(&f, &h), YQ_E_LEN);
    cr_assert_str_eq(w[0].client->why.text, "transactionsRoot");
    f = good;
    f.id_size = 65;
    cr_assert_eq(decode(&f, &h), YQ_E_LEN);
    f = good;
    f.sealers = YQ_FISCO2_SEALERS_MAX;
    cr_assert_eq(decode(&f, &h), YQ_OK);
    cr_assert_eq(h.sealers.n, YQ_FISCO2_SEALERS_MAX);
    f.sealers++;
    cr_assert_eq(decode(&f, &h), YQ_E_LIMIT);
    cr_assert_str_eq(w[0].client->why.text, "sealerList");
    f = good;
    f.padding = YQ_FISCO2_HEADER_MAX - 1000;
    cr_assert_eq(decode(&f, &h), YQ_OK);
    f.padding = YQ_FISCO2_HEADER_MAX - 100;
    cr_assert_eq(decode(&f, &h), YQ_E_LIMIT);
}

static yq_status init_of(const header_form *f)
{
    test_block *b = w[0].b[5];
    yq_slice raw = header_of(f);
    cr_assert_leq(raw.n, sizeof b->header);
    memcpy(b->header, raw.p, raw.n);
    b->header_n = raw.n;
    yq_hash_one(YQ_HASH_SM3, raw, b->hash.b);
    yq_slice anchor = test_anchor(&w[0].chain, b, w[0].room);
    uint8_t *exact = malloc(anchor.n); /* whose end a checker of memory knows */
    cr_assert_not_null(exact);
    memcpy(exact, anchor.p, anchor.n);
    yq_status status = test_client_init(w[0].client, yq_slice_of(exact, anchor.n));
    free(exact);
    return status;
}

Test(decode, the_text_of_a_genesis)
{
    char id[129], text[512];
    static const struct {
        const char *before, *after;
        yq_status expected;
    } row[] = {
        {"1-", ",-pbft-storage-1000-300000000", YQ_OK},     /* 2.2, 2.3 */
        {"1-", ",-pbft-storage-0-1000-300000000", YQ_OK},   /* 2.4, 2.5 */
        {"1-", ",-pbft-storage-0-1000-300000000-3", YQ_OK}, /* 2.6 to 2.11 */
        {"1-", ",-PBFT-mpt-1-1000-0-3", YQ_OK},
        {"1-", ",-pbft-MPT-1-1000-9223372036854775807-3", YQ_OK},
        {"1-", ",-pbft-storage-0-1000-300000000-3-4", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-0-1000-300000000-3-", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-1000", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-1000-", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-1000--3", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-01000-300000000", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-+1000-300000000", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-1000-30000000000000000000", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-1000-3e8", YQ_E_ANCHOR},
        {"1-", ",-pbft-storage-1000-300000000 ", YQ_E_ANCHOR},
        {"1-", ",-pbft-LevelDB-storage-1000-300000000", YQ_E_ANCHOR}, /* before 2.0 */
        {"1-", ",-pbft-storages-1000-300000000", YQ_E_ANCHOR},
        {"1-", ",-pbft--1000-300000000", YQ_E_ANCHOR},
        {"1-", ",-pbft-", YQ_E_ANCHOR},
        {"1-", ",-pbft", YQ_E_ANCHOR},
        {"1-", ",", YQ_E_ANCHOR},
        {"1-", ",-", YQ_E_ANCHOR},
        {"1-", ",--storage-1000-300000000", YQ_E_ANCHOR},
        {"1-", ",pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"1-", ",x-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"1-", ",-hotstuff-storage-1000-300000000", YQ_E_ANCHOR},
        {"1-", ",-raft-storage-1000-300000000", YQ_E_UNSUPPORTED},
        {"1-", ",-Raft-storage-0-1000-300000000-3", YQ_E_UNSUPPORTED},
        {"1-", ",-rpbft-storage-1000-300000000-4-1000", YQ_E_UNSUPPORTED},
        {"1-", ",-rPBFT-storage-0-1000-300000000-4-1000-3", YQ_E_UNSUPPORTED},
        {"1-", "-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"01-", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"-", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"1", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"1 -", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"99999999999-", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"1x", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR},
        {"18446744073709551617-", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR}, /* 2^64 + 1 */
        {"1-", ",-pbf-storage-1000-300000000", YQ_E_ANCHOR},
        {"1-", ",-pbft-stor-1000-300000000", YQ_E_ANCHOR},
        {"4294967297-", ",-pbft-storage-1000-300000000", YQ_E_ANCHOR},
    };
    (void)yq_hex_encode(id, sizeof id, yq_key_public(w[0].chain.key[0]).p, 64);
    header_form f = good;
    f.number = 0;
    f.sealers = 0;
    f.extra_n = 1;
    f.extra = text;
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        (void)snprintf(text, sizeof text, "%s%s%s", row[i].before, id, row[i].after);
        cr_assert_eq(init_of(&f), row[i].expected, "row %zu", i);
    }
    w[0].chain.group_id = 20; /* what '1' and the sign after '9' would make */
    (void)snprintf(text, sizeof text, "1:-%s,-pbft-storage-1000-300000000", id);
    cr_assert_eq(init_of(&f), YQ_E_ANCHOR);
    w[0].chain.group_id = 0;
    (void)snprintf(text, sizeof text, "-%s,-pbft-storage-1000-300000000", id);
    cr_assert_eq(init_of(&f), YQ_E_ANCHOR, "a group has a number");
    w[0].chain.group_id = 1;
    (void)snprintf(text, sizeof text, "1-%s", id);
    cr_assert_eq(init_of(&f), YQ_E_ANCHOR, "an id has its comma");
    (void)snprintf(text, sizeof text, "1-%s,-pbft-storage-1000-300000000", id);
    f.sealers = 1;
    cr_assert_eq(init_of(&f), YQ_E_ANCHOR, "a genesis lists no sealers");
    f.sealers = 0;
    f.extra_n = 2;
    cr_assert_eq(init_of(&f), YQ_E_ANCHOR, "one text");
    f.extra_n = 0;
    cr_assert_eq(init_of(&f), YQ_E_ANCHOR);
    f.extra_n = 1;
    text[0] = '\0';
    cr_assert_eq(init_of(&f), YQ_E_ANCHOR);
}

/* An evidence with so many signatures or set changes, no more of it. */
static yq_status update_claiming(uint16_t signatures, uint16_t changes)
{
    world *x = &w[0];
    yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
    static const uint8_t zero[130];
    yq_put_u8(&out, 1);
    yq_put_blob32(&out, yq_slice_of(x->b[1]->header, x->b[1]->header_n));
    yq_put_u16(&out, signatures);
    for (size_t i = 0; i < signatures; i++) {
        yq_put_bytes(&out, zero, sizeof zero);
    }
    yq_put_u16(&out, changes);
    return test_client_update(x->client, yq_writer_slice(&out));
}

Test(decode, counts_have_limits)
{
    cr_assert_eq(update_claiming(YQ_FISCO2_SEALERS_MAX + 1, 0), YQ_E_LIMIT);
    cr_assert_eq(update_claiming(YQ_FISCO2_SEALERS_MAX, 0), YQ_E_DUP_SIGNER);
    cr_assert_eq(update_claiming(0, YQ_FISCO2_CHANGES_MAX + 1), YQ_E_LIMIT);
    cr_assert_eq(update_claiming(0, YQ_FISCO2_CHANGES_MAX), YQ_E_TRUNCATED);
}

Test(decode, a_set_has_a_limit)
{
    yq_fisco2_set set;
    uint8_t id[64] = {0};
    const yq_fisco2_call call = {.host = test_client_begin(w[0].client, 0)};
    cr_assert(yq_fisco2_set_new(&call, &set));
    for (unsigned i = 0; i < YQ_FISCO2_SEALERS_MAX; i++) {
        id[0] = (uint8_t)(i * 7);
        id[1] = (uint8_t)i;
        cr_assert(yq_fisco2_set_add(&set, id));
    }
    for (size_t i = 1; i < set.n; i++) {
        cr_assert_lt(memcmp(set.id + 64 * (i - 1), set.id + 64 * i, 64), 0);
    }
    cr_assert(yq_fisco2_set_add(&set, id), "it is there");
    id[2] = 1;
    cr_assert_not(yq_fisco2_set_add(&set, id));
    yq_fisco2_set_remove(&set, id);
    cr_assert_eq(set.n, YQ_FISCO2_SEALERS_MAX);
    id[2] = 0;
    yq_fisco2_set_remove(&set, id);
    cr_assert_eq(set.n, YQ_FISCO2_SEALERS_MAX - 1);
}

static yq_status describe_changed(size_t at, uint8_t value, size_t size)
{
    static uint8_t room[YQ_FISCO2_STATE_MAX + 64];
    test_client *c = w[0].client;
    yq_client_view view;
    memset(room, 1, sizeof room);
    memcpy(room, c->state, c->state_n);
    room[at] = value;
    return yq_verifier_fisco_bcos_2()->describe(
        test_client_begin(c, 0), yq_slice_of(room, size), &view, &c->why);
}

Test(decode, a_state_of_another_kind_is_refused)
{
    size_t n = w[0].client->state_n, ids = 4u * YQ_FISCO2_ID_SIZE;
    cr_assert_eq(describe_changed(0, 1, n), YQ_OK);
    cr_assert_eq(describe_changed(0, 2, n), YQ_E_VERSION);
    cr_assert_eq(describe_changed(1, 2, n), YQ_E_FIELD_UNKNOWN);
    cr_assert_eq(describe_changed(n - ids - 1, 0, n - ids), YQ_E_LIMIT, "no sealers");
    cr_assert_eq(
        describe_changed(n - ids - 1, 251, n - ids + 251u * YQ_FISCO2_ID_SIZE), YQ_E_LIMIT);
}
