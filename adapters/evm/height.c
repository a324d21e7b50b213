#include "adapters/evm/fields.h"
#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- the update --------------------------------------------------------------------------------
 */

static yq_status make_update(
    yq_evma_session *s,
    const yq_evma_header *header,
    uint64_t until_ms,
    yq_slice *out,
    yq_fault *why)
{
    yq_buf room = {s->room, YQ_EVMA_ROOM_SIZE, 0};
    yq_status status = yq_evma_update_begin(1u + s->profile.depth, &room, why);
    if (status == YQ_OK) {
        status = yq_evma_update_add(header->raw, &room, why);
    }
    if (status == YQ_OK && s->profile.mode == YQ_EVM_QBFT_CONTRACT) {
        status = yq_evma_contract_proof(s, header->number, until_ms, &room, why);
    }
    if (status == YQ_OK && s->profile.depth > 0) {
        status = yq_evma_successors(s, header, until_ms, &room, why);
    }
    return status == YQ_OK ? yq_evma_give(s, yq_slice_of(room.p, room.n), out, why) : status;
}

/* ---- events ------------------------------------------------------------------------------------
 */

/* A transaction's two proofs, one behind the other in the session's room. */
typedef struct inclusion {
    uint32_t index;
    yq_slice tx, receipt;
    yq_buf room; /* what is left of it */
} inclusion;

static yq_status prove(
    yq_evma_session *s, yq_evma_bodies *b, size_t index, inclusion *out, yq_fault *why)
{
    yq_buf room = {s->room, YQ_EVMA_ROOM_SIZE, 0};
    yq_digest root;
    size_t middle;
    yq_status status = yq_evma_trie_of(&b->trie, b->value[0], b->n, index, &room, &root);
    middle = room.n;
    if (status == YQ_OK) {
        status = yq_evma_trie_of(&b->trie, b->value[1], b->n, index, &room, &root);
    }
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "proof");
    }
    *out = (inclusion){
        .index = (uint32_t)index,
        .tx = yq_slice_of(room.p, middle),
        .receipt = yq_slice_of(room.p + middle, room.n - middle),
        .room = {room.p + room.n, room.cap - room.n, 0},
    };
    return YQ_OK;
}

static int is_wanted(const yq_evma_session *s, const yq_json *log)
{
    uint8_t address[YQ_EVM_ADDRESS_SIZE];
    if (s->emitter_n == 0) {
        return 1;
    }
    int wanted = 0;
    for (size_t i = 0; i < s->emitter_n; i++) {
        wanted |= yq_evma_bytes(yq_json_get(log, "address"), address, sizeof address) &&
                  memcmp(address, s->emitter[i], sizeof address) == 0;
    }
    return wanted;
}

/* Logs of transactions that failed prove nothing: left out. */
static int is_success(const yq_json *receipt)
{
    uint64_t status;
    return yq_json_quantity(yq_json_get(receipt, "status"), &status) && status == 1;
}

/* One event with its hints. */
static yq_status make_event(
    const yq_evma_session *s,
    uint64_t number,
    const yq_evma_bodies *b,
    const inclusion *in,
    uint32_t log_idx,
    yq_event_proof *out,
    yq_fault *why)
{
    uint8_t address[YQ_EVM_ADDRESS_SIZE], topic[YQ_DIGEST_SIZE];
    const yq_json *log = yq_json_at(yq_json_get(b->receipt[in->index], "logs"), log_idx);
    const yq_json *first = yq_json_at(yq_json_get(log, "topics"), 0);
    yq_buf room = in->room;
    if (!yq_evma_bytes(yq_json_get(log, "address"), address, sizeof address) ||
        (first != NULL && !yq_evma_bytes(first, topic, sizeof topic))) {
        return yq_fail(why, YQ_E_TYPE, 0, "logs");
    }
    yq_status status =
        yq_evma_event_of(number, in->index, in->tx, in->receipt, log_idx, &room, why);
    if (status == YQ_OK && room.n > YQ_EVMA_PROOF_MAX) {
        status = YQ_E_NOSPC;
    }
    if (status == YQ_OK) {
        status = yq_evma_give(s, yq_slice_of(room.p, room.n), &out->proof, why);
    }
    if (status == YQ_OK) {
        status = yq_evma_give(s, yq_slice_of(address, sizeof address), &out->emitter, why);
    }
    if (status == YQ_OK) {
        status =
            yq_evma_give(s, yq_slice_of(topic, first == NULL ? 0 : sizeof topic), &out->name, why);
    }
    if (status == YQ_OK) {
        status =
            yq_evma_give(s, yq_slice_of(b->tx_hash[in->index].b, YQ_DIGEST_SIZE), &out->tx_id, why);
    }
    out->event_index = log_idx;
    return status;
}

/* Events of one transaction. */
static yq_status events_of_tx(
    yq_evma_session *s,
    uint64_t number,
    yq_evma_bodies *b,
    size_t index,
    yq_event_proof *event,
    size_t *n,
    yq_fault *why)
{
    inclusion in = {0};
    int proven = 0;
    yq_status status = YQ_OK;
    const yq_json *logs = yq_json_get(b->receipt[index], "logs");
    for (uint32_t k = 0; k < yq_json_count(logs) && status == YQ_OK; k++) {
        if (!is_wanted(s, yq_json_at(logs, k))) {
            continue;
        }
        if (!proven) {
            status = prove(s, b, index, &in, why);
            proven = 1;
        }
        if (status == YQ_OK) {
            status = make_event(s, number, b, &in, k, &event[(*n)++], why);
        }
    }
    return status;
}

/* No hub could take them: they may not hold what comes after. */
static void leave_out(yq_evma_session *s, uint64_t number, size_t index)
{
    char text[128];
    s->counts.oversized++;
    (void)snprintf(
        text,
        sizeof text,
        "left out: events of transaction %zu of block %" PRIu64
        ", their proof is too large alarm=1",
        index,
        number);
    s->host.log(s->host.self, YQ_LOG_WARN, text);
}

static yq_status make_events(
    yq_evma_session *s, uint64_t number, yq_evma_bodies *b, yq_height_evidence *out, yq_fault *why)
{
    size_t all = 0, n = 0;
    for (size_t i = 0; i < b->n; i++) {
        all += yq_json_count(yq_json_get(b->receipt[i], "logs"));
    }
    yq_event_proof *event = s->host.alloc(s->host.self, (all + 1) * sizeof *event);
    if (event == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "events");
    }
    yq_status status = YQ_OK;
    for (size_t i = 0; i < b->n && status == YQ_OK; i++) {
        size_t before = n;
        if (is_success(b->receipt[i])) {
            status = events_of_tx(s, number, b, i, event, &n, why);
        }
        if (status == YQ_E_NOSPC) {
            leave_out(s, number, i);
            n = before;
            status = YQ_OK;
        }
    }
    out->event = event;
    out->event_n = n;
    s->counts.events += n;
    return status;
}

yq_status yq_evma_height_evidence(
    yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_evma_sources sources = {0};
    yq_evma_bodies bodies = {0};
    *out = (yq_height_evidence){0};
    yq_status status = yq_evma_chain_id(s, until_ms, why);
    if (status != YQ_OK || number <= s->anchor_height) {
        return status; /* the anchor and what lies below it need no update */
    }
    status = yq_evma_sources_fetch(s, number, until_ms, &sources, why);
    if (status == YQ_OK) {
        status = make_update(s, &sources.header, until_ms, &out->update, why);
    }
    /* The bloom is part of the header: without a bit in it the block has no log. */
    if (status == YQ_OK && sources.header.has_logs) {
        status = yq_evma_bodies_load(s, &sources, until_ms, &bodies, why);
        if (status == YQ_OK) {
            status = make_events(s, number, &bodies, out, why);
        }
    }
    s->counts.heights += status == YQ_OK ? 1 : 0;
    yq_evma_bodies_free(&bodies);
    yq_evma_sources_free(&sources);
    return status;
}
