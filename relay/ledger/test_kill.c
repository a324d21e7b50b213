#include "relay/ledger/test_world.h"
#include "relay/store/test_crash.h"
#include "relay/store/wal.h"

#include <criterion/criterion.h>
#include <fcntl.h>

/*
 * The process is killed after any write or sync of log and database. Whatever was told to be
 * committed is there, nothing is there by halves, and going on leads to the same roots. All work is
 * done in children: RocksDB's threads do not survive a fork.
 */
#define BLOCKS 4u

static world w;
static int told_fd[2];
static char expected[96]; /* file: a result root a height */

static yq_envelope env[BLOCKS + 1]; /* signatures are drawn: each is made once */

static void make_envelopes(void)
{
    uint8_t room[2][256];
    for (unsigned i = 1; i <= BLOCKS; i++) {
        yq_slice tx[2] = {
            world_tx(room[0], sizeof room[0], i), world_bad_tx(room[1], sizeof room[1], i)};
        env[i] = world_envelope(&w, i % WORLD_N, i, WORLD_TIME + 3600000, tx, 2);
    }
}

/* The next block, the same one for a height whenever it is made. */
static void next_block(yq_ledger_start *start)
{
    static yq_cert cert;
    static yq_ledger_committed committed;
    uint64_t height = start->tip.header.height + 1;
    const yq_envelope *e = &env[height];
    yq_bft_tip tip;
    world_header(&w, &start->tip, height, e->digest.b, 1, 2, &tip);
    YQ_ASSERT(world_put(&w, e) == YQ_OK);
    YQ_ASSERT(yq_ledger_execute(w.ledger, &tip.h, &tip.header, e->digest.b, &tip.result) == YQ_OK);
    world_certify(&w, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    YQ_ASSERT(yq_ledger_commit(w.ledger, &tip.h, &cert, &committed) == YQ_OK);
    start->tip = committed.tip;
}

/* What a node does: log, commit, told, log drop. */
static void run(void *self)
{
    (void)self;
    static yq_ledger_start start;
    yq_wal *wal;
    char path[96];
    (void)snprintf(path, sizeof path, "%s/wal", w.dir);
    if (world_open(&w) != YQ_OK || yq_ledger_start_of(w.ledger, &start) != YQ_OK ||
        yq_wal_open(path, &wal, NULL, NULL, NULL, NULL) != YQ_OK) {
        _exit(3);
    }
    while (start.tip.header.height < BLOCKS) {
        uint8_t record[YQ_WAL_HEAD_SIZE] = {3, 0, 0, 0, 0, 0, 0, 0, 1};
        uint8_t height = (uint8_t)(start.tip.header.height + 1);
        record[16] = height;
        if (yq_wal_append(wal, yq_slice_of(record, sizeof record), NULL) != YQ_OK ||
            yq_wal_sync(wal, NULL) != YQ_OK) {
            _exit(4);
        }
        next_block(&start);
        if (write(told_fd[1], &height, 1) != 1 || yq_wal_drop(wal, 1, height, NULL) != YQ_OK) {
            _exit(5);
        }
    }
    yq_wal_close(wal);
    yq_ledger_close(w.ledger);
}

static void note_root(void *self)
{
    (void)self;
    yq_view *v;
    yq_view_block block;
    FILE *f = fopen(expected, "wb");
    if (f == NULL || world_open(&w) != YQ_OK || yq_view_open(w.ledger, &v) != YQ_OK) {
        _exit(6);
    }
    for (uint64_t i = 0; i <= BLOCKS; i++) {
        if (yq_view_block_at(v, i, &block) != YQ_OK ||
            fwrite(block.tip.result.result_root.b, 32, 1, f) != 1) {
            _exit(7);
        }
    }
    if (fclose(f) != 0) {
        _exit(8);
    }
    yq_view_close(v);
    yq_ledger_close(w.ledger);
}

static uint8_t told; /* the highest height that was told before the kill */

static void reopen(void *self)
{
    (void)self;
    static yq_ledger_start start;
    uint8_t root[BLOCKS + 1][32];
    FILE *f = fopen(expected, "rb");
    if (f == NULL || fread(root, 32, BLOCKS + 1, f) != BLOCKS + 1 || fclose(f) != 0) {
        _exit(9);
    }
    if (world_open(&w) != YQ_OK || yq_ledger_start_of(w.ledger, &start) != YQ_OK) {
        _exit(10);
    }
    uint64_t height = start.tip.header.height;
    if (height < told || height > told + 1u || start.has_cert != (height > 0) ||
        memcmp(start.tip.result.result_root.b, root[height], 32) != 0) {
        _exit(11);
    }
    while (start.tip.header.height < BLOCKS) {
        next_block(&start);
    }
    if (memcmp(start.tip.result.result_root.b, root[BLOCKS], 32) != 0) {
        _exit(12);
    }
    yq_ledger_close(w.ledger);
}

Test(kill, at_every_point_the_roots_are_equal, .timeout = 280)
{
    world_make(&w);
    make_envelopes();
    cr_assert_eq(pipe(told_fd), 0);
    (void)snprintf(expected, sizeof expected, "%s.roots", w.dir);
    cr_assert_eq(crash_run(-1, run, NULL), 0);
    cr_assert_eq(crash_run(-1, note_root, NULL), 0);
    (void)close(told_fd[0]);
    (void)close(told_fd[1]);
    int died = 1;
    long after = 1;
    for (; died; after++) {
        test_dir_remove(w.dir);
        cr_assert_eq(mkdir(w.dir, 0700), 0);
        cr_assert_eq(pipe(told_fd), 0);
        died = crash_run(after, run, NULL);
        (void)close(told_fd[1]);
        told = 0;
        uint8_t heights[BLOCKS];
        ssize_t n = read(told_fd[0], heights, sizeof heights);
        told = n > 0 ? heights[n - 1] : 0;
        (void)close(told_fd[0]);
        cr_assert_eq(crash_run(-1, reopen, NULL), 0, "after %ld", after);
    }
    cr_assert_gt(after, 40);
    (void)remove(expected);
    for (unsigned i = 1; i <= BLOCKS; i++) {
        world_drop(&env[i]);
    }
    world_free(&w);
}
