#ifndef YQ_ADAPTERS_HOST_HOST_H
#define YQ_ADAPTERS_HOST_HOST_H

#include "yuqiao/packet.h"

#include "adapters/host/api.h"
#include "adapters/host/backoff.h"
#include "adapters/host/plugin.h"
#include "relay/crypto/crypto.h"

/*
 * The adapter's loop: brings the chain's evidence to the hub and the hub's packets to the chain.
 * All that it must not forget is in the cursor's file, on the chain or on the hub; the rest of this
 * struct may be lost at any moment.
 */
#define YQ_HOST_FLIGHTS_MAX  4u
#define YQ_HOST_ATTEMPTS_MAX 1024u
#define YQ_HOST_ENTRIES_MAX  256u
#define YQ_HOST_SET_MAX      4096u

/* One transaction of the batch, and what it is about. */
typedef struct yq_host_entry {
    uint16_t method;
    uint64_t height;
    size_t at, size; /* in the batch's room */
    yq_host_name tx_id;
    uint32_t event_index;
} yq_host_entry;

typedef struct yq_host_batch {
    uint8_t *room; /* transactions, one behind the other */
    size_t used;
    uint64_t cost; /* of executing them: an envelope must fit into a block */
    size_t n;
    yq_host_entry entry[YQ_HOST_ENTRIES_MAX];
    yq_api_result result[YQ_HOST_ENTRIES_MAX];
    uint64_t next_after; /* the cursor's next when all of it is done; 0: unchanged */
} yq_host_batch;

/* A delivery on its way. */
typedef struct yq_host_flight {
    int is_used, is_mined;
    uint64_t height; /* of the chain's block that has it */
    uint64_t since_ms;
    yq_host_name reference;
    size_t n;
    uint64_t index[YQ_DELIVERY_PACKETS_MAX];
} yq_host_flight;

typedef enum yq_host_step_phase {
    YQ_HOST_STEP_IDLE = 0,
    YQ_HOST_STEP_CERTIFICATE, /* the delivery that names the next set is on its way */
    YQ_HOST_STEP_SET,         /* the set is */
    YQ_HOST_STEP_TOLD,        /* both are in blocks: the hub has to see the inbox's STATE */
} yq_host_step_phase;

/* The inbox's way to its next epoch. */
typedef struct yq_host_step {
    yq_host_step_phase phase;
    uint64_t epoch;            /* that it leaves */
    uint64_t since_ms, height; /* height: of the block that has the set */
    yq_host_name reference;
    size_t set_n;
    uint8_t set[YQ_HOST_SET_MAX];
} yq_host_step;

/* A packet that was handed over before and is still open: not again before ready_ms. */
typedef struct yq_host_attempt {
    uint64_t index, ready_ms;
    uint32_t attempts;
} yq_host_attempt;

typedef struct yq_host_stats {
    uint64_t heights, updates, events, replayed, refused, envelopes;
    uint64_t deliveries, packets, delivered, failed, lost, steps;
    uint64_t hub_failures, chain_failures;
} yq_host_stats;

/* Why the evidence stands still. */
typedef struct yq_host_hold {
    int32_t code; /* 0: it does not */
    uint64_t height, since_ms;
    char text[120];
    yq_backoff backoff;
} yq_host_hold;

typedef struct yq_engine {
    const yq_host_config *config;
    yq_plugin *plugin;
    yq_http *http;
    yq_key *key;
    yq_digest signer;
    yq_api_identity identity;
    int has_identity;
    uint64_t sequence; /* 0: ask the hub */
    yq_api_chain chain;
    uint64_t chain_read_ms; /* steady; 0: read now */
    yq_host_cursor cursor;
    uint64_t stored_next, stored_ms;
    int is_fresh;     /* no cursor yet: where to start is still to be decided */
    int is_caught_up; /* everything up to some latest height was brought since the start */
    int wants_rewind; /* an update was refused: the hub's client may be behind the cursor */
    uint64_t latest;
    yq_host_hold hub_hold, chain_hold, scan_hold, delivery_hold;
    yq_host_batch batch;
    yq_host_flight flight[YQ_HOST_FLIGHTS_MAX];
    yq_host_step step;
    size_t attempt_n;
    yq_host_attempt attempt[YQ_HOST_ATTEMPTS_MAX];
    uint8_t *delivery_room;
    size_t delivery_room_size;
    yq_host_stats stats;
    uint64_t status_ms;
    int lock_fd;
} yq_engine;

/* Makes an engine: reads key and cursor, opens the plugin in plugin_dir. Owns: free with
 * yq_engine_free. Errors: those of the parts. */
YQ_NODISCARD yq_status yq_engine_new(
    yq_engine **engine, const yq_host_config *config, const char *plugin_dir, yq_fault *why);
void yq_engine_free(yq_engine *engine);

/* One round. Returns 1 when something moved: go on at once. */
int yq_engine_round(yq_engine *engine);

/* Rounds until yq_host_stop. */
void yq_engine_run(yq_engine *engine);

/* ---- parts ---------------------------------------------------------------------------------- */

uint64_t yq_host_steady_ms(void);
uint64_t yq_host_wall_ms(void);
uint64_t yq_host_draw(void);
/* Sleeps at most ms; ends early when the process is to stop. */
void yq_host_sleep(uint32_t ms);

/* Notes that a part stands still, tells it as an alarm, and sets when to try again. */
void yq_hold_set(
    yq_host_hold *hold, const char *what, yq_status code, uint64_t height, const char *text);
void yq_hold_clear(yq_host_hold *hold, const char *what);
int yq_hold_ready(const yq_host_hold *hold);

/* What a result means for the cursor. */
typedef enum yq_host_verdict {
    YQ_HOST_DONE = 1,    /* the hub has it */
    YQ_HOST_REFUSED = 2, /* for good: go on */
    YQ_HOST_PARK = 3,    /* this event may be taken later: go on, come back */
    YQ_HOST_HOLD = 4,    /* nothing behind it can be taken: stand still */
} yq_host_verdict;
yq_host_verdict yq_host_judge(uint16_t method, yq_status code);

/* Appends a transaction; hands the batch in first when it does not fit. In: entry without at and
 * size. Errors: those of yq_batch_flush, E_LIMIT (larger than a transaction may be). */
YQ_NODISCARD yq_status
yq_batch_add(yq_engine *engine, const yq_host_entry *entry, yq_slice evidence);
/* Hands the batch in, waits until it is final, moves and stores the cursor. Returns OK, or why it
 * stands still, which is in scan_hold then. The batch is empty after it. */
YQ_NODISCARD yq_status yq_batch_flush(yq_engine *engine);
YQ_NODISCARD yq_status yq_engine_store(yq_engine *engine);

/* Signs transactions into an envelope, hands it in and waits until it is final, over restarts of
 * nodes and changes of the endpoint. Out: result[0..n). Errors: the hub's refusal of the envelope,
 * E_UNAVAILABLE, E_TIMEOUT (also when the process is to stop). */
YQ_NODISCARD yq_status yq_envelope_send(
    yq_engine *engine, const yq_slice *tx, size_t n, yq_api_result *result, yq_fault *why);

/* Reads the hub's view when it is old. Returns 1 when it is good to work on. */
int yq_engine_refresh(yq_engine *engine);

int yq_scan_round(yq_engine *engine);
int yq_delivery_round(yq_engine *engine);
/* Brings an inbox that is behind to its next epoch. Out: moved, set when something moved. Returns 1
 * while it is behind: its deliveries would be refused. */
int yq_step_round(yq_engine *engine, int *moved);
/* A transaction of that age counts as lost. */
#define YQ_HOST_PENDING_MS_MAX 300000u

/* Adds, drops and rewinds as the hub's filters say. */
void yq_cursor_take_filters(yq_engine *engine, const yq_host_filter *filter, size_t n);

/* Writes cursor_dir/status.json, at most every half second unless now is set. */
void yq_status_write(yq_engine *engine, const char *state, int now);

#endif /* YQ_ADAPTERS_HOST_HOST_H */
