#include "conformance/chains/evm/emock.h"
#include "light-clients/evm/trie.h"
#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

#define ENTRY_ROOM 160u
#define TRIE_ROOM  1500u /* an entry's share of a trie */

const uint8_t yq_emock_validators_address[20] = {0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
                                                 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
                                                 0x77, 0x77, 0x77, 0x77, 0x77, 0x77};

const yq_emock_account *yq_emock_account_find(
    const yq_emock_state *state, const uint8_t address[20])
{
    for (size_t i = 0; i < state->account_n; i++) {
        if (memcmp(state->account[i].address, address, 20) == 0) {
            return &state->account[i];
        }
    }
    return NULL;
}

yq_emock_account *yq_emock_account_of(yq_emock_state *state, const uint8_t address[20])
{
    for (size_t i = 0; i < state->account_n; i++) {
        if (memcmp(state->account[i].address, address, 20) == 0) {
            return &state->account[i];
        }
    }
    state->account = yq_emock_grow(state->account, &state->account_n, sizeof *state->account);
    memcpy(state->account[state->account_n - 1].address, address, 20);
    return &state->account[state->account_n - 1];
}

void yq_emock_state_copy(yq_emock_state *to, const yq_emock_state *from)
{
    *to = *from;
    to->account = calloc(from->account_n + 1, sizeof *to->account);
    YQ_ASSERT(to->account != NULL);
    yq_bytes_copy(to->account, from->account, from->account_n * sizeof *to->account);
}

/* ---- tries -------------------------------------------------------------------------------------
 */

/* Entries in ascending order, with their bytes. */
typedef struct table {
    size_t n;
    yq_trie_entry *entry;
    uint8_t (*value)[ENTRY_ROOM];
    yq_digest *key;
} table;

static table table_new(size_t cap)
{
    table t = {
        .entry = calloc(cap + 1, sizeof *t.entry),
        .value = calloc(cap + 1, sizeof *t.value),
        .key = calloc(cap + 1, sizeof *t.key),
    };
    YQ_ASSERT(t.entry != NULL && t.value != NULL && t.key != NULL);
    return t;
}

static void table_free(table *t)
{
    free(t->entry);
    free(t->value);
    free(t->key);
}

static void keccak(yq_slice in, yq_digest *out)
{
    yq_hash_one(YQ_HASH_KECCAK256, in, out->b);
}

/* The writer of a new entry's value; the entry is put in its place by table_put. */
static yq_writer table_value(table *t, yq_slice name)
{
    keccak(name, &t->key[t->n]);
    return yq_writer_of(t->value[t->n], ENTRY_ROOM);
}

static void table_put(table *t, const yq_writer *w)
{
    const yq_trie_entry e = {yq_slice_of(t->key[t->n].b, YQ_DIGEST_SIZE), yq_slice_of(w->p, w->n)};
    YQ_ASSERT(w->status == YQ_OK);
    size_t at = t->n++;
    for (; at > 0 && yq_slice_compare(t->entry[at - 1].key, e.key) > 0; at--) {
        t->entry[at] = t->entry[at - 1];
    }
    t->entry[at] = e;
}

static void trie_hash(void *self, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    (void)self;
    yq_hash(alg, part, part_n, md);
}

/* Nodes lie in memory, which the caller frees. */
static void *trie_of(const yq_trie_entry *entry, size_t n, yq_slice key, yq_trie_proof *proof)
{
    const yq_verifier_host host = {.size = sizeof host, .hash = trie_hash};
    size_t cap = (1u << 17) + n * TRIE_ROOM;
    for (size_t i = 0; i < n; i++) {
        cap += entry[i].value.n;
    }
    void *memory = malloc(cap);
    YQ_ASSERT(memory != NULL);
    yq_arena arena = yq_arena_of(memory, cap);
    YQ_ASSERT(yq_trie_build(&host, &arena, entry, n, key, proof) == YQ_OK);
    return memory;
}

static void root_of(const yq_trie_entry *entry, size_t n, yq_digest *root)
{
    yq_trie_proof proof;
    free(trie_of(entry, n, (yq_slice){0}, &proof));
    *root = proof.root;
}

void yq_emock_list_root(const yq_slice *value, size_t n, yq_digest *root)
{
    yq_trie_entry *entry = calloc(n + 1, sizeof *entry);
    uint8_t(*key)[4] = calloc(n + 1, sizeof *key);
    YQ_ASSERT(entry != NULL && key != NULL);
    for (size_t i = 0; i < n; i++) {
        yq_writer w = yq_writer_of(key[i], sizeof key[i]);
        yq_rlp_put_uint(&w, i);
        const yq_trie_entry e = {yq_writer_slice(&w), value[i]};
        size_t at = i;
        for (; at > 0 && yq_slice_compare(entry[at - 1].key, e.key) > 0; at--) {
            entry[at] = entry[at - 1];
        }
        entry[at] = e;
    }
    root_of(entry, n, root);
    free(entry);
    free(key);
}

/* ---- accounts and storage ----------------------------------------------------------------------
 */

/* The array at slot 0: its length there, its elements from the hash of the slot on. */
static table storage_of(const yq_emock_chain *chain, const yq_emock_state *state)
{
    table t = table_new(state->set.n + 1);
    yq_digest slot = {{0}}, name;
    yq_writer w = table_value(&t, yq_slice_of(slot.b, sizeof slot.b));
    yq_rlp_put_uint(&w, state->set.n);
    table_put(&t, &w);
    keccak(yq_slice_of(slot.b, sizeof slot.b), &name);
    for (size_t i = 0; i < state->set.n; i++) {
        w = table_value(&t, yq_slice_of(name.b, sizeof name.b));
        uint8_t value[32];
        yq_writer v = yq_writer_of(value, sizeof value);
        yq_rlp_put_number(&v, yq_slice_of(chain->address[state->set.member[i]], 20));
        yq_put(&w, yq_writer_slice(&v));
        table_put(&t, &w);
        for (size_t k = sizeof name.b; k > 0 && ++name.b[k - 1] == 0; k--) {
        }
    }
    return t;
}

static void storage_root(
    const yq_emock_chain *chain, const yq_emock_state *state, uint8_t code, yq_digest *root)
{
    memcpy(root->b, yq_mpt_empty_root, sizeof root->b);
    if (code == YQ_EMOCK_CODE_VALIDATORS) {
        table t = storage_of(chain, state);
        root_of(t.entry, t.n, root);
        table_free(&t);
    }
}

static void code_hash(uint8_t code, yq_digest *hash)
{
    keccak(yq_slice_of(&code, code == YQ_EMOCK_CODE_NONE ? 0 : 1), hash);
}

static table accounts_of(const yq_emock_chain *chain, const yq_emock_state *state)
{
    table t = table_new(state->account_n);
    for (size_t i = 0; i < state->account_n; i++) {
        const yq_emock_account *a = &state->account[i];
        yq_digest root, code;
        storage_root(chain, state, a->code, &root);
        code_hash(a->code, &code);
        yq_writer w = table_value(&t, yq_slice_of(a->address, sizeof a->address));
        size_t list = yq_rlp_list_begin(&w);
        yq_rlp_put_uint(&w, a->nonce);
        yq_rlp_put_uint(&w, 0);
        yq_rlp_put_string(&w, yq_slice_of(root.b, sizeof root.b));
        yq_rlp_put_string(&w, yq_slice_of(code.b, sizeof code.b));
        yq_rlp_list_end(&w, list);
        table_put(&t, &w);
    }
    return t;
}

void yq_emock_state_root(const yq_emock_chain *chain, const yq_emock_state *state, yq_digest *root)
{
    table t = accounts_of(chain, state);
    root_of(t.entry, t.n, root);
    table_free(&t);
}

/* ---- eth_getProof ------------------------------------------------------------------------------
 */

static void show_nodes(const table *t, yq_slice name, const char *key, yq_json_out *out)
{
    yq_trie_proof proof;
    yq_digest hashed;
    keccak(name, &hashed);
    void *memory = trie_of(t->entry, t->n, yq_slice_of(hashed.b, sizeof hashed.b), &proof);
    yq_json_out_array(out, key);
    for (size_t i = 0; i < proof.n; i++) {
        yq_emock_out_hex(out, NULL, proof.node[i].p, proof.node[i].n);
    }
    yq_json_out_end(out);
    free(memory);
}

/* What a slot holds, as its RLP in the trie says. */
static void show_value(const table *t, const yq_digest *slot, yq_json_out *out)
{
    yq_digest hashed;
    keccak(yq_slice_of(slot->b, sizeof slot->b), &hashed);
    for (size_t i = 0; i < t->n; i++) {
        if (yq_slice_equal(t->entry[i].key, yq_slice_of(hashed.b, sizeof hashed.b))) {
            yq_slice v = t->entry[i].value;
            if (v.n == 1) { /* the length; an address has one byte of RLP in front */
                yq_emock_out_number(out, "value", v.p[0]);
            } else {
                yq_emock_out_hex(out, "value", v.p + 1, v.n - 1);
            }
            return;
        }
    }
    yq_json_out_str(out, "value", "0x0");
}

void yq_emock_proof_show(
    const yq_emock_chain *chain,
    const yq_emock_state *state,
    const uint8_t address[20],
    const yq_digest *slot,
    size_t slot_n,
    yq_json_out *out)
{
    const yq_emock_account *account = yq_emock_account_find(state, address);
    uint8_t code = account == NULL ? YQ_EMOCK_CODE_NONE : account->code;
    yq_digest root, hash;
    table accounts = accounts_of(chain, state), storage = {0};
    storage_root(chain, state, code, &root);
    code_hash(code, &hash);
    if (code == YQ_EMOCK_CODE_VALIDATORS) {
        storage = storage_of(chain, state);
    }
    yq_emock_out_hex(out, "address", address, 20);
    show_nodes(&accounts, yq_slice_of(address, 20), "accountProof", out);
    yq_json_out_str(out, "balance", "0x0");
    yq_emock_out_hex(out, "codeHash", hash.b, sizeof hash.b);
    yq_emock_out_number(out, "nonce", account == NULL ? 0 : account->nonce);
    yq_emock_out_hex(out, "storageHash", root.b, sizeof root.b);
    yq_json_out_array(out, "storageProof");
    for (size_t i = 0; i < slot_n; i++) {
        yq_json_out_object(out, NULL);
        yq_emock_out_hex(out, "key", slot[i].b, sizeof slot[i].b);
        show_value(&storage, &slot[i], out);
        show_nodes(&storage, yq_slice_of(slot[i].b, sizeof slot[i].b), "proof", out);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    table_free(&accounts);
    table_free(&storage);
}
