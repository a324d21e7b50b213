#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SEND          "/api.RpcNode/SendRequest"
#define SUBSCRIBE     "/api.RpcNode/Subscribe"
#define CHAIN_QUERY   "CHAIN_QUERY"
#define NO_PERMISSION 3u
#define REST_MS       10000u

uint64_t yq_cma_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t yq_cma_share(uint64_t until_ms, size_t left)
{
    uint64_t now = yq_cma_now_ms();
    return until_ms <= now ? now : now + (until_ms - now) / (left == 0 ? 1 : left);
}

yq_cma_call yq_cma_call_of(
    const yq_cma_session *s, uint32_t type, const char *contract, const char *method)
{
    yq_cma_call call = {
        .type = type,
        .time_s = s->host.now_ms(s->host.self) / 1000,
        .contract = contract,
        .method = method};
    yq_cma_tx_id_make(call.tx_id);
    return call;
}

void yq_cma_call_add(yq_cma_call *call, const char *key, yq_slice value)
{
    call->param[call->param_n++] = (yq_cma_param){key, value};
}

/* Performs a call and counts it. */
static yq_status perform(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_call *call,
    uint64_t until_ms,
    yq_grpc_take take,
    void *self,
    yq_fault *why)
{
    uint64_t now = yq_cma_now_ms();
    if (until_ms <= now) {
        return yq_fail(why, YQ_E_TIMEOUT, 0, "no time is left to ask");
    }
    if (s->link[endpoint] == NULL) {
        s->link[endpoint] = yq_grpc_link_open(&s->access, s->url[endpoint]);
    }
    yq_buf request = {NULL, yq_cma_request_size(&s->sender, call), 0};
    request.p = malloc(request.cap);
    yq_status status = YQ_E_MEMORY;
    if (s->link[endpoint] != NULL && request.p != NULL) {
        status = yq_cma_request_put(&s->sender, call, &request);
    }
    if (status != YQ_OK) {
        free(request.p);
        return yq_fail(why, status, 0, "request");
    }
    uint64_t left = until_ms - now;
    s->counts.calls++;
    status = yq_grpc_call(
        s->link[endpoint],
        call->type == YQ_CMA_SUBSCRIBE ? SUBSCRIBE : SEND,
        yq_slice_of(request.p, request.n),
        left > UINT32_MAX ? UINT32_MAX : (uint32_t)left,
        take,
        self,
        why);
    free(request.p);
    s->counts.failures += status != YQ_OK ? 1 : 0;
    int no_answer = status == YQ_E_TIMEOUT || status == YQ_E_UNAVAILABLE;
    s->rests_until_ms[endpoint] = no_answer ? yq_cma_now_ms() + REST_MS : 0;
    return status;
}

/* The one message of a reply. */
static yq_status take_one(void *self, yq_slice message)
{
    yq_cma_bytes *out = self;
    if (out->p != NULL) {
        return YQ_E_PEER;
    }
    out->p = malloc(message.n + 1);
    if (out->p == NULL) {
        return YQ_E_MEMORY;
    }
    yq_bytes_copy(out->p, message.p, message.n);
    out->n = message.n;
    return YQ_OK;
}

yq_status yq_cma_ask(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_call *call,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_reply *reply,
    yq_fault *why)
{
    *room = (yq_cma_bytes){0};
    *reply = (yq_cma_reply){0};
    yq_status status = perform(s, endpoint, call, until_ms, take_one, room, why);
    if (status != YQ_OK) {
        return status;
    }
    if (room->p == NULL) {
        return yq_fail(why, YQ_E_PEER, 0, "the node sent no reply");
    }
    status = yq_cma_reply_decode(yq_slice_of(room->p, room->n), reply, why);
    if (status == YQ_OK && reply->code == NO_PERMISSION) {
        return yq_fail(why, YQ_E_PERMISSION, 0, "the node does not take this identity");
    }
    return status;
}

/* A node's words, as far as they can be printed. */
static yq_status refused(const yq_cma_call *call, const yq_cma_reply *reply, yq_fault *why)
{
    char text[sizeof why->text], words[64];
    yq_slice from = reply->words.n != 0 ? reply->words : reply->message;
    size_t n = 0;
    for (; n < from.n && n + 1 < sizeof words; n++) {
        words[n] = (char)(from.p[n] >= 0x20 && from.p[n] < 0x7f ? from.p[n] : '?');
    }
    words[n] = '\0';
    (void)snprintf(text, sizeof text, "%.32s: code %u %.60s", call->method, reply->code, words);
    return yq_fail(why, YQ_E_PEER, 0, text);
}

yq_status yq_cma_query(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_call *call,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_slice *result,
    yq_fault *why)
{
    yq_cma_reply reply;
    *result = (yq_slice){0};
    yq_status status = yq_cma_ask(s, endpoint, call, until_ms, room, &reply, why);
    if (status == YQ_OK && (reply.code != 0 || reply.contract != 0)) {
        status = refused(call, &reply, why);
    }
    *result = reply.result;
    return status;
}

yq_status yq_cma_height_of(
    yq_cma_session *s, size_t endpoint, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    yq_cma_bytes room;
    yq_slice result;
    const yq_cma_call call = yq_cma_call_of(s, YQ_CMA_QUERY, CHAIN_QUERY, "GET_CHAIN_INFO");
    yq_status status = yq_cma_query(s, endpoint, &call, until_ms, &room, &result, why);
    if (status == YQ_OK) {
        status = yq_cma_height_decode(result, height, why);
    }
    yq_cma_bytes_free(&room);
    return status;
}

yq_status yq_cma_block_of(
    yq_cma_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_cma_bytes *room,
    yq_cma_block *block,
    yq_fault *why)
{
    char number[24];
    yq_slice result;
    yq_cma_call call = yq_cma_call_of(s, YQ_CMA_QUERY, CHAIN_QUERY, "GET_BLOCK_BY_HEIGHT");
    (void)yq_decimal_encode(number, height);
    yq_cma_call_add(&call, "blockHeight", yq_slice_text(number));
    yq_cma_call_add(&call, "withRWSet", yq_slice_text("false"));
    yq_status status = yq_cma_query(s, endpoint, &call, until_ms, room, &result, why);
    if (status == YQ_OK) {
        status = yq_cma_block_decode(result, block, why);
    }
    if (status == YQ_OK && block->header.height != height) {
        status = yq_fail(why, YQ_E_PEER, 0, "the node sent another block than asked for");
    }
    return status;
}

/* Data of each message of the stream. */
typedef struct pushing {
    yq_grpc_take take;
    void *self;
    yq_fault *why;
} pushing;

static yq_status take_pushed(void *self, yq_slice message)
{
    const pushing *p = self;
    yq_slice data;
    yq_status status = yq_cma_pushed_decode(message, &data, p->why);
    return status == YQ_OK ? p->take(p->self, data) : status;
}

/* The chain's Go code writes integers of these parameters in little-endian order. */
static void put_number(uint64_t value, uint8_t out[8])
{
    for (unsigned i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

yq_status yq_cma_subscribe(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_range *range,
    uint64_t until_ms,
    yq_grpc_take take,
    void *self,
    yq_fault *why)
{
    uint8_t first[8], last[8];
    pushing p = {take, self, why};
    yq_cma_call call = yq_cma_call_of(s, YQ_CMA_SUBSCRIBE, "SUBSCRIBE_MANAGE", "SUBSCRIBE_BLOCK");
    put_number(range->from, first);
    put_number(range->to, last);
    yq_cma_call_add(&call, "START_BLOCK", YQ_SLICE_OF(first));
    yq_cma_call_add(&call, "END_BLOCK", YQ_SLICE_OF(last));
    yq_cma_call_add(&call, "WITH_RWSET", yq_slice_text("false"));
    yq_cma_call_add(&call, "ONLY_HEADER", yq_slice_text(range->only_header ? "true" : "false"));
    return perform(s, endpoint, &call, until_ms, take_pushed, &p, why);
}
