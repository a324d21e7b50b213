#ifndef YQ_RELAY_HUB_TEST_KIT_FILE_H
#define YQ_RELAY_HUB_TEST_KIT_FILE_H

/* For the programs that make a verifier's cases: writes them as the conformance kit reads them
 * (docs/en/verifiers.md). */
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>

typedef struct test_kit {
    FILE *f;
    int first;
} test_kit;

static inline test_kit test_kit_begin(const char *dir, const char *name, uint64_t now_ms)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.json", dir, name);
    test_kit k = {fopen(path, "w"), 1};
    YQ_ASSERT(k.f != NULL);
    (void)fprintf(k.f, "{\n\"now_ms\": %llu,\n\"steps\": [", (unsigned long long)now_ms);
    return k;
}

static inline void test_kit_hex(test_kit *k, const char *key, yq_slice bytes)
{
    (void)fprintf(k->f, ",\n \"%s\": \"", key);
    for (size_t i = 0; i < bytes.n; i++) {
        (void)fprintf(k->f, "%02x", bytes.p[i]);
    }
    (void)fputs("\"", k->f);
}

/* expect NULL: OK. */
static inline void test_kit_step(
    test_kit *k, const char *op, const char *name, yq_slice in, const char *expect)
{
    (void)fprintf(k->f, "%s{\"do\": \"%s\", \"name\": \"%s\"", k->first ? "\n" : "},\n", op, name);
    k->first = 0;
    test_kit_hex(k, "in", in);
    if (expect != NULL) {
        (void)fprintf(k->f, ",\n \"expect\": \"%s\"", expect);
    }
}

/* Of the last step: the value's key; bytes that say which of the proven things is meant. */
static inline void test_kit_key(test_kit *k, yq_slice key)
{
    test_kit_hex(k, "key", key);
}

static inline void test_kit_claim(test_kit *k, size_t at, size_t size, const char *reason)
{
    (void)fprintf(k->f, ",\n \"claims\": [[%zu, %zu, \"%s\"]]", at, size, reason);
}

/* Numbers, separated by commas, of the holes that the last step is a case of. */
static inline void test_kit_holes(test_kit *k, const char *numbers)
{
    (void)fprintf(k->f, ",\n \"holes\": [%s]", numbers);
}

/* A refused step that is a case of these holes. */
static inline void test_kit_refused(
    test_kit *k,
    const char *numbers,
    const char *op,
    const char *name,
    yq_slice in,
    const char *expect)
{
    test_kit_step(k, op, name, in, expect);
    test_kit_holes(k, numbers);
}

/* What the last step's event must come from. */
static inline void test_kit_emitter(test_kit *k, yq_slice emitter)
{
    test_kit_hex(k, "emitter", emitter);
}

/* Says why this framework cannot have these holes. */
static inline void test_kit_no_hole(test_kit *k, const char *numbers, const char *reason)
{
    (void)fprintf(k->f, "%s{\"do\": \"none\", \"name\": \"%s\"", k->first ? "\n" : "},\n", reason);
    k->first = 0;
    test_kit_holes(k, numbers);
}

/* The layouts, by kit/layout.json's names, that the inputs of this file have; before any step. */
static inline void test_kit_layouts(test_kit *k, const char *names_json)
{
    YQ_ASSERT(k->first);
    (void)fseek(k->f, -(long)strlen("\"steps\": ["), SEEK_CUR);
    (void)fprintf(k->f, "\"layouts\": %s,\n\"steps\": [", names_json);
}

/* Puts `to` in the place of every `from`, which is as long. Returns how many there were. */
static inline unsigned test_kit_replace(uint8_t *bytes, size_t n, yq_slice from, yq_slice to)
{
    unsigned replaced = 0;
    YQ_ASSERT(from.n == to.n && from.n > 0);
    for (size_t i = 0; i + from.n <= n; i++) {
        if (memcmp(bytes + i, from.p, from.n) == 0) {
            memcpy(bytes + i, to.p, to.n);
            replaced++;
        }
    }
    return replaced;
}

static inline void test_kit_end(test_kit *k)
{
    (void)fputs("}\n]\n}\n", k->f);
    YQ_ASSERT(fclose(k->f) == 0);
}

#endif /* YQ_RELAY_HUB_TEST_KIT_FILE_H */
