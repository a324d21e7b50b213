/* Replies, events and answers that nodes should not give. */
#include "adapters/cometbft/test_event.h"

#include <stdio.h>

static uint8_t room[4u << 20];

typedef struct bad_event {
    const char *type;
    size_t at; /* attribute of v1_packet, or of v2 below, that is another */
    const char *value;
    yq_status status;
} bad_event;

static void check_bad(const bad_event *row, const char *const *good, size_t n)
{
    static yq_comet_packet p;
    const char *attribute[24] = {NULL};
    yq_fault why = {0};
    yq_writer w = yq_writer_of(room, sizeof room);
    memcpy(attribute, good, n * sizeof *good);
    attribute[row->at] = row->value;
    yq_json *event = event_of(row->type, attribute, 0);
    yq_status status = yq_comet_packet_of_event(yq_json_root(event), &w, &p, &why);
    cr_expect_eq(
        status, row->status, "%s %s: %d %s", good[row->at & ~1u], row->value, status, why.text);
    yq_json_free(event);
}

Test(malformed, malformed_events)
{
    static const bad_event v1[] = {
        {"send_packet", 1, "6461746", YQ_E_NONCANONICAL},
        {"send_packet", 1, "zz", YQ_E_NONCANONICAL},
        {"send_packet", 0, "other", YQ_E_NOT_FOUND},
        {"write_acknowledgement", 0, "packet_data_hex", YQ_E_NOT_FOUND},
        {"send_packet", 2, "other", YQ_E_FIELD_MISSING},
        {"send_packet", 3, "100", YQ_E_TYPE},
        {"send_packet", 3, "1-", YQ_E_TYPE},
        {"send_packet", 3, "-1", YQ_E_TYPE},
        {"send_packet", 3, "1-100x", YQ_E_TYPE},
        {"send_packet", 5, "", YQ_E_TYPE},
        {"send_packet", 5, "18446744073709551616", YQ_E_TYPE},
        {"send_packet", 7, "0", YQ_E_RANGE},
        {"send_packet", 7, "-12", YQ_E_TYPE},
        {"send_packet", 9, "", YQ_E_RANGE},
        {"send_packet", 10, "other", YQ_E_FIELD_MISSING},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(v1); i++) {
        check_bad(&v1[i], v1_packet, YQ_ARRAY_N(v1_packet));
    }
    static const char *const v2_packet[] = {
        "encoded_packet_hex",
        "0805120161",
        "encoded_acknowledgement_hex",
        "0a0161",
        "packet_dest_client",
        "client-7",
        "packet_sequence",
        "5",
        "packet_source_client",
        "client-7",
        NULL};
    static const bad_event v2[] = {
        {"send_packet", 1, "0805120161", YQ_E_RANGE},     /* no payload */
        {"send_packet", 1, "08051201612a00", YQ_OK},      /* an empty one */
        {"send_packet", 1, "12016108052a00", YQ_OK},      /* in another order */
        {"send_packet", 1, "08001201612a00", YQ_E_RANGE}, /* no sequence */
        {"send_packet", 1, "080512002a00", YQ_E_RANGE},   /* no client */
        {"send_packet", 1, "08051201612a023001", YQ_E_FIELD_UNKNOWN},
        {"send_packet", 1, "08051201612a020801", YQ_E_FIELD_UNKNOWN},
        {"send_packet", 1, "08051201612a023200", YQ_E_FIELD_UNKNOWN},
        {"send_packet", 1, "080512016132003a00", YQ_E_FIELD_UNKNOWN},
        {"send_packet", 1, "0a0161", YQ_E_FIELD_UNKNOWN},
        {"send_packet", 1, "08051202", YQ_E_TRUNCATED},
        {"write_acknowledgement", 3, "", YQ_E_RANGE},
        {"write_acknowledgement", 3, "0801", YQ_E_FIELD_UNKNOWN},
        {"write_acknowledgement", 3, "0a02", YQ_E_TRUNCATED},
        {"write_acknowledgement", 5, "", YQ_E_RANGE},
        {"write_acknowledgement", 7, "x", YQ_E_TYPE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(v2); i++) {
        check_bad(&v2[i], v2_packet, YQ_ARRAY_N(v2_packet));
    }
}

Test(malformed, limits_of_version_2)
{
    static yq_comet_packet p;
    static char hex[2 * 65 * 2 + 64];
    yq_fault why = {0};
    for (unsigned n = 64; n <= 65; n++) {
        size_t at = (size_t)snprintf(hex, sizeof hex, "%s", "0805120161");
        for (unsigned i = 0; i < n; i++) {
            memcpy(hex + at, "2a00", 5);
            at += 4;
        }
        const char *const attribute[] = {
            "packet_source_client", "a", "packet_sequence", "5", "encoded_packet_hex", hex, NULL};
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_json *event = event_of("send_packet", attribute, 0);
        cr_assert_eq(
            yq_comet_packet_of_event(yq_json_root(event), &w, &p, &why),
            n == 64 ? YQ_OK : YQ_E_LIMIT);
        yq_json_free(event);
    }
}

Test(malformed, largest_data)
{
    static yq_comet_packet p;
    static char text[2 * YQ_COMET_DATA_MAX + 512];
    static const char head[] =
        "{\"type\":\"write_acknowledgement\",\"attributes\":[{\"key\":\"packet_dst_port\","
        "\"value\":"
        "\"a\"},{\"key\":\"packet_dst_channel\",\"value\":\"b\"},{\"key\":\"packet_sequence\","
        "\"value\":\"1\"},{\"key\":\"packet_ack_hex\",\"value\":\"";
    for (size_t over = 0; over < 2; over++) {
        yq_fault why = {0};
        yq_writer w = yq_writer_of(room, sizeof room);
        size_t digits = 2 * (YQ_COMET_DATA_MAX + over), at = sizeof head - 1;
        memcpy(text, head, at);
        memset(text + at, '0', digits);
        at += digits;
        at += (size_t)snprintf(text + at, sizeof text - at, "\"}]}");
        yq_json *event = yq_json_parse(yq_slice_of(text, at), sizeof text, &why);
        cr_assert_not_null(event, "%s", why.text);
        cr_expect_eq(
            yq_comet_packet_of_event(yq_json_root(event), &w, &p, &why),
            over == 0 ? YQ_OK : YQ_E_LIMIT);
        yq_writer small = yq_writer_of(room, YQ_COMET_DATA_MAX - 1);
        cr_expect_eq(yq_comet_packet_of_event(yq_json_root(event), &small, &p, &why), YQ_E_NOSPC);
        yq_json_free(event);
    }
}

static const yq_json *parse(yq_json **document, const char *text)
{
    yq_fault why = {0};
    *document = yq_json_parse(yq_slice_text(text), 1u << 16, &why);
    cr_assert_not_null(*document, "%s: %s", why.text, text);
    return yq_json_root(*document);
}

Test(malformed, events_of_a_block)
{
    static const struct {
        const char *text;
        size_t n;
        yq_status status;
    } row[] = {
        {"{}", 0, YQ_OK},
        {"{\"txs_results\":null,\"finalize_block_events\":[{\"type\":\"send_packet\"}]}", 1, YQ_OK},
        {"{\"begin_block_events\":[{\"type\":\"send_packet\"},{\"type\":\"transfer\"}],"
         "\"end_block_events\":[{\"type\":\"write_acknowledgement\"}]}",
         2,
         YQ_OK},
        {"{\"txs_results\":[{\"events\":[{\"type\":\"send_packet\"}]},"
         "{\"code\":0,\"events\":[{\"type\":\"send_packet\"}]},"
         "{\"code\":5,\"events\":[{\"type\":\"send_packet\"}]}]}",
         2,
         YQ_OK},
        {"{\"txs_results\":[{\"code\":\"x\"}]}", 0, YQ_E_TYPE},
        {"{\"finalize_block_events\":[{\"type\":\"send_packet\"},{\"type\":\"send_packet\"},"
         "{\"type\":\"send_packet\"},{\"type\":\"send_packet\"}]}",
         3,
         YQ_E_LIMIT},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const yq_json *event[3];
        yq_json *document;
        yq_fault why = {0};
        size_t n = 0;
        cr_expect_eq(
            yq_comet_events_find(parse(&document, row[i].text), event, 3, &n, &why),
            row[i].status,
            "%s",
            row[i].text);
        cr_expect_eq(n, row[i].n, "%s", row[i].text);
        yq_json_free(document);
    }
}

Test(malformed, malformed_answers)
{
#define OPS(a, b)                                                                                  \
    "\"proofOps\":{\"ops\":[{\"type\":\"" a "\",\"data\":\"AAAA\"},{\"type\":\"" b                 \
    "\",\"data\":\"AAAA\"}]}"
    static const struct {
        const char *text;
        yq_status status;
    } row[] = {
        {"{\"response\":{\"code\":0,\"value\":\"AA==\"," OPS("ics23:iavl", "ics23:simple") "}}",
         YQ_OK},
        {"{\"response\":{\"value\":\"AA==\"," OPS("ics23:smt", "ics23:simple") "}}", YQ_OK},
        {"{\"response\":{\"code\":1,\"value\":\"AA==\"," OPS("ics23:iavl", "ics23:simple") "}}",
         YQ_E_PEER},
        {"{\"response\":{\"code\":0,\"value\":null," OPS("ics23:iavl", "ics23:simple") "}}",
         YQ_E_FIELD_MISSING},
        {"{\"response\":{\"code\":0,\"value\":\"A\"," OPS("ics23:iavl", "ics23:simple") "}}",
         YQ_E_NONCANONICAL},
        {"{\"response\":{\"code\":0,\"value\":\"AA==\"," OPS("iavl:v", "ics23:simple") "}}",
         YQ_E_PROOF_TYPE},
        {"{\"response\":{\"code\":0,\"value\":\"AA==\",\"proofOps\":null}}", YQ_E_PROOF_TYPE},
        {"{\"response\":{\"code\":0,\"value\":\"AA==\",\"proofOps\":{\"ops\":[{\"type\":"
         "\"ics23:iavl\",\"data\":\"AAAA\"}]}}}",
         YQ_E_PROOF_TYPE},
        {"{\"response\":{\"code\":0,\"value\":\"AA==\",\"proofOps\":{\"ops\":[{\"type\":"
         "\"ics23:iavl\"},{\"type\":\"ics23:simple\",\"data\":\"AAAA\"}]}}}",
         YQ_E_FIELD_MISSING},
        {"{\"response\":{\"code\":0,\"value\":\"AA==\",\"proofOps\":{\"ops\":[{\"type\":"
         "\"ics23:iavl\",\"data\":\"AAAA\"},{\"type\":\"ics23:simple\",\"data\":\"AAAA\"},"
         "{\"type\":\"ics23:simple\",\"data\":\"AAAA\"}]}}}",
         YQ_E_PROOF_TYPE},
        {"{}", YQ_E_PROOF_TYPE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_json *document;
        yq_comet_answer answer;
        yq_fault why = {0};
        yq_writer w = yq_writer_of(room, sizeof room), small = yq_writer_of(room, 6);
        const yq_json *root = parse(&document, row[i].text);
        cr_expect_eq(
            yq_comet_answer_read(root, &w, &answer, &why), row[i].status, "%s", row[i].text);
        cr_expect_neq(yq_comet_answer_read(root, &small, &answer, &why), YQ_OK);
        yq_json_free(document);
    }
}

Test(malformed, replies)
{
    static const struct {
        const char *text;
        yq_status status;
    } row[] = {
        {"{\"id\":7,\"result\":{}}", YQ_OK},
        {"{\"id\":7,\"error\":null,\"result\":{}}", YQ_OK},
        {"{\"id\":8,\"result\":{}}", YQ_E_PEER},
        {"{\"result\":{}}", YQ_E_PEER},
        {"{\"id\":7,\"result\":null}", YQ_E_PEER},
        {"{\"id\":7,\"result\":[]}", YQ_E_PEER},
        {"{\"id\":7}", YQ_E_PEER},
        {"{\"id\":7,\"result\":{},\"result\":{}}", YQ_E_PEER},
        {"[]", YQ_E_PEER},
        {"", YQ_E_PEER},
        {"{\"id\":7,\"error\":{\"code\":-32603,\"message\":\"Internal error\",\"data\":\"x\"}}",
         YQ_E_PEER},
        {"{\"id\":7,\"error\":{\"code\":-32603,\"data\":\"height 9 must be less than or equal to "
         "the current blockchain height 8\"}}",
         YQ_E_NOT_FOUND},
        {"{\"id\":7,\"error\":{\"code\":-32603,\"data\":\"tx (00) not found, err: x\"}}",
         YQ_E_NOT_FOUND},
        {"{\"id\":7,\"error\":{\"code\":-32603,\"data\":\"could not find results for height #5\"}}",
         YQ_E_NOT_FOUND},
        {"{\"id\":7,\"error\":{\"code\":-32603,\"data\":\"height 1 is not available, lowest height "
         "is 5\"}}",
         YQ_E_UNAVAILABLE},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_json *reply = NULL;
        yq_fault why = {0};
        yq_jsonrpc rpc = {.meaning = yq_comet_meaning, .only_objects = 1, .id = 7};
        yq_slice text = yq_slice_text(row[i].text);
        yq_status status = yq_jsonrpc_read(&rpc, 200, text, "status", &reply, &why);
        cr_expect_eq(status, row[i].status, "%s: %d", row[i].text, status);
        cr_expect_eq(reply != NULL, status == YQ_OK);
        cr_expect(status == YQ_OK || strncmp(why.text, "status: ", 8) == 0);
        yq_json_free(reply);
    }
}

Test(malformed, base64)
{
    static const char *const row[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        char text[16];
        cr_assert(yq_comet_base64(text, sizeof text, yq_slice_text(row[i][0])));
        cr_expect_str_eq(text, row[i][1]);
        cr_expect_not(yq_comet_base64(text, strlen(row[i][1]), yq_slice_text(row[i][0])));
    }
}

Test(malformed, headers)
{
    static const uint8_t long_field[] = {0x12, 0xa0, 0x01}; /* 160 bytes follow */
    static const struct {
        uint8_t bytes[8];
        size_t n;
        yq_status status;
    } row[] = {
        {{0x0a, 0x00, 0x12, 0x01, 'a', 0x18, 0x01}, 7, YQ_OK},
        {{0x72, 0x00}, 2, YQ_OK},
        {{0x7a, 0x00}, 2, YQ_E_FIELD_UNKNOWN},
        {{0x12, 0x02, 'a'}, 3, YQ_E_TRUNCATED},
        {{0x0a, 0x80}, 2, YQ_E_TRUNCATED},
    };
    yq_fault why = {0};
    yq_digest hash;
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(
            yq_comet_header_hash(yq_slice_of(row[i].bytes, row[i].n), &hash, &why),
            row[i].status,
            "%zu",
            i);
    }
    memcpy(room, long_field, sizeof long_field);
    memset(room + sizeof long_field, 'a', 160);
    cr_expect_eq(
        yq_comet_header_hash(yq_slice_of(room, sizeof long_field + 160), &hash, &why), YQ_E_LEN);
}
