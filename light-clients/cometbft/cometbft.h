#ifndef YQ_LIGHT_CLIENTS_COMETBFT_COMETBFT_H
#define YQ_LIGHT_CLIENTS_COMETBFT_COMETBFT_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_COMET_LAYOUT_VERSION 1u
#define YQ_COMET_CHAIN_ID_MAX   50u
#define YQ_COMET_ADDRESS_SIZE   20u
#define YQ_COMET_HEADER_MAX     (4u << 10)
#define YQ_COMET_COMMIT_MAX     (512u << 10)
#define YQ_COMET_MEMBERS_MAX    1024u
#define YQ_COMET_DRIFT_MS_MAX   UINT64_C(600000)
#define YQ_COMET_KEPT           16384u                    /* heights that have a record */
#define YQ_COMET_POWER_MAX      ((UINT64_C(1) << 60) - 1) /* MaxInt64 / 8, the chain's own bound */
#define YQ_COMET_STATE_MAX      512u

/* How the chain's stores are committed. */
#define YQ_COMET_STORES_IAVL                                                                       \
    1u                         /* an IAVL tree a store, below a Merkle map of the stores' names    \
                                */
#define YQ_COMET_STORES_SMT 2u /* a sparse Merkle tree a store, below the same map */

/* One call of the verifier. */
typedef struct yq_comet_call {
    const yq_verifier_host *host;
    yq_fault *why;
} yq_comet_call;

/* A point of the chain's time. */
typedef struct yq_comet_time {
    int64_t seconds;
    uint32_t nanos; /* below 10^9 */
} yq_comet_time;

typedef struct yq_comet_header {
    yq_slice raw;
    yq_digest hash;
    yq_slice chain_id;
    uint64_t height;
    yq_comet_time time;
    yq_digest validators, next_validators;
    yq_digest app_root; /* zero when the application's hash has another size than 32 */
} yq_comet_header;

typedef struct yq_comet_member {
    uint32_t alg; /* yq_sig_alg: Ed25519 or secp256k1 */
    yq_slice key;
    uint64_t power;
    uint8_t address[YQ_COMET_ADDRESS_SIZE];
} yq_comet_member;

typedef struct yq_comet_set {
    size_t n;
    yq_comet_member *member; /* in the order of the chain's hash */
    uint64_t power;          /* of all */
    yq_digest hash;
} yq_comet_set;

typedef enum yq_comet_flag {
    YQ_COMET_ABSENT = 1,
    YQ_COMET_COMMIT = 2,
    YQ_COMET_NIL = 3,
} yq_comet_flag;

typedef struct yq_comet_vote {
    yq_comet_flag flag;
    yq_slice address, signature; /* empty for ABSENT */
    yq_slice time;               /* the Timestamp message as it stands */
} yq_comet_vote;

typedef struct yq_comet_commit {
    uint64_t height, round;
    yq_digest block_hash;
    yq_slice block_id; /* the BlockID message as it stands */
    size_t n;
    yq_comet_vote *vote;
} yq_comet_commit;

/* One header with its proof, as update and misbehaviour carry it. */
typedef struct yq_comet_step {
    uint64_t trusted_height;
    yq_comet_header header;
    yq_comet_commit commit;
    yq_comet_set set;     /* of the header */
    yq_comet_set trusted; /* the trusted header's next set; n = 0: the same as set */
} yq_comet_step;

/* What is kept of a height. */
typedef struct yq_comet_record {
    yq_digest hash;
    yq_comet_time time;
    yq_digest app_root, next_validators;
    uint64_t next; /* height of the following record, 0 for the last */
} yq_comet_record;

typedef struct yq_comet_state {
    yq_slice chain_id;
    uint64_t trusting_ms, drift_ms;
    uint8_t level_num, level_den; /* share of the trusted set, at least 1/3 */
    uint8_t stores;
    uint64_t height;
    uint64_t oldest;  /* height of the first record */
    uint32_t records; /* their number */
    uint16_t members; /* of the header's set, 0 before the first update */
    yq_comet_record last;
} yq_comet_state;

/* ---- helpers ---- */

static inline yq_digest yq_comet_hash(const yq_comet_call *call, const yq_slice *part, size_t n)
{
    yq_digest md;
    call->host->hash(call->host->self, YQ_HASH_SHA256, part, n, md.b);
    return md;
}

static inline yq_status yq_comet_fail(const yq_comet_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

/* What failed inside a message fails the message's reader too, under the name of the field, or of
 * the message where it has none. */
static inline void yq_comet_pass_on(yq_cur *outer, const yq_cur *inner, size_t at, const char *name)
{
    if (!yq_cur_ok(inner)) {
        yq_cur_fail_field(
            outer, inner->status, at, inner->bad_field == NULL ? name : inner->bad_field);
    }
}

/* -1, 0, 1 */
static inline int yq_comet_time_compare(yq_comet_time a, yq_comet_time b)
{
    if (a.seconds != b.seconds) {
        return a.seconds < b.seconds ? -1 : 1;
    }
    return a.nanos == b.nanos ? 0 : (a.nanos < b.nanos ? -1 : 1);
}

/* In: time of a header, which is never negative. */
static inline uint64_t yq_comet_time_ms(yq_comet_time t)
{
    return (uint64_t)t.seconds * 1000 + t.nanos / 1000000;
}

/* ---- merkle.c ---- */

/* The root of RFC 6962 over n leaves, as CometBFT builds it. In: n at least 1. */
yq_digest yq_comet_merkle(const yq_comet_call *call, const yq_slice *leaf, size_t n);

/* ---- decode.c: foreign bytes; failures are sticky in c, and E_LIMIT when scratch runs out ---- */

void yq_comet_take_version(yq_cur *c);
void yq_comet_take_digest(yq_cur *c, yq_digest *out);

/* Reads a Header message and hashes it. Errors: decode codes. */
YQ_NODISCARD yq_status
yq_comet_header_decode(const yq_comet_call *call, yq_slice raw, yq_comet_header *out);

/* Reads a Commit message. Errors: decode codes. */
YQ_NODISCARD yq_status
yq_comet_commit_decode(const yq_comet_call *call, yq_slice raw, yq_comet_commit *out);

/* Reads n and that many SimpleValidator messages, and hashes them. Refuses a key that stands there
 * twice, a power of zero and a sum above the chain's bound. */
void yq_comet_take_set(const yq_comet_call *call, yq_cur *c, yq_comet_set *out);

/* Reads a step: the header's, commit's and sets' own failures go to c. */
void yq_comet_take_step(const yq_comet_call *call, yq_cur *c, yq_comet_step *out);

/* ---- verify.c ---- */

/*
 * Returns OK when the step leads from what is trusted at its trusted height to its header: the
 * rules of README.md, "Update evidence", from the chain's name on. adjacent_rule: a header right
 * after the trusted one must have the set that was announced (updates); without it such a header is
 * judged as any other (misbehaviour). Errors: E_DOMAIN, E_HASH, E_HEIGHT, E_TRUST_EXPIRED,
 * E_TIME_ORDER, E_TIME_FUTURE, E_VALSET_HASH, E_SET_CHANGE, E_LEN, E_SIGNATURES_MISSING,
 * E_SIGNER_*, E_QUORUM, E_SIG*, E_KEY_POINT, E_BUDGET. Cost: one verification a vote.
 */
YQ_NODISCARD yq_status yq_comet_step_check(
    const yq_comet_call *call,
    const yq_comet_state *state,
    const yq_comet_record *trusted,
    const yq_comet_step *step,
    uint64_t now_ms,
    int adjacent_rule);

/* Returns 1 when a header of this time is inside the trusting period. */
int yq_comet_trusted_now(const yq_comet_state *state, yq_comet_time time, uint64_t now_ms);

/* ---- state.c ---- */

YQ_NODISCARD yq_status
yq_comet_state_decode(const yq_comet_call *call, yq_slice in, yq_comet_state *out);
YQ_NODISCARD yq_status
yq_comet_state_encode(const yq_comet_call *call, const yq_comet_state *state, yq_buf *out);

/* Puts the record of the state's height behind the one before it (NULL: there is none), and drops
 * the oldest when there are too many. */
YQ_NODISCARD yq_status yq_comet_record_put(
    const yq_comet_call *call,
    yq_comet_state *state,
    const yq_comet_record *before,
    uint64_t before_height);

/* Out: what is kept of a height. Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status yq_comet_record_get(
    const yq_comet_call *call, const yq_comet_state *state, uint64_t height, yq_comet_record *out);

/* ---- ibc.c: what the application's root commits to ---- */

yq_status yq_comet_event(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why);

yq_status yq_comet_value(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice key,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_value *value,
    yq_fault *why);

/* ---- anchor.c ---- */

yq_status yq_comet_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_cometbft(void);

#endif /* YQ_LIGHT_CLIENTS_COMETBFT_COMETBFT_H */
