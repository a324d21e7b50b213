#include "conformance/runner/files.h"
#include "conformance/runner/kit.h"
#include "conformance/runner/report.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEEN_MAX 8u

static char root[512];

static const char *at(const char *name)
{
    static char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(at(name), "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(text, 1, strlen(text), f), strlen(text));
    cr_assert_eq(fclose(f), 0);
}

static void begin(void)
{
    (void)snprintf(root, sizeof root, "%s/walk-XXXXXX", YQ_BINARY_DIR);
    cr_assert_not_null(mkdtemp(root));
    cr_assert_eq(mkdir(at("sub"), 0700), 0);
    cr_assert_eq(mkdir(at("void"), 0700), 0);
    put("b.json", "two");
    put("a.json", "one");
    put(".hidden", "no");
    put("sub/c.block", "three");
    cr_assert_eq(symlink("a.json", at("link.json")), 0);
}

static void end(void)
{
    static const char *const file[] = {"a.json", "b.json", ".hidden", "sub/c.block", "link.json"};
    for (size_t i = 0; i < YQ_ARRAY_N(file); i++) {
        cr_expect_eq(unlink(at(file[i])), 0);
    }
    cr_expect_eq(rmdir(at("sub")), 0);
    cr_expect_eq(rmdir(at("void")), 0);
    cr_expect_eq(rmdir(root), 0);
}

TestSuite(files, .init = begin, .fini = end);

typedef struct seen {
    char name[SEEN_MAX][64];
    size_t n, folders;
} seen;

static void note(void *self, const run_folder *folder)
{
    seen *s = self;
    s->folders++;
    for (size_t i = 0; i < folder->n; i++) {
        yq_slice bytes;
        yq_fault why;
        cr_assert_lt(s->n, SEEN_MAX);
        (void)snprintf(s->name[s->n++], sizeof s->name[0], "%s", folder->file[i].name);
        cr_expect_eq(run_file_read(folder->file[i].path, &bytes, &why), YQ_OK);
        run_file_free(bytes);
    }
}

Test(files, a_tree_is_walked_in_order_without_hidden_files_links_and_empty_folders)
{
    seen s = {0};
    yq_fault why;
    cr_assert_eq(run_walk(root, note, &s, &why), YQ_OK);
    cr_expect_eq(s.folders, 2);
    cr_assert_eq(s.n, 3);
    cr_expect_str_eq(s.name[0], "a.json");
    cr_expect_str_eq(s.name[1], "b.json");
    cr_expect_str_eq(s.name[2], "sub/c.block");
}

Test(files, a_single_file_is_a_folder_of_one)
{
    seen s = {0};
    yq_fault why;
    cr_assert_eq(run_walk(at("sub/c.block"), note, &s, &why), YQ_OK);
    cr_assert_eq(s.n, 1);
    cr_expect_str_eq(s.name[0], "c.block");
}

Test(files, what_is_not_there_is_said)
{
    seen s = {0};
    yq_fault why;
    yq_slice bytes;
    cr_expect_eq(run_walk(at("none"), note, &s, &why), YQ_E_NOT_FOUND);
    cr_expect_eq(s.folders, 0);
    cr_expect_eq(run_file_read(at("none"), &bytes, &why), YQ_E_IO);
    cr_expect_eq(bytes.n, 0);
}

Test(files, a_file_is_read_whole_and_one_that_is_too_long_is_not)
{
    yq_slice bytes;
    yq_fault why;
    cr_assert_eq(run_file_read(at("sub/c.block"), &bytes, &why), YQ_OK);
    cr_expect(yq_slice_equal(bytes, yq_slice_text("three")));
    run_file_free(bytes);
    cr_assert_eq(truncate(at("b.json"), (off_t)RUN_FILE_MAX + 1), 0);
    cr_expect_eq(run_file_read(at("b.json"), &bytes, &why), YQ_E_LIMIT);
}

static int verdict(yq_status code, yq_status expected, uint64_t tried, uint64_t refused)
{
    run_report *report = run_report_new(1);
    run_row row = {
        .file = "f",
        .kind = "block",
        .anchor = "none",
        .code = code,
        .expected = expected,
        .mutations_tried = tried,
        .mutations_refused = refused};
    run_report_row(report, &row);
    int good = run_report_print(report, 0);
    run_report_free(report);
    return good;
}

Test(report, passes_only_with_the_expected_code_and_every_mutation_refused)
{
    cr_expect_eq(verdict(YQ_OK, YQ_OK, 5, 5), 1);
    cr_expect_eq(verdict(YQ_OK, YQ_OK, 5, 4), 0);
    cr_expect_eq(verdict(YQ_E_SIG, YQ_OK, 0, 0), 0);
    cr_expect_eq(verdict(YQ_OK, YQ_E_SIG, 0, 0), 0);
    cr_expect_eq(verdict(YQ_E_SIG, YQ_E_SIG, 0, 0), 1);
}

Test(report, a_run_that_checked_nothing_does_not_pass)
{
    run_report *report = run_report_new(1);
    run_report_skip(report, "f", "nothing in it");
    cr_expect_eq(run_report_print(report, 0), 0);
    run_report_free(report);
}

/* Folders of nothing that is built: not a run that passes because nothing was run. */
Test(files, mutations_of_nothing_are_refused)
{
    yq_fault why;
    run_report *report = run_report_new(1);
    cr_expect_eq(run_mutations(report, root, NULL, &why), YQ_E_NOT_FOUND);
    cr_expect_eq(run_mutations(report, root, "sub", &why), YQ_E_NOT_FOUND);
    cr_expect_eq(run_mutations(report, at("none"), NULL, &why), YQ_E_NOT_FOUND);
    run_report_free(report);
}
