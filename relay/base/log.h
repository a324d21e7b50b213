#ifndef YQ_RELAY_BASE_LOG_H
#define YQ_RELAY_BASE_LOG_H

#include "yuqiao/types.h"

/*
 * Structured log: one line an event on stderr, `time level module: text key=value ...`, or one JSON
 * object a line. Thread-safe. Never give it payloads, keys or other secrets. Lines longer than 2
 * KiB are cut.
 */
/* What is below level is not written; json is 0 or 1. Also tells failed assertions through the log.
 */
void yq_log_configure(yq_log_level level, int json);

/*
 * Writes one line. In: module, a short static name ("bft", "net"); format as of printf, of which
 * the part up to the first " key=" is the text: write `yq_log(YQ_LOG_INFO, "node",
 * "committed height=%" PRIu64, height)`.
 */
__attribute__((format(printf, 3, 4))) void yq_log(
    yq_log_level level, const char *module, const char *format, ...);

#endif /* YQ_RELAY_BASE_LOG_H */
