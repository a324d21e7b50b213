#include "relay/codec/rlp.h"
#include "relay/codec/test_hex.h"

Test(rlp, strings)
{
    static const struct {
        const char *in, *out;
    } row[] = {
        {"80", ""},
        {"00", "00"},
        {"7f", "7f"},
        {"8180", "80"},
        {"83646f67", "646f67"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_cur c = yq_cur_of(hex(row[i].in));
        cr_expect(yq_slice_equal(yq_rlp_string(&c, 8), hex(row[i].out)), "%s", row[i].in);
        cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
        uint8_t room[16];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_rlp_put_string(&w, hex(row[i].out));
        cr_expect(yq_slice_equal(yq_writer_slice(&w), hex(row[i].in)), "%s", row[i].in);
    }
}

Test(rlp, lengths_at_the_edges_of_their_forms)
{
    static uint8_t content[70000], room[70010];
    static const size_t size[] = {55, 56, 255, 256, 65535, 65536};
    static const char *const head[] = {"b7", "b838", "b8ff", "b90100", "b9ffff", "ba010000"};
    memset(content, 0xaa, sizeof content);
    for (size_t i = 0; i < YQ_ARRAY_N(size); i++) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_rlp_put_string(&w, yq_slice_of(content, size[i]));
        yq_slice want = hex(head[i]);
        cr_assert_eq(w.n, want.n + size[i]);
        cr_expect(yq_slice_equal(yq_slice_of(room, want.n), want));
        yq_cur c = yq_cur_of(yq_writer_slice(&w));
        cr_expect_eq(yq_rlp_string(&c, size[i]).n, size[i]);
        cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
        c = yq_cur_of(yq_writer_slice(&w));
        (void)yq_rlp_string(&c, size[i] - 1);
        cr_expect_eq(c.status, YQ_E_LIMIT);
    }
}

static yq_status read_item(yq_slice in, uint32_t *at)
{
    yq_cur c = yq_cur_of(in);
    (void)yq_rlp_item(&c);
    yq_fault why = {0};
    yq_status status = yq_cur_done(&c, &why);
    *at = why.offset;
    return status;
}

Test(rlp, refuses_bad_items)
{
    static const struct {
        const char *in;
        yq_status status;
        uint32_t at;
    } row[] = {
        {"", YQ_E_TRUNCATED, 0},
        {"8100", YQ_E_NONCANONICAL, 0},
        {"817f", YQ_E_NONCANONICAL, 0},
        {"b800", YQ_E_NONCANONICAL, 0},
        {"b837 00", YQ_E_NONCANONICAL, 0},
        {"b90038", YQ_E_NONCANONICAL, 0},
        {"b9003800", YQ_E_NONCANONICAL, 0},
        {"f800", YQ_E_NONCANONICAL, 0},
        {"f837", YQ_E_NONCANONICAL, 0},
        {"f90038", YQ_E_NONCANONICAL, 0},
        {"81", YQ_E_TRUNCATED, 0},
        {"8261", YQ_E_TRUNCATED, 0},
        {"b8", YQ_E_TRUNCATED, 1},
        {"b838", YQ_E_TRUNCATED, 0},
        {"b9 01", YQ_E_TRUNCATED, 1},
        {"bf ffffffffffffffff", YQ_E_TRUNCATED, 0},
        {"ff ffffffffffffffff", YQ_E_TRUNCATED, 0},
        {"bf 0f00000000000002 11", YQ_E_TRUNCATED, 0},
        {"c1", YQ_E_TRUNCATED, 0},
        {"0000", YQ_E_TRAILING, 1},
        {"c000", YQ_E_TRAILING, 1},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint32_t at;
        cr_expect_eq(read_item(hex(row[i].in), &at), row[i].status, "%s", row[i].in);
        cr_expect_eq(at, row[i].at, "%s: offset %u", row[i].in, at);
    }
}

Test(rlp, numbers)
{
    static const struct {
        const char *in;
        uint64_t out;
    } good[] = {
        {"80", 0},
        {"01", 1},
        {"7f", 127},
        {"8180", 128},
        {"820400", 1024},
        {"88ffffffffffffffff", UINT64_MAX},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        yq_cur c = yq_cur_of(hex(good[i].in));
        cr_expect_eq(yq_rlp_uint(&c), good[i].out);
        cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
        uint8_t room[16];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_rlp_put_uint(&w, good[i].out);
        cr_expect(yq_slice_equal(yq_writer_slice(&w), hex(good[i].in)));
    }
    static const struct {
        const char *in;
        yq_status status;
    } bad[] = {
        {"00", YQ_E_NONCANONICAL},
        {"820001", YQ_E_NONCANONICAL},
        {"89010000000000000000", YQ_E_LIMIT},
        {"c0", YQ_E_TYPE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        yq_cur c = yq_cur_of(hex(bad[i].in));
        cr_expect_eq(yq_rlp_uint(&c), 0);
        cr_expect_eq(c.status, bad[i].status, "%s", bad[i].in);
    }
    yq_cur c =
        yq_cur_of(hex("a1 010000000000000000000000000000000000000000000000000000000000000000"));
    (void)yq_rlp_number(&c);
    cr_expect_eq(c.status, YQ_E_LIMIT);
    uint8_t room[16];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_rlp_put_number(&w, hex("0000000102"));
    yq_rlp_put_number(&w, hex("000000"));
    cr_expect(yq_slice_equal(yq_writer_slice(&w), hex("820102 80")));
}

Test(rlp, fixed)
{
    yq_cur c = yq_cur_of(hex("83010203"));
    cr_expect_eq(yq_rlp_fixed(&c, 3).n, 3);
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
    c = yq_cur_of(hex("80 83010203"));
    (void)yq_rlp_string(&c, 1);
    (void)yq_rlp_fixed(&c, 4);
    yq_fault why;
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_LEN);
    cr_expect_eq(why.offset, 1);
}

/* ["cat", [], [[], 1024]] */
static const char tree[] = "ca 83636174 c0 c4 c0 820400";

Test(rlp, lists)
{
    yq_cur c = yq_cur_of(hex(tree));
    cr_expect(yq_rlp_is_list(&c));
    yq_cur list = yq_rlp_list(&c);
    cr_expect_not(yq_rlp_is_list(&list));
    cr_expect(yq_slice_equal(yq_rlp_string(&list, 3), yq_slice_text("cat")));
    yq_cur empty = yq_rlp_list(&list);
    yq_rlp_end(&empty, &list);
    yq_cur inner = yq_rlp_list(&list);
    cr_expect(yq_slice_equal(yq_rlp_item(&inner), hex("c0")));
    cr_expect_eq(yq_rlp_uint(&inner), 1024);
    yq_rlp_end(&inner, &list);
    yq_rlp_end(&list, &c);
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);

    uint8_t room[16];
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t a = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_text("cat"));
    yq_rlp_list_end(&w, yq_rlp_list_begin(&w));
    size_t b = yq_rlp_list_begin(&w);
    yq_rlp_list_end(&w, yq_rlp_list_begin(&w));
    yq_rlp_put_uint(&w, 1024);
    yq_rlp_list_end(&w, b);
    yq_rlp_list_end(&w, a);
    cr_expect(yq_slice_equal(yq_writer_slice(&w), hex(tree)));
}

Test(rlp, failures_inside_a_list_have_the_outer_offset)
{
    yq_cur c = yq_cur_of(hex(tree));
    yq_cur list = yq_rlp_list(&c);
    (void)yq_rlp_string(&list, 3);
    (void)yq_rlp_item(&list);
    yq_cur inner = yq_rlp_list(&list);
    (void)yq_rlp_string(&inner, 3);
    cr_expect_not(yq_cur_ok(&inner));
    yq_rlp_end(&inner, &list);
    yq_rlp_end(&list, &c);
    yq_fault why;
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_TYPE);
    cr_expect_eq(why.offset, 7);

    c = yq_cur_of(hex(tree));
    list = yq_rlp_list(&c);
    (void)yq_rlp_string(&list, 3);
    yq_rlp_end(&list, &c);
    cr_expect_eq(yq_cur_done(&c, &why), YQ_E_TRAILING);
    cr_expect_eq(why.offset, 5);

    c = yq_cur_of(hex("83636174"));
    list = yq_rlp_list(&c);
    cr_expect_not(yq_cur_ok(&list));
    cr_expect_eq(c.status, YQ_E_TYPE);
}

Test(rlp, a_writer_without_room_says_so)
{
    uint8_t room[3];
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, hex("0102"));
    cr_expect_eq(w.status, YQ_OK);
    yq_rlp_list_end(&w, mark);
    cr_expect_eq(w.status, YQ_E_NOSPC);
    cr_expect_eq(w.n, 3);
}
