#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"
#include "relay/codec/x509.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS_DEFAULT   65536u
#define POLICY_DEFAULT "/Channel/Application/Endorsement"
#define ORDERER        "/orderer.AtomicBroadcast/Deliver"
#define PEER           "/protos.Deliver/Deliver"

yq_status yq_fabric_bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "%.40s: %.70s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

const char *yq_fabric_option(const yq_adapter_config *config, const char *key)
{
    for (size_t i = 0; i < config->option_n; i++) {
        if (strcmp(config->options[i].key, key) == 0) {
            return config->options[i].value;
        }
    }
    return NULL;
}

/* Copies an option that may be missing. Returns 0 out of memory. */
static int copy(const char *text, char **out)
{
    *out = NULL;
    if (text == NULL) {
        return 1;
    }
    *out = strdup(text);
    return *out != NULL;
}

/* A decimal number without sign or leading zeros, to a terminator. Returns 0 if it is not one. */
static int number_of(const char *text, char end, uint64_t max, uint64_t *out)
{
    *out = 0;
    if (text[0] == end || (text[0] == '0' && text[1] != end)) {
        return 0;
    }
    for (; *text != end; text++) {
        if (*text < '0' || *text > '9' || *out > (max - (uint64_t)(*text - '0')) / 10) {
            return 0;
        }
        *out = *out * 10 + (uint64_t)(*text - '0');
    }
    return 1;
}

yq_status yq_fabric_number(
    const yq_adapter_config *config, const char *key, uint64_t max, uint64_t *out, yq_fault *why)
{
    const char *text = yq_fabric_option(config, key);
    if (text != NULL && !number_of(text, '\0', max, out)) {
        return yq_fabric_bad(why, key, "not a number in range");
    }
    return YQ_OK;
}

yq_status yq_fabric_file(const char *path, const char *key, char **out, yq_fault *why)
{
    FILE *f = fopen(path, "rb");
    *out = calloc(1, YQ_FABRIC_FILE_MAX + 1);
    if (f == NULL || *out == NULL) {
        if (f != NULL) {
            (void)fclose(f);
        }
        return yq_fabric_bad(why, key, "the file cannot be read");
    }
    size_t n = fread(*out, 1, YQ_FABRIC_FILE_MAX + 1, f);
    (void)fclose(f);
    return n > 0 && n <= YQ_FABRIC_FILE_MAX
               ? YQ_OK
               : yq_fabric_bad(why, key, "the file is empty or too large");
}

/* Reads a PEM certificate. Out: der (room of the caller), x. */
int yq_fabric_cert(const char *pem, yq_buf *der, yq_x509 *x)
{
    return yq_pem_decode(yq_slice_text(pem), "CERTIFICATE", der, NULL) == YQ_OK &&
           yq_x509_decode(yq_slice_of(der->p, der->n), x, NULL) == YQ_OK;
}

static yq_status take_tls(yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    if (!copy(yq_fabric_option(config, "tls_ca_file"), &s->tls_ca) ||
        !copy(yq_fabric_option(config, "tls_cert_file"), &s->tls_cert) ||
        !copy(yq_fabric_option(config, "tls_key_file"), &s->tls_key)) {
        return yq_fail(why, YQ_E_MEMORY, 0, "options");
    }
    if ((s->tls_cert == NULL) != (s->tls_key == NULL)) {
        return yq_fabric_bad(
            why, "tls_cert_file", "tls_cert_file and tls_key_file belong together");
    }
    s->access.grpc.tls_ca = s->tls_ca;
    s->access.grpc.tls_cert = s->tls_cert;
    s->access.grpc.tls_key = s->tls_key;
    if (s->tls_cert == NULL) {
        return YQ_OK;
    }
    char *pem;
    yq_status status = yq_fabric_file(s->tls_cert, "tls_cert_file", &pem, why);
    yq_buf der = {malloc(YQ_FABRIC_FILE_MAX), YQ_FABRIC_FILE_MAX, 0};
    yq_x509 x;
    if (status == YQ_OK && (der.p == NULL || !yq_fabric_cert(pem, &der, &x))) {
        status = yq_fabric_bad(why, "tls_cert_file", "not one PEM certificate");
    }
    if (status == YQ_OK) {
        yq_hash_one(YQ_HASH_SHA256, yq_slice_of(der.p, der.n), s->tls_cert_hash);
        s->access.tls_cert_hash = YQ_SLICE_OF(s->tls_cert_hash);
    }
    free(der.p);
    free(pem);
    return status;
}

static yq_status take_endpoints(
    yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    uint64_t least = 1;
    if (config->endpoint_n == 0 || config->endpoint_n > YQ_FABRIC_ENDPOINTS_MAX) {
        return yq_fabric_bad(why, "endpoints", "1 to 16 addresses");
    }
    for (size_t i = 0; i < config->endpoint_n; i++) {
        if (!yq_grpc_url_is_permitted(config->endpoints[i])) {
            return yq_fabric_bad(why, "endpoints", "https://HOST:PORT, or http://127.0.0.1:PORT");
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(config->endpoints[i], config->endpoints[k]) == 0) {
                return yq_fabric_bad(why, "endpoints", "the same address twice");
            }
        }
        if (!copy(config->endpoints[i], &s->url[i])) {
            return yq_fail(why, YQ_E_MEMORY, 0, "endpoints");
        }
        s->endpoint_n++;
    }
    yq_status status =
        yq_fabric_number(config, "min_sources", YQ_FABRIC_ENDPOINTS_MAX, &least, why);
    if (status == YQ_OK && (least == 0 || least > s->endpoint_n)) {
        return yq_fabric_bad(why, "min_sources", "1 to the number of endpoints");
    }
    s->min_sources = (size_t)least;
    return status;
}

/* The policy of a chaincode: a path, or hex:... of a SignaturePolicyEnvelope. */
static yq_status take_policy(
    yq_fabric_registration *r, const char *text, char **room, const char *key, yq_fault *why)
{
    if (text == NULL) {
        text = POLICY_DEFAULT;
    }
    if (strncmp(text, "hex:", 4) != 0) {
        if (text[0] != '/' || !copy(text, room)) {
            return yq_fabric_bad(
                why, key, "a path as /Channel/Application/Endorsement, or hex:...");
        }
        r->path = yq_slice_text(*room);
        return YQ_OK;
    }
    size_t n = strlen(text + 4);
    *room = malloc(n / 2 + 1);
    yq_buf rule = {(uint8_t *)*room, n / 2 + 1, 0};
    if (*room == NULL || n == 0 || yq_hex_decode(&rule, text + 4, n) != YQ_OK) {
        return yq_fabric_bad(why, key, "not hex");
    }
    r->rule = yq_slice_of(rule.p, rule.n);
    return YQ_OK;
}

/* "BLOCK:TX", the version of the definition's Sequence at the anchor. */
static yq_status take_sequence(
    yq_fabric_registration *r, const char *text, const char *key, yq_fault *why)
{
    uint64_t tx = 0;
    if (text == NULL) {
        return YQ_OK;
    }
    const char *colon = strchr(text, ':');
    if (colon == NULL || !number_of(text, ':', UINT64_MAX, &r->sequence_block) ||
        !number_of(colon + 1, '\0', UINT32_MAX, &tx)) {
        return yq_fabric_bad(why, key, "BLOCK:TRANSACTION");
    }
    r->sequence_tx = (uint32_t)tx;
    r->sequence_known = 1;
    return YQ_OK;
}

static yq_status take_chaincode(
    yq_fabric_session *s,
    const yq_adapter_config *config,
    const char *name,
    size_t n,
    yq_fault *why)
{
    char key[96];
    uint64_t keys = KEYS_DEFAULT;
    if (n == 0 || n > 64 || s->registered_n == YQ_FABRIC_REGISTERED_MAX) {
        return yq_fabric_bad(why, "chaincodes", "1 to 16 names, comma between them");
    }
    size_t at = s->registered_n;
    char **text = s->registered_text[at];
    yq_fabric_registration r = {0};
    text[0] = strndup(name, n);
    if (text[0] == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "options");
    }
    s->registered_n++;
    r.name = yq_slice_text(text[0]);
    (void)snprintf(key, sizeof key, "policy.%s", text[0]);
    yq_status status = take_policy(&r, yq_fabric_option(config, key), &text[1], key, why);
    if (status == YQ_OK) {
        (void)snprintf(key, sizeof key, "sequence.%s", text[0]);
        status = take_sequence(&r, yq_fabric_option(config, key), key, why);
    }
    if (status == YQ_OK) {
        (void)snprintf(key, sizeof key, "keys.%s", text[0]);
        status = yq_fabric_number(config, key, UINT32_MAX, &keys, why);
    }
    r.keys = (uint32_t)keys;
    s->registered[at] = r;
    if (at > 0 && yq_slice_compare(s->registered[at - 1].name, r.name) >= 0) {
        return yq_fabric_bad(why, "chaincodes", "names in ascending order, each once");
    }
    return status;
}

static yq_status take_chaincodes(
    yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *list = yq_fabric_option(config, "chaincodes");
    while (list != NULL) {
        const char *comma = strchr(list, ',');
        size_t n = comma == NULL ? strlen(list) : (size_t)(comma - list);
        yq_status status = take_chaincode(s, config, list, n, why);
        if (status != YQ_OK) {
            return status;
        }
        list = comma == NULL ? NULL : comma + 1;
    }
    return YQ_OK;
}

/* An option that nothing reads is a mistake of the writer. */
static yq_status check_known(const yq_adapter_config *config, yq_fault *why)
{
    static const char *const plain[] = {
        "channel",
        "service",
        "msp_id",
        "cert_file",
        "key_file",
        "tls_ca_file",
        "tls_cert_file",
        "tls_key_file",
        "min_sources",
        "chaincodes",
        "anchor_height",
        "dialect",
        "signing",
        "tx_hash",
        "inbox",
        "gateways",
        "tx_lifetime_s"};
    static const char *const prefix[] = {"policy.", "sequence.", "keys."};
    for (size_t i = 0; i < config->option_n; i++) {
        const char *key = config->options[i].key;
        int known = 0;
        for (size_t k = 0; k < YQ_ARRAY_N(plain); k++) {
            known |= strcmp(key, plain[k]) == 0;
        }
        for (size_t k = 0; k < YQ_ARRAY_N(prefix); k++) {
            known |= strncmp(key, prefix[k], strlen(prefix[k])) == 0;
        }
        if (!known) {
            return yq_fabric_bad(why, key, "not an option of this adapter");
        }
    }
    return YQ_OK;
}

static yq_status take_dialect(yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *dialect = yq_fabric_option(config, "dialect");
    s->is_probed = dialect != NULL && strcmp(dialect, "probe") == 0;
    return dialect == NULL || s->is_probed || strcmp(dialect, "fabric") == 0
               ? YQ_OK
               : yq_fabric_bad(why, "dialect", "fabric or probe");
}

yq_status yq_fabric_options_read(
    yq_fabric_session *s, const yq_adapter_config *config, yq_fault *why)
{
    const char *channel = yq_fabric_option(config, "channel"),
               *service = yq_fabric_option(config, "service");
    yq_status status = check_known(config, why);
    if (status != YQ_OK) {
        return status;
    }
    if (channel == NULL || channel[0] == '\0' || strlen(channel) > 249) {
        return yq_fabric_bad(why, "channel", "the channel's name is needed");
    }
    if (service != NULL && strcmp(service, "orderer") != 0 && strcmp(service, "peer") != 0) {
        return yq_fabric_bad(why, "service", "orderer or peer");
    }
    s->access.service = service != NULL && strcmp(service, "peer") == 0 ? PEER : ORDERER;
    if (!copy(channel, &s->channel) || !copy(yq_fabric_option(config, "msp_id"), &s->msp_id)) {
        return yq_fail(why, YQ_E_MEMORY, 0, "options");
    }
    s->access.channel = yq_slice_text(s->channel);
    status = take_endpoints(s, config, why);
    if (status == YQ_OK) {
        status = yq_fabric_member_read(s, config, why);
    }
    if (status == YQ_OK) {
        status = take_tls(s, config, why);
    }
    if (status == YQ_OK) {
        status = take_chaincodes(s, config, why);
    }
    if (status == YQ_OK) {
        status = yq_fabric_number(config, "anchor_height", UINT64_MAX - 1, &s->anchor_height, why);
    }
    if (status == YQ_OK) {
        status = take_dialect(s, config, why);
    }
    return status == YQ_OK ? yq_fabric_gateways_read(s, config, why) : status;
}

void yq_fabric_options_free(yq_fabric_session *s)
{
    char *const text[] = {
        s->channel, s->msp_id, s->tls_ca, s->tls_cert, s->tls_key, s->cert_pem, s->inbox};
    for (size_t i = 0; i < YQ_ARRAY_N(text); i++) {
        free(text[i]);
    }
    for (size_t i = 0; i < s->endpoint_n; i++) {
        free(s->url[i]);
    }
    for (size_t i = 0; i < s->gateway_n; i++) {
        free(s->gateway_url[i]);
    }
    for (size_t i = 0; i < s->registered_n; i++) {
        free(s->registered_text[i][0]);
        free(s->registered_text[i][1]);
    }
    if (s->key != NULL) {
        yq_key_free(s->key);
    }
}
