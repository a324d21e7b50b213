#ifndef YQ_RELAY_STORE_PAGE_H
#define YQ_RELAY_STORE_PAGE_H

/* Pages of the state tree: shared by tree*.c, by nobody else. */

#include "relay/store/tree.h"

#define PAGE_LEVELS    4u
#define PAGE_NODES     30u /* 2 + 4 + 8 + 16 */
#define PAGE_KEY_MAX   (1u + YQ_DIGEST_SIZE)
#define PAGE_SIZE_MAX  (8u + PAGE_NODES * 64u)
#define PAGE_ROOT      0xffu /* in place of a depth: the root node alone */
#define PAGE_DEPTH_MAX (YQ_STATE_DEPTH_MAX / PAGE_LEVELS)

typedef enum node_kind {
    NODE_EMPTY = 0,
    NODE_LEAF = 1,  /* data: path, H(value) */
    NODE_INNER = 2, /* data: hash */
} node_kind;

typedef struct node {
    uint8_t kind; /* node_kind */
    uint8_t dirty;
    const uint8_t *data;
} node;

/* Page k holds the nodes at depths 4k + 1 to 4k + 4 below one node at depth 4k. */
typedef struct page {
    node node[PAGE_NODES];
} page;

/* Where a node at depth >= 1 stands in its page. */
static inline unsigned page_of_depth(unsigned depth)
{
    return (depth - 1) / PAGE_LEVELS;
}

static inline unsigned page_slot(const yq_digest *path, unsigned depth)
{
    unsigned from = page_of_depth(depth) * PAGE_LEVELS, level = depth - from;
    unsigned bits = (unsigned)path->b[from / 8] >> (from % 8 == 0 ? 4 : 0) & 15u;
    return (1u << level) - 2 + (bits >> (PAGE_LEVELS - level));
}

/* In: key has PAGE_KEY_MAX bytes; k = PAGE_ROOT: the root's. Returns its size. */
size_t page_key(uint8_t *key, unsigned k, const yq_digest *path);

size_t page_pack(const node *nodes, size_t n, uint8_t *out);
/* Data points into in. Errors: E_CORRUPT. */
yq_status page_unpack(yq_slice in, node *nodes, size_t n);

/* A stored page's bytes; they live until page_value_free. found as in yq_db_value. */
yq_status page_read(const yq_tree_source *source, yq_slice key, yq_db_value *value);

/* The node's hash; zero for an empty one. In: an inner node is not dirty. */
void node_hash(uint32_t alg, const node *n, yq_digest *hash);

#endif /* YQ_RELAY_STORE_PAGE_H */
