#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define SIGNATURE_SIZE 64u

/* What was heard of one body. */
typedef struct answers {
    size_t n, contrary;
    uint16_t index[YQ_XHA_ATTESTERS_MAX];
    uint8_t signature[YQ_XHA_ATTESTERS_MAX][SIGNATURE_SIZE];
    yq_status first; /* of those that do not sign */
} answers;

/* {"chain", "epoch", "body"} */
static yq_json_out *make_question(const yq_xha_session *s, const yq_xha_body *body)
{
    yq_json_out *out = yq_json_out_new(2 * body->n + 1024);
    if (out == NULL) {
        return NULL;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "chain", s->chain);
    yq_json_out_uint(out, "epoch", s->attesters.epoch);
    yq_json_out_hex(out, "body", yq_slice_of(body->p, body->n));
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

/* {"signature"}, or {"code"}: why it does not sign. */
static yq_status read_answer(
    const yq_xha_attester *who,
    const yq_digest *m,
    const yq_json *root,
    uint8_t *signature,
    yq_fault *why)
{
    yq_slice code;
    yq_buf room = {signature, SIGNATURE_SIZE, 0};
    if (yq_json_text(yq_json_get(root, "code"), &code)) {
        int contrary = yq_slice_equal(code, yq_slice_text("SOURCE_DISAGREE"));
        return contrary ? yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "an attester reads something else")
                        : yq_fail(why, YQ_E_UNAVAILABLE, 0, "an attester cannot say yet");
    }
    if (!yq_json_hex(yq_json_get(root, "signature"), &room) || room.n != SIGNATURE_SIZE ||
        !holds(who, m, signature)) {
        return yq_fail(why, YQ_E_PEER, 0, "an attester's signature does not hold");
    }
    return YQ_OK;
}

static void ask_one(
    yq_xha_session *s,
    size_t i,
    yq_slice question,
    const yq_digest *m,
    uint64_t until_ms,
    answers *a,
    yq_fault *why)
{
    const yq_rest_call call = {.path = "/attest", .body = &question, .until_ms = until_ms};
    yq_json *reply = NULL;
    yq_fault reason = {0};
    yq_status status = yq_rest_ask(s->attester_pool, i, &call, &reply, NULL, &reason);
    if (status == YQ_OK) {
        status =
            read_answer(&s->attesters.one[i], m, yq_json_root(reply), a->signature[a->n], &reason);
    }
    yq_json_free(reply);
    if (status == YQ_OK) {
        a->index[a->n++] = (uint16_t)i;
        return;
    }
    s->counts.refused++;
    a->contrary += status == YQ_E_SOURCE_DISAGREE ? 1 : 0;
    yq_web_note(status, &reason, &a->first, why);
}

/* u8 version, the statement */
static yq_status give_proof(
    const yq_xha_session *s,
    const yq_xha_body *body,
    const answers *a,
    yq_slice *proof,
    yq_fault *why)
{
    size_t cap = 1 + 8 + body->n + 2 + a->n * (2 + SIGNATURE_SIZE);
    uint8_t *p = s->host.alloc(s->host.self, cap);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "proof");
    }
    yq_writer w = yq_writer_of(p, cap);
    yq_put_u8(&w, YQ_XINGHUO_LAYOUT_VERSION);
    yq_put_u64(&w, s->attesters.epoch);
    yq_put_bytes(&w, body->p, body->n);
    yq_put_u16(&w, (uint16_t)a->n);
    for (size_t i = 0; i < a->n; i++) {
        yq_put_u16(&w, a->index[i]);
        yq_put_bytes(&w, a->signature[i], SIGNATURE_SIZE);
    }
    *proof = yq_writer_slice(&w);
    return w.status == YQ_OK ? YQ_OK : yq_fail(why, w.status, 0, "proof");
}

yq_status yq_xha_gather(
    yq_xha_session *s, const yq_xha_body *body, uint64_t until_ms, yq_slice *proof, yq_fault *why)
{
    answers a = {.first = YQ_OK};
    size_t all = s->attesters.n, need = s->attesters.threshold;
    const yq_digest m =
        yq_xha_signed(yq_slice_text(s->chain), s->attesters.epoch, yq_slice_of(body->p, body->n));
    yq_json_out *question = make_question(s, body);
    size_t size = 0;
    const char *text = question == NULL ? NULL : yq_json_out_done(question, &size);
    if (text == NULL) {
        yq_json_out_free(question);
        return yq_fail(why, YQ_E_MEMORY, 0, "question");
    }
    for (size_t k = 0; k < all && a.n < need; k++) {
        size_t i = yq_web_pool_nth(s->attester_pool, k);
        ask_one(s, i, yq_slice_of(text, size), &m, until_ms, &a, why);
    }
    yq_json_out_free(question);
    if (a.n >= need) {
        s->counts.attested++;
        return give_proof(s, body, &a, proof, why);
    }
    if (all - a.contrary < need) {
        s->counts.disagreements++;
        return yq_fail(
            why, YQ_E_SOURCE_DISAGREE, 0, "attesters read something else than the nodes");
    }
    return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer attesters than the threshold sign");
}
