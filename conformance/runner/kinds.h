#ifndef YQ_CONFORMANCE_RUNNER_KINDS_H
#define YQ_CONFORMANCE_RUNNER_KINDS_H

#include "conformance/runner/files.h"
#include "conformance/runner/report.h"

/* Each looks at one folder, takes what is of its framework by content, and leaves the rest. */
void run_fisco2_folder(run_report *report, const run_folder *folder, int mutations);
void run_fisco3_folder(run_report *report, const run_folder *folder, int mutations);
void run_cmaker_folder(run_report *report, const run_folder *folder, int mutations);
void run_comet_folder(run_report *report, const run_folder *folder, int mutations);
void run_evm_folder(run_report *report, const run_folder *folder, int mutations);
void run_xinghuo_folder(run_report *report, const run_folder *folder, int mutations);
void run_xuper_folder(run_report *report, const run_folder *folder, int mutations);
void run_fabric_folder(run_report *report, const run_folder *folder, int mutations);

/* Names of the frameworks that have a reader; NULL past the last. */
const char *run_kind_name(size_t idx);
int run_kind_known(const char *framework);

/* One folder through all readers, or that of one framework (NULL: all). Every entry of the folder
 * gets a row or, without a framework, a reason why it has none. A file that should be JSON and is
 * not fails; with a framework only in a folder that has rows. */
void run_kinds(run_report *report, const run_folder *folder, const char *framework, int mutations);

/* The same for a file or a tree. Errors: E_NOT_FOUND. */
yq_status run_vectors(
    run_report *report, const char *path, const char *framework, int mutations, yq_fault *why);

#endif /* YQ_CONFORMANCE_RUNNER_KINDS_H */
