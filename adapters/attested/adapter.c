/* The adapter plugin "attested". */
#include "adapters/attested/session.h"

#include <stdio.h>
#include <stdlib.h>

static void atd_close(void *session)
{
    yq_atd_session *s = session;
    if (s == NULL) {
        return;
    }
    yq_web_pool_free(s->attesters);
    yq_atd_reader_close(&s->reader);
    free(s);
}

static yq_status bad_url(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.50s: %.60s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* An address that is nobody's is a mistake of the writer. */
static yq_status check_names(
    const yq_atd_mapping *m, const yq_adapter_config *config, yq_fault *why)
{
    size_t prefix = sizeof YQ_ATD_URL - 1;
    for (size_t i = 0; i < config->option_n; i++) {
        const char *key = config->options[i].key;
        int is_known = strncmp(key, YQ_ATD_URL, prefix) != 0;
        for (size_t k = 0; k < m->attester_n; k++) {
            is_known |= strcmp(key + (is_known ? 0 : prefix), m->attester[k].name) == 0;
        }
        if (!is_known) {
            return bad_url(why, key, "the mapping has no attester of this name");
        }
    }
    return YQ_OK;
}

/* The attesters as nodes of a pool, in the order of the mapping's. */
static yq_status open_attesters(yq_atd_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const yq_atd_mapping *m = &s->reader.mapping;
    const char *url[YQ_ATD_ATTESTERS_MAX];
    yq_status status = check_names(m, config, why);
    for (size_t i = 0; i < m->attester_n && status == YQ_OK; i++) {
        char key[sizeof YQ_ATD_URL + YQ_ATD_TEXT_MAX];
        (void)snprintf(key, sizeof key, YQ_ATD_URL "%s", m->attester[i].name);
        url[i] = yq_atd_option(config, key);
        status = url[i] == NULL ? bad_url(why, key, "is needed: the attester's address") : YQ_OK;
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_adapter_config nodes = {
        .chain = s->reader.chain, .endpoints = url, .endpoint_n = m->attester_n};
    return yq_web_pool_open(
        &s->reader.host,
        &nodes,
        &s->reader.attester_access,
        (size_t)m->threshold,
        &s->attesters,
        why);
}

static yq_status atd_open(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    if (host->abi_major != YQ_ADAPTER_ABI_MAJOR || host->size < sizeof *host) {
        return yq_fail(why, YQ_E_VERSION, 0, "host of another version");
    }
    yq_atd_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    yq_status status = yq_atd_reader_open(&s->reader, host, config, why);
    status = status == YQ_OK ? open_attesters(s, config, why) : status;
    if (status != YQ_OK) {
        atd_close(s);
        return status;
    }
    *session = s;
    return YQ_OK;
}

static yq_status atd_preflight(
    void *session, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    return yq_atd_preflight(session, yq_web_now_ms() + deadline_ms, check, check_n, why);
}

static yq_status atd_anchor(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    return yq_atd_anchor(session, yq_web_now_ms() + deadline_ms, anchor, why);
}

static yq_status atd_latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    yq_atd_session *s = session;
    return yq_atd_platform_latest(&s->reader.platform, yq_web_now_ms() + deadline_ms, height, why);
}

static yq_status atd_evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    return yq_atd_evidence(session, height, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status atd_submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_atd_submit(session, delivery, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status atd_step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_atd_step_epoch(session, set, yq_web_now_ms() + deadline_ms, reference, why);
}

static yq_status atd_receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    return yq_atd_fate(session, reference, yq_web_now_ms() + deadline_ms, out, why);
}

static yq_status atd_counters(void *session, const yq_option **counter, size_t *counter_n)
{
    yq_atd_session *s = session;
    const yq_adapter_host *host = &s->reader.host;
    const yq_web_counts calls = yq_web_pool_counts(s->reader.platform.pool);
    const struct {
        const char *key;
        uint64_t value;
    } all[] = {
        {"calls", calls.calls},
        {"failures", calls.failures},
        {"records", s->reader.platform.records},
        {"waited_ms", s->reader.platform.waited_ms},
        {"events", s->counts.events},
        {"too_large", s->counts.too_large},
        {"disagreements", s->counts.disagreements},
        {"refusals", s->counts.refusals},
        {"silent", s->counts.silent},
        {"submitted", s->counts.submitted}};
    yq_option *out = host->alloc(host->self, YQ_ARRAY_N(all) * sizeof *out);
    for (size_t i = 0; out != NULL && i < YQ_ARRAY_N(all); i++) {
        char *text = host->alloc(host->self, 24);
        if (text == NULL) {
            return YQ_E_MEMORY;
        }
        (void)yq_decimal_encode(text, all[i].value);
        out[i] = (yq_option){all[i].key, text};
    }
    *counter = out;
    *counter_n = out == NULL ? 0 : YQ_ARRAY_N(all);
    return out == NULL ? YQ_E_MEMORY : YQ_OK;
}

const yq_adapter *yq_adapter_v1(void)
{
    static const yq_adapter adapter = {
        .magic = YQ_ADAPTER_MAGIC,
        .size = sizeof adapter,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .abi_minor = YQ_ADAPTER_ABI_MINOR,
        .framework = "attested",
        .version = "1",
        .open = atd_open,
        .preflight = atd_preflight,
        .anchor = atd_anchor,
        .latest = atd_latest,
        .evidence = atd_evidence,
        .submit = atd_submit,
        .receipt = atd_receipt,
        .counters = atd_counters,
        .close = atd_close,
        .step = atd_step,
    };
    return &adapter;
}
