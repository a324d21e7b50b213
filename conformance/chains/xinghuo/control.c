#include "conformance/chains/common/control.h"

#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define PAYLOAD_MAX (1u << 20)
#define IDLE_MAX    10000u

static yq_xmock_chain *chain_of(const yq_mock_control *c)
{
    return c->chain;
}

/* ---- transactions ---- */

static void out_contract(const yq_mock_control *c, const char *key, size_t at, const char *event)
{
    yq_json_out_hex(c->reply, key, yq_slice_text(chain_of(c)->contract[at].address));
    yq_json_out_hex(c->reply, "event", yq_slice_text(event));
}

/* {"method": ..., "params": {key: hex}}; to be freed. */
static char *make_input(const char *method, const char *key, yq_slice bytes, size_t *n)
{
    size_t cap = 2 * bytes.n + 160;
    char *text = malloc(cap);
    YQ_ASSERT(text != NULL);
    int head = snprintf(text, cap, "{\"method\":\"%.40s\",\"params\":{\"%.40s\":\"", method, key);
    size_t at = (size_t)head;
    at += yq_hex_encode(text + at, cap - at, bytes.p, bytes.n);
    at += (size_t)snprintf(text + at, cap - at, "\"}}");
    *n = at;
    return text;
}

static yq_xmock_tx *call(
    const yq_mock_control *c, size_t contract, const char *method, const char *key, yq_slice bytes)
{
    size_t n = 0;
    char *input = make_input(method, key, bytes, &n);
    yq_xmock_tx *tx = yq_xmock_send(
        chain_of(c),
        yq_slice_text(chain_of(c)->contract[contract].address),
        NULL,
        yq_slice_of(input, n));
    free(input);
    return tx;
}

static void seal_all(const yq_mock_control *c)
{
    while (chain_of(c)->pool_n > 0) {
        yq_xmock_chain_seal(chain_of(c), c->time);
    }
}

/* Makes a contract at once. Out: its place. */
static yq_status create(
    const yq_mock_control *c, const char *code, yq_slice made_with, size_t *contract)
{
    size_t n = 2 * made_with.n + 1;
    char *hex = malloc(n);
    YQ_ASSERT(hex != NULL);
    n = yq_hex_encode(hex, n, made_with.p, made_with.n);
    const yq_xmock_tx *tx = yq_xmock_send(chain_of(c), (yq_slice){0}, code, yq_slice_of(hex, n));
    free(hex);
    seal_all(c);
    if (tx->code != YQ_XMOCK_OK) {
        return yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "the deploy was refused");
    }
    *contract = chain_of(c)->contract_n - 1;
    return YQ_OK;
}

static void call_many(
    const yq_mock_control *c,
    size_t contract,
    const char *method,
    const char *key,
    yq_slice bytes,
    uint64_t count)
{
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        const yq_xmock_tx *tx = call(c, contract, method, key, bytes);
        yq_json_out_hex(c->reply, NULL, YQ_SLICE_OF(tx->hash.b));
    }
    yq_json_out_end(c->reply);
}

/* ---- hooks ---- */

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_xmock_chain *chain = c->chain;
    free(chain->deploy);
    chain->deploy = malloc(YQ_XMOCK_DEPLOY_MAX);
    YQ_ASSERT(chain->deploy != NULL);
    yq_writer w = yq_writer_of(chain->deploy, YQ_XMOCK_DEPLOY_MAX);
    yq_xmock_deploy_put(config, &w);
    chain->deploy_n = w.n;
    yq_status status = create(c, YQ_XMOCK_INBOX_CODE, yq_writer_slice(&w), &chain->inbox);
    if (status == YQ_OK) {
        out_contract(c, "inbox", chain->inbox, YQ_XMOCK_EVENT);
    }
    return status;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    const yq_xmock_chain *chain = c->chain;
    return chain->inbox == SIZE_MAX ? NULL : chain->contract[chain->inbox].model;
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    const yq_xmock_chain *chain = c->chain;
    int is_foreign = chain->mode == YQ_MOCK_FOREIGN_EMITTER;
    call_many(
        c, is_foreign ? chain->foreign : chain->inbox, "sendMessage", "message", argument, count);
    return YQ_OK;
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    yq_xmock_chain *chain = c->chain;
    const uint8_t none = 0;
    yq_status status = YQ_OK;
    if (chain->events == SIZE_MAX) {
        status = create(c, YQ_XMOCK_EVENTS_CODE, YQ_SLICE_OF(none), &chain->events);
    }
    if (status == YQ_OK) {
        out_contract(c, "emitter", chain->events, YQ_XMOCK_EVENT_PLAIN);
        call_many(c, chain->events, "emit", "data", payload, count);
    }
    return status;
}

static yq_status foreign(const yq_mock_control *c)
{
    yq_xmock_chain *chain = c->chain;
    return create(
        c, YQ_XMOCK_INBOX_CODE, yq_slice_of(chain->deploy, chain->deploy_n), &chain->foreign);
}

static uint64_t height_of(const yq_mock_control *c)
{
    return chain_of(c)->ledger_n - 1; /* the last one that is proven */
}

static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    if (!yq_xmock_chain_fork(c->chain, height)) {
        return YQ_E_NOT_FOUND;
    }
    *hash = chain_of(c)->ledger[height - 1]->hash;
    *shown = chain_of(c)->twin->hash;
    return YQ_OK;
}

static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    yq_xmock_chain_set_mode(c->chain, mode);
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    uint8_t room[YQ_XMOCK_DEPLOY_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    const yq_xmock_tx *tx = call(c, chain_of(c)->inbox, "stepEpoch", "set", yq_writer_slice(&w));
    seal_all(c);
    return tx->code == YQ_XMOCK_OK;
}

static void write_status(const yq_mock_control *c)
{
    const yq_xmock_chain *chain = c->chain;
    yq_json_out_uint(c->reply, "height", chain->ledger_n);
    yq_json_out_uint(c->reply, "transactions", chain->tx_all);
    yq_json_out_uint(c->reply, "waiting", chain->pool_n + (yq_xmock_chain_due(chain) ? 1 : 0));
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(chain->mode));
    yq_json_out_uint(c->reply, "chain_id", YQ_XMOCK_CHAIN_ID);
}

/* ---- the framework's own ---- */

static yq_status do_validators(const yq_mock_control *c)
{
    uint64_t first = yq_mock_number_of(c, "first", 0),
             n = yq_mock_number_of(c, "n", YQ_XMOCK_MEMBERS);
    if (n == 0 || n > YQ_XMOCK_KEYS || first > YQ_XMOCK_KEYS - n) {
        return yq_fail(c->why, YQ_E_RANGE, 0, "first, n");
    }
    chain_of(c)->next = (yq_xmock_set){(size_t)first, (size_t)n};
    yq_xmock_chain_seal(c->chain, c->time);
    yq_json_out_uint(c->reply, "height", chain_of(c)->ledger_n);
    return YQ_OK;
}

/* An address as it stands, or of a raw public key in hex. */
static yq_status take_address(const yq_mock_control *c, char address[YQ_XH_ADDRESS_SIZE])
{
    uint8_t key[64];
    yq_slice text;
    yq_buf room = {key, sizeof key, 0};
    if (yq_json_hex(yq_json_get(c->command, "key"), &room) && (room.n == 32 || room.n == 64)) {
        (void)yq_xh_address(
            room.n == 32 ? YQ_SUITE_ED25519 : YQ_SUITE_SM2, yq_slice_of(key, room.n), address);
        return YQ_OK;
    }
    yq_status status = yq_mock_take_text(c, "address", &text);
    if (status != YQ_OK) {
        return status;
    }
    if (text.n >= YQ_XH_ADDRESS_SIZE || memchr(text.p, '\0', text.n) != NULL) {
        return yq_fail(c->why, YQ_E_LIMIT, 0, "address");
    }
    memcpy(address, text.p, text.n);
    address[text.n] = '\0';
    return YQ_OK;
}

static yq_status do_account(const yq_mock_control *c)
{
    char address[YQ_XH_ADDRESS_SIZE];
    yq_status status = take_address(c, address);
    if (status == YQ_OK) {
        (void)yq_xmock_account_of(c->chain, address);
    }
    return status;
}

static yq_status do_idle(const yq_mock_control *c)
{
    uint64_t n = yq_mock_number_of(c, "n", 1);
    if (n > IDLE_MAX) {
        return yq_fail(c->why, YQ_E_LIMIT, 0, "n");
    }
    for (uint64_t i = 0; i < n; i++) {
        yq_xmock_chain_seal(c->chain, c->time);
    }
    return YQ_OK;
}

yq_status yq_xmock_control(
    yq_xmock_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why)
{
    static const yq_mock_command own[] = {
        {"validators", do_validators}, {"account", do_account}, {"idle", do_idle}};
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
