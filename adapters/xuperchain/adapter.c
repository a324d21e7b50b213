/* The adapter plugin "xuperchain". */
#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready = CURLE_FAILED_INIT;

static void start_curl(void)
{
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int stopping_of(void *self)
{
    const yq_xua_session *s = self;
    return s->host.stopping(s->host.self);
}

static void xua_close(void *session)
{
    yq_xua_session *s = session;
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < YQ_XUA_ENDPOINTS_MAX; i++) {
        yq_grpc_link_close(s->link[i]);
    }
    yq_xua_source_clear(s);
    yq_xua_options_free(s);
    free(s);
}

static yq_status xua_open(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    if (host->abi_major != YQ_ADAPTER_ABI_MAJOR || host->size < sizeof *host) {
        return yq_fail(why, YQ_E_VERSION, 0, "host of another version");
    }
    if (pthread_once(&once, start_curl) != 0 || curl_ready != CURLE_OK) {
        return yq_fail(why, YQ_E_MEMORY, 0, "libcurl");
    }
    yq_xua_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    s->host = *host;
    s->access =
        (yq_grpc_access){.message_max = YQ_XUA_MESSAGE_MAX, .stopping = stopping_of, .self = s};
    yq_status status = yq_xua_options_read(s, config, why);
    if (status != YQ_OK) {
        xua_close(s);
        return status;
    }
    *session = s;
    return YQ_OK;
}

static yq_status xua_preflight(
    void *session, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    return yq_xua_preflight(session, yq_xua_now_ms() + deadline_ms, check, check_n, why);
}

static yq_status xua_anchor(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    return yq_xua_anchor(session, yq_xua_now_ms() + deadline_ms, anchor, why);
}

static yq_status xua_latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    return yq_xua_source_latest(session, yq_xua_now_ms() + deadline_ms, height, why);
}

static yq_status xua_evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    return yq_xua_height_evidence(session, height, yq_xua_now_ms() + deadline_ms, out, why);
}

static yq_status xua_submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_xua_submit(session, delivery, yq_xua_now_ms() + deadline_ms, reference, why);
}

static yq_status xua_step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_xua_step_epoch(session, set, yq_xua_now_ms() + deadline_ms, reference, why);
}

static yq_status xua_receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    return yq_xua_fate(session, reference, yq_xua_now_ms() + deadline_ms, out, why);
}

static yq_status xua_counters(void *session, const yq_option **counter, size_t *counter_n)
{
    yq_xua_session *s = session;
    const struct {
        const char *key;
        uint64_t value;
    } all[] = {
        {"calls", s->counts.calls},
        {"failures", s->counts.failures},
        {"blocks", s->counts.blocks},
        {"disagreements", s->counts.disagreements},
        {"events", s->counts.events},
        {"unprovable", s->counts.unprovable},
        {"submitted", s->counts.submitted},
        {"refused", s->counts.refused}};
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
        .framework = "xuperchain",
        .version = "1",
        .open = xua_open,
        .preflight = xua_preflight,
        .anchor = xua_anchor,
        .latest = xua_latest,
        .evidence = xua_evidence,
        .submit = xua_submit,
        .step = xua_step,
        .receipt = xua_receipt,
        .counters = xua_counters,
        .close = xua_close,
    };
    return &adapter;
}
