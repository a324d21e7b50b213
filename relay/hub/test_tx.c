#include "relay/base/bytes.h"
#include "relay/codec/msgpack.h"
#include "relay/hub/tx.h"

#include <criterion/criterion.h>

static uint8_t key[64] = {1, 2, 3};
static char code[19] = "1143000000612224L";

static yq_slice text(const char *t)
{
    return yq_slice_text(t);
}

static const char *good_code(void)
{
    memcpy(code, "11430000006122244L", 19);
    return code;
}

/* One good transaction a method. */
static size_t samples(yq_tx *tx)
{
    size_t n = 0;
    const yq_slice k = yq_slice_of(key, sizeof key);
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_ORG_REGISTER,
        .as.org_register = {.admin = k, .code = text(good_code()), .name = text("河南省")}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_ORG_KEY_ADD,
        .as.org_key_add = {.chain = text("city-410300"), .key = k, .role = 3}};
    tx[n++] = (yq_tx){.method = YQ_METHOD_ORG_KEY_ADD, .as.org_key_add = {.key = k, .role = 1}};
    tx[n++] = (yq_tx){.method = YQ_METHOD_ORG_KEY_REMOVE, .as.org_key_remove = {{{9}}}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {.approve = 1, .proposal = UINT64_MAX}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_CHAIN_REGISTER,
        .as.chain_register = {
            .anchor = text("anchor"),
            .chain = text("city-410300"),
            .framework = text("fisco-bcos-2"),
            .hash = 3,
            .inbox = text("12345678901234567890"),
            .inbox_event = text("topic"),
            .name = text("洛阳市"),
            .suite = 3,
            .trust_ms = YQ_TRUST_MS_MIN,
            .verifier = 1}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_CHAIN_REGISTER,
        .as.chain_register = {
            .anchor = text("a"),
            .chain = text("abc"),
            .framework = text("fabric"),
            .name = text("n"),
            .verifier = UINT32_MAX}};
    for (uint16_t m = YQ_METHOD_CHAIN_FREEZE; m <= YQ_METHOD_CHAIN_RETIRE; m++) {
        tx[n++] = (yq_tx){
            .method = m, .as.chain_act = {.chain = text("city-a"), .reason = text("drill")}};
    }
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_CHAIN_RECOVER,
        .as.chain_recover = {
            .anchor = text("a"),
            .chain = text("city-a"),
            .reason = text("drill"),
            .verifier = UINT32_MAX}};
    tx[n++] =
        (yq_tx){.method = YQ_METHOD_CLIENT_UPDATE, .as.evidence = {text("city-a"), text("header")}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_CLIENT_MISBEHAVIOUR, .as.evidence = {text("city-a"), text("two")}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = text("city-a"),
            .emitter = text("cc"),
            .event = text("Sent"),
            .service = text("s"),
            .from_height = 70000,
            .kind = 2,
            .ordered = 1}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_LANE_OPEN,
        .as.lane = {
            .src_chain = text("city-a"),
            .src_service = text("s"),
            .dst_chain = text("city-b"),
            .dst_service = text("r"),
            .grade_min = 2,
            .order = 1,
            .patience_ms = 1000,
            .payload_max = 65536,
            .per_minute_max = 60}};
    tx[n++] =
        (yq_tx){.method = YQ_METHOD_PACKET_EVENT, .as.evidence = {text("city-a"), text("proof")}};
    static uint8_t proof[65] = {9};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_EXPORT_KEY,
        .as.export_key = {
            .address = yq_slice_of(key, 20),
            .address_proof = yq_slice_of(proof, 65),
            .suite = 3,
            .validator = k,
            .validator_proof = k}};
    tx[n++] = (yq_tx){
        .method = YQ_METHOD_MESSAGE_FORCE,
        .as.force = {.message = {{5}}, .outcome = 3, .reason = text("rebuilt")}};
    return n;
}

Test(tx, what_is_written_is_read_and_every_prefix_and_extension_is_refused)
{
    yq_tx tx[32];
    size_t n = samples(tx);
    for (size_t i = 0; i < n; i++) {
        uint8_t room[1024], again[1024];
        yq_buf out = {room, sizeof room - 1, 0};
        cr_assert_eq(yq_tx_encode(&tx[i], &out), YQ_OK, "%s", yq_method_name(tx[i].method));
        yq_tx read;
        cr_assert_eq(yq_tx_decode(yq_slice_of(room, out.n), &read, NULL), YQ_OK);
        yq_buf second = {again, sizeof again, 0};
        cr_assert_eq(yq_tx_encode(&read, &second), YQ_OK);
        cr_assert(yq_slice_equal(yq_slice_of(room, out.n), yq_slice_of(again, second.n)));
        for (size_t cut = 0; cut < out.n; cut++) {
            yq_fault why = {0};
            cr_assert_neq(yq_tx_decode(yq_slice_of(room, cut), &read, &why), YQ_OK);
            cr_assert(why.offset <= cut);
        }
        room[out.n] = 0;
        cr_assert_eq(yq_tx_decode(yq_slice_of(room, out.n + 1), &read, NULL), YQ_E_TRAILING);
        for (size_t cap = 0; cap < out.n; cap++) {
            yq_buf small = {again, cap, 0};
            cr_assert_eq(yq_tx_encode(&tx[i], &small), YQ_E_NOSPC);
            cr_assert_eq(small.n, 0);
        }
    }
}

Test(tx, bytes_of_a_vote)
{
    const yq_tx tx = {
        .method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {.approve = 1, .proposal = 300}};
    static const uint8_t want[] = {0x02, 0x01, 0x00, 0x01, 0x82, 0xa7, 'a',  'p', 'p',
                                   'r',  'o',  'v',  'e',  0xc3, 0xa8, 'p',  'r', 'o',
                                   'p',  'o',  's',  'a',  'l',  0xcd, 0x01, 0x2c};
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_tx_encode(&tx, &out), YQ_OK);
    cr_assert(yq_slice_equal(yq_slice_of(room, out.n), yq_slice_of(want, sizeof want)));
}

static yq_status encode(const yq_tx *tx)
{
    static uint8_t room[2u << 20];
    yq_buf out = {room, sizeof room, 0};
    return yq_tx_encode(tx, &out);
}

Test(tx, values_outside_their_fields_are_refused)
{
    yq_tx tx[32], bad;
    (void)samples(tx);
    bad = tx[0];
    bad.as.org_register.admin.n = 63;
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[0];
    bad.as.org_register.code = text("11430000006122244M");
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[0];
    bad.as.org_register.name = text("");
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[0];
    bad.as.org_register.name = text("\xff");
    cr_assert_eq(encode(&bad), YQ_E_UTF8);
    bad = tx[1];
    bad.as.org_key_add.role = 2; /* only an adapter is bound to a chain */
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[1];
    bad.as.org_key_add.role = 5;
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[1];
    bad.as.org_key_add.chain = text("City");
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[4];
    bad.as.vote.proposal = 0;
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[5];
    bad.as.chain_register.hash = 1; /* not the suite's */
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[5];
    bad.as.chain_register.inbox.n = 0;
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[5];
    bad.as.chain_register.inbox.n = bad.as.chain_register.inbox_event.n = 0;
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[6];
    bad.as.chain_register.suite = bad.as.chain_register.hash = 1; /* of a source only */
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[5];
    bad.as.chain_register.trust_ms = YQ_TRUST_MS_MIN - 1;
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad.as.chain_register.trust_ms = YQ_TRUST_MS_MAX;
    cr_assert_eq(encode(&bad), YQ_OK);
    bad.as.chain_register.trust_ms++;
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    bad = tx[6];
    bad.as.chain_register.chain = text("ab");
    cr_assert_eq(encode(&bad), YQ_E_RANGE);
    static uint8_t large[YQ_ANCHOR_SIZE_MAX + 1];
    bad = tx[6];
    bad.as.chain_register.anchor = yq_slice_of(large, sizeof large - 1);
    cr_assert_eq(encode(&bad), YQ_OK);
    bad.as.chain_register.anchor.n++;
    cr_assert_eq(encode(&bad), YQ_E_LIMIT);
    bad = (yq_tx){.method = 0x0999};
    cr_assert_eq(encode(&bad), YQ_E_METHOD_UNKNOWN);
}

Test(tx, head_of_a_transaction)
{
    yq_tx tx;
    uint8_t room[] = {0x02, 0x01, 0, 1, 0x82};
    cr_assert_eq(yq_tx_decode(yq_slice_of(room, 3), &tx, NULL), YQ_E_TRUNCATED);
    room[3] = 2;
    cr_assert_eq(yq_tx_decode(yq_slice_of(room, 5), &tx, NULL), YQ_E_VERSION);
    room[0] = 0x7f;
    cr_assert_eq(yq_tx_decode(yq_slice_of(room, 5), &tx, NULL), YQ_E_METHOD_UNKNOWN);
    static uint8_t huge[YQ_TX_SIZE_MAX + 1] = {0x07, 0x01, 0, 1};
    cr_assert_eq(yq_tx_decode(yq_slice_of(huge, sizeof huge), &tx, NULL), YQ_E_LIMIT);
}

/* What the encoder would not write is refused by the decoder, too. */
static yq_status changed(const yq_tx *tx, const char *find, size_t skip, const char *put)
{
    uint8_t room[1024];
    yq_buf out = {room, sizeof room, 0};
    yq_tx read;
    yq_fault why;
    size_t n = strlen(find);
    cr_assert_eq(yq_tx_encode(tx, &out), YQ_OK);
    for (size_t i = 0; i + n <= out.n; i++) {
        if (memcmp(room + i, find, n) == 0) {
            memcpy(room + i + n + skip, put, put[0] == 0 ? 1 : strlen(put));
            return yq_tx_decode(yq_slice_of(room, out.n), &read, &why);
        }
    }
    cr_assert_fail("no %s", find);
    return YQ_OK;
}

Test(tx, readers_know_the_fields_forms)
{
    yq_tx tx[32];
    (void)samples(tx);
    cr_assert_eq(changed(&tx[0], "code", 1, "11430000006122244M"), YQ_E_RANGE);
    cr_assert_eq(changed(&tx[1], "chain", 1, "City"), YQ_E_RANGE);
    cr_assert_eq(changed(&tx[1], "role", 0, ""), YQ_E_RANGE);
    cr_assert_eq(changed(&tx[1], "role", 0, "\5"), YQ_E_RANGE);
    cr_assert_eq(changed(&tx[1], "role", 0, "\2"), YQ_E_RANGE, "bound to a chain");
    cr_assert_eq(changed(&tx[5], "framework", 1, "FISCO"), YQ_E_RANGE);
    cr_assert_eq(changed(&tx[5], "suite", 0, "\1"), YQ_E_RANGE, "another suite's hash");
    cr_assert_eq(changed(&tx[5], "suite", 0, "\5"), YQ_E_RANGE);
    cr_assert_eq(changed(&tx[5], "name", 1, "\xff"), YQ_E_UTF8);
    const yq_tx vote = {.method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {1, 1}};
    cr_assert_eq(changed(&vote, "proposal", 0, ""), YQ_E_RANGE);
}

Test(tx, keys_are_exactly_the_methods)
{
    uint8_t room[128];
    yq_tx tx;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u16(&w, YQ_METHOD_GOVERNANCE_VOTE);
    yq_put_u16(&w, 1);
    yq_mp_put_map(&w, 2);
    size_t head = w.n;
    yq_mp_put_text(&w, "proposal");
    yq_mp_put_uint(&w, 1);
    yq_mp_put_text(&w, "approve");
    yq_mp_put_bool(&w, 1);
    cr_assert_neq(yq_tx_decode(yq_writer_slice(&w), &tx, NULL), YQ_OK, "order of the keys");
    w.n = head;
    yq_mp_put_text(&w, "approve");
    yq_mp_put_uint(&w, 1);
    yq_mp_put_text(&w, "proposal");
    yq_mp_put_uint(&w, 1);
    yq_fault why;
    cr_assert_eq(yq_tx_decode(yq_writer_slice(&w), &tx, &why), YQ_E_TYPE);
    cr_assert_eq(why.offset, head + 8);
    cr_assert_str_eq(why.text, "approve");
}

Test(tx, unified_social_credit_codes)
{
    cr_assert_eq(yq_org_code_check("11430000006122244"), 'L');
    cr_assert_eq(yq_org_code_check("11100000MB0341032"), 'Y');
    cr_assert_eq(yq_org_code_check("1143000000612224I"), 0, "no I in the alphabet");
    cr_assert(yq_org_code_valid(text("11430000006122244L")));
    cr_assert_not(yq_org_code_valid(text("11430000006122245L")));
    cr_assert_not(yq_org_code_valid(text("11430000006122244")));
    cr_assert_not(yq_org_code_valid(text("11430000006122244L0")));
    cr_assert_not(yq_org_code_valid(text("1143000000612224II")));
}
