#ifndef YQ_ADAPTERS_XINGHUO_OFFICE_CONFIG_H
#define YQ_ADAPTERS_XINGHUO_OFFICE_CONFIG_H

#include "yuqiao/adapter.h"

#include "relay/codec/json.h"

#define YQ_XHA_OFFICE_OPTIONS_MAX 32u

/* An attester's configuration: README.md, "An attester". Texts live as long as it. */
typedef struct yq_xha_office_config {
    yq_json *document;
    char *text[3 * YQ_XHA_OFFICE_OPTIONS_MAX];
    size_t text_n;
    const char *endpoint[YQ_XHA_OFFICE_OPTIONS_MAX];
    yq_option option[YQ_XHA_OFFICE_OPTIONS_MAX];
    yq_adapter_config adapter; /* chain, endpoints, options */
    uint64_t epoch;
    const char *key_path, *passphrase_path; /* the second may be NULL */
    const char *host;                       /* to listen on, of IPv4 */
    uint64_t port;                          /* 0: any free one */
    const char *cert_path, *cert_key_path;  /* of TLS; NULL: plain, on loopback only */
} yq_xha_office_config;

/* Reads the text of a configuration. Out: config, freed also after a failure. Errors:
 * E_CONFIG_INVALID naming the member, E_MEMORY. */
YQ_NODISCARD yq_status
yq_xha_office_config_parse(yq_slice text, yq_xha_office_config *config, yq_fault *why);
void yq_xha_office_config_free(yq_xha_office_config *config);

#endif /* YQ_ADAPTERS_XINGHUO_OFFICE_CONFIG_H */
