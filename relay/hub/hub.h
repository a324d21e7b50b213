#ifndef YQ_RELAY_HUB_HUB_H
#define YQ_RELAY_HUB_HUB_H

#include "yuqiao/packet.h"
#include "yuqiao/verifier.h"

#include "relay/base/arena.h"
#include "relay/hub/export_cert.h"
#include "relay/hub/kv.h"
#include "relay/hub/methods.h"
#include "relay/hub/verifier_host.h"

/*
 * The state machine. Pure: (state, input) gives (state, output), equal on every node. All state
 * lies in the map; the struct is a context that can be made anew for every call and for every
 * reader (a read-only map whose put is never called serves for the typed reads). Results borrow
 * from the arena and live until the next call on the same context.
 */
#define YQ_HUB_ARENA_SIZE                                                                          \
    (24u << 20)               /* exactly this much is used of what is lent: a verdict on room      \
                                 must not depend on the node */
#define YQ_HUB_WORK_MAX 1000u /* pieces of time-driven work a block */

typedef struct yq_hub {
    const yq_kv *kv;
    yq_arena arena; /* over at least YQ_HUB_ARENA_SIZE bytes of the caller */
    const yq_verifier *const *verifier;
    size_t verifier_n;
    const yq_signature_checker *checker; /* NULL: one by one */
    yq_hash_memo *memo;                  /* of the caller, set after init; NULL: none */

    /* Set by the hub itself for the length of a call. */
    uint64_t height, time_ms;
    struct yq_hub_event *event;
    size_t event_n;
    size_t event_cap;
    uint8_t *event_subject; /* room for event_cap subjects */
    uint64_t quiet_until_ms;
    int exhausted; /* the arena ran out: the call's verdict is E_LIMIT */
    struct {
        yq_slice id;
        uint16_t approvals, voters;
        uint64_t delay_ms;
        yq_digest chain_id_hash;
        uint8_t single_operator, suite;
    } rules; /* of the genesis */
} yq_hub;

/* memory: at least YQ_HUB_ARENA_SIZE bytes, aligned for any type, which stay the caller's. */
void yq_hub_init(
    yq_hub *hub,
    const yq_kv *kv,
    void *memory,
    const yq_verifier *const *verifier,
    size_t verifier_n,
    const yq_signature_checker *checker);

typedef enum yq_role {
    YQ_ROLE_INVALID = 0,
    YQ_ROLE_ADMIN = 1,
    YQ_ROLE_OPERATOR = 2,
    YQ_ROLE_ADAPTER = 3,
    YQ_ROLE_GATEWAY = 4,
} yq_role;

/* ---- genesis -------------------------------------------------------------------------------- */

typedef struct yq_genesis_org {
    yq_slice code, name; /* unified social credit code; display name, UTF-8 */
    int votes;           /* has a vote in governance */
} yq_genesis_org;

typedef struct yq_genesis_key {
    yq_slice org;   /* code */
    yq_slice key;   /* SM2, 64 bytes */
    uint8_t role;   /* yq_role */
    yq_slice chain; /* bound to this chain; empty: none */
} yq_genesis_key;

typedef struct yq_validator {
    yq_slice key; /* of the ledger's suite */
    yq_slice org; /* code */
} yq_validator;

typedef struct yq_hub_params {
    yq_slice hub; /* this hub's chain id, "henan-main" */
    yq_digest chain_id_hash;
    uint8_t suite;           /* the ledger's own, YQ_SUITE_* */
    uint16_t approvals;      /* k of the voting organisations; 0 is refused */
    uint64_t delay_ms;       /* between approval and execution of a proposal */
    uint8_t single_operator; /* 1: one organisation alone may hold all votes */
    const yq_genesis_org *org;
    size_t org_n;
    const yq_genesis_key *key;
    size_t key_n;
    const yq_validator *validator; /* of the first epoch, by key, ascending */
    size_t validator_n;
    uint32_t alg;       /* the ledger's hash */
    uint64_t epoch;     /* the first: 1 */
    yq_digest set_hash; /* of the first validator set in the ledger's own suite; zero is refused */
} yq_hub_params;

/* Writes the first state. Errors: E_CONFIG_INVALID, E_THRESHOLD_LOW, E_SET_CONCENTRATION (one
 * voting organisation without single_operator), E_ZERO_ROOT; why names the field. */
YQ_NODISCARD yq_status yq_hub_genesis(yq_hub *hub, const yq_hub_params *params, yq_fault *why);

/* Tells the hub the set hash of an epoch in a suite, at the block that ends the epoch before. */
YQ_NODISCARD yq_status
yq_hub_note_set(yq_hub *hub, uint64_t epoch, uint8_t suite, const yq_digest *set_hash);

/*
 * The recovery set's change of the validators (change.h) begins an epoch: before the first block of
 * it. In: set_hash, of the set that follows from the change, in the ledger's own suite. Errors: as
 * yq_validators_recover; E_STATE (another epoch's); nothing was written.
 */
YQ_NODISCARD yq_status yq_hub_recover(
    yq_hub *hub,
    uint64_t epoch,
    yq_slice change,
    uint8_t suite,
    const yq_digest *set_hash,
    yq_fault *why);

/* ---- a block -------------------------------------------------------------------------------- */

typedef enum yq_hub_event_kind {
    YQ_HUB_EVENT_INVALID = 0,
    YQ_HUB_EVENT_ORG = 1,      /* subject: organisation's code; value: 1 registered, 2 key added, 3
                                  key removed */
    YQ_HUB_EVENT_PROPOSAL = 2, /* subject: u64 number; value: yq_proposal_state */
    YQ_HUB_EVENT_CHAIN = 3,    /* subject: chain; value: yq_chain_state */
    YQ_HUB_EVENT_CLIENT = 4,   /* subject: chain; value: height */
    YQ_HUB_EVENT_SERVICE = 5,  /* subject: chain; value: kind */
    YQ_HUB_EVENT_LANE = 6,     /* subject: destination chain; value: order */
    YQ_HUB_EVENT_MESSAGE = 7,  /* subject: message id; value: yq_message_state */
    YQ_HUB_EVENT_ALARM = 8,    /* subject: chain or message id; value: the status as u64 of its
                                  absolute number */
    YQ_HUB_EVENT_OUTBOX = 9,   /* subject: destination chain; value: index of a new leaf */
    YQ_HUB_EVENT_INBOX = 10,   /* subject: chain; value: highest height of its inbox */
    YQ_HUB_EVENT_VALIDATORS = 11, /* subject: u64 epoch; value: how many there will be */
    YQ_HUB_EVENT_EVIDENCE = 12,   /* subject: a validator's key; value: yq_evidence_kind */
    YQ_HUB_EVENT_EXPORT_KEY = 13, /* subject: a validator's key; value: the suite */
} yq_hub_event_kind;

typedef struct yq_hub_event {
    uint16_t kind; /* yq_hub_event_kind */
    yq_slice subject;
    uint64_t value;
} yq_hub_event;
#define YQ_HUB_EVENTS_MAX 4096u

typedef struct yq_hub_result {
    yq_status status; /* OK, or a reject: then nothing of the transaction stays in the state */
    yq_fault why;     /* on a reject; not hashed */
    yq_slice data;    /* of the method: message ids, a proposal's number, ... */
    const yq_hub_event *event;
    size_t event_n;
} yq_hub_result;

/*
 * Opens a block and does the work that is due, in order of (due time, key), at most
 * YQ_HUB_WORK_MAX. time_ms is the header's and never goes back. Out: events of that work in result.
 */
void yq_hub_begin_block(yq_hub *hub, uint64_t height, uint64_t time_ms, yq_hub_result *result);

/*
 * Executes one transaction. In: signer, the envelope's (its signature and sequence are the ledger's
 * business); tx as in methods.h. Never a fault: any bytes give a status. Out: result.
 */
void yq_hub_execute(yq_hub *hub, const yq_digest *signer, yq_slice tx, yq_hub_result *result);

typedef struct yq_destination {
    yq_slice chain;
    uint8_t suite;
    uint32_t hash; /* yq_hash_alg */
    uint64_t size;
    yq_digest root;
} yq_destination;

typedef struct yq_export_root {
    uint8_t suite;
    yq_digest root; /* never zero here: suites without a destination that has a leaf are left out */
} yq_export_root;

typedef struct yq_block_end {
    const yq_destination *destination; /* size > 0 only; sorted by chain id */
    size_t destination_n;
    yq_export_root root[4]; /* by suite, ascending */
    size_t root_n;
} yq_block_end;

/* Closes the block. Out: end, over all destinations (also read-only: what the state says now).
 * Drops what earlier reads gave out, like begin_block, execute and note_set. */
void yq_hub_end_block(yq_hub *hub, yq_block_end *end);

/* Writes down which certificates of other suites the block calls for (export.h), before its state
 * is final. In: end, as yq_hub_end_block gave it for this block. */
void yq_hub_note_exports(yq_hub *hub, const yq_block_end *end);

/* The protocol version that a block of this height has: 1, and what governance has activated since.
 */
uint16_t yq_hub_version(yq_hub *hub, uint64_t height);

/* Returns OK and the public key and role of a signer; the ledger admits envelopes of known signers
 * only. Errors: E_SIGNER_UNKNOWN. */
typedef struct yq_signer_view {
    yq_slice key; /* 64 bytes */
    yq_slice org, chain;
    uint8_t role; /* yq_role */
} yq_signer_view;
YQ_NODISCARD yq_status yq_hub_signer(yq_hub *hub, const yq_digest *signer, yq_signer_view *out);

/* ---- validators ----------------------------------------------------------------------------- */

typedef struct yq_validators {
    uint64_t epoch;
    uint64_t from_height; /* of the epoch's first block; 0: the epoch is still to come */
    uint32_t alg;
    uint8_t suite;
    size_t n;
    yq_validator item[YQ_VALIDATORS_MAX]; /* by key, ascending */
} yq_validators;

/* The validators of an epoch (0: the present one). Returns OK also for the next one, when
 * governance has decided on it. Errors: E_NOT_FOUND. */
YQ_NODISCARD yq_status yq_hub_validators(yq_hub *hub, uint64_t epoch, yq_validators *out);

/*
 * Certificates of other suites. The newest Export, the one of the block that ended an epoch, the
 * set of an epoch when all its validators have a key, and one validator's key. Out: export_, whose
 * hub borrows; address of YQ_ADDRESS_SIZE. Errors: E_NOT_FOUND, E_NOSPC.
 */
YQ_NODISCARD yq_status yq_hub_export(yq_hub *hub, uint8_t suite, yq_export *export_);
YQ_NODISCARD yq_status
yq_hub_export_end(yq_hub *hub, uint64_t epoch, uint8_t suite, yq_export *export_);
YQ_NODISCARD yq_status
yq_hub_export_set(yq_hub *hub, uint64_t epoch, uint8_t suite, yq_export_set *set);
YQ_NODISCARD yq_status
yq_hub_export_address(yq_hub *hub, uint8_t suite, yq_slice validator, uint8_t *address);

typedef enum yq_evidence_kind {
    YQ_EVIDENCE_INVALID = 0,
    YQ_EVIDENCE_PROPOSE = 1,  /* two headers in one view */
    YQ_EVIDENCE_NOTARIZE = 2, /* two blocks in one view */
    YQ_EVIDENCE_CONFLICT = 3, /* FINALIZE and NULLIFY of one view */
    YQ_EVIDENCE_FINALIZE = 4, /* two results in one view */
} yq_evidence_kind;
const char *yq_evidence_kind_name(uint8_t kind);

/* What one validator signed twice. Nobody is removed for it but by governance. */
typedef struct yq_evidence {
    uint64_t epoch, view;
    uint16_t signer;
    uint8_t kind;     /* yq_evidence_kind */
    uint64_t height;  /* of the block that recorded it */
    uint64_t time_ms; /* of that block */
    yq_slice key, org, one, two;
} yq_evidence;

/* The record after the one in item (all zero: the first). Returns 0 at the end. */
int yq_hub_evidence_next(yq_hub *hub, yq_evidence *item);

/* ---- typed reads ---------------------------------------------------------------------------- */

typedef enum yq_chain_state {
    YQ_CHAIN_INVALID = 0,
    YQ_CHAIN_DRAFT = 1,
    YQ_CHAIN_VOTING = 2,
    YQ_CHAIN_ACTIVE = 3,
    YQ_CHAIN_LAGGING = 4,
    YQ_CHAIN_FROZEN = 5,
    YQ_CHAIN_DRAINING = 6,
    YQ_CHAIN_RETIRED = 7,
} yq_chain_state;

/* "draft", "voting", ...: for the API; "invalid" for an unknown number. */
const char *yq_chain_state_name(uint8_t state);

typedef struct yq_chain {
    yq_slice id, name, framework, org;
    uint32_t verifier; /* version */
    uint8_t state;     /* yq_chain_state */
    uint64_t proposal;
    yq_slice inbox, inbox_event; /* empty: source only */
    uint8_t hash, suite;
    yq_slice anchor;
    uint64_t frozen_until_ms; /* while FROZEN: 0 = until governance */
    uint8_t misbehaved;       /* 1: a contradiction was proven */
    uint8_t inbox_open;       /* 1: its STATE carried this hub's own set hash */
    yq_inbox_state inbox_state;
    yq_slice freeze_reason;
    uint64_t trust_ms;        /* trust period of its light client; 0: none */
    uint64_t trusted_from_ms; /* the ledger's time of its last update, or vote */
} yq_chain;

YQ_NODISCARD yq_status yq_hub_chain(yq_hub *hub, yq_slice id, yq_chain *out);
/* The first chain after id in the order of ids' lengths and bytes (empty: the first). Returns 0 at
 * the end. Does not drop earlier results of the context: see yq_hub_reset. */
int yq_hub_chain_next(yq_hub *hub, yq_slice id, yq_chain *out);

/* Drops what earlier reads gave out and frees the arena. Reads do not do so by themselves. */
void yq_hub_reset(yq_hub *hub);

/* What the chain's light client says about itself. Errors: E_NOT_FOUND, E_UNSUPPORTED (verifier not
 * here), decode codes. */
YQ_NODISCARD yq_status yq_hub_client(yq_hub *hub, yq_slice chain, yq_client_view *out);

typedef enum yq_service_kind {
    YQ_SERVICE_INVALID = 0,
    YQ_SERVICE_CONTRACT = 1,
    YQ_SERVICE_MAPPED = 2,
} yq_service_kind;

typedef struct yq_service {
    yq_slice chain, service;
    uint8_t kind; /* yq_service_kind */
    yq_slice emitter, event;
    uint64_t from_height;
    uint8_t ordered;
} yq_service;

YQ_NODISCARD yq_status
yq_hub_service(yq_hub *hub, yq_slice chain, yq_slice service, yq_service *out);
int yq_hub_service_next(yq_hub *hub, yq_slice chain, yq_slice service, yq_service *out);

typedef struct yq_lane {
    yq_slice src_chain, src_service, dst_chain, dst_service;
    uint8_t order, grade_min;
    uint64_t patience_ms;
    uint32_t payload_max, per_minute_max;
    uint8_t paused; /* by a size cap: an open of the same lane clears it */
} yq_lane;

/* In: the four names in lane. Out: the rest. */
YQ_NODISCARD yq_status yq_hub_lane(yq_hub *hub, yq_lane *lane);
/* In: the four names of the one before (all empty: the first). Returns 0 at the end. */
int yq_hub_lane_next(yq_hub *hub, yq_lane *lane);

typedef enum yq_proposal_state {
    YQ_PROPOSAL_INVALID = 0,
    YQ_PROPOSAL_OPEN = 1,
    YQ_PROPOSAL_APPROVED = 2, /* waits for its delay */
    YQ_PROPOSAL_EXECUTED = 3,
    YQ_PROPOSAL_REJECTED = 4,
    YQ_PROPOSAL_FAILED = 5,  /* approved, but no longer possible: status says why */
    YQ_PROPOSAL_EXPIRED = 6, /* not approved within 30 days */
} yq_proposal_state;
const char *yq_proposal_state_name(uint8_t state);

typedef struct yq_proposal {
    uint64_t number;
    uint16_t method; /* yq_method that made it */
    uint8_t state;   /* yq_proposal_state */
    yq_digest proposer;
    yq_slice org, subject; /* proposer's organisation; the chain */
    uint64_t created_ms, due_ms;
    uint16_t approvals, rejections, needed;
    int32_t status; /* of its execution */
    yq_slice body;  /* the transaction's map */
} yq_proposal;

YQ_NODISCARD yq_status yq_hub_proposal(yq_hub *hub, uint64_t number, yq_proposal *out);
uint64_t yq_hub_proposal_count(yq_hub *hub); /* numbers 1..count */

typedef enum yq_message_state {
    YQ_MESSAGE_INVALID = 0,
    YQ_MESSAGE_HELD = 1,       /* no leaf yet */
    YQ_MESSAGE_COMMITTED = 2,  /* in the destination's outbox */
    YQ_MESSAGE_CANCELLING = 3, /* in doubt: its cancel is written too */
    YQ_MESSAGE_ACKED = 4,      /* status says ok or error */
    YQ_MESSAGE_CANCELLED = 5,
    YQ_MESSAGE_REFUSED = 6,
    YQ_MESSAGE_SETTLED = 7, /* the source has executed the acknowledgement */
    YQ_MESSAGE_UNDO_FAILED = 8,
    YQ_MESSAGE_PREPARED = 10, /* a group's member that can do either */
    YQ_MESSAGE_FORCED = 9,    /* two persons named the outcome: status says which */
} yq_message_state;
const char *yq_message_state_name(uint8_t state);

typedef struct yq_message {
    yq_digest id;
    uint8_t kind, order, state; /* yq_packet_kind, yq_order, yq_message_state */
    uint8_t mapped, conflict;   /* from a mapped event: no acknowledgement to the source */
    uint8_t forced;             /* 1: status was named by two persons, not proven */
    uint8_t status;             /* yq_done_status, 0: none yet */
    int32_t code;               /* refused by the hub: a yq_status; else the inbox's code */
    yq_slice src_chain, src_service, dst_chain, dst_service, sender;
    uint64_t sequence, deadline_ms, accepted_ms;
    uint64_t index, cancel_index, ack_index; /* YQ_INDEX_NONE: none */
    yq_digest commitment;                    /* in the destination's hash */
    yq_digest payload_sm3;
    yq_digest group; /* zero: none */
    uint64_t source_height;
    yq_slice source_tx_id;
    uint32_t source_event_index;
    uint32_t trace_n;
    uint64_t arrival;
} yq_message;

/* The state is final: nothing further is expected. */
int yq_message_is_final(const yq_message *message);

YQ_NODISCARD yq_status yq_hub_message(yq_hub *hub, const yq_digest *id, yq_message *out);
/* Newest first: the message that arrived before `before` (0: the newest). Returns 0 at the end. Use
 * out->arrival as the next `before`. */
int yq_hub_message_before(yq_hub *hub, uint64_t before, yq_message *out);
uint64_t yq_hub_message_count(yq_hub *hub);

typedef enum yq_trace_step {
    YQ_STEP_INVALID = 0,
    YQ_STEP_PROVEN = 1,
    YQ_STEP_HELD = 2,
    YQ_STEP_COMMITTED = 3,
    YQ_STEP_REFUSED = 4,
    YQ_STEP_CANCELLING = 5,
    YQ_STEP_DONE = 6,         /* the destination's receipt was proven */
    YQ_STEP_ACKNOWLEDGED = 7, /* the acknowledgement is in the source's outbox */
    YQ_STEP_SETTLED = 8,
    YQ_STEP_UNDO_FAILED = 9,
    YQ_STEP_CONFLICT = 10,
    YQ_STEP_DECIDED = 12, /* its group's commit or undo is in the outbox; code: the packet's kind */
    YQ_STEP_FORCED = 11,  /* hash: SM3 of the reason; code: the outcome */
} yq_trace_step;
const char *yq_trace_step_name(uint8_t step);

typedef struct yq_trace {
    uint8_t step;             /* yq_trace_step */
    uint64_t height, time_ms; /* of the hub's block */
    yq_digest hash;           /* what the step is about: commitment or digest of the proof */
    uint64_t foreign_height;  /* proven steps: the foreign block; leaves: the index */
    yq_slice proof;           /* proven steps: the foreign transaction id */
    int32_t code;
} yq_trace;

YQ_NODISCARD yq_status yq_hub_trace(yq_hub *hub, const yq_digest *id, uint32_t n, yq_trace *out);

typedef struct yq_outbox_view {
    uint64_t size, done;
    yq_digest root;
} yq_outbox_view;

YQ_NODISCARD yq_status yq_hub_outbox(yq_hub *hub, yq_slice chain, yq_outbox_view *out);
/* Out: indices >= from that are not done, ascending. Returns their count, at most cap. */
size_t yq_hub_outbox_open(yq_hub *hub, yq_slice chain, uint64_t from, uint64_t *index, size_t cap);

/*
 * Makes a delivery of at most limit open packets with index >= from, out of the state and the
 * certificate of the block that the state belongs to. Control packets (kinds 9, 10) go first, the
 * others in order of index. Out: out, canonical bytes of yq_delivery; out->n = 0 and
 * E_NOT_FOUND when nothing is open. Errors: E_CHAIN_FROZEN never: what has a leaf may be delivered;
 * E_NOSPC.
 */
YQ_NODISCARD yq_status yq_hub_delivery(
    yq_hub *hub, yq_slice chain, uint64_t from, size_t limit, yq_slice certificate, yq_buf *out);

#endif /* YQ_RELAY_HUB_HUB_H */
