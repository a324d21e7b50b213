#include "relay/codec/der.h"
#include "relay/codec/test_hex.h"

static yq_status read_one(yq_slice in, uint32_t *at)
{
    yq_cur c = yq_cur_of(in);
    yq_der got;
    (void)yq_der_next(&c, &got);
    yq_fault why = {0};
    yq_status status = yq_cur_done(&c, &why);
    *at = why.offset;
    return status;
}

Test(der, refuses_bad_tags_and_lengths)
{
    static const struct {
        const char *in;
        yq_status status;
        uint32_t at;
    } row[] = {
        {"0500", YQ_OK, 0},
        {"0000", YQ_E_TYPE, 0},
        {"1f2000", YQ_E_TYPE, 0},
        {"bf2000", YQ_E_TYPE, 0},
        {"3080 0000", YQ_E_NONCANONICAL, 0},
        {"04ff", YQ_E_NONCANONICAL, 0},
        {"048100", YQ_E_NONCANONICAL, 0},
        {"04817f", YQ_E_NONCANONICAL, 0},
        {"04820080", YQ_E_NONCANONICAL, 0},
        {"04830000ff", YQ_E_NONCANONICAL, 0},
        {"048401000000", YQ_E_LIMIT, 0},
        {"0488ffffffffffffffff", YQ_E_LIMIT, 0},
        {"0483ffffff", YQ_E_TRUNCATED, 0},
        {"04", YQ_E_TRUNCATED, 1},
        {"0401", YQ_E_TRUNCATED, 0},
        {"0482 01", YQ_E_TRUNCATED, 2},
        {"0500 00", YQ_E_TRAILING, 2},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint32_t at;
        cr_expect_eq(read_one(hex(row[i].in), &at), row[i].status, "%s", row[i].in);
        cr_expect_eq(at, row[i].at, "%s: offset %u", row[i].in, at);
    }
}

Test(der, writes_shortest_lengths)
{
    static uint8_t content[70000], room[70010];
    static const size_t size[] = {0, 127, 128, 255, 256, 65535, 65536};
    static const char *const head[] = {
        "0400", "047f", "048180", "0481ff", "04820100", "0482ffff", "0483010000"};
    for (size_t i = 0; i < YQ_ARRAY_N(size); i++) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_der_put(&w, YQ_DER_OCTET_STRING, yq_slice_of(content, size[i]));
        yq_slice want = hex(head[i]);
        cr_expect(yq_slice_equal(yq_slice_of(room, want.n), want), "%s", head[i]);
        yq_cur c = yq_cur_of(yq_writer_slice(&w));
        cr_expect_eq(yq_der_take(&c, YQ_DER_OCTET_STRING).n, size[i]);
        cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
    }
}

static yq_status read_uint(const char *in, uint8_t *out, size_t size)
{
    yq_cur c = yq_cur_of(hex(in));
    yq_der_uint(&c, out, size);
    return yq_cur_done(&c, NULL);
}

Test(der, integers)
{
    uint8_t out[4];
    cr_expect_eq(read_uint("020100", out, 4), YQ_OK);
    cr_expect_arr_eq(out, "\0\0\0\0", 4);
    cr_expect_eq(read_uint("020200ff", out, 4), YQ_OK);
    cr_expect_arr_eq(out, "\0\0\0\xff", 4);
    cr_expect_eq(read_uint("020500ffffffff", out, 4), YQ_OK);
    cr_expect_arr_eq(out, "\xff\xff\xff\xff", 4);
    cr_expect_eq(read_uint("02050100000000", out, 4), YQ_E_RANGE);
    cr_expect_arr_eq(out, "\0\0\0\0", 4);
    cr_expect_eq(read_uint("0200", out, 4), YQ_E_NONCANONICAL);
    cr_expect_eq(read_uint("0202007f", out, 4), YQ_E_NONCANONICAL);
    cr_expect_eq(read_uint("02020000", out, 4), YQ_E_NONCANONICAL);
    cr_expect_eq(read_uint("0202ff80", out, 4), YQ_E_NONCANONICAL);
    cr_expect_eq(read_uint("0202ff7f", out, 4), YQ_E_RANGE);
    cr_expect_eq(read_uint("020180", out, 4), YQ_E_RANGE);
    cr_expect_eq(read_uint("0a0100", out, 4), YQ_E_TYPE);
}

static yq_status read_time(const char *text, uint8_t tag, uint64_t *ms)
{
    uint8_t room[64];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_der_put(&w, tag, yq_slice_text(text));
    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    *ms = yq_der_time_ms(&c);
    return yq_cur_done(&c, NULL);
}

Test(der, times)
{
    static const struct {
        const char *text;
        uint8_t tag;
        yq_status status;
        uint64_t s;
    } row[] = {
        {"700101000000Z", YQ_DER_UTC_TIME, YQ_OK, 0},
        {"491231235959Z", YQ_DER_UTC_TIME, YQ_OK, UINT64_C(2524607999)},
        {"500101000000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"691231235959Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"991231235959Z", YQ_DER_UTC_TIME, YQ_OK, 946684799},
        {"000229000000Z", YQ_DER_UTC_TIME, YQ_OK, 951782400},
        {"000301000000Z", YQ_DER_UTC_TIME, YQ_OK, 951868800},
        {"240229120000Z", YQ_DER_UTC_TIME, YQ_OK, 1709208000},
        {"241231235959Z", YQ_DER_UTC_TIME, YQ_OK, 1735689599},
        {"230229000000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"240001000000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"241301000000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"240100000000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"240431000000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"240101240000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"240101006000Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"240101000060Z", YQ_DER_UTC_TIME, YQ_E_RANGE, 0},
        {"2401010000Z", YQ_DER_UTC_TIME, YQ_E_NONCANONICAL, 0},
        {"240101000000+0800", YQ_DER_UTC_TIME, YQ_E_NONCANONICAL, 0},
        {"240101000000z", YQ_DER_UTC_TIME, YQ_E_NONCANONICAL, 0},
        {"24010100 000Z", YQ_DER_UTC_TIME, YQ_E_NONCANONICAL, 0},
        {"20500101000000Z", YQ_DER_TIME, YQ_OK, UINT64_C(2524608000)},
        {"21000228235959Z", YQ_DER_TIME, YQ_OK, UINT64_C(4107542399)},
        {"21000229000000Z", YQ_DER_TIME, YQ_E_RANGE, 0},
        {"99991231235959Z", YQ_DER_TIME, YQ_OK, UINT64_C(253402300799)},
        {"19691231235959Z", YQ_DER_TIME, YQ_E_RANGE, 0},
        {"00000101000000Z", YQ_DER_TIME, YQ_E_RANGE, 0},
        {"20500101000000.5Z", YQ_DER_TIME, YQ_E_NONCANONICAL, 0},
        {"240101000000Z", YQ_DER_TIME, YQ_E_NONCANONICAL, 0},
        {"240101000000Z", YQ_DER_PRINTABLE, YQ_E_TYPE, 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint64_t ms;
        cr_expect_eq(read_time(row[i].text, row[i].tag, &ms), row[i].status, "%s", row[i].text);
        cr_expect_eq(ms, row[i].s * 1000, "%s: %lu", row[i].text, (unsigned long)ms);
    }
}

Test(der, bit_strings)
{
    yq_cur c = yq_cur_of(hex("0303000102"));
    cr_expect(yq_slice_equal(yq_der_bits(&c), hex("0102")));
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
    c = yq_cur_of(hex("0300"));
    (void)yq_der_bits(&c);
    cr_expect_eq(c.status, YQ_E_LEN);
    c = yq_cur_of(hex("03020100"));
    (void)yq_der_bits(&c);
    cr_expect_eq(c.status, YQ_E_NONCANONICAL);
}

Test(der, nested_failures_have_the_outer_offset)
{
    yq_cur c = yq_cur_of(hex("30 08 30 06 020101 020180"));
    yq_cur a = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_cur b = yq_der_open(&a, YQ_DER_SEQUENCE);
    uint8_t one;
    yq_der_uint(&b, &one, 1);
    yq_der_uint(&b, &one, 1);
    yq_der_close(&b, &a);
    yq_der_close(&a, &c);
    yq_fault why;
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_RANGE);
    cr_expect_eq(why.offset, 7);

    c = yq_cur_of(hex("30 03 020101"));
    a = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_der_close(&a, &c);
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_TRAILING);
    cr_expect_eq(why.offset, 2);

    c = yq_cur_of(hex("30 00"));
    a = yq_der_open(&c, YQ_DER_SEQUENCE);
    cr_expect_eq(yq_der_peek(&a), 0);
    (void)yq_der_take(&a, YQ_DER_NULL);
    yq_der_close(&a, &c);
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_TRUNCATED);
    cr_expect_eq(why.offset, 2);
}

Test(der, signatures_round_trip_in_every_shape)
{
    static const char *const r[] = {
        "0000000000000000000000000000000000000000000000000000000000000001",
        "00ff000000000000000000000000000000000000000000000000000000000000",
        "007f000000000000000000000000000000000000000000000000000000000000",
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
        "0000000000000000000000000000000000000000000000000000000000000000",
    };
    static const size_t r_size[] = {1, 32, 31, 32, 33, 1};
    for (size_t i = 0; i < YQ_ARRAY_N(r); i++) {
        for (size_t k = 0; k < YQ_ARRAY_N(r); k++) {
            uint8_t rs[64], back[64], der[73];
            memcpy(rs, hex(r[i]).p, 32);
            memcpy(rs + 32, hex(r[k]).p, 32);
            yq_buf out = {.p = der, .cap = sizeof der};
            cr_assert_eq(yq_der_signature_encode(rs, 32, &out), YQ_OK);
            cr_expect_eq(out.n, 6 + r_size[i] + r_size[k]);
            cr_expect_eq(yq_der_signature_decode(yq_slice_of(der, out.n), 32, back, NULL), YQ_OK);
            cr_expect_arr_eq(rs, back, 64);
        }
    }
    uint8_t small[8];
    yq_buf out = {.p = small, .cap = sizeof small};
    uint8_t rs[64] = {1};
    cr_expect_eq(yq_der_signature_encode(rs, 32, &out), YQ_E_NOSPC);
}

Test(der, refuses_bad_signatures)
{
    static const struct {
        const char *in;
        yq_status status;
        uint32_t at;
    } row[] = {
        {"3006 020101 020102", YQ_OK, 0},
        {"", YQ_E_TRUNCATED, 0},
        {"3006 020101 0201", YQ_E_TRUNCATED, 0},
        {"3006 020101 020102 00", YQ_E_TRAILING, 8},
        {"3009 020101 020102 020103", YQ_E_TRAILING, 8},
        {"3003 020101", YQ_E_TRUNCATED, 5},
        {"3106 020101 020102", YQ_E_TYPE, 0},
        {"3006 020181 020102", YQ_E_RANGE, 2},
        {"3007 02020001 020102", YQ_E_NONCANONICAL, 2},
        {"308106 020101 020102", YQ_E_NONCANONICAL, 0},
        {"3006 020101 030102", YQ_E_TYPE, 5},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint8_t out[64];
        yq_fault why = {0};
        cr_expect_eq(
            yq_der_signature_decode(hex(row[i].in), 32, out, &why), row[i].status, "%s", row[i].in);
        cr_expect_eq(why.offset, row[i].at, "%s: offset %u", row[i].in, why.offset);
    }
    uint8_t out[96];
    yq_slice p384 = hex("3006 020101 020102");
    cr_expect_eq(yq_der_signature_decode(p384, 48, out, NULL), YQ_OK);
    cr_expect_eq(out[47], 1);
    cr_expect_eq(out[95], 2);
}
