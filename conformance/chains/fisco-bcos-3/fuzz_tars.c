/* A transaction in TARS from whoever sends one: what is read can be written again and reads so. */
#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t hashed[2][1u << 17], raw[1u << 17];
    yq_mock3_tx tx = {0}, again = {0};
    yq_fault why;
    if (size > 65536 || yq_mock3_tars_read(yq_slice_of(data, size), &tx, &why) != YQ_OK) {
        return 0;
    }
    yq_writer first = yq_writer_of(hashed[0], sizeof hashed[0]);
    yq_writer second = yq_writer_of(hashed[1], sizeof hashed[1]);
    yq_mock3_tars_hashed(&tx, &first);
    YQ_ASSERT(first.status == YQ_OK);
    if (tx.version != 0) {
        return 0; /* the writer has the fields of version 0 */
    }
    yq_writer w = yq_writer_of(raw, sizeof raw);
    yq_mock3_tars_put(&tx, &w);
    YQ_ASSERT(w.status == YQ_OK);
    YQ_ASSERT(yq_mock3_tars_read(yq_writer_slice(&w), &again, &why) == YQ_OK);
    yq_mock3_tars_hashed(&again, &second);
    YQ_ASSERT(yq_slice_equal(yq_writer_slice(&first), yq_writer_slice(&second)));
    return 0;
}
