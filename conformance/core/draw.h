#ifndef YQ_CONFORMANCE_CORE_DRAW_H
#define YQ_CONFORMANCE_CORE_DRAW_H

#include <stdint.h>

/* splitmix64: every choice of a run comes from here. */
typedef struct sim_rng {
    uint64_t s;
} sim_rng;

static inline uint64_t sim_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t sim_draw(sim_rng *r)
{
    r->s += UINT64_C(0x9e3779b97f4a7c15);
    return sim_mix(r->s);
}

/* 0 .. n-1; 0 for n = 0. */
static inline uint32_t sim_below(sim_rng *r, uint32_t n)
{
    return n == 0 ? 0 : (uint32_t)((sim_draw(r) >> 32) * n >> 32);
}

static inline uint32_t sim_between(sim_rng *r, uint32_t low, uint32_t high)
{
    return low + sim_below(r, high - low + 1);
}

static inline int sim_permille(sim_rng *r, uint32_t permille)
{
    return sim_below(r, 1000) < permille;
}

#endif /* YQ_CONFORMANCE_CORE_DRAW_H */
