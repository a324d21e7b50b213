#ifndef YQ_LIGHT_CLIENTS_ATTESTED_ATTESTED_H
#define YQ_LIGHT_CLIENTS_ATTESTED_ATTESTED_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_ATTEST_LAYOUT_VERSION 1u
#define YQ_ATTEST_PREFIX         "YUQIAO-ATTEST-1"
#define YQ_ATTEST_CHAIN_MAX      64u
#define YQ_ATTEST_ORG_MAX        64u
#define YQ_ATTEST_KEY_MAX        64u
#define YQ_ATTEST_MEMBERS_MAX    64u
#define YQ_ATTEST_NAME_MAX       255u
#define YQ_ATTEST_DATA_MAX       (512u << 10)
#define YQ_ATTEST_KEPT           65536u
#define YQ_ATTEST_SET_MAX                                                                          \
    (4u + YQ_ATTEST_MEMBERS_MAX * (3u + YQ_ATTEST_ORG_MAX + YQ_ATTEST_KEY_MAX))
#define YQ_ATTEST_STATE_MAX (256u + YQ_ATTEST_SET_MAX)

_Static_assert(YQ_ATTEST_SET_MAX <= YQ_CLIENT_RECORD_MAX, "a set is one record");

/* What a statement says. */
typedef enum yq_attest_kind {
    YQ_ATTEST_BLOCK = 1,
    YQ_ATTEST_EVENT = 2,
    YQ_ATTEST_VALUE = 3,
    YQ_ATTEST_SET = 4, /* the attesters of the next epoch */
} yq_attest_kind;

typedef struct yq_attest_call {
    const yq_verifier_host *host;
    yq_fault *why;
} yq_attest_call;

typedef struct yq_attest_member {
    uint8_t suite; /* 1 SM2, 2 P-256, 3 secp256k1, 4 Ed25519 */
    yq_slice org, key;
} yq_attest_member;

/* Attesters, sorted by key; slices borrow from raw. */
typedef struct yq_attest_set {
    yq_slice raw; /* as it stands */
    uint16_t threshold;
    size_t n;
    yq_attest_member *member; /* room for YQ_ATTEST_MEMBERS_MAX */
} yq_attest_set;

typedef struct yq_attest_state {
    yq_slice chain;
    uint64_t epoch, height, time_ms;
    yq_digest hash; /* of the block at height */
    yq_attest_set set;
} yq_attest_state;

/* One statement with who signed it. Slices borrow from the input. */
typedef struct yq_attest_statement {
    yq_attest_kind kind;
    yq_slice body; /* what is signed behind prefix, chain and epoch */
    uint64_t epoch;
    uint64_t height, time_ms;
    yq_digest hash;
    yq_slice emitter, name, tx_id, data; /* EVENT; VALUE: data is the value */
    uint32_t index;
    yq_slice key; /* VALUE */
    uint8_t present;
    yq_attest_set set; /* SET */
    size_t n;
    uint16_t *signer;
    yq_slice *signature;
} yq_attest_statement;

static inline yq_status yq_attest_fail(
    const yq_attest_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

/* ---- set.c ---- */

/* Reads a set; failures are sticky in c. Room for the members is taken from scratch. */
void yq_attest_take_set(const yq_attest_call *call, yq_cur *c, yq_attest_set *out);

/* Returns OK when no one can attest alone: at least two attesters of at least two organisations, a
 * threshold of two thirds or more, and no organisation that reaches it by itself. Errors:
 * E_QUORUM_CONFIG, E_THRESHOLD_LOW, E_SET_CONCENTRATION, E_DUP_SIGNER, E_FIELD_UNKNOWN, E_LEN. */
YQ_NODISCARD yq_status yq_attest_set_check(const yq_attest_call *call, const yq_attest_set *set);

/* ---- statement.c ---- */

void yq_attest_take_version(yq_cur *c);
void yq_attest_take_digest(yq_cur *c, yq_digest *out);

/* Reads a statement and its signatures. Failures are sticky in c. */
void yq_attest_take_statement(const yq_attest_call *call, yq_cur *c, yq_attest_statement *out);

/* Returns OK when at least the threshold of the set's attesters signed it. Errors: E_EPOCH_OLD,
 * E_DOMAIN (a later epoch), E_SIGNATURES_MISSING, E_SIGNER_UNKNOWN, E_DUP_SIGNER, E_QUORUM, E_SIG*.
 * Cost: one verification a signature. */
YQ_NODISCARD yq_status yq_attest_statement_check(
    const yq_attest_call *call, const yq_attest_state *state, const yq_attest_statement *statement);

/* Takes the attesters of the next epoch from a statement of a set that the present ones signed over
 * the present block. Errors: E_HEIGHT, those of the statement and of the set, E_OVERFLOW. */
YQ_NODISCARD yq_status yq_attest_set_advance(
    const yq_attest_call *call, yq_attest_state *state, const yq_attest_statement *s);

/* What an event's statement says. Out: slices borrow from the statement. */
void yq_attest_event_of(const yq_attest_statement *s, yq_verified_event *out);

/* ---- state.c ---- */

YQ_NODISCARD yq_status
yq_attest_state_decode(const yq_attest_call *call, yq_slice in, yq_attest_state *out);
YQ_NODISCARD yq_status
yq_attest_state_encode(const yq_attest_call *call, const yq_attest_state *state, yq_buf *out);

/* Puts the record of the state's height; drops the one that is no longer kept. */
YQ_NODISCARD yq_status
yq_attest_record_put(const yq_attest_call *call, const yq_attest_state *state);

/* The block hash of a height. Returns 0 when the height is not kept or was never attested. */
int yq_attest_record_get(const yq_attest_call *call, uint64_t height, yq_digest *hash);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_attested(void);

#endif /* YQ_LIGHT_CLIENTS_ATTESTED_ATTESTED_H */
