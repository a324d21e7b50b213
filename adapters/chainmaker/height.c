#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define PROOF_OVERHEAD (1024u)

/* A block under way. */
typedef struct making {
    yq_cma_session *s;
    uint64_t until_ms;
    const yq_cma_block *block;
    yq_digest hash;
    const yq_cma_set *set;
    yq_cma_votes votes;
    size_t extra_n;
    yq_cma_bytes extra[YQ_CMA_ENDPOINTS_MAX]; /* blocks of other nodes, whose votes are used */
    /* transactions as they are hashed, one behind the other */
    uint8_t *room;
    yq_slice *tx;
    yq_cma_tree tree;
    yq_fault *why;
} making;

typedef yq_status (*making_step)(making *m);

static void *lend(const yq_cma_session *s, size_t size)
{
    return s->host.alloc(s->host.self, size == 0 ? 1 : size);
}

static yq_status hash_header(making *m)
{
    yq_buf room = {malloc(YQ_CMA_HEADER_MAX), YQ_CMA_HEADER_MAX, 0};
    const yq_cma_header *header = &m->block->header;
    yq_status status =
        room.p == NULL ? YQ_E_MEMORY : yq_cma_header_hash(m->s->alg, header->raw, room, &m->hash);
    free(room.p);
    if (status == YQ_OK && !yq_slice_equal(header->hash, YQ_SLICE_OF(m->hash.b))) {
        return yq_fail(m->why, YQ_E_PEER, 0, "block_hash is not the header's: set hash?");
    }
    return status == YQ_OK ? YQ_OK : yq_fail(m->why, status, 0, "header");
}

/* Votes of the first node, and where they are no quorum those of the others. A node that has
 * another block was noticed before. */
static yq_status gather_votes(making *m)
{
    yq_cma_session *s = m->s;
    uint64_t height = m->block->header.height;
    yq_status status =
        yq_cma_nodes_get(s, m->block->header.conf_height, m->until_ms, &m->set, m->why);
    if (status != YQ_OK) {
        return status;
    }
    yq_cma_votes_add(m->set, height, &m->hash, m->block->votes, &m->votes);
    for (size_t i = 1; i < s->endpoint_n && m->votes.n < yq_cma_quorum(m->set->n); i++) {
        size_t endpoint = (s->preferred + i) % s->endpoint_n;
        yq_cma_block other;
        yq_fault theirs = {0};
        uint64_t share = yq_cma_share(m->until_ms, s->endpoint_n - i + 1);
        yq_cma_bytes *room = &m->extra[m->extra_n++];
        if (yq_cma_block_of(s, endpoint, height, share, room, &other, &theirs) == YQ_OK) {
            yq_cma_votes_add(m->set, height, &m->hash, other.votes, &m->votes);
        }
    }
    return YQ_OK;
}

/* Writes the transactions as they are hashed, and their tree. */
static yq_status load_txs(making *m)
{
    const yq_cma_block *block = m->block;
    size_t n = block->tx_n;
    if (n != block->header.tx_count) {
        return yq_fail(m->why, YQ_E_PEER, 0, "tx_count is not the number of transactions");
    }
    m->room = malloc(block->raw.n + 1);
    m->tx = calloc(n + 1, sizeof *m->tx);
    m->tree = (yq_cma_tree){m->s->alg, n, calloc(yq_cma_tree_size(n) + 1, sizeof *m->tree.node)};
    if (m->room == NULL || m->tx == NULL || m->tree.node == NULL) {
        return yq_fail(m->why, YQ_E_MEMORY, 0, "transactions");
    }
    yq_writer w = yq_writer_of(m->room, block->raw.n);
    yq_cur at = yq_cur_of(block->raw);
    yq_slice raw;
    for (size_t i = 0; i < n && yq_cma_block_next(&at, &raw); i++) {
        size_t mark = w.n;
        yq_cma_tx_put(raw, block->header.version, &w);
        m->tx[i] = yq_slice_of(m->room + mark, w.n - mark);
        yq_hash_one(m->s->alg, m->tx[i], m->tree.node[i].b);
    }
    const yq_digest root = yq_cma_tree_make(&m->tree);
    int is_root = n == 0 ? block->header.tx_root.n == 0 ||
                               yq_bytes_are_zero(block->header.tx_root.p, block->header.tx_root.n)
                         : yq_slice_equal(block->header.tx_root, YQ_SLICE_OF(root.b));
    if (w.status != YQ_OK || !is_root) {
        return yq_fail(m->why, YQ_E_PEER, 0, "tx_root is not that of the transactions");
    }
    return YQ_OK;
}

static yq_status make_update(making *m, yq_slice *out)
{
    yq_slice config = m->block->header.is_config && m->block->tx_n == 1 ? m->tx[0] : (yq_slice){0};
    size_t cap = m->block->header.raw.n + config.n + PROOF_OVERHEAD +
                 m->votes.n * (YQ_CMA_INVALID_MAX + 68u);
    yq_writer w = yq_writer_of(lend(m->s, cap), cap);
    if (w.p == NULL) {
        return yq_fail(m->why, YQ_E_MEMORY, 0, "update");
    }
    yq_cma_update_put(m->block->header.raw, &m->votes, config, &w);
    *out = yq_writer_slice(&w);
    return w.status == YQ_OK ? YQ_OK : yq_fail(m->why, w.status, 0, "update");
}

/* Texts that the host keeps until the next call. */
static yq_slice keep(const yq_cma_session *s, yq_slice text)
{
    uint8_t *p = lend(s, text.n);
    if (p == NULL) {
        return (yq_slice){0};
    }
    yq_bytes_copy(p, text.p, text.n);
    return yq_slice_of(p, text.n);
}

static yq_status make_event(
    making *m, size_t index, const yq_cma_event *event, uint32_t event_idx, yq_event_proof *out)
{
    size_t cap = m->tx[index].n + PROOF_OVERHEAD;
    yq_writer w = yq_writer_of(lend(m->s, cap), cap);
    if (w.p == NULL) {
        return yq_fail(m->why, YQ_E_MEMORY, 0, "event");
    }
    yq_cma_event_put(m->block->header.height, &m->tree, index, m->tx[index], event_idx, &w);
    *out = (yq_event_proof){
        .emitter = keep(m->s, event->contract_name),
        .name = keep(m->s, event->topic),
        .tx_id = keep(m->s, event->tx_id),
        .event_index = event_idx,
        .proof = yq_writer_slice(&w)};
    m->s->counts.events++;
    return w.status == YQ_OK ? YQ_OK : yq_fail(m->why, w.status, 0, "event");
}

/* Counts the events of all transactions. */
static size_t count_events(const making *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->block->tx_n; i++) {
        yq_cma_tx tx;
        yq_cma_event event;
        if (yq_cma_tx_decode(m->tx[i], &tx, NULL) == YQ_OK) {
            yq_cur at = yq_cur_of(tx.contract_result);
            while (yq_cma_event_next(&at, &event)) {
                n++;
            }
        }
    }
    return n;
}

/* Events of one transaction. One that failed proves nothing, nor does an event that names another
 * transaction. */
static yq_status tx_events(making *m, size_t index, yq_event_proof *event, size_t *n)
{
    yq_cma_tx tx;
    yq_cma_event one;
    yq_status status = YQ_OK;
    if (yq_cma_tx_decode(m->tx[index], &tx, NULL) != YQ_OK) {
        return YQ_OK;
    }
    int failed = tx.code != 0 || tx.contract != 0;
    yq_cur at = yq_cur_of(tx.contract_result);
    for (uint32_t i = 0; status == YQ_OK && yq_cma_event_next(&at, &one); i++) {
        if (failed || !yq_slice_equal(one.tx_id, tx.tx_id)) {
            m->s->counts.unprovable++;
            continue;
        }
        status = make_event(m, index, &one, i, &event[*n]);
        *n += status == YQ_OK ? 1 : 0;
    }
    return status;
}

static yq_status make_events(making *m, yq_height_evidence *out)
{
    size_t cap = count_events(m);
    yq_event_proof *event = lend(m->s, cap * sizeof *event);
    yq_status status = YQ_OK;
    if (event == NULL) {
        return yq_fail(m->why, YQ_E_MEMORY, 0, "events");
    }
    for (size_t i = 0; i < m->block->tx_n && status == YQ_OK; i++) {
        status = tx_events(m, i, event, &out->event_n);
    }
    out->event = event;
    return status;
}

static void free_making(making *m)
{
    for (size_t i = 0; i < m->extra_n; i++) {
        yq_cma_bytes_free(&m->extra[i]);
    }
    free(m->room);
    free(m->tx);
    free(m->tree.node);
    free(m);
}

/* A block that the cache still has: finding out the nodes may have moved it on. */
static yq_status load_block(making *m, uint64_t height)
{
    yq_status status = yq_cma_nodes_root(m->s, m->until_ms, m->why);
    return status == YQ_OK ? yq_cma_source_block(m->s, height, m->until_ms, &m->block, m->why)
                           : status;
}

yq_status yq_cma_height_evidence(
    yq_cma_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    static const making_step step[] = {hash_header, gather_votes, load_txs};
    *out = (yq_height_evidence){0};
    making *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    m->s = s;
    m->until_ms = until_ms;
    m->why = why;
    yq_status status = load_block(m, height);
    if (height > s->anchor_height) { /* the client begins behind the anchor */
        for (size_t i = 0; i < YQ_ARRAY_N(step) && status == YQ_OK; i++) {
            status = step[i](m);
        }
        status = status == YQ_OK ? make_update(m, &out->update) : status;
        status = status == YQ_OK ? make_events(m, out) : status;
    }
    free_making(m);
    yq_cma_source_drop(s, height);
    return status;
}

yq_status yq_cma_anchor(yq_cma_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why)
{
    making m = {.s = s, .until_ms = until_ms, .why = why};
    yq_cma_source_clear(s); /* as the chain is now */
    s->has_root = 0;
    s->has_set = 0;
    yq_status status = load_block(&m, s->anchor_height);
    status = status == YQ_OK ? hash_header(&m) : status;
    if (status != YQ_OK) {
        return status;
    }
    size_t cap = m.block->header.raw.n + PROOF_OVERHEAD + sizeof s->root;
    yq_writer w = yq_writer_of(lend(s, cap), cap);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "anchor");
    }
    yq_cma_anchor_put((uint8_t)s->alg, &m.hash, &m.block->header, &s->root, &w);
    *anchor = yq_writer_slice(&w);
    return w.status == YQ_OK ? YQ_OK : yq_fail(why, w.status, 0, "anchor");
}
