#include "relay/bft/internal.h"

/* A record for a view proves that the final view was in reach of it when it was written. */
static slot *replay_slot(yq_bft *b, uint64_t view)
{
    uint64_t half = b->cfg.view_n / 2;
    if (view > b->fin_view + half) {
        b->fin_view = view - half;
    }
    return slot_make(b, view);
}

static yq_status replay_cert(yq_bft *b, yq_slice body)
{
    yq_cert *cert = &b->scratch_cert;
    yq_status status = yq_cert_decode(body, cert, NULL);
    if (status != YQ_OK) {
        return status;
    }
    yq_cert *end = &b->end[cert->epoch % EPOCH_ENDS_MAX];
    /* The highest of its epoch ended it: by what it says, or by a recovery, of which it says
     * nothing.
     */
    if (cert->type == YQ_SIGNED_FINALIZE &&
        (end->type == 0 || end->epoch != cert->epoch || end->info.height <= cert->info.height)) {
        *end = *cert;
    }
    if (cert->epoch < b->epoch) {
        return YQ_OK;
    }
    if (cert->type == YQ_SIGNED_FINALIZE) {
        if (b->fin.type == 0 || cert->view > b->fin.view) {
            b->fin = *cert;
        }
        b->fin_view = cert->view > b->fin_view ? cert->view : b->fin_view;
        return YQ_OK;
    }
    slot *s = replay_slot(b, cert->view);
    if (s != NULL && cert->type == YQ_SIGNED_NOTARIZE) {
        s->has_n = 1;
        s->n = *cert;
    } else if (s != NULL) {
        s->has_x = 1;
        s->x = *cert;
    }
    return YQ_OK;
}

static yq_status replay_proposed(yq_bft *b, uint64_t view, yq_slice body)
{
    yq_status status = yq_proposal_decode_unsigned(body, &b->scratch, NULL);
    slot *s = status == YQ_OK ? replay_slot(b, view) : NULL;
    if (s == NULL || b->scratch.header.n_env > b->cfg.env_n_max) {
        return status;
    }
    s->proposed = 1;
    if (!s->block.held) {
        block_set(b, s, &b->scratch.header, b->scratch.digests);
        s->block.from_leader = 1;
        s->block.parent_type = b->scratch.parent.type;
        /* Its bodies are in the log only once it was voted for: they are asked about again. */
    }
    if (view >= b->proposal_view) {
        b->proposal_view = view;
        b->proposal_size = body.n;
        b->proposal_signed = 0;
        yq_bytes_copy(b->proposal, body.p, body.n);
    }
    return YQ_OK;
}

static yq_status replay_block(yq_bft *b, uint64_t view, yq_slice body)
{
    yq_header header;
    const uint8_t *digests;
    yq_status status = yq_block_decode(body, &header, &digests, NULL);
    slot *s = status == YQ_OK ? replay_slot(b, view) : NULL;
    if (s == NULL || header.n_env > b->cfg.env_n_max) {
        return status;
    }
    block_set(b, s, &header, digests);
    s->block.check = CHECK_OK;
    return YQ_OK;
}

static yq_status replay_vote(yq_bft *b, yq_bft_record type, uint64_t view, yq_cur *c)
{
    yq_digest h = {0};
    yq_final_info info = {0};
    if (type == YQ_BFT_REC_NOTARIZED) {
        yq_cur_copy(c, h.b, YQ_DIGEST_SIZE);
    } else if (type == YQ_BFT_REC_FINALIZED) {
        yq_final_info_get(c, &info);
    }
    yq_status status = yq_cur_done(c, NULL);
    slot *s = status == YQ_OK && type != YQ_BFT_REC_VIEW ? replay_slot(b, view) : NULL;
    if (status == YQ_OK && view > b->view) {
        b->view = view;
    }
    if (s == NULL || (YQ_MUTANT(4) && view < b->view)) {
        return status;
    }
    if (type == YQ_BFT_REC_NOTARIZED) {
        s->voted_n = 1;
        s->nota = h;
    } else if (type == YQ_BFT_REC_NULLIFIED) {
        s->voted_x = 1;
    } else {
        s->voted_f = 1;
        s->fin = info;
    }
    return YQ_OK;
}

yq_status on_record(yq_bft *b, yq_slice record)
{
    yq_cur c = yq_cur_of(record);
    uint8_t type = yq_cur_u8(&c);
    uint64_t epoch = yq_cur_u64(&c), view = yq_cur_u64(&c);
    yq_status status = yq_cur_status(&c, NULL);
    if (status != YQ_OK) {
        return status;
    }
    if (epoch > b->epoch) {
        clear_epoch(b);
        b->epoch = epoch;
    }
    yq_slice body = {record.p + c.pos, record.n - c.pos};
    if (epoch < b->epoch || YQ_MUTANT(16)) {
        return type == YQ_BFT_REC_CERT && epoch < b->epoch ? replay_cert(b, body) : YQ_OK;
    }
    switch ((yq_bft_record)type) {
    case YQ_BFT_REC_VIEW:
    case YQ_BFT_REC_NOTARIZED:
    case YQ_BFT_REC_NULLIFIED:
    case YQ_BFT_REC_FINALIZED:
        return replay_vote(b, (yq_bft_record)type, view, &c);
    case YQ_BFT_REC_PROPOSED:
        return replay_proposed(b, view, body);
    case YQ_BFT_REC_CERT:
        return replay_cert(b, body);
    case YQ_BFT_REC_BLOCK:
        return replay_block(b, view, body);
    case YQ_BFT_REC_EPOCH:
        return yq_cur_done(&c, NULL);
    case YQ_BFT_REC_INVALID:
        break;
    }
    return YQ_E_CORRUPT;
}

static uint64_t highest_certified(yq_bft *b)
{
    uint64_t top = b->fin_view;
    for (uint32_t i = 0; i < b->cfg.view_n; i++) {
        const slot *s = &b->slots[i];
        if (s->view > top && (s->has_n || s->has_x)) {
            top = s->view;
        }
    }
    return top;
}

yq_status on_start(yq_bft *b, const yq_bft_event *ev)
{
    if (ev->set == NULL || ev->tip == NULL || ev->base == NULL ||
        yq_valset_check(ev->set) != YQ_OK) {
        return YQ_E_CONFIG_INVALID;
    }
    if (ev->set->epoch < b->epoch) {
        return YQ_E_CORRUPT; /* the log is ahead of the state */
    }
    if (ev->set->epoch > b->epoch) {
        clear_epoch(b);
    }
    set_members(b, ev->set);
    b->tip = *ev->tip;
    b->base = *ev->base;
    if (ev->cert != NULL && ev->cert->type == YQ_SIGNED_FINALIZE) {
        if (ev->cert->epoch == b->epoch && ev->cert->view >= b->fin_view) {
            b->fin = *ev->cert;
            b->fin_view = ev->cert->view;
        } else if (ev->cert->epoch + 1 == b->epoch) {
            b->end[ev->cert->epoch % EPOCH_ENDS_MAX] = *ev->cert;
        }
    }
    if (b->fin_view > 0 && (b->fin.type == 0 || b->fin.view != b->fin_view)) {
        return YQ_E_CORRUPT;
    }
    uint64_t top = highest_certified(b) + 1;
    b->started = 1;
    b->commit_ms = b->sync_since_ms = b->now;
    b->status_ms = b->now;
    b->resign_view = b->fin_view + 1;
    check_version(b);
    enter(b, b->view > top ? b->view : top);
    return YQ_OK;
}

/* After a restart: all own votes above the final view are signed and sent once more, the same. */
void resign(yq_bft *b)
{
    uint64_t v = b->resign_view;
    if (v == 0) {
        return;
    }
    for (; v <= b->view && sign_room(b); v++) {
        slot *s = slot_find(b, v);
        if (s == NULL || !yq_bft_may_sign(b, b->epoch, v)) {
            continue;
        }
        if (s->voted_n) {
            sign_when(b, YQ_SIGNED_NOTARIZE, v, 0);
        }
        if (s->voted_x) {
            sign_when(b, YQ_SIGNED_NULLIFY, v, 0);
        }
        if (s->voted_f) {
            sign_when(b, YQ_SIGNED_FINALIZE, v, 0);
        }
        if (s->proposed && b->proposal_view == v) {
            sign_when(b, YQ_SIGNED_PROPOSE, v, 0);
        }
        if (s->has_n) {
            send_cert(b, YQ_BFT_ALL, &s->n);
        }
        if (s->has_x) {
            send_cert(b, YQ_BFT_ALL, &s->x);
        }
    }
    b->resign_view = v > b->view ? 0 : v;
}
