#include "relay/bft/mutants.h"
#include "relay/bft/types.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"

static void hash_tagged(uint32_t alg, uint8_t tag, yq_slice rest, yq_digest *out)
{
    yq_slice part[2] = {{&tag, 1}, rest};
    yq_hash(alg, part, 2, out->b);
}

void yq_header_hash(uint32_t alg, const yq_header *header, yq_digest *h)
{
    uint8_t room[YQ_HEADER_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_header_put(&w, header);
    hash_tagged(alg, 0x01, yq_writer_slice(&w), h);
}

void yq_payload_root(
    uint32_t alg, const uint8_t *digests, size_t n, yq_digest *scratch, yq_digest *root)
{
    for (size_t i = 0; i < n; i++) {
        yq_slice part = {digests + i * YQ_DIGEST_SIZE, YQ_DIGEST_SIZE};
        yq_merkle_leaf(alg, &part, 1, &scratch[i]);
    }
    if (n == 0) {
        *root = (yq_digest){0};
    } else {
        yq_merkle_root(alg, scratch, n, root);
    }
}

yq_status yq_valset_check(const yq_valset *set)
{
    size_t size = yq_suite_key_size(set->suite);
    if (size == 0 || set->n == 0 || set->n > YQ_VALIDATORS_MAX) {
        return YQ_E_CONFIG_INVALID;
    }
    for (unsigned i = 1; i < set->n; i++) {
        if (memcmp(set->key[i - 1], set->key[i], size) >= 0) {
            return YQ_E_CONFIG_INVALID;
        }
    }
    return YQ_OK;
}

void yq_valset_step_put(yq_writer *w, const yq_valset *set)
{
    yq_put_u64(w, set->epoch);
    yq_put_u8(w, set->suite);
    yq_put_u16(w, yq_quorum(set->n));
    yq_put_u16(w, set->n);
    for (unsigned i = 0; i < set->n && i < YQ_VALIDATORS_MAX; i++) {
        yq_put_str8(w, yq_slice_of(set->key[i], yq_suite_key_size(set->suite)));
    }
}

yq_status yq_valset_step_decode(yq_slice in, yq_valset *set, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    *set = (yq_valset){.epoch = yq_cur_u64(&c), .suite = yq_cur_u8(&c)};
    size_t at = c.pos, size = yq_suite_key_size(set->suite);
    uint16_t q = yq_cur_u16(&c), n = yq_cur_u16(&c);
    if (yq_cur_ok(&c) && (size == 0 || n > YQ_VALIDATORS_MAX)) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, at, "suite or count");
    }
    for (unsigned i = 0; i < n && yq_cur_ok(&c); i++) {
        yq_slice key = yq_cur_str8(&c, sizeof set->key[i]);
        if (yq_cur_ok(&c) && key.n != size) {
            yq_cur_fail_field(&c, YQ_E_LEN, at, "key");
        } else if (yq_cur_ok(&c)) {
            memcpy(set->key[i], key.p, size);
        }
    }
    set->n = yq_cur_ok(&c) ? n : 0;
    yq_status status = yq_cur_done(&c, why);
    if (status == YQ_OK && q != yq_quorum(n)) {
        status = yq_fail(why, YQ_E_QUORUM, (uint32_t)at, "quorum");
    }
    if (status == YQ_OK && yq_valset_check(set) != YQ_OK) {
        status = yq_fail(why, YQ_E_CONFIG_INVALID, (uint32_t)at, "keys");
    }
    return status;
}

void yq_valset_hash(uint32_t alg, const yq_valset *set, yq_digest *hash)
{
    uint8_t room[YQ_DIGEST_SIZE + YQ_VALSET_STEP_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_bytes(&w, set->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_valset_step_put(&w, set);
    hash_tagged(alg, 0x03, yq_writer_slice(&w), hash);
}

void yq_result_root(
    uint32_t alg,
    const yq_digest *results_root,
    const yq_digest *state_root,
    const yq_suite_root *root,
    size_t root_n,
    yq_digest *result_root)
{
    uint8_t room[65 + 33 * 255];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_bytes(&w, results_root->b, YQ_DIGEST_SIZE);
    yq_put_bytes(&w, state_root->b, YQ_DIGEST_SIZE);
    yq_put_u8(&w, (uint8_t)root_n);
    for (size_t i = 0; i < root_n && i < 255; i++) {
        yq_put_u8(&w, root[i].suite);
        yq_put_bytes(&w, root[i].export_root.b, YQ_DIGEST_SIZE);
    }
    hash_tagged(alg, 0x02, yq_writer_slice(&w), result_root);
}

void yq_chain_id_hash(uint32_t alg, yq_slice chain_id, yq_slice genesis, yq_digest *out)
{
    uint8_t size = (uint8_t)chain_id.n;
    yq_slice part[4] = {yq_slice_text("YUQIAO-CHAIN-1"), {&size, 1}, chain_id, genesis};
    yq_hash(alg, part, 4, out->b);
}

void yq_vote_digest(uint32_t alg, const yq_digest *chain_id_hash, const yq_vote *vote, yq_digest *m)
{
    uint8_t room[YQ_FINAL_INFO_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    if (vote->type == YQ_SIGNED_FINALIZE) {
        yq_final_info_put(&w, &vote->info);
    } else if (vote->type != YQ_SIGNED_NULLIFY) {
        yq_put_bytes(&w, vote->h.b, YQ_DIGEST_SIZE);
    }
    yq_signed_type type = (yq_signed_type)vote->type;
    yq_signed_digest(alg, type, chain_id_hash, vote->epoch, vote->view, yq_writer_slice(&w), m);
}

void yq_cert_digest(uint32_t alg, const yq_digest *chain_id_hash, const yq_cert *cert, yq_digest *m)
{
    yq_vote vote = {
        .type = cert->type,
        .epoch = cert->epoch,
        .view = cert->view,
        .h = cert->h,
        .info = cert->info,
    };
    yq_vote_digest(alg, chain_id_hash, &vote, m);
}

yq_status yq_sig_check_suite(
    void *self, const yq_valset *set, uint16_t idx, const yq_digest *m, const uint8_t *sig64)
{
    (void)self;
    static const uint16_t alg_of[] = {
        [YQ_SUITE_SM2] = YQ_SIG_SM2_MESSAGE,
        [YQ_SUITE_P256] = YQ_SIG_P256_DIGEST,
        [YQ_SUITE_ETH] = YQ_SIG_SECP256K1_DIGEST,
        [YQ_SUITE_ED25519] = YQ_SIG_ED25519_MESSAGE,
    };
    if (idx >= set->n || idx >= YQ_VALIDATORS_MAX || set->suite >= YQ_ARRAY_N(alg_of)) {
        return YQ_E_SIGNER_UNKNOWN;
    }
    yq_signature s = {
        .alg = alg_of[set->suite],
        .key = {set->key[idx], yq_suite_key_size(set->suite)},
        .msg = {m->b, YQ_DIGEST_SIZE},
        .sig = {sig64, 64},
    };
    return yq_signature_check(&s);
}

yq_status yq_cert_check(
    const yq_cert *cert, uint32_t alg, const yq_valset *set, yq_sig_checker check, void *self)
{
    if (cert->type != YQ_SIGNED_NOTARIZE && cert->type != YQ_SIGNED_NULLIFY &&
        cert->type != YQ_SIGNED_FINALIZE) {
        return YQ_E_FIELD_UNKNOWN;
    }
    if (cert->epoch != set->epoch) {
        return YQ_E_DOMAIN;
    }
    if (cert->type == YQ_SIGNED_FINALIZE &&
        (cert->info.epoch != cert->epoch || cert->info.view != cert->view ||
         memcmp(&cert->info.chain_id_hash, &set->chain_id_hash, YQ_DIGEST_SIZE) != 0)) {
        return YQ_E_DOMAIN;
    }
    if (cert->bitmap == 0) {
        return YQ_E_SIGNATURES_MISSING;
    }
    if (set->n == 0 || set->n > YQ_VALIDATORS_MAX || cert->bitmap >> set->n != 0) {
        return YQ_E_SIGNER_UNKNOWN;
    }
    unsigned signers = 0;
    for (uint32_t map = cert->bitmap; map != 0; map &= map - 1) {
        signers++;
    }
    if (signers + (YQ_MUTANT(18) ? 1u : 0u) < yq_quorum(set->n)) {
        return YQ_E_QUORUM;
    }
    yq_digest m;
    yq_cert_digest(alg, &set->chain_id_hash, cert, &m);
    size_t at = 0;
    for (uint16_t i = 0; i < set->n; i++) {
        if ((cert->bitmap >> i & 1) == 0) {
            continue;
        }
        yq_status status = check == NULL ? yq_sig_check_suite(self, set, i, &m, cert->sig[at])
                                         : check(self, set, i, &m, cert->sig[at]);
        if (status != YQ_OK) {
            return status;
        }
        at++;
    }
    return YQ_OK;
}
