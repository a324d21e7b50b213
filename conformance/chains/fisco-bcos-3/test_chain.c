#include "conformance/chains/fisco-bcos-3/test_follow.h"

#include <criterion/criterion.h>

static test_world w[2];

static void setup(void)
{
    w[0] = test_world_new(YQ_MOCK3_SUITE_SM);
    w[1] = test_world_new(YQ_MOCK3_SUITE_KECCAK);
}

static void teardown(void)
{
    for (size_t k = 0; k < 2; k++) {
        test_world_free(&w[k]);
    }
}

TestSuite(chain, .init = setup, .fini = teardown);

#define FOR_BOTH(k) for (size_t k = 0; k < 2; k++)

static uint64_t height_of(const test_world *x)
{
    return yq_mock3_height(x->chain);
}

/* Takes all headers, then proves each log of each call. Returns their number. */
static size_t follow(test_world *x, uint64_t from)
{
    size_t events = 0;
    for (uint64_t h = from; h <= height_of(x); h++) {
        cr_assert_eq(test_header(x, h), YQ_OK, "%" PRIu64 " %s", h, x->why.text);
    }
    for (uint64_t h = from; h < height_of(x); h++) {
        const yq_mock3_block *block = x->chain->block[h];
        for (size_t i = 0; i < block->tx_n; i++) {
            yq_verified_event event;
            if (block->tx[i]->has_log && !block->tx[i]->is_deploy) {
                cr_assert_eq(
                    test_event_of(x, h, &block->tx[i]->hash, &event),
                    YQ_OK,
                    "%s %s",
                    x->why.text,
                    x->client->why.text);
                cr_assert(yq_slice_equal(event.tx_id, YQ_SLICE_OF(block->tx[i]->hash.b)));
                events++;
            }
        }
    }
    return events;
}

Test(chain, the_nodes_own_proofs_hold_in_trees_of_every_shape)
{
    FOR_BOTH(k)
    {
        static const unsigned counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 100};
        size_t all = 0;
        for (size_t i = 0; i < YQ_ARRAY_N(counts); i++) {
            for (unsigned n = 0; n < counts[i]; n++) {
                char text[96];
                (void)snprintf(text, sizeof text, "{\"do\":\"emit\",\"payload\":\"%04x\"}", n);
                test_do(&w[k], text);
            }
            test_seal(&w[k]);
            all += counts[i];
        }
        test_one_more(&w[k]);
        cr_assert_eq(follow(&w[k], 1), all);
    }
}

/* Receipts do not name their transactions: equal ones have one hash, and a node proves the first.
 */
Test(chain, a_nodes_own_proof_of_an_equal_receipt_is_of_another_place)
{
    FOR_BOTH(k)
    {
        yq_verified_event event;
        test_do(&w[k], "{\"do\":\"emit\",\"payload\":\"0a\",\"count\":3}"); /* 1 and 2 */
        test_seal(&w[k]);
        test_one_more(&w[k]);
        for (uint64_t h = 1; h <= 3; h++) {
            cr_assert_eq(test_header(&w[k], h), YQ_OK);
        }
        const yq_mock3_block *block = w[k].chain->block[2];
        cr_assert_eq(test_event_of(&w[k], 2, &block->tx[0]->hash, &event), YQ_OK);
        cr_assert_eq(test_event_of(&w[k], 2, &block->tx[1]->hash, &event), YQ_OK, "beside it");
        cr_assert_lt(test_event_of(&w[k], 2, &block->tx[2]->hash, &event), 0);
    }
}

Test(chain, events_carry_what_was_emitted)
{
    FOR_BOTH(k)
    {
        yq_verified_event event;
        yq_json *reply = test_control(&w[k], "{\"do\":\"emit\",\"payload\":\"c0ffee\"}");
        uint8_t emitter[20], topic[32], tx[32];
        yq_buf out[3] = {{emitter, 20, 0}, {topic, 32, 0}, {tx, 32, 0}};
        const yq_json *root = yq_json_root(reply);
        cr_assert(yq_json_hex(yq_json_get(root, "emitter"), &out[0]));
        cr_assert(yq_json_hex(yq_json_get(root, "event"), &out[1]));
        cr_assert(yq_json_hex(yq_json_at(yq_json_get(root, "txs"), 0), &out[2]));
        yq_json_free(reply);
        test_seal(&w[k]);
        test_one_more(&w[k]);
        cr_assert_eq(follow(&w[k], 1), 1);
        yq_digest hash;
        memcpy(hash.b, tx, 32);
        cr_assert_eq(test_event_of(&w[k], 2, &hash, &event), YQ_OK);
        static const uint8_t payload[] = {0xc0, 0xff, 0xee};
        cr_assert(yq_slice_equal(event.emitter, yq_slice_of(emitter, 20)));
        cr_assert(yq_slice_equal(event.name, yq_slice_of(topic, 32)));
        cr_assert(yq_slice_equal(event.bytes, yq_slice_of(payload, 3)));
    }
}

Test(chain, an_event_counts_when_it_was_built_on)
{
    yq_verified_event event;
    test_one_more(&w[0]);
    uint64_t h = height_of(&w[0]);
    (void)follow(&w[0], 1);
    const yq_digest hash = w[0].chain->block[h]->tx[0]->hash;
    cr_assert_eq(test_event_of(&w[0], h, &hash, &event), YQ_E_NOT_PROVEN);
    test_one_more(&w[0]);
    cr_assert_eq(test_header(&w[0], h + 1), YQ_OK);
    cr_assert_eq(test_event_of(&w[0], h, &hash, &event), YQ_OK);
}

/* ---- hostile ---- */

Test(chain, bad_signatures_are_refused_and_healed)
{
    static const struct {
        const char *mode;
        yq_status code[2];
    } hostile[] = {
        {"forged-signature", {YQ_E_SIG, YQ_E_SIGNER_UNKNOWN}},
        {"one-signature-short", {YQ_E_QUORUM, YQ_E_QUORUM}},
        {"repeated-signer", {YQ_E_DUP_SIGNER, YQ_E_DUP_SIGNER}},
    };
    FOR_BOTH(k)
    {
        test_one_more(&w[k]);
        (void)follow(&w[k], 1);
        for (size_t i = 0; i < YQ_ARRAY_N(hostile); i++) {
            char text[96];
            (void)snprintf(
                text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"%s\"}", hostile[i].mode);
            test_do(&w[k], text);
            test_one_more(&w[k]);
            yq_status status = test_header(&w[k], height_of(&w[k]));
            cr_assert_eq(status, hostile[i].code[k], "%s %d", hostile[i].mode, status);
            test_do(&w[k], "{\"do\":\"hostile\",\"mode\":\"none\"}");
            cr_assert_eq(test_header(&w[k], height_of(&w[k])), YQ_OK, "healed");
        }
    }
}

Test(chain, an_altered_receipt_is_refused)
{
    FOR_BOTH(k)
    {
        yq_verified_event event;
        test_do(&w[k], "{\"do\":\"hostile\",\"mode\":\"altered-receipt\"}");
        test_one_more(&w[k]);
        uint64_t h = height_of(&w[k]);
        test_one_more(&w[k]);
        for (uint64_t i = 1; i <= h + 1; i++) {
            cr_assert_eq(test_header(&w[k], i), YQ_OK);
        }
        const yq_digest hash = w[k].chain->block[h]->tx[0]->hash;
        cr_assert_eq(test_event_of(&w[k], h, &hash, &event), YQ_E_PROOF);
        test_do(&w[k], "{\"do\":\"hostile\",\"mode\":\"none\"}");
        cr_assert_eq(test_event_of(&w[k], h, &hash, &event), YQ_OK);
    }
}

Test(chain, a_fork_is_misbehaviour)
{
    FOR_BOTH(k)
    {
        test_one_more(&w[k]);
        test_one_more(&w[k]);
        (void)follow(&w[k], 1);
        uint64_t h = height_of(&w[k]) - 1;
        cr_assert_eq(test_header(&w[k], h), YQ_E_REPLAY);
        cr_assert_null(test_control(&w[k], "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":99}"));
        char text[96];
        (void)snprintf(
            text, sizeof text, "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":%" PRIu64 "}", h);
        test_do(&w[k], text);
        cr_assert_eq(test_header(&w[k], h), YQ_E_MISBEHAVIOUR);
        cr_assert_eq(test_header(&w[k], h + 1), YQ_E_REPLAY);
        test_do(&w[k], "{\"do\":\"hostile\",\"mode\":\"none\"}");
        cr_assert_eq(test_header(&w[k], h), YQ_E_REPLAY);
    }
}

Test(chain, blocks_of_two_hashes_are_not_one)
{
    test_one_more(&w[0]);
    yq_json *reply[2];
    const yq_json *block[2];
    for (size_t i = 0; i < 2; i++) {
        reply[i] = test_ask(&w[0], "getBlockByNumber", "%zu,true,false", i + 1);
        block[i] = test_result(reply[i]);
    }
    const yq_bcos3_signed from = {block, 2, 0};
    yq_buf out = {w[0].room, TEST_EVIDENCE_MAX, 0};
    cr_assert_eq(
        yq_bcos3_update_put(&w[0].profile, &from, (yq_slice){0}, 0, &out, &w[0].why),
        YQ_E_SOURCE_DISAGREE);
    cr_assert_eq(out.n, 0);
    yq_json_free(reply[0]);
    yq_json_free(reply[1]);
}

Test(chain, commands_that_do_not_fit_are_named)
{
    static const struct {
        const char *text;
        yq_status status;
    } bad[] = {
        {"{}", YQ_E_FIELD_MISSING},
        {"{\"do\":\"nothing\"}", YQ_E_METHOD_UNKNOWN},
        {"{\"do\":\"send\"}", YQ_E_STATE},
        {"{\"do\":\"inbox\"}", YQ_E_STATE},
        {"{\"do\":\"next_set\"}", YQ_E_STATE},
        {"{\"do\":\"emit\"}", YQ_E_FIELD_MISSING},
        {"{\"do\":\"emit\",\"payload\":\"zz\"}", YQ_E_TYPE},
        {"{\"do\":\"emit\",\"payload\":\"00\",\"count\":10001}", YQ_E_LIMIT},
        {"{\"do\":\"hostile\",\"mode\":\"rude\"}", YQ_E_FIELD_UNKNOWN},
        {"{\"do\":\"hostile\",\"mode\":\"foreign-emitter\"}", YQ_E_STATE},
        {"{\"do\":\"hostile\",\"mode\":\"fork\"}", YQ_E_NOT_FOUND},
        {"{\"do\":\"deploy\",\"hub\":\"h\"}", YQ_E_FIELD_MISSING},
        {"{\"do\":\"sealers\"}", YQ_E_FIELD_MISSING},
        {"{\"do\":\"sealers\",\"method\":\"add\"}", YQ_E_FIELD_MISSING},
        {"{\"do\":\"sealers\",\"method\":\"add\",\"node\":8}", YQ_E_FIELD_MISSING},
        {"{\"do\":\"sealers\",\"method\":\"burn\",\"node\":1}", YQ_E_FIELD_UNKNOWN},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_assert_null(test_control(&w[0], bad[i].text), "%s", bad[i].text);
        cr_assert_eq(w[0].why.status, bad[i].status, "%s: %d", bad[i].text, w[0].why.status);
    }
    cr_assert_eq(height_of(&w[0]), 0);
}
