#include "conformance/messages/world.h"

/* What a chain's services do with what its inbox calls them for. */

static uint64_t number_in(yq_slice payload)
{
    yq_cur c = yq_cur_of(payload);
    return yq_cur_u64(&c);
}

static void take_ack(msim *w, msim_message *m, const yq_packet *packet)
{
    yq_ack ack;
    if (yq_ack_decode(packet->payload, &ack, NULL) != YQ_OK) {
        msim_fail(w, "an acknowledgement that does not decode");
        return;
    }
    m->acks++;
    m->src_status = ack.status;
    m->src_result = ack.result.n > 0;
    if (m->acks > 1) {
        msim_fail(w, "the source heard twice of one message");
    }
}

/* What a service that does not fail does. */
static void take_effect(msim_chain *c, const yq_packet *p)
{
    msim *w = c->world;
    uint32_t src = msim_chain_of(w, p->src_chain);
    uint8_t service = msim_service_of(p->kind == YQ_PACKET_ACK ? p->dst_service : p->src_service);
    msim_message *m = p->kind == YQ_PACKET_ACK
                          ? msim_message_of(w, c->number, src, service, p->sequence)
                          : msim_message_of(w, src, c->number, service, p->sequence);
    switch ((yq_packet_kind)p->kind) {
    case YQ_PACKET_CALL:
    case YQ_PACKET_PREPARE:
    case YQ_PACKET_QUERY:
    case YQ_PACKET_ANSWER:
        m = msim_message_at(w, number_in(p->payload));
        if (m != NULL && ++m->executed > 1) {
            msim_fail(w, "a message was executed twice");
        }
        w->result.count.executed++;
        break;
    case YQ_PACKET_COMMIT:
        if (m != NULL && ++m->committed > 1) {
            msim_fail(w, "a prepare was committed twice");
        }
        break;
    case YQ_PACKET_UNDO:
        if (m != NULL && ++m->undone > 1) {
            msim_fail(w, "a prepare was undone twice");
        }
        break;
    case YQ_PACKET_ACK:
        if (m != NULL) {
            take_ack(w, m, p);
        }
        break;
    case YQ_PACKET_CANCEL:
    case YQ_PACKET_HALT:
    case YQ_PACKET_RESUME:
    case YQ_PACKET_INVALID:
        msim_fail(w, "a service was called with kind %u", p->kind);
        return;
    }
    if (m == NULL) {
        msim_fail(w, "a service was called for a message that nobody sent");
    }
}

/* A service that gives the inbox the delivery again while it runs. */
static void call_back(msim_chain *c)
{
    msim *w = c->world;
    yq_buf out = {w->room, YQ_CONTRACT_RECORDS_MAX, 0};
    yq_slice again = c->under_way;
    c->under_way = (yq_slice){0};
    if (again.n > 0 &&
        w->rules->contract_deliver(c->contract, again, c->time_ms, &out, NULL) == YQ_OK) {
        msim_fail(w, "an inbox let a service call back");
    }
}

yq_done_status msim_serve(void *self, uint64_t index, const yq_packet *packet)
{
    msim_chain *c = self;
    msim *w = c->world;
    int hub_made = packet->kind == YQ_PACKET_ACK || packet->kind == YQ_PACKET_COMMIT ||
                   packet->kind == YQ_PACKET_UNDO;
    (void)index;
    if (!w->healed && sim_permille(&w->rng, 50)) {
        return hub_made || sim_permille(&w->rng, 600) ? YQ_DONE_ERROR : YQ_DONE_REFUSED;
    }
    if (!hub_made && sim_permille(&w->rng, 20)) {
        call_back(c);
    }
    take_effect(c, packet);
    return YQ_DONE_OK;
}
