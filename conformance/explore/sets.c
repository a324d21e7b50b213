#include "conformance/core/draw.h"
#include "conformance/explore/internal.h"
#include "relay/base/assert.h"

#include <stdlib.h>

static void push(explore *x, uint32_t id)
{
    sets *s = x->sets;
    if (x->local_cap > s->inside_cap) {
        s->inside = realloc(s->inside, x->local_cap);
        YQ_ASSERT(s->inside != NULL);
        memset(s->inside + s->inside_cap, 0, x->local_cap - s->inside_cap);
        s->inside_cap = x->local_cap;
    }
    if (s->inside[id]) {
        return;
    }
    if (s->work_n == s->work_cap) {
        s->work_cap = s->work_cap == 0 ? 1024 : 2 * s->work_cap;
        s->work = realloc(s->work, s->work_cap * sizeof *s->work);
        YQ_ASSERT(s->work != NULL);
    }
    s->inside[id] = 1;
    s->work[s->work_n++] = id;
}

static int by_id(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* The set of what was pushed; nothing is inside any more. */
static uint32_t finish(explore *x)
{
    sets *s = x->sets;
    uint64_t key = s->work_n;
    int fresh;
    qsort(s->work, s->work_n, sizeof *s->work, by_id);
    for (size_t i = 0; i < s->work_n; i++) {
        key = sim_mix(key ^ s->work[i]) + UINT64_C(0x9e3779b97f4a7c15);
        s->inside[s->work[i]] = 0;
    }
    size_t size = s->work_n * sizeof *s->work;
    uint32_t *number = table_at(&s->known, key + (key == 0), &fresh);
    if (!fresh) {
        const id_set *known = &s->item[*number];
        YQ_ASSERT(known->n == s->work_n && memcmp(known->id, s->work, size) == 0);
        s->work_n = 0;
        return *number;
    }
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? 256 : 2 * s->cap;
        s->item = realloc(s->item, s->cap * sizeof *s->item);
        YQ_ASSERT(s->item != NULL);
    }
    id_set made = {.id = malloc(size + 1), .n = (uint32_t)s->work_n};
    YQ_ASSERT(made.id != NULL);
    yq_bytes_copy((uint8_t *)made.id, (const uint8_t *)s->work, size);
    *number = s->n;
    s->item[s->n] = made;
    s->work_n = 0;
    return s->n++;
}

static void push_blocks(explore *x, uint32_t id, event_kind kind, const blocks *set)
{
    for (unsigned i = 0; i < 3; i++) {
        for (uint64_t w = set->w[i]; w != 0; w &= w - 1) {
            unsigned b = 64 * i + (unsigned)__builtin_ctzll(w);
            push(x, local_next(x, id, event_of(kind, b)));
        }
    }
}

static void push_next(explore *x, uint32_t id, const network *g)
{
    const local l = x->local[id];
    for (unsigned v = 1; v <= x->last; v++) {
        if ((g->x >> v & 1) != 0) {
            push(x, local_next(x, id, event_of(EVENT_X, v)));
        }
    }
    push_blocks(x, id, EVENT_N, &g->n);
    push_blocks(x, id, EVENT_F, &g->f);
    if (l.want != NO_BLOCK && (blocks_has(&g->n, l.want) || blocks_has(&g->f, l.want))) {
        push(x, local_next(x, id, event_of(EVENT_BLOCK, l.want)));
    }
    if (!l.past) {
        push_blocks(x, id, EVENT_PROPOSAL, &g->proposed);
        push(x, local_next(x, id, event_of(EVENT_TIMEOUT, 0)));
    }
    if (x->opt.restarts) {
        push(x, local_next(x, id, event_of(EVENT_RESTART, 0)));
    }
}

uint32_t set_reach(explore *x, uint32_t from, const network *g)
{
    sets *s = x->sets;
    for (uint32_t i = 0; i < s->item[from].n; i++) {
        push(x, s->item[from].id[i]);
    }
    for (size_t i = 0; i < s->work_n; i++) {
        push_next(x, s->work[i], g);
    }
    return finish(x);
}

static int has_sent(const local *l, uint32_t event)
{
    unsigned which = event & 0xff;
    switch ((event_kind)(event >> 8)) {
    case EVENT_N:
        return blocks_has(&l->notarized, which);
    case EVENT_F:
        return blocks_has(&l->finalized, which);
    case EVENT_X:
        return (int)(l->nullified >> which & 1);
    case EVENT_PROPOSAL:
        return blocks_has(&l->proposed, which);
    case EVENT_BLOCK:
    case EVENT_TIMEOUT:
    case EVENT_RESTART:
        break;
    }
    return 0;
}

uint32_t set_that_sent(explore *x, uint32_t from, uint32_t event)
{
    const id_set *s = &x->sets->item[from];
    for (uint32_t i = 0; i < s->n; i++) {
        if (has_sent(&x->local[s->id[i]], event)) {
            push(x, s->id[i]);
        }
    }
    return finish(x);
}

uint32_t set_of_one(explore *x, uint32_t id)
{
    push(x, id);
    return finish(x);
}

void sets_free(explore *x)
{
    sets *s = x->sets;
    for (uint32_t i = 0; i < s->n; i++) {
        free(s->item[i].id);
    }
    free(s->item);
    free(s->inside);
    free(s->work);
    table_free(&s->known);
    free(s);
}
