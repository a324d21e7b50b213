#ifndef YQ_RELAY_BFT_BFT_H
#define YQ_RELAY_BFT_BFT_H

#include "relay/bft/types.h"

/*
 * The consensus core: step(state, event) -> actions. It has no clock, socket, disk, thread or key;
 * the host (yuqiaod, or the simulator) feeds events and performs the actions in order. Memory is
 * the caller's and fixed at the start.
 *
 * The host's duties:
 * - Start: YQ_BFT_RECORD for each record of the log in order, then one YQ_BFT_START. Before the log
 *   a CERT record for the F of each block that an epoch ended with and the state keeps, oldest
 *   first: with these the core brings nodes on that stayed behind by epochs (it holds the newest
 * 64).
 * - PERSIST: append the record to the log, in order. With has_block the bodies of all envelopes of
 *   that block go into the log as well, before the record counts as durable. sync = 1: make it (and
 *   all before it) durable in this turn, then answer PERSISTED{seq}; sync = 0 may wait for the next
 *   one. A failed write or fsync stops the process.
 * - SIGN: sign m with the node's own key (the guard notes epoch and view first), answer SIGNED.
 *   The core asks only after what the signature commits to is durable.
 * - SEND: give bytes to one validator (index in the present set), or to a peer id that a RECEIVE
 *   brought, or to all validators but this node. May be lost.
 * - TIMER: call TIMEOUT at at_ms; the newest replaces the older ones.
 * - PAYLOAD: answer with envelopes that may follow the block parent_hash (fixed cost limit, bodies
 *   held and verified), or with none.
 * - VALIDATE: are the block's envelopes verified, held, includable on its parent? Answer VALIDATED
 *   with OK, with WAIT (bodies are still to come: the core asks again later, and at once on BODY),
 * or INVALID (false for ever).
 * - EXECUTE: execute on the state after parent_hash, answer EXECUTED. Total: it always has a
 * result. Where bodies are missing, fetch them first.
 * - COMMIT: write block, certificate (if has_cert), state and index in one synced batch, then
 *   answer COMMITTED. Heights come without gap and one is outstanding at a time, but where SYNC
 *   brings the same heights; a height that is there already is answered with COMMITTED of the tip.
 * - SYNC: blocks up to the height of cert.info are missing: fetch BLOCKS from peers, check the hash
 *   chain back from cert.info.h, execute, commit each and answer COMMITTED for each. Asked again
 *   from time to time until the tip is there. What is committed already is not an error.
 * - EVIDENCE: two signed messages that no honest validator sends. DIVERGENCE: alarm; the core signs
 *   nothing more. UPGRADE: what is committed is whole, and the next block is of a version that this
 *   program does not know: stop, and say so; the core signs nothing more. LOG_DROP: records of
 * (epoch, view) and below are no longer needed.
 */

/* Peer numbers: validators of the present epoch are 0..n-1; the host gives others any number from
 * YQ_BFT_PEER_OTHER on. */
#define YQ_BFT_PEER_OTHER 64u
#define YQ_BFT_ALL        UINT32_MAX
#define YQ_BFT_NOBODY     UINT16_MAX /* own index of a node that is not in the set */

#define YQ_BFT_ACTIONS_MAX 160u
#define YQ_BFT_OUT_SIZE    ((size_t)6 * YQ_PROPOSAL_SIZE_MAX)

typedef struct yq_bft_config {
    uint32_t hash_alg;  /* YQ_HASH_SM3 or YQ_HASH_SHA256, fixed at genesis */
    uint32_t view_n;    /* views kept, a power of two, 32..1024; half of them above the final view:
                         * so many leaders in a row may fail before the chain stops for good */
    uint32_t env_n_max; /* envelopes a block that this node accepts, 1..YQ_BLOCK_ENVELOPE_N_MAX */
    uint32_t t0_ms;     /* first timer, 100..30000; default 1000 */
    uint32_t heartbeat_ms; /* a block at least this often, 0: never; default 10000 */
    uint16_t version_max;  /* the newest protocol version that this node runs */
    uint8_t own_key[64];   /* raw public key; its index in each epoch's set is found by it */
    yq_sig_checker check;  /* NULL: yq_sig_check_suite */
    void *check_self;
} yq_bft_config;

/* What executing one block gave. */
typedef struct yq_bft_result {
    yq_digest result_root, export_root;
    /* Set hash of the validator set that is pending in the state after this block and due
     * (not_before_ms <= header.time_ms); zero: none. The next block then ends the epoch. */
    yq_digest pending_valset_hash;
    uint16_t version; /* of the protocol, by the state: what the next block's header must name */
} yq_bft_result;

/* A block known to be final, as START and COMMITTED bring it. Genesis: a header with epoch, view,
 * height and parents 0. */
typedef struct yq_bft_tip {
    yq_header header;
    yq_digest h;
    yq_bft_result result;
} yq_bft_tip;

typedef enum yq_bft_verdict {
    YQ_BFT_VERDICT_INVALID = 0, /* false for ever */
    YQ_BFT_VERDICT_OK = 1,
    YQ_BFT_VERDICT_WAIT = 2,
} yq_bft_verdict;

typedef enum yq_bft_event_kind {
    YQ_BFT_NO_EVENT = 0,
    YQ_BFT_RECORD,    /* bytes: a record of the log as PERSIST gave it; before START only */
    YQ_BFT_START,     /* tip, base, set, cert (or NULL) */
    YQ_BFT_RECEIVE,   /* from, bytes: a message as SEND gave it, over an authenticated link */
    YQ_BFT_PEER_UP,   /* from: a link came up */
    YQ_BFT_TIMEOUT,   /* nothing but the time */
    YQ_BFT_PERSISTED, /* seq: all PERSIST up to it are durable */
    YQ_BFT_SIGNED,    /* token, sig */
    YQ_BFT_POOL, /* work: 1 when an envelope older than 50 ms waits that is not in a final block,
                    else 0. Sent on each change */
    YQ_BFT_PAYLOAD_READY, /* token, digests, digest_n, tx_n */
    YQ_BFT_VALIDATED,     /* h, verdict */
    YQ_BFT_BODY,          /* bodies came in: ask VALIDATE again */
    YQ_BFT_EXECUTED,      /* h, result */
    YQ_BFT_COMMITTED,     /* tip; cert of it where the host has one (SYNC), or NULL; set: the next
                             epoch's set when the block has EPOCH_END, else NULL */
} yq_bft_event_kind;

/* Bytes belong to the caller and are read during the call only. */
typedef struct yq_bft_event {
    yq_bft_event_kind kind;
    uint64_t now_ms;  /* monotonic clock */
    uint64_t wall_ms; /* wall clock: gates own votes and the time of own proposals only */
    uint32_t from;
    yq_slice bytes;
    uint64_t seq;   /* PERSISTED */
    uint64_t token; /* SIGNED, PAYLOAD_READY */
    const uint8_t *sig;
    int work;
    const uint8_t *digests; /* digest_n x 32 */
    uint32_t digest_n, tx_n;
    yq_digest h;
    yq_bft_verdict verdict;
    yq_bft_result result;
    /* START: tip is the last committed block, base the epoch's first parent (genesis, or the block
     * that the epoch before ended with, by EPOCH_END or by a recovery; equal to tip when nothing is
     * committed in this epoch yet), set the present epoch's. cert: the newest F held of the tip,
     * needed when the tip is of this epoch and not in the log; at an epoch's start: the F that
     * ended the last one. */
    const yq_bft_tip *tip, *base;
    const yq_valset *set;
    const yq_cert *cert;
} yq_bft_event;

typedef enum yq_bft_action_kind {
    YQ_BFT_NO_ACTION = 0,
    YQ_BFT_PERSIST,    /* seq, bytes, sync, has_block (h, header, digests) */
    YQ_BFT_SEND,       /* to, bytes */
    YQ_BFT_SIGN,       /* token, m; type, epoch, view for the guard */
    YQ_BFT_TIMER,      /* at_ms */
    YQ_BFT_PAYLOAD,    /* token, parent_hash */
    YQ_BFT_VALIDATE,   /* h, header, digests */
    YQ_BFT_EXECUTE,    /* h, header, digests */
    YQ_BFT_COMMIT,     /* h, header, digests, cert or NULL, result */
    YQ_BFT_SYNC,       /* cert: its info names the target */
    YQ_BFT_EVIDENCE,   /* evidence, bytes and bytes2: two votes */
    YQ_BFT_DIVERGENCE, /* h: own result differs from the one that others certify */
    YQ_BFT_LOG_DROP,   /* epoch, view */
    YQ_BFT_UPGRADE,    /* version: what follows the tip needs a newer program */
} yq_bft_action_kind;

typedef enum yq_bft_evidence {
    YQ_BFT_EV_NONE = 0,
    YQ_BFT_EV_PROPOSE = 1,  /* two headers, one view, one leader */
    YQ_BFT_EV_NOTARIZE = 2, /* two h, one view */
    YQ_BFT_EV_CONFLICT = 3, /* FINALIZE and NULLIFY of one view */
    YQ_BFT_EV_FINALIZE = 4, /* two FinalInfo, one view */
} yq_bft_evidence;

/* All pointers are the core's and live until the next step. */
typedef struct yq_bft_action {
    yq_bft_action_kind kind;
    uint32_t to;
    yq_slice bytes, bytes2;
    uint64_t seq, token, at_ms;
    int sync, has_block;
    uint16_t version; /* UPGRADE */
    uint8_t type;
    uint64_t epoch, view;
    yq_digest m, h, parent_hash;
    const yq_header *header;
    const uint8_t *digests;
    const yq_cert *cert;
    yq_bft_result result;
    yq_bft_evidence evidence;
} yq_bft_action;

typedef struct yq_bft_actions {
    size_t n;
    yq_bft_action item[YQ_BFT_ACTIONS_MAX];
} yq_bft_actions;

/* For status pages and the simulator's checks. */
typedef struct yq_bft_view {
    uint64_t epoch, view, fin_view, height;
    uint64_t fin_height; /* of the newest final block of this epoch that is known; 0: none */
    yq_digest tip;
    uint64_t timer_ms;  /* T(view) */
    uint16_t own, n, q; /* own: YQ_BFT_NOBODY for an observer */
    int halted;         /* after DIVERGENCE or UPGRADE */
    uint64_t dropped;   /* messages refused as malformed or wrongly signed */
    uint64_t unsent;    /* messages that found no room in a step's actions */
} yq_bft_view;

typedef struct yq_bft yq_bft;

/* Returns the bytes that yq_bft_new needs (aligned for any type), 0 when cfg is invalid. */
size_t yq_bft_footprint(const yq_bft_config *cfg);

/* Makes a core in mem (yq_bft_footprint(cfg) bytes). Returns NULL when cfg is invalid. Owns: mem is
 * borrowed until the caller stops using the core; there is nothing to free. */
yq_bft *yq_bft_new(void *mem, const yq_bft_config *cfg);

/*
 * Takes one event. Out: the actions, in the order in which they are to be performed. Returns OK, or
 * why a RECEIVE was refused (-1xx, -2xx: the sender is to blame, drop the link) or a RECORD could
 * not be read (E_CORRUPT and -1xx: the log is damaged). Nothing that a peer sends trips an
 * assertion.
 */
YQ_NODISCARD yq_status yq_bft_step(yq_bft *b, const yq_bft_event *ev, yq_bft_actions *out);

/* Out: what the core stands at. */
void yq_bft_look(const yq_bft *b, yq_bft_view *out);

/* The SIGN rule: returns 1 when the node may sign for (epoch, view): a member, not halted, epoch is
 * its own and view lies above the final one. */
int yq_bft_may_sign(const yq_bft *b, uint64_t epoch, uint64_t view);

/* A message's kind: the first of its bytes. The rest is the encoding of types.h, or as below. */
typedef enum yq_bft_message {
    YQ_BFT_MSG_INVALID = 0,
    YQ_BFT_MSG_PROPOSAL = 1,
    YQ_BFT_MSG_VOTE = 2,
    YQ_BFT_MSG_CERT = 3,
    YQ_BFT_MSG_BLOCK_REQUEST = 4, /* b32 h */
    YQ_BFT_MSG_BLOCK = 5,         /* header, digests */
    YQ_BFT_MSG_CERTS_REQUEST = 6, /* u64 epoch, u64 from, u64 to */
    YQ_BFT_MSG_STATUS = 7,        /* u64 epoch, view, fin_view, height; b32 tip */
} yq_bft_message;
#define YQ_BFT_MESSAGE_SIZE_MAX (1u + YQ_PROPOSAL_SIZE_MAX)

/* A log record: u8 type, u64 epoch, u64 view, body. */
typedef enum yq_bft_record {
    YQ_BFT_REC_INVALID = 0,
    YQ_BFT_REC_VIEW = 1,      /* entered */
    YQ_BFT_REC_PROPOSED = 2,  /* proposal without signature */
    YQ_BFT_REC_NOTARIZED = 3, /* b32 h */
    YQ_BFT_REC_NULLIFIED = 4,
    YQ_BFT_REC_FINALIZED = 5, /* FinalInfo */
    YQ_BFT_REC_CERT = 6,      /* Cert */
    YQ_BFT_REC_BLOCK = 7,     /* header, digests; the host adds the bodies */
    YQ_BFT_REC_EPOCH = 8,     /* an epoch began */
} yq_bft_record;
#define YQ_BFT_RECORD_SIZE_MAX (17u + YQ_PROPOSAL_SIZE_MAX)

#endif /* YQ_RELAY_BFT_BFT_H */
