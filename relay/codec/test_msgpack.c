#include "yuqiao/limits.h"

#include "relay/codec/msgpack.h"
#include "relay/codec/test_hex.h"

#include <msgpack.h>

/* What another implementation writes, ours writes too, and reads. */
typedef struct pair {
    msgpack_sbuffer theirs;
    msgpack_packer packer;
    uint8_t *room;
    yq_writer ours;
} pair;

#define PAIR_SIZE (1u << 20)

static pair pair_new(void)
{
    pair p = {.room = malloc(PAIR_SIZE)};
    cr_assert_not_null(p.room);
    msgpack_sbuffer_init(&p.theirs);
    p.ours = yq_writer_of(p.room, PAIR_SIZE);
    return p;
}

static void pair_check(pair *p, const char *what)
{
    cr_expect_eq(p->ours.status, YQ_OK);
    cr_expect(
        yq_slice_equal(yq_writer_slice(&p->ours), yq_slice_of(p->theirs.data, p->theirs.size)),
        "%s",
        what);
    msgpack_sbuffer_destroy(&p->theirs);
    free(p->room);
}

Test(msgpack, integers_are_written_as_msgpack_c_writes_them)
{
    static const uint64_t edge[] = {
        0,
        1,
        127,
        128,
        255,
        256,
        65535,
        65536,
        UINT32_MAX,
        UINT64_C(0x100000000),
        INT64_MAX,
        UINT64_C(0x8000000000000000),
        UINT64_MAX};
    pair p = pair_new();
    msgpack_packer_init(&p.packer, &p.theirs, msgpack_sbuffer_write);
    for (size_t i = 0; i < YQ_ARRAY_N(edge); i++) {
        msgpack_pack_uint64(&p.packer, edge[i]);
        yq_mp_put_uint(&p.ours, edge[i]);
    }
    yq_cur c = yq_cur_of(yq_writer_slice(&p.ours));
    for (size_t i = 0; i < YQ_ARRAY_N(edge); i++) {
        cr_expect_eq(yq_mp_uint(&c, UINT64_MAX), edge[i]);
    }
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
    pair_check(&p, "unsigned");

    static const int64_t below[] = {
        -1,
        -32,
        -33,
        -128,
        -129,
        -32768,
        -32769,
        INT32_MIN,
        (int64_t)INT32_MIN - 1,
        INT64_MIN,
        5,
        300};
    p = pair_new();
    msgpack_packer_init(&p.packer, &p.theirs, msgpack_sbuffer_write);
    for (size_t i = 0; i < YQ_ARRAY_N(below); i++) {
        msgpack_pack_int64(&p.packer, below[i]);
        yq_mp_put_int(&p.ours, below[i]);
    }
    c = yq_cur_of(yq_writer_slice(&p.ours));
    for (size_t i = 0; i < YQ_ARRAY_N(below); i++) {
        cr_expect_eq(yq_mp_int(&c), below[i]);
    }
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
    pair_check(&p, "signed");
}

Test(msgpack, lengths_are_written_as_msgpack_c_writes_them)
{
    static const size_t size[] = {0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536};
    static uint8_t text[65536];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < YQ_ARRAY_N(size); i++) {
        size_t n = size[i];
        pair p = pair_new();
        msgpack_packer_init(&p.packer, &p.theirs, msgpack_sbuffer_write);
        msgpack_pack_map(&p.packer, n);
        msgpack_pack_array(&p.packer, n);
        msgpack_pack_str(&p.packer, n);
        msgpack_pack_str_body(&p.packer, text, n);
        msgpack_pack_bin(&p.packer, n);
        msgpack_pack_bin_body(&p.packer, text, n);
        msgpack_pack_true(&p.packer);
        msgpack_pack_false(&p.packer);
        yq_mp_put_map(&p.ours, (uint32_t)n);
        yq_mp_put_array(&p.ours, (uint32_t)n);
        yq_mp_put_str(&p.ours, yq_slice_of(text, n));
        yq_mp_put_bin(&p.ours, yq_slice_of(text, n));
        yq_mp_put_bool(&p.ours, 7);
        yq_mp_put_bool(&p.ours, 0);
        yq_cur c = yq_cur_of(yq_writer_slice(&p.ours));
        cr_expect_eq(yq_mp_map(&c, 65536), n);
        cr_expect_eq(yq_mp_array(&c, 65536), n);
        cr_expect_eq(yq_mp_str(&c, n).n, n);
        cr_expect_eq(yq_mp_bin(&c, n).n, n);
        cr_expect_eq(yq_mp_bool(&c), 1);
        cr_expect_eq(yq_mp_bool(&c), 0);
        cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
        pair_check(&p, "lengths");
    }
}

static yq_status skip_all(yq_slice in, uint32_t *at)
{
    yq_cur c = yq_cur_of(in);
    yq_slice whole = yq_mp_skip(&c);
    yq_fault why = {0};
    yq_status status = yq_cur_done(&c, &why);
    *at = why.offset;
    if (status == YQ_OK) {
        cr_expect(yq_slice_equal(whole, in));
    }
    return status;
}

static const struct {
    const char *in;
    yq_status status;
    uint32_t at;
} item[] = {
    {"00", YQ_OK, 0},
    {"c0", YQ_E_TYPE, 0},
    {"c1", YQ_E_TYPE, 0},
    {"ca00000000", YQ_E_TYPE, 0},
    {"cb0000000000000000", YQ_E_TYPE, 0},
    {"d40000", YQ_E_TYPE, 0},
    {"c70000", YQ_E_TYPE, 0},
    {"c80000", YQ_E_TYPE, 0},
    {"cc7f", YQ_E_NONCANONICAL, 0},
    {"cc80", YQ_OK, 0},
    {"cd00ff", YQ_E_NONCANONICAL, 0},
    {"cd0100", YQ_OK, 0},
    {"ce0000ffff", YQ_E_NONCANONICAL, 0},
    {"ce00010000", YQ_OK, 0},
    {"cf00000000ffffffff", YQ_E_NONCANONICAL, 0},
    {"cf0000000100000000", YQ_OK, 0},
    {"d0e0", YQ_E_NONCANONICAL, 0},
    {"d0df", YQ_OK, 0},
    {"d005", YQ_E_NONCANONICAL, 0},
    {"d1ff80", YQ_E_NONCANONICAL, 0},
    {"d1ff7f", YQ_OK, 0},
    {"d10100", YQ_E_NONCANONICAL, 0},
    {"d2ffff8000", YQ_E_NONCANONICAL, 0},
    {"d2ffff7fff", YQ_OK, 0},
    {"d3ffffffff80000000", YQ_E_NONCANONICAL, 0},
    {"d3ffffffff7fffffff", YQ_OK, 0},
    {"d37fffffffffffffff", YQ_E_NONCANONICAL, 0},
    {"d900", YQ_E_NONCANONICAL, 0},
    {"d91f", YQ_E_NONCANONICAL, 0},
    {"da00ff", YQ_E_NONCANONICAL, 0},
    {"db0000ffff", YQ_E_NONCANONICAL, 0},
    {"c500ff", YQ_E_NONCANONICAL, 0},
    {"c60000ffff", YQ_E_NONCANONICAL, 0},
    {"dc000f", YQ_E_NONCANONICAL, 0},
    {"dd0000ffff", YQ_E_NONCANONICAL, 0},
    {"de000f", YQ_E_NONCANONICAL, 0},
    {"df0000ffff", YQ_E_NONCANONICAL, 0},
    {"c401", YQ_E_TRUNCATED, 2},
    {"a161", YQ_OK, 0},
    {"a1", YQ_E_TRUNCATED, 1},
    {"a1ff", YQ_E_UTF8, 0},
    {"a2c080", YQ_E_UTF8, 0},
    {"a3eda080", YQ_E_UTF8, 0},
    {"a4f4908080", YQ_E_UTF8, 0},
    {"a3e6b1bd", YQ_OK, 0},
    {"a100", YQ_E_RANGE, 1},
    {"a2610a", YQ_E_RANGE, 2},
    {"a17f", YQ_E_RANGE, 1},
    {"a2c285", YQ_E_RANGE, 1},
    {"a2c2a0", YQ_OK, 0},
    {"92 01 a1ff", YQ_E_UTF8, 2},
    {"92 01", YQ_E_TRUNCATED, 2},
    {"dd ffffffff", YQ_E_TRUNCATED, 5},
    {"df ffffffff", YQ_E_TRUNCATED, 5},
    {"82 a161 01 a162 02", YQ_OK, 0},
    {"82 a162 01 a161 02", YQ_E_NONCANONICAL, 4},
    {"82 a161 01 a161 02", YQ_E_FIELD_DUP, 4},
    {"82 a161 01 a26162 02", YQ_OK, 0},
    {"82 a26162 01 a161 02", YQ_E_NONCANONICAL, 5},
    {"81 01 02", YQ_E_TYPE, 1},
    {"81 c40161 02", YQ_E_TYPE, 1},
    {"81 80 02", YQ_E_TYPE, 1},
    {"81 a0 02", YQ_E_RANGE, 1},
    {"81 a161 82 a162 01 a161 01", YQ_E_NONCANONICAL, 7},
    {"91 80", YQ_OK, 0},
    {"01 02", YQ_E_TRAILING, 1},
    {"", YQ_E_TRUNCATED, 0},
};

Test(msgpack, one_form_of_each_value)
{
    for (size_t i = 0; i < YQ_ARRAY_N(item); i++) {
        uint32_t at;
        cr_expect_eq(skip_all(hex(item[i].in), &at), item[i].status, "%s", item[i].in);
        cr_expect_eq(at, item[i].at, "%s: offset %u", item[i].in, at);
    }
}

Test(msgpack, nesting_is_bounded)
{
    uint8_t in[YQ_NESTING_MAX + 2];
    memset(in, 0x91, sizeof in);
    in[YQ_NESTING_MAX] = 0;
    uint32_t at;
    cr_expect_eq(skip_all(yq_slice_of(in, YQ_NESTING_MAX + 1), &at), YQ_OK);
    in[YQ_NESTING_MAX] = 0x91;
    in[YQ_NESTING_MAX + 1] = 0;
    cr_expect_eq(skip_all(yq_slice_of(in, YQ_NESTING_MAX + 2), &at), YQ_E_DEPTH);
    cr_expect_eq(at, YQ_NESTING_MAX);
}

#define READS(in, call, code, where)                                                               \
    do {                                                                                           \
        yq_cur c = yq_cur_of(hex(in));                                                             \
        (void)(call);                                                                              \
        yq_fault why = {0};                                                                        \
        cr_expect_eq(yq_cur_status(&c, &why), (code), "%s: %d", in, why.status);                   \
        cr_expect_eq(why.offset, (uint32_t)(where), "%s: offset %u", in, why.offset);              \
    } while (0)

Test(msgpack, typed_readers_refuse_other_types_and_sizes)
{
    READS("ff", yq_mp_uint(&c, 9), YQ_E_TYPE, 0);
    READS("0a", yq_mp_uint(&c, 9), YQ_E_RANGE, 0);
    READS("09", yq_mp_uint(&c, 9), YQ_OK, 0);
    READS("c3", yq_mp_uint(&c, 9), YQ_E_TYPE, 0);
    READS("01", yq_mp_bool(&c), YQ_E_TYPE, 0);
    READS("a0", yq_mp_int(&c), YQ_E_TYPE, 0);
    READS("cf8000000000000000", yq_mp_int(&c), YQ_E_RANGE, 0);
    READS("a26162", yq_mp_str(&c, 1), YQ_E_LIMIT, 0);
    READS("c4026162", yq_mp_str(&c, 2), YQ_E_TYPE, 0);
    READS("c4026162", yq_mp_bin(&c, 1), YQ_E_LIMIT, 0);
    READS("a26162", yq_mp_bin(&c, 2), YQ_E_TYPE, 0);
    READS("92", yq_mp_array(&c, 1), YQ_E_LIMIT, 0);
    READS("92", yq_mp_map(&c, 2), YQ_E_TYPE, 0);
    READS("82", yq_mp_map(&c, 1), YQ_E_LIMIT, 0);
    yq_digest d;
    READS("c41f 00", (yq_mp_digest(&c, &d), 0), YQ_E_LEN, 0);
    READS("c421 00", (yq_mp_digest(&c, &d), 0), YQ_E_LEN, 0);
    READS("c420 00", (yq_mp_digest(&c, &d), 0), YQ_E_TRUNCATED, 2);
    READS("82", (yq_mp_map_of(&c, 3), 0), YQ_E_FIELD_MISSING, 0);
    READS("82", (yq_mp_map_of(&c, 1), 0), YQ_E_FIELD_UNKNOWN, 0);
    READS("82", (yq_mp_map_of(&c, 2), 0), YQ_OK, 0);
    READS("a161", (yq_mp_key(&c, "a"), 0), YQ_OK, 0);
    READS("a162", (yq_mp_key(&c, "a"), 0), YQ_E_FIELD_MISSING, 0);
    READS("a26161", (yq_mp_key(&c, "a"), 0), YQ_E_FIELD_MISSING, 0);
    READS("d90161", (yq_mp_key(&c, "a"), 0), YQ_E_NONCANONICAL, 0);
    READS("01", (yq_mp_key(&c, "a"), 0), YQ_E_TYPE, 0);
    READS("a26162", yq_mp_any_key(&c, yq_slice_text("a"), 1), YQ_E_LIMIT, 0);
    READS("a162", yq_mp_any_key(&c, yq_slice_text("a"), 1), YQ_OK, 0);
    READS("a161", yq_mp_any_key(&c, yq_slice_text("a"), 1), YQ_E_FIELD_DUP, 0);
    READS("a161", yq_mp_any_key(&c, yq_slice_text("b"), 1), YQ_E_NONCANONICAL, 0);
    READS("a0", yq_mp_any_key(&c, (yq_slice){0}, 1), YQ_E_RANGE, 0);
}

Test(msgpack, a_failure_stays_and_later_reads_give_nothing)
{
    yq_cur c = yq_cur_of(hex("c0 82 05 a161"));
    cr_expect_eq(yq_mp_uint(&c, 9), 0);
    cr_expect_eq(yq_mp_map(&c, 9), 0);
    cr_expect_eq(yq_mp_int(&c), 0);
    cr_expect_eq(yq_mp_bool(&c), 0);
    cr_expect_eq(yq_mp_str(&c, 9).n, 0);
    cr_expect_eq(yq_mp_skip(&c).n, 0);
    yq_fault why;
    cr_expect_eq(yq_cur_status(&c, &why), YQ_E_TYPE);
    cr_expect_eq(why.offset, 0);
}

Test(msgpack, a_map_written_and_read)
{
    uint8_t room[128];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_mp_put_map(&w, 2);
    yq_mp_put_text(&w, "chain");
    yq_mp_put_text(&w, "city-410300");
    yq_mp_put_text(&w, "hash");
    yq_mp_put_bin(&w, hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    yq_mp_map_of(&c, 2);
    yq_mp_key(&c, "chain");
    cr_expect(yq_slice_equal(yq_mp_str(&c, 48), yq_slice_text("city-410300")));
    yq_mp_key(&c, "hash");
    yq_digest d;
    yq_mp_digest(&c, &d);
    cr_expect_eq(d.b[31], 31);
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
    w = yq_writer_of(room, 3);
    yq_mp_put_text(&w, "abc");
    cr_expect_eq(w.status, YQ_E_NOSPC);
}

Test(utf8, forms)
{
    static const struct {
        const char *in;
        int valid;
    } row[] = {
        {"", 1},         {"7f", 1},         {"80", 0},       {"bf", 0},       {"c1bf", 0},
        {"c280", 1},     {"dfbf", 1},       {"c2", 0},       {"c2c0", 0},     {"e09fbf", 0},
        {"e0a080", 1},   {"ed9fbf", 1},     {"eda080", 0},   {"ee8080", 1},   {"efbfbf", 1},
        {"e28280", 1},   {"e282", 0},       {"e28228", 0},   {"f08fbfbf", 0}, {"f0908080", 1},
        {"f48fbfbf", 1}, {"f4908080", 0},   {"f5808080", 0}, {"f09f98", 0},   {"f09f9828", 0},
        {"ff", 0},       {"61e6b1bd62", 1},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice in = hex(row[i].in);
        uint8_t *p = exact(in);
        cr_expect_eq(yq_utf8_valid(yq_slice_of(p, in.n)), row[i].valid, "%s", row[i].in);
        free(p);
    }
}
