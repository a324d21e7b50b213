#include "conformance/chains/common/control.h"

#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

static yq_emock_chain *chain_of(const yq_mock_control *c)
{
    return c->chain;
}

/* ---- transactions -----------------------------------------------------------------------------
 */

static void out_hex(const yq_mock_control *c, const char *key, const void *p, size_t n)
{
    yq_json_out_hex(c->reply, key, yq_slice_of(p, n));
}

static void out_topic(const yq_mock_control *c, const char *signature)
{
    yq_digest topic;
    yq_emock_topic(signature, &topic);
    out_hex(c, "event", topic.b, sizeof topic.b);
}

/* Seals what waits, the account's transaction with it. Out: its receipt. */
static const yq_emock_tx *run_now(const yq_mock_control *c, const uint8_t *to, yq_slice data)
{
    yq_digest hash;
    const yq_emock_block *block;
    size_t index;
    yq_emock_send(chain_of(c), to, data, &hash);
    while (chain_of(c)->pool_n > 0) {
        yq_emock_chain_seal(chain_of(c), c->time);
    }
    YQ_ASSERT(yq_emock_chain_find_tx(chain_of(c), &hash, &block, &index));
    return block->tx[index];
}

static yq_status deploy_now(const yq_mock_control *c, yq_slice data, uint8_t address[20])
{
    const yq_emock_tx *tx = run_now(c, NULL, data);
    if (tx->failed) {
        return yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "the deploy was reverted");
    }
    memcpy(address, tx->contract, 20);
    return YQ_OK;
}

/* Puts count calls with the same argument into the pool; writes their hashes. */
static void send_calls(
    const yq_mock_control *c,
    const uint8_t *to,
    const char *method,
    yq_slice argument,
    uint64_t count)
{
    yq_buf data = {malloc(argument.n + 256), argument.n + 256, 0};
    YQ_ASSERT(data.p != NULL);
    yq_emock_call_data(method, argument, &data);
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        yq_digest hash;
        yq_emock_send(chain_of(c), to, yq_slice_of(data.p, data.n), &hash);
        out_hex(c, NULL, hash.b, sizeof hash.b);
    }
    yq_json_out_end(c->reply);
    free(data.p);
}

/* ---- hooks ------------------------------------------------------------------------------------
 */

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_emock_chain *chain = c->chain;
    yq_buf data = {malloc(YQ_EMOCK_DEPLOY_MAX), YQ_EMOCK_DEPLOY_MAX, 0};
    YQ_ASSERT(data.p != NULL);
    yq_emock_deploy_data(YQ_EMOCK_CODE_INBOX, config, &data);
    free(chain->deploy);
    chain->deploy = data.p;
    chain->deploy_n = data.n;
    yq_status status = deploy_now(c, yq_slice_of(data.p, data.n), chain->inbox);
    if (status == YQ_OK) {
        out_hex(c, "inbox", chain->inbox, sizeof chain->inbox);
        out_topic(c, YQ_EMOCK_EVENT_YUQIAO);
    }
    return status;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    return yq_emock_model_at(chain_of(c), chain_of(c)->inbox);
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    const yq_emock_chain *chain = c->chain;
    int is_foreign = chain->mode == YQ_MOCK_FOREIGN_EMITTER;
    send_calls(
        c, is_foreign ? chain->foreign : chain->inbox, YQ_EMOCK_METHOD_SEND, argument, count);
    return YQ_OK;
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    yq_emock_chain *chain = c->chain;
    yq_status status = YQ_OK;
    if (yq_bytes_are_zero(chain->events, sizeof chain->events)) {
        uint8_t room[64];
        yq_buf data = {room, sizeof room, 0};
        yq_emock_deploy_data(YQ_EMOCK_CODE_EVENTS, NULL, &data);
        status = deploy_now(c, yq_slice_of(data.p, data.n), chain->events);
    }
    if (status == YQ_OK) {
        out_hex(c, "emitter", chain->events, sizeof chain->events);
        out_topic(c, YQ_EMOCK_EVENT_DATA);
        send_calls(c, chain->events, YQ_EMOCK_METHOD_EMIT, payload, count);
    }
    return status;
}

static yq_status foreign(const yq_mock_control *c)
{
    yq_emock_chain *chain = c->chain;
    return deploy_now(c, yq_slice_of(chain->deploy, chain->deploy_n), chain->foreign);
}

static uint64_t height_of(const yq_mock_control *c)
{
    return yq_emock_height(c->chain);
}

static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    if (height == 0 || height > height_of(c)) {
        return YQ_E_NOT_FOUND;
    }
    *hash = chain_of(c)->block[height]->hash;
    YQ_ASSERT(yq_emock_chain_fork(c->chain, height));
    *shown = yq_emock_chain_at(c->chain, height)->hash;
    return YQ_OK;
}

static yq_status supports(const yq_mock_control *c, yq_mock_mode mode)
{
    return chain_of(c)->consensus == YQ_EMOCK_CLIQUE && mode == YQ_MOCK_ONE_SIGNATURE_SHORT
               ? yq_fail(c->why, YQ_E_UNSUPPORTED, 0, "mode: a Clique block has one signature")
               : YQ_OK;
}

/* Another branch of a Clique chain is as good as the first. */
static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    int is_good = chain_of(c)->consensus == YQ_EMOCK_CLIQUE && mode == YQ_MOCK_FORK;
    yq_emock_chain_set_mode(c->chain, is_good ? YQ_MOCK_HONEST : mode);
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    uint8_t argument[4096], room[8192];
    yq_writer w = yq_writer_of(argument, sizeof argument);
    yq_valset_step_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    yq_buf data = {room, sizeof room, 0};
    yq_emock_call_data(YQ_EMOCK_METHOD_STEP, yq_writer_slice(&w), &data);
    const yq_emock_tx *tx = run_now(c, chain_of(c)->inbox, yq_slice_of(data.p, data.n));
    return !tx->failed;
}

static yq_status do_validators(const yq_mock_control *c)
{
    uint8_t address[20];
    int add = 0;
    if (!yq_json_bool(yq_json_get(c->command, "add"), &add)) {
        return yq_mock_missing(c, "add");
    }
    if (!yq_emock_chain_change_set(chain_of(c), add, c->time, address)) {
        return yq_fail(c->why, YQ_E_STATE, 0, "no validator is left to come or go");
    }
    const yq_emock_block *last = chain_of(c)->block[chain_of(c)->block_n - 1];
    int contract = chain_of(c)->consensus == YQ_EMOCK_QBFT_CONTRACT;
    out_hex(c, "address", address, sizeof address);
    yq_json_out_uint(c->reply, "validators", contract ? last->after.set.n : chain_of(c)->set.n);
    return YQ_OK;
}

static void write_status(const yq_mock_control *c)
{
    yq_json_out_uint(c->reply, "height", yq_emock_height(chain_of(c)));
    yq_json_out_uint(c->reply, "chain_id", chain_of(c)->chain_id);
    yq_json_out_uint(c->reply, "transactions", chain_of(c)->tx_all);
    yq_json_out_uint(
        c->reply,
        "waiting",
        chain_of(c)->pool_n > 0 ? chain_of(c)->pool_n : (size_t)yq_emock_chain_is_due(chain_of(c)));
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(chain_of(c)->mode));
    out_hex(c, "genesis", chain_of(c)->block[0]->hash.b, sizeof chain_of(c)->block[0]->hash.b);
}

yq_status yq_emock_control(
    yq_emock_chain *chain, uint64_t time, const yq_json *command, yq_json_out *reply, yq_fault *why)
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
        .supports = supports,
        .set_mode = set_mode,
        .next_set = next_set,
        .status = write_status,
        .own = own,
        .own_n = YQ_ARRAY_N(own),
    };
    const yq_mock_control c = {&hooks, chain, time, command, reply, why};
    return yq_mock_control_run(&c);
}
