#include "conformance/chains/common/control.h"

#include "conformance/chains/chainmaker/cmmock.h"
#include "relay/base/assert.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEPLOY_MAX    4096u
#define PATH_MAX_SIZE 1024u

static yq_cmm_chain *chain_of(const yq_mock_control *c)
{
    return c->chain;
}

/* ---- transactions ---- */

static void out_text_hex(const yq_mock_control *c, const char *key, const char *text)
{
    yq_json_out_hex(c->reply, key, yq_slice_text(text));
}

/* Seals what waits, the client's transaction with it. Returns the transaction. */
static const yq_cmm_tx *run_now(
    const yq_mock_control *c,
    const char *contract,
    const char *method,
    const yq_cmm_param *param,
    size_t n)
{
    char tx_id[YQ_CMM_TX_ID_MAX + 1];
    const yq_cmm_block *block;
    size_t index;
    yq_cmm_send(c->chain, contract, method, param, n, tx_id);
    while (chain_of(c)->pool_n > 0) {
        (void)yq_cmm_seal(c->chain, c->time);
    }
    const yq_cmm_tx *tx = yq_cmm_find(c->chain, yq_slice_text(tx_id), &block, &index);
    YQ_ASSERT(tx != NULL);
    return tx;
}

/* Installs a contract under the first free name of this kind. Out: name. */
static yq_status install(
    const yq_mock_control *c, const char *kind, yq_slice code, char name[YQ_CMM_NAME_SIZE])
{
    (void)snprintf(name, YQ_CMM_NAME_SIZE, "%s", kind);
    for (unsigned i = 2; yq_cmm_contract_at(c->chain, yq_slice_text(name)) != NULL; i++) {
        (void)snprintf(name, YQ_CMM_NAME_SIZE, "%s_%u", kind, i);
    }
    const yq_cmm_param param[] = {
        {yq_slice_text("CONTRACT_NAME"), yq_slice_text(name)},
        {yq_slice_text("CONTRACT_BYTECODE"), code}};
    const yq_cmm_tx *tx = run_now(c, "CONTRACT_MANAGE", "INIT_CONTRACT", param, YQ_ARRAY_N(param));
    return tx->code == YQ_CMM_SUCCESS ? YQ_OK
                                      : yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, tx->message);
}

/* Puts count calls with the same argument into the pool; writes their ids. */
static void send_calls(
    const yq_mock_control *c,
    const char *contract,
    const char *method,
    const yq_cmm_param *param,
    uint64_t count)
{
    yq_json_out_array(c->reply, "txs");
    for (uint64_t i = 0; i < count; i++) {
        char tx_id[YQ_CMM_TX_ID_MAX + 1];
        yq_cmm_send(c->chain, contract, method, param, 1, tx_id);
        out_text_hex(c, NULL, tx_id);
    }
    yq_json_out_end(c->reply);
}

/* ---- hooks ---- */

static yq_status deploy(const yq_mock_control *c, const yq_contract_config *config)
{
    yq_cmm_chain *chain = c->chain;
    yq_writer w = yq_writer_of(malloc(DEPLOY_MAX), DEPLOY_MAX);
    YQ_ASSERT(w.p != NULL);
    yq_cmm_deploy_put(config, &w);
    free(chain->deploy);
    chain->deploy = w.p;
    chain->deploy_n = w.n;
    yq_status status = install(c, YQ_CMM_INBOX_NAME, yq_writer_slice(&w), chain->inbox);
    if (status == YQ_OK) {
        out_text_hex(c, "inbox", chain->inbox);
        out_text_hex(c, "event", YQ_CMM_TOPIC);
    }
    return status;
}

static const yq_contract *inbox_of(const yq_mock_control *c)
{
    const yq_cmm_contract *contract =
        yq_cmm_contract_at(c->chain, yq_slice_text(chain_of(c)->inbox));
    return contract == NULL ? NULL : contract->model;
}

static yq_status send(const yq_mock_control *c, yq_slice argument, uint64_t count)
{
    const yq_cmm_chain *chain = c->chain;
    int is_foreign = chain->mode == YQ_MOCK_FOREIGN_EMITTER;
    const yq_cmm_param param = {yq_slice_text("message"), argument};
    send_calls(c, is_foreign ? chain->foreign : chain->inbox, "sendMessage", &param, count);
    return YQ_OK;
}

static yq_status emit(const yq_mock_control *c, yq_slice payload, uint64_t count)
{
    char name[YQ_CMM_NAME_SIZE] = YQ_CMM_EVENTS_NAME;
    yq_status status = YQ_OK;
    if (yq_cmm_contract_at(c->chain, yq_slice_text(name)) == NULL) {
        status = install(c, YQ_CMM_EVENTS_NAME, (yq_slice){0}, name);
    }
    if (status == YQ_OK) {
        const yq_cmm_param param = {yq_slice_text("data"), payload};
        out_text_hex(c, "emitter", name);
        out_text_hex(c, "event", YQ_CMM_TOPIC_DATA);
        send_calls(c, name, "emitData", &param, count);
    }
    return status;
}

static yq_status foreign(const yq_mock_control *c)
{
    yq_cmm_chain *chain = c->chain;
    return install(
        c, YQ_CMM_INBOX_NAME, yq_slice_of(chain->deploy, chain->deploy_n), chain->foreign);
}

static uint64_t height_of(const yq_mock_control *c)
{
    return yq_cmm_height(c->chain);
}

static yq_status fork_at(
    const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown)
{
    if (!yq_cmm_fork(c->chain, height)) {
        return YQ_E_NOT_FOUND;
    }
    *hash = chain_of(c)->block[height]->hash;
    *shown = chain_of(c)->twin->hash;
    return YQ_OK;
}

static void set_mode(const yq_mock_control *c, yq_mock_mode mode)
{
    yq_cmm_set_mode(c->chain, mode);
}

static int next_set(const yq_mock_control *c, const yq_valset *set)
{
    uint8_t room[4096];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    const yq_cmm_param param = {yq_slice_text("set"), yq_writer_slice(&w)};
    return run_now(c, chain_of(c)->inbox, "stepEpoch", &param, 1)->code == YQ_CMM_SUCCESS;
}

static void write_status(const yq_mock_control *c)
{
    const yq_cmm_chain *chain = c->chain;
    yq_json_out_uint(c->reply, "height", yq_cmm_height(chain));
    yq_json_out_uint(c->reply, "waiting", chain->pool_n);
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(chain->mode));
    yq_json_out_str(c->reply, "chain_id", YQ_CMM_CHAIN_ID);
    yq_json_out_hex(c->reply, "genesis", YQ_SLICE_OF(chain->block[0]->hash.b));
    yq_json_out_array(c->reply, "nodes");
    for (size_t i = 0; i < YQ_CMM_NODES; i++) {
        yq_json_out_str(c->reply, NULL, chain->node_id[i]);
    }
    yq_json_out_end(c->reply);
}

/* ---- commands of this framework ---- */

/* {node, votes}: whether a node votes from the next block on. */
static yq_status do_voters(const yq_mock_control *c)
{
    uint64_t node = yq_mock_number_of(c, "node", YQ_CMM_NODES);
    int votes = 1;
    (void)yq_json_bool(yq_json_get(c->command, "votes"), &votes);
    if (node >= YQ_CMM_NODES) {
        return yq_mock_missing(c, "node");
    }
    if (!yq_cmm_change(c->chain, (size_t)node, votes, c->time)) {
        return yq_fail(c->why, YQ_E_STATE, 0, "node: changes nothing, or leaves too few");
    }
    yq_json_out_uint(c->reply, "height", yq_cmm_height(c->chain));
    return YQ_OK;
}

/* Writes one PEM file of its own, private to its owner. Returns 0 when it cannot. */
static int write_pem(const char *path, yq_slice text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int good = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;
    return fd >= 0 && close(fd) == 0 && good;
}

/* {cert_file, key_file}: who a client of this chain is. */
static yq_status do_identity(const yq_mock_control *c)
{
    yq_slice text[2];
    char path[2][PATH_MAX_SIZE];
    static const char *const key[] = {"cert_file", "key_file"};
    for (size_t i = 0; i < 2; i++) {
        yq_status status = yq_mock_take_text(c, key[i], &text[i]);
        if (status != YQ_OK || text[i].n >= PATH_MAX_SIZE) {
            return status == YQ_OK ? yq_mock_missing(c, key[i]) : status;
        }
        memcpy(path[i], text[i].p, text[i].n);
        path[i][text[i].n] = '\0';
    }
    const yq_cmm_member *m = &chain_of(c)->client;
    if (!write_pem(path[0], yq_slice_of(m->pem, m->pem_n))) {
        return yq_fail(c->why, YQ_E_IO, 0, key[0]);
    }
    return yq_key_write(m->key, path[1], NULL, c->why);
}

yq_status yq_cmm_control(
    yq_cmm_chain *chain, uint64_t time_s, const yq_json *command, yq_json_out *reply, yq_fault *why)
{
    static const yq_mock_command own[] = {{"voters", do_voters}, {"identity", do_identity}};
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
        .own = own,
        .own_n = YQ_ARRAY_N(own),
    };
    const yq_mock_control c = {&hooks, chain, time_s, command, reply, why};
    return yq_mock_control_run(&c);
}
