#ifndef YQ_RELAY_CRYPTO_LIB_H
#define YQ_RELAY_CRYPTO_LIB_H

#include "yuqiao/types.h"

#include <openssl/bn.h>
#include <openssl/evp.h>

/*
 * What this room keeps of the library: algorithms fetched once a process, scratch objects once a
 * thread (freed when the thread ends). Every failure here stops the process.
 */

/* Starts a hash in the calling thread's context of that algorithm: SM3, SHA-256 or SHA-384. The
 * caller finishes it before it starts the next of the same algorithm. */
EVP_MD_CTX *yq_lib_hash(uint32_t alg);

/* The calling thread's scratch for big numbers. */
BN_CTX *yq_lib_bn(void);

const EVP_CIPHER *yq_lib_sm4_ctr(void);

/* For EVP's one-shot calls, which say "does not verify" and "out of memory" alike: stops the
 * process if the error queue holds a failure of the library. */
void yq_lib_expect_no_failure(void);

#endif /* YQ_RELAY_CRYPTO_LIB_H */
