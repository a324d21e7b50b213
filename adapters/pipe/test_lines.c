#include "adapters/pipe/child.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char last[1024];
static size_t lines;

static void note(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    lines++;
    (void)snprintf(last, sizeof last, "%s", text);
}

static const yq_adapter_host host = {.size = sizeof host, .log = note};

Test(lines, come_whole_and_visible)
{
    yq_pipe_lines l = {.n = 0};
    cr_expect(yq_pipe_lines_take(&l, &host, yq_slice_text("half")));
    cr_expect_eq(lines, 0);
    cr_expect(yq_pipe_lines_take(&l, &host, yq_slice_text(" a\033[1mline\r\n\n\nrest")));
    cr_expect_eq(lines, 1);
    cr_expect_str_eq(last, "child: half a?[1mline?");
}

Test(lines, long_ones_are_cut)
{
    char text[YQ_PIPE_LINE_MAX + 200];
    yq_pipe_lines l = {.n = 0};
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\n';
    cr_expect(yq_pipe_lines_take(&l, &host, yq_slice_of(text, sizeof text)));
    cr_expect_eq(lines, 1);
    cr_expect_eq(strlen(last), strlen("child: ") + YQ_PIPE_LINE_MAX);
    cr_expect(yq_pipe_lines_take(&l, &host, yq_slice_text("next\n")));
    cr_expect_str_eq(last, "child: next");
}
