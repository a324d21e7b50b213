#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"
#include "relay/codec/der.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TX_VERSION 3u

yq_xum_tx *yq_xum_tx_new(yq_slice raw, const yq_digest *id)
{
    yq_xum_tx *tx = calloc(1, sizeof *tx);
    YQ_ASSERT(tx != NULL);
    tx->raw = malloc(raw.n + 1);
    YQ_ASSERT(tx->raw != NULL);
    yq_bytes_copy(tx->raw, raw.p, raw.n);
    tx->raw_n = raw.n;
    tx->id = *id;
    return tx;
}

void yq_xum_tx_free(yq_xum_tx *tx)
{
    free(tx->raw);
    free(tx);
}

int yq_xum_tx_hash(yq_slice raw, unsigned flags, yq_digest *id)
{
    size_t cap = 64 * raw.n + 1024;
    const xuper_message message = {.bytes = raw, .version = xuper_field(raw, 10).value};
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    int good = xuper_preimage(&message, message.version, flags, &w, NULL) == YQ_OK;
    const yq_slice bytes = yq_writer_slice(&w);
    if (good) {
        *id = yq_xua_hash(&bytes, 1);
    }
    free(w.p);
    return good;
}

/* ---- posting ---- */

/* The first signature of a field is the initiator's, whose account this chain knows. */
static int is_signed(const yq_xum_chain *chain, yq_slice raw, uint32_t field)
{
    const yq_xum_member *m = &chain->client;
    yq_slice sign = xuper_field(raw, field).bytes;
    uint8_t rs[64];
    yq_digest digest = {{0}};
    if (!yq_slice_equal(xuper_field(raw, 26).bytes, yq_slice_text(m->address)) ||
        !yq_slice_equal(xuper_field(raw, 27).bytes, yq_slice_text(m->address)) ||
        !yq_slice_equal(xuper_field(sign, 1).bytes, yq_slice_text(m->text)) ||
        yq_der_signature_decode(xuper_field(sign, 2).bytes, 32, rs, NULL) != YQ_OK ||
        !yq_xum_tx_hash(raw, 0, &digest)) {
        return 0;
    }
    const yq_signature check = {
        .alg = chain->scheme == YQ_XUA_SM2 ? YQ_SIG_SM2_DIGEST : YQ_SIG_P256_DIGEST,
        .key = yq_key_public(m->key),
        .msg = YQ_SLICE_OF(digest.b),
        .sig = YQ_SLICE_OF(rs)};
    return yq_signature_check(&check) == YQ_OK;
}

/* Fields of one number, as they stand, are those of another in what was run. */
static int are_same(yq_slice raw, uint32_t number, yq_slice run, uint32_t other)
{
    yq_cur a = yq_cur_of(raw), b = yq_cur_of(run);
    yq_pb_field x, y;
    for (;;) {
        int more_x, more_y;
        while ((more_x = yq_pb_next(&a, &x)) && x.number != number) {
        }
        while ((more_y = yq_pb_next(&b, &y)) && y.number != other) {
        }
        if (!more_x || !more_y) {
            return !more_x && !more_y;
        }
        if (!yq_slice_equal(x.bytes, y.bytes)) {
            return 0;
        }
    }
}

/* Whether a call does now what the transaction says it did. */
static int does_the_same(yq_xum_chain *chain, const yq_xum_call *call, yq_slice raw, uint64_t time)
{
    yq_xum_result result;
    yq_xum_run(chain, call, time, 0, &result);
    yq_slice run = yq_slice_of(result.run.p, result.run.n);
    int same = result.status < 400 && are_same(raw, 23, run, 1) && are_same(raw, 24, run, 2);
    free(result.run.p);
    return same;
}

static uint32_t check(yq_xum_chain *chain, yq_slice raw, yq_digest *id)
{
    const yq_xum_block *block;
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
    }
    yq_slice txid = xuper_field(raw, 1).bytes;
    if (!yq_cur_ok(&c) || chain->is_recorded) {
        return YQ_XUM_VALIDATE;
    }
    if (xuper_field(raw, 10).value != TX_VERSION) {
        return YQ_XUM_VERSION;
    }
    if (!yq_xum_tx_hash(raw, XUPER_SIGNED, id) || !yq_slice_equal(txid, YQ_SLICE_OF(id->b))) {
        return YQ_XUM_VALIDATE;
    }
    if (yq_xum_find(chain, txid, &block) != NULL) {
        return YQ_XUM_DUPLICATE;
    }
    return is_signed(chain, raw, 28) && is_signed(chain, raw, 29) ? YQ_XUM_SUCCESS : YQ_XUM_SIGN;
}

/* As it stands in a block, without its id. */
static yq_xum_tx *strip(yq_slice raw, const yq_digest *id)
{
    yq_writer w = yq_writer_of(malloc(raw.n + 1), raw.n + 1);
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    YQ_ASSERT(w.p != NULL);
    while (yq_pb_next(&c, &f)) {
        if (f.number > 2) {
            yq_put(&w, f.whole);
        }
    }
    yq_xum_tx *tx = yq_xum_tx_new(yq_writer_slice(&w), id);
    free(w.p);
    return tx;
}

uint32_t yq_xum_post(yq_xum_chain *chain, yq_slice raw, uint64_t time_ns)
{
    yq_digest id = {{0}};
    yq_xum_result result;
    uint32_t error = check(chain, raw, &id);
    if (error != YQ_XUM_SUCCESS) {
        return error;
    }
    const yq_xum_call call = yq_xum_call_of(xuper_field(raw, 25).bytes, xuper_field(raw, 26).bytes);
    if (!does_the_same(chain, &call, raw, time_ns)) {
        return YQ_XUM_RWSET;
    }
    yq_xum_run(chain, &call, time_ns, 1, &result);
    free(result.run.p);
    if (result.contract != NULL) {
        result.contract->last = id;
    }
    chain->pool = yq_xum_grow(chain->pool, &chain->pool_n, sizeof(yq_xum_tx *));
    chain->pool[chain->pool_n - 1] = strip(raw, &id);
    return YQ_XUM_SUCCESS;
}

/* ---- the client's own ---- */

static void put_signature(const yq_xum_chain *chain, uint32_t field, yq_slice der, yq_writer *w)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(chain->client.text));
    yq_pb_put_bytes(w, 2, der);
    yq_pb_end(w, mark, field);
}

static void put_run(yq_slice run, yq_slice call, yq_writer *w)
{
    yq_cur c = yq_cur_of(run);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        yq_pb_put_bytes(w, f.number == 1 ? 23 : 24, f.bytes);
    }
    yq_pb_put_bytes(w, 25, call);
}

static void post_run(
    yq_xum_chain *chain, yq_slice run, yq_slice call, uint64_t time_ns, yq_digest *id)
{
    char nonce[24];
    uint8_t der[80];
    yq_digest digest = {{0}};
    const size_t cap = run.n + call.n + 4096;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    (void)snprintf(nonce, sizeof nonce, "%" PRIu64, chain->sent++);
    yq_pb_put_bytes(&w, 8, yq_slice_text(nonce));
    yq_pb_put_varint(&w, 9, time_ns);
    yq_pb_put_varint(&w, 10, TX_VERSION);
    put_run(run, call, &w);
    yq_pb_put_bytes(&w, 26, yq_slice_text(chain->client.address));
    yq_pb_put_bytes(&w, 27, yq_slice_text(chain->client.address));
    YQ_ASSERT(yq_xum_tx_hash(yq_writer_slice(&w), 0, &digest));
    size_t n = yq_xum_sign(chain->scheme, chain->client.key, &digest, der);
    put_signature(chain, 28, yq_slice_of(der, n), &w);
    put_signature(chain, 29, yq_slice_of(der, n), &w);
    YQ_ASSERT(yq_xum_tx_hash(yq_writer_slice(&w), XUPER_SIGNED, id));
    yq_pb_put_bytes(&w, 1, YQ_SLICE_OF(id->b));
    YQ_ASSERT(w.status == YQ_OK);
    YQ_ASSERT(yq_xum_post(chain, yq_writer_slice(&w), time_ns) == YQ_XUM_SUCCESS);
    free(w.p);
}

static yq_writer make_call(const yq_xum_send_what *what)
{
    size_t cap = 1024;
    for (size_t i = 0; i < what->arg_n; i++) {
        cap += what->value[i].n + 128;
    }
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    yq_pb_put_bytes(&w, 1, yq_slice_text(what->module));
    yq_pb_put_bytes(&w, 2, yq_slice_text(what->contract));
    yq_pb_put_bytes(&w, 3, yq_slice_text(what->method));
    for (size_t i = 0; i < what->arg_n; i++) {
        size_t mark = yq_pb_begin(&w);
        yq_pb_put_bytes(&w, 1, yq_slice_text(what->arg[i]));
        yq_pb_put_bytes(&w, 2, what->value[i]);
        yq_pb_end(&w, mark, 4);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return w;
}

int yq_xum_send(
    yq_xum_chain *chain,
    const yq_xum_send_what *what,
    uint64_t time_ns,
    yq_digest *id,
    char message[64])
{
    yq_writer w = make_call(what);
    const yq_slice raw = yq_writer_slice(&w);
    const yq_xum_call call = yq_xum_call_of(raw, yq_slice_text(chain->client.address));
    yq_xum_result result;
    yq_xum_run(chain, &call, time_ns, 0, &result);
    int good = result.status < 400;
    if (good) {
        post_run(chain, yq_slice_of(result.run.p, result.run.n), raw, time_ns, id);
    }
    memcpy(message, result.message, 64);
    free(result.run.p);
    free(w.p);
    return good;
}
