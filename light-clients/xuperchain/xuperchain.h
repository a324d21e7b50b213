#ifndef YQ_LIGHT_CLIENTS_XUPERCHAIN_XUPERCHAIN_H
#define YQ_LIGHT_CLIENTS_XUPERCHAIN_XUPERCHAIN_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_XUPER_LAYOUT_VERSION 1u
#define YQ_XUPER_ADDRESS_MAX    36u
#define YQ_XUPER_KEY_TEXT_MAX   256u
#define YQ_XUPER_ERRORS_MAX     4096u
#define YQ_XUPER_DER_MAX        72u
#define YQ_XUPER_MEMBERS_MAX    64u
#define YQ_XUPER_SETS_MAX       6u /* the one in force and those that wait */
#define YQ_XUPER_HEADERS_MAX    64u
#define YQ_XUPER_HEADERS_MIN    4u /* a block and the three that certify it and its children */
#define YQ_XUPER_NAME_MAX       128u
#define YQ_XUPER_TX_MAX         YQ_TX_SIZE_MAX
#define YQ_XUPER_ITEMS_MAX      4096u /* of each list in a transaction */
#define YQ_XUPER_LEVELS_MAX     31u
#define YQ_XUPER_KEPT           65536u
#define YQ_XUPER_SET_SIZE       (10u + YQ_XUPER_MEMBERS_MAX * (1u + YQ_XUPER_ADDRESS_MAX))
#define YQ_XUPER_STATE_MAX      (512u + YQ_XUPER_SETS_MAX * YQ_XUPER_SET_SIZE)

_Static_assert(YQ_XUPER_STATE_MAX <= YQ_CLIENT_STATE_MAX, "the sets fit into the state");

/* The chain's curve, which is also its address's version byte. */
typedef enum yq_xuper_scheme {
    YQ_XUPER_P256 = 1,
    YQ_XUPER_SM2 = 2
} yq_xuper_scheme;

typedef struct yq_xuper_call {
    const yq_verifier_host *host;
    yq_fault *why;
    uint8_t scheme;
} yq_xuper_call;

/* Validators from a height on, by their addresses. */
typedef struct yq_xuper_set {
    uint64_t from;
    size_t n;
    yq_slice address[YQ_XUPER_MEMBERS_MAX];
} yq_xuper_set;

typedef struct yq_xuper_record {
    yq_digest id, root;
    uint32_t tx_count;
    uint8_t failed; /* some transaction of the block failed, and no hash says which */
    uint64_t time_ns;
} yq_xuper_record;

typedef struct yq_xuper_state {
    uint8_t scheme;
    uint8_t delay;        /* blocks from a list of validators to its first certificate */
    yq_slice bucket, key; /* where that list is written; both empty: the set is pinned */
    uint64_t height;
    yq_xuper_record last;
    uint64_t changed; /* height of the last list that was taken, and where in that block */
    uint32_t changed_index;
    size_t set_n;
    yq_xuper_set *set; /* by from, ascending; room for YQ_XUPER_SETS_MAX */
} yq_xuper_state;

typedef struct yq_xuper_vote {
    yq_slice address, key_text, der;
    uint8_t key[64], sig[64];
} yq_xuper_vote;

typedef struct yq_xuper_header {
    yq_digest id, parent;
    yq_xuper_record record;
    yq_slice proposer;
    uint8_t key[64], sig[64]; /* of the proposer */
    int has_cert;
    yq_digest proposal; /* what the certificate is about */
    uint64_t view;
    size_t vote_n;
    yq_xuper_vote *vote;
} yq_xuper_header;

typedef struct yq_xuper_headers {
    uint64_t first; /* height of header[0] */
    size_t n;
    yq_xuper_header *header;
} yq_xuper_headers;

typedef struct yq_xuper_path {
    uint32_t index;
    size_t n;
    yq_slice nodes; /* n x 32 bytes, from the leaf upwards; where there is no sibling none stands */
} yq_xuper_path;

/* A transaction with the write that was asked for. */
typedef struct yq_xuper_tx {
    yq_digest id;
    size_t write_n;
    yq_slice bucket, key, value;
} yq_xuper_tx;

static inline yq_status yq_xuper_fail(const yq_xuper_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

/* n - floor((n - 1) / 3) signatures, each of another validator. */
static inline size_t yq_xuper_quorum(size_t n)
{
    return n - (n - 1) / 3;
}

/* ---- key.c ---- */

/* SHA-256 of SHA-256, the chain's hash on either curve. */
yq_digest yq_xuper_hash(const yq_verifier_host *host, const yq_slice *part, size_t n);

/* Reads a public key's text in the one form that the chain writes. Out: key, x||y, 64 bytes.
 * Errors: decode codes, E_RANGE for a number above 256 bits. */
YQ_NODISCARD yq_status
yq_xuper_key_decode(uint8_t scheme, yq_slice text, uint8_t *key, yq_fault *why);

/* Writes the address of a key, at most YQ_XUPER_ADDRESS_MAX bytes. Returns their count. */
size_t yq_xuper_address(
    const yq_verifier_host *host, uint8_t scheme, const uint8_t *key, char *address);

/* Returns 1 when text may be an address: base 58 of a length that addresses have. */
int yq_xuper_address_valid(yq_slice text);

/* ---- decode.c ---- */

void yq_xuper_take_version(yq_cur *c);
void yq_xuper_take_digest(yq_cur *c, yq_digest *out);
void yq_xuper_take_path(yq_cur *c, yq_xuper_path *out);

/* Reads one header and computes its id; failures are sticky in c. Keys must be those of the
 * addresses beside them (E_SIGNER_MISMATCH). */
void yq_xuper_take_header(const yq_xuper_call *call, yq_cur *c, yq_xuper_header *out);
void yq_xuper_take_headers(const yq_xuper_call *call, yq_cur *c, yq_xuper_headers *out);

/* ---- transaction.c ---- */

/* Reads what a version-3 transaction's id is the hash of, whole, and hashes it. Out: write number
 * idx, if there is one. Errors: decode codes; E_VERSION for another version. */
YQ_NODISCARD yq_status
yq_xuper_tx_decode(const yq_xuper_call *call, yq_slice raw, uint64_t idx, yq_xuper_tx *out);

/* Returns OK when the leaf stands at the path's index of the block's tree. Errors:
 * E_PROOF_BOUNDS, E_PROOF_DEPTH, E_PROOF, E_ZERO_ROOT. */
YQ_NODISCARD yq_status yq_xuper_path_check(
    const yq_xuper_call *call,
    const yq_xuper_record *record,
    const yq_digest *leaf,
    const yq_xuper_path *path);

/* ---- finality.c ---- */

/*
 * Returns OK when the headers follow the parent and all but the last three are final: each of the
 * last three certifies its parent, with a quorum of that height's validators. Errors: E_PARENT,
 * E_TIME_ORDER, E_PROOF_INCOMPLETE, E_CERT_MIXED, E_SIGNATURES_MISSING, E_SIGNER_UNKNOWN,
 * E_DUP_SIGNER, E_QUORUM, E_SIG*, E_KEY_POINT, E_BUDGET. Cost: a verification for each header and
 * each vote of the last three certificates.
 */
YQ_NODISCARD yq_status yq_xuper_final(
    const yq_xuper_call *call,
    const yq_xuper_state *state,
    const yq_xuper_record *parent,
    const yq_xuper_headers *in);

/* Reads a list of validators as the contract writes it. Errors: E_SET_CHANGE. */
YQ_NODISCARD yq_status
yq_xuper_list_decode(const yq_xuper_call *call, yq_slice text, yq_xuper_set *out);

/* Adds a set that is in force from its height on, in place of one of the same height, and drops
 * those that no certificate above the client's height needs. Errors: E_LIMIT. */
YQ_NODISCARD yq_status
yq_xuper_set_add(const yq_xuper_call *call, yq_xuper_state *state, const yq_xuper_set *set);

/* The set of a height's certificate, NULL when it is not known any more. */
const yq_xuper_set *yq_xuper_set_at(const yq_xuper_state *state, uint64_t height);

/* Room for YQ_XUPER_SETS_MAX sets; 0 when scratch does not have it. */
int yq_xuper_sets_new(const yq_xuper_call *call, yq_xuper_state *out);

/* ---- state.c ---- */

void yq_xuper_take_set(yq_cur *c, yq_xuper_set *out);
void yq_xuper_put_set(yq_writer *w, const yq_xuper_set *set);
/* Reads scheme, delay and where the list is written; failures are sticky in c. */
void yq_xuper_take_rules(yq_cur *c, yq_xuper_state *out);
YQ_NODISCARD yq_status yq_xuper_state_decode(yq_xuper_call *call, yq_slice in, yq_xuper_state *out);
YQ_NODISCARD yq_status
yq_xuper_state_encode(const yq_xuper_call *call, const yq_xuper_state *state, yq_buf *out);
YQ_NODISCARD yq_status
yq_xuper_record_put(const yq_xuper_call *call, uint64_t height, const yq_xuper_record *record);
/* Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status
yq_xuper_record_get(const yq_xuper_call *call, uint64_t height, yq_xuper_record *out);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_xuperchain(void);

#endif /* YQ_LIGHT_CLIENTS_XUPERCHAIN_XUPERCHAIN_H */
