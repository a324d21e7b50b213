#ifndef YQ_RELAY_GATEWAY_SERVER_H
#define YQ_RELAY_GATEWAY_SERVER_H

/* The gateway's own state: shared by gateway.c, server.c, listen.c, by nobody else. Everything but
 * the mail is the thread's. */

#include "relay/gateway/call.h"

#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <pthread.h>

#define CONNECTIONS_MAX 512u
#define WAITERS_MAX     256u /* requests that wait for a block */
#define SUBMITS_MAX     128u /* envelopes that the node checks */
#define SUBMIT_MS       15000u
#define HEADERS_MAX     (16u << 10)
#define BODY_MAX        (YQ_ENVELOPE_SIZE_MAX + (64u << 10)) /* above: the connection ends */
#define IDLE_S          60
#define RECALL_MAX      1024u
#define MAIL_MAX        (2u * SUBMITS_MAX)

/* A request that waits. */
typedef struct parked {
    struct parked *next;
    yq_gateway *g;
    struct evhttp_request *req;
    struct evhttp_connection *connection;
    struct event *timer;
    int msgpack;
    int is_submit;
    uint64_t token;          /* submits */
    yq_digest id;            /* of the envelope */
    uint64_t valid_until_ms; /* of the envelope */
    uint16_t tx_n;
} parked;

typedef struct mail {
    uint64_t token;
    yq_status status;
    yq_fault why;
} mail;

typedef struct recalled {
    yq_digest id;
    uint64_t valid_until_ms;
} recalled;

struct yq_gateway {
    gateway_facts facts;
    yq_gateway_host host;
    yq_ledger *ledger;
    char *version, *socket_path;
    uint16_t port;
    struct event_base *base;
    struct evhttp *tcp, *local;
    struct evconnlistener *listener[2];
    SSL_CTX *tls;
    unsigned connections;
    parked *waiting; /* newest first */
    unsigned waiter_n, submit_n;
    uint64_t next_token;
    recalled recall[RECALL_MAX];
    size_t recall_n, recall_next;
    pthread_t thread;
    int has_thread;

    int mail_fd;
    struct event *mail_event;
    pthread_mutex_t lock; /* the mail below */
    mail mail[MAIL_MAX];
    unsigned mail_n;
    int committed, stopping;
};

/* listen.c: sockets and TLS. Errors: E_CONFIG_INVALID, E_IO. */
YQ_NODISCARD yq_status
gateway_listen(yq_gateway *g, const yq_gateway_config *config, yq_fault *why);
void gateway_unlisten(yq_gateway *g);
void gateway_connection_gone(yq_gateway *g);

/* server.c: what arrives on the thread. */
void gateway_on_request(struct evhttp_request *req, void *self);
/* As gateway_on_request, for the Unix socket: who may open it owns the node. */
void gateway_on_local_request(struct evhttp_request *req, void *self);
void gateway_connection_closed(struct evhttp_connection *connection, void *self);
void gateway_on_mail(evutil_socket_t fd, short what, void *self);
int gateway_recall(void *self, const yq_digest *id, uint64_t *valid_until_ms);
void gateway_drop_parked(yq_gateway *g, const struct evhttp_connection *connection);

#endif /* YQ_RELAY_GATEWAY_SERVER_H */
