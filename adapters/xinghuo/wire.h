#ifndef YQ_ADAPTERS_XINGHUO_WIRE_H
#define YQ_ADAPTERS_XINGHUO_WIRE_H

/* What nodes answer, read; what is signed about it, written. */
#include "light-clients/xinghuo/xinghuo.h"
#include "relay/codec/json.h"

#define YQ_XHA_EVENTS_MAX    4096u /* of one ledger */
#define YQ_XHA_DATAS_MAX     64u   /* texts of one log */
#define YQ_XHA_BODY_HEAD_MAX (1u + 8u + 32u + 8u + 3u * 256u + 8u)
#define YQ_XHA_TOPIC         "Yuqiao"

/* One question to an attester. */
#define YQ_XHA_BATCH_MAX       1024u
#define YQ_XHA_BATCH_BYTES_MAX (700u << 10) /* of bodies; one alone may be larger */
#define YQ_XHA_QUESTION_MAX    (2u << 20)
_Static_assert(
    2 * YQ_XHA_BATCH_BYTES_MAX + 8 * YQ_XHA_BATCH_MAX + 1024 <= YQ_XHA_QUESTION_MAX &&
        2 * (YQ_XHA_BODY_HEAD_MAX + YQ_ATTEST_DATA_MAX) + 1024 <= YQ_XHA_QUESTION_MAX,
    "a question holds a full batch, and the largest body");

/* A ledger's header, as far as it is needed. */
typedef struct yq_xha_header {
    uint64_t seq, time_ms;
    yq_digest hash, value, validators; /* value: consensus_value_hash */
} yq_xha_header;

/* Reads the "result" of getLedger. Errors: E_PEER naming the member. */
YQ_NODISCARD yq_status
yq_xha_header_read(const yq_json *result, yq_xha_header *header, yq_fault *why);

/* Reads previous_proof of the "result" of getLedger with_consvalue. Out: proof (cap lent). Errors:
 * E_PEER (none, no hex, or larger). */
YQ_NODISCARD yq_status yq_xha_proof_read(const yq_json *result, yq_buf *proof, yq_fault *why);

/* ---- proofs ---- */

typedef struct yq_xha_commits {
    yq_xinghuo_proof proof;
    yq_xinghuo_commit room[YQ_XINGHUO_MEMBERS_MAX];
    int is_lent;
} yq_xha_commits;

/* Decodes a PbftProof as the light client does. Out: commits; slices borrow from raw. Errors:
 * decode codes. */
YQ_NODISCARD yq_status yq_xha_commits_read(yq_slice raw, yq_xha_commits *out, yq_fault *why);

/* Whether every commit is signed, by another signer each. Cost: one verification a commit. */
int yq_xha_commits_hold(const yq_xha_commits *commits);

/* ---- bodies of statements ---- */

/* The body of an event's statement; the slices lie in p. */
typedef struct yq_xha_body {
    uint8_t *p;
    size_t n;
    yq_slice emitter, name, tx_id;
    uint32_t index;
} yq_xha_body;

typedef struct yq_xha_bodies {
    size_t n, oversized; /* events whose data no statement can hold are left out and counted */
    yq_xha_body *body;
} yq_xha_bodies;

/* What a contract logged. */
typedef struct yq_xha_log {
    yq_slice emitter, topic;
    yq_digest tx;
    uint32_t index;       /* among what the transaction set off */
    const yq_json *datas; /* list of texts */
} yq_xha_log;

/* Adds an event's body. Errors: E_PEER (names that are empty or too long, datas that are no texts),
 * E_LIMIT (more than YQ_XHA_EVENTS_MAX), E_MEMORY. */
YQ_NODISCARD yq_status yq_xha_bodies_add(
    yq_xha_bodies *all, const yq_xha_header *header, const yq_xha_log *log, yq_fault *why);
void yq_xha_bodies_free(yq_xha_bodies *all);
int yq_xha_bodies_equal(const yq_xha_bodies *a, const yq_xha_bodies *b);

/* Splits the bytes of an event's body. Out: body, its slices in raw, p and n of it; height. Errors:
 * decode codes, E_TYPE (of another kind). */
YQ_NODISCARD yq_status
yq_xha_body_read(yq_slice raw, yq_xha_body *body, uint64_t *height, yq_fault *why);

/* SM3 over what an attester signs for a body. */
yq_digest yq_xha_signed(yq_slice chain, uint64_t epoch, yq_slice body);

#endif /* YQ_ADAPTERS_XINGHUO_WIRE_H */
