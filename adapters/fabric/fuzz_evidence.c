#include "adapters/fabric/evidence.h"
#include "relay/base/assert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_fabric_raw_block block;
    if (yq_fabric_raw_block_decode((yq_slice){data, size}, &block, NULL) != YQ_OK) {
        return 0;
    }
    size_t cap = yq_fabric_raw_update_size(&block), at = 0;
    yq_buf out = {malloc(cap), cap, 0};
    if (out.p == NULL) {
        return 0;
    }
    YQ_ASSERT(yq_fabric_raw_update(&block, &out) == YQ_OK);
    yq_slice element;
    while (yq_fabric_raw_next(&block, &at, &element)) {
        yq_fabric_raw_tx tx;
        yq_fabric_raw_config config;
        yq_fabric_raw_tx_decode(element, &tx);
        yq_fabric_raw_config_decode(tx.config, &config);
    }
    free(out.p);
    return 0;
}
