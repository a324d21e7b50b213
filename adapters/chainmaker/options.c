#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define CHAIN_MAX        64u
#define NAME_MAX_SIZE    128u
#define LIFETIME_DEFAULT 300u
#define LIFETIME_MAX     86400u

/* A decimal number in least .. max, without sign or leading zeros. Returns 0 if it is not one. */
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

static yq_status take_number(
    const yq_adapter_config *config,
    const char *key,
    uint64_t least,
    uint64_t max,
    uint64_t *out,
    yq_fault *why)
{
    const char *text = yq_cma_option(config, key);
    return text == NULL || number_of(text, least, max, out)
               ? YQ_OK
               : yq_cma_bad(why, key, "a number in its range");
}

static yq_status take_text(
    const yq_adapter_config *config, const char *key, size_t max, char **out, yq_fault *why)
{
    const char *text = yq_cma_option(config, key);
    if (text == NULL) {
        return YQ_OK;
    }
    if (text[0] == '\0' || strlen(text) > max) {
        return yq_cma_bad(why, key, "is empty or too long");
    }
    *out = strdup(text);
    return *out == NULL ? yq_fail(why, YQ_E_MEMORY, 0, key) : YQ_OK;
}

/* An option that nothing reads is a mistake of the writer. */
static yq_status check_known(const yq_adapter_config *config, yq_fault *why)
{
    static const char *const known[] = {
        "chain_id",
        "hash",
        "auth",
        "org_id",
        "cert_file",
        "key_file",
        "tls_ca_file",
        "tls_cert_file",
        "tls_key_file",
        "min_sources",
        "anchor_height",
        "inbox",
        "tx_lifetime_s",
        "gas_limit"};
    for (size_t i = 0; i < config->option_n; i++) {
        const char *key = config->options[i].key;
        int found = strncmp(key, "node.", 5) == 0;
        for (size_t k = 0; k < YQ_ARRAY_N(known); k++) {
            found |= strcmp(key, known[k]) == 0;
        }
        if (!found) {
            return yq_cma_bad(why, key, "not an option of this adapter");
        }
    }
    return YQ_OK;
}

static yq_status take_hash(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    static const struct {
        const char *name;
        uint32_t alg;
    } all[] = {{"sm3", YQ_HASH_SM3}, {"sha256", YQ_HASH_SHA256}, {"sha3-256", YQ_HASH_SHA3_256}};
    const char *name = yq_cma_option(config, "hash");
    s->alg = YQ_HASH_SM3;
    if (name == NULL) {
        return YQ_OK;
    }
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (strcmp(name, all[i].name) == 0) {
            s->alg = all[i].alg;
            return YQ_OK;
        }
    }
    return yq_cma_bad(why, "hash", "sm3, sha256 or sha3-256");
}

static yq_status take_endpoints(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    uint64_t least = 1;
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_CMA_ENDPOINTS_MAX) {
        return yq_cma_bad(why, "endpoints", "1 to 16 addresses");
    }
    for (size_t i = 0; i < config->endpoint_n; i++) {
        if (!yq_grpc_url_is_permitted(config->endpoints[i])) {
            return yq_cma_bad(why, "endpoints", "https://HOST:PORT, or http://127.0.0.1:PORT");
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(config->endpoints[i], config->endpoints[k]) == 0) {
                return yq_cma_bad(why, "endpoints", "the same address twice");
            }
        }
        s->url[i] = strdup(config->endpoints[i]);
        if (s->url[i] == NULL) {
            return yq_fail(why, YQ_E_MEMORY, 0, "endpoints");
        }
        s->endpoint_n++;
    }
    yq_status status = take_number(config, "min_sources", 1, s->endpoint_n, &least, why);
    s->min_sources = (size_t)least;
    return status;
}

static yq_status take_texts(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const struct {
        const char *key;
        size_t max;
        char **out;
    } all[] = {
        {"chain_id", CHAIN_MAX, &s->chain_id},
        {"inbox", NAME_MAX_SIZE, &s->inbox},
        {"tls_ca_file", 4096, &s->tls_ca},
        {"tls_cert_file", 4096, &s->tls_cert},
        {"tls_key_file", 4096, &s->tls_key}};
    yq_status status = YQ_OK;
    for (size_t i = 0; i < YQ_ARRAY_N(all) && status == YQ_OK; i++) {
        status = take_text(config, all[i].key, all[i].max, all[i].out, why);
    }
    if (status == YQ_OK && s->chain_id == NULL) {
        return yq_cma_bad(why, "chain_id", "is needed");
    }
    if (status == YQ_OK && (s->tls_cert == NULL) != (s->tls_key == NULL)) {
        return yq_cma_bad(why, "tls_cert_file", "tls_cert_file and tls_key_file belong together");
    }
    return status;
}

static yq_status take_numbers(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const struct {
        const char *key;
        uint64_t least, max, *out;
    } all[] = {
        {"anchor_height", 0, INT64_MAX, &s->anchor_height},
        {"tx_lifetime_s", 1, LIFETIME_MAX, &s->lifetime_s},
        {"gas_limit", 0, INT64_MAX, &s->gas_limit}};
    yq_status status = YQ_OK;
    s->lifetime_s = LIFETIME_DEFAULT;
    for (size_t i = 0; i < YQ_ARRAY_N(all) && status == YQ_OK; i++) {
        status = take_number(config, all[i].key, all[i].least, all[i].max, all[i].out, why);
    }
    return status;
}

typedef yq_status (*option_step)(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why);

yq_status yq_cma_options_read(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    static const option_step step[] = {
        take_hash,
        take_endpoints,
        take_texts,
        take_numbers,
        yq_cma_identity_read,
        yq_cma_stated_read};
    yq_status status = check_known(config, why);
    for (size_t i = 0; i < YQ_ARRAY_N(step) && status == YQ_OK; i++) {
        status = step[i](s, config, why);
    }
    s->access.tls_ca = s->tls_ca;
    s->access.tls_cert = s->tls_cert;
    s->access.tls_key = s->tls_key;
    return status;
}

void yq_cma_options_free(yq_cma_session *s)
{
    char *const text[] = {
        s->chain_id, s->org_id, s->tls_ca, s->tls_cert, s->tls_key, s->member_pem, s->inbox};
    for (size_t i = 0; i < YQ_ARRAY_N(text); i++) {
        free(text[i]);
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        free(s->url[i]);
    }
    for (size_t i = 0; i < s->stated_n; i++) {
        free(s->stated[i].id);
    }
    yq_key_free(s->key);
}
