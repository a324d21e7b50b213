/* What hosts tell each other beside the core, and the store under them. */
#include "conformance/sim/sim.h"
#include "relay/base/assert.h"

#include <string.h>

void sim_tip(const sim *s, uint32_t block, yq_bft_tip *tip)
{
    const sim_block *b = &s->block[block];
    *tip = (yq_bft_tip){.header = b->header, .h = b->h, .result = b->result};
}

/* The synced batch: block, certificate, state. */
void sim_commit_block(sim *s, sim_actor *a, uint32_t block, const sim_cert *cert)
{
    const sim_block *b = &s->block[block];
    YQ_ASSERT(a->height + 1 < SIM_HEIGHTS_MAX);
    if (memcmp(&b->header.parent_hash, &s->block[a->chain[a->height]].h, YQ_DIGEST_SIZE) != 0) {
        sim_fail(s, SIM_VIOLATION, "actor %u commits a block off its chain", a->id);
        return;
    }
    a->chain[++a->height] = block;
    sim_cert_copy(&a->cert[a->height], cert);
    sim_envs_join(&a->final, &b->chain);
    sim_envs_join(&a->stored, &b->chain);
    sim_envs_join(&a->held, &b->chain);
    sim_check_commit(s, a, block);
}

void sim_take_body(sim *s, sim_actor *a, unsigned id)
{
    sim_envs_add(&a->held, id);
    if (!sim_envs_has(&a->pool, id) && !sim_envs_has(&a->final, id)) {
        sim_envs_add(&a->pool, id);
        a->pool_at[id] = s->now;
        sim_push(s, sim_later(s, a, SIM_EV_POOL, 50));
    }
}

void sim_send_envs(sim *s, const sim_actor *a, unsigned to, sim_class cls, const sim_envs *envs)
{
    sim_msg *m = sim_msg_new(cls, a, (yq_slice){0});
    m->envs = *envs;
    if (to == SIM_NONE) {
        sim_send_all(s, a, m);
    } else {
        sim_send(s, a, to, m);
    }
    sim_msg_drop(m);
}

/* Each second: what waits for more than a second, by digest, to all validators. */
void sim_announce(sim *s, sim_actor *a)
{
    sim_envs old = {0};
    int some = 0;
    for (unsigned id = 0; id < s->envelope_n; id++) {
        if (sim_envs_has(&a->pool, id) && !sim_envs_has(&a->final, id) &&
            s->now >= a->pool_at[id] + 1000) {
            sim_envs_add(&old, id);
            some = 1;
        }
    }
    if (some) {
        sim_send_envs(s, a, SIM_NONE, SIM_ANNOUNCE, &old);
    }
    sim_push(s, sim_later(s, a, SIM_EV_ANNOUNCE, 1000));
}

void sim_ask_bodies(sim *s, sim_actor *a, const sim_envs *want)
{
    sim_send_envs(s, a, SIM_NONE, SIM_BODY_REQUEST, want);
}

/* The core misses what is final: two peers are asked for the blocks up to it. */
void sim_sync_start(sim *s, sim_actor *a, const yq_cert *cert)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned to = s->who_of[a->epoch][sim_below(&s->host, s->set[a->epoch].n)];
        sim_msg *m = sim_msg_new(SIM_SYNC_REQUEST, a, (yq_slice){0});
        m->a = a->height + 1;
        m->b = cert->info.height;
        sim_send(s, a, to, m);
        sim_msg_drop(m);
    }
}
