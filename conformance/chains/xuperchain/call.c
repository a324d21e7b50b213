#include "conformance/chains/xuperchain/xumock.h"
#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/base/errors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define GOOD        200u
#define RECORDS_CAP YQ_CONTRACT_RECORDS_MAX

/* ---- what deploys and calls carry ---- */

static void set_put(const yq_valset *set, yq_writer *w)
{
    yq_put_bytes(w, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, set->epoch);
    yq_put_u16(w, set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->key[i], sizeof set->key[i]);
    }
}

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

void yq_xum_deploy_put(const yq_contract_config *config, yq_writer *w)
{
    yq_put_str8(w, config->hub);
    set_put(&config->set, w);
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

yq_xum_call yq_xum_call_of(yq_slice raw, yq_slice initiator)
{
    return (yq_xum_call){
        .raw = raw,
        .module = xuper_field(raw, 1).bytes,
        .contract = xuper_field(raw, 2).bytes,
        .method = xuper_field(raw, 3).bytes,
        .initiator = initiator};
}

yq_slice yq_xum_arg(const yq_xum_call *call, const char *name)
{
    yq_cur c = yq_cur_of(call->raw);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 4 && yq_slice_equal(xuper_field(f.bytes, 1).bytes, yq_slice_text(name))) {
            return xuper_field(f.bytes, 2).bytes;
        }
    }
    return (yq_slice){0};
}

yq_xum_contract *yq_xum_contract_at(const yq_xum_chain *chain, yq_slice name)
{
    for (size_t i = 0; i < chain->contract_n; i++) {
        if (yq_slice_equal(yq_slice_text(chain->contract[i].name), name)) {
            return &chain->contract[i];
        }
    }
    return NULL;
}

/* ---- what a call reads and writes ---- */

/* A call under way. */
typedef struct running {
    yq_xum_chain *chain;
    const yq_xum_call *call;
    uint64_t time_ns;
    int for_good;
    yq_xum_result *result;
    yq_writer out;
    uint8_t *records; /* RECORDS_CAP */
} running;

static void refuse(running *r, const char *why)
{
    r->result->status = YQ_XUM_REFUSED;
    (void)snprintf(r->result->message, sizeof r->result->message, "%s", why);
}

static void put_read(running *r, yq_slice bucket, const char *key, const yq_digest *ref)
{
    size_t mark = yq_pb_begin(&r->out);
    yq_pb_put_bytes(&r->out, 1, bucket);
    yq_pb_put_bytes(&r->out, 2, yq_slice_text(key));
    if (!yq_digest_is_zero(ref)) {
        yq_pb_put_bytes(&r->out, 3, YQ_SLICE_OF(ref->b));
    }
    yq_pb_end(&r->out, mark, 1);
}

static void put_write(running *r, yq_slice bucket, const char *key, yq_slice value)
{
    size_t mark = yq_pb_begin(&r->out);
    yq_pb_put_bytes(&r->out, 1, bucket);
    yq_pb_put_bytes(&r->out, 2, yq_slice_text(key));
    yq_pb_put_bytes(&r->out, 3, value);
    yq_pb_end(&r->out, mark, 2);
}

/* Each call of a contract counts itself, so that two that were tried at once do not both go. */
static void put_count(running *r, yq_xum_contract *contract)
{
    char number[24];
    yq_slice name = yq_slice_text(contract->name);
    (void)snprintf(number, sizeof number, "%" PRIu64, contract->calls + 1);
    put_read(r, name, YQ_XUM_CALLS_KEY, &contract->last);
    put_write(r, name, YQ_XUM_CALLS_KEY, yq_slice_text(number));
    if (r->for_good) {
        contract->calls++;
        r->result->contract = contract;
    }
}

/* ---- contracts ---- */

static void run_deploy(running *r)
{
    yq_slice name = yq_xum_arg(r->call, "contract_name"), code = yq_xum_arg(r->call, "code");
    yq_contract_config config = {
        .own_chain = yq_slice_text(r->chain->name),
        .hash = r->chain->scheme == YQ_XUA_SM2 ? YQ_HASH_SM3 : YQ_HASH_SHA256};
    yq_contract *model = NULL;
    if (name.n == 0 || name.n >= YQ_XUM_NAME_SIZE || yq_xum_contract_at(r->chain, name) != NULL) {
        refuse(r, "contract name");
        return;
    }
    if (code.n > 0) {
        model = read_deploy(code, &config) ? yq_contract_new(&config) : NULL;
        if (model == NULL) {
            refuse(r, "CONFIG_INVALID");
            return;
        }
        yq_buf records = {r->records, RECORDS_CAP, 0};
        YQ_ASSERT(yq_contract_state(model, &records) == YQ_OK);
        put_write(r, name, YQ_XUM_KEY, yq_slice_of(records.p, records.n));
    }
    if (!r->for_good) {
        yq_contract_free(model);
        return;
    }
    r->chain->contract =
        yq_xum_grow(r->chain->contract, &r->chain->contract_n, sizeof *r->chain->contract);
    yq_xum_contract *made = &r->chain->contract[r->chain->contract_n - 1];
    made->model = model;
    yq_bytes_copy((uint8_t *)made->name, name.p, name.n);
}

static yq_status run_send(const running *r, yq_contract *model, yq_buf *records)
{
    yq_send send;
    yq_fault why = {0};
    uint8_t sender[YQ_DIGEST_SIZE];
    yq_status status = yq_send_decode(yq_xum_arg(r->call, "message"), &send, &why);
    if (status != YQ_OK) {
        return status;
    }
    yq_hash_one(YQ_HASH_SM3, r->call->initiator, sender);
    return yq_contract_send(model, &send, yq_slice_of(sender, 20), records);
}

static yq_status run_model(const running *r, yq_contract *model, yq_buf *records)
{
    yq_slice method = r->call->method;
    yq_fault why = {0};
    if (yq_slice_equal(method, yq_slice_text("receiveMessages"))) {
        return yq_contract_deliver(
            model, yq_xum_arg(r->call, "delivery"), r->time_ns / 1000000, records, &why);
    }
    if (yq_slice_equal(method, yq_slice_text("sendMessage"))) {
        return run_send(r, model, records);
    }
    if (yq_slice_equal(method, yq_slice_text("stepEpoch"))) {
        return yq_contract_step(model, yq_xum_arg(r->call, "set"), records);
    }
    return yq_slice_equal(method, yq_slice_text("inboxState")) ? YQ_OK : YQ_E_METHOD_UNKNOWN;
}

static void run_inbox(running *r, yq_xum_contract *contract)
{
    yq_buf records = {r->records, RECORDS_CAP, 0};
    yq_contract *model = r->for_good ? contract->model : yq_contract_copy(contract->model);
    yq_status status = run_model(r, model, &records);
    if (status != YQ_OK) {
        refuse(r, yq_status_name(status) + 2);
    } else {
        put_count(r, contract);
        if (records.n > 0) {
            put_write(
                r, yq_slice_text(contract->name), YQ_XUM_KEY, yq_slice_of(records.p, records.n));
        }
    }
    if (!r->for_good) {
        yq_contract_free(model);
    }
}

static void run_plain(running *r, yq_xum_contract *contract)
{
    put_count(r, contract);
    put_write(r, yq_slice_text(contract->name), YQ_XUM_KEY, yq_xum_arg(r->call, "data"));
}

void yq_xum_run(
    yq_xum_chain *chain,
    const yq_xum_call *call,
    uint64_t time_ns,
    int for_good,
    yq_xum_result *result)
{
    const size_t cap = RECORDS_CAP + 4096 + call->raw.n;
    *result = (yq_xum_result){.status = GOOD};
    running r = {chain, call, time_ns, for_good, result, yq_writer_of(malloc(cap), cap), NULL};
    r.records = malloc(RECORDS_CAP);
    YQ_ASSERT(r.out.p != NULL && r.records != NULL);
    yq_xum_contract *contract = yq_xum_contract_at(chain, call->contract);
    if (yq_slice_equal(call->contract, yq_slice_text(YQ_XUM_DEPLOY))) {
        run_deploy(&r);
    } else if (yq_slice_equal(call->contract, yq_slice_text(YQ_XUM_POA))) {
        put_write(&r, call->contract, YQ_XUM_LIST_KEY, yq_xum_arg(call, "validates"));
    } else if (contract == NULL || !yq_slice_equal(call->module, yq_slice_text(YQ_XUM_MODULE))) {
        refuse(&r, "contract not found");
    } else if (contract->model != NULL) {
        run_inbox(&r, contract);
    } else {
        run_plain(&r, contract);
    }
    YQ_ASSERT(r.out.status == YQ_OK);
    free(r.records);
    result->run = (yq_buf){r.out.p, cap, r.out.n};
}
