#include "relay/base/assert.h"
#include "relay/ledger/genesis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_genesis genesis;
    static uint8_t room[YQ_GENESIS_SIZE_MAX];
    yq_slice in = {data, size};
    yq_fault why;
    if (yq_genesis_decode(in, &genesis, &why) != YQ_OK) {
        YQ_ASSERT(why.offset <= size);
        return 0;
    }
    yq_buf out = {room, sizeof room, 0};
    YQ_ASSERT(yq_genesis_encode(&genesis, &out, NULL) == YQ_OK);
    YQ_ASSERT(yq_slice_equal(yq_slice_of(out.p, out.n), in));
    return 0;
}
