#include "adapters/fabric/seek.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_fabric_deliver response;
    yq_fault why;
    if (yq_fabric_deliver_decode(yq_slice_of(data, size), &response, &why) != YQ_OK) {
        return 0;
    }
    if (response.is_block) {
        YQ_ASSERT(response.block.n <= size);
    } else if (yq_fabric_deliver_outcome(response.status, &why) != YQ_OK) {
        YQ_ASSERT(why.text[0] != '\0');
    }
    return 0;
}
