#include "adapters/host/host.h"
#include "adapters/host/key.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define REFRESH_MS     500u
#define PASSPHRASE_MAX 256u
#define DELIVERY_SIZE  (YQ_DELIVERY_PACKETS_MAX * (YQ_PACKET_SIZE_MAX + 4096u) + 16384u)

/* ---- making ---------------------------------------------------------------------------------- */

static yq_status read_cursor(yq_engine *e, yq_fault *why)
{
    yq_status status = yq_host_dir_lock(e->config->cursor_dir, &e->lock_fd, why);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_host_cursor_load(&e->cursor, e->config->cursor_dir, e->config->file->chain, why);
    if (status == YQ_E_CORRUPT) {
        yq_log(YQ_LOG_ERROR, "cursor", "file is damaged, scanning anew alarm=1");
    }
    e->is_fresh = status == YQ_E_NOT_FOUND || status == YQ_E_CORRUPT;
    e->stored_next = e->cursor.next;
    return e->is_fresh ? YQ_OK : status;
}

yq_status yq_engine_new(
    yq_engine **out, const yq_host_config *config, const char *plugin_dir, yq_fault *why)
{
    *out = NULL;
    yq_engine *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "engine");
    }
    e->config = config;
    e->lock_fd = -1;
    e->delivery_room_size = DELIVERY_SIZE;
    e->delivery_room = malloc(e->delivery_room_size);
    e->batch.room = malloc(YQ_ENVELOPE_SIZE_MAX);
    e->http = yq_http_new(
        (const char *const *)config->file->hub, config->file->hub_count, config->hub_ca);
    if (e->http != NULL) {
        yq_http_on_stop(e->http, yq_host_stopping);
    }
    yq_status status = YQ_OK;
    if (e->delivery_room == NULL || e->batch.room == NULL || e->http == NULL) {
        status = yq_fail(why, YQ_E_MEMORY, 0, "engine");
    }
    status = status == YQ_OK ? yq_host_key_read(config, &e->key, why) : status;
    status = status == YQ_OK ? read_cursor(e, why) : status;
    status = status == YQ_OK ? yq_plugin_open(&e->plugin, plugin_dir, config, why) : status;
    if (status != YQ_OK) {
        yq_engine_free(e);
        return status;
    }
    *out = e;
    return YQ_OK;
}

void yq_engine_free(yq_engine *e)
{
    if (e == NULL) {
        return;
    }
    yq_plugin_close(e->plugin);
    yq_http_free(e->http);
    if (e->key != NULL) {
        yq_key_free(e->key);
    }
    free(e->delivery_room);
    free(e->batch.room);
    if (e->lock_fd >= 0) {
        (void)close(e->lock_fd);
    }
    free(e);
}

/* ---- the hub's view ------------------------------------------------------------------------- */

static int same_filter(const yq_host_filter *a, const yq_host_filter *b)
{
    return a->from_height == b->from_height &&
           yq_slice_equal(yq_host_name_get(&a->emitter), yq_host_name_get(&b->emitter)) &&
           yq_slice_equal(yq_host_name_get(&a->event), yq_host_name_get(&b->event));
}

/* Where a scan without a cursor begins. An inbox may have spoken at any height; a service not
 * before its own, but the client's updates must not be skipped. */
static uint64_t first_height(const yq_engine *e, const yq_host_filter *filter, size_t n)
{
    if (e->config->file->start_height != 0) {
        return e->config->file->start_height;
    }
    if (e->chain.has_inbox || !e->chain.has_client) {
        return 1;
    }
    uint64_t first = e->chain.client_height + 1;
    for (size_t i = 0; i < n; i++) {
        first = filter[i].from_height < first ? filter[i].from_height : first;
    }
    return first == 0 ? 1 : first;
}

void yq_cursor_take_filters(yq_engine *e, const yq_host_filter *filter, size_t n)
{
    yq_host_cursor *cursor = &e->cursor;
    if (e->is_fresh) {
        cursor->next = first_height(e, filter, n);
        yq_log(YQ_LOG_INFO, "scan", "no cursor, scanning from height=%" PRIu64, cursor->next);
        e->is_fresh = 0;
    } else {
        for (size_t i = 0; i < n; i++) {
            size_t k = 0;
            while (k < cursor->filter_n && !same_filter(&cursor->filter[k], &filter[i])) {
                k++;
            }
            uint64_t from = filter[i].from_height == 0 ? 1 : filter[i].from_height;
            if (k == cursor->filter_n && from < cursor->next) {
                yq_log(
                    YQ_LOG_INFO,
                    "scan",
                    "a service was registered, going back from=%" PRIu64 " to=%" PRIu64,
                    cursor->next,
                    from);
                cursor->next = from;
                e->is_caught_up = 0;
            }
        }
    }
    if (n > 0) {
        memmove(cursor->filter, filter, n * sizeof *filter);
    }
    cursor->filter_n = n;
}

static yq_status read_view(yq_engine *e, yq_fault *why)
{
    const char *chain = e->config->file->chain;
    yq_host_filter filter[YQ_HOST_FILTERS_MAX];
    size_t n;
    yq_status status = yq_api_chain_get(e->http, chain, &e->chain, why);
    if (status == YQ_E_NOT_FOUND) {
        return yq_fail(why, status, 0, "the hub does not know this chain; register it");
    }
    status = status == YQ_OK
                 ? yq_api_services(e->http, chain, filter, YQ_HOST_FILTERS_MAX - 1, &n, why)
                 : status;
    if (status != YQ_OK) {
        return status;
    }
    if (e->chain.has_inbox) {
        filter[n++] = e->chain.inbox;
    }
    if (strcmp(e->chain.state, "draft") == 0 || strcmp(e->chain.state, "voting") == 0 ||
        strcmp(e->chain.state, "retired") == 0) {
        return yq_fail(why, YQ_E_CHAIN_INACTIVE, 0, "the chain is not active on the hub");
    }
    yq_cursor_take_filters(e, filter, n);
    return YQ_OK;
}

int yq_engine_refresh(yq_engine *e)
{
    uint64_t now = yq_host_steady_ms();
    if (!yq_hold_ready(&e->hub_hold)) {
        return 0;
    }
    if (e->hub_hold.code == YQ_OK && e->chain_read_ms != 0 && now - e->chain_read_ms < REFRESH_MS) {
        return 1;
    }
    yq_fault why = {0};
    yq_status status = read_view(e, &why);
    if (status != YQ_OK) {
        if (!yq_host_stopping()) {
            e->stats.hub_failures++;
            yq_hold_set(&e->hub_hold, "hub", status, e->cursor.next, why.text);
        }
        return 0;
    }
    yq_hold_clear(&e->hub_hold, "hub");
    e->chain_read_ms = now;
    return 1;
}

/* ---- rounds --------------------------------------------------------------------------------- */

int yq_engine_round(yq_engine *e)
{
    if (!yq_engine_refresh(e)) {
        return 0;
    }
    int moved = yq_scan_round(e);
    if (!yq_host_stopping() && e->is_caught_up) {
        moved |= yq_delivery_round(e);
    }
    return moved;
}

static const char *state_of(const yq_engine *e)
{
    if (e->hub_hold.code != YQ_OK) {
        return e->hub_hold.code == YQ_E_CHAIN_INACTIVE ? "waiting" : "hub-unavailable";
    }
    if (e->scan_hold.code != YQ_OK) {
        return "held";
    }
    if (e->chain_hold.code != YQ_OK) {
        return "chain-unavailable";
    }
    return e->is_caught_up ? "running" : "catching-up";
}

void yq_engine_run(yq_engine *e)
{
    yq_log(
        YQ_LOG_INFO,
        "host",
        "started chain=%s framework=%s plugin=%s next=%" PRIu64,
        e->config->file->chain,
        e->config->file->framework,
        yq_plugin_version(e->plugin),
        e->cursor.next);
    while (!yq_host_stopping()) {
        int moved = yq_engine_round(e);
        yq_status_write(e, state_of(e), 0);
        if (!moved) {
            yq_host_sleep(e->config->poll_ms);
        }
    }
    if (!e->is_fresh && e->cursor.next != e->stored_next && yq_engine_store(e) != YQ_OK) {
        yq_log(YQ_LOG_WARN, "host", "the last empty heights will be scanned again");
    }
    yq_status_write(e, "stopped", 1);
    yq_log(YQ_LOG_INFO, "host", "stopped next=%" PRIu64, e->cursor.next);
}
