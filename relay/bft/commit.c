#include "relay/bft/internal.h"

/* A block that is stored without a certificate of its own stands on F above it: were that F lost
 * in a crash, the final view would start again below a block whose votes are dropped. */
static int fin_is_durable(const yq_bft *b)
{
    return b->fin_seq <= b->durable_seq;
}

/* What is final is not held: block by block from the peers' cores, and by the host's sync, at once
 * where it is far. Both are needed: after a power cut no peer may have stored it yet. */
static void fetch_final(yq_bft *b, const yq_digest *missing, uint64_t view)
{
    uint64_t wait = b->cfg.t0_ms / 4;
    int in_reach = view_in_window(b, view);
    int near = in_reach && b->fin.info.height <= b->tip.header.height + 2;
    if (in_reach) {
        fetch_block(b, missing, b->fin.bitmap);
    }
    if (!fin_is_durable(b)) {
        return;
    }
    if (near && b->now < b->sync_since_ms + wait) {
        recheck_at(b, b->sync_since_ms + wait);
        return;
    }
    if (b->now < b->sync_ms) {
        recheck_at(b, b->sync_ms);
        return;
    }
    b->sync_ms = b->now + b->cfg.t0_ms / 2;
    recheck_at(b, b->sync_ms);
    yq_bft_action *a = emit(b, YQ_BFT_SYNC);
    a->cert = &b->fin;
    a->h = b->fin.info.h;
}

/* The lowest block that is final and not committed; NULL: something on the way to it is missing. */
static slot *next_final(yq_bft *b)
{
    slot *s = slot_of_block(b, &b->fin.info.h);
    if (s == NULL) {
        fetch_final(b, &b->fin.info.h, b->fin.view);
        return NULL;
    }
    for (uint32_t i = 0; i < b->cfg.view_n; i++) {
        const yq_header *h = &s->block.header;
        s->block.need_exec = 1;
        if (digest_equal(&h->parent_hash, &b->tip.h)) {
            return s;
        }
        if (h->height <= b->tip.header.height + 1) {
            diverge(b, &b->fin.info.h); /* final, and not on this node's own chain */
            return NULL;
        }
        slot *up = slot_find(b, h->parent_view);
        if (up == NULL || !up->block.held || !digest_equal(&up->block.h, &h->parent_hash)) {
            fetch_final(b, &h->parent_hash, h->parent_view);
            return NULL;
        }
        s = up;
    }
    return NULL;
}

void try_commit(yq_bft *b)
{
    if (b->committing || b->halted || b->fin.type == 0) {
        return;
    }
    if (b->fin.info.height <= b->tip.header.height) {
        if (b->fin.info.height == b->tip.header.height &&
            !digest_equal(&b->fin.info.h, &b->tip.h)) {
            diverge(b, &b->fin.info.h);
        }
        return;
    }
    slot *s = next_final(b);
    if (s == NULL || s->block.exec != EXEC_DONE) {
        return;
    }
    check_divergence(b, &b->fin.info);
    int own = digest_equal(&s->block.h, &b->fin.info.h);
    if (b->halted || (!own && !fin_is_durable(b))) {
        return;
    }
    b->committing = 1;
    yq_bft_action *a = emit(b, YQ_BFT_COMMIT);
    a->h = s->block.h;
    a->header = &s->block.header;
    a->digests = s->block.digests;
    a->result = s->block.result;
    a->cert = own ? &b->fin : NULL;
}

/* From here on only the SIGN rule keeps these views from being signed again. */
static void forget_votes(yq_bft *b)
{
    for (uint32_t i = 0; i < b->cfg.view_n; i++) {
        slot *s = &b->slots[i];
        if (s->view != 0 && s->view <= b->fin_view) {
            s->voted_n = s->voted_x = s->voted_f = 0;
        }
    }
}

static void new_epoch(yq_bft *b, const yq_valset *set, const yq_cert *cert)
{
    const yq_cert *end =
        b->fin.type != 0 && digest_equal(&b->fin.info.h, &b->tip.h) ? &b->fin : cert;
    if (end != NULL && end->epoch == b->epoch) {
        b->end[b->epoch % EPOCH_ENDS_MAX] = *end;
    }
    b->base = b->tip;
    set_epoch(b, set);
    b->status_ms = b->now; /* a node that is behind by epochs hears at once of the next end */
    emit_record(b, YQ_BFT_REC_EPOCH, 0, (yq_slice){0}, 1);
    enter(b, 1);
}

yq_status on_committed(yq_bft *b, const yq_bft_event *ev)
{
    const yq_bft_tip *tip = ev->tip;
    if (tip->header.height <= b->tip.header.height) {
        return YQ_OK;
    }
    YQ_ASSERT(tip->header.height == b->tip.header.height + 1);
    YQ_ASSERT(tip->header.epoch == b->epoch);
    b->tip = *tip;
    b->commit_ms = b->now;
    b->committing = 0;
    b->payload_again_ms = 0;
    b->sync_since_ms = b->now;
    check_version(b);
    yq_status status = ev->cert == NULL ? YQ_OK : take_cert(b, ev->cert);
    forget_votes(b);
    yq_bft_action *a = emit(b, YQ_BFT_LOG_DROP);
    a->view = tip->header.view;
    if ((tip->header.flags & YQ_BLOCK_EPOCH_END) != 0) {
        YQ_ASSERT(ev->set != NULL && ev->set->epoch == b->epoch + 1);
        new_epoch(b, ev->set, ev->cert);
    }
    return status;
}
