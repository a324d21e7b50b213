#include "relay/base/assert.h"
#include "relay/bft/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_vote vote;
    yq_fault why;
    yq_status status = yq_vote_decode(yq_slice_of(data, size), &vote, &why);
    YQ_ASSERT(status == YQ_OK || (why.status == status && why.offset <= size));
    if (status == YQ_OK) {
        uint8_t room[YQ_VOTE_SIZE_MAX];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_vote_put(&w, &vote);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    }
    return 0;
}
