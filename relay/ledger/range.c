#include "relay/ledger/range.h"

static void block_get(yq_cur *c, uint32_t alg, range_block *b)
{
    yq_header_get(c, &b->header);
    size_t at = c->pos;
    if (b->header.n_env > YQ_BLOCK_ENVELOPE_N_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "envelopes");
        return;
    }
    for (uint32_t i = 0; i < b->header.n_env && yq_cur_ok(c); i++) {
        (void)yq_cur_blob32(c, YQ_ENVELOPE_SIZE_MAX);
    }
    b->envelopes = (yq_slice){c->p + at, c->pos - at};
    size_t flag_at = c->pos;
    uint8_t flag = yq_cur_u8(c);
    if (flag > 1) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, flag_at, "certificate flag");
    }
    b->has_cert = flag;
    b->cert = flag ? yq_cur_blob16(c, YQ_CERT_SIZE_MAX) : (yq_slice){0};
    if (yq_cur_ok(c)) {
        yq_header_hash(alg, &b->header, &b->h);
    }
}

static yq_status check_chain(const range *r, yq_fault *why)
{
    for (uint16_t i = 0; i < r->n; i++) {
        const range_block *b = &r->block[i];
        if (b->header.height != r->from + i) {
            return yq_fail(why, YQ_E_HEIGHT, i, "range: height");
        }
        if (i > 0 && !digest_equal(&b->header.parent_hash, &r->block[i - 1].h)) {
            return yq_fail(why, YQ_E_PARENT, i, "range: parent hash");
        }
        int certified = i + 1 == r->n || (b->header.flags & YQ_BLOCK_EPOCH_END) != 0;
        if (certified != b->has_cert) {
            yq_status status = certified ? YQ_E_SIGNATURES_MISSING : YQ_E_NONCANONICAL;
            return yq_fail(why, status, i, "range: certificate");
        }
    }
    return YQ_OK;
}

yq_status range_decode(uint32_t alg, yq_slice in, range *out, yq_fault *why)
{
    if (in.n > YQ_SYNC_SIZE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "range");
    }
    yq_cur c = yq_cur_of(in);
    out->from = yq_cur_u64(&c);
    size_t at = c.pos;
    out->n = yq_cur_u16(&c);
    if (out->n == 0 || out->n > YQ_SYNC_BLOCKS_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, at, "blocks");
        out->n = 0;
    }
    for (uint16_t i = 0; i < out->n && yq_cur_ok(&c); i++) {
        block_get(&c, alg, &out->block[i]);
    }
    yq_status status = yq_cur_done(&c, why);
    return status == YQ_OK ? check_chain(out, why) : status;
}

yq_status range_bodies(uint32_t alg, const range_block *block, body **bodies, yq_fault *why)
{
    yq_cur c = yq_cur_of(block->envelopes);
    yq_envelope env;
    for (uint32_t i = 0; i < block->header.n_env; i++) {
        yq_slice bytes = yq_cur_blob32(&c, YQ_ENVELOPE_SIZE_MAX);
        yq_status status = yq_envelope_decode(alg, bytes, &env, why);
        if (status != YQ_OK) {
            return status;
        }
        bodies[i] = body_new(&env);
    }
    yq_status status = block_check(alg, &block->header, bodies);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "range: bodies");
}
