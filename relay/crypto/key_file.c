#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/curve.h"
#include "relay/crypto/key.h"
#include "relay/crypto/lib.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A file starts with a line for people, "yuqiao-key ALG PUBLIC_HEX", which also tells a damaged key
 * from a sound one; the PEM follows. A file made by the openssl command has no such line.
 */
#define FILE_SIZE_MAX   8192u
#define HEADER_SIZE_MAX 192u
#define KDF_ITERATIONS  200000
#define KDF_SALT_SIZE   16
#define PASSPHRASE_MAX  1024u
#define HEADER          "yuqiao-key "
#define PEM_START       "-----BEGIN "

static const struct {
    yq_sig_alg alg;
    const char *name;
} alg_name[] = {
    {YQ_SIG_SM2_MESSAGE, "sm2"},
    {YQ_SIG_P256_DIGEST, "p256"},
    {YQ_SIG_SECP256K1_DIGEST, "secp256k1"},
    {YQ_SIG_ED25519_MESSAGE, "ed25519"}};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int prf_nid;

/* The library knows SM3 but, before 3.3, not HMAC-SM3 as the function of PBKDF2; the number is the
 * one that later versions give it. */
static void register_prf(void)
{
    prf_nid = OBJ_txt2nid("1.2.156.10197.1.401.3.1");
    if (prf_nid == NID_undef) {
        prf_nid = OBJ_create("1.2.156.10197.1.401.3.1", "hmacWithSM3", "hmacWithSM3");
    }
    YQ_ASSERT(prf_nid != NID_undef);
    if (EVP_PBE_find(EVP_PBE_TYPE_PRF, prf_nid, NULL, NULL, NULL) != 1) {
        YQ_ASSERT(EVP_PBE_alg_add_type(EVP_PBE_TYPE_PRF, prf_nid, -1, NID_sm3, NULL) == 1);
    }
}

static size_t write_header(const yq_key *key, char *out)
{
    char hex[2 * sizeof key->public_key + 1];
    yq_hex_encode(hex, sizeof hex, key->public_key, key->public_size);
    size_t i = 0;
    while (alg_name[i].alg != key->alg) {
        i++;
    }
    int n = snprintf(out, HEADER_SIZE_MAX, HEADER "%s %s\n", alg_name[i].name, hex);
    YQ_ASSERT(n > 0 && (unsigned)n < HEADER_SIZE_MAX);
    return (size_t)n;
}

/* The whole file's text. */
static BIO *make_text(const yq_key *key, const char *passphrase)
{
    char header[HEADER_SIZE_MAX];
    BIO *text = BIO_new(BIO_s_secmem());
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
    YQ_ASSERT(text != NULL && info != NULL);
    size_t n = write_header(key, header);
    YQ_ASSERT(BIO_write(text, header, (int)n) == (int)n);
    if (passphrase == NULL) {
        YQ_ASSERT(PEM_write_bio_PKCS8_PRIV_KEY_INFO(text, info) == 1);
        PKCS8_PRIV_KEY_INFO_free(info);
        return text;
    }
    uint8_t salt[KDF_SALT_SIZE];
    yq_random(salt, sizeof salt);
    X509_SIG *sealed = PKCS8_encrypt(
        prf_nid,
        EVP_sm4_cbc(),
        passphrase,
        (int)strlen(passphrase),
        salt,
        sizeof salt,
        KDF_ITERATIONS,
        info);
    YQ_ASSERT(sealed != NULL && PEM_write_bio_PKCS8(text, sealed) == 1);
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
    return text;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return 0;
        }
        p += done;
        n -= (size_t)done;
    }
    return 1;
}

/* The file's name is as durable as its bytes only when the folder is synced too. */
static int sync_folder(const char *path)
{
    char copy[PATH_MAX];
    if (strlen(path) >= sizeof copy) {
        return 0;
    }
    memcpy(copy, path, strlen(path) + 1);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    int synced = fsync(fd) == 0;
    close(fd);
    return synced;
}

yq_status yq_key_write(const yq_key *key, const char *path, const char *passphrase, yq_fault *why)
{
    YQ_ASSERT(pthread_once(&once, register_prf) == 0);
    if (passphrase != NULL && (passphrase[0] == 0 || strlen(passphrase) > PASSPHRASE_MAX)) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "passphrase: 1 to 1024 bytes");
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EEXIST ? yq_fail(why, YQ_E_EXISTS, 0, "key file exists")
                               : yq_fail(why, YQ_E_IO, 0, strerror(errno));
    }
    BIO *text = make_text(key, passphrase);
    char *p = NULL;
    long n = BIO_get_mem_data(text, &p);
    int done = fchmod(fd, 0600) == 0 && write_all(fd, p, (size_t)n) && fsync(fd) == 0;
    int error = errno;
    done = close(fd) == 0 && done;
    yq_secret_wipe(p, (size_t)n);
    BIO_free(text);
    if (!done || !sync_folder(path)) {
        (void)unlink(path);
        return yq_fail(why, YQ_E_IO, 0, done ? "folder not synced" : strerror(error));
    }
    return YQ_OK;
}

static yq_status read_file(const char *path, char *room, size_t *n, yq_fault *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return yq_fail(why, YQ_E_IO, 0, strerror(errno));
    }
    struct stat st;
    yq_status status = YQ_OK;
    size_t used = 0;
    if (fstat(fd, &st) != 0) {
        status = yq_fail(why, YQ_E_IO, 0, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        status = yq_fail(why, YQ_E_CORRUPT, 0, "key file is not a regular file");
    } else if ((st.st_mode & 077) != 0) {
        status = yq_fail(why, YQ_E_PERMISSION, 0, "key file is open to others: chmod 600");
    }
    while (status == YQ_OK && used < FILE_SIZE_MAX) {
        ssize_t got = read(fd, room + used, FILE_SIZE_MAX - used);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            status = yq_fail(why, YQ_E_IO, 0, strerror(errno));
        }
        used += got > 0 ? (size_t)got : 0;
    }
    if (status == YQ_OK && used == FILE_SIZE_MAX) {
        status = yq_fail(why, YQ_E_CORRUPT, 0, "key file is too large");
    }
    close(fd);
    *n = used;
    return status;
}

/* Out: info, from the DER of one PEM block. */
static yq_status open_der(
    const char *name,
    yq_slice der,
    const char *passphrase,
    PKCS8_PRIV_KEY_INFO **info,
    yq_fault *why)
{
    const unsigned char *p = der.p;
    if (strcmp(name, PEM_STRING_PKCS8INF) == 0) {
        if (passphrase != NULL) {
            return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "key file is not encrypted");
        }
        *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.n);
        return *info != NULL && p == der.p + der.n
                   ? YQ_OK
                   : yq_fail(why, YQ_E_CORRUPT, 0, "key file is not PKCS#8");
    }
    if (strcmp(name, PEM_STRING_PKCS8) != 0) {
        return yq_fail(why, YQ_E_CORRUPT, 0, "key file is not PKCS#8");
    }
    if (passphrase == NULL) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "key file needs a passphrase");
    }
    X509_SIG *sealed = d2i_X509_SIG(NULL, &p, (long)der.n);
    if (sealed == NULL || p != der.p + der.n) {
        X509_SIG_free(sealed);
        return yq_fail(why, YQ_E_CORRUPT, 0, "key file is not PKCS#8");
    }
    *info = PKCS8_decrypt(sealed, passphrase, (int)strlen(passphrase));
    X509_SIG_free(sealed);
    return *info != NULL ? YQ_OK : yq_fail(why, YQ_E_CONFIG_INVALID, 0, "wrong passphrase");
}

/* Out: pkey, from text that is one PEM block and nothing else. */
static yq_status open_pem(yq_slice text, const char *passphrase, EVP_PKEY **pkey, yq_fault *why)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long n = 0;
    BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
    YQ_ASSERT(bio != NULL);
    int found = PEM_read_bio_ex(bio, &name, &header, &der, &n, PEM_FLAG_SECURE);
    size_t left = BIO_ctrl_pending(bio);
    BIO_free(bio);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    yq_status status;
    if (found != 1 || header[0] != 0 || left != 0) {
        status = yq_fail(why, YQ_E_CORRUPT, 0, "key file is not one PEM block");
    } else {
        status = open_der(name, (yq_slice){der, (size_t)n}, passphrase, &info, why);
    }
    OPENSSL_secure_clear_free(der, n > 0 ? (size_t)n : 0);
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    if (status == YQ_OK) {
        *pkey = EVP_PKCS82PKEY(info);
        if (*pkey == NULL) {
            status = yq_fail(why, YQ_E_CORRUPT, 0, "key file holds no key of a known kind");
        }
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return status;
}

static yq_sig_alg alg_of(const EVP_PKEY *pkey)
{
    char group[32] = "";
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        return YQ_SIG_ED25519_MESSAGE;
    }
    if (EVP_PKEY_is_a(pkey, "SM2")) {
        return YQ_SIG_SM2_MESSAGE;
    }
    if (!EVP_PKEY_is_a(pkey, "EC") ||
        EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1) {
        return YQ_SIG_INVALID;
    }
    if (strcmp(group, "prime256v1") == 0) {
        return YQ_SIG_P256_DIGEST;
    }
    return strcmp(group, "secp256k1") == 0 ? YQ_SIG_SECP256K1_DIGEST : YQ_SIG_INVALID;
}

static int scalar_of(const EVP_PKEY *pkey, uint8_t *scalar)
{
    size_t n = 32;
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        return EVP_PKEY_get_raw_private_key(pkey, scalar, &n) == 1 && n == 32;
    }
    BIGNUM *d = NULL;
    int got = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
              BN_bn2binpad(d, scalar, 32) == 32;
    BN_clear_free(d);
    return got;
}

/* The public key that the file stores beside the private one, if it does, is that of the latter. */
static int stored_public_fits(const EVP_PKEY *pkey, const yq_key *key)
{
    if (key->alg == YQ_SIG_ED25519_MESSAGE) {
        return 1;
    }
    BIGNUM *x = NULL, *y = NULL;
    uint8_t raw[64];
    int fits = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) != 1 ||
               EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) != 1 ||
               (BN_bn2binpad(x, raw, 32) == 32 && BN_bn2binpad(y, raw + 32, 32) == 32 &&
                memcmp(raw, key->public_key, sizeof raw) == 0);
    BN_free(x);
    BN_free(y);
    return fits;
}

/* Out: key, from the file's text without its first line. */
static yq_status open_key(yq_slice text, const char *passphrase, yq_key **key, yq_fault *why)
{
    EVP_PKEY *pkey = NULL;
    yq_status status = open_pem(text, passphrase, &pkey, why);
    if (status != YQ_OK) {
        return status;
    }
    uint8_t scalar[32];
    yq_key *made = NULL;
    if (alg_of(pkey) != YQ_SIG_INVALID && scalar_of(pkey, scalar)) {
        made = yq_key_from_scalar(alg_of(pkey), scalar);
        yq_secret_wipe(scalar, sizeof scalar);
    }
    if (made != NULL && !stored_public_fits(pkey, made)) {
        yq_key_free(made);
        made = NULL;
    }
    EVP_PKEY_free(pkey);
    if (made == NULL) {
        return yq_fail(why, YQ_E_CORRUPT, 0, "key file holds no key of a known kind");
    }
    *key = made;
    return YQ_OK;
}

static yq_status read_text(yq_slice text, const char *passphrase, yq_key **key, yq_fault *why)
{
    yq_slice header = {0};
    if (text.n > strlen(HEADER) && memcmp(text.p, HEADER, strlen(HEADER)) == 0) {
        while (header.n < text.n && text.p[header.n] != '\n') {
            header.n++;
        }
        header = (yq_slice){text.p, header.n < text.n ? header.n + 1 : header.n};
        text = (yq_slice){text.p + header.n, text.n - header.n};
    }
    if (text.n < strlen(PEM_START) || memcmp(text.p, PEM_START, strlen(PEM_START)) != 0) {
        return yq_fail(why, YQ_E_CORRUPT, header.n, "key file is not PEM");
    }
    yq_key *made = NULL;
    yq_status status = open_key(text, passphrase, &made, why);
    if (made == NULL) {
        return status;
    }
    char own[HEADER_SIZE_MAX];
    size_t own_n = write_header(made, own);
    if (header.n > 0 && !yq_slice_equal(header, yq_slice_of(own, own_n))) {
        yq_key_free(made);
        return yq_fail(why, YQ_E_CORRUPT, 0, "key file's first line names another key");
    }
    *key = made;
    return YQ_OK;
}

yq_status yq_key_read(const char *path, const char *passphrase, yq_key **key, yq_fault *why)
{
    YQ_ASSERT(pthread_once(&once, register_prf) == 0);
    char text[FILE_SIZE_MAX];
    size_t n = 0;
    yq_status status = read_file(path, text, &n, why);
    if (status == YQ_OK) {
        status = read_text(yq_slice_of(text, n), passphrase, key, why);
        /* What the library thought of a bad file is not for the next caller's eyes. */
        ERR_clear_error();
    }
    yq_secret_wipe(text, sizeof text);
    return status;
}
