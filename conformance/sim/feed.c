/* One event into a core, and what it wants done. */
#include "conformance/sim/sim.h"
#include "relay/base/assert.h"

#include <string.h>

static uint64_t fsync_ms(sim *s)
{
    int slow = s->now < s->heal_ms && sim_permille(&s->host, 10);
    return sim_between(&s->host, 0, slow ? 10 * s->fsync_ms_max + 50 : s->fsync_ms_max);
}

/* Springs when the awaited action is performed. Returns 1 then. */
static int trap_springs(sim *s, sim_actor *a, const yq_bft_action *act)
{
    sim_trap *t = &s->trap;
    if (!t->set || a->byzantine || s->now >= s->heal_ms || act->kind != t->kind ||
        (t->actor != SIM_NONE && t->actor != a->id)) {
        return 0;
    }
    uint8_t what = act->kind == YQ_BFT_PERSIST ? act->bytes.p[0] : act->type;
    if (act->kind == YQ_BFT_SEND) {
        what = (uint8_t)(act->bytes.p[0] == YQ_BFT_MSG_VOTE ? act->bytes.p[1] : 0);
    }
    if (t->record != 0 && t->record != what) {
        return 0;
    }
    t->set = 0;
    for (unsigned i = 0; i < s->actors; i++) {
        sim_actor *each = &s->actor[i];
        if (each == a || t->all) {
            sim_event ev = sim_later(s, each, SIM_EV_CRASH, sim_below(&s->host, 4));
            ev.a = 1;
            sim_push(s, ev);
        }
    }
    return 1;
}

int sim_point_passed(sim *s, sim_actor *a, sim_point point)
{
    if (s->opt.focus != SIM_FOCUS_KILL || a->id != s->opt.kill_actor || s->now >= s->heal_ms) {
        return 0;
    }
    s->result.points[point]++;
    if (++s->points[a->id] != s->opt.kill_point) {
        return 0;
    }
    for (unsigned i = 0; i < s->actors; i++) {
        if (&s->actor[i] == a || s->opt.kill_all) {
            sim_push(s, sim_later(s, &s->actor[i], SIM_EV_CRASH, 0));
        }
    }
    return 1;
}

static void ask_later(sim *s, sim_actor *a, const yq_bft_action *act, sim_event_kind kind)
{
    sim_event ev = sim_later(s, a, kind, sim_below(&s->host, 4));
    ev.a = act->token;
    ev.d = act->kind == YQ_BFT_PAYLOAD ? act->parent_hash : act->h;
    sim_push(s, ev);
}

static void execute_later(sim *s, sim_actor *a, const yq_bft_action *act)
{
    uint32_t idx = sim_block_add(s, act->header, act->digests);
    sim_event ev = sim_later(s, a, SIM_EV_EXECUTE, 0);
    ev.b = idx;
    if (!sim_block_settle(s, idx)) {
        sim_fail(s, SIM_VIOLATION, "actor %u executes a block before its parent", a->id);
        return;
    }
    uint32_t up = s->block[idx].parent;
    int on_tip = up == a->chain[a->height];
    if (!on_tip && (a->executed[up / 8] >> (up % 8) & 1) == 0) {
        sim_fail(s, SIM_VIOLATION, "actor %u executes a block before its parent", a->id);
    }
    sim_push(s, ev);
}

/* Where SYNC brings the same heights a second one may be on its way before the first is answered.
 */
static void commit_later(sim *s, sim_actor *a, const yq_bft_action *act)
{
    sim_cert cert = {0};
    sim_cert_set(&cert, act->cert);
    sim_event ev = sim_later(s, a, SIM_EV_COMMIT, 1 + fsync_ms(s));
    ev.b = sim_block_find(s, &act->h);
    ev.msg = sim_msg_new(SIM_SYNC, a, (yq_slice){cert.p, cert.n});
    sim_cert_clear(&cert);
    if (ev.b == SIM_NONE || (a->commit_open && !a->sync_seen)) {
        sim_fail(s, SIM_VIOLATION, "actor %u commits twice or the unknown", a->id);
    }
    a->commit_open = 1;
    sim_msg_drop(a->commit);
    a->commit = ev.msg;
    a->commit->refs++;
    a->commit->a = ev.b;
    sim_push(s, ev);
}

static void sign_later(sim *s, sim_actor *a, const yq_bft_action *act)
{
    if (!a->byzantine && s->opt.mutant == 0 &&
        (act->epoch != a->seen.epoch || act->view <= a->seen.fin_view)) {
        yq_bft_view now;
        s->core->look(a->core, &now);
        if (act->epoch != now.epoch || act->view <= now.fin_view) {
            sim_fail(s, SIM_VIOLATION, "actor %u signs at or below the final view", a->id);
        }
    }
    sim_event ev = sim_later(s, a, SIM_EV_SIGNED, sim_below(&s->host, 3));
    ev.a = act->token;
    ev.d = act->m;
    sim_push(s, ev);
}

static void timer_set(sim *s, sim_actor *a, uint64_t at_ms)
{
    if (at_ms == UINT64_MAX) {
        a->timer_gen++;
        return;
    }
    sim_event ev = sim_later(s, a, SIM_EV_TIMER, at_ms > s->now ? at_ms - s->now : 0);
    ev.a = ++a->timer_gen;
    sim_push(s, ev);
}

static void evidence(sim *s, const sim_actor *a, const yq_bft_action *act)
{
    yq_vote one;
    if (yq_vote_decode(act->bytes, &one, NULL) != YQ_OK || one.epoch >= SIM_EPOCHS_MAX ||
        one.signer >= s->set[one.epoch].n) {
        sim_fail(s, SIM_VIOLATION, "actor %u gives evidence that cannot be read", a->id);
        return;
    }
    unsigned who = s->who_of[one.epoch][one.signer];
    if (!a->byzantine && (s->evil_mask >> who & 1) == 0) {
        sim_fail(s, SIM_VIOLATION, "actor %u accuses honest identity %u", a->id, who);
    }
}

/* The program ends; whoever starts it again sees it end again, until a newer one is there. */
static void stop_for_upgrade(sim *s, sim_actor *a, const yq_bft_action *act)
{
    if (!a->byzantine && act->version <= a->version) {
        sim_fail(s, SIM_VIOLATION, "actor %u stops for a version that it runs", a->id);
    }
    sim_push(s, sim_later(s, a, SIM_EV_CRASH, 0));
}

static void perform_one(sim *s, sim_actor *a, const yq_bft_action *act)
{
    switch (act->kind) {
    case YQ_BFT_PERSIST:
        sim_log_append(s, a, act);
        break;
    case YQ_BFT_SEND:
        sim_check_sent(s, a, act->bytes);
        sim_send_actions(s, a, act);
        break;
    case YQ_BFT_SIGN:
        sign_later(s, a, act);
        break;
    case YQ_BFT_TIMER:
        timer_set(s, a, act->at_ms);
        break;
    case YQ_BFT_PAYLOAD:
        ask_later(s, a, act, SIM_EV_PAYLOAD);
        break;
    case YQ_BFT_VALIDATE:
        (void)sim_block_add(s, act->header, act->digests);
        ask_later(s, a, act, SIM_EV_VALIDATE);
        break;
    case YQ_BFT_EXECUTE:
        execute_later(s, a, act);
        break;
    case YQ_BFT_COMMIT:
        commit_later(s, a, act);
        break;
    case YQ_BFT_SYNC:
        sim_sync_start(s, a, act->cert);
        break;
    case YQ_BFT_EVIDENCE:
        evidence(s, a, act);
        break;
    case YQ_BFT_DIVERGENCE:
        if (!a->byzantine) {
            sim_fail(s, SIM_VIOLATION, "actor %u sees its results diverge", a->id);
        }
        break;
    case YQ_BFT_UPGRADE:
        stop_for_upgrade(s, a, act);
        break;
    case YQ_BFT_LOG_DROP:
        if (sim_permille(&s->host, 500)) {
            sim_log_drop(a, act->epoch, act->view);
        }
        break;
    case YQ_BFT_NO_ACTION:
        break;
    }
}

static void perform(sim *s, sim_actor *a)
{
    uint64_t seq = 0;
    for (size_t i = 0; i < s->actions.n; i++) {
        const yq_bft_action *act = &s->actions.item[i];
        sim_note(s, (uint64_t)act->kind << 32 | act->bytes.n);
        sim_note(s, act->seq ^ act->token << 20 ^ act->view << 40);
        sim_trace_action(s, a, act);
        perform_one(s, a, act);
        seq = act->kind == YQ_BFT_PERSIST && act->sync ? act->seq : seq;
        (void)trap_springs(s, a, act);
        int writes = act->kind == YQ_BFT_PERSIST, stores = act->kind == YQ_BFT_COMMIT;
        if ((writes && sim_point_passed(s, a, SIM_POINT_WRITE)) ||
            (stores && sim_point_passed(s, a, SIM_POINT_BATCH))) {
            return;
        }
    }
    if (seq != 0) {
        sim_event ev = sim_later(s, a, SIM_EV_FSYNC, fsync_ms(s));
        ev.a = a->log.lsn;
        ev.b = seq;
        sim_push(s, ev);
    }
}

void sim_feed(sim *s, sim_actor *a, yq_bft_event *ev)
{
    ev->now_ms = s->now;
    ev->wall_ms = SIM_WALL_MS + s->now + (uint64_t)a->skew_ms;
    sim_trace_event(s, a, ev);
    yq_status status = s->core->step(a->core, ev, &s->actions);
    s->result.steps++;
    sim_note(s, s->now << 16 | a->id << 8 | (uint64_t)ev->kind);
    sim_note(s, (uint64_t)(uint32_t)status);
    if (status != YQ_OK && ev->kind != YQ_BFT_RECEIVE && !a->byzantine) {
        sim_fail(
            s, SIM_VIOLATION, "actor %u: event %d refused with %d", a->id, (int)ev->kind, status);
    }
    if (status != YQ_OK && ev->kind == YQ_BFT_RECEIVE && !a->byzantine) {
        unsigned who = ev->from < s->set[a->epoch].n ? s->who_of[a->epoch][ev->from]
                                                     : ev->from - YQ_BFT_PEER_OTHER;
        if ((s->evil_mask >> who & 1) == 0) {
            sim_fail(s, SIM_VIOLATION, "actor %u blames honest %u: %d", a->id, who, status);
        }
    }
    if (ev->kind == YQ_BFT_START || ev->kind == YQ_BFT_COMMITTED) {
        a->epoch = ev->set != NULL ? ev->set->epoch : a->epoch;
    }
    perform(s, a);
    if (a->up) {
        sim_check_step(s, a);
    }
}
