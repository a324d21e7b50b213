#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define VERSION "1"

static void fisco_close(void *session)
{
    yq_bcos3_session *s = session;
    if (s == NULL) {
        return;
    }
    yq_web_pool_free(s->rpc.pool);
    yq_web_access_free(&s->access);
    yq_key_free(s->account);
    free(s->account_path);
    free(s->passphrase_path);
    free(s->room);
    free(s);
}

static yq_status fisco_open(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    yq_bcos3_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    s->host = *host;
    s->room = malloc(YQ_BCOS3_ROOM_SIZE);
    yq_status status = s->room == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "session")
                                       : yq_bcos3_options_read(s, config, why);
    if (status != YQ_OK) {
        fisco_close(s);
        return status;
    }
    *session = s;
    return YQ_OK;
}

static yq_status fisco_preflight(
    void *session, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    return yq_bcos3_preflight(session, yq_web_now_ms() + deadline_ms, check, check_n, why);
}

static yq_status fisco_anchor(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    yq_bcos3_session *s = session;
    uint64_t until_ms = yq_web_now_ms() + deadline_ms;
    yq_bcos3_sources sources = {0};
    yq_status status = yq_bcos3_profile_get(s, until_ms, why);
    if (status == YQ_OK) {
        status = yq_bcos3_sources_fetch(s, s->anchor_height, until_ms, &sources, why);
    }
    if (status == YQ_OK) {
        yq_buf room = {s->room, YQ_BCOS3_ROOM_SIZE, 0};
        status = yq_bcos3_anchor_put(&s->profile, &s->rules, sources.block[0], &room, why);
        if (status == YQ_OK) {
            status = yq_bcos3_give(s, yq_slice_of(room.p, room.n), anchor, why);
        }
    }
    yq_bcos3_sources_free(&sources);
    return status;
}

static yq_status fisco_latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    uint64_t until_ms = yq_web_now_ms() + deadline_ms;
    yq_status status = yq_bcos3_latest(session, until_ms, height, why);
    if (status == YQ_OK) {
        yq_bcos3_nudge(session, *height, until_ms);
    }
    return status;
}

static yq_status fisco_evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    return yq_bcos3_height_evidence(session, height, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status fisco_submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_bcos3_submit(session, delivery, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status fisco_step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_bcos3_step_epoch(session, set, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status fisco_receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    return yq_bcos3_fate(session, reference, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status fisco_counters(void *session, const yq_option **counter, size_t *counter_n)
{
    const yq_bcos3_session *s = session;
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
        {"unprovable", s->counts.unprovable},
        {"submitted", s->counts.submitted},
        {"nudges", s->counts.nudges},
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
        .framework = "fisco-bcos-3",
        .version = VERSION,
        .open = fisco_open,
        .preflight = fisco_preflight,
        .anchor = fisco_anchor,
        .latest = fisco_latest,
        .evidence = fisco_evidence,
        .submit = fisco_submit,
        .step = fisco_step,
        .receipt = fisco_receipt,
        .counters = fisco_counters,
        .close = fisco_close,
    };
    return &adapter;
}
