#include "adapters/attested/record.h"

#define BEIJING_S 28800
#define DAY_S     86400
#define YEAR_LAST 9999u

typedef struct scan {
    yq_slice text;
    size_t at;
    int bad;
} scan;

static unsigned digits(scan *s, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n; i++, s->at++) {
        if (s->at >= s->text.n || s->text.p[s->at] < '0' || s->text.p[s->at] > '9') {
            s->bad = 1;
            return 0;
        }
        value = value * 10 + (unsigned)(s->text.p[s->at] - '0');
    }
    return value;
}

/* Takes one letter that is one of these. Returns it, 0 when there is none. */
static char letter(scan *s, const char *of)
{
    const char *found = NULL;
    if (s->at < s->text.n && s->text.p[s->at] != 0) {
        found = strchr(of, s->text.p[s->at]);
    }
    if (found == NULL) {
        return '\0';
    }
    s->at++;
    return *found;
}

static void need(scan *s, const char *of)
{
    s->bad |= letter(s, of) == '\0';
}

static int is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Days since 1970. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
    int64_t n = (int64_t)day - 1;
    for (unsigned y = 1970; y < year; y++) {
        n += is_leap(y) ? 366 : 365;
    }
    for (unsigned m = 1; m < month; m++) {
        n += month_days(year, m);
    }
    return n;
}

/* Up to nine digits behind a dot; what is below a millisecond is dropped. */
static unsigned fraction_ms(scan *s)
{
    unsigned ms = 0, n = 0;
    for (; s->at < s->text.n && s->text.p[s->at] >= '0' && s->text.p[s->at] <= '9'; s->at++, n++) {
        ms = n < 3 ? ms * 10 + (unsigned)(s->text.p[s->at] - '0') : ms;
    }
    s->bad |= n == 0 || n > 9;
    for (; n < 3; n++) {
        ms *= 10;
    }
    return ms;
}

static int64_t zone_s(scan *s)
{
    if (s->at == s->text.n) {
        return BEIJING_S;
    }
    char c = letter(s, "Z+-");
    if (c == 'Z') {
        return 0;
    }
    s->bad |= c == '\0';
    unsigned hours = digits(s, 2);
    need(s, ":");
    unsigned minutes = digits(s, 2);
    s->bad |= hours > 14 || minutes > 59;
    int64_t value = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    return c == '-' ? -value : value;
}

int yq_atd_clock_read(yq_slice text, uint64_t *ms)
{
    scan s = {.text = text};
    unsigned year = digits(&s, 4);
    need(&s, "-");
    unsigned month = digits(&s, 2);
    need(&s, "-");
    unsigned day = digits(&s, 2);
    unsigned part[3] = {0};
    for (size_t i = 0; i < 3; i++) {
        need(&s, i == 0 ? " T" : ":");
        part[i] = digits(&s, 2);
    }
    unsigned below = letter(&s, ".") != '\0' ? fraction_ms(&s) : 0;
    int64_t zone = zone_s(&s);
    if (s.bad || s.at != text.n || year < 1970 || year > YEAR_LAST || month < 1 || month > 12 ||
        day < 1 || day > month_days(year, month) || part[0] > 23 || part[1] > 59 || part[2] > 59) {
        return 0;
    }
    int64_t seconds = days_of(year, month, day) * DAY_S + (int64_t)part[0] * 3600 +
                      (int64_t)part[1] * 60 + part[2] - zone;
    if (seconds < 0) {
        return 0;
    }
    *ms = (uint64_t)seconds * 1000 + below;
    return 1;
}
