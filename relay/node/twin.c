#include "relay/node/twin.h"

static int above(uint64_t epoch, uint64_t view, uint64_t than_epoch, uint64_t than_view)
{
    return epoch > than_epoch || (epoch == than_epoch && view > than_view);
}

void twin_begin(twin_watch *w, uint64_t epoch, uint64_t view)
{
    *w = (twin_watch){.epoch = epoch, .view = view};
}

void twin_signed(twin_watch *w, uint8_t type, uint64_t epoch, uint64_t view)
{
    size_t at = view % TWIN_VIEWS;
    if (above(epoch, view, w->signed_[at].epoch, w->signed_[at].view)) {
        w->signed_[at].epoch = epoch;
        w->signed_[at].view = view;
        w->signed_[at].types = 0;
    }
    if (w->signed_[at].epoch == epoch && w->signed_[at].view == view) {
        w->signed_[at].types |= (uint8_t)(1u << type);
    }
}

/* What is not known counts as signed. */
static int may_have_signed(const twin_watch *w, uint8_t type, uint64_t epoch, uint64_t view)
{
    size_t at = view % TWIN_VIEWS;
    if (!above(epoch, view, w->epoch, w->view) ||
        above(w->signed_[at].epoch, w->signed_[at].view, epoch, view)) {
        return 1;
    }
    return w->signed_[at].epoch == epoch && w->signed_[at].view == view &&
           (w->signed_[at].types & (1u << type)) != 0;
}

int twin_proves(
    const twin_watch *w, const yq_cert *cert, uint32_t alg, const yq_valset *set, uint16_t own)
{
    if (own >= set->n || cert->epoch != set->epoch || (cert->bitmap >> own & 1u) == 0 ||
        may_have_signed(w, cert->type, cert->epoch, cert->view)) {
        return 0;
    }
    size_t at = 0;
    for (uint16_t i = 0; i < own; i++) {
        at += cert->bitmap >> i & 1u;
    }
    yq_digest m;
    yq_cert_digest(alg, &set->chain_id_hash, cert, &m);
    return yq_sig_check_suite(NULL, set, own, &m, cert->sig[at]) == YQ_OK;
}
