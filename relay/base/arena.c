#include "relay/base/arena.h"

void *yq_arena_alloc(yq_arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    uintptr_t at = (uintptr_t)arena->p + arena->used;
    size_t pad = (size_t)(-at & (align - 1));
    if (pad > arena->cap - arena->used || size > arena->cap - arena->used - pad) {
        return NULL;
    }
    uint8_t *out = arena->p + arena->used + pad;
    arena->used += pad + size;
    if (size > 0) {
        memset(out, 0, size);
    }
    return out;
}

yq_slice yq_arena_copy(yq_arena *arena, yq_slice bytes, int *ok)
{
    *ok = 1;
    if (bytes.n == 0) {
        return (yq_slice){0};
    }
    uint8_t *p = yq_arena_alloc(arena, bytes.n);
    if (p == NULL) {
        *ok = 0;
        return (yq_slice){0};
    }
    memcpy(p, bytes.p, bytes.n);
    return (yq_slice){p, bytes.n};
}
