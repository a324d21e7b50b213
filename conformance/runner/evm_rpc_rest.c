#include "conformance/runner/evm_rpc.h"
#include "relay/base/bytes.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

static const rpc_block *find_block(const rpc_dir *dir, uint64_t number)
{
    for (size_t i = 0; i < dir->block_n; i++) {
        if (dir->block[i].number == number) {
            return &dir->block[i];
        }
    }
    return NULL;
}

/* ---- receipts -------------------------------------------------------------------------------- */

typedef struct receipts {
    yq_trie_entry entry[EVM_TXS_MAX];
    uint8_t bytes[EVM_EVIDENCE_MAX];
    size_t n, used;
} receipts;

/* The receipts of a block under the keys of its transactions. Returns 0 when one is not there. */
static int receipts_of(const rpc_dir *dir, uint64_t number, const evm_txs *txs, receipts *out)
{
    out->used = 0;
    out->n = txs->n;
    memset(out->entry, 0, sizeof out->entry);
    for (size_t i = 0; i < dir->receipts.n; i++) {
        const yq_json *v = dir->receipts.doc[i].value;
        uint64_t of, index;
        uint8_t key_room[8];
        yq_writer key = yq_writer_of(key_room, sizeof key_room);
        if (!yq_json_quantity(yq_json_get(v, "blockNumber"), &of) || of != number ||
            !yq_json_quantity(yq_json_get(v, "transactionIndex"), &index)) {
            continue;
        }
        yq_rlp_put_uint(&key, index);
        yq_writer w = yq_writer_of(out->bytes + out->used, sizeof out->bytes - out->used);
        for (size_t k = 0; k < txs->n; k++) {
            if (yq_slice_equal(txs->entry[k].key, yq_writer_slice(&key)) &&
                evm_rpc_receipt(v, &w)) {
                out->entry[k] = (yq_trie_entry){txs->entry[k].key, yq_writer_slice(&w)};
                out->used += w.n;
            }
        }
    }
    for (size_t k = 0; k < out->n; k++) {
        if (out->entry[k].value.n == 0) {
            return 0;
        }
    }
    return 1;
}

static void put_nodes(yq_writer *w, const yq_trie_proof *p)
{
    yq_put_u16(w, (uint16_t)p->n);
    for (size_t i = 0; i < p->n; i++) {
        yq_put_blob32(w, p->node[i]);
    }
}

/* A block with all that its tries hold. */
typedef struct tries {
    const rpc_block *b;
    evm_txs txs;
    receipts receipts;
} tries;

/* The proof of a log: both paths cut from tries that are built here. */
static yq_status event_of(
    evm_run *run, const tries *t, uint64_t index, uint32_t log_idx, yq_slice *out, yq_fault *why)
{
    uint8_t key_room[8];
    run_call room;
    yq_trie_proof tx = {.n = 0}, receipt = {.n = 0};
    yq_writer w = yq_writer_of(key_room, sizeof key_room);
    const yq_verifier_host *host = evm_host(run, &room);
    yq_rlp_put_uint(&w, index);
    const yq_slice key = yq_writer_slice(&w);
    yq_status status = yq_trie_build(host, &run->arena, t->txs.entry, t->txs.n, key, &tx);
    if (status == YQ_OK) {
        status = yq_trie_build(host, &run->arena, t->receipts.entry, t->receipts.n, key, &receipt);
    }
    if (status == YQ_OK && !yq_digest_equal(&receipt.root, &t->b->block.fields.receipt_root)) {
        status = yq_fail(why, YQ_E_PROOF, 0, "receiptsRoot");
    }
    if (status != YQ_OK) {
        return status;
    }
    w = yq_writer_of(run->evidence, sizeof run->evidence);
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u64(&w, t->b->number);
    yq_put_u32(&w, (uint32_t)index);
    put_nodes(&w, &tx);
    put_nodes(&w, &receipt);
    yq_put_u32(&w, log_idx);
    *out = yq_writer_slice(&w);
    return w.status;
}

static yq_status check_event(const yq_json *log, const yq_verified_event *e, yq_fault *why)
{
    uint8_t address[20], id[32];
    yq_buf a = {address, sizeof address, 0}, t = {id, sizeof id, 0};
    return yq_json_hex(yq_json_get(log, "address"), &a) &&
                   yq_slice_equal(e->emitter, yq_slice_of(a.p, a.n)) &&
                   yq_json_hex(yq_json_get(log, "transactionHash"), &t) &&
                   yq_slice_equal(e->tx_id, yq_slice_of(t.p, t.n))
               ? YQ_OK
               : yq_fail(why, YQ_E_BODY_MISMATCH, 0, "log");
}

/* Every log of a good receipt. */
static yq_status judge_logs(
    evm_run *run, const tries *t, uint64_t index, const yq_json *logs, run_row *row, yq_fault *why)
{
    for (uint32_t i = 0; i < yq_json_count(logs); i++) {
        yq_verified_event e = {0};
        yq_slice evidence = {0};
        run_row_check(row, i == 0 ? "event" : "further event");
        yq_status status = event_of(run, t, index, i, &evidence, why);
        if (status == YQ_OK) {
            status = run_client_event(run->client, run->space, evidence, &e, why);
        }
        if (status == YQ_OK) {
            status = check_event(yq_json_at(logs, i), &e, why);
        }
        if (status != YQ_OK) {
            return status;
        }
        if (run->mutations && i == 0) {
            const run_claim claim = {
                evidence.n - sizeof(uint32_t), sizeof(uint32_t), "log index", "which log is meant"};
            run_mutate(run->report, run->client, RUN_MUTATE_EVENT, evidence, &claim, row);
        }
    }
    return YQ_OK;
}

/* Out: t, or the reason why the receipt proves nothing. */
static const char *tries_of(const rpc_dir *dir, const yq_json *receipt, tries *t, uint64_t *index)
{
    uint64_t number;
    if (!yq_json_quantity(yq_json_get(receipt, "blockNumber"), &number) ||
        !yq_json_quantity(yq_json_get(receipt, "transactionIndex"), index)) {
        return "a receipt that names no block";
    }
    t->b = find_block(dir, number);
    if (t->b == NULL || t->b->status != YQ_OK || t->b->raw.n == 0) {
        return "the bytes of its block are not there";
    }
    return evm_txs_read(t->b->block.txs, &t->txs) && receipts_of(dir, number, &t->txs, &t->receipts)
               ? NULL
               : "not all receipts of its block are there";
}

static void receipt_row(evm_run *run, const rpc_dir *dir, const rpc_doc *doc)
{
    static tries t;
    run_row row = {.file = doc->name, .kind = "receipt", .anchor = "genesis"};
    uint64_t index = 0, good = 0;
    yq_fault why = {0};
    yq_slice evidence = {0};
    const char *missing = tries_of(dir, doc->value, &t, &index);
    if (missing != NULL) {
        run_report_skip(run->report, doc->name, missing);
        return;
    }
    run_row_check(&row, "receipts root");
    yq_status status = event_of(run, &t, index, 0, &evidence, &why);
    (void)yq_json_quantity(yq_json_get(doc->value, "status"), &good);
    if (status == YQ_OK && good == 1) {
        status = judge_logs(run, &t, index, yq_json_get(doc->value, "logs"), &row, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* ---- proofs of accounts and slots ------------------------------------------------------------ */

typedef struct account_proof {
    uint8_t key[YQ_EVM_ADDRESS_SIZE + YQ_DIGEST_SIZE];
    evm_nodes account, slot;
} account_proof;

static yq_slice proof_put(evm_run *run, const account_proof *p, uint64_t number, int slot)
{
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u64(&w, number);
    for (int k = 0; k <= slot; k++) {
        const yq_mpt_proof *nodes = k == 0 ? &p->account.proof : &p->slot.proof;
        yq_put_u16(&w, (uint16_t)nodes->n);
        for (size_t i = 0; i < nodes->n; i++) {
            yq_put_blob32(&w, nodes->node[i]);
        }
    }
    return yq_writer_slice(&w);
}

/* [nonce, balance, storage root, code hash] against what the reply says beside its proof. */
static yq_status check_account(const yq_json *v, const yq_verified_value *value, yq_fault *why)
{
    uint8_t room[200], nonce_room[40], balance_room[40], root[32], code[32];
    yq_slice nonce, balance;
    yq_buf r = {root, sizeof root, 0}, c = {code, sizeof code, 0};
    yq_writer w = yq_writer_of(room, sizeof room);
    if (!value->present) {
        return yq_fail(why, YQ_E_ABSENCE_PROOF, 0, "no such account");
    }
    if (!evm_json_number(yq_json_get(v, "nonce"), nonce_room, sizeof nonce_room, &nonce) ||
        !evm_json_number(yq_json_get(v, "balance"), balance_room, sizeof balance_room, &balance) ||
        !yq_json_hex(yq_json_get(v, "storageHash"), &r) ||
        !yq_json_hex(yq_json_get(v, "codeHash"), &c)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "account");
    }
    size_t mark = yq_rlp_list_begin(&w);
    yq_rlp_put_string(&w, nonce);
    yq_rlp_put_string(&w, balance);
    yq_rlp_put_string(&w, yq_slice_of(r.p, r.n));
    yq_rlp_put_string(&w, yq_slice_of(c.p, c.n));
    yq_rlp_list_end(&w, mark);
    return yq_slice_equal(value->value, yq_writer_slice(&w))
               ? YQ_OK
               : yq_fail(why, YQ_E_BODY_MISMATCH, 0, "account");
}

static yq_status check_slot(const yq_json *item, const yq_verified_value *value, yq_fault *why)
{
    uint8_t room[40];
    yq_slice stated;
    return evm_json_number(yq_json_get(item, "value"), room, sizeof room, &stated) &&
                   yq_slice_equal(stated, value->value)
               ? YQ_OK
               : yq_fail(why, YQ_E_BODY_MISMATCH, 0, "slot");
}

/* Tries the heights from the last one down: a reply does not say to which it belongs. */
static yq_status prove(
    evm_run *run,
    const rpc_dir *dir,
    const account_proof *p,
    int slot,
    yq_verified_value *value,
    yq_slice *evidence,
    yq_fault *why)
{
    yq_slice key = yq_slice_of(p->key, slot ? sizeof p->key : YQ_EVM_ADDRESS_SIZE);
    yq_status status = YQ_E_HEADER_UNKNOWN;
    for (size_t i = dir->block_n; i > 0 && status != YQ_OK; i--) {
        *evidence = proof_put(run, p, dir->block[i - 1].number, slot);
        status = run_client_value(run->client, run->space, key, *evidence, value, why);
    }
    return status;
}

static yq_status judge_slots(
    evm_run *run,
    const rpc_dir *dir,
    const yq_json *list,
    account_proof *p,
    run_row *row,
    yq_fault *why)
{
    for (size_t i = 0; i < yq_json_count(list); i++) {
        const yq_json *item = yq_json_at(list, i);
        uint8_t room[40];
        yq_slice slot, evidence = {0};
        yq_verified_value value = {0};
        if (!evm_json_number(yq_json_get(item, "key"), room, sizeof room, &slot) || slot.n > 32 ||
            !evm_nodes_read(yq_json_get(item, "proof"), &p->slot)) {
            return yq_fail(why, YQ_E_FIELD_MISSING, 0, "storageProof");
        }
        memset(p->key + YQ_EVM_ADDRESS_SIZE, 0, YQ_DIGEST_SIZE);
        yq_bytes_copy(p->key + sizeof p->key - slot.n, slot.p, slot.n);
        run_row_check(row, "storage proof");
        yq_status status = prove(run, dir, p, 1, &value, &evidence, why);
        if (status == YQ_OK) {
            status = check_slot(item, &value, why);
        }
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

static void proof_row(evm_run *run, const rpc_dir *dir, const rpc_doc *doc)
{
    static account_proof p;
    static const run_claim height = {
        1, 8, "height", "where two blocks have one state, the proof holds at both"};
    run_row row = {.file = doc->name, .kind = "account proof", .anchor = "genesis"};
    yq_buf address = {p.key, YQ_EVM_ADDRESS_SIZE, 0};
    yq_fault why = {0};
    yq_slice evidence = {0};
    yq_verified_value value = {0};
    yq_status status = YQ_E_FIELD_MISSING;
    run_row_check(&row, "account proof");
    if (yq_json_hex(yq_json_get(doc->value, "address"), &address) &&
        address.n == YQ_EVM_ADDRESS_SIZE &&
        evm_nodes_read(yq_json_get(doc->value, "accountProof"), &p.account)) {
        status = prove(run, dir, &p, 0, &value, &evidence, &why);
    }
    if (status == YQ_OK) {
        (void)snprintf(
            row.note, sizeof row.note, "at block %llu", (unsigned long long)value.height);
        status = check_account(doc->value, &value, &why);
    }
    if (status == YQ_OK && run->mutations) {
        run_mutate_value(
            run->report,
            run->client,
            yq_slice_of(p.key, YQ_EVM_ADDRESS_SIZE),
            evidence,
            &height,
            &row);
    }
    if (status == YQ_OK) {
        const yq_json *slots = yq_json_get(doc->value, "storageProof");
        status = judge_slots(run, dir, slots, &p, &row, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* ---- what stands beside ---------------------------------------------------------------------- */

/* A reply of 32 bytes is a transaction's hash when a block holds that transaction. */
static void hash_row(evm_run *run, const rpc_dir *dir, const rpc_doc *doc)
{
    static evm_txs txs;
    run_row row = {.file = doc->name, .kind = "transaction hash", .anchor = "genesis"};
    uint8_t hash[YQ_DIGEST_SIZE], md[YQ_HASH_SIZE_MAX];
    yq_buf out = {hash, sizeof hash, 0};
    const yq_fault why = {0};
    (void)yq_json_hex(doc->value, &out);
    for (size_t i = 0; i < dir->block_n; i++) {
        const rpc_block *b = &dir->block[i];
        if (b->status != YQ_OK || b->raw.n == 0 || !evm_txs_read(b->block.txs, &txs)) {
            continue;
        }
        for (size_t k = 0; k < txs.n; k++) {
            yq_hash_one(YQ_HASH_KECCAK256, txs.entry[k].value, md);
            if (memcmp(md, hash, sizeof hash) == 0) {
                (void)snprintf(
                    row.note, sizeof row.note, "block %llu", (unsigned long long)b->number);
                run_row_check(&row, "transaction hash");
                run_row_verdict(&row, YQ_OK, &why, 1);
                run_report_row(run->report, &row);
                return;
            }
        }
    }
    run_report_skip(run->report, doc->name, "no transaction of these blocks has this hash");
}

/* A list of addresses against the set that the client ended with. */
static void set_row(evm_run *run, const rpc_doc *doc)
{
    run_row row = {.file = doc->name, .kind = "set", .anchor = "genesis"};
    run_call room;
    yq_fault why = {0};
    yq_evm_call call = {evm_host(run, &room), &why, NULL};
    yq_evm_state state;
    yq_evm_set listed;
    uint8_t address[YQ_EVM_ADDRESS_SIZE];
    yq_status status = yq_evm_state_decode(&call, run_client_state(run->client), &state);
    if (status != YQ_OK || !yq_evm_set_new(&call, &listed)) {
        run_report_skip(run->report, doc->name, "no block was followed");
        return;
    }
    run_row_check(&row, "validators");
    for (size_t i = 0; i < yq_json_count(doc->value) && status == YQ_OK; i++) {
        yq_buf out = {address, sizeof address, 0};
        if (!yq_json_hex(yq_json_at(doc->value, i), &out) || out.n != sizeof address ||
            !yq_evm_set_add(&listed, address)) {
            status = yq_fail(&why, YQ_E_DUP_SIGNER, 0, "list");
        }
    }
    if (status == YQ_OK && !yq_evm_set_equal(&listed, &state.set)) {
        status = yq_fail(&why, YQ_E_VALSET_HASH, 0, "list");
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* The extraData that a genesis file states against that of block 0. */
static void genesis_row(evm_run *run, const rpc_dir *dir, const rpc_doc *doc)
{
    static uint8_t extra[RPC_HEADER_MAX];
    run_row row = {.file = doc->name, .kind = "genesis", .anchor = "hash"};
    const yq_json *v = yq_json_get(doc->value, "extraData");
    const rpc_block *b = find_block(dir, 0);
    yq_buf out = {extra, sizeof extra, 0};
    yq_fault why = {0};
    v = v == NULL ? yq_json_get(doc->value, "extradata") : v;
    if (b == NULL || b->status != YQ_OK || !yq_json_hex(v, &out)) {
        run_report_skip(run->report, doc->name, "block 0 is not there, or it states no extraData");
        return;
    }
    run_row_check(&row, "extraData");
    yq_status status = yq_slice_equal(b->block.fields.extra, yq_slice_of(out.p, out.n))
                           ? YQ_OK
                           : yq_fail(&why, YQ_E_BODY_MISMATCH, 0, "extraData");
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

void evm_rpc_rest(evm_run *run, const rpc_dir *dir)
{
    for (size_t i = 0; i < dir->receipts.n; i++) {
        receipt_row(run, dir, &dir->receipts.doc[i]);
    }
    for (size_t i = 0; i < dir->proofs.n; i++) {
        proof_row(run, dir, &dir->proofs.doc[i]);
    }
    for (size_t i = 0; i < dir->hashes.n; i++) {
        hash_row(run, dir, &dir->hashes.doc[i]);
    }
    for (size_t i = 0; i < dir->sets.n; i++) {
        set_row(run, &dir->sets.doc[i]);
    }
    for (size_t i = 0; i < dir->genesis.n; i++) {
        genesis_row(run, dir, &dir->genesis.doc[i]);
    }
}
