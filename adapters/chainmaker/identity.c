#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX  (16u << 10)
#define PREFIX    "node."
#define ORG_MAX   128u
#define MEMBER_PK 2u

yq_status yq_cma_bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

const char *yq_cma_option(const yq_adapter_config *config, const char *key)
{
    for (size_t i = 0; i < config->option_n; i++) {
        if (strcmp(config->options[i].key, key) == 0) {
            return config->options[i].value;
        }
    }
    return NULL;
}

/* Out: the file's text, with a terminator. */
static yq_status read_file(const char *path, const char *key, char **out, yq_fault *why)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return yq_cma_bad(why, key, "the file cannot be read");
    }
    *out = calloc(1, FILE_MAX + 1);
    size_t n = *out == NULL ? 0 : fread(*out, 1, FILE_MAX + 1, f);
    (void)fclose(f);
    if (*out == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, key);
    }
    if (n == 0 || n > FILE_MAX || memchr(*out, 0, n) != NULL) {
        free(*out);
        *out = NULL;
        return yq_cma_bad(why, key, "the file is empty, too large or no text");
    }
    return YQ_OK;
}

/* Reads the key and compares it with the public half that the nodes will see. */
static yq_status read_key(
    yq_cma_session *s, const char *path, const yq_cma_signer *signer, yq_fault *why)
{
    yq_fault theirs = {0};
    yq_status status = yq_key_read(path, NULL, &s->key, &theirs);
    if (status != YQ_OK) {
        return yq_cma_bad(why, "key_file", theirs.text);
    }
    if (!yq_slice_equal(yq_key_public(s->key), YQ_SLICE_OF(signer->key))) {
        return yq_cma_bad(why, "key_file", "not the key of cert_file");
    }
    return YQ_OK;
}

yq_status yq_cma_identity_read(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *auth = yq_cma_option(config, "auth"), *org = yq_cma_option(config, "org_id");
    const char *cert = yq_cma_option(config, "cert_file"), *key = yq_cma_option(config, "key_file");
    int is_key = auth != NULL && strcmp(auth, "public-key") == 0;
    yq_cma_signer signer;
    yq_fault theirs = {0};
    if (auth != NULL && !is_key && strcmp(auth, "cert") != 0) {
        return yq_cma_bad(why, "auth", "cert or public-key");
    }
    if (cert == NULL || key == NULL) {
        return yq_cma_bad(
            why, cert == NULL ? "cert_file" : "key_file", "is needed: nodes answer members only");
    }
    if (org == NULL && !is_key) {
        return yq_cma_bad(why, "org_id", "is needed with certificates");
    }
    s->org_id = strdup(org == NULL ? "" : org);
    if (s->org_id == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "org_id");
    }
    if (strlen(s->org_id) > ORG_MAX) {
        return yq_cma_bad(why, "org_id", "too long");
    }
    yq_status status = read_file(cert, "cert_file", &s->member_pem, why);
    if (status != YQ_OK) {
        return status;
    }
    if (s->member_pem == NULL || (strstr(s->member_pem, "BEGIN PUBLIC KEY") != NULL) != is_key) {
        return yq_cma_bad(why, "cert_file", is_key ? "no public key" : "no certificate");
    }
    status = yq_cma_signer_of_pem(yq_slice_text(s->member_pem), s->alg, &signer, &theirs);
    if (status != YQ_OK) {
        return yq_cma_bad(why, "cert_file", theirs.text);
    }
    status = read_key(s, key, &signer, why);
    s->sender = (yq_cma_sender){
        .chain_id = yq_slice_text(s->chain_id),
        .org = yq_slice_text(s->org_id),
        .member_type = is_key ? MEMBER_PK : 0,
        .member_info = yq_slice_text(s->member_pem),
        .scheme = signer.scheme,
        .key = s->key};
    return status;
}

static yq_status read_stated(yq_cma_session *s, const yq_option *o, yq_fault *why)
{
    const char *id = o->key + strlen(PREFIX);
    char *pem = NULL;
    yq_fault theirs = {0};
    if (id[0] == '\0' || strlen(id) > YQ_CMA_NODE_MAX || s->stated_n == YQ_CMA_STATED_MAX) {
        return yq_cma_bad(why, o->key, "node.ID of a consensus node, not too many");
    }
    yq_cma_stated *stated = &s->stated[s->stated_n++];
    stated->id = strdup(id);
    if (stated->id == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, o->key);
    }
    yq_status status = read_file(o->value, o->key, &pem, why);
    if (pem == NULL) {
        return status;
    }
    status = yq_cma_signer_of_pem(yq_slice_text(pem), s->alg, &stated->signer, &theirs);
    free(pem);
    return status == YQ_OK ? YQ_OK : yq_cma_bad(why, o->key, theirs.text);
}

yq_status yq_cma_stated_read(yq_cma_session *s, const yq_adapter_config *config, yq_fault *why)
{
    yq_status status = YQ_OK;
    for (size_t i = 0; i < config->option_n && status == YQ_OK; i++) {
        if (strncmp(config->options[i].key, PREFIX, strlen(PREFIX)) == 0) {
            status = read_stated(s, &config->options[i], why);
        }
    }
    return status;
}
