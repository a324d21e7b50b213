#include "relay/bft/internal.h"

/* A block that is final and about to be stored is the heartbeat. */
static int heartbeat_is_due(const yq_bft *b)
{
    int stored = b->fin.type == 0 || b->fin.info.height <= b->tip.header.height;
    return b->cfg.heartbeat_ms != 0 && stored && b->now >= b->commit_ms + b->cfg.heartbeat_ms;
}

/* Work that is not in the pool: what is begun, asked for by others, or due. */
int work_begun(yq_bft *b)
{
    if (heartbeat_is_due(b)) {
        return 1;
    }
    uint64_t half = b->cfg.view_n / 2;
    for (uint64_t v = b->fin_view + 1; v <= b->view && v <= b->fin_view + half; v++) {
        slot *s = slot_find(b, v);
        if (s != NULL && (s->voted_n || s->has_n)) {
            return 1;
        }
    }
    slot *s = slot_find(b, b->view);
    if (s != NULL && s->block.held && s->block.check == CHECK_OK) {
        return 1;
    }
    return nullify_count(b, b->view) > b->f;
}

/* Is there anything for which a block has to be made? Without it no timer runs. */
int work(yq_bft *b)
{
    return b->pool_work || work_begun(b);
}

/* A dead leader costs one T in the first view of its window, then one delay a view. */
static int leader_failed_before(yq_bft *b)
{
    uint64_t first = (b->view - 1) / YQ_LEADER_WINDOW * YQ_LEADER_WINDOW + 1;
    for (uint64_t v = first; v < b->view; v++) {
        slot *s = slot_find(b, v);
        if (s != NULL && s->has_x) {
            return 1;
        }
    }
    return 0;
}

static void arm(yq_bft *b, const slot *s)
{
    if (b->armed || !work(b) || (YQ_MUTANT(6) && !b->entered_now)) {
        return;
    }
    uint64_t t = timer_of(b, b->view);
    b->armed = 1;
    b->t_lead = b->now + t;
    b->t_adv = b->now + 2 * t;
    if (b->entered_now && leader_failed_before(b) && !(s->block.held && s->block.from_leader) &&
        yq_leader(b->view, b->n) != b->own) {
        b->t_lead = b->now;
    }
}

static void resend(yq_bft *b, slot *s)
{
    const yq_cert *cert = entering_cert(b);
    if (cert != NULL) {
        send_cert(b, YQ_BFT_ALL, cert);
    }
    yq_vote vote;
    for (uint64_t v = b->fin_view + 1; v <= b->view; v++) {
        slot *each = slot_find(b, v);
        if (each != NULL && vote_own(b, each, YQ_SIGNED_FINALIZE, &vote)) {
            send_vote(b, YQ_BFT_ALL, &vote);
        }
    }
    if (vote_own(b, s, YQ_SIGNED_NULLIFY, &vote)) {
        send_vote(b, YQ_BFT_ALL, &vote);
    }
    if (b->proposal_view == b->view && b->proposal_signed) {
        send_bytes(
            b, YQ_BFT_ALL, YQ_BFT_MSG_PROPOSAL, (yq_slice){b->proposal, b->proposal_size + 64});
    }
    if (vote_own(b, s, YQ_SIGNED_NOTARIZE, &vote)) {
        send_vote(b, YQ_BFT_ALL, &vote);
    }
}

void run_timers(yq_bft *b)
{
    if (b->now >= b->status_ms) {
        b->status_ms = b->now + STATUS_MS;
        send_status(b, YQ_BFT_ALL);
    }
    slot *s = slot_make(b, b->view);
    if (s == NULL) {
        return; /* too far above the final view: only a certificate helps */
    }
    if (b->armed && !work(b)) {
        b->armed = 0; /* what it ran for is final: an idle view is not nullified */
    }
    arm(b, s);
    if (b->armed) {
        int lead = b->now >= b->t_lead && !s->voted_n;
        if (lead || (b->now >= b->t_adv && !s->has_n)) {
            nullify(b);
#ifdef YQ_MUTANTS
            if (YQ_MUTANT(13)) {
                nullify_any(b);
            }
#endif
        }
    }
    if (b->now >= b->resend_ms) {
        b->resend_ms = b->now + timer_of(b, b->view) / 2;
        if (work(b)) {
            resend(b, s);
        }
    }
}
