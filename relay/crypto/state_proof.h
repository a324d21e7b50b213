#ifndef YQ_RELAY_CRYPTO_STATE_PROOF_H
#define YQ_RELAY_CRYPTO_STATE_PROOF_H

#include "yuqiao/types.h"

/*
 * Proofs of the state tree, a compact sparse Merkle tree in any 32-byte hash H: a key's path is
 * H(key), read from the most significant bit of its first byte (0: left); the leaf is
 * H(0x00 || path || H(value)); a node is H(0x01 || left || right); an empty subtree is 32 zero
 * bytes, and a subtree with one leaf is that leaf, at whatever depth. Absence is an empty subtree,
 * or another leaf, where the path ends.
 *
 * Layout of a proof (integers big-endian):
 *   u8  kind
 *   b32 other path, b32 H(other value)   only in kind OTHER
 *   u16 depth                            number of siblings, at most YQ_STATE_DEPTH_MAX
 *   (depth + 7) / 8 bytes of bitmap      bit i (from the most significant of byte 0) is set where
 *                                        sibling i is not empty; sibling 0 is the deepest
 *   b32 ...                              the siblings that are not empty, the deepest first
 * Canonical: unused bits are 0, no written sibling is zero, and the deepest is not empty (a lone
 * leaf would have moved up). Sibling i stands beside the node at depth - i: it is the left one
 * where bit depth - 1 - i of the path is 1.
 */

/* A path has that many bits; paths that share a long prefix can be searched for, so none shorter
 * is safe. */
#define YQ_STATE_DEPTH_MAX      256u
#define YQ_STATE_PROOF_SIZE_MAX (1u + 64u + 2u + 32u + 32u * YQ_STATE_DEPTH_MAX)

typedef enum yq_state_proof_kind {
    YQ_STATE_PROOF_INVALID = 0,
    YQ_STATE_PROOF_PRESENT = 1,
    YQ_STATE_PROOF_EMPTY = 2, /* absent: the path ends in an empty subtree */
    YQ_STATE_PROOF_OTHER = 3, /* absent: the path ends in another key's leaf */
} yq_state_proof_kind;

typedef struct yq_state_proof {
    uint8_t kind;          /* yq_state_proof_kind */
    yq_digest other_path;  /* kind OTHER only, else unused */
    yq_digest other_value; /* kind OTHER only: H(value) */
    uint16_t depth;
    yq_digest sibling[YQ_STATE_DEPTH_MAX]; /* [0] is the deepest; zero: empty */
} yq_state_proof;

/* The tree's parts, for whoever builds one. Out: path = H(key); leaf; node. */
void yq_state_path(uint32_t alg, yq_slice key, yq_digest *path);
void yq_state_leaf(
    uint32_t alg, const yq_digest *path, const yq_digest *value_hash, yq_digest *leaf);
void yq_state_node(uint32_t alg, const yq_digest *left, const yq_digest *right, yq_digest *node);

/* Returns bit i (0: the most significant of byte 0) of a path. In: i < YQ_STATE_DEPTH_MAX. */
static inline unsigned yq_state_bit(const yq_digest *path, unsigned i)
{
    return (unsigned)path->b[i / 8] >> (7 - i % 8) & 1u;
}

/*
 * Decodes a proof. Out: proof, which keeps nothing of in; not to be used on failure. Errors: decode
 * codes; E_FIELD_UNKNOWN (kind), E_LIMIT (depth), E_NONCANONICAL (see the layout). Does not check
 * that it proves anything.
 */
YQ_NODISCARD yq_status yq_state_proof_decode(yq_slice in, yq_state_proof *proof, yq_fault *why);

/* Appends a proof to out. Errors: E_NOSPC; E_RANGE for a proof that the decoder would refuse. */
YQ_NODISCARD yq_status yq_state_proof_encode(const yq_state_proof *proof, yq_buf *out);

/*
 * Returns OK when the proof shows that the tree of that root holds (key, value). Errors:
 * E_ZERO_ROOT, E_PROOF_TYPE (a proof of absence), E_PROOF. Cost: depth + 3 hashes.
 */
YQ_NODISCARD yq_status yq_state_check_present(
    uint32_t alg, const yq_digest *root, yq_slice key, yq_slice value, const yq_state_proof *proof);

/*
 * Returns OK when the proof shows that the tree of that root does not hold key. Errors: E_ZERO_ROOT
 * (the root of the empty tree, too, proves nothing), E_PROOF_TYPE (a proof of presence),
 * E_ABSENCE_PROOF (the other leaf is not where the path ends, or is the key's own), E_PROOF.
 */
YQ_NODISCARD yq_status yq_state_check_absent(
    uint32_t alg, const yq_digest *root, yq_slice key, const yq_state_proof *proof);

#endif /* YQ_RELAY_CRYPTO_STATE_PROOF_H */
