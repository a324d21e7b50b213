#include "conformance/sim/sim.h"
#include "relay/base/assert.h"

#include <string.h>

/* Tells the core of the tip. */
void sim_committed(sim *s, sim_actor *a, const sim_cert *cert)
{
    uint32_t top = a->chain[a->height];
    yq_bft_tip tip;
    sim_tip(s, top, &tip);
    yq_cert decoded;
    yq_bft_event ev = {.kind = YQ_BFT_COMMITTED, .tip = &tip};
    if (sim_cert_get(cert, &decoded)) {
        ev.cert = &decoded;
    }
    if ((tip.header.flags & YQ_BLOCK_EPOCH_END) != 0) {
        ev.set = &s->set[tip.header.epoch + 1];
        s->result.faults.epoch += a->epoch == tip.header.epoch;
        if (a->epoch != tip.header.epoch) {
            ev.set = NULL; /* told before */
        }
    }
    sim_feed(s, a, &ev);
    sim_pool_look(s, a);
}

/* Is there an envelope older than 50 ms that is not final? */
void sim_pool_look(sim *s, sim_actor *a)
{
    int work = 0;
    for (unsigned id = 0; id < s->envelope_n && !work; id++) {
        work = sim_envs_has(&a->pool, id) && !sim_envs_has(&a->final, id) &&
               s->now >= a->pool_at[id] + 50;
    }
    if (work != a->work && a->up && !s->over) {
        a->work = work;
        yq_bft_event ev = {.kind = YQ_BFT_POOL, .work = work};
        sim_feed(s, a, &ev);
    }
}

static void take_bodies(sim *s, sim_actor *a, const sim_envs *envs)
{
    for (unsigned id = 0; id < s->envelope_n; id++) {
        if (sim_envs_has(envs, id)) {
            sim_take_body(s, a, id);
        }
    }
    yq_bft_event ev = {.kind = YQ_BFT_BODY};
    sim_feed(s, a, &ev);
}

/* A client brings an envelope to one node, which passes it on once. */
void sim_submit(sim *s, unsigned id, unsigned actor)
{
    sim_actor *a = &s->actor[actor];
    if (!a->up) {
        return;
    }
    sim_trace(s, "envelope %u comes to actor %u", id, a->id);
    sim_envs one = {0};
    sim_envs_add(&one, id);
    sim_take_body(s, a, id);
    sim_send_envs(s, a, SIM_NONE, SIM_BODY, &one);
}

static void answer_bodies(sim *s, sim_actor *a, const sim_msg *m)
{
    sim_envs have = {0};
    int some = 0;
    for (unsigned id = 0; id < s->envelope_n; id++) {
        if (sim_envs_has(&m->envs, id) && sim_envs_has(&a->held, id)) {
            sim_envs_add(&have, id);
            some = 1;
        }
    }
    if (some) {
        sim_send_envs(s, a, m->from, SIM_BODY, &have);
    }
}

static void answer_announce(sim *s, sim_actor *a, const sim_msg *m)
{
    sim_envs want = {0};
    int some = 0;
    for (unsigned id = 0; id < s->envelope_n; id++) {
        if (sim_envs_has(&m->envs, id) && !sim_envs_has(&a->held, id)) {
            sim_envs_add(&want, id);
            some = 1;
        } else if (sim_envs_has(&m->envs, id)) {
            sim_take_body(s, a, id);
        }
    }
    if (some) {
        sim_send_envs(s, a, m->from, SIM_BODY_REQUEST, &want);
    }
}

/* Blocks from .a up to the highest one that has its own certificate and is asked for. */
static void answer_sync(sim *s, sim_actor *a, const sim_msg *m)
{
    uint64_t to = m->b < a->height ? m->b : a->height;
    while (to >= m->a && to > 0 && a->cert[to].n == 0) {
        to--;
    }
    if (to < m->a || to == 0) {
        return;
    }
    sim_msg *out = sim_msg_new(SIM_SYNC, a, (yq_slice){a->cert[to].p, a->cert[to].n});
    out->a = m->a;
    out->b = to;
    sim_send(s, a, m->from, out);
    sim_msg_drop(out);
}

static void take_sync(sim *s, sim_actor *a, const sim_msg *m)
{
    const sim_actor *peer = &s->actor[m->from_actor];
    if (a->sync_open || m->b <= a->height || m->a > a->height + 1 || m->b > peer->height) {
        return;
    }
    /* The blocks are checked back from the certificate, which is checked against the set. */
    yq_cert cert;
    if (yq_cert_decode((yq_slice){m->bytes, m->size}, &cert, NULL) != YQ_OK ||
        cert.type != YQ_SIGNED_FINALIZE || cert.epoch >= SIM_EPOCHS_MAX ||
        yq_cert_check(&cert, s->cfg.hash_alg, &s->set[cert.epoch], sim_tag_check, NULL) != YQ_OK ||
        memcmp(&cert.info.h, &s->block[peer->chain[m->b]].h, YQ_DIGEST_SIZE) != 0) {
        return;
    }
    a->sync_open = a->sync_seen = 1;
    a->sync_peer = peer->id;
    a->sync_low = a->height + 1;
    a->sync_high = m->b;
    sim_cert_set(&a->sync_cert, &cert);
    sim_push(s, sim_later(s, a, SIM_EV_SYNC_NEXT, sim_below(&s->host, s->exec_ms_max + 1)));
}

/* Executes and commits the next block of a range. */
void sim_sync_next(sim *s, sim_actor *a)
{
    if (a->height >= a->sync_high) {
        a->sync_open = 0;
        return;
    }
    const sim_actor *peer = &s->actor[a->sync_peer];
    uint64_t height = a->height + 1;
    uint32_t block = peer->chain[height];
    if (s->block[block].header.epoch != a->epoch) {
        sim_fail(s, SIM_VIOLATION, "actor %u syncs past its epoch", a->id);
        return;
    }
    int ends = (s->block[block].header.flags & YQ_BLOCK_EPOCH_END) != 0;
    sim_cert none = {0};
    const sim_cert *cert =
        height == a->sync_high ? &a->sync_cert : (ends ? &peer->cert[height] : &none);
    sim_commit_block(s, a, block, cert);
    if (s->over) {
        return;
    }
    sim_cert kept = {0};
    sim_cert_copy(&kept, cert);
    sim_committed(s, a, &kept);
    sim_cert_clear(&kept);
    sim_push(s, sim_later(s, a, SIM_EV_SYNC_NEXT, sim_below(&s->host, s->exec_ms_max + 1)));
}

void sim_host_message(sim *s, sim_actor *a, const sim_msg *m)
{
    switch (m->cls) {
    case SIM_BODY:
        take_bodies(s, a, &m->envs);
        break;
    case SIM_BODY_REQUEST:
        answer_bodies(s, a, m);
        break;
    case SIM_ANNOUNCE:
        answer_announce(s, a, m);
        break;
    case SIM_SYNC_REQUEST:
        answer_sync(s, a, m);
        break;
    case SIM_SYNC:
        take_sync(s, a, m);
        break;
    case SIM_PROPOSAL:
    case SIM_VOTE_N:
    case SIM_VOTE_X:
    case SIM_VOTE_F:
    case SIM_CERT_N:
    case SIM_CERT_X:
    case SIM_CERT_F:
    case SIM_BLOCK_REQUEST:
    case SIM_BLOCK:
    case SIM_CERTS_REQUEST:
    case SIM_STATUS:
    case SIM_CLASSES:
        break;
    }
}
