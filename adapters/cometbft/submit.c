#include "adapters/cometbft/session.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

#define TX_TAG     "YUQIAO-TX-1"
#define TX_DELIVER 1u
#define TX_STEP    2u
#define TX_EXTRA   320u /* all but the body */
#define INDEX_LAG  2u   /* blocks until a node's index surely has a transaction */
#define TEXT_MAX   160u

static void put_tx(
    yq_writer *w, const yq_comet_session *s, uint8_t kind, uint64_t last_height, yq_slice body)
{
    uint8_t nonce[16];
    yq_random(nonce, sizeof nonce);
    yq_put(w, yq_slice_text(TX_TAG));
    yq_put_u8(w, kind);
    yq_put_u64(w, last_height);
    yq_put_bytes(w, nonce, sizeof nonce);
    yq_put_str8(w, yq_slice_text(s->inbox));
    yq_put_blob32(w, body);
}

int yq_comet_base64(char *text, size_t cap, yq_slice bytes)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t at = 0;
    if (cap == 0 || (bytes.n + 2) / 3 > (cap - 1) / 4) {
        return 0;
    }
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t n = bytes.n - i < 3 ? bytes.n - i : 3;
        uint32_t v = (uint32_t)bytes.p[i] << 16;
        v |= n > 1 ? (uint32_t)bytes.p[i + 1] << 8 : 0;
        v |= n > 2 ? bytes.p[i + 2] : 0;
        text[at++] = digit[v >> 18];
        text[at++] = digit[v >> 12 & 63];
        text[at++] = '=';
        text[at++] = '=';
        if (n > 1) {
            text[at - 2] = digit[v >> 6 & 63];
        }
        if (n > 2) {
            text[at - 1] = digit[v & 63];
        }
    }
    text[at] = '\0';
    return 1;
}

/* {"name":"base64"}, in memory of its own; NULL when there is none. */
static char *make_params(const char *name, yq_slice bytes)
{
    size_t cap = bytes.n / 3 * 4 + strlen(name) + 32;
    char *params = malloc(cap);
    if (params == NULL) {
        return NULL;
    }
    int n = snprintf(params, cap, "{\"%s\":\"", name);
    int good = n > 0 && yq_comet_base64(params + n, cap - (size_t)n - 2, bytes);
    if (!good) {
        free(params);
        return NULL;
    }
    size_t at = strlen(params);
    (void)snprintf(params + at, cap - at, "\"}");
    return params;
}

/* ---- handing in ---- */

/* A node that has the transaction from an attempt whose answer was lost, or from another node. */
static int is_known_there(const yq_fault *why)
{
    return strstr(why->text, "already exists in cache") != NULL;
}

static yq_status read_taken(const yq_json *result, const yq_digest *hash, yq_fault *why)
{
    uint64_t code = 1;
    yq_slice log = {0};
    yq_digest answer = {{0}};
    yq_buf room = {answer.b, sizeof answer.b, 0};
    (void)yq_json_text(yq_json_get(result, "log"), &log);
    if (!yq_json_quantity(yq_json_get(result, "code"), &code) || code != 0) {
        char text[sizeof why->text];
        (void)snprintf(
            text,
            sizeof text,
            "broadcast_tx_sync: the application refuses with code %u %.*s",
            (unsigned)code,
            (int)(log.n < 60 ? log.n : 60),
            log.n == 0 ? "" : (const char *)log.p);
        return yq_fail(why, YQ_E_PEER, 0, text);
    }
    int same = yq_json_hex(yq_json_get(result, "hash"), &room) && room.n == sizeof answer.b &&
               yq_digest_equal(&answer, hash);
    return same ? YQ_OK : yq_fail(why, YQ_E_PEER, 0, "the node names another transaction hash");
}

/* Hands it to one node after the other until one takes it. */
static yq_status broadcast(
    yq_comet_session *s, yq_slice tx, const yq_digest *hash, uint64_t until_ms, yq_fault *why)
{
    char *params = make_params("tx", tx);
    yq_status status = YQ_E_UNAVAILABLE;
    if (params == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "transaction");
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_json *reply = NULL;
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        status =
            yq_jsonrpc_ask(&s->rpc, endpoint, "broadcast_tx_sync", params, until_ms, &reply, why);
        if (status == YQ_OK) {
            status = read_taken(yq_jsonrpc_result(reply), hash, why);
            yq_json_free(reply);
            break;
        }
        if (status == YQ_E_PEER && is_known_there(why)) {
            status = YQ_OK;
            break;
        }
    }
    free(params);
    return status;
}

static yq_status hand_in(
    yq_comet_session *s,
    uint8_t kind,
    yq_slice body,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    uint8_t kept[YQ_COMET_REFERENCE_SIZE];
    yq_writer r = yq_writer_of(kept, sizeof kept);
    yq_digest hash = {{0}};
    uint64_t height;
    if (s->inbox == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "inbox: is not set, this adapter only reads");
    }
    yq_status status = yq_comet_latest(s, until_ms, &height, why);
    if (status != YQ_OK) {
        return status;
    }
    size_t cap = body.n + TX_EXTRA;
    uint8_t *room = malloc(cap);
    if (room == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "transaction");
    }
    yq_writer w = yq_writer_of(room, cap);
    put_tx(&w, s, kind, height + s->valid_blocks, body);
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&w), hash.b);
    status = w.status == YQ_OK ? broadcast(s, yq_writer_slice(&w), &hash, until_ms, why)
                               : yq_fail(why, YQ_E_LIMIT, 0, "transaction");
    free(room);
    if (status != YQ_OK) {
        return status;
    }
    s->counts.submitted++;
    yq_put(&r, YQ_SLICE_OF(hash.b));
    yq_put_u64(&r, height + s->valid_blocks);
    return yq_comet_give(s, yq_writer_slice(&r), reference, why);
}

yq_status yq_comet_submit(
    yq_comet_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return hand_in(s, TX_DELIVER, delivery, until_ms, reference, why);
}

yq_status yq_comet_step_epoch(
    yq_comet_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    return hand_in(s, TX_STEP, set, until_ms, reference, why);
}

/* ---- what became of it ---- */

static yq_status read_fate(
    const yq_comet_session *s, const yq_json *result, yq_receipt_view *out, yq_fault *why)
{
    const yq_json *done = yq_json_get(result, "tx_result");
    uint64_t code = 0, height;
    yq_slice log = {0};
    if (!yq_json_quantity(yq_json_get(result, "height"), &height) || !yq_json_is_object(done) ||
        (yq_json_get(done, "code") != NULL &&
         !yq_json_quantity(yq_json_get(done, "code"), &code))) {
        return yq_fail(why, YQ_E_PEER, 0, "tx: height, tx_result");
    }
    char *text = s->host.alloc(s->host.self, TEXT_MAX);
    if (text == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
    }
    (void)yq_json_text(yq_json_get(done, "log"), &log);
    if (code != 0) {
        (void)snprintf(
            text,
            TEXT_MAX,
            "code %u %.*s",
            (unsigned)code,
            (int)(log.n < 120 ? log.n : 120),
            log.n == 0 ? "" : (const char *)log.p);
    }
    /* What the block did is proven by the header after it. */
    *out = (yq_receipt_view){
        .state = code == 0 ? YQ_SUBMIT_DONE : YQ_SUBMIT_FAILED, .height = height + 1, .text = text};
    return YQ_OK;
}

/* One node: its height first, then the transaction. Only a node that is past the last height and
 * does not have it then shows that it is lost. */
static yq_status ask_fate(
    yq_comet_session *s,
    size_t endpoint,
    const char *params,
    uint64_t last_height,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    yq_comet_status node;
    yq_json *reply = NULL;
    yq_status status = yq_comet_status_get(s, endpoint, until_ms, &node, why);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_jsonrpc_ask(&s->rpc, endpoint, "tx", params, until_ms, &reply, why);
    if (status == YQ_E_NOT_FOUND) {
        int is_over = node.indexes && node.height > last_height + INDEX_LAG;
        *out = (yq_receipt_view){.state = is_over ? YQ_SUBMIT_LOST : YQ_SUBMIT_PENDING, .text = ""};
        return YQ_OK;
    }
    if (status == YQ_OK) {
        status = read_fate(s, yq_jsonrpc_result(reply), out, why);
        yq_json_free(reply);
    }
    return status;
}

/* What a node saw counts more than what it misses, and that it can no longer come more than that it
 * may. */
static int weight_of(yq_submit_state state)
{
    switch (state) {
    case YQ_SUBMIT_DONE:
    case YQ_SUBMIT_FAILED:
        return 3;
    case YQ_SUBMIT_LOST:
        return 2;
    case YQ_SUBMIT_PENDING:
        return 1;
    case YQ_SUBMIT_INVALID:
        return 0;
    }
    return 0;
}

static yq_status ask_fates(
    yq_comet_session *s,
    const char *params,
    uint64_t last_height,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    yq_status result = YQ_E_UNAVAILABLE;
    *out = (yq_receipt_view){0};
    for (size_t i = 0; i < s->endpoint_n && weight_of(out->state) < 3; i++) {
        size_t endpoint = yq_web_pool_nth(s->rpc.pool, i);
        yq_receipt_view view = {0};
        yq_fault reason = {0};
        yq_status status = ask_fate(s, endpoint, params, last_height, until_ms, &view, &reason);
        if (status == YQ_OK && weight_of(view.state) > weight_of(out->state)) {
            *out = view;
            result = YQ_OK;
        } else if (status != YQ_OK && result != YQ_OK) {
            result = status;
            *why = reason;
        }
    }
    return result;
}

yq_status yq_comet_fate(
    yq_comet_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    uint64_t last_height = 0;
    if (reference.n != YQ_COMET_REFERENCE_SIZE) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    for (size_t i = YQ_DIGEST_SIZE; i < reference.n; i++) {
        last_height = last_height << 8 | reference.p[i];
    }
    char *params = make_params("hash", yq_slice_of(reference.p, YQ_DIGEST_SIZE));
    if (params == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "reference");
    }
    yq_status status = ask_fates(s, params, last_height, until_ms, out, why);
    free(params);
    return status;
}
