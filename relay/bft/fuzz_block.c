#include "relay/base/assert.h"
#include "relay/bft/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_header header;
    const uint8_t *digests;
    yq_fault why;
    yq_status status = yq_block_decode(yq_slice_of(data, size), &header, &digests, &why);
    YQ_ASSERT(status == YQ_OK || (why.status == status && why.offset <= size));
    if (status == YQ_OK) {
        YQ_ASSERT(size == YQ_HEADER_SIZE + (size_t)YQ_DIGEST_SIZE * header.n_env);
        YQ_ASSERT(header.n_env == 0 || digests == data + YQ_HEADER_SIZE);
    }
    return 0;
}
