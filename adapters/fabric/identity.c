/* The options of who signs, and of where deliveries go. */
#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define LIFETIME_DEFAULT 300u
#define LIFETIME_MAX     86400u
#define INBOX_MAX        64u

/* ---- signing ---- */

static const struct {
    const char *name;
    uint8_t signing;
} signings[] = {
    {"ecdsa", YQ_FABRIC_MEMBER_ECDSA},
    {"sm2-hash", YQ_FABRIC_MEMBER_SM2_HASH},
    {"sm2-message", YQ_FABRIC_MEMBER_SM2_MESSAGE},
    {"sm2-twice", YQ_FABRIC_MEMBER_SM2_TWICE}};

static yq_status take_signing(
    yq_fabric_session *s, const yq_adapter_config *config, int is_sm2, yq_fault *why)
{
    const char *name = yq_fabric_option(config, "signing");
    uint8_t *signing = &s->access.member.signing;
    *signing = is_sm2 ? YQ_FABRIC_MEMBER_SM2_MESSAGE : YQ_FABRIC_MEMBER_ECDSA;
    for (size_t i = 0; name != NULL && i < YQ_ARRAY_N(signings); i++) {
        if (strcmp(name, signings[i].name) == 0) {
            *signing = signings[i].signing;
            return is_sm2 == (*signing != YQ_FABRIC_MEMBER_ECDSA)
                       ? YQ_OK
                       : yq_fabric_bad(why, "signing", "not of cert_file's key");
        }
    }
    return name == NULL
               ? YQ_OK
               : yq_fabric_bad(why, "signing", "ecdsa, sm2-hash, sm2-message or sm2-twice");
}

static yq_status take_tx_hash(
    yq_fabric_session *s, const yq_adapter_config *config, int is_sm2, yq_fault *why)
{
    const char *name = yq_fabric_option(config, "tx_hash");
    int is_sm3 = name == NULL ? is_sm2 : strcmp(name, "sm3") == 0;
    s->access.member.tx_hash = is_sm3 ? YQ_HASH_SM3 : YQ_HASH_SHA256;
    return name == NULL || is_sm3 || strcmp(name, "sha256") == 0
               ? YQ_OK
               : yq_fabric_bad(why, "tx_hash", "sha256 or sm3");
}

/* Reads the key, whose file must be nobody else's, and compares it with the certificate's. */
static yq_status read_key(
    yq_fabric_session *s, const char *path, const yq_x509 *x, int is_sm2, yq_fault *why)
{
    yq_fault theirs = {0};
    if (yq_key_read(path, NULL, &s->key, &theirs) != YQ_OK) {
        return yq_fabric_bad(why, "key_file", theirs.text);
    }
    int good = yq_key_alg(s->key) == (is_sm2 ? YQ_SIG_SM2_MESSAGE : YQ_SIG_P256_DIGEST) &&
               yq_slice_equal(yq_key_public(s->key), x->key);
    return good ? YQ_OK : yq_fabric_bad(why, "key_file", "not the key of cert_file");
}

static yq_status read_identity(
    yq_fabric_session *s, const yq_adapter_config *config, yq_buf *der, int *is_sm2, yq_fault *why)
{
    yq_x509 x = {0};
    yq_status status =
        yq_fabric_file(yq_fabric_option(config, "cert_file"), "cert_file", &s->cert_pem, why);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_fabric_cert(s->cert_pem, der, &x) ||
        (x.key_alg != YQ_X509_KEY_P256 && x.key_alg != YQ_X509_KEY_SM2)) {
        return yq_fabric_bad(why, "cert_file", "not one PEM certificate with a P-256 or SM2 key");
    }
    *is_sm2 = x.key_alg == YQ_X509_KEY_SM2;
    return read_key(s, yq_fabric_option(config, "key_file"), &x, *is_sm2, why);
}

yq_status yq_fabric_member_read(
    yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *cert = yq_fabric_option(config, "cert_file");
    const char *key = yq_fabric_option(config, "key_file");
    int is_sm2 = 0;
    if (s->msp_id != NULL || cert != NULL || key != NULL) {
        if (s->msp_id == NULL || cert == NULL || key == NULL) {
            return yq_fabric_bad(why, "msp_id", "msp_id, cert_file and key_file belong together");
        }
        yq_buf der = {malloc(YQ_FABRIC_FILE_MAX), YQ_FABRIC_FILE_MAX, 0};
        yq_status status = der.p == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "cert_file")
                                         : read_identity(s, config, &der, &is_sm2, why);
        free(der.p);
        if (status != YQ_OK) {
            return status;
        }
        s->access.member.msp_id = yq_slice_text(s->msp_id);
        s->access.member.cert_pem = yq_slice_text(s->cert_pem);
        s->access.member.key = s->key;
    }
    yq_status status = take_signing(s, config, is_sm2, why);
    return status == YQ_OK ? take_tx_hash(s, config, is_sm2, why) : status;
}

/* ---- gateways ---- */

static yq_status add_gateway(yq_fabric_session *s, const char *url, size_t n, yq_fault *why)
{
    if (s->gateway_n == YQ_FABRIC_ENDPOINTS_MAX) {
        return yq_fabric_bad(why, "gateways", "1 to 16 addresses, comma between them");
    }
    char *copy = strndup(url, n);
    if (copy == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "gateways");
    }
    s->gateway_url[s->gateway_n++] = copy;
    if (!yq_grpc_url_is_permitted(copy)) {
        return yq_fabric_bad(why, "gateways", "https://HOST:PORT, or http://127.0.0.1:PORT");
    }
    for (size_t i = 0; i + 1 < s->gateway_n; i++) {
        if (strcmp(copy, s->gateway_url[i]) == 0) {
            return yq_fabric_bad(why, "gateways", "the same address twice");
        }
    }
    return YQ_OK;
}

/* The peers that are named, or the endpoints where these are peers. */
static yq_status take_gateways(yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *list = yq_fabric_option(config, "gateways");
    const char *service = yq_fabric_option(config, "service");
    yq_status status = YQ_OK;
    if (list == NULL && (service == NULL || strcmp(service, "peer") != 0)) {
        return yq_fabric_bad(why, "gateways", "are needed with an inbox: peers of 2.4 or later");
    }
    for (size_t i = 0; list == NULL && i < s->endpoint_n && status == YQ_OK; i++) {
        status = add_gateway(s, s->url[i], strlen(s->url[i]), why);
    }
    while (list != NULL && status == YQ_OK) {
        const char *comma = strchr(list, ',');
        size_t n = comma == NULL ? strlen(list) : (size_t)(comma - list);
        status = add_gateway(s, list, n, why);
        list = comma == NULL ? NULL : comma + 1;
    }
    return status;
}

yq_status yq_fabric_gateways_read(
    yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *inbox = yq_fabric_option(config, "inbox");
    s->lifetime_s = LIFETIME_DEFAULT;
    yq_status status = yq_fabric_number(config, "tx_lifetime_s", LIFETIME_MAX, &s->lifetime_s, why);
    if (status == YQ_OK && s->lifetime_s == 0) {
        return yq_fabric_bad(why, "tx_lifetime_s", "1 to 86400");
    }
    if (status != YQ_OK || inbox == NULL) {
        return status;
    }
    if (inbox[0] == '\0' || strlen(inbox) > INBOX_MAX) {
        return yq_fabric_bad(why, "inbox", "the name of a chaincode");
    }
    if (s->key == NULL) {
        return yq_fabric_bad(why, "inbox", "needs msp_id, cert_file and key_file");
    }
    s->inbox = strdup(inbox);
    return s->inbox == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "inbox") : take_gateways(s, config, why);
}
