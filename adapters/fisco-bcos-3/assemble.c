#include "adapters/fisco-bcos-3/evidence.h"
#include "adapters/fisco-bcos-3/fields.h"
#include "adapters/fisco-bcos-3/header.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#define VERSION_LAYOUT 1u
#define ID_SIZE        64u
#define SM_SIZE        64u
#define ECDSA_SIZE     65u
#define TO_SIZE        42u
#define KIND_HEADER    1u
#define KIND_GENESIS   2u
#define ALONE          3u

static yq_writer writer_at(const yq_buf *out)
{
    return (yq_writer){.p = out->p, .cap = out->cap, .n = out->n};
}

/* Nothing stays in out after a failure. */
static yq_status finish(const yq_bcos3_fields *f, yq_buf *out, yq_fault *why)
{
    yq_status status = yq_bcos3_fields_done(f, why);
    if (status == YQ_OK) {
        out->n = f->w->n;
    }
    return status;
}

/* ---- inclusions ---- */

static void put_path(yq_bcos3_fields *f, const yq_bcos3_path *path)
{
    yq_put_u8(f->w, path->n);
    for (size_t i = 0; i < path->n; i++) {
        const yq_bcos3_step *step = &path->step[i];
        yq_put_u8(f->w, step->kind);
        if (step->kind != ALONE) {
            yq_put_bytes(f->w, step->other[0].b, sizeof step->other[0].b);
            yq_put_bytes(f->w, step->other[1].b, sizeof step->other[1].b);
        }
    }
}

static void put_call(yq_bcos3_fields *f, const yq_json *tx, int nonce_is_hex)
{
    yq_slice to = {0};
    yq_bcos3_put_number(f, yq_json_get(tx, "version"), 1, "version");
    yq_bcos3_put_number(f, yq_json_get(tx, "blockLimit"), 8, "blockLimit");
    size_t nonce = yq_bcos3_open(f, 1);
    yq_bcos3_put_nonce(f, tx, nonce_is_hex);
    yq_bcos3_close(f, nonce, 1, "nonce");
    if (!yq_json_text(yq_json_get(tx, "to"), &to) || to.n != TO_SIZE) {
        yq_bcos3_fields_fail(f, YQ_E_NONCANONICAL, "to");
    }
    yq_put(f->w, to);
    size_t rest = yq_bcos3_open(f, 4);
    yq_bcos3_put_rest(f, tx);
    yq_bcos3_close(f, rest, 4, "input");
}

static void put_log(yq_bcos3_fields *f, const yq_json *log)
{
    const yq_json *topics = yq_json_get(log, "topics");
    if (yq_bcos3_plain(yq_json_get(log, "address")).n != TO_SIZE - 2) {
        yq_bcos3_fields_fail(f, YQ_E_LEN, "address");
    }
    if (yq_json_count(topics) != 1) {
        yq_bcos3_fields_fail(f, YQ_E_NONCANONICAL, "topics");
    }
    yq_bcos3_put_address(f, yq_json_get(log, "address"), "address");
    yq_bcos3_put_hex(f, yq_json_at(topics, 0), YQ_DIGEST_SIZE, "topics");
    size_t data = yq_bcos3_open(f, 4);
    yq_bcos3_put_hex(f, yq_json_get(log, "data"), 0, "data");
    yq_bcos3_close(f, data, 4, "data");
}

static void put_receipt(yq_bcos3_fields *f, const yq_json *receipt)
{
    const yq_json *logs = yq_json_get(receipt, "logEntries");
    uint64_t version = 0;
    (void)yq_json_quantity(yq_json_get(receipt, "version"), &version);
    yq_bcos3_put_number(f, yq_json_get(receipt, "version"), 1, "version");
    size_t gas = yq_bcos3_open(f, 1);
    yq_bcos3_put_text(f, yq_json_get(receipt, "gasUsed"), "gasUsed");
    yq_bcos3_close(f, gas, 1, "gasUsed");
    yq_bcos3_put_number(f, yq_json_get(receipt, "status"), 4, "status");
    size_t output = yq_bcos3_open(f, 1);
    yq_bcos3_put_hex(f, yq_json_get(receipt, "output"), 0, "output");
    yq_bcos3_close(f, output, 1, "output");
    if (version >= 1) {
        size_t price = yq_bcos3_open(f, 1);
        yq_bcos3_put_text(f, yq_json_get(receipt, "effectiveGasPrice"), "effectiveGasPrice");
        yq_bcos3_close(f, price, 1, "effectiveGasPrice");
    }
    if (!yq_json_is_array(logs)) {
        yq_bcos3_fields_fail(f, YQ_E_FIELD_MISSING, "logEntries");
    } else if (yq_json_count(logs) > YQ_BCOS3_LOGS_MAX) {
        yq_bcos3_fields_fail(f, YQ_E_LIMIT, "logEntries");
    }
    yq_put_u8(f->w, (uint8_t)yq_json_count(logs));
    for (size_t i = 0; i < yq_json_count(logs) && f->status == YQ_OK; i++) {
        put_log(f, yq_json_at(logs, i));
    }
}

static void put_inclusion(yq_bcos3_fields *f, const yq_bcos3_inclusion *in)
{
    put_path(f, in->path);
    put_call(f, in->tx, in->nonce_is_hex);
    put_receipt(f, in->receipt);
}

yq_status yq_bcos3_inclusion_put(const yq_bcos3_inclusion *in, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_bcos3_fields f = {.w = &w};
    put_inclusion(&f, in);
    return finish(&f, out, why);
}

yq_status yq_bcos3_change_put(
    const yq_bcos3_profile *profile, const yq_bcos3_inclusion *in, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_bcos3_fields f = {.w = &w};
    size_t size = profile->suite == YQ_BCOS3_SUITE_SM ? SM_SIZE + ID_SIZE : ECDSA_SIZE;
    put_inclusion(&f, in);
    yq_bcos3_put_hex(&f, yq_json_get(in->tx, "signature"), size, "signature");
    return finish(&f, out, why);
}

yq_status yq_bcos3_event_put(
    uint64_t number, const yq_bcos3_inclusion *in, uint32_t log_idx, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_bcos3_fields f = {.w = &w};
    yq_put_u8(&w, VERSION_LAYOUT);
    yq_put_u64(&w, number);
    put_inclusion(&f, in);
    yq_put_u32(&w, log_idx);
    return finish(&f, out, why);
}

/* ---- signatures ---- */

static yq_status take_signature(
    const yq_bcos3_profile *profile,
    const yq_json *entry,
    uint64_t *index,
    yq_buf *sig,
    yq_fault *why)
{
    size_t size = profile->suite == YQ_BCOS3_SUITE_SM ? SM_SIZE : ECDSA_SIZE;
    sig->n = 0;
    if (!yq_json_quantity(yq_json_get(entry, "sealerIndex"), index) ||
        *index >= YQ_BCOS3_SEALERS_MAX) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "signatureList: sealerIndex");
    }
    if (!yq_json_hex(yq_json_get(entry, "signature"), sig) || sig->n != size) {
        return yq_fail(why, YQ_E_LEN, 0, "signatureList: signature");
    }
    return YQ_OK;
}

/* Whether a signature is the listed sealer's: a node may hand out garbage, and one bad signature
 * spoils an evidence. */
static int is_good(
    const yq_bcos3_profile *profile,
    const yq_json *block,
    const yq_digest *hash,
    uint64_t index,
    const uint8_t *sig)
{
    uint8_t id[ID_SIZE], key[ID_SIZE];
    yq_buf out = {id, sizeof id, 0};
    if (!yq_json_hex(yq_json_at(yq_json_get(block, "sealerList"), (size_t)index), &out) ||
        out.n != sizeof id) {
        return 0;
    }
    if (profile->suite == YQ_BCOS3_SUITE_KECCAK) {
        return yq_secp256k1_recover(hash->b, sig, key) == YQ_OK && memcmp(key, id, sizeof id) == 0;
    }
    const yq_signature one = {
        .alg = YQ_SIG_SM2_MESSAGE,
        .key = yq_slice_of(id, sizeof id),
        .msg = yq_slice_of(hash->b, sizeof hash->b),
        .sig = yq_slice_of(sig, SM_SIZE),
    };
    return yq_signature_check(&one) == YQ_OK;
}

/* Each signer once, unless as it stands. */
static yq_status put_signatures(
    const yq_bcos3_profile *profile,
    const yq_bcos3_signed *from,
    const yq_digest *hash,
    yq_bcos3_fields *f,
    yq_fault *why)
{
    uint8_t seen[YQ_BCOS3_SEALERS_MAX] = {0}, room[ECDSA_SIZE];
    size_t mark = f->w->n;
    uint16_t n = 0;
    yq_put_u16(f->w, 0);
    for (size_t b = 0; b < (from->as_it_stands ? 1 : from->n); b++) {
        const yq_json *list = yq_json_get(from->block[b], "signatureList");
        for (size_t i = 0; i < yq_json_count(list) && n < UINT16_MAX; i++) {
            yq_buf sig = {room, sizeof room, 0};
            uint64_t index = 0;
            yq_status status = take_signature(profile, yq_json_at(list, i), &index, &sig, why);
            if (from->as_it_stands && status != YQ_OK) {
                return status;
            }
            int stays = from->as_it_stands || (status == YQ_OK && !seen[index] &&
                                               is_good(profile, from->block[0], hash, index, room));
            if (stays) {
                seen[index] = 1;
                yq_put_u16(f->w, (uint16_t)index);
                yq_put_bytes(f->w, room, sig.n);
                n++;
            }
        }
    }
    if (f->w->status == YQ_OK) {
        f->w->p[mark] = (uint8_t)(n >> 8);
        f->w->p[mark + 1] = (uint8_t)n;
    }
    return YQ_OK;
}

/* ---- headers ---- */

static yq_status put_signed_header(
    const yq_bcos3_profile *profile, const yq_bcos3_signed *from, yq_bcos3_fields *f, yq_fault *why)
{
    uint8_t room[YQ_BCOS3_HEADER_MAX];
    yq_digest hash, other;
    yq_status status =
        yq_bcos3_header_hash(profile, from->block[0], (yq_buf){room, sizeof room, 0}, &hash, why);
    if (status != YQ_OK) {
        return status;
    }
    for (size_t b = 1; b < from->n; b++) {
        if (!yq_bcos3_digest(yq_json_get(from->block[b], "hash"), &other) ||
            !yq_digest_equal(&other, &hash)) {
            return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "block hash");
        }
    }
    yq_bcos3_put_header(f, from->block[0], 1);
    return put_signatures(profile, from, &hash, f, why);
}

yq_status yq_bcos3_signed_header_put(
    const yq_bcos3_profile *profile, const yq_bcos3_signed *from, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_bcos3_fields f = {.w = &w};
    yq_status status = put_signed_header(profile, from, &f, why);
    return status == YQ_OK ? finish(&f, out, why) : status;
}

yq_status yq_bcos3_update_put(
    const yq_bcos3_profile *profile,
    const yq_bcos3_signed *from,
    yq_slice changes,
    size_t change_n,
    yq_buf *out,
    yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_bcos3_fields f = {.w = &w};
    yq_put_u8(&w, VERSION_LAYOUT);
    yq_status status = put_signed_header(profile, from, &f, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_put_u16(&w, (uint16_t)change_n);
    yq_put(&w, changes);
    return finish(&f, out, why);
}

yq_status yq_bcos3_anchor_put(
    const yq_bcos3_profile *profile,
    const yq_bcos3_rules *rules,
    const yq_json *block,
    yq_buf *out,
    yq_fault *why)
{
    uint8_t room[YQ_BCOS3_HEADER_MAX];
    yq_digest hash;
    yq_status status =
        yq_bcos3_header_hash(profile, block, (yq_buf){room, sizeof room, 0}, &hash, why);
    if (status != YQ_OK) {
        return status;
    }
    int genesis = yq_bcos3_is_genesis(block);
    yq_writer w = writer_at(out);
    yq_bcos3_fields f = {.w = &w};
    yq_put_u8(&w, VERSION_LAYOUT);
    yq_put_u8(&w, profile->suite);
    yq_put_str8(&w, yq_slice_text(profile->chain));
    yq_put_str8(&w, yq_slice_text(profile->group));
    yq_put_u8(&w, rules->depth);
    yq_put_u64(&w, rules->trust_ms);
    yq_put_u8(&w, (uint8_t)rules->operator_n);
    yq_put_bytes(&w, rules->operators, rules->operator_n * sizeof rules->operators[0]);
    yq_put_bytes(&w, hash.b, sizeof hash.b);
    yq_put_u8(&w, genesis ? KIND_GENESIS : KIND_HEADER);
    if (genesis) {
        yq_bcos3_put_genesis(&f, block, 1);
    } else {
        yq_bcos3_put_header(&f, block, 1);
    }
    return finish(&f, out, why);
}
