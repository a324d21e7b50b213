#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define TEXT_MAX   160u
#define LATE_S     60u /* clocks of nodes and of this machine differ */
#define WORDS_SIZE 96u

/* ---- handing over ---- */

/* Out: uncertain, set when the request may have arrived though no answer came. */
static yq_status send_to(
    yq_cma_session *s,
    size_t endpoint,
    const yq_cma_call *call,
    uint64_t until_ms,
    int *uncertain,
    yq_fault *why)
{
    yq_cma_bytes room;
    yq_slice result;
    yq_status status = yq_cma_query(s, endpoint, call, until_ms, &room, &result, why);
    int no_answer = status == YQ_E_TIMEOUT || status == YQ_E_UNAVAILABLE;
    *uncertain |= no_answer && s->link[endpoint] != NULL && yq_grpc_link_is_sent(s->link[endpoint]);
    yq_cma_bytes_free(&room);
    return status;
}

/* A call of the inbox with one parameter. */
static yq_status call_inbox(
    yq_cma_session *s,
    const char *method,
    const char *parameter,
    yq_slice value,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    yq_status status = YQ_E_UNAVAILABLE;
    int uncertain = 0;
    if (s->inbox == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "no inbox is configured: read only");
    }
    yq_cma_call call = yq_cma_call_of(s, YQ_CMA_INVOKE, s->inbox, method);
    call.expires_s = call.time_s + s->lifetime_s;
    call.gas_limit = s->gas_limit;
    yq_cma_call_add(&call, parameter, value);
    uint8_t *p = s->host.alloc(s->host.self, YQ_CMA_REFERENCE_SIZE);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "reference");
    }
    /* The same transaction to one node after the other until one takes it: its id is its own. */
    for (size_t i = 0; i < s->endpoint_n && status != YQ_OK; i++) {
        size_t endpoint = (s->preferred + i) % s->endpoint_n;
        uint64_t share = yq_cma_share(until_ms, s->endpoint_n - i);
        status = send_to(s, endpoint, &call, share, &uncertain, why);
    }
    if (status != YQ_OK && !uncertain) {
        return status;
    }
    yq_writer w = yq_writer_of(p, YQ_CMA_REFERENCE_SIZE);
    yq_put_bytes(&w, call.tx_id, YQ_CMA_TX_ID_SIZE);
    yq_put_u64(&w, call.expires_s);
    *reference = yq_writer_slice(&w);
    s->counts.submitted++;
    return YQ_OK;
}

yq_status yq_cma_submit(
    yq_cma_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, "receiveMessages", "delivery", delivery, until_ms, reference, why);
}

yq_status yq_cma_step_epoch(
    yq_cma_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return call_inbox(s, "stepEpoch", "set", set, until_ms, reference, why);
}

/* ---- its fate ---- */

static void describe(const yq_cma_tx *tx, char *text)
{
    char words[WORDS_SIZE];
    yq_slice from = tx->words.n != 0 ? tx->words : tx->message;
    size_t n = 0;
    for (; n < from.n && n + 1 < sizeof words; n++) {
        words[n] = (char)(from.p[n] >= 0x20 && from.p[n] < 0x7f ? from.p[n] : '?');
    }
    words[n] = '\0';
    (void)snprintf(
        text,
        TEXT_MAX,
        "code %" PRIu32 ", contract's %" PRIu32 ": %s",
        tx->code,
        tx->contract,
        words);
}

static yq_status read_found(
    yq_cma_session *s, yq_slice tx_id, yq_slice found, yq_receipt_view *out, yq_fault *why)
{
    yq_slice raw;
    yq_cma_tx tx;
    yq_status status = yq_cma_found_decode(found, &raw, &out->height, why);
    status = status == YQ_OK ? yq_cma_tx_decode(raw, &tx, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_slice_equal(tx.tx_id, tx_id)) {
        return yq_fail(why, YQ_E_PEER, 0, "the node sent another transaction than asked for");
    }
    char *text = s->host.alloc(s->host.self, TEXT_MAX);
    if (text == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
    }
    out->state = tx.code == 0 && tx.contract == 0 ? YQ_SUBMIT_DONE : YQ_SUBMIT_FAILED;
    out->text = text;
    if (out->state == YQ_SUBMIT_FAILED) {
        describe(&tx, text);
    }
    return YQ_OK;
}

/* A node that does not have it: it may still come until it expires. */
static yq_status ask_fate(
    yq_cma_session *s,
    size_t endpoint,
    yq_slice reference,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    yq_cma_bytes room;
    yq_cma_reply reply;
    yq_slice tx_id = yq_slice_of(reference.p, YQ_CMA_TX_ID_SIZE);
    yq_cma_call call = yq_cma_call_of(s, YQ_CMA_QUERY, "CHAIN_QUERY", "GET_TX_BY_TX_ID");
    yq_cur c = yq_cur_of(yq_slice_of(reference.p + YQ_CMA_TX_ID_SIZE, 8));
    uint64_t expires_s = yq_cur_u64(&c);
    yq_cma_call_add(&call, "txId", tx_id);
    yq_status status = yq_cma_ask(s, endpoint, &call, until_ms, &room, &reply, why);
    if (status == YQ_OK && reply.code == 0 && reply.contract == 0) {
        status = read_found(s, tx_id, reply.result, out, why);
    } else if (status == YQ_OK) {
        uint64_t now_s = s->host.now_ms(s->host.self) / 1000;
        out->state = now_s > expires_s + LATE_S ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING;
    }
    yq_cma_bytes_free(&room);
    return status;
}

/* One node that has it is enough; LOST takes the word of all that answer. */
yq_status yq_cma_fate(
    yq_cma_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    yq_status result = YQ_E_UNAVAILABLE;
    *out = (yq_receipt_view){0};
    if (reference.n != YQ_CMA_REFERENCE_SIZE) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = (s->preferred + i) % s->endpoint_n;
        yq_receipt_view view = {0};
        yq_fault theirs = {0};
        uint64_t share = yq_cma_share(until_ms, s->endpoint_n - i);
        yq_status status = ask_fate(s, endpoint, reference, share, &view, &theirs);
        if (status == YQ_OK) {
            *out = view;
            result = YQ_OK;
        } else if (result != YQ_OK) {
            result = yq_fail(why, status, 0, theirs.text);
        }
        if (status == YQ_OK && (view.state == YQ_SUBMIT_DONE || view.state == YQ_SUBMIT_FAILED)) {
            return YQ_OK;
        }
    }
    return result;
}
