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

typedef struct run_kind {
    const char *framework;
    void (*folder)(run_report *report, const run_folder *folder, int mutations);
} run_kind;

#endif /* YQ_CONFORMANCE_RUNNER_KINDS_H */
