/* The adapter plugin "pipe". */
#include "adapters/pipe/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define COUNTERS_MS  1000u
#define DECIMAL_SIZE 24u

static void pipe_close(void *session)
{
    yq_pipe_session *s = session;
    yq_pipe_end(s);
    yq_pipe_settings_free(&s->settings);
    free(s);
}

static yq_status pipe_open(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    if (host->abi_major != YQ_ADAPTER_ABI_MAJOR || host->size < sizeof *host) {
        return yq_fail(why, YQ_E_VERSION, 0, "host of another version");
    }
    yq_pipe_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    s->host = *host;
    yq_status status = yq_pipe_settings_read(&s->settings, config, why);
    if (status == YQ_OK) { /* a wrong option of the child's own is told now as well */
        status = yq_pipe_wake(s, yq_pipe_now_ms() + s->settings.hello_ms, why);
    }
    if (status != YQ_OK) {
        pipe_close(s);
        return status;
    }
    *session = s;
    return YQ_OK;
}

static yq_status pipe_preflight(
    void *session, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    yq_pipe_session *s = session;
    yq_pipe_request request = {.method = "preflight"};
    yq_slice result;
    yq_status status = yq_pipe_call(s, &request, deadline_ms, &result, why);
    if (status != YQ_OK) {
        return status;
    }
    return yq_pipe_judge(s, yq_pipe_read_checks(&s->host, result, check, check_n, why), why);
}

/* A request whose result is bytes under a key. */
static yq_status ask_bytes(
    yq_pipe_session *s,
    yq_pipe_request *request,
    uint32_t deadline_ms,
    const char *key,
    size_t size_max,
    yq_slice *out,
    yq_fault *why)
{
    yq_slice result;
    yq_status status = yq_pipe_call(s, request, deadline_ms, &result, why);
    if (status != YQ_OK) {
        return status;
    }
    return yq_pipe_judge(s, yq_pipe_read_bytes(result, key, size_max, out, why), why);
}

static yq_status pipe_anchor(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    yq_pipe_request request = {.method = "anchor"};
    return ask_bytes(session, &request, deadline_ms, "anchor", YQ_PIPE_FRAME_MAX, anchor, why);
}

static yq_status pipe_latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    yq_pipe_session *s = session;
    yq_pipe_request request = {.method = "latest"};
    yq_slice result;
    yq_status status = yq_pipe_call(s, &request, deadline_ms, &result, why);
    return status == YQ_OK ? yq_pipe_judge(s, yq_pipe_read_height(result, height, why), why)
                           : status;
}

static yq_status pipe_evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_pipe_session *s = session;
    yq_pipe_request request = {.method = "evidence", .height = &height};
    yq_slice result;
    yq_status status = yq_pipe_call(s, &request, deadline_ms, &result, why);
    if (status != YQ_OK) {
        return status;
    }
    return yq_pipe_judge(s, yq_pipe_read_evidence(&s->host, result, out, why), why);
}

static yq_status pipe_submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    yq_pipe_request request = {.method = "submit", .argument = "delivery", .bytes = delivery};
    return ask_bytes(session, &request, deadline_ms, "reference", YQ_PIPE_HINT_MAX, reference, why);
}

static yq_status pipe_step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    yq_pipe_session *s = session;
    yq_pipe_request request = {.method = "step", .argument = "set", .bytes = set};
    yq_status status = yq_pipe_wake(s, yq_pipe_now_ms() + deadline_ms, why);
    if (status == YQ_OK && s->child_minor < 1) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "child: abi_minor: it does not know step");
    }
    return status == YQ_OK
               ? ask_bytes(s, &request, deadline_ms, "reference", YQ_PIPE_HINT_MAX, reference, why)
               : status;
}

static yq_status pipe_receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    yq_pipe_session *s = session;
    yq_pipe_request request = {.method = "receipt", .argument = "reference", .bytes = reference};
    yq_slice result;
    yq_status status = yq_pipe_call(s, &request, deadline_ms, &result, why);
    if (status != YQ_OK) {
        return status;
    }
    return yq_pipe_judge(s, yq_pipe_read_receipt(&s->host, result, out, why), why);
}

/* The child's counters, as far as it has some; those of the plugin stand behind them. */
static yq_status pipe_counters(void *session, const yq_option **counter, size_t *counter_n)
{
    static const uint8_t none[] = "\x81\xa8"
                                  "counters\x90";
    yq_pipe_session *s = session;
    yq_pipe_request request = {.method = "counters"};
    const char *const key[] = {"calls", "child_failures", "child_starts"};
    yq_option *all;
    yq_slice result;
    size_t n;
    yq_fault why = {0};
    yq_status status = yq_pipe_call(s, &request, COUNTERS_MS, &result, &why);
    if (status != YQ_OK) {
        result = yq_slice_of(none, sizeof none - 1);
    }
    status = yq_pipe_judge(
        s, yq_pipe_read_counters(&s->host, result, YQ_ARRAY_N(key), &all, &n, &why), &why);
    const uint64_t value[] = {s->counts.calls, s->counts.failures, s->counts.starts};
    for (size_t i = 0; status == YQ_OK && i < YQ_ARRAY_N(key); i++) {
        char *text = s->host.alloc(s->host.self, DECIMAL_SIZE);
        if (text == NULL) {
            return YQ_E_MEMORY;
        }
        (void)yq_decimal_encode(text, value[i]);
        all[n++] = (yq_option){key[i], text};
    }
    *counter = status == YQ_OK ? all : NULL;
    *counter_n = status == YQ_OK ? n : 0;
    return status;
}

const yq_adapter *yq_adapter_v1(void)
{
    static const yq_adapter adapter = {
        .magic = YQ_ADAPTER_MAGIC,
        .size = sizeof adapter,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .abi_minor = YQ_ADAPTER_ABI_MINOR,
        .framework = "pipe",
        .version = "1",
        .open = pipe_open,
        .preflight = pipe_preflight,
        .anchor = pipe_anchor,
        .latest = pipe_latest,
        .evidence = pipe_evidence,
        .submit = pipe_submit,
        .receipt = pipe_receipt,
        .counters = pipe_counters,
        .close = pipe_close,
        .step = pipe_step,
    };
    return &adapter;
}
