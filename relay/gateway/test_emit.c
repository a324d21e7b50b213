#include "relay/gateway/call.h"

#include <criterion/criterion.h>

static void write_all(yq_emit *e)
{
    static const uint8_t bytes[] = {0xde, 0xad};
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "u", UINT64_MAX);
    yq_emit_int(e, "i", -304);
    yq_emit_bool(e, "b", 1);
    yq_emit_null(e, "n");
    yq_emit_hex(e, "h", YQ_SLICE_OF(bytes));
    yq_emit_hex(e, "e", (yq_slice){0});
    yq_emit_text(e, "t", yq_slice_text("豫桥"));
    yq_emit_array(e, "a");
    for (unsigned i = 0; i < 20; i++) {
        yq_emit_uint(e, NULL, i);
    }
    yq_emit_end(e);
    yq_emit_object(e, "o");
    yq_emit_end(e);
    yq_emit_end(e);
}

Test(emit, json_is_the_object)
{
    yq_emit *e = yq_emit_new(0, 4096);
    yq_slice out;
    write_all(e);
    cr_assert(yq_emit_done(e, &out));
    static const char want[] =
        "{\"u\":18446744073709551615,\"i\":-304,\"b\":true,\"n\":null,\"h\":\"dead\",\"e\":\"\","
        "\"t\":\"豫桥\",\"a\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19],\"o\":{}}";
    cr_assert(yq_slice_equal(out, yq_slice_text(want)), "%.*s", (int)out.n, (const char *)out.p);
    yq_emit_free(e);
}

Test(emit, msgpack_is_the_same_object)
{
    yq_emit *e = yq_emit_new(1, 4096);
    yq_slice out;
    write_all(e);
    cr_assert(yq_emit_done(e, &out));
    static const uint8_t want[] = {
        0x89, 0xa1, 'u',  0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xa1, 'i',
        0xd1, 0xfe, 0xd0, 0xa1, 'b',  0xc3, 0xa1, 'n',  0xc0, 0xa1, 'h',  0xa4, 'd',  'e',
        'a',  'd',  0xa1, 'e',  0xa0, 0xa1, 't',  0xa6, 0xe8, 0xb1, 0xab, 0xe6, 0xa1, 0xa5,
        0xa1, 'a',  0xdc, 0,    20,   0,    1,    2,    3,    4,    5,    6,    7,    8,
        9,    10,   11,   12,   13,   14,   15,   16,   17,   18,   19,   0xa1, 'o',  0x80};
    cr_assert(yq_slice_equal(out, YQ_SLICE_OF(want)));
    yq_emit_free(e);
}

Test(emit, growth_is_bounded_in_both)
{
    for (int msgpack = 0; msgpack < 2; msgpack++) {
        yq_emit *e = yq_emit_new(msgpack, 40);
        yq_slice out;
        write_all(e);
        cr_assert_not(yq_emit_done(e, &out));
        yq_emit_free(e);
    }
}

Test(emit, text_that_is_not_utf8_stays_text)
{
    yq_emit *e = yq_emit_new(1, 100);
    yq_slice out;
    static const uint8_t bytes[] = {'a', 0xff, 'b'};
    yq_emit_array(e, NULL);
    yq_emit_text(e, NULL, YQ_SLICE_OF(bytes));
    yq_emit_end(e);
    cr_assert(yq_emit_done(e, &out));
    static const uint8_t want[] = {0x91, 0xa3, 'a', '?', 'b'};
    cr_assert(yq_slice_equal(out, YQ_SLICE_OF(want)));
    yq_emit_free(e);
}

Test(emit, an_error_says_what_and_where)
{
    yq_emit *e = yq_emit_new(0, 4096);
    yq_slice out;
    yq_fault why = {.status = YQ_E_TRUNCATED, .offset = 12, .text = "signer"};
    gateway_error(e, YQ_E_TRUNCATED, &why, NULL, 1);
    cr_assert(yq_emit_done(e, &out));
    static const char want[] =
        "{\"code\":\"TRUNCATED\",\"number\":-101,\"message\":\"input ends before the field does: "
        "signer\",\"message_zh\":\"输入在字段结束前中断\",\"offset\":12}";
    cr_assert(yq_slice_equal(out, yq_slice_text(want)), "%.*s", (int)out.n, (const char *)out.p);
    yq_emit_free(e);
}
