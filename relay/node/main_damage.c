/*
 * Damaged, lost and restored data of a validator: it refuses to vote with its key, or goes on where
 * that is safe; what it serves is never wrong; the other three go on.
 * usage: e2e.yq_damage YUQIAOD_FAULTS
 */
#include "relay/base/bytes.h"
#include "relay/node/main_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VICTIM 3u
#define TWIN   (OBSERVER + 1u) /* the process whose ports the twin takes */
#define NOBODY 65534u

static char text[256u << 10];
static unsigned number;

static const char *path_of(const char *name)
{
    static char room[4][PATH_SIZE];
    static unsigned at;
    at = (at + 1) % 4;
    (void)snprintf(room[at], PATH_SIZE, "%s/net/%s", kit_dir, name);
    return room[at];
}

static void ok(const char *what)
{
    (void)printf("ok %u %s\n", ++number, what);
    (void)fflush(stdout);
}

static void put_back(const char *from, const char *to)
{
    if (access(path_of(to), F_OK) == 0) {
        remove_all(path_of(to));
    }
    copy_all(path_of(from), path_of(to));
}

/* The start is refused with a code of the ledger, the exit code and what to do in two languages. */
static void check_refused(const char *code, int exit_code)
{
    int got = run_once(VICTIM, NULL, NULL, text, sizeof text);
    if (got != exit_code || strstr(text, code) == NULL) {
        (void)fprintf(stderr, "exit code %d: %s\n", got, text);
    }
    CHECK(got == exit_code && strstr(text, code) != NULL);
    CHECK(strstr(text, "what to do: ") != NULL && strstr(text, "处理办法") != NULL);
}

static void check_key_refused(const char *code)
{
    check_refused(code, 5);
    CHECK(strstr(text, "must not vote again") != NULL && strstr(text, "observer") != NULL);
    CHECK(strstr(text, "不得再投票") != NULL || strstr(text, "观察节点") != NULL);
}

static void check_others_go_on(void)
{
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(0, "height") > height && metric(1, "height") > height);
    for (unsigned i = 0; i < VICTIM; i++) {
        CHECK(metric(i, "evidence_total") == 0 && metric(i, "halted") == 0);
    }
}

/* The victim runs, takes part and agrees. */
static void check_goes_on(void)
{
    static char first[300], seen[300];
    start_node(VICTIM);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(VICTIM, "height") > height);
    CHECK(metric(VICTIM, "halted") == 0);
    WAIT_UNTIL(block_of(0, height, first, sizeof first));
    WAIT_UNTIL(block_of(VICTIM, height, seen, sizeof seen));
    CHECK(strcmp(first, seen) == 0);
    check_others_go_on();
}

/* The victim signs for a view that does not become final. */
static void vote_alone(void)
{
    stop_node(1, SIGKILL);
    stop_node(2, SIGKILL);
    for (unsigned i = 0; i < 30; i++) {
        send_envelope(0);
        run_ms(EVERY_MS);
    }
    stop_node(VICTIM, SIGKILL);
    start_node(1);
    start_node(2);
    check_others_go_on();
}

/* The newest file of a folder that ends so. Out: path. */
static int newest(const char *folder, const char *suffix, char *path, size_t cap)
{
    DIR *d = opendir(folder);
    char best[256] = "";
    struct dirent *entry;
    CHECK(d != NULL);
    while ((entry = readdir(d)) != NULL) {
        size_t n = strlen(entry->d_name), k = strlen(suffix);
        if (n > k && strcmp(entry->d_name + n - k, suffix) == 0 &&
            strcmp(entry->d_name, best) > 0) {
            (void)snprintf(best, sizeof best, "%s", entry->d_name);
        }
    }
    (void)closedir(d);
    (void)snprintf(path, cap, "%s/%s", folder, best);
    return best[0] != '\0';
}

static void overwrite(const char *path, off_t at, size_t n)
{
    static const uint8_t zero[64u << 10];
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && n <= sizeof zero && pwrite(fd, zero, n, at) == (ssize_t)n && close(fd) == 0);
}

/* ---- log and guard -------------------------------------------------------------------------- */

static void test_log(void)
{
    char path[2 * PATH_SIZE];
    vote_alone();
    copy_all(path_of("node3/wal"), path_of("wal-now"));
    /* All but the first group of the newest segment is gone. */
    CHECK(newest(path_of("node3/wal"), ".log", path, sizeof path));
    CHECK(truncate(path, 8192) == 0);
    check_key_refused("E_SIGN_GUARD");
    ok("a log cut below the guard is refused");
    remove_all(path_of("node3/wal"));
    check_key_refused("E_SIGN_GUARD");
    ok("a lost log is refused where the guard is ahead");
    put_back("wal-now", "node3/wal");
    CHECK(newest(path_of("node3/wal"), ".log", path, sizeof path));
    overwrite(path, 4096 + 40, 4);
    int code = run_once(VICTIM, NULL, NULL, text, sizeof text);
    /* One group: a torn end that the guard does not allow; more: damage in the middle. */
    CHECK(code == 5 && strstr(text, "must not vote again") != NULL);
    ok("a damaged record is refused");
    put_back("wal-now", "node3/wal");
    put_back("guard-old", "guard/node3");
    check_goes_on();
    ok("an old guard with the whole log goes on");
}

static void test_old_copies(void)
{
    /* With two others only, no block is final without the victim's signature. */
    stop_node(2, SIGKILL);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(0, "height") > height + 5);
    stop_node(VICTIM, SIGKILL);
    copy_all(path_of("node3"), path_of("home-now"));
    copy_all(path_of("guard/node3"), path_of("guard-now"));
    put_back("home-old", "node3");
    put_back("guard-old", "guard/node3");
    start_node(VICTIM);
    WAIT_UNTIL(metric(VICTIM, "twin_key") == 1 && metric(VICTIM, "halted") == 1);
    CHECK(read_file(node[VICTIM].log, text, sizeof text) > 0);
    CHECK(strstr(text, "E_TWIN_KEY") != NULL && strstr(text, "同一密钥") != NULL);
    start_node(2);
    check_others_go_on();
    height = metric(0, "height");
    SEND_UNTIL(metric(VICTIM, "height") >= height);
    stop_node(VICTIM, SIGTERM);
    ok("home and guard set back together: it stops signing when it sees its own later votes");
    put_back("home-old", "node3");
    put_back("guard-now", "guard/node3");
    check_key_refused("E_SIGN_GUARD");
    check_others_go_on();
    ok("an old copy of the home is refused");
}

/* What the refusal told the operator to do: an observer with a new key. */
static void test_new_key(void)
{
    char config[PATH_SIZE + 32];
    remove_all(path_of("node3/wal"));
    copy_all(path_of("observer4/keys/node.pem"), path_of("node3/keys/new.pem"));
    (void)snprintf(config, sizeof config, "%s/config.yaml", node[VICTIM].home);
    CHECK(read_file(config, text, sizeof text) > 0);
    char *role = strstr(text, "role: validator"), *key = strstr(text, "keys/validator.pem");
    CHECK(role != NULL && key != NULL);
    memcpy(role, "role: observer ", 15);
    memcpy(key, "keys/new.pem      ", 18);
    write_file(config, text);
    start_node(VICTIM);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(VICTIM, "height") > height);
    CHECK(metric(VICTIM, "is_validator") == 0 && metric(VICTIM, "halted") == 0);
    stop_node(VICTIM, SIGTERM);
    put_back("home-now", "node3");
    put_back("guard-now", "guard/node3");
    check_goes_on();
    ok("an observer with a new key follows from the old copy");
}

/* ---- two processes with one key ------------------------------------------------------------- */

/* Copies the victim's home to ports of its own. In: guard, the folder of its guard. */
static void make_twin(const char *guard)
{
    char config[PATH_SIZE + 32], from[32], to[32];
    if (access(path_of("twin"), F_OK) == 0) {
        remove_all(path_of("twin"));
    }
    copy_all(path_of("node3"), path_of("twin"));
    (void)snprintf(node[TWIN].home, PATH_SIZE, "%s", path_of("twin"));
    (void)snprintf(config, sizeof config, "%s/config.yaml", node[TWIN].home);
    CHECK(read_file(config, text, sizeof text) > 0);
    for (unsigned port = 0; port < 4; port++) {
        (void)snprintf(from, sizeof from, "listen: 127.0.0.1:%u", base_port + 10 * VICTIM + port);
        (void)snprintf(to, sizeof to, "listen: 127.0.0.1:%u", base_port + 10 * TWIN + port);
        char *at = strstr(text, from);
        CHECK(port == 1 || (at != NULL && strlen(from) == strlen(to)));
        if (at != NULL) {
            memcpy(at, to, strlen(to));
        }
    }
    char *at = strstr(text, "guard/node3");
    CHECK(at != NULL && strlen(guard) == 11);
    memcpy(at, guard, 11);
    write_file(config, text);
}

static void test_twins(void)
{
    make_twin("guard/node3");
    int code = run_once(TWIN, NULL, NULL, text, sizeof text);
    if (code != 5) {
        (void)fprintf(stderr, "exit code %d: %s\n", code, text);
    }
    CHECK(
        code == 5 && strstr(text, "E_TWIN_KEY") != NULL &&
        strstr(text, "find the other one") != NULL);
    ok("a second process with the guard's folder is refused");
    stop_node(VICTIM, SIGTERM);
    make_twin("guard/twin3");
    copy_all(path_of("guard/node3"), path_of("guard/twin3"));
    start_node(VICTIM);
    start_node(TWIN);
    SEND_UNTIL(metric(VICTIM, "twin_key") + metric(TWIN, "twin_key") > 0);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(0, "height") > height + 3);
    stop_node(TWIN, SIGKILL);
    stop_node(VICTIM, SIGKILL);
    for (unsigned i = 0; i < VICTIM; i++) {
        CHECK(metric(i, "halted") == 0);
    }
    ok("two hosts with one key: seen, and the ledger goes on");
    /* Both have signed: the others may hold evidence from here on. */
    stop_all(SIGTERM);
    for (unsigned i = 0; i < VICTIM; i++) {
        start_node(i);
    }
    WAIT_UNTIL(all_at_least("peers_linked", 2, VICTIM));
}

/* ---- the database and the disk -------------------------------------------------------------- */

/* Every file of the database that ends so is damaged in its middle. Returns how many. */
static unsigned damage_db(const char *suffix)
{
    char path[2 * PATH_SIZE];
    const char *folder = path_of("node3/db");
    DIR *d = opendir(folder);
    unsigned n = 0;
    struct dirent *entry;
    struct stat st;
    CHECK(d != NULL);
    while ((entry = readdir(d)) != NULL) {
        size_t size = strlen(entry->d_name), k = strlen(suffix);
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (size > k && strcmp(entry->d_name + size - k, suffix) == 0 && stat(path, &st) == 0 &&
            st.st_size > 512) {
            size_t part = (size_t)st.st_size / 2 < (64u << 10) ? (size_t)st.st_size / 2 : 64u << 10;
            overwrite(path, st.st_size / 4, part);
            n++;
        }
    }
    (void)closedir(d);
    return n;
}

/* It refuses, stops when it meets the damage, or what it serves is right. */
static const char *run_damaged(void)
{
    static char first[300], seen[300];
    int code = 0;
    if (!try_start(VICTIM, NULL, &code)) {
        CHECK(code == 5);
        return "refused";
    }
    uint64_t height = metric(0, "height"), end = now_ms() + 15000;
    while (metric(VICTIM, "height") < height && now_ms() < end) {
        send_envelope(0);
        run_ms(EVERY_MS);
        if (has_ended(VICTIM, &code)) {
            CHECK(code == 5);
            return "stopped";
        }
    }
    for (uint64_t h = 1; h <= height && node[VICTIM].pid > 0; h++) {
        int served = block_of(VICTIM, h, seen, sizeof seen);
        CHECK(!served || (block_of(0, h, first, sizeof first) && strcmp(first, seen) == 0));
        if (has_ended(VICTIM, &code)) {
            CHECK(code == 5);
            return "stopped";
        }
    }
    CHECK(metric(VICTIM, "height") >= height);
    stop_node(VICTIM, SIGKILL);
    return "went on";
}

/* suffix: of the files that are damaged, NULL: the folder is lost. Returns 0 where the node has
 * signed and stopped: then its guard is ahead of every copy. */
static int damage_once(const char *suffix)
{
    char line[128];
    remove_all(path_of("home-now"));
    copy_all(path_of("node3"), path_of("home-now"));
    if (suffix == NULL) {
        remove_all(path_of("node3/db"));
    } else {
        CHECK(damage_db(suffix) > 0);
    }
    const char *how = run_damaged();
    (void)snprintf(
        line, sizeof line, "damage in db/*%s: %s", suffix == NULL ? ", all lost" : suffix, how);
    check_others_go_on();
    ok(line);
    if (strcmp(how, "refused") == 0) {
        put_back("home-now", "node3");
    }
    return strcmp(how, "stopped") != 0;
}

static void test_database(void)
{
    stop_node(VICTIM, SIGTERM);
    check_goes_on(); /* what was in memory and log is a table now */
    stop_node(VICTIM, SIGKILL);
    CHECK(damage_once(".log") && damage_once(NULL));
    check_goes_on();
}

static void test_read_only(void)
{
    char log[PATH_SIZE];
    const char *chmod_argv[] = {"/bin/chmod", "-R", "a-w", node[VICTIM].home, NULL};
    const char *own_argv[] = {
        "/bin/chown", "-R", "65534:65534", node[VICTIM].home, path_of("guard"), NULL};
    (void)snprintf(log, sizeof log, "%s/once.log", kit_dir);
    CHECK(run_once(VICTIM, NULL, "wal.segment.create:1:erofs", text, sizeof text) == 6);
    CHECK(strstr(text, "Read-only") != NULL && strstr(text, "can be written") != NULL);
    if (geteuid() == 0) {
        CHECK(chmod(kit_dir, 0755) == 0);
        CHECK(end_of(run_process(log, NULL, own_argv), 10000) == 0);
    }
    CHECK(end_of(run_process(log, NULL, chmod_argv), 10000) == 0);
    kit_uid = geteuid() == 0 ? NOBODY : 0;
    int code = run_once(VICTIM, NULL, NULL, text, sizeof text);
    kit_uid = 0;
    if (code != 6 && code != 98) {
        (void)fprintf(stderr, "exit code %d: %s\n", code, text);
    }
    /* 98: another user may not reach the program. */
    CHECK((code == 6 && strstr(text, "can be written") != NULL) || code == 98);
    ok("a home that cannot be written");
}

/* A file system of 8 MiB, where the system lets a test mount one. */
static void test_full_disk(void)
{
    static const char script[] =
        "mount -t tmpfs -o size=8m none \"$1/mnt\" || exit 77; cp -a \"$1/net/fresh\" \"$1/mnt/\" "
        "&& "
        "mkdir -p \"$1/mnt/guard/node3\" && exec \"$2\" --home \"$1/mnt/fresh\"";
    char log[PATH_SIZE], mnt[PATH_SIZE];
    (void)snprintf(log, sizeof log, "%s/full.log", kit_dir);
    (void)snprintf(mnt, sizeof mnt, "%s/mnt", kit_dir);
    CHECK(mkdir(mnt, 0755) == 0);
    const char *argv[] = {
        "/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh", kit_dir, kit_program, NULL};
    int code = end_of(run_process(log, NULL, argv), 20000);
    read_file(log, text, sizeof text);
    if (code == 6) {
        CHECK(strstr(text, "No space left") != NULL && strstr(text, "make room") != NULL);
        ok("a full disk at the start");
    } else {
        /* Not permitted here, or there is no such program. */
        CHECK(code == 77 || code == 1 || code == 98);
        CHECK(run_once(VICTIM, NULL, "wal.segment.room:1:enospc", text, sizeof text) == 6);
        CHECK(strstr(text, "No space left") != NULL);
        ok("a full disk at the start (by a fault point)");
    }
}

int main(int argc, char **argv)
{
    kit_program = argc > 1 ? argv[1] : "";
    kit_begin(170);
    kit_t0_ms = 400;
    kit_targets = 1;
    make_network();
    copy_all(path_of("node3"), path_of("fresh"));
    for (unsigned i = 0; i < NODES; i++) {
        start_node(i);
    }
    WAIT_UNTIL(all_at_least("peers_linked", NODES - 1, NODES));
    link_probe();
    SEND_UNTIL(all_at_least("height", 3, NODES));
    stop_node(VICTIM, SIGKILL);
    copy_all(path_of("node3"), path_of("home-old"));
    copy_all(path_of("guard/node3"), path_of("guard-old"));
    check_goes_on();
    test_log();
    test_old_copies();
    test_new_key();
    test_database();
    test_twins();
    /* From here on nothing depends on the victim's votes. */
    (void)damage_once(".sst");
    test_read_only();
    test_full_disk();
    unlink_probe();
    kit_end();
    (void)printf("1..%u\n", number);
    return 0;
}
