#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define COUNT_MAX   10000u
#define EVENT_V1    "packet"
#define EVENT_V2    "packet.v2"
#define PAYLOAD_MAX (1u << 20)

typedef struct control {
    yq_cmock_chain *chain;
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
    if (!yq_json_hex(value, out)) {
        return yq_fail(c->why, YQ_E_TYPE, 0, key);
    }
    return out->n <= PAYLOAD_MAX ? YQ_OK : yq_fail(c->why, YQ_E_LIMIT, 0, key);
}

static uint64_t number_of(const control *c, const char *key, uint64_t otherwise)
{
    uint64_t value;
    return yq_json_uint(yq_json_get(c->command, key), &value) ? value : otherwise;
}

static yq_status take_count(const control *c, uint64_t *count)
{
    *count = number_of(c, "count", 1);
    return *count <= COUNT_MAX ? YQ_OK : yq_fail(c->why, YQ_E_LIMIT, 0, "count");
}

static yq_status take_set(const control *c, yq_valset *set)
{
    const yq_json *keys = yq_json_get(c->command, "keys");
    size_t n = yq_json_count(keys);
    uint64_t epoch;
    yq_buf id = {set->chain_id_hash.b, YQ_DIGEST_SIZE, 0};
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
    if (!yq_json_hex(yq_json_get(c->command, "chain_id_hash"), &id) || id.n != YQ_DIGEST_SIZE) {
        return missing(c, "chain_id_hash");
    }
    return yq_valset_check(set) == YQ_OK
               ? YQ_OK
               : yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "keys: not ascending, or no keys");
}

/* ---- transactions ---- */

static void out_text_hex(const control *c, const char *key, const char *text)
{
    yq_json_out_hex(c->reply, key, yq_slice_text(text));
}

static void out_module(const control *c, const char *key, size_t module)
{
    char emitter[YQ_CMOCK_NAME_MAX];
    yq_cmock_module_emitter(c->chain, &c->chain->module[module], emitter);
    out_text_hex(c, key, emitter);
    out_text_hex(c, "event", c->chain->version == 1 ? EVENT_V1 : EVENT_V2);
}

/* Seals until nothing is due, the chain's own transaction with it. Returns it. */
static const yq_cmock_tx *run_now(
    const control *c, yq_cmock_kind kind, size_t module, yq_slice body)
{
    yq_digest hash;
    const yq_cmock_block *block;
    size_t index;
    yq_cmock_send(c->chain, kind, module, body, &hash);
    while (yq_cmock_chain_due(c->chain)) {
        yq_cmock_chain_seal(c->chain, c->time_ms);
    }
    YQ_ASSERT(yq_cmock_chain_find_tx(c->chain, &hash, &block, &index));
    return block->tx[index];
}

static yq_status deploy_now(const control *c, size_t *module)
{
    const yq_cmock_tx *tx =
        run_now(c, YQ_CMOCK_DEPLOY, SIZE_MAX, yq_slice_of(c->chain->deploy, c->chain->deploy_n));
    if (tx->code != YQ_CMOCK_CODE_OK) {
        return yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "the deploy was refused");
    }
    *module = tx->packet->module;
    return YQ_OK;
}

/* Puts count transactions of one body into the pool; writes their hashes. */
static void send_many(
    const control *c, yq_cmock_kind kind, size_t module, yq_slice body, uint64_t count)
{
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        yq_digest hash;
        yq_cmock_send(c->chain, kind, module, body, &hash);
        yq_json_out_hex(c->reply, NULL, YQ_SLICE_OF(hash.b));
    }
    yq_json_out_end(c->reply);
}

/* ---- commands ---- */

static yq_status do_deploy(const control *c)
{
    yq_contract_config config = {.floor = number_of(c, "floor", 0)};
    yq_cmock_chain *chain = c->chain;
    yq_status status = take_text(c, "hub", &config.hub);
    if (status == YQ_OK && (config.hub.n == 0 || config.hub.n > YQ_CHAIN_ID_SIZE_MAX)) {
        status = yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "hub");
    }
    status = status == YQ_OK ? take_set(c, &config.set) : status;
    if (status != YQ_OK) {
        return status;
    }
    free(chain->deploy);
    chain->deploy = malloc(YQ_CMOCK_DEPLOY_MAX);
    YQ_ASSERT(chain->deploy != NULL);
    yq_writer w = yq_writer_of(chain->deploy, YQ_CMOCK_DEPLOY_MAX);
    yq_cmock_deploy_put(&config, &w);
    chain->deploy_n = w.n;
    status = deploy_now(c, &chain->inbox);
    if (status == YQ_OK) {
        out_module(c, "inbox", chain->inbox);
    }
    return status;
}

static yq_status need_inbox(const control *c)
{
    return c->chain->inbox != SIZE_MAX ? YQ_OK
                                       : yq_fail(c->why, YQ_E_STATE, 0, "no inbox is deployed");
}

static yq_status do_send(const control *c)
{
    yq_send send = {.deadline_ms = number_of(c, "deadline_ms", 0)};
    yq_buf payload = {0};
    uint64_t count = 0;
    yq_status status = need_inbox(c);
    status = status == YQ_OK ? take_text(c, "service", &send.service) : status;
    status = status == YQ_OK ? take_text(c, "dst_chain", &send.dst_chain) : status;
    status = status == YQ_OK ? take_text(c, "dst_service", &send.dst_service) : status;
    status = status == YQ_OK ? take_count(c, &count) : status;
    status = status == YQ_OK ? take_bytes(c, "payload", &payload) : status;
    yq_buf body = {malloc(payload.n + 1024), payload.n + 1024, 0};
    YQ_ASSERT(body.p != NULL);
    if (status == YQ_OK) {
        send.payload = yq_slice_of(payload.p, payload.n);
        status = yq_send_encode(&send, &body);
    }
    if (status == YQ_OK) {
        int foreign = c->chain->mode == YQ_MOCK_FOREIGN_EMITTER;
        send_many(
            c,
            YQ_CMOCK_SEND,
            foreign ? c->chain->foreign : c->chain->inbox,
            yq_slice_of(body.p, body.n),
            count);
    }
    free(body.p);
    free(payload.p);
    return status;
}

static yq_status do_emit(const control *c)
{
    yq_buf payload;
    uint64_t count = 0;
    yq_status status = take_bytes(c, "payload", &payload);
    if (status == YQ_OK && payload.n == 0) {
        status = yq_fail(c->why, YQ_E_RANGE, 0, "payload: empty");
    }
    status = status == YQ_OK ? take_count(c, &count) : status;
    if (status == YQ_OK) {
        send_many(c, YQ_CMOCK_EMIT, SIZE_MAX, yq_slice_of(payload.p, payload.n), count);
        if (c->chain->events == SIZE_MAX) {
            while (yq_cmock_chain_due(c->chain)) { /* the module's number is known then */
                yq_cmock_chain_seal(c->chain, c->time_ms);
            }
        }
        if (c->chain->events != SIZE_MAX) {
            out_module(c, "emitter", c->chain->events);
        }
    }
    free(payload.p);
    return status;
}

static yq_status do_fork(const control *c)
{
    uint64_t height = number_of(c, "height", c->chain->block_n);
    if (!yq_cmock_chain_fork(c->chain, height)) {
        return yq_fail(c->why, YQ_E_NOT_FOUND, 0, "height");
    }
    yq_json_out_uint(c->reply, "height", height);
    yq_json_out_hex(c->reply, "hash", YQ_SLICE_OF(c->chain->block[height - 1]->hash.b));
    yq_json_out_hex(c->reply, "shown", YQ_SLICE_OF(c->chain->twin->hash.b));
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
        status = need_inbox(c);
        status = status == YQ_OK ? deploy_now(c, &c->chain->foreign) : status;
    }
    if (status == YQ_OK && mode == YQ_MOCK_FORK) {
        status = do_fork(c);
    }
    if (status == YQ_OK) {
        yq_cmock_chain_set_mode(c->chain, mode);
    }
    return status;
}

static yq_status do_next_set(const control *c)
{
    uint8_t room[YQ_CMOCK_DEPLOY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset set = {0};
    yq_status status = need_inbox(c);
    status = status == YQ_OK ? take_set(c, &set) : status;
    if (status != YQ_OK) {
        return status;
    }
    yq_cmock_set_put(&set, &w);
    YQ_ASSERT(w.status == YQ_OK);
    const yq_cmock_tx *tx = run_now(c, YQ_CMOCK_STEP, c->chain->inbox, yq_writer_slice(&w));
    return tx->code == YQ_CMOCK_CODE_OK
               ? YQ_OK
               : yq_fail(c->why, YQ_E_VALSET_HASH, 0, "the inbox refused the set");
}

static yq_status do_validators(const control *c)
{
    uint64_t first = number_of(c, "first", 0), n = number_of(c, "n", YQ_CMOCK_MEMBERS);
    if (first >= YQ_CMOCK_KEYS || n == 0 || n > YQ_CMOCK_KEYS) {
        return yq_fail(c->why, YQ_E_RANGE, 0, "first, n");
    }
    const uint8_t body[] = {(uint8_t)first, (uint8_t)n};
    (void)run_now(c, YQ_CMOCK_VALIDATORS, SIZE_MAX, YQ_SLICE_OF(body));
    yq_json_out_uint(c->reply, "height", c->chain->block_n);
    return YQ_OK;
}

static void write_item(const control *c, const yq_contract_item *item)
{
    yq_json_out_object(c->reply, NULL);
    yq_json_out_uint(c->reply, "index", item->index);
    yq_json_out_uint(c->reply, "deliveries", item->deliveries);
    yq_json_out_uint(c->reply, "executions", item->executions);
    yq_json_out_uint(c->reply, "status", item->status);
    yq_json_out_hex(c->reply, "payload_sm3", YQ_SLICE_OF(item->payload_sm3.b));
    yq_json_out_end(c->reply);
}

static yq_status do_inbox(const control *c)
{
    yq_contract_view view;
    yq_contract_item item;
    yq_status status = need_inbox(c);
    if (status != YQ_OK) {
        return status;
    }
    const yq_contract *model = c->chain->module[c->chain->inbox].model;
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

static yq_status do_status(const control *c)
{
    yq_json_out_uint(c->reply, "height", c->chain->block_n);
    yq_json_out_uint(c->reply, "transactions", c->chain->tx_all);
    yq_json_out_uint(
        c->reply, "waiting", c->chain->pool_n + (yq_cmock_chain_due(c->chain) ? 1 : 0));
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(c->chain->mode));
    yq_json_out_str(c->reply, "chain_id", c->chain->id);
    yq_json_out_hex(c->reply, "first", YQ_SLICE_OF(c->chain->block[0]->hash.b));
    return YQ_OK;
}

yq_status yq_cmock_control(
    yq_cmock_chain *chain,
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
        {"validators", do_validators},
        {"inbox", do_inbox},
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
