#include "adapters/xinghuo/office_config.h"

#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (64u << 10)
#define TEXT_MAX 4096u

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* A text in memory of the configuration's. Returns NULL when it is none, empty, too long, or has a
 * NUL. */
static const char *keep(yq_xha_office_config *c, const yq_json *value)
{
    yq_slice text;
    if (!yq_json_text(value, &text) || text.n == 0 || text.n > TEXT_MAX ||
        memchr(text.p, '\0', text.n) != NULL || c->text_n == YQ_ARRAY_N(c->text)) {
        return NULL;
    }
    char *copy = strndup((const char *)text.p, text.n);
    if (copy != NULL) {
        c->text[c->text_n++] = copy;
    }
    return copy;
}

static yq_status check_members(const yq_json *root, yq_fault *why)
{
    static const char *const known[] = {
        "chain",
        "endpoints",
        "options",
        "epoch",
        "key",
        "passphrase_file",
        "listen",
        "tls_cert_file",
        "tls_key_file"};
    for (const char *key = yq_json_key_next(root, NULL); key != NULL;
         key = yq_json_key_next(root, key)) {
        int found = 0;
        for (size_t i = 0; i < YQ_ARRAY_N(known); i++) {
            found |= strcmp(key, known[i]) == 0;
        }
        if (!found) {
            return bad(why, key, "no such member");
        }
    }
    return YQ_OK;
}

static yq_status take_texts(yq_xha_office_config *c, const yq_json *root, yq_fault *why)
{
    const struct {
        const char *key;
        const char **out;
        int is_needed;
    } all[] = {
        {"chain", &c->adapter.chain, 1},
        {"key", &c->key_path, 1},
        {"passphrase_file", &c->passphrase_path, 0},
        {"listen", &c->host, 1},
        {"tls_cert_file", &c->cert_path, 0},
        {"tls_key_file", &c->cert_key_path, 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        const yq_json *value = yq_json_get(root, all[i].key);
        *all[i].out = value == NULL ? NULL : keep(c, value);
        if (*all[i].out == NULL && (value != NULL || all[i].is_needed)) {
            return bad(why, all[i].key, "a text is needed");
        }
    }
    return YQ_OK;
}

static yq_status take_endpoints(yq_xha_office_config *c, const yq_json *list, yq_fault *why)
{
    size_t n = yq_json_count(list);
    if (!yq_json_is_array(list) || n == 0 || n > YQ_ARRAY_N(c->endpoint)) {
        return bad(why, "endpoints", "a list of the attester's own nodes");
    }
    for (size_t i = 0; i < n; i++) {
        c->endpoint[i] = keep(c, yq_json_at(list, i));
        if (c->endpoint[i] == NULL) {
            return bad(why, "endpoints", "addresses");
        }
    }
    c->adapter.endpoints = c->endpoint;
    c->adapter.endpoint_n = n;
    return YQ_OK;
}

/* Texts, as the adapter takes them; who attests is not for an attester to know. */
static yq_status take_options(yq_xha_office_config *c, const yq_json *object, yq_fault *why)
{
    size_t n = 0;
    if (!yq_json_is_object(object) || yq_json_count(object) > YQ_ARRAY_N(c->option)) {
        return bad(why, "options", "an object of the adapter's options");
    }
    for (const char *key = yq_json_key_next(object, NULL); key != NULL;
         key = yq_json_key_next(object, key)) {
        const char *value = keep(c, yq_json_get(object, key));
        if (value == NULL || strcmp(key, "attesters_file") == 0 || strcmp(key, "emitters") == 0) {
            return bad(why, key, "a text, and an option that an attester has");
        }
        c->option[n++] = (yq_option){key, value};
    }
    c->adapter.options = c->option;
    c->adapter.option_n = n;
    return YQ_OK;
}

/* "ADDRESS:PORT": cut at its colon. */
static yq_status take_listen(yq_xha_office_config *c, yq_fault *why)
{
    char *text = c->text[0];
    for (size_t i = 0; i < c->text_n; i++) {
        text = c->text[i] == c->host ? c->text[i] : text;
    }
    char *colon = strrchr(text, ':');
    size_t digits = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    if (colon == NULL || digits == 0 || digits > 5 || colon[1 + digits] != '\0') {
        return bad(why, "listen", "ADDRESS:PORT");
    }
    c->port = strtoul(colon + 1, NULL, 10);
    *colon = '\0';
    if (c->port > UINT16_MAX) {
        return bad(why, "listen", "ADDRESS:PORT");
    }
    if ((c->cert_path == NULL) != (c->cert_key_path == NULL)) {
        return bad(why, "tls_cert_file", "tls_cert_file and tls_key_file belong together");
    }
    return c->cert_path != NULL || strcmp(text, "127.0.0.1") == 0
               ? YQ_OK
               : bad(why, "listen", "without TLS on 127.0.0.1 only");
}

yq_status yq_xha_office_config_parse(yq_slice text, yq_xha_office_config *c, yq_fault *why)
{
    *c = (yq_xha_office_config){.document = yq_json_parse(text, FILE_MAX, why)};
    const yq_json *root = c->document == NULL ? NULL : yq_json_root(c->document);
    if (!yq_json_is_object(root)) {
        return bad(why, "configuration", "one JSON object of at most 64 KiB");
    }
    yq_status status = check_members(root, why);
    if (status == YQ_OK && !yq_json_uint(yq_json_get(root, "epoch"), &c->epoch)) {
        status = bad(why, "epoch", "a number");
    }
    status = status == YQ_OK ? take_texts(c, root, why) : status;
    status = status == YQ_OK ? take_endpoints(c, yq_json_get(root, "endpoints"), why) : status;
    status = status == YQ_OK ? take_options(c, yq_json_get(root, "options"), why) : status;
    return status == YQ_OK ? take_listen(c, why) : status;
}

void yq_xha_office_config_free(yq_xha_office_config *c)
{
    for (size_t i = 0; i < c->text_n; i++) {
        free(c->text[i]);
    }
    yq_json_free(c->document);
    *c = (yq_xha_office_config){.document = NULL};
}
