#include "relay/hub/export_cert.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#define SET_TAG 0x03u

uint16_t yq_export_quorum(uint16_t n)
{
    return (uint16_t)(n == 0 ? 0 : n - (n - 1) / 3);
}

void yq_export_set_put(yq_writer *w, const yq_export_set *set)
{
    yq_put_u64(w, set->epoch);
    yq_put_u8(w, set->suite);
    yq_put_u16(w, yq_export_quorum(set->n));
    yq_put_u16(w, set->n);
    for (unsigned i = 0; i < set->n && i < YQ_VALIDATORS_MAX; i++) {
        yq_put_str8(w, yq_slice_of(set->key[i], YQ_ADDRESS_SIZE));
    }
}

static void take_key(yq_cur *c, uint8_t *key)
{
    size_t at = c->pos;
    yq_slice bytes = yq_cur_str8(c, UINT8_MAX);
    if (yq_cur_ok(c) && bytes.n != YQ_ADDRESS_SIZE) {
        yq_cur_fail_field(c, YQ_E_LEN, at, "key");
    } else if (yq_cur_ok(c)) {
        memcpy(key, bytes.p, YQ_ADDRESS_SIZE);
    }
}

yq_status yq_export_set_decode(yq_slice in, yq_export_set *set, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *set = (yq_export_set){.epoch = yq_cur_u64(&c), .suite = yq_cur_u8(&c)};
    uint16_t quorum = yq_cur_u16(&c), n = yq_cur_u16(&c);
    if (yq_cur_ok(&c) && set->suite != YQ_SUITE_ETH) {
        yq_cur_fail_field(&c, YQ_E_UNSUPPORTED, 8, "suite");
    }
    if (yq_cur_ok(&c) && (n == 0 || n > YQ_VALIDATORS_MAX)) {
        yq_cur_fail_field(&c, n == 0 ? YQ_E_RANGE : YQ_E_LIMIT, 11, "n");
    }
    if (yq_cur_ok(&c) && quorum != yq_export_quorum(n)) {
        yq_cur_fail_field(&c, YQ_E_QUORUM, 9, "quorum");
    }
    for (unsigned i = 0; i < n && yq_cur_ok(&c); i++) {
        take_key(&c, set->key[i]);
    }
    set->n = yq_cur_ok(&c) ? n : 0;
    return yq_cur_done(&c, why);
}

void yq_export_set_hash(const yq_export_set *set, yq_digest *hash)
{
    uint8_t room[1 + YQ_DIGEST_SIZE + YQ_EXPORT_SET_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, SET_TAG);
    yq_put_bytes(&w, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_export_set_put(&w, set);
    YQ_ASSERT(w.status == YQ_OK);
    yq_hash_one(YQ_HASH_KECCAK256, yq_writer_slice(&w), hash->b);
}

/* ---- signatures ---------------------------------------------------------------------------------
 */

unsigned yq_export_signers(uint32_t bitmap)
{
    unsigned n = 0;
    for (; bitmap != 0; bitmap &= bitmap - 1) {
        n++;
    }
    return n;
}

/* How many signers stand before idx. */
static unsigned place_of(uint32_t bitmap, unsigned idx)
{
    return yq_export_signers(bitmap & ((UINT32_C(1) << idx) - 1));
}

void yq_export_sigs_put(yq_writer *w, const yq_export_sigs *sigs)
{
    for (unsigned i = 0; i < 4; i++) {
        yq_put_u8(w, (uint8_t)(sigs->bitmap >> (8 * i)));
    }
    yq_put_bytes(w, sigs->sig[0], (size_t)yq_export_signers(sigs->bitmap) * YQ_EXPORT_SIG_SIZE);
}

void yq_export_sigs_get(yq_cur *c, yq_export_sigs *sigs)
{
    size_t at = c->pos;
    sigs->bitmap = 0;
    for (unsigned i = 0; i < 4; i++) {
        sigs->bitmap |= (uint32_t)yq_cur_u8(c) << (8 * i);
    }
    if (yq_cur_ok(c) && sigs->bitmap >> YQ_VALIDATORS_MAX != 0) {
        yq_cur_fail_field(c, YQ_E_SIGNER_UNKNOWN, at, "bitmap");
    }
    if (yq_cur_ok(c) && sigs->bitmap == 0) {
        yq_cur_fail_field(c, YQ_E_SIGNATURES_MISSING, at, "bitmap");
    }
    if (yq_cur_ok(c)) {
        yq_cur_copy(c, sigs->sig[0], (size_t)yq_export_signers(sigs->bitmap) * YQ_EXPORT_SIG_SIZE);
    }
}

const uint8_t *yq_export_sig_of(const yq_export_sigs *sigs, unsigned idx)
{
    YQ_ASSERT(idx < YQ_VALIDATORS_MAX && (sigs->bitmap >> idx & 1) != 0);
    return sigs->sig[place_of(sigs->bitmap, idx)];
}

void yq_export_sigs_add(yq_export_sigs *sigs, unsigned idx, const uint8_t *sig)
{
    YQ_ASSERT(idx < YQ_VALIDATORS_MAX && (sigs->bitmap >> idx & 1) == 0);
    unsigned at = place_of(sigs->bitmap, idx), n = yq_export_signers(sigs->bitmap);
    memmove(sigs->sig[at + 1], sigs->sig[at], (size_t)(n - at) * YQ_EXPORT_SIG_SIZE);
    memcpy(sigs->sig[at], sig, YQ_EXPORT_SIG_SIZE);
    sigs->bitmap |= UINT32_C(1) << idx;
}

/* ---- certificates -------------------------------------------------------------------------------
 */

static size_t body_size(yq_slice in)
{
    /* The only length in it is the hub's: tag, chain_id_hash, str8 hub. */
    const size_t at = 15 + YQ_DIGEST_SIZE;
    return in.n > at ? YQ_EXPORT_SIZE_MAX - 48 + in.p[at] : in.n;
}

yq_status yq_export_cert_decode(yq_slice in, yq_export_cert *cert, yq_fault *why)
{
    size_t size = body_size(in);
    yq_status status =
        yq_export_decode(yq_slice_of(in.p, size < in.n ? size : in.n), &cert->body, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_cur c = yq_cur_of(in);
    (void)yq_cur_take(&c, size);
    yq_export_sigs_get(&c, &cert->sigs);
    return yq_cur_done(&c, why);
}

static yq_slice encode(const yq_export *body, uint8_t *room, size_t size)
{
    yq_buf out = {.p = room, .cap = size};
    yq_status status = yq_export_encode(body, &out);
    YQ_ASSERT(status == YQ_OK);
    return yq_slice_of(out.p, out.n);
}

void yq_export_cert_put(yq_writer *w, const yq_export_cert *cert)
{
    uint8_t room[YQ_EXPORT_SIZE_MAX];
    yq_put(w, encode(&cert->body, room, sizeof room));
    yq_export_sigs_put(w, &cert->sigs);
}

void yq_export_digest(const yq_export *body, yq_digest *m)
{
    uint8_t room[YQ_EXPORT_SIZE_MAX];
    yq_hash_one(YQ_HASH_KECCAK256, encode(body, room, sizeof room), m->b);
}

yq_status yq_export_cert_check(const yq_export_cert *cert, const yq_export_set *set)
{
    const yq_export *b = &cert->body;
    if (b->suite != set->suite || b->epoch != set->epoch ||
        memcmp(b->chain_id_hash.b, set->chain_id_hash.b, YQ_DIGEST_SIZE) != 0) {
        return YQ_E_DOMAIN;
    }
    if (cert->sigs.bitmap >> set->n != 0) {
        return YQ_E_SIGNER_UNKNOWN;
    }
    if (yq_export_signers(cert->sigs.bitmap) < yq_export_quorum(set->n)) {
        return YQ_E_QUORUM;
    }
    yq_digest m;
    yq_export_digest(b, &m);
    yq_status status = YQ_OK;
    for (unsigned i = 0; i < set->n && status == YQ_OK; i++) {
        if (cert->sigs.bitmap >> i & 1) {
            status = yq_export_signed_by(set->key[i], &m, yq_export_sig_of(&cert->sigs, i));
        }
    }
    return status;
}
