#include "light-clients/chainmaker/chainmaker.h"
#include "relay/codec/protobuf.h"

#define VOTE_MAX  (YQ_CMAKER_NODE_MAX + YQ_CMAKER_INVALID_MAX + 96u)
#define PRECOMMIT 1u

/* Field 7 as the chain writes it: texts that are not empty, one behind the other. */
static int invalid_txs_are_good(yq_slice in)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f = {.number = 7};
    while (yq_pb_next_canonical(&c, &f, YQ_PB_BIT(7), 0)) {
        if (f.number != 7 || f.type != YQ_PB_BYTES) {
            return 0;
        }
    }
    return yq_cur_done(&c, NULL) == YQ_OK;
}

/* Vote {1 type, 2 voter, 3 height, 4 round, 5 hash, 7 invalidTxs}, without its endorsement: what a
 * node signs. */
static yq_slice vote_bytes(
    const yq_cmaker_node *node,
    const yq_cmaker_header *header,
    uint32_t round,
    yq_slice invalid,
    uint8_t *room)
{
    yq_writer w = yq_writer_of(room, VOTE_MAX);
    yq_pb_put_varint(&w, 1, PRECOMMIT);
    yq_pb_put_bytes(&w, 2, node->id);
    if (header->height != 0) {
        yq_pb_put_varint(&w, 3, header->height);
    }
    if (round != 0) {
        yq_pb_put_varint(&w, 4, round);
    }
    yq_pb_put_bytes(&w, 5, YQ_SLICE_OF(header->hash.b));
    yq_put(&w, invalid);
    return yq_writer_slice(&w);
}

/* The signature's message after the node's scheme. digest: room for one. */
static yq_signature check_of(
    const yq_cmaker_call *call,
    const yq_cmaker_node *node,
    yq_slice vote,
    yq_slice signature,
    yq_digest *digest)
{
    static const uint16_t alg[] = {
        0, YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SM2_DIGEST, YQ_SIG_SECP256K1_DIGEST};
    yq_signature out = {.alg = alg[node->scheme], .key = node->key, .msg = vote, .sig = signature};
    if (node->scheme != YQ_CMAKER_SM2_SM3) {
        call->host->hash(call->host->self, YQ_HASH_SHA256, &vote, 1, digest->b);
        out.msg = YQ_SLICE_OF(digest->b);
    }
    return out;
}

/* Sorts votes by node, so that the verdict does not depend on their order. Out: slot[i] is 1 + the
 * number of node i's vote. */
static yq_status by_node(
    const yq_cmaker_call *call,
    const yq_cmaker_set *set,
    const yq_cmaker_votes *votes,
    uint16_t *slot)
{
    if (votes->n == 0) {
        return yq_cmaker_fail(call, YQ_E_SIGNATURES_MISSING, "votes");
    }
    for (size_t i = 0; i < votes->n; i++) {
        if (votes->node[i] >= set->n) {
            return yq_cmaker_fail(call, YQ_E_SIGNER_UNKNOWN, "index outside the nodes");
        }
        if (set->node[votes->node[i]].scheme == YQ_CMAKER_UNBOUND) {
            return yq_cmaker_fail(call, YQ_E_SIGNER_UNKNOWN, "a node whose key is not bound");
        }
        if (slot[votes->node[i]] != 0) {
            return yq_cmaker_fail(call, YQ_E_DUP_SIGNER, "vote");
        }
        if (!invalid_txs_are_good(votes->invalid[i])) {
            return yq_cmaker_fail(call, YQ_E_NONCANONICAL, "invalidTxs");
        }
        slot[votes->node[i]] = (uint16_t)(i + 1);
    }
    return votes->n >= yq_cmaker_quorum(set->n) ? YQ_OK
                                                : yq_cmaker_fail(call, YQ_E_QUORUM, "votes");
}

yq_status yq_cmaker_votes_check(
    const yq_cmaker_call *call,
    const yq_cmaker_set *set,
    const yq_cmaker_header *header,
    const yq_cmaker_votes *votes)
{
    const yq_verifier_host *host = call->host;
    uint16_t slot[YQ_CMAKER_NODES_MAX] = {0};
    size_t n = 0;
    yq_status status = by_node(call, set, votes, slot);
    if (status != YQ_OK) {
        return status;
    }
    yq_signature *sig = host->scratch(host->self, set->n * sizeof *sig);
    yq_status *valid = host->scratch(host->self, set->n * sizeof *valid);
    yq_digest *digest = host->scratch(host->self, set->n * sizeof *digest);
    uint8_t *room = host->scratch(host->self, set->n * VOTE_MAX);
    if (sig == NULL || valid == NULL || digest == NULL || room == NULL) {
        return yq_cmaker_fail(call, YQ_E_LIMIT, "votes");
    }
    for (size_t i = 0; i < set->n; i++) {
        if (slot[i] == 0) {
            continue;
        }
        size_t at = slot[i] - 1u;
        yq_slice vote = vote_bytes(
            &set->node[i], header, votes->round, votes->invalid[at], room + n * VOTE_MAX);
        sig[n] = check_of(call, &set->node[i], vote, votes->signature[at], &digest[n]);
        n++;
    }
    status = host->check_signatures(host->self, sig, n, valid);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : yq_cmaker_fail(call, status, "vote");
}
