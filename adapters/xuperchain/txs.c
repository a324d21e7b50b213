#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

#define TX_VERSION 3u

void yq_xua_txs_free(yq_xua_txs *txs)
{
    for (size_t i = 0; txs->memory != NULL && i < txs->n; i++) {
        free(txs->memory[i]);
    }
    free(txs->memory);
    free(txs->hashed);
    free(txs->raw);
    free(txs->tree.node);
    *txs = (yq_xua_txs){0};
}

/* Writes a transaction as it is hashed into memory of its own size. */
static yq_status hash_tx(yq_slice raw, unsigned flags, uint8_t **p, yq_slice *out, yq_digest *id)
{
    size_t cap = yq_xua_tx_size(raw);
    free(*p);
    *p = malloc(cap);
    if (*p == NULL) {
        return YQ_E_MEMORY;
    }
    yq_writer w = yq_writer_of(*p, cap);
    yq_status status = yq_xua_tx_put(raw, flags, &w);
    *out = yq_writer_slice(&w);
    *id = yq_xua_hash(out, 1);
    uint8_t *fit = status == YQ_OK && w.n > 0 ? realloc(*p, w.n) : NULL;
    if (fit != NULL) {
        *p = fit;
        *out = yq_slice_of(fit, w.n);
    }
    return status;
}

/* The chain sets the mark of what it made itself behind making its id, or before. */
static yq_status load_tx(yq_xua_txs *txs, size_t i, const yq_xua_tx *tx, yq_fault *why)
{
    yq_digest id = {{0}};
    unsigned flags = YQ_XUA_SIGNED | (tx->is_autogen ? YQ_XUA_AUTOGEN : 0);
    yq_status status = hash_tx(tx->raw, flags, &txs->memory[i], &txs->hashed[i], &id);
    if (status == YQ_OK && tx->is_autogen && !yq_slice_equal(tx->txid, YQ_SLICE_OF(id.b))) {
        status = hash_tx(tx->raw, YQ_XUA_SIGNED, &txs->memory[i], &txs->hashed[i], &id);
    }
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "transaction");
    }
    return yq_slice_equal(tx->txid, YQ_SLICE_OF(id.b))
               ? YQ_OK
               : yq_fail(why, YQ_E_PEER, 0, "txid is not the transaction's");
}

static yq_status load_all(yq_xua_txs *txs, yq_fault *why)
{
    yq_cur at = yq_cur_of(txs->block->raw);
    yq_slice raw;
    for (size_t i = 0; i < txs->n && yq_xua_block_next(&at, &raw); i++) {
        yq_xua_tx tx;
        yq_status status = yq_xua_tx_decode(raw, &tx, why);
        if (status == YQ_OK && tx.txid.n != YQ_DIGEST_SIZE) {
            status = yq_fail(why, YQ_E_PEER, 0, "txid is no hash");
        }
        if (status == YQ_OK && tx.version == TX_VERSION) {
            status = load_tx(txs, i, &tx, why);
        }
        if (status != YQ_OK) {
            return status;
        }
        txs->raw[i] = raw;
        memcpy(txs->tree.node[i].b, tx.txid.p, YQ_DIGEST_SIZE);
    }
    return YQ_OK;
}

yq_status yq_xua_txs_load(const yq_xua_block *block, yq_xua_txs *out, yq_fault *why)
{
    size_t n = block->tx_n;
    yq_cur at = yq_cur_of(block->raw);
    yq_slice entry;
    *out = (yq_xua_txs){.block = block, .n = n};
    out->failed = yq_xua_failed_next(&at, &entry);
    if (n != block->tx_count) {
        return yq_fail(why, YQ_E_PEER, 0, "tx_count is not the number of transactions");
    }
    out->memory = calloc(n + 1, sizeof *out->memory);
    out->hashed = calloc(n + 1, sizeof *out->hashed);
    out->raw = calloc(n + 1, sizeof *out->raw);
    out->tree = (yq_xua_tree){n, calloc(yq_xua_tree_size(n) + 1, sizeof *out->tree.node)};
    if (out->memory == NULL || out->hashed == NULL || out->raw == NULL || out->tree.node == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "transactions");
    }
    yq_status status = load_all(out, why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_digest root = yq_xua_tree_make(&out->tree);
    return yq_slice_equal(block->root, YQ_SLICE_OF(root.b))
               ? YQ_OK
               : yq_fail(why, YQ_E_PEER, 0, "merkle_root is not that of the transactions");
}

int yq_xua_list_find(const yq_xua_session *s, const yq_xua_txs *txs, size_t *index, uint32_t *write)
{
    int found = 0;
    for (size_t i = 0; s->list_key != NULL && !txs->failed && i < txs->n; i++) {
        yq_cur at = yq_cur_of(txs->raw[i]);
        yq_xua_write one;
        for (uint32_t k = 0; txs->hashed[i].n > 0 && yq_xua_write_next(&at, &one); k++) {
            if (yq_slice_equal(one.bucket, yq_slice_text(s->list_bucket)) &&
                yq_slice_equal(one.key, yq_slice_text(s->list_key))) {
                *index = i;
                *write = k;
                found = 1;
            }
        }
    }
    return found;
}
