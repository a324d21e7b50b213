#ifndef YQ_ADAPTERS_HOST_BACKOFF_H
#define YQ_ADAPTERS_HOST_BACKOFF_H

#include <stdint.h>

/*
 * Waits between attempts: doubled each time up to a most, and of that a random half, so that many
 * adapters do not come back at one moment.
 */
typedef struct yq_backoff {
    uint32_t first_ms, most_ms, attempts_max; /* attempts_max 0: never gives up */
    uint32_t attempts;
    uint64_t ready_ms; /* steady clock; 0: at once */
} yq_backoff;

/* Notes a failed attempt. In: now_ms, steady clock; draw, any random number. Returns 0 when no
 * attempt is left. */
int yq_backoff_failed(yq_backoff *backoff, uint64_t now_ms, uint64_t draw);
void yq_backoff_reset(yq_backoff *backoff);
int yq_backoff_ready(const yq_backoff *backoff, uint64_t now_ms);

/* The wait after so many failures: from half of it to all of it, by draw. */
uint32_t yq_backoff_wait_ms(uint32_t first_ms, uint32_t most_ms, uint32_t attempts, uint64_t draw);

#endif /* YQ_ADAPTERS_HOST_BACKOFF_H */
