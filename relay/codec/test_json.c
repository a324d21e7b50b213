#include "yuqiao/limits.h"

#include "relay/codec/json.h"
#include "relay/codec/test_hex.h"

static yq_json *parse(const char *text)
{
    yq_fault why = {0};
    yq_json *document = yq_json_parse(yq_slice_text(text), 4096, &why);
    cr_assert_not_null(document, "%s: %s", text, why.text);
    return document;
}

Test(json, refuses_what_is_not_in_the_profile)
{
    static const struct {
        const char *in;
        yq_status status;
    } row[] = {
        {"", YQ_E_JSON_STRICT},
        {"1", YQ_E_JSON_STRICT},
        {"{\"a\":1,\"a\":1}", YQ_E_JSON_STRICT},
        {"{\"a\":1,\"\\u0061\":1}", YQ_E_JSON_STRICT},
        {"{} x", YQ_E_JSON_STRICT},
        {"[1,]", YQ_E_JSON_STRICT},
        {"[01]", YQ_E_JSON_STRICT},
        {"[+1]", YQ_E_JSON_STRICT},
        {"[NaN]", YQ_E_JSON_STRICT},
        {"[\"\xff\"]", YQ_E_JSON_STRICT},
        {"[\"\\ud800\"]", YQ_E_JSON_STRICT},
        {"[\"\n\"]", YQ_E_JSON_STRICT},
        {"['a']", YQ_E_JSON_STRICT},
        {"[1e999]", YQ_E_JSON_STRICT},
        {"[-9223372036854775809]", YQ_E_JSON_STRICT},
        {"{18446744073709551615:1}", YQ_E_JSON_STRICT},
        {"{\"\\u0000#1\":1}", YQ_E_JSON_STRICT},
        {"[\"\\", YQ_E_JSON_STRICT},
        {"[\"", YQ_E_JSON_STRICT},
        {"[", YQ_E_JSON_STRICT},
        {"]", YQ_E_JSON_STRICT},
        {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", YQ_E_DEPTH},
        {"[//\n]", YQ_E_JSON_STRICT},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice in = yq_slice_text(row[i].in);
        uint8_t *p = exact(in);
        yq_fault why = {0};
        cr_expect_null(yq_json_parse(yq_slice_of(p, in.n), 4096, &why), "%s", row[i].in);
        cr_expect_eq(why.status, row[i].status, "%s: %d", row[i].in, why.status);
        free(p);
    }
    yq_fault why = {0};
    cr_expect_null(yq_json_parse(yq_slice_text("[1]"), 2, &why));
    cr_expect_eq(why.status, YQ_E_LIMIT);
    cr_expect_null(yq_json_parse(yq_slice_text("[1,x]"), 9, &why));
    cr_expect_eq(why.offset, 4);
    cr_expect_null(yq_json_parse((yq_slice){0}, 9, &why));
}

Test(json, numbers)
{
    yq_json *d = parse("[0,-1,9223372036854775807,9223372036854775808,18446744073709551615,"
                       "18446744073709551616,1.5,1e2,-9223372036854775808,\"5\",true]");
    uint64_t u;
    int64_t s;
    cr_expect(yq_json_uint(yq_json_at(d, 0), &u) && u == 0);
    cr_expect_not(yq_json_uint(yq_json_at(d, 1), &u));
    cr_expect(yq_json_int(yq_json_at(d, 1), &s) && s == -1);
    cr_expect(yq_json_uint(yq_json_at(d, 2), &u) && u == INT64_MAX);
    cr_expect(yq_json_int(yq_json_at(d, 2), &s) && s == INT64_MAX);
    cr_expect(yq_json_uint(yq_json_at(d, 3), &u) && u == UINT64_C(9223372036854775808));
    cr_expect_not(yq_json_int(yq_json_at(d, 3), &s));
    cr_expect(yq_json_uint(yq_json_at(d, 4), &u) && u == UINT64_MAX);
    cr_expect(yq_json_quantity(yq_json_at(d, 4), &u) && u == UINT64_MAX);
    for (size_t i = 5; i <= 7; i++) {
        cr_expect_not(yq_json_uint(yq_json_at(d, i), &u));
        cr_expect_not(yq_json_int(yq_json_at(d, i), &s));
        cr_expect_not(yq_json_quantity(yq_json_at(d, i), &u));
    }
    yq_slice text;
    cr_expect_not(yq_json_text(yq_json_at(d, 4), &text));
    cr_expect(yq_json_int(yq_json_at(d, 8), &s) && s == INT64_MIN);
    cr_expect_not(yq_json_uint(yq_json_at(d, 9), &u));
    cr_expect_not(yq_json_uint(yq_json_at(d, 10), &u));
    cr_expect_not(yq_json_uint(yq_json_at(d, 11), &u));
    yq_json_free(d);
}

Test(json, texts_keep_their_nul_and_never_pass_for_numbers)
{
    yq_json *d = parse("[\"\\u0000#12\",\"\\u0000\",\"a\\u0000b\",\"\\u0000\\u0000\",\"\"]");
    yq_slice s;
    uint64_t u;
    cr_expect(yq_json_text(yq_json_at(d, 0), &s) && yq_slice_equal(s, hex("00233132")));
    cr_expect_not(yq_json_uint(yq_json_at(d, 0), &u));
    cr_expect(yq_json_text(yq_json_at(d, 1), &s) && yq_slice_equal(s, hex("00")));
    cr_expect(yq_json_text(yq_json_at(d, 2), &s) && yq_slice_equal(s, hex("610062")));
    cr_expect(yq_json_text(yq_json_at(d, 3), &s) && yq_slice_equal(s, hex("0000")));
    cr_expect(yq_json_text(yq_json_at(d, 4), &s) && s.n == 0);
    yq_json_free(d);
}

Test(json, objects)
{
    yq_json *d = parse("{\"z\":{\"b\":true,\"a\":false},\"a\":[1,null],\"m\":\"x\"}");
    const yq_json *root = yq_json_root(d);
    cr_expect(yq_json_is_object(root));
    cr_expect_eq(yq_json_count(root), 3);
    cr_expect_str_eq(yq_json_key_at(root, 0), "z");
    cr_expect_str_eq(yq_json_key_at(root, 1), "a");
    cr_expect_str_eq(yq_json_key_at(root, 2), "m");
    cr_expect_null(yq_json_key_at(root, 3));
    const char *key = yq_json_key_next(root, NULL);
    cr_expect_str_eq(key, "z");
    key = yq_json_key_next(root, key);
    cr_expect_str_eq(key, "a");
    key = yq_json_key_next(root, key);
    cr_expect_str_eq(key, "m");
    cr_expect_null(yq_json_key_next(root, key));
    cr_expect_null(yq_json_key_next(yq_json_get(root, "m"), NULL));
    cr_expect_null(yq_json_key_next(NULL, NULL));
    int flag;
    cr_expect(yq_json_bool(yq_json_get(yq_json_get(root, "z"), "b"), &flag) && flag == 1);
    cr_expect(yq_json_bool(yq_json_get(yq_json_get(root, "z"), "a"), &flag) && flag == 0);
    const yq_json *array = yq_json_get(root, "a");
    cr_expect(yq_json_is_array(array) && yq_json_count(array) == 2);
    cr_expect(yq_json_is_null(yq_json_at(array, 1)));
    cr_expect_null(yq_json_at(array, 2));
    cr_expect_null(yq_json_get(array, "a"));
    cr_expect_null(yq_json_get(root, "none"));
    cr_expect_null(yq_json_get(NULL, "none"));
    cr_expect_null(yq_json_at(NULL, 0));
    cr_expect_null(yq_json_key_at(NULL, 0));
    cr_expect_eq(yq_json_count(NULL), 0);
    yq_slice s;
    cr_expect_not(yq_json_text(NULL, &s));
    cr_expect_not(yq_json_bool(NULL, &flag));
    yq_json_free(d);
}

Test(json, hex_and_quantities)
{
    yq_json *d = parse("[\"0x0aFF\",\"0aff\",\"0xabc\",\"0xzz\",\"\",\"0x\",\"0x10\",\"17\","
                       "\"0xffffffffffffffff\",\"0x10000000000000000\",\"18446744073709551615\","
                       "\"18446744073709551616\",\"-1\",\" 1\"]");
    uint8_t room[2] = {0};
    yq_buf out = {.p = room, .cap = sizeof room};
    cr_expect(yq_json_hex(yq_json_at(d, 0), &out) && out.n == 2 && room[1] == 0xff);
    cr_expect(yq_json_hex(yq_json_at(d, 1), &out) && out.n == 2);
    out.cap = 1;
    cr_expect_not(yq_json_hex(yq_json_at(d, 1), &out));
    out.cap = 2;
    cr_expect_not(yq_json_hex(yq_json_at(d, 2), &out));
    cr_expect_not(yq_json_hex(yq_json_at(d, 3), &out));
    cr_expect(yq_json_hex(yq_json_at(d, 4), &out) && out.n == 0);
    uint64_t u;
    cr_expect_not(yq_json_quantity(yq_json_at(d, 4), &u));
    cr_expect_not(yq_json_quantity(yq_json_at(d, 5), &u));
    cr_expect(yq_json_quantity(yq_json_at(d, 6), &u) && u == 16);
    cr_expect(yq_json_quantity(yq_json_at(d, 7), &u) && u == 17);
    cr_expect(yq_json_quantity(yq_json_at(d, 8), &u) && u == UINT64_MAX);
    cr_expect_not(yq_json_quantity(yq_json_at(d, 9), &u));
    cr_expect(yq_json_quantity(yq_json_at(d, 10), &u) && u == UINT64_MAX);
    for (size_t i = 11; i < 14; i++) {
        cr_expect_not(yq_json_quantity(yq_json_at(d, i), &u));
    }
    yq_json_free(d);
}

Test(json, writer)
{
    yq_json_out *out = yq_json_out_new(4096);
    yq_json_out_object(out, NULL);
    yq_json_out_uint(out, "max", UINT64_MAX);
    yq_json_out_int(out, "min", INT64_MIN);
    yq_json_out_array(out, "list");
    yq_json_out_bool(out, NULL, 1);
    yq_json_out_null(out, NULL);
    yq_json_out_object(out, NULL);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_str(out, "text", "a\"\\\n\x7f\xe6\xb1\xbd");
    yq_json_out_text(out, "bytes", hex("61ff62 c328 00"));
    yq_json_out_hex(out, "hex", hex("00ff"));
    yq_json_out_end(out);
    size_t size;
    const char *text = yq_json_out_done(out, &size);
    cr_assert_not_null(text);
    cr_expect_str_eq(
        text,
        "{\"max\":18446744073709551615,\"min\":-9223372036854775808,\"list\":[true,null,{}],"
        "\"text\":\"a\\\"\\\\\\u000a\\u007f\xe6\xb1\xbd\","
        "\"bytes\":\"a\\ufffdb\\ufffd(\\u0000\",\"hex\":\"00ff\"}");
    cr_expect_eq(size, strlen(text));
    yq_json *d = parse(text);
    uint64_t u;
    cr_expect(yq_json_uint(yq_json_get(d, "max"), &u) && u == UINT64_MAX);
    yq_json_free(d);
    yq_json_out_free(out);
    yq_json_out_free(NULL);
}

Test(json, writer_is_bounded)
{
    for (size_t max = 0; max < 12; max++) {
        yq_json_out *out = yq_json_out_new(max);
        yq_json_out_array(out, NULL);
        yq_json_out_str(out, NULL, "12345678");
        yq_json_out_end(out);
        cr_expect_null(yq_json_out_done(out, NULL), "%zu", max);
        yq_json_out_free(out);
    }
    yq_json_out *out = yq_json_out_new(12);
    yq_json_out_array(out, NULL);
    yq_json_out_str(out, NULL, "12345678");
    yq_json_out_end(out);
    cr_expect_str_eq(yq_json_out_done(out, NULL), "[\"12345678\"]");
    yq_json_out_free(out);
}

Test(json, long_texts_grow)
{
    static char text[100001];
    memset(text, 'a', sizeof text - 1);
    yq_json_out *out = yq_json_out_new(1u << 20);
    yq_json_out_array(out, NULL);
    yq_json_out_str(out, NULL, text);
    yq_json_out_hex(out, NULL, yq_slice_of(text, 50000));
    yq_json_out_end(out);
    size_t size;
    cr_assert_not_null(yq_json_out_done(out, &size));
    cr_expect_eq(size, 200000 + 7);
    yq_json_out_free(out);
}
