#include "adapters/attester/day.h"
#include "adapters/attester/program.h"
#include "adapters/host/api.h"
#include "adapters/host/plugin.h"
#include "relay/base/errors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_SIZE   256u
#define PAGE        200u
#define CURSOR_SIZE 64u
#define LATE_MS     3600000u /* clocks of hub and platform differ by less */
#define OUT_MAX     (64u << 20)

typedef struct work {
    const yq_host_config *config;
    yq_http *http;
    yq_atd_reader reader;
    yq_day day;
} work;

/* ---- the hub ---- */

static int read_status(const yq_json *item, uint8_t *status)
{
    static const char *const name[] = {"none", "ok", "error", "cancelled", "refused"};
    yq_slice text = {0};
    (void)yq_json_text(yq_json_get(item, "status"), &text);
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        if (yq_slice_equal(text, yq_slice_text(name[i]))) {
            *status = (uint8_t)i;
            return 1;
        }
    }
    return 0;
}

static int read_source(const yq_json *source, yq_day_message *m)
{
    uint64_t event_index;
    uint8_t tx_id[YQ_HOST_NAME_MAX];
    yq_buf room = {tx_id, sizeof tx_id, 0};
    int good = yq_json_uint(yq_json_get(source, "height"), &m->number) &&
               yq_json_hex(yq_json_get(source, "tx_id"), &room) &&
               yq_json_uint(yq_json_get(source, "event_index"), &event_index) &&
               event_index <= UINT32_MAX && yq_host_name_set(&m->tx_id, yq_slice_of(tx_id, room.n));
    m->event_index = good ? (uint32_t)event_index : 0;
    return good;
}

static int read_message(const yq_json *item, const char *chain, yq_day_message *m)
{
    yq_slice src, dst, state;
    yq_buf id = {m->id.b, sizeof m->id.b, 0};
    *m = (yq_day_message){0};
    if (!yq_json_hex(yq_json_get(item, "id"), &id) || id.n != sizeof m->id.b ||
        !yq_json_text(yq_json_get(item, "src_chain"), &src) ||
        !yq_json_text(yq_json_get(item, "dst_chain"), &dst) ||
        !yq_json_text(yq_json_get(item, "state"), &state) || state.n >= sizeof m->state ||
        !yq_json_uint(yq_json_get(item, "accepted_ms"), &m->accepted_ms)) {
        return 0;
    }
    memcpy(m->state, state.p, state.n);
    m->is_from = yq_slice_equal(src, yq_slice_text(chain));
    m->has_index = yq_json_uint(yq_json_get(item, "index"), &m->index);
    return read_status(item, &m->status) && read_source(yq_json_get(item, "source"), m);
}

/* One page. Out: cursor, empty at the end; is_old, 1: it reaches before the day. */
static yq_status take_page(work *w, char cursor[CURSOR_SIZE], int *is_old, yq_fault *why)
{
    char path[PATH_SIZE];
    const char *chain = w->config->file->chain;
    yq_json *document;
    yq_slice next = {0};
    (void)snprintf(
        path,
        sizeof path,
        "/api/v1/messages?chain=%s&limit=%u%s%s",
        chain,
        PAGE,
        cursor[0] == '\0' ? "" : "&cursor=",
        cursor);
    yq_status status = yq_api_ask_json(w->http, path, YQ_API_TIME_MS, &document, why);
    const yq_json *items = yq_json_get(document, "items");
    if (status == YQ_OK &&
        (!yq_json_is_array(items) || !yq_json_text(yq_json_get(document, "next_cursor"), &next) ||
         next.n >= CURSOR_SIZE)) {
        status = yq_api_bad_form(why, "the hub's list of messages is not of its form");
    }
    for (size_t i = 0; i < yq_json_count(items) && status == YQ_OK; i++) {
        yq_day_message m = {0};
        if (!read_message(yq_json_at(items, i), chain, &m)) {
            status = yq_api_bad_form(why, "a message of the hub is not of its form");
            break;
        }
        *is_old |= m.accepted_ms + LATE_MS < w->day.from_ms;
        status = yq_day_add(&w->day, &m);
        status = status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "too many messages");
    }
    if (status == YQ_OK) {
        yq_bytes_copy(cursor, next.p, next.n);
        cursor[next.n] = '\0';
    }
    yq_json_free(document);
    return status;
}

static yq_status read_hub(work *w, yq_fault *why)
{
    char cursor[CURSOR_SIZE] = "";
    yq_api_chain chain;
    int is_old = 0;
    yq_status status = yq_api_chain_get(w->http, w->config->file->chain, &chain, why);
    if (status == YQ_OK && chain.has_inbox) {
        w->day.inbox = chain.inbox;
    }
    status = status == YQ_OK ? yq_api_services(
                                   w->http,
                                   w->config->file->chain,
                                   w->day.filter,
                                   YQ_HOST_FILTERS_MAX,
                                   &w->day.filter_n,
                                   why)
                             : status;
    do {
        status = status == YQ_OK ? take_page(w, cursor, &is_old, why) : status;
    } while (status == YQ_OK && cursor[0] != '\0' && !is_old && !yq_host_stopping());
    return status;
}

/* ---- the platform ---- */

static yq_status next_record(work *w, uint64_t number, yq_atd_record *r, yq_fault *why)
{
    return yq_atd_platform_next(
        &w->reader.platform, number, yq_web_now_ms() + w->config->deadline_ms, r, why);
}

/* The lowest number whose record is of the day or after it: times rise with the numbers. */
static yq_status find_first(work *w, uint64_t *first, yq_fault *why)
{
    uint64_t low = 1, high = 0;
    yq_status status = yq_atd_platform_latest(
        &w->reader.platform, yq_web_now_ms() + w->config->deadline_ms, &high, why);
    for (high++; status == YQ_OK && low < high && !yq_host_stopping();) {
        uint64_t middle = low + (high - low) / 2;
        yq_atd_record r;
        status = next_record(w, middle, &r, why);
        if (status == YQ_E_NOT_FOUND || (status == YQ_OK && r.time_ms >= w->day.from_ms)) {
            status = YQ_OK;
            high = middle;
        } else if (status == YQ_OK) {
            low = r.number + 1;
        }
        yq_atd_record_free(&r);
    }
    *first = low;
    return status;
}

static yq_status read_platform(work *w, yq_fault *why)
{
    uint64_t number = 0;
    yq_status status = find_first(w, &number, why);
    while (status == YQ_OK && !yq_host_stopping()) {
        yq_atd_record r;
        status = next_record(w, number, &r, why);
        if (status == YQ_OK) {
            number = r.number + 1;
            status = yq_day_take(&w->day, &r);
        }
        yq_atd_record_free(&r);
    }
    status = status == YQ_E_NOT_FOUND ? YQ_OK : status;
    return status == YQ_OK && yq_host_stopping() ? yq_fail(why, YQ_E_TIMEOUT, 0, "stopped")
                                                 : status;
}

/* ---- the command ---- */

static yq_status compare(work *w, yq_fault *why)
{
    const yq_adapter_config with = yq_attester_config_of(w->config);
    const yq_host_file *f = w->config->file;
    w->http = yq_http_new((const char *const *)f->hub, f->hub_count, w->config->hub_ca);
    yq_status status = w->http == NULL
                           ? yq_fail(why, YQ_E_MEMORY, 0, "hub")
                           : yq_atd_reader_open(&w->reader, &yq_attester_host, &with, why);
    status = status == YQ_OK ? read_hub(w, why) : status;
    status = status == YQ_OK ? read_platform(w, why) : status;
    if (status == YQ_OK) {
        status = yq_day_end(&w->day);
    }
    return status;
}

static void print_list(const char *what, const yq_day_list *list)
{
    (void)printf("  %-22s %" PRIu64 "\n", what, list->count);
    for (size_t i = 0; i < list->n; i++) {
        char id[2 * YQ_DIGEST_SIZE + 1];
        const yq_day_item *item = &list->item[i];
        (void)yq_hex_encode(id, sizeof id, item->id.b, sizeof item->id.b);
        (void)printf(
            "    %s record %" PRIu64 " index %" PRIu64 " %s\n",
            yq_digest_is_zero(&item->id) ? "-" : id,
            item->number,
            item->index,
            item->text);
    }
}

static void print_text(const yq_day *day, const char *name)
{
    (void)printf(
        "%s: %" PRIu64 " records at the platform, %" PRIu64 " to %" PRIu64 "\n",
        name,
        day->records,
        day->first,
        day->last);
    (void)printf(
        "from the platform / 来自平台: sent %" PRIu64 ", taken %" PRIu64 "\n",
        day->sent,
        day->taken);
    print_list("missing at the hub", &day->missing);
    print_list("missing at platform", &day->unknown);
    (void)printf(
        "to the platform / 送达平台: sent %" PRIu64 ", delivered %" PRIu64 "\n",
        day->handed,
        day->delivered);
    print_list("open", &day->open);
    print_list("missing at the hub", &day->unproven);
    print_list("missing at platform", &day->unshown);
    print_list("differing", &day->differing);
    (void)printf("%s\n", yq_day_is_equal(day) ? "equal / 两侧一致" : "NOT equal / 两侧不一致");
}

static int print_report(const yq_attester_options *o, const work *w)
{
    yq_json_out *out = o->json ? yq_json_out_new(OUT_MAX) : NULL;
    if (!o->json) {
        print_text(&w->day, o->day);
        return 1;
    }
    if (out == NULL) {
        return 0;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "chain", w->config->file->chain);
    yq_json_out_str(out, "day", o->day);
    yq_day_write(&w->day, out);
    yq_json_out_end(out);
    const char *line = yq_json_out_done(out, NULL);
    int good = line != NULL && printf("%s\n", line) > 0;
    yq_json_out_free(out);
    return good;
}

int yq_attester_reconcile(const yq_attester_options *o, const yq_host_config *config)
{
    work w = {.config = config};
    yq_fault why = {0};
    if (o->day == NULL || !yq_day_begin(&w.day, o->day)) {
        return yq_attester_failed(o, YQ_E_USAGE, "--day YYYY-MM-DD is needed");
    }
    yq_status status = compare(&w, &why);
    int code = YQ_ATTESTER_FAILED;
    if (status != YQ_OK) {
        code = yq_attester_failed(o, status, why.text);
    } else if (print_report(o, &w)) {
        code = yq_day_is_equal(&w.day) ? YQ_ATTESTER_DONE : YQ_ATTESTER_FALSE;
    }
    yq_atd_reader_close(&w.reader);
    yq_http_free(w.http);
    yq_day_free(&w.day);
    return code;
}
