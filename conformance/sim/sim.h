#ifndef YQ_CONFORMANCE_SIM_SIM_H
#define YQ_CONFORMANCE_SIM_SIM_H

#include "conformance/core/core_table.h"
#include "conformance/core/draw.h"

/*
 * The deterministic simulator of the consensus core: n real cores on virtual time, network and
 * disk. Everything comes from one seed.
 *
 * An *identity* is a validator's key; an *actor* is a core with its host. A Byzantine identity may
 * have two actors (twins). A run has a time of faults and, from heal_ms on, a time without any in
 * which progress is demanded.
 */
#define SIM_IDENTITIES_MAX 17u /* 16 validators and a spare */
#define SIM_ACTORS_MAX     24u
#define SIM_ENVELOPES_MAX  192u
#define SIM_BLOCKS_MAX     8192u
#define SIM_HEIGHTS_MAX    1024u
#define SIM_EPOCHS_MAX     48u
#define SIM_BLOCK_ENVS_MAX 8u
#define SIM_TALLIES_MAX    4096u /* a power of two */
#define SIM_OWED_MAX       64u
#define SIM_NONE           UINT32_MAX

#define SIM_WALL_MS UINT64_C(1760000000000)

typedef struct sim_envs {
    uint64_t w[SIM_ENVELOPES_MAX / 64];
} sim_envs;

static inline int sim_envs_has(const sim_envs *e, unsigned id)
{
    return id < SIM_ENVELOPES_MAX && (e->w[id / 64] >> (id % 64) & 1) != 0;
}

static inline void sim_envs_add(sim_envs *e, unsigned id)
{
    e->w[id / 64] |= UINT64_C(1) << (id % 64);
}

static inline void sim_envs_join(sim_envs *e, const sim_envs *more)
{
    for (unsigned i = 0; i < SIM_ENVELOPES_MAX / 64; i++) {
        e->w[i] |= more->w[i];
    }
}

/* Every block that any core ever spoke of. What executing it gives is a function of its chain. */
typedef struct sim_block {
    yq_header header;
    yq_digest h;
    uint8_t digest[SIM_BLOCK_ENVS_MAX * YQ_DIGEST_SIZE];
    uint16_t env[SIM_BLOCK_ENVS_MAX]; /* SIM_ENVELOPES_MAX: nobody's */
    unsigned env_n;
    uint32_t parent; /* SIM_NONE: not known yet */
    uint32_t base;   /* the epoch's first parent */
    uint64_t base_height;
    int ready, repeats; /* repeats: holds an envelope that an ancestor holds */
    sim_envs chain;     /* of it and its ancestors */
    yq_bft_result result;
} sim_block;

/* Classes of messages: each has its own loss on each link. The core's, then the hosts'. */
typedef enum sim_class {
    SIM_PROPOSAL = 0,
    SIM_VOTE_N,
    SIM_VOTE_X,
    SIM_VOTE_F,
    SIM_CERT_N,
    SIM_CERT_X,
    SIM_CERT_F,
    SIM_BLOCK_REQUEST,
    SIM_BLOCK,
    SIM_CERTS_REQUEST,
    SIM_STATUS,
    SIM_BODY,         /* envelopes themselves */
    SIM_BODY_REQUEST, /* envelopes by number */
    SIM_ANNOUNCE,     /* envelopes that wait, by number */
    SIM_SYNC_REQUEST, /* a: height wanted, b: target */
    SIM_SYNC,         /* a: lowest, b: highest height; the certificate of the highest */
    SIM_CLASSES,
} sim_class;

typedef struct sim_msg {
    unsigned refs;
    sim_class cls;
    unsigned from; /* identity */
    unsigned from_actor;
    sim_envs envs;
    uint64_t a, b;
    size_t size;
    uint8_t bytes[];
} sim_msg;

typedef enum sim_event_kind {
    SIM_EV_MSG = 0,
    SIM_EV_TIMER,
    SIM_EV_FSYNC,
    SIM_EV_SIGNED,
    SIM_EV_PAYLOAD,
    SIM_EV_VALIDATE,
    SIM_EV_EXECUTE,
    SIM_EV_EXECUTED,
    SIM_EV_COMMIT,
    SIM_EV_SYNC_NEXT,
    SIM_EV_POOL,
    SIM_EV_ANNOUNCE,
    SIM_EV_CRASH, /* from here on not bound to a life of an actor */
    SIM_EV_RESTART,
    SIM_EV_WEATHER,
    SIM_EV_SUBMIT,
    SIM_EV_BYZANTINE,
    SIM_EV_CLOCK,
    SIM_EV_UPGRADE, /* the actor is replaced by a newer program */
    SIM_EV_ARM,
    SIM_EV_HEAL,
    SIM_EV_PROGRESS,
} sim_event_kind;

typedef struct sim_event {
    uint64_t at;
    uint64_t order;
    sim_event_kind kind;
    unsigned actor;
    uint32_t life;
    uint64_t a, b;
    sim_msg *msg;
    yq_digest d;
} sim_event;

typedef struct sim_record {
    uint8_t *p;
    size_t n;
    uint64_t lsn, epoch, view;
    uint32_t block; /* SIM_NONE: without bodies */
} sim_record;

/* The log as a disk keeps it: what was not synced may be gone after a crash, or torn. */
typedef struct sim_log {
    sim_record *item;
    size_t n, cap;
    uint64_t lsn, durable;
} sim_log;

typedef struct sim_cert {
    size_t n;
    uint8_t *p;
} sim_cert;

/* How a Byzantine identity behaves. */
typedef enum sim_style {
    SIM_SILENT = 0,  /* crashed for ever */
    SIM_WITHHOLD,    /* the honest code, but it keeps classes of messages from some */
    SIM_TWINS,       /* two honest cores with one key, each seen by a part of the others */
    SIM_TWINS_CHAOS, /* and forged votes between */
    SIM_CHAOS,       /* one core, forged votes, second proposals, garbage, old messages */
    SIM_SLOW,        /* everything just below the timers */
    SIM_STALE,       /* its proposals stand on the epoch's first parent, whatever came since */
    SIM_STYLES,
} sim_style;

struct sim_behaviour;

typedef struct sim_actor {
    unsigned id, who;
    int byzantine, up;
    uint32_t life;
    void *mem;
    yq_bft *core;
    int64_t skew_ms;
    uint16_t version; /* the newest protocol that its program runs */
    int rotten;       /* its log is damaged in the middle: it follows and never signs again */
    /* The disk. */
    sim_log log;
    uint32_t chain[SIM_HEIGHTS_MAX]; /* committed blocks by height */
    uint64_t height;
    sim_cert cert[SIM_HEIGHTS_MAX];
    uint64_t epoch;
    sim_envs stored, final;
    /* Lost in a crash. */
    sim_envs held, pool;
    uint64_t pool_at[SIM_ENVELOPES_MAX];
    int work;
    uint64_t timer_at;
    uint64_t timer_gen;
    int commit_open, sync_seen; /* sync_seen: SYNC brought blocks in this life */
    sim_msg *commit;            /* the newest one: block in a, certificate */
    uint8_t executed[SIM_BLOCKS_MAX / 8];
    uint64_t sync_low, sync_high; /* heights being taken over, from sync_peer's chain */
    uint32_t sync_peer;
    sim_cert sync_cert;
    int sync_open;
    yq_bft_view seen; /* after the last step */
    /* Votes of the log that a restart must send again. */
    struct {
        uint8_t type;
        uint64_t view;
    } owed[SIM_OWED_MAX];
    unsigned owed_n;
    uint64_t owed_until, owed_epoch;
} sim_actor;

/* What was signed in one view, by honest identities; bit i: identity i. */
typedef struct sim_tally {
    uint64_t epoch, view; /* view 0: free */
    yq_digest n[4], f[4];
    uint32_t n_mask[4], f_mask[4], x_mask;
    yq_final_info info[4];
    unsigned n_count, f_count;
    yq_digest proposed[SIM_IDENTITIES_MAX];
    uint32_t proposed_mask;
    int has_f;
} sim_tally;

typedef struct sim_faults {
    uint64_t loss, duplicate, reorder, partition, crash, torn, lost_sync, fsync_fail, bit_rot,
        disk_full, clock, byzantine, epoch, upgrade;
} sim_faults;

typedef enum sim_outcome {
    SIM_OK = 0,
    SIM_VIOLATION,
    SIM_STALL,
} sim_outcome;

/* Where a crash tells what is on disk from what is not. */
typedef enum sim_point {
    SIM_POINT_WRITE,  /* a record is written, not synced */
    SIM_POINT_SYNC,   /* synced, and nobody knows yet */
    SIM_POINT_BATCH,  /* a batch of the store is on its way */
    SIM_POINT_STORED, /* it is there, and nobody knows yet */
    SIM_POINTS,
} sim_point;

typedef struct sim_result {
    uint64_t seed;
    uint32_t points[SIM_POINTS]; /* KILL: passed by the actor of the options */
    unsigned planned;
    sim_outcome outcome;
    uint64_t finalizations, checked_states, at_ms, digest, recovery_ms, steps, slow;
    sim_faults faults;
    uint64_t virtual_ms; /* how long the run took in its own time */
    char what[120];
} sim_result;

/* When to crash: at an action of this kind of some actor, or of all of them at once. */
typedef struct sim_trap {
    int set, all;
    yq_bft_action_kind kind;
    uint8_t record; /* of PERSIST; the type of a SIGN; 0: any */
    unsigned actor; /* SIM_NONE: whoever comes first */
} sim_trap;

/* What a run is about: more of one kind of fault, less of the others. */
typedef enum sim_focus {
    SIM_FOCUS_NONE = 0,
    SIM_FOCUS_DEAF, /* until the healing no proposal arrives, so that views pass without end */
    SIM_FOCUS_DISK,
    SIM_FOCUS_CLOCK,
    SIM_FOCUS_EPOCHS,
    SIM_FOCUS_UPGRADE,
    SIM_FOCUS_BYZANTINE, /* one behaviour of behaviours.h */
    SIM_FOCUS_KILL,      /* one crash, at one point of durability */
} sim_focus;

#define SIM_PLANNED_MAX 256u

typedef struct sim_options {
    unsigned nodes, byzantine;
    int mutant;
    int trace;
    sim_focus focus;
    unsigned behaviour;  /* BYZANTINE: number in sim_behaviours */
    unsigned kill_actor; /* KILL */
    uint32_t kill_point; /* of that actor, from 1 */
    int kill_all;        /* everybody crashes with it */
    int sweep;           /* a campaign: run i is the first seed with kill_point i + 1 */
    uint64_t heal_ms;    /* 0: the seed says */
    uint64_t skip[SIM_PLANNED_MAX / 64]; /* bit k: what was planned as number k does not happen */
} sim_options;

typedef struct sim {
    sim_options opt;
    const sim_core *core;
    uint64_t seed, now, order, trace_hash;
    sim_rng plan, net, host, evil;

    /* The plan of the run. */
    uint64_t heal_ms, bound_ms;
    unsigned epoch_blocks; /* an epoch ends after so many blocks; 0: never */
    unsigned exec_ms_max, fsync_ms_max;
    int spare, byzantine_stays;
    uint64_t version_height; /* from here on blocks are of version 2; 0: never */
    unsigned rot_who;        /* whose log rots, in place of one Byzantine identity; SIM_NONE */
    uint32_t lossy, delay_ms_max;
    yq_bft_config cfg;
    sim_style style[SIM_IDENTITIES_MAX];
    uint32_t evil_mask;                    /* Byzantine identities */
    const struct sim_behaviour *behaviour; /* NULL: any */
    unsigned planned;                      /* faults and envelopes, numbered in order */
    uint32_t points[SIM_ACTORS_MAX];       /* of durability, that each actor has passed */

    unsigned identities, actors;
    uint8_t key[SIM_IDENTITIES_MAX][64];
    yq_valset set[SIM_EPOCHS_MAX];
    yq_digest set_hash[SIM_EPOCHS_MAX];
    uint16_t who_of[SIM_EPOCHS_MAX][SIM_IDENTITIES_MAX];
    uint16_t idx_of[SIM_EPOCHS_MAX][SIM_IDENTITIES_MAX]; /* UINT16_MAX: not a member */
    sim_actor actor[SIM_ACTORS_MAX];

    uint8_t loss[SIM_CLASSES][SIM_IDENTITIES_MAX][SIM_IDENTITIES_MAX]; /* in 1/200 */
    uint8_t blocked[SIM_IDENTITIES_MAX][SIM_IDENTITIES_MAX];
    uint8_t twin_side[SIM_IDENTITIES_MAX]; /* which twin an identity sees: bit 0, bit 1 */
    uint8_t withheld[SIM_CLASSES][SIM_IDENTITIES_MAX];
    sim_msg *kept[32]; /* old messages for a replay */
    unsigned kept_n;
    sim_trap trap;

    sim_event *heap;
    size_t heap_n, heap_cap;

    sim_block *block;
    uint32_t block_n;
    uint32_t block_table[2 * SIM_BLOCKS_MAX];

    unsigned envelope_n;
    sim_envs submitted;

    sim_tally *tally;
    uint32_t final_block[SIM_HEIGHTS_MAX]; /* index + 1; 0: none */
    uint64_t final_height;
    yq_final_info final_info[SIM_HEIGHTS_MAX];

    /* After the healing. */
    int stage; /* 0: recovery, then the number of the quiet envelope + 1 */
    uint64_t quiet_from, asked_ms, target_height;
    uint64_t first_final_ms; /* after the healing; 0: none yet */
    int waiting;
    unsigned quiet_env, slow;

    sim_result result;
    int over;
    yq_bft_actions actions;
} sim;

/* run.c */
sim *sim_new(void);
void sim_free(sim *s);
/* One run of one seed. Out: result. */
void sim_run(sim *s, const sim_options *opt, uint64_t seed, sim_result *result);
void sim_fail(sim *s, sim_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* queue.c */
void sim_push(sim *s, sim_event ev);
int sim_pop(sim *s, sim_event *ev);
void sim_queue_clear(sim *s);
sim_msg *sim_msg_new(sim_class cls, const sim_actor *from, yq_slice bytes);
void sim_msg_drop(sim_msg *m);
/* An event of one life of an actor, delay_ms from now. Returns it for further fields. */
sim_event sim_later(sim *s, const sim_actor *a, sim_event_kind kind, uint64_t delay_ms);

/* world.c: keys, validator sets, blocks and what executing them gives. */
void sim_world_make(sim *s);
uint32_t sim_block_find(sim *s, const yq_digest *h);
uint32_t sim_block_add(sim *s, const yq_header *header, const uint8_t *digests);
int sim_block_settle(sim *s, uint32_t idx);
void sim_envelope_digest(const sim *s, unsigned id, uint8_t *digest);
void sim_tag(const uint8_t *key, const yq_digest *m, uint8_t *sig);
yq_status sim_tag_check(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig);

/* plan.c: what a seed means. */
void sim_plan(sim *s);
void sim_weather(sim *s);
void sim_on_clock(sim *s);
void sim_on_arm(sim *s);
void sim_on_upgrade(sim *s, sim_actor *a);
void sim_heal(sim *s);

/* net.c */
void sim_send(sim *s, const sim_actor *from, unsigned to, sim_msg *m);
void sim_send_all(sim *s, const sim_actor *from, sim_msg *m);
void sim_send_actions(sim *s, sim_actor *a, const yq_bft_action *act);

/* disk.c */
void sim_log_append(sim *s, sim_actor *a, const yq_bft_action *act);
void sim_log_drop(sim_actor *a, uint64_t epoch, uint64_t view);
void sim_log_crash(sim *s, sim_actor *a);
/* Damage in the middle of the log: all of it is given up. */
void sim_log_rot(sim *s, sim_actor *a);
void sim_log_clear(sim_log *log);
void sim_cert_set(sim_cert *c, const yq_cert *cert);
void sim_cert_copy(sim_cert *to, const sim_cert *from);
void sim_cert_clear(sim_cert *c);
int sim_cert_get(const sim_cert *c, yq_cert *cert);

/* host.c: the duties of bft.h. */
void sim_feed(sim *s, sim_actor *a, yq_bft_event *ev);
void sim_host_event(sim *s, sim_actor *a, const sim_event *ev);
void sim_start(sim *s, sim_actor *a);
void sim_crash(sim *s, sim_actor *a);
void sim_pool_look(sim *s, sim_actor *a);

/* feed.c: the actor passes a point of durability. Returns 1 when it crashes here. */
int sim_point_passed(sim *s, sim_actor *a, sim_point point);

/* spread.c: committed blocks, and what hosts ask of each other. */
void sim_commit_block(sim *s, sim_actor *a, uint32_t block, const sim_cert *cert);
void sim_tip(const sim *s, uint32_t block, yq_bft_tip *tip);
void sim_take_body(sim *s, sim_actor *a, unsigned id);
/* In: to, an identity, or SIM_NONE for all. */
void sim_send_envs(sim *s, const sim_actor *a, unsigned to, sim_class cls, const sim_envs *envs);

/* store.c: what the answers bring. */
void sim_committed(sim *s, sim_actor *a, const sim_cert *cert);
void sim_submit(sim *s, unsigned id, unsigned actor);
void sim_announce(sim *s, sim_actor *a);
void sim_ask_bodies(sim *s, sim_actor *a, const sim_envs *want);
void sim_host_message(sim *s, sim_actor *a, const sim_msg *m);
void sim_sync_start(sim *s, sim_actor *a, const yq_cert *cert);
void sim_sync_next(sim *s, sim_actor *a);
int sim_bodies_missing(const sim_actor *a, const sim_block *b, sim_envs *missing);

/* byzantine.c */
/* What a Byzantine actor's message becomes on its way to an identity: 0: it is not sent. */
int sim_evil_sends(sim *s, const sim_actor *from, unsigned to, sim_class cls, uint64_t *delay_ms);
void sim_evil_act(sim *s, unsigned who);
void sim_evil_keep(sim *s, sim_msg *m);
void sim_evil_propose(sim *s, const sim_actor *a, yq_slice proposal);

/* check.c: what must hold after every step. */
/* After a restart: what the log says that it signed is owed to the others. */
void sim_check_restart(sim *s, sim_actor *a);
void sim_check_sent(sim *s, sim_actor *a, yq_slice bytes);
void sim_check_step(sim *s, sim_actor *a);
void sim_check_commit(sim *s, const sim_actor *a, uint32_t block);

/* progress.c */
void sim_progress(sim *s);

/* trace.c */
void sim_trace(sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_trace_event(sim *s, const sim_actor *a, const yq_bft_event *ev);
void sim_trace_action(sim *s, const sim_actor *a, const yq_bft_action *act);

static inline void sim_note(sim *s, uint64_t x)
{
    s->trace_hash = sim_mix(s->trace_hash * UINT64_C(0x100000001b3) + x);
}

static inline sim_actor *sim_actor_of(sim *s, unsigned who)
{
    for (unsigned i = 0; i < s->actors; i++) {
        if (s->actor[i].who == who) {
            return &s->actor[i];
        }
    }
    return &s->actor[0];
}

#endif /* YQ_CONFORMANCE_SIM_SIM_H */
