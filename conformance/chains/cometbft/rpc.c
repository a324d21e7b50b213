#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"
#include "relay/codec/base64.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CODE_PARSE   (-32700)
#define CODE_METHOD  (-32601)
#define CODE_PARAMS  (-32602)
#define CODE_SERVER  (-32603)
#define PROOF_ROOM   (64u << 10)
#define VERSION_TEXT "0.38.12"

/* One call; what is written goes into the open object "result". */
typedef struct call {
    yq_cmock_chain *chain;
    const yq_json *params;
    yq_json_out *out;
    int code; /* of an error, 0: none */
    char error[128];
} call;

static void fail(call *c, int code, const char *text)
{
    c->code = code;
    (void)snprintf(c->error, sizeof c->error, "%s", text);
}

/* ---- parameters ---- */

static const yq_cmock_block *block_of(call *c, const char *key)
{
    uint64_t height = 0, newest = c->chain->block_n;
    const yq_json *value = yq_json_get(c->params, key);
    if (value != NULL && !yq_json_is_null(value) && !yq_json_quantity(value, &height)) {
        fail(c, CODE_PARAMS, "height: not a number");
        return NULL;
    }
    height = height == 0 ? newest : height;
    const yq_cmock_block *block = yq_cmock_chain_at(c->chain, height);
    if (block == NULL) {
        c->code = CODE_SERVER;
        (void)snprintf(
            c->error,
            sizeof c->error,
            "height %" PRIu64 " must be less than or equal to the current blockchain height "
            "%" PRIu64,
            height,
            newest);
    }
    return block;
}

/* Out: memory to be freed; NULL after a failure. */
static uint8_t *base64_of(call *c, const char *key, size_t *n)
{
    yq_slice text;
    if (!yq_json_text(yq_json_get(c->params, key), &text)) {
        fail(c, CODE_PARAMS, key);
        return NULL;
    }
    yq_buf room = {malloc(text.n + 1), text.n + 1, 0};
    YQ_ASSERT(room.p != NULL);
    if (yq_base64_decode(text, &room, NULL) != YQ_OK) {
        fail(c, CODE_PARAMS, key);
        free(room.p);
        return NULL;
    }
    *n = room.n;
    return room.p;
}

/* ---- methods ---- */

static void do_health(call *c)
{
    (void)c;
}

static void do_status(call *c)
{
    const yq_cmock_block *first = c->chain->block[0];
    const yq_cmock_block *last = c->chain->block[c->chain->block_n - 1];
    yq_json_out_object(c->out, "node_info");
    yq_json_out_str(c->out, "network", c->chain->id);
    yq_json_out_str(c->out, "version", VERSION_TEXT);
    yq_json_out_str(c->out, "moniker", "mock");
    yq_json_out_object(c->out, "other");
    yq_json_out_str(c->out, "tx_index", "on");
    yq_json_out_end(c->out);
    yq_json_out_end(c->out);
    yq_json_out_object(c->out, "sync_info");
    yq_cmock_out_hex(c->out, "latest_block_hash", YQ_SLICE_OF(last->hash.b));
    yq_cmock_out_hex(c->out, "latest_app_hash", YQ_SLICE_OF(last->app.b));
    yq_cmock_out_number(c->out, "latest_block_height", last->height);
    yq_cmock_out_time(c->out, "latest_block_time", last->time_ms);
    yq_cmock_out_hex(c->out, "earliest_block_hash", YQ_SLICE_OF(first->hash.b));
    yq_cmock_out_number(c->out, "earliest_block_height", first->height);
    yq_cmock_out_time(c->out, "earliest_block_time", first->time_ms);
    yq_json_out_bool(c->out, "catching_up", 0);
    yq_json_out_end(c->out);
}

static void do_net_info(call *c)
{
    yq_json_out_bool(c->out, "listening", 1);
    yq_json_out_str(c->out, "n_peers", "3");
    yq_json_out_array(c->out, "peers");
    yq_json_out_end(c->out);
}

static void do_header(call *c)
{
    const yq_cmock_block *block = block_of(c, "height");
    if (block != NULL) {
        yq_cmock_show_header(c->chain, block, c->out);
    }
}

static void do_commit(call *c)
{
    const yq_cmock_block *block = block_of(c, "height");
    if (block == NULL) {
        return;
    }
    yq_json_out_object(c->out, "signed_header");
    yq_cmock_show_header(c->chain, block, c->out);
    yq_cmock_show_commit(c->chain, block, c->out);
    yq_json_out_end(c->out);
    yq_json_out_bool(c->out, "canonical", block->height < c->chain->block_n);
}

static void do_block(call *c)
{
    const yq_cmock_block *block = block_of(c, "height");
    if (block == NULL) {
        return;
    }
    yq_cmock_show_block_id(c->out, "block_id", &block->hash);
    yq_json_out_object(c->out, "block");
    yq_cmock_show_header(c->chain, block, c->out);
    yq_json_out_object(c->out, "data");
    yq_json_out_array(c->out, "txs");
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_cmock_out_base64(c->out, NULL, yq_slice_of(block->tx[i]->raw, block->tx[i]->raw_n));
    }
    yq_json_out_end(c->out);
    yq_json_out_end(c->out);
    yq_json_out_end(c->out);
}

static uint64_t number_of(const call *c, const char *key, uint64_t otherwise)
{
    uint64_t value;
    return yq_json_quantity(yq_json_get(c->params, key), &value) && value > 0 ? value : otherwise;
}

static void do_validators(call *c)
{
    const yq_cmock_block *block = block_of(c, "height");
    if (block == NULL) {
        return;
    }
    uint64_t size = number_of(c, "per_page", 30), page = number_of(c, "page", 1);
    size = size > YQ_CMOCK_PAGE ? YQ_CMOCK_PAGE : size;
    uint64_t pages = (block->set.n + size - 1) / size, count = 0;
    if (page > pages) {
        fail(c, CODE_SERVER, "page should be within range");
        return;
    }
    yq_cmock_out_number(c->out, "block_height", block->height);
    yq_json_out_array(c->out, "validators");
    for (uint64_t i = (page - 1) * size; i < block->set.n && i < page * size; i++, count++) {
        yq_cmock_show_validator(c->chain, &block->set, (size_t)i, c->out);
    }
    yq_json_out_end(c->out);
    yq_cmock_out_number(c->out, "count", count);
    yq_cmock_out_number(c->out, "total", block->set.n);
}

static void do_block_results(call *c)
{
    const yq_cmock_block *block = block_of(c, "height");
    if (block == NULL) {
        return;
    }
    yq_cmock_out_number(c->out, "height", block->height);
    yq_json_out_array(c->out, "txs_results");
    for (size_t i = 0; i < block->tx_n; i++) {
        yq_cmock_show_result(c->chain, block, block->tx[i], NULL, c->out);
    }
    yq_json_out_end(c->out);
    yq_json_out_array(c->out, "finalize_block_events");
    yq_json_out_end(c->out);
    yq_json_out_null(c->out, "validator_updates");
    yq_json_out_null(c->out, "consensus_param_updates");
}

/* ---- abci_query ---- */

static void out_proof(call *c, const char *type, yq_slice key, const yq_writer *proof)
{
    YQ_ASSERT(proof->status == YQ_OK);
    yq_json_out_object(c->out, NULL);
    yq_json_out_str(c->out, "type", type);
    yq_cmock_out_base64(c->out, "key", key);
    yq_cmock_out_base64(c->out, "data", yq_writer_slice(proof));
    yq_json_out_end(c->out);
}

/* The value of a leaf, as the mode of its block has it shown. */
static yq_digest shown_value(const call *c, const yq_cmock_leaf *leaf)
{
    yq_digest value = {{0}};
    memcpy(value.b, leaf->value, leaf->value_n);
    const yq_cmock_packet *p = leaf->packet;
    if (p == NULL || c->chain->block[p->height - 1]->mode != YQ_MOCK_ALTERED_RECEIPT) {
        return value;
    }
    uint8_t *data = yq_cmock_packet_shown(p, 1);
    const yq_slice shown = {data, p->data_n};
    value = yq_cmock_packet_commitment(c->chain, p, &shown);
    free(data);
    return value;
}

static void query_store(call *c, uint64_t height, yq_slice key, int prove)
{
    static uint8_t rooms[2][PROOF_ROOM];
    const yq_cmock_leaf *leaf = yq_cmock_leaf_find(c->chain, height, key);
    yq_digest held = {{0}};
    yq_slice value = {0};
    if (leaf != NULL) {
        held = shown_value(c, leaf);
        value = yq_slice_of(held.b, leaf->value_n);
        yq_cmock_out_base64(c->out, "value", value);
    } else {
        yq_json_out_null(c->out, "value");
    }
    if (!prove) {
        yq_json_out_null(c->out, "proofOps");
        return;
    }
    yq_writer lower = yq_writer_of(rooms[0], PROOF_ROOM);
    yq_writer upper = yq_writer_of(rooms[1], PROOF_ROOM);
    yq_cmock_store_proof(c->chain, height, key, value, &lower);
    yq_cmock_map_proof(c->chain, height, &upper);
    yq_json_out_object(c->out, "proofOps");
    yq_json_out_array(c->out, "ops");
    out_proof(c, "ics23:iavl", key, &lower);
    out_proof(c, "ics23:simple", yq_slice_text("ibc"), &upper);
    yq_json_out_end(c->out);
    yq_json_out_end(c->out);
}

static void do_abci_query(call *c)
{
    uint8_t room[YQ_CMOCK_KEY_MAX];
    yq_buf data = {room, sizeof room, 0};
    yq_slice path = {0};
    int prove = 0, known = 1;
    const yq_cmock_block *block = block_of(c, "height");
    if (block == NULL) {
        return;
    }
    (void)yq_json_text(yq_json_get(c->params, "path"), &path);
    (void)yq_json_bool(yq_json_get(c->params, "prove"), &prove);
    if (!yq_json_hex(yq_json_get(c->params, "data"), &data)) {
        fail(c, CODE_PARAMS, "data");
        return;
    }
    yq_slice key = {data.p, data.n};
    yq_json_out_object(c->out, "response");
    if (yq_slice_equal(path, yq_slice_text("/store/ibc/key"))) {
        query_store(c, block->height, key, prove);
    } else {
        size_t module = yq_slice_equal(path, yq_slice_text("/yuqiao/inbox"))
                            ? yq_cmock_module_find(c->chain, key)
                            : SIZE_MAX;
        known = module != SIZE_MAX && c->chain->module[module].model != NULL;
        yq_json_out_null(c->out, "value");
        yq_json_out_null(c->out, "proofOps");
    }
    yq_json_out_uint(c->out, "code", known ? 0 : 1);
    yq_json_out_str(c->out, "log", known ? "" : "unknown path or inbox");
    yq_json_out_str(c->out, "index", "0");
    yq_cmock_out_base64(c->out, "key", key);
    yq_cmock_out_number(c->out, "height", block->height);
    yq_json_out_str(c->out, "codespace", known ? "" : "yuqiao");
    yq_json_out_end(c->out);
}

/* ---- transactions ---- */

static void do_broadcast(call *c)
{
    size_t n = 0;
    yq_cmock_tx seen;
    uint8_t *raw = base64_of(c, "tx", &n);
    if (raw == NULL) {
        return;
    }
    const char *word = yq_cmock_submit(c->chain, yq_slice_of(raw, n), &seen);
    free(raw);
    if (word != NULL) {
        fail(c, CODE_SERVER, word);
        return;
    }
    yq_json_out_uint(c->out, "code", seen.code);
    yq_json_out_str(c->out, "data", "");
    yq_json_out_str(c->out, "log", seen.log);
    yq_json_out_str(c->out, "codespace", seen.code == 0 ? "" : "yuqiao");
    yq_cmock_out_hex(c->out, "hash", YQ_SLICE_OF(seen.hash.b));
}

static void do_tx(call *c)
{
    size_t n = 0, index;
    yq_digest hash = {{0}};
    const yq_cmock_block *block;
    uint8_t *raw = base64_of(c, "hash", &n);
    if (raw == NULL) {
        return;
    }
    memcpy(hash.b, raw, n < sizeof hash.b ? n : sizeof hash.b);
    free(raw);
    if (n != sizeof hash.b || !yq_cmock_chain_find_tx(c->chain, &hash, &block, &index)) {
        char hex[2 * YQ_DIGEST_SIZE + 1];
        (void)yq_hex_encode(hex, sizeof hex, hash.b, sizeof hash.b);
        c->code = CODE_SERVER;
        (void)snprintf(c->error, sizeof c->error, "tx (%s) not found", hex);
        return;
    }
    const yq_cmock_tx *tx = block->tx[index];
    yq_cmock_out_hex(c->out, "hash", YQ_SLICE_OF(tx->hash.b));
    yq_cmock_out_number(c->out, "height", block->height);
    yq_json_out_uint(c->out, "index", index);
    yq_cmock_show_result(c->chain, block, tx, "tx_result", c->out);
    yq_cmock_out_base64(c->out, "tx", yq_slice_of(tx->raw, tx->raw_n));
}

/* ---- JSON-RPC ---- */

typedef struct method {
    const char *name;
    void (*run)(call *c);
} method;

static const method *method_of(yq_slice name)
{
    static const method methods[] = {
        {"health", do_health},
        {"status", do_status},
        {"net_info", do_net_info},
        {"header", do_header},
        {"commit", do_commit},
        {"block", do_block},
        {"validators", do_validators},
        {"block_results", do_block_results},
        {"abci_query", do_abci_query},
        {"broadcast_tx_sync", do_broadcast},
        {"tx", do_tx},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        if (yq_slice_equal(name, yq_slice_text(methods[i].name))) {
            return &methods[i];
        }
    }
    return NULL;
}

static yq_json_out *begin(const yq_json *request)
{
    int64_t id = -1;
    yq_json_out *out = yq_json_out_new(YQ_CMOCK_REPLY_MAX);
    YQ_ASSERT(out != NULL);
    (void)yq_json_int(yq_json_get(request, "id"), &id);
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "jsonrpc", "2.0");
    yq_json_out_int(out, "id", id);
    return out;
}

static void out_error(yq_json_out *out, int code, const char *data)
{
    yq_json_out_object(out, "error");
    yq_json_out_int(out, "code", code);
    yq_json_out_str(
        out,
        "message",
        code == CODE_SERVER   ? "Internal error"
        : code == CODE_PARAMS ? "Invalid params"
        : code == CODE_METHOD ? "Method not found"
                              : "Parse error. Invalid JSON");
    yq_json_out_str(out, "data", data);
    yq_json_out_end(out);
}

yq_json_out *yq_cmock_answer(yq_cmock_chain *chain, yq_slice request)
{
    yq_json *document = yq_json_parse(request, YQ_CMOCK_REQUEST_MAX, NULL);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    yq_slice name = {0};
    yq_json_out *out = begin(root);
    int has_name = yq_json_text(yq_json_get(root, "method"), &name);
    const method *m = method_of(name);
    call c = {.chain = chain, .params = yq_json_get(root, "params"), .out = out};
    if (!has_name || m == NULL) {
        out_error(out, has_name ? CODE_METHOD : CODE_PARSE, "");
    } else {
        yq_json_out_object(out, "result");
        m->run(&c);
        yq_json_out_end(out);
    }
    if (c.code != 0) {
        yq_json_out_free(out);
        out = begin(root);
        out_error(out, c.code, c.error);
    }
    yq_json_out_end(out);
    yq_json_free(document);
    return out;
}
