#include "relay/node/main_kit.h"

#include "relay/base/bytes.h"
#include "relay/base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *kit_program;
char kit_dir[64];
uid_t kit_uid;
process node[PROCESSES];

void kit_begin(unsigned seconds)
{
    alarm(seconds);
    (void)signal(SIGPIPE, SIG_IGN);
    yq_log_configure(YQ_LOG_ERROR, 0);
    (void)snprintf(kit_dir, sizeof kit_dir, "/tmp/yq-e2e-XXXXXX");
    CHECK(mkdtemp(kit_dir) != NULL);
}

void kit_end(void)
{
    stop_all(SIGKILL);
    remove_all(kit_dir);
}

uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void print_tail(unsigned i)
{
    char line[512];
    (void)fprintf(stderr, "--- log of process %u\n", i);
    FILE *f = fopen(node[i].log, "r");
    if (f != NULL && fseek(f, -2500, SEEK_END) != 0) {
        rewind(f);
    }
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        (void)fputs(line, stderr);
    }
    if (f != NULL) {
        (void)fclose(f);
    }
}

void check(int ok, const char *file, const char *text, int line)
{
    if (ok) {
        return;
    }
    const char *name = strrchr(file, '/');
    (void)fprintf(stderr, "%s:%d: %s\n", name == NULL ? file : name + 1, line, text);
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (node[i].log[0] != '\0') {
            print_tail(i);
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (node[i].pid > 0) {
            (void)kill(node[i].pid, SIGKILL);
        }
    }
    exit(1);
}

/* ---- files ---------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    return remove(path);
}

void remove_all(const char *path)
{
    CHECK(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

void copy_all(const char *from, const char *to)
{
    char log[PATH_SIZE];
    (void)snprintf(log, sizeof log, "%s/copy.log", kit_dir);
    const char *argv[] = {"/bin/cp", "-a", from, to, NULL};
    CHECK(end_of(run_process(log, NULL, argv), 20000) == 0);
}

size_t read_file(const char *path, char *room, size_t cap)
{
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(room, 1, cap - 1, f);
    room[n] = '\0';
    if (f != NULL) {
        (void)fclose(f);
    }
    return n;
}

void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* ---- processes ------------------------------------------------------------------------------ */

static _Noreturn void be_process(const char *log, const char *env, const char *const *argv)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no node outlives the test */
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    int none = open("/dev/null", O_RDONLY);
    if (fd < 0 || none < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || dup2(none, 0) < 0) {
        _exit(99);
    }
    if (kit_uid != 0 && (setgid((gid_t)kit_uid) != 0 || setuid(kit_uid) != 0)) {
        _exit(97);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a new user clears it */
    char *copy[16] = {NULL}, text[256];
    for (unsigned i = 0; argv[i] != NULL && i + 1 < YQ_ARRAY_N(copy); i++) {
        copy[i] = strdup(argv[i]);
    }
    if (env != NULL) {
        (void)snprintf(text, sizeof text, "%s", env);
        (void)putenv(text);
    }
    if (copy[0] != NULL) {
        (void)execv(copy[0], copy);
    }
    _exit(98);
}

pid_t run_process(const char *log, const char *env, const char *const *argv)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        be_process(log, env, argv);
    }
    return pid;
}

static int code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int end_of(pid_t pid, uint64_t limit_ms)
{
    int status = 0;
    uint64_t end = now_ms() + limit_ms;
    do {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return code_of(status);
        }
        (void)usleep(5000);
    } while (now_ms() < end);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
    return -1;
}

int has_ended(unsigned i, int *code)
{
    int status = 0;
    if (node[i].pid == 0 || waitpid(node[i].pid, &status, WNOHANG) != node[i].pid) {
        return 0;
    }
    node[i].pid = 0;
    *code = code_of(status);
    return 1;
}

int try_start(unsigned i, const char *fault, int *code)
{
    char path[PATH_SIZE + 32], env[200];
    (void)snprintf(path, sizeof path, "%s/run/ports.json", node[i].home);
    (void)unlink(path);
    (void)snprintf(env, sizeof env, "YQ_FAULT=%s", fault == NULL ? "" : fault);
    const char *argv[] = {kit_program, "--home", node[i].home, NULL};
    node[i].pid = run_process(node[i].log, fault == NULL ? NULL : env, argv);
    uint64_t end = now_ms() + 30000;
    while (access(path, F_OK) != 0) {
        if (has_ended(i, code)) {
            return 0;
        }
        CHECK(now_ms() < end);
        (void)usleep(5000);
    }
    return 1;
}

void start_node(unsigned i)
{
    int code;
    CHECK(try_start(i, NULL, &code));
}

void stop_node(unsigned i, int signal_number)
{
    CHECK(node[i].pid > 0);
    (void)kill(node[i].pid, signal_number);
    int code = end_of(node[i].pid, 15000);
    node[i].pid = 0;
    CHECK(code == (signal_number == SIGTERM ? 0 : 128 + signal_number));
}

void stop_all(int signal_number)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (node[i].pid > 0) {
            (void)kill(node[i].pid, signal_number);
        }
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (node[i].pid > 0) {
            int code = end_of(node[i].pid, 15000);
            node[i].pid = 0;
            CHECK(code == (signal_number == SIGTERM ? 0 : 128 + signal_number));
        }
    }
}

int run_once(unsigned i, const char *option, const char *fault, char *out, size_t cap)
{
    char log[PATH_SIZE], env[200];
    (void)snprintf(log, sizeof log, "%s/once.log", kit_dir);
    (void)unlink(log);
    (void)snprintf(env, sizeof env, "YQ_FAULT=%s", fault == NULL ? "" : fault);
    const char *argv[] = {kit_program, "--home", node[i].home, option, NULL};
    int code = end_of(run_process(log, fault == NULL ? NULL : env, argv), 15000);
    read_file(log, out, cap);
    return code;
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

static int exchange(unsigned i, unsigned port, yq_slice head, yq_slice body, yq_buf *out)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    to.sin_port = htons((uint16_t)(base_port + 10 * i + port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {10, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    out->n = 0;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        write(fd, head.p, head.n) == (ssize_t)head.n &&
        (body.n == 0 || write(fd, body.p, body.n) == (ssize_t)body.n)) {
        ssize_t got;
        while (out->n < out->cap - 1 &&
               (got = read(fd, out->p + out->n, out->cap - 1 - out->n)) > 0) {
            out->n += (size_t)got;
        }
    }
    (void)close(fd);
    out->p[out->n] = '\0';
    return out->n > 0;
}

int http_get(unsigned i, unsigned port, const char *path, char *room, size_t cap)
{
    char head[512];
    yq_buf out = {(uint8_t *)room, cap, 0};
    (void)snprintf(head, sizeof head, "GET %s HTTP/1.0\r\n\r\n", path);
    return exchange(i, port, yq_slice_text(head), (yq_slice){0}, &out);
}

int http_post(unsigned i, const char *path, yq_slice body, char *room, size_t cap)
{
    char head[512];
    yq_buf out = {(uint8_t *)room, cap, 0};
    (void)snprintf(
        head,
        sizeof head,
        "POST %s HTTP/1.0\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
        path,
        body.n);
    return exchange(i, 2, yq_slice_text(head), body, &out);
}

uint64_t metric(unsigned i, const char *name)
{
    static char room[HTTP_SIZE];
    char line[80];
    if (node[i].pid == 0) {
        return 0;
    }
    (void)snprintf(line, sizeof line, "\nyuqiao_%s ", name);
    const char *at = http_get(i, 3, "/metrics", room, sizeof room) ? strstr(room, line) : NULL;
    return at == NULL ? 0 : strtoull(at + strlen(line), NULL, 10);
}

int json_field(const char *json, const char *name, char *out, size_t cap)
{
    char key[80];
    (void)snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(json, key);
    if (at == NULL) {
        return 0;
    }
    at += strlen(key);
    at += strspn(at, " ");
    size_t n = *at == '"' ? strcspn(at + 1, "\"") : strcspn(at, ",}\r\n ");
    at += *at == '"';
    (void)snprintf(out, cap, "%.*s", (int)n, at);
    return 1;
}

int block_of(unsigned i, uint64_t height, char *out, size_t cap)
{
    static char room[HTTP_SIZE];
    char path[64], field[3][80];
    (void)snprintf(path, sizeof path, "/api/v1/blocks/%" PRIu64, height);
    if (node[i].pid == 0 || !http_get(i, 2, path, room, sizeof room) ||
        strstr(room, " 200 ") == NULL) {
        return 0;
    }
    CHECK(json_field(room, "hash", field[0], 80) && json_field(room, "result_root", field[1], 80));
    CHECK(json_field(room, "state_root", field[2], 80));
    (void)snprintf(out, cap, "%s %s %s", field[0], field[1], field[2]);
    return 1;
}
