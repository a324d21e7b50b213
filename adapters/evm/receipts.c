#include "adapters/evm/fields.h"
#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_SIZE (64u << 10)

/* ---- memory that grows -------------------------------------------------------------------------
 */

/* Values one behind the other; their places are kept as offsets while the memory moves. */
typedef struct values {
    yq_buf room;
    size_t *end;
    size_t n;
} values;

static yq_status values_new(values *v, size_t n, yq_fault *why)
{
    *v =
        (values){.room = {malloc(FIRST_SIZE), FIRST_SIZE, 0}, .end = calloc(n + 1, sizeof(size_t))};
    return v->room.p != NULL && v->end != NULL ? YQ_OK : yq_fail(why, YQ_E_MEMORY, 0, "block");
}

static void values_free(values *v)
{
    free(v->room.p);
    free(v->end);
}

static yq_status values_grow(values *v, yq_fault *why)
{
    size_t cap = 2 * v->room.cap;
    uint8_t *grown = cap > YQ_EVMA_BODY_MAX ? NULL : realloc(v->room.p, cap);
    if (grown == NULL) {
        return cap > YQ_EVMA_BODY_MAX ? yq_fail(why, YQ_E_LIMIT, 0, "block")
                                      : yq_fail(why, YQ_E_MEMORY, 0, "block");
    }
    v->room.p = grown;
    v->room.cap = cap;
    return YQ_OK;
}

/* Hands memory and slices to the bodies. */
static yq_status values_keep(values *v, yq_evma_bodies *b, size_t kind, yq_fault *why)
{
    size_t from = 0;
    b->value[kind] = calloc(v->n + 1, sizeof(yq_slice));
    if (b->value[kind] == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "block");
    }
    for (size_t i = 0; i < v->n; i++) {
        b->value[kind][i] = yq_slice_of(v->room.p + from, v->end[i] - from);
        from = v->end[i];
    }
    b->memory[kind] = v->room.p;
    v->room.p = NULL;
    return YQ_OK;
}

/* ---- receipts of the nodes ---------------------------------------------------------------------
 */

static void forget_receipts(yq_evma_bodies *b)
{
    for (size_t i = 0; i < b->reply_n; i++) {
        yq_json_free(b->reply[i]);
    }
    b->reply_n = 0;
    free(b->memory[1]);
    free(b->value[1]);
    b->memory[1] = NULL;
    b->value[1] = NULL;
}

static yq_status ask_block_receipts(
    yq_evma_session *s,
    size_t endpoint,
    uint64_t number,
    uint64_t until_ms,
    yq_evma_bodies *b,
    yq_fault *why)
{
    char params[48];
    (void)snprintf(params, sizeof params, "[\"0x%" PRIx64 "\"]", number);
    yq_status status = yq_jsonrpc_ask(
        &s->rpc, endpoint, "eth_getBlockReceipts", params, until_ms, &b->reply[0], why);
    if (status != YQ_OK) {
        s->lacks_block_receipts[endpoint] |=
            status == YQ_E_PEER && s->rpc.code == YQ_JSONRPC_NO_METHOD;
        return status;
    }
    b->reply_n = 1;
    const yq_json *list = yq_jsonrpc_result(b->reply[0]);
    if (!yq_json_is_array(list) || yq_json_count(list) != b->n) {
        return yq_fail(why, YQ_E_PEER, 0, "eth_getBlockReceipts: not one a transaction");
    }
    for (size_t i = 0; i < b->n; i++) {
        b->receipt[i] = yq_json_at(list, i);
    }
    return YQ_OK;
}

static yq_status ask_each_receipt(
    yq_evma_session *s, size_t endpoint, uint64_t until_ms, yq_evma_bodies *b, yq_fault *why)
{
    for (size_t i = 0; i < b->n; i++) {
        char params[80], hex[65];
        (void)yq_hex_encode(hex, sizeof hex, b->tx_hash[i].b, YQ_DIGEST_SIZE);
        (void)snprintf(params, sizeof params, "[\"0x%s\"]", hex);
        yq_status status = yq_jsonrpc_ask(
            &s->rpc, endpoint, "eth_getTransactionReceipt", params, until_ms, &b->reply[i], why);
        if (status != YQ_OK) {
            return status;
        }
        b->reply_n = i + 1;
        b->receipt[i] = yq_jsonrpc_result(b->reply[i]);
        if (yq_json_is_null(b->receipt[i])) {
            return yq_fail(why, YQ_E_PEER, 0, "no receipt of a transaction in a block");
        }
    }
    return YQ_OK;
}

/* ---- both tries --------------------------------------------------------------------------------
 */

static yq_status load_txs(yq_evma_bodies *b, yq_fault *why)
{
    values v;
    yq_status status = values_new(&v, b->n, why);
    while (status == YQ_OK && v.n < b->n) {
        status = yq_evma_tx_of(yq_json_at(b->txs, v.n), &v.room, &b->tx_hash[v.n], why);
        if (status == YQ_OK) {
            v.end[v.n++] = v.room.n;
        } else if (status == YQ_E_NOSPC) {
            status = values_grow(&v, why);
        }
    }
    if (status == YQ_OK) {
        status = values_keep(&v, b, 0, why);
    }
    values_free(&v);
    return status;
}

static yq_status load_receipts(yq_evma_bodies *b, yq_fault *why)
{
    values v;
    yq_status status = values_new(&v, b->n, why);
    while (status == YQ_OK && v.n < b->n) {
        uint64_t type;
        status = yq_evma_type_of(yq_json_at(b->txs, v.n), &type, why);
        if (status == YQ_OK) {
            status = yq_evma_receipt_of(b->receipt[v.n], type, &v.room, why);
        }
        if (status == YQ_OK) {
            v.end[v.n++] = v.room.n;
        } else if (status == YQ_E_NOSPC) {
            status = values_grow(&v, why);
        }
    }
    if (status == YQ_OK) {
        status = values_keep(&v, b, 1, why);
    }
    values_free(&v);
    return status;
}

static yq_status check_root(
    yq_evma_bodies *b, size_t kind, const yq_digest *stated, const char *name, yq_fault *why)
{
    yq_digest root;
    size_t cap = yq_evma_trie_room(b->value[kind], b->n);
    if (cap > b->trie.cap) {
        free(b->trie_memory);
        b->trie_memory = malloc(cap);
        b->trie = yq_arena_of(b->trie_memory, b->trie_memory == NULL ? 0 : cap);
    }
    yq_status status = yq_evma_trie_of(&b->trie, b->value[kind], b->n, b->n, NULL, &root);
    if (status != YQ_OK) {
        return yq_fail(why, status == YQ_E_NOSPC ? YQ_E_MEMORY : status, 0, name);
    }
    return yq_digest_equal(&root, stated) ? YQ_OK : yq_fail(why, YQ_E_PROOF, 0, name);
}

/* The receipts of one endpoint, if they are the header's. */
static yq_status try_endpoint(
    yq_evma_session *s,
    size_t endpoint,
    const yq_evma_header *header,
    uint64_t until_ms,
    yq_evma_bodies *b,
    yq_fault *why)
{
    yq_status status = YQ_OK;
    forget_receipts(b);
    if (!s->lacks_block_receipts[endpoint]) {
        status = ask_block_receipts(s, endpoint, header->number, until_ms, b, why);
    }
    if (s->lacks_block_receipts[endpoint]) {
        status = ask_each_receipt(s, endpoint, until_ms, b, why);
    }
    if (status == YQ_OK) {
        status = load_receipts(b, why);
    }
    return status == YQ_OK ? check_root(b, 1, &header->receipt_root, "receiptsRoot", why) : status;
}

static yq_status try_receipts(
    yq_evma_session *s,
    const yq_evma_header *header,
    uint64_t until_ms,
    yq_evma_bodies *b,
    yq_fault *why)
{
    yq_fault first = {0};
    size_t start = yq_web_pool_nth(s->rpc.pool, 0);
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_fault reason = {0};
        yq_status status =
            try_endpoint(s, (start + i) % s->endpoint_n, header, until_ms, b, &reason);
        if (status == YQ_OK) {
            return YQ_OK;
        }
        s->counts.disagreements += status == YQ_E_PROOF ? 1 : 0;
        first = first.status == 0 || status == YQ_E_PROOF ? reason : first;
    }
    *why = first;
    return (yq_status)first.status;
}

static void forget_txs(yq_evma_bodies *b)
{
    free(b->reply);
    free(b->receipt);
    free(b->tx_hash);
    free(b->memory[0]);
    free(b->value[0]);
    yq_json_free(b->block_reply);
    b->reply = NULL;
    b->receipt = NULL;
    b->tx_hash = NULL;
    b->memory[0] = NULL;
    b->value[0] = NULL;
    b->block_reply = NULL;
}

/* The transactions of a block's reply, if they are the header's. */
static yq_status try_txs(
    yq_evma_bodies *b, const yq_json *block, const yq_evma_header *header, yq_fault *why)
{
    b->txs = yq_json_get(block, "transactions");
    size_t n = yq_json_count(b->txs);
    if (n > YQ_EVMA_BLOCK_TX_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "transactions");
    }
    b->n = n;
    b->reply = calloc(n + 1, sizeof(yq_json *));
    b->receipt = calloc(n + 1, sizeof(yq_json *));
    b->tx_hash = calloc(n + 1, sizeof(yq_digest));
    if (b->reply == NULL || b->receipt == NULL || b->tx_hash == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "block");
    }
    yq_status status = load_txs(b, why);
    return status == YQ_OK ? check_root(b, 0, &header->tx_root, "transactionsRoot", why) : status;
}

/* The transactions as another node shows them. */
static yq_status try_other_txs(
    yq_evma_session *s,
    size_t endpoint,
    const yq_evma_header *header,
    uint64_t until_ms,
    yq_evma_bodies *b,
    yq_fault *why)
{
    char params[48];
    (void)snprintf(params, sizeof params, "[\"0x%" PRIx64 "\",true]", header->number);
    yq_status status = yq_jsonrpc_ask(
        &s->rpc, endpoint, "eth_getBlockByNumber", params, until_ms, &b->block_reply, why);
    return status == YQ_OK ? try_txs(b, yq_jsonrpc_result(b->block_reply), header, why) : status;
}

yq_status yq_evma_bodies_load(
    yq_evma_session *s,
    const yq_evma_sources *sources,
    uint64_t until_ms,
    yq_evma_bodies *b,
    yq_fault *why)
{
    size_t first = yq_web_pool_nth(s->rpc.pool, 0);
    *b = (yq_evma_bodies){.n = 0};
    yq_status status = try_txs(b, sources->block, &sources->header, why);
    for (size_t i = 1; i < s->endpoint_n && status != YQ_OK && status != YQ_E_MEMORY; i++) {
        yq_fault reason = {0};
        size_t endpoint = (first + i) % s->endpoint_n;
        forget_txs(b);
        s->counts.disagreements += i == 1 ? 1 : 0;
        if (try_other_txs(s, endpoint, &sources->header, until_ms, b, &reason) == YQ_OK) {
            yq_web_pool_prefer(s->rpc.pool, endpoint);
            status = YQ_OK;
        }
    }
    return status == YQ_OK ? try_receipts(s, &sources->header, until_ms, b, why) : status;
}

void yq_evma_bodies_free(yq_evma_bodies *b)
{
    forget_receipts(b);
    forget_txs(b);
    free(b->trie_memory);
    *b = (yq_evma_bodies){0};
}
