#include "adapters/cometbft/packet.h"
#include "adapters/cometbft/session.h"
#include "light-clients/cometbft/test_ibc.h"

#include <criterion/criterion.h>

static test_ibc *t;
static uint8_t room[4u << 20];

static void setup(void)
{
    t = test_ibc_new(TEST_IAVL);
}

static void teardown(void)
{
    test_ibc_free(t);
}

TestSuite(packet, .init = setup, .fini = teardown);

static const char *const v1_packet[] = {
    "packet_data_hex",
    "64617461",
    "packet_timeout_height",
    "1-100",
    "packet_timeout_timestamp",
    "77",
    "packet_sequence",
    "12",
    "packet_src_port",
    "yuqiao",
    "packet_src_channel",
    "channel-4",
    "packet_connection",
    "x",
    NULL};
static const char *const v1_ack[] = {
    "packet_ack_hex",
    "646f6e65",
    "packet_sequence",
    "9",
    "packet_dst_port",
    "yuqiao",
    "packet_dst_channel",
    "channel-4",
    NULL};

/* The message of the packet of version 2 in test_ibc.h, as hex. */
static const char *v2_hex(void)
{
    static char hex[1024];
    uint8_t message[512];
    static const char *const field[] = {"yuqiao", "hub", "v1", "raw"};
    yq_writer w = yq_writer_of(message, sizeof message);
    yq_pb_put_varint(&w, 1, 5);
    yq_pb_put_bytes(&w, 2, yq_slice_text("client-7"));
    yq_pb_put_bytes(&w, 3, yq_slice_text("client-0"));
    yq_pb_put_varint(&w, 4, TEST_V2_TIMEOUT);
    for (unsigned p = 0; p < 2; p++) {
        size_t mark = yq_pb_begin(&w);
        for (uint32_t i = 0; i < 4; i++) {
            yq_pb_put_bytes(&w, 1 + i, yq_slice_text(field[i]));
        }
        yq_pb_put_bytes(&w, 5, yq_slice_text(p == 0 ? "first" : "second"));
        yq_pb_end(&w, mark, 5);
    }
    cr_assert_eq(w.status, YQ_OK);
    (void)yq_hex_encode(hex, sizeof hex, w.p, w.n);
    return hex;
}

/* An event of these attributes; old: keys and values in base64. */
static yq_json *event_of(const char *type, const char *const *attribute, int old)
{
    yq_json_out *out = yq_json_out_new(1u << 16);
    size_t size;
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "type", type);
    yq_json_out_array(out, "attributes");
    for (size_t i = 0; attribute[i] != NULL; i++) {
        char text[2048];
        cr_assert(yq_comet_base64(text, sizeof text, yq_slice_text(attribute[i])));
        if (i % 2 == 0) {
            yq_json_out_object(out, NULL);
        }
        yq_json_out_str(out, i % 2 == 0 ? "key" : "value", old ? text : attribute[i]);
        if (i % 2 == 1) {
            yq_json_out_end(out);
        }
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    yq_json *document = yq_json_parse(yq_slice_of(text, size), 1u << 16, NULL);
    cr_assert_not_null(document);
    yq_json_out_free(out);
    return document;
}

static void out_base64(yq_json_out *out, const char *key, yq_slice bytes)
{
    static char text[4 * TEST_PROOF_MAX];
    cr_assert(yq_comet_base64(text, sizeof text, bytes));
    yq_json_out_str(out, key, text);
}

/* What a node answers for one leaf of the store. */
static yq_json *answer_of(size_t who, const char *proofs)
{
    yq_json_out *out = yq_json_out_new(1u << 16);
    size_t size;
    yq_json_out_object(out, NULL);
    yq_json_out_object(out, "response");
    yq_json_out_uint(out, "code", 0);
    out_base64(out, "value", t->ibc.leaf[who].value);
    yq_json_out_object(out, proofs);
    yq_json_out_array(out, "ops");
    for (unsigned i = 0; i < 2; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "type", i == 0 ? "ics23:iavl" : "ics23:simple");
        out_base64(
            out,
            "data",
            i == 0 ? test_member(&t->ibc, who, t->proof[0])
                   : test_member(&t->stores, 1, t->proof[1]));
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    yq_json *document = yq_json_parse(yq_slice_of(text, size), 1u << 16, NULL);
    cr_assert_not_null(document);
    yq_json_out_free(out);
    return document;
}

/* From an event to its proof, which is the light client's own test's, byte for byte. */
static void check_kind(
    uint8_t kind, const char *type, const char *const *attribute, size_t events, int old)
{
    static yq_comet_packet p;
    static uint8_t proof_room[1u << 16];
    yq_fault why = {0};
    yq_comet_answer answer;
    yq_digest commitment;
    uint8_t key_room[YQ_COMET_KEY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room), key = yq_writer_of(key_room, sizeof key_room);
    yq_json *event = event_of(type, attribute, old);
    cr_assert_eq(
        yq_comet_packet_of_event(yq_json_root(event), &w, &p, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(p.kind, kind);
    cr_assert_eq(yq_comet_packet_events(&p), events);
    yq_comet_packet_key(&p, &key);
    size_t who = test_ibc_find(t, yq_writer_slice(&key));
    cr_assert_neq(who, TEST_NONE);
    yq_comet_packet_commitment(&p, &commitment);
    cr_assert(yq_slice_equal(YQ_SLICE_OF(commitment.b), t->ibc.leaf[who].value));
    yq_json *reply = answer_of(who, old ? "proof_ops" : "proofOps");
    cr_assert_eq(yq_comet_answer_read(yq_json_root(reply), &w, &answer, &why), YQ_OK);
    cr_assert(yq_slice_equal(answer.value, t->ibc.leaf[who].value));
    for (size_t i = 0; i < events; i++) {
        yq_writer proof = yq_writer_of(proof_room, sizeof proof_room);
        uint8_t name[YQ_COMET_NAME_MAX * 2 + 1];
        yq_writer emitter = yq_writer_of(name, sizeof name);
        yq_verified_event v = {0};
        cr_assert_eq(yq_comet_event_put(&p, i, 1, &answer, &proof, &why), YQ_OK);
        cr_assert(yq_slice_equal(yq_writer_slice(&proof), test_event(t, kind, (uint16_t)i)));
        cr_assert_eq(test_client_event(t->client, yq_writer_slice(&proof), &v), YQ_OK);
        yq_comet_packet_emitter(&p, i, &emitter);
        cr_assert(yq_slice_equal(v.emitter, yq_writer_slice(&emitter)));
        cr_assert(yq_slice_equal(v.name, yq_slice_text(yq_comet_packet_name(&p))));
        cr_assert_eq(v.event_index, i);
        for (size_t cap = 0; cap < proof.n; cap += 11) {
            yq_writer small = yq_writer_of(proof_room, cap);
            cr_assert_eq(yq_comet_event_put(&p, i, 1, &answer, &small, &why), YQ_E_NOSPC);
        }
    }
    yq_json_free(reply);
    yq_json_free(event);
}

Test(packet, every_kind_gives_the_light_clients_proof)
{
    const char *const v2_packet[] = {
        "packet_source_client",
        "client-7",
        "packet_sequence",
        "5",
        "encoded_packet_hex",
        v2_hex(),
        NULL};
    const char *const v2_ack[] = {
        "packet_dest_client",
        "client-7",
        "packet_sequence",
        "5",
        "encoded_packet_hex",
        "00",
        "encoded_acknowledgement_hex",
        "0a04646f6e65",
        NULL};
    for (int old = 0; old < 2; old++) {
        check_kind(YQ_COMET_PACKET_V1, "send_packet", v1_packet, 1, old);
        check_kind(YQ_COMET_PACKET_V2, "send_packet", v2_packet, 2, old);
        check_kind(YQ_COMET_ACK_V1, "write_acknowledgement", v1_ack, 1, old);
        check_kind(YQ_COMET_ACK_V2, "write_acknowledgement", v2_ack, 1, old);
    }
}

/* ---- what is none ---- */

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

Test(packet, malformed_events)
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

Test(packet, limits_of_version_2)
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

Test(packet, largest_data)
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

Test(packet, events_of_a_block)
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

Test(packet, malformed_answers)
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

Test(packet, replies)
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
        yq_status status =
            yq_comet_reply_read(yq_slice_text(row[i].text), 7, "status", &reply, &why);
        cr_expect_eq(status, row[i].status, "%s: %d", row[i].text, status);
        cr_expect_eq(reply != NULL, status == YQ_OK);
        cr_expect(status == YQ_OK || strncmp(why.text, "status: ", 8) == 0);
        yq_json_free(reply);
    }
}

Test(packet, base64)
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
