#include "relay/base/assert.h"
#include "relay/bft/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A step that is taken is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_valset set;
    yq_fault why;
    yq_status status = yq_valset_step_decode(yq_slice_of(data, size), &set, &why);
    YQ_ASSERT(status == YQ_OK || (why.status == status && why.offset <= size));
    if (status == YQ_OK) {
        uint8_t room[YQ_VALSET_STEP_MAX];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_valset_step_put(&w, &set);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    }
    return 0;
}
