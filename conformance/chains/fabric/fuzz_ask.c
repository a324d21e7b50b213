#include "conformance/chains/fabric/ask.h"
#include "conformance/chains/fabric/store.h"
#include "relay/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    yq_fbmock_ask ask;
    yq_fbmock_walk walk;
    yq_fbmock_outline outline;
    if (yq_fbmock_ask_decode(yq_slice_of(p, n), &ask, NULL) == YQ_OK) {
        uint32_t status = yq_fbmock_walk_begin(&ask, "hubch", 9, &walk);
        if ((status == YQ_FBMOCK_SUCCESS) != walk.active) {
            __builtin_trap();
        }
    }
    if (yq_fbmock_outline_of(yq_slice_of(p, n), &outline, NULL) == YQ_OK && outline.header.n == 0) {
        __builtin_trap();
    }
    return 0;
}
