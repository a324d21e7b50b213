#include "conformance/chains/fabric/inbox.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"

#include <stdlib.h>

#define SENDER_SIZE 20u

/* ---- execution ---- */

static yq_status send(yq_contract *model, yq_slice argument, yq_slice caller, yq_buf *records)
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_send message;
    yq_status status = yq_send_decode(argument, &message, NULL);
    yq_hash_one(YQ_HASH_SM3, caller, md);
    return status == YQ_OK
               ? yq_contract_send(model, &message, yq_slice_of(md, SENDER_SIZE), records)
               : status;
}

static int is(yq_slice got, const char *name)
{
    return yq_slice_equal(got, yq_slice_text(name));
}

yq_status yq_fbmock_inbox_run(
    const yq_fbmock_chain *chain,
    yq_slice function,
    yq_slice argument,
    yq_slice caller,
    yq_contract **after,
    yq_buf *records)
{
    yq_status status = YQ_E_METHOD_UNKNOWN;
    *after = NULL;
    if (chain->inbox == NULL) {
        return YQ_E_STATE;
    }
    yq_contract *model = yq_contract_copy(chain->inbox);
    if (is(function, "receiveMessages")) {
        status = yq_contract_deliver(model, argument, 0, records, NULL);
    } else if (is(function, "sendMessage")) {
        status = send(model, argument, caller, records);
    } else if (is(function, "stepEpoch")) {
        status = yq_contract_step(model, argument, records);
    } else if (is(function, "state")) {
        status = yq_contract_state(model, records);
    }
    if (status != YQ_OK) {
        yq_contract_free(model);
        return status;
    }
    *after = model;
    return YQ_OK;
}

/* ---- transactions ---- */

static void note(yq_fbmock_chain *chain, const char *tx_id, uint32_t code, uint64_t block)
{
    chain->fate = realloc(chain->fate, (chain->fate_n + 1) * sizeof *chain->fate);
    YQ_ASSERT(chain->fate != NULL);
    yq_fbmock_fate *fate = &chain->fate[chain->fate_n++];
    *fate = (yq_fbmock_fate){.code = code, .block = block};
    memcpy(fate->tx_id, tx_id, sizeof fate->tx_id);
}

/* The first one of an id is its fate. */
const yq_fbmock_fate *yq_fbmock_fate_of(const yq_fbmock_chain *chain, yq_slice tx_id)
{
    for (size_t i = 0; i < chain->fate_n; i++) {
        if (yq_slice_equal(tx_id, yq_slice_text(chain->fate[i].tx_id))) {
            return &chain->fate[i];
        }
    }
    return NULL;
}

static void adopt(yq_fbmock_chain *chain, const yq_contract *after, uint64_t number, uint32_t index)
{
    yq_contract *next = yq_contract_copy(after);
    yq_contract_free(chain->inbox);
    chain->inbox = next;
    chain->inbox_version = (yq_fbmock_version){1, number, index};
}

/* Results and event of what was simulated. Out: room, in which they lie. */
static void fill(
    const yq_fbmock_chain *chain, yq_slice records, yq_writer *room, yq_fbmock_call *call)
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(YQ_HASH_SM3, records, md);
    yq_fbmock_results_inbox(room, chain->inbox_version, YQ_SLICE_OF(md));
    YQ_ASSERT(room->status == YQ_OK);
    call->version = "1";
    call->results = yq_writer_slice(room);
    call->event = records;
    call->has_event = records.n > 0;
    call->event_chaincode = YQ_FBMOCK_INBOX;
    call->event_name = YQ_FBMOCK_INBOX_EVENT;
}

/* Appends the transaction of the chain's own client, and commits it. */
static void put_own(
    yq_fbmock_chain *chain,
    yq_fbmock_call *call,
    const yq_contract *after,
    yq_slice records,
    uint64_t number,
    uint32_t index,
    yq_writer *data)
{
    uint8_t results_room[1024];
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    yq_writer results = yq_writer_of(results_room, sizeof results_room);
    call->chaincode = YQ_FBMOCK_INBOX;
    call->is_altered = chain->mode == YQ_MOCK_ALTERED_RECEIPT;
    fill(chain, records, &results, call);
    size_t mark = yq_pb_begin(data);
    yq_fbmock_put_tx(chain, call, data, tx_id);
    yq_pb_end(data, mark, 1);
    /* What was altered does not verify: the channel's peers refuse it. */
    note(chain, tx_id, call->is_altered ? YQ_FBMOCK_CODE_POLICY : YQ_FBMOCK_CODE_VALID, number);
    if (!call->is_altered) {
        adopt(chain, after, number, index);
    }
}

void yq_fbmock_inbox_put(
    yq_fbmock_chain *chain,
    const yq_fbmock_pending *pending,
    uint64_t number,
    uint32_t index,
    uint64_t now_ms,
    yq_writer *data)
{
    yq_contract *after;
    yq_buf records = {malloc(YQ_FBMOCK_RECORDS_MAX), YQ_FBMOCK_RECORDS_MAX, 0};
    YQ_ASSERT(records.p != NULL);
    yq_fbmock_call call = {
        .function = pending->function,
        .argument = yq_slice_of(pending->p, pending->n),
        .nonce = pending->nonce,
        .time_ms = now_ms};
    yq_slice caller = yq_slice_of(chain->client.identity, chain->client.identity_n);
    yq_slice function = yq_slice_text(call.function);
    if (yq_fbmock_inbox_run(chain, function, call.argument, caller, &after, &records) == YQ_OK) {
        put_own(chain, &call, after, yq_slice_of(records.p, records.n), number, index, data);
        yq_contract_free(after);
    }
    free(records.p);
}

yq_status yq_fbmock_inbox_deploy(
    yq_fbmock_chain *chain, const yq_contract_config *config, uint64_t now_ms)
{
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    yq_contract_config own = *config;
    if (chain->inbox != NULL) {
        return YQ_E_STATE; /* a channel has one chaincode of a name */
    }
    own.own_chain = yq_slice_text(chain->channel);
    own.hash = YQ_HASH_SM3;
    own.no_clock = 1; /* a client sets the time of its transaction */
    chain->inbox = yq_contract_new(&own);
    if (chain->inbox == NULL) {
        return YQ_E_CONFIG_INVALID;
    }
    while (yq_fbmock_seal(chain, now_ms)) {
    }
    yq_status status = yq_fbmock_call_inbox(chain, "state", (yq_slice){0}, tx_id);
    YQ_ASSERT(status == YQ_OK && yq_fbmock_seal(chain, now_ms));
    return YQ_OK;
}

/* ---- what clients had endorsed ---- */

static const yq_fbmock_prepared *keep(
    yq_fbmock_chain *chain, const char *tx_id, yq_slice payload, yq_contract *after, int is_short)
{
    yq_fbmock_prepared *p = calloc(1, sizeof *p);
    YQ_ASSERT(p != NULL);
    memcpy(p->tx_id, tx_id, sizeof p->tx_id);
    p->payload = malloc(payload.n);
    YQ_ASSERT(p->payload != NULL);
    memcpy(p->payload, payload.p, payload.n);
    p->payload_n = payload.n;
    p->after = after;
    p->read = chain->inbox_version;
    p->is_short = is_short;
    p->next = chain->prepared;
    chain->prepared = p;
    return p;
}

yq_status yq_fbmock_inbox_prepare(
    yq_fbmock_chain *chain,
    yq_fbmock_call *call,
    const yq_slice part[3],
    yq_slice function,
    yq_slice caller,
    const char *tx_id,
    const yq_fbmock_prepared **out)
{
    static uint8_t room[2 * YQ_FBMOCK_ENVELOPE_MAX];
    uint8_t results_room[1024];
    yq_contract *after;
    yq_writer results = yq_writer_of(results_room, sizeof results_room);
    yq_writer payload = yq_writer_of(room, sizeof room);
    yq_buf records = {malloc(YQ_FBMOCK_RECORDS_MAX), YQ_FBMOCK_RECORDS_MAX, 0};
    YQ_ASSERT(records.p != NULL);
    yq_status status =
        yq_fbmock_inbox_run(chain, function, call->argument, caller, &after, &records);
    if (status == YQ_OK) {
        fill(chain, yq_slice_of(records.p, records.n), &results, call);
        yq_fbmock_put_payload(chain, call, part, tx_id, &payload);
        *out = keep(chain, tx_id, yq_writer_slice(&payload), after, call->missing_n > 0);
    }
    free(records.p);
    return status;
}

static int is_read_current(const yq_fbmock_chain *chain, const yq_fbmock_version *read)
{
    const yq_fbmock_version *v = &chain->inbox_version;
    return read->is_there == v->is_there && read->block == v->block && read->tx == v->tx;
}

void yq_fbmock_inbox_commit(
    yq_fbmock_chain *chain, const yq_fbmock_prepared *prepared, uint64_t number, uint32_t index)
{
    uint32_t code = YQ_FBMOCK_CODE_VALID;
    if (yq_fbmock_fate_of(chain, yq_slice_text(prepared->tx_id)) != NULL) {
        code = YQ_FBMOCK_CODE_DUPLICATE;
    } else if (prepared->is_short) {
        code = YQ_FBMOCK_CODE_POLICY;
    } else if (!is_read_current(chain, &prepared->read)) {
        code = YQ_FBMOCK_CODE_MVCC;
    }
    note(chain, prepared->tx_id, code, number);
    if (code == YQ_FBMOCK_CODE_VALID) {
        adopt(chain, prepared->after, number, index);
    }
}

void yq_fbmock_inbox_free(yq_fbmock_chain *chain)
{
    while (chain->prepared != NULL) {
        yq_fbmock_prepared *next = chain->prepared->next;
        yq_contract_free(chain->prepared->after);
        free(chain->prepared->payload);
        free(chain->prepared);
        chain->prepared = next;
    }
    yq_contract_free(chain->inbox);
    free(chain->fate);
}
