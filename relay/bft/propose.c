#include "relay/bft/internal.h"

typedef struct base_choice {
    int found;
    uint64_t view;
    yq_digest h;
    const yq_cert *cert; /* NULL: the epoch's first parent */
} base_choice;

/* The highest certified view with every view above it nullified. F(v) counts as N(v). */
static base_choice choose_parent(yq_bft *b)
{
    uint64_t half = b->cfg.view_n / 2;
    uint64_t v = b->view - 1;
    for (; v > b->fin_view && v <= b->fin_view + half; v--) {
        slot *s = slot_find(b, v);
        if (s != NULL && s->has_n) {
            return (base_choice){1, v, s->n.h, &s->n};
        }
        if (s == NULL || !s->has_x) {
            ask_certs(b, b->fin_view + 1, b->view - 1);
            return (base_choice){0};
        }
    }
    if (v != b->fin_view) {
        return (base_choice){0};
    }
    if (b->fin_view == 0) {
        return (base_choice){1, 0, b->base.h, NULL};
    }
    if (YQ_MUTANT(9)) {
        return (base_choice){0};
    }
    return (base_choice){1, b->fin_view, b->fin.info.h, &b->fin};
}

/* How long to wait for F(p): doubled for each EMPTY block directly below it, so that slow
 * executions do not starve payload for ever. */
static uint64_t wait_for_final(yq_bft *b, const parent *p)
{
    uint64_t t = timer_of(b, b->view);
    uint64_t wait = t / 4;
    const slot *s = p->slot;
    while (s != NULL && wait < t / 2) {
        s = slot_find(b, s->block.header.parent_view);
        if (s == NULL || !s->block.held || (s->block.header.flags & YQ_BLOCK_EMPTY) == 0) {
            break;
        }
        wait *= 2;
    }
    return wait < t / 2 ? wait : t / 2;
}

static void add_nullifs(yq_bft *b, yq_block_proposal *p, uint64_t above)
{
    p->nullif_n = 0;
    for (uint64_t v = b->view - 1; v > above && p->nullif_n < YQ_PROPOSAL_NULLIF_MAX; v--) {
        slot *s = slot_find(b, v);
        if (s != NULL && s->has_x) {
            p->nullif[p->nullif_n++] = s->x;
        }
    }
}

/* Builds, logs and queues for signature the one proposal of this view. */
static void propose(
    yq_bft *b, const base_choice *base, const parent *p, const uint8_t *digests, uint32_t n)
{
    slot *s = slot_make(b, b->view);
    yq_block_proposal *d = &b->draft;
    uint64_t time = p->time_ms + 1 > b->wall ? p->time_ms + 1 : b->wall;
    int suffix = p->end != NULL && !YQ_MUTANT(10);
    uint8_t flags = suffix ? YQ_BLOCK_SUFFIX : (n == 0 ? YQ_BLOCK_EMPTY : 0);
    if (!suffix && !digest_zero(&p->result.pending_valset_hash)) {
        flags |= YQ_BLOCK_EPOCH_END;
    }
    d->header = (yq_header){
        .ver = YQ_MUTANT(21) ? YQ_BFT_VERSION : p->result.version,
        .chain_id_hash = b->set.chain_id_hash,
        .epoch = b->epoch,
        .view = b->view,
        .height = p->height + (suffix ? 0 : 1),
        .parent_hash = base->h,
        .parent_view = base->view,
        .time_ms = time,
        .leader = b->own,
        .n_env = n,
        .n_tx = n == 0 ? 0 : b->payload_tx_n,
        .prev_result_root = p->result.result_root,
        .flags = flags,
    };
    yq_payload_root(b->cfg.hash_alg, digests, n, b->leaves, &d->header.payload_root);
    d->digests = digests;
    d->parent.type = YQ_SIGNED_INVALID;
    if (base->cert != NULL) {
        d->parent = *base->cert;
    }
    add_nullifs(b, d, base->view);
    yq_writer w = yq_writer_of(b->proposal, YQ_PROPOSAL_SIZE_MAX - 64);
    yq_proposal_put_unsigned(&w, d);
    YQ_ASSERT(w.status == YQ_OK);
    b->proposal_size = w.n;
    b->proposal_view = b->view;
    b->proposal_signed = 0;
    s->proposed = 1;
    emit_record(b, YQ_BFT_REC_PROPOSED, b->view, yq_writer_slice(&w), 1);
    sign_later(b, YQ_SIGNED_PROPOSE, b->view);
    if (!s->voted_n) {
        block_set(b, s, &d->header, digests);
        s->block.from_leader = 1;
        s->block.parent_type = d->parent.type;
        s->block.check = CHECK_OK;
    }
}

static void ask_payload(yq_bft *b, const base_choice *base)
{
    if (b->payload_token != 0 && b->payload_view == b->view) {
        return;
    }
    if (b->now < b->payload_again_ms) {
        recheck_at(b, b->payload_again_ms);
        return;
    }
    b->payload_token = ++b->token;
    b->payload_view = b->view;
    b->payload_parent = base->h;
    b->payload_ready = 0;
    yq_bft_action *a = emit(b, YQ_BFT_PAYLOAD);
    a->token = b->payload_token;
    a->parent_hash = base->h;
}

void on_payload(yq_bft *b, const yq_bft_event *ev)
{
    if (ev->token != b->payload_token || b->payload_token == 0 || b->payload_view != b->view) {
        return;
    }
    YQ_ASSERT(ev->digest_n <= b->cfg.env_n_max && ev->tx_n <= YQ_BLOCK_TX_N_MAX);
    b->payload_token = 0;
    b->payload_ready = 1;
    b->payload_n = ev->digest_n;
    b->payload_tx_n = ev->tx_n;
    yq_bytes_copy(b->payload, ev->digests, (size_t)YQ_DIGEST_SIZE * ev->digest_n);
}

void try_propose(yq_bft *b)
{
    if (b->own >= b->n || yq_leader(b->view, b->n) != b->own ||
        !yq_bft_may_sign(b, b->epoch, b->view)) {
        return;
    }
    if (b->fin.type != 0 && !digest_zero(&b->fin.info.next_valset_hash)) {
        return; /* the epoch is over, its last block is about to be stored */
    }
    slot *s = slot_make(b, b->view);
    if (s == NULL || s->proposed || !sign_room(b) || !work(b)) {
        return;
    }
    if (YQ_MUTANT(5) && !b->entered_now && !b->payload_ready) {
        return;
    }
    base_choice base = choose_parent(b);
    if (!base.found) {
        return;
    }
    parent p = parent_of(b, base.view, &base.h);
    if (!p.found) {
        fetch_block(b, &p.missing, base.cert == NULL ? 0 : base.cert->bitmap);
        return;
    }
    if (!p.executed || p.result.version > b->cfg.version_max) {
        return;
    }
    if (p.end != NULL) {
        propose(b, &base, &p, NULL, 0);
        return;
    }
    if (base.view > b->fin_view) {
        uint64_t until = b->entered_ms + wait_for_final(b, &p);
        if (b->now < until) {
            recheck_at(b, until);
            return;
        }
        propose(b, &base, &p, NULL, 0);
        return;
    }
    if (!b->payload_ready || !digest_equal(&b->payload_parent, &base.h)) {
        ask_payload(b, &base);
        return;
    }
    b->payload_ready = 0;
    if (b->payload_n == 0 && !work_begun(b)) {
        /* All that the pool holds is in the parent, whose commit is on its way: no EMPTY block. */
        b->payload_again_ms = b->now + b->cfg.t0_ms / 16;
        recheck_at(b, b->payload_again_ms);
        return;
    }
    propose(b, &base, &p, b->payload, b->payload_n);
}
