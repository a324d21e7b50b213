#ifndef YQ_RELAY_NODE_NODE_H
#define YQ_RELAY_NODE_NODE_H

#include "relay/node/config.h"

/*
 * A hub node: the rooms put together. Threads: the loop (links, timers, core; the caller's thread),
 * the gateway's, workers (signatures, validation, reads), one executor, one for log and fsync.
 */
typedef struct yq_node yq_node;

/*
 * Opens everything, starts the threads, listens, writes HOME/run/ports.json. Out: node, ended with
 * yq_node_stop; error when it fails: one line for the operator. Errors: E_CONFIG_INVALID,
 * E_NOT_FOUND, E_IO, E_CORRUPT, E_DATA_VERSION; E_SIGN_GUARD, E_TWIN_KEY: this node must not
 * vote, the text says what to do.
 */
YQ_NODISCARD yq_status
yq_node_start(yq_node **node, const yq_node_config *config, yq_config_error *error);

/* Runs the loop until SIGTERM or SIGINT. A fault of the machine (disk, memory) aborts the process.
 * Errors: E_UPGRADE: the ledger goes on with a version that this program does not run. */
YQ_NODISCARD yq_status yq_node_run(yq_node *node, yq_config_error *error);

/* Whether the run ended because the node took a snapshot: it has to be stopped and started again,
 * in the same process or not. */
int yq_node_again(const yq_node *node);

/* Ends all threads and closes everything, within seconds. */
void yq_node_stop(yq_node *node);

/* Opens the data as start would, prints what it finds to stdout, starts nothing. Errors: as start;
 * E_IO also where a node runs with this home. */
YQ_NODISCARD yq_status yq_node_check(const yq_node_config *config, yq_config_error *error);

#endif /* YQ_RELAY_NODE_NODE_H */
