#include "relay/net/link.h"

#include <stdio.h>
#include <time.h>

uint64_t net_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int yq_net_find(const yq_net *net, const yq_digest *id, uint32_t *peer_number)
{
    for (uint32_t i = 0; i < net->peer_n; i++) {
        if (memcmp(net->peer[i].id.b, id->b, YQ_DIGEST_SIZE) == 0) {
            *peer_number = i;
            return 1;
        }
    }
    return 0;
}

peer *net_peer_new(yq_net *net, const yq_digest *id, const char *name)
{
    if (net->peer_n == YQ_NET_PEERS_MAX) {
        return NULL;
    }
    peer *p = &net->peer[net->peer_n++];
    *p = (peer){.id = *id};
    char hex[17];
    yq_hex_encode(hex, sizeof hex, id->b, 8);
    (void)snprintf(p->name, sizeof p->name, "%s", name == NULL ? hex : name);
    return p;
}

peer *net_peer_of(yq_net *net, const yq_digest *id)
{
    uint32_t i;
    return yq_net_find(net, id, &i) ? &net->peer[i] : net_peer_new(net, id, NULL);
}
