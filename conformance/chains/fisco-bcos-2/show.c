#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "relay/base/assert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t zero_address[20];

void yq_fmock_out_hex(yq_json_out *out, const char *key, yq_slice bytes)
{
    size_t cap = 2 * bytes.n + 3;
    char *text = malloc(cap);
    YQ_ASSERT(text != NULL);
    memcpy(text, "0x", 3);
    (void)yq_hex_encode(text + 2, cap - 2, bytes.p, bytes.n);
    yq_json_out_str(out, key, text);
    free(text);
}

void yq_fmock_out_number(yq_json_out *out, const char *key, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "0x%" PRIx64, value);
    yq_json_out_str(out, key, text);
}

static void out_digest(yq_json_out *out, const char *key, const yq_digest *digest)
{
    yq_fmock_out_hex(out, key, yq_slice_of(digest->b, sizeof digest->b));
}

/* A number of any size without leading zeros. */
static void out_big(yq_json_out *out, const char *key, yq_slice number)
{
    char text[2 * 32 + 3] = "0x0";
    if (number.n > 0 && number.n <= 32) {
        char digits[2 * 32 + 1];
        (void)yq_hex_encode(digits, sizeof digits, number.p, number.n);
        (void)snprintf(text, sizeof text, "0x%s", digits[0] == '0' ? digits + 1 : digits);
    }
    yq_json_out_str(out, key, text);
}

static void out_id(yq_json_out *out, const char *key, yq_slice id)
{
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, id.p, id.n);
    yq_json_out_str(out, key, hex);
}

/* A block's transaction as another one shows it. */
static void out_address(yq_json_out *out, const char *key, yq_slice address)
{
    yq_fmock_out_hex(
        out, key, address.n == 20 ? address : yq_slice_of(zero_address, sizeof zero_address));
}

/* ---- headers and blocks -----------------------------------------------------------------------
 */

static void write_signatures(
    const yq_fmock_chain *chain, const yq_fmock_block *block, yq_json_out *out)
{
    size_t size = chain->suite == YQ_FMOCK_SUITE_SM ? 128 : 65;
    yq_json_out_array(out, "signatureList");
    for (size_t i = 0; i < block->signature_n; i++) {
        yq_json_out_object(out, NULL);
        yq_fmock_out_number(out, "index", block->signature[i].index);
        yq_fmock_out_hex(out, "signature", yq_slice_of(block->signature[i].b, size));
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static void write_fields(const yq_fmock_chain *chain, const yq_fmock_block *block, yq_json_out *out)
{
    out_digest(out, "dbHash", &block->state);
    yq_json_out_array(out, "extraData");
    if (block->number == 0) {
        yq_fmock_out_hex(out, NULL, yq_slice_text(chain->genesis));
    }
    yq_json_out_end(out);
    yq_json_out_str(out, "gasLimit", "0x0");
    yq_json_out_str(out, "gasUsed", "0x0");
    out_digest(out, "hash", &block->hash);
    yq_fmock_out_hex(out, "logsBloom", yq_slice_of(block->bloom, sizeof block->bloom));
    out_digest(out, "parentHash", &block->parent);
    out_digest(out, "receiptsRoot", &block->receipt_root);
    yq_fmock_out_number(out, "sealer", block->sealer);
    yq_json_out_array(out, "sealerList");
    for (size_t i = 0; i < YQ_FMOCK_SEALERS && block->number > 0; i++) {
        out_id(out, NULL, yq_key_public(chain->sealer[i]));
    }
    yq_json_out_end(out);
    out_digest(out, "stateRoot", &block->state);
    yq_fmock_out_number(out, "timestamp", block->time_ms);
    out_digest(out, "transactionsRoot", &block->tx_root);
}

void yq_fmock_show_header(
    const yq_fmock_chain *chain, const yq_fmock_block *block, int signatures, yq_json_out *out)
{
    yq_json_out_object(out, "result");
    write_fields(chain, block, out);
    yq_json_out_uint(out, "number", block->number); /* an integer here, hex text in a block */
    if (signatures) {
        write_signatures(chain, block, out);
    }
    yq_json_out_end(out);
}

void yq_fmock_show_block(
    const yq_fmock_chain *chain, const yq_fmock_block *block, int whole, yq_json_out *out)
{
    yq_json_out_object(out, "result");
    write_fields(chain, block, out);
    yq_fmock_out_number(out, "number", block->number);
    if (whole) {
        write_signatures(chain, block, out);
    }
    yq_json_out_array(out, "transactions");
    for (size_t i = 0; i < block->tx_n; i++) {
        if (whole) {
            yq_fmock_show_tx(chain, block, i, NULL, out);
        } else {
            out_digest(out, NULL, &block->tx[i]->hash);
        }
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

/* ---- transactions and receipts -----------------------------------------------------------------
 */

static void write_place(const yq_fmock_block *block, size_t index, yq_json_out *out)
{
    out_digest(out, "blockHash", &block->hash);
    yq_fmock_out_number(out, "blockNumber", block->number);
    yq_fmock_out_hex(out, "from", yq_slice_of(block->tx[index]->from, 20));
    yq_fmock_out_hex(out, "input", block->tx[index]->data);
    out_address(out, "to", block->tx[index]->to);
    yq_fmock_out_number(out, "transactionIndex", index);
}

static void write_tx_signature(const yq_fmock_chain *chain, const yq_fmock_tx *tx, yq_json_out *out)
{
    uint8_t all[128];
    int sm = chain->suite == YQ_FMOCK_SUITE_SM;
    memcpy(all, tx->r, 32);
    memcpy(all + 32, tx->s, 32);
    if (sm) {
        memcpy(all + 64, tx->public_key.p, 64);
    } else {
        all[64] = tx->recovery;
    }
    yq_json_out_object(out, "signature");
    yq_fmock_out_hex(out, "r", yq_slice_of(tx->r, 32));
    yq_fmock_out_hex(out, "s", yq_slice_of(tx->s, 32));
    yq_fmock_out_hex(out, "signature", yq_slice_of(all, sm ? 128 : 65));
    if (sm) {
        yq_fmock_out_hex(out, "v", tx->public_key);
    } else {
        yq_fmock_out_number(out, "v", tx->recovery);
    }
    yq_json_out_end(out);
}

void yq_fmock_show_tx(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    size_t index,
    const char *key,
    yq_json_out *out)
{
    const yq_fmock_tx *tx = block->tx[index];
    yq_json_out_object(out, key);
    write_place(block, index, out);
    yq_fmock_out_number(out, "blockLimit", tx->block_limit);
    yq_fmock_out_number(out, "chainId", tx->chain_id);
    yq_fmock_out_hex(out, "extraData", tx->extra);
    out_big(out, "gas", tx->gas);
    out_big(out, "gasPrice", tx->gas_price);
    yq_fmock_out_number(out, "groupId", tx->group_id);
    out_digest(out, "hash", &tx->hash);
    out_big(out, "nonce", tx->nonce);
    write_tx_signature(chain, tx, out);
    out_big(out, "value", tx->value);
    yq_json_out_end(out);
}

static void write_log(const yq_fmock_block *block, const yq_fmock_tx *tx, yq_json_out *out)
{
    uint8_t *data = malloc(tx->log.data_n + 1);
    YQ_ASSERT(data != NULL);
    yq_bytes_copy(data, tx->log.data, tx->log.data_n);
    if (block->mode == YQ_MOCK_ALTERED_RECEIPT && tx->log.data_n > 64) {
        data[64] ^= 1; /* the first byte of the event's content */
    }
    yq_json_out_object(out, NULL);
    yq_fmock_out_hex(out, "address", yq_slice_of(tx->log.address, 20));
    yq_fmock_out_hex(out, "data", yq_slice_of(data, tx->log.data_n));
    yq_json_out_array(out, "topics");
    out_digest(out, NULL, &tx->log.topic);
    yq_json_out_end(out);
    yq_json_out_end(out);
    free(data);
}

static const char *status_word(uint64_t status)
{
    if (status == YQ_FMOCK_STATUS_REVERT) {
        return "RevertInstruction";
    }
    return status == YQ_FMOCK_STATUS_ADDRESS ? "CallAddressError" : "None";
}

void yq_fmock_show_receipt(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    size_t index,
    const char *key,
    yq_json_out *out)
{
    const yq_fmock_tx *tx = block->tx[index];
    (void)chain;
    yq_json_out_object(out, key);
    write_place(block, index, out);
    yq_fmock_out_hex(out, "contractAddress", yq_slice_of(tx->contract, 20));
    yq_fmock_out_number(out, "gasUsed", tx->gas_used);
    yq_json_out_array(out, "logs");
    if (tx->has_log) {
        write_log(block, tx, out);
    }
    yq_json_out_end(out);
    yq_fmock_out_hex(out, "logsBloom", yq_slice_of(tx->bloom, sizeof tx->bloom));
    yq_fmock_out_hex(out, "output", yq_slice_of(tx->output, tx->output_n));
    yq_json_out_str(out, "remainGas", "0x0");
    out_digest(out, "root", &block->state);
    yq_fmock_out_number(out, "status", tx->status);
    yq_json_out_str(out, "statusMsg", status_word(tx->status));
    out_digest(out, "transactionHash", &tx->hash);
    yq_json_out_end(out);
}

void yq_fmock_show_proof(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    size_t index,
    int receipts,
    const char *key,
    yq_json_out *out)
{
    yq_digest *hash = calloc(block->tx_n, sizeof *hash);
    YQ_ASSERT(hash != NULL);
    for (size_t i = 0; i < block->tx_n; i++) {
        hash[i] = receipts ? block->tx[i]->receipt_hash : block->tx[i]->hash;
    }
    yq_fmock_tree_proof(chain->alg, hash, block->tx_n, index, key, out);
    free(hash);
}
