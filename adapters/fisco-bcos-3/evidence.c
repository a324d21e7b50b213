#include "adapters/fisco-bcos-3/evidence.h"

#include "adapters/fisco-bcos-3/fields.h"
#include "adapters/fisco-bcos-3/header.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#define INI_MAX (64u << 10)

uint32_t yq_bcos3_hash_alg(const yq_bcos3_profile *profile)
{
    return profile->suite == YQ_BCOS3_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
}

uint32_t yq_bcos3_version_of(yq_slice text)
{
    uint32_t part[3] = {0};
    size_t at = 0;
    for (size_t i = 0; i < YQ_ARRAY_N(part); i++) {
        size_t start = at;
        while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9' && at - start < 3) {
            part[i] = part[i] * 10 + (uint32_t)(text.p[at++] - '0');
        }
        if (at == start || part[i] > 255 || (i < 2 && (at == text.n || text.p[at++] != '.'))) {
            return 0;
        }
    }
    return at == text.n ? part[0] << 24 | part[1] << 16 | part[2] << 8 : 0;
}

static yq_status take_name(const yq_json *value, const char *key, char *out, yq_fault *why)
{
    yq_slice text;
    if (!yq_json_text(value, &text) || text.n == 0) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, key);
    }
    if (text.n > YQ_BCOS3_NAME_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, key);
    }
    memcpy(out, text.p, text.n);
    out[text.n] = '\0';
    return YQ_OK;
}

/* Nodes write a boolean; a group that a manager keeps may have 0 or 1. */
static int take_flag(const yq_json *object, const char *key, int *out)
{
    const yq_json *value = yq_json_get(object, key);
    uint64_t number;
    if (yq_json_bool(value, out)) {
        return 1;
    }
    if (yq_json_uint(value, &number) && number <= 1) {
        *out = (int)number;
        return 1;
    }
    return 0;
}

/* The first node's own configuration: a text that holds JSON. NULL when there is none. */
static yq_json *ini_of(const yq_json *group_info)
{
    const yq_json *node = yq_json_at(yq_json_get(group_info, "nodeList"), 0);
    yq_slice text;
    if (!yq_json_text(yq_json_get(node, "iniConfig"), &text)) {
        return NULL;
    }
    return yq_json_parse(text, INI_MAX, NULL);
}

yq_status yq_bcos3_profile_of(const yq_json *group_info, yq_bcos3_profile *out, yq_fault *why)
{
    int sm = 0;
    *out = (yq_bcos3_profile){0};
    yq_status status = take_name(yq_json_get(group_info, "chainID"), "chainID", out->chain, why);
    if (status == YQ_OK) {
        status = take_name(yq_json_get(group_info, "groupID"), "groupID", out->group, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_json *document = ini_of(group_info);
    const yq_json *ini = document == NULL ? NULL : yq_json_root(document);
    /* Older nodes say it in their own configuration only. */
    int known = take_flag(group_info, "smCryptoType", &sm) || take_flag(ini, "smCryptoType", &sm);
    if (!take_flag(group_info, "wasm", &out->wasm)) {
        (void)take_flag(ini, "isWasm", &out->wasm);
    }
    (void)take_flag(ini, "isAuthCheck", &out->auth_check);
    yq_json_free(document);
    if (!known) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "smCryptoType");
    }
    out->suite = sm ? YQ_BCOS3_SUITE_SM : YQ_BCOS3_SUITE_KECCAK;
    return YQ_OK;
}

/* ---- headers ---- */

static const yq_json *parent_of(const yq_json *block)
{
    return yq_json_at(yq_json_get(block, "parentInfo"), 0);
}

static void put_sealers(yq_bcos3_fields *f, const yq_json *block, int lengths)
{
    const yq_json *ids = yq_json_get(block, "sealerList");
    const yq_json *weights = yq_json_get(block, "consensusWeights");
    size_t n = yq_json_count(ids);
    if (!yq_json_is_array(ids)) {
        yq_bcos3_fields_fail(f, YQ_E_FIELD_MISSING, "sealerList");
    } else if (!yq_json_is_array(weights) || yq_json_count(weights) != n) {
        yq_bcos3_fields_fail(f, YQ_E_LEN, "consensusWeights");
    } else if (n > YQ_BCOS3_SEALERS_MAX) {
        yq_bcos3_fields_fail(f, YQ_E_LIMIT, "sealerList");
    } else {
        yq_put_be(f->w, n, lengths ? 2 : 0);
        for (size_t i = 0; i < n; i++) {
            yq_bcos3_put_hex(f, yq_json_at(ids, i), 64, "sealerList");
            if (lengths) {
                yq_bcos3_put_number(f, yq_json_at(weights, i), 8, "consensusWeights");
            }
        }
    }
}

static void put_weights(yq_bcos3_fields *f, const yq_json *block)
{
    const yq_json *weights = yq_json_get(block, "consensusWeights");
    for (size_t i = 0; i < yq_json_count(weights); i++) {
        yq_bcos3_put_number(f, yq_json_at(weights, i), 8, "consensusWeights");
    }
}

static void put_roots(yq_bcos3_fields *f, const yq_json *block)
{
    yq_bcos3_put_hex(f, yq_json_get(block, "txsRoot"), YQ_DIGEST_SIZE, "txsRoot");
    yq_bcos3_put_hex(f, yq_json_get(block, "receiptsRoot"), YQ_DIGEST_SIZE, "receiptsRoot");
    yq_bcos3_put_hex(f, yq_json_get(block, "stateRoot"), YQ_DIGEST_SIZE, "stateRoot");
}

void yq_bcos3_put_header(yq_bcos3_fields *f, const yq_json *block, int lengths)
{
    const yq_json *parent = parent_of(block);
    yq_bcos3_put_number(f, yq_json_get(block, "version"), 4, "version");
    if (yq_json_count(yq_json_get(block, "parentInfo")) != 1) {
        yq_bcos3_fields_fail(f, YQ_E_LEN, "parentInfo");
    }
    yq_bcos3_put_number(f, yq_json_get(parent, "blockNumber"), 8, "blockNumber");
    yq_bcos3_put_hex(f, yq_json_get(parent, "blockHash"), YQ_DIGEST_SIZE, "blockHash");
    put_roots(f, block);
    yq_bcos3_put_number(f, yq_json_get(block, "number"), 8, "number");
    size_t gas = lengths ? yq_bcos3_open(f, 1) : 0;
    yq_bcos3_put_text(f, yq_json_get(block, "gasUsed"), "gasUsed");
    if (lengths) {
        yq_bcos3_close(f, gas, 1, "gasUsed");
    }
    yq_bcos3_put_number(f, yq_json_get(block, "timestamp"), 8, "timestamp");
    yq_bcos3_put_number(f, yq_json_get(block, "sealer"), 8, "sealer");
    put_sealers(f, block, lengths);
    size_t extra = lengths ? yq_bcos3_open(f, 4) : 0;
    yq_bcos3_put_hex(f, yq_json_get(block, "extraData"), 0, "extraData");
    if (lengths) {
        yq_bcos3_close(f, extra, 4, "extraData");
    } else {
        put_weights(f, block);
    }
}

/* A genesis shows zeros where it hashes nothing. */
void yq_bcos3_put_genesis(yq_bcos3_fields *f, const yq_json *block, int lengths)
{
    yq_bcos3_put_number(f, yq_json_get(block, "version"), 4, "version");
    yq_put_be(f->w, 0, lengths ? 0 : 8); /* number */
    yq_bcos3_put_number(f, yq_json_get(block, "timestamp"), 8, "timestamp");
    yq_bcos3_put_number(f, yq_json_get(block, "sealer"), 8, "sealer");
    size_t extra = lengths ? yq_bcos3_open(f, 4) : 0;
    yq_bcos3_put_hex(f, yq_json_get(block, "extraData"), 0, "extraData");
    if (lengths) {
        yq_bcos3_close(f, extra, 4, "extraData");
    }
}

int yq_bcos3_is_genesis(const yq_json *block)
{
    uint64_t number;
    return yq_json_quantity(yq_json_get(block, "number"), &number) && number == 0;
}

/* ---- hashes ---- */

static yq_status check_stated(const yq_json *object, const yq_digest *hash, yq_fault *why)
{
    yq_digest stated;
    if (!yq_bcos3_digest(yq_json_get(object, "hash"), &stated)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "hash");
    }
    return yq_digest_equal(&stated, hash) ? YQ_OK : yq_fail(why, YQ_E_HASH, 0, "hash");
}

yq_status yq_bcos3_header_hash(
    const yq_bcos3_profile *profile,
    const yq_json *block,
    yq_buf room,
    yq_digest *hash,
    yq_fault *why)
{
    yq_writer w = yq_writer_of(room.p, room.cap);
    yq_bcos3_fields f = {.w = &w};
    *hash = (yq_digest){{0}};
    if (yq_bcos3_is_genesis(block)) {
        yq_bcos3_put_genesis(&f, block, 0);
    } else {
        yq_bcos3_put_header(&f, block, 0);
    }
    yq_status status = yq_bcos3_fields_done(&f, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_hash_one(yq_bcos3_hash_alg(profile), yq_writer_slice(&w), hash->b);
    return check_stated(block, hash, why);
}

void yq_bcos3_put_rest(yq_bcos3_fields *f, const yq_json *tx)
{
    uint64_t version = 0;
    (void)yq_json_quantity(yq_json_get(tx, "version"), &version);
    yq_bcos3_put_hex(f, yq_json_get(tx, "input"), 0, "input");
    yq_bcos3_put_text(f, yq_json_get(tx, "abi"), "abi");
    if (version >= 1) {
        yq_bcos3_put_text(f, yq_json_get(tx, "value"), "value");
        yq_bcos3_put_text(f, yq_json_get(tx, "gasPrice"), "gasPrice");
        yq_bcos3_put_number(f, yq_json_get(tx, "gasLimit"), 8, "gasLimit");
        yq_bcos3_put_text(f, yq_json_get(tx, "maxFeePerGas"), "maxFeePerGas");
        yq_bcos3_put_text(f, yq_json_get(tx, "maxPriorityFeePerGas"), "maxPriorityFeePerGas");
    }
    if (version >= 2) {
        yq_bcos3_put_hex(f, yq_json_get(tx, "extension"), 0, "extension");
    }
}

void yq_bcos3_put_nonce(yq_bcos3_fields *f, const yq_json *tx, int is_hex)
{
    if (is_hex) {
        yq_bcos3_put_hex(f, yq_json_get(tx, "nonce"), 0, "nonce");
    } else {
        yq_bcos3_put_text(f, yq_json_get(tx, "nonce"), "nonce");
    }
}

static void put_tx(yq_bcos3_fields *f, const yq_json *tx, int nonce_is_hex)
{
    yq_bcos3_put_number(f, yq_json_get(tx, "version"), 4, "version");
    yq_bcos3_put_text(f, yq_json_get(tx, "chainID"), "chainID");
    yq_bcos3_put_text(f, yq_json_get(tx, "groupID"), "groupID");
    yq_bcos3_put_number(f, yq_json_get(tx, "blockLimit"), 8, "blockLimit");
    yq_bcos3_put_nonce(f, tx, nonce_is_hex);
    yq_bcos3_put_text(f, yq_json_get(tx, "to"), "to");
    yq_bcos3_put_rest(f, tx);
}

yq_status yq_bcos3_tx_hash(
    const yq_bcos3_profile *profile,
    const yq_json *tx,
    yq_buf room,
    int *nonce_is_hex,
    yq_digest *hash,
    yq_fault *why)
{
    yq_status status = YQ_E_HASH;
    *hash = (yq_digest){{0}};
    for (int form = 1; form >= 0 && status != YQ_OK && status != YQ_E_NOSPC; form--) {
        yq_writer w = yq_writer_of(room.p, room.cap);
        yq_bcos3_fields f = {.w = &w};
        put_tx(&f, tx, form);
        status = yq_bcos3_fields_done(&f, why);
        if (status == YQ_OK) {
            yq_hash_one(yq_bcos3_hash_alg(profile), yq_writer_slice(&w), hash->b);
            status = check_stated(tx, hash, why);
        }
        *nonce_is_hex = form;
    }
    return status;
}

static void put_logs(yq_bcos3_fields *f, const yq_json *receipt)
{
    const yq_json *logs = yq_json_get(receipt, "logEntries");
    if (!yq_json_is_array(logs)) {
        yq_bcos3_fields_fail(f, YQ_E_FIELD_MISSING, "logEntries");
    }
    for (size_t i = 0; i < yq_json_count(logs); i++) {
        const yq_json *log = yq_json_at(logs, i), *topics = yq_json_get(log, "topics");
        yq_bcos3_put_address(f, yq_json_get(log, "address"), "address");
        for (size_t k = 0; k < yq_json_count(topics); k++) {
            yq_bcos3_put_hex(f, yq_json_at(topics, k), YQ_DIGEST_SIZE, "topics");
        }
        yq_bcos3_put_hex(f, yq_json_get(log, "data"), 0, "data");
    }
}

yq_status yq_bcos3_receipt_hash(
    const yq_bcos3_profile *profile,
    const yq_json *receipt,
    yq_buf room,
    yq_digest *hash,
    yq_fault *why)
{
    uint64_t version = 0;
    yq_writer w = yq_writer_of(room.p, room.cap);
    yq_bcos3_fields f = {.w = &w};
    *hash = (yq_digest){{0}};
    (void)yq_json_quantity(yq_json_get(receipt, "version"), &version);
    yq_bcos3_put_number(&f, yq_json_get(receipt, "version"), 4, "version");
    yq_bcos3_put_text(&f, yq_json_get(receipt, "gasUsed"), "gasUsed");
    yq_bcos3_put_address(&f, yq_json_get(receipt, "contractAddress"), "contractAddress");
    yq_bcos3_put_number(&f, yq_json_get(receipt, "status"), 4, "status");
    yq_bcos3_put_hex(&f, yq_json_get(receipt, "output"), 0, "output");
    if (version >= 1) {
        yq_bcos3_put_text(&f, yq_json_get(receipt, "effectiveGasPrice"), "effectiveGasPrice");
    }
    put_logs(&f, receipt);
    yq_bcos3_put_number(&f, yq_json_get(receipt, "blockNumber"), 8, "blockNumber");
    yq_status status = yq_bcos3_fields_done(&f, why);
    if (status == YQ_OK) {
        yq_hash_one(yq_bcos3_hash_alg(profile), yq_writer_slice(&w), hash->b);
    }
    return status;
}
