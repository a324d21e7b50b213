#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define PREFIX                "attester_"
#define UPDATE_EVERY_DEFAULT  100u
#define VALID_LEDGERS_DEFAULT 50u
#define FEE_LIMIT_DEFAULT     100000000u

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

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

/* ---- single options; each returns 0 when it is not this one ---- */

static int take_number(yq_xha_session *s, const yq_option *o, yq_status *status, yq_fault *why)
{
    uint64_t sources = s->min_sources;
    const struct {
        const char *key;
        uint64_t least, max, *out;
        const char *what;
    } all[] = {
        {"chain_id", 0, INT64_MAX, &s->chain_id, "the chain's number"},
        {"min_sources", 1, YQ_WEB_ENDPOINTS_MAX, &sources, "1 to the number of endpoints"},
        {"anchor_height", 1, INT64_MAX - 1, &s->anchor_height, "a ledger's number"},
        {"update_every", 1, 10000, &s->update_every, "ledgers, at most 10000"},
        {"valid_ledgers", 1, 100000, &s->valid_ledgers, "ledgers, at most 100000"},
        {"fee_limit", 1, INT64_MAX, &s->fee_limit, "the most that one delivery may cost"},
        {"gas_price", 0, INT64_MAX, &s->gas_price, "a number"}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (strcmp(o->key, all[i].key) == 0) {
            *status = number_of(o->value, all[i].least, all[i].max, all[i].out)
                          ? YQ_OK
                          : bad(why, o->key, all[i].what);
            s->min_sources = (size_t)sources;
            return 1;
        }
    }
    return 0;
}

static int take_text(yq_xha_session *s, const yq_option *o, yq_status *status, yq_fault *why)
{
    const struct {
        const char *key;
        char **out;
    } all[] = {
        {"emitters", &s->emitters},
        {"validators", &s->validators},
        {"attesters_file", &s->attesters_path},
        {"inbox", &s->inbox},
        {"account_key", &s->account_path},
        {"account_passphrase_file", &s->passphrase_path}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (strcmp(o->key, all[i].key) == 0) {
            free(*all[i].out);
            *all[i].out = strdup(o->value);
            *status = *all[i].out == NULL   ? yq_fail(why, YQ_E_MEMORY, 0, o->key)
                      : o->value[0] == '\0' ? bad(why, o->key, "is empty")
                                            : YQ_OK;
            return 1;
        }
    }
    return 0;
}

static int take_hash(yq_xha_session *s, const yq_option *o, yq_status *status, yq_fault *why)
{
    if (strcmp(o->key, "hash") != 0) {
        return 0;
    }
    int is_sm3 = strcmp(o->value, "sm3") == 0;
    s->hash = is_sm3 ? YQ_HASH_SM3 : YQ_HASH_SHA256;
    *status = is_sm3 || strcmp(o->value, "sha256") == 0 ? YQ_OK : bad(why, "hash", "sha256 or sm3");
    return 1;
}

/* How attesters are reached: the options of HTTP with a prefix. */
static int take_attester(yq_xha_session *s, const yq_option *o, yq_status *status, yq_fault *why)
{
    if (strncmp(o->key, PREFIX, strlen(PREFIX)) != 0) {
        return 0;
    }
    const yq_option plain = {o->key + strlen(PREFIX), o->value};
    return yq_web_access_take(&s->attester_access, &plain, status, why);
}

static yq_status take_option(yq_xha_session *s, const yq_option *o, yq_fault *why)
{
    yq_status status = YQ_OK;
    int taken = yq_web_access_take(&s->access, o, &status, why) ||
                take_number(s, o, &status, why) || take_text(s, o, &status, why) ||
                take_hash(s, o, &status, why) || take_attester(s, o, &status, why);
    return taken ? status : bad(why, o->key, "no such option");
}

/* ---- what belongs together ---- */

static int has_option(const yq_adapter_config *config, const char *key)
{
    for (size_t i = 0; i < config->option_n; i++) {
        if (strcmp(config->options[i].key, key) == 0) {
            return 1;
        }
    }
    return 0;
}

static int is_address(const char *text)
{
    return strncmp(text, "did:bid:", 8) == 0 && strlen(text) < YQ_XH_ADDRESS_SIZE &&
           text[strspn(text, ":0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] ==
               '\0';
}

static int are_keys(const char *text)
{
    yq_xinghuo_member member;
    uint8_t key[64];
    for (;;) {
        size_t n = strcspn(text, ",");
        if (!yq_xinghuo_key_decode(yq_slice_of(text, n), &member, key)) {
            return 0;
        }
        if (text[n] == '\0') {
            return 1;
        }
        text += n + 1;
    }
}

static yq_status check(const yq_xha_session *s, const yq_adapter_config *config, yq_fault *why)
{
    if (!has_option(config, "chain_id")) {
        return bad(why, "chain_id", "is needed: the number of the chain");
    }
    if (s->min_sources > config->endpoint_n) {
        return bad(why, "min_sources", "1 to the number of endpoints");
    }
    if (s->validators != NULL && !are_keys(s->validators)) {
        return bad(why, "validators", "encoded public keys (b065.. or b07a..), with commas");
    }
    if (s->inbox != NULL && !is_address(s->inbox)) {
        return bad(why, "inbox", "the contract's address, did:bid:...");
    }
    if (s->inbox != NULL && s->account_path == NULL) {
        return bad(why, "account_key", "is needed with inbox");
    }
    return YQ_OK;
}

static yq_status open_attesters(yq_xha_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *url[YQ_XHA_ATTESTERS_MAX];
    if (s->attesters_path == NULL) {
        return YQ_OK;
    }
    yq_status status = yq_xha_attesters_read(s->attesters_path, &s->attesters, why);
    for (size_t i = 0; i < s->attesters.n; i++) {
        url[i] = s->attesters.one[i].url;
    }
    const yq_adapter_config theirs = {
        .chain = config->chain, .endpoints = url, .endpoint_n = s->attesters.n};
    return status == YQ_OK ? yq_web_pool_open(
                                 &s->host,
                                 &theirs,
                                 &s->attester_access,
                                 s->attesters.threshold,
                                 &s->attester_pool,
                                 why)
                           : status;
}

yq_status yq_xha_options_read(yq_xha_session *s, const yq_adapter_config *config, yq_fault *why)
{
    yq_status status = YQ_OK;
    s->min_sources = 1;
    s->anchor_height = 1;
    s->update_every = UPDATE_EVERY_DEFAULT;
    s->valid_ledgers = VALID_LEDGERS_DEFAULT;
    s->fee_limit = FEE_LIMIT_DEFAULT;
    s->gas_price = 1;
    s->hash = YQ_HASH_SHA256;
    s->chain = strdup(config->chain);
    if (s->chain == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "chain");
    }
    for (size_t i = 0; i < config->option_n && status == YQ_OK; i++) {
        status = take_option(s, &config->options[i], why);
    }
    status = status == YQ_OK ? check(s, config, why) : status;
    if (status == YQ_OK) {
        status = yq_web_pool_open(&s->host, config, &s->access, s->min_sources, &s->pool, why);
    }
    return status == YQ_OK ? open_attesters(s, config, why) : status;
}

void yq_xha_options_free(yq_xha_session *s)
{
    char *const text[] = {
        s->chain,
        s->emitters,
        s->validators,
        s->attesters_path,
        s->inbox,
        s->account_path,
        s->passphrase_path};
    yq_web_pool_free(s->pool);
    yq_web_pool_free(s->attester_pool);
    yq_web_access_free(&s->access);
    yq_web_access_free(&s->attester_access);
    yq_xha_attesters_free(&s->attesters);
    yq_key_free(s->account);
    for (size_t i = 0; i < YQ_ARRAY_N(text); i++) {
        free(text[i]);
    }
}

int yq_xha_is_wanted(const yq_xha_session *s, yq_slice emitter)
{
    const char *at = s->emitters;
    while (at != NULL && *at != '\0') {
        size_t n = strcspn(at, ",");
        if (yq_slice_equal(yq_slice_of(at, n), emitter)) {
            return 1;
        }
        at += n + (at[n] == ',' ? 1 : 0);
    }
    return at == NULL;
}
