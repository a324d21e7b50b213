#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* The trust period, by the ledger's time. The verifier here takes any update of a greater height.
 */
static test_world w;
static const char *city; /* the one with a trust period */

static void setup(void)
{
    test_world_init(&w, 0);
    city = "city-a";
}

static void teardown(void)
{
    test_world_free(&w);
}

static void city_of(const char *chain, uint64_t trust_ms, uint8_t suite)
{
    yq_tx tx = test_register_tx(chain, suite);
    tx.as.chain_register.trust_ms = trust_ms;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_approve(&w, test_data_u64(&w));
}

static yq_chain chain_of(const char *chain)
{
    yq_chain out;
    yq_hub_reset(&w.hub);
    cr_assert_eq(yq_hub_chain(&w.hub, test_text(chain), &out), YQ_OK);
    return out;
}

static yq_status bring(uint16_t method, yq_slice bytes)
{
    const yq_tx tx = {.method = method, .as.evidence = {.chain = test_text(city), .bytes = bytes}};
    return test_execute(&w, &w.adapter[0], &tx);
}

static yq_status update(uint8_t height)
{
    const uint8_t evidence[] = {1, 0, 0, 0, 0, 0, 0, 0, height};
    return bring(YQ_METHOD_CLIENT_UPDATE, yq_slice_of(evidence, sizeof evidence));
}

static yq_status act(uint16_t method, uint64_t duration_ms)
{
    const yq_tx tx = {
        .method = method,
        .as.chain_act = {
            .chain = test_text(city), .reason = test_text("drill"), .duration_ms = duration_ms}};
    return test_execute(&w, &w.admin[0], &tx);
}

static void recover(void)
{
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_RECOVER,
        .as.chain_recover = {
            .anchor = yq_slice_of("ok\0\0\0\0\0\0\0\x64", 10),
            .chain = test_text(city),
            .reason = test_text("drill"),
            .verifier = 1}};
    cr_assert_eq(test_execute(&w, &w.admin[1], &tx), YQ_OK);
    test_approve(&w, test_data_u64(&w));
}

static unsigned alarms(void)
{
    unsigned n = 0;
    for (size_t i = 0; i < w.result.event_n; i++) {
        n += w.result.event[i].kind == YQ_HUB_EVENT_ALARM &&
             w.result.event[i].value == (uint64_t)-YQ_E_TRUST_EXPIRED;
    }
    return n;
}

#define HOUR YQ_TRUST_MS_MIN

Test(trust, an_update_renews_and_its_lack_ends_it, .init = setup, .fini = teardown)
{
    city_of("city-a", HOUR, 0);
    uint64_t begin_ms = w.time_ms;
    yq_client_view view;
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.trusted_until_ms, begin_ms + HOUR);
    test_begin(&w, HOUR / 2);
    cr_assert_eq(alarms(), 0);
    cr_assert_eq(update(101), YQ_OK);
    test_begin(&w, HOUR / 2);
    cr_assert_eq(alarms(), 0, "the period is that of the update");
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.trusted_until_ms, begin_ms + HOUR / 2 + HOUR);
    test_begin(&w, HOUR / 2 - 1);
    cr_assert_eq(alarms(), 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
    test_begin(&w, 1);
    cr_assert_eq(alarms(), 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_LAGGING);
    cr_assert_eq(update(102), YQ_E_TRUST_EXPIRED);
    cr_assert_eq(bring(YQ_METHOD_PACKET_EVENT, test_text("any")), YQ_E_TRUST_EXPIRED);
    test_begin(&w, HOUR);
    cr_assert_eq(alarms(), 0, "it is said once");
}

Test(trust, a_repeated_update_does_not_renew, .init = setup, .fini = teardown)
{
    city_of("city-a", HOUR, 0);
    uint64_t from_ms = chain_of("city-a").trusted_from_ms;
    test_begin(&w, 1000);
    cr_assert_neq(update(100), YQ_OK);
    cr_assert_eq(chain_of("city-a").trusted_from_ms, from_ms);
}

Test(trust, no_period_never_ends, .init = setup, .fini = teardown)
{
    city_of("city-a", 0, 0);
    yq_client_view view;
    test_begin(&w, YQ_TRUST_MS_MAX);
    cr_assert_eq(alarms(), 0);
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.trusted_until_ms, 0);
    cr_assert_eq(update(101), YQ_OK);
}

Test(trust, misbehaviour_is_taken_when_trust_is_over, .init = setup, .fini = teardown)
{
    city_of("city-a", HOUR, 0);
    test_begin(&w, HOUR);
    cr_assert_eq(bring(YQ_METHOD_CLIENT_MISBEHAVIOUR, test_text("two headers")), YQ_OK);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_FROZEN);
    cr_assert_eq(chain_of("city-a").misbehaved, 1);
    recover();
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE, "not lagging");
}

Test(trust, a_new_anchor_begins_a_new_period, .init = setup, .fini = teardown)
{
    city_of("city-a", HOUR, 0);
    test_begin(&w, HOUR);
    recover();
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
    cr_assert_eq(update(101), YQ_OK);
    test_begin(&w, HOUR - 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
    test_begin(&w, 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_LAGGING);
}

Test(trust, a_new_anchor_in_time_is_watched_once, .init = setup, .fini = teardown)
{
    city_of("city-a", HOUR, 0);
    test_begin(&w, HOUR / 2);
    recover();
    test_begin(&w, HOUR / 2);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
    test_begin(&w, HOUR / 2 - 1);
    cr_assert_eq(alarms(), 1);
    test_begin(&w, 1);
    cr_assert_eq(alarms(), 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_LAGGING);
}

Test(trust, what_ends_in_a_freeze_lags_after_it, .init = setup, .fini = teardown)
{
    city_of("city-a", HOUR, 0);
    test_begin(&w, HOUR - 1000);
    cr_assert_eq(act(YQ_METHOD_CHAIN_FREEZE, 5000), YQ_OK);
    test_begin(&w, 1000);
    cr_assert_eq(alarms(), 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_FROZEN);
    test_begin(&w, 4000);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_LAGGING);
    recover();
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
}

Test(trust, a_lagging_chain_is_frozen_and_lags_again, .init = setup, .fini = teardown)
{
    city_of("city-a", HOUR, 0);
    test_begin(&w, HOUR);
    cr_assert_eq(act(YQ_METHOD_CHAIN_FREEZE, 1000), YQ_OK);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_FROZEN);
    test_begin(&w, 1000);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_LAGGING);
    cr_assert_eq(act(YQ_METHOD_CHAIN_FREEZE, 1000), YQ_OK);
    recover();
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE, "a new anchor ends both");
}

/* city-a sends to city-b, whose light client expires. */
static void setup_cities(void)
{
    test_world_init(&w, 0);
    city = "city-b";
    city_of("city-a", 0, YQ_SUITE_SM2);
    city_of("city-b", HOUR, YQ_SUITE_SM2);
    test_open_inbox(&w, "city-a");
    test_open_inbox(&w, "city-b");
    cr_assert_eq(test_service(&w, "city-a", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
}

static yq_message send(uint64_t sequence)
{
    yq_packet p = test_packet(sequence);
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    yq_digest id = test_data_id(&w);
    return test_message(&w, &id);
}

static yq_message again(const yq_message *m)
{
    const yq_digest id = m->id;
    return test_message(&w, &id);
}

Test(trust, messages_wait_and_go_on, .init = setup_cities, .fini = teardown)
{
    yq_message first = send(1);
    cr_assert_eq(first.state, YQ_MESSAGE_COMMITTED);
    test_begin(&w, HOUR);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_LAGGING);
    yq_message second = send(2);
    cr_assert_eq(second.state, YQ_MESSAGE_HELD);
    cr_assert_eq(second.code, YQ_E_TRUST_EXPIRED);
    const yq_done done = {
        .index = first.index, .commitment = first.commitment, .status = YQ_DONE_OK};
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_E_TRUST_EXPIRED);
    recover();
    test_begin(&w, 1000);
    cr_assert_eq(again(&second).state, YQ_MESSAGE_COMMITTED);
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
}

Test(trust, a_lagging_chain_takes_services_and_lanes, .init = setup_cities, .fini = teardown)
{
    test_begin(&w, HOUR);
    cr_assert_eq(test_service(&w, "city-b", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao"), YQ_OK);
    yq_tx tx = test_lane_tx("city-b", "send", "city-a", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
}

Test(trust, a_draining_chain_lags_and_drains_on, .init = setup_cities, .fini = teardown)
{
    yq_message m = send(1);
    cr_assert_eq(act(YQ_METHOD_CHAIN_RETIRE, 0), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_DRAINING);
    test_begin(&w, HOUR);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_LAGGING);
    recover();
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_DRAINING);
    const yq_done done = {.index = m.index, .commitment = m.commitment, .status = YQ_DONE_OK};
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_RETIRED);
    test_begin(&w, 2 * HOUR);
    cr_assert_eq(alarms(), 0, "nobody watches what has gone");
}
