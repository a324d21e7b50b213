#include "conformance/chains/xinghuo/test_world.h"

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
    cr_assert_eq(n, 9);
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
    cr_assert_eq(w->next, 2, "anchored at the first ledger");
    cr_assert_eq(test_follow(w), 1);
    cr_assert_str_eq(w->seen[0].emitter, w->inbox);
    cr_assert(test_has_record(w, 0, YQ_RECORD_STATE));
    test_do(w, "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":40}");
    send_packets(w, 3);
    cr_assert_eq(test_follow(w), 40 + 3);
    cr_assert_str_neq(w->seen[0].emitter, w->inbox);
    /* One text of four letters: u16 count, u32 length, the text. */
    cr_assert_eq(w->seen[0].data_n, 2 + 4 + 4);
    cr_assert_arr_eq(
        w->seen[0].data,
        "\0\1\0\0\0\4"
        "0a0b",
        10);
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

Test(program, sm, .timeout = 120)
{
    whole_way("sm");
}

Test(program, ed25519, .timeout = 120)
{
    whole_way("ed25519");
}
