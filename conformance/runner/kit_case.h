#ifndef YQ_CONFORMANCE_RUNNER_KIT_CASE_H
#define YQ_CONFORMANCE_RUNNER_KIT_CASE_H

/* Inside the kit: one verifier under test, its cases, and what each accepted input must hold to. */
#include "conformance/runner/files.h"
#include "conformance/runner/kit.h"
#include "conformance/runner/structure.h"

#define RUN_KIT_INPUT_MAX (2u << 20)
#define RUN_KIT_HOLES     18u /* numbered from 1 */

typedef enum run_kit_op {
    RUN_KIT_INIT = 1,
    RUN_KIT_UPDATE,
    RUN_KIT_EVENT,
    RUN_KIT_VALUE,
    RUN_KIT_MISBEHAVIOUR,
    RUN_KIT_NONE /* says why a hole cannot be in this framework */
} run_kit_op;

typedef struct run_kit_hole {
    unsigned cases;
    char reason[120]; /* why there are none */
} run_kit_hole;

typedef struct run_kit_state {
    run_report *report;
    const yq_verifier *verifier;
    const char *framework;
    run_client *client;
    run_workspace *space;
    run_structure *structure;
    yq_json *layouts; /* NULL: none are stated */
    int whole;        /* every input must have a layout, every hole a case or a reason */
    run_kit_hole hole[RUN_KIT_HOLES + 1];
    const char *file;         /* of the cases */
    const yq_json *file_root; /* names the layouts of its inputs where they are special */
    uint8_t in[RUN_KIT_INPUT_MAX], key[4096], emitter[256], copy[RUN_KIT_INPUT_MAX];
} run_kit_state;

/* One step of a case file. */
typedef struct run_kit_step {
    run_kit_op op;
    yq_slice name, in, key;
    yq_slice emitter; /* what the event must come from; empty: not said */
    yq_status expected;
    const yq_json *claims; /* ranges that may change: [[offset, size, reason], ...] */
    const yq_json *holes;  /* numbers of the holes that it is a case of */
} run_kit_step;

extern const char *const run_kit_op_name[];

/* ---- kit_checks.c ---- */

/* Makes one call. Out: said, SM3 over what came out; event may be NULL. */
yq_status run_kit_ask(
    run_kit_state *k,
    const run_kit_step *s,
    yq_slice in,
    yq_digest *said,
    yq_verified_event *event,
    yq_fault *why);

/* Puts an accepted input through every check and adds the row. In: said, the accepted answer. */
void run_kit_check(run_kit_state *k, const run_kit_step *s, const yq_digest *said, run_row *row);

int run_kit_is_reject(yq_status status);

/* ---- kit_cases.c ---- */

/* Runs the cases of a file, each file with a client of its own. */
void run_kit_file(run_kit_state *k, const run_file *file);

#endif /* YQ_CONFORMANCE_RUNNER_KIT_CASE_H */
