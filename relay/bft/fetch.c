#include "relay/bft/internal.h"

void send_status(yq_bft *b, uint32_t to)
{
    uint8_t room[64];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u64(&w, b->epoch);
    yq_put_u64(&w, b->view);
    yq_put_u64(&w, b->fin_view);
    yq_put_u64(&w, b->tip.header.height);
    yq_put_bytes(&w, b->tip.h.b, YQ_DIGEST_SIZE);
    send_bytes(b, to, YQ_BFT_MSG_STATUS, yq_writer_slice(&w));
}

void request_certs(yq_bft *b, uint32_t to, uint64_t low, uint64_t high)
{
    uint8_t room[24];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u64(&w, b->epoch);
    yq_put_u64(&w, low);
    yq_put_u64(&w, high);
    send_bytes(b, to, YQ_BFT_MSG_CERTS_REQUEST, yq_writer_slice(&w));
}

/* The next validator in turn that is not this node. */
static uint32_t next_peer(yq_bft *b)
{
    for (unsigned i = 0; i < 2 && b->n > 0; i++) {
        b->asked_peer = (b->asked_peer + 1) % b->n;
        if (b->asked_peer != b->own) {
            break;
        }
    }
    return b->asked_peer;
}

void ask_certs(yq_bft *b, uint64_t low, uint64_t high)
{
    if (b->now < b->certs_ms) {
        recheck_at(b, b->certs_ms);
        return;
    }
    b->certs_ms = b->now + timer_of(b, b->view) / 4;
    recheck_at(b, b->certs_ms);
    request_certs(b, next_peer(b), low, high);
    request_certs(b, next_peer(b), low, high);
}

void fetch_block(yq_bft *b, const yq_digest *h, uint32_t signers)
{
    if (YQ_MUTANT(7)) {
        return;
    }
    if (b->fetching && b->now < b->fetch_ms) {
        recheck_at(b, b->fetch_ms);
        return;
    }
    if (!b->fetching || !digest_equal(h, &b->fetch_h)) {
        b->fetch_tries = 0;
        b->fetch_h = *h;
        b->fetching = 1;
    }
    b->fetch_ms = b->now + b->cfg.t0_ms / 8;
    recheck_at(b, b->fetch_ms);
    uint32_t to = YQ_BFT_ALL;
    /* The certificate's signers first, then everybody in turn. */
    if (b->fetch_tries < b->n) {
        for (unsigned i = 0; i < b->n && to == YQ_BFT_ALL; i++) {
            unsigned peer = (b->own + 1u + b->fetch_tries + i) % b->n;
            if (peer != b->own && (signers >> peer & 1) != 0) {
                to = peer;
            }
        }
    }
    if (to == YQ_BFT_ALL) {
        to = next_peer(b);
    }
    b->fetch_tries++;
    send_bytes(b, to, YQ_BFT_MSG_BLOCK_REQUEST, (yq_slice){h->b, YQ_DIGEST_SIZE});
}
