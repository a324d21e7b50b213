#include "relay/base/assert.h"
#include "relay/codec/x509.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_inside(yq_slice s, const uint8_t *data, size_t size)
{
    return s.n == 0 || (s.p >= data && s.n <= size && s.p - data <= (ptrdiff_t)(size - s.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_x509 x;
    yq_fault why;
    if (yq_x509_decode(yq_slice_of(data, size), &x, &why) == YQ_OK) {
        YQ_ASSERT(is_inside(x.tbs, data, size));
        YQ_ASSERT(is_inside(x.key, data, size));
        YQ_ASSERT(is_inside(x.sig, data, size));
        YQ_ASSERT(x.ou_n <= YQ_X509_OU_MAX);
        YQ_ASSERT(x.path_len == -1 || x.is_ca);
    } else {
        YQ_ASSERT(why.offset <= size);
    }
    uint8_t *room = malloc(size + 1);
    YQ_ASSERT(room != NULL);
    yq_buf der = {.p = room, .cap = size};
    if (yq_pem_decode(yq_slice_of(data, size), "CERTIFICATE", &der, &why) != YQ_OK) {
        YQ_ASSERT(why.offset <= size);
    }
    free(room);
    return 0;
}
