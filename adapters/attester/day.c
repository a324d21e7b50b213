#include "adapters/attester/day.h"

#include "relay/hub/commitment.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_SIZE 10u

int yq_day_begin(yq_day *day, const char *text)
{
    char whole[DAY_SIZE + 10];
    *day = (yq_day){0};
    if (strlen(text) != DAY_SIZE) {
        return 0;
    }
    (void)snprintf(whole, sizeof whole, "%s 00:00:00", text);
    int good = yq_atd_clock_read(yq_slice_text(whole), &day->from_ms);
    day->to_ms = day->from_ms + YQ_DAY_MS;
    return good;
}

void yq_day_free(yq_day *day)
{
    free(day->message);
    free(day->missing.item);
    free(day->unknown.item);
    free(day->open.item);
    free(day->unproven.item);
    free(day->unshown.item);
    free(day->differing.item);
    *day = (yq_day){0};
}

yq_status yq_day_add(yq_day *day, const yq_day_message *message)
{
    if (day->message_n == YQ_DAY_MESSAGES_MAX) {
        return YQ_E_LIMIT;
    }
    if (day->message_n == day->message_cap) {
        size_t cap = day->message_cap == 0 ? 256 : 2 * day->message_cap;
        yq_day_message *grown = realloc(day->message, cap * sizeof *grown);
        if (grown == NULL) {
            return YQ_E_MEMORY;
        }
        day->message = grown;
        day->message_cap = cap;
    }
    day->message[day->message_n++] = *message;
    return YQ_OK;
}

static yq_status list(yq_day_list *to, const yq_day_item *item)
{
    to->count++;
    if (to->n == YQ_DAY_LISTED_MAX) {
        return YQ_OK;
    }
    if (to->item == NULL) {
        to->item = calloc(YQ_DAY_LISTED_MAX, sizeof *to->item);
    }
    if (to->item == NULL) {
        return YQ_E_MEMORY;
    }
    to->item[to->n++] = *item;
    return YQ_OK;
}

/* ---- the platform's records ---- */

static int is_of(const yq_host_filter *f, const yq_atd_record *r)
{
    return f->emitter.n > 0 && r->number >= f->from_height &&
           yq_slice_equal(yq_host_name_get(&f->emitter), yq_slice_of(r->emitter.b, r->emitter.n)) &&
           yq_slice_equal(yq_host_name_get(&f->event), yq_slice_of(r->name.b, r->name.n));
}

static yq_day_item item_of(const yq_atd_record *r)
{
    yq_day_item item = {.number = r->number, .event_index = r->index};
    (void)yq_host_name_set(&item.tx_id, yq_slice_of(r->id.b, r->id.n));
    return item;
}

/* A record whose content is a message itself: known by where it stands. */
static yq_status take_mapped(yq_day *day, const yq_atd_record *r)
{
    const yq_day_item item = item_of(r);
    day->sent++;
    for (size_t i = 0; i < day->message_n; i++) {
        yq_day_message *m = &day->message[i];
        if (m->is_from && m->number == r->number && m->event_index == r->index &&
            yq_slice_equal(yq_host_name_get(&m->tx_id), yq_host_name_get(&item.tx_id))) {
            m->was_seen = 1;
            day->taken++;
            return YQ_OK;
        }
    }
    return list(&day->missing, &item);
}

static yq_status take_sent(yq_day *day, const yq_atd_record *r, yq_slice body)
{
    yq_packet packet;
    yq_day_item item = item_of(r);
    if (yq_packet_decode(body, &packet, NULL) != YQ_OK ||
        yq_packet_id(&packet, &item.id) != YQ_OK) {
        return YQ_OK; /* the hub refuses it, too: it counts for none */
    }
    day->sent++;
    for (size_t i = 0; i < day->message_n; i++) {
        if (day->message[i].is_from && yq_digest_equal(&day->message[i].id, &item.id)) {
            day->message[i].was_seen = 1;
            day->taken++;
            return YQ_OK;
        }
    }
    return list(&day->missing, &item);
}

/* The first one of an index counts. */
static void take_done(yq_day *day, yq_slice body)
{
    yq_done done;
    if (yq_done_decode(body, &done, NULL) != YQ_OK) {
        return;
    }
    for (size_t i = 0; i < day->message_n; i++) {
        yq_day_message *m = &day->message[i];
        if (!m->is_from && m->has_index && m->index == done.index && m->platform_status == 0) {
            m->platform_status = done.status;
        }
    }
}

static yq_status take_records(yq_day *day, const yq_atd_record *r, int is_today)
{
    yq_record record[YQ_EVENT_RECORDS_MAX];
    size_t n = 0;
    yq_status status = YQ_OK;
    if (yq_records_decode(
            yq_slice_of(r->data, r->data_n), record, YQ_EVENT_RECORDS_MAX, &n, NULL) != YQ_OK) {
        return YQ_OK;
    }
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        if (record[i].kind == YQ_RECORD_DONE) {
            take_done(day, record[i].body);
        } else if (record[i].kind == YQ_RECORD_SENT && is_today) {
            status = take_sent(day, r, record[i].body);
        }
    }
    return status;
}

yq_status yq_day_take(yq_day *day, const yq_atd_record *r)
{
    int is_today = r->time_ms >= day->from_ms && r->time_ms < day->to_ms, is_mapped = 0;
    if (is_today) {
        day->first = day->records == 0 ? r->number : day->first;
        day->last = r->number;
        day->records++;
    }
    if (is_of(&day->inbox, r)) {
        return take_records(day, r, is_today);
    }
    for (size_t i = 0; i < day->filter_n; i++) {
        is_mapped |= is_of(&day->filter[i], r);
    }
    return is_mapped && is_today ? take_mapped(day, r) : YQ_OK;
}

/* ---- what is left ---- */

static const char *outcome(uint8_t status)
{
    static const char *const name[] = {"none", "ok", "error", "cancelled", "refused"};
    return status < YQ_ARRAY_N(name) ? name[status] : "?";
}

static yq_day_item item_of_message(const yq_day_message *m)
{
    yq_day_item item = {
        .id = m->id,
        .number = m->number,
        .index = m->index,
        .tx_id = m->tx_id,
        .event_index = m->event_index};
    (void)snprintf(item.text, sizeof item.text, "%s", m->state);
    return item;
}

/* One that the hub has for the platform. */
static yq_status judge_handed(yq_day *day, const yq_day_message *m)
{
    yq_day_item item = item_of_message(m);
    day->handed++;
    if (m->status == m->platform_status) {
        day->delivered += m->status != 0;
        return m->status != 0 ? YQ_OK : list(&day->open, &item);
    }
    if (m->platform_status == 0) {
        return list(&day->unshown, &item);
    }
    if (m->status == 0) {
        return list(&day->unproven, &item);
    }
    (void)snprintf(
        item.text,
        sizeof item.text,
        "hub %s, platform %s",
        outcome(m->status),
        outcome(m->platform_status));
    return list(&day->differing, &item);
}

yq_status yq_day_end(yq_day *day)
{
    yq_status status = YQ_OK;
    for (size_t i = 0; i < day->message_n && status == YQ_OK; i++) {
        const yq_day_message *m = &day->message[i];
        if (!m->is_from) {
            int is_today = m->accepted_ms >= day->from_ms && m->accepted_ms < day->to_ms;
            status = is_today && m->has_index ? judge_handed(day, m) : YQ_OK;
        } else if (
            !m->was_seen && day->records > 0 && m->number >= day->first && m->number <= day->last) {
            const yq_day_item item = item_of_message(m);
            status = list(&day->unknown, &item);
        }
    }
    return status;
}

int yq_day_is_equal(const yq_day *day)
{
    return day->missing.count + day->unknown.count + day->open.count + day->unproven.count +
               day->unshown.count + day->differing.count ==
           0;
}
