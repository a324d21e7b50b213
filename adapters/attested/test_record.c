#include "adapters/attested/record.h"
#include "adapters/attested/test_mapping.h"

#include <criterion/criterion.h>

static yq_atd_mapping m;
static yq_atd_record r;
static yq_fault why;

static void set_up(void)
{
    cr_assert_eq(test_mapping_with(NULL, NULL, &m, &why), YQ_OK, "%s", why.text);
}

static void tear_down(void)
{
    yq_atd_mapping_free(&m);
}

TestSuite(record, .init = set_up, .fini = tear_down);

static yq_status read(const char *text)
{
    yq_json *document = yq_json_parse(yq_slice_text(text), 1u << 20, &why);
    cr_assert_not_null(document, "%s", text);
    why = (yq_fault){0};
    yq_status status = yq_atd_record_read(&m.records, yq_json_root(document), &r, &why);
    yq_json_free(document);
    return status;
}

#define RECORD                                                                                     \
    "{\"seq\":7,\"at\":1700000000000,\"id\":\"tx\",\"from\":{\"topic\":\"t\"},\"body\":\"0a0B\"}"

Test(record, a_record_is_read_as_mapped)
{
    static const uint8_t want[] = {0x0a, 0x0b};
    cr_assert_eq(read(RECORD), YQ_OK, "%s", why.text);
    cr_expect(r.number == 7 && r.time_ms == 1700000000000 && r.index == 0);
    cr_expect(yq_slice_equal(yq_slice_of(r.emitter.b, r.emitter.n), yq_slice_text("t")));
    cr_expect(yq_slice_equal(yq_slice_of(r.name.b, r.name.n), yq_slice_text("Changed")));
    cr_expect(yq_slice_equal(yq_slice_of(r.data, r.data_n), YQ_SLICE_OF(want)));
    yq_atd_record_free(&r);
}

/* The layout of the hash, byte by byte. */
Test(record, the_hash_covers_every_field)
{
    static const char *const other[] = {
        "{\"seq\":8,\"at\":1700000000000,\"id\":\"tx\",\"from\":{\"topic\":\"t\"},\"body\":"
        "\"0a0B\"}",
        "{\"seq\":7,\"at\":1700000000001,\"id\":\"tx\",\"from\":{\"topic\":\"t\"},\"body\":"
        "\"0a0B\"}",
        "{\"seq\":7,\"at\":1700000000000,\"id\":\"ty\",\"from\":{\"topic\":\"t\"},\"body\":"
        "\"0a0B\"}",
        "{\"seq\":7,\"at\":1700000000000,\"id\":\"tx\",\"from\":{\"topic\":\"u\"},\"body\":"
        "\"0a0B\"}",
        "{\"seq\":7,\"at\":1700000000000,\"id\":\"tx\",\"from\":{\"topic\":\"t\"},\"body\":"
        "\"0a0c\"}"};
    uint8_t bytes[256];
    static const uint8_t data[] = {0x0a, 0x0b};
    yq_digest want = {{0}}, of_data = {{0}};
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_hash_one(YQ_HASH_SM3, YQ_SLICE_OF(data), of_data.b);
    yq_put(&w, yq_slice_text("YUQIAO-ATTESTED-RECORD-1"));
    yq_put_u64(&w, 7);
    yq_put_u64(&w, 1700000000000);
    yq_put(
        &w,
        yq_slice_text("\x01t\x07"
                      "Changed"
                      "\x02tx"));
    yq_put_u32(&w, 0);
    yq_put(&w, YQ_SLICE_OF(of_data.b));
    yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&w), want.b);
    cr_assert_eq(read(RECORD), YQ_OK);
    cr_expect(yq_digest_equal(&r.hash, &want));
    yq_atd_record_free(&r);
    for (size_t i = 0; i < YQ_ARRAY_N(other); i++) {
        cr_assert_eq(read(other[i]), YQ_OK, "%s", why.text);
        cr_expect(!yq_digest_equal(&r.hash, &want), "%zu", i);
        yq_atd_record_free(&r);
    }
}

Test(record, what_is_not_there_is_named)
{
    static const struct {
        const char *text, *what;
    } all[] = {
        {"{}", "number"},
        {"[]", "number"},
        {"{\"seq\":0}", "number"},
        {"{\"seq\":-1}", "number"},
        {"{\"seq\":\"7x\"}", "number"},
        {"{\"seq\":\"18446744073709551616\"}", "number"},
        {"{\"seq\":7}", "record 7: id: the platform gives no such value at id"},
        {"{\"seq\":7,\"id\":\"\"}", "record 7: id"},
        {"{\"seq\":7,\"id\":[]}", "record 7: id"},
        {"{\"seq\":7,\"id\":1,\"from\":\"t\"}", "record 7: emitter"},
        {"{\"seq\":7,\"id\":1,\"from\":{\"topic\":\"t\"}}", "record 7: time"},
        {"{\"seq\":7,\"id\":1,\"from\":{\"topic\":\"t\"},\"at\":\"x\"}", "record 7: time"},
        {"{\"seq\":7,\"id\":1,\"from\":{\"topic\":\"t\"},\"at\":1}", "record 7: data"},
        {"{\"seq\":7,\"id\":1,\"from\":{\"topic\":\"t\"},\"at\":1,\"body\":\"0\"}",
         "record 7: data"},
        {"{\"seq\":7,\"id\":1,\"from\":{\"topic\":\"t\"},\"at\":1,\"body\":5}", "record 7: data"}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        cr_expect_eq(read(all[i].text), YQ_E_PEER, "%s", all[i].text);
        cr_expect_not_null(strstr(why.text, all[i].what), "%s: %s", all[i].text, why.text);
        yq_atd_record_free(&r);
    }
    char text[512];
    for (int size = 128; size <= 129; size++) {
        (void)snprintf(
            text,
            sizeof text,
            "{\"seq\":7,\"at\":1,\"id\":\"%0*d\",\"from\":{\"topic\":\"t\"},\"body\":\"\"}",
            size,
            1);
        cr_expect_eq(read(text), size == 128 ? YQ_OK : YQ_E_PEER);
        yq_atd_record_free(&r);
    }
}

Test(record, numbers_may_be_texts_and_times_seconds)
{
    m.records.clock = YQ_ATD_S;
    m.records.index = "from.part";
    cr_assert_eq(
        read("{\"seq\":\"7\",\"at\":\"1700000000\",\"id\":9,\"from\":{\"topic\":\"t\",\"part\":3},"
             "\"body\":\"\"}"),
        YQ_OK,
        "%s",
        why.text);
    cr_expect(r.number == 7 && r.time_ms == 1700000000000 && r.index == 3 && r.data_n == 0);
    cr_expect(yq_slice_equal(yq_slice_of(r.id.b, r.id.n), yq_slice_text("9")));
    yq_atd_record_free(&r);
    cr_expect_eq(
        read("{\"seq\":7,\"at\":1,\"id\":9,\"from\":{\"topic\":\"t\",\"part\":4294967296}}"),
        YQ_E_PEER);
    cr_expect_not_null(strstr(why.text, "index"));
    cr_expect_eq(
        read("{\"seq\":7,\"at\":18446744073709552,\"id\":9,\"from\":{\"topic\":\"t\",\"part\":1}}"),
        YQ_E_PEER);
    cr_expect_not_null(strstr(why.text, "time"));
}

static void expect_data(yq_atd_form form, const char *body, const char *want)
{
    char text[512];
    m.records.form = form;
    (void)snprintf(
        text,
        sizeof text,
        "{\"seq\":7,\"at\":1,\"id\":\"x\",\"from\":{\"topic\":\"t\"},\"body\":%s}",
        body);
    cr_expect_eq(read(text), want == NULL ? YQ_E_PEER : YQ_OK, "%s: %s", body, why.text);
    if (want != NULL) {
        cr_expect(
            yq_slice_equal(yq_slice_of(r.data, r.data_n), yq_slice_text(want)),
            "%.*s",
            (int)r.data_n,
            (const char *)r.data);
    }
    yq_atd_record_free(&r);
}

Test(record, forms_of_data)
{
    expect_data(YQ_ATD_TEXT, "\"\\u8c6b\"", "豫");
    expect_data(YQ_ATD_TEXT, "{}", NULL);
    expect_data(YQ_ATD_BASE64, "\"eXE=\"", "yq");
    expect_data(YQ_ATD_BASE64, "\"eXE\"", NULL);
    m.records.field_n = 2;
    m.records.field[0] = (yq_atd_field){"code", "body.c"};
    m.records.field[1] = (yq_atd_field){"kind", "=list"};
    expect_data(YQ_ATD_FIELDS, "{\"x\":1,\"c\":\"A\"}", "{\"code\":\"A\",\"kind\":\"list\"}");
    expect_data(YQ_ATD_FIELDS, "{\"c\":-5}", "{\"code\":-5,\"kind\":\"list\"}");
    expect_data(YQ_ATD_FIELDS, "{\"c\":true}", "{\"code\":true,\"kind\":\"list\"}");
    expect_data(YQ_ATD_FIELDS, "{\"c\":null}", "{\"code\":null,\"kind\":\"list\"}");
    expect_data(YQ_ATD_FIELDS, "{\"c\":1.5}", NULL);
    expect_data(YQ_ATD_FIELDS, "{\"c\":[]}", NULL);
    expect_data(YQ_ATD_FIELDS, "{}", NULL);
}

/* ---- times ---- */

Test(record, times_of_day)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } good[] = {
        {"1970-01-01 08:00:00", 0},
        {"1970-01-01T00:00:00Z", 0},
        {"2000-02-29T23:59:59.999+08:00", 951839999999},
        {"2026-11-26 08:00:00", 1795651200000},
        {"2026-11-26T00:00:00.5Z", 1795651200500},
        {"2026-11-25T19:00:00-05:00", 1795651200000},
        {"9999-12-31T23:59:59Z", 253402300799000}};
    static const char *const bad[] = {
        "",
        "2026-11-26",
        "2026-11-26 08:00",
        "2026-11-26 08:00:00 ",
        "2026-11-26x08:00:00",
        "2026-13-26 08:00:00",
        "2026-00-26 08:00:00",
        "2026-11-31 08:00:00",
        "2025-02-29 08:00:00",
        "2100-02-29 08:00:00",
        "2026-11-26 24:00:00",
        "2026-11-26 08:60:00",
        "2026-11-26 08:00:60",
        "2026-11-26 08:00:00.",
        "2026-11-26 08:00:00.1234567890",
        "2026-11-26 08:00:00+15:00",
        "2026-11-26 08:00:00+0800",
        "1969-12-31 08:00:00",
        "1970-01-01 07:59:59"};
    uint64_t ms;
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        cr_expect(yq_atd_clock_read(yq_slice_text(good[i].text), &ms), "%s", good[i].text);
        cr_expect_eq(ms, good[i].ms, "%s: %llu", good[i].text, (unsigned long long)ms);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_expect_not(yq_atd_clock_read(yq_slice_text(bad[i]), &ms), "%s", bad[i]);
    }
    cr_expect_not(yq_atd_clock_read(
        yq_slice_of(
            "2026-11-26\0"
            "08:00:00",
            19),
        &ms));
}
