#include "relay/codec/json.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>

/*
 * The accepted cases of every verifier's kit as transactions of a hub: what its light client takes
 * alone, the hub takes too, until the trust period is over; a contradiction freezes; and a new
 * anchor by vote ends both.
 */
#define CITY      "city-a"
#define TRUST_MS  YQ_TRUST_MS_MIN
#define VERIFIERS 32u
#define STEPS     96u
#define FILE_MAX  (1u << 20)

typedef struct step {
    char op[16];
    yq_slice in;
    int accepted, contradicts;
} step;

/* One accepted anchor of a case file, and the steps up to the next one. */
typedef struct segment {
    yq_slice anchor;
    step step[STEPS];
    size_t n;
} segment;

static const yq_verifier *verifiers[VERIFIERS];
static test_world w;

static yq_slice bytes_of(const yq_json *value)
{
    yq_buf out = {malloc(FILE_MAX), FILE_MAX, 0};
    cr_assert_not_null(out.p);
    cr_assert(yq_json_hex(value, &out));
    uint8_t *fit = realloc(out.p, out.n + 1);
    cr_assert_not_null(fit);
    return yq_slice_of(fit, out.n);
}

static void segment_free(segment *s)
{
    free((void *)(uintptr_t)s->anchor.p);
    for (size_t i = 0; i < s->n; i++) {
        free((void *)(uintptr_t)s->step[i].in.p);
    }
    *s = (segment){0};
}

static int says(const yq_json *object, const char *key, const char *text)
{
    yq_slice value;
    return yq_json_text(yq_json_get(object, key), &value) &&
           yq_slice_equal(value, yq_slice_text(text));
}

/* Reads from step *at on. Returns 0 when no accepted anchor is left. */
static int segment_read(const yq_json *steps, size_t *at, segment *s)
{
    size_t n = yq_json_count(steps);
    *s = (segment){0};
    for (; *at < n; ++*at) {
        const yq_json *one = yq_json_at(steps, *at);
        int accepted = yq_json_get(one, "expect") == NULL || says(one, "expect", "OK");
        if (says(one, "do", "init") && accepted) {
            if (s->anchor.p != NULL) {
                return 1;
            }
            s->anchor = bytes_of(yq_json_get(one, "in"));
            continue;
        }
        yq_slice op;
        if (s->anchor.p == NULL || says(one, "do", "init") || says(one, "do", "none") ||
            !yq_json_text(yq_json_get(one, "do"), &op) || op.n >= sizeof s->step[0].op) {
            continue;
        }
        cr_assert_lt(s->n, STEPS);
        step *to = &s->step[s->n++];
        memcpy(to->op, op.p, op.n);
        to->in = bytes_of(yq_json_get(one, "in"));
        to->accepted = accepted;
        to->contradicts = says(one, "expect", "E_MISBEHAVIOUR");
    }
    return s->anchor.p != NULL;
}

static int is(const step *s, const char *op)
{
    return strcmp(s->op, op) == 0;
}

static yq_status bring(uint16_t method, yq_slice bytes)
{
    const yq_tx tx = {.method = method, .as.evidence = {.chain = test_text(CITY), .bytes = bytes}};
    return test_execute(&w, &w.adapter[0], &tx);
}

static yq_chain city(void)
{
    yq_chain c;
    yq_hub_reset(&w.hub);
    cr_assert_eq(yq_hub_chain(&w.hub, test_text(CITY), &c), YQ_OK);
    return c;
}

static void open_world(const char *framework, const segment *s, uint64_t now_ms)
{
    test_world_init(&w, 0);
    w.hub.verifier = verifiers;
    w.hub.verifier_n = yq_verifier_count();
    if (now_ms > w.time_ms) {
        test_begin(&w, now_ms - w.time_ms);
    }
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_REGISTER,
        .as.chain_register = {
            .anchor = s->anchor,
            .chain = test_text(CITY),
            .framework = test_text(framework),
            .name = test_text("a city"),
            .trust_ms = TRUST_MS,
            .verifier = 1}};
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK, "%s: anchor", framework);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(city().state, YQ_CHAIN_ACTIVE);
}

static void recover(const segment *s)
{
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_RECOVER,
        .as.chain_recover = {
            .anchor = s->anchor,
            .chain = test_text(CITY),
            .reason = test_text("drill"),
            .verifier = 1}};
    cr_assert_eq(test_execute(&w, &w.admin[1], &tx), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(city().state, YQ_CHAIN_ACTIVE);
    cr_assert_eq(city().misbehaved, 0);
}

/* An event of a contract that is not registered is proven first, then has no place. */
static int proven(yq_status status)
{
    return status == YQ_E_EMITTER;
}

/* Returns how many updates and events counted. */
static unsigned walk(const char *framework, const segment *s)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const step *one = &s->step[i];
        if (one->accepted && is(one, "update")) {
            cr_assert_eq(
                bring(YQ_METHOD_CLIENT_UPDATE, one->in), YQ_OK, "%s: step %zu", framework, i);
            n++;
        } else if (one->accepted && is(one, "event")) {
            yq_status status = bring(YQ_METHOD_PACKET_EVENT, one->in);
            cr_assert(proven(status), "%s: step %zu: %d", framework, i, (int)status);
            n++;
        }
    }
    return n;
}

static int alarmed(yq_status status)
{
    for (size_t i = 0; i < w.result.event_n; i++) {
        const yq_hub_event *e = &w.result.event[i];
        if (e->kind == YQ_HUB_EVENT_ALARM && yq_slice_equal(e->subject, test_text(CITY)) &&
            e->value == (uint64_t)-status) {
            return 1;
        }
    }
    return 0;
}

static void expire(const char *framework, const segment *s)
{
    test_begin(&w, TRUST_MS - TRUST_MS / 3);
    cr_assert(alarmed(YQ_E_TRUST_EXPIRED), "%s: a third of the period is left", framework);
    cr_assert_eq(city().state, YQ_CHAIN_ACTIVE);
    test_begin(&w, TRUST_MS / 3);
    cr_assert(alarmed(YQ_E_TRUST_EXPIRED));
    cr_assert_eq(city().state, YQ_CHAIN_LAGGING, "%s", framework);
    for (size_t i = 0; i < s->n; i++) {
        const step *one = &s->step[i];
        if (is(one, "update") || is(one, "event")) {
            uint16_t method = is(one, "event") ? YQ_METHOD_PACKET_EVENT : YQ_METHOD_CLIENT_UPDATE;
            cr_assert_eq(bring(method, one->in), YQ_E_TRUST_EXPIRED, "%s: %zu", framework, i);
        }
    }
}

/* Returns whether the segment has a contradiction at its end's state. */
static int misbehave(const char *framework, const segment *s, uint64_t now_ms)
{
    for (size_t i = 0; i < s->n; i++) {
        const step *one = &s->step[i];
        if (!one->contradicts && !(one->accepted && is(one, "misbehaviour"))) {
            continue;
        }
        segment before = *s;
        before.n = i;
        open_world(framework, s, now_ms);
        unsigned moved = walk(framework, &before);
        uint16_t method =
            one->contradicts ? YQ_METHOD_CLIENT_UPDATE : YQ_METHOD_CLIENT_MISBEHAVIOUR;
        cr_assert_eq(bring(method, one->in), YQ_OK, "%s: step %zu", framework, i);
        cr_assert_eq(city().state, YQ_CHAIN_FROZEN);
        cr_assert_eq(city().misbehaved, 1);
        cr_assert_eq(bring(YQ_METHOD_CLIENT_UPDATE, one->in), YQ_E_CHAIN_FROZEN);
        recover(s);
        cr_assert_eq(walk(framework, &before), moved, "%s: the same again", framework);
        test_world_free(&w);
        return 1;
    }
    return 0;
}

typedef struct tally {
    unsigned moved, expired, frozen;
} tally;

static void file_cases(const char *framework, const char *path, tally *t)
{
    static char text[FILE_MAX];
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    size_t n = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    yq_json *document = yq_json_parse(yq_slice_of(text, n), sizeof text, NULL);
    cr_assert_not_null(document, "%s", path);
    const yq_json *root = yq_json_root(document), *steps = yq_json_get(root, "steps");
    uint64_t now_ms = 0;
    (void)yq_json_uint(yq_json_get(root, "now_ms"), &now_ms);
    static segment s;
    size_t at = 0;
    while (yq_json_count(steps) > 0 && segment_read(steps, &at, &s)) {
        open_world(framework, &s, now_ms);
        t->moved += walk(framework, &s);
        expire(framework, &s);
        recover(&s);
        cr_assert_gt(city().trusted_from_ms, now_ms);
        t->expired++;
        test_world_free(&w);
        t->frozen += (unsigned)misbehave(framework, &s, now_ms);
        segment_free(&s);
    }
    yq_json_free(document);
}

Test(clients, every_framework_expires_freezes_and_recovers)
{
    cr_assert_lt(yq_verifier_count(), VERIFIERS);
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        verifiers[i] = yq_verifier_at(i);
    }
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        char folder[512], path[1024];
        const char *framework = verifiers[i]->framework;
        (void)snprintf(folder, sizeof folder, "%s/%s/kit", YQ_LIGHT_CLIENTS, framework);
        DIR *dir = opendir(folder);
        cr_assert_not_null(dir, "%s", folder);
        tally t = {0};
        for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
            if (strstr(e->d_name, ".json") != NULL && strcmp(e->d_name, "layout.json") != 0) {
                (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
                file_cases(framework, path, &t);
            }
        }
        (void)closedir(dir);
        cr_assert_gt(t.moved, 0, "%s", framework);
        cr_assert_gt(t.expired, 0, "%s", framework);
        cr_assert_gt(t.frozen, 0, "%s", framework);
        printf("%s: %u steps, %u expired, %u frozen\n", framework, t.moved, t.expired, t.frozen);
    }
}
