#include "conformance/core/draw.h"
#include "conformance/twins/twins.h"
#include "relay/bft/types.h"

#include <string.h>

/* Where the split views may begin: with the epoch, or so that they reach into the next leader's
 * window. */
static int begins_at(const twins_options *opt, unsigned first)
{
    return first == 1 || first + opt->views - 1 > YQ_LEADER_WINDOW;
}

/* Validators that lead in none of the views differ only by their number: of these the first ones
 * are the twins. */
static int chosen(const twins_options *opt, unsigned first, uint32_t set)
{
    unsigned leaders = yq_leader(first + opt->views - 1, TWINS_NODES_MAX) + 1u;
    uint32_t others = leaders < opt->nodes ? set >> leaders : 0;
    return (unsigned)__builtin_popcount(set) == opt->twins && (others & (others + 1)) == 0;
}

/* The k-th pair of a first view and a set of twins. Returns how many there are when k is no less.
 */
static uint64_t pair(const twins_options *opt, uint64_t k, twins_shape *shape)
{
    uint64_t n = 0;
    for (unsigned first = 1; first <= YQ_LEADER_WINDOW; first++) {
        for (uint32_t set = 0; begins_at(opt, first) && set < UINT32_C(1) << opt->nodes; set++) {
            if (chosen(opt, first, set) && n++ == k) {
                shape->first = first;
                shape->twin = set;
                return n;
            }
        }
    }
    return n;
}

uint64_t twins_schedule_n(const twins_options *opt)
{
    twins_shape unused;
    uint64_t splits = twins_split_n(opt->nodes + opt->twins);
    uint64_t all = pair(opt, UINT64_MAX, &unused);
    for (unsigned v = 0; v < opt->views; v++) {
        if (all > (UINT64_C(1) << 63) / splits) {
            return 0;
        }
        all *= splits;
    }
    return all;
}

static void set_splits(
    const twins_options *opt,
    twins_shape *shape,
    uint64_t (*draw)(void *self, uint64_t n),
    void *self)
{
    unsigned n = opt->nodes + opt->twins;
    uint64_t splits = twins_split_n(n);
    for (unsigned v = 0; v < opt->views; v++) {
        twins_split(n, draw(self, splits), shape->group[v]);
    }
    uint64_t pairs = pair(opt, UINT64_MAX, shape);
    (void)pair(opt, draw(self, pairs), shape);
}

static uint64_t by_number(void *self, uint64_t n)
{
    uint64_t *k = self;
    uint64_t digit = *k % n;
    *k /= n;
    return digit;
}

static uint64_t by_chance(void *self, uint64_t n)
{
    return sim_draw(self) % n;
}

int twins_schedule(const twins_options *opt, uint64_t k, twins_shape *shape)
{
    *shape = (twins_shape){.nodes = opt->nodes, .view = opt->views};
    if (opt->exhaustive) {
        uint64_t all = twins_schedule_n(opt);
        if (k >= all) {
            return 0;
        }
        set_splits(opt, shape, by_number, &k);
    } else {
        sim_rng rng = {sim_mix(k + 1)};
        set_splits(opt, shape, by_chance, &rng);
    }
    return 1;
}
