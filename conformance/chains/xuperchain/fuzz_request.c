#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A request as any client may send it, behind one byte that picks the method; what is taken is in
 * the pool, and no more. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_xum_chain *chain;
    size_t methods = 0;
    if (chain == NULL) {
        chain = yq_xum_chain_new(YQ_XUA_P256, "city", "seed", UINT64_C(1700000000000000000));
    }
    while (yq_xum_method[methods] != NULL) {
        methods++;
    }
    if (size == 0) {
        return 0;
    }
    size_t before = chain->pool_n;
    yq_buf reply = yq_xum_answer(
        chain, data[0] % methods, yq_slice_of(data + 1, size - 1), UINT64_C(1700000001000000000));
    YQ_ASSERT(chain->pool_n <= before + 1);
    while (chain->pool_n > before) {
        yq_xum_tx_free(chain->pool[--chain->pool_n]);
    }
    free(reply.p);
    return 0;
}
