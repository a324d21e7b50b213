#ifndef YQ_RELAY_CRYPTO_SEAL_H
#define YQ_RELAY_CRYPTO_SEAL_H

#include "yuqiao/types.h"

/*
 * Authenticated encryption from SM4-CTR and HMAC-SM3, encrypt-then-MAC, because the library offers
 * no SM4 mode that does both. From one 32-byte key come two by label: the cipher's and the MAC's.
 * Sealed bytes: b16 iv, random || ciphertext || b32 tag, with
 *   tag = HMAC-SM3(mac key, u64 size of the associated data || associated data || iv ||
 * ciphertext).
 */
#define YQ_SEAL_KEY_SIZE 32u
#define YQ_SEAL_OVERHEAD 48u

/* Bytes that are wiped when freed. Never logged. */
typedef struct yq_secret {
    size_t n;
    uint8_t b[];
} yq_secret;

/* Returns n bytes: a copy of p, or random ones where p is NULL. Owns: freed with yq_secret_free. */
yq_secret *yq_secret_new(const void *p, size_t n);
void yq_secret_free(yq_secret *secret);

/*
 * Seals plain under a key of YQ_SEAL_KEY_SIZE bytes; the associated data is bound, not contained.
 * Out: appended to out, plain.n + YQ_SEAL_OVERHEAD bytes; plain must not lie in it. Errors:
 * E_NOSPC. One key seals at most 2^48 blocks, by the chance that two ivs meet.
 */
YQ_NODISCARD yq_status
yq_seal(const uint8_t *key, yq_slice associated, yq_slice plain, yq_buf *out);

/*
 * Opens what yq_seal made. Out: plain, on OK only; the caller frees it. Errors: E_TRUNCATED (no
 * room for iv and tag), E_SIG (another key, other associated data, or a changed byte).
 */
YQ_NODISCARD yq_status
yq_unseal(const uint8_t *key, yq_slice associated, yq_slice sealed, yq_secret **plain);

/* SM4-CTR alone: no integrity. In: key and iv of 16 bytes. Out: as many bytes as in; may be in's
 * own. */
void yq_sm4_ctr(const uint8_t *key, const uint8_t *iv, yq_slice in, uint8_t *out);

#endif /* YQ_RELAY_CRYPTO_SEAL_H */
