#include "relay/bft/internal.h"

/* T_0 = T0, T_(k+1) = T_k + T_k / 2, with k from the view numbers: the same on nodes with the same
 * F. */
uint64_t timer_of(const yq_bft *b, uint64_t view)
{
    uint64_t k = view > b->fin_view ? (view - 1 - b->fin_view) / YQ_LEADER_WINDOW : 0;
    if (YQ_MUTANT(17)) {
        k = b->mutant_k / YQ_LEADER_WINDOW;
    }
    uint64_t t = b->cfg.t0_ms;
    for (uint64_t i = 0; i < k && t < TIMER_MS_MAX; i++) {
        t += t / 2;
    }
    return t < TIMER_MS_MAX ? t : TIMER_MS_MAX;
}

static void sooner(uint64_t *at, uint64_t candidate)
{
    if (candidate < *at) {
        *at = candidate;
    }
}

uint64_t next_time(yq_bft *b)
{
    uint64_t at = b->status_ms;
    sooner(&at, b->resend_ms);
    if (b->armed) {
        sooner(&at, b->t_lead > b->now ? b->t_lead : UINT64_MAX);
        sooner(&at, b->t_adv > b->now ? b->t_adv : UINT64_MAX);
    }
    uint64_t heartbeat = b->commit_ms + b->cfg.heartbeat_ms;
    if (!b->armed && b->cfg.heartbeat_ms != 0 && heartbeat > b->now) {
        sooner(&at, heartbeat);
    }
    sooner(&at, b->check_ms);
    return at > b->now ? at : b->now + 1;
}

void recheck_at(yq_bft *b, uint64_t at_ms)
{
    sooner(&b->check_ms, at_ms);
}
