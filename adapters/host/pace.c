#include "adapters/host/host.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define HOLD_FIRST_MS  500u
#define HOLD_MOST_MS   30000u
#define SLEEP_SLICE_MS 50u

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t yq_host_steady_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

uint64_t yq_host_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

uint64_t yq_host_draw(void)
{
    uint64_t draw;
    yq_random(&draw, sizeof draw);
    return draw;
}

void yq_host_sleep(uint32_t ms)
{
    while (ms > 0 && !yq_host_stopping()) {
        uint32_t slice = ms < SLEEP_SLICE_MS ? ms : SLEEP_SLICE_MS;
        struct timespec wait = {.tv_nsec = (long)slice * 1000000};
        (void)nanosleep(&wait, NULL);
        ms -= slice;
    }
}

void yq_hold_set(
    yq_host_hold *hold, const char *what, yq_status code, uint64_t height, const char *text)
{
    if (hold->code == YQ_OK) {
        hold->since_ms = yq_host_wall_ms();
        hold->backoff = (yq_backoff){.first_ms = HOLD_FIRST_MS, .most_ms = HOLD_MOST_MS};
    }
    hold->code = code;
    hold->height = height;
    (void)snprintf(hold->text, sizeof hold->text, "%.119s", text);
    (void)yq_backoff_failed(&hold->backoff, yq_host_steady_ms(), yq_host_draw());
    yq_log(
        YQ_LOG_ERROR,
        "hold",
        "standing still alarm=1 part=%s code=%s height=%" PRIu64 " attempts=%u why=\"%s\"",
        what,
        yq_status_name(code),
        height,
        hold->backoff.attempts,
        hold->text);
}

void yq_hold_clear(yq_host_hold *hold, const char *what)
{
    if (hold->code != YQ_OK) {
        yq_log(YQ_LOG_INFO, "hold", "goes on part=%s", what);
        *hold = (yq_host_hold){0};
    }
}

int yq_hold_ready(const yq_host_hold *hold)
{
    return hold->code == YQ_OK || yq_backoff_ready(&hold->backoff, yq_host_steady_ms());
}
