#include "relay/hub/group.h"
#include "relay/hub/packet.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* Groups: city-a asks city-b and city-c to prepare, and the hub decides for both. */
static test_world w;

static void setup(void)
{
    test_two_cities(&w);
    test_chain(&w, "city-c", YQ_SUITE_SM2);
    test_open_inbox(&w, "city-c");
    const yq_tx lane = test_lane_tx("city-a", "send", "city-c", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &lane), YQ_OK);
}

static void teardown(void)
{
    test_world_free(&w);
}

#define MINUTE 60000u

static yq_packet prepare_of(const char *dst, uint64_t sequence, uint8_t members, uint8_t name)
{
    yq_packet p = test_packet(sequence);
    p.kind = YQ_PACKET_PREPARE;
    p.dst_chain = test_text(dst);
    p.deadline_ms = w.time_ms + MINUTE;
    p.group.b[0] = members;
    p.group.b[31] = name;
    return p;
}

static yq_digest send(const yq_packet *p)
{
    cr_assert_eq(test_sent(&w, "city-a", p), YQ_OK);
    return test_data_id(&w);
}

static yq_digest prepare(const char *dst, uint64_t sequence, uint8_t name)
{
    const yq_packet p = prepare_of(dst, sequence, 2, name);
    return send(&p);
}

static yq_message look(const yq_digest *id)
{
    return test_message(&w, id);
}

static yq_status done(const char *chain, uint64_t index, uint8_t status)
{
    yq_leaf leaf;
    cr_assert(yq_leaf_load(&w.hub, test_text(chain), index, &leaf));
    const yq_done d = {
        .index = index,
        .commitment = leaf.commitment,
        .status = status,
        .result = status == YQ_DONE_OK ? test_text("result") : (yq_slice){0}};
    return test_done(&w, chain, &d);
}

static uint64_t last_index(const char *chain)
{
    yq_outbox_view v = {0};
    yq_hub_reset(&w.hub);
    cr_assert_eq(yq_hub_outbox(&w.hub, test_text(chain), &v), YQ_OK);
    return v.size - 1;
}

static void check_decision(const char *chain, uint64_t index, uint8_t kind, const yq_digest *id)
{
    yq_slice bytes;
    yq_packet p;
    yq_decision d;
    const yq_message m = look(id);
    cr_assert(yq_outbox_packet(&w.hub, test_text(chain), index, &bytes));
    cr_assert_eq(yq_packet_decode(bytes, &p, NULL), YQ_OK);
    cr_assert_eq(p.kind, kind, "kind %u", p.kind);
    cr_assert_eq(p.sequence, m.sequence);
    cr_assert_eq(memcmp(p.group.b, m.group.b, sizeof p.group.b), 0);
    if (kind != YQ_PACKET_CANCEL) {
        cr_assert_eq(yq_decision_decode(p.payload, &d, NULL), YQ_OK);
        cr_assert_eq(d.index, m.index);
        cr_assert_eq(memcmp(d.commitment.b, m.commitment.b, sizeof d.commitment.b), 0);
    }
}

static yq_ack ack_of(const yq_digest *id)
{
    yq_slice bytes;
    yq_packet packet;
    yq_ack ack;
    const yq_message m = look(id);
    cr_assert(yq_outbox_packet(&w.hub, m.src_chain, m.ack_index, &bytes));
    cr_assert_eq(yq_packet_decode(bytes, &packet, NULL), YQ_OK);
    cr_assert_eq(yq_ack_decode(packet.payload, &ack, NULL), YQ_OK);
    return ack;
}

static unsigned open_of(const char *chain)
{
    yq_chain_record c;
    cr_assert(yq_chain_load(&w.hub, test_text(chain), &c));
    return (unsigned)c.open;
}

Test(group, all_prepared_all_commit, .init = setup, .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1), c = prepare("city-c", 1, 1);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_PREPARED);
    cr_assert_eq(look(&b).ack_index, YQ_INDEX_NONE, "not acknowledged yet");
    cr_assert_eq(last_index("city-b"), 0, "nothing is sent before all are prepared");
    cr_assert_eq(done("city-c", 0, YQ_DONE_OK), YQ_OK);
    check_decision("city-b", 1, YQ_PACKET_COMMIT, &b);
    check_decision("city-c", 1, YQ_PACKET_COMMIT, &c);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_PREPARED);
    test_begin(&w, 10 * MINUTE);
    cr_assert_eq(last_index("city-b"), 1, "a decision is final: no deadline, no cancel");
    cr_assert_eq(done("city-b", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_ACKED);
    cr_assert_eq(look(&b).status, YQ_DONE_OK);
    const yq_ack ack = ack_of(&b);
    cr_assert_eq(ack.status, YQ_DONE_OK);
    cr_assert_eq(ack.index, 0, "of the prepare");
    cr_assert(yq_slice_equal(ack.result, test_text("result")));
    cr_assert_eq(done("city-c", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(open_of("city-b") + open_of("city-c"), 0);
    cr_assert_eq(done("city-a", look(&b).ack_index, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(done("city-a", look(&c).ack_index, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_SETTLED);
    cr_assert_eq(open_of("city-a"), 0);
}

Test(group, one_that_fails_undoes_all, .init = setup, .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1), c = prepare("city-c", 1, 1);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(done("city-c", 0, YQ_DONE_ERROR), YQ_OK);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_ACKED);
    cr_assert_eq(ack_of(&c).status, YQ_DONE_ERROR);
    check_decision("city-b", 1, YQ_PACKET_UNDO, &b);
    cr_assert_eq(last_index("city-c"), 0, "it kept nothing to undo");
    cr_assert_eq(done("city-b", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_CANCELLED);
    cr_assert_eq(ack_of(&b).status, YQ_DONE_CANCELLED);
    cr_assert_eq(open_of("city-b") + open_of("city-c"), 0);
}

Test(group, who_is_not_prepared_is_cancelled, .init = setup, .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1);
    (void)prepare("city-c", 1, 1);
    cr_assert_eq(done("city-c", 0, YQ_DONE_ERROR), YQ_OK);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_CANCELLING);
    check_decision("city-b", 1, YQ_PACKET_CANCEL, &b);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK, "it won the race");
    cr_assert_eq(look(&b).state, YQ_MESSAGE_PREPARED);
    check_decision("city-b", 2, YQ_PACKET_UNDO, &b);
    cr_assert_eq(done("city-b", 2, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_CANCELLED);
}

Test(group, the_deadline_decides, .init = setup, .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1), c = prepare("city-c", 1, 1);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK);
    test_begin(&w, MINUTE - 1);
    cr_assert_eq(last_index("city-b"), 0);
    test_begin(&w, 1);
    check_decision("city-b", 1, YQ_PACKET_UNDO, &b);
    check_decision("city-c", 1, YQ_PACKET_CANCEL, &c);
    test_begin(&w, MINUTE);
    cr_assert_eq(last_index("city-c"), 1, "one cancel");
    cr_assert_eq(done("city-c", 0, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_CANCELLED);
}

Test(group, a_member_that_never_comes_undoes_the_other, .init = setup, .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK);
    test_begin(&w, MINUTE);
    check_decision("city-b", 1, YQ_PACKET_UNDO, &b);
    yq_packet late = prepare_of("city-c", 1, 2, 1);
    const yq_digest c = send(&late);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_REFUSED);
    cr_assert_eq(look(&c).code, YQ_E_STATE);
}

Test(group, a_refused_member_undoes_whichever_comes_first, .init = setup, .fini = teardown)
{
    yq_packet p = prepare_of("city-x", 1, 2, 1);
    const yq_digest x = send(&p);
    cr_assert_eq(look(&x).code, YQ_E_LANE_MISSING);
    const yq_digest b = prepare("city-b", 1, 1);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_REFUSED);
    cr_assert_eq(look(&b).code, YQ_E_STATE);
    const yq_digest b2 = prepare("city-b", 2, 2);
    p = prepare_of("city-x", 2, 2, 2);
    (void)send(&p);
    cr_assert_eq(look(&b2).state, YQ_MESSAGE_CANCELLING);
}

Test(group, what_is_held_is_refused_when_it_goes_on, .init = setup, .fini = teardown)
{
    const yq_tx freeze = {
        .method = YQ_METHOD_CHAIN_FREEZE,
        .as.chain_act = {
            .chain = test_text("city-c"), .reason = test_text("drill"), .duration_ms = 5000}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &freeze), YQ_OK);
    const yq_digest b = prepare("city-b", 1, 1), c = prepare("city-c", 1, 1);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_HELD);
    cr_assert_eq(done("city-b", 0, YQ_DONE_ERROR), YQ_OK);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_HELD);
    test_begin(&w, 6000);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_REFUSED);
    cr_assert_eq(look(&c).code, YQ_E_STATE);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_ACKED);
}

static void refused(const yq_packet *p, yq_status code)
{
    const yq_digest id = send(p);
    cr_assert_eq(look(&id).state, YQ_MESSAGE_REFUSED);
    cr_assert_eq(look(&id).code, code, "%d", (int)look(&id).code);
}

Test(group, the_limits_of_a_prepare, .init = setup, .fini = teardown)
{
    yq_packet p = prepare_of("city-b", 1, 1, 1);
    refused(&p, YQ_E_RANGE);
    p = prepare_of("city-b", 2, YQ_GROUP_MEMBERS_MAX + 1, 1);
    refused(&p, YQ_E_RANGE);
    p = prepare_of("city-b", 3, 2, 3);
    p.deadline_ms = 0;
    refused(&p, YQ_E_RANGE);
    p = prepare_of("city-b", 4, 2, 4);
    p.deadline_ms = w.time_ms + YQ_GROUP_MS_MAX + 1;
    refused(&p, YQ_E_RANGE);
    p = prepare_of("city-b", 5, YQ_GROUP_MEMBERS_MAX, 5);
    p.deadline_ms = w.time_ms + YQ_GROUP_MS_MAX;
    const yq_digest id = send(&p);
    cr_assert_eq(look(&id).state, YQ_MESSAGE_COMMITTED);
}

Test(group, no_more_members_than_it_says_and_one_a_lane, .init = setup, .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1);
    yq_packet p = prepare_of("city-b", 2, 2, 1);
    refused(&p, YQ_E_STATE);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_CANCELLING, "a source that errs is undone");
    const yq_tx lane = test_lane_tx("city-a", "send", "city-c", "third");
    cr_assert_eq(test_execute(&w, &w.admin[0], &lane), YQ_OK);
    (void)prepare("city-b", 3, 2);
    (void)prepare("city-c", 1, 2);
    p = prepare_of("city-c", 1, 2, 2);
    p.dst_service = test_text("third");
    refused(&p, YQ_E_STATE);
}

Test(group, a_service_has_a_limit_of_open_groups, .init = setup, .fini = teardown)
{
    for (unsigned i = 0; i < YQ_GROUPS_OPEN_MAX; i++) {
        const yq_digest id = prepare("city-b", 1 + i, (uint8_t)(1 + i));
        cr_assert_eq(look(&id).state, YQ_MESSAGE_COMMITTED);
    }
    yq_packet p = prepare_of("city-b", YQ_GROUPS_OPEN_MAX + 1, 2, 200);
    refused(&p, YQ_E_BUSY);
    cr_assert_eq(done("city-b", 0, YQ_DONE_ERROR), YQ_OK);
    p = prepare_of("city-b", YQ_GROUPS_OPEN_MAX + 2, 2, 201);
    const yq_digest id = send(&p);
    cr_assert_eq(look(&id).state, YQ_MESSAGE_COMMITTED, "one was decided");
}

static yq_status force(const yq_digest *signer, const yq_digest *id, uint8_t outcome)
{
    const yq_tx tx = {
        .method = YQ_METHOD_MESSAGE_FORCE,
        .as.force = {.message = *id, .outcome = outcome, .reason = test_text("drill")}};
    return test_execute(&w, signer, &tx);
}

Test(
    group,
    a_service_that_cannot_tries_again_and_one_that_will_not_is_told_of,
    .init = setup,
    .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1), c = prepare("city-c", 1, 1);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(force(&w.admin[0], &b, YQ_DONE_OK), YQ_E_STATE, "undecided: the hub's to say");
    cr_assert_eq(done("city-c", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(done("city-b", 1, YQ_DONE_ERROR), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, (uint64_t)-YQ_E_TX_FAILED), 1);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_PREPARED);
    cr_assert_eq(done("city-b", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&b).state, YQ_MESSAGE_ACKED);
    cr_assert_eq(done("city-b", 1, YQ_DONE_ERROR), YQ_OK, "of the try before, brought late");
    cr_assert_eq(look(&b).conflict, 0);
    cr_assert_eq(done("city-c", 1, YQ_DONE_REFUSED), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, (uint64_t)-YQ_E_CONFLICT), 1);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_PREPARED);
    cr_assert_eq(look(&c).conflict, 1);
    uint64_t size = last_index("city-c");
    cr_assert_eq(force(&w.admin[0], &c, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(force(&w.admin[1], &c, YQ_DONE_CANCELLED), YQ_OK);
    cr_assert_eq(look(&c).state, YQ_MESSAGE_FORCED);
    cr_assert_eq(last_index("city-c"), size, "there is nothing to cancel");
    cr_assert_eq(open_of("city-b") + open_of("city-c"), 0);
}

Test(group, what_was_forced_and_is_answered_then, .init = setup, .fini = teardown)
{
    const yq_digest b = prepare("city-b", 1, 1), c = prepare("city-c", 1, 1);
    cr_assert_eq(done("city-b", 0, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(done("city-c", 0, YQ_DONE_OK), YQ_OK);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(force(&w.admin[i], &b, YQ_DONE_OK), YQ_OK);
        cr_assert_eq(force(&w.admin[i], &c, YQ_DONE_CANCELLED), YQ_OK);
    }
    uint64_t ack = look(&b).ack_index;
    cr_assert_eq(done("city-b", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&b).conflict, 0);
    cr_assert_eq(look(&b).ack_index, ack, "acknowledged once");
    cr_assert_eq(done("city-c", 1, YQ_DONE_OK), YQ_OK);
    cr_assert_eq(look(&c).conflict, 1);
}
