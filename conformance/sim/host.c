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
    sim_check_step(s, a);
}

static void feed_message(sim *s, sim_actor *a, const sim_msg *m)
{
    if (m->cls >= SIM_BODY) {
        sim_host_message(s, a, m);
        return;
    }
    uint16_t idx = s->idx_of[a->epoch][m->from];
    yq_bft_event ev = {.kind = YQ_BFT_RECEIVE, .bytes = {m->bytes, m->size}};
    ev.from = idx == UINT16_MAX ? YQ_BFT_PEER_OTHER + m->from : idx;
    sim_feed(s, a, &ev);
}

static void give_payload(sim *s, sim_actor *a, const sim_event *ev)
{
    yq_bft_event out = {.kind = YQ_BFT_PAYLOAD_READY, .token = ev->a};
    uint8_t room[SIM_BLOCK_ENVS_MAX * YQ_DIGEST_SIZE];
    uint32_t parent = sim_block_find(s, &ev->d);
    if (parent == SIM_NONE || !sim_block_settle(s, parent)) {
        sim_fail(s, SIM_VIOLATION, "actor %u: payload on an unknown block", a->id);
        return;
    }
    unsigned most = 1 + sim_below(&s->host, s->cfg.env_n_max);
    for (unsigned id = 0; id < s->envelope_n && out.digest_n < most; id++) {
        if (sim_envs_has(&a->pool, id) && sim_envs_has(&a->held, id) &&
            !sim_envs_has(&s->block[parent].chain, id)) {
            sim_envelope_digest(s, id, room + (size_t)YQ_DIGEST_SIZE * out.digest_n++);
        }
    }
    out.digests = room;
    out.tx_n = out.digest_n;
    sim_feed(s, a, &out);
}

static void give_verdict(sim *s, sim_actor *a, const sim_event *ev)
{
    const sim_block *b = &s->block[sim_block_find(s, &ev->d)];
    yq_bft_event out = {.kind = YQ_BFT_VALIDATED, .h = ev->d, .verdict = YQ_BFT_VERDICT_OK};
    sim_envs missing;
    if (!sim_block_settle(s, (uint32_t)(b - s->block))) {
        out.verdict = YQ_BFT_VERDICT_WAIT;
    } else if (b->repeats) {
        out.verdict = YQ_BFT_VERDICT_INVALID;
    } else if (sim_bodies_missing(a, b, &missing)) {
        out.verdict = YQ_BFT_VERDICT_WAIT;
        sim_ask_bodies(s, a, &missing);
    }
    sim_feed(s, a, &out);
}

static void execute(sim *s, sim_actor *a, const sim_event *ev)
{
    sim_envs missing;
    uint64_t ms = sim_below(&s->host, s->exec_ms_max + 1);
    sim_event next = sim_later(s, a, SIM_EV_EXECUTED, ms);
    if (sim_bodies_missing(a, &s->block[ev->b], &missing)) {
        sim_ask_bodies(s, a, &missing);
        next = sim_later(s, a, SIM_EV_EXECUTE, 100);
    }
    next.b = ev->b;
    sim_push(s, next);
}

static void executed(sim *s, sim_actor *a, const sim_event *ev)
{
    const sim_block *b = &s->block[ev->b];
    a->executed[ev->b / 8] |= (uint8_t)(1u << (ev->b % 8));
    yq_bft_event out = {.kind = YQ_BFT_EXECUTED, .h = b->h, .result = b->result};
    sim_feed(s, a, &out);
}

static void fsync_done(sim *s, sim_actor *a, const sim_event *ev)
{
    if (s->now < s->heal_ms && !a->byzantine && sim_permille(&s->host, 1)) {
        if (sim_permille(&s->host, 500)) {
            s->result.faults.fsync_fail++;
        } else {
            s->result.faults.disk_full++;
        }
        sim_crash(s, a); /* a log that cannot be written stops the process */
        return;
    }
    a->log.durable = ev->a > a->log.durable ? ev->a : a->log.durable;
    yq_bft_event out = {.kind = YQ_BFT_PERSISTED, .seq = ev->b};
    sim_feed(s, a, &out);
}

static void signed_now(sim *s, sim_actor *a, const sim_event *ev)
{
    uint8_t sig[64];
    sim_tag(s->key[a->who], &ev->d, sig);
    yq_bft_event out = {.kind = YQ_BFT_SIGNED, .token = ev->a, .sig = sig};
    sim_feed(s, a, &out);
}

static void commit_now(sim *s, sim_actor *a, const sim_event *ev)
{
    sim_cert cert = {.n = ev->msg->size, .p = ev->msg->bytes};
    a->commit_open = 0;
    if (s->block[ev->b].header.height == a->height + 1) {
        sim_commit_block(s, a, (uint32_t)ev->b, &cert);
    }
    if (!s->over) {
        sim_committed(s, a, &cert);
    }
}

void sim_host_event(sim *s, sim_actor *a, const sim_event *ev)
{
    yq_bft_event out = {.kind = YQ_BFT_TIMEOUT};
    switch (ev->kind) {
    case SIM_EV_MSG:
        feed_message(s, a, ev->msg);
        break;
    case SIM_EV_TIMER:
        if (ev->a == a->timer_gen) {
            sim_feed(s, a, &out);
        }
        break;
    case SIM_EV_FSYNC:
        fsync_done(s, a, ev);
        break;
    case SIM_EV_SIGNED:
        signed_now(s, a, ev);
        break;
    case SIM_EV_PAYLOAD:
        give_payload(s, a, ev);
        break;
    case SIM_EV_VALIDATE:
        give_verdict(s, a, ev);
        break;
    case SIM_EV_EXECUTE:
        execute(s, a, ev);
        break;
    case SIM_EV_EXECUTED:
        executed(s, a, ev);
        break;
    case SIM_EV_COMMIT:
        commit_now(s, a, ev);
        break;
    case SIM_EV_SYNC_NEXT:
        sim_sync_next(s, a);
        break;
    case SIM_EV_POOL:
        sim_pool_look(s, a);
        break;
    case SIM_EV_ANNOUNCE:
        sim_announce(s, a);
        break;
    case SIM_EV_CRASH:
    case SIM_EV_RESTART:
    case SIM_EV_WEATHER:
    case SIM_EV_SUBMIT:
    case SIM_EV_BYZANTINE:
    case SIM_EV_CLOCK:
    case SIM_EV_ARM:
    case SIM_EV_HEAL:
    case SIM_EV_PROGRESS:
        break;
    }
}
