#include "adapters/pipe/wire.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHILD       YQ_BINARY_DIR "/tests/yq-pipe-child"
#define DEADLINE_MS 400u

static uint8_t room[1u << 20];
static size_t used, lines;
static char logged[8192];
static int stopping;

static void *lend(void *self, size_t size)
{
    (void)self;
    const size_t rounded = (size + 15u) & ~(size_t)15u;
    if (rounded > sizeof room - used) {
        return NULL;
    }
    used += rounded;
    return memset(room + used - rounded, 0, rounded);
}

static void note(void *self, int level, const char *text)
{
    const size_t n = strlen(logged);
    (void)self;
    (void)level;
    lines++;
    (void)snprintf(logged + n, sizeof logged - n, "%s\n", text);
}

static int is_stopping(void *self)
{
    (void)self;
    return stopping;
}

static const yq_adapter_host host = {
    .size = sizeof host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .abi_minor = YQ_ADAPTER_ABI_MINOR,
    .alloc = lend,
    .log = note,
    .stopping = is_stopping};

static yq_status open_child(void **session, const char *mode, const char *file, yq_fault *why)
{
    const yq_option option[] = {
        {"framework", "attested"},
        {"arg.0", CHILD},
        {"arg.1", mode},
        {"arg.2", file},
        {"env.EXTRA", "given"}};
    const yq_adapter_config config = {
        .chain = "city-a", .options = option, .option_n = YQ_ARRAY_N(option)};
    used = 0;
    return yq_adapter_v1()->open(&host, &config, session, why);
}

static void *opened(const char *mode, const char *file)
{
    void *session = NULL;
    yq_fault why = {0};
    cr_assert_eq(open_child(&session, mode, file, &why), YQ_OK, "%s: %s", mode, why.text);
    return session;
}

static yq_status latest(void *session, uint64_t *height, yq_fault *why)
{
    used = 0;
    return yq_adapter_v1()->latest(session, DEADLINE_MS, height, why);
}

static void sleep_ms(long ms)
{
    const struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&wait, NULL);
}

/* A bad child: its code, what is said about it, and that it runs no more. */
static void fails_with(const char *mode, yq_status code, const char *advice)
{
    void *session = opened(mode, "");
    uint64_t height;
    yq_fault why = {0};
    cr_expect_eq(latest(session, &height, &why), code, "%s: %d %s", mode, why.status, why.text);
    cr_expect(strstr(why.text, advice) != NULL, "%s: %s", mode, why.text);
    cr_expect_eq(latest(session, &height, &why), YQ_E_UNAVAILABLE, "%s", mode);
    cr_expect(strstr(why.text, "begun anew in") != NULL, "%s: %s", mode, why.text);
    yq_adapter_v1()->close(session);
}

Test(children, a_good_one_is_asked_again_and_again)
{
    void *session = opened("good", "");
    uint64_t height = 0;
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(latest(session, &height, NULL), YQ_OK);
        cr_expect_eq(height, 42);
    }
    yq_adapter_v1()->close(session);
}

Test(children, death_is_unavailable)
{
    fails_with("dies", YQ_E_UNAVAILABLE, "exit status 3: see its lines in the log");
    cr_expect(strstr(logged, "child: the last words\n") != NULL, "%s", logged);
}

Test(children, a_stall_is_a_timeout)
{
    fails_with("stalls", YQ_E_TIMEOUT, "answer within deadline_ms");
}

Test(children, a_flood_is_a_limit_and_few_lines)
{
    fails_with("flood", YQ_E_LIMIT, "log less");
    cr_expect_eq(lines, 65, "%zu", lines);
    cr_expect(strstr(logged, "more lines are not shown") != NULL);
}

Test(children, bytes_that_answer_nothing)
{
    void *session = opened("unasked", "");
    uint64_t height;
    yq_fault why = {0};
    sleep_ms(100);
    cr_expect_eq(latest(session, &height, &why), YQ_E_PEER);
    cr_expect(strstr(why.text, "log to standard error") != NULL, "%s", why.text);
    yq_adapter_v1()->close(session);
}

Test(children, garbage_is_refused_by_the_decoder)
{
    fails_with("garbage", YQ_E_TYPE, "a bad reply: E_TYPE at byte 0");
    fails_with("wrong-type", YQ_E_TYPE, "a bad reply: E_TYPE at byte 0");
    fails_with("wrong-result", YQ_E_PEER, "code: not an error of docs/errors.md");
}

Test(children, an_answer_to_another_request)
{
    fails_with("wrong-id", YQ_E_PEER, "answer each once, in order");
}

Test(children, frames_that_are_bad)
{
    fails_with("truncated", YQ_E_TRUNCATED, "ended within a reply: exit status 4");
    fails_with("oversized", YQ_E_LIMIT, "above 32 MiB: give less");
    fails_with("empty", YQ_E_LEN, "empty");
}

Test(children, another_version_is_not_opened)
{
    void *session;
    yq_fault why = {0};
    cr_expect_eq(open_child(&session, "version", "", &why), YQ_E_VERSION);
    cr_expect(strstr(why.text, "protocol") != NULL, "%s", why.text);
    cr_expect_null(session);
}

Test(children, an_older_one_is_not_asked_to_step)
{
    void *session = opened("old", "");
    yq_slice reference;
    uint64_t height;
    yq_fault why = {0};
    cr_expect_eq(
        yq_adapter_v1()->step(session, yq_slice_text("set"), DEADLINE_MS, &reference, &why),
        YQ_E_UNSUPPORTED);
    cr_expect_eq(latest(session, &height, &why), YQ_OK);
    yq_adapter_v1()->close(session);
}

static const char *scratch(void)
{
    static char path[] = "/tmp/yq-pipe-XXXXXX";
    const int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    (void)close(fd);
    (void)unlink(path);
    return path;
}

Test(children, a_dead_one_is_started_anew_after_a_wait)
{
    const char *path = scratch();
    void *session = opened("once", path);
    uint64_t height = 0;
    yq_fault why = {0};
    cr_expect_eq(latest(session, &height, &why), YQ_E_UNAVAILABLE);
    cr_expect(strstr(why.text, "signal 9") != NULL, "%s", why.text);
    cr_expect_eq(latest(session, &height, &why), YQ_E_UNAVAILABLE);
    sleep_ms(400);
    cr_expect_eq(latest(session, &height, &why), YQ_OK, "%s", why.text);
    cr_expect_eq(height, 42);
    (void)unlink(path);
    yq_adapter_v1()->close(session);
}

static uint64_t counter_of(void *session, const char *key)
{
    const yq_option *counter;
    size_t n;
    used = 0;
    cr_assert_eq(yq_adapter_v1()->counters(session, &counter, &n), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(counter[i].key, key) == 0) {
            return strtoull(counter[i].value, NULL, 10);
        }
    }
    cr_assert_fail("no counter %s", key);
    return 0;
}

/* Without a wait that grows there would be one start each 250 ms. */
Test(children, the_wait_grows)
{
    void *session = opened("dies", "");
    uint64_t height;
    for (int i = 0; i < 150; i++) {
        (void)!latest(session, &height, NULL);
        sleep_ms(10);
    }
    const uint64_t starts = counter_of(session, "child_starts");
    cr_expect(starts >= 2 && starts <= 4, "%d", (int)starts);
    yq_adapter_v1()->close(session);
}

static int is_running(int pid)
{
    char path[64], state = 'X';
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "rb");
    if (f != NULL) {
        if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1) {
            state = 'X';
        }
        (void)fclose(f);
    }
    return state != 'X' && state != 'Z';
}

Test(children, its_group_dies_with_it)
{
    const char *path = scratch();
    void *session = opened("grandchild", path);
    uint64_t height;
    int pid = 0;
    cr_expect_eq(latest(session, &height, NULL), YQ_E_TIMEOUT);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f);
    cr_assert_eq(fscanf(f, "%d", &pid), 1);
    (void)fclose(f);
    (void)unlink(path);
    for (int i = 0; i < 100 && is_running(pid); i++) {
        sleep_ms(10);
    }
    const int running = is_running(pid);
    if (running) {
        (void)kill(pid, SIGKILL);
    }
    cr_expect(!running);
    yq_adapter_v1()->close(session);
}

Test(children, nothing_of_the_host_reaches_it)
{
    (void)setenv("SECRET", "of the host", 1);
    const int fd = dup(2); /* one that is not closed at exec */
    void *session = opened("environment", "");
    uint64_t height;
    yq_fault why = {0};
    cr_expect_eq(latest(session, &height, &why), YQ_E_NOT_FOUND);
    cr_expect_str_eq(
        why.text, "PATH=/usr/local/bin:/usr/bin:/bin;LANG=C.UTF-8;TZ=UTC;EXTRA=given;");
    yq_adapter_v1()->close(session);
    session = opened("files", "");
    cr_expect_eq(latest(session, &height, &why), YQ_OK);
    cr_expect_eq(height, 3);
    yq_adapter_v1()->close(session);
    (void)close(fd);
}

Test(children, a_host_that_stops_waits_no_longer)
{
    void *session = opened("stalls", "");
    uint64_t height;
    yq_fault why = {0};
    stopping = 1;
    cr_expect_eq(latest(session, &height, &why), YQ_E_TIMEOUT);
    cr_expect(strstr(why.text, "stopping") != NULL, "%s", why.text);
    yq_adapter_v1()->close(session);
}

Test(children, a_program_that_is_not_there)
{
    const yq_option option[] = {{"framework", "attested"}, {"arg.0", "/nowhere/at/all"}};
    const yq_adapter_config config = {.chain = "city-a", .options = option, .option_n = 2};
    void *session;
    yq_fault why = {0};
    cr_expect_eq(yq_adapter_v1()->open(&host, &config, &session, &why), YQ_E_UNAVAILABLE);
    cr_expect(strstr(why.text, "arg.0") != NULL, "%s", why.text);
}

Test(children, a_child_that_will_not_serve)
{
    void *session;
    yq_fault why = {0};
    cr_expect_eq(open_child(&session, "refuses", "", &why), YQ_E_CONFIG_INVALID);
    cr_expect_str_eq(why.text, "options.child.a: is needed");
}

Test(children, an_answer_before_the_request_is_read)
{
    static uint8_t delivery[800000];
    void *session = opened("hasty", "");
    yq_slice reference;
    yq_fault why = {0};
    used = 0;
    cr_expect_eq(
        yq_adapter_v1()->submit(session, YQ_SLICE_OF(delivery), DEADLINE_MS, &reference, &why),
        YQ_E_PEER);
    cr_expect(strstr(why.text, "answer no request") != NULL, "%s", why.text);
    yq_adapter_v1()->close(session);
}

/* Also by a host that stops. */
Test(children, are_asked_to_close)
{
    const char *path = scratch();
    void *session = opened("closes", path);
    stopping = 1;
    yq_adapter_v1()->close(session);
    cr_expect_eq(access(path, F_OK), 0);
    (void)unlink(path);
}
