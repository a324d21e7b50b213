#include "adapters/host/fake_hub.h"
#include "adapters/host/host.h"
#include "relay/hub/methods.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The whole loop against a hub and a chain that live in this test. */
extern char **environ;

static char dir[] = "/tmp/yq-host-XXXXXX";
static fake_hub hub;
static yq_key *key;
static yq_host_config config;

static void chain_write(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/chain/%s", dir, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

static size_t chain_size(const char *name)
{
    char path[128];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/chain/%s", dir, name);
    return stat(path, &info) == 0 ? (size_t)info.st_size : 0;
}

/* How many packets the chain executed; a packet twice would count twice. */
static size_t executions(void)
{
    return chain_size("executions") / 8;
}

static void setup(void)
{
    char path[128];
    cr_assert_not_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/chain", dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("fake"), "adapter");
    (void)snprintf(path, sizeof path, "%s/key.pem", dir);
    yq_fault why = {0};
    cr_assert_eq(yq_key_write(key, path, NULL, &why), YQ_OK, "%s", why.text);
    fake_hub_start(&hub, dir, key);
    (void)snprintf(path, sizeof path, "%s/config.yaml", dir);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    (void)fprintf(
        f,
        "chain: city-a\nframework: fake\nendpoints: [nowhere]\n"
        "hub:\n  - unix:%s/hub0\n  - unix:%s/hub1\nkey: key.pem\ncursor_dir: cursor\n"
        "poll_ms: 20\nbatch: 4\noptions:\n  dir: %s/chain\n",
        dir,
        dir,
        dir);
    (void)fclose(f);
    yq_host_config_error error;
    cr_assert_eq(yq_host_config_load(&config, path, &error), YQ_OK, "%s", error.text);
}

static void run_command(char *const argv[])
{
    pid_t pid;
    cr_assert_eq(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ), 0);
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
}

static void teardown(void)
{
    fake_hub_stop(&hub);
    yq_host_config_free(&config);
    yq_key_free(key);
    char *argv[] = {"rm", "-rf", dir, NULL};
    run_command(argv);
}

static yq_engine *open_engine(void)
{
    yq_engine *e;
    yq_fault why = {0};
    cr_assert_eq(
        yq_engine_new(&e, &config, YQ_BINARY_DIR "/tests/plugins", &why), YQ_OK, "%s", why.text);
    return e;
}

/* What the hub knows, under its lock. */
static int seen(uint64_t from, uint64_t to)
{
    int n = 0;
    pthread_mutex_lock(&hub.lock);
    for (uint64_t h = from; h <= to; h++) {
        n += hub.seen[h];
    }
    pthread_mutex_unlock(&hub.lock);
    return n;
}

static int done(uint64_t n)
{
    int all = 1;
    pthread_mutex_lock(&hub.lock);
    for (uint64_t i = 0; i < n; i++) {
        all = all && hub.done[i];
    }
    pthread_mutex_unlock(&hub.lock);
    return all;
}

#define HUB_SET(change)                                                                            \
    do {                                                                                           \
        pthread_mutex_lock(&hub.lock);                                                             \
        hub.change;                                                                                \
        pthread_mutex_unlock(&hub.lock);                                                           \
    } while (0)

/* Rounds until the condition holds, at most so many seconds. */
#define ROUNDS_UNTIL(e, condition, seconds)                                                        \
    do {                                                                                           \
        uint64_t end = yq_host_steady_ms() + (seconds)*1000u;                                      \
        while (!(condition) && yq_host_steady_ms() < end) {                                        \
            if (!yq_engine_round(e)) {                                                             \
                yq_host_sleep(10);                                                                 \
            }                                                                                      \
        }                                                                                          \
        cr_expect(condition, "%s", #condition);                                                    \
    } while (0)

Test(host, brings_every_registered_event_once, .init = setup, .fini = teardown, .timeout = 120)
{
    chain_write("latest", "30");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(1, 30) == 30, 10);
    cr_expect_eq(e->cursor.next, 31);
    cr_expect_eq(e->stored_next, 31);
    cr_expect_eq(hub.client_height, 30);
    cr_expect_eq(hub.envelopes, 1, "%d", hub.envelopes);
    cr_expect_eq(hub.bad, 0);
    cr_expect_eq(e->stats.events, 30);
    chain_write("latest", "31");
    ROUNDS_UNTIL(e, seen(31, 31) == 1, 10);
    yq_engine_free(e);

    e = open_engine();
    cr_expect_eq(e->cursor.next, 32);
    chain_write("latest", "33");
    ROUNDS_UNTIL(e, seen(32, 33) == 2, 10);
    cr_expect_eq(hub.tried[31], 1);
    yq_engine_free(e);
}

Test(
    host,
    many_transactions_are_split_into_envelopes,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    chain_write("latest", "300");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(1, 300) == 300, 30);
    cr_expect_geq(hub.envelopes, 3);
    cr_expect_eq(hub.bad, 0);
    yq_engine_free(e);
}

Test(host, a_lost_cursor_costs_work_and_no_event, .init = setup, .fini = teardown, .timeout = 120)
{
    chain_write("latest", "12");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(1, 12) == 12, 10);
    yq_engine_free(e);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/cursor/cursor", dir);
    cr_assert_eq(truncate(path, 20), 0);
    e = open_engine();
    ROUNDS_UNTIL(e, e->cursor.next == 13, 10);
    cr_expect_eq(e->stats.replayed, 12);
    cr_expect_eq(hub.tried[5], 2);
    cr_expect_eq(seen(1, 12), 12);
    yq_engine_free(e);
}

Test(
    host,
    a_service_registered_later_is_searched_from_its_height,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.has_service = 0;
    hub.has_inbox = 1;
    chain_write("latest", "5");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, e->cursor.next == 6, 10);
    cr_expect_eq(seen(1, 5), 5);
    HUB_SET(has_service = 1);
    HUB_SET(service_from = 3);
    ROUNDS_UNTIL(e, hub.tried[3] == 2, 10);
    ROUNDS_UNTIL(e, e->cursor.next == 6, 10);
    cr_expect_eq(hub.tried[2], 1);
    yq_engine_free(e);
}

Test(
    host,
    events_before_a_services_height_are_left_out,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.service_from = 4;
    chain_write("latest", "6");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(4, 6) == 3, 10);
    cr_expect_eq(hub.tried[3], 0);
    cr_expect_eq(hub.client_height, 6);
    yq_engine_free(e);
}

Test(
    host,
    a_refused_event_is_passed_and_a_parked_one_comes_again,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.refuse[2] = YQ_E_EMITTER;
    hub.refuse[3] = YQ_E_LANE_MISSING;
    chain_write("latest", "6");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(4, 6) == 3, 10);
    ROUNDS_UNTIL(e, e->cursor.next == 7, 10);
    cr_expect_eq(e->stats.refused, 1);
    cr_assert_eq(e->cursor.parked_n, 1);
    cr_expect_eq(e->cursor.parked[0].height, 3);
    yq_engine_free(e);

    e = open_engine();
    cr_assert_eq(e->cursor.parked_n, 1);
    HUB_SET(refuse[3] = 0);
    ROUNDS_UNTIL(e, seen(3, 3) == 1, 10);
    cr_expect_eq(e->cursor.parked_n, 0);
    cr_expect_eq(hub.tried[2], 1);
    yq_engine_free(e);
}

Test(
    host, stands_still_at_a_code_that_is_not_final, .init = setup, .fini = teardown, .timeout = 120)
{
    hub.refuse[3] = YQ_E_CHAIN_FROZEN;
    chain_write("latest", "6");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, e->scan_hold.code == YQ_E_CHAIN_FROZEN, 10);
    cr_expect_eq(e->cursor.next, 3);
    cr_expect_eq(e->scan_hold.height, 3);
    cr_expect_eq(seen(1, 2), 2);
    HUB_SET(refuse[3] = 0);
    ROUNDS_UNTIL(e, seen(1, 6) == 6, 10);
    cr_expect_eq(e->scan_hold.code, YQ_OK);
    yq_engine_free(e);
}

Test(
    host, goes_back_when_the_hubs_client_is_behind, .init = setup, .fini = teardown, .timeout = 120)
{
    chain_write("latest", "6");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(1, 6) == 6, 10);
    HUB_SET(client_height = 2);
    e->chain.client_height = 2;
    chain_write("latest", "7");
    ROUNDS_UNTIL(e, seen(7, 7) == 1, 20);
    cr_expect_eq(hub.client_height, 7);
    yq_engine_free(e);
}

Test(host, waits_for_the_vote, .init = setup, .fini = teardown, .timeout = 120)
{
    hub.state = "voting";
    chain_write("latest", "2");
    yq_engine *e = open_engine();
    for (int i = 0; i < 5; i++) {
        (void)yq_engine_round(e);
    }
    cr_expect_eq(e->hub_hold.code, YQ_E_CHAIN_INACTIVE);
    cr_expect_eq(hub.envelopes, 0);
    HUB_SET(state = "active");
    ROUNDS_UNTIL(e, seen(1, 2) == 2, 10);
    yq_engine_free(e);
}

Test(
    host, survives_busy_failing_and_forgetful_hubs, .init = setup, .fini = teardown, .timeout = 120)
{
    hub.busy = 2;
    hub.unavailable = 3;
    hub.forget = 1;
    hub.used_sequence = 5; /* taken by an envelope that the hub's view does not show yet */
    chain_write("latest", "4");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(1, 4) == 4, 20);
    cr_expect_gt(e->stats.hub_failures, 0);
    cr_expect_eq(hub.bad, 0);
    yq_engine_free(e);
}

Test(host, goes_to_the_next_hub, .init = setup, .fini = teardown, .timeout = 120)
{
    chain_write("latest", "3");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(1, 3) == 3, 10);
    HUB_SET(is_down[0] = 1);
    chain_write("latest", "4");
    ROUNDS_UNTIL(e, seen(4, 4) == 1, 10);
    HUB_SET(is_down[1] = 1);
    HUB_SET(is_down[0] = 0);
    chain_write("latest", "5");
    ROUNDS_UNTIL(e, seen(5, 5) == 1, 10);
    yq_engine_free(e);
}

Test(host, a_chain_that_fails_is_tried_again, .init = setup, .fini = teardown, .timeout = 120)
{
    chain_write("latest", "4");
    chain_write("fail_latest", "1");
    chain_write("fail_evidence", "2");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, seen(1, 4) == 4, 20);
    cr_expect_eq(e->stats.chain_failures, 3);
    cr_expect_eq(e->chain_hold.code, YQ_OK);
    yq_engine_free(e);
}

Test(
    host,
    delivers_in_batches_and_brings_the_receipts,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.has_inbox = 1;
    hub.outbox_size = 10;
    chain_write("latest", "2");
    chain_write("fail_receipt", "2");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, done(10), 20);
    cr_expect_eq(executions(), 10);
    cr_expect_eq(chain_size("submissions"), 3);
    for (int i = 0; i < 10; i++) {
        (void)yq_engine_round(e);
    }
    cr_expect_eq(e->stats.packets, 10);
    cr_expect_eq(e->stats.delivered, 10);
    cr_expect_eq(chain_size("submissions"), 3);
    yq_engine_free(e);
}

Test(
    host,
    what_was_executed_before_a_restart_is_not_delivered_again,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.has_inbox = 1;
    chain_write("latest", "2");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, e->cursor.next == 3, 10);
    yq_engine_free(e);
    HUB_SET(outbox_size = 3);
    chain_write("latest", "3");
    chain_write("done_3", "done:0,1,2,");
    e = open_engine();
    ROUNDS_UNTIL(e, done(3), 10);
    for (int i = 0; i < 10; i++) {
        (void)yq_engine_round(e);
    }
    cr_expect_eq(chain_size("submissions"), 0);
    yq_engine_free(e);
}

Test(
    host,
    a_failed_delivery_is_put_off_and_tried_again,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.has_inbox = 1;
    hub.outbox_size = 2;
    chain_write("latest", "2");
    chain_write("fail_submit", "1");
    chain_write("fail_delivery", "1");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, done(2), 20);
    cr_expect_eq(e->stats.failed, 1);
    cr_expect_eq(executions(), 2);
    yq_engine_free(e);
}

static int at_epoch(uint64_t epoch)
{
    pthread_mutex_lock(&hub.lock);
    int is_there = hub.inbox_epoch == epoch;
    pthread_mutex_unlock(&hub.lock);
    return is_there;
}

/* Deliveries wait until it is at the hub's epoch. */
Test(
    host,
    an_inbox_that_slept_catches_up_epoch_by_epoch,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.has_inbox = 1;
    hub.epoch = 3;
    hub.inbox_epoch = 1;
    hub.outbox_size = 2;
    chain_write("latest", "2");
    chain_write("epoch", "1");
    chain_write("fail_submit", "1");
    chain_write("fail_step", "1");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, at_epoch(3) || chain_size("submissions") > 0, 30);
    cr_expect(at_epoch(3));
    cr_expect_eq(chain_size("submissions"), 0, "not while it was behind");
    ROUNDS_UNTIL(e, done(2), 20);
    cr_expect_eq(executions(), 2);
    cr_expect_eq(e->stats.steps, 2);
    cr_expect_eq(hub.steps_given, 4, "and again for each of the two failures: %d", hub.steps_given);
    yq_engine_free(e);
}

/* The hub may be further than it was when the chain was read. */
Test(
    host, a_step_is_of_the_epoch_that_it_came_with, .init = setup, .fini = teardown, .timeout = 120)
{
    int moved = 0;
    hub.has_inbox = 1;
    hub.epoch = 3;
    hub.inbox_epoch = 1;
    chain_write("latest", "2");
    chain_write("epoch", "2");
    yq_engine *e = open_engine();
    cr_assert(yq_engine_refresh(e));
    pthread_mutex_lock(&hub.lock);
    hub.inbox_epoch = 2;
    pthread_mutex_unlock(&hub.lock);
    cr_expect(yq_step_round(e, &moved) && moved);
    cr_expect(e->chain.inbox_epoch == 1 && e->step.epoch == 2);
    e->chain_read_ms = 0;
    cr_assert(yq_engine_refresh(e));
    cr_expect_eq(e->chain.inbox_epoch, 2);
    cr_expect(yq_step_round(e, &moved));
    cr_expect_eq(hub.steps_given, 1, "the same one goes on: %d", hub.steps_given);
    yq_engine_free(e);
}

/* A set that the inbox refuses is an alarm and is tried again with its certificate. */
Test(host, a_step_that_the_inbox_refuses, .init = setup, .fini = teardown, .timeout = 120)
{
    hub.has_inbox = 1;
    hub.epoch = 2;
    hub.inbox_epoch = 1;
    chain_write("latest", "2");
    chain_write("epoch", "7");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, e->delivery_hold.code == YQ_E_STATE, 20);
    cr_expect_str_eq(e->delivery_hold.text, "out of gas");
    chain_write("epoch", "1");
    ROUNDS_UNTIL(e, at_epoch(2), 30);
    ROUNDS_UNTIL(e, e->delivery_hold.code == YQ_OK, 20);
    yq_engine_free(e);
}

Test(host, verdicts, .init = setup, .fini = teardown, .timeout = 120)
{
    static const struct {
        uint16_t method;
        yq_status code;
        yq_host_verdict verdict;
    } row[] = {
        {YQ_METHOD_PACKET_EVENT, YQ_OK, YQ_HOST_DONE},
        {YQ_METHOD_PACKET_EVENT, YQ_E_REPLAY, YQ_HOST_DONE},
        {YQ_METHOD_PACKET_EVENT, YQ_E_STATE, YQ_HOST_REFUSED},
        {YQ_METHOD_PACKET_EVENT, YQ_E_EMITTER, YQ_HOST_REFUSED},
        {YQ_METHOD_PACKET_EVENT, YQ_E_LANE_MISSING, YQ_HOST_PARK},
        {YQ_METHOD_PACKET_EVENT, YQ_E_SEQ_GAP, YQ_HOST_PARK},
        {YQ_METHOD_PACKET_EVENT, YQ_E_PROOF, YQ_HOST_PARK},
        {YQ_METHOD_PACKET_EVENT, YQ_E_TRAILING, YQ_HOST_PARK},
        {YQ_METHOD_PACKET_EVENT, YQ_E_CHAIN_FROZEN, YQ_HOST_HOLD},
        {YQ_METHOD_PACKET_EVENT, YQ_E_SIGNER_UNKNOWN, YQ_HOST_HOLD},
        {YQ_METHOD_PACKET_EVENT, YQ_E_IO, YQ_HOST_HOLD},
        {YQ_METHOD_CLIENT_UPDATE, YQ_OK, YQ_HOST_DONE},
        {YQ_METHOD_CLIENT_UPDATE, YQ_E_REPLAY, YQ_HOST_DONE},
        {YQ_METHOD_CLIENT_UPDATE, YQ_E_STATE, YQ_HOST_HOLD},
        {YQ_METHOD_CLIENT_UPDATE, YQ_E_QUORUM, YQ_HOST_HOLD},
        {YQ_METHOD_CLIENT_UPDATE, YQ_E_TIME_FUTURE, YQ_HOST_HOLD},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(yq_host_judge(row[i].method, row[i].code), row[i].verdict, "%zu", i);
    }
}

/* ---- the program itself --------------------------------------------------------------------- */

static pid_t start_program(const char *command, const char *out_name)
{
    char config_path[128], out[128];
    (void)snprintf(config_path, sizeof config_path, "%s/config.yaml", dir);
    (void)snprintf(out, sizeof out, "%s/%s", dir, out_name);
    char program[] = YQ_BINARY_DIR "/bin/yuqiao-adapter";
    char plugins[] = YQ_BINARY_DIR "/tests/plugins";
    char name[32];
    (void)snprintf(name, sizeof name, "%s", command);
    char *argv[] = {
        program, name, "--config", config_path, "--plugin-dir", plugins, "--json", NULL};
    posix_spawn_file_actions_t actions;
    cr_assert_eq(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    cr_assert_eq(posix_spawn(&pid, program, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static int wait_exit(pid_t pid, uint64_t ms)
{
    int status = -1;
    uint64_t end = yq_host_steady_ms() + ms;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (yq_host_steady_ms() > end) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return -1;
        }
        yq_host_sleep(5);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(host, every_packet_and_event_once_under_kill, .init = setup, .fini = teardown, .timeout = 120)
{
    hub.has_inbox = 1;
    hub.outbox_size = 200;
    chain_write("latest", "300");
    unsigned kills = 0;
    for (unsigned wait_ms = 15; kills < 200 && !(done(200) && seen(1, 300) == 300); kills++) {
        pid_t pid = start_program("run", "log");
        yq_host_sleep(wait_ms);
        (void)kill(pid, SIGKILL);
        int status;
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        wait_ms = 15 + wait_ms * 7 % 31;
    }
    int requests = hub.requests;
    pid_t pid = start_program("run", "log");
    uint64_t end = yq_host_steady_ms() + 20000;
    while ((!(done(200) && seen(1, 300) == 300) || hub.requests == requests) &&
           yq_host_steady_ms() < end) {
        yq_host_sleep(20);
    }
    cr_expect(done(200));
    cr_expect_eq(seen(1, 300), 300);
    cr_expect_eq(executions(), 200);
    cr_expect_eq(hub.bad, 0);
    cr_expect_gt(kills, 3);
    (void)kill(pid, SIGTERM);
    cr_expect_eq(wait_exit(pid, 5000), 0);
}

static size_t read_out(char *text, size_t cap)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/out", dir);
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f);
    size_t n = fread(text, 1, cap - 1, f);
    text[n] = '\0';
    (void)fclose(f);
    return n;
}

Test(host, commands, .init = setup, .fini = teardown, .timeout = 120)
{
    static char text[65536];
    chain_write("latest", "3");
    cr_expect_eq(wait_exit(start_program("status", "out"), 5000), 4);
    cr_expect_eq(wait_exit(start_program("preflight", "out"), 5000), 0);
    (void)read_out(text, sizeof text);
    cr_expect(strstr(text, "\"passed\":true") != NULL, "%s", text);
    cr_expect(strstr(text, "\"name\":\"folder\"") != NULL, "%s", text);
    cr_expect(strstr(text, "\"name\":\"hub\"") != NULL, "%s", text);
    cr_expect_eq(wait_exit(start_program("anchor", "out"), 5000), 0);
    cr_expect_eq(read_out(text, sizeof text), 3);
    cr_expect_eq(wait_exit(start_program("fly", "out"), 5000), 2);

    pid_t pid = start_program("run", "log");
    uint64_t end = yq_host_steady_ms() + 10000;
    while (seen(1, 3) != 3 && yq_host_steady_ms() < end) {
        yq_host_sleep(20);
    }
    yq_host_sleep(700);
    cr_expect_eq(wait_exit(start_program("status", "out"), 5000), 0);
    (void)read_out(text, sizeof text);
    cr_expect(strstr(text, "\"running\":true") != NULL, "%s", text);
    cr_expect(strstr(text, "\"next_height\":4") != NULL, "%s", text);
    cr_expect(strstr(text, "\"calls\":\"7\"") != NULL, "%s", text);
    cr_expect_eq(wait_exit(start_program("run", "out"), 5000), 5);
    (void)kill(pid, SIGTERM);
    cr_expect_eq(wait_exit(pid, 5000), 0);
    cr_expect_eq(wait_exit(start_program("status", "out"), 5000), 0);
    (void)read_out(text, sizeof text);
    cr_expect(strstr(text, "\"running\":false") != NULL, "%s", text);
    cr_expect(strstr(text, "\"state\":\"stopped\"") != NULL, "%s", text);
}

Test(
    host,
    a_parked_event_that_cannot_be_fetched_stops_nothing,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.refuse[2] = YQ_E_LANE_MISSING;
    chain_write("latest", "3");
    yq_engine *e = open_engine();
    ROUNDS_UNTIL(e, e->cursor.parked_n == 1 && e->cursor.next == 4, 10);
    e->cursor.parked[0].retry_ms = 0;
    chain_write("fail_evidence", "1");
    chain_write("latest", "4");
    ROUNDS_UNTIL(e, seen(4, 4) == 1, 10);
    cr_expect_eq(e->chain_hold.code, YQ_OK);
    cr_expect_eq(e->stats.chain_failures, 1);
    cr_expect_eq(hub.tried[2], 1);
    cr_assert_eq(e->cursor.parked_n, 1);
    cr_expect_gt(e->cursor.parked[0].retry_ms, yq_host_steady_ms() + 10000);
    yq_engine_free(e);
}

Test(
    host,
    a_proof_that_is_refused_again_and_again_is_passed,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    hub.refuse[2] = YQ_E_PROOF;
    chain_write("latest", "3");
    yq_engine *e = open_engine();
    for (int i = 0; i < 11; i++) {
        ROUNDS_UNTIL(e, hub.tried[2] == i + 1 && e->cursor.next == 4, 10);
        cr_assert_eq(e->cursor.parked_n, 1);
        e->cursor.parked[0].retry_ms = 0;
    }
    ROUNDS_UNTIL(e, hub.tried[2] == 12, 10);
    cr_expect_eq(e->cursor.parked_n, 0);
    cr_expect_eq(e->stats.refused, 1);
    yq_engine_free(e);
}

Test(
    host,
    a_plugin_that_hangs_does_not_keep_the_program,
    .init = setup,
    .fini = teardown,
    .timeout = 120)
{
    chain_write("latest", "3");
    chain_write("fail_wait", "1");
    pid_t pid = start_program("run", "log");
    yq_host_sleep(600);
    (void)kill(pid, SIGTERM);
    cr_expect_eq(wait_exit(pid, 8000), 0);
}

Test(host, a_stop_ends_waiting, .init = setup, .fini = teardown, .timeout = 120)
{
    hub.unavailable = 1000000;
    chain_write("latest", "3");
    pid_t pid = start_program("run", "log");
    yq_host_sleep(600);
    (void)kill(pid, SIGTERM);
    uint64_t start = yq_host_steady_ms();
    cr_expect_eq(wait_exit(pid, 5000), 0);
    cr_expect_lt(yq_host_steady_ms() - start, 3000);
}
