#include "adapters/fisco-bcos-2/evidence.h"

#include "yuqiao/limits.h"

#include "adapters/fisco-bcos-2/fields.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#define ID_SIZE        64u
#define SEALERS_MAX    250u
#define VERSION_LAYOUT 1u

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
    uint8_t room[YQ_FISCO2_HEADER_MAX];
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
    } else if (yq_json_is_null(value)) {
        yq_rlp_put_string(f->w, (yq_slice){0});
    } else if (!yq_json_hex(value, &to) || (to.n != 0 && to.n != sizeof room)) {
        yq_fisco2_fields_fail(f, YQ_E_TYPE, "to");
    } else if (zero_is_none && yq_bytes_are_zero(room, to.n)) {
        yq_rlp_put_string(f->w, (yq_slice){0});
    } else {
        yq_rlp_put_string(f->w, yq_slice_of(room, to.n));
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

static yq_status finish(const yq_writer *w, yq_buf *out, yq_fault *why)
{
    if (w->status != YQ_OK) {
        return yq_fail(why, w->status, 0, "room");
    }
    out->n = w->n;
    return YQ_OK;
}

yq_status yq_fisco2_anchor_of_json(
    const yq_fisco2_profile *profile, const yq_json *block, yq_buf *out, yq_fault *why)
{
    uint8_t room[YQ_FISCO2_HEADER_MAX];
    yq_buf raw = {room, sizeof room, 0};
    yq_digest hash;
    yq_status status = yq_fisco2_header_rlp(profile, block, &raw, &hash, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = writer_at(out);
    yq_put_u8(&w, VERSION_LAYOUT);
    yq_put_u8(&w, profile->suite);
    yq_put_u64(&w, profile->chain_id);
    yq_put_u32(&w, profile->group_id);
    yq_put_bytes(&w, hash.b, sizeof hash.b);
    yq_put_blob32(&w, yq_slice_of(raw.p, raw.n));
    return finish(&w, out, why);
}

yq_status yq_fisco2_index_of(const yq_json *object, uint32_t *index, yq_fault *why)
{
    uint64_t value;
    if (!yq_json_quantity(yq_json_get(object, "transactionIndex"), &value)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "transactionIndex");
    }
    if (value >= YQ_FISCO2_BLOCK_TX_MAX) {
        return yq_fail(why, YQ_E_PROOF_BOUNDS, 0, "transactionIndex");
    }
    *index = (uint32_t)value;
    return YQ_OK;
}

/* A u32 length in front of what was appended since mark. */
static yq_status close_blob(yq_buf *out, size_t mark)
{
    yq_writer w = yq_writer_of(out->p + mark, 4);
    yq_put_u32(&w, (uint32_t)(out->n - mark - 4));
    return w.status;
}

static yq_status open_blob(yq_buf *out, yq_fault *why)
{
    if (out->cap - out->n < 4) {
        return yq_fail(why, YQ_E_NOSPC, 0, "room");
    }
    out->n += 4;
    return YQ_OK;
}

static yq_status append_path(
    const yq_json *proof, yq_slice path, uint32_t index, yq_buf *out, yq_fault *why)
{
    if (proof != NULL) {
        return yq_fisco2_path_of_json(proof, index, out, why);
    }
    yq_writer w = writer_at(out);
    yq_put(&w, path);
    return finish(&w, out, why);
}

typedef yq_status (*rlp_of)(
    const yq_fisco2_profile *, const yq_json *, yq_buf *, yq_digest *, yq_fault *);

static yq_status append_object(
    const yq_fisco2_profile *profile,
    rlp_of encode,
    const yq_json *object,
    yq_buf *out,
    yq_fault *why)
{
    yq_digest hash;
    size_t mark = out->n;
    yq_status status = open_blob(out, why);
    if (status == YQ_OK) {
        status = encode(profile, object, out, &hash, why);
    }
    return status == YQ_OK ? close_blob(out, mark) : status;
}

static yq_status append_inclusion(
    const yq_fisco2_profile *profile,
    const yq_fisco2_inclusion_json *in,
    yq_buf *out,
    yq_fault *why)
{
    uint32_t index;
    yq_status status = yq_fisco2_index_of(in->tx, &index, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = writer_at(out);
    yq_put_u32(&w, index);
    status = finish(&w, out, why);
    if (status == YQ_OK) {
        status = append_object(profile, yq_fisco2_tx_rlp, in->tx, out, why);
    }
    if (status == YQ_OK) {
        status = append_path(in->tx_proof, in->tx_path, index, out, why);
    }
    if (status == YQ_OK) {
        status = append_object(profile, yq_fisco2_receipt_rlp, in->receipt, out, why);
    }
    if (status == YQ_OK) {
        status = append_path(in->receipt_proof, in->receipt_path, index, out, why);
    }
    return status;
}

/* A failed append leaves nothing behind. */
yq_status yq_fisco2_inclusion_of_json(
    const yq_fisco2_profile *profile,
    const yq_fisco2_inclusion_json *in,
    yq_buf *out,
    yq_fault *why)
{
    size_t mark = out->n;
    yq_status status = append_inclusion(profile, in, out, why);
    if (status != YQ_OK) {
        out->n = mark;
    }
    return status;
}

/* The signature of one entry of a signatureList. */
static yq_status take_signature(
    const yq_fisco2_profile *profile,
    const yq_json *entry,
    uint64_t *index,
    yq_buf *sig,
    yq_fault *why)
{
    size_t size = profile->suite == YQ_FISCO2_SUITE_SM ? 128 : 65;
    sig->n = 0;
    if (!yq_json_quantity(yq_json_get(entry, "index"), index) || *index >= SEALERS_MAX) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "signatureList: index");
    }
    if (!yq_json_hex(yq_json_get(entry, "signature"), sig) || sig->n != size) {
        return yq_fail(why, YQ_E_LEN, 0, "signatureList: signature");
    }
    return YQ_OK;
}

/* Gathers signatures of all blocks, an index once; a list without any is empty. With strict set,
 * nothing is left out: a repeated index stays. */
static yq_status append_signatures(
    const yq_fisco2_profile *profile,
    const yq_json *const *block,
    size_t block_n,
    int strict,
    yq_writer *w,
    yq_fault *why)
{
    uint8_t seen[SEALERS_MAX] = {0}, room[128];
    size_t mark = w->n;
    uint16_t n = 0;
    yq_put_u16(w, 0);
    for (size_t b = 0; b < block_n; b++) {
        const yq_json *list = yq_json_get(block[b], "signatureList");
        for (size_t i = 0; i < yq_json_count(list); i++) {
            yq_buf sig = {room, sizeof room, 0};
            uint64_t index;
            yq_status status = take_signature(profile, yq_json_at(list, i), &index, &sig, why);
            if (status != YQ_OK) {
                return status;
            }
            if (seen[index] && !strict) {
                continue;
            }
            seen[index] = 1;
            yq_put_u16(w, (uint16_t)index);
            yq_put_bytes(w, room, sig.n);
            n++;
        }
    }
    if (w->status != YQ_OK) {
        return yq_fail(why, w->status, 0, "room");
    }
    w->p[mark] = (uint8_t)(n >> 8);
    w->p[mark + 1] = (uint8_t)n;
    return YQ_OK;
}

static yq_status append_signed_header(
    const yq_fisco2_profile *profile,
    const yq_json *const *block,
    size_t block_n,
    int strict,
    yq_buf *out,
    yq_fault *why)
{
    uint8_t room[YQ_FISCO2_HEADER_MAX];
    yq_buf raw = {room, sizeof room, 0};
    yq_digest hash, other;
    yq_status status = yq_fisco2_header_rlp(profile, block[0], &raw, &hash, why);
    if (status != YQ_OK) {
        return status;
    }
    for (size_t b = 1; b < block_n; b++) {
        if (!yq_fisco2_digest(yq_json_get(block[b], "hash"), &other) ||
            memcmp(other.b, hash.b, sizeof hash.b) != 0) {
            return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "block hash");
        }
    }
    yq_writer w = writer_at(out);
    yq_put_blob32(&w, yq_slice_of(raw.p, raw.n));
    status = append_signatures(profile, block, block_n, strict, &w, why);
    return status == YQ_OK ? finish(&w, out, why) : status;
}

static yq_status append_number(uint64_t value, size_t size, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_put_be(&w, value, size);
    return finish(&w, out, why);
}

yq_status yq_fisco2_update_of_json(
    const yq_fisco2_profile *profile,
    const yq_json *const *block,
    size_t block_n,
    const yq_fisco2_inclusion_json *change,
    size_t change_n,
    yq_buf *out,
    yq_fault *why)
{
    size_t mark = out->n;
    yq_status status = append_number(VERSION_LAYOUT, 1, out, why);
    if (status == YQ_OK) {
        status = append_signed_header(profile, block, block_n, block_n == 1, out, why);
    }
    if (status == YQ_OK) {
        status = append_number(change_n, 2, out, why);
    }
    for (size_t i = 0; i < change_n && status == YQ_OK; i++) {
        status = append_inclusion(profile, &change[i], out, why);
    }
    if (status != YQ_OK) {
        out->n = mark;
    }
    return status;
}

yq_status yq_fisco2_event_of_json(
    const yq_fisco2_profile *profile,
    uint64_t number,
    const yq_fisco2_inclusion_json *in,
    uint32_t log_idx,
    yq_buf *out,
    yq_fault *why)
{
    size_t mark = out->n;
    yq_status status = append_number(VERSION_LAYOUT, 1, out, why);
    if (status == YQ_OK) {
        status = append_number(number, 8, out, why);
    }
    if (status == YQ_OK) {
        status = append_inclusion(profile, in, out, why);
    }
    if (status == YQ_OK) {
        status = append_number(log_idx, 4, out, why);
    }
    if (status != YQ_OK) {
        out->n = mark;
    }
    return status;
}

yq_status yq_fisco2_signed_header_of_json(
    const yq_fisco2_profile *profile, const yq_json *block, yq_buf *out, yq_fault *why)
{
    size_t mark = out->n;
    yq_status status = append_signed_header(profile, &block, 1, 1, out, why);
    if (status != YQ_OK) {
        out->n = mark;
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
