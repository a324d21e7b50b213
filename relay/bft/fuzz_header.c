#include "relay/base/assert.h"
#include "relay/bft/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_header header;
    yq_fault why;
    yq_status status = yq_header_decode(yq_slice_of(data, size), &header, &why);
    YQ_ASSERT(status == YQ_OK || (why.status == status && why.offset <= size));
    if (status == YQ_OK) {
        uint8_t room[YQ_HEADER_SIZE];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_header_put(&w, &header);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    }
    yq_final_info info;
    status = yq_final_info_decode(yq_slice_of(data, size), &info, &why);
    YQ_ASSERT((status == YQ_OK) == (size == YQ_FINAL_INFO_SIZE));
    return 0;
}
