#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_MAX 160u

/* "error 151 ...", as far as it can be printed. */
static const char *describe(const yq_xha_session *s, uint64_t code, const yq_json *entry)
{
    yq_slice words = {0};
    char *text = s->host.alloc(s->host.self, TEXT_MAX);
    if (text == NULL) {
        return "";
    }
    (void)yq_json_text(yq_json_get(entry, "error_desc"), &words);
    size_t n = (size_t)snprintf(text, TEXT_MAX, "error %" PRIu64 " ", code);
    for (size_t i = 0; i < words.n && n + 1 < TEXT_MAX; i++) {
        text[n++] = (char)(words.p[i] >= 0x20 && words.p[i] < 0x7f ? words.p[i] : '?');
    }
    text[n] = '\0';
    return text;
}

static yq_status read_entry(
    const yq_xha_session *s, const yq_json *entry, yq_receipt_view *out, yq_fault *why)
{
    uint64_t code = 0;
    if (!yq_json_quantity(yq_json_get(entry, "error_code"), &code) ||
        !yq_json_quantity(yq_json_get(entry, "ledger_seq"), &out->height)) {
        return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: error_code, ledger_seq");
    }
    out->state = code == 0 ? YQ_SUBMIT_DONE : YQ_SUBMIT_FAILED;
    out->text = code == 0 ? "" : describe(s, code, entry);
    return YQ_OK;
}

/* The height first: only a node that has none after it shows that it will never come. */
static yq_status ask_node(
    yq_xha_session *s,
    size_t endpoint,
    const char *path,
    uint64_t ceil,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    yq_xha_header newest;
    yq_json *reply = NULL;
    const yq_json *result = NULL;
    yq_status status = yq_xha_header_of(s, endpoint, 0, until_ms, &newest, why);
    if (status == YQ_OK) {
        status = yq_xha_ask(s, endpoint, path, until_ms, &reply, &result, why);
    }
    if (status == YQ_OK) {
        status = read_entry(s, yq_json_at(yq_json_get(result, "transactions"), 0), out, why);
        yq_json_free(reply);
        return status;
    }
    if (status != YQ_E_NOT_FOUND) {
        return status;
    }
    int is_late = newest.seq > ceil;
    *out = (yq_receipt_view){
        .state = is_late ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING,
        .text = is_late ? "no ledger up to its last one has it" : ""};
    return YQ_OK;
}

/* One that has it decides; LOST only when every node that answers says so. */
static int weight_of(yq_submit_state state)
{
    return state == YQ_SUBMIT_DONE || state == YQ_SUBMIT_FAILED ? 3
           : state == YQ_SUBMIT_PENDING                         ? 2
           : state == YQ_SUBMIT_LOST                            ? 1
                                                                : 0;
}

yq_status yq_xha_fate(
    yq_xha_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    char path[112] = "/getTransactionHistory?hash=";
    yq_status first = YQ_OK;
    yq_cur c = yq_cur_of(reference);
    yq_slice hash = yq_cur_take(&c, YQ_DIGEST_SIZE);
    uint64_t ceil = yq_cur_u64(&c);
    *out = (yq_receipt_view){0};
    if (yq_cur_done(&c, why) != YQ_OK) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    size_t at = strlen(path);
    (void)yq_hex_encode(path + at, sizeof path - at, hash.p, hash.n);
    for (size_t i = 0; i < yq_web_pool_n(s->pool) && weight_of(out->state) < 3; i++) {
        yq_receipt_view view = {0};
        yq_fault reason = {0};
        yq_status status =
            ask_node(s, yq_web_pool_nth(s->pool, i), path, ceil, until_ms, &view, &reason);
        if (status != YQ_OK) {
            yq_web_note(status, &reason, &first, why);
        } else if (weight_of(view.state) > weight_of(out->state)) {
            *out = view;
        }
    }
    return out->state != YQ_SUBMIT_INVALID ? YQ_OK : first;
}
