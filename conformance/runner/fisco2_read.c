#include "conformance/runner/fisco2.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/base/writer.h"

#include <stdlib.h>

static int has(const yq_json *object, const char *key)
{
    return yq_json_get(object, key) != NULL;
}

static int is_block(const yq_json *v)
{
    return has(v, "dbHash") && has(v, "sealerList") && has(v, "logsBloom") &&
           has(v, "transactionsRoot");
}

static int is_tx(const yq_json *v)
{
    return has(v, "blockLimit") && has(v, "groupId") && has(v, "nonce") && has(v, "signature");
}

static fisco2_class class_of(const yq_json *v)
{
    if (!yq_json_is_object(v)) {
        return FISCO2_OTHER;
    }
    if (is_block(v)) {
        return FISCO2_BLOCK;
    }
    if (has(v, "txProof")) {
        return FISCO2_TX_PROOF;
    }
    if (has(v, "receiptProof")) {
        return FISCO2_RECEIPT_PROOF;
    }
    if (is_tx(v)) {
        return FISCO2_TX;
    }
    if (has(v, "logs") && has(v, "logsBloom") && has(v, "transactionHash") && has(v, "output") &&
        has(v, "root")) {
        return FISCO2_RECEIPT;
    }
    if (has(v, "FISCO-BCOS Version") && has(v, "Supported Version")) {
        return FISCO2_VERSION;
    }
    const yq_json *block = yq_json_get(v, "block"), *proof = yq_json_get(v, "proof");
    if ((block != NULL && is_block(block)) || (proof != NULL && has(proof, "txProof")) ||
        (proof != NULL && has(proof, "receiptProof"))) {
        return FISCO2_SAMPLE;
    }
    return FISCO2_OTHER;
}

static fisco2_doc read_doc(const run_doc *from)
{
    const yq_json *result = has(from->root, "jsonrpc") ? yq_json_get(from->root, "result") : NULL;
    fisco2_doc doc = {
        .file = from->file, .root = from->root, .value = result == NULL ? from->root : result};
    doc.class = class_of(doc.value);
    if (doc.class == FISCO2_BLOCK &&
        !yq_json_quantity(yq_json_get(doc.value, "number"), &doc.number)) {
        doc.class = FISCO2_OTHER;
    }
    return doc;
}

int fisco2_has_docs(const run_folder *folder)
{
    int ours = 0;
    for (size_t i = 0; i < folder->doc_n && !ours; i++) {
        ours = read_doc(&folder->doc[i]).class != FISCO2_OTHER;
    }
    return ours;
}

size_t fisco2_read(fisco2_run *run)
{
    size_t ours = 0;
    run->n = 0;
    run->doc = calloc(run->folder->doc_n + 1, sizeof *run->doc);
    YQ_ASSERT(run->doc != NULL);
    for (size_t i = 0; i < run->folder->doc_n; i++) {
        fisco2_doc *doc = &run->doc[run->n++];
        *doc = read_doc(&run->folder->doc[i]);
        ours += doc->class != FISCO2_OTHER;
    }
    return ours;
}

void fisco2_free(fisco2_run *run)
{
    free(run->doc);
    run->doc = NULL;
    run->n = 0;
}

/* Where a class keeps the hash of its transaction. */
static int hash_of(const fisco2_doc *doc, yq_slice *hash)
{
    const yq_json *v = doc->value;
    switch (doc->class) {
    case FISCO2_TX:
        return yq_json_text(yq_json_get(v, "hash"), hash);
    case FISCO2_RECEIPT:
        return yq_json_text(yq_json_get(v, "transactionHash"), hash);
    case FISCO2_TX_PROOF:
        return yq_json_text(yq_json_get(yq_json_get(v, "transaction"), "hash"), hash);
    case FISCO2_RECEIPT_PROOF:
        return yq_json_text(
            yq_json_get(yq_json_get(v, "transactionReceipt"), "transactionHash"), hash);
    case FISCO2_OTHER:
    case FISCO2_BLOCK:
    case FISCO2_VERSION:
    case FISCO2_SAMPLE:
        break;
    }
    return 0;
}

int fisco2_is_about(const fisco2_doc *doc, yq_slice hash)
{
    yq_slice own;
    return hash_of(doc, &own) && yq_slice_equal(own, hash);
}

const fisco2_doc *fisco2_find(const fisco2_run *run, fisco2_class class, yq_slice hash)
{
    for (size_t i = 0; i < run->n; i++) {
        if (run->doc[i].class == class && fisco2_is_about(&run->doc[i], hash)) {
            return &run->doc[i];
        }
    }
    return NULL;
}

int fisco2_is_copy(const fisco2_run *run, const fisco2_doc *doc)
{
    yq_slice hash = {0};
    const fisco2_doc *first = hash_of(doc, &hash) ? fisco2_find(run, doc->class, hash) : NULL;
    return first != NULL && first != doc && run_docs_same(first->root, doc->root);
}

/* whole 1: only a document with the transactions in it. */
const fisco2_doc *fisco2_find_block(const fisco2_run *run, uint64_t number, int whole)
{
    for (size_t i = 0; i < run->n; i++) {
        const fisco2_doc *doc = &run->doc[i];
        if (doc->class == FISCO2_BLOCK && doc->number == number &&
            (!whole || yq_json_is_array(yq_json_get(doc->value, "transactions")))) {
            return doc;
        }
    }
    return NULL;
}

yq_status fisco2_expected(const fisco2_doc *doc, yq_status given)
{
    yq_slice text;
    const yq_json *expect = yq_json_get(doc->root, "expect");
    if (expect == NULL || !yq_json_text(expect, &text)) {
        return YQ_OK;
    }
    if (yq_slice_equal(text, yq_slice_text("accepted"))) {
        return YQ_OK;
    }
    yq_status status;
    for (unsigned i = 0; yq_status_at(i, &status); i++) {
        if (yq_slice_equal(text, yq_slice_text(yq_status_name(status)))) {
            return status;
        }
    }
    return given == YQ_OK ? YQ_E_NOT_PROVEN : given; /* "refused", with whatever code */
}

int fisco2_self_anchor(const yq_fisco2_profile *profile, const yq_json *block, yq_buf *state)
{
    uint64_t number;
    yq_digest parent, zero = {{0}};
    yq_buf room = {parent.b, sizeof parent.b, 0};
    const yq_json *list = yq_json_get(block, "sealerList");
    if (!yq_json_quantity(yq_json_get(block, "number"), &number) || number == 0 ||
        !yq_json_hex(yq_json_get(block, "parentHash"), &room) || room.n != YQ_DIGEST_SIZE) {
        return 0;
    }
    yq_writer w = yq_writer_of(state->p, state->cap);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, profile->suite);
    yq_put_u64(&w, profile->chain_id);
    yq_put_u32(&w, profile->group_id);
    yq_put_u64(&w, number - 1);
    yq_put_bytes(&w, parent.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, 0);
    yq_put_bytes(
        &w, zero.b, YQ_DIGEST_SIZE); /* roots of the block before: nothing is proven in it */
    yq_put_bytes(&w, zero.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, number - 1);
    yq_put_u16(&w, (uint16_t)yq_json_count(list));
    for (size_t i = 0; i < yq_json_count(list); i++) {
        uint8_t id[64];
        yq_buf out = {id, sizeof id, 0};
        if (!yq_json_hex(yq_json_at(list, i), &out) || out.n != sizeof id) {
            return 0;
        }
        yq_put_bytes(&w, id, sizeof id);
    }
    state->n = w.n;
    return w.status == YQ_OK;
}
