#ifndef YQ_RELAY_HUB_TEST_BENCH_CHAIN_H
#define YQ_RELAY_HUB_TEST_BENCH_CHAIN_H

/*
 * What `yuqiao-bench verifiers` measures of a framework. A light client's folder offers chains by a
 * bench_chain.c (never a part of the room), which defines
 *   const test_bench_source *yq_bench_source_<framework with _>(void);
 * the build finds it.
 */
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define TEST_BENCH_UPDATES_MAX 4u
#define TEST_BENCH_EVENTS      1000u

/* A chain as evidence, each piece of its own memory: an anchor, updates in their order, and events
 * of a block that is final with the last. Updates carry the signatures of a quorum, no more. */
typedef struct test_bench_chain {
    yq_buf anchor, update[TEST_BENCH_UPDATES_MAX], event[TEST_BENCH_EVENTS];
    size_t update_n, event_n;
} test_bench_chain;

typedef struct test_bench_variant {
    const char *name;        /* of the figures: "evm.qbft" */
    unsigned validators_max; /* above it the framework, or its verifier, has no set */
    unsigned events_max;     /* that fit into a block's evidence, at most TEST_BENCH_EVENTS */
    uint64_t now_ms;         /* the ledger's time for it; 0: any */
    /* Makes the chain. In: validators, 4 to validators_max; out, zeroed; variant, this. */
    void (*make)(
        const struct test_bench_variant *variant, unsigned validators, test_bench_chain *out);
    uint8_t mode; /* for make */
} test_bench_variant;

typedef struct test_bench_source {
    const char *framework;
    const test_bench_variant *variant;
    size_t variant_n;
} test_bench_source;

static inline yq_buf test_bench_copy(yq_slice bytes)
{
    uint8_t *p = malloc(bytes.n + 1);
    YQ_ASSERT(p != NULL);
    yq_bytes_copy(p, bytes.p, bytes.n);
    return (yq_buf){p, bytes.n, bytes.n};
}

static inline void test_bench_update(test_bench_chain *c, yq_slice evidence)
{
    YQ_ASSERT(c->update_n < TEST_BENCH_UPDATES_MAX);
    c->update[c->update_n++] = test_bench_copy(evidence);
}

static inline void test_bench_event(test_bench_chain *c, yq_slice proof)
{
    YQ_ASSERT(c->event_n < TEST_BENCH_EVENTS);
    c->event[c->event_n++] = test_bench_copy(proof);
}

/* Where the events do not depend on the validators they are made once. */
static inline void test_bench_events(test_bench_chain *c, const test_bench_chain *from)
{
    for (size_t i = 0; i < from->event_n; i++) {
        test_bench_event(c, yq_slice_of(from->event[i].p, from->event[i].n));
    }
}

static inline void test_bench_free(test_bench_chain *c)
{
    free(c->anchor.p);
    for (size_t i = 0; i < c->update_n; i++) {
        free(c->update[i].p);
    }
    for (size_t i = 0; i < c->event_n; i++) {
        free(c->event[i].p);
    }
    *c = (test_bench_chain){0};
}

#endif /* YQ_RELAY_HUB_TEST_BENCH_CHAIN_H */
