#include "adapters/host/host.h"
#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"

#include <inttypes.h>

/*
 * An inbox takes certificates of its own epoch only. When the hub's went on, it is handed, epoch by
 * epoch, the certificate that names the next set, then the set. Both may be handed in again at any
 * time, so nothing of it is kept over a restart.
 */

static void stand(yq_engine *e, yq_status status, const char *text)
{
    if (!yq_host_stopping()) {
        yq_hold_set(&e->delivery_hold, "step", status, e->cursor.next, text);
    }
    e->step.phase = YQ_HOST_STEP_IDLE;
}

static yq_status hand_in(
    yq_engine *e, yq_status status, yq_slice reference, yq_host_step_phase phase, yq_fault *why)
{
    if (status == YQ_OK && !yq_host_name_set(&e->step.reference, reference)) {
        status = yq_fail(why, YQ_E_PEER, 0, "the plugin's reference is longer than 128 bytes");
    }
    if (status != YQ_OK) {
        e->stats.chain_failures++;
        stand(e, status, why->text);
        return status;
    }
    (void)YQ_FAULT_POINT("step.submitted");
    e->step.phase = phase;
    e->step.since_ms = yq_host_steady_ms();
    return YQ_OK;
}

static int begin(yq_engine *e)
{
    yq_fault why = {0};
    yq_slice reference = {0};
    yq_buf delivery = {.p = e->delivery_room, .cap = e->delivery_room_size};
    yq_buf set = {.p = e->step.set, .cap = sizeof e->step.set};
    yq_status status =
        yq_api_step(e->http, e->config->file->chain, &e->step.epoch, &delivery, &set, &why);
    if (status == YQ_E_NOT_FOUND) {
        e->chain_read_ms = 0; /* it went on meanwhile */
        return 0;
    }
    if (status != YQ_OK) {
        e->stats.hub_failures++;
        stand(e, status, why.text);
        return 0;
    }
    e->step.set_n = set.n;
    status = yq_plugin_submit(e->plugin, yq_slice_of(delivery.p, delivery.n), &reference, &why);
    return hand_in(e, status, reference, YQ_HOST_STEP_CERTIFICATE, &why) == YQ_OK;
}

static int hand_set(yq_engine *e)
{
    yq_fault why = {0};
    yq_slice reference = {0};
    yq_slice set = yq_slice_of(e->step.set, e->step.set_n);
    yq_status status = yq_plugin_step(e->plugin, set, &reference, &why);
    return hand_in(e, status, reference, YQ_HOST_STEP_SET, &why) == YQ_OK;
}

static int in_block(yq_engine *e, uint64_t height)
{
    (void)YQ_FAULT_POINT("step.mined");
    if (e->step.phase == YQ_HOST_STEP_CERTIFICATE) {
        return hand_set(e);
    }
    e->step.phase = YQ_HOST_STEP_TOLD;
    e->step.height = height;
    e->stats.steps++;
    yq_log(
        YQ_LOG_INFO,
        "step",
        "the inbox was handed its next set epoch=%" PRIu64 " height=%" PRIu64,
        e->step.epoch + 1,
        height);
    yq_hold_clear(&e->delivery_hold, "step");
    return 1;
}

static int ask_fate(yq_engine *e)
{
    yq_fault why = {0};
    yq_receipt_view view;
    yq_status status =
        yq_plugin_receipt(e->plugin, yq_host_name_get(&e->step.reference), &view, &why);
    int is_old = yq_host_steady_ms() - e->step.since_ms > YQ_HOST_PENDING_MS_MAX;
    if (status != YQ_OK) {
        e->stats.chain_failures++;
        if (is_old) {
            stand(e, status, why.text);
        }
        return 0;
    }
    switch (view.state) {
    case YQ_SUBMIT_DONE:
        return in_block(e, view.height);
    case YQ_SUBMIT_FAILED:
        stand(e, YQ_E_STATE, view.text == NULL ? "the inbox refused its step" : view.text);
        return 0;
    case YQ_SUBMIT_INVALID:
    case YQ_SUBMIT_LOST:
        e->step.phase = YQ_HOST_STEP_IDLE;
        return 1;
    case YQ_SUBMIT_PENDING:
        if (is_old) {
            stand(e, YQ_E_TIMEOUT, "the inbox's step came into no block");
        }
        return 0;
    }
    return 0;
}

int yq_step_round(yq_engine *e, int *moved)
{
    if (e->chain.inbox_behind == 0) {
        e->step.phase = YQ_HOST_STEP_IDLE;
        return 0;
    }
    if (e->step.phase != YQ_HOST_STEP_IDLE && e->step.epoch < e->chain.inbox_epoch) {
        e->step.phase = YQ_HOST_STEP_IDLE;
    }
    switch (e->step.phase) {
    case YQ_HOST_STEP_IDLE:
        *moved |= yq_hold_ready(&e->delivery_hold) && begin(e);
        return 1;
    case YQ_HOST_STEP_CERTIFICATE:
    case YQ_HOST_STEP_SET:
        *moved |= ask_fate(e);
        return 1;
    case YQ_HOST_STEP_TOLD:
        if (e->cursor.next > e->step.height &&
            yq_host_steady_ms() - e->step.since_ms > YQ_HOST_PENDING_MS_MAX) {
            stand(e, YQ_E_STATE, "the inbox took its next set, but the hub does not see it");
        }
        return 1;
    }
    return 1;
}
