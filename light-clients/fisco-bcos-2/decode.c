#include "light-clients/fisco-bcos-2/fisco.h"
#include "relay/codec/rlp.h"

#define TX_SIZE_MAX YQ_TX_SIZE_MAX

static yq_slice named_fixed(yq_cur *list, size_t size, const char *field)
{
    yq_slice s = yq_rlp_fixed(list, size);
    if (!yq_cur_ok(list) && list->bad_field == NULL) {
        list->bad_field = field;
    }
    return s;
}

static void fixed_digest(yq_cur *list, yq_digest *out, const char *field)
{
    yq_slice s = named_fixed(list, sizeof out->b, field);
    memset(out->b, 0, sizeof out->b);
    yq_bytes_copy(out->b, s.p, s.n);
}

static uint64_t named_uint(yq_cur *list, const char *field)
{
    uint64_t v = yq_rlp_uint(list);
    if (!yq_cur_ok(list) && list->bad_field == NULL) {
        list->bad_field = field;
    }
    return v;
}

static void take_extra(yq_cur *list, yq_fisco2_header *out)
{
    yq_cur extra = yq_rlp_list(list);
    while (yq_cur_left(&extra) > 0) {
        yq_slice text = yq_rlp_string(&extra, YQ_FISCO2_HEADER_MAX);
        if (out->extra_n++ == 0) {
            out->extra = text;
        }
    }
    yq_rlp_end(&extra, list);
}

static void take_sealers(yq_cur *list, yq_fisco2_set *set)
{
    yq_cur sealers = yq_rlp_list(list);
    while (yq_cur_left(&sealers) > 0) {
        if (set->n == YQ_FISCO2_SEALERS_MAX) {
            yq_cur_fail_field(&sealers, YQ_E_LIMIT, sealers.pos, "sealerList");
            break;
        }
        yq_slice id = named_fixed(&sealers, YQ_FISCO2_ID_SIZE, "sealerList");
        yq_bytes_copy(set->id + set->n++ * YQ_FISCO2_ID_SIZE, id.p, id.n);
    }
    yq_rlp_end(&sealers, list);
}

yq_status yq_fisco2_header_decode(const yq_fisco2_call *call, yq_slice raw, yq_fisco2_header *out)
{
    yq_digest unused;
    yq_cur c = yq_cur_of(raw);
    *out = (yq_fisco2_header){0};
    if (raw.n > YQ_FISCO2_HEADER_MAX || !yq_fisco2_set_new(call, &out->sealers)) {
        return yq_fisco2_fail(call, YQ_E_LIMIT, "header");
    }
    yq_cur list = yq_rlp_list(&c);
    fixed_digest(&list, &out->parent, "parentHash");
    fixed_digest(&list, &unused, "stateRoot");
    fixed_digest(&list, &out->tx_root, "transactionsRoot");
    fixed_digest(&list, &out->receipt_root, "receiptsRoot");
    fixed_digest(&list, &unused, "dbHash");
    (void)named_fixed(&list, 256, "logsBloom");
    size_t at = list.pos;
    out->number = named_uint(&list, "number");
    if (out->number > INT64_MAX) {
        yq_cur_fail_field(&list, YQ_E_RANGE, at, "number");
    }
    (void)yq_rlp_number(&list); /* gasLimit, gasUsed: 256 bits in the chain's code */
    (void)yq_rlp_number(&list);
    out->time_ms = named_uint(&list, "timestamp");
    take_extra(&list, out);
    (void)named_uint(&list, "sealer");
    take_sealers(&list, &out->sealers);
    yq_rlp_end(&list, &c);
    yq_status status = yq_cur_done(&c, call->why);
    if (status == YQ_OK) {
        out->hash = yq_fisco2_hash_one(call, raw);
    }
    return status;
}

static void take_tx_signature(const yq_fisco2_call *call, yq_cur *list)
{
    size_t at = list->pos;
    if (call->suite == YQ_FISCO2_SUITE_SM) {
        (void)named_fixed(list, YQ_FISCO2_ID_SIZE, "v");
    } else {
        uint64_t v = named_uint(list, "v");
        if (v != 27 && v != 28) {
            yq_cur_fail_field(list, YQ_E_RANGE, at, "v");
        }
    }
    (void)yq_rlp_number(list); /* r, s */
    (void)yq_rlp_number(list);
}

yq_status yq_fisco2_tx_decode(const yq_fisco2_call *call, yq_slice raw, yq_fisco2_tx *out)
{
    yq_cur c = yq_cur_of(raw);
    *out = (yq_fisco2_tx){0};
    yq_cur list = yq_rlp_list(&c);
    for (size_t i = 0; i < 4; i++) { /* nonce, gasPrice, gas, blockLimit */
        (void)yq_rlp_number(&list);
    }
    size_t at = list.pos;
    out->to = yq_rlp_string(&list, 20);
    if (out->to.n != 0 && out->to.n != 20) {
        yq_cur_fail_field(&list, YQ_E_LEN, at, "to");
    }
    (void)yq_rlp_number(&list); /* value */
    out->data = yq_rlp_string(&list, TX_SIZE_MAX);
    out->chain_id = named_uint(&list, "chainId");
    out->group_id = named_uint(&list, "groupId");
    (void)yq_rlp_string(&list, TX_SIZE_MAX); /* extraData */
    take_tx_signature(call, &list);
    yq_rlp_end(&list, &c);
    yq_status status = yq_cur_done(&c, call->why);
    if (status == YQ_OK) {
        out->hash = yq_fisco2_hash_one(call, raw);
    }
    return status;
}

static yq_fisco2_log take_log(yq_cur *logs)
{
    yq_fisco2_log out = {0};
    yq_cur list = yq_rlp_list(logs);
    out.address = named_fixed(&list, 20, "log address");
    yq_cur topics = yq_rlp_list(&list);
    for (size_t n = 0; yq_cur_left(&topics) > 0; n++) {
        if (n == YQ_FISCO2_TOPICS_MAX) {
            yq_cur_fail_field(&topics, YQ_E_LIMIT, topics.pos, "topics");
            break;
        }
        yq_slice topic = named_fixed(&topics, 32, "topics");
        if (n == 0) {
            out.topic0 = topic;
        }
    }
    yq_rlp_end(&topics, &list);
    out.data = yq_rlp_string(&list, TX_SIZE_MAX);
    yq_rlp_end(&list, logs);
    return out;
}

yq_status yq_fisco2_receipt_decode(
    const yq_fisco2_call *call, yq_slice raw, uint64_t log_idx, yq_fisco2_receipt *out)
{
    yq_cur c = yq_cur_of(raw);
    *out = (yq_fisco2_receipt){0};
    yq_cur list = yq_rlp_list(&c);
    (void)named_fixed(&list, 32, "stateRoot");
    (void)yq_rlp_number(&list); /* gasUsed */
    (void)named_fixed(&list, 20, "contractAddress");
    (void)named_fixed(&list, 256, "logsBloom");
    out->status = named_uint(&list, "status");
    out->output = yq_rlp_string(&list, TX_SIZE_MAX);
    if (!yq_rlp_is_list(&list)) {
        (void)yq_rlp_number(&list); /* remainGas, from 2.9.0 on */
    }
    yq_cur logs = yq_rlp_list(&list);
    for (; yq_cur_left(&logs) > 0; out->log_n++) {
        yq_fisco2_log log = take_log(&logs);
        if (out->log_n == log_idx) {
            out->log = log;
        }
    }
    yq_rlp_end(&logs, &list);
    yq_rlp_end(&list, &c);
    yq_status status = yq_cur_done(&c, call->why);
    if (status == YQ_OK) {
        out->hash = yq_fisco2_hash_one(call, raw);
    }
    return status;
}

void yq_fisco2_take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u8(c) != YQ_FISCO2_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

void yq_fisco2_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

void yq_fisco2_take_signatures(const yq_fisco2_call *call, yq_cur *c, yq_fisco2_signatures *out)
{
    size_t at = c->pos;
    size_t size = call->suite == YQ_FISCO2_SUITE_SM ? 128 : 65;
    size_t n = yq_cur_u16(c);
    *out = (yq_fisco2_signatures){0};
    if (n > YQ_FISCO2_SEALERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "signatures");
        return;
    }
    out->index = call->host->scratch(call->host->self, (n + 1) * sizeof *out->index);
    out->sig = call->host->scratch(call->host->self, (n + 1) * sizeof *out->sig);
    if (out->index == NULL || out->sig == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "signatures");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out->index[i] = yq_cur_u16(c);
        out->sig[i] = yq_cur_take(c, size);
    }
    out->n = n;
}

static void take_path(yq_cur *c, yq_fisco2_path *out)
{
    size_t at = c->pos;
    *out = (yq_fisco2_path){.levels = yq_cur_u8(c)};
    if (out->levels > YQ_FISCO2_LEVELS_MAX) {
        yq_cur_fail_field(c, YQ_E_PROOF_DEPTH, at, "path");
        out->levels = 0;
    }
    for (size_t i = 0; i < out->levels; i++) {
        at = c->pos;
        out->size[i] = yq_cur_u8(c);
        if (out->size[i] == 0 || out->size[i] > YQ_FISCO2_WIDTH) {
            yq_cur_fail_field(c, YQ_E_RANGE, at, "path");
            return;
        }
        out->node[i] = yq_cur_take(c, (size_t)(out->size[i] - 1u) * YQ_DIGEST_SIZE);
    }
}

void yq_fisco2_take_inclusion(yq_cur *c, yq_fisco2_inclusion *out)
{
    out->index = yq_cur_u32(c);
    out->tx = yq_cur_blob32(c, TX_SIZE_MAX);
    take_path(c, &out->tx_path);
    out->receipt = yq_cur_blob32(c, TX_SIZE_MAX);
    take_path(c, &out->receipt_path);
}
