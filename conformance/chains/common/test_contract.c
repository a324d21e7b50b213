#include "conformance/chains/common/test_hub.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>

static test_hub *hub;
static yq_contract *contract;
static uint8_t records_room[YQ_CONTRACT_RECORDS_MAX];
static yq_buf records;
static yq_fault why;
static yq_record record[YQ_EVENT_RECORDS_MAX];
static size_t record_n;

static void setup(void)
{
    hub = test_hub_new(YQ_HASH_SM3);
    contract = test_hub_contract(hub);
}

static void teardown(void)
{
    yq_contract_free(contract);
    test_hub_free(hub);
}

TestSuite(contract, .init = setup, .fini = teardown);

static yq_status deliver_at(uint64_t time_ms, const uint64_t *index, size_t n)
{
    records = (yq_buf){records_room, sizeof records_room, 0};
    why = (yq_fault){0};
    record_n = 0;
    yq_status status =
        yq_contract_deliver(contract, test_delivery(hub, index, n), time_ms, &records, &why);
    if (status == YQ_OK && records.n > 0) {
        cr_assert_eq(
            yq_records_decode(
                yq_slice_of(records.p, records.n), record, YQ_EVENT_RECORDS_MAX, &record_n, &why),
            YQ_OK);
    }
    return status;
}

static yq_status deliver(uint64_t index)
{
    return deliver_at(1000, &index, 1);
}

static yq_contract_view look(void)
{
    yq_contract_view view;
    yq_contract_look(contract, &view);
    return view;
}

static uint8_t status_of(uint64_t index)
{
    yq_contract_item item;
    return yq_contract_item_at(contract, index, &item) ? item.status : 0;
}

static uint32_t executions_of(uint64_t index)
{
    yq_contract_item item;
    return yq_contract_item_at(contract, index, &item) ? item.executions : 0;
}

/* The i-th DONE of the last delivery. */
static yq_done done_at(size_t i)
{
    yq_done done = {0};
    for (size_t k = 0; k < record_n; k++) {
        if (record[k].kind == YQ_RECORD_DONE && i-- == 0) {
            cr_assert_eq(yq_done_decode(record[k].body, &done, &why), YQ_OK);
            return done;
        }
    }
    return done;
}

static size_t count_records(uint8_t kind)
{
    size_t n = 0;
    for (size_t k = 0; k < record_n; k++) {
        n += record[k].kind == kind;
    }
    return n;
}

static yq_packet ordered(uint64_t sequence)
{
    yq_packet p = test_call(sequence, "service");
    p.order = YQ_ORDER_ORDERED;
    return p;
}

static uint64_t append_call(uint64_t sequence, const char *service)
{
    yq_packet p = test_call(sequence, service);
    return test_append(hub, &p);
}

static uint64_t append_ordered(uint64_t sequence)
{
    yq_packet p = ordered(sequence);
    return test_append(hub, &p);
}

/* A cancel of an index (or of none) of the lane of the test's calls. */
static uint64_t append_cancel(uint64_t index, uint8_t order, uint64_t sequence, uint64_t first)
{
    uint8_t room[128];
    yq_buf out = {room, sizeof room, 0};
    yq_cancel cancel = {.index = index, .kind = YQ_PACKET_CALL, .order = order, .first = first};
    if (index != YQ_INDEX_NONE && index < hub->n) {
        cancel.commitment = hub->packet[index].commitment;
    }
    cr_assert_eq(yq_cancel_encode(&cancel, &out), YQ_OK);
    yq_packet p = test_made(YQ_PACKET_CANCEL, sequence, yq_slice_of(out.p, out.n));
    return test_append(hub, &p);
}

static uint64_t append_control(uint8_t kind, uint64_t sequence)
{
    uint8_t room[16];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_control_encode(5, &out), YQ_OK);
    yq_packet p = test_made(kind, sequence, yq_slice_of(out.p, out.n));
    p.src_service = p.dst_service = (yq_slice){0};
    return test_append(hub, &p);
}

static uint64_t append_decision(uint8_t kind, const char *service)
{
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_decision_encode(&(yq_decision){.index = 0}, &out), YQ_OK);
    yq_packet p = test_made(kind, 1, yq_slice_of(out.p, out.n));
    p.dst_service = yq_slice_text(service);
    return test_append(hub, &p);
}

/* ---- calls ------------------------------------------------------------------------------------
 */

Test(contract, a_call_runs_once_and_is_told_again)
{
    uint64_t i = append_call(1, "service");
    cr_assert_eq(deliver(i), YQ_OK);
    yq_done done = done_at(0);
    uint8_t sm3[32];
    yq_hash_one(YQ_HASH_SM3, yq_slice_text("payload"), sm3);
    cr_assert_eq(done.index, i);
    cr_assert_eq(done.status, YQ_DONE_OK);
    cr_assert_eq(done.again, 0);
    cr_assert(yq_slice_equal(done.result, yq_slice_of(sm3, 32)));
    cr_assert_eq(memcmp(done.commitment.b, hub->packet[i].commitment.b, 32), 0);
    cr_assert_eq(deliver(i), YQ_OK);
    cr_assert_eq(done_at(0).again, 1);
    cr_assert_eq(done_at(0).result.n, 0);
    cr_assert_eq(executions_of(i), 1);
    cr_assert_eq(look().executed, 1);
    yq_contract_item item;
    cr_assert(yq_contract_item_at(contract, i, &item));
    cr_assert_eq(item.deliveries, 2);
    cr_assert_eq(memcmp(item.payload_sm3.b, sm3, 32), 0);
    cr_assert(!yq_contract_item_at(contract, i + 1, &item));
}

Test(contract, other_hashes_work)
{
    static const uint32_t algs[] = {YQ_HASH_SHA256, YQ_HASH_KECCAK256};
    for (size_t k = 0; k < 2; k++) {
        teardown();
        hub = test_hub_new(algs[k]);
        contract = test_hub_contract(hub);
        for (uint64_t i = 0; i < 5; i++) {
            (void)append_call(i + 1, "service");
        }
        const uint64_t all[] = {4, 0, 2};
        cr_assert_eq(deliver_at(1000, all, 3), YQ_OK, "%s", why.text);
        cr_assert_eq(look().executed, 3);
        cr_assert_eq(look().size, 5);
    }
}

Test(contract, a_failing_service_is_an_error_and_stays_spent)
{
    uint64_t i = append_call(1, YQ_CONTRACT_FAILING_SERVICE);
    cr_assert_eq(deliver(i), YQ_OK);
    cr_assert_eq(done_at(0).status, YQ_DONE_ERROR);
    cr_assert_eq(done_at(0).code, 1);
    cr_assert_eq(deliver(i), YQ_OK);
    cr_assert_eq(done_at(0).again, 1);
    cr_assert_eq(done_at(0).status, YQ_DONE_ERROR);
    cr_assert_eq(done_at(0).code, 1);
    cr_assert_eq(look().executed, 0);
}

Test(contract, a_deadline_is_absolute_where_there_is_a_clock)
{
    yq_packet p = test_call(1, "service");
    p.deadline_ms = 2000;
    uint64_t i = test_append(hub, &p), j = test_append(hub, &p);
    cr_assert_eq(deliver_at(2000, &i, 1), YQ_OK);
    cr_assert_eq(done_at(0).status, YQ_DONE_CANCELLED);
    cr_assert_eq(deliver_at(1999, &j, 1), YQ_OK);
    cr_assert_eq(done_at(0).status, YQ_DONE_OK);
    yq_contract_free(contract);
    contract = yq_contract_new(&(yq_contract_config){
        .hub = yq_slice_text(TEST_HUB),
        .own_chain = yq_slice_text(TEST_CHAIN),
        .hash = YQ_HASH_SM3,
        .set = hub->set,
        .no_clock = 1,
    });
    cr_assert_eq(deliver_at(9999, &i, 1), YQ_OK);
    cr_assert_eq(done_at(0).status, YQ_DONE_OK);
}

Test(contract, indices_below_the_floor_are_skipped)
{
    yq_contract_free(contract);
    contract = yq_contract_new(&(yq_contract_config){
        .hub = yq_slice_text(TEST_HUB),
        .own_chain = yq_slice_text(TEST_CHAIN),
        .hash = YQ_HASH_SM3,
        .set = hub->set,
        .floor = 1,
    });
    const uint64_t both[] = {append_call(1, "service"), append_call(2, "service")};
    cr_assert_eq(deliver_at(1, both, 2), YQ_OK);
    cr_assert_eq(status_of(0), 0);
    cr_assert_eq(status_of(1), YQ_DONE_OK);
    cr_assert_eq(count_records(YQ_RECORD_DONE), 1);
}

/* ---- ordered lanes and cancels -----------------------------------------------------------------
 */

Test(contract, an_ordered_lane_takes_the_lowest_number_only)
{
    uint64_t one = append_ordered(1), two = append_ordered(2);
    cr_assert_eq(deliver(two), YQ_OK);
    cr_assert_eq(status_of(two), 0);
    const uint64_t both[] = {one, two};
    cr_assert_eq(deliver_at(1, both, 2), YQ_OK);
    cr_assert_eq(status_of(one), YQ_DONE_OK);
    cr_assert_eq(status_of(two), YQ_DONE_OK);
    /* A number that is spent does not run again under another index. */
    uint64_t again = append_ordered(2);
    cr_assert_eq(deliver(again), YQ_OK);
    cr_assert_eq(status_of(again), 0);
}

Test(contract, a_cancel_may_be_taken_out_of_order)
{
    uint64_t one = append_ordered(1), two = append_ordered(2), three = append_ordered(3);
    uint64_t cancel = append_cancel(two, YQ_ORDER_ORDERED, 2, 2);
    cr_assert_eq(deliver(cancel), YQ_OK);
    cr_assert_eq(count_records(YQ_RECORD_DONE), 2);
    cr_assert_eq(done_at(0).index, cancel);
    cr_assert_eq(done_at(0).status, YQ_DONE_OK);
    cr_assert_eq(done_at(1).index, two);
    cr_assert_eq(done_at(1).status, YQ_DONE_CANCELLED);
    cr_assert_eq(memcmp(done_at(1).commitment.b, hub->packet[two].commitment.b, 32), 0);
    cr_assert_eq(deliver(three), YQ_OK);
    cr_assert_eq(status_of(three), 0, "1 is open");
    const uint64_t all[] = {one, two, three};
    cr_assert_eq(deliver_at(1, all, 3), YQ_OK);
    cr_assert_eq(status_of(one), YQ_DONE_OK);
    cr_assert_eq(done_at(1).again, 1);
    cr_assert_eq(done_at(1).status, YQ_DONE_CANCELLED);
    cr_assert_eq(status_of(three), YQ_DONE_OK);
    cr_assert_eq(executions_of(two), 0);
}

Test(contract, a_cancel_that_is_late_repeats_what_happened)
{
    uint64_t call = append_call(1, "service");
    uint64_t cancel = append_cancel(call, YQ_ORDER_UNORDERED, 1, 1);
    cr_assert_eq(deliver(call), YQ_OK);
    cr_assert_eq(deliver(cancel), YQ_OK);
    cr_assert_eq(done_at(1).index, call);
    cr_assert_eq(done_at(1).status, YQ_DONE_OK);
    cr_assert_eq(done_at(1).again, 1);
    cr_assert_eq(deliver(cancel), YQ_OK);
    cr_assert_eq(count_records(YQ_RECORD_DONE), 1, "its own only");
}

Test(contract, a_cancel_without_index_spends_the_number)
{
    uint64_t two = append_ordered(2), three = append_ordered(3);
    uint64_t none = append_cancel(YQ_INDEX_NONE, YQ_ORDER_ORDERED, 1, 1);
    uint64_t ahead = append_cancel(YQ_INDEX_NONE, YQ_ORDER_ORDERED, 3, 3);
    cr_assert_eq(deliver(ahead), YQ_OK);
    cr_assert_eq(count_records(YQ_RECORD_DONE), 1);
    cr_assert_eq(deliver(none), YQ_OK);
    cr_assert_eq(deliver(two), YQ_OK);
    cr_assert_eq(status_of(two), YQ_DONE_OK);
    cr_assert_eq(deliver(three), YQ_OK);
    cr_assert_eq(status_of(three), 0, "3 was spent by its cancel");
    uint64_t four = append_ordered(4);
    cr_assert_eq(deliver(four), YQ_OK);
    cr_assert_eq(status_of(four), YQ_DONE_OK);
}

Test(contract, a_lane_that_opens_late_begins_behind_the_refused_numbers)
{
    uint64_t skip = append_cancel(YQ_INDEX_NONE, YQ_ORDER_ORDERED, 4, 1);
    uint64_t wrong = append_cancel(YQ_INDEX_NONE, YQ_ORDER_ORDERED, 9, 7);
    uint64_t five = append_ordered(5), ten = append_ordered(10);
    cr_assert_eq(deliver(wrong), YQ_OK);
    cr_assert_eq(deliver(skip), YQ_OK);
    cr_assert_eq(deliver(ten), YQ_OK);
    cr_assert_eq(status_of(ten), 0, "7..9 was not at the lane's next");
    cr_assert_eq(deliver(five), YQ_OK);
    cr_assert_eq(status_of(five), YQ_DONE_OK);
}

Test(contract, a_skip_does_not_take_a_lane_back)
{
    const uint64_t both[] = {append_ordered(1), append_ordered(2)};
    cr_assert_eq(deliver_at(1, both, 2), YQ_OK);
    uint64_t skip = append_cancel(YQ_INDEX_NONE, YQ_ORDER_ORDERED, 1, 3);
    cr_assert_eq(deliver(skip), YQ_OK);
    uint64_t again = append_ordered(2), three = append_ordered(3);
    cr_assert_eq(deliver(again), YQ_OK);
    cr_assert_eq(status_of(again), 0, "its number is spent");
    cr_assert_eq(deliver(three), YQ_OK);
    cr_assert_eq(status_of(three), YQ_DONE_OK);
}

/* ---- services and administrators ---------------------------------------------------------------
 */

typedef struct service {
    yq_done_status says;
    int calls_back;
    yq_status back;
    unsigned n;
} service;

static yq_done_status serve(void *self, uint64_t index, const yq_packet *packet)
{
    static uint8_t room[YQ_CONTRACT_RECORDS_MAX];
    service *s = self;
    (void)packet;
    s->n++;
    if (s->calls_back) {
        yq_buf out = {room, sizeof room, 0};
        s->back = yq_contract_deliver(contract, test_delivery(hub, &index, 1), 1000, &out, NULL);
    }
    return s->says;
}

static void contract_with(service *s)
{
    yq_contract_free(contract);
    contract = yq_contract_new(&(yq_contract_config){
        .hub = yq_slice_text(TEST_HUB),
        .own_chain = yq_slice_text(TEST_CHAIN),
        .hash = YQ_HASH_SM3,
        .set = hub->set,
        .service = serve,
        .self = s,
    });
}

Test(contract, a_service_decides_what_a_call_is)
{
    service s = {.says = YQ_DONE_REFUSED};
    contract_with(&s);
    uint64_t one = append_call(1, "service"), two = append_call(2, "service");
    cr_assert_eq(deliver(one), YQ_OK);
    cr_assert_eq(status_of(one), YQ_DONE_REFUSED);
    cr_assert_eq(done_at(0).status, YQ_DONE_REFUSED);
    cr_assert_eq(executions_of(one), 0);
    s.says = YQ_DONE_OK;
    cr_assert_eq(deliver(two), YQ_OK);
    cr_assert_eq(status_of(two), YQ_DONE_OK);
    cr_assert_eq(executions_of(two), 1);
    cr_assert_eq(s.n, 2);
}

Test(contract, a_service_that_calls_back_is_refused)
{
    service s = {.says = YQ_DONE_OK, .calls_back = 1};
    contract_with(&s);
    uint64_t one = append_call(1, "service");
    cr_assert_eq(deliver(one), YQ_OK);
    cr_assert_eq(s.back, YQ_E_BUSY);
    cr_assert_eq(s.n, 1);
    s.calls_back = 0;
    cr_assert_eq(deliver(one), YQ_OK, "it is free again");
}

Test(contract, administrators_pause_it)
{
    yq_inbox_state state;
    uint64_t one = append_call(1, "service");
    records = (yq_buf){records_room, sizeof records_room, 0};
    cr_assert_eq(yq_contract_pause(contract, 1, &records), YQ_OK);
    cr_assert_eq(
        yq_records_decode(
            yq_slice_of(records.p, records.n), record, YQ_EVENT_RECORDS_MAX, &record_n, &why),
        YQ_OK);
    cr_assert_eq(yq_inbox_state_decode(record[0].body, &state, &why), YQ_OK);
    cr_assert_eq(state.paused, 1);
    cr_assert_eq(deliver(one), YQ_E_STATE);
    cr_assert_eq(look().height, 0);
    records.n = 0;
    cr_assert_eq(yq_contract_pause(contract, 0, &records), YQ_OK);
    cr_assert_eq(deliver(one), YQ_OK);
    cr_assert_eq(status_of(one), YQ_DONE_OK);
}

Test(contract, it_sends_every_kind)
{
    yq_packet packet = {0};
    const yq_send send = {
        .service = yq_slice_text("source"),
        .dst_chain = yq_slice_text("city-410100"),
        .dst_service = yq_slice_text("service"),
        .deadline_ms = 5,
        .payload = yq_slice_text("payload")};
    const yq_contract_kind kind = {
        .kind = YQ_PACKET_PREPARE, .order = YQ_ORDER_ORDERED, .group = {{2, 9}}};
    records = (yq_buf){records_room, sizeof records_room, 0};
    cr_assert_eq(
        yq_contract_send_kind(contract, &send, &kind, yq_slice_text("me"), &records), YQ_OK);
    cr_assert_eq(
        yq_records_decode(
            yq_slice_of(records.p, records.n), record, YQ_EVENT_RECORDS_MAX, &record_n, &why),
        YQ_OK);
    cr_assert_eq(yq_packet_decode(record[0].body, &packet, &why), YQ_OK);
    cr_assert_eq(packet.kind, YQ_PACKET_PREPARE);
    cr_assert_eq(packet.order, YQ_ORDER_ORDERED);
    cr_assert_eq(packet.group.b[1], 9);
    cr_assert_eq(packet.sequence, 1);
}

Test(contract, a_halt_binds_until_a_later_resume)
{
    uint64_t halt = append_control(YQ_PACKET_HALT, 2);
    uint64_t old = append_control(YQ_PACKET_RESUME, 1);
    uint64_t call = append_call(1, "service"),
             commit = append_decision(YQ_PACKET_COMMIT, "service");
    uint64_t cancel = append_cancel(append_call(2, "service"), YQ_ORDER_UNORDERED, 2, 2);
    cr_assert_eq(deliver(halt), YQ_OK);
    cr_assert_eq(done_at(0).status, YQ_DONE_OK);
    cr_assert_eq(deliver(old), YQ_OK);
    cr_assert_eq(status_of(old), YQ_DONE_OK);
    cr_assert_eq(deliver(call), YQ_OK);
    cr_assert_eq(status_of(call), 0);
    cr_assert_eq(deliver(commit), YQ_OK);
    cr_assert_eq(status_of(commit), YQ_DONE_OK, "a decision is never held");
    cr_assert_eq(deliver(cancel), YQ_OK);
    cr_assert_eq(status_of(cancel), YQ_DONE_OK);
    yq_packet other = test_call(1, "service");
    other.src_chain = yq_slice_text("city-411000");
    cr_assert_eq(deliver(test_append(hub, &other)), YQ_OK);
    cr_assert_eq(look().executed, 2);
    cr_assert_eq(deliver(append_control(YQ_PACKET_RESUME, 3)), YQ_OK);
    cr_assert_eq(deliver(call), YQ_OK);
    cr_assert_eq(status_of(call), YQ_DONE_OK);
}

Test(contract, a_failing_decision_takes_its_mark_back)
{
    static const uint8_t kinds[] = {YQ_PACKET_COMMIT, YQ_PACKET_UNDO};
    for (size_t k = 0; k < 2; k++) {
        uint64_t i = append_decision(kinds[k], YQ_CONTRACT_FAILING_SERVICE);
        cr_assert_eq(deliver(i), YQ_OK);
        cr_assert_eq(done_at(0).status, YQ_DONE_ERROR);
        cr_assert_eq(status_of(i), 0);
        cr_assert_eq(deliver(i), YQ_OK);
        cr_assert_eq(done_at(0).again, 0, "tried again");
    }
}

Test(contract, an_unknown_kind_is_skipped_when_its_proof_is_good)
{
    yq_packet p = test_call(1, "service");
    uint64_t i = test_append(hub, &p);
    test_packet *stored = &hub->packet[i];
    stored->bytes[2] = 99;
    /* The commitment of the bytes as they are now. */
    uint8_t head[YQ_PACKET_HEAD_SIZE_MAX], md[32];
    yq_buf room = {head, sizeof head, 0};
    cr_assert_eq(yq_packet_commitment_head(&p, &room), YQ_OK);
    head[15 + 2] = 99;
    yq_hash_one(YQ_HASH_SM3, p.payload, md);
    const yq_slice part[] = {{head, room.n}, {md, 32}};
    yq_hash(YQ_HASH_SM3, part, 2, stored->commitment.b);
    cr_assert_eq(deliver(i), YQ_OK, "%s", why.text);
    cr_assert_eq(status_of(i), 0);
    cr_assert_eq(count_records(YQ_RECORD_DONE), 0);
    hub->spoil.packet_bit = 1;
    cr_assert_eq(deliver(i), YQ_E_PROOF);
}
