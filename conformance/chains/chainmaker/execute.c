#include "conformance/chains/chainmaker/cmmock.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS_CAP (2u << 20)
#define GAS_BASE    1000u

/* ---- what deploys and calls carry ---- */

static void take_set(yq_cur *c, yq_valset *set)
{
    *set = (yq_valset){.suite = YQ_SUITE_SM2};
    yq_cur_copy(c, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    set->epoch = yq_cur_u64(c);
    set->n = yq_cur_u16(c);
    if (set->n > YQ_VALIDATORS_MAX) {
        yq_cur_fail(c, YQ_E_LIMIT, c->pos);
        set->n = 0;
    }
    for (size_t i = 0; i < set->n; i++) {
        yq_cur_copy(c, set->key[i], sizeof set->key[i]);
    }
}

static void put_set(const yq_valset *set, yq_writer *w)
{
    yq_put_bytes(w, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, set->epoch);
    yq_put_u16(w, set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->key[i], sizeof set->key[i]);
    }
}

void yq_cmm_deploy_put(const yq_contract_config *config, yq_writer *w)
{
    yq_put_str8(w, config->hub);
    put_set(&config->set, w);
    yq_put_u64(w, config->floor);
    YQ_ASSERT(w->status == YQ_OK);
}

static int read_deploy(yq_slice in, yq_contract_config *out)
{
    yq_cur c = yq_cur_of(in);
    out->hub = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    take_set(&c, &out->set);
    out->floor = yq_cur_u64(&c);
    return yq_cur_done(&c, NULL) == YQ_OK;
}

/* ---- results ---- */

static void fail(yq_cmm_tx *tx, const char *text)
{
    tx->code = YQ_CMM_CONTRACT_FAIL;
    tx->contract_code = 1;
    (void)snprintf(tx->message, sizeof tx->message, "%s", text);
}

static void set_name(char out[YQ_CMM_NAME_SIZE], yq_slice name)
{
    size_t n = name.n < YQ_CMM_NAME_SIZE - 1 ? name.n : YQ_CMM_NAME_SIZE - 1;
    yq_bytes_copy((uint8_t *)out, name.p, n);
    out[n] = '\0';
}

/* An event whose one text is the bytes in hex; without bytes it has none. */
static void emit(yq_cmm_tx *tx, const char *topic, const char *contract, yq_slice bytes)
{
    YQ_ASSERT(tx->event_n < YQ_CMM_EVENTS_MAX);
    yq_cmm_event *event = &tx->event[tx->event_n++];
    event->topic = topic;
    set_name(event->contract, yq_slice_text(contract));
    if (bytes.n > 0) {
        event->data = malloc(2 * bytes.n + 1);
        YQ_ASSERT(event->data != NULL);
        (void)yq_hex_encode(event->data, 2 * bytes.n + 1, bytes.p, bytes.n);
    }
}

yq_cmm_contract *yq_cmm_contract_at(const yq_cmm_chain *chain, yq_slice name)
{
    for (size_t i = 0; i < chain->contract_n; i++) {
        if (yq_slice_equal(yq_slice_text(chain->contract[i].name), name)) {
            return &chain->contract[i];
        }
    }
    return NULL;
}

/* ---- contracts ---- */

static void run_install(yq_cmm_chain *chain, yq_cmm_tx *tx, yq_buf *records)
{
    yq_slice name = yq_cmm_param_of(&tx->request, "CONTRACT_NAME");
    yq_slice code = yq_cmm_param_of(&tx->request, "CONTRACT_BYTECODE");
    yq_contract_config config = {
        .own_chain = yq_slice_text(chain->name), .hash = chain->suite->alg};
    yq_contract *model = NULL;
    if (name.n == 0 || name.n >= YQ_CMM_NAME_SIZE || yq_cmm_contract_at(chain, name) != NULL) {
        fail(tx, "contract name");
        return;
    }
    if (code.n > 0) {
        model = read_deploy(code, &config) ? yq_contract_new(&config) : NULL;
        if (model == NULL) {
            fail(tx, "CONFIG_INVALID");
            return;
        }
    }
    chain->contract = yq_cmm_grow(chain->contract, &chain->contract_n, sizeof *chain->contract);
    yq_cmm_contract *made = &chain->contract[chain->contract_n - 1];
    made->model = model;
    set_name(made->name, name);
    if (model != NULL) {
        YQ_ASSERT(yq_contract_state(model, records) == YQ_OK);
        emit(tx, YQ_CMM_TOPIC, made->name, yq_slice_of(records->p, records->n));
    }
}

static yq_status run_send(yq_cmm_contract *contract, const yq_cmm_tx *tx, yq_buf *records)
{
    yq_send send;
    yq_fault why = {0};
    uint8_t sender[YQ_DIGEST_SIZE];
    yq_status status = yq_send_decode(yq_cmm_param_of(&tx->request, "message"), &send, &why);
    if (status != YQ_OK) {
        return status;
    }
    yq_hash_one(YQ_HASH_SM3, tx->request.member, sender);
    return yq_contract_send(contract->model, &send, yq_slice_of(sender, 20), records);
}

static void run_inbox(yq_cmm_contract *contract, yq_cmm_tx *tx, uint64_t time_s, yq_buf *records)
{
    yq_status status = YQ_E_METHOD_UNKNOWN;
    yq_slice method = tx->request.method;
    yq_fault why = {0};
    if (yq_slice_equal(method, yq_slice_text("receiveMessages"))) {
        yq_slice delivery = yq_cmm_param_of(&tx->request, "delivery");
        status = yq_contract_deliver(contract->model, delivery, time_s * 1000, records, &why);
    } else if (yq_slice_equal(method, yq_slice_text("sendMessage"))) {
        status = run_send(contract, tx, records);
    } else if (yq_slice_equal(method, yq_slice_text("stepEpoch"))) {
        status = yq_contract_step(contract->model, yq_cmm_param_of(&tx->request, "set"), records);
    }
    if (status != YQ_OK) {
        fail(tx, yq_status_name(status) + 2);
    } else if (records->n > 0) {
        emit(tx, YQ_CMM_TOPIC, contract->name, yq_slice_of(records->p, records->n));
    }
}

/* Two events, of which the second has no text; or one, and a failure behind it. */
static void run_plain(const yq_cmm_contract *contract, yq_cmm_tx *tx)
{
    emit(tx, YQ_CMM_TOPIC_DATA, contract->name, yq_cmm_param_of(&tx->request, "data"));
    if (yq_slice_equal(tx->request.method, yq_slice_text("emitThenFail"))) {
        fail(tx, "meant to fail");
        return;
    }
    emit(tx, YQ_CMM_TOPIC_AGAIN, contract->name, (yq_slice){0});
}

static void run_config(const yq_cmm_chain *chain, yq_cmm_tx *tx)
{
    const size_t cap = 4096;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    yq_cmm_config_put(chain, &w);
    YQ_ASSERT(w.status == YQ_OK);
    tx->result = w.p;
    tx->result_n = w.n;
}

void yq_cmm_execute(yq_cmm_chain *chain, yq_cmm_tx *tx, uint64_t time_s)
{
    yq_buf records = {malloc(RECORDS_CAP), RECORDS_CAP, 0};
    yq_cmm_contract *contract = yq_cmm_contract_at(chain, tx->request.contract);
    YQ_ASSERT(records.p != NULL);
    tx->gas = GAS_BASE + tx->raw_n;
    if (yq_slice_equal(tx->request.contract, yq_slice_text("CHAIN_CONFIG"))) {
        run_config(chain, tx);
    } else if (yq_slice_equal(tx->request.contract, yq_slice_text("CONTRACT_MANAGE"))) {
        run_install(chain, tx, &records);
    } else if (contract == NULL) {
        fail(tx, "contract not found");
    } else if (contract->model != NULL) {
        run_inbox(contract, tx, time_s, &records);
    } else {
        run_plain(contract, tx);
    }
    free(records.p);
}
