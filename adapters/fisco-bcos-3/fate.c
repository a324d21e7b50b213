#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"
#include "relay/codec/abi.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_MAX 160u

/* Why a call was undone: the text of Error(string) where there is one, else the node's word. */
static void describe_failure(const yq_json *receipt, char *text)
{
    uint8_t output[4096];
    yq_buf out = {output, sizeof output, 0};
    yq_slice word = {0}, reason = {0};
    uint64_t status = 0;
    (void)yq_json_quantity(yq_json_get(receipt, "status"), &status);
    (void)yq_json_text(yq_json_get(receipt, "message"), &word);
    if (yq_json_hex(yq_json_get(receipt, "output"), &out) && out.n > 4) {
        (void)yq_abi_bytes_decode(yq_slice_of(output + 4, out.n - 4), &reason);
    }
    reason = reason.n == 0 ? word : reason;
    int n = snprintf(text, TEXT_MAX, "status %" PRIu64, status);
    size_t at = n < 0 ? 0 : (size_t)n;
    if (reason.n > 0) {
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
    const yq_bcos3_session *s, const yq_json *receipt, yq_receipt_view *out, yq_fault *why)
{
    uint64_t status;
    if (!yq_json_quantity(yq_json_get(receipt, "status"), &status) ||
        !yq_json_quantity(yq_json_get(receipt, "blockNumber"), &out->height)) {
        return yq_fail(why, YQ_E_PEER, 0, "receipt: status, blockNumber");
    }
    /* The host forgets a delivery when this height was brought: its events come with that one. */
    out->height += s->rules.depth;
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
 * receipt shows that the transaction is lost. It says so with an error of its own. */
static yq_status ask_fate(
    yq_bcos3_session *s,
    size_t endpoint,
    const char *rest,
    uint64_t block_limit,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    yq_json *reply = NULL;
    uint64_t height;
    yq_status status = yq_bcos3_height_of(s, endpoint, until_ms, &height, why);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_bcos3_ask(s, endpoint, "getTransactionReceipt", rest, until_ms, &reply, why);
    const yq_json *receipt = reply == NULL ? NULL : yq_json_get(yq_json_root(reply), "result");
    int is_missing =
        status == YQ_OK ? yq_json_is_null(receipt) : status == YQ_E_PEER && s->rpc.code != 0;
    if (is_missing) {
        out->state = height > block_limit ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING;
        status = YQ_OK;
    } else if (status == YQ_OK) {
        status = read_receipt(s, receipt, out, why);
    }
    yq_json_free(reply);
    return status;
}

yq_status yq_bcos3_fate(
    yq_bcos3_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    char rest[96], hex[65];
    uint64_t block_limit = 0;
    if (reference.n != YQ_BCOS3_REFERENCE_SIZE) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    for (size_t i = 32; i < reference.n; i++) {
        block_limit = block_limit << 8 | reference.p[i];
    }
    (void)yq_hex_encode(hex, sizeof hex, reference.p, 32);
    (void)snprintf(rest, sizeof rest, ",\"0x%s\",false", hex);
    yq_status result = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        yq_receipt_view view = {0};
        yq_fault reason = {0};
        yq_status status = ask_fate(s, endpoint, rest, block_limit, until_ms, &view, &reason);
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
