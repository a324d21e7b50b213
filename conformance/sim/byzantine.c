/* What a Byzantine identity does beyond running the honest code. */
#include "conformance/sim/behaviours.h"
#include "relay/base/bytes.h"

#include <string.h>

/* To some of the others, whatever the style keeps back. */
static void send_some(sim *s, const sim_actor *a, sim_class cls, yq_slice bytes, int to_all)
{
    sim_actor plain = {.id = a->id, .who = a->who, .epoch = a->epoch};
    sim_msg *m = sim_msg_new(cls, a, bytes);
    uint64_t some = sim_draw(&s->evil);
    for (unsigned to = 0; to < s->identities; to++) {
        if (to_all || (some >> to & 1) != 0) {
            s->result.faults.byzantine++;
            sim_send(s, &plain, to, m);
        }
    }
    sim_msg_drop(m);
}

/* On the epoch's first parent, whatever is certified above it: no gap certificates, no parent's. */
static void reach_back(sim *s, const sim_actor *a, yq_block_proposal *p)
{
    uint32_t top = a->chain[a->height];
    const sim_block *at = &s->block[top];
    int ended = (at->header.flags & YQ_BLOCK_EPOCH_END) != 0 || top == 0;
    const sim_block *base = ended ? at : &s->block[at->base];
    p->header.parent_view = 0;
    p->header.parent_hash = base->h;
    p->header.height = base->header.height + 1;
    p->header.prev_result_root = base->result.result_root;
    p->header.ver = base->result.version;
    p->header.flags &= (uint8_t) ~(YQ_BLOCK_SUFFIX | YQ_BLOCK_EPOCH_END);
    p->nullif_n = 0;
}

static sim_variation variation_of(sim *s)
{
    static const sim_variation by_chance[] = {
        SIM_VARY_EPOCH_END, SIM_VARY_RESULT, SIM_VARY_FUTURE, SIM_VARY_HEIGHT, SIM_VARY_PARENT};
    if (s->behaviour != NULL && s->behaviour->variation != SIM_VARY_ANY) {
        return s->behaviour->variation;
    }
    uint32_t i = sim_below(&s->evil, 10);
    return i < YQ_ARRAY_N(by_chance) ? by_chance[i] : SIM_VARY_TIME;
}

static void drop_payload(yq_block_proposal *p)
{
    p->header.n_env = p->header.n_tx = 0;
    p->header.payload_root = (yq_digest){0};
    p->header.flags |= YQ_BLOCK_EMPTY;
}

/* A second proposal for the same view: another time, no payload, another parent. */
static void vary(sim *s, const sim_actor *a, yq_block_proposal *p)
{
    p->header.time_ms += 1;
    if (s->behaviour == NULL && p->header.n_env > 0 && sim_permille(&s->evil, 300)) {
        drop_payload(p);
    }
    switch (variation_of(s)) {
    case SIM_VARY_EMPTY:
        if (p->header.n_env > 0) {
            drop_payload(p);
        }
        break;
    case SIM_VARY_EPOCH_END:
        p->header.flags ^= YQ_BLOCK_EPOCH_END;
        break;
    case SIM_VARY_RESULT:
        p->header.prev_result_root.b[5] ^= 1;
        break;
    case SIM_VARY_FUTURE:
        p->header.time_ms += 1000000000;
        break;
    case SIM_VARY_HEIGHT:
        p->header.height += 1;
        break;
    case SIM_VARY_PARENT:
        reach_back(s, a, p);
        break;
    case SIM_VARY_ANY:
    case SIM_VARY_NONE:
    case SIM_VARY_TIME:
        break;
    }
}

static void send_proposal(sim *s, const sim_actor *a, yq_block_proposal *p, int to_all)
{
    static uint8_t room[YQ_BFT_MESSAGE_SIZE_MAX];
    yq_vote vote = {.type = YQ_SIGNED_PROPOSE, .epoch = p->header.epoch, .view = p->header.view};
    yq_digest m;
    yq_header_hash(s->cfg.hash_alg, &p->header, &vote.h);
    yq_vote_digest(s->cfg.hash_alg, &p->header.chain_id_hash, &vote, &m);
    sim_tag(s->key[a->who], &m, p->sig);
    (void)sim_block_add(s, &p->header, p->digests);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_PROPOSAL);
    yq_proposal_put(&w, p);
    send_some(s, a, SIM_PROPOSAL, yq_writer_slice(&w), to_all);
}

void sim_evil_propose(sim *s, const sim_actor *a, yq_slice proposal)
{
    static yq_block_proposal p;
    sim_style style = s->style[a->who];
    int second = (style == SIM_CHAOS || style == SIM_TWINS_CHAOS) && sim_permille(&s->evil, 600);
    second &= s->behaviour == NULL || s->behaviour->variation != SIM_VARY_NONE;
    if ((!second && style != SIM_STALE) ||
        yq_proposal_decode((yq_slice){proposal.p + 1, proposal.n - 1}, &p, NULL) != YQ_OK) {
        return;
    }
    if (second) {
        vary(s, a, &p);
    } else {
        reach_back(s, a, &p);
    }
    send_proposal(s, a, &p, !second);
}

/* Some block of about this view; SIM_NONE: there is none. */
static uint32_t block_near(sim *s, uint64_t epoch, uint64_t view)
{
    uint32_t pick = SIM_NONE, seen = 0;
    for (uint32_t i = s->block_n; i > 1 && i + 40 > s->block_n; i--) {
        const sim_block *b = &s->block[i - 1];
        if (b->header.epoch == epoch && b->header.view == view &&
            sim_below(&s->evil, ++seen) == 0) {
            pick = i - 1;
        }
    }
    return pick;
}

static void info_of(const sim *s, const sim_block *b, uint64_t view, yq_final_info *info)
{
    *info = (yq_final_info){
        .chain_id_hash = b->header.chain_id_hash,
        .epoch = b->header.epoch,
        .view = view,
        .height = b->header.height,
        .h = b->h,
        .result_root = b->result.result_root,
        .export_root = b->result.export_root,
        .time_ms = b->header.time_ms,
    };
    if ((b->header.flags & YQ_BLOCK_EPOCH_END) != 0 && b->header.epoch + 1 < SIM_EPOCHS_MAX) {
        info->next_valset_hash = s->set_hash[b->header.epoch + 1];
    }
}

static void send_vote(sim *s, const sim_actor *a, yq_vote *v, int bad_sig)
{
    yq_digest m;
    yq_vote_digest(s->cfg.hash_alg, &s->set[1].chain_id_hash, v, &m);
    sim_tag(s->key[a->who], &m, v->sig);
    if (bad_sig) {
        v->sig[7] ^= 1;
    }
    uint8_t room[1 + YQ_VOTE_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_VOTE);
    yq_vote_put(&w, v);
    send_some(s, a, SIM_VOTE_X, yq_writer_slice(&w), 0);
}

static uint8_t vote_type(sim *s, sim_act act)
{
    if (act == SIM_ACT_NOTARIZE) {
        return YQ_SIGNED_NOTARIZE;
    }
    if (act == SIM_ACT_RESULT) {
        return YQ_SIGNED_FINALIZE;
    }
    if (act == SIM_ACT_CONFLICT) {
        return sim_permille(&s->evil, 500) ? YQ_SIGNED_NULLIFY : YQ_SIGNED_FINALIZE;
    }
    return (uint8_t)sim_between(&s->evil, YQ_SIGNED_NOTARIZE, YQ_SIGNED_FINALIZE);
}

static void forge_vote(sim *s, const sim_actor *a, sim_act act)
{
    const sim_actor *look = &s->actor[sim_below(&s->evil, s->actors)];
    uint64_t epoch = look->seen.epoch, view = look->seen.view;
    uint64_t back = sim_permille(&s->evil, 600) ? 0 : sim_below(&s->evil, 5);
    if (epoch == 0 || epoch >= SIM_EPOCHS_MAX || s->idx_of[epoch][a->who] == UINT16_MAX) {
        return;
    }
    view = view > back ? view - back : 1;
    yq_vote v = {.epoch = epoch, .view = view, .signer = s->idx_of[epoch][a->who]};
    v.type = vote_type(s, act);
    if (act == SIM_ACT_FLOOD) {
        v.view += sim_below(&s->evil, 2000);
        v.type = YQ_SIGNED_NULLIFY;
    }
    uint32_t pick = block_near(s, epoch, view);
    if (v.type != YQ_SIGNED_NULLIFY) {
        if (pick == SIM_NONE) {
            return;
        }
        v.h = s->block[pick].h;
        info_of(s, &s->block[pick], view, &v.info);
        if (act == SIM_ACT_RESULT || (act == SIM_ACT_ANY && sim_permille(&s->evil, 100))) {
            v.info.result_root.b[3] ^= 1;
        }
    }
    int bad = act == SIM_ACT_BAD_SIG || (act == SIM_ACT_ANY && sim_permille(&s->evil, 50));
    send_vote(s, a, &v, bad);
}

/* All signers are named, and it alone has signed. */
static void forge_cert(sim *s, const sim_actor *a)
{
    static uint8_t room[1 + YQ_CERT_SIZE_MAX];
    const sim_actor *look = &s->actor[sim_below(&s->evil, s->actors)];
    uint64_t epoch = look->seen.epoch, view = look->seen.view;
    uint32_t pick = epoch < SIM_EPOCHS_MAX ? block_near(s, epoch, view) : SIM_NONE;
    if (epoch == 0 || pick == SIM_NONE || s->idx_of[epoch][a->who] == UINT16_MAX) {
        return;
    }
    yq_cert c = {.epoch = epoch, .view = view, .h = s->block[pick].h};
    c.type = (uint8_t)sim_between(&s->evil, YQ_SIGNED_NOTARIZE, YQ_SIGNED_FINALIZE);
    c.bitmap = (UINT32_C(1) << s->set[epoch].n) - 1;
    info_of(s, &s->block[pick], view, &c.info);
    yq_digest m;
    yq_cert_digest(s->cfg.hash_alg, &s->set[1].chain_id_hash, &c, &m);
    for (unsigned i = 0; i < s->set[epoch].n; i++) {
        sim_tag(s->key[a->who], &m, c.sig[i]);
    }
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_CERT);
    yq_cert_put(&w, &c);
    send_some(s, a, SIM_CERT_F, yq_writer_slice(&w), 0);
}

/* A claim to be far ahead. */
static void send_claim(sim *s, const sim_actor *a)
{
    const yq_bft_view *look = &s->actor[sim_below(&s->evil, s->actors)].seen;
    uint8_t room[65];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_MSG_STATUS);
    yq_put_u64(&w, look->epoch + sim_below(&s->evil, 2));
    yq_put_u64(&w, look->view + sim_below(&s->evil, 1000));
    yq_put_u64(&w, look->fin_view + sim_below(&s->evil, 1000));
    yq_put_u64(&w, look->height + sim_below(&s->evil, 1000));
    yq_put_bytes(&w, look->tip.b, YQ_DIGEST_SIZE);
    send_some(s, a, SIM_STATUS, yq_writer_slice(&w), 0);
}

static void send_noise(sim *s, const sim_actor *a, size_t n)
{
    uint8_t room[300] = {0};
    for (size_t i = 0; i < n; i++) {
        room[i] = (uint8_t)sim_draw(&s->evil);
    }
    room[0] = (uint8_t)(room[0] % 9);
    send_some(s, a, SIM_STATUS, (yq_slice){room, n}, 0);
}

/* Old messages of anybody, as they were or with a bit turned. */
static void send_old(sim *s, const sim_actor *a, const sim_msg *m, int altered)
{
    uint8_t room[4096] = {0};
    size_t n = m->size;
    memcpy(room, m->bytes, n);
    if (altered) {
        uint32_t bit = sim_below(&s->evil, 8);
        room[sim_below(&s->evil, (uint32_t)n)] ^= (uint8_t)(1u << bit);
    }
    send_some(s, a, SIM_STATUS, (yq_slice){room, n}, 0);
}

static void send_old_or_noise(sim *s, const sim_actor *a, sim_act act)
{
    size_t n = 1 + sim_below(&s->evil, 300);
    const sim_msg *m = s->kept[sim_below(&s->evil, 32)];
    int fits = m != NULL && m->size > 0 && m->size <= 4096;
    if (act == SIM_ACT_NOISE || !fits || (act == SIM_ACT_ANY && !sim_permille(&s->evil, 800))) {
        send_noise(s, a, n);
    } else if (act == SIM_ACT_ANY) {
        send_old(s, a, m, sim_permille(&s->evil, 500));
    } else {
        send_old(s, a, m, act == SIM_ACT_ALTERED);
    }
}

static void act_once(sim *s, const sim_actor *a, sim_act act)
{
    uint32_t what = act == SIM_ACT_ANY ? sim_below(&s->evil, 10) : 0;
    switch (act) {
    case SIM_ACT_ANY:
        if (what < 7) {
            forge_vote(s, a, act);
        } else if (what == 7) {
            send_claim(s, a);
        } else {
            send_old_or_noise(s, a, act);
        }
        break;
    case SIM_ACT_NOTARIZE:
    case SIM_ACT_CONFLICT:
    case SIM_ACT_RESULT:
    case SIM_ACT_BAD_SIG:
    case SIM_ACT_FLOOD:
        forge_vote(s, a, act);
        break;
    case SIM_ACT_CERT:
        forge_cert(s, a);
        break;
    case SIM_ACT_CLAIM:
        send_claim(s, a);
        break;
    case SIM_ACT_OLD:
    case SIM_ACT_ALTERED:
    case SIM_ACT_NOISE:
        send_old_or_noise(s, a, act);
        break;
    case SIM_ACT_NONE:
        break;
    }
}

void sim_evil_act(sim *s, unsigned who)
{
    if (s->now >= s->heal_ms && !s->byzantine_stays) {
        return;
    }
    const sim_actor *a = sim_actor_of(s, who);
    sim_style style = s->style[who];
    if (style == SIM_CHAOS || style == SIM_TWINS_CHAOS) {
        act_once(s, a, s->behaviour == NULL ? SIM_ACT_ANY : s->behaviour->act);
    }
    uint64_t wait =
        s->now < s->heal_ms ? sim_between(&s->evil, 5, 60) : sim_between(&s->evil, 60, 300);
    sim_push(s, (sim_event){.at = s->now + wait, .kind = SIM_EV_BYZANTINE, .actor = who});
}
