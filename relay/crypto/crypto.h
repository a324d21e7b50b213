#ifndef YQ_RELAY_CRYPTO_CRYPTO_H
#define YQ_RELAY_CRYPTO_CRYPTO_H

#include "yuqiao/types.h"

/*
 * Hashes and signatures of every suite, on OpenSSL 3 and libsecp256k1 (Keccak-256 is our own). All
 * functions are thread-safe. A failure of the library itself (out of memory, a missing algorithm)
 * stops the process: it must never be taken for a verdict. What a valid signature looks like
 * (range, low-s, size) is decided here, not by the library.
 */

/* Returns the digest size of alg in bytes (20 to YQ_HASH_SIZE_MAX), 0 for an unknown one. */
size_t yq_hash_size(uint32_t alg);

/* Hashes the concatenation of part[0..part_n). Out: md, yq_hash_size(alg) bytes. In: alg must be
 * known. */
void yq_hash(uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md);

/* As yq_hash, over one slice. */
void yq_hash_one(uint32_t alg, yq_slice in, uint8_t *md);

/* HMAC-SM3. Out: mac, 32 bytes. */
void yq_hmac_sm3(yq_slice key, const yq_slice *part, size_t part_n, uint8_t *mac);

/*
 * Checks one signature (types.h says what each alg hashes and how keys and signatures look).
 * Returns OK; E_SIG_RANGE (size, also of a digest; zero, >= n, or r + s = 0 mod n for SM2),
 * E_SIG_HIGH_S, E_KEY_POINT, E_SIG, E_LIMIT (an SM2 id of more than 8191 bytes), or E_FIELD_UNKNOWN
 * for an unknown alg or a flag that the alg does not have. Cost: one verification.
 */
YQ_NODISCARD yq_status yq_signature_check(const yq_signature *sig);

/* Recovers the secp256k1 key (x||y) behind sig65 = r||s||v, v in 0..3, over a 32-byte digest.
 * Errors: E_SIG_RANGE, E_SIG. */
YQ_NODISCARD yq_status
yq_secp256k1_recover(const uint8_t *digest, const uint8_t *sig65, uint8_t *key64);

/* The address of a secp256k1 key: the last 20 bytes of Keccak-256(x||y). In: key of 64 bytes. */
#define YQ_ADDRESS_SIZE 20u
void yq_secp256k1_address(const uint8_t *key64, uint8_t *address);

/* The address behind sig65 over a 32-byte digest, as contracts take it: v 0 or 1, low s. Errors:
 * E_SIG_RANGE, E_SIG_HIGH_S, E_SIG. */
YQ_NODISCARD yq_status
yq_secp256k1_signer(const uint8_t *digest, const uint8_t *sig65, uint8_t *address);

/* The ledger's identity of a signer: SM3("YUQIAO-ID-1" || u8 suite || public key); suites as in
 * messages.md section 4. */
void yq_signer_id(uint8_t suite, yq_slice key, yq_digest *id);
#define YQ_SUITE_SM2     1 /* SM2 with SM3 */
#define YQ_SUITE_P256    2 /* P-256 with SHA-256 */
#define YQ_SUITE_ETH     3 /* secp256k1 with Keccak-256 */
#define YQ_SUITE_ED25519 4 /* Ed25519 with SHA-256 */

/*
 * A private key. Made with generate, derive, read or from_scalar; freed with yq_key_free, which
 * wipes it. Never logged.
 */
typedef struct yq_key yq_key;

/* Draws a key from the system's random source. Returns NULL only for an unknown alg. alg:
 * YQ_SIG_SM2_MESSAGE, P256_DIGEST, SECP256K1_DIGEST or ED25519_MESSAGE. */
yq_key *yq_key_generate(yq_sig_alg alg);

/* The key of (seed, name), for the simulator, mock chains and tests only: its private value is the
 * first in range of SM3("YUQIAO-DERIVE-1" || u8 alg || u32 size of seed || seed || name || u8
 * counter), counter from 0. */
yq_key *yq_key_derive(yq_sig_alg alg, yq_slice seed, const char *name);

void yq_key_free(yq_key *key);

/* Returns the raw public key (64, or 32 bytes for Ed25519); it lives as long as the key. */
yq_slice yq_key_public(const yq_key *key);
yq_sig_alg yq_key_alg(const yq_key *key);

/*
 * Signs msg as yq_signature_check checks it: SM2 and Ed25519 keys take a message, the others a
 * 32-byte digest. P-256 and secp256k1 signatures are low-s. Out: sig64, 64 bytes r||s (Ed25519: its
 * 64 bytes).
 */
void yq_key_sign(const yq_key *key, yq_slice msg, uint8_t *sig64);

/* As yq_key_sign for SM2 with a digest e taken as it is (YQ_SIG_SM2_DIGEST), and for secp256k1 with
 * the recovery byte. */
void yq_key_sign_sm2_digest(const yq_key *key, const uint8_t *e, uint8_t *sig64);
void yq_key_sign_recoverable(const yq_key *key, const uint8_t *digest, uint8_t *sig65);

/*
 * Key files: a line "yuqiao-key ALG PUBLIC_HEX" for people, then PEM, PKCS#8; mode 0600; with a
 * passphrase encrypted by SM4-CBC under PBKDF2 with HMAC-SM3 (200,000 rounds), without one in clear
 * (tests, sealed hosts). read also takes a file of the openssl command, which has no such line.
 * write refuses to replace a file, and syncs it and its folder. Errors: E_IO, E_EXISTS, E_CORRUPT
 * (no such key, or not the one that the first line names), E_PERMISSION (mode is wider than 0600),
 * E_CONFIG_INVALID (wrong passphrase, none where one is needed, one where none is; write: not of 1
 * to 1024 bytes).
 */
YQ_NODISCARD yq_status
yq_key_write(const yq_key *key, const char *path, const char *passphrase, yq_fault *why);
YQ_NODISCARD yq_status
yq_key_read(const char *path, const char *passphrase, yq_key **key, yq_fault *why);

/* size bytes from the system's random source. */
void yq_random(void *out, size_t size);

/* Compares in constant time; wipes so that the compiler cannot leave it out. */
int yq_secret_equal(const void *a, const void *b, size_t size);
void yq_secret_wipe(void *p, size_t size);

/* Returns OK when key is a public key that alg can check with: its size, and a point on the curve;
 * for Ed25519 also canonical and not of small order. Errors: E_KEY_POINT, E_FIELD_UNKNOWN (alg). */
YQ_NODISCARD yq_status yq_public_key_check(uint32_t alg, yq_slice key);

/* The key of a 32-byte private value (Ed25519: its seed), for accounts on other chains. Returns
 * NULL when alg is unknown or the value is out of range. */
yq_key *yq_key_from_scalar(yq_sig_alg alg, const uint8_t *scalar);

#endif /* YQ_RELAY_CRYPTO_CRYPTO_H */
