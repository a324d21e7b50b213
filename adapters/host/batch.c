#include "adapters/host/host.h"
#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/hub/tx.h"
#include "relay/ledger/envelope.h"

#include <inttypes.h>
#include <stdio.h>

#define ENVELOPE_COST_MAX (YQ_BLOCK_COST_MAX / 4)
#define PARK_ATTEMPTS_MAX 12u /* of an event whose proof or content the hub refuses */
#define PARK_FIRST_MS     1000u
#define PARK_MOST_MS      60000u
#define STORE_MS          1000u /* between stores of a cursor that only passed empty heights */

/* ---- parked events -------------------------------------------------------------------------- */

static yq_host_parked *find_parked(yq_host_cursor *cursor, const yq_host_entry *entry)
{
    for (size_t i = 0; i < cursor->parked_n; i++) {
        yq_host_parked *p = &cursor->parked[i];
        if (p->height == entry->height && p->event_index == entry->event_index &&
            yq_slice_equal(yq_host_name_get(&p->tx_id), yq_host_name_get(&entry->tx_id))) {
            return p;
        }
    }
    return NULL;
}

static void unpark(yq_host_cursor *cursor, const yq_host_entry *entry)
{
    yq_host_parked *p = find_parked(cursor, entry);
    if (p != NULL) {
        size_t idx = (size_t)(p - cursor->parked);
        memmove(p, p + 1, (cursor->parked_n - idx - 1) * sizeof *p);
        cursor->parked_n--;
    }
}

/* Whether waiting can mend it: an operator opens the lane, an earlier number comes. */
static int waits_for_others(yq_status code)
{
    return code == YQ_E_LANE_MISSING || code == YQ_E_SEQ_GAP || code == YQ_E_RATE_LIMIT ||
           code == YQ_E_HELD;
}

static void tell(const yq_host_entry *entry, const yq_api_result *result, const char *what)
{
    char tx_id[2 * YQ_HOST_TX_ID_MAX + 1];
    (void)yq_hex_encode(tx_id, sizeof tx_id, entry->tx_id.b, entry->tx_id.n);
    yq_log(
        YQ_LOG_WARN,
        "scan",
        "%s code=%s height=%" PRIu64 " method=%s tx_id=%s event=%u why=\"%s\"",
        what,
        yq_status_name((yq_status)result->status),
        entry->height,
        yq_method_name(entry->method),
        tx_id,
        entry->event_index,
        result->why);
}

/* Returns OK, or E_LIMIT when no more can be parked. */
static yq_status park(yq_engine *e, const yq_host_entry *entry, const yq_api_result *result)
{
    yq_host_cursor *cursor = &e->cursor;
    yq_status code = (yq_status)result->status;
    yq_host_parked *p = find_parked(cursor, entry);
    if (p == NULL) {
        if (cursor->parked_n == YQ_HOST_PARKED_MAX) {
            return YQ_E_LIMIT;
        }
        p = &cursor->parked[cursor->parked_n++];
        *p = (yq_host_parked){
            .height = entry->height, .tx_id = entry->tx_id, .event_index = entry->event_index};
    }
    p->code = code;
    p->attempts++;
    if (p->attempts >= PARK_ATTEMPTS_MAX && !waits_for_others(code)) {
        tell(entry, result, "event refused for good alarm=1");
        e->stats.refused++;
        unpark(cursor, entry);
        return YQ_OK;
    }
    if (p->attempts == 1) {
        tell(entry, result, "event parked alarm=1");
    }
    p->retry_ms = yq_host_steady_ms() +
                  yq_backoff_wait_ms(PARK_FIRST_MS, PARK_MOST_MS, p->attempts, yq_host_draw());
    return YQ_OK;
}

/* ---- results -------------------------------------------------------------------------------- */

static void take_done(yq_engine *e, const yq_host_entry *entry, yq_status code)
{
    e->stats.replayed += code == YQ_E_REPLAY ? 1 : 0;
    if (entry->method == YQ_METHOD_CLIENT_UPDATE) {
        e->stats.updates++;
        if (entry->height > e->chain.client_height) {
            e->chain.client_height = entry->height;
        }
    } else {
        e->stats.events++;
        unpark(&e->cursor, entry);
    }
}

/* Returns OK, or the code at which the evidence stands still. */
static yq_status take_result(yq_engine *e, const yq_host_entry *entry, const yq_api_result *result)
{
    yq_status code = (yq_status)result->status;
    switch (yq_host_judge(entry->method, code)) {
    case YQ_HOST_DONE:
        take_done(e, entry, code);
        return YQ_OK;
    case YQ_HOST_REFUSED:
        tell(entry, result, "event refused");
        e->stats.refused++;
        unpark(&e->cursor, entry);
        return YQ_OK;
    case YQ_HOST_PARK:
        return park(e, entry, result);
    case YQ_HOST_HOLD:
        break;
    }
    return code;
}

yq_status yq_engine_store(yq_engine *e)
{
    yq_fault why = {0};
    yq_status status = yq_host_cursor_store(&e->cursor, e->config->cursor_dir, &why);
    if (status != YQ_OK) {
        yq_hold_set(&e->scan_hold, "cursor", status, e->cursor.next, why.text);
        return status;
    }
    (void)YQ_FAULT_POINT("cursor.stored");
    e->stored_next = e->cursor.next;
    e->stored_ms = yq_host_steady_ms();
    return YQ_OK;
}

static yq_status hold_at(yq_engine *e, const yq_host_entry *entry, const yq_api_result *result)
{
    yq_status code = (yq_status)result->status;
    if (find_parked(&e->cursor, entry) == NULL) {
        e->cursor.next = entry->height; /* all below is done: the batch is in order of height */
    }
    e->wants_rewind = entry->method == YQ_METHOD_CLIENT_UPDATE;
    e->chain_read_ms = 0;
    char text[120];
    (void)snprintf(text, sizeof text, "%s: %.80s", yq_method_name(entry->method), result->why);
    if (yq_engine_store(e) == YQ_OK) {
        yq_hold_set(&e->scan_hold, "evidence", code, entry->height, text);
    }
    return code;
}

/* ---- the batch ------------------------------------------------------------------------------ */

static yq_status send_batch(yq_engine *e)
{
    yq_host_batch *b = &e->batch;
    yq_slice tx[YQ_HOST_ENTRIES_MAX];
    for (size_t i = 0; i < b->n; i++) {
        tx[i] = yq_slice_of(b->room + b->entry[i].at, b->entry[i].size);
    }
    (void)YQ_FAULT_POINT("batch.send");
    yq_fault why = {0};
    yq_status status = yq_envelope_send(e, tx, b->n, b->result, &why);
    (void)YQ_FAULT_POINT("batch.sent");
    if (status != YQ_OK) {
        if (!yq_host_stopping()) {
            yq_hold_set(&e->scan_hold, "evidence", status, b->entry[0].height, why.text);
        }
        return status;
    }
    for (size_t i = 0; i < b->n; i++) {
        status = take_result(e, &b->entry[i], &b->result[i]);
        if (status != YQ_OK) {
            return hold_at(e, &b->entry[i], &b->result[i]);
        }
    }
    return YQ_OK;
}

yq_status yq_batch_flush(yq_engine *e)
{
    yq_host_batch *b = &e->batch;
    size_t n = b->n;
    yq_status status = n == 0 ? YQ_OK : send_batch(e);
    if (status == YQ_OK) {
        if (b->next_after > e->cursor.next) {
            e->cursor.next = b->next_after;
        }
        int is_old =
            e->cursor.next != e->stored_next && yq_host_steady_ms() - e->stored_ms >= STORE_MS;
        if (n > 0 || is_old) {
            status = yq_engine_store(e);
        }
    }
    if (status == YQ_OK && n > 0) {
        yq_hold_clear(&e->scan_hold, "evidence");
    }
    b->n = 0;
    b->used = 0;
    b->cost = 0;
    b->next_after = 0;
    return status;
}

static yq_status append(yq_engine *e, const yq_host_entry *entry, yq_slice evidence)
{
    yq_host_batch *b = &e->batch;
    if (b->n == YQ_HOST_ENTRIES_MAX) {
        return YQ_E_NOSPC;
    }
    yq_tx tx = {
        .method = entry->method,
        .as.evidence = {.chain = yq_slice_text(e->config->file->chain), .bytes = evidence},
    };
    /* What the envelope adds to each transaction is its length. */
    size_t cap = YQ_ENVELOPE_SIZE_MAX - 256u - 4u * YQ_HOST_ENTRIES_MAX;
    yq_buf out = {.p = b->room + b->used, .cap = cap - b->used};
    yq_status status = yq_tx_encode(&tx, &out);
    if (status != YQ_OK) {
        return status;
    }
    uint64_t cost = yq_tx_cost(yq_slice_of(out.p, out.n));
    if (b->n > 0 && cost > ENVELOPE_COST_MAX - b->cost) {
        return YQ_E_NOSPC;
    }
    b->cost += cost < ENVELOPE_COST_MAX ? cost : ENVELOPE_COST_MAX;
    b->entry[b->n] = *entry;
    b->entry[b->n].at = b->used;
    b->entry[b->n].size = out.n;
    b->n++;
    b->used += out.n;
    return YQ_OK;
}

yq_status yq_batch_add(yq_engine *e, const yq_host_entry *entry, yq_slice evidence)
{
    yq_status status = append(e, entry, evidence);
    if (status == YQ_E_NOSPC && e->batch.n > 0) {
        status = yq_batch_flush(e);
        status = status == YQ_OK ? append(e, entry, evidence) : status;
    }
    return status;
}
