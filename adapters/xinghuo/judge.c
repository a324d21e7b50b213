#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

yq_status yq_xha_judge(yq_xha_session *s, yq_slice body, uint64_t until_ms, yq_fault *why)
{
    yq_xha_body asked;
    yq_xha_source source;
    yq_xha_bodies own = {0};
    uint64_t height = 0;
    int found = 0;
    yq_status status = yq_xha_body_read(body, &asked, &height, why);
    if (status == YQ_OK && height == 0) {
        status = yq_fail(why, YQ_E_RANGE, 0, "height");
    }
    if (status == YQ_OK) {
        status = yq_xha_source_fetch(s, height, until_ms, &source, why);
    }
    if (status == YQ_OK) {
        status = yq_xha_source_events(s, &source, until_ms, &own, why);
    }
    for (size_t i = 0; i < own.n && !found; i++) {
        found = yq_slice_equal(body, yq_slice_of(own.body[i].p, own.body[i].n));
    }
    yq_xha_bodies_free(&own);
    if (status == YQ_OK && !found) {
        status = yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "this attester's nodes tell no such event");
    }
    return status;
}
