/* The adapter plugin "xinghuo". */
#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

static void close_session(void *session)
{
    yq_xha_session *s = session;
    if (s != NULL) {
        yq_xha_options_free(s);
        free(s);
    }
}

static yq_status open_session(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    if (host->abi_major != YQ_ADAPTER_ABI_MAJOR || host->size < sizeof *host) {
        return yq_fail(why, YQ_E_VERSION, 0, "host of another version");
    }
    yq_xha_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    s->host = *host;
    yq_status status = yq_xha_options_read(s, config, why);
    if (status != YQ_OK) {
        close_session(s);
        return status;
    }
    *session = s;
    return YQ_OK;
}

static yq_status preflight(
    void *session, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    return yq_xha_preflight(session, yq_web_now_ms() + deadline_ms, check, check_n, why);
}

static yq_status anchor_of(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    return yq_xha_anchor(session, yq_web_now_ms() + deadline_ms, anchor, why);
}

static yq_status latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    return yq_xha_latest(session, yq_web_now_ms() + deadline_ms, height, why);
}

static yq_status evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    return yq_xha_height_evidence(session, height, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_xha_submit(session, delivery, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_xha_step_epoch(session, set, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    return yq_xha_fate(session, reference, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status counters(void *session, const yq_option **counter, size_t *counter_n)
{
    yq_xha_session *s = session;
    const yq_web_counts web = yq_web_pool_counts(s->pool);
    const struct {
        const char *key;
        uint64_t value;
    } all[] = {
        {"calls", web.calls},
        {"failures", web.failures},
        {"heights", s->counts.heights},
        {"updates", s->counts.updates},
        {"disagreements", s->counts.disagreements},
        {"events", s->counts.events},
        {"oversized", s->counts.oversized},
        {"attested", s->counts.attested},
        {"attesters_refused", s->counts.refused},
        {"submitted", s->counts.submitted}};
    yq_option *out = s->host.alloc(s->host.self, YQ_ARRAY_N(all) * sizeof *out);
    if (out == NULL) {
        return YQ_E_MEMORY;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        char *text = s->host.alloc(s->host.self, 24);
        if (text == NULL) {
            return YQ_E_MEMORY;
        }
        (void)yq_decimal_encode(text, all[i].value);
        out[i] = (yq_option){all[i].key, text};
    }
    *counter = out;
    *counter_n = YQ_ARRAY_N(all);
    return YQ_OK;
}

const yq_adapter *yq_adapter_v1(void)
{
    static const yq_adapter adapter = {
        .magic = YQ_ADAPTER_MAGIC,
        .size = sizeof adapter,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .abi_minor = YQ_ADAPTER_ABI_MINOR,
        .framework = "xinghuo",
        .version = "1",
        .open = open_session,
        .preflight = preflight,
        .anchor = anchor_of,
        .latest = latest,
        .evidence = evidence,
        .submit = submit,
        .step = step,
        .receipt = receipt,
        .counters = counters,
        .close = close_session,
    };
    return &adapter;
}
