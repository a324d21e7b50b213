#include "conformance/chains/common/contract_parts.h"
#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/mutants.h"

#include <stdlib.h>

#define BODY_MAX     128u /* of a DONE or a STATE that a contract of ours emits */
#define FAILING_CODE 1u

/* What one delivery does, and what it tells. */
typedef struct run {
    yq_contract *c;
    uint64_t time_ms;
    yq_record record[YQ_EVENT_RECORDS_MAX];
    uint8_t body[YQ_EVENT_RECORDS_MAX][BODY_MAX];
    size_t n;
} run;

_Static_assert(
    2 * YQ_DELIVERY_PACKETS_MAX + 1 <= YQ_EVENT_RECORDS_MAX,
    "a cancel tells twice, and the state once");

static void tell(run *r, uint8_t kind, size_t size)
{
    YQ_ASSERT(r->n < YQ_EVENT_RECORDS_MAX);
    r->record[r->n] = (yq_record){.kind = kind, .body = {r->body[r->n], size}};
    r->n++;
}

static void tell_done(run *r, const yq_done *done)
{
    yq_buf body = {r->body[r->n], BODY_MAX, 0};
    YQ_ASSERT(yq_done_encode(done, &body) == YQ_OK);
    tell(r, YQ_RECORD_DONE, body.n);
}

static void tell_again(run *r, const yq_contract_slot *slot, const yq_digest *commitment)
{
    tell_done(
        r,
        &(yq_done){
            .index = slot->item.index,
            .commitment = *commitment,
            .status = slot->item.status,
            .code = slot->code,
            .again = !YQ_WITHOUT(INBOX_AGAIN),
        });
}

static void spend(run *r, yq_contract_slot *slot, uint8_t status, uint32_t code)
{
    slot->item.status = status;
    slot->code = code;
    r->c->spent++;
}

static void spend_and_tell(
    run *r, uint64_t index, const yq_digest *commitment, uint8_t status, uint32_t code)
{
    spend(r, yq_contract_slot_of(r->c, index), status, code);
    tell_done(
        r, &(yq_done){.index = index, .commitment = *commitment, .status = status, .code = code});
}

/* ---- kinds 3, 9, 10: what the hub orders ------------------------------------------------------
 */

static void take_control(run *r, const yq_contract_arrival *a)
{
    yq_contract_halt *halt = yq_contract_halt_of(r->c, a->packet.src_chain);
    spend_and_tell(r, a->index, &a->commitment, YQ_DONE_OK, 0);
    if (a->packet.sequence > halt->sequence || YQ_WITHOUT(INBOX_SEQUENCE)) {
        halt->sequence = a->packet.sequence;
        halt->halted = a->packet.kind == YQ_PACKET_HALT;
    }
}

static int kind_is_cancelled(uint8_t kind)
{
    return kind == YQ_PACKET_CALL || kind == YQ_PACKET_PREPARE || kind == YQ_PACKET_QUERY ||
           kind == YQ_PACKET_ANSWER;
}

static void cancel_number(run *r, const yq_contract_arrival *a)
{
    yq_contract_lane *lane = yq_contract_lane_of(r->c, &a->packet);
    if (YQ_WITHOUT(INBOX_SKIP)) {
        return;
    }
    if (a->cancel.first == a->packet.sequence) {
        yq_contract_lane_spend(lane, a->packet.sequence);
    } else if (a->cancel.first < a->packet.sequence && lane->next == a->cancel.first) {
        lane->next = a->packet.sequence + 1;
        yq_contract_lane_settle(lane);
    }
}

static void take_cancel(run *r, const yq_contract_arrival *a)
{
    const yq_cancel *cancel = &a->cancel;
    spend_and_tell(r, a->index, &a->commitment, YQ_DONE_OK, 0);
    if (cancel->index == YQ_INDEX_NONE) {
        cancel_number(r, a);
        return;
    }
    const yq_contract_slot *named = yq_contract_slot_of(r->c, cancel->index);
    if (YQ_WITHOUT(INBOX_CANCEL)) {
        return;
    }
    if (named->item.status != YQ_DONE_INVALID) {
        tell_again(r, named, &cancel->commitment);
        return;
    }
    spend_and_tell(r, cancel->index, &cancel->commitment, YQ_DONE_CANCELLED, 0);
    if (kind_is_cancelled(cancel->kind) && cancel->order == YQ_ORDER_ORDERED &&
        !YQ_WITHOUT(INBOX_NUMBER)) {
        yq_contract_lane_spend(yq_contract_lane_of(r->c, &a->packet), a->packet.sequence);
    }
}

/* ---- calls ------------------------------------------------------------------------------------
 */

static yq_done_status default_service(const yq_packet *packet)
{
    int fails = yq_slice_equal(packet->dst_service, yq_slice_text(YQ_CONTRACT_FAILING_SERVICE));
    return fails ? YQ_DONE_ERROR : YQ_DONE_OK;
}

/* Runs a service. When it does not say OK nothing of it stays. */
static yq_done_status call_service(run *r, const yq_packet *packet, uint64_t index)
{
    yq_contract *c = r->c;
    yq_done_status status =
        c->service != NULL ? c->service(c->self, index, packet) : default_service(packet);
    if (status == YQ_DONE_OK) {
        yq_contract_item *item = &yq_contract_slot_of(c, index)->item;
        item->executions++;
        item->position = ++c->executed;
    }
    return status;
}

/* Acknowledgement, commit, undo: a call that fails takes its mark back. */
static void take_outcome(run *r, const yq_contract_arrival *a)
{
    yq_contract_sent *sent = NULL;
    if (a->packet.kind == YQ_PACKET_ACK) {
        sent = yq_contract_sent_of(r->c, &a->packet);
        if (sent == NULL ||
            (memcmp(sent->commitment.b, a->ack.commitment.b, sizeof sent->commitment.b) != 0 &&
             !YQ_WITHOUT(INBOX_COMMITMENT))) {
            spend_and_tell(r, a->index, &a->commitment, YQ_DONE_REFUSED, 0);
            return;
        }
    }
    if (call_service(r, &a->packet, a->index) != YQ_DONE_OK) {
        if (YQ_WITHOUT(INBOX_MARK)) {
            spend(r, yq_contract_slot_of(r->c, a->index), YQ_DONE_ERROR, FAILING_CODE);
        }
        tell_done(
            r,
            &(yq_done){
                .index = a->index,
                .commitment = a->commitment,
                .status = YQ_DONE_ERROR,
                .code = FAILING_CODE,
            });
        return;
    }
    if (sent != NULL) {
        yq_contract_sent_close(r->c, sent);
        r->c->settled++;
    }
    spend_and_tell(r, a->index, &a->commitment, YQ_DONE_OK, 0);
}

/* The index was spent before the call, which failed or was not made. */
static void respend_and_tell(run *r, const yq_contract_arrival *a, yq_done_status status)
{
    yq_contract_slot *slot = yq_contract_slot_of(r->c, a->index);
    slot->item.status = (uint8_t)status;
    slot->code = FAILING_CODE;
    tell_done(
        r,
        &(yq_done){
            .index = a->index,
            .commitment = a->commitment,
            .status = (uint8_t)status,
            .code = FAILING_CODE,
        });
}

static void take_call(run *r, const yq_contract_arrival *a)
{
    const yq_packet *p = &a->packet;
    if (p->order == YQ_ORDER_ORDERED) {
        yq_contract_lane *lane = yq_contract_lane_of(r->c, p);
        if (p->sequence != lane->next && !YQ_WITHOUT(INBOX_ORDER)) {
            return;
        }
        yq_contract_lane_spend(lane, p->sequence);
    }
    if (p->deadline_ms != 0 && !r->c->no_clock && r->time_ms >= p->deadline_ms &&
        !YQ_WITHOUT(INBOX_DEADLINE)) {
        spend_and_tell(r, a->index, &a->commitment, YQ_DONE_CANCELLED, 0);
        return;
    }
    spend(r, yq_contract_slot_of(r->c, a->index), YQ_DONE_OK, 0);
    yq_done_status status = call_service(r, p, a->index);
    if (status != YQ_DONE_OK) {
        respend_and_tell(r, a, status);
        return;
    }
    uint8_t result[YQ_DIGEST_SIZE];
    yq_hash_one(r->c->hash, p->payload, result);
    tell_done(
        r,
        &(yq_done){
            .index = a->index,
            .commitment = a->commitment,
            .status = YQ_DONE_OK,
            .result = yq_slice_of(result, p->payload.n == 0 ? 0 : sizeof result),
        });
}

/* The rules of messages.md 5, step 3 on, for one packet. */
static void take(run *r, const yq_contract_arrival *a)
{
    const yq_packet *p = &a->packet;
    yq_contract_slot *slot = yq_contract_slot_of(r->c, a->index);
    slot->item.deliveries++;
    yq_hash_one(YQ_HASH_SM3, p->payload, slot->item.payload_sm3.b);
    if (slot->item.status != YQ_DONE_INVALID && !YQ_WITHOUT(INBOX_SPENT)) {
        tell_again(r, slot, &a->commitment);
        return;
    }
    if (a->index < r->c->floor || a->unknown) {
        return;
    }
    if (p->kind == YQ_PACKET_HALT || p->kind == YQ_PACKET_RESUME) {
        take_control(r, a);
        return;
    }
    if (p->kind == YQ_PACKET_CANCEL) {
        take_cancel(r, a);
        return;
    }
    int decision = p->kind == YQ_PACKET_COMMIT || p->kind == YQ_PACKET_UNDO;
    if (!decision && yq_contract_halt_of(r->c, p->src_chain)->halted && !YQ_WITHOUT(INBOX_HALT)) {
        return;
    }
    if (decision || p->kind == YQ_PACKET_ACK) {
        take_outcome(r, a);
    } else {
        take_call(r, a);
    }
}

/* Keeps the highest height with its root, and the set that comes next. */
static void take_certificate(run *r, const yq_final_info *info)
{
    yq_contract *c = r->c;
    if (!yq_bytes_are_zero(info->next_valset_hash.b, sizeof info->next_valset_hash.b)) {
        c->next_set = info->next_valset_hash;
    }
    if ((info->height <= c->height && !YQ_WITHOUT(INBOX_ROOT)) ||
        yq_bytes_are_zero(info->export_root.b, sizeof info->export_root.b)) {
        return;
    }
    c->height = info->height;
    c->root = info->export_root;
    yq_inbox_state state;
    yq_contract_state_of(c, &state);
    yq_buf body = {r->body[r->n], BODY_MAX, 0};
    YQ_ASSERT(yq_inbox_state_encode(&state, &body) == YQ_OK);
    tell(r, YQ_RECORD_STATE, body.n);
}

yq_status yq_contract_deliver(
    yq_contract *contract, yq_slice delivery, uint64_t time_ms, yq_buf *records, yq_fault *why)
{
    if (records->cap - records->n < (size_t)YQ_EVENT_RECORDS_MAX * (BODY_MAX + 8)) {
        return yq_fail(why, YQ_E_NOSPC, 0, "records");
    }
    if ((contract->paused && !YQ_WITHOUT(INBOX_PAUSE)) ||
        (contract->busy && !YQ_WITHOUT(INBOX_BUSY))) {
        return yq_fail(why, contract->paused ? YQ_E_STATE : YQ_E_BUSY, 0, "inbox");
    }
    yq_contract_delivery *checked = calloc(1, sizeof *checked);
    run *r = calloc(1, sizeof *r);
    YQ_ASSERT(checked != NULL && r != NULL);
    yq_status status = yq_contract_check(contract, delivery, checked, why);
    if (status == YQ_OK) {
        r->c = contract;
        r->time_ms = time_ms;
        contract->busy = 1;
        take_certificate(r, &checked->info);
        for (size_t i = 0; i < checked->n; i++) {
            take(r, &checked->arrival[i]);
        }
        contract->busy = 0;
        if (r->n > 0) {
            YQ_ASSERT(yq_records_encode(r->record, r->n, records) == YQ_OK);
        }
    }
    free(r);
    free(checked);
    return status;
}
