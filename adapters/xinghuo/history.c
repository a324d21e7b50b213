#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE      1000u
#define PAGES_MAX 64u
#define LOG       8u /* the operation's type */

/* What one node tells of a ledger. */
typedef struct history {
    yq_xha_session *s;
    size_t endpoint;
    const yq_xha_header *header;
    uint64_t until_ms;
    yq_json *page[PAGES_MAX];
    size_t page_n;
    const yq_json **entry; /* of all pages, in order */
    size_t n;
} history;

static void history_free(history *h)
{
    for (size_t i = 0; i < h->page_n; i++) {
        yq_json_free(h->page[i]);
    }
    free((void *)h->entry);
}

static yq_status add_entries(history *h, const yq_json *list, yq_fault *why)
{
    size_t n = yq_json_count(list);
    const yq_json **grown = realloc((void *)h->entry, (h->n + n + 1) * sizeof(void *));
    if (grown == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "getTransactionHistory");
    }
    h->entry = grown;
    for (size_t i = 0; i < n; i++) {
        uint64_t seq = 0;
        grown[h->n] = yq_json_at(list, i);
        if (!yq_json_quantity(yq_json_get(grown[h->n], "ledger_seq"), &seq) ||
            seq != h->header->seq) {
            return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: of another ledger");
        }
        h->n++;
    }
    return YQ_OK;
}

/* All pages; a ledger without transactions is E_NOT_FOUND of the first. */
static yq_status load(history *h, yq_fault *why)
{
    uint64_t total = 1;
    yq_status status = YQ_OK;
    while (status == YQ_OK && h->n < total && h->page_n < PAGES_MAX) {
        char path[112];
        const yq_json *result = NULL;
        size_t before = h->n;
        (void)snprintf(
            path,
            sizeof path,
            "/getTransactionHistory?ledger_seq=%" PRIu64 "&start=%zu&limit=%u",
            h->header->seq,
            h->n,
            PAGE);
        status =
            yq_xha_ask(h->s, h->endpoint, path, h->until_ms, &h->page[h->page_n], &result, why);
        if (status == YQ_E_NOT_FOUND && h->n == 0) {
            return YQ_OK;
        }
        if (status != YQ_OK) {
            break;
        }
        h->page_n++;
        if (!yq_json_quantity(yq_json_get(result, "total_count"), &total)) {
            status = yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: total_count");
        }
        status =
            status == YQ_OK ? add_entries(h, yq_json_get(result, "transactions"), why) : status;
        if (status == YQ_OK && h->n == before && h->n < total) {
            status = yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: fewer than total_count");
        }
    }
    if (status == YQ_OK && h->n != total) {
        status = yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: not as many as total_count");
    }
    return status;
}

/* ---- what a transaction set off ---- */

static int has_hash(const yq_json *entry, yq_slice hash)
{
    yq_slice own;
    return yq_json_text(yq_json_get(entry, "hash"), &own) && yq_slice_equal(own, hash);
}

/* A transaction that a contract made: the ledger's list has it behind its cause, else it is asked
 * for. Out: reply, to be freed. */
static yq_status find_child(
    const history *h,
    size_t parent,
    yq_slice hash,
    yq_json **reply,
    const yq_json **child,
    yq_fault *why)
{
    char path[112];
    uint64_t seq = 0;
    const yq_json *result = NULL;
    *reply = NULL;
    for (size_t i = 1; i <= h->n; i++) {
        *child = h->entry[(parent + i) % h->n];
        if (has_hash(*child, hash)) {
            return YQ_OK;
        }
    }
    (void)snprintf(
        path, sizeof path, "/getTransactionHistory?hash=%.*s", (int)hash.n, (const char *)hash.p);
    yq_status status = yq_xha_ask(h->s, h->endpoint, path, h->until_ms, reply, &result, why);
    if (status != YQ_OK) {
        return status == YQ_E_NOT_FOUND ? YQ_E_PEER : status;
    }
    *child = yq_json_at(yq_json_get(result, "transactions"), 0);
    if (!has_hash(*child, hash) || !yq_json_quantity(yq_json_get(*child, "ledger_seq"), &seq) ||
        seq != h->header->seq) {
        return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: another transaction");
    }
    return YQ_OK;
}

/* Takes what a child logged; one that logged nothing is passed. */
static yq_status take_child(
    const history *h, const yq_json *child, yq_xha_log *log, yq_xha_bodies *out, yq_fault *why)
{
    const yq_json *transaction = yq_json_get(child, "transaction");
    const yq_json *operation = yq_json_at(yq_json_get(transaction, "operations"), 0);
    const yq_json *from = yq_json_get(operation, "log");
    uint64_t type = 0;
    if (!yq_json_quantity(yq_json_get(operation, "type"), &type)) {
        return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: operation");
    }
    if (type != LOG) {
        return YQ_OK;
    }
    if (!yq_json_text(yq_json_get(transaction, "source_address"), &log->emitter) ||
        !yq_json_text(yq_json_get(from, "topic"), &log->topic)) {
        return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: source_address, topic");
    }
    log->datas = yq_json_get(from, "datas");
    return yq_xha_is_wanted(h->s, log->emitter) ? yq_xha_bodies_add(out, h->header, log, why)
                                                : YQ_OK;
}

static int is_hash_text(yq_slice text)
{
    uint8_t bytes[YQ_DIGEST_SIZE];
    yq_buf room = {bytes, sizeof bytes, 0};
    return text.n == 2 * sizeof bytes &&
           yq_hex_decode(&room, (const char *)text.p, text.n) == YQ_OK;
}

static yq_status take_children(const history *h, size_t parent, yq_xha_bodies *out, yq_fault *why)
{
    const yq_json *list = yq_json_get(h->entry[parent], "contract_tx_hashes");
    yq_xha_log log = {.index = 0};
    yq_buf room = {log.tx.b, sizeof log.tx.b, 0};
    yq_status status = YQ_OK;
    if (yq_json_count(list) == 0) {
        return YQ_OK;
    }
    if (!yq_json_hex(yq_json_get(h->entry[parent], "hash"), &room) || room.n != sizeof log.tx.b) {
        return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: hash");
    }
    for (size_t i = 0; i < yq_json_count(list) && status == YQ_OK; i++) {
        yq_slice hash;
        yq_json *reply = NULL;
        const yq_json *child = NULL;
        if (!yq_json_text(yq_json_at(list, i), &hash) || !is_hash_text(hash)) {
            return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: contract_tx_hashes");
        }
        log.index = (uint32_t)i;
        status = find_child(h, parent, hash, &reply, &child, why);
        status = status == YQ_OK ? take_child(h, child, &log, out, why) : status;
        yq_json_free(reply);
    }
    return status;
}

/* Transactions that failed have set off nothing. */
static yq_status take_entry(const history *h, size_t at, yq_xha_bodies *out, yq_fault *why)
{
    uint64_t code = 1;
    if (!yq_json_quantity(yq_json_get(h->entry[at], "error_code"), &code)) {
        return yq_fail(why, YQ_E_PEER, 0, "getTransactionHistory: error_code");
    }
    return code == 0 ? take_children(h, at, out, why) : YQ_OK;
}

yq_status yq_xha_history_of(
    yq_xha_session *s,
    size_t endpoint,
    const yq_xha_header *header,
    uint64_t until_ms,
    yq_xha_bodies *out,
    yq_fault *why)
{
    history h = {.s = s, .endpoint = endpoint, .header = header, .until_ms = until_ms};
    *out = (yq_xha_bodies){0};
    yq_status status = load(&h, why);
    for (size_t i = 0; i < h.n && status == YQ_OK; i++) {
        status = take_entry(&h, i, out, why);
    }
    if (status != YQ_OK) {
        yq_xha_bodies_free(out);
    }
    history_free(&h);
    return status;
}
