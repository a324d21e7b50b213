#include "conformance/chains/cometbft/cmock.h"
#include "conformance/chains/common/test_hub.h"
#include "relay/codec/base64.h"
#include "relay/hub/test_light_client.h"

#include <criterion/criterion.h>
#include <inttypes.h>

#define START_MS UINT64_C(1790000000000)

const yq_verifier *yq_verifier_cometbft(void);

static yq_cmock_chain *chain;
static yq_json *reply;
static uint8_t room[1u << 20];

static void setup(void)
{
    chain = yq_cmock_chain_new(2, "city-410300", "seed", START_MS);
}

static void teardown(void)
{
    yq_json_free(reply);
    yq_cmock_chain_free(chain);
}

TestSuite(chain, .init = setup, .fini = teardown);

static yq_json *parse_out(yq_json_out *out)
{
    size_t size;
    const char *text = yq_json_out_done(out, &size);
    cr_assert_not_null(text);
    yq_json *document = yq_json_parse(yq_slice_of(text, size), YQ_CMOCK_REPLY_MAX, NULL);
    cr_assert_not_null(document);
    yq_json_out_free(out);
    return document;
}

/* Returns the result, or the error when there is one; lives until the next question. */
static const yq_json *ask(const char *method, const char *params)
{
    char text[1024];
    int n =
        snprintf(text, sizeof text, "{\"id\":3,\"method\":\"%s\",\"params\":%s}", method, params);
    yq_json_free(reply);
    reply = parse_out(yq_cmock_answer(chain, yq_slice_of(text, (size_t)n)));
    const yq_json *error = yq_json_get(yq_json_root(reply), "error");
    return error != NULL ? error : yq_json_get(yq_json_root(reply), "result");
}

static int64_t error_of(const char *method, const char *params)
{
    int64_t code = 0;
    (void)yq_json_int(yq_json_get(ask(method, params), "code"), &code);
    return code;
}

static yq_status control(const char *text)
{
    yq_fault why = {0};
    yq_json *command = yq_json_parse(yq_slice_text(text), 1u << 16, NULL);
    yq_json_out *out = yq_json_out_new(1u << 20);
    yq_json_out_object(out, NULL);
    yq_status status = yq_cmock_control(chain, START_MS + 5000, yq_json_root(command), out, &why);
    yq_json_out_end(out);
    yq_json_free(command);
    yq_json_out_free(out);
    return status;
}

static void seal_all(void)
{
    while (yq_cmock_chain_due(chain)) {
        yq_cmock_chain_seal(chain, START_MS + 9000);
    }
}

Test(chain, one_seed_and_moment_give_one_chain)
{
    yq_cmock_chain *same = yq_cmock_chain_new(2, "city-410300", "seed", START_MS);
    yq_cmock_chain *other = yq_cmock_chain_new(2, "city-410300", "seeds", START_MS);
    cr_assert(yq_digest_equal(&same->block[0]->hash, &chain->block[0]->hash));
    cr_assert_not(yq_digest_equal(&other->block[0]->hash, &chain->block[0]->hash));
    yq_cmock_chain_free(same);
    yq_cmock_chain_free(other);
}

Test(chain, questions_that_have_no_answer)
{
    static const struct {
        const char *method, *params;
        int64_t code;
    } row[] = {
        {"none", "{}", -32601},
        {"commit", "{\"height\":\"9\"}", -32603},
        {"commit", "{\"height\":\"x\"}", -32602},
        {"block_results", "{\"height\":\"9\"}", -32603},
        {"validators", "{\"height\":\"9\"}", -32603},
        {"validators", "{\"page\":\"2\"}", -32603},
        {"abci_query", "{\"height\":\"9\",\"data\":\"\"}", -32603},
        {"abci_query", "{\"data\":\"0\"}", -32602},
        {"broadcast_tx_sync", "{\"tx\":\"*\"}", -32602},
        {"broadcast_tx_sync", "{}", -32602},
        {"tx", "{\"hash\":\"AA==\"}", -32603},
        {"tx", "{\"hash\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}", -32603},
        {"status", "{}", 0},
        {"health", "{}", 0},
        {"net_info", "{}", 0},
        {"header", "{}", 0},
        {"block", "{\"height\":\"1\"}", 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        int64_t code = error_of(row[i].method, row[i].params);
        cr_expect_eq(code, row[i].code, "%s: %d", row[i].method, (int)code);
    }
    yq_json_free(reply);
    reply = parse_out(yq_cmock_answer(chain, yq_slice_text("{")));
    int64_t code = 0;
    (void)yq_json_int(yq_json_get(yq_json_get(yq_json_root(reply), "error"), "code"), &code);
    cr_assert_eq(code, -32700);
}

/* A change of the set is announced by the header after its block, and stands in the one after
 * that. */
Test(chain, sets_change_as_in_comet)
{
    yq_cmock_set old = chain->set;
    uint64_t height = chain->block_n + 1;
    cr_assert_eq(control("{\"do\":\"validators\",\"first\":4,\"n\":5}"), YQ_OK);
    cr_assert_eq(chain->block_n, height + 1, "the header that announces it is made at once");
    yq_cmock_chain_seal(chain, START_MS + 6000);
    const yq_cmock_block *block = chain->block[height - 1];
    cr_assert_eq(memcmp(&block->set, &old, sizeof old), 0);
    cr_assert_eq(memcmp(&block->next, &old, sizeof old), 0);
    block = chain->block[height];
    cr_assert_eq(memcmp(&block->set, &old, sizeof old), 0);
    cr_assert_eq(block->next.n, 5);
    block = chain->block[height + 1];
    cr_assert_eq(block->set.n, 5);
    uint64_t total = 0;
    cr_assert(yq_json_quantity(
        yq_json_get(ask("validators", "{\"per_page\":\"2\",\"page\":\"3\"}"), "total"), &total));
    cr_assert_eq(total, 5);
    cr_assert_eq(
        yq_json_count(yq_json_get(yq_json_get(yq_json_root(reply), "result"), "validators")), 1);
}

static size_t base64_into(const yq_json *value, uint8_t *out, size_t cap)
{
    yq_slice text;
    yq_buf made = {out, cap, 0};
    cr_assert(yq_json_text(value, &text));
    cr_assert_eq(yq_base64_decode(text, &made, NULL), YQ_OK);
    return made.n;
}

/* The value proof of a key at a height, judged by a light client whose anchor is the header after
 * it. */
static yq_status prove(yq_slice key, uint64_t height, yq_verified_value *value)
{
    static uint8_t lower[1u << 16], upper[1u << 16];
    char params[1024], hex[512];
    (void)yq_hex_encode(hex, sizeof hex, key.p, key.n);
    (void)snprintf(
        params,
        sizeof params,
        "{\"path\":\"/store/ibc/key\",\"data\":\"%s\",\"height\":\"%" PRIu64 "\",\"prove\":true}",
        hex,
        height);
    const yq_json *response = yq_json_get(ask("abci_query", params), "response");
    const yq_json *ops = yq_json_get(yq_json_get(response, "proofOps"), "ops");
    int has_value = !yq_json_is_null(yq_json_get(response, "value"));
    size_t n[2] = {
        base64_into(yq_json_get(yq_json_at(ops, 0), "data"), lower, sizeof lower),
        base64_into(yq_json_get(yq_json_at(ops, 1), "data"), upper, sizeof upper)};
    const yq_cmock_block *block = chain->block[height];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    yq_put_str8(&w, yq_slice_text(chain->id));
    yq_put_u64(&w, 1000000);
    yq_put_u64(&w, 1000);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, 3);
    yq_put_u8(&w, 1);
    yq_put(&w, YQ_SLICE_OF(block->hash.b));
    yq_put_blob32(&w, yq_slice_of(block->raw, block->raw_n));
    test_client *client = test_client_new(yq_verifier_cometbft());
    client->now_ms = block->time_ms + 1;
    cr_assert_eq(test_client_init(client, yq_writer_slice(&w)), YQ_OK, "%s", client->why.text);
    uint8_t key_room[300];
    yq_writer k = yq_writer_of(key_room, sizeof key_room), p = yq_writer_of(room, sizeof room);
    yq_put_str8(&k, yq_slice_text("ibc"));
    yq_put(&k, key);
    yq_put_u8(&p, 1);
    yq_put_u64(&p, block->height);
    yq_put_str8(&p, yq_slice_text("ibc"));
    yq_put_blob32(&p, yq_slice_of(lower, n[0]));
    yq_put_blob32(&p, yq_slice_of(upper, n[1]));
    yq_status status = client->verifier->value(
        test_client_begin(client, 0),
        test_client_state(client),
        yq_writer_slice(&k),
        yq_writer_slice(&p),
        client->now_ms,
        value,
        &client->why);
    cr_expect(status == YQ_OK, "%s", client->why.text);
    cr_expect_eq(has_value, value->present, "what is told beside the proof");
    test_client_free(client);
    return status;
}

/* Trees of every size: members, and keys that are in none, on the left, right and between. */
Test(chain, every_key_is_proven_present_or_absent)
{
    for (unsigned round = 0; round < 12; round++) {
        cr_assert_eq(control("{\"do\":\"emit\",\"payload\":\"0a\",\"count\":1}"), YQ_OK);
        seal_all();
        uint64_t height = chain->block_n - 1;
        for (size_t i = 0; i < chain->leaf_n; i++) {
            yq_cmock_leaf leaf = chain->leaf[i];
            yq_verified_value value = {0};
            cr_assert_eq(prove(yq_slice_of(leaf.key, leaf.key_n), height, &value), YQ_OK);
            cr_assert(value.present);
            cr_assert(yq_slice_equal(value.value, yq_slice_of(leaf.value, leaf.value_n)));
            leaf.key[leaf.key_n - 1]++; /* right behind it */
            int taken =
                yq_cmock_leaf_find(chain, height, yq_slice_of(leaf.key, leaf.key_n)) != NULL;
            cr_assert_eq(prove(yq_slice_of(leaf.key, leaf.key_n), height, &value), YQ_OK);
            cr_assert_eq(value.present, taken);
        }
        yq_verified_value value = {0};
        cr_assert_eq(prove(yq_slice_text("!"), height, &value), YQ_OK);
        cr_assert_not(value.present);
    }
    /* As it stood at an old height. */
    yq_verified_value value = {0};
    const yq_cmock_leaf newest = *yq_cmock_leaf_find(
        chain, chain->block_n, yq_slice_of("07-tendermint-0\1\0\0\0\0\0\0\0\14", 24));
    cr_assert_eq(prove(yq_slice_of(newest.key, newest.key_n), newest.version - 1, &value), YQ_OK);
    cr_assert_not(value.present);
}

Test(chain, transactions_that_are_refused)
{
    static const struct {
        unsigned kind, height, code;
        const char *inbox;
    } row[] = {
        {1, 100, YQ_CMOCK_CODE_OK, "07-tendermint-0/yuqiao"},
        {3, 100, YQ_CMOCK_CODE_FORM, "07-tendermint-0/yuqiao"},
        {5, 100, YQ_CMOCK_CODE_FORM, ""},
        {9, 100, YQ_CMOCK_CODE_FORM, "07-tendermint-0/yuqiao"},
        {1, 1, YQ_CMOCK_CODE_HEIGHT, "07-tendermint-0/yuqiao"},
        {1, 100, YQ_CMOCK_CODE_INBOX, "07-tendermint-1/yuqiao"},
        {1, 100, YQ_CMOCK_CODE_INBOX, ""},
    };
    test_hub *hub = test_hub_new(YQ_HASH_SM3);
    char text[4096], hex[129];
    (void)yq_hex_encode(hex, sizeof hex, hub->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"deploy\",\"hub\":\"" TEST_HUB
        "\",\"chain_id_hash\":\"%s\",\"epoch\":1,\"keys\":[",
        hex);
    for (size_t i = 0; i < hub->set.n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, hub->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    cr_assert_eq(control(text), YQ_OK);
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_cmock_tx seen;
        const uint8_t nonce[16] = {(uint8_t)i};
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_put(&w, yq_slice_text("YUQIAO-TX-1"));
        yq_put_u8(&w, (uint8_t)row[i].kind);
        yq_put_u64(&w, row[i].height);
        yq_put(&w, YQ_SLICE_OF(nonce));
        yq_put_str8(&w, yq_slice_text(row[i].inbox));
        yq_put_blob32(&w, yq_slice_text("delivery"));
        cr_assert_null(yq_cmock_submit(chain, yq_writer_slice(&w), &seen));
        cr_expect_eq(seen.code, row[i].code, "row %zu: %u %s", i, seen.code, seen.log);
        cr_expect_eq(
            yq_cmock_submit(chain, yq_writer_slice(&w), &seen) != NULL,
            seen.code == 0 && row[i].code == YQ_CMOCK_CODE_OK);
    }
    yq_cmock_tx none;
    static const uint8_t large[YQ_CMOCK_TX_MAX + 1];
    cr_assert_not_null(yq_cmock_submit(chain, YQ_SLICE_OF(large), &none));
    seal_all();
    cr_assert_eq(chain->tx_failed, 1, "no delivery that decodes");
    test_hub_free(hub);
}
