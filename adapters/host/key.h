#ifndef YQ_ADAPTERS_HOST_KEY_H
#define YQ_ADAPTERS_HOST_KEY_H

#include "adapters/host/config.h"
#include "relay/crypto/crypto.h"

/* Reads the adapter's key as its configuration says. Out: key; freed with yq_key_free. Errors: E_IO
 * (the passphrase's file) and those of yq_key_read; why names the setting. */
YQ_NODISCARD yq_status yq_host_key_read(const yq_host_config *config, yq_key **key, yq_fault *why);

#endif /* YQ_ADAPTERS_HOST_KEY_H */
