#ifndef YQ_ADAPTERS_ATTESTED_READER_H
#define YQ_ADAPTERS_ATTESTED_READER_H

/* What the adapter and every attester have in common: a mapping, and the platform read by it. */
#include "adapters/attested/platform.h"

typedef struct yq_atd_reader {
    yq_adapter_host host;
    char *chain;
    yq_atd_mapping mapping;
    yq_atd_platform platform;
    yq_web_access attester_access; /* of attesters; opened by who asks them */
    uint64_t anchor_number;
} yq_atd_reader;

/* Reads the options and the mapping they name; does not connect. In: reader, zeroed. Out: reader,
 * closed with yq_atd_reader_close, also after a failure. Errors: E_CONFIG_INVALID naming the key,
 * and those of the mapping. */
#define YQ_ATD_URL "url." /* options of this kind are for who asks the attesters */
YQ_NODISCARD yq_status yq_atd_reader_open(
    yq_atd_reader *reader,
    const yq_adapter_host *host,
    const yq_adapter_config *config,
    yq_fault *why);
void yq_atd_reader_close(yq_atd_reader *reader);

/* An option's value, NULL when it is not there. */
const char *yq_atd_option(const yq_adapter_config *config, const char *key);

#endif /* YQ_ADAPTERS_ATTESTED_READER_H */
