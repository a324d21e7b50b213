#include "adapters/host/backoff.h"
#include "adapters/host/cursor.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/yq-cursor-XXXXXX";

static void make_dir(void)
{
    cr_assert_not_null(mkdtemp(dir));
}

static void drop_dir(void)
{
    static const char *const names[] = {"cursor", "cursor.new", "lock"};
    char path[64];
    for (size_t i = 0; i < YQ_ARRAY_N(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

static yq_host_cursor some_cursor(void)
{
    static yq_host_cursor c;
    memset(&c, 0, sizeof c);
    (void)snprintf(c.chain, sizeof c.chain, "city-410300");
    c.next = UINT64_C(0x0102030405060708);
    c.filter_n = 2;
    cr_assert(yq_host_name_set(&c.filter[0].emitter, yq_slice_text("emitter")));
    cr_assert(yq_host_name_set(&c.filter[0].event, yq_slice_text("event")));
    c.filter[0].from_height = 7;
    cr_assert(yq_host_name_set(&c.filter[1].emitter, yq_slice_text("inbox")));
    c.parked_n = 1;
    c.parked[0] =
        (yq_host_parked){.height = 9, .event_index = 3, .code = YQ_E_LANE_MISSING, .attempts = 4};
    cr_assert(yq_host_name_set(&c.parked[0].tx_id, yq_slice_text("tx")));
    return c;
}

Test(cursor, is_kept, .init = make_dir, .fini = drop_dir)
{
    static yq_host_cursor in, out;
    in = some_cursor();
    yq_fault why = {0};
    cr_assert_eq(yq_host_cursor_load(&out, dir, in.chain, &why), YQ_E_NOT_FOUND);
    cr_expect_eq(out.next, 0);
    cr_assert_eq(yq_host_cursor_store(&in, dir, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(yq_host_cursor_load(&out, dir, in.chain, &why), YQ_OK, "%s", why.text);
    cr_expect_eq(memcmp(&in, &out, sizeof in), 0);
    in.next++;
    cr_assert_eq(yq_host_cursor_store(&in, dir, &why), YQ_OK);
    cr_assert_eq(yq_host_cursor_load(&out, dir, in.chain, &why), YQ_OK);
    cr_expect_eq(out.next, in.next);
    cr_expect_eq(yq_host_cursor_load(&out, dir, "city-410400", &why), YQ_E_CONFIG_INVALID);
    cr_expect_eq(out.next, 0);
    cr_expect_str_eq(out.chain, "city-410400");
}

Test(cursor, every_damage_is_seen, .init = make_dir, .fini = drop_dir)
{
    static yq_host_cursor in, out;
    in = some_cursor();
    yq_fault why = {0};
    cr_assert_eq(yq_host_cursor_store(&in, dir, &why), YQ_OK);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/cursor", dir);
    uint8_t bytes[512];
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    for (size_t i = 0; i <= n; i++) {
        f = fopen(path, "wb");
        cr_assert_not_null(f);
        if (i < n) {
            bytes[i] ^= 0x10;
            cr_assert_eq(fwrite(bytes, 1, n, f), n);
            bytes[i] ^= 0x10;
        } else {
            cr_assert_eq(fwrite(bytes, 1, n - 1, f), n - 1);
        }
        (void)fclose(f);
        cr_expect_eq(yq_host_cursor_load(&out, dir, in.chain, &why), YQ_E_CORRUPT, "byte %zu", i);
        cr_expect_eq(out.next, 0);
    }
}

Test(cursor, a_store_that_was_cut_short_changes_nothing, .init = make_dir, .fini = drop_dir)
{
    static yq_host_cursor in, out;
    in = some_cursor();
    yq_fault why = {0};
    cr_assert_eq(yq_host_cursor_store(&in, dir, &why), YQ_OK);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/cursor.new", dir);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    (void)fputs("half", f);
    (void)fclose(f);
    cr_assert_eq(yq_host_cursor_load(&out, dir, in.chain, &why), YQ_OK);
    cr_expect_eq(out.next, in.next);
    cr_expect_eq(yq_host_cursor_store(&in, dir, &why), YQ_OK);
}

Test(cursor, faults_are_told, .init = make_dir, .fini = drop_dir)
{
    static yq_host_cursor in;
    in = some_cursor();
    yq_fault why = {0};
    cr_expect_eq(yq_host_cursor_store(&in, "/nowhere/at/all", &why), YQ_E_IO);
    cr_expect(strstr(why.text, "open") != NULL);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/cursor", dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(yq_host_cursor_store(&in, dir, &why), YQ_E_IO);
    cr_expect(strstr(why.text, "rename") != NULL);
    cr_expect_eq(rmdir(path), 0);
}

Test(cursor, one_adapter_a_folder, .init = make_dir, .fini = drop_dir)
{
    int first = -1, second = -1;
    yq_fault why = {0};
    cr_assert_eq(yq_host_dir_lock(dir, &first, &why), YQ_OK);
    cr_expect_eq(yq_host_dir_lock(dir, &second, &why), YQ_E_STATE);
    cr_expect_eq(second, -1);
    (void)close(first);
    cr_expect_eq(yq_host_dir_lock(dir, &second, &why), YQ_OK);
    (void)close(second);
}

Test(cursor, names_are_bounded, .init = make_dir, .fini = drop_dir)
{
    static uint8_t bytes[YQ_HOST_NAME_MAX + 1];
    yq_host_name name;
    cr_expect(yq_host_name_set(&name, yq_slice_of(bytes, YQ_HOST_NAME_MAX)));
    cr_expect_not(yq_host_name_set(&name, yq_slice_of(bytes, sizeof bytes)));
    cr_expect_eq(name.n, 0);
}

Test(backoff, doubles_up_to_its_most_and_keeps_half)
{
    static const uint32_t whole[] = {100, 200, 400, 800, 1000, 1000};
    for (uint32_t i = 0; i < YQ_ARRAY_N(whole); i++) {
        uint32_t half = whole[i] / 2;
        cr_expect_eq(yq_backoff_wait_ms(100, 1000, i + 1, 0), half);
        cr_expect_eq(yq_backoff_wait_ms(100, 1000, i + 1, whole[i] - half), whole[i]);
        for (uint64_t draw = 0; draw < 50; draw++) {
            uint32_t ms = yq_backoff_wait_ms(100, 1000, i + 1, draw * UINT64_C(0x9e3779b97f4a7c15));
            cr_expect(ms >= half && ms <= whole[i]);
        }
    }
    cr_expect_eq(yq_backoff_wait_ms(100, 1000, UINT32_MAX, 0), 500);
}

Test(backoff, gives_up_after_its_attempts)
{
    yq_backoff b = {.first_ms = 100, .most_ms = 1000, .attempts_max = 3};
    cr_expect(yq_backoff_ready(&b, 0));
    cr_expect(yq_backoff_failed(&b, 5000, 0));
    cr_expect_not(yq_backoff_ready(&b, 5049));
    cr_expect(yq_backoff_ready(&b, 5050));
    cr_expect(yq_backoff_failed(&b, 5050, 0));
    cr_expect_not(yq_backoff_failed(&b, 5150, 0));
    yq_backoff_reset(&b);
    cr_expect(yq_backoff_ready(&b, 0));
    yq_backoff endless = {.first_ms = 1, .most_ms = 1};
    for (int i = 0; i < 1000; i++) {
        cr_expect(yq_backoff_failed(&endless, 0, 0));
    }
}
