#include "relay/store/omap.h"

#include "relay/base/assert.h"

struct yq_omap_undo {
    yq_omap_node *node;
    yq_slice value;
    uint8_t present, removed;
};

void yq_omap_free(yq_omap *map)
{
    yq_pieces_free(&map->pieces);
    yq_mem_free(map->undo);
    *map = (yq_omap){0};
}

/* One level more with a chance of one in four. The shape decides speed only. */
static uint8_t draw_level(yq_omap *map)
{
    map->draw += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = map->draw;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    uint8_t level = 1;
    while (level < YQ_OMAP_LEVELS && (x & 3) == 0) {
        level++;
        x >>= 2;
    }
    return level;
}

/* The first node with key >= key, or > key when beyond. */
static yq_omap_node *find(const yq_omap *map, yq_slice key, int beyond)
{
    yq_omap_node *const *links = map->head;
    for (unsigned level = YQ_OMAP_LEVELS; level-- > 0;) {
        yq_omap_node *node;
        while ((node = links[level]) != NULL) {
            int order = yq_slice_compare(node->key, key);
            if (order > 0 || (order == 0 && !beyond)) {
                break;
            }
            links = node->next;
        }
    }
    return links[0];
}

/* As find, for a change. Out: before, the link of each level that leads to it or beyond. */
static yq_omap_node *trace(yq_omap *map, yq_slice key, yq_omap_node ***before)
{
    yq_omap_node **links = map->head;
    for (unsigned level = YQ_OMAP_LEVELS; level-- > 0;) {
        yq_omap_node *node;
        while ((node = links[level]) != NULL && yq_slice_compare(node->key, key) < 0) {
            links = node->next;
        }
        before[level] = &links[level];
    }
    return links[0];
}

static yq_slice keep(yq_omap *map, yq_slice bytes)
{
    uint8_t *p = yq_pieces_alloc(&map->pieces, bytes.n == 0 ? 1 : bytes.n);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return (yq_slice){p, bytes.n};
}

static yq_omap_node *insert(yq_omap *map, yq_slice key, yq_omap_node ***before)
{
    uint8_t level = draw_level(map);
    yq_omap_node *node =
        yq_pieces_alloc(&map->pieces, sizeof *node + level * sizeof(yq_omap_node *));
    *node = (yq_omap_node){.key = keep(map, key), .level = level};
    for (unsigned i = 0; i < level; i++) {
        node->next[i] = *before[i];
        *before[i] = node;
    }
    map->n++;
    return node;
}

static void set(yq_omap *map, yq_slice key, yq_slice value, uint8_t removed)
{
    yq_omap_node **before[YQ_OMAP_LEVELS];
    yq_omap_node *node = trace(map, key, before);
    if (node == NULL || !yq_slice_equal(node->key, key)) {
        node = insert(map, key, before);
    }
    if (map->undo_n == map->undo_cap) {
        map->undo_cap = map->undo_cap == 0 ? 64 : map->undo_cap * 2;
        map->undo = yq_mem_resize(map->undo, map->undo_cap * sizeof *map->undo);
    }
    map->undo[map->undo_n++] =
        (struct yq_omap_undo){node, node->value, node->present, node->removed};
    node->value = (yq_slice){0};
    if (!removed) {
        node->value = keep(map, value);
    }
    node->present = 1;
    node->removed = removed;
}

void yq_omap_put(yq_omap *map, yq_slice key, yq_slice value)
{
    set(map, key, value, 0);
}

void yq_omap_remove(yq_omap *map, yq_slice key)
{
    set(map, key, (yq_slice){0}, 1);
}

const yq_omap_node *yq_omap_get(const yq_omap *map, yq_slice key)
{
    const yq_omap_node *node = find(map, key, 0);
    return node != NULL && node->present && yq_slice_equal(node->key, key) ? node : NULL;
}

static const yq_omap_node *skip_undone(const yq_omap_node *node)
{
    while (node != NULL && !node->present) {
        node = node->next[0];
    }
    return node;
}

const yq_omap_node *yq_omap_seek(const yq_omap *map, yq_slice after, int inclusive)
{
    return skip_undone(find(map, after, !inclusive));
}

const yq_omap_node *yq_omap_after(const yq_omap_node *node)
{
    return skip_undone(node->next[0]);
}

const yq_omap_node *yq_omap_first(const yq_omap *map)
{
    return skip_undone(map->head[0]);
}

size_t yq_omap_mark(const yq_omap *map)
{
    return map->undo_n;
}

void yq_omap_undo(yq_omap *map, size_t mark)
{
    YQ_ASSERT(mark <= map->undo_n);
    while (map->undo_n > mark) {
        struct yq_omap_undo *u = &map->undo[--map->undo_n];
        u->node->value = u->value;
        u->node->present = u->present;
        u->node->removed = u->removed;
    }
}

void yq_omap_settle(yq_omap *map)
{
    yq_mem_free(map->undo);
    map->undo = NULL;
    map->undo_n = map->undo_cap = 0;
}
