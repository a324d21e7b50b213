#include "relay/bft/internal.h"

void enter(yq_bft *b, uint64_t view)
{
    b->view = view;
    b->entered_ms = b->now;
    b->armed = 0;
    b->entered_now = 1;
    b->mutant_k++;
    b->payload_ready = 0;
    b->resend_ms = b->now + timer_of(b, view) / 2;
    emit_record(b, YQ_BFT_REC_VIEW, view, (yq_slice){0}, 0);
}

/* Only ever for the present view; a view that this node helped to finalize is never nullified. */
void nullify(yq_bft *b)
{
    slot *s = slot_make(b, b->view);
    if (s == NULL || s->voted_x || !yq_bft_may_sign(b, b->epoch, b->view) || !sign_room(b) ||
        (s->voted_f && !YQ_MUTANT(13))) {
        return;
    }
    s->voted_x = 1;
    emit_record(b, YQ_BFT_REC_NULLIFIED, s->view, (yq_slice){0}, 1);
    sign_later(b, YQ_SIGNED_NULLIFY, s->view);
}

#ifdef YQ_MUTANTS
/* Mutant 13 also nullifies any view above the final one. */
void nullify_any(yq_bft *b)
{
    for (uint64_t v = b->fin_view + 1; v < b->view; v++) {
        slot *s = slot_find(b, v);
        if (s != NULL && !s->voted_x && sign_room(b) && yq_bft_may_sign(b, b->epoch, v)) {
            s->voted_x = 1;
            emit_record(b, YQ_BFT_REC_NULLIFIED, v, (yq_slice){0}, 1);
            sign_later(b, YQ_SIGNED_NULLIFY, v);
        }
    }
}
#endif
