#ifndef YQ_ADAPTERS_PIPE_SESSION_H
#define YQ_ADAPTERS_PIPE_SESSION_H

/* Inner parts of the adapter. */
#include "adapters/pipe/child.h"
#include "adapters/pipe/wire.h"

#define YQ_PIPE_ARGS_MAX      32u
#define YQ_PIPE_ENV_MAX       16u
#define YQ_PIPE_ENDPOINTS_MAX 64u
#define YQ_PIPE_OPTIONS_MAX   64u
#define YQ_PIPE_OWNED_MAX     320u
#define YQ_PIPE_ENV_FIXED     3u

/* The configuration: copies, freed with yq_pipe_settings_free. */
typedef struct yq_pipe_settings {
    char *argv[YQ_PIPE_ARGS_MAX + 1], *env[YQ_PIPE_ENV_FIXED + YQ_PIPE_ENV_MAX + 1];
    size_t arg_n, env_n;
    const char *dir;
    uint32_t hello_ms;
    yq_pipe_hello hello;
    const char *endpoint[YQ_PIPE_ENDPOINTS_MAX];
    yq_option option[YQ_PIPE_OPTIONS_MAX];
    char *owned[YQ_PIPE_OWNED_MAX];
    size_t owned_n;
} yq_pipe_settings;

typedef struct yq_pipe_counts {
    uint64_t calls, failures, starts;
} yq_pipe_counts;

typedef struct yq_pipe_session {
    yq_adapter_host host;
    yq_pipe_settings settings;
    yq_pipe_child child;
    uint16_t child_minor;
    uint64_t last_id;              /* of this child */
    uint64_t started_ms, ready_ms; /* when it began; when one may begin anew */
    uint32_t deaths;               /* that came soon, one after another */
    yq_pipe_counts counts;
} yq_pipe_session;

/* ---- options.c ---- */

/* Errors: E_CONFIG_INVALID naming the key, E_MEMORY; settings are to be freed in any case. */
YQ_NODISCARD yq_status
yq_pipe_settings_read(yq_pipe_settings *settings, const yq_adapter_config *config, yq_fault *why);
void yq_pipe_settings_free(yq_pipe_settings *settings);

/* ---- call.c ---- */

/* Starts a child if none runs, by until_ms. Errors: E_UNAVAILABLE: it is too early to begin anew,
 * or it cannot be started; those of hello and of the exchange. */
YQ_NODISCARD yq_status yq_pipe_wake(yq_pipe_session *s, uint64_t until_ms, yq_fault *why);

/*
 * Asks the child, which is started if need be and killed if it answers badly. Fills in id and
 * deadline of request. Out: result, host->alloc's. Errors: those of yq_pipe_wake and of the
 * exchange; what the child says, with its text.
 */
YQ_NODISCARD yq_status yq_pipe_call(
    yq_pipe_session *s,
    yq_pipe_request *request,
    uint32_t deadline_ms,
    yq_slice *result,
    yq_fault *why);

/* Passes status on. One that is not YQ_OK is of a child that answers badly: it is killed, and why
 * says where its reply is wrong. */
yq_status yq_pipe_judge(yq_pipe_session *s, yq_status status, yq_fault *why);

/* Asks the child to close, and kills it. */
void yq_pipe_end(yq_pipe_session *s);

#endif /* YQ_ADAPTERS_PIPE_SESSION_H */
