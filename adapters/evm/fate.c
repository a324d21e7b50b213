#include "adapters/evm/fields.h"
#include "adapters/evm/session.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_MAX 160u
#define GRACE    8u /* blocks in which a transaction may be on its way between the nodes' pools */

/* What a reference says, and the account's address as parameters. */
typedef struct reference {
    yq_digest hash;
    uint64_t nonce, height;
    char by_hash[80], count[96];
} reference;

static yq_status read_reference(
    const yq_evma_session *s, yq_slice bytes, reference *out, yq_fault *why)
{
    uint8_t address[YQ_EVM_ADDRESS_SIZE];
    char hex[65];
    yq_cur c = yq_cur_of(bytes);
    if (bytes.n != YQ_EVMA_REFERENCE_SIZE) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    yq_cur_copy(&c, out->hash.b, sizeof out->hash.b);
    out->nonce = yq_cur_u64(&c);
    out->height = yq_cur_u64(&c);
    (void)yq_hex_encode(hex, sizeof hex, out->hash.b, sizeof out->hash.b);
    (void)snprintf(out->by_hash, sizeof out->by_hash, "[\"0x%s\"]", hex);
    yq_evma_account_address(s, address);
    (void)yq_hex_encode(hex, sizeof hex, address, sizeof address);
    (void)snprintf(out->count, sizeof out->count, "[\"0x%s\",\"latest\"]", hex);
    return YQ_OK;
}

/* ---- a receipt that a node has ------------------------------------------------------------------
 */

/* Why a call was undone: the text of Error(string) where the node keeps it, and whether it ran out
 * of gas. */
static void describe_failure(const yq_json *receipt, char *text)
{
    uint8_t output[1024];
    yq_buf out = {output, sizeof output, 0};
    size_t n = (size_t)snprintf(text, TEXT_MAX, "reverted");
    uint64_t used;
    if (yq_json_quantity(yq_json_get(receipt, "gasUsed"), &used)) {
        n += (size_t)snprintf(text + n, TEXT_MAX - n, ", gas used %" PRIu64, used);
    }
    if (!yq_json_hex(yq_json_get(receipt, "revertReason"), &out) || out.n < 4 + 64) {
        return;
    }
    yq_cur c = yq_cur_of(yq_slice_of(output + 4 + 32 + 24, out.n - 4 - 32 - 24));
    uint64_t size = yq_cur_u64(&c);
    yq_slice reason = size <= yq_cur_left(&c) ? yq_cur_take(&c, (size_t)size) : (yq_slice){0};
    n += (size_t)snprintf(text + n, TEXT_MAX - n, ": ");
    for (size_t i = 0; i < reason.n && n + 1 < TEXT_MAX; i++) {
        int plain = reason.p[i] >= 0x20 && reason.p[i] < 0x7f;
        text[n++] = (char)(plain ? reason.p[i] : '?');
    }
    text[n] = '\0';
}

/* In a chain without finality a receipt counts when its block is buried. */
static yq_status read_receipt(
    const yq_evma_session *s,
    const yq_json *receipt,
    uint64_t head,
    yq_receipt_view *out,
    yq_fault *why)
{
    uint64_t status;
    if (!yq_json_quantity(yq_json_get(receipt, "status"), &status) || status > 1 ||
        !yq_json_quantity(yq_json_get(receipt, "blockNumber"), &out->height)) {
        return yq_fail(why, YQ_E_PEER, 0, "receipt: status, blockNumber");
    }
    if (head < out->height || head - out->height < s->profile.depth) {
        *out = (yq_receipt_view){.state = YQ_SUBMIT_PENDING, .text = ""};
        return YQ_OK;
    }
    out->state = status == 1 ? YQ_SUBMIT_DONE : YQ_SUBMIT_FAILED;
    char *text = s->host.alloc(s->host.self, TEXT_MAX);
    if (text == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
    }
    if (status == 0) {
        describe_failure(receipt, text);
    }
    out->text = text;
    return YQ_OK;
}

/* ---- one node -----------------------------------------------------------------------------------
 */

static yq_status ask_number(
    yq_evma_session *s,
    size_t endpoint,
    const char *method,
    const char *params,
    uint64_t until_ms,
    uint64_t *out,
    yq_fault *why)
{
    yq_json *reply = NULL;
    yq_status status = yq_jsonrpc_ask(&s->rpc, endpoint, method, params, until_ms, &reply, why);
    if (status == YQ_OK && !yq_json_quantity(yq_jsonrpc_result(reply), out)) {
        status = yq_fail(why, YQ_E_PEER, 0, method);
    }
    yq_json_free(reply);
    return status;
}

/* What one node knows of a transaction that it does not call done. */
typedef struct absence {
    int mined;   /* it has one, of a block that is not buried yet */
    int spent;   /* the account's number went to another transaction */
    int unknown; /* nor is it in the pool */
} absence;

/* Height and number first, then the receipt: only a node that has none after them shows that the
 * number went elsewhere. */
static yq_status ask_node(
    yq_evma_session *s,
    size_t endpoint,
    const reference *r,
    uint64_t until_ms,
    yq_receipt_view *out,
    absence *missing,
    yq_fault *why)
{
    uint64_t head = 0, count = 0;
    yq_json *reply = NULL;
    *missing = (absence){0};
    yq_status status = ask_number(s, endpoint, "eth_blockNumber", "[]", until_ms, &head, why);
    if (status == YQ_OK) {
        status =
            ask_number(s, endpoint, "eth_getTransactionCount", r->count, until_ms, &count, why);
    }
    if (status == YQ_OK) {
        status = yq_jsonrpc_ask(
            &s->rpc, endpoint, "eth_getTransactionReceipt", r->by_hash, until_ms, &reply, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *receipt = yq_jsonrpc_result(reply);
    if (!yq_json_is_null(receipt)) {
        missing->mined = 1;
        status = read_receipt(s, receipt, head, out, why);
        yq_json_free(reply);
        return status;
    }
    yq_json_free(reply);
    *out = (yq_receipt_view){.state = YQ_SUBMIT_PENDING, .text = ""};
    missing->spent = count > r->nonce;
    if (head < r->height + GRACE) {
        return YQ_OK;
    }
    status = yq_jsonrpc_ask(
        &s->rpc, endpoint, "eth_getTransactionByHash", r->by_hash, until_ms, &reply, why);
    missing->unknown = status == YQ_OK && yq_json_is_null(yq_jsonrpc_result(reply));
    yq_json_free(reply);
    return status;
}

static yq_receipt_view lost(const char *text)
{
    return (yq_receipt_view){.state = YQ_SUBMIT_LOST, .text = text};
}

yq_status yq_evma_fate(
    yq_evma_session *s, yq_slice bytes, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    reference r = {0};
    size_t answered = 0, unknown = 0, spent = 0, mined = 0;
    yq_status result = YQ_E_UNAVAILABLE;
    yq_status status = yq_evma_account_open(s, why);
    if (status == YQ_OK) {
        status = read_reference(s, bytes, &r, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        yq_receipt_view view = {0};
        absence missing;
        yq_fault reason = {0};
        status = ask_node(s, endpoint, &r, until_ms, &view, &missing, &reason);
        if (status == YQ_OK && view.state != YQ_SUBMIT_PENDING) {
            *out = view;
            return YQ_OK;
        }
        if (status == YQ_OK) {
            answered++;
            unknown += missing.unknown ? 1 : 0;
            spent += missing.spent ? 1 : 0;
            mined += missing.mined ? 1 : 0;
            *out = view;
            result = YQ_OK;
        } else if (result != YQ_OK) {
            result = status;
            *why = reason;
        }
    }
    if (result != YQ_OK || mined > 0) {
        return result;
    }
    if (spent > 0) {
        *out = lost("the account's number went to another transaction");
    } else if (unknown == answered) {
        *out = lost("no node knows the transaction any more");
    }
    return result;
}
