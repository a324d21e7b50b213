#include "relay/base/assert.h"
#include "relay/bft/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static yq_status any(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig64)
{
    (void)self;
    (void)m;
    YQ_ASSERT(idx < set->n);
    return sig64[0] == 0 ? YQ_E_SIG : YQ_OK;
}

/* What is taken is written again as the same bytes; what passes the check has its quorum. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_cert cert;
    yq_fault why;
    yq_status status = yq_cert_decode(yq_slice_of(data, size), &cert, &why);
    YQ_ASSERT(status == YQ_OK || (why.status == status && why.offset <= size));
    if (status != YQ_OK) {
        return 0;
    }
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, &cert);
    YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    yq_valset set = {.epoch = cert.epoch, .suite = 1, .n = 4};
    if (yq_cert_check(&cert, YQ_HASH_SM3, &set, any, NULL) == YQ_OK) {
        unsigned n = 0;
        for (uint32_t map = cert.bitmap; map != 0; map &= map - 1) {
            n++;
        }
        YQ_ASSERT(n >= 3 && cert.bitmap < 16);
    }
    return 0;
}
