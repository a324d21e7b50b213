#include "adapters/xuperchain/wire.h"

#include "adapters/xuperchain/fields.h"

/* ---- blocks ---- */

/* Texts and bytes of a block by their numbers. */
static void take_block_bytes(const yq_pb_field *f, yq_xua_block *out)
{
    const struct {
        uint32_t number;
        yq_slice *to;
    } all[] = {
        {3, &out->id},
        {4, &out->parent},
        {5, &out->proposer},
        {6, &out->signature},
        {7, &out->key_text},
        {8, &out->root},
        {20, &out->cert}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_xua_take_bytes(f, all[i].number, all[i].to);
    }
    out->has_cert |= f->number == 20 && f->type == YQ_PB_BYTES;
    out->tx_n += f->number == 11 && f->type == YQ_PB_BYTES ? 1 : 0;
}

static void take_four(const yq_pb_field *f, uint32_t number, uint32_t *out)
{
    if (f->number == number && f->type == YQ_PB_VARINT) {
        *out = (uint32_t)f->value;
    }
}

yq_status yq_xua_block_decode(yq_slice raw, yq_xua_block *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    *out = (yq_xua_block){.raw = raw};
    while (yq_pb_next(&c, &f)) {
        take_block_bytes(&f, out);
        take_four(&f, 1, &out->version);
        take_four(&f, 2, &out->nonce);
        yq_xua_take_number(&f, 9, &out->height);
        yq_xua_take_number(&f, 10, &out->time_ns);
        take_four(&f, 12, &out->tx_count);
        yq_xua_take_number(&f, 16, &out->term);
        yq_xua_take_number(&f, 17, &out->number);
        take_four(&f, 19, &out->target_bits);
    }
    if (out->tx_n > YQ_XUA_TXS_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, 0, "transactions");
    }
    return yq_cur_done(&c, why);
}

int yq_xua_block_next(yq_cur *at, yq_slice *tx)
{
    return yq_xua_next(at, 11, tx);
}

int yq_xua_failed_next(yq_cur *at, yq_slice *entry)
{
    return yq_xua_next(at, 18, entry);
}

yq_status yq_xua_errors_decode(
    const yq_xua_block *block, yq_xua_error *error, size_t *n, yq_fault *why)
{
    yq_cur c = yq_cur_of(block->raw);
    yq_slice entry;
    *n = 0;
    while (yq_xua_failed_next(&c, &entry)) {
        yq_xua_error one = {0};
        if (*n == YQ_XUA_ERRORS_MAX) {
            return yq_fail(why, YQ_E_LIMIT, 0, "failed transactions");
        }
        yq_status status = yq_xua_find(entry, 1, &one.txid, why);
        status = status == YQ_OK ? yq_xua_find(entry, 2, &one.text, why) : status;
        if (status != YQ_OK) {
            return status;
        }
        size_t at = (*n)++;
        for (; at > 0 && yq_slice_compare(error[at - 1].txid, one.txid) > 0; at--) {
            error[at] = error[at - 1];
        }
        error[at] = one;
    }
    return yq_cur_done(&c, why);
}

/* ---- certificates ---- */

static void read_vote(yq_cur *outer, yq_slice in, yq_xua_vote *out)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    *out = (yq_xua_vote){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, 1, &out->address);
        yq_xua_take_bytes(&f, 2, &out->key_text);
        yq_xua_take_bytes(&f, 3, &out->signature);
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "vote");
    }
}

yq_status yq_xua_cert_decode(yq_slice raw, yq_xua_cert *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    yq_slice votes = {0}, vote;
    *out = (yq_xua_cert){0};
    while (yq_pb_next(&c, &f)) {
        yq_xua_take_bytes(&f, 1, &out->proposal);
        yq_xua_take_bytes(&f, 2, &out->message);
        yq_xua_take_number(&f, 3, &out->type);
        yq_xua_take_number(&f, 4, &out->view);
        yq_xua_take_bytes(&f, 5, &votes);
    }
    yq_status status = yq_cur_done(&c, why);
    if (status != YQ_OK) {
        return status;
    }
    c = yq_cur_of(votes);
    while (yq_xua_next(&c, 1, &vote)) {
        if (out->vote_n == YQ_XUA_VOTES_MAX) {
            return yq_fail(why, YQ_E_LIMIT, 0, "votes");
        }
        read_vote(&c, vote, &out->vote[out->vote_n++]);
    }
    return yq_cur_done(&c, why);
}
