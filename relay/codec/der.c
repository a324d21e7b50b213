#include "relay/codec/der.h"

#include "relay/codec/insert.h"

#define LENGTH_SIZE_MAX 3u /* bytes of a long length: sizes below 2^24 */

static size_t take_length(yq_cur *c, size_t at)
{
    uint8_t first = yq_cur_u8(c);
    if (first < 0x80) {
        return first;
    }
    size_t size = first & 0x7f;
    if (size == 0 || first == 0xff) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, at);
        return 0;
    }
    yq_slice s = yq_cur_take(c, size);
    if (s.n == 0) {
        return 0;
    }
    if (s.p[0] == 0) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, at);
        return 0;
    }
    if (size > LENGTH_SIZE_MAX) {
        yq_cur_fail(c, YQ_E_LIMIT, at);
        return 0;
    }
    size_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        value = value << 8 | s.p[i];
    }
    if (value < 0x80) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, at);
        return 0;
    }
    return value;
}

int yq_der_next(yq_cur *c, yq_der *out)
{
    *out = (yq_der){.at = c->pos};
    if (yq_cur_left(c) == 0) {
        return 0;
    }
    out->tag = yq_cur_u8(c);
    if (out->tag == 0 || (out->tag & 0x1f) == 0x1f) {
        yq_cur_fail(c, YQ_E_TYPE, out->at);
    }
    size_t size = take_length(c, out->at);
    if (size > yq_cur_left(c)) {
        yq_cur_fail(c, YQ_E_TRUNCATED, out->at);
    }
    size_t start = c->pos;
    (void)yq_cur_take(c, size);
    if (!yq_cur_ok(c)) {
        return 0;
    }
    out->content = yq_slice_of(c->p + start, size);
    out->whole = yq_slice_of(c->p + out->at, c->pos - out->at);
    return 1;
}

static yq_der take(yq_cur *c, uint8_t tag)
{
    yq_der got;
    if (!yq_der_next(c, &got)) {
        yq_cur_fail(c, YQ_E_TRUNCATED, got.at);
    } else if (got.tag != tag) {
        yq_cur_fail(c, YQ_E_TYPE, got.at);
    }
    if (!yq_cur_ok(c)) {
        got.content = (yq_slice){0};
    }
    return got;
}

yq_slice yq_der_take(yq_cur *c, uint8_t tag)
{
    return take(c, tag).content;
}

yq_cur yq_der_open(yq_cur *c, uint8_t tag)
{
    return yq_cur_inner(c, take(c, tag).content);
}

void yq_der_close(yq_cur *inner, yq_cur *outer)
{
    yq_cur_leave(inner, outer);
}

uint8_t yq_der_peek(const yq_cur *c)
{
    return yq_cur_left(c) == 0 ? 0 : c->p[c->pos];
}

void yq_der_uint(yq_cur *c, uint8_t *out, size_t size)
{
    memset(out, 0, size);
    yq_der got = take(c, YQ_DER_INTEGER);
    if (!yq_cur_ok(c)) {
        return;
    }
    yq_slice s = got.content;
    int padded = s.n > 1 && ((s.p[0] == 0 && s.p[1] < 0x80) || (s.p[0] == 0xff && s.p[1] >= 0x80));
    if (s.n == 0 || padded) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, got.at);
        return;
    }
    if (s.p[0] >= 0x80) {
        yq_cur_fail(c, YQ_E_RANGE, got.at);
        return;
    }
    size_t skip = s.p[0] == 0 ? 1 : 0;
    if (s.n - skip > size) {
        yq_cur_fail(c, YQ_E_RANGE, got.at);
        return;
    }
    yq_bytes_copy(out + size - (s.n - skip), s.p + skip, s.n - skip);
}

yq_slice yq_der_bits(yq_cur *c)
{
    yq_der got = take(c, YQ_DER_BIT_STRING);
    if (!yq_cur_ok(c)) {
        return (yq_slice){0};
    }
    if (got.content.n == 0) {
        yq_cur_fail(c, YQ_E_LEN, got.at);
        return (yq_slice){0};
    }
    if (got.content.p[0] != 0) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, got.at);
        return (yq_slice){0};
    }
    return yq_slice_of(got.content.p + 1, got.content.n - 1);
}

/* Two decimal digits; *good is cleared where there are none. */
static unsigned two_digits(const uint8_t *p, int *good)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') {
        *good = 0;
        return 0;
    }
    return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

static int is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; year at least 1970. */
static uint64_t days_before(unsigned year, unsigned month, unsigned day)
{
    static const uint16_t before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint64_t y = year - 1;
    uint64_t leap_days = (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
    uint64_t days = (uint64_t)(year - 1970) * 365 + leap_days + before_month[month - 1] + day - 1;
    return days + (month > 2 && is_leap(year) ? 1 : 0);
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

uint64_t yq_der_time_ms(yq_cur *c)
{
    yq_der got;
    if (!yq_der_next(c, &got)) {
        yq_cur_fail(c, YQ_E_TRUNCATED, got.at);
        return 0;
    }
    int is_utc = got.tag == YQ_DER_UTC_TIME;
    if (!is_utc && got.tag != YQ_DER_TIME) {
        yq_cur_fail(c, YQ_E_TYPE, got.at);
        return 0;
    }
    size_t year_size = is_utc ? 2 : 4;
    if (got.content.n != year_size + 11 || got.content.p[got.content.n - 1] != 'Z') {
        yq_cur_fail(c, YQ_E_NONCANONICAL, got.at);
        return 0;
    }
    const uint8_t *p = got.content.p;
    int good = 1;
    unsigned year = two_digits(p, &good);
    if (is_utc) {
        year += year >= 50 ? 1900 : 2000;
    } else {
        year = year * 100 + two_digits(p + 2, &good);
    }
    p += year_size;
    unsigned month = two_digits(p, &good), day = two_digits(p + 2, &good);
    unsigned hour = two_digits(p + 4, &good), minute = two_digits(p + 6, &good);
    unsigned second = two_digits(p + 8, &good);
    if (!good) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, got.at);
        return 0;
    }
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) ||
        hour > 23 || minute > 59 || second > 59) {
        yq_cur_fail(c, YQ_E_RANGE, got.at);
        return 0;
    }
    uint64_t hours = days_before(year, month, day) * 24 + hour;
    return ((hours * 60 + minute) * 60 + second) * 1000;
}

yq_status yq_der_signature_decode(yq_slice in, size_t size, uint8_t *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_cur pair = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_der_uint(&pair, out, size);
    yq_der_uint(&pair, out + size, size);
    yq_der_close(&pair, &c);
    return yq_cur_done(&c, why);
}

static void put_uint(yq_writer *w, const uint8_t *p, size_t size)
{
    size_t skip = 0;
    while (skip + 1 < size && p[skip] == 0) {
        skip++;
    }
    size_t mark = yq_der_begin(w);
    if (p[skip] >= 0x80) {
        yq_put_u8(w, 0);
    }
    yq_put_bytes(w, p + skip, size - skip);
    yq_der_end(w, mark, YQ_DER_INTEGER);
}

yq_status yq_der_signature_encode(const uint8_t *rs, size_t size, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    size_t mark = yq_der_begin(&w);
    put_uint(&w, rs, size);
    put_uint(&w, rs + size, size);
    yq_der_end(&w, mark, YQ_DER_SEQUENCE);
    out->n = w.status == YQ_OK ? w.n : 0;
    return w.status;
}

size_t yq_der_begin(const yq_writer *w)
{
    return w->n;
}

void yq_der_end(yq_writer *w, size_t mark, uint8_t tag)
{
    size_t size = w->n - mark;
    uint8_t head[2 + LENGTH_SIZE_MAX] = {tag};
    if (size >> (8 * LENGTH_SIZE_MAX) != 0) {
        w->status = w->status == YQ_OK ? YQ_E_NOSPC : w->status;
        return;
    }
    if (size < 0x80) {
        head[1] = (uint8_t)size;
        yq_writer_insert(w, mark, yq_slice_of(head, 2));
        return;
    }
    size_t n = 1;
    while (n < LENGTH_SIZE_MAX && size >> (8 * n) != 0) {
        n++;
    }
    head[1] = (uint8_t)(0x80 | n);
    for (size_t i = 0; i < n; i++) {
        head[2 + i] = (uint8_t)(size >> (8 * (n - 1 - i)));
    }
    yq_writer_insert(w, mark, yq_slice_of(head, 2 + n));
}

void yq_der_put(yq_writer *w, uint8_t tag, yq_slice content)
{
    size_t mark = yq_der_begin(w);
    yq_put(w, content);
    yq_der_end(w, mark, tag);
}
