#include "conformance/chains/fisco-bcos-2/test_follow.h"
#include "relay/codec/abi.h"
#include "relay/codec/rlp.h"

#include <criterion/criterion.h>

#define RECORDED YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"

static test_world w[2];
static test_hub *hub[2];
static const char *const folder[2] = {"fisco-2x-sm", "fisco-2x-keccak"};

static void setup(void)
{
    w[0] = test_world_new(YQ_FMOCK_SUITE_SM);
    w[1] = test_world_new(YQ_FMOCK_SUITE_KECCAK);
    hub[0] = test_hub_new(YQ_HASH_SM3);
    hub[1] = test_hub_new(YQ_HASH_KECCAK256);
}

static void teardown(void)
{
    for (size_t k = 0; k < 2; k++) {
        test_world_free(&w[k]);
        test_hub_free(hub[k]);
    }
}

TestSuite(rpc, .init = setup, .fini = teardown);

#define FOR_BOTH(k) for (size_t k = 0; k < 2; k++)

/* ---- the same shape as a node's replies --------------------------------------------------------
 */

static const char *type_of(const yq_json *value)
{
    yq_slice text;
    uint64_t number;
    int flag;
    if (yq_json_is_object(value)) {
        return "object";
    }
    if (yq_json_is_array(value)) {
        return "array";
    }
    if (yq_json_text(value, &text)) {
        return text.n >= 2 && memcmp(text.p, "0x", 2) == 0 ? "0x text" : "text";
    }
    return yq_json_uint(value, &number) ? "integer" : yq_json_bool(value, &flag) ? "flag" : "null";
}

static void compare(const char *where, const yq_json *real, const yq_json *mock)
{
    char path[512];
    cr_assert_str_eq(type_of(real), type_of(mock), "%s", where);
    if (yq_json_is_object(real)) {
        cr_assert_eq(yq_json_count(real), yq_json_count(mock), "%s", where);
        for (size_t i = 0; i < yq_json_count(real); i++) {
            const char *key = yq_json_key_at(real, i);
            (void)snprintf(path, sizeof path, "%s.%s", where, key);
            cr_assert_not_null(yq_json_get(mock, key), "%s", path);
            compare(path, yq_json_get(real, key), yq_json_get(mock, key));
        }
    } else if (yq_json_is_array(real) && yq_json_count(real) > 0 && yq_json_count(mock) > 0) {
        compare(where, yq_json_at(real, 0), yq_json_at(mock, 0));
    }
}

static yq_json *recorded(const char *chain, const char *name)
{
    static char text[4u << 20];
    char path[1024];
    (void)snprintf(path, sizeof path, RECORDED "%s/%s.json", chain, name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    size_t n = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    return test_parse(text, n);
}

Test(rpc, replies_have_a_nodes_shape)
{
    static const char *const methods[][3] = {
        {"getClientVersion", "", "client_version"},
        {"getBlockByNumber", "\"0x2\",true", "block_10"},
        {"getBlockByNumber", "\"0x0\",true", "block_0"},
        {"getBlockHeaderByNumber", "\"0x2\",true", "header_10"},
        {"getBlockHashByNumber", "\"0x2\"", "blockhash_10"},
        {"getSealerList", "", "sealers_before"},
        {"getObserverList", "", "observers_before"},
        {"getGroupList", "", "group_list"},
        {"getGroupPeers", "", "group_peers"},
        {"getNodeIDList", "", "node_id_list"},
        {"getPeers", "", "peers"},
        {"getSyncStatus", "", "sync_status"},
        {"getTotalTransactionCount", "", "total_transaction_count"},
        {"getSystemConfigByKey", "\"tx_count_limit\"", "sysconfig_tx_count_limit"},
        {"getTransactionByHash", NULL, "tx_10_0"},
        {"getTransactionByHashWithProof", NULL, "tx_10_0_proof"},
        {"getTransactionReceipt", NULL, "tx_10_0_receipt"},
        {"getTransactionReceiptByHashWithProof", NULL, "tx_10_0_receipt_proof"},
        {"getTransactionByHash", NULL, "tx_11_17"},
        {"getTransactionByHashWithProof", NULL, "tx_11_17_proof"},
    };
    FOR_BOTH(k)
    {
        test_do(&w[k], "{\"do\":\"emit\",\"payload\":\"0a\",\"count\":44}");
        test_seal(&w[k]);
        char hash[80], hex[65];
        (void)yq_hex_encode(hex, sizeof hex, w[k].chain->block[2]->tx[17]->hash.b, 32);
        (void)snprintf(hash, sizeof hash, "\"0x%s\"", hex);
        for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
            const char *params = methods[i][1] == NULL ? hash : methods[i][1];
            yq_json *real = recorded(folder[k], methods[i][2]);
            yq_json *mock = test_ask(&w[k], methods[i][0], "%s", params);
            compare(methods[i][2], yq_json_root(real), yq_json_root(mock));
            yq_json_free(real);
            yq_json_free(mock);
        }
    }
}

/* ---- errors -----------------------------------------------------------------------------------
 */

static int64_t code_of(const char *request)
{
    yq_json_out *out = yq_fmock_answer(w[0].chain, yq_slice_text(request));
    size_t size;
    const char *text = yq_json_out_done(out, &size);
    yq_json *document = test_parse(text, size);
    int64_t code = test_error(document);
    yq_json_free(document);
    yq_json_out_free(out);
    return code;
}

#define REQUEST(method, params) "{\"id\":1,\"method\":\"" method "\",\"params\":" params "}"

Test(rpc, errors_have_the_nodes_codes)
{
    cr_assert_eq(code_of("{"), -32700);
    cr_assert_eq(code_of("{\"id\":1}"), -32600);
    cr_assert_eq(code_of("[]"), -32600);
    cr_assert_eq(code_of(REQUEST("getNothing", "[]")), -32601);
    cr_assert_eq(code_of(REQUEST("getBlockNumber", "[2]")), -40001);
    cr_assert_eq(code_of(REQUEST("getBlockNumber", "[\"1\"]")), -32602);
    cr_assert_eq(code_of(REQUEST("getBlockByNumber", "[1,\"0x1\",true]")), -40004);
    cr_assert_eq(code_of(REQUEST("getBlockByNumber", "[1,0,true]")), -32602);
    cr_assert_eq(code_of(REQUEST("getBlockHeaderByNumber", "[1,\"0x1\",true]")), -40004);
    cr_assert_eq(code_of(REQUEST("getTransactionReceipt", "[1,\"0x12\"]")), -32602);
    cr_assert_eq(code_of(REQUEST("getSystemConfigByKey", "[1,\"x\"]")), -40008);
    cr_assert_eq(code_of(REQUEST("getBlockByHash", "[1,\"0x00\",true]")), -32602);
    yq_json *none = test_ask(
        &w[0],
        "getTransactionReceipt",
        "\"0x1111111111111111111111111111111111111111111111111111111111111111\"");
    cr_assert(yq_json_is_null(test_result(none)));
    yq_json_free(none);
}

Test(rpc, a_block_without_transactions_shows_hashes_and_no_signatures)
{
    test_do(&w[0], "{\"do\":\"emit\",\"payload\":\"0a\"}");
    yq_json *reply = test_ask(&w[0], "getBlockByNumber", "\"0x1\",false");
    yq_slice text;
    cr_assert_null(yq_json_get(test_result(reply), "signatureList"));
    cr_assert(yq_json_text(yq_json_at(yq_json_get(test_result(reply), "transactions"), 0), &text));
    yq_json_free(reply);
    reply = test_ask(&w[0], "getBlockHeaderByNumber", "\"0x1\",false");
    cr_assert_null(yq_json_get(test_result(reply), "signatureList"));
    yq_json_free(reply);
}

/* ---- transactions ------------------------------------------------------------------------------
 */

typedef struct fields {
    uint64_t nonce, block_limit, chain_id, group_id;
    int spoil;
} fields;

/* A signed call of the inbox, as sendRawTransaction takes it. Returns the node's word, or "". */
static const char *send_raw(test_world *x, fields f)
{
    static char word[128], hex[4096];
    uint8_t raw[1024], sig[65];
    yq_digest hash;
    const yq_key *key = x->chain->account;
    yq_writer writer = yq_writer_of(raw, sizeof raw);
    size_t list = yq_rlp_list_begin(&writer);
    yq_rlp_put_uint(&writer, f.nonce);
    yq_rlp_put_uint(&writer, 1);
    yq_rlp_put_uint(&writer, 1000000);
    yq_rlp_put_uint(&writer, f.block_limit);
    yq_rlp_put_string(&writer, yq_slice_of(x->chain->inbox, 20));
    yq_rlp_put_uint(&writer, 0);
    yq_rlp_put_string(&writer, yq_slice_text("some data"));
    yq_rlp_put_uint(&writer, f.chain_id);
    yq_rlp_put_uint(&writer, f.group_id);
    yq_rlp_put_string(&writer, (yq_slice){0});
    uint8_t copy[1024];
    yq_writer plain = yq_writer_of(copy, sizeof copy);
    (void)yq_rlp_list_begin(&plain);
    yq_put(&plain, yq_writer_slice(&writer));
    yq_rlp_list_end(&plain, 0);
    yq_hash_one(x->chain->alg, yq_writer_slice(&plain), hash.b);
    if (x->chain->suite == YQ_FMOCK_SUITE_SM) {
        yq_key_sign(key, yq_slice_of(hash.b, 32), sig);
        sig[5] ^= (uint8_t)f.spoil;
        yq_rlp_put_string(&writer, yq_key_public(key));
    } else {
        yq_key_sign_recoverable(key, hash.b, sig);
        memset(sig, f.spoil ? 0xff : sig[0], f.spoil ? 32 : 0);
        yq_rlp_put_uint(&writer, 27u + sig[64]);
    }
    yq_rlp_put_number(&writer, yq_slice_of(sig, 32));
    yq_rlp_put_number(&writer, yq_slice_of(sig + 32, 32));
    yq_rlp_list_end(&writer, list);
    cr_assert_eq(writer.status, YQ_OK);
    (void)yq_hex_encode(hex, sizeof hex, raw, writer.n);
    yq_json *reply = test_ask(x, "sendRawTransaction", "\"0x%s\"", hex);
    yq_slice text = {0};
    const yq_json *error = yq_json_get(yq_json_root(reply), "error");
    (void)yq_json_text(yq_json_get(error, "message"), &text);
    cr_assert_eq(test_error(reply), error == NULL ? 0 : -32603);
    (void)snprintf(word, sizeof word, "%.*s", (int)text.n, text.n == 0 ? "" : (const char *)text.p);
    yq_json_free(reply);
    return word;
}

Test(rpc, transactions_are_refused_with_the_nodes_words)
{
    FOR_BOTH(k)
    {
        fields good = {.nonce = 5, .block_limit = 500, .chain_id = 1, .group_id = 1}, f;
        f = good;
        f.spoil = 1;
        cr_assert_str_eq(send_raw(&w[k], f), "InvalidSignature");
        f = good;
        f.block_limit = 0;
        cr_assert_str_eq(send_raw(&w[k], f), "BlockLimitCheckFailed");
        f.block_limit = 1001;
        cr_assert_str_eq(send_raw(&w[k], f), "BlockLimitCheckFailed");
        f.block_limit = 1000;
        f.chain_id = 2;
        cr_assert_str_eq(send_raw(&w[k], f), "InvalidChainId");
        f = good;
        f.group_id = 2;
        cr_assert_str_eq(send_raw(&w[k], f), "InvalidGroupId");
        cr_assert_str_eq(send_raw(&w[k], good), "");
        cr_assert_str_eq(send_raw(&w[k], good), "TransactionNonceCheckFail", "in the pool");
        test_seal(&w[k]);
        cr_assert_str_eq(send_raw(&w[k], good), "TransactionNonceCheckFail", "in a block");
        yq_json *reply = test_ask(&w[k], "sendRawTransaction", "\"0xc0\"");
        cr_assert_eq(test_error(reply), -32603);
        yq_json_free(reply);
        /* Nobody's address: it is in a block, and failed. */
        cr_assert_eq(w[k].chain->block[1]->tx[0]->status, YQ_FMOCK_STATUS_ADDRESS);
        cr_assert_eq(test_header(&w[k], 1, 0), YQ_OK);
    }
}

/* Every real transaction that was sent to the recorded chains is read as the node read it. */
Test(rpc, recorded_transactions_are_taken)
{
    FOR_BOTH(k)
    {
        yq_json *sent = recorded(folder[k], "sent");
        const yq_json *raw = yq_json_get(yq_json_root(sent), "raw");
        size_t taken = 0;
        cr_assert_gt(yq_json_count(raw), 10);
        for (size_t i = 0; i < yq_json_count(raw); i++) {
            const char *hash = yq_json_key_at(raw, i);
            yq_slice text, answer;
            cr_assert(yq_json_text(yq_json_get(yq_json_get(raw, hash), "raw"), &text));
            yq_json *reply = test_ask(
                &w[k], "sendRawTransaction", "\"%.*s\"", (int)text.n, (const char *)text.p);
            if (yq_json_text(test_result(reply), &answer)) {
                cr_assert(yq_slice_equal(answer, yq_slice_text(hash)));
                taken++;
            }
            yq_json_free(reply);
        }
        cr_assert_gt(taken, 10);
        yq_json_free(sent);
        test_seal(&w[k]);
        cr_assert_eq(test_header(&w[k], 1, 0), YQ_OK);
    }
}

/* ---- the inbox --------------------------------------------------------------------------------
 */

static const yq_fmock_tx *deliver(test_world *x, test_hub *h, const uint64_t *index, size_t n)
{
    static uint8_t data_room[TEST_DELIVERY_MAX];
    yq_buf data = {data_room, sizeof data_room, 0};
    yq_digest hash;
    const yq_fmock_block *block;
    size_t at;
    yq_fmock_call_data(x->chain, YQ_FMOCK_METHOD_RECEIVE, test_delivery(h, index, n), &data);
    yq_fmock_send(x->chain, x->chain->inbox, yq_slice_of(data.p, data.n), &hash);
    test_seal(x);
    cr_assert(yq_fmock_chain_find_tx(x->chain, &hash, &block, &at));
    return block->tx[at];
}

Test(rpc, a_delivery_runs_and_its_records_are_proven)
{
    FOR_BOTH(k)
    {
        yq_packet p = test_call(1, "service");
        test_deploy(&w[k], hub[k]);
        const uint64_t two[] = {test_append(hub[k], &p), test_append(hub[k], &p)};
        const yq_fmock_tx *tx = deliver(&w[k], hub[k], two, 2);
        cr_assert_eq(tx->status, 0);
        for (uint64_t h = 1; h <= yq_fmock_height(w[k].chain); h++) {
            cr_assert_eq(test_header(&w[k], h, 0), YQ_OK);
        }
        yq_verified_event event;
        yq_record record[8];
        size_t n = 0;
        yq_done done;
        yq_digest hash = tx->hash;
        cr_assert_eq(test_event_of(&w[k], yq_fmock_height(w[k].chain), &hash, &event), YQ_OK);
        cr_assert_eq(yq_records_decode(event.bytes, record, 8, &n, NULL), YQ_OK);
        cr_assert_eq(n, 3);
        cr_assert_eq(yq_done_decode(record[2].body, &done, NULL), YQ_OK);
        cr_assert_eq(done.status, YQ_DONE_OK);
        yq_json *inbox = test_control(&w[k], "{\"do\":\"inbox\"}");
        uint64_t executed;
        cr_assert(yq_json_uint(yq_json_get(yq_json_root(inbox), "executed"), &executed));
        cr_assert_eq(executed, 2);
        cr_assert_eq(yq_json_count(yq_json_get(yq_json_root(inbox), "items")), 2);
        yq_json_free(inbox);
    }
}

Test(rpc, a_refused_delivery_is_a_reverted_transaction)
{
    FOR_BOTH(k)
    {
        yq_packet p = test_call(1, "service");
        test_deploy(&w[k], hub[k]);
        uint64_t one = test_append(hub[k], &p);
        hub[k]->spoil.bitmap = 3;
        const yq_fmock_tx *tx = deliver(&w[k], hub[k], &one, 1);
        yq_slice reason;
        cr_assert_eq(tx->status, 0x16);
        cr_assert_eq(tx->has_log, 0);
        cr_assert(yq_abi_bytes_decode(yq_slice_of(tx->output + 4, tx->output_n - 4), &reason));
        cr_assert(yq_slice_equal(reason, yq_slice_text("QUORUM")));
        uint64_t h = yq_fmock_height(w[k].chain);
        for (uint64_t i = 1; i <= h; i++) {
            cr_assert_eq(test_header(&w[k], i, 0), YQ_OK);
        }
        yq_verified_event event;
        yq_digest hash = tx->hash;
        cr_assert_eq(test_event_of(&w[k], h, &hash, &event), YQ_E_TX_FAILED);
    }
}

Test(rpc, the_inbox_steps_to_the_set_that_a_certificate_named)
{
    test_hub *next = test_hub_new(YQ_HASH_SM3);
    static char text[4096];
    char hex[129];
    test_hub_keys(next, 2);
    test_deploy(&w[0], hub[0]);
    (void)yq_hex_encode(hex, sizeof hex, next->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"next_set\",\"chain_id_hash\":\"%s\",\"epoch\":2,\"keys\":[",
        hex);
    for (size_t i = 0; i < 4; i++) {
        (void)yq_hex_encode(hex, sizeof hex, next->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    cr_assert_null(test_control(&w[0], text));
    cr_assert_eq(w[0].why.status, YQ_E_VALSET_HASH);
    yq_valset_hash(YQ_HASH_SM3, &next->set, &hub[0]->next_set);
    hub[0]->spoil.zero_root = 1;
    cr_assert_eq(deliver(&w[0], hub[0], NULL, 0)->status, 0);
    test_do(&w[0], text);
    uint64_t epoch = 0;
    yq_json *inbox = test_control(&w[0], "{\"do\":\"inbox\"}");
    cr_assert(yq_json_uint(yq_json_get(yq_json_root(inbox), "epoch"), &epoch));
    cr_assert_eq(epoch, 2);
    yq_json_free(inbox);
    test_hub_free(next);
}
