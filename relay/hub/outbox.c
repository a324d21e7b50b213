#include "relay/hub/outbox.h"

#include "relay/base/assert.h"
#include "relay/crypto/merkle.h"
#include "relay/hub/commitment.h"

#define LEVELS_MAX 64u

/* A destination's tree as it is stored: its size, how many leaves are done, and the peaks. */
typedef struct outbox {
    yq_merkle_peaks peaks;
    uint64_t done;
} outbox;

uint32_t yq_suite_hash(uint8_t suite)
{
    static const uint8_t hash[] = {
        0, YQ_HASH_SM3, YQ_HASH_SHA256, YQ_HASH_KECCAK256, YQ_HASH_SHA256};
    return suite < sizeof hash ? hash[suite] : 0;
}

static void outbox_key(yq_state_key *key, yq_slice chain)
{
    yq_state_key_str(key, YQ_MODULE_OUTBOX, YQ_TABLE_OUTBOX, chain);
}

static void index_key(yq_state_key *key, uint8_t table, yq_slice chain, uint64_t index)
{
    yq_state_key_str(key, YQ_MODULE_OUTBOX, table, chain);
    yq_put_u64(&key->w, index);
}

static void node_key(yq_state_key *key, yq_slice chain, unsigned level, uint64_t number)
{
    yq_state_key_str(key, YQ_MODULE_OUTBOX, YQ_TABLE_OUTBOX_NODE, chain);
    yq_put_u8(&key->w, (uint8_t)level);
    yq_put_u64(&key->w, number);
}

static void decode(yq_slice value, outbox *out)
{
    yq_cur c = yq_cur_of(value);
    memset(out, 0, sizeof *out);
    out->peaks.n = yq_cur_u64(&c);
    out->done = yq_cur_u64(&c);
    for (unsigned i = 0; i < LEVELS_MAX; i++) {
        if (out->peaks.n >> i & 1) {
            yq_cur_copy(&c, out->peaks.peak[i].b, YQ_DIGEST_SIZE);
        }
    }
    yq_state_record_done(&c);
}

static int load(yq_hub *hub, yq_slice chain, outbox *out)
{
    yq_state_key key;
    yq_slice value;
    memset(out, 0, sizeof *out);
    if (chain.n > YQ_CHAIN_ID_SIZE_MAX) {
        return 0;
    }
    outbox_key(&key, chain);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    decode(value, out);
    return 1;
}

static void store(yq_hub *hub, yq_slice chain, const outbox *box)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 16 + LEVELS_MAX * YQ_DIGEST_SIZE);
    yq_put_u64(&w, box->peaks.n);
    yq_put_u64(&w, box->done);
    for (unsigned i = 0; i < LEVELS_MAX; i++) {
        if (box->peaks.n >> i & 1) {
            yq_put_bytes(&w, box->peaks.peak[i].b, YQ_DIGEST_SIZE);
        }
    }
    outbox_key(&key, chain);
    yq_state_store_record(hub, &key, &w);
}

/* ---- nodes: hash, and whether all leaves below are done ----------------------------------------
 */

static int node_load(
    yq_hub *hub, yq_slice chain, unsigned level, uint64_t number, yq_digest *hash, uint8_t *done)
{
    yq_state_key key;
    yq_slice value;
    node_key(&key, chain, level, number);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    yq_cur_copy(&c, hash->b, YQ_DIGEST_SIZE);
    *done = yq_cur_u8(&c);
    yq_state_record_done(&c);
    return 1;
}

static void node_store(
    yq_hub *hub,
    yq_slice chain,
    unsigned level,
    uint64_t number,
    const yq_digest *hash,
    uint8_t done)
{
    uint8_t b[YQ_DIGEST_SIZE + 1];
    yq_state_key key;
    memcpy(b, hash->b, YQ_DIGEST_SIZE);
    b[YQ_DIGEST_SIZE] = done;
    node_key(&key, chain, level, number);
    yq_state_store(hub, &key, yq_slice_of(b, sizeof b));
}

static void node_erase(yq_hub *hub, yq_slice chain, unsigned level, uint64_t number)
{
    yq_state_key key;
    node_key(&key, chain, level, number);
    yq_state_erase(hub, &key);
}

typedef struct node_walk {
    yq_hub *hub;
    yq_slice chain;
} node_walk;

static void keep_node(void *self, unsigned level, uint64_t number, const yq_digest *node)
{
    const node_walk *walk = self;
    node_store(walk->hub, walk->chain, level, number, node, 0);
}

static int load_node(void *self, unsigned level, uint64_t number, yq_digest *node)
{
    const node_walk *walk = self;
    uint8_t done;
    size_t mark = walk->hub->arena.used;
    int found = node_load(walk->hub, walk->chain, level, number, node, &done);
    walk->hub->arena.used = mark;
    return found;
}

/* Marks a leaf's node as done; where both halves of a complete tree are, only its root stays. */
static void prune(yq_hub *hub, yq_slice chain, uint64_t index)
{
    yq_digest hash, other;
    uint8_t done;
    uint64_t number = index;
    if (!node_load(hub, chain, 0, number, &hash, &done)) {
        return;
    }
    node_store(hub, chain, 0, number, &hash, 1);
    for (unsigned level = 0; level + 1 < LEVELS_MAX; level++, number >>= 1) {
        if (!node_load(hub, chain, level, number ^ 1, &other, &done) || !done ||
            !node_load(hub, chain, level + 1, number >> 1, &hash, &done)) {
            return;
        }
        node_erase(hub, chain, level, number);
        node_erase(hub, chain, level, number ^ 1);
        node_store(hub, chain, level + 1, number >> 1, &hash, 1);
    }
}

/* ---- leaves ------------------------------------------------------------------------------------
 */

int yq_leaf_load(yq_hub *hub, yq_slice chain, uint64_t index, yq_leaf *out)
{
    yq_state_key key;
    yq_slice value;
    memset(out, 0, sizeof *out);
    index_key(&key, YQ_TABLE_OUTBOX_LEAF, chain, index);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    yq_cur_copy(&c, out->commitment.b, YQ_DIGEST_SIZE);
    out->role = yq_cur_u8(&c);
    out->status = yq_cur_u8(&c);
    out->code = yq_cur_u32(&c);
    yq_cur_copy(&c, out->message.b, YQ_DIGEST_SIZE);
    yq_state_record_done(&c);
    return 1;
}

static void leaf_store(yq_hub *hub, yq_slice chain, uint64_t index, const yq_leaf *leaf)
{
    uint8_t b[2 * YQ_DIGEST_SIZE + 6];
    yq_state_key key;
    yq_writer w = yq_writer_of(b, sizeof b);
    yq_put_bytes(&w, leaf->commitment.b, YQ_DIGEST_SIZE);
    yq_put_u8(&w, leaf->role);
    yq_put_u8(&w, leaf->status);
    yq_put_u32(&w, leaf->code);
    yq_put_bytes(&w, leaf->message.b, YQ_DIGEST_SIZE);
    index_key(&key, YQ_TABLE_OUTBOX_LEAF, chain, index);
    yq_state_store(hub, &key, yq_writer_slice(&w));
}

yq_status yq_outbox_append(
    yq_hub *hub,
    const yq_chain *destination,
    const yq_packet *packet,
    yq_leaf_role role,
    const yq_digest *message,
    uint64_t *index,
    yq_digest *commitment)
{
    yq_buf bytes = {.cap = YQ_PACKET_HEAD_SIZE_MAX + packet->payload.n};
    bytes.p = yq_state_room(hub, bytes.cap);
    if (bytes.p == NULL) {
        return YQ_E_LIMIT;
    }
    yq_status status = yq_packet_encode(packet, &bytes);
    if (status == YQ_OK) {
        status = yq_packet_commitment(destination->hash, packet, commitment);
    }
    if (status != YQ_OK) {
        return status == YQ_E_NOSPC ? YQ_E_LIMIT : status;
    }
    outbox box;
    (void)load(hub, destination->id, &box);
    *index = box.peaks.n;
    YQ_ASSERT(*index < YQ_INDEX_NONE);
    yq_digest hash;
    node_walk walk = {hub, destination->id};
    yq_outbox_leaf(destination->hash, *index, commitment, &hash);
    yq_merkle_append(&box.peaks, destination->hash, &hash, keep_node, &walk);
    store(hub, destination->id, &box);
    const yq_leaf leaf = {.commitment = *commitment, .role = (uint8_t)role, .message = *message};
    leaf_store(hub, destination->id, *index, &leaf);
    yq_state_key key;
    index_key(&key, YQ_TABLE_OUTBOX_PACKET, destination->id, *index);
    yq_state_store(hub, &key, yq_slice_of(bytes.p, bytes.n));
    if (role == YQ_LEAF_CONTROL) {
        static const uint8_t one[] = {1};
        index_key(&key, YQ_TABLE_OUTBOX_FIRST, destination->id, *index);
        yq_state_store(hub, &key, yq_slice_of(one, sizeof one));
    }
    yq_state_tell(hub, YQ_HUB_EVENT_OUTBOX, destination->id, *index);
    return YQ_OK;
}

void yq_outbox_done(
    yq_hub *hub, yq_slice chain, uint64_t index, yq_leaf *leaf, uint8_t status, uint32_t code)
{
    outbox box;
    if (!load(hub, chain, &box)) {
        return;
    }
    leaf->status = status;
    leaf->code = code;
    leaf_store(hub, chain, index, leaf);
    box.done++;
    store(hub, chain, &box);
    yq_state_key key;
    index_key(&key, YQ_TABLE_OUTBOX_PACKET, chain, index);
    yq_state_erase(hub, &key);
    if (leaf->role == YQ_LEAF_CONTROL) {
        index_key(&key, YQ_TABLE_OUTBOX_FIRST, chain, index);
        yq_state_erase(hub, &key);
    }
    prune(hub, chain, index);
}

int yq_outbox_root(yq_hub *hub, yq_slice chain, uint32_t alg, yq_outbox_view *out)
{
    outbox box;
    *out = (yq_outbox_view){0};
    if (!load(hub, chain, &box)) {
        return 0;
    }
    out->size = box.peaks.n;
    out->done = box.done;
    yq_merkle_peaks_root(&box.peaks, alg, &out->root);
    return 1;
}

yq_status yq_outbox_path(
    yq_hub *hub,
    yq_slice chain,
    uint64_t size,
    uint64_t index,
    uint32_t alg,
    yq_digest *path,
    size_t *path_n)
{
    node_walk walk = {hub, chain};
    return yq_merkle_stored_path(alg, size, index, load_node, &walk, path, path_n);
}

int yq_outbox_packet(yq_hub *hub, yq_slice chain, uint64_t index, yq_slice *bytes)
{
    yq_state_key key;
    index_key(&key, YQ_TABLE_OUTBOX_PACKET, chain, index);
    return yq_state_load(hub, &key, bytes);
}

/* ---- exports -----------------------------------------------------------------------------------
 */

static int compare_destination(const yq_destination *a, const yq_destination *b)
{
    return yq_slice_compare(a->chain, b->chain);
}

/* Insertion: keys come by length and bytes, so runs are sorted already. */
static void sort_in(yq_destination *list, size_t n, const yq_destination *item)
{
    size_t at = n;
    while (at > 0 && compare_destination(&list[at - 1], item) > 0) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = *item;
}

yq_status yq_outbox_destinations(yq_hub *hub, yq_destination **list, size_t *n)
{
    yq_state_key prefix;
    yq_slice key, value, after = {0};
    *n = 0;
    *list = yq_state_room(hub, YQ_CHAINS_MAX * sizeof **list);
    if (*list == NULL) {
        return YQ_E_NOSPC;
    }
    yq_state_key_begin(&prefix, YQ_MODULE_OUTBOX, YQ_TABLE_OUTBOX);
    while (yq_state_next(hub, &prefix, after, &key, &value)) {
        after = key;
        outbox box;
        decode(value, &box);
        yq_cur c = yq_cur_of(key);
        (void)yq_cur_take(&c, prefix.w.n);
        yq_slice chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
        yq_state_record_done(&c);
        yq_chain_record record;
        if (!yq_chain_load(hub, chain, &record)) {
            break;
        }
        yq_destination item = {
            .chain = chain,
            .suite = record.view.suite,
            .hash = record.view.hash,
            .size = box.peaks.n};
        yq_merkle_peaks_root(&box.peaks, item.hash, &item.root);
        YQ_ASSERT(*n < YQ_CHAINS_MAX);
        sort_in(*list, (*n)++, &item);
    }
    return hub->exhausted ? YQ_E_NOSPC : YQ_OK;
}

size_t yq_export_leaves(
    const yq_destination *list,
    size_t n,
    uint8_t suite,
    yq_slice chain,
    yq_digest *leaf,
    size_t *idx)
{
    size_t out = 0;
    *idx = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (list[i].suite != suite) {
            continue;
        }
        if (yq_slice_equal(list[i].chain, chain)) {
            *idx = out;
        }
        yq_export_leaf(
            yq_suite_hash(suite), list[i].chain, list[i].size, &list[i].root, &leaf[out++]);
    }
    return out;
}

yq_status yq_hub_outbox(yq_hub *hub, yq_slice chain, yq_outbox_view *out)
{
    yq_chain_record record;
    hub->exhausted = 0;
    *out = (yq_outbox_view){0};
    if (!yq_chain_load(hub, chain, &record)) {
        return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
    }
    (void)yq_outbox_root(hub, chain, record.view.hash, out);
    return hub->exhausted ? YQ_E_NOSPC : YQ_OK;
}

static size_t indices(
    yq_hub *hub, uint8_t table, yq_slice chain, uint64_t from, uint64_t *index, size_t cap)
{
    yq_state_key prefix, at;
    yq_slice key, value, after = {0};
    size_t n = 0;
    hub->exhausted = 0;
    if (chain.n > YQ_CHAIN_ID_SIZE_MAX) {
        return 0;
    }
    yq_state_key_str(&prefix, YQ_MODULE_OUTBOX, table, chain);
    if (from > 0) {
        index_key(&at, table, chain, from - 1);
        after = yq_state_key_slice(&at);
    }
    size_t mark = hub->arena.used;
    while (n < cap && yq_state_next(hub, &prefix, after, &key, &value)) {
        yq_cur c = yq_cur_of(key);
        (void)yq_cur_take(&c, prefix.w.n);
        index[n] = yq_cur_u64(&c);
        yq_state_record_done(&c);
        index_key(&at, table, chain, index[n++]);
        after = yq_state_key_slice(&at);
        hub->arena.used = mark;
    }
    hub->arena.used = mark;
    return n;
}

size_t yq_hub_outbox_open(yq_hub *hub, yq_slice chain, uint64_t from, uint64_t *index, size_t cap)
{
    return indices(hub, YQ_TABLE_OUTBOX_PACKET, chain, from, index, cap);
}

size_t yq_outbox_first(yq_hub *hub, yq_slice chain, uint64_t from, uint64_t *index, size_t cap)
{
    return indices(hub, YQ_TABLE_OUTBOX_FIRST, chain, from, index, cap);
}
