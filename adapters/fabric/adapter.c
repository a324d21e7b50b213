/* The adapter plugin "fabric". */
#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"

#include <curl/curl.h>
#include <stdlib.h>

#define TYPE_CONFIG 1u
#define ENDORSER    3u
#define COUNTERS_N  6u

static void *lend(const yq_fabric_session *s, size_t size)
{
    return s->host.alloc(s->host.self, size == 0 ? 1 : size);
}

static int stopping_of(void *self)
{
    const yq_fabric_session *s = self;
    return s->host.stopping(s->host.self);
}

static void fabric_close(void *session)
{
    yq_fabric_session *s = session;
    for (size_t i = 0; i < YQ_FABRIC_ENDPOINTS_MAX; i++) {
        yq_fabric_link_close(s->link[i]);
        yq_grpc_link_close(s->gateway[i]);
    }
    yq_fabric_source_clear(s);
    yq_fabric_options_free(s);
    free(s);
}

static yq_status fabric_open(
    const yq_adapter_host *host, const yq_adapter_config *config, void **session, yq_fault *why)
{
    *session = NULL;
    if (host->abi_major != YQ_ADAPTER_ABI_MAJOR || host->size < sizeof *host) {
        return yq_fail(why, YQ_E_VERSION, 0, "host of another version");
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return yq_fail(why, YQ_E_MEMORY, 0, "libcurl");
    }
    yq_fabric_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "session");
    }
    s->host = *host;
    s->access.grpc = (yq_grpc_access){
        .message_max = YQ_FABRIC_MESSAGE_SIZE_MAX, .stopping = stopping_of, .self = s};
    yq_status status = yq_fabric_options_read(s, config, why);
    if (status != YQ_OK) {
        fabric_close(s);
        return status;
    }
    *session = s;
    return YQ_OK;
}

static yq_status fabric_latest(void *session, uint32_t deadline_ms, uint64_t *height, yq_fault *why)
{
    return yq_fabric_source_latest(session, deadline_ms, height, why);
}

/* The Config in a block, empty when it has none. */
static yq_fabric_raw_tx config_of(const yq_fabric_raw_block *block)
{
    yq_fabric_raw_tx tx = {0};
    size_t at = 0;
    yq_slice element;
    if (yq_fabric_raw_next(block, &at, &element)) {
        yq_fabric_raw_tx_decode(element, &tx);
    }
    return tx;
}

yq_status yq_fabric_anchor_block(
    yq_fabric_session *s,
    uint32_t deadline_ms,
    const yq_fabric_raw_block **block,
    yq_fabric_raw_tx *tx,
    yq_fault *why)
{
    yq_status status = yq_fabric_source_block(s, s->anchor_height, deadline_ms, block, why);
    if (status != YQ_OK) {
        return status;
    }
    *tx = config_of(*block);
    if (tx->type != TYPE_CONFIG || tx->config.n == 0) {
        return yq_fail(why, YQ_E_ANCHOR, 0, "anchor_height: not a config block");
    }
    if (!yq_slice_equal(tx->channel, s->access.channel)) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "the anchor's block is another channel's");
    }
    return YQ_OK;
}

static size_t registrations_size(const yq_fabric_session *s)
{
    size_t size = 0;
    for (size_t i = 0; i < s->registered_n; i++) {
        size += s->registered[i].name.n + s->registered[i].path.n + s->registered[i].rule.n + 64;
    }
    return size;
}

/* A block in memory of the host: the cache may move on to another. Errors: E_MEMORY. */
static yq_status keep_block(
    const yq_fabric_session *s,
    const yq_fabric_raw_block *block,
    yq_fabric_raw_block *kept,
    yq_fault *why)
{
    const yq_slice part[] = {
        block->previous_hash, block->data_hash, block->signatures, block->flags, block->data};
    yq_slice *const to[] = {
        &kept->previous_hash, &kept->data_hash, &kept->signatures, &kept->flags, &kept->data};
    *kept = *block;
    for (size_t i = 0; i < YQ_ARRAY_N(part); i++) {
        uint8_t *p = lend(s, part[i].n);
        if (p == NULL) {
            return yq_fail(why, YQ_E_MEMORY, 0, "anchor");
        }
        yq_bytes_copy(p, part[i].p, part[i].n);
        *to[i] = yq_slice_of(p, part[i].n);
    }
    return YQ_OK;
}

/* The sample of an anchor: the block behind it. Out: NULL where the dialect is not found out. */
static yq_status sample_block(
    yq_fabric_session *s, uint32_t deadline_ms, const yq_fabric_raw_block **sample, yq_fault *why)
{
    *sample = NULL;
    if (!s->is_probed) {
        return YQ_OK;
    }
    yq_status status = yq_fabric_source_block(s, s->anchor_height + 1, deadline_ms, sample, why);
    return status == YQ_E_NOT_FOUND
               ? yq_fail(why, status, 0, "dialect: there is no block behind the anchor yet")
               : status;
}

static yq_status fabric_anchor(void *session, uint32_t deadline_ms, yq_slice *anchor, yq_fault *why)
{
    yq_fabric_session *s = session;
    const yq_fabric_raw_block *cached, *sample;
    yq_fabric_raw_block block;
    yq_fabric_raw_tx tx;
    yq_status status = yq_fabric_anchor_block(s, deadline_ms, &cached, &tx, why);
    if (status == YQ_OK) {
        status = keep_block(s, cached, &block, why);
    }
    if (status == YQ_OK) {
        status = sample_block(s, deadline_ms, &sample, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    size_t cap = yq_fabric_raw_update_size(&block) + registrations_size(s) + 1024;
    cap += sample == NULL ? 0 : yq_fabric_raw_update_size(sample);
    yq_buf out = {lend(s, cap), cap, 0};
    if (out.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "anchor");
    }
    status = yq_fabric_raw_sampled_anchor(
        s->access.channel, s->registered, s->registered_n, &block, sample, &out);
    *anchor = yq_slice_of(out.p, out.n);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "anchor");
}

static yq_status add_event(
    yq_fabric_session *s,
    const yq_fabric_raw_block *block,
    uint32_t index,
    yq_slice element,
    yq_event_proof *out)
{
    yq_fabric_raw_tx tx;
    yq_fabric_raw_tx_decode(element, &tx);
    if (tx.type != ENDORSER || !tx.has_event) {
        return YQ_E_NOT_FOUND;
    }
    size_t cap = element.n + YQ_FABRIC_RAW_PROOF_OVERHEAD;
    yq_buf proof = {lend(s, cap), cap, 0};
    if (proof.p == NULL) {
        return YQ_E_MEMORY;
    }
    yq_status status = yq_fabric_raw_proof(block->number, index, element, &proof);
    if (status != YQ_OK) {
        return status;
    }
    /* The hints point into the proof's copy of the element: the cache may move on. */
    yq_fabric_raw_tx_decode(yq_slice_of(proof.p + YQ_FABRIC_RAW_PROOF_OVERHEAD, element.n), &tx);
    *out = (yq_event_proof){
        .emitter = tx.chaincode,
        .name = tx.event_name,
        .tx_id = tx.tx_id,
        .proof = yq_slice_of(proof.p, proof.n)};
    return YQ_OK;
}

static yq_status fabric_evidence(
    void *session, uint64_t height, uint32_t deadline_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_fabric_session *s = session;
    const yq_fabric_raw_block *block;
    *out = (yq_height_evidence){0};
    yq_status status = yq_fabric_source_block(s, height, deadline_ms, &block, why);
    if (status != YQ_OK || height <= s->anchor_height) {
        return status; /* the client begins behind the anchor */
    }
    size_t cap = yq_fabric_raw_update_size(block);
    yq_buf update = {lend(s, cap), cap, 0};
    yq_event_proof *event = lend(s, block->n * sizeof *event);
    if (update.p == NULL || event == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    status = yq_fabric_raw_update(block, &update);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "update");
    }
    size_t at = 0;
    yq_slice element;
    for (uint32_t i = 0; yq_fabric_raw_next(block, &at, &element); i++) {
        status = add_event(s, block, i, element, &event[out->event_n]);
        if (status == YQ_OK) {
            out->event_n++;
        } else if (status != YQ_E_NOT_FOUND) {
            return yq_fail(why, status, 0, "event");
        }
    }
    out->update = yq_slice_of(update.p, update.n);
    out->event = event;
    return YQ_OK;
}

static yq_status fabric_preflight(
    void *session, uint32_t deadline_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    return yq_fabric_preflight(session, deadline_ms, check, check_n, why);
}

static yq_status fabric_submit(
    void *session, yq_slice delivery, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_fabric_submit(session, delivery, yq_fabric_now_ms() + deadline_ms, reference, why);
}

static yq_status fabric_step(
    void *session, yq_slice set, uint32_t deadline_ms, yq_slice *reference, yq_fault *why)
{
    return yq_fabric_hand_in(
        session, "stepEpoch", set, yq_fabric_now_ms() + deadline_ms, reference, why);
}

static yq_status fabric_receipt(
    void *session, yq_slice reference, uint32_t deadline_ms, yq_receipt_view *out, yq_fault *why)
{
    return yq_fabric_fate(session, reference, yq_fabric_now_ms() + deadline_ms, out, why);
}

static yq_status fabric_counters(void *session, const yq_option **counter, size_t *counter_n)
{
    yq_fabric_session *s = session;
    const struct {
        const char *key;
        uint64_t value;
    } all[COUNTERS_N] = {
        {"requests", s->counts.requests},
        {"failures", s->counts.failures},
        {"blocks", s->counts.blocks},
        {"bytes", s->counts.bytes},
        {"disagreements", s->counts.disagreements},
        {"submitted", s->counts.submitted}};
    yq_option *out = lend(s, COUNTERS_N * sizeof *out);
    if (out == NULL) {
        return YQ_E_MEMORY;
    }
    for (size_t i = 0; i < COUNTERS_N; i++) {
        char *text = lend(s, 24);
        if (text == NULL) {
            return YQ_E_MEMORY;
        }
        (void)yq_decimal_encode(text, all[i].value);
        out[i] = (yq_option){all[i].key, text};
    }
    *counter = out;
    *counter_n = COUNTERS_N;
    return YQ_OK;
}

const yq_adapter *yq_adapter_v1(void)
{
    static const yq_adapter adapter = {
        .magic = YQ_ADAPTER_MAGIC,
        .size = sizeof adapter,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .abi_minor = YQ_ADAPTER_ABI_MINOR,
        .framework = "fabric",
        .version = "1",
        .open = fabric_open,
        .preflight = fabric_preflight,
        .anchor = fabric_anchor,
        .latest = fabric_latest,
        .evidence = fabric_evidence,
        .submit = fabric_submit,
        .step = fabric_step,
        .receipt = fabric_receipt,
        .counters = fabric_counters,
        .close = fabric_close,
    };
    return &adapter;
}
