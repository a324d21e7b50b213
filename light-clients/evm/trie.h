#ifndef YQ_LIGHT_CLIENTS_EVM_TRIE_H
#define YQ_LIGHT_CLIENTS_EVM_TRIE_H

#include "light-clients/evm/mpt.h"
#include "relay/base/arena.h"

/*
 * The other side of mpt.h: builds a trie and cuts a proof from it, for adapters (no node gives
 * proofs of receipts) and for tests. No verdict rests on it.
 */
#define YQ_TRIE_KEY_MAX 64u

typedef struct yq_trie_entry {
    yq_slice key, value;
} yq_trie_entry;

/* A root, and the nodes of one key's proof from the root downwards. */
typedef struct yq_trie_proof {
    yq_digest root;
    size_t n;
    yq_slice node[2 * YQ_TRIE_KEY_MAX + 2];
} yq_trie_proof;

/*
 * Builds the trie of n entries (keys ascending and distinct, at most YQ_TRIE_KEY_MAX bytes; values
 * not empty) and cuts the proof of key, whether it is there or not (empty: only the root). Out:
 * nodes in the arena. Returns E_NOSPC when the arena is full, E_RANGE for entries that are not as
 * said. Cost: one hash a node.
 */
YQ_NODISCARD yq_status yq_trie_build(
    const yq_verifier_host *host,
    yq_arena *arena,
    const yq_trie_entry *entry,
    size_t n,
    yq_slice key,
    yq_trie_proof *out);

#endif /* YQ_LIGHT_CLIENTS_EVM_TRIE_H */
