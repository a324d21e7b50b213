#include "relay/hub/export_cert.h"

#include <criterion/criterion.h>

/* Sets, certificates and proofs of keys: bytes, and what is refused. */

#define N 4u

static yq_key *key[N + 1]; /* the last is nobody's of the set */
static yq_export_set set;

static yq_slice bytes_of(const yq_digest *d)
{
    return yq_slice_of(d->b, YQ_DIGEST_SIZE);
}

static void setup(void)
{
    set = (yq_export_set){.epoch = 5, .suite = YQ_SUITE_ETH, .n = N};
    memset(set.chain_id_hash.b, 0x44, YQ_DIGEST_SIZE);
    for (unsigned i = 0; i <= N; i++) {
        const char name[] = {(char)('a' + i), 0};
        key[i] = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("export"), name);
        if (i < N) {
            yq_secp256k1_address(yq_key_public(key[i]).p, set.key[i]);
        }
    }
}

static void teardown(void)
{
    for (unsigned i = 0; i <= N; i++) {
        yq_key_free(key[i]);
    }
}

static yq_export body(void)
{
    yq_export b = {
        .chain_id_hash = set.chain_id_hash,
        .hub = yq_slice_text("henan-main"),
        .suite = YQ_SUITE_ETH,
        .epoch = 5,
        .height = 77,
        .time_ms = 1700000000000};
    memset(b.export_root.b, 0x66, YQ_DIGEST_SIZE);
    return b;
}

static void sign(yq_export_cert *cert, unsigned idx, const yq_key *by)
{
    uint8_t sig[YQ_EXPORT_SIG_SIZE];
    yq_digest m;
    yq_export_digest(&cert->body, &m);
    yq_key_sign_recoverable(by, m.b, sig);
    yq_export_sigs_add(&cert->sigs, idx, sig);
}

/* Signed by the members of a bitmap, the highest first. */
static yq_export_cert certificate(uint32_t bitmap)
{
    yq_export_cert cert = {.body = body()};
    for (unsigned i = N; i-- > 0;) {
        if (bitmap >> i & 1) {
            sign(&cert, i, key[i]);
        }
    }
    return cert;
}

Test(export_cert, a_quorum_of_members_is_needed, .init = setup, .fini = teardown)
{
    for (uint32_t bitmap = 1; bitmap < 1u << N; bitmap++) {
        yq_export_cert cert = certificate(bitmap);
        cr_assert_eq(cert.sigs.bitmap, bitmap);
        yq_status wanted = yq_export_signers(bitmap) >= 3 ? YQ_OK : YQ_E_QUORUM;
        cr_assert_eq(yq_export_cert_check(&cert, &set), wanted, "%u", bitmap);
    }
    static const uint16_t quorum[][2] = {{0, 0}, {1, 1}, {4, 3}, {6, 5}, {7, 5}, {31, 21}};
    for (size_t i = 0; i < sizeof quorum / sizeof quorum[0]; i++) {
        cr_assert_eq(yq_export_quorum(quorum[i][0]), quorum[i][1]);
    }
}

Test(export_cert, what_a_set_does_not_take, .init = setup, .fini = teardown)
{
    yq_export_cert cert = certificate(7), other = cert;
    yq_export_set next = set;
    next.epoch = 6;
    cr_assert_eq(yq_export_cert_check(&cert, &next), YQ_E_DOMAIN, "epoch");
    next = set;
    next.suite = YQ_SUITE_P256;
    cr_assert_eq(yq_export_cert_check(&cert, &next), YQ_E_DOMAIN, "suite");
    next = set;
    next.chain_id_hash.b[0] ^= 1;
    cr_assert_eq(yq_export_cert_check(&cert, &next), YQ_E_DOMAIN, "chain");
    next = set;
    next.n = 3;
    other = certificate(15);
    cr_assert_eq(yq_export_cert_check(&other, &next), YQ_E_SIGNER_UNKNOWN);
    other = certificate(3);
    sign(&other, 2, key[3]);
    cr_assert_eq(
        yq_export_cert_check(&other, &set), YQ_E_SIG, "another member signed in its place");
    other = certificate(3);
    sign(&other, 2, key[N]);
    cr_assert_eq(yq_export_cert_check(&other, &set), YQ_E_SIG, "nobody's");
    other = cert;
    other.body.export_root.b[31] ^= 1;
    cr_assert_neq(yq_export_cert_check(&other, &set), YQ_OK, "another root");
    other = cert;
    for (uint8_t v = 2; v < 29; v++) {
        other.sigs.sig[1][64] = v;
        cr_assert_eq(yq_export_cert_check(&other, &set), YQ_E_SIG_RANGE, "contracts take 0 and 1");
    }
}

/* The same signature with n - s and the other v recovers the same key: contracts refuse it. */
Test(export_cert, high_s_is_refused, .init = setup, .fini = teardown)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                      0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    yq_export_cert cert = certificate(7);
    uint8_t *sig = cert.sigs.sig[0];
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int d = order[i] - sig[32 + i] - borrow;
        borrow = d < 0;
        sig[32 + i] = (uint8_t)(d + 256 * borrow);
    }
    sig[64] ^= 1;
    cr_assert_eq(yq_export_cert_check(&cert, &set), YQ_E_SIG_HIGH_S);
}

Test(export_cert, bytes_are_read_as_they_were_written, .init = setup, .fini = teardown)
{
    uint8_t room[YQ_EXPORT_CERT_SIZE_MAX + 1];
    yq_export_cert cert = certificate(13), back;
    yq_writer w = yq_writer_of(room, sizeof room - 1);
    yq_export_cert_put(&w, &cert);
    cr_assert_eq(w.status, YQ_OK);
    cr_assert_eq(w.n, YQ_EXPORT_SIZE_MAX - 48 + 10 + 4 + 3 * YQ_EXPORT_SIG_SIZE);
    cr_assert_eq(yq_export_cert_decode(yq_writer_slice(&w), &back, NULL), YQ_OK);
    cr_assert_eq(back.sigs.bitmap, 13);
    cr_assert_eq(yq_export_cert_check(&back, &set), YQ_OK);
    for (size_t n = 0; n < w.n; n++) {
        cr_assert_eq(yq_export_cert_decode(yq_slice_of(room, n), &back, NULL), YQ_E_TRUNCATED);
    }
    room[w.n] = 0;
    cr_assert_eq(yq_export_cert_decode(yq_slice_of(room, w.n + 1), &back, NULL), YQ_E_TRAILING);
    const size_t at = w.n - 3 * YQ_EXPORT_SIG_SIZE - 4;
    room[at + 3] = 0x80;
    cr_assert_eq(yq_export_cert_decode(yq_slice_of(room, w.n), &back, NULL), YQ_E_SIGNER_UNKNOWN);
    memset(room + at, 0, 4);
    cr_assert_eq(
        yq_export_cert_decode(yq_slice_of(room, at + 4), &back, NULL), YQ_E_SIGNATURES_MISSING);
    room[0] ^= 1;
    cr_assert_eq(yq_export_cert_decode(yq_slice_of(room, w.n), &back, NULL), YQ_E_DOMAIN);
}

Test(export_cert, a_set_has_its_bytes_and_hash, .init = setup, .fini = teardown)
{
    uint8_t room[YQ_EXPORT_SET_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_export_set_put(&w, &set);
    static const uint8_t head[] = {0, 0, 0, 0, 0, 0, 0, 5, 3, 0, 3, 0, 4, 20};
    cr_assert_eq(w.n, 13 + N * 21);
    cr_assert_eq(memcmp(room, head, sizeof head), 0);
    cr_assert_eq(memcmp(room + 14, set.key[0], 20), 0);
    const uint8_t tag = 3;
    const yq_slice part[] = {
        yq_slice_of(&tag, 1), bytes_of(&set.chain_id_hash), yq_writer_slice(&w)};
    yq_digest wanted = {{0}}, hash = {{0}};
    yq_hash(YQ_HASH_KECCAK256, part, 3, wanted.b);
    yq_export_set_hash(&set, &hash);
    cr_assert_eq(memcmp(&hash, &wanted, sizeof hash), 0);
}

static yq_status set_decode(const uint8_t *p, size_t n)
{
    yq_export_set back;
    return yq_export_set_decode(yq_slice_of(p, n), &back, NULL);
}

Test(export_cert, a_set_is_read_as_it_was_written, .init = setup, .fini = teardown)
{
    uint8_t room[YQ_EXPORT_SET_SIZE_MAX + 1];
    yq_export_set back;
    yq_writer w = yq_writer_of(room, sizeof room - 1);
    yq_export_set_put(&w, &set);
    cr_assert_eq(yq_export_set_decode(yq_writer_slice(&w), &back, NULL), YQ_OK);
    back.chain_id_hash = set.chain_id_hash;
    cr_assert_eq(memcmp(&back, &set, sizeof set), 0);
    for (size_t n = 0; n < w.n; n++) {
        cr_assert_eq(set_decode(room, n), YQ_E_TRUNCATED);
    }
    room[w.n] = 0;
    cr_assert_eq(set_decode(room, w.n + 1), YQ_E_TRAILING);
    static const struct {
        size_t at;
        uint8_t value;
        yq_status status;
    } bad[] = {
        {8, 1, YQ_E_UNSUPPORTED},
        {10, 2, YQ_E_QUORUM},
        {12, 0, YQ_E_RANGE},
        {12, 32, YQ_E_LIMIT},
        {13, 19, YQ_E_LEN}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t kept = room[bad[i].at];
        room[bad[i].at] = bad[i].value;
        cr_assert_eq(set_decode(room, w.n), bad[i].status, "%zu", i);
        room[bad[i].at] = kept;
    }
}

/* What one key signs about the other names all of: chain, suite, validator; and one is not the
 * other's, nor a certificate. */
Test(export_cert, proofs_name_everything, .init = setup, .fini = teardown)
{
    uint8_t validator[64] = {1};
    yq_digest other_chain = {{1}}, m[9] = {{{0}}};
    yq_export_binding b = {3, yq_slice_of(validator, 64), yq_slice_of(set.key[0], 20)}, c = b;
    yq_export_key_digest(YQ_HASH_SM3, &set.chain_id_hash, &b, &m[0]);
    yq_export_key_digest(YQ_HASH_SM3, &other_chain, &b, &m[1]);
    c.suite = 2;
    yq_export_key_digest(YQ_HASH_SM3, &set.chain_id_hash, &c, &m[2]);
    yq_export_owner_digest(&set.chain_id_hash, &c, &m[3]);
    c = b;
    c.validator.n = 63;
    yq_export_key_digest(YQ_HASH_SM3, &set.chain_id_hash, &c, &m[4]);
    yq_export_owner_digest(&set.chain_id_hash, &c, &m[5]);
    c = b;
    c.address = yq_slice_of(set.key[1], 20);
    yq_export_key_digest(YQ_HASH_SM3, &set.chain_id_hash, &c, &m[6]);
    yq_export_owner_digest(&set.chain_id_hash, &b, &m[7]);
    yq_export_owner_digest(&other_chain, &b, &m[8]);
    for (unsigned i = 0; i < 9; i++) {
        for (unsigned k = 0; k < i; k++) {
            cr_assert_neq(memcmp(&m[i], &m[k], sizeof m[i]), 0, "%u %u", i, k);
        }
    }
}
