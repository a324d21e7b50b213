#include "adapters/http/rest.h"

#include "relay/base/bytes.h"

#include <stdio.h>

static yq_status told(yq_fault *why, yq_status status, const char *path, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.60s: %.56s", path, what);
    return yq_fail(why, status, 0, text);
}

static yq_status judge_code(unsigned http, const char *path, yq_fault *why)
{
    char text[32];
    if (http >= 200 && http <= 299) {
        return YQ_OK;
    }
    (void)snprintf(text, sizeof text, "HTTP status is %u", http);
    if (http == 404) {
        return told(why, YQ_E_NOT_FOUND, path, text);
    }
    return told(why, yq_web_is_away(http) ? YQ_E_UNAVAILABLE : YQ_E_PEER, path, text);
}

yq_status yq_rest_ask(
    yq_web_pool *pool,
    size_t endpoint,
    const yq_rest_call *call,
    yq_json **reply,
    int *is_sent,
    yq_fault *why)
{
    yq_web_reply got;
    yq_web_request request = {.label = call->path, .path = call->path};
    *reply = NULL;
    if (call->body != NULL) {
        request.is_post = 1;
        request.body = *call->body;
    }
    yq_status status = yq_web_send(pool, endpoint, &request, call->until_ms, &got, why);
    if (is_sent != NULL) {
        *is_sent = got.is_sent;
    }
    if (status != YQ_OK) {
        return status;
    }
    status = judge_code(got.code, call->path, why);
    if (status == YQ_OK) {
        *reply = yq_json_parse(got.body, YQ_WEB_REPLY_MAX, NULL);
        status = *reply != NULL ? YQ_OK : told(why, YQ_E_PEER, call->path, "the reply is no JSON");
    }
    yq_web_failed(pool, status);
    return status;
}

typedef struct question {
    yq_web_pool *pool;
    const yq_rest_call *call;
    yq_json **reply;
} question;

static yq_status ask_one(void *self, size_t endpoint, yq_fault *why)
{
    const question *q = self;
    return yq_rest_ask(q->pool, endpoint, q->call, q->reply, NULL, why);
}

yq_status yq_rest_ask_any(
    yq_web_pool *pool, const yq_rest_call *call, yq_json **reply, yq_fault *why)
{
    question q = {pool, call, reply};
    *reply = NULL;
    return yq_web_any(pool, ask_one, &q, why);
}
