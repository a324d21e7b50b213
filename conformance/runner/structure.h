#ifndef YQ_CONFORMANCE_RUNNER_STRUCTURE_H
#define YQ_CONFORMANCE_RUNNER_STRUCTURE_H

#include "conformance/runner/layout.h"

/*
 * Changes of an input's structure, one at a time, with lengths and counts that fit again: every
 * number one more and one less, zero and the largest; every string empty, shorter, longer, zeroed,
 * taken from another place; every element left out, doubled, exchanged with its neighbour; every
 * container emptied; a byte moved over the border between two strings.
 */
typedef struct run_structure run_structure;

run_structure *run_structure_new(void);
void run_structure_free(run_structure *s);

/* Takes an input apart. In: input, which must live on. Errors: those of run_layout_parse;
 * E_NONCANONICAL (put together again it is another one: the layout is not this input's). */
yq_status run_structure_begin(
    run_structure *s, const yq_json *layouts, yq_slice name, yq_slice input, yq_fault *why);

typedef struct run_change {
    yq_slice bytes;  /* the changed input; lives until the next one */
    yq_slice where;  /* the name of the place */
    const char *how; /* static */
    yq_slice excuse; /* why it may be accepted; or empty */
} run_change;

/* The next change, which differs from the input. Returns 0 after the last. */
int run_structure_next(run_structure *s, run_change *out);

#endif /* YQ_CONFORMANCE_RUNNER_STRUCTURE_H */
