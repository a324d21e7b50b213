/* What must hold after every step, whoever is Byzantine. Votes are counted as they leave an honest
 * node, as if every Byzantine validator had signed everything. */
#include "conformance/sim/sim.h"
#include "relay/base/assert.h"

#include <string.h>

static unsigned bits(uint32_t map)
{
    unsigned n = 0;
    for (; map != 0; map &= map - 1) {
        n++;
    }
    return n;
}

static sim_tally *tally_of(sim *s, uint64_t epoch, uint64_t view)
{
    uint64_t i = sim_mix(epoch << 32 ^ view);
    for (unsigned tries = 0;; tries++, i++) {
        YQ_ASSERT(tries < SIM_TALLIES_MAX);
        sim_tally *t = &s->tally[i & (SIM_TALLIES_MAX - 1)];
        if (t->view == 0) {
            t->epoch = epoch;
            t->view = view;
        }
        if (t->epoch == epoch && t->view == view) {
            return t;
        }
    }
}

static int is_quorum(const sim *s, uint64_t epoch, uint32_t mask)
{
    const yq_valset *set = &s->set[epoch];
    unsigned evil = 0;
    for (unsigned i = 0; i < set->n; i++) {
        evil += s->evil_mask >> s->who_of[epoch][i] & 1;
    }
    return bits(mask) + evil >= yq_quorum(set->n);
}

/* F of block b: one at each height, on one chain, with one result. */
static void final_now(sim *s, const yq_final_info *info)
{
    uint32_t idx = sim_block_find(s, &info->h);
    if (idx == SIM_NONE || info->height >= SIM_HEIGHTS_MAX || !sim_block_settle(s, idx)) {
        sim_fail(s, SIM_VIOLATION, "F of a block that nobody can follow");
        return;
    }
    const sim_block *b = &s->block[idx];
    if (b->header.height != info->height ||
        memcmp(&b->result.result_root, &info->result_root, YQ_DIGEST_SIZE) != 0) {
        sim_fail(s, SIM_VIOLATION, "F with a wrong height or result");
        return;
    }
    for (uint32_t at = idx; s->block[at].header.height > 0; at = s->block[at].parent) {
        uint64_t h = s->block[at].header.height;
        if (s->final_block[h] != 0) {
            if (s->final_block[h] != at + 1) {
                sim_fail(s, SIM_VIOLATION, "two final blocks at height %u", (unsigned)h);
            }
            break;
        }
        if (s->block[at].repeats) {
            sim_fail(s, SIM_VIOLATION, "an envelope is final twice");
        }
        s->final_block[h] = at + 1;
    }
    yq_final_info *known = &s->final_info[info->height];
    if (known->height != 0 &&
        (memcmp(&known->result_root, &info->result_root, YQ_DIGEST_SIZE) != 0 ||
         memcmp(&known->next_valset_hash, &info->next_valset_hash, YQ_DIGEST_SIZE) != 0 ||
         memcmp(&known->export_root, &info->export_root, YQ_DIGEST_SIZE) != 0 ||
         known->time_ms != info->time_ms)) {
        sim_fail(s, SIM_VIOLATION, "two F of one height differ");
    }
    *known = *info;
}

static void count_notarize(sim *s, sim_tally *t, const yq_vote *v, unsigned who)
{
    unsigned at = 0, quorums = 0;
    while (at < t->n_count && memcmp(&t->n[at], &v->h, YQ_DIGEST_SIZE) != 0) {
        at++;
    }
    if (at == 4) {
        return;
    }
    if (at == t->n_count) {
        t->n[t->n_count++] = v->h;
    }
    t->n_mask[at] |= UINT32_C(1) << who;
    for (unsigned i = 0; i < t->n_count; i++) {
        quorums += is_quorum(s, t->epoch, t->n_mask[i]) ? 1u : 0u;
        if (i != at && (t->n_mask[i] >> who & 1) != 0) {
            sim_fail(s, SIM_VIOLATION, "identity %u notarizes two blocks of one view", who);
        }
    }
    if (quorums > 1) {
        sim_fail(s, SIM_VIOLATION, "two N of one view");
    }
}

static void count_finalize(sim *s, sim_tally *t, const yq_vote *v, unsigned who)
{
    unsigned at = 0;
    while (at < t->f_count && memcmp(&t->info[at], &v->info, sizeof v->info) != 0) {
        at++;
    }
    if (at == 4) {
        return;
    }
    if (at == t->f_count) {
        t->info[t->f_count++] = v->info;
    }
    t->f_mask[at] |= UINT32_C(1) << who;
    for (unsigned i = 0; i < t->f_count; i++) {
        if (i != at && (t->f_mask[i] >> who & 1) != 0) {
            sim_fail(s, SIM_VIOLATION, "identity %u finalizes twice in one view", who);
        }
    }
    if (is_quorum(s, t->epoch, t->f_mask[at])) {
        t->has_f = 1;
        final_now(s, &v->info);
    }
}

static void check_vote(sim *s, const sim_actor *a, const yq_vote *v)
{
    if (v->epoch == 0 || v->epoch >= SIM_EPOCHS_MAX || v->view == 0 ||
        v->signer != s->idx_of[v->epoch][a->who]) {
        sim_fail(s, SIM_VIOLATION, "actor %u sends a vote that is not its own", a->id);
        return;
    }
    sim_tally *t = tally_of(s, v->epoch, v->view);
    if (v->type == YQ_SIGNED_NOTARIZE) {
        count_notarize(s, t, v, a->who);
    } else if (v->type == YQ_SIGNED_NULLIFY) {
        t->x_mask |= UINT32_C(1) << a->who;
    } else {
        count_finalize(s, t, v, a->who);
    }
    for (unsigned i = 0; i < t->f_count; i++) {
        if ((t->f_mask[i] & t->x_mask) != 0) {
            sim_fail(
                s,
                SIM_VIOLATION,
                "an honest node finalizes and nullifies view %u",
                (unsigned)t->view);
        }
    }
    if (t->has_f && is_quorum(s, t->epoch, t->x_mask)) {
        sim_fail(s, SIM_VIOLATION, "F and X of view %u", (unsigned)t->view);
    }
}

static void check_proposal(sim *s, const sim_actor *a, const yq_header *header)
{
    yq_digest h;
    yq_header_hash(s->cfg.hash_alg, header, &h);
    sim_tally *t = tally_of(s, header->epoch, header->view);
    if ((t->proposed_mask >> a->who & 1) != 0 &&
        memcmp(&t->proposed[a->who], &h, YQ_DIGEST_SIZE) != 0) {
        sim_fail(s, SIM_VIOLATION, "actor %u proposes twice in one view", a->id);
    }
    t->proposed_mask |= UINT32_C(1) << a->who;
    t->proposed[a->who] = h;
}

void sim_check_restart(sim *s, sim_actor *a)
{
    a->owed_n = 0;
    a->owed_until = s->now + 200;
    a->owed_epoch = a->epoch;
    for (size_t i = 0; i < a->log.n && !a->byzantine; i++) {
        const sim_record *r = &a->log.item[i];
        uint8_t type = r->p[0] == YQ_BFT_REC_NOTARIZED   ? YQ_SIGNED_NOTARIZE
                       : r->p[0] == YQ_BFT_REC_NULLIFIED ? YQ_SIGNED_NULLIFY
                       : r->p[0] == YQ_BFT_REC_FINALIZED ? YQ_SIGNED_FINALIZE
                                                         : 0;
        if (type != 0 && r->epoch == a->epoch && a->owed_n < SIM_OWED_MAX) {
            a->owed[a->owed_n].type = type;
            a->owed[a->owed_n++].view = r->view;
        }
    }
}

static void pay(sim_actor *a, const yq_vote *v)
{
    for (unsigned i = 0; i < a->owed_n; i++) {
        if (a->owed[i].type == v->type && a->owed[i].view == v->view && v->epoch == a->epoch) {
            a->owed[i] = a->owed[--a->owed_n];
            return;
        }
    }
}

static void check_owed(sim *s, sim_actor *a, const yq_bft_view *now)
{
    if (a->owed_n == 0 || s->now < a->owed_until || now->halted || now->own == YQ_BFT_NOBODY) {
        return;
    }
    for (unsigned i = 0; i < a->owed_n; i++) {
        if (now->epoch == a->owed_epoch && a->owed[i].view > now->fin_view) {
            sim_fail(
                s,
                SIM_VIOLATION,
                "actor %u keeps its vote of view %llu to itself after a restart",
                a->id,
                (unsigned long long)a->owed[i].view);
        }
    }
    a->owed_n = 0;
}

void sim_check_sent(sim *s, sim_actor *a, yq_slice bytes)
{
    if (a->byzantine) {
        return;
    }
    yq_slice body = {bytes.p + 1, bytes.n - 1};
    if (bytes.p[0] == YQ_BFT_MSG_VOTE) {
        yq_vote v;
        memset(&v, 0, sizeof v);
        if (yq_vote_decode(body, &v, NULL) != YQ_OK) {
            sim_fail(s, SIM_VIOLATION, "actor %u sends a vote that cannot be read", a->id);
            return;
        }
        check_vote(s, a, &v);
        pay(a, &v);
    } else if (bytes.p[0] == YQ_BFT_MSG_PROPOSAL) {
        yq_header header;
        yq_cur c = yq_cur_of(body);
        yq_header_get(&c, &header);
        check_proposal(s, a, &header);
    }
}

void sim_check_step(sim *s, sim_actor *a)
{
    yq_bft_view now;
    s->core->look(a->core, &now);
    s->result.checked_states++;
    if (!a->byzantine) {
        int same = now.epoch == a->seen.epoch;
        if (now.epoch < a->seen.epoch || now.height < a->seen.height || now.height > a->height ||
            (same && (now.view < a->seen.view || now.fin_view < a->seen.fin_view))) {
            sim_fail(s, SIM_VIOLATION, "actor %u goes back", a->id);
        }
        check_owed(s, a, &now);
        if (now.halted && s->block[a->chain[a->height]].result.version <= a->version) {
            sim_fail(s, SIM_VIOLATION, "actor %u halts", a->id);
        }
    }
    a->seen = now;
}

void sim_check_commit(sim *s, const sim_actor *a, uint32_t block)
{
    const sim_block *b = &s->block[block];
    if (a->byzantine) {
        return;
    }
    if (b->header.ver != s->block[b->parent].result.version || b->header.ver > a->version) {
        sim_fail(s, SIM_VIOLATION, "actor %u commits a block of another version", a->id);
    }
    if (s->final_block[b->header.height] != block + 1) {
        sim_fail(s, SIM_VIOLATION, "actor %u commits what is not final", a->id);
    }
    if (b->header.height > s->final_height) {
        s->final_height = b->header.height;
        s->result.finalizations++;
        if (s->now > s->heal_ms && s->first_final_ms == 0) {
            s->first_final_ms = s->now - s->heal_ms;
        }
    }
}
