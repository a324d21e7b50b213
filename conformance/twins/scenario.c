#include "conformance/twins/internal.h"
#include "relay/base/assert.h"

#include <stdlib.h>

twins *twins_new(unsigned nodes, unsigned instances, int mutant, int trace)
{
    twins *t = calloc(1, sizeof *t);
    YQ_ASSERT(t != NULL && nodes <= TWINS_NODES_MAX && instances <= TWINS_INSTANCES_MAX);
    t->nodes = nodes;
    t->instances = instances;
    t->mutant = mutant;
    t->trace = trace;
    sim_mutant_set(mutant);
    quick_set(nodes, &t->set, &t->genesis);
    t->instance = calloc(instances, sizeof *t->instance);
    t->bytes = malloc(BYTES_MAX);
    t->sent.item = calloc(MESSAGES_MAX, sizeof *t->sent.item);
    t->waiting.item = calloc(MESSAGES_MAX, sizeof *t->waiting.item);
    YQ_ASSERT(
        t->instance != NULL && t->bytes != NULL && t->sent.item != NULL && t->waiting.item != NULL);
    for (unsigned i = 0; i < instances; i++) {
        quick_node *n = &t->instance[i].node;
        n->api = mutant != 0 ? &sim_core_mutant : &sim_core_product;
        n->cfg = (yq_bft_config){
            .hash_alg = YQ_HASH_SHA256,
            .view_n = 32,
            .env_n_max = 1,
            .t0_ms = T0_MS,
            .version_max = YQ_BFT_VERSION,
        };
        n->set = &t->set;
        n->genesis = &t->genesis;
        n->payload_tag = (uint8_t)(i + 1);
        n->send = links_send;
        n->committed = check_committed;
        n->self = t;
        n->mem = malloc(n->api->footprint(&n->cfg));
        YQ_ASSERT(n->mem != NULL);
    }
    return t;
}

void twins_free(twins *t)
{
    for (unsigned i = 0; i < t->instances; i++) {
        free(t->instance[i].node.mem);
    }
    free(t->instance);
    free(t->bytes);
    free(t->sent.item);
    free(t->waiting.item);
    free(t);
}

static uint64_t view_at(const instance *i)
{
    yq_bft_view at;
    i->node.api->look(i->node.core, &at);
    return at.view;
}

/* Its clock runs on from where it stood; twins' clocks differ, so that what they propose does. */
static void set_clock(const twins *t, instance *i)
{
    i->node.now = (i->held ? i->held_at_ms : t->now) - i->behind_ms;
    i->node.wall = QUICK_WALL_MS + i->node.now + (uint64_t)(i - t->instance);
}

/* Blocks that it misses come from whoever it can reach. */
static void bring_blocks(twins *t, instance *i)
{
    unsigned me = (unsigned)(i - t->instance);
    uint64_t height = i->node.target.info.height, from = i->node.tip.header.height;
    for (unsigned k = 0; k < t->instances && i->node.syncing; k++) {
        const message link = {.from = (uint8_t)k, .to = (uint8_t)me};
        if (k == me || !links_pass(t, &link) || t->instance[k].node.tip.header.height < height) {
            continue;
        }
        if (from >= height) {
            i->node.syncing = 0;
            return;
        }
        quick_node_feed(&i->node, &t->chain[from], (size_t)(height - from));
    }
}

static void after(twins *t, instance *i)
{
    t->out->states++;
    if (i->node.syncing) {
        bring_blocks(t, i);
    }
    if (i->node.diverged) {
        check_fail(t, TWINS_VIOLATION, "a result differs from the certified one");
    }
    if (!i->held && view_at(i) > t->view) {
        i->held = 1;
        i->held_at_ms = t->now;
    }
}

static void start(twins *t, const twins_shape *shape)
{
    links_reset(t);
    t->shape = shape;
    t->now = 0;
    t->view = 0;
    t->height = 0;
    t->group = NULL;
    unsigned copy = t->nodes;
    for (unsigned v = 0; v < t->nodes; v++) {
        t->instance[v].index = (uint16_t)v;
        t->instance[v].twin = (int)(shape->twin >> v & 1);
        if (t->instance[v].twin) {
            YQ_ASSERT(copy < t->instances);
            t->instance[copy].index = (uint16_t)v;
            t->instance[copy++].twin = 1;
        }
    }
    YQ_ASSERT(copy == t->instances);
    for (unsigned k = 0; k < t->instances; k++) {
        instance *i = &t->instance[k];
        i->behind_ms = 0;
        i->held = 1;
        i->held_at_ms = 0;
        memset(i->said, 0, sizeof i->said);
        i->node.timer_at = UINT64_MAX;
        i->node.diverged = 0;
        quick_node_init(&i->node, i->index);
        set_clock(t, i);
        quick_node_start(&i->node);
        quick_node_step(&i->node, (yq_bft_event){.kind = YQ_BFT_POOL, .work = 1});
    }
}

static void let_go(twins *t)
{
    for (unsigned k = 0; k < t->instances; k++) {
        instance *i = &t->instance[k];
        if (i->held && view_at(i) <= t->view) {
            i->behind_ms += t->now - i->held_at_ms;
            i->held = 0;
        }
        if (i->node.syncing) {
            set_clock(t, i);
            bring_blocks(t, i);
        }
    }
}

/* The instance whose timer is the next, or NULL. Out: at_ms, by the scenario's clock. */
static instance *next_timer(twins *t, uint64_t *at_ms)
{
    instance *first = NULL;
    for (unsigned k = 0; k < t->instances; k++) {
        instance *i = &t->instance[k];
        if (!i->held && i->node.timer_at != UINT64_MAX &&
            (first == NULL || i->node.timer_at + i->behind_ms < *at_ms)) {
            first = i;
            *at_ms = i->node.timer_at + i->behind_ms;
        }
    }
    return first;
}

static void deliver(twins *t)
{
    message m = links_take(t);
    instance *to = &t->instance[m.to];
    if (t->trace) {
        print_message(t, &m, links_pass(t, &m));
    }
    if (links_pass(t, &m)) {
        set_clock(t, to);
        quick_node_receive(&to->node, t->instance[m.from].index, m.bytes);
        if (to->node.status != YQ_OK && !t->instance[m.from].twin) {
            check_fail(t, TWINS_VIOLATION, "an honest message was refused");
        }
        after(t, to);
    }
}

/* Does the next thing that happens before limit. Returns 0 when there is none. */
static int happen(twins *t, uint64_t limit)
{
    uint64_t at = 0;
    instance *timer = next_timer(t, &at);
    if (t->sent.n > 0 && (timer == NULL || t->sent.item[t->sent.head].at_ms <= at)) {
        if (t->sent.item[t->sent.head].at_ms > limit) {
            return 0;
        }
        t->now = t->sent.item[t->sent.head].at_ms;
        deliver(t);
        return 1;
    }
    if (timer == NULL || at > limit) {
        return 0;
    }
    t->now = at > t->now ? at : t->now;
    set_clock(t, timer);
    timer->node.timer_at = UINT64_MAX;
    quick_node_step(&timer->node, (yq_bft_event){.kind = YQ_BFT_TIMEOUT});
    after(t, timer);
    return 1;
}

static uint64_t longest_timer(const twins *t)
{
    uint64_t longest = 0;
    for (unsigned k = 0; k < t->instances; k++) {
        yq_bft_view at;
        t->instance[k].node.api->look(t->instance[k].node.core, &at);
        longest = at.timer_ms > longest ? at.timer_ms : longest;
    }
    return longest;
}

/* One view. It is over when all have left it and nothing is on the way, or when every timer in it
 * has run out. */
static void phase(twins *t, uint64_t view, const uint8_t *group)
{
    t->view = view;
    t->group = group;
    if (t->trace) {
        print_phase(t);
    }
    let_go(t);
    links_release(t);
    uint64_t limit = t->now + 2 * longest_timer(t) + 5ULL * LATENCY_MS;
    while (t->out->outcome == TWINS_OK && happen(t, limit)) {
    }
}

/* Everything is connected: all honest validators finalize a block above any that there was. */
static void heal(twins *t)
{
    uint64_t goal = t->height + 1, from = t->now;
    t->view = UINT64_MAX;
    t->group = NULL;
    if (t->trace) {
        print_phase(t);
    }
    let_go(t);
    links_release(t);
    uint64_t f = yq_fault_max((uint16_t)t->nodes);
    uint64_t limit = t->now + (2 * f + 3) * longest_timer(t) + 10ULL * LATENCY_MS;
    for (;;) {
        int done = 1;
        for (unsigned k = 0; k < t->nodes; k++) {
            done &= t->instance[k].twin || t->instance[k].node.tip.header.height >= goal;
        }
        if (done || t->out->outcome != TWINS_OK) {
            t->out->recovery_ms = (uint32_t)(t->now - from);
            return;
        }
        if (!happen(t, limit)) {
            check_fail(t, TWINS_STALL, "no new block in time after everything is connected");
        }
    }
}

void twins_run(twins *t, const twins_shape *shape, twins_result *out)
{
    static const uint8_t whole[TWINS_INSTANCES_MAX];
    *out = (twins_result){.outcome = TWINS_OK};
    t->out = out;
    start(t, shape);
    for (uint64_t v = 1; v < shape->first; v++) {
        phase(t, v, whole);
    }
    for (unsigned k = 0; k < shape->view; k++) {
        phase(t, shape->first + k, shape->group[k]);
    }
    heal(t);
}
