/* Readings of single replies; whole chains are read in conformance/chains/fisco-bcos-3. */
#include "adapters/fisco-bcos-3/evidence.h"
#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/abi.h"

#include <criterion/criterion.h>
#include <stdio.h>

static yq_json *parse(const char *text)
{
    yq_fault why = {0};
    yq_json *document = yq_json_parse(yq_slice_text(text), 1u << 20, &why);
    cr_assert_not_null(document, "%s", text);
    return document;
}

Test(evidence, versions)
{
    static const struct {
        const char *text;
        uint32_t version;
    } all[] = {
        {"3.3.0", 0x03030000},
        {"3.16.4", 0x03100400},
        {"3.3", 0},
        {"3.3.0.1", 0},
        {"3.3.", 0},
        {"", 0},
        {"3.256.0", 0},
        {"3..1", 0},
        {"3.3.0 ", 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        cr_assert_eq(
            yq_bcos3_version_of(yq_slice_text(all[i].text)), all[i].version, "%s", all[i].text);
    }
}

Test(evidence, a_group_says_its_suite_here_or_there)
{
    static const struct {
        const char *text;
        uint8_t suite;
        int wasm, auth;
    } good[] = {
        {"{\"chainID\":\"c\",\"groupID\":\"g\",\"smCryptoType\":true,\"wasm\":false}", 1, 0, 0},
        {"{\"chainID\":\"c\",\"groupID\":\"g\",\"smCryptoType\":0,\"wasm\":1}", 3, 1, 0},
        {"{\"chainID\":\"c\",\"groupID\":\"g\",\"nodeList\":[{\"iniConfig\":\"{\\\"isWasm\\\":"
         "false,\\\"smCryptoType\\\":true,\\\"isAuthCheck\\\":true}\"}]}",
         1,
         0,
         1},
        {"{\"chainID\":\"c\",\"groupID\":\"g\",\"nodeList\":[{\"iniConfig\":\"{\\\"isWasm\\\":"
         "true,\\\"smCryptoType\\\":false}\\n\"}]}",
         3,
         1,
         0},
    };
    static const char *const bad[] = {
        "{}",
        "{\"chainID\":\"c\",\"groupID\":\"\",\"smCryptoType\":true}",
        "{\"chainID\":\"c\",\"groupID\":\"g\"}",
        "{\"chainID\":\"c\",\"groupID\":\"g\",\"smCryptoType\":2}",
        "{\"chainID\":\"c\",\"groupID\":\"g\",\"nodeList\":[{\"iniConfig\":\"{\"}]}",
    };
    yq_bcos3_profile p;
    yq_fault why;
    for (size_t i = 0; i < YQ_ARRAY_N(good); i++) {
        yq_json *d = parse(good[i].text);
        cr_assert_eq(yq_bcos3_profile_of(yq_json_root(d), &p, &why), YQ_OK, "%zu", i);
        cr_assert_eq(p.suite, good[i].suite);
        cr_assert_eq(p.wasm, good[i].wasm);
        cr_assert_eq(p.auth_check, good[i].auth);
        yq_json_free(d);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        yq_json *d = parse(bad[i]);
        cr_assert_eq(yq_bcos3_profile_of(yq_json_root(d), &p, &why), YQ_E_FIELD_MISSING, "%zu", i);
        yq_json_free(d);
    }
}

/* ---- flat proofs ---- */

#define A  "\"00000000000000000000000000000000000000000000000000000000000000aa\""
#define B  "\"00000000000000000000000000000000000000000000000000000000000000bb\""
#define N1 "\"0000000100000000000000000000000000000000000000000000000000000000\""
#define N2 "\"0000000200000000000000000000000000000000000000000000000000000000\""
#define NX "\"0000000200000000000000000000000000000000000000000000000000000001\""
#define N3 "\"0000000300000000000000000000000000000000000000000000000000000000\""

Test(evidence, flat_proofs_are_read_strictly)
{
    static const struct {
        const char *tx, *receipt;
        yq_status status;
        uint8_t kind;
    } all[] = {
        {"[" A "]", "[" B "]", YQ_OK, 0},
        {"[" N2 "," A "," B "]", "[" N2 "," B "," A "]", YQ_OK, 1},
        {"[" N2 "," B "," A "]", "[" N2 "," B "," A "]", YQ_OK, 2},
        {"[" N1 "," A "]", "[" N1 "," B "]", YQ_OK, 3},
        {"[]", "[]", YQ_E_FIELD_MISSING, 0},
        {"{}", "[" A "]", YQ_E_FIELD_MISSING, 0},
        {"[" B "]", "[" B "]", YQ_E_PROOF, 0},
        {"[" N2 "," B "," B "]", "[" N2 "," B "," A "]", YQ_E_PROOF, 0},
        {"[" N1 "," B "]", "[" N1 "," B "]", YQ_E_PROOF, 0},
        {"[" N2 "," A "," B "]", "[" N1 "," B "," A "]", YQ_E_PROOF_NONCANONICAL, 0},
        {"[" N3 "," A "," B "," B "]", "[" N3 "," A "," B "," B "]", YQ_E_PROOF_NONCANONICAL, 0},
        {"[" NX "," A "," B "]", "[" NX "," B "," A "]", YQ_E_PROOF_NONCANONICAL, 0},
        {"[" A "," B "]", "[" A "," B "]", YQ_E_PROOF_NONCANONICAL, 0},
        {"[" N2 "," A "]", "[" N2 "," A "]", YQ_E_PROOF_INCOMPLETE, 0},
        {"[" N2 "," A "," B "]", "[" A "]", YQ_E_PROOF_DEPTH, 0},
        {"[\"0x12\"]", "[" A "]", YQ_E_PROOF_NONCANONICAL, 0},
        {"[7]", "[" A "]", YQ_E_PROOF_NONCANONICAL, 0},
    };
    const yq_digest leaf = {.b = {[31] = 0xaa}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_json *tx = parse(all[i].tx), *receipt = parse(all[i].receipt);
        yq_bcos3_path path;
        yq_fault why;
        yq_status status = yq_bcos3_path_of_json(
            YQ_HASH_SM3, yq_json_root(tx), yq_json_root(receipt), &leaf, &path, &why);
        cr_assert_eq(status, all[i].status, "%zu: %d", i, status);
        if (all[i].kind != 0) {
            cr_assert_eq(path.n, 1);
            cr_assert_eq(path.step[0].kind, all[i].kind);
        }
        if (all[i].kind == 1) {
            cr_assert_eq(path.step[0].other[0].b[31], 0xbb);
            cr_assert_eq(path.step[0].other[1].b[31], 0xaa);
        }
        yq_json_free(tx);
        yq_json_free(receipt);
    }
}

/* A path of more steps than a light client takes. */
Test(evidence, a_flat_proof_has_a_limit)
{
    static char text[64 * 1024];
    size_t at = 1;
    text[0] = '[';
    for (size_t i = 0; i < 25; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s" N2 "," A "," B, i == 0 ? "" : ",");
    }
    (void)snprintf(text + at, sizeof text - at, "]");
    yq_json *d = parse(text);
    const yq_digest leaf = {.b = {[31] = 0xaa}};
    yq_bcos3_path path;
    yq_fault why;
    cr_assert_eq(
        yq_bcos3_path_of_json(YQ_HASH_SM3, yq_json_root(d), yq_json_root(d), &leaf, &path, &why),
        YQ_E_PROOF_DEPTH);
    yq_json_free(d);
}

/* ---- one reading ---- */

#define TX(nonce, to, input)                                                                       \
    "{\"nonce\":\"" nonce "\",\"to\":\"" to "\",\"input\":\"" input "\",\"version\":0}"
#define TO "0x6849f21d1e455e9f0712b1e99fa4fcd23758e8f1"
#define LOG_OF(address, topics, data)                                                              \
    "{\"contractAddress\":\"\",\"output\":\"0x\",\"logEntries\":[{\"address\":\"" address          \
    "\",\"topics\":[" topics "],\"data\":\"" data "\"}]}"
#define BYTES                                                                                      \
    "0x0000000000000000000000000000000000000000000000000000000000000020"                           \
    "0000000000000000000000000000000000000000000000000000000000000000"
#define LOG     LOG_OF("6849f21d1e455e9f0712b1e99fa4fcd23758e8f1", A, BYTES)
#define DIGITS  "36383439663231643165343535653966303731326231653939666134666364323337353865386631"
#define LONG_39 "123456789012345678901234567890123456789"

Test(evidence, what_has_more_than_one_reading_is_left_out)
{
    static const struct {
        const char *tx, *receipt, *why;
    } all[] = {
        {TX("12", TO, "0x00"), LOG, NULL},
        {TX("12", "", "0x00"), LOG, "no call"},
        {TX("12", "00" TO, "0x00"), LOG, "no call"},
        {TX(LONG_39, TO, "0x00"), LOG, "nonce"},
        {TX("", TO, "0x00"), LOG, "nonce"},
        {TX("12", TO, "0x00" DIGITS), LOG, "text of an address"},
        {TX("12", TO, "0x61616161616161616161616161616161"), LOG, "text of an address"},
        {TX("12", TO, "0x0x"), LOG, "text of an address"},
        {TX("12", TO, "0x00"),
         LOG_OF("0049f21d1e455e9f0712b1e99fa4fcd23758e8f1", A, BYTES),
         "not called"},
        {TX("12", TO, "0x00"),
         LOG_OF("6849f21d1e455e9f0712b1e99fa4fcd23758e8f1", "", BYTES),
         "indexed"},
        {TX("12", TO, "0x00"),
         LOG_OF("6849f21d1e455e9f0712b1e99fa4fcd23758e8f1", A "," A, BYTES),
         "indexed"},
        {TX("12", TO, "0x00"),
         LOG_OF("6849f21d1e455e9f0712b1e99fa4fcd23758e8f1", A, BYTES "00"),
         "`bytes`"},
        {TX("12", TO, "0x00"), "{\"contractAddress\":\"" TO "\",\"output\":\"0x\"}", "deployment"},
        {TX("12", TO, "0x00"), "{\"contractAddress\":\"\",\"output\":\"0x00\"}", "output"},
        {TX("12", TO, "0x00"), "{\"contractAddress\":\"\"}", "output"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_json *tx = parse(all[i].tx), *receipt = parse(all[i].receipt);
        const char *why = yq_bcos3_unprovable(yq_json_root(tx), yq_json_root(receipt), 0);
        if (all[i].why == NULL) {
            cr_assert_null(why, "%zu: %s", i, why);
        } else {
            cr_assert_not_null(why, "%zu", i);
            cr_assert_not_null(strstr(why, all[i].why), "%zu: %s", i, why);
        }
        yq_json_free(tx);
        yq_json_free(receipt);
    }
}

/* ---- sealers ---- */

#define WORD_0 "0x0000000000000000000000000000000000000000000000000000000000000000"
#define WORD_1 "0x0000000000000000000000000000000000000000000000000000000000000001"

static const char *answer = "{\"status\":0,\"output\":\"" WORD_0 "\"}";

/* A call of the consensus contract about a node whose id is 64 times one digit's byte. */
static int apply(
    const char *method, size_t numbers, char digit, uint64_t weight, yq_bcos3_sealers *set)
{
    static const yq_bcos3_profile p = {.suite = YQ_BCOS3_SUITE_SM};
    uint8_t data[512], selector[4];
    char id[129], hex[1025], text[1400];
    yq_writer w = yq_writer_of(data, sizeof data);
    yq_bcos3_selector(YQ_HASH_SM3, method, selector);
    memset(id, digit, 128);
    yq_put_bytes(&w, selector, sizeof selector);
    yq_abi_put_uint(&w, 32 * (1 + numbers));
    for (size_t i = 0; i < numbers; i++) {
        yq_abi_put_uint(&w, weight);
    }
    yq_abi_put_tail(&w, yq_slice_of(id, 128));
    (void)yq_hex_encode(hex, sizeof hex, data, w.n);
    (void)snprintf(
        text, sizeof text, "{\"to\":\"" YQ_BCOS3_CONSENSUS_TEXT "\",\"input\":\"0x%s\"}", hex);
    yq_json *tx = parse(text);
    yq_json *receipt = parse(answer);
    int changed = yq_bcos3_sealers_apply(&p, yq_json_root(tx), yq_json_root(receipt), set);
    yq_json_free(tx);
    yq_json_free(receipt);
    return changed;
}

Test(evidence, calls_change_the_sealers_as_the_chain_does)
{
    static yq_bcos3_sealers set;
    cr_assert_eq(apply("addSealer(string,uint256)", 1, '5', 1, &set), 1);
    cr_assert_eq(apply("addSealer(string,uint256)", 1, '3', 1, &set), 1);
    cr_assert_eq(apply("addSealer(string,uint256,uint256)", 2, '7', 2, &set), 1);
    cr_assert_eq(set.n, 3);
    cr_assert_eq(set.of[0].id[0], 0x33);
    cr_assert_eq(set.of[1].id[0], 0x55);
    cr_assert_eq(set.of[2].weight, 2);
    cr_assert_eq(apply("addSealer(string,uint256)", 1, '3', 1, &set), 0, "as it is");
    cr_assert_eq(apply("setWeight(string,uint256)", 1, '3', 9, &set), 1);
    cr_assert_eq(set.of[0].weight, 9);
    cr_assert_eq(apply("setWeight(string,uint256)", 1, '4', 9, &set), 0, "no sealer");
    cr_assert_eq(apply("remove(string)", 0, '4', 0, &set), 0, "no sealer");
    cr_assert_eq(apply("remove(string)", 0, '3', 0, &set), 1);
    cr_assert_eq(apply("addObserver(string)", 0, '7', 0, &set), 1);
    cr_assert_eq(apply("burn(string)", 0, '5', 0, &set), 0);
    cr_assert_eq(apply("remove(string)", 0, 'x', 0, &set), 0, "no id");
    cr_assert_eq(set.n, 1);
    cr_assert_eq(set.of[0].id[0], 0x55);
    static const char *const nothing[] = {
        "{\"status\":15,\"output\":\"" WORD_0 "\"}",
        "{\"status\":0,\"output\":\"" WORD_1 "\"}",
        "{\"status\":0,\"output\":\"0x\"}",
        "{}",
    };
    const char *done = answer;
    for (size_t i = 0; i < YQ_ARRAY_N(nothing); i++) {
        answer = nothing[i];
        cr_assert_eq(apply("remove(string)", 0, '5', 0, &set), 0, "it did nothing");
    }
    answer = done;
    set.n = YQ_BCOS3_SEALERS_MAX;
    cr_assert_eq(apply("addSealer(string,uint256)", 1, '9', 1, &set), 0, "full");
}

/* ---- transactions ---- */

Test(evidence, nonces_are_digits_and_never_the_same)
{
    char a[YQ_BCOS3_NONCE_SIZE + 1], b[YQ_BCOS3_NONCE_SIZE + 1];
    for (size_t i = 0; i < 200; i++) {
        yq_bcos3_nonce_make(a);
        yq_bcos3_nonce_make(b);
        cr_assert_eq(strspn(a, "0123456789"), YQ_BCOS3_NONCE_SIZE);
        cr_assert_neq(a[0], '0');
        cr_assert_str_neq(a, b);
    }
}

/* The head of a real transaction: 1a 1c 26 .. chain, 36 .. group, 41 limit, 56 nonce. */
Test(evidence, a_transaction_begins_as_the_chains_own)
{
    static const uint8_t to[20] = {7};
    static const uint8_t heads[2][20] = {
        {0x1a, 0x1c, 0x26, 6,   'c', 'h', 'a', 'i', 'n',  '0',
         0x36, 6,    'g',  'r', 'o', 'u', 'p', '0', 0x41, 0x01},
        {0x1a, 0x10, 0x01, 0x26, 6,   'c', 'h', 'a', 'i', 'n',
         '0',  0x36, 6,    'g',  'r', 'o', 'u', 'p', '0', 0x41},
    };
    const yq_bcos3_profile p = {
        .suite = YQ_BCOS3_SUITE_KECCAK, .chain = "chain0", .group = "group0"};
    yq_key *key = yq_key_generate(YQ_SIG_SECP256K1_DIGEST);
    for (uint8_t version = 0; version < 2; version++) {
        uint8_t raw[1024];
        yq_buf out = {raw, sizeof raw, 0}, small = {raw, 100, 0};
        yq_bcos3_call_fields fields = {
            .version = version, .block_limit = 507, .to = to, .data = yq_slice_text("abcd")};
        yq_digest hash, again;
        yq_fault why;
        yq_bcos3_nonce_make(fields.nonce);
        cr_assert_eq(yq_bcos3_tx_sign(&p, &fields, key, &small, &hash, &why), YQ_E_NOSPC);
        cr_assert_eq(yq_bcos3_tx_sign(&p, &fields, key, &out, &hash, &why), YQ_OK);
        cr_assert_arr_eq(raw, heads[version], 20);
        uint8_t signer[64];
        cr_assert_eq(yq_secp256k1_recover(hash.b, out.p + out.n - 65, signer), YQ_OK);
        cr_assert_arr_eq(signer, yq_key_public(key).p, 64);
        /* The node's JSON of it leads to the same hash. */
        char text[512];
        (void)snprintf(
            text,
            sizeof text,
            "{\"version\":%u,\"chainID\":\"chain0\",\"groupID\":\"group0\",\"blockLimit\":507,"
            "\"nonce\":\"%s\",\"to\":\"0x0700000000000000000000000000000000000000\",\"input\":"
            "\"0x61626364\",\"abi\":\"\",\"value\":\"\",\"gasPrice\":\"\",\"gasLimit\":0,"
            "\"maxFeePerGas\":\"\",\"maxPriorityFeePerGas\":\"\",\"hash\":\"0x",
            version,
            fields.nonce);
        size_t at = strlen(text);
        at += yq_hex_encode(text + at, sizeof text - at, hash.b, sizeof hash.b);
        (void)snprintf(text + at, sizeof text - at, "\"}");
        yq_json *d = parse(text);
        uint8_t room[1024];
        int is_hex = 1;
        cr_assert_eq(
            yq_bcos3_tx_hash(
                &p, yq_json_root(d), (yq_buf){room, sizeof room, 0}, &is_hex, &again, &why),
            YQ_OK,
            "%s",
            why.text);
        cr_assert_eq(is_hex, 0);
        yq_json_free(d);
    }
    yq_key_free(key);
}
