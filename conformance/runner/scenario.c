#include "conformance/runner/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 64u

static const char *const scenarios[] = {"adapters", "cities"};

int run_is_scenario(const char *command)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(scenarios[i], command) == 0) {
            return 1;
        }
    }
    return 0;
}

int run_scenario(char **argv)
{
    static char interpreter[] = "python3", no_cache[] = "-B";
    char path[1024];
    char *out[ARGUMENTS_MAX + 4] = {interpreter, no_cache, path};
    (void)snprintf(path, sizeof path, "%s/%s.py", YQ_SCENARIOS, argv[0]);
    size_t n = 3;
    for (char **argument = argv + 1; *argument != NULL; argument++) {
        if (n == ARGUMENTS_MAX + 3) {
            (void)fputs("yuqiao-conformance: too many arguments\n", stderr);
            return 2;
        }
        out[n++] = *argument;
    }
    if (setenv("YQ_BINARY_DIR", YQ_BINARY_DIR, 0) == 0) {
        (void)execvp(interpreter, out);
    }
    (void)fprintf(stderr, "yuqiao-conformance: python3: %s\n", strerror(errno));
    return 1;
}
