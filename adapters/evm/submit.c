#include "adapters/evm/fields.h"
#include "adapters/evm/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/abi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DELIVER "receiveMessages(bytes)"
#define STEP    "stepEpoch(bytes)"

static yq_status make_call(const char *method, yq_slice argument, yq_buf *data, yq_fault *why)
{
    uint8_t selector[4];
    yq_evma_selector(method, selector);
    yq_writer w = yq_writer_of(data->p, data->cap);
    yq_put_bytes(&w, selector, sizeof selector);
    yq_abi_put_bytes(&w, argument);
    data->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_fail(why, YQ_E_LIMIT, 0, "argument");
}

/*
 * The first number of the account that no node's pool has: a transaction that every pool lost has
 * its number taken by the next one, so that no gap holds those behind it.
 */
static yq_status next_nonce(yq_evma_session *s, uint64_t until_ms, uint64_t *nonce, yq_fault *why)
{
    uint8_t address[YQ_EVM_ADDRESS_SIZE];
    char params[96], hex[41];
    yq_evma_account_address(s, address);
    (void)yq_hex_encode(hex, sizeof hex, address, sizeof address);
    (void)snprintf(params, sizeof params, "[\"0x%s\",\"pending\"]", hex);
    return yq_evma_agreed(s, "eth_getTransactionCount", params, until_ms, nonce, why);
}

/* The parameters of eth_sendRawTransaction, in memory of its own. */
static char *make_params(yq_slice raw)
{
    size_t cap = 2 * raw.n + 16;
    char *params = malloc(cap);
    if (params == NULL) {
        return NULL;
    }
    memcpy(params, "[\"0x", 5);
    size_t at = 4 + yq_hex_encode(params + 4, cap - 4, raw.p, raw.n);
    (void)snprintf(params + at, cap - at, "\"]");
    return params;
}

/* A node that has the transaction already, from an attempt whose answer was lost. */
static int is_known_there(const yq_fault *why)
{
    return strstr(why->text, "already known") != NULL ||
           strstr(why->text, "Known transaction") != NULL ||
           strstr(why->text, "known transaction") != NULL;
}

static yq_status check_answer(yq_json *reply, const yq_digest *hash, yq_fault *why)
{
    yq_digest answer;
    int same = yq_evma_digest(yq_jsonrpc_result(reply), &answer) && yq_digest_equal(&answer, hash);
    yq_json_free(reply);
    return same ? YQ_OK : yq_fail(why, YQ_E_PEER, 0, "the node names another transaction hash");
}

/* Hands the transaction to one node after the other until one takes it. */
static yq_status send_raw(
    yq_evma_session *s, yq_slice raw, const yq_digest *hash, uint64_t until_ms, yq_fault *why)
{
    char *params = make_params(raw);
    yq_status status = YQ_E_UNAVAILABLE;
    int uncertain = 0;
    if (params == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "transaction");
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        yq_json *reply = NULL;
        status = yq_jsonrpc_ask(
            &s->rpc, endpoint, "eth_sendRawTransaction", params, until_ms, &reply, why);
        if (status == YQ_OK) {
            status = check_answer(reply, hash, why);
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

static yq_status give_reference(
    yq_evma_session *s,
    const yq_digest *hash,
    uint64_t nonce,
    uint64_t height,
    yq_slice *out,
    yq_fault *why)
{
    uint8_t bytes[YQ_EVMA_REFERENCE_SIZE];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_put_bytes(&w, hash->b, sizeof hash->b);
    yq_put_u64(&w, nonce);
    yq_put_u64(&w, height);
    return yq_evma_give(s, yq_writer_slice(&w), out, why);
}

static yq_status build_and_send(
    yq_evma_session *s,
    const yq_buf *data,
    yq_buf *raw,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    yq_evma_call_fields fields = {.chain_id = s->chain_id_wanted, .to = s->inbox};
    yq_digest hash;
    uint64_t height = 0;
    yq_status status = yq_evma_head(s, until_ms, &height, why);
    if (status == YQ_OK) {
        status = yq_evma_fees_get(s, until_ms, &fields.fees, why);
    }
    if (status == YQ_OK) {
        status = next_nonce(s, until_ms, &fields.nonce, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    fields.data = yq_slice_of(data->p, data->n);
    status = yq_evma_tx_sign(&fields, s->account, raw, &hash, why);
    if (status == YQ_OK) {
        status = send_raw(s, yq_slice_of(raw->p, raw->n), &hash, until_ms, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    s->counts.submitted++;
    return give_reference(s, &hash, fields.nonce, height, reference, why);
}

/* A call of the inbox with one argument of bytes. */
static yq_status call_inbox(
    yq_evma_session *s,
    const char *method,
    yq_slice argument,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    if (!s->has_inbox) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "no inbox is configured: read only");
    }
    yq_status status = yq_evma_chain_id(s, until_ms, why);
    if (status == YQ_OK) {
        status = yq_evma_account_open(s, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    size_t cap = argument.n + 1024;
    yq_buf data = {malloc(cap), cap, 0}, raw = {malloc(cap + 1024), cap + 1024, 0};
    if (data.p == NULL || raw.p == NULL) {
        status = yq_fail(why, YQ_E_MEMORY, 0, "argument");
    } else {
        status = make_call(method, argument, &data, why);
    }
    if (status == YQ_OK) {
        status = build_and_send(s, &data, &raw, until_ms, reference, why);
    }
    free(data.p);
    free(raw.p);
    return status;
}

yq_status yq_evma_submit(
    yq_evma_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, DELIVER, delivery, until_ms, reference, why);
}

yq_status yq_evma_step_epoch(
    yq_evma_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, STEP, set, until_ms, reference, why);
}
