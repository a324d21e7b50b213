#include "relay/store/crc32c.h"
#include "relay/store/db.h"
#include "relay/store/omap.h"
#include "relay/store/test_dir.h"

#include <criterion/criterion.h>

static char dir[64];
static yq_db *db;

static void begin(void)
{
    test_dir_make(dir, sizeof dir);
    cr_assert_eq(yq_db_open(dir, &db, NULL), YQ_OK);
}

static void finish(void)
{
    yq_db_close(db);
    test_dir_remove(dir);
}

TestSuite(db, .init = begin, .fini = finish, .timeout = 60);

#define TEXT(t) yq_slice_of(t, sizeof(t) - 1)

static int has(const yq_db_snap *snap, yq_slice key, yq_slice want)
{
    yq_db_value value;
    cr_assert_eq(yq_db_get(db, snap, key, &value), YQ_OK);
    int same = value.found && yq_slice_equal(value.bytes, want);
    yq_db_value_free(&value);
    return same;
}

Test(db, batches_snapshots_and_walks)
{
    yq_db_batch *batch = yq_db_batch_new();
    yq_db_batch_put(batch, TEXT("a"), TEXT("1"));
    yq_db_batch_put(batch, TEXT("b"), TEXT(""));
    yq_db_batch_put(batch, TEXT("c\0"), TEXT("3"));
    cr_assert_eq(yq_db_batch_size(batch), 6);
    cr_assert(!has(NULL, TEXT("a"), TEXT("1")), "nothing before the write");
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    cr_assert_eq(yq_db_batch_size(batch), 0);
    cr_assert(has(NULL, TEXT("a"), TEXT("1")));
    cr_assert(has(NULL, TEXT("b"), TEXT("")));
    yq_db_snap *snap = yq_db_snap_new(db);
    yq_db_batch_remove(batch, TEXT("a"));
    yq_db_batch_put(batch, TEXT("b"), TEXT("2"));
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    yq_db_batch_free(batch);
    cr_assert(has(snap, TEXT("a"), TEXT("1")) && has(snap, TEXT("b"), TEXT("")));
    cr_assert(!has(NULL, TEXT("a"), TEXT("1")) && has(NULL, TEXT("b"), TEXT("2")));
    yq_db_iter *it = yq_db_iter_new(db, snap);
    cr_assert_eq(yq_db_iter_seek(it, TEXT("a\0")), 1);
    cr_assert(yq_slice_equal(yq_db_iter_key(it), TEXT("b")));
    cr_assert_eq(yq_db_iter_step(it), 1);
    cr_assert(yq_slice_equal(yq_db_iter_key(it), TEXT("c\0")));
    cr_assert(yq_slice_equal(yq_db_iter_value(it), TEXT("3")));
    cr_assert_eq(yq_db_iter_step(it), 0);
    cr_assert_eq(yq_db_iter_status(it), YQ_OK);
    yq_db_iter_free(it);
    yq_db_snap_free(snap);
}

Test(db, is_opened_once_and_tells_damage)
{
    yq_db *other;
    yq_fault why;
    cr_assert_eq(yq_db_open(dir, &other, &why), YQ_E_IO);
    cr_assert_neq(why.text[0], 0);
    yq_db_close(db);
    db = NULL;
    char path[96];
    (void)snprintf(path, sizeof path, "%s/CURRENT", dir);
    FILE *f = fopen(path, "w");
    cr_assert_eq(fputs("nonsense", f) >= 0 && fclose(f) == 0, 1);
    yq_status status = yq_db_open(dir, &other, &why);
    cr_assert(status == YQ_E_CORRUPT || status == YQ_E_IO);
}

static uint64_t seed = 11;

static unsigned draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

/* The map against arrays: 0 says nothing, 1 a deletion, else a value. */
Test(omap, equals_a_model)
{
    static uint8_t now[256], marked[2][256];
    yq_omap map = {0};
    for (unsigned round = 0; round < 400; round++) {
        size_t mark[2];
        for (unsigned depth = 0; depth < 2; depth++) {
            mark[depth] = yq_omap_mark(&map);
            memcpy(marked[depth], now, sizeof now);
            for (unsigned i = 0; i < 8; i++) {
                uint8_t key = (uint8_t)draw(256), value = (uint8_t)(1 + draw(255));
                now[key] = value;
                if (value == 1) {
                    yq_omap_remove(&map, yq_slice_of(&key, 1));
                } else {
                    yq_omap_put(&map, yq_slice_of(&key, 1), yq_slice_of(&value, 1));
                }
            }
        }
        unsigned back = draw(3);
        if (back < 2) {
            yq_omap_undo(&map, mark[back]);
            memcpy(now, marked[back], sizeof now);
        }
        if (round % 50 == 49) {
            yq_omap_settle(&map);
        }
        const yq_omap_node *n = yq_omap_first(&map);
        for (unsigned k = 0; k < 256; k++) {
            uint8_t key = (uint8_t)k;
            const yq_omap_node *one = yq_omap_get(&map, yq_slice_of(&key, 1));
            cr_assert_eq(one == NULL, now[k] == 0);
            if (now[k] == 0) {
                continue;
            }
            cr_assert_eq(n, one);
            cr_assert_eq(n, yq_omap_seek(&map, yq_slice_of(&key, 1), 1));
            cr_assert_eq(yq_omap_after(n), yq_omap_seek(&map, yq_slice_of(&key, 1), 0));
            cr_assert(n->removed ? now[k] == 1 : n->value.p[0] == now[k]);
            n = yq_omap_after(n);
        }
        cr_assert_null(n);
    }
    yq_omap_free(&map);
}

Test(crc32c, published_values)
{
    uint8_t zero[32] = {0}, up[32];
    for (uint8_t i = 0; i < 32; i++) {
        up[i] = i;
    }
    cr_assert_eq(yq_crc32c(TEXT("123456789")), 0xe3069283u);
    cr_assert_eq(yq_crc32c(yq_slice_of(zero, 32)), 0x8a9136aau, "RFC 3720, B.4");
    cr_assert_eq(yq_crc32c(yq_slice_of(up, 32)), 0x46dd794eu, "RFC 3720, B.4");
    cr_assert_eq(yq_crc32c((yq_slice){0}), 0);
}
