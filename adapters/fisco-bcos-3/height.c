#include "adapters/fisco-bcos-3/fields.h"
#include "adapters/fisco-bcos-3/session.h"
#include "adapters/fisco-bcos-3/submit.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LEVEL_WARN 3

static void warn(const yq_bcos3_session *s, uint64_t number, const char *text)
{
    char line[160];
    (void)snprintf(line, sizeof line, "height=%" PRIu64 " %.120s", number, text);
    s->host.log(s->host.self, LEVEL_WARN, line);
}

/* ---- changes of the sealers ---- */

typedef struct changes {
    yq_buf bytes;
    size_t n;
} changes;

/* Writes each call that changes the set, in the order of the block. Out: set, what they lead to. */
static yq_status gather_changes(
    yq_bcos3_session *s, yq_bcos3_body *b, yq_bcos3_sealers *set, changes *out, yq_fault *why)
{
    for (size_t i = 0; i < b->n; i++) {
        const yq_json *receipt = yq_bcos3_body_receipt(b, i);
        yq_bcos3_inclusion in = {0};
        if (receipt == NULL || b->nonce_is_hex[i] == YQ_BCOS3_FOREIGN ||
            !yq_bcos3_sealers_apply(&s->profile, yq_json_at(b->txs, i), receipt, set)) {
            continue;
        }
        if (out->n == YQ_BCOS3_CHANGES_MAX) {
            return yq_fail(why, YQ_E_LIMIT, 0, "set changes in one block");
        }
        yq_status status = yq_bcos3_body_inclusion(s, b, i, &in, why);
        if (status == YQ_OK) {
            status = yq_bcos3_change_put(&s->profile, &in, &out->bytes, why);
        }
        if (status != YQ_OK) {
            return status;
        }
        out->n++;
    }
    return YQ_OK;
}

/* The changes in block number, which lead from its sealers to those of the next one. */
static yq_status changes_in(
    yq_bcos3_session *s,
    uint64_t number,
    const yq_json *block,
    const yq_bcos3_sealers *next,
    uint64_t until_ms,
    changes *out,
    yq_fault *why)
{
    yq_bcos3_sealers set;
    yq_bcos3_body b = {0};
    yq_status status = yq_bcos3_sealers_of(block, &set, why);
    if (status != YQ_OK || yq_bcos3_sealers_equal(&set, next)) {
        return status;
    }
    if (yq_json_count(yq_json_get(block, "transactions")) > 0) {
        status = yq_bcos3_body_load(s, block, until_ms, &b, why);
    }
    if (status == YQ_OK) {
        status = gather_changes(s, &b, &set, out, why);
    }
    if (status == YQ_OK && !yq_bcos3_sealers_equal(&set, next)) {
        warn(s, number, "the sealers change behind this block in a way that no call of it proves");
    }
    yq_bcos3_body_free(&b);
    return status;
}

static yq_status changes_before(
    yq_bcos3_session *s,
    uint64_t number,
    const yq_bcos3_sealers *next,
    uint64_t until_ms,
    changes *out,
    yq_fault *why)
{
    /* A genesis has no transactions, and its header lists nobody. */
    if (number == 0 ||
        (s->has_last && s->last_number == number && yq_bcos3_sealers_equal(&s->last, next))) {
        return YQ_OK;
    }
    yq_bcos3_sources sources;
    yq_status status = yq_bcos3_sources_fetch(s, number, until_ms, &sources, why);
    if (status == YQ_OK) {
        status = changes_in(s, number, sources.block[0], next, until_ms, out, why);
    }
    yq_bcos3_sources_free(&sources);
    return status;
}

static yq_status make_update(
    yq_bcos3_session *s,
    uint64_t number,
    const yq_bcos3_sources *sources,
    uint64_t until_ms,
    yq_slice *out,
    yq_fault *why)
{
    yq_bcos3_sealers own;
    yq_status status = yq_bcos3_sealers_of(sources->block[0], &own, why);
    changes c = {.bytes = {malloc(YQ_TX_SIZE_MAX), YQ_TX_SIZE_MAX, 0}};
    if (status == YQ_OK && c.bytes.p == NULL) {
        status = yq_fail(why, YQ_E_MEMORY, 0, "set changes");
    }
    if (status == YQ_OK) {
        status = changes_before(s, number - 1, &own, until_ms, &c, why);
    }
    if (status == YQ_OK) {
        const yq_bcos3_signed from = {.block = sources->block, .n = sources->n};
        yq_buf room = {s->room, YQ_BCOS3_ROOM_SIZE, 0};
        status = yq_bcos3_update_put(
            &s->profile, &from, yq_slice_of(c.bytes.p, c.bytes.n), c.n, &room, why);
        if (status == YQ_OK) {
            status = yq_bcos3_give(s, yq_slice_of(room.p, room.n), out, why);
        }
    }
    if (status == YQ_OK) {
        s->has_last = 1;
        s->last_number = number;
        s->last = own;
    }
    free(c.bytes.p);
    return status;
}

/* ---- events ---- */

/* One event with its hints. */
static yq_status make_event(
    yq_bcos3_session *s,
    uint64_t number,
    const yq_bcos3_inclusion *in,
    uint32_t log_idx,
    yq_event_proof *out,
    yq_fault *why)
{
    yq_buf room = {s->room, YQ_BCOS3_ROOM_SIZE, 0};
    yq_status status = yq_bcos3_event_put(number, in, log_idx, &room, why);
    if (status == YQ_OK) {
        status = yq_bcos3_give(s, yq_slice_of(room.p, room.n), &out->proof, why);
    }
    const yq_json *log = yq_json_at(yq_json_get(in->receipt, "logEntries"), log_idx);
    const yq_json *hint[3] = {
        yq_json_get(log, "address"),
        yq_json_at(yq_json_get(log, "topics"), 0),
        yq_json_get(in->tx, "hash"),
    };
    yq_slice *to[3] = {&out->emitter, &out->name, &out->tx_id};
    for (size_t i = 0; i < 3 && status == YQ_OK; i++) {
        uint8_t bytes[YQ_DIGEST_SIZE] = {0};
        yq_buf decoded = {bytes, sizeof bytes, 0};
        if (!yq_json_hex(hint[i], &decoded)) {
            return yq_fail(why, YQ_E_TYPE, 0, "logEntries");
        }
        status = yq_bcos3_give(s, yq_slice_of(bytes, decoded.n), to[i], why);
    }
    out->event_index = log_idx;
    return status;
}

static int is_success(const yq_json *receipt)
{
    uint64_t status;
    return yq_json_quantity(yq_json_get(receipt, "status"), &status) && status == 0;
}

static size_t logs_of(const yq_bcos3_body *b, size_t i)
{
    const yq_json *receipt = yq_bcos3_body_receipt(b, i);
    return receipt != NULL && is_success(receipt)
               ? yq_json_count(yq_json_get(receipt, "logEntries"))
               : 0;
}

/* What the light client would refuse is left out, and told when it is the inbox's. */
static int is_provable(yq_bcos3_session *s, uint64_t number, const yq_bcos3_body *b, size_t i)
{
    const yq_json *tx = yq_json_at(b->txs, i);
    uint8_t address[20];
    yq_buf to = {address, sizeof address, 0};
    const char *reason =
        b->nonce_is_hex[i] == YQ_BCOS3_FOREIGN
            ? "a transaction of another type"
            : yq_bcos3_unprovable(tx, yq_bcos3_body_receipt(b, i), b->nonce_is_hex[i]);
    if (reason == NULL) {
        return 1;
    }
    s->counts.unprovable++;
    if (s->has_inbox && yq_json_hex(yq_json_get(tx, "to"), &to) && to.n == sizeof address &&
        memcmp(address, s->inbox, sizeof address) == 0) {
        warn(s, number, reason);
    }
    return 0;
}

static yq_status events_of_body(
    yq_bcos3_session *s, uint64_t number, yq_bcos3_body *b, yq_height_evidence *out, yq_fault *why)
{
    size_t all = 0, n = 0;
    for (size_t i = 0; i < b->n; i++) {
        all += logs_of(b, i);
    }
    yq_event_proof *event = s->host.alloc(s->host.self, (all + 1) * sizeof *event);
    if (event == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "events");
    }
    for (size_t i = 0; i < b->n; i++) {
        yq_bcos3_inclusion in = {0};
        size_t logs = logs_of(b, i);
        if (logs == 0 || !is_provable(s, number, b, i)) {
            continue;
        }
        yq_status status = yq_bcos3_body_inclusion(s, b, i, &in, why);
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

/* The events of the block that has just been built on often enough to count. */
static yq_status events_below(
    yq_bcos3_session *s, uint64_t number, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_bcos3_sources sources = {0};
    yq_bcos3_body b = {0};
    if (number <= s->rules.depth || number - s->rules.depth < s->anchor_height) {
        return YQ_OK;
    }
    uint64_t ripe = number - s->rules.depth;
    yq_status status = yq_bcos3_sources_fetch(s, ripe, until_ms, &sources, why);
    if (status == YQ_OK && yq_json_count(yq_json_get(sources.block[0], "transactions")) > 0) {
        status = yq_bcos3_body_load(s, sources.block[0], until_ms, &b, why);
        if (status == YQ_OK) {
            status = events_of_body(s, ripe, &b, out, why);
        }
    }
    yq_bcos3_body_free(&b);
    yq_bcos3_sources_free(&sources);
    return status;
}

/* A block of nothing but nudges has nothing to prove. */
static void note_stir(yq_bcos3_session *s, uint64_t number, const yq_json *block)
{
    const yq_json *txs = yq_json_get(block, "transactions");
    for (size_t i = 0; i < yq_json_count(txs); i++) {
        yq_slice to = {0};
        (void)yq_json_text(yq_json_get(yq_json_at(txs, i), "to"), &to);
        if (!yq_slice_equal(to, yq_slice_text(YQ_BCOS3_NUDGE_TEXT)) && number > s->stirred) {
            s->stirred = number;
        }
    }
}

yq_status yq_bcos3_height_evidence(
    yq_bcos3_session *s, uint64_t number, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_bcos3_sources sources = {0};
    *out = (yq_height_evidence){0};
    yq_status status = yq_bcos3_profile_get(s, until_ms, why);
    if (status != YQ_OK || number <= s->anchor_height) {
        return status; /* the anchor needs no update */
    }
    status = yq_bcos3_sources_fetch(s, number, until_ms, &sources, why);
    if (status == YQ_OK) {
        status = make_update(s, number, &sources, until_ms, &out->update, why);
    }
    if (status == YQ_OK) {
        note_stir(s, number, sources.block[0]);
        status = events_below(s, number, until_ms, out, why);
    }
    s->counts.heights += status == YQ_OK;
    yq_bcos3_sources_free(&sources);
    return status;
}
