#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/hub/export_cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes must encode to the same bytes, and a set judges it without a fault. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yq_export_cert cert;
    static const yq_export_set set = {.epoch = 5, .suite = YQ_SUITE_ETH, .n = 4};
    yq_fault why;
    yq_status status = yq_export_cert_decode(yq_slice_of(data, size), &cert, &why);
    YQ_ASSERT(status == YQ_OK || why.status == status);
    if (status == YQ_OK) {
        uint8_t room[YQ_EXPORT_CERT_SIZE_MAX];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_export_cert_put(&w, &cert);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
        YQ_ASSERT(yq_export_cert_check(&cert, &set) != YQ_OK);
    }
    return 0;
}
