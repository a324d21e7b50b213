#ifndef YQ_LIGHT_CLIENTS_EVM_MPT_H
#define YQ_LIGHT_CLIENTS_EVM_MPT_H

#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"

/*
 * Proofs of the Merkle-Patricia trie (Ethereum yellow paper, appendix D), with Keccak-256. A proof
 * is the list of nodes from the root downwards that are not embedded in the one above. Each must be
 * used and be in its one canonical form: the shortest RLP, a branch of two or more, below an
 * extension a branch, a leaf with a value, a node by its hash from 32 bytes on and embedded below.
 * Children off the path are judged as references only (none, 32 bytes, or an embedded list below 32
 * bytes): what an embedded one holds is not looked at, as what lies behind a hash cannot be.
 */
#define YQ_MPT_NODES_MAX 66u /* a path of 64 nibbles, and the value below */
#define YQ_MPT_KEY_MAX   32u

typedef struct yq_mpt_proof {
    size_t n;
    const yq_slice *node;
} yq_mpt_proof;

/*
 * Returns OK when the proof shows what the trie of this root holds under key (1 to YQ_MPT_KEY_MAX
 * bytes, as they stand: a secure trie's caller hashes first). Out: value, borrowed from the proof;
 * present 0 for a proven absence, and where it fails. An empty trie needs no node. Errors: E_PROOF
 * (a node of another hash), E_PROOF_INCOMPLETE, E_PROOF_TRAILING (nodes that are not on the path),
 * E_NONCANONICAL and the decode codes of RLP. Cost: one hash a node.
 */
YQ_NODISCARD yq_status yq_mpt_check(
    const yq_verifier_host *host,
    const yq_digest *root,
    yq_slice key,
    const yq_mpt_proof *proof,
    yq_slice *value,
    int *present,
    yq_fault *why);

/* The root of a trie without entries: Keccak-256 of the empty string's RLP. */
extern const uint8_t yq_mpt_empty_root[YQ_DIGEST_SIZE];

#endif /* YQ_LIGHT_CLIENTS_EVM_MPT_H */
