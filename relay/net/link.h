#ifndef YQ_RELAY_NET_LINK_H
#define YQ_RELAY_NET_LINK_H

/* The net's own state: shared by its files, by nobody else. */

#include "relay/net/bind.h"
#include "relay/net/net.h"
#include "relay/net/queue.h"
#include "relay/net/tls.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>

typedef enum link_state {
    LINK_TLS = 0, /* connecting, handshake */
    LINK_BINDING, /* channel is up; the other side has not shown who it is */
    LINK_UP,
} link_state;

#define NO_PEER UINT32_MAX

/* One socket. */
typedef struct link {
    struct link *next;
    yq_net *net;
    struct bufferevent *bev;
    link_state state;
    int listener;  /* this side accepted it */
    uint32_t peer; /* dialed or bound peer, NO_PEER until known */
    char address[64];
    uint64_t since_ms, up_ms, received_ms, pinged_ms;
    yq_frame_queue queue;
    /* Head of the frame whose body is still to come; type 0: none. */
    yq_frame_type type;
    uint32_t size;
    int doomed; /* dropped while one of its calls runs: freed by the sweep */
} link;

typedef struct peer {
    yq_digest id;
    char name[48], address[64];
    int dials;
    struct sockaddr_storage to;
    int to_size;
    link *link;    /* bound, or NULL */
    link *dialing; /* a socket on its way, or NULL */
    unsigned failures;
    uint64_t dial_ms;              /* not before */
    uint64_t banned_ms, blamed_ms; /* kept away until; when last blamed */
    unsigned offences;
    uint32_t rtt_ms;
    uint64_t sent, received, busy, faults;
} peer;

struct yq_net {
    yq_net_config config;
    yq_digest own;
    uint64_t epoch;
    yq_link_tls *tls;
    uint64_t tls_ms;
    struct evconnlistener *listener;
    uint16_t port;
    struct event *tick;
    link *links; /* all sockets */
    uint32_t unbound;
    uint32_t peer_n;
    peer peer[YQ_NET_PEERS_MAX];
    yq_net_counters count;
};

uint64_t net_now_ms(void);
/* NULL: as many as there may be. In: name may be NULL. */
peer *net_peer_new(yq_net *net, const yq_digest *id, const char *name);
peer *net_peer_of(yq_net *net, const yq_digest *id);

/* link.c */
link *link_accept(yq_net *net, evutil_socket_t fd, const struct sockaddr *from, int from_size);
void link_dial(yq_net *net, uint32_t number);
void link_pump(link *l);
void link_ping(link *l, uint64_t now);
/* Ends a link: reason for the log; blame 1: its peer broke a rule. */
void link_drop(link *l, yq_status status, const char *text, int blame);
void link_sweep(yq_net *net, int all);

#endif /* YQ_RELAY_NET_LINK_H */
