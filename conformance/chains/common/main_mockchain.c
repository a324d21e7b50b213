#include "conformance/chains/common/http.h"
#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
} exit_code;

#define REPLY_MAX    (16u << 20)
#define BLOCK_MS     200u
#define NUMBER_MAX   UINT32_MAX
#define HTTP_GOOD    200
#define HTTP_REFUSED 400

typedef struct options {
    yq_mock_options mock;
    const char *framework, *ports_file;
    int json;
} options;

typedef struct program {
    struct event_base *base;
    const yq_mock_framework *framework;
    void *mock;
    yq_mock_http *control;
} program;

static const char usage_text[] =
    "usage: yuqiao-mockchain --framework NAME --chain ID --seed TEXT --ports-file FILE\n"
    "                        [--suite WORD] [--block-ms N] [--replay DIR] [--port P] [--json]\n"
    "       yuqiao-mockchain --help | --version\n"
    "\n"
    "A foreign chain for tests and the demonstration: real keys, valid blocks, the client "
    "protocol\n"
    "of the framework's node, on 127.0.0.1 only. Never for production.\n"
    "\n"
    "  --framework NAME  one of those below\n"
    "  --chain ID        the hub's id of the chain\n"
    "  --seed TEXT       keys are derived from it: the same seed gives the same chain\n"
    "  --ports-file FILE written when it listens: {\"endpoints\": [URL], \"control\": URL}\n"
    "  --suite WORD      sm or keccak, where the framework has both\n"
    "  --block-ms N      a block at most this often; 200\n"
    "  --replay DIR      serve a recorded chain instead of a new one\n"
    "  --port P          of the node's endpoint; any free one\n"
    "  --json            log lines as JSON\n"
    "\n"
    "SIGTERM stops it. Exit codes: 0 ok, 1 failed, 2 usage.\n"
    "\n"
    "frameworks:";

static void help(void)
{
    (void)fputs(usage_text, stdout);
    for (size_t i = 0; i < yq_mock_count(); i++) {
        (void)printf(" %s", yq_mock_at(i)->name);
    }
    (void)printf("\n");
}

static int usage(const char *text)
{
    (void)fprintf(stderr, "yuqiao-mockchain: %s; see yuqiao-mockchain --help\n", text);
    return EXIT_USAGE;
}

static const yq_mock_framework *framework_of(const char *name)
{
    for (size_t i = 0; i < yq_mock_count(); i++) {
        if (strcmp(yq_mock_at(i)->name, name) == 0) {
            return yq_mock_at(i);
        }
    }
    return NULL;
}

/* ---- control -------------------------------------------------------------------------------- */

static void write_error(yq_json_out *out, yq_status status, const yq_fault *why)
{
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "code", yq_status_name(status) + 2);
    yq_json_out_int(out, "number", status);
    yq_json_out_str(
        out, "message", why->text[0] == '\0' ? yq_status_text(status, "en") : why->text);
    yq_json_out_end(out);
}

static int finish(yq_json_out *out, int code, struct evbuffer *reply)
{
    size_t size = 0;
    const char *text = out == NULL ? NULL : yq_json_out_done(out, &size);
    int good = text != NULL && evbuffer_add(reply, text, size) == 0;
    yq_json_out_free(out);
    return good ? code : HTTP_REFUSED;
}

static int on_control(void *self, yq_slice body, struct evbuffer *reply)
{
    program *p = self;
    yq_fault why = {0};
    yq_status status = YQ_E_JSON_STRICT;
    yq_json *document = yq_json_parse(body, YQ_MOCK_BODY_MAX, &why);
    yq_json_out *out = yq_json_out_new(REPLY_MAX);
    if (document != NULL && out != NULL) {
        yq_json_out_object(out, NULL);
        status = p->framework->control(p->mock, yq_json_root(document), out, &why);
        yq_json_out_end(out);
    }
    yq_json_free(document);
    if (status == YQ_OK) {
        return finish(out, HTTP_GOOD, reply);
    }
    yq_json_out_free(out);
    out = yq_json_out_new(REPLY_MAX);
    if (out != NULL) {
        write_error(out, status, &why);
    }
    return finish(out, HTTP_REFUSED, reply);
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Readers see the whole file or none. */
static yq_status write_ports(const program *p, const char *path, yq_fault *why)
{
    char name[4096];
    int n = snprintf(name, sizeof name, "%s.%ld", path, (long)getpid());
    FILE *file = n > 0 && (size_t)n < sizeof name ? fopen(name, "w") : NULL;
    if (file == NULL) {
        return yq_fail(why, YQ_E_IO, 0, "the ports file cannot be written");
    }
    int good = fprintf(
                   file,
                   "{\"endpoints\": [\"%s://127.0.0.1:%u\"], "
                   "\"control\": \"http://127.0.0.1:%u/control\"}\n",
                   p->framework->scheme,
                   (unsigned)p->framework->port(p->mock),
                   (unsigned)yq_mock_http_port(p->control)) > 0;
    good = fclose(file) == 0 && good;
    if (!good || rename(name, path) != 0) {
        (void)remove(name);
        return yq_fail(why, YQ_E_IO, 0, "the ports file cannot be written");
    }
    return YQ_OK;
}

static void on_stop(evutil_socket_t number, short what, void *self)
{
    (void)number;
    (void)what;
    (void)event_base_loopbreak(self);
}

static yq_status serve(program *p, const options *o, yq_fault *why)
{
    yq_status status = p->framework->open(p->base, &o->mock, &p->mock, why);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_mock_http_open(p->base, 0, "/control", on_control, p, &p->control, why);
    if (status == YQ_OK) {
        status = write_ports(p, o->ports_file, why);
    }
    if (status == YQ_OK) {
        yq_log(
            YQ_LOG_INFO,
            "mock",
            "listening framework=%s chain=%s port=%u control=%u",
            p->framework->name,
            o->mock.chain,
            (unsigned)p->framework->port(p->mock),
            (unsigned)yq_mock_http_port(p->control));
        if (event_base_dispatch(p->base) < 0) {
            status = yq_fail(why, YQ_E_IO, 0, "event loop");
        }
    }
    yq_mock_http_close(p->control);
    p->framework->close(p->mock);
    return status;
}

static int run(const options *o)
{
    program p = {.framework = framework_of(o->framework), .base = event_base_new()};
    if (p.framework == NULL) {
        event_base_free(p.base);
        return usage("no such framework");
    }
    struct event *stop[2] = {
        evsignal_new(p.base, SIGTERM, on_stop, p.base),
        evsignal_new(p.base, SIGINT, on_stop, p.base)};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)event_add(stop[0], NULL);
    (void)event_add(stop[1], NULL);
    yq_fault why = {0};
    yq_status status = serve(&p, o, &why);
    if (status != YQ_OK) {
        (void)fprintf(stderr, "yuqiao-mockchain: %s: %s\n", yq_status_name(status), why.text);
    }
    event_free(stop[0]);
    event_free(stop[1]);
    event_base_free(p.base);
    if (status == YQ_E_CONFIG_INVALID) {
        return EXIT_USAGE;
    }
    return status == YQ_OK ? EXIT_OK : EXIT_FAILED;
}

/* A decimal number of at most max. Returns 0 if it is not one. */
static int number_of(const char *text, uint64_t max, uint64_t *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9') {
        return 0;
    }
    *out = strtoull(text, &end, 10);
    return *end == '\0' && *out <= max;
}

/* Returns 0 for an option that is unknown, or whose value is bad. */
static int take(options *o, const char *name, const char *value)
{
    uint64_t number;
    const struct {
        const char *name;
        const char **to;
    } texts[] = {
        {"--framework", &o->framework},
        {"--chain", &o->mock.chain},
        {"--seed", &o->mock.seed},
        {"--suite", &o->mock.suite},
        {"--replay", &o->mock.replay},
        {"--ports-file", &o->ports_file},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(texts); i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].to = value;
            return 1;
        }
    }
    if (strcmp(name, "--port") == 0 && number_of(value, UINT16_MAX, &number)) {
        o->mock.port = (uint16_t)number;
        return 1;
    }
    if (strcmp(name, "--block-ms") == 0 && number_of(value, NUMBER_MAX, &number)) {
        o->mock.block_ms = (uint32_t)number;
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    options o = {.mock = {.block_ms = BLOCK_MS}};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            help();
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("yuqiao-mockchain %s\n", YQ_VERSION);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) {
            o.json = 1;
        } else if (i + 1 == argc || !take(&o, argv[i], argv[i + 1])) {
            return usage(argv[i]);
        } else {
            i++;
        }
    }
    if (o.framework == NULL || o.mock.chain == NULL || o.ports_file == NULL) {
        return usage("--framework, --chain and --ports-file are needed");
    }
    if (o.mock.seed == NULL && o.mock.replay == NULL) {
        return usage("--seed or --replay is needed");
    }
    yq_log_configure(YQ_LOG_INFO, o.json);
    return run(&o);
}
