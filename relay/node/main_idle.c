/*
 * What nodes do without work, and what a dead leader costs. usage: e2e.yq_idle YUQIAOD [--kills N]
 * [--seconds N]. Prints JSON.
 */
#include "relay/base/bytes.h"
#include "relay/node/main_kit.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T0_MS        1000u
#define HEARTBEAT_MS 10000ull
#define WINDOW       4u /* views of a leader */
#define KILLS_MAX    1000u

typedef struct usage {
    uint64_t cpu_ticks, switches, steps, fsyncs, height, at_ms;
} usage;

/* All threads' times and voluntary switches: each of these is a wakeup. */
static uint64_t switches_of(pid_t pid)
{
    char line[256];
    uint64_t sum = 0;
    const char *argv[] = {"/bin/sh", "-c", "cat /proc/$0/task/*/status", NULL, NULL};
    char pid_text[16], log[PATH_SIZE];
    (void)snprintf(pid_text, sizeof pid_text, "%d", (int)pid);
    argv[3] = pid_text;
    (void)snprintf(log, sizeof log, "%s/task.txt", kit_dir);
    (void)unlink(log);
    CHECK(end_of(run_process(log, NULL, argv), 5000) == 0);
    FILE *f = fopen(log, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0) {
            sum += strtoull(line + 24, NULL, 10);
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return sum;
}

static uint64_t cpu_of(pid_t pid)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    CHECK(read_file(path, text, sizeof text) > 0);
    char *at = strrchr(text, ')');
    /* Fields 14 and 15; the first behind the name is 3. */
    for (unsigned i = 2; i < 14 && at != NULL; i++) {
        at = strchr(at + 1, ' ');
    }
    CHECK(at != NULL);
    uint64_t user = at == NULL ? 0 : strtoull(at, &at, 10);
    return at == NULL ? 0 : user + strtoull(at, NULL, 10);
}

static usage look(unsigned i)
{
    usage u = {.steps = metric(i, "consensus_steps_total")};
    u.fsyncs = metric(i, "log_fsyncs_total");
    u.height = metric(i, "height");
    u.cpu_ticks = cpu_of(node[i].pid);
    u.switches = switches_of(node[i].pid);
    u.at_ms = now_ms();
    return u;
}

static void test_idle(unsigned seconds)
{
    WAIT_UNTIL(all_equal("height", NODES) && metric(0, "pool_envelopes") == 0);
    run_ms(2000);
    usage before = look(0);
    run_ms((int)seconds * 1000);
    usage after = look(0);
    uint64_t ms = after.at_ms - before.at_ms, blocks = after.height - before.height;
    double s = (double)ms / 1000;
    (void)printf(
        "{\"idle_seconds\": %.1f, \"blocks\": %" PRIu64 ", \"fsyncs\": %" PRIu64
        ", \"core_steps_per_s\": %.1f, \"wakeups_per_s\": %.1f, \"cpu_percent\": %.2f}\n",
        s,
        blocks,
        after.fsyncs - before.fsyncs,
        (double)(after.steps - before.steps) / s,
        (double)(after.switches - before.switches) / s,
        (double)(after.cpu_ticks - before.cpu_ticks) / (double)sysconf(_SC_CLK_TCK) / s * 100);
    (void)fflush(stdout);
    /* A block each heartbeat and no other. */
    CHECK(blocks <= ms / HEARTBEAT_MS + 1);
    if (ms > 2 * HEARTBEAT_MS) {
        CHECK(blocks >= 1);
    }
}

/* ---- a dead leader -------------------------------------------------------------------------- */

static uint64_t gap[KILLS_MAX];

/* The node that leads the view that another stands in. */
static unsigned leader_now(unsigned ask)
{
    static char text[HTTP_SIZE];
    char index[16];
    uint64_t leader = (metric(ask, "view") - 1) / WINDOW % NODES;
    for (unsigned i = 0; i < NODES; i++) {
        CHECK(http_get(i, 2, "/api/v1/status", text, sizeof text));
        CHECK(json_field(text, "index", index, sizeof index));
        if (strtoull(index, NULL, 10) == leader) {
            return i;
        }
    }
    CHECK(leader < NODES);
    return 0;
}

/* Milliseconds without a final block around the kill. */
static uint64_t kill_leader(void)
{
    for (unsigned i = 0; i < 10 + kit_sent % 7; i++) {
        send_envelope((unsigned)kit_sent);
        run_ms(20);
    }
    unsigned leader = leader_now(0), other = leader == 0 ? 1 : 0;
    stop_node(leader, SIGKILL);
    uint64_t height = metric(other, "height"), last = now_ms(), most = 0, end = last + 6000;
    uint64_t begun = last;
    /* Until long after the next final block: the gap need not be the first one. */
    while (now_ms() < begun + 3000) {
        CHECK(now_ms() < end);
        if (kit_sent % 3 == 0 || now_ms() - last > 15) {
            send_envelope((unsigned)kit_sent);
        }
        run_ms(4);
        uint64_t h = metric(other, "height"), now = now_ms();
        if (now - last > most) {
            most = now - last;
        }
        if (h > height) {
            height = h;
            last = now;
        }
    }
    start_node(leader);
    SEND_UNTIL(metric(leader, "height") > height && all_at_least("peers_linked", NODES - 1, NODES));
    return most;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void test_leader(unsigned kills)
{
    for (unsigned i = 0; i < kills; i++) {
        gap[i] = kill_leader();
    }
    qsort(gap, kills, sizeof gap[0], by_value);
    (void)printf(
        "{\"leader_kills\": %u, \"gap_p50_ms\": %" PRIu64 ", \"gap_p99_ms\": %" PRIu64
        ", \"gap_max_ms\": %" PRIu64 ", \"bound_ms\": %u}\n",
        kills,
        gap[kills / 2],
        gap[kills * 99 / 100],
        gap[kills - 1],
        2 * T0_MS);
    for (unsigned i = 0; i < NODES; i++) {
        CHECK(metric(i, "evidence_total") == 0 && metric(i, "halted") == 0);
    }
}

int main(int argc, char **argv)
{
    unsigned kills = 3, seconds = 5;
    kit_program = argc > 1 ? argv[1] : "";
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--kills") == 0) {
            kills = (unsigned)strtoul(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--seconds") == 0) {
            seconds = (unsigned)strtoul(argv[i + 1], NULL, 10);
        }
    }
    kills = kills < 1 ? 1 : (kills > KILLS_MAX ? KILLS_MAX : kills);
    kit_begin(60 + 12 * kills + 2 * seconds);
    kit_t0_ms = T0_MS;
    kit_heartbeat_ms = (uint32_t)HEARTBEAT_MS;
    make_network();
    for (unsigned i = 0; i < NODES; i++) {
        start_node(i);
    }
    WAIT_UNTIL(all_at_least("peers_linked", NODES - 1, NODES));
    link_probe();
    SEND_UNTIL(all_at_least("height", 2, NODES));
    test_idle(seconds);
    test_leader(kills);
    stop_all(SIGTERM);
    unlink_probe();
    kit_end();
    return 0;
}
