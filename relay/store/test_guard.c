#include "relay/store/guard.h"
#include "relay/store/test_crash.h"
#include "relay/store/test_dir.h"

#include <criterion/criterion.h>
#include <fcntl.h>

static char dir[64], logs[96], guards[96];
static const yq_digest key_id = {{7, 7, 7}};

static void begin(void)
{
    test_dir_make(dir, sizeof dir);
    (void)snprintf(logs, sizeof logs, "%s/wal", dir);
    (void)snprintf(guards, sizeof guards, "%s/guard", dir);
}

static void finish(void)
{
    test_dir_remove(dir);
}

TestSuite(guard, .init = begin, .fini = finish, .timeout = 240);

static yq_guard *open_guard(void)
{
    yq_guard *g = NULL;
    cr_assert_eq(yq_guard_open(guards, &key_id, &g, NULL), YQ_OK);
    return g;
}

Test(guard, remembers_the_highest)
{
    uint64_t epoch, view;
    yq_guard *g = open_guard(), *twin;
    cr_assert_eq(yq_guard_look(g, NULL, NULL), 0);
    cr_assert_eq(yq_guard_note(g, 1, 5, NULL), YQ_OK);
    cr_assert_eq(yq_guard_note(g, 1, 4, NULL), YQ_OK);
    cr_assert_eq(yq_guard_note(g, 1, 6, NULL), YQ_OK);
    cr_assert_eq(yq_guard_open(guards, &key_id, &twin, NULL), YQ_E_TWIN_KEY);
    yq_guard_close(g);
    g = open_guard();
    cr_assert_eq(yq_guard_look(g, &epoch, &view), 1);
    cr_assert(epoch == 1 && view == 6);
    cr_assert_eq(yq_guard_note(g, 2, 1, NULL), YQ_OK);
    yq_guard_close(g);
    g = open_guard();
    cr_assert_eq(yq_guard_look(g, &epoch, &view), 1);
    cr_assert(epoch == 2 && view == 1);
    yq_guard_close(g);
}

Test(guard, decides_who_may_vote)
{
    static const yq_wal_found none = {0}, votes = {.has_vote = 1, .vote_epoch = 1, .vote_view = 9};
    yq_guard *g = open_guard();
    cr_assert_eq(yq_guard_check(g, &votes, 1, 50, NULL), YQ_E_SIGN_GUARD, "no guard");
    cr_assert_eq(yq_guard_look(g, NULL, NULL), 0);
    cr_assert_eq(yq_guard_check(g, &none, 0, 0, NULL), YQ_OK, "a new node");
    cr_assert_eq(yq_guard_look(g, NULL, NULL), 1, "from here on there is a guard");
    cr_assert_eq(yq_guard_check(g, &none, 1, 50, NULL), YQ_OK, "it only followed");
    cr_assert_eq(yq_guard_note(g, 1, 9, NULL), YQ_OK);
    cr_assert_eq(yq_guard_check(g, &votes, 0, 0, NULL), YQ_OK);
    cr_assert_eq(yq_guard_check(g, &none, 0, 0, NULL), YQ_E_SIGN_GUARD, "no log");
    cr_assert_eq(yq_guard_check(g, &none, 1, 8, NULL), YQ_E_SIGN_GUARD);
    cr_assert_eq(yq_guard_check(g, &none, 1, 9, NULL), YQ_OK, "all signed is final");
    cr_assert_eq(yq_guard_note(g, 1, 10, NULL), YQ_OK);
    cr_assert_eq(yq_guard_check(g, &votes, 0, 0, NULL), YQ_E_SIGN_GUARD, "rolled back");
    cr_assert_eq(yq_guard_check(g, &votes, 2, 0, NULL), YQ_OK);
    yq_guard_close(g);
}

static void patch(size_t at, uint8_t mask)
{
    char path[192];
    uint8_t b;
    (void)snprintf(path, sizeof path, "%s/", guards);
    size_t n = strlen(path);
    (void)yq_hex_encode(path + n, sizeof path - n, key_id.b, sizeof key_id.b);
    memcpy(path + n + 64, ".guard", 7);
    int fd = open(path, O_RDWR);
    cr_assert_eq(pread(fd, &b, 1, (off_t)at), 1);
    b ^= mask;
    cr_assert_eq(pwrite(fd, &b, 1, (off_t)at), 1);
    (void)close(fd);
}

Test(guard, one_slot_may_be_torn_not_both)
{
    uint64_t view;
    yq_guard *g = open_guard();
    cr_assert_eq(yq_guard_note(g, 1, 1, NULL), YQ_OK);
    cr_assert_eq(yq_guard_note(g, 1, 2, NULL), YQ_OK);
    yq_guard_close(g);
    for (size_t i = 0; i < 68; i++) {
        patch(i, 1); /* slot 0 holds view 2 */
        g = open_guard();
        cr_assert_eq(yq_guard_look(g, NULL, &view), 1);
        cr_assert_eq(view, 1, "byte %zu", i);
        yq_guard_close(g);
        patch(4096 + i, 1);
        cr_assert_eq(yq_guard_open(guards, &key_id, &g, NULL), YQ_E_CORRUPT);
        patch(4096 + i, 1);
        patch(i, 1);
    }
    g = open_guard();
    cr_assert_eq(yq_guard_look(g, NULL, &view), 1);
    cr_assert_eq(view, 2);
    yq_guard_close(g);
}

/* A voter's turn: record, sync, guard, and only then the "signature": a line in a pipe. */
static int pipe_fd[2];

static yq_status ignore(void *self, yq_slice r)
{
    (void)self;
    (void)r;
    return YQ_OK;
}

static void vote(void *self)
{
    (void)self;
    yq_wal *wal;
    yq_guard *g;
    uint8_t record[YQ_WAL_HEAD_SIZE] = {3, 0, 0, 0, 0, 0, 0, 0, 1};
    yq_wal_found found;
    if (yq_wal_open(logs, &wal, ignore, NULL, &found, NULL) != YQ_OK ||
        yq_guard_open(guards, &key_id, &g, NULL) != YQ_OK ||
        yq_guard_check(g, &found, 0, 0, NULL) != YQ_OK) {
        _exit(3);
    }
    for (uint8_t view = 1; view <= 6; view++) {
        record[16] = view;
        if (yq_wal_append(wal, yq_slice_of(record, sizeof record), NULL) != YQ_OK ||
            yq_wal_sync(wal, NULL) != YQ_OK || yq_guard_note(g, 1, view, NULL) != YQ_OK ||
            write(pipe_fd[1], &view, 1) != 1 || yq_wal_drop(wal, 1, view - 1u, NULL) != YQ_OK) {
            _exit(4);
        }
    }
    yq_wal_close(wal);
    yq_guard_close(g);
}

/* Killed after every single write and sync: what was signed is in the log and in the guard, and
 * the guard never keeps a node from going on. */
Test(guard, kill_at_every_point)
{
    int died = 1;
    for (long after = 1; died; after++) {
        finish();
        begin();
        cr_assert_eq(pipe(pipe_fd), 0);
        died = crash_run(after, vote, NULL);
        (void)close(pipe_fd[1]);
        uint8_t signed_views[16];
        ssize_t n = read(pipe_fd[0], signed_views, sizeof signed_views);
        (void)close(pipe_fd[0]);
        yq_wal_found found;
        yq_wal *wal;
        yq_fault why = {0};
        cr_assert_eq(
            yq_wal_open(logs, &wal, ignore, NULL, &found, &why), YQ_OK, "%ld: %s", after, why.text);
        yq_guard *g = open_guard();
        uint64_t guarded = 0;
        (void)yq_guard_look(g, NULL, &guarded);
        if (n > 0) {
            cr_assert(found.has_vote && found.vote_view >= (uint64_t)n, "%ld", after);
            cr_assert_geq(guarded, (uint64_t)n);
        }
        cr_assert_eq(yq_guard_check(g, &found, 0, 0, &why), YQ_OK, "%ld: %s", after, why.text);
        yq_guard_close(g);
        yq_wal_close(wal);
        cr_assert_lt(after, 500);
    }
}
