#include "adapters/xinghuo/office.h"

#include "adapters/xinghuo/session.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdlib.h>

static yq_status take_bodies(const yq_json *list, size_t size, yq_xha_question *out, yq_fault *why)
{
    size_t at = 0, n = yq_json_count(list);
    out->room = malloc(size / 2 + 1);
    if (out->room == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "bodies");
    }
    if (!yq_json_is_array(list) || n == 0 || n > YQ_XHA_BATCH_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "bodies: none, or too many");
    }
    for (; out->n < n; out->n++) {
        yq_buf room = {out->room + at, size / 2 - at, 0};
        if (!yq_json_hex(yq_json_at(list, out->n), &room)) {
            return yq_fail(why, YQ_E_TYPE, 0, "bodies: no hex");
        }
        out->body[out->n] = yq_slice_of(room.p, room.n);
        at += room.n;
    }
    return YQ_OK;
}

static yq_status read_members(
    const yq_xha_office *office,
    const yq_json *root,
    size_t size,
    yq_xha_question *out,
    yq_fault *why)
{
    yq_slice chain;
    uint64_t epoch = 0;
    if (!yq_json_text(yq_json_get(root, "chain"), &chain) ||
        !yq_json_uint(yq_json_get(root, "epoch"), &epoch)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "chain, epoch");
    }
    if (!yq_slice_equal(chain, yq_slice_text(office->chain))) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "chain");
    }
    if (epoch != office->epoch) {
        return yq_fail(why, epoch < office->epoch ? YQ_E_EPOCH_OLD : YQ_E_DOMAIN, 0, "epoch");
    }
    return take_bodies(yq_json_get(root, "bodies"), size, out, why);
}

yq_status yq_xha_question_read(
    const yq_xha_office *office, yq_slice text, yq_xha_question *out, yq_fault *why)
{
    yq_json *document = yq_json_parse(text, YQ_XHA_QUESTION_MAX, why);
    out->n = 0;
    out->room = NULL;
    yq_status status = document == NULL
                           ? yq_fail(why, YQ_E_JSON_STRICT, 0, "question")
                           : read_members(office, yq_json_root(document), text.n, out, why);
    yq_json_free(document);
    return status;
}

void yq_xha_question_free(yq_xha_question *question)
{
    free(question->room);
}

static void sign_all(const yq_xha_office *office, const yq_xha_question *q, yq_json_out *out)
{
    yq_json_out_array(out, "signatures");
    for (size_t i = 0; i < q->n; i++) {
        uint8_t signature[64];
        const yq_digest m = yq_xha_signed(yq_slice_text(office->chain), office->epoch, q->body[i]);
        yq_key_sign(office->key, YQ_SLICE_OF(m.b), signature);
        yq_json_out_hex(out, NULL, YQ_SLICE_OF(signature));
    }
    yq_json_out_end(out);
}

static void attest(const yq_xha_office *office, yq_slice text, yq_json_out *out)
{
    yq_fault why = {0};
    yq_xha_question q;
    yq_status status = yq_xha_question_read(office, text, &q, &why);
    if (status == YQ_OK) {
        status =
            yq_xha_judge(office->session, q.body, q.n, yq_web_now_ms() + office->deadline_ms, &why);
    }
    if (status == YQ_OK) {
        sign_all(office, &q, out);
    } else {
        yq_json_out_str(out, "code", yq_status_name(status) + 2); /* without E_ */
        yq_json_out_str(out, "message", why.text);
    }
    yq_xha_question_free(&q);
}

static void tell_status(const yq_xha_office *office, yq_json_out *out)
{
    yq_json_out_str(out, "chain", office->chain);
    yq_json_out_uint(out, "epoch", office->epoch);
    yq_json_out_hex(out, "key", yq_key_public(office->key));
}

yq_json_out *yq_xha_office_answer(
    const yq_xha_office *office, const char *path, int is_post, yq_slice body)
{
    int is_attest = is_post && strcmp(path, "/attest") == 0;
    int is_status = !is_post && strcmp(path, "/status") == 0;
    if (!is_attest && !is_status) {
        return NULL;
    }
    yq_json_out *out = yq_json_out_new(YQ_XHA_ANSWER_MAX);
    YQ_ASSERT(out != NULL);
    yq_json_out_object(out, NULL);
    if (is_attest) {
        attest(office, body, out);
    } else {
        tell_status(office, out);
    }
    yq_json_out_end(out);
    return out;
}
