#include "conformance/nodes/world.h"
#include "relay/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What must hold, whatever happens. */

void fail(world *w, int outcome, const char *format, ...)
{
    va_list args;
    if (w->over) {
        return;
    }
    w->over = 1;
    w->result.outcome = outcome;
    va_start(args, format);
    (void)vsnprintf(w->result.what, sizeof w->result.what, format, args);
    va_end(args);
}

/* The vote of a node in a view, NULL: the table is full. */
static vote *vote_at(world *w, unsigned node_id, uint8_t type, uint64_t epoch, uint64_t view)
{
    uint64_t at = sim_mix(epoch << 48 ^ view << 16 ^ (uint64_t)node_id << 8 ^ type);
    for (unsigned i = 0; i < VOTES_MAX; i++) {
        vote *v = &w->votes[(at + i) % VOTES_MAX];
        if (v->type == 0 ||
            (v->type == type && v->node == node_id && v->epoch == epoch && v->view == view)) {
            return v;
        }
    }
    return NULL;
}

/* A key never says two things of one view, also not before and after a crash. */
static void check_vote(world *w, const node *n, const yq_vote *sent)
{
    yq_digest what = sent->h;
    if (sent->type == YQ_SIGNED_FINALIZE) {
        uint8_t room[512];
        yq_writer out = yq_writer_of(room, sizeof room);
        yq_final_info_put(&out, &sent->info);
        yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&out), what.b);
    }
    vote *v = vote_at(w, n->id, sent->type, sent->epoch, sent->view);
    if (v == NULL) {
        fail(w, 1, "too many votes for the table");
        return;
    }
    if (v->type != 0 && memcmp(&v->what, &what, sizeof what) != 0) {
        fail(w, 1, "node %u votes twice in view %llu", n->id, (unsigned long long)sent->view);
    }
    *v = (vote){sent->epoch, sent->view, n->id, sent->type, what};
    uint8_t other = sent->type == YQ_SIGNED_FINALIZE ? YQ_SIGNED_NULLIFY : YQ_SIGNED_FINALIZE;
    const vote *o = vote_at(w, n->id, other, sent->epoch, sent->view);
    if (sent->type != YQ_SIGNED_NOTARIZE && o != NULL && o->type != 0) {
        fail(w, 1, "node %u finalizes and nullifies %llu", n->id, (unsigned long long)sent->view);
    }
    w->result.count.checked++;
}

void nodes_check_sent(world *w, const node *n, yq_slice message)
{
    yq_vote sent;
    if (message.p[0] == YQ_BFT_MSG_VOTE &&
        yq_vote_decode(yq_slice_of(message.p + 1, message.n - 1), &sent, NULL) == YQ_OK) {
        check_vote(w, n, &sent);
    }
}

/* One block a height, one result, on all nodes. */
void nodes_check_committed(world *w, const node *n, const yq_bft_tip *tip)
{
    uint64_t h = tip->header.height;
    w->result.count.blocks++;
    w->result.count.checked++;
    note(w, h * NODES + n->id);
    if (h >= HEIGHTS_MAX) {
        fail(w, 1, "too many heights for the table");
        return;
    }
    if (h > w->final_height) {
        if (h != w->final_height + 1) {
            fail(
                w,
                1,
                "node %u commits %llu before %llu",
                n->id,
                (unsigned long long)h,
                (unsigned long long)w->final_height + 1);
        }
        w->final_height = h;
        w->final_h[h] = tip->h;
        w->final_result[h] = tip->result.result_root;
    } else if (memcmp(&w->final_h[h], &tip->h, sizeof tip->h) != 0) {
        fail(w, 1, "node %u: another block at height %llu", n->id, (unsigned long long)h);
    } else if (memcmp(&w->final_result[h], &tip->result.result_root, sizeof(yq_digest)) != 0) {
        fail(w, 1, "node %u: another result at height %llu", n->id, (unsigned long long)h);
    }
}

/* Nothing grows without end. */
void nodes_check_bounds(world *w, const node *n)
{
    yq_pool_stats pool;
    yq_pool_look(yq_ledger_pool(n->ledger), &pool);
    if (pool.size > POOL_SIZE_MAX || pool.count > POOL_COUNT_MAX) {
        fail(w, 1, "node %u: the pool is over its bounds", n->id);
    }
    if (n->log_n > 20000) {
        fail(w, 1, "node %u: the log is never cut", n->id);
    }
    w->result.count.checked++;
}

/* Every envelope is final once, at one place that all nodes name. A node that began with a snapshot
 * does not know those below it. */
static int all_final(world *w, node *n)
{
    yq_view_refresh(n->view);
    for (unsigned i = 0; i < w->envelope_n && !w->over; i++) {
        envelope *e = &w->env[i];
        yq_tx_where where;
        if (yq_view_tx(n->view, &e->id, &where) != YQ_OK) {
            fail(w, 1, "node %u cannot look for an envelope", n->id);
            return 0;
        }
        if (where.stage != YQ_TX_FINAL) {
            if (e->height > 0 && e->height <= yq_ledger_base(n->ledger)) {
                continue;
            }
            return 0;
        }
        if (e->height != 0 && (e->height != where.height || e->index != where.index)) {
            fail(w, 1, "envelope %u is final twice", i);
        }
        e->height = where.height;
        e->index = where.index;
    }
    yq_view_reset(n->view);
    return !w->over;
}

/* Every node has all, began from what it should, and its data are whole. Returns 1 then. */
int nodes_check_end(world *w)
{
    for (unsigned i = 0; i < NODES; i++) {
        node *n = &w->node[i];
        if (!n->up || n->import != NULL || n->set.epoch < 2 || !all_final(w, n)) {
            return 0;
        }
    }
    for (unsigned i = 0; i < NODES && !w->over; i++) {
        yq_audit audit;
        yq_fault why = {0};
        yq_status status = yq_ledger_audit(w->node[i].ledger, NULL, NULL, &audit, &why);
        w->result.count.audits++;
        if (status != YQ_OK) {
            fail(w, 1, "node %u: audit: %d %s", i, (int)status, why.text);
        }
    }
    return 1;
}

void nodes_tell_stall(world *w)
{
    for (unsigned i = 0; i < NODES && !w->over; i++) {
        node *n = &w->node[i];
        yq_tx_where where;
        if (n->up && w->drilling && !w->overrules && n->set.epoch == w->drill_epoch) {
            fail(w, 2, "node %u was not recovered, at %llu", n->id, (unsigned long long)n->height);
        }
        if (!n->up || n->import != NULL) {
            fail(w, 2, "node %u is not there: up %d, importing %d", i, n->up, n->import != NULL);
        } else if (yq_view_tx(n->view, &w->env[CHANGE].id, &where) == YQ_OK && n->set.epoch < 2) {
            fail(
                w,
                2,
                "node %u is in epoch %llu, the change's stage is %d, its code %d",
                i,
                (unsigned long long)n->set.epoch,
                (int)where.stage,
                (int)where.code);
        } else if (!all_final(w, n)) {
            fail(w, 2, "node %u at %llu lacks an envelope", i, (unsigned long long)n->height);
        }
    }
    fail(w, 2, "not whole again in time");
}
