#include "relay/codec/protobuf.h"
#include "relay/codec/test_hex.h"

static yq_status read_all(yq_slice in, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field field;
    while (yq_pb_next(&c, &field)) {
    }
    return yq_cur_done(&c, why);
}

Test(protobuf, reads_every_wire_type)
{
    yq_slice in = hex("08 96 01  11 01 02 03 04 05 06 07 08  1a 02 6162  25 01 00 00 80");
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    cr_assert(yq_pb_next(&c, &f));
    cr_expect(f.number == 1 && f.type == YQ_PB_VARINT && f.value == 150);
    cr_expect(yq_slice_equal(f.whole, hex("08 96 01")));
    cr_assert(yq_pb_next(&c, &f));
    cr_expect(f.number == 2 && f.value == UINT64_C(0x0807060504030201));
    cr_assert(yq_pb_next(&c, &f));
    cr_expect(f.number == 3 && yq_slice_equal(f.bytes, yq_slice_text("ab")) && f.at == 12);
    cr_assert(yq_pb_next(&c, &f));
    cr_expect(f.number == 4 && f.type == YQ_PB_FIXED32 && f.value == 0x80000001u);
    cr_expect_not(yq_pb_next(&c, &f));
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
}

Test(protobuf, takes_the_greatest_varint_and_tag)
{
    yq_cur c = yq_cur_of(hex("f8ffffff0f ffffffffffffffffff01"));
    yq_pb_field f;
    cr_assert(yq_pb_next(&c, &f));
    cr_expect(f.number == 536870911 && f.value == UINT64_MAX);
}

Test(protobuf, refuses_what_is_not_canonical)
{
    static const struct {
        const char *in;
        yq_status status;
        uint32_t at;
    } row[] = {
        {"08 8000", YQ_E_NONCANONICAL, 1},
        {"0801 08 8180 00", YQ_E_NONCANONICAL, 3},
        {"8800 01", YQ_E_NONCANONICAL, 0},
        {"0a 8100 61", YQ_E_NONCANONICAL, 1},
        {"08 ffffffffffffffffff02", YQ_E_RANGE, 1},
        {"08 ffffffffffffffffffff01", YQ_E_RANGE, 1},
        {"f8ffffff1f 01", YQ_E_RANGE, 0},
        {"00 01", YQ_E_RANGE, 0},
        {"02 00", YQ_E_RANGE, 0},
        {"0b 0c", YQ_E_TYPE, 0},
        {"0801 0c", YQ_E_TYPE, 2},
        {"0e 01", YQ_E_TYPE, 0},
        {"0f 01", YQ_E_TYPE, 0},
        {"08", YQ_E_TRUNCATED, 1},
        {"08 80", YQ_E_TRUNCATED, 2},
        {"0a 03 6162", YQ_E_TRUNCATED, 1},
        {"0a ffffffffffffffffff01 61", YQ_E_TRUNCATED, 1},
        {"09 01020304050607", YQ_E_TRUNCATED, 1},
        {"0d 010203", YQ_E_TRUNCATED, 1},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_fault why = {0};
        cr_expect_eq(read_all(hex(row[i].in), &why), row[i].status, "%s", row[i].in);
        cr_expect_eq(why.offset, row[i].at, "%s: offset %u", row[i].in, why.offset);
    }
}

Test(protobuf, singular_fields_stand_once_and_have_their_type)
{
    yq_cur c = yq_cur_of(hex("0801 0802"));
    yq_pb_field f;
    uint64_t seen = 0;
    cr_assert(yq_pb_next(&c, &f));
    cr_expect(yq_pb_once(&c, &f, YQ_PB_VARINT, &seen));
    cr_assert(yq_pb_next(&c, &f));
    cr_expect_not(yq_pb_once(&c, &f, YQ_PB_VARINT, &seen));
    yq_fault why;
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_FIELD_DUP);
    cr_expect_eq(why.offset, 2);

    c = yq_cur_of(hex("0801"));
    seen = 0;
    cr_assert(yq_pb_next(&c, &f));
    cr_expect_not(yq_pb_once(&c, &f, YQ_PB_BYTES, &seen));
    cr_expect_eq(c.status, YQ_E_TYPE);

    c = yq_cur_of(hex("8004 01"));
    cr_assert(yq_pb_next(&c, &f));
    cr_expect_eq(f.number, 64);
    cr_expect_not(yq_pb_once(&c, &f, YQ_PB_VARINT, &seen));
    cr_expect_eq(c.status, YQ_E_FIELD_UNKNOWN);
}

Test(protobuf, finds_one_field_and_checks_the_rest)
{
    int found;
    yq_cur c = yq_cur_of(hex("0801 1201 61 1a00"));
    cr_expect(yq_slice_equal(yq_pb_find(&c, 2, &found), yq_slice_text("a")));
    cr_expect(found && yq_cur_ok(&c));
    c = yq_cur_of(hex("0801 1a00"));
    cr_expect_eq(yq_pb_find(&c, 2, &found).n, 0);
    cr_expect(!found && yq_cur_ok(&c));
    c = yq_cur_of(hex("1201 61 1201 62"));
    (void)yq_pb_find(&c, 2, &found);
    cr_expect(!found && c.status == YQ_E_FIELD_DUP);
    c = yq_cur_of(hex("1001"));
    (void)yq_pb_find(&c, 2, &found);
    cr_expect(!found && c.status == YQ_E_TYPE);
    c = yq_cur_of(hex("1201 61 0b"));
    (void)yq_pb_find(&c, 2, &found);
    cr_expect(!found && c.status == YQ_E_TYPE);
}

Test(protobuf, writes_what_it_reads)
{
    uint8_t room[600];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_pb_put_varint(&w, 1, 150);
    size_t outer = yq_pb_begin(&w);
    size_t inner = yq_pb_begin(&w);
    uint8_t big[300];
    memset(big, 7, sizeof big);
    yq_put_bytes(&w, big, sizeof big);
    yq_pb_end(&w, inner, 3);
    yq_pb_put_bytes(&w, 4, yq_slice_text("x"));
    yq_pb_end(&w, outer, 2);
    cr_assert_eq(w.status, YQ_OK);
    cr_expect_eq(w.n, 3 + 3 + 303 + 3);

    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    int found;
    yq_slice message = yq_pb_find(&c, 2, &found);
    cr_assert(found);
    c = yq_cur_of(message);
    cr_expect(yq_slice_equal(yq_pb_find(&c, 3, &found), yq_slice_of(big, sizeof big)));

    w = yq_writer_of(room, 4);
    size_t mark = yq_pb_begin(&w);
    yq_put_bytes(&w, big, 3);
    yq_pb_end(&w, mark, 2);
    cr_expect_eq(w.status, YQ_E_NOSPC);
}

static yq_status read_canonical(const char *text, uint32_t *at)
{
    yq_cur c = yq_cur_of(hex(text));
    yq_fault why = {0};
    yq_pb_field field = {0};
    while (yq_pb_next_canonical(&c, &field, YQ_PB_BIT(4), YQ_PB_BIT(5))) {
    }
    yq_status status = yq_cur_done(&c, &why);
    *at = why.offset;
    return status;
}

Test(protobuf, canonical_messages_have_one_form)
{
    static const struct {
        const char *in;
        yq_status status;
        uint32_t at;
    } row[] = {
        {"", YQ_OK, 0},
        {"0801 1201 61 2200 2200 2a00 30 07", YQ_OK, 0},
        {"1201 61 0801", YQ_E_NONCANONICAL, 3}, /* out of order */
        {"0801 0801", YQ_E_FIELD_DUP, 2},
        {"0800", YQ_E_NONCANONICAL, 0}, /* a default is left out */
        {"1200", YQ_E_NONCANONICAL, 0},
        {"190000000000000000", YQ_E_NONCANONICAL, 0},
        {"2200 0801", YQ_E_NONCANONICAL, 2},
        {"f803 01", YQ_OK, 0},              /* number 63 */
        {"8004 01", YQ_E_FIELD_UNKNOWN, 0}, /* number 64 */
        {"08", YQ_E_TRUNCATED, 1},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint32_t at;
        yq_status status = read_canonical(row[i].in, &at);
        cr_expect(status == row[i].status, "%s: %d", row[i].in, status);
        cr_expect(status == YQ_OK || at == row[i].at, "%s: at %u", row[i].in, at);
    }
}

Test(protobuf, a_field_of_another_type_is_refused)
{
    yq_cur c = yq_cur_of(hex("0801 1001"));
    yq_pb_field field = {0};
    cr_assert(yq_pb_next_canonical(&c, &field, 0, 0) && yq_pb_expect(&c, &field, YQ_PB_VARINT));
    cr_assert(yq_pb_next_canonical(&c, &field, 0, 0));
    cr_expect_not(yq_pb_expect(&c, &field, YQ_PB_BYTES));
    yq_fault why;
    cr_expect(yq_cur_done(&c, &why) == YQ_E_TYPE && why.offset == 2);
}
