#ifndef YQ_CONFORMANCE_CHAINS_COMMON_TEST_HUB_H
#define YQ_CONFORMANCE_CHAINS_COMMON_TEST_HUB_H

/* For tests: a hub of four validators with one outbox, which certifies and hands out. */
#include "conformance/chains/common/contract.h"
#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"
#include "relay/hub/commitment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST_VALIDATORS   4u
#define TEST_PACKETS_MAX  64u
#define TEST_HUB          "henan-main"
#define TEST_CHAIN        "city-410300"
#define TEST_DELIVERY_MAX (2u << 20)

typedef struct test_packet {
    uint8_t bytes[4096];
    size_t n;
    yq_digest commitment;
} test_packet;

/* What a test spoils in a certificate or a delivery. */
typedef struct test_spoil {
    uint8_t type, suite, zero_root, foreign_sig, other_chain;
    uint32_t bitmap;
    uint64_t epoch;
    int export_idx_off, path_bit, outbox_bit, packet_bit, root_bit;
} test_spoil;

typedef struct test_hub {
    uint32_t hash;
    yq_key *key[TEST_VALIDATORS], *stranger;
    yq_valset set;
    int exports; /* 1: it hands out export certificates, which eth's keys sign */
    yq_key *eth[TEST_VALIDATORS];
    yq_export_set export_set;
    test_packet packet[TEST_PACKETS_MAX];
    size_t n;
    uint64_t height;
    yq_digest next_set;
    test_spoil spoil;
    uint8_t *room;
} test_hub;

static inline void test_hub_keys(test_hub *hub, uint64_t epoch)
{
    hub->set = (yq_valset){.epoch = epoch, .suite = YQ_SUITE_SM2, .n = TEST_VALIDATORS};
    memset(hub->set.chain_id_hash.b, 0x5a, sizeof hub->set.chain_id_hash.b);
    for (size_t i = 0; i < TEST_VALIDATORS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "validator-%u-%zu", (unsigned)epoch, i);
        yq_key_free(hub->key[i]);
        hub->key[i] = NULL;
        yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("hub"), name);
        size_t at = i;
        for (; at > 0 && memcmp(yq_key_public(hub->key[at - 1]).p, yq_key_public(key).p, 64) > 0;
             at--) {
            hub->key[at] = hub->key[at - 1];
        }
        hub->key[at] = key;
    }
    for (size_t i = 0; i < TEST_VALIDATORS; i++) {
        memcpy(hub->set.key[i], yq_key_public(hub->key[i]).p, 64);
    }
    hub->export_set = (yq_export_set){
        .chain_id_hash = hub->set.chain_id_hash,
        .epoch = epoch,
        .suite = YQ_SUITE_ETH,
        .n = TEST_VALIDATORS};
    for (size_t i = 0; i < TEST_VALIDATORS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "export-%u-%zu", (unsigned)epoch, i);
        yq_key_free(hub->eth[i]);
        hub->eth[i] = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("hub"), name);
        yq_secp256k1_address(yq_key_public(hub->eth[i]).p, hub->export_set.key[i]);
    }
}

/* The set as an inbox is handed it, and its hash. Returns its size. */
static inline size_t test_hub_set(const test_hub *hub, uint8_t *room, size_t cap, yq_digest *hash)
{
    yq_writer w = yq_writer_of(room, cap);
    if (hub->exports) {
        yq_export_set_put(&w, &hub->export_set);
        yq_export_set_hash(&hub->export_set, hash);
    } else {
        yq_valset_step_put(&w, &hub->set);
        yq_valset_hash(YQ_HASH_SM3, &hub->set, hash);
    }
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

static inline test_hub *test_hub_new(uint32_t hash)
{
    test_hub *hub = calloc(1, sizeof *hub);
    YQ_ASSERT(hub != NULL);
    hub->hash = hash;
    hub->height = 10;
    hub->stranger = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("hub"), "stranger");
    hub->room = malloc(TEST_DELIVERY_MAX);
    YQ_ASSERT(hub->room != NULL);
    test_hub_keys(hub, 1);
    return hub;
}

static inline void test_hub_free(test_hub *hub)
{
    for (size_t i = 0; i < TEST_VALIDATORS; i++) {
        yq_key_free(hub->key[i]);
        yq_key_free(hub->eth[i]);
    }
    yq_key_free(hub->stranger);
    free(hub->room);
    free(hub);
}

static inline yq_contract *test_hub_contract(const test_hub *hub)
{
    yq_contract *contract = yq_contract_new(&(yq_contract_config){
        .hub = yq_slice_text(TEST_HUB),
        .own_chain = yq_slice_text(TEST_CHAIN),
        .hash = hub->hash,
        .set = hub->set,
        .exports = hub->exports ? &hub->export_set : NULL,
    });
    YQ_ASSERT(contract != NULL);
    return contract;
}

/* A packet to this chain, to be changed. */
static inline yq_packet test_call(uint64_t sequence, const char *service)
{
    return (yq_packet){
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .grade_min = YQ_GRADE_ATTESTED,
        .hub = yq_slice_text(TEST_HUB),
        .src_chain = yq_slice_text("city-410100"),
        .src_service = yq_slice_text("source"),
        .dst_chain = yq_slice_text(TEST_CHAIN),
        .dst_service = yq_slice_text(service),
        .sequence = sequence,
        .payload = yq_slice_text("payload"),
    };
}

/* One that the hub makes. */
static inline yq_packet test_made(uint8_t kind, uint64_t sequence, yq_slice payload)
{
    yq_packet packet = test_call(sequence, "service");
    packet.kind = kind;
    packet.grade_min = 0;
    packet.payload = payload;
    return packet;
}

/* Appends to the outbox. Returns the index. */
static inline uint64_t test_append(test_hub *hub, const yq_packet *packet)
{
    YQ_ASSERT(hub->n < TEST_PACKETS_MAX);
    test_packet *p = &hub->packet[hub->n];
    yq_buf out = {p->bytes, sizeof p->bytes, 0};
    YQ_ASSERT(yq_packet_encode(packet, &out) == YQ_OK);
    p->n = out.n;
    YQ_ASSERT(yq_packet_commitment(hub->hash, packet, &p->commitment) == YQ_OK);
    return hub->n++;
}

static inline size_t test_leaves(const test_hub *hub, yq_digest *leaf)
{
    for (size_t i = 0; i < hub->n; i++) {
        yq_outbox_leaf(hub->hash, i, &hub->packet[i].commitment, &leaf[i]);
    }
    return hub->n;
}

/* Export leaves of three chains, this one in the middle. */
static inline void test_exports(const test_hub *hub, const yq_digest *root, yq_digest leaf[3])
{
    static const yq_digest other = {{7}};
    yq_export_leaf(hub->hash, yq_slice_text("city-410100"), 5, &other, &leaf[0]);
    yq_export_leaf(hub->hash, yq_slice_text(TEST_CHAIN), hub->n, root, &leaf[1]);
    yq_export_leaf(hub->hash, yq_slice_text("city-410500"), 9, &other, &leaf[2]);
}

static inline size_t test_export_certificate(
    const test_hub *hub, const yq_digest *export_root, uint8_t *room, size_t cap)
{
    const test_spoil *s = &hub->spoil;
    const uint32_t bitmap = s->bitmap != 0 ? s->bitmap : 0xdu;
    yq_export_cert cert = {
        .body = {
            .chain_id_hash = hub->set.chain_id_hash,
            .hub = yq_slice_text(TEST_HUB),
            .suite = YQ_SUITE_ETH,
            .epoch = s->epoch != 0 ? s->epoch : hub->set.epoch,
            .height = hub->height,
            .time_ms = 1000,
            .export_root = *export_root,
            .next_set = hub->next_set}};
    cert.body.chain_id_hash.b[0] ^= s->other_chain;
    yq_digest m;
    yq_export_digest(&cert.body, &m);
    for (unsigned i = 0; i < YQ_VALIDATORS_MAX; i++) {
        uint8_t sig[YQ_EXPORT_SIG_SIZE];
        unsigned by = s->foreign_sig ? (i + 1) % TEST_VALIDATORS : i % TEST_VALIDATORS;
        if ((bitmap >> i & 1u) != 0) {
            yq_key_sign_recoverable(hub->eth[by], m.b, sig);
            yq_export_sigs_add(&cert.sigs, i, sig);
        }
    }
    yq_writer w = yq_writer_of(room, cap);
    yq_export_cert_put(&w, &cert);
    YQ_ASSERT(w.status == YQ_OK);
    room[0] ^= s->type; /* not an Export */
    return w.n;
}

static inline size_t test_certificate(
    const test_hub *hub, const yq_digest *export_root, uint8_t *room, size_t cap)
{
    if (hub->exports) {
        return test_export_certificate(hub, export_root, room, cap);
    }
    const test_spoil *s = &hub->spoil;
    yq_cert cert = {
        .type = s->type != 0 ? s->type : YQ_SIGNED_FINALIZE,
        .epoch = s->epoch != 0 ? s->epoch : hub->set.epoch,
        .view = 3,
        .bitmap = s->bitmap != 0 ? s->bitmap : 0xdu,
        .h = {{1}},
    };
    cert.info = (yq_final_info){
        .chain_id_hash = hub->set.chain_id_hash,
        .epoch = cert.epoch,
        .view = cert.view,
        .height = hub->height,
        .h = {{1}},
        .result_root = {{2}},
        .export_root = *export_root,
        .next_valset_hash = hub->next_set,
        .time_ms = 1000,
    };
    cert.info.chain_id_hash.b[0] ^= s->other_chain;
    yq_digest m;
    yq_cert_digest(YQ_HASH_SM3, &cert.info.chain_id_hash, &cert, &m);
    size_t at = 0;
    for (size_t i = 0; i < 32; i++) {
        if ((cert.bitmap >> i & 1u) != 0) {
            const yq_key *key =
                i < TEST_VALIDATORS && !(s->foreign_sig && at == 0) ? hub->key[i] : hub->stranger;
            yq_key_sign(key, yq_slice_of(m.b, sizeof m.b), cert.sig[at++]);
        }
    }
    yq_writer w = yq_writer_of(room, cap);
    yq_cert_put(&w, &cert);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

/* A delivery of n indices of the outbox as it is. */
static inline yq_slice test_delivery(test_hub *hub, const uint64_t *index, size_t n)
{
    static yq_digest leaf[TEST_PACKETS_MAX], path[YQ_DELIVERY_PACKETS_MAX][YQ_PROOF_DEPTH_MAX];
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    static test_packet copy;
    uint8_t certificate[YQ_CERT_SIZE_MAX + YQ_EXPORT_CERT_SIZE_MAX];
    yq_digest root, exports[3], scratch[3], export_root, export_path[4];
    size_t path_n, export_n = 0;
    const test_spoil *s = &hub->spoil;
    size_t leaf_n = test_leaves(hub, leaf);
    yq_merkle_root(hub->hash, leaf, leaf_n, &root);
    test_exports(hub, &root, exports);
    memcpy(scratch, exports, sizeof scratch);
    yq_merkle_root(hub->hash, scratch, 3, &export_root);
    memcpy(scratch, exports, sizeof scratch);
    yq_merkle_path(hub->hash, scratch, 3, 1, export_path, &export_n);
    if (s->zero_root) {
        export_root = (yq_digest){0};
    }
    for (size_t i = 0; i < n; i++) {
        const test_packet *p = &hub->packet[index[i]];
        (void)test_leaves(hub, leaf);
        yq_merkle_path(hub->hash, leaf, leaf_n, (size_t)index[i], path[i], &path_n);
        packet[i] = (yq_delivery_packet){
            .index = index[i],
            .path = {path[i][0].b, path_n * sizeof path[i][0]},
            .packet = {p->bytes, p->n},
        };
        if (i + 1 == n && s->outbox_bit) {
            path[i][0].b[5] ^= 1;
        }
        if (i + 1 == n && s->packet_bit) {
            copy = *p;
            copy.bytes[copy.n - 1] ^= 1;
            packet[i].packet.p = copy.bytes;
        }
    }
    size_t cert_n = test_certificate(hub, &export_root, certificate, sizeof certificate);
    export_path[0].b[0] ^= (uint8_t)s->path_bit;
    root.b[0] ^= (uint8_t)s->root_bit;
    const yq_delivery delivery = {
        .suite = s->suite != 0  ? s->suite
                 : hub->exports ? YQ_SUITE_ETH
                                : YQ_SUITE_SM2,
        .certificate = {certificate, cert_n},
        .size = leaf_n,
        .outbox_root = root,
        .export_n = 3,
        .export_idx = (uint16_t)(1 + s->export_idx_off),
        .export_path = {export_path[0].b, export_n * sizeof export_path[0]},
        .n = (uint16_t)n,
        .packet = packet,
    };
    yq_buf out = {hub->room, TEST_DELIVERY_MAX, 0};
    YQ_ASSERT(yq_delivery_encode(&delivery, &out) == YQ_OK);
    return yq_slice_of(out.p, out.n);
}

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_TEST_HUB_H */
