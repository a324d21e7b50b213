#include "relay/base/bytes.h"
#include "relay/cli/cli.h"
#include "relay/ledger/genesis.h"
#include "relay/node/testnet.h"

#include <time.h>

/* What needs no hub: keys, and a network on one machine. */

static const char *const alg_word[] = {"sm2", "p256", "secp256k1", "ed25519"};

static yq_status show_key(cli *c, const yq_key *key, const char *path, yq_json_out **out)
{
    uint8_t suite = YQ_SUITE_SM2;
    const char *alg = "sm2";
    switch (yq_key_alg(key)) {
    case YQ_SIG_P256_DIGEST:
        suite = YQ_SUITE_P256;
        alg = "p256";
        break;
    case YQ_SIG_SECP256K1_DIGEST:
        suite = YQ_SUITE_ETH;
        alg = "secp256k1";
        break;
    case YQ_SIG_ED25519_MESSAGE:
        suite = YQ_SUITE_ED25519;
        alg = "ed25519";
        break;
    case YQ_SIG_INVALID:
    case YQ_SIG_SM2_MESSAGE:
    case YQ_SIG_SM2_DIGEST:
    case YQ_SIG_P384_DIGEST:
        break;
    }
    yq_digest id;
    yq_signer_id(suite, yq_key_public(key), &id);
    *out = yq_json_out_new(CLI_JSON_MAX);
    if (*out == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "key");
    }
    yq_json_out_object(*out, NULL);
    yq_json_out_str(*out, "file", path);
    yq_json_out_str(*out, "algorithm", alg);
    yq_json_out_hex(*out, "key", yq_key_public(key));
    yq_json_out_hex(*out, "signer", YQ_SLICE_OF(id));
    yq_json_out_end(*out);
    return YQ_OK;
}

static yq_sig_alg alg_of(uint8_t word)
{
    static const yq_sig_alg alg[] = {
        YQ_SIG_SM2_MESSAGE,
        YQ_SIG_P256_DIGEST,
        YQ_SIG_SECP256K1_DIGEST,
        YQ_SIG_ED25519_MESSAGE,
    };
    return alg[word - 1];
}

yq_status cmd_key_gen(cli *c, yq_json_out **out)
{
    uint8_t word = 1;
    yq_status status = YQ_OK;
    if (cli_has(c, "algorithm")) {
        status = cli_word(c, "algorithm", alg_word, YQ_ARRAY_N(alg_word), &word);
    }
    char secret[256] = "";
    const char *file = cli_get(c, "passphrase-file");
    if (status == YQ_OK && file != NULL) {
        FILE *f = fopen(file, "r");
        if (f == NULL || fgets(secret, sizeof secret, f) == NULL) {
            status = yq_fail(&c->why, YQ_E_IO, 0, file);
        }
        if (f != NULL) {
            (void)fclose(f);
        }
        secret[strcspn(secret, "\r\n")] = '\0';
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_key *key = yq_key_generate(alg_of(word));
    const char *path = cli_get(c, "out");
    status = yq_key_write(key, path, file == NULL ? NULL : secret, &c->why);
    yq_secret_wipe(secret, sizeof secret);
    if (status == YQ_OK) {
        status = show_key(c, key, path, out);
    }
    yq_key_free(key);
    return status;
}

yq_status cmd_key_show(cli *c, yq_json_out **out)
{
    yq_key *key;
    yq_status status = cli_key(c, &key);
    if (status == YQ_OK) {
        status = show_key(c, key, cli_get(c, "key"), out);
        yq_key_free(key);
    }
    return status;
}

yq_status cmd_testnet_init(cli *c, yq_json_out **out)
{
    uint64_t n, port, delay_s;
    yq_status status = cli_number(c, "validators", 4, YQ_VALIDATORS_MAX, &n);
    if (status == YQ_OK) {
        status = cli_number(c, "base-port", 26600, 65535, &port);
    }
    if (status == YQ_OK) {
        status =
            cli_number(c, "recovery-delay", UINT64_C(86400), YQ_GENESIS_DELAY_MAX / 1000, &delay_s);
    }
    if (status != YQ_OK) {
        return status;
    }
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    yq_testnet_plan plan = {
        .dir = cli_get(c, "dir"),
        .hub = cli_has(c, "name") ? cli_get(c, "name") : "henan-main",
        .validators = (uint16_t)n,
        .base_port = (uint16_t)port,
        .recovery_delay_ms = delay_s * 1000,
        .time_ms = (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u,
        .single_operator = cli_has(c, "single-operator"),
    };
    status = yq_testnet_init(&plan, &c->why);
    if (status != YQ_OK || (*out = yq_json_out_new(CLI_JSON_MAX)) == NULL) {
        return status;
    }
    char path[1200];
    yq_json_out_object(*out, NULL);
    yq_json_out_str(*out, "hub", plan.hub);
    yq_json_out_array(*out, "homes");
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, "%s/node%u", plan.dir, i);
        yq_json_out_str(*out, NULL, path);
    }
    yq_json_out_end(*out);
    yq_json_out_array(*out, "administrators");
    for (unsigned i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, "%s/admin/org%u.pem", plan.dir, i);
        yq_json_out_str(*out, NULL, path);
    }
    yq_json_out_end(*out);
    yq_json_out_end(*out);
    return YQ_OK;
}
