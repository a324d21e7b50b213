#include "relay/bft/internal.h"

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
