#include "relay/base/assert.h"
#include "relay/store/page.h"

static yq_status read_root(const yq_tree_source *source, node *root, yq_db_value *value)
{
    uint8_t key = PAGE_ROOT;
    *root = (node){0};
    yq_status status = page_read(source, yq_slice_of(&key, 1), value);
    return status == YQ_OK && value->found ? page_unpack(value->bytes, root, 1) : status;
}

yq_status yq_tree_root(const yq_tree_source *source, yq_digest *root)
{
    node top;
    yq_db_value value;
    yq_status status = read_root(source, &top, &value);
    if (status == YQ_OK) {
        node_hash(source->alg, &top, root);
    }
    yq_db_value_free(&value);
    return status;
}

/* Ends a proof at the node where the path ends; siblings stand from the top down. */
static void close_proof(
    const node *n, const yq_digest *path, unsigned depth, yq_state_proof *proof, int *present)
{
    proof->depth = (uint16_t)depth;
    for (unsigned i = 0; i < depth / 2; i++) {
        yq_digest swap = proof->sibling[i];
        proof->sibling[i] = proof->sibling[depth - 1 - i];
        proof->sibling[depth - 1 - i] = swap;
    }
    *present = n->kind == NODE_LEAF && memcmp(n->data, path->b, YQ_DIGEST_SIZE) == 0;
    proof->kind = YQ_STATE_PROOF_EMPTY;
    if (*present) {
        proof->kind = YQ_STATE_PROOF_PRESENT;
    } else if (n->kind == NODE_LEAF) {
        proof->kind = YQ_STATE_PROOF_OTHER;
        memcpy(proof->other_path.b, n->data, YQ_DIGEST_SIZE);
        memcpy(proof->other_value.b, n->data + YQ_DIGEST_SIZE, YQ_DIGEST_SIZE);
    }
}

yq_status yq_tree_prove(
    const yq_tree_source *source, const yq_digest *path, yq_state_proof *proof, int *present)
{
    page p = {0};
    node at;
    yq_db_value root_value, value = {0};
    unsigned depth = 0;
    proof->other_path = proof->other_value = (yq_digest){0};
    yq_status status = read_root(source, &at, &root_value);
    while (status == YQ_OK && at.kind == NODE_INNER) {
        if (depth == YQ_STATE_DEPTH_MAX) {
            status = YQ_E_CORRUPT;
            break;
        }
        if (depth % PAGE_LEVELS == 0) {
            uint8_t key[PAGE_KEY_MAX];
            yq_db_value_free(&value);
            size_t key_n = page_key(key, depth / PAGE_LEVELS, path);
            status = page_read(source, yq_slice_of(key, key_n), &value);
            if (status == YQ_OK) {
                status = value.found ? page_unpack(value.bytes, p.node, PAGE_NODES) : YQ_E_CORRUPT;
            }
            if (status != YQ_OK) {
                break;
            }
        }
        unsigned slot = page_slot(path, depth + 1);
        node_hash(source->alg, &p.node[slot ^ 1u], &proof->sibling[depth]);
        at = p.node[slot];
        depth++;
    }
    if (status == YQ_OK) {
        close_proof(&at, path, depth, proof, present);
    }
    yq_db_value_free(&value);
    yq_db_value_free(&root_value);
    return status;
}

yq_status yq_tree_below(
    const yq_tree_source *source,
    const yq_digest *path,
    unsigned nibbles,
    yq_state_subtree below[YQ_STATE_FANOUT])
{
    page p = {0};
    yq_db_value value;
    uint8_t key[PAGE_KEY_MAX];
    unsigned deepest = (nibbles + 1) * PAGE_LEVELS;
    YQ_ASSERT(deepest <= YQ_STATE_DEPTH_MAX);
    memset(below, 0, sizeof(yq_state_subtree) * YQ_STATE_FANOUT);
    yq_status status = page_read(source, yq_slice_of(key, page_key(key, nibbles, path)), &value);
    if (status == YQ_OK) {
        status = value.found ? page_unpack(value.bytes, p.node, PAGE_NODES) : YQ_E_NOT_FOUND;
    }
    for (unsigned slot = 0; slot < PAGE_NODES && status == YQ_OK; slot++) {
        const node *n = &p.node[slot];
        unsigned at = slot;
        if (n->kind == NODE_LEAF) {
            yq_digest own;
            memcpy(own.b, n->data, YQ_DIGEST_SIZE);
            at = page_slot(&own, deepest);
        } else if (n->kind == NODE_EMPTY || slot < PAGE_NODES - YQ_STATE_FANOUT) {
            continue;
        }
        yq_state_subtree *to = &below[at - (PAGE_NODES - YQ_STATE_FANOUT)];
        to->kind = n->kind == NODE_LEAF ? YQ_STATE_NODE_LEAF : YQ_STATE_NODE_INNER;
        node_hash(source->alg, n, &to->hash);
    }
    yq_db_value_free(&value);
    return status;
}
