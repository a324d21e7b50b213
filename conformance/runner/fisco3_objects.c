#include "conformance/runner/fisco3.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

#define ADDRESS_SIZE 20u

/* Changes every byte, one at a time; judge says whether what is left is still accepted. */
static void mutate(
    fisco3_run *run,
    uint8_t *bytes,
    size_t n,
    yq_status (*judge)(void *self),
    void *self,
    run_row *row)
{
    for (size_t i = 0; i < n && run->mutations; i++) {
        bytes[i] ^= 1;
        yq_status status = judge(self);
        bytes[i] ^= 1;
        row->mutations_tried++;
        row->mutations_refused += status != YQ_OK && status > -400;
        run_report_code(run->report, status, 1);
    }
}

yq_status fisco3_sender_check(
    uint8_t suite, const yq_digest *hash, yq_slice sig, const uint8_t *address, yq_fault *why)
{
    uint8_t key[64];
    yq_status status = YQ_E_LEN;
    if (suite == FISCO3_KECCAK && sig.n == 65) {
        status = yq_secp256k1_recover(hash->b, sig.p, key);
    } else if (suite == FISCO3_SM && sig.n == 128) {
        memcpy(key, sig.p + 64, sizeof key);
        const yq_signature check = {
            .alg = YQ_SIG_SM2_MESSAGE,
            .key = YQ_SLICE_OF(key),
            .msg = YQ_SLICE_OF(hash->b),
            .sig = {sig.p, 64}};
        status = yq_signature_check(&check);
    }
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "sender's signature");
    }
    yq_digest md = fisco3_hash(suite, YQ_SLICE_OF(key));
    return address == NULL || memcmp(md.b + 12, address, ADDRESS_SIZE) == 0
               ? YQ_OK
               : yq_fail(why, YQ_E_SIGNER_MISMATCH, 0, "from");
}

/* ---- hashed bytes with a stated hash, and a signature over it ---- */

typedef struct signed_bytes {
    uint8_t suite;
    uint8_t *bytes;
    size_t n, sig_n; /* the signature stands behind the n bytes */
    yq_digest stated;
    const uint8_t *address; /* NULL: nobody's */
    yq_fault why;
} signed_bytes;

static yq_status judge_bytes(void *self)
{
    signed_bytes *s = self;
    yq_digest md = fisco3_hash(s->suite, yq_slice_of(s->bytes, s->n));
    if (!yq_digest_equal(&md, &s->stated)) {
        return yq_fail(&s->why, YQ_E_HASH, 0, "hash");
    }
    return s->sig_n == 0
               ? YQ_OK
               : fisco3_sender_check(
                     s->suite, &md, yq_slice_of(s->bytes + s->n, s->sig_n), s->address, &s->why);
}

/* ---- flat proofs ---- */

typedef struct flat_judge {
    fisco3_flat flat;
    uint8_t suite;
    yq_digest leaf, root;
    int rooted; /* 0: there is no root to compare with */
} flat_judge;

static yq_status judge_flat(void *self)
{
    const flat_judge *j = self;
    yq_digest root;
    yq_status status = fisco3_flat_climb(&j->flat, j->suite, &j->leaf, &root);
    return status == YQ_OK && j->rooted && !yq_digest_equal(&root, &j->root) ? YQ_E_PROOF : status;
}

/* The root that a sample states, or that of the block of this number. */
static void find_root(
    fisco3_run *run, const fisco3_doc *doc, const char *name, uint64_t number, flat_judge *j)
{
    yq_digest led = {{0}};
    const fisco3_doc *block = doc->block == NULL ? NULL : doc;
    (void)fisco3_flat_climb(&j->flat, j->suite, &j->leaf, &led);
    if (fisco3_digest(doc->expect, "merkle_root", &j->root)) {
        j->rooted = 1;
        return;
    }
    if (block == NULL && number > 0) {
        block = fisco3_block_of(run, number, j->suite, name, &led);
    }
    j->rooted = block != NULL && fisco3_digest(block->block, name, &j->root);
}

static void proof_row(
    fisco3_run *run,
    const fisco3_doc *doc,
    const yq_json *list,
    const char *root,
    uint64_t number,
    flat_judge *j)
{
    const char *kind = root[0] == 't' ? "transaction proof" : "receipt proof";
    run_row row = {.file = doc->file->name, .kind = kind};
    yq_fault why = {0};
    if (yq_json_count(list) == 0) {
        return;
    }
    yq_status status = fisco3_flat_read(list, &j->flat) ? YQ_OK : YQ_E_PROOF_NONCANONICAL;
    if (status == YQ_OK) {
        find_root(run, doc, root, number, j);
        status = judge_flat(j);
    }
    row.anchor = j->rooted ? "self" : "none";
    run_row_check(&row, j->rooted ? "path to the root" : "path");
    /* Without a root, only a single hash is bound. */
    if (status == YQ_OK && (j->rooted || j->flat.n == 1)) {
        mutate(run, j->flat.bytes, j->flat.n * YQ_DIGEST_SIZE, judge_flat, j, &row);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
}

void fisco3_tx_rows(fisco3_run *run, const fisco3_doc *doc)
{
    static flat_judge flat;
    run_row row = {.file = doc->file->name, .kind = "transaction", .anchor = "none"};
    uint8_t address[ADDRESS_SIZE];
    yq_buf from = {address, sizeof address, 0};
    yq_writer w = yq_writer_of(run->bytes, sizeof run->bytes);
    int hex = 0;
    signed_bytes s = {.bytes = run->bytes};
    uint64_t number = 0;
    (void)fisco3_digest(doc->tx, "hash", &s.stated);
    s.suite = fisco3_tx_suite(doc->tx, &w, &hex);
    s.n = w.n;
    fisco3_put_hex(yq_json_get(doc->tx, "signature"), &w);
    s.sig_n = w.n - s.n;
    if (yq_json_hex(yq_json_get(doc->tx, "from"), &from) && from.n == sizeof address) {
        s.address = address;
    }
    yq_status status = w.status != YQ_OK ? w.status : s.suite == 0 ? YQ_E_HASH : judge_bytes(&s);
    run_row_check(&row, "transaction hash");
    run_row_check(&row, "sender");
    if (status == YQ_OK && s.address != NULL) {
        mutate(run, s.bytes, s.n + s.sig_n, judge_bytes, &s, &row);
    }
    run_row_verdict(&row, status, &s.why, 1);
    run_report_row(run->report, &row);
    flat = (flat_judge){.suite = s.suite, .leaf = s.stated};
    (void)yq_json_quantity(yq_json_get(fisco3_receipt_of(run, doc->tx), "blockNumber"), &number);
    proof_row(run, doc, yq_json_get(doc->tx, "txProof"), "txsRoot", number, &flat);
}

void fisco3_receipt_rows(fisco3_run *run, const fisco3_doc *doc)
{
    static flat_judge flat;
    run_row row = {.file = doc->file->name, .kind = "receipt", .anchor = "none"};
    yq_writer w = yq_writer_of(run->bytes, sizeof run->bytes);
    signed_bytes s = {.bytes = run->bytes};
    uint64_t number = 0;
    (void)fisco3_digest(doc->receipt, "hash", &s.stated);
    fisco3_put_receipt(doc->receipt, &w);
    s.n = w.n;
    s.suite = fisco3_suite_of(yq_writer_slice(&w), &s.stated);
    yq_status status = w.status != YQ_OK ? w.status : s.suite == 0 ? YQ_E_HASH : YQ_OK;
    run_row_check(&row, "receipt hash");
    if (status == YQ_OK) {
        mutate(run, s.bytes, s.n, judge_bytes, &s, &row);
    }
    run_row_verdict(&row, status, &s.why, 1);
    run_report_row(run->report, &row);
    flat = (flat_judge){.suite = s.suite, .leaf = s.stated};
    (void)yq_json_quantity(yq_json_get(doc->receipt, "blockNumber"), &number);
    proof_row(run, doc, yq_json_get(doc->receipt, "txReceiptProof"), "receiptsRoot", number, &flat);
}

/* ---- TARS ---- */

typedef struct tars_judge {
    fisco3_run *run;
    yq_slice bytes;
    uint8_t suite;
    yq_digest expected;
    uint8_t address[ADDRESS_SIZE];
    int has_address;
    yq_fault why;
} tars_judge;

static yq_status judge_tars(void *self)
{
    tars_judge *t = self;
    yq_slice stated, sig;
    yq_writer w = yq_writer_of(t->run->next, sizeof t->run->next);
    yq_status status = fisco3_tars_tx(t->bytes, &w, &stated, &sig, &t->why);
    if (status != YQ_OK) {
        return status;
    }
    yq_digest md = fisco3_hash(t->suite, yq_writer_slice(&w));
    if (!yq_digest_equal(&md, &t->expected) || !yq_slice_equal(stated, YQ_SLICE_OF(md.b))) {
        return yq_fail(&t->why, YQ_E_HASH, 0, "dataHash");
    }
    return fisco3_sender_check(t->suite, &md, sig, t->has_address ? t->address : NULL, &t->why);
}

void fisco3_tars_rows(fisco3_run *run, const fisco3_doc *doc)
{
    for (size_t i = 0; i < yq_json_count(doc->tars); i++) {
        const yq_json *one = yq_json_at(doc->tars, i), *expect = yq_json_get(one, "expect");
        run_row row = {.file = doc->file->name, .kind = "TARS transaction", .anchor = "none"};
        tars_judge t = {.run = run};
        yq_slice alg = {0};
        yq_buf out = {run->bytes, sizeof run->bytes, 0}, from = {t.address, sizeof t.address, 0};
        (void)yq_json_text(yq_json_get(expect, "alg"), &alg);
        t.suite = yq_slice_equal(alg, yq_slice_text("sm3")) ? FISCO3_SM : FISCO3_KECCAK;
        t.has_address = yq_json_hex(yq_json_get(expect, "sender"), &from) && from.n == ADDRESS_SIZE;
        yq_status status = YQ_E_FIELD_MISSING;
        if (yq_json_hex(yq_json_get(one, "hex"), &out) &&
            fisco3_digest(expect, "hash", &t.expected)) {
            t.bytes = yq_slice_of(out.p, out.n);
            status = judge_tars(&t);
        }
        run_row_check(&row, "fields");
        run_row_check(&row, "transaction hash");
        run_row_check(&row, "sender");
        /* Without an expected sender, another recovered key would do. */
        if (status == YQ_OK && (t.has_address || t.suite == FISCO3_SM)) {
            mutate(run, run->bytes, t.bytes.n, judge_tars, &t, &row);
        }
        run_row_verdict(&row, status, &t.why, 1);
        run_report_row(run->report, &row);
    }
}
