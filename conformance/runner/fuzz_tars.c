#include "conformance/runner/fisco3.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A transaction of FISCO BCOS 3 in TARS. What is hashed is never longer than what was read, but for
 * numbers in their full size. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cap = size + 64u;
    uint8_t *room = malloc(cap);
    yq_writer w = yq_writer_of(room, cap);
    yq_slice stated = {0}, sig = {0};
    yq_fault why = {0};
    YQ_ASSERT(room != NULL);
    yq_status status = fisco3_tars_tx(yq_slice_of(data, size), &w, &stated, &sig, &why);
    YQ_ASSERT(!yq_status_is_fault(status));
    YQ_ASSERT(status != YQ_OK || stated.n + sig.n <= size);
    free(room);
    return 0;
}
