#ifndef YQ_ADAPTERS_HOST_CONFIG_H
#define YQ_ADAPTERS_HOST_CONFIG_H

#include "yuqiao/adapter.h"

/*
 * The adapter's configuration file: docs/en/join.md and adapters/host/README.md. Relative paths are
 * relative to the file's folder.
 */
#define YQ_HOST_ENDPOINTS_MAX 16u
#define YQ_HOST_OPTIONS_MAX   64u

/* As read from the file; NULL and 0 where the file says nothing. */
typedef struct yq_host_file {
    char *chain, *framework, *key, *passphrase_file, *cursor_dir, *hub_ca;
    char **endpoints, **hub;
    unsigned endpoints_count, hub_count;
    uint32_t poll_ms, deadline_ms, batch;
    uint64_t start_height;
} yq_host_file;

typedef struct yq_host_config {
    yq_host_file *file;                                /* owned */
    char *key, *passphrase_file, *cursor_dir, *hub_ca; /* absolute; owned */
    char *option_text[2 * YQ_HOST_OPTIONS_MAX];        /* owned; what option points to */
    yq_option option[YQ_HOST_OPTIONS_MAX];
    size_t option_n;
    uint32_t poll_ms, deadline_ms; /* defaults filled in */
    uint32_t batch;                /* packets a delivery */
} yq_host_config;

/* Where a configuration is wrong and what to do about it: "FILE:LINE: KEY: TEXT". */
typedef struct yq_host_config_error {
    char text[512];
} yq_host_config_error;

/*
 * Reads and checks a file. Out: config, freed with yq_host_config_free, also after a failure;
 * error on failure. Errors: E_NOT_FOUND, E_IO, E_CONFIG_INVALID. Does not open what the paths name.
 */
YQ_NODISCARD yq_status
yq_host_config_load(yq_host_config *config, const char *path, yq_host_config_error *error);
void yq_host_config_free(yq_host_config *config);

#endif /* YQ_ADAPTERS_HOST_CONFIG_H */
