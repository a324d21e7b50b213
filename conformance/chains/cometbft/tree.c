#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/merkle.h"

#include <stdlib.h>

#define LEVELS_MAX 40u
#define STORES     3u
#define IBC_STORE  1u

/* The tree of one version: on each level neighbours are joined, an odd last one goes up as it is.
 */
typedef struct node {
    yq_digest hash;
    uint64_t height, size, version;
} node;

struct yq_cmock_tree {
    uint64_t version;
    const yq_cmock_leaf **leaf; /* that it has, in order */
    size_t n;
    node *level[LEVELS_MAX];
    size_t level_size[LEVELS_MAX], levels;
};

static const char *const store_name[STORES] = {"bank", "ibc", "yuqiao"};

/* ---- leaves ---- */

static size_t place_of(const yq_cmock_chain *chain, yq_slice key)
{
    size_t low = 0, high = chain->leaf_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const yq_cmock_leaf *leaf = &chain->leaf[middle];
        if (yq_slice_compare(yq_slice_of(leaf->key, leaf->key_n), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void drop_tree(yq_cmock_chain *chain)
{
    yq_cmock_tree_free(chain->tree);
    chain->tree = NULL;
}

void yq_cmock_leaf_put(yq_cmock_chain *chain, const yq_cmock_leaf *leaf)
{
    size_t at = place_of(chain, yq_slice_of(leaf->key, leaf->key_n));
    drop_tree(chain); /* it points into the array */
    chain->leaf = yq_cmock_grow(chain->leaf, &chain->leaf_n, sizeof *chain->leaf);
    memmove(&chain->leaf[at + 1], &chain->leaf[at], (chain->leaf_n - 1 - at) * sizeof *leaf);
    chain->leaf[at] = *leaf;
}

const yq_cmock_leaf *yq_cmock_leaf_find(const yq_cmock_chain *chain, uint64_t height, yq_slice key)
{
    size_t at = place_of(chain, key);
    if (at == chain->leaf_n) {
        return NULL;
    }
    const yq_cmock_leaf *leaf = &chain->leaf[at];
    int same = yq_slice_equal(yq_slice_of(leaf->key, leaf->key_n), key);
    return same && leaf->version <= height ? leaf : NULL;
}

/* ---- hashes ---- */

static yq_digest sha(yq_slice in)
{
    yq_digest md = {{0}};
    yq_hash_one(YQ_HASH_SHA256, in, md.b);
    return md;
}

/* Go's signed varint, of a number that is not negative. */
static void put_signed(yq_writer *w, uint64_t value)
{
    yq_pb_put_raw_varint(w, value << 1);
}

static void put_leaf_prefix(yq_writer *w, uint64_t version)
{
    put_signed(w, 0);
    put_signed(w, 1);
    put_signed(w, version);
}

static void put_node_prefix(yq_writer *w, const node *n)
{
    put_signed(w, n->height);
    put_signed(w, n->size);
    put_signed(w, n->version);
}

static node leaf_node(const yq_cmock_leaf *leaf)
{
    uint8_t room[YQ_CMOCK_KEY_MAX + 128];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_digest value = sha(yq_slice_of(leaf->value, leaf->value_n));
    put_leaf_prefix(&w, leaf->version);
    yq_pb_put_raw_varint(&w, leaf->key_n);
    yq_put_bytes(&w, leaf->key, leaf->key_n);
    yq_pb_put_raw_varint(&w, sizeof value.b);
    yq_put(&w, YQ_SLICE_OF(value.b));
    YQ_ASSERT(w.status == YQ_OK);
    return (node){.hash = sha(yq_writer_slice(&w)), .size = 1, .version = leaf->version};
}

static node join(const node *left, const node *right)
{
    uint8_t room[128];
    yq_writer w = yq_writer_of(room, sizeof room);
    node up = {
        .height = 1 + (left->height > right->height ? left->height : right->height),
        .size = left->size + right->size,
        .version = left->version > right->version ? left->version : right->version};
    put_node_prefix(&w, &up);
    yq_put_u8(&w, YQ_DIGEST_SIZE);
    yq_put(&w, YQ_SLICE_OF(left->hash.b));
    yq_put_u8(&w, YQ_DIGEST_SIZE);
    yq_put(&w, YQ_SLICE_OF(right->hash.b));
    up.hash = sha(yq_writer_slice(&w));
    return up;
}

/* ---- the store's tree ---- */

static void *must(void *p)
{
    YQ_ASSERT(p != NULL);
    return p;
}

static void build_levels(yq_cmock_tree *t)
{
    t->levels = 1;
    t->level_size[0] = t->n;
    while (t->level_size[t->levels - 1] > 1) {
        const node *below = t->level[t->levels - 1];
        size_t n = t->level_size[t->levels - 1], up_n = (n + 1) / 2;
        node *up = must(calloc(up_n, sizeof *up));
        for (size_t i = 0; i < up_n; i++) {
            up[i] = 2 * i + 1 < n ? join(&below[2 * i], &below[2 * i + 1]) : below[2 * i];
        }
        YQ_ASSERT(t->levels < LEVELS_MAX);
        t->level[t->levels] = up;
        t->level_size[t->levels++] = up_n;
    }
}

static const yq_cmock_tree *tree_of(yq_cmock_chain *chain, uint64_t version)
{
    if (chain->tree != NULL && chain->tree->version == version) {
        return chain->tree;
    }
    drop_tree(chain);
    yq_cmock_tree *t = must(calloc(1, sizeof *t));
    t->version = version;
    t->leaf = must(calloc(chain->leaf_n + 1, sizeof(const yq_cmock_leaf *)));
    t->level[0] = must(calloc(chain->leaf_n + 1, sizeof(node)));
    for (size_t i = 0; i < chain->leaf_n; i++) {
        if (chain->leaf[i].version <= version) {
            t->level[0][t->n] = leaf_node(&chain->leaf[i]);
            t->leaf[t->n++] = &chain->leaf[i];
        }
    }
    YQ_ASSERT(t->n > 0);
    build_levels(t);
    chain->tree = t;
    return t;
}

void yq_cmock_tree_free(yq_cmock_tree *tree)
{
    if (tree == NULL) {
        return;
    }
    for (size_t i = 0; i < tree->levels; i++) {
        free(tree->level[i]);
    }
    free(tree->leaf);
    free(tree);
}

static void put_leaf_op(yq_writer *w, yq_slice prefix)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, 1); /* SHA-256, of the value too, lengths as varint */
    yq_pb_put_varint(w, 3, 1);
    yq_pb_put_varint(w, 4, 1);
    yq_pb_put_bytes(w, 5, prefix);
    yq_pb_end(w, mark, 3);
}

static void put_inner_op(yq_writer *w, yq_slice prefix, yq_slice suffix)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, 1);
    yq_pb_put_bytes(w, 2, prefix);
    if (suffix.n > 0) {
        yq_pb_put_bytes(w, 3, suffix);
    }
    yq_pb_end(w, mark, 4);
}

/* The step from a node to the one above it, which joins it with other. */
static void put_step(yq_writer *w, const node *up, const node *other, int is_right)
{
    uint8_t head[64], tail[YQ_DIGEST_SIZE + 1];
    yq_writer p = yq_writer_of(head, sizeof head), q = yq_writer_of(tail, sizeof tail);
    put_node_prefix(&p, up);
    yq_writer *sibling = is_right ? &p : &q;
    if (!is_right) {
        yq_put_u8(&p, YQ_DIGEST_SIZE);
    }
    yq_put_u8(sibling, YQ_DIGEST_SIZE);
    yq_put(sibling, YQ_SLICE_OF(other->hash.b));
    if (is_right) {
        yq_put_u8(&p, YQ_DIGEST_SIZE);
    }
    put_inner_op(w, yq_writer_slice(&p), yq_writer_slice(&q));
}

/* ExistenceProof of leaf idx as a field. */
static void put_exist(
    const yq_cmock_tree *t, size_t idx, yq_slice value, uint32_t number, yq_writer *w)
{
    uint8_t head[32];
    yq_writer prefix = yq_writer_of(head, sizeof head);
    const yq_cmock_leaf *leaf = t->leaf[idx];
    size_t mark = yq_pb_begin(w), at = idx;
    put_leaf_prefix(&prefix, leaf->version);
    yq_pb_put_bytes(w, 1, yq_slice_of(leaf->key, leaf->key_n));
    yq_pb_put_bytes(w, 2, value);
    put_leaf_op(w, yq_writer_slice(&prefix));
    for (size_t l = 0; l + 1 < t->levels; l++, at /= 2) {
        if ((at ^ 1) < t->level_size[l]) {
            put_step(w, &t->level[l + 1][at / 2], &t->level[l][at ^ 1], (int)(at & 1));
        }
    }
    yq_pb_end(w, mark, number);
}

void yq_cmock_store_proof(
    yq_cmock_chain *chain, uint64_t height, yq_slice key, yq_slice value, yq_writer *w)
{
    const yq_cmock_tree *t = tree_of(chain, height);
    size_t at = 0;
    while (at < t->n &&
           yq_slice_compare(yq_slice_of(t->leaf[at]->key, t->leaf[at]->key_n), key) < 0) {
        at++;
    }
    if (at < t->n && yq_slice_equal(yq_slice_of(t->leaf[at]->key, t->leaf[at]->key_n), key)) {
        put_exist(t, at, value, 1, w);
        return;
    }
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, key);
    for (unsigned side = 0; side < 2; side++) {
        size_t beside = side == 0 ? at - 1 : at; /* wraps when there is none on the left */
        if (beside < t->n) {
            const yq_cmock_leaf *leaf = t->leaf[beside];
            put_exist(t, beside, yq_slice_of(leaf->value, leaf->value_n), 2 + side, w);
        }
    }
    yq_pb_end(w, mark, 2);
}

/* ---- the map of stores ---- */

static yq_digest store_root(yq_cmock_chain *chain, size_t store, uint64_t height)
{
    if (store != IBC_STORE) {
        return sha(yq_slice_text(store_name[store]));
    }
    const yq_cmock_tree *t = tree_of(chain, height);
    return t->level[t->levels - 1][0].hash;
}

static void store_leaves(yq_cmock_chain *chain, uint64_t height, yq_digest *leaf)
{
    for (size_t i = 0; i < STORES; i++) {
        yq_digest root = store_root(chain, i, height), value = sha(YQ_SLICE_OF(root.b));
        const uint8_t name_n = (uint8_t)strlen(store_name[i]), value_n = YQ_DIGEST_SIZE;
        const yq_slice part[] = {
            {&name_n, 1}, yq_slice_text(store_name[i]), {&value_n, 1}, YQ_SLICE_OF(value.b)};
        yq_merkle_leaf(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), &leaf[i]);
    }
}

yq_digest yq_cmock_app_root(yq_cmock_chain *chain, uint64_t height)
{
    yq_digest leaf[STORES], root = {{0}};
    store_leaves(chain, height, leaf);
    yq_merkle_root(YQ_HASH_SHA256, leaf, STORES, &root);
    return root;
}

/* Of three stores the second has one on its left, then one on its right. */
void yq_cmock_map_proof(yq_cmock_chain *chain, uint64_t height, yq_writer *w)
{
    yq_digest leaf[STORES], root = store_root(chain, IBC_STORE, height);
    const uint8_t leaf_tag = 0;
    uint8_t left[1 + YQ_DIGEST_SIZE] = {1};
    store_leaves(chain, height, leaf);
    memcpy(left + 1, leaf[0].b, YQ_DIGEST_SIZE);
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(store_name[IBC_STORE]));
    yq_pb_put_bytes(w, 2, YQ_SLICE_OF(root.b));
    put_leaf_op(w, yq_slice_of(&leaf_tag, 1));
    put_inner_op(w, YQ_SLICE_OF(left), (yq_slice){0});
    put_inner_op(w, yq_slice_of(left, 1), YQ_SLICE_OF(leaf[2].b));
    yq_pb_end(w, mark, 1);
}
