#include "adapters/pipe/child.h"
#include "relay/base/bytes.h"

#include <stdio.h>

void yq_pipe_lines_begin(yq_pipe_lines *lines)
{
    lines->bytes = 0;
    lines->lines = 0;
    lines->dropped = 0;
}

static void tell(yq_pipe_lines *lines, const yq_adapter_host *host)
{
    char text[sizeof lines->line + sizeof "child: "];
    if (lines->n == 0) {
        return;
    }
    lines->line[lines->n] = '\0';
    lines->n = 0;
    if (lines->lines == YQ_PIPE_LINES_MAX) {
        lines->dropped++;
        return;
    }
    lines->lines++;
    (void)snprintf(text, sizeof text, "child: %s", lines->line);
    host->log(host->self, YQ_LOG_INFO, text);
}

int yq_pipe_lines_take(yq_pipe_lines *lines, const yq_adapter_host *host, yq_slice bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        const uint8_t b = bytes.p[i];
        if (b == '\n') {
            tell(lines, host);
            lines->is_cut = 0;
        } else if (!lines->is_cut) {
            /* A log line is one line of visible letters, whatever a child writes. */
            lines->line[lines->n++] = (char)(b >= 0x20 && b < 0x7f ? b : '?');
            lines->is_cut = lines->n == YQ_PIPE_LINE_MAX;
        }
    }
    lines->bytes += bytes.n;
    return lines->bytes <= YQ_PIPE_ERRORS_MAX;
}

void yq_pipe_lines_end(yq_pipe_lines *lines, const yq_adapter_host *host)
{
    char text[80];
    if (lines->dropped > 0) {
        (void)snprintf(text, sizeof text, "child: %zu more lines are not shown", lines->dropped);
        host->log(host->self, YQ_LOG_WARN, text);
    }
}
