#ifndef YQ_LIGHT_CLIENTS_EVM_EVM_H
#define YQ_LIGHT_CLIENTS_EVM_EVM_H

/* The parts of the verifier: layouts and rules are in README.md. */

#include "yuqiao/limits.h"
#include "yuqiao/verifier.h"

#include "light-clients/evm/mpt.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define YQ_EVM_LAYOUT_VERSION 1u
#define YQ_EVM_ADDRESS_SIZE   20u
#define YQ_EVM_SEAL_SIZE      65u
#define YQ_EVM_VANITY_SIZE    32u
#define YQ_EVM_HEADER_MAX     (64u << 10)
#define YQ_EVM_BATCH_MAX      512u
#define YQ_EVM_VALIDATORS_MAX 256u
#define YQ_EVM_VOTES_MAX      1024u
#define YQ_EVM_DEPTH_MAX      256u
#define YQ_EVM_TOPICS_MAX     4u
#define YQ_EVM_KEPT           65536u /* heights that have a record */
#define YQ_EVM_RECENTS_MAX    (YQ_EVM_VALIDATORS_MAX / 2u + 1u)
#define YQ_EVM_VOTE_SIZE      (2u * YQ_EVM_ADDRESS_SIZE + 1u)
#define YQ_EVM_STATE_MAX                                                                           \
    (512u + YQ_EVM_ADDRESS_SIZE * YQ_EVM_VALIDATORS_MAX + YQ_EVM_VOTE_SIZE * YQ_EVM_VOTES_MAX +    \
     (8u + YQ_EVM_ADDRESS_SIZE) * YQ_EVM_RECENTS_MAX)

_Static_assert(YQ_EVM_STATE_MAX <= YQ_CLIENT_STATE_MAX, "everything fits into the state");
_Static_assert(
    2 + YQ_EVM_ADDRESS_SIZE * YQ_EVM_VALIDATORS_MAX <= YQ_CLIENT_RECORD_MAX, "a set is one record");

/* The consensus of the chain, by what its headers carry. */
typedef enum yq_evm_mode {
    YQ_EVM_IBFT1 = 1, /* Istanbul */
    YQ_EVM_IBFT2 = 2,
    YQ_EVM_QBFT = 3,          /* validators in the header */
    YQ_EVM_QBFT_CONTRACT = 4, /* validators in a contract */
    YQ_EVM_CLIQUE = 5,
} yq_evm_mode;

/* One call of the verifier. room: for rebuilt headers, YQ_EVM_HEADER_MAX + 64 bytes. */
typedef struct yq_evm_call {
    const yq_verifier_host *host;
    yq_fault *why;
    uint8_t *room;
} yq_evm_call;

/* Addresses in ascending order; address has room for YQ_EVM_VALIDATORS_MAX. */
typedef struct yq_evm_set {
    size_t n;
    uint8_t *address;
} yq_evm_set;

typedef struct yq_evm_vote {
    uint8_t voter[YQ_EVM_ADDRESS_SIZE], candidate[YQ_EVM_ADDRESS_SIZE];
    uint8_t add;
} yq_evm_vote;

typedef struct yq_evm_recent {
    uint64_t number;
    uint8_t signer[YQ_EVM_ADDRESS_SIZE];
} yq_evm_recent;

typedef struct yq_evm_header {
    yq_slice raw;
    yq_slice before, after; /* the items in front of extraData and behind it */
    size_t items;
    yq_digest parent, uncles, state_root, tx_root, receipt_root, mix;
    yq_slice miner, difficulty, extra, nonce;
    uint64_t number, time;
} yq_evm_header;

/* What a header says of its consensus, and what its seals sign. */
typedef struct yq_evm_sealed {
    yq_digest hash;      /* of the block */
    yq_digest seal_hash; /* what the committed seals (Clique: the one seal) sign */
    yq_slice seals;      /* RLP list of them; Clique: the seal itself */
    yq_evm_set listed;   /* validators in the header, in ascending order */
    int has_list;
    uint8_t proposer[YQ_EVM_ADDRESS_SIZE]; /* Clique: filled by its check */
    int has_vote;
    yq_evm_vote vote;
} yq_evm_sealed;

/* What is kept of a height. */
typedef struct yq_evm_record {
    yq_digest hash, state_root, tx_root, receipt_root;
    uint64_t time;
    uint64_t set_from; /* of the set that sealed it */
} yq_evm_record;

typedef struct yq_evm_state {
    uint8_t mode;
    uint64_t epoch; /* blocks between two clearings of the votes */
    uint16_t depth; /* Clique: successors that make a block final */
    uint8_t contract[YQ_EVM_ADDRESS_SIZE];
    yq_digest slot;
    uint64_t height;
    yq_evm_record last;
    uint64_t set_from;      /* height from which set is in force, at most height + 1 */
    yq_digest storage_root; /* of the contract, where set was read; zero: not yet */
    yq_evm_set set;         /* for height + 1; contract mode: for the height that was read */
    size_t votes;
    yq_evm_vote *vote; /* room for YQ_EVM_VOTES_MAX */
    size_t recents;
    yq_evm_recent *recent; /* room for YQ_EVM_RECENTS_MAX */
} yq_evm_state;

/* A set that a contract holds, as one header's evidence proves it. */
typedef struct yq_evm_contract_proof {
    yq_mpt_proof account, length;
    int has_storage;
    size_t n;
    yq_mpt_proof *element;
} yq_evm_contract_proof;

typedef struct yq_evm_step {
    yq_slice header;
    yq_evm_contract_proof contract;
} yq_evm_step;

/* ---- helpers ---- */

static inline yq_digest yq_evm_hash(const yq_evm_call *call, yq_slice in)
{
    yq_digest md;
    call->host->hash(call->host->self, YQ_HASH_KECCAK256, &in, 1, md.b);
    return md;
}

static inline yq_status yq_evm_fail(const yq_evm_call *call, yq_status status, const char *text)
{
    return yq_fail(call->why, status, 0, text);
}

/* ceil(2n/3) */
static inline size_t yq_evm_quorum(size_t n)
{
    return (2 * n + 2) / 3;
}

/* ---- set.c ---- */

int yq_evm_set_new(const yq_evm_call *call, yq_evm_set *out);
void yq_evm_set_copy(yq_evm_set *to, const yq_evm_set *from);
int yq_evm_set_equal(const yq_evm_set *a, const yq_evm_set *b);
int yq_evm_set_find(const yq_evm_set *set, const uint8_t *address, size_t *place);
/* Adds an address in its place. Returns 0 when it is there already, or the set is full. */
int yq_evm_set_add(yq_evm_set *set, const uint8_t *address);
void yq_evm_set_remove(yq_evm_set *set, const uint8_t *address);

/* ---- header.c ---- */

/* Reads a header. Errors: decode codes; E_FIELD_UNKNOWN for items behind the known ones. */
YQ_NODISCARD yq_status
yq_evm_header_decode(const yq_evm_call *call, yq_slice raw, yq_evm_header *out);

/* Hash of the header with other extraData. */
yq_digest yq_evm_header_hash(const yq_evm_call *call, const yq_evm_header *header, yq_slice extra);

/* ---- sealed.c ---- */

/* Reads what the mode's header carries. Errors: decode codes; E_DUP_SIGNER for a validator that is
 * listed twice; E_DOMAIN for a header that is not of the mode's form. */
YQ_NODISCARD yq_status yq_evm_sealed_decode(
    const yq_evm_call *call,
    const yq_evm_state *state,
    const yq_evm_header *header,
    yq_evm_sealed *out);

/* Returns OK when at least ceil(2n/3) distinct members of the set made the committed seals, and
 * nobody else made one. Errors: E_SIGNATURES_MISSING, E_QUORUM, E_SIGNER_UNKNOWN, E_DUP_SIGNER,
 * E_SIG*, E_BUDGET. */
YQ_NODISCARD yq_status
yq_evm_seals_check(const yq_evm_call *call, const yq_evm_set *set, const yq_evm_sealed *sealed);

/* Recovers the address that made a 65-byte signature with v 0 or 1. Errors: E_SIG*, E_BUDGET. */
YQ_NODISCARD yq_status
yq_evm_signer(const yq_evm_call *call, const yq_digest *digest, yq_slice seal, uint8_t *address);

/* ---- votes.c ---- */

/* Applies the votes of a header whose seals hold: state's set becomes that of the next height.
 * Errors: E_SET_CHANGE (nobody is left), E_LIMIT. */
YQ_NODISCARD yq_status yq_evm_votes_apply(
    const yq_evm_call *call, yq_evm_state *state, uint64_t number, const yq_evm_sealed *sealed);

/* ---- clique.c ---- */

/* Checks the seal of one header after the state's rules: a signer that may sign, the difficulty of
 * its turn. Out: sealed->proposer; the state's recent signers. */
YQ_NODISCARD yq_status yq_evm_clique_check(
    const yq_evm_call *call,
    yq_evm_state *state,
    const yq_evm_header *header,
    yq_evm_sealed *sealed);

/* ---- contract.c ---- */

/* Reads a header's proof; failures are sticky in c. */
void yq_evm_take_contract_proof(const yq_evm_call *call, yq_cur *c, yq_evm_contract_proof *out);

/* Reads the nodes of one proof; failures are sticky in c. */
void yq_evm_take_nodes(const yq_evm_call *call, yq_cur *c, yq_mpt_proof *out);

/* Reads the set for the next height from the state after the last one. Out: state's set and
 * storage root. Errors: those of the proofs; E_SET_CHANGE for a list that is no set. */
YQ_NODISCARD yq_status yq_evm_contract_apply(
    const yq_evm_call *call, yq_evm_state *state, const yq_evm_contract_proof *proof);

/* An account's storage root. Out: present 0 when there is no such account. */
YQ_NODISCARD yq_status yq_evm_account(
    const yq_evm_call *call,
    const yq_digest *state_root,
    const uint8_t *address,
    const yq_mpt_proof *proof,
    yq_digest *storage_root,
    yq_slice *account,
    int *present);

/* A storage slot's value: 1 to 32 bytes without leading zeros, empty when it is zero. */
YQ_NODISCARD yq_status yq_evm_storage(
    const yq_evm_call *call,
    const yq_digest *storage_root,
    const uint8_t *slot,
    const yq_mpt_proof *proof,
    yq_slice *value);

/* ---- state.c ---- */

YQ_NODISCARD yq_status yq_evm_state_decode(const yq_evm_call *call, yq_slice in, yq_evm_state *out);
YQ_NODISCARD yq_status
yq_evm_state_encode(const yq_evm_call *call, const yq_evm_state *state, yq_buf *out);
/* Room for a state's lists in scratch. Returns 0 at the host's cap. */
int yq_evm_state_new(const yq_evm_call *call, yq_evm_state *out);
void yq_evm_state_copy(yq_evm_state *to, const yq_evm_state *from);

/* Puts the record of the state's height and, where it begins, the set that sealed it; drops what is
 * no longer kept. */
YQ_NODISCARD yq_status
yq_evm_records_put(const yq_evm_call *call, const yq_evm_state *state, const yq_evm_set *sealers);

/* Out: what is kept of a height. Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status
yq_evm_record_get(const yq_evm_call *call, uint64_t height, yq_evm_record *out);

/* The set of a height: a kept one, or the next one's. Errors: E_HEADER_UNKNOWN. */
YQ_NODISCARD yq_status
yq_evm_set_at(const yq_evm_call *call, const yq_evm_state *state, uint64_t height, yq_evm_set *out);

void yq_evm_take_digest(yq_cur *c, yq_digest *out);
void yq_evm_take_version(yq_cur *c);

/* ---- follow.c ---- */

/* Follows one header from the state to the next height: parent, form, seals, set. The state moves
 * only on OK. Out: sealers, the set that sealed it (room of YQ_EVM_VALIDATORS_MAX). */
YQ_NODISCARD yq_status yq_evm_follow(
    const yq_evm_call *call, yq_evm_state *state, const yq_evm_step *step, yq_evm_set *sealers);

/* ---- events.c ---- */

yq_status yq_evm_event(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *event,
    yq_fault *why);

yq_status yq_evm_value(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice key,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_value *value,
    yq_fault *why);

/* ---- anchor.c ---- */

yq_status yq_evm_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why);

/* The descriptor's entry, also named for the table. */
const yq_verifier *yq_verifier_evm(void);

#endif /* YQ_LIGHT_CLIENTS_EVM_EVM_H */
