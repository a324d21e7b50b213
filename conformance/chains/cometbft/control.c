#include "conformance/chains/common/control.h"

#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

#define EVENT_V1    "packet"
#define EVENT_V2    "packet.v2"
#define PAYLOAD_MAX (1u << 20)

static yq_cmock_chain *chain_of(const yq_mock_control *c)
{
    return c->chain;
}

/* ---- transactions ---- */

static void out_text_hex(const yq_mock_control *c, const char *key, const char *text)
{
    yq_json_out_hex(c->reply, key, yq_slice_text(text));
}

static void out_module(const yq_mock_control *c, const char *key, size_t module)
{
    char emitter[YQ_CMOCK_NAME_MAX];
    yq_cmock_module_emitter(chain_of(c), &chain_of(c)->module[module], emitter);
    out_text_hex(c, key, emitter);
    out_text_hex(c, "event", chain_of(c)->version == 1 ? EVENT_V1 : EVENT_V2);
}

/* Seals until nothing is due, the chain's own transaction with it. Returns it. */
static const yq_cmock_tx *run_now(
    const yq_mock_control *c, yq_cmock_kind kind, size_t module, yq_slice body)
{
    yq_digest hash;
    const yq_cmock_block *block;
    size_t index;
    yq_cmock_send(chain_of(c), kind, module, body, &hash);
    while (yq_cmock_chain_due(chain_of(c))) {
        yq_cmock_chain_seal(chain_of(c), c->time);
    }
    YQ_ASSERT(yq_cmock_chain_find_tx(chain_of(c), &hash, &block, &index));
    return block->tx[index];
}

static yq_status deploy_now(const yq_mock_control *c, size_t *module)
{
    const yq_cmock_tx *tx = run_now(
        c, YQ_CMOCK_DEPLOY, SIZE_MAX, yq_slice_of(chain_of(c)->deploy, chain_of(c)->deploy_n));
    if (tx->code != YQ_CMOCK_CODE_OK) {
        return yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "the deploy was refused");
    }
    *module = tx->packet->module;
    return YQ_OK;
}

/* Puts count transactions of one body into the pool; writes their hashes. */
static void send_many(
    const yq_mock_control *c, yq_cmock_kind kind, size_t module, yq_slice body, uint64_t count)
{
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        yq_digest hash;
        yq_cmock_send(chain_of(c), kind, module, body, &hash);
        yq_json_out_hex(c->reply, NULL, YQ_SLICE_OF(hash.b));
    }
    yq_json_out_end(c->reply);
}

/* ---- hooks ---- */

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_cmock_chain *chain = c->chain;
    free(chain->deploy);
    chain->deploy = malloc(YQ_CMOCK_DEPLOY_MAX);
    YQ_ASSERT(chain->deploy != NULL);
    yq_writer w = yq_writer_of(chain->deploy, YQ_CMOCK_DEPLOY_MAX);
    yq_cmock_deploy_put(config, &w);
    chain->deploy_n = w.n;
    yq_status status = deploy_now(c, &chain->inbox);
    if (status == YQ_OK) {
        out_module(c, "inbox", chain->inbox);
    }
    return status;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    const yq_cmock_chain *chain = c->chain;
    return chain->inbox == SIZE_MAX ? NULL : chain->module[chain->inbox].model;
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    const yq_cmock_chain *chain = c->chain;
    int is_foreign = chain->mode == YQ_MOCK_FOREIGN_EMITTER;
    send_many(c, YQ_CMOCK_SEND, is_foreign ? chain->foreign : chain->inbox, argument, count);
    return YQ_OK;
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    yq_cmock_chain *chain = c->chain;
    if (payload.n == 0) {
        return yq_fail(c->why, YQ_E_RANGE, 0, "payload: empty");
    }
    send_many(c, YQ_CMOCK_EMIT, SIZE_MAX, payload, count);
    if (chain->events == SIZE_MAX) {
        while (yq_cmock_chain_due(chain)) { /* the module's number is known then */
            yq_cmock_chain_seal(chain, c->time);
        }
    }
    if (chain->events != SIZE_MAX) {
        out_module(c, "emitter", chain->events);
    }
    return YQ_OK;
}

static yq_status foreign(const yq_mock_control *c)
{
    return deploy_now(c, &chain_of(c)->foreign);
}

static uint64_t height_of(const yq_mock_control *c)
{
    return chain_of(c)->block_n;
}

static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    if (!yq_cmock_chain_fork(c->chain, height)) {
        return YQ_E_NOT_FOUND;
    }
    *hash = chain_of(c)->block[height - 1]->hash;
    *shown = chain_of(c)->twin->hash;
    return YQ_OK;
}

static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    yq_cmock_chain_set_mode(c->chain, mode);
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    uint8_t room[YQ_CMOCK_DEPLOY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    const yq_cmock_tx *tx = run_now(c, YQ_CMOCK_STEP, chain_of(c)->inbox, yq_writer_slice(&w));
    return tx->code == YQ_CMOCK_CODE_OK;
}

static yq_status do_validators(const yq_mock_control *c)
{
    uint64_t first = yq_mock_number_of(c, "first", 0),
             n = yq_mock_number_of(c, "n", YQ_CMOCK_MEMBERS);
    if (first >= YQ_CMOCK_KEYS || n == 0 || n > YQ_CMOCK_KEYS) {
        return yq_fail(c->why, YQ_E_RANGE, 0, "first, n");
    }
    const uint8_t body[] = {(uint8_t)first, (uint8_t)n};
    (void)run_now(c, YQ_CMOCK_VALIDATORS, SIZE_MAX, YQ_SLICE_OF(body));
    yq_json_out_uint(c->reply, "height", chain_of(c)->block_n);
    return YQ_OK;
}

static void write_status(const yq_mock_control *c)
{
    yq_json_out_uint(c->reply, "height", chain_of(c)->block_n);
    yq_json_out_uint(c->reply, "transactions", chain_of(c)->tx_all);
    yq_json_out_uint(
        c->reply, "waiting", chain_of(c)->pool_n + (yq_cmock_chain_due(chain_of(c)) ? 1 : 0));
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(chain_of(c)->mode));
    yq_json_out_str(c->reply, "chain_id", chain_of(c)->id);
    yq_json_out_hex(c->reply, "first", YQ_SLICE_OF(chain_of(c)->block[0]->hash.b));
}

yq_status yq_cmock_control(
    yq_cmock_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why)
{
    static const yq_mock_command own[] = {{"validators", do_validators}};
    static const yq_mock_hooks hooks = {
        .deploy = deploy,
        .inbox = inbox_of,
        .send = send,
        .emit = emit,
        .foreign = foreign,
        .height = height_of,
        .fork = fork_at,
        .set_mode = set_mode,
        .next_set = next_set,
        .status = write_status,
        .payload_max = PAYLOAD_MAX,
        .own = own,
        .own_n = YQ_ARRAY_N(own),
    };
    const yq_mock_control c = {&hooks, chain, time_ms, command, reply, why};
    return yq_mock_control_run(&c);
}
