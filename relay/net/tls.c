#include "relay/net/tls.h"

#include "relay/base/assert.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define CERT_BEFORE_S (-7L * 24 * 3600) /* clocks may differ */
#define CERT_AFTER_S  (90L * 24 * 3600)

struct yq_link_tls {
    SSL_CTX *ctx;
};

static int key_is_p256(EVP_PKEY *key)
{
    char group[32];
    size_t n = 0;
    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &n) == 1 &&
           strcmp(group, SN_X9_62_prime256v1) == 0;
}

/* A certificate is taken when it is one self-signed P-256 certificate in its time: TLS has the peer
 * prove the key, the binding says whose it is. */
static int verify_certificate(X509_STORE_CTX *store, void *arg)
{
    (void)arg;
    X509 *cert = X509_STORE_CTX_get0_cert(store);
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(store);
    EVP_PKEY *key = cert == NULL ? NULL : X509_get0_pubkey(cert);
    int ok = key_is_p256(key) && (chain == NULL || sk_X509_num(chain) <= 1) &&
             X509_verify(cert, key) == 1 && X509_cmp_current_time(X509_get0_notBefore(cert)) < 0 &&
             X509_cmp_current_time(X509_get0_notAfter(cert)) > 0;
    X509_STORE_CTX_set_error(store, ok ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return ok;
}

static void set_certificate(SSL_CTX *ctx)
{
    EVP_PKEY *key = EVP_EC_gen(SN_X9_62_prime256v1);
    X509 *cert = X509_new();
    YQ_ASSERT(key != NULL && cert != NULL);
    X509_NAME *name = X509_get_subject_name(cert);
    int ok = X509_set_version(cert, X509_VERSION_3) == 1 &&
             ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
             X509_gmtime_adj(X509_getm_notBefore(cert), CERT_BEFORE_S) != NULL &&
             X509_gmtime_adj(X509_getm_notAfter(cert), CERT_AFTER_S) != NULL &&
             X509_NAME_add_entry_by_txt(
                 name, "CN", MBSTRING_ASC, (const unsigned char *)"yuqiao-link", -1, -1, 0) == 1 &&
             X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
             X509_sign(cert, key, EVP_sha256()) > 0 && SSL_CTX_use_certificate(ctx, cert) == 1 &&
             SSL_CTX_use_PrivateKey(ctx, key) == 1;
    YQ_ASSERT(ok);
    X509_free(cert);
    EVP_PKEY_free(key);
}

yq_link_tls *yq_link_tls_new(void)
{
    yq_link_tls *tls = calloc(1, sizeof *tls);
    YQ_ASSERT(tls != NULL);
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    YQ_ASSERT(ctx != NULL);
    tls->ctx = ctx;
    int ok = SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
             SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
             SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384") == 1 &&
             SSL_CTX_set1_groups_list(ctx, "P-256:X25519") == 1 &&
             SSL_CTX_set_num_tickets(ctx, 0) == 1 && SSL_CTX_set_max_early_data(ctx, 0) == 1;
    YQ_ASSERT(ok);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, verify_certificate, NULL);
    set_certificate(ctx);
    return tls;
}

void yq_link_tls_free(yq_link_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->ctx);
        free(tls);
    }
}

void yq_link_tls_renew(yq_link_tls *tls)
{
    set_certificate(tls->ctx);
}

struct ssl_st *yq_link_tls_session(yq_link_tls *tls, int listener)
{
    SSL *ssl = SSL_new(tls->ctx);
    if (ssl == NULL) {
        return NULL;
    }
    if (listener) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
    }
    return ssl;
}

yq_status yq_link_tls_export(struct ssl_st *ssl, uint8_t *ekm)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    if (SSL_version(ssl) != TLS1_3_VERSION || !SSL_is_init_finished(ssl) ||
        SSL_export_keying_material(ssl, ekm, 32, label, sizeof label - 1, NULL, 0, 1) != 1) {
        return YQ_E_LINK_BIND;
    }
    return YQ_OK;
}
