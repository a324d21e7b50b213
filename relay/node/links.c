/* What happens on the links to other nodes. */
#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/node/state.h"

#include <stdio.h>

/* Validators of the present set, and what the configuration names. */
static int admit(void *self, const yq_digest *id, uint8_t *key)
{
    const yq_node *n = self;
    uint16_t index = peers_index_of(n, id);
    if (index != PEER_OBSERVER) {
        memcpy(key, n->set.key[index], 64);
        return 1;
    }
    for (unsigned i = 0; i < n->config->file->peers.nodes_count; i++) {
        yq_digest other;
        peers_id_of_key(n->config->peer_key[i], &other);
        if (peers_same(&other, id)) {
            memcpy(key, n->config->peer_key[i], 64);
            return 1;
        }
    }
    return 0;
}

static void on_up(void *self, uint32_t peer, const yq_digest *id)
{
    yq_node *n = self;
    n->peer[peer] = (peer_state){.index = peers_index_of(n, id), .height = n->peer[peer].height};
    if (n->peer[peer].index != PEER_OBSERVER) {
        n->slot_of[n->peer[peer].index] = peer;
    }
    drive_peer_up(n, peer);
    recovery_peer_up(n, peer);
}

static void on_down(void *self, uint32_t peer, const yq_digest *id)
{
    (void)id;
    yq_node *n = self;
    n->peer[peer].serving = 0;
    if (n->sync.peer == peer) {
        n->sync.peer = NOT_LINKED;
    }
}

static yq_status on_frame(void *self, uint32_t peer, yq_frame_type type, yq_slice body)
{
    yq_node *n = self;
    switch (type) {
    case YQ_FRAME_CONSENSUS:
        return drive_receive(n, peer, body);
    case YQ_FRAME_ENVELOPE:
    case YQ_FRAME_ANNOUNCE:
    case YQ_FRAME_FETCH:
        return spread_frame(n, peer, type, body);
    case YQ_FRAME_GET_BLOCKS:
    case YQ_FRAME_BLOCKS:
    case YQ_FRAME_NO_BLOCKS:
        return sync_frame(n, peer, type, body);
    case YQ_FRAME_GET_SNAPSHOT:
    case YQ_FRAME_SNAPSHOT:
    case YQ_FRAME_NO_SNAPSHOT:
        return state_sync_frame(n, peer, type, body);
    case YQ_FRAME_RECOVERY:
        return recovery_frame(n, body);
    case YQ_FRAME_EXPORT:
    case YQ_FRAME_GET_EXPORT:
        return exports_frame(n, peer, type, body);
    case YQ_FRAME_INVALID:
    case YQ_FRAME_BIND:
    case YQ_FRAME_PING:
    case YQ_FRAME_PONG:
        break;
    }
    return YQ_E_STATE;
}

yq_net_ops peers_ops(yq_node *n)
{
    return (yq_net_ops){n, admit, on_up, on_down, on_frame};
}
