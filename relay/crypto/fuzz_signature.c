#include "relay/base/assert.h"
#include "relay/base/cursor.h"
#include "relay/crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Input: u8 alg, u8 flags, then key, signature, id and message, each with a u8 size. No bytes may
 * stop the process, and every verdict is one of the documented ones. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_cur c = yq_cur_of((yq_slice){data, size});
    yq_signature sig = {.alg = yq_cur_u8(&c), .flags = yq_cur_u8(&c)};
    sig.key = yq_cur_str8(&c, UINT8_MAX);
    sig.sig = yq_cur_str8(&c, UINT8_MAX);
    sig.id = yq_cur_str8(&c, UINT8_MAX);
    sig.msg = yq_cur_str8(&c, UINT8_MAX);
    yq_status status = yq_signature_check(&sig);
    YQ_ASSERT(
        status == YQ_OK || status == YQ_E_SIG || status == YQ_E_SIG_RANGE ||
        status == YQ_E_SIG_HIGH_S || status == YQ_E_KEY_POINT || status == YQ_E_FIELD_UNKNOWN);
    YQ_ASSERT(status != YQ_OK || yq_public_key_check(sig.alg, sig.key) == YQ_OK);
    uint8_t key[64];
    if (sig.msg.n >= 32 && sig.sig.n >= 65) {
        status = yq_secp256k1_recover(sig.msg.p, sig.sig.p, key);
        YQ_ASSERT(status == YQ_OK || status == YQ_E_SIG || status == YQ_E_SIG_RANGE);
        YQ_ASSERT(
            status != YQ_OK ||
            yq_public_key_check(YQ_SIG_SECP256K1_DIGEST, yq_slice_of(key, 64)) == YQ_OK);
    }
    return 0;
}
