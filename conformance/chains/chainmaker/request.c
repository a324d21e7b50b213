#include "conformance/chains/chainmaker/cmmock.h"
#include "conformance/chains/common/cert.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void read_param(yq_cur *outer, yq_slice in, yq_cmm_request *out)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    if (out->param_n == YQ_CMM_PARAMS_MAX) {
        yq_cur_fail_field(outer, YQ_E_LIMIT, 0, "parameters");
        return;
    }
    yq_cmm_param *p = &out->param[out->param_n++];
    while (yq_pb_next(&c, &f)) {
        p->key = f.number == 1 ? f.bytes : p->key;
        p->value = f.number == 2 ? f.bytes : p->value;
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "parameters");
    }
}

static void read_payload(yq_cur *outer, yq_cmm_request *out)
{
    yq_cur c = yq_cur_of(out->payload);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        switch (f.number) {
        case 1:
            out->chain_id = f.bytes;
            break;
        case 2:
            out->type = f.value;
            break;
        case 3:
            out->tx_id = f.bytes;
            break;
        case 5:
            out->expires_s = f.value;
            break;
        case 6:
            out->contract = f.bytes;
            break;
        case 7:
            out->method = f.bytes;
            break;
        case 8:
            read_param(&c, f.bytes, out);
            break;
        default:
            break;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "payload");
    }
}

/* EndorsementEntry {1 signer, 2 signature} */
static void read_sender(yq_cur *outer, yq_cmm_request *out)
{
    yq_cur c = yq_cur_of(out->sender);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        out->member = f.number == 1 ? f.bytes : out->member;
        out->signature = f.number == 2 ? f.bytes : out->signature;
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "sender");
    }
}

yq_status yq_cmm_request_decode(yq_slice in, yq_cmm_request *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_cmm_request){0};
    while (yq_pb_next(&c, &f)) {
        out->payload = f.number == 1 ? f.bytes : out->payload;
        out->sender = f.number == 2 ? f.bytes : out->sender;
    }
    read_payload(&c, out);
    read_sender(&c, out);
    return yq_cur_done(&c, why);
}

yq_slice yq_cmm_param_of(const yq_cmm_request *r, const char *key)
{
    for (size_t i = 0; i < r->param_n; i++) {
        if (yq_slice_equal(r->param[i].key, yq_slice_text(key))) {
            return r->param[i].value;
        }
    }
    return (yq_slice){0};
}

uint32_t yq_cmm_request_check(const yq_cmm_chain *chain, const yq_cmm_request *r, uint64_t now_s)
{
    if (!yq_slice_equal(r->chain_id, yq_slice_text(YQ_CMM_CHAIN_ID)) || r->tx_id.n == 0 ||
        r->tx_id.n > YQ_CMM_TX_ID_MAX || r->contract.n >= YQ_CMM_NAME_SIZE) {
        return YQ_CMM_PARAMETER;
    }
    if (!yq_cmm_member_check(chain, r->member, r->payload, r->signature)) {
        return YQ_CMM_NO_PERMISSION;
    }
    return r->expires_s != 0 && r->expires_s <= now_s ? YQ_CMM_EXPIRED : YQ_CMM_SUCCESS;
}

yq_cmm_tx *yq_cmm_tx_new(yq_slice raw)
{
    yq_cmm_tx *tx = calloc(1, sizeof *tx);
    YQ_ASSERT(tx != NULL);
    tx->raw = malloc(raw.n + 1);
    YQ_ASSERT(tx->raw != NULL);
    yq_bytes_copy(tx->raw, raw.p, raw.n);
    tx->raw_n = raw.n;
    YQ_ASSERT(yq_cmm_request_decode(yq_slice_of(tx->raw, raw.n), &tx->request, NULL) == YQ_OK);
    return tx;
}

void yq_cmm_tx_free(yq_cmm_tx *tx)
{
    for (size_t i = 0; i < tx->event_n; i++) {
        free(tx->event[i].data);
    }
    free(tx->result);
    free(tx->raw);
    free(tx);
}

static int is_known(const yq_cmm_chain *chain, yq_slice tx_id)
{
    const yq_cmm_block *block;
    size_t index;
    for (size_t i = 0; i < chain->pool_n; i++) {
        if (yq_slice_equal(chain->pool[i]->request.tx_id, tx_id)) {
            return 1;
        }
    }
    return yq_cmm_find(chain, tx_id, &block, &index) != NULL;
}

uint32_t yq_cmm_submit(yq_cmm_chain *chain, yq_slice raw, uint64_t now_s)
{
    yq_cmm_request r;
    if (yq_cmm_request_decode(raw, &r, NULL) != YQ_OK) {
        return YQ_CMM_PARAMETER;
    }
    uint32_t code = yq_cmm_request_check(chain, &r, now_s);
    if (code == YQ_CMM_SUCCESS && (is_known(chain, r.tx_id) || r.type != 0)) {
        code = YQ_CMM_PARAMETER;
    }
    if (code == YQ_CMM_SUCCESS) {
        chain->pool = yq_cmm_grow(chain->pool, &chain->pool_n, sizeof(yq_cmm_tx *));
        chain->pool[chain->pool_n - 1] = yq_cmm_tx_new(raw);
    }
    return code;
}

static void put_payload(
    yq_writer *w,
    const char *tx_id,
    const char *contract,
    const char *method,
    const yq_cmm_param *param,
    size_t n)
{
    yq_pb_put_bytes(w, 1, yq_slice_text(YQ_CMM_CHAIN_ID));
    yq_pb_put_bytes(w, 3, yq_slice_text(tx_id));
    yq_pb_put_bytes(w, 6, yq_slice_text(contract));
    yq_pb_put_bytes(w, 7, yq_slice_text(method));
    for (size_t i = 0; i < n; i++) {
        size_t mark = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, param[i].key);
        if (param[i].value.n > 0) {
            yq_pb_put_bytes(w, 2, param[i].value);
        }
        yq_pb_end(w, mark, 8);
    }
}

void yq_cmm_send(
    yq_cmm_chain *chain,
    const char *contract,
    const char *method,
    const yq_cmm_param *param,
    size_t param_n,
    char tx_id[YQ_CMM_TX_ID_MAX + 1])
{
    size_t cap = 8192;
    uint8_t signature[80], md[YQ_DIGEST_SIZE];
    char name[96];
    for (size_t i = 0; i < param_n; i++) {
        cap += param[i].value.n + 128;
    }
    (void)snprintf(name, sizeof name, "%.64s %" PRIu64, chain->name, chain->sent++);
    yq_hash_one(YQ_HASH_SM3, yq_slice_text(name), md);
    (void)yq_hex_encode(tx_id, YQ_CMM_TX_ID_MAX + 1, md, sizeof md);
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    size_t mark = yq_pb_begin(&w);
    put_payload(&w, tx_id, contract, method, param, param_n);
    size_t n = yq_mock_cert_sign(chain->client.key, yq_slice_of(w.p + mark, w.n - mark), signature);
    yq_pb_end(&w, mark, 1);
    mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_of(chain->client.member, chain->client.member_n));
    yq_pb_put_bytes(&w, 2, yq_slice_of(signature, n));
    yq_pb_end(&w, mark, 2);
    YQ_ASSERT(w.status == YQ_OK);
    chain->pool = yq_cmm_grow(chain->pool, &chain->pool_n, sizeof(yq_cmm_tx *));
    chain->pool[chain->pool_n - 1] = yq_cmm_tx_new(yq_writer_slice(&w));
    free(w.p);
}
