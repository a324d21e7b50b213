#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define VERSION "1"

static void free_texts(yq_evma_session *s)
{
    free(s->account_path);
    free(s->passphrase_path);
}

static void evm_close(void *session)
{
    yq_evma_session *s = session;
    if (s == NULL) {
        return;
    }
    yq_web_pool_free(s->rpc.pool);
    yq_web_access_free(&s->access);
    yq_key_free(s->account);
    yq_evma_kept_free(s);
    free_texts(s);
    free(s->room);
    free(s->memory);
    free(s);
}

static yq_status evm_open(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    yq_evma_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    s->host = *host;
    s->room = malloc(YQ_EVMA_ROOM_SIZE);
    s->memory = malloc(YQ_EVMA_WORK_SIZE);
    yq_status status = s->room == NULL || s->memory == NULL
                           ? yq_fail(why, YQ_E_MEMORY, 0, "session")
                           : yq_evma_options_read(s, config, why);
    if (status != YQ_OK) {
        evm_close(s);
        return status;
    }
    yq_evma_work_begin(&s->work, s->memory, YQ_EVMA_WORK_SIZE);
    *session = s;
    return YQ_OK;
}

static yq_status evm_preflight(
    void *session, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    return yq_evma_preflight(session, yq_web_now_ms() + deadline_ms, check, check_n, why);
}

static yq_status evm_anchor(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    yq_evma_session *s = session;
    uint64_t until_ms = yq_web_now_ms() + deadline_ms;
    yq_evma_sources sources = {0};
    yq_status status = yq_evma_chain_id(s, until_ms, why);
    if (status == YQ_OK) {
        status = yq_evma_sources_fetch(s, s->anchor_height, until_ms, &sources, why);
    }
    if (status == YQ_OK) {
        yq_buf room = {s->room, YQ_EVMA_ROOM_SIZE, 0};
        status = yq_evma_anchor_of(&s->profile, &sources.header, &room, why);
        if (status == YQ_OK) {
            status = yq_evma_give(s, yq_slice_of(room.p, room.n), anchor, why);
        }
    }
    yq_evma_sources_free(&sources);
    return status;
}

static yq_status evm_latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    yq_evma_session *s = session;
    uint64_t head = 0;
    yq_status status = yq_evma_head(s, yq_web_now_ms() + deadline_ms, &head, why);
    if (status == YQ_OK) {
        *height = head > s->profile.depth ? head - s->profile.depth : 0;
    }
    return status;
}

static yq_status evm_evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    return yq_evma_height_evidence(session, height, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status evm_submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_evma_submit(session, delivery, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status evm_step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_evma_step_epoch(session, set, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status evm_receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    return yq_evma_fate(session, reference, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status evm_counters(void *session, const yq_option **counter, size_t *counter_n)
{
    const yq_evma_session *s = session;
    const yq_web_counts counts = yq_web_pool_counts(s->rpc.pool);
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"calls", counts.calls},
        {"failures", counts.failures},
        {"disagreements", s->counts.disagreements},
        {"heights", s->counts.heights},
        {"events", s->counts.events},
        {"oversized", s->counts.oversized},
        {"submitted", s->counts.submitted},
    };
    yq_option *out = s->host.alloc(s->host.self, YQ_ARRAY_N(all) * sizeof *out);
    char *text = s->host.alloc(s->host.self, YQ_ARRAY_N(all) * 24);
    if (out == NULL || text == NULL) {
        return YQ_E_MEMORY;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        (void)yq_decimal_encode(text + 24 * i, all[i].value);
        out[i] = (yq_option){all[i].name, text + 24 * i};
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
        .framework = "evm",
        .version = VERSION,
        .open = evm_open,
        .preflight = evm_preflight,
        .anchor = evm_anchor,
        .latest = evm_latest,
        .evidence = evm_evidence,
        .submit = evm_submit,
        .step = evm_step,
        .receipt = evm_receipt,
        .counters = evm_counters,
        .close = evm_close,
    };
    return &adapter;
}
