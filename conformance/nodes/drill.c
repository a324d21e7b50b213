#include "conformance/nodes/world.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/hub/change.h"
#include "relay/store/mem.h"

#include <stdio.h>
#include <string.h>

/*
 * More validators are lost for good than the ledger bears: their machines come back empty, with new
 * keys. Operators who see what is left name the last certified block; every node waits from its own
 * first sight. Or they were only away: then the statement must be overruled everywhere.
 */
#define OPERATOR_MS 700u
#define CHAOS_MS    6000u

/* ---- the operators -------------------------------------------------------------------------- */

static yq_slice sign_statement(world *w, yq_recovery *r, uint8_t *room, size_t cap)
{
    yq_digest m;
    yq_writer out = yq_writer_of(room, cap);
    yq_recovery_digest(YQ_HASH_SM3, r, &m);
    unsigned absent = sim_below(&w->plan, RECOVERY_KEYS);
    for (uint8_t i = 0; i < RECOVERY_KEYS; i++) {
        if (i != absent) {
            r->sig[r->sig_n].key = i;
            yq_key_sign(w->recovery[i], YQ_SLICE_OF(m.b), r->sig[r->sig_n++].sig);
        }
    }
    yq_recovery_put(&out, r);
    YQ_ASSERT(out.status == YQ_OK);
    return yq_writer_slice(&out);
}

static int join_order(const void *a, const void *b)
{
    return yq_slice_compare(((const yq_change_join *)a)->key, ((const yq_change_join *)b)->key);
}

static int slice_order(const void *a, const void *b)
{
    return yq_slice_compare(*(const yq_slice *)a, *(const yq_slice *)b);
}

/* On this block: the lost ones' new keys for their old ones. */
static void make_statement(world *w, const yq_ledger_start *at)
{
    static uint8_t change[1024];
    uint8_t proof[LOST][YQ_PROOF_SIZE];
    yq_change x = {.join_n = LOST, .leave_n = LOST};
    for (unsigned i = 0; i < LOST; i++) {
        yq_digest m;
        yq_slice org = yq_slice_text(w->org), key = yq_key_public(w->fresh[i]);
        yq_change_proof_digest(YQ_HASH_SM3, &w->chain, at->set.epoch + 1, org, key, &m);
        yq_key_sign(w->fresh[i], YQ_SLICE_OF(m.b), proof[i]);
        x.join[i] = (yq_change_join){org, key, YQ_SLICE_OF(proof[i])};
        x.leave[i] = yq_slice_of(w->lost_key[i], sizeof w->lost_key[i]);
    }
    qsort(x.join, LOST, sizeof x.join[0], join_order);
    qsort(x.leave, LOST, sizeof x.leave[0], slice_order);
    yq_writer c = yq_writer_of(change, sizeof change);
    yq_change_put(&c, &x);
    yq_recovery r = {
        .chain_id_hash = w->chain,
        .epoch = at->set.epoch,
        .serial = ++w->serial,
        .height = at->tip.header.height,
        .h = at->tip.h,
        .result_root = at->tip.result.result_root,
        .change = yq_writer_slice(&c),
        .reason = yq_slice_text("two machines are lost"),
    };
    w->statement_height = r.height;
    w->statement_n = sign_statement(w, &r, w->statement, sizeof w->statement).n;
    if (w->trace) {
        (void)printf(
            "%6llu a statement on %llu\n",
            (unsigned long long)w->now,
            (unsigned long long)r.height);
    }
}

/* The highest certified tip of the nodes that were not lost. Returns 0 while one of them is down,
 * or has none. Out: best. */
static int see_tips(world *w, yq_ledger_start *best)
{
    yq_ledger_start *one = yq_mem_alloc(sizeof *one);
    int good = 1;
    best->tip.header.height = 0;
    for (unsigned i = 0; i < NODES; i++) {
        node *n = &w->node[i];
        if (n->is_lost) {
            continue;
        }
        good &= n->up && yq_ledger_start_of(n->ledger, one) == YQ_OK && one->has_cert;
        if (good && one->tip.header.height > best->tip.header.height) {
            *best = *one;
        }
    }
    yq_mem_free(one);
    return good && best->set.epoch == w->drill_epoch;
}

void drill_operator(world *w)
{
    yq_ledger_start *best = yq_mem_alloc(sizeof *best);
    if (!w->recovered && see_tips(w, best) &&
        (w->statement_n == 0 ||
         (!w->overrules && w->statement_height != best->tip.header.height))) {
        make_statement(w, best);
    }
    yq_mem_free(best);
    for (unsigned i = 0; i < NODES && w->statement_n > 0; i++) {
        if (w->node[i].up && sim_permille(&w->plan, 500)) {
            recovery_take(w, &w->node[i], yq_slice_of(w->statement, w->statement_n));
        }
    }
    if (!drill_is_over(w)) {
        event_push(w, event_new(w, EVENT_OPERATOR, 0, OPERATOR_MS, (yq_slice){0}));
    }
}

/* ---- the drill ------------------------------------------------------------------------------ */

/* Two validators of the present set. */
static void choose(world *w, unsigned who[LOST])
{
    unsigned n = 0;
    while (n < LOST) {
        unsigned i = sim_below(&w->plan, NODES);
        if (index_in(w, &w->node[0].set, i) != YQ_BFT_NOBODY && (n == 0 || who[0] != i)) {
            who[n++] = i;
        }
    }
}

static void wipe(world *w, node *n, unsigned number)
{
    memory_db_wipe(n->dir);
    drop_whole_log(n);
    n->book->n = 0;
    n->key = w->fresh[number];
    n->takes = sim_permille(&w->plan, 500);
    n->is_lost = 1;
}

/* In the middle of what is under way: one that is lost may know a final block that no other has. */
void drill_lose(world *w)
{
    unsigned who[LOST] = {0};
    choose(w, who);
    for (unsigned i = 0; i < LOST; i++) {
        node *n = &w->node[who[i]];
        memcpy(w->lost_key[i], yq_key_public(n->key).p, sizeof w->lost_key[i]);
        if (n->up) {
            node_crash(w, n);
        }
        if (!w->overrules) {
            wipe(w, n, i);
        }
    }
    event_push(w, event_new(w, EVENT_OPERATOR, 0, 1, (yq_slice){0}));
}

void drill_begin(world *w)
{
    w->drilling = 1;
    w->drill_epoch = w->node[0].set.epoch;
    w->drill_ms = w->now;
    w->envelope_n = ENVELOPES + LATER;
    uint64_t wait = 1;
    if (!w->overrules) {
        w->healed = 0;
        w->heal_ms = w->now + CHAOS_MS;
        wait = sim_below(&w->plan, CHAOS_MS / 2);
        event_push(w, event_new(w, EVENT_WEATHER, 0, 100, (yq_slice){0}));
        event_push(w, event_new(w, EVENT_HEAL, 0, CHAOS_MS, (yq_slice){0}));
    }
    w->end_ms = w->now + CHAOS_MS + BOUND_MS;
    for (unsigned i = ENVELOPES; i < w->envelope_n; i++) {
        event *ev = event_new(w, EVENT_SUBMIT, 0, sim_below(&w->plan, CHAOS_MS), (yq_slice){0});
        ev->a = i;
        event_push(w, ev);
    }
    event_push(w, event_new(w, EVENT_LOSE, 0, wait, (yq_slice){0}));
}

/* What every node must come to before the run may end. */
int drill_is_over(const world *w)
{
    if (!w->drilling) {
        return 0;
    }
    if (w->overrules) {
        return w->now > w->drill_ms + UINT64_C(2) * RECOVERY_MS;
    }
    for (unsigned i = 0; i < NODES; i++) {
        if (w->node[i].set.epoch != w->drill_epoch + 1) {
            return 0;
        }
    }
    return 1;
}

void drill_check_end(world *w)
{
    for (unsigned i = 0; i < NODES && w->drilling; i++) {
        node *n = &w->node[i];
        yq_recovery_stage stage = YQ_RECOVERY_INVALID;
        uint64_t epoch = w->drill_epoch + (w->overrules ? 0 : 1);
        if (n->set.epoch != epoch) {
            fail(w, 1, "node %u is in epoch %llu", i, (unsigned long long)n->set.epoch);
        }
        for (unsigned k = 0; k < n->book->n && w->overrules; k++) {
            yq_status status = yq_ledger_recovery(n->ledger, &n->book->item[k].what, &stage);
            if (status != YQ_OK || stage != YQ_RECOVERY_OVERRULED) {
                fail(w, 1, "node %u does not call its statement overruled", i);
            }
            w->result.count.overruled++;
        }
    }
}
