#include "conformance/chains/common/control.h"

#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPLOY_MAX    4096u
#define PATH_MAX_SIZE 1024u
#define MESSAGE_SIZE  64u
#define SET_MIN       4u

static yq_xum_chain *chain_of(const yq_mock_control *c)
{
    return c->chain;
}

/* Commands that make something need a chain of their own. */
static yq_status need_own(const yq_mock_control *c)
{
    return chain_of(c)->is_recorded
               ? yq_fail(c->why, YQ_E_STATE, 0, "the chain is recorded: it only replays")
               : YQ_OK;
}

/* ---- transactions ---- */

static void out_text_hex(const yq_mock_control *c, const char *key, const char *text)
{
    yq_json_out_hex(c->reply, key, yq_slice_text(text));
}

/* Seals what waits, and what certifies it. */
static void seal_all(const yq_mock_control *c)
{
    while (yq_xum_seal(c->chain, c->time)) {
    }
}

/* Installs a contract under the first free name of this kind. Out: name. */
static yq_status install(
    const yq_mock_control *c, const char *kind, yq_slice code, char name[YQ_XUM_NAME_SIZE])
{
    char message[MESSAGE_SIZE];
    yq_digest id;
    yq_status status = need_own(c);
    if (status != YQ_OK) {
        return status;
    }
    (void)snprintf(name, YQ_XUM_NAME_SIZE, "%s", kind);
    for (unsigned i = 2; yq_xum_contract_at(c->chain, yq_slice_text(name)) != NULL; i++) {
        (void)snprintf(name, YQ_XUM_NAME_SIZE, "%s_%u", kind, i);
    }
    const yq_xum_send_what what = {
        YQ_XUM_KERNEL,
        YQ_XUM_DEPLOY,
        "deployNativeContract",
        2,
        {"contract_name", "code"},
        {yq_slice_text(name), code}};
    if (!yq_xum_send(c->chain, &what, c->time, &id, message)) {
        return yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, message);
    }
    seal_all(c);
    return YQ_OK;
}

/* Puts count calls with the same argument into the pool; writes their ids. */
static yq_status send_calls(const yq_mock_control *c, const yq_xum_send_what *what, uint64_t count)
{
    yq_status status = YQ_OK;
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count && status == YQ_OK; i++) {
        char message[MESSAGE_SIZE];
        yq_digest id;
        if (yq_xum_send(c->chain, what, c->time, &id, message)) {
            yq_json_out_hex(c->reply, NULL, YQ_SLICE_OF(id.b));
        } else {
            status = yq_fail(c->why, YQ_E_STATE, 0, message);
        }
    }
    yq_json_out_end(c->reply);
    return status;
}

/* ---- hooks ---- */

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_xum_chain *chain = c->chain;
    yq_writer w = yq_writer_of(malloc(DEPLOY_MAX), DEPLOY_MAX);
    YQ_ASSERT(w.p != NULL);
    yq_xum_deploy_put(config, &w);
    free(chain->deploy);
    chain->deploy = w.p;
    chain->deploy_n = w.n;
    yq_status status = install(c, YQ_XUM_INBOX_NAME, yq_writer_slice(&w), chain->inbox);
    if (status == YQ_OK) {
        out_text_hex(c, "inbox", chain->inbox);
        out_text_hex(c, "event", YQ_XUM_KEY);
    }
    return status;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    const yq_xum_contract *contract =
        yq_xum_contract_at(c->chain, yq_slice_text(chain_of(c)->inbox));
    return contract == NULL ? NULL : contract->model;
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    const yq_xum_chain *chain = c->chain;
    int is_foreign = chain->mode == YQ_MOCK_FOREIGN_EMITTER;
    const yq_xum_send_what what = {
        YQ_XUM_MODULE,
        is_foreign ? chain->foreign : chain->inbox,
        "sendMessage",
        1,
        {"message"},
        {argument}};
    return send_calls(c, &what, count);
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    char name[YQ_XUM_NAME_SIZE] = YQ_XUM_EVENTS_NAME;
    yq_status status = need_own(c);
    if (status == YQ_OK && yq_xum_contract_at(c->chain, yq_slice_text(name)) == NULL) {
        status = install(c, YQ_XUM_EVENTS_NAME, (yq_slice){0}, name);
    }
    if (status == YQ_OK) {
        const yq_xum_send_what what = {YQ_XUM_MODULE, name, "emitData", 1, {"data"}, {payload}};
        out_text_hex(c, "emitter", name);
        out_text_hex(c, "event", YQ_XUM_KEY);
        status = send_calls(c, &what, count);
    }
    return status;
}

static yq_status foreign(const yq_mock_control *c)
{
    yq_xum_chain *chain = c->chain;
    return install(
        c, YQ_XUM_INBOX_NAME, yq_slice_of(chain->deploy, chain->deploy_n), chain->foreign);
}

static uint64_t height_of(const yq_mock_control *c)
{
    return yq_xum_height(c->chain);
}

static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    yq_xum_chain *chain = c->chain;
    if (!yq_xum_fork(chain, height)) {
        return YQ_E_NOT_FOUND;
    }
    *hash = chain->aside[0]->id;
    *shown = chain->block[height]->id;
    return YQ_OK;
}

static yq_status supports(const yq_mock_control *c, yq_mock_mode mode)
{
    (void)mode;
    return need_own(c);
}

static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    yq_xum_set_mode(c->chain, mode);
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    uint8_t room[YQ_VALSET_STEP_MAX];
    char message[MESSAGE_SIZE];
    yq_digest id;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    const yq_xum_send_what what = {
        YQ_XUM_MODULE, chain_of(c)->inbox, "stepEpoch", 1, {"set"}, {yq_writer_slice(&w)}};
    int good = yq_xum_send(c->chain, &what, c->time, &id, message);
    seal_all(c);
    return good;
}

static void write_status(const yq_mock_control *c)
{
    const yq_xum_chain *chain = c->chain;
    yq_json_out_uint(c->reply, "height", yq_xum_height(chain));
    yq_json_out_uint(c->reply, "waiting", chain->is_recorded ? 0 : yq_xum_waiting(chain));
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(chain->mode));
    yq_json_out_str(c->reply, "bcname", YQ_XUM_CHAIN);
    yq_json_out_hex(c->reply, "genesis", YQ_SLICE_OF(chain->block[0]->id.b));
    yq_json_out_array(c->reply, "nodes");
    for (size_t i = 0; i < YQ_XUM_NODES && !chain->is_recorded; i++) {
        yq_json_out_str(c->reply, NULL, chain->node[i].address);
    }
    yq_json_out_end(c->reply);
}

/* ---- commands of this framework ---- */

static size_t count(uint32_t set)
{
    size_t n = 0;
    while (yq_xum_validator_at(set, n) < YQ_XUM_NODES) {
        n++;
    }
    return n;
}

/* {nodes[numbers]}: who the validators are, four blocks behind the one that says so. */
static yq_status do_validators(const yq_mock_control *c)
{
    yq_xum_chain *chain = c->chain;
    const yq_json *nodes = yq_json_get(c->command, "nodes");
    char list[YQ_XUM_LIST_MAX], message[MESSAGE_SIZE];
    yq_digest id;
    uint32_t set = 0;
    for (size_t i = 0; i < yq_json_count(nodes); i++) {
        uint64_t node = YQ_XUM_NODES;
        if (!yq_json_uint(yq_json_at(nodes, i), &node) || node >= YQ_XUM_NODES) {
            return yq_mock_missing(c, "nodes");
        }
        set |= UINT32_C(1) << node;
    }
    if (count(set) < SET_MIN || chain->change_n == YQ_XUM_CHANGES_MAX || need_own(c) != YQ_OK) {
        return yq_fail(c->why, YQ_E_STATE, 0, "nodes: too few, or too many changes");
    }
    while (chain->pool_n > 0) {
        (void)yq_xum_seal(chain, c->time);
    }
    size_t n = yq_xum_list(chain, set, list);
    const yq_xum_send_what what = {
        YQ_XUM_KERNEL,
        YQ_XUM_POA,
        "editValidates",
        1,
        {"validates"},
        {yq_slice_of((const uint8_t *)list, n)}};
    YQ_ASSERT(yq_xum_send(chain, &what, c->time, &id, message));
    (void)yq_xum_seal(chain, c->time);
    uint64_t height = yq_xum_height(chain);
    chain->change[chain->change_n++] = (yq_xum_change){height + YQ_XUM_DELAY, set};
    seal_all(c);
    yq_json_out_uint(c->reply, "height", height);
    return YQ_OK;
}

/* {}: the first transaction of the next block that has one fails, and the block says so. */
static yq_status do_fail(const yq_mock_control *c)
{
    yq_status status = need_own(c);
    chain_of(c)->fails = status == YQ_OK;
    return status;
}

/* {key_file}: who a client of this chain is. */
static yq_status do_identity(const yq_mock_control *c)
{
    yq_slice text;
    char path[PATH_MAX_SIZE];
    yq_status status = yq_mock_take_text(c, "key_file", &text);
    if (status == YQ_OK && (text.n >= PATH_MAX_SIZE || chain_of(c)->is_recorded)) {
        status = yq_mock_missing(c, "key_file");
    }
    if (status != YQ_OK) {
        return status;
    }
    memcpy(path, text.p, text.n);
    path[text.n] = '\0';
    return yq_key_write(chain_of(c)->client.key, path, NULL, c->why);
}

yq_status yq_xum_control(
    yq_xum_chain *chain,
    uint64_t time_ns,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why)
{
    static const yq_mock_command own[] = {
        {"validators", do_validators}, {"fail", do_fail}, {"identity", do_identity}};
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
    const yq_mock_control c = {&hooks, chain, time_ns, command, reply, why};
    return yq_mock_control_run(&c);
}
