#ifndef YQ_LIGHT_CLIENTS_COMETBFT_ICS23_H
#define YQ_LIGHT_CLIENTS_COMETBFT_ICS23_H

#include "light-clients/cometbft/cometbft.h"

/*
 * ICS-23 commitment proofs: membership and absence under a root, for any tree that a spec
 * describes. Batches and compressed batches are refused: nothing that a chain's own clients verify
 * needs them. Format: cosmos/ics23 proto/cosmos/ics23/v1/proofs.proto.
 */
#define YQ_ICS23_STEPS_MAX  256u
#define YQ_ICS23_PREFIX_MAX 128u
#define YQ_ICS23_VALUE_MAX  (1u << 20)

typedef enum yq_ics23_hash {
    YQ_ICS23_NO_HASH = 0,
    YQ_ICS23_SHA256 = 1,
    YQ_ICS23_SHA512 = 2,
    YQ_ICS23_KECCAK256 = 3,
    YQ_ICS23_RIPEMD160 = 4,
    YQ_ICS23_BITCOIN = 5, /* RIPEMD-160 of SHA-256 */
    YQ_ICS23_SHA512_256 = 6,
    YQ_ICS23_BLAKE2B_512 = 7,
    YQ_ICS23_BLAKE2S_256 = 8,
} yq_ics23_hash;

typedef enum yq_ics23_length {
    YQ_ICS23_NO_PREFIX = 0,
    YQ_ICS23_VARINT = 1,
    YQ_ICS23_FIXED32_BIG = 3,
    YQ_ICS23_FIXED32_LITTLE = 4,
    YQ_ICS23_FIXED64_BIG = 5,
    YQ_ICS23_FIXED64_LITTLE = 6,
    YQ_ICS23_REQUIRE_32 = 7,
    YQ_ICS23_REQUIRE_64 = 8,
} yq_ics23_length;

typedef struct yq_ics23_leaf {
    uint64_t hash, prehash_key, prehash_value, length;
    yq_slice prefix;
} yq_ics23_leaf;

typedef struct yq_ics23_inner {
    uint64_t hash;
    yq_slice prefix, suffix;
} yq_ics23_inner;

typedef struct yq_ics23_exist {
    yq_slice key, value;
    yq_ics23_leaf leaf;
    int has_leaf;
    size_t n;
    yq_ics23_inner *step; /* from the leaf upwards */
} yq_ics23_exist;

typedef struct yq_ics23_proof {
    int absent;   /* 0: exist[0] proves a member; 1: exist[0] is the left neighbour, exist[1] the
                     right   one */
    yq_slice key; /* of an absence */
    int has[2];
    yq_ics23_exist exist[2];
} yq_ics23_proof;

/* The rules beyond the numbers, which the reference applies to its two own trees. */
typedef enum yq_ics23_tree {
    YQ_ICS23_ANY = 0,
    YQ_ICS23_IAVL = 1,
    YQ_ICS23_TENDERMINT = 2,
} yq_ics23_tree;

typedef struct yq_ics23_spec {
    yq_ics23_tree tree;
    yq_ics23_leaf leaf;
    uint64_t inner_hash;
    size_t child_size, prefix_min, prefix_max;
    size_t depth_min, depth_max; /* 0: none; 128 */
    yq_slice empty_child;        /* of trees that have one */
    int compares_hashed_keys;
} yq_ics23_spec;

/* The published specs. */
yq_ics23_spec yq_ics23_spec_iavl(void);
yq_ics23_spec yq_ics23_spec_tendermint(void);
yq_ics23_spec yq_ics23_spec_smt(void);

typedef struct yq_ics23_md {
    uint8_t b[YQ_HASH_SIZE_MAX];
    size_t n;
} yq_ics23_md;

/* Reads a CommitmentProof. Out: slices borrow from in. Errors: decode codes; E_PROOF_TYPE for a
 * batch. */
YQ_NODISCARD yq_status yq_ics23_decode(const yq_comet_call *call, yq_slice in, yq_ics23_proof *out);

/* One leaf's and one step's hash. Errors: E_PROOF_TYPE (an operation that is not offered),
 * E_PROOF_INCOMPLETE (an empty key, value or child), E_LEN (REQUIRE_32, REQUIRE_64). */
YQ_NODISCARD yq_status yq_ics23_leaf_apply(
    const yq_comet_call *call,
    const yq_ics23_leaf *leaf,
    yq_slice key,
    yq_slice value,
    yq_ics23_md *out);
YQ_NODISCARD yq_status yq_ics23_inner_apply(
    const yq_comet_call *call, const yq_ics23_inner *step, yq_slice child, yq_ics23_md *out);

/* Returns OK when the form of a membership proof is the spec's. Errors: E_PROOF_TYPE,
 * E_PROOF_NONCANONICAL, E_PROOF_DEPTH, E_PROOF_INCOMPLETE. */
YQ_NODISCARD yq_status yq_ics23_spec_check(
    const yq_comet_call *call, const yq_ics23_spec *spec, const yq_ics23_exist *proof);

/* The root that a membership proof leads to. */
YQ_NODISCARD yq_status
yq_ics23_root(const yq_comet_call *call, const yq_ics23_exist *proof, yq_ics23_md *root);

/* Returns 1 when the step's sibling stands on this side of the child (0 left, 1 right) and is an
 * empty subtree: then the child is outermost there in spite of its branch. */
int yq_ics23_side_is_empty(const yq_ics23_spec *spec, const yq_ics23_inner *step, unsigned side);

/* Return OK when key has value, or has none, in the tree of this root. Errors: those above,
 * E_PROOF (another key, value or root), E_ABSENCE_PROOF. */
YQ_NODISCARD yq_status yq_ics23_member(
    const yq_comet_call *call,
    const yq_ics23_spec *spec,
    yq_slice root,
    const yq_ics23_proof *proof,
    yq_slice key,
    yq_slice value);
YQ_NODISCARD yq_status yq_ics23_absent(
    const yq_comet_call *call,
    const yq_ics23_spec *spec,
    yq_slice root,
    const yq_ics23_proof *proof,
    yq_slice key);

#endif /* YQ_LIGHT_CLIENTS_COMETBFT_ICS23_H */
