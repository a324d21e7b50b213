/* What the chain does to the adapter's face, over HTTP. */
#include "conformance/chains/fisco-bcos-3/test_drive.h"

static test_drive d;

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"

static void one_more(const char *command)
{
    drive_do(&d, command);
    test_program_wait(&d.program, "waiting", 0);
}

static void begin(const char *suite)
{
    drive_begin(&d, suite, NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
}

static void hostile(const char *mode)
{
    char text[96];
    (void)snprintf(text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"%s\"}", mode);
    drive_do(&d, text);
}

/* The adapter leaves out what is no signature, or a second one: what is left is no quorum. */
static void bad_signatures(const char *suite)
{
    static const char *const mode[] = {
        "forged-signature", "one-signature-short", "repeated-signer"};
    begin(suite);
    for (size_t i = 0; i < YQ_ARRAY_N(mode); i++) {
        yq_height_evidence e;
        hostile(mode[i]);
        one_more(SEND);
        cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_E_QUORUM, "%s", mode[i]);
        release();
        hostile("none");
        cr_assert_eq(drive_follow(&d), 1, "healed");
    }
    drive_end(&d);
}

Test(hostile, bad_signatures_sm, .timeout = 120)
{
    bad_signatures("sm");
}

Test(hostile, bad_signatures_keccak, .timeout = 120)
{
    bad_signatures("keccak");
}

Test(hostile, an_altered_receipt_is_never_brought, .timeout = 120)
{
    yq_height_evidence e;
    begin("sm");
    hostile("altered-receipt");
    one_more(SEND);
    cr_assert_eq(drive_height(&d, ++d.followed, &e), YQ_OK, "the header is good");
    one_more(SEND);
    cr_assert_eq(
        yq_adapter_v1()->evidence(d.session, d.followed + 1, DEADLINE_MS, &e, &d.why), YQ_E_PEER);
    cr_assert_str_eq(d.why.text, "receiptsRoot");
    hostile("none");
    cr_assert_eq(drive_follow(&d), 2, "healed");
    drive_end(&d);
}

Test(hostile, a_foreign_emitter_is_proven_with_its_own_address, .timeout = 120)
{
    yq_height_evidence e;
    uint8_t inbox[20];
    yq_buf out = {inbox, sizeof inbox, 0};
    begin("keccak");
    cr_assert_eq(yq_hex_decode(&out, d.inbox, 40), YQ_OK);
    hostile("foreign-emitter");
    (void)drive_follow(&d);
    one_more(SEND);
    one_more("{\"do\":\"emit\",\"payload\":\"00\"}");
    cr_assert_eq(drive_height(&d, d.followed + 1, &e), YQ_OK);
    cr_assert_eq(drive_height(&d, d.followed + 2, &e), YQ_OK);
    cr_assert_eq(e.event_n, 1);
    cr_assert(!yq_slice_equal(e.event[0].emitter, YQ_SLICE_OF(inbox)));
    drive_end(&d);
}

Test(hostile, a_fork_is_misbehaviour, .timeout = 120)
{
    begin("sm");
    one_more(SEND);
    (void)drive_follow(&d);
    char text[96];
    (void)snprintf(
        text,
        sizeof text,
        "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":%" PRIu64 "}",
        d.followed - 1);
    drive_do(&d, text);
    yq_height_evidence e;
    cr_assert_eq(drive_height(&d, d.followed - 1, &e), YQ_E_MISBEHAVIOUR);
    drive_end(&d);
}
