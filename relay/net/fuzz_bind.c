#include "relay/base/assert.h"
#include "relay/net/bind.h"
#include "relay/net/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_bind bind;
    yq_fault why;
    if (yq_bind_decode(yq_slice_of(data, size), &bind, &why) != YQ_OK) {
        return 0;
    }
    uint8_t room[YQ_FRAME_BIND_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_bind_put(&w, &bind);
    YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    return 0;
}
