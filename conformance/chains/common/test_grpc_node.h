#ifndef YQ_CONFORMANCE_CHAINS_COMMON_TEST_GRPC_NODE_H
#define YQ_CONFORMANCE_CHAINS_COMMON_TEST_GRPC_NODE_H

/* For tests: a gRPC node in a thread of its own, whose replies a test decides. */
#include "conformance/chains/grpc/server.h"
#include "relay/base/assert.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct test_node {
    _Atomic int stop, how; /* how: what is spoilt, the test's own number */
    void *chain;
    struct event_base *base;
    yq_mock_grpc_server *server;
    struct event *timer;
    pthread_t thread;
    char url[64];
} test_node;

static inline void test_node_tick(evutil_socket_t none, short what, void *self)
{
    test_node *n = self;
    (void)none;
    (void)what;
    if (n->stop) {
        (void)event_base_loopbreak(n->base);
    }
}

static inline void *test_node_run(void *self)
{
    test_node *n = self;
    (void)event_base_dispatch(n->base);
    return NULL;
}

/* In: service without its self, which is the node. */
static inline test_node *test_node_open(void *chain, yq_mock_grpc_service service)
{
    test_node *n = calloc(1, sizeof *n);
    YQ_ASSERT(n != NULL);
    n->chain = chain;
    n->base = event_base_new();
    n->timer = event_new(n->base, -1, EV_PERSIST, test_node_tick, n);
    const struct timeval often = {.tv_usec = 10000};
    YQ_ASSERT(n->timer != NULL && event_add(n->timer, &often) == 0);
    service.self = n;
    YQ_ASSERT(yq_mock_grpc_server_open(n->base, 0, &service, &n->server, NULL) == YQ_OK);
    (void)snprintf(
        n->url, sizeof n->url, "http://127.0.0.1:%u", yq_mock_grpc_server_port(n->server));
    YQ_ASSERT(pthread_create(&n->thread, NULL, test_node_run, n) == 0);
    return n;
}

/* The chain stays its owner's. */
static inline void test_node_close(test_node *n)
{
    n->stop = 1;
    (void)pthread_join(n->thread, NULL);
    yq_mock_grpc_server_close(n->server);
    event_free(n->timer);
    event_base_free(n->base);
    free(n);
}

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_TEST_GRPC_NODE_H */
