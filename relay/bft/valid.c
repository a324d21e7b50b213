#include "relay/bft/internal.h"

/* What is false for ever whatever else is learnt. */
static yq_status check_layout(yq_bft *b, const yq_header *h)
{
    int empty = (h->flags & YQ_BLOCK_EMPTY) != 0, suffix = (h->flags & YQ_BLOCK_SUFFIX) != 0;
    if (!digest_equal(&h->chain_id_hash, &b->set.chain_id_hash) || h->epoch != b->epoch) {
        return YQ_E_DOMAIN;
    }
    if (h->view == 0 || h->leader != yq_leader(h->view, b->n)) {
        return YQ_E_SIGNER_MISMATCH;
    }
    if (h->parent_view >= h->view || h->n_env > b->cfg.env_n_max) {
        return YQ_E_RANGE;
    }
    if (empty != (h->n_env == 0 && !suffix) || (h->n_env == 0 && h->n_tx != 0) ||
        (suffix && (h->n_env != 0 || (h->flags & YQ_BLOCK_EPOCH_END) != 0))) {
        return YQ_E_NONCANONICAL;
    }
    return YQ_OK;
}

static yq_status check_payload_root(yq_bft *b, const yq_header *h, const uint8_t *digests)
{
    yq_digest root;
    yq_payload_root(b->cfg.hash_alg, digests, h->n_env, b->leaves, &root);
    return digest_equal(&root, &h->payload_root) ? YQ_OK : YQ_E_HASH;
}

static void note_time(yq_bft *b, block *k)
{
    uint64_t t = timer_of(b, k->header.view);
    uint64_t time = k->header.time_ms;
    k->late = time < b->wall && b->wall - time > CLOCK_SLACK_MS + t;
    k->early = time > b->wall && time - b->wall > CLOCK_SLACK_MS;
}

static void accuse_leader(yq_bft *b, slot *s, const yq_digest *h, const uint8_t *sig)
{
    uint32_t bit = UINT32_C(1) << s->block.header.leader;
    if ((s->accused & bit) != 0) {
        return;
    }
    s->accused |= bit;
    yq_vote one = {
        .type = YQ_SIGNED_PROPOSE,
        .epoch = b->epoch,
        .view = s->view,
        .h = s->block.h,
        .signer = s->block.header.leader,
    };
    yq_vote two = one;
    two.h = *h;
    memcpy(one.sig, s->block.sig, 64);
    memcpy(two.sig, sig, 64);
    emit_evidence(b, YQ_BFT_EV_PROPOSE, &one, &two);
}

/* A signature by the leader over the proposal's header; layout was checked. */
static yq_status check_leader_sig(yq_bft *b, const yq_block_proposal *p, yq_digest *h)
{
    yq_header_hash(b->cfg.hash_alg, &p->header, h);
    yq_vote vote = {.type = YQ_SIGNED_PROPOSE, .epoch = b->epoch, .view = p->header.view, .h = *h};
    yq_digest m;
    yq_vote_digest(b->cfg.hash_alg, &b->set.chain_id_hash, &vote, &m);
    return sig_check(b, p->header.leader, &m, p->sig);
}

static yq_status take_proposal_certs(yq_bft *b, const yq_block_proposal *p)
{
    yq_status status = YQ_OK;
    uint64_t epoch = b->epoch;
    if (p->header.parent_view > 0) {
        int names_parent =
            p->parent.epoch == epoch && digest_equal(&p->parent.h, &p->header.parent_hash);
        status = names_parent ? take_cert(b, &p->parent) : YQ_E_PARENT;
    }
    for (unsigned i = p->nullif_n; i > 0 && status == YQ_OK && b->epoch == epoch; i--) {
        status = take_cert(b, &p->nullif[i - 1]);
    }
    return status;
}

yq_status on_proposal(yq_bft *b, uint32_t from, yq_slice body)
{
    yq_block_proposal *p = &b->scratch;
    yq_status status = yq_proposal_decode(body, p, NULL);
    if (status != YQ_OK) {
        return status;
    }
    if (p->header.epoch != b->epoch || p->header.view < b->view || p->header.view <= b->fin_view) {
        repair(b, from, p->header.epoch, p->header.view);
        return YQ_OK;
    }
    status = check_layout(b, &p->header);
    if (status == YQ_OK && from != p->header.leader) {
        status = YQ_E_SIGNER_MISMATCH;
    }
    if (status == YQ_OK) {
        status = check_payload_root(b, &p->header, p->digests);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_digest h;
    slot *s = slot_find(b, p->header.view);
    int known = s != NULL && s->block.held && s->block.from_leader;
    if (known) {
        yq_header_hash(b->cfg.hash_alg, &p->header, &h);
        if (digest_equal(&h, &s->block.h)) {
            return YQ_OK;
        }
    }
    status = check_leader_sig(b, p, &h);
    if (status == YQ_OK) {
        status = take_proposal_certs(b, p);
    }
    if (status != YQ_OK) {
        return status;
    }
    uint64_t view = p->header.view;
    s = view < b->view || view > b->view + PENDING_VIEWS_MAX ? NULL : slot_make(b, view);
    if (s == NULL || (s->has_n && !digest_equal(&s->n.h, &h))) {
        return YQ_OK;
    }
    if (s->block.held && s->block.from_leader) {
        accuse_leader(b, s, &h, p->sig);
        if (!YQ_MUTANT(14)) {
            return YQ_OK;
        }
    }
    if (s->voted_n && !digest_equal(&s->nota, &h) && !YQ_MUTANT(14)) {
        return YQ_OK; /* the block that this node answers for stays, also after a restart */
    }
    if (!s->block.held || !digest_equal(&s->block.h, &h)) {
        block_set(b, s, &p->header, p->digests);
    }
    s->block.from_leader = 1;
    s->block.parent_type = p->parent.type;
    memcpy(s->block.sig, p->sig, 64);
    note_time(b, &s->block);
    if (view > b->view) {
        ask_certs(b, b->fin_view + 1, view - 1); /* more than the proposal carried */
    }
    return YQ_OK;
}

/* The parent is certified, and every view between is nullified: this replaces a lock. */
static check_state check_chain(yq_bft *b, const block *k)
{
    uint64_t pv = k->header.parent_view;
    if (pv == 0) {
        if (!digest_equal(&k->header.parent_hash, &b->base.h)) {
            return CHECK_INVALID;
        }
    } else if (pv == b->fin_view) {
        if (!digest_equal(&k->header.parent_hash, &b->fin.info.h)) {
            return CHECK_INVALID;
        }
        if (YQ_MUTANT(9) && k->parent_type == YQ_SIGNED_FINALIZE) {
            return CHECK_INVALID;
        }
    } else {
        slot *s = slot_find(b, pv);
        if (s == NULL || !s->has_n) {
            return pv < b->fin_view ? CHECK_INVALID : CHECK_WAIT;
        }
        if (!digest_equal(&s->n.h, &k->header.parent_hash)) {
            return CHECK_INVALID;
        }
    }
    if (YQ_MUTANT(15)) {
        return CHECK_OK;
    }
    /* No X(v) can stand beside F(v): a parent below the final view is false for ever. */
    if (pv < b->fin_view) {
        return CHECK_INVALID;
    }
    for (uint64_t v = k->header.view - 1; v > pv; v--) {
        slot *s = slot_find(b, v);
        if (s == NULL || !s->has_x) {
            ask_certs(b, pv + 1, k->header.view - 1);
            return CHECK_WAIT;
        }
    }
    return CHECK_OK;
}

static check_state check_header(yq_bft *b, const block *k)
{
    const yq_header *h = &k->header;
    parent p = parent_of(b, h->parent_view, &h->parent_hash);
    if (!p.found) {
        slot *s = slot_find(b, h->parent_view);
        fetch_block(b, &p.missing, s != NULL && s->has_n ? s->n.bitmap : 0);
        return CHECK_WAIT;
    }
    if (k->late || h->time_ms <= p.time_ms) {
        return CHECK_INVALID;
    }
    if (k->early && h->time_ms > b->wall + CLOCK_SLACK_MS) {
        uint64_t ahead = h->time_ms - b->wall - CLOCK_SLACK_MS;
        recheck_at(b, b->now + (ahead < b->cfg.t0_ms ? ahead : b->cfg.t0_ms));
        return CHECK_WAIT;
    }
    int suffix = (h->flags & YQ_BLOCK_SUFFIX) != 0;
    if (!YQ_MUTANT(10)) {
        if (suffix != (p.end != NULL) || h->height != p.height + (suffix ? 0 : 1)) {
            return CHECK_INVALID;
        }
    }
    if (h->n_env > 0 && h->parent_view > 0 && k->parent_type != YQ_SIGNED_FINALIZE) {
        return CHECK_INVALID;
    }
    if (!p.executed) {
        return CHECK_WAIT;
    }
    if (!YQ_MUTANT(21)) {
        if (h->ver != p.result.version) {
            return CHECK_INVALID;
        }
        if (h->ver > b->cfg.version_max) {
            return CHECK_WAIT; /* for a newer program */
        }
    }
    int ends = (h->flags & YQ_BLOCK_EPOCH_END) != 0;
    if (!YQ_MUTANT(10) && !suffix && ends != !digest_zero(&p.result.pending_valset_hash)) {
        return CHECK_INVALID;
    }
    return digest_equal(&h->prev_result_root, &p.result.result_root) ? CHECK_OK : CHECK_INVALID;
}

void on_validated(yq_bft *b, const yq_digest *h, yq_bft_verdict verdict)
{
    slot *s = slot_of_block(b, h);
    if (s == NULL || s->block.check != CHECK_ASKED) {
        return;
    }
    switch (verdict) {
    case YQ_BFT_VERDICT_OK:
        s->block.check = CHECK_OK;
        break;
    case YQ_BFT_VERDICT_WAIT:
        s->block.check = CHECK_WAIT;
        recheck_at(b, b->now + b->cfg.t0_ms / 8);
        break;
    case YQ_BFT_VERDICT_INVALID:
        s->block.check = CHECK_INVALID;
        break;
    }
}

/* Returns the host's verdict on the payload; asks for it where it is not known. */
static check_state check_payload(yq_bft *b, block *k)
{
    if (k->header.n_env == 0) {
        k->check = CHECK_OK;
    }
    if (k->check == CHECK_NONE) {
        k->check = CHECK_ASKED;
        yq_bft_action *a = emit(b, YQ_BFT_VALIDATE);
        a->h = k->h;
        a->header = &k->header;
        a->digests = k->digests;
    }
    return k->check;
}

static void notarize(yq_bft *b, slot *s)
{
    s->voted_n = 1;
    s->nota = s->block.h;
    emit_block_record(b, s);
    emit_record(b, YQ_BFT_REC_NOTARIZED, s->view, (yq_slice){s->nota.b, YQ_DIGEST_SIZE}, 1);
    sign_later(b, YQ_SIGNED_NOTARIZE, s->view);
}

void try_vote(yq_bft *b)
{
    slot *s = slot_find(b, b->view);
    if (s == NULL || !s->block.held || !s->block.from_leader ||
        !yq_bft_may_sign(b, b->epoch, b->view) || !sign_room(b)) {
        return;
    }
    if (s->voted_n && (!YQ_MUTANT(14) || digest_equal(&s->nota, &s->block.h))) {
        return;
    }
    check_state state = check_chain(b, &s->block);
    if (state == CHECK_OK) {
        state = check_header(b, &s->block);
    }
    if (state == CHECK_OK) {
        state = check_payload(b, &s->block);
    }
    if (state == CHECK_OK) {
        notarize(b, s);
    } else if (state == CHECK_INVALID) {
        nullify(b);
    }
}
