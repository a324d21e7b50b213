#include "conformance/runner/report.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdio.h>
#include <stdlib.h>

#define CODES_N      512u /* codes are -1 .. -511 */
#define JSON_MAX     (256u << 20)
#define PROGRESS_ROW 25u

typedef struct skip {
    char *file, *reason;
} skip;

typedef struct kept {
    run_row row; /* row.file is file */
    char *file;
} kept;

#define FRAMEWORKS_MAX 32u

typedef struct accepted_change {
    const char *how;
    char *framework, *where, *reason;
    uint64_t n;
} accepted_change;

typedef struct framework_sum {
    char *name;
    uint64_t passed, failed, tried, refused;
} framework_sum;

struct run_report {
    kept *row;
    size_t n, cap;
    skip *skipped;
    size_t skipped_n, skipped_cap;
    accepted_change *accepted;
    size_t accepted_n;
    framework_sum framework[FRAMEWORKS_MAX];
    size_t framework_n;
    uint64_t code[CODES_N];
    uint64_t passed, failed, tried, refused;
    int quiet;
};

static char *text_copy(const char *text)
{
    char *copy = strdup(text);
    YQ_ASSERT(copy != NULL);
    return copy;
}

run_report *run_report_new(int quiet)
{
    run_report *r = calloc(1, sizeof *r);
    YQ_ASSERT(r != NULL);
    r->quiet = quiet;
    return r;
}

void run_report_free(run_report *report)
{
    if (report == NULL) {
        return;
    }
    for (size_t i = 0; i < report->n; i++) {
        free(report->row[i].file);
    }
    for (size_t i = 0; i < report->skipped_n; i++) {
        free(report->skipped[i].file);
        free(report->skipped[i].reason);
    }
    for (size_t i = 0; i < report->accepted_n; i++) {
        free(report->accepted[i].framework);
        free(report->accepted[i].where);
        free(report->accepted[i].reason);
    }
    for (size_t i = 0; i < report->framework_n; i++) {
        free(report->framework[i].name);
    }
    free(report->accepted);
    free(report->row);
    free(report->skipped);
    free(report);
}

void run_row_check(run_row *row, const char *check)
{
    for (size_t i = 0; i < row->check_n; i++) {
        if (strcmp(row->check[i], check) == 0) {
            return;
        }
    }
    YQ_ASSERT(row->check_n < RUN_CHECKS_MAX);
    row->check[row->check_n++] = check;
}

void run_row_verdict(run_row *row, yq_status given, const yq_fault *why, int accept)
{
    size_t n = strlen(row->note);
    row->code = given;
    row->expected = accept ? YQ_OK : given == YQ_OK ? YQ_E_NOT_PROVEN : given;
    if (given != YQ_OK) {
        (void)snprintf(row->note + n, sizeof row->note - n, "%s%s", n > 0 ? ": " : "", why->text);
    }
}

static int row_passed(const run_row *row)
{
    return row->code == row->expected && row->mutations_tried == row->mutations_refused;
}

void run_report_row(run_report *report, const run_row *row)
{
    if (report->n == report->cap) {
        report->cap = report->cap == 0 ? 256 : 2 * report->cap;
        report->row = realloc(report->row, report->cap * sizeof *report->row);
        YQ_ASSERT(report->row != NULL);
    }
    kept *own = &report->row[report->n++];
    *own = (kept){*row, text_copy(row->file)};
    own->row.file = own->file;
    report->tried += row->mutations_tried;
    report->refused += row->mutations_refused;
    if (report->framework_n > 0) {
        framework_sum *f = &report->framework[report->framework_n - 1];
        f->tried += row->mutations_tried;
        f->refused += row->mutations_refused;
        f->passed += row_passed(row) != 0;
        f->failed += row_passed(row) == 0;
    }
    if (row_passed(row)) {
        report->passed++;
    } else {
        report->failed++;
        if (report->quiet < 2) {
            (void)fprintf(
                stderr, "FAILED  %s: %s %s\n", row->file, yq_status_name(row->code), row->note);
        }
    }
    if (!report->quiet && report->n % PROGRESS_ROW == 0) {
        (void)fprintf(
            stderr,
            "%zu rows, %llu mutations; at %s\n",
            report->n,
            (unsigned long long)report->tried,
            row->file);
    }
}

void run_report_skip(run_report *report, const char *file, const char *reason)
{
    if (report->skipped_n == report->skipped_cap) {
        report->skipped_cap = report->skipped_cap == 0 ? 64 : 2 * report->skipped_cap;
        report->skipped = realloc(report->skipped, report->skipped_cap * sizeof *report->skipped);
        YQ_ASSERT(report->skipped != NULL);
    }
    report->skipped[report->skipped_n++] = (skip){text_copy(file), text_copy(reason)};
}

int run_report_names(const run_report *report, const char *file)
{
    for (size_t i = report->n; i > 0; i--) {
        if (strcmp(report->row[i - 1].file, file) == 0) {
            return 1;
        }
    }
    for (size_t i = report->skipped_n; i > 0; i--) {
        if (strcmp(report->skipped[i - 1].file, file) == 0) {
            return 1;
        }
    }
    return 0;
}

const char *run_report_reason(const run_report *report, const char *file)
{
    for (size_t i = 0; i < report->skipped_n; i++) {
        if (strcmp(report->skipped[i].file, file) == 0) {
            return report->skipped[i].reason;
        }
    }
    return NULL;
}

const run_row *run_report_row_of(const run_report *report, const char *file, size_t idx)
{
    for (size_t i = 0; i < report->n; i++) {
        if (strcmp(report->row[i].file, file) == 0 && idx-- == 0) {
            return &report->row[i].row;
        }
    }
    return NULL;
}

size_t run_report_rows(const run_report *report)
{
    return report->n;
}

size_t run_report_failed(const run_report *report)
{
    return (size_t)report->failed;
}

void run_report_code(run_report *report, yq_status code, uint64_t n)
{
    unsigned at = (unsigned)-(int)code;
    YQ_ASSERT(at < CODES_N);
    report->code[at] += n;
}

static char *slice_copy(yq_slice text)
{
    char *copy = strndup((const char *)text.p, text.n);
    YQ_ASSERT(copy != NULL);
    return copy;
}

void run_report_accepted(
    run_report *report, const char *framework, yq_slice where, const char *how, yq_slice reason)
{
    for (size_t i = 0; i < report->accepted_n; i++) {
        accepted_change *a = &report->accepted[i];
        if (a->how == how && strcmp(a->framework, framework) == 0 &&
            yq_slice_equal(yq_slice_text(a->where), where)) {
            a->n++;
            return;
        }
    }
    report->accepted =
        realloc(report->accepted, (report->accepted_n + 1) * sizeof *report->accepted);
    YQ_ASSERT(report->accepted != NULL);
    report->accepted[report->accepted_n++] =
        (accepted_change){how, text_copy(framework), slice_copy(where), slice_copy(reason), 1};
}

void run_report_framework(run_report *report, const char *name)
{
    YQ_ASSERT(report->framework_n < FRAMEWORKS_MAX);
    report->framework[report->framework_n++] = (framework_sum){.name = text_copy(name)};
}

static void frameworks_print(yq_json_out *out, const run_report *report)
{
    yq_json_out_uint(out, "tried", report->tried);
    yq_json_out_uint(out, "refused", report->refused);
    yq_json_out_uint(out, "frameworks", report->framework_n);
    yq_json_out_array(out, "by_framework");
    for (size_t i = 0; i < report->framework_n; i++) {
        const framework_sum *f = &report->framework[i];
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "framework", f->name);
        yq_json_out_uint(out, "tried", f->tried);
        yq_json_out_uint(out, "refused", f->refused);
        yq_json_out_uint(out, "passed", f->passed);
        yq_json_out_uint(out, "failed", f->failed);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static void accepted_print(yq_json_out *out, const run_report *report)
{
    yq_json_out_array(out, "accepted");
    for (size_t i = 0; i < report->accepted_n; i++) {
        const accepted_change *a = &report->accepted[i];
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "framework", a->framework);
        yq_json_out_str(out, "field", a->where);
        yq_json_out_str(out, "change", a->how);
        yq_json_out_str(out, "reason", a->reason);
        yq_json_out_uint(out, "n", a->n);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static void row_print(yq_json_out *out, const run_row *row)
{
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "file", row->file);
    yq_json_out_str(out, "kind", row->kind);
    yq_json_out_str(out, "anchor", row->anchor);
    yq_json_out_array(out, "checks");
    for (size_t i = 0; i < row->check_n; i++) {
        yq_json_out_str(out, NULL, row->check[i]);
    }
    yq_json_out_end(out);
    yq_json_out_str(out, "verdict", row->code == YQ_OK ? "accepted" : "refused");
    yq_json_out_str(out, "expected", row->expected == YQ_OK ? "accepted" : "refused");
    yq_json_out_str(out, "code", yq_status_name(row->code));
    yq_json_out_bool(out, "passed", row_passed(row));
    yq_json_out_str(out, "note", row->note);
    yq_json_out_uint(out, "mutations_tried", row->mutations_tried);
    yq_json_out_uint(out, "mutations_refused", row->mutations_refused);
    yq_json_out_end(out);
}

static void json_print(const run_report *report)
{
    yq_json_out *out = yq_json_out_new(JSON_MAX);
    YQ_ASSERT(out != NULL);
    yq_json_out_object(out, NULL);
    yq_json_out_array(out, "rows");
    for (size_t i = 0; i < report->n; i++) {
        row_print(out, &report->row[i].row);
    }
    yq_json_out_end(out);
    yq_json_out_array(out, "skipped_files");
    for (size_t i = 0; i < report->skipped_n; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "file", report->skipped[i].file);
        yq_json_out_str(out, "reason", report->skipped[i].reason);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    accepted_print(out, report);
    if (report->framework_n > 0) {
        frameworks_print(out, report);
    }
    yq_json_out_object(out, "codes");
    for (unsigned i = 0; i < CODES_N; i++) {
        if (report->code[i] > 0) {
            yq_json_out_uint(out, yq_status_name((yq_status) - (int)i), report->code[i]);
        }
    }
    yq_json_out_end(out);
    yq_json_out_uint(out, "passed", report->passed);
    yq_json_out_uint(out, "failed", report->failed);
    yq_json_out_uint(out, "skipped", report->skipped_n);
    yq_json_out_uint(out, "mutations_tried", report->tried);
    yq_json_out_uint(out, "mutations_refused", report->refused);
    yq_json_out_end(out);
    size_t size;
    const char *text = yq_json_out_done(out, &size);
    YQ_ASSERT(text != NULL);
    (void)fwrite(text, 1, size, stdout);
    (void)fputc('\n', stdout);
    yq_json_out_free(out);
}

static void text_print(const run_report *report)
{
    for (size_t i = 0; i < report->n; i++) {
        const run_row *row = &report->row[i].row;
        printf(
            "%s  %-20s %-10s %-20s %s  mutations %llu/%llu  %s\n",
            row_passed(row) ? "ok    " : "FAILED",
            row->kind,
            row->anchor,
            yq_status_name(row->code),
            row->file,
            (unsigned long long)row->mutations_refused,
            (unsigned long long)row->mutations_tried,
            row->note);
    }
    for (size_t i = 0; i < report->skipped_n; i++) {
        printf("skipped %s: %s\n", report->skipped[i].file, report->skipped[i].reason);
    }
    for (size_t i = 0; i < report->accepted_n; i++) {
        const accepted_change *a = &report->accepted[i];
        printf("accepted %s: %s %s: %s\n", a->framework, a->where, a->how, a->reason);
    }
    for (size_t i = 0; i < report->framework_n; i++) {
        const framework_sum *f = &report->framework[i];
        printf(
            "%-14s %llu of %llu mutations refused\n",
            f->name,
            (unsigned long long)f->refused,
            (unsigned long long)f->tried);
    }
    printf(
        "%llu passed, %llu failed, %zu skipped; %llu of %llu mutations refused\n",
        (unsigned long long)report->passed,
        (unsigned long long)report->failed,
        report->skipped_n,
        (unsigned long long)report->refused,
        (unsigned long long)report->tried);
}

int run_report_print(const run_report *report, int json)
{
    if (json) {
        json_print(report);
    } else {
        text_print(report);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fputs("yuqiao-conformance: the report could not be written\n", stderr);
        return 0;
    }
    if (report->passed + report->failed == 0) {
        (void)fputs("yuqiao-conformance: nothing was checked\n", stderr);
    }
    return report->failed == 0 && report->passed > 0;
}
