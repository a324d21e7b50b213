#include "adapters/cometbft/packet.h"
#include "relay/codec/base64.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"

#define KEY_MAX 64u

/* ---- which events ---- */

static int is_wanted(const yq_json *event)
{
    yq_slice type;
    return yq_json_text(yq_json_get(event, "type"), &type) &&
           (yq_slice_equal(type, yq_slice_text("send_packet")) ||
            yq_slice_equal(type, yq_slice_text("write_acknowledgement")));
}

static int add(const yq_json *list, const yq_json **event, size_t cap, size_t *n)
{
    for (size_t i = 0; i < yq_json_count(list); i++) {
        const yq_json *one = yq_json_at(list, i);
        if (!is_wanted(one)) {
            continue;
        }
        if (*n == cap) {
            return 0;
        }
        event[(*n)++] = one;
    }
    return 1;
}

yq_status yq_comet_events_find(
    const yq_json *result, const yq_json **event, size_t cap, size_t *n, yq_fault *why)
{
    static const char *const of_block[] = {
        "begin_block_events", "end_block_events", "finalize_block_events"};
    const yq_json *txs = yq_json_get(result, "txs_results");
    int good = 1;
    *n = 0;
    for (size_t i = 0; i < yq_json_count(txs) && good; i++) {
        const yq_json *tx = yq_json_at(txs, i), *code = yq_json_get(tx, "code");
        uint64_t value = 0;
        if (code != NULL && !yq_json_quantity(code, &value)) {
            return yq_fail(why, YQ_E_TYPE, 0, "txs_results: code");
        }
        /* What a failed transaction told did not come to stay. */
        good = value != 0 || add(yq_json_get(tx, "events"), event, cap, n);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(of_block) && good; i++) {
        good = add(yq_json_get(result, of_block[i]), event, cap, n);
    }
    return good ? YQ_OK : yq_fail(why, YQ_E_LIMIT, 0, "packets in one block");
}

void yq_comet_events_digest(const yq_json *const *event, size_t n, yq_digest *out)
{
    static const uint8_t end = 0;
    *out = (yq_digest){{0}};
    for (size_t i = 0; i < n; i++) {
        const yq_json *list = yq_json_get(event[i], "attributes");
        yq_slice type = {0};
        (void)yq_json_text(yq_json_get(event[i], "type"), &type);
        for (size_t k = 0; k < yq_json_count(list); k++) {
            yq_slice key = {0}, value = {0};
            (void)yq_json_text(yq_json_get(yq_json_at(list, k), "key"), &key);
            (void)yq_json_text(yq_json_get(yq_json_at(list, k), "value"), &value);
            const yq_digest before = *out;
            const yq_slice part[] = {YQ_SLICE_OF(before.b), type, {&end, 1}, key, {&end, 1}, value};
            yq_hash(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), out->b);
        }
    }
}

/* ---- attributes ---- */

/* One event's attributes, and where what is decoded goes. */
typedef struct reader {
    const yq_json *attributes;
    yq_writer *room;
    yq_status status;
    const char *key;
} reader;

static void fail(reader *r, yq_status status, const char *key)
{
    if (r->status == YQ_OK) {
        r->status = status;
        r->key = key;
    }
}

static int is_key_base64(yq_slice text, const char *name)
{
    uint8_t room[KEY_MAX];
    yq_buf key = {room, sizeof room, 0};
    return yq_base64_decode(text, &key, NULL) == YQ_OK &&
           yq_slice_equal(yq_slice_of(key.p, key.n), yq_slice_text(name));
}

/* Moves what decode made at the end of the room into it. */
static yq_slice keep(reader *r, const yq_buf *made)
{
    yq_slice out = yq_slice_of(made->p, made->n);
    r->room->n += made->n;
    return out;
}

static yq_buf rest_of(const reader *r)
{
    return (yq_buf){r->room->p + r->room->n, r->room->cap - r->room->n, 0};
}

/* Returns 1 when the event has the attribute. Out: its value as text. */
static int find_text(reader *r, const char *name, yq_slice *out)
{
    for (size_t i = 0; i < yq_json_count(r->attributes); i++) {
        const yq_json *one = yq_json_at(r->attributes, i);
        yq_slice key, value = {0};
        if (!yq_json_text(yq_json_get(one, "key"), &key)) {
            continue;
        }
        (void)yq_json_text(yq_json_get(one, "value"), &value);
        if (yq_slice_equal(key, yq_slice_text(name))) {
            *out = value;
            return 1;
        }
        if (is_key_base64(key, name)) {
            yq_buf made = rest_of(r);
            yq_status status = yq_base64_decode(value, &made, NULL);
            if (status != YQ_OK) {
                fail(r, status, name);
                return 0;
            }
            *out = keep(r, &made);
            return 1;
        }
    }
    return 0;
}

static yq_slice text_of(reader *r, const char *name)
{
    yq_slice out = {0};
    if (!find_text(r, name, &out)) {
        fail(r, YQ_E_FIELD_MISSING, name);
    }
    return out;
}

static yq_slice name_of(reader *r, const char *name)
{
    yq_slice out = text_of(r, name);
    if (out.n == 0 || out.n > YQ_COMET_NAME_MAX) {
        fail(r, YQ_E_RANGE, name);
    }
    return out;
}

static yq_slice hex_of(reader *r, const char *name)
{
    yq_slice text = text_of(r, name);
    yq_buf made = rest_of(r);
    if (text.n > 0) {
        yq_status status = yq_hex_decode(&made, (const char *)text.p, text.n);
        if (status != YQ_OK) {
            fail(r, status, name);
            return (yq_slice){0};
        }
    }
    if (made.n > YQ_COMET_DATA_MAX) {
        fail(r, YQ_E_LIMIT, name);
        return (yq_slice){0};
    }
    return keep(r, &made);
}

/* A decimal number that ends the text, or at the mark. */
static int take_number(yq_slice *text, char mark, uint64_t *out)
{
    size_t i = 0;
    *out = 0;
    for (; i < text->n && text->p[i] >= '0' && text->p[i] <= '9'; i++) {
        uint64_t digit = (uint64_t)(text->p[i] - '0');
        if (*out > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        *out = *out * 10 + digit;
    }
    int ended = i == text->n;
    if (i == 0 || (mark == '\0') != ended || (!ended && text->p[i] != (uint8_t)mark)) {
        return 0;
    }
    size_t used = ended ? i : i + 1;
    *text = yq_slice_of(text->p + used, text->n - used);
    return 1;
}

static uint64_t number_of(reader *r, const char *name)
{
    yq_slice text = text_of(r, name);
    uint64_t value = 0;
    if (!take_number(&text, '\0', &value)) {
        fail(r, YQ_E_TYPE, name);
    }
    return value;
}

/* ---- version 1 ---- */

static void read_v1(reader *r, int is_ack, yq_comet_packet *p)
{
    p->kind = is_ack ? YQ_COMET_ACK_V1 : YQ_COMET_PACKET_V1;
    p->port = name_of(r, is_ack ? "packet_dst_port" : "packet_src_port");
    p->channel = name_of(r, is_ack ? "packet_dst_channel" : "packet_src_channel");
    p->sequence = number_of(r, "packet_sequence");
    p->data = hex_of(r, is_ack ? "packet_ack_hex" : "packet_data_hex");
    if (is_ack) {
        return;
    }
    p->timeout = number_of(r, "packet_timeout_timestamp");
    yq_slice height = text_of(r, "packet_timeout_height");
    if (!take_number(&height, '-', &p->revision) ||
        !take_number(&height, '\0', &p->timeout_height)) {
        fail(r, YQ_E_TYPE, "packet_timeout_height");
    }
}

/* ---- version 2 ---- */

/* Payload {1 source_port, 2 destination_port, 3 version, 4 encoding, 5 value} */
static void read_payload(yq_cur *c, yq_slice message, yq_comet_payload *out)
{
    yq_cur m = yq_cur_of(message);
    yq_pb_field f;
    uint64_t seen = 0;
    while (yq_pb_next(&m, &f)) {
        if (f.number > 5 || !yq_pb_once(&m, &f, YQ_PB_BYTES, &seen)) {
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, f.at, "payload");
            return;
        }
        if (f.number == 5) {
            out->value = f.bytes;
        } else {
            out->field[f.number - 1] = f.bytes;
        }
    }
    if (!yq_cur_ok(&m)) {
        yq_cur_fail_field(c, YQ_E_TYPE, 0, "payload");
    }
}

/* Packet {1 sequence, 2 source_client, 3 destination_client, 4 timeout_timestamp, 5 repeated
 * Payload} */
static yq_status read_packet_v2(yq_slice message, yq_comet_packet *p, yq_fault *why)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        int is_number = f.number == 1 || f.number == 4;
        if (f.number > 5 || !yq_pb_expect(&c, &f, is_number ? YQ_PB_VARINT : YQ_PB_BYTES)) {
            return yq_fail(why, YQ_E_FIELD_UNKNOWN, f.at, "encoded_packet_hex");
        }
        if (f.number == 1) {
            p->sequence = f.value;
        } else if (f.number == 2) {
            p->client = f.bytes;
        } else if (f.number == 3) {
            p->other = f.bytes;
        } else if (f.number == 4) {
            p->timeout = f.value;
        } else if (p->n == YQ_COMET_PAYLOADS_MAX) {
            return yq_fail(why, YQ_E_LIMIT, f.at, "payloads");
        } else {
            read_payload(&c, f.bytes, &p->payload[p->n++]);
        }
    }
    return yq_cur_done(&c, why);
}

/* Acknowledgement {1 repeated app_acknowledgements} */
static yq_status read_ack_v2(yq_slice message, yq_comet_packet *p, yq_fault *why)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number != 1 || !yq_pb_expect(&c, &f, YQ_PB_BYTES)) {
            return yq_fail(why, YQ_E_FIELD_UNKNOWN, f.at, "encoded_acknowledgement_hex");
        }
        if (p->n == YQ_COMET_PAYLOADS_MAX) {
            return yq_fail(why, YQ_E_LIMIT, f.at, "acknowledgements");
        }
        p->payload[p->n++].value = f.bytes;
    }
    return yq_cur_done(&c, why);
}

static int names_fit(const yq_comet_packet *p)
{
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < YQ_ARRAY_N(p->payload[i].field); k++) {
            if (p->payload[i].field[k].n > 1024) {
                return 0;
            }
        }
    }
    return p->client.n > 0 && p->client.n <= YQ_COMET_NAME_MAX && p->other.n <= YQ_COMET_NAME_MAX;
}

static yq_status read_v2(reader *r, int is_ack, yq_comet_packet *p, yq_fault *why)
{
    p->kind = is_ack ? YQ_COMET_ACK_V2 : YQ_COMET_PACKET_V2;
    p->client = name_of(r, is_ack ? "packet_dest_client" : "packet_source_client");
    p->sequence = number_of(r, "packet_sequence");
    yq_slice message = hex_of(r, is_ack ? "encoded_acknowledgement_hex" : "encoded_packet_hex");
    if (r->status != YQ_OK) {
        return YQ_OK;
    }
    yq_status status = is_ack ? read_ack_v2(message, p, why) : read_packet_v2(message, p, why);
    if (status == YQ_OK && r->status == YQ_OK && (p->n == 0 || !names_fit(p))) {
        fail(r, YQ_E_RANGE, "version 2 packet");
    }
    return status;
}

yq_status yq_comet_packet_of_event(
    const yq_json *event, yq_writer *room, yq_comet_packet *packet, yq_fault *why)
{
    reader r = {.attributes = yq_json_get(event, "attributes"), .room = room};
    yq_slice type = {0}, found;
    *packet = (yq_comet_packet){0};
    (void)yq_json_text(yq_json_get(event, "type"), &type);
    int is_ack = yq_slice_equal(type, yq_slice_text("write_acknowledgement"));
    size_t mark = room->n;
    int v2 = find_text(&r, is_ack ? "encoded_acknowledgement_hex" : "encoded_packet_hex", &found);
    int v1 = !v2 && find_text(&r, is_ack ? "packet_ack_hex" : "packet_data_hex", &found);
    room->n = mark;
    if (!v1 && !v2 && r.status == YQ_OK) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "no packet of IBC");
    }
    yq_status status = YQ_OK;
    if (v2) {
        status = read_v2(&r, is_ack, packet, why);
    } else if (v1) {
        read_v1(&r, is_ack, packet);
    }
    if (status == YQ_OK && r.status == YQ_OK && packet->sequence == 0) {
        fail(&r, YQ_E_RANGE, "packet_sequence");
    }
    return r.status == YQ_OK ? status : yq_fail(why, r.status, 0, r.key);
}
