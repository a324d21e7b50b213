#ifndef YQ_RELAY_GATEWAY_GATEWAY_H
#define YQ_RELAY_GATEWAY_GATEWAY_H

#include "relay/bft/bft.h"
#include "relay/ledger/recovery_book.h"
#include "relay/ledger/snapshot.h"
#include "relay/ledger/view.h"

/*
 * The node's HTTP interface (docs/api.md): one thread with an event loop and views of its own. It
 * reads committed state by itself; what only the node knows it asks of its host.
 */
typedef struct yq_gateway yq_gateway;

/* What /status shows beside the ledger. */
typedef struct yq_gateway_peer {
    uint8_t key[64];
    int connected;
    uint64_t height; /* as the peer's last STATUS said, 0: none yet */
} yq_gateway_peer;

typedef struct yq_gateway_status {
    uint8_t key[64]; /* this node's */
    yq_bft_view core;
    uint16_t peer_n; /* the epoch's validators, by index, this node's own entry included */
    yq_gateway_peer peer[YQ_VALIDATORS_MAX];
    yq_pool_stats pool;
    int syncing; /* a snapshot is being taken */
    yq_import_progress sync;
    unsigned recoveries; /* statements of the recovery set that may still take effect */
} yq_gateway_status;

/* A statement of the recovery set, as this node has seen it. */
typedef struct yq_gateway_recovery {
    yq_digest id, h;
    uint64_t epoch, height, first_ms, due_ms;
    uint32_t serial;
    unsigned signatures;
    yq_recovery_stage stage;
    yq_recovery_standing standing;
    yq_status refused; /* OK: the ledger has not refused it */
    char reason[YQ_RECOVERY_REASON_MAX + 1];
} yq_gateway_recovery;

/* What the book says of a statement; stage and refused are the host's to add. */
void yq_gateway_recovery_of(const yq_recovery_book *book, unsigned idx, yq_gateway_recovery *out);

/* Called on the gateway's thread; none blocks for long. */
typedef struct yq_gateway_host {
    void *self;
    void (*status)(void *self, yq_gateway_status *out);
    /*
     * Takes the bytes of one envelope for checking and spreading; they are copied. Returns OK: the
     * outcome comes through yq_gateway_submitted with the same token; E_BUSY, E_LIMIT: it does not.
     */
    yq_status (*submit)(void *self, uint64_t token, yq_slice envelope);
    /* Checks and notes a statement of the recovery set. Errors: why not. */
    yq_status (*recover)(void *self, yq_slice statement, yq_fault *why);
    /* Returns how many there are. */
    unsigned (*recoveries)(void *self, yq_gateway_recovery out[YQ_RECOVERIES_MAX]);
} yq_gateway_host;

typedef struct yq_gateway_config {
    yq_ledger *ledger;       /* borrowed until yq_gateway_stop */
    const char *listen;      /* "ADDRESS:PORT", port 0: any; NULL: only the socket */
    const char *certificate; /* PEM files for TLS on listen; both NULL: plain HTTP */
    const char *key;
    const char *socket_path; /* Unix socket, mode 0600; NULL: none */
    const char *version;
    yq_gateway_host host;
} yq_gateway_config;

/* Starts the thread; listens when it returns. Strings are copied. Out: gateway, ended with
 * yq_gateway_stop. Errors: E_CONFIG_INVALID (address, certificate; why names it), E_IO. */
YQ_NODISCARD yq_status
yq_gateway_start(const yq_gateway_config *config, yq_gateway **gateway, yq_fault *why);

/* Stops listening, ends the thread, closes the views. In: gateway may be NULL. */
void yq_gateway_stop(yq_gateway *gateway);

/* The port of listen, 0 for none. */
uint16_t yq_gateway_port(const yq_gateway *gateway);

/* From any thread: what became of a submit. OK: the envelope waits in the pool, or is final
 * already. In: id of the envelope; why on a reject. */
void yq_gateway_submitted(
    yq_gateway *gateway,
    uint64_t token,
    yq_status status,
    const yq_digest *id,
    const yq_fault *why);

/* From any thread: a block of this height is durable and visible to new views. */
void yq_gateway_committed(yq_gateway *gateway, uint64_t height);

#endif /* YQ_RELAY_GATEWAY_GATEWAY_H */
