#include "conformance/runner/fisco3.h"
#include "relay/base/bytes.h"

static const yq_json *parent_of(const yq_json *block)
{
    return yq_json_at(yq_json_get(block, "parentInfo"), 0);
}

static void put_sealers(const yq_json *block, yq_writer *w)
{
    const yq_json *ids = yq_json_get(block, "sealerList");
    const yq_json *weights = yq_json_get(block, "consensusWeights");
    yq_put_u16(w, (uint16_t)yq_json_count(ids));
    for (size_t i = 0; i < yq_json_count(ids); i++) {
        fisco3_put_hex(yq_json_at(ids, i), w);
        fisco3_put_number(yq_json_at(weights, i), 8, w);
    }
}

/* Texts, or one byte where there is no transaction that says them. */
static void put_rules(uint8_t suite, const yq_json *tx, yq_writer *w)
{
    static const char *const key[] = {"chainID", "groupID"};
    yq_put_u8(w, 1);
    yq_put_u8(w, suite);
    for (size_t i = 0; i < YQ_ARRAY_N(key); i++) {
        yq_slice name = yq_slice_text("?");
        (void)yq_json_text(yq_json_get(tx, key[i]), &name);
        yq_put_str8(w, name);
    }
    yq_put_u8(w, 1);  /* depth */
    yq_put_u64(w, 0); /* no trust period */
    yq_put_u8(w, 0);  /* no operators */
}

void fisco3_put_state(const yq_json *block, uint8_t suite, const yq_json *tx, yq_writer *w)
{
    static const uint8_t roots[64]; /* of the block before: nothing is proven in it */
    uint64_t number = 0;
    (void)yq_json_quantity(yq_json_get(block, "number"), &number);
    put_rules(suite, tx, w);
    yq_put_u64(w, 0);
    yq_put_u64(w, number - 1);
    fisco3_put_hex(yq_json_get(parent_of(block), "blockHash"), w);
    yq_put_u64(w, 0);
    yq_put_bytes(w, roots, sizeof roots);
    yq_put_u64(w, number - 1);
    put_sealers(block, w);
}

static void put_blob8_hex(const yq_json *value, yq_writer *w)
{
    size_t at = w->n;
    yq_put_u8(w, 0);
    fisco3_put_hex(value, w);
    size_t n = w->n - at - 1;
    if (n > UINT8_MAX) {
        w->status = w->status == YQ_OK ? YQ_E_LIMIT : w->status;
        return;
    }
    w->p[at] = (uint8_t)n;
}

static void put_blob8_text(const yq_json *value, yq_writer *w)
{
    yq_slice text = {0};
    (void)yq_json_text(value, &text);
    yq_put_str8(w, text);
}

static void put_blob32_hex(const yq_json *value, yq_writer *w)
{
    size_t at = w->n;
    yq_put_u32(w, 0);
    fisco3_put_hex(value, w);
    if (w->status == YQ_OK) {
        yq_writer length = yq_writer_of(w->p + at, 4);
        yq_put_u32(&length, (uint32_t)(w->n - at - 4));
    }
}

void fisco3_put_update(const yq_json *block, uint8_t suite, yq_writer *w)
{
    const yq_json *sigs = yq_json_get(block, "signatureList"), *parent = parent_of(block);
    const size_t size = suite == FISCO3_SM ? 64 : 65;
    yq_put_u8(w, 1);
    fisco3_put_number(yq_json_get(block, "version"), 4, w);
    fisco3_put_number(yq_json_get(parent, "blockNumber"), 8, w);
    fisco3_put_hex(yq_json_get(parent, "blockHash"), w);
    fisco3_put_hex(yq_json_get(block, "txsRoot"), w);
    fisco3_put_hex(yq_json_get(block, "receiptsRoot"), w);
    fisco3_put_hex(yq_json_get(block, "stateRoot"), w);
    fisco3_put_number(yq_json_get(block, "number"), 8, w);
    put_blob8_text(yq_json_get(block, "gasUsed"), w);
    fisco3_put_number(yq_json_get(block, "timestamp"), 8, w);
    fisco3_put_number(yq_json_get(block, "sealer"), 8, w);
    put_sealers(block, w);
    put_blob32_hex(yq_json_get(block, "extraData"), w);
    yq_put_u16(w, (uint16_t)yq_json_count(sigs));
    for (size_t i = 0; i < yq_json_count(sigs); i++) {
        fisco3_put_number(yq_json_get(yq_json_at(sigs, i), "sealerIndex"), 2, w);
        size_t at = w->n;
        fisco3_put_hex(yq_json_get(yq_json_at(sigs, i), "signature"), w);
        if (w->status == YQ_OK && w->n - at != size) {
            w->status = YQ_E_LEN;
        }
    }
    yq_put_u16(w, 0);
}

void fisco3_put_genesis(const yq_json *block, uint8_t suite, const yq_digest *hash, yq_writer *w)
{
    static const char *const key[] = {"chainID:", "grouID:"};
    static uint8_t text[65536];
    yq_buf out = {text, sizeof text, 0};
    yq_put_u8(w, 1);
    yq_put_u8(w, suite);
    if (!yq_json_hex(yq_json_get(block, "extraData"), &out)) {
        w->status = YQ_E_FIELD_MISSING;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(key); i++) { /* the genesis' own word on its names */
        size_t n = strlen(key[i]), at = 0, end;
        while (at + n < out.n && memcmp(text + at, key[i], n) != 0) {
            at++;
        }
        at += n;
        at += at < out.n && text[at] == ' ';
        for (end = at; end < out.n && text[end] != '\n'; end++) {
        }
        yq_put_str8(w, yq_slice_of(text + at, at < out.n ? end - at : 0));
    }
    yq_put_u8(w, 1);
    yq_put_u64(w, 0);
    yq_put_u8(w, 0);
    yq_put_bytes(w, hash->b, sizeof hash->b);
    yq_put_u8(w, 2);
    fisco3_put_number(yq_json_get(block, "version"), 4, w);
    fisco3_put_number(yq_json_get(block, "timestamp"), 8, w);
    fisco3_put_number(yq_json_get(block, "sealer"), 8, w);
    put_blob32_hex(yq_json_get(block, "extraData"), w);
}

/* Which of two the own one is, is found in the transactions' tree: receipts may be equal. */
static void put_steps(
    uint8_t suite, const yq_json *tx_json, const yq_json *receipt_json, yq_writer *w)
{
    static fisco3_flat tx, receipt;
    const size_t begin = w->n;
    yq_digest cur;
    yq_put_u8(w, 0);
    if (!fisco3_flat_read(yq_json_get(tx_json, "txProof"), &tx) ||
        !fisco3_flat_read(yq_json_get(receipt_json, "txReceiptProof"), &receipt) ||
        tx.n != receipt.n || !fisco3_digest(tx_json, "hash", &cur)) {
        w->status = YQ_E_PROOF;
    }
    for (size_t i = 0; tx.n > 1 && i < tx.n && w->status == YQ_OK;) {
        const uint8_t *group = tx.bytes + i * YQ_DIGEST_SIZE;
        const uint8_t *other = receipt.bytes + i * YQ_DIGEST_SIZE;
        size_t children = group[3];
        if (memcmp(group, other, YQ_DIGEST_SIZE) != 0 || children < 1 || children > 2 ||
            i + children >= tx.n) {
            w->status = YQ_E_PROOF;
            return;
        }
        size_t right = children == 2 && memcmp(group + 2 * sizeof cur.b, cur.b, sizeof cur.b) == 0;
        size_t beside = (right ? 1 : 2) * sizeof cur.b;
        yq_put_u8(w, (uint8_t)(children == 1 ? 3 : 1 + right));
        yq_put_bytes(w, group + beside, children == 2 ? sizeof cur.b : 0);
        yq_put_bytes(w, other + beside, children == 2 ? sizeof cur.b : 0);
        cur = fisco3_hash(suite, yq_slice_of(group + sizeof cur.b, children * sizeof cur.b));
        i += 1 + children;
        w->p[begin]++;
    }
}

static void put_call(const yq_json *tx, int hex, yq_writer *w)
{
    uint64_t version = 0;
    (void)yq_json_quantity(yq_json_get(tx, "version"), &version);
    yq_put_u8(w, (uint8_t)version);
    fisco3_put_number(yq_json_get(tx, "blockLimit"), 8, w);
    if (hex) {
        put_blob8_hex(yq_json_get(tx, "nonce"), w);
    } else {
        put_blob8_text(yq_json_get(tx, "nonce"), w);
    }
    yq_slice to = {0};
    if (!yq_json_text(yq_json_get(tx, "to"), &to) || to.n != 42) {
        w->status = YQ_E_NONCANONICAL;
        return;
    }
    yq_put(w, to);
    size_t at = w->n;
    yq_put_u32(w, 0);
    fisco3_put_rest(tx, version, w);
    if (w->status == YQ_OK) {
        yq_writer length = yq_writer_of(w->p + at, 4);
        yq_put_u32(&length, (uint32_t)(w->n - at - 4));
    }
}

static void put_logs(const yq_json *logs, yq_writer *w)
{
    yq_put_u8(w, (uint8_t)yq_json_count(logs));
    for (size_t i = 0; i < yq_json_count(logs); i++) {
        const yq_json *log = yq_json_at(logs, i);
        if (yq_json_count(yq_json_get(log, "topics")) != 1) {
            w->status = w->status == YQ_OK ? YQ_E_NONCANONICAL : w->status;
        }
        fisco3_put_address(yq_json_get(log, "address"), w);
        fisco3_put_hex(yq_json_at(yq_json_get(log, "topics"), 0), w);
        put_blob32_hex(yq_json_get(log, "data"), w);
    }
}

void fisco3_put_event(
    uint8_t suite,
    const yq_json *tx,
    const yq_json *receipt,
    int hex,
    uint64_t number,
    uint32_t log,
    yq_writer *w)
{
    uint64_t version = 0;
    yq_slice contract = {0};
    (void)yq_json_quantity(yq_json_get(receipt, "version"), &version);
    yq_put_u8(w, 1);
    yq_put_u64(w, number);
    put_steps(suite, tx, receipt, w);
    put_call(tx, hex, w);
    yq_put_u8(w, (uint8_t)version);
    put_blob8_text(yq_json_get(receipt, "gasUsed"), w);
    fisco3_put_number(yq_json_get(receipt, "status"), 4, w);
    put_blob8_hex(yq_json_get(receipt, "output"), w);
    if (version > 0) {
        put_blob8_text(yq_json_get(receipt, "effectiveGasPrice"), w);
    }
    if (yq_json_text(yq_json_get(receipt, "contractAddress"), &contract) && contract.n > 0 &&
        w->status == YQ_OK) {
        w->status = YQ_E_NONCANONICAL; /* of a deployment */
    }
    put_logs(yq_json_get(receipt, "logEntries"), w);
    yq_put_u32(w, log);
}
