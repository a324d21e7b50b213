#include "relay/cli/doctor.h"

#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define ADAPTER_SILENT_MS 60000u
#define HEIGHTS_BEHIND    100u
#define STANDS_MS         600000u

typedef struct findings {
    doctor_finding *out;
    unsigned n;
} findings;

__attribute__((format(printf, 3, 4))) static void found(
    findings *f, doctor_kind kind, const char *format, ...)
{
    doctor_finding *one = &f->out[f->n++];
    va_list arguments;
    one->kind = kind;
    va_start(arguments, format);
    (void)vsnprintf(one->detail, sizeof one->detail, format, arguments);
    va_end(arguments);
}

static uint64_t number(const yq_json *object, const char *key)
{
    uint64_t value = 0;
    (void)yq_json_uint(yq_json_get(object, key), &value);
    return value;
}

static int is_true(const yq_json *object, const char *key)
{
    int value = 0;
    return yq_json_bool(yq_json_get(object, key), &value) && value;
}

static yq_slice text(const yq_json *object, const char *key)
{
    yq_slice value = {0};
    (void)yq_json_text(yq_json_get(object, key), &value);
    return value;
}

static int says(const yq_json *object, const char *key, const char *word)
{
    return yq_slice_equal(text(object, key), yq_slice_text(word));
}

/* For %.*s: a length that fits, and its bytes. */
#define SHOWN(slice) (int)((slice).n < 100 ? (slice).n : 100), (const char *)(slice).p

/* ---- the chain on the hub ---- */

static void look_state(findings *f, const doctor_view *v)
{
    yq_slice reason = text(v->chain, "freeze_reason");
    uint64_t until = number(v->chain, "frozen_until_ms");
    if (is_true(v->status, "halted")) {
        found(f, DOCTOR_HUB_HALTED, "height %" PRIu64, number(v->status, "height"));
    }
    if (says(v->chain, "state", "voting")) {
        found(f, DOCTOR_CHAIN_VOTING, "proposal %" PRIu64, number(v->chain, "proposal"));
    } else if (says(v->chain, "state", "draft")) {
        found(f, DOCTOR_CHAIN_DRAFT, "%s", "");
    } else if (is_true(v->chain, "misbehaved")) {
        found(f, DOCTOR_CHAIN_MISBEHAVED, "%.*s", SHOWN(reason));
    } else if (says(v->chain, "state", "frozen")) {
        found(f, DOCTOR_CHAIN_FROZEN, "until_ms %" PRIu64 ": %.*s", until, SHOWN(reason));
    } else if (says(v->chain, "state", "lagging")) {
        found(f, DOCTOR_CHAIN_LAGGING, "trust_ms %" PRIu64, number(v->chain, "trust_ms"));
    } else if (says(v->chain, "state", "draining") || says(v->chain, "state", "retired")) {
        found(f, DOCTOR_CHAIN_LEAVES, "%.*s", SHOWN(text(v->chain, "state")));
    }
}

static int is_running(const doctor_view *v)
{
    return says(v->chain, "state", "active");
}

static void look_client(findings *f, const doctor_view *v)
{
    const yq_json *client = yq_json_get(v->chain, "client");
    uint64_t trust = number(v->chain, "trust_ms"), from = number(v->chain, "trusted_from_ms"),
             now = number(v->status, "time_ms");
    if (yq_json_is_null(client)) {
        found(f, DOCTOR_CLIENT_NONE, "%s", "");
    } else if (is_running(v) && trust != 0 && now > from && now - from > trust - trust / 3) {
        uint64_t left = now - from < trust ? trust - (now - from) : 0;
        found(f, DOCTOR_TRUST_ENDS, "%" PRIu64 " hours are left", left / 3600000);
    }
}

/* ---- the adapter ---- */

static void look_adapter(findings *f, const doctor_view *v)
{
    const yq_json *hold = yq_json_at(yq_json_get(v->adapter, "holds"), 0);
    const yq_json *parked = yq_json_get(v->adapter, "parked");
    uint64_t then = number(v->adapter, "time_ms"), next = number(v->adapter, "next_height"),
             latest = number(v->adapter, "latest_height");
    if (v->adapter == NULL) {
        return;
    }
    if (v->now_ms > then && v->now_ms - then > ADAPTER_SILENT_MS) {
        found(f, DOCTOR_ADAPTER_SILENT, "for %" PRIu64 " s", (v->now_ms - then) / 1000);
    } else if (hold != NULL) {
        yq_slice code = text(hold, "code"), why = text(hold, "why");
        found(f, DOCTOR_ADAPTER_HELD, "%.*s, %.*s", SHOWN(code), SHOWN(why));
    } else if (latest > next && latest - next > HEIGHTS_BEHIND) {
        found(f, DOCTOR_ADAPTER_BEHIND, "%" PRIu64 " heights", latest - next);
    }
    if (yq_json_count(parked) > 0) {
        yq_slice code = text(yq_json_at(parked, 0), "code");
        found(f, DOCTOR_EVENT_PARKED, "%zu, %.*s", yq_json_count(parked), SHOWN(code));
    }
}

/* ---- inbox, messages, lanes ---- */

static void look_inbox(findings *f, const doctor_view *v)
{
    const yq_json *state = yq_json_get(v->chain, "inbox_state");
    uint64_t behind = number(state, "behind");
    if (!is_running(v) || text(v->chain, "inbox").n == 0) {
        return;
    }
    if (!is_true(v->chain, "inbox_open")) {
        found(f, DOCTOR_INBOX_SILENT, "%s", "");
        return;
    }
    if (is_true(state, "paused")) {
        found(f, DOCTOR_INBOX_PAUSED, "%s", "");
    }
    if (behind > 0) {
        found(f, DOCTOR_INBOX_BEHIND, "%" PRIu64 " epochs", behind);
    }
}

static void look_messages(findings *f, const doctor_view *v)
{
    const yq_json *items = yq_json_get(v->messages, "items");
    uint64_t now = number(v->status, "time_ms");
    unsigned standing = 0, held = 0;
    yq_slice code = {0}, own = text(v->chain, "id");
    for (size_t i = 0; i < yq_json_count(items); i++) {
        const yq_json *m = yq_json_at(items, i);
        uint64_t since = number(m, "accepted_ms");
        standing += says(m, "state", "committed") && yq_slice_equal(text(m, "dst_chain"), own) &&
                    now > since && now - since > STANDS_MS;
        if (says(m, "state", "held")) {
            code = held++ == 0 ? text(m, "code") : code;
        }
    }
    if (standing > 0) {
        found(f, DOCTOR_DELIVERIES_STAND, "%u packets", standing);
    }
    if (held > 0) {
        found(f, DOCTOR_MESSAGES_HELD, "%u, %.*s", held, SHOWN(code));
    }
}

static void look_lanes(findings *f, const doctor_view *v)
{
    const yq_json *items = yq_json_get(v->lanes, "items"), *paused = NULL;
    yq_slice own = text(v->chain, "id");
    unsigned lanes = 0;
    for (size_t i = 0; i < yq_json_count(items); i++) {
        const yq_json *lane = yq_json_at(items, i);
        if (yq_slice_equal(text(lane, "src_chain"), own) ||
            yq_slice_equal(text(lane, "dst_chain"), own)) {
            lanes++;
            paused = is_true(lane, "paused") ? lane : paused;
        }
    }
    if (is_running(v) && yq_json_count(yq_json_get(v->services, "items")) == 0) {
        found(f, DOCTOR_NO_SERVICE, "%s", "");
    }
    if (is_running(v) && lanes == 0) {
        found(f, DOCTOR_NO_LANE, "%s", "");
    }
    if (paused != NULL) {
        yq_slice from = text(paused, "src_chain"), to = text(paused, "dst_chain");
        found(f, DOCTOR_LANE_PAUSED, "%.*s to %.*s", SHOWN(from), SHOWN(to));
    }
}

unsigned doctor_look(const doctor_view *view, doctor_finding out[DOCTOR_KIND_N])
{
    findings f = {.out = out};
    look_state(&f, view);
    look_client(&f, view);
    look_adapter(&f, view);
    look_inbox(&f, view);
    look_messages(&f, view);
    look_lanes(&f, view);
    return f.n;
}
