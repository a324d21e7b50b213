#include "relay/crypto/crypto.h"
#include "relay/ledger/genesis.h"
#include "relay/node/testnet.h"
#include "relay/store/test_dir.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static yq_status init(const char *dir, uint16_t validators, uint16_t port, yq_fault *why)
{
    yq_testnet_plan plan = {dir, "henan-main", validators, port, 1700000000000, 86400000, 0};
    return yq_testnet_init(&plan, why);
}

/* A file of `of` nodes' homes, read whole. */
static size_t read_file(const char *dir, const char *name, uint8_t *room, size_t cap)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    cr_assert(f != NULL, "%s", path);
    size_t n = fread(room, 1, cap, f);
    fclose(f);
    return n;
}

static mode_t mode_of(const char *dir, const char *name)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    cr_assert(stat(path, &st) == 0, "%s", path);
    return st.st_mode & 0777;
}

Test(testnet, lays_out_homes_that_agree)
{
    static uint8_t genesis[YQ_GENESIS_SIZE_MAX], other[YQ_GENESIS_SIZE_MAX];
    static yq_genesis g;
    char dir[] = "/tmp/yq-testnet-XXXXXX";
    yq_fault why = {0};
    cr_assert(mkdtemp(dir) != NULL);
    cr_assert(init(dir, 4, 30000, &why) == YQ_OK, "%s", why.text);
    size_t n = read_file(dir, "node0/genesis.bin", genesis, sizeof genesis);
    cr_assert(yq_genesis_decode(yq_slice_of(genesis, n), &g, &why) == YQ_OK, "%s", why.text);
    cr_assert(g.org_n == 4 && g.validator_n == 4 && g.delay_ms == 0 && !g.single_operator);
    cr_assert(g.approvals == 3);
    for (unsigned i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "node%u/genesis.bin", i);
        cr_assert(read_file(dir, name, other, sizeof other) == n);
        cr_assert(memcmp(genesis, other, n) == 0);
        snprintf(name, sizeof name, "node%u/keys", i);
        cr_assert(mode_of(dir, name) == 0700);
        snprintf(name, sizeof name, "node%u/keys/validator.pem", i);
        cr_assert(mode_of(dir, name) == 0600);
        snprintf(name, sizeof name, "node%u/keys/export.pem", i);
        cr_assert(mode_of(dir, name) == 0600);
        char path[256];
        yq_key *key;
        snprintf(path, sizeof path, "%s/%s", dir, name);
        cr_assert(yq_key_read(path, NULL, &key, &why) == YQ_OK);
        cr_assert(yq_key_alg(key) == YQ_SIG_SECP256K1_DIGEST);
        yq_key_free(key);
        snprintf(path, sizeof path, "%s/admin/org%u.pem", dir, i);
        cr_assert(yq_key_read(path, NULL, &key, &why) == YQ_OK);
        unsigned found = 0;
        for (size_t k = 0; k < g.signer_n; k++) {
            found += yq_slice_equal(g.signer[k].key, yq_key_public(key)) ? 1u : 0u;
        }
        cr_assert(found == 1);
        yq_key_free(key);
    }
    cr_assert(g.recovery_n == 3 && g.recovery_approvals == 2);
    cr_assert(mode_of(dir, "recovery") == 0700);
    for (unsigned i = 0; i < 3; i++) {
        char path[256];
        yq_key *key;
        snprintf(path, sizeof path, "%s/recovery/key%u.pem", dir, i);
        cr_assert(yq_key_read(path, NULL, &key, &why) == YQ_OK);
        unsigned found = 0;
        for (size_t k = 0; k < g.recovery_n; k++) {
            found += yq_slice_equal(g.recovery[k].key, yq_key_public(key)) ? 1u : 0u;
        }
        cr_assert(found == 1);
        yq_key_free(key);
    }
    cr_assert(init(dir, 4, 30000, &why) == YQ_E_EXISTS);
    test_dir_remove(dir);
}

Test(testnet, refuses_what_cannot_be)
{
    yq_fault why;
    cr_assert(init("/tmp/yq-testnet-none", 3, 30000, &why) == YQ_E_CONFIG_INVALID);
    cr_assert(init("/tmp/yq-testnet-none", 32, 30000, &why) == YQ_E_CONFIG_INVALID);
    cr_assert(init("/tmp/yq-testnet-none", 4, 0, &why) == YQ_E_CONFIG_INVALID);
    cr_assert(init("/tmp/yq-testnet-none", 4, 65500, &why) == YQ_E_CONFIG_INVALID);
    cr_assert(init("/proc/yq-testnet-none", 4, 30000, &why) == YQ_E_IO);
    cr_assert(access("/tmp/yq-testnet-none", F_OK) != 0);
}

Test(testnet, codes_are_unified_social_credit_codes)
{
    char code[YQ_TESTNET_CODE_SIZE], next[YQ_TESTNET_CODE_SIZE];
    yq_testnet_code(code, 0);
    yq_testnet_code(next, 1);
    cr_assert(strlen(code) == 18 && strcmp(code, next) != 0);
    static const char digits[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned sum = 0, weight = 1;
    for (unsigned i = 0; i < 18; i++) {
        sum += weight * (unsigned)(strchr(digits, code[i]) - digits);
        weight = i == 16 ? 1 : weight * 3 % 31;
    }
    cr_assert(sum % 31 == 0); /* GB 32100: the check character completes the sum */
}
