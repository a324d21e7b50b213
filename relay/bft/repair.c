#include "relay/bft/internal.h"

static unsigned meter_of(const yq_bft *b, uint32_t from)
{
    return from < b->n ? from : YQ_VALIDATORS_MAX;
}

/* A peer speaks of what is over here: give it what lets it go on, at most once in T/4. */
void repair(yq_bft *b, uint32_t from, uint64_t epoch, uint64_t view)
{
    uint64_t *next = &b->repair_ms[meter_of(b, from)];
    if (b->now < *next || YQ_MUTANT(8)) {
        return;
    }
    *next = b->now + timer_of(b, b->view) / 4;
    if (epoch > b->epoch) {
        send_status(b, from);
        return;
    }
    if (epoch < b->epoch) {
        const yq_cert *end = &b->end[epoch % EPOCH_ENDS_MAX];
        if (end->type != 0 && end->epoch == epoch) {
            send_cert(b, from, end);
        }
        return;
    }
    if (view <= b->fin_view && b->fin.type != 0) {
        send_cert(b, from, &b->fin);
    } else {
        slot *s = slot_find(b, view);
        if (s != NULL && s->has_n) {
            send_cert(b, from, &s->n);
        } else if (s != NULL && s->has_x) {
            send_cert(b, from, &s->x);
        }
    }
    const yq_cert *cert = entering_cert(b);
    if (cert != NULL && cert != &b->fin && cert->view != view) {
        send_cert(b, from, cert);
    }
}

static void answer_certs(yq_bft *b, uint32_t from, uint64_t low, uint64_t high)
{
    if (b->fin.type != 0) {
        send_cert(b, from, &b->fin);
    }
    uint64_t v = low > b->fin_view ? low : b->fin_view + 1;
    for (unsigned i = 0; i < CERTS_ANSWER_MAX && v <= high && v <= b->view; i++, v++) {
        slot *s = slot_find(b, v);
        if (s == NULL) {
            continue;
        }
        if (s->has_n) {
            send_cert(b, from, &s->n);
        }
        if (s->has_x) {
            send_cert(b, from, &s->x);
        }
        yq_vote vote;
        for (unsigned t = YQ_SIGNED_NOTARIZE; t <= YQ_SIGNED_FINALIZE; t++) {
            if (!s->has_n && !s->has_x && vote_own(b, s, (uint8_t)t, &vote)) {
                send_vote(b, from, &vote);
            }
        }
    }
}

/* The hash proves the bytes, whoever sent them. */
yq_status on_block(yq_bft *b, yq_slice body)
{
    yq_header header;
    const uint8_t *digests;
    yq_status status = yq_block_decode(body, &header, &digests, NULL);
    if (status != YQ_OK) {
        return status;
    }
    yq_digest h, root;
    yq_header_hash(b->cfg.hash_alg, &header, &h);
    if (!b->fetching || !digest_equal(&h, &b->fetch_h) || header.epoch != b->epoch) {
        return YQ_OK;
    }
    if (header.n_env > b->cfg.env_n_max) {
        return YQ_E_LIMIT;
    }
    yq_payload_root(b->cfg.hash_alg, digests, header.n_env, b->leaves, &root);
    if (!digest_equal(&root, &header.payload_root)) {
        return YQ_E_HASH;
    }
    b->fetching = 0;
    slot *s = slot_make(b, header.view);
    if (s != NULL && !(s->block.held && digest_equal(&s->block.h, &h))) {
        block_set(b, s, &header, digests);
    }
    return YQ_OK;
}

static yq_status on_status(yq_bft *b, uint32_t from, yq_cur *c)
{
    uint64_t epoch = yq_cur_u64(c), view = yq_cur_u64(c), fin_view = yq_cur_u64(c);
    (void)yq_cur_u64(c);
    (void)yq_cur_take(c, YQ_DIGEST_SIZE);
    yq_status status = yq_cur_done(c, NULL);
    if (status != YQ_OK) {
        return status;
    }
    int behind = epoch == b->epoch && (fin_view < b->fin_view || view < b->view);
    if (epoch < b->epoch || behind) {
        repair(b, from, epoch, fin_view < b->fin_view ? b->fin_view : view);
        return YQ_OK;
    }
    /* Metered by peer, so that false claims of one take nothing from the others. */
    uint64_t *next = &b->claim_ms[meter_of(b, from)];
    int ahead = epoch > b->epoch || fin_view > b->fin_view || view > b->view;
    if (ahead && b->now >= *next) {
        *next = b->now + timer_of(b, b->view) / 4;
        request_certs(b, from, b->fin_view + 1, view);
    }
    return YQ_OK;
}

static yq_status on_certs_request(yq_bft *b, uint32_t from, yq_cur *c)
{
    uint64_t epoch = yq_cur_u64(c), low = yq_cur_u64(c), high = yq_cur_u64(c);
    yq_status status = yq_cur_done(c, NULL);
    if (status != YQ_OK) {
        return status;
    }
    uint64_t *next = &b->answer_ms[meter_of(b, from)];
    if (epoch != b->epoch) {
        repair(b, from, epoch, low);
    } else if (b->now >= *next) {
        *next = b->now + b->cfg.t0_ms / 8;
        answer_certs(b, from, low, high);
    }
    return YQ_OK;
}

static yq_status on_block_request(yq_bft *b, uint32_t from, yq_cur *c)
{
    yq_digest h;
    yq_cur_copy(c, h.b, YQ_DIGEST_SIZE);
    yq_status status = yq_cur_done(c, NULL);
    const slot *s = status == YQ_OK ? slot_of_block(b, &h) : NULL;
    if (s != NULL) {
        send_block(b, from, &s->block);
    }
    return status;
}

yq_status on_request(yq_bft *b, uint32_t from, yq_bft_message kind, yq_slice body)
{
    yq_cur c = yq_cur_of(body);
    if (kind == YQ_BFT_MSG_STATUS) {
        return on_status(b, from, &c);
    }
    return kind == YQ_BFT_MSG_CERTS_REQUEST ? on_certs_request(b, from, &c)
                                            : on_block_request(b, from, &c);
}
