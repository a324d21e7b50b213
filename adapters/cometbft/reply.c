#include "adapters/cometbft/rpc.h"
#include "relay/base/bytes.h"

#include <stdio.h>

yq_status yq_comet_told(yq_fault *why, yq_status status, const char *method, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.32s: %.84s", method, what);
    return yq_fail(why, status, 0, text);
}

static int holds(yq_slice text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++) {
        if (memcmp(text.p + i, word, n) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The nodes have one code for all of their own failures; only the words tell them apart. */
static yq_status meaning_of(yq_slice data)
{
    static const struct {
        const char *word;
        yq_status status;
    } known[] = {
        {"must be less than or equal to", YQ_E_NOT_FOUND},
        {"could not find results for height", YQ_E_NOT_FOUND},
        {"not found", YQ_E_NOT_FOUND},
        {"is not available, lowest height", YQ_E_UNAVAILABLE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(known); i++) {
        if (holds(data, known[i].word)) {
            return known[i].status;
        }
    }
    return YQ_E_PEER;
}

static yq_status node_error(const yq_json *error, const char *method, yq_fault *why)
{
    yq_slice message = {0}, data = {0};
    char what[96];
    (void)yq_json_text(yq_json_get(error, "message"), &message);
    (void)yq_json_text(yq_json_get(error, "data"), &data);
    yq_slice shown = data.n > 0 ? data : message;
    (void)snprintf(
        what,
        sizeof what,
        "%.*s",
        (int)(shown.n < sizeof what ? shown.n : sizeof what - 1),
        shown.n == 0 ? "" : (const char *)shown.p);
    return yq_comet_told(why, meaning_of(data), method, what);
}

yq_status yq_comet_reply_read(
    yq_slice text, uint64_t id, const char *method, yq_json **reply, yq_fault *why)
{
    uint64_t own = 0;
    yq_status status = YQ_OK;
    *reply = NULL;
    yq_json *document = yq_json_parse(text, YQ_COMET_REPLY_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    const yq_json *error = yq_json_get(root, "error"), *result = yq_json_get(root, "result");
    if (!yq_json_uint(yq_json_get(root, "id"), &own) || own != id) {
        status = yq_comet_told(why, YQ_E_PEER, method, "the reply has another id, or is no JSON");
    } else if (error != NULL && !yq_json_is_null(error)) {
        status = node_error(error, method, why);
    } else if (!yq_json_is_object(result)) {
        status = yq_comet_told(why, YQ_E_PEER, method, "the reply has no result");
    }
    if (status != YQ_OK) {
        yq_json_free(document);
        return status;
    }
    *reply = document;
    return YQ_OK;
}
