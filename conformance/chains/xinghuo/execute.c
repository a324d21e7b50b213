#include "conformance/chains/xinghuo/xmock.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS_CAP (2u << 20)

/* ---- what an inbox is made with ---- */

static void put_set(const yq_valset *set, yq_writer *w)
{
    yq_put(w, YQ_SLICE_OF(set->chain_id_hash.b));
    yq_put_u64(w, set->epoch);
    yq_put_u16(w, set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->key[i], sizeof set->key[i]);
    }
}

void yq_xmock_deploy_put(const yq_contract_config *config, yq_writer *w)
{
    yq_put_str8(w, config->hub);
    yq_put_u64(w, config->floor);
    put_set(&config->set, w);
    YQ_ASSERT(w->status == YQ_OK);
}

static void take_set(yq_cur *c, yq_valset *set)
{
    set->suite = YQ_SUITE_SM2;
    yq_cur_copy(c, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    set->epoch = yq_cur_u64(c);
    set->n = yq_cur_u16(c);
    for (size_t i = 0; i < set->n && i < YQ_VALIDATORS_MAX; i++) {
        yq_cur_copy(c, set->key[i], sizeof set->key[i]);
    }
}

/* ---- results ---- */

static void fail_with(yq_xmock_tx *tx, unsigned code, const char *reason)
{
    tx->code = code;
    (void)snprintf(tx->desc, sizeof tx->desc, "%s", reason);
}

static void log_event(
    const yq_xmock_chain *chain,
    yq_xmock_tx *tx,
    const char *emitter,
    const char *topic,
    yq_slice data)
{
    (void)snprintf(tx->log.emitter, sizeof tx->log.emitter, "%s", emitter);
    tx->log.topic = topic;
    tx->log.data = malloc(data.n + 1);
    YQ_ASSERT(tx->log.data != NULL);
    yq_bytes_copy(tx->log.data, data.p, data.n);
    tx->log.data_n = data.n;
    const yq_slice part[] = {YQ_SLICE_OF(tx->hash.b), yq_slice_text("log 0")};
    yq_hash(chain->hash, part, YQ_ARRAY_N(part), tx->log.hash.b);
}

static yq_buf records_new(void)
{
    yq_buf records = {malloc(RECORDS_CAP), RECORDS_CAP, 0};
    YQ_ASSERT(records.p != NULL);
    return records;
}

/* Logs what the model tells, or fails as it does. */
static void settle(
    const yq_xmock_chain *chain,
    yq_xmock_tx *tx,
    const char *emitter,
    yq_status status,
    yq_buf *records)
{
    if (status != YQ_OK) {
        fail_with(tx, YQ_XMOCK_CONTRACT_FAILS, yq_status_name(status) + 2);
    } else if (records->n > 0) {
        log_event(chain, tx, emitter, YQ_XMOCK_EVENT, yq_slice_of(records->p, records->n));
    }
    free(records->p);
}

/* ---- new contracts ---- */

/* Its outbox is by SM3 on every chain: the hub takes the suite of its certificates with that hash.
 */
static yq_contract *make_inbox(const yq_xmock_chain *chain, yq_slice hex)
{
    uint8_t room[YQ_XMOCK_DEPLOY_MAX];
    yq_buf bytes = {room, sizeof room, 0};
    yq_contract_config config = {.own_chain = yq_slice_text(chain->name), .hash = YQ_HASH_SM3};
    if (yq_hex_decode(&bytes, (const char *)hex.p, hex.n) != YQ_OK) {
        return NULL;
    }
    yq_cur c = yq_cur_of(yq_slice_of(room, bytes.n));
    config.hub = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    config.floor = yq_cur_u64(&c);
    take_set(&c, &config.set);
    return yq_cur_done(&c, NULL) == YQ_OK ? yq_contract_new(&config) : NULL;
}

static void run_create(yq_xmock_chain *chain, yq_xmock_tx *tx)
{
    int is_inbox = yq_slice_equal(tx->payload, yq_slice_text(YQ_XMOCK_INBOX_CODE));
    int is_events = yq_slice_equal(tx->payload, yq_slice_text(YQ_XMOCK_EVENTS_CODE));
    yq_contract *model = is_inbox ? make_inbox(chain, tx->input) : NULL;
    if (!is_events && model == NULL) {
        fail_with(tx, YQ_XMOCK_CONTRACT_FAILS, "no such contract, or CONFIG_INVALID");
        return;
    }
    chain->contract = yq_xmock_grow(chain->contract, &chain->contract_n, sizeof *chain->contract);
    yq_xmock_contract *made = &chain->contract[chain->contract_n - 1];
    made->code = is_inbox ? YQ_XMOCK_CODE_INBOX : YQ_XMOCK_CODE_EVENTS;
    made->model = model;
    (void)yq_xh_address(
        YQ_SUITE_ED25519, yq_slice_of(tx->hash.b, sizeof tx->hash.b), made->address);
    (void)snprintf(tx->desc, sizeof tx->desc, "[{\"contract_address\":\"%.60s\"}]", made->address);
    if (is_inbox) {
        yq_buf records = records_new();
        settle(chain, tx, made->address, yq_contract_state(model, &records), &records);
    }
}

/* ---- calls ---- */

/* {"method": ..., "params": {...}}: one argument in hex. */
typedef struct call {
    yq_json *document;
    yq_slice method;
    yq_buf argument; /* to be freed */
} call;

static int read_call(yq_slice input, call *out)
{
    *out = (call){.document = yq_json_parse(input, YQ_XMOCK_BLOB_MAX, NULL)};
    if (out->document == NULL) {
        return 0;
    }
    const yq_json *root = yq_json_root(out->document), *params = yq_json_get(root, "params");
    const char *key = yq_json_key_next(params, NULL);
    const yq_json *value = key == NULL ? NULL : yq_json_get(params, key);
    yq_slice text;
    if (!yq_json_text(yq_json_get(root, "method"), &out->method) || !yq_json_text(value, &text)) {
        return 0;
    }
    out->argument = (yq_buf){malloc(text.n / 2 + 1), text.n / 2 + 1, 0};
    YQ_ASSERT(out->argument.p != NULL);
    return yq_json_hex(value, &out->argument);
}

static void run_inbox(
    const yq_xmock_chain *chain, const yq_xmock_contract *contract, yq_xmock_tx *tx, const call *in)
{
    yq_slice argument = yq_slice_of(in->argument.p, in->argument.n);
    yq_buf records = records_new();
    yq_status status = YQ_E_METHOD_UNKNOWN;
    yq_fault why = {0};
    if (yq_slice_equal(in->method, yq_slice_text("receiveMessages"))) {
        status = yq_contract_deliver(contract->model, argument, tx->time_us / 1000, &records, &why);
    } else if (yq_slice_equal(in->method, yq_slice_text("stepEpoch"))) {
        status = yq_contract_step(contract->model, argument, &records);
    } else if (yq_slice_equal(in->method, yq_slice_text("sendMessage"))) {
        yq_send send;
        status = yq_send_decode(argument, &send, &why);
        if (status == YQ_OK) {
            status = yq_contract_send(contract->model, &send, yq_slice_text(tx->source), &records);
        }
    }
    settle(chain, tx, contract->address, status, &records);
}

static void run_call(yq_xmock_chain *chain, yq_xmock_tx *tx)
{
    const yq_xmock_contract *contract = yq_xmock_contract_find(chain, tx->dest);
    call in;
    if (contract == NULL) {
        fail_with(tx, YQ_XMOCK_NOT_EXIST, "the account does not exist");
        return;
    }
    if (!read_call(tx->input, &in)) {
        fail_with(tx, YQ_XMOCK_CONTRACT_FAILS, "the input is no call");
    } else if (contract->code == YQ_XMOCK_CODE_INBOX) {
        run_inbox(chain, contract, tx, &in);
    } else if (yq_slice_equal(in.method, yq_slice_text("emit"))) {
        log_event(
            chain,
            tx,
            contract->address,
            YQ_XMOCK_EVENT_PLAIN,
            yq_slice_of(in.argument.p, in.argument.n));
    } else {
        fail_with(tx, YQ_XMOCK_CONTRACT_FAILS, "METHOD_UNKNOWN");
    }
    free(in.argument.p);
    yq_json_free(in.document);
}

void yq_xmock_execute(yq_xmock_chain *chain, yq_xmock_tx *tx, uint64_t seq, uint64_t time_us)
{
    tx->seq = seq;
    tx->time_us = time_us;
    if (tx->type == 1) {
        run_create(chain, tx);
    } else {
        run_call(chain, tx);
    }
}
