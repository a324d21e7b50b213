#include "adapters/fisco-bcos-2/fields.h"
#include "adapters/fisco-bcos-2/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/abi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DELIVER     "receiveMessages(bytes)"
#define STEP        "stepEpoch(bytes)"
#define BLOCK_LIMIT 500u /* the chain takes at most 1,000 above its height */
#define TEXT_MAX    160u

static yq_status make_call(
    const yq_fisco2_session *s, const char *method, yq_slice argument, yq_buf *data, yq_fault *why)
{
    uint32_t alg = s->abi_hash != 0 ? s->abi_hash : yq_fisco2_profile_hash(&s->profile);
    uint8_t selector[4];
    yq_fisco2_selector(alg, method, selector);
    yq_writer w = yq_writer_of(data->p, data->cap);
    yq_put_bytes(&w, selector, sizeof selector);
    yq_abi_put_bytes(&w, argument);
    data->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_fail(why, YQ_E_LIMIT, 0, "argument");
}

/* The parameters of sendRawTransaction, in memory of its own. */
static char *make_params(const yq_fisco2_session *s, yq_slice raw)
{
    size_t cap = 2 * raw.n + 64;
    char *params = malloc(cap);
    if (params == NULL) {
        return NULL;
    }
    int n = snprintf(params, cap, "[%" PRIu32 ",\"0x", s->group_id);
    size_t at = (size_t)n + yq_hex_encode(params + n, cap - (size_t)n, raw.p, raw.n);
    (void)snprintf(params + at, cap - at, "\"]");
    return params;
}

/* A node that has the transaction already, from an attempt whose answer was lost. */
static int is_known_there(const yq_fault *why)
{
    return strstr(why->text, "NonceCheckFail") != NULL || strstr(why->text, "AlreadyKnown") != NULL;
}

/* Hands the transaction to one node after the other until one takes it. */
static yq_status send_raw(
    yq_fisco2_session *s, yq_slice raw, const yq_digest *hash, uint64_t until_ms, yq_fault *why)
{
    char *params = make_params(s, raw);
    yq_status status = YQ_E_UNAVAILABLE;
    int uncertain = 0;
    if (params == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "transaction");
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        yq_json *reply = NULL;
        status =
            yq_jsonrpc_ask(&s->rpc, endpoint, "sendRawTransaction", params, until_ms, &reply, why);
        if (status == YQ_OK) {
            yq_digest answer;
            int same = yq_fisco2_digest(yq_json_get(yq_json_root(reply), "result"), &answer) &&
                       memcmp(answer.b, hash->b, sizeof answer.b) == 0;
            yq_json_free(reply);
            status = same ? YQ_OK
                          : yq_fail(why, YQ_E_PEER, 0, "the node names another transaction hash");
            break;
        }
        if (uncertain && status == YQ_E_PEER && is_known_there(why)) {
            status = YQ_OK;
            break;
        }
        uncertain |= status == YQ_E_TIMEOUT || status == YQ_E_UNAVAILABLE;
    }
    free(params);
    return status;
}

static yq_status build_and_send(
    yq_fisco2_session *s,
    const yq_buf *data,
    yq_buf *raw,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    uint64_t height;
    yq_digest hash;
    yq_fisco2_call_fields fields = {.gas_limit = s->gas_limit, .to = s->inbox};
    yq_status status = yq_fisco2_latest(s, until_ms, &height, why);
    if (status != YQ_OK) {
        return status;
    }
    fields.block_limit = height + BLOCK_LIMIT;
    fields.data = yq_slice_of(data->p, data->n);
    yq_random(fields.nonce, sizeof fields.nonce);
    status = yq_fisco2_tx_sign(&s->profile, &fields, s->account, raw, &hash, why);
    if (status == YQ_OK) {
        status = send_raw(s, yq_slice_of(raw->p, raw->n), &hash, until_ms, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    s->counts.submitted++;
    uint8_t bytes[YQ_FISCO2_REFERENCE_SIZE];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_put_bytes(&w, hash.b, sizeof hash.b);
    yq_put_u64(&w, fields.block_limit);
    return yq_fisco2_give(s, yq_writer_slice(&w), reference, why);
}

/* A call of the inbox with one argument of bytes. */
static yq_status call_inbox(
    yq_fisco2_session *s,
    const char *method,
    yq_slice argument,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    if (!s->has_inbox) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "no inbox is configured: read only");
    }
    yq_status status = yq_fisco2_profile_get(s, until_ms, why);
    if (status == YQ_OK) {
        status = yq_fisco2_account_open(s, why);
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

yq_status yq_fisco2_submit(
    yq_fisco2_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, DELIVER, delivery, until_ms, reference, why);
}

yq_status yq_fisco2_step_epoch(
    yq_fisco2_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, STEP, set, until_ms, reference, why);
}

/* Why a call was undone: the text of Error(string) where there is one, else the node's word. */
static void describe_failure(const yq_json *receipt, char *text)
{
    uint8_t output[4096];
    yq_buf out = {output, sizeof output, 0};
    yq_slice word = {0}, reason = {0};
    uint64_t status = 0;
    (void)yq_json_quantity(yq_json_get(receipt, "status"), &status);
    (void)yq_json_text(yq_json_get(receipt, "statusMsg"), &word);
    if (yq_json_hex(yq_json_get(receipt, "output"), &out) && out.n > 4) {
        (void)yq_abi_bytes_decode(yq_slice_of(output + 4, out.n - 4), &reason);
    }
    int n = snprintf(
        text,
        TEXT_MAX,
        "status 0x%" PRIx64 " %.*s",
        status,
        (int)(word.n < 40 ? word.n : 40),
        word.n == 0 ? "" : (const char *)word.p);
    size_t at = n < 0 ? 0 : (size_t)n;
    if (reason.n > 0 && at + 3 < TEXT_MAX) {
        text[at++] = ':';
        text[at++] = ' ';
        for (size_t i = 0; i < reason.n && at + 1 < TEXT_MAX; i++) {
            int plain = reason.p[i] >= 0x20 && reason.p[i] < 0x7f;
            text[at++] = (char)(plain ? reason.p[i] : '?');
        }
        text[at] = '\0';
    }
}

/* A receipt that a node has. */
static yq_status read_receipt(
    const yq_fisco2_session *s, const yq_json *receipt, yq_receipt_view *out, yq_fault *why)
{
    uint64_t status;
    if (!yq_json_quantity(yq_json_get(receipt, "status"), &status) ||
        !yq_json_quantity(yq_json_get(receipt, "blockNumber"), &out->height)) {
        return yq_fail(why, YQ_E_PEER, 0, "receipt: status, blockNumber");
    }
    out->state = status == 0 ? YQ_SUBMIT_DONE : YQ_SUBMIT_FAILED;
    char *text = s->host.alloc(s->host.self, TEXT_MAX);
    if (text == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
    }
    if (status != 0) {
        describe_failure(receipt, text);
    }
    out->text = text;
    return YQ_OK;
}

/* One node: height first, then the receipt. Only a node that is past the limit and then has no
 * receipt shows that the transaction is lost. */
static yq_status ask_fate(
    yq_fisco2_session *s,
    size_t endpoint,
    const char *params,
    uint64_t block_limit,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    char group[32];
    yq_json *reply = NULL;
    uint64_t height;
    (void)snprintf(group, sizeof group, "[%" PRIu32 "]", s->group_id);
    yq_status status =
        yq_jsonrpc_ask(&s->rpc, endpoint, "getBlockNumber", group, until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    int has_height = yq_json_quantity(yq_json_get(yq_json_root(reply), "result"), &height);
    yq_json_free(reply);
    if (!has_height) {
        return yq_fail(why, YQ_E_PEER, 0, "getBlockNumber");
    }
    status =
        yq_jsonrpc_ask(&s->rpc, endpoint, "getTransactionReceipt", params, until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *receipt = yq_json_get(yq_json_root(reply), "result");
    if (yq_json_is_null(receipt)) {
        out->state = height > block_limit ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING;
    } else {
        status = read_receipt(s, receipt, out, why);
    }
    yq_json_free(reply);
    return status;
}

yq_status yq_fisco2_fate(
    yq_fisco2_session *s,
    yq_slice reference,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    char params[128], hex[65];
    uint64_t block_limit = 0;
    if (reference.n != YQ_FISCO2_REFERENCE_SIZE) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    for (size_t i = 32; i < reference.n; i++) {
        block_limit = block_limit << 8 | reference.p[i];
    }
    (void)yq_hex_encode(hex, sizeof hex, reference.p, 32);
    (void)snprintf(params, sizeof params, "[%" PRIu32 ",\"0x%s\"]", s->group_id, hex);
    yq_status result = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        yq_receipt_view view = {0};
        yq_fault reason = {0};
        yq_status status = ask_fate(s, endpoint, params, block_limit, until_ms, &view, &reason);
        if (status == YQ_OK && view.state != YQ_SUBMIT_PENDING) {
            *out = view;
            return YQ_OK;
        }
        if (status == YQ_OK) {
            *out = view;
            result = YQ_OK;
        } else if (result != YQ_OK) {
            result = status;
            *why = reason;
        }
    }
    return result;
}
