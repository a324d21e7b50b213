#include "conformance/chains/evm/test_world.h"

/* Every way in which the chain may lie, and what answers it. */

static void set_mode(const char *mode)
{
    char text[96];
    (void)snprintf(text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"%s\"}", mode);
    test_do(text);
}

static void emit_one(void)
{
    test_do("{\"do\":\"emit\",\"payload\":\"0a0b\"}");
    test_program_wait(&w.program, "waiting", 0);
}

/* The next block is made in this mode and refused with this code; when the mode ends, it is good.
 */
static void refused_and_healed(const char *mode, yq_status code)
{
    size_t events = 0;
    set_mode(mode);
    emit_one();
    uint64_t latest = test_latest();
    yq_status status = test_bring(w.next, &events);
    for (; status == YQ_OK && w.next < latest; status = test_bring(w.next, &events)) {
        w.next++; /* empty blocks of Clique lie before it */
    }
    cr_expect_eq(status, code, "%s: %d %s; %s", mode, (int)status, w.why.text, w.client->why.text);
    cr_expect_eq(test_client_height(), w.next - 1, "%s: the client has not moved", mode);
    set_mode("none");
    cr_expect_eq(test_follow(), 1, "%s", mode);
}

static void seals(const char *suite)
{
    test_begin(suite);
    emit_one();
    cr_assert_eq(test_follow(), 2);
    refused_and_healed("forged-signature", YQ_E_SIGNER_UNKNOWN);
    refused_and_healed("one-signature-short", YQ_E_QUORUM);
    refused_and_healed("repeated-signer", YQ_E_DUP_SIGNER);
    refused_and_healed("altered-receipt", YQ_E_PROOF);
    test_end();
}

Test(hostile, seals_of_qbft, .timeout = 120)
{
    seals("qbft");
}

Test(hostile, seals_of_ibft2, .timeout = 120)
{
    seals("ibft2");
}

Test(hostile, seals_with_a_contract, .timeout = 120)
{
    seals("qbft-contract");
}

Test(hostile, seals_of_clique, .timeout = 120)
{
    test_begin("clique");
    emit_one();
    cr_assert_eq(test_follow(), 2);
    refused_and_healed("forged-signature", YQ_E_SIGNER_UNKNOWN);
    refused_and_healed("repeated-signer", YQ_E_DUP_SIGNER);
    refused_and_healed("altered-receipt", YQ_E_PROOF);
    long code = 0;
    yq_json *reply = test_program_post(
        &w.program,
        w.program.control,
        "{\"do\":\"hostile\",\"mode\":\"one-signature-short\"}",
        &code);
    cr_assert_eq(code, 400);
    yq_json_free(reply);
    test_end();
}

/* The registered event, proven, but from another contract: the hub tells them apart by emitter. */
Test(hostile, a_foreign_emitter_is_named, .timeout = 120)
{
    yq_height_evidence e;
    uint8_t inbox[20];
    yq_buf room = {inbox, sizeof inbox, 0};
    test_begin("qbft");
    cr_assert_eq(yq_hex_decode(&room, w.inbox, 40), YQ_OK);
    set_mode("foreign-emitter");
    test_do(
        "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","
        "\"payload\":\"01\"}");
    test_program_wait(&w.program, "waiting", 0);
    uint64_t last = test_latest();
    cr_assert_eq(test_follow(), 3, "two inboxes' states and the packet");
    cr_assert_eq(yq_adapter_v1()->evidence(w.session, last, TEST_DEADLINE_MS, &e, &w.why), YQ_OK);
    cr_assert_eq(e.event_n, 1);
    cr_assert_eq(e.event[0].emitter.n, 20);
    cr_assert_neq(memcmp(e.event[0].emitter.p, inbox, 20), 0);
    test_end();
}

/* ---- forks -------------------------------------------------------------------------------------
 */

static void fork_at(uint64_t height)
{
    char text[96];
    (void)snprintf(
        text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":%" PRIu64 "}", height);
    test_do(text);
}

static void second_block(const char *suite)
{
    size_t events = 0;
    test_begin(suite);
    emit_one();
    emit_one();
    (void)test_follow();
    uint64_t height = test_client_height();
    cr_assert_eq(test_bring(height, &events), YQ_E_REPLAY);
    fork_at(height);
    yq_status status = test_bring(height, &events);
    cr_expect_eq(status, YQ_E_MISBEHAVIOUR, "%s; %s", w.why.text, w.client->why.text);
    set_mode("none");
    cr_expect_eq(test_bring(height, &events), YQ_E_REPLAY);
    test_end();
}

Test(hostile, two_blocks_of_a_height, .timeout = 120)
{
    second_block("qbft");
}

Test(hostile, two_blocks_of_a_height_ibft2, .timeout = 120)
{
    second_block("ibft2");
}

/* What is not buried is not brought: a branch that the chain leaves is never seen. */
Test(hostile, clique_leaves_a_young_branch, .timeout = 120)
{
    size_t events = 0;
    test_begin("clique");
    emit_one();
    cr_assert_eq(test_follow(), 2);
    emit_one();
    uint64_t height = test_client_height();
    cr_assert_eq(w.next, height + 1);
    cr_assert_eq(test_bring(w.next, &events), YQ_OK); /* headers of the old branch are kept */
    w.next++;
    uint64_t before = test_program_number(&w.program, "{\"do\":\"status\"}", "height");
    fork_at(test_client_height() + 1);
    cr_assert_gt(test_program_number(&w.program, "{\"do\":\"status\"}", "height"), before);
    cr_assert_eq(test_follow() + events, 1, "the event is in one of the two");
    emit_one();
    cr_assert_eq(test_follow(), 1);
    test_end();
}

/* A branch that leaves what was final is told, and freezes the client. */
Test(hostile, clique_rewrites_what_was_final, .timeout = 120)
{
    size_t events = 0;
    test_begin("clique");
    emit_one();
    emit_one();
    (void)test_follow();
    uint64_t height = test_client_height();
    cr_assert_gt(height, 6);
    fork_at(height - 2);
    test_program_wait(&w.program, "waiting", 0);
    cr_assert_eq(test_bring(height + 1, &events), YQ_E_PARENT);
    yq_status status = test_bring(height - 2, &events);
    cr_expect_eq(status, YQ_E_MISBEHAVIOUR, "%s; %s", w.why.text, w.client->why.text);
    test_end();
}

/* ---- transactions ------------------------------------------------------------------------------
 */

/* A delivery is told done when it is buried; a branch that lost it takes it in again. */
Test(hostile, clique_takes_a_delivery_in_again, .timeout = 120)
{
    const yq_adapter *a = yq_adapter_v1();
    yq_slice reference;
    yq_receipt_view view = {0};
    uint8_t kept[64];
    test_begin("clique");
    emit_one();
    (void)test_follow();
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(w.hub, &p);
    uint64_t before = test_program_number(&w.program, "{\"do\":\"status\"}", "height");
    cr_assert_eq(
        a->submit(w.session, test_delivery(w.hub, &index, 1), TEST_DEADLINE_MS, &reference, &w.why),
        YQ_OK,
        "%s",
        w.why.text);
    memcpy(kept, reference.p, reference.n);
    test_program_wait(&w.program, "waiting", 0);
    fork_at(before + 1);
    test_program_wait(&w.program, "waiting", 0);
    cr_assert_eq(
        a->receipt(w.session, yq_slice_of(kept, 48), TEST_DEADLINE_MS, &view, &w.why), YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    cr_assert_gt(view.height, before + 1);
    cr_assert_eq(test_program_number(&w.program, "{\"do\":\"inbox\"}", "executed"), 1);
    test_end();
}

Test(hostile, bad_commands_are_answered_with_a_code, .timeout = 60)
{
    static const char *const bad[][2] = {
        {"{\"do\":\"none\"}", "METHOD_UNKNOWN"},
        {"{", "JSON_STRICT"},
        {"{\"do\":\"validators\"}", "FIELD_MISSING"},
        {"{\"do\":\"hostile\",\"mode\":\"kind\"}", "FIELD_UNKNOWN"},
        {"{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":99}", "NOT_FOUND"},
        {"{\"do\":\"inbox\"}", "STATE"},
        {"{\"do\":\"emit\",\"payload\":\"0\"}", "TYPE"},
    };
    const char *const option[] = {"--framework", "evm", "--chain", TEST_CHAIN, "--seed", "x", NULL};
    test_program_start(&w.program, option);
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        long code = 0;
        yq_slice text = {0};
        yq_json *reply = test_program_post(&w.program, w.program.control, bad[i][0], &code);
        cr_expect_eq(code, 400);
        cr_expect(yq_json_text(yq_json_get(yq_json_root(reply), "code"), &text));
        cr_expect(yq_slice_equal(text, yq_slice_text(bad[i][1])), "%s", bad[i][0]);
        yq_json_free(reply);
    }
    cr_assert_eq(test_program_stop(&w.program), 0);
}

/* ---- recorded chains ---------------------------------------------------------------------------
 */

static void replayed(const char *folder, const char *consensus, const char *epoch, uint64_t last)
{
    char path[512];
    (void)snprintf(path, sizeof path, YQ_SOURCE_DIR "/conformance/vectors/real-nodes/%s", folder);
    const char *const option[] = {
        "--framework", "evm", "--chain", TEST_CHAIN, "--replay", path, NULL};
    yq_slice anchor;
    memset(&w, 0, sizeof w);
    test_program_start(&w.program, option);
    const char *endpoint = w.program.endpoint;
    const yq_option options[] = {{"consensus", consensus}, {"epoch", epoch}, {"depth", "2"}};
    int clique = strcmp(consensus, "clique") == 0;
    const yq_adapter_config config = {TEST_CHAIN, &endpoint, 1, options, clique ? 3 : 2};
    cr_assert_eq(yq_adapter_v1()->open(&test_host, &config, &w.session, &w.why), YQ_OK);
    w.client = test_client_new(yq_verifier_evm());
    w.next = 1;
    cr_assert_eq(yq_adapter_v1()->anchor(w.session, TEST_DEADLINE_MS, &anchor, &w.why), YQ_OK);
    cr_assert_eq(test_client_init(w.client, anchor), YQ_OK);
    test_release();
    size_t events = 0;
    for (uint64_t height = test_latest(); w.next <= height; w.next++) {
        cr_assert_eq(test_bring(w.next, &events), YQ_OK, "%s", w.why.text);
    }
    cr_assert_eq(w.next, last + 1);
    cr_assert_gt(events, 0);
    yq_adapter_v1()->close(w.session);
    test_release();
    test_client_free(w.client);
    cr_assert_eq(test_program_stop(&w.program), 0);
}

Test(hostile, a_recorded_clique_chain_is_served, .timeout = 60)
{
    replayed("geth-clique", "clique", "10", 23);
}

Test(hostile, a_recorded_istanbul_chain_is_served, .timeout = 60)
{
    replayed("quorum-ibft", "ibft1", "30000", 15);
}
