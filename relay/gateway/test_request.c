#include "relay/gateway/call.h"

#include <criterion/criterion.h>
#include <stdio.h>

static yq_status read_target(const char *text, yq_target *t, const char **field)
{
    yq_fault why;
    return yq_target_read(text, t, field, &why);
}

Test(request, a_target_comes_apart)
{
    yq_target t;
    const char *field;
    cr_assert_eq(
        read_target("/api/v1/chains/city-a/deliveries?from=3&limit=10", &t, &field), YQ_OK);
    cr_assert_eq(t.part_n, 3);
    cr_assert(yq_slice_equal(t.part[1], yq_slice_text("city-a")));
    cr_assert(yq_slice_equal(t.part[2], yq_slice_text("deliveries")));
    cr_assert_eq(t.given, GATEWAY_BIT(YQ_PARAM_FROM) | GATEWAY_BIT(YQ_PARAM_LIMIT));
    cr_assert(yq_slice_equal(t.value[YQ_PARAM_LIMIT], yq_slice_text("10")));
    cr_assert_eq(read_target("/api/v1/status", &t, &field), YQ_OK);
    cr_assert_eq(t.part_n, 1);
    cr_assert_eq(t.given, 0);
    cr_assert_eq(read_target("/api/v1/messages?cursor=", &t, &field), YQ_OK);
    cr_assert_eq(t.value[YQ_PARAM_CURSOR].n, 0);
}

Test(request, a_bad_target_is_refused)
{
    static const struct {
        const char *text;
        yq_status status;
        const char *field;
    } bad[] = {
        {"", YQ_E_NOT_FOUND, "path"},
        {"/", YQ_E_NOT_FOUND, "path"},
        {"/api/v2/status", YQ_E_NOT_FOUND, "path"},
        {"http://h/api/v1/status", YQ_E_NOT_FOUND, "path"},
        {"/api/v1/", YQ_E_NONCANONICAL, "path"},
        {"/api/v1/status/", YQ_E_NONCANONICAL, "path"},
        {"/api/v1//status", YQ_E_NONCANONICAL, "path"},
        {"/api/v1/chains/a%20b", YQ_E_NONCANONICAL, "path"},
        {"/api/v1/chains/a;b", YQ_E_NONCANONICAL, "path"},
        {"/api/v1/a/b/c/d", YQ_E_NOT_FOUND, "path"},
        {"/api/v1/status?nosuch=1", YQ_E_FIELD_UNKNOWN, "query"},
        {"/api/v1/status?=1", YQ_E_FIELD_UNKNOWN, "query"},
        {"/api/v1/events?limit=1&limit=1", YQ_E_FIELD_DUP, "limit"},
        {"/api/v1/events?limit", YQ_E_NONCANONICAL, "limit"},
        {"/api/v1/events?limit=1=2", YQ_E_NONCANONICAL, "limit"},
        {"/api/v1/events?limit=%31", YQ_E_NONCANONICAL, "limit"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        yq_target t;
        const char *field = NULL;
        cr_assert_eq(read_target(bad[i].text, &t, &field), bad[i].status, "%s", bad[i].text);
        cr_assert_str_eq(field, bad[i].field, "%s", bad[i].text);
    }
    char text[YQ_TARGET_SIZE_MAX + 2];
    yq_target t;
    const char *field;
    memset(text, 'a', sizeof text);
    memcpy(text, "/api/v1/", 8);
    text[YQ_TARGET_SIZE_MAX + 1] = '\0';
    cr_assert_eq(read_target(text, &t, &field), YQ_E_LIMIT);
    text[YQ_TARGET_SIZE_MAX] = '\0';
    cr_assert_eq(read_target(text, &t, &field), YQ_OK);
}

Test(request, a_number_has_one_form)
{
    uint64_t v;
    cr_assert_eq(yq_number_read(yq_slice_text("0"), 9, &v), YQ_OK);
    cr_assert_eq(yq_number_read(yq_slice_text("18446744073709551615"), UINT64_MAX, &v), YQ_OK);
    cr_assert_eq(v, UINT64_MAX);
    cr_assert_eq(yq_number_read(yq_slice_text("18446744073709551616"), UINT64_MAX, &v), YQ_E_RANGE);
    cr_assert_eq(yq_number_read(yq_slice_text("99999999999999999999"), UINT64_MAX, &v), YQ_E_RANGE);
    cr_assert_eq(yq_number_read(yq_slice_text("10"), 9, &v), YQ_E_RANGE);
    cr_assert_eq(v, 0);
    static const char *const bad[] = {
        "", "01", "00", "-1", "+1", "1 ", "0x1", "1e3", "000000000000000000001"};
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_assert_eq(
            yq_number_read(yq_slice_text(bad[i]), UINT64_MAX, &v), YQ_E_NONCANONICAL, "%s", bad[i]);
    }
}

Test(request, an_id_is_64_hex_digits)
{
    yq_digest id;
    char text[66];
    memset(text, 'a', sizeof text);
    text[64] = '\0';
    cr_assert_eq(yq_id_read(yq_slice_text(text), &id), YQ_OK);
    cr_assert_eq(id.b[31], 0xaa);
    text[63] = 'g';
    cr_assert_eq(yq_id_read(yq_slice_text(text), &id), YQ_E_NONCANONICAL);
    text[63] = '\0';
    cr_assert_eq(yq_id_read(yq_slice_text(text), &id), YQ_E_LEN);
}

Test(request, msgpack_is_asked_for)
{
    cr_assert_not(yq_accepts_msgpack(NULL));
    cr_assert_not(yq_accepts_msgpack("*/*"));
    cr_assert_not(yq_accepts_msgpack("application/json, application/msgpack"));
    cr_assert(yq_accepts_msgpack("application/msgpack"));
    cr_assert(yq_accepts_msgpack("Application/MsgPack, application/json"));
}

Test(request, a_status_has_its_http_code)
{
    static const struct {
        yq_status status;
        int code, of_body;
    } want[] = {
        {YQ_E_TRUNCATED, 400, 400},
        {YQ_E_VERSION, 400, 400},
        {YQ_E_LIMIT, 400, 413},
        {YQ_E_PERMISSION, 403, 403},
        {YQ_E_NOT_FOUND, 404, 404},
        {YQ_E_EXISTS, 409, 409},
        {YQ_E_REPLAY, 409, 409},
        {YQ_E_STATE, 409, 409},
        {YQ_E_BUSY, 429, 429},
        {YQ_E_SIG, 422, 422},
        {YQ_E_EXPIRED, 422, 422},
        {YQ_E_SIGNER_UNKNOWN, 422, 422},
        {YQ_E_IO, 503, 503},
        {YQ_E_DATA_VERSION, 503, 503}};
    for (size_t i = 0; i < YQ_ARRAY_N(want); i++) {
        cr_assert_eq(gateway_http_code(want[i].status, 0), want[i].code, "%d", want[i].status);
        cr_assert_eq(gateway_http_code(want[i].status, 1), want[i].of_body, "%d", want[i].status);
    }
}
