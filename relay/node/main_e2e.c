/*
 * Four real nodes on loopback: envelopes come in over a peer link, one node is killed with -9 under
 * traffic and comes back, all end in the same state; and a node whose log or guard was lost does
 * not vote again. usage: e2e.yq_node YUQIAOD
 */
#include "relay/base/log.h"
#include "relay/ledger/envelope.h"
#include "relay/ledger/genesis.h"
#include "relay/net/net.h"
#include "relay/node/testnet.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NODES      4
#define OBSERVER   4 /* a fifth process, without a vote */
#define PROCESSES  5
#define PATH_SIZE  512
#define HTTP_SIZE  (64u << 10)
#define WAIT_MS    UINT64_C(30000)
#define EVERY_MS   40
#define SENT_FIRST 40u

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

typedef struct process {
    pid_t pid;
    char home[PATH_SIZE], log[PATH_SIZE];
} process;

static const char *program;
static char dir[64];
static process node[PROCESSES];
static uint16_t base_port;
static struct event_base *loop;
static yq_net *net;
static yq_key *probe_key, *observer_key, *admin;
static yq_digest chain_id_hash, node_id[NODES];
static uint8_t node_key[NODES][64];
static uint64_t seq;

static void stop_all(int how)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        if (node[i].pid > 0) {
            kill(node[i].pid, how);
        }
    }
}

static void check(int ok, const char *text, int line)
{
    if (ok) {
        return;
    }
    (void)fprintf(stderr, "main_e2e.c:%d: %s\n", line, text);
    for (unsigned i = 0; i < PROCESSES; i++) {
        (void)fprintf(stderr, "--- log of node %u\n", i);
        FILE *f = fopen(node[i].log, "r");
        char text_line[512];
        if (f != NULL && fseek(f, -2500, SEEK_END) != 0) {
            rewind(f);
        }
        while (f != NULL && fgets(text_line, sizeof text_line, f) != NULL) {
            (void)fputs(text_line, stderr);
        }
        if (f != NULL) {
            (void)fclose(f);
        }
    }
    stop_all(SIGKILL);
    exit(1);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- files and processes -------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    return remove(path);
}

static size_t read_file(const char *path, char *room, size_t cap)
{
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(room, 1, cap - 1, f);
    room[n] = '\0';
    if (f != NULL) {
        (void)fclose(f);
    }
    return n;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static pid_t start_process(const char *log, const char *home, const char *option)
{
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no node outlives the test */
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
        int none = open("/dev/null", O_RDONLY);
        if (fd < 0 || none < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || dup2(none, 0) < 0) {
            _exit(99);
        }
        execl(program, program, "--home", home, option, (char *)NULL);
        _exit(98);
    }
    return pid;
}

/* Waits at most ten seconds. Returns the exit code, 128 + signal when it was killed. */
static int end_of(pid_t pid)
{
    int status = 0;
    for (unsigned i = 0; i < 1000; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        usleep(10000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -1;
}

static void start_node(unsigned i)
{
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/run/ports.json", node[i].home);
    unlink(path);
    node[i].pid = start_process(node[i].log, node[i].home, NULL);
    uint64_t end = now_ms() + 20000;
    while (access(path, F_OK) != 0) {
        CHECK(now_ms() < end && waitpid(node[i].pid, NULL, WNOHANG) == 0);
        usleep(20000);
    }
}

/* Runs yuqiaod with an option on a home that no node uses. Out: what it printed. */
static int run_once(unsigned i, const char *option, char *out, size_t cap)
{
    char log[PATH_SIZE];
    (void)snprintf(log, sizeof log, "%s/once.log", dir);
    unlink(log);
    int code = end_of(start_process(log, node[i].home, option));
    read_file(log, out, cap);
    return code;
}

/* ---- metrics -------------------------------------------------------------------------------- */

static int get_metrics(unsigned i, char *room)
{
    static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
    struct sockaddr_in to = {.sin_family = AF_INET};
    to.sin_port = htons((uint16_t)(base_port + 10 * i + 3));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    size_t n = 0;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
        write(fd, request, sizeof request - 1) == (ssize_t)sizeof request - 1) {
        ssize_t got;
        while (n < HTTP_SIZE - 1 && (got = read(fd, room + n, HTTP_SIZE - 1 - n)) > 0) {
            n += (size_t)got;
        }
    }
    close(fd);
    room[n] = '\0';
    return n > 0;
}

/* A node's metric, 0 where it does not answer. */
static uint64_t metric(unsigned i, const char *name)
{
    static char room[HTTP_SIZE];
    char line[80];
    (void)snprintf(line, sizeof line, "\nyuqiao_%s ", name);
    const char *at = get_metrics(i, room) ? strstr(room, line) : NULL;
    return at == NULL ? 0 : strtoull(at + strlen(line), NULL, 10);
}

/* ---- the probe: a peer that is no validator and brings envelopes ----------------------------- */

static int admit(void *self, const yq_digest *id, uint8_t *key)
{
    (void)self;
    for (unsigned i = 0; i < NODES; i++) {
        if (memcmp(node_id[i].b, id->b, YQ_DIGEST_SIZE) == 0) {
            memcpy(key, node_key[i], 64);
            return 1;
        }
    }
    return 0;
}

static void on_link(void *self, uint32_t peer, const yq_digest *id)
{
    (void)self;
    (void)peer;
    (void)id;
}

static yq_status on_frame(void *self, uint32_t peer, yq_frame_type type, yq_slice body)
{
    (void)self;
    (void)peer;
    (void)type;
    (void)body;
    return YQ_OK;
}

static void stop_loop(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(arg);
}

static void run_ms(int ms)
{
    struct timeval t = {0, ms * 1000L};
    event_base_once(loop, -1, EV_TIMEOUT, stop_loop, loop, &t);
    event_base_dispatch(loop);
}

/* Sends one envelope to the first linked node of a list. */
static void send_envelope(unsigned to)
{
    static const uint8_t unknown_method[] = {0x7f, 0xff, 0, 1, 0x80};
    uint8_t room[1024];
    yq_slice tx[3];
    for (unsigned i = 0; i < 3; i++) {
        tx[i] = YQ_SLICE_OF(unknown_method); /* executes to a code; its envelope is spent */
    }
    seq++;
    yq_envelope_plan plan = {
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .key = admin,
        .chain_id_hash = chain_id_hash,
        .seq = seq,
        .valid_until_ms = now_ms() + 600000,
    };
    yq_buf out = {room, sizeof room, 0};
    CHECK(yq_envelope_build(&plan, tx, 3, &out, NULL) == YQ_OK);
    uint32_t peer;
    CHECK(yq_net_find(net, &node_id[to], &peer));
    CHECK(yq_net_send(net, peer, YQ_FRAME_ENVELOPE, (yq_slice){out.p, out.n}) == YQ_OK);
}

/* Sends on while condition is not true, at most WAIT_MS. */
#define SEND_UNTIL(condition)                                                                      \
    do {                                                                                           \
        uint64_t end = now_ms() + WAIT_MS;                                                         \
        while (!(condition)) {                                                                     \
            CHECK(now_ms() < end && #condition[0] != '\0');                                        \
            send_envelope((unsigned)seq % 2);                                                      \
            run_ms(EVERY_MS);                                                                      \
        }                                                                                          \
    } while (0)

#define WAIT_UNTIL(condition)                                                                      \
    do {                                                                                           \
        uint64_t end = now_ms() + WAIT_MS;                                                         \
        while (!(condition)) {                                                                     \
            CHECK(now_ms() < end && #condition[0] != '\0');                                        \
            run_ms(EVERY_MS);                                                                      \
        }                                                                                          \
    } while (0)

static int all_at_least(const char *name, uint64_t value, unsigned but)
{
    for (unsigned i = 0; i < NODES; i++) {
        if (i != but && metric(i, name) < value) {
            return 0;
        }
    }
    return 1;
}

static int all_equal(const char *name)
{
    uint64_t first = metric(0, name);
    for (unsigned i = 1; i < PROCESSES; i++) {
        if (metric(i, name) != first) {
            return 0;
        }
    }
    return first > 0;
}

/* ---- the network ---------------------------------------------------------------------------- */

static void find_ports(void)
{
    /* Below the range from which the system takes the ports of outgoing connections. */
    unsigned first = (unsigned)getpid() % 200;
    for (unsigned i = 0; i < 200; i++) {
        unsigned port = 20000 + (first + i) % 200 * 10 * PROCESSES;
        unsigned free_n = 0;
        for (unsigned k = 0; k < 10 * PROCESSES; k++) {
            struct sockaddr_in at = {
                .sin_family = AF_INET, .sin_port = htons((uint16_t)(port + k))};
            at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            free_n += fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 ? 1u : 0u;
            close(fd);
        }
        if (free_n == 10 * PROCESSES) {
            base_port = (uint16_t)port;
            return;
        }
    }
    CHECK(base_port != 0);
}

/* Names who is no validator in a node's configuration. */
static void add_peer(unsigned i, const char *name, const yq_key *key)
{
    static char text[64u << 10], out[65u << 10];
    char path[PATH_SIZE + 32], hex[129];
    (void)snprintf(path, sizeof path, "%s/config.yaml", node[i].home);
    CHECK(read_file(path, text, sizeof text) > 0);
    char *at = strstr(text, "  nodes:\n");
    CHECK(at != NULL);
    at += strlen("  nodes:\n");
    yq_hex_encode(hex, sizeof hex, yq_key_public(key).p, 64);
    (void)snprintf(
        out,
        sizeof out,
        "%.*s    - name: %s\n      key: %s\n%s",
        (int)(at - text),
        text,
        name,
        hex,
        at);
    write_file(path, out);
}

static void read_keys(void)
{
    static char room[YQ_GENESIS_SIZE_MAX];
    static yq_genesis genesis;
    char path[PATH_SIZE];
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/net/node0/genesis.bin", dir);
    size_t n = read_file(path, room, sizeof room);
    CHECK(yq_genesis_decode(yq_slice_of(room, n), &genesis, &why) == YQ_OK);
    yq_genesis_chain_hash(&genesis, yq_slice_of(room, n), &chain_id_hash);
    for (unsigned i = 0; i < NODES; i++) {
        yq_key *key;
        (void)snprintf(path, sizeof path, "%s/net/node%u/keys/validator.pem", dir, i);
        CHECK(yq_key_read(path, NULL, &key, &why) == YQ_OK);
        memcpy(node_key[i], yq_key_public(key).p, 64);
        yq_signer_id(YQ_SUITE_SM2, yq_key_public(key), &node_id[i]);
        yq_key_free(key);
    }
    (void)snprintf(path, sizeof path, "%s/net/admin/org0.pem", dir);
    CHECK(yq_key_read(path, NULL, &admin, &why) == YQ_OK);
}

/* An observer that knows two of the nodes; everything else is as for a validator. */
static void make_observer(void)
{
    static char genesis[YQ_GENESIS_SIZE_MAX];
    char path[PATH_SIZE + 32], text[2048], hex[2][129];
    yq_fault why = {0};
    (void)snprintf(node[OBSERVER].home, PATH_SIZE, "%s/net/observer", dir);
    (void)snprintf(node[OBSERVER].log, PATH_SIZE, "%s/observer.log", dir);
    (void)snprintf(path, sizeof path, "%s/keys", node[OBSERVER].home);
    CHECK(mkdir(node[OBSERVER].home, 0755) == 0 && mkdir(path, 0700) == 0);
    (void)snprintf(path, sizeof path, "%s/keys/node.pem", node[OBSERVER].home);
    CHECK(yq_key_write(observer_key, path, NULL, &why) == YQ_OK);
    (void)snprintf(path, sizeof path, "%s/genesis.bin", node[0].home);
    size_t n = read_file(path, genesis, sizeof genesis);
    (void)snprintf(path, sizeof path, "%s/genesis.bin", node[OBSERVER].home);
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(genesis, 1, n, f) == n && fclose(f) == 0);
    yq_hex_encode(hex[0], sizeof hex[0], node_key[0], 64);
    yq_hex_encode(hex[1], sizeof hex[1], node_key[1], 64);
    unsigned port = base_port + 10u * OBSERVER;
    (void)snprintf(
        text,
        sizeof text,
        "node: {role: observer, key: keys/node.pem}\n"
        "peers:\n  listen: 127.0.0.1:%u\n  nodes:\n"
        "    - {name: node0, key: %s, address: '127.0.0.1:%u'}\n"
        "    - {name: node1, key: %s, address: '127.0.0.1:%u'}\n"
        "api: {listen: '127.0.0.1:%u'}\nmetrics: {listen: '127.0.0.1:%u'}\n",
        port,
        hex[0],
        (unsigned)base_port,
        hex[1],
        base_port + 10u,
        port + 2,
        port + 3);
    (void)snprintf(path, sizeof path, "%s/config.yaml", node[OBSERVER].home);
    write_file(path, text);
}

static void make_network(void)
{
    char path[PATH_SIZE];
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/net", dir);
    find_ports();
    yq_testnet_plan plan = {path, "henan-main", NODES, base_port, now_ms()};
    CHECK(yq_testnet_init(&plan, &why) == YQ_OK);
    probe_key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    observer_key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    read_keys();
    for (unsigned i = 0; i < NODES; i++) {
        (void)snprintf(node[i].home, sizeof node[i].home, "%s/net/node%u", dir, i);
        (void)snprintf(node[i].log, sizeof node[i].log, "%s/node%u.log", dir, i);
        add_peer(i, "probe", probe_key);
        add_peer(i, "observer", observer_key);
    }
    make_observer();
}

static void link_probe(void)
{
    yq_fault why = {0};
    yq_net_config config = {
        .base = loop,
        .key = probe_key,
        .chain_id_hash = chain_id_hash,
        .ops = {NULL, admit, on_link, on_link, on_frame},
    };
    CHECK(yq_net_new(&net, &config, &why) == YQ_OK);
    yq_net_counters count = {0};
    for (unsigned i = 0; i < 2; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)base_port + 10 * i);
        CHECK(yq_net_add(net, &node_id[i], "node", address) == YQ_OK);
    }
    WAIT_UNTIL((yq_net_count(net, &count), count.linked == 2));
}

/* ---- what is tested ------------------------------------------------------------------------- */

static void test_blocks(void)
{
    for (unsigned i = 0; i < NODES; i++) {
        start_node(i);
    }
    WAIT_UNTIL(all_at_least("peers_linked", NODES - 1, NODES));
    link_probe();
    SEND_UNTIL(all_at_least("transactions_total", SENT_FIRST, NODES));
    CHECK(all_at_least("is_validator", 1, NODES));
    (void)printf("ok 1 blocks are final on four nodes\n");
    (void)fflush(stdout);
}

static void test_observer(void)
{
    start_node(OBSERVER);
    SEND_UNTIL(metric(OBSERVER, "height") > 0 && metric(OBSERVER, "peers_linked") == 2);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(OBSERVER, "height") > height);
    CHECK(metric(OBSERVER, "is_validator") == 0 && metric(OBSERVER, "sync_faults_total") == 0);
    (void)printf("ok 2 an observer follows\n");
    (void)fflush(stdout);
}

static void test_kill(void)
{
    uint64_t before = metric(0, "transactions_total");
    kill(node[3].pid, SIGKILL);
    CHECK(end_of(node[3].pid) == 128 + SIGKILL);
    node[3].pid = 0;
    SEND_UNTIL(all_at_least("transactions_total", before + 60, 3));
    (void)printf("ok 3 three of four go on\n");
    (void)fflush(stdout);
    start_node(3);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(3, "height") > height);
    WAIT_UNTIL(all_equal("height") && metric(0, "pool_envelopes") == 0);
    uint64_t sent = 3 * seq;
    CHECK(metric(0, "transactions_total") == sent);
    /* It takes part again: without another node there is no quorum without it. */
    kill(node[2].pid, SIGKILL);
    CHECK(end_of(node[2].pid) == 128 + SIGKILL);
    node[2].pid = 0;
    SEND_UNTIL(
        all_at_least("transactions_total", 1, 2) && metric(0, "transactions_total") > sent + 6);
    start_node(2);
    WAIT_UNTIL(all_equal("height") && metric(0, "pool_envelopes") == 0);
    for (unsigned i = 0; i < NODES; i++) {
        CHECK(metric(i, "halted") == 0 && metric(i, "evidence_total") == 0);
        CHECK(metric(i, "peer_faults_total") == 0);
    }
    (void)printf("ok 4 a killed node catches up and votes again\n");
    (void)fflush(stdout);
}

/* The line of --check that begins with name. */
static void line_of(const char *text, const char *name, char *out, size_t cap)
{
    const char *at = strstr(text, name);
    CHECK(at != NULL);
    (void)snprintf(out, cap, "%.*s", (int)strcspn(at, "\n"), at);
}

static void test_stop(void)
{
    static char text[8192];
    char first[4][128] = {{0}}, seen[128] = "";
    static const char *const names[] = {"height:", "hash:", "state_root:", "epoch:"};
    yq_net_free(net);
    stop_all(SIGTERM);
    for (unsigned i = 0; i < PROCESSES; i++) {
        CHECK(end_of(node[i].pid) == 0);
        node[i].pid = 0;
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        CHECK(run_once(i, "--check", text, sizeof text) == 0);
        for (unsigned k = 0; k < 4; k++) {
            line_of(text, names[k], i == 0 ? first[k] : seen, 128);
            CHECK(i == 0 || strcmp(first[k], seen) == 0);
        }
    }
    (void)printf("ok 5 SIGTERM stops cleanly; all state roots are equal\n");
    (void)fflush(stdout);
}

/* Overwrites some bytes in the middle of the oldest segment of a node's log. */
static void damage_log(unsigned i)
{
    static const uint8_t bad[16] = {0xff, 0xff, 0xff, 0xff, 0xff};
    char path[PATH_SIZE + 300], first[256] = "";
    (void)snprintf(path, sizeof path, "%s/wal", node[i].home);
    DIR *d = opendir(path);
    CHECK(d != NULL);
    struct dirent *entry;
    while ((entry = readdir(d)) != NULL) {
        if (entry->d_name[0] != '.' && (first[0] == '\0' || strcmp(entry->d_name, first) < 0) &&
            strstr(entry->d_name, "lock") == NULL) {
            (void)snprintf(first, sizeof first, "%s", entry->d_name);
        }
    }
    closedir(d);
    (void)snprintf(path, sizeof path, "%s/wal/%s", node[i].home, first);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, bad, sizeof bad, 4096) == (ssize_t)sizeof bad && close(fd) == 0);
}

static void test_guard(void)
{
    static char text[8192];
    char guard[PATH_SIZE], kept[PATH_SIZE];
    (void)snprintf(guard, sizeof guard, "%s/net/guard/node0", dir);
    (void)snprintf(kept, sizeof kept, "%s/net/guard/kept", dir);
    /* The guard is lost while the log has votes. */
    CHECK(rename(guard, kept) == 0 && mkdir(guard, 0700) == 0);
    CHECK(run_once(0, NULL, text, sizeof text) == 5);
    CHECK(strstr(text, "must not vote") != NULL && strstr(text, "observer") != NULL);
    CHECK(nftw(guard, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 && rename(kept, guard) == 0);
    CHECK(run_once(0, "--check", text, sizeof text) == 0);
    damage_log(0);
    CHECK(run_once(0, NULL, text, sizeof text) == 5);
    CHECK(strstr(text, "must not vote") != NULL);
    (void)printf("ok 6 a lost guard and a damaged log are refused\n");
    (void)fflush(stdout);
}

static void test_configuration(void)
{
    static char text[8192];
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/config.yaml", node[1].home);
    write_file(path, "node:\n  role: validator\n  keys: here\n");
    CHECK(run_once(1, NULL, text, sizeof text) == 2);
    CHECK(strstr(text, "config.yaml:3: keys") != NULL);
    unlink(path);
    CHECK(run_once(1, NULL, text, sizeof text) == 4);
    (void)printf("ok 7 a wrong configuration is named by line and key\n");
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: e2e.yq_node YUQIAOD\n");
        return 2;
    }
    program = argv[1];
    alarm(150);
    (void)signal(SIGPIPE, SIG_IGN);
    yq_log_configure(YQ_LOG_ERROR, 0);
    (void)snprintf(dir, sizeof dir, "/tmp/yq-e2e-XXXXXX");
    loop = event_base_new();
    CHECK(loop != NULL && mkdtemp(dir) != NULL);
    make_network();
    test_blocks();
    test_observer();
    test_kill();
    test_stop();
    test_guard();
    test_configuration();
    yq_key_free(admin);
    yq_key_free(probe_key);
    yq_key_free(observer_key);
    CHECK(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
    event_base_free(loop);
    (void)printf("1..7\n");
    return 0;
}
