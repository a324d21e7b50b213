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

/* Waits for the fate of a reference. */
static yq_receipt_view wait_for(test_world *w, yq_slice reference)
{
    uint8_t kept[64];
    size_t n = reference.n;
    yq_receipt_view view = {0};
    cr_assert_leq(n, sizeof kept);
    memcpy(kept, reference.p, n);
    for (unsigned ms = 0; ms < TEST_WAIT_MS; ms += 20) {
        cr_assert_eq(
            yq_adapter_v1()->receipt(
                w->session, yq_slice_of(kept, n), TEST_DEADLINE_MS, &view, &w->why),
            YQ_OK);
        if (view.state != YQ_SUBMIT_PENDING) {
            break;
        }
        test_sleep_ms(20);
    }
    return view;
}

Test(program, the_inbox_is_stepped_to_the_next_epoch, .timeout = 120)
{
    test_world *w = test_world_new("sm", "100");
    test_hub *next = test_hub_new(YQ_HASH_SM3);
    uint8_t room[YQ_VALSET_STEP_MAX];
    yq_slice reference;
    test_hub_keys(next, 2);
    test_anchor(w);
    (void)test_follow(w);
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(w->hub, &p);
    yq_writer set = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&set, &next->set);
    /* Before a certificate has named it, the inbox refuses the set. */
    cr_assert_eq(
        yq_adapter_v1()->step(
            w->session, yq_writer_slice(&set), TEST_DEADLINE_MS, &reference, &w->why),
        YQ_OK,
        "%s",
        w->why.text);
    yq_receipt_view view = wait_for(w, reference);
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "VALSET_HASH"), "%s", view.text);
    yq_valset_hash(YQ_HASH_SM3, &next->set, &w->hub->next_set);
    cr_assert_eq(test_submit(w, test_delivery(w->hub, &index, 1)).state, YQ_SUBMIT_DONE);
    test_release();
    cr_assert_eq(
        yq_adapter_v1()->step(
            w->session, yq_writer_slice(&set), TEST_DEADLINE_MS, &reference, &w->why),
        YQ_OK);
    cr_assert_eq(wait_for(w, reference).state, YQ_SUBMIT_DONE);
    cr_assert_eq(test_program_number(&w->program, "{\"do\":\"inbox\"}", "epoch"), 2);
    cr_assert_eq(test_follow(w), 2);
    cr_assert(test_has_record(w, 1, YQ_RECORD_STATE));
    test_hub_free(next);
    test_world_free(w);
}

/* Several deliveries that are not in a ledger yet have numbers one behind the other; one that no
 * ledger took in its time is lost. */
Test(program, deliveries_on_their_way, .timeout = 120)
{
    test_world *w = test_world_new("ed25519", "100");
    uint8_t kept[4][YQ_DIGEST_SIZE + 8];
    yq_slice reference;
    for (size_t i = 0; i < 3; i++) {
        yq_packet p = test_call(i + 1, "service");
        uint64_t index = test_append(w->hub, &p);
        cr_assert_eq(
            yq_adapter_v1()->submit(
                w->session,
                test_delivery(w->hub, &index, 1),
                TEST_DEADLINE_MS,
                &reference,
                &w->why),
            YQ_OK,
            "%s",
            w->why.text);
        cr_assert_eq(reference.n, sizeof kept[i]);
        memcpy(kept[i], reference.p, sizeof kept[i]);
        test_release();
    }
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(wait_for(w, YQ_SLICE_OF(kept[i])).state, YQ_SUBMIT_DONE);
        test_release();
    }
    cr_assert_eq(test_program_number(&w->program, "{\"do\":\"inbox\"}", "executed"), 3);
    memset(kept[3], 7, YQ_DIGEST_SIZE);
    memcpy(kept[3] + YQ_DIGEST_SIZE, kept[2] + YQ_DIGEST_SIZE, 8);
    yq_receipt_view view;
    cr_assert_eq(
        yq_adapter_v1()->receipt(
            w->session, YQ_SLICE_OF(kept[3]), TEST_DEADLINE_MS, &view, &w->why),
        YQ_OK);
    cr_assert_eq(view.state, YQ_SUBMIT_PENDING);
    test_do(w, "{\"do\":\"idle\",\"n\":60}");
    cr_assert_eq(wait_for(w, YQ_SLICE_OF(kept[3])).state, YQ_SUBMIT_LOST);
    cr_assert_eq(
        yq_adapter_v1()->receipt(
            w->session, yq_slice_of(kept[3], 39), TEST_DEADLINE_MS, &view, &w->why),
        YQ_E_LEN);
    test_world_free(w);
}
