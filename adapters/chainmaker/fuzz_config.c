#include "adapters/chainmaker/signer.h"
#include "adapters/chainmaker/wire.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A chain's configuration, or a member's text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = yq_slice_of(data, size);
    yq_cma_config config;
    yq_cma_signer signer;
    if (yq_cma_config_decode(in, &config, NULL) == YQ_OK) {
        YQ_ASSERT(config.node_n > 0 && config.node_n <= YQ_CMA_NODES_MAX);
        for (size_t i = 1; i < config.node_n; i++) {
            YQ_ASSERT(yq_slice_compare(config.node[i - 1], config.node[i]) < 0);
        }
    }
    if (yq_cma_signer_of_pem(in, YQ_HASH_SM3, &signer, NULL) == YQ_OK) {
        YQ_ASSERT(signer.scheme != YQ_CMA_UNKNOWN);
    }
    return 0;
}
