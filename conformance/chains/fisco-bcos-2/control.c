#include "conformance/chains/common/control.h"

#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "relay/base/assert.h"

#include <stdlib.h>

static yq_fmock_chain *chain_of(const yq_mock_control *c)
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
    yq_fmock_topic(chain_of(c), signature, &topic);
    out_hex(c, "event", topic.b, sizeof topic.b);
}

/* Seals what waits, the account's transaction with it. Out: its receipt. */
static const yq_fmock_tx *run_now(const yq_mock_control *c, const uint8_t *to, yq_slice data)
{
    yq_digest hash;
    const yq_fmock_block *block;
    size_t index;
    yq_fmock_send(chain_of(c), to, data, &hash);
    while (chain_of(c)->pool_n > 0) {
        (void)yq_fmock_chain_seal(chain_of(c), c->time);
    }
    YQ_ASSERT(yq_fmock_chain_find_tx(chain_of(c), &hash, &block, &index));
    return block->tx[index];
}

static yq_status deploy_now(const yq_mock_control *c, yq_slice data, uint8_t address[20])
{
    const yq_fmock_tx *tx = run_now(c, NULL, data);
    if (tx->status != YQ_FMOCK_STATUS_NONE) {
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
    yq_fmock_call_data(chain_of(c), method, argument, &data);
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        yq_digest hash;
        yq_fmock_send(chain_of(c), to, yq_slice_of(data.p, data.n), &hash);
        out_hex(c, NULL, hash.b, sizeof hash.b);
    }
    yq_json_out_end(c->reply);
    free(data.p);
}

/* ---- hooks ------------------------------------------------------------------------------------
 */

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_fmock_chain *chain = c->chain;
    yq_buf data = {malloc(YQ_FMOCK_DEPLOY_MAX), YQ_FMOCK_DEPLOY_MAX, 0};
    YQ_ASSERT(data.p != NULL);
    yq_fmock_deploy_data(YQ_FMOCK_CODE_INBOX, config, &data);
    free(chain->deploy);
    chain->deploy = data.p;
    chain->deploy_n = data.n;
    yq_status status = deploy_now(c, yq_slice_of(data.p, data.n), chain->inbox);
    if (status == YQ_OK) {
        out_hex(c, "inbox", chain->inbox, sizeof chain->inbox);
        out_topic(c, YQ_FMOCK_EVENT_YUQIAO);
    }
    return status;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    const yq_fmock_contract *contract = yq_fmock_contract_at(
        chain_of(c), yq_slice_of(chain_of(c)->inbox, sizeof chain_of(c)->inbox));
    return contract == NULL ? NULL : contract->model;
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    const yq_fmock_chain *chain = c->chain;
    int is_foreign = chain->mode == YQ_MOCK_FOREIGN_EMITTER;
    send_calls(
        c, is_foreign ? chain->foreign : chain->inbox, YQ_FMOCK_METHOD_SEND, argument, count);
    return YQ_OK;
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    yq_fmock_chain *chain = c->chain;
    yq_status status = YQ_OK;
    if (yq_bytes_are_zero(chain->events, sizeof chain->events)) {
        uint8_t room[64];
        yq_buf data = {room, sizeof room, 0};
        yq_fmock_deploy_data(YQ_FMOCK_CODE_EVENTS, NULL, &data);
        status = deploy_now(c, yq_slice_of(data.p, data.n), chain->events);
    }
    if (status == YQ_OK) {
        out_hex(c, "emitter", chain->events, sizeof chain->events);
        out_topic(c, YQ_FMOCK_EVENT_DATA);
        send_calls(c, chain->events, YQ_FMOCK_METHOD_EMIT, payload, count);
    }
    return status;
}

static yq_status foreign(const yq_mock_control *c)
{
    yq_fmock_chain *chain = c->chain;
    return deploy_now(c, yq_slice_of(chain->deploy, chain->deploy_n), chain->foreign);
}

static uint64_t height_of(const yq_mock_control *c)
{
    return yq_fmock_height(c->chain);
}

static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    if (!yq_fmock_chain_fork(c->chain, height)) {
        return YQ_E_NOT_FOUND;
    }
    *hash = chain_of(c)->block[height]->hash;
    *shown = chain_of(c)->twin->hash;
    return YQ_OK;
}

static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    yq_fmock_chain_set_mode(c->chain, mode);
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    uint8_t argument[4096], room[8192];
    yq_writer w = yq_writer_of(argument, sizeof argument);
    yq_valset_step_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    yq_buf data = {room, sizeof room, 0};
    yq_fmock_call_data(chain_of(c), YQ_FMOCK_METHOD_STEP, yq_writer_slice(&w), &data);
    const yq_fmock_tx *tx = run_now(c, chain_of(c)->inbox, yq_slice_of(data.p, data.n));
    return tx->status == YQ_FMOCK_STATUS_NONE;
}

static void write_status(const yq_mock_control *c)
{
    yq_json_out_uint(c->reply, "height", yq_fmock_height(chain_of(c)));
    yq_json_out_uint(c->reply, "transactions", chain_of(c)->tx_all);
    yq_json_out_uint(c->reply, "waiting", chain_of(c)->pool_n);
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(chain_of(c)->mode));
    out_hex(c, "genesis", chain_of(c)->block[0]->hash.b, sizeof chain_of(c)->block[0]->hash.b);
}

yq_status yq_fmock_control(
    yq_fmock_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why)
{
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
    };
    const yq_mock_control c = {&hooks, chain, time_ms, command, reply, why};
    return yq_mock_control_run(&c);
}
