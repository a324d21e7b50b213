#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static yq_evma_kept *slot_of(yq_evma_session *s, uint64_t number)
{
    return &s->kept[number % YQ_ARRAY_N(s->kept)];
}

void yq_evma_kept_free(yq_evma_session *s)
{
    for (size_t i = 0; i < YQ_ARRAY_N(s->kept); i++) {
        free(s->kept[i].raw);
    }
}

static yq_status keep(yq_evma_session *s, const yq_evma_header *header, yq_fault *why)
{
    yq_evma_kept *slot = slot_of(s, header->number);
    uint8_t *raw = malloc(header->raw.n + 1);
    if (raw == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "header");
    }
    yq_bytes_copy(raw, header->raw.p, header->raw.n);
    free(slot->raw);
    *slot = (yq_evma_kept){header->number, header->hash, header->parent, raw, header->raw.n};
    return YQ_OK;
}

/* Fetches one header from any node and keeps it. */
static yq_status fetch(yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_fault *why)
{
    char params[48];
    yq_json *reply = NULL;
    yq_evma_header header = {0};
    const size_t cap = YQ_EVMA_HEADER_ROOM;
    (void)snprintf(params, sizeof params, "[\"0x%" PRIx64 "\",false]", number);
    yq_status status =
        yq_jsonrpc_ask_any(&s->rpc, "eth_getBlockByNumber", params, until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_buf room = {malloc(cap), cap, 0};
    status = room.p == NULL
                 ? yq_fail(why, YQ_E_MEMORY, 0, "header")
                 : yq_evma_header_of(
                       &s->work, &s->profile, yq_jsonrpc_result(reply), &room, &header, why);
    if (status == YQ_OK && header.number != number) {
        status = yq_fail(why, YQ_E_HEIGHT, 0, "number: not the one that was asked for");
    }
    if (status == YQ_OK) {
        status = keep(s, &header, why);
    }
    free(room.p);
    yq_json_free(reply);
    return status;
}

/* The header below one: the kept one, or, when the chain has left it, the node's. */
static yq_status fetch_below(
    yq_evma_session *s, uint64_t number, const yq_digest *parent, uint64_t until_ms, yq_fault *why)
{
    const yq_evma_kept *slot = slot_of(s, number);
    if (slot->raw != NULL && slot->number == number && yq_digest_equal(&slot->hash, parent)) {
        return YQ_OK;
    }
    yq_status status = fetch(s, number, until_ms, why);
    if (status == YQ_OK && !yq_digest_equal(&slot->hash, parent)) {
        s->counts.disagreements++;
        status = yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "the chain is being reorganised");
    }
    return status;
}

yq_status yq_evma_successors(
    yq_evma_session *s, const yq_evma_header *header, uint64_t until_ms, yq_buf *out, yq_fault *why)
{
    uint64_t top = header->number + s->profile.depth;
    yq_status status = fetch(s, top, until_ms, why);
    for (uint64_t n = top; n > header->number + 1 && status == YQ_OK; n--) {
        const yq_digest parent = slot_of(s, n)->parent;
        status = fetch_below(s, n - 1, &parent, until_ms, why);
    }
    if (status == YQ_OK &&
        !yq_digest_equal(&slot_of(s, header->number + 1)->parent, &header->hash)) {
        s->counts.disagreements++;
        status = yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "the chain is being reorganised");
    }
    for (uint64_t n = header->number + 1; n <= top && status == YQ_OK; n++) {
        const yq_evma_kept *slot = slot_of(s, n);
        status = yq_evma_update_add(yq_slice_of(slot->raw, slot->raw_n), out, why);
    }
    return status;
}
