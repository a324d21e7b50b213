#include "relay/bft/types.h"

#include "relay/crypto/crypto.h"

void yq_header_put(yq_writer *w, const yq_header *header)
{
    yq_put_u16(w, header->ver);
    yq_put_bytes(w, header->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, header->epoch);
    yq_put_u64(w, header->view);
    yq_put_u64(w, header->height);
    yq_put_bytes(w, header->parent_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, header->parent_view);
    yq_put_u64(w, header->time_ms);
    yq_put_u16(w, header->leader);
    yq_put_bytes(w, header->payload_root.b, YQ_DIGEST_SIZE);
    yq_put_u32(w, header->n_env);
    yq_put_u32(w, header->n_tx);
    yq_put_bytes(w, header->prev_result_root.b, YQ_DIGEST_SIZE);
    yq_put_u8(w, header->flags);
}

void yq_header_get(yq_cur *c, yq_header *header)
{
    size_t at = c->pos;
    header->ver = yq_cur_u16(c);
    if (header->ver == 0 || header->ver > YQ_BFT_VERSION_MAX) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "header.ver");
    }
    yq_cur_copy(c, header->chain_id_hash.b, YQ_DIGEST_SIZE);
    header->epoch = yq_cur_u64(c);
    header->view = yq_cur_u64(c);
    header->height = yq_cur_u64(c);
    yq_cur_copy(c, header->parent_hash.b, YQ_DIGEST_SIZE);
    header->parent_view = yq_cur_u64(c);
    header->time_ms = yq_cur_u64(c);
    header->leader = yq_cur_u16(c);
    yq_cur_copy(c, header->payload_root.b, YQ_DIGEST_SIZE);
    at = c->pos;
    header->n_env = yq_cur_u32(c);
    if (header->n_env > YQ_BLOCK_ENVELOPE_N_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "header.n_env");
    }
    at = c->pos;
    header->n_tx = yq_cur_u32(c);
    if (header->n_tx > YQ_BLOCK_TX_N_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "header.n_tx");
    }
    yq_cur_copy(c, header->prev_result_root.b, YQ_DIGEST_SIZE);
    at = c->pos;
    header->flags = yq_cur_u8(c);
    if ((header->flags & ~(YQ_BLOCK_EMPTY | YQ_BLOCK_EPOCH_END | YQ_BLOCK_SUFFIX)) != 0) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "header.flags");
    }
}

yq_status yq_header_decode(yq_slice in, yq_header *header, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_header_get(&c, header);
    return yq_cur_done(&c, why);
}

void yq_final_info_put(yq_writer *w, const yq_final_info *info)
{
    yq_put_bytes(w, info->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, info->epoch);
    yq_put_u64(w, info->view);
    yq_put_u64(w, info->height);
    yq_put_bytes(w, info->h.b, YQ_DIGEST_SIZE);
    yq_put_bytes(w, info->result_root.b, YQ_DIGEST_SIZE);
    yq_put_bytes(w, info->export_root.b, YQ_DIGEST_SIZE);
    yq_put_bytes(w, info->next_valset_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(w, info->time_ms);
}

void yq_final_info_get(yq_cur *c, yq_final_info *info)
{
    yq_cur_copy(c, info->chain_id_hash.b, YQ_DIGEST_SIZE);
    info->epoch = yq_cur_u64(c);
    info->view = yq_cur_u64(c);
    info->height = yq_cur_u64(c);
    yq_cur_copy(c, info->h.b, YQ_DIGEST_SIZE);
    yq_cur_copy(c, info->result_root.b, YQ_DIGEST_SIZE);
    yq_cur_copy(c, info->export_root.b, YQ_DIGEST_SIZE);
    yq_cur_copy(c, info->next_valset_hash.b, YQ_DIGEST_SIZE);
    info->time_ms = yq_cur_u64(c);
}

yq_status yq_final_info_decode(yq_slice in, yq_final_info *info, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_final_info_get(&c, info);
    return yq_cur_done(&c, why);
}

static void body_put(yq_writer *w, uint8_t type, const yq_digest *h, const yq_final_info *info)
{
    if (type == YQ_SIGNED_FINALIZE) {
        yq_final_info_put(w, info);
    } else if (type != YQ_SIGNED_NULLIFY) {
        yq_put_bytes(w, h->b, YQ_DIGEST_SIZE);
    }
}

/* info is always written, so that what was decoded never holds bytes of an earlier use. */
static void body_get(
    yq_cur *c, uint8_t type, uint64_t epoch, uint64_t view, yq_digest *h, yq_final_info *info)
{
    *h = (yq_digest){0};
    *info = (yq_final_info){0};
    size_t at = c->pos;
    if (type == YQ_SIGNED_FINALIZE) {
        yq_final_info_get(c, info);
        *h = info->h;
        if (info->epoch != epoch || info->view != view) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "final info is of another view");
        }
    } else if (type != YQ_SIGNED_NULLIFY) {
        yq_cur_copy(c, h->b, YQ_DIGEST_SIZE);
    }
}

static uint8_t type_get(yq_cur *c, uint8_t lowest)
{
    size_t at = c->pos;
    uint8_t type = yq_cur_u8(c);
    if (type < lowest || type > YQ_SIGNED_FINALIZE) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "type");
    }
    return type;
}

void yq_vote_put(yq_writer *w, const yq_vote *vote)
{
    yq_put_u8(w, vote->type);
    yq_put_u64(w, vote->epoch);
    yq_put_u64(w, vote->view);
    body_put(w, vote->type, &vote->h, &vote->info);
    yq_put_u16(w, vote->signer);
    yq_put_bytes(w, vote->sig, sizeof vote->sig);
}

yq_status yq_vote_decode(yq_slice in, yq_vote *vote, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    vote->type = type_get(&c, YQ_SIGNED_PROPOSE);
    vote->epoch = yq_cur_u64(&c);
    vote->view = yq_cur_u64(&c);
    body_get(&c, vote->type, vote->epoch, vote->view, &vote->h, &vote->info);
    size_t at = c.pos;
    vote->signer = yq_cur_u16(&c);
    if (vote->signer >= YQ_VALIDATORS_MAX) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "vote.signer");
    }
    yq_cur_copy(&c, vote->sig, sizeof vote->sig);
    return yq_cur_done(&c, why);
}

static unsigned bits(uint32_t map)
{
    unsigned n = 0;
    for (; map != 0; map &= map - 1) {
        n++;
    }
    return n;
}

void yq_cert_put(yq_writer *w, const yq_cert *cert)
{
    yq_put_u8(w, cert->type);
    yq_put_u64(w, cert->epoch);
    yq_put_u64(w, cert->view);
    body_put(w, cert->type, &cert->h, &cert->info);
    for (unsigned i = 0; i < 4; i++) {
        yq_put_u8(w, (uint8_t)(cert->bitmap >> (8 * i)));
    }
    yq_put_bytes(w, cert->sig, 64u * (size_t)bits(cert->bitmap));
}

void yq_cert_get(yq_cur *c, yq_cert *cert)
{
    cert->type = type_get(c, YQ_SIGNED_NOTARIZE);
    cert->epoch = yq_cur_u64(c);
    cert->view = yq_cur_u64(c);
    body_get(c, cert->type, cert->epoch, cert->view, &cert->h, &cert->info);
    size_t at = c->pos;
    cert->bitmap = 0;
    for (unsigned i = 0; i < 4; i++) {
        cert->bitmap |= (uint32_t)yq_cur_u8(c) << (8 * i);
    }
    if (cert->bitmap >> YQ_VALIDATORS_MAX != 0) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "bitmap");
        cert->bitmap = 0;
    }
    yq_cur_copy(c, cert->sig, 64u * (size_t)bits(cert->bitmap));
}

yq_status yq_cert_decode(yq_slice in, yq_cert *cert, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_cert_get(&c, cert);
    return yq_cur_done(&c, why);
}

void yq_proposal_put_unsigned(yq_writer *w, const yq_block_proposal *proposal)
{
    yq_header_put(w, &proposal->header);
    yq_put_bytes(w, proposal->digests, (size_t)YQ_DIGEST_SIZE * proposal->header.n_env);
    if (proposal->header.parent_view > 0) {
        yq_cert_put(w, &proposal->parent);
    }
    yq_put_u8(w, proposal->nullif_n);
    for (unsigned i = 0; i < proposal->nullif_n; i++) {
        yq_cert_put(w, &proposal->nullif[i]);
    }
}

void yq_proposal_put(yq_writer *w, const yq_block_proposal *proposal)
{
    yq_proposal_put_unsigned(w, proposal);
    yq_put_bytes(w, proposal->sig, sizeof proposal->sig);
}

static void proposal_get(yq_cur *c, yq_block_proposal *p)
{
    yq_header_get(c, &p->header);
    p->digests = yq_cur_take(c, (size_t)YQ_DIGEST_SIZE * p->header.n_env).p;
    size_t at = c->pos;
    if (p->header.parent_view > 0) {
        yq_cert_get(c, &p->parent);
        if (p->parent.type == YQ_SIGNED_NULLIFY || p->parent.view != p->header.parent_view) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "parent certificate");
        }
    } else {
        p->parent.type = YQ_SIGNED_INVALID;
    }
    at = c->pos;
    p->nullif_n = yq_cur_u8(c);
    if (p->nullif_n > YQ_PROPOSAL_NULLIF_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "nullif_n");
        p->nullif_n = 0;
    }
    uint64_t below = p->header.view;
    for (unsigned i = 0; i < p->nullif_n; i++) {
        at = c->pos;
        yq_cert_get(c, &p->nullif[i]);
        if (p->nullif[i].type != YQ_SIGNED_NULLIFY || p->nullif[i].view >= below) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "nullif");
        }
        below = p->nullif[i].view;
    }
}

yq_status yq_proposal_decode_unsigned(yq_slice in, yq_block_proposal *proposal, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    proposal_get(&c, proposal);
    memset(proposal->sig, 0, sizeof proposal->sig);
    return yq_cur_done(&c, why);
}

yq_status yq_proposal_decode(yq_slice in, yq_block_proposal *proposal, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    proposal_get(&c, proposal);
    yq_cur_copy(&c, proposal->sig, sizeof proposal->sig);
    return yq_cur_done(&c, why);
}

yq_status yq_block_decode(yq_slice in, yq_header *header, const uint8_t **digests, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_header_get(&c, header);
    *digests = yq_cur_take(&c, (size_t)YQ_DIGEST_SIZE * header->n_env).p;
    return yq_cur_done(&c, why);
}

size_t yq_suite_key_size(uint8_t suite)
{
    if (suite == YQ_SUITE_ED25519) {
        return 32;
    }
    return suite == YQ_SUITE_SM2 || suite == YQ_SUITE_P256 || suite == YQ_SUITE_ETH ? 64 : 0;
}

void yq_block_roots_put(yq_writer *w, const yq_block_roots *roots)
{
    yq_put_bytes(w, roots->results_root.b, YQ_DIGEST_SIZE);
    yq_put_bytes(w, roots->state_root.b, YQ_DIGEST_SIZE);
    yq_put_u8(w, roots->suite_n);
    for (size_t i = 0; i < roots->suite_n; i++) {
        yq_put_u8(w, roots->suite[i].suite);
        yq_put_bytes(w, roots->suite[i].export_root.b, YQ_DIGEST_SIZE);
    }
}

void yq_block_roots_get(yq_cur *c, yq_block_roots *roots)
{
    *roots = (yq_block_roots){0};
    yq_cur_copy(c, roots->results_root.b, YQ_DIGEST_SIZE);
    yq_cur_copy(c, roots->state_root.b, YQ_DIGEST_SIZE);
    size_t at = c->pos;
    uint8_t n = yq_cur_u8(c);
    if (n > YQ_SUITES_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "suites");
    }
    for (size_t i = 0; i < n && yq_cur_ok(c); i++) {
        at = c->pos;
        roots->suite[i].suite = yq_cur_u8(c);
        yq_cur_copy(c, roots->suite[i].export_root.b, YQ_DIGEST_SIZE);
        if (roots->suite[i].suite <= (i == 0 ? 0 : roots->suite[i - 1].suite)) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "suite");
        }
        if (yq_bytes_are_zero(roots->suite[i].export_root.b, YQ_DIGEST_SIZE)) {
            yq_cur_fail_field(c, YQ_E_ZERO_ROOT, at + 1, "export_root");
        }
    }
    if (yq_cur_ok(c)) {
        roots->suite_n = n;
    }
}
