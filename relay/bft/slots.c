#include "relay/bft/internal.h"

int digest_equal(const yq_digest *x, const yq_digest *y)
{
    return memcmp(x->b, y->b, YQ_DIGEST_SIZE) == 0;
}

int digest_zero(const yq_digest *x)
{
    return yq_bytes_are_zero(x->b, YQ_DIGEST_SIZE);
}

/* Half of the ring lies above the final view; the other half still holds what is to be committed.
 */
int view_in_window(const yq_bft *b, uint64_t view)
{
    uint64_t half = b->cfg.view_n / 2;
    return view > 0 && view + half > b->fin_view && view <= b->fin_view + half;
}

static slot *slot_at(yq_bft *b, uint64_t view)
{
    return &b->slots[view & (b->cfg.view_n - 1)];
}

slot *slot_find(yq_bft *b, uint64_t view)
{
    slot *s = slot_at(b, view);
    return view > 0 && s->view == view ? s : NULL;
}

static void slot_reset(slot *s, uint64_t view)
{
    slot keep = *s;
    memset(s, 0, sizeof *s);
    s->view = view;
    s->vn = keep.vn;
    s->vx = keep.vx;
    s->vf = keep.vf;
    s->block.digests = keep.block.digests;
    for (unsigned i = 0; i < YQ_VALIDATORS_MAX; i++) {
        s->vn[i].have = s->vx[i].have = s->vf[i].have = 0;
    }
}

slot *slot_make(yq_bft *b, uint64_t view)
{
    if (!view_in_window(b, view)) {
        return NULL;
    }
    slot *s = slot_at(b, view);
    if (s->view != view) {
        slot_reset(s, view);
    }
    return s;
}

slot *slot_of_block(yq_bft *b, const yq_digest *h)
{
    for (uint32_t i = 0; i < b->cfg.view_n; i++) {
        slot *s = &b->slots[i];
        if (s->view != 0 && s->block.held && digest_equal(&s->block.h, h)) {
            return s;
        }
    }
    return NULL;
}

slot *slot_of_end(yq_bft *b, slot *s, yq_digest *missing)
{
    *missing = (yq_digest){0};
    for (uint32_t i = 0; i < b->cfg.view_n; i++) {
        const yq_header *h = &s->block.header;
        if ((h->flags & YQ_BLOCK_SUFFIX) == 0) {
            return (h->flags & YQ_BLOCK_EPOCH_END) != 0 ? s : NULL;
        }
        slot *up = slot_find(b, h->parent_view);
        if (up == NULL || !up->block.held || !digest_equal(&up->block.h, &h->parent_hash)) {
            *missing = h->parent_hash;
            return NULL;
        }
        s = up;
    }
    return NULL;
}

void slots_clear(yq_bft *b)
{
    for (uint32_t i = 0; i < b->cfg.view_n; i++) {
        slot_reset(&b->slots[i], 0);
    }
}

void block_set(yq_bft *b, slot *s, const yq_header *header, const uint8_t *digests)
{
    uint8_t *room = s->block.digests;
    s->block = (block){.held = 1, .header = *header, .digests = room};
    yq_bytes_copy(room, digests, (size_t)YQ_DIGEST_SIZE * header->n_env);
    yq_header_hash(b->cfg.hash_alg, header, &s->block.h);
}

parent parent_of(yq_bft *b, uint64_t view, const yq_digest *h)
{
    const yq_bft_tip *known = view == 0 ? &b->base : &b->tip;
    if (digest_equal(h, &known->h)) {
        return (parent){
            .found = 1,
            .executed = 1,
            .height = known->header.height,
            .time_ms = known->header.time_ms,
            .result = known->result,
        };
    }
    slot *s = slot_find(b, view);
    if (s == NULL || !s->block.held || !digest_equal(&s->block.h, h)) {
        return (parent){.missing = *h};
    }
    yq_digest missing;
    slot *end = slot_of_end(b, s, &missing);
    if (!digest_zero(&missing)) {
        return (parent){.missing = missing};
    }
    parent p = {
        .found = 1,
        .height = s->block.header.height,
        .time_ms = s->block.header.time_ms,
        .slot = s,
        .end = end,
    };
    const slot *from = p.end != NULL ? p.end : s;
    p.executed = from->block.exec == EXEC_DONE;
    p.result = from->block.result;
    return p;
}
