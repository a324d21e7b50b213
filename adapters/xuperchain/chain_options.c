#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>

yq_status yq_xua_bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

const char *yq_xua_option(const yq_adapter_config *config, const char *key)
{
    for (size_t i = 0; i < config->option_n; i++) {
        if (strcmp(config->options[i].key, key) == 0) {
            return config->options[i].value;
        }
    }
    return NULL;
}

/* ---- sets ---- */

int yq_xua_set_has(const yq_xua_set *set, yq_slice address)
{
    for (size_t i = 0; i < set->n; i++) {
        if (yq_slice_equal(yq_slice_text(set->address[i]), address)) {
            return 1;
        }
    }
    return 0;
}

int yq_xua_set_add(yq_xua_set *set, yq_slice address)
{
    if (address.n == 0 || address.n >= YQ_XUA_ADDRESS_MAX || set->n == YQ_XUA_VOTES_MAX ||
        memchr(address.p, 0, address.n) != NULL || yq_xua_set_has(set, address)) {
        return 0;
    }
    memcpy(set->address[set->n], address.p, address.n);
    set->address[set->n++][address.n] = '\0';
    return 1;
}

/* Addresses with commas between them. */
static yq_status take_validators(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *text = yq_xua_option(config, "validators");
    while (text != NULL) {
        const char *end = strchr(text, ',');
        yq_slice address = end == NULL ? yq_slice_text(text)
                                       : yq_slice_of((const uint8_t *)text, (size_t)(end - text));
        if (!yq_xua_set_add(&s->stated, address)) {
            return yq_xua_bad(
                why, "validators", "up to 64 addresses with commas between, each once");
        }
        text = end == NULL ? NULL : end + 1;
    }
    return YQ_OK;
}

/* ---- the chain ---- */

static yq_status take_crypto(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *name = yq_xua_option(config, "crypto");
    s->scheme = YQ_XUA_SM2;
    if (name != NULL && strcmp(name, "p256") == 0) {
        s->scheme = YQ_XUA_P256;
    } else if (name != NULL && strcmp(name, "sm2") != 0) {
        return yq_xua_bad(why, "crypto", "sm2 (the plugin gm) or p256 (the plugin default)");
    }
    return YQ_OK;
}

static yq_status take_root(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *text = yq_xua_option(config, "root");
    yq_buf out = {s->root.b, sizeof s->root.b, 0};
    if (text == NULL) {
        return YQ_OK;
    }
    if (strlen(text) != 2 * sizeof s->root.b || yq_hex_decode(&out, text, strlen(text)) != YQ_OK) {
        return yq_xua_bad(why, "root", "64 hex digits: the id of the chain's first block");
    }
    s->has_root = 1;
    return YQ_OK;
}

/* Who delivers: a chain without an inbox needs nobody. */
static yq_status take_key(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *path = yq_xua_option(config, "key_file");
    yq_fault theirs = {0};
    if (path == NULL) {
        return s->inbox == NULL ? YQ_OK : yq_xua_bad(why, "key_file", "is needed with an inbox");
    }
    if (yq_key_read(path, NULL, &s->key, &theirs) != YQ_OK) {
        return yq_xua_bad(why, "key_file", theirs.text);
    }
    yq_sig_alg wanted = s->scheme == YQ_XUA_SM2 ? YQ_SIG_SM2_MESSAGE : YQ_SIG_P256_DIGEST;
    if (yq_key_alg(s->key) != wanted) {
        return yq_xua_bad(why, "key_file", "a key of another kind than crypto says");
    }
    (void)yq_xua_address(s->scheme, yq_key_public(s->key).p, s->address);
    (void)yq_xua_key_text(s->scheme, yq_key_public(s->key).p, s->key_text);
    return YQ_OK;
}

typedef yq_status (*option_step)(yq_xua_session *s, const yq_adapter_config *config, yq_fault *why);

yq_status yq_xua_chain_options_read(
    yq_xua_session *s, const yq_adapter_config *config, yq_fault *why)
{
    static const option_step step[] = {take_crypto, take_root, take_validators, take_key};
    yq_status status = YQ_OK;
    for (size_t i = 0; i < YQ_ARRAY_N(step) && status == YQ_OK; i++) {
        status = step[i](s, config, why);
    }
    return status;
}
