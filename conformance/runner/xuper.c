#include "conformance/runner/xuper.h"

#include "conformance/runner/kinds.h"
#include "light-clients/xuperchain/xuperchain.h"
#include "relay/base/assert.h"
#include "relay/codec/base64.h"

#include <stdio.h>
#include <stdlib.h>

/* Blocks of XuperChain as its command line prints them, one a file: {blockid, preHash, proposer,
 * transactions, merkleTree, justify, ...}. A chain with certificates is followed from its lowest
 * block, by the validators who vote in it; of the others each block is looked at alone. */
#define BLOCKS_MAX   4096u
#define TXS_MAX      1024u
#define HEADER_ROOM  (64u << 10)
#define TX_BYTES_MAX (1u << 20)
#define MUTATE_STEP  8u /* heights between updates that are mutated */

static const char too_little[] = "transactions of versions 1 and 2 bind too little to prove";

typedef struct block {
    const char *name;
    uint64_t height;
    yq_digest id;
    uint8_t *raw;
    size_t raw_n;
    yq_xuper_header header;
} block;

typedef struct xuper_run {
    run_report *report;
    run_client *client;
    run_workspace *space;
    block block[BLOCKS_MAX];
    size_t n;
    uint8_t scheme;
    yq_xuper_set set;
    char address[YQ_XUPER_MEMBERS_MAX][YQ_XUPER_ADDRESS_MAX];
    uint8_t message[TX_BYTES_MAX];
    uint8_t room[(YQ_XUPER_HEADERS_MAX + 1) * HEADER_ROOM];
} xuper_run;

static int digest_of(const yq_json *value, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(value, &room) && room.n == sizeof out->b;
}

static uint64_t number_of(const yq_json *object, const char *key)
{
    uint64_t value = 0;
    (void)yq_json_uint(yq_json_get(object, key), &value);
    return value;
}

static yq_slice text_of(const yq_json *object, const char *key)
{
    yq_slice text = {0};
    (void)yq_json_text(yq_json_get(object, key), &text);
    return text;
}

/* Returns 0 when a vote is not written as blocks write it. */
static int put_vote(yq_writer *w, const yq_json *vote)
{
    uint8_t der[256];
    yq_buf out = {der, sizeof der, 0};
    if (yq_base64_decode(text_of(vote, "Sign"), &out, NULL) != YQ_OK) {
        return 0;
    }
    yq_put_str8(w, text_of(vote, "Address"));
    yq_put_blob16(w, text_of(vote, "PublicKey"));
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
    if (!digest_of(yq_json_get(justify, "ProposalId"), &proposal) ||
        number_of(justify, "Type") != 1 || text_of(justify, "ProposalMsg").n != 0 || n > 255) {
        return 0;
    }
    yq_put_u8(w, 1);
    yq_put(w, YQ_SLICE_OF(proposal.b));
    yq_put_u64(w, number_of(justify, "ViewNumber"));
    yq_put_u8(w, (uint8_t)n);
    for (size_t i = 0; i < n; i++) {
        if (!put_vote(w, yq_json_at(votes, i))) {
            return 0;
        }
    }
    return 1;
}

/* The texts of errors in the order of their transactions' ids. */
static void put_errors(yq_writer *w, const yq_json *failed)
{
    uint8_t bytes[YQ_XUPER_ERRORS_MAX];
    yq_writer all = yq_writer_of(bytes, sizeof bytes);
    const char *before = "";
    for (size_t done = 0; done < yq_json_count(failed); done++) {
        const char *next = NULL;
        for (size_t i = 0; i < yq_json_count(failed); i++) {
            const char *key = yq_json_key_at(failed, i);
            if (strcmp(key, before) > 0 && (next == NULL || strcmp(key, next) < 0)) {
                next = key;
            }
        }
        if (next != NULL) {
            yq_put(&all, text_of(failed, next));
            before = next;
        }
    }
    yq_put_blob16(w, yq_writer_slice(&all));
}

/* The block's header in the verifier's layout. */
static int header_of(const yq_json *json, yq_writer *w)
{
    uint8_t der[256];
    yq_buf out = {der, sizeof der, 0};
    yq_digest parent = {{0}}, root = {{0}};
    if (!digest_of(yq_json_get(json, "preHash"), &parent) ||
        !digest_of(yq_json_get(json, "merkleRoot"), &root) ||
        !yq_json_hex(yq_json_get(json, "sign"), &out) || number_of(json, "targetBits") != 0) {
        return 0;
    }
    yq_put_u32(w, (uint32_t)number_of(json, "version"));
    yq_put_u32(w, (uint32_t)number_of(json, "nonce"));
    yq_put_u32(w, (uint32_t)number_of(json, "txCount"));
    yq_put_str8(w, text_of(json, "proposer"));
    yq_put_u64(w, number_of(json, "timestamp"));
    yq_put_blob16(w, text_of(json, "pubkey"));
    yq_put(w, YQ_SLICE_OF(parent.b));
    yq_put(w, YQ_SLICE_OF(root.b));
    put_errors(w, yq_json_get(json, "failedTxs"));
    yq_put_u64(w, number_of(json, "curTerm"));
    yq_put_u64(w, number_of(json, "curBlockNum"));
    int good = put_cert(w, yq_json_get(json, "justify"));
    yq_put_str8(w, yq_slice_of(der, out.n));
    return good && w->status == YQ_OK;
}

/* Root over the transactions' ids: a missing right child is the left one. */
static yq_status check_root(
    const yq_verifier_host *host, const yq_json *json, const yq_xuper_header *header, yq_fault *why)
{
    static yq_digest level[TXS_MAX];
    const yq_json *txs = yq_json_get(json, "transactions");
    size_t n = yq_json_count(txs);
    if (n == 0 || n > TXS_MAX || n != header->record.tx_count) {
        return yq_fail(why, YQ_E_BODY_MISMATCH, 0, "transactions");
    }
    for (size_t i = 0; i < n; i++) {
        if (!digest_of(yq_json_get(yq_json_at(txs, i), "txid"), &level[i])) {
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
    return yq_digest_equal(level, &header->record.root) ? YQ_OK
                                                        : yq_fail(why, YQ_E_PROOF, 0, "merkleRoot");
}

/* The proposer's signature and every vote, whoever they are. */
static yq_status check_signatures(
    const xuper_run *run, const yq_verifier_host *host, const yq_xuper_header *h, yq_fault *why)
{
    for (size_t i = 0; i <= h->vote_n; i++) {
        const yq_xuper_vote *vote = i == 0 ? NULL : &h->vote[i - 1];
        const yq_signature sig = {
            .alg = run->scheme == YQ_XUPER_SM2 ? YQ_SIG_SM2_DIGEST : YQ_SIG_P256_DIGEST,
            .key = {vote == NULL ? h->key : vote->key, 64},
            .msg = {vote == NULL ? h->id.b : h->proposal.b, YQ_DIGEST_SIZE},
            .sig = {vote == NULL ? h->sig : vote->sig, 64}};
        yq_status valid = YQ_E_SIG;
        yq_status status = host->check_signatures(host->self, &sig, 1, &valid);
        if (status != YQ_OK || valid != YQ_OK) {
            return yq_fail(why, status != YQ_OK ? status : valid, 0, i == 0 ? "sign" : "vote");
        }
    }
    return YQ_OK;
}

/* Notes who votes and proposes: the validators of a chain that names them nowhere else. */
static void note_member(xuper_run *run, yq_slice address)
{
    for (size_t i = 0; i < run->set.n; i++) {
        if (yq_slice_equal(run->set.address[i], address)) {
            return;
        }
    }
    if (run->set.n < YQ_XUPER_MEMBERS_MAX) {
        memcpy(run->address[run->set.n], address.p, address.n);
        run->set.address[run->set.n] = yq_slice_of(run->address[run->set.n], address.n);
        run->set.n++;
    }
}

static void keep(
    xuper_run *run, const char *name, uint64_t height, yq_slice raw, const yq_xuper_header *h)
{
    size_t at = run->n;
    if (run->n == BLOCKS_MAX || raw.n == 0) {
        return;
    }
    for (; at > 0 && run->block[at - 1].height > height; at--) {
        run->block[at] = run->block[at - 1];
    }
    run->block[at] =
        (block){.name = name, .height = height, .id = h->id, .raw_n = raw.n, .header = *h};
    run->block[at].raw = malloc(raw.n);
    YQ_ASSERT(run->block[at].raw != NULL);
    memcpy(run->block[at].raw, raw.p, raw.n);
    run->n++;
    note_member(run, h->proposer);
    for (size_t i = 0; i < h->vote_n; i++) {
        note_member(run, h->vote[i].address);
    }
}

static void block_row(xuper_run *run, const char *name, const yq_json *json)
{
    run_row row = {.file = name, .kind = "block", .anchor = "self"};
    run_call call_room;
    yq_fault why = {0};
    yq_digest stated = {{0}};
    yq_xuper_header header = {0};
    const yq_verifier_host *host = run_workspace_host(run->space, run->client, &call_room);
    yq_writer w = yq_writer_of(run->room, HEADER_ROOM);
    run->scheme = strstr((const char *)text_of(json, "pubkey").p, "SM2") != NULL ? YQ_XUPER_SM2
                                                                                 : YQ_XUPER_P256;
    const yq_xuper_call call = {host, &why, run->scheme};
    run_row_check(&row, "id");
    run_row_check(&row, "root");
    run_row_check(&row, "signatures");
    yq_status status = header_of(json, &w) ? YQ_OK : yq_fail(&why, YQ_E_TYPE, 0, "block");
    yq_cur c = yq_cur_of(yq_writer_slice(&w));
    if (status == YQ_OK) {
        yq_xuper_take_header(&call, &c, &header);
        status = yq_cur_done(&c, &why);
    }
    if (status == YQ_OK && (!digest_of(yq_json_get(json, "blockid"), &stated) ||
                            !yq_digest_equal(&stated, &header.id))) {
        status = yq_fail(&why, YQ_E_HASH, 0, "blockid");
    }
    if (status == YQ_OK) {
        status = check_root(host, json, &header, &why);
    }
    if (status == YQ_OK) {
        status = check_signatures(run, host, &header, &why);
    }
    if (status == YQ_OK) {
        keep(run, name, number_of(json, "height"), yq_writer_slice(&w), &header);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* Whether block i carries a certificate of the one before it. */
static int certifies(const xuper_run *run, size_t i)
{
    const yq_xuper_header *h = &run->block[i].header;
    return h->has_cert && yq_digest_equal(&h->proposal, &h->parent);
}

/* The blocks from `first` on that make it final: 0 when there are not enough. */
static size_t enough(const xuper_run *run, size_t first)
{
    for (size_t n = YQ_XUPER_HEADERS_MIN; first + n <= run->n && n <= YQ_XUPER_HEADERS_MAX; n++) {
        size_t end = first + n;
        if (certifies(run, end - 1) && certifies(run, end - 2) && certifies(run, end - 3)) {
            return n;
        }
    }
    return 0;
}

static yq_status anchor_at(xuper_run *run, const block *b, yq_fault *why)
{
    yq_writer w = yq_writer_of(run->room, sizeof run->room);
    yq_put_u8(&w, YQ_XUPER_LAYOUT_VERSION);
    yq_put_u8(&w, run->scheme);
    yq_put_u8(&w, 0);
    yq_put_str8(&w, (yq_slice){0});
    yq_put_str8(&w, (yq_slice){0});
    yq_put_u64(&w, b->height);
    yq_put(&w, YQ_SLICE_OF(b->id.b));
    yq_xuper_put_set(&w, &run->set);
    yq_put(&w, yq_slice_of(b->raw, b->raw_n));
    return run_client_init(run->client, yq_writer_slice(&w), why);
}

/* One update that makes block `first` final, and those behind it that come along. Returns how many.
 */
static size_t final_row(xuper_run *run, size_t first, size_t n, int mutations)
{
    const block *b = &run->block[first];
    run_row row = {.file = b->name, .kind = "final block", .anchor = "self"};
    yq_fault why = {0};
    yq_writer w = yq_writer_of(run->room, sizeof run->room);
    yq_put_u8(&w, YQ_XUPER_LAYOUT_VERSION);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, b->height);
    yq_put_u16(&w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        yq_put(&w, yq_slice_of(b[i].raw, b[i].raw_n));
    }
    const yq_slice evidence = yq_writer_slice(&w);
    run_row_check(&row, "link");
    run_row_check(&row, "three certificates");
    run_row_check(&row, "quorum");
    yq_status status = run_client_try_update(run->client, run->space, evidence, &why);
    if (status == YQ_OK && mutations && b->height % MUTATE_STEP == 2) {
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, 0, &row);
    }
    if (status == YQ_OK) {
        status = run_client_update(run->client, evidence, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
    return status == YQ_OK ? n - 3 : 0;
}

static void follow(xuper_run *run, int mutations)
{
    yq_fault why = {0};
    int certified = 0;
    for (size_t i = 0; i < run->n; i++) {
        certified += certifies(run, i);
    }
    if (certified == 0) {
        return;
    }
    if (anchor_at(run, &run->block[0], &why) != YQ_OK) {
        run_report_skip(run->report, run->block[0].name, why.text);
        return;
    }
    for (size_t at = 1, n = enough(run, at); n != 0; n = enough(run, at)) {
        size_t done = final_row(run, at, n, mutations);
        if (done == 0) {
            return;
        }
        at += done;
    }
}

/* A transaction's id under the rules of version 3, by the verifier's own decoder. */
static void tx_row(
    xuper_run *run, const char *name, yq_slice preimage, const yq_digest *stated, int mutations)
{
    run_row row = {.file = name, .kind = "transaction", .anchor = "none"};
    run_call call_room;
    yq_fault why = {0};
    yq_xuper_tx tx = {0};
    const yq_xuper_call call = {
        run_workspace_host(run->space, run->client, &call_room), &why, YQ_XUPER_P256};
    run_row_check(&row, "id");
    yq_status status = yq_xuper_tx_decode(&call, preimage, 0, &tx);
    if (status == YQ_OK && !yq_digest_equal(&tx.id, stated)) {
        status = yq_fail(&why, YQ_E_HASH, 0, "txid");
    }
    for (size_t i = 0; i < preimage.n && status == YQ_OK && mutations; i++) {
        run->room[i] ^= 1;
        yq_status changed = yq_xuper_tx_decode(&call, preimage, 0, &tx);
        run->room[i] ^= 1;
        changed = changed == YQ_OK && !yq_digest_equal(&tx.id, stated) ? YQ_E_HASH : changed;
        row.mutations_tried++;
        row.mutations_refused += changed != YQ_OK && changed > -400;
        run_report_code(run->report, changed, 1);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

/* A raw message, or {tx_pb_hex, expect: {"3": id}}. */
static void message_of(
    xuper_run *run, const char *name, yq_slice message, const yq_json *expect, int mutations)
{
    uint64_t version;
    yq_slice txid;
    yq_digest stated = {{0}};
    yq_writer w = yq_writer_of(run->room, sizeof run->room);
    if (!run_xuper_preimage(message, &w, &version, &txid)) {
        return;
    }
    memcpy(stated.b, txid.p, sizeof stated.b);
    if (digest_of(yq_json_get(expect, "3"), &stated) || version == 3) {
        tx_row(run, name, yq_writer_slice(&w), &stated, mutations);
    } else {
        run_report_skip(run->report, name, too_little);
    }
}

static void file_of(xuper_run *run, const run_file *file, int mutations, int *seen)
{
    yq_slice text, key;
    yq_fault why;
    if (run_ends_with(file->base, ".pb") && run_file_read(file->path, &text, &why) == YQ_OK) {
        message_of(run, file->name, text, NULL, mutations);
        run_file_free(text);
        return;
    }
    if (!run_ends_with(file->base, ".json") || run_file_read(file->path, &text, &why) != YQ_OK) {
        return;
    }
    yq_json *document = yq_json_parse(text, RUN_FILE_MAX, &why);
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    run_file_free(text);
    if (yq_json_text(yq_json_get(root, "blockid"), &key) && yq_json_get(root, "txid") == NULL &&
        yq_json_get(root, "merkleRoot") != NULL) {
        *seen = 1;
        if (text_of(root, "pubkey").n == 0) {
            run_report_skip(run->report, file->name, "a first block is signed by nobody");
        } else {
            block_row(run, file->name, root);
        }
    } else if (
        yq_json_text(yq_json_get(root, "txid"), &key) && yq_json_get(root, "txInputs") != NULL) {
        run_report_skip(run->report, file->name, too_little);
    }
    yq_buf message = {run->message, sizeof run->message, 0};
    if (yq_json_hex(yq_json_get(root, "tx_pb_hex"), &message)) {
        message_of(
            run,
            file->name,
            yq_slice_of(message.p, message.n),
            yq_json_get(root, "expect"),
            mutations);
    }
    yq_json_free(document);
}

void run_xuper_folder(run_report *report, const run_folder *folder, int mutations)
{
    xuper_run *run = calloc(1, sizeof *run);
    const yq_verifier *verifier = run_verifier("xuperchain");
    int seen = 0;
    YQ_ASSERT(run != NULL && verifier != NULL);
    run->report = report;
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    for (size_t i = 0; i < folder->n; i++) {
        file_of(run, &folder->file[i], mutations, &seen);
    }
    if (seen) {
        follow(run, mutations);
    }
    for (size_t i = 0; i < run->n; i++) {
        free(run->block[i].raw);
    }
    run_client_free(run->client);
    run_workspace_free(run->space);
    free(run);
}
