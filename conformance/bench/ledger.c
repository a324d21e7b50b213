#include "conformance/bench/bench.h"
#include "relay/base/bytes.h"
#include "relay/base/log.h"
#include "relay/hub/hub.h"
#include "relay/hub/methods.h"
#include "relay/hub/tx.h"
#include "relay/ledger/envelope.h"
#include "relay/node/testnet.h"
#include "relay/sdk/api.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NODES_MAX   16u
#define FLIGHT      2u /* envelopes of each administrator on their way */
#define BATCH_MAX   256u
#define SAMPLES_MAX 100000u
#define PATH_SIZE   256u
#define PORTS       10u /* of a node */
#define START_S     30.0
#define FINAL_MS    30000u
#define STOP_S      10.0
#define LIMIT_S     300u /* of everything but the runs; the nodes end with this program */

typedef struct node {
    pid_t pid;
    char home[PATH_SIZE];
    yq_key *admin;
} node;

static char dir[] = "/tmp/yq-bench-XXXXXX";
static node nodes[NODES_MAX];
static unsigned nodes_n;
static int running; /* the directory is there */

/* What bench_need leaves behind when it stops the program. */
static void stop_nodes(void)
{
    for (unsigned i = 0; i < nodes_n; i++) {
        if (nodes[i].pid > 0) {
            (void)kill(nodes[i].pid, SIGTERM);
        }
    }
    double end = bench_now() + STOP_S;
    for (unsigned i = 0; i < nodes_n; i++) {
        while (nodes[i].pid > 0 && waitpid(nodes[i].pid, NULL, WNOHANG) == 0) {
            if (bench_now() > end) {
                (void)kill(nodes[i].pid, SIGKILL);
            }
            (void)usleep(10000);
        }
        nodes[i].pid = 0;
        yq_key_free(nodes[i].admin);
        nodes[i].admin = NULL;
    }
    if (running) {
        running = 0;
        bench_remove(dir);
    }
}

static int port_free(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int ok = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
    (void)close(fd);
    return ok;
}

/* Below the range from which the system takes the ports of outgoing connections. */
static uint16_t find_ports(unsigned count)
{
    unsigned tries = 10000 / count;
    for (unsigned i = 0; i < tries; i++) {
        unsigned base = 20000 + ((unsigned)getpid() + i) % tries * count, free_n = 0;
        while (free_n < count && port_free(base + free_n)) {
            free_n++;
        }
        if (free_n == count) {
            return (uint16_t)base;
        }
    }
    bench_need(0, "no free ports", NULL);
    return 0;
}

static void start_node(node *n, const char *program)
{
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s.log", n->home);
    n->pid = fork();
    bench_need(n->pid >= 0, "fork", NULL);
    if (n->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* no node outlives the measurement */
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
        int none = open("/dev/null", O_RDONLY);
        if (fd < 0 || none < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || dup2(none, 0) < 0) {
            _exit(99);
        }
        execl(program, program, "--home", n->home, (char *)NULL);
        _exit(98);
    }
    (void)snprintf(path, sizeof path, "%s/run/ports.json", n->home);
    double end = bench_now() + START_S;
    while (access(path, F_OK) != 0) {
        int lives = waitpid(n->pid, NULL, WNOHANG) == 0;
        n->pid = lives ? n->pid : 0;
        bench_need(lives && bench_now() < end, "a node does not start", NULL);
        (void)usleep(20000);
    }
}

/* ---- load ------------------------------------------------------------------------------------ */

/* One envelope at a time: signed, handed in over the node's socket, awaited. */
typedef struct sender {
    pthread_t thread;
    const node *to;
    yq_http *http;
    yq_api_identity hub;
    uint64_t seq, step;
    unsigned batch;
    double end;     /* of the run: what is final after it does not count */
    double *sample; /* finality of each envelope, in seconds */
    size_t sample_n, cap;
    uint64_t refused;
    int failed;
    yq_fault why;
} sender;

/* Each pair adds a fresh key to the organisation and removes it, so that the state does not grow.
 */
static yq_status make_envelope(const sender *s, yq_buf *out, yq_digest *id)
{
    static _Thread_local uint8_t room[BATCH_MAX][160];
    yq_slice tx[BATCH_MAX];
    yq_digest signer = {0};
    yq_status status = YQ_OK;
    for (unsigned i = 0; i < s->batch && status == YQ_OK; i++) {
        yq_buf to = {room[i], sizeof room[i], 0};
        yq_tx one = {.method = YQ_METHOD_ORG_KEY_REMOVE};
        if (i % 2 == 1) {
            one.as.org_key_remove.signer = signer;
            status = yq_tx_encode(&one, &to);
        } else {
            yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
            one.method = YQ_METHOD_ORG_KEY_ADD;
            one.as.org_key_add.key = yq_key_public(key);
            one.as.org_key_add.role = YQ_ROLE_GATEWAY;
            yq_signer_id(s->hub.suite, yq_key_public(key), &signer);
            status = yq_tx_encode(&one, &to);
            yq_key_free(key);
        }
        tx[i] = yq_slice_of(to.p, to.n);
    }
    if (status != YQ_OK) {
        return status;
    }
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    yq_envelope_plan plan = {
        .alg = s->hub.alg,
        .suite = s->hub.suite,
        .key = s->to->admin,
        .chain_id_hash = s->hub.chain_id_hash,
        .seq = s->seq,
        .valid_until_ms = (uint64_t)now.tv_sec * 1000u + UINT64_C(10) * FINAL_MS,
    };
    return yq_envelope_build(&plan, tx, s->batch, out, id);
}

static yq_status send_one(sender *s)
{
    static _Thread_local uint8_t room[BATCH_MAX * 200];
    static _Thread_local yq_api_result result[BATCH_MAX];
    yq_buf out = {room, sizeof room, 0};
    yq_digest id;
    yq_api_outcome outcome = {.result = result, .n = s->batch};
    yq_status status = make_envelope(s, &out, &id);
    if (status != YQ_OK) {
        return yq_fail(&s->why, status, 0, "envelope");
    }
    s->seq += s->step;
    double begin = bench_now();
    status = yq_api_submit(s->http, yq_slice_of(out.p, out.n), &s->why);
    while (status == YQ_OK && outcome.state != YQ_API_ENVELOPE_FINAL) {
        if (outcome.state == YQ_API_ENVELOPE_EXPIRED || bench_now() - begin > FINAL_MS / 1e3) {
            return yq_fail(&s->why, YQ_E_TIMEOUT, 0, "an envelope is not final");
        }
        status = yq_api_envelope(s->http, &id, 1000, &outcome, &s->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    s->sample[s->sample_n++] = bench_now() - begin;
    for (unsigned i = 0; i < s->batch; i++) {
        s->refused += result[i].status != YQ_OK;
    }
    return YQ_OK;
}

static void *sender_main(void *self)
{
    sender *s = self;
    do {
        s->failed = send_one(s) != YQ_OK;
    } while (!s->failed && bench_now() < s->end && s->sample_n < s->cap);
    return NULL;
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* One run of all senders: all envelopes, and the time until the last of them is final. */
static void run_once(bench *b, sender *all, unsigned n, double seconds, int kept)
{
    static double sample[SAMPLES_MAX];
    size_t got = 0;
    uint64_t refused = 0;
    double begin = bench_now();
    for (unsigned i = 0; i < n; i++) {
        all[i].end = begin + seconds;
        all[i].sample_n = 0;
        all[i].refused = 0;
        bench_need(pthread_create(&all[i].thread, NULL, sender_main, &all[i]) == 0, "thread", NULL);
    }
    for (unsigned i = 0; i < n; i++) {
        (void)pthread_join(all[i].thread, NULL);
    }
    for (unsigned i = 0; i < n; i++) {
        bench_need(!all[i].failed, "sender", &all[i].why);
        memcpy(sample + got, all[i].sample, all[i].sample_n * sizeof *sample);
        got += all[i].sample_n;
        refused += all[i].refused;
    }
    double spent = bench_now() - begin; /* until the last one is final */
    bench_need(refused == 0, "transactions were refused", NULL);
    if (kept) {
        qsort(sample, got, sizeof *sample, order);
        bench_add(b, "ledger", "transactions/s", (double)got * b->batch / spent);
        bench_add(b, "finality_p50", "ms", sample[got / 2] * 1e3);
        bench_add(b, "finality_p99", "ms", sample[got * 99 / 100] * 1e3);
    }
}

static void make_network(unsigned n, const char *program)
{
    char path[PATH_SIZE];
    yq_fault why = {0};
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    bench_need(mkdtemp(dir) != NULL, "no place for a test network", NULL);
    running = 1;
    (void)atexit(stop_nodes);
    (void)snprintf(path, sizeof path, "%s/net", dir);
    yq_testnet_plan plan = {
        path,
        "henan-main",
        (uint16_t)n,
        find_ports(PORTS * n),
        (uint64_t)now.tv_sec * 1000u,
        86400000,
        0};
    bench_need(yq_testnet_init(&plan, &why) == YQ_OK, "test network", &why);
    nodes_n = n;
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, "%s/net/admin/org%u.pem", dir, i);
        bench_need(yq_key_read(path, NULL, &nodes[i].admin, &why) == YQ_OK, "key", &why);
        (void)snprintf(nodes[i].home, sizeof nodes[i].home, "%s/net/node%u", dir, i);
        start_node(&nodes[i], program);
    }
}

void bench_ledger(bench *b, const char *program)
{
    unsigned n = b->validators * FLIGHT;
    double seconds = b->seconds > 0 ? b->seconds : 1;
    size_t cap = SAMPLES_MAX / n;
    yq_fault why = {0};
    bench_need(b->validators <= NODES_MAX && b->batch <= BATCH_MAX, "too many", NULL);
    yq_log_configure(YQ_LOG_ERROR, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)alarm((unsigned)(seconds * (b->runs + 1)) + LIMIT_S);
    make_network(b->validators, program);
    sender *all = calloc(n, sizeof *all);
    bench_need(all != NULL, "no memory", NULL);
    for (unsigned i = 0; i < n; i++) {
        char endpoint[PATH_SIZE + 32];
        const char *list = endpoint;
        sender *s = &all[i];
        s->to = &nodes[i / FLIGHT];
        (void)snprintf(endpoint, sizeof endpoint, "unix:%s/run/yuqiaod.sock", s->to->home);
        s->http = yq_http_new(&list, 1, NULL);
        s->sample = calloc(cap, sizeof *s->sample);
        bench_need(s->http != NULL && s->sample != NULL, "no memory", NULL);
        bench_need(yq_api_identity_get(s->http, &s->hub, &why) == YQ_OK, "hub", &why);
        s->seq = 1 + i % FLIGHT;
        s->step = FLIGHT;
        s->batch = b->batch;
        s->cap = cap;
    }
    run_once(b, all, n, seconds < 2 ? seconds : 2, 0); /* links, caches, first blocks */
    for (unsigned i = 0; i < b->runs; i++) {
        run_once(b, all, n, seconds, 1);
    }
    for (unsigned i = 0; i < n; i++) {
        yq_http_free(all[i].http);
        free(all[i].sample);
    }
    free(all);
    stop_nodes();
    (void)alarm(0);
}
