#include "conformance/core/draw.h"
#include "conformance/explore/internal.h"
#include "relay/base/assert.h"

#include <stdlib.h>

/* Where the key is, or the free place for it. */
static uint64_t place(const table *t, uint64_t key)
{
    uint64_t at = sim_mix(key) & (t->cap - 1);
    while (t->key[at] != 0 && t->key[at] != key) {
        at = (at + 1) & (t->cap - 1);
    }
    return at;
}

static table twice(const table *t)
{
    table bigger = {.n = t->n, .cap = t->cap == 0 ? 1024 : 2 * t->cap};
    bigger.key = calloc((size_t)bigger.cap, sizeof *bigger.key);
    bigger.value = calloc((size_t)bigger.cap, sizeof *bigger.value);
    YQ_ASSERT(bigger.key != NULL && bigger.value != NULL);
    for (uint64_t i = 0; i < t->cap; i++) {
        if (t->key[i] != 0) {
            uint64_t at = place(&bigger, t->key[i]);
            bigger.key[at] = t->key[i];
            bigger.value[at] = t->value[i];
        }
    }
    return bigger;
}

uint32_t *table_at(table *t, uint64_t key, int *fresh)
{
    if (4 * (t->n + 1) > 3 * t->cap) {
        table old = *t;
        *t = twice(&old);
        table_free(&old);
    }
    uint64_t at = place(t, key);
    *fresh = t->key[at] == 0;
    t->n += (uint64_t)*fresh;
    t->key[at] = key;
    return &t->value[at];
}

void table_free(table *t)
{
    free(t->key);
    free(t->value);
    *t = (table){0};
}
