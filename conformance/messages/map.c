#include "conformance/messages/map.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

/* One allocation: the key, and the value behind it. */
typedef struct entry {
    uint32_t key_n, value_n;
    uint8_t b[];
} entry;

typedef struct undo {
    entry *old; /* value_n 0: there was none */
} undo;

struct msim_map {
    yq_kv kv;
    entry **item;
    size_t n, cap;
    undo *undo;
    size_t undo_n, undo_cap;
};

static void *grown(void *p, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) {
        return p;
    }
    *cap = *cap == 0 ? 1024 : *cap * 2;
    p = realloc(p, *cap * size);
    YQ_ASSERT(p != NULL);
    return p;
}

static entry *make(yq_slice key, yq_slice value)
{
    entry *e = malloc(sizeof *e + key.n + value.n);
    YQ_ASSERT(e != NULL);
    e->key_n = (uint32_t)key.n;
    e->value_n = (uint32_t)value.n;
    yq_bytes_copy(e->b, key.p, key.n);
    yq_bytes_copy(e->b + key.n, value.p, value.n);
    return e;
}

static yq_slice key_of(const entry *e)
{
    return yq_slice_of(e->b, e->key_n);
}

static yq_slice value_of(const entry *e)
{
    return yq_slice_of(e->b + e->key_n, e->value_n);
}

/* The first entry that is not below the key. */
static size_t place_of(const msim_map *m, yq_slice key, int *found)
{
    size_t low = 0, high = m->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = yq_slice_compare(key_of(m->item[middle]), key);
        if (order == 0) {
            *found = 1;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = 0;
    return low;
}

static yq_slice map_get(void *self, yq_slice key, int *found)
{
    const msim_map *m = self;
    size_t at = place_of(m, key, found);
    return *found ? value_of(m->item[at]) : (yq_slice){0};
}

/* Puts the entry in its place, or takes it out where it has no value. Returns what was there. */
static entry *replace(msim_map *m, entry *e)
{
    int found;
    size_t at = place_of(m, key_of(e), &found);
    entry *old = found ? m->item[at] : NULL;
    if (e->value_n > 0 && found) {
        m->item[at] = e;
    } else if (e->value_n > 0) {
        m->item = grown(m->item, &m->cap, m->n, sizeof(entry *));
        memmove(&m->item[at + 1], &m->item[at], (m->n - at) * sizeof(entry *));
        m->item[at] = e;
        m->n++;
    } else if (found) {
        m->n--;
        memmove(&m->item[at], &m->item[at + 1], (m->n - at) * sizeof(entry *));
    }
    return old;
}

static void map_put(void *self, yq_slice key, yq_slice value)
{
    msim_map *m = self;
    YQ_ASSERT(key.n > 0);
    YQ_ASSERT(key.n <= YQ_STATE_KEY_MAX);
    YQ_ASSERT(value.n <= YQ_STATE_VALUE_MAX);
    entry *e = make(key, value);
    entry *old = replace(m, e);
    if (old == NULL) {
        old = make(key_of(e), (yq_slice){0});
    }
    if (e->value_n == 0) {
        free(e);
    }
    m->undo = grown(m->undo, &m->undo_cap, m->undo_n, sizeof *m->undo);
    m->undo[m->undo_n++].old = old;
}

static int map_next(void *self, yq_slice prefix, yq_slice after, yq_slice *key, yq_slice *value)
{
    const msim_map *m = self;
    int found;
    size_t at = place_of(m, after.n > 0 ? after : prefix, &found);
    at += found && after.n > 0;
    if (at >= m->n || m->item[at]->key_n < prefix.n ||
        memcmp(m->item[at]->b, prefix.p, prefix.n) != 0) {
        return 0;
    }
    *key = key_of(m->item[at]);
    *value = value_of(m->item[at]);
    return 1;
}

static uint64_t map_mark(void *self)
{
    return ((msim_map *)self)->undo_n;
}

static void map_undo(void *self, uint64_t mark)
{
    msim_map *m = self;
    while (m->undo_n > mark) {
        entry *old = m->undo[--m->undo_n].old;
        free(replace(m, old));
        if (old->value_n == 0) {
            free(old);
        }
    }
}

void msim_map_keep(msim_map *map)
{
    while (map->undo_n > 0) {
        free(map->undo[--map->undo_n].old);
    }
}

msim_map *msim_map_new(void)
{
    msim_map *m = calloc(1, sizeof *m);
    YQ_ASSERT(m != NULL);
    m->kv = (yq_kv){m, map_get, map_put, map_next, map_mark, map_undo};
    return m;
}

void msim_map_free(msim_map *map)
{
    if (map == NULL) {
        return;
    }
    msim_map_keep(map);
    for (size_t i = 0; i < map->n; i++) {
        free(map->item[i]);
    }
    free(map->item);
    free(map->undo);
    free(map);
}

const yq_kv *msim_map_kv(msim_map *map)
{
    return &map->kv;
}
