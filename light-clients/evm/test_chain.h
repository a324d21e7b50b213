#ifndef YQ_LIGHT_CLIENTS_EVM_TEST_CHAIN_H
#define YQ_LIGHT_CLIENTS_EVM_TEST_CHAIN_H

/* For tests: a chain of any of the modes that is made here, with real keys. Of the verifier only
 * the builder of tries is used to make it. */
#include "light-clients/evm/evm.h"
#include "light-clients/evm/trie.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/test_light_client.h"

#include <stdio.h>

#ifndef TEST_KEYS /* yuqiao-bench wants more */
#    define TEST_KEYS 16u
#endif
#define TEST_BYTES_MAX     (1u << 20)
#define TEST_NONE          SIZE_MAX
#define TEST_NO_DIFFICULTY UINT16_MAX

typedef struct test_account {
    yq_key *key;
    uint8_t address[20];
} test_account;

typedef struct test_chain {
    uint8_t mode;
    uint64_t epoch;
    uint16_t depth;
    uint8_t contract[20], slot[32];  /* of the array of validators there */
    test_account account[TEST_KEYS]; /* by address, ascending */
    size_t member[TEST_KEYS];        /* index of an account; ascending */
    size_t n;
    uint8_t *memory; /* of the arena of tries */
    yq_arena arena;
    test_client *client; /* lends its host */
} test_chain;

typedef struct test_block {
    uint64_t number, time;
    yq_digest parent, state_root, tx_root, receipt_root, hash;
    uint8_t raw[8192];
    size_t raw_n;
} test_block;

/* What one block is to be like; {0} is the plain one. */
typedef struct test_wish {
    size_t proposer;          /* index in the set, TEST_NONE: by number */
    const uint8_t *candidate; /* a vote */
    int add;
    const char *seals; /* one letter a member: s seals, - does not; shorter: the rest seals; 2 to
                          9: so many times; x: an outsider's in its place; h: with the high s */
    uint32_t round;
    int no_list;         /* another list of validators in the header */
    uint8_t later_forks; /* items behind the nonce */
    uint16_t difficulty; /* 0: the right one; TEST_NO_DIFFICULTY: zero */
} test_wish;

static inline yq_digest test_keccak(yq_slice in)
{
    yq_digest md = {{0}};
    yq_hash_one(YQ_HASH_KECCAK256, in, md.b);
    return md;
}

static inline yq_digest test_digest(const char *text)
{
    return test_keccak(yq_slice_text(text));
}

static inline test_chain *test_chain_new(uint8_t mode, size_t n)
{
    test_chain *c = calloc(1, sizeof *c);
    YQ_ASSERT(c != NULL);
    c->mode = mode;
    c->epoch = 30000;
    c->depth = mode == YQ_EVM_CLIQUE ? (uint16_t)(n / 2 + 2) : 0;
    if (mode == YQ_EVM_QBFT_CONTRACT) {
        memset(c->contract, 0x77, sizeof c->contract);
    }
    for (size_t i = 0; i < TEST_KEYS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "validator %zu", i);
        test_account a = {
            .key = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("evm"), name)};
        YQ_ASSERT(a.key != NULL);
        const yq_digest md = test_keccak(yq_key_public(a.key));
        memcpy(a.address, md.b + 12, 20);
        size_t at = i;
        for (; at > 0 && memcmp(c->account[at - 1].address, a.address, 20) > 0; at--) {
            c->account[at] = c->account[at - 1];
        }
        c->account[at] = a;
    }
    for (size_t i = 0; i < n; i++) {
        c->member[i] = 2 * i; /* others stand between them */
    }
    c->n = n;
    c->memory = malloc(8u << 20);
    YQ_ASSERT(c->memory != NULL);
    c->arena = yq_arena_of(c->memory, 8u << 20);
    c->client = test_client_new(yq_verifier_evm());
    return c;
}

static inline void test_chain_free(test_chain *c)
{
    for (size_t i = 0; i < TEST_KEYS; i++) {
        yq_key_free(c->account[i].key);
    }
    test_client_free(c->client);
    free(c->memory);
    free(c);
}

static inline void test_member_add(test_chain *c, size_t account)
{
    size_t at = c->n++;
    for (; at > 0 && c->member[at - 1] > account; at--) {
        c->member[at] = c->member[at - 1];
    }
    c->member[at] = account;
}

static inline void test_member_remove(test_chain *c, size_t account)
{
    for (size_t i = 0, k = 0, n = c->n; i < n; i++) {
        if (c->member[i] == account) {
            c->n--;
        } else {
            c->member[k++] = c->member[i];
        }
    }
}

/* ---- headers ---- */

typedef struct test_fields {
    const test_block *block;
    const uint8_t *miner;
    uint16_t difficulty;
    uint8_t nonce, later_forks;
    int istanbul;
} test_fields;

static inline size_t test_header_rlp(const test_fields *f, yq_slice extra, uint8_t *out, size_t cap)
{
    static const uint8_t zero[256];
    const yq_digest no_uncles = test_keccak(yq_slice_of("\xc0", 1));
    uint8_t nonce[8], mix[32] = {0};
    const char *text = "ctical byzantine fault tolerance";
    memset(nonce, f->nonce, sizeof nonce);
    if (f->istanbul) {
        memcpy(mix, text, sizeof mix);
    }
    yq_writer w = yq_writer_of(out, cap);
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, YQ_SLICE_OF(f->block->parent.b));
    yq_rlp_put_string(&w, YQ_SLICE_OF(no_uncles.b));
    yq_rlp_put_string(&w, yq_slice_of(f->miner, 20));
    yq_rlp_put_string(&w, YQ_SLICE_OF(f->block->state_root.b));
    yq_rlp_put_string(&w, YQ_SLICE_OF(f->block->tx_root.b));
    yq_rlp_put_string(&w, YQ_SLICE_OF(f->block->receipt_root.b));
    yq_rlp_put_string(&w, yq_slice_of(zero, 256));
    yq_rlp_put_uint(&w, f->difficulty == TEST_NO_DIFFICULTY ? 0 : f->difficulty);
    yq_rlp_put_uint(&w, f->block->number);
    yq_rlp_put_uint(&w, 9000000);
    yq_rlp_put_uint(&w, 0);
    yq_rlp_put_uint(&w, f->block->time);
    yq_rlp_put_string(&w, extra);
    yq_rlp_put_string(&w, yq_slice_of(mix, sizeof mix));
    yq_rlp_put_string(&w, yq_slice_of(nonce, sizeof nonce));
    for (unsigned i = 0; i < f->later_forks; i++) {
        if (i == 1 || i == 4 || i == 5 || i == 6) {
            yq_rlp_put_string(&w, yq_slice_of(zero, 32));
        } else {
            yq_rlp_put_uint(&w, 7);
        }
    }
    yq_rlp_list_end(&w, mark);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

static inline yq_digest test_header_keccak(const test_fields *f, yq_slice extra)
{
    static uint8_t room[16384];
    size_t n = test_header_rlp(f, extra, room, sizeof room);
    return test_keccak(yq_slice_of(room, n));
}

static inline void test_list_put(const test_chain *c, const test_wish *wish, yq_writer *w)
{
    size_t mark = yq_rlp_list_begin(w);
    for (size_t i = 0; i < c->n && c->mode != YQ_EVM_QBFT_CONTRACT; i++) {
        size_t who = c->member[i] + (wish->no_list && i == 0 ? 1 : 0);
        yq_rlp_put_string(w, yq_slice_of(c->account[who].address, 20));
    }
    yq_rlp_list_end(w, mark);
}

static inline void test_sign(const test_chain *c, size_t account, const yq_digest *md, uint8_t *sig)
{
    yq_key_sign_recoverable(c->account[account].key, md->b, sig);
}

/* s -> n - s, which also turns the parity. */
static inline void test_make_high(uint8_t *sig)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                      0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    int borrow = 0;
    for (size_t i = 32; i > 0; i--) {
        int d = order[i - 1] - sig[32 + i - 1] - borrow;
        borrow = d < 0;
        sig[32 + i - 1] = (uint8_t)(d & 0xff);
    }
    sig[64] ^= 1;
}

static inline void test_seals_put(
    const test_chain *c, const test_wish *wish, const yq_digest *md, yq_writer *w)
{
    size_t mark = yq_rlp_list_begin(w);
    for (size_t i = 0; i < c->n; i++) {
        uint8_t sig[65];
        char letter = wish->seals != NULL && i < strlen(wish->seals) ? wish->seals[i] : 's';
        if (letter == '-') {
            continue;
        }
        test_sign(c, letter == 'x' ? c->member[i] + 1 : c->member[i], md, sig);
        if (letter == 'h') {
            test_make_high(sig);
        }
        for (int k = letter >= '2' && letter <= '9' ? letter - '0' : 1; k > 0; k--) {
            yq_rlp_put_string(w, yq_slice_of(sig, sizeof sig));
        }
    }
    yq_rlp_list_end(w, mark);
}

/* Which items of the list in extraData are written. */
typedef enum test_part {
    TEST_BLOCK_HASH,
    TEST_SEAL_HASH,
    TEST_WHOLE
} test_part;

static inline size_t test_bft_extra(
    const test_chain *c,
    const test_wish *wish,
    test_part part,
    const yq_digest *seal_hash,
    uint8_t *out,
    size_t cap)
{
    static const uint8_t vanity[32] = "yuqiao";
    int ibft2 = c->mode == YQ_EVM_IBFT2;
    yq_writer w = yq_writer_of(out, cap);
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(vanity, sizeof vanity));
    test_list_put(c, wish, &w);
    if (wish->candidate != NULL) {
        size_t vote = yq_rlp_list_begin(&w);
        yq_rlp_put_string(&w, yq_slice_of(wish->candidate, 20));
        yq_rlp_put_string(
            &w,
            wish->add ? yq_slice_of("\xff", 1)
            : ibft2   ? yq_slice_of("\0", 1)
                      : (yq_slice){0});
        yq_rlp_list_end(&w, vote);
    } else {
        yq_put_u8(&w, ibft2 ? 0x80 : 0xc0);
    }
    if (ibft2 && part != TEST_BLOCK_HASH) {
        uint8_t round[4] = {0, 0, 0, (uint8_t)wish->round};
        yq_rlp_put_string(&w, yq_slice_of(round, 4));
    } else if (!ibft2) {
        yq_rlp_put_uint(&w, part == TEST_BLOCK_HASH ? 0 : wish->round);
    }
    if (part == TEST_WHOLE) {
        test_seals_put(c, wish, seal_hash, &w);
    } else if (!ibft2) {
        yq_put_u8(&w, 0xc0);
    }
    yq_rlp_list_end(&w, mark);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

static inline void test_seal_bft(
    const test_chain *c, const test_wish *wish, test_fields *f, test_block *b)
{
    uint8_t extra[8192];
    size_t n = test_bft_extra(c, wish, TEST_BLOCK_HASH, NULL, extra, sizeof extra);
    b->hash = test_header_keccak(f, yq_slice_of(extra, n));
    n = test_bft_extra(c, wish, TEST_SEAL_HASH, NULL, extra, sizeof extra);
    const yq_digest seal = test_header_keccak(f, yq_slice_of(extra, n));
    n = test_bft_extra(c, wish, TEST_WHOLE, &seal, extra, sizeof extra);
    b->raw_n = test_header_rlp(f, yq_slice_of(extra, n), b->raw, sizeof b->raw);
    if (b->number == 0) {
        b->hash = test_keccak(yq_slice_of(b->raw, b->raw_n));
    }
}

static inline size_t test_ibft1_extra(
    const test_chain *c,
    const test_wish *wish,
    yq_slice own,
    const yq_digest *commit,
    uint8_t *out,
    size_t cap)
{
    yq_writer w = yq_writer_of(out, cap);
    uint8_t vanity[32] = {9};
    yq_put_bytes(&w, vanity, sizeof vanity);
    size_t mark = yq_rlp_list_begin(&w);
    test_list_put(c, wish, &w);
    yq_rlp_put_string(&w, own);
    if (commit != NULL) {
        test_seals_put(c, wish, commit, &w);
    } else {
        yq_put_u8(&w, 0xc0);
    }
    yq_rlp_list_end(&w, mark);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

static inline void test_seal_ibft1(
    const test_chain *c, const test_wish *wish, size_t proposer, test_fields *f, test_block *b)
{
    uint8_t extra[8192], own[65];
    size_t n = test_ibft1_extra(c, wish, (yq_slice){0}, NULL, extra, sizeof extra);
    yq_digest md = test_header_keccak(f, yq_slice_of(extra, n));
    md = test_keccak(YQ_SLICE_OF(md.b));
    test_sign(c, proposer, &md, own);
    const yq_slice seal = {own, sizeof own};
    n = test_ibft1_extra(c, wish, seal, NULL, extra, sizeof extra);
    b->hash = test_header_keccak(f, yq_slice_of(extra, n));
    uint8_t commit[33];
    memcpy(commit, b->hash.b, 32);
    commit[32] = 2;
    const yq_digest commit_hash = test_keccak(yq_slice_of(commit, sizeof commit));
    n = test_ibft1_extra(c, wish, seal, &commit_hash, extra, sizeof extra);
    b->raw_n = test_header_rlp(f, yq_slice_of(extra, n), b->raw, sizeof b->raw);
    if (b->number == 0) {
        b->hash = test_keccak(yq_slice_of(b->raw, b->raw_n));
    }
}

static inline void test_seal_clique(
    const test_chain *c, const test_wish *wish, size_t proposer, test_fields *f, test_block *b)
{
    uint8_t extra[8192] = {7};
    size_t n = 32;
    for (size_t i = 0; i < c->n && b->number % c->epoch == 0; i++, n += 20) {
        memcpy(extra + n, c->account[c->member[i] + (wish->no_list && i == 0)].address, 20);
    }
    const yq_digest md = test_header_keccak(f, yq_slice_of(extra, n));
    memset(extra + n, 0, 65);
    if (b->number > 0) {
        test_sign(c, proposer, &md, extra + n);
    }
    b->raw_n = test_header_rlp(f, yq_slice_of(extra, n + 65), b->raw, sizeof b->raw);
    b->hash = test_keccak(yq_slice_of(b->raw, b->raw_n));
}

/* Fills raw and hash of a block whose other members stand. */
static inline void test_seal(const test_chain *c, test_wish wish, test_block *b)
{
    static const uint8_t nobody[20];
    size_t place = wish.proposer == TEST_NONE ? (size_t)(b->number % c->n) : wish.proposer;
    size_t proposer = place >= c->n ? TEST_KEYS - 1 : c->member[place];
    int clique = c->mode == YQ_EVM_CLIQUE, by_nonce = clique || c->mode == YQ_EVM_IBFT1;
    test_fields f = {
        .block = b,
        .miner = by_nonce ? (wish.candidate != NULL ? wish.candidate : nobody)
                          : c->account[proposer].address,
        .difficulty = wish.difficulty != 0                                   ? wish.difficulty
                      : clique && b->number > 0 && b->number % c->n == place ? 2
                                                                             : 1,
        .nonce = by_nonce && wish.add ? 0xff : 0,
        .later_forks = wish.later_forks,
        .istanbul = !clique};
    if (clique) {
        test_seal_clique(c, &wish, proposer, &f, b);
    } else if (c->mode == YQ_EVM_IBFT1) {
        test_seal_ibft1(c, &wish, proposer, &f, b);
    } else {
        test_seal_bft(c, &wish, &f, b);
    }
}

/* The block after prev (NULL: block 0). */
static inline test_block test_next(const test_chain *c, const test_block *prev, test_wish wish)
{
    test_block b = {
        .number = prev == NULL ? 0 : prev->number + 1,
        .time = prev == NULL ? 1760000000 : prev->time + 2,
        .state_root = prev == NULL ? test_digest("state") : prev->state_root,
        .tx_root = test_digest("transactions"),
        .receipt_root = test_digest("receipts")};
    if (prev != NULL) {
        b.parent = prev->hash;
    }
    test_seal(c, wish, &b);
    return b;
}

static const test_wish test_plain = {.proposer = TEST_NONE};

static inline yq_slice test_anchor(const test_chain *c, const test_block *b, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, c->mode);
    yq_put_u64(&w, c->epoch);
    yq_put_u16(&w, c->depth);
    yq_put_bytes(&w, c->contract, 20);
    yq_put_bytes(&w, c->slot, 32);
    yq_put(&w, YQ_SLICE_OF(b->hash.b));
    yq_put_blob32(&w, yq_slice_of(b->raw, b->raw_n));
    return yq_writer_slice(&w);
}

/* n blocks one behind the other. */
static inline yq_slice test_update(const test_block *b, size_t n, uint8_t *room)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u16(&w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        yq_put_blob32(&w, yq_slice_of(b[i].raw, b[i].raw_n));
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* ---- tries ---- */

static inline yq_trie_proof test_trie(
    test_chain *c, const yq_trie_entry *entry, size_t n, yq_slice key)
{
    yq_trie_proof p;
    const yq_verifier_host *host = test_client_begin(c->client, 0);
    YQ_ASSERT(yq_trie_build(host, &c->arena, entry, n, key, &p) == YQ_OK);
    return p;
}

static inline void test_nodes_put(yq_writer *w, const yq_trie_proof *p)
{
    yq_put_u16(w, (uint16_t)p->n);
    for (size_t i = 0; i < p->n; i++) {
        yq_put_blob32(w, p->node[i]);
    }
}

#endif /* YQ_LIGHT_CLIENTS_EVM_TEST_CHAIN_H */
