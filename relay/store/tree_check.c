#include "relay/base/assert.h"
#include "relay/store/page.h"

typedef struct checker {
    const yq_tree_source *source;
    uint64_t pages, inner, leaves; /* inner: nodes that have a page of their own below them */
} checker;

/* A leaf stands where its path leads: in this page, in this slot. */
static int leaf_in_place(const node *n, unsigned k, const yq_digest *path, unsigned slot)
{
    yq_digest own;
    uint8_t mine[PAGE_KEY_MAX], here[PAGE_KEY_MAX];
    memcpy(own.b, n->data, YQ_DIGEST_SIZE);
    size_t size = page_key(mine, k, &own);
    unsigned depth = k * PAGE_LEVELS + 1;
    while (slot >= (2u << (depth - k * PAGE_LEVELS)) - 2) {
        depth++;
    }
    return size == page_key(here, k, path) && memcmp(mine, here, size) == 0 &&
           page_slot(&own, depth) == slot;
}

/* Slots of depth l (1 to 4) begin at 2^l - 2; below slot s lie the two at 2 s + 2. */
static yq_status check_nodes(checker *c, const page *p, unsigned k, const yq_digest *path)
{
    for (unsigned slot = 0; slot < PAGE_NODES; slot++) {
        const node *n = &p->node[slot];
        unsigned below = 2 * slot + 2;
        int has_page = below >= PAGE_NODES;
        int empty_below = has_page || (p->node[below].kind == NODE_EMPTY &&
                                       p->node[below + 1].kind == NODE_EMPTY);
        if (n->kind == NODE_LEAF) {
            c->leaves++;
            if (!empty_below || !leaf_in_place(n, k, path, slot)) {
                return YQ_E_CORRUPT;
            }
        } else if (n->kind == NODE_EMPTY && !empty_below) {
            return YQ_E_CORRUPT;
        } else if (n->kind == NODE_INNER && has_page) {
            c->inner++;
        } else if (n->kind == NODE_INNER) {
            yq_digest left, right, hash;
            node_hash(c->source->alg, &p->node[below], &left);
            node_hash(c->source->alg, &p->node[below + 1], &right);
            yq_state_node(c->source->alg, &left, &right, &hash);
            if (memcmp(hash.b, n->data, YQ_DIGEST_SIZE) != 0) {
                return YQ_E_CORRUPT;
            }
        }
    }
    return YQ_OK;
}

/* The node above the page has the hash of its two uppermost nodes. */
static yq_status check_above(checker *c, const page *p, unsigned k, const yq_digest *path)
{
    uint8_t key[PAGE_KEY_MAX];
    yq_digest left, right, hash;
    page above = {0};
    yq_db_value value;
    unsigned nodes = k == 0 ? 1 : PAGE_NODES;
    size_t size = page_key(key, k == 0 ? PAGE_ROOT : k - 1, path);
    node_hash(c->source->alg, &p->node[0], &left);
    node_hash(c->source->alg, &p->node[1], &right);
    yq_state_node(c->source->alg, &left, &right, &hash);
    yq_status status = page_read(c->source, yq_slice_of(key, size), &value);
    if (status == YQ_OK) {
        status = value.found ? page_unpack(value.bytes, above.node, nodes) : YQ_E_CORRUPT;
    }
    if (status == YQ_OK) {
        const node *n = &above.node[k == 0 ? 0 : page_slot(path, k * PAGE_LEVELS)];
        int same = n->kind == NODE_INNER && memcmp(n->data, hash.b, YQ_DIGEST_SIZE) == 0;
        status = same ? YQ_OK : YQ_E_CORRUPT;
    }
    yq_db_value_free(&value);
    return status;
}

static yq_status check_page(checker *c, yq_slice key, yq_slice bytes)
{
    page p = {0};
    yq_digest path = {{0}};
    uint8_t again[PAGE_KEY_MAX];
    if (key.n == 0 || key.n > PAGE_KEY_MAX || key.p[0] > PAGE_DEPTH_MAX) {
        return YQ_E_CORRUPT;
    }
    unsigned k = key.p[0];
    memcpy(path.b, key.p + 1, key.n - 1);
    if (page_key(again, k, &path) != key.n || memcmp(again, key.p, key.n) != 0 ||
        page_unpack(bytes, p.node, PAGE_NODES) != YQ_OK) {
        return YQ_E_CORRUPT;
    }
    c->pages++;
    yq_status status = check_nodes(c, &p, k, &path);
    return status == YQ_OK ? check_above(c, &p, k, &path) : status;
}

/* Returns 1 when the key is the root's own record, which no page describes. */
static int is_root(yq_slice key)
{
    return key.n == 1 && key.p[0] == PAGE_ROOT;
}

static yq_status check_root(checker *c, yq_slice bytes)
{
    node root;
    if (page_unpack(bytes, &root, 1) != YQ_OK) {
        return YQ_E_CORRUPT;
    }
    c->inner += root.kind == NODE_INNER;
    c->leaves += root.kind == NODE_LEAF;
    return YQ_OK;
}

yq_status yq_tree_check(const yq_tree_source *source, uint64_t *leaves, yq_digest *root)
{
    checker c = {.source = source};
    YQ_ASSERT(source->top == NULL);
    yq_status status = YQ_OK;
    yq_db_iter *it = yq_db_iter_new(source->db, source->snap);
    int more = yq_db_iter_seek(it, source->prefix);
    for (; more && status == YQ_OK; more = yq_db_iter_step(it)) {
        yq_slice key = yq_db_iter_key(it);
        if (key.n < source->prefix.n || memcmp(key.p, source->prefix.p, source->prefix.n) != 0) {
            break;
        }
        key = yq_slice_of(key.p + source->prefix.n, key.n - source->prefix.n);
        status = is_root(key) ? check_root(&c, yq_db_iter_value(it))
                              : check_page(&c, key, yq_db_iter_value(it));
    }
    if (status == YQ_OK) {
        status = yq_db_iter_status(it);
    }
    yq_db_iter_free(it);
    /* Each page has found its node, and no two the same one: with equal numbers none is missing. */
    if (status == YQ_OK && c.pages != c.inner) {
        status = YQ_E_CORRUPT;
    }
    *leaves = c.leaves;
    return status == YQ_OK ? yq_tree_root(source, root) : status;
}
