#include "adapters/attester/program.h"
#include "adapters/attester/serve.h"
#include "adapters/host/cursor.h"
#include "adapters/host/key.h"
#include "adapters/host/plugin.h"
#include "relay/base/log.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define AUTHORIZATION "Authorization: "

typedef struct running {
    struct event_base *base;
    yq_attester attester;
    yq_attester_server *server;
    yq_web_access access; /* of callers: their token */
    int lock_fd;
} running;

static void on_stop(evutil_socket_t number, short what, void *self)
{
    (void)number;
    (void)what;
    (void)event_base_loopbreak(self);
}

static yq_status read_token(running *r, const char *path, yq_fault *why)
{
    yq_status status = YQ_OK;
    const yq_option option = {"token_file", path};
    if (path == NULL) {
        return YQ_OK;
    }
    (void)yq_web_access_take(&r->access, &option, &status, why);
    return status == YQ_OK ? yq_web_access_open(&r->access, why) : status;
}

static yq_status write_port(const running *r, const char *path, yq_fault *why)
{
    char name[4096];
    int n = path == NULL ? 0 : snprintf(name, sizeof name, "%s.%ld", path, (long)getpid());
    if (path == NULL) {
        return YQ_OK;
    }
    FILE *file = n > 0 && (size_t)n < sizeof name ? fopen(name, "w") : NULL;
    int good = file != NULL && fprintf(
                                   file,
                                   "{\"endpoint\": \"http://127.0.0.1:%u\"}\n",
                                   (unsigned)yq_attester_server_port(r->server)) > 0;
    good = file != NULL && fclose(file) == 0 && good && rename(name, path) == 0;
    return good ? YQ_OK : yq_fail(why, YQ_E_IO, 0, "the ports file cannot be written");
}

static yq_status start(
    running *r, const yq_attester_options *o, const yq_host_config *config, yq_fault *why)
{
    yq_key *key = NULL;
    const yq_adapter_config with = yq_attester_config_of(config);
    yq_status status = yq_host_dir_lock(config->cursor_dir, &r->lock_fd, why);
    status = status == YQ_OK ? read_token(r, o->token_file, why) : status;
    status = status == YQ_OK ? yq_host_key_read(config, &key, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    r->attester.deadline_ms = config->deadline_ms;
    status = yq_attester_open(&r->attester, &yq_attester_host, &with, key, config->cursor_dir, why);
    if (status != YQ_OK) {
        return status;
    }
    const char *wanted =
        r->access.header_n == 0 ? NULL : r->access.header[0] + sizeof AUTHORIZATION - 1;
    status = yq_attester_server_open(r->base, o->port, wanted, &r->attester, &r->server, why);
    return status == YQ_OK ? write_port(r, o->ports_file, why) : status;
}

int yq_attester_serve(const yq_attester_options *o, const yq_host_config *config)
{
    running r = {.base = event_base_new(), .lock_fd = -1, .attester = {.memory = {.fd = -1}}};
    yq_fault why = {0};
    if (r.base == NULL) {
        return yq_attester_failed(o, YQ_E_MEMORY, "event loop");
    }
    struct event *stop[] = {
        evsignal_new(r.base, SIGTERM, on_stop, r.base),
        evsignal_new(r.base, SIGINT, on_stop, r.base)};
    (void)event_add(stop[0], NULL);
    (void)event_add(stop[1], NULL);
    yq_status status = start(&r, o, config, &why);
    if (status == YQ_OK) {
        yq_log(
            YQ_LOG_INFO,
            "attester",
            "listening name=%s port=%u chain=%s",
            r.attester.name,
            (unsigned)yq_attester_server_port(r.server),
            r.attester.reader.chain);
        if (event_base_dispatch(r.base) < 0) {
            status = yq_fail(&why, YQ_E_IO, 0, "event loop");
        }
    }
    yq_attester_server_close(r.server);
    yq_attester_close(&r.attester);
    yq_web_access_free(&r.access);
    event_free(stop[0]);
    event_free(stop[1]);
    event_base_free(r.base);
    if (r.lock_fd >= 0) {
        (void)close(r.lock_fd);
    }
    return status == YQ_OK ? YQ_ATTESTER_DONE : yq_attester_failed(o, status, why.text);
}
