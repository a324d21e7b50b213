#ifndef YQ_CONFORMANCE_CHAINS_CHAINMAKER_TEST_DRIVE_H
#define YQ_CONFORMANCE_CHAINS_CHAINMAKER_TEST_DRIVE_H

#include "light-clients/chainmaker/chainmaker.h"

#define TEST_FRAMEWORK   "chainmaker"
#define TEST_VERIFIER    yq_verifier_chainmaker()
#define TEST_HASH(suite) (strcmp(suite, "sha256") == 0 ? YQ_HASH_SHA256 : YQ_HASH_SM3)

#include "conformance/chains/common/test_drive.h"

static size_t drive_usual(const test_drive *d, yq_option *out)
{
    const yq_option usual[] = {
        {"chain_id", "chain1"},
        {"hash", strcmp(d->suite, "sha256") == 0 ? "sha256" : "sm3"},
        {"auth", strcmp(d->suite, "sm-public") == 0 ? "public-key" : "cert"},
        {"org_id", "wx-org1.chainmaker.org"},
        {"cert_file", d->cert_file},
        {"key_file", d->key_file},
        {"inbox", d->inbox}};
    memcpy(out, usual, sizeof usual);
    return YQ_ARRAY_N(usual);
}

#endif /* YQ_CONFORMANCE_CHAINS_CHAINMAKER_TEST_DRIVE_H */
