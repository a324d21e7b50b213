#include "relay/gateway/gateway.h"

#include "relay/base/log.h"
#include "relay/gateway/server.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A gateway's life, and what other threads tell it. */

static void *run(void *self)
{
    yq_gateway *g = self;
    if (event_base_dispatch(g->base) < 0) {
        yq_log(YQ_LOG_ERROR, "gateway", "the event loop failed");
    }
    return NULL;
}

static void wake(yq_gateway *g)
{
    static const uint64_t one = 1;
    if (write(g->mail_fd, &one, sizeof one) < 0) {
        return; /* the counter is full: it is awake */
    }
}

static yq_status open_loop(yq_gateway *g, yq_fault *why)
{
    g->base = event_base_new();
    g->mail_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (g->base == NULL || g->mail_fd < 0) {
        return yq_fail(why, YQ_E_IO, 0, "event loop");
    }
    g->mail_event = event_new(g->base, g->mail_fd, EV_READ | EV_PERSIST, gateway_on_mail, g);
    if (g->mail_event == NULL || event_add(g->mail_event, NULL) != 0) {
        return yq_fail(why, YQ_E_MEMORY, 0, "event loop");
    }
    return YQ_OK;
}

/* Signals are the node's: none is taken on this thread. */
static yq_status start_thread(yq_gateway *g, yq_fault *why)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&g->thread, NULL, run, g);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        return yq_fail(why, YQ_E_IO, 0, "thread");
    }
    g->has_thread = 1;
    return YQ_OK;
}

yq_status yq_gateway_start(const yq_gateway_config *config, yq_gateway **gateway, yq_fault *why)
{
    *gateway = NULL;
    yq_gateway *g = calloc(1, sizeof *g);
    if (g == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "gateway");
    }
    g->mail_fd = -1;
    (void)pthread_mutex_init(&g->lock, NULL);
    g->ledger = config->ledger;
    g->host = config->host;
    g->version = strdup(config->version == NULL ? "" : config->version);
    g->facts = (gateway_facts){
        .ledger = config->ledger,
        .identity = yq_ledger_identity_of(config->ledger),
        .blocks_from = yq_ledger_base(config->ledger),
        .version = g->version,
        .host = &g->host,
        .delivery = malloc(GATEWAY_DELIVERY_MAX),
        .recall = gateway_recall,
        .recall_self = g,
    };
    yq_status status = g->version == NULL || g->facts.delivery == NULL
                           ? yq_fail(why, YQ_E_MEMORY, 0, "gateway")
                           : yq_view_open(g->ledger, &g->facts.view);
    if (status == YQ_OK) {
        status = open_loop(g, why);
    }
    if (status == YQ_OK) {
        status = gateway_listen(g, config, why);
    }
    if (status == YQ_OK) {
        *gateway = g; /* the host may be called from here on, and call back */
        status = start_thread(g, why);
    }
    if (status != YQ_OK) {
        *gateway = NULL;
        yq_gateway_stop(g);
    }
    return status;
}

static void stop_thread(yq_gateway *g)
{
    if (g->has_thread) {
        (void)pthread_mutex_lock(&g->lock);
        g->stopping = 1;
        (void)pthread_mutex_unlock(&g->lock);
        wake(g);
        (void)pthread_join(g->thread, NULL);
    }
}

void yq_gateway_stop(yq_gateway *g)
{
    if (g == NULL) {
        return;
    }
    stop_thread(g);
    gateway_unlisten(g);
    if (g->mail_event != NULL) {
        event_free(g->mail_event);
    }
    if (g->base != NULL) {
        (void)event_base_loop(g->base, EVLOOP_NONBLOCK); /* what still waits to be adopted */
        event_base_free(g->base);
    }
    if (g->mail_fd >= 0) {
        (void)close(g->mail_fd);
    }
    yq_view_close(g->facts.view);
    (void)pthread_mutex_destroy(&g->lock);
    free(g->facts.delivery);
    free(g->version);
    free(g);
}

uint16_t yq_gateway_port(const yq_gateway *gateway)
{
    return gateway->port;
}

void yq_gateway_submitted(
    yq_gateway *g, uint64_t token, yq_status status, const yq_digest *id, const yq_fault *why)
{
    (void)id; /* the request knows its envelope */
    if (g == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&g->lock);
    int fits = g->mail_n < MAIL_MAX;
    if (fits) {
        mail *m = &g->mail[g->mail_n++];
        *m = (mail){.token = token, .status = status};
        if (why != NULL && status != YQ_OK) {
            m->why = *why;
        }
    }
    (void)pthread_mutex_unlock(&g->lock);
    if (!fits) {
        yq_log(YQ_LOG_WARN, "gateway", "an outcome is lost count=%u", MAIL_MAX);
    }
    wake(g);
}

void yq_gateway_committed(yq_gateway *g, uint64_t height)
{
    (void)height; /* whoever waits looks at the newest */
    if (g == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&g->lock);
    g->committed = 1;
    (void)pthread_mutex_unlock(&g->lock);
    wake(g);
}
