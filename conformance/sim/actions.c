#include "conformance/sim/sim.h"

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
