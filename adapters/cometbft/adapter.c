#include "adapters/cometbft/session.h"

#include <stdlib.h>

#define VERSION      "1"
#define COUNTER_SIZE 24u

static void close_session(void *session)
{
    yq_comet_session *s = session;
    if (s == NULL) {
        return;
    }
    yq_web_pool_free(s->rpc.pool);
    yq_web_access_free(&s->access);
    free(s->inbox);
    free(s->emitters);
    free(s->room);
    free(s);
}

static yq_status open_session(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    yq_comet_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    s->host = *host;
    s->room = malloc(YQ_COMET_ROOM_SIZE);
    yq_status status = s->room == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "session")
                                       : yq_comet_options_read(s, config, why);
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
    return yq_comet_preflight(session, yq_web_now_ms() + deadline_ms, check, check_n, why);
}

static yq_status anchor_of(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    return yq_comet_anchor(session, yq_web_now_ms() + deadline_ms, anchor, why);
}

static yq_status latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    return yq_comet_latest(session, yq_web_now_ms() + deadline_ms, height, why);
}

static yq_status evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    return yq_comet_height_evidence(session, height, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_comet_submit(session, delivery, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_comet_step_epoch(session, set, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    return yq_comet_fate(session, reference, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status counters(void *session, const yq_option **counter, size_t *counter_n)
{
    const yq_comet_session *s = session;
    const yq_web_counts counts = yq_web_pool_counts(s->rpc.pool);
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"calls", counts.calls},
        {"failures", counts.failures},
        {"disagreements", s->counts.disagreements},
        {"heights", s->counts.heights},
        {"updates", s->counts.updates},
        {"events", s->counts.events},
        {"skipped", s->counts.skipped},
        {"submitted", s->counts.submitted},
    };
    yq_option *out = s->host.alloc(s->host.self, YQ_ARRAY_N(all) * sizeof *out);
    char *text = s->host.alloc(s->host.self, YQ_ARRAY_N(all) * COUNTER_SIZE);
    if (out == NULL || text == NULL) {
        return YQ_E_MEMORY;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        (void)yq_decimal_encode(text + COUNTER_SIZE * i, all[i].value);
        out[i] = (yq_option){all[i].name, text + COUNTER_SIZE * i};
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
        .framework = "cometbft",
        .version = VERSION,
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
