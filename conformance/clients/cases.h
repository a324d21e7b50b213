#ifndef YQ_CONFORMANCE_CLIENTS_CASES_H
#define YQ_CONFORMANCE_CLIENTS_CASES_H

/* Reads a verifier's case files (docs/en/verifiers.md) for the tests of this folder; what is not of
 * their form fails the test. */
#include "relay/codec/json.h"

#include <stddef.h>

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

void cases_open(cases_file *f, const char *path);
void cases_close(cases_file *f);

/* Reads the next segment. Returns 0 when none is left. Owns: free with cases_free. */
int cases_next(cases_file *f, cases_segment *s);
void cases_free(cases_segment *s);

int cases_is(const cases_step *s, const char *op);

/* A step that must freeze the client. */
int cases_freezes(const cases_step *s);

#endif /* YQ_CONFORMANCE_CLIENTS_CASES_H */
