#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define BLOCK_VERSION 1u
#define PROPOSAL      1u
#define TERM          1u
#define FIXED_SIZE    16384u

void yq_xum_block_free(yq_xum_block *b)
{
    free(b->tx);
    free(b->raw);
    free(b);
}

static void put_number(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

static size_t count(uint32_t set)
{
    size_t n = 0;
    while (yq_xum_validator_at(set, n) < YQ_XUM_NODES) {
        n++;
    }
    YQ_ASSERT(n > 0);
    return n;
}

/* ---- certificates ---- */

/* How many votes are shown: all, or a quorum that is spoilt. */
static size_t shown_of(yq_mock_mode mode, size_t n)
{
    size_t quorum = n - (n - 1) / 3;
    switch (mode) {
    case YQ_MOCK_ONE_SIGNATURE_SHORT:
        return quorum - 1;
    case YQ_MOCK_FORGED_SIGNATURE:
    case YQ_MOCK_REPEATED_SIGNER:
        return quorum;
    case YQ_MOCK_HONEST:
    case YQ_MOCK_FOREIGN_EMITTER:
    case YQ_MOCK_ALTERED_RECEIPT:
    case YQ_MOCK_FORK:
    case YQ_MOCK_MODE_N:
    default:
        return n;
    }
}

static void put_vote(
    const yq_xum_chain *chain,
    const yq_xum_member *m,
    const yq_xum_member *signer,
    const yq_digest *id,
    yq_writer *w)
{
    uint8_t der[80];
    size_t n = yq_xum_sign(chain->scheme, signer->key, id, der);
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(m->address));
    yq_pb_put_bytes(w, 2, yq_slice_text(m->text));
    yq_pb_put_bytes(w, 3, yq_slice_of(der, n));
    yq_pb_end(w, mark, 1);
}

/* The certificate of the block below, beginning with another validator at every height. */
static void put_cert(const yq_xum_chain *chain, const yq_xum_block *of, yq_writer *w)
{
    uint32_t set = yq_xum_set_at(chain, of->height);
    size_t n = count(set), shown = shown_of(chain->mode, n);
    size_t cert = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, YQ_SLICE_OF(of->id.b));
    yq_pb_put_varint(w, 3, PROPOSAL);
    yq_pb_put_varint(w, 4, of->height);
    size_t votes = yq_pb_begin(w);
    for (size_t i = 0; i < shown; i++) {
        size_t place = chain->mode == YQ_MOCK_REPEATED_SIGNER && i + 1 == shown ? 0 : i;
        size_t node = yq_xum_validator_at(set, (of->height + place) % n);
        int is_forged = chain->mode == YQ_MOCK_FORGED_SIGNATURE && i + 1 == shown;
        const yq_xum_member *m = &chain->node[node];
        put_vote(chain, m, is_forged ? &chain->stranger : m, &of->id, w);
    }
    yq_pb_end(w, votes, 5);
    yq_pb_end(w, cert, 20);
}

/* ---- transactions ---- */

/* What the maker of a block writes for itself, by the rules of version 1. */
static void put_award(const yq_xum_member *maker, const yq_xum_block *b, yq_buf *out, yq_digest *id)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 2, yq_slice_text(maker->address));
    yq_pb_end(&w, mark, 4);
    yq_pb_put_bytes(&w, 6, yq_slice_text("1"));
    yq_pb_put_varint(&w, 7, 1);
    yq_pb_put_varint(&w, 9, b->time_ns + b->height);
    yq_pb_put_varint(&w, 10, 1);
    YQ_ASSERT(yq_xum_tx_hash(yq_writer_slice(&w), XUPER_SIGNED, id));
    out->n = w.n;
}

/* One byte of each written value is another one. */
static void put_altered(yq_slice raw, yq_writer *w)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        yq_put(w, f.whole);
        if (f.number == 24 && f.bytes.n > 0) {
            w->p[w->n - 1] ^= 1;
        }
    }
}

static void put_tx(
    const yq_xum_block *b, yq_slice raw, const yq_digest *txid, int is_altered, yq_writer *w)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, YQ_SLICE_OF(txid->b));
    yq_pb_put_bytes(w, 2, YQ_SLICE_OF(b->id.b));
    if (is_altered) {
        put_altered(raw, w);
    } else {
        yq_put(w, raw);
    }
    yq_pb_end(w, mark, 11);
}

static void put_failed(const yq_xum_block *b, yq_writer *w)
{
    for (size_t i = 0; i < b->tx_n; i++) {
        char hex[2 * YQ_DIGEST_SIZE + 1];
        if (b->tx[i]->fails) {
            size_t mark = yq_pb_begin(w);
            (void)yq_hex_encode(hex, sizeof hex, b->tx[i]->id.b, YQ_DIGEST_SIZE);
            yq_pb_put_bytes(w, 1, yq_slice_text(hex));
            yq_pb_put_bytes(w, 2, yq_slice_text("meant to fail"));
            yq_pb_end(w, mark, 18);
        }
    }
}

/* ---- the block ---- */

static yq_digest root_of(const yq_xum_block *b, const yq_digest *award)
{
    static yq_digest node[4 * YQ_XUM_BLOCK_TX_MAX];
    yq_xua_tree tree = {b->tx_n + 1, node};
    YQ_ASSERT(b->tx_n <= YQ_XUM_BLOCK_TX_MAX);
    node[0] = *award;
    for (size_t i = 0; i < b->tx_n; i++) {
        node[i + 1] = b->tx[i]->id;
    }
    return yq_xua_tree_make(&tree);
}

static void make_id(yq_xum_block *b, yq_slice header)
{
    static uint8_t room[1u << 20], layout[1u << 20];
    yq_xua_block view;
    yq_writer w = yq_writer_of(layout, sizeof layout);
    YQ_ASSERT(yq_xua_block_decode(header, &view, NULL) == YQ_OK);
    YQ_ASSERT(yq_xua_header_put(&view, (yq_buf){room, sizeof room, 0}, &w, &b->id, NULL) == YQ_OK);
}

static size_t size_of(const yq_xum_block *b)
{
    size_t n = FIXED_SIZE;
    for (size_t i = 0; i < b->tx_n; i++) {
        n += b->tx[i]->raw_n + 512;
    }
    return n;
}

void yq_xum_block_make(
    yq_xum_chain *chain, yq_xum_block *b, const yq_xum_block *parent, uint32_t turn)
{
    static const yq_digest none = {{0}};
    uint8_t award[512], der[80];
    yq_buf mine = {award, sizeof award, 0};
    yq_digest award_id = {{0}};
    uint32_t set = yq_xum_set_at(chain, b->height);
    const yq_xum_member *maker = &chain->node[yq_xum_validator_at(set, b->height % count(set))];
    size_t cap = size_of(b);
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    put_award(maker, b, &mine, &award_id);
    const yq_digest root = root_of(b, &award_id);
    put_number(&w, 1, BLOCK_VERSION);
    put_number(&w, 2, turn);
    yq_pb_put_bytes(&w, 4, parent == NULL ? YQ_SLICE_OF(none.b) : YQ_SLICE_OF(parent->id.b));
    yq_pb_put_bytes(&w, 5, yq_slice_text(maker->address));
    yq_pb_put_bytes(&w, 7, yq_slice_text(maker->text));
    yq_pb_put_bytes(&w, 8, YQ_SLICE_OF(root.b));
    put_number(&w, 9, b->height);
    put_number(&w, 10, b->time_ns);
    put_number(&w, 12, b->tx_n + 1);
    put_number(&w, 16, TERM);
    put_number(&w, 17, b->height);
    put_failed(b, &w);
    if (b->height > 1) {
        YQ_ASSERT(parent != NULL);
        put_cert(chain, parent, &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    make_id(b, yq_writer_slice(&w));
    yq_pb_put_bytes(&w, 3, YQ_SLICE_OF(b->id.b));
    size_t n = yq_xum_sign(chain->scheme, maker->key, &b->id, der);
    yq_pb_put_bytes(&w, 6, yq_slice_of(der, n));
    put_tx(b, yq_slice_of(mine.p, mine.n), &award_id, 0, &w);
    for (size_t i = 0; i < b->tx_n; i++) {
        const yq_xum_tx *tx = b->tx[i];
        int is_altered = chain->mode == YQ_MOCK_ALTERED_RECEIPT;
        put_tx(b, yq_slice_of(tx->raw, tx->raw_n), &tx->id, is_altered, &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    free(b->raw);
    b->raw = w.p;
    b->raw_n = w.n;
}
