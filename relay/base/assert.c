#include "relay/base/assert.h"

#include <stddef.h>

static void (*assert_handler)(const char *, const char *, int);

void yq_assert_set_handler(void (*handler)(const char *condition, const char *file, int line))
{
    assert_handler = handler;
}

_Noreturn void yq_assert_failed(const char *condition, const char *file, int line)
{
    if (assert_handler != NULL) {
        assert_handler(condition, file, line);
    }
    __builtin_trap();
}
