#include "conformance/chains/fisco-bcos-2/replay.h"
#include "relay/base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ID_SIZE 32u

enum {
    CODE_METHOD = -32601,
    CODE_PARAMS = -32602,
    CODE_INTERNAL = -32603,
    CODE_HEIGHT = -40004,
};

/* What is answered: a recorded value, or an error. */
typedef struct answer {
    yq_slice result;
    int code;
    const char *message;
} answer;

static answer error_of(int code, const char *message)
{
    return (answer){.code = code, .message = message};
}

static answer not_recorded(void)
{
    return error_of(CODE_INTERNAL, "this was not recorded");
}

static answer answer_file(const yq_fmock_reply *reply)
{
    return reply == NULL ? not_recorded() : (answer){.result = reply->result};
}

__attribute__((format(printf, 2, 3))) static const yq_fmock_reply *find(
    const yq_fmock_replay *replay, const char *format, ...)
{
    char name[YQ_FMOCK_NAME_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return yq_fmock_reply_find(replay, name);
}

/* The last file whose name begins so. */
static const yq_fmock_reply *find_last(const yq_fmock_replay *replay, const char *prefix)
{
    const yq_fmock_reply *found = NULL;
    for (size_t i = 0; i < replay->n; i++) {
        if (strncmp(replay->list[i].name, prefix, strlen(prefix)) == 0) {
            found = &replay->list[i];
        }
    }
    return found;
}

/* ---- by number --------------------------------------------------------------------------------
 */

static answer by_number(const yq_fmock_replay *replay, const char *kind, const yq_json *params)
{
    yq_slice text;
    uint64_t number;
    const yq_json *value = yq_json_at(params, 1);
    if (!yq_json_text(value, &text) || !yq_json_quantity(value, &number)) {
        return error_of(CODE_PARAMS, "INVALID_PARAMS: Invalid method parameters");
    }
    if (number > replay->height) {
        return error_of(CODE_HEIGHT, "BlockNumber does not exist");
    }
    return answer_file(find(replay, "%s_%" PRIu64, kind, number));
}

/* Nodes before 2.7 have no such method, and callers ask for the block then. */
static answer header_by_number(const yq_fmock_replay *replay, const yq_json *params)
{
    if (find(replay, "header_1") == NULL) {
        return error_of(CODE_METHOD, "METHOD_NOT_FOUND");
    }
    return by_number(replay, "header", params);
}

/* ---- by hash ----------------------------------------------------------------------------------
 */

static int digest_of(const yq_json *value, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(value, &room) && room.n == sizeof out->b;
}

/* Out: the place of a transaction. */
static int find_tx(
    const yq_fmock_replay *replay, const yq_digest *hash, uint64_t *number, size_t *index)
{
    for (uint64_t b = 0; b <= replay->height; b++) {
        const yq_json *txs =
            yq_json_get(yq_fmock_reply_result(find(replay, "block_%" PRIu64, b)), "transactions");
        for (size_t i = 0; i < yq_json_count(txs); i++) {
            yq_digest own;
            if (digest_of(yq_json_get(yq_json_at(txs, i), "hash"), &own) &&
                memcmp(own.b, hash->b, sizeof own.b) == 0) {
                *number = b;
                *index = i;
                return 1;
            }
        }
    }
    return 0;
}

static answer tx_by_hash(const yq_fmock_replay *replay, const char *suffix, const yq_json *params)
{
    yq_digest hash;
    uint64_t number;
    size_t index;
    if (!digest_of(yq_json_at(params, 1), &hash)) {
        return error_of(CODE_PARAMS, "INVALID_PARAMS: Invalid method parameters");
    }
    if (!find_tx(replay, &hash, &number, &index)) {
        return (answer){.result = yq_slice_text("null")};
    }
    return answer_file(find(replay, "tx_%" PRIu64 "_%zu%s", number, index, suffix));
}

/* ---- the node ---------------------------------------------------------------------------------
 */

/* Of the recorded lists, the one of the last block; else the last by name. */
static answer sealers(const yq_fmock_replay *replay)
{
    const yq_json *block = yq_fmock_reply_result(find(replay, "block_%" PRIu64, replay->height));
    const yq_json *wanted = yq_json_get(block, "sealerList");
    for (size_t i = 0; i < replay->n; i++) {
        const yq_json *list = yq_fmock_reply_result(&replay->list[i]);
        size_t n = yq_json_count(wanted), same = 0;
        if (strncmp(replay->list[i].name, "sealers", 7) != 0 || yq_json_count(list) != n) {
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            yq_slice a, b;
            same +=
                (size_t)(yq_json_text(yq_json_at(wanted, k), &a) && yq_json_text(yq_json_at(list, k), &b) && yq_slice_equal(a, b));
        }
        if (same == n) {
            return answer_file(&replay->list[i]);
        }
    }
    return answer_file(find_last(replay, "sealers"));
}

static answer system_config(const yq_fmock_replay *replay, const yq_json *params)
{
    yq_slice key;
    if (!yq_json_text(yq_json_at(params, 1), &key)) {
        return error_of(CODE_PARAMS, "INVALID_PARAMS: Invalid method parameters");
    }
    return answer_file(find(replay, "sysconfig_%.*s", (int)(key.n < 64 ? key.n : 64), key.p));
}

static answer whole_block(const yq_fmock_replay *replay, const yq_json *params)
{
    int whole = 0;
    if (!yq_json_bool(yq_json_at(params, 2), &whole) || !whole) {
        return not_recorded();
    }
    return by_number(replay, "block", params);
}

static int is(yq_slice method, const char *name)
{
    return yq_slice_equal(method, yq_slice_text(name));
}

static answer answer_method(
    const yq_fmock_replay *replay, yq_slice method, const yq_json *params, char number[ID_SIZE])
{
    static const char *const fixed[][2] = {
        {"getClientVersion", "client_version"},
        {"getCode", "code"},
        {"getConsensusStatus", "consensus_status"},
        {"getGroupList", "group_list"},
        {"getGroupPeers", "group_peers"},
        {"getNodeIDList", "node_id_list"},
        {"getObserverList", "observers"},
        {"getPeers", "peers"},
        {"getSyncStatus", "sync_status"},
        {"getTotalTransactionCount", "total_transaction_count"},
    };
    static const char *const of_tx[][2] = {
        {"getTransactionByHash", ""},
        {"getTransactionByHashWithProof", "_proof"},
        {"getTransactionReceipt", "_receipt"},
        {"getTransactionReceiptByHashWithProof", "_receipt_proof"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(fixed); i++) {
        if (is(method, fixed[i][0])) {
            return answer_file(find_last(replay, fixed[i][1]));
        }
    }
    for (size_t i = 0; i < YQ_ARRAY_N(of_tx); i++) {
        if (is(method, of_tx[i][0])) {
            return tx_by_hash(replay, of_tx[i][1], params);
        }
    }
    if (is(method, "getBlockNumber")) {
        (void)snprintf(number, ID_SIZE, "\"0x%" PRIx64 "\"", replay->height);
        return (answer){.result = yq_slice_text(number)};
    }
    if (is(method, "getBlockByNumber")) {
        return whole_block(replay, params);
    }
    if (is(method, "getBlockHeaderByNumber")) {
        return header_by_number(replay, params);
    }
    if (is(method, "getBlockHashByNumber")) {
        return by_number(replay, "blockhash", params);
    }
    if (is(method, "getSealerList")) {
        return sealers(replay);
    }
    if (is(method, "getSystemConfigByKey")) {
        return system_config(replay, params);
    }
    if (is(method, "sendRawTransaction")) {
        return error_of(CODE_INTERNAL, "a recorded chain takes no transaction");
    }
    return error_of(CODE_METHOD, "METHOD_NOT_FOUND");
}

char *yq_fmock_replay_answer(yq_fmock_replay *replay, yq_slice request, size_t *size)
{
    char number[ID_SIZE];
    uint64_t id = 0;
    yq_slice method = {0};
    yq_json *document = yq_json_parse(request, YQ_FMOCK_REQUEST_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    (void)yq_json_uint(yq_json_get(root, "id"), &id);
    (void)yq_json_text(yq_json_get(root, "method"), &method);
    answer a = answer_method(replay, method, yq_json_get(root, "params"), number);
    yq_json_free(document);
    size_t cap = a.result.n + 256;
    char *text = malloc(cap);
    YQ_ASSERT(text != NULL);
    int n;
    if (a.message != NULL) {
        n = snprintf(
            text,
            cap,
            "{\"error\":{\"code\":%d,\"message\":\"%s\"},\"id\":%" PRIu64 ",\"jsonrpc\":\"2.0\"}\n",
            a.code,
            a.message,
            id);
    } else {
        n = snprintf(
            text,
            cap,
            "{\"id\":%" PRIu64 ",\"jsonrpc\":\"2.0\",\"result\":%.*s}\n",
            id,
            (int)a.result.n,
            a.result.p);
    }
    YQ_ASSERT(n > 0 && (size_t)n < cap);
    *size = (size_t)n;
    return text;
}
