#ifndef YQ_ADAPTERS_HTTP_TEST_IDENTITY_H
#define YQ_ADAPTERS_HTTP_TEST_IDENTITY_H

/* For tests: certificates that are made when they are needed, in files that go with them. */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct test_identity {
    char cert[512], key[512];
} test_identity;

static inline void test_path(char *out, size_t cap, const char *name)
{
    (void)snprintf(out, cap, YQ_BINARY_DIR "/tests/web-%s.%ld.pem", name, (long)getpid());
}

static inline void test_extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    cr_assert_not_null(e);
    cr_assert_eq(X509_add_ext(cert, e, -1), 1);
    X509_EXTENSION_free(e);
}

/* A self-signed certificate of a P-256 key. In: names, "IP:127.0.0.1" or "DNS:node". */
static inline test_identity test_identity_make(const char *name, const char *names)
{
    test_identity out;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    char file[96];
    cr_assert(key != NULL && cert != NULL);
    (void)X509_set_version(cert, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME *subject = X509_get_subject_name(cert);
    (void)X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    (void)X509_set_issuer_name(cert, subject);
    (void)X509_set_pubkey(cert, key);
    test_extend(cert, NID_subject_alt_name, names);
    test_extend(cert, NID_basic_constraints, "CA:TRUE");
    cr_assert_gt(X509_sign(cert, key, EVP_sha256()), 0);
    test_path(out.cert, sizeof out.cert, name);
    (void)snprintf(file, sizeof file, "%s-key", name);
    test_path(out.key, sizeof out.key, file);
    BIO *cert_file = BIO_new_file(out.cert, "w"), *key_file = BIO_new_file(out.key, "w");
    cr_assert_eq(PEM_write_bio_X509(cert_file, cert), 1);
    cr_assert_eq(PEM_write_bio_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL), 1);
    BIO_free_all(cert_file);
    BIO_free_all(key_file);
    X509_free(cert);
    EVP_PKEY_free(key);
    return out;
}

static inline void test_identity_drop(const test_identity *id)
{
    (void)unlink(id->cert);
    (void)unlink(id->key);
}

/* Writes a file of that mode. Out: path. */
static inline void test_write_file(
    char *path, size_t cap, const char *name, const char *text, mode_t mode)
{
    test_path(path, cap, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    int written = fputs(text, f);
    cr_assert(fclose(f) == 0 && written >= 0);
    cr_assert_eq(chmod(path, mode), 0);
}

#endif /* YQ_ADAPTERS_HTTP_TEST_IDENTITY_H */
