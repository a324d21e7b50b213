#include "relay/bft/core.h"

/* T_0 = T0, T_(k+1) = T_k + T_k / 2, with k from the view numbers: the same on nodes with the same
 * F. */
uint64_t timer_of(const yq_bft *b, uint64_t view)
{
    uint64_t k = view > b->fin_view ? (view - 1 - b->fin_view) / YQ_LEADER_WINDOW : 0;
    if (YQ_MUTANT(17)) {
        k = b->mutant_k / YQ_LEADER_WINDOW;
    }
    uint64_t t = b->cfg.t0_ms;
    for (uint64_t i = 0; i < k && t < TIMER_MS_MAX; i++) {
        t += t / 2;
    }
    return t < TIMER_MS_MAX ? t : TIMER_MS_MAX;
}

/* Work that is not in the pool: what is begun, asked for by others, or due. */
int work_begun(yq_bft *b)
{
    if (b->cfg.heartbeat_ms != 0 && b->now >= b->commit_ms + b->cfg.heartbeat_ms) {
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
static void nullify_any(yq_bft *b)
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

static void sooner(uint64_t *at, uint64_t candidate)
{
    if (candidate < *at) {
        *at = candidate;
    }
}

uint64_t next_time(yq_bft *b)
{
    uint64_t at = b->status_ms;
    sooner(&at, b->resend_ms);
    if (b->armed) {
        sooner(&at, b->t_lead > b->now ? b->t_lead : UINT64_MAX);
        sooner(&at, b->t_adv > b->now ? b->t_adv : UINT64_MAX);
    }
    uint64_t heartbeat = b->commit_ms + b->cfg.heartbeat_ms;
    if (!b->armed && b->cfg.heartbeat_ms != 0 && heartbeat > b->now) {
        sooner(&at, heartbeat);
    }
    sooner(&at, b->check_ms);
    return at > b->now ? at : b->now + 1;
}

void recheck_at(yq_bft *b, uint64_t at_ms)
{
    sooner(&b->check_ms, at_ms);
}
