/* yuqiao-xinghuo-attester: answers for one organisation what its own nodes tell. */
#include "adapters/xinghuo/office.h"
#include "adapters/xinghuo/office_config.h"
#include "adapters/xinghuo/wire.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX    (64u << 10)
#define HEADERS_MAX 8192
#define IDLE_S      30
#define DEADLINE_MS 10000u
#define SECRET_MAX  1030

typedef enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
} exit_code;

typedef struct program {
    yq_xha_office_config config;
    yq_xha_office office;
    yq_key *key;
    struct event_base *base;
    struct evhttp *http;
    SSL_CTX *tls;
} program;

/* ---- the adapter's host ---- */

/* Judging gives nothing out. */
static void *host_alloc(void *self, size_t size)
{
    (void)self;
    (void)size;
    return NULL;
}

static void host_log(void *self, int level, const char *text)
{
    (void)self;
    yq_log((yq_log_level)level, "attester", "%s", text);
}

static uint64_t host_now(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int host_stopping(void *self)
{
    (void)self;
    return 0;
}

/* ---- questions ---- */

static void on_request(struct evhttp_request *request, void *self)
{
    program *p = self;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
    struct evbuffer *in = evhttp_request_get_input_buffer(request);
    yq_slice body = yq_slice_of(evbuffer_pullup(in, -1), evbuffer_get_length(in));
    int is_post = evhttp_request_get_command(request) == EVHTTP_REQ_POST;
    yq_json_out *out = yq_xha_office_answer(&p->office, path == NULL ? "" : path, is_post, body);
    if (out == NULL) {
        evhttp_send_error(request, HTTP_NOTFOUND, NULL);
        return;
    }
    size_t size = 0;
    const char *text = yq_json_out_done(out, &size);
    struct evbuffer *reply = evbuffer_new();
    if (text == NULL || reply == NULL || evbuffer_add(reply, text, size) != 0) {
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
    } else {
        (void)evhttp_add_header(
            evhttp_request_get_output_headers(request), "Content-Type", "application/json");
        evhttp_send_reply(request, HTTP_OK, NULL, reply);
    }
    if (reply != NULL) {
        evbuffer_free(reply);
    }
    yq_json_out_free(out);
}

static struct bufferevent *on_tls(struct event_base *base, void *self)
{
    SSL *ssl = SSL_new(self);
    return ssl == NULL ? NULL
                       : bufferevent_openssl_socket_new(
                             base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

/* ---- life ---- */

static yq_status fault(yq_fault *why, const char *text)
{
    return yq_fail(why, YQ_E_IO, 0, text);
}

static yq_status open_tls(program *p, yq_fault *why)
{
    const yq_xha_office_config *c = &p->config;
    if (c->cert_path == NULL) {
        return YQ_OK;
    }
    p->tls = SSL_CTX_new(TLS_server_method());
    int good = p->tls != NULL && SSL_CTX_set_min_proto_version(p->tls, TLS1_2_VERSION) == 1 &&
               SSL_CTX_use_certificate_chain_file(p->tls, c->cert_path) == 1 &&
               SSL_CTX_use_PrivateKey_file(p->tls, c->cert_key_path, SSL_FILETYPE_PEM) == 1;
    return good ? YQ_OK
                : yq_fail(why, YQ_E_CONFIG_INVALID, 0, "tls_cert_file, tls_key_file: not usable");
}

static yq_status read_key(program *p, yq_fault *why)
{
    char line[SECRET_MAX] = "";
    const char *path = p->config.passphrase_path;
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    int good = file != NULL && fgets(line, sizeof line, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (path != NULL && !good) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "passphrase_file: cannot be read");
    }
    line[strcspn(line, "\r\n")] = '\0';
    yq_status status = yq_key_read(p->config.key_path, path == NULL ? NULL : line, &p->key, why);
    yq_secret_wipe(line, sizeof line);
    return status;
}

static yq_status open_http(program *p, unsigned *port, yq_fault *why)
{
    struct sockaddr_in bound = {0};
    socklen_t size = sizeof bound;
    p->base = event_base_new();
    p->http = p->base == NULL ? NULL : evhttp_new(p->base);
    if (p->http == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "server");
    }
    evhttp_set_max_headers_size(p->http, HEADERS_MAX);
    evhttp_set_max_body_size(p->http, YQ_XHA_QUESTION_MAX);
    evhttp_set_timeout(p->http, IDLE_S);
    evhttp_set_allowed_methods(p->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST);
    evhttp_set_gencb(p->http, on_request, p);
    if (p->tls != NULL) {
        evhttp_set_bevcb(p->http, on_tls, p->tls);
    }
    struct evhttp_bound_socket *listener =
        evhttp_bind_socket_with_handle(p->http, p->config.host, (uint16_t)p->config.port);
    if (listener == NULL ||
        getsockname(evhttp_bound_socket_get_fd(listener), (struct sockaddr *)&bound, &size) != 0) {
        return fault(why, "listen: the port cannot be listened on");
    }
    *port = ntohs(bound.sin_port);
    return YQ_OK;
}

/* Readers see the whole file or none. */
static yq_status write_port(const program *p, const char *path, unsigned port, yq_fault *why)
{
    char name[4096];
    if (path == NULL) {
        return YQ_OK;
    }
    int n = snprintf(name, sizeof name, "%s.%ld", path, (long)getpid());
    FILE *file = n > 0 && (size_t)n < sizeof name ? fopen(name, "w") : NULL;
    if (file == NULL) {
        return fault(why, "the ports file cannot be written");
    }
    int good = fprintf(
                   file,
                   "{\"endpoint\": \"%s://%s:%u\"}\n",
                   p->tls == NULL ? "http" : "https",
                   p->config.host,
                   port) > 0;
    good = fclose(file) == 0 && good;
    return good && rename(name, path) == 0 ? YQ_OK : fault(why, "the ports file cannot be written");
}

static void on_stop(evutil_socket_t number, short what, void *self)
{
    (void)number;
    (void)what;
    (void)event_base_loopbreak(self);
}

static yq_status serve(program *p, const char *ports_file, yq_fault *why)
{
    unsigned port = 0;
    yq_status status = open_http(p, &port, why);
    status = status == YQ_OK ? write_port(p, ports_file, port, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    struct event *stop[2] = {
        evsignal_new(p->base, SIGTERM, on_stop, p->base),
        evsignal_new(p->base, SIGINT, on_stop, p->base)};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)event_add(stop[0], NULL);
    (void)event_add(stop[1], NULL);
    yq_log(YQ_LOG_INFO, "attester", "listening chain=%s port=%u", p->config.adapter.chain, port);
    status = event_base_dispatch(p->base) < 0 ? fault(why, "event loop") : YQ_OK;
    event_free(stop[0]);
    event_free(stop[1]);
    return status;
}

static yq_status read_config(program *p, const char *path, yq_fault *why)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(FILE_MAX + 1);
    yq_status status = YQ_E_MEMORY;
    if (file == NULL || text == NULL) {
        status = yq_fail(why, YQ_E_CONFIG_INVALID, 0, "--config: the file cannot be read");
    } else {
        size_t n = fread(text, 1, FILE_MAX + 1, file);
        status = yq_xha_office_config_parse(yq_slice_of(text, n), &p->config, why);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(text);
    return status;
}

static yq_status run(program *p, const char *config, const char *ports_file, yq_fault *why)
{
    const yq_adapter_host host = {
        .size = sizeof host,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .abi_minor = YQ_ADAPTER_ABI_MINOR,
        .alloc = host_alloc,
        .log = host_log,
        .now_ms = host_now,
        .stopping = host_stopping};
    yq_status status = read_config(p, config, why);
    status = status == YQ_OK ? read_key(p, why) : status;
    status = status == YQ_OK ? open_tls(p, why) : status;
    p->office.deadline_ms = DEADLINE_MS;
    if (status == YQ_OK) {
        status = yq_adapter_v1()->open(&host, &p->config.adapter, &p->office.session, why);
    }
    if (status == YQ_OK) {
        p->office.chain = p->config.adapter.chain;
        p->office.key = p->key;
        p->office.epoch = p->config.epoch;
        status = serve(p, ports_file, why);
        yq_adapter_v1()->close(p->office.session);
    }
    if (p->http != NULL) {
        evhttp_free(p->http);
    }
    if (p->base != NULL) {
        event_base_free(p->base);
    }
    SSL_CTX_free(p->tls);
    yq_key_free(p->key);
    yq_xha_office_config_free(&p->config);
    return status;
}

static const char usage_text[] =
    "usage: yuqiao-xinghuo-attester --config FILE [--ports-file FILE] [--json]\n"
    "       yuqiao-xinghuo-attester --help | --version\n"
    "\n"
    "Signs for one organisation what its own nodes of a Xinghuo chain tell.\n"
    "\n"
    "  --config FILE     JSON: chain, epoch, endpoints, options, key, listen; and, where needed,\n"
    "                    passphrase_file, tls_cert_file, tls_key_file\n"
    "  --ports-file FILE written when it listens: {\"endpoint\": URL}\n"
    "  --json            log lines as JSON\n"
    "\n"
    "SIGTERM stops it. Exit codes: 0 ok, 1 failed, 2 usage or configuration.\n";

static int usage(const char *what)
{
    (void)fprintf(stderr, "yuqiao-xinghuo-attester: %s\n%s", what, usage_text);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const char *config = NULL, *ports_file = NULL;
    int json = 0;
    program p = {.key = NULL};
    yq_fault why = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--version") == 0) {
            int is_help = strcmp(argv[i], "--help") == 0;
            (void)printf("%s", is_help ? usage_text : "yuqiao-xinghuo-attester " YQ_VERSION "\n");
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) {
            json = 1;
        } else if (i + 1 < argc && strcmp(argv[i], "--config") == 0) {
            config = argv[++i];
        } else if (i + 1 < argc && strcmp(argv[i], "--ports-file") == 0) {
            ports_file = argv[++i];
        } else {
            return usage(argv[i]);
        }
    }
    if (config == NULL) {
        return usage("--config is needed");
    }
    yq_log_configure(YQ_LOG_INFO, json);
    yq_status status = run(&p, config, ports_file, &why);
    if (status == YQ_OK) {
        return EXIT_OK;
    }
    (void)fprintf(
        stderr,
        "yuqiao-xinghuo-attester: %s: %s\n%s\n",
        yq_status_name(status),
        why.text,
        yq_status_text(status, "zh"));
    return status == YQ_E_CONFIG_INVALID ? EXIT_USAGE : EXIT_FAILED;
}
