#ifndef YQ_CONFORMANCE_RUNNER_REPORT_H
#define YQ_CONFORMANCE_RUNNER_REPORT_H

#include "conformance/runner/client.h"
#include "relay/codec/json.h"

/* What a run found: one row for each thing that was looked at. */
#define RUN_CHECKS_MAX 12u

typedef struct run_row {
    const char *file;                  /* relative to the path that was asked for; copied */
    const char *kind;                  /* "block", "transaction", ...; static */
    const char *anchor;                /* "genesis", "self", "none"; static */
    const char *check[RUN_CHECKS_MAX]; /* static */
    size_t check_n;
    yq_status code;     /* given */
    yq_status expected; /* YQ_OK: accepted */
    char note[160];
    uint64_t mutations_tried, mutations_refused;
} run_row;

typedef struct run_report run_report;

/* quiet 1: says nothing of how far it is; 2: nor of rows that failed. */
run_report *run_report_new(int quiet);
void run_report_free(run_report *report);

/* Adds a row; passed when the code is the expected one and every mutation was refused. */
void run_report_row(run_report *report, const run_row *row);
/* Adds a file that proves nothing, with the reason; both are copied. */
void run_report_skip(run_report *report, const char *file, const char *reason);
/* Returns 1 when a row or a skip names this file. */
int run_report_names(const run_report *report, const char *file);
/* Why a file was skipped, or NULL; its row number idx, or NULL. Borrowed until the next addition.
 */
const char *run_report_reason(const run_report *report, const char *file);
const run_row *run_report_row_of(const run_report *report, const char *file, size_t idx);
/* How many rows there are, and how many of them failed. */
size_t run_report_rows(const run_report *report);
size_t run_report_failed(const run_report *report);
/* A mutation was refused with this code. */
void run_report_code(run_report *report, yq_status code, uint64_t n);

/* A change that was accepted, with the reason: an unsigned place that decides nothing. */
void run_report_accepted(
    run_report *report, const char *framework, yq_slice where, const char *how, yq_slice reason);
/* Rows from here on are of this framework; each is summed up. In: name, copied. */
void run_report_framework(run_report *report, const char *name);

/* Prints everything to stdout, as JSON or as text. Returns 1 when nothing failed and something
 * passed. */
int run_report_print(const run_report *report, int json);

/* Sets a row's verdict, and adds the reason to its note. accept 0: any refusal is the expected one.
 */
void run_row_verdict(run_row *row, yq_status given, const yq_fault *why, int accept);

/* Adds a check's name to a row, once. */
void run_row_check(run_row *row, const char *check);

/*
 * Changes each byte of evidence in turn and asks the client: an update or an event proof. What is
 * accepted, or refused with a fault, is a failure and named in the row's note. In: claim, bytes
 * that decide nothing or choose among proven things: what is accepted there is listed with its
 * reason; NULL: none. Threads: one a processor.
 */
typedef enum run_mutation_kind {
    RUN_MUTATE_UPDATE = 1,
    RUN_MUTATE_EVENT = 2,
    RUN_MUTATE_VALUE = 3 /* run_mutate_value only */
} run_mutation_kind;

typedef struct run_claim {
    size_t at, size;
    const char *name, *reason; /* static */
} run_claim;

void run_mutate(
    run_report *report,
    const run_client *client,
    run_mutation_kind kind,
    yq_slice evidence,
    const run_claim *claim,
    run_row *row);

/* The same for the proof of a value. */
void run_mutate_value(
    run_report *report,
    const run_client *client,
    yq_slice key,
    yq_slice proof,
    const run_claim *claim,
    run_row *row);

#endif /* YQ_CONFORMANCE_RUNNER_REPORT_H */
