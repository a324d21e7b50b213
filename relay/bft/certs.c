#include "relay/bft/internal.h"

static int cert_is_new(yq_bft *b, const yq_cert *cert)
{
    if (cert->view <= b->fin_view) {
        return 0;
    }
    if (cert->type == YQ_SIGNED_FINALIZE) {
        return 1;
    }
    slot *s = slot_make(b, cert->view);
    return s != NULL && !(cert->type == YQ_SIGNED_NOTARIZE ? s->has_n : s->has_x);
}

/* Raising fin_view forbids every signature at or below it, before anything of those views goes. */
static void keep_final(yq_bft *b, const yq_cert *cert)
{
    check_divergence(b, &cert->info);
    b->fin = *cert;
    b->fin_view = cert->view;
    b->mutant_k = 0;
    b->sync_since_ms = b->now;
    b->fetching = 0;
}

/* A certificate that is proven: stored, in the log, told once, and it may let the node go on. */
void cert_keep(yq_bft *b, const yq_cert *cert)
{
    if (!cert_is_new(b, cert)) {
        return;
    }
    emit_cert_record(b, cert);
    send_cert(b, YQ_BFT_ALL, cert);
    if (cert->type == YQ_SIGNED_FINALIZE) {
        b->fin_seq = b->persist_seq;
        keep_final(b, cert);
        if (!digest_zero(&cert->info.next_valset_hash)) {
            return; /* the epoch is over: the next view is the first of the next one */
        }
    } else {
        slot *s = slot_make(b, cert->view);
        if (cert->type == YQ_SIGNED_NOTARIZE) {
            s->has_n = 1;
            s->n = *cert;
            if (s->block.held && !digest_equal(&s->block.h, &cert->h)) {
                s->block.held = 0; /* the other half of an equivocation: no one needs it */
            }
        } else {
            s->has_x = 1;
            s->x = *cert;
        }
    }
    if (cert->view >= b->view) {
        enter(b, cert->view + 1);
    }
}

yq_status take_cert(yq_bft *b, const yq_cert *cert)
{
    if (cert->epoch != b->epoch || !cert_is_new(b, cert)) {
        return YQ_OK;
    }
    yq_status status =
        yq_cert_check(cert, b->cfg.hash_alg, &b->set, b->cfg.check, b->cfg.check_self);
    if (status == YQ_OK) {
        cert_keep(b, cert);
    }
    return status;
}
