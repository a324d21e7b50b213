#include "relay/hub/test_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * u8 signer, then the transaction; the state is made once and undone after each input. A refused
 * transaction leaves the state as it was and no input is a fault.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static test_world w;
    static yq_digest at_start;
    if (w.memory == NULL) {
        test_two_cities(&w);
        yq_status status = test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "cc", "Sent");
        YQ_ASSERT(status == YQ_OK);
        at_start = test_kv_digest(&w.kv);
    }
    if (size == 0) {
        return 0;
    }
    const yq_digest *signer[] = {&w.admin[0], &w.admin[1], &w.operator_[0], &w.adapter[0]};
    uint64_t mark = w.kv.kv.mark(w.kv.kv.self);
    yq_hub_execute(&w.hub, signer[data[0] % 4], yq_slice_of(data + 1, size - 1), &w.result);
    YQ_ASSERT(w.result.status > -400);
    int changed = w.result.status == YQ_OK;
    w.kv.kv.undo(w.kv.kv.self, mark);
    if (changed) {
        yq_digest now = test_kv_digest(&w.kv);
        YQ_ASSERT(memcmp(&now, &at_start, sizeof now) == 0);
    }
    return 0;
}
