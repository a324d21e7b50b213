#ifndef YQ_ADAPTERS_HOST_FAKE_HUB_H
#define YQ_ADAPTERS_HOST_FAKE_HUB_H

#include "relay/crypto/crypto.h"
#include "relay/ledger/envelope.h"

#include <pthread.h>

/*
 * A hub for the host's tests: the part of docs/api.md that an adapter uses, over one chain of
 * fake_plugin.c, on Unix sockets, in a thread. Envelopes are decoded and their signatures checked
 * as a node does; every rule of a chain is a line or two.
 */
#define FAKE_HEIGHTS_MAX 512u
#define FAKE_OUTBOX_MAX  256u
#define FAKE_SOCKETS     2

typedef struct fake_hub {
    pthread_mutex_t lock; /* over all below but the sockets */
    char path[FAKE_SOCKETS][108];
    int listener[FAKE_SOCKETS], is_down[FAKE_SOCKETS];
    pthread_t thread;
    int is_stopping;
    const yq_key *key; /* of the adapter */
    yq_digest chain_id_hash;
    uint8_t genesis[65536];
    size_t genesis_n;
    const char *state; /* of the chain */
    int has_inbox, has_service;
    uint64_t service_from;
    uint64_t client_height;
    uint64_t next_sequence, used_sequence;
    int refuse[FAKE_HEIGHTS_MAX]; /* code for the event of a height, while not 0 */
    int update_refused;           /* code for every update, while not 0 */
    int seen[FAKE_HEIGHTS_MAX];   /* times that the event of a height was taken: 0 or 1 */
    int tried[FAKE_HEIGHTS_MAX];
    uint64_t epoch, inbox_epoch; /* inbox_epoch: as the last event "state:" said */
    int steps_given;
    uint64_t outbox_size;
    int done[FAKE_OUTBOX_MAX];
    int busy, unavailable, forget; /* so many submissions meet 429, 503, are accepted and lost */
    int requests, envelopes, bad;  /* bad: what a node would refuse as malformed */
    yq_digest id;                  /* of the envelope that is final */
    char results[65536];
} fake_hub;

/* Starts it on dir/hub0 and dir/hub1. */
void fake_hub_start(fake_hub *hub, const char *dir, const yq_key *key);
void fake_hub_stop(fake_hub *hub);

#endif /* YQ_ADAPTERS_HOST_FAKE_HUB_H */
