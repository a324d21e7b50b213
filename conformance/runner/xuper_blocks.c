#include "conformance/runner/xuper.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/base64.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADER_ROOM XUPER_HEADER_ROOM

/* Returns 0 when a vote is not written as blocks write it. */
static int put_vote(yq_writer *w, const yq_json *vote)
{
    uint8_t der[256];
    yq_buf out = {der, sizeof der, 0};
    if (yq_base64_decode(xuper_text(vote, "Sign"), &out, NULL) != YQ_OK) {
        return 0;
    }
    yq_put_str8(w, xuper_text(vote, "Address"));
    yq_put_blob16(w, xuper_text(vote, "PublicKey"));
    yq_put_str8(w, yq_slice_of(der, out.n));
    return 1;
}

static int put_cert(yq_writer *w, const yq_json *justify)
{
    const yq_json *votes = yq_json_get(yq_json_get(justify, "SignInfos"), "QCSignInfos");
    yq_digest proposal = {{0}};
    size_t n = yq_json_count(votes);
    if (yq_json_count(justify) == 0) {
        yq_put_u8(w, 0);
        return 1;
    }
    if (!xuper_digest(yq_json_get(justify, "ProposalId"), &proposal) ||
        xuper_number(justify, "Type") != 1 || xuper_text(justify, "ProposalMsg").n != 0 ||
        n > 255) {
        return 0;
    }
    yq_put_u8(w, 1);
    yq_put(w, YQ_SLICE_OF(proposal.b));
    yq_put_u64(w, xuper_number(justify, "ViewNumber"));
    yq_put_u8(w, (uint8_t)n);
    for (size_t i = 0; i < n; i++) {
        if (!put_vote(w, yq_json_at(votes, i))) {
            return 0;
        }
    }
    return 1;
}

/* The texts of errors in the order of their transactions' ids. Returns 0 for more of them than a
 * block that is read has transactions. */
static int put_errors(yq_writer *w, const yq_json *failed)
{
    uint8_t bytes[YQ_XUPER_ERRORS_MAX];
    yq_writer all = yq_writer_of(bytes, sizeof bytes);
    const char *before = "";
    if (yq_json_count(failed) > XUPER_TXS_MAX) {
        return 0;
    }
    for (const char *next = ""; next != NULL;) {
        next = NULL;
        for (const char *key = yq_json_key_next(failed, NULL); key != NULL;
             key = yq_json_key_next(failed, key)) {
            if (strcmp(key, before) > 0 && (next == NULL || strcmp(key, next) < 0)) {
                next = key;
            }
        }
        if (next != NULL) {
            yq_put(&all, xuper_text(failed, next));
            before = next;
        }
    }
    yq_put_blob16(w, yq_writer_slice(&all));
    return all.status == YQ_OK;
}

/* Numbers of which the chain hashes four bytes: what is longer would be hashed as another. */
static int is_four_bytes(const yq_json *json)
{
    static const char *const keys[] = {"version", "nonce", "txCount"};
    int good = 1;
    for (size_t i = 0; i < YQ_ARRAY_N(keys); i++) {
        const uint64_t above = xuper_number(json, keys[i]) + (UINT64_C(1) << 31);
        good = good && above >> 32 == 0;
    }
    return good;
}

/* The block's header in the verifier's layout. */
static int header_of(const yq_json *json, yq_writer *w)
{
    uint8_t der[256];
    yq_buf out = {der, sizeof der, 0};
    yq_digest parent = {{0}}, root = {{0}};
    if (!is_four_bytes(json) || !xuper_digest(yq_json_get(json, "preHash"), &parent) ||
        !xuper_digest(yq_json_get(json, "merkleRoot"), &root) ||
        !yq_json_hex(yq_json_get(json, "sign"), &out) || xuper_number(json, "targetBits") != 0) {
        return 0;
    }
    yq_put_u32(w, (uint32_t)xuper_number(json, "version"));
    yq_put_u32(w, (uint32_t)xuper_number(json, "nonce"));
    yq_put_u32(w, (uint32_t)xuper_number(json, "txCount"));
    yq_put_str8(w, xuper_text(json, "proposer"));
    yq_put_u64(w, xuper_number(json, "timestamp"));
    yq_put_blob16(w, xuper_text(json, "pubkey"));
    yq_put(w, YQ_SLICE_OF(parent.b));
    yq_put(w, YQ_SLICE_OF(root.b));
    int good = put_errors(w, yq_json_get(json, "failedTxs"));
    yq_put_u64(w, xuper_number(json, "curTerm"));
    yq_put_u64(w, xuper_number(json, "curBlockNum"));
    good = put_cert(w, yq_json_get(json, "justify")) && good;
    yq_put_str8(w, yq_slice_of(der, out.n));
    return good && w->status == YQ_OK;
}

/* Root over the transactions' ids: a missing right child is the left one. */
static yq_status check_root(
    const yq_verifier_host *host, const yq_json *json, const yq_xuper_record *record, yq_fault *why)
{
    static yq_digest level[XUPER_TXS_MAX];
    const yq_json *txs = yq_json_get(json, "transactions");
    size_t n = yq_json_count(txs);
    if (n == 0 || n > XUPER_TXS_MAX || n != record->tx_count) {
        return yq_fail(why, YQ_E_BODY_MISMATCH, 0, "transactions");
    }
    for (size_t i = 0; i < n; i++) {
        if (!xuper_digest(yq_json_get(yq_json_at(txs, i), "txid"), &level[i])) {
            return yq_fail(why, YQ_E_TYPE, 0, "txid");
        }
    }
    for (; n > 1; n = (n + 1) / 2) {
        for (size_t i = 0; i < n; i += 2) {
            const yq_digest *right = i + 1 < n ? &level[i + 1] : &level[i];
            const yq_slice part[] = {YQ_SLICE_OF(level[i].b), YQ_SLICE_OF(right->b)};
            level[i / 2] = yq_xuper_hash(host, part, 2);
        }
    }
    return yq_digest_equal(level, &record->root) ? YQ_OK
                                                 : yq_fail(why, YQ_E_PROOF, 0, "merkleRoot");
}

/* The proposer's signature and every vote, whoever they are. */
static yq_status check_signatures(
    const yq_xuper_call *call, const yq_verifier_host *host, const yq_xuper_header *h)
{
    for (size_t i = 0; i <= h->vote_n; i++) {
        const yq_xuper_vote *vote = i == 0 ? NULL : &h->vote[i - 1];
        const yq_signature sig = {
            .alg = call->scheme == YQ_XUPER_SM2 ? YQ_SIG_SM2_DIGEST : YQ_SIG_P256_DIGEST,
            .key = {vote == NULL ? h->key : vote->key, 64},
            .msg = {vote == NULL ? h->id.b : h->proposal.b, YQ_DIGEST_SIZE},
            .sig = {vote == NULL ? h->sig : vote->sig, 64}};
        yq_status valid = YQ_E_SIG;
        yq_status status = host->check_signatures(host->self, &sig, 1, &valid);
        if (status != YQ_OK || valid != YQ_OK) {
            return yq_fail(
                call->why, status != YQ_OK ? status : valid, 0, i == 0 ? "sign" : "vote");
        }
    }
    return YQ_OK;
}

/* Each transaction's id from its fields, and the signatures in it. A transaction of text whose
 * bytes were no text cannot be rebuilt: its id is then taken as it stands, and the row says so. */
static yq_status check_txs(xuper_run *run, const yq_json *json, run_row *row, yq_fault *why)
{
    const yq_json *txs = yq_json_get(json, "transactions");
    size_t signatures = 0;
    for (size_t i = 0; i < yq_json_count(txs); i++) {
        xuper_message message;
        yq_writer w = yq_writer_of(run->message, sizeof run->message);
        yq_status status = YQ_E_TYPE;
        if (xuper_message_of_json(yq_json_at(txs, i), &w)) {
            status = xuper_message_read(yq_writer_slice(&w), &message, why);
        }
        if (status == YQ_OK) {
            status = xuper_tx_check(run, &message, &signatures, why);
        }
        if (status == YQ_E_HASH && xuper_lost_bytes(yq_json_at(txs, i))) {
            (void)snprintf(row->note, sizeof row->note, "%s", xuper_lost);
            continue;
        }
        if (status != YQ_OK) {
            return status;
        }
    }
    run_row_check(row, "transaction ids");
    if (signatures > 0) {
        run_row_check(row, "transaction signatures");
    }
    return YQ_OK;
}

static int is_kept(const xuper_run *run, const yq_digest *id)
{
    for (size_t i = 0; i < run->n; i++) {
        if (yq_digest_equal(&run->block[i].id, id)) {
            return 1;
        }
    }
    return 0;
}

static void keep(xuper_run *run, const xuper_block *b, yq_slice raw)
{
    if (is_kept(run, &b->id)) {
        return;
    }
    run->block = realloc(run->block, (run->n + 1) * sizeof *run->block);
    YQ_ASSERT(run->block != NULL);
    size_t at = run->n++;
    for (; at > 0 && run->block[at - 1].height > b->height; at--) {
        run->block[at] = run->block[at - 1];
    }
    run->block[at] = *b;
    if (raw.n > 0) {
        run->block[at].raw = malloc(raw.n);
        YQ_ASSERT(run->block[at].raw != NULL);
        memcpy(run->block[at].raw, raw.p, raw.n);
        run->block[at].raw_n = raw.n;
    }
}

/* The parent, where blocks of its height are there. */
static yq_status check_parent(xuper_run *run, const xuper_block *b, run_row *row, yq_fault *why)
{
    int seen = 0;
    for (size_t i = 0; i < run->n; i++) {
        if (run->block[i].height + 1 == b->height) {
            seen = 1;
            if (yq_digest_equal(&run->block[i].id, &b->parent)) {
                run_row_check(row, "parent");
                return YQ_OK;
            }
        }
    }
    return seen ? yq_fail(why, YQ_E_PARENT, 0, "preHash") : YQ_OK;
}

static yq_status check_id(const yq_json *json, const yq_digest *id, yq_fault *why)
{
    yq_digest stated = {{0}};
    return xuper_digest(yq_json_get(json, "blockid"), &stated) && yq_digest_equal(&stated, id)
               ? YQ_OK
               : yq_fail(why, YQ_E_HASH, 0, "blockid");
}

static void put_le(yq_writer *w, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        yq_put_u8(w, (uint8_t)(value >> 8 * i));
    }
}

/* A first block has no parent, no proposer and no signature: its id is all that binds it. */
static yq_status first_block(
    xuper_run *run,
    const yq_verifier_host *host,
    const yq_json *json,
    xuper_block *b,
    yq_fault *why)
{
    yq_writer w = yq_writer_of(run->room, sizeof run->room);
    yq_xuper_record record = {.tx_count = (uint32_t)xuper_number(json, "txCount")};
    if (!is_four_bytes(json) || !xuper_digest(yq_json_get(json, "merkleRoot"), &record.root) ||
        b->height != 0) {
        return yq_fail(why, YQ_E_TYPE, 0, "block");
    }
    put_le(&w, xuper_number(json, "version"), 4);
    put_le(&w, xuper_number(json, "nonce"), 4);
    put_le(&w, record.tx_count, 4);
    put_le(&w, xuper_number(json, "timestamp"), 8);
    yq_put(&w, YQ_SLICE_OF(record.root.b));
    put_le(&w, xuper_number(json, "curTerm"), 8);
    put_le(&w, xuper_number(json, "curBlockNum"), 8);
    const yq_slice preimage = yq_writer_slice(&w);
    b->id = yq_xuper_hash(host, &preimage, 1);
    yq_status status = check_id(json, &b->id, why);
    return status == YQ_OK ? check_root(host, json, &record, why) : status;
}

static yq_status signed_block(
    xuper_run *run, const yq_xuper_call *call, const yq_json *json, xuper_block *b, yq_slice *raw)
{
    yq_xuper_header header = {0};
    yq_writer w = yq_writer_of(run->room, HEADER_ROOM);
    if (!header_of(json, &w)) {
        return yq_fail(call->why, YQ_E_TYPE, 0, "block");
    }
    *raw = yq_writer_slice(&w);
    yq_cur c = yq_cur_of(*raw);
    yq_xuper_take_header(call, &c, &header);
    yq_status status = yq_cur_done(&c, call->why);
    if (status == YQ_OK) {
        status = check_id(json, &header.id, call->why);
    }
    if (status == YQ_OK) {
        status = check_root(call->host, json, &header.record, call->why);
    }
    b->id = header.id;
    b->parent = header.parent;
    b->scheme = call->scheme;
    b->certifies = header.has_cert && yq_digest_equal(&header.proposal, &header.parent);
    return status == YQ_OK ? check_signatures(call, call->host, &header) : status;
}

static int is_sm2(yq_slice key_text)
{
    return memmem(key_text.p, key_text.n, "SM2", 3) != NULL;
}

void xuper_block_row(xuper_run *run, const char *name, const yq_json *json)
{
    run_row row = {.file = name, .kind = "block", .anchor = "self"};
    run_call call_room;
    yq_fault why = {0};
    yq_slice raw = {0};
    const yq_slice key_text = xuper_text(json, "pubkey");
    const yq_xuper_call call = {
        run_workspace_host(run->space, run->client, &call_room),
        &why,
        key_text.n > 0 && is_sm2(key_text) ? YQ_XUPER_SM2 : YQ_XUPER_P256};
    xuper_block b = {.name = name, .json = json, .height = xuper_number(json, "height")};
    yq_status status;
    run_row_check(&row, "id");
    run_row_check(&row, "root");
    if (key_text.n == 0) {
        row.kind = "first block";
        status = first_block(run, call.host, json, &b, &why);
    } else {
        run_row_check(&row, "signatures");
        status = signed_block(run, &call, json, &b, &raw);
    }
    if (status == YQ_OK) {
        status = check_parent(run, &b, &row, &why);
    }
    if (status == YQ_OK) {
        status = check_txs(run, json, &row, &why);
    }
    if (status == YQ_OK) {
        keep(run, &b, raw);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}
