/* What waits for a block. */
#include "conformance/chains/fabric/chain.h"
#include "conformance/chains/fabric/inbox.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

#define BLOCK_SIZE (128u << 10) /* from here on no other transaction is added */

/* The call of the chaincode as transaction `index` of block `number`. */
static void put_call(
    yq_fbmock_chain *chain,
    const yq_fbmock_pending *p,
    uint64_t number,
    uint32_t index,
    uint64_t now_ms,
    yq_writer *data)
{
    static uint8_t room[YQ_FBMOCK_ENVELOPE_MAX];
    yq_writer results = yq_writer_of(room, sizeof room);
    int is_foreign = chain->mode == YQ_MOCK_FOREIGN_EMITTER;
    yq_slice payload = yq_slice_of(p->p, p->n);
    yq_fbmock_version version = {
        chain->slot[index].written, chain->slot[index].block, chain->slot[index].tx};
    yq_fbmock_results_put(&results, is_foreign, index, version, payload);
    const yq_fbmock_call call = {
        .chaincode = is_foreign ? YQ_FBMOCK_FOREIGN : YQ_FBMOCK_CHAINCODE,
        .version = "1",
        .function = "put",
        .argument = payload,
        .results = yq_writer_slice(&results),
        .event = payload,
        .has_event = 1,
        .is_altered = chain->mode == YQ_MOCK_ALTERED_RECEIPT,
        .event_chaincode = YQ_FBMOCK_CHAINCODE,
        .event_name = YQ_FBMOCK_EVENT,
        .nonce = p->nonce,
        .time_ms = now_ms};
    yq_fbmock_put_element(chain, &call, data);
    if (!is_foreign && !call.is_altered) {
        chain->slot[index].written = 1;
        chain->slot[index].block = number;
        chain->slot[index].tx = index;
    }
}

/* ---- the pool -------------------------------------------------------------------------------- */

/* Copies p into the pool. Errors: E_LIMIT. */
static yq_status wait(yq_fbmock_chain *chain, yq_slice bytes, yq_fbmock_pending pending)
{
    if (chain->pool_n == YQ_FBMOCK_POOL_MAX) {
        return YQ_E_LIMIT;
    }
    pending.p = malloc(bytes.n + 1);
    YQ_ASSERT(pending.p != NULL);
    yq_bytes_copy(pending.p, bytes.p, bytes.n);
    pending.n = bytes.n;
    chain->pool[chain->pool_n++] = pending;
    return YQ_OK;
}

yq_status yq_fbmock_emit(yq_fbmock_chain *chain, yq_slice payload, char tx_id[YQ_FBMOCK_TX_ID_SIZE])
{
    if (payload.n > YQ_FBMOCK_PAYLOAD_MAX) {
        return YQ_E_LIMIT;
    }
    yq_status status = wait(chain, payload, (yq_fbmock_pending){.nonce = chain->nonce + 1});
    chain->nonce += status == YQ_OK ? 1 : 0;
    yq_fbmock_tx_id(chain, chain->nonce, tx_id);
    return status;
}

yq_status yq_fbmock_call_inbox(
    yq_fbmock_chain *chain,
    const char *function,
    yq_slice argument,
    char tx_id[YQ_FBMOCK_TX_ID_SIZE])
{
    const yq_fbmock_pending pending = {.nonce = chain->nonce + 1, .function = function};
    yq_status status = wait(chain, argument, pending);
    chain->nonce += status == YQ_OK ? 1 : 0;
    yq_fbmock_tx_id(chain, chain->nonce, tx_id);
    return status;
}

yq_status yq_fbmock_order(
    yq_fbmock_chain *chain,
    const yq_fbmock_prepared *prepared,
    yq_slice payload,
    yq_slice signature)
{
    yq_writer w = yq_writer_of(malloc(payload.n + 256), payload.n + 256);
    YQ_ASSERT(w.p != NULL);
    yq_pb_put_bytes(&w, 1, payload);
    yq_pb_put_bytes(&w, 2, signature);
    YQ_ASSERT(w.status == YQ_OK);
    yq_status status = wait(chain, yq_writer_slice(&w), (yq_fbmock_pending){.prepared = prepared});
    free(w.p);
    return status;
}

/* Puts one of the pool into the block's data. */
static void put_pending(
    yq_fbmock_chain *chain,
    const yq_fbmock_pending *p,
    uint32_t index,
    uint64_t now_ms,
    yq_writer *data)
{
    uint64_t number = chain->store->n;
    if (p->prepared != NULL) {
        yq_pb_put_bytes(data, 1, yq_slice_of(p->p, p->n));
        yq_fbmock_inbox_commit(chain, p->prepared, number, index);
    } else if (p->function != NULL) {
        yq_fbmock_inbox_put(chain, p, number, index, now_ms, data);
    } else {
        put_call(chain, p, number, index, now_ms, data);
    }
}

int yq_fbmock_seal(yq_fbmock_chain *chain, uint64_t now_ms)
{
    size_t n = chain->pool_n < YQ_FBMOCK_BLOCK_TXS ? chain->pool_n : YQ_FBMOCK_BLOCK_TXS;
    yq_writer data =
        yq_writer_of(n == 0 ? NULL : malloc(YQ_FBMOCK_BLOCK_ROOM), YQ_FBMOCK_BLOCK_ROOM);
    if (n == 0) {
        return 0;
    }
    YQ_ASSERT(data.p != NULL);
    size_t taken = 0;
    uint32_t index = 0;
    int has_called = 0;
    while (taken < n && (taken == 0 || data.n + chain->pool[taken].n < BLOCK_SIZE)) {
        const yq_fbmock_pending *p = &chain->pool[taken];
        /* Calls of one key in one block would read the same version of it. */
        if (p->function != NULL && has_called) {
            break;
        }
        has_called |= p->function != NULL;
        size_t before = data.n;
        put_pending(chain, p, index, now_ms, &data);
        index += data.n > before ? 1 : 0;
        free(p->p);
        taken++;
    }
    memmove(chain->pool, chain->pool + taken, (chain->pool_n - taken) * sizeof chain->pool[0]);
    chain->pool_n -= taken;
    if (index > 0) {
        yq_fbmock_append(chain, yq_writer_slice(&data));
    }
    free(data.p);
    return 1;
}
