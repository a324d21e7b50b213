#include "conformance/clients/test_cases.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>

/*
 * The accepted cases of every verifier's kit, and the chain of two hundred blocks of its unit test,
 * as transactions of a hub: what its light client takes alone, the hub takes too, until the trust
 * period is over; a contradiction freezes; and a new anchor by vote ends both.
 */
#define CITY     "city-a"
#define TRUST_MS YQ_TRUST_MS_MIN
#define PACE_MS                                                                                    \
    (TRUST_MS / 150) /* between updates: a long chain outlives the trust in its anchor */
#define VERIFIERS 32u
#define FILES     16u /* of one framework */

/* Of a chain of two hundred blocks with ten set changes. */
#define CHAIN_UPDATES 190u
#define CHAIN_BLOCKS  190u
#define CHAIN_CHANGES 10u

static const yq_verifier *verifiers[VERIFIERS];
static test_world w;

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

static void open_world(const char *framework, const cases_segment *s, uint64_t now_ms)
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

static void recover(const cases_segment *s)
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

/* What a walk brought: to be the same whenever it is walked. */
typedef struct moves {
    unsigned updates, events, set_changes;
    uint64_t blocks;
} moves;

static yq_client_view client_view(void)
{
    yq_client_view view;
    yq_hub_reset(&w.hub);
    cr_assert_eq(yq_hub_client(&w.hub, test_text(CITY), &view), YQ_OK);
    return view;
}

static void moves_add(moves *sum, moves m)
{
    sum->updates += m.updates;
    sum->events += m.events;
    sum->set_changes += m.set_changes;
    sum->blocks += m.blocks;
}

/* The accepted ones of the steps from..to - 1. */
static moves walk(const char *framework, const cases_segment *s, size_t from, size_t to)
{
    moves m = {0};
    yq_client_view before = client_view();
    for (size_t i = from; i < to; i++) {
        const cases_step *one = &s->step[i];
        if (one->accepted && cases_is(one, "update")) {
            test_begin(&w, PACE_MS);
            cr_assert_eq(
                bring(YQ_METHOD_CLIENT_UPDATE, one->in), YQ_OK, "%s: step %zu", framework, i);
            const yq_client_view view = client_view();
            m.updates++;
            m.blocks += view.height - before.height;
            m.set_changes += memcmp(view.set_hash, before.set_hash, sizeof view.set_hash) != 0;
            before = view;
        } else if (one->accepted && cases_is(one, "event")) {
            yq_status status = bring(YQ_METHOD_PACKET_EVENT, one->in);
            cr_assert(proven(status), "%s: step %zu: %d", framework, i, (int)status);
            m.events++;
        }
    }
    return m;
}

/* From a new anchor on. */
static void walk_again(const char *framework, const cases_segment *s, size_t to, moves first)
{
    const moves m = walk(framework, s, 0, to);
    cr_assert(
        m.updates == first.updates && m.events == first.events &&
            m.set_changes == first.set_changes && m.blocks == first.blocks,
        "%s: the same again",
        framework);
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

static void expire(const char *framework, const cases_segment *s)
{
    test_begin(&w, TRUST_MS - TRUST_MS / 3);
    cr_assert(alarmed(YQ_E_TRUST_EXPIRED), "%s: a third of the period is left", framework);
    cr_assert_eq(city().state, YQ_CHAIN_ACTIVE);
    test_begin(&w, TRUST_MS / 3);
    cr_assert(alarmed(YQ_E_TRUST_EXPIRED));
    cr_assert_eq(city().state, YQ_CHAIN_LAGGING, "%s", framework);
    for (size_t i = 0; i < s->n; i++) {
        const cases_step *one = &s->step[i];
        if (cases_is(one, "update") || cases_is(one, "event")) {
            uint16_t method =
                cases_is(one, "event") ? YQ_METHOD_PACKET_EVENT : YQ_METHOD_CLIENT_UPDATE;
            cr_assert_eq(bring(method, one->in), YQ_E_TRUST_EXPIRED, "%s: %zu", framework, i);
        }
    }
}

/* Brings a contradiction; a frozen chain takes nothing until a new anchor is there. */
static void freeze(const char *framework, const cases_segment *s, const cases_step *contradiction)
{
    uint16_t method =
        contradiction->contradicts ? YQ_METHOD_CLIENT_UPDATE : YQ_METHOD_CLIENT_MISBEHAVIOUR;
    cr_assert_eq(bring(method, contradiction->in), YQ_OK, "%s", framework);
    cr_assert_eq(city().state, YQ_CHAIN_FROZEN);
    cr_assert_eq(city().misbehaved, 1);
    cr_assert_eq(bring(YQ_METHOD_CLIENT_UPDATE, contradiction->in), YQ_E_CHAIN_FROZEN);
    cr_assert_eq(bring(YQ_METHOD_CLIENT_UPDATE, s->step[0].in), YQ_E_CHAIN_FROZEN);
    recover(s);
}

/* Returns how many contradictions there were, each brought in the state that it is told of. */
static unsigned misbehave(const char *framework, const cases_segment *s, uint64_t now_ms)
{
    unsigned frozen = 0;
    moves moved = {0};
    size_t at = 0;
    open_world(framework, s, now_ms);
    for (size_t i = 0; i < s->n; i++) {
        if (cases_freezes(&s->step[i])) {
            moves_add(&moved, walk(framework, s, at, i));
            at = i;
            freeze(framework, s, &s->step[i]);
            walk_again(framework, s, i, moved);
            frozen++;
        }
    }
    test_world_free(&w);
    return frozen;
}

typedef struct tally {
    unsigned expired, frozen;
    moves moved; /* all together */
} tally;

static void segment_life(const char *framework, const cases_segment *s, uint64_t now_ms, tally *t)
{
    open_world(framework, s, now_ms);
    const moves moved = walk(framework, s, 0, s->n);
    expire(framework, s);
    recover(s);
    cr_assert_gt(city().trusted_from_ms, now_ms);
    walk_again(framework, s, s->n, moved);
    test_world_free(&w);
    moves_add(&t->moved, moved);
    t->expired++;
    t->frozen += misbehave(framework, s, now_ms);
}

static void file_lives(const char *framework, const char *path, tally *t)
{
    static cases_segment s;
    cases_file f;
    cases_open(&f, path);
    while (cases_next(&f, &s)) {
        segment_life(framework, &s, f.now_ms, t);
        cases_free(&s);
    }
    cases_close(&f);
}

static void tell(const char *name, const tally *t)
{
    printf(
        "%s: %u updates of %llu blocks, %u set changes, %u events, %u expired, %u frozen\n",
        name,
        t->moved.updates,
        (unsigned long long)t->moved.blocks,
        t->moved.set_changes,
        t->moved.events,
        t->expired,
        t->frozen);
}

static void setup(void)
{
    cr_assert_lt(yq_verifier_count(), VERIFIERS);
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        verifiers[i] = yq_verifier_at(i);
    }
}

TestSuite(clients, .init = setup);

/* The case files of a folder whose names begin so, each a tally. Returns how many there were. */
static unsigned folder_lives(
    const char *framework, const char *folder, const char *begin, tally *t, unsigned max)
{
    unsigned n = 0;
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir, "%s", folder);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        char path[1024];
        if (e->d_name[0] == '.' || strstr(e->d_name, ".json") == NULL ||
            strcmp(e->d_name, "layout.json") == 0 ||
            strncmp(e->d_name, begin, strlen(begin)) != 0) {
            continue;
        }
        cr_assert_lt(n, max);
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        file_lives(framework, path, &t[n]);
        tell(e->d_name, &t[n]);
        n++;
    }
    (void)closedir(dir);
    return n;
}

Test(clients, every_framework_expires_freezes_and_recovers)
{
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        char folder[512];
        const char *framework = verifiers[i]->framework;
        tally t[FILES] = {{0}};
        (void)snprintf(folder, sizeof folder, "%s/%s/kit", YQ_LIGHT_CLIENTS, framework);
        unsigned n = folder_lives(framework, folder, "", t, FILES);
        unsigned frozen = 0, moved = 0;
        for (unsigned k = 0; k < n; k++) {
            frozen += t[k].frozen;
            moved += t[k].moved.updates + t[k].moved.events;
            cr_assert_gt(t[k].expired, 0, "%s", framework);
        }
        cr_assert_gt(moved, 0, "%s", framework);
        cr_assert_gt(frozen, 0, "%s", framework);
    }
}

/* What the unit tests recorded (relay/hub/test_recorder.h). */
Test(clients, every_framework_over_two_hundred_blocks)
{
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        char begin[64];
        const char *framework = verifiers[i]->framework;
        tally t[FILES] = {{0}};
        (void)snprintf(begin, sizeof begin, "%s-", framework);
        unsigned n = folder_lives(framework, YQ_CHAINS, begin, t, FILES);
        cr_assert_gt(n, 0, "%s: no chain of two hundred blocks was recorded", framework);
        for (unsigned k = 0; k < n; k++) {
            cr_assert_geq(t[k].moved.updates, CHAIN_UPDATES, "%s", framework);
            cr_assert_geq(t[k].moved.blocks, CHAIN_BLOCKS, "%s", framework);
            cr_assert_geq(t[k].moved.set_changes, CHAIN_CHANGES, "%s", framework);
            cr_assert_eq(t[k].expired, 1, "%s", framework);
            cr_assert_gt(t[k].frozen, 0, "%s", framework);
        }
    }
}
