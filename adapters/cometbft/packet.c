#include "adapters/cometbft/packet.h"

#include "relay/crypto/crypto.h"

#define STORE "ibc"

static int is_v2(const yq_comet_packet *p)
{
    return p->kind == YQ_COMET_PACKET_V2 || p->kind == YQ_COMET_ACK_V2;
}

static int is_packet(const yq_comet_packet *p)
{
    return p->kind == YQ_COMET_PACKET_V1 || p->kind == YQ_COMET_PACKET_V2;
}

void yq_comet_packet_key(const yq_comet_packet *packet, yq_writer *w)
{
    if (is_v2(packet)) {
        yq_put(w, packet->client);
        yq_put_u8(w, is_packet(packet) ? 1 : 3);
        yq_put_u64(w, packet->sequence);
        return;
    }
    char sequence[24];
    size_t n = yq_decimal_encode(sequence, packet->sequence);
    yq_put(w, yq_slice_text(is_packet(packet) ? "commitments/ports/" : "acks/ports/"));
    yq_put(w, packet->port);
    yq_put(w, yq_slice_text("/channels/"));
    yq_put(w, packet->channel);
    yq_put(w, yq_slice_text("/sequences/"));
    yq_put_bytes(w, sequence, n);
}

/* ---- commitments ---- */

static void put_hash(yq_writer *w, yq_slice in)
{
    yq_digest md = {{0}};
    yq_hash_one(YQ_HASH_SHA256, in, md.b);
    yq_put_bytes(w, md.b, sizeof md.b);
}

static void put_payload_hash(yq_writer *w, const yq_comet_payload *payload)
{
    uint8_t room[5 * YQ_DIGEST_SIZE];
    yq_writer parts = yq_writer_of(room, sizeof room);
    for (size_t i = 0; i < YQ_ARRAY_N(payload->field); i++) {
        put_hash(&parts, payload->field[i]);
    }
    put_hash(&parts, payload->value);
    put_hash(w, yq_writer_slice(&parts));
}

static void put_v2(yq_writer *w, const yq_comet_packet *p)
{
    uint8_t room[YQ_COMET_PAYLOADS_MAX * YQ_DIGEST_SIZE], seconds[8];
    yq_writer list = yq_writer_of(room, sizeof room), time = yq_writer_of(seconds, sizeof seconds);
    for (size_t i = 0; i < p->n; i++) {
        if (is_packet(p)) {
            put_payload_hash(&list, &p->payload[i]);
        } else {
            put_hash(&list, p->payload[i].value);
        }
    }
    yq_put_u8(w, 2);
    if (!is_packet(p)) {
        yq_put(w, yq_writer_slice(&list));
        return;
    }
    yq_put_u64(&time, p->timeout);
    put_hash(w, p->other);
    put_hash(w, yq_writer_slice(&time));
    put_hash(w, yq_writer_slice(&list));
}

void yq_comet_packet_commitment(const yq_comet_packet *packet, yq_digest *out)
{
    uint8_t room[1 + (YQ_COMET_PAYLOADS_MAX + 3) * YQ_DIGEST_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    if (packet->kind == YQ_COMET_ACK_V1) {
        yq_hash_one(YQ_HASH_SHA256, packet->data, out->b);
        return;
    }
    if (is_v2(packet)) {
        put_v2(&w, packet);
    } else {
        yq_put_u64(&w, packet->timeout);
        yq_put_u64(&w, packet->revision);
        yq_put_u64(&w, packet->timeout_height);
        put_hash(&w, packet->data);
    }
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&w), out->b);
}

/* ---- as the light client names and reads it ---- */

size_t yq_comet_packet_events(const yq_comet_packet *packet)
{
    return is_v2(packet) ? packet->n : 1;
}

void yq_comet_packet_emitter(const yq_comet_packet *packet, size_t chosen, yq_writer *w)
{
    yq_put(w, is_v2(packet) ? packet->client : packet->port);
    if (packet->kind == YQ_COMET_ACK_V2) {
        return;
    }
    yq_put_u8(w, '/');
    yq_put(w, is_v2(packet) ? packet->payload[chosen].field[0] : packet->channel);
}

const char *yq_comet_packet_name(const yq_comet_packet *packet)
{
    switch (packet->kind) {
    case YQ_COMET_PACKET_V1:
        return "packet";
    case YQ_COMET_PACKET_V2:
        return "packet.v2";
    case YQ_COMET_ACK_V1:
        return "acknowledgement";
    case YQ_COMET_ACK_V2:
        return "acknowledgement.v2";
    }
    return "";
}

static void put_v2_fields(yq_writer *w, const yq_comet_packet *p, size_t chosen)
{
    yq_put_str8(w, p->client);
    yq_put_u64(w, p->sequence);
    if (is_packet(p)) {
        yq_put_str8(w, p->other);
        yq_put_u64(w, p->timeout);
    }
    yq_put_u16(w, (uint16_t)p->n);
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < YQ_ARRAY_N(p->payload[i].field) && is_packet(p); k++) {
            yq_put_blob16(w, p->payload[i].field[k]);
        }
        yq_put_blob32(w, p->payload[i].value);
    }
    yq_put_u16(w, (uint16_t)chosen);
}

static void put_v1_fields(yq_writer *w, const yq_comet_packet *p)
{
    yq_put_str8(w, p->port);
    yq_put_str8(w, p->channel);
    yq_put_u64(w, p->sequence);
    if (is_packet(p)) {
        yq_put_u64(w, p->timeout);
        yq_put_u64(w, p->revision);
        yq_put_u64(w, p->timeout_height);
    }
    yq_put_blob32(w, p->data);
}

yq_status yq_comet_event_put(
    const yq_comet_packet *packet,
    size_t chosen,
    uint64_t height,
    const yq_comet_answer *answer,
    yq_writer *w,
    yq_fault *why)
{
    yq_put_u8(w, 1);
    yq_put_u8(w, (uint8_t)packet->kind);
    if (is_v2(packet)) {
        put_v2_fields(w, packet, chosen);
    } else {
        put_v1_fields(w, packet);
    }
    yq_put_u64(w, height);
    yq_put_str8(w, yq_slice_text(STORE));
    yq_put_blob32(w, answer->proof[0]);
    yq_put_blob32(w, answer->proof[1]);
    return w->status == YQ_OK ? YQ_OK : yq_fail(why, w->status, 0, "event proof");
}
