#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define REPLY_MAX (256u << 20)

/* The node's error codes. */
enum {
    CODE_PARSE = -32700,
    CODE_REQUEST = -32600,
    CODE_METHOD = -32601,
    CODE_PARAMS = -32602,
    CODE_INTERNAL = -32603,
    CODE_GROUP = -40001,
    CODE_BLOCK_HASH = -40003,
    CODE_BLOCK_NUMBER = -40004,
    CODE_SYSTEM_KEY = -40008,
};

typedef struct call {
    yq_fmock_chain *chain;
    const yq_json *params;
    yq_json_out *out;
} call;

void yq_fmock_out_error(yq_json_out *out, int code, const char *message)
{
    yq_json_out_object(out, "error");
    yq_json_out_int(out, "code", code);
    yq_json_out_str(out, "message", message);
    yq_json_out_end(out);
}

static void bad_params(const call *c)
{
    yq_fmock_out_error(
        c->out,
        CODE_PARAMS,
        "INVALID_PARAMS: Invalid method parameters (invalid name and/or type) recognised");
}

/* ---- parameters -------------------------------------------------------------------------------
 */

/* Returns 0 and has answered when the group is not the chain's. */
static int take_group(const call *c)
{
    int64_t group;
    if (!yq_json_int(yq_json_at(c->params, 0), &group)) {
        bad_params(c);
        return 0;
    }
    if (group != YQ_FMOCK_GROUP_ID) {
        yq_fmock_out_error(c->out, CODE_GROUP, "GroupID does not exist");
        return 0;
    }
    return 1;
}

/* The block that a number names; a number is text, decimal or hex. */
static const yq_fmock_block *take_number(const call *c)
{
    yq_slice text;
    uint64_t number;
    if (!take_group(c)) {
        return NULL;
    }
    const yq_json *value = yq_json_at(c->params, 1);
    if (!yq_json_text(value, &text) || !yq_json_quantity(value, &number)) {
        bad_params(c);
        return NULL;
    }
    const yq_fmock_block *block = yq_fmock_chain_at(c->chain, number);
    if (block == NULL) {
        yq_fmock_out_error(c->out, CODE_BLOCK_NUMBER, "BlockNumber does not exist");
    }
    return block;
}

static int take_hash(const call *c, yq_digest *hash)
{
    yq_buf room = {hash->b, sizeof hash->b, 0};
    if (!take_group(c)) {
        return 0;
    }
    if (!yq_json_hex(yq_json_at(c->params, 1), &room) || room.n != sizeof hash->b) {
        bad_params(c);
        return 0;
    }
    return 1;
}

static const yq_fmock_block *take_block_hash(const call *c)
{
    yq_digest hash;
    if (!take_hash(c, &hash)) {
        return NULL;
    }
    const yq_fmock_block *block = yq_fmock_chain_by_hash(c->chain, &hash);
    if (block == NULL) {
        yq_fmock_out_error(c->out, CODE_BLOCK_HASH, "BlockHash does not exist");
    }
    return block;
}

static int flag_of(const call *c)
{
    int flag = 0;
    (void)yq_json_bool(yq_json_at(c->params, 2), &flag);
    return flag;
}

/* ---- blocks -----------------------------------------------------------------------------------
 */

static void get_block_number(const call *c)
{
    if (take_group(c)) {
        yq_fmock_out_number(c->out, "result", yq_fmock_height(c->chain));
    }
}

static void get_block_by_number(const call *c)
{
    const yq_fmock_block *block = take_number(c);
    if (block != NULL) {
        yq_fmock_show_block(c->chain, block, flag_of(c), c->out);
    }
}

static void get_block_by_hash(const call *c)
{
    const yq_fmock_block *block = take_block_hash(c);
    if (block != NULL) {
        yq_fmock_show_block(c->chain, block, flag_of(c), c->out);
    }
}

static void get_header_by_number(const call *c)
{
    const yq_fmock_block *block = take_number(c);
    if (block != NULL) {
        yq_fmock_show_header(c->chain, block, flag_of(c), c->out);
    }
}

static void get_header_by_hash(const call *c)
{
    const yq_fmock_block *block = take_block_hash(c);
    if (block != NULL) {
        yq_fmock_show_header(c->chain, block, flag_of(c), c->out);
    }
}

static void get_block_hash(const call *c)
{
    const yq_fmock_block *block = take_number(c);
    if (block != NULL) {
        yq_fmock_out_hex(c->out, "result", yq_slice_of(block->hash.b, sizeof block->hash.b));
    }
}

/* ---- transactions -----------------------------------------------------------------------------
 */

/* Finds a transaction; one that is unknown is answered with null. */
static int take_tx(const call *c, const yq_fmock_block **block, size_t *index)
{
    yq_digest hash;
    if (!take_hash(c, &hash)) {
        return 0;
    }
    if (!yq_fmock_chain_find_tx(c->chain, &hash, block, index)) {
        yq_json_out_null(c->out, "result");
        return 0;
    }
    return 1;
}

static void get_tx(const call *c)
{
    const yq_fmock_block *block;
    size_t index;
    if (take_tx(c, &block, &index)) {
        yq_fmock_show_tx(c->chain, block, index, "result", c->out);
    }
}

static void get_receipt(const call *c)
{
    const yq_fmock_block *block;
    size_t index;
    if (take_tx(c, &block, &index)) {
        yq_fmock_show_receipt(c->chain, block, index, "result", c->out);
    }
}

static void get_tx_with_proof(const call *c)
{
    const yq_fmock_block *block;
    size_t index;
    if (take_tx(c, &block, &index)) {
        yq_json_out_object(c->out, "result");
        yq_fmock_show_tx(c->chain, block, index, "transaction", c->out);
        yq_fmock_show_proof(c->chain, block, index, 0, "txProof", c->out);
        yq_json_out_end(c->out);
    }
}

static void get_receipt_with_proof(const call *c)
{
    const yq_fmock_block *block;
    size_t index;
    if (take_tx(c, &block, &index)) {
        yq_json_out_object(c->out, "result");
        yq_fmock_show_proof(c->chain, block, index, 1, "receiptProof", c->out);
        yq_fmock_show_receipt(c->chain, block, index, "transactionReceipt", c->out);
        yq_json_out_end(c->out);
    }
}

static void send_raw(const call *c)
{
    yq_slice text;
    if (!take_group(c)) {
        return;
    }
    const yq_json *value = yq_json_at(c->params, 1);
    if (!yq_json_text(value, &text)) {
        bad_params(c);
        return;
    }
    yq_buf raw = {malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    YQ_ASSERT(raw.p != NULL);
    yq_digest hash;
    const char *word = "InvalidFormat";
    if (yq_json_hex(value, &raw)) {
        yq_fmock_submit(c->chain, yq_slice_of(raw.p, raw.n), &hash, &word);
    }
    free(raw.p);
    if (word != NULL) {
        yq_fmock_out_error(c->out, CODE_INTERNAL, word);
    } else {
        yq_fmock_out_hex(c->out, "result", yq_slice_of(hash.b, sizeof hash.b));
    }
}

static void get_pending_size(const call *c)
{
    if (take_group(c)) {
        yq_fmock_out_number(c->out, "result", c->chain->pool_n);
    }
}

static void get_tx_count(const call *c)
{
    if (take_group(c)) {
        yq_json_out_object(c->out, "result");
        yq_fmock_out_number(c->out, "blockNumber", yq_fmock_height(c->chain));
        yq_fmock_out_number(c->out, "failedTxSum", c->chain->tx_failed);
        yq_fmock_out_number(c->out, "txSum", c->chain->tx_all);
        yq_json_out_end(c->out);
    }
}

/* ---- the node ---------------------------------------------------------------------------------
 */

static void get_version(const call *c)
{
    yq_json_out_object(c->out, "result");
    yq_json_out_str(c->out, "Build Time", "");
    yq_json_out_str(c->out, "Build Type", "Linux/g++/Release");
    yq_json_out_str(c->out, "Chain Id", "1");
    yq_json_out_str(
        c->out,
        "FISCO-BCOS Version",
        c->chain->suite == YQ_FMOCK_SUITE_SM ? "2.11.1 gm" : "2.11.1");
    yq_json_out_str(c->out, "Git Branch", "");
    yq_json_out_str(c->out, "Git Commit Hash", "0");
    yq_json_out_str(c->out, "Supported Version", "2.11.1");
    yq_json_out_end(c->out);
}

static void get_groups(const call *c)
{
    yq_json_out_array(c->out, "result");
    yq_json_out_uint(c->out, NULL, YQ_FMOCK_GROUP_ID);
    yq_json_out_end(c->out);
}

static void out_id(yq_json_out *out, const char *key, yq_slice id)
{
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, id.p, id.n);
    yq_json_out_str(out, key, hex);
}

static void get_sealers(const call *c)
{
    if (take_group(c)) {
        yq_json_out_array(c->out, "result");
        for (size_t i = 0; i < YQ_FMOCK_SEALERS; i++) {
            out_id(c->out, NULL, yq_key_public(c->chain->sealer[i]));
        }
        yq_json_out_end(c->out);
    }
}

static void get_observers(const call *c)
{
    if (take_group(c)) {
        yq_json_out_array(c->out, "result");
        yq_json_out_end(c->out);
    }
}

static void get_peers(const call *c)
{
    if (take_group(c)) {
        yq_json_out_array(c->out, "result");
        for (size_t i = 1; i < YQ_FMOCK_SEALERS; i++) {
            yq_json_out_object(c->out, NULL);
            yq_json_out_str(c->out, "Agency", "mock");
            yq_json_out_str(c->out, "IPAndPort", "127.0.0.1:30300");
            yq_json_out_str(c->out, "Node", "mock");
            out_id(c->out, "NodeID", yq_key_public(c->chain->sealer[i]));
            yq_json_out_array(c->out, "Topic");
            yq_json_out_end(c->out);
            yq_json_out_end(c->out);
        }
        yq_json_out_end(c->out);
    }
}

static void get_view(const call *c)
{
    if (take_group(c)) {
        yq_fmock_out_number(c->out, "result", 0);
    }
}

static void out_sync_node(const call *c, size_t i, const char *latest)
{
    const yq_fmock_chain *chain = c->chain;
    yq_json_out_uint(c->out, "blockNumber", yq_fmock_height(chain));
    out_id(c->out, "genesisHash", yq_slice_of(chain->block[0]->hash.b, YQ_DIGEST_SIZE));
    yq_json_out_str(c->out, "latestHash", latest);
    out_id(c->out, "nodeId", yq_key_public(chain->sealer[i]));
}

static void get_sync_status(const call *c)
{
    char latest[65];
    const yq_fmock_chain *chain = c->chain;
    if (!take_group(c)) {
        return;
    }
    (void)yq_hex_encode(
        latest, sizeof latest, chain->block[chain->block_n - 1]->hash.b, YQ_DIGEST_SIZE);
    yq_json_out_object(c->out, "result");
    out_sync_node(c, 0, latest);
    yq_json_out_bool(c->out, "isSyncing", 0);
    yq_json_out_uint(c->out, "knownHighestNumber", yq_fmock_height(chain));
    yq_json_out_str(c->out, "knownLatestHash", latest);
    yq_json_out_array(c->out, "peers");
    for (size_t i = 1; i < YQ_FMOCK_SEALERS; i++) {
        yq_json_out_object(c->out, NULL);
        out_sync_node(c, i, latest);
        yq_json_out_end(c->out);
    }
    yq_json_out_end(c->out);
    yq_json_out_uint(c->out, "protocolId", 65545);
    char pool[24];
    (void)yq_decimal_encode(pool, chain->pool_n);
    yq_json_out_str(c->out, "txPoolSize", pool);
    yq_json_out_end(c->out);
}

static void get_system_config(const call *c)
{
    static const char *const known[][2] = {
        {"tx_count_limit", "1000"},
        {"tx_gas_limit", "300000000"},
    };
    yq_slice key;
    if (!take_group(c)) {
        return;
    }
    if (!yq_json_text(yq_json_at(c->params, 1), &key)) {
        bad_params(c);
        return;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(known); i++) {
        if (yq_slice_equal(key, yq_slice_text(known[i][0]))) {
            yq_json_out_str(c->out, "result", known[i][1]);
            return;
        }
    }
    yq_fmock_out_error(c->out, CODE_SYSTEM_KEY, "Invalid System Config");
}

static void get_code(const call *c)
{
    /* What stands for the code of a contract: STOP. */
    static const uint8_t code[] = {0x00};
    uint8_t address[20];
    yq_buf room = {address, sizeof address, 0};
    if (!take_group(c)) {
        return;
    }
    if (!yq_json_hex(yq_json_at(c->params, 1), &room) || room.n != sizeof address) {
        bad_params(c);
        return;
    }
    int there = yq_fmock_contract_at(c->chain, yq_slice_of(address, 20)) != NULL;
    yq_fmock_out_hex(c->out, "result", yq_slice_of(code, there ? sizeof code : 0));
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    void (*answer)(const call *c);
} methods[] = {
    {"getBlockByHash", get_block_by_hash},
    {"getBlockByNumber", get_block_by_number},
    {"getBlockHashByNumber", get_block_hash},
    {"getBlockHeaderByHash", get_header_by_hash},
    {"getBlockHeaderByNumber", get_header_by_number},
    {"getBlockNumber", get_block_number},
    {"getClientVersion", get_version},
    {"getCode", get_code},
    {"getGroupList", get_groups},
    {"getGroupPeers", get_sealers},
    {"getNodeIDList", get_sealers},
    {"getObserverList", get_observers},
    {"getPbftView", get_view},
    {"getPeers", get_peers},
    {"getPendingTxSize", get_pending_size},
    {"getSealerList", get_sealers},
    {"getSyncStatus", get_sync_status},
    {"getSystemConfigByKey", get_system_config},
    {"getTotalTransactionCount", get_tx_count},
    {"getTransactionByHash", get_tx},
    {"getTransactionByHashWithProof", get_tx_with_proof},
    {"getTransactionReceipt", get_receipt},
    {"getTransactionReceiptByHashWithProof", get_receipt_with_proof},
    {"sendRawTransaction", send_raw},
    {"sendRawTransactionAndGetProof", send_raw},
};

static void answer_method(const call *c, yq_slice name)
{
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        if (yq_slice_equal(name, yq_slice_text(methods[i].name))) {
            methods[i].answer(c);
            return;
        }
    }
    yq_fmock_out_error(
        c->out,
        CODE_METHOD,
        "METHOD_NOT_FOUND: The method being requested is not available on this server");
}

static void write_id(const yq_json *id, yq_json_out *out)
{
    uint64_t number;
    yq_slice text;
    if (yq_json_uint(id, &number)) {
        yq_json_out_uint(out, "id", number);
    } else if (yq_json_text(id, &text)) {
        yq_json_out_text(out, "id", text);
    } else {
        yq_json_out_null(out, "id");
    }
}

yq_json_out *yq_fmock_answer(yq_fmock_chain *chain, yq_slice request)
{
    yq_json_out *out = yq_json_out_new(REPLY_MAX);
    YQ_ASSERT(out != NULL);
    yq_json *document = yq_json_parse(request, YQ_FMOCK_REQUEST_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    yq_slice method;
    yq_json_out_object(out, NULL);
    write_id(yq_json_get(root, "id"), out);
    yq_json_out_str(out, "jsonrpc", "2.0");
    if (document == NULL) {
        yq_fmock_out_error(out, CODE_PARSE, "JSON_PARSE_ERROR: The JSON-Object is not JSON-Valid");
    } else if (!yq_json_text(yq_json_get(root, "method"), &method)) {
        yq_fmock_out_error(
            out,
            CODE_REQUEST,
            "INVALID_JSON_REQUEST: The JSON sent is not a valid JSON-RPC Request object");
    } else {
        const call c = {.chain = chain, .params = yq_json_get(root, "params"), .out = out};
        answer_method(&c, method);
    }
    yq_json_out_end(out);
    yq_json_free(document);
    return out;
}
