#include "adapters/evm/evidence.h"
#include "adapters/evm/fields.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#include <inttypes.h>

typedef enum tx_type {
    TX_LEGACY = 0,
    TX_ACCESS_LIST = 1,
    TX_FEE_MARKET = 2,
    TX_BLOB = 3,
    TX_SET_CODE = 4,
} tx_type;

/* ---- transactions -----------------------------------------------------------------------------
 */

/* A deploy has no recipient: null. */
static void put_to(yq_evma_fields *f, const yq_json *tx)
{
    if (yq_json_get(tx, "to") != NULL && !yq_evma_has(tx, "to")) {
        yq_rlp_put_string(f->w, (yq_slice){0});
    } else {
        yq_evma_put_member(f, tx, "to", YQ_EVM_ADDRESS_SIZE);
    }
}

static void put_access_list(yq_evma_fields *f, const yq_json *tx)
{
    const yq_json *list = yq_json_get(tx, "accessList");
    if (!yq_json_is_array(list)) {
        yq_evma_fields_fail(f, YQ_E_FIELD_MISSING, "accessList");
        return;
    }
    size_t all = yq_rlp_list_begin(f->w);
    for (size_t i = 0; i < yq_json_count(list); i++) {
        size_t one = yq_rlp_list_begin(f->w);
        yq_evma_put_member(f, yq_json_at(list, i), "address", YQ_EVM_ADDRESS_SIZE);
        yq_evma_put_list(f, yq_json_at(list, i), "storageKeys", 32);
        yq_rlp_list_end(f->w, one);
    }
    yq_rlp_list_end(f->w, all);
}

/* Older nodes call it v. */
static void put_parity(yq_evma_fields *f, const yq_json *object)
{
    yq_evma_put_number(f, object, yq_evma_has(object, "yParity") ? "yParity" : "v");
}

static void put_rs(yq_evma_fields *f, const yq_json *object)
{
    yq_evma_put_number(f, object, "r");
    yq_evma_put_number(f, object, "s");
}

static void put_authorizations(yq_evma_fields *f, const yq_json *tx)
{
    const yq_json *list = yq_json_get(tx, "authorizationList");
    if (!yq_json_is_array(list)) {
        yq_evma_fields_fail(f, YQ_E_FIELD_MISSING, "authorizationList");
        return;
    }
    size_t all = yq_rlp_list_begin(f->w);
    for (size_t i = 0; i < yq_json_count(list); i++) {
        const yq_json *one = yq_json_at(list, i);
        size_t mark = yq_rlp_list_begin(f->w);
        yq_evma_put_number(f, one, "chainId");
        yq_evma_put_member(f, one, "address", YQ_EVM_ADDRESS_SIZE);
        yq_evma_put_number(f, one, "nonce");
        put_parity(f, one);
        put_rs(f, one);
        yq_rlp_list_end(f->w, mark);
    }
    yq_rlp_list_end(f->w, all);
}

/* What all types have between the price and the type's own items. */
static void put_call(yq_evma_fields *f, const yq_json *tx)
{
    yq_evma_put_number(f, tx, "gas");
    put_to(f, tx);
    yq_evma_put_number(f, tx, "value");
    yq_evma_put_member(f, tx, "input", 0);
}

static void put_price(yq_evma_fields *f, const yq_json *tx, uint64_t type)
{
    if (type <= TX_ACCESS_LIST) {
        yq_evma_put_number(f, tx, "gasPrice");
    } else {
        yq_evma_put_number(f, tx, "maxPriorityFeePerGas");
        yq_evma_put_number(f, tx, "maxFeePerGas");
    }
}

static void put_tx(yq_evma_fields *f, const yq_json *tx, uint64_t type)
{
    if (type != TX_LEGACY) {
        yq_put_u8(f->w, (uint8_t)type);
    }
    size_t list = yq_rlp_list_begin(f->w);
    if (type != TX_LEGACY) {
        yq_evma_put_number(f, tx, "chainId");
    }
    yq_evma_put_number(f, tx, "nonce");
    put_price(f, tx, type);
    put_call(f, tx);
    if (type != TX_LEGACY) {
        put_access_list(f, tx);
    }
    if (type == TX_BLOB) {
        yq_evma_put_number(f, tx, "maxFeePerBlobGas");
        yq_evma_put_list(f, tx, "blobVersionedHashes", 32);
    }
    if (type == TX_SET_CODE) {
        put_authorizations(f, tx);
    }
    if (type == TX_LEGACY) {
        yq_evma_put_number(f, tx, "v");
    } else {
        put_parity(f, tx);
    }
    put_rs(f, tx);
    yq_rlp_list_end(f->w, list);
}

yq_status yq_evma_type_of(const yq_json *object, uint64_t *type, yq_fault *why)
{
    *type = TX_LEGACY;
    if (yq_evma_has(object, "type") && !yq_json_quantity(yq_json_get(object, "type"), type)) {
        return yq_fail(why, YQ_E_TYPE, 0, "type");
    }
    return *type <= TX_SET_CODE ? YQ_OK : yq_fail(why, YQ_E_UNSUPPORTED, 0, "type");
}

yq_status yq_evma_tx_of(const yq_json *tx, yq_buf *out, yq_digest *hash, yq_fault *why)
{
    yq_writer w = {.p = out->p, .cap = out->cap, .n = out->n};
    yq_evma_fields f = {.w = &w};
    uint64_t type;
    yq_digest stated;
    yq_status status = yq_evma_type_of(tx, &type, why);
    if (status != YQ_OK) {
        return status;
    }
    put_tx(&f, tx, type);
    status = yq_evma_fields_done(&f, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(w.p + out->n, w.n - out->n), hash->b);
    if (!yq_evma_digest(yq_json_get(tx, "hash"), &stated)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "transactions: hash");
    }
    if (!yq_digest_equal(&stated, hash)) {
        return yq_fail(why, YQ_E_HASH, 0, "transactions: hash");
    }
    out->n = w.n;
    return YQ_OK;
}

/* ---- receipts ---------------------------------------------------------------------------------
 */

/* Since Byzantium whether it succeeded, before that a root. */
static void put_outcome(yq_evma_fields *f, const yq_json *receipt)
{
    uint64_t status;
    if (!yq_evma_has(receipt, "status")) {
        yq_evma_put_member(f, receipt, "root", 32);
    } else if (!yq_json_quantity(yq_json_get(receipt, "status"), &status) || status > 1) {
        yq_evma_fields_fail(f, YQ_E_TYPE, "status");
    } else {
        yq_rlp_put_uint(f->w, status);
    }
}

static void put_logs(yq_evma_fields *f, const yq_json *receipt)
{
    const yq_json *logs = yq_json_get(receipt, "logs");
    if (!yq_json_is_array(logs)) {
        yq_evma_fields_fail(f, YQ_E_FIELD_MISSING, "logs");
        return;
    }
    size_t all = yq_rlp_list_begin(f->w);
    for (size_t i = 0; i < yq_json_count(logs); i++) {
        const yq_json *log = yq_json_at(logs, i);
        size_t one = yq_rlp_list_begin(f->w);
        yq_evma_put_member(f, log, "address", YQ_EVM_ADDRESS_SIZE);
        yq_evma_put_list(f, log, "topics", 32);
        yq_evma_put_member(f, log, "data", 0);
        yq_rlp_list_end(f->w, one);
    }
    yq_rlp_list_end(f->w, all);
}

yq_status yq_evma_receipt_of(const yq_json *receipt, uint64_t type, yq_buf *out, yq_fault *why)
{
    yq_writer w = {.p = out->p, .cap = out->cap, .n = out->n};
    yq_evma_fields f = {.w = &w};
    uint64_t own;
    yq_status status = yq_evma_type_of(receipt, &own, why);
    if (status == YQ_OK && yq_evma_has(receipt, "type") && own != type) {
        status = yq_fail(why, YQ_E_TYPE, 0, "receipt: type is not the transaction's");
    }
    if (status != YQ_OK) {
        return status;
    }
    if (type != TX_LEGACY) {
        yq_put_u8(&w, (uint8_t)type);
    }
    size_t list = yq_rlp_list_begin(&w);
    put_outcome(&f, receipt);
    yq_evma_put_number(&f, receipt, "cumulativeGasUsed");
    yq_evma_put_member(&f, receipt, "logsBloom", 256);
    put_logs(&f, receipt);
    yq_rlp_list_end(&w, list);
    status = yq_evma_fields_done(&f, why);
    if (status == YQ_OK) {
        out->n = w.n;
    }
    return status;
}

/* ---- tries ------------------------------------------------------------------------------------
 */

#define KEY_SIZE  4u
#define NODE_ROOM 1024u /* a branch, more than one for each entry there never is */

/* In the order of RLP(index): 1 .. 127, 0, 128 and on. */
static size_t index_at(size_t place, size_t n)
{
    size_t small = n < 128 ? n - 1 : 127;
    if (place < small) {
        return place + 1;
    }
    return place == small ? 0 : place;
}

size_t yq_evma_trie_room(const yq_slice *value, size_t n)
{
    size_t room = 1u << 17;
    for (size_t i = 0; i < n; i++) {
        room += value[i].n + NODE_ROOM;
    }
    return room;
}

static void hash_nodes(void *self, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    (void)self;
    yq_hash(alg, part, part_n, md);
}

static yq_status nodes_put(const yq_trie_proof *proof, yq_buf *out)
{
    yq_writer w = {.p = out->p, .cap = out->cap, .n = out->n};
    yq_put_u16(&w, (uint16_t)proof->n);
    for (size_t i = 0; i < proof->n; i++) {
        yq_put_blob32(&w, proof->node[i]);
    }
    if (w.status == YQ_OK) {
        out->n = w.n;
    }
    return w.status;
}

yq_status yq_evma_trie_of(
    yq_arena *memory, const yq_slice *value, size_t n, size_t index, yq_buf *out, yq_digest *root)
{
    const yq_verifier_host host = {.size = sizeof host, .hash = hash_nodes};
    yq_trie_proof proof;
    yq_slice wanted = {0};
    yq_arena_reset(memory);
    yq_trie_entry *entry = yq_arena_alloc(memory, (n + 1) * sizeof *entry);
    uint8_t(*key)[KEY_SIZE] = yq_arena_alloc(memory, (n + 1) * KEY_SIZE);
    if (entry == NULL || key == NULL) {
        return YQ_E_NOSPC;
    }
    for (size_t place = 0; place < n; place++) {
        size_t i = index_at(place, n);
        yq_writer w = yq_writer_of(key[place], KEY_SIZE);
        yq_rlp_put_uint(&w, i);
        entry[place] = (yq_trie_entry){yq_writer_slice(&w), value[i]};
        wanted = i == index ? entry[place].key : wanted;
    }
    if (index != n && wanted.n == 0) {
        return YQ_E_RANGE;
    }
    yq_status status = yq_trie_build(&host, memory, entry, n, wanted, &proof);
    if (status != YQ_OK) {
        return status;
    }
    *root = proof.root;
    return index == n ? YQ_OK : nodes_put(&proof, out);
}
