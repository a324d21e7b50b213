#include "relay/bft/internal.h"

/* Questions to the state: nothing changes. */

const yq_cert *entering_cert(yq_bft *b)
{
    if (b->view < 2) {
        return NULL;
    }
    if (b->fin.type != 0 && b->fin_view == b->view - 1) {
        return &b->fin;
    }
    slot *s = slot_find(b, b->view - 1);
    if (s == NULL) {
        return NULL;
    }
    if (s->has_n) {
        return &s->n;
    }
    return s->has_x ? &s->x : NULL;
}

int yq_bft_may_sign(const yq_bft *b, uint64_t epoch, uint64_t view)
{
    if (YQ_MUTANT(1)) {
        return b->own < b->n && !b->halted && epoch == b->epoch;
    }
    return b->own < b->n && !b->halted && epoch == b->epoch && view > b->fin_view;
}

/* The vote of validator idx in a slot, as it was received; 0: there is none. */
int vote_at(yq_bft *b, const slot *s, uint8_t type, uint16_t idx, yq_vote *out)
{
    *out = (yq_vote){.type = type, .epoch = b->epoch, .view = s->view, .signer = idx};
    if (type == YQ_SIGNED_NOTARIZE && s->vn[idx].have) {
        out->h = s->vn[idx].h;
        memcpy(out->sig, s->vn[idx].sig, 64);
        return 1;
    }
    if (type == YQ_SIGNED_NULLIFY && s->vx[idx].have) {
        memcpy(out->sig, s->vx[idx].sig, 64);
        return 1;
    }
    if (type == YQ_SIGNED_FINALIZE && s->vf[idx].have) {
        out->info = s->vf[idx].info;
        out->h = out->info.h;
        memcpy(out->sig, s->vf[idx].sig, 64);
        return 1;
    }
    return 0;
}

int vote_own(yq_bft *b, slot *s, uint8_t type, yq_vote *out)
{
    return b->own < b->n && vote_at(b, s, type, b->own, out);
}

int info_equal(const yq_final_info *x, const yq_final_info *y)
{
    uint8_t one[YQ_FINAL_INFO_SIZE], two[YQ_FINAL_INFO_SIZE];
    yq_writer w = yq_writer_of(one, sizeof one);
    yq_final_info_put(&w, x);
    w = yq_writer_of(two, sizeof two);
    yq_final_info_put(&w, y);
    return memcmp(one, two, sizeof one) == 0;
}

unsigned nullify_count(yq_bft *b, uint64_t view)
{
    slot *s = slot_find(b, view);
    unsigned count = 0;
    for (uint16_t i = 0; s != NULL && i < b->n; i++) {
        count += s->vx[i].have;
    }
    return count;
}
