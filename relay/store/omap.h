#ifndef YQ_RELAY_STORE_OMAP_H
#define YQ_RELAY_STORE_OMAP_H

#include "relay/base/bytes.h"
#include "relay/store/mem.h"

/*
 * An ordered map in memory (a skip list) with marks and undo: the changes of one block. It keeps
 * deletions, which hide what lies below. One writer; once it is no longer written, any number of
 * readers.
 */
typedef struct yq_omap_node {
    yq_slice key, value;
    uint8_t present; /* 0: the entry was undone and says nothing */
    uint8_t removed; /* 1: a deletion */
    uint8_t level;
    struct yq_omap_node *next[]; /* level of them */
} yq_omap_node;

#define YQ_OMAP_LEVELS 20u
typedef struct yq_omap {
    yq_pieces pieces;
    yq_omap_node *head[YQ_OMAP_LEVELS];
    uint64_t draw;
    size_t n; /* nodes, undone ones as well */
    struct yq_omap_undo *undo;
    size_t undo_n, undo_cap;
} yq_omap;

/* A zeroed map is an empty one. Frees all that the map holds and empties it. */
void yq_omap_free(yq_omap *map);

/* Copies key and value. put: an empty value is a value; remove: hides the key. */
void yq_omap_put(yq_omap *map, yq_slice key, yq_slice value);
void yq_omap_remove(yq_omap *map, yq_slice key);

/* Returns the entry (a deletion as well), or NULL. Bytes live as long as the map; a later put of
 * the key makes a new value and leaves the old bytes. */
const yq_omap_node *yq_omap_get(const yq_omap *map, yq_slice key);

/* The first entry with key > after (or >= when inclusive), deletions included; NULL at the end. */
const yq_omap_node *yq_omap_seek(const yq_omap *map, yq_slice after, int inclusive);
/* The entry behind node, NULL at the end. */
const yq_omap_node *yq_omap_after(const yq_omap_node *node);
const yq_omap_node *yq_omap_first(const yq_omap *map);

/* Marks a point; undo takes back all since. Marks nest. settle forgets all marks. */
size_t yq_omap_mark(const yq_omap *map);
void yq_omap_undo(yq_omap *map, size_t mark);
void yq_omap_settle(yq_omap *map);

#endif /* YQ_RELAY_STORE_OMAP_H */
