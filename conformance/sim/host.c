#include "conformance/sim/focus.h"
#include "relay/base/assert.h"

#include <string.h>

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
    if (s->now < s->heal_ms && !a->byzantine && sim_permille(&s->host, sim_focus_sync_fails(s))) {
        if (sim_permille(&s->host, 500)) {
            s->result.faults.fsync_fail++;
        } else {
            s->result.faults.disk_full++;
        }
        sim_crash(s, a); /* a log that cannot be written stops the process */
        return;
    }
    a->log.durable = ev->a > a->log.durable ? ev->a : a->log.durable;
    if (sim_point_passed(s, a, SIM_POINT_SYNC)) {
        return;
    }
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
    if (!s->over && !sim_point_passed(s, a, SIM_POINT_STORED)) {
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
    case SIM_EV_UPGRADE:
    case SIM_EV_ARM:
    case SIM_EV_HEAL:
    case SIM_EV_PROGRESS:
        break;
    }
}
