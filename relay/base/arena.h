#ifndef YQ_RELAY_BASE_ARENA_H
#define YQ_RELAY_BASE_ARENA_H

#include "relay/base/bytes.h"

/*
 * An arena over memory that the caller owns: allocations live until the reset, in one go. Running
 * out gives NULL, which its users turn into a status, never into an abort.
 */
typedef struct yq_arena {
    uint8_t *p;
    size_t cap, used;
} yq_arena;

static inline yq_arena yq_arena_of(void *p, size_t cap)
{
    return (yq_arena){.p = (uint8_t *)p, .cap = cap};
}

/* Returns size zeroed bytes aligned for any type (size 0 gives a valid pointer), or NULL when they
 * do not fit. */
void *yq_arena_alloc(yq_arena *arena, size_t size);

/* Returns a copy of the bytes in the arena; p is NULL with n = 0 when bytes is empty; ok is 0 when
 * it does not fit. */
yq_slice yq_arena_copy(yq_arena *arena, yq_slice bytes, int *ok);

static inline void yq_arena_reset(yq_arena *arena)
{
    arena->used = 0;
}

#endif /* YQ_RELAY_BASE_ARENA_H */
