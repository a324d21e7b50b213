#ifndef YQ_RELAY_NET_NET_H
#define YQ_RELAY_NET_NET_H

#include "relay/crypto/crypto.h"
#include "relay/net/frames.h"

/*
 * The links of one node to its peers: dials, listens, binds, queues, keeps alive. All of it runs in
 * the thread of the caller's event loop; no call blocks. A peer is an SM2 identity, at most one
 * link each; a link whose bytes are bad is dropped, named in the log and kept away for a time.
 */
#define YQ_NET_PEERS_MAX        128u  /* identities, linked or not */
#define YQ_NET_UNBOUND_MAX      64u   /* accepted sockets that have not shown who they are */
#define YQ_NET_BIND_MS          5000u /* to connect, shake hands and bind */
#define YQ_NET_QUEUE_FRAMES_MAX 4096u
#define YQ_NET_QUEUE_BYTES_MAX  (32u << 20) /* waiting to be sent, a peer and lane */

struct event_base;
typedef struct yq_net yq_net;

/* What the owner is asked and told, from the loop's thread. peer: 0 .. YQ_NET_PEERS_MAX - 1, the
 * same for one identity as long as the net lives. */
typedef struct yq_net_ops {
    void *self;
    /* Returns 1 and the key (64 bytes) when this identity may link, 0 otherwise. */
    int (*admit)(void *self, const yq_digest *id, uint8_t *key);
    /* A link is bound. Comes again without down when a newer link takes the place of one. */
    void (*up)(void *self, uint32_t peer, const yq_digest *id);
    void (*down)(void *self, uint32_t peer, const yq_digest *id);
    /* A frame of a bound peer: never BIND, PING, PONG. Returns OK, or a reject: the peer is to
     * blame, its link is dropped. body lives for the call. */
    yq_status (*frame)(void *self, uint32_t peer, yq_frame_type type, yq_slice body);
} yq_net_ops;

typedef struct yq_net_config {
    struct event_base *base; /* borrowed */
    const yq_key *key;       /* SM2, borrowed */
    yq_digest chain_id_hash;
    const char *listen;  /* "ADDRESS:PORT", port 0: any; NULL: does not listen */
    uint32_t penalty_ms; /* how long a peer that broke a rule is kept away the first time; it
                            doubles, up to 32 times as long; 0: 10000 */
    uint32_t idle_ms;    /* a link silent for this long is dropped; 0: 20000 */
    yq_net_ops ops;
} yq_net_config;

/* Makes the net and listens. Out: net, freed with yq_net_free. Errors: E_CONFIG_INVALID (address),
 * E_IO (cannot listen), E_MEMORY. */
YQ_NODISCARD yq_status yq_net_new(yq_net **net, const yq_net_config *config, yq_fault *why);
void yq_net_free(yq_net *net);

/* The port that is listened on, 0 for none. */
uint16_t yq_net_port(const yq_net *net);

/* The epoch that own bindings name from now on. */
void yq_net_set_epoch(yq_net *net, uint64_t epoch);

/*
 * Makes a peer known by name and keeps dialing it while there is no link. In: address
 * "ADDRESS:PORT" (numeric), NULL or empty: it calls us. Errors: E_CONFIG_INVALID (address),
 * E_EXISTS, E_LIMIT (YQ_NET_PEERS_MAX).
 */
YQ_NODISCARD yq_status
yq_net_add(yq_net *net, const yq_digest *id, const char *name, const char *address);

/*
 * Queues a frame to a peer. Returns OK; E_UNAVAILABLE without a link; E_BUSY when the lane is full.
 * Copies body. In: size of body within the type's rule.
 */
YQ_NODISCARD yq_status
yq_net_send(yq_net *net, uint32_t peer_number, yq_frame_type type, yq_slice body);

/* Bytes that may still be queued in the lane of type, 0 without a link. */
size_t yq_net_room(const yq_net *net, uint32_t peer_number, yq_frame_type type);

/* Drops the link of a peer that broke a rule: named in the log, kept away for a time. */
void yq_net_blame(yq_net *net, uint32_t peer_number, yq_status status, const char *text);

/* Drops links whose identity ops.admit no longer allows. */
void yq_net_recheck(yq_net *net);

/* Finds a peer by identity. Returns 0 when it is not known. */
int yq_net_find(const yq_net *net, const yq_digest *id, uint32_t *peer_number);

typedef struct yq_net_peer_view {
    yq_digest id;
    char name[48], address[64]; /* address of the present or last link */
    int linked;
    uint32_t rtt_ms;
    uint64_t sent, received; /* bytes of frames */
    uint64_t busy;           /* frames refused for want of room */
    uint64_t faults;         /* times it broke a rule */
    size_t queued;           /* bytes */
} yq_net_peer_view;

/* Returns 0 when there is no peer of that number. Out: view. */
int yq_net_look(const yq_net *net, uint32_t peer_number, yq_net_peer_view *view);

typedef struct yq_net_counters {
    uint32_t linked;
    uint64_t refused;    /* bindings refused (E_LINK_BIND) */
    uint64_t handshakes; /* TLS handshakes that failed */
    uint64_t faults;     /* links dropped because the peer broke a rule */
} yq_net_counters;
void yq_net_count(const yq_net *net, yq_net_counters *out);

#endif /* YQ_RELAY_NET_NET_H */
