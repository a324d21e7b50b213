#include "adapters/chainmaker/evidence.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Rewriting makes nothing longer but the lengths of what it rewrites. */
static void rewrite(yq_slice tx, uint8_t *room, size_t cap)
{
    yq_writer w = yq_writer_of(room, cap);
    yq_cma_tx view;
    yq_cma_event event;
    yq_cma_tx_put(tx, 2300, &w);
    YQ_ASSERT(w.status == YQ_OK);
    if (yq_cma_tx_decode(tx, &view, NULL) == YQ_OK) {
        yq_cur at = yq_cur_of(view.contract_result);
        while (yq_cma_event_next(&at, &event)) {
            YQ_ASSERT(event.topic.n <= tx.n);
        }
    }
}

static void read_block(yq_slice in, uint8_t *room, size_t cap)
{
    static yq_cma_set set = {.n = 1, .node[0] = {.id_n = 1, .id = "a", .signer.scheme = 2}};
    static yq_cma_votes votes;
    yq_cma_block block;
    yq_slice tx;
    if (yq_cma_block_decode(in, &block, NULL) != YQ_OK) {
        return;
    }
    yq_digest hash = {{0}};
    YQ_ASSERT(
        yq_cma_header_hash(YQ_HASH_SM3, block.header.raw, (yq_buf){room, cap, 0}, &hash) == YQ_OK);
    votes = (yq_cma_votes){0};
    yq_cma_votes_add(&set, block.header.height, &hash, block.votes, &votes);
    YQ_ASSERT(votes.n == 0); /* nobody has signed that hash */
    yq_cur at = yq_cur_of(block.raw);
    size_t n = 0;
    while (yq_cma_block_next(&at, &tx)) {
        rewrite(tx, room, cap);
        n++;
    }
    YQ_ASSERT(n == block.tx_n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = yq_slice_of(data, size), out;
    yq_cma_reply reply;
    yq_cma_member member;
    uint64_t height;
    uint32_t status;
    size_t cap = 2 * size + 64;
    uint8_t *room = malloc(cap);
    YQ_ASSERT(room != NULL);
    if (yq_cma_reply_decode(in, &reply, NULL) == YQ_OK) {
        YQ_ASSERT(reply.result.n <= size && reply.words.n <= size);
    }
    if (yq_cma_pushed_decode(in, &out, NULL) == YQ_OK) {
        read_block(out, room, cap);
    }
    if (yq_cma_found_decode(in, &out, &height, NULL) == YQ_OK) {
        rewrite(out, room, cap);
    }
    /* These say the same of what is no message at all. */
    YQ_ASSERT(
        (yq_cma_height_decode(in, &height, NULL) == YQ_OK) ==
        (yq_cma_contract_decode(in, &status, NULL) == YQ_OK));
    if (yq_cma_member_decode(in, &member, NULL) == YQ_OK) {
        YQ_ASSERT(member.info.n <= size && member.org.n <= size);
    }
    read_block(in, room, cap);
    rewrite(in, room, cap);
    free(room);
    return 0;
}
