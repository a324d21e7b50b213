#ifndef YQ_LIGHT_CLIENTS_YUQIAO_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_YUQIAO_TEST_CHAIN_H

/*
 * For tests: certificates, outboxes and states of a ledger that never ran, with real keys. Built by
 * the ledger's own rooms (relay/bft, relay/crypto, relay/hub), never by the verifier's code.
 */
#include "yuqiao/packet.h"

#include "light-clients/yuqiao/yuqiao.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"
#include "relay/crypto/state_proof.h"
#include "relay/hub/commitment.h"
#include "relay/hub/test_light_client.h"

#include <stdio.h>

#define TEST_KEYS      40u
#define TEST_BYTES_MAX (256u << 10)
#define TEST_HUB       "henan-main"
#define TEST_OWN       "city-b"
#define TEST_NOW       UINT64_C(1700000000000)
#define TEST_TRUST     UINT64_C(86400000)
#ifndef TEST_PACKETS /* yuqiao-bench wants more */
#    define TEST_PACKETS 3u
#endif

typedef struct test_chain {
    uint32_t alg;
    uint8_t suite, outbox;             /* of the validators; of the outbox (0: none) */
    yq_key *key[TEST_KEYS], *stranger; /* key: ascending */
    yq_digest chain;
    yq_block_roots roots;
    uint8_t packet[TEST_PACKETS][512];
    size_t packet_n[TEST_PACKETS];
    yq_digest leaf[TEST_PACKETS], export_leaf[3];
    yq_slice state_key[4]; /* two that are there, one behind an empty subtree, one behind a leaf */
    yq_digest state_leaf[2];
    uint8_t name[4][16];
} test_chain;

/* The validators of an epoch: n keys from `first` on. */
typedef struct test_set {
    uint64_t epoch;
    unsigned first, n;
} test_set;

static inline uint16_t test_sig_alg(uint8_t suite)
{
    static const uint16_t alg[] = {
        0, YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_ED25519_MESSAGE};
    return alg[suite];
}

static inline uint32_t test_suite_hash(uint8_t suite)
{
    static const uint32_t hash[] = {
        0, YQ_HASH_SM3, YQ_HASH_SHA256, YQ_HASH_KECCAK256, YQ_HASH_SHA256};
    return hash[suite];
}

static inline void test_keys(test_chain *c)
{
    for (unsigned i = 0; i < TEST_KEYS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "validator %u", i);
        yq_key *key = yq_key_derive(test_sig_alg(c->suite), yq_slice_text("yuqiao"), name);
        unsigned at = i;
        for (; at > 0 && yq_slice_compare(yq_key_public(c->key[at - 1]), yq_key_public(key)) > 0;
             at--) {
            c->key[at] = c->key[at - 1];
        }
        c->key[at] = key;
    }
    c->stranger = yq_key_derive(test_sig_alg(c->suite), yq_slice_text("yuqiao"), "stranger");
}

static inline yq_packet test_packet(uint64_t number)
{
    return (yq_packet){
        .kind = YQ_PACKET_CALL,
        .order = YQ_ORDER_UNORDERED,
        .hub = yq_slice_text(TEST_HUB),
        .src_chain = yq_slice_text("city-a"),
        .src_service = yq_slice_text("send"),
        .dst_chain = yq_slice_text(TEST_OWN),
        .dst_service = yq_slice_text("recv"),
        .sequence = number,
        .sender = yq_slice_text("somebody"),
        .payload = yq_slice_text("hello")};
}

/* Puts packet i into the outbox of `own`, the second of three destinations, and says so in the
 * roots. */
static inline void test_outbox(test_chain *c, const yq_packet *packet, unsigned i, const char *own)
{
    const uint32_t alg = test_suite_hash(c->outbox);
    static const yq_digest other = {{7}};
    yq_digest commitment, leaf[TEST_PACKETS], root;
    yq_buf out = {c->packet[i], sizeof c->packet[i], 0};
    YQ_ASSERT(yq_packet_encode(packet, &out) == YQ_OK);
    c->packet_n[i] = out.n;
    YQ_ASSERT(yq_packet_commitment(alg, packet, &commitment) == YQ_OK);
    yq_outbox_leaf(alg, i, &commitment, &c->leaf[i]);
    memcpy(leaf, c->leaf, sizeof leaf);
    yq_merkle_root(alg, leaf, TEST_PACKETS, &root);
    yq_export_leaf(alg, yq_slice_text("city-a"), 5, &other, &c->export_leaf[0]);
    yq_export_leaf(alg, yq_slice_text(own), TEST_PACKETS, &root, &c->export_leaf[1]);
    yq_export_leaf(alg, yq_slice_text("city-c"), 9, &other, &c->export_leaf[2]);
    memcpy(leaf, c->export_leaf, sizeof c->export_leaf);
    c->roots.suite[0].suite = c->outbox;
    yq_merkle_root(alg, leaf, 3, &c->roots.suite[0].export_root);
    c->roots.suite_n = 1;
}

/* Two keys whose paths begin with 00 and 01; the third's begins with 1, the fourth's with 00. */
static inline void test_state(test_chain *c)
{
    static const unsigned want[] = {0, 1, 2, 0};
    unsigned number = 0;
    yq_digest path, md, empty = {{0}};
    for (unsigned i = 0; i < 4; number++) {
        int n = snprintf((char *)c->name[i], sizeof c->name[i], "key %u", number);
        c->state_key[i] = yq_slice_of(c->name[i], (size_t)n);
        yq_state_path(c->alg, c->state_key[i], &path);
        if ((want[i] == 2 ? yq_state_bit(&path, 0) << 1 : path.b[0] >> 6u) != want[i]) {
            continue;
        }
        if (i < 2) {
            yq_hash_one(c->alg, yq_slice_text(i == 0 ? "zero" : "one"), md.b);
            yq_state_leaf(c->alg, &path, &md, &c->state_leaf[i]);
        }
        i++;
    }
    yq_state_node(c->alg, &c->state_leaf[0], &c->state_leaf[1], &path);
    yq_state_node(c->alg, &path, &empty, &c->roots.state_root);
}

static inline void test_chain_init(test_chain *c, uint32_t alg, uint8_t suite, uint8_t outbox)
{
    *c = (test_chain){.alg = alg, .suite = suite, .outbox = outbox};
    test_keys(c);
    yq_hash_one(alg, yq_slice_text("genesis"), c->chain.b);
    test_state(c);
    for (unsigned i = 0; i < TEST_PACKETS && outbox != 0; i++) {
        const yq_packet packet = test_packet(i + 1);
        test_outbox(c, &packet, i, TEST_OWN);
    }
}

static inline void test_chain_free(test_chain *c)
{
    for (unsigned i = 0; i < TEST_KEYS; i++) {
        yq_key_free(c->key[i]);
    }
    yq_key_free(c->stranger);
}

static inline yq_valset test_valset(const test_chain *c, test_set set)
{
    yq_valset v = {
        .chain_id_hash = c->chain, .epoch = set.epoch, .suite = c->suite, .n = (uint16_t)set.n};
    for (unsigned i = 0; i < set.n; i++) {
        yq_slice key = yq_key_public(c->key[set.first + i]);
        memcpy(v.key[i], key.p, key.n);
    }
    return v;
}

/* A block's roots: its results are its own. */
static inline yq_block_roots test_roots(const test_chain *c, uint64_t height)
{
    yq_block_roots roots = c->roots;
    uint8_t room[16];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put(&w, yq_slice_text("results"));
    yq_put_u64(&w, height);
    yq_hash_one(c->alg, yq_writer_slice(&w), roots.results_root.b);
    return roots;
}

/* A block of the epoch with the chain's roots; its view is its height. */
static inline yq_final_info test_info(const test_chain *c, uint64_t epoch, uint64_t height)
{
    yq_final_info info = {
        .chain_id_hash = c->chain,
        .epoch = epoch,
        .view = height,
        .height = height,
        .time_ms = TEST_NOW + 100 * height};
    uint8_t room[8];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u64(&w, height);
    yq_hash_one(c->alg, yq_writer_slice(&w), info.h.b);
    const yq_block_roots r = test_roots(c, height);
    yq_result_root(c->alg, &r.results_root, &r.state_root, r.suite, r.suite_n, &info.result_root);
    if (c->roots.suite_n > 0 && c->outbox == c->suite) {
        info.export_root = c->roots.suite[0].export_root;
    }
    return info;
}

/* It ends its epoch. */
static inline void test_ends(const test_chain *c, yq_final_info *info, test_set next)
{
    yq_valset v = test_valset(c, next);
    yq_valset_hash(c->alg, &v, &info->next_valset_hash);
}

/*
 * A certificate. letters, one a validator: s signs, - not, x a stranger signs for it, 1 the first
 * one's signature stands for it too, f a false signature; NULL: the last q sign. A letter more
 * than there are validators: an index outside the set. type 0: FINALIZE.
 */
static inline void test_cert_put(
    yq_writer *w,
    const test_chain *c,
    test_set set,
    const yq_final_info *info,
    const char *letters,
    uint8_t type)
{
    char usual[YQ_VALIDATORS_MAX + 1] = {0};
    yq_cert cert = {
        .type = type == 0 ? (uint8_t)YQ_SIGNED_FINALIZE : type,
        .epoch = info->epoch,
        .view = info->view,
        .h = info->h,
        .info = *info};
    yq_digest m;
    uint8_t room[YQ_CERT_SIZE_MAX];
    size_t at = 0;
    memset(usual, '-', set.n);
    memset(usual + yq_fault_max((uint16_t)set.n), 's', yq_quorum((uint16_t)set.n));
    letters = letters == NULL ? usual : letters;
    yq_cert_digest(c->alg, &info->chain_id_hash, &cert, &m);
    for (unsigned i = 0; letters[i] != 0; i++) {
        const unsigned who = letters[i] == '1' ? 0 : i;
        if (letters[i] == '-') {
            continue;
        }
        cert.bitmap |= UINT32_C(1) << i;
        yq_key_sign(
            letters[i] == 'x' ? c->stranger : c->key[set.first + who],
            YQ_SLICE_OF(m.b),
            cert.sig[at]);
        cert.sig[at][40] ^= letters[i] == 'f' ? 1 : 0;
        at++;
    }
    yq_writer out = yq_writer_of(room, sizeof room);
    yq_cert_put(&out, &cert);
    yq_put_blob16(w, yq_writer_slice(&out));
    YQ_ASSERT(out.status == YQ_OK && w->status == YQ_OK);
}

static inline void test_keys_put(yq_writer *w, const yq_valset *set)
{
    yq_put_u16(w, set->n);
    for (unsigned i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->key[i], yq_suite_key_size(set->suite));
    }
}

static inline yq_slice test_update_letters(
    const test_chain *c,
    test_set set,
    const yq_final_info *info,
    const char *letters,
    const test_set *next,
    uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_cert_put(&w, c, set, info, letters, 0);
    yq_put_u8(&w, next != NULL);
    if (next != NULL) {
        yq_valset v = test_valset(c, *next);
        test_keys_put(&w, &v);
    }
    return yq_writer_slice(&w);
}

static inline yq_slice test_update(
    const test_chain *c,
    test_set set,
    const yq_final_info *info,
    const test_set *next,
    uint8_t *room)
{
    return test_update_letters(c, set, info, NULL, next, room);
}

/* What an anchor says beside the certificate. */
typedef struct test_anchor_wish {
    yq_valset set;
    yq_digest pinned;
    uint64_t trust_ms;
} test_anchor_wish;

static inline test_anchor_wish test_anchor_usual(const test_chain *c, test_set set)
{
    test_anchor_wish wish = {.set = test_valset(c, set), .trust_ms = TEST_TRUST};
    yq_valset_hash(c->alg, &wish.set, &wish.pinned);
    return wish;
}

static inline yq_slice test_anchor_wished(
    const test_chain *c,
    test_set set,
    const yq_final_info *info,
    const test_anchor_wish *wish,
    const char *letters,
    uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, (uint8_t)c->alg);
    yq_put_u64(&w, wish->trust_ms);
    yq_put_str8(&w, yq_slice_text(TEST_HUB));
    yq_put_u8(&w, c->outbox);
    if (c->outbox != 0) {
        yq_put_str8(&w, yq_slice_text(TEST_OWN));
    }
    yq_put_bytes(&w, wish->set.chain_id_hash.b, 32);
    yq_put_bytes(&w, wish->pinned.b, 32);
    yq_put_u64(&w, wish->set.epoch);
    yq_put_u8(&w, wish->set.suite);
    test_keys_put(&w, &wish->set);
    test_cert_put(&w, c, set, info, letters, 0);
    return yq_writer_slice(&w);
}

static inline yq_slice test_anchor(
    const test_chain *c, test_set set, const yq_final_info *info, uint8_t *room)
{
    const test_anchor_wish wish = test_anchor_usual(c, set);
    return test_anchor_wished(c, set, info, &wish, NULL, room);
}

static inline yq_writer test_proof_begin(const test_chain *c, uint64_t height, uint8_t *room)
{
    const yq_block_roots roots = test_roots(c, height);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, height);
    yq_block_roots_put(&w, &roots);
    return w;
}

/* The proof of packet i at a height; this outbox is the second of three. */
static inline yq_slice test_event(const test_chain *c, uint64_t height, unsigned i, uint8_t *room)
{
    const uint32_t alg = test_suite_hash(c->outbox);
    yq_digest leaf[TEST_PACKETS], path[16];
    size_t n = 0;
    yq_writer w = test_proof_begin(c, height, room);
    yq_put_u64(&w, i);
    yq_put_blob32(&w, yq_slice_of(c->packet[i], c->packet_n[i]));
    yq_put_u64(&w, TEST_PACKETS);
    memcpy(leaf, c->leaf, sizeof leaf);
    yq_merkle_path(alg, leaf, TEST_PACKETS, i, path, &n);
    yq_put_u8(&w, (uint8_t)n);
    yq_put_bytes(&w, path, n * sizeof *path);
    yq_put_u8(&w, 2);
    yq_put_u8(&w, 1);
    yq_put_bytes(&w, &c->export_leaf[0], 32);
    yq_put_u8(&w, 0);
    yq_put_bytes(&w, &c->export_leaf[2], 32);
    return yq_writer_slice(&w);
}

/* What the state says of key i. */
static inline yq_state_proof test_state_proof(const test_chain *c, unsigned i)
{
    yq_state_proof p = {.kind = YQ_STATE_PROOF_PRESENT, .depth = 2};
    if (i < 2) {
        p.sibling[0] = c->state_leaf[1 - i];
    } else if (i == 2) {
        p.kind = YQ_STATE_PROOF_EMPTY;
        p.depth = 1;
        yq_state_node(c->alg, &c->state_leaf[0], &c->state_leaf[1], &p.sibling[0]);
    } else {
        p.kind = YQ_STATE_PROOF_OTHER;
        yq_state_path(c->alg, c->state_key[0], &p.other_path);
        yq_hash_one(c->alg, yq_slice_text("zero"), p.other_value.b);
        p.sibling[0] = c->state_leaf[1];
    }
    return p;
}

static inline yq_slice test_value_of(
    const test_chain *c, uint64_t height, const char *value, const yq_state_proof *p, uint8_t *room)
{
    static uint8_t bytes[YQ_STATE_PROOF_SIZE_MAX];
    yq_buf out = {bytes, sizeof bytes, 0};
    YQ_ASSERT(yq_state_proof_encode(p, &out) == YQ_OK);
    yq_writer w = test_proof_begin(c, height, room);
    yq_put_blob32(&w, yq_slice_text(value));
    yq_put_blob16(&w, yq_slice_of(out.p, out.n));
    return yq_writer_slice(&w);
}

static inline yq_slice test_value(const test_chain *c, uint64_t height, unsigned i, uint8_t *room)
{
    const yq_state_proof p = test_state_proof(c, i);
    return test_value_of(c, height, i == 0 ? "zero" : i == 1 ? "one" : "", &p, room);
}

#endif /* YQ_LIGHT_CLIENTS_YUQIAO_TEST_CHAIN_H */
