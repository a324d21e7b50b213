#include "adapters/attested/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define PATH_SIZE   2048u
#define SLICE_MS    50u
#define RECORDS_MAX 1000u

yq_status yq_atd_platform_open(
    yq_atd_platform *p, const yq_adapter_host *host, const yq_adapter_config *config, yq_fault *why)
{
    p->host = host;
    return yq_web_pool_open(host, config, &p->access, 1, &p->pool, why);
}

static void drop_page(yq_atd_platform *p)
{
    yq_json_free(p->page.document);
    p->page = (yq_atd_page){0};
}

void yq_atd_platform_close(yq_atd_platform *p)
{
    drop_page(p);
    yq_web_pool_free(p->pool);
    yq_web_access_free(&p->access);
}

/* ---- asking ---- */

static void sleep_ms(uint64_t ms)
{
    const struct timespec time = {
        .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

/* Waits for its turn. */
static yq_status await_turn(yq_atd_platform *p, uint64_t until_ms, yq_fault *why)
{
    uint64_t now = yq_web_now_ms(), wait = yq_atd_pace_take(&p->pace, now);
    if (wait > 0 && now + wait >= until_ms) {
        yq_atd_pace_give(&p->pace);
        return yq_fail(why, YQ_E_RATE_LIMIT, 0, "rate_per_minute: its turn is behind the deadline");
    }
    for (p->waited_ms += wait; wait > 0 && !p->host->stopping(p->host->self);) {
        uint64_t part = wait < SLICE_MS ? wait : SLICE_MS;
        sleep_ms(part);
        wait -= part;
    }
    return YQ_OK;
}

typedef struct question {
    yq_atd_platform *p;
    const yq_rest_call *call;
    yq_json **reply;
    int is_sent;
} question;

static yq_status ask_one(void *self, size_t endpoint, yq_fault *why)
{
    question *q = self;
    int is_sent = 0;
    yq_status status = await_turn(q->p, q->call->until_ms, why);
    if (status == YQ_OK) {
        status = yq_rest_ask(q->p->pool, endpoint, q->call, q->reply, &is_sent, why);
    }
    q->is_sent |= is_sent;
    return status;
}

yq_status yq_atd_platform_ask(
    yq_atd_platform *p, const yq_rest_call *call, yq_json **reply, int *is_sent, yq_fault *why)
{
    question q = {.p = p, .call = call, .reply = reply};
    *reply = NULL;
    yq_status status = yq_web_any(p->pool, ask_one, &q, why);
    if (is_sent != NULL) {
        *is_sent = q.is_sent;
    }
    return status;
}

static int is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("-_.~", c) != NULL);
}

yq_status yq_atd_path_make(char *out, size_t cap, const char *path, const char *word, yq_slice text)
{
    static const char digit[] = "0123456789ABCDEF";
    const char *at = strstr(path, word);
    const char *end = at == NULL ? path + strlen(path) : at;
    yq_writer w = yq_writer_of(out, cap);
    yq_put_bytes(&w, path, (size_t)(end - path));
    for (size_t i = 0; at != NULL && i < text.n; i++) {
        uint8_t c = text.p[i];
        const uint8_t coded[] = {'%', (uint8_t)digit[c >> 4], (uint8_t)digit[c & 15]};
        yq_put(&w, is_plain(c) ? yq_slice_of(&c, 1) : YQ_SLICE_OF(coded));
    }
    yq_put(&w, yq_slice_text(at == NULL ? "" : at + strlen(word)));
    yq_put_u8(&w, 0);
    return w.status == YQ_OK ? YQ_OK : YQ_E_LIMIT;
}

/* ---- pages ---- */

static yq_status page_path(const yq_atd_records *m, uint64_t after, char *whole, yq_fault *why)
{
    char number[24], with_after[PATH_SIZE];
    yq_slice text = yq_slice_of(number, yq_decimal_encode(number, after));
    yq_status status = yq_atd_path_make(with_after, PATH_SIZE, m->path, "{after}", text);
    text = yq_slice_of(number, yq_decimal_encode(number, m->page));
    status =
        status == YQ_OK ? yq_atd_path_make(whole, PATH_SIZE, with_after, "{limit}", text) : status;
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "records: path");
}

static yq_status not_as_mapped(yq_fault *why, const char *what, uint64_t number)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "records: %.60s (%" PRIu64 ")", what, number);
    return yq_fail(why, YQ_E_PEER, 0, text);
}

/* Numbers rise from after on and end at last. */
static yq_status check_page(yq_atd_platform *p, uint64_t last, yq_fault *why)
{
    yq_atd_page *page = &p->page;
    size_t n = yq_json_count(page->list);
    page->upto = page->after;
    if (!yq_json_is_array(page->list) || n > RECORDS_MAX) {
        return not_as_mapped(why, "list is no list of at most 1000", n);
    }
    if (n == 0 && last > page->after) {
        return not_as_mapped(why, "nothing is shown below last", last);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t number;
        yq_status status =
            yq_atd_record_number(&p->mapping->records, yq_json_at(page->list, i), &number, why);
        if (status != YQ_OK) {
            return status;
        }
        if (number <= page->upto || number > last) {
            return not_as_mapped(why, "numbers do not rise from {after} to last", number);
        }
        page->upto = number;
    }
    return YQ_OK;
}

/* The records behind a number. Out: last, the highest number of all. */
static yq_status load_page(
    yq_atd_platform *p, uint64_t after, uint64_t until_ms, uint64_t *last, yq_fault *why)
{
    char path[PATH_SIZE];
    const yq_atd_records *m = &p->mapping->records;
    yq_json *reply;
    drop_page(p);
    yq_status status = page_path(m, after, path, why);
    const yq_rest_call call = {.path = path, .until_ms = until_ms};
    status = status == YQ_OK ? yq_atd_platform_ask(p, &call, &reply, NULL, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *root = yq_json_root(reply);
    p->page = (yq_atd_page){.document = reply, .list = yq_atd_value(root, m->list), .after = after};
    if (!yq_atd_number_of(root, m->last, last)) {
        status = not_as_mapped(why, "last is not there", 0);
    }
    status = status == YQ_OK ? check_page(p, *last, why) : status;
    if (status != YQ_OK) {
        drop_page(p);
        yq_web_failed(p->pool, status);
    }
    return status;
}

yq_status yq_atd_platform_latest(
    yq_atd_platform *p, uint64_t until_ms, uint64_t *number, yq_fault *why)
{
    return load_page(p, p->given, until_ms, number, why);
}

/* ---- records ---- */

static int has(const yq_atd_page *page, uint64_t number)
{
    return page->document != NULL && page->after < number && number <= page->upto;
}

static yq_status check_time(const yq_atd_platform *p, const yq_atd_record *r, yq_fault *why)
{
    char text[sizeof why->text];
    uint64_t now = p->host->now_ms(p->host->self);
    if (r->time_ms <= now || r->time_ms - now <= p->skew_ms) {
        return YQ_OK;
    }
    (void)snprintf(
        text,
        sizeof text,
        "record %" PRIu64 " is %" PRIu64 " ms ahead of this clock; set the clocks",
        r->number,
        r->time_ms - now);
    return yq_fail(why, YQ_E_TIME_FUTURE, 0, text);
}

/* In: a page that has it, or its gap. */
static yq_status find(
    const yq_atd_platform *p, uint64_t number, yq_atd_record *r, int *is_gap, yq_fault *why)
{
    const yq_atd_records *m = &p->mapping->records;
    uint64_t next = 0;
    for (size_t i = 0; next <= number && i < yq_json_count(p->page.list); i++) {
        const yq_json *item = yq_json_at(p->page.list, i);
        if (yq_atd_record_number(m, item, &next, why) == YQ_OK && next == number) {
            yq_status status = yq_atd_record_read(m, item, r, why);
            return status == YQ_OK ? check_time(p, r, why) : status;
        }
    }
    *is_gap = 1;
    r->number = next;
    return YQ_OK;
}

yq_status yq_atd_platform_record(
    yq_atd_platform *p,
    uint64_t number,
    uint64_t until_ms,
    yq_atd_record *r,
    int *is_gap,
    yq_fault *why)
{
    uint64_t last = 0;
    *r = (yq_atd_record){0};
    *is_gap = 0;
    if (number == 0) {
        *is_gap = 1; /* numbers begin with 1 */
        return YQ_OK;
    }
    if (!has(&p->page, number) || number <= p->given) {
        yq_status status = load_page(p, number - 1, until_ms, &last, why);
        if (status != YQ_OK) {
            return status;
        }
        if (number > last) {
            return yq_fail(why, YQ_E_NOT_FOUND, 0, "the platform has no such record yet");
        }
    }
    p->given = number;
    p->records++;
    return find(p, number, r, is_gap, why);
}

yq_status yq_atd_platform_next(
    yq_atd_platform *p, uint64_t number, uint64_t until_ms, yq_atd_record *r, yq_fault *why)
{
    const yq_atd_records *m = &p->mapping->records;
    uint64_t last = 0, theirs = 0;
    *r = (yq_atd_record){0};
    if (!has(&p->page, number)) {
        yq_status status = load_page(p, number == 0 ? 0 : number - 1, until_ms, &last, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < yq_json_count(p->page.list); i++) {
        const yq_json *item = yq_json_at(p->page.list, i);
        yq_status status = yq_atd_record_number(m, item, &theirs, why);
        if (status != YQ_OK || theirs >= number) {
            return status == YQ_OK ? yq_atd_record_read(m, item, r, why) : status;
        }
    }
    return yq_fail(why, YQ_E_NOT_FOUND, 0, "the platform has no such record yet");
}
