#include "yuqiao/packet.h"

#include "relay/codec/test_hex.h"

#define Z32 "0000000000000000000000000000000000000000000000000000000000000000"
#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B32 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static yq_digest digest_of(uint8_t byte)
{
    yq_digest d;
    memset(d.b, byte, sizeof d.b);
    return d;
}

/* Any layout behind one shape: decode, encode again. */
typedef yq_status (*recode)(yq_slice in, yq_buf *out, yq_fault *why);

static yq_status recode_packet(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_packet v;
    yq_status status = yq_packet_decode(in, &v, why);
    return status != YQ_OK ? status : yq_packet_encode(&v, out);
}

static yq_status recode_ack(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_ack v;
    yq_status status = yq_ack_decode(in, &v, why);
    return status != YQ_OK ? status : yq_ack_encode(&v, out);
}

static yq_status recode_cancel(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_cancel v;
    yq_status status = yq_cancel_decode(in, &v, why);
    return status != YQ_OK ? status : yq_cancel_encode(&v, out);
}

static yq_status recode_decision(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_decision v;
    yq_status status = yq_decision_decode(in, &v, why);
    return status != YQ_OK ? status : yq_decision_encode(&v, out);
}

static yq_status recode_answer(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_answer v;
    yq_status status = yq_answer_decode(in, &v, why);
    return status != YQ_OK ? status : yq_answer_encode(&v, out);
}

static yq_status recode_control(yq_slice in, yq_buf *out, yq_fault *why)
{
    uint64_t v;
    yq_status status = yq_control_decode(in, &v, why);
    return status != YQ_OK ? status : yq_control_encode(v, out);
}

static yq_status recode_done(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_done v;
    yq_status status = yq_done_decode(in, &v, why);
    return status != YQ_OK ? status : yq_done_encode(&v, out);
}

static yq_status recode_state(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_inbox_state v;
    yq_status status = yq_inbox_state_decode(in, &v, why);
    return status != YQ_OK ? status : yq_inbox_state_encode(&v, out);
}

static yq_status recode_records(yq_slice in, yq_buf *out, yq_fault *why)
{
    static yq_record v[YQ_EVENT_RECORDS_MAX];
    size_t n;
    yq_status status = yq_records_decode(in, v, YQ_ARRAY_N(v), &n, why);
    return status != YQ_OK ? status : yq_records_encode(v, n, out);
}

static yq_status recode_send(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_send v;
    yq_status status = yq_send_decode(in, &v, why);
    return status != YQ_OK ? status : yq_send_encode(&v, out);
}

static yq_status recode_export(yq_slice in, yq_buf *out, yq_fault *why)
{
    yq_export v;
    yq_status status = yq_export_decode(in, &v, why);
    return status != YQ_OK ? status : yq_export_encode(&v, out);
}

static yq_status recode_delivery(yq_slice in, yq_buf *out, yq_fault *why)
{
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery v;
    yq_status status = yq_delivery_decode(in, packet, YQ_ARRAY_N(packet), &v, why);
    return status != YQ_OK ? status : yq_delivery_encode(&v, out);
}

#define PACKET_NAMES "0a68656e616e2d6d61696e 06636974792d61 0002 6101 06636974792d62 0001 62"
#define PACKET_HEAD  "0001 01 02 03 00 " PACKET_NAMES " 0000000000000007 0000018bcfe56800 "
#define PACKET       PACKET_HEAD "0003 736e64 " A32 Z32 " 00000002 6869"
#define DONE         "0000000000000005 " A32 " 01 00000000 00 0002 6f6b"
#define STATE        "0000000000000001 " B32 " 0000000000000064 01"
#define EXPORT                                                                                     \
    "59555149414f2d4558504f52542d31 " A32                                                          \
    " 0a68656e616e2d6d61696e 03 0000000000000002 0000000000000010 0000018bcfe56800 " B32 Z32
#define DELIVERY                                                                                   \
    "0001 01 0003 636572 0000000000000009 " A32 " 0003 0002 01 " B32                               \
    " 0002 0000000000000000 02 " A32 B32 " 00000001 70 0000000000000008 00 00000002 7171"

static const struct {
    const char *name;
    recode recode;
    const char *in;
} vector[] = {
    {"packet", recode_packet, PACKET},
    {"halt",
     recode_packet,
     "0001 09 01 00 00 01 68 01 61 0000 01 62 0000 0000000000000001 "
     "0000000000000000 0000 " Z32 Z32 " 00000008 0000000000000005"},
    {"ack", recode_ack, "ffffffffffffffff " A32 " 04 000000d1 01 0003 616263"},
    {"cancel", recode_cancel, "0000000000000003 " A32 " 01 02 0000000000000009"},
    {"decision", recode_decision, "0000000000000003 " B32},
    {"answer", recode_answer, "0000000000000003 01 00000002 0102"},
    {"control", recode_control, "00000000000000ff"},
    {"done", recode_done, DONE},
    {"done again", recode_done, "0000000000000005 " A32 " 03 00000001 01 0000"},
    {"state", recode_state, STATE},
    {"records", recode_records, "0001 0002 02 00000032 " DONE " 03 00000031 " STATE},
    {"send", recode_send, "0001 61 06636974792d62 0001 62 0000000000000000 " Z32 " 00000001 78"},
    {"export", recode_export, EXPORT},
    {"delivery", recode_delivery, DELIVERY},
    {"certificate alone",
     recode_delivery,
     "0001 03 0001 63 0000000000000000 " Z32 " 0000 0000 00 0000"},
};

Test(packet, every_layout_encodes_to_its_bytes)
{
    static uint8_t room[4096];
    for (size_t i = 0; i < YQ_ARRAY_N(vector); i++) {
        yq_slice in = hex(vector[i].in);
        yq_buf out = {.p = room, .cap = sizeof room};
        yq_fault why = {0};
        cr_expect_eq(
            vector[i].recode(in, &out, &why),
            YQ_OK,
            "%s: %d at %u %s",
            vector[i].name,
            why.status,
            why.offset,
            why.text);
        cr_expect(yq_slice_equal(in, yq_slice_of(room, out.n)), "%s", vector[i].name);
    }
}

Test(packet, every_cut_is_truncated_and_every_tail_trailing)
{
    static uint8_t room[4096];
    for (size_t i = 0; i < YQ_ARRAY_N(vector); i++) {
        yq_slice in = hex(vector[i].in);
        for (size_t n = 0; n < in.n; n++) {
            uint8_t *cut = exact(yq_slice_of(in.p, n));
            yq_buf out = {.p = room, .cap = sizeof room};
            yq_fault why = {0};
            yq_status status = vector[i].recode(yq_slice_of(cut, n), &out, &why);
            cr_expect_eq(status, YQ_E_TRUNCATED, "%s cut at %zu", vector[i].name, n);
            cr_expect(why.offset <= n);
            free(cut);
        }
        static uint8_t longer[4096];
        memcpy(longer, in.p, in.n);
        yq_buf out = {.p = room, .cap = sizeof room};
        yq_fault why = {0};
        cr_expect_eq(
            vector[i].recode(yq_slice_of(longer, in.n + 1), &out, &why),
            YQ_E_TRAILING,
            "%s",
            vector[i].name);
        cr_expect_eq(why.offset, in.n);
        for (size_t cap = 0; cap < in.n; cap++) {
            out = (yq_buf){.p = room, .cap = cap};
            cr_expect_eq(vector[i].recode(in, &out, NULL), YQ_E_NOSPC, "%s", vector[i].name);
            cr_expect_eq(out.n, 0);
        }
    }
}

Test(packet, every_mutation_is_refused_or_encodes_to_itself)
{
    static uint8_t room[70000];
    for (size_t i = 0; i < YQ_ARRAY_N(vector); i++) {
        yq_slice in = hex(vector[i].in);
        uint8_t *copy = exact(in);
        for (size_t k = 0; k < in.n; k++) {
            for (unsigned x = 1; x < 256; x++) {
                copy[k] = (uint8_t)(in.p[k] ^ x);
                yq_buf out = {.p = room, .cap = sizeof room};
                yq_status status = vector[i].recode(yq_slice_of(copy, in.n), &out, NULL);
                cr_assert(
                    status < 0 || yq_slice_equal(yq_slice_of(copy, in.n), yq_slice_of(room, out.n)),
                    "%s byte %zu",
                    vector[i].name,
                    k);
            }
            copy[k] = in.p[k];
        }
        free(copy);
    }
}

static const struct {
    const char *name;
    recode recode;
    const char *in;
    yq_status status;
    uint32_t at;
} bad[] = {
    {"version", recode_packet, "0002 01", YQ_E_VERSION, 0},
    {"kind 0", recode_packet, "0001 00", YQ_E_FIELD_UNKNOWN, 2},
    {"kind 11", recode_packet, "0001 0b", YQ_E_FIELD_UNKNOWN, 2},
    {"order 0", recode_packet, "0001 01 00", YQ_E_FIELD_UNKNOWN, 3},
    {"order 3", recode_packet, "0001 01 03", YQ_E_FIELD_UNKNOWN, 3},
    {"grade 4", recode_packet, "0001 01 01 04", YQ_E_RANGE, 4},
    {"reserved", recode_packet, "0001 01 01 03 01", YQ_E_NONCANONICAL, 5},
    {"hub", recode_packet, "0001 01 01 03 00 31", YQ_E_LIMIT, 6},
    {"service", recode_packet, "0001 01 01 03 00 00 00 0041", YQ_E_LIMIT, 8},
    {"sequence",
     recode_packet,
     "0001 01 01 00 00 0161 0162 000163 0164 000165 0000000000000000",
     YQ_E_RANGE,
     18},
    {"sender",
     recode_packet,
     "0001 01 01 00 00 0161 0162 000163 0164 000165 0000000000000001 0000000000000000 0041",
     YQ_E_LIMIT,
     34},
    {"payload",
     recode_packet,
     "0001 01 01 00 00 0161 0162 000163 0164 000165 0000000000000001 0000000000000000 0000 " Z32 Z32
     " 00010001",
     YQ_E_LIMIT,
     100},
    {"control service", recode_packet, "0001 0a 01 00 00 0161 0162 000163", YQ_E_TRUNCATED, 13},
    {"control source",
     recode_packet,
     "0001 0a 01 00 00 0161 0162 000163 0164 000165 0000000000000001",
     YQ_E_RANGE,
     10},
    {"control destination",
     recode_packet,
     "0001 09 01 00 00 0161 0162 0000 0164 000165 0000000000000001",
     YQ_E_RANGE,
     14},
    {"ack status 0", recode_ack, "ffffffffffffffff " A32 " 00", YQ_E_FIELD_UNKNOWN, 40},
    {"ack status 5", recode_ack, "ffffffffffffffff " A32 " 05", YQ_E_FIELD_UNKNOWN, 40},
    {"ack forced", recode_ack, "ffffffffffffffff " A32 " 04 00000000 02", YQ_E_RANGE, 45},
    {"ack result", recode_ack, "ffffffffffffffff " A32 " 04 00000000 01 1001", YQ_E_LIMIT, 46},
    {"cancel kind", recode_cancel, "0000000000000003 " A32 " 0b", YQ_E_FIELD_UNKNOWN, 40},
    {"cancel order", recode_cancel, "0000000000000003 " A32 " 01 03", YQ_E_FIELD_UNKNOWN, 41},
    {"cancel first",
     recode_cancel,
     "0000000000000003 " A32 " 01 02 0000000000000000",
     YQ_E_RANGE,
     42},
    {"answer", recode_answer, "0000000000000003 01 0000fff4", YQ_E_LIMIT, 9},
    {"done again", recode_done, "0000000000000005 " A32 " 01 00000000 02", YQ_E_RANGE, 45},
    {"done again with result",
     recode_done,
     "0000000000000005 " A32 " 01 00000000 01 0001 61",
     YQ_E_RANGE,
     46},
    {"done result", recode_done, "0000000000000005 " A32 " 01 00000000 00 1001", YQ_E_LIMIT, 46},
    {"state paused", recode_state, "0000000000000001 " B32 " 0000000000000064 02", YQ_E_RANGE, 48},
    {"records version", recode_records, "0000 0001", YQ_E_VERSION, 0},
    {"no records", recode_records, "0001 0000", YQ_E_RANGE, 2},
    {"records", recode_records, "0001 0101", YQ_E_LIMIT, 2},
    {"record kind 0", recode_records, "0001 0001 00", YQ_E_FIELD_UNKNOWN, 4},
    {"record kind 4", recode_records, "0001 0001 04", YQ_E_FIELD_UNKNOWN, 4},
    {"record body", recode_records, "0001 0001 01 00010401", YQ_E_LIMIT, 5},
    {"send service", recode_send, "0041", YQ_E_LIMIT, 0},
    {"send chain", recode_send, "0000 31", YQ_E_LIMIT, 2},
    {"export tag", recode_export, "59555149414f2d4558504f52542d32", YQ_E_DOMAIN, 0},
    {"export suite",
     recode_export,
     "59555149414f2d4558504f52542d31 " A32 " 00 05",
     YQ_E_FIELD_UNKNOWN,
     48},
    {"delivery version", recode_delivery, "0002", YQ_E_VERSION, 0},
    {"delivery suite", recode_delivery, "0001 00", YQ_E_FIELD_UNKNOWN, 2},
    {"certificate", recode_delivery, "0001 01 2001", YQ_E_LIMIT, 3},
    {"export place",
     recode_delivery,
     "0001 01 0000 0000000000000009 " A32 " 0003 0003 00 0000",
     YQ_E_PROOF_BOUNDS,
     45},
    {"no export place",
     recode_delivery,
     "0001 01 0000 0000000000000009 " A32 " 0000 0000 00 0001",
     YQ_E_PROOF_BOUNDS,
     45},
    {"export depth",
     recode_delivery,
     "0001 01 0000 0000000000000009 " A32 " 0003 0002 41",
     YQ_E_PROOF_DEPTH,
     49},
    {"packets",
     recode_delivery,
     "0001 01 0000 0000000000000009 " A32 " 0003 0002 00 0065",
     YQ_E_LIMIT,
     50},
    {"index",
     recode_delivery,
     "0001 01 0000 0000000000000009 " A32 " 0003 0002 00 0001 0000000000000009",
     YQ_E_PROOF_BOUNDS,
     52},
    {"path",
     recode_delivery,
     "0001 01 0000 0000000000000009 " A32 " 0003 0002 00 0001 0000000000000008 41",
     YQ_E_PROOF_DEPTH,
     60},
    {"packet size",
     recode_delivery,
     "0001 01 0000 0000000000000009 " A32 " 0003 0002 00 0001 0000000000000008 00 00010401",
     YQ_E_LIMIT,
     61},
};

Test(packet, each_limit_has_its_code_and_offset)
{
    static uint8_t room[256];
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        yq_buf out = {.p = room, .cap = sizeof room};
        yq_fault why = {0};
        cr_expect_eq(
            bad[i].recode(hex(bad[i].in), &out, &why),
            bad[i].status,
            "%s: %d",
            bad[i].name,
            why.status);
        cr_expect_eq(why.offset, bad[i].at, "%s: offset %u", bad[i].name, why.offset);
    }
}

static yq_packet whole_packet(void)
{
    return (yq_packet){
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_ORDERED,
        .grade_min = YQ_GRADE_LIGHT_CLIENT,
        .hub = yq_slice_text("henan-main"),
        .src_chain = yq_slice_text("city-a"),
        .src_service = yq_slice_text("a\x01"),
        .dst_chain = yq_slice_text("city-b"),
        .dst_service = yq_slice_text("b"),
        .sequence = 7,
        .deadline_ms = UINT64_C(1700000000000),
        .sender = yq_slice_text("snd"),
        .grant = digest_of(0xaa),
        .payload = yq_slice_text("hi"),
    };
}

Test(packet, fields_lie_where_the_layout_says)
{
    uint8_t room[1024];
    yq_packet p = whole_packet();
    yq_buf out = {.p = room, .cap = sizeof room};
    cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
    cr_expect(yq_slice_equal(yq_slice_of(room, out.n), hex(PACKET)));

    yq_packet back;
    cr_assert_eq(yq_packet_decode(yq_slice_of(room, out.n), &back, NULL), YQ_OK);
    cr_expect_eq(back.deadline_ms, p.deadline_ms);
    cr_expect(yq_slice_equal(back.src_service, p.src_service));
    cr_expect(yq_slice_equal(back.sender, p.sender));
    cr_expect_arr_eq(back.grant.b, p.grant.b, 32);

    /* The head of the commitment: the tag, then the packet without its payload's bytes. */
    uint8_t head[YQ_PACKET_HEAD_SIZE_MAX];
    yq_buf head_out = {.p = head, .cap = sizeof head};
    cr_assert_eq(yq_packet_commitment_head(&p, &head_out), YQ_OK);
    cr_expect_eq(head_out.n, 15 + out.n - 2);
    cr_expect_arr_eq(head, "YUQIAO-PACKET-1", 15);
    cr_expect_arr_eq(head + 15, room, out.n - 2);
}

Test(packet, the_largest_packet_fits_its_limits)
{
    static uint8_t content[YQ_PAYLOAD_SIZE_MAX], room[YQ_PACKET_SIZE_MAX];
    yq_packet p = whole_packet();
    p.hub = p.src_chain = p.dst_chain = yq_slice_of(content, YQ_CHAIN_ID_SIZE_MAX);
    p.src_service = p.dst_service = yq_slice_of(content, YQ_SERVICE_SIZE_MAX);
    p.sender = yq_slice_of(content, YQ_SENDER_SIZE_MAX);
    p.payload = yq_slice_of(content, sizeof content);
    yq_buf out = {.p = room, .cap = sizeof room};
    cr_assert_eq(yq_packet_encode(&p, &out), YQ_OK);
    yq_packet back;
    cr_expect_eq(yq_packet_decode(yq_slice_of(room, out.n), &back, NULL), YQ_OK);
    uint8_t head[YQ_PACKET_HEAD_SIZE_MAX];
    yq_buf head_out = {.p = head, .cap = sizeof head};
    cr_expect_eq(yq_packet_commitment_head(&p, &head_out), YQ_OK);
}

Test(packet, encoders_refuse_what_decoders_would)
{
    static uint8_t room[YQ_PACKET_SIZE_MAX + 64], content[YQ_PACKET_SIZE_MAX + 1];
    yq_packet good = whole_packet(), p;
    yq_buf out = {.p = room, .cap = sizeof room};
#define REFUSED(change, code)                                                                      \
    p = good;                                                                                      \
    p.change;                                                                                      \
    cr_expect_eq(yq_packet_encode(&p, &out), code, #change);                                       \
    cr_expect_eq(yq_packet_commitment_head(&p, &out), code, #change);
    REFUSED(kind = 0, YQ_E_RANGE)
    REFUSED(kind = 11, YQ_E_RANGE)
    REFUSED(kind = YQ_PACKET_HALT, YQ_E_RANGE)
    REFUSED(order = 0, YQ_E_RANGE)
    REFUSED(order = 3, YQ_E_RANGE)
    REFUSED(grade_min = 4, YQ_E_RANGE)
    REFUSED(sequence = 0, YQ_E_RANGE)
    REFUSED(hub = yq_slice_of(content, 49), YQ_E_LIMIT)
    REFUSED(src_chain = yq_slice_of(content, 49), YQ_E_LIMIT)
    REFUSED(dst_chain = yq_slice_of(content, 49), YQ_E_LIMIT)
    REFUSED(src_service = yq_slice_of(content, 65), YQ_E_LIMIT)
    REFUSED(dst_service = yq_slice_of(content, 65), YQ_E_LIMIT)
    REFUSED(sender = yq_slice_of(content, 65), YQ_E_LIMIT)
    REFUSED(payload = yq_slice_of(content, YQ_PAYLOAD_SIZE_MAX + 1), YQ_E_LIMIT)
    cr_expect_eq(out.n, 0);

    yq_ack ack = {.status = 5};
    cr_expect_eq(yq_ack_encode(&ack, &out), YQ_E_RANGE);
    yq_cancel cancel = {.kind = 1, .order = 1};
    cr_expect_eq(yq_cancel_encode(&cancel, &out), YQ_E_RANGE);
    yq_done done = {.status = 1, .again = 1, .result = yq_slice_text("x")};
    cr_expect_eq(yq_done_encode(&done, &out), YQ_E_RANGE);
    done = (yq_done){.status = 1, .result = yq_slice_of(content, YQ_RESULT_SIZE_MAX + 1)};
    cr_expect_eq(yq_done_encode(&done, &out), YQ_E_LIMIT);
    yq_inbox_state state = {.paused = 2};
    cr_expect_eq(yq_inbox_state_encode(&state, &out), YQ_E_RANGE);
    yq_record record = {.kind = 1, .body = yq_slice_of(content, sizeof content)};
    cr_expect_eq(yq_records_encode(&record, 1, &out), YQ_E_LIMIT);
    cr_expect_eq(yq_records_encode(&record, 0, &out), YQ_E_RANGE);
    yq_export export_ = {.suite = 0};
    cr_expect_eq(yq_export_encode(&export_, &out), YQ_E_RANGE);
    yq_delivery delivery = {.suite = 1, .export_n = 1, .export_path = yq_slice_of(content, 31)};
    cr_expect_eq(yq_delivery_encode(&delivery, &out), YQ_E_RANGE);
    delivery.export_path = yq_slice_of(content, 65 * 32);
    cr_expect_eq(yq_delivery_encode(&delivery, &out), YQ_E_LIMIT);
    yq_delivery_packet one = {.index = 1};
    delivery = (yq_delivery){.suite = 1, .export_n = 1, .size = 1, .n = 1, .packet = &one};
    cr_expect_eq(yq_delivery_encode(&delivery, &out), YQ_E_RANGE);
    cr_expect_eq(out.n, 0);
}

Test(packet, encoders_append)
{
    uint8_t room[64] = {9};
    yq_buf out = {.p = room, .cap = sizeof room, .n = 1};
    cr_assert_eq(yq_control_encode(5, &out), YQ_OK);
    cr_expect_eq(out.n, 9);
    cr_expect_eq(room[0], 9);
    cr_expect_eq(room[8], 5);
}

Test(packet, a_short_table_is_told)
{
    yq_record record[1];
    size_t n;
    cr_expect_eq(
        yq_records_decode(hex("0001 0002 02 00000000 02 00000000"), record, 1, &n, NULL),
        YQ_E_NOSPC);
    cr_expect_eq(n, 0);
    yq_delivery_packet packet[1];
    yq_delivery delivery;
    cr_expect_eq(yq_delivery_decode(hex(DELIVERY), packet, 1, &delivery, NULL), YQ_E_NOSPC);
}
