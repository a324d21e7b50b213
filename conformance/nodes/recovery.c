#include "conformance/nodes/world.h"
#include "relay/base/bytes.h"

/* What a node does with statements of the recovery set: as relay/node/recovery.c. */

void recovery_take(world *w, node *n, yq_slice statement)
{
    unsigned idx;
    int fresh;
    yq_fault why = {0};
    yq_status status =
        yq_recovery_book_take(n->book, statement, WALL_MS + w->now, &idx, &fresh, &why);
    if (status != YQ_OK) {
        fail(w, 1, "node %u refuses a statement: %d %s", n->id, (int)status, why.text);
    }
}

yq_status recovery_has_waited(void *self, yq_slice statement)
{
    node *n = self;
    unsigned idx = 0;
    int fresh;
    uint64_t now = WALL_MS + n->world->now;
    yq_status status = yq_recovery_book_take(n->book, statement, now, &idx, &fresh, NULL);
    if (status == YQ_OK && !yq_recovery_book_is_due(n->book, idx, now)) {
        status = YQ_E_HELD;
    }
    return status;
}

void recovery_message(world *w, node *n, const event *ev)
{
    recovery_take(w, n, yq_slice_of(ev->bytes, ev->size));
}

/* From here on nothing above this block counts: what only the lost ones knew is lost. */
static void forget_above(world *w, uint64_t height)
{
    if (height >= w->final_height) {
        return;
    }
    w->result.count.lost_heights += w->final_height - height;
    w->final_height = height;
    for (unsigned i = 0; i < w->envelope_n; i++) {
        if (w->env[i].height > height) {
            w->env[i].height = 0;
            event *ev = event_new(w, EVENT_SUBMIT, 0, 1, (yq_slice){0});
            ev->a = i;
            event_push(w, ev);
        }
    }
}

static void carry_out(world *w, node *n, unsigned idx)
{
    yq_fault why = {0};
    const yq_recovery_seen *seen = &n->book->item[idx];
    yq_status status = yq_ledger_recover(n->ledger, yq_slice_of(seen->bytes, seen->size), &why);
    if (n->broken) {
        return; /* the power went */
    }
    if (status != YQ_OK) {
        fail(w, 1, "node %u: recovery: %d %s", n->id, (int)status, why.text);
        return;
    }
    w->result.count.recoveries++;
    if (!w->recovered) {
        w->recovered = 1;
        forget_above(w, seen->what.height);
    }
    n->broken = 1; /* it is opened again, in the next epoch */
}

static void gossip(world *w, node *n)
{
    unsigned to = sim_below(&w->host, NODES);
    for (unsigned i = 0; i < n->book->n && to != n->id; i++) {
        const yq_recovery_seen *seen = &n->book->item[i];
        send_to(w, n, to, MESSAGE_STATEMENT, yq_slice_of(seen->bytes, seen->size));
    }
}

void recovery_tick(world *w, node *n)
{
    yq_bft_view core;
    if (n->book->n == 0) {
        return;
    }
    if (sim_permille(&w->host, 100)) {
        gossip(w, n);
    }
    yq_bft_look(n->core, &core);
    for (unsigned i = 0; i < n->book->n && n->import == NULL && !n->broken; i++) {
        if (yq_ledger_recovery_ripe(n->ledger, n->book, i, core.fin_height, WALL_MS + w->now)) {
            carry_out(w, n, i);
        }
    }
}
