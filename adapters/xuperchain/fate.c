#include "adapters/xuperchain/fields.h"
#include "adapters/xuperchain/session.h"

#include <stdio.h>

#define TEXT_MAX 128u
#define LATE_S   60u /* clocks of nodes and of this machine differ */

/* Words of others, as far as they can be printed. */
static yq_status failed(
    const yq_xua_session *s, const char *what, yq_slice words, yq_receipt_view *out, yq_fault *why)
{
    char *text = s->host.alloc(s->host.self, TEXT_MAX);
    if (text == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
    }
    size_t n = (size_t)snprintf(text, TEXT_MAX, "%s: ", what);
    for (size_t i = 0; i < words.n && n + 1 < TEXT_MAX; i++, n++) {
        text[n] = (char)(words.p[i] >= 0x20 && words.p[i] < 0x7f ? words.p[i] : '?');
    }
    text[n] = '\0';
    out->state = YQ_SUBMIT_FAILED;
    out->text = text;
    return YQ_OK;
}

/* Whether it is among a block's failed ones. */
static yq_status read_block(
    const yq_xua_session *s,
    const yq_xua_block *block,
    yq_slice txid,
    yq_receipt_view *out,
    yq_fault *why)
{
    char hex[2 * YQ_DIGEST_SIZE + 1];
    yq_xua_error *error = calloc(YQ_XUA_ERRORS_MAX, sizeof *error);
    size_t n = 0;
    if (error == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
    }
    (void)yq_hex_encode(hex, sizeof hex, txid.p, txid.n);
    yq_status status = yq_xua_errors_decode(block, error, &n, why);
    out->state = YQ_SUBMIT_DONE;
    out->height = block->height;
    out->text = "";
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        if (yq_slice_equal(error[i].txid, yq_slice_text(hex))) {
            status = failed(s, "failed in its block", error[i].text, out, why);
            break;
        }
    }
    free(error);
    return status;
}

/* In which block it is, and whether that is one of the chain's. */
static yq_status confirmed(
    yq_xua_session *s,
    size_t endpoint,
    yq_slice txid,
    yq_slice raw,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    yq_xua_cached found = {0};
    yq_xua_tx tx;
    int is_trunk = 0;
    yq_status status = yq_xua_tx_decode(raw, &tx, why);
    if (status == YQ_OK && !yq_slice_equal(tx.txid, txid)) {
        status = yq_fail(why, YQ_E_PEER, 0, "the node sent another transaction than asked for");
    }
    if (status == YQ_OK) {
        status = yq_xua_block_by_id(s, endpoint, tx.blockid, until_ms, &found, &is_trunk, why);
    }
    if (status == YQ_OK && is_trunk) {
        status = read_block(s, &found.block, txid, out, why);
    } else if (status == YQ_OK) {
        out->state = YQ_SUBMIT_PENDING; /* on a branch: it may come again */
    }
    yq_xua_bytes_free(&found.raw);
    return status;
}

/* Whoever does not have it says so by an error like any other, or by the status. */
static yq_status ask_fate(
    yq_xua_session *s,
    size_t endpoint,
    yq_slice txid,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    uint8_t bytes[256];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_xua_bytes room;
    yq_xua_tx_status found = {0};
    yq_pb_put_bytes(&w, 2, yq_slice_text(s->chain));
    yq_pb_put_bytes(&w, 3, txid);
    yq_status status =
        yq_xua_ask(s, endpoint, "QueryTx", yq_writer_slice(&w), until_ms, &room, why);
    int is_refused = status == YQ_E_PEER || status == YQ_E_NOT_FOUND;
    if (status == YQ_OK) {
        status = yq_xua_tx_status_decode(yq_slice_of(room.p, room.n), &found, why);
    }
    if (is_refused) {
        status = YQ_OK;
    } else if (status == YQ_OK && found.status == YQ_XUA_TX_CONFIRMED) {
        status = confirmed(s, endpoint, txid, found.tx, until_ms, out, why);
    } else if (status == YQ_OK && found.status == YQ_XUA_TX_WAITS) {
        out->state = YQ_SUBMIT_PENDING;
    } else if (status == YQ_OK && found.status == YQ_XUA_TX_FAILED) {
        status = failed(s, "failed", (yq_slice){0}, out, why);
    }
    yq_xua_bytes_free(&room);
    return status;
}

/* One node that has it is enough; LOST takes the word of all that answer. */
static yq_status ask_all(
    yq_xua_session *s, yq_slice txid, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    yq_status result = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = (s->preferred + i) % s->endpoint_n;
        yq_receipt_view view = {0};
        yq_fault theirs = {0};
        uint64_t share = yq_xua_share(until_ms, s->endpoint_n - i);
        yq_status status = ask_fate(s, endpoint, txid, share, &view, &theirs);
        if (status == YQ_OK) {
            *out = view.state == YQ_SUBMIT_INVALID ? *out : view;
            result = YQ_OK;
        } else if (result != YQ_OK) {
            result = yq_fail(why, status, 0, theirs.text);
        }
        if (out->state == YQ_SUBMIT_DONE || out->state == YQ_SUBMIT_FAILED) {
            break;
        }
    }
    return result;
}

yq_status yq_xua_fate(
    yq_xua_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(reference);
    uint8_t kind = yq_cur_u8(&c);
    *out = (yq_receipt_view){0};
    if (kind == YQ_XUA_REFUSED) {
        return failed(s, "the inbox refused", yq_cur_take(&c, yq_cur_left(&c)), out, why);
    }
    yq_slice txid = yq_cur_take(&c, YQ_DIGEST_SIZE);
    uint64_t expires_s = yq_cur_u64(&c);
    if (kind != YQ_XUA_SENT || yq_cur_done(&c, NULL) != YQ_OK) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    yq_status status = ask_all(s, txid, until_ms, out, why);
    if (status == YQ_OK && out->state == YQ_SUBMIT_INVALID) {
        uint64_t now_s = s->host.now_ms(s->host.self) / 1000;
        out->state = now_s > expires_s + LATE_S ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING;
    }
    return status;
}
