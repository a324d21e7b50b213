#include "relay/base/assert.h"
#include "relay/crypto/lib.h"
#include "relay/crypto/seal.h"

/* The library counts in int. */
#define STEP_SIZE ((size_t)1 << 30)

void yq_sm4_ctr(const uint8_t *key, const uint8_t *iv, yq_slice in, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    YQ_ASSERT(ctx != NULL && EVP_EncryptInit_ex2(ctx, yq_lib_sm4_ctr(), key, iv, NULL) == 1);
    for (size_t at = 0; at < in.n;) {
        size_t step = in.n - at < STEP_SIZE ? in.n - at : STEP_SIZE;
        int written = 0;
        YQ_ASSERT(EVP_EncryptUpdate(ctx, out + at, &written, in.p + at, (int)step) == 1);
        YQ_ASSERT((size_t)written == step);
        at += step;
    }
    EVP_CIPHER_CTX_free(ctx);
}
