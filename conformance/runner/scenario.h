#ifndef YQ_CONFORMANCE_RUNNER_SCENARIO_H
#define YQ_CONFORMANCE_RUNNER_SCENARIO_H

/* Commands that are programs over a whole network of processes: conformance/scenarios. */

/* Returns 1 when the command is one of them. */
int run_is_scenario(const char *command);

/* Becomes the scenario, with the arguments behind the command. In: argv ends with NULL. Returns
 * only when it cannot: the exit code. */
int run_scenario(char **argv);

#endif /* YQ_CONFORMANCE_RUNNER_SCENARIO_H */
