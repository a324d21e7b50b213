#include "relay/codec/der.h"
#include "relay/codec/test_hex.h"
#include "relay/codec/x509.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Certificates made by the openssl command, in a folder of the test's own. */
static char dir[] = "/tmp/yq-x509-XXXXXX";
static const int wait_ms_max = 60000;
extern char **environ;

static void run(char *const argv[])
{
    posix_spawn_file_actions_t actions;
    cr_assert_eq(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    cr_assert_eq(posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    int status = -1;
    for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited += 5) {
        if (waited >= wait_ms_max) {
            kill(pid, SIGKILL);
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s %s", argv[0], argv[1]);
}

/* Runs openssl with words of one text, split at blanks; {} stands for the folder. */
static void openssl(const char *words)
{
    static char text[4096];
    char *argv[64] = {"openssl"};
    size_t n = 0, argc = 1;
    int fresh = 1;
    for (const char *p = words; *p != '\0'; p++) {
        if (*p == ' ') {
            text[n++] = '\0';
            fresh = 1;
            continue;
        }
        if (fresh) {
            cr_assert_lt(argc, YQ_ARRAY_N(argv) - 1);
            argv[argc++] = text + n;
            fresh = 0;
        }
        if (p[0] == '{' && p[1] == '}') {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", dir);
            p++;
        } else {
            text[n++] = *p;
        }
        cr_assert_lt(n, sizeof text - sizeof dir);
    }
    text[n] = '\0';
    argv[argc] = NULL;
    run(argv);
}

static yq_slice read_file(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    uint8_t *p = malloc(16384);
    cr_assert_not_null(p);
    size_t n = fread(p, 1, 16384, f);
    fclose(f);
    return yq_slice_of(p, n);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static void make_dir(void)
{
    cr_assert_not_null(mkdtemp(dir));
}

static void drop_dir(void)
{
    char *argv[] = {"rm", "-rf", dir, NULL};
    run(argv);
}

static yq_x509 decode(yq_slice der)
{
    yq_x509 out;
    yq_fault why = {0};
    cr_assert_eq(
        yq_x509_decode(der, &out, &why), YQ_OK, "%d at %u: %s", why.status, why.offset, why.text);
    return out;
}

static yq_slice pem_to_der(yq_slice pem, const char *label)
{
    uint8_t *p = malloc(pem.n);
    cr_assert_not_null(p);
    yq_buf der = {.p = p, .cap = pem.n};
    yq_fault why = {0};
    cr_assert_eq(yq_pem_decode(pem, label, &der, &why), YQ_OK, "%s", why.text);
    return yq_slice_of(p, der.n);
}

static void make_self_signed(const char *algorithm, const char *digest)
{
    char words[512];
    (void)snprintf(words, sizeof words, "genpkey %s -out {}/key.pem", algorithm);
    openssl(words);
    (void)snprintf(
        words,
        sizeof words,
        "req -x509 -key {}/key.pem %s -days 3650 -subj /C=CN/O=Henan/OU=peer/OU=client/CN=node-1 "
        "-addext keyUsage=critical,digitalSignature,keyCertSign,cRLSign -out {}/cert.pem",
        digest);
    openssl(words);
    openssl("x509 -in {}/cert.pem -outform DER -out {}/cert.der");
    openssl("pkey -in {}/key.pem -pubout -outform DER -out {}/spki.der");
}

static void check_self_signed(
    const char *algorithm,
    const char *digest,
    yq_x509_key key,
    size_t key_size,
    yq_x509_signature sig)
{
    make_self_signed(algorithm, digest);
    yq_slice der = read_file("cert.der");
    yq_x509 x = decode(der);
    cr_expect_eq(x.key_alg, key, "%s: %d", algorithm, x.key_alg);
    cr_expect_eq(x.sig_alg, sig, "%s: %d", algorithm, x.sig_alg);
    yq_slice spki = read_file("spki.der");
    cr_expect(yq_slice_equal(x.spki, spki), "%s", algorithm);
    cr_assert_eq(x.key.n, key_size);
    cr_expect_arr_eq(x.key.p, spki.p + spki.n - key_size, key_size);
    cr_expect(yq_slice_equal(x.common_name, yq_slice_text("node-1")));
    cr_assert_eq(x.ou_n, 2);
    cr_expect(yq_slice_equal(x.ou[0], yq_slice_text("peer")));
    cr_expect(yq_slice_equal(x.ou[1], yq_slice_text("client")));
    cr_expect(yq_slice_equal(x.issuer, x.subject));
    cr_expect(x.has_basic && x.is_ca && x.path_len == -1);
    cr_expect(x.has_usage && x.usage == (1u << 0 | 1u << 5 | 1u << 6));
    cr_expect_eq(x.subject_key_id.n, 20);
    cr_expect(yq_slice_equal(x.subject_key_id, x.authority_key_id));
    cr_expect_eq(x.unknown_critical, 0);
    cr_expect_eq(x.not_after_ms - x.not_before_ms, UINT64_C(3650) * 24 * 3600 * 1000);
    cr_expect(x.tbs.p == der.p + 4 && x.tbs.p[0] == YQ_DER_SEQUENCE);
    cr_expect_eq(pem_to_der(read_file("cert.pem"), "CERTIFICATE").n, der.n);
    cr_expect(yq_slice_equal(pem_to_der(read_file("cert.pem"), "CERTIFICATE"), der));
    if (sig != YQ_X509_SIG_ED25519 && key != YQ_X509_KEY_OTHER) {
        uint8_t rs[96];
        cr_expect_eq(yq_der_signature_decode(x.sig, key_size / 2, rs, NULL), YQ_OK);
    } else {
        cr_expect_eq(x.sig.n, 64);
    }
}

Test(x509, keys_and_signatures_of_every_kind, .init = make_dir, .fini = drop_dir)
{
    check_self_signed(
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "-sha256",
        YQ_X509_KEY_P256,
        64,
        YQ_X509_SIG_ECDSA_SHA256);
    check_self_signed(
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "-sha384",
        YQ_X509_KEY_P384,
        96,
        YQ_X509_SIG_ECDSA_SHA384);
    check_self_signed(
        "-algorithm EC -pkeyopt ec_paramgen_curve:SM2",
        "-sm3",
        YQ_X509_KEY_SM2,
        64,
        YQ_X509_SIG_SM2_SM3);
    check_self_signed(
        "-algorithm ED25519", "-sha512", YQ_X509_KEY_ED25519, 32, YQ_X509_SIG_ED25519);
}

Test(x509, keys_that_are_not_read, .init = make_dir, .fini = drop_dir)
{
    make_self_signed("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha256");
    yq_x509 x = decode(read_file("cert.der"));
    cr_expect(x.key_alg == YQ_X509_KEY_OTHER && x.sig_alg == YQ_X509_SIG_OTHER);
    cr_expect_gt(x.key.n, 256);
    make_self_signed("-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", "-sha256");
    x = decode(read_file("cert.der"));
    cr_expect(x.key_alg == YQ_X509_KEY_OTHER && x.sig_alg == YQ_X509_SIG_ECDSA_SHA256);
    cr_expect_eq(x.key.n, 65);
    make_self_signed("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "-sha384");
    x = decode(read_file("cert.der"));
    cr_expect(x.key_alg == YQ_X509_KEY_P256 && x.sig_alg == YQ_X509_SIG_ECDSA_SHA384);
}

/* A chain of root, intermediate and leaf, with the extensions of ext.cnf. */
static void make_chain(void)
{
    write_file(
        "ext.cnf",
        "[ca]\nbasicConstraints=critical,CA:TRUE,pathlen:1\nkeyUsage=critical,keyCertSign\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer\n"
        "[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,"
        "decipherOnly,keyAgreement\n1.2.3.4.5.6.7.8.1=ASN1:UTF8String:{\"attrs\":{}}\n"
        "[strange]\n1.2.3.4=critical,ASN1:NULL\n");
    openssl("ecparam -name prime256v1 -genkey -noout -out {}/root.key");
    openssl("req -x509 -new -key {}/root.key -subj /O=Henan/CN=root -days 10 -out {}/root.pem");
    openssl("ecparam -name prime256v1 -genkey -noout -out {}/leaf.key");
    openssl("req -new -key {}/leaf.key -subj /O=Henan/OU=orderer/CN=leaf -out {}/leaf.csr");
    openssl("x509 -req -in {}/leaf.csr -CA {}/root.pem -CAkey {}/root.key -set_serial 0xff01 "
            "-days 5 -extfile {}/ext.cnf -extensions ca -outform DER -out {}/ca.der");
    openssl("x509 -req -in {}/leaf.csr -CA {}/root.pem -CAkey {}/root.key -set_serial 1 "
            "-days 5 -extfile {}/ext.cnf -extensions leaf -outform DER -out {}/leaf.der");
    openssl("x509 -req -in {}/leaf.csr -CA {}/root.pem -CAkey {}/root.key -set_serial 1 "
            "-days 5 -extfile {}/ext.cnf -extensions strange -outform DER -out {}/strange.der");
    openssl("x509 -req -in {}/leaf.csr -CA {}/root.pem -CAkey {}/root.key -set_serial 1 "
            "-days 5 -outform DER -out {}/v1.der");
}

Test(x509, extensions_of_a_chain, .init = make_dir, .fini = drop_dir)
{
    make_chain();
    yq_x509 root = decode(pem_to_der(read_file("root.pem"), "CERTIFICATE"));
    yq_x509 ca = decode(read_file("ca.der"));
    cr_expect(yq_slice_equal(ca.serial, hex("00ff01")));
    cr_expect(yq_slice_equal(ca.issuer, root.subject));
    cr_expect(!yq_slice_equal(ca.subject, root.subject));
    cr_expect(ca.has_basic && ca.is_ca && ca.path_len == 1);
    cr_expect_eq(ca.usage, 1u << 5);
    cr_expect(yq_slice_equal(ca.authority_key_id, root.subject_key_id));

    yq_x509 leaf = decode(read_file("leaf.der"));
    cr_expect(leaf.has_basic && !leaf.is_ca && leaf.path_len == -1);
    cr_expect_eq(leaf.usage, 1u << 0 | 1u << 4 | 1u << 8);
    cr_expect_eq(leaf.unknown_critical, 0);
    cr_assert_eq(leaf.ou_n, 1);
    cr_expect(yq_slice_equal(leaf.ou[0], yq_slice_text("orderer")));

    cr_expect_eq(decode(read_file("strange.der")).unknown_critical, 1);

    yq_x509 out;
    yq_fault why = {0};
    cr_expect_eq(yq_x509_decode(read_file("v1.der"), &out, &why), YQ_E_VERSION);
}

Test(x509, every_mutation_is_read_or_refused, .init = make_dir, .fini = drop_dir)
{
    make_chain();
    yq_slice der = read_file("ca.der");
    uint8_t *copy = exact(der);
    for (size_t i = 0; i < der.n; i++) {
        for (unsigned x = 1; x < 256; x++) {
            copy[i] = (uint8_t)(der.p[i] ^ x);
            yq_x509 out;
            yq_fault why = {0};
            yq_status status = yq_x509_decode(yq_slice_of(copy, der.n), &out, &why);
            cr_assert(status == YQ_OK || (status <= -101 && status > -200), "%d", status);
            cr_assert(status == YQ_OK || why.offset <= der.n);
        }
        copy[i] = der.p[i];
    }
    for (size_t n = 0; n < der.n; n++) {
        uint8_t *cut = exact(yq_slice_of(der.p, n));
        yq_x509 out;
        cr_assert_eq(yq_x509_decode(yq_slice_of(cut, n), &out, NULL), YQ_E_TRUNCATED);
        free(cut);
    }
    free(copy);
}

/* Certificates put together by hand: what openssl would not write. */
typedef struct recipe {
    const char *version, *serial, *inner_alg, *outer_alg, *subject, *extensions, *sig;
} recipe;

#define ALG_P256 "300a 06082a8648ce3d040302"
#define NAME     "300c 310a 3008 0603550403 0c0161"
#define BASIC_CA "300f 0603551d13 0101ff 0405 3003 0101ff"

static const recipe good = {
    "a003020102", "020101", ALG_P256, ALG_P256, NAME, "a313 3011 " BASIC_CA, "0303 00 0102"};

static yq_slice build(const recipe *r)
{
    uint8_t *room = malloc(4096);
    cr_assert_not_null(room);
    yq_writer w = yq_writer_of(room, 4096);
    size_t certificate = yq_der_begin(&w);
    size_t tbs = yq_der_begin(&w);
    yq_put(&w, hex(r->version));
    yq_put(&w, hex(r->serial));
    yq_put(&w, hex(r->inner_alg));
    yq_put(&w, hex(NAME));
    yq_put(&w, hex("301e 170d 3234303130313030303030305a 170d 3234303130313030303030315a"));
    yq_put(&w, hex(r->subject));
    yq_put(
        &w,
        hex("302a 3005 06032b6570 0321 00 "
            "0101010101010101010101010101010101010101010101010101010101010101"));
    yq_put(&w, hex(r->extensions));
    yq_der_end(&w, tbs, YQ_DER_SEQUENCE);
    yq_put(&w, hex(r->outer_alg));
    yq_put(&w, hex(r->sig));
    yq_der_end(&w, certificate, YQ_DER_SEQUENCE);
    cr_assert_eq(w.status, YQ_OK);
    return yq_writer_slice(&w);
}

static void expect(const char *what, recipe r, yq_status status)
{
    yq_x509 out;
    yq_fault why = {0};
    yq_status got = yq_x509_decode(build(&r), &out, &why);
    cr_expect_eq(got, status, "%s: %d at %u %s", what, got, why.offset, why.text);
}

#define BAD(field_, bytes, status)                                                                 \
    do {                                                                                           \
        recipe r = good;                                                                           \
        r.field_ = bytes;                                                                          \
        expect(#field_ " " bytes, r, status);                                                      \
    } while (0)

Test(x509, hand_made_certificates, .init = make_dir, .fini = drop_dir)
{
    expect("good", good, YQ_OK);
    BAD(extensions, "", YQ_OK);
    BAD(extensions, "810100 a313 3011 " BASIC_CA, YQ_OK);
    BAD(version, "a003020101", YQ_E_VERSION);
    BAD(version, "", YQ_E_VERSION);
    BAD(serial, "020180", YQ_E_RANGE);
    BAD(serial, "02020001", YQ_E_NONCANONICAL);
    BAD(serial, "0215 010101010101010101010101010101010101010101", YQ_E_RANGE);
    BAD(outer_alg, "300a 06082a8648ce3d040303", YQ_E_NONCANONICAL);
    BAD(outer_alg, "300c 06082a8648ce3d040302 0500", YQ_E_NONCANONICAL);
    BAD(sig, "0303 01 0102", YQ_E_NONCANONICAL);
    BAD(sig, "0303 00 0102 00", YQ_E_TRAILING);
    BAD(subject, "300c 310a 3008 0603550403 0c01ff", YQ_E_UTF8);
    BAD(subject, "3002 3100", YQ_E_TRUNCATED);
    BAD(subject, "300d 310b 3009 0603550403 0c0161 00", YQ_E_TRAILING);
    BAD(extensions, "a324 3022 " BASIC_CA BASIC_CA, YQ_E_FIELD_DUP);
    BAD(extensions, "a313 3011 300f 0603551d13 010101 0405 3003 0101ff", YQ_E_NONCANONICAL);
    BAD(extensions, "a313 3011 300f 0603551d13 010100 0405 3003 0101ff", YQ_E_NONCANONICAL);
    BAD(extensions, "a313 3011 300f 0603551d13 0101ff 0405 3003 010100", YQ_E_NONCANONICAL);
    BAD(extensions, "a313 3011 300f 0603551d13 0101ff 0405 3003 020100", YQ_E_RANGE);
    BAD(extensions, "a30f 300d 300b 0603551d0f 0404 030205a0", YQ_OK);
    BAD(extensions, "a30f 300d 300b 0603551d0f 0404 030204a0", YQ_E_NONCANONICAL);
    BAD(extensions, "a30f 300d 300b 0603551d0f 0404 030206a0", YQ_E_NONCANONICAL);
    BAD(extensions, "a30f 300d 300b 0603551d0f 0404 03020800", YQ_E_LEN);
    BAD(extensions, "a30e 300c 300a 0603551d0f 0403 030100", YQ_E_LEN);
    BAD(extensions, "a30f 300d 300b 0603551d0e 0404 0402 0102", YQ_OK);
    BAD(extensions, "a30f 300d 300b 0603551d0e 0404 0401 0102", YQ_E_TRAILING);
    BAD(extensions, "a30f 300d 300b 0603551d23 0404 3002 8000", YQ_OK);
}

Test(x509, one_unit_too_many, .init = make_dir, .fini = drop_dir)
{
    yq_slice ou = hex("310a 3008 060355040b 0c0161");
    uint8_t room[256];
    yq_writer w = yq_writer_of(room, sizeof room);
    for (size_t i = 0; i <= YQ_X509_OU_MAX; i++) {
        yq_put(&w, ou);
    }
    yq_der_end(&w, 0, YQ_DER_SEQUENCE);
    char text[512];
    cr_assert_gt(yq_hex_encode(text, sizeof text, room, w.n), 0);
    recipe r = good;
    r.subject = text;
    expect("units", r, YQ_E_LIMIT);
}

static yq_status pem(const char *text, const char *want)
{
    uint8_t room[64];
    yq_buf out = {.p = room, .cap = sizeof room};
    yq_slice in = yq_slice_text(text);
    uint8_t *p = exact(in);
    yq_status status = yq_pem_decode(yq_slice_of(p, in.n), "CERTIFICATE", &out, NULL);
    free(p);
    if (status == YQ_OK) {
        cr_expect(yq_slice_equal(yq_slice_of(room, out.n), yq_slice_text(want)), "%s", text);
    } else {
        cr_expect_eq(out.n, 0);
    }
    return status;
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----"

Test(pem, blocks)
{
    cr_expect_eq(pem(BEGIN "YWJj\n" END "\n", "abc"), YQ_OK);
    cr_expect_eq(pem(" \n" BEGIN "YWJj\r\nZGVm\n" END "\r\n\n", "abcdef"), YQ_OK);
    cr_expect_eq(pem(BEGIN "YW\nJj\n" END, "abc"), YQ_OK);
    cr_expect_eq(pem(BEGIN "YQ==\n" END, "a"), YQ_OK);
    cr_expect_eq(pem(BEGIN "YWI=\n" END, "ab"), YQ_OK);
    cr_expect_eq(pem("", ""), YQ_E_FIELD_MISSING);
    cr_expect_eq(pem("  ", ""), YQ_E_FIELD_MISSING);
    cr_expect_eq(pem("x" BEGIN "YWJj\n" END, ""), YQ_E_TRAILING);
    cr_expect_eq(pem(BEGIN "YWJj\n" END "x", ""), YQ_E_TRAILING);
    cr_expect_eq(pem(BEGIN "YWJj\n" END "\n" BEGIN "YWJj\n" END, ""), YQ_E_TRAILING);
    cr_expect_eq(pem("-----BEGIN CERTIFICATE REQUEST-----\nYWJj\n", ""), YQ_E_TYPE);
    cr_expect_eq(pem("-----BEGIN PRIVATE KEY-----\nYWJj\n", ""), YQ_E_TYPE);
    cr_expect_eq(pem(BEGIN "YQ=A\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YQ==YQ==\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YR==\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YWJ=\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "Y===\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YWJ\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YW Jj\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YW_j\n" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YWJj" END, ""), YQ_E_NONCANONICAL);
    cr_expect_eq(pem(BEGIN "YWJj\n-----END CERTIFICATION-----", ""), YQ_E_TYPE);
    cr_expect_eq(pem(BEGIN "YWJj\n-----END CERT", ""), YQ_E_TRUNCATED);
    cr_expect_eq(pem(BEGIN "YWJj\n", ""), YQ_E_TRUNCATED);
    uint8_t room[2];
    yq_buf out = {.p = room, .cap = sizeof room};
    cr_expect_eq(
        yq_pem_decode(yq_slice_text(BEGIN "YWJj\n" END), "CERTIFICATE", &out, NULL), YQ_E_NOSPC);
}
