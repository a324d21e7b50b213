#include "conformance/chains/chainmaker/cmmock.h"
#include "relay/base/assert.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT_MAX     10000u
#define DEPLOY_MAX    4096u
#define PATH_MAX_SIZE 1024u

typedef struct control {
    yq_cmm_chain *chain;
    uint64_t time_s;
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

static void out_text_hex(const control *c, const char *key, const char *text)
{
    yq_json_out_hex(c->reply, key, yq_slice_text(text));
}

/* Seals what waits, the client's transaction with it. Returns the transaction. */
static const yq_cmm_tx *run_now(
    const control *c, const char *contract, const char *method, const yq_cmm_param *param, size_t n)
{
    char tx_id[YQ_CMM_TX_ID_MAX + 1];
    const yq_cmm_block *block;
    size_t index;
    yq_cmm_send(c->chain, contract, method, param, n, tx_id);
    while (c->chain->pool_n > 0) {
        (void)yq_cmm_seal(c->chain, c->time_s);
    }
    const yq_cmm_tx *tx = yq_cmm_find(c->chain, yq_slice_text(tx_id), &block, &index);
    YQ_ASSERT(tx != NULL);
    return tx;
}

/* Installs a contract under the first free name of this kind. Out: name. */
static yq_status install(
    const control *c, const char *kind, yq_slice code, char name[YQ_CMM_NAME_SIZE])
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
    const control *c,
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

static yq_status take_count(const control *c, uint64_t *count)
{
    *count = number_of(c, "count", 1);
    return *count <= COUNT_MAX ? YQ_OK : yq_fail(c->why, YQ_E_LIMIT, 0, "count");
}

/* ---- commands ---- */

static yq_status do_deploy(const control *c)
{
    yq_contract_config config = {.floor = number_of(c, "floor", 0)};
    yq_cmm_chain *chain = c->chain;
    yq_status status = take_text(c, "hub", &config.hub);
    if (status == YQ_OK && (config.hub.n == 0 || config.hub.n > YQ_CHAIN_ID_SIZE_MAX)) {
        status = yq_fail(c->why, YQ_E_CONFIG_INVALID, 0, "hub");
    }
    status = status == YQ_OK ? take_set(c, &config.set) : status;
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = yq_writer_of(malloc(DEPLOY_MAX), DEPLOY_MAX);
    YQ_ASSERT(w.p != NULL);
    yq_cmm_deploy_put(&config, &w);
    free(chain->deploy);
    chain->deploy = w.p;
    chain->deploy_n = w.n;
    status = install(c, YQ_CMM_INBOX_NAME, yq_writer_slice(&w), chain->inbox);
    if (status == YQ_OK) {
        out_text_hex(c, "inbox", chain->inbox);
        out_text_hex(c, "event", YQ_CMM_TOPIC);
    }
    return status;
}

static const yq_contract *inbox_of(const control *c)
{
    const yq_cmm_contract *contract = yq_cmm_contract_at(c->chain, yq_slice_text(c->chain->inbox));
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
        int is_foreign = c->chain->mode == YQ_MOCK_FOREIGN_EMITTER;
        const yq_cmm_param param = {yq_slice_text("message"), yq_slice_of(argument.p, argument.n)};
        send_calls(
            c, is_foreign ? c->chain->foreign : c->chain->inbox, "sendMessage", &param, count);
    }
    free(argument.p);
    free(payload.p);
    return status;
}

static yq_status do_emit(const control *c)
{
    yq_buf payload;
    uint64_t count = 0;
    char name[YQ_CMM_NAME_SIZE] = YQ_CMM_EVENTS_NAME;
    yq_status status = take_bytes(c, "payload", &payload);
    status = status == YQ_OK ? take_count(c, &count) : status;
    if (status == YQ_OK && yq_cmm_contract_at(c->chain, yq_slice_text(name)) == NULL) {
        status = install(c, YQ_CMM_EVENTS_NAME, (yq_slice){0}, name);
    }
    if (status == YQ_OK) {
        const yq_cmm_param param = {yq_slice_text("data"), yq_slice_of(payload.p, payload.n)};
        out_text_hex(c, "emitter", name);
        out_text_hex(c, "event", YQ_CMM_TOPIC_DATA);
        send_calls(c, name, "emitData", &param, count);
    }
    free(payload.p);
    return status;
}

static void out_digest(const control *c, const char *key, const yq_digest *md)
{
    yq_json_out_hex(c->reply, key, YQ_SLICE_OF(md->b));
}

static yq_status do_fork(const control *c)
{
    uint64_t height = number_of(c, "height", yq_cmm_height(c->chain));
    if (!yq_cmm_fork(c->chain, height)) {
        return yq_fail(c->why, YQ_E_NOT_FOUND, 0, "height");
    }
    yq_json_out_uint(c->reply, "height", height);
    out_digest(c, "hash", &c->chain->block[height]->hash);
    out_digest(c, "shown", &c->chain->twin->hash);
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
        const yq_slice code = yq_slice_of(c->chain->deploy, c->chain->deploy_n);
        status = install(c, YQ_CMM_INBOX_NAME, code, c->chain->foreign);
    }
    if (status == YQ_OK && mode == YQ_MOCK_FORK) {
        status = do_fork(c);
    }
    if (status == YQ_OK) {
        yq_cmm_set_mode(c->chain, mode);
    }
    return status;
}

static yq_status do_next_set(const control *c)
{
    yq_valset set;
    uint8_t room[4096];
    if (inbox_of(c) == NULL) {
        return no_inbox(c);
    }
    yq_status status = take_set(c, &set);
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cmm_set_put(&set, &w);
    YQ_ASSERT(w.status == YQ_OK);
    const yq_cmm_param param = {yq_slice_text("set"), yq_writer_slice(&w)};
    const yq_cmm_tx *tx = run_now(c, c->chain->inbox, "stepEpoch", &param, 1);
    return tx->code == YQ_CMM_SUCCESS
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
    out_digest(c, "payload_sm3", &item->payload_sm3);
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

/* {node, votes}: whether a node votes from the next block on. */
static yq_status do_voters(const control *c)
{
    uint64_t node = number_of(c, "node", YQ_CMM_NODES);
    int votes = 1;
    (void)yq_json_bool(yq_json_get(c->command, "votes"), &votes);
    if (node >= YQ_CMM_NODES) {
        return missing(c, "node");
    }
    if (!yq_cmm_change(c->chain, (size_t)node, votes, c->time_s)) {
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
static yq_status do_identity(const control *c)
{
    yq_slice text[2];
    char path[2][PATH_MAX_SIZE];
    static const char *const key[] = {"cert_file", "key_file"};
    for (size_t i = 0; i < 2; i++) {
        yq_status status = take_text(c, key[i], &text[i]);
        if (status != YQ_OK || text[i].n >= PATH_MAX_SIZE) {
            return status == YQ_OK ? missing(c, key[i]) : status;
        }
        memcpy(path[i], text[i].p, text[i].n);
        path[i][text[i].n] = '\0';
    }
    const yq_cmm_member *m = &c->chain->client;
    if (!write_pem(path[0], yq_slice_of(m->pem, m->pem_n))) {
        return yq_fail(c->why, YQ_E_IO, 0, key[0]);
    }
    return yq_key_write(m->key, path[1], NULL, c->why);
}

static yq_status do_status(const control *c)
{
    yq_json_out_uint(c->reply, "height", yq_cmm_height(c->chain));
    yq_json_out_uint(c->reply, "waiting", c->chain->pool_n);
    yq_json_out_str(c->reply, "mode", yq_mock_mode_name(c->chain->mode));
    yq_json_out_str(c->reply, "chain_id", YQ_CMM_CHAIN_ID);
    out_digest(c, "genesis", &c->chain->block[0]->hash);
    yq_json_out_array(c->reply, "nodes");
    for (size_t i = 0; i < YQ_CMM_NODES; i++) {
        yq_json_out_str(c->reply, NULL, c->chain->node_id[i]);
    }
    yq_json_out_end(c->reply);
    return YQ_OK;
}

yq_status yq_cmm_control(
    yq_cmm_chain *chain, uint64_t time_s, const yq_json *command, yq_json_out *reply, yq_fault *why)
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
        {"voters", do_voters},
        {"identity", do_identity},
        {"status", do_status},
    };
    const control c = {chain, time_s, command, reply, why};
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
