#include "conformance/runner/fabric.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A record of a peer's block file, and what is read from it as a block. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cap = 2 * size + 1024u;
    uint8_t *room = malloc(cap);
    yq_writer w = yq_writer_of(room, cap);
    yq_fault why = {0};
    yq_fabric_raw_block block;
    YQ_ASSERT(room != NULL);
    yq_status status = fabric_record_read(yq_slice_of(data, size), &w, &why);
    if (status == YQ_OK) {
        status = yq_fabric_raw_block_decode(yq_writer_slice(&w), &block, &why);
    }
    YQ_ASSERT(!yq_status_is_fault(status));
    free(room);
    return 0;
}
