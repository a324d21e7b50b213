#ifndef YQ_CONFORMANCE_CHAINS_COMMON_TEST_PROGRAM_H
#define YQ_CONFORMANCE_CHAINS_COMMON_TEST_PROGRAM_H

/* For tests: the program yuqiao-mockchain in a process of its own. Link libcurl. */
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/json.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_WAIT_MS   10000u
#define TEST_PROGRAM   YQ_BINARY_DIR "/bin/yuqiao-mockchain"
#define TEST_REPLY_MAX (16u << 20)

typedef struct test_program {
    pid_t pid;
    char ports_file[512];
    char endpoint[128], control[128];
    char *reply;
    size_t reply_n;
} test_program;

static inline void test_sleep_ms(unsigned ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

/* The document of the ports file, NULL while it is not there. */
static inline yq_json *test_program_ports(const test_program *p)
{
    char text[1024];
    FILE *file = fopen(p->ports_file, "rb");
    if (file == NULL) {
        return NULL;
    }
    size_t n = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    return yq_json_parse(yq_slice_of(text, n), sizeof text, NULL);
}

static inline void test_program_url(const yq_json *value, char *out, size_t cap)
{
    yq_slice text;
    YQ_ASSERT(yq_json_text(value, &text) && text.n < cap);
    memcpy(out, text.p, text.n);
    out[text.n] = '\0';
}

/* Starts it with more options, NULL at their end, and waits until it listens. */
static inline void test_program_start(test_program *p, const char *const *option)
{
    const char *argv[32] = {TEST_PROGRAM, "--ports-file", p->ports_file};
    size_t n = 3;
    (void)snprintf(
        p->ports_file, sizeof p->ports_file, YQ_BINARY_DIR "/tests/mock-ports.%ld", (long)getpid());
    (void)unlink(p->ports_file);
    for (; *option != NULL && n + 1 < YQ_ARRAY_N(argv); option++) {
        argv[n++] = *option;
    }
    char *args[32] = {0};
    for (size_t i = 0; i < n; i++) {
        args[i] = strdup(argv[i]);
    }
    p->pid = fork();
    YQ_ASSERT(p->pid >= 0);
    if (p->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no process behind */
        (void)execv(TEST_PROGRAM, args);
        _exit(127);
    }
    for (size_t i = 0; i < n; i++) {
        free(args[i]);
    }
    yq_json *ports = NULL;
    for (unsigned ms = 0; ms < TEST_WAIT_MS && ports == NULL; ms += 10) {
        test_sleep_ms(10);
        ports = test_program_ports(p);
    }
    YQ_ASSERT(ports != NULL);
    const yq_json *root = yq_json_root(ports);
    test_program_url(yq_json_at(yq_json_get(root, "endpoints"), 0), p->endpoint, 128);
    test_program_url(yq_json_get(root, "control"), p->control, 128);
    yq_json_free(ports);
    p->reply = malloc(TEST_REPLY_MAX);
    YQ_ASSERT(p->reply != NULL);
}

static inline size_t test_program_take(char *data, size_t size, size_t n, void *self)
{
    test_program *p = self;
    if (size * n > TEST_REPLY_MAX - p->reply_n) {
        return 0;
    }
    memcpy(p->reply + p->reply_n, data, size * n);
    p->reply_n += size * n;
    return size * n;
}

/* Posts a text. Out: the HTTP code. Returns the reply, NULL when it is no JSON; free it. */
static inline yq_json *test_program_post(
    test_program *p, const char *url, const char *text, long *code)
{
    CURL *curl = curl_easy_init();
    YQ_ASSERT(curl != NULL);
    p->reply_n = 0;
    YQ_ASSERT(
        curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TEST_WAIT_MS) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, test_program_take) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, p) == CURLE_OK);
    YQ_ASSERT(curl_easy_perform(curl) == CURLE_OK);
    YQ_ASSERT(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, code) == CURLE_OK);
    curl_easy_cleanup(curl);
    return yq_json_parse(yq_slice_of(p->reply, p->reply_n), TEST_REPLY_MAX, NULL);
}

/* A control command that has to succeed; free the reply. */
static inline yq_json *test_program_control(test_program *p, const char *text)
{
    long code = 0;
    yq_json *reply = test_program_post(p, p->control, text, &code);
    YQ_ASSERT(reply != NULL && code == 200);
    return reply;
}

static inline uint64_t test_program_number(test_program *p, const char *command, const char *key)
{
    uint64_t value = UINT64_MAX;
    yq_json *reply = test_program_control(p, command);
    YQ_ASSERT(yq_json_uint(yq_json_get(yq_json_root(reply), key), &value));
    yq_json_free(reply);
    return value;
}

/* Waits until a number that the status tells is that one. */
static inline void test_program_wait(test_program *p, const char *key, uint64_t value)
{
    for (unsigned ms = 0; ms < TEST_WAIT_MS; ms += 20) {
        if (test_program_number(p, "{\"do\":\"status\"}", key) == value) {
            return;
        }
        test_sleep_ms(20);
    }
    YQ_ASSERT(!"the chain stands still");
}

/* Stops it as an operator does. Returns its exit code, -1 when it had to be killed. */
static inline int test_program_stop(test_program *p)
{
    int status = 0;
    (void)kill(p->pid, SIGTERM);
    for (unsigned ms = 0; ms < TEST_WAIT_MS; ms += 10) {
        if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
            free(p->reply);
            (void)unlink(p->ports_file);
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        test_sleep_ms(10);
    }
    (void)kill(p->pid, SIGKILL);
    (void)waitpid(p->pid, &status, 0);
    free(p->reply);
    return -1;
}

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_TEST_PROGRAM_H */
