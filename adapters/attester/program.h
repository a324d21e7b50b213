#ifndef YQ_ADAPTERS_ATTESTER_PROGRAM_H
#define YQ_ADAPTERS_ATTESTER_PROGRAM_H

/* Inner part of the program: its options, its commands. */
#include "adapters/attested/reader.h"
#include "adapters/host/config.h"

typedef enum yq_attester_exit {
    YQ_ATTESTER_DONE = 0,
    YQ_ATTESTER_FAILED = 1,
    YQ_ATTESTER_USAGE = 2,
    YQ_ATTESTER_FALSE = 3, /* reconcile: both sides differ */
    YQ_ATTESTER_MISSING = 4,
    YQ_ATTESTER_REFUSED = 5,
    YQ_ATTESTER_AWAY = 6,
    YQ_ATTESTER_LATE = 7,
} yq_attester_exit;

typedef struct yq_attester_options {
    const char *command, *config, *token_file, *ports_file, *day;
    uint16_t port;
    int json, verbose;
} yq_attester_options;

/* The host that a reader is lent; nothing is allocated of it. */
extern const yq_adapter_host yq_attester_host;

yq_adapter_config yq_attester_config_of(const yq_host_config *config);

/* Tells why a command could not do its work. Returns the exit code. */
int yq_attester_failed(const yq_attester_options *o, yq_status status, const char *text);

int yq_attester_serve(const yq_attester_options *o, const yq_host_config *config);
int yq_attester_reconcile(const yq_attester_options *o, const yq_host_config *config);

#endif /* YQ_ADAPTERS_ATTESTER_PROGRAM_H */
