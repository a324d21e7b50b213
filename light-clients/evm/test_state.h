#ifndef YQ_LIGHT_CLIENTS_EVM_TEST_STATE_H
#define YQ_LIGHT_CLIENTS_EVM_TEST_STATE_H

/* For tests: receipts, accounts, storage, and a contract that holds the validators. */
#include "light-clients/evm/test_chain.h"
#include "relay/codec/abi.h"

#define TEST_TXS 6u

typedef struct test_receipt_wish {
    uint8_t type;
    const char *status; /* "": failed, "\1": good, or 32 bytes */
    size_t status_n;
    size_t logs, topics;
} test_receipt_wish;

static inline size_t test_receipt(uint8_t *out, size_t cap, size_t idx, test_receipt_wish r)
{
    static const uint8_t bloom[256];
    yq_writer w = yq_writer_of(out, cap);
    if (r.type != 0) {
        yq_put_u8(&w, r.type);
    }
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, yq_slice_of(r.status, r.status_n));
    yq_rlp_put_uint(&w, 21000 * (idx + 1));
    yq_rlp_put_string(&w, yq_slice_of(bloom, sizeof bloom));
    size_t logs = yq_rlp_list_begin(&w);
    for (size_t i = 0; i < r.logs; i++) {
        uint8_t address[20] = {0xee, (uint8_t)i}, data[128];
        yq_writer d = yq_writer_of(data, sizeof data);
        char text[48];
        (void)snprintf(text, sizeof text, "log %zu of %zu", i, idx);
        yq_abi_put_bytes(&d, yq_slice_text(text));
        size_t log = yq_rlp_list_begin(&w);
        yq_rlp_put_string(&w, yq_slice_of(address, sizeof address));
        size_t topics = yq_rlp_list_begin(&w);
        for (size_t k = 0; k < r.topics; k++) {
            const yq_digest topic = test_digest(k == 0 ? "Event(bytes)" : "indexed");
            yq_rlp_put_string(&w, YQ_SLICE_OF(topic.b));
        }
        yq_rlp_list_end(&w, topics);
        yq_rlp_put_string(&w, yq_writer_slice(&d));
        yq_rlp_list_end(&w, log);
    }
    yq_rlp_list_end(&w, logs);
    yq_rlp_list_end(&w, mark);
    YQ_ASSERT(w.status == YQ_OK);
    return w.n;
}

typedef struct test_txs {
    uint8_t key[TEST_TXS], tx[TEST_TXS][64], receipt[TEST_TXS][1024];
    yq_trie_entry txs[TEST_TXS], receipts[TEST_TXS];
} test_txs;

/* Number 0 stands behind the others in the trie; the type of number 4's receipt has no rule. */
static inline void test_txs_make(test_txs *t)
{
    for (size_t i = 0; i < TEST_TXS; i++) {
        const size_t at = i == 0 ? TEST_TXS - 1 : i - 1;
        const test_receipt_wish wish = {(uint8_t)(i == 4 ? 5 : i), "\1", 1, 3, 2};
        t->key[i] = i == 0 ? 0x80 : (uint8_t)i;
        memset(t->tx[i], (int)(i + 1), 40);
        size_t n = test_receipt(t->receipt[i], sizeof t->receipt[i], i, wish);
        t->txs[at] = (yq_trie_entry){{&t->key[i], 1}, {t->tx[i], 40}};
        t->receipts[at] = (yq_trie_entry){{&t->key[i], 1}, {t->receipt[i], n}};
    }
}

/* ---- state ---- */

typedef struct test_accounts {
    uint8_t address[8][20], rlp[8][128];
    yq_digest key[8];
    yq_trie_entry e[8];
} test_accounts;

static inline size_t test_account_rlp(uint8_t *out, size_t cap, const yq_digest *storage_root)
{
    const yq_digest code = test_digest("code");
    yq_writer w = yq_writer_of(out, cap);
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_uint(&w, 1);
    yq_rlp_put_uint(&w, 0);
    yq_rlp_put_string(&w, YQ_SLICE_OF(storage_root->b));
    yq_rlp_put_string(&w, YQ_SLICE_OF(code.b));
    yq_rlp_list_end(&w, mark);
    return w.n;
}

/* Seven accounts without storage and one with this root; sorted by the hash of their addresses. */
static inline void test_accounts_make(
    test_accounts *a, const uint8_t *contract, const yq_digest *storage_root)
{
    yq_digest empty;
    memcpy(empty.b, yq_mpt_empty_root, 32);
    for (size_t i = 0; i < 8; i++) {
        memset(a->address[i], (int)(i + 1), 20);
        if (i == 7) {
            memcpy(a->address[i], contract, 20);
        }
        a->key[i] = test_keccak(yq_slice_of(a->address[i], 20));
        size_t n = test_account_rlp(a->rlp[i], sizeof a->rlp[i], i == 7 ? storage_root : &empty);
        yq_trie_entry e = {YQ_SLICE_OF(a->key[i].b), yq_slice_of(a->rlp[i], n)};
        size_t at = i;
        for (; at > 0 && yq_slice_compare(a->e[at - 1].key, e.key) > 0; at--) {
            a->e[at] = a->e[at - 1];
        }
        a->e[at] = e;
    }
}

typedef struct test_slots {
    yq_digest key[32];
    uint8_t value[32][40];
    yq_trie_entry e[32];
    size_t n;
} test_slots;

static inline void test_slot_put(test_slots *s, const uint8_t *slot, yq_slice value)
{
    yq_digest key = test_keccak(yq_slice_of(slot, 32));
    size_t i = s->n++;
    yq_writer w = yq_writer_of(s->value[i], sizeof s->value[i]);
    yq_rlp_put_string(&w, value);
    s->key[i] = key;
    yq_trie_entry e = {YQ_SLICE_OF(s->key[i].b), yq_writer_slice(&w)};
    size_t at = i;
    for (; at > 0 && yq_slice_compare(s->e[at - 1].key, e.key) > 0; at--) {
        s->e[at] = s->e[at - 1];
    }
    s->e[at] = e;
}

/* ---- validators in a contract ---- */

typedef struct test_contract {
    test_accounts a;
    test_slots s;
    yq_digest root, storage_root;
} test_contract;

/* The state after which the next block's validators are the chain's members. */
static inline void test_contract_make(test_chain *c, test_contract *x)
{
    uint8_t length = (uint8_t)c->n;
    memset(x, 0, sizeof *x);
    test_slot_put(&x->s, c->slot, yq_slice_of(&length, 1));
    yq_digest first = test_keccak(yq_slice_of(c->slot, 32));
    for (size_t i = 0; i < c->n; i++) {
        test_slot_put(&x->s, first.b, yq_slice_of(c->account[c->member[i]].address, 20));
        for (size_t k = 32; k > 0 && ++first.b[k - 1] == 0; k--) {
        }
    }
    x->storage_root = test_trie(c, x->s.e, x->s.n, (yq_slice){0}).root;
    test_accounts_make(&x->a, c->contract, &x->storage_root);
    x->root = test_trie(c, x->a.e, 8, (yq_slice){0}).root;
}

/* One block and the proof of its validators from the state before. */
static inline yq_slice test_contract_update(
    test_chain *c, const test_contract *x, const test_block *block, int storage, uint8_t *room)
{
    yq_digest key = test_keccak(yq_slice_of(c->contract, 20));
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_trie_proof p = test_trie(c, x->a.e, 8, YQ_SLICE_OF(key.b));
    yq_put_u8(&w, 1);
    yq_put_u16(&w, 1);
    yq_put_blob32(&w, yq_slice_of(block->raw, block->raw_n));
    test_nodes_put(&w, &p);
    yq_put_u8(&w, (uint8_t)storage);
    if (storage) {
        key = test_keccak(yq_slice_of(c->slot, 32));
        p = test_trie(c, x->s.e, x->s.n, YQ_SLICE_OF(key.b));
        test_nodes_put(&w, &p);
        yq_put_u16(&w, (uint16_t)c->n);
        yq_digest first = test_keccak(yq_slice_of(c->slot, 32));
        for (size_t i = 0; i < c->n; i++) {
            key = test_keccak(YQ_SLICE_OF(first.b));
            p = test_trie(c, x->s.e, x->s.n, YQ_SLICE_OF(key.b));
            test_nodes_put(&w, &p);
            for (size_t k = 32; k > 0 && ++first.b[k - 1] == 0; k--) {
            }
        }
    }
    YQ_ASSERT(w.status == YQ_OK);
    return yq_writer_slice(&w);
}

#endif /* YQ_LIGHT_CLIENTS_EVM_TEST_STATE_H */
