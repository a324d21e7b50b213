#include "conformance/nodes/world.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"
#include "relay/base/writer.h"
#include "relay/store/mem.h"

#include <string.h>

/* What a node does with what comes, and what it asks for by itself. */

#define ANSWER_MS 700u
#define PATIENCE  12u /* refusals in a row, then nobody has it */

/* ---- envelopes ------------------------------------------------------------------------------ */

/* As a worker of the node does it. */
void take_envelope(world *w, node *n, yq_slice bytes, int spread)
{
    yq_envelope env;
    yq_fault why = {0};
    yq_pool *pool = yq_ledger_pool(n->ledger);
    if (yq_envelope_decode(YQ_HASH_SM3, bytes, &env, &why) != YQ_OK) {
        fail(w, 1, "an envelope does not decode");
        return;
    }
    yq_status status = YQ_E_EXISTS;
    if (!yq_pool_has_id(pool, &env.id)) {
        yq_view_refresh(n->view);
        status = yq_view_check_envelope(n->view, bytes, WALL_MS + w->now, &env, &why);
        yq_view_reset(n->view);
    }
    /* What the newest final state refuses may still be wanted by a block. */
    yq_pool_trust trust = status == YQ_OK ? YQ_POOL_VERIFIED : YQ_POOL_UNVERIFIED;
    yq_status put = yq_pool_put(pool, &env, trust, w->now);
    if (status == YQ_OK && put == YQ_OK && spread) {
        send_all(w, n, MESSAGE_ENVELOPE, bytes);
    }
    yq_bft_event ev = {.kind = YQ_BFT_BODY};
    feed(w, n, &ev);
    look_for_work(w, n);
}

static void give_bodies(world *w, node *n, const event *ev)
{
    static uint8_t room[YQ_ENVELOPE_SIZE_MAX];
    for (size_t at = 0; at + YQ_DIGEST_SIZE <= ev->size; at += YQ_DIGEST_SIZE) {
        yq_buf out = {room, sizeof room, 0};
        yq_slice bytes;
        yq_view_refresh(n->view);
        if (yq_pool_get(yq_ledger_pool(n->ledger), ev->bytes + at, &out) == YQ_OK) {
            send_to(w, n, ev->from, MESSAGE_ENVELOPE, yq_slice_of(out.p, out.n));
        } else if (yq_view_body(n->view, ev->bytes + at, &bytes) == YQ_OK) {
            send_to(w, n, ev->from, MESSAGE_ENVELOPE, bytes);
        }
        yq_view_reset(n->view);
    }
}

/* ---- block sync ----------------------------------------------------------------------------- */

static void give_range(world *w, node *n, const event *ev)
{
    yq_cur c = yq_cur_of(yq_slice_of(ev->bytes, ev->size));
    uint64_t from = yq_cur_u64(&c), to = yq_cur_u64(&c);
    yq_slice range;
    yq_view_refresh(n->view);
    uint64_t top = yq_view_tip(n->view)->tip.header.height;
    if (from <= top && yq_view_serve(n->view, from, to < top ? to : top, &range) == YQ_OK) {
        send_answer(w, n, ev->from, MESSAGE_BLOCKS, range.p, range.n);
    }
    yq_view_reset(n->view);
}

typedef struct taking {
    world *w;
    node *n;
} taking;

static void each_block(void *self, const yq_ledger_committed *committed)
{
    taking *t = self;
    if (!t->n->broken) {
        host_committed(t->w, t->n, committed);
    }
}

static void take_range(world *w, node *n, const event *ev)
{
    taking t = {w, n};
    yq_fault why = {0};
    uint64_t before = n->height;
    if (n->import != NULL) {
        return; /* block sync rests */
    }
    yq_status status =
        yq_ledger_apply(n->ledger, yq_slice_of(ev->bytes + 1, ev->size - 1), each_block, &t, &why);
    n->asked_ms = 0;
    if (n->broken || w->over) {
        return;
    }
    if (status == YQ_E_STATE_DIVERGENCE || yq_status_is_fault(status)) {
        fail(w, 1, "node %u: range: %d %s", n->id, (int)status, why.text);
    } else if (ev->bytes[0] && status == YQ_OK && n->height > before) {
        fail(w, 1, "node %u takes a range with a wrong byte", n->id);
    } else if (!ev->bytes[0] && status != YQ_OK && status != YQ_E_HEIGHT) {
        fail(w, 1, "node %u refuses an honest range: %d %s", n->id, (int)status, why.text);
    }
    w->result.count.ranges += n->height > before;
}

/* ---- state sync ----------------------------------------------------------------------------- */

static void give_part(world *w, node *n, const event *ev)
{
    yq_snapshot_request request;
    uint8_t *part = NULL;
    size_t size = 0;
    yq_status status = yq_snapshot_request_decode(yq_slice_of(ev->bytes, ev->size), &request, NULL);
    status = status == YQ_OK ? yq_snapshots_serve(n->kept, &request, &part, &size) : status;
    if (status == YQ_OK) {
        send_answer(w, n, ev->from, MESSAGE_PART, part, size);
    } else if (status == YQ_E_NOT_FOUND) {
        send_to(w, n, ev->from, MESSAGE_NO_PART, (yq_slice){0});
    } else {
        fail(w, 1, "node %u: part: %d", n->id, (int)status);
    }
    yq_mem_free(part);
}

static void end_import(node *n)
{
    yq_import_close(n->import);
    n->import = NULL;
    n->target = 0;
}

static void take_part(world *w, node *n, const event *ev)
{
    yq_import_progress before, now;
    yq_fault why = {0};
    if (n->import == NULL || n->asked_ms == 0) {
        return; /* a second copy */
    }
    n->asked_ms = 0;
    yq_import_look(n->import, &before);
    yq_status status = yq_import_take(n->import, yq_slice_of(ev->bytes + 1, ev->size - 1), &why);
    if (n->broken) {
        return;
    }
    yq_import_look(n->import, &now);
    if (status == YQ_E_HELD) {
        n->refused = 0; /* a recovery whose time has not come: asked again */
        return;
    }
    if (yq_status_is_fault(status)) {
        fail(w, 1, "node %u: import: %d %s", n->id, (int)status, why.text);
    } else if (ev->bytes[0] && status == YQ_OK && before.height > 0) {
        /* Only a first manifest of a later epoch is taken unproven: as a hint. */
        fail(w, 1, "node %u takes a part with a wrong byte", n->id);
    }
    w->result.count.parts += status == YQ_OK;
    n->refused = status == YQ_OK ? 0 : n->refused + 1;
    if (now.height > 0 && now.height <= n->height) {
        end_import(n);
    } else if (now.complete) {
        n->broken = 1; /* it ends, to be opened again on the new database */
    }
}

static void refuse_part(world *w, node *n)
{
    yq_import_progress at;
    yq_fault why = {0};
    if (n->import == NULL || n->asked_ms == 0) {
        return;
    }
    n->asked_ms = 0;
    yq_import_look(n->import, &at);
    if (++n->refused < PATIENCE || at.complete) {
        return;
    }
    n->refused = 0;
    if (at.height == 0) {
        end_import(n);
    } else if (yq_import_restart(n->import, &why) != YQ_OK && !n->broken) {
        fail(w, 1, "node %u: import does not begin again: %s", n->id, why.text);
    }
}

/* ---- taking and asking ---------------------------------------------------------------------- */

static void take_core(world *w, node *n, const event *ev)
{
    uint16_t idx = index_in(w, &n->set, ev->from);
    yq_bft_event out = {
        .kind = YQ_BFT_RECEIVE,
        .from = idx == YQ_BFT_NOBODY ? YQ_BFT_PEER_OTHER + ev->from : idx,
        .bytes = {ev->bytes, ev->size},
    };
    feed(w, n, &out);
}

void link_message(world *w, node *n, const event *ev)
{
    switch ((message_kind)ev->a) {
    case MESSAGE_CORE:
        take_core(w, n, ev);
        return;
    case MESSAGE_ENVELOPE:
        take_envelope(w, n, yq_slice_of(ev->bytes, ev->size), 0);
        return;
    case MESSAGE_WANT:
        give_bodies(w, n, ev);
        return;
    case MESSAGE_RANGE:
        give_range(w, n, ev);
        return;
    case MESSAGE_BLOCKS:
        take_range(w, n, ev);
        return;
    case MESSAGE_REQUEST:
        give_part(w, n, ev);
        return;
    case MESSAGE_PART:
        take_part(w, n, ev);
        return;
    case MESSAGE_NO_PART:
        refuse_part(w, n);
        return;
    case MESSAGE_STATEMENT:
        recovery_message(w, n, ev);
        return;
    }
}

static void ask(world *w, node *n)
{
    uint8_t room[YQ_SNAPSHOT_REQUEST_SIZE];
    yq_writer out = yq_writer_of(room, sizeof room);
    yq_snapshot_request want;
    unsigned to = (n->id + 1 + sim_below(&w->host, NODES - 1)) % NODES;
    if (n->asked_ms != 0 && w->now < n->asked_ms + ANSWER_MS) {
        return;
    }
    if (n->import != NULL && yq_import_want(n->import, &want)) {
        yq_snapshot_request_put(&out, &want);
        send_to(w, n, to, MESSAGE_REQUEST, yq_writer_slice(&out));
        n->asked_ms = w->now;
    } else if (n->import == NULL && n->height < n->target) {
        uint64_t most = n->height + YQ_SYNC_BLOCKS_MAX;
        yq_put_u64(&out, n->height + 1);
        yq_put_u64(&out, most < n->target ? most : n->target);
        send_to(w, n, to, MESSAGE_RANGE, yq_writer_slice(&out));
        n->asked_ms = w->now;
    }
}

/* What waited for bodies is tried again. */
static void retry(world *w, node *n)
{
    for (unsigned i = 0; i < WAITING_MAX; i++) {
        waiting *it = &n->wait[i];
        if (it->bytes != NULL) {
            event *ev = event_new(w, it->kind, n->id, 1, yq_slice_of(it->bytes, it->size));
            event_push(w, ev);
            yq_mem_free(it->bytes);
            *it = (waiting){0};
        }
    }
}

void link_tick(world *w, node *n)
{
    yq_bft_event ev = {.kind = YQ_BFT_TIMEOUT};
    nodes_check_bounds(w, n);
    retry(w, n);
    ask(w, n);
    feed(w, n, &ev);
    look_for_work(w, n);
    recovery_tick(w, n);
    event_push(w, event_new(w, EVENT_TICK, n->id, TICK_MS, (yq_slice){0}));
}
