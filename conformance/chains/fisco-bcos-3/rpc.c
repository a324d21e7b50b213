#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define REPLY_MAX (256u << 20)

/* The node's error codes. */
enum {
    CODE_PARSE = -32700,
    CODE_REQUEST = -32600,
    CODE_METHOD = -32601,
    CODE_PARAMS = -32602,
    CODE_GROUP = -32004,
    CODE_STORAGE = 3008, /* of what the ledger does not have */
};

typedef struct call {
    yq_mock3_chain *chain;
    const yq_json *params;
    yq_json_out *out;
    uint64_t time_ms;
} call;

static void out_error(yq_json_out *out, int code, const char *message)
{
    yq_json_out_object(out, "error");
    yq_json_out_int(out, "code", code);
    yq_json_out_str(out, "message", message);
    yq_json_out_end(out);
}

static void bad_params(const call *c)
{
    out_error(c->out, CODE_PARAMS, "Invalid params");
}

/* ---- parameters ---- */

/* Returns 0 and has answered when the group is not the chain's. In: the node's name may be any. */
static int take_group(const call *c)
{
    yq_slice group;
    if (!yq_json_text(yq_json_at(c->params, 0), &group)) {
        bad_params(c);
        return 0;
    }
    if (!yq_slice_equal(group, yq_slice_text(YQ_MOCK3_GROUP_ID))) {
        out_error(c->out, CODE_GROUP, "The group does not exist");
        return 0;
    }
    return 1;
}

static int flag_at(const call *c, size_t at, int otherwise)
{
    int flag = otherwise;
    (void)yq_json_bool(yq_json_at(c->params, at), &flag);
    return flag;
}

/* The block that an integer names. */
static const yq_mock3_block *take_number(const call *c)
{
    uint64_t number;
    if (!take_group(c)) {
        return NULL;
    }
    if (!yq_json_uint(yq_json_at(c->params, 2), &number)) {
        bad_params(c);
        return NULL;
    }
    const yq_mock3_block *block = yq_mock3_chain_at(c->chain, number);
    if (block == NULL) {
        out_error(c->out, CODE_STORAGE, "getBlockByNumber failed: GetStorageError");
    }
    return block;
}

/* Finds a transaction by its hash. */
static int take_tx(const call *c, const yq_mock3_block **block, size_t *index)
{
    yq_digest hash;
    yq_buf room = {hash.b, sizeof hash.b, 0};
    if (!take_group(c)) {
        return 0;
    }
    if (!yq_json_hex(yq_json_at(c->params, 2), &room) || room.n != sizeof hash.b) {
        bad_params(c);
        return 0;
    }
    if (!yq_mock3_chain_find_tx(c->chain, &hash, block, index)) {
        out_error(c->out, CODE_STORAGE, "GetStorageError: the transaction is not found");
        return 0;
    }
    return 1;
}

/* ---- blocks and transactions ---- */

static void get_block_number(const call *c)
{
    if (take_group(c)) {
        yq_json_out_uint(c->out, "result", yq_mock3_height(c->chain));
    }
}

static void get_block_by_number(const call *c)
{
    const yq_mock3_block *block = take_number(c);
    if (block != NULL) {
        yq_mock3_show_block(c->chain, block, flag_at(c, 3, 1), flag_at(c, 4, 1), c->out);
    }
}

static void get_block_hash(const call *c)
{
    const yq_mock3_block *block = take_number(c);
    if (block != NULL) {
        yq_mock3_out_hex(c->out, "result", YQ_SLICE_OF(block->hash.b));
    }
}

static void get_tx(const call *c)
{
    const yq_mock3_block *block;
    size_t index;
    if (take_tx(c, &block, &index)) {
        yq_mock3_show_tx(c->chain, block, index, flag_at(c, 3, 0), "result", c->out);
    }
}

static void get_receipt(const call *c)
{
    const yq_mock3_block *block;
    size_t index;
    if (take_tx(c, &block, &index)) {
        yq_mock3_show_receipt(c->chain, block, index, flag_at(c, 3, 0), c->out);
    }
}

/* The node answers when the transaction is in a block: so one is made at once. */
static void answer_sent(const call *c, const yq_digest *hash)
{
    const yq_mock3_block *block;
    size_t index;
    while (c->chain->pool_n > 0) {
        (void)yq_mock3_chain_seal(c->chain, c->time_ms);
    }
    YQ_ASSERT(yq_mock3_chain_find_tx(c->chain, hash, &block, &index));
    yq_mock3_show_receipt(c->chain, block, index, flag_at(c, 3, 0), c->out);
}

static void send_transaction(const call *c)
{
    yq_slice text;
    if (!take_group(c)) {
        return;
    }
    const yq_json *value = yq_json_at(c->params, 2);
    if (!yq_json_text(value, &text)) {
        bad_params(c);
        return;
    }
    yq_buf raw = {malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    YQ_ASSERT(raw.p != NULL);
    yq_digest hash;
    int code = YQ_MOCK3_POOL_MALFORMED;
    if (yq_json_hex(value, &raw)) {
        code = yq_mock3_submit(c->chain, yq_slice_of(raw.p, raw.n), &hash);
    }
    free(raw.p);
    if (code != 0) {
        out_error(c->out, code, yq_mock3_pool_word(code));
    } else {
        answer_sent(c, &hash);
    }
}

static void get_pending_size(const call *c)
{
    if (take_group(c)) {
        yq_json_out_uint(c->out, "result", c->chain->pool_n);
    }
}

static void get_tx_count(const call *c)
{
    if (take_group(c)) {
        yq_json_out_object(c->out, "result");
        yq_json_out_uint(c->out, "blockNumber", yq_mock3_height(c->chain));
        yq_json_out_uint(c->out, "failedTransactionCount", c->chain->tx_failed);
        yq_json_out_uint(c->out, "transactionCount", c->chain->tx_all);
        yq_json_out_end(c->out);
    }
}

/* ---- the group ---- */

static void out_id(yq_json_out *out, const char *key, const yq_key *node)
{
    yq_json_out_hex(out, key, yq_key_public(node));
}

/* A node's own configuration is a text that holds JSON. */
static void out_ini(const call *c)
{
    yq_json_out *ini = yq_json_out_new(4096);
    YQ_ASSERT(ini != NULL);
    yq_json_out_object(ini, NULL);
    yq_json_out_object(ini, "binaryInfo");
    yq_json_out_str(ini, "version", YQ_MOCK3_VERSION_TEXT);
    yq_json_out_end(ini);
    yq_json_out_str(ini, "chainID", YQ_MOCK3_CHAIN_ID);
    yq_json_out_str(ini, "groupID", YQ_MOCK3_GROUP_ID);
    yq_json_out_bool(ini, "isAuthCheck", 0);
    yq_json_out_bool(ini, "isWasm", 0);
    yq_json_out_bool(ini, "smCryptoType", c->chain->suite == YQ_MOCK3_SUITE_SM);
    yq_json_out_end(ini);
    size_t size;
    const char *text = yq_json_out_done(ini, &size);
    YQ_ASSERT(text != NULL);
    yq_json_out_str(c->out, "iniConfig", text);
    yq_json_out_free(ini);
}

static void get_group_info(const call *c)
{
    if (!take_group(c)) {
        return;
    }
    yq_json_out_object(c->out, "result");
    yq_json_out_str(c->out, "chainID", YQ_MOCK3_CHAIN_ID);
    yq_json_out_str(c->out, "genesisConfig", "");
    yq_json_out_str(c->out, "groupID", YQ_MOCK3_GROUP_ID);
    yq_json_out_str(c->out, "iniConfig", "");
    yq_json_out_array(c->out, "nodeList");
    yq_json_out_object(c->out, NULL);
    out_ini(c);
    yq_json_out_str(c->out, "name", "mock");
    out_id(c->out, "nodeID", c->chain->node[0]);
    yq_json_out_object(c->out, "protocol");
    yq_json_out_uint(c->out, "compatibilityVersion", YQ_MOCK3_VERSION);
    yq_json_out_end(c->out);
    yq_json_out_uint(c->out, "type", 0);
    yq_json_out_end(c->out);
    yq_json_out_end(c->out);
    yq_json_out_bool(c->out, "smCryptoType", c->chain->suite == YQ_MOCK3_SUITE_SM);
    yq_json_out_bool(c->out, "wasm", 0);
    yq_json_out_end(c->out);
}

static void get_groups(const call *c)
{
    yq_json_out_object(c->out, "result");
    yq_json_out_uint(c->out, "code", 0);
    yq_json_out_array(c->out, "groupList");
    yq_json_out_str(c->out, NULL, YQ_MOCK3_GROUP_ID);
    yq_json_out_end(c->out);
    yq_json_out_str(c->out, "msg", "");
    yq_json_out_end(c->out);
}

static void get_sealers(const call *c)
{
    if (!take_group(c)) {
        return;
    }
    yq_json_out_array(c->out, "result");
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        if (c->chain->weight[i] != 0) {
            yq_json_out_object(c->out, NULL);
            out_id(c->out, "nodeID", c->chain->node[i]);
            yq_json_out_uint(c->out, "weight", c->chain->weight[i]);
            yq_json_out_end(c->out);
        }
    }
    yq_json_out_end(c->out);
}

static void get_observers(const call *c)
{
    if (!take_group(c)) {
        return;
    }
    yq_json_out_array(c->out, "result");
    for (size_t i = 0; i < YQ_MOCK3_NODES; i++) {
        if (c->chain->weight[i] == 0) {
            out_id(c->out, NULL, c->chain->node[i]);
        }
    }
    yq_json_out_end(c->out);
}

static void get_system_config(const call *c)
{
    static const char *const known[][2] = {
        {"compatibility_version", YQ_MOCK3_VERSION_TEXT},
        {"consensus_leader_period", "1"},
        {"tx_count_limit", "1000"},
        {"tx_gas_limit", "3000000000"},
    };
    yq_slice key;
    if (!take_group(c)) {
        return;
    }
    if (!yq_json_text(yq_json_at(c->params, 2), &key)) {
        bad_params(c);
        return;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(known); i++) {
        if (yq_slice_equal(key, yq_slice_text(known[i][0]))) {
            yq_json_out_object(c->out, "result");
            yq_json_out_uint(c->out, "blockNumber", 0);
            yq_json_out_str(c->out, "value", known[i][1]);
            yq_json_out_end(c->out);
            return;
        }
    }
    out_error(c->out, CODE_STORAGE, "getSystemConfigByKey failed");
}

static void get_code(const call *c)
{
    static const uint8_t code[] = {0x00}; /* what stands for the code of a contract: STOP */
    uint8_t address[20];
    yq_buf room = {address, sizeof address, 0};
    if (!take_group(c)) {
        return;
    }
    if (!yq_json_hex(yq_json_at(c->params, 2), &room) || room.n != sizeof address) {
        bad_params(c);
        return;
    }
    int there = yq_mock3_contract_at(c->chain, yq_slice_of(address, 20)) != NULL;
    yq_mock3_out_hex(c->out, "result", yq_slice_of(code, there ? sizeof code : 0));
}

/* ---- requests ---- */

static const struct {
    const char *name;
    void (*answer)(const call *c);
} methods[] = {
    {"getBlockByNumber", get_block_by_number},
    {"getBlockHashByNumber", get_block_hash},
    {"getBlockNumber", get_block_number},
    {"getCode", get_code},
    {"getGroupInfo", get_group_info},
    {"getGroupList", get_groups},
    {"getObserverList", get_observers},
    {"getPendingTxSize", get_pending_size},
    {"getSealerList", get_sealers},
    {"getSystemConfigByKey", get_system_config},
    {"getTotalTransactionCount", get_tx_count},
    {"getTransaction", get_tx},
    {"getTransactionReceipt", get_receipt},
    {"sendTransaction", send_transaction},
};

static void answer_method(const call *c, yq_slice name)
{
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        if (yq_slice_equal(name, yq_slice_text(methods[i].name))) {
            methods[i].answer(c);
            return;
        }
    }
    out_error(c->out, CODE_METHOD, "The method does not exist/is not available.");
}

yq_json_out *yq_mock3_answer(yq_mock3_chain *chain, yq_slice request, uint64_t time_ms)
{
    yq_json_out *out = yq_json_out_new(REPLY_MAX);
    YQ_ASSERT(out != NULL);
    yq_json *document = yq_json_parse(request, YQ_MOCK3_REQUEST_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    yq_slice method;
    uint64_t id;
    yq_json_out_object(out, NULL);
    if (yq_json_uint(yq_json_get(root, "id"), &id)) {
        yq_json_out_uint(out, "id", id);
    } else {
        yq_json_out_null(out, "id");
    }
    yq_json_out_str(out, "jsonrpc", "2.0");
    if (document == NULL) {
        out_error(out, CODE_PARSE, "Parse error");
    } else if (!yq_json_text(yq_json_get(root, "method"), &method)) {
        out_error(out, CODE_REQUEST, "Invalid Request");
    } else {
        const call c = {chain, yq_json_get(root, "params"), out, time_ms};
        answer_method(&c, method);
    }
    yq_json_out_end(out);
    yq_json_free(document);
    return out;
}
