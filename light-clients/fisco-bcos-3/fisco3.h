#ifndef YQ_LIGHT_CLIENTS_FISCO_BCOS_3_FISCO3_H
#define YQ_LIGHT_CLIENTS_FISCO_BCOS_3_FISCO3_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_FISCO3_LAYOUT_VERSION 1u
#define YQ_FISCO3_SUITE_SM       1u
#define YQ_FISCO3_SUITE_KECCAK   3u
#define YQ_FISCO3_VERSION_MIN    UINT32_C(0x03010000)
#define YQ_FISCO3_VERSION_MAX    UINT32_C(0x0310ffff)
#define YQ_FISCO3_ID_SIZE        64u
#define YQ_FISCO3_NAME_MAX       32u  /* of chain and group */
#define YQ_FISCO3_SEALERS_MAX    200u /* a set fits into one record */
#define YQ_FISCO3_OPERATORS_MAX  16u
#define YQ_FISCO3_ADDRESS_SIZE   20u
#define YQ_FISCO3_ADDRESS_TEXT   40u
#define YQ_FISCO3_DEPTH_MAX      64u
#define YQ_FISCO3_GAS_MAX        78u /* digits of 2^256 */
#define YQ_FISCO3_EXTRA_MAX      (48u << 10)
#define YQ_FISCO3_CHANGES_MAX    64u
#define YQ_FISCO3_STEPS_MAX      24u
#define YQ_FISCO3_LOGS_MAX       64u
#define YQ_FISCO3_WEIGHTS_MAX    ((uint64_t)INT64_MAX) /* the sum */
#define YQ_FISCO3_KEPT           65536u                /* heights that have a record */
#define YQ_FISCO3_STATE_MAX      (640u + (YQ_FISCO3_ID_SIZE + 8u) * YQ_FISCO3_SEALERS_MAX)

_Static_assert(
    2 + (YQ_FISCO3_ID_SIZE + 8) * YQ_FISCO3_SEALERS_MAX <= YQ_CLIENT_RECORD_MAX,
    "a set is one record");
_Static_assert(YQ_FISCO3_STATE_MAX <= YQ_CLIENT_STATE_MAX, "a set fits into the state");

/* One call of the verifier. */
typedef struct yq_fisco3_call {
    const yq_verifier_host *host;
    yq_fault *why;
    uint8_t suite;
} yq_fisco3_call;

/* The sealers of a height, sorted by id. */
typedef struct yq_fisco3_sealer {
    uint8_t id[YQ_FISCO3_ID_SIZE];
    uint64_t weight;
} yq_fisco3_sealer;

typedef struct yq_fisco3_set {
    size_t n;
    yq_fisco3_sealer *sealer; /* room for YQ_FISCO3_SEALERS_MAX */
} yq_fisco3_set;

typedef struct yq_fisco3_header {
    yq_digest hash, parent, tx_root, receipt_root;
    uint64_t parent_number, number, time_ms;
    yq_fisco3_set sealers;
} yq_fisco3_header;

typedef struct yq_fisco3_state {
    uint8_t suite;
    yq_slice chain, group; /* borrowed from the state or the anchor */
    uint8_t depth;         /* certified headers above one that counts */
    uint64_t trust_ms;     /* 0: no trust period */
    uint64_t trusted_from_ms;
    yq_slice operators; /* YQ_FISCO3_ADDRESS_SIZE each, ascending */
    uint64_t height;
    yq_digest hash;
    uint64_t time_ms;
    yq_digest tx_root, receipt_root;
    uint64_t set_from; /* the height from which the set is in force */
    yq_fisco3_set set;
} yq_fisco3_state;

/* What is kept of a height. */
typedef struct yq_fisco3_record {
    yq_digest hash;
    uint64_t time_ms;
    yq_digest tx_root, receipt_root;
    uint64_t set_from;
} yq_fisco3_record;

typedef struct yq_fisco3_signatures {
    size_t n;
    uint16_t *index;
    yq_slice *sig;
} yq_fisco3_signatures;

typedef enum yq_fisco3_step_kind {
    YQ_FISCO3_STEP_LEFT = 1,  /* the own node is the left one of two */
    YQ_FISCO3_STEP_RIGHT = 2, /* the right one */
    YQ_FISCO3_STEP_ALONE = 3, /* the last one of an odd level */
} yq_fisco3_step_kind;

typedef struct yq_fisco3_step {
    uint8_t kind;
    yq_slice tx, receipt; /* the other node in each tree; empty when alone */
} yq_fisco3_step;

/* A call of a contract. What follows `to` stands in one piece: where input ends and abi begins is
 * not hashed. */
typedef struct yq_fisco3_tx {
    uint32_t version;
    uint64_t block_limit;
    yq_slice nonce, to, rest;
} yq_fisco3_tx;

typedef struct yq_fisco3_log {
    yq_slice address, topic, data;
} yq_fisco3_log;

typedef struct yq_fisco3_receipt {
    uint32_t version, status;
    yq_slice gas, output, price;
    size_t log_n;
    yq_fisco3_log *log;
} yq_fisco3_receipt;

typedef struct yq_fisco3_inclusion {
    size_t step_n;
    yq_fisco3_step *step;
    yq_fisco3_tx tx;
    yq_fisco3_receipt receipt;
} yq_fisco3_inclusion;

/* What an inclusion proves. */
typedef struct yq_fisco3_proven {
    uint32_t index; /* in the block */
    yq_digest tx_hash;
    uint8_t to[YQ_FISCO3_ADDRESS_SIZE];
} yq_fisco3_proven;

typedef struct yq_fisco3_change {
    yq_fisco3_inclusion in;
    yq_slice sig; /* of the operator over the transaction's hash */
} yq_fisco3_change;

/* ---- helpers ---- */

static inline uint32_t yq_fisco3_hash_alg(const yq_fisco3_call *call)
{
    return call->suite == YQ_FISCO3_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
}

static inline yq_digest yq_fisco3_hash(
    const yq_fisco3_call *call, const yq_slice *part, size_t part_n)
{
    yq_digest md = {{0}};
    call->host->hash(call->host->self, yq_fisco3_hash_alg(call), part, part_n, md.b);
    return md;
}

static inline yq_status yq_fisco3_fail(
    const yq_fisco3_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

static inline void *yq_fisco3_room(const yq_fisco3_call *call, size_t n, size_t size)
{
    return call->host->scratch(call->host->self, (n + 1) * size);
}

/* In: total, at least 1. */
static inline uint64_t yq_fisco3_faulty_max(uint64_t total)
{
    return (total - 1) / 3;
}

/* ---- decode.c: parts of an evidence; failures are sticky in c, E_LIMIT when scratch runs out ----
 */

void yq_fisco3_take_version(yq_cur *c);
void yq_fisco3_take_digest(yq_cur *c, yq_digest *out);
/* Reads a header and hashes it. Its sealers lie in scratch. */
void yq_fisco3_take_header(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_header *out);
void yq_fisco3_take_signatures(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_signatures *out);
void yq_fisco3_take_inclusion(const yq_fisco3_call *call, yq_cur *c, yq_fisco3_inclusion *out);

/* ---- proof.c ---- */

/*
 * Returns OK when a call of a contract and its receipt are in the block `number` of these roots, at
 * one index. Errors: E_ZERO_ROOT, E_PROOF, E_PROOF_BOUNDS,
 * E_PROOF_DEPTH, E_NONCANONICAL, E_EMITTER (a log of another contract than the one that was
 * called). Does not look at the receipt's status, nor at what follows `to` (rest_check).
 */
YQ_NODISCARD yq_status yq_fisco3_inclusion_check(
    const yq_fisco3_call *call,
    const yq_fisco3_state *state,
    const yq_digest root[2],
    uint64_t number,
    const yq_fisco3_inclusion *in,
    yq_fisco3_proven *out);

/* Returns OK when no other address can be read in what follows the address of a call: whoever sends
 * a transaction chooses its bytes, and could else let a call of his own contract look like another.
 * Errors: E_NONCANONICAL. */
YQ_NODISCARD yq_status yq_fisco3_rest_check(const yq_fisco3_call *call, yq_slice rest);

/* ---- set.c ---- */

/* Room for a set in scratch. Returns 0 at the host's cap. */
int yq_fisco3_set_new(const yq_fisco3_call *call, yq_fisco3_set *out);
int yq_fisco3_set_equal(const yq_fisco3_set *a, const yq_fisco3_set *b);
/* Returns 1 and the place; 0 and the place where it would stand. */
int yq_fisco3_set_find(const yq_fisco3_set *set, const uint8_t *id, size_t *place);
/* Returns 1 when the set is another one afterwards; 0 when it is the same, or full. */
int yq_fisco3_set_put(yq_fisco3_set *set, const uint8_t *id, uint64_t weight);
int yq_fisco3_set_remove(yq_fisco3_set *set, const uint8_t *id);
/* Out: the sum of the weights. Errors: E_RANGE (a weight of zero), E_OVERFLOW. */
YQ_NODISCARD yq_status
yq_fisco3_set_total(const yq_fisco3_call *call, const yq_fisco3_set *set, uint64_t *total);
/* Reads a node id of 128 hex digits, of either case as the chain takes them. Returns 0 if it is
 * none. */
int yq_fisco3_id_decode(yq_slice text, uint8_t *id);

/* ---- change.c ---- */

/*
 * Applies n calls of the operators, proven in the block of the state's height, to a copy of the
 * state's set. Out: next, in scratch. Errors: those of the inclusions; E_SET_CHANGE, E_TX_FAILED,
 * E_PERMISSION (not signed by an operator), E_SIG*, E_DUP_LEAF, E_NONCANONICAL (not in the order of
 * the block).
 */
YQ_NODISCARD yq_status yq_fisco3_set_change(
    const yq_fisco3_call *call,
    const yq_fisco3_state *state,
    const yq_fisco3_change *change,
    size_t n,
    yq_fisco3_set *next);

/* ---- signatures.c ---- */

/*
 * Returns OK when a quorum, by weight, of the set signed the hash. Out: signer, if not NULL: 1 for
 * each index that signed (YQ_FISCO3_SEALERS_MAX). Errors: E_SIGNATURES_MISSING, E_SIGNER_UNKNOWN,
 * E_DUP_SIGNER, E_QUORUM, E_SIGNER_MISMATCH, E_SIG*, E_KEY_POINT, E_BUDGET. The verdict does not
 * depend on the order. Cost: one verification a signature.
 */
YQ_NODISCARD yq_status yq_fisco3_quorum_check(
    const yq_fisco3_call *call,
    const yq_fisco3_set *set,
    const yq_digest *hash,
    const yq_fisco3_signatures *sigs,
    uint8_t *signer);

/* The account that signed a transaction's hash. In: sig, as the chain has it. Out: address. */
YQ_NODISCARD yq_status yq_fisco3_sender(
    const yq_fisco3_call *call,
    const yq_digest *hash,
    yq_slice sig,
    uint8_t address[YQ_FISCO3_ADDRESS_SIZE]);

/* ---- state.c ---- */

/* The fields that an anchor and a state share: suite, names, depth, trust period, operators. */
void yq_fisco3_take_rules(yq_cur *c, yq_fisco3_state *out);
YQ_NODISCARD yq_status
yq_fisco3_state_decode(yq_fisco3_call *call, yq_slice in, yq_fisco3_state *out);
YQ_NODISCARD yq_status
yq_fisco3_state_encode(const yq_fisco3_call *call, const yq_fisco3_state *state, yq_buf *out);

/* Puts the records of the state's height, and its set where that begins; drops what is no longer
 * kept. */
YQ_NODISCARD yq_status
yq_fisco3_records_put(const yq_fisco3_call *call, const yq_fisco3_state *state);

/* Returns the record of a height. Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status
yq_fisco3_record_get(const yq_fisco3_call *call, uint64_t height, yq_fisco3_record *out);

/* The set that is in force at a height: a kept one, or one above the state's (its own set). Errors:
 * E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status yq_fisco3_set_at(
    const yq_fisco3_call *call, const yq_fisco3_state *state, uint64_t height, yq_fisco3_set *out);

/* ---- anchor.c ---- */

yq_status yq_fisco3_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_fisco_bcos_3(void);

#endif /* YQ_LIGHT_CLIENTS_FISCO_BCOS_3_FISCO3_H */
