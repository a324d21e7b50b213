#include "conformance/chains/chainmaker/cmmock.h"
#include "conformance/chains/common/cert.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#define PRECOMMIT 1u

size_t yq_cmm_voter_at(uint32_t set, size_t i)
{
    size_t node = 0;
    for (; node < YQ_CMM_NODES; node++) {
        if ((set >> node & 1u) != 0 && i-- == 0) {
            break;
        }
    }
    return node;
}

static size_t count(uint32_t set)
{
    size_t n = 0;
    while (yq_cmm_voter_at(set, n) < YQ_CMM_NODES) {
        n++;
    }
    YQ_ASSERT(n > 0);
    return n;
}

static void put_plain(const yq_cmm_block *b, const char *id, yq_writer *w)
{
    yq_pb_put_varint(w, 1, PRECOMMIT);
    yq_pb_put_bytes(w, 2, yq_slice_text(id));
    yq_pb_put_varint(w, 3, b->height);
    yq_pb_put_bytes(w, 5, YQ_SLICE_OF(b->hash.b));
}

/* An entry of the map: node id, Vote with its endorsement. signer: whose key signs. */
static void put_vote(
    const yq_cmm_chain *chain,
    const yq_cmm_block *b,
    size_t node,
    const yq_cmm_member *signer,
    yq_writer *w)
{
    uint8_t room[256], signature[80];
    yq_writer plain = yq_writer_of(room, sizeof room);
    const char *id = chain->node_id[node];
    put_plain(b, id, &plain);
    YQ_ASSERT(plain.status == YQ_OK);
    size_t n = yq_mock_cert_sign(signer->key, yq_writer_slice(&plain), signature);
    size_t entry = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(id));
    size_t vote = yq_pb_begin(w);
    put_plain(b, id, w);
    size_t endorsement = yq_pb_begin(w);
    const yq_cmm_member *shown = &chain->node[node];
    yq_pb_put_bytes(w, 1, yq_slice_of(shown->member, shown->member_n));
    yq_pb_put_bytes(w, 2, yq_slice_of(signature, n));
    yq_pb_end(w, endorsement, 6);
    yq_pb_end(w, vote, 2);
    yq_pb_end(w, entry, 6);
}

/* How many votes are shown: all, or a quorum that is spoilt. */
static size_t shown_of(const yq_cmm_block *b, size_t n)
{
    size_t quorum = 2 * n / 3 + 1;
    switch (b->mode) {
    case YQ_MOCK_ONE_SIGNATURE_SHORT:
        return quorum - 1;
    case YQ_MOCK_FORGED_SIGNATURE:
    case YQ_MOCK_REPEATED_SIGNER:
        return quorum;
    case YQ_MOCK_HONEST:
    case YQ_MOCK_FOREIGN_EMITTER:
    case YQ_MOCK_ALTERED_RECEIPT:
    case YQ_MOCK_FORK:
    case YQ_MOCK_MODE_N:
    default:
        return n;
    }
}

/* Beginning with another node at every height, and at every turn. */
void yq_cmm_votes_put(const yq_cmm_chain *chain, const yq_cmm_block *b, size_t turn, yq_writer *w)
{
    size_t n = count(b->set), shown = shown_of(b, n);
    yq_pb_put_varint(w, 1, PRECOMMIT);
    yq_pb_put_varint(w, 2, b->height);
    yq_pb_put_varint(w, 4, shown);
    yq_pb_put_bytes(w, 5, YQ_SLICE_OF(b->hash.b));
    for (size_t i = 0; i < shown; i++) {
        size_t place = b->mode == YQ_MOCK_REPEATED_SIGNER && i + 1 == shown ? 0 : i;
        size_t node = yq_cmm_voter_at(b->set, (b->height + turn + place) % n);
        int is_forged = b->mode == YQ_MOCK_FORGED_SIGNATURE && i + 1 == shown;
        put_vote(chain, b, node, is_forged ? &chain->stranger : &chain->node[node], w);
    }
}
