#ifndef YQ_LIGHT_CLIENTS_XINGHUO_XINGHUO_H
#define YQ_LIGHT_CLIENTS_XINGHUO_XINGHUO_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "light-clients/attested/attested.h"

#define YQ_XINGHUO_LAYOUT_VERSION 1u
#define YQ_XINGHUO_MEMBERS_MAX    64u
#define YQ_XINGHUO_PROOF_MAX      (64u << 10)
#define YQ_XINGHUO_SET_MAX        (2u + YQ_XINGHUO_MEMBERS_MAX * 66u)
#define YQ_XINGHUO_STATE_MAX      (512u + YQ_XINGHUO_SET_MAX + YQ_ATTEST_SET_MAX)

_Static_assert(YQ_XINGHUO_STATE_MAX <= YQ_CLIENT_STATE_MAX, "both sets fit into the state");

typedef struct yq_xinghuo_member {
    uint8_t suite; /* 1 SM2, 4 Ed25519: as in attested.h */
    yq_slice key;
} yq_xinghuo_member;

/* The pinned validators, ascending by key; slices borrow from raw. */
typedef struct yq_xinghuo_set {
    yq_slice raw;
    size_t n;
    yq_xinghuo_member *member; /* room for YQ_XINGHUO_MEMBERS_MAX */
} yq_xinghuo_set;

/* height and hash of `attest` are the certified ledger's sequence and value digest. */
typedef struct yq_xinghuo_state {
    uint64_t chain_id;
    yq_xinghuo_set validators;
    yq_attest_state attest;
} yq_xinghuo_state;

/* One commit of a proof. */
typedef struct yq_xinghuo_commit {
    yq_slice signed_bytes; /* the Pbft message as it stands */
    uint64_t view, sequence, chain_id;
    yq_slice digest;
    yq_xinghuo_member signer;
    uint8_t key[64];
    yq_slice signature;
} yq_xinghuo_commit;

typedef struct yq_xinghuo_proof {
    size_t n;
    yq_xinghuo_commit *commit; /* room for YQ_XINGHUO_MEMBERS_MAX */
} yq_xinghuo_proof;

/* ceil((n + f + 1) / 2), f = (n - 1) / 3: any two quorums share an honest member. */
static inline size_t yq_xinghuo_quorum(size_t n)
{
    size_t f = n == 0 ? 0 : (n - 1) / 3;
    return (n + f + 2) / 2;
}

/* ---- proof.c ---- */

/* Reads an encoded public key: lower-case hex of b0, the type (65 Ed25519, 7a SM2), 66 and the raw
 * key. Returns 0 when it is none. Out: member, whose key lies in room. Not checked: the point. */
int yq_xinghuo_key_decode(yq_slice text, yq_xinghuo_member *member, uint8_t room[64]);

/* Reads a set; failures are sticky in c. */
void yq_xinghuo_take_set(const yq_attest_call *call, yq_cur *c, yq_xinghuo_set *out);

/* Reads a PbftProof {1 repeated PbftEnv}. Errors: decode codes. */
YQ_NODISCARD yq_status
yq_xinghuo_proof_decode(const yq_attest_call *call, yq_slice raw, yq_xinghuo_proof *out);

/*
 * Returns OK when a quorum of the pinned validators committed one thing. Out: sequence, digest.
 * Errors: E_SIGNATURES_MISSING, E_CERT_MIXED, E_DOMAIN, E_SIGNER_UNKNOWN, E_DUP_SIGNER, E_QUORUM,
 * E_SIG*, E_ZERO_ROOT. Cost: one verification a commit.
 */
YQ_NODISCARD yq_status yq_xinghuo_proof_check(
    const yq_attest_call *call,
    const yq_xinghuo_state *state,
    const yq_xinghuo_proof *proof,
    uint64_t *sequence,
    yq_digest *digest);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_xinghuo(void);

#endif /* YQ_LIGHT_CLIENTS_XINGHUO_XINGHUO_H */
