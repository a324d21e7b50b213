#include "conformance/chains/chainmaker/cmmock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A request as any client may send it; what is taken is in the pool, and no more. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_cmm_chain *chain;
    if (chain == NULL) {
        chain = yq_cmm_chain_new(yq_cmm_suite_of("sm-public"), "city", "seed", 1700000000);
    }
    size_t before = chain->pool_n;
    yq_buf reply = yq_cmm_answer(chain, yq_slice_of(data, size), 1700000001);
    YQ_ASSERT(reply.n > 0);
    YQ_ASSERT(chain->pool_n <= before + 1);
    while (chain->pool_n > before) {
        yq_cmm_tx_free(chain->pool[--chain->pool_n]);
    }
    free(reply.p);
    return 0;
}
