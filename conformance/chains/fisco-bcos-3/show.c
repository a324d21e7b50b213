#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"

#include <stdlib.h>

void yq_mock3_out_hex(yq_json_out *out, const char *key, yq_slice bytes)
{
    size_t cap = 2 * bytes.n + 3;
    char *text = malloc(cap);
    YQ_ASSERT(text != NULL);
    memcpy(text, "0x", 3);
    (void)yq_hex_encode(text + 2, cap - 2, bytes.p, bytes.n);
    yq_json_out_str(out, key, text);
    free(text);
}

static void out_digest(yq_json_out *out, const char *key, const yq_digest *digest)
{
    yq_mock3_out_hex(out, key, YQ_SLICE_OF(digest->b));
}

/* An address, or nothing. */
static void out_address(yq_json_out *out, const char *key, const uint8_t *address)
{
    if (address == NULL) {
        yq_json_out_str(out, key, "");
    } else {
        yq_mock3_out_hex(out, key, yq_slice_of(address, 20));
    }
}

/* ---- blocks ---- */

static void write_sealers(
    const yq_mock3_chain *chain, const yq_mock3_block *block, yq_json_out *out)
{
    yq_json_out_array(out, "consensusWeights");
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        if (block->weight[i] != 0) {
            yq_json_out_uint(out, NULL, block->weight[i]);
        }
    }
    yq_json_out_end(out);
    yq_json_out_array(out, "sealerList");
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        if (block->weight[i] != 0) {
            yq_mock3_out_hex(out, NULL, yq_key_public(chain->node[i]));
        }
    }
    yq_json_out_end(out);
}

static void write_signatures(
    const yq_mock3_chain *chain, const yq_mock3_block *block, yq_json_out *out)
{
    size_t size = chain->suite == YQ_MOCK3_SUITE_SM ? 64 : 65;
    yq_json_out_array(out, "signatureList");
    for (size_t i = 0; i < block->signature_n; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_uint(out, "sealerIndex", block->signature[i].index);
        yq_mock3_out_hex(out, "signature", yq_slice_of(block->signature[i].b, size));
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static void write_parent(const yq_mock3_block *block, yq_json_out *out)
{
    yq_json_out_array(out, "parentInfo");
    if (block->number > 0) {
        yq_json_out_object(out, NULL);
        out_digest(out, "blockHash", &block->parent);
        yq_json_out_uint(out, "blockNumber", block->number - 1);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

/* A genesis shows zeros where it hashes nothing. */
static void write_header(const yq_mock3_chain *chain, const yq_mock3_block *block, yq_json_out *out)
{
    char gas[24];
    (void)yq_decimal_encode(gas, block->gas_used);
    yq_mock3_out_hex(
        out, "extraData", block->number == 0 ? yq_slice_text(chain->genesis) : (yq_slice){0});
    yq_json_out_str(out, "gasUsed", gas);
    out_digest(out, "hash", &block->hash);
    yq_json_out_uint(out, "number", block->number);
    write_parent(block, out);
    out_digest(out, "receiptsRoot", &block->receipt_root);
    yq_json_out_uint(out, "sealer", block->sealer);
    write_sealers(chain, block, out);
    write_signatures(chain, block, out);
    out_digest(out, "stateRoot", &block->state);
    yq_json_out_uint(out, "timestamp", block->time_ms);
    out_digest(out, "txsRoot", &block->tx_root);
    yq_json_out_uint(out, "version", YQ_MOCK3_VERSION);
}

void yq_mock3_show_block(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
    int only_header,
    int only_hashes,
    yq_json_out *out)
{
    yq_json_out_object(out, "result");
    write_header(chain, block, out);
    if (!only_header) {
        yq_json_out_array(out, "transactions");
        for (size_t i = 0; i < block->tx_n; i++) {
            if (only_hashes) {
                out_digest(out, NULL, &block->tx[i]->hash);
            } else {
                yq_mock3_show_tx(chain, block, i, 0, NULL, out);
            }
        }
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

/* ---- transactions and receipts ---- */

static void write_proof(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
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
    /* The node looks for the hash: of equal receipts it proves the first. */
    for (size_t i = 0; i < index; i++) {
        index = yq_digest_equal(&hash[i], &hash[index]) ? i : index;
    }
    yq_mock3_tree_proof(chain->alg, hash, block->tx_n, index, key, out);
    free(hash);
}

static void out_empty_list(yq_json_out *out, const char *key)
{
    yq_json_out_array(out, key);
    yq_json_out_end(out);
}

void yq_mock3_show_tx(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
    size_t index,
    int proof,
    const char *key,
    yq_json_out *out)
{
    const yq_mock3_tx *tx = block->tx[index];
    yq_json_out_object(out, key);
    yq_json_out_text(out, "abi", tx->abi);
    yq_json_out_uint(out, "blockLimit", tx->block_limit);
    yq_json_out_text(out, "chainID", tx->chain);
    yq_json_out_str(out, "extraData", "");
    yq_mock3_out_hex(out, "from", YQ_SLICE_OF(tx->from));
    yq_json_out_text(out, "groupID", tx->group);
    out_digest(out, "hash", &tx->hash);
    yq_json_out_uint(out, "importTime", block->time_ms);
    yq_mock3_out_hex(out, "input", tx->data);
    yq_json_out_hex(out, "nonce", tx->nonce); /* its bytes, from 3.3 on */
    yq_mock3_out_hex(out, "signature", tx->signature);
    yq_json_out_text(out, "to", tx->to);
    if (proof) {
        out_empty_list(out, "transactionProof");
        write_proof(chain, block, index, 0, "txProof", out);
    }
    yq_json_out_uint(out, "version", tx->version);
    yq_json_out_end(out);
}

static void write_log(const yq_mock3_block *block, const yq_mock3_tx *tx, yq_json_out *out)
{
    uint8_t *data = malloc(tx->log.data_n + 1);
    YQ_ASSERT(data != NULL);
    yq_bytes_copy(data, tx->log.data, tx->log.data_n);
    if (block->mode == YQ_MOCK_ALTERED_RECEIPT && tx->log.data_n > 64) {
        data[64] ^= 1; /* the first byte of the event's content */
    }
    yq_json_out_object(out, NULL);
    yq_json_out_hex(out, "address", YQ_SLICE_OF(tx->log.address));
    yq_mock3_out_hex(out, "data", yq_slice_of(data, tx->log.data_n));
    yq_json_out_array(out, "topics");
    out_digest(out, NULL, &tx->log.topic);
    yq_json_out_end(out);
    yq_json_out_end(out);
    free(data);
}

void yq_mock3_show_receipt(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
    size_t index,
    int proof,
    yq_json_out *out)
{
    const yq_mock3_tx *tx = block->tx[index];
    char gas[24];
    (void)yq_decimal_encode(gas, tx->gas_used);
    yq_json_out_object(out, "result");
    yq_json_out_uint(out, "blockNumber", block->number);
    out_address(out, "contractAddress", tx->is_deploy && tx->status == 0 ? tx->contract : NULL);
    yq_json_out_str(out, "extraData", "");
    yq_mock3_out_hex(out, "from", YQ_SLICE_OF(tx->from));
    yq_json_out_str(out, "gasUsed", gas);
    out_digest(out, "hash", &tx->receipt_hash);
    yq_mock3_out_hex(out, "input", tx->data);
    yq_json_out_array(out, "logEntries");
    if (tx->has_log) {
        write_log(block, tx, out);
    }
    yq_json_out_end(out);
    yq_json_out_str(out, "message", "");
    yq_mock3_out_hex(out, "output", yq_slice_of(tx->output, tx->output_n));
    if (proof) {
        out_empty_list(out, "receiptProof");
    }
    yq_json_out_uint(out, "status", tx->status);
    yq_json_out_text(out, "to", tx->to);
    out_digest(out, "transactionHash", &tx->hash);
    if (proof) {
        out_empty_list(out, "transactionProof");
        write_proof(chain, block, index, 1, "txReceiptProof", out);
    }
    yq_json_out_uint(out, "version", 0);
    yq_json_out_end(out);
}
