#include "relay/base/log.h"
#include "relay/net/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK_MS       100
#define PING_MS       5000u
#define TLS_RENEW_MS  (UINT64_C(24) * 3600 * 1000)
#define IDLE_MS       20000u
#define PENALTY_MS    10000u
#define LISTEN_QUEUED 64

/* "ADDRESS:PORT" or "[ADDRESS]:PORT", numeric: a name would have to be looked up, which blocks. */
static int parse_address(const char *text, struct sockaddr_storage *to, int *size)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    unsigned long port = colon == NULL ? 0 : strtoul(colon + 1, &end, 10);
    if (colon == NULL || colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > UINT16_MAX) {
        return 0;
    }
    size_t n = (size_t)(colon - text);
    int brackets = n >= 2 && text[0] == '[' && colon[-1] == ']';
    const char *from = brackets ? text + 1 : text;
    n -= brackets ? 2 : 0;
    if (n == 0 || n >= sizeof host) {
        return 0;
    }
    memcpy(host, from, n);
    host[n] = '\0';
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    memset(to, 0, sizeof *to);
    if (!brackets && inet_pton(AF_INET, host, &in4.sin_addr) == 1) {
        memcpy(to, &in4, sizeof in4);
        *size = (int)sizeof in4;
        return 1;
    }
    if (brackets && inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
        memcpy(to, &in6, sizeof in6);
        *size = (int)sizeof in6;
        return 1;
    }
    return 0;
}

yq_status yq_net_add(yq_net *net, const yq_digest *id, const char *name, const char *address)
{
    uint32_t at;
    struct sockaddr_storage to;
    int to_size = 0;
    int dials = address != NULL && address[0] != '\0';
    if (dials && !parse_address(address, &to, &to_size)) {
        return YQ_E_CONFIG_INVALID;
    }
    if (yq_net_find(net, id, &at) || memcmp(id->b, net->own.b, YQ_DIGEST_SIZE) == 0) {
        return YQ_E_EXISTS;
    }
    peer *p = net_peer_new(net, id, name);
    if (p == NULL) {
        return YQ_E_LIMIT;
    }
    if (dials) {
        p->dials = 1;
        p->to = to;
        p->to_size = to_size;
        (void)snprintf(p->address, sizeof p->address, "%s", address);
    }
    return YQ_OK;
}

static void on_accept(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int n, void *arg)
{
    (void)listener;
    link_accept(arg, fd, from, n);
}

static void check_link(yq_net *net, link *l, uint64_t now)
{
    if (l->state != LINK_UP) {
        if (now - l->since_ms > YQ_NET_BIND_MS) {
            link_drop(l, YQ_E_TIMEOUT, "no binding in time", 0);
        }
    } else if (now - l->received_ms > net->config.idle_ms) {
        link_drop(l, YQ_E_TIMEOUT, "silent", 0);
    } else if (now - l->pinged_ms > PING_MS || now - l->pinged_ms > net->config.idle_ms / 3) {
        link_ping(l, now);
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    yq_net *net = arg;
    uint64_t now = net_now_ms();
    for (link *l = net->links; l != NULL; l = l->next) {
        if (!l->doomed) {
            check_link(net, l, now);
        }
    }
    link_sweep(net, 0);
    if (now - net->tls_ms > TLS_RENEW_MS) {
        yq_link_tls_renew(net->tls);
        net->tls_ms = now;
    }
    for (uint32_t i = 0; i < net->peer_n; i++) {
        peer *p = &net->peer[i];
        if (p->dials && p->link == NULL && p->dialing == NULL && now >= p->dial_ms &&
            now >= p->banned_ms) {
            link_dial(net, i);
        }
    }
}

static yq_status start_listening(yq_net *net, yq_fault *why)
{
    struct sockaddr_storage at;
    int size;
    if (!parse_address(net->config.listen, &at, &size)) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "listen address is not ADDRESS:PORT");
    }
    net->listener = evconnlistener_new_bind(
        net->config.base,
        on_accept,
        net,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
        LISTEN_QUEUED,
        (struct sockaddr *)&at,
        size);
    if (net->listener == NULL) {
        char text[120];
        (void)snprintf(
            text,
            sizeof text,
            "cannot listen on %.50s: %.50s",
            net->config.listen,
            strerror(errno));
        return yq_fail(why, YQ_E_IO, 0, text);
    }
    socklen_t n = sizeof at;
    if (getsockname(evconnlistener_get_fd(net->listener), (struct sockaddr *)&at, &n) != 0) {
        return yq_fail(why, YQ_E_IO, 0, "getsockname");
    }
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    memcpy(&in4, &at, sizeof in4);
    memcpy(&in6, &at, sizeof in6);
    net->port = ntohs(at.ss_family == AF_INET6 ? in6.sin6_port : in4.sin_port);
    return YQ_OK;
}

yq_status yq_net_new(yq_net **out, const yq_net_config *config, yq_fault *why)
{
    yq_net *net = calloc(1, sizeof *net);
    if (net == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "net");
    }
    net->config = *config;
    net->config.idle_ms = config->idle_ms == 0 ? IDLE_MS : config->idle_ms;
    net->config.penalty_ms = config->penalty_ms == 0 ? PENALTY_MS : config->penalty_ms;
    yq_signer_id(YQ_SUITE_SM2, yq_key_public(config->key), &net->own);
    net->tls = yq_link_tls_new();
    net->tls_ms = net_now_ms();
    yq_status status = config->listen == NULL ? YQ_OK : start_listening(net, why);
    if (status == YQ_OK) {
        struct timeval every = {0, TICK_MS * 1000L};
        net->tick = event_new(config->base, -1, EV_PERSIST, on_tick, net);
        if (net->tick == NULL || event_add(net->tick, &every) != 0) {
            status = yq_fail(why, YQ_E_MEMORY, 0, "event");
        }
    }
    if (status != YQ_OK) {
        yq_net_free(net);
        return status;
    }
    *out = net;
    return YQ_OK;
}

void yq_net_free(yq_net *net)
{
    if (net == NULL) {
        return;
    }
    if (net->listener != NULL) {
        evconnlistener_free(net->listener);
    }
    if (net->tick != NULL) {
        event_free(net->tick);
    }
    link_sweep(net, 1);
    yq_link_tls_free(net->tls);
    free(net);
}

uint16_t yq_net_port(const yq_net *net)
{
    return net->port;
}

void yq_net_set_epoch(yq_net *net, uint64_t epoch)
{
    net->epoch = epoch;
}

yq_status yq_net_send(yq_net *net, uint32_t peer_number, yq_frame_type type, yq_slice body)
{
    peer *p = peer_number < net->peer_n ? &net->peer[peer_number] : NULL;
    if (p == NULL || p->link == NULL) {
        return YQ_E_UNAVAILABLE;
    }
    yq_status status = yq_frame_queue_put(&p->link->queue, type, body);
    if (status != YQ_OK) {
        p->busy++;
        return status;
    }
    link_pump(p->link);
    return YQ_OK;
}

size_t yq_net_room(const yq_net *net, uint32_t peer_number, yq_frame_type type)
{
    const peer *p = peer_number < net->peer_n ? &net->peer[peer_number] : NULL;
    const yq_frame_rule *rule = yq_frame_rule_of((uint8_t)type);
    if (p == NULL || p->link == NULL || rule == NULL ||
        p->link->queue.lane[rule->lane].n >= YQ_NET_QUEUE_FRAMES_MAX) {
        return 0;
    }
    return YQ_NET_QUEUE_BYTES_MAX - p->link->queue.lane[rule->lane].bytes;
}

void yq_net_blame(yq_net *net, uint32_t peer_number, yq_status status, const char *text)
{
    if (peer_number < net->peer_n && net->peer[peer_number].link != NULL) {
        link_drop(net->peer[peer_number].link, status, text, 1);
    }
}

void yq_net_recheck(yq_net *net)
{
    uint8_t key[64];
    for (uint32_t i = 0; i < net->peer_n; i++) {
        peer *p = &net->peer[i];
        if (p->link != NULL && !net->config.ops.admit(net->config.ops.self, &p->id, key)) {
            link_drop(p->link, YQ_E_PERMISSION, "identity is no longer known here", 0);
        }
    }
}

int yq_net_look(const yq_net *net, uint32_t peer_number, yq_net_peer_view *view)
{
    if (peer_number >= net->peer_n) {
        return 0;
    }
    const peer *p = &net->peer[peer_number];
    *view = (yq_net_peer_view){
        .id = p->id,
        .linked = p->link != NULL,
        .rtt_ms = p->rtt_ms,
        .sent = p->sent,
        .received = p->received,
        .busy = p->busy,
        .faults = p->faults,
        .queued = p->link == NULL ? 0 : yq_frame_queue_bytes(&p->link->queue),
    };
    memcpy(view->name, p->name, sizeof view->name);
    memcpy(view->address, p->address, sizeof view->address);
    return 1;
}

void yq_net_count(const yq_net *net, yq_net_counters *out)
{
    *out = net->count;
}
