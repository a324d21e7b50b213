#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

#define NAME_MAX_SIZE    100u
#define PATH_MAX_SIZE    4096u
#define LIFETIME_DEFAULT 120u
#define LIFETIME_MAX     86400u
#define DELAY_DEFAULT    4u
#define BUCKET_DEFAULT   "$xpoa"

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
    const char *text = yq_xua_option(config, key);
    return text == NULL || number_of(text, least, max, out)
               ? YQ_OK
               : yq_xua_bad(why, key, "a number in its range");
}

/* otherwise NULL: there is none. */
static yq_status take_text(
    const yq_adapter_config *config,
    const char *key,
    size_t max,
    const char *otherwise,
    char **out,
    yq_fault *why)
{
    const char *text = yq_xua_option(config, key);
    text = text == NULL ? otherwise : text;
    if (text == NULL) {
        return YQ_OK;
    }
    if (text[0] == '\0' || strlen(text) > max) {
        return yq_xua_bad(why, key, "is empty or too long");
    }
    *out = strdup(text);
    return *out == NULL ? yq_fail(why, YQ_E_MEMORY, 0, key) : YQ_OK;
}

/* An option that nothing reads is a mistake of the writer. */
static yq_status check_known(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    static const char *const known[] = {
        "bcname",
        "root",
        "crypto",
        "min_sources",
        "anchor_height",
        "validators",
        "list_bucket",
        "list_key",
        "list_delay",
        "event_key",
        "inbox",
        "module",
        "key_file",
        "tx_lifetime_s",
        "tls_ca_file",
        "tls_cert_file",
        "tls_key_file"};
    (void)s;
    for (size_t i = 0; i < config->option_n; i++) {
        const char *key = config->options[i].key;
        int found = 0;
        for (size_t k = 0; k < YQ_ARRAY_N(known); k++) {
            found |= strcmp(key, known[k]) == 0;
        }
        if (!found) {
            return yq_xua_bad(why, key, "not an option of this adapter");
        }
    }
    return YQ_OK;
}

static yq_status take_endpoints(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    uint64_t least = 1;
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_XUA_ENDPOINTS_MAX) {
        return yq_xua_bad(why, "endpoints", "1 to 16 addresses");
    }
    for (size_t i = 0; i < config->endpoint_n; i++) {
        if (!yq_grpc_url_is_permitted(config->endpoints[i])) {
            return yq_xua_bad(why, "endpoints", "https://HOST:PORT, or http://127.0.0.1:PORT");
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(config->endpoints[i], config->endpoints[k]) == 0) {
                return yq_xua_bad(why, "endpoints", "the same address twice");
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

static yq_status take_texts(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const struct {
        const char *key;
        size_t max;
        const char *otherwise;
        char **out;
    } all[] = {
        {"bcname", NAME_MAX_SIZE, "xuper", &s->chain},
        {"inbox", NAME_MAX_SIZE, NULL, &s->inbox},
        {"module", NAME_MAX_SIZE, "native", &s->module},
        {"event_key", NAME_MAX_SIZE, "Yuqiao", &s->event_key},
        {"list_bucket", NAME_MAX_SIZE, BUCKET_DEFAULT, &s->list_bucket},
        {"list_key", NAME_MAX_SIZE, NULL, &s->list_key},
        {"tls_ca_file", PATH_MAX_SIZE, NULL, &s->tls_ca},
        {"tls_cert_file", PATH_MAX_SIZE, NULL, &s->tls_cert},
        {"tls_key_file", PATH_MAX_SIZE, NULL, &s->tls_key}};
    yq_status status = YQ_OK;
    for (size_t i = 0; i < YQ_ARRAY_N(all) && status == YQ_OK; i++) {
        status = take_text(config, all[i].key, all[i].max, all[i].otherwise, all[i].out, why);
    }
    if (status == YQ_OK && (s->tls_cert == NULL) != (s->tls_key == NULL)) {
        return yq_xua_bad(why, "tls_cert_file", "tls_cert_file and tls_key_file belong together");
    }
    if (status == YQ_OK && strcmp(s->module, "native") != 0 && strcmp(s->module, "wasm") != 0) {
        return yq_xua_bad(why, "module", "native or wasm");
    }
    return status;
}

static yq_status take_numbers(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const struct {
        const char *key;
        uint64_t least, max, *out;
    } all[] = {
        {"anchor_height", 1, INT64_MAX, &s->anchor_height},
        {"list_delay", 3, 4, &s->delay},
        {"tx_lifetime_s", 1, LIFETIME_MAX, &s->lifetime_s}};
    yq_status status = YQ_OK;
    s->anchor_height = 1;
    s->delay = DELAY_DEFAULT;
    s->lifetime_s = LIFETIME_DEFAULT;
    for (size_t i = 0; i < YQ_ARRAY_N(all) && status == YQ_OK; i++) {
        status = take_number(config, all[i].key, all[i].least, all[i].max, all[i].out, why);
    }
    return status;
}

typedef yq_status (*option_step)(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why);

yq_status yq_xua_options_read(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    static const option_step step[] = {
        check_known, take_endpoints, take_texts, take_numbers, yq_xua_chain_options_read};
    yq_status status = YQ_OK;
    for (size_t i = 0; i < YQ_ARRAY_N(step) && status == YQ_OK; i++) {
        status = step[i](s, config, why);
    }
    s->access.tls_ca = s->tls_ca;
    s->access.tls_cert = s->tls_cert;
    s->access.tls_key = s->tls_key;
    return status;
}

void yq_xua_options_free(yq_xua_session *s)
{
    char *const text[] = {
        s->chain,
        s->tls_ca,
        s->tls_cert,
        s->tls_key,
        s->inbox,
        s->module,
        s->event_key,
        s->list_bucket,
        s->list_key};
    for (size_t i = 0; i < YQ_ARRAY_N(text); i++) {
        free(text[i]);
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        free(s->url[i]);
    }
    yq_key_free(s->key);
}
