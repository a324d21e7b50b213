#include "conformance/chains/evm/test_world.h"

/* Submits and waits for its fate. */
static yq_receipt_view submit(yq_slice delivery)
{
    const yq_adapter *a = yq_adapter_v1();
    static uint8_t kept[64];
    yq_slice reference;
    yq_receipt_view view = {0};
    cr_assert_eq(
        a->submit(w.session, delivery, TEST_DEADLINE_MS, &reference, &w.why),
        YQ_OK,
        "%s",
        w.why.text);
    cr_assert_leq(reference.n, sizeof kept);
    memcpy(kept, reference.p, reference.n);
    for (unsigned ms = 0; ms < TEST_WAIT_MS; ms += 20) {
        test_sleep_ms(20);
        cr_assert_eq(
            a->receipt(w.session, yq_slice_of(kept, reference.n), TEST_DEADLINE_MS, &view, &w.why),
            YQ_OK,
            "%s",
            w.why.text);
        if (view.state != YQ_SUBMIT_PENDING) {
            break;
        }
    }
    return view;
}

static void check_preflight(void)
{
    const yq_check *check;
    size_t n = 0;
    cr_assert_eq(
        yq_adapter_v1()->preflight(w.session, TEST_DEADLINE_MS, &check, &n, &w.why), YQ_OK);
    cr_assert_geq(n, 13);
    for (size_t i = 0; i < n; i++) {
        cr_expect(check[i].passed, "%s: %s", check[i].name, check[i].detail);
    }
    test_release();
}

/* Events of every kind, deliveries, and a refused one. */
static void whole_way(const char *suite)
{
    test_begin(suite);
    check_preflight();
    test_do("{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":140}");
    test_do(
        "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","
        "\"payload\":\"01\",\"count\":3}");
    cr_assert_eq(test_follow(), 1 + 140 + 3, "the inbox's state, the contract's, the packets");
    yq_packet p = test_call(1, "service");
    uint64_t index = test_append(w.hub, &p);
    yq_receipt_view view = submit(test_delivery(w.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_DONE, "%s", view.text);
    test_release();
    cr_assert_eq(test_follow(), 1, "DONE");
    cr_assert_eq(test_program_number(&w.program, "{\"do\":\"inbox\"}", "executed"), 1);
    w.hub->spoil.bitmap = 3;
    view = submit(test_delivery(w.hub, &index, 1));
    cr_assert_eq(view.state, YQ_SUBMIT_FAILED);
    cr_assert_not_null(strstr(view.text, "QUORUM"), "%s", view.text);
    test_release();
    cr_assert_eq(test_follow(), 0);
    test_end();
}

Test(program, qbft, .timeout = 120)
{
    whole_way("qbft");
}

Test(program, ibft2, .timeout = 120)
{
    whole_way("ibft2");
}

Test(program, qbft_with_a_contract, .timeout = 120)
{
    whole_way("qbft-contract");
}

Test(program, clique, .timeout = 120)
{
    whole_way("clique");
}

/* Emits so many bytes in one event, count times. */
static void emit_bytes(size_t size, unsigned count)
{
    char *text = malloc(2 * size + 128);
    cr_assert_not_null(text);
    size_t at = (size_t)snprintf(text, 64, "{\"do\":\"emit\",\"count\":%u,\"payload\":\"", count);
    memset(text + at, 'a', 2 * size);
    memcpy(text + at + 2 * size, "\"}", 3);
    test_do(text);
    free(text);
}

/* More than fits into the first room of a block's bodies; and what no hub takes. */
Test(program, large_events, .timeout = 120)
{
    const yq_option *counter;
    size_t n;
    test_begin("qbft");
    emit_bytes(1u << 16, 5);
    cr_assert_eq(test_follow(), 1 + 5);
    emit_bytes(600u << 10, 1); /* in the transaction and in the receipt */
    emit_bytes(3u << 20, 1);
    emit_bytes(100, 1);
    cr_assert_eq(test_follow(), 1, "the small one");
    cr_assert_eq(yq_adapter_v1()->counters(w.session, &counter, &n), YQ_OK);
    cr_assert_eq(n, 7);
    cr_expect_str_eq(counter[5].key, "oversized");
    cr_expect_str_eq(counter[5].value, "2");
    test_end();
}

/* ---- sets --------------------------------------------------------------------------------------
 */

static unsigned change(int add)
{
    return (unsigned)test_program_number(
        &w.program,
        add ? "{\"do\":\"validators\",\"add\":true}" : "{\"do\":\"validators\",\"add\":false}",
        "validators");
}

static unsigned validators(void)
{
    yq_client_view view;
    cr_assert_eq(test_client_describe(w.client, &view), YQ_OK);
    return view.validators;
}

/* Validators come and go; blocks before, between and after are followed. */
static void sets_change(const char *suite)
{
    static const struct {
        int add;
        unsigned n;
    } steps[] = {{1, 5}, {1, 6}, {0, 5}, {1, 6}, {0, 5}, {0, 4}};
    test_begin(suite);
    cr_assert_eq(test_follow(), 1, "the inbox's state");
    cr_assert_eq(validators(), 4);
    for (size_t i = 0; i < YQ_ARRAY_N(steps); i++) {
        cr_assert_eq(change(steps[i].add), steps[i].n, "step %zu", i);
        test_do("{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":2}");
        cr_assert_eq(test_follow(), 2, "step %zu", i);
        cr_assert_eq(validators(), steps[i].n, "step %zu", i);
    }
    test_end();
}

Test(program, sets_of_qbft, .timeout = 120)
{
    sets_change("qbft");
}

Test(program, sets_of_ibft2, .timeout = 120)
{
    sets_change("ibft2");
}

Test(program, sets_in_a_contract, .timeout = 120)
{
    sets_change("qbft-contract");
}

Test(program, sets_of_clique, .timeout = 120)
{
    sets_change("clique");
}
