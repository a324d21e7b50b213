#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"
#include "relay/codec/abi.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAGIC         "YQMOCK1"
#define SELECTOR_SIZE 4u
#define GAS_BASE      21000u
#define GAS_OF_BYTE   16u
#define RECORDS_CAP   (2u << 20)

/* Solidity's Error(string), as compiled by upstream solc on either suite. */
static const uint8_t error_selector[SELECTOR_SIZE] = {0x08, 0xc3, 0x79, 0xa0};

/* ---- what calls and deploys carry ---- */

void yq_mock3_topic(const yq_mock3_chain *chain, const char *signature, yq_digest *topic)
{
    yq_hash_one(chain->alg, yq_slice_text(signature), topic->b);
}

void yq_mock3_call_data(
    const yq_mock3_chain *chain, const char *signature, yq_slice argument, yq_buf *data)
{
    uint8_t selector[SELECTOR_SIZE];
    yq_mock3_selector(chain->alg, signature, selector);
    yq_writer w = yq_writer_of(data->p, data->cap);
    yq_put_bytes(&w, selector, sizeof selector);
    yq_abi_put_bytes(&w, argument);
    YQ_ASSERT(w.status == YQ_OK);
    data->n = w.n;
}

static void put_set(const yq_valset *set, yq_writer *w)
{
    yq_put_u64(w, set->epoch);
    yq_put_u16(w, set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->key[i], sizeof set->key[i]);
    }
}

void yq_mock3_deploy_data(yq_mock3_code code, const yq_contract_config *config, yq_buf *data)
{
    yq_writer w = yq_writer_of(data->p, data->cap);
    yq_put(&w, yq_slice_text(MAGIC));
    yq_put_u8(&w, (uint8_t)code);
    if (code == YQ_MOCK3_CODE_INBOX) {
        yq_put_str8(&w, config->hub);
        yq_put_bytes(&w, config->set.chain_id_hash.b, YQ_DIGEST_SIZE);
        put_set(&config->set, &w);
        yq_put_u64(&w, config->floor);
    }
    YQ_ASSERT(w.status == YQ_OK);
    data->n = w.n;
}

static void take_set(yq_cur *c, yq_valset *set)
{
    set->epoch = yq_cur_u64(c);
    set->n = yq_cur_u16(c);
    for (size_t i = 0; i < set->n && i < YQ_VALIDATORS_MAX; i++) {
        yq_cur_copy(c, set->key[i], sizeof set->key[i]);
    }
}

/* Returns 0 for code that is none of ours. Out: code, config. */
static int read_deploy(yq_slice data, yq_mock3_code *code, yq_contract_config *config)
{
    yq_cur c = yq_cur_of(data);
    yq_slice magic = yq_cur_take(&c, sizeof MAGIC - 1);
    if (!yq_slice_equal(magic, yq_slice_text(MAGIC))) {
        return 0;
    }
    uint8_t kind = yq_cur_u8(&c);
    if (kind == YQ_MOCK3_CODE_EVENTS) {
        *code = YQ_MOCK3_CODE_EVENTS;
        return yq_cur_done(&c, NULL) == YQ_OK;
    }
    config->hub = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    yq_cur_copy(&c, config->set.chain_id_hash.b, YQ_DIGEST_SIZE);
    config->set.suite = YQ_SUITE_SM2;
    take_set(&c, &config->set);
    config->floor = yq_cur_u64(&c);
    *code = YQ_MOCK3_CODE_INBOX;
    return kind == YQ_MOCK3_CODE_INBOX && yq_cur_done(&c, NULL) == YQ_OK;
}

/* ---- contracts ---- */

yq_mock3_contract *yq_mock3_contract_at(const yq_mock3_chain *chain, yq_slice address)
{
    for (size_t i = 0; i < chain->contract_n; i++) {
        if (yq_slice_equal(yq_slice_of(chain->contract[i].address, 20), address)) {
            return &chain->contract[i];
        }
    }
    return NULL;
}

/* As the chain makes one: of the block, the transaction's place in it and the step of its call. */
static void make_address(
    const yq_mock3_chain *chain, uint64_t number, size_t index, uint8_t address[20])
{
    char text[64];
    uint8_t md[YQ_DIGEST_SIZE];
    (void)snprintf(text, sizeof text, "%" PRIu64 "_%zu_0", number, index);
    yq_hash_one(chain->alg, yq_slice_text(text), md);
    memcpy(address, md, 20);
}

static void set_output(yq_mock3_tx *tx, yq_slice bytes)
{
    tx->output = malloc(bytes.n + 1);
    YQ_ASSERT(tx->output != NULL);
    yq_bytes_copy(tx->output, bytes.p, bytes.n);
    tx->output_n = bytes.n;
}

static void revert_with(yq_mock3_tx *tx, const char *text)
{
    uint8_t room[512];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_bytes(&w, error_selector, sizeof error_selector);
    yq_abi_put_bytes(&w, yq_slice_text(text)); /* a string is laid out as bytes are */
    YQ_ASSERT(w.status == YQ_OK);
    tx->status = YQ_MOCK3_STATUS_REVERT;
    set_output(tx, yq_writer_slice(&w));
}

static void emit_event(
    const yq_mock3_chain *chain,
    yq_mock3_tx *tx,
    const uint8_t address[20],
    const char *signature,
    yq_slice bytes)
{
    size_t cap = bytes.n + 128;
    tx->has_log = 1;
    memcpy(tx->log.address, address, 20);
    yq_mock3_topic(chain, signature, &tx->log.topic);
    tx->log.data = malloc(cap);
    YQ_ASSERT(tx->log.data != NULL);
    yq_writer w = yq_writer_of(tx->log.data, cap);
    yq_abi_put_bytes(&w, bytes);
    YQ_ASSERT(w.status == YQ_OK);
    tx->log.data_n = w.n;
}

static void emit_records(
    const yq_mock3_chain *chain, yq_mock3_tx *tx, const uint8_t address[20], const yq_buf *records)
{
    if (records->n > 0) {
        emit_event(chain, tx, address, YQ_MOCK3_EVENT_YUQIAO, yq_slice_of(records->p, records->n));
    }
}

static yq_buf records_new(void)
{
    yq_buf records = {malloc(RECORDS_CAP), RECORDS_CAP, 0};
    YQ_ASSERT(records.p != NULL);
    return records;
}

static void run_deploy(yq_mock3_chain *chain, yq_mock3_tx *tx, uint64_t number, size_t index)
{
    yq_contract_config config = {.own_chain = yq_slice_text(chain->name), .hash = chain->alg};
    yq_mock3_code code = YQ_MOCK3_CODE_OTHER;
    yq_contract *model = NULL;
    if (read_deploy(tx->data, &code, &config) && code == YQ_MOCK3_CODE_INBOX) {
        model = yq_contract_new(&config);
        if (model == NULL) {
            revert_with(tx, "CONFIG_INVALID");
            return;
        }
    }
    make_address(chain, number, index, tx->contract);
    chain->contract = yq_mock3_grow(chain->contract, &chain->contract_n, sizeof *chain->contract);
    yq_mock3_contract *made = &chain->contract[chain->contract_n - 1];
    *made = (yq_mock3_contract){.code = (uint8_t)code, .model = model};
    memcpy(made->address, tx->contract, 20);
    if (model != NULL) {
        yq_buf records = records_new();
        YQ_ASSERT(yq_contract_state(model, &records) == YQ_OK);
        emit_records(chain, tx, made->address, &records);
        free(records.p);
    }
    set_output(tx, (yq_slice){0});
}

/* Returns 1 when the call is of this method, by either compiler. Out: its one argument. */
static int method_is(yq_slice data, const char *signature, yq_slice *argument)
{
    static const uint32_t compilers[] = {YQ_HASH_SM3, YQ_HASH_KECCAK256};
    for (size_t i = 0; i < YQ_ARRAY_N(compilers); i++) {
        uint8_t selector[SELECTOR_SIZE];
        yq_mock3_selector(compilers[i], signature, selector);
        if (data.n > SELECTOR_SIZE && memcmp(data.p, selector, SELECTOR_SIZE) == 0) {
            return yq_abi_bytes_decode(
                yq_slice_of(data.p + SELECTOR_SIZE, data.n - SELECTOR_SIZE), argument);
        }
    }
    return 0;
}

/* Every call tells the state: a receipt of a deploy cannot be proven, so this tells the first. */
static int is_pause(yq_slice data)
{
    static const uint32_t compilers[] = {YQ_HASH_SM3, YQ_HASH_KECCAK256};
    for (size_t i = 0; i < YQ_ARRAY_N(compilers); i++) {
        uint8_t selector[SELECTOR_SIZE];
        yq_mock3_selector(compilers[i], YQ_MOCK3_METHOD_PAUSED, selector);
        if (data.n == SELECTOR_SIZE + 32 && memcmp(data.p, selector, SELECTOR_SIZE) == 0) {
            return yq_bytes_are_zero(data.p + SELECTOR_SIZE, 32); /* the model knows no pause */
        }
    }
    return 0;
}

static void run_inbox(
    yq_mock3_chain *chain, yq_mock3_contract *contract, yq_mock3_tx *tx, uint64_t time_ms)
{
    yq_slice argument;
    yq_buf records = records_new();
    yq_fault why = {0};
    yq_status status = YQ_E_METHOD_UNKNOWN;
    if (method_is(tx->data, YQ_MOCK3_METHOD_RECEIVE, &argument)) {
        status = yq_contract_deliver(contract->model, argument, time_ms, &records, &why);
    } else if (method_is(tx->data, YQ_MOCK3_METHOD_SEND, &argument)) {
        yq_send send;
        status = yq_send_decode(argument, &send, &why);
        if (status == YQ_OK) {
            status = yq_contract_send(
                contract->model, &send, yq_slice_of(tx->from, sizeof tx->from), &records);
        }
    } else if (method_is(tx->data, YQ_MOCK3_METHOD_STEP, &argument)) {
        status = yq_contract_step(contract->model, argument, &records);
    } else if (is_pause(tx->data)) {
        status = yq_contract_state(contract->model, &records);
    }
    if (status == YQ_OK) {
        emit_records(chain, tx, contract->address, &records);
        set_output(tx, (yq_slice){0});
    } else {
        revert_with(tx, yq_status_name(status) + 2);
    }
    free(records.p);
}

/* The system's configuration: (string value, int256 since) of any key. */
static void run_config(yq_mock3_tx *tx)
{
    uint8_t room[128] = {0};
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_abi_put_uint(&w, 64);
    yq_abi_put_uint(&w, 0);
    yq_abi_put_tail(&w, yq_slice_text("1000"));
    YQ_ASSERT(w.status == YQ_OK);
    set_output(tx, yq_writer_slice(&w));
}

static void run_call(yq_mock3_chain *chain, yq_mock3_tx *tx, uint64_t time_ms)
{
    static const uint8_t config_address[20] = {[18] = 0x10};
    yq_slice argument;
    yq_mock3_contract *contract = yq_mock3_contract_at(chain, YQ_SLICE_OF(tx->to_address));
    if (memcmp(tx->to_address, yq_mock3_consensus_address, 20) == 0) {
        yq_mock3_consensus_run(chain, tx);
    } else if (memcmp(tx->to_address, config_address, 20) == 0) {
        run_config(tx);
    } else if (contract == NULL) {
        tx->status = YQ_MOCK3_STATUS_ADDRESS;
        set_output(tx, (yq_slice){0});
    } else if (contract->code == YQ_MOCK3_CODE_INBOX) {
        run_inbox(chain, contract, tx, time_ms);
    } else if (
        contract->code == YQ_MOCK3_CODE_EVENTS &&
        method_is(tx->data, YQ_MOCK3_METHOD_EMIT, &argument)) {
        emit_event(chain, tx, contract->address, YQ_MOCK3_EVENT_DATA, argument);
        set_output(tx, (yq_slice){0});
    } else {
        revert_with(tx, "METHOD_UNKNOWN");
    }
}

void yq_mock3_execute(
    yq_mock3_chain *chain, yq_mock3_tx *tx, uint64_t number, size_t index, uint64_t time_ms)
{
    tx->gas_used = GAS_BASE + GAS_OF_BYTE * tx->data.n;
    tx->is_deploy = tx->to.n == 0;
    if (tx->is_deploy) {
        run_deploy(chain, tx, number, index);
    } else {
        run_call(chain, tx, time_ms);
    }
    chain->tx_all++;
    chain->tx_failed += tx->status != YQ_MOCK3_STATUS_NONE;
}

static void put_address(const uint8_t address[20], yq_writer *w)
{
    char text[41];
    yq_put_bytes(w, text, yq_hex_encode(text, sizeof text, address, 20));
}

void yq_mock3_receipt_put(const yq_mock3_tx *tx, uint64_t number, yq_writer *w)
{
    char gas[24];
    (void)yq_decimal_encode(gas, tx->gas_used);
    yq_put_u32(w, 0);
    yq_put(w, yq_slice_text(gas));
    if (tx->is_deploy && tx->status == YQ_MOCK3_STATUS_NONE) {
        put_address(tx->contract, w);
    }
    yq_put_u32(w, tx->status);
    yq_put_bytes(w, tx->output, tx->output_n);
    if (tx->has_log) {
        put_address(tx->log.address, w);
        yq_put(w, YQ_SLICE_OF(tx->log.topic.b));
        yq_put_bytes(w, tx->log.data, tx->log.data_n);
    }
    yq_put_u64(w, number);
}
