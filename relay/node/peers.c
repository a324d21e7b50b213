#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/node/state.h"

#include <stdio.h>

/* Who is who on the links. */

void peers_id_of_key(const uint8_t *key, yq_digest *id)
{
    yq_signer_id(YQ_SUITE_SM2, yq_slice_of(key, 64), id);
}

int peers_same(const yq_digest *a, const yq_digest *b)
{
    return memcmp(a->b, b->b, YQ_DIGEST_SIZE) == 0;
}

uint16_t peers_index_of(const yq_node *n, const yq_digest *id)
{
    for (uint16_t i = 0; i < n->set.n; i++) {
        yq_digest other;
        peers_id_of_key(n->set.key[i], &other);
        if (peers_same(&other, id)) {
            return i;
        }
    }
    return PEER_OBSERVER;
}

yq_status peers_add(yq_node *n, yq_config_error *error)
{
    const yq_node_file *file = n->config->file;
    for (unsigned i = 0; i < file->peers.nodes_count; i++) {
        const yq_node_peer *p = &file->peers.nodes[i];
        yq_digest id;
        peers_id_of_key(n->config->peer_key[i], &id);
        if (peers_same(&id, &n->own_id)) {
            continue; /* one list for all nodes may name this one, too */
        }
        yq_status status = yq_net_add(n->net, &id, p->name, p->address);
        if (status != YQ_OK) {
            (void)snprintf(
                error->text,
                sizeof error->text,
                "config.yaml: peers.nodes[%u].address: %s; give ADDRESS:PORT in digits",
                i,
                yq_status_text(status, "en"));
            return status;
        }
    }
    return YQ_OK;
}

/* The indices of a new set; links of who left it are dropped. */
void peers_set_changed(yq_node *n)
{
    for (uint16_t i = 0; i < YQ_VALIDATORS_MAX; i++) {
        n->slot_of[i] = NOT_LINKED;
    }
    n->own_index = peers_index_of(n, &n->own_id);
    for (uint16_t i = 0; i < n->set.n; i++) {
        yq_digest id;
        uint32_t slot;
        peers_id_of_key(n->set.key[i], &id);
        if (yq_net_find(n->net, &id, &slot)) {
            n->slot_of[i] = slot;
        }
    }
    yq_net_peer_view view;
    for (uint32_t slot = 0; yq_net_look(n->net, slot, &view); slot++) {
        n->peer[slot].index = peers_index_of(n, &view.id);
    }
    yq_net_set_epoch(n->net, n->set.epoch);
    yq_net_recheck(n->net);
}

void peers_to_validators(yq_node *n, yq_frame_type type, yq_slice body)
{
    for (uint16_t i = 0; i < n->set.n; i++) {
        if (n->slot_of[i] != NOT_LINKED) {
            /* A message may be lost; the net counts those that found no room. */
            (void)YQ_FAULT_POINT("peers.send");
            yq_status status = yq_net_send(n->net, n->slot_of[i], type, body);
            (void)status;
        }
    }
}

void peers_send(yq_node *n, uint32_t to, yq_slice message)
{
    yq_status status = YQ_OK;
    if (to != YQ_BFT_ALL) {
        uint32_t slot = to < YQ_VALIDATORS_MAX ? n->slot_of[to] : to - YQ_BFT_PEER_OTHER;
        status = yq_net_send(n->net, slot, YQ_FRAME_CONSENSUS, message);
        (void)status;
        return;
    }
    /* NOLINTNEXTLINE(bugprone-branch-clone): two places, in the program that has any */
    if (message.p[0] == YQ_BFT_MSG_VOTE) {
        (void)YQ_FAULT_POINT("vote.send");
    } else if (message.p[0] == YQ_BFT_MSG_PROPOSAL) {
        (void)YQ_FAULT_POINT("proposal.send");
    }
    peers_to_validators(n, YQ_FRAME_CONSENSUS, message);
    if (message.p[0] != YQ_BFT_MSG_CERT) {
        (void)YQ_FAULT_POINT("vote.send.after");
        return;
    }
    /* Certificates are all that observers need to follow. */
    yq_net_peer_view view;
    for (uint32_t slot = 0; yq_net_look(n->net, slot, &view); slot++) {
        if (view.linked && n->peer[slot].index == PEER_OBSERVER) {
            status = yq_net_send(n->net, slot, YQ_FRAME_CONSENSUS, message);
            (void)status;
        }
    }
}
