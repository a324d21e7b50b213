#include "adapters/fisco-bcos-2/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define GAS_LIMIT_DEFAULT 100000000u
#define PASSPHRASE_MAX    1024u
#define CODE_NO_HEIGHT    (-40004)

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* A decimal number in 1 .. max. Returns 0 if it is not one. */
static int number_of(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text[0] < '1' || text[0] > '9') {
        return 0;
    }
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || digit > max || value > (max - digit) / 10) {
            return 0;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return 1;
}

static yq_status take_inbox(yq_fisco2_session *s, const char *text, yq_fault *why)
{
    yq_buf out = {s->inbox, sizeof s->inbox, 0};
    size_t skip = strncmp(text, "0x", 2) == 0 ? 2 : 0;
    if (yq_hex_decode(&out, text + skip, strlen(text + skip)) != YQ_OK ||
        out.n != sizeof s->inbox || yq_bytes_are_zero(s->inbox, sizeof s->inbox)) {
        return bad(why, "inbox", "the contract's address, 40 hex digits");
    }
    s->has_inbox = 1;
    return YQ_OK;
}

static yq_status take_suite(yq_fisco2_session *s, const char *text, yq_fault *why)
{
    if (strcmp(text, "sm") == 0) {
        s->suite_wanted = YQ_FISCO2_SUITE_SM;
    } else if (strcmp(text, "keccak") == 0) {
        s->suite_wanted = YQ_FISCO2_SUITE_KECCAK;
    } else {
        return bad(why, "suite", "sm or keccak");
    }
    return YQ_OK;
}

static yq_status take_abi_hash(yq_fisco2_session *s, const char *text, yq_fault *why)
{
    if (strcmp(text, "sm3") == 0) {
        s->abi_hash = YQ_HASH_SM3;
    } else if (strcmp(text, "keccak256") == 0) {
        s->abi_hash = YQ_HASH_KECCAK256;
    } else {
        return bad(why, "abi_hash", "sm3 or keccak256: that of the contracts' compiler");
    }
    return YQ_OK;
}

static yq_status take_path(const char *key, const char *text, char **out, yq_fault *why)
{
    if (text[0] == '\0') {
        return bad(why, key, "the path of a file");
    }
    free(*out);
    *out = strdup(text);
    return *out == NULL ? yq_fail(why, YQ_E_MEMORY, 0, key) : YQ_OK;
}

static yq_status take_option(yq_fisco2_session *s, const char *key, const char *text, yq_fault *why)
{
    uint64_t number = 0;
    if (strcmp(key, "group") == 0) {
        if (!number_of(text, INT32_MAX, &number)) {
            return bad(why, key, "the group's number");
        }
        s->group_id = (uint32_t)number;
        return YQ_OK;
    }
    if (strcmp(key, "min_sources") == 0) {
        if (!number_of(text, s->endpoint_n, &number)) {
            return bad(why, key, "1 to the number of endpoints");
        }
        s->min_sources = (size_t)number;
        return YQ_OK;
    }
    if (strcmp(key, "gas_limit") == 0) {
        return number_of(text, INT64_MAX, &s->gas_limit) ? YQ_OK : bad(why, key, "a number");
    }
    if (strcmp(key, "suite") == 0) {
        return take_suite(s, text, why);
    }
    if (strcmp(key, "abi_hash") == 0) {
        return take_abi_hash(s, text, why);
    }
    if (strcmp(key, "inbox") == 0) {
        return take_inbox(s, text, why);
    }
    if (strcmp(key, "account_key") == 0) {
        return take_path(key, text, &s->account_path, why);
    }
    if (strcmp(key, "account_passphrase_file") == 0) {
        return take_path(key, text, &s->passphrase_path, why);
    }
    return bad(why, key, "no such option");
}

/* The nodes have one code for a height that they do not have yet. */
static yq_status meaning_of(const yq_json *error)
{
    int64_t code = 0;
    (void)yq_json_int(yq_json_get(error, "code"), &code);
    return code == CODE_NO_HEIGHT ? YQ_E_NOT_FOUND : YQ_E_PEER;
}

yq_status yq_fisco2_options_read(
    yq_fisco2_session *s, const yq_adapter_config *config, yq_fault *why)
{
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_FISCO2_ENDPOINTS_MAX) {
        return bad(why, "endpoints", "1 to 16 JSON-RPC addresses");
    }
    s->endpoint_n = config->endpoint_n;
    s->group_id = 1;
    s->min_sources = 1;
    s->gas_limit = GAS_LIMIT_DEFAULT;
    for (size_t i = 0; i < config->option_n; i++) {
        const yq_option *o = &config->options[i];
        yq_status status = YQ_OK;
        if (!yq_web_access_take(&s->access, o, &status, why)) {
            status = take_option(s, o->key, o->value, why);
        }
        if (status != YQ_OK) {
            return status;
        }
    }
    if (s->has_inbox && s->account_path == NULL) {
        return bad(why, "account_key", "needed to hand deliveries to the inbox");
    }
    s->rpc.meaning = meaning_of;
    return yq_web_pool_open(&s->host, config, &s->access, s->min_sources, &s->rpc.pool, why);
}

/* Reads the first line of the passphrase's file. */
static yq_status read_passphrase(const char *path, char *out, yq_fault *why)
{
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        return bad(why, "account_passphrase_file", "cannot be read");
    }
    char *line = fgets(out, PASSPHRASE_MAX, f);
    (void)fclose(f);
    if (line == NULL) {
        return bad(why, "account_passphrase_file", "is empty");
    }
    out[strcspn(out, "\r\n")] = '\0';
    return YQ_OK;
}

yq_status yq_fisco2_account_open(yq_fisco2_session *s, yq_fault *why)
{
    char passphrase[PASSPHRASE_MAX] = "";
    if (s->account != NULL) {
        return YQ_OK;
    }
    if (s->account_path == NULL) {
        return bad(why, "account_key", "is not set");
    }
    if (s->passphrase_path != NULL) {
        yq_status status = read_passphrase(s->passphrase_path, passphrase, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    yq_key *key = NULL;
    yq_status status =
        yq_key_read(s->account_path, s->passphrase_path == NULL ? NULL : passphrase, &key, why);
    yq_secret_wipe(passphrase, sizeof passphrase);
    if (status != YQ_OK) {
        return status;
    }
    yq_sig_alg wanted =
        s->profile.suite == YQ_FISCO2_SUITE_SM ? YQ_SIG_SM2_MESSAGE : YQ_SIG_SECP256K1_DIGEST;
    if (yq_key_alg(key) != wanted) {
        yq_key_free(key);
        return bad(why, "account_key", "is not a key of the chain's suite");
    }
    s->account = key;
    return YQ_OK;
}
