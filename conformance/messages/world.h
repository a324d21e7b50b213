#ifndef YQ_CONFORMANCE_MESSAGES_WORLD_H
#define YQ_CONFORMANCE_MESSAGES_WORLD_H

/* One run of the messages' simulator. Inside conformance/messages only. */
#include "conformance/core/draw.h"
#include "conformance/messages/map.h"
#include "conformance/messages/rules.h"
#include "relay/base/bytes.h"
#include "relay/hub/tx.h"

#define MSIM_SERVICES   5u /* of each chain */
#define MSIM_CHAINS_MAX 5u
#define MSIM_ORGS       4u
#define MSIM_VALIDATORS 4u
#define MSIM_STOCK      8u /* old deliveries that a relayer keeps, a chain */
#define MSIM_EPOCHS_MAX 64u
#define MSIM_HUB        "henan-main"
#define MSIM_INBOX      "box"
#define MSIM_OUTBOX     "gbox" /* of groups: another contract than the inbox */
#define MSIM_APP        "app"  /* of mapped events */
#define MSIM_EVENT      "Yuqiao"
#define MSIM_APP_EVENT  "Moved"
#define MSIM_TARGET     "target"
#define MSIM_PAYLOAD    200u /* at most, of a lane */

typedef enum msim_service {
    MSIM_UNORDERED = 0,
    MSIM_ORDERED = 1,
    MSIM_GROUP = 2,
    MSIM_QUERY = 3,
    MSIM_MAPPED = 4,
} msim_service;

extern const char *const msim_service_name[MSIM_SERVICES];

typedef struct msim_blob {
    uint8_t *p;
    size_t n;
} msim_blob;

/* What the simulator knows of a message: what was sent, and what became of it at each end. */
typedef struct msim_message {
    uint32_t src, dst; /* numbers of chains */
    uint8_t service, kind, order;
    uint8_t forged;  /* no contract sent it */
    uint8_t touched; /* a forged receipt of it was taken */
    uint8_t granted; /* names a grant, which the ledger does not have */
    uint8_t probe;   /* sent after healing: its lane must carry it */
    uint8_t taken;   /* the hub has it */
    uint8_t hub_state;
    uint8_t forcers;                      /* a bit an administrator who named an outcome */
    uint8_t grade;                        /* that it is proven with */
    uint8_t has_leaf;                     /* at its destination */
    uint8_t executed, committed, undone;  /* how often, at the destination */
    uint8_t dst_status;                   /* of the first DONE there */
    uint8_t acks, src_status, src_result; /* at the source */
    uint32_t payload_n;
    uint64_t sequence, deadline_ms, group; /* group: its number, 0 for none */
    uint64_t index, committed_ms;
    yq_digest id; /* at the hub */
} msim_message;

typedef struct msim_lane {
    int open, mute; /* mute: no lane will be opened */
    uint64_t patience_ms;
    uint32_t per_minute;
    uint64_t minute, in_minute; /* as the simulator counts */
    uint64_t sent, taken;       /* numbers: of the source, and the highest of the hub */
    uint64_t *message;          /* by number - 1: as the source sent them */
    uint8_t *closed;            /* by number - 1: spent at the destination */
    size_t message_cap, closed_cap, closed_n;
} msim_lane;

typedef enum msim_event_state {
    MSIM_EVENT_OPEN = 0,
    MSIM_EVENT_TAKEN = 1,
    MSIM_EVENT_DEAD = 2, /* it can never be taken: its number went to a forged one */
} msim_event_state;

/* Something that a chain can prove. */
typedef struct msim_event {
    uint64_t height, ready_ms, number; /* number: names its transaction */
    const char *emitter, *name;
    msim_blob data;
    uint8_t state, grade;
    uint64_t message; /* number of the message that it sends, 0 for others */
} msim_event;

/* A leaf of the hub's outbox for a chain, as it was written. */
typedef struct msim_leaf {
    msim_blob bytes;
    uint8_t kind, status; /* status: of the first DONE at the chain; 0: not spent */
    uint32_t src;
    uint64_t message;
} msim_leaf;

struct msim;

typedef struct msim_chain {
    struct msim *world;
    uint32_t number;
    char id[16];
    yq_contract *contract;
    int64_t skew_ms;
    uint32_t jitter_ms, finality_ms;
    int no_clock, paused, calls_back;
    uint64_t height, time_ms, state_height, state_epoch;
    msim_event *event;
    size_t event_n, event_cap, event_from; /* from: all before are taken */
    msim_leaf *leaf;
    size_t leaf_n, leaf_cap;
    msim_blob stock[MSIM_STOCK];
    uint64_t client_height;
    yq_digest key;
    unsigned anchors;
    int misled; /* its light client was shown what never happened, and is not recovered */
    uint64_t asleep_until_ms;
    int halted[MSIM_CHAINS_MAX];
    uint64_t halt_seen[MSIM_CHAINS_MAX];
    uint8_t told[MSIM_CHAINS_MAX]; /* kind of the last control packet about a chain */
    uint64_t newest_height;        /* of the chain, of the newest state that the hub took */
    yq_inbox_state newest;
    yq_slice under_way; /* the delivery that its contract runs */
} msim_chain;

#define MSIM_COUNTS(X)                                                                             \
    X(sent)                                                                                        \
    X(blocks)                                                                                      \
    X(deliveries)                                                                                  \
    X(delivered)                                                                                   \
    X(repeated)                                                                                    \
    X(executed)                                                                                    \
    X(cancelled)                                                                                   \
    X(refused)                                                                                     \
    X(errors)                                                                                      \
    X(settled)                                                                                     \
    X(committed_groups)                                                                            \
    X(undone_groups)                                                                               \
    X(held)                                                                                        \
    X(freezes)                                                                                     \
    X(misled)                                                                                      \
    X(recovered)                                                                                   \
    X(forged_events)                                                                               \
    X(hostile_events)                                                                              \
    X(hostile_deliveries)                                                                          \
    X(forced)                                                                                      \
    X(conflicts)                                                                                   \
    X(harmed)                                                                                      \
    X(displaced)                                                                                   \
    X(undo_failed)                                                                                 \
    X(epochs)                                                                                      \
    X(slept_epochs)                                                                                \
    X(outages)                                                                                     \
    X(pauses)                                                                                      \
    X(checks)                                                                                      \
    X(virtual_ms)

typedef struct msim_counts {
    uint64_t violations, lost, blocked;
#define FIELD(name) uint64_t name;
    MSIM_COUNTS(FIELD)
#undef FIELD
} msim_counts;

typedef struct msim_result {
    uint64_t seed, digest;
    int bad;
    char what[200];
    msim_counts count;
} msim_result;

typedef struct msim {
    const msim_rules *rules;
    sim_rng rng;
    msim_result result;
    int trace, healed;
    uint64_t now; /* true time, in ms */

    /* The hub. */
    yq_hub hub;
    msim_map *map;
    void *memory;
    uint8_t *room, *delivery_room, *records_room;
    yq_hub_result said;
    uint8_t data[YQ_DIGEST_SIZE * 4];
    size_t data_n;
    uint64_t height, hub_ms, quiet_until_ms, down_until_ms;
    yq_valset set[MSIM_EPOCHS_MAX]; /* by epoch - 1 */
    msim_blob end_cert[MSIM_EPOCHS_MAX];
    uint64_t epoch;
    yq_digest export_root;
    msim_blob cert; /* of the last block */
    char code[MSIM_ORGS][YQ_ORG_CODE_SIZE + 1];
    uint8_t org_key[3][MSIM_ORGS][YQ_SM2_KEY_SIZE];
    yq_digest signer[3][MSIM_ORGS]; /* administrators, operators, adapters */
    int forcing;

    msim_chain chain[MSIM_CHAINS_MAX];
    uint32_t chain_n;
    msim_lane lane[MSIM_CHAINS_MAX][MSIM_CHAINS_MAX][MSIM_SERVICES];
    msim_message *message; /* message k is message[k - 1] */
    size_t message_n, message_cap;
    uint64_t group_n, group_deadline_ms, event_numbers;
} msim;

enum {
    MSIM_ADMIN = 0,
    MSIM_OPERATOR = 1,
    MSIM_ADAPTER = 2
};

/* Grows an array so that it holds n + 1 items; what is new is zero. Returns the array. */
void *msim_grow(void *array, size_t *cap, size_t n, size_t size);
msim_blob msim_blob_of(yq_slice bytes);
yq_slice msim_slice(msim_blob blob);

/* A rule is broken: the first one counts. */
void msim_fail(msim *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void msim_say(const msim *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

yq_slice msim_chain_id(const msim *w, uint32_t chain);
/* Number of a chain, chain_n for an unknown name. */
uint32_t msim_chain_of(const msim *w, yq_slice id);
msim_message *msim_message_at(msim *w, uint64_t number);
uint64_t msim_message_new(msim *w, const msim_message *m);
/* The message of a lane's number, as its source sent it; NULL for none. */
msim_message *msim_message_of(
    msim *w, uint32_t src, uint32_t dst, uint8_t service, uint64_t number);
uint8_t msim_service_of(yq_slice name);
/* A forged message took the number of this true one. */
int msim_is_displaced(const msim *w, const msim_message *m);
/* An ordered lane waits for a number that the hub holds for done by a forged receipt. */
int msim_lane_is_harmed(const msim *w, uint32_t src, uint32_t dst);

/* ---- setup.c: the ledger's first state, chains, services, lanes. */
void msim_setup(msim *w);
void msim_open_lane(msim *w, uint32_t src, uint32_t dst, uint8_t service);
int msim_lane_is_paused(msim *w, uint32_t src, uint32_t dst, uint8_t service);

/* ---- ledger.c: the hub, block by block. */
void msim_first_set(msim *w);
void msim_block_begin(msim *w);
void msim_block_end(msim *w, int ends_epoch);
/* A block that ends the epoch, and the first of the next. */
void msim_epoch_end(msim *w);
yq_status msim_execute(msim *w, const yq_digest *signer, const yq_tx *tx);
/* Executes what makes a proposal, and the votes for it. */
yq_status msim_approve(msim *w, const yq_digest *signer, const yq_tx *tx);
int msim_hub_is_up(const msim *w);
/* A finality certificate of this set over these roots. */
typedef struct msim_cert {
    uint64_t epoch, height;
    yq_digest export_root, next_set, chain_id_hash;
    uint32_t signers; /* bits */
    uint8_t spoiled;  /* 1: a signature is wrong */
} msim_cert;
size_t msim_sign(msim *w, const msim_cert *cert, uint8_t *out, size_t cap);
yq_digest msim_ledger_name(void);
/* A yq_sig_checker of tags. */
yq_status msim_check_tag(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig64);

/* ---- services.c: a yq_contract_service; self is the chain. */
yq_done_status msim_serve(void *self, uint64_t index, const yq_packet *packet);

/* ---- chain.c: what happens on a chain. */
void msim_chain_begin(msim *w, uint32_t number);
void msim_chain_end(msim_chain *c);
void msim_emit(
    msim_chain *c, yq_slice data, const char *emitter, const char *name, uint64_t message);
void msim_send(msim *w, uint32_t src, uint32_t dst, uint8_t service, uint64_t group);
void msim_send_group(msim *w, uint32_t src);
/* A call on each ordered lane that is open: none is blocked for ever. */
void msim_probe(msim *w);
void msim_pause(msim_chain *c, int paused);
/* Hands a delivery to the chain's inbox. */
yq_status msim_deliver(msim_chain *c, yq_slice delivery);
/* The inbox learns of the epochs that it has slept through. */
void msim_catch_up(msim_chain *c);

/* ---- relay.c: what relayers carry. */
/* An event to the hub, in an open block. */
yq_status msim_submit(msim_chain *c, msim_event *e);
yq_status msim_submit_proof(msim_chain *c, const msim_event *e, const yq_digest *key);
void msim_relay_events(msim_chain *c, int faithful);
void msim_relay_packets(msim_chain *c, int faithful);

/* ---- hostile.c, tales.c: what must be refused. */
void msim_hostile_delivery(msim_chain *c);
void msim_hostile_event(msim_chain *c);
void msim_hostile_set(msim_chain *c);

/* ---- faults.c */
void msim_freeze(msim *w, uint32_t chain);
void msim_go_on(msim *w, uint32_t chain);
void msim_mislead(msim *w, uint32_t chain);
void msim_force(msim *w);

/* ---- watch.c, watch_inbox.c: rules that hold at every step. */
void msim_watch_hub(msim *w);
void msim_watch_records(msim_chain *c, yq_slice records);
/* Partners of a frozen chain were told so, those of others not, or that it goes on. */
void msim_watch_told(msim *w);
/* The hub holds the newest state of the inbox that it took. */
void msim_watch_state(msim_chain *c, const msim_event *e);
void msim_watch_taken(msim_chain *c, const msim_event *e, uint64_t message);

/* ---- final.c: rules that hold when everything has come to its end. Returns 1 while something
 * still waits. */
int msim_is_waiting(msim *w);
void msim_check_end(msim *w);

/* ---- run.c */
void msim_run(uint64_t seed, const msim_rules *rules, int trace, msim_result *out);

#endif /* YQ_CONFORMANCE_MESSAGES_WORLD_H */
