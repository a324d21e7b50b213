#include "adapters/chainmaker/wire.h"

#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#define QC_KEY "TBFTAddtionalDataKey" /* as the chain spells it */

/* Fields that are there once; of another type they are passed over, as the chain's code does. */
static void take_bytes(const yq_pb_field *f, uint32_t number, yq_slice *out)
{
    if (f->number == number && f->type == YQ_PB_BYTES) {
        *out = f->bytes;
    }
}

static void take_number(const yq_pb_field *f, uint32_t number, uint64_t *out)
{
    if (f->number == number && f->type == YQ_PB_VARINT) {
        *out = f->value;
    }
}

static void take_small(const yq_pb_field *f, uint32_t number, uint32_t *out)
{
    if (f->number == number && f->type == YQ_PB_VARINT) {
        *out = f->value > UINT32_MAX ? UINT32_MAX : (uint32_t)f->value;
    }
}

yq_status yq_cma_reply_decode(yq_slice in, yq_cma_reply *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    yq_slice contract = {0};
    *out = (yq_cma_reply){0};
    while (yq_pb_next(&c, &f)) {
        take_small(&f, 1, &out->code);
        take_bytes(&f, 2, &out->message);
        take_bytes(&f, 3, &contract);
    }
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    c = yq_cur_of(contract);
    while (yq_pb_next(&c, &f)) {
        take_small(&f, 1, &out->contract);
        take_bytes(&f, 2, &out->result);
        take_bytes(&f, 3, &out->words);
    }
    return yq_cur_done(&c, why);
}

/* Out: a field of bytes, empty when it is missing. */
static yq_status find(yq_slice in, uint32_t number, yq_slice *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_slice){0};
    while (yq_pb_next(&c, &f)) {
        take_bytes(&f, number, out);
    }
    return yq_cur_done(&c, why);
}

yq_status yq_cma_pushed_decode(yq_slice in, yq_slice *data, yq_fault *why)
{
    return find(in, 1, data, why);
}

/* ---- headers ---- */

yq_status yq_cma_header_decode(yq_slice raw, yq_cma_header *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    uint32_t type = 0;
    *out = (yq_cma_header){.raw = raw};
    while (yq_pb_next(&c, &f)) {
        take_small(&f, 1, &out->version);
        take_small(&f, 2, &type);
        take_bytes(&f, 3, &out->chain_id);
        take_number(&f, 4, &out->height);
        take_bytes(&f, 5, &out->hash);
        take_bytes(&f, 6, &out->parent);
        take_number(&f, 7, &out->conf_height);
        take_small(&f, 8, &out->tx_count);
        take_bytes(&f, 9, &out->tx_root);
        take_number(&f, 12, &out->time_s);
    }
    out->is_config = type == 1;
    return yq_cur_done(&c, why);
}

void yq_cma_header_put(yq_slice raw, yq_writer *w)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number != 5 && f.number != 15) {
            yq_put(w, f.whole);
        }
    }
}

/* ---- blocks ---- */

/* AdditionalData {1 map of extra data}: the entry of the votes. */
static yq_status find_votes(yq_slice additional, yq_slice *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(additional);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        yq_slice key, value;
        if (f.number != 1 || f.type != YQ_PB_BYTES) {
            continue;
        }
        if (find(f.bytes, 1, &key, NULL) == YQ_OK && find(f.bytes, 2, &value, NULL) == YQ_OK &&
            yq_slice_equal(key, yq_slice_text(QC_KEY))) {
            *out = value;
        }
    }
    return yq_cur_done(&c, why);
}

yq_status yq_cma_block_decode(yq_slice info, yq_cma_block *out, yq_fault *why)
{
    yq_pb_field f;
    yq_slice header = {0}, additional = {0};
    *out = (yq_cma_block){0};
    yq_status status = find(info, 1, &out->raw, why);
    yq_cur c = yq_cur_of(out->raw);
    while (status == YQ_OK && yq_pb_next(&c, &f)) {
        take_bytes(&f, 1, &header);
        take_bytes(&f, 4, &additional);
        out->tx_n += f.number == 3 && f.type == YQ_PB_BYTES ? 1 : 0;
    }
    if (status == YQ_OK && out->tx_n > YQ_CMA_TXS_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, 0, "txs");
    }
    if (status == YQ_OK && header.n == 0) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, 0, "header");
    }
    status = status == YQ_OK ? yq_cur_done(&c, why) : status;
    status = status == YQ_OK ? yq_cma_header_decode(header, &out->header, why) : status;
    return status == YQ_OK ? find_votes(additional, &out->votes, why) : status;
}

int yq_cma_block_next(yq_cur *at, yq_slice *tx)
{
    yq_pb_field f;
    while (yq_pb_next(at, &f)) {
        if (f.number == 3 && f.type == YQ_PB_BYTES) {
            *tx = f.bytes;
            return 1;
        }
    }
    return 0;
}

/* ---- votes ---- */

yq_status yq_cma_member_decode(yq_slice in, yq_cma_member *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_cma_member){0};
    while (yq_pb_next(&c, &f)) {
        take_bytes(&f, 1, &out->org);
        take_small(&f, 2, &out->type);
        take_bytes(&f, 3, &out->info);
    }
    return yq_cur_done(&c, why);
}

static int read_vote(yq_slice in, yq_cma_vote *out)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    yq_slice endorsement = {0};
    *out = (yq_cma_vote){0};
    while (yq_pb_next(&c, &f)) {
        take_bytes(&f, 2, &out->voter);
        take_small(&f, 4, &out->round);
        take_bytes(&f, 6, &endorsement);
        if (f.number == 7 && f.type == YQ_PB_BYTES) {
            size_t n = out->invalid.n + f.whole.n;
            out->invalid = yq_slice_of(out->invalid.n == 0 ? f.whole.p : out->invalid.p, n);
        }
    }
    return yq_cur_done(&c, NULL) == YQ_OK && find(endorsement, 1, &out->signer, NULL) == YQ_OK &&
           find(endorsement, 2, &out->signature, NULL) == YQ_OK;
}

int yq_cma_vote_next(yq_cur *at, yq_cma_vote *out)
{
    yq_pb_field f;
    yq_slice vote;
    while (yq_pb_next(at, &f)) {
        if (f.number == 6 && f.type == YQ_PB_BYTES && find(f.bytes, 2, &vote, NULL) == YQ_OK &&
            read_vote(vote, out)) {
            return 1;
        }
    }
    return 0;
}

/* ---- what queries give ---- */

yq_status yq_cma_found_decode(yq_slice in, yq_slice *tx, uint64_t *height, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *tx = (yq_slice){0};
    *height = 0;
    while (yq_pb_next(&c, &f)) {
        take_bytes(&f, 1, tx);
        take_number(&f, 2, height);
    }
    if (yq_cur_ok(&c) && tx->n == 0) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, 0, "transaction");
    }
    return yq_cur_done(&c, why);
}

yq_status yq_cma_height_decode(yq_slice in, uint64_t *height, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *height = 0;
    while (yq_pb_next(&c, &f)) {
        take_number(&f, 1, height);
    }
    return yq_cur_done(&c, why);
}

yq_status yq_cma_contract_decode(yq_slice in, uint32_t *status, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *status = 0;
    while (yq_pb_next(&c, &f)) {
        take_small(&f, 4, status);
    }
    return yq_cur_done(&c, why);
}
