#include "adapters/fisco-bcos-3/submit.h"

#include "adapters/fisco-bcos-3/fields.h"
#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/abi.h"

#include <stdio.h>
#include <stdlib.h>

#define DELIVER       "receiveMessages(bytes)"
#define STEP          "stepEpoch(bytes)"
#define BLOCK_LIMIT   500u /* the chain takes at most 600 above its height */
#define NUDGE_WAIT_MS 5000u

/* Codes of a node's pool. */
#define POOL_FIRST   10000
#define POOL_TIMEOUT 10010
#define POOL_LAST    10999

static yq_status make_call(
    const yq_bcos3_session *s, const char *method, yq_slice argument, yq_buf *data, yq_fault *why)
{
    uint32_t alg = s->abi_hash != 0 ? s->abi_hash : yq_bcos3_hash_alg(&s->profile);
    uint8_t selector[4];
    yq_bcos3_selector(alg, method, selector);
    yq_writer w = yq_writer_of(data->p, data->cap);
    yq_put_bytes(&w, selector, sizeof selector);
    yq_abi_put_bytes(&w, argument);
    data->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_fail(why, YQ_E_LIMIT, 0, "argument");
}

/* The parameters of sendTransaction behind group and node, in memory of its own. */
static char *make_rest(yq_slice raw)
{
    size_t cap = 2 * raw.n + 32;
    char *rest = malloc(cap);
    if (rest == NULL) {
        return NULL;
    }
    size_t at = (size_t)snprintf(rest, cap, ",\"0x");
    at += yq_hex_encode(rest + at, cap - at, raw.p, raw.n);
    (void)snprintf(rest + at, cap - at, "\",false");
    return rest;
}

/* A node answers with the receipt when the block is made. Some put a refusal of the pool there. */
static yq_status read_answer(
    const yq_json *receipt, const yq_digest *hash, int64_t *code, yq_fault *why)
{
    yq_digest answer;
    (void)yq_json_int(yq_json_get(receipt, "status"), code);
    if (*code >= POOL_FIRST && *code <= POOL_LAST) {
        char text[64];
        (void)snprintf(text, sizeof text, "sendTransaction: status %d", (int)*code);
        return yq_fail(why, YQ_E_PEER, 0, text);
    }
    if (!yq_bcos3_digest(yq_json_get(receipt, "transactionHash"), &answer) ||
        !yq_digest_equal(&answer, hash)) {
        return yq_fail(why, YQ_E_PEER, 0, "the node names another transaction hash");
    }
    return YQ_OK;
}

static yq_status send_to(
    yq_bcos3_session *s,
    size_t endpoint,
    const char *rest,
    const yq_digest *hash,
    uint64_t until_ms,
    int *uncertain,
    yq_fault *why)
{
    yq_json *reply = NULL;
    int64_t code = 0;
    yq_status status = yq_bcos3_ask(s, endpoint, "sendTransaction", rest, until_ms, &reply, why);
    if (status == YQ_OK) {
        status = read_answer(yq_json_get(yq_json_root(reply), "result"), hash, &code, why);
        yq_json_free(reply);
    } else {
        code = s->rpc.code;
    }
    int no_answer = status == YQ_E_TIMEOUT || status == YQ_E_UNAVAILABLE;
    *uncertain |= (no_answer && s->rpc.is_sent) || code == POOL_TIMEOUT;
    return status;
}

/* Hands the transaction to one node after the other until one takes it. Where an answer was lost
 * the transaction may be on its way, whatever the others say: that is no failure, its fate can be
 * asked. */
static yq_status send_raw(
    yq_bcos3_session *s, yq_slice raw, const yq_digest *hash, uint64_t until_ms, yq_fault *why)
{
    char *rest = make_rest(raw);
    yq_status status = YQ_E_UNAVAILABLE;
    int uncertain = 0;
    if (rest == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "transaction");
    }
    for (size_t i = 0; i < s->endpoint_n && status != YQ_OK; i++) {
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        status = send_to(s, endpoint, rest, hash, until_ms, &uncertain, why);
    }
    free(rest);
    return uncertain ? YQ_OK : status;
}

/* In: fields, all but the nonce and the version. */
static yq_status send_call(
    yq_bcos3_session *s,
    yq_bcos3_call_fields fields,
    uint64_t until_ms,
    yq_buf *raw,
    uint8_t reference[YQ_BCOS3_REFERENCE_SIZE],
    yq_fault *why)
{
    yq_digest hash;
    fields.version = s->tx_version;
    yq_bcos3_nonce_make(fields.nonce);
    yq_status status = yq_bcos3_tx_sign(&s->profile, &fields, s->account, raw, &hash, why);
    if (status == YQ_OK) {
        status = send_raw(s, yq_slice_of(raw->p, raw->n), &hash, until_ms, why);
    }
    yq_writer w = yq_writer_of(reference, YQ_BCOS3_REFERENCE_SIZE);
    yq_put_bytes(&w, hash.b, sizeof hash.b);
    yq_put_u64(&w, fields.block_limit);
    return status;
}

static yq_status build_and_send(
    yq_bcos3_session *s,
    const yq_buf *data,
    yq_buf *raw,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    uint64_t height;
    uint8_t bytes[YQ_BCOS3_REFERENCE_SIZE];
    yq_status status = YQ_OK;
    if (!yq_bcos3_rest_is_plain(yq_slice_of(data->p, data->n))) {
        status = yq_fail(
            why, YQ_E_NONCANONICAL, 0, "the call holds 40 hex digits as text: not provable");
    }
    if (status == YQ_OK) {
        status = yq_bcos3_latest(s, until_ms, &height, why);
    }
    if (status == YQ_OK) {
        status = send_call(
            s,
            (yq_bcos3_call_fields){
                .block_limit = height + BLOCK_LIMIT,
                .to = s->inbox,
                .data = yq_slice_of(data->p, data->n)},
            until_ms,
            raw,
            bytes,
            why);
    }
    if (status != YQ_OK) {
        return status;
    }
    s->counts.submitted++;
    return yq_bcos3_give(s, yq_slice_of(bytes, sizeof bytes), reference, why);
}

/* A call of the inbox with one argument of bytes. */
static yq_status call_inbox(
    yq_bcos3_session *s,
    const char *method,
    yq_slice argument,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    if (!s->has_inbox) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "no inbox is configured: read only");
    }
    yq_status status = yq_bcos3_profile_get(s, until_ms, why);
    if (status == YQ_OK) {
        status = yq_bcos3_account_open(s, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    size_t cap = argument.n + 1024;
    yq_buf data = {malloc(cap), cap, 0}, raw = {malloc(cap + 1024), cap + 1024, 0};
    if (data.p == NULL || raw.p == NULL) {
        status = yq_fail(why, YQ_E_MEMORY, 0, "argument");
    } else {
        status = make_call(s, method, argument, &data, why);
    }
    if (status == YQ_OK) {
        status = build_and_send(s, &data, &raw, until_ms, reference, why);
    }
    free(data.p);
    free(raw.p);
    return status;
}

yq_status yq_bcos3_submit(
    yq_bcos3_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, DELIVER, delivery, until_ms, reference, why);
}

yq_status yq_bcos3_step_epoch(
    yq_bcos3_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, STEP, set, until_ms, reference, why);
}

void yq_bcos3_nudge(yq_bcos3_session *s, uint64_t height, uint64_t until_ms)
{
    static const uint8_t to[20] = {[18] = 0x10};
    uint8_t room[256], raw_room[1024], reference[YQ_BCOS3_REFERENCE_SIZE];
    yq_buf data = {room, sizeof room, 0}, raw = {raw_room, sizeof raw_room, 0};
    yq_fault why = {0};
    uint64_t now = yq_web_now_ms();
    if (height != s->tip || s->tip_since_ms == 0) {
        s->tip = height;
        s->tip_since_ms = now;
    }
    if (s->nudge_ms == 0 || !s->has_inbox || !s->has_profile || s->stirred == 0 ||
        height >= s->stirred + s->rules.depth || now - s->tip_since_ms < s->nudge_ms) {
        return;
    }
    s->tip_since_ms = now;
    uint64_t until = now + NUDGE_WAIT_MS < until_ms ? now + NUDGE_WAIT_MS : until_ms;
    uint8_t selector[4];
    yq_bcos3_selector(yq_bcos3_hash_alg(&s->profile), YQ_BCOS3_NUDGE_METHOD, selector);
    yq_writer w = yq_writer_of(data.p, data.cap);
    yq_put_bytes(&w, selector, sizeof selector);
    yq_abi_put_bytes(&w, yq_slice_text(YQ_BCOS3_NUDGE_KEY));
    const yq_bcos3_call_fields fields = {
        .block_limit = height + BLOCK_LIMIT, .to = to, .data = yq_writer_slice(&w)};
    if (w.status == YQ_OK && yq_bcos3_account_open(s, &why) == YQ_OK &&
        send_call(s, fields, until, &raw, reference, &why) == YQ_OK) {
        s->counts.nudges++;
    }
}
