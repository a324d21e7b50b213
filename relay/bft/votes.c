#include "relay/bft/internal.h"

yq_status sig_check(yq_bft *b, uint16_t idx, const yq_digest *m, const uint8_t *sig)
{
    yq_sig_checker check = b->cfg.check == NULL ? yq_sig_check_suite : b->cfg.check;
    return check(b->cfg.check_self, &b->set, idx, m, sig);
}

static int vote_good(yq_bft *b, const yq_vote *vote)
{
    yq_digest m;
    yq_vote_digest(b->cfg.hash_alg, &b->set.chain_id_hash, vote, &m);
    return sig_check(b, vote->signer, &m, vote->sig) == YQ_OK;
}

static int vote_same(const yq_vote *x, const yq_vote *y)
{
    return x->type == y->type && (x->type == YQ_SIGNED_NULLIFY || digest_equal(&x->h, &y->h)) &&
           (x->type != YQ_SIGNED_FINALIZE || info_equal(&x->info, &y->info));
}

static uint8_t *good_flag(slot *s, uint8_t type, uint16_t idx)
{
    if (type == YQ_SIGNED_NOTARIZE) {
        return &s->vn[idx].good;
    }
    return type == YQ_SIGNED_NULLIFY ? &s->vx[idx].good : &s->vf[idx].good;
}

static void vote_forget(slot *s, uint8_t type, uint16_t idx)
{
    if (type == YQ_SIGNED_NOTARIZE) {
        s->vn[idx].have = 0;
    } else if (type == YQ_SIGNED_NULLIFY) {
        s->vx[idx].have = 0;
    } else {
        s->vf[idx].have = 0;
    }
}

static void vote_keep(slot *s, const yq_vote *vote, uint8_t good)
{
    uint16_t i = vote->signer;
    if (vote->type == YQ_SIGNED_NOTARIZE) {
        s->vn[i] = (vote_n){.have = 1, .good = good, .h = vote->h};
        memcpy(s->vn[i].sig, vote->sig, 64);
    } else if (vote->type == YQ_SIGNED_NULLIFY) {
        s->vx[i] = (vote_x){.have = 1, .good = good};
        memcpy(s->vx[i].sig, vote->sig, 64);
    } else {
        s->vf[i] = (vote_f){.have = 1, .good = good, .info = vote->info};
        memcpy(s->vf[i].sig, vote->sig, 64);
    }
}

/* Two votes that one honest validator never signs. Both signatures are checked before it is said.
 */
static void check_conflict(yq_bft *b, slot *s, const yq_vote *vote)
{
    yq_vote other;
    yq_bft_evidence kind = YQ_BFT_EV_NONE;
    if (vote_at(b, s, vote->type, vote->signer, &other) && !vote_same(&other, vote)) {
        kind = vote->type == YQ_SIGNED_NOTARIZE ? YQ_BFT_EV_NOTARIZE : YQ_BFT_EV_FINALIZE;
    } else if (
        (vote->type == YQ_SIGNED_FINALIZE &&
         vote_at(b, s, YQ_SIGNED_NULLIFY, vote->signer, &other)) ||
        (vote->type == YQ_SIGNED_NULLIFY &&
         vote_at(b, s, YQ_SIGNED_FINALIZE, vote->signer, &other))) {
        kind = YQ_BFT_EV_CONFLICT;
    }
    uint32_t bit = UINT32_C(1) << vote->signer;
    if (kind != YQ_BFT_EV_NONE && (s->accused & bit) == 0 && vote_good(b, &other) &&
        vote_good(b, vote)) {
        s->accused |= bit;
        emit_evidence(b, kind, &other, vote);
    }
}

/* Counts the votes equal to vote; every counted one is checked once a quorum is there. A bad one is
 * dropped, so that its sender's next may count. Returns how many are left. Out: map. */
static unsigned count_good(yq_bft *b, slot *s, const yq_vote *vote, unsigned need, uint32_t *map)
{
    unsigned count = 0;
    *map = 0;
    for (uint16_t i = 0; i < b->n; i++) {
        yq_vote each;
        if (vote_at(b, s, vote->type, i, &each) && vote_same(&each, vote)) {
            *map |= UINT32_C(1) << i;
            count++;
        }
    }
    if (count < need) {
        return count;
    }
    for (uint16_t i = 0; i < b->n; i++) {
        yq_vote each;
        if ((*map >> i & 1) == 0 || !vote_at(b, s, vote->type, i, &each)) {
            continue;
        }
        uint8_t *good = good_flag(s, vote->type, i);
        *good = *good || vote_good(b, &each);
        if (!*good) {
            vote_forget(s, vote->type, i);
            b->dropped++;
            *map &= ~(UINT32_C(1) << i);
            count--;
        }
    }
    return count;
}

static void form_cert(yq_bft *b, slot *s, const yq_vote *vote, uint32_t map)
{
    yq_cert *cert = &b->scratch_cert;
    cert->type = vote->type;
    cert->epoch = b->epoch;
    cert->view = s->view;
    cert->h = vote->h;
    cert->info = vote->info;
    cert->bitmap = map;
    size_t at = 0;
    for (uint16_t i = 0; i < b->n; i++) {
        yq_vote each;
        if ((map >> i & 1) != 0 && vote_at(b, s, vote->type, i, &each)) {
            memcpy(cert->sig[at++], each.sig, 64);
        }
    }
    cert_keep(b, cert);
}

/* As many signers as a certificate takes, the lowest first: all nodes make the same from all votes.
 */
static uint32_t lowest_bits(uint32_t map, unsigned n)
{
    uint32_t out = 0;
    for (unsigned i = 0; i < YQ_VALIDATORS_MAX && n > 0; i++) {
        if ((map >> i & 1) != 0) {
            out |= UINT32_C(1) << i;
            n--;
        }
    }
    return out;
}

static void vote_taken(yq_bft *b, const yq_vote *vote)
{
    slot *s = slot_make(b, vote->view);
    if (s == NULL || vote->view <= b->fin_view) {
        return;
    }
    vote_keep(s, vote, vote->signer == b->own);
    if ((vote->type == YQ_SIGNED_NOTARIZE && s->has_n) ||
        (vote->type == YQ_SIGNED_NULLIFY && s->has_x)) {
        return;
    }
    unsigned need = b->q - (YQ_MUTANT(18) ? 1u : 0u);
    uint32_t map = 0;
    if (vote->type == YQ_SIGNED_FINALIZE && count_good(b, s, vote, b->f + 1u, &map) > b->f) {
        check_divergence(b, &vote->info);
    }
    unsigned count = count_good(b, s, vote, need, &map);
    if (count + (YQ_MUTANT(19) ? s->repeats : 0u) >= need) {
        form_cert(b, s, vote, lowest_bits(map, need));
    }
}

static void proposal_signed(yq_bft *b, const uint8_t *sig)
{
    memcpy(b->proposal + b->proposal_size, sig, 64);
    b->proposal_signed = 1;
    yq_slice bytes = {b->proposal, b->proposal_size + 64};
    send_bytes(b, YQ_BFT_ALL, YQ_BFT_MSG_PROPOSAL, bytes);
}

void on_signed(yq_bft *b, uint64_t token, const uint8_t *sig)
{
    for (unsigned i = 0; i < SIGNS_MAX; i++) {
        sign_job *j = &b->job[i];
        if (!j->used || !j->asked || j->token != token) {
            continue;
        }
        sign_job job = *j;
        j->used = 0;
        yq_digest m;
        if (!job_digest(b, &job, &m)) {
            return;
        }
        if (job.type == YQ_SIGNED_PROPOSE) {
            proposal_signed(b, sig);
            return;
        }
        slot *s = slot_find(b, job.view);
        yq_vote vote = {
            .type = job.type,
            .epoch = b->epoch,
            .view = job.view,
            .h = job.type == YQ_SIGNED_NOTARIZE ? s->nota : s->fin.h,
            .info = s->fin,
            .signer = b->own,
        };
        memcpy(vote.sig, sig, 64);
        send_vote(b, YQ_BFT_ALL, &vote);
        vote_taken(b, &vote);
        return;
    }
}

yq_status on_vote(yq_bft *b, uint32_t from, yq_slice body)
{
    yq_vote vote;
    yq_status status = yq_vote_decode(body, &vote, NULL);
    if (status != YQ_OK) {
        return status;
    }
    if (vote.epoch != b->epoch || vote.view < b->view || vote.view <= b->fin_view) {
        repair(b, from, vote.epoch, vote.view);
    }
    if (vote.epoch != b->epoch || vote.view <= b->fin_view) {
        return YQ_OK;
    }
    if (vote.type == YQ_SIGNED_PROPOSE || vote.signer != from || vote.signer >= b->n) {
        return YQ_E_SIGNER_MISMATCH;
    }
    if (vote.type == YQ_SIGNED_FINALIZE &&
        !digest_equal(&vote.info.chain_id_hash, &b->set.chain_id_hash)) {
        return YQ_E_DOMAIN;
    }
    slot *s = vote.view > b->view + PENDING_VIEWS_MAX ? NULL : slot_make(b, vote.view);
    if (s == NULL) {
        return YQ_OK;
    }
    check_conflict(b, s, &vote);
    yq_vote have;
    if (vote_at(b, s, vote.type, vote.signer, &have)) {
        if (!YQ_MUTANT(19) || !vote_same(&have, &vote)) {
            return YQ_OK;
        }
        s->repeats++;
    }
    /* The leader's own NULLIFY tells that it will not propose: that one is checked at once. */
    if (vote.type == YQ_SIGNED_NULLIFY && vote.view == b->view &&
        yq_leader(vote.view, b->n) == vote.signer) {
        if (!vote_good(b, &vote)) {
            return YQ_E_SIG;
        }
        nullify(b);
    }
    vote_taken(b, &vote);
    return YQ_OK;
}
