#include "adapters/host/host.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/codec/json.h"

#include <string.h>
#include <unistd.h>

#define STATUS_MAX (256u << 10)
#define STATUS_MS  500u

static void put_hold(yq_json_out *out, const char *part, const yq_host_hold *hold)
{
    if (hold->code == YQ_OK) {
        return;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "part", part);
    yq_json_out_str(out, "code", yq_status_name((yq_status)hold->code) + 2);
    yq_json_out_int(out, "number", hold->code);
    yq_json_out_uint(out, "height", hold->height);
    yq_json_out_uint(out, "since_ms", hold->since_ms);
    yq_json_out_uint(out, "attempts", hold->backoff.attempts);
    yq_json_out_str(out, "why", hold->text);
    yq_json_out_end(out);
}

static void put_parked(yq_json_out *out, const yq_host_cursor *cursor)
{
    yq_json_out_array(out, "parked");
    for (size_t i = 0; i < cursor->parked_n; i++) {
        const yq_host_parked *p = &cursor->parked[i];
        yq_json_out_object(out, NULL);
        yq_json_out_uint(out, "height", p->height);
        yq_json_out_hex(out, "tx_id", yq_host_name_get(&p->tx_id));
        yq_json_out_uint(out, "event_index", p->event_index);
        yq_json_out_str(out, "code", yq_status_name((yq_status)p->code) + 2);
        yq_json_out_uint(out, "attempts", p->attempts);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static void put_stats(yq_json_out *out, const yq_host_stats *s)
{
    const struct {
        const char *key;
        uint64_t value;
    } row[] = {
        {"heights", s->heights},
        {"updates", s->updates},
        {"events", s->events},
        {"replayed", s->replayed},
        {"refused", s->refused},
        {"envelopes", s->envelopes},
        {"deliveries", s->deliveries},
        {"packets", s->packets},
        {"delivered", s->delivered},
        {"failed", s->failed},
        {"lost", s->lost},
        {"steps", s->steps},
        {"hub_failures", s->hub_failures},
        {"chain_failures", s->chain_failures},
    };
    yq_json_out_object(out, "counters");
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_json_out_uint(out, row[i].key, row[i].value);
    }
    yq_json_out_end(out);
}

static void put_plugin(yq_json_out *out, yq_plugin *plugin)
{
    const yq_option *counter;
    size_t n;
    yq_json_out_object(out, "plugin");
    yq_json_out_str(out, "version", yq_plugin_version(plugin));
    if (yq_plugin_counters(plugin, &counter, &n) == YQ_OK) {
        for (size_t i = 0; i < n; i++) {
            if (strcmp(counter[i].key, "version") != 0) {
                yq_json_out_str(out, counter[i].key, counter[i].value);
            }
        }
    }
    yq_json_out_end(out);
}

void yq_status_write(yq_engine *e, const char *state, int now)
{
    uint64_t steady = yq_host_steady_ms();
    if (!now && e->status_ms != 0 && steady - e->status_ms < STATUS_MS) {
        return;
    }
    e->status_ms = steady;
    yq_json_out *out = yq_json_out_new(STATUS_MAX);
    if (out == NULL) {
        return;
    }
    size_t flying = 0;
    for (size_t i = 0; i < YQ_HOST_FLIGHTS_MAX; i++) {
        flying += e->flight[i].is_used ? e->flight[i].n : 0;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "chain", e->config->file->chain);
    yq_json_out_str(out, "framework", e->config->file->framework);
    yq_json_out_str(out, "state", state);
    yq_json_out_uint(out, "pid", (uint64_t)getpid());
    yq_json_out_uint(out, "time_ms", yq_host_wall_ms());
    yq_json_out_str(out, "hub", yq_http_endpoint(e->http));
    yq_json_out_str(out, "hub_state", e->chain.state);
    yq_json_out_uint(out, "next_height", e->cursor.next);
    yq_json_out_uint(out, "latest_height", e->latest);
    yq_json_out_uint(out, "client_height", e->chain.client_height);
    yq_json_out_uint(out, "outbox_size", e->chain.outbox_size);
    yq_json_out_uint(out, "outbox_done", e->chain.outbox_done);
    yq_json_out_uint(out, "in_flight", flying);
    yq_json_out_uint(out, "inbox_epoch", e->chain.inbox_epoch);
    yq_json_out_uint(out, "inbox_behind", e->chain.inbox_behind);
    yq_json_out_array(out, "holds");
    put_hold(out, "hub", &e->hub_hold);
    put_hold(out, "chain", &e->chain_hold);
    put_hold(out, "evidence", &e->scan_hold);
    put_hold(out, "delivery", &e->delivery_hold);
    yq_json_out_end(out);
    put_parked(out, &e->cursor);
    put_stats(out, &e->stats);
    put_plugin(out, e->plugin);
    yq_json_out_end(out);
    size_t n;
    const char *text = yq_json_out_done(out, &n);
    yq_fault why = {0};
    if (text == NULL ||
        yq_host_file_replace(e->config->cursor_dir, "status.json", yq_slice_of(text, n), 0, &why) !=
            YQ_OK) {
        yq_log(YQ_LOG_WARN, "host", "status is not written why=\"%s\"", why.text);
    }
    yq_json_out_free(out);
}
