#include "conformance/core/draw.h"
#include "conformance/twins/internal.h"

#include <stdio.h>

void check_fail(twins *t, twins_outcome outcome, const char *what)
{
    if (t->out->outcome == TWINS_OK) {
        t->out->outcome = outcome;
        (void)snprintf(t->out->what, sizeof t->out->what, "%s", what);
    }
}

static void note(twins *t, uint64_t word)
{
    t->out->digest = sim_mix(t->out->digest ^ word) + UINT64_C(0x9e3779b97f4a7c15);
}

static int same(const yq_digest *a, const yq_digest *b)
{
    return memcmp(a->b, b->b, YQ_DIGEST_SIZE) == 0;
}

/* Every instance, the twins as well, finalizes the same block at a height, on top of the last. */
void check_committed(void *self, quick_node *n, const yq_bft_tip *tip)
{
    twins *t = self;
    instance *me = (instance *)(void *)n;
    uint64_t height = tip->header.height;
    if (t->trace) {
        print_commit(t, me, tip);
    }
    if (height == 0 || height > HEIGHTS_MAX || height > t->height + 1) {
        check_fail(t, TWINS_VIOLATION, "a height without the one below it");
        return;
    }
    yq_bft_tip *known = &t->chain[height - 1];
    if (height == t->height + 1) {
        const yq_digest *before = height == 1 ? &t->genesis.h : &t->chain[height - 2].h;
        if (!same(before, &tip->header.parent_hash)) {
            check_fail(t, TWINS_VIOLATION, "a finalized block on another parent");
        }
        *known = *tip;
        t->height = height;
        t->out->finalizations++;
    } else if (!same(&known->h, &tip->h)) {
        check_fail(t, TWINS_VIOLATION, "two finalized blocks at a height");
    } else if (!same(&known->result.result_root, &tip->result.result_root)) {
        check_fail(t, TWINS_VIOLATION, "two results of a height");
    }
    note(t, t->now << 16 ^ height << 8 ^ (uint64_t)(me - t->instance));
    note(t, (uint64_t)tip->h.b[0] << 8 | tip->h.b[1]);
}

static void check_vote(twins *t, instance *i, const yq_vote *v)
{
    said *s = &i->said[v->view];
    if (v->type == YQ_SIGNED_NOTARIZE) {
        if (s->notarized && !same(&s->h, &v->h)) {
            check_fail(t, TWINS_VIOLATION, "two NOTARIZE of one copy in a view");
        }
        s->notarized = 1;
        s->h = v->h;
    } else if (v->type == YQ_SIGNED_NULLIFY) {
        s->nullified = 1;
    } else if (v->type == YQ_SIGNED_FINALIZE) {
        if (s->finalized &&
            (!same(&s->info.h, &v->info.h) || !same(&s->info.result_root, &v->info.result_root))) {
            check_fail(t, TWINS_VIOLATION, "two FINALIZE of one copy in a view");
        }
        s->finalized = 1;
        s->info = v->info;
    }
    if (s->nullified && s->finalized) {
        check_fail(t, TWINS_VIOLATION, "FINALIZE and NULLIFY of one copy in a view");
    }
}

void check_said(twins *t, instance *i, yq_slice bytes)
{
    yq_vote v;
    if (bytes.p[0] == YQ_BFT_MSG_VOTE &&
        yq_vote_decode((yq_slice){bytes.p + 1, bytes.n - 1}, &v, NULL) == YQ_OK && v.epoch == 1 &&
        v.view < VOTE_VIEWS && v.signer == i->index) {
        check_vote(t, i, &v);
    }
}
