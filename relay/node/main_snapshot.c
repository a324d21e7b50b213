/*
 * State sync on real processes: four validators keep snapshots, a new observer begins with one,
 * whatever moment it is killed at, and drops a peer that gives a wrong byte.
 * usage: e2e.yq_snapshot YUQIAOD-FAULTS
 */
#include "relay/base/bytes.h"
#include "relay/node/main_kit.h"
#include "relay/store/db.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND   (OBSERVER + 1u)
#define INTERVAL 150u /* beyond what the core repairs by itself, view by view */

static char text[1u << 20];

static void ok(const char *what)
{
    static unsigned number;
    (void)printf("ok %u %s\n", ++number, what);
    (void)fflush(stdout);
}

static void add_config(unsigned i, const char *lines)
{
    char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/config.yaml", node[i].home);
    FILE *f = fopen(path, "a");
    CHECK(f != NULL && fputs(lines, f) >= 0 && fclose(f) == 0);
}

static int log_has(unsigned i, const char *what)
{
    size_t n = read_file(node[i].log, text, sizeof text - 1);
    text[n] = '\0';
    return strstr(text, what) != NULL;
}

/* Where nobody has a snapshot the blocks are taken. */
static void test_none(void)
{
    start_node(OBSERVER);
    WAIT_UNTIL(metric(OBSERVER, "state_sync_active") == 1);
    WAIT_UNTIL(metric(OBSERVER, "state_sync_active") == 0);
    SEND_UNTIL(metric(OBSERVER, "height") >= 3);
    CHECK(log_has(OBSERVER, "no peer has a snapshot"));
    stop_node(OBSERVER, SIGTERM);
    ok("without any snapshot a new node takes the blocks");
}

static void test_kept(void)
{
    SEND_UNTIL(all_at_least("snapshot_height", INTERVAL, NODES));
    WAIT_UNTIL(all_equal("height", NODES) && metric(0, "pool_envelopes") == 0);
    CHECK(all_equal("snapshot_height", NODES) && metric(0, "snapshots_kept") >= 1);
    ok("all validators keep the same snapshot");
}

/* The new node dies at a place. Returns 1 when it came there. */
static void die_at(const char *fault)
{
    int code = -1;
    if (try_start(SECOND, fault, &code)) {
        code = end_of(node[SECOND].pid, 20000);
        node[SECOND].pid = 0;
    }
    CHECK(code == 128 + SIGKILL);
}

static void test_killed(void)
{
    char own[300], other[300];
    die_at("import.taken:1:kill");
    CHECK(log_has(SECOND, "state sync begins height=0"));
    die_at("db.write:1:kill");
    CHECK(log_has(SECOND, "state sync begins height=1"));
    die_at("db.write:2:kill"); /* all is there but the end */
    die_at("db.replace:1:kill");
    die_at("db.replace.moved:1:kill");
    start_node(SECOND);
    uint64_t snapshot = metric(0, "snapshot_height"), height = metric(0, "height");
    SEND_UNTIL(metric(SECOND, "height") > height);
    WAIT_UNTIL(metric(0, "pool_envelopes") == 0 && metric(0, "height") == metric(SECOND, "height"));
    for (uint64_t h = snapshot + 1; h <= metric(0, "height"); h++) {
        CHECK(block_of(0, h, own, sizeof own) && block_of(SECOND, h, other, sizeof other));
        CHECK(strcmp(own, other) == 0);
    }
    CHECK(block_of(SECOND, snapshot, other, sizeof other));
    CHECK(!block_of(SECOND, snapshot - 1, other, sizeof other));
    CHECK(metric(SECOND, "halted") == 0 && metric(SECOND, "sync_faults_total") == 0);
    ok("a new node begins with it, wherever it is killed");
}

/* One value of the snapshot that a node keeps is another. */
static void alter_snapshot(unsigned i, uint64_t height)
{
    char path[PATH_SIZE + 64];
    yq_db *db;
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/snapshots/%" PRIu64, node[i].home, height);
    CHECK(yq_db_open(path, &db, &why) == YQ_OK);
    yq_db_iter *it = yq_db_iter_new(db, NULL);
    CHECK(yq_db_iter_seek(it, yq_slice_text("S")));
    yq_slice key = yq_db_iter_key(it), value = yq_db_iter_value(it);
    CHECK(key.p[0] == 'S' && value.n > 0 && value.n < sizeof text);
    memcpy(text, value.p, value.n);
    text[value.n - 1] ^= 1;
    yq_db_batch *batch = yq_db_batch_new();
    yq_db_batch_put(batch, key, yq_slice_of(text, value.n));
    yq_db_iter_free(it);
    CHECK(yq_db_write(db, batch, &why) == YQ_OK);
    yq_db_batch_free(batch);
    yq_db_close(db);
}

static void test_liar(void)
{
    char path[PATH_SIZE + 32];
    uint64_t snapshot = metric(0, "snapshot_height");
    (void)snprintf(path, sizeof path, "%s/db", node[OBSERVER].home);
    remove_all(path);
    stop_node(0, SIGTERM);
    stop_node(1, SIGTERM);
    alter_snapshot(0, snapshot);
    start_node(0);
    WAIT_UNTIL(metric(0, "peers_linked") >= NODES - 2);
    start_node(OBSERVER);
    WAIT_UNTIL(metric(OBSERVER, "state_sync_faults_total") == 1);
    CHECK(metric(OBSERVER, "peer_faults_total") == 1 && metric(OBSERVER, "state_sync_keys") == 0);
    CHECK(metric(OBSERVER, "state_sync_active") == 1);
    start_node(1);
    WAIT_UNTIL(log_has(OBSERVER, "state sync is complete"));
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(OBSERVER, "height") > height);
    CHECK(metric(OBSERVER, "state_sync_active") == 0 && metric(OBSERVER, "halted") == 0);
    ok("a peer that gives a wrong byte is dropped, another one serves");
}

/* What was taken in is whole: the program's own check, and it is served on from there. */
static void test_restart(void)
{
    stop_node(SECOND, SIGTERM);
    CHECK(run_once(SECOND, "--check", NULL, text, sizeof text) == 0);
    CHECK(strstr(text, "blocks_from: ") != NULL && strstr(text, "blocks_from: 0") == NULL);
    start_node(SECOND);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(SECOND, "height") > height);
    ok("it starts again on what it has");
}

int main(int argc, char **argv)
{
    kit_program = argc > 1 ? argv[1] : "";
    kit_begin(170);
    make_network();
    for (unsigned i = 0; i < NODES; i++) {
        add_config(i, "snapshots: {interval: 150, pause_s: 1}\n");
        start_node(i);
    }
    add_config(OBSERVER, "snapshots: {take: true, off: true}\n");
    add_config(SECOND, "snapshots: {take: true, interval: 150}\n");
    WAIT_UNTIL(all_at_least("peers_linked", NODES - 1, NODES));
    link_probe();
    SEND_UNTIL(all_at_least("height", 2, NODES));
    test_none();
    test_kept();
    test_killed();
    test_liar();
    test_restart();
    stop_all(SIGTERM);
    unlink_probe();
    kit_end();
    (void)printf("1..5\n");
    return 0;
}
