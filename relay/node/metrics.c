#include "relay/node/state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

/* GET /metrics in Prometheus' text format, and GET /healthz; in the loop's thread. */

static void one(struct evbuffer *out, const char *name, const char *type, uint64_t value)
{
    evbuffer_add_printf(
        out, "# TYPE yuqiao_%s %s\nyuqiao_%s %" PRIu64 "\n", name, type, name, value);
}

static void add_ledger(yq_node *n, struct evbuffer *out)
{
    yq_bft_view core;
    yq_bft_look(n->core, &core);
    one(out, "height", "gauge", n->height);
    one(out, "epoch", "gauge", core.epoch);
    one(out, "view", "gauge", core.view);
    one(out, "final_view", "gauge", core.fin_view);
    one(out, "view_timer_ms", "gauge", core.timer_ms);
    one(out, "validators", "gauge", core.n);
    one(out, "quorum", "gauge", core.q);
    one(out, "is_validator", "gauge", core.own != YQ_BFT_NOBODY);
    one(out, "halted", "gauge", core.halted != 0 || n->diverged || n->twin);
    one(out, "twin_key", "gauge", n->twin != 0);
    one(out, "blocks_total", "counter", n->count.committed_blocks);
    one(out, "transactions_total", "counter", n->count.committed_tx);
    one(out, "consensus_dropped_total", "counter", core.dropped);
    one(out, "consensus_unsent_total", "counter", core.unsent);
    one(out, "consensus_steps_total", "counter", n->count.steps);
    one(out, "evidence_total", "counter", n->count.evidence);
    one(out, "export_certificates_total", "counter", n->count.exports);
    one(out, "export_certificates_wanted", "gauge", export_book_open(&n->exports));
    one(out, "log_fsyncs_total", "counter", atomic_load(&n->fsyncs));
}

static void add_pool(yq_node *n, struct evbuffer *out)
{
    yq_pool_stats pool;
    yq_pool_look(yq_ledger_pool(n->ledger), &pool);
    one(out, "pool_envelopes", "gauge", pool.count);
    one(out, "pool_bytes", "gauge", pool.size);
    one(out, "pool_held", "gauge", pool.held_count);
    one(out, "pool_taken_total", "counter", pool.taken);
    one(out, "pool_refused_total", "counter", pool.refused);
    one(out, "pool_expired_total", "counter", pool.expired);
    one(out, "envelopes_total", "counter", n->count.envelopes);
    one(out, "envelopes_refused_total", "counter", n->count.envelopes_refused);
    one(out, "envelopes_busy_total", "counter", n->count.envelopes_busy);
    one(out, "body_fetches_total", "counter", n->count.fetches);
    one(out, "sync_target", "gauge", n->sync.target);
    one(out, "sync_ranges_total", "counter", n->count.sync_ranges);
    one(out, "sync_faults_total", "counter", n->count.sync_faults);
    const yq_import_progress *p = &n->state_sync.progress;
    uint64_t kept[YQ_SNAPSHOTS_MAX];
    unsigned kept_n = n->snapshots == NULL ? 0 : yq_snapshots_look(n->snapshots, kept);
    one(out, "snapshots_kept", "gauge", kept_n);
    one(out, "snapshot_height", "gauge", kept_n == 0 ? 0 : kept[kept_n - 1]);
    one(out, "snapshot_parts_served_total", "counter", n->count.snapshots_served);
    one(out, "state_sync_active", "gauge", n->state_sync.import != NULL);
    one(out, "state_sync_height", "gauge", p->height);
    one(out, "state_sync_keys", "gauge", p->keys);
    one(out, "state_sync_permille", "gauge", p->permille);
    one(out, "state_sync_parts_total", "counter", n->count.snapshot_parts);
    one(out, "state_sync_faults_total", "counter", n->count.snapshot_faults);
    one(out, "recoveries", "gauge", n->recoveries.open);
    uint64_t hits, checks;
    checker_count(&n->checker, &hits, &checks);
    one(out, "signatures_checked_total", "counter", checks);
    one(out, "signatures_cached_total", "counter", hits);
}

static void add_queues(yq_node *n, struct evbuffer *out)
{
    const struct {
        const char *name;
        job_queue *q;
        unsigned lane;
    } queues[] = {
        {"log", &n->log, 0},
        {"execute", &n->execute, 0},
        {"urgent", &n->work, LANE_URGENT},
        {"envelopes", &n->work, LANE_ENVELOPES},
        {"reads", &n->work, LANE_READS},
        {"loop", &n->mail, 0},
    };
    evbuffer_add_printf(out, "# TYPE yuqiao_queue_depth gauge\n");
    for (size_t i = 0; i < YQ_ARRAY_N(queues); i++) {
        evbuffer_add_printf(
            out,
            "yuqiao_queue_depth{queue=\"%s\"} %zu\n",
            queues[i].name,
            job_queue_depth(queues[i].q, queues[i].lane));
    }
}

static void add_peers(yq_node *n, struct evbuffer *out)
{
    yq_net_counters c;
    yq_net_count(n->net, &c);
    one(out, "peers_linked", "gauge", c.linked);
    one(out, "links_refused_total", "counter", c.refused);
    one(out, "handshakes_failed_total", "counter", c.handshakes);
    one(out, "peer_faults_total", "counter", c.faults);
    yq_net_peer_view view;
    evbuffer_add_printf(out, "# TYPE yuqiao_peer_linked gauge\n");
    for (uint32_t slot = 0; yq_net_look(n->net, slot, &view); slot++) {
        char id[17];
        yq_hex_encode(id, sizeof id, view.id.b, 8);
        evbuffer_add_printf(
            out,
            "yuqiao_peer_linked{peer=\"%s\"} %d\nyuqiao_peer_height{peer=\"%s\"} %" PRIu64
            "\nyuqiao_peer_rtt_ms{peer=\"%s\"} %" PRIu32 "\nyuqiao_peer_queued_bytes{peer=\"%s\"} "
            "%zu\nyuqiao_peer_busy_total{peer=\"%s\"} %" PRIu64 "\n",
            id,
            view.linked,
            id,
            n->peer[slot].height,
            id,
            view.rtt_ms,
            id,
            view.queued,
            id,
            view.busy);
    }
}

static void on_metrics(struct evhttp_request *request, void *arg)
{
    yq_node *n = arg;
    struct evbuffer *out = evbuffer_new();
    if (out == NULL) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return;
    }
    one(out, "uptime_seconds", "gauge", (node_now_ms() - n->started_ms) / 1000);
    add_ledger(n, out);
    add_pool(n, out);
    add_queues(n, out);
    add_peers(n, out);
    evhttp_add_header(
        evhttp_request_get_output_headers(request), "Content-Type", "text/plain; version=0.0.4");
    evhttp_send_reply(request, HTTP_OK, "OK", out);
    evbuffer_free(out);
}

static void on_health(struct evhttp_request *request, void *arg)
{
    const yq_node *n = arg;
    yq_bft_view core;
    yq_bft_look(n->core, &core);
    int halted = core.halted || n->diverged || n->twin;
    struct evbuffer *out = evbuffer_new();
    if (out != NULL) {
        evbuffer_add_printf(out, "%s\n", halted ? "halted" : "ok");
    }
    evhttp_send_reply(request, halted ? HTTP_SERVUNAVAIL : HTTP_OK, NULL, out);
    if (out != NULL) {
        evbuffer_free(out);
    }
}

/* "ADDRESS:PORT"; brackets around an IPv6 address. */
static int split_address(const char *text, char *host, size_t cap, uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    unsigned long number = colon == NULL ? 0 : strtoul(colon + 1, &end, 10);
    if (colon == NULL || end == colon + 1 || *end != '\0' || number > UINT16_MAX) {
        return 0;
    }
    int brackets = text[0] == '[' && colon > text && colon[-1] == ']';
    size_t n = (size_t)(colon - text) - (brackets ? 2u : 0u);
    if (n == 0 || n >= cap) {
        return 0;
    }
    memcpy(host, text + brackets, n);
    host[n] = '\0';
    *port = (uint16_t)number;
    return 1;
}

static uint16_t bound_port(struct evhttp_bound_socket *socket)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    if (getsockname(evhttp_bound_socket_get_fd(socket), (struct sockaddr *)&at, &size) != 0) {
        return 0;
    }
    memcpy(&in4, &at, sizeof in4);
    memcpy(&in6, &at, sizeof in6);
    return ntohs(at.ss_family == AF_INET6 ? in6.sin6_port : in4.sin_port);
}

yq_status metrics_start(yq_node *n, yq_fault *why)
{
    char host[64];
    uint16_t port;
    const char *listen = n->config->file->metrics.listen;
    if (!split_address(listen == NULL ? "127.0.0.1:26603" : listen, host, sizeof host, &port)) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "metrics.listen is not ADDRESS:PORT");
    }
    n->metrics = evhttp_new(n->base);
    struct evhttp_bound_socket *socket =
        n->metrics == NULL ? NULL : evhttp_bind_socket_with_handle(n->metrics, host, port);
    if (socket == NULL) {
        char text[120];
        (void)snprintf(
            text,
            sizeof text,
            "metrics.listen: cannot listen on %.40s: %.40s",
            listen == NULL ? "127.0.0.1:26603" : listen,
            strerror(errno));
        return yq_fail(why, YQ_E_IO, 0, text);
    }
    evhttp_set_timeout(n->metrics, 10);
    evhttp_set_max_headers_size(n->metrics, 8192);
    evhttp_set_max_body_size(n->metrics, 1024);
    evhttp_set_allowed_methods(n->metrics, EVHTTP_REQ_GET);
    evhttp_set_cb(n->metrics, "/metrics", on_metrics, n);
    evhttp_set_cb(n->metrics, "/healthz", on_health, n);
    n->metrics_port = bound_port(socket);
    return YQ_OK;
}

void metrics_stop(yq_node *n)
{
    if (n->metrics != NULL) {
        evhttp_free(n->metrics);
        n->metrics = NULL;
    }
}
