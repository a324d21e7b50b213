#include "relay/base/assert.h"
#include "relay/bft/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_block_proposal p;
    static uint8_t room[YQ_PROPOSAL_SIZE_MAX];
    yq_fault why;
    yq_status status = yq_proposal_decode(yq_slice_of(data, size), &p, &why);
    YQ_ASSERT(status == YQ_OK || (why.status == status && why.offset <= size));
    if (status == YQ_OK) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_proposal_put(&w, &p);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    }
    status = yq_proposal_decode_unsigned(yq_slice_of(data, size), &p, &why);
    if (status == YQ_OK) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_proposal_put_unsigned(&w, &p);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    }
    return 0;
}
