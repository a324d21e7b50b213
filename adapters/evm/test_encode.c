#include "adapters/evm/test_edits.h"

TestSuite(encode, .init = setup, .fini = teardown);

/* ---- headers -----------------------------------------------------------------------------------
 */

static yq_status read_header(const yq_json *result, yq_buf *out)
{
    yq_evma_header header;
    return yq_evma_header_of(&work, &test_ibft.profile, result, out, &header, &why);
}

static char *block_text(unsigned number)
{
    size_t size;
    char *text = test_text(test_ibft.folder, &size, "b%u", number);
    cr_assert_not_null(text);
    return text;
}

Test(encode, headers)
{
    static const edit list[] = {
        {"\"parentHash\"", "\"x\"", YQ_E_FIELD_MISSING, "parentHash"},
        {"\"parentHash\":\"0x", "\"parentHash\":\"0x00", YQ_E_LEN, "parentHash"},
        {"\"stateRoot\":\"0x", "\"stateRoot\":\"0xzz", YQ_E_TYPE, "stateRoot"},
        {"\"miner\":\"0x", "\"miner\":\"0x0", YQ_E_TYPE, "miner"},
        {"\"number\":\"0x9\"", "\"number\":9", YQ_E_TYPE, "number"},
        {"\"number\":\"0x9\"", "\"number\":\"0x\"", YQ_E_TYPE, "number"},
        {"\"number\":\"0x9\"", "\"number\":\"9\"", YQ_E_TYPE, "number"},
        {"\"number\":\"0x9\"", "\"number\":null", YQ_E_FIELD_MISSING, "number"},
        {"\"number\":\"0x9\"", "\"number\":\"0x8\"", YQ_E_HASH, "hash"},
        {"\"number\":\"0x9\"", "\"number\":\"0x10000000000000000\"", YQ_E_LIMIT, ""},
        {"\"gasUsed\":\"0x", "\"gasUsed\":\"0x1", YQ_E_HASH, "hash"},
        {"\"extraData\":\"0x", "\"extraData\":[],\"x\":\"0x", YQ_E_TYPE, "extraData"},
        {"\"extraData\":\"0x", "\"extraData\":\"0x00", YQ_E_TYPE, ""},
        {"\"logsBloom\":\"0x", "\"logsBloom\":\"0x00", YQ_E_LEN, "logsBloom"},
        {"\"nonce\":\"0x", "\"nonce\":\"0x00", YQ_E_LEN, "nonce"},
        {"\"mixHash\":\"0x63", "\"mixHash\":\"0x64", YQ_E_DOMAIN, "mixHash"},
        {"\"difficulty\":\"0x1\"", "\"difficulty\":\"0x2\"", YQ_E_DOMAIN, "difficulty"},
        {"\"hash\"", "\"x\"", YQ_E_FIELD_MISSING, "hash"},
        {"\"hash\":\"0x", "\"hash\":\"0x00", YQ_E_FIELD_MISSING, "hash"},
        {"\"difficulty\":\"0x1\"",
         "\"difficulty\":\"0x1\",\"baseFeePerGas\":\"0x7\"",
         YQ_E_HASH,
         "hash"},
        {"\"difficulty\":\"0x1\"",
         "\"difficulty\":\"0x1\",\"blobGasUsed\":\"0x7\"",
         YQ_E_FIELD_MISSING,
         "baseFeePerGas"},
        {"\"difficulty\":\"0x1\"",
         "\"difficulty\":\"0x1\",\"baseFeePerGas\":7",
         YQ_E_TYPE,
         "baseFeePerGas"},
    };
    char *text = block_text(9);
    check_edits(text, read_header, list, YQ_ARRAY_N(list));
    free(text);
}

/* Items of later forks stand behind the nonce, in their order. */
Test(encode, headers_of_later_forks)
{
    static const char *const items[] = {
        "\"baseFeePerGas\":\"0x7\"",
        "\"withdrawalsRoot\":\"" HASH_OF("1") "\"",
        "\"blobGasUsed\":\"0x8\"",
        "\"excessBlobGas\":\"0x0\"",
        "\"parentBeaconBlockRoot\":\"" HASH_OF("2") "\"",
        "\"requestsHash\":\"" HASH_OF("3") "\"",
        "\"blockAccessListHash\":\"" HASH_OF("4") "\"",
        "\"slotNumber\":\"0x9\"",
    };
    static const uint8_t end[] = {7, 0xa0, 0x10, 8, 0x80, 0xa0, 0x20, 0xa0, 0x30, 0xa0, 0x40, 9};
    static const size_t size_of[] = {1, 33, 1, 1, 33, 33, 33, 1};
    char *text = block_text(9), insert[1024] = "";
    size_t behind = 0, at_end = 0;
    for (size_t n = 0; n < YQ_ARRAY_N(items); n++) {
        at_end += (size_t)snprintf(insert + at_end, sizeof insert - at_end, "%s,", items[n]);
        behind += size_of[n];
        char with[1100];
        (void)snprintf(with, sizeof with, "%s\"difficulty\"", insert);
        char *bad = edited(text, "\"difficulty\"", with);
        yq_json *document = test_parse(bad);
        yq_buf out = {room, TEST_ROOM_MAX, 0};
        yq_evma_header header;
        /* The stated hash is the shorter header's; nothing else is wrong. */
        cr_expect_eq(
            yq_evma_header_of(
                &work, &test_ibft.profile, test_result(document), &out, &header, &why),
            YQ_E_HASH,
            "%zu: %s",
            n,
            why.text);
        const uint8_t *p = header.raw.p + header.raw.n - behind;
        size_t at = 0;
        for (size_t i = 0; i <= n; i++) {
            cr_expect_eq(p[0], end[at], "item %zu of %zu", i, n);
            at++;
            if (size_of[i] == 33) {
                cr_expect_eq(p[1], end[at++], "item %zu of %zu", i, n);
            }
            p += size_of[i];
        }
        yq_json_free(document);
        free(bad);
    }
    free(text);
}

/* ---- transactions ------------------------------------------------------------------------------
 */

static yq_status read_tx(const yq_json *result, yq_buf *out)
{
    yq_digest hash;
    return yq_evma_tx_of(yq_json_at(yq_json_get(result, "transactions"), 0), out, &hash, &why);
}

Test(encode, transactions)
{
    static const edit list[] = {
        {"\"input\":\"0x", "\"input\":\"0x0", YQ_E_TYPE, "input"},
        {"\"input\":\"0x", "\"input\":\"0x00", YQ_E_HASH, "hash"},
        {"\"gasPrice\"", "\"x\"", YQ_E_FIELD_MISSING, "gasPrice"},
        {"\"to\":null", "\"x\":null", YQ_E_FIELD_MISSING, "to"},
        {"\"to\":null", "\"to\":\"0x12\"", YQ_E_LEN, "to"},
        {"\"to\":null", "\"to\":7", YQ_E_TYPE, "to"},
        {"\"v\":\"0x",
         "\"v\":\"0x0000000000000000000000000000000000000000000000000000000000000000",
         YQ_E_TYPE,
         "v"},
        {"\"to\":null", "\"to\":null,\"type\":\"0x5\"", YQ_E_UNSUPPORTED, "type"},
        {"\"to\":null", "\"to\":null,\"type\":\"two\"", YQ_E_TYPE, "type"},
        {"\"to\":null", "\"to\":null,\"type\":\"0x1\"", YQ_E_FIELD_MISSING, "chainId"},
        {"\"to\":null",
         "\"to\":null,\"type\":\"0x2\",\"chainId\":\"0x1\"",
         YQ_E_FIELD_MISSING,
         "maxPriorityFeePerGas"},
        {"\"value\":\"0x0\"", "\"value\":\"0x1\"", YQ_E_HASH, "hash"},
    };
    char *text = block_text(9);
    check_edits(text, read_tx, list, YQ_ARRAY_N(list));
    free(text);
}

#define TYPED_HEAD                                                                                 \
    "{\"result\":{\"transactions\":[{\"chainId\":\"0x539\",\"nonce\":\"0x2\",\"gas\":\"0x5208\","  \
    "\"to\":\"0x1111111111111111111111111111111111111111\",\"value\":\"0x0\",\"input\":"           \
    "\"0xabcd\","                                                                                  \
    "\"accessList\":[{\"address\":\"0x2222222222222222222222222222222222222222\","                 \
    "\"storageKeys\":[\"" HASH_OF("5") "\"]}],\"r\":\"0x00a1\",\"s\":\"0xb2\","

/* What stands in front of the price, and behind it up to the access list. */
static void put_expected(yq_writer *w, uint8_t type)
{
    static const uint8_t key[32] = {0x50}, input[] = {0xab, 0xcd};
    uint8_t to[20], other[20];
    memset(to, 0x11, sizeof to);
    memset(other, 0x22, sizeof other);
    yq_rlp_put_uint(w, 0x539);
    yq_rlp_put_uint(w, 2);
    if (type > 1) {
        yq_rlp_put_uint(w, 3);
        yq_rlp_put_uint(w, 4);
    } else {
        yq_rlp_put_uint(w, 5);
    }
    yq_rlp_put_uint(w, 0x5208);
    yq_rlp_put_string(w, yq_slice_of(to, sizeof to));
    yq_rlp_put_uint(w, 0);
    yq_rlp_put_string(w, yq_slice_of(input, sizeof input));
    size_t all = yq_rlp_list_begin(w), one = all;
    yq_rlp_put_string(w, yq_slice_of(other, sizeof other));
    size_t keys = yq_rlp_list_begin(w);
    yq_rlp_put_string(w, yq_slice_of(key, sizeof key));
    yq_rlp_list_end(w, keys);
    yq_rlp_list_end(w, one);
    yq_rlp_list_end(w, all);
}

static void put_rest(yq_writer *w, uint8_t type)
{
    static const uint8_t hash[32] = {0x60};
    uint8_t address[20];
    memset(address, 0x33, sizeof address);
    if (type == 3) {
        yq_rlp_put_uint(w, 6);
        size_t list = yq_rlp_list_begin(w);
        yq_rlp_put_string(w, yq_slice_of(hash, sizeof hash));
        yq_rlp_list_end(w, list);
    }
    if (type == 4) {
        size_t list = yq_rlp_list_begin(w), one = list;
        yq_rlp_put_uint(w, 0x539);
        yq_rlp_put_string(w, yq_slice_of(address, sizeof address));
        yq_rlp_put_uint(w, 9);
        yq_rlp_put_uint(w, 1);
        yq_rlp_put_uint(w, 0xc3);
        yq_rlp_put_uint(w, 0xd4);
        yq_rlp_list_end(w, one);
        yq_rlp_list_end(w, list);
    }
    yq_rlp_put_uint(w, 1);
    yq_rlp_put_uint(w, 0xa1);
    yq_rlp_put_uint(w, 0xb2);
}

Test(encode, typed_transactions)
{
    static const char *const rest[] = {
        "\"type\":\"0x1\",\"gasPrice\":\"0x5\",\"v\":\"0x1\"",
        "\"type\":\"0x2\",\"maxPriorityFeePerGas\":\"0x3\",\"maxFeePerGas\":\"0x4\","
        "\"yParity\":\"0x1\",\"v\":\"0x9\"",
        "\"type\":\"0x3\",\"maxPriorityFeePerGas\":\"0x3\",\"maxFeePerGas\":\"0x4\","
        "\"yParity\":\"0x1\",\"maxFeePerBlobGas\":\"0x6\",\"blobVersionedHashes\":[\"" HASH_OF(
            "6") "\"]",
        "\"type\":\"0x4\",\"maxPriorityFeePerGas\":\"0x3\",\"maxFeePerGas\":\"0x4\","
        "\"yParity\":\"0x1\",\"authorizationList\":[{\"chainId\":\"0x539\",\"address\":"
        "\"0x3333333333333333333333333333333333333333\",\"nonce\":\"0x9\",\"yParity\":\"0x1\","
        "\"r\":\"0xc3\",\"s\":\"0xd4\"}]",
    };
    for (uint8_t type = 1; type <= 4; type++) {
        uint8_t expected[512];
        char text[2048], hex[65];
        yq_digest hash, own;
        yq_writer w = yq_writer_of(expected, sizeof expected);
        yq_put_u8(&w, type);
        size_t list = yq_rlp_list_begin(&w);
        put_expected(&w, type);
        put_rest(&w, type);
        yq_rlp_list_end(&w, list);
        yq_hash_one(YQ_HASH_KECCAK256, yq_writer_slice(&w), hash.b);
        (void)yq_hex_encode(hex, sizeof hex, hash.b, sizeof hash.b);
        (void)snprintf(
            text, sizeof text, TYPED_HEAD "%s,\"hash\":\"0x%s\"}]}}", rest[type - 1], hex);
        yq_json *document = test_parse(text);
        const yq_json *tx = yq_json_at(yq_json_get(test_result(document), "transactions"), 0);
        yq_buf out = {room, TEST_ROOM_MAX, 0};
        cr_expect_eq(yq_evma_tx_of(tx, &out, &own, &why), YQ_OK, "%u: %s", type, why.text);
        cr_expect(yq_slice_equal(yq_slice_of(out.p, out.n), yq_writer_slice(&w)), "%u", type);
        yq_json_free(document);
    }
}

Test(encode, typed_transactions_that_lack_something)
{
    static const edit list[] = {
        {"\"accessList\":[{", "\"accessList\":7,\"x\":[{", YQ_E_FIELD_MISSING, "accessList"},
        {"\"storageKeys\":[\"0x5", "\"storageKeys\":[\"0x", YQ_E_TYPE, "storageKeys"},
        {"\"storageKeys\"", "\"x\"", YQ_E_FIELD_MISSING, "storageKeys"},
        {"\"address\":\"0x22", "\"address\":\"0x", YQ_E_LEN, "address"},
        {"\"authorizationList\"", "\"x\"", YQ_E_FIELD_MISSING, "authorizationList"},
        {"\"r\":\"0xc3\"", "\"r\":null", YQ_E_FIELD_MISSING, "r"},
    };
    static const char text[] = TYPED_HEAD
        "\"type\":\"0x4\",\"maxPriorityFeePerGas\":\"0x3\",\"maxFeePerGas\":\"0x4\","
        "\"yParity\":\"0x1\",\"authorizationList\":[{\"chainId\":\"0x539\",\"address\":"
        "\"0x3333333333333333333333333333333333333333\",\"nonce\":\"0x9\",\"yParity\":\"0x1\","
        "\"r\":\"0xc3\",\"s\":\"0xd4\"}],\"hash\":\"" HASH_OF("0") "\"}]}}";
    for (size_t i = 0; i < YQ_ARRAY_N(list); i++) {
        char *bad = edited(text, list[i].from, list[i].to);
        yq_json *document = test_parse(bad);
        yq_buf out = {room, TEST_ROOM_MAX, 0};
        cr_expect_eq(read_tx(test_result(document), &out), list[i].status, "%s", why.text);
        cr_expect_not_null(strstr(why.text, list[i].names), "%s", why.text);
        yq_json_free(document);
        free(bad);
    }
}
