#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

void *yq_emock_grow(void *array, size_t *n, size_t size)
{
    uint8_t *grown = realloc(array, (*n + 1) * size);
    YQ_ASSERT(grown != NULL);
    memset(grown + *n * size, 0, size);
    ++*n;
    return grown;
}
