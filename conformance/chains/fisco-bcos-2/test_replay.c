#include "conformance/chains/fisco-bcos-2/test_follow.h"

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDED YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"

static test_world w;

static void open_folder(const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, RECORDED "%s", name);
    w = (test_world){.client = test_fisco2_client(), .room = malloc(TEST_EVIDENCE_MAX)};
    cr_assert_eq(yq_fmock_replay_open(path, &w.replay, &w.why), YQ_OK, "%s", w.why.text);
    w.profile = (yq_fisco2_profile){
        .suite = strstr(name, "keccak") == NULL ? YQ_FISCO2_SUITE_SM : YQ_FISCO2_SUITE_KECCAK,
        .receipt_items = strstr(name, "280") == NULL ? 8 : 7,
        .chain_id = 1,
        .group_id = 1,
    };
}

static uint64_t number_of(const yq_json *document)
{
    uint64_t value = UINT64_MAX;
    cr_assert(yq_json_quantity(test_result(document), &value));
    return value;
}

Test(replay, headers_until_the_first_set_change_verify)
{
    static const struct {
        const char *name;
        uint64_t height;
    } chains[] = {
        {"fisco-2x-sm", 26},
        {"fisco-2x-keccak", 26},
        {"fisco-2x-sm280", 25},
        {"fisco-2x-sm-multichange", 9},
        {"fisco-2x-sm-onedown", 10},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(chains); i++) {
        open_folder(chains[i].name);
        yq_json *height = test_ask(&w, "getBlockNumber", "%s", "");
        cr_assert_eq(number_of(height), chains[i].height, "%s", chains[i].name);
        cr_assert_eq(yq_fmock_replay_height(w.replay), chains[i].height);
        yq_json_free(height);
        cr_assert_eq(test_begin(&w), YQ_OK, "%s", w.why.text);
        cr_assert_eq(test_header(&w, 1, 0), YQ_OK, "%s %s", chains[i].name, w.client->why.text);
        cr_assert_eq(test_header(&w, 2, 0), YQ_OK);
        test_world_free(&w);
    }
}

Test(replay, a_recorded_event_is_proven)
{
    open_folder("fisco-2x-sm");
    cr_assert_eq(test_begin(&w), YQ_OK);
    size_t proven = 0;
    for (uint64_t h = 1; h <= 8 && test_header(&w, h, 1) == YQ_OK; h++) {
        yq_json *block = test_ask(&w, "getBlockByNumber", "\"0x%" PRIx64 "\",true", h);
        const yq_json *txs = yq_json_get(test_result(block), "transactions");
        for (size_t i = 0; i < yq_json_count(txs); i++) {
            yq_digest hash;
            yq_verified_event event;
            yq_buf room = {hash.b, sizeof hash.b, 0};
            cr_assert(yq_json_hex(yq_json_get(yq_json_at(txs, i), "hash"), &room));
            yq_status status = test_event_of(&w, h, &hash, &event);
            cr_assert(status == YQ_OK || status == YQ_E_EVENT_UNPROVEN, "%d", status);
            proven += status == YQ_OK;
        }
        yq_json_free(block);
    }
    cr_assert_gt(proven, 0);
    test_world_free(&w);
}

Test(replay, what_was_not_recorded_is_said)
{
    open_folder("fisco-2x-sm-onedown");
    static const struct {
        const char *method, *params;
        int64_t code;
    } asks[] = {
        {"getBlockByNumber", "\"0xb\",true", -40004},
        {"getBlockByNumber", "\"0x1\",false", -32603},
        {"getBlockByNumber", "1,true", -32602},
        {"getBlockHeaderByNumber", "\"0x1\",true", -32601},
        {"getClientVersion", "", -32603},
        {"getSealerList", "", -32603},
        {"sendRawTransaction", "\"0x00\"", -32603},
        {"getNothing", "", -32601},
        {"getTransactionReceipt", "\"0x12\"", -32602},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(asks); i++) {
        yq_json *reply = test_ask(&w, asks[i].method, "%s", asks[i].params);
        cr_assert_eq(test_error(reply), asks[i].code, "%s", asks[i].method);
        yq_json_free(reply);
    }
    yq_json *none = test_ask(
        &w,
        "getTransactionReceipt",
        "\"0x1111111111111111111111111111111111111111111111111111111111111111\"");
    cr_assert_not_null(test_result(none));
    cr_assert(yq_json_is_null(test_result(none)));
    yq_json_free(none);
    test_world_free(&w);
}

Test(replay, fixed_replies_are_those_of_the_files)
{
    open_folder("fisco-2x-sm");
    static const char *const asks[][3] = {
        {"getClientVersion", "", "Supported Version"},
        {"getSyncStatus", "", "knownHighestNumber"},
        {"getTotalTransactionCount", "", "txSum"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(asks); i++) {
        yq_json *reply = test_ask(&w, asks[i][0], "%s", asks[i][1]);
        cr_assert_not_null(yq_json_get(test_result(reply), asks[i][2]), "%s", asks[i][0]);
        yq_json_free(reply);
    }
    yq_json *reply = test_ask(&w, "getSystemConfigByKey", "\"tx_count_limit\"");
    yq_slice text;
    cr_assert(yq_json_text(test_result(reply), &text));
    cr_assert(yq_slice_equal(text, yq_slice_text("1000")));
    yq_json_free(reply);
    /* The sealers are those of the last block. */
    yq_json *block = test_ask(&w, "getBlockByNumber", "\"0x1a\",true");
    reply = test_ask(&w, "getSealerList", "%s", "");
    const yq_json *wanted = yq_json_get(test_result(block), "sealerList");
    cr_assert_eq(yq_json_count(wanted), yq_json_count(test_result(reply)));
    yq_json_free(block);
    yq_json_free(reply);
    test_world_free(&w);
}

/* ---- folders that are not good -----------------------------------------------------------------
 */

static char folder[512];

static void put_file(const char *name, const char *text)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static yq_status open_made(const char *name, const char *text)
{
    char path[1024];
    yq_fmock_replay *replay = NULL;
    w.why = (yq_fault){0};
    put_file(name, text);
    yq_status status = yq_fmock_replay_open(folder, &replay, &w.why);
    yq_fmock_replay_close(replay);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)unlink(path);
    return status;
}

#define HASH "\"hash\":\"0x00000000000000000000000000000000000000000000000000000000000000ff\""
#define BLOCK                                                                                      \
    "{" HASH ",\"number\":\"0x0\",\"sealerList\":[],\"signatureList\":[],\"transactions\":[]}"

Test(replay, a_file_that_is_not_good_is_named)
{
    static const char *const bad[][2] = {
        {"block_1.json", "not json"},
        {"block_1.json", "{\"result\":" BLOCK "}"}, /* of another number */
        {"block_1.json", "{\"result\":{}}"},
        {"block_2.json", "{\"result\":{}} "},
        {"header_1.json", "{\"result\":{" HASH "}}"},
        {"tx_1_0.json", "{\"result\":{}}"},
        {"tx_1_0_receipt.json", "{\"result\":null}"},
        {"tx_1_0_proof.json", "{\"result\":{}}"},
        {"tx_1_0_receipt_proof.json", "{\"result\":{}}"},
        {"peers.json", "{}"},
        {"peers.json", "{\"result\":1,\"result\":2}"},
    };
    (void)snprintf(folder, sizeof folder, YQ_BINARY_DIR "/tests/replay-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    put_file("block_0.json", "{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":" BLOCK "}");
    cr_assert_eq(open_made("peers.json", "{\"result\":[]}"), YQ_OK, "%s", w.why.text);
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cr_assert_eq(open_made(bad[i][0], bad[i][1]), YQ_E_CORRUPT, "%s", bad[i][1]);
        cr_assert_str_eq(w.why.text, bad[i][0]);
    }
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/block_0.json", folder);
    (void)unlink(path);
    /* A hole in the heights. */
    put_file("block_0.json", "{\"result\":" BLOCK "}");
    cr_assert_eq(
        open_made(
            "block_2.json",
            "{\"result\":{" HASH
            ",\"number\":\"0x2\",\"sealerList\":[],\"signatureList\":[],\"transactions\":[]}}"),
        YQ_E_CORRUPT);
    cr_assert_str_eq(w.why.text, "block_1.json");
    (void)unlink(path);
    (void)rmdir(folder);
    yq_fmock_replay *replay = NULL;
    cr_assert_eq(yq_fmock_replay_open(folder, &replay, &w.why), YQ_E_IO);
}
