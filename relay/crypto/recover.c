#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/curve.h"

#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static secp256k1_context *context;

static void start(void)
{
    uint8_t seed[32];
    context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    yq_random(seed, sizeof seed);
    /* Blinds signing against side channels; afterwards the context is only read. */
    YQ_ASSERT(context != NULL && secp256k1_context_randomize(context, seed) == 1);
    yq_secret_wipe(seed, sizeof seed);
}

static const secp256k1_context *get_context(void)
{
    YQ_ASSERT(pthread_once(&once, start) == 0);
    return context;
}

/* x || y, or the compressed form: 02 or 03, then x. */
static yq_status parse_key(yq_slice in, secp256k1_pubkey *key)
{
    uint8_t raw[65] = {4};
    if (in.n != 64 && in.n != YQ_SECP256K1_COMPRESSED_SIZE) {
        return YQ_E_KEY_POINT;
    }
    size_t head = in.n == 64 ? 1 : 0;
    memcpy(raw + head, in.p, in.n);
    int parsed = secp256k1_ec_pubkey_parse(get_context(), key, raw, head + in.n);
    return parsed == 1 ? YQ_OK : YQ_E_KEY_POINT;
}

static void write_key(const secp256k1_pubkey *key, uint8_t *key64)
{
    uint8_t raw[65];
    size_t size = sizeof raw;
    YQ_ASSERT(
        secp256k1_ec_pubkey_serialize(get_context(), raw, &size, key, SECP256K1_EC_UNCOMPRESSED) ==
        1);
    memcpy(key64, raw + 1, 64);
}

yq_status yq_secp256k1_key_check(yq_slice key)
{
    secp256k1_pubkey parsed;
    return parse_key(key, &parsed);
}

yq_status yq_secp256k1_check(yq_slice key, const uint8_t *digest, const uint8_t *sig64)
{
    secp256k1_pubkey parsed;
    yq_status status = parse_key(key, &parsed);
    if (status != YQ_OK) {
        return status;
    }
    secp256k1_ecdsa_signature sig;
    YQ_ASSERT(secp256k1_ecdsa_signature_parse_compact(get_context(), &sig, sig64) == 1);
    /* The library takes only low s; which of the two a signature has is our caller's rule. */
    (void)secp256k1_ecdsa_signature_normalize(get_context(), &sig, &sig);
    int good = secp256k1_ecdsa_verify(get_context(), &sig, digest, &parsed);
    return good == 1 ? YQ_OK : YQ_E_SIG;
}

yq_status yq_secp256k1_recover(const uint8_t *digest, const uint8_t *sig65, uint8_t *key64)
{
    const yq_curve *curve = yq_curve_of(YQ_SIG_SECP256K1_DIGEST);
    if (!yq_scalar_in_range(curve, sig65) || !yq_scalar_in_range(curve, sig65 + 32) ||
        sig65[64] > 3) {
        return YQ_E_SIG_RANGE;
    }
    secp256k1_ecdsa_recoverable_signature sig;
    secp256k1_pubkey key;
    int parsed =
        secp256k1_ecdsa_recoverable_signature_parse_compact(get_context(), &sig, sig65, sig65[64]);
    if (parsed != 1 || secp256k1_ecdsa_recover(get_context(), &key, &sig, digest) != 1) {
        return YQ_E_SIG;
    }
    write_key(&key, key64);
    return YQ_OK;
}

void yq_secp256k1_address(const uint8_t *key64, uint8_t *address)
{
    uint8_t md[YQ_DIGEST_SIZE];
    yq_hash_one(YQ_HASH_KECCAK256, yq_slice_of(key64, 64), md);
    memcpy(address, md + sizeof md - YQ_ADDRESS_SIZE, YQ_ADDRESS_SIZE);
}

yq_status yq_secp256k1_signer(const uint8_t *digest, const uint8_t *sig65, uint8_t *address)
{
    uint8_t key[64];
    yq_status status = sig65[64] > 1 ? YQ_E_SIG_RANGE : yq_secp256k1_recover(digest, sig65, key);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_scalar_is_high(yq_curve_of(YQ_SIG_SECP256K1_DIGEST), sig65 + 32)) {
        return YQ_E_SIG_HIGH_S;
    }
    yq_secp256k1_address(key, address);
    return YQ_OK;
}

void yq_secp256k1_sign(const uint8_t *scalar, const uint8_t *digest, uint8_t *sig65)
{
    secp256k1_ecdsa_recoverable_signature sig;
    int v = 0;
    YQ_ASSERT(
        secp256k1_ecdsa_sign_recoverable(get_context(), &sig, digest, scalar, NULL, NULL) == 1);
    YQ_ASSERT(
        secp256k1_ecdsa_recoverable_signature_serialize_compact(get_context(), sig65, &v, &sig) ==
        1);
    sig65[64] = (uint8_t)v;
}
