#include "relay/ledger/audit.h"
#include "relay/ledger/snapshot_parts.h"
#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* A ledger of two epochs gives its snapshot, another one begins with it. */

static world a, b;
static yq_snapshots *kept;
static char folder[96], import_path[96], db_path[96];
static yq_fault why;
static uint64_t interval = 5;

static void open_kept_of_a(unsigned count, uint64_t pause_ms)
{
    yq_snapshots_config config = {
        .folder = folder,
        .kept = count,
        .interval = interval,
        .pause_ms = pause_ms,
        .part_size = 512, /* many parts of a small state */
    };
    cr_assert_eq(yq_snapshots_open(a.ledger, &config, &kept, &why), YQ_OK, "%s", why.text);
}

static int after(void)
{
    static yq_ledger_start start;
    static yq_ledger_committed committed;
    int taken;
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start), YQ_OK);
    cr_assert_eq(yq_ledger_commit(a.ledger, &start.tip.h, NULL, &committed), YQ_OK);
    cr_assert_eq(yq_snapshots_after(kept, &committed, &taken, &why), YQ_OK, "%s", why.text);
    return taken;
}

/* The next block; every fourth has no certificate of its own. Returns whether a snapshot was taken.
 */
static int grow(unsigned number)
{
    yq_bft_tip tip;
    if (number % 3 != 1) {
        world_send(&a, number % WORLD_N, 1 + number, 100 + 4 * number, 1 + number % 4);
    }
    world_block(&a, number % 4 != 2, &tip);
    return after();
}

/* Two blocks, the end of the first epoch, then the second one. */
static void grow_to(unsigned height)
{
    static yq_ledger_committed committed;
    yq_bft_tip tip;
    world_plant_pending(&a, WORLD_TIME + 150);
    open_kept_of_a(2, 0);
    world_block(&a, 1, &tip);
    (void)after();
    world_block(&a, 1, &tip);
    (void)after();
    cr_assert_eq(world_end_epoch(&a, &tip, &committed), YQ_OK);
    (void)after();
    for (unsigned i = 4; i <= height; i++) {
        (void)grow(i);
    }
}

static void begin(void)
{
    world_make(&a);
    world_make(&b);
    cr_assert_eq(world_open(&a), YQ_OK);
    cr_assert_eq(world_open(&b), YQ_OK);
    (void)snprintf(folder, sizeof folder, "%s/snapshots", a.dir);
    (void)snprintf(import_path, sizeof import_path, "%s/db.import", b.dir);
    (void)snprintf(db_path, sizeof db_path, "%s/db", b.dir);
}

static void finish(void)
{
    yq_snapshots_close(kept);
    world_free(&a);
    world_free(&b);
}

TestSuite(snapshot, .init = begin, .fini = finish, .timeout = 240);

static yq_import *open_import(void)
{
    yq_import *im = NULL;
    cr_assert_eq(yq_import_open(b.ledger, import_path, &im, &why), YQ_OK, "%s", why.text);
    return im;
}

static uint8_t *part;
static size_t part_n;

static void serve(const yq_snapshot_request *r)
{
    yq_mem_free(part);
    part = NULL;
    cr_assert_eq(yq_snapshots_serve(kept, r, &part, &part_n), YQ_OK);
}

static int same_request(const yq_snapshot_request *x, const yq_snapshot_request *y)
{
    uint8_t room[2][YQ_SNAPSHOT_REQUEST_SIZE];
    const yq_snapshot_request *each[2] = {x, y};
    for (unsigned i = 0; i < 2; i++) {
        yq_writer w = yq_writer_of(room[i], sizeof room[i]);
        yq_snapshot_request_put(&w, each[i]);
        cr_assert_eq(w.n, YQ_SNAPSHOT_REQUEST_SIZE);
    }
    return memcmp(room[0], room[1], sizeof room[0]) == 0;
}

/* One part from the snapshots to the import. Returns 0 when nothing is wanted. */
static int step(yq_import *im)
{
    yq_snapshot_request want;
    if (!yq_import_want(im, &want)) {
        return 0;
    }
    serve(&want);
    cr_assert_eq(yq_import_take(im, yq_slice_of(part, part_n), &why), YQ_OK, "%s", why.text);
    return 1;
}

static void adopt(int expected)
{
    int adopted;
    yq_ledger_close(b.ledger);
    b.ledger = NULL;
    cr_assert_eq(yq_import_adopt(import_path, db_path, &adopted, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(adopted, expected);
    cr_assert_eq(world_open(&b), YQ_OK);
}

static void expect_equal(void)
{
    static yq_ledger_start x, y;
    cr_assert_eq(yq_ledger_start_of(a.ledger, &x), YQ_OK);
    cr_assert_eq(yq_ledger_start_of(b.ledger, &y), YQ_OK);
    cr_assert(digest_equal(&x.tip.h, &y.tip.h));
    cr_assert(digest_equal(&x.tip.result.result_root, &y.tip.result.result_root));
    cr_assert(digest_equal(&x.tip.result.export_root, &y.tip.result.export_root));
    cr_assert(digest_equal(&x.tip.result.pending_valset_hash, &y.tip.result.pending_valset_hash));
    cr_assert_eq(x.tip.result.version, y.tip.result.version);
    cr_assert(digest_equal(&x.base.h, &y.base.h));
    cr_assert_eq(x.set.epoch, y.set.epoch);
    cr_assert_eq(memcmp(x.set.key, y.set.key, sizeof x.set.key), 0);
    cr_assert_eq(x.has_cert, y.has_cert);
}

/* What b lacks comes as ranges, and b executes it to the same results. */
static void follow(void)
{
    yq_view *v;
    yq_slice range;
    uint64_t from = b.ledger->tip.header.height + 1, to = a.ledger->tip.header.height;
    cr_assert_eq(yq_view_open(a.ledger, &v), YQ_OK);
    cr_assert_eq(yq_view_serve(v, from, to, &range), YQ_OK);
    cr_assert_eq(yq_ledger_apply(b.ledger, range, NULL, NULL, &why), YQ_OK, "%s", why.text);
    yq_view_close(v);
    expect_equal();
}

static void expect_history(uint64_t height)
{
    yq_view *v;
    uint64_t n;
    yq_digest path[64];
    size_t path_n;
    cr_assert_eq(yq_view_open(b.ledger, &v), YQ_OK);
    yq_status want = height < yq_ledger_base(b.ledger) ? YQ_E_NOT_FOUND : YQ_OK;
    cr_assert_eq(yq_view_history(v, height, &n, path, &path_n), want, "height %" PRIu64, height);
    yq_view_close(v);
}

Test(snapshot, a_new_ledger_begins_with_it_and_goes_on)
{
    yq_import_progress progress;
    yq_audit audit;
    unsigned parts = 0;
    grow_to(11);
    cr_assert_eq(after(), 0, "the same height again");
    yq_import *im = open_import();
    for (; step(im); parts++) {
        yq_import_look(im, &progress);
        cr_assert_leq(progress.permille, 1000);
    }
    yq_import_look(im, &progress);
    cr_assert(progress.complete);
    cr_assert_eq(progress.permille, 1000);
    cr_assert_eq(progress.height, 11, "10 has no certificate");
    cr_assert_eq(progress.epoch, 2);
    cr_assert_gt(progress.keys, 20);
    cr_assert_gt(parts, 10);
    yq_import_close(im);

    adopt(1);
    cr_assert_eq(yq_ledger_base(b.ledger), 11);
    expect_equal();
    cr_assert_eq(yq_ledger_audit(b.ledger, NULL, NULL, &audit, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(audit.keys, progress.keys);
    cr_assert_eq(audit.epochs, 2);
    for (unsigned i = 12; i <= 20; i++) {
        (void)grow(i);
    }
    follow();
    cr_assert_eq(yq_ledger_audit(b.ledger, NULL, NULL, &audit, &why), YQ_OK, "%s", why.text);
    for (uint64_t h = 0; h < 20; h++) {
        expect_history(h);
    }
    adopt(0);
    expect_equal();

    /* It serves ranges from there on, and says so of what it lacks. */
    yq_view *v;
    yq_slice range;
    cr_assert_eq(yq_view_open(b.ledger, &v), YQ_OK);
    for (uint64_t from = 1; from <= 11; from++) {
        cr_assert_eq(yq_view_serve(v, from, 20, &range), YQ_E_NOT_FOUND);
    }
    cr_assert_eq(yq_view_serve(v, 12, 20, &range), YQ_OK);
    cr_assert_eq(yq_view_fault(v), YQ_OK, "what is not here is no damage");
    yq_view_close(v);
}

/* Whatever byte of whatever part is wrong: refused, nothing taken, and the true part is taken. */
Test(snapshot, one_wrong_byte_of_any_part_is_refused)
{
    unsigned parts = 0;
    yq_snapshot_request want, still;
    yq_import_progress before, now;
    grow_to(11);
    yq_import *im = open_import();
    while (yq_import_want(im, &want)) {
        serve(&want);
        /* A manifest of an epoch that is not known yet only says how far the epochs go. */
        int is_hint = want.part == YQ_SNAPSHOT_MANIFEST && want.height == 0;
        for (size_t i = 0; i < part_n && !is_hint; i++) {
            part[i] ^= 1;
            yq_import_look(im, &before);
            yq_status status = yq_import_take(im, yq_slice_of(part, part_n), &why);
            part[i] ^= 1;
            cr_assert(status < 0 && status > -400, "part %u byte %zu: %d", parts, i, (int)status);
            cr_assert(yq_import_want(im, &still));
            cr_assert(same_request(&want, &still));
            yq_import_look(im, &now);
            cr_assert_eq(memcmp(&before, &now, sizeof now), 0);
        }
        for (size_t n = 0; n < part_n && !is_hint; n += 13) {
            cr_assert_neq(yq_import_take(im, yq_slice_of(part, n), &why), YQ_OK);
        }
        cr_assert_eq(yq_import_take(im, yq_slice_of(part, part_n), &why), YQ_OK);
        parts++;
    }
    yq_import_close(im);
    adopt(1);
    expect_equal();
}

static yq_status take(yq_import *im, const uint8_t *bytes, size_t n)
{
    return yq_import_take(im, yq_slice_of(bytes, n), &why);
}

/* Where header fields of a manifest or an epoch's end begin: behind the format and the version. */
#define CHAIN_AT (1u + 2u)
#define EPOCH_AT (CHAIN_AT + 32u)

Test(snapshot, each_fault_has_its_code)
{
    yq_snapshot_request want;
    grow_to(11);
    yq_import *im = open_import();
    cr_assert(step(im)); /* says that there are two epochs */

    cr_assert(yq_import_want(im, &want));
    cr_assert_eq(want.part, YQ_SNAPSHOT_EPOCH);
    serve(&want);
    part[CHAIN_AT] ^= 1;
    cr_assert_eq(take(im, part, part_n), YQ_E_DOMAIN);
    part[CHAIN_AT] ^= 1;
    part[EPOCH_AT + 7] ^= 2;
    cr_assert_eq(take(im, part, part_n), YQ_E_EPOCH_OLD);
    part[EPOCH_AT + 7] ^= 2;
    cr_assert_eq(take(im, part, part_n), YQ_OK);

    for (unsigned i = 12; i <= 16; i++) {
        (void)grow(i);
    }
    yq_snapshot_request newest = {.part = YQ_SNAPSHOT_MANIFEST};
    serve(&newest);
    cr_assert_eq(take(im, part, part_n), YQ_E_HEIGHT, "not the one that was begun with");
    cr_assert(yq_import_want(im, &want));
    serve(&want);
    part[EPOCH_AT + 7] ^= 4;
    cr_assert_eq(take(im, part, part_n), YQ_E_EPOCH_OLD, "no second hint");
    part[EPOCH_AT + 7] ^= 4;
    cr_assert_eq(take(im, part, part_n), YQ_OK);
    yq_import_close(im);
}

static void put_leaf(yq_writer *w, const char *key, const char *value)
{
    yq_put_blob16(w, yq_slice_text(key));
    yq_put_blob32(w, yq_slice_text(value));
}

/* One part of so many leaves; they follow. */
static yq_writer leaves_of(uint8_t *room, size_t cap, uint32_t n)
{
    yq_writer w = yq_writer_of(room, cap);
    yq_put_u8(&w, SNAPSHOT_FORMAT);
    yq_put_u8(&w, 1);
    yq_put_u32(&w, n);
    return w;
}

Test(snapshot, leaves_have_one_order_and_one_place)
{
    static uint8_t room[8 * (YQ_SNAPSHOT_LEAVES_MAX + 2)];
    yq_snapshot_request want, other;
    grow_to(11);
    yq_import *im = open_import();
    do {
        cr_assert(step(im) && yq_import_want(im, &want));
    } while (want.part != YQ_SNAPSHOT_STATE);
    yq_writer w = leaves_of(room, sizeof room, 2);
    put_leaf(&w, "a", "1");
    put_leaf(&w, "a", "1");
    cr_assert_eq(take(im, w.p, w.n), YQ_E_NONCANONICAL, "the same twice");
    w = leaves_of(room, sizeof room, 1);
    put_leaf(&w, "a", "");
    cr_assert_eq(take(im, w.p, w.n), YQ_E_NONCANONICAL, "no value");
    w = leaves_of(room, sizeof room, 0);
    cr_assert_eq(take(im, w.p, w.n), YQ_E_PROOF, "none");
    w = leaves_of(room, sizeof room, YQ_SNAPSHOT_LEAVES_MAX + 1);
    for (uint32_t i = 0; i <= YQ_SNAPSHOT_LEAVES_MAX; i++) {
        put_leaf(&w, "a", "1");
    }
    cr_assert_eq(w.status, YQ_OK);
    cr_assert_eq(take(im, w.p, w.n), YQ_E_LIMIT);

    cr_assert(step(im) && yq_import_want(im, &want));
    cr_assert_eq(want.nibbles, 1, "a place below the root");
    other = want;
    other.place.b[0] ^= 0x80;
    serve(&other);
    cr_assert_eq(take(im, part, part_n), YQ_E_NONCANONICAL, "another place's");
    yq_import_close(im);
}

/* The state after an epoch's last block is no place to begin. */
Test(snapshot, none_stands_at_the_end_of_an_epoch)
{
    static yq_ledger_committed committed;
    char path[128];
    yq_bft_tip tip;
    yq_snapshot_request want;
    world_plant_pending(&a, WORLD_TIME + 50);
    world_block(&a, 1, &tip);
    cr_assert_eq(world_end_epoch(&a, &tip, &committed), YQ_OK);
    cr_assert_eq(mkdir(folder, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/2", folder);
    cr_assert_eq(yq_ledger_checkpoint(a.ledger, path, &why), YQ_OK);
    open_kept_of_a(2, 0);
    yq_import *im = open_import();
    cr_assert(yq_import_want(im, &want));
    serve(&want);
    cr_assert_eq(take(im, part, part_n), YQ_E_NONCANONICAL);
    yq_import_close(im);
}

Test(snapshot, none_is_kept_at_the_end_of_an_epoch)
{
    static yq_ledger_committed committed;
    yq_bft_tip tip;
    interval = 2;
    world_plant_pending(&a, WORLD_TIME + 50);
    open_kept_of_a(2, 0);
    world_block(&a, 1, &tip);
    cr_assert_eq(after(), 0);
    cr_assert_eq(world_end_epoch(&a, &tip, &committed), YQ_OK);
    cr_assert_eq(after(), 0);
    cr_assert_eq(grow(3), 1, "the next block's is");
}

Test(snapshot, an_import_goes_on_after_every_part)
{
    yq_snapshot_request want, again;
    unsigned parts = 0;
    grow_to(11);
    yq_import *im = open_import();
    while (step(im)) {
        int more = yq_import_want(im, &want);
        yq_import_close(im);
        im = open_import();
        cr_assert_eq(yq_import_want(im, &again), more);
        cr_assert(same_request(&want, &again));
        parts++;
    }
    yq_import_close(im);
    cr_assert_gt(parts, 10);
    adopt(1);
    expect_equal();
}

/* The snapshot is gone everywhere: another one is taken from the start. */
Test(snapshot, an_import_begins_again_with_a_newer_one)
{
    yq_snapshot_request want;
    grow_to(11);
    yq_import *im = open_import();
    for (unsigned i = 0; i < 9; i++) {
        cr_assert(step(im));
    }
    for (unsigned i = 12; i <= 21; i++) {
        (void)grow(i);
    }
    cr_assert(yq_import_want(im, &want));
    cr_assert_eq(want.height, 11);
    cr_assert_eq(yq_snapshots_serve(kept, &want, &part, &part_n), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_import_restart(im, &why), YQ_OK);
    yq_import_close(im);
    im = open_import();
    cr_assert(yq_import_want(im, &want));
    cr_assert_eq(want.height, 0);
    cr_assert_eq(want.part, YQ_SNAPSHOT_MANIFEST);
    while (step(im)) {
    }
    yq_import_close(im);
    adopt(1);
    follow();
}

/* The power goes after the mark says so and before what was taken is gone. */
Test(snapshot, an_import_that_was_to_begin_again_does)
{
    static const uint8_t nothing[4 * 8 + 1 + 2];
    yq_snapshot_request want;
    yq_db *db;
    row_key key;
    yq_audit audit;
    grow_to(11);
    yq_import *im = open_import();
    for (unsigned i = 0; i < 9; i++) {
        cr_assert(step(im));
    }
    yq_import_close(im);
    cr_assert_eq(yq_db_open(import_path, &db, &why), YQ_OK);
    yq_db_batch *batch = yq_db_batch_new();
    row_meta(&key, META_IMPORT);
    yq_db_batch_put(batch, row_slice(&key), YQ_SLICE_OF(nothing));
    /* A key that the newer state does not have any more. */
    row_begin(&key, ROW_STATE);
    yq_put_u8(&key.w, 0xff);
    yq_db_batch_put(batch, row_slice(&key), yq_slice_text("old"));
    cr_assert_eq(yq_db_write(db, batch, &why), YQ_OK);
    yq_db_batch_free(batch);
    yq_db_close(db);

    for (unsigned i = 12; i <= 16; i++) {
        (void)grow(i);
    }
    im = open_import();
    cr_assert(yq_import_want(im, &want));
    cr_assert_eq(want.height, 0);
    while (step(im)) {
    }
    yq_import_close(im);
    adopt(1);
    follow();
    cr_assert_eq(yq_ledger_audit(b.ledger, NULL, NULL, &audit, &why), YQ_OK, "%s", why.text);
}

static int exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* The moments at which taking the place of the old database can be interrupted. */
Test(snapshot, taking_the_place_can_be_interrupted)
{
    char old[128];
    int adopted;
    (void)snprintf(old, sizeof old, "%s.replaced", db_path);
    grow_to(11);
    yq_import *im = open_import();
    cr_assert(step(im));
    yq_import_close(im);
    adopt(0);
    cr_assert(exists(import_path), "an unfinished one stays");
    im = open_import();
    while (step(im)) {
    }
    yq_import_close(im);

    cr_assert_eq(
        yq_import_adopt(import_path, db_path, &adopted, &why),
        YQ_E_IO,
        "a process that runs on the database keeps it");
    cr_assert(!adopted && exists(db_path) && exists(import_path));
    yq_ledger_close(b.ledger);
    b.ledger = NULL;
    cr_assert_eq(rename(db_path, old), 0);
    cr_assert_eq(yq_import_adopt(import_path, db_path, &adopted, &why), YQ_OK, "%s", why.text);
    cr_assert(adopted && !exists(old) && !exists(import_path));
    cr_assert_eq(world_open(&b), YQ_OK);
    expect_equal();
    yq_ledger_close(b.ledger);
    b.ledger = NULL;
    cr_assert_eq(mkdir(old, 0700), 0); /* after the second rename */
    cr_assert_eq(yq_import_adopt(import_path, db_path, &adopted, &why), YQ_OK, "%s", why.text);
    cr_assert(!adopted && !exists(old));
    cr_assert_eq(world_open(&b), YQ_OK);
    expect_equal();
}

/* Blocks that were taken meanwhile are not given up for an older snapshot. */
Test(snapshot, an_overtaken_import_is_removed)
{
    static yq_ledger_start start;
    int adopted;
    grow_to(11);
    yq_import *im = open_import();
    while (step(im)) {
    }
    yq_import_close(im);
    (void)grow(12);
    adopt(1);
    follow();
    cr_assert_eq(yq_ledger_start_of(b.ledger, &start), YQ_OK);
    cr_assert_eq(start.tip.header.height, 12);
    im = open_import(); /* of 11 again */
    while (step(im)) {
    }
    yq_import_close(im);
    yq_ledger_close(b.ledger);
    b.ledger = NULL;
    cr_assert_eq(yq_import_adopt(import_path, db_path, &adopted, &why), YQ_OK, "%s", why.text);
    cr_assert(!adopted && !exists(import_path));
    cr_assert_eq(world_open(&b), YQ_OK);
    expect_equal();
}

Test(snapshot, the_newest_are_kept)
{
    uint64_t height[YQ_SNAPSHOTS_MAX];
    grow_to(24);
    cr_assert_eq(yq_snapshots_look(kept, height), 2);
    cr_assert_eq(height[0], 15);
    cr_assert_eq(height[1], 20);
    yq_snapshot_request r = {.height = 11, .part = YQ_SNAPSHOT_MANIFEST};
    cr_assert_eq(yq_snapshots_serve(kept, &r, &part, &part_n), YQ_E_NOT_FOUND);
    r = (yq_snapshot_request){.height = 20, .part = YQ_SNAPSHOT_EPOCH, .epoch = 2};
    cr_assert_eq(yq_snapshots_serve(kept, &r, &part, &part_n), YQ_E_NOT_FOUND, "it has not ended");
    r = (yq_snapshot_request){.height = 20, .part = YQ_SNAPSHOT_STATE, .nibbles = 20};
    cr_assert_eq(yq_snapshots_serve(kept, &r, &part, &part_n), YQ_E_NOT_FOUND, "nothing there");

    /* They outlive the process; leftovers do not, and a longer pause is kept. */
    char left[128];
    (void)snprintf(left, sizeof left, "%s/25.tmp", folder);
    cr_assert_eq(mkdir(left, 0700), 0);
    yq_snapshots_close(kept);
    open_kept_of_a(2, 1500);
    cr_assert(!exists(left));
    cr_assert_eq(yq_snapshots_look(kept, height), 2);
    cr_assert_eq(height[1], 20);
    unsigned taken = 0;
    for (unsigned i = 25; i <= 40; i++) {
        taken += (unsigned)grow(i);
    }
    cr_assert_eq(taken, 1, "fifteen blocks are 1500 ms");
    cr_assert_eq(yq_snapshots_look(kept, height), 2);
    cr_assert_eq(height[1], 35);
}

Test(snapshot, a_request_has_one_form)
{
    static const struct {
        yq_snapshot_request r;
        yq_status status;
    } cases[] = {
        {{.part = YQ_SNAPSHOT_MANIFEST}, YQ_OK},
        {{.height = 7, .part = YQ_SNAPSHOT_EPOCH, .epoch = 3}, YQ_OK},
        {{.height = 7, .part = YQ_SNAPSHOT_STATE}, YQ_OK},
        {{.part = YQ_SNAPSHOT_STATE, .nibbles = 3, .place = {{0xab, 0xc0}}}, YQ_OK},
        {{.part = 0}, YQ_E_FIELD_UNKNOWN},
        {{.part = 4}, YQ_E_FIELD_UNKNOWN},
        {{.part = YQ_SNAPSHOT_EPOCH}, YQ_E_RANGE},
        {{.part = YQ_SNAPSHOT_MANIFEST, .epoch = 1}, YQ_E_NONCANONICAL},
        {{.part = YQ_SNAPSHOT_MANIFEST, .nibbles = 1}, YQ_E_NONCANONICAL},
        {{.part = YQ_SNAPSHOT_EPOCH, .epoch = 1, .place = {{1}}}, YQ_E_NONCANONICAL},
        {{.part = YQ_SNAPSHOT_STATE, .nibbles = 64}, YQ_E_RANGE},
        {{.part = YQ_SNAPSHOT_STATE, .nibbles = 3, .place = {{0xab, 0xc1}}}, YQ_E_NONCANONICAL},
        {{.part = YQ_SNAPSHOT_STATE, .nibbles = 2, .place = {{0xab, 0xc0}}}, YQ_E_NONCANONICAL},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(cases); i++) {
        uint8_t room[YQ_SNAPSHOT_REQUEST_SIZE + 1];
        yq_snapshot_request back;
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_snapshot_request_put(&w, &cases[i].r);
        cr_assert_eq(w.n, YQ_SNAPSHOT_REQUEST_SIZE);
        cr_assert_eq(
            yq_snapshot_request_decode(yq_writer_slice(&w), &back, &why),
            cases[i].status,
            "%zu",
            i);
        if (cases[i].status == YQ_OK) {
            cr_assert(same_request(&back, &cases[i].r));
        }
        yq_put_u8(&w, 0);
        cr_assert_neq(yq_snapshot_request_decode(yq_writer_slice(&w), &back, &why), YQ_OK);
    }
}

/* ---- recoveries ---- */

static void recover(const char *one, const char *two)
{
    static yq_ledger_start start;
    yq_key *fresh[2] = {world_fresh(one), world_fresh(two)};
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start), YQ_OK);
    yq_slice statement = world_statement(&a, &start.tip, 3, 1, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK, "%s", why.text);
    world_recovered(&a, fresh);
    yq_mem_free((void *)(uintptr_t)statement.p);
}

/* Three blocks, two epochs that the recovery set ended there, then the third. */
static void recover_and_grow_to(unsigned height)
{
    yq_bft_tip tip;
    open_kept_of_a(2, 0);
    for (unsigned i = 1; i <= 3; i++) {
        world_block(&a, 1, &tip);
        (void)after();
    }
    recover("one", "two");
    recover("three", "four");
    for (unsigned i = 4; i <= height; i++) {
        (void)grow(i);
    }
}

static int wants_epoch(const yq_import *im, uint64_t epoch)
{
    yq_snapshot_request want;
    return yq_import_want(im, &want) && want.part == YQ_SNAPSHOT_EPOCH && want.epoch == epoch;
}

Test(snapshot, a_recovery_leads_on_when_its_time_has_come)
{
    yq_audit audit;
    yq_snapshot_request want;
    recover_and_grow_to(13);
    yq_import *im = open_import();
    (void)step(im);
    cr_assert(wants_epoch(im, 1));
    b.recovery_says = YQ_E_HELD;
    cr_assert(yq_import_want(im, &want));
    serve(&want);
    cr_assert_eq(yq_import_take(im, yq_slice_of(part, part_n), &why), YQ_E_HELD);
    cr_assert(wants_epoch(im, 1), "it waits");
    b.recovery_says = YQ_OK;
    for (size_t i = 0; i < part_n; i++) {
        part[i] ^= 1;
        cr_assert_neq(yq_import_take(im, yq_slice_of(part, part_n), &why), YQ_OK, "byte %zu", i);
        part[i] ^= 1;
    }
    b.recovery_asked = 0;
    for (int more = 1; more;) { /* closed and opened again after every part */
        more = step(im);
        yq_import_close(im);
        im = open_import();
    }
    yq_import_close(im);
    cr_assert_eq(b.recovery_asked, 2);
    adopt(1);
    follow();
    cr_assert_eq(b.ledger->epoch, 3);
    cr_assert_eq(yq_ledger_audit(b.ledger, NULL, NULL, &audit, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(audit.epochs, 3);
}

/* A statement that does not lead to these validators, or is about another block. */
Test(snapshot, a_recovery_is_about_its_block_and_its_set)
{
    static snapshot_epoch e;
    static uint8_t room[YQ_SNAPSHOT_PART_MAX];
    recover_and_grow_to(11);
    yq_import *im = open_import();
    (void)step(im);
    cr_assert(wants_epoch(im, 1));
    const yq_snapshot_request first = {.part = YQ_SNAPSHOT_EPOCH, .epoch = 1};
    const yq_snapshot_request second = {.part = YQ_SNAPSHOT_EPOCH, .epoch = 2};
    serve(&second);
    cr_assert_neq(yq_import_take(im, yq_slice_of(part, part_n), &why), YQ_OK, "not yet");
    uint8_t *later = yq_mem_copy(part, part_n);
    size_t later_n = part_n;
    serve(&first);
    cr_assert_eq(
        snapshot_epoch_decode(&a.ledger->identity, yq_slice_of(part, part_n), &e, &why), YQ_OK);
    e.is_recovery = 0;
    yq_writer w = yq_writer_of(room, sizeof room);
    snapshot_epoch_put(&w, &e);
    cr_assert_eq(
        yq_import_take(im, yq_writer_slice(&w), &why), YQ_E_HASH, "its certificate names no set");
    e.is_recovery = 1;
    e.next.key[0][0] ^= 1;
    w = yq_writer_of(room, sizeof room);
    snapshot_epoch_put(&w, &e);
    cr_assert_eq(yq_import_take(im, yq_writer_slice(&w), &why), YQ_E_HASH, "another set");
    cr_assert_eq(yq_import_take(im, yq_slice_of(part, part_n), &why), YQ_OK, "%s", why.text);
    cr_assert_eq(yq_import_take(im, yq_slice_of(later, later_n), &why), YQ_OK, "%s", why.text);
    yq_mem_free(later);
    yq_import_close(im);
}
