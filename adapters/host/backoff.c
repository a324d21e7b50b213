#include "adapters/host/backoff.h"

uint32_t yq_backoff_wait_ms(uint32_t first_ms, uint32_t most_ms, uint32_t attempts, uint64_t draw)
{
    uint64_t whole = first_ms;
    for (uint32_t i = 1; i < attempts && whole < most_ms; i++) {
        whole *= 2;
    }
    whole = whole < most_ms ? whole : most_ms;
    uint64_t half = whole / 2;
    return (uint32_t)(half + draw % (whole - half + 1));
}

int yq_backoff_failed(yq_backoff *backoff, uint64_t now_ms, uint64_t draw)
{
    backoff->attempts++;
    backoff->ready_ms =
        now_ms + yq_backoff_wait_ms(backoff->first_ms, backoff->most_ms, backoff->attempts, draw);
    return backoff->attempts_max == 0 || backoff->attempts < backoff->attempts_max;
}

void yq_backoff_reset(yq_backoff *backoff)
{
    backoff->attempts = 0;
    backoff->ready_ms = 0;
}

int yq_backoff_ready(const yq_backoff *backoff, uint64_t now_ms)
{
    return now_ms >= backoff->ready_ms;
}
