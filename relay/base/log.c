#include "relay/base/log.h"

#include "relay/base/assert.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 2048

static atomic_int log_level = YQ_LOG_INFO;
static atomic_int log_json;
static const char *const level_name[] = {"debug", "info", "warn", "error"};

static void tell_assert(const char *condition, const char *file, int line)
{
    yq_log(YQ_LOG_ERROR, "bug", "assertion failed condition=%s at=%s:%d", condition, file, line);
}

void yq_log_configure(yq_log_level level, int json)
{
    atomic_store(&log_level, (int)level);
    atomic_store(&log_json, json);
    yq_assert_set_handler(tell_assert);
}

/* Copies text as the inside of a JSON string; what is not printable ASCII or UTF-8 above it is
 * written \u00xx. */
static size_t json_escape(char *out, size_t cap, const char *text)
{
    size_t n = 0;
    for (; *text != '\0' && n + 7 < cap; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char)c;
        } else if (c < 0x20 || c == 0x7f) {
            n += (size_t)snprintf(out + n, cap - n, "\\u%04x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    out[n] = '\0';
    return n;
}

void yq_log(yq_log_level level, const char *module, const char *format, ...)
{
    if ((int)level < atomic_load(&log_level)) {
        return;
    }
    char text[LINE_SIZE];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (wanted < 0) {
        return;
    }
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    char stamp[40];
    size_t n = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(stamp + n, sizeof stamp - n, ".%03ldZ", now.tv_nsec / 1000000);

    char line[2 * LINE_SIZE + 128];
    int size;
    if (atomic_load(&log_json)) {
        char escaped[2 * LINE_SIZE];
        json_escape(escaped, sizeof escaped, text);
        size = snprintf(
            line,
            sizeof line,
            "{\"time\":\"%s\",\"level\":\"%s\",\"module\":\"%s\",\"text\":\"%s\"}\n",
            stamp,
            level_name[level],
            module,
            escaped);
    } else {
        size =
            snprintf(line, sizeof line, "%s %-5s %s: %s\n", stamp, level_name[level], module, text);
    }
    if (size > 0) {
        size_t length = (size_t)size < sizeof line ? (size_t)size : sizeof line - 1;
        ssize_t written = write(STDERR_FILENO, line, length);
        (void)written;
    }
}
