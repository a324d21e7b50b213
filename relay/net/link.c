#include "relay/net/link.h"

#include "relay/base/errors.h"
#include "relay/base/log.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#define OUT_WANTED     (256u << 10) /* handed to TLS at a time; the rest stays sortable */
#define OUT_LOW        (64u << 10)
#define FRAMES_A_TURN  64u
#define PENALTY_STEPS  5u
#define PENALTY_FORGET 600000u

static const char *name_of(const link *l)
{
    return l->peer == NO_PEER ? "unknown" : l->net->peer[l->peer].name;
}

static void penalise(yq_net *net, peer *p)
{
    uint64_t now = net_now_ms();
    if (p->offences > 0 && now - p->blamed_ms > PENALTY_FORGET) {
        p->offences = 0;
    }
    p->banned_ms = now + ((uint64_t)net->config.penalty_ms << p->offences);
    p->offences += p->offences < PENALTY_STEPS;
    p->blamed_ms = now;
    p->faults++;
}

static void redial_later(peer *p)
{
    uint16_t jitter;
    yq_random(&jitter, sizeof jitter);
    uint64_t wait = UINT64_C(200) << (p->failures < 6 ? p->failures : 6);
    wait = wait < 10000 ? wait : 10000;
    p->failures++;
    p->dial_ms = net_now_ms() + wait * 3 / 4 + wait * jitter / 131072;
}

void link_drop(link *l, yq_status status, const char *text, int blame)
{
    yq_net *net = l->net;
    if (l->doomed) {
        return;
    }
    l->doomed = 1;
    bufferevent_disable(l->bev, EV_READ | EV_WRITE);
    bufferevent_setcb(l->bev, NULL, NULL, NULL, NULL);
    yq_frame_queue_clear(&l->queue);
    net->unbound -= l->listener && l->state != LINK_UP;
    net->count.faults += blame != 0;
    int again = l->state == LINK_TLS && l->peer != NO_PEER && net->peer[l->peer].failures > 0;
    yq_log(
        blame ? YQ_LOG_WARN : (again ? YQ_LOG_DEBUG : YQ_LOG_INFO),
        "net",
        "%s peer=%s address=%s code=%s reason=\"%s\"",
        blame ? "peer broke a rule, link dropped" : "link closed",
        name_of(l),
        l->address,
        yq_status_name(status),
        text);
    if (l->peer == NO_PEER) {
        return;
    }
    peer *p = &net->peer[l->peer];
    if (blame) {
        penalise(net, p);
    }
    if (p->dialing == l) {
        p->dialing = NULL;
        redial_later(p);
    }
    if (p->link == l) {
        p->link = NULL;
        net->count.linked--;
        redial_later(p);
        net->config.ops.down(net->config.ops.self, l->peer, &p->id);
    }
}

void link_sweep(yq_net *net, int all)
{
    link **at = &net->links;
    while (*at != NULL) {
        link *l = *at;
        if (!l->doomed && !all) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        yq_frame_queue_clear(&l->queue);
        bufferevent_free(l->bev);
        free(l);
    }
}

static void free_frame(const void *bytes, size_t size, void *frame)
{
    (void)bytes;
    (void)size;
    free(frame);
}

void link_pump(link *l)
{
    struct evbuffer *out = bufferevent_get_output(l->bev);
    while (!l->doomed && evbuffer_get_length(out) < OUT_WANTED) {
        yq_queued_frame *f = yq_frame_queue_take(&l->queue);
        if (f == NULL) {
            return;
        }
        if (l->peer != NO_PEER) {
            l->net->peer[l->peer].sent += f->size;
        }
        if (evbuffer_add_reference(out, f->bytes, f->size, free_frame, f) != 0) {
            free(f);
            link_drop(l, YQ_E_MEMORY, "out of memory", 0);
        }
    }
}

static void put_or_drop(link *l, yq_frame_type type, yq_slice body)
{
    yq_status status = yq_frame_queue_put(&l->queue, type, body);
    if (status != YQ_OK) {
        link_drop(l, status, "send queue is full", 0);
        return;
    }
    link_pump(l);
}

void link_ping(link *l, uint64_t now)
{
    uint8_t body[8];
    yq_writer w = yq_writer_of(body, sizeof body);
    yq_put_u64(&w, now);
    l->pinged_ms = now;
    put_or_drop(l, YQ_FRAME_PING, yq_writer_slice(&w));
}

/* ---- binding -------------------------------------------------------------------------------- */

static void send_bind(link *l, const yq_digest *to, const uint8_t *ekm)
{
    yq_net *net = l->net;
    yq_bind bind = {
        .role = l->listener ? YQ_BIND_ROLE_LISTENER : YQ_BIND_ROLE_DIALER,
        .chain_id_hash = net->config.chain_id_hash,
        .epoch = net->epoch,
        .own = net->own,
        .peer = *to,
    };
    yq_bind_sign(&bind, net->config.key, ekm);
    uint8_t body[YQ_FRAME_BIND_SIZE];
    yq_writer w = yq_writer_of(body, sizeof body);
    yq_bind_put(&w, &bind);
    put_or_drop(l, YQ_FRAME_BIND, yq_writer_slice(&w));
}

static void refuse_bind(link *l, yq_status status, const char *text)
{
    /* Who it is was not shown: nobody is kept away for what somebody else may have sent. */
    l->net->count.refused++;
    link_drop(l, status, text, 0);
}

/* Two links to one peer that were dialed at about one time: both sides keep the one that the lower
 * id dialed, the newer of equals. Later the newer one stays: whoever dials has no link of its own.
 * It lost its power and left one behind that only looks alive, or it is another process with the
 * same key, and then the two must see each other's votes. */
static int newer_wins(const link *present, const link *fresh, const yq_net *net, const peer *p)
{
    if (present->listener == fresh->listener || net_now_ms() - present->up_ms > YQ_NET_BIND_MS) {
        return 1;
    }
    int own_is_lower = memcmp(net->own.b, p->id.b, YQ_DIGEST_SIZE) < 0;
    return fresh->listener != own_is_lower;
}

static void link_is_up(link *l, peer *p)
{
    yq_net *net = l->net;
    net->unbound -= l->listener != 0;
    l->state = LINK_UP;
    l->up_ms = l->received_ms = l->pinged_ms = net_now_ms();
    if (p->dialing == l) {
        p->dialing = NULL;
    }
    if (p->link != NULL && !newer_wins(p->link, l, net, p)) {
        link_drop(l, YQ_E_EXISTS, "there is a link already", 0);
        return;
    }
    if (p->link != NULL) {
        link *old = p->link;
        p->link = NULL;
        net->count.linked--;
        link_drop(old, YQ_E_EXISTS, "replaced by a newer link", 0);
    }
    p->link = l;
    p->failures = 0;
    net->count.linked++;
    memcpy(p->address, l->address, sizeof p->address);
    bufferevent_setwatermark(l->bev, EV_READ, 0, OUT_WANTED);
    yq_log(YQ_LOG_INFO, "net", "link is up peer=%s address=%s", p->name, l->address);
    net->config.ops.up(net->config.ops.self, l->peer, &p->id);
}

static void take_bind(link *l, yq_slice body)
{
    yq_net *net = l->net;
    yq_bind bind;
    yq_fault why;
    uint8_t ekm[YQ_BIND_EKM_SIZE], key[64];
    if (yq_bind_decode(body, &bind, &why) != YQ_OK) {
        refuse_bind(l, YQ_E_LINK_BIND, "binding cannot be read");
        return;
    }
    if (yq_link_tls_export(bufferevent_openssl_get_ssl(l->bev), ekm) != YQ_OK) {
        refuse_bind(l, YQ_E_LINK_BIND, "channel exports nothing");
        return;
    }
    if (!net->config.ops.admit(net->config.ops.self, &bind.own, key)) {
        refuse_bind(l, YQ_E_LINK_BIND, "identity is not known here");
        return;
    }
    yq_bind_expect expect = {
        .role = l->listener ? YQ_BIND_ROLE_DIALER : YQ_BIND_ROLE_LISTENER,
        .chain_id_hash = net->config.chain_id_hash,
        .own = net->own,
        .peer = l->listener ? NULL : &net->peer[l->peer].id,
        .ekm = ekm,
    };
    if (yq_bind_check(&bind, &expect, key, &why) != YQ_OK) {
        refuse_bind(l, YQ_E_LINK_BIND, why.text);
        return;
    }
    peer *p = net_peer_of(net, &bind.own);
    if (p == NULL) {
        refuse_bind(l, YQ_E_LIMIT, "too many peers");
        return;
    }
    if (net_now_ms() < p->banned_ms) {
        refuse_bind(l, YQ_E_PERMISSION, "kept away for an earlier fault");
        return;
    }
    if (l->listener) {
        l->peer = (uint32_t)(p - net->peer);
        send_bind(l, &bind.own, ekm);
    }
    if (!l->doomed) {
        link_is_up(l, p);
    }
}

static void channel_is_up(link *l)
{
    uint8_t ekm[YQ_BIND_EKM_SIZE];
    l->state = LINK_BINDING;
    if (l->listener) {
        return;
    }
    if (yq_link_tls_export(bufferevent_openssl_get_ssl(l->bev), ekm) != YQ_OK) {
        refuse_bind(l, YQ_E_LINK_BIND, "channel exports nothing");
        return;
    }
    send_bind(l, &l->net->peer[l->peer].id, ekm);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void take_pong(link *l, yq_slice body)
{
    yq_cur c = yq_cur_of(body);
    uint64_t sent = yq_cur_u64(&c), now = net_now_ms();
    if (sent == l->pinged_ms && now >= sent) {
        l->net->peer[l->peer].rtt_ms = (uint32_t)(now - sent);
    }
}

static void take_frame(link *l, yq_frame_type type, yq_slice body)
{
    yq_net *net = l->net;
    if (l->state != LINK_UP) {
        if (type == YQ_FRAME_BIND && l->state == LINK_BINDING) {
            take_bind(l, body);
        } else {
            refuse_bind(l, YQ_E_LINK_BIND, "another frame before the binding");
        }
        return;
    }
    net->peer[l->peer].received += YQ_FRAME_HEAD_SIZE + body.n;
    switch (type) {
    case YQ_FRAME_PING:
        put_or_drop(l, YQ_FRAME_PONG, body);
        return;
    case YQ_FRAME_PONG:
        take_pong(l, body);
        return;
    case YQ_FRAME_INVALID:
    case YQ_FRAME_BIND:
        link_drop(l, YQ_E_STATE, "a second binding", 1);
        return;
    case YQ_FRAME_CONSENSUS:
    case YQ_FRAME_ENVELOPE:
    case YQ_FRAME_ANNOUNCE:
    case YQ_FRAME_FETCH:
    case YQ_FRAME_GET_BLOCKS:
    case YQ_FRAME_BLOCKS:
    case YQ_FRAME_NO_BLOCKS:
    case YQ_FRAME_GET_SNAPSHOT:
    case YQ_FRAME_SNAPSHOT:
    case YQ_FRAME_NO_SNAPSHOT:
    case YQ_FRAME_RECOVERY:
    case YQ_FRAME_EXPORT:
    case YQ_FRAME_GET_EXPORT:
        break;
    }
    yq_status status = net->config.ops.frame(net->config.ops.self, l->peer, type, body);
    if (status != YQ_OK) {
        link_drop(l, status, yq_frame_rule_of((uint8_t)type)->name, !yq_status_is_fault(status));
    }
}

/* Reads one frame. Returns 0 when more bytes are needed or the link is gone. */
static int read_frame(link *l, struct evbuffer *in)
{
    if (l->type == YQ_FRAME_INVALID) {
        uint8_t head[YQ_FRAME_HEAD_SIZE];
        yq_fault why;
        if (evbuffer_get_length(in) < sizeof head) {
            return 0;
        }
        evbuffer_remove(in, head, sizeof head);
        yq_status status = yq_frame_head(YQ_SLICE_OF(head), &l->type, &l->size, &why);
        if (status == YQ_OK && l->state != LINK_UP && l->type != YQ_FRAME_BIND) {
            status = yq_fail(&why, YQ_E_LINK_BIND, 4, "another frame before the binding");
        }
        if (status != YQ_OK) {
            if (l->state == LINK_UP) {
                link_drop(l, status, why.text, 1);
            } else {
                refuse_bind(l, YQ_E_LINK_BIND, why.text);
            }
            return 0;
        }
        size_t room = l->size > OUT_WANTED ? l->size : OUT_WANTED;
        bufferevent_setwatermark(l->bev, EV_READ, 0, room);
    }
    if (evbuffer_get_length(in) < l->size) {
        return 0;
    }
    yq_slice body = {l->size == 0 ? NULL : evbuffer_pullup(in, (ev_ssize_t)l->size), l->size};
    yq_frame_type type = l->type;
    l->type = YQ_FRAME_INVALID;
    if (body.p == NULL) {
        link_drop(l, YQ_E_MEMORY, "out of memory", 0);
        return 0;
    }
    take_frame(l, type, body);
    if (!l->doomed) {
        evbuffer_drain(in, body.n);
    }
    return !l->doomed;
}

static void on_read(struct bufferevent *bev, void *arg)
{
    link *l = arg;
    l->received_ms = net_now_ms();
    unsigned n = 0;
    while (n < FRAMES_A_TURN && !l->doomed && read_frame(l, bufferevent_get_input(bev))) {
        n++;
    }
    if (n == FRAMES_A_TURN && !l->doomed) {
        bufferevent_trigger(bev, EV_READ, BEV_OPT_DEFER_CALLBACKS); /* others have their turn */
    }
}

static void on_write(struct bufferevent *bev, void *arg)
{
    (void)bev;
    link_pump(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    link *l = arg;
    if ((what & BEV_EVENT_CONNECTED) != 0) {
        int on = 1;
        setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        channel_is_up(l);
        return;
    }
    if (l->state == LINK_UP && (what & BEV_EVENT_EOF) != 0) {
        int more = 1;
        while (more && !l->doomed) {
            more = read_frame(l, bufferevent_get_input(bev));
        }
    }
    const char *text = "closed by the other side";
    if (l->state == LINK_TLS && !l->doomed) {
        int error = EVUTIL_SOCKET_ERROR();
        text = ERR_reason_error_string(bufferevent_get_openssl_error(bev));
        if (text == NULL) {
            text = (what & BEV_EVENT_ERROR) != 0 && error != 0
                       ? evutil_socket_error_to_string(error)
                       : "closed in the handshake";
        }
        l->net->count.handshakes++;
    }
    link_drop(l, YQ_E_UNAVAILABLE, text, 0);
}

/* ---- sockets -------------------------------------------------------------------------------- */

static link *link_new(yq_net *net, evutil_socket_t fd, int listener)
{
    link *l = calloc(1, sizeof *l);
    struct ssl_st *ssl = l == NULL ? NULL : yq_link_tls_session(net->tls, listener);
    if (ssl == NULL) {
        free(l);
        return NULL;
    }
    l->bev = bufferevent_openssl_socket_new(
        net->config.base,
        fd,
        ssl,
        listener ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING,
        BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    if (l->bev == NULL) {
        SSL_free(ssl);
        free(l);
        return NULL;
    }
    bufferevent_openssl_set_allow_dirty_shutdown(l->bev, 1);
    l->net = net;
    l->listener = listener;
    l->peer = NO_PEER;
    l->since_ms = l->received_ms = net_now_ms();
    bufferevent_setwatermark(l->bev, EV_READ, 0, YQ_FRAME_HEAD_SIZE + YQ_FRAME_BIND_SIZE);
    bufferevent_setwatermark(l->bev, EV_WRITE, OUT_LOW, 0);
    bufferevent_setcb(l->bev, on_read, on_write, on_event, l);
    bufferevent_enable(l->bev, EV_READ | EV_WRITE);
    l->next = net->links;
    net->links = l;
    return l;
}

static void set_address(link *l, const struct sockaddr *to)
{
    char host[INET6_ADDRSTRLEN] = "?";
    uint16_t port = 0;
    if (to->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, to, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
        port = ntohs(in.sin_port);
    } else if (to->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, to, sizeof in);
        inet_ntop(AF_INET6, &in.sin6_addr, host, sizeof host);
        port = ntohs(in.sin6_port);
    }
    evutil_snprintf(l->address, sizeof l->address, "%s:%u", host, (unsigned)port);
}

link *link_accept(yq_net *net, evutil_socket_t fd, const struct sockaddr *from, int from_size)
{
    (void)from_size;
    link *l = net->unbound >= YQ_NET_UNBOUND_MAX ? NULL : link_new(net, fd, 1);
    if (l == NULL) {
        evutil_closesocket(fd);
        return NULL;
    }
    net->unbound++;
    set_address(l, from);
    return l;
}

void link_dial(yq_net *net, uint32_t number)
{
    peer *p = &net->peer[number];
    link *l = link_new(net, -1, 0);
    if (l == NULL) {
        redial_later(p);
        return;
    }
    l->peer = number;
    p->dialing = l;
    set_address(l, (struct sockaddr *)&p->to);
    if (bufferevent_socket_connect(l->bev, (struct sockaddr *)&p->to, p->to_size) != 0) {
        link_drop(l, YQ_E_UNAVAILABLE, "cannot connect", 0);
    }
}
