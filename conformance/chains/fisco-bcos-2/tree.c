#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

#define WIDTH    16u
#define NODE_MAX 36u /* RLP(index) and a hash */

typedef struct node {
    uint8_t b[NODE_MAX];
    size_t n;
} node;

/* The leaves: RLP(i) || hash. */
static node *leaves_of(const yq_digest *hash, size_t n)
{
    node *out = calloc(n, sizeof *out);
    YQ_ASSERT(out != NULL && n > 0);
    for (size_t i = 0; i < n; i++) {
        yq_writer w = yq_writer_of(out[i].b, NODE_MAX);
        yq_rlp_put_uint(&w, i);
        yq_put_bytes(&w, hash[i].b, sizeof hash[i].b);
        YQ_ASSERT(w.status == YQ_OK);
        out[i].n = w.n;
    }
    return out;
}

static void hash_group(uint32_t alg, const node *child, size_t n, node *parent)
{
    yq_slice part[WIDTH];
    for (size_t i = 0; i < n; i++) {
        part[i] = yq_slice_of(child[i].b, child[i].n);
    }
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash(alg, part, n, md);
    memcpy(parent->b, md, sizeof md);
    parent->n = sizeof md;
}

static size_t group_size(size_t n, size_t first)
{
    return n - first < WIDTH ? n - first : WIDTH;
}

/* Replaces n nodes by their parents. */
static size_t climb(uint32_t alg, node *level, size_t n)
{
    size_t parents = 0;
    for (size_t first = 0; first < n; first += WIDTH) {
        node parent;
        hash_group(alg, &level[first], group_size(n, first), &parent);
        level[parents++] = parent;
    }
    return parents;
}

void yq_fmock_tree_root(uint32_t alg, const yq_digest *hash, size_t n, yq_digest *root)
{
    node *level = leaves_of(hash, n);
    node top;
    while (n > 1) {
        n = climb(alg, level, n);
    }
    hash_group(alg, level, 1, &top); /* the root is one hash above the top node */
    memcpy(root->b, top.b, sizeof root->b);
    free(level);
}

static void write_side(yq_json_out *out, const char *key, const node *from, size_t n)
{
    char hex[2 * NODE_MAX + 1];
    yq_json_out_array(out, key);
    for (size_t i = 0; i < n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, from[i].b, from[i].n);
        yq_json_out_str(out, NULL, hex);
    }
    yq_json_out_end(out);
}

static void write_level(yq_json_out *out, const node *group, size_t n, size_t own)
{
    yq_json_out_object(out, NULL);
    write_side(out, "left", group, own);
    write_side(out, "right", group + own + 1, n - own - 1);
    yq_json_out_end(out);
}

void yq_fmock_tree_proof(
    uint32_t alg, const yq_digest *hash, size_t n, size_t index, const char *key, yq_json_out *out)
{
    node *level = leaves_of(hash, n);
    yq_json_out_array(out, key);
    while (n > 1) {
        size_t first = index / WIDTH * WIDTH;
        write_level(out, &level[first], group_size(n, first), index - first);
        n = climb(alg, level, n);
        index /= WIDTH;
    }
    write_level(out, level, 1, 0);
    yq_json_out_end(out);
    free(level);
}
