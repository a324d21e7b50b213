#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX      64u
#define TRUST_MAX      (UINT64_C(1) << 48)
#define NUDGE_DEFAULT  3000u
#define NUDGE_MAX      3600000u
#define ADDRESS_SIZE   20u
#define ADDRESS_DIGITS 40u

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* A decimal number in least .. max. Returns 0 if it is not one. */
static int number_of(const char *text, uint64_t least, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1] != '\0')) {
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
    return value >= least;
}

/* A name that stands in a request as it is. */
static yq_status take_name(const char *key, const char *text, char *out, size_t max, yq_fault *why)
{
    size_t n = strlen(text);
    if (n == 0 || n > max ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != n) {
        return bad(why, key, "letters, digits, _ . -, not too many");
    }
    memcpy(out, text, n + 1);
    return YQ_OK;
}

static int take_address(const char *text, size_t n, uint8_t address[ADDRESS_SIZE])
{
    yq_buf out = {address, ADDRESS_SIZE, 0};
    size_t skip = n >= 2 && text[0] == '0' && text[1] == 'x' ? 2 : 0;
    return n - skip == ADDRESS_DIGITS && yq_hex_decode(&out, text + skip, n - skip) == YQ_OK &&
           !yq_bytes_are_zero(address, ADDRESS_SIZE);
}

static yq_status take_inbox(yq_bcos3_session *s, const char *text, yq_fault *why)
{
    s->has_inbox = take_address(text, strlen(text), s->inbox);
    return s->has_inbox ? YQ_OK : bad(why, "inbox", "the contract's address, 40 hex digits");
}

/* Keeps them ascending. Returns 0 when it is there already, or too many. */
static int add_operator(yq_bcos3_rules *rules, const uint8_t address[ADDRESS_SIZE])
{
    size_t at = rules->operator_n;
    if (at == YQ_BCOS3_OPERATORS_MAX) {
        return 0;
    }
    for (; at > 0 && memcmp(rules->operators[at - 1], address, ADDRESS_SIZE) > 0; at--) {
        memcpy(rules->operators[at], rules->operators[at - 1], ADDRESS_SIZE);
    }
    memcpy(rules->operators[at], address, ADDRESS_SIZE);
    rules->operator_n++;
    return at == 0 || memcmp(rules->operators[at - 1], address, ADDRESS_SIZE) != 0;
}

static yq_status take_operators(yq_bcos3_session *s, const char *text, yq_fault *why)
{
    while (text != NULL) {
        uint8_t address[ADDRESS_SIZE] = {0};
        size_t n = strcspn(text, ",");
        if (!take_address(text, n, address) || !add_operator(&s->rules, address)) {
            return bad(why, "operators", "up to 16 different addresses, comma between them");
        }
        text = text[n] == '\0' ? NULL : text + n + 1;
    }
    return YQ_OK;
}

static yq_status take_suite(yq_bcos3_session *s, const char *text, yq_fault *why)
{
    if (strcmp(text, "sm") == 0) {
        s->suite_wanted = YQ_BCOS3_SUITE_SM;
    } else if (strcmp(text, "keccak") == 0) {
        s->suite_wanted = YQ_BCOS3_SUITE_KECCAK;
    } else {
        return bad(why, "suite", "sm or keccak");
    }
    return YQ_OK;
}

static yq_status take_abi_hash(yq_bcos3_session *s, const char *text, yq_fault *why)
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

/* ---- options by their type ---- */

typedef struct number_option {
    const char *key;
    uint64_t least, max;
    uint64_t *to;
} number_option;

/* Returns 1 when the key is one of these. */
static int take_numbers(
    const number_option *all,
    size_t n,
    const char *key,
    const char *text,
    yq_status *status,
    yq_fault *why)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(all[i].key, key) == 0) {
            *status = number_of(text, all[i].least, all[i].max, all[i].to)
                          ? YQ_OK
                          : bad(why, key, "a number in its range");
            return 1;
        }
    }
    return 0;
}

static int take_paths(
    yq_bcos3_session *s, const char *key, const char *text, yq_status *status, yq_fault *why)
{
    const struct {
        const char *key;
        char **to;
    } all[] = {
        {"account_key", &s->account_path},
        {"account_passphrase_file", &s->passphrase_path},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (strcmp(all[i].key, key) != 0) {
            continue;
        }
        free(*all[i].to);
        *all[i].to = strdup(text);
        *status = *all[i].to == NULL ? yq_fail(why, YQ_E_MEMORY, 0, key)
                  : text[0] == '\0'  ? bad(why, key, "the path of a file")
                                     : YQ_OK;
        return 1;
    }
    return 0;
}

typedef struct numbers {
    uint64_t min_sources, depth, tx_version;
} numbers;

static yq_status take_option(
    yq_bcos3_session *s, numbers *read, size_t sources, const yq_option *o, yq_fault *why)
{
    const number_option all[] = {
        {"min_sources", 1, sources, &read->min_sources},
        {"depth", 1, DEPTH_MAX, &read->depth},
        {"tx_version", 0, 1, &read->tx_version},
        {"trust_period_ms", 0, TRUST_MAX, &s->rules.trust_ms},
        {"anchor_height", 0, INT64_MAX, &s->anchor_height},
        {"nudge_ms", 0, NUDGE_MAX, &s->nudge_ms},
    };
    yq_status status = YQ_OK;
    if (take_numbers(all, YQ_ARRAY_N(all), o->key, o->value, &status, why) ||
        take_paths(s, o->key, o->value, &status, why)) {
        return status;
    }
    if (strcmp(o->key, "group") == 0) {
        return take_name(o->key, o->value, s->group, YQ_BCOS3_NAME_MAX, why);
    }
    if (strcmp(o->key, "chain_id") == 0) {
        return take_name(o->key, o->value, s->chain, YQ_BCOS3_NAME_MAX, why);
    }
    if (strcmp(o->key, "node") == 0) {
        return take_name(o->key, o->value, s->node, YQ_BCOS3_NODE_MAX, why);
    }
    if (strcmp(o->key, "suite") == 0) {
        return take_suite(s, o->value, why);
    }
    if (strcmp(o->key, "abi_hash") == 0) {
        return take_abi_hash(s, o->value, why);
    }
    if (strcmp(o->key, "inbox") == 0) {
        return take_inbox(s, o->value, why);
    }
    if (strcmp(o->key, "operators") == 0) {
        return take_operators(s, o->value, why);
    }
    return bad(why, o->key, "no such option");
}

/* ---- all together ---- */

yq_status yq_bcos3_options_read(yq_bcos3_session *s, const yq_adapter_config *config, yq_fault *why)
{
    numbers read = {.min_sources = 1, .depth = 1};
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_BCOS3_ENDPOINTS_MAX) {
        return bad(why, "endpoints", "1 to 16 JSON-RPC addresses");
    }
    s->endpoint_n = config->endpoint_n;
    memcpy(s->group, "group0", sizeof "group0");
    s->nudge_ms = NUDGE_DEFAULT;
    for (size_t i = 0; i < config->option_n; i++) {
        yq_status status = YQ_OK;
        if (!yq_web_access_take(&s->access, &config->options[i], &status, why)) {
            status = take_option(s, &read, config->endpoint_n, &config->options[i], why);
        }
        if (status != YQ_OK) {
            return status;
        }
    }
    s->min_sources = (size_t)read.min_sources;
    s->rules.depth = (uint8_t)read.depth;
    s->tx_version = (uint8_t)read.tx_version;
    if (s->has_inbox && s->account_path == NULL) {
        return bad(why, "account_key", "needed to hand deliveries to the inbox");
    }
    return yq_web_pool_open(&s->host, config, &s->access, s->min_sources, &s->rpc.pool, why);
}
