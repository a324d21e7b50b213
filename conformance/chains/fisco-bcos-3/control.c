#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define COUNT_MAX 10000u

typedef struct control {
    yq_mock3_chain *chain;
    uint64_t time_ms;
    const yq_json *command;
    yq_json_out *reply;
    yq_fault *why;
} control;

/* ---- members ---- */

static yq_status missing(const control *c, const char *key)
{
    return yq_fail(c->why, YQ_E_FIELD_MISSING, 0, key);
}

static yq_status take_text(const control *c, const char *key, yq_slice *out)
{
    return yq_json_text(yq_json_get(c->command, key), out) ? YQ_OK : missing(c, key);
}

static yq_status take_digest(const control *c, const char *key, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    int good = yq_json_hex(yq_json_get(c->command, key), &room) && room.n == sizeof out->b;
    return good ? YQ_OK : missing(c, key);
}

/* Out: memory to be freed, also when it fails. */
static yq_status take_bytes(const control *c, const char *key, yq_buf *out)
{
    yq_slice text;
    const yq_json *value = yq_json_get(c->command, key);
    *out = (yq_buf){0};
    if (!yq_json_text(value, &text)) {
        return missing(c, key);
    }
    *out = (yq_buf){malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    YQ_ASSERT(out->p != NULL);
    return yq_json_hex(value, out) ? YQ_OK : yq_fail(c->why, YQ_E_TYPE, 0, key);
}

static uint64_t number_of(const control *c, const char *key, uint64_t otherwise)
{
    uint64_t value;
    return yq_json_uint(yq_json_get(c->command, key), &value) ? value : otherwise;
}

static yq_status take_set(const control *c, yq_valset *set)
{
    const yq_json *keys = yq_json_get(c->command, "keys");
    size_t n = yq_json_count(keys);
    uint64_t epoch;
    if (!yq_json_uint(yq_json_get(c->command, "epoch"), &epoch)) {
        return missing(c, "epoch");
    }
    if (!yq_json_is_array(keys) || n == 0 || n > YQ_VALIDATORS_MAX) {
        return missing(c, "keys");
    }
    *set = (yq_valset){.epoch = epoch, .suite = YQ_SUITE_SM2, .n = (uint16_t)n};
    for (size_t i = 0; i < n; i++) {
        yq_buf room = {set->key[i], sizeof set->key[i], 0};
        if (!yq_json_hex(yq_json_at(keys, i), &room) || room.n != sizeof set->key[i]) {
            return yq_fail(c->why, YQ_E_TYPE, 0, "keys");
        }
    }
    yq_status status = take_digest(c, "chain_id_hash", &set->chain_id_hash);
    if (status == YQ_OK && yq_valset_check(set) != YQ_OK) {
        status = yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "keys: not ascending, or no keys");
    }
    return status;
}

/* ---- transactions ---- */

static void out_hex(const control *c, const char *key, const void *p, size_t n)
{
    yq_json_out_hex(c->reply, key, yq_slice_of(p, n));
}

static void out_topic(const control *c, const char *signature)
{
    yq_digest topic;
    yq_mock3_topic(c->chain, signature, &topic);
    out_hex(c, "event", topic.b, sizeof topic.b);
}

/* Seals what waits, the account's transaction with it. Out: its receipt. */
static const yq_mock3_tx *run_now(const control *c, const uint8_t *to, yq_slice data)
{
    yq_digest hash;
    const yq_mock3_block *block;
    size_t index;
    yq_mock3_send(c->chain, to, data, &hash);
    while (c->chain->pool_n > 0) {
        (void)yq_mock3_chain_seal(c->chain, c->time_ms);
    }
    YQ_ASSERT(yq_mock3_chain_find_tx(c->chain, &hash, &block, &index));
    return block->tx[index];
}

static yq_status deploy_now(const control *c, yq_slice data, uint8_t address[20])
{
    const yq_mock3_tx *tx = run_now(c, NULL, data);
    if (tx->status != YQ_MOCK3_STATUS_NONE) {
        return yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "the deploy was reverted");
    }
    memcpy(address, tx->contract, 20);
    return YQ_OK;
}

/* Puts count calls with the same argument into the pool; writes their hashes. */
static void send_calls(
    const control *c, const uint8_t *to, const char *method, yq_slice argument, uint64_t count)
{
    yq_buf data = {malloc(argument.n + 256), argument.n + 256, 0};
    YQ_ASSERT(data.p != NULL);
    yq_mock3_call_data(c->chain, method, argument, &data);
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        yq_digest hash;
        yq_mock3_send(c->chain, to, yq_slice_of(data.p, data.n), &hash);
        out_hex(c, NULL, hash.b, sizeof hash.b);
    }
    yq_json_out_end(c->reply);
    free(data.p);
}

static yq_status take_count(const control *c, uint64_t *count)
{
    *count = number_of(c, "count", 1);
    return *count <= COUNT_MAX ? YQ_OK : yq_fail(c->why, YQ_E_LIMIT, 0, "count");
}

/* Lets the inbox tell its state in a call: a receipt of a deploy proves nothing. */
static void tell_state(const control *c)
{
    uint8_t data[36] = {0};
    yq_mock3_selector(c->chain->alg, YQ_MOCK3_METHOD_PAUSED, data);
    const yq_mock3_tx *tx = run_now(c, c->chain->inbox, YQ_SLICE_OF(data));
    YQ_ASSERT(tx->status == YQ_MOCK3_STATUS_NONE && tx->has_log);
}

/* ---- commands ---- */

static yq_status do_deploy(const control *c)
{
    yq_contract_config config = {.floor = number_of(c, "floor", 0)};
    yq_mock3_chain *chain = c->chain;
    yq_status status = take_text(c, "hub", &config.hub);
    if (status == YQ_OK && (config.hub.n == 0 || config.hub.n > YQ_CHAIN_ID_SIZE_MAX)) {
        status = yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "hub");
    }
    if (status == YQ_OK) {
        status = take_set(c, &config.set);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_buf data = {malloc(YQ_MOCK3_DEPLOY_MAX), YQ_MOCK3_DEPLOY_MAX, 0};
    YQ_ASSERT(data.p != NULL);
    yq_mock3_deploy_data(YQ_MOCK3_CODE_INBOX, &config, &data);
    free(chain->deploy);
    chain->deploy = data.p;
    chain->deploy_n = data.n;
    status = deploy_now(c, yq_slice_of(data.p, data.n), chain->inbox);
    if (status == YQ_OK) {
        tell_state(c);
        out_hex(c, "inbox", chain->inbox, sizeof chain->inbox);
        out_topic(c, YQ_MOCK3_EVENT_YUQIAO);
    }
    return status;
}

static yq_contract *inbox_of(const control *c)
{
    const yq_mock3_contract *contract =
        yq_mock3_contract_at(c->chain, yq_slice_of(c->chain->inbox, sizeof c->chain->inbox));
    return contract == NULL ? NULL : contract->model;
}

static yq_status no_inbox(const control *c)
{
    return yq_fail(c->why, YQ_E_STATE, 0, "no inbox is deployed");
}

static yq_status do_send(const control *c)
{
    yq_send send = {.deadline_ms = number_of(c, "deadline_ms", 0)};
    yq_buf payload = {0};
    uint64_t count = 0;
    if (inbox_of(c) == NULL) {
        return no_inbox(c);
    }
    yq_status status = take_text(c, "service", &send.service);
    status = status == YQ_OK ? take_text(c, "dst_chain", &send.dst_chain) : status;
    status = status == YQ_OK ? take_text(c, "dst_service", &send.dst_service) : status;
    status = status == YQ_OK ? take_count(c, &count) : status;
    status = status == YQ_OK ? take_bytes(c, "payload", &payload) : status;
    yq_buf argument = {malloc(payload.n + 1024), payload.n + 1024, 0};
    YQ_ASSERT(argument.p != NULL);
    if (status == YQ_OK) {
        send.payload = yq_slice_of(payload.p, payload.n);
        status = yq_send_encode(&send, &argument);
    }
    if (status == YQ_OK) {
        int foreign = c->chain->mode == YQ_MOCK_FOREIGN_EMITTER;
        send_calls(
            c,
            foreign ? c->chain->foreign : c->chain->inbox,
            YQ_MOCK3_METHOD_SEND,
            yq_slice_of(argument.p, argument.n),
            count);
    }
    free(argument.p);
    free(payload.p);
    return status;
}

static yq_status do_emit(const control *c)
{
    yq_mock3_chain *chain = c->chain;
    yq_buf payload;
    uint64_t count = 0;
    yq_status status = take_bytes(c, "payload", &payload);
    status = status == YQ_OK ? take_count(c, &count) : status;
    if (status == YQ_OK && yq_bytes_are_zero(chain->events, sizeof chain->events)) {
        uint8_t room[64];
        yq_buf data = {room, sizeof room, 0};
        yq_mock3_deploy_data(YQ_MOCK3_CODE_EVENTS, NULL, &data);
        status = deploy_now(c, yq_slice_of(data.p, data.n), chain->events);
    }
    if (status == YQ_OK) {
        out_hex(c, "emitter", chain->events, sizeof chain->events);
        out_topic(c, YQ_MOCK3_EVENT_DATA);
        send_calls(
            c, chain->events, YQ_MOCK3_METHOD_EMIT, yq_slice_of(payload.p, payload.n), count);
    }
    free(payload.p);
    return status;
}

static void out_block(const control *c, const char *key, const yq_mock3_block *block)
{
    out_hex(c, key, block->hash.b, sizeof block->hash.b);
}

static yq_status do_fork(const control *c)
{
    uint64_t height = number_of(c, "height", yq_mock3_height(c->chain));
    if (!yq_mock3_chain_fork(c->chain, height)) {
        return yq_fail(c->why, YQ_E_NOT_FOUND, 0, "height");
    }
    yq_json_out_uint(c->reply, "height", height);
    out_block(c, "hash", c->chain->block[height]);
    out_block(c, "shown", c->chain->twin);
    return YQ_OK;
}

static yq_status do_hostile(const control *c)
{
    yq_slice name;
    yq_status status = take_text(c, "mode", &name);
    if (status != YQ_OK) {
        return status;
    }
    yq_mock_mode mode = yq_mock_mode_of(name);
    if (mode == YQ_MOCK_MODE_N) {
        return yq_fail(c->why, YQ_E_FIELD_UNKNOWN, 0, "mode");
    }
    if (mode == YQ_MOCK_FOREIGN_EMITTER) {
        if (c->chain->deploy == NULL) {
            return no_inbox(c);
        }
        status =
            deploy_now(c, yq_slice_of(c->chain->deploy, c->chain->deploy_n), c->chain->foreign);
    }
    if (status == YQ_OK && mode == YQ_MOCK_FORK) {
        status = do_fork(c);
    }
    if (status == YQ_OK) {
        yq_mock3_chain_set_mode(c->chain, mode);
    }
    return status;
}

static yq_status do_next_set(const control *c)
{
    yq_valset set;
    if (inbox_of(c) == NULL) {
        return no_inbox(c);
    }
    yq_status status = take_set(c, &set);
    if (status != YQ_OK) {
        return status;
    }
    uint8_t argument[4096], room[8192];
    yq_writer w = yq_writer_of(argument, sizeof argument);
    yq_put_bytes(&w, set.chain_id_hash.b, sizeof set.chain_id_hash.b);
    yq_mock3_set_put(&set, &w);
    YQ_ASSERT(w.status == YQ_OK);
    yq_buf data = {room, sizeof room, 0};
    yq_mock3_call_data(c->chain, YQ_MOCK3_METHOD_STEP, yq_writer_slice(&w), &data);
    const yq_mock3_tx *tx = run_now(c, c->chain->inbox, yq_slice_of(data.p, data.n));
    return tx->status == YQ_MOCK3_STATUS_NONE
               ? YQ_OK
               : yq_fail(c->why, YQ_E_VALSET_HASH, 0, "the inbox refused the set");
}

static void write_item(const control *c, const yq_contract_item *item)
{
    yq_json_out_object(c->reply, NULL);
    yq_json_out_uint(c->reply, "index", item->index);
    yq_json_out_uint(c->reply, "deliveries", item->deliveries);
    yq_json_out_uint(c->reply, "executions", item->executions);
    yq_json_out_uint(c->reply, "status", item->status);
    out_hex(c, "payload_sm3", item->payload_sm3.b, sizeof item->payload_sm3.b);
    yq_json_out_end(c->reply);
}

static yq_status do_inbox(const control *c)
{
    const yq_contract *model = inbox_of(c);
    yq_contract_view view;
    yq_contract_item item;
    if (model == NULL) {
        return no_inbox(c);
    }
    yq_contract_look(model, &view);
    yq_json_out_uint(c->reply, "executed", view.executed);
    yq_json_out_uint(c->reply, "spent", view.spent);
    yq_json_out_uint(c->reply, "settled", view.settled);
    yq_json_out_uint(c->reply, "sent", view.sent);
    yq_json_out_uint(c->reply, "epoch", view.epoch);
    yq_json_out_uint(c->reply, "height", view.height);
    yq_json_out_array(c->reply, "items");
    for (uint64_t i = 0; yq_contract_item_at(model, i, &item); i++) {
        write_item(c, &item);
    }
    yq_json_out_end(c->reply);
    return YQ_OK;
}

/* A call of the consensus contract by the operator: {method, node, weight}. */
static yq_status do_sealers(const control *c)
{
    static const struct {
        const char *name, *signature;
        size_t numbers;
    } methods[] = {
        {"add", "addSealer(string,uint256)", 1},
        {"add-with-term", "addSealer(string,uint256,uint256)", 2},
        {"observe", "addObserver(string)", 0},
        {"remove", "remove(string)", 0},
        {"weigh", "setWeight(string,uint256)", 1},
    };
    yq_slice name;
    uint8_t room[512];
    yq_buf data = {room, sizeof room, 0};
    uint64_t node = number_of(c, "node", YQ_MOCK3_NODES);
    yq_status status = take_text(c, "method", &name);
    if (status != YQ_OK || node >= YQ_MOCK3_NODES) {
        return status == YQ_OK ? missing(c, "node") : status;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        if (yq_slice_equal(name, yq_slice_text(methods[i].name))) {
            yq_digest hash;
            yq_mock3_consensus_call(
                c->chain,
                methods[i].signature,
                (size_t)node,
                methods[i].numbers,
                number_of(c, "weight", 1),
                &data);
            yq_mock3_send(c->chain, yq_mock3_consensus_address, yq_slice_of(data.p, data.n), &hash);
            out_hex(c, "tx", hash.b, sizeof hash.b);
            return YQ_OK;
        }
    }
    return yq_fail(c->why, YQ_E_FIELD_UNKNOWN, 0, "method");
}

static yq_status do_status(const control *c)
{
    uint8_t operator_address[20];
    yq_mock3_address(c->chain, yq_key_public(c->chain->account), operator_address);
    out_hex(c, "operator", operator_address, sizeof operator_address);
    yq_json_out_uint(c->reply, "height", yq_mock3_height(c->chain));
    yq_json_out_uint(c->reply, "transactions", c->chain->tx_all);
    yq_json_out_uint(c->reply, "waiting", c->chain->pool_n);
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(c->chain->mode));
    out_block(c, "genesis", c->chain->block[0]);
    return YQ_OK;
}

yq_status yq_mock3_control(
    yq_mock3_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why)
{
    static const struct {
        const char *name;
        yq_status (*run)(const control *c);
    } commands[] = {
        {"deploy", do_deploy},
        {"send", do_send},
        {"emit", do_emit},
        {"hostile", do_hostile},
        {"next_set", do_next_set},
        {"inbox", do_inbox},
        {"sealers", do_sealers},
        {"status", do_status},
    };
    const control c = {chain, time_ms, command, reply, why};
    yq_slice name;
    yq_status status = take_text(&c, "do", &name);
    if (status != YQ_OK) {
        return status;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(commands); i++) {
        if (yq_slice_equal(name, yq_slice_text(commands[i].name))) {
            return commands[i].run(&c);
        }
    }
    return yq_fail(why, YQ_E_METHOD_UNKNOWN, 0, "do");
}
