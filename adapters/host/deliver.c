#include "adapters/host/host.h"
#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"

#include <inttypes.h>

#define QUESTIONS_MAX  64u   /* pages of open packets a round */
#define AGAIN_FIRST_MS 1000u /* before a packet that is still open is handed over again */
#define AGAIN_MOST_MS  60000u

/* ---- attempts ------------------------------------------------------------------------------- */

static yq_host_attempt *find_attempt(yq_engine *e, uint64_t index)
{
    for (size_t i = 0; i < e->attempt_n; i++) {
        if (e->attempt[i].index == index) {
            return &e->attempt[i];
        }
    }
    return NULL;
}

/* Puts off the next attempt of a packet. When the table is full the lowest index leaves it: it only
 * comes again sooner. */
static void put_off(yq_engine *e, uint64_t index, int counts)
{
    yq_host_attempt *a = find_attempt(e, index);
    if (a == NULL) {
        if (e->attempt_n == YQ_HOST_ATTEMPTS_MAX) {
            memmove(e->attempt, e->attempt + 1, (YQ_HOST_ATTEMPTS_MAX - 1) * sizeof *a);
            e->attempt_n--;
        }
        a = &e->attempt[e->attempt_n++];
        *a = (yq_host_attempt){.index = index};
    }
    a->attempts += counts ? 1 : 0;
    a->ready_ms = yq_host_steady_ms() +
                  yq_backoff_wait_ms(AGAIN_FIRST_MS, AGAIN_MOST_MS, a->attempts, yq_host_draw());
}

static int is_flying(const yq_engine *e, uint64_t index)
{
    for (size_t i = 0; i < YQ_HOST_FLIGHTS_MAX; i++) {
        const yq_host_flight *f = &e->flight[i];
        for (size_t k = 0; f->is_used && k < f->n; k++) {
            if (f->index[k] == index) {
                return 1;
            }
        }
    }
    return 0;
}

static int may_go(yq_engine *e, uint64_t index)
{
    const yq_host_attempt *a = find_attempt(e, index);
    return !is_flying(e, index) && (a == NULL || yq_host_steady_ms() >= a->ready_ms);
}

/* ---- flights -------------------------------------------------------------------------------- */

static void land(yq_engine *e, yq_host_flight *f, int counts)
{
    for (size_t i = 0; i < f->n; i++) {
        put_off(e, f->index[i], counts);
    }
    f->is_used = 0;
}

static void ask_fate(yq_engine *e, yq_host_flight *f)
{
    yq_fault why = {0};
    yq_receipt_view view;
    yq_status status = yq_plugin_receipt(e->plugin, yq_host_name_get(&f->reference), &view, &why);
    int is_old = yq_host_steady_ms() - f->since_ms > YQ_HOST_PENDING_MS_MAX;
    if (status != YQ_OK) {
        e->stats.chain_failures++;
        yq_log(
            YQ_LOG_WARN,
            "deliver",
            "fate cannot be asked code=%s why=\"%s\"",
            yq_status_name(status),
            why.text);
        if (is_old) {
            land(e, f, 1);
        }
        return;
    }
    switch (view.state) {
    case YQ_SUBMIT_DONE:
        (void)YQ_FAULT_POINT("delivery.mined");
        f->is_mined = 1;
        f->height = view.height;
        e->stats.delivered += f->n;
        yq_log(
            YQ_LOG_INFO,
            "deliver",
            "delivered packets=%zu first=%" PRIu64 " height=%" PRIu64,
            f->n,
            f->index[0],
            view.height);
        return;
    case YQ_SUBMIT_FAILED:
        e->stats.failed++;
        yq_log(
            YQ_LOG_ERROR,
            "deliver",
            "delivery failed alarm=1 packets=%zu first=%" PRIu64 " height=%" PRIu64 " why=\"%s\"",
            f->n,
            f->index[0],
            view.height,
            view.text == NULL ? "" : view.text);
        land(e, f, 1);
        return;
    case YQ_SUBMIT_INVALID:
    case YQ_SUBMIT_LOST:
        e->stats.lost++;
        land(e, f, 0);
        return;
    case YQ_SUBMIT_PENDING:
        if (is_old) {
            e->stats.lost++;
            land(e, f, 0);
        }
        return;
    }
}

/* A mined delivery stays in the air until the hub has its block's evidence: only then does the
 * hub's list of open packets speak of what the inbox did with it. */
static int follow(yq_engine *e)
{
    int moved = 0;
    for (size_t i = 0; i < YQ_HOST_FLIGHTS_MAX && !yq_host_stopping(); i++) {
        yq_host_flight *f = &e->flight[i];
        if (f->is_used && !f->is_mined) {
            ask_fate(e, f);
            moved |= !f->is_used || f->is_mined;
        }
        if (f->is_used && f->is_mined && e->cursor.next > f->height) {
            land(e, f, 1);
            moved = 1;
        }
    }
    return moved;
}

static yq_host_flight *free_flight(yq_engine *e)
{
    for (size_t i = 0; i < YQ_HOST_FLIGHTS_MAX; i++) {
        if (!e->flight[i].is_used) {
            return &e->flight[i];
        }
    }
    return NULL;
}

/* ---- handing over --------------------------------------------------------------------------- */

static void delivery_failed(yq_engine *e, yq_status status, const char *what, const char *text)
{
    if (!yq_host_stopping()) {
        yq_hold_set(&e->delivery_hold, what, status, e->cursor.next, text);
    }
}

/* Keeps the packets that may go now. */
static size_t choose(yq_engine *e, yq_delivery *delivery, yq_delivery_packet *packet)
{
    uint16_t kept = 0;
    for (uint16_t i = 0; i < delivery->n; i++) {
        if (may_go(e, packet[i].index)) {
            packet[kept++] = packet[i];
        }
    }
    delivery->n = kept;
    return kept;
}

static yq_status take_off(yq_engine *e, yq_host_flight *f, const yq_delivery *delivery)
{
    yq_buf out = {.p = e->delivery_room, .cap = e->delivery_room_size};
    yq_status status = yq_delivery_encode(delivery, &out);
    yq_fault why = {0};
    yq_slice reference;
    if (status != YQ_OK) {
        (void)yq_fail(&why, status, 0, "delivery cannot be encoded");
    } else {
        (void)YQ_FAULT_POINT("delivery.submit");
        status = yq_plugin_submit(e->plugin, yq_slice_of(out.p, out.n), &reference, &why);
        (void)YQ_FAULT_POINT("delivery.submitted");
        if (status != YQ_OK) {
            e->stats.chain_failures++;
        }
    }
    *f = (yq_host_flight){.since_ms = yq_host_steady_ms(), .n = delivery->n};
    for (uint16_t i = 0; i < delivery->n; i++) {
        f->index[i] = delivery->packet[i].index;
    }
    if (status == YQ_OK && !yq_host_name_set(&f->reference, reference)) {
        status = yq_fail(&why, YQ_E_PEER, 0, "the plugin's reference is longer than 128 bytes");
    }
    if (status != YQ_OK) {
        delivery_failed(e, status, "delivery", why.text);
        land(e, f, 1);
        return status;
    }
    f->is_used = 1;
    e->stats.deliveries++;
    e->stats.packets += f->n;
    yq_log(
        YQ_LOG_INFO,
        "deliver",
        "submitted packets=%zu first=%" PRIu64 " bytes=%zu",
        f->n,
        f->index[0],
        out.n);
    yq_hold_clear(&e->delivery_hold, "delivery");
    return YQ_OK;
}

/* One page of open packets from an index on. Out: next, where the page after it begins. Returns OK,
 * E_NOT_FOUND at the end. */
static yq_status hand_over_page(yq_engine *e, uint64_t from, uint64_t *next, int *moved)
{
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_fault why = {0};
    yq_slice bytes;
    yq_status status =
        yq_api_delivery(e->http, e->config->file->chain, from, e->config->batch, &bytes, &why);
    if (status == YQ_E_NOT_FOUND) {
        return status;
    }
    yq_delivery delivery;
    if (status == YQ_OK) {
        status = yq_delivery_decode(bytes, packet, YQ_DELIVERY_PACKETS_MAX, &delivery, &why);
    }
    if (status == YQ_OK && delivery.n == 0) {
        return YQ_E_NOT_FOUND;
    }
    if (status != YQ_OK || packet[delivery.n - 1].index < from) {
        status = status == YQ_OK ? YQ_E_PEER : status;
        e->stats.hub_failures++;
        delivery_failed(e, status, "deliveries", why.text);
        return status;
    }
    *next = packet[delivery.n - 1].index + 1;
    if (choose(e, &delivery, packet) == 0) {
        return YQ_OK;
    }
    yq_host_flight *f = free_flight(e);
    if (f == NULL) {
        return YQ_E_NOT_FOUND;
    }
    status = take_off(e, f, &delivery);
    *moved |= status == YQ_OK;
    return status;
}

int yq_delivery_round(yq_engine *e)
{
    if (!yq_plugin_can_submit(e->plugin)) {
        return 0;
    }
    int moved = follow(e);
    if (yq_step_round(e, &moved)) {
        return moved;
    }
    if (e->chain.outbox_done >= e->chain.outbox_size || !yq_hold_ready(&e->delivery_hold)) {
        return moved;
    }
    uint64_t from = 0;
    for (unsigned i = 0; i < QUESTIONS_MAX && free_flight(e) != NULL; i++) {
        if (yq_host_stopping() || hand_over_page(e, from, &from, &moved) != YQ_OK) {
            break;
        }
    }
    return moved;
}
