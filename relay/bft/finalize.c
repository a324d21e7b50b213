#include "relay/bft/internal.h"

/* N of a block says that all below it are notarized, also where their own N never came here. */
static void mark_below(yq_bft *b, uint64_t low, uint64_t high)
{
    for (uint64_t v = high; v > low; v--) {
        const slot *s = slot_find(b, v);
        if (s == NULL || !s->block.held || (!s->has_n && !s->block.need_exec)) {
            continue;
        }
        const yq_header *h = &s->block.header;
        slot *up = slot_find(b, h->parent_view);
        if (up != NULL && up->block.held && digest_equal(&up->block.h, &h->parent_hash)) {
            up->block.need_exec = 1;
        }
    }
}

/* Executes what is notarized, or on the way to what is final, once its parent is executed. */
void try_execute(yq_bft *b)
{
    uint64_t half = b->cfg.view_n / 2;
    uint64_t low = b->fin_view > half ? b->fin_view - half + 1 : 1;
    if (b->tip.header.epoch == b->epoch && b->tip.header.view >= low) {
        low = b->tip.header.view + 1;
    }
    /* F of the block that ends an epoch lets no one enter the next view: it may be above this. */
    uint64_t high = b->view > b->fin_view ? b->view : b->fin_view;
    high = high < b->fin_view + half ? high : b->fin_view + half;
    mark_below(b, low, high);
    for (uint64_t v = low; v <= high; v++) {
        slot *s = slot_find(b, v);
        if (s == NULL || (!s->has_n && !s->block.need_exec)) {
            continue;
        }
        if (!s->block.held) {
            if (v > b->fin_view) {
                fetch_block(b, &s->n.h, s->n.bitmap);
            }
            continue;
        }
        const yq_header *h = &s->block.header;
        if (s->block.exec != EXEC_NONE) {
            continue;
        }
        /* Beside what is stored: it was notarized, and its views were nullified. Nobody needs it.
         */
        if (h->parent_view == 0 && !digest_equal(&b->tip.h, &b->base.h)) {
            continue;
        }
        parent p = parent_of(b, h->parent_view, &h->parent_hash);
        if (!p.found && v > b->fin_view && h->parent_view > b->fin_view) {
            fetch_block(b, &p.missing, s->n.bitmap);
        }
        if ((h->flags & YQ_BLOCK_SUFFIX) != 0 || !p.found || !p.executed ||
            h->ver > b->cfg.version_max || b->out->n + 8 > YQ_BFT_ACTIONS_MAX) {
            continue;
        }
        s->block.exec = EXEC_ASKED;
        yq_bft_action *a = emit(b, YQ_BFT_EXECUTE);
        a->h = s->block.h;
        a->header = &s->block.header;
        a->digests = s->block.digests;
    }
}

void on_executed(yq_bft *b, const yq_digest *h, const yq_bft_result *result)
{
    slot *s = slot_of_block(b, h);
    if (s == NULL || s->block.exec != EXEC_ASKED) {
        return;
    }
    s->block.exec = EXEC_DONE;
    s->block.result = *result;
    if (s->voted_f && digest_equal(&s->fin.h, h) &&
        !digest_equal(&s->fin.result_root, &result->result_root)) {
        diverge(b, h);
    }
    if (b->fin.type != 0 && digest_equal(&b->fin.info.h, h)) {
        check_divergence(b, &b->fin.info);
    }
}

/* On a suffix view the block that ended the epoch is signed again, with this view. */
static int info_of(yq_bft *b, slot *s, yq_final_info *info)
{
    yq_digest missing;
    slot *end = slot_of_end(b, s, &missing);
    slot *from = end != NULL && !YQ_MUTANT(11) ? end : s;
    if ((s->block.header.flags & YQ_BLOCK_SUFFIX) != 0 && end == NULL) {
        return 0;
    }
    const yq_bft_result *result = end != NULL ? &end->block.result : &s->block.result;
    if ((end != NULL ? end : s)->block.exec != EXEC_DONE) {
        return 0;
    }
    *info = (yq_final_info){
        .chain_id_hash = b->set.chain_id_hash,
        .epoch = b->epoch,
        .view = s->view,
        .height = from->block.header.height,
        .h = from->block.h,
        .result_root = result->result_root,
        .export_root = result->export_root,
        .time_ms = from->block.header.time_ms,
    };
    if (end != NULL) {
        const yq_header *h = &end->block.header;
        parent p = parent_of(b, h->parent_view, &h->parent_hash);
        if (!p.found || !p.executed) {
            return 0;
        }
        info->next_valset_hash = p.result.pending_valset_hash;
    }
    return 1;
}

void try_finalize(yq_bft *b)
{
    uint64_t half = b->cfg.view_n / 2;
    uint64_t low = b->fin_view + 1;
    if (YQ_MUTANT(1)) {
        low = b->fin_view > 16 ? b->fin_view - 16 : 1;
    }
    for (uint64_t v = low; v <= b->view && v <= b->fin_view + half; v++) {
        slot *s = slot_find(b, v);
        if (s == NULL || !s->has_n || s->voted_f || !s->block.held || !sign_room(b) ||
            !digest_equal(&s->block.h, &s->n.h) || !yq_bft_may_sign(b, b->epoch, v) ||
            (s->voted_x && !YQ_MUTANT(12))) {
            continue;
        }
        if (!info_of(b, s, &s->fin)) {
            continue;
        }
        s->voted_f = 1;
        uint8_t room[YQ_FINAL_INFO_SIZE];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_final_info_put(&w, &s->fin);
        emit_record(b, YQ_BFT_REC_FINALIZED, v, yq_writer_slice(&w), 1);
        sign_later(b, YQ_SIGNED_FINALIZE, v);
    }
}
