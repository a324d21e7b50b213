#include "conformance/chains/cometbft/test_world.h"

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\",\"count\":%u}"

static void send_packets(test_world *w, unsigned count)
{
    char text[256];
    (void)snprintf(text, sizeof text, SEND, count);
    test_do(w, text);
}

static void check_all(test_world *w)
{
    const yq_check *check;
    size_t n = 0;
    cr_assert_eq(
        yq_adapter_v1()->preflight(w->session, TEST_DEADLINE_MS, &check, &n, &w->why), YQ_OK);
    cr_assert_eq(n, 10);
    for (size_t i = 0; i < n; i++) {
        cr_assert(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    test_release();
}

static void whole_way(const char *suite)
{
    test_world *w = test_world_new(suite, "20");
    check_all(w);
    test_anchor(w);
    cr_assert_eq(w->next, 2, "a young chain is anchored at its first block");
    cr_assert_eq(test_follow(w), 1);
    cr_assert_str_eq(w->seen[0].emitter, w->inbox);
    cr_assert(test_has_record(w, 0, YQ_RECORD_STATE));
    test_do(w, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":40}");
    send_packets(w, 3);
    cr_assert_eq(test_follow(w), 40 + 3);
    cr_assert_str_neq(w->seen[0].emitter, w->inbox);
    cr_assert_eq(w->seen[0].data_n, 2);
    cr_assert(test_has_record(w, 42, YQ_RECORD_SENT));
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(w->hub, &p);
    yq_receipt_view view = test_submit(w, test_delivery(w->hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    uint64_t height = view.height;
    test_release();
    cr_assert_eq(test_follow(w), 1);
    cr_assert_eq(w->seen[0].height, height, "the receipt's height is where the event is proven");
    cr_assert(test_has_record(w, 0, YQ_RECORD_DONE));
    cr_assert_eq(test_program_number(&w->program, "{\"do\":\"inbox\"}", "executed"), 1);
    w->hub->spoil.bitmap = 3;
    view = test_submit(w, test_delivery(w->hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "QUORUM"), "%s", view.text);
    test_world_free(w);
}

Test(program, ibc_v1, .timeout = 120)
{
    whole_way("ibc-v1");
}

Test(program, ibc_v2, .timeout = 120)
{
    whole_way("ibc-v2");
}

Test(program, set_changes_and_skips, .timeout = 120)
{
    test_world *w = test_world_new("ibc-v2", "1000");
    test_anchor(w);
    (void)test_follow(w);
    size_t before = w->updates;
    uint64_t from = w->next;
    /* Heights without anything: none of them has an update. Every packet makes two. */
    for (unsigned i = 0; i < 5; i++) {
        send_packets(w, 1);
        cr_assert_eq(test_follow(w), 1);
    }
    cr_assert_geq(w->next - from, 10);
    cr_assert_eq(w->updates - before, 5, "only the heights with events");
    /* Three sets that have no member in common with the one before. */
    for (unsigned i = 1; i <= 3; i++) {
        char text[64];
        (void)snprintf(
            text, sizeof text, "{\"do\":\"validators\",\"first\":%u,\"n\":%u}", 4 * i, 3 + i % 2);
        test_do(w, text);
        cr_assert_eq(test_follow(w), 0);
        send_packets(w, 1);
        cr_assert_eq(test_follow(w), 1);
    }
    test_world_free(w);
}

/* A host that begins anew right behind the client, and one that goes back to it. */
Test(program, restarts, .timeout = 120)
{
    test_world *w = test_world_new("ibc-v1", "1000");
    test_anchor(w);
    (void)test_follow(w);
    uint64_t client = w->next - 1;
    send_packets(w, 1);
    test_program_wait(&w->program, "waiting", 0);
    void *kept = w->session;
    const char *endpoint = w->program.endpoint;
    w->session = test_open(w, &endpoint, 1, (const char *const[]){"update_every", "1000", NULL});
    /* A cursor past heights that had no update: the client does not know what it starts from. */
    cr_assert_eq(test_bring(w, client + 2), YQ_OK);
    cr_assert_eq(w->update, YQ_E_HEADER_UNKNOWN);
    w->seen_n = 0;
    cr_assert_eq(test_bring(w, client + 1), YQ_OK);
    cr_assert_eq(w->update, YQ_OK, "%s", w->client->why.text);
    cr_assert_eq(test_bring(w, client + 2), YQ_OK);
    cr_assert_eq(w->update, YQ_OK, "%s", w->client->why.text);
    cr_assert_eq(w->seen_n, 1);
    /* A height that is there already. */
    cr_assert_eq(test_bring(w, client + 2), YQ_OK);
    cr_assert_eq(w->update, YQ_E_REPLAY);
    yq_adapter_v1()->close(w->session);
    w->session = kept;
    test_world_free(w);
}

/* A parked event is asked for again while the scan is past heights that had no update. */
Test(program, an_old_height_does_not_move_the_scan, .timeout = 60)
{
    test_world *w = test_world_new("ibc-v2", "1000");
    test_anchor(w);
    send_packets(w, 1);
    (void)test_follow(w);
    uint64_t old = w->next - 1;
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(w->hub, &p);
    w->hub->spoil.bitmap = 3;
    for (unsigned i = 0; i < 3; i++) { /* refused: blocks that change nothing */
        cr_assert_eq(test_submit(w, test_delivery(w->hub, &index, 1)).state, YQ_SUBMIT_FAILED);
        test_release();
    }
    size_t before = w->updates;
    cr_assert_eq(test_follow(w), 0);
    cr_assert_eq(w->next, old + 4);
    cr_assert_eq(w->updates, before);
    cr_assert_eq(test_bring(w, old), YQ_OK);
    cr_assert_eq(w->update, YQ_E_HEADER_UNKNOWN, "the host hands in no update below its client");
    send_packets(w, 1);
    cr_assert_eq(test_follow(w), 1);
    test_world_free(w);
}

Test(program, the_inbox_takes_the_hubs_next_set, .timeout = 60)
{
    test_world *w = test_world_new("ibc-v2", "1");
    test_hub *next = test_hub_new(YQ_HASH_SM3);
    test_hub_keys(next, 2);
    test_anchor(w);
    (void)test_follow(w);
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(w->hub, &p);
    yq_valset_hash(YQ_HASH_SM3, &next->set, &w->hub->next_set);
    cr_assert_eq(test_submit(w, test_delivery(w->hub, &index, 1)).state, YQ_SUBMIT_DONE);
    test_release();
    w->hub->set = next->set;
    yq_json_free(test_set_command(w, "next_set"));
    cr_assert_eq(test_program_number(&w->program, "{\"do\":\"inbox\"}", "epoch"), 2);
    cr_assert_eq(test_follow(w), 2);
    cr_assert(test_has_record(w, 1, YQ_RECORD_STATE));
    test_hub_free(next);
    test_world_free(w);
}

Test(program, a_payload_has_a_bound, .timeout = 60)
{
    static char text[(2u << 20) + 64];
    static const char *const head = "{\"do\":\"emit\",\"payload\":\"", *const tail = "\"}";
    const char *const option[] = {
        "--framework", "cometbft", "--chain", TEST_CHAIN, "--seed", "x", NULL};
    test_program program;
    test_program_start(&program, option);
    for (size_t more = 0; more < 2; more++) {
        long code = 0;
        size_t n = strlen(head), digits = (2u << 20) + 2 * more;
        memcpy(text, head, n);
        memset(text + n, 'a', digits);
        memcpy(text + n + digits, tail, strlen(tail) + 1);
        yq_json *reply = test_program_post(&program, program.control, text, &code);
        cr_expect_eq(code, more == 0 ? 200 : 400);
        yq_json_free(reply);
    }
    cr_assert_eq(test_program_stop(&program), 0);
}

Test(program, bad_commands_are_answered_with_a_code, .timeout = 60)
{
    static const struct {
        const char *text, *code;
    } row[] = {
        {"{\"do\":\"none\"}", "METHOD_UNKNOWN"},
        {"{", "JSON_STRICT"},
        {"{\"do\":\"inbox\"}", "STATE"},
        {"{\"do\":\"send\"}", "STATE"},
        {"{\"do\":\"hostile\",\"mode\":\"x\"}", "FIELD_UNKNOWN"},
        {"{\"do\":\"hostile\",\"mode\":\"foreign-emitter\"}", "STATE"},
        {"{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":99}", "NOT_FOUND"},
        {"{\"do\":\"deploy\",\"hub\":\"h\"}", "FIELD_MISSING"},
        {"{\"do\":\"emit\",\"payload\":\"\"}", "RANGE"},
        {"{\"do\":\"emit\",\"payload\":\"zz\"}", "TYPE"},
        {"{\"do\":\"emit\",\"payload\":\"00\",\"count\":10001}", "LIMIT"},
        {"{\"do\":\"validators\",\"n\":17}", "RANGE"},
    };
    const char *const option[] = {
        "--framework", "cometbft", "--chain", TEST_CHAIN, "--seed", "x", NULL};
    test_program program;
    test_program_start(&program, option);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        long code = 0;
        yq_slice text;
        yq_json *reply = test_program_post(&program, program.control, row[i].text, &code);
        cr_assert_eq(code, 400, "%s", row[i].text);
        cr_assert(yq_json_text(yq_json_get(yq_json_root(reply), "code"), &text));
        cr_expect(
            yq_slice_equal(text, yq_slice_text(row[i].code)),
            "%s: %.*s",
            row[i].text,
            (int)text.n,
            text.p);
        yq_json_free(reply);
    }
    cr_assert_eq(test_program_stop(&program), 0);
}
