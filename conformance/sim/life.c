/* Start, crash and restart of an actor. */
#include "conformance/sim/sim.h"
#include "relay/base/assert.h"

#include <stdlib.h>
#include <string.h>

static void feed_record(sim *s, sim_actor *a, yq_slice record)
{
    yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = record};
    yq_status status = s->core->step(a->core, &ev, &s->actions);
    if (status != YQ_OK && !a->byzantine) {
        sim_fail(s, SIM_VIOLATION, "actor %u: record refused with %d", a->id, status);
    }
}

/* The certificates that ended epochs are kept for ever, in the store. */
static void replay_ends(sim *s, sim_actor *a)
{
    for (uint64_t h = 1; h <= a->height; h++) {
        const yq_header *header = &s->block[a->chain[h]].header;
        yq_cert cert;
        if ((header->flags & YQ_BLOCK_EPOCH_END) != 0 && sim_cert_get(&a->cert[h], &cert)) {
            uint8_t room[17 + YQ_CERT_SIZE_MAX];
            yq_writer w = yq_writer_of(room, sizeof room);
            yq_put_u8(&w, YQ_BFT_REC_CERT);
            yq_put_u64(&w, cert.epoch);
            yq_put_u64(&w, cert.view);
            yq_cert_put(&w, &cert);
            feed_record(s, a, yq_writer_slice(&w));
        }
    }
}

/* The bodies that lie in the log with a block. */
static void hold_bodies(sim_actor *a, const sim_block *b)
{
    for (unsigned k = 0; k < b->env_n; k++) {
        if (b->env[k] < SIM_ENVELOPES_MAX) {
            sim_envs_add(&a->held, b->env[k]);
        }
    }
}

static void replay(sim *s, sim_actor *a)
{
    replay_ends(s, a);
    for (size_t i = 0; i < a->log.n && !s->over; i++) {
        const sim_record *r = &a->log.item[i];
        feed_record(s, a, (yq_slice){r->p, r->n});
        if (r->block != SIM_NONE) {
            hold_bodies(a, &s->block[r->block]);
        }
    }
}

void sim_start(sim *s, sim_actor *a)
{
    size_t size = s->core->footprint(&s->cfg);
    YQ_ASSERT(size > 0);
    if (a->mem == NULL) {
        a->mem = malloc(size);
        YQ_ASSERT(a->mem != NULL);
    }
    yq_bft_config cfg = s->cfg;
    cfg.version_max = a->version;
    if (!a->rotten) {
        memcpy(cfg.own_key, s->key[a->who], sizeof cfg.own_key);
    }
    a->core = s->core->make(a->mem, &cfg);
    a->up = 1;
    a->held = a->stored;
    replay(s, a);
    uint32_t top = a->chain[a->height];
    int ended = (s->block[top].header.flags & YQ_BLOCK_EPOCH_END) != 0 || top == 0;
    a->epoch = s->block[top].header.epoch + (ended ? 1 : 0);
    yq_bft_tip tip, base;
    sim_tip(s, top, &tip);
    sim_tip(s, ended ? top : s->block[top].base, &base);
    yq_cert cert;
    int have = sim_cert_get(&a->cert[a->height], &cert);
    yq_bft_event ev = {
        .kind = YQ_BFT_START,
        .tip = &tip,
        .base = &base,
        .set = &s->set[a->epoch],
        .cert = have ? &cert : NULL,
    };
    a->seen = (yq_bft_view){0};
    sim_check_restart(s, a);
    sim_feed(s, a, &ev);
    sim_push(s, sim_later(s, a, SIM_EV_ANNOUNCE, 1000));
    for (unsigned i = 0; i < s->set[a->epoch].n && !s->over; i++) {
        if (s->who_of[a->epoch][i] != a->who) {
            yq_bft_event up = {.kind = YQ_BFT_PEER_UP, .from = i};
            sim_feed(s, a, &up);
        }
    }
}

void sim_crash(sim *s, sim_actor *a)
{
    if (!a->up) {
        return;
    }
    sim_trace(s, "actor %u crashes", a->id);
    s->result.faults.crash += !a->byzantine;
    /* A batch on its way to the store is in it whole or not at all. */
    if (a->commit_open && sim_permille(&s->host, 500) &&
        s->block[a->commit->a].header.height == a->height + 1) {
        sim_cert cert = {.n = a->commit->size, .p = a->commit->bytes};
        sim_commit_block(s, a, (uint32_t)a->commit->a, &cert);
    }
    a->up = 0;
    a->life++;
    sim_log_crash(s, a);
    if (a->who == s->rot_who && !a->rotten && s->now < s->heal_ms) {
        sim_log_rot(s, a);
    }
    a->held = a->pool = (sim_envs){0};
    memset(a->executed, 0, sizeof a->executed);
    a->work = a->commit_open = a->sync_open = a->sync_seen = 0;
    sim_msg_drop(a->commit);
    a->commit = NULL;
    sim_cert_clear(&a->sync_cert);
    uint64_t wait = sim_between(&s->host, 20, 2500);
    if (s->now + wait > s->heal_ms) {
        wait = s->heal_ms > s->now ? s->heal_ms - s->now : 1;
    }
    sim_push(s, sim_later(s, a, SIM_EV_RESTART, wait));
}
