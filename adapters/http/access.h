#ifndef YQ_ADAPTERS_HTTP_ACCESS_H
#define YQ_ADAPTERS_HTTP_ACCESS_H

#include "yuqiao/adapter.h"

#define YQ_WEB_HEADERS_MAX 16u

/* How nodes are reached, and what is shown to them. Zeroed before use; the files are PEM; a member
 * that no option set is NULL. */
typedef struct yq_web_access {
    char *ca_path;              /* whom to trust instead of the system's list */
    char *cert_path, *key_path; /* who this adapter is */
    char *server_name;          /* the nodes' name in their certificates, in place of the URL's */
    char *token_path;           /* its first line is a bearer's token */
    char *headers_path;         /* lines "Name: value" */
    size_t header_n;            /* secrets that were read */
    char *header[YQ_WEB_HEADERS_MAX];
} yq_web_access;

/*
 * Takes an option when it is one of this room: tls_ca_file, tls_cert_file, tls_key_file,
 * tls_server_name, token_file, headers_file. Returns 1 when it is, 0 when the key is another's.
 * Out: status: E_CONFIG_INVALID naming the key, E_MEMORY.
 */
int yq_web_access_take(
    yq_web_access *access, const yq_option *option, yq_status *status, yq_fault *why);

/*
 * Checks that the files are there and belong together, and reads the secrets. Call it once, after
 * the last option. Errors: E_CONFIG_INVALID naming the key, E_PERMISSION (a file of secrets that
 * others may read), E_MEMORY. Not checked: what TLS files hold; a connection that needs them fails.
 */
YQ_NODISCARD yq_status yq_web_access_open(yq_web_access *access, yq_fault *why);

/* Frees all; secrets are wiped. */
void yq_web_access_free(yq_web_access *access);

#endif /* YQ_ADAPTERS_HTTP_ACCESS_H */
