#include "adapters/xuperchain/fields.h"
#include "adapters/xuperchain/session.h"

#include <stdio.h>

#define REFUSES       400u /* status of a contract that refuses */
#define SIGNATURE_MAX 80u
#define OVERHEAD      4096u
#define TX_VERSION    3u

/* ---- what a call would do ---- */

/* InvokeRequest without limits: those the node states. */
static void put_call(const yq_xua_session *s, const yq_xua_call *call, yq_writer *w)
{
    yq_pb_put_bytes(w, 1, yq_slice_text(s->module));
    yq_pb_put_bytes(w, 2, yq_slice_text(s->inbox));
    yq_pb_put_bytes(w, 3, yq_slice_text(call->method));
    if (call->argument != NULL) {
        size_t mark = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, yq_slice_text(call->argument));
        yq_pb_put_bytes(w, 2, call->value);
        yq_pb_end(w, mark, 4);
    }
}

yq_status yq_xua_try(
    yq_xua_session *s,
    size_t endpoint,
    const yq_xua_call *call,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_xua_run *run,
    yq_fault *why)
{
    size_t cap = call->value.n + OVERHEAD;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    *room = (yq_xua_bytes){0};
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "call");
    }
    yq_pb_put_bytes(&w, 2, yq_slice_text(s->chain));
    size_t mark = yq_pb_begin(&w);
    put_call(s, call, &w);
    yq_pb_end(&w, mark, 3);
    yq_pb_put_bytes(&w, 4, yq_slice_text(s->address));
    yq_pb_put_bytes(&w, 5, yq_slice_text(s->address));
    yq_status status = w.status;
    if (status == YQ_OK) {
        status = yq_xua_ask(s, endpoint, "PreExec", yq_writer_slice(&w), until_ms, room, why);
    }
    free(w.p);
    return status == YQ_OK ? yq_xua_run_decode(yq_slice_of(room->p, room->n), run, why) : status;
}

/* ---- the transaction ---- */

static int has_text(yq_slice message, uint32_t number, const char *text)
{
    yq_slice found;
    return yq_xua_find(message, number, &found, NULL) == YQ_OK &&
           yq_slice_equal(found, yq_slice_text(text));
}

/* A call is signed as it was meant, whatever the node made of it: its limits apart. */
static int is_ours(const yq_xua_session *s, const yq_xua_run *run, const yq_xua_call *call)
{
    yq_cur c = yq_cur_of(run->request);
    yq_slice arg = {0}, value;
    size_t args = 0;
    for (yq_slice one; yq_xua_next(&c, 4, &one); args++) {
        arg = one;
    }
    return run->request_n == 1 && args == 1 && has_text(run->request, 1, s->module) &&
           has_text(run->request, 2, s->inbox) && has_text(run->request, 3, call->method) &&
           has_text(run->request, 6, "") && has_text(arg, 1, call->argument) &&
           yq_xua_find(arg, 2, &value, NULL) == YQ_OK && yq_slice_equal(value, call->value);
}

/* Reads, writes and the call, as the node gave them: other nodes run it again and compare. */
static void put_run(const yq_xua_run *run, yq_writer *w)
{
    static const struct {
        uint32_t from, to;
    } field[] = {{1, 23}, {2, 24}, {5, 25}};
    for (size_t i = 0; i < YQ_ARRAY_N(field); i++) {
        yq_cur c = yq_cur_of(run->response);
        yq_slice item;
        while (yq_xua_next(&c, field[i].from, &item)) {
            yq_pb_put_bytes(w, field[i].to, item);
        }
    }
}

static void put_signature(const yq_xua_session *s, uint32_t field, yq_slice der, yq_writer *w)
{
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(s->key_text));
    yq_pb_put_bytes(w, 2, der);
    yq_pb_end(w, mark, field);
}

static yq_status hash_tx(yq_slice tx, unsigned flags, yq_digest *out)
{
    size_t cap = yq_xua_tx_size(tx);
    yq_writer w = yq_writer_of(malloc(cap), cap);
    yq_status status = w.p == NULL ? YQ_E_MEMORY : yq_xua_tx_put(tx, flags, &w);
    const yq_slice bytes = yq_writer_slice(&w);
    if (status == YQ_OK) {
        *out = yq_xua_hash(&bytes, 1);
    }
    free(w.p);
    return status;
}

/* Writes a signed Transaction without fee: on a chain that asks for one it is refused. Out: id. */
static yq_status make_tx(
    const yq_xua_session *s, const yq_xua_run *run, yq_writer *w, yq_digest *id)
{
    uint64_t draw;
    char nonce[24];
    uint8_t room[SIGNATURE_MAX];
    yq_buf der = {room, sizeof room, 0};
    yq_digest digest = {{0}};
    yq_random((uint8_t *)&draw, sizeof draw);
    (void)yq_decimal_encode(nonce, draw);
    yq_pb_put_bytes(w, 8, yq_slice_text(nonce));
    yq_pb_put_varint(w, 9, s->host.now_ms(s->host.self) * 1000000);
    yq_pb_put_varint(w, 10, TX_VERSION);
    put_run(run, w);
    yq_pb_put_bytes(w, 26, yq_slice_text(s->address));
    yq_pb_put_bytes(w, 27, yq_slice_text(s->address));
    yq_status status = w->status;
    status = status == YQ_OK ? hash_tx(yq_writer_slice(w), 0, &digest) : status;
    status = status == YQ_OK ? yq_xua_sign(s->scheme, s->key, &digest, &der) : status;
    if (status != YQ_OK) {
        return status;
    }
    put_signature(s, 28, yq_slice_of(der.p, der.n), w);
    put_signature(s, 29, yq_slice_of(der.p, der.n), w);
    status = w->status;
    status = status == YQ_OK ? hash_tx(yq_writer_slice(w), YQ_XUA_SIGNED, id) : status;
    yq_pb_put_bytes(w, 1, YQ_SLICE_OF(id->b));
    return status == YQ_OK ? w->status : status;
}

/* A TxStatus with the transaction, in room; free room. */
static yq_status make_post(
    const yq_xua_session *s,
    const yq_xua_run *run,
    yq_xua_bytes *room,
    yq_digest *id,
    yq_fault *why)
{
    size_t cap = run->response.n + (size_t)4 * OVERHEAD;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "transaction");
    }
    size_t mark = yq_pb_begin(&w);
    yq_status status = make_tx(s, run, &w, id);
    yq_pb_end(&w, mark, 7);
    yq_pb_put_bytes(&w, 2, yq_slice_text(s->chain));
    yq_pb_put_bytes(&w, 3, YQ_SLICE_OF(id->b));
    *room = (yq_xua_bytes){w.p, w.n};
    status = status == YQ_OK ? w.status : status;
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "transaction");
}

/* ---- handing over ---- */

static yq_status put_reference(
    const yq_xua_session *s, uint8_t kind, yq_slice what, uint64_t expires, yq_slice *out)
{
    size_t cap = 9 + what.n;
    yq_writer w = yq_writer_of(s->host.alloc(s->host.self, cap), cap);
    if (w.p == NULL) {
        return YQ_E_MEMORY;
    }
    yq_put_u8(&w, kind);
    yq_put(&w, what);
    if (kind == YQ_XUA_SENT) {
        yq_put_u64(&w, expires);
    }
    *out = yq_writer_slice(&w);
    return w.status;
}

/* The same transaction to one node after the other until one takes it: its id is its own. An answer
 * that was lost on the way is no failure. */
static yq_status post(yq_xua_session *s, yq_slice request, uint64_t until_ms, yq_fault *why)
{
    yq_status status = YQ_E_UNAVAILABLE;
    int uncertain = 0;
    for (size_t i = 0; i < s->endpoint_n && status != YQ_OK; i++) {
        size_t endpoint = (s->preferred + i) % s->endpoint_n;
        uint64_t share = yq_xua_share(until_ms, s->endpoint_n - i);
        yq_xua_bytes room;
        status = yq_xua_ask(s, endpoint, "PostTx", request, share, &room, why);
        int no_answer = status == YQ_E_TIMEOUT || status == YQ_E_UNAVAILABLE;
        uncertain |=
            no_answer && s->link[endpoint] != NULL && yq_grpc_link_is_sent(s->link[endpoint]);
        yq_xua_bytes_free(&room);
    }
    return uncertain ? YQ_OK : status;
}

/* The first node that runs the call; not one of another opinion: what it answers is compared. */
static yq_status run_call(
    yq_xua_session *s,
    const yq_xua_call *call,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_xua_run *run,
    yq_fault *why)
{
    yq_status status = YQ_E_UNAVAILABLE;
    *room = (yq_xua_bytes){0};
    for (size_t i = 0; i < s->endpoint_n && status != YQ_OK; i++) {
        size_t endpoint = (s->preferred + i) % s->endpoint_n;
        uint64_t share = yq_xua_share(until_ms, s->endpoint_n + 1 - i);
        yq_xua_bytes_free(room);
        status = yq_xua_try(s, endpoint, call, share, room, run, why);
        if (status == YQ_OK && run->status < REFUSES && !is_ours(s, run, call)) {
            status = yq_fail(why, YQ_E_PEER, 0, "PreExec: the node made another call of it");
        }
    }
    return status;
}

static yq_status send_run(
    yq_xua_session *s, const yq_xua_run *run, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    yq_xua_bytes request = {0};
    yq_digest id = {{0}};
    uint64_t expires_s = s->host.now_ms(s->host.self) / 1000 + s->lifetime_s;
    yq_status status = make_post(s, run, &request, &id, why);
    if (status == YQ_OK) {
        status = post(s, yq_slice_of(request.p, request.n), until_ms, why);
    }
    yq_xua_bytes_free(&request);
    if (status != YQ_OK) {
        return status;
    }
    s->counts.submitted++;
    status = put_reference(s, YQ_XUA_SENT, YQ_SLICE_OF(id.b), expires_s, reference);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "reference");
}

static yq_status call_inbox(
    yq_xua_session *s,
    const yq_xua_call *call,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    yq_xua_bytes room;
    yq_xua_run run = {0};
    if (s->inbox == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "no inbox is configured: read only");
    }
    yq_status status = run_call(s, call, until_ms, &room, &run, why);
    if (status == YQ_OK && run.status >= REFUSES) {
        /* It would be in no block: its fate is known. */
        s->counts.refused++;
        run.message.n = run.message.n < YQ_XUA_REASON_MAX ? run.message.n : YQ_XUA_REASON_MAX;
        status = put_reference(s, YQ_XUA_REFUSED, run.message, 0, reference);
    } else if (status == YQ_OK) {
        status = send_run(s, &run, until_ms, reference, why);
    }
    yq_xua_bytes_free(&room);
    return status;
}

yq_status yq_xua_submit(
    yq_xua_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    const yq_xua_call call = {"receiveMessages", "delivery", delivery};
    return call_inbox(s, &call, until_ms, reference, why);
}

yq_status yq_xua_step_epoch(
    yq_xua_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    const yq_xua_call call = {"stepEpoch", "set", set};
    return call_inbox(s, &call, until_ms, reference, why);
}
