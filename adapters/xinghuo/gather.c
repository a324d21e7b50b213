#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define SIGNATURE_SIZE 64u

/* Bodies that are asked for together, and what was heard. */
typedef struct batch {
    yq_xha_session *s;
    const yq_xha_body *body;
    size_t n;
    yq_digest *m;       /* what is signed for each */
    uint8_t *signature; /* by attester that signed, then by body */
    size_t signed_n, contrary;
    uint16_t index[YQ_XHA_ATTESTERS_MAX]; /* who signed */
    yq_status first;                      /* of those that do not sign */
} batch;

/* {"chain", "epoch", "bodies"} */
static yq_json_out *make_question(const batch *b)
{
    size_t cap = 1024;
    for (size_t i = 0; i < b->n; i++) {
        cap += 2 * b->body[i].n + 8;
    }
    yq_json_out *out = yq_json_out_new(cap);
    if (out == NULL) {
        return NULL;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "chain", b->s->chain);
    yq_json_out_uint(out, "epoch", b->s->attesters.epoch);
    yq_json_out_array(out, "bodies");
    for (size_t i = 0; i < b->n; i++) {
        yq_json_out_hex(out, NULL, yq_slice_of(b->body[i].p, b->body[i].n));
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
    return out;
}

/* Whether it is this attester's over m. */
static int holds(const yq_xha_attester *who, const yq_digest *m, const uint8_t *signature)
{
    const yq_signature sig = {
        .alg = (uint16_t)yq_xha_suite_alg(who->suite),
        .flags = who->suite == YQ_SUITE_P256 || who->suite == YQ_SUITE_ETH ? YQ_SIG_FLAG_LOW_S : 0,
        .key = yq_slice_of(who->key, who->key_n),
        .msg = yq_slice_of(m->b, sizeof m->b),
        .sig = yq_slice_of(signature, SIGNATURE_SIZE)};
    return yq_signature_check(&sig) == YQ_OK;
}

/* {"signatures"}, or {"code"}: why it does not sign. */
static yq_status read_answer(
    const batch *b, const yq_xha_attester *who, const yq_json *root, yq_fault *why)
{
    const yq_json *list = yq_json_get(root, "signatures");
    yq_slice code;
    if (yq_json_text(yq_json_get(root, "code"), &code)) {
        int contrary = yq_slice_equal(code, yq_slice_text("SOURCE_DISAGREE"));
        return contrary ? yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "an attester reads something else")
                        : yq_fail(why, YQ_E_UNAVAILABLE, 0, "an attester cannot say yet");
    }
    for (size_t i = 0; i < b->n; i++) {
        uint8_t *signature = b->signature + (b->signed_n * b->n + i) * SIGNATURE_SIZE;
        yq_buf room = {signature, SIGNATURE_SIZE, 0};
        if (!yq_json_hex(yq_json_at(list, i), &room) || room.n != SIGNATURE_SIZE ||
            !holds(who, &b->m[i], signature)) {
            return yq_fail(why, YQ_E_PEER, 0, "an attester's signature does not hold");
        }
    }
    return YQ_OK;
}

static void ask_one(batch *b, size_t i, yq_slice question, uint64_t until_ms, yq_fault *why)
{
    const yq_rest_call call = {.path = "/attest", .body = &question, .until_ms = until_ms};
    yq_xha_session *s = b->s;
    yq_json *reply = NULL;
    yq_fault reason = {0};
    yq_status status = yq_rest_ask(s->attester_pool, i, &call, &reply, NULL, &reason);
    if (status == YQ_OK) {
        status = read_answer(b, &s->attesters.one[i], yq_json_root(reply), &reason);
    }
    yq_json_free(reply);
    if (status == YQ_OK) {
        b->index[b->signed_n++] = (uint16_t)i;
        return;
    }
    s->counts.refused++;
    b->contrary += status == YQ_E_SOURCE_DISAGREE ? 1 : 0;
    yq_web_note(status, &reason, &b->first, why);
}

static yq_status ask_all(batch *b, yq_slice question, uint64_t until_ms, yq_fault *why)
{
    size_t all = b->s->attesters.n, need = b->s->attesters.threshold;
    for (size_t k = 0; k < all && b->signed_n < need; k++) {
        ask_one(b, yq_web_pool_nth(b->s->attester_pool, k), question, until_ms, why);
    }
    if (b->signed_n >= need) {
        return YQ_OK;
    }
    if (all - b->contrary < need) {
        b->s->counts.disagreements++;
        return yq_fail(
            why, YQ_E_SOURCE_DISAGREE, 0, "attesters read something else than the nodes");
    }
    return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer attesters than the threshold sign");
}

/* u8 version, the statement of one body */
static yq_status give_proof(const batch *b, size_t i, yq_slice *proof, yq_fault *why)
{
    const yq_xha_body *body = &b->body[i];
    size_t cap = 1 + 8 + body->n + 2 + b->signed_n * (2 + SIGNATURE_SIZE);
    uint8_t *p = b->s->host.alloc(b->s->host.self, cap);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "proof");
    }
    yq_writer w = yq_writer_of(p, cap);
    yq_put_u8(&w, YQ_XINGHUO_LAYOUT_VERSION);
    yq_put_u64(&w, b->s->attesters.epoch);
    yq_put_bytes(&w, body->p, body->n);
    yq_put_u16(&w, (uint16_t)b->signed_n);
    for (size_t k = 0; k < b->signed_n; k++) {
        yq_put_u16(&w, b->index[k]);
        yq_put_bytes(&w, b->signature + (k * b->n + i) * SIGNATURE_SIZE, SIGNATURE_SIZE);
    }
    *proof = yq_writer_slice(&w);
    return w.status == YQ_OK ? YQ_OK : yq_fail(why, w.status, 0, "proof");
}

static yq_status run(batch *b, uint64_t until_ms, yq_event_proof *out, yq_fault *why)
{
    size_t size = 0;
    yq_json_out *question = make_question(b);
    const char *text = question == NULL ? NULL : yq_json_out_done(question, &size);
    yq_status status = text == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "question") : YQ_OK;
    for (size_t i = 0; i < b->n && status == YQ_OK; i++) {
        b->m[i] = yq_xha_signed(
            yq_slice_text(b->s->chain),
            b->s->attesters.epoch,
            yq_slice_of(b->body[i].p, b->body[i].n));
    }
    if (status == YQ_OK) {
        status = ask_all(b, yq_slice_of(text, size), until_ms, why);
    }
    yq_json_out_free(question);
    for (size_t i = 0; i < b->n && status == YQ_OK; i++) {
        status = give_proof(b, i, &out[i].proof, why);
    }
    return status;
}

/* So many of them as one question holds; one at least. */
static size_t batch_size(const yq_xha_body *body, size_t n)
{
    size_t bytes = body[0].n, count = 1;
    while (count < n && count < YQ_XHA_BATCH_MAX &&
           bytes + body[count].n <= YQ_XHA_BATCH_BYTES_MAX) {
        bytes += body[count++].n;
    }
    return count;
}

yq_status yq_xha_gather(
    yq_xha_session *s,
    const yq_xha_bodies *bodies,
    uint64_t until_ms,
    yq_event_proof *out,
    yq_fault *why)
{
    yq_status status = YQ_OK;
    for (size_t at = 0; at < bodies->n && status == YQ_OK;) {
        batch b = {.s = s, .body = &bodies->body[at], .first = YQ_OK};
        b.n = batch_size(b.body, bodies->n - at);
        b.m = calloc(b.n, sizeof *b.m);
        b.signature = calloc(b.n * s->attesters.threshold, SIGNATURE_SIZE);
        status = b.m == NULL || b.signature == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "signatures")
                                                    : run(&b, until_ms, &out[at], why);
        s->counts.attested += status == YQ_OK ? b.n : 0;
        free(b.m);
        free(b.signature);
        at += b.n;
    }
    return status;
}
