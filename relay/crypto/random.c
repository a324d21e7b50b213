#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sys/random.h>

void yq_random(void *out, size_t size)
{
    uint8_t *p = (uint8_t *)out;
    while (size > 0) {
        ssize_t got = getrandom(p, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        YQ_ASSERT(got > 0);
        p += got;
        size -= (size_t)got;
    }
}

int yq_secret_equal(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void yq_secret_wipe(void *p, size_t size)
{
    if (size > 0) {
        OPENSSL_cleanse(p, size);
    }
}
