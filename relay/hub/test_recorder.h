#ifndef YQ_RELAY_HUB_TEST_RECORDER_H
#define YQ_RELAY_HUB_TEST_RECORDER_H

/*
 * For tests of verifiers: what a client accepts, written as a case file (docs/en/verifiers.md) into
 * the folder that the environment's YQ_CHAINS names, for the test that brings it to a hub
 * (conformance/clients). The file has its name when it is whole. Without the folder nothing is
 * written.
 */
#include "relay/hub/test_kit_file.h"

#include <stdlib.h>

typedef struct test_recorder {
    test_kit kit; /* f NULL: nothing is recorded */
    uint64_t now_ms;
    char part[512], path[512];
} test_recorder;

/* now_ms: the ledger's time in every call of the recording. */
static inline void test_recorder_begin(
    test_recorder *r, const char *framework, const char *variant, uint64_t now_ms)
{
    const char *dir = getenv("YQ_CHAINS");
    char name[64];
    if (dir == NULL) {
        return;
    }
    (void)snprintf(name, sizeof name, ".%s-%s", framework, variant);
    int n = snprintf(r->part, sizeof r->part, "%s/%s.json", dir, name);
    YQ_ASSERT(n > 0 && (size_t)n < sizeof r->part);
    (void)snprintf(r->path, sizeof r->path, "%s/%s.json", dir, name + 1);
    r->now_ms = now_ms;
    r->kit = test_kit_begin(dir, name, now_ms);
}

/* Takes a call that was accepted, and an update that was answered E_MISBEHAVIOUR. */
static inline void test_recorder_take(
    test_recorder *r, const char *op, yq_slice in, uint64_t now_ms, yq_status status)
{
    if (r->kit.f == NULL || (status != YQ_OK && status != YQ_E_MISBEHAVIOUR)) {
        return;
    }
    YQ_ASSERT(now_ms == r->now_ms);
    test_kit_step(&r->kit, op, op, in, status == YQ_OK ? NULL : "E_MISBEHAVIOUR");
}

static inline void test_recorder_end(test_recorder *r)
{
    if (r->kit.f != NULL) {
        test_kit_end(&r->kit);
        YQ_ASSERT(rename(r->part, r->path) == 0);
        *r = (test_recorder){0};
    }
}

#endif /* YQ_RELAY_HUB_TEST_RECORDER_H */
