#ifndef YQ_ADAPTERS_ATTESTED_PACE_H
#define YQ_ADAPTERS_ATTESTED_PACE_H

#include <stdint.h>

/* A rate of one's own: so many questions a minute, a few at once. Zeroed with a rate before use. */
#define YQ_ATD_BURST 5u

typedef struct yq_atd_pace {
    uint64_t per_minute; /* 0: any */
    uint64_t due_us;     /* when the last one granted would have been at an even pace */
} yq_atd_pace;

/* Grants the next question. In: now in ms of a clock that only goes forward. Returns how many ms to
 * wait before it; it is granted all the same. */
static inline uint64_t yq_atd_pace_take(yq_atd_pace *p, uint64_t now_ms)
{
    if (p->per_minute == 0) {
        return 0;
    }
    uint64_t step_us = 60000000 / p->per_minute, now_us = now_ms * 1000;
    uint64_t early_us = YQ_ATD_BURST * step_us;
    p->due_us = (p->due_us > now_us ? p->due_us : now_us) + step_us;
    return p->due_us > now_us + early_us ? (p->due_us - early_us - now_us) / 1000 : 0;
}

/* Takes back a grant that was not used. */
static inline void yq_atd_pace_give(yq_atd_pace *p)
{
    p->due_us -= p->per_minute == 0 ? 0 : 60000000 / p->per_minute;
}

#endif /* YQ_ADAPTERS_ATTESTED_PACE_H */
