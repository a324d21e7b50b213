#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_MS      86400000u
#define OTHER_CLIENT    "yuqiao-hub"
#define PAYLOAD_VERSION "yuqiao-1"
#define ENCODING        "application/octet-stream"

void yq_cmock_module_end(const yq_cmock_chain *chain, const yq_cmock_module *m, char *text)
{
    (void)snprintf(
        text,
        YQ_CMOCK_NAME_MAX,
        "%s-%u",
        chain->version == 1 ? "channel" : "07-tendermint",
        m->number);
}

void yq_cmock_module_emitter(const yq_cmock_chain *chain, const yq_cmock_module *m, char *text)
{
    char end[YQ_CMOCK_NAME_MAX];
    yq_cmock_module_end(chain, m, end);
    (void)snprintf(
        text,
        YQ_CMOCK_NAME_MAX,
        "%.60s/%.60s",
        chain->version == 1 ? m->port : end,
        chain->version == 1 ? end : m->port);
}

size_t yq_cmock_module_find(const yq_cmock_chain *chain, yq_slice emitter)
{
    for (size_t i = 0; i < chain->module_n; i++) {
        char text[YQ_CMOCK_NAME_MAX];
        yq_cmock_module_emitter(chain, &chain->module[i], text);
        if (yq_slice_equal(yq_slice_text(text), emitter)) {
            return i;
        }
    }
    return SIZE_MAX;
}

void yq_cmock_packet_key(const yq_cmock_chain *chain, const yq_cmock_packet *p, yq_writer *w)
{
    char end[YQ_CMOCK_NAME_MAX], text[YQ_CMOCK_KEY_MAX];
    const yq_cmock_module *m = &chain->module[p->module];
    yq_cmock_module_end(chain, m, end);
    if (chain->version == 1) {
        (void)snprintf(
            text,
            sizeof text,
            "commitments/ports/%s/channels/%.60s/sequences/%" PRIu64,
            m->port,
            end,
            p->sequence);
        yq_put(w, yq_slice_text(text));
        return;
    }
    yq_put(w, yq_slice_text(end));
    yq_put_u8(w, 1);
    yq_put_u64(w, p->sequence);
}

static void put_hash(yq_writer *w, yq_slice in)
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(YQ_HASH_SHA256, in, md);
    yq_put_bytes(w, md, sizeof md);
}

static void put_commitment_v2(
    const yq_cmock_module *m, uint64_t timeout, yq_slice data, yq_writer *w)
{
    uint8_t fields[5 * YQ_DIGEST_SIZE], payload[YQ_DIGEST_SIZE], seconds[8];
    yq_writer f = yq_writer_of(fields, sizeof fields), p = yq_writer_of(payload, sizeof payload);
    yq_writer t = yq_writer_of(seconds, sizeof seconds);
    put_hash(&f, yq_slice_text(m->port));
    put_hash(&f, yq_slice_text(m->port));
    put_hash(&f, yq_slice_text(PAYLOAD_VERSION));
    put_hash(&f, yq_slice_text(ENCODING));
    put_hash(&f, data);
    put_hash(&p, yq_writer_slice(&f));
    yq_put_u64(&t, timeout);
    yq_put_u8(w, 2);
    put_hash(w, yq_slice_text(OTHER_CLIENT));
    put_hash(w, yq_writer_slice(&t));
    put_hash(w, yq_writer_slice(&p));
}

yq_digest yq_cmock_packet_commitment(
    const yq_cmock_chain *chain, const yq_cmock_packet *p, const yq_slice *shown)
{
    uint8_t room[128];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_digest out = {{0}};
    yq_slice data = shown != NULL ? *shown : yq_slice_of(p->data, p->data_n);
    if (chain->version == 1) {
        yq_put_u64(&w, p->timeout);
        yq_put_u64(&w, 0);
        yq_put_u64(&w, 0);
        put_hash(&w, data);
    } else {
        put_commitment_v2(&chain->module[p->module], p->timeout, data, &w);
    }
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&w), out.b);
    return out;
}

uint8_t *yq_cmock_packet_shown(const yq_cmock_packet *p, int altered)
{
    uint8_t *data = malloc(p->data_n + 1);
    YQ_ASSERT(data != NULL && p->data_n > 0);
    memcpy(data, p->data, p->data_n);
    data[0] ^= altered ? 1 : 0;
    return data;
}

void yq_cmock_packet_put(
    const yq_cmock_chain *chain, const yq_cmock_packet *p, yq_slice data, yq_writer *w)
{
    char end[YQ_CMOCK_NAME_MAX];
    const yq_cmock_module *m = &chain->module[p->module];
    yq_cmock_module_end(chain, m, end);
    yq_pb_put_varint(w, 1, p->sequence);
    yq_pb_put_bytes(w, 2, yq_slice_text(end));
    yq_pb_put_bytes(w, 3, yq_slice_text(OTHER_CLIENT));
    yq_pb_put_varint(w, 4, p->timeout);
    size_t mark = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(m->port));
    yq_pb_put_bytes(w, 2, yq_slice_text(m->port));
    yq_pb_put_bytes(w, 3, yq_slice_text(PAYLOAD_VERSION));
    yq_pb_put_bytes(w, 4, yq_slice_text(ENCODING));
    yq_pb_put_bytes(w, 5, data);
    yq_pb_end(w, mark, 5);
}

yq_cmock_packet *yq_cmock_packet_send(
    yq_cmock_chain *chain, size_t module, yq_slice data, uint64_t height, uint64_t time_ms)
{
    yq_cmock_packet *p = calloc(1, sizeof *p);
    YQ_ASSERT(p != NULL);
    uint64_t timeout_ms = time_ms + TIMEOUT_MS;
    *p = (yq_cmock_packet){
        .module = module,
        .sequence = ++chain->module[module].sequence,
        .timeout = chain->version == 1 ? timeout_ms * 1000000 : timeout_ms / 1000,
        .height = height,
        .data = malloc(data.n + 1),
        .data_n = data.n};
    YQ_ASSERT(p->data != NULL);
    yq_bytes_copy(p->data, data.p, data.n);
    chain->packet = yq_cmock_grow(chain->packet, &chain->packet_n, sizeof(yq_cmock_packet *));
    chain->packet[chain->packet_n - 1] = p;
    yq_cmock_leaf leaf = {.version = height, .value_n = YQ_DIGEST_SIZE, .packet = p};
    yq_writer key = yq_writer_of(leaf.key, sizeof leaf.key);
    yq_cmock_packet_key(chain, p, &key);
    YQ_ASSERT(key.status == YQ_OK);
    leaf.key_n = key.n;
    const yq_digest commitment = yq_cmock_packet_commitment(chain, p, NULL);
    memcpy(leaf.value, commitment.b, sizeof leaf.value);
    yq_cmock_leaf_put(chain, &leaf);
    return p;
}
