#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/store/file.h"
#include "relay/store/guard.h"
#include "relay/store/mem.h"
#include "relay/store/test_dir.h"
#include "relay/store/wal_format.h"

#include <criterion/criterion.h>

static char dir[64], logs[96];

static void begin(void)
{
    test_dir_make(dir, sizeof dir);
    (void)snprintf(logs, sizeof logs, "%s/wal", dir);
}

static void finish(void)
{
    test_dir_remove(dir);
}

TestSuite(wal, .init = begin, .fini = finish, .timeout = 120);

/* A record whose body is its number, size times. */
static yq_slice record(uint8_t type, uint64_t epoch, uint64_t view, uint32_t number, size_t size)
{
    static uint8_t room[YQ_WAL_RECORD_SIZE_MAX + 64];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, type);
    yq_put_u64(&w, epoch);
    yq_put_u64(&w, view);
    for (size_t i = 0; i < size; i += 4) {
        yq_put_u32(&w, number);
    }
    return yq_writer_slice(&w);
}

typedef struct seen {
    uint32_t number[4096];
    size_t n;
} seen;

static yq_status see(void *self, yq_slice r)
{
    seen *s = self;
    yq_cur c = yq_cur_of(r);
    (void)yq_cur_take(&c, YQ_WAL_HEAD_SIZE);
    uint32_t number = yq_cur_u32(&c);
    while (yq_cur_left(&c) > 0) {
        cr_assert_eq(yq_cur_u32(&c), number);
    }
    s->number[s->n++] = number;
    return YQ_OK;
}

static seen got;

static yq_wal *reopen(yq_wal_found *found)
{
    yq_wal *wal = NULL;
    yq_fault why = {0};
    got.n = 0;
    cr_assert_eq(yq_wal_open(logs, &wal, see, &got, found, &why), YQ_OK, "%s", why.text);
    return wal;
}

static void append(yq_wal *wal, uint64_t view, uint32_t number, size_t size)
{
    cr_assert_eq(yq_wal_append(wal, record(6, 1, view, number, size), NULL), YQ_OK);
}

static void expect(size_t n)
{
    cr_assert_eq(got.n, n);
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_eq(got.number[i], i);
    }
}

Test(wal, gives_back_what_was_synced_in_order)
{
    yq_wal_found found;
    yq_wal *wal = reopen(&found);
    cr_assert_eq(found.records, 0);
    append(wal, 1, 0, 4);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK, "nothing to do");
    append(wal, 1, 1, 5000);
    append(wal, 2, 2, 4);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    append(wal, 2, 3, 4); /* not synced: may be lost */
    yq_wal_close(wal);
    wal = reopen(&found);
    expect(3);
    cr_assert_eq(found.torn, 0);
    cr_assert_eq(found.has_vote, 0);
    append(wal, 3, 3, 4);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    yq_wal_close(wal);
    wal = reopen(NULL);
    expect(4);
    yq_wal *other;
    cr_assert_eq(yq_wal_open(logs, &other, NULL, NULL, NULL, NULL), YQ_E_IO, "locked");
    cr_assert_eq(yq_wal_append(wal, record(6, 1, 1, 1, YQ_WAL_RECORD_SIZE_MAX), NULL), YQ_E_LIMIT);
    cr_assert_eq(yq_wal_append(wal, yq_slice_of("short", 5), NULL), YQ_E_LIMIT);
    yq_wal_close(wal);
}

static size_t segments(void)
{
    size_t n = 0;
    char path[128];
    for (unsigned i = 0; i < 64; i++) {
        (void)snprintf(path, sizeof path, "%s/%016x.log", logs, i);
        n += access(path, F_OK) == 0;
    }
    return n;
}

Test(wal, rolls_and_drops_whole_segments)
{
    yq_wal *wal = reopen(NULL);
    for (uint32_t i = 0; i < 24; i++) { /* two megabytes each */
        append(wal, 1 + i, i, 2u << 20);
        if (i % 3 == 2) {
            cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
        }
    }
    cr_assert_eq(yq_wal_append_body(wal, 1, 25, yq_slice_of("\0\0\0\30", 4), NULL), YQ_OK);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    size_t before = segments();
    cr_assert_geq(before, 4);
    cr_assert_eq(yq_wal_drop(wal, 0, 1000, NULL), YQ_OK, "an earlier epoch");
    cr_assert_eq(segments(), before);
    yq_wal_close(wal);
    wal = reopen(NULL);
    expect(25);
    cr_assert_eq(yq_wal_drop(wal, 1, 12, NULL), YQ_OK);
    cr_assert_lt(segments(), before);
    yq_wal_close(wal);
    wal = reopen(NULL);
    cr_assert_gt(got.n, 12, "nothing above view 12 is gone");
    cr_assert_eq(got.number[got.n - 1], 24);
    cr_assert_leq(got.number[0], 12);
    cr_assert_eq(yq_wal_drop(wal, 2, 0, NULL), YQ_OK);
    cr_assert_eq(segments(), 1, "the present one stays");
    yq_wal_close(wal);
    wal = reopen(NULL);
    expect(0);
    yq_wal_close(wal);
}

Test(wal, notes_the_highest_own_vote)
{
    yq_wal_found found;
    yq_wal *wal = reopen(&found);
    static const struct {
        uint8_t type;
        uint64_t epoch, view;
    } r[] = {{6, 9, 9}, {3, 1, 4}, {5, 2, 1}, {2, 1, 70}, {4, 1, 5}, {1, 3, 3}, {7, 3, 4}};
    for (unsigned i = 0; i < YQ_ARRAY_N(r); i++) {
        cr_assert_eq(yq_wal_append(wal, record(r[i].type, r[i].epoch, r[i].view, i, 4), NULL), 0);
    }
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    yq_wal_close(wal);
    yq_wal_close(reopen(&found));
    cr_assert_eq(found.records, 7);
    cr_assert(found.has_vote && found.vote_epoch == 2 && found.vote_view == 1);
}

/* Three groups in one segment: where they begin and end. */
static uint8_t *image;
static size_t image_n;

static void make_image(void)
{
    yq_wal *wal = reopen(NULL);
    append(wal, 1, 0, 4);
    append(wal, 1, 1, 6000);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    append(wal, 2, 2, 4);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    append(wal, 3, 3, 4);
    append(wal, 3, 4, 9000);
    append(wal, 3, 5, 4);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    yq_wal_close(wal);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%016x.log", logs, 1);
    cr_assert_eq(file_read(path, &image, &image_n, NULL), YQ_OK);
    image_n = WAL_ALIGN * 12; /* the rest is preallocated */
}

static yq_status read_image(int last, size_t *end, int *torn)
{
    got.n = 0;
    return yq_wal_read_segment(yq_slice_of(image, image_n), last, see, &got, end, torn);
}

Test(wal, every_torn_end_is_cut_to_whole_groups)
{
    size_t end, third = WAL_ALIGN * 4, used = WAL_ALIGN * 7;
    int torn;
    make_image();
    cr_assert_eq(read_image(1, &end, &torn), YQ_OK);
    expect(6);
    cr_assert_eq(end, used);
    for (size_t keep = third; keep < used; keep += 61) {
        uint8_t *whole = yq_mem_copy(image, image_n);
        memset(image + keep, 0, used - keep); /* the rest was not written */
        int zero = yq_bytes_are_zero(image + third, used - third);
        int same = memcmp(image, whole, image_n) == 0;
        cr_assert_eq(read_image(1, &end, &torn), YQ_OK);
        expect(same ? 6 : 3);
        cr_assert_eq(torn, !zero && !same);
        cr_assert_eq(end, same ? used : third);
        if (torn) {
            cr_assert_eq(read_image(0, &end, &torn), YQ_E_CORRUPT, "not the newest segment");
        }
        yq_mem_free(image);
        image = whole;
    }
    size_t all = image_n;
    for (image_n = third + 1; image_n < used - WAL_ALIGN; image_n += 97) {
        cr_assert_eq(read_image(1, &end, &torn), YQ_OK, "a shorter file");
        expect(3);
    }
    image_n = all;
    yq_mem_free(image);
}

/* A byte that changes in front of a later group was durable: damage, never a torn end. */
Test(wal, damage_in_the_middle_is_told)
{
    size_t end, second = WAL_ALIGN * 3;
    int torn;
    make_image();
    size_t covered[3] = {WAL_GROUP_SIZE + 29, WAL_GROUP_SIZE + 29 + 6025, 0};
    for (size_t i = 0; i<covered[1]; i += i> 200 ? 14 : 1) {
        image[WAL_ALIGN + i] ^= 0x10;
        cr_assert_eq(read_image(1, &end, &torn), YQ_E_CORRUPT, "byte %zu", i);
        image[WAL_ALIGN + i] ^= 0x10;
    }
    for (size_t i = 0; i < WAL_GROUP_SIZE + 29; i++) {
        image[second + i] ^= 1;
        cr_assert_eq(read_image(1, &end, &torn), YQ_E_CORRUPT, "byte %zu", i);
        image[second + i] ^= 1;
    }
    memset(image + second, 0, WAL_ALIGN); /* a lost sector */
    cr_assert_eq(read_image(1, &end, &torn), YQ_E_CORRUPT);
    for (size_t i = 0; i < 40; i++) {
        image[i] ^= 1;
        cr_assert_neq(read_image(1, &end, &torn), YQ_OK, "head, byte %zu", i);
        image[i] ^= 1;
    }
    yq_mem_free(image);
}

Test(wal, a_cut_end_stays_cut)
{
    make_image();
    char path[128];
    yq_wal_found found;
    (void)snprintf(path, sizeof path, "%s/%016x.log", logs, 1);
    cr_assert_eq(truncate(path, WAL_ALIGN * 5 + 7), 0);
    yq_wal *wal = reopen(&found);
    expect(3);
    cr_assert_eq(found.torn, 1);
    append(wal, 4, 3, 4);
    cr_assert_eq(yq_wal_sync(wal, NULL), YQ_OK);
    yq_wal_close(wal);
    wal = reopen(&found);
    expect(4);
    cr_assert_eq(found.torn, 0);
    yq_wal_close(wal);
    /* A newest segment whose head was never written is made anew. */
    (void)snprintf(path, sizeof path, "%s/%016x.log", logs, 4);
    cr_assert_eq(access(path, F_OK) != 0, 1);
    FILE *f = fopen(path, "w");
    cr_assert_eq(fputs("YQWAL", f) >= 0 && fclose(f) == 0, 1);
    yq_wal_close(reopen(&found));
    expect(4);
    /* One in the middle is missing. */
    (void)snprintf(path, sizeof path, "%s/%016x.log", logs, 2);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(yq_wal_open(logs, &wal, NULL, NULL, NULL, NULL), YQ_E_CORRUPT);
    yq_mem_free(image);
}

static yq_status refuse(void *self, yq_slice r)
{
    (void)self;
    (void)r;
    return YQ_E_VERSION;
}

Test(wal, the_readers_refusal_is_returned)
{
    make_image();
    yq_wal *wal;
    cr_assert_eq(yq_wal_open(logs, &wal, refuse, NULL, NULL, NULL), YQ_E_VERSION);
    yq_mem_free(image);
}
