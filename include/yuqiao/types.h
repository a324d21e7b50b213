#ifndef YQ_TYPES_H
#define YQ_TYPES_H

#include "yuqiao/status.h"

#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes. An empty slice may have p == NULL. */
typedef struct yq_slice {
    const uint8_t *p;
    size_t n;
} yq_slice;

/* Room lent by the caller; the callee writes at most cap bytes at p and sets n. */
typedef struct yq_buf {
    uint8_t *p;
    size_t cap, n;
} yq_buf;

/* Why a call failed; owned by the caller, filled on failure only. */
typedef struct yq_fault {
    int32_t status;  /* a yq_status */
    uint32_t offset; /* into the slice being read, in bytes */
    char text[120];  /* English, short, ends in NUL; names the field or the check that failed */
} yq_fault;

#define YQ_DIGEST_SIZE 32
typedef struct yq_digest {
    uint8_t b[YQ_DIGEST_SIZE];
} yq_digest;

/* Hash algorithms, as numbered on the wire. */
typedef enum yq_hash_alg {
    YQ_HASH_INVALID = 0,
    YQ_HASH_SM3 = 1,
    YQ_HASH_SHA256 = 2,
    YQ_HASH_KECCAK256 = 3,
    YQ_HASH_SHA384 = 4, /* 48 bytes; certificates only */
    /* Of foreign chains. */
    YQ_HASH_SHA512 = 5, /* 64 bytes */
    YQ_HASH_SHA512_256 = 6,
    YQ_HASH_RIPEMD160 = 7,   /* 20 bytes */
    YQ_HASH_BLAKE2B_512 = 8, /* 64 bytes */
    YQ_HASH_BLAKE2S_256 = 9,
    YQ_HASH_SHA3_256 = 10,
} yq_hash_alg;
#define YQ_HASH_SIZE_MAX 64

/*
 * Signature algorithms. "message": the algorithm hashes msg itself; "digest": msg is the 32-byte
 * digest (P-384: 32 or 48). Keys are raw: SM2, P-256, secp256k1: x||y, 64 bytes (secp256k1 also
 * compressed, 33 bytes); P-384: 96 bytes; Ed25519: 32 bytes. Signatures are raw r||s of the key's
 * size; both in [1, n-1]. No DER here: decoders turn DER into r||s.
 */
typedef enum yq_sig_alg {
    YQ_SIG_INVALID = 0,
    YQ_SIG_SM2_MESSAGE = 1,      /* e = SM3(Z(id, key) || msg); empty id: 1234567812345678 */
    YQ_SIG_P256_DIGEST = 2,      /* any s in range; low-s is the caller's rule: YQ_SIG_FLAG_LOW_S */
    YQ_SIG_SECP256K1_DIGEST = 3, /* as above */
    YQ_SIG_ED25519_MESSAGE = 4,
    YQ_SIG_SM2_DIGEST = 5, /* msg is e itself: no Z, no SM3 */
    YQ_SIG_P384_DIGEST = 6,
} yq_sig_alg;
#define YQ_SIG_FLAG_LOW_S 1u /* refuse s > n/2 with E_SIG_HIGH_S */

typedef struct yq_signature {
    uint16_t alg;   /* yq_sig_alg */
    uint16_t flags; /* YQ_SIG_FLAG_* */
    yq_slice key, id, msg, sig;
} yq_signature;

/* Grades of trust; a greater number is a stronger grade. */
typedef enum yq_grade {
    YQ_GRADE_INVALID = 0,
    YQ_GRADE_ATTESTED = 1,
    YQ_GRADE_ENDORSED = 2,
    YQ_GRADE_LIGHT_CLIENT = 3,
} yq_grade;

typedef enum yq_log_level {
    YQ_LOG_DEBUG = 0,
    YQ_LOG_INFO = 1,
    YQ_LOG_WARN = 2,
    YQ_LOG_ERROR = 3,
} yq_log_level;

#endif /* YQ_TYPES_H */
