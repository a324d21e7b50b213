#include "relay/crypto/crypto.h"

#include "conformance/oracles/oracle.h"
#include "relay/crypto/curve.h"
#include "relay/crypto/seal.h"

static yq_status run_hash(yq_oracle_call *call)
{
    uint64_t alg;
    uint8_t md[YQ_HASH_SIZE_MAX];
    if (yq_oracle_number(call->arg[0], &alg) != YQ_OK || yq_hash_size((uint32_t)alg) == 0) {
        return YQ_E_FIELD_UNKNOWN;
    }
    /* In one piece for each further argument. */
    yq_hash((uint32_t)alg, call->arg + 1, call->n - 1, md);
    yq_oracle_hex(call, yq_slice_of(md, yq_hash_size((uint32_t)alg)));
    return YQ_OK;
}

static yq_status run_hmac(yq_oracle_call *call)
{
    uint8_t mac[32];
    yq_hmac_sm3(call->arg[0], &call->arg[1], 1, mac);
    yq_oracle_hex(call, YQ_SLICE_OF(mac));
    return YQ_OK;
}

/* check ALG FLAGS KEY ID MSG SIG */
static yq_status run_check(yq_oracle_call *call)
{
    uint64_t alg, flags;
    yq_status status = yq_oracle_number(call->arg[0], &alg);
    if (status == YQ_OK) {
        status = yq_oracle_number(call->arg[1], &flags);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_signature sig = {
        .alg = (uint16_t)alg,
        .flags = (uint16_t)flags,
        .key = call->arg[2],
        .id = call->arg[3],
        .msg = call->arg[4],
        .sig = call->arg[5]};
    status = yq_signature_check(&sig);
    yq_oracle_text(call, "OK");
    return status;
}

static yq_status run_key_check(yq_oracle_call *call)
{
    uint64_t alg;
    yq_status status = yq_oracle_number(call->arg[0], &alg);
    yq_oracle_text(call, "OK");
    return status == YQ_OK ? yq_public_key_check((uint32_t)alg, call->arg[1]) : status;
}

static yq_status run_recover(yq_oracle_call *call)
{
    uint8_t key[64];
    if (call->arg[0].n != 32 || call->arg[1].n != 65) {
        return YQ_E_LEN;
    }
    yq_status status = yq_secp256k1_recover(call->arg[0].p, call->arg[1].p, key);
    if (status == YQ_OK) {
        yq_oracle_hex(call, YQ_SLICE_OF(key));
    }
    return status;
}

/* sign ALG SCALAR MSG: the public key, the signature; of secp256k1 also the one with the recovery
 * byte. */
static yq_status run_sign(yq_oracle_call *call)
{
    uint64_t alg;
    uint8_t sig[65];
    yq_status status = yq_oracle_number(call->arg[0], &alg);
    if (status != YQ_OK || call->arg[1].n != 32) {
        return YQ_E_LEN;
    }
    int is_digest = alg == YQ_SIG_P256_DIGEST || alg == YQ_SIG_SECP256K1_DIGEST;
    yq_key *key = is_digest && call->arg[2].n != 32
                      ? NULL
                      : yq_key_from_scalar((yq_sig_alg)alg, call->arg[1].p);
    if (key == NULL) {
        return YQ_E_RANGE;
    }
    yq_oracle_hex(call, yq_key_public(key));
    yq_oracle_text(call, " ");
    yq_key_sign(key, call->arg[2], sig);
    yq_oracle_hex(call, yq_slice_of(sig, 64));
    if (alg == YQ_SIG_SECP256K1_DIGEST) {
        yq_oracle_text(call, " ");
        yq_key_sign_recoverable(key, call->arg[2].p, sig);
        yq_oracle_hex(call, yq_slice_of(sig, 65));
    }
    yq_key_free(key);
    return YQ_OK;
}

static yq_status run_sm2_digest(yq_oracle_call *call)
{
    uint8_t e[32];
    if (call->arg[0].n != 64) {
        return YQ_E_LEN;
    }
    yq_status status = yq_sm2_digest(call->arg[0], call->arg[1], call->arg[2], e);
    if (status == YQ_OK) {
        yq_oracle_hex(call, YQ_SLICE_OF(e));
    }
    return status;
}

static yq_status run_sm4(yq_oracle_call *call)
{
    if (call->arg[0].n != 16 || call->arg[1].n != 16) {
        return YQ_E_LEN;
    }
    yq_writer room = yq_oracle_room(call, call->arg[2].n);
    yq_sm4_ctr(call->arg[0].p, call->arg[1].p, call->arg[2], room.p);
    yq_oracle_hex(call, yq_slice_of(room.p, call->arg[2].n));
    return YQ_OK;
}

const yq_oracle_op yq_oracle_crypto[] = {
    {"hash", 2, run_hash},
    {"hmac-sm3", 2, run_hmac},
    {"check", 6, run_check},
    {"key-check", 2, run_key_check},
    {"recover", 2, run_recover},
    {"sign", 3, run_sign},
    {"sm2-digest", 3, run_sm2_digest},
    {"sm4-ctr", 3, run_sm4},
    {0},
};
