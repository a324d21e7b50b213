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

/*
 * For EVP's one-shot calls, which answer "false" and "out of memory" alike: empty the thread's
 * error queue before the call; after one that answered false, stop the process if the queue holds a
 * failure of the library, and empty it.
 */
void yq_lib_forget_errors(void);
void yq_lib_expect_no_failure(void);

#endif /* YQ_RELAY_CRYPTO_LIB_H */
