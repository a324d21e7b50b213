#include "conformance/nodes/world.h"
#include "relay/base/bytes.h"
#include "relay/store/mem.h"

#include <stdio.h>
#include <string.h>

/* One seed: what happens when, and the loop. */

#define WEATHER_MS 900u
#define CLIENT_MS  350u /* a client asks again */

static node *owner_of(world *w, const char *path)
{
    for (unsigned i = 0; i < NODES; i++) {
        size_t n = strlen(w->node[i].dir);
        if (strncmp(path, w->node[i].dir, n) == 0 && path[n] == '/') {
            return &w->node[i];
        }
    }
    return NULL;
}

/* The power goes while a batch is written: it is there whole, or not at all. */
static memory_write on_write(void *self, const char *path)
{
    world *w = self;
    node *n = owner_of(w, path);
    if (n == NULL || w->healed || n->broken || !sim_permille(&w->host, w->batch_loss)) {
        return n != NULL && n->broken ? MEMORY_WRITE_LOST : MEMORY_WRITE_GOOD;
    }
    n->broken = 1;
    if (sim_permille(&w->host, 500)) {
        w->result.count.silent_batches++;
        return MEMORY_WRITE_SILENT;
    }
    w->result.count.lost_batches++;
    return MEMORY_WRITE_LOST;
}

static void weather(world *w)
{
    unsigned alone = sim_below(&w->plan, 3 * NODES); /* at NODES and above: nobody */
    for (unsigned i = 0; i < NODES; i++) {
        for (unsigned k = 0; k < NODES; k++) {
            w->loss[i][k] = (uint8_t)(sim_permille(&w->plan, 300) ? sim_below(&w->plan, 60) : 2);
            w->cut[i][k] = !w->drilling && (i == alone) != (k == alone);
        }
    }
    w->batch_loss = sim_permille(&w->plan, 500) ? 0 : sim_below(&w->plan, 40);
    if (sim_permille(&w->plan, 350)) {
        unsigned who = sim_below(&w->plan, NODES);
        event *ev = event_new(w, EVENT_CRASH, who, sim_below(&w->plan, WEATHER_MS), (yq_slice){0});
        event_push(w, ev);
    }
    event_push(
        w, event_new(w, EVENT_WEATHER, 0, sim_between(&w->plan, 200, WEATHER_MS), (yq_slice){0}));
}

static void heal(world *w)
{
    w->healed = 1;
    w->batch_loss = 0;
    memset(w->loss, 0, sizeof w->loss);
    memset(w->cut, 0, sizeof w->cut);
}

/* A client brings its envelope to some node until it hears that it is final. */
static void submit(world *w, event *ev)
{
    envelope *e = &w->env[ev->a];
    node *n = &w->node[sim_below(&w->host, NODES)];
    yq_tx_where where = {0};
    if (n->up) {
        yq_view_refresh(n->view);
        yq_status status = yq_view_tx(n->view, &e->id, &where);
        yq_view_reset(n->view);
        int too_early = ev->a == APPROVAL && w->env[CHANGE].height == 0;
        if (status == YQ_OK && where.stage == YQ_TX_FINAL) {
            e->height = where.height;
            e->index = where.index;
        } else if (status == YQ_OK && where.stage == YQ_TX_UNKNOWN && !too_early) {
            take_envelope(w, n, yq_slice_of(e->bytes, e->size), 1);
        }
    }
    if (where.stage != YQ_TX_FINAL) {
        event *again = event_new(w, EVENT_SUBMIT, 0, CLIENT_MS, (yq_slice){0});
        again->a = ev->a;
        event_push(w, again);
    }
}

static void plan(world *w)
{
    for (unsigned i = 0; i < NODES; i++) {
        uint64_t at = i == SPARE ? w->join_ms : sim_below(&w->plan, 300);
        event_push(w, event_new(w, EVENT_RESTART, i, at, (yq_slice){0}));
    }
    for (unsigned i = 0; i < w->envelope_n; i++) {
        uint64_t at = i >= CHANGE ? w->join_ms + sim_below(&w->plan, 1000)
                                  : sim_below(&w->plan, (uint32_t)w->heal_ms + 2000);
        event *ev = event_new(w, EVENT_SUBMIT, 0, at, (yq_slice){0});
        ev->a = i;
        event_push(w, ev);
    }
    event_push(w, event_new(w, EVENT_WEATHER, 0, 100, (yq_slice){0}));
    event_push(w, event_new(w, EVENT_HEAL, 0, w->heal_ms, (yq_slice){0}));
}

static void world_event(world *w, event *ev)
{
    node *n = &w->node[ev->node];
    if (ev->kind == EVENT_RESTART && !n->up) {
        node_start(w, n);
    } else if (ev->kind == EVENT_CRASH && n->up && !w->healed) {
        node_crash(w, n);
    } else if (ev->kind == EVENT_SUBMIT) {
        submit(w, ev);
    } else if (ev->kind == EVENT_WEATHER && !w->healed) {
        weather(w);
    } else if (ev->kind == EVENT_HEAL) {
        heal(w);
    } else if (ev->kind == EVENT_LOSE) {
        drill_lose(w);
    } else if (ev->kind == EVENT_OPERATOR) {
        drill_operator(w);
    }
}

static void handle(world *w, event *ev)
{
    node *n = &w->node[ev->node];
    note(w, ev->at * 16 + (uint64_t)ev->kind);
    if (ev->kind >= EVENT_RESTART) {
        world_event(w, ev);
    } else if (n->up && ev->kind == EVENT_MESSAGE) {
        link_message(w, n, ev);
    } else if (n->up && ev->life == n->life && ev->kind == EVENT_TICK) {
        link_tick(w, n);
    } else if (n->up && ev->life == n->life) {
        host_event(w, n, ev);
    }
    for (unsigned i = 0; i < NODES; i++) {
        if (w->node[i].up && w->node[i].broken) {
            node_crash(w, &w->node[i]);
        }
    }
}

/* Is all as it should be? Then the drill follows, or the run is over. */
static void look(world *w)
{
    int good = (!w->drilling || drill_is_over(w)) && nodes_check_end(w);
    if (!good || w->over) {
        return;
    }
    if (w->drill && !w->drilling) {
        drill_begin(w);
        return;
    }
    drill_check_end(w);
    w->over = 1;
}

void world_run(uint64_t seed, int trace, nodes_result *result)
{
    world *w = yq_mem_alloc(sizeof *w);
    uint64_t looked_ms = 0;
    world_make(w, seed, trace);
    memory_db_hook(on_write, w);
    plan(w);
    for (event *ev; !w->over && (ev = event_pop(w)) != NULL;) {
        handle(w, ev);
        yq_mem_free(ev);
        if (w->healed && w->now >= looked_ms + 250 && !w->over) {
            looked_ms = w->now;
            look(w);
        }
        if (w->now > w->end_ms && !w->over) {
            nodes_tell_stall(w);
        }
    }
    w->result.seed = seed;
    w->result.digest = w->digest;
    w->result.count.heights = w->final_height;
    w->result.count.virtual_ms = w->now;
    *result = w->result;
    memory_db_hook(NULL, NULL);
    world_free(w);
    yq_mem_free(w);
}
