#include "relay/crypto/lib.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <pthread.h>

static const char *const hash_name[] = {
    [YQ_HASH_SM3] = "SM3",
    [YQ_HASH_SHA256] = "SHA2-256",
    [YQ_HASH_SHA384] = "SHA2-384",
    [YQ_HASH_SHA512] = "SHA2-512",
    [YQ_HASH_SHA512_256] = "SHA2-512/256",
    [YQ_HASH_RIPEMD160] = "RIPEMD-160", /* in the default provider from OpenSSL 3.0.7 on */
    [YQ_HASH_BLAKE2B_512] = "BLAKE2B-512",
    [YQ_HASH_BLAKE2S_256] = "BLAKE2S-256",
    [YQ_HASH_SHA3_256] = "SHA3-256"};

typedef struct thread_state {
    EVP_MD_CTX *hash[YQ_ARRAY_N(hash_name)];
    BN_CTX *bn;
} thread_state;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static EVP_MD *hash[YQ_ARRAY_N(hash_name)];
static EVP_CIPHER *sm4_ctr;

static void thread_end(void *p)
{
    thread_state *state = (thread_state *)p;
    for (size_t i = 0; i < YQ_ARRAY_N(state->hash); i++) {
        EVP_MD_CTX_free(state->hash[i]);
    }
    BN_CTX_free(state->bn);
    OPENSSL_free(state);
}

static void start(void)
{
    YQ_ASSERT(pthread_key_create(&thread_key, thread_end) == 0);
    for (size_t i = 0; i < YQ_ARRAY_N(hash_name); i++) {
        if (hash_name[i] != NULL) {
            hash[i] = EVP_MD_fetch(NULL, hash_name[i], NULL);
            YQ_ASSERT(hash[i] != NULL);
        }
    }
    sm4_ctr = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL);
    YQ_ASSERT(sm4_ctr != NULL);
}

static thread_state *thread_get(void)
{
    YQ_ASSERT(pthread_once(&once, start) == 0);
    thread_state *state = (thread_state *)pthread_getspecific(thread_key);
    if (state != NULL) {
        return state;
    }
    state = (thread_state *)OPENSSL_zalloc(sizeof *state);
    YQ_ASSERT(state != NULL);
    for (size_t i = 0; i < YQ_ARRAY_N(hash_name); i++) {
        if (hash_name[i] != NULL) {
            state->hash[i] = EVP_MD_CTX_new();
            YQ_ASSERT(state->hash[i] != NULL);
        }
    }
    state->bn = BN_CTX_new();
    YQ_ASSERT(state->bn != NULL);
    YQ_ASSERT(pthread_setspecific(thread_key, state) == 0);
    return state;
}

EVP_MD_CTX *yq_lib_hash(uint32_t alg)
{
    YQ_ASSERT(alg < YQ_ARRAY_N(hash_name) && hash_name[alg] != NULL);
    EVP_MD_CTX *ctx = thread_get()->hash[alg];
    YQ_ASSERT(EVP_DigestInit_ex2(ctx, hash[alg], NULL) == 1);
    return ctx;
}

BN_CTX *yq_lib_bn(void)
{
    return thread_get()->bn;
}

const EVP_CIPHER *yq_lib_sm4_ctr(void)
{
    (void)thread_get();
    return sm4_ctr;
}

void yq_lib_forget_errors(void)
{
    ERR_clear_error();
}

void yq_lib_expect_no_failure(void)
{
    for (unsigned long error = ERR_get_error(); error != 0; error = ERR_get_error()) {
        YQ_ASSERT(ERR_GET_REASON(error) != ERR_R_MALLOC_FAILURE);
        YQ_ASSERT(ERR_GET_REASON(error) != ERR_R_FETCH_FAILED);
    }
}
