#include "conformance/messages/world.h"
#include "relay/base/assert.h"

#include <stdlib.h>

/* One run: a time of faults, a time in which everything must come to its end. */

#define STEPS        1200u
#define HEAL_ROUNDS  150u
#define HEAL_STEP_MS 45000u
#define IDLE_MS      UINT64_C(40000)

/* The hub makes a block now and then, also when there is nothing to do. */
static void idle_block(msim *w)
{
    if (msim_hub_is_up(w) && w->now - w->hub_ms >= IDLE_MS) {
        msim_block_begin(w);
        msim_block_end(w, 0);
    }
}

static void send_something(msim *w, uint32_t chain)
{
    static const uint8_t weight[] = {
        MSIM_UNORDERED,
        MSIM_UNORDERED,
        MSIM_ORDERED,
        MSIM_ORDERED,
        MSIM_ORDERED,
        MSIM_MAPPED,
        MSIM_QUERY,
        MSIM_GROUP};
    uint8_t service = weight[sim_below(&w->rng, YQ_ARRAY_N(weight))];
    uint32_t dst = (chain + 1 + sim_below(&w->rng, w->chain_n - 1)) % w->chain_n;
    if (service == MSIM_GROUP) {
        msim_send_group(w, chain);
    } else if (service == MSIM_MAPPED) {
        msim_send(w, chain, (chain + 1) % w->chain_n, service, 0);
    } else {
        msim_send(w, chain, dst, service, 0);
    }
}

/* A lane that was paused is opened again, one that was never open opens. */
static void open_some_lane(msim *w)
{
    uint32_t src = sim_below(&w->rng, w->chain_n), dst = sim_below(&w->rng, w->chain_n);
    uint8_t service = (uint8_t)sim_below(&w->rng, MSIM_SERVICES);
    if (src != dst && !w->lane[src][dst][service].mute) {
        msim_open_lane(w, src, dst, service);
    }
}

/* What needs the hub, in one block of it. */
static void hub_fault(msim *w, uint32_t chain, uint32_t what)
{
    msim_block_begin(w);
    if (what < 8) {
        msim_freeze(w, chain);
    } else if (what < 40) {
        msim_go_on(w, chain);
    } else if (what < 43) {
        msim_mislead(w, chain);
    } else if (what < 55) {
        msim_force(w);
    } else if (what < 80) {
        open_some_lane(w);
    } else {
        msim_hostile_event(&w->chain[chain]);
    }
    msim_block_end(w, 0);
}

/* Pauses are shorter than the time between them. */
static void toggle_pause(msim_chain *c)
{
    if (c->paused) {
        msim_pause(c, 0);
    } else if (sim_permille(&c->world->rng, 250)) {
        msim_pause(c, 1);
        c->world->result.count.pauses++;
    }
}

static void other_fault(msim *w, uint32_t chain, uint32_t what)
{
    msim_chain *c = &w->chain[chain];
    if (what < 4 && msim_hub_is_up(w) && w->epoch + 1 < MSIM_EPOCHS_MAX) {
        msim_epoch_end(w);
    } else if (what < 12) {
        w->down_until_ms = w->now + (sim_permille(&w->rng, 700) ? 120000u : 3600000u);
        w->result.count.outages++;
    } else if (what < 35) {
        toggle_pause(c);
    } else if (what < 45) {
        c->asleep_until_ms = w->now + sim_between(&w->rng, 600, 7200) * UINT64_C(1000);
    } else if (what < 52) {
        msim_hostile_set(c);
    } else if (msim_hub_is_up(w)) {
        msim_hostile_delivery(c);
    }
}

static void step(msim *w)
{
    static const uint32_t waits[] = {500, 2000, 10000};
    w->now += waits[sim_below(&w->rng, YQ_ARRAY_N(waits))];
    uint32_t chain = sim_below(&w->rng, w->chain_n), what = sim_below(&w->rng, 1000);
    msim_chain *c = &w->chain[chain];
    idle_block(w);
    if (what < 200) {
        send_something(w, chain);
    } else if (what < 530) {
        if (msim_hub_is_up(w)) {
            msim_relay_events(c, 0);
        }
    } else if (what < 870) {
        if (msim_hub_is_up(w) && w->now >= c->asleep_until_ms) {
            msim_relay_packets(c, 0);
        }
    } else if (what < 965) {
        if (msim_hub_is_up(w)) {
            hub_fault(w, chain, sim_below(&w->rng, 140));
        }
    } else {
        other_fault(w, chain, sim_below(&w->rng, 120));
    }
}

/* ---- healing --------------------------------------------------------------------------------- */

static void open_again(msim *w, uint32_t src, uint32_t dst, uint8_t service)
{
    const msim_lane *lane = &w->lane[src][dst][service];
    int late = service == MSIM_MAPPED && !lane->open && !lane->mute && src != dst;
    if (late || msim_lane_is_paused(w, src, dst, service)) {
        msim_open_lane(w, src, dst, service);
    }
}

/* Somebody has looked at lanes that paused themselves; a mapped event waits for its lane. */
static void open_lanes(msim *w)
{
    for (uint32_t src = 0; src < w->chain_n; src++) {
        for (uint32_t dst = 0; dst < w->chain_n; dst++) {
            for (uint8_t service = 0; service < MSIM_SERVICES; service++) {
                open_again(w, src, dst, service);
            }
        }
    }
}

static void heal(msim *w)
{
    w->healed = 1;
    w->now = w->now > w->down_until_ms ? w->now : w->down_until_ms;
    for (uint32_t i = 0; i < w->chain_n; i++) {
        if (w->chain[i].paused) {
            msim_pause(&w->chain[i], 0);
        }
    }
}

static void heal_round(msim *w)
{
    w->now += HEAL_STEP_MS;
    msim_block_begin(w);
    for (uint32_t i = 0; i < w->chain_n; i++) {
        msim_go_on(w, i);
    }
    open_lanes(w);
    msim_block_end(w, 0);
    for (uint32_t i = 0; i < w->chain_n && !w->result.bad; i++) {
        msim_relay_events(&w->chain[i], 1);
    }
    for (uint32_t i = 0; i < w->chain_n && !w->result.bad; i++) {
        msim_relay_packets(&w->chain[i], 1);
    }
}

/* Until nothing waits any more, or for as long as anything may take. */
static void settle(msim *w)
{
    for (unsigned i = 0; i < HEAL_ROUNDS && !w->result.bad && msim_is_waiting(w); i++) {
        heal_round(w);
    }
}

/* ---- a run ----------------------------------------------------------------------------------- */

static void begin(msim *w)
{
    w->map = msim_map_new();
    w->memory = malloc(YQ_HUB_ARENA_SIZE);
    w->room = malloc(YQ_ENVELOPE_SIZE_MAX);
    w->delivery_room = malloc(YQ_ENVELOPE_SIZE_MAX);
    w->records_room = malloc(YQ_CONTRACT_RECORDS_MAX);
    YQ_ASSERT(w->memory != NULL && w->room != NULL);
    YQ_ASSERT(w->delivery_room != NULL && w->records_room != NULL);
    msim_setup(w);
}

static void end(msim *w)
{
    for (uint32_t i = 0; i < w->chain_n; i++) {
        msim_chain_end(&w->chain[i]);
        for (uint32_t dst = 0; dst < w->chain_n; dst++) {
            for (uint8_t service = 0; service < MSIM_SERVICES; service++) {
                free(w->lane[i][dst][service].message);
                free(w->lane[i][dst][service].closed);
            }
        }
    }
    for (unsigned i = 0; i < MSIM_EPOCHS_MAX; i++) {
        free(w->end_cert[i].p);
    }
    msim_map_free(w->map);
    free(w->message);
    free(w->cert.p);
    free(w->memory);
    free(w->room);
    free(w->delivery_room);
    free(w->records_room);
}

void msim_run(uint64_t seed, const msim_rules *rules, int trace, msim_result *out)
{
    msim *w = calloc(1, sizeof *w);
    YQ_ASSERT(w != NULL);
    w->rules = rules;
    w->trace = trace;
    w->result.seed = seed;
    w->rng.s = seed;
    begin(w);
    uint64_t began = w->now;
    for (unsigned i = 0; i < STEPS && !w->result.bad; i++) {
        step(w);
    }
    if (!w->result.bad) {
        heal(w);
    }
    settle(w);
    msim_probe(w);
    settle(w);
    if (!w->result.bad) {
        msim_check_end(w);
    }
    w->result.count.virtual_ms = w->now - began;
    w->result.digest = sim_draw(&w->rng) ^ w->height;
    *out = w->result;
    end(w);
    free(w);
}
