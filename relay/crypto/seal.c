#include "relay/crypto/seal.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

#include <openssl/crypto.h>

#define IV_SIZE  16u
#define TAG_SIZE 32u
_Static_assert(IV_SIZE + TAG_SIZE == YQ_SEAL_OVERHEAD, "layout of sealed bytes");

yq_secret *yq_secret_new(const void *p, size_t n)
{
    YQ_ASSERT(n < SIZE_MAX - sizeof(yq_secret));
    yq_secret *secret = (yq_secret *)OPENSSL_malloc(sizeof *secret + n);
    YQ_ASSERT(secret != NULL);
    secret->n = n;
    if (p == NULL) {
        yq_random(secret->b, n);
    } else {
        yq_bytes_copy(secret->b, p, n);
    }
    return secret;
}

void yq_secret_free(yq_secret *secret)
{
    if (secret != NULL) {
        OPENSSL_clear_free(secret, sizeof *secret + secret->n);
    }
}

static void derive(const uint8_t *key, const char *label, uint8_t *out32)
{
    yq_slice part = yq_slice_text(label);
    yq_hmac_sm3((yq_slice){key, YQ_SEAL_KEY_SIZE}, &part, 1, out32);
}

/* In: body is iv || ciphertext. */
static void make_tag(const uint8_t *key, yq_slice associated, yq_slice body, uint8_t *tag)
{
    uint8_t mac_key[32], size[8];
    for (unsigned i = 0; i < 8; i++) {
        size[i] = (uint8_t)((uint64_t)associated.n >> (56 - 8 * i));
    }
    yq_slice part[] = {{size, sizeof size}, associated, body};
    derive(key, "YUQIAO-SEAL-1 mac", mac_key);
    yq_hmac_sm3((yq_slice){mac_key, sizeof mac_key}, part, YQ_ARRAY_N(part), tag);
    yq_secret_wipe(mac_key, sizeof mac_key);
}

static void run_cipher(const uint8_t *key, const uint8_t *iv, yq_slice in, uint8_t *out)
{
    uint8_t cipher_key[32];
    derive(key, "YUQIAO-SEAL-1 cipher", cipher_key);
    yq_sm4_ctr(cipher_key, iv, in, out);
    yq_secret_wipe(cipher_key, sizeof cipher_key);
}

yq_status yq_seal(const uint8_t *key, yq_slice associated, yq_slice plain, yq_buf *out)
{
    size_t left = out->cap - out->n;
    if (left < YQ_SEAL_OVERHEAD || plain.n > left - YQ_SEAL_OVERHEAD) {
        return YQ_E_NOSPC;
    }
    uint8_t *body = out->p + out->n;
    yq_random(body, IV_SIZE);
    run_cipher(key, body, plain, body + IV_SIZE);
    make_tag(key, associated, (yq_slice){body, IV_SIZE + plain.n}, body + IV_SIZE + plain.n);
    out->n += plain.n + YQ_SEAL_OVERHEAD;
    return YQ_OK;
}

yq_status yq_unseal(const uint8_t *key, yq_slice associated, yq_slice sealed, yq_secret **plain)
{
    if (sealed.n < YQ_SEAL_OVERHEAD) {
        return YQ_E_TRUNCATED;
    }
    yq_slice body = {sealed.p, sealed.n - TAG_SIZE};
    uint8_t tag[TAG_SIZE];
    make_tag(key, associated, body, tag);
    if (!yq_secret_equal(tag, body.p + body.n, TAG_SIZE)) {
        return YQ_E_SIG;
    }
    yq_secret *made = yq_secret_new(body.p + IV_SIZE, body.n - IV_SIZE);
    run_cipher(key, body.p, (yq_slice){made->b, made->n}, made->b);
    *plain = made;
    return YQ_OK;
}
