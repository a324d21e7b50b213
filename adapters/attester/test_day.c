#include "adapters/attester/day.h"
#include "relay/hub/commitment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define FROM 1795622400000u /* 2026-11-26 00:00 in Beijing */

static yq_day day;

static yq_host_filter filter_of(const char *emitter, const char *event)
{
    yq_host_filter f = {0};
    (void)yq_host_name_set(&f.emitter, yq_slice_text(emitter));
    (void)yq_host_name_set(&f.event, yq_slice_text(event));
    return f;
}

static void set_up(void)
{
    cr_assert(yq_day_begin(&day, "2026-11-26"));
    day.inbox = filter_of("inbox", "Yuqiao");
    day.filter[day.filter_n++] = filter_of("inbox", "Yuqiao");
    day.filter[day.filter_n++] = filter_of("catalogue", "Changed");
}

static void tear_down(void)
{
    yq_day_free(&day);
}

TestSuite(day, .init = set_up, .fini = tear_down);

static void name(yq_atd_name *to, const char *text)
{
    to->n = strlen(text);
    memcpy(to->b, text, to->n);
}

static void take(
    uint64_t number, uint64_t ms, const char *emitter, const char *event, yq_slice data)
{
    yq_atd_record r = {.number = number, .time_ms = FROM + ms, .data_n = data.n};
    r.data = malloc(data.n + 1);
    cr_assert_not_null(r.data);
    yq_bytes_copy(r.data, data.p, data.n);
    name(&r.emitter, emitter);
    name(&r.name, event);
    name(&r.id, "tx");
    cr_assert_eq(yq_day_take(&day, &r), YQ_OK);
    yq_atd_record_free(&r);
}

static yq_packet packet_of(uint64_t sequence)
{
    return (yq_packet){
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .hub = yq_slice_text("hub"),
        .src_chain = yq_slice_text("platform"),
        .src_service = yq_slice_text("a"),
        .dst_chain = yq_slice_text("city-410100"),
        .dst_service = yq_slice_text("b"),
        .sequence = sequence};
}

static void take_record(uint64_t number, uint64_t ms, uint8_t kind, yq_slice body)
{
    uint8_t room[4096];
    yq_buf out = {room, sizeof room, 0};
    const yq_record record = {kind, body};
    cr_assert_eq(yq_records_encode(&record, 1, &out), YQ_OK);
    take(number, ms, "inbox", "Yuqiao", yq_slice_of(out.p, out.n));
}

static void take_sent(uint64_t number, uint64_t ms, uint64_t sequence)
{
    uint8_t room[2048];
    yq_buf out = {room, sizeof room, 0};
    const yq_packet p = packet_of(sequence);
    cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
    take_record(number, ms, YQ_RECORD_SENT, yq_slice_of(out.p, out.n));
}

static void take_done(uint64_t number, uint64_t ms, uint64_t index, uint8_t status)
{
    uint8_t room[2048];
    yq_buf out = {room, sizeof room, 0};
    const yq_done done = {.index = index, .status = status};
    cr_assert_eq(yq_done_encode(&done, &out), YQ_OK);
    take_record(number, ms, YQ_RECORD_DONE, yq_slice_of(out.p, out.n));
}

/* ---- the hub's ---- */

static void add_from(uint64_t number, uint64_t sequence, uint32_t event_index)
{
    yq_day_message m = {
        .is_from = 1, .accepted_ms = FROM, .number = number, .event_index = event_index};
    const yq_packet p = packet_of(sequence);
    cr_assert_eq(yq_packet_id(&p, &m.id), YQ_OK);
    (void)yq_host_name_set(&m.tx_id, yq_slice_text("tx"));
    cr_assert_eq(yq_day_add(&day, &m), YQ_OK);
}

static void add_to(uint64_t index, uint8_t status, uint64_t ms)
{
    yq_day_message m = {.has_index = 1, .index = index, .status = status, .accepted_ms = FROM + ms};
    (void)snprintf(m.state, sizeof m.state, "committed");
    cr_assert_eq(yq_day_add(&day, &m), YQ_OK);
}

/* ---- tests ---- */

Test(day, bounds_are_beijings)
{
    yq_day other;
    cr_expect_eq(day.from_ms, FROM);
    cr_expect_eq(day.to_ms - day.from_ms, YQ_DAY_MS);
    cr_expect_not(yq_day_begin(&other, "2026-11-31"));
    cr_expect_not(yq_day_begin(&other, "2026-1-1"));
    cr_expect_not(yq_day_begin(&other, "2026-11-26T"));
    cr_expect_not(yq_day_begin(&other, ""));
}

Test(day, two_sides_that_have_the_same_are_equal)
{
    add_from(10, 1, 0);
    add_from(11, 77, 0); /* mapped: known by its place, not by its id */
    add_to(0, YQ_DONE_OK, 5);
    add_to(1, YQ_DONE_ERROR, 5);
    take_sent(10, 0, 1);
    take(11, 1, "catalogue", "Changed", yq_slice_text("x"));
    take(12, 2, "catalogue", "Other", yq_slice_text("x"));
    take(13, 2, "somebody", "Changed", yq_slice_text("x"));
    take_done(14, 3, 0, YQ_DONE_OK);
    take_done(15, YQ_DAY_MS + 1, 1, YQ_DONE_ERROR); /* the day after */
    cr_assert_eq(yq_day_end(&day), YQ_OK);
    cr_expect(yq_day_is_equal(&day));
    cr_expect(day.sent == 2 && day.taken == 2 && day.handed == 2 && day.delivered == 2);
    cr_expect(day.records == 5 && day.first == 10 && day.last == 14);
}

Test(day, what_the_hub_lacks)
{
    add_from(11, 1, 3);
    take_sent(10, 0, 1);
    take_sent(11, 0, 2);
    take(12, 1, "catalogue", "Changed", yq_slice_text("x"));
    take(13, YQ_DAY_MS, "catalogue", "Changed", yq_slice_text("x")); /* not of this day */
    cr_assert_eq(yq_day_end(&day), YQ_OK);
    cr_expect(day.sent == 3 && day.taken == 1 && day.missing.count == 2);
    cr_expect(day.missing.item[0].number == 11 && !yq_digest_is_zero(&day.missing.item[0].id));
    cr_expect(day.missing.item[1].number == 12 && yq_digest_is_zero(&day.missing.item[1].id));
    cr_expect_not(yq_day_is_equal(&day));
}

Test(day, what_the_platform_does_not_show)
{
    add_from(11, 1, 0); /* hidden between records that are shown */
    add_from(20, 2, 0); /* of another day */
    add_from(12, 3, 9); /* another event of the record */
    take_sent(10, 0, 9);
    take(12, 1, "catalogue", "Changed", yq_slice_text("x"));
    cr_assert_eq(yq_day_end(&day), YQ_OK);
    cr_expect_eq(day.unknown.count, 2);
    cr_expect_eq(day.unknown.item[0].number, 11);
    cr_expect_eq(day.missing.count, 2);
}

Test(day, what_was_handed_over)
{
    add_to(0, 0, 0);          /* open */
    add_to(1, 0, 1);          /* done there, not proven here */
    add_to(2, YQ_DONE_OK, 2); /* proven here, not shown there */
    add_to(3, YQ_DONE_OK, 3); /* differing */
    add_to(4, YQ_DONE_OK, 4); /* equal */
    add_to(5, 0, YQ_DAY_MS);  /* of another day */
    take_done(10, 1, 1, YQ_DONE_OK);
    take_done(11, 1, 3, YQ_DONE_CANCELLED);
    take_done(12, 1, 3, YQ_DONE_OK); /* the first one counts */
    take_done(13, 1, 4, YQ_DONE_OK);
    take_done(14, 1, 99, YQ_DONE_OK); /* of no message */
    cr_assert_eq(yq_day_end(&day), YQ_OK);
    cr_expect(day.handed == 5 && day.delivered == 1);
    cr_expect(day.open.count == 1 && day.open.item[0].index == 0);
    cr_expect_str_eq(day.open.item[0].text, "committed");
    cr_expect(day.unproven.count == 1 && day.unproven.item[0].index == 1);
    cr_expect(day.unshown.count == 1 && day.unshown.item[0].index == 2);
    cr_expect(day.differing.count == 1 && day.differing.item[0].index == 3);
    cr_expect_str_eq(day.differing.item[0].text, "hub ok, platform cancelled");
    cr_expect_not(yq_day_is_equal(&day));
}

Test(day, lists_are_bounded_and_counts_are_not)
{
    for (uint64_t i = 0; i < YQ_DAY_LISTED_MAX + 5; i++) {
        take(10 + i, 1, "catalogue", "Changed", yq_slice_text("x"));
    }
    cr_assert_eq(yq_day_end(&day), YQ_OK);
    cr_expect(day.missing.count == YQ_DAY_LISTED_MAX + 5 && day.missing.n == YQ_DAY_LISTED_MAX);
}

Test(day, what_is_no_list_of_records_counts_for_none)
{
    take(10, 1, "inbox", "Yuqiao", yq_slice_text("x"));
    take_record(11, 1, YQ_RECORD_SENT, yq_slice_text("x"));
    take_record(12, 1, YQ_RECORD_DONE, yq_slice_text("x"));
    cr_assert_eq(yq_day_end(&day), YQ_OK);
    cr_expect(day.sent == 0 && yq_day_is_equal(&day) && day.records == 3);
}

Test(day, the_report_says_it_all)
{
    add_to(0, 0, 0);
    take(12, 1, "catalogue", "Changed", yq_slice_text("x"));
    cr_assert_eq(yq_day_end(&day), YQ_OK);
    yq_json_out *out = yq_json_out_new(1u << 20);
    yq_json_out_object(out, NULL);
    yq_day_write(&day, out);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, NULL);
    cr_assert_not_null(text);
    cr_expect_not_null(
        strstr(text, "\"missing_at_hub\":{\"count\":1,\"items\":[{\"record\":12,\"tx_id\":\"tx\""),
        "%s",
        text);
    cr_expect_not_null(strstr(text, "\"open\":{\"count\":1"), "%s", text);
    cr_expect_not_null(strstr(text, "\"state\":\"committed\""), "%s", text);
    cr_expect_not_null(strstr(text, "\"equal\":false"), "%s", text);
    yq_json_out_free(out);
}
