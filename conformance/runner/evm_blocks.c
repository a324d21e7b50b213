#include "conformance/runner/evm_files.h"
#include "relay/base/bytes.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

#define BLOCK_MAX  (16u << 20)
#define BLOCKS_MAX 4096u

static yq_status read_block(const yq_evm_call *call, yq_slice raw, evm_block *out)
{
    yq_cur c = yq_cur_of(raw);
    yq_cur items = yq_rlp_list(&c);
    out->header = yq_rlp_item(&items);
    out->txs = yq_rlp_item(&items);
    yq_status status = yq_cur_status(&items, call->why);
    return status == YQ_OK ? yq_evm_header_decode(call, out->header, &out->fields) : status;
}

/* Transactions under RLP(index): a list stands for itself, a typed one lies in a string. */
int evm_txs_read(yq_slice item, evm_txs *out)
{
    yq_cur c = yq_cur_of(item);
    yq_cur items = yq_rlp_list(&c);
    for (out->n = 0; yq_cur_left(&items) > 0 && out->n < EVM_TXS_MAX; out->n++) {
        yq_writer w = yq_writer_of(out->key[out->n], sizeof out->key[0]);
        yq_slice tx =
            yq_rlp_is_list(&items) ? yq_rlp_item(&items) : yq_rlp_string(&items, BLOCK_MAX);
        yq_rlp_put_uint(&w, out->n);
        const yq_trie_entry e = {yq_writer_slice(&w), tx};
        size_t at = out->n;
        for (; at > 0 && yq_slice_compare(out->entry[at - 1].key, e.key) > 0; at--) {
            out->entry[at] = out->entry[at - 1];
        }
        out->entry[at] = e;
    }
    yq_rlp_end(&items, &c);
    return yq_cur_done(&c, NULL) == YQ_OK;
}

yq_status evm_txs_check(evm_run *run, const evm_block *b, yq_fault *why)
{
    static evm_txs txs;
    run_call room;
    yq_trie_proof p;
    const yq_verifier_host *host = evm_host(run, &room);
    if (!evm_txs_read(b->txs, &txs)) {
        return yq_fail(why, YQ_E_NONCANONICAL, 0, "transactions");
    }
    yq_status status = yq_trie_build(host, &run->arena, txs.entry, txs.n, (yq_slice){0}, &p);
    return status == YQ_OK && !yq_digest_equal(&p.root, &b->fields.tx_root)
               ? yq_fail(why, YQ_E_PROOF, 0, "transactionsRoot")
               : status;
}

/* ---- named cases of blocks with their headers' hashes ---- */

static void chain_block(
    evm_run *run, const char *name, const char *key, size_t idx, const yq_json *c, yq_digest *last)
{
    static uint8_t room[BLOCK_MAX];
    run_row row = {.file = name, .kind = "block", .anchor = "hash"};
    run_call call_room;
    yq_fault why = {0};
    yq_buf raw = {room, sizeof room, 0};
    yq_digest stated = {{0}}, hash = {{0}};
    yq_buf stated_room = {stated.b, sizeof stated.b, 0};
    const yq_evm_call call = {evm_host(run, &call_room), &why, NULL};
    evm_block b = {.header = {0}};
    (void)snprintf(row.note, sizeof row.note, "%s, block %zu", key, idx);
    if (yq_json_get(c, "blockHeader") == NULL) {
        return; /* made to be refused by rules of execution: its header says nothing */
    }
    run_row_check(&row, "header hash");
    run_row_check(&row, "parent hash");
    run_row_check(&row, "transactions root");
    yq_status status = YQ_E_FIELD_MISSING;
    if (yq_json_hex(yq_json_get(c, "rlp"), &raw) &&
        yq_json_hex(yq_json_get(yq_json_get(c, "blockHeader"), "hash"), &stated_room)) {
        status = evm_rlp_walk(yq_slice_of(raw.p, raw.n), &why);
    }
    if (status == YQ_OK) {
        status = read_block(&call, yq_slice_of(raw.p, raw.n), &b);
    }
    if (status == YQ_OK) {
        hash = yq_evm_hash(&call, b.header);
        if (!yq_digest_equal(&hash, &stated)) {
            status = yq_fail(&why, YQ_E_HASH, 0, "header");
        } else if (idx == 0 && !yq_digest_equal(&b.fields.parent, last)) {
            status = yq_fail(&why, YQ_E_PARENT, 0, "header");
        }
    }
    if (status == YQ_OK) {
        status = evm_txs_check(run, &b, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
    *last = hash;
}

static void genesis(
    evm_run *run, const char *name, const char *key, const yq_json *c, yq_digest *hash)
{
    static uint8_t room[BLOCK_MAX];
    run_row row = {.file = name, .kind = "genesis", .anchor = "hash"};
    run_call call_room;
    yq_fault why = {0};
    yq_buf raw = {room, sizeof room, 0};
    yq_digest stated = {{0}};
    yq_buf stated_room = {stated.b, sizeof stated.b, 0};
    const yq_evm_call call = {evm_host(run, &call_room), &why, NULL};
    evm_block b = {.header = {0}};
    (void)snprintf(row.note, sizeof row.note, "%s", key);
    run_row_check(&row, "header hash");
    yq_status status = YQ_E_FIELD_MISSING;
    if (yq_json_hex(yq_json_get(c, "genesisRLP"), &raw) &&
        yq_json_hex(yq_json_get(yq_json_get(c, "genesisBlockHeader"), "hash"), &stated_room)) {
        status = read_block(&call, yq_slice_of(raw.p, raw.n), &b);
    }
    if (status == YQ_OK) {
        *hash = yq_evm_hash(&call, b.header);
        status = yq_digest_equal(hash, &stated) ? YQ_OK : yq_fail(&why, YQ_E_HASH, 0, "header");
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

void evm_chain_tests(evm_run *run, const char *name, const yq_json *value)
{
    for (const char *key = yq_json_key_next(value, NULL); key != NULL;
         key = yq_json_key_next(value, key)) {
        const yq_json *c = yq_json_get(value, key), *blocks = yq_json_get(c, "blocks");
        yq_digest last = {{0}};
        if (!yq_json_is_object(c)) {
            continue;
        }
        if (yq_json_get(c, "genesisRLP") != NULL) {
            genesis(run, name, key, c, &last);
        }
        for (size_t k = 0; k < yq_json_count(blocks); k++) {
            chain_block(run, name, key, k, yq_json_at(blocks, k), &last);
        }
    }
}

/* ---- a client's own file: blocks one behind the other ---- */

typedef struct block_list {
    evm_block item[BLOCKS_MAX];
    const evm_block *at[BLOCKS_MAX];
    size_t n;
} block_list;

static yq_slice anchor_of(
    evm_run *run,
    const evm_block *first,
    uint8_t mode,
    uint64_t epoch,
    uint16_t depth,
    const yq_digest *hash)
{
    static const uint8_t none[20 + 32];
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u8(&w, mode);
    yq_put_u64(&w, epoch);
    yq_put_u16(&w, depth);
    yq_put_bytes(&w, none, sizeof none);
    yq_put(&w, YQ_SLICE_OF(hash->b));
    yq_put_blob32(&w, first->header);
    return yq_writer_slice(&w);
}

/* Clique: more than half of the signers that the genesis lists. */
static uint16_t depth_of(const evm_block *first, uint8_t mode)
{
    size_t fixed = YQ_EVM_VANITY_SIZE + YQ_EVM_SEAL_SIZE, n = first->fields.extra.n;
    return mode != YQ_EVM_CLIQUE || n < fixed
               ? 0
               : (uint16_t)((n - fixed) / YQ_EVM_ADDRESS_SIZE / 2 + 1);
}

yq_slice evm_update_of(evm_run *run, const evm_block *const *b, size_t n)
{
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u16(&w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        yq_put_blob32(&w, b[i]->header);
    }
    return yq_writer_slice(&w);
}

int evm_start(
    evm_run *run,
    const evm_block *const *b,
    size_t n,
    uint64_t epoch,
    uint8_t *mode,
    uint16_t *depth)
{
    static const uint8_t modes[] = {YQ_EVM_IBFT1, YQ_EVM_IBFT2, YQ_EVM_QBFT, YQ_EVM_CLIQUE};
    run_call room;
    yq_fault why;
    const yq_evm_call call = {evm_host(run, &room), &why, NULL};
    const yq_digest hash = yq_evm_hash(&call, b[0]->header);
    for (size_t i = 0; i < YQ_ARRAY_N(modes); i++) {
        *mode = modes[i];
        *depth = depth_of(b[0], *mode);
        yq_slice anchor = anchor_of(run, b[0], *mode, epoch, *depth, &hash);
        if (run_client_init(run->client, anchor, &why) == YQ_OK && n > *depth + 1u &&
            run_client_try_update(
                run->client, run->space, evm_update_of(run, &b[1], *depth + 1u), &why) == YQ_OK) {
            return 1;
        }
    }
    return 0;
}

static void follow(evm_run *run, const char *name, const block_list *list, uint16_t depth)
{
    for (size_t i = 1; i + depth < list->n; i++) {
        run_row row = {.file = name, .kind = "block", .anchor = "genesis"};
        yq_fault why = {0};
        yq_slice evidence = evm_update_of(run, &list->at[i], depth + 1u);
        (void)snprintf(
            row.note,
            sizeof row.note,
            "block %llu",
            (unsigned long long)list->item[i].fields.number);
        run_row_check(&row, "header hash");
        run_row_check(&row, "parent hash");
        run_row_check(&row, "validators");
        run_row_check(&row, depth > 0 ? "seal" : "committed seals");
        yq_status status = run_client_try_update(run->client, run->space, evidence, &why);
        run_row_verdict(&row, status, &why, 1);
        if (status == YQ_OK && run->mutations && i < 4) {
            run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, &row);
        }
        run_report_row(run->report, &row);
        if (status != YQ_OK || run_client_update(run->client, evidence, &why) != YQ_OK) {
            return;
        }
    }
}

/* Blocks whose consensus is not one that is followed: hashes and transactions alone. */
static void links(evm_run *run, const char *name, const block_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        run_row row = {.file = name, .kind = "block", .anchor = "self"};
        run_call room;
        yq_fault why = {0};
        const yq_evm_call call = {evm_host(run, &room), &why, NULL};
        const yq_digest before = yq_evm_hash(&call, list->item[i == 0 ? 0 : i - 1].header);
        yq_status status = evm_txs_check(run, &list->item[i], &why);
        run_row_check(&row, "transactions root");
        if (status == YQ_OK && i > 0) {
            run_row_check(&row, "parent hash");
            status = yq_digest_equal(&before, &list->item[i].fields.parent)
                         ? YQ_OK
                         : yq_fail(&why, YQ_E_PARENT, 0, "header");
        }
        (void)snprintf(
            row.note,
            sizeof row.note,
            "block %llu",
            (unsigned long long)list->item[i].fields.number);
        run_row_verdict(&row, status, &why, 1);
        run_report_row(run->report, &row);
    }
}

void evm_block_file(evm_run *run, const char *name, yq_slice bytes)
{
    static block_list list;
    run_row row = {.file = name, .kind = "file", .anchor = "none"};
    run_call room;
    yq_fault why = {0};
    const yq_evm_call call = {evm_host(run, &room), &why, NULL};
    yq_cur c = yq_cur_of(bytes);
    uint8_t mode;
    uint16_t depth;
    yq_status status = YQ_OK;
    for (list.n = 0; yq_cur_left(&c) > 0 && list.n < BLOCKS_MAX && status == YQ_OK; list.n++) {
        yq_slice raw = yq_rlp_item(&c);
        status = yq_cur_status(&c, &why);
        if (status == YQ_OK) {
            status = read_block(&call, raw, &list.item[list.n]);
            list.at[list.n] = &list.item[list.n];
        }
    }
    if (status != YQ_OK || list.n == 0) {
        run_row_verdict(&row, status == YQ_OK ? YQ_E_TRUNCATED : status, &why, 1);
        run_report_row(run->report, &row);
    } else if (evm_start(run, list.at, list.n, EVM_EPOCH, &mode, &depth)) {
        follow(run, name, &list, depth);
    } else {
        links(run, name, &list);
    }
}
