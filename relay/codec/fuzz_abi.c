#include "relay/base/assert.h"
#include "relay/codec/abi.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = yq_slice_of(data, size), out;
    if (yq_abi_bytes_decode(in, &out)) {
        uint8_t *room = malloc(size);
        YQ_ASSERT(room != NULL);
        yq_writer w = yq_writer_of(room, size);
        yq_abi_put_bytes(&w, out);
        YQ_ASSERT(w.status == YQ_OK);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), in));
        free(room);
    }
    for (size_t i = 0; i < 4; i++) {
        yq_cur args = yq_cur_of(in);
        (void)yq_abi_dynamic(&args, i, size);
        (void)yq_abi_address(&args, i);
        yq_fault why;
        YQ_ASSERT(yq_cur_status(&args, &why) == YQ_OK || why.offset <= size);
    }
    return 0;
}
