#include "conformance/bench/bench.h"
#include "conformance/runner/client.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <string.h>

#define STEPS 64u

/* ---- one step of a Merkle path --------------------------------------------------------------- */

typedef struct climb {
    uint32_t alg;
    yq_digest at, sibling;
} climb;

static void climb_step(void *self)
{
    climb *c = self;
    for (unsigned i = 0; i < STEPS; i++) {
        const yq_slice part[] = {YQ_SLICE_OF(c->at), YQ_SLICE_OF(c->sibling)};
        yq_hash(c->alg, part, 2, c->at.b);
    }
}

static void merkle_steps(bench *b)
{
    static const struct {
        uint32_t alg;
        const char *name;
    } of[] = {
        {YQ_HASH_SM3, "merkle_step.sm3"},
        {YQ_HASH_SHA256, "merkle_step.sha256"},
        {YQ_HASH_KECCAK256, "merkle_step.keccak256"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(of); i++) {
        climb c = {.alg = of[i].alg};
        climb_step(&c);
        for (unsigned run = 0; run < b->runs; run++) {
            double begin = bench_now(), end, calls = 0;
            do {
                climb_step(&c);
                calls++;
                end = bench_now();
            } while (end - begin < b->seconds);
            bench_add(b, of[i].name, "ns", (end - begin) * 1e9 / (calls * STEPS));
        }
    }
}

/* ---- a chain --------------------------------------------------------------------------------- */

typedef struct subject {
    const test_bench_variant *variant;
    unsigned validators;
    test_bench_chain chain;
    run_client *client;
    run_workspace *space;
    size_t peak; /* bytes of scratch of the largest call */
} subject;

typedef struct figure_name {
    char text[BENCH_NAME_SIZE];
} figure_name;

static figure_name name_of(const subject *s, const char *what)
{
    figure_name name;
    (void)snprintf(name.text, sizeof name.text, "%s.%u.%s", s->variant->name, s->validators, what);
    return name;
}

static yq_slice slice_of(const yq_buf *b)
{
    return yq_slice_of(b->p, b->n);
}

static const yq_buf *last_update(const subject *s)
{
    return &s->chain.update[s->chain.update_n - 1];
}

static void note_peak(subject *s)
{
    size_t used = run_workspace_used(s->space);
    s->peak = used > s->peak ? used : s->peak;
}

static void update_step(void *self)
{
    subject *s = self;
    yq_fault why = {0};
    bench_need(
        run_client_try_update(s->client, s->space, slice_of(last_update(s)), &why) == YQ_OK,
        s->variant->name,
        &why);
    note_peak(s);
}

static void event_steps(subject *s)
{
    for (size_t i = 0; i < s->chain.event_n; i++) {
        yq_verified_event event;
        yq_fault why = {0};
        bench_need(
            run_client_event(s->client, s->space, slice_of(&s->chain.event[i]), &event, &why) ==
                YQ_OK,
            s->variant->name,
            &why);
        note_peak(s);
    }
}

static void start(subject *s)
{
    yq_fault why = {0};
    if (s->variant->now_ms != 0) {
        run_client_set_now(s->client, s->variant->now_ms);
    }
    bench_need(
        run_client_init(s->client, slice_of(&s->chain.anchor), &why) == YQ_OK,
        s->variant->name,
        &why);
    for (size_t i = 0; i + 1 < s->chain.update_n; i++) {
        bench_need(
            run_client_update(s->client, slice_of(&s->chain.update[i]), &why) == YQ_OK,
            s->variant->name,
            &why);
    }
}

static void bytes_of(bench *b, const subject *s)
{
    double update = (double)last_update(s)->n, events = 0;
    for (size_t i = 0; i < s->chain.event_n; i++) {
        events += (double)s->chain.event[i].n;
    }
    double n = (double)s->chain.event_n;
    bench_add(b, name_of(s, "events_a_block").text, "events", n);
    bench_add(b, name_of(s, "bytes_a_message").text, "bytes", (update + events) / n);
    bench_add(b, name_of(s, "bytes_alone").text, "bytes", update + events / n);
    bench_add(b, name_of(s, "arena_peak").text, "bytes", (double)s->peak);
}

/* In: update, the seconds that bringing the header costs; shared, whether hashes of shared nodes
 * are remembered. */
static void events(bench *b, subject *s, double update, int shared, const char *what)
{
    const figure_name name = name_of(s, what);
    for (unsigned i = 0; i < b->runs; i++) {
        double spent = 0, n = 0;
        do {
            run_workspace_remember(s->space, 1, shared);
            double begin = bench_now();
            event_steps(s);
            spent += update + bench_now() - begin;
            n++;
        } while (spent < b->seconds);
        bench_add(b, name.text, "events/s", n * (double)s->chain.event_n / spent);
    }
}

/* Events are proven against the header that the update leaves, so the client that proves has taken
 * it; the update is then timed on one that has not. */
static void measure(bench *b, subject *s, const yq_verifier *verifier)
{
    yq_fault why = {0};
    run_client *behind = run_client_new(verifier), *level = run_client_new(verifier);
    s->space = run_workspace_new();
    run_workspace_remember(s->space, 0, 0);
    s->client = behind;
    start(s);
    bench_rate(b, name_of(s, "updates").text, "updates/s", 1, update_step, s);
    double update = 1 / bench_median(&b->figure[b->n - 1]);
    s->client = level;
    start(s);
    bench_need(
        run_client_update(level, slice_of(last_update(s)), &why) == YQ_OK, s->variant->name, &why);
    events(b, s, update, 1, "events");
    events(b, s, update, 0, "events_apart");
    bytes_of(b, s);
    run_workspace_free(s->space);
    run_client_free(behind);
    run_client_free(level);
}

static void measure_variant(
    bench *b, const yq_verifier *verifier, const test_bench_variant *variant)
{
    static const unsigned validators[] = {4, 7, 31, 100};
    test_bench_variant smaller = *variant;
    if (b->events != 0 && b->events < smaller.events_max) {
        smaller.events_max = b->events;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(validators); i++) {
        int wished = b->validators == 0 || b->validators == validators[i];
        if (wished && validators[i] <= variant->validators_max) {
            subject *s = calloc(1, sizeof *s);
            bench_need(s != NULL, "no memory", NULL);
            s->variant = &smaller;
            s->validators = validators[i];
            variant->make(&smaller, s->validators, &s->chain);
            measure(b, s, verifier);
            test_bench_free(&s->chain);
            free(s);
        }
    }
}

void bench_verifiers(bench *b)
{
    const test_bench_source *source;
    int found = 0;
    merkle_steps(b);
    for (size_t i = 0; (source = bench_source_at(i)) != NULL; i++) {
        const yq_verifier *verifier = run_verifier(source->framework);
        bench_need(verifier != NULL, source->framework, NULL);
        if (b->framework == NULL || strcmp(b->framework, source->framework) == 0) {
            found = 1;
            for (size_t k = 0; k < source->variant_n; k++) {
                measure_variant(b, verifier, &source->variant[k]);
            }
        }
    }
    bench_need(found, "no chains of that framework", NULL);
}
