#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"
#include "relay/codec/abi.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

#define MAGIC         "YQMOCK1"
#define SELECTOR_SIZE 4u
#define GAS_BASE      21000u
#define GAS_OF_BYTE   16u
#define RECORDS_CAP   (2u << 20)

/* ---- what calls and deploys carry --------------------------------------------------------------
 */

static void selector_of(const char *signature, uint8_t selector[SELECTOR_SIZE])
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_text(signature), md);
    memcpy(selector, md, SELECTOR_SIZE);
}

void yq_emock_topic(const char *signature, yq_digest *topic)
{
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_text(signature), topic->b);
}

void yq_emock_call_data(const char *signature, yq_slice argument, yq_buf *data)
{
    uint8_t selector[SELECTOR_SIZE];
    selector_of(signature, selector);
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

static void put_exports(const yq_export_set *set, yq_writer *w)
{
    uint8_t room[YQ_EXPORT_SET_SIZE_MAX];
    yq_writer bytes = yq_writer_of(room, sizeof room);
    yq_export_set_put(&bytes, set);
    yq_put_bytes(w, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_blob16(w, yq_writer_slice(&bytes));
}

void yq_emock_deploy_data(yq_emock_code code, const yq_contract_config *config, yq_buf *data)
{
    yq_writer w = yq_writer_of(data->p, data->cap);
    yq_put(&w, yq_slice_text(MAGIC));
    yq_put_u8(&w, (uint8_t)code);
    if (code == YQ_EMOCK_CODE_INBOX) {
        yq_put_str8(&w, config->hub);
        yq_put_u8(&w, config->exports != NULL);
        if (config->exports != NULL) {
            put_exports(config->exports, &w);
        } else {
            yq_put_bytes(&w, config->set.chain_id_hash.b, YQ_DIGEST_SIZE);
            put_set(&config->set, &w);
        }
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

static void take_exports(yq_cur *c, yq_export_set *set)
{
    yq_digest chain = {{0}};
    yq_cur_copy(c, chain.b, sizeof chain.b);
    size_t at = c->pos;
    yq_slice bytes = yq_cur_blob16(c, YQ_EXPORT_SET_SIZE_MAX);
    if (yq_cur_ok(c) && yq_export_set_decode(bytes, set, NULL) != YQ_OK) {
        yq_cur_fail(c, YQ_E_VALSET_HASH, at);
    }
    set->chain_id_hash = chain;
}

/* The kind of code that a deploy carries. Out: config, an inbox's, which may point to exports. */
static yq_emock_code read_deploy(yq_slice data, yq_contract_config *config, yq_export_set *exports)
{
    yq_cur c = yq_cur_of(data);
    yq_slice magic = yq_cur_take(&c, sizeof MAGIC - 1);
    uint8_t kind = yq_cur_u8(&c);
    if (!yq_slice_equal(magic, yq_slice_text(MAGIC))) {
        return YQ_EMOCK_CODE_OTHER;
    }
    if (kind == YQ_EMOCK_CODE_EVENTS) {
        return yq_cur_done(&c, NULL) == YQ_OK ? YQ_EMOCK_CODE_EVENTS : YQ_EMOCK_CODE_OTHER;
    }
    config->hub = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    if (yq_cur_u8(&c) != 0) {
        take_exports(&c, exports);
        config->exports = exports;
    } else {
        yq_cur_copy(&c, config->set.chain_id_hash.b, YQ_DIGEST_SIZE);
        config->set.suite = YQ_SUITE_SM2;
        take_set(&c, &config->set);
    }
    config->floor = yq_cur_u64(&c);
    return kind == YQ_EMOCK_CODE_INBOX && yq_cur_done(&c, NULL) == YQ_OK ? YQ_EMOCK_CODE_INBOX
                                                                         : YQ_EMOCK_CODE_OTHER;
}

/* ---- results -----------------------------------------------------------------------------------
 */

yq_contract *yq_emock_model_at(const yq_emock_chain *chain, const uint8_t address[20])
{
    for (size_t i = 0; i < chain->contract_n; i++) {
        if (memcmp(chain->contract[i].address, address, 20) == 0) {
            return chain->contract[i].model;
        }
    }
    return NULL;
}

static void revert_with(yq_emock_tx *tx, const char *reason)
{
    tx->failed = 1;
    tx->reason = reason;
}

/* The bits of one value in a bloom: three of 2048, from the first six bytes of its hash. */
static void bloom_add(yq_slice value, uint8_t *bloom)
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(YQ_HASH_KECCAK256, value, md);
    for (size_t i = 0; i < 6; i += 2) {
        unsigned bit = ((unsigned)md[i] << 8 | md[i + 1]) & 2047u;
        bloom[YQ_EMOCK_BLOOM_SIZE - 1 - bit / 8] |= (uint8_t)(1u << bit % 8);
    }
}

static void emit_event(
    yq_emock_tx *tx, const uint8_t address[20], const char *signature, yq_slice bytes)
{
    size_t cap = bytes.n + 128;
    tx->has_log = 1;
    memcpy(tx->log.address, address, 20);
    yq_emock_topic(signature, &tx->log.topic);
    tx->log.data = malloc(cap);
    YQ_ASSERT(tx->log.data != NULL);
    yq_writer w = yq_writer_of(tx->log.data, cap);
    yq_abi_put_bytes(&w, bytes);
    YQ_ASSERT(w.status == YQ_OK);
    tx->log.data_n = w.n;
    bloom_add(yq_slice_of(address, 20), tx->bloom);
    bloom_add(yq_slice_of(tx->log.topic.b, YQ_DIGEST_SIZE), tx->bloom);
}

static yq_buf records_new(void)
{
    yq_buf records = {malloc(RECORDS_CAP), RECORDS_CAP, 0};
    YQ_ASSERT(records.p != NULL);
    return records;
}

static void emit_records(yq_emock_tx *tx, const uint8_t address[20], const yq_buf *records)
{
    if (records->n > 0) {
        emit_event(tx, address, YQ_EMOCK_EVENT_YUQIAO, yq_slice_of(records->p, records->n));
    }
}

/* ---- deploys -----------------------------------------------------------------------------------
 */

static void contract_address(const yq_emock_tx *tx, uint8_t address[20])
{
    uint8_t room[64];
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t list = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(tx->from, 20));
    yq_rlp_put_uint(&w, tx->nonce);
    yq_rlp_list_end(&w, list);
    yq_emock_address(yq_writer_slice(&w), address);
}

static void keep_model(yq_emock_chain *chain, yq_emock_tx *tx, yq_contract *model)
{
    chain->contract = yq_emock_grow(chain->contract, &chain->contract_n, sizeof *chain->contract);
    yq_emock_contract *made = &chain->contract[chain->contract_n - 1];
    memcpy(made->address, tx->contract, 20);
    made->model = model;
    yq_buf records = records_new();
    YQ_ASSERT(yq_contract_state(model, &records) == YQ_OK);
    emit_records(tx, tx->contract, &records);
    free(records.p);
}

static void run_deploy(yq_emock_chain *chain, yq_emock_tx *tx)
{
    yq_contract_config config = {
        .own_chain = yq_slice_text(chain->name), .hash = YQ_HASH_KECCAK256};
    yq_export_set exports = {0};
    yq_emock_code code = read_deploy(tx->data, &config, &exports);
    yq_contract *model = NULL;
    if (code == YQ_EMOCK_CODE_INBOX) {
        model = yq_contract_new(&config);
        if (model == NULL) {
            revert_with(tx, "CONFIG_INVALID");
            return;
        }
    }
    tx->is_deploy = 1;
    contract_address(tx, tx->contract);
    yq_emock_account *account = yq_emock_account_of(&chain->now, tx->contract);
    account->code = (uint8_t)code;
    account->nonce = 1;
    if (model != NULL) {
        keep_model(chain, tx, model);
    }
}

/* ---- calls -------------------------------------------------------------------------------------
 */

/* Returns 1 when the call is of this method. Out: its one argument. */
static int method_is(yq_slice data, const char *signature, yq_slice *argument)
{
    uint8_t selector[SELECTOR_SIZE];
    selector_of(signature, selector);
    return data.n > SELECTOR_SIZE && memcmp(data.p, selector, SELECTOR_SIZE) == 0 &&
           yq_abi_bytes_decode(
               yq_slice_of(data.p + SELECTOR_SIZE, data.n - SELECTOR_SIZE), argument);
}

static void run_inbox(yq_contract *model, yq_emock_tx *tx, uint64_t time)
{
    yq_slice argument;
    yq_buf records = records_new();
    yq_fault why = {0};
    yq_status status = YQ_E_METHOD_UNKNOWN;
    if (method_is(tx->data, YQ_EMOCK_METHOD_RECEIVE, &argument)) {
        status = yq_contract_deliver(model, argument, time * 1000, &records, &why);
    } else if (method_is(tx->data, YQ_EMOCK_METHOD_SEND, &argument)) {
        yq_send send;
        status = yq_send_decode(argument, &send, &why);
        if (status == YQ_OK) {
            status =
                yq_contract_send(model, &send, yq_slice_of(tx->from, sizeof tx->from), &records);
        }
    } else if (method_is(tx->data, YQ_EMOCK_METHOD_STEP, &argument)) {
        status = yq_contract_step(model, argument, &records);
    }
    if (status == YQ_OK) {
        emit_records(tx, tx->to.p, &records);
    } else {
        revert_with(tx, yq_status_name(status) + 2);
    }
    free(records.p);
}

/* A call of an account without code succeeds and does nothing. */
static void run_call(yq_emock_chain *chain, yq_emock_tx *tx, uint64_t time)
{
    yq_slice argument;
    const yq_emock_account *account = yq_emock_account_find(&chain->now, tx->to.p);
    yq_emock_code code = account == NULL ? YQ_EMOCK_CODE_NONE : (yq_emock_code)account->code;
    switch (code) {
    case YQ_EMOCK_CODE_INBOX:
        run_inbox(yq_emock_model_at(chain, tx->to.p), tx, time);
        break;
    case YQ_EMOCK_CODE_EVENTS:
        if (method_is(tx->data, YQ_EMOCK_METHOD_EMIT, &argument)) {
            emit_event(tx, tx->to.p, YQ_EMOCK_EVENT_DATA, argument);
        } else {
            revert_with(tx, "METHOD_UNKNOWN");
        }
        break;
    case YQ_EMOCK_CODE_VALIDATORS:
    case YQ_EMOCK_CODE_OTHER:
        revert_with(tx, "METHOD_UNKNOWN");
        break;
    case YQ_EMOCK_CODE_NONE:
        break;
    }
}

void yq_emock_execute(yq_emock_chain *chain, yq_emock_tx *tx, uint64_t time)
{
    tx->gas_used = GAS_BASE + GAS_OF_BYTE * tx->data.n;
    yq_emock_account_of(&chain->now, tx->from)->nonce++;
    if (tx->to.n == 0) {
        run_deploy(chain, tx);
    } else {
        run_call(chain, tx, time);
    }
    chain->tx_all++;
    chain->tx_failed += tx->failed ? 1 : 0;
}

void yq_emock_receipt_put(const yq_emock_tx *tx, yq_writer *w)
{
    if (tx->type != 0) {
        yq_put_u8(w, tx->type);
    }
    size_t list = yq_rlp_list_begin(w);
    yq_rlp_put_uint(w, tx->failed ? 0 : 1);
    yq_rlp_put_uint(w, tx->gas_before + tx->gas_used);
    yq_rlp_put_string(w, yq_slice_of(tx->bloom, sizeof tx->bloom));
    size_t logs = yq_rlp_list_begin(w);
    if (tx->has_log) {
        size_t log = yq_rlp_list_begin(w);
        yq_rlp_put_string(w, yq_slice_of(tx->log.address, sizeof tx->log.address));
        size_t topics = yq_rlp_list_begin(w);
        yq_rlp_put_string(w, yq_slice_of(tx->log.topic.b, sizeof tx->log.topic.b));
        yq_rlp_list_end(w, topics);
        yq_rlp_put_string(w, yq_slice_of(tx->log.data, tx->log.data_n));
        yq_rlp_list_end(w, log);
    }
    yq_rlp_list_end(w, logs);
    yq_rlp_list_end(w, list);
}
