#ifndef YQ_CONFORMANCE_CLIENTS_TEST_CASES_H
#define YQ_CONFORMANCE_CLIENTS_TEST_CASES_H

/* Reads a verifier's case files (docs/en/verifiers.md) for the tests of this folder; what is not of
 * their form fails the test. */
#include "relay/base/bytes.h"
#include "relay/codec/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_STEPS    512u
#define CASES_FILE_MAX (64u << 20)

typedef struct cases_step {
    char op[16];
    yq_slice in;
    int accepted, contradicts;
} cases_step;

/* One accepted anchor of a file, and the steps up to the next one. */
typedef struct cases_segment {
    yq_slice anchor;
    cases_step step[CASES_STEPS];
    size_t n;
} cases_segment;

typedef struct cases_file {
    yq_json *document;
    const yq_json *steps;
    uint64_t now_ms; /* 0: any */
    size_t at;
} cases_file;

static inline void cases_open(cases_file *f, const char *path)
{
    FILE *in = fopen(path, "rb");
    cr_assert_not_null(in, "%s", path);
    cr_assert_eq(fseek(in, 0, SEEK_END), 0);
    long size = ftell(in);
    cr_assert(size > 0 && size <= (long)CASES_FILE_MAX, "%s", path);
    rewind(in);
    char *text = malloc((size_t)size);
    cr_assert_not_null(text);
    cr_assert_eq(fread(text, 1, (size_t)size, in), (size_t)size, "%s", path);
    (void)fclose(in);
    *f = (cases_file){
        .document = yq_json_parse(yq_slice_of(text, (size_t)size), (size_t)size, NULL)};
    free(text);
    cr_assert_not_null(f->document, "%s", path);
    const yq_json *root = yq_json_root(f->document);
    f->steps = yq_json_get(root, "steps");
    (void)yq_json_uint(yq_json_get(root, "now_ms"), &f->now_ms);
}

static inline void cases_close(cases_file *f)
{
    yq_json_free(f->document);
}

static inline yq_slice cases_bytes_of(const yq_json *value)
{
    yq_slice hex;
    cr_assert(yq_json_text(value, &hex));
    yq_buf out = {malloc(hex.n / 2 + 1), hex.n / 2 + 1, 0};
    cr_assert_not_null(out.p);
    cr_assert(yq_json_hex(value, &out));
    return yq_slice_of(out.p, out.n);
}

static inline int cases_says(const yq_json *object, const char *key, const char *text)
{
    yq_slice value;
    return yq_json_text(yq_json_get(object, key), &value) &&
           yq_slice_equal(value, yq_slice_text(text));
}

static inline void cases_step_read(const yq_json *one, int accepted, cases_segment *s)
{
    yq_slice op;
    if (!yq_json_text(yq_json_get(one, "do"), &op) || op.n >= sizeof s->step[0].op) {
        return;
    }
    cr_assert_lt(s->n, CASES_STEPS);
    cases_step *to = &s->step[s->n++];
    memcpy(to->op, op.p, op.n);
    to->in = cases_bytes_of(yq_json_get(one, "in"));
    to->accepted = accepted;
    to->contradicts = cases_says(one, "expect", "E_MISBEHAVIOUR");
}

/* Reads the next segment. Returns 0 when none is left. Owns: free with cases_free. */
static inline int cases_next(cases_file *f, cases_segment *s)
{
    size_t n = f->steps == NULL ? 0 : yq_json_count(f->steps);
    *s = (cases_segment){0};
    for (; f->at < n; f->at++) {
        const yq_json *one = yq_json_at(f->steps, f->at);
        int accepted = yq_json_get(one, "expect") == NULL || cases_says(one, "expect", "OK");
        if (!cases_says(one, "do", "init")) {
            if (s->anchor.p != NULL && !cases_says(one, "do", "none")) {
                cases_step_read(one, accepted, s);
            }
        } else if (accepted && s->anchor.p != NULL) {
            return 1;
        } else if (accepted) {
            s->anchor = cases_bytes_of(yq_json_get(one, "in"));
        }
    }
    return s->anchor.p != NULL;
}

static inline void cases_free(cases_segment *s)
{
    free((void *)(uintptr_t)s->anchor.p);
    for (size_t i = 0; i < s->n; i++) {
        free((void *)(uintptr_t)s->step[i].in.p);
    }
    *s = (cases_segment){0};
}

static inline int cases_is(const cases_step *s, const char *op)
{
    return strcmp(s->op, op) == 0;
}

/* A step that must freeze the client. */
static inline int cases_freezes(const cases_step *s)
{
    return s->contradicts || (s->accepted && cases_is(s, "misbehaviour"));
}

#endif /* YQ_CONFORMANCE_CLIENTS_TEST_CASES_H */
