#include "adapters/chainmaker/evidence.h"
#include "adapters/chainmaker/request.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t room[8192];

/* ---- transactions as they are hashed ---- */

static size_t put_tx(uint8_t *out, size_t cap, uint64_t gas)
{
    yq_writer w = yq_writer_of(out, cap);
    yq_pb_put_bytes(&w, 1, yq_slice_text("payload"));
    size_t result = yq_pb_begin(&w), inner = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 2, yq_slice_text("result"));
    if (gas != 0) {
        yq_pb_put_varint(&w, 4, gas);
    }
    yq_pb_put_bytes(&w, 5, yq_slice_text(""));
    yq_pb_end(&w, inner, 2);
    yq_pb_put_bytes(&w, 3, yq_slice_text("set"));
    yq_pb_end(&w, result, 4);
    yq_pb_put_bytes(&w, 5, yq_slice_text("payer"));
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

Test(wire, gas_is_left_out_from_version_2300_on)
{
    uint8_t with[256], without[256];
    size_t with_n = put_tx(with, sizeof with, 1234567), without_n = put_tx(without, 256, 0);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cma_tx_put(yq_slice_of(with, with_n), 2300, &w);
    cr_assert(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(without, without_n)));
    w = yq_writer_of(room, sizeof room);
    yq_cma_tx_put(yq_slice_of(with, with_n), 2299, &w);
    cr_assert(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(with, with_n)));
}

Test(wire, a_header_is_hashed_without_hash_and_signature)
{
    uint8_t raw[128];
    yq_cma_header header;
    yq_writer in = yq_writer_of(raw, sizeof raw), w = yq_writer_of(room, sizeof room);
    yq_pb_put_varint(&in, 1, 2300);
    yq_pb_put_varint(&in, 2, 1);
    yq_pb_put_varint(&in, 4, 9);
    yq_pb_put_bytes(&in, 5, yq_slice_text("hash"));
    yq_pb_put_varint(&in, 7, 3);
    yq_pb_put_bytes(&in, 15, yq_slice_text("signature"));
    cr_assert_eq(yq_cma_header_decode(yq_writer_slice(&in), &header, NULL), YQ_OK);
    cr_assert(header.is_config && header.height == 9 && header.conf_height == 3);
    yq_cma_header_put(yq_writer_slice(&in), &w);
    static const uint8_t want[] = {0x08, 0xfc, 0x11, 0x10, 0x01, 0x20, 0x09, 0x38, 0x03};
    cr_assert(yq_slice_equal(yq_writer_slice(&w), YQ_SLICE_OF(want)));
}

/* ---- what is cut, missing or too much ---- */

Test(wire, blocks_that_are_none_are_refused)
{
    static const uint8_t cut[] = {0x0a, 0x05, 0x0a}, none[] = {0x0a, 0x02, 0x12, 0x00};
    static const uint8_t bad_header[] = {0x0a, 0x04, 0x0a, 0x02, 0x08, 0x80};
    yq_cma_block block;
    cr_assert_eq(yq_cma_block_decode(YQ_SLICE_OF(cut), &block, NULL), YQ_E_TRUNCATED);
    cr_assert_eq(yq_cma_block_decode(YQ_SLICE_OF(none), &block, NULL), YQ_E_FIELD_MISSING);
    cr_assert_eq(yq_cma_block_decode((yq_slice){0}, &block, NULL), YQ_E_FIELD_MISSING);
    cr_assert_eq(yq_cma_block_decode(YQ_SLICE_OF(bad_header), &block, NULL), YQ_E_TRUNCATED);
}

Test(wire, a_block_has_so_many_transactions)
{
    const size_t cap = 2 * (YQ_CMA_TXS_MAX + 1) + 64;
    uint8_t *in = malloc(cap);
    yq_cma_block block;
    for (size_t more = 0; more < 2; more++) {
        yq_writer w = yq_writer_of(in, cap);
        size_t mark = yq_pb_begin(&w);
        yq_pb_put_bytes(&w, 1, yq_slice_text("\x08\x01"));
        for (size_t i = 0; i < YQ_CMA_TXS_MAX + more; i++) {
            yq_pb_put_bytes(&w, 3, (yq_slice){0});
        }
        yq_pb_end(&w, mark, 1);
        cr_assert_eq(w.status, YQ_OK);
        cr_assert_eq(
            yq_cma_block_decode(yq_writer_slice(&w), &block, NULL), more ? YQ_E_LIMIT : YQ_OK);
    }
    free(in);
}

static yq_slice config_of(size_t nodes, int twice, size_t id_n)
{
    static char id[YQ_CMA_NODE_MAX + 2];
    static uint8_t out[64u << 10];
    yq_writer w = yq_writer_of(out, sizeof out);
    yq_pb_put_bytes(&w, 1, yq_slice_text("chain1"));
    size_t consensus = yq_pb_begin(&w);
    yq_pb_put_varint(&w, 1, 1);
    size_t org = yq_pb_begin(&w);
    for (size_t i = nodes; i-- > 0;) {
        memset(id, 'n', sizeof id);
        (void)snprintf(id, 8, "%06zu", twice && i == 1 ? 0 : i);
        id[6] = 'n';
        yq_pb_put_bytes(&w, 3, yq_slice_of(id, id_n));
    }
    yq_pb_end(&w, org, 2);
    yq_pb_end(&w, consensus, 8);
    cr_assert_eq(w.status, YQ_OK);
    return yq_writer_slice(&w);
}

Test(wire, a_configuration_has_different_nodes_of_good_ids)
{
    static yq_cma_config config;
    cr_assert_eq(yq_cma_config_decode(config_of(128, 0, 8), &config, NULL), YQ_OK);
    cr_assert_eq(config.node_n, 128);
    for (size_t i = 1; i < 128; i++) {
        cr_assert_lt(yq_slice_compare(config.node[i - 1], config.node[i]), 0);
    }
    cr_assert_eq(yq_cma_config_decode(config_of(129, 0, 8), &config, NULL), YQ_E_LIMIT);
    cr_assert_eq(yq_cma_config_decode(config_of(4, 1, 8), &config, NULL), YQ_E_DUP_SIGNER);
    cr_assert_eq(yq_cma_config_decode(config_of(4, 0, 128), &config, NULL), YQ_OK);
    cr_assert_eq(yq_cma_config_decode(config_of(4, 0, 129), &config, NULL), YQ_E_LIMIT);
    cr_assert_eq(yq_cma_config_decode(config_of(0, 0, 8), &config, NULL), YQ_E_FIELD_MISSING);
}

/* ---- votes ---- */

typedef struct test_vote {
    uint64_t type, height, round;
    const char *hash_text, *signer; /* NULL: as they have to be */
    size_t invalid_n;
} test_vote;

static yq_key *node_key(void)
{
    return yq_key_derive(YQ_SIG_P256_DIGEST, yq_slice_text("cma"), "node");
}

/* A VoteSet of one node's vote. */
static yq_slice votes_of(const test_vote *v, const yq_digest *hash)
{
    static uint8_t out[4096], plain_room[2048];
    static const char invalid[600] = "";
    uint8_t der[80];
    yq_buf signature = {der, sizeof der, 0};
    yq_writer plain = yq_writer_of(plain_room, sizeof plain_room),
              w = yq_writer_of(out, sizeof out);
    if (v->type != 0) {
        yq_pb_put_varint(&plain, 1, v->type);
    }
    yq_pb_put_bytes(&plain, 2, yq_slice_text("node"));
    yq_pb_put_varint(&plain, 3, v->height);
    if (v->round != 0) {
        yq_pb_put_varint(&plain, 4, v->round);
    }
    yq_pb_put_bytes(
        &plain, 5, v->hash_text != NULL ? yq_slice_text(v->hash_text) : YQ_SLICE_OF(hash->b));
    size_t before = plain.n;
    if (v->invalid_n > 0) {
        yq_pb_put_bytes(&plain, 7, yq_slice_of(invalid, v->invalid_n));
    }
    yq_key *key = node_key();
    cr_assert_eq(yq_cma_sign(YQ_CMA_P256_SHA256, key, yq_writer_slice(&plain), &signature), YQ_OK);
    yq_key_free(key);
    size_t entry = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_text("node"));
    size_t vote = yq_pb_begin(&w);
    yq_put_bytes(&w, plain.p, before);
    size_t endorsement = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 2, yq_slice_of(signature.p, signature.n));
    yq_pb_end(&w, endorsement, 6);
    yq_put_bytes(&w, plain.p + before, plain.n - before);
    yq_pb_end(&w, vote, 2);
    yq_pb_end(&w, entry, 6);
    cr_assert_eq(w.status, YQ_OK);
    return yq_writer_slice(&w);
}

/* How many votes are taken; base: a vote of another node in this round is there already. */
static size_t taken(const test_vote *v, int base)
{
    static yq_cma_set set;
    static yq_cma_votes votes;
    const yq_digest hash = {{5}};
    yq_key *key = node_key();
    set = (yq_cma_set){.n = 2};
    set.node[0] = (yq_cma_node){.id_n = 4, .id = "node", .signer.scheme = YQ_CMA_P256_SHA256};
    memcpy(set.node[0].signer.key, yq_key_public(key).p, 64);
    yq_key_free(key);
    votes = (yq_cma_votes){.round = 3, .n = base ? 1 : 0};
    votes.of[1].is_there = base;
    yq_cma_votes_add(&set, 7, &hash, votes_of(v, &hash), &votes);
    cr_assert(votes.n == (base ? 1u : 0u) || votes.round == v->round);
    return votes.n - (base ? 1 : 0);
}

Test(wire, only_votes_that_count_are_taken)
{
    static const struct {
        test_vote vote;
        int base;
        size_t taken;
    } all[] = {
        {{1, 7, 3, NULL, NULL, 0}, 0, 1},
        {{1, 7, 0, NULL, NULL, 0}, 0, 1},
        {{1, 7, 3, NULL, NULL, 200}, 0, 1},
        {{1, 7, 3, NULL, NULL, 253}, 0, 1},
        {{1, 7, 3, NULL, NULL, 254}, 0, 0},         /* with its head more than 256 bytes */
        {{0, 7, 3, NULL, NULL, 0}, 0, 0},           /* a prevote */
        {{1, 8, 3, NULL, NULL, 0}, 0, 0},           /* of another height */
        {{1, 7, 3, "another hash", NULL, 0}, 0, 0}, /* for another block */
        {{1, 7, 3, NULL, NULL, 0}, 1, 1},           /* of the round that is there */
        {{1, 7, 4, NULL, NULL, 0}, 1, 0},           /* of another one */
        {{1, 7, UINT32_C(1) << 31, NULL, NULL, 0}, 0, 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        cr_assert_eq(taken(&all[i].vote, all[i].base), all[i].taken, "%zu", i);
    }
}

/* ---- requests ---- */

Test(wire, a_request_is_signed_over_its_payload)
{
    static const yq_sig_alg kind[] = {
        YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SM2_MESSAGE, YQ_SIG_SECP256K1_DIGEST};
    for (uint8_t scheme = 1; scheme <= 4; scheme++) {
        yq_key *key = yq_key_derive(kind[scheme - 1], yq_slice_text("cma"), "sender");
        const yq_cma_sender sender = {
            .chain_id = yq_slice_text("chain1"),
            .org = yq_slice_text("org"),
            .member_type = 2,
            .member_info = yq_slice_text("pem"),
            .scheme = scheme,
            .key = key};
        yq_cma_call call = {
            .type = YQ_CMA_QUERY, .tx_id = "ab", .time_s = 1, .contract = "c", .method = "m"};
        call.param[call.param_n++] = (yq_cma_param){"k", yq_slice_text("v")};
        yq_buf out = {room, sizeof room, 0};
        cr_assert_leq(yq_cma_request_size(&sender, &call), sizeof room);
        cr_assert_eq(yq_cma_request_put(&sender, &call, &out), YQ_OK);
        static const uint8_t want[] = {0x0a, 0x1e, 0x0a, 0x06, 'c',  'h',  'a',  'i',
                                       'n',  '1',  0x10, 0x01, 0x1a, 0x02, 'a',  'b',
                                       0x20, 0x01, 0x32, 0x01, 'c',  0x3a, 0x01, 'm',
                                       0x42, 0x06, 0x0a, 0x01, 'k',  0x12, 0x01, 'v'};
        cr_assert_arr_eq(out.p, want, sizeof want);
        yq_cma_signer signer = {.scheme = scheme};
        memcpy(signer.key, yq_key_public(key).p, 64);
        yq_cur c = yq_cur_of(yq_slice_of(out.p, out.n));
        int found;
        yq_slice sender_raw = yq_pb_find(&c, 2, &found);
        c = yq_cur_of(sender_raw);
        yq_slice signature = yq_pb_find(&c, 2, &found);
        uint8_t rs[64];
        cr_assert(
            yq_cma_signer_check(&signer, yq_slice_of(want + 2, sizeof want - 2), signature, rs));
        cr_assert_not(yq_cma_signer_check(&signer, yq_slice_of(want, sizeof want), signature, rs));
        out = (yq_buf){room, 40, 0};
        cr_assert_eq(yq_cma_request_put(&sender, &call, &out), YQ_E_NOSPC);
        cr_assert_eq(out.n, 0);
        yq_key_free(key);
    }
}
