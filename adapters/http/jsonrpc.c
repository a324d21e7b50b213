#include "adapters/http/jsonrpc.h"

#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ID_MAX 1000000u

static yq_status told(yq_fault *why, yq_status status, const char *method, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.32s: %.84s", method, what);
    return yq_fail(why, status, 0, text);
}

/* ---- the reply ---------------------------------------------------------------------------------
 */

/* A node that could not read a request does not know its id. */
static int is_ours(const yq_json *root, int is_error, uint64_t id)
{
    const yq_json *value = yq_json_get(root, "id");
    uint64_t is;
    if (value == NULL || yq_json_is_null(value)) {
        return is_error;
    }
    return yq_json_uint(value, &is) && is == id;
}

static int length_of(yq_slice text)
{
    return (int)(text.n < 80 ? text.n : 80);
}

static yq_status node_error(
    yq_jsonrpc *rpc, const yq_json *error, const char *method, yq_fault *why)
{
    char what[sizeof why->text];
    yq_slice message = {(const uint8_t *)"", 0}, data = message;
    (void)yq_json_int(yq_json_get(error, "code"), &rpc->code);
    (void)yq_json_text(yq_json_get(error, "message"), &message);
    (void)yq_json_text(yq_json_get(error, "data"), &data);
    (void)snprintf(
        what,
        sizeof what,
        "%" PRId64 " %.*s %.*s",
        rpc->code,
        length_of(message),
        (const char *)message.p,
        length_of(data),
        (const char *)data.p);
    return told(why, rpc->meaning == NULL ? YQ_E_PEER : rpc->meaning(error), method, what);
}

static yq_status judge(
    yq_jsonrpc *rpc, unsigned http, const yq_json *root, const char *method, yq_fault *why)
{
    const yq_json *error = yq_json_get(root, "error");
    int is_error = error != NULL && !yq_json_is_null(error);
    int is_reply = is_ours(root, is_error, rpc->id);
    char text[32];
    if (is_reply && is_error) {
        return node_error(rpc, error, method, why);
    }
    if (http != 200) {
        (void)snprintf(text, sizeof text, "HTTP status is %u", http);
        return told(why, yq_web_is_away(http) ? YQ_E_UNAVAILABLE : YQ_E_PEER, method, text);
    }
    if (!is_reply) {
        return told(why, YQ_E_PEER, method, "the reply has another id, or is no JSON");
    }
    const yq_json *result = yq_json_get(root, "result");
    return result != NULL && (!rpc->only_objects || yq_json_is_object(result))
               ? YQ_OK
               : told(why, YQ_E_PEER, method, "the reply has no result, or of another kind");
}

yq_status yq_jsonrpc_read(
    yq_jsonrpc *rpc,
    unsigned http,
    yq_slice text,
    const char *method,
    yq_json **reply,
    yq_fault *why)
{
    yq_json *document = yq_json_parse(text, YQ_WEB_REPLY_MAX, NULL);
    *reply = NULL;
    rpc->code = 0;
    yq_status status =
        judge(rpc, http, document == NULL ? NULL : yq_json_root(document), method, why);
    if (status != YQ_OK) {
        yq_json_free(document);
        return status;
    }
    *reply = document;
    return YQ_OK;
}

/* ---- the call ----------------------------------------------------------------------------------
 */

static char *make_body(const char *method, const char *params, uint64_t id)
{
    size_t cap = strlen(params) + strlen(method) + 96;
    char *body = malloc(cap);
    if (body != NULL) {
        (void)snprintf(
            body,
            cap,
            "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":%s,\"id\":%" PRIu64 "}",
            method,
            params,
            id);
    }
    return body;
}

yq_status yq_jsonrpc_ask(
    yq_jsonrpc *rpc,
    size_t endpoint,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    yq_web_reply got;
    *reply = NULL;
    rpc->id = rpc->id % ID_MAX + 1;
    rpc->code = 0;
    rpc->is_sent = 0;
    char *body = make_body(method, params, rpc->id);
    if (body == NULL) {
        return told(why, YQ_E_MEMORY, method, "request");
    }
    const yq_web_request request = {
        .label = method, .path = "", .is_post = 1, .body = yq_slice_text(body)};
    yq_status status = yq_web_send(rpc->pool, endpoint, &request, until_ms, &got, why);
    free(body);
    rpc->is_sent = got.is_sent;
    if (status == YQ_OK) {
        status = yq_jsonrpc_read(rpc, got.code, got.body, method, reply, why);
        yq_web_failed(rpc->pool, status);
    }
    return status;
}

typedef struct call {
    yq_jsonrpc *rpc;
    const char *method, *params;
    uint64_t until_ms;
    yq_json **reply;
} call;

static yq_status ask_one(void *self, size_t endpoint, yq_fault *why)
{
    const call *c = self;
    yq_status status =
        yq_jsonrpc_ask(c->rpc, endpoint, c->method, c->params, c->until_ms, c->reply, why);
    if (status == YQ_OK && c->rpc->null_is_absent &&
        yq_json_is_null(yq_jsonrpc_result(*c->reply))) {
        yq_json_free(*c->reply);
        *c->reply = NULL;
        return yq_fail(why, YQ_E_NOT_FOUND, 0, c->method);
    }
    return status;
}

yq_status yq_jsonrpc_ask_any(
    yq_jsonrpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    call c = {rpc, method, params, until_ms, reply};
    *reply = NULL;
    return yq_web_any(rpc->pool, ask_one, &c, why);
}
