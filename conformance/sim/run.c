#include "conformance/sim/sim.h"
#include "relay/base/assert.h"

#include <stdlib.h>
#include <string.h>

sim *sim_new(void)
{
    sim *s = calloc(1, sizeof *s);
    YQ_ASSERT(s != NULL);
    s->block = malloc(SIM_BLOCKS_MAX * sizeof *s->block);
    s->tally = malloc(SIM_TALLIES_MAX * sizeof *s->tally);
    YQ_ASSERT(s->block != NULL && s->tally != NULL);
    return s;
}

static void actor_clear(sim_actor *a)
{
    sim_log log = a->log;
    void *mem = a->mem;
    sim_log_clear(&log);
    for (unsigned i = 0; i < SIM_HEIGHTS_MAX; i++) {
        sim_cert_clear(&a->cert[i]);
    }
    sim_msg_drop(a->commit);
    sim_cert_clear(&a->sync_cert);
    memset(a, 0, sizeof *a);
    a->log = log;
    a->mem = mem;
}

static void clear(sim *s)
{
    sim_queue_clear(s);
    for (unsigned i = 0; i < 32; i++) {
        sim_msg_drop(s->kept[i]);
        s->kept[i] = NULL;
    }
    for (unsigned i = 0; i < SIM_ACTORS_MAX; i++) {
        actor_clear(&s->actor[i]);
    }
    memset(s->tally, 0, SIM_TALLIES_MAX * sizeof *s->tally);
    memset(s->final_block, 0, sizeof s->final_block);
    memset(s->final_info, 0, sizeof s->final_info);
    memset(s->style, 0, sizeof s->style);
    memset(s->points, 0, sizeof s->points);
    s->now = s->order = s->trace_hash = s->final_height = s->first_final_ms = 0;
    s->kept_n = s->slow = 0;
    s->stage = s->waiting = s->over = 0;
    s->submitted = (sim_envs){0};
    s->result = (sim_result){0};
}

void sim_free(sim *s)
{
    clear(s);
    for (unsigned i = 0; i < SIM_ACTORS_MAX; i++) {
        free(s->actor[i].log.item);
        free(s->actor[i].mem);
    }
    free(s->heap);
    free(s->block);
    free(s->tally);
    free(s);
}

static void submit(sim *s, const sim_event *ev)
{
    if (!s->actor[ev->actor].up) {
        sim_event again = *ev;
        again.at = s->now + 200;
        sim_push(s, again);
        return;
    }
    sim_submit(s, (unsigned)ev->a, ev->actor);
}

static void handle(sim *s, sim_event *ev)
{
    sim_actor *a = &s->actor[ev->actor];
    if (ev->kind < SIM_EV_CRASH) {
        int alive = a->up && (ev->life == a->life || ev->kind == SIM_EV_MSG);
        if (alive) {
            sim_host_event(s, a, ev);
        }
        return;
    }
    if (ev->kind == SIM_EV_CRASH && s->now < s->heal_ms) {
        sim_crash(s, a);
    } else if (ev->kind == SIM_EV_RESTART && !a->up) {
        sim_trace(s, "actor %u starts again", a->id);
        sim_start(s, a);
    } else if (ev->kind == SIM_EV_WEATHER) {
        sim_weather(s);
    } else if (ev->kind == SIM_EV_SUBMIT) {
        submit(s, ev);
    } else if (ev->kind == SIM_EV_BYZANTINE) {
        sim_evil_act(s, ev->actor);
    } else if (ev->kind == SIM_EV_CLOCK) {
        sim_on_clock(s);
    } else if (ev->kind == SIM_EV_UPGRADE) {
        sim_on_upgrade(s, a);
    } else if (ev->kind == SIM_EV_ARM) {
        sim_on_arm(s);
    } else if (ev->kind == SIM_EV_HEAL) {
        sim_heal(s);
    } else if (ev->kind == SIM_EV_PROGRESS) {
        sim_progress(s);
    }
}

void sim_run(sim *s, const sim_options *opt, uint64_t seed, sim_result *result)
{
    clear(s);
    s->opt = *opt;
    s->core = opt->mutant != 0 ? &sim_core_mutant : &sim_core_product;
    sim_mutant_set(opt->mutant);
    s->seed = seed;
    sim_rng first = {sim_mix(seed + 1)};
    s->plan.s = sim_draw(&first);
    s->net.s = sim_draw(&first);
    s->host.s = sim_draw(&first);
    s->evil.s = sim_draw(&first);
    s->result.seed = seed;
    sim_plan(s);
    sim_world_make(s);
    for (unsigned i = 0; i < s->actors && !s->over; i++) {
        if (!s->actor[i].byzantine || s->style[s->actor[i].who] != SIM_SILENT) {
            sim_start(s, &s->actor[i]);
        }
    }
    sim_event ev;
    while (!s->over && sim_pop(s, &ev)) {
        s->now = ev.at;
        handle(s, &ev);
        sim_msg_drop(ev.msg);
    }
    s->result.digest = s->trace_hash;
    s->result.virtual_ms = s->now;
    s->result.slow = s->byzantine_stays || s->epoch_blocks != 0 ? 0 : s->slow;
    *result = s->result;
}
