#ifndef YQ_RELAY_BFT_INTERNAL_H
#define YQ_RELAY_BFT_INTERNAL_H

/* The core's own state: shared by its files, by nobody else. */

#include "relay/base/assert.h"
#include "relay/bft/bft.h"
#include "relay/bft/mutants.h"

#define SIGNS_MAX         96u /* votes between decision and send */
#define PENDING_VIEWS_MAX YQ_PENDING_VIEWS_MAX
#define EPOCH_ENDS_MAX    64u /* certificates that ended an epoch, kept for laggards */
#define STATUS_MS         5000u
#define CLOCK_SLACK_MS    2000u
#define TIMER_MS_MAX      30000u
#define CERTS_ANSWER_MAX  16u
/* Kept free in every step for records and signatures, which must not be lost for want of room. */
#define ACTIONS_RESERVE   64u
#define OUT_RESERVE       ((size_t)3 * YQ_PROPOSAL_SIZE_MAX)

typedef struct vote_n {
    uint8_t have, good;
    yq_digest h;
    uint8_t sig[64];
} vote_n;

typedef struct vote_x {
    uint8_t have, good;
    uint8_t sig[64];
} vote_x;

typedef struct vote_f {
    uint8_t have, good;
    yq_final_info info;
    uint8_t sig[64];
} vote_f;

typedef enum exec_state {
    EXEC_NONE = 0,
    EXEC_ASKED,
    EXEC_DONE,
} exec_state;

typedef enum check_state {
    CHECK_NONE = 0,
    CHECK_ASKED,
    CHECK_WAIT, /* told WAIT: ask again */
    CHECK_OK,
    CHECK_INVALID,
} check_state;

/* A block that is held (header and envelope digests). */
typedef struct block {
    uint8_t held;
    uint8_t from_leader; /* a proposal with the leader's signature, not only a fetched block */
    uint8_t parent_type; /* type of the certificate that the proposal carried, 0: none needed */
    uint8_t early;       /* time was ahead of the clock at first receipt */
    uint8_t late;        /* time was too far behind it */
    uint8_t need_exec;   /* an ancestor of what is final */
    exec_state exec;
    check_state check;
    yq_digest h;
    yq_header header;
    uint8_t *digests; /* env_n_max x 32, the slot's own */
    yq_bft_result result;
    uint8_t sig[64]; /* of the proposal */
} block;

/* What is known of one view. */
typedef struct slot {
    uint64_t view; /* 0: free */
    /* Own votes, durable before they are sent. */
    uint8_t voted_n, voted_x, voted_f, proposed;
    yq_digest nota;
    yq_final_info fin;
    uint8_t has_n, has_x;
    uint32_t accused; /* validators against whom evidence of this view was given */
    unsigned repeats; /* of NOTARIZE votes, for the mutant that counts them */
    yq_cert n, x;
    block block;
    vote_n *vn; /* one a validator */
    vote_x *vx;
    vote_f *vf;
} slot;

typedef struct sign_job {
    uint8_t used, asked;
    uint8_t type;
    uint64_t view, seq, token;
} sign_job;

struct yq_bft {
    yq_bft_config cfg;
    uint64_t now, wall;
    int started, halted;

    yq_valset set;
    uint16_t own, n, q, f;
    uint64_t epoch, view, fin_view;
    yq_cert fin; /* F of fin_view; type 0: none in this epoch */
    yq_bft_tip tip, base;
    uint8_t end_n;
    yq_cert end[EPOCH_ENDS_MAX]; /* ring by epoch */

    slot *slots; /* view_n of them, by view modulo view_n */
    uint64_t entered_ms, commit_ms;
    int armed, entered_now;
    uint64_t t_lead, t_adv, resend_ms, status_ms, check_ms, timer_ms;
    unsigned mutant_k; /* timers counted locally */
    int pool_work;
    int committing; /* a COMMIT is not answered yet */
    int diverged_told;

    /* Own proposal of proposal_view: bytes with room for the signature behind them. */
    uint64_t proposal_view;
    size_t proposal_size;
    int proposal_signed;
    uint8_t *proposal;
    uint64_t payload_token, payload_view; /* PAYLOAD that is not answered yet; 0: none */
    yq_digest payload_parent;
    uint8_t *payload; /* digests of the answer */
    uint32_t payload_n, payload_tx_n;
    int payload_ready;
    uint64_t payload_again_ms; /* it had none: not asked before */

    uint64_t persist_seq, durable_seq, token;
    uint64_t fin_seq; /* record of fin */
    sign_job job[SIGNS_MAX];
    uint64_t resign_view; /* restart: own votes above it are still to be signed again; 0: none */

    yq_digest fetch_h;
    uint64_t fetch_ms, sync_ms, sync_since_ms, certs_ms;
    unsigned fetch_tries, asked_peer;
    int fetching;
    /* Per validator, the last for all others: when a laggard, a request was last answered. */
    uint64_t repair_ms[YQ_VALIDATORS_MAX + 1], answer_ms[YQ_VALIDATORS_MAX + 1];
    uint64_t claim_ms[YQ_VALIDATORS_MAX + 1]; /* when its claim to be ahead was last followed */

    uint64_t dropped, unsent;
    yq_block_proposal scratch, draft;
    yq_cert scratch_cert;
    yq_digest *leaves; /* scratch for payload roots */

    yq_bft_actions *out; /* during a step */
    size_t out_n;
    uint8_t *out_bytes;
};

/* slots.c: windows of views, blocks and their ancestors. */
int view_in_window(const yq_bft *b, uint64_t view);
slot *slot_find(yq_bft *b, uint64_t view);          /* NULL: not in use */
slot *slot_make(yq_bft *b, uint64_t view);          /* NULL: outside the window */
slot *slot_of_block(yq_bft *b, const yq_digest *h); /* NULL: the block is not held */
/* The EPOCH_END block at s or below its SUFFIX blocks, or NULL. Out: missing, the block on the way
 * that is not held, or zero. */
slot *slot_of_end(yq_bft *b, slot *s, yq_digest *missing);
void slots_clear(yq_bft *b);
void block_set(yq_bft *b, slot *s, const yq_header *header, const uint8_t *digests);
int digest_equal(const yq_digest *x, const yq_digest *y);
int digest_zero(const yq_digest *x);

/* What is to be known of a block's parent; executed 0: result is not there yet. found 0: a block is
 * not held, the parent or one below it that a SUFFIX block stands on. */
typedef struct parent {
    int found, executed;
    yq_digest missing;
    uint64_t height, time_ms;
    slot *slot;           /* NULL: the tip or the base */
    slot *end;            /* EPOCH_END block at or below it, above the tip */
    yq_bft_result result; /* of the block whose result a child names */
} parent;
parent parent_of(yq_bft *b, uint64_t view, const yq_digest *h);

/* lookup.c: questions to the state; nothing changes. */
int vote_at(yq_bft *b, const slot *s, uint8_t type, uint16_t idx, yq_vote *out);
int vote_own(yq_bft *b, slot *s, uint8_t type, yq_vote *out);
int info_equal(const yq_final_info *x, const yq_final_info *y);
const yq_cert *entering_cert(yq_bft *b);
unsigned nullify_count(yq_bft *b, uint64_t view);

/* clock.c */
uint64_t timer_of(const yq_bft *b, uint64_t view);
uint64_t next_time(yq_bft *b);
void recheck_at(yq_bft *b, uint64_t at_ms);

/* emit.c: actions. */
yq_bft_action *emit(yq_bft *b, yq_bft_action_kind kind);
uint8_t *out_take(yq_bft *b, size_t size);
void emit_record(yq_bft *b, yq_bft_record type, uint64_t view, yq_slice body, int sync);
void emit_block_record(yq_bft *b, const slot *s);
void emit_cert_record(yq_bft *b, const yq_cert *cert);
void send_bytes(yq_bft *b, uint32_t to, yq_bft_message kind, yq_slice body);
void send_cert(yq_bft *b, uint32_t to, const yq_cert *cert);
void send_vote(yq_bft *b, uint32_t to, const yq_vote *vote);
void send_block(yq_bft *b, uint32_t to, const block *block);
void emit_evidence(yq_bft *b, yq_bft_evidence kind, const yq_vote *one, const yq_vote *two);

/* sign.c: votes between decision and send. */
int sign_room(const yq_bft *b);
void sign_when(yq_bft *b, uint8_t type, uint64_t view, uint64_t seq);
void sign_later(yq_bft *b, uint8_t type, uint64_t view);
int job_digest(yq_bft *b, const sign_job *j, yq_digest *m);
void on_persisted(yq_bft *b, uint64_t seq);

/* fetch.c: asking for what is missing. */
void fetch_block(yq_bft *b, const yq_digest *h, uint32_t signers);
void request_certs(yq_bft *b, uint32_t to, uint64_t low, uint64_t high);
void ask_certs(yq_bft *b, uint64_t low, uint64_t high);
void send_status(yq_bft *b, uint32_t to);

/* diverge.c */
void check_divergence(yq_bft *b, const yq_final_info *info);
void diverge(yq_bft *b, const yq_digest *h);

/* diverge.c: the state after the tip needs a newer program. */
void check_version(yq_bft *b);

/* epoch.c */
void set_members(yq_bft *b, const yq_valset *set);
void clear_epoch(yq_bft *b);
void set_epoch(yq_bft *b, const yq_valset *set);

/* enter.c */
void enter(yq_bft *b, uint64_t view);
void nullify(yq_bft *b);
#ifdef YQ_MUTANTS
void nullify_any(yq_bft *b);
#endif

/* certs.c */
yq_status take_cert(yq_bft *b, const yq_cert *cert);
void cert_keep(yq_bft *b, const yq_cert *cert);

/* timers.c */
int work(yq_bft *b);
int work_begun(yq_bft *b);
void run_timers(yq_bft *b);

/* repair.c: answers to those who lack something. */
void repair(yq_bft *b, uint32_t from, uint64_t epoch, uint64_t view);
yq_status on_block(yq_bft *b, yq_slice body);
yq_status on_request(yq_bft *b, uint32_t from, yq_bft_message kind, yq_slice body);

/* votes.c */
yq_status sig_check(yq_bft *b, uint16_t idx, const yq_digest *m, const uint8_t *sig);
yq_status on_vote(yq_bft *b, uint32_t from, yq_slice body);
void on_signed(yq_bft *b, uint64_t token, const uint8_t *sig);

/* propose.c, valid.c, finalize.c, commit.c, replay.c */
void try_propose(yq_bft *b);
void on_payload(yq_bft *b, const yq_bft_event *ev);
yq_status on_proposal(yq_bft *b, uint32_t from, yq_slice body);
void try_vote(yq_bft *b);
void on_validated(yq_bft *b, const yq_digest *h, yq_bft_verdict verdict);
void try_execute(yq_bft *b);
void try_finalize(yq_bft *b);
void on_executed(yq_bft *b, const yq_digest *h, const yq_bft_result *result);
void try_commit(yq_bft *b);
yq_status on_committed(yq_bft *b, const yq_bft_event *ev);
yq_status on_record(yq_bft *b, yq_slice record);
yq_status on_start(yq_bft *b, const yq_bft_event *ev);
void resign(yq_bft *b);

#endif /* YQ_RELAY_BFT_INTERNAL_H */
