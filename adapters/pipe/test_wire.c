#include "adapters/pipe/wire.h"
#include "relay/codec/msgpack.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t bytes[1u << 16], room[1u << 20];
static size_t used;

static void *lend(void *self, size_t size)
{
    (void)self;
    const size_t rounded = (size + 15u) & ~(size_t)15u;
    used += rounded;
    return used > sizeof room ? NULL : room + used - rounded;
}

static const yq_adapter_host host = {.size = sizeof host, .alloc = lend};

/* An item from a text: {n map of n, [n array of n, +n number, 'x text x, #x bytes x, ! true, ~ the
 * byte that msgpack never uses. Parts are parted by a blank. */
static yq_slice item(const char *text)
{
    char copy[1024];
    char *rest = copy;
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    cr_assert_lt(strlen(text), sizeof copy);
    memcpy(copy, text, strlen(text) + 1);
    for (char *part = strsep(&rest, " "); part != NULL; part = strsep(&rest, " ")) {
        const char *value = part + 1;
        if (part[0] == '{') {
            yq_mp_put_map(&w, (uint32_t)strtoul(value, NULL, 10));
        } else if (part[0] == '[') {
            yq_mp_put_array(&w, (uint32_t)strtoul(value, NULL, 10));
        } else if (part[0] == '+') {
            yq_mp_put_uint(&w, strtoull(value, NULL, 10));
        } else if (part[0] == '\'') {
            yq_mp_put_text(&w, value);
        } else if (part[0] == '#') {
            yq_mp_put_bin(&w, yq_slice_text(value));
        } else if (part[0] == '!') {
            yq_mp_put_bool(&w, 1);
        } else {
            yq_put_u8(&w, 0xc1);
        }
    }
    return yq_writer_slice(&w);
}

static yq_status reply_of(const char *text)
{
    yq_pipe_reply reply;
    return yq_pipe_read_reply(item(text), 7, &reply, NULL);
}

Test(wire, replies)
{
    yq_pipe_reply reply;
    cr_assert_eq(
        yq_pipe_read_reply(item("{2 'id +7 'result {1 'height +9"), 7, &reply, NULL), YQ_OK);
    cr_expect_eq(reply.status, YQ_OK);
    cr_expect_eq(reply.result.n, 9);
    cr_assert_eq(
        yq_pipe_read_reply(item("{3 'code 'E_NOT_FOUND 'id +7 'text 'later"), 7, &reply, NULL),
        YQ_OK);
    cr_expect_eq(reply.status, YQ_E_NOT_FOUND);
    cr_expect(yq_slice_equal(reply.text, yq_slice_text("later")));
}

Test(wire, replies_that_are_refused)
{
    cr_expect_eq(reply_of("~"), YQ_E_TYPE);
    cr_expect_eq(reply_of("[2 'id +7"), YQ_E_TYPE);
    cr_expect_eq(reply_of("{1 'id +7"), YQ_E_FIELD_MISSING);
    cr_expect_eq(reply_of("{4 'id +7"), YQ_E_LIMIT);
    cr_expect_eq(reply_of("{2 'id +7"), YQ_E_TRUNCATED);
    cr_expect_eq(reply_of("{2 'id +7 'result ~"), YQ_E_TYPE);
    cr_expect_eq(reply_of("{2 'id +7 'result +1 +1"), YQ_E_TRAILING);
    cr_expect_eq(reply_of("{2 'result +1 'id +7"), YQ_E_FIELD_MISSING);
    cr_expect_eq(reply_of("{2 'id 'seven 'result +1"), YQ_E_TYPE);
    cr_expect_eq(reply_of("{2 'id +8 'result +1"), YQ_E_PEER);
    cr_expect_eq(reply_of("{3 'code 'E_NONE_SUCH 'id +7 'text '"), YQ_E_PEER);
    cr_expect_eq(reply_of("{3 'code 'OK 'id +7 'text '"), YQ_E_PEER);
    cr_expect_eq(reply_of("{3 'code 'E_UNKNOWN 'id +7 'text '"), YQ_E_PEER);
    cr_expect_eq(reply_of("{3 'code 'E_NOT_FOUND 'id +8 'text '"), YQ_E_PEER);
}

Test(wire, heads_of_frames)
{
    size_t size;
    static const uint8_t good[] = {2, 0, 0, 0}, above[] = {2, 0, 0, 1}, empty[] = {0, 0, 0, 0};
    cr_expect_eq(yq_pipe_read_head(YQ_SLICE_OF(good), &size, NULL), YQ_OK);
    cr_expect_eq(size, YQ_PIPE_FRAME_MAX);
    cr_expect_eq(yq_pipe_read_head(YQ_SLICE_OF(above), &size, NULL), YQ_E_LIMIT);
    cr_expect_eq(yq_pipe_read_head(YQ_SLICE_OF(empty), &size, NULL), YQ_E_LEN);
    cr_expect_eq(yq_pipe_read_head(yq_slice_of(good, 3), &size, NULL), YQ_E_TRUNCATED);
}

static yq_status hello_of(const char *text, yq_fault *why)
{
    uint16_t minor;
    return yq_pipe_read_hello(item(text), "attested", &minor, why);
}

#define HELLO(major, framework, magic, protocol)                                                   \
    "{5 'abi_major +" major " 'abi_minor +0 'framework '" framework " 'magic '" magic              \
    " 'protocol +" protocol

Test(wire, hello_names_what_is_of_another_version)
{
    yq_fault why = {0};
    cr_expect_eq(hello_of(HELLO("1", "attested", "yuqiao-pipe", "1"), &why), YQ_OK);
    cr_expect_eq(hello_of(HELLO("2", "attested", "yuqiao-pipe", "1"), &why), YQ_E_VERSION);
    cr_expect(strstr(why.text, "abi_major") != NULL);
    cr_expect_eq(hello_of(HELLO("1", "fabric", "yuqiao-pipe", "1"), &why), YQ_E_VERSION);
    cr_expect(strstr(why.text, "framework") != NULL);
    cr_expect_eq(hello_of(HELLO("1", "attested", "yuqiao-pip", "1"), &why), YQ_E_VERSION);
    cr_expect(strstr(why.text, "magic") != NULL);
    cr_expect_eq(hello_of(HELLO("1", "attested", "yuqiao-pipe", "2"), &why), YQ_E_VERSION);
    cr_expect(strstr(why.text, "protocol") != NULL);
    cr_expect_eq(hello_of("{1 'abi_major +1", &why), YQ_E_FIELD_MISSING);
}

Test(wire, evidence)
{
    yq_height_evidence out;
    const char *good = "{2 'events [1 {5 'emitter #e 'index +3 'name #n 'proof #pp 'tx_id #t "
                       "'update #u";
    cr_assert_eq(yq_pipe_read_evidence(&host, item(good), &out, NULL), YQ_OK);
    cr_assert_eq(out.event_n, 1);
    cr_expect(out.event[0].event_index == 3 && out.event[0].proof.n == 2 && out.update.n == 1);
    cr_expect(
        out.event[0].tx_id.p[0] == 't' && out.event[0].name.p[0] == 'n' &&
        out.event[0].emitter.p[0] == 'e');
    const char *wide = "{2 'events [1 {5 'emitter #e 'index +4294967296 'name #n 'proof #pp "
                       "'tx_id #t 'update #u";
    cr_expect_eq(yq_pipe_read_evidence(&host, item(wide), &out, NULL), YQ_E_RANGE);
    cr_expect_eq(yq_pipe_read_evidence(&host, item("{2 'events [4097 +1"), &out, NULL), YQ_E_LIMIT);
    cr_expect_eq(out.event_n, 0);
    used = sizeof room;
    cr_expect_eq(yq_pipe_read_evidence(&host, item(good), &out, NULL), YQ_E_MEMORY);
}

Test(wire, hints_are_bounded)
{
    yq_height_evidence out;
    char text[1200];
    for (size_t n = YQ_PIPE_HINT_MAX - 100; n < YQ_PIPE_HINT_MAX - 98; n++) {
        yq_slice unused;
        (void)snprintf(text, sizeof text, "{1 'anchor #%0*d", (int)n, 0);
        cr_expect_eq(
            yq_pipe_read_bytes(item(text), "anchor", YQ_PIPE_HINT_MAX - 100, &unused, NULL),
            n == YQ_PIPE_HINT_MAX - 100 ? YQ_OK : YQ_E_LIMIT);
    }
    cr_expect_eq(
        yq_pipe_read_evidence(&host, item("{2 'events [1 {1 'emitter #e"), &out, NULL),
        YQ_E_FIELD_MISSING);
}

Test(wire, receipts)
{
    static const struct {
        const char *name;
        yq_submit_state state;
    } all[] = {
        {"pending", YQ_SUBMIT_PENDING},
        {"done", YQ_SUBMIT_DONE},
        {"failed", YQ_SUBMIT_FAILED},
        {"lost", YQ_SUBMIT_LOST}};
    yq_receipt_view out;
    char text[100];
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        (void)snprintf(text, sizeof text, "{3 'height +5 'state '%s 'text 'why", all[i].name);
        cr_assert_eq(yq_pipe_read_receipt(&host, item(text), &out, NULL), YQ_OK);
        cr_expect(out.state == all[i].state && out.height == 5);
        cr_expect_str_eq(out.text, "why");
    }
    cr_expect_eq(
        yq_pipe_read_receipt(&host, item("{3 'height +5 'state 'gone 'text '"), &out, NULL),
        YQ_E_FIELD_UNKNOWN);
    cr_expect_eq(out.state, YQ_SUBMIT_INVALID);
}

Test(wire, checks_and_counters)
{
    const yq_check *check;
    yq_option *counter;
    size_t n;
    cr_assert_eq(
        yq_pipe_read_checks(
            &host, item("{1 'checks [1 {3 'detail 'd 'name 'source 'passed !"), &check, &n, NULL),
        YQ_OK);
    cr_assert_eq(n, 1);
    cr_expect(check[0].passed);
    cr_expect_str_eq(check[0].name, "source");
    cr_expect_str_eq(check[0].detail, "d");
    cr_expect_eq(yq_pipe_read_checks(&host, item("{1 'checks [65"), &check, &n, NULL), YQ_E_LIMIT);
    cr_assert_eq(
        yq_pipe_read_counters(
            &host, item("{1 'counters [1 {2 'key 'calls 'value +70000"), 2, &counter, &n, NULL),
        YQ_OK);
    cr_assert_eq(n, 1);
    cr_expect_str_eq(counter[0].key, "calls");
    cr_expect_str_eq(counter[0].value, "70000");
    cr_expect_eq(
        yq_pipe_read_counters(&host, item("{1 'counters [65"), 2, &counter, &n, NULL), YQ_E_LIMIT);
}

/* The frame of a request, read back by the strict reader: what is written is in the profile. */
static yq_cur frame_of(const yq_pipe_request *request)
{
    size_t size;
    yq_writer w = yq_writer_of(bytes, yq_pipe_request_size(request));
    yq_pipe_put_request(&w, request);
    cr_assert_eq(w.status, YQ_OK);
    cr_assert_eq(yq_pipe_read_head(yq_slice_of(bytes, YQ_PIPE_HEAD_SIZE), &size, NULL), YQ_OK);
    cr_assert_eq(size, w.n - YQ_PIPE_HEAD_SIZE);
    yq_cur whole = yq_cur_of(yq_slice_of(bytes + YQ_PIPE_HEAD_SIZE, size));
    cr_expect_eq(yq_mp_skip(&whole).n, size);
    cr_assert_eq(yq_cur_done(&whole, NULL), YQ_OK);
    return yq_cur_of(yq_slice_of(bytes + YQ_PIPE_HEAD_SIZE, size));
}

Test(wire, requests_are_in_the_profile)
{
    const uint64_t height = 300;
    yq_pipe_request r = {.id = 9, .method = "evidence", .deadline_ms = 1000, .height = &height};
    yq_cur c = frame_of(&r);
    yq_mp_map_of(&c, 4);
    yq_mp_key(&c, "deadline_ms");
    cr_expect_eq(yq_mp_uint(&c, UINT64_MAX), 1000);
    yq_mp_key(&c, "height");
    cr_expect_eq(yq_mp_uint(&c, UINT64_MAX), 300);
    yq_mp_key(&c, "id");
    cr_expect_eq(yq_mp_uint(&c, UINT64_MAX), 9);
    yq_mp_key(&c, "method");
    cr_expect(yq_slice_equal(yq_mp_str(&c, 20), yq_slice_text("evidence")));
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
    static const char *const argument[] = {"delivery", "reference", "set"};
    for (size_t i = 0; i < YQ_ARRAY_N(argument); i++) {
        r = (yq_pipe_request){
            .id = 9, .method = "m", .argument = argument[i], .bytes = yq_slice_text("bytes")};
        (void)frame_of(&r);
    }
}

Test(wire, hello_fits_its_size)
{
    static const char *const endpoint[] = {"http://127.0.0.1:1", "b"};
    const yq_option option[] = {{"a", "1"}, {"b", "2"}};
    const yq_pipe_hello hello = {
        "city-a", "attested", endpoint, YQ_ARRAY_N(endpoint), option, YQ_ARRAY_N(option)};
    yq_writer w = yq_writer_of(bytes, yq_pipe_hello_size(&hello));
    yq_pipe_put_hello(&w, &hello, 1, 5000);
    cr_assert_eq(w.status, YQ_OK);
    yq_cur c = yq_cur_of(yq_slice_of(bytes + YQ_PIPE_HEAD_SIZE, w.n - YQ_PIPE_HEAD_SIZE));
    cr_expect_eq(yq_mp_skip(&c).n, w.n - YQ_PIPE_HEAD_SIZE);
    cr_expect_eq(yq_cur_done(&c, NULL), YQ_OK);
}
