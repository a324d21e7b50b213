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
        return sim_between(&s->net, 1, 20);
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

static sim_class class_of(yq_slice bytes)
{
    uint8_t type = bytes.n > 1 ? bytes.p[1] : 0;
    switch ((yq_bft_message)bytes.p[0]) {
    case YQ_BFT_MSG_PROPOSAL:
        return SIM_PROPOSAL;
    case YQ_BFT_MSG_VOTE:
        return type == YQ_SIGNED_NOTARIZE  ? SIM_VOTE_N
               : type == YQ_SIGNED_NULLIFY ? SIM_VOTE_X
                                           : SIM_VOTE_F;
    case YQ_BFT_MSG_CERT:
        return type == YQ_SIGNED_NOTARIZE  ? SIM_CERT_N
               : type == YQ_SIGNED_NULLIFY ? SIM_CERT_X
                                           : SIM_CERT_F;
    case YQ_BFT_MSG_BLOCK_REQUEST:
        return SIM_BLOCK_REQUEST;
    case YQ_BFT_MSG_BLOCK:
        return SIM_BLOCK;
    case YQ_BFT_MSG_CERTS_REQUEST:
        return SIM_CERTS_REQUEST;
    case YQ_BFT_MSG_STATUS:
    case YQ_BFT_MSG_INVALID:
        break;
    }
    return SIM_STATUS;
}

void sim_send_actions(sim *s, sim_actor *a, const yq_bft_action *act)
{
    sim_msg *m = sim_msg_new(class_of(act->bytes), a, act->bytes);
    if (act->to == YQ_BFT_ALL) {
        if (m->cls == SIM_PROPOSAL && a->byzantine) {
            sim_evil_propose(s, a, act->bytes);
        }
        sim_send_all(s, a, m);
    } else if (act->to >= YQ_BFT_PEER_OTHER) {
        sim_send(s, a, act->to - YQ_BFT_PEER_OTHER, m);
    } else if (act->to < s->set[a->epoch].n) {
        sim_send(s, a, s->who_of[a->epoch][act->to], m);
    } else {
        sim_fail(s, SIM_VIOLATION, "actor %u sends to index %u", a->id, act->to);
    }
    if (sim_below(&s->evil, 8) == 0) {
        sim_evil_keep(s, m);
    }
    sim_msg_drop(m);
}
