#ifndef YQ_RELAY_BASE_ASSERT_H
#define YQ_RELAY_BASE_ASSERT_H

/*
 * A bug of ours, in release builds too: one condition each. No byte that a peer sends may be able
 * to trip one. Prints the place to stderr through the handler and stops the process.
 */
#define YQ_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : yq_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void yq_assert_failed(const char *condition, const char *file, int line);

/* Sets what is told about a failed assertion before the process stops (the log's handler); NULL:
 * nothing is told. */
void yq_assert_set_handler(void (*handler)(const char *condition, const char *file, int line));

#endif /* YQ_RELAY_BASE_ASSERT_H */
