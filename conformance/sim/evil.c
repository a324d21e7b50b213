/* What a Byzantine identity keeps back or delays of what the honest code sends. */
#include "conformance/sim/sim.h"

int sim_evil_sends(sim *s, const sim_actor *from, unsigned to, sim_class cls, uint64_t *delay_ms)
{
    switch (s->style[from->who]) {
    case SIM_SILENT:
        return 0;
    case SIM_WITHHOLD:
        s->result.faults.byzantine += s->withheld[cls][to];
        return !s->withheld[cls][to];
    case SIM_TWINS:
    case SIM_TWINS_CHAOS: {
        unsigned side = from != sim_actor_of(s, from->who);
        s->result.faults.byzantine++;
        return (s->twin_side[to] >> side & 1) != 0;
    }
    case SIM_CHAOS:
        return !sim_permille(&s->evil, 200);
    case SIM_SLOW:
        s->result.faults.byzantine++;
        *delay_ms = sim_below(&s->evil, s->cfg.t0_ms);
        return 1;
    case SIM_STALE:
        return cls != SIM_PROPOSAL; /* its own comes from byzantine.c */
    case SIM_STYLES:
        break;
    }
    return 1;
}

void sim_evil_keep(sim *s, sim_msg *m)
{
    unsigned at = s->kept_n++ % 32;
    sim_msg_drop(s->kept[at]);
    s->kept[at] = m;
    m->refs++;
}
