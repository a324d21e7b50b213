#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/hub/export_cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A set that is taken is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_export_set set;
    yq_fault why;
    yq_status status = yq_export_set_decode(yq_slice_of(data, size), &set, &why);
    YQ_ASSERT(status == YQ_OK || (why.status == status && why.offset <= size));
    if (status == YQ_OK) {
        uint8_t room[YQ_EXPORT_SET_SIZE_MAX];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_export_set_put(&w, &set);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    }
    return 0;
}
