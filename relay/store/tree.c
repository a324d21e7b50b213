#include "relay/base/assert.h"
#include "relay/store/page.h"

#include <stdlib.h>

/*
 * A batch first changes the structure key by key, marking what has to be hashed again, then hashes
 * what is marked from the deepest page up, each node once.
 */
typedef struct batch_page {
    page page;
    unsigned k;
    yq_digest path;          /* its first 4k bits; the rest is zero */
    struct batch_page *next; /* of the same depth */
} batch_page;

typedef struct tree_batch {
    const yq_tree_source *source;
    yq_pieces pieces;
    node root;
    batch_page **table; /* open addressing; cap is a power of two */
    size_t n, cap;
    batch_page *by_depth[PAGE_DEPTH_MAX];
    yq_status status; /* first fault */
} tree_batch;

static void page_path(unsigned k, const yq_digest *path, yq_digest *out)
{
    uint8_t key[PAGE_KEY_MAX];
    size_t size = page_key(key, k, path);
    *out = (yq_digest){0};
    yq_bytes_copy(out->b, key + 1, size - 1);
}

static size_t table_start(const tree_batch *b, unsigned k, const yq_digest *path)
{
    uint64_t x = k;
    for (unsigned i = 0; i < 8; i++) {
        x = (x << 8 | x >> 56) ^ path->b[i];
    }
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(x >> 20) & (b->cap - 1);
}

static void table_put(tree_batch *b, batch_page *p)
{
    size_t i = table_start(b, p->k, &p->path);
    while (b->table[i] != NULL) {
        i = (i + 1) & (b->cap - 1);
    }
    b->table[i] = p;
}

static void table_grow(tree_batch *b)
{
    if (b->n * 2 < b->cap) {
        return;
    }
    batch_page **old = b->table;
    size_t old_cap = b->cap;
    b->cap = old_cap == 0 ? 256 : old_cap * 2;
    b->table = yq_mem_alloc(b->cap * sizeof(batch_page *));
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i] != NULL) {
            table_put(b, old[i]);
        }
    }
    yq_mem_free(old);
}

static batch_page *table_find(const tree_batch *b, unsigned k, const yq_digest *path)
{
    for (size_t i = table_start(b, k, path); b->table[i] != NULL; i = (i + 1) & (b->cap - 1)) {
        if (b->table[i]->k == k && memcmp(b->table[i]->path.b, path->b, sizeof path->b) == 0) {
            return b->table[i];
        }
    }
    return NULL;
}

static const uint8_t *keep(tree_batch *b, const void *p, size_t n)
{
    uint8_t *to = yq_pieces_alloc(&b->pieces, n);
    memcpy(to, p, n);
    return to;
}

/* Reads stored nodes; all_empty where there is no such page. */
static yq_status load(tree_batch *b, unsigned k, const yq_digest *path, node *nodes, size_t n)
{
    uint8_t key[PAGE_KEY_MAX];
    yq_db_value value;
    yq_status status = page_read(b->source, yq_slice_of(key, page_key(key, k, path)), &value);
    if (status == YQ_OK && value.found) {
        yq_slice own = {keep(b, value.bytes.p, value.bytes.n), value.bytes.n};
        status = page_unpack(own, nodes, n);
    } else if (status == YQ_OK && k != PAGE_ROOT) {
        status = YQ_E_CORRUPT; /* the node above it is an inner one */
    }
    yq_db_value_free(&value);
    return status;
}

/* The page below the node at depth 4k of path. fresh: that node was no inner one, so nothing is
 * stored. After a fault the page is empty. */
static page *page_get(tree_batch *b, unsigned k, const yq_digest *path, int fresh)
{
    yq_digest own;
    page_path(k, path, &own);
    batch_page *p = table_find(b, k, &own);
    if (p != NULL) {
        return &p->page;
    }
    p = yq_pieces_alloc(&b->pieces, sizeof *p);
    *p = (batch_page){.k = k, .path = own, .next = b->by_depth[k]};
    if (!fresh) {
        yq_status status = load(b, k, &own, p->page.node, PAGE_NODES);
        if (status != YQ_OK) {
            b->status = b->status == YQ_OK ? status : b->status;
            p->page = (page){0};
        }
    }
    table_grow(b);
    table_put(b, p);
    b->n++;
    b->by_depth[k] = p;
    return &p->page;
}

static node *node_at(tree_batch *b, const yq_digest *path, unsigned depth, int fresh)
{
    if (depth == 0) {
        return &b->root;
    }
    return &page_get(b, page_of_depth(depth), path, fresh)->node[page_slot(path, depth)];
}

static void set_leaf(tree_batch *b, node *n, const yq_digest *path, const yq_digest *value_hash)
{
    uint8_t data[64];
    memcpy(data, path->b, 32);
    memcpy(data + 32, value_hash->b, 32);
    *n = (node){.kind = NODE_LEAF, .dirty = 1, .data = keep(b, data, sizeof data)};
}

/* Moves the leaf at depth down to where its path and the new one part. */
static void split(tree_batch *b, unsigned depth, const yq_tree_change *change)
{
    node *at = node_at(b, &change->path, depth, 0);
    const uint8_t *old = at->data;
    yq_digest old_path;
    memcpy(old_path.b, old, YQ_DIGEST_SIZE);
    unsigned d = depth;
    for (;; d++) {
        *node_at(b, &change->path, d, 1) = (node){.kind = NODE_INNER, .dirty = 1};
        (void)node_at(b, &change->path, d + 1, 1); /* its page exists from now on */
        if (yq_state_bit(&change->path, d) != yq_state_bit(&old_path, d)) {
            break;
        }
    }
    *node_at(b, &old_path, d + 1, 1) = (node){.kind = NODE_LEAF, .dirty = 1, .data = old};
    set_leaf(b, node_at(b, &change->path, d + 1, 1), &change->path, &change->value_hash);
}

static int leaf_is(const node *n, const yq_digest *path)
{
    return memcmp(n->data, path->b, YQ_DIGEST_SIZE) == 0;
}

/* Goes down to where the path ends. Out: depth. Marks nothing. */
static node *descend(tree_batch *b, const yq_digest *path, unsigned *depth)
{
    node *n = &b->root;
    *depth = 0;
    while (n->kind == NODE_INNER && *depth < YQ_STATE_DEPTH_MAX) {
        n = node_at(b, path, ++*depth, 0);
    }
    if (n->kind == NODE_INNER) {
        b->status = b->status == YQ_OK ? YQ_E_CORRUPT : b->status;
        *n = (node){0};
    }
    return n;
}

static void mark(tree_batch *b, const yq_digest *path, unsigned depth)
{
    for (unsigned d = 0; d <= depth; d++) {
        node_at(b, path, d, 0)->dirty = 1;
    }
}

static void put(tree_batch *b, const yq_tree_change *change)
{
    unsigned depth;
    node *n = descend(b, &change->path, &depth);
    if (n->kind == NODE_LEAF && leaf_is(n, &change->path) &&
        memcmp(n->data + YQ_DIGEST_SIZE, change->value_hash.b, YQ_DIGEST_SIZE) == 0) {
        return;
    }
    mark(b, &change->path, depth);
    if (n->kind == NODE_EMPTY || leaf_is(n, &change->path)) {
        set_leaf(b, n, &change->path, &change->value_hash);
    } else {
        split(b, depth, change);
    }
}

/* A leaf that is left alone below an inner node takes that node's place. */
static void move_up(tree_batch *b, const yq_digest *path, unsigned depth)
{
    for (unsigned d = depth; d > 0; d--) {
        page *p = page_get(b, page_of_depth(d), path, 0);
        unsigned slot = page_slot(path, d);
        node *a = &p->node[slot], *z = &p->node[slot ^ 1u];
        if ((a->kind == NODE_EMPTY) == (z->kind == NODE_EMPTY)) {
            return;
        }
        node *left = a->kind == NODE_EMPTY ? z : a;
        if (left->kind != NODE_LEAF) {
            return;
        }
        node *up = node_at(b, path, d - 1, 0);
        *up = (node){.kind = NODE_LEAF, .dirty = 1, .data = left->data};
        *left = (node){.dirty = 1};
    }
}

static void take_out(tree_batch *b, const yq_tree_change *change)
{
    unsigned depth;
    node *n = descend(b, &change->path, &depth);
    if (n->kind != NODE_LEAF || !leaf_is(n, &change->path)) {
        return;
    }
    mark(b, &change->path, depth);
    *n = (node){.dirty = 1};
    move_up(b, &change->path, depth);
}

static void hash_inner(tree_batch *b, node *n, const node *left, const node *right)
{
    yq_digest l, r, hash;
    node_hash(b->source->alg, left, &l);
    node_hash(b->source->alg, right, &r);
    yq_state_node(b->source->alg, &l, &r, &hash);
    n->data = keep(b, hash.b, sizeof hash.b);
    n->dirty = 0;
}

/* The page below slot (of the lowest level) of a page. */
static page *page_below(tree_batch *b, const batch_page *p, unsigned slot)
{
    yq_digest path = p->path;
    unsigned bits = slot + 2 - (1u << PAGE_LEVELS);
    path.b[p->k / 2] |= (uint8_t)(p->k % 2 == 0 ? bits << 4 : bits);
    return page_get(b, p->k + 1, &path, 0);
}

static void hash_page(tree_batch *b, batch_page *p)
{
    for (unsigned slot = PAGE_NODES; slot-- > 0;) {
        node *n = &p->page.node[slot];
        if (n->kind != NODE_INNER || !n->dirty) {
            continue;
        }
        /* Slots (1 << level) - 2 + bits: the children of s stand at 2s + 2 and 2s + 3. */
        unsigned child = 2 * slot + 2;
        if (child < PAGE_NODES) {
            hash_inner(b, n, &p->page.node[child], &p->page.node[child + 1]);
        } else if (p->k + 1 < PAGE_DEPTH_MAX) {
            page *below = page_below(b, p, slot);
            hash_inner(b, n, &below->node[0], &below->node[1]);
        }
    }
}

static int page_is_dirty(const page *p)
{
    for (unsigned i = 0; i < PAGE_NODES; i++) {
        if (p->node[i].dirty) {
            return 1;
        }
    }
    return 0;
}

static void write_page(const batch_page *p, yq_tree_delta *delta)
{
    uint8_t key[PAGE_KEY_MAX], packed[PAGE_SIZE_MAX];
    size_t key_n = page_key(key, p->k, &p->path);
    int any = 0;
    for (unsigned i = 0; i < PAGE_NODES; i++) {
        any |= p->page.node[i].kind != NODE_EMPTY;
    }
    if (any) {
        size_t n = page_pack(p->page.node, PAGE_NODES, packed);
        yq_omap_put(&delta->page, yq_slice_of(key, key_n), yq_slice_of(packed, n));
    } else {
        yq_omap_remove(&delta->page, yq_slice_of(key, key_n));
    }
}

static void finish(tree_batch *b, yq_tree_delta *delta, yq_digest *root)
{
    for (unsigned k = PAGE_DEPTH_MAX; k-- > 0;) {
        for (batch_page *p = b->by_depth[k]; p != NULL; p = p->next) {
            int dirty = page_is_dirty(&p->page);
            hash_page(b, p);
            if (dirty) {
                write_page(p, delta);
            }
        }
    }
    if (b->root.dirty) {
        if (b->root.kind == NODE_INNER) {
            page *top = page_get(b, 0, &(yq_digest){0}, 0);
            hash_inner(b, &b->root, &top->node[0], &top->node[1]);
        }
        uint8_t key = PAGE_ROOT, packed[PAGE_SIZE_MAX];
        size_t n = page_pack(&b->root, 1, packed);
        yq_omap_put(&delta->page, yq_slice_of(&key, 1), yq_slice_of(packed, n));
    }
    node_hash(b->source->alg, &b->root, root);
}

static int by_path(const void *a, const void *b)
{
    const yq_tree_change *x = a, *y = b;
    return memcmp(x->path.b, y->path.b, sizeof x->path.b);
}

yq_status yq_tree_apply(
    const yq_tree_source *source,
    yq_tree_change *change,
    size_t n,
    yq_tree_delta *delta,
    yq_digest *root)
{
    tree_batch b = {.source = source};
    qsort(change, n, sizeof *change, by_path);
    table_grow(&b);
    b.status = load(&b, PAGE_ROOT, &(yq_digest){0}, &b.root, 1);
    for (size_t i = 0; i < n && b.status == YQ_OK; i++) {
        YQ_ASSERT(i == 0 || by_path(&change[i - 1], &change[i]) < 0);
        if (change[i].removed) {
            take_out(&b, &change[i]);
        } else {
            put(&b, &change[i]);
        }
    }
    if (b.status == YQ_OK) {
        delta->base = source->top;
        finish(&b, delta, root);
        yq_omap_settle(&delta->page);
    }
    yq_pieces_free(&b.pieces);
    yq_mem_free(b.table);
    return b.status;
}

void yq_tree_commit(const yq_tree_delta *delta, yq_slice prefix, yq_db_batch *batch)
{
    uint8_t room[64];
    const yq_omap_node *entry = yq_omap_first(&delta->page);
    for (; entry != NULL; entry = yq_omap_after(entry)) {
        YQ_ASSERT(prefix.n + entry->key.n <= sizeof room);
        yq_bytes_copy(room, prefix.p, prefix.n);
        yq_bytes_copy(room + prefix.n, entry->key.p, entry->key.n);
        yq_slice key = {room, prefix.n + entry->key.n};
        if (entry->removed) {
            yq_db_batch_remove(batch, key);
        } else {
            yq_db_batch_put(batch, key, entry->value);
        }
    }
}

void yq_tree_delta_free(yq_tree_delta *delta)
{
    yq_omap_free(&delta->page);
}
