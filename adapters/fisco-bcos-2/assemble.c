#include "adapters/fisco-bcos-2/evidence.h"
#include "adapters/fisco-bcos-2/fields.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define ID_SIZE        64u
#define SEALERS_MAX    250u
#define VERSION_LAYOUT 1u

static yq_writer writer_at(const yq_buf *out)
{
    return (yq_writer){.p = out->p, .cap = out->cap, .n = out->n};
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
    yq_digest hash = {0};
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
    uint32_t index = 0;
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

/* Whether a signature is the listed sealer's: a node may hand out garbage, and one bad signature
 * spoils an evidence. */
static int is_good(
    const yq_fisco2_profile *profile,
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
    if (profile->suite == YQ_FISCO2_SUITE_KECCAK) {
        return yq_secp256k1_recover(hash->b, sig, key) == YQ_OK && memcmp(key, id, sizeof id) == 0;
    }
    const yq_signature one = {
        .alg = YQ_SIG_SM2_MESSAGE,
        .key = yq_slice_of(id, sizeof id),
        .msg = yq_slice_of(hash->b, sizeof hash->b),
        .sig = yq_slice_of(sig, 64),
    };
    return memcmp(sig + 64, id, sizeof id) == 0 && yq_signature_check(&one) == YQ_OK;
}

/* What a list of blocks has to say: several nodes, or one as it stands. */
typedef struct signed_blocks {
    const yq_json *const *block;
    size_t n;
    int as_it_stands; /* 1: nothing is left out, bad and repeated signatures stay */
    yq_digest hash;
} signed_blocks;

/* Gathers the signatures of all blocks, each signer once. */
static yq_status append_signatures(
    const yq_fisco2_profile *profile, const signed_blocks *from, yq_writer *w, yq_fault *why)
{
    uint8_t seen[SEALERS_MAX] = {0}, room[128];
    size_t mark = w->n;
    uint16_t n = 0;
    yq_put_u16(w, 0);
    for (size_t b = 0; b < from->n; b++) {
        const yq_json *list = yq_json_get(from->block[b], "signatureList");
        for (size_t i = 0; i < yq_json_count(list); i++) {
            yq_buf sig = {room, sizeof room, 0};
            uint64_t index;
            yq_status status = take_signature(profile, yq_json_at(list, i), &index, &sig, why);
            int stays = status == YQ_OK && !seen[index] &&
                        is_good(profile, from->block[0], &from->hash, index, room);
            if (from->as_it_stands && status != YQ_OK) {
                return status;
            }
            if (from->as_it_stands || stays) {
                seen[index] = 1;
                yq_put_u16(w, (uint16_t)index);
                yq_put_bytes(w, room, sig.n);
                n++;
            }
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
    const yq_fisco2_profile *profile, signed_blocks *from, yq_buf *out, yq_fault *why)
{
    uint8_t room[YQ_FISCO2_HEADER_MAX];
    yq_buf raw = {room, sizeof room, 0};
    yq_digest other;
    yq_status status = yq_fisco2_header_rlp(profile, from->block[0], &raw, &from->hash, why);
    if (status != YQ_OK) {
        return status;
    }
    for (size_t b = 1; b < from->n; b++) {
        if (!yq_fisco2_digest(yq_json_get(from->block[b], "hash"), &other) ||
            memcmp(other.b, from->hash.b, sizeof other.b) != 0) {
            return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "block hash");
        }
    }
    yq_writer w = writer_at(out);
    yq_put_blob32(&w, yq_slice_of(raw.p, raw.n));
    status = append_signatures(profile, from, &w, why);
    return status == YQ_OK ? finish(&w, out, why) : status;
}

static yq_status append_number(uint64_t value, size_t size, yq_buf *out, yq_fault *why)
{
    yq_writer w = writer_at(out);
    yq_put_be(&w, value, size);
    return finish(&w, out, why);
}

/* Version, header, signatures; nothing stays after a failure. */
static yq_status begin_update(
    const yq_fisco2_profile *profile, signed_blocks *from, yq_buf *out, yq_fault *why)
{
    yq_status status = append_number(VERSION_LAYOUT, 1, out, why);
    return status == YQ_OK ? append_signed_header(profile, from, out, why) : status;
}

yq_status yq_fisco2_update_of_json(
    const yq_fisco2_profile *profile,
    const yq_json *block,
    const yq_fisco2_inclusion_json *change,
    size_t change_n,
    yq_buf *out,
    yq_fault *why)
{
    size_t mark = out->n;
    signed_blocks from = {.block = &block, .n = 1, .as_it_stands = 1};
    yq_status status = begin_update(profile, &from, out, why);
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

yq_status yq_fisco2_update_gather(
    const yq_fisco2_profile *profile,
    const yq_json *const *block,
    size_t block_n,
    yq_slice changes,
    size_t change_n,
    yq_buf *out,
    yq_fault *why)
{
    size_t mark = out->n;
    signed_blocks from = {.block = block, .n = block_n};
    yq_status status = begin_update(profile, &from, out, why);
    if (status == YQ_OK) {
        status = append_number(change_n, 2, out, why);
    }
    if (status == YQ_OK) {
        yq_writer w = writer_at(out);
        yq_put(&w, changes);
        status = finish(&w, out, why);
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
    signed_blocks from = {.block = &block, .n = 1, .as_it_stands = 1};
    yq_status status = append_signed_header(profile, &from, out, why);
    if (status != YQ_OK) {
        out->n = mark;
    }
    return status;
}
