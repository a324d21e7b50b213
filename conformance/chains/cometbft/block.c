#include "conformance/chains/cometbft/cmock.h"
#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/merkle.h"

#define FIELDS       14u
#define ABSENT_TIME  ((uint64_t)INT64_C(-62135596800)) /* year 1, as the nodes write it */
#define BLOCK_FORMAT 11u

yq_cmock_set yq_cmock_set_of(size_t first, size_t n)
{
    yq_cmock_set set = {.n = n};
    for (size_t i = 0; i < n; i++) {
        set.who[i] = (first + i) % YQ_CMOCK_KEYS;
        set.power[i] = YQ_CMOCK_POWER + n - i;
    }
    return set;
}

yq_digest yq_cmock_merkle(const yq_slice *leaf, size_t n)
{
    static yq_digest hashed[YQ_CMOCK_BLOCK_TXS];
    yq_digest root = {{0}};
    YQ_ASSERT(n <= YQ_ARRAY_N(hashed));
    if (n == 0) {
        yq_hash_one(YQ_HASH_SHA256, (yq_slice){0}, root.b);
        return root;
    }
    for (size_t i = 0; i < n; i++) {
        yq_merkle_leaf(YQ_HASH_SHA256, &leaf[i], 1, &hashed[i]);
    }
    yq_merkle_root(YQ_HASH_SHA256, hashed, n, &root);
    return root;
}

yq_digest yq_cmock_set_hash(const yq_cmock_chain *chain, const yq_cmock_set *set)
{
    uint8_t room[YQ_CMOCK_KEYS][64];
    yq_slice leaf[YQ_CMOCK_KEYS];
    for (size_t i = 0; i < set->n; i++) {
        yq_writer w = yq_writer_of(room[i], sizeof room[i]);
        size_t key = yq_pb_begin(&w);
        yq_pb_put_bytes(&w, 1, yq_slice_of(chain->validator[set->who[i]].raw, 32));
        yq_pb_end(&w, key, 1);
        yq_pb_put_varint(&w, 2, set->power[i]);
        leaf[i] = yq_writer_slice(&w);
    }
    return yq_cmock_merkle(leaf, set->n);
}

yq_digest yq_cmock_parts_hash(const yq_digest *hash)
{
    yq_digest out = {{0}};
    const yq_slice part[] = {yq_slice_text("parts"), YQ_SLICE_OF(hash->b)};
    yq_hash(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), out.b);
    return out;
}

/* ---- headers ---- */

static void put_number(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

/* A Timestamp; ms UINT64_MAX: the zero time. */
static void put_time(yq_writer *w, uint32_t number, uint64_t ms)
{
    size_t mark = yq_pb_begin(w);
    put_number(w, 1, ms == UINT64_MAX ? ABSENT_TIME : ms / 1000);
    put_number(w, 2, ms == UINT64_MAX ? 0 : ms % 1000 * 1000000);
    yq_pb_end(w, mark, number);
}

/* A BlockID, or the same canonical; a zero hash is the one before the first block. */
static void put_block_id(yq_writer *w, uint32_t number, const yq_digest *hash)
{
    size_t mark = yq_pb_begin(w);
    if (yq_digest_is_zero(hash)) {
        yq_pb_put_bytes(w, 2, (yq_slice){0});
    } else {
        yq_digest parts = yq_cmock_parts_hash(hash);
        yq_pb_put_bytes(w, 1, YQ_SLICE_OF(hash->b));
        size_t inner = yq_pb_begin(w);
        yq_pb_put_varint(w, 1, 1);
        yq_pb_put_bytes(w, 2, YQ_SLICE_OF(parts.b));
        yq_pb_end(w, inner, 2);
    }
    yq_pb_end(w, mark, number);
}

static void put_header(const yq_cmock_chain *chain, const yq_cmock_block *b, yq_writer *w)
{
    const yq_digest nothing = yq_cmock_merkle(NULL, 0);
    const yq_digest set = yq_cmock_set_hash(chain, &b->set);
    const yq_digest next = yq_cmock_set_hash(chain, &b->next);
    yq_digest consensus = {{0}};
    yq_hash_one(YQ_HASH_SHA256, yq_slice_text("consensus parameters"), consensus.b);
    const yq_digest *const hash[] = {
        &b->last_commit, &b->data, &set, &next, &consensus, &b->app, &b->results, &nothing};
    size_t mark = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, BLOCK_FORMAT);
    yq_pb_end(w, mark, 1);
    yq_pb_put_bytes(w, 2, yq_slice_text(chain->id));
    yq_pb_put_varint(w, 3, b->height);
    put_time(w, 4, b->time_ms);
    put_block_id(w, 5, &b->last);
    for (uint32_t i = 0; i < YQ_ARRAY_N(hash); i++) {
        yq_pb_put_bytes(w, 6 + i, YQ_SLICE_OF(hash[i]->b));
    }
    yq_pb_put_bytes(w, 14, yq_slice_of(chain->validator[b->set.who[0]].address, 20));
}

/* The leaves of the header's hash: messages as they stand, values wrapped into one. */
void yq_cmock_block_hash(const yq_cmock_chain *chain, yq_cmock_block *block)
{
    uint8_t room[FIELDS][64];
    yq_slice leaf[FIELDS] = {{0}};
    yq_writer w = yq_writer_of(block->raw, sizeof block->raw);
    put_header(chain, block, &w);
    YQ_ASSERT(w.status == YQ_OK);
    block->raw_n = w.n;
    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        yq_writer value = yq_writer_of(room[f.number - 1], sizeof room[0]);
        if (f.number == 1 || f.number == 4 || f.number == 5) {
            leaf[f.number - 1] = f.bytes;
            continue;
        }
        if (f.type == YQ_PB_VARINT) {
            yq_pb_put_varint(&value, 1, f.value);
        } else {
            yq_pb_put_bytes(&value, 1, f.bytes);
        }
        leaf[f.number - 1] = yq_writer_slice(&value);
    }
    YQ_ASSERT(yq_cur_done(&c, NULL) == YQ_OK);
    block->hash = yq_cmock_merkle(leaf, FIELDS);
}

/* ---- votes ---- */

static void put_fixed64(yq_writer *w, uint8_t tag, uint64_t value)
{
    yq_put_u8(w, tag);
    for (unsigned i = 0; i < 8; i++) {
        yq_put_u8(w, (uint8_t)(value >> (8 * i)));
    }
}

static void sign_vote(
    const yq_cmock_chain *chain, const yq_cmock_block *b, yq_cmock_vote *vote, const yq_key *key)
{
    uint8_t message[320], framed[330];
    yq_writer m = yq_writer_of(message, sizeof message), f = yq_writer_of(framed, sizeof framed);
    yq_pb_put_varint(&m, 1, 2); /* precommit */
    put_fixed64(&m, 0x11, b->height);
    put_block_id(&m, 4, &b->hash); /* round 0 is left out */
    put_time(&m, 5, vote->time_ms);
    yq_pb_put_bytes(&m, 6, yq_slice_text(chain->id));
    yq_pb_put_raw_varint(&f, m.n);
    yq_put(&f, yq_writer_slice(&m));
    YQ_ASSERT(f.status == YQ_OK);
    yq_key_sign(key, yq_writer_slice(&f), vote->signature);
}

/* The votes of an honest block: one member in turn is absent when there are four and more. */
static int is_absent(const yq_cmock_block *b, size_t i)
{
    return b->set.n >= 4 && i == b->set.n - 1 - b->height % (b->set.n - 2);
}

void yq_cmock_block_sign(const yq_cmock_chain *chain, yq_cmock_block *block)
{
    size_t voted = 0, first = 0;
    for (size_t i = 0; i < block->set.n; i++) {
        yq_cmock_vote *vote = &block->vote[i];
        *vote = (yq_cmock_vote){
            .flag = is_absent(block, i) ? 1 : 2,
            .time_ms = block->time_ms + i,
            .who = block->set.who[i]};
        if (vote->flag == 1) {
            continue;
        }
        if (voted == 0) {
            first = i;
        }
        voted++;
        int is_second = voted == 2;
        const yq_key *key = chain->validator[vote->who].key;
        if (is_second && block->mode == YQ_MOCK_FORGED_SIGNATURE) {
            key = chain->stranger;
        }
        sign_vote(chain, block, vote, key);
        if (is_second && block->mode == YQ_MOCK_ONE_SIGNATURE_SHORT) {
            vote->flag = 1;
        }
        if (is_second && block->mode == YQ_MOCK_REPEATED_SIGNER) {
            *vote = block->vote[first];
        }
    }
}

yq_digest yq_cmock_commit_hash(const yq_cmock_chain *chain, const yq_cmock_block *block)
{
    uint8_t room[YQ_CMOCK_KEYS][128];
    yq_slice leaf[YQ_CMOCK_KEYS];
    for (size_t i = 0; i < block->set.n; i++) {
        const yq_cmock_vote *vote = &block->vote[i];
        yq_writer w = yq_writer_of(room[i], sizeof room[i]);
        yq_pb_put_varint(&w, 1, vote->flag);
        if (vote->flag == 1) {
            put_time(&w, 3, UINT64_MAX);
        } else {
            yq_pb_put_bytes(&w, 2, yq_slice_of(chain->validator[vote->who].address, 20));
            put_time(&w, 3, vote->time_ms);
            yq_pb_put_bytes(&w, 4, yq_slice_of(vote->signature, sizeof vote->signature));
        }
        YQ_ASSERT(w.status == YQ_OK);
        leaf[i] = yq_writer_slice(&w);
    }
    return yq_cmock_merkle(leaf, block->set.n);
}
