#include "conformance/runner/fisco3.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

int fisco3_digest(const yq_json *object, const char *key, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(yq_json_get(object, key), &room) && room.n == sizeof out->b;
}

static void missing(yq_writer *w)
{
    w->status = w->status == YQ_OK ? YQ_E_FIELD_MISSING : w->status;
}

void fisco3_put_hex(const yq_json *value, yq_writer *w)
{
    yq_buf out = {w->p + w->n, w->cap - w->n, 0};
    if (!yq_json_hex(value, &out)) {
        missing(w);
        return;
    }
    w->n += w->status == YQ_OK ? out.n : 0;
}

void fisco3_put_text(const yq_json *value, yq_writer *w)
{
    yq_slice text;
    if (!yq_json_text(value, &text)) {
        missing(w);
        return;
    }
    yq_put(w, text);
}

void fisco3_put_number(const yq_json *value, size_t size, yq_writer *w)
{
    uint64_t number;
    if (!yq_json_quantity(value, &number)) {
        missing(w);
        return;
    }
    yq_put_be(w, number, size);
}

static void put_list(const yq_json *list, size_t number_size, yq_writer *w)
{
    for (size_t i = 0; i < yq_json_count(list); i++) {
        if (number_size > 0) {
            fisco3_put_number(yq_json_at(list, i), number_size, w);
        } else {
            fisco3_put_hex(yq_json_at(list, i), w);
        }
    }
}

/* A genesis shows zeros where it hashes nothing. */
void fisco3_put_header(const yq_json *block, yq_writer *w)
{
    const yq_json *parents = yq_json_get(block, "parentInfo");
    uint64_t number = 0;
    (void)yq_json_quantity(yq_json_get(block, "number"), &number);
    fisco3_put_number(yq_json_get(block, "version"), 4, w);
    for (size_t i = 0; i < yq_json_count(parents); i++) {
        fisco3_put_number(yq_json_get(yq_json_at(parents, i), "blockNumber"), 8, w);
        fisco3_put_hex(yq_json_get(yq_json_at(parents, i), "blockHash"), w);
    }
    if (number > 0) {
        fisco3_put_hex(yq_json_get(block, "txsRoot"), w);
        fisco3_put_hex(yq_json_get(block, "receiptsRoot"), w);
        fisco3_put_hex(yq_json_get(block, "stateRoot"), w);
    }
    yq_put_u64(w, number);
    if (number > 0) {
        fisco3_put_text(yq_json_get(block, "gasUsed"), w);
    }
    fisco3_put_number(yq_json_get(block, "timestamp"), 8, w);
    fisco3_put_number(yq_json_get(block, "sealer"), 8, w);
    put_list(yq_json_get(block, "sealerList"), 0, w);
    fisco3_put_hex(yq_json_get(block, "extraData"), w);
    put_list(yq_json_get(block, "consensusWeights"), 8, w);
}

void fisco3_put_tx(const yq_json *tx, int hex, yq_writer *w)
{
    uint64_t version = 0;
    (void)yq_json_quantity(yq_json_get(tx, "version"), &version);
    yq_put_u32(w, (uint32_t)version);
    fisco3_put_text(yq_json_get(tx, "chainID"), w);
    fisco3_put_text(yq_json_get(tx, "groupID"), w);
    fisco3_put_number(yq_json_get(tx, "blockLimit"), 8, w);
    if (hex) {
        fisco3_put_hex(yq_json_get(tx, "nonce"), w);
    } else {
        fisco3_put_text(yq_json_get(tx, "nonce"), w);
    }
    fisco3_put_text(yq_json_get(tx, "to"), w);
    fisco3_put_rest(tx, version, w);
}

void fisco3_put_rest(const yq_json *tx, uint64_t version, yq_writer *w)
{
    fisco3_put_hex(yq_json_get(tx, "input"), w);
    fisco3_put_text(yq_json_get(tx, "abi"), w);
    if (version >= 1) {
        fisco3_put_text(yq_json_get(tx, "value"), w);
        fisco3_put_text(yq_json_get(tx, "gasPrice"), w);
        fisco3_put_number(yq_json_get(tx, "gasLimit"), 8, w);
        fisco3_put_text(yq_json_get(tx, "maxFeePerGas"), w);
        fisco3_put_text(yq_json_get(tx, "maxPriorityFeePerGas"), w);
    }
    if (version >= 2) {
        fisco3_put_hex(yq_json_get(tx, "extension"), w);
    }
}

void fisco3_put_address(const yq_json *value, yq_writer *w)
{
    yq_slice text = {0};
    if (!yq_json_text(value, &text)) {
        missing(w);
    }
    size_t cut = text.n >= 2 && text.p[0] == '0' && text.p[1] == 'x' ? 2 : 0;
    yq_put(w, yq_slice_of(text.n == 0 ? NULL : text.p + cut, text.n - cut));
}

void fisco3_put_receipt(const yq_json *receipt, yq_writer *w)
{
    const yq_json *logs = yq_json_get(receipt, "logEntries");
    uint64_t version = 0;
    (void)yq_json_quantity(yq_json_get(receipt, "version"), &version);
    yq_put_u32(w, (uint32_t)version);
    fisco3_put_text(yq_json_get(receipt, "gasUsed"), w);
    fisco3_put_address(yq_json_get(receipt, "contractAddress"), w);
    fisco3_put_number(yq_json_get(receipt, "status"), 4, w);
    fisco3_put_hex(yq_json_get(receipt, "output"), w);
    if (version >= 1) {
        fisco3_put_text(yq_json_get(receipt, "effectiveGasPrice"), w);
    }
    for (size_t i = 0; i < yq_json_count(logs); i++) {
        const yq_json *log = yq_json_at(logs, i);
        fisco3_put_address(yq_json_get(log, "address"), w);
        put_list(yq_json_get(log, "topics"), 0, w);
        fisco3_put_hex(yq_json_get(log, "data"), w);
    }
    fisco3_put_number(yq_json_get(receipt, "blockNumber"), 8, w);
}

yq_digest fisco3_hash(uint8_t suite, yq_slice bytes)
{
    yq_digest md = {{0}};
    yq_hash_one(suite == FISCO3_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256, bytes, md.b);
    return md;
}

uint8_t fisco3_suite_of(yq_slice bytes, const yq_digest *stated)
{
    static const uint8_t suite[] = {FISCO3_SM, FISCO3_KECCAK};
    for (size_t i = 0; i < YQ_ARRAY_N(suite); i++) {
        yq_digest md = fisco3_hash(suite[i], bytes);
        if (yq_digest_equal(&md, stated)) {
            return suite[i];
        }
    }
    return 0;
}

uint8_t fisco3_tx_suite(const yq_json *tx, yq_writer *w, int *hex)
{
    const size_t mark = w->n;
    yq_digest stated;
    uint8_t suite = 0;
    int known = fisco3_digest(tx, "hash", &stated);
    for (int form = 1; form >= 0 && suite == 0; form--) { /* what stays is the text's form */
        w->n = mark;
        w->status = YQ_OK;
        *hex = form;
        fisco3_put_tx(tx, form, w);
        suite = known && w->status == YQ_OK
                    ? fisco3_suite_of(yq_slice_of(w->p + mark, w->n - mark), &stated)
                    : 0;
    }
    return suite;
}
