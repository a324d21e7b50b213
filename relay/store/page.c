#include "relay/store/page.h"

#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/writer.h"

#define PREFIX_SIZE_MAX 8u

size_t page_key(uint8_t *key, unsigned k, const yq_digest *path)
{
    key[0] = (uint8_t)k;
    if (k == PAGE_ROOT) {
        return 1;
    }
    size_t size = (k + 1) / 2;
    yq_bytes_copy(key + 1, path->b, size);
    if (k % 2 == 1) {
        key[size] &= 0xf0;
    }
    return 1 + size;
}

size_t page_pack(const node *nodes, size_t n, uint8_t *out)
{
    uint64_t kinds = 0;
    yq_writer w = yq_writer_of(out, PAGE_SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        kinds |= (uint64_t)nodes[i].kind << (2 * i);
    }
    yq_put_u64(&w, kinds);
    for (size_t i = 0; i < n; i++) {
        if (nodes[i].kind != NODE_EMPTY) {
            yq_put_bytes(&w, nodes[i].data, nodes[i].kind == NODE_LEAF ? 64 : 32);
        }
    }
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

yq_status page_unpack(yq_slice in, node *nodes, size_t n)
{
    yq_cur c = yq_cur_of(in);
    uint64_t kinds = yq_cur_u64(&c);
    for (size_t i = 0; i < n; i++) {
        uint8_t kind = (uint8_t)(kinds >> (2 * i) & 3);
        nodes[i] = (node){.kind = kind};
        if (kind == NODE_LEAF || kind == NODE_INNER) {
            nodes[i].data = yq_cur_take(&c, kind == NODE_LEAF ? 64 : 32).p;
        } else if (kind != NODE_EMPTY) {
            return YQ_E_CORRUPT;
        }
    }
    if (n < 32 && kinds >> (2 * n) != 0) {
        return YQ_E_CORRUPT;
    }
    return yq_cur_done(&c, NULL) == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
}

yq_status page_read(const yq_tree_source *source, yq_slice key, yq_db_value *value)
{
    *value = (yq_db_value){0};
    for (const yq_tree_delta *d = source->top; d != NULL; d = d->base) {
        const yq_omap_node *entry = yq_omap_get(&d->page, key);
        if (entry != NULL) {
            value->found = !entry->removed;
            value->bytes = entry->value;
            return YQ_OK;
        }
    }
    uint8_t room[PREFIX_SIZE_MAX + PAGE_KEY_MAX];
    YQ_ASSERT(source->prefix.n <= PREFIX_SIZE_MAX);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put(&w, source->prefix);
    yq_put(&w, key);
    if (source->get != NULL) {
        return source->get(source->self, yq_writer_slice(&w), value);
    }
    return yq_db_get(source->db, source->snap, yq_writer_slice(&w), value);
}

void node_hash(uint32_t alg, const node *n, yq_digest *hash)
{
    *hash = (yq_digest){0};
    if (n->kind == NODE_INNER) {
        YQ_ASSERT(!n->dirty);
        memcpy(hash->b, n->data, YQ_DIGEST_SIZE);
    } else if (n->kind == NODE_LEAF) {
        yq_digest path, value;
        memcpy(path.b, n->data, YQ_DIGEST_SIZE);
        memcpy(value.b, n->data + YQ_DIGEST_SIZE, YQ_DIGEST_SIZE);
        yq_state_leaf(alg, &path, &value, hash);
    }
}
