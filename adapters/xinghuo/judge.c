#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

static int is_told(const yq_xha_bodies *own, yq_slice body)
{
    for (size_t i = 0; i < own->n; i++) {
        if (yq_slice_equal(body, yq_slice_of(own->body[i].p, own->body[i].n))) {
            return 1;
        }
    }
    return 0;
}

/* The one ledger that all are of. */
static yq_status height_of(const yq_slice *body, size_t n, uint64_t *height, yq_fault *why)
{
    yq_xha_body read;
    yq_status status = YQ_OK;
    *height = 0;
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        uint64_t own = 0;
        status = yq_xha_body_read(body[i], &read, &own, why);
        if (status == YQ_OK && (own == 0 || (i > 0 && own != *height))) {
            status = yq_fail(why, YQ_E_RANGE, 0, "height: zero, or not one for all");
        }
        *height = own;
    }
    return status;
}

yq_status yq_xha_judge(
    yq_xha_session *s, const yq_slice *body, size_t n, uint64_t until_ms, yq_fault *why)
{
    yq_xha_source source;
    yq_xha_bodies own = {0};
    uint64_t height = 0;
    yq_status status = height_of(body, n, &height, why);
    if (status == YQ_OK) {
        status = yq_xha_source_fetch(s, height, until_ms, &source, why);
    }
    if (status == YQ_OK) {
        status = yq_xha_source_events(s, &source, until_ms, &own, why);
    }
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        if (!is_told(&own, body[i])) {
            status =
                yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "this attester's nodes tell no such event");
        }
    }
    yq_xha_bodies_free(&own);
    return status;
}
