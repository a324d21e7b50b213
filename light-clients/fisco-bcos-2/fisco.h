#ifndef YQ_LIGHT_CLIENTS_FISCO_BCOS_2_FISCO_H
#define YQ_LIGHT_CLIENTS_FISCO_BCOS_2_FISCO_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_FISCO2_LAYOUT_VERSION 1u
#define YQ_FISCO2_SUITE_SM       1u
#define YQ_FISCO2_SUITE_KECCAK   3u
#define YQ_FISCO2_ID_SIZE        64u
#define YQ_FISCO2_SEALERS_MAX    250u /* a set fits into one record */
#define YQ_FISCO2_HEADER_MAX     (64u << 10)
#define YQ_FISCO2_CHANGES_MAX    64u
#define YQ_FISCO2_WIDTH          16u
#define YQ_FISCO2_LEVELS_MAX     4u /* indexes below 65536: then no leaves look like nodes */
#define YQ_FISCO2_TOPICS_MAX     4u
#define YQ_FISCO2_KEPT           65536u /* heights that have a record */
#define YQ_FISCO2_STATE_MAX      (160u + YQ_FISCO2_ID_SIZE * YQ_FISCO2_SEALERS_MAX)

_Static_assert(
    2 + YQ_FISCO2_ID_SIZE * YQ_FISCO2_SEALERS_MAX <= YQ_CLIENT_RECORD_MAX, "a set is one record");
_Static_assert(YQ_FISCO2_STATE_MAX <= YQ_CLIENT_STATE_MAX, "a set fits into the state");

/* One call of the verifier. */
typedef struct yq_fisco2_call {
    const yq_verifier_host *host;
    yq_fault *why;
    uint8_t suite;
} yq_fisco2_call;

/* The sealers of a height, sorted; id has room for YQ_FISCO2_SEALERS_MAX. */
typedef struct yq_fisco2_set {
    size_t n;
    uint8_t *id;
} yq_fisco2_set;

typedef struct yq_fisco2_header {
    yq_digest hash, parent, tx_root, receipt_root;
    uint64_t number, time_ms;
    yq_slice extra; /* the first text of extraData */
    size_t extra_n;
    yq_fisco2_set sealers;
} yq_fisco2_header;

typedef struct yq_fisco2_state {
    uint8_t suite;
    uint64_t chain_id;
    uint32_t group_id;
    uint64_t height;
    yq_digest hash;
    uint64_t time_ms;
    yq_digest tx_root, receipt_root;
    uint64_t set_from; /* the height from which the set is in force */
    yq_fisco2_set set;
} yq_fisco2_state;

/* What is kept of a height. */
typedef struct yq_fisco2_record {
    yq_digest hash;
    uint64_t time_ms;
    yq_digest tx_root, receipt_root;
    uint64_t set_from;
} yq_fisco2_record;

typedef struct yq_fisco2_signatures {
    size_t n;
    uint16_t *index;
    yq_slice *sig;
} yq_fisco2_signatures;

typedef struct yq_fisco2_path {
    size_t levels;
    uint8_t size[YQ_FISCO2_LEVELS_MAX];
    yq_slice node[YQ_FISCO2_LEVELS_MAX];
} yq_fisco2_path;

typedef struct yq_fisco2_inclusion {
    uint32_t index;
    yq_slice tx, receipt;
    yq_fisco2_path tx_path, receipt_path;
} yq_fisco2_inclusion;

typedef struct yq_fisco2_tx {
    yq_digest hash;
    yq_slice to, data;
    uint64_t chain_id;
    uint64_t group_id;
} yq_fisco2_tx;

typedef struct yq_fisco2_log {
    yq_slice address, topic0, data; /* topic0 is empty when there is none */
} yq_fisco2_log;

typedef struct yq_fisco2_receipt {
    yq_digest hash;
    uint64_t status;
    yq_slice output;
    size_t log_n;
    yq_fisco2_log log; /* the one that was asked for, when there are so many */
} yq_fisco2_receipt;

/* ---- helpers ---- */

static inline uint32_t yq_fisco2_hash_alg(const yq_fisco2_call *call)
{
    return call->suite == YQ_FISCO2_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
}

static inline yq_digest yq_fisco2_hash(
    const yq_fisco2_call *call, const yq_slice *part, size_t part_n)
{
    yq_digest md;
    call->host->hash(call->host->self, yq_fisco2_hash_alg(call), part, part_n, md.b);
    return md;
}

static inline yq_digest yq_fisco2_hash_one(const yq_fisco2_call *call, yq_slice in)
{
    return yq_fisco2_hash(call, &in, 1);
}

static inline yq_status yq_fisco2_fail(
    const yq_fisco2_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

static inline size_t yq_fisco2_faulty_max(size_t n)
{
    return n == 0 ? 0 : (n - 1) / 3;
}

static inline size_t yq_fisco2_quorum(size_t n)
{
    return n - yq_fisco2_faulty_max(n);
}

/* ---- decode.c: foreign bytes; whole input each; errors are decode codes ---- */

/* Reads a header and hashes it. Out: slices borrow from raw, the sealers lie in scratch. */
YQ_NODISCARD yq_status
yq_fisco2_header_decode(const yq_fisco2_call *call, yq_slice raw, yq_fisco2_header *out);

/* Reads a transaction of the suite and hashes it. Does not check its signature. */
YQ_NODISCARD yq_status
yq_fisco2_tx_decode(const yq_fisco2_call *call, yq_slice raw, yq_fisco2_tx *out);

/* Reads a receipt with all its logs and hashes it. Out: out->log is log number log_idx, if there is
 * one. */
YQ_NODISCARD yq_status yq_fisco2_receipt_decode(
    const yq_fisco2_call *call, yq_slice raw, uint64_t log_idx, yq_fisco2_receipt *out);

/* Read a part of an evidence; failures are sticky in c, and E_LIMIT when scratch runs out. */
void yq_fisco2_take_version(yq_cur *c);
void yq_fisco2_take_digest(yq_cur *c, yq_digest *out);
void yq_fisco2_take_signatures(const yq_fisco2_call *call, yq_cur *c, yq_fisco2_signatures *out);
void yq_fisco2_take_inclusion(yq_cur *c, yq_fisco2_inclusion *out);

/* ---- proof.c ---- */

/*
 * Returns OK when a transaction and its receipt are in the block of these roots, at one index, and
 * the transaction is of the state's chain and group. Out: tx, receipt. Errors: decode codes,
 * E_ZERO_ROOT, E_PROOF, E_PROOF_BOUNDS, E_PROOF_DEPTH, E_DOMAIN. Does not look at the receipt's
 * status.
 */
YQ_NODISCARD yq_status yq_fisco2_inclusion_check(
    const yq_fisco2_call *call,
    const yq_fisco2_state *state,
    const yq_digest root[2],
    const yq_fisco2_inclusion *in,
    uint64_t log_idx,
    yq_fisco2_tx *tx,
    yq_fisco2_receipt *receipt);

/* ---- set.c ---- */

/* Room for a set in scratch. Returns 0 at the host's cap. */
int yq_fisco2_set_new(const yq_fisco2_call *call, yq_fisco2_set *out);
int yq_fisco2_set_equal(const yq_fisco2_set *a, const yq_fisco2_set *b);
/* Returns 1 and the place; 0 and the place where it would stand. */
int yq_fisco2_set_find(const yq_fisco2_set *set, const uint8_t *id, size_t *place);
/* Adds an id in its place. Returns 0 when the set is full; an id that is there changes nothing. */
int yq_fisco2_set_add(yq_fisco2_set *set, const uint8_t *id);
void yq_fisco2_set_remove(yq_fisco2_set *set, const uint8_t *id);
/* Reads a node id of 128 hex digits, of either case as the chain takes them. Returns 0 if it is
 * none. */
int yq_fisco2_id_decode(yq_slice text, uint8_t *id);

/*
 * Applies n set changes, proven in the block of the state's height, to a copy of the state's set.
 * Out: next, in scratch. Errors: those of the inclusions; E_SET_CHANGE, E_TX_FAILED, E_DUP_LEAF,
 * E_NONCANONICAL (not in the order of the block).
 */
YQ_NODISCARD yq_status yq_fisco2_set_change(
    const yq_fisco2_call *call,
    const yq_fisco2_state *state,
    const yq_fisco2_inclusion *change,
    size_t n,
    yq_fisco2_set *next);

/* ---- signatures.c ---- */

/*
 * Returns OK when a quorum of the set signed the hash. Out: signer, if not NULL: 1 for each index
 * that signed (YQ_FISCO2_SEALERS_MAX). Errors: E_SIGNATURES_MISSING, E_SIGNER_UNKNOWN,
 * E_DUP_SIGNER, E_QUORUM, E_SIGNER_MISMATCH, E_SIG*, E_KEY_POINT, E_BUDGET. The verdict does not
 * depend on the order. Cost: one verification a signature.
 */
YQ_NODISCARD yq_status yq_fisco2_quorum_check(
    const yq_fisco2_call *call,
    const yq_fisco2_set *set,
    const yq_digest *hash,
    const yq_fisco2_signatures *sigs,
    uint8_t *signer);

/* ---- state.c ---- */

YQ_NODISCARD yq_status
yq_fisco2_state_decode(yq_fisco2_call *call, yq_slice in, yq_fisco2_state *out);
YQ_NODISCARD yq_status
yq_fisco2_state_encode(const yq_fisco2_call *call, const yq_fisco2_state *state, yq_buf *out);

/* Puts the records of the state's height, and its set where that begins; drops what is no longer
 * kept. */
YQ_NODISCARD yq_status
yq_fisco2_records_put(const yq_fisco2_call *call, const yq_fisco2_state *state);

/* Returns the record of a height. Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status
yq_fisco2_record_get(const yq_fisco2_call *call, uint64_t height, yq_fisco2_record *out);

/* The set that is in force at a height: a kept one, or one above the state's (its own set). Errors:
 * E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status yq_fisco2_set_at(
    const yq_fisco2_call *call, const yq_fisco2_state *state, uint64_t height, yq_fisco2_set *out);

/* ---- anchor.c ---- */

yq_status yq_fisco2_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_fisco_bcos_2(void);

#endif /* YQ_LIGHT_CLIENTS_FISCO_BCOS_2_FISCO_H */
