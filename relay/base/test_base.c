#include "relay/base/arena.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"
#include "relay/base/writer.h"

#include <criterion/criterion.h>

Test(cursor, reads_what_the_writer_wrote)
{
    uint8_t room[64];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 7);
    yq_put_u16(&w, 0x0102);
    yq_put_u32(&w, 0x03040506);
    yq_put_u64(&w, UINT64_MAX);
    yq_put_str8(&w, yq_slice_text("ab"));
    yq_put_blob16(&w, yq_slice_text(""));
    yq_put_blob32(&w, yq_slice_text("cde"));
    cr_assert_eq(w.status, YQ_OK);

    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    cr_expect_eq(yq_cur_u8(&c), 7);
    cr_expect_eq(yq_cur_u16(&c), 0x0102);
    cr_expect_eq(yq_cur_u32(&c), 0x03040506);
    cr_expect_eq(yq_cur_u64(&c), UINT64_MAX);
    cr_expect(yq_slice_equal(yq_cur_str8(&c, 2), yq_slice_text("ab")));
    cr_expect_eq(yq_cur_blob16(&c, 0).n, 0);
    cr_expect(yq_slice_equal(yq_cur_blob32(&c, 3), yq_slice_text("cde")));
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
}

Test(cursor, keeps_the_first_failure_and_its_offset)
{
    const uint8_t in[] = {0, 0, 0, 9, 1, 2};
    yq_cur c = yq_cur_of(yq_slice_of(in, sizeof in));
    cr_expect_eq(yq_cur_blob32(&c, 8).n, 0);
    cr_expect_eq(yq_cur_u64(&c), 0);
    yq_fault why = {0};
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_LIMIT);
    cr_expect_eq(why.offset, 0);

    c = yq_cur_of(yq_slice_of(in, sizeof in));
    (void)yq_cur_u32(&c);
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_TRAILING);
    cr_expect_eq(why.offset, 4);

    c = yq_cur_of(yq_slice_of(in, sizeof in));
    (void)yq_cur_blob32(&c, 9);
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_TRUNCATED);
    cr_expect_eq(why.offset, 4);
    uint8_t copy[3] = {1, 1, 1};
    yq_cur_copy(&c, copy, sizeof copy);
    cr_expect_eq(copy[0] | copy[1] | copy[2], 0);
}

Test(cursor, takes_an_empty_input_with_a_null_pointer)
{
    yq_cur c = yq_cur_of((yq_slice){0});
    cr_expect_eq(yq_cur_take(&c, 0).n, 0);
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
}

Test(writer, refuses_what_does_not_fit_and_stays_refused)
{
    uint8_t room[3];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u16(&w, 1);
    yq_put_u16(&w, 2);
    cr_expect_eq(w.status, YQ_E_NOSPC);
    yq_put_u8(&w, 3);
    cr_expect_eq(w.n, 2);

    uint8_t large[300] = {0};
    uint8_t out[400];
    w = yq_writer_of(out, sizeof out);
    yq_put_str8(&w, yq_slice_of(large, sizeof large));
    cr_expect_eq(w.status, YQ_E_NOSPC, "a length that its field cannot hold");
}

Test(arena, gives_aligned_zeroed_memory_up_to_its_cap)
{
    _Alignas(16) uint8_t room[64];
    memset(room, 0xff, sizeof room);
    yq_arena a = yq_arena_of(room, sizeof room);
    uint8_t *one = yq_arena_alloc(&a, 1);
    uint8_t *two = yq_arena_alloc(&a, 16);
    cr_assert_not_null(one);
    cr_assert_not_null(two);
    cr_expect_eq((uintptr_t)two % _Alignof(max_align_t), 0);
    cr_expect_eq(two[15], 0);
    cr_expect_null(yq_arena_alloc(&a, 33));
    cr_expect_null(yq_arena_alloc(&a, SIZE_MAX));
    int ok = 1;
    (void)yq_arena_copy(&a, yq_slice_of(room, sizeof room), &ok);
    cr_expect_eq(ok, 0);
    yq_arena_reset(&a);
    cr_expect_not_null(yq_arena_alloc(&a, 64));
}

Test(hex, decodes_only_what_is_hex)
{
    uint8_t room[2];
    yq_buf out = {.p = room, .cap = sizeof room};
    cr_expect_eq(yq_hex_decode(&out, "0aFf", 4), YQ_OK);
    cr_expect_eq(room[0], 0x0a);
    cr_expect_eq(room[1], 0xff);
    cr_expect_eq(yq_hex_decode(&out, "0", 1), YQ_E_NONCANONICAL);
    cr_expect_eq(yq_hex_decode(&out, "0g", 2), YQ_E_NONCANONICAL);
    cr_expect_eq(yq_hex_decode(&out, "000000", 6), YQ_E_NOSPC);
    char text[5];
    cr_expect_eq(yq_hex_encode(text, sizeof text, room, 2), 4);
    cr_expect_eq(yq_hex_encode(text, 4, room, 2), 0);
    cr_expect_str_eq(text, "");
}

Test(errors, have_one_name_and_one_number_each)
{
    yq_status a, b;
    for (unsigned i = 0; yq_status_at(i, &a); i++) {
        cr_expect_str_neq(yq_status_name(a), "E_UNKNOWN");
        cr_expect_str_neq(yq_status_text(a, "zh"), yq_status_text(a, "en"));
        for (unsigned k = i + 1; yq_status_at(k, &b); k++) {
            cr_expect_neq(a, b, "%s and %s share a number", yq_status_name(a), yq_status_name(b));
        }
    }
    cr_expect_str_eq(yq_status_name((yq_status)-999), "E_UNKNOWN");
    cr_expect(yq_status_is_fault(YQ_E_IO));
    cr_expect_not(yq_status_is_fault(YQ_E_BUSY));
}

Test(decimal, writes_the_largest_number)
{
    char text[21];
    cr_expect_eq(yq_decimal_encode(text, UINT64_MAX), 20);
    cr_expect_str_eq(text, "18446744073709551615");
    yq_decimal_encode(text, 0);
    cr_expect_str_eq(text, "0");
}
