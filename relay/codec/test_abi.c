#include "relay/codec/abi.h"
#include "relay/codec/test_hex.h"

#define W0   "0000000000000000000000000000000000000000000000000000000000000000"
#define W(x) "00000000000000000000000000000000000000000000000000000000000000" x

Test(abi, one_bytes_argument)
{
    yq_slice out;
    yq_slice in =
        hex(W("20") W("03") "6162630000000000000000000000000000000000000000000000000000000000");
    cr_assert(yq_abi_bytes_decode(in, &out));
    cr_expect(yq_slice_equal(out, yq_slice_text("abc")));
    uint8_t room[256];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_abi_put_bytes(&w, yq_slice_text("abc"));
    cr_expect(yq_slice_equal(yq_writer_slice(&w), in));

    cr_assert(yq_abi_bytes_decode(hex(W("20") W0), &out));
    cr_expect_eq(out.n, 0);
    w = yq_writer_of(room, sizeof room);
    yq_abi_put_bytes(&w, (yq_slice){0});
    cr_expect(yq_slice_equal(yq_writer_slice(&w), hex(W("20") W0)));

    cr_expect(yq_abi_bytes_decode(hex(W("20") W("20") W("07")), &out));
    cr_expect_eq(out.n, 32);
}

Test(abi, what_is_not_one_bytes_argument)
{
    static const char *const bad[] = {
        "",
        W("20"),
        W("40") W("00"),
        W("21") W("00"),
        W("20") W("01"),
        W("20") W("00") W("00"),
        W("20") W("00") "00",
        W("20") W("01") "6100000000000000000000000000000000000000000000000000000000000001",
        W("20") W("01") "61000000000000000000000000000000000000000000000000000000000000",
        W("20") "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        W("20") "000000000000000000000000000000000000000000000000ffffffffffffffff" W0,
        "8000000000000000000000000000000000000000000000000000000000000020" W("00"),
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        yq_slice out;
        cr_expect_not(yq_abi_bytes_decode(hex(bad[i]), &out), "%s", bad[i]);
        cr_expect_eq(out.n, 0);
    }
}

Test(abi, arguments)
{
    uint8_t room[512];
    static const uint8_t address[20] = {0xde, 0xad};
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_abi_put_uint(&w, UINT64_MAX);
    yq_abi_put_address(&w, address);
    yq_abi_put_uint(&w, 96);
    yq_abi_put_tail(&w, yq_slice_text("hello"));
    cr_expect_eq(w.n, 5 * 32);
    yq_cur args = yq_cur_of(yq_writer_slice(&w));
    cr_expect_eq(yq_abi_uint(&args, 0), UINT64_MAX);
    cr_expect_arr_eq(yq_abi_address(&args, 1).p, address, 20);
    cr_expect(yq_slice_equal(yq_abi_dynamic(&args, 2, 5), yq_slice_text("hello")));
    cr_expect_eq(yq_cur_status(&args, NULL), YQ_OK);

    yq_fault why;
    yq_cur c = args;
    (void)yq_abi_dynamic(&c, 2, 4);
    cr_expect_eq(yq_cur_status(&c, &why), YQ_E_LIMIT);
    cr_expect_eq(why.offset, 96);
    c = args;
    (void)yq_abi_uint(&c, 5);
    cr_expect_eq(yq_cur_status(&c, &why), YQ_E_TRUNCATED);
    cr_expect_eq(why.offset, 160);
    c = args;
    (void)yq_abi_uint(&c, SIZE_MAX / 32 + 1);
    cr_expect_eq(c.status, YQ_E_TRUNCATED);
    c = args;
    (void)yq_abi_dynamic(&c, 0, 5);
    cr_expect_eq(yq_cur_status(&c, &why), YQ_E_NONCANONICAL);
    room[32] = 1;
    c = args;
    (void)yq_abi_address(&c, 1);
    cr_expect_eq(yq_cur_status(&c, &why), YQ_E_NONCANONICAL);
    cr_expect_eq(why.offset, 32);
    room[64] = 1;
    c = args;
    (void)yq_abi_uint(&c, 2);
    cr_expect_eq(yq_cur_status(&c, &why), YQ_E_RANGE);
    cr_expect_eq(why.offset, 64);
}
