#include "relay/base/log.h"
#include "relay/gateway/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- connections: counted, so that they are bounded ----------------------------------------- */

static void set_accepting(yq_gateway *g, int on)
{
    for (size_t i = 0; i < YQ_ARRAY_N(g->listener); i++) {
        if (g->listener[i] != NULL) {
            (void)(on ? evconnlistener_enable(g->listener[i]) : evconnlistener_disable(g->listener[i]));
        }
    }
}

void gateway_connection_gone(yq_gateway *g)
{
    if (g->connections-- == CONNECTIONS_MAX) {
        set_accepting(g, 1);
    }
}

/* A connection that evhttp has just made out of a bufferevent of ours. */
typedef struct adopted {
    yq_gateway *g;
    struct bufferevent *bev;
} adopted;

/* evhttp tells of the end of a connection only to who asks, and has no hook for its start: the
 * bufferevent's own callbacks lead to the connection, and to none once it is freed. */
static void on_adopt(evutil_socket_t fd, short what, void *self)
{
    (void)fd;
    (void)what;
    adopted *a = self;
    void *connection = NULL;
    bufferevent_getcb(a->bev, NULL, NULL, NULL, &connection);
    if (connection == NULL) {
        gateway_connection_gone(a->g);
    } else {
        evhttp_connection_set_closecb(connection, gateway_connection_closed, a->g);
    }
    (void)bufferevent_decref(a->bev);
    free(a);
}

static struct bufferevent *make_connection(yq_gateway *g, SSL_CTX *tls)
{
    struct bufferevent *bev = NULL;
    if (tls == NULL) {
        bev = bufferevent_socket_new(g->base, -1, BEV_OPT_CLOSE_ON_FREE);
    } else {
        SSL *ssl = SSL_new(tls);
        bev = ssl == NULL ? NULL
                          : bufferevent_openssl_socket_new(
                                g->base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    }
    adopted *a = malloc(sizeof *a);
    static const struct timeval now = {0, 0};
    if (bev == NULL || a == NULL) {
        abort(); /* out of memory stops the node */
    }
    *a = (adopted){g, bev};
    bufferevent_incref(bev);
    if (event_base_once(g->base, -1, EV_TIMEOUT, on_adopt, a, &now) != 0) {
        abort();
    }
    if (++g->connections == CONNECTIONS_MAX) {
        yq_log(YQ_LOG_WARN, "gateway", "no more connections count=%u", CONNECTIONS_MAX);
        set_accepting(g, 0);
    }
    return bev;
}

static struct bufferevent *on_tcp(struct event_base *base, void *self)
{
    (void)base;
    yq_gateway *g = self;
    return make_connection(g, g->tls);
}

static struct bufferevent *on_local(struct event_base *base, void *self)
{
    (void)base;
    return make_connection(self, NULL);
}

/* ---- sockets -------------------------------------------------------------------------------- */

static struct evhttp *new_http(yq_gateway *g)
{
    struct evhttp *http = evhttp_new(g->base);
    if (http == NULL) {
        return NULL;
    }
    evhttp_set_max_headers_size(http, HEADERS_MAX);
    evhttp_set_max_body_size(http, BODY_MAX);
    evhttp_set_timeout(http, IDLE_S);
    evhttp_set_allowed_methods(
        http,
        EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
            EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
    evhttp_set_gencb(http, gateway_on_request, g);
    return http;
}

/* "ADDRESS:PORT" or "[ADDRESS]:PORT". Returns 0 when it is neither. */
static int read_address(const char *text, struct sockaddr_storage *out, socklen_t *size)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (colon == NULL || yq_number_read(yq_slice_text(colon + 1), UINT16_MAX, &port) != YQ_OK) {
        return 0;
    }
    size_t n = (size_t)(colon - text);
    int brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    n -= brackets ? 2 : 0;
    if (n == 0 || n >= sizeof host) {
        return 0;
    }
    memcpy(host, text + (brackets ? 1 : 0), n);
    host[n] = '\0';
    *out = (struct sockaddr_storage){0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    if (!brackets && inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *size = sizeof *v4;
        return 1;
    }
    if (brackets && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *size = sizeof *v6;
        return 1;
    }
    return 0;
}

static yq_status fail_errno(yq_fault *why, const char *what)
{
    char text[120];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", what, strerror(errno));
    return yq_fail(why, YQ_E_IO, 0, text);
}

static yq_status listen_tcp(yq_gateway *g, const char *address, yq_fault *why)
{
    struct sockaddr_storage at;
    socklen_t size = 0;
    if (!read_address(address, &at, &size)) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "listen: an IP address and a port");
    }
    g->listener[0] = evconnlistener_new_bind(
        g->base,
        NULL,
        NULL,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE | LEV_OPT_DISABLED,
        128,
        (struct sockaddr *)&at,
        (int)size);
    if (g->listener[0] == NULL) {
        return fail_errno(why, "listen");
    }
    size = sizeof at;
    if (getsockname(evconnlistener_get_fd(g->listener[0]), (struct sockaddr *)&at, &size) != 0) {
        return fail_errno(why, "listen");
    }
    g->port = at.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&at)->sin_port)
                                      : ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    return YQ_OK;
}

/* The mode is set before the socket has a name: at no moment may others connect. */
static yq_status listen_local(yq_gateway *g, const char *path, yq_fault *why)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat st;
    if (strlen(path) >= sizeof at.sun_path) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "socket: the path is too long");
    }
    memcpy(at.sun_path, path, strlen(path));
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        (void)unlink(path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return fail_errno(why, "socket");
    }
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        yq_status status = fail_errno(why, "socket");
        (void)close(fd);
        return status;
    }
    g->socket_path = strdup(path);
    g->listener[1] =
        evconnlistener_new(g->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_DISABLED, 128, fd);
    if (g->listener[1] == NULL) {
        (void)close(fd);
        return fail_errno(why, "socket");
    }
    return YQ_OK;
}

static yq_status open_tls(yq_gateway *g, const yq_gateway_config *config, yq_fault *why)
{
    if (config->certificate == NULL && config->key == NULL) {
        return YQ_OK;
    }
    if (config->certificate == NULL || config->key == NULL) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "certificate and key: both or none");
    }
    g->tls = SSL_CTX_new(TLS_server_method());
    if (g->tls == NULL || SSL_CTX_set_min_proto_version(g->tls, TLS1_2_VERSION) != 1) {
        return yq_fail(why, YQ_E_CRYPTO, 0, "TLS");
    }
    (void)SSL_CTX_set_options(g->tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    if (SSL_CTX_use_certificate_chain_file(g->tls, config->certificate) != 1) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "certificate");
    }
    if (SSL_CTX_use_PrivateKey_file(g->tls, config->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(g->tls) != 1) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "key: not the certificate's");
    }
    return YQ_OK;
}

yq_status gateway_listen(yq_gateway *g, const yq_gateway_config *config, yq_fault *why)
{
    yq_status status = open_tls(g, config, why);
    if (status == YQ_OK && config->listen != NULL) {
        status = listen_tcp(g, config->listen, why);
    }
    if (status == YQ_OK && config->socket_path != NULL) {
        status = listen_local(g, config->socket_path, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    struct evhttp **http[] = {&g->tcp, &g->local};
    struct bufferevent *(*const on[])(struct event_base *, void *) = {on_tcp, on_local};
    for (size_t i = 0; i < YQ_ARRAY_N(http); i++) {
        *http[i] = new_http(g);
        if (*http[i] == NULL) {
            return yq_fail(why, YQ_E_MEMORY, 0, "http");
        }
        evhttp_set_bevcb(*http[i], on[i], g);
        if (*http[i] == g->local) {
            evhttp_set_gencb(g->local, gateway_on_local_request, g);
        }
        if (g->listener[i] != NULL && evhttp_bind_listener(*http[i], g->listener[i]) == NULL) {
            return yq_fail(why, YQ_E_MEMORY, 0, "http");
        }
    }
    set_accepting(g, 1);
    return YQ_OK;
}

void gateway_unlisten(yq_gateway *g)
{
    /* evhttp frees the listeners that it was given. */
    struct evhttp *http[] = {g->tcp, g->local};
    for (size_t i = 0; i < YQ_ARRAY_N(http); i++) {
        struct evconnlistener *own = g->listener[i];
        g->listener[i] = NULL;
        if (http[i] != NULL) {
            evhttp_free(http[i]);
        } else if (own != NULL) {
            evconnlistener_free(own);
        }
    }
    g->tcp = g->local = NULL;
    SSL_CTX_free(g->tls);
    if (g->socket_path != NULL) {
        (void)unlink(g->socket_path);
        free(g->socket_path);
    }
}
