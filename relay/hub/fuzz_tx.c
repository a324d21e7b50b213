#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/hub/tx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes must encode to the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[64u << 10];
    yq_tx tx;
    yq_fault why;
    if (size <= sizeof room && yq_tx_decode(yq_slice_of(data, size), &tx, &why) == YQ_OK) {
        yq_buf out = {room, sizeof room, 0};
        YQ_ASSERT(yq_tx_encode(&tx, &out) == YQ_OK);
        YQ_ASSERT(yq_slice_equal(yq_slice_of(room, out.n), yq_slice_of(data, size)));
    }
    return 0;
}
