#ifndef YQ_CONFORMANCE_CHAINS_XUPERCHAIN_TEST_DRIVE_H
#define YQ_CONFORMANCE_CHAINS_XUPERCHAIN_TEST_DRIVE_H

#include "light-clients/xuperchain/xuperchain.h"

#define TEST_FRAMEWORK   "xuperchain"
#define TEST_VERIFIER    yq_verifier_xuperchain()
#define TEST_HASH(suite) (strcmp(suite, "p256") == 0 ? YQ_HASH_SHA256 : YQ_HASH_SM3)

#include "conformance/chains/common/test_drive.h"

static size_t drive_usual(const test_drive *d, yq_option *out)
{
    const yq_option usual[] = {
        {"crypto", strcmp(d->suite, "p256") == 0 ? "p256" : "sm2"},
        {"list_key", "0_validates"},
        {"key_file", d->key_file},
        {"inbox", d->inbox}};
    memcpy(out, usual, sizeof usual);
    return YQ_ARRAY_N(usual);
}

#endif /* YQ_CONFORMANCE_CHAINS_XUPERCHAIN_TEST_DRIVE_H */
