#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ISTANBUL_MIX "63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
#define ZERO_MIX     "0000000000000000000000000000000000000000000000000000000000000000"
#define NO_UNCLES    "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"

void yq_emock_out_hex(yq_json_out *out, const char *key, const void *p, size_t n)
{
    size_t cap = 2 * n + 3;
    char *text = malloc(cap);
    YQ_ASSERT(text != NULL);
    memcpy(text, "0x", 3);
    (void)yq_hex_encode(text + 2, cap - 2, p, n);
    yq_json_out_str(out, key, text);
    free(text);
}

void yq_emock_out_number(yq_json_out *out, const char *key, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "0x%" PRIx64, value);
    yq_json_out_str(out, key, text);
}

static void out_digest(yq_json_out *out, const char *key, const yq_digest *digest)
{
    yq_emock_out_hex(out, key, digest->b, sizeof digest->b);
}

/* A number of any size without leading zeros. */
static void out_big(yq_json_out *out, const char *key, yq_slice number)
{
    char text[2 * 32 + 3] = "0x0", digits[2 * 32 + 1];
    while (number.n > 0 && number.p[0] == 0) {
        number = yq_slice_of(number.p + 1, number.n - 1);
    }
    if (number.n > 0 && number.n <= 32) {
        (void)yq_hex_encode(digits, sizeof digits, number.p, number.n);
        (void)snprintf(text, sizeof text, "0x%s", digits[0] == '0' ? digits + 1 : digits);
    }
    yq_json_out_str(out, key, text);
}

/* ---- blocks ------------------------------------------------------------------------------------
 */

static void show_header(const yq_emock_chain *chain, const yq_emock_block *b, yq_json_out *out)
{
    uint8_t miner[20], nonce[8];
    int clique = chain->consensus == YQ_EMOCK_CLIQUE;
    yq_emock_miner(chain, b, miner, nonce);
    if (chain->has_base_fee) {
        yq_emock_out_number(out, "baseFeePerGas", YQ_EMOCK_BASE_FEE);
    }
    yq_emock_out_number(out, "difficulty", yq_emock_difficulty(chain, b));
    yq_emock_out_hex(out, "extraData", b->extra, b->extra_n);
    yq_emock_out_number(out, "gasLimit", YQ_EMOCK_GAS_LIMIT);
    yq_emock_out_number(out, "gasUsed", b->gas_used);
    out_digest(out, "hash", &b->hash);
    yq_emock_out_hex(out, "logsBloom", b->bloom, sizeof b->bloom);
    yq_emock_out_hex(out, "miner", miner, sizeof miner);
    yq_json_out_str(out, "mixHash", clique ? "0x" ZERO_MIX : "0x" ISTANBUL_MIX);
    yq_emock_out_hex(out, "nonce", nonce, sizeof nonce);
    yq_emock_out_number(out, "number", b->number);
    out_digest(out, "parentHash", &b->parent);
    out_digest(out, "receiptsRoot", &b->receipt_root);
    yq_json_out_str(out, "sha3Uncles", "0x" NO_UNCLES);
    yq_emock_out_number(out, "size", 600 + b->extra_n);
    out_digest(out, "stateRoot", &b->state_root);
    yq_emock_out_number(out, "timestamp", b->time);
    yq_emock_out_number(out, "totalDifficulty", b->number + 1);
}

void yq_emock_show_block(
    const yq_emock_chain *chain, const yq_emock_block *block, int whole, yq_json_out *out)
{
    yq_json_out_object(out, "result");
    show_header(chain, block, out);
    yq_json_out_array(out, "transactions");
    for (size_t i = 0; i < block->tx_n; i++) {
        if (whole) {
            yq_emock_show_tx(block->tx[i], block, i, NULL, out);
        } else {
            out_digest(out, NULL, &block->tx[i]->hash);
        }
    }
    yq_json_out_end(out);
    out_digest(out, "transactionsRoot", &block->tx_root);
    yq_json_out_array(out, "uncles");
    yq_json_out_end(out);
    yq_json_out_end(out);
}

/* ---- transactions and receipts -----------------------------------------------------------------
 */

static void out_to(yq_json_out *out, yq_slice to)
{
    if (to.n == 0) {
        yq_json_out_null(out, "to");
    } else {
        yq_emock_out_hex(out, "to", to.p, to.n);
    }
}

static void out_place(const yq_emock_block *block, size_t index, yq_json_out *out)
{
    if (block == NULL) {
        yq_json_out_null(out, "blockHash");
        yq_json_out_null(out, "blockNumber");
        yq_json_out_null(out, "transactionIndex");
        return;
    }
    out_digest(out, "blockHash", &block->hash);
    yq_emock_out_number(out, "blockNumber", block->number);
    yq_emock_out_number(out, "transactionIndex", index);
}

void yq_emock_show_tx(
    const yq_emock_tx *tx,
    const yq_emock_block *block,
    size_t index,
    const char *key,
    yq_json_out *out)
{
    yq_json_out_object(out, key);
    out_place(block, index, out);
    yq_emock_out_hex(out, "from", tx->from, sizeof tx->from);
    yq_emock_out_number(out, "gas", tx->gas);
    out_big(out, "gasPrice", tx->price);
    if (tx->type == 2) {
        out_big(out, "maxFeePerGas", tx->price);
        out_big(out, "maxPriorityFeePerGas", tx->tip);
    }
    if (tx->type != 0) {
        yq_json_out_array(out, "accessList");
        yq_json_out_end(out);
        yq_emock_out_number(out, "yParity", tx->v);
    }
    yq_emock_out_number(out, "chainId", tx->chain_id);
    out_digest(out, "hash", &tx->hash);
    yq_emock_out_hex(out, "input", tx->data.p, tx->data.n);
    yq_emock_out_number(out, "nonce", tx->nonce);
    out_big(out, "r", yq_slice_of(tx->r, sizeof tx->r));
    out_big(out, "s", yq_slice_of(tx->s, sizeof tx->s));
    out_to(out, tx->to);
    yq_emock_out_number(out, "type", tx->type);
    yq_emock_out_number(out, "v", tx->v);
    out_big(out, "value", tx->value);
    yq_json_out_end(out);
}

static void show_log(const yq_emock_block *block, size_t index, size_t log_idx, yq_json_out *out)
{
    const yq_emock_tx *tx = block->tx[index];
    uint8_t *data = malloc(tx->log.data_n + 1);
    YQ_ASSERT(data != NULL);
    yq_bytes_copy(data, tx->log.data, tx->log.data_n);
    if (block->mode == YQ_MOCK_ALTERED_RECEIPT && tx->log.data_n > 64) {
        data[64] ^= 1; /* the first byte of the event's content */
    }
    yq_json_out_object(out, NULL);
    yq_emock_out_hex(out, "address", tx->log.address, sizeof tx->log.address);
    yq_json_out_array(out, "topics");
    out_digest(out, NULL, &tx->log.topic);
    yq_json_out_end(out);
    yq_emock_out_hex(out, "data", data, tx->log.data_n);
    out_place(block, index, out);
    out_digest(out, "transactionHash", &tx->hash);
    yq_emock_out_number(out, "logIndex", log_idx);
    yq_json_out_bool(out, "removed", 0);
    yq_json_out_end(out);
    free(data);
}

/* A log's number counts from the start of the block. */
static size_t logs_before(const yq_emock_block *block, size_t index)
{
    size_t n = 0;
    for (size_t i = 0; i < index; i++) {
        n += block->tx[i]->has_log ? 1 : 0;
    }
    return n;
}

void yq_emock_show_receipt(
    const yq_emock_block *block, size_t index, const char *key, yq_json_out *out)
{
    const yq_emock_tx *tx = block->tx[index];
    yq_json_out_object(out, key);
    out_place(block, index, out);
    if (tx->is_deploy) {
        yq_emock_out_hex(out, "contractAddress", tx->contract, sizeof tx->contract);
    } else {
        yq_json_out_null(out, "contractAddress");
    }
    yq_emock_out_number(out, "cumulativeGasUsed", tx->gas_before + tx->gas_used);
    yq_emock_out_number(out, "effectiveGasPrice", YQ_EMOCK_BASE_FEE);
    yq_emock_out_hex(out, "from", tx->from, sizeof tx->from);
    yq_emock_out_number(out, "gasUsed", tx->gas_used);
    yq_json_out_array(out, "logs");
    if (tx->has_log) {
        show_log(block, index, logs_before(block, index), out);
    }
    yq_json_out_end(out);
    yq_emock_out_hex(out, "logsBloom", tx->bloom, sizeof tx->bloom);
    if (tx->reason != NULL) { /* Error(string), as a node shows it that keeps reasons */
        uint8_t data[4 + 3 * 32] = {0x08, 0xc3, 0x79, 0xa0};
        size_t n = strlen(tx->reason) < 32 ? strlen(tx->reason) : 32;
        data[4 + 31] = 32;
        data[4 + 63] = (uint8_t)n;
        memcpy(data + 4 + 64, tx->reason, n);
        yq_emock_out_hex(out, "revertReason", data, sizeof data);
    }
    yq_emock_out_number(out, "status", tx->failed ? 0 : 1);
    out_to(out, tx->to);
    out_digest(out, "transactionHash", &tx->hash);
    yq_emock_out_number(out, "type", tx->type);
    yq_json_out_end(out);
}

void yq_emock_show_logs(
    const yq_emock_block *block, const uint8_t *address, const uint8_t *topic, yq_json_out *out)
{
    for (size_t i = 0; i < block->tx_n; i++) {
        const yq_emock_tx *tx = block->tx[i];
        if (tx->has_log && (address == NULL || memcmp(tx->log.address, address, 20) == 0) &&
            (topic == NULL || memcmp(tx->log.topic.b, topic, YQ_DIGEST_SIZE) == 0)) {
            show_log(block, i, logs_before(block, i), out);
        }
    }
}
