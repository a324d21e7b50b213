#include "adapters/xinghuo/office.h"

#include "adapters/xinghuo/session.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdlib.h>

/* Reads a question. Out: body; free it. */
static yq_status read_question(
    const yq_xha_office *office, const yq_json *root, yq_buf *body, yq_fault *why)
{
    yq_slice chain, text;
    uint64_t epoch = 0;
    const yq_json *value = yq_json_get(root, "body");
    if (!yq_json_text(yq_json_get(root, "chain"), &chain) ||
        !yq_json_uint(yq_json_get(root, "epoch"), &epoch) || !yq_json_text(value, &text)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "chain, epoch, body");
    }
    if (!yq_slice_equal(chain, yq_slice_text(office->chain))) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "chain");
    }
    if (epoch != office->epoch) {
        return yq_fail(why, epoch < office->epoch ? YQ_E_EPOCH_OLD : YQ_E_DOMAIN, 0, "epoch");
    }
    *body = (yq_buf){malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    if (body->p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "body");
    }
    return yq_json_hex(value, body) ? YQ_OK : yq_fail(why, YQ_E_TYPE, 0, "body: no hex");
}

static void attest(const yq_xha_office *office, yq_slice question, yq_json_out *out)
{
    yq_fault why = {0};
    yq_buf body = {0};
    yq_json *document = yq_json_parse(question, YQ_XHA_QUESTION_MAX, &why);
    yq_status status = document == NULL
                           ? yq_fail(&why, YQ_E_JSON_STRICT, 0, "question")
                           : read_question(office, yq_json_root(document), &body, &why);
    yq_json_free(document);
    if (status == YQ_OK) {
        status = yq_xha_judge(
            office->session,
            yq_slice_of(body.p, body.n),
            yq_web_now_ms() + office->deadline_ms,
            &why);
    }
    if (status == YQ_OK) {
        uint8_t signature[64];
        const yq_digest m =
            yq_xha_signed(yq_slice_text(office->chain), office->epoch, yq_slice_of(body.p, body.n));
        yq_key_sign(office->key, YQ_SLICE_OF(m.b), signature);
        yq_json_out_hex(out, "signature", YQ_SLICE_OF(signature));
    } else {
        yq_json_out_str(out, "code", yq_status_name(status) + 2); /* without E_ */
        yq_json_out_str(out, "message", why.text);
    }
    free(body.p);
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
