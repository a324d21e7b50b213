#include "conformance/runner/xuper.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A transaction of XuperChain as its protobuf message, and what its id is the hash of. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cap = 16 * size + 1024u;
    uint8_t *room = malloc(cap);
    yq_writer w = yq_writer_of(room, cap);
    uint64_t version;
    yq_slice txid;
    YQ_ASSERT(room != NULL);
    if (run_xuper_preimage(yq_slice_of(data, size), &w, &version, &txid)) {
        YQ_ASSERT(txid.n == YQ_DIGEST_SIZE && w.status == YQ_OK);
    }
    free(room);
    return 0;
}
