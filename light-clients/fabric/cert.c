#include "light-clients/fabric/cert.h"

#include "relay/codec/der.h"

#define OID(text)                                                                                  \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
static const yq_slice oid_ecdsa_sha256 = OID("\x2a\x86\x48\xce\x3d\x04\x03\x02");
static const yq_slice oid_ecdsa_sha384 = OID("\x2a\x86\x48\xce\x3d\x04\x03\x03");
static const yq_slice oid_sm2_sm3 = OID("\x2a\x81\x1c\xcf\x55\x01\x83\x75");
static const yq_slice oid_ed25519 = OID("\x2b\x65\x70");
static const yq_slice oid_authority_key_id = OID("\x55\x1d\x23");
static const yq_slice oid_purposes = OID("\x55\x1d\x25");
static const yq_slice oid_any_purpose = OID("\x55\x1d\x25\x00");
static const yq_slice oid_server = OID("\x2b\x06\x01\x05\x05\x07\x03\x01");

#define P256_HALF 32u
#define P384_HALF 48u

static const uint8_t order_p256[P256_HALF] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
static const uint8_t order_p384[P384_HALF] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};

uint16_t yq_fabric_key_alg(const yq_fabric_call *call, const yq_x509 *x, size_t *half)
{
    const int is_sm2 = x->key_alg == YQ_X509_KEY_SM2;
    *half = P256_HALF;
    if (is_sm2 != (call->dialect->signing != YQ_FABRIC_SIGNING_PLAIN)) {
        return YQ_SIG_INVALID;
    }
    switch ((yq_x509_key)x->key_alg) {
    case YQ_X509_KEY_P256:
        return YQ_SIG_P256_DIGEST;
    case YQ_X509_KEY_SM2:
        return call->dialect->signing == YQ_FABRIC_SIGNING_SM2_HASH ? YQ_SIG_SM2_DIGEST
                                                                    : YQ_SIG_SM2_MESSAGE;
    case YQ_X509_KEY_P384:
        *half = P384_HALF;
        return YQ_SIG_P384_DIGEST;
    case YQ_X509_KEY_ED25519:
        return YQ_SIG_ED25519_MESSAGE;
    case YQ_X509_KEY_OTHER:
        break;
    }
    return YQ_SIG_INVALID;
}

/* {r, s} from DER, r||s; what is behind the numbers is left alone. Returns 0 if there are none. */
static int read_pair(yq_slice signature, size_t half, uint8_t *out)
{
    yq_cur c = yq_cur_of(signature);
    yq_cur pair = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_der_uint(&pair, out, half);
    yq_der_uint(&pair, out + half, half);
    return yq_cur_ok(&c) && yq_cur_ok(&pair);
}

int yq_fabric_signature_is_exact(yq_slice signature)
{
    uint8_t pair[2 * P384_HALF];
    return yq_der_signature_decode(signature, P384_HALF, pair, NULL) == YQ_OK;
}

/* s becomes the smaller of s and n - s. Returns 1 when it is so already. */
static int make_low(uint8_t *s, const uint8_t *order, size_t half)
{
    uint8_t other[P384_HALF] = {0};
    unsigned borrow = 0;
    for (size_t i = half; i-- > 0;) {
        unsigned d = 0x100u + order[i] - s[i] - borrow;
        other[i] = (uint8_t)d;
        borrow = d < 0x100u ? 1 : 0;
    }
    if (memcmp(other, s, half) >= 0) {
        return 1;
    }
    memcpy(s, other, half);
    return 0;
}

/* The CA's signature in the form in which certificates are compared. Returns the slice of it. Out:
 * is_low, whether it stands in that form. */
static yq_slice low_signature(const yq_x509 *x, uint8_t *room, int *is_low)
{
    *is_low = 1;
    if (x->sig_alg == YQ_X509_SIG_SM2_SM3) {
        return read_pair(x->sig, P256_HALF, room) ? yq_slice_of(room, 2 * (size_t)P256_HALF)
                                                  : x->sig;
    }
    /* The issuer's curve is not known here; its size shows in the numbers. */
    if (x->sig_alg != YQ_X509_SIG_ECDSA_SHA256 && x->sig_alg != YQ_X509_SIG_ECDSA_SHA384) {
        return x->sig;
    }
    if (read_pair(x->sig, P256_HALF, room)) {
        *is_low = make_low(room + P256_HALF, order_p256, P256_HALF) &&
                  yq_fabric_signature_is_exact(x->sig);
        return yq_slice_of(room, 2 * (size_t)P256_HALF);
    }
    if (read_pair(x->sig, P384_HALF, room)) {
        *is_low = make_low(room + P384_HALF, order_p384, P384_HALF) &&
                  yq_fabric_signature_is_exact(x->sig);
        return yq_slice_of(room, 2 * (size_t)P384_HALF);
    }
    return x->sig;
}

int yq_fabric_cert_read(const yq_fabric_call *call, yq_slice pem, yq_fabric_cert *cert)
{
    *cert = (yq_fabric_cert){0};
    if (pem.n > YQ_FABRIC_PEM_MAX) {
        return 0;
    }
    size_t cap = pem.n / 4 * 3 + 3;
    yq_buf der = {.p = yq_fabric_room(call, cap, 1), .cap = cap};
    if (der.p == NULL || yq_pem_decode(pem, "CERTIFICATE", &der, NULL) != YQ_OK) {
        return 0;
    }
    cert->der = yq_slice_of(der.p, der.n);
    if (yq_x509_decode(cert->der, &cert->x, NULL) != YQ_OK) {
        return 0;
    }
    uint8_t room[2 * P384_HALF];
    const yq_slice part[] = {cert->x.tbs, low_signature(&cert->x, room, &cert->is_low)};
    yq_fabric_sha256(call, part, YQ_ARRAY_N(part), &cert->content);
    return 1;
}

/* The parts as one message, for what signs messages and not digests. Errors: E_LIMIT. */
static yq_status put_message(
    const yq_fabric_call *call, const yq_slice *part, size_t part_n, yq_slice *out)
{
    size_t size = 0;
    for (size_t i = 0; i < part_n; i++) {
        size += part[i].n;
    }
    size_t left = YQ_FABRIC_MESSAGES_MAX - call->meter->messages;
    uint8_t *message = size > left ? NULL : yq_fabric_room(call, size, 1);
    if (message == NULL) {
        return YQ_E_LIMIT;
    }
    call->meter->messages += size;
    *out = yq_slice_of(message, size);
    for (size_t i = 0; i < part_n; i++) {
        yq_bytes_copy(message, part[i].p, part[i].n);
        message += part[i].n;
    }
    return YQ_OK;
}

yq_status yq_fabric_signature_job(
    const yq_fabric_call *call,
    const yq_fabric_cert *signer,
    const yq_slice *part,
    size_t part_n,
    yq_slice signature,
    yq_signature *job)
{
    size_t half = 0;
    uint16_t alg = yq_fabric_key_alg(call, &signer->x, &half);
    if (alg == YQ_SIG_INVALID) {
        return YQ_E_UNSUPPORTED;
    }
    *job = (yq_signature){.alg = alg, .key = signer->x.key, .sig = signature};
    if (alg == YQ_SIG_ED25519_MESSAGE) {
        yq_status status = put_message(call, part, part_n, &job->msg);
        return status == YQ_OK && signature.n != 2 * half ? YQ_E_SIG_RANGE : status;
    }
    if (call->dialect->signing == YQ_FABRIC_SIGNING_SM2_MESSAGE) {
        yq_status status = put_message(call, part, part_n, &job->msg);
        if (status != YQ_OK) {
            return status;
        }
    }
    uint8_t *room = yq_fabric_room(call, YQ_DIGEST_SIZE + 2 * half, 1);
    if (room == NULL) {
        return YQ_E_LIMIT;
    }
    if (job->msg.n == 0) {
        yq_digest md = yq_fabric_hash(
            call,
            call->dialect->signing == YQ_FABRIC_SIGNING_PLAIN ? YQ_HASH_SHA256 : YQ_HASH_SM3,
            part,
            part_n);
        memcpy(room, md.b, YQ_DIGEST_SIZE);
        job->msg = yq_slice_of(room, YQ_DIGEST_SIZE);
    }
    job->flags = call->dialect->signing == YQ_FABRIC_SIGNING_PLAIN ? YQ_SIG_FLAG_LOW_S : 0;
    job->sig = yq_slice_of(room + YQ_DIGEST_SIZE, 2 * half);
    return read_pair(signature, half, room + YQ_DIGEST_SIZE) ? YQ_OK : YQ_E_SIG_RANGE;
}

static yq_status check_issued(
    const yq_fabric_call *call,
    const yq_fabric_cert *issuer,
    yq_slice tbs,
    uint8_t sig_alg,
    yq_slice sig)
{
    uint8_t md[YQ_HASH_SIZE_MAX], pair[2 * P384_HALF];
    size_t half = 0;
    yq_signature job = {.alg = yq_fabric_key_alg(call, &issuer->x, &half), .key = issuer->x.key};
    int is_sha384 = sig_alg == YQ_X509_SIG_ECDSA_SHA384;
    if (job.alg == YQ_SIG_ED25519_MESSAGE && sig_alg == YQ_X509_SIG_ED25519) {
        job.msg = tbs;
        job.sig = sig;
    } else if (
        issuer->x.key_alg == YQ_X509_KEY_SM2 && job.alg != YQ_SIG_INVALID &&
        sig_alg == YQ_X509_SIG_SM2_SM3) {
        /* Certificates follow the national standard, whatever the fork does with its own messages.
         */
        job.alg = YQ_SIG_SM2_MESSAGE;
        job.msg = tbs;
        job.sig = yq_slice_of(pair, 2 * half);
        if (!read_pair(sig, half, pair)) {
            return YQ_E_CERT_CHAIN;
        }
    } else if (
        (job.alg == YQ_SIG_P256_DIGEST || job.alg == YQ_SIG_P384_DIGEST) &&
        (is_sha384 || sig_alg == YQ_X509_SIG_ECDSA_SHA256)) {
        call->host->hash(
            call->host->self, is_sha384 ? YQ_HASH_SHA384 : YQ_HASH_SHA256, &tbs, 1, md);
        /* ECDSA takes the leftmost bits of a digest that is longer than the curve's order. */
        job.msg = yq_slice_of(md, is_sha384 && half == P384_HALF ? P384_HALF : YQ_DIGEST_SIZE);
        job.sig = yq_slice_of(pair, 2 * half);
        if (!read_pair(sig, half, pair)) {
            return YQ_E_CERT_CHAIN;
        }
    } else {
        return YQ_E_UNSUPPORTED;
    }
    yq_status valid = YQ_E_SIG;
    yq_status status = yq_fabric_check(call, &job, 1, &valid);
    return status != YQ_OK ? status : (valid == YQ_OK ? YQ_OK : YQ_E_CERT_CHAIN);
}

yq_status yq_fabric_cert_check_issued(
    const yq_fabric_call *call, const yq_x509 *child, const yq_fabric_cert *issuer)
{
    return check_issued(call, issuer, child->tbs, child->sig_alg, child->sig);
}

yq_status yq_fabric_crl_check_issued(
    const yq_fabric_call *call, const yq_fabric_crl *crl, const yq_fabric_cert *issuer)
{
    return check_issued(call, issuer, crl->tbs, crl->sig_alg, crl->sig);
}

/* Finds an extension's value in a list of extensions that is known to be in form, or not. */
static yq_slice find_extension(yq_cur list, yq_slice oid)
{
    while (yq_cur_left(&list) > 0) {
        yq_cur seq = yq_der_open(&list, YQ_DER_SEQUENCE);
        yq_slice name = yq_der_take(&seq, YQ_DER_OID);
        if (yq_der_peek(&seq) == YQ_DER_BOOLEAN) {
            (void)yq_der_take(&seq, YQ_DER_BOOLEAN);
        }
        yq_slice value = yq_der_take(&seq, YQ_DER_OCTET_STRING);
        if (yq_cur_ok(&seq) && yq_slice_equal(name, oid)) {
            return value;
        }
    }
    return (yq_slice){0};
}

/* The content of the last element of a tbs part when it is EXPLICIT tag, opened as a list. */
static yq_cur open_extensions(yq_slice tbs, uint8_t tag)
{
    yq_cur c = yq_cur_of(tbs), none = yq_cur_of((yq_slice){0});
    yq_cur seq = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_der part;
    while (yq_der_next(&seq, &part)) {
        if (part.tag == tag) {
            yq_cur outer = yq_cur_of(part.content);
            return yq_der_open(&outer, YQ_DER_SEQUENCE);
        }
    }
    return none;
}

int yq_fabric_cert_is_general(const yq_x509 *x)
{
    yq_slice value = find_extension(open_extensions(x->tbs, YQ_DER_EXPLICIT(3)), oid_purposes);
    if (value.n == 0) {
        return 1;
    }
    yq_cur c = yq_cur_of(value);
    yq_cur list = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_der purpose;
    while (yq_der_next(&list, &purpose)) {
        if (purpose.tag == YQ_DER_OID && (yq_slice_equal(purpose.content, oid_server) ||
                                          yq_slice_equal(purpose.content, oid_any_purpose))) {
            return 1;
        }
    }
    return 0;
}

static uint8_t crl_algorithm(yq_cur *c)
{
    yq_cur seq = yq_der_open(c, YQ_DER_SEQUENCE);
    yq_slice oid = yq_der_take(&seq, YQ_DER_OID);
    if (yq_slice_equal(oid, oid_ecdsa_sha256)) {
        return YQ_X509_SIG_ECDSA_SHA256;
    }
    if (yq_slice_equal(oid, oid_ecdsa_sha384)) {
        return YQ_X509_SIG_ECDSA_SHA384;
    }
    if (yq_slice_equal(oid, oid_sm2_sm3)) {
        return YQ_X509_SIG_SM2_SM3;
    }
    return yq_slice_equal(oid, oid_ed25519) ? YQ_X509_SIG_ED25519 : YQ_X509_SIG_OTHER;
}

/* tbsCertList: [version], algorithm, issuer, thisUpdate, [nextUpdate], [revoked], [0] extensions.
 * Returns 0 when it has no authority key identifier. */
static int read_crl_body(yq_slice tbs, yq_fabric_crl *crl)
{
    yq_cur c = yq_cur_of(tbs);
    yq_cur seq = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_der part;
    unsigned sequences = 0;
    while (yq_der_next(&seq, &part)) {
        sequences += part.tag == YQ_DER_SEQUENCE ? 1 : 0;
        if (part.tag == YQ_DER_SEQUENCE && sequences == 3) { /* after algorithm and issuer */
            crl->revoked = part.content;
        }
    }
    yq_slice value = find_extension(open_extensions(tbs, YQ_DER_EXPLICIT(0)), oid_authority_key_id);
    yq_cur inner = yq_cur_of(value);
    yq_cur key_id = yq_der_open(&inner, YQ_DER_SEQUENCE);
    if (yq_der_next(&key_id, &part) && part.tag == YQ_DER_CONTEXT(0)) {
        crl->authority_key_id = part.content;
    }
    return value.n > 0;
}

int yq_fabric_crl_read(const yq_fabric_call *call, yq_slice in, yq_fabric_crl *crl)
{
    *crl = (yq_fabric_crl){0};
    if (in.n > 0 && in.p[0] == '-') {
        size_t cap = in.n / 4 * 3 + 3;
        yq_buf der = {.p = yq_fabric_room(call, cap, 1), .cap = cap};
        if (der.p == NULL || yq_pem_decode(in, "X509 CRL", &der, NULL) != YQ_OK) {
            return 0;
        }
        in = yq_slice_of(der.p, der.n);
    }
    yq_cur c = yq_cur_of(in);
    yq_cur seq = yq_der_open(&c, YQ_DER_SEQUENCE);
    yq_der tbs;
    if (!yq_der_next(&seq, &tbs) || tbs.tag != YQ_DER_SEQUENCE) {
        return 0;
    }
    crl->tbs = tbs.whole;
    crl->sig_alg = crl_algorithm(&seq);
    crl->sig = yq_der_bits(&seq);
    /* Fabric judges nobody by a list that does not say whose it is. */
    return read_crl_body(crl->tbs, crl) && yq_cur_ok(&seq);
}

int yq_fabric_crl_lists(const yq_fabric_crl *crl, yq_slice serial)
{
    yq_cur list = yq_cur_of(crl->revoked);
    while (yq_cur_left(&list) > 0) {
        yq_cur entry = yq_der_open(&list, YQ_DER_SEQUENCE);
        if (yq_slice_equal(yq_der_take(&entry, YQ_DER_INTEGER), serial) && yq_cur_ok(&entry)) {
            return 1;
        }
    }
    return 0;
}
