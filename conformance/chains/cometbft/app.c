#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"

#include <stdio.h>
#include <stdlib.h>

#define TAG         "YUQIAO-TX-1"
#define OWN_SENDER  "mock account"
#define RECORDS_CAP (2u << 20)

/* ---- what transactions carry ---- */

static void take_set(yq_cur *c, yq_valset *set)
{
    *set = (yq_valset){.suite = YQ_SUITE_SM2};
    yq_cur_copy(c, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    set->epoch = yq_cur_u64(c);
    set->n = yq_cur_u16(c);
    for (size_t i = 0; i < set->n && i < YQ_VALIDATORS_MAX; i++) {
        yq_cur_copy(c, set->key[i], sizeof set->key[i]);
    }
}

static void put_set(const yq_valset *set, yq_writer *w)
{
    yq_put(w, YQ_SLICE_OF(set->chain_id_hash.b));
    yq_put_u64(w, set->epoch);
    yq_put_u16(w, set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put(w, YQ_SLICE_OF(set->key[i]));
    }
}

void yq_cmock_deploy_put(const yq_contract_config *config, yq_writer *w)
{
    yq_put_str8(w, config->hub);
    yq_put_u64(w, config->floor);
    put_set(&config->set, w);
    YQ_ASSERT(w->status == YQ_OK);
}

int yq_cmock_tx_read(yq_slice raw, yq_cmock_tx *out)
{
    yq_cur c = yq_cur_of(raw);
    yq_slice tag = yq_cur_take(&c, sizeof TAG - 1);
    unsigned kind = yq_cur_u8(&c);
    out->last_height = yq_cur_u64(&c);
    (void)yq_cur_take(&c, 16);
    out->inbox = yq_cur_str8(&c, UINT8_MAX);
    out->body = yq_cur_blob32(&c, YQ_CMOCK_BODY_MAX);
    out->kind = (yq_cmock_kind)kind;
    return yq_cur_done(&c, NULL) == YQ_OK && yq_slice_equal(tag, yq_slice_text(TAG)) &&
           kind >= YQ_CMOCK_DELIVER && kind <= YQ_CMOCK_VALIDATORS;
}

static void answer(yq_cmock_tx *tx, unsigned code, const char *log)
{
    tx->code = code;
    (void)snprintf(tx->log, sizeof tx->log, "%s", log);
}

static size_t inbox_of(const yq_cmock_chain *chain, const yq_cmock_tx *tx)
{
    size_t module = yq_cmock_module_find(chain, tx->inbox);
    return module != SIZE_MAX && chain->module[module].model != NULL ? module : SIZE_MAX;
}

void yq_cmock_tx_check(const yq_cmock_chain *chain, yq_cmock_tx *tx)
{
    if (!yq_cmock_tx_read(yq_slice_of(tx->raw, tx->raw_n), tx) || tx->kind > YQ_CMOCK_STEP) {
        answer(tx, YQ_CMOCK_CODE_FORM, "not a transaction of this application");
    } else if (inbox_of(chain, tx) == SIZE_MAX) {
        answer(tx, YQ_CMOCK_CODE_INBOX, "no such inbox");
    } else if (tx->last_height <= chain->block_n) {
        answer(tx, YQ_CMOCK_CODE_HEIGHT, "the last height is over");
    } else {
        answer(tx, YQ_CMOCK_CODE_OK, "");
    }
}

/* ---- execution ---- */

static size_t add_module(yq_cmock_chain *chain, const char *port, yq_contract *model)
{
    chain->module = yq_cmock_grow(chain->module, &chain->module_n, sizeof *chain->module);
    size_t module = chain->module_n - 1;
    chain->module[module] =
        (yq_cmock_module){.port = port, .number = (unsigned)module, .model = model};
    return module;
}

static yq_status deploy(yq_cmock_chain *chain, yq_slice body, size_t *module, yq_buf *records)
{
    yq_contract_config config = {.own_chain = yq_slice_text(chain->name), .hash = YQ_HASH_SM3};
    yq_cur c = yq_cur_of(body);
    config.hub = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    config.floor = yq_cur_u64(&c);
    take_set(&c, &config.set);
    yq_status status = yq_cur_done(&c, NULL);
    yq_contract *model = status == YQ_OK ? yq_contract_new(&config) : NULL;
    if (model == NULL) {
        return YQ_E_CONFIG_INVALID;
    }
    *module = add_module(chain, "yuqiao", model);
    return yq_contract_state(model, records);
}

static yq_status send_one(yq_contract *model, yq_slice body, yq_buf *records)
{
    yq_send send;
    yq_status status = yq_send_decode(body, &send, NULL);
    return status == YQ_OK ? yq_contract_send(model, &send, yq_slice_text(OWN_SENDER), records)
                           : status;
}

/* The plain contract emits its data as it is. */
static yq_status emit(yq_cmock_chain *chain, yq_slice body, size_t *module, yq_buf *records)
{
    if (chain->events == SIZE_MAX) {
        chain->events = add_module(chain, "events", NULL);
    }
    *module = chain->events;
    yq_bytes_copy(records->p, body.p, body.n);
    records->n = body.n;
    return body.n > 0 ? YQ_OK : YQ_E_RANGE;
}

static yq_status change_set(yq_cmock_chain *chain, yq_slice body)
{
    yq_cur c = yq_cur_of(body);
    size_t first = yq_cur_u8(&c), n = yq_cur_u8(&c);
    if (yq_cur_done(&c, NULL) != YQ_OK || n == 0 || n > YQ_CMOCK_KEYS) {
        return YQ_E_RANGE;
    }
    chain->next = yq_cmock_set_of(first, n);
    return YQ_OK;
}

static yq_status run(
    yq_cmock_chain *chain, yq_cmock_tx *tx, uint64_t time_ms, size_t *module, yq_buf *records)
{
    yq_contract *model = *module == SIZE_MAX ? NULL : chain->module[*module].model;
    int needs_inbox =
        tx->kind == YQ_CMOCK_DELIVER || tx->kind == YQ_CMOCK_SEND || tx->kind == YQ_CMOCK_STEP;
    yq_fault why = {0};
    if (needs_inbox && model == NULL) {
        return YQ_E_NOT_FOUND;
    }
    switch (tx->kind) {
    case YQ_CMOCK_DELIVER:
        return yq_contract_deliver(model, tx->body, time_ms, records, &why);
    case YQ_CMOCK_SEND:
        return send_one(model, tx->body, records);
    case YQ_CMOCK_EMIT:
        return emit(chain, tx->body, module, records);
    case YQ_CMOCK_DEPLOY:
        return deploy(chain, tx->body, module, records);
    case YQ_CMOCK_STEP:
        return yq_contract_step(model, tx->body, records);
    case YQ_CMOCK_VALIDATORS:
        return change_set(chain, tx->body);
    }
    return YQ_E_METHOD_UNKNOWN;
}

void yq_cmock_tx_run(yq_cmock_chain *chain, yq_cmock_tx *tx, uint64_t height, uint64_t time_ms)
{
    yq_buf records = {malloc(RECORDS_CAP), RECORDS_CAP, 0};
    YQ_ASSERT(records.p != NULL);
    size_t module = inbox_of(chain, tx);
    yq_status status = YQ_E_HEIGHT;
    if (height <= tx->last_height) {
        status = run(chain, tx, time_ms, &module, &records);
    }
    if (status != YQ_OK) {
        unsigned code = status == YQ_E_HEIGHT ? YQ_CMOCK_CODE_HEIGHT : YQ_CMOCK_CODE_REFUSED;
        answer(tx, code, yq_status_name(status) + 2);
    } else {
        answer(tx, YQ_CMOCK_CODE_OK, "");
        if (records.n > 0) {
            tx->packet = yq_cmock_packet_send(
                chain, module, yq_slice_of(records.p, records.n), height, time_ms);
        }
    }
    chain->tx_all++;
    chain->tx_failed += status != YQ_OK;
    free(records.p);
}

/* ---- the pool ---- */

static yq_cmock_tx *tx_new(yq_slice raw)
{
    yq_cmock_tx *tx = calloc(1, sizeof *tx);
    YQ_ASSERT(tx != NULL);
    tx->raw = malloc(raw.n + 1);
    YQ_ASSERT(tx->raw != NULL);
    yq_bytes_copy(tx->raw, raw.p, raw.n);
    tx->raw_n = raw.n;
    yq_hash_one(YQ_HASH_SHA256, raw, tx->hash.b);
    return tx;
}

void yq_cmock_tx_free(yq_cmock_tx *tx)
{
    if (tx != NULL) {
        free(tx->raw);
        free(tx);
    }
}

static void into_pool(yq_cmock_chain *chain, yq_cmock_tx *tx)
{
    chain->pool = yq_cmock_grow(chain->pool, &chain->pool_n, sizeof(yq_cmock_tx *));
    chain->pool[chain->pool_n - 1] = tx;
}

static int is_known(const yq_cmock_chain *chain, const yq_digest *hash)
{
    const yq_cmock_block *block;
    size_t index;
    for (size_t i = 0; i < chain->pool_n; i++) {
        if (yq_digest_equal(&chain->pool[i]->hash, hash)) {
            return 1;
        }
    }
    return yq_cmock_chain_find_tx(chain, hash, &block, &index);
}

const char *yq_cmock_submit(yq_cmock_chain *chain, yq_slice raw, yq_cmock_tx *seen)
{
    if (raw.n > YQ_CMOCK_TX_MAX) {
        return "Tx too large";
    }
    yq_cmock_tx *tx = tx_new(raw);
    *seen = (yq_cmock_tx){.hash = tx->hash};
    if (is_known(chain, &tx->hash)) {
        yq_cmock_tx_free(tx);
        return "tx already exists in cache";
    }
    yq_cmock_tx_check(chain, tx);
    seen->code = tx->code;
    memcpy(seen->log, tx->log, sizeof seen->log);
    if (tx->code == YQ_CMOCK_CODE_OK) {
        into_pool(chain, tx);
    } else {
        yq_cmock_tx_free(tx);
    }
    return NULL;
}

void yq_cmock_send(
    yq_cmock_chain *chain, yq_cmock_kind kind, size_t module, yq_slice body, yq_digest *hash)
{
    char emitter[YQ_CMOCK_NAME_MAX] = "";
    uint8_t nonce[16] = {0};
    size_t cap = body.n + 512;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, cap), n = yq_writer_of(nonce, sizeof nonce);
    if (module != SIZE_MAX) {
        yq_cmock_module_emitter(chain, &chain->module[module], emitter);
    }
    yq_put_u64(&n, ++chain->nonce);
    yq_put(&w, yq_slice_text(TAG));
    yq_put_u8(&w, (uint8_t)kind);
    yq_put_u64(&w, UINT64_MAX);
    yq_put(&w, YQ_SLICE_OF(nonce));
    yq_put_str8(&w, yq_slice_text(emitter));
    yq_put_blob32(&w, body);
    YQ_ASSERT(w.status == YQ_OK);
    yq_cmock_tx *tx = tx_new(yq_writer_slice(&w));
    YQ_ASSERT(yq_cmock_tx_read(yq_slice_of(tx->raw, tx->raw_n), tx));
    free(room);
    *hash = tx->hash;
    into_pool(chain, tx);
}
