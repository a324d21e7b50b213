#include "adapters/attested/session.h"
#include "relay/base/errors.h"
#include "relay/crypto/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void set(yq_atd_answer *out, yq_atd_verdict verdict, yq_status status, const char *text)
{
    out->verdict = verdict;
    out->status = status;
    (void)snprintf(out->text, sizeof out->text, "%s", text);
}

static int is_hex_of(const yq_json *value, yq_slice bytes)
{
    yq_slice text;
    if (!yq_json_text(value, &text) || text.n != 2 * bytes.n) {
        return 0;
    }
    yq_buf room = {malloc(bytes.n + 1), bytes.n + 1, 0};
    int good = room.p != NULL && yq_json_hex(value, &room) &&
               yq_slice_equal(yq_slice_of(room.p, room.n), bytes);
    free(room.p);
    return good;
}

/* {body, signature} over the body that is expected. Returns 1, or 0 with the verdict. */
static int judge_statement(
    const yq_atd_expected *e,
    const yq_atd_attester *a,
    const yq_json *statement,
    yq_slice body,
    uint8_t *signature,
    yq_atd_answer *out)
{
    static const uint16_t alg[] = {
        0, YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_ED25519_MESSAGE};
    yq_buf room = {signature, YQ_ATD_SIGNATURE_SIZE, 0};
    if (!is_hex_of(yq_json_get(statement, "body"), body)) {
        set(out, YQ_ATD_DISAGREES, YQ_E_SOURCE_DISAGREE, "reads something else there");
        return 0;
    }
    if (!yq_json_hex(yq_json_get(statement, "signature"), &room) ||
        room.n != YQ_ATD_SIGNATURE_SIZE) {
        set(out, YQ_ATD_SILENT, YQ_E_PEER, "sends no signature");
        return 0;
    }
    const yq_digest m = yq_atd_signed(e->reader->chain, e->reader->mapping.epoch, body);
    const yq_signature sig = {
        .alg = alg[a->suite],
        .flags = a->suite == 2 || a->suite == 3 ? YQ_SIG_FLAG_LOW_S : 0,
        .key = yq_slice_of(a->key, a->key_n),
        .msg = YQ_SLICE_OF(m.b),
        .sig = yq_slice_of(signature, YQ_ATD_SIGNATURE_SIZE)};
    if (yq_signature_check(&sig) != YQ_OK) {
        set(out, YQ_ATD_SILENT, YQ_E_SIG, "signs with another key than the mapping has");
        return 0;
    }
    return 1;
}

/* Whether it speaks of what it was asked. */
static int judge_head(const yq_atd_expected *e, const yq_json *reply, yq_atd_answer *out)
{
    const yq_atd_mapping *m = &e->reader->mapping;
    yq_slice chain;
    uint64_t epoch = 0, number = 0;
    if (!yq_json_text(yq_json_get(reply, "chain"), &chain) ||
        !yq_json_uint(yq_json_get(reply, "epoch"), &epoch) ||
        !yq_json_uint(yq_json_get(reply, "number"), &number) || number != e->number) {
        set(out, YQ_ATD_SILENT, YQ_E_PEER, "answers another question");
        return 0;
    }
    if (!yq_slice_equal(chain, yq_slice_text(e->reader->chain)) || epoch != m->epoch ||
        !is_hex_of(yq_json_get(reply, "mapping"), YQ_SLICE_OF(m->sm3.b))) {
        set(out,
            YQ_ATD_DISAGREES,
            YQ_E_SOURCE_DISAGREE,
            "reads by another mapping, chain or epoch");
        return 0;
    }
    return 1;
}

/* {code, message}: why it does not sign. */
static void judge_refusal(const yq_json *refused, yq_atd_answer *out)
{
    yq_slice code = {0}, message = {0};
    char text[sizeof out->text];
    (void)yq_json_text(yq_json_get(refused, "code"), &code);
    (void)yq_json_text(yq_json_get(refused, "message"), &message);
    int code_n = code.n > 24 ? 24 : (int)code.n, n = message.n > 60 ? 60 : (int)message.n;
    (void)snprintf(
        text, sizeof text, "%.*s: %.*s", code_n, (const char *)code.p, n, (const char *)message.p);
    for (char *c = text; *c != '\0'; c++) {
        if (*c < 0x20 || *c >= 0x7f) {
            *c = '?';
        }
    }
    int waits = yq_slice_equal(code, yq_slice_text("NOT_FOUND")) ||
                yq_slice_equal(code, yq_slice_text("UNAVAILABLE")) ||
                yq_slice_equal(code, yq_slice_text("TIMEOUT")) ||
                yq_slice_equal(code, yq_slice_text("RATE_LIMIT"));
    set(out,
        waits ? YQ_ATD_SILENT : YQ_ATD_REFUSES,
        waits ? YQ_E_UNAVAILABLE : YQ_E_SOURCE_DISAGREE,
        text);
}

/* Who hides a record from the adapter alone leaves a gap that nobody else sees. */
static void judge_gap(const yq_atd_expected *e, const yq_json *reply, yq_atd_answer *out)
{
    uint64_t next;
    if (yq_json_uint(yq_json_get(reply, "gap"), &next) && next == e->next) {
        set(out, YQ_ATD_AGREES, YQ_OK, "");
    } else {
        set(out, YQ_ATD_DISAGREES, YQ_E_SOURCE_DISAGREE, "sees a record there, or another gap");
    }
}

void yq_atd_answer_judge(
    const yq_atd_expected *e, const yq_atd_attester *a, const yq_json *reply, yq_atd_answer *out)
{
    const yq_json *event = yq_json_get(reply, "event");
    const yq_json *refused = yq_json_get(reply, "refused");
    if (!judge_head(e, reply, out)) {
        return;
    }
    if (refused != NULL) {
        judge_refusal(refused, out);
        return;
    }
    if (e->block.n == 0) {
        judge_gap(e, reply, out);
        return;
    }
    if (yq_json_get(reply, "block") == NULL || (event != NULL) != (e->event.n > 0)) {
        set(out, YQ_ATD_DISAGREES, YQ_E_SOURCE_DISAGREE, "reads something else there");
        return;
    }
    if (judge_statement(e, a, yq_json_get(reply, "block"), e->block, out->block, out) &&
        (event == NULL || judge_statement(e, a, event, e->event, out->event, out))) {
        out->has_event = event != NULL;
        set(out, YQ_ATD_AGREES, YQ_OK, "");
    }
}
