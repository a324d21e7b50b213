#include "relay/gateway/server.h"

#include "relay/base/assert.h"
#include "relay/base/log.h"
#include "relay/ledger/audit.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <unistd.h>

/* What arrives on the gateway's thread: requests, outcomes of submits, commits, ends of waits. */

/* ---- replies -------------------------------------------------------------------------------- */

static void send_bytes(struct evhttp_request *req, int code, const char *type, yq_slice bytes)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
    struct evbuffer *body = evbuffer_new();
    if (body == NULL || evbuffer_add(body, bytes.p, bytes.n) != 0 ||
        evhttp_add_header(headers, "Content-Type", type) != 0 ||
        evhttp_add_header(headers, "Cache-Control", "no-store") != 0 ||
        evhttp_add_header(headers, "X-Content-Type-Options", "nosniff") != 0) {
        abort(); /* out of memory stops the node */
    }
    evhttp_send_reply(req, code, NULL, body);
    evbuffer_free(body);
}

static yq_emit *new_emit(int msgpack)
{
    yq_emit *e = yq_emit_new(msgpack, GATEWAY_REPLY_MAX);
    if (e == NULL) {
        abort();
    }
    return e;
}

static const char *type_of(int msgpack)
{
    return msgpack ? "application/msgpack" : "application/json; charset=utf-8";
}

static void send_error(
    struct evhttp_request *req,
    int msgpack,
    int code,
    yq_status status,
    const yq_fault *why,
    const char *field)
{
    yq_emit *e = new_emit(msgpack);
    yq_slice bytes;
    /* An offset is one into the body: a parameter has its name. */
    int has_offset = why != NULL && field == NULL && status <= -100 && status > -200;
    gateway_error(e, status, why, field, has_offset);
    int done = yq_emit_done(e, &bytes);
    YQ_ASSERT(done);
    send_bytes(req, code, type_of(msgpack), bytes);
    yq_emit_free(e);
}

static void send_accepted(
    yq_gateway *g, struct evhttp_request *req, int msgpack, const yq_digest *id, uint16_t tx_n)
{
    yq_emit *e = new_emit(msgpack);
    yq_slice bytes;
    yq_emit_object(e, NULL);
    gateway_digest(e, "id", id);
    yq_emit_array(e, "transactions");
    for (uint16_t i = 0; i < tx_n; i++) {
        yq_digest tx;
        yq_envelope_tx_id(g->facts.identity->alg, id, i, &tx);
        gateway_digest(e, NULL, &tx);
    }
    yq_emit_end(e);
    yq_emit_end(e);
    int done = yq_emit_done(e, &bytes);
    YQ_ASSERT(done);
    send_bytes(req, 202, type_of(msgpack), bytes);
    yq_emit_free(e);
}

/* ---- requests that wait --------------------------------------------------------------------- */

static void on_timer(evutil_socket_t fd, short what, void *self);

static parked *park(yq_gateway *g, struct evhttp_request *req, int msgpack, uint64_t wait_ms)
{
    parked *p = calloc(1, sizeof *p);
    struct event *timer = p == NULL ? NULL : evtimer_new(g->base, on_timer, p);
    struct timeval after = {(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000 * 1000)};
    if (timer == NULL || evtimer_add(timer, &after) != 0) {
        abort();
    }
    *p = (parked){
        .next = g->waiting,
        .g = g,
        .req = req,
        .connection = evhttp_request_get_connection(req),
        .timer = timer,
        .msgpack = msgpack,
    };
    g->waiting = p;
    return p;
}

static void unpark(yq_gateway *g, parked *p)
{
    parked **at = &g->waiting;
    while (*at != p) {
        YQ_ASSERT(*at != NULL);
        at = &(*at)->next;
    }
    *at = p->next;
    *(p->is_submit ? &g->submit_n : &g->waiter_n) -= 1;
    event_free(p->timer);
    free(p);
}

void gateway_drop_parked(yq_gateway *g, const struct evhttp_connection *connection)
{
    parked *next;
    for (parked *p = g->waiting; p != NULL; p = next) {
        next = p->next;
        if (p->connection == connection) {
            /* evhttp gives a request that was not answered to us when its connection breaks. */
            if (evhttp_request_get_connection(p->req) == NULL) {
                evhttp_request_free(p->req);
            }
            unpark(g, p);
        }
    }
}

void gateway_connection_closed(struct evhttp_connection *connection, void *self)
{
    gateway_drop_parked(self, connection);
    gateway_connection_gone(self);
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Answers a GET, unless may_wait and there is more to wait for. Returns 1 when it did. In: the view
 * is fresh. */
static int answer(
    yq_gateway *g, struct evhttp_request *req, int msgpack, const yq_target *target, int may_wait)
{
    gateway_call call = {
        .facts = &g->facts,
        .view = g->facts.view,
        .hub = yq_view_hub(g->facts.view),
        .target = target,
        .e = new_emit(msgpack),
    };
    yq_slice bytes = {0};
    yq_status status = gateway_read(&call);
    int answered = 1;
    if (status != YQ_OK) {
        send_error(req, msgpack, gateway_http_code(status, 0), status, &call.why, call.field);
    } else if (call.may_wait && may_wait) {
        answered = 0;
    } else if (call.is_bytes) {
        send_bytes(req, 200, "application/octet-stream", call.bytes);
    } else if (yq_emit_done(call.e, &bytes)) {
        send_bytes(req, 200, type_of(msgpack), bytes);
    } else {
        send_error(req, msgpack, 503, YQ_E_NOSPC, NULL, NULL);
    }
    yq_emit_free(call.e);
    yq_view_reset(g->facts.view);
    return answered;
}

static int is_msgpack(struct evhttp_request *req)
{
    return yq_accepts_msgpack(evhttp_find_header(evhttp_request_get_input_headers(req), "Accept"));
}

static void on_get(yq_gateway *g, struct evhttp_request *req, const yq_target *target)
{
    uint64_t wait_ms = 0;
    yq_fault why = {0};
    int msgpack = is_msgpack(req);
    if ((target->given & GATEWAY_BIT(YQ_PARAM_WAIT_MS)) != 0) {
        yq_status status =
            yq_number_read(target->value[YQ_PARAM_WAIT_MS], YQ_WAIT_MS_MAX, &wait_ms);
        if (status != YQ_OK) {
            status = yq_fail(&why, status, 0, "wait_ms");
            send_error(req, msgpack, gateway_http_code(status, 0), status, &why, "wait_ms");
            return;
        }
    }
    (void)yq_view_refresh(g->facts.view);
    int may_wait = wait_ms > 0 && g->waiter_n < WAITERS_MAX;
    if (!answer(g, req, msgpack, target, may_wait)) {
        (void)park(g, req, msgpack, wait_ms);
        g->waiter_n++;
    }
}

/* Answers a waiting GET. Returns 1 when it did; then p is gone. */
static int answer_parked(parked *p, int may_wait)
{
    yq_target target;
    yq_status status = yq_target_read(evhttp_request_get_uri(p->req), &target, NULL, NULL);
    YQ_ASSERT(status == YQ_OK); /* as it was when it came */
    if (!answer(p->g, p->req, p->msgpack, &target, may_wait)) {
        return 0;
    }
    unpark(p->g, p);
    return 1;
}

/* ---- submitting ----------------------------------------------------------------------------- */

static void remember(yq_gateway *g, const yq_digest *id, uint64_t valid_until_ms)
{
    g->recall[g->recall_next] = (recalled){*id, valid_until_ms};
    g->recall_next = (g->recall_next + 1) % RECALL_MAX;
    g->recall_n += g->recall_n < RECALL_MAX ? 1 : 0;
}

int gateway_recall(void *self, const yq_digest *id, uint64_t *valid_until_ms)
{
    const yq_gateway *g = self;
    for (size_t i = 0; i < g->recall_n; i++) {
        if (memcmp(g->recall[i].id.b, id->b, sizeof id->b) == 0) {
            *valid_until_ms = g->recall[i].valid_until_ms;
            return 1;
        }
    }
    return 0;
}

static void on_post(yq_gateway *g, struct evhttp_request *req)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(req);
    size_t n = evbuffer_get_length(in);
    yq_slice body = yq_slice_of(n == 0 ? NULL : evbuffer_pullup(in, -1), n);
    int msgpack = is_msgpack(req);
    yq_fault why = {0};
    yq_envelope env;
    yq_status status = yq_envelope_decode(g->facts.identity->alg, body, &env, &why);
    if (status == YQ_OK && g->submit_n == SUBMITS_MAX) {
        status = yq_fail(&why, YQ_E_BUSY, 0, "envelopes in check");
    }
    if (status != YQ_OK) {
        send_error(req, msgpack, gateway_http_code(status, 1), status, &why, NULL);
        return;
    }
    parked *p = park(g, req, msgpack, SUBMIT_MS);
    p->is_submit = 1;
    p->token = ++g->next_token;
    p->id = env.id;
    p->valid_until_ms = env.valid_until_ms;
    p->tx_n = env.n_tx;
    g->submit_n++;
    status = g->host.submit(g->host.self, p->token, body);
    if (status != YQ_OK) {
        unpark(g, p);
        send_error(req, msgpack, gateway_http_code(status, 1), status, NULL, NULL);
    }
}

/* A statement of the recovery set; the reply is the list of what is known then. */
static void on_recovery(yq_gateway *g, struct evhttp_request *req, const yq_target *target)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(req);
    size_t n = evbuffer_get_length(in);
    yq_slice body = yq_slice_of(n == 0 ? NULL : evbuffer_pullup(in, -1), n);
    yq_fault why = {0};
    yq_status status = g->host.recover(g->host.self, body, &why);
    if (status != YQ_OK) {
        send_error(req, is_msgpack(req), gateway_http_code(status, 1), status, &why, NULL);
        return;
    }
    on_get(g, req, target);
}

static int is_known(yq_gateway *g, const yq_digest *id)
{
    yq_tx_where where;
    uint64_t until;
    (void)yq_view_refresh(g->facts.view);
    yq_status status = yq_view_tx(g->facts.view, id, &where);
    return (status == YQ_OK && where.stage != YQ_TX_UNKNOWN) || gateway_recall(g, id, &until);
}

static void on_outcome(yq_gateway *g, const mail *m)
{
    parked *p = g->waiting;
    while (p != NULL && !(p->is_submit && p->token == m->token)) {
        p = p->next;
    }
    if (p == NULL) {
        return; /* the client is gone, or was told that it took too long */
    }
    parked at = *p;
    unpark(g, p);
    if (m->status == YQ_OK || (m->status == YQ_E_REPLAY && is_known(g, &at.id))) {
        remember(g, &at.id, at.valid_until_ms);
        send_accepted(g, at.req, at.msgpack, &at.id, at.tx_n);
    } else {
        send_error(at.req, at.msgpack, gateway_http_code(m->status, 1), m->status, &m->why, NULL);
    }
}

/* ---- events of the loop --------------------------------------------------------------------- */

static void on_timer(evutil_socket_t fd, short what, void *self)
{
    (void)fd;
    (void)what;
    parked *p = self;
    if (p->is_submit) {
        parked at = *p;
        unpark(at.g, p);
        send_error(at.req, at.msgpack, 503, YQ_E_TIMEOUT, NULL, NULL);
        return;
    }
    (void)yq_view_refresh(p->g->facts.view);
    (void)answer_parked(p, 0);
}

void gateway_on_mail(evutil_socket_t fd, short what, void *self)
{
    (void)what;
    yq_gateway *g = self;
    uint64_t count;
    static mail take[MAIL_MAX]; /* of the gateway's thread */
    if (read(fd, &count, sizeof count) < 0) {
        return;
    }
    (void)pthread_mutex_lock(&g->lock);
    unsigned n = g->mail_n;
    int committed = g->committed, stopping = g->stopping;
    memcpy(take, g->mail, n * sizeof *take);
    g->mail_n = 0;
    g->committed = 0;
    (void)pthread_mutex_unlock(&g->lock);
    if (stopping) {
        (void)event_base_loopbreak(g->base);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        on_outcome(g, &take[i]);
    }
    if (committed && g->waiter_n > 0) {
        (void)yq_view_refresh(g->facts.view);
        parked *next;
        for (parked *p = g->waiting; p != NULL; p = next) {
            next = p->next;
            if (!p->is_submit) {
                (void)answer_parked(p, 1);
            }
        }
    }
}

static int is_only(const yq_target *target, const char *name)
{
    return target->part_n == 1 && target->given == 0 &&
           yq_slice_equal(target->part[0], yq_slice_text(name));
}

void gateway_on_request(struct evhttp_request *req, void *self)
{
    yq_gateway *g = self;
    yq_target target;
    yq_fault why = {0};
    const char *field = NULL;
    const char *uri = evhttp_request_get_uri(req);
    yq_status status = yq_target_read(uri == NULL ? "" : uri, &target, &field, &why);
    if (status != YQ_OK) {
        send_error(req, is_msgpack(req), gateway_http_code(status, 0), status, &why, field);
        return;
    }
    enum evhttp_cmd_type method = evhttp_request_get_command(req);
    if (method == EVHTTP_REQ_POST && is_only(&target, "envelopes")) {
        on_post(g, req);
    } else if (method == EVHTTP_REQ_POST && is_only(&target, "recoveries")) {
        on_recovery(g, req, &target);
    } else if (method == EVHTTP_REQ_GET && !is_only(&target, "envelopes")) {
        on_get(g, req, &target);
    } else {
        (void)yq_fail(&why, YQ_E_METHOD_UNKNOWN, 0, "HTTP method");
        send_error(req, is_msgpack(req), 405, YQ_E_METHOD_UNKNOWN, &why, "method");
    }
}

/* ---- the owner's requests ------------------------------------------------------------------- */

/* POST /backup, the body is the path of a new folder on this machine: a copy of the ledger. */
static void on_backup(yq_gateway *g, struct evhttp_request *req)
{
    char path[1024];
    yq_fault why = {0};
    struct evbuffer *in = evhttp_request_get_input_buffer(req);
    size_t n = evbuffer_get_length(in);
    int msgpack = is_msgpack(req);
    if (n == 0 || n >= sizeof path || evbuffer_copyout(in, path, n) != (ev_ssize_t)n ||
        path[0] != '/' || memchr(path, 0, n) != NULL) {
        send_error(req, msgpack, 400, YQ_E_RANGE, NULL, "path");
        return;
    }
    path[n] = '\0';
    yq_status status = yq_ledger_checkpoint(g->ledger, path, &why);
    if (status != YQ_OK) {
        yq_log(YQ_LOG_ERROR, "gateway", "no copy of the ledger path=%s why=%s", path, why.text);
        send_error(req, msgpack, gateway_http_code(status, 1), status, &why, NULL);
        return;
    }
    yq_log(YQ_LOG_INFO, "gateway", "a copy of the ledger is written path=%s", path);
    yq_emit *e = new_emit(msgpack);
    yq_slice bytes;
    yq_emit_object(e, NULL);
    yq_emit_str(e, "path", path);
    yq_emit_end(e);
    int done = yq_emit_done(e, &bytes);
    YQ_ASSERT(done);
    send_bytes(req, 200, type_of(msgpack), bytes);
    yq_emit_free(e);
}

void gateway_on_local_request(struct evhttp_request *req, void *self)
{
    const char *uri = evhttp_request_get_uri(req);
    if (evhttp_request_get_command(req) == EVHTTP_REQ_POST && uri != NULL &&
        strcmp(uri, "/api/v1/backup") == 0) {
        on_backup(self, req);
    } else {
        gateway_on_request(req, self);
    }
}
