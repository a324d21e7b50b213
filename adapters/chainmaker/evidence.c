#include "adapters/chainmaker/evidence.h"

#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#define PRECOMMIT 1u
#define VOTE_MAX  (YQ_CMA_NODE_MAX + YQ_CMA_INVALID_MAX + 96u)

size_t yq_cma_set_find(const yq_cma_set *set, yq_slice id)
{
    size_t i = 0;
    while (i < set->n && !yq_slice_equal(yq_slice_of(set->node[i].id, set->node[i].id_n), id)) {
        i++;
    }
    return i;
}

size_t yq_cma_quorum(size_t n)
{
    return 2 * n / 3 + 1;
}

/* What a node signs when it votes for a block: a precommit of this height and hash, whatever the
 * vote says of itself, without its endorsement. */
static yq_slice signed_bytes(
    const yq_cma_vote *vote, uint64_t height, yq_slice hash, uint8_t room[VOTE_MAX])
{
    yq_writer w = yq_writer_of(room, VOTE_MAX);
    yq_pb_put_varint(&w, 1, PRECOMMIT);
    yq_pb_put_bytes(&w, 2, vote->voter);
    if (height != 0) {
        yq_pb_put_varint(&w, 3, height);
    }
    if (vote->round != 0) {
        yq_pb_put_varint(&w, 4, vote->round);
    }
    yq_pb_put_bytes(&w, 5, hash);
    yq_put(&w, vote->invalid);
    return yq_writer_slice(&w);
}

/* Whether the light client can count a vote with those that are there. */
static int is_wanted(const yq_cma_vote *vote, const yq_cma_votes *votes)
{
    return vote->invalid.n <= YQ_CMA_INVALID_MAX && vote->round <= INT32_MAX &&
           (votes->n == 0 || vote->round == votes->round);
}

void yq_cma_votes_add(
    const yq_cma_set *set,
    uint64_t height,
    const yq_digest *hash,
    yq_slice vote_set,
    yq_cma_votes *out)
{
    const yq_slice md = yq_slice_of(hash->b, sizeof hash->b);
    yq_cur at = yq_cur_of(vote_set);
    yq_cma_vote vote;
    while (yq_cma_vote_next(&at, &vote)) {
        uint8_t room[VOTE_MAX], rs[64];
        size_t i = yq_cma_set_find(set, vote.voter);
        if (i == set->n || out->of[i].is_there || !is_wanted(&vote, out) ||
            !yq_cma_signer_check(
                &set->node[i].signer, signed_bytes(&vote, height, md, room), vote.signature, rs)) {
            continue;
        }
        out->round = vote.round;
        out->of[i].is_there = 1;
        out->of[i].invalid = vote.invalid;
        memcpy(out->of[i].rs, rs, sizeof rs);
        out->n++;
    }
}

yq_status yq_cma_header_hash(uint32_t alg, yq_slice header, yq_buf room, yq_digest *hash)
{
    yq_writer w = yq_writer_of(room.p, room.cap);
    yq_cma_header_put(header, &w);
    if (w.status == YQ_OK) {
        yq_hash_one(alg, yq_writer_slice(&w), hash->b);
    }
    return w.status;
}

/* Writes a blob32 of what put gives. */
static void put_header(yq_slice header, yq_writer *w)
{
    size_t at = w->n;
    yq_put_u32(w, 0);
    yq_cma_header_put(header, w);
    if (w->status == YQ_OK) {
        yq_writer size = yq_writer_of(w->p + at, 4);
        yq_put_u32(&size, (uint32_t)(w->n - at - 4));
    }
}

void yq_cma_update_put(yq_slice header, const yq_cma_votes *votes, yq_slice config, yq_writer *w)
{
    yq_put_u8(w, YQ_CMA_LAYOUT);
    put_header(header, w);
    yq_put_u32(w, votes->round);
    yq_put_u16(w, (uint16_t)votes->n);
    for (size_t i = 0; i < YQ_CMA_NODES_MAX; i++) {
        if (votes->of[i].is_there) {
            yq_put_u16(w, (uint16_t)i);
            yq_put_blob16(w, votes->of[i].invalid);
            yq_put_bytes(w, votes->of[i].rs, sizeof votes->of[i].rs);
        }
    }
    yq_put_blob32(w, config);
}

void yq_cma_anchor_put(
    uint8_t alg,
    const yq_digest *hash,
    const yq_cma_header *header,
    const yq_cma_set *set,
    yq_writer *w)
{
    yq_put_u8(w, YQ_CMA_LAYOUT);
    yq_put_u8(w, alg);
    yq_put_str8(w, header->chain_id);
    yq_put_bytes(w, hash->b, sizeof hash->b);
    put_header(header->raw, w);
    yq_put_u16(w, (uint16_t)set->n);
    for (size_t i = 0; i < set->n; i++) {
        const yq_cma_node *node = &set->node[i];
        yq_put_str8(w, yq_slice_of(node->id, node->id_n));
        yq_put_u8(w, node->signer.scheme);
        yq_put_bytes(w, node->signer.key, sizeof node->signer.key);
    }
}
