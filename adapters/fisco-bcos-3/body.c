#include "adapters/fisco-bcos-3/fields.h"
#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

void yq_bcos3_body_free(yq_bcos3_body *body)
{
    for (size_t i = 0; i < body->n && body->receipt != NULL; i++) {
        yq_json_free(body->receipt[i]);
    }
    free(body->receipt);
    free(body->nonce_is_hex);
    free(body->hash[0]);
    free(body->hash[1]);
    free(body->scratch);
    *body = (yq_bcos3_body){0};
}

const yq_json *yq_bcos3_body_receipt(const yq_bcos3_body *body, size_t i)
{
    return body->receipt[i] == NULL ? NULL : yq_json_get(yq_json_root(body->receipt[i]), "result");
}

static yq_status fetch_receipt(
    yq_bcos3_session *s, const yq_digest *hash, uint64_t until_ms, yq_json **reply, yq_fault *why)
{
    char rest[96], hex[65];
    (void)yq_hex_encode(hex, sizeof hex, hash->b, sizeof hash->b);
    (void)snprintf(rest, sizeof rest, ",\"0x%s\",false", hex);
    yq_status status = yq_bcos3_ask_any(s, "getTransactionReceipt", rest, until_ms, reply, why);
    if (status == YQ_OK && !yq_json_is_object(yq_json_get(yq_json_root(*reply), "result"))) {
        yq_json_free(*reply);
        *reply = NULL;
        return yq_fail(why, YQ_E_PEER, 0, "the node has no receipt of a transaction in a block");
    }
    return status;
}

/* Transactions that the light client does not know (those of Web3 clients) are hashed in another
 * way: their stated hash is a leaf as good as any, the root says whether it is the true one. */
static yq_status take_tx(yq_bcos3_session *s, yq_bcos3_body *b, size_t i, yq_fault *why)
{
    const yq_json *tx = yq_json_at(b->txs, i);
    const yq_buf room = {s->room, YQ_BCOS3_ROOM_SIZE, 0};
    int is_hex = 0;
    yq_digest hash;
    yq_status status = yq_bcos3_tx_hash(&s->profile, tx, room, &is_hex, &hash, why);
    b->nonce_is_hex[i] = (uint8_t)is_hex;
    b->hash[0][i] = hash;
    if (status == YQ_OK) {
        return YQ_OK;
    }
    b->nonce_is_hex[i] = YQ_BCOS3_FOREIGN;
    return yq_bcos3_digest(yq_json_get(tx, "hash"), &b->hash[0][i]) ? YQ_OK : status;
}

/* A receipt of a version that is not known here, or larger than the room, is a leaf by its stated
 * hash, where there is one. */
static yq_status take_receipt(yq_bcos3_session *s, yq_bcos3_body *b, size_t i, yq_fault *why)
{
    const yq_json *receipt = yq_bcos3_body_receipt(b, i);
    const yq_buf room = {s->room, YQ_BCOS3_ROOM_SIZE, 0};
    uint64_t version = 0;
    (void)yq_json_quantity(yq_json_get(receipt, "version"), &version);
    yq_status status = yq_bcos3_receipt_hash(&s->profile, receipt, room, &b->hash[1][i], why);
    if ((status == YQ_E_NOSPC || version > YQ_BCOS3_RECEIPT_VERSION_MAX) &&
        yq_bcos3_digest(yq_json_get(receipt, "hash"), &b->hash[1][i])) {
        b->nonce_is_hex[i] = YQ_BCOS3_FOREIGN;
        return YQ_OK;
    }
    return status;
}

static int is_of_use(const yq_json *tx, const yq_json *receipt)
{
    yq_slice to = {0};
    return yq_json_count(yq_json_get(receipt, "logEntries")) > 0 ||
           (yq_json_text(yq_json_get(tx, "to"), &to) &&
            yq_slice_equal(to, yq_slice_text(YQ_BCOS3_CONSENSUS_TEXT)));
}

/* Fetches and hashes transaction i and its receipt; keeps the receipt when it is of use. */
static yq_status load_one(
    yq_bcos3_session *s, yq_bcos3_body *b, size_t i, uint64_t until_ms, yq_fault *why)
{
    yq_status status = take_tx(s, b, i, why);
    if (status == YQ_OK) {
        status = fetch_receipt(s, &b->hash[0][i], until_ms, &b->receipt[i], why);
    }
    if (status == YQ_OK) {
        status = take_receipt(s, b, i, why);
    }
    if (status == YQ_OK && !is_of_use(yq_json_at(b->txs, i), yq_bcos3_body_receipt(b, i))) {
        yq_json_free(b->receipt[i]);
        b->receipt[i] = NULL;
    }
    return status;
}

static yq_status check_roots(
    const yq_bcos3_session *s, const yq_json *block, yq_bcos3_body *b, yq_fault *why)
{
    static const char *const key[2] = {"txsRoot", "receiptsRoot"};
    for (size_t k = 0; k < 2; k++) {
        yq_digest stated;
        memcpy(b->scratch, b->hash[k], b->n * sizeof(yq_digest));
        yq_digest root = yq_bcos3_root(yq_bcos3_hash_alg(&s->profile), b->scratch, b->n);
        if (!yq_bcos3_digest(yq_json_get(block, key[k]), &stated) ||
            !yq_digest_equal(&root, &stated)) {
            return yq_fail(why, YQ_E_PEER, 0, key[k]);
        }
    }
    return YQ_OK;
}

yq_status yq_bcos3_body_load(
    yq_bcos3_session *s, const yq_json *block, uint64_t until_ms, yq_bcos3_body *out, yq_fault *why)
{
    *out = (yq_bcos3_body){.txs = yq_json_get(block, "transactions")};
    size_t n = yq_json_count(out->txs);
    if (n == 0 || n > YQ_BCOS3_BLOCK_TX_MAX) {
        return yq_fail(why, YQ_E_PEER, 0, "transactions");
    }
    out->receipt = calloc(n, sizeof(yq_json *));
    out->nonce_is_hex = calloc(n, 1);
    out->hash[0] = calloc(n, sizeof(yq_digest));
    out->hash[1] = calloc(n, sizeof(yq_digest));
    out->scratch = calloc(n, sizeof(yq_digest));
    if (out->receipt == NULL || out->nonce_is_hex == NULL || out->hash[0] == NULL ||
        out->hash[1] == NULL || out->scratch == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "block");
    }
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        yq_status status = load_one(s, out, i, until_ms, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    return check_roots(s, block, out, why);
}

yq_status yq_bcos3_body_inclusion(
    const yq_bcos3_session *s,
    yq_bcos3_body *body,
    size_t i,
    yq_bcos3_inclusion *out,
    yq_fault *why)
{
    body->path = (yq_bcos3_path){0};
    for (size_t k = 0; k < 2; k++) {
        memcpy(body->scratch, body->hash[k], body->n * sizeof(yq_digest));
        yq_status status = yq_bcos3_path_of_hashes(
            yq_bcos3_hash_alg(&s->profile), body->scratch, body->n, i, k, &body->path);
        if (status != YQ_OK) {
            return yq_fail(why, status, 0, "path");
        }
    }
    *out = (yq_bcos3_inclusion){
        .tx = yq_json_at(body->txs, i),
        .receipt = yq_bcos3_body_receipt(body, i),
        .path = &body->path,
        .nonce_is_hex = body->nonce_is_hex[i],
    };
    return YQ_OK;
}
