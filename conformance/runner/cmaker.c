#include "conformance/runner/kinds.h"
#include "light-clients/chainmaker/chainmaker.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"
#include "relay/codec/x509.h"

#include <stdio.h>
#include <stdlib.h>

/* Blocks of ChainMaker as JSON with their protobuf bytes in hex: {blocks: [{header_pb_full, txs,
 * ...}]}, or one set of {leaves, tx_root, header_preimage, block_hash}. */
#define TXS_MAX   4096u
#define BYTES_MAX (8u << 20)

typedef struct cmaker_run {
    run_report *report;
    run_client *client;
    run_workspace *space;
    const char *name;
    yq_digest leaf[TXS_MAX], rw_set[TXS_MAX];
    uint8_t bytes[BYTES_MAX], stripped[BYTES_MAX];
    size_t used;
} cmaker_run;

static uint32_t alg_of(const yq_json *value)
{
    yq_slice name = {0};
    (void)yq_json_text(yq_json_get(value, "hash"), &name);
    return yq_slice_equal(name, yq_slice_text("SM3"))      ? YQ_HASH_SM3
           : yq_slice_equal(name, yq_slice_text("SHA256")) ? YQ_HASH_SHA256
                                                           : YQ_HASH_SHA3_256;
}

static yq_slice hex_of(cmaker_run *run, const yq_json *object, const char *key)
{
    yq_buf out = {run->bytes + run->used, sizeof run->bytes - run->used, 0};
    if (!yq_json_hex(yq_json_get(object, key), &out)) {
        return (yq_slice){0};
    }
    run->used += out.n;
    return yq_slice_of(out.p, out.n);
}

static int digest_of(const yq_json *object, const char *key, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(yq_json_get(object, key), &room) && room.n == sizeof out->b;
}

/* A message without some of its fields. */
static yq_slice without(yq_writer *w, yq_slice message, uint64_t fields)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    size_t begin = w->n;
    while (yq_pb_next(&c, &f)) {
        if (f.number >= 64 || (fields >> f.number & 1) == 0) {
            yq_put(w, f.whole);
        }
    }
    return yq_slice_of(w->p + begin, w->n - begin);
}

/* A transaction without result.contract_result.gas_used, as it is hashed from 2300 on. */
static yq_slice without_gas(yq_writer *w, yq_slice tx)
{
    yq_cur outer = yq_cur_of(tx);
    yq_pb_field f;
    size_t begin = w->n;
    while (yq_pb_next(&outer, &f)) {
        if (f.number != 4) {
            yq_put(w, f.whole);
            continue;
        }
        yq_cur result = yq_cur_of(f.bytes);
        yq_pb_field g;
        size_t mark = yq_pb_begin(w);
        while (yq_pb_next(&result, &g)) {
            if (g.number != 2) {
                yq_put(w, g.whole);
                continue;
            }
            size_t inner = yq_pb_begin(w);
            (void)without(w, g.bytes, YQ_PB_BIT(4));
            yq_pb_end(w, inner, 2);
        }
        yq_pb_end(w, mark, 4);
    }
    return yq_slice_of(w->p + begin, w->n - begin);
}

/* Root and one leaf's siblings: leaves and nil up to a power of two. */
static yq_digest tree(
    const yq_cmaker_call *call,
    const yq_digest *leaf,
    size_t n,
    size_t idx,
    yq_digest *path,
    size_t *path_n)
{
    static yq_digest level[TXS_MAX];
    memcpy(level, leaf, n * sizeof *level);
    for (*path_n = 0; n > 1; n = (n + 1) / 2, idx /= 2) {
        if ((idx ^ 1) < n) {
            path[(*path_n)++] = level[idx ^ 1];
        }
        for (size_t i = 0; i < n; i += 2) {
            const yq_digest *right = i + 1 < n ? &level[i + 1] : &level[i];
            const yq_slice part[] = {YQ_SLICE_OF(level[i].b), YQ_SLICE_OF(right->b)};
            level[i / 2] = yq_cmaker_hash(call, part, 2);
        }
    }
    return level[0];
}

static void finish(cmaker_run *run, run_row *row, yq_status status, const yq_fault *why)
{
    size_t n = strlen(row->note);
    row->code = status;
    if (status != YQ_OK) {
        (void)snprintf(row->note + n, sizeof row->note - n, ": %s", why->text);
    }
    run_report_row(run->report, row);
}

/* Every leaf's path through the verifier's own check. */
static yq_status check_paths(
    const yq_cmaker_call *call, const yq_digest *leaf, size_t n, const yq_digest *root)
{
    for (size_t i = 0; i < n; i++) {
        yq_digest path[YQ_CMAKER_LEVELS_MAX];
        yq_cmaker_path p = {.index = (uint32_t)i};
        (void)tree(call, leaf, n, i, path, &p.n);
        p.nodes = yq_slice_of(path, p.n * YQ_DIGEST_SIZE);
        yq_status status = yq_cmaker_path_check(call, root, n, &leaf[i], &p);
        if (status != YQ_OK) {
            return status;
        }
    }
    return YQ_OK;
}

static yq_status header_check(
    cmaker_run *run, const yq_cmaker_call *call, const yq_json *block, yq_cmaker_header *header)
{
    yq_digest stated;
    yq_writer w = yq_writer_of(run->stripped, sizeof run->stripped);
    yq_slice full = hex_of(run, block, "header_pb_full");
    yq_slice raw = without(&w, full, YQ_PB_BIT(5) | YQ_PB_BIT(15));
    yq_status status = yq_cmaker_header_decode(call, raw, header);
    if (status == YQ_OK &&
        (!digest_of(block, "block_hash", &stated) || !yq_digest_equal(&stated, &header->hash))) {
        status = yq_fail(call->why, YQ_E_HASH, 0, "block_hash");
    }
    return status;
}

static void header_row(cmaker_run *run, const yq_json *block, size_t idx)
{
    run_row row = {.file = run->name, .kind = "header", .anchor = "self"};
    run_call room;
    yq_fault why = {0};
    const yq_cmaker_call call = {
        run_workspace_host(run->space, run->client, &room), &why, alg_of(block)};
    yq_cmaker_header header;
    run->used = 0;
    (void)snprintf(row.note, sizeof row.note, "block %zu", idx);
    run_row_check(&row, "block hash");
    finish(run, &row, header_check(run, &call, block, &header), &why);
}

static void txs_row(cmaker_run *run, const yq_json *block, size_t idx)
{
    run_row row = {.file = run->name, .kind = "transactions", .anchor = "self"};
    run_call room;
    yq_fault why = {0};
    const yq_cmaker_call call = {
        run_workspace_host(run->space, run->client, &room), &why, alg_of(block)};
    yq_cmaker_header header;
    const yq_json *txs = yq_json_get(block, "txs");
    size_t n = yq_json_count(txs);
    yq_digest stated;
    run->used = 0;
    (void)snprintf(row.note, sizeof row.note, "block %zu", idx);
    run_row_check(&row, "transaction hashes");
    run_row_check(&row, "paths");
    run_row_check(&row, "write sets");
    yq_status status = header_check(run, &call, block, &header);
    if (status == YQ_OK && (n > TXS_MAX || n != header.tx_count)) {
        status = yq_fail(&why, YQ_E_LIMIT, 0, "txs");
    }
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        const yq_json *tx = yq_json_at(txs, i);
        yq_cmaker_tx out;
        yq_writer w = yq_writer_of(run->stripped, sizeof run->stripped);
        run->used = 0;
        yq_slice raw = hex_of(run, tx, "tx_pb"), rw = hex_of(run, tx, "rwset_pb");
        raw = header.block_version >= YQ_CMAKER_NO_GAS ? without_gas(&w, raw) : raw;
        status = yq_cmaker_tx_decode(&call, raw, header.block_version, 0, &out);
        run->leaf[i] = out.leaf;
        run->rw_set[i] = yq_cmaker_hash(&call, &rw, 1);
        if (status == YQ_OK &&
            (!digest_of(tx, "tx_hash_leaf", &stated) || !yq_digest_equal(&stated, &out.leaf))) {
            status = yq_fail(&why, YQ_E_HASH, 0, "tx_hash_leaf");
        }
    }
    if (status == YQ_OK) {
        status = check_paths(&call, run->leaf, n, &header.tx_root);
    }
    if (status == YQ_OK && digest_of(block, "rw_set_root", &stated)) {
        status = check_paths(&call, run->rw_set, n, &stated);
    }
    finish(run, &row, status, &why);
}

/* A public key of the common form: SEQUENCE {SEQUENCE {OID, OID of the curve}, BIT STRING}. */
static int read_key(const yq_json *block, uint8_t *key, int *sm2)
{
    static const uint8_t sm2_oid[] = {0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d};
    uint8_t room[256];
    yq_buf der = {room, sizeof room, 0};
    yq_slice pem;
    if (!yq_json_text(yq_json_get(block, "public_key_pem"), &pem) ||
        yq_pem_decode(pem, "PUBLIC KEY", &der, NULL) != YQ_OK) {
        return 0;
    }
    yq_cur c = yq_cur_of(yq_slice_of(der.p, der.n));
    yq_cur spki = yq_der_open(&c, YQ_DER_SEQUENCE), alg = yq_der_open(&spki, YQ_DER_SEQUENCE);
    (void)yq_der_take(&alg, YQ_DER_OID);
    yq_slice curve = yq_der_take(&alg, YQ_DER_OID);
    yq_der_close(&alg, &spki);
    yq_slice point = yq_der_bits(&spki);
    yq_der_close(&spki, &c);
    if (yq_cur_done(&c, NULL) != YQ_OK || point.n != 65) {
        return 0;
    }
    memcpy(key, point.p + 1, 64);
    *sm2 = yq_slice_equal(curve, yq_slice_of(sm2_oid, sizeof sm2_oid));
    return 1;
}

/* The proposer signs the block's hash as votes are signed: the schemes are tried on real
 * signatures here. */
static void signature_row(cmaker_run *run, const yq_json *block, size_t idx)
{
    run_row row = {.file = run->name, .kind = "proposer's signature", .anchor = "self"};
    run_call room;
    yq_fault why = {0};
    const yq_verifier_host *host = run_workspace_host(run->space, run->client, &room);
    const uint32_t alg = alg_of(block);
    yq_digest hash, digest;
    uint8_t key[64], sig[64];
    int sm2;
    yq_status status = YQ_E_FIELD_MISSING, valid = YQ_E_SIG;
    run->used = 0;
    (void)snprintf(row.note, sizeof row.note, "block %zu", idx);
    yq_slice der = hex_of(run, block, "proposer_signature_over_block_hash");
    if (der.n == 0) {
        return;
    }
    if (digest_of(block, "block_hash", &hash) && read_key(block, key, &sm2)) {
        status = yq_der_signature_decode(der, 32, sig, &why);
    }
    if (status == YQ_OK) {
        const yq_slice message = YQ_SLICE_OF(hash.b);
        int message_mode = sm2 && alg == YQ_HASH_SM3;
        host->hash(host->self, alg, &message, 1, digest.b);
        const yq_signature check = {
            .alg = message_mode ? YQ_SIG_SM2_MESSAGE
                   : sm2        ? YQ_SIG_SM2_DIGEST
                                : YQ_SIG_P256_DIGEST,
            .key = {key, sizeof key},
            .msg = message_mode ? message : YQ_SLICE_OF(digest.b),
            .sig = {sig, sizeof sig}};
        run_row_check(&row, message_mode ? "SM2 with SM3" : sm2 ? "SM2 with SHA-256" : "P-256");
        status = host->check_signatures(host->self, &check, 1, &valid);
        status = status == YQ_OK ? valid : status;
    }
    finish(run, &row, status, &why);
}

static void blocks(cmaker_run *run, const yq_json *list)
{
    for (size_t i = 0; i < yq_json_count(list); i++) {
        header_row(run, yq_json_at(list, i), i);
        txs_row(run, yq_json_at(list, i), i);
        signature_row(run, yq_json_at(list, i), i);
    }
}

/* Leaves, root, a header's preimage and its hash. */
static void one_set(cmaker_run *run, const yq_json *value)
{
    run_row row = {.file = run->name, .kind = "set", .anchor = "self"};
    run_call room;
    yq_fault why = {0};
    const yq_cmaker_call call = {
        run_workspace_host(run->space, run->client, &room), &why, alg_of(value)};
    const yq_json *leaves = yq_json_get(value, "leaves");
    size_t n = yq_json_count(leaves);
    yq_cmaker_header header;
    yq_digest stated;
    run->used = 0;
    run_row_check(&row, "block hash");
    run_row_check(&row, "paths");
    yq_status status =
        yq_cmaker_header_decode(&call, hex_of(run, value, "header_preimage"), &header);
    if (status == YQ_OK &&
        (!digest_of(value, "block_hash", &stated) || !yq_digest_equal(&stated, &header.hash))) {
        status = yq_fail(&why, YQ_E_HASH, 0, "block_hash");
    }
    for (size_t i = 0; i < n && i < TXS_MAX && status == YQ_OK; i++) {
        yq_buf leaf = {run->leaf[i].b, YQ_DIGEST_SIZE, 0};
        status = yq_json_hex(yq_json_at(leaves, i), &leaf) ? YQ_OK : YQ_E_TYPE;
    }
    if (status == YQ_OK) {
        status = check_paths(&call, run->leaf, n, &header.tx_root);
    }
    finish(run, &row, status, &why);
}

static int is_block(const yq_json *v)
{
    return yq_json_get(v, "header_pb_full") != NULL && yq_json_get(v, "block_hash") != NULL;
}

static int is_set(const yq_json *v)
{
    return yq_json_get(v, "header_preimage") != NULL && yq_json_get(v, "leaves") != NULL;
}

static void judge(cmaker_run *run, const run_folder *folder)
{
    for (size_t i = 0; i < folder->doc_n; i++) {
        const yq_json *root = folder->doc[i].root;
        run->name = folder->doc[i].file->name;
        if (is_block(yq_json_at(yq_json_get(root, "blocks"), 0))) {
            blocks(run, yq_json_get(root, "blocks"));
        } else if (is_set(root)) {
            one_set(run, root);
        }
    }
}

static int is_ours(const run_folder *folder)
{
    int ours = 0;
    for (size_t i = 0; i < folder->doc_n && !ours; i++) {
        const yq_json *root = folder->doc[i].root;
        ours = is_block(yq_json_at(yq_json_get(root, "blocks"), 0)) || is_set(root);
    }
    return ours;
}

/* None of these blocks has votes, so that no client can be moved by one: nothing is mutated. */
void run_cmaker_folder(run_report *report, const run_folder *folder, int mutations)
{
    const yq_verifier *verifier = run_verifier("chainmaker");
    (void)mutations;
    if (!is_ours(folder)) {
        return;
    }
    cmaker_run *run = calloc(1, sizeof *run);
    YQ_ASSERT(run != NULL && verifier != NULL);
    run->report = report;
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    judge(run, folder);
    run_client_free(run->client);
    run_workspace_free(run->space);
    free(run);
}
