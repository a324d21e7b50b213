#ifndef YQ_RELAY_HUB_STATE_H
#define YQ_RELAY_HUB_STATE_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/hub/hub.h"
#include "relay/hub/keys.h"
#include "relay/hub/tx.h"

/*
 * What the hub's modules share: keys, records, events and due work over one context. Inside
 * relay/hub only. When the arena runs out, hub->exhausted is set and stays set for the call: loads
 * then find nothing and stores write nothing that lasts, since the caller undoes the whole call.
 */
typedef struct yq_state_key {
    yq_writer w;
    uint8_t b[YQ_STATE_KEY_MAX];
} yq_state_key;

/* Begins a key; its fields are then written with yq_put_*(&key->w, ...). */
void yq_state_key_begin(yq_state_key *key, const char *module, uint8_t table);

/* Keys of one or two names, in front of which a length stands. */
void yq_state_key_str(yq_state_key *key, const char *module, uint8_t table, yq_slice name);
void yq_state_key_str2(
    yq_state_key *key, const char *module, uint8_t table, yq_slice first, yq_slice second);
void yq_state_key_digest(yq_state_key *key, const char *module, uint8_t table, const yq_digest *id);
static inline yq_slice yq_state_key_slice(const yq_state_key *key)
{
    return (yq_slice){key->b, key->w.n};
}

/* Returns 1 and a copy of the value in the arena, or 0. */
int yq_state_load(yq_hub *hub, const yq_state_key *key, yq_slice *value);
int yq_state_has(yq_hub *hub, const yq_state_key *key);

void yq_state_store(yq_hub *hub, const yq_state_key *key, yq_slice value);
void yq_state_erase(yq_hub *hub, const yq_state_key *key);

/* Numbers as values: 0 when there is none. */
uint64_t yq_state_load_u64(yq_hub *hub, const yq_state_key *key);
void yq_state_store_u64(yq_hub *hub, const yq_state_key *key, uint64_t value);

/* As kv->next with copies in the arena. In: after is empty for the first. */
int yq_state_next(
    yq_hub *hub, const yq_state_key *prefix, yq_slice after, yq_slice *key, yq_slice *value);

/* Room in the arena; NULL (and hub->exhausted) when there is none. */
void *yq_state_room(yq_hub *hub, size_t size);

/* A record is written into room of cap bytes, which is never too small, and stored. */
yq_writer yq_state_record(yq_hub *hub, size_t cap);
void yq_state_store_record(yq_hub *hub, const yq_state_key *key, const yq_writer *record);

/* Ends the reading of a record of ours: a record that does not decode is a bug, since nothing but
 * the hub writes there and the store answers for the bytes. */
void yq_state_record_done(yq_cur *c);

/* Takes height, time and the genesis' rules out of the state. */
void yq_state_begin(yq_hub *hub);

/* Gives a context room for at most cap events; yq_state_tell appends one (subjects are copied). */
#define YQ_EVENT_SUBJECT_MAX 64u
void yq_state_events(yq_hub *hub, size_t cap);
void yq_state_tell(yq_hub *hub, yq_hub_event_kind kind, yq_slice subject, uint64_t value);
void yq_state_alarm(yq_hub *hub, yq_slice subject, yq_status status);

/* ---- due work ---- */
typedef enum yq_due {
    YQ_DUE_INVALID = 0,
    YQ_DUE_PROPOSAL = 1, /* its number: expiry, or execution after the delay */
    YQ_DUE_THAW = 2,     /* a chain: the end of a freeze */
    YQ_DUE_CANCEL = 3,   /* a message */
    YQ_DUE_RESUME = 4,   /* a queue of held messages */
    YQ_DUE_GROUP = 6,    /* an undecided group */
    YQ_DUE_TRUST = 5,    /* a chain: a third of its trust period is left, or nothing */
} yq_due;

void yq_due_put(yq_hub *hub, uint64_t due_ms, yq_due what, const yq_digest *id, yq_slice whose);
void yq_due_drop(yq_hub *hub, uint64_t due_ms, yq_due what, const yq_digest *id);
/* As yq_due_put, for work that is known by a name: id is its SM3. */
void yq_due_put_named(yq_hub *hub, uint64_t due_ms, yq_due what, yq_slice name);

/* One transaction on its way through a module. */
typedef struct yq_call {
    yq_digest signer;
    yq_signer_view who;
    yq_tx tx;
    yq_slice body; /* the map's bytes */
    yq_writer data;
    yq_fault *why;
} yq_call;

#endif /* YQ_RELAY_HUB_STATE_H */
