#ifndef YQ_RELAY_NODE_HOME_H
#define YQ_RELAY_NODE_HOME_H

#include "relay/crypto/crypto.h"
#include "relay/node/config.h"

/* A node's folder: {config.yaml, genesis.bin, keys/ (0700), wal/, db/, run/}; evidence/,
 * recovery/ and snapshots/ come when they are needed. */
typedef struct node_home {
    yq_key *key, *export_key; /* export_key: NULL without one */
    uint8_t *genesis;         /* owned */
    size_t genesis_size;
    char wal[1024], db[1024], import[1024], snapshots[1024], run[1024], evidence[1024],
        recovery[1024], socket[1024], ports[1024];
} node_home;

/* Makes the folders that are missing, reads key and genesis. Out: home, freed with node_home_free.
 * Errors: E_NOT_FOUND, E_PERMISSION (a mode is too wide), E_CONFIG_INVALID, E_CORRUPT, E_IO. */
YQ_NODISCARD yq_status
node_home_open(node_home *home, const yq_node_config *config, yq_config_error *error);
void node_home_free(node_home *home);

/* Writes run/ports.json so that a reader sees the whole or nothing. Errors: E_IO. */
YQ_NODISCARD yq_status node_home_ports(
    const node_home *home, uint16_t peer, uint16_t api, uint16_t metrics, yq_fault *why);

/* Keeps one piece of evidence as a file; the same once only, at most NODE_EVIDENCE_MAX of them.
 * Errors: E_IO, E_LIMIT. */
#define NODE_EVIDENCE_MAX 1000u
YQ_NODISCARD yq_status
node_home_evidence(const node_home *home, uint64_t epoch, uint64_t view, yq_slice bytes);

/* Keeps a statement of the recovery set with the time of its first sight; nothing when it is kept
 * already. Errors: E_IO. */
YQ_NODISCARD yq_status node_home_recovery(
    const node_home *home, const yq_digest *id, uint64_t first_ms, yq_slice statement);

/* Gives every statement that is kept to each. Errors: E_IO, E_CORRUPT, those of each. */
YQ_NODISCARD yq_status node_home_recoveries(
    const node_home *home,
    yq_status (*each)(void *self, uint64_t first_ms, yq_slice statement),
    void *self);

#endif /* YQ_RELAY_NODE_HOME_H */
