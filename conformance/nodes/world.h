#ifndef YQ_CONFORMANCE_NODES_WORLD_H
#define YQ_CONFORMANCE_NODES_WORLD_H

/* One run of whole nodes: shared by the files of conformance/nodes, by nobody else. */

#include "conformance/core/draw.h"
#include "conformance/nodes/memory_db.h"
#include "relay/crypto/crypto.h"
#include "relay/ledger/audit.h"
#include "relay/ledger/recovery_book.h"
#include "relay/ledger/snapshot.h"
#include "relay/ledger/view.h"

#include <stdlib.h>

#define VALIDATORS     4u
#define NODES          5u /* and one that joins late, with nothing */
#define SPARE          VALIDATORS
#define ENVELOPES      24u
#define CHANGE         (ENVELOPES - 2) /* proposes a change of the validators */
#define APPROVAL       (ENVELOPES - 1) /* approves it, once it is final */
#define LATER          4u              /* envelopes of the drill */
#define LOST           2u              /* validators that are lost for good */
#define RECOVERY_KEYS  3u              /* two of them sign */
#define RECOVERY_MS    6000u           /* what a node waits: longer than any node is alone */
#define HEIGHTS_MAX    4096u
#define VOTES_MAX      (1u << 15)
#define WAITING_MAX    64u
#define CORE_VIEWS     64u
#define WALL_MS        UINT64_C(1760000000000)
#define T0_MS          300u
#define HEARTBEAT_MS   400u
#define TICK_MS        50u
#define INTERVAL       8u    /* of snapshots */
#define PART_SIZE      1024u /* so that a small state has many parts */
#define BOUND_MS       60000u
#define POOL_SIZE_MAX  (1u << 20)
#define POOL_COUNT_MAX 64u

/* What goes over a link. */
typedef enum message_kind {
    MESSAGE_CORE = 0,
    MESSAGE_ENVELOPE,
    MESSAGE_WANT,    /* n x b32: digests of envelopes */
    MESSAGE_RANGE,   /* u64 from, u64 to: asks */
    MESSAGE_BLOCKS,  /* a range */
    MESSAGE_REQUEST, /* of a part of a snapshot */
    MESSAGE_PART,
    MESSAGE_NO_PART,
    MESSAGE_STATEMENT, /* of the recovery set */
} message_kind;

typedef enum event_kind {
    EVENT_MESSAGE = 0, /* from, message kind a, bytes */
    EVENT_TIMER,       /* generation a */
    EVENT_FSYNC,       /* record number a, seq b */
    EVENT_SIGNED,      /* token a, bytes: the signature */
    EVENT_PAYLOAD,     /* token a, h: parent */
    EVENT_VALIDATE,    /* bytes: header and digests */
    EVENT_EXECUTE,
    EVENT_COMMIT, /* bytes: header and digests; certificate behind them, size b, 0: none */
    EVENT_TICK,
    EVENT_RESTART, /* from here on not bound to a life of a node */
    EVENT_CRASH,
    EVENT_SUBMIT, /* envelope a */
    EVENT_WEATHER,
    EVENT_HEAL,
    EVENT_LOSE,     /* of the drill: two validators are lost */
    EVENT_OPERATOR, /* and operators look at what is left */
} event_kind;

typedef struct event {
    struct event *next; /* by time, then by order */
    uint64_t at, order, life, a, b;
    event_kind kind;
    unsigned node, from;
    yq_digest h;
    size_t size;
    uint8_t *bytes; /* behind the event */
} event;

typedef struct record {
    uint8_t *bytes; /* owned */
    size_t size;
    uint64_t epoch, view;
    int is_body;
} record;

/* A block whose bodies are missing. */
typedef struct waiting {
    uint8_t *bytes; /* owned: header and digests; NULL: free */
    size_t size;
    event_kind kind; /* VALIDATE or EXECUTE */
} waiting;

typedef struct world world;

typedef struct node {
    unsigned id;
    char dir[16];
    world *world;
    yq_key *key;
    int up, takes; /* takes: begins with a snapshot */
    int is_lost;   /* it has come back empty, with a new key */
    uint64_t life;
    /* What a crash leaves. */
    record *log;
    size_t log_n, log_cap;
    uint64_t log_first, log_durable; /* numbers of records */
    yq_recovery_book *book;
    /* What it does not. */
    yq_ledger *ledger;
    yq_view *view;
    yq_snapshots *kept;
    yq_import *import;
    void *memory;
    yq_bft *core;
    yq_valset set;
    uint64_t height, timer, target, asked_ms, told_ms;
    unsigned refused;
    int work, broken; /* broken: the process ends: a write failed, or it is opened anew */
    waiting wait[WAITING_MAX];
} node;

typedef struct envelope {
    uint8_t *bytes; /* owned */
    size_t size;
    yq_digest id;
    uint64_t height; /* where it is final; 0: nowhere yet */
    uint32_t index;
} envelope;

typedef struct vote {
    uint64_t epoch, view;
    unsigned node;
    uint8_t type; /* 0: free */
    yq_digest what;
} vote;

typedef struct nodes_counts {
    uint64_t seeds, violations, stalls, heights, blocks, steps, messages, lost, doubled, cut;
    uint64_t crashes, lost_batches, silent_batches, lost_records, wrong_bytes, ranges, parts;
    uint64_t imports, snapshots, epochs, recoveries, overruled, lost_heights, audits, checked;
    uint64_t virtual_ms;
} nodes_counts;

typedef struct nodes_result {
    uint64_t seed, digest;
    int outcome; /* 0 good, 1 violation, 2 stall */
    nodes_counts count;
    char what[160];
} nodes_result;

struct world {
    uint64_t seed, now, order, heal_ms, end_ms, join_ms, digest;
    sim_rng plan, net, host;
    int trace, over, healed;
    yq_key *admin;
    yq_key *validator[NODES];
    yq_key *recovery[RECOVERY_KEYS]; /* in the order of the genesis */
    yq_key *fresh[LOST];
    yq_genesis *plan_of_chain;
    /* The drill. */
    int drill, overrules, drilling, recovered; /* overrules: the lost ones were only away */
    uint64_t drill_epoch, drill_ms, statement_height;
    uint32_t serial;
    uint8_t lost_key[LOST][64];
    uint8_t statement[YQ_RECOVERY_SIZE_MAX];
    size_t statement_n;
    uint8_t genesis[4096];
    size_t genesis_n;
    yq_digest chain;
    char org[19];
    node node[NODES];
    envelope env[ENVELOPES + LATER];
    unsigned envelope_n; /* that are wanted by now */
    event *queue;
    uint8_t loss[NODES][NODES]; /* in percent */
    uint8_t cut[NODES][NODES];
    unsigned batch_loss; /* in 1/1000 */
    vote *votes;
    yq_digest final_h[HEIGHTS_MAX], final_result[HEIGHTS_MAX];
    uint64_t final_height;
    yq_bft_actions actions;
    nodes_result result;
};

/* queue.c */
event *event_new(world *w, event_kind kind, unsigned to, uint64_t delay_ms, yq_slice bytes);
void event_push(world *w, event *ev);
event *event_pop(world *w);

/* setup.c: keys, genesis, envelopes. */
void world_make(world *w, uint64_t seed, int trace);
void world_free(world *w);

/* recovery.c: statements of the recovery set. */
void recovery_take(world *w, node *n, yq_slice statement);
void recovery_message(world *w, node *n, const event *ev);
void recovery_tick(world *w, node *n);
/* For yq_ledger_config: self is a node. */
yq_status recovery_has_waited(void *self, yq_slice statement);

/* drill.c: validators are lost, and operators act. */
void drill_begin(world *w);
void drill_lose(world *w);
void drill_operator(world *w);
/* Whether the nodes are where the drill leads them; then what must hold. */
int drill_is_over(const world *w);
void drill_check_end(world *w);

/* life.c */
void drop_whole_log(node *n);
void node_start(world *w, node *n);
void node_crash(world *w, node *n);
void node_close(node *n);

/* host.c: the core's questions. */
void feed(world *w, node *n, yq_bft_event *ev);
void host_event(world *w, node *n, event *ev);
void host_committed(world *w, node *n, const yq_ledger_committed *committed);
void look_for_work(world *w, node *n);

/* net.c: the way of messages. */
void send_to(world *w, const node *n, unsigned to, message_kind kind, yq_slice bytes);
void send_all(world *w, const node *n, message_kind kind, yq_slice bytes);
void send_action(world *w, const node *n, const yq_bft_action *a);
/* A range or a part, behind a byte that says whether one of its bits is wrong: so that the
 * receiver's verdict can be judged. */
void send_answer(
    world *w, const node *n, unsigned to, message_kind kind, const uint8_t *bytes, size_t size);
void want_bodies(world *w, node *n, const uint8_t *digests, uint32_t n_env);
/* The index of a node in a set, YQ_BFT_NOBODY: none. */
uint16_t index_in(const world *w, const yq_valset *set, unsigned id);

/* link.c: what a node does with it. */
void link_message(world *w, node *n, const event *ev);
void link_tick(world *w, node *n);
void take_envelope(world *w, node *n, yq_slice bytes, int spread);

/* check.c */
void fail(world *w, int outcome, const char *format, ...) __attribute__((format(printf, 3, 4)));
void nodes_check_sent(world *w, const node *n, yq_slice message);
void nodes_check_committed(world *w, const node *n, const yq_bft_tip *tip);
void nodes_check_bounds(world *w, const node *n);
int nodes_check_end(world *w);
/* Nothing of it came in time: what is still amiss. */
void nodes_tell_stall(world *w);

/* run.c */
void world_run(uint64_t seed, int trace, nodes_result *result);

static inline void note(world *w, uint64_t x)
{
    w->digest = sim_mix(w->digest * UINT64_C(0x100000001b3) + x);
}

#endif /* YQ_CONFORMANCE_NODES_WORLD_H */
