#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"

#include <inttypes.h>
#include <stdio.h>

#define HEADER_CAP 4096u

size_t yq_mock3_sealer_at(const yq_mock3_block *block, size_t i)
{
    size_t at = 0;
    for (; at < YQ_MOCK3_NODES; at++) {
        if (block->weight[at] != 0 && i-- == 0) {
            break;
        }
    }
    return at;
}

void yq_mock3_genesis_text(yq_mock3_chain *chain)
{
    size_t cap = sizeof chain->genesis;
    int n = snprintf(
        chain->genesis,
        cap,
        "[chain]\nsm_crypto:%d\nchainID: " YQ_MOCK3_CHAIN_ID "\ngrouID: " YQ_MOCK3_GROUP_ID
        "\n[consensys]\nconsensus_type: pbft\nblock_tx_count_limit:1000\nleader_period:1\n"
        "[version]\ncompatibility_version:" YQ_MOCK3_VERSION_TEXT
        "\n[tx]\ngaslimit:3000000000\n[executor]\niswasm: 0\nisAuthCheck:0\n",
        chain->suite == YQ_MOCK3_SUITE_SM);
    size_t at = (size_t)n, k = 0;
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        if (chain->weight[i] != 0) {
            at += (size_t)snprintf(chain->genesis + at, cap - at, "node.%zu:", k++);
            at += yq_hex_encode(
                chain->genesis + at, cap - at, yq_key_public(chain->node[i]).p, YQ_MOCK3_ID_SIZE);
            at +=
                (size_t)snprintf(chain->genesis + at, cap - at, ",%" PRIu64 "\n", chain->weight[i]);
        }
    }
    YQ_ASSERT(at < cap);
}

static void put_genesis(const yq_mock3_chain *chain, const yq_mock3_block *block, yq_writer *w)
{
    yq_put_u32(w, YQ_MOCK3_VERSION);
    yq_put_u64(w, 0);
    yq_put_u64(w, block->time_ms);
    yq_put_u64(w, 0);
    yq_put(w, yq_slice_text(chain->genesis));
}

static void put_header(const yq_mock3_chain *chain, const yq_mock3_block *block, yq_writer *w)
{
    char gas[24];
    (void)yq_decimal_encode(gas, block->gas_used);
    yq_put_u32(w, YQ_MOCK3_VERSION);
    yq_put_u64(w, block->number - 1);
    yq_put(w, YQ_SLICE_OF(block->parent.b));
    yq_put(w, YQ_SLICE_OF(block->tx_root.b));
    yq_put(w, YQ_SLICE_OF(block->receipt_root.b));
    yq_put(w, YQ_SLICE_OF(block->state.b));
    yq_put_u64(w, block->number);
    yq_put(w, yq_slice_text(gas));
    yq_put_u64(w, block->time_ms);
    yq_put_u64(w, block->sealer);
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        if (block->weight[i] != 0) {
            yq_put(w, yq_key_public(chain->node[i]));
        }
    }
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        if (block->weight[i] != 0) {
            yq_put_u64(w, block->weight[i]);
        }
    }
}

void yq_mock3_header_hash(const yq_mock3_chain *chain, yq_mock3_block *block)
{
    uint8_t room[HEADER_CAP];
    yq_writer w = yq_writer_of(room, sizeof room);
    if (block->number == 0) {
        put_genesis(chain, block, &w);
    } else {
        put_header(chain, block, &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(chain->alg, yq_writer_slice(&w), block->hash.b);
}

/* ---- signatures ---- */

static void sign_one(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
    const yq_key *key,
    unsigned index,
    yq_mock3_signature *out)
{
    out->index = index;
    if (chain->suite == YQ_MOCK3_SUITE_SM) {
        yq_key_sign(key, YQ_SLICE_OF(block->hash.b), out->b);
    } else {
        yq_key_sign_recoverable(key, block->hash.b, out->b);
    }
}

static uint64_t quorum_of(const yq_mock3_block *block)
{
    uint64_t total = 0;
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        total += block->weight[i];
    }
    return total - (total - 1) / 3;
}

/* The last one of the quorum. */
static void spoil(const yq_mock3_chain *chain, yq_mock3_block *block)
{
    yq_mock3_signature *last = &block->signature[block->signature_n - 1];
    switch (block->mode) {
    case YQ_MOCK_FORGED_SIGNATURE:
        sign_one(chain, block, chain->stranger, last->index, last);
        break;
    case YQ_MOCK_ONE_SIGNATURE_SHORT:
        block->signature_n--;
        break;
    case YQ_MOCK_REPEATED_SIGNER:
        *last = block->signature[0];
        break;
    case YQ_MOCK_HONEST:
    case YQ_MOCK_FOREIGN_EMITTER:
    case YQ_MOCK_ALTERED_RECEIPT:
    case YQ_MOCK_FORK:
    case YQ_MOCK_MODE_N:
        break;
    }
}

void yq_mock3_header_sign(const yq_mock3_chain *chain, yq_mock3_block *block)
{
    size_t n = 0;
    uint64_t weight = 0;
    while (yq_mock3_sealer_at(block, n) < YQ_MOCK3_NODES) {
        n++;
    }
    block->signature_n = 0;
    for (size_t i = 0; i < n && weight < quorum_of(block); i++) {
        size_t index = (block->sealer + i) % n;
        size_t node = yq_mock3_sealer_at(block, index);
        weight += block->weight[node];
        sign_one(
            chain,
            block,
            chain->node[node],
            (unsigned)index,
            &block->signature[block->signature_n++]);
    }
    spoil(chain, block);
}
