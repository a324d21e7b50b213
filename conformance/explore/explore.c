#include "conformance/core/draw.h"
#include "conformance/explore/internal.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define NO_STAGE UINT32_MAX

/* What exists, and where each honest node may be. */
typedef struct stage {
    network g;
    uint32_t set[HONEST];
    uint32_t from;
    uint32_t event; /* that came into existence */
} stage;

static unsigned pop(blocks *s)
{
    for (unsigned i = 0; i < 3; i++) {
        if (s->w[i] != 0) {
            unsigned bit = (unsigned)__builtin_ctzll(s->w[i]);
            s->w[i] &= s->w[i] - 1;
            return 64 * i + bit;
        }
    }
    return NO_BLOCK;
}

static void join(blocks *to, const blocks *more)
{
    for (unsigned i = 0; i < 3; i++) {
        to->w[i] |= more->w[i];
    }
}

/* A certificate or a proposal exists from now on, and what the Byzantine leader makes of it. */
static void put(explore *x, network *g, uint32_t event)
{
    unsigned which = event & 0xff;
    event_kind kind = (event_kind)(event >> 8);
    if (kind == EVENT_X) {
        g->x |= UINT32_C(1) << which;
    } else if (kind == EVENT_PROPOSAL) {
        blocks_add(&g->proposed, which);
    } else {
        blocks more = byzantine_on(x, which, kind == EVENT_F);
        join(&g->proposed, &more);
        blocks_add(kind == EVENT_N ? &g->n : &g->f, which);
    }
}

static const char *check(const explore *x, const network *g)
{
    uint32_t notarized = 0;
    blocks left = g->n;
    for (unsigned b = pop(&left); b != NO_BLOCK; b = pop(&left)) {
        uint32_t view = UINT32_C(1) << x->block[b].header.view;
        if ((notarized & view) != 0) {
            return "two blocks are notarized in a view";
        }
        notarized |= view;
    }
    left = g->f;
    for (unsigned b = pop(&left); b != NO_BLOCK; b = pop(&left)) {
        uint64_t view = x->block[b].header.view;
        if ((g->x >> view & 1) != 0) {
            return "a view is final and nullified";
        }
        blocks above = g->n;
        join(&above, &g->f);
        for (unsigned w = pop(&above); w != NO_BLOCK; w = pop(&above)) {
            if (w != b && x->block[w].header.view >= view && !blocks_has(&x->block[w].below, b)) {
                return "a block beside a final one is certified";
            }
        }
    }
    return NULL;
}

static void sort_followers(const explore *x, uint32_t *set)
{
    const uint32_t *first = x->sets->item[set[0]].id;
    unsigned from = x->local[first[0]].role == ROLE_LEADER ? 1 : 0;
    for (unsigned i = from; i + 1 < HONEST; i++) {
        for (unsigned k = i + 1; k < HONEST; k++) {
            if (set[k] < set[i]) {
                uint32_t swap = set[i];
                set[i] = set[k];
                set[k] = swap;
            }
        }
    }
}

static uint64_t stage_key(const stage *s)
{
    uint64_t key = s->g.x;
    for (unsigned i = 0; i < 3; i++) {
        key = sim_mix(key ^ s->g.n.w[i]) + 1;
        key = sim_mix(key ^ s->g.f.w[i]) + 2;
        key = sim_mix(key ^ s->g.proposed.w[i]) + 3;
        key = sim_mix(key ^ s->set[i]) + 4;
    }
    return key + (key == 0);
}

static void tell_path(explore *x, uint32_t at)
{
    explore_result *out = x->out;
    uint32_t path[EXPLORE_PATH_MAX] = {0};
    for (; at != 0 && out->path_n < EXPLORE_PATH_MAX; at = x->stage[at].from) {
        path[out->path_n++] = at;
    }
    for (unsigned i = 0; i < out->path_n; i++) {
        uint32_t step = path[out->path_n - 1 - i];
        event_name(x, x->stage[step].event, out->path[i], sizeof out->path[i]);
    }
}

static void violation(explore *x, const char *what, uint32_t at)
{
    if (x->out->violations++ == 0) {
        x->out->what = what;
        tell_path(x, at);
    }
}

static double triples(const explore *x, const stage *s)
{
    double n = 1;
    for (unsigned i = 0; i < HONEST; i++) {
        n *= x->sets->item[s->set[i]].n;
    }
    return n;
}

/* Takes a stage whose sets are those before anybody used what is new. */
static void add(explore *x, stage *s)
{
    int fresh;
    const char *wrong = check(x, &s->g);
    for (unsigned i = 0; wrong == NULL && i < HONEST; i++) {
        s->set[i] = set_reach(x, s->set[i], &s->g);
    }
    sort_followers(x, s->set);
    uint32_t *at = table_at(&x->seen, stage_key(s), &fresh);
    if (!fresh) {
        return;
    }
    if (x->stage_n == x->opt.stages_max) {
        x->out->complete = 0;
        return;
    }
    if (x->stage_n == x->stage_cap) {
        x->stage_cap = x->stage_cap == 0 ? 1024 : 2 * x->stage_cap;
        x->stage = realloc(x->stage, x->stage_cap * sizeof *x->stage);
        YQ_ASSERT(x->stage != NULL);
    }
    *at = x->stage_n;
    x->stage[x->stage_n++] = *s;
    x->out->network_states += triples(x, s);
    if (wrong != NULL || x->local_wrong != NULL) {
        violation(x, wrong != NULL ? wrong : x->local_wrong, *at);
    }
}

/* Two nodes' votes bring a certificate, a leader's word a proposal: all that the others did stays
 * possible. */
static void bring(explore *x, uint32_t at, uint32_t event, unsigned i, unsigned k)
{
    stage s = x->stage[at];
    s.from = at;
    s.event = event;
    s.set[i] = set_that_sent(x, s.set[i], event);
    s.set[k] = k == i ? s.set[k] : set_that_sent(x, s.set[k], event);
    if (x->sets->item[s.set[i]].n > 0 && x->sets->item[s.set[k]].n > 0) {
        put(x, &s.g, event);
        add(x, &s);
    }
}

static void bring_cert(explore *x, uint32_t at, uint32_t event)
{
    for (unsigned i = 0; i < HONEST; i++) {
        for (unsigned k = i + 1; k < HONEST; k++) {
            bring(x, at, event, i, k);
        }
    }
}

static void visit(explore *x, uint32_t at)
{
    unsigned blocks_n = x->block_n;
    for (unsigned v = x->opt.first; v <= x->last; v++) {
        if ((x->stage[at].g.x >> v & 1) == 0) {
            bring_cert(x, at, event_of(EVENT_X, v));
        }
    }
    for (unsigned b = 0; b < blocks_n; b++) {
        const network g = x->stage[at].g;
        if (!blocks_has(&g.n, b)) {
            bring_cert(x, at, event_of(EVENT_N, b));
        }
        if (!blocks_has(&g.f, b)) {
            bring_cert(x, at, event_of(EVENT_F, b));
        }
        if (!blocks_has(&g.proposed, b) && x->block[b].header.leader != x->opt.byzantine) {
            bring(x, at, event_of(EVENT_PROPOSAL, b), 0, 0);
        }
    }
}

static void begin(explore *x)
{
    unsigned leader = yq_leader(x->last, NODES);
    uint32_t follower = local_first(x, ROLE_FOLLOWER);
    uint32_t first = leader == x->opt.byzantine ? follower : local_first(x, ROLE_LEADER);
    stage s = {.from = NO_STAGE};
    s.set[0] = set_of_one(x, first);
    s.set[1] = s.set[2] = set_of_one(x, follower);
    s.g.proposed = byzantine_on(x, NO_BLOCK, 0);
    add(x, &s);
}

static unsigned depth_of(const explore *x, uint32_t at)
{
    unsigned n = 0;
    for (; at != NO_STAGE && at != 0; at = x->stage[at].from) {
        n++;
    }
    return n;
}

int explore_run(const explore_options *opt, explore_result *out)
{
    explore *x = calloc(1, sizeof *x);
    *out = (explore_result){.complete = 1};
    if (x == NULL) {
        return 0;
    }
    x->sets = calloc(1, sizeof *x->sets);
    if (x->sets == NULL) {
        free(x);
        return 0;
    }
    x->opt = *opt;
    x->out = out;
    x->last = opt->first + opt->views - 1;
    sim_mutant_set(opt->mutant);
    quick_set(NODES, &x->set, &x->genesis);
    begin(x);
    uint32_t at = 0;
    for (; at < x->stage_n && out->violations == 0; at++) {
        visit(x, at);
    }
    out->stages = at;
    out->complete &= at == x->stage_n && !x->blocks_full;
    out->locals = x->local_n;
    out->blocks = x->block_n;
    out->deepest = depth_of(x, x->stage_n - 1);
    locals_free(x);
    sets_free(x);
    table_free(&x->seen);
    free(x->stage);
    free(x);
    return 1;
}
