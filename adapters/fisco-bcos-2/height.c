#include "adapters/fisco-bcos-2/fields.h"
#include "adapters/fisco-bcos-2/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CHANGES_MAX 64u
#define PATH_SIZE   2048u /* 4 levels of 15 nodes */

/* A block's transactions and receipts, with all their hashes. */
typedef struct body {
    const yq_json *txs; /* of the block's document */
    size_t n;
    yq_json **receipt;  /* replies; NULL: not kept */
    yq_digest *hash[2]; /* of transactions, of receipts */
    yq_digest *scratch; /* a copy to make paths from */
    uint8_t path[2][PATH_SIZE];
} body;

static void body_free(body *b)
{
    for (size_t i = 0; i < b->n && b->receipt != NULL; i++) {
        yq_json_free(b->receipt[i]);
    }
    free(b->receipt);
    free(b->hash[0]);
    free(b->hash[1]);
    free(b->scratch);
}

static const yq_json *receipt_of(const body *b, size_t i)
{
    return yq_json_get(yq_json_root(b->receipt[i]), "result");
}

static yq_status fetch_receipt(
    yq_fisco2_session *s, const yq_json *tx, uint64_t until_ms, yq_json **reply, yq_fault *why)
{
    char params[128], hex[65];
    yq_digest hash;
    if (!yq_fisco2_digest(yq_json_get(tx, "hash"), &hash)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "transactions: hash");
    }
    (void)yq_hex_encode(hex, sizeof hex, hash.b, sizeof hash.b);
    (void)snprintf(params, sizeof params, "[%" PRIu32 ",\"0x%s\"]", s->group_id, hex);
    yq_status status =
        yq_jsonrpc_ask_any(&s->rpc, "getTransactionReceipt", params, until_ms, reply, why);
    if (status == YQ_OK && yq_json_is_null(yq_json_get(yq_json_root(*reply), "result"))) {
        yq_json_free(*reply);
        *reply = NULL;
        return yq_fail(why, YQ_E_PEER, 0, "the node has no receipt of a transaction in a block");
    }
    return status;
}

static int has_logs(const yq_json *receipt)
{
    return yq_json_count(yq_json_get(receipt, "logs")) > 0;
}

/* Fetches and hashes transaction i and its receipt; keeps the receipt when it is of use. */
static yq_status load_one(yq_fisco2_session *s, body *b, size_t i, uint64_t until_ms, yq_fault *why)
{
    const yq_json *tx = yq_json_at(b->txs, i);
    yq_buf raw = {s->room, YQ_FISCO2_ROOM_SIZE, 0};
    yq_status status = yq_fisco2_tx_rlp(&s->profile, tx, &raw, &b->hash[0][i], why);
    if (status == YQ_OK) {
        status = fetch_receipt(s, tx, until_ms, &b->receipt[i], why);
    }
    if (status == YQ_OK) {
        raw.n = 0;
        status = yq_fisco2_receipt_rlp(&s->profile, receipt_of(b, i), &raw, &b->hash[1][i], why);
    }
    if (status == YQ_OK && !has_logs(receipt_of(b, i)) && !yq_fisco2_is_set_change(tx)) {
        yq_json_free(b->receipt[i]);
        b->receipt[i] = NULL;
    }
    return status;
}

/* Loads a whole block and compares the roots, so that a proof that cannot hold is never made. */
static yq_status body_load(
    yq_fisco2_session *s, const yq_json *block, uint64_t until_ms, body *b, yq_fault *why)
{
    static const char *const root_key[2] = {"transactionsRoot", "receiptsRoot"};
    *b = (body){.txs = yq_json_get(block, "transactions")};
    size_t n = yq_json_count(b->txs);
    if (n == 0 || n > YQ_FISCO2_BLOCK_TX_MAX) {
        return yq_fail(why, YQ_E_PEER, 0, "transactions");
    }
    b->receipt = calloc(n, sizeof(yq_json *));
    b->hash[0] = calloc(n, sizeof(yq_digest));
    b->hash[1] = calloc(n, sizeof(yq_digest));
    b->scratch = calloc(n, sizeof(yq_digest));
    if (b->receipt == NULL || b->hash[0] == NULL || b->hash[1] == NULL || b->scratch == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "block");
    }
    b->n = n;
    for (size_t i = 0; i < n; i++) {
        yq_status status = load_one(s, b, i, until_ms, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    for (size_t k = 0; k < 2; k++) {
        yq_digest root, stated;
        yq_buf nowhere = {b->path[k], sizeof b->path[k], 0};
        memcpy(b->scratch, b->hash[k], n * sizeof(yq_digest));
        yq_status status = yq_fisco2_path_of_hashes(
            yq_fisco2_profile_hash(&s->profile), b->scratch, n, 0, &nowhere, &root);
        if (status != YQ_OK || !yq_fisco2_digest(yq_json_get(block, root_key[k]), &stated) ||
            memcmp(root.b, stated.b, sizeof root.b) != 0) {
            return yq_fail(why, YQ_E_PEER, 0, root_key[k]);
        }
    }
    return YQ_OK;
}

/* The inclusion of transaction i; its paths lie in the body until the next call. */
static yq_status inclusion_of(
    const yq_fisco2_session *s, body *b, size_t i, yq_fisco2_inclusion_json *out, yq_fault *why)
{
    yq_slice path[2];
    for (size_t k = 0; k < 2; k++) {
        yq_buf room = {b->path[k], sizeof b->path[k], 0};
        memcpy(b->scratch, b->hash[k], b->n * sizeof(yq_digest));
        yq_status status = yq_fisco2_path_of_hashes(
            yq_fisco2_profile_hash(&s->profile), b->scratch, b->n, (uint32_t)i, &room, NULL);
        if (status != YQ_OK) {
            return yq_fail(why, status, 0, "path");
        }
        path[k] = yq_slice_of(room.p, room.n);
    }
    *out = (yq_fisco2_inclusion_json){
        .tx = yq_json_at(b->txs, i),
        .receipt = receipt_of(b, i),
        .tx_path = path[0],
        .receipt_path = path[1],
    };
    return YQ_OK;
}

/* A short name of a block's list of sealers, to see whether it changed. */
static yq_digest sealers_digest(const yq_json *block)
{
    static const char comma[] = ",";
    yq_slice part[2 * 256];
    size_t n = 0;
    const yq_json *list = yq_json_get(block, "sealerList");
    for (size_t i = 0; i < yq_json_count(list) && n + 2 <= YQ_ARRAY_N(part); i++) {
        if (yq_json_text(yq_json_at(list, i), &part[n])) {
            part[n + 1] = yq_slice_of(comma, 1);
            n += 2;
        }
    }
    yq_digest out = {{0}};
    yq_hash(YQ_HASH_SM3, part, n, out.b);
    return out;
}

static void remember(yq_fisco2_session *s, uint64_t number, const yq_json *block)
{
    s->has_last = 1;
    s->last_number = number;
    s->last_sealers = sealers_digest(block);
}

/* Writes the changes that stand in a body as one inclusion each. */
static yq_status gather_changes(
    yq_fisco2_session *s, body *b, yq_buf *out, size_t *n, yq_fault *why)
{
    for (size_t i = 0; i < b->n; i++) {
        yq_fisco2_inclusion_json in = {0};
        if (!yq_fisco2_is_set_change(yq_json_at(b->txs, i)) ||
            !yq_fisco2_set_changed(receipt_of(b, i))) {
            continue;
        }
        if (*n == CHANGES_MAX) {
            return yq_fail(why, YQ_E_LIMIT, 0, "set changes in one block");
        }
        yq_status status = inclusion_of(s, b, i, &in, why);
        if (status == YQ_OK) {
            status = yq_fisco2_inclusion_of_json(&s->profile, &in, out, why);
        }
        if (status != YQ_OK) {
            return status;
        }
        ++*n;
    }
    return YQ_OK;
}

/* The changes in block number, when the next header lists other sealers than it does. Out: appended
 * to changes. */
static yq_status changes_before(
    yq_fisco2_session *s,
    uint64_t number,
    const yq_json *next,
    uint64_t until_ms,
    yq_buf *changes,
    size_t *n,
    yq_fault *why)
{
    yq_digest sealers = sealers_digest(next);
    *n = 0;
    if (number == 0 || (s->has_last && s->last_number == number &&
                        memcmp(s->last_sealers.b, sealers.b, sizeof sealers.b) == 0)) {
        return YQ_OK;
    }
    yq_fisco2_sources sources;
    body b = {0};
    yq_status status = yq_fisco2_sources_fetch(s, number, until_ms, &sources, why);
    if (status == YQ_OK) {
        yq_digest before = sealers_digest(sources.block[0]);
        if (memcmp(before.b, sealers.b, sizeof sealers.b) != 0) {
            status = body_load(s, sources.block[0], until_ms, &b, why);
            if (status == YQ_OK) {
                status = gather_changes(s, &b, changes, n, why);
            }
        }
    }
    body_free(&b);
    yq_fisco2_sources_free(&sources);
    return status;
}

static yq_status make_update(
    yq_fisco2_session *s,
    uint64_t number,
    const yq_fisco2_sources *sources,
    uint64_t until_ms,
    yq_slice *out,
    yq_fault *why)
{
    size_t n;
    yq_buf changes = {malloc(YQ_TX_SIZE_MAX), YQ_TX_SIZE_MAX, 0};
    if (changes.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "set changes");
    }
    yq_status status =
        changes_before(s, number - 1, sources->block[0], until_ms, &changes, &n, why);
    if (status == YQ_OK) {
        yq_buf room = {s->room, YQ_FISCO2_ROOM_SIZE, 0};
        status = yq_fisco2_update_gather(
            &s->profile,
            sources->block,
            sources->n,
            yq_slice_of(changes.p, changes.n),
            n,
            &room,
            why);
        if (status == YQ_OK) {
            status = yq_fisco2_give(s, yq_slice_of(room.p, room.n), out, why);
        }
    }
    free(changes.p);
    return status;
}

/* One event with its hints. */
static yq_status make_event(
    yq_fisco2_session *s,
    uint64_t number,
    const yq_fisco2_inclusion_json *in,
    uint32_t log_idx,
    yq_event_proof *out,
    yq_fault *why)
{
    yq_buf room = {s->room, YQ_FISCO2_ROOM_SIZE, 0};
    yq_status status = yq_fisco2_event_of_json(&s->profile, number, in, log_idx, &room, why);
    if (status == YQ_OK) {
        status = yq_fisco2_give(s, yq_slice_of(room.p, room.n), &out->proof, why);
    }
    const yq_json *log = yq_json_at(yq_json_get(in->receipt, "logs"), log_idx);
    const yq_json *hint[3] = {
        yq_json_get(log, "address"),
        yq_json_at(yq_json_get(log, "topics"), 0),
        yq_json_get(in->tx, "hash"),
    };
    yq_slice *to[3] = {&out->emitter, &out->name, &out->tx_id};
    for (size_t i = 0; i < 3 && status == YQ_OK; i++) {
        uint8_t bytes[YQ_DIGEST_SIZE] = {0};
        yq_buf decoded = {bytes, sizeof bytes, 0};
        if (hint[i] != NULL && !yq_json_hex(hint[i], &decoded)) {
            return yq_fail(why, YQ_E_TYPE, 0, "logs");
        }
        status = yq_fisco2_give(s, yq_slice_of(bytes, decoded.n), to[i], why);
    }
    out->event_index = log_idx;
    return status;
}

static size_t count_logs(const body *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        n += b->receipt[i] == NULL ? 0 : yq_json_count(yq_json_get(receipt_of(b, i), "logs"));
    }
    return n;
}

/* Logs of reverted transactions prove nothing: left out. */
static int is_success(const yq_json *receipt)
{
    uint64_t status;
    return yq_json_quantity(yq_json_get(receipt, "status"), &status) && status == 0;
}

static yq_status events_of_body(
    yq_fisco2_session *s, uint64_t number, body *b, yq_height_evidence *out, yq_fault *why)
{
    size_t all = count_logs(b), n = 0;
    yq_event_proof *event = s->host.alloc(s->host.self, (all + 1) * sizeof *event);
    if (event == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "events");
    }
    for (size_t i = 0; i < b->n; i++) {
        yq_fisco2_inclusion_json in = {0};
        if (b->receipt[i] == NULL || !is_success(receipt_of(b, i))) {
            continue;
        }
        size_t logs = yq_json_count(yq_json_get(receipt_of(b, i), "logs"));
        yq_status status = logs == 0 ? YQ_OK : inclusion_of(s, b, i, &in, why);
        for (uint32_t k = 0; k < logs && status == YQ_OK; k++) {
            status = make_event(s, number, &in, k, &event[n++], why);
        }
        if (status != YQ_OK) {
            return status;
        }
    }
    out->event = event;
    out->event_n = n;
    s->counts.events += n;
    return YQ_OK;
}

yq_status yq_fisco2_height_evidence(
    yq_fisco2_session *s,
    uint64_t number,
    uint64_t until_ms,
    yq_height_evidence *out,
    yq_fault *why)
{
    yq_fisco2_sources sources = {0};
    body b = {0};
    *out = (yq_height_evidence){0};
    yq_status status = yq_fisco2_profile_get(s, until_ms, why);
    if (status != YQ_OK || number == 0) {
        return status; /* the genesis is the anchor: no update, no transactions */
    }
    status = yq_fisco2_sources_fetch(s, number, until_ms, &sources, why);
    if (status == YQ_OK) {
        status = make_update(s, number, &sources, until_ms, &out->update, why);
    }
    /* A header's logsBloom is zero on real chains, with logs in the block: it saves no question. */
    size_t txs = status == YQ_OK ? yq_json_count(yq_json_get(sources.block[0], "transactions")) : 0;
    if (txs > 0) {
        status = body_load(s, sources.block[0], until_ms, &b, why);
    }
    if (txs > 0 && status == YQ_OK) {
        status = events_of_body(s, number, &b, out, why);
    }
    if (status == YQ_OK) {
        remember(s, number, sources.block[0]);
        s->counts.heights++;
    }
    body_free(&b);
    yq_fisco2_sources_free(&sources);
    return status;
}
