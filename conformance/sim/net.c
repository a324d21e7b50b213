#include "conformance/sim/sim.h"

static void deliver(sim *s, const sim_actor *to, sim_msg *m, uint64_t delay)
{
    sim_event ev = sim_later(s, to, SIM_EV_MSG, delay);
    if (s->now < s->heal_ms && ev.at > s->heal_ms + 50) {
        ev.at = s->heal_ms + 1 + sim_below(&s->net, 50);
    }
    ev.msg = m;
    m->refs++;
    sim_push(s, ev);
}

static uint64_t delay_of(sim *s)
{
    if (s->now >= s->heal_ms) {
        return s->opt.focus == SIM_FOCUS_DEAF ? sim_between(&s->net, 700, 800)
                                              : sim_between(&s->net, 1, 20);
    }
    if (sim_permille(&s->net, 80)) {
        s->result.faults.reorder++;
        return sim_between(&s->net, 1, s->delay_ms_max);
    }
    return sim_between(&s->net, 1, 20);
}

/* To every actor of an identity; a twin only where the sender sees it. */
void sim_send(sim *s, const sim_actor *from, unsigned to, sim_msg *m)
{
    if (to == from->who || to >= s->identities) {
        return;
    }
    uint64_t extra = 0;
    if (from->byzantine && !sim_evil_sends(s, from, to, m->cls, &extra)) {
        return;
    }
    unsigned twin = 0;
    for (unsigned i = 0; i < s->actors; i++) {
        const sim_actor *a = &s->actor[i];
        if (a->who != to) {
            continue;
        }
        unsigned side = twin++;
        if (a->byzantine && side < 2 && (s->twin_side[from->who] >> side & 1) == 0) {
            continue;
        }
        if (s->now < s->heal_ms) {
            if (s->blocked[from->who][to]) {
                s->result.faults.partition++;
                continue;
            }
            if (sim_below(&s->net, 200) < s->loss[m->cls][from->who][to]) {
                s->result.faults.loss++;
                continue;
            }
            if (sim_permille(&s->net, 20)) {
                s->result.faults.duplicate++;
                deliver(s, a, m, extra + delay_of(s));
            }
        }
        deliver(s, a, m, extra + delay_of(s));
    }
}

/* To the validators of the sender's epoch. */
void sim_send_all(sim *s, const sim_actor *from, sim_msg *m)
{
    for (unsigned i = 0; i < s->set[from->epoch].n; i++) {
        sim_send(s, from, s->who_of[from->epoch][i], m);
    }
}
