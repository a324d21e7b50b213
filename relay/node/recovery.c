#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>

/*
 * Statements of the recovery set: kept in HOME/recovery with the time of this node's first sight,
 * told to every peer, and carried out when this node has waited and stands at the block that they
 * name. Then it is opened again, in the new epoch.
 */
#define LOOK_MS 500u

_Static_assert(YQ_RECOVERY_SIZE_MAX <= YQ_FRAME_RECOVERY_MAX, "a statement fits its frame");

/* ---- the book ------------------------------------------------------------------------------- */

/* In: lock held. */
static yq_status note(
    yq_node *n, uint64_t first_ms, yq_slice statement, unsigned *idx, int *fresh, yq_fault *why)
{
    recoveries *r = &n->recoveries;
    yq_status status = yq_recovery_book_take(r->book, statement, first_ms, idx, fresh, why);
    for (unsigned i = 0; status == YQ_OK && *fresh && i < n->config->file->recovery.accept_count;
         i++) {
        if (peers_same(&n->config->recovery_accept[i], &r->book->item[*idx].id)) {
            r->book->item[*idx].first_ms = 0; /* its operator has looked at it */
        }
    }
    return status;
}

static yq_status take_kept(void *self, uint64_t first_ms, yq_slice statement)
{
    unsigned idx;
    int fresh;
    yq_status status = note(self, first_ms, statement, &idx, &fresh, NULL);
    return status == YQ_OK ? YQ_OK : YQ_E_CORRUPT;
}

/* Those that have taken effect lie in the ledger, also where HOME/recovery was lost. */
static yq_status take_done(yq_node *n)
{
    yq_view *view;
    yq_slice statement;
    unsigned idx;
    int fresh;
    yq_status status = yq_view_open(n->ledger, &view);
    for (uint64_t epoch = 0; status == YQ_OK;) {
        status = yq_view_recovery_after(view, &epoch, &statement);
        if (status == YQ_OK) {
            yq_status noted = note(n, 0, statement, &idx, &fresh, NULL);
            (void)noted; /* a full book: the newest are lost, which the peers have too */
        }
        yq_view_reset(view);
    }
    yq_view_close(view);
    return status == YQ_E_NOT_FOUND ? YQ_OK : status;
}

yq_status recovery_open(yq_node *n, yq_fault *why)
{
    recoveries *r = &n->recoveries;
    r->book = yq_mem_alloc(sizeof *r->book);
    yq_recovery_book_init(
        r->book, yq_ledger_genesis(n->ledger), &yq_ledger_identity_of(n->ledger)->chain_id_hash);
    yq_status status = node_home_recoveries(&n->home, take_kept, n);
    if (status != YQ_OK) {
        return yq_fail(
            why, status, 0, "a statement is damaged; remove its file, a peer brings it again");
    }
    return take_done(n);
}

void recovery_close(yq_node *n)
{
    yq_mem_free(n->recoveries.book);
    n->recoveries.book = NULL;
}

static void tell_first_sight(const yq_node *n, unsigned idx)
{
    const yq_recovery_seen *seen = &n->recoveries.book->item[idx];
    char hex[2 * YQ_DIGEST_SIZE + 1];
    yq_hex_encode(hex, sizeof hex, seen->id.b, YQ_DIGEST_SIZE);
    yq_log(
        YQ_LOG_WARN,
        "node",
        "the recovery set names new validators id=%s epoch=%" PRIu64 " height=%" PRIu64
        " serial=%" PRIu32 " signatures=%zu takes_effect_ms=%" PRIu64,
        hex,
        seen->what.epoch,
        seen->what.height,
        seen->what.serial,
        seen->what.sig_n,
        yq_recovery_book_due_ms(n->recoveries.book, idx));
}

/* In: lock held. Out: idx. */
static yq_status take(yq_node *n, yq_slice statement, unsigned *idx, yq_fault *why)
{
    recoveries *r = &n->recoveries;
    uint64_t now = node_wall_ms();
    int fresh = 0;
    yq_status status = note(n, now, statement, idx, &fresh, why);
    if (status != YQ_OK || !fresh) {
        return status;
    }
    status = node_home_recovery(&n->home, &r->book->item[*idx].id, now, statement);
    if (status != YQ_OK) {
        r->book->n--; /* not kept: not seen */
        return yq_fail(why, status, 0, n->home.recovery);
    }
    r->fresh |= UINT32_C(1) << *idx;
    tell_first_sight(n, *idx);
    return YQ_OK;
}

/* Where a statement stands here; a ledger that cannot be read stops the process. */
static yq_recovery_stage stage_of(yq_node *n, const yq_recovery *r)
{
    yq_recovery_stage stage;
    yq_status status = yq_ledger_recovery(n->ledger, r, &stage);
    if (status != YQ_OK) {
        node_die("recovery", status, NULL);
    }
    return stage;
}

yq_status recovery_take(void *self, yq_slice statement, yq_fault *why)
{
    yq_node *n = self;
    unsigned idx;
    yq_recovery r;
    yq_status status = yq_recovery_decode(statement, &r, why);
    if (status != YQ_OK) {
        return status;
    }
    if (stage_of(n, &r) == YQ_RECOVERY_OVERRULED) {
        return yq_fail(why, YQ_E_STATE, 0, "the epoch went on after that block");
    }
    (void)pthread_mutex_lock(&n->recoveries.lock);
    status = take(n, statement, &idx, why);
    (void)pthread_mutex_unlock(&n->recoveries.lock);
    return status;
}

yq_status recovery_has_waited(void *self, yq_slice statement)
{
    yq_node *n = self;
    unsigned idx = 0;
    (void)pthread_mutex_lock(&n->recoveries.lock);
    yq_status status = take(n, statement, &idx, NULL);
    if (status == YQ_OK) {
        int due = yq_recovery_book_is_due(n->recoveries.book, idx, node_wall_ms());
        status = due ? YQ_OK : YQ_E_HELD;
    }
    (void)pthread_mutex_unlock(&n->recoveries.lock);
    return status;
}

/* ---- the interface -------------------------------------------------------------------------- */

unsigned recovery_list(void *self, yq_gateway_recovery out[YQ_RECOVERIES_MAX])
{
    yq_node *n = self;
    recoveries *r = &n->recoveries;
    (void)pthread_mutex_lock(&r->lock);
    unsigned count = r->book->n;
    for (unsigned i = 0; i < count; i++) {
        yq_gateway_recovery_of(r->book, i, &out[i]);
        out[i].stage = stage_of(n, &r->book->item[i].what);
        out[i].refused = r->refused[i];
    }
    (void)pthread_mutex_unlock(&r->lock);
    return count;
}

/* ---- links ---------------------------------------------------------------------------------- */

yq_status recovery_frame(yq_node *n, yq_slice body)
{
    yq_fault why = {0};
    yq_status status = recovery_take(n, body, &why);
    if (yq_status_is_fault(status)) {
        node_die("recovery", status, &why);
    }
    /* Overruled here, or one too many: the peer does not know. */
    return status == YQ_E_STATE || status == YQ_E_BUSY ? YQ_OK : status;
}

static void send_one(yq_node *n, uint32_t peer, const yq_recovery_seen *seen)
{
    yq_status status =
        yq_net_send(n->net, peer, YQ_FRAME_RECOVERY, yq_slice_of(seen->bytes, seen->size));
    (void)status; /* told again when the link is up again */
}

void recovery_peer_up(yq_node *n, uint32_t peer)
{
    recoveries *r = &n->recoveries;
    (void)pthread_mutex_lock(&r->lock);
    for (unsigned i = 0; i < r->book->n; i++) {
        send_one(n, peer, &r->book->item[i]);
    }
    (void)pthread_mutex_unlock(&r->lock);
}

static void spread(yq_node *n)
{
    recoveries *r = &n->recoveries;
    yq_net_peer_view view;
    for (uint32_t slot = 0; r->fresh != 0 && yq_net_look(n->net, slot, &view); slot++) {
        for (unsigned i = 0; i < r->book->n && view.linked; i++) {
            if ((r->fresh >> i & 1) != 0) {
                send_one(n, slot, &r->book->item[i]);
            }
        }
    }
    r->fresh = 0;
}

/* ---- the end of an epoch -------------------------------------------------------------------- */

/* Statements that may still take effect here. In: lock held. */
static unsigned count_open(yq_node *n)
{
    const yq_recovery_book *book = n->recoveries.book;
    unsigned count = 0;
    for (unsigned i = 0; i < book->n; i++) {
        yq_recovery_stage stage = stage_of(n, &book->item[i].what);
        count += stage == YQ_RECOVERY_WAITS || stage == YQ_RECOVERY_READY;
    }
    return count;
}

static void carry_out(yq_node *n, unsigned idx)
{
    const yq_recovery_seen *seen = &n->recoveries.book->item[idx];
    job *j = job_new(JOB_RECOVER);
    job_set_bytes(j, yq_slice_of(seen->bytes, seen->size));
    j->token = idx;
    n->recoveries.ending = 1;
    (void)YQ_FAULT_POINT("recovery");
    node_execute_put(n, j);
}

void recovery_tick(yq_node *n)
{
    recoveries *r = &n->recoveries;
    uint64_t now = node_now_ms();
    yq_bft_view core;
    if (now < r->look_ms || r->ending) {
        return;
    }
    r->look_ms = now + LOOK_MS;
    yq_bft_look(n->core, &core);
    (void)pthread_mutex_lock(&r->lock);
    spread(n);
    r->open = count_open(n);
    int may = !n->diverged && n->state_sync.import == NULL;
    for (unsigned i = 0; may && i < r->book->n && !r->ending; i++) {
        if (r->refused[i] == YQ_OK &&
            yq_ledger_recovery_ripe(n->ledger, r->book, i, core.fin_height, node_wall_ms())) {
            carry_out(n, i);
        }
    }
    (void)pthread_mutex_unlock(&r->lock);
}

void recovery_done(yq_node *n, job *j)
{
    recoveries *r = &n->recoveries;
    r->ending = 0;
    if (j->status != YQ_OK) {
        (void)pthread_mutex_lock(&r->lock);
        r->refused[j->token] = j->status;
        (void)pthread_mutex_unlock(&r->lock);
        yq_log(
            YQ_LOG_ERROR,
            "node",
            "the ledger does not take the recovery code=%s why=%s",
            yq_status_name(j->status),
            j->why.text);
        return;
    }
    yq_log(
        YQ_LOG_WARN,
        "node",
        "the recovery set has ended the epoch: the node goes on in the next one height=%" PRIu64,
        n->height);
    n->again = 1;
    event_base_loopbreak(n->base);
}
