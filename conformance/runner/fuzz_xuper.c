#include "conformance/runner/xuper.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A transaction of XuperChain as its protobuf message, and what its id is the hash of under the
 * rules of every version. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t cap = 64 * size + 1024u;
    uint8_t *room = malloc(cap);
    xuper_message message;
    yq_fault why = {0};
    YQ_ASSERT(room != NULL);
    if (xuper_message_read(yq_slice_of(data, size), &message, &why) == YQ_OK) {
        YQ_ASSERT(message.txid.n == YQ_DIGEST_SIZE);
        for (uint64_t version = 0; version <= XUPER_VERSIONS + 1; version++) {
            for (unsigned flags = 0; flags <= (XUPER_SIGNED | XUPER_NO_AUTO); flags++) {
                yq_writer w = yq_writer_of(room, cap);
                yq_status status = xuper_preimage(&message, version, flags, &w, &why);
                YQ_ASSERT(status == YQ_OK || status == YQ_E_VERSION || status == YQ_E_LIMIT);
                YQ_ASSERT((status == YQ_E_VERSION) == (version > XUPER_VERSIONS));
            }
        }
    }
    free(room);
    return 0;
}
