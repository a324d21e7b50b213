#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ALREADY_EXIST 3u /* the nodes' word for a transaction that they have */
#define LINE_SIZE     1030u

/* ---- the account ---- */

static yq_status read_passphrase(const char *path, char *line, yq_fault *why)
{
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    int good = file != NULL && fgets(line, LINE_SIZE, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (path != NULL && !good) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "account_passphrase_file: cannot be read");
    }
    line[good ? strcspn(line, "\r\n") : 0] = '\0';
    return YQ_OK;
}

yq_status yq_xha_account_open(yq_xha_session *s, yq_fault *why)
{
    char line[LINE_SIZE] = "";
    yq_key *key = NULL;
    if (s->account != NULL) {
        return YQ_OK;
    }
    yq_status status = read_passphrase(s->passphrase_path, line, why);
    if (status == YQ_OK) {
        status = yq_key_read(s->account_path, s->passphrase_path == NULL ? NULL : line, &key, why);
    }
    yq_secret_wipe(line, sizeof line);
    if (status == YQ_OK && yq_key_alg(key) != YQ_SIG_ED25519_MESSAGE &&
        yq_key_alg(key) != YQ_SIG_SM2_MESSAGE) {
        yq_key_free(key);
        key = NULL;
        status = yq_fail(why, YQ_E_CONFIG_INVALID, 0, "account_key: SM2 or Ed25519");
    }
    s->account = key;
    return status;
}

static uint8_t suite_of(const yq_xha_session *s)
{
    return yq_key_alg(s->account) == YQ_SIG_ED25519_MESSAGE ? YQ_SUITE_ED25519 : YQ_SUITE_SM2;
}

yq_status yq_xha_account_nonce(yq_xha_session *s, uint64_t until_ms, uint64_t *nonce, yq_fault *why)
{
    char address[YQ_XH_ADDRESS_SIZE], path[128];
    yq_status first = YQ_OK;
    size_t n = 0;
    *nonce = 0;
    (void)yq_xh_address(suite_of(s), yq_key_public(s->account), address);
    (void)snprintf(path, sizeof path, "/getAccountBase?address=%s", address);
    for (size_t i = 0; i < yq_web_pool_n(s->pool); i++) {
        yq_json *reply = NULL;
        const yq_json *result = NULL;
        yq_fault reason = {0};
        uint64_t told = 0;
        yq_status status =
            yq_xha_ask(s, yq_web_pool_nth(s->pool, i), path, until_ms, &reply, &result, &reason);
        if (status != YQ_OK) {
            yq_web_note(status, &reason, &first, why);
            continue;
        }
        (void)yq_json_quantity(yq_json_get(result, "nonce"), &told); /* left out: 0 */
        yq_json_free(reply);
        *nonce = told > *nonce ? told : *nonce;
        n++;
    }
    return n > 0 ? YQ_OK : first;
}

/* One behind what is in ledgers, or behind what is on its way. */
static yq_status choose_nonce(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, uint64_t *nonce, yq_fault *why)
{
    yq_status status = yq_xha_account_nonce(s, until_ms, nonce, why);
    if (status == YQ_OK && s->last_nonce > *nonce && height <= s->last_ceil) {
        *nonce = s->last_nonce;
    }
    *nonce += 1;
    return status;
}

/* ---- handing in ---- */

static yq_json_out *make_items(const yq_xha_session *s, yq_slice blob)
{
    uint8_t signature[64];
    char key[YQ_XH_KEY_TEXT_SIZE];
    yq_json_out *out = yq_json_out_new(2 * blob.n + 2048);
    if (out == NULL) {
        return NULL;
    }
    yq_key_sign(s->account, blob, signature);
    (void)yq_xh_key_text(suite_of(s), yq_key_public(s->account), key);
    yq_json_out_object(out, NULL);
    yq_json_out_array(out, "items");
    yq_json_out_object(out, NULL);
    yq_json_out_hex(out, "transaction_blob", blob);
    yq_json_out_array(out, "signatures");
    yq_json_out_object(out, NULL);
    yq_json_out_hex(out, "sign_data", YQ_SLICE_OF(signature));
    yq_json_out_str(out, "public_key", key);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    return out;
}

static yq_status read_taken(
    const yq_json *root, const yq_digest *hash, int uncertain, yq_fault *why)
{
    const yq_json *result = yq_json_at(yq_json_get(root, "results"), 0);
    yq_digest told = {{0}};
    yq_buf room = {told.b, sizeof told.b, 0};
    uint64_t code = 0;
    yq_slice words = {0};
    char text[sizeof why->text];
    if (!yq_json_quantity(yq_json_get(result, "error_code"), &code)) {
        return yq_fail(why, YQ_E_PEER, 0, "submitTransaction: error_code");
    }
    if (code == ALREADY_EXIST && uncertain) {
        return YQ_OK;
    }
    if (code != 0) {
        (void)yq_json_text(yq_json_get(result, "error_desc"), &words);
        (void)snprintf(
            text,
            sizeof text,
            "submitTransaction: error %" PRIu64 " %.*s",
            code,
            (int)(words.n < 60 ? words.n : 60),
            words.n == 0 ? "" : (const char *)words.p);
        return yq_fail(why, YQ_E_PEER, 0, text);
    }
    int same = yq_json_hex(yq_json_get(result, "hash"), &room) && room.n == sizeof told.b &&
               yq_digest_equal(&told, hash);
    return same ? YQ_OK : yq_fail(why, YQ_E_PEER, 0, "the node names another transaction hash");
}

/* Hands it to one node after the other until one takes it. An answer that was lost is no failure:
 * the reference serves to ask. */
static yq_status hand_in(
    yq_xha_session *s, yq_slice items, const yq_digest *hash, uint64_t until_ms, yq_fault *why)
{
    yq_status status = YQ_E_UNAVAILABLE;
    int uncertain = 0;
    const yq_rest_call call = {.path = "/submitTransaction", .body = &items, .until_ms = until_ms};
    for (size_t i = 0; i < yq_web_pool_n(s->pool); i++) {
        yq_json *reply = NULL;
        int is_sent = 0;
        status = yq_rest_ask(s->pool, yq_web_pool_nth(s->pool, i), &call, &reply, &is_sent, why);
        if (status == YQ_OK) {
            status = read_taken(yq_json_root(reply), hash, uncertain, why);
            yq_json_free(reply);
            if (status == YQ_OK) {
                return YQ_OK;
            }
            continue;
        }
        uncertain |= is_sent;
    }
    return uncertain ? YQ_OK : status;
}

static yq_status sign_and_send(
    yq_xha_session *s,
    const yq_xha_call *call,
    yq_slice blob,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    uint8_t kept[YQ_XHA_REFERENCE_SIZE];
    yq_writer w = yq_writer_of(kept, sizeof kept);
    yq_digest hash = {{0}};
    size_t size = 0;
    yq_json_out *items = make_items(s, blob);
    const char *text = items == NULL ? NULL : yq_json_out_done(items, &size);
    yq_hash_one(s->hash, blob, hash.b);
    yq_status status = text == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "transaction")
                                    : hand_in(s, yq_slice_of(text, size), &hash, until_ms, why);
    yq_json_out_free(items);
    if (status != YQ_OK) {
        return status;
    }
    s->last_nonce = call->nonce;
    s->last_ceil = call->ceil;
    s->counts.submitted++;
    yq_put(&w, YQ_SLICE_OF(hash.b));
    yq_put_u64(&w, call->ceil);
    return yq_xha_give(s, yq_writer_slice(&w), reference, why);
}

static yq_status call_inbox(
    yq_xha_session *s, yq_xha_call call, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    uint64_t height = 0;
    yq_buf blob = {0};
    if (s->inbox == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "inbox: is not set, this adapter only reads");
    }
    yq_status status = yq_xha_account_open(s, why);
    status = status == YQ_OK ? yq_xha_latest(s, until_ms, &height, why) : status;
    status = status == YQ_OK ? choose_nonce(s, height, until_ms, &call.nonce, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    call.ceil = height + s->valid_ledgers;
    status = yq_xha_transaction_make(s, &call, &blob, why);
    if (status == YQ_OK) {
        status = sign_and_send(s, &call, yq_slice_of(blob.p, blob.n), until_ms, reference, why);
    }
    free(blob.p);
    return status;
}

yq_status yq_xha_submit(
    yq_xha_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    const yq_xha_call call = {.method = "receiveMessages", .key = "delivery", .bytes = delivery};
    return call_inbox(s, call, until_ms, reference, why);
}

yq_status yq_xha_step_epoch(
    yq_xha_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    const yq_xha_call call = {.method = "stepEpoch", .key = "set", .bytes = set};
    return call_inbox(s, call, until_ms, reference, why);
}
