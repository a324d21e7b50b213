#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/curve.h"
#include "relay/crypto/seal.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const yq_sig_alg algs[] = {
    YQ_SIG_SM2_MESSAGE, YQ_SIG_P256_DIGEST, YQ_SIG_SECP256K1_DIGEST, YQ_SIG_ED25519_MESSAGE};
static const uint8_t digest[32] = {9, 8, 7};

static char dir[64];

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/yq-test-key-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static void remove_dir(void)
{
    static const char *const names[] = {
        "key", "key.pub", "key.der", "msg", "sig", "out", "other", "link"};
    char path[128];
    for (size_t i = 0; i < YQ_ARRAY_N(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

static const char *in_dir(const char *name)
{
    static char path[4][128];
    static unsigned next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

static void put_file(const char *name, const void *p, size_t n, mode_t mode)
{
    const char *path = in_dir(name);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, p, n), (ssize_t)n);
    fchmod(fd, mode);
    close(fd);
}

static size_t get_file(const char *name, void *p, size_t cap)
{
    FILE *f = fopen(in_dir(name), "rb");
    cr_assert_not_null(f);
    size_t n = fread(p, 1, cap, f);
    fclose(f);
    return n;
}

/* Runs openssl with the words of text in the test's folder, for at most 20 s; returns its exit
 * code. */
static int run_openssl(const char *text)
{
    char copy[512], *word[48], *save = NULL;
    size_t n = 0;
    word[n++] = (char[]){"timeout"};
    word[n++] = (char[]){"20"};
    word[n++] = (char[]){"openssl"};
    snprintf(copy, sizeof copy, "%s", text);
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        cr_assert_lt(n, YQ_ARRAY_N(word) - 1);
        word[n++] = w;
    }
    word[n] = NULL;
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        if (chdir(dir) != 0) {
            _exit(126);
        }
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        dup2(null, 2);
        execvp(word[0], word);
        _exit(127);
    }
    int status = 0;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static yq_signature made_signature(const yq_key *key, uint8_t *sig64)
{
    yq_key_sign(key, yq_slice_of(digest, sizeof digest), sig64);
    return (yq_signature){
        .alg = (uint16_t)yq_key_alg(key),
        .key = yq_key_public(key),
        .msg = {digest, sizeof digest},
        .sig = {sig64, 64}};
}

Test(key, signs_what_the_check_takes)
{
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        for (unsigned round = 0; round < 20; round++) {
            yq_key *key = yq_key_generate(algs[i]);
            uint8_t sig[64];
            cr_assert_not_null(key);
            cr_expect_eq(yq_key_alg(key), algs[i]);
            yq_signature s = made_signature(key, sig);
            if (algs[i] == YQ_SIG_P256_DIGEST || algs[i] == YQ_SIG_SECP256K1_DIGEST) {
                s.flags = YQ_SIG_FLAG_LOW_S;
            }
            cr_expect_eq(yq_signature_check(&s), YQ_OK);
            cr_expect_eq(yq_public_key_check(algs[i], yq_key_public(key)), YQ_OK);
            sig[40] ^= 1;
            cr_expect_neq(yq_signature_check(&s), YQ_OK);
            yq_key_free(key);
        }
    }
    yq_key_free(NULL);
}

Test(key, sm2_digest_and_message_are_apart)
{
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    uint8_t sig[64];
    yq_signature s = made_signature(key, sig);
    s.alg = YQ_SIG_SM2_DIGEST;
    cr_expect_eq(yq_signature_check(&s), YQ_E_SIG);
    yq_key_sign_sm2_digest(key, digest, sig);
    cr_expect_eq(yq_signature_check(&s), YQ_OK);
    s.alg = YQ_SIG_SM2_MESSAGE;
    cr_expect_eq(yq_signature_check(&s), YQ_E_SIG);
    yq_key_free(key);
}

Test(key, unknown_algorithms_have_none)
{
    const yq_sig_alg none[] = {
        YQ_SIG_INVALID, YQ_SIG_SM2_DIGEST, YQ_SIG_P384_DIGEST, (yq_sig_alg)99};
    for (size_t i = 0; i < YQ_ARRAY_N(none); i++) {
        cr_expect_null(yq_key_generate(none[i]));
        cr_expect_null(yq_key_derive(none[i], yq_slice_text("seed"), "name"));
        cr_expect_null(yq_key_from_scalar(none[i], digest));
    }
}

Test(key, scalar_range)
{
    for (size_t i = 0; i < 3; i++) {
        const yq_curve *curve = yq_curve_of(algs[i]);
        uint8_t scalar[32] = {0};
        cr_expect_null(yq_key_from_scalar(algs[i], scalar));
        memcpy(scalar, curve->order, 32);
        cr_expect_null(yq_key_from_scalar(algs[i], scalar));
        scalar[31]--;
        yq_key *last = yq_key_from_scalar(algs[i], scalar);
        /* SM2 cannot sign with n - 1. */
        cr_expect_eq(last == NULL, algs[i] == YQ_SIG_SM2_MESSAGE);
        yq_key_free(last);
        scalar[31]--;
        last = yq_key_from_scalar(algs[i], scalar);
        cr_expect_not_null(last);
        yq_key_free(last);
        memset(scalar, 0, 31);
        scalar[31] = 1;
        yq_key *one = yq_key_from_scalar(algs[i], scalar);
        const EC_POINT *g = EC_GROUP_get0_generator(yq_curve_group(curve));
        uint8_t raw[65];
        EC_POINT_point2oct(
            yq_curve_group(curve), g, POINT_CONVERSION_UNCOMPRESSED, raw, sizeof raw, NULL);
        cr_expect_eq(memcmp(yq_key_public(one).p, raw + 1, 64), 0);
        yq_key_free(one);
    }
}

/* RFC 8032, 7.1, test 3; the key of GB/T 32918.5. */
Test(key, public_keys_of_published_private_ones)
{
    const struct {
        yq_sig_alg alg;
        const char *scalar, *key;
    } all[] = {
        {YQ_SIG_ED25519_MESSAGE,
         "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"},
        {YQ_SIG_SM2_MESSAGE,
         "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8",
         "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
         "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        uint8_t scalar[32];
        char hex[129];
        yq_buf buf = {scalar, sizeof scalar, 0};
        cr_assert_eq(yq_hex_decode(&buf, all[i].scalar, 64), YQ_OK);
        yq_key *key = yq_key_from_scalar(all[i].alg, scalar);
        yq_slice public_key = yq_key_public(key);
        yq_hex_encode(hex, sizeof hex, public_key.p, public_key.n);
        cr_expect_str_eq(hex, all[i].key);
        yq_key_free(key);
    }
}

Test(key, derived_keys_are_the_same_again)
{
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        yq_key *a = yq_key_derive(algs[i], yq_slice_text("seed"), "one");
        yq_key *again = yq_key_derive(algs[i], yq_slice_text("seed"), "one");
        yq_key *name = yq_key_derive(algs[i], yq_slice_text("seed"), "two");
        yq_key *seed = yq_key_derive(algs[i], yq_slice_text("seedo"), "ne");
        cr_expect(yq_slice_equal(yq_key_public(a), yq_key_public(again)));
        cr_expect_not(yq_slice_equal(yq_key_public(a), yq_key_public(name)));
        cr_expect_not(yq_slice_equal(yq_key_public(a), yq_key_public(seed)));
        yq_key_free(a);
        yq_key_free(again);
        yq_key_free(name);
        yq_key_free(seed);
    }
}

/* Computed by other programs from the text of yq_key_derive's comment. */
Test(key, derivation_does_not_change)
{
    const char *const want[] = {
        "f60151ca0bada0810a346ce7655dc7d537f0769b7771570315f3d4337ad1a5c3",
        "d27ba8a73b46b893559b72f4385702d361d865f7793aaebd3ff445a960e8db56",
        "66702fef22c66d23781116ec1bfa7f6eb7708db2be1630d350a666092df67b1b",
        "10bbfab9f51ffa7f216b11a636c42ede9102b3f8da3519c887b1de5fa4f48746"};
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        yq_key *key = yq_key_derive(algs[i], yq_slice_text("seed"), "name");
        char hex[65];
        yq_hex_encode(hex, sizeof hex, yq_key_public(key).p, 32);
        cr_expect_str_eq(hex, want[i]);
        yq_key_free(key);
    }
}

Test(key_file, comes_back)
{
    make_dir();
    const char *const pass[] = {NULL, "correct horse"};
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        for (size_t j = 0; j < 2; j++) {
            yq_key *key = yq_key_generate(algs[i]), *back = NULL;
            yq_fault why = {0};
            struct stat st;
            uint8_t sig[64];
            mode_t mask = umask(0);
            cr_assert_eq(yq_key_write(key, in_dir("key"), pass[j], &why), YQ_OK, "%s", why.text);
            umask(mask);
            cr_assert_eq(stat(in_dir("key"), &st), 0);
            cr_expect_eq(st.st_mode & 07777, 0600u);
            cr_assert_eq(yq_key_read(in_dir("key"), pass[j], &back, &why), YQ_OK, "%s", why.text);
            cr_expect_eq(yq_key_alg(back), algs[i]);
            cr_expect(yq_slice_equal(yq_key_public(back), yq_key_public(key)));
            yq_signature s = made_signature(back, sig);
            cr_expect_eq(yq_signature_check(&s), YQ_OK);
            yq_key_free(back);
            yq_key_free(key);
            unlink(in_dir("key"));
        }
    }
    remove_dir();
}

Test(key_file, is_never_overwritten)
{
    make_dir();
    yq_key *key = yq_key_generate(YQ_SIG_ED25519_MESSAGE);
    yq_fault why = {0};
    char text[16];
    put_file("key", "precious", 8, 0600);
    cr_expect_eq(yq_key_write(key, in_dir("key"), NULL, &why), YQ_E_EXISTS);
    cr_expect_eq(why.status, YQ_E_EXISTS);
    cr_expect_eq(get_file("key", text, sizeof text), 8);
    cr_expect_eq(memcmp(text, "precious", 8), 0);
    /* Nor is what a link points to made. */
    cr_assert_eq(symlink(in_dir("other"), in_dir("link")), 0);
    cr_expect_eq(yq_key_write(key, in_dir("link"), NULL, &why), YQ_E_EXISTS);
    cr_expect_neq(access(in_dir("other"), F_OK), 0);
    cr_expect_eq(yq_key_write(key, in_dir("no/such"), NULL, &why), YQ_E_IO);
    yq_key_free(key);
    remove_dir();
}

Test(key_file, refuses_wrong_passphrases)
{
    make_dir();
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE), *back = NULL;
    yq_fault why = {0};
    char passphrase[1026];
    memset(passphrase, 'x', sizeof passphrase);
    passphrase[1025] = 0;
    cr_expect_eq(yq_key_write(key, in_dir("key"), "", &why), YQ_E_CONFIG_INVALID);
    cr_expect_eq(yq_key_write(key, in_dir("key"), passphrase, &why), YQ_E_CONFIG_INVALID);
    cr_assert_eq(yq_key_write(key, in_dir("key"), "right", &why), YQ_OK);
    for (unsigned i = 0; i < 5; i++) {
        snprintf(passphrase, sizeof passphrase, "wrong %u", i);
        cr_expect_eq(yq_key_read(in_dir("key"), passphrase, &back, &why), YQ_E_CONFIG_INVALID);
    }
    cr_expect_eq(yq_key_read(in_dir("key"), "", &back, &why), YQ_E_CONFIG_INVALID);
    cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_E_CONFIG_INVALID);
    unlink(in_dir("key"));
    cr_assert_eq(yq_key_write(key, in_dir("key"), NULL, &why), YQ_OK);
    cr_expect_eq(yq_key_read(in_dir("key"), "right", &back, &why), YQ_E_CONFIG_INVALID);
    cr_expect_null(back);
    yq_key_free(key);
    remove_dir();
}

Test(key_file, refuses_what_others_can_read)
{
    make_dir();
    static const mode_t wide[] = {0640, 0604, 0601, 0620, 0677, 0644};
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE), *back = NULL;
    yq_fault why = {0};
    cr_assert_eq(yq_key_write(key, in_dir("key"), NULL, &why), YQ_OK);
    for (size_t i = 0; i < YQ_ARRAY_N(wide); i++) {
        cr_assert_eq(chmod(in_dir("key"), wide[i]), 0);
        cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_E_PERMISSION);
    }
    cr_assert_eq(chmod(in_dir("key"), 0400), 0);
    cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_OK);
    yq_key_free(back);
    yq_key_free(key);
    remove_dir();
}

/* Whatever the mask is, the file is its owner's, and the owner can read it. */
Test(key_file, mode_does_not_depend_on_the_mask)
{
    make_dir();
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    mode_t mask = umask(0700);
    yq_status status = yq_key_write(key, in_dir("key"), NULL, NULL);
    umask(mask);
    struct stat st;
    cr_expect_eq(status, YQ_OK);
    cr_assert_eq(stat(in_dir("key"), &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0600u);
    yq_key_free(key);
    remove_dir();
}

Test(key_file, is_one_block_without_headers)
{
    make_dir();
    char text[4096], bad[8192];
    yq_key *key = yq_key_generate(YQ_SIG_P256_DIGEST), *back = NULL;
    yq_fault why = {0};
    cr_assert_eq(yq_key_write(key, in_dir("key"), NULL, &why), YQ_OK);
    size_t n = get_file("key", text, sizeof text - 1);
    text[n] = 0;
    int size = snprintf(bad, sizeof bad, "%s%s", text, strchr(text, '\n') + 1);
    put_file("other", bad, (size_t)size, 0600);
    cr_expect_eq(yq_key_read(in_dir("other"), NULL, &back, &why), YQ_E_CORRUPT);
    char *body = strstr(text, "KEY-----\n") + 9;
    size = snprintf(bad, sizeof bad, "%.*sComment: a header\n\n%s", (int)(body - text), text, body);
    put_file("other", bad, (size_t)size, 0600);
    cr_expect_eq(yq_key_read(in_dir("other"), NULL, &back, &why), YQ_E_CORRUPT);
    yq_key_free(key);
    remove_dir();
}

Test(key_file, refuses_what_is_no_key)
{
    make_dir();
    static char large[9000];
    yq_key *back = NULL;
    yq_fault why = {0};
    cr_expect_eq(yq_key_read(in_dir("none"), NULL, &back, &why), YQ_E_IO);
    cr_expect_eq(yq_key_read(dir, NULL, &back, &why), YQ_E_CORRUPT);
    put_file("key", "", 0, 0600);
    cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_E_CORRUPT);
    put_file("key", "yuqiao-key sm2", 14, 0600);
    cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_E_CORRUPT);
    put_file("key", "-----BEGIN PRIVATE KEY-----\n", 28, 0600);
    cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_E_CORRUPT);
    memset(large, '\n', sizeof large);
    put_file("key", large, sizeof large, 0600);
    cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_E_CORRUPT);
    cr_expect_not_null(strstr(why.text, "too large"));
    static const char *const made[] = {
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key",
        "genpkey -algorithm X25519 -out key",
        "ecparam -name prime256v1 -genkey -noout -out key"};
    for (size_t i = 0; i < YQ_ARRAY_N(made); i++) {
        unlink(in_dir("key"));
        cr_assert_eq(run_openssl(made[i]), 0);
        cr_assert_eq(chmod(in_dir("key"), 0600), 0);
        cr_expect_eq(yq_key_read(in_dir("key"), NULL, &back, &why), YQ_E_CORRUPT, "%s", made[i]);
    }
    cr_expect_null(back);
    remove_dir();
}

/* No changed byte gives another key: it is refused, or (white space) means the same. */
Test(key_file, every_changed_byte)
{
    make_dir();
    char text[2048];
    for (size_t i = 0; i < YQ_ARRAY_N(algs); i++) {
        yq_key *key = yq_key_generate(algs[i]), *back = NULL;
        yq_fault why = {0};
        cr_assert_eq(yq_key_write(key, in_dir("key"), NULL, &why), YQ_OK);
        size_t n = get_file("key", text, sizeof text), same = 0;
        for (size_t at = 0; at < n; at++) {
            text[at] ^= 1;
            put_file("key", text, n, 0600);
            yq_status status = yq_key_read(in_dir("key"), NULL, &back, &why);
            text[at] ^= 1;
            if (status == YQ_OK) {
                cr_expect(yq_slice_equal(yq_key_public(back), yq_key_public(key)));
                yq_key_free(back);
                same++;
            } else {
                cr_expect_eq(status, YQ_E_CORRUPT);
            }
        }
        cr_expect_lt(same, 6);
        unlink(in_dir("key"));
        yq_key_free(key);
    }
    remove_dir();
}

Test(key_file, a_private_key_beside_another_public_one)
{
    make_dir();
    /* The line for people is checked in every_changed_byte; here the PEM has none. */
    char text[2048];
    yq_key *key = yq_key_generate(YQ_SIG_P256_DIGEST), *back = NULL;
    yq_fault why = {0};
    cr_assert_eq(yq_key_write(key, in_dir("key"), NULL, &why), YQ_OK);
    size_t n = get_file("key", text, sizeof text - 1), skip = 0;
    text[n] = 0;
    while (text[skip] != '\n') {
        skip++;
    }
    skip++;
    put_file("other", text + skip, n - skip, 0600);
    cr_expect_eq(yq_key_read(in_dir("other"), NULL, &back, &why), YQ_OK);
    yq_key_free(back);
    /* base64 of byte 36 and on: the first bytes of the private key. */
    char *body = strchr(text + skip, '\n') + 1;
    body[52] = body[52] == 'A' ? 'B' : 'A';
    put_file("other", text + skip, n - skip, 0600);
    cr_expect_eq(yq_key_read(in_dir("other"), NULL, &back, &why), YQ_E_CORRUPT);
    yq_key_free(key);
    remove_dir();
}

/* DER of (r, s), as the command writes and reads it. */
static size_t to_der(const uint8_t *sig64, uint8_t *der)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    ECDSA_SIG_set0(sig, BN_bin2bn(sig64, 32, NULL), BN_bin2bn(sig64 + 32, 32, NULL));
    int n = i2d_ECDSA_SIG(sig, &der);
    ECDSA_SIG_free(sig);
    return (size_t)n;
}

static void from_der(const uint8_t *der, size_t n, uint8_t *sig64)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
    cr_assert_not_null(sig);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), sig64, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), sig64 + 32, 32);
    ECDSA_SIG_free(sig);
}

typedef struct command {
    yq_sig_alg alg;
    const char *generate, *sign, *verify;
} command;

static const command commands[] = {
    {YQ_SIG_SM2_MESSAGE,
     "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out key",
     "pkeyutl -sign -inkey key -in msg -rawin -digest sm3 -pkeyopt distid:1234567812345678 -out "
     "sig",
     "pkeyutl -verify -pubin -inkey key.pub -in msg -rawin -digest sm3 -pkeyopt "
     "distid:1234567812345678 -sigfile sig"},
    {YQ_SIG_P256_DIGEST,
     "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key",
     "dgst -sha256 -sign key -out sig msg",
     "dgst -sha256 -verify key.pub -signature sig msg"},
    {YQ_SIG_SECP256K1_DIGEST,
     "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out key",
     "dgst -sha256 -sign key -out sig msg",
     "dgst -sha256 -verify key.pub -signature sig msg"},
    {YQ_SIG_ED25519_MESSAGE,
     "genpkey -algorithm ED25519 -out key",
     "pkeyutl -sign -inkey key -in msg -rawin -out sig",
     "pkeyutl -verify -pubin -inkey key.pub -in msg -rawin -sigfile sig"}};

static void cross_check(const command *c, yq_key *key, const char *made_by)
{
    static const char msg[] = "a message of some length, to be signed";
    uint8_t der[80], sig[64], md[32];
    int is_ed25519 = c->alg == YQ_SIG_ED25519_MESSAGE;
    int is_digest = c->alg == YQ_SIG_P256_DIGEST || c->alg == YQ_SIG_SECP256K1_DIGEST;
    yq_slice in = yq_slice_text(msg);
    put_file("msg", msg, strlen(msg), 0600);
    if (is_digest) {
        yq_hash_one(YQ_HASH_SHA256, in, md);
        in = yq_slice_of(md, sizeof md);
    }
    cr_assert_eq(run_openssl("pkey -in key -pubout -out key.pub"), 0, "%s", made_by);
    /* Theirs by us. */
    cr_assert_eq(run_openssl(c->sign), 0, "%s: %s", made_by, c->sign);
    size_t n = get_file("sig", der, sizeof der);
    if (is_ed25519) {
        cr_assert_eq(n, 64);
        memcpy(sig, der, 64);
    } else {
        from_der(der, n, sig);
    }
    yq_signature s = {
        .alg = (uint16_t)c->alg, .key = yq_key_public(key), .msg = in, .sig = {sig, sizeof sig}};
    cr_expect_eq(yq_signature_check(&s), YQ_OK, "%s: %s", made_by, c->sign);
    /* Ours by them, and not when it is changed. */
    yq_key_sign(key, in, sig);
    for (unsigned bad = 0; bad < 2; bad++) {
        sig[33] ^= (uint8_t)bad;
        n = is_ed25519 ? 64 : to_der(sig, der);
        put_file("sig", is_ed25519 ? sig : der, n, 0600);
        cr_expect_eq(run_openssl(c->verify) == 0, bad == 0, "%s: %s", made_by, c->verify);
    }
    unlink(in_dir("key"));
}

Test(openssl_command, its_keys_and_signatures_are_ours)
{
    make_dir();
    for (size_t i = 0; i < YQ_ARRAY_N(commands); i++) {
        yq_key *key = NULL;
        yq_fault why = {0};
        cr_assert_eq(run_openssl(commands[i].generate), 0);
        cr_assert_eq(chmod(in_dir("key"), 0600), 0);
        cr_assert_eq(yq_key_read(in_dir("key"), NULL, &key, &why), YQ_OK, "%s", why.text);
        cr_assert_eq(yq_key_alg(key), commands[i].alg);
        cross_check(&commands[i], key, "theirs");
        yq_key_free(key);
    }
    remove_dir();
}

Test(openssl_command, our_keys_and_signatures_are_its)
{
    make_dir();
    for (size_t i = 0; i < YQ_ARRAY_N(commands); i++) {
        yq_key *key = yq_key_generate(commands[i].alg);
        yq_fault why = {0};
        cr_assert_eq(yq_key_write(key, in_dir("key"), NULL, &why), YQ_OK, "%s", why.text);
        cross_check(&commands[i], key, "ours");
        yq_key_free(key);
    }
    remove_dir();
}

Test(openssl_command, reads_our_encrypted_keys_by_their_parts)
{
    make_dir();
    /* The command of 3.0 does not know the key derivation, but sees what the file says of it. */
    uint8_t der[1024];
    yq_key *key = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    yq_fault why = {0};
    cr_assert_eq(yq_key_write(key, in_dir("key"), "pass", &why), YQ_OK);
    cr_assert_eq(run_openssl("asn1parse -in key -noout -out key.der"), 0);
    size_t n = get_file("key.der", der, sizeof der);
    static const uint8_t hmac_sm3[] = {
        0x06, 0x0a, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11, 0x03, 0x01};
    static const uint8_t sm4_cbc[] = {0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x68, 0x02};
    static const uint8_t iterations[] = {0x02, 0x03, 0x03, 0x0d, 0x40};
    cr_expect_not_null(memmem(der, n, hmac_sm3, sizeof hmac_sm3));
    cr_expect_not_null(memmem(der, n, sm4_cbc, sizeof sm4_cbc));
    cr_expect_not_null(memmem(der, n, iterations, sizeof iterations));
    yq_key_free(key);
    remove_dir();
}

Test(openssl_command, reads_its_encrypted_keys)
{
    make_dir();
    yq_key *key = NULL;
    yq_fault why = {0};
    cr_assert_eq(
        run_openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -sm4-cbc -pass pass:word "
                    "-out key"),
        0);
    cr_assert_eq(chmod(in_dir("key"), 0600), 0);
    cr_expect_eq(yq_key_read(in_dir("key"), "other", &key, &why), YQ_E_CONFIG_INVALID);
    cr_assert_eq(yq_key_read(in_dir("key"), "word", &key, &why), YQ_OK, "%s", why.text);
    cr_expect_eq(yq_key_alg(key), YQ_SIG_SM2_MESSAGE);
    yq_key_free(key);
    remove_dir();
}

Test(openssl_command, sm4_ctr_is_its)
{
    make_dir();
    uint8_t in[1000], out[1000], theirs[1000], key[16], iv[16];
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)(i * 11);
    }
    memset(key, 0x1b, sizeof key);
    memset(iv, 0xff, sizeof iv);
    put_file("msg", in, sizeof in, 0600);
    cr_assert_eq(
        run_openssl("enc -sm4-ctr -K 1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b -iv "
                    "ffffffffffffffffffffffffffffffff -in msg -out out"),
        0);
    cr_assert_eq(get_file("out", theirs, sizeof theirs), sizeof theirs);
    yq_sm4_ctr(key, iv, yq_slice_of(in, sizeof in), out);
    cr_expect_eq(memcmp(out, theirs, sizeof out), 0);
    remove_dir();
}
