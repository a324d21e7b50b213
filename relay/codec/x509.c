#include "relay/codec/x509.h"

#include "relay/codec/der.h"
#include "relay/codec/msgpack.h"

#define EXTENSIONS_MAX  32u
#define SERIAL_SIZE_MAX 20u
#define VERSION_3       2u

#define OID(text)                                                                                  \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
static const yq_slice oid_ec_key = OID("\x2a\x86\x48\xce\x3d\x02\x01");
static const yq_slice oid_p256 = OID("\x2a\x86\x48\xce\x3d\x03\x01\x07");
static const yq_slice oid_p384 = OID("\x2b\x81\x04\x00\x22");
static const yq_slice oid_sm2 = OID("\x2a\x81\x1c\xcf\x55\x01\x82\x2d");
static const yq_slice oid_ed25519 = OID("\x2b\x65\x70");
static const yq_slice oid_ecdsa_sha256 = OID("\x2a\x86\x48\xce\x3d\x04\x03\x02");
static const yq_slice oid_ecdsa_sha384 = OID("\x2a\x86\x48\xce\x3d\x04\x03\x03");
static const yq_slice oid_sm2_sm3 = OID("\x2a\x81\x1c\xcf\x55\x01\x83\x75");
static const yq_slice oid_common_name = OID("\x55\x04\x03");
static const yq_slice oid_unit = OID("\x55\x04\x0b");
static const yq_slice oid_subject_key_id = OID("\x55\x1d\x0e");
static const yq_slice oid_key_usage = OID("\x55\x1d\x0f");
static const yq_slice oid_basic = OID("\x55\x1d\x13");
static const yq_slice oid_authority_key_id = OID("\x55\x1d\x23");

/* An AlgorithmIdentifier: whole bytes, OID, and its parameters (empty: none). */
typedef struct algorithm {
    yq_slice whole, oid, parameters;
    uint8_t parameters_tag;
} algorithm;

static algorithm take_algorithm(yq_cur *c)
{
    algorithm out = {0};
    size_t start = c->pos;
    yq_cur seq = yq_der_open(c, YQ_DER_SEQUENCE);
    out.oid = yq_der_take(&seq, YQ_DER_OID);
    yq_der parameters;
    if (yq_der_next(&seq, &parameters)) {
        out.parameters = parameters.content;
        out.parameters_tag = parameters.tag;
    }
    yq_der_close(&seq, c);
    if (yq_cur_ok(c)) {
        out.whole = yq_slice_of(c->p + start, c->pos - start);
    }
    return out;
}

static uint8_t signature_of(const algorithm *alg)
{
    int is_bare = alg->parameters_tag == 0;
    int is_null = alg->parameters_tag == YQ_DER_NULL && alg->parameters.n == 0;
    if (is_bare && yq_slice_equal(alg->oid, oid_ecdsa_sha256)) {
        return YQ_X509_SIG_ECDSA_SHA256;
    }
    if (is_bare && yq_slice_equal(alg->oid, oid_ecdsa_sha384)) {
        return YQ_X509_SIG_ECDSA_SHA384;
    }
    if (is_bare && yq_slice_equal(alg->oid, oid_ed25519)) {
        return YQ_X509_SIG_ED25519;
    }
    /* GM/T 0015 has no parameters, yet common tools write NULL. */
    if ((is_bare || is_null) && yq_slice_equal(alg->oid, oid_sm2_sm3)) {
        return YQ_X509_SIG_SM2_SM3;
    }
    return YQ_X509_SIG_OTHER;
}

static uint8_t curve_of(const algorithm *alg, size_t *size)
{
    if (!yq_slice_equal(alg->oid, oid_ec_key) || alg->parameters_tag != YQ_DER_OID) {
        return YQ_X509_KEY_OTHER;
    }
    *size = 64;
    if (yq_slice_equal(alg->parameters, oid_p256)) {
        return YQ_X509_KEY_P256;
    }
    if (yq_slice_equal(alg->parameters, oid_sm2)) {
        return YQ_X509_KEY_SM2;
    }
    if (yq_slice_equal(alg->parameters, oid_p384)) {
        *size = 96;
        return YQ_X509_KEY_P384;
    }
    return YQ_X509_KEY_OTHER;
}

static void take_key(yq_cur *c, yq_x509 *out)
{
    size_t start = c->pos;
    yq_cur seq = yq_der_open(c, YQ_DER_SEQUENCE);
    algorithm alg = take_algorithm(&seq);
    out->key = yq_der_bits(&seq);
    yq_der_close(&seq, c);
    if (!yq_cur_ok(c)) {
        return;
    }
    out->spki = yq_slice_of(c->p + start, c->pos - start);
    size_t size = 0;
    uint8_t curve = curve_of(&alg, &size);
    if (curve != YQ_X509_KEY_OTHER && out->key.n == size + 1 && out->key.p[0] == 4) {
        out->key_alg = curve;
        out->key = yq_slice_of(out->key.p + 1, size);
    } else if (
        yq_slice_equal(alg.oid, oid_ed25519) && alg.parameters_tag == 0 && out->key.n == 32) {
        out->key_alg = YQ_X509_KEY_ED25519;
    }
}

/* One attribute of a name; out is NULL for the issuer's. */
static void take_attribute(yq_cur *set, yq_x509 *out)
{
    size_t at = set->pos;
    yq_cur seq = yq_der_open(set, YQ_DER_SEQUENCE);
    yq_slice oid = yq_der_take(&seq, YQ_DER_OID);
    yq_der value;
    if (!yq_der_next(&seq, &value)) {
        yq_cur_fail(&seq, YQ_E_TRUNCATED, value.at);
    }
    if (yq_cur_ok(&seq) && value.tag == YQ_DER_UTF8 && !yq_utf8_valid(value.content)) {
        yq_cur_fail(&seq, YQ_E_UTF8, value.at);
    }
    yq_der_close(&seq, set);
    int is_text =
        value.tag == YQ_DER_UTF8 || value.tag == YQ_DER_PRINTABLE || value.tag == YQ_DER_IA5;
    if (!yq_cur_ok(set) || out == NULL || !is_text) {
        return;
    }
    if (yq_slice_equal(oid, oid_common_name)) {
        out->common_name = value.content;
    } else if (yq_slice_equal(oid, oid_unit) && out->ou_n == YQ_X509_OU_MAX) {
        yq_cur_fail_field(set, YQ_E_LIMIT, at, "organizational units");
    } else if (yq_slice_equal(oid, oid_unit)) {
        out->ou[out->ou_n++] = value.content;
    }
}

static yq_slice take_name(yq_cur *c, yq_x509 *out)
{
    size_t start = c->pos;
    yq_cur name = yq_der_open(c, YQ_DER_SEQUENCE);
    while (yq_cur_left(&name) > 0) {
        yq_cur set = yq_der_open(&name, YQ_DER_SET);
        do {
            take_attribute(&set, out);
        } while (yq_cur_left(&set) > 0);
        yq_der_close(&set, &name);
    }
    yq_der_close(&name, c);
    return yq_cur_ok(c) ? yq_slice_of(c->p + start, c->pos - start) : (yq_slice){0};
}

static int take_bool(yq_cur *c)
{
    size_t at = c->pos;
    yq_slice s = yq_der_take(c, YQ_DER_BOOLEAN);
    /* FALSE is the default of every BOOLEAN here, which DER leaves out. */
    if (yq_cur_ok(c) && (s.n != 1 || s.p[0] != 0xff)) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, at);
    }
    return yq_cur_ok(c);
}

static void take_basic(yq_cur *c, yq_x509 *out)
{
    out->has_basic = 1;
    yq_cur seq = yq_der_open(c, YQ_DER_SEQUENCE);
    if (yq_der_peek(&seq) == YQ_DER_BOOLEAN) {
        out->is_ca = take_bool(&seq);
    }
    if (yq_der_peek(&seq) == YQ_DER_INTEGER) {
        uint8_t len;
        size_t at = seq.pos;
        yq_der_uint(&seq, &len, 1);
        if (yq_cur_ok(&seq) && !out->is_ca) {
            yq_cur_fail_field(&seq, YQ_E_RANGE, at, "pathLenConstraint");
        }
        out->path_len = len;
    }
    yq_der_close(&seq, c);
}

static void take_usage(yq_cur *c, yq_x509 *out)
{
    size_t at = c->pos;
    yq_slice s = yq_der_take(c, YQ_DER_BIT_STRING);
    if (!yq_cur_ok(c)) {
        return;
    }
    if (s.n < 2 || s.n > 3 || s.p[0] > 7) {
        yq_cur_fail_field(c, YQ_E_LEN, at, "keyUsage");
        return;
    }
    /* A list of named bits ends with its last bit that is set. */
    uint8_t last = s.p[s.n - 1];
    if ((last >> s.p[0] & 1) == 0 || (last & ((1u << s.p[0]) - 1)) != 0) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "keyUsage");
        return;
    }
    out->has_usage = 1;
    for (unsigned bit = 0; bit < 8 * (s.n - 1); bit++) {
        if ((s.p[1 + bit / 8] >> (7 - bit % 8) & 1) != 0) {
            out->usage = (uint16_t)(out->usage | 1u << bit);
        }
    }
}

static void take_authority_key_id(yq_cur *c, yq_x509 *out)
{
    yq_cur seq = yq_der_open(c, YQ_DER_SEQUENCE);
    yq_der part;
    while (yq_der_next(&seq, &part)) {
        if (part.tag == YQ_DER_CONTEXT(0)) {
            out->authority_key_id = part.content;
        }
    }
    yq_der_close(&seq, c);
}

static void take_extension_value(yq_cur *seq, yq_slice oid, int critical, yq_x509 *out)
{
    yq_cur value = yq_der_open(seq, YQ_DER_OCTET_STRING);
    if (!yq_cur_ok(seq)) {
        return;
    }
    if (yq_slice_equal(oid, oid_basic)) {
        take_basic(&value, out);
    } else if (yq_slice_equal(oid, oid_key_usage)) {
        take_usage(&value, out);
    } else if (yq_slice_equal(oid, oid_subject_key_id)) {
        out->subject_key_id = yq_der_take(&value, YQ_DER_OCTET_STRING);
    } else if (yq_slice_equal(oid, oid_authority_key_id)) {
        take_authority_key_id(&value, out);
    } else {
        out->unknown_critical |= critical;
        return;
    }
    yq_der_close(&value, seq);
}

static void take_extensions(yq_cur *c, yq_x509 *out)
{
    yq_slice seen[EXTENSIONS_MAX];
    size_t n = 0;
    yq_cur outer = yq_der_open(c, YQ_DER_EXPLICIT(3));
    yq_cur list = yq_der_open(&outer, YQ_DER_SEQUENCE);
    while (yq_cur_left(&list) > 0) {
        size_t at = list.pos;
        yq_cur seq = yq_der_open(&list, YQ_DER_SEQUENCE);
        yq_slice oid = yq_der_take(&seq, YQ_DER_OID);
        int critical = yq_der_peek(&seq) == YQ_DER_BOOLEAN ? take_bool(&seq) : 0;
        take_extension_value(&seq, oid, critical, out);
        yq_der_close(&seq, &list);
        for (size_t i = 0; i < n && yq_cur_ok(&list); i++) {
            if (yq_slice_equal(seen[i], oid)) {
                yq_cur_fail_field(&list, YQ_E_FIELD_DUP, at, "extension");
            }
        }
        if (n == EXTENSIONS_MAX) {
            yq_cur_fail_field(&list, YQ_E_LIMIT, at, "extensions");
            break;
        }
        seen[n++] = oid;
    }
    yq_der_close(&list, &outer);
    yq_der_close(&outer, c);
}

static void take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_ok(c) && yq_der_peek(c) != YQ_DER_EXPLICIT(0)) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
        return;
    }
    yq_cur outer = yq_der_open(c, YQ_DER_EXPLICIT(0));
    uint8_t version;
    yq_der_uint(&outer, &version, 1);
    yq_der_close(&outer, c);
    if (yq_cur_ok(c) && version != VERSION_3) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

static yq_slice take_serial(yq_cur *c)
{
    size_t at = c->pos;
    yq_cur look = *c;
    uint8_t number[SERIAL_SIZE_MAX];
    yq_der_uint(&look, number, sizeof number);
    if (!yq_cur_ok(&look)) {
        yq_cur_fail_field(c, look.status, at, "serial");
    }
    return yq_der_take(c, YQ_DER_INTEGER);
}

static algorithm take_tbs(yq_cur *c, yq_x509 *out)
{
    size_t start = c->pos;
    yq_cur tbs = yq_der_open(c, YQ_DER_SEQUENCE);
    take_version(&tbs);
    out->serial = take_serial(&tbs);
    algorithm alg = take_algorithm(&tbs);
    out->issuer = take_name(&tbs, NULL);
    yq_cur validity = yq_der_open(&tbs, YQ_DER_SEQUENCE);
    out->not_before_ms = yq_der_time_ms(&validity);
    out->not_after_ms = yq_der_time_ms(&validity);
    yq_der_close(&validity, &tbs);
    out->subject = take_name(&tbs, out);
    take_key(&tbs, out);
    for (uint8_t id = 1; id <= 2; id++) { /* unique identifiers: old, allowed, not read */
        if (yq_der_peek(&tbs) == YQ_DER_CONTEXT(id)) {
            (void)yq_der_take(&tbs, (uint8_t)YQ_DER_CONTEXT(id));
        }
    }
    if (yq_der_peek(&tbs) == YQ_DER_EXPLICIT(3)) {
        take_extensions(&tbs, out);
    }
    yq_der_close(&tbs, c);
    if (yq_cur_ok(c)) {
        out->tbs = yq_slice_of(c->p + start, c->pos - start);
    }
    return alg;
}

yq_status yq_x509_decode(yq_slice in, yq_x509 *out, yq_fault *why)
{
    *out = (yq_x509){.path_len = -1};
    yq_cur c = yq_cur_of(in);
    yq_cur certificate = yq_der_open(&c, YQ_DER_SEQUENCE);
    algorithm inner = take_tbs(&certificate, out);
    size_t at = certificate.pos;
    algorithm alg = take_algorithm(&certificate);
    if (yq_cur_ok(&certificate) && !yq_slice_equal(inner.whole, alg.whole)) {
        yq_cur_fail_field(&certificate, YQ_E_NONCANONICAL, at, "signatureAlgorithm");
    }
    out->sig_alg = signature_of(&alg);
    out->sig = yq_der_bits(&certificate);
    yq_der_close(&certificate, &c);
    return yq_cur_done(&c, why);
}
