#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define REPLY_MAX  (256u << 20)
#define SLOTS_MAX  300u
#define BLOCKS_MAX 1000u /* of one eth_getLogs */

/* The node's error codes. */
enum {
    CODE_PARSE = -32700,
    CODE_REQUEST = -32600,
    CODE_METHOD = -32601,
    CODE_PARAMS = -32602,
    CODE_SERVER = -32000,
};

typedef struct call {
    yq_emock_chain *chain;
    const yq_json *params;
    yq_json_out *out;
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

/* ---- parameters --------------------------------------------------------------------------------
 */

static int take_bytes(const yq_json *value, uint8_t *out, size_t size)
{
    yq_buf room = {out, size, 0};
    return yq_json_hex(value, &room) && room.n == size;
}

static int text_is(const yq_json *value, const char *word)
{
    yq_slice text;
    return yq_json_text(value, &text) && yq_slice_equal(text, yq_slice_text(word));
}

/* The block that a number or a word names; has answered when there is none. */
static const yq_emock_block *take_block(const call *c, size_t idx)
{
    const yq_json *value = yq_json_at(c->params, idx);
    uint64_t number;
    if (text_is(value, "latest") || text_is(value, "pending") || text_is(value, "finalized") ||
        text_is(value, "safe")) {
        number = yq_emock_height(c->chain);
    } else if (text_is(value, "earliest")) {
        number = 0;
    } else if (!yq_json_quantity(value, &number)) {
        bad_params(c);
        return NULL;
    }
    const yq_emock_block *block = yq_emock_chain_at(c->chain, number);
    if (block == NULL) {
        yq_json_out_null(c->out, "result");
    }
    return block;
}

static int flag_of(const call *c)
{
    int flag = 0;
    (void)yq_json_bool(yq_json_at(c->params, 1), &flag);
    return flag;
}

/* ---- the node ----------------------------------------------------------------------------------
 */

static void client_version(const call *c)
{
    yq_json_out_str(c->out, "result", "mock/v24.1.0/linux-x86_64/openjdk-java-17");
}

static void net_version(const call *c)
{
    char text[24];
    (void)yq_decimal_encode(text, c->chain->chain_id);
    yq_json_out_str(c->out, "result", text);
}

static void net_listening(const call *c)
{
    yq_json_out_bool(c->out, "result", 1);
}

static void peer_count(const call *c)
{
    yq_emock_out_number(c->out, "result", YQ_EMOCK_MEMBERS - 1);
}

static void chain_id(const call *c)
{
    yq_emock_out_number(c->out, "result", c->chain->chain_id);
}

static void syncing(const call *c)
{
    yq_json_out_bool(c->out, "result", 0);
}

static void block_number(const call *c)
{
    yq_emock_out_number(c->out, "result", yq_emock_height(c->chain));
}

static void gas_price(const call *c)
{
    yq_emock_out_number(c->out, "result", c->chain->has_base_fee ? YQ_EMOCK_BASE_FEE + 2 : 1);
}

static void fee_history(const call *c)
{
    uint64_t n, height = yq_emock_height(c->chain);
    if (!yq_json_quantity(yq_json_at(c->params, 0), &n) || n == 0 || n > 1024) {
        bad_params(c);
        return;
    }
    n = n > height + 1 ? height + 1 : n;
    yq_json_out_object(c->out, "result");
    yq_emock_out_number(c->out, "oldestBlock", height + 1 - n);
    yq_json_out_array(c->out, "baseFeePerGas");
    for (uint64_t i = 0; i <= n; i++) {
        yq_emock_out_number(c->out, NULL, c->chain->has_base_fee ? YQ_EMOCK_BASE_FEE : 0);
    }
    yq_json_out_end(c->out);
    yq_json_out_array(c->out, "reward");
    for (uint64_t i = 0; i < n; i++) {
        yq_json_out_array(c->out, NULL);
        for (size_t k = 0; k < yq_json_count(yq_json_at(c->params, 2)); k++) {
            yq_emock_out_number(c->out, NULL, 1 + i % 2);
        }
        yq_json_out_end(c->out);
    }
    yq_json_out_end(c->out);
    yq_json_out_end(c->out);
}

/* ---- blocks ------------------------------------------------------------------------------------
 */

static void block_by_number(const call *c)
{
    const yq_emock_block *block = take_block(c, 0);
    if (block != NULL) {
        yq_emock_show_block(c->chain, block, flag_of(c), c->out);
    }
}

static void block_by_hash(const call *c)
{
    yq_digest hash;
    if (!take_bytes(yq_json_at(c->params, 0), hash.b, sizeof hash.b)) {
        bad_params(c);
        return;
    }
    const yq_emock_block *block = yq_emock_chain_by_hash(c->chain, &hash);
    if (block == NULL) {
        yq_json_out_null(c->out, "result");
    } else {
        yq_emock_show_block(c->chain, block, flag_of(c), c->out);
    }
}

static void block_receipts(const call *c)
{
    const yq_emock_block *block = take_block(c, 0);
    if (block == NULL) {
        return;
    }
    yq_json_out_array(c->out, "result");
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_emock_show_receipt(block, i, NULL, c->out);
    }
    yq_json_out_end(c->out);
}

static void validators(const call *c)
{
    const yq_emock_block *block = take_block(c, 0);
    if (block == NULL) {
        return;
    }
    yq_json_out_array(c->out, "result");
    for (size_t i = 0; i < block->set.n; i++) {
        yq_emock_out_hex(c->out, NULL, c->chain->address[block->set.member[i]], 20);
    }
    yq_json_out_end(c->out);
}

/* ---- transactions ------------------------------------------------------------------------------
 */

static void tx_by_hash(const call *c)
{
    yq_digest hash;
    const yq_emock_block *block;
    size_t index;
    if (!take_bytes(yq_json_at(c->params, 0), hash.b, sizeof hash.b)) {
        bad_params(c);
        return;
    }
    if (yq_emock_chain_find_tx(c->chain, &hash, &block, &index)) {
        yq_emock_show_tx(block->tx[index], block, index, "result", c->out);
        return;
    }
    for (size_t i = 0; i < c->chain->pool_n; i++) {
        if (yq_digest_equal(&c->chain->pool[i]->hash, &hash)) {
            yq_emock_show_tx(c->chain->pool[i], NULL, 0, "result", c->out);
            return;
        }
    }
    yq_json_out_null(c->out, "result");
}

static void tx_receipt(const call *c)
{
    yq_digest hash;
    const yq_emock_block *block;
    size_t index;
    if (!take_bytes(yq_json_at(c->params, 0), hash.b, sizeof hash.b)) {
        bad_params(c);
    } else if (yq_emock_chain_find_tx(c->chain, &hash, &block, &index)) {
        yq_emock_show_receipt(block, index, "result", c->out);
    } else {
        yq_json_out_null(c->out, "result");
    }
}

static void send_raw(const call *c)
{
    yq_slice text;
    const yq_json *value = yq_json_at(c->params, 0);
    if (!yq_json_text(value, &text)) {
        bad_params(c);
        return;
    }
    yq_buf raw = {malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    YQ_ASSERT(raw.p != NULL);
    const char *word = NULL;
    yq_digest hash;
    if (!yq_json_hex(value, &raw) || raw.n > YQ_EMOCK_TX_MAX) {
        bad_params(c);
    } else {
        yq_emock_submit(c->chain, yq_slice_of(raw.p, raw.n), &hash, &word);
        if (word != NULL) {
            out_error(c->out, CODE_SERVER, word);
        } else {
            yq_emock_out_hex(c->out, "result", hash.b, sizeof hash.b);
        }
    }
    free(raw.p);
}

static void logs(const call *c)
{
    const yq_json *filter = yq_json_at(c->params, 0);
    uint8_t address[20], topic[YQ_DIGEST_SIZE];
    uint64_t from = 0, to = yq_emock_height(c->chain);
    const yq_json *topic0 = yq_json_at(yq_json_get(filter, "topics"), 0);
    int has_address = take_bytes(yq_json_get(filter, "address"), address, sizeof address);
    int has_topic = take_bytes(topic0, topic, sizeof topic);
    (void)yq_json_quantity(yq_json_get(filter, "fromBlock"), &from);
    (void)yq_json_quantity(yq_json_get(filter, "toBlock"), &to);
    if (!yq_json_is_object(filter) || from > to || to - from >= BLOCKS_MAX) {
        bad_params(c);
        return;
    }
    yq_json_out_array(c->out, "result");
    for (uint64_t n = from; n <= to; n++) {
        const yq_emock_block *block = yq_emock_chain_at(c->chain, n);
        if (block != NULL) {
            yq_emock_show_logs(
                block, has_address ? address : NULL, has_topic ? topic : NULL, c->out);
        }
    }
    yq_json_out_end(c->out);
}

/* ---- accounts ----------------------------------------------------------------------------------
 */

static int take_address(const call *c, uint8_t address[20])
{
    if (!take_bytes(yq_json_at(c->params, 0), address, 20)) {
        bad_params(c);
        return 0;
    }
    return 1;
}

static void tx_count(const call *c)
{
    uint8_t address[20];
    if (!take_address(c, address)) {
        return;
    }
    if (text_is(yq_json_at(c->params, 1), "pending")) {
        yq_emock_out_number(c->out, "result", yq_emock_pending_nonce(c->chain, address));
        return;
    }
    const yq_emock_block *block = take_block(c, 1);
    if (block != NULL) {
        const yq_emock_account *account = yq_emock_account_find(&block->after, address);
        yq_emock_out_number(c->out, "result", account == NULL ? 0 : account->nonce);
    }
}

static void balance(const call *c)
{
    uint8_t address[20];
    if (take_address(c, address)) {
        yq_json_out_str(c->out, "result", "0x0");
    }
}

/* What stands for the code of a contract: its kind. */
static void code(const call *c)
{
    uint8_t address[20];
    if (!take_address(c, address)) {
        return;
    }
    const yq_emock_block *block = take_block(c, 1);
    if (block != NULL) {
        const yq_emock_account *account = yq_emock_account_find(&block->after, address);
        int is_contract = account != NULL && account->code != YQ_EMOCK_CODE_NONE;
        yq_emock_out_hex(
            c->out, "result", is_contract ? &account->code : NULL, is_contract ? 1 : 0);
    }
}

static void proof(const call *c)
{
    static yq_digest slot[SLOTS_MAX];
    uint8_t address[20];
    const yq_json *keys = yq_json_at(c->params, 1);
    size_t n = yq_json_count(keys);
    if (!take_address(c, address)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (n > SLOTS_MAX || !take_bytes(yq_json_at(keys, i), slot[i].b, sizeof slot[i].b)) {
            bad_params(c);
            return;
        }
    }
    const yq_emock_block *block = take_block(c, 2);
    if (block != NULL) {
        yq_json_out_object(c->out, "result");
        yq_emock_proof_show(c->chain, &block->after, address, slot, n, c->out);
        yq_json_out_end(c->out);
    }
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    void (*answer)(const call *c);
} methods[] = {
    {"clique_getSigners", validators},
    {"eth_blockNumber", block_number},
    {"eth_chainId", chain_id},
    {"eth_feeHistory", fee_history},
    {"eth_gasPrice", gas_price},
    {"eth_getBalance", balance},
    {"eth_getBlockByHash", block_by_hash},
    {"eth_getBlockByNumber", block_by_number},
    {"eth_getBlockReceipts", block_receipts},
    {"eth_getCode", code},
    {"eth_getLogs", logs},
    {"eth_getProof", proof},
    {"eth_getTransactionByHash", tx_by_hash},
    {"eth_getTransactionCount", tx_count},
    {"eth_getTransactionReceipt", tx_receipt},
    {"eth_sendRawTransaction", send_raw},
    {"eth_syncing", syncing},
    {"ibft_getValidatorsByBlockNumber", validators},
    {"net_listening", net_listening},
    {"net_peerCount", peer_count},
    {"net_version", net_version},
    {"qbft_getValidatorsByBlockNumber", validators},
    {"web3_clientVersion", client_version},
};

static void answer_method(const call *c, yq_slice name)
{
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        if (yq_slice_equal(name, yq_slice_text(methods[i].name))) {
            methods[i].answer(c);
            return;
        }
    }
    out_error(c->out, CODE_METHOD, "Method not found");
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

yq_json_out *yq_emock_answer(yq_emock_chain *chain, yq_slice request)
{
    yq_json_out *out = yq_json_out_new(REPLY_MAX);
    YQ_ASSERT(out != NULL);
    yq_json *document = yq_json_parse(request, YQ_EMOCK_REQUEST_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    yq_slice method;
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "jsonrpc", "2.0");
    write_id(yq_json_get(root, "id"), out);
    if (document == NULL) {
        out_error(out, CODE_PARSE, "Parse error");
    } else if (!yq_json_text(yq_json_get(root, "method"), &method)) {
        out_error(out, CODE_REQUEST, "Invalid Request");
    } else {
        const call c = {.chain = chain, .params = yq_json_get(root, "params"), .out = out};
        answer_method(&c, method);
    }
    yq_json_out_end(out);
    yq_json_free(document);
    return out;
}
