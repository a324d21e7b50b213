/*
 * A validator dies, or its disk fails, at each named place of its code while the other three go on;
 * it comes back without the fault, catches up, and nobody has seen it contradict itself.
 * usage: e2e.yq_crash YUQIAOD_FAULTS [--short] [--passes N] [--seed N] [--place NAME]
 * The last line is JSON.
 */
#include "relay/base/bytes.h"
#include "relay/node/main_kit.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum when {
    WHEN_FRESH, /* on the first start of a home only */
    WHEN_START, /* on every start */
    WHEN_RUN,   /* under traffic */
} when;

typedef struct place {
    const char *name;
    when when;
    unsigned pass_max;               /* the fault comes at a random passing up to this one */
    int is_write, is_call, is_short; /* can be torn; can fail; part of the short run */
} place;

static const place places[] = {
    {"guard.create", WHEN_FRESH, 1, 0, 1, 0},
    {"guard.rename", WHEN_FRESH, 1, 0, 1, 1},
    {"guard.dir", WHEN_FRESH, 1, 0, 1, 0},
    {"wal.segment.create", WHEN_START, 1, 0, 1, 0},
    {"wal.segment.room", WHEN_START, 1, 0, 1, 1},
    {"wal.segment.head", WHEN_START, 1, 1, 1, 1},
    {"wal.segment.fsync", WHEN_START, 1, 0, 1, 0},
    {"wal.segment.dir", WHEN_START, 1, 0, 1, 0},
    {"wal.cut", WHEN_START, 1, 0, 1, 1},
    {"wal.cut.fsync", WHEN_START, 1, 0, 1, 0},
    {"wal.write", WHEN_RUN, 20, 1, 1, 1},
    {"wal.fsync", WHEN_RUN, 20, 0, 1, 1},
    {"wal.fsync.after", WHEN_RUN, 20, 0, 0, 0},
    {"log.synced", WHEN_RUN, 20, 0, 0, 0},
    {"guard.write", WHEN_RUN, 8, 1, 1, 1},
    {"guard.fsync", WHEN_RUN, 8, 0, 1, 1},
    {"guard.fsync.after", WHEN_RUN, 8, 0, 0, 0},
    {"vote.sign", WHEN_RUN, 16, 0, 0, 0},
    {"vote.sign.after", WHEN_RUN, 16, 0, 0, 0},
    {"vote.send", WHEN_RUN, 12, 0, 0, 1},
    {"vote.send.after", WHEN_RUN, 12, 0, 0, 1},
    {"proposal.send", WHEN_RUN, 3, 0, 0, 0},
    {"peers.send", WHEN_RUN, 40, 0, 0, 0},
    {"execute.after", WHEN_RUN, 6, 0, 0, 0},
    {"commit", WHEN_RUN, 6, 0, 0, 0},
    {"db.write", WHEN_RUN, 6, 0, 1, 1},
    {"db.write.after", WHEN_RUN, 6, 0, 0, 1},
    {"commit.after", WHEN_RUN, 6, 0, 0, 0},
    {"commit.told", WHEN_RUN, 6, 0, 0, 0},
    {"wal.drop", WHEN_RUN, 1, 0, 1, 0},
    {"wal.drop.dir", WHEN_RUN, 1, 0, 1, 0},
    {"sync.applied", WHEN_RUN, 1, 0, 0, 0},
};

typedef struct totals {
    unsigned passes, kills, halts, missed;
    uint64_t gap_max_ms, blocks;
} totals;

static totals total;
static uint64_t random_state = 1, best_height;

static unsigned draw(unsigned below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((random_state >> 33) % below);
}

static unsigned other_than(unsigned i)
{
    return i == 0 ? 1 : 0;
}

/* One turn of traffic; remembers what was final somewhere and how long nothing became so. */
static void traffic(unsigned victim)
{
    static uint64_t last_height, last_ms;
    send_envelope((unsigned)kit_sent);
    run_ms(EVERY_MS);
    uint64_t height = metric(other_than(victim), "height"), now = now_ms();
    if (height > last_height) {
        last_height = height;
        last_ms = now;
    } else if (last_ms != 0 && now - last_ms > total.gap_max_ms) {
        total.gap_max_ms = now - last_ms;
    }
    if (height > best_height) {
        best_height = height;
    }
}

static int contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* The last bytes of a file. */
static void read_end(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    size_t n = 0;
    if (f != NULL) {
        (void)fseek(f, 0, SEEK_END);
        long all = ftell(f), from = all > (long)size - 1 ? all - ((long)size - 1) : 0;
        (void)fseek(f, from, SEEK_SET);
        n = fread(text, 1, size - 1, f);
        (void)fclose(f);
    }
    text[n] = '\0';
}

/* What a node says whose disk failed: its last line and its exit code. */
static void check_halt(unsigned i, int code)
{
    char end[3000];
    read_end(node[i].log, end, sizeof end);
    CHECK(code == 6);
    CHECK(contains(end, "E_IO") && contains(end, "start the node again"));
    CHECK(contains(end, "重新启动"));
    total.halts++;
}

static void check_end(unsigned i, const char *action, int code)
{
    if (strcmp(action, "kill") == 0 || strcmp(action, "torn") == 0) {
        CHECK(code == 128 + SIGKILL);
        total.kills++;
    } else {
        check_halt(i, code);
    }
}

/* All roots that the first and every other running node hold at one height. */
static void check_roots(void)
{
    char first[300] = "", text[300] = "";
    uint64_t height = UINT64_MAX;
    for (unsigned i = 0; i < NODES; i++) {
        uint64_t h = metric(i, "height");
        height = h < height ? h : height;
        CHECK(metric(i, "halted") == 0 && metric(i, "evidence_total") == 0);
        CHECK(metric(i, "peer_faults_total") == 0);
    }
    for (unsigned i = 0; i < NODES; i++) {
        /* The reading side is told of a block a moment later. */
        WAIT_UNTIL(block_of(i, height, i == 0 ? first : text, sizeof first));
        CHECK(i == 0 || strcmp(first, text) == 0);
    }
}

/* Arms a fault in a node that does not run. Returns 0 when the place was not reached. */
static int fault_once(unsigned i, const char *fault, const char *action)
{
    int code;
    uint64_t end = now_ms() + 12000;
    if (!try_start(i, fault, &code)) {
        check_end(i, action, code);
        return 1;
    }
    while (now_ms() < end) {
        traffic(i);
        if (has_ended(i, &code)) {
            check_end(i, action, code);
            return 1;
        }
    }
    stop_node(i, SIGKILL);
    return 0;
}

static void run_place(const place *p, const char *action)
{
    char fault[128];
    unsigned i = draw(NODES);
    (void)snprintf(fault, sizeof fault, "%s:%u:%s", p->name, 1 + draw(p->pass_max), action);
    stop_node(i, SIGKILL);
    for (unsigned turns = draw(4); turns > 0; turns--) {
        traffic(i);
    }
    int reached = fault_once(i, fault, action);
    total.passes++;
    total.missed += !reached;
    uint64_t before = metric(other_than(i), "height"), end = now_ms() + WAIT_MS;
    while (metric(other_than(i), "height") < before + 1) {
        CHECK(now_ms() < end);
        traffic(i);
    }
    start_node(i);
    while (metric(i, "height") <= before) {
        CHECK(now_ms() < end);
        traffic(i);
    }
    check_roots();
    (void)printf("%s node%u %s\n", reached ? "ok" : "not reached", i, fault);
    (void)fflush(stdout);
}

/* The guard is made once in a home's life, before its first vote. */
static void run_fresh(const place *p, unsigned i, const char *action)
{
    char fault[128];
    int code = 0;
    (void)snprintf(fault, sizeof fault, "%s:1:%s", p->name, action);
    CHECK(!try_start(i, fault, &code));
    check_end(i, action, code);
    total.passes++;
    (void)printf("ok node%u %s (first start)\n", i, fault);
}

static void run_all_fresh(int is_short)
{
    static const char *const actions[] = {"enospc", "kill"};
    for (size_t k = 0; k < YQ_ARRAY_N(places); k++) {
        const place *p = &places[k];
        for (unsigned a = 0; a < 2 && p->when == WHEN_FRESH && (!is_short || p->is_short); a++) {
            run_fresh(p, (unsigned)k % NODES, actions[a]);
            if (strcmp(p->name, "guard.dir") == 0) {
                break; /* it has its name by then */
            }
        }
    }
}

static void run_actions(const place *p, unsigned turn)
{
    static const char *const calls[] = {"enospc", "eio"};
    run_place(p, "kill");
    if (p->is_write) {
        run_place(p, "torn");
        run_place(p, "short");
    }
    if (p->is_call) {
        run_place(p, calls[turn % 2]);
    }
}

static void run_all(unsigned passes, int is_short, const char *only)
{
    for (unsigned turn = 0; turn < passes; turn++) {
        for (size_t k = 0; k < YQ_ARRAY_N(places); k++) {
            const place *p = &places[k];
            if (p->when == WHEN_FRESH || (only != NULL && strcmp(only, p->name) != 0) ||
                (is_short && !p->is_short)) {
                continue;
            }
            if (is_short) {
                run_place(p, p->is_call && k % 2 == 0 ? "enospc" : (p->is_write ? "torn" : "kill"));
            } else {
                run_actions(p, turn);
            }
        }
    }
}

static void finish(void)
{
    static char text[16384];
    char stands[NODES][PATH_SIZE];
    char path[PATH_SIZE + 32];
    WAIT_UNTIL(all_equal("height", NODES) && metric(0, "pool_envelopes") == 0);
    CHECK(metric(0, "height") >= best_height);
    total.blocks = metric(0, "height");
    check_roots();
    stop_all(SIGTERM);
    for (unsigned i = 0; i < NODES; i++) {
        CHECK(run_once(i, "--check", NULL, text, sizeof text) == 0);
        /* From the height to the state root: the same, where one has not stopped a block earlier.
         */
        const char *at = strstr(text, "height:"), *end = strstr(text, "state_root:");
        CHECK(at != NULL && end != NULL);
        int size = (int)(end - at) + (int)strcspn(end, "\n");
        (void)snprintf(stands[i], PATH_SIZE, "%.*s", size, at);
        for (unsigned k = 0; k < i; k++) {
            int same = strcspn(stands[k], "\n") == strcspn(at, "\n") &&
                       strncmp(stands[k], at, strcspn(at, "\n")) == 0;
            CHECK(!same || strcmp(stands[k], stands[i]) == 0);
        }
        (void)snprintf(path, sizeof path, "%s/evidence", node[i].home);
        CHECK(access(path, F_OK) != 0);
    }
}

static unsigned places_run(int is_short, const char *only)
{
    unsigned n = 0;
    for (size_t k = 0; k < YQ_ARRAY_N(places); k++) {
        n += (!is_short || places[k].is_short) &&
             (only == NULL || strcmp(only, places[k].name) == 0 || places[k].when == WHEN_FRESH);
    }
    return n;
}

int main(int argc, char **argv)
{
    unsigned passes = 1;
    int is_short = 0;
    const char *only = NULL;
    uint64_t seed = (uint64_t)getpid();
    kit_program = argc > 1 ? argv[1] : "";
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--short") == 0) {
            is_short = 1;
        } else if (i + 1 < argc && strcmp(argv[i], "--passes") == 0) {
            passes = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(argv[++i], NULL, 10);
        } else if (i + 1 < argc && strcmp(argv[i], "--place") == 0) {
            only = argv[++i];
        }
    }
    random_state = seed;
    kit_begin(is_short ? 170 : 1750);
    kit_t0_ms = 400;
    make_network();
    run_all_fresh(is_short);
    for (unsigned i = 0; i < NODES; i++) {
        start_node(i);
    }
    WAIT_UNTIL(all_at_least("peers_linked", NODES - 1, NODES));
    link_probe();
    SEND_UNTIL(all_at_least("height", 3, NODES));
    run_all(passes, is_short, only);
    finish();
    (void)printf(
        "{\"places\": %u, \"passes\": %u, \"kills\": %u, \"halts\": %u, \"not_reached\": %u, "
        "\"blocks\": %" PRIu64 ", \"gap_max_ms\": %" PRIu64
        ", \"evidence\": 0, \"state_roots_equal\": true, \"seed\": %" PRIu64 "}\n",
        places_run(is_short, only),
        total.passes,
        total.kills,
        total.halts,
        total.missed,
        total.blocks,
        total.gap_max_ms,
        seed);
    unlink_probe();
    kit_end();
    return 0;
}
