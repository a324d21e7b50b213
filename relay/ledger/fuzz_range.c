#include "relay/base/assert.h"
#include "relay/ledger/range.h"
#include "relay/store/mem.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static range r;
    yq_fault why = {0};
    if (range_decode(YQ_HASH_SM3, yq_slice_of(data, size), &r, &why) != YQ_OK) {
        YQ_ASSERT(why.status < 0 && why.offset <= size);
        return 0;
    }
    for (uint16_t i = 0; i < r.n; i++) {
        const range_block *b = &r.block[i];
        YQ_ASSERT(b->header.height == r.from + i);
        body **bodies = yq_mem_alloc((size_t)b->header.n_env * sizeof *bodies);
        (void)range_bodies(YQ_HASH_SM3, b, bodies, NULL);
        for (uint32_t k = 0; k < b->header.n_env; k++) {
            body_release(bodies[k]);
        }
        yq_mem_free(bodies);
    }
    return 0;
}
