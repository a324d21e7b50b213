#ifndef YQ_RELAY_NODE_CONFIG_H
#define YQ_RELAY_NODE_CONFIG_H

#include "yuqiao/limits.h"
#include "yuqiao/types.h"

#include <stdbool.h>

/*
 * A node's configuration, HOME/config.yaml. Relative paths are relative to HOME. A limit may be
 * lowered here, never raised.
 */
#define YQ_NODE_PEERS_MAX 96u

typedef enum yq_node_role {
    YQ_NODE_ROLE_INVALID = 0,
    YQ_NODE_VALIDATOR = 1, /* votes as soon as its key is in the ledger's set */
    YQ_NODE_OBSERVER = 2,  /* follows and serves, never signs */
} yq_node_role;

typedef struct yq_node_peer {
    char *name, *key, *address; /* key: 128 hex digits; address may be NULL: it calls us */
} yq_node_peer;

#define YQ_NODE_VERSIONS_DEFAULT 1000u
#define YQ_NODE_VERSIONS_MAX     1000000u

#define YQ_NODE_SNAPSHOTS_DEFAULT 2u
#define YQ_NODE_SNAPSHOTS_MAX     8u
#define YQ_NODE_INTERVAL_DEFAULT  10000u
#define YQ_NODE_PAUSE_S_DEFAULT   3600u

#define YQ_NODE_RECOVERIES_MAX 32u

/* As read from the file; NULL and 0 where the file says nothing. */
typedef struct yq_node_file {
    struct {
        char *role, *key, *export_key, *passphrase_file, *guard_dir;
        uint32_t threads, t0_ms, heartbeat_ms, protocol_max, state_versions;
    } node;
    struct {
        char *listen;
        yq_node_peer *nodes;
        unsigned nodes_count;
    } peers;
    struct {
        char *listen, *certificate, *key;
    } api;
    struct {
        char *listen;
    } metrics;
    struct {
        bool take, off; /* take: begin with a peer's; off: keep none */
        uint32_t keep, interval, pause_s;
    } snapshots;
    struct {
        char **accept; /* ids of statements that this node need not wait for */
        unsigned accept_count;
    } recovery;
    struct {
        char *level, *format;
    } log;
    struct {
        uint64_t pool_bytes;
        uint32_t pool_envelopes, block_envelopes;
        uint64_t block_bytes;
    } limits;
} yq_node_file;

typedef struct yq_node_config {
    yq_node_file *file; /* owned; strings of the fields below lie in it */
    char *home;         /* absolute; owned */
    yq_node_role role;
    char *export_key; /* absolute; owned; NULL: none */
    char *key, *passphrase_file, *guard_dir, *api_certificate, *api_key; /* absolute; owned */
    yq_log_level log_level;
    int log_json;
    uint8_t peer_key[YQ_NODE_PEERS_MAX][64];
    yq_digest recovery_accept[YQ_NODE_RECOVERIES_MAX];
} yq_node_config;

/* Where a configuration is wrong and what to do about it: "FILE:LINE: KEY: TEXT". */
typedef struct yq_config_error {
    char text[512];
} yq_config_error;

/*
 * Reads and checks HOME/config.yaml. Out: config, freed with yq_node_config_free; error on failure.
 * Errors: E_NOT_FOUND (no such home or file), E_CONFIG_INVALID, E_IO. Does not open what the paths
 * name, but guard_dir must exist outside of HOME.
 */
YQ_NODISCARD yq_status
yq_node_config_load(yq_node_config *config, const char *home, yq_config_error *error);
void yq_node_config_free(yq_node_config *config);

/* Prints every key with its default to stdout: part of --help. */
void yq_node_config_help(void);

#endif /* YQ_RELAY_NODE_CONFIG_H */
