#include "relay/bft/core.h"

/* Records and signatures come first: a send may be lost, they may not. */
static int is_droppable(yq_bft_action_kind kind)
{
    return kind == YQ_BFT_SEND || kind == YQ_BFT_EVIDENCE;
}

yq_bft_action *emit(yq_bft *b, yq_bft_action_kind kind)
{
    size_t cap = is_droppable(kind) ? YQ_BFT_ACTIONS_MAX - ACTIONS_RESERVE : YQ_BFT_ACTIONS_MAX;
    if (b->out->n >= cap) {
        YQ_ASSERT(is_droppable(kind));
        b->unsent++;
        return NULL;
    }
    yq_bft_action *a = &b->out->item[b->out->n++];
    *a = (yq_bft_action){.kind = kind, .epoch = b->epoch};
    return a;
}

uint8_t *out_take(yq_bft *b, size_t size)
{
    if (size > YQ_BFT_OUT_SIZE - b->out_n) {
        return NULL;
    }
    uint8_t *p = b->out_bytes + b->out_n;
    b->out_n += size;
    return p;
}

void emit_record(yq_bft *b, yq_bft_record type, uint64_t view, yq_slice body, int sync)
{
    uint8_t *room = out_take(b, 17 + body.n);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, 17 + body.n);
    yq_put_u8(&w, (uint8_t)type);
    yq_put_u64(&w, b->epoch);
    yq_put_u64(&w, view);
    yq_put(&w, body);
    yq_bft_action *a = emit(b, YQ_BFT_PERSIST);
    a->seq = ++b->persist_seq;
    a->view = view;
    a->bytes = yq_writer_slice(&w);
    a->sync = sync;
}

void emit_block_record(yq_bft *b, const slot *s)
{
    if (YQ_MUTANT(2)) {
        return;
    }
    const block *k = &s->block;
    size_t size = 17 + YQ_HEADER_SIZE + (size_t)YQ_DIGEST_SIZE * k->header.n_env;
    uint8_t *room = out_take(b, size);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, size);
    yq_put_u8(&w, YQ_BFT_REC_BLOCK);
    yq_put_u64(&w, b->epoch);
    yq_put_u64(&w, s->view);
    yq_header_put(&w, &k->header);
    yq_put_bytes(&w, k->digests, (size_t)YQ_DIGEST_SIZE * k->header.n_env);
    yq_bft_action *a = emit(b, YQ_BFT_PERSIST);
    a->seq = ++b->persist_seq;
    a->view = s->view;
    a->bytes = yq_writer_slice(&w);
    a->has_block = 1;
    a->h = k->h;
    a->header = &k->header;
    a->digests = k->digests;
}

void emit_cert_record(yq_bft *b, const yq_cert *cert)
{
    if (YQ_MUTANT(3)) {
        return;
    }
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, cert);
    emit_record(
        b, YQ_BFT_REC_CERT, cert->view, yq_writer_slice(&w), cert->type == YQ_SIGNED_FINALIZE);
}

void send_bytes(yq_bft *b, uint32_t to, yq_bft_message kind, yq_slice body)
{
    if (b->out_n + OUT_RESERVE > YQ_BFT_OUT_SIZE || to == b->own) {
        b->unsent += to != b->own;
        return;
    }
    uint8_t *room = out_take(b, 1 + body.n);
    yq_bft_action *a = room == NULL ? NULL : emit(b, YQ_BFT_SEND);
    if (a == NULL) {
        return;
    }
    yq_writer w = yq_writer_of(room, 1 + body.n);
    yq_put_u8(&w, (uint8_t)kind);
    yq_put(&w, body);
    a->to = to;
    a->bytes = yq_writer_slice(&w);
}

void send_cert(yq_bft *b, uint32_t to, const yq_cert *cert)
{
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, cert);
    send_bytes(b, to, YQ_BFT_MSG_CERT, yq_writer_slice(&w));
}

void send_vote(yq_bft *b, uint32_t to, const yq_vote *vote)
{
    uint8_t room[YQ_VOTE_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_vote_put(&w, vote);
    send_bytes(b, to, YQ_BFT_MSG_VOTE, yq_writer_slice(&w));
}

void send_block(yq_bft *b, uint32_t to, const block *k)
{
    uint8_t room[YQ_HEADER_SIZE + YQ_DIGEST_SIZE * YQ_BLOCK_ENVELOPE_N_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_header_put(&w, &k->header);
    yq_put_bytes(&w, k->digests, (size_t)YQ_DIGEST_SIZE * k->header.n_env);
    send_bytes(b, to, YQ_BFT_MSG_BLOCK, yq_writer_slice(&w));
}

void emit_evidence(yq_bft *b, yq_bft_evidence kind, const yq_vote *one, const yq_vote *two)
{
    uint8_t *room = out_take(b, (size_t)2 * YQ_VOTE_SIZE_MAX);
    yq_bft_action *a = room == NULL ? NULL : emit(b, YQ_BFT_EVIDENCE);
    if (a == NULL) {
        return;
    }
    yq_writer w = yq_writer_of(room, YQ_VOTE_SIZE_MAX);
    yq_vote_put(&w, one);
    a->bytes = yq_writer_slice(&w);
    w = yq_writer_of(room + YQ_VOTE_SIZE_MAX, YQ_VOTE_SIZE_MAX);
    yq_vote_put(&w, two);
    a->bytes2 = yq_writer_slice(&w);
    a->evidence = kind;
    a->view = one->view;
}

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
static int job_digest(yq_bft *b, const sign_job *j, yq_digest *m)
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

static void proposal_signed(yq_bft *b, const uint8_t *sig)
{
    memcpy(b->proposal + b->proposal_size, sig, 64);
    b->proposal_signed = 1;
    yq_slice bytes = {b->proposal, b->proposal_size + 64};
    send_bytes(b, YQ_BFT_ALL, YQ_BFT_MSG_PROPOSAL, bytes);
}

void on_signed(yq_bft *b, uint64_t token, const uint8_t *sig)
{
    for (unsigned i = 0; i < SIGNS_MAX; i++) {
        sign_job *j = &b->job[i];
        if (!j->used || !j->asked || j->token != token) {
            continue;
        }
        sign_job job = *j;
        j->used = 0;
        yq_digest m;
        if (!job_digest(b, &job, &m)) {
            return;
        }
        if (job.type == YQ_SIGNED_PROPOSE) {
            proposal_signed(b, sig);
            return;
        }
        slot *s = slot_find(b, job.view);
        yq_vote vote = {
            .type = job.type,
            .epoch = b->epoch,
            .view = job.view,
            .h = job.type == YQ_SIGNED_NOTARIZE ? s->nota : s->fin.h,
            .info = s->fin,
            .signer = b->own,
        };
        memcpy(vote.sig, sig, 64);
        send_vote(b, YQ_BFT_ALL, &vote);
        vote_taken(b, &vote);
        return;
    }
}
