#include "conformance/chains/evm/emock.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

#define EXTRA_CAP  4096u
#define HEADER_CAP 8192u
#define SEAL_SIZE  65u

static const uint8_t vanity[32] = "mock";

/* What marks headers of the Istanbul family: Keccak-256 of its name. */
static const uint8_t istanbul_mix[32] = {
    0x63, 0x74, 0x69, 0x63, 0x61, 0x6c, 0x20, 0x62, 0x79, 0x7a, 0x61, 0x6e, 0x74, 0x69, 0x6e, 0x65,
    0x20, 0x66, 0x61, 0x75, 0x6c, 0x74, 0x20, 0x74, 0x6f, 0x6c, 0x65, 0x72, 0x61, 0x6e, 0x63, 0x65};

/* ---- who and how -------------------------------------------------------------------------------
 */

static int has_signed_lately(
    const yq_emock_chain *chain, const yq_emock_set *set, uint64_t number, size_t key)
{
    uint64_t window = set->n / 2 + 1;
    for (uint64_t k = 1; k < window && k < number; k++) {
        if (chain->block[number - k]->signer == key) {
            return 1;
        }
    }
    return 0;
}

size_t yq_emock_next_signer(const yq_emock_chain *chain, const yq_emock_set *set, uint64_t number)
{
    size_t n = set->n, turn = (size_t)(number % n);
    if (chain->consensus != YQ_EMOCK_CLIQUE || number == 0) {
        return set->member[turn];
    }
    if (chain->mode == YQ_MOCK_REPEATED_SIGNER) {
        return chain->block[number - 1]->signer;
    }
    while (has_signed_lately(chain, set, number, set->member[turn])) {
        turn = (turn + 1) % n;
    }
    return set->member[turn];
}

uint8_t yq_emock_difficulty(const yq_emock_chain *chain, const yq_emock_block *block)
{
    int in_turn = block->set.member[block->number % block->set.n] == block->signer;
    return chain->consensus == YQ_EMOCK_CLIQUE && block->number > 0 && in_turn ? 2 : 1;
}

void yq_emock_miner(
    const yq_emock_chain *chain, const yq_emock_block *block, uint8_t miner[20], uint8_t nonce[8])
{
    const yq_emock_vote *vote = &block->vote;
    memset(miner, 0, 20);
    memset(nonce, 0, 8);
    if (chain->consensus != YQ_EMOCK_CLIQUE) {
        memcpy(miner, chain->address[block->signer], block->number > 0 ? 20 : 0);
    } else if (vote->is_cast) {
        memcpy(miner, chain->address[vote->candidate], 20);
        memset(nonce, vote->add ? 0xff : 0, 8);
    }
}

/* ---- headers -----------------------------------------------------------------------------------
 */

static void put_digest(yq_writer *w, const yq_digest *digest)
{
    yq_rlp_put_string(w, yq_slice_of(digest->b, sizeof digest->b));
}

/* Hash of the header with this extraData. */
static void header_hash(
    const yq_emock_chain *chain, const yq_emock_block *b, yq_slice extra, yq_digest *hash)
{
    static const uint8_t empty_list = 0xc0, zero[32];
    uint8_t room[HEADER_CAP], miner[20], nonce[8];
    yq_digest uncles;
    int clique = chain->consensus == YQ_EMOCK_CLIQUE;
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(&empty_list, 1), uncles.b);
    yq_emock_miner(chain, b, miner, nonce);
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t list = yq_rlp_list_begin(&w);
    put_digest(&w, &b->parent);
    put_digest(&w, &uncles);
    yq_rlp_put_string(&w, yq_slice_of(miner, sizeof miner));
    put_digest(&w, &b->state_root);
    put_digest(&w, &b->tx_root);
    put_digest(&w, &b->receipt_root);
    yq_rlp_put_string(&w, yq_slice_of(b->bloom, sizeof b->bloom));
    yq_rlp_put_uint(&w, yq_emock_difficulty(chain, b));
    yq_rlp_put_uint(&w, b->number);
    yq_rlp_put_uint(&w, YQ_EMOCK_GAS_LIMIT);
    yq_rlp_put_uint(&w, b->gas_used);
    yq_rlp_put_uint(&w, b->time);
    yq_rlp_put_string(&w, extra);
    yq_rlp_put_string(&w, yq_slice_of(clique ? zero : istanbul_mix, 32));
    yq_rlp_put_string(&w, yq_slice_of(nonce, sizeof nonce));
    if (chain->has_base_fee) {
        yq_rlp_put_uint(&w, YQ_EMOCK_BASE_FEE);
    }
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(YQ_HASH_KECCAK256, yq_writer_slice(&w), hash->b);
}

/* ---- IBFT 2.0 and QBFT -------------------------------------------------------------------------
 */

static void put_vote(const yq_emock_chain *chain, const yq_emock_vote *vote, yq_writer *w)
{
    int ibft2 = chain->consensus == YQ_EMOCK_IBFT2;
    static const uint8_t add = 0xff, drop = 0;
    if (!vote->is_cast) {
        yq_put_u8(w, ibft2 ? 0x80 : 0xc0);
        return;
    }
    size_t list = yq_rlp_list_begin(w);
    yq_rlp_put_string(w, yq_slice_of(chain->address[vote->candidate], 20));
    if (vote->add) {
        yq_rlp_put_string(w, yq_slice_of(&add, 1));
    } else {
        yq_rlp_put_string(w, yq_slice_of(&drop, ibft2 ? 1 : 0));
    }
    yq_rlp_list_end(w, list);
}

typedef enum part {
    PART_BLOCK, /* what the block's hash covers */
    PART_SEAL,  /* what the seals cover */
    PART_ALL,
} part;

/* Round 0 of blocks that were agreed on at once; every third one needed another. */
static uint32_t round_of(const yq_emock_block *b)
{
    return b->number % 3 == 2 ? 1 : 0;
}

static yq_slice put_extra(
    const yq_emock_chain *chain,
    const yq_emock_block *b,
    part upto,
    yq_slice seals,
    uint8_t room[EXTRA_CAP])
{
    int ibft2 = chain->consensus == YQ_EMOCK_IBFT2;
    yq_writer w = yq_writer_of(room, EXTRA_CAP);
    size_t list = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(vanity, sizeof vanity));
    size_t set = yq_rlp_list_begin(&w);
    for (size_t i = 0; i < b->set.n && chain->consensus != YQ_EMOCK_QBFT_CONTRACT; i++) {
        yq_rlp_put_string(&w, yq_slice_of(chain->address[b->set.member[i]], 20));
    }
    yq_rlp_list_end(&w, set);
    put_vote(chain, &b->vote, &w);
    if (ibft2 && upto != PART_BLOCK) {
        const uint8_t round[4] = {0, 0, 0, (uint8_t)round_of(b)};
        yq_rlp_put_string(&w, yq_slice_of(round, sizeof round));
    } else if (!ibft2) {
        yq_rlp_put_uint(&w, upto == PART_BLOCK ? 0 : round_of(b));
    }
    if (!ibft2 || upto == PART_ALL) {
        size_t all = yq_rlp_list_begin(&w);
        for (size_t i = 0; upto == PART_ALL && i < seals.n; i += SEAL_SIZE) {
            yq_rlp_put_string(&w, yq_slice_of(seals.p + i, SEAL_SIZE));
        }
        yq_rlp_list_end(&w, all);
    }
    yq_rlp_list_end(&w, list);
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* The seals of a quorum, beginning behind the proposer; as the block's mode says. */
static size_t make_seals(
    const yq_emock_chain *chain, const yq_emock_block *b, const yq_digest *md, uint8_t *seals)
{
    size_t quorum = yq_emock_quorum(b->set.n);
    for (size_t i = 0; i < quorum; i++) {
        size_t member = b->set.member[(b->number + i) % b->set.n];
        yq_key_sign_recoverable(chain->key[member], md->b, seals + i * SEAL_SIZE);
    }
    uint8_t *last = seals + (quorum - 1) * SEAL_SIZE;
    switch (b->mode) {
    case YQ_MOCK_FORGED_SIGNATURE:
        yq_key_sign_recoverable(chain->stranger, md->b, last);
        break;
    case YQ_MOCK_ONE_SIGNATURE_SHORT:
        quorum--;
        break;
    case YQ_MOCK_REPEATED_SIGNER:
        memcpy(last, seals, SEAL_SIZE);
        break;
    case YQ_MOCK_HONEST:
    case YQ_MOCK_FOREIGN_EMITTER:
    case YQ_MOCK_ALTERED_RECEIPT:
    case YQ_MOCK_FORK:
    case YQ_MOCK_MODE_N:
        break;
    }
    return quorum * SEAL_SIZE;
}

static void keep_extra(yq_emock_block *b, yq_slice extra)
{
    free(b->extra);
    b->extra = malloc(extra.n + 1);
    YQ_ASSERT(b->extra != NULL);
    memcpy(b->extra, extra.p, extra.n);
    b->extra_n = extra.n;
}

static void seal_bft(const yq_emock_chain *chain, yq_emock_block *b)
{
    uint8_t room[EXTRA_CAP], seals[YQ_EMOCK_KEYS * SEAL_SIZE];
    yq_digest md;
    header_hash(chain, b, put_extra(chain, b, PART_BLOCK, (yq_slice){0}, room), &b->hash);
    header_hash(chain, b, put_extra(chain, b, PART_SEAL, (yq_slice){0}, room), &md);
    size_t n = b->number == 0 ? 0 : make_seals(chain, b, &md, seals);
    yq_slice extra = put_extra(chain, b, PART_ALL, yq_slice_of(seals, n), room);
    keep_extra(b, extra);
    if (b->number == 0) {
        header_hash(chain, b, extra, &b->hash);
    }
}

/* ---- Clique ------------------------------------------------------------------------------------
 */

static void seal_clique(const yq_emock_chain *chain, yq_emock_block *b)
{
    uint8_t room[EXTRA_CAP];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_bytes(&w, vanity, sizeof vanity);
    for (size_t i = 0; i < b->set.n && b->number % YQ_EMOCK_EPOCH == 0; i++) {
        yq_put_bytes(&w, chain->address[b->set.member[i]], 20);
    }
    uint8_t seal[SEAL_SIZE] = {0};
    if (b->number > 0) {
        yq_digest md;
        int forged = b->mode == YQ_MOCK_FORGED_SIGNATURE;
        header_hash(chain, b, yq_writer_slice(&w), &md);
        yq_key_sign_recoverable(forged ? chain->stranger : chain->key[b->signer], md.b, seal);
    }
    yq_put_bytes(&w, seal, sizeof seal);
    YQ_ASSERT(w.status == YQ_OK);
    keep_extra(b, yq_writer_slice(&w));
    header_hash(chain, b, yq_writer_slice(&w), &b->hash);
}

void yq_emock_seal(const yq_emock_chain *chain, yq_emock_block *block)
{
    if (chain->consensus == YQ_EMOCK_CLIQUE) {
        seal_clique(chain, block);
    } else {
        seal_bft(chain, block);
    }
}
