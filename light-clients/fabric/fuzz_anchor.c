#include "light-clients/fabric/fuzz_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the block begins in an anchor; 0 when there is none. */
static size_t block_at(yq_slice in)
{
    yq_cur c = yq_cur_of(in);
    (void)yq_cur_u8(&c);
    (void)yq_cur_str8(&c, 255);
    for (unsigned n = yq_cur_u8(&c); n > 0 && yq_cur_ok(&c); n--) {
        (void)yq_cur_str8(&c, 255);
        (void)yq_cur_u8(&c);
        (void)yq_cur_blob16(&c, UINT16_MAX);
        (void)yq_cur_take(&c, 1 + 8 + 4 + 4);
    }
    yq_slice block = yq_cur_blob32(&c, in.n);
    return yq_cur_ok(&c) && block.n > 0 ? (size_t)(block.p - in.p) : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static client *c;
    if (c == NULL) {
        c = client_new();
        c->host.check_signatures = fuzz_check;
    }
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL) {
        return 0;
    }
    yq_bytes_copy(copy, data, size);
    size_t at = block_at(yq_slice_of(copy, size));
    if (at > 0) {
        fuzz_repair(c, copy + at, size - at, NULL);
    }
    yq_status status = client_init(c, yq_slice_of(copy, size));
    fuzz_verdict(status);
    YQ_ASSERT(status != YQ_OK || client_describe(c).quorum > 0);
    free(copy);
    return 0;
}
