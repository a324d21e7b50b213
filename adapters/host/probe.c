#include "adapters/host/probe.h"

#include "adapters/host/key.h"
#include "adapters/host/plugin.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/hub/tx.h"
#include "relay/sdk/send.h"

#include <stdlib.h>

#define WAIT_MS 30000u

typedef struct probe {
    yq_http *http;
    yq_key *key;
    yq_slice chain;
    uint8_t *room;
    yq_json_out *out;
    yq_probe_alter alter;
    uint64_t refused, taken;
} probe;

/* One transaction alone in its envelope, so that each part has its own verdict. */
static yq_status hand_in(
    probe *p, uint16_t method, yq_slice evidence, const yq_event_proof *event, yq_fault *why)
{
    yq_tx tx = {.method = method, .as.evidence = {p->chain, evidence}};
    yq_buf out = {p->room, YQ_TX_SIZE_MAX, 0};
    yq_status status = yq_tx_encode(&tx, &out);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "evidence is too large for one transaction");
    }
    yq_slice bytes = yq_slice_of(out.p, out.n);
    yq_api_result result = {0};
    yq_digest envelope;
    yq_api_outcome outcome = {.result = &result};
    const yq_sender sender = {p->http, p->key, WAIT_MS, NULL};
    status = yq_sdk_send(&sender, &bytes, 1, &envelope, &outcome, why);
    if (status != YQ_OK) {
        return status;
    }
    p->refused += result.status != YQ_OK;
    p->taken += result.status == YQ_OK;
    yq_json_out_object(p->out, NULL);
    yq_json_out_str(p->out, "what", event == NULL ? "update" : "event");
    if (event != NULL) {
        yq_json_out_hex(p->out, "tx_id", event->tx_id);
        yq_json_out_uint(p->out, "event_index", event->event_index);
    }
    yq_json_out_str(p->out, "code", yq_status_name((yq_status)result.status));
    yq_json_out_int(p->out, "number", result.status);
    yq_json_out_str(p->out, "why", result.why);
    /* An update without data froze the chain: it was evidence of a contradiction. */
    yq_json_out_bool(
        p->out, "froze", event == NULL && result.status == YQ_OK && result.data_n == 0);
    yq_json_out_end(p->out);
    return YQ_OK;
}

static yq_status hand_in_altered(
    probe *p, uint16_t method, yq_slice evidence, const yq_event_proof *event, yq_fault *why)
{
    uint8_t *copy = calloc(1, evidence.n + 1);
    if (copy == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_bytes_copy(copy, evidence.p, evidence.n);
    copy[evidence.n / 2] ^= 1;
    yq_status status = hand_in(p, method, yq_slice_of(copy, evidence.n), event, why);
    free(copy);
    return status;
}

static yq_status hand_in_all(probe *p, const yq_height_evidence *evidence, yq_fault *why)
{
    yq_status status = YQ_OK;
    int alter = p->alter == YQ_PROBE_ALTER_UPDATE;
    if (evidence->update.n > 0) {
        status = (alter ? hand_in_altered : hand_in)(
            p, YQ_METHOD_CLIENT_UPDATE, evidence->update, NULL, why);
    }
    for (size_t i = 0; i < evidence->event_n && status == YQ_OK && !alter; i++) {
        const yq_event_proof *event = &evidence->event[i];
        status = (p->alter == YQ_PROBE_ALTER_EVENTS ? hand_in_altered : hand_in)(
            p, YQ_METHOD_PACKET_EVENT, event->proof, event, why);
    }
    return status;
}

yq_status yq_host_probe(
    const yq_host_config *config,
    const char *plugin_dir,
    uint64_t height,
    yq_probe_alter alter,
    yq_json_out *out,
    uint64_t *refused,
    yq_fault *why)
{
    yq_plugin *plugin = NULL;
    yq_height_evidence evidence;
    probe p = {.chain = yq_slice_text(config->file->chain), .out = out, .alter = alter};
    p.http = yq_http_new(
        (const char *const *)config->file->hub, config->file->hub_count, config->hub_ca);
    p.room = malloc(YQ_TX_SIZE_MAX);
    yq_status status = p.http == NULL || p.room == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "probe")
                                                        : yq_host_key_read(config, &p.key, why);
    if (status == YQ_OK) {
        yq_http_on_stop(p.http, yq_host_stopping);
        status = yq_plugin_open(&plugin, plugin_dir, config, why);
    }
    if (status == YQ_OK) {
        status = yq_plugin_evidence(plugin, height, &evidence, why);
    }
    if (status == YQ_OK) {
        yq_json_out_uint(out, "height", height);
        yq_json_out_array(out, "items");
        status = hand_in_all(&p, &evidence, why);
        yq_json_out_end(out);
        yq_json_out_uint(out, "refused", p.refused);
        yq_json_out_uint(out, "taken", p.taken);
        *refused = p.refused;
    }
    if (plugin != NULL) {
        yq_plugin_close(plugin);
    }
    yq_key_free(p.key);
    yq_http_free(p.http);
    free(p.room);
    return status;
}
