#ifndef YQ_LIGHT_CLIENTS_CHAINMAKER_CHAINMAKER_H
#define YQ_LIGHT_CLIENTS_CHAINMAKER_CHAINMAKER_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_CMAKER_LAYOUT_VERSION 1u
#define YQ_CMAKER_CHAIN_MAX      64u
#define YQ_CMAKER_NODE_MAX       128u
#define YQ_CMAKER_NODES_MAX      128u
#define YQ_CMAKER_HEADER_MAX     (64u << 10)
#define YQ_CMAKER_TX_MAX         YQ_TX_SIZE_MAX
#define YQ_CMAKER_TXS_MAX        65536u
#define YQ_CMAKER_LEVELS_MAX     16u
#define YQ_CMAKER_INVALID_MAX    256u /* bytes of a vote's field 7 */
#define YQ_CMAKER_EVENTS_MAX     4096u
#define YQ_CMAKER_KEPT           65536u
#define YQ_CMAKER_SET_MAX        (2u + YQ_CMAKER_NODES_MAX * (2u + YQ_CMAKER_NODE_MAX + 65u))
#define YQ_CMAKER_STATE_MAX      (512u + YQ_CMAKER_SET_MAX)

_Static_assert(YQ_CMAKER_STATE_MAX <= YQ_CLIENT_STATE_MAX, "a set fits into the state");

/* From this block version on gas_used is left out of a transaction's hash. */
#define YQ_CMAKER_NO_GAS 2300u

/* How a node's votes are checked; 0: its key is not known, its vote cannot be counted. */
typedef enum yq_cmaker_scheme {
    YQ_CMAKER_UNBOUND = 0,
    YQ_CMAKER_SM2_SM3 = 1,          /* SM2 over the message, with the default id */
    YQ_CMAKER_P256_SHA256 = 2,      /* ECDSA over SHA-256 of the message */
    YQ_CMAKER_SM2_SHA256 = 3,       /* SM2 with SHA-256 of the message as e */
    YQ_CMAKER_SECP256K1_SHA256 = 4, /* as 2 on the other curve */
} yq_cmaker_scheme;

typedef struct yq_cmaker_call {
    const yq_verifier_host *host;
    yq_fault *why;
    uint32_t alg; /* yq_hash_alg of the chain */
} yq_cmaker_call;

/* A consensus node: its id, and the signing key that the anchor binds to it. */
typedef struct yq_cmaker_node {
    yq_slice id;
    uint8_t scheme;
    yq_slice key; /* 64 bytes, empty when unbound */
} yq_cmaker_node;

typedef struct yq_cmaker_set {
    size_t n;
    yq_cmaker_node *node; /* in ascending order of the ids; room for YQ_CMAKER_NODES_MAX */
} yq_cmaker_set;

typedef struct yq_cmaker_header {
    yq_digest hash, parent, tx_root;
    yq_slice chain_id;
    uint32_t block_version, tx_count;
    uint64_t height, conf_height, time_s;
    int is_config;
} yq_cmaker_header;

typedef struct yq_cmaker_record {
    yq_digest hash, tx_root;
    uint32_t block_version, tx_count;
    uint64_t time_s;
} yq_cmaker_record;

typedef struct yq_cmaker_state {
    uint8_t alg; /* 1 SM3, 2 SHA-256, 10 SHA3-256: yq_hash_alg */
    yq_slice chain_id;
    uint64_t height;
    uint64_t conf_height; /* of the last configuration block */
    yq_cmaker_record last;
    yq_cmaker_set set; /* for height + 1 */
} yq_cmaker_state;

/* A quorum certificate: each vote is rebuilt from the header and what only it says. */
typedef struct yq_cmaker_votes {
    uint32_t round;
    size_t n;
    uint16_t *node;      /* index in the set */
    yq_slice *invalid;   /* field 7 of the vote as it stands, usually empty */
    yq_slice *signature; /* r || s */
} yq_cmaker_votes;

typedef struct yq_cmaker_path {
    uint32_t index;
    size_t n;
    yq_slice nodes; /* n x 32 bytes, from the leaf upwards; where there is no sibling none stands */
} yq_cmaker_path;

typedef struct yq_cmaker_event {
    yq_slice topic, tx_id, contract, data; /* data: the fields of event_data as they stand */
    size_t data_n;
    yq_slice first; /* the first of event_data */
} yq_cmaker_event;

typedef struct yq_cmaker_tx {
    yq_digest leaf;
    yq_slice chain_id, tx_id, contract, method;
    uint64_t code, contract_code; /* 0: success */
    yq_slice result;              /* of the contract */
    size_t event_n;
    yq_cmaker_event event; /* the one that was asked for, when there are so many */
} yq_cmaker_tx;

static inline yq_digest yq_cmaker_hash(const yq_cmaker_call *call, const yq_slice *part, size_t n)
{
    yq_digest md;
    call->host->hash(call->host->self, call->alg, part, n, md.b);
    return md;
}

static inline yq_status yq_cmaker_fail(
    const yq_cmaker_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

/* floor(2n/3) + 1 */
static inline size_t yq_cmaker_quorum(size_t n)
{
    return 2 * n / 3 + 1;
}

/* ---- decode.c ---- */

void yq_cmaker_take_version(yq_cur *c);
void yq_cmaker_take_digest(yq_cur *c, yq_digest *out);

/* Reads a BlockHeader without block_hash and signature, and hashes it. Errors: decode codes. */
YQ_NODISCARD yq_status
yq_cmaker_header_decode(const yq_cmaker_call *call, yq_slice raw, yq_cmaker_header *out);

/* Reads a Transaction as it is hashed (from block version 2300 on without gas_used) and hashes it.
 * Out: out->event is event number event_idx, if there is one. Errors: decode codes. */
YQ_NODISCARD yq_status yq_cmaker_tx_decode(
    const yq_cmaker_call *call,
    yq_slice raw,
    uint32_t block_version,
    uint64_t event_idx,
    yq_cmaker_tx *out);

/* Read parts of an evidence; failures are sticky in c. */
void yq_cmaker_take_votes(const yq_cmaker_call *call, yq_cur *c, yq_cmaker_votes *out);
void yq_cmaker_take_path(yq_cur *c, yq_cmaker_path *out);

/* ---- tree.c ---- */

/* Returns OK when the leaf stands at the path's index of the block's tree. The tree's shape is that
 * of n leaves. Errors: E_PROOF_BOUNDS, E_PROOF_DEPTH, E_PROOF, E_ZERO_ROOT. */
YQ_NODISCARD yq_status yq_cmaker_path_check(
    const yq_cmaker_call *call,
    const yq_digest *root,
    uint64_t n,
    const yq_digest *leaf,
    const yq_cmaker_path *path);

/* ---- votes.c ---- */

/* Returns OK when at least floor(2n/3) + 1 nodes of the set voted for the header. Errors:
 * E_SIGNATURES_MISSING, E_SIGNER_UNKNOWN (outside, or unbound), E_DUP_SIGNER, E_QUORUM, E_SIG*,
 * E_KEY_POINT, E_BUDGET. Cost: one verification a vote. */
YQ_NODISCARD yq_status yq_cmaker_votes_check(
    const yq_cmaker_call *call,
    const yq_cmaker_set *set,
    const yq_cmaker_header *header,
    const yq_cmaker_votes *votes);

/* ---- config.c ---- */

/*
 * Reads the nodes of the ChainConfig that a configuration transaction left as its result. Known ids
 * keep their keys, new ones are unbound. Errors: decode codes; E_SET_CHANGE for a configuration
 * that this client cannot follow (other hash, other consensus, no bound quorum), E_DOMAIN,
 * E_TX_FAILED.
 */
YQ_NODISCARD yq_status
yq_cmaker_config_apply(const yq_cmaker_call *call, yq_cmaker_state *state, const yq_cmaker_tx *tx);

int yq_cmaker_set_new(const yq_cmaker_call *call, yq_cmaker_set *out);
/* Adds a node in its place. Returns 0 when the id is there already, or the set is full. */
int yq_cmaker_set_add(yq_cmaker_set *set, const yq_cmaker_node *node);
int yq_cmaker_set_find(const yq_cmaker_set *set, yq_slice id, size_t *place);
size_t yq_cmaker_set_bound(const yq_cmaker_set *set);
/* Reads n nodes; failures are sticky in c (E_DUP_SIGNER, E_NONCANONICAL when not ascending). */
void yq_cmaker_take_set(const yq_cmaker_call *call, yq_cur *c, yq_cmaker_set *out);
void yq_cmaker_put_set(yq_writer *w, const yq_cmaker_set *set);

/* ---- state.c ---- */

YQ_NODISCARD yq_status
yq_cmaker_state_decode(yq_cmaker_call *call, yq_slice in, yq_cmaker_state *out);
YQ_NODISCARD yq_status
yq_cmaker_state_encode(const yq_cmaker_call *call, const yq_cmaker_state *state, yq_buf *out);
YQ_NODISCARD yq_status
yq_cmaker_record_put(const yq_cmaker_call *call, const yq_cmaker_state *state);
/* Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status
yq_cmaker_record_get(const yq_cmaker_call *call, uint64_t height, yq_cmaker_record *out);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_chainmaker(void);

#endif /* YQ_LIGHT_CLIENTS_CHAINMAKER_CHAINMAKER_H */
