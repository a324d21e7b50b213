#ifndef YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_TLS_H
#define YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_TLS_H

/* For tests: a TLS proxy in front of a node, with keys that are made here. */
#include "relay/base/assert.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

typedef struct test_identity {
    EVP_PKEY *key;
    X509 *cert; /* signed by itself */
    char cert_file[512], key_file[512];
} test_identity;

static inline void test_identity_write(test_identity *id, const char *name)
{
    (void)snprintf(
        id->cert_file,
        sizeof id->cert_file,
        YQ_BINARY_DIR "/tests/%s-%ld.cert",
        name,
        (long)getpid());
    (void)snprintf(
        id->key_file, sizeof id->key_file, YQ_BINARY_DIR "/tests/%s-%ld.key", name, (long)getpid());
    FILE *cert = fopen(id->cert_file, "w"), *key = fopen(id->key_file, "w");
    YQ_ASSERT(cert != NULL && key != NULL);
    YQ_ASSERT(PEM_write_X509(cert, id->cert) == 1);
    YQ_ASSERT(PEM_write_PrivateKey(key, id->key, NULL, NULL, 0, NULL, NULL) == 1);
    (void)fclose(cert);
    (void)fclose(key);
}

/* address: what the certificate is for, "IP:127.0.0.1". */
static inline test_identity test_identity_new(const char *name, const char *address)
{
    test_identity id = {.key = EVP_EC_gen("P-256"), .cert = X509_new()};
    YQ_ASSERT(id.key != NULL && id.cert != NULL);
    X509_NAME *subject = X509_get_subject_name(id.cert);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, address);
    YQ_ASSERT(
        X509_set_version(id.cert, 2) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(id.cert), 1) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(id.cert), -60) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(id.cert), 3600) != NULL &&
        X509_set_pubkey(id.cert, id.key) == 1 &&
        X509_NAME_add_entry_by_txt(
            subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1 &&
        X509_set_issuer_name(id.cert, subject) == 1 && names != NULL &&
        X509_add_ext(id.cert, names, -1) == 1 && X509_sign(id.cert, id.key, EVP_sha256()) > 0);
    X509_EXTENSION_free(names);
    test_identity_write(&id, name);
    return id;
}

static inline void test_identity_free(test_identity *id)
{
    (void)unlink(id->cert_file);
    (void)unlink(id->key_file);
    X509_free(id->cert);
    EVP_PKEY_free(id->key);
}

/* client not NULL: the other end has to be it. */
static inline SSL_CTX *test_tls_server(const test_identity *id, const test_identity *client)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    YQ_ASSERT(ctx != NULL);
    YQ_ASSERT(
        SSL_CTX_use_certificate(ctx, id->cert) == 1 && SSL_CTX_use_PrivateKey(ctx, id->key) == 1);
    if (client != NULL) {
        YQ_ASSERT(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), client->cert) == 1);
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return ctx;
}

#endif /* YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_TLS_H */
