#ifndef YQ_ADAPTERS_ATTESTER_SERVE_H
#define YQ_ADAPTERS_ATTESTER_SERVE_H

#include "adapters/attester/attester.h"

struct event_base;

/*
 * An attester's endpoint on loopback: GET /v1/statements/NUMBER, GET /v1/status; JSON. In the field
 * a TLS terminator stands before it.
 */
typedef struct yq_attester_server yq_attester_server;

/* Listens. In: port 0: any free one; wanted, or NULL: the value of Authorization that callers must
 * show; copied. Owns: closed with yq_attester_server_close. Errors: E_CONFIG_INVALID, E_IO,
 * E_MEMORY.
 */
YQ_NODISCARD yq_status yq_attester_server_open(
    struct event_base *base,
    uint16_t port,
    const char *wanted,
    yq_attester *attester,
    yq_attester_server **out,
    yq_fault *why);
uint16_t yq_attester_server_port(const yq_attester_server *server);
void yq_attester_server_close(yq_attester_server *server);

/* The number behind a path's last stroke, in canonical digits. Returns 0 when it is none. */
int yq_attester_number_of(const char *path, uint64_t *number);

#endif /* YQ_ADAPTERS_ATTESTER_SERVE_H */
