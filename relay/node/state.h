#ifndef YQ_RELAY_NODE_STATE_H
#define YQ_RELAY_NODE_STATE_H

/* The node's own state: shared by its files, by nobody else. */

#include "relay/gateway/gateway.h"
#include "relay/ledger/recovery_book.h"
#include "relay/ledger/snapshot.h"
#include "relay/ledger/view.h"
#include "relay/net/net.h"
#include "relay/node/checker.h"
#include "relay/node/export_book.h"
#include "relay/node/home.h"
#include "relay/node/job.h"
#include "relay/node/node.h"
#include "relay/node/twin.h"
#include "relay/store/guard.h"
#include "relay/store/wal.h"

#include <pthread.h>
#include <stdatomic.h>

struct event;
struct event_base;
struct evhttp;

#define WORKERS_MAX   64u
#define FETCHES_MAX   64u
#define TICK_MS       10  /* while something is under way */
#define TICK_IDLE_MS  100 /* else */
#define NOT_LINKED    UINT32_MAX
#define PEER_OBSERVER UINT16_MAX

/* Lanes of the workers' queue. */
#define LANE_URGENT    0u
#define LANE_ENVELOPES 1u
#define LANE_READS     2u

/* A block whose bodies are missing. */
typedef struct fetch {
    int used, execute; /* execute: asked by EXECUTE, else by VALIDATE */
    yq_digest h;
    yq_header header;
    uint8_t *digests; /* owned */
    uint64_t since_ms, next_ms;
    unsigned tries;
} fetch;

/* An answer that comes in pieces. */
typedef struct answer {
    uint8_t *room; /* owned */
    uint32_t size, got;
} answer;

/* What block sync stands at. */
typedef struct block_sync {
    uint64_t target, from, deadline_ms, next_ms;
    uint32_t peer; /* asked, NOT_LINKED: nobody */
    uint32_t turn;
    int applying;
    answer answer;
} block_sync;

/* What state sync stands at. */
typedef struct state_sync {
    yq_import *import; /* NULL: none is under way; used by the executor while taking */
    yq_import_progress progress;
    yq_snapshot_request want;
    uint64_t token, began_ms, deadline_ms, next_ms, told_ms;
    uint32_t peer;                     /* asked, NOT_LINKED: nobody */
    uint32_t turn;                     /* who is asked next */
    uint32_t source;                   /* who gave the newest manifest */
    uint8_t refused[YQ_NET_PEERS_MAX]; /* how often silent; at REFUSED of state_sync.c: not asked */
    int taking;
    answer answer;
} state_sync;

/* What is known of recoveries; lock: the book and refused. */
typedef struct recoveries {
    pthread_mutex_t lock;
    yq_recovery_book *book;
    yq_status refused[YQ_RECOVERIES_MAX]; /* why the ledger does not take it */
    uint32_t fresh;                       /* bits: not told to the peers yet */
    uint64_t look_ms;                     /* when to look again; the loop's */
    unsigned open;                        /* that may still take effect; the loop's */
    int ending;                           /* the executor is at it; the loop's */
} recoveries;

#define SERVING_BLOCKS   1u
#define SERVING_BODIES   2u
#define SERVING_SNAPSHOT 4u

/* What is known of a linked identity, by the net's number. */
typedef struct peer_state {
    uint16_t index;  /* validator of the present set, PEER_OBSERVER: none */
    uint64_t height; /* as its STATUS said */
    uint64_t announced_ms;
    unsigned serving; /* SERVING_...: what of it is under way, one of each kind at a time */
} peer_state;

/* Signatures of a block that this node has not committed yet; n 0: none. */
typedef struct early_export {
    uint8_t suite;
    uint64_t height;
    size_t n;
    uint8_t bytes[YQ_EXPORT_SIGS_SIZE_MAX];
} early_export;

typedef struct node_counts {
    uint64_t committed_tx, committed_blocks, envelopes, envelopes_refused, envelopes_busy;
    uint64_t fetches, sync_ranges, sync_faults, evidence, blamed, steps;
    uint64_t snapshot_parts, snapshot_faults, snapshots_served, exports;
} node_counts;

typedef struct worker {
    yq_node *node;
    pthread_t thread;
    yq_view *view;
} worker;

struct yq_node {
    const yq_node_config *config;
    node_home home;
    yq_digest own_id;

    /* The loop's. */
    struct event_base *base;
    struct event *mail_event, *timer_event, *tick_event, *signal_event[2];
    int mail_fd;
    yq_net *net;
    struct evhttp *metrics;
    uint16_t metrics_port;
    uint64_t started_ms;
    yq_bft *core;
    void *core_memory;
    yq_bft_actions *actions;
    yq_valset set;
    uint32_t slot_of[YQ_VALIDATORS_MAX]; /* the net's number of a validator, or NOT_LINKED */
    peer_state peer[YQ_NET_PEERS_MAX];
    fetch fetch[FETCHES_MAX];
    int bodies_came;
    block_sync sync;
    state_sync state_sync;
    recoveries recoveries;
    uint64_t height, announce_ms, snapshot_ms;
    int pool_work, diverged, twin, ports_written, tick_is_idle;
    yq_status ended;    /* why the loop ends by itself */
    int again;          /* it ends to be opened again, with another database */
    uint16_t own_index; /* in the present set, PEER_OBSERVER: not in it */
    twin_watch watch;
    yq_cert *cert; /* room to read one */
    export_book exports;
    early_export early[YQ_NET_PEERS_MAX];
    uint64_t export_told; /* the epoch of which the want of a key was told */
    node_counts count;

    /* Shared. */
    yq_ledger *ledger;
    yq_snapshots *snapshots;       /* NULL: none are kept */
    const yq_verifier **verifiers; /* table for the ledger, owned */
    yq_gateway *gateway;
    checker checker;
    yq_signature_checker checker_of_ledger;
    job_queue mail, log, execute, work;
    worker worker[WORKERS_MAX];
    unsigned worker_n;
    pthread_t log_thread, executor;
    int threads_run;
    atomic_uint_fast64_t fsyncs;

    /* The executor's, after the start. */
    yq_view *export_view;
    uint64_t export_seen[YQ_SUITE_ED25519 + 1]; /* a suite: height of the newest Export looked at */
    uint64_t export_epoch;                      /* up to which the ends were looked for */

    /* The log thread's, after the start. */
    yq_wal *wal;
    yq_guard *guard;
    yq_view *log_view; /* while the log is read, and where a body is looked for */

    pthread_mutex_t snapshot_lock;
    yq_gateway_status snapshot;
};

uint64_t node_now_ms(void);
uint64_t node_wall_ms(void);
/* A fault of this machine: told, then the process stops. */
_Noreturn void node_die(const char *what, yq_status status, const yq_fault *why);

/* threads.c, logger.c, executor.c, workers.c */
void node_threads_start(yq_node *n);
void node_threads_stop(yq_node *n);
void node_mail(yq_node *n, job *j);
void node_log_put(yq_node *n, job *j);
void node_execute_put(yq_node *n, job *j);
void *logger_main(void *arg);
void *executor_main(void *arg);
void *worker_main(void *arg);

/* drive.c: the core's events and actions. */
void drive_feed(yq_node *n, yq_bft_event *ev);
yq_status drive_start(yq_node *n, yq_bft_event *ev);
yq_status drive_receive(yq_node *n, uint32_t peer, yq_slice bytes);
void drive_peer_up(yq_node *n, uint32_t peer);
void drive_timeout(yq_node *n);
void drive_pool(yq_node *n);
void drive_back(yq_node *n, job *j);
void drive_diverged(yq_node *n, const char *text);
void drive_twin(yq_node *n, const yq_cert *cert);
void drive_snapshot(yq_node *n);

/* peers.c: the net's questions; who is who. */
yq_net_ops peers_ops(yq_node *n);
yq_status peers_add(yq_node *n, yq_config_error *error);
void peers_set_changed(yq_node *n);
/* A peer's id; equality; a validator's index in the present set, or PEER_OBSERVER. */
void peers_id_of_key(const uint8_t *key, yq_digest *id);
int peers_same(const yq_digest *a, const yq_digest *b);
uint16_t peers_index_of(const yq_node *n, const yq_digest *id);
void peers_send(yq_node *n, uint32_t to, yq_slice message);
void peers_to_validators(yq_node *n, yq_frame_type type, yq_slice body);

/* spread.c: envelopes and bodies between nodes. */
yq_status spread_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body);
yq_status spread_submit(void *node, uint64_t token, yq_slice envelope);
void spread_envelope_back(yq_node *n, job *j);
void spread_bodies_back(yq_node *n, job *j);
void spread_want(yq_node *n, const job *block, int execute);
void spread_run(yq_node *n);
void spread_tick(yq_node *n);
void spread_free(yq_node *n);

/* sync.c: ranges of blocks. */
yq_status sync_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body);
void sync_target(yq_node *n, uint64_t height);
void sync_tick(yq_node *n);
void sync_applied(yq_node *n, job *j);
void sync_served(yq_node *n, job *j);

/* answer.c: answers in pieces. */
void answer_reset(answer *a);
/* Takes one piece. Returns E_LEN when it does not follow, E_LIMIT when the whole is too large. Out:
 * whole: 1 when this was the last one. */
yq_status answer_take(answer *a, const yq_frame_chunk *chunk, size_t size_max, int *whole);
/* Sends bytes in pieces. Returns 0 when the link has no room for all of them: none was sent. */
int answer_send(
    yq_node *n,
    uint32_t peer,
    yq_frame_type type,
    uint64_t from,
    const uint8_t *bytes,
    size_t size);
/* Sends a frame that is only a number. */
void answer_send_number(yq_node *n, uint32_t peer, yq_frame_type type, uint64_t number);

/* state_sync.c: snapshots. */
yq_status state_sync_open(yq_node *n, uint64_t height, yq_fault *why);
void state_sync_close(yq_node *n);
yq_status state_sync_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body);
void state_sync_tick(yq_node *n);
void state_sync_taken(yq_node *n, job *j);
void state_sync_served(yq_node *n, job *j);

/* recovery.c: statements of the recovery set. */
yq_status recovery_open(yq_node *n, yq_fault *why);
void recovery_close(yq_node *n);
/* For yq_ledger_config: self is the node. */
yq_status recovery_has_waited(void *self, yq_slice statement);
/* Any thread, also the gateway's: notes a statement, durably. In: self is the node. Errors: those
 * of yq_recovery_book_take; E_STATE (it is overruled), E_IO. */
yq_status recovery_take(void *self, yq_slice statement, yq_fault *why);
unsigned recovery_list(void *self, yq_gateway_recovery out[YQ_RECOVERIES_MAX]);
yq_status recovery_frame(yq_node *n, yq_slice body);
void recovery_peer_up(yq_node *n, uint32_t peer);
void recovery_tick(yq_node *n);
void recovery_done(yq_node *n, job *j);

/* exports.c: certificates of other suites. The executor's: after each commit (ends: looks for the
 * ends of epochs, too); a certificate is whole. */
void exports_look(yq_node *n, int ends);
void exports_put(yq_node *n, const job *j);
/* The loop's. */
void exports_wanted(yq_node *n, const job *j);
yq_status exports_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body);
void exports_tick(yq_node *n);

/* metrics.c */
yq_status metrics_start(yq_node *n, yq_fault *why);
void metrics_stop(yq_node *n);

#endif /* YQ_RELAY_NODE_STATE_H */
