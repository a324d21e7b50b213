/*
 * Four real nodes on loopback: envelopes come in over a peer link, one node is killed with -9 under
 * traffic and comes back, all end in the same state; and a node whose log or guard was lost does
 * not vote again. usage: e2e.yq_node YUQIAOD
 */
#include "relay/node/main_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SENT_FIRST 40u

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
    stop_node(3, SIGKILL);
    SEND_UNTIL(all_at_least("transactions_total", before + 60, 3));
    (void)printf("ok 3 three of four go on\n");
    (void)fflush(stdout);
    start_node(3);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(3, "height") > height);
    WAIT_UNTIL(all_equal("height", OBSERVER + 1) && metric(0, "pool_envelopes") == 0);
    uint64_t sent = kit_tx * (kit_sent - kit_lost);
    CHECK(metric(0, "transactions_total") == sent);
    /* It takes part again: without another node there is no quorum without it. */
    stop_node(2, SIGKILL);
    SEND_UNTIL(
        all_at_least("transactions_total", 1, 2) && metric(0, "transactions_total") > sent + 6);
    start_node(2);
    WAIT_UNTIL(all_equal("height", OBSERVER + 1) && metric(0, "pool_envelopes") == 0);
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
    unlink_probe();
    stop_all(SIGTERM);
    for (unsigned i = 0; i <= OBSERVER; i++) {
        CHECK(run_once(i, "--check", NULL, text, sizeof text) == 0);
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
    (void)snprintf(guard, sizeof guard, "%s/net/guard/node0", kit_dir);
    (void)snprintf(kept, sizeof kept, "%s/net/guard/kept", kit_dir);
    /* The guard is lost while the log has votes. */
    CHECK(rename(guard, kept) == 0 && mkdir(guard, 0700) == 0);
    CHECK(run_once(0, NULL, NULL, text, sizeof text) == 5);
    CHECK(strstr(text, "must not vote") != NULL && strstr(text, "observer") != NULL);
    remove_all(guard);
    CHECK(rename(kept, guard) == 0);
    CHECK(run_once(0, "--check", NULL, text, sizeof text) == 0);
    damage_log(0);
    CHECK(run_once(0, NULL, NULL, text, sizeof text) == 5);
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
    CHECK(run_once(1, NULL, NULL, text, sizeof text) == 2);
    CHECK(strstr(text, "config.yaml:3: keys") != NULL);
    unlink(path);
    CHECK(run_once(1, NULL, NULL, text, sizeof text) == 4);
    (void)printf("ok 7 a wrong configuration is named by line and key\n");
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: e2e.yq_node YUQIAOD\n");
        return 2;
    }
    kit_program = argv[1];
    kit_begin(150);
    kit_targets = 2; /* the two that are never killed */
    make_network();
    test_blocks();
    test_observer();
    test_kill();
    test_stop();
    test_guard();
    test_configuration();
    kit_end();
    (void)printf("1..7\n");
    return 0;
}
