#include "adapters/host/host.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/hub/methods.h"

#include <inttypes.h>

#define HEIGHTS_A_ROUND 64u
#define UNFETCHED_MS    30000u /* before a parked event is asked for again */

static int is_wanted(const yq_host_cursor *cursor, const yq_event_proof *event, uint64_t height)
{
    for (size_t i = 0; i < cursor->filter_n; i++) {
        const yq_host_filter *f = &cursor->filter[i];
        if (height >= f->from_height &&
            yq_slice_equal(event->emitter, yq_host_name_get(&f->emitter)) &&
            yq_slice_equal(event->name, yq_host_name_get(&f->event))) {
            return 1;
        }
    }
    return 0;
}

/* Returns OK, or why the height cannot be left. An event that can never be handed in is told and
 * left out. */
static yq_status add_event(yq_engine *e, uint64_t height, const yq_event_proof *event)
{
    yq_host_entry entry = {
        .method = YQ_METHOD_PACKET_EVENT, .height = height, .event_index = event->event_index};
    yq_status status = YQ_E_LIMIT;
    if (yq_host_name_set(&entry.tx_id, event->tx_id)) {
        status = yq_batch_add(e, &entry, event->proof);
    }
    if (status == YQ_E_LIMIT || status == YQ_E_RANGE) {
        yq_log(
            YQ_LOG_ERROR,
            "scan",
            "event cannot be handed in alarm=1 height=%" PRIu64 " event=%u proof_size=%zu",
            height,
            event->event_index,
            event->proof.n);
        e->stats.refused++;
        return YQ_OK;
    }
    return status;
}

static yq_status chain_failed(yq_engine *e, yq_status status, uint64_t height, const char *text)
{
    e->stats.chain_failures++;
    if (!yq_host_stopping()) {
        yq_hold_set(&e->chain_hold, "chain", status, height, text);
    }
    return status;
}

/* Puts all that one height says into the batch. Returns E_NOT_FOUND when it is not there yet. */
static yq_status take_height(yq_engine *e, uint64_t height)
{
    yq_fault why = {0};
    yq_height_evidence evidence;
    yq_status status = yq_plugin_evidence(e->plugin, height, &evidence, &why);
    if (status == YQ_E_NOT_FOUND && height == e->latest) {
        return status;
    }
    if (status != YQ_OK) {
        return chain_failed(e, status, height, why.text);
    }
    (void)YQ_FAULT_POINT("evidence.read");
    if (evidence.update.n > 0 && height > e->chain.client_height) {
        yq_host_entry entry = {.method = YQ_METHOD_CLIENT_UPDATE, .height = height};
        status = yq_batch_add(e, &entry, evidence.update);
        if (status == YQ_E_LIMIT || status == YQ_E_RANGE) {
            return chain_failed(e, status, height, "the update is larger than a transaction");
        }
    }
    for (size_t i = 0; i < evidence.event_n && status == YQ_OK; i++) {
        if (is_wanted(&e->cursor, &evidence.event[i], height)) {
            status = add_event(e, height, &evidence.event[i]);
        }
    }
    if (status == YQ_OK) {
        e->batch.next_after = height + 1;
        e->stats.heights++;
    }
    return status;
}

/* A parked event that the chain does not show now: its own trouble, not the scan's. */
static void put_off(yq_engine *e, const yq_host_parked *parked, const char *text)
{
    yq_log(
        YQ_LOG_WARN,
        "scan",
        "parked event cannot be fetched height=%" PRIu64 " event=%u why=\"%s\"",
        parked->height,
        parked->event_index,
        text);
    for (size_t i = 0; i < e->cursor.parked_n; i++) {
        yq_host_parked *p = &e->cursor.parked[i];
        if (p->height == parked->height && p->event_index == parked->event_index &&
            yq_slice_equal(yq_host_name_get(&p->tx_id), yq_host_name_get(&parked->tx_id))) {
            p->retry_ms = yq_host_steady_ms() + UNFETCHED_MS;
        }
    }
}

static yq_status retry_one(yq_engine *e, const yq_host_parked *parked)
{
    yq_fault why = {0};
    yq_height_evidence evidence;
    yq_status status = yq_plugin_evidence(e->plugin, parked->height, &evidence, &why);
    if (status != YQ_OK) {
        e->stats.chain_failures++;
        put_off(e, parked, why.text);
        return YQ_OK;
    }
    for (size_t i = 0; i < evidence.event_n; i++) {
        const yq_event_proof *event = &evidence.event[i];
        if (event->event_index == parked->event_index &&
            yq_slice_equal(event->tx_id, yq_host_name_get(&parked->tx_id))) {
            return add_event(e, parked->height, event);
        }
    }
    put_off(e, parked, "the height does not have it");
    return YQ_OK;
}

/* Parked events whose time has come. The list changes when the batch is handed in, so it is walked
 * over a copy. */
static yq_status retry_parked(yq_engine *e)
{
    yq_host_parked due[YQ_HOST_PARKED_MAX];
    size_t n = 0;
    uint64_t now = yq_host_steady_ms();
    for (size_t i = 0; i < e->cursor.parked_n; i++) {
        if (now >= e->cursor.parked[i].retry_ms && e->cursor.parked[i].height < e->cursor.next) {
            due[n++] = e->cursor.parked[i];
        }
    }
    yq_status status = YQ_OK;
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = retry_one(e, &due[i]);
    }
    return status != YQ_OK || n == 0 ? status : yq_batch_flush(e);
}

/* After a refused update: the hub's client may stand before the cursor, then the heights between
 * are brought again. */
static void rewind_to_client(yq_engine *e)
{
    e->wants_rewind = 0;
    if (e->chain.has_client && e->chain.client_height + 1 < e->cursor.next) {
        yq_log(
            YQ_LOG_WARN,
            "scan",
            "going back to the hub's client from=%" PRIu64 " to=%" PRIu64,
            e->cursor.next,
            e->chain.client_height + 1);
        e->cursor.next = e->chain.client_height + 1;
    }
}

int yq_scan_round(yq_engine *e)
{
    if (!yq_hold_ready(&e->scan_hold) || !yq_hold_ready(&e->chain_hold)) {
        return 0;
    }
    if (e->wants_rewind) {
        rewind_to_client(e);
    }
    if (retry_parked(e) != YQ_OK) {
        return 0;
    }
    yq_fault why = {0};
    yq_status status = yq_plugin_latest(e->plugin, &e->latest, &why);
    if (status != YQ_OK) {
        (void)chain_failed(e, status, e->cursor.next, why.text);
        return 0;
    }
    uint64_t start = e->cursor.next;
    for (uint64_t h = start; h <= e->latest && h - start < HEIGHTS_A_ROUND; h++) {
        status = yq_host_stopping() ? YQ_E_TIMEOUT : take_height(e, h);
        if (status != YQ_OK) {
            break;
        }
    }
    /* What was gathered before a failing height is handed in all the same; but not after a flush
     * that stands still, which emptied the batch. */
    yq_status flushed = yq_host_stopping() ? YQ_E_TIMEOUT : yq_batch_flush(e);
    int is_good = (status == YQ_OK || status == YQ_E_NOT_FOUND) && flushed == YQ_OK;
    if (is_good) {
        yq_hold_clear(&e->chain_hold, "chain");
        e->is_caught_up |= e->cursor.next > e->latest;
    }
    return is_good && e->cursor.next != start;
}
