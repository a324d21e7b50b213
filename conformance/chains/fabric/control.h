#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_CONTROL_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_CONTROL_H

#include "conformance/chains/fabric/chain.h"

/* Carries out a command of common/mock.h, or of this framework: identity {cert_file, key_file},
 * gateway {mode}. In: now_ms of a block that it makes at once. Errors: as yq_mock_framework's. */
YQ_NODISCARD yq_status yq_fbmock_control(
    yq_fbmock_chain *chain,
    uint64_t now_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_CONTROL_H */
