#ifndef YQ_CONFORMANCE_RUNNER_KIT_H
#define YQ_CONFORMANCE_RUNNER_KIT_H

#include "conformance/runner/report.h"

/*
 * The kit for authors of verifiers: loads one as the shared library that it is, and puts it through
 * the cases of its folder (kit/NAME.json; form: docs/en/verifiers.md) and through what every
 * verifier must hold to, whatever its chain: the descriptor, every changed byte refused, no fault,
 * the same answer twice, little scratch, no signatures.
 */

/*
 * Runs it. In: path, a folder with kit/ in it; library, the .so, or NULL for verifier-<name of the
 * folder>.so in the build's lib folder. Errors: E_NOT_FOUND, E_CONFIG_INVALID (no verifier), with
 * why; what the verifier fails is in the report.
 */
yq_status run_kit(run_report *report, const char *path, const char *library, yq_fault *why);

/*
 * Runs the cases of every linked framework below path (NULL: those of this build, and one without
 * cases has failed), and demands of each: a layout for every input, so that its structure is
 * changed too, and for each of the 18 holes that were read in shipped verifiers a refused case or
 * the reason why the framework cannot have it. In: framework, only this one, which may also be
 * built as a library alone (the template), or NULL. Errors: as above; E_NOT_FOUND also when there
 * is none to run.
 */
yq_status run_mutations(run_report *report, const char *path, const char *framework, yq_fault *why);

#endif /* YQ_CONFORMANCE_RUNNER_KIT_H */
