#include "relay/bft/internal.h"

int sign_room(const yq_bft *b)
{
    unsigned room = 0;
    for (unsigned i = 0; i < SIGNS_MAX; i++) {
        room += !b->job[i].used;
    }
    return room >= 8;
}

void sign_when(yq_bft *b, uint8_t type, uint64_t view, uint64_t seq)
{
    for (unsigned i = 0; i < SIGNS_MAX; i++) {
        sign_job *j = &b->job[i];
        if (!j->used) {
            *j = (sign_job){.used = 1, .type = type, .view = view, .seq = seq};
            return;
        }
    }
}

/* The record that the signature commits to was emitted just before: the newest seq covers it. */
void sign_later(yq_bft *b, uint8_t type, uint64_t view)
{
    sign_when(b, type, view, b->persist_seq);
}

/* What own signature of this type and view is over; 0: nothing any more. */
int job_digest(yq_bft *b, const sign_job *j, yq_digest *m)
{
    slot *s = slot_find(b, j->view);
    if (s == NULL || !yq_bft_may_sign(b, b->epoch, j->view)) {
        return 0;
    }
    yq_vote vote = {.type = j->type, .epoch = b->epoch, .view = j->view};
    switch ((yq_signed_type)j->type) {
    case YQ_SIGNED_PROPOSE:
        if (b->proposal_view != j->view) {
            return 0;
        }
        yq_header header;
        yq_cur c = yq_cur_of((yq_slice){b->proposal, YQ_HEADER_SIZE});
        yq_header_get(&c, &header);
        yq_header_hash(b->cfg.hash_alg, &header, &vote.h);
        break;
    case YQ_SIGNED_NOTARIZE:
        vote.h = s->nota;
        break;
    case YQ_SIGNED_NULLIFY:
        break;
    case YQ_SIGNED_FINALIZE:
        vote.info = s->fin;
        break;
    case YQ_SIGNED_INVALID:
    case YQ_SIGNED_CLIENT_ENVELOPE:
    case YQ_SIGNED_LINK_BIND:
    case YQ_SIGNED_EXPORT:
    case YQ_SIGNED_GOV:
    case YQ_SIGNED_RECOVER:
        return 0;
    }
    yq_vote_digest(b->cfg.hash_alg, &b->set.chain_id_hash, &vote, m);
    return 1;
}

void on_persisted(yq_bft *b, uint64_t seq)
{
    if (seq > b->durable_seq && seq <= b->persist_seq) {
        b->durable_seq = seq;
    }
    for (unsigned i = 0; i < SIGNS_MAX; i++) {
        sign_job *j = &b->job[i];
        if (!j->used || j->asked || (j->seq > b->durable_seq && !YQ_MUTANT(20))) {
            continue;
        }
        yq_digest m;
        if (!job_digest(b, j, &m)) {
            j->used = 0;
            continue;
        }
        if (b->out->n >= YQ_BFT_ACTIONS_MAX - ACTIONS_RESERVE / 2) {
            return; /* the next step goes on */
        }
        j->asked = 1;
        j->token = ++b->token;
        yq_bft_action *a = emit(b, YQ_BFT_SIGN);
        a->token = j->token;
        a->m = m;
        a->type = j->type;
        a->view = j->view;
    }
}
