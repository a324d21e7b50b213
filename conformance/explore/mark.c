#include "conformance/core/draw.h"
#include "conformance/explore/internal.h"
#include "relay/bft/internal.h"

/* Reads the core's own memory: what makes two states different is everything in it but times,
 * the signers of certificates and counters. */

static void add(uint64_t *mark, uint64_t word)
{
    mark[0] = sim_mix(mark[0] ^ word) + UINT64_C(0x9e3779b97f4a7c15);
    mark[1] = sim_mix(mark[1] + word * UINT64_C(0xd6e8feb86659fd93)) ^ mark[0] >> 7;
}

static void add_digest(uint64_t *mark, const yq_digest *d)
{
    for (unsigned i = 0; i < YQ_DIGEST_SIZE; i += 8) {
        uint64_t word;
        memcpy(&word, d->b + i, sizeof word);
        add(mark, word);
    }
}

static void add_block(uint64_t *mark, const block *k)
{
    add(mark, k->held);
    if (!k->held) {
        return;
    }
    add_digest(mark, &k->h);
    add(mark, (uint64_t)k->from_leader << 8 | k->parent_type);
    add(mark, (uint64_t)k->early << 1 | k->late);
    add(mark, (uint64_t)k->exec << 8 | (uint64_t)k->check);
    if (k->exec == EXEC_DONE) {
        add_digest(mark, &k->result.result_root);
    }
}

static void add_slot(uint64_t *mark, const slot *s)
{
    add(mark, s->view);
    add(mark,
        (uint64_t)s->voted_n << 4 | (uint64_t)s->voted_x << 3 | (uint64_t)s->voted_f << 2 |
            (uint64_t)s->proposed << 1);
    if (s->voted_n) {
        add_digest(mark, &s->nota);
    }
    if (s->voted_f) {
        add_digest(mark, &s->fin.h);
        add_digest(mark, &s->fin.result_root);
    }
    add(mark, s->has_n);
    if (s->has_n) {
        add_digest(mark, &s->n.h);
    }
    add(mark, s->has_x);
    add_block(mark, &s->block);
}

void mark_core(const explore *x, const quick_node *n, uint64_t *mark)
{
    const yq_bft *b = n->core;
    add(mark, b->view);
    add(mark, b->fin_view);
    add(mark, b->fin.type);
    if (b->fin.type != 0) {
        add_digest(mark, &b->fin.info.h);
    }
    add_digest(mark, &b->tip.h);
    add(mark,
        (uint64_t)b->halted << 3 | (uint64_t)b->armed << 2 | (uint64_t)b->committing << 1 |
            (uint64_t)b->fetching);
    if (b->fetching) {
        add_digest(mark, &b->fetch_h);
    }
    add(mark, b->resign_view);
    add(mark, b->proposal_view);
    add(mark, (uint64_t)b->payload_ready << 1 | (b->payload_token != 0));
    add(mark, b->mutant_k);
    /* What is stored needs nothing of its views, and nothing there is signed again. */
    int stored = b->fin.type == 0 || memcmp(b->fin.info.h.b, b->tip.h.b, YQ_DIGEST_SIZE) == 0;
    for (uint64_t v = stored ? b->fin_view + 1 : 1; v <= x->last + 1; v++) {
        const slot *s = &b->slots[v & (b->cfg.view_n - 1)];
        if (s->view == v) {
            add_slot(mark, s);
        } else {
            add(mark, 0);
        }
    }
}

unsigned wanted_block(const explore *x, const quick_node *n)
{
    const yq_bft *b = n->core;
    unsigned want = b->fetching ? block_find(x, &b->fetch_h) : NO_BLOCK;
    for (uint32_t i = 0; want != NO_BLOCK && i < b->cfg.view_n; i++) {
        const slot *s = &b->slots[i];
        if (s->view != 0 && s->block.held &&
            memcmp(s->block.h.b, b->fetch_h.b, YQ_DIGEST_SIZE) == 0) {
            return NO_BLOCK;
        }
    }
    return want;
}

void drop_scratch(quick_node *n)
{
    yq_bft *b = n->core;
    memset(&b->scratch, 0, sizeof b->scratch);
    memset(&b->draft, 0, sizeof b->draft);
    memset(&b->scratch_cert, 0, sizeof b->scratch_cert);
    memset(b->out_bytes, 0, YQ_BFT_OUT_SIZE);
    b->out = NULL;
}
