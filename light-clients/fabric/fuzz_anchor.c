#include "light-clients/fabric/fuzz_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The block of an anchor, and in layout 2 the sample; empty where there is none. */
static void find_blocks(yq_slice in, yq_slice *block, yq_slice *sample)
{
    yq_cur c = yq_cur_of(in);
    int is_sampled = yq_cur_u8(&c) == 2;
    (void)yq_cur_str8(&c, 255);
    for (unsigned n = yq_cur_u8(&c); n > 0 && yq_cur_ok(&c); n--) {
        (void)yq_cur_str8(&c, 255);
        (void)yq_cur_u8(&c);
        (void)yq_cur_blob16(&c, UINT16_MAX);
        (void)yq_cur_take(&c, 1 + 8 + 4 + 4);
    }
    *block = yq_cur_blob32(&c, in.n);
    *sample = nothing;
    if (is_sampled) {
        *sample = yq_cur_blob32(&c, in.n);
    }
}

/* So that mutations come past the hashes, by which a sample is found to be one. */
static void repair(client *c, uint8_t *p, size_t n)
{
    static const yq_fabric_dialect plain = YQ_FABRIC_PLAIN;
    yq_slice block, sample;
    fuzz_link link = {0};
    find_blocks(yq_slice_of(p, n), &block, &sample);
    const yq_fabric_dialect *spoken = sample.n > 0 ? &fuzz_dialect : &plain;
    if (block.n > 0) {
        fuzz_repair(c, p + (block.p - p), block.n, spoken, NULL, &link);
    }
    if (sample.n > 0) {
        fuzz_repair(c, p + (sample.p - p), sample.n, spoken, &link, NULL);
    }
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
    repair(c, copy, size);
    yq_status status = client_init(c, yq_slice_of(copy, size));
    fuzz_verdict(status);
    YQ_ASSERT(status != YQ_OK || client_describe(c).quorum > 0);
    free(copy);
    return 0;
}
