#include "adapters/fisco-bcos-2/evidence.h"

#include "adapters/fisco-bcos-2/fields.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#define ID_SIZE 64u

static const uint8_t consensus_contract[20] = {[18] = 0x10, [19] = 0x03};

static uint32_t hash_of_suite(uint8_t suite)
{
    return suite == YQ_FISCO2_SUITE_SM ? YQ_HASH_SM3 : YQ_HASH_KECCAK256;
}

uint32_t yq_fisco2_profile_hash(const yq_fisco2_profile *profile)
{
    return hash_of_suite(profile->suite);
}

/* "2.9.1" to 2, 9. Returns 0 if it does not begin so. */
static int parse_version(yq_slice text, unsigned *major, unsigned *minor)
{
    unsigned part[2] = {0, 0};
    size_t at = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t start = at;
        while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9' && at - start < 4) {
            part[i] = part[i] * 10 + (unsigned)(text.p[at++] - '0');
        }
        if (at == start || (i == 0 && (at == text.n || text.p[at++] != '.'))) {
            return 0;
        }
    }
    *major = part[0];
    *minor = part[1];
    return 1;
}

yq_status yq_fisco2_profile_of(
    const yq_json *client_version, uint32_t group_id, yq_fisco2_profile *out, yq_fault *why)
{
    yq_slice version, supported;
    unsigned major = 0, minor = 0;
    *out = (yq_fisco2_profile){.group_id = group_id};
    if (!yq_json_text(yq_json_get(client_version, "FISCO-BCOS Version"), &version) ||
        !yq_json_text(yq_json_get(client_version, "Supported Version"), &supported) ||
        !yq_json_quantity(yq_json_get(client_version, "Chain Id"), &out->chain_id)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "getClientVersion");
    }
    if (!parse_version(supported, &major, &minor) || major != 2 || minor < 2) {
        return yq_fail(why, YQ_E_VERSION, 0, "Supported Version");
    }
    out->receipt_items = minor >= 9 ? 8 : 7;
    int gm = version.n >= 2 && memcmp(version.p + version.n - 2, "gm", 2) == 0;
    out->suite = gm ? YQ_FISCO2_SUITE_SM : YQ_FISCO2_SUITE_KECCAK;
    return YQ_OK;
}

static void put_header(yq_fisco2_fields *f, const yq_json *block)
{
    yq_writer *w = f->w;
    size_t list = yq_rlp_list_begin(w);
    yq_fisco2_put_bytes(f, block, "parentHash", 32);
    yq_fisco2_put_bytes(f, block, "stateRoot", 32);
    yq_fisco2_put_bytes(f, block, "transactionsRoot", 32);
    yq_fisco2_put_bytes(f, block, "receiptsRoot", 32);
    yq_fisco2_put_bytes(f, block, "dbHash", 32);
    yq_fisco2_put_bytes(f, block, "logsBloom", 256);
    yq_fisco2_put_number(f, block, "number");
    yq_fisco2_put_number(f, block, "gasLimit");
    yq_fisco2_put_number(f, block, "gasUsed");
    yq_fisco2_put_number(f, block, "timestamp");
    yq_fisco2_put_texts(f, block, "extraData", 0);
    yq_fisco2_put_number(f, block, "sealer");
    yq_fisco2_put_texts(f, block, "sealerList", ID_SIZE);
    yq_rlp_list_end(w, list);
}

/* Hashes what was written since mark; compares with a stated hash where there is a key. */
static yq_status hash_written(
    yq_fisco2_fields *f,
    const yq_fisco2_profile *profile,
    size_t mark,
    yq_digest *hash,
    yq_fault *why)
{
    if (f->status == YQ_OK && f->w->status != YQ_OK) {
        return yq_fail(why, f->w->status, 0, "room");
    }
    if (f->status != YQ_OK) {
        return yq_fail(why, f->status, 0, f->key);
    }
    yq_hash_one(
        yq_fisco2_profile_hash(profile), yq_slice_of(f->w->p + mark, f->w->n - mark), hash->b);
    return YQ_OK;
}

static yq_status check_stated(const yq_json *object, const yq_digest *hash, yq_fault *why)
{
    yq_digest stated;
    if (!yq_fisco2_digest(yq_json_get(object, "hash"), &stated)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "hash");
    }
    return memcmp(stated.b, hash->b, sizeof stated.b) == 0 ? YQ_OK
                                                           : yq_fail(why, YQ_E_HASH, 0, "hash");
}

static yq_writer writer_at(const yq_buf *out)
{
    return (yq_writer){.p = out->p, .cap = out->cap, .n = out->n};
}

yq_status yq_fisco2_header_rlp(
    const yq_fisco2_profile *profile,
    const yq_json *block,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_fisco2_fields f = {.w = &w};
    put_header(&f, block);
    yq_status status = hash_written(&f, profile, out->n, hash, why);
    if (status == YQ_OK) {
        status = check_stated(block, hash, why);
    }
    if (status == YQ_OK) {
        out->n = w.n;
    }
    return status;
}

uint8_t yq_fisco2_suite_of(const yq_json *block)
{
    static const uint8_t suites[] = {YQ_FISCO2_SUITE_SM, YQ_FISCO2_SUITE_KECCAK};
    uint8_t room[YQ_FISCO2_HEADER_MAX] = {0};
    for (size_t i = 0; i < sizeof suites; i++) {
        const yq_fisco2_profile profile = {.suite = suites[i]};
        yq_buf out = {room, sizeof room, 0};
        yq_digest hash;
        if (yq_fisco2_header_rlp(&profile, block, &out, &hash, NULL) == YQ_OK) {
            return suites[i];
        }
    }
    return 0;
}

/* r and s as numbers, v as the chain hashes it. */
static void put_tx_signature(
    yq_fisco2_fields *f, const yq_fisco2_profile *profile, const yq_json *signature)
{
    uint64_t v;
    if (profile->suite == YQ_FISCO2_SUITE_SM) {
        yq_fisco2_put_bytes(f, signature, "v", ID_SIZE);
    } else if (yq_json_quantity(yq_json_get(signature, "v"), &v)) {
        yq_rlp_put_uint(f->w, v < 27 ? v + 27 : v);
    } else {
        yq_fisco2_fields_fail(f, YQ_E_FIELD_MISSING, "signature");
    }
    yq_fisco2_put_number(f, signature, "r");
    yq_fisco2_put_number(f, signature, "s");
}

/* A deploy's "to" is null or the zero address in JSON and nothing in the RLP. */
static void put_to(yq_fisco2_fields *f, const yq_json *tx, int zero_is_none)
{
    uint8_t room[20];
    yq_buf to = {room, sizeof room, 0};
    const yq_json *value = yq_json_get(tx, "to");
    if (value == NULL) {
        yq_fisco2_fields_fail(f, YQ_E_FIELD_MISSING, "to");
    } else if (
        !yq_json_is_null(value) &&
        (!yq_json_hex(value, &to) || (to.n != 0 && to.n != sizeof room))) {
        yq_fisco2_fields_fail(f, YQ_E_TYPE, "to");
    } else {
        int none = yq_json_is_null(value) || (zero_is_none && yq_bytes_are_zero(room, to.n));
        yq_rlp_put_string(f->w, yq_slice_of(room, none ? 0 : to.n));
    }
}

static void put_tx(
    yq_fisco2_fields *f, const yq_fisco2_profile *profile, const yq_json *tx, int zero_is_none)
{
    size_t list = yq_rlp_list_begin(f->w);
    yq_fisco2_put_number(f, tx, "nonce");
    yq_fisco2_put_number(f, tx, "gasPrice");
    yq_fisco2_put_number(f, tx, "gas");
    yq_fisco2_put_number(f, tx, "blockLimit");
    put_to(f, tx, zero_is_none);
    yq_fisco2_put_number(f, tx, "value");
    yq_fisco2_put_bytes(f, tx, "input", 0);
    yq_fisco2_put_number(f, tx, "chainId");
    yq_fisco2_put_number(f, tx, "groupId");
    yq_fisco2_put_bytes(f, tx, "extraData", 0);
    put_tx_signature(f, profile, yq_json_get(tx, "signature"));
    yq_rlp_list_end(f->w, list);
}

yq_status yq_fisco2_tx_rlp(
    const yq_fisco2_profile *profile,
    const yq_json *tx,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why)
{
    yq_status status = YQ_E_HASH;
    /* A call of the zero address looks like a deploy in JSON: the hash tells them apart. */
    for (int zero_is_none = 1; zero_is_none >= 0 && status == YQ_E_HASH; zero_is_none--) {
        yq_writer w = writer_at(out);
        yq_fisco2_fields f = {.w = &w};
        put_tx(&f, profile, tx, zero_is_none);
        status = hash_written(&f, profile, out->n, hash, why);
        if (status == YQ_OK) {
            status = check_stated(tx, hash, why);
        }
        if (status == YQ_OK) {
            out->n = w.n;
        }
    }
    return status;
}

static void put_logs(yq_fisco2_fields *f, const yq_json *receipt)
{
    const yq_json *logs = yq_json_get(receipt, "logs");
    size_t list = yq_rlp_list_begin(f->w);
    if (!yq_json_is_array(logs)) {
        yq_fisco2_fields_fail(f, YQ_E_FIELD_MISSING, "logs");
        return;
    }
    for (size_t i = 0; i < yq_json_count(logs); i++) {
        const yq_json *log = yq_json_at(logs, i);
        size_t one = yq_rlp_list_begin(f->w);
        yq_fisco2_put_bytes(f, log, "address", 20);
        yq_fisco2_put_texts(f, log, "topics", 32);
        yq_fisco2_put_bytes(f, log, "data", 0);
        yq_rlp_list_end(f->w, one);
    }
    yq_rlp_list_end(f->w, list);
}

yq_status yq_fisco2_receipt_rlp(
    const yq_fisco2_profile *profile,
    const yq_json *receipt,
    yq_buf *out,
    yq_digest *hash,
    yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_fisco2_fields f = {.w = &w};
    size_t list = yq_rlp_list_begin(&w);
    yq_fisco2_put_bytes(&f, receipt, "root", 32);
    yq_fisco2_put_number(&f, receipt, "gasUsed");
    yq_fisco2_put_bytes(&f, receipt, "contractAddress", 20);
    yq_fisco2_put_bytes(&f, receipt, "logsBloom", 256);
    yq_fisco2_put_number(&f, receipt, "status");
    yq_fisco2_put_bytes(&f, receipt, "output", 0);
    if (profile->receipt_items == 8) {
        yq_fisco2_put_number(&f, receipt, "remainGas");
    }
    put_logs(&f, receipt);
    yq_rlp_list_end(&w, list);
    yq_status status = hash_written(&f, profile, out->n, hash, why);
    if (status == YQ_OK) {
        out->n = w.n;
    }
    return status;
}

int yq_fisco2_is_set_change(const yq_json *tx)
{
    uint8_t room[20];
    yq_buf to = {room, sizeof room, 0};
    return yq_json_hex(yq_json_get(tx, "to"), &to) && to.n == sizeof room &&
           memcmp(room, consensus_contract, sizeof room) == 0;
}

int yq_fisco2_set_changed(const yq_json *receipt)
{
    uint8_t room[32];
    yq_buf output = {room, sizeof room, 0};
    uint64_t status;
    return yq_json_quantity(yq_json_get(receipt, "status"), &status) && status == 0 &&
           yq_json_hex(yq_json_get(receipt, "output"), &output) && output.n == sizeof room &&
           yq_bytes_are_zero(room, 31) && room[31] == 1;
}
