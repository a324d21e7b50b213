#include "light-clients/fabric/msp.h"

#include "light-clients/fabric/wire.h"

#define MSP_X509 0u

/* Fields of FabricMSPConfig. */
#define FIELD_NAME         1u
#define FIELD_ROOT         2u
#define FIELD_INTERMEDIATE 3u
#define FIELD_ADMIN        4u
#define FIELD_REVOCATION   5u
#define FIELD_UNIT         7u
#define FIELD_CRYPTO       8u
#define FIELD_NODE_OUS     11u

yq_status yq_fabric_members_begin(
    const yq_fabric_call *call, yq_fabric_members *m, yq_fabric_ou_rules ou_rules)
{
    *m = (yq_fabric_members){.ou_rules = (uint8_t)ou_rules};
    m->msp = yq_fabric_room(call, YQ_FABRIC_MSP_N_MAX, sizeof *m->msp);
    m->identity = yq_fabric_room(call, YQ_FABRIC_IDENTITIES_MAX, sizeof(yq_fabric_identity *));
    if (m->msp == NULL || m->identity == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "members");
    }
    return YQ_OK;
}

static yq_fabric_msp *find_msp(const yq_fabric_members *m, yq_slice id)
{
    for (size_t i = 0; i < m->msp_n; i++) {
        if (yq_slice_equal(m->msp[i].id, id)) {
            return &m->msp[i];
        }
    }
    return NULL;
}

yq_status yq_fabric_members_add(
    const yq_fabric_call *call, yq_fabric_members *m, yq_slice msp_config)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(msp_config, &form);
    yq_fabric_field f;
    yq_fabric_msp msp = {0};
    uint64_t type = MSP_X509;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &type);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &msp.config);
        }
    }
    yq_fabric_wire inner = yq_fabric_wire_of(msp.config, &form);
    while (yq_fabric_wire_next(&inner, &f)) {
        if (f.number == FIELD_NAME) {
            yq_fabric_wire_text(&inner, &f, &msp.id);
        }
    }
    if (!form.ok || msp.id.n == 0) {
        return yq_fabric_fail(call, YQ_E_CONFIG_INVALID, "MSP");
    }
    msp.is_read = type != MSP_X509;
    const yq_fabric_msp *known = find_msp(m, msp.id);
    if (known != NULL) {
        return yq_slice_equal(known->config, msp.config)
                   ? YQ_OK
                   : yq_fabric_fail(call, YQ_E_CONFIG_INVALID, "two MSPs of one name");
    }
    if (m->msp_n == YQ_FABRIC_MSP_N_MAX) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "MSPs");
    }
    m->msp[m->msp_n++] = msp;
    return YQ_OK;
}

typedef struct chain {
    const yq_fabric_cert *ca[YQ_FABRIC_CHAIN_MAX];
    unsigned bit[YQ_FABRIC_CHAIN_MAX]; /* of yq_fabric_msp.inner */
    size_t n;
} chain;

/* What links a certificate to a possible issuer, apart from the signature: names, flags, lengths,
 * time. below: CAs between the leaf and the issuer. */
static int may_issue(
    const yq_x509 *child, const yq_fabric_cert *issuer, size_t below, uint64_t at_ms)
{
    const yq_x509 *x = &issuer->x;
    return yq_slice_equal(child->issuer, x->subject) && x->has_basic && x->is_ca &&
           (!x->has_usage || (x->usage >> 5 & 1) != 0) &&
           (x->path_len < 0 || below <= (size_t)x->path_len) && x->not_before_ms <= at_ms &&
           at_ms <= x->not_after_ms;
}

/* Finds the one issuer among a list. Out: *found counts, *at is the last. */
static yq_status find_issuers(
    const yq_fabric_call *call,
    const yq_x509 *child,
    const yq_fabric_cert *ca,
    size_t ca_n,
    size_t below,
    uint64_t at_ms,
    chain *out)
{
    for (size_t i = 0; i < ca_n; i++) {
        if (!may_issue(child, &ca[i], below, at_ms)) {
            continue;
        }
        yq_status status = yq_fabric_cert_check_issued(call, child, &ca[i]);
        if (status == YQ_E_CERT_CHAIN) {
            continue;
        }
        if (status == YQ_OK && ca[i].x.unknown_critical) {
            status = YQ_E_UNSUPPORTED;
        }
        if (status != YQ_OK) {
            return status;
        }
        if (out->n == below + 1) {
            return YQ_E_UNSUPPORTED; /* two ways up: not the chain's single one, or hard to say */
        }
        out->ca[below] = &ca[i];
        out->bit[below] = (unsigned)i;
        out->n = below + 1;
    }
    return YQ_OK;
}

/*
 * Builds the one chain from a certificate to a root. Returns OK; E_CERT_CHAIN when there is none;
 * E_UNSUPPORTED when something on the way cannot be judged; E_LIMIT, E_BUDGET.
 */
static yq_status build_chain(
    const yq_fabric_call *call, const yq_fabric_msp *msp, const yq_x509 *leaf, chain *out)
{
    uint64_t at_ms = leaf->not_before_ms + 1000;
    const yq_x509 *child = leaf;
    *out = (chain){0};
    if (at_ms > leaf->not_after_ms) {
        return YQ_E_CERT_CHAIN;
    }
    for (size_t below = 0; below < YQ_FABRIC_CHAIN_MAX; below++) {
        yq_status status = find_issuers(call, child, msp->root, msp->root_n, below, at_ms, out);
        int is_root = out->n == below + 1;
        if (status == YQ_OK) {
            status = find_issuers(
                call, child, msp->intermediate, msp->intermediate_n, below, at_ms, out);
        }
        if (status != YQ_OK) {
            return status;
        }
        if (out->n == below) {
            return YQ_E_CERT_CHAIN;
        }
        if (is_root) {
            return YQ_OK;
        }
        out->bit[below] += 32;
        child = &out->ca[below]->x;
    }
    return YQ_E_UNSUPPORTED;
}

static yq_digest certifiers_of(
    const yq_fabric_call *call, const yq_fabric_cert *first, const chain *rest)
{
    yq_slice part[YQ_FABRIC_CHAIN_MAX + 1];
    size_t n = 0;
    if (first != NULL) {
        part[n++] = first->der;
    }
    for (size_t i = 0; i < rest->n; i++) {
        part[n++] = rest->ca[i]->der;
    }
    yq_digest md;
    yq_fabric_sha256(call, part, n, &md);
    return md;
}

/* Counts a repeated field, then reads its items as certificates. Returns 0 when one cannot be. */
static int read_certs(
    const yq_fabric_call *call,
    yq_slice config,
    uint32_t number,
    yq_fabric_cert **out,
    size_t *out_n)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(config, &form);
    yq_fabric_field f;
    size_t n = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        n += f.number == number && f.type == YQ_FABRIC_BYTES ? 1 : 0;
    }
    *out = yq_fabric_room(call, n, sizeof **out);
    if (*out == NULL || n > YQ_FABRIC_MSP_CERTS_MAX) {
        return 0;
    }
    w = yq_fabric_wire_of(config, &form);
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice pem;
        if (f.number == number && yq_fabric_wire_item(&w, &f, &pem) &&
            !yq_fabric_cert_read(call, pem, &(*out)[(*out_n)++])) {
            return 0;
        }
    }
    return 1;
}

static void read_crls(const yq_fabric_call *call, yq_fabric_msp *msp)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(msp->config, &form);
    yq_fabric_field f;
    msp->crl = yq_fabric_room(call, YQ_FABRIC_MSP_CERTS_MAX, sizeof *msp->crl);
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice in;
        if (f.number != FIELD_REVOCATION || !yq_fabric_wire_item(&w, &f, &in)) {
            continue;
        }
        if (msp->crl == NULL || msp->crl_n == YQ_FABRIC_MSP_CERTS_MAX ||
            !yq_fabric_crl_read(call, in, &msp->crl[msp->crl_n])) {
            msp->crl_unread = 1;
            continue;
        }
        msp->crl_n++;
    }
}

/* FabricOUIdentifier {1: certificate, 2: text}. Returns 0 when the certificate is not one of the
 * MSP's CAs. */
static int read_unit(
    const yq_fabric_call *call, const yq_fabric_msp *msp, yq_slice in, yq_fabric_unit *unit)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    yq_slice pem = {0};
    *unit = (yq_fabric_unit){0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &pem);
        } else if (f.number == 2) {
            yq_fabric_wire_text(&w, &f, &unit->text);
        }
    }
    unit->any_certifier = pem.n == 0;
    if (unit->any_certifier) {
        return 1;
    }
    yq_fabric_cert cert;
    if (!yq_fabric_cert_read(call, pem, &cert)) {
        return 0;
    }
    chain none = {0}, up;
    for (size_t i = 0; i < msp->root_n; i++) {
        if (yq_slice_equal(msp->root[i].der, cert.der)) {
            unit->certifiers = certifiers_of(call, &msp->root[i], &none);
            return 1;
        }
    }
    for (size_t i = 0; i < msp->intermediate_n; i++) {
        if (yq_slice_equal(msp->intermediate[i].der, cert.der)) {
            yq_status status = build_chain(call, msp, &msp->intermediate[i].x, &up);
            unit->certifiers = certifiers_of(call, &msp->intermediate[i], &up);
            return status == YQ_OK;
        }
    }
    return 0;
}

/* FabricNodeOUs {1: enable, 2: client, 3: peer, 4: admin, 5: orderer}. */
static int read_node_ous(
    const yq_fabric_call *call, yq_fabric_msp *msp, yq_slice in, uint8_t ou_rules)
{
    static const uint8_t role_of[] = {
        0,
        0,
        YQ_FABRIC_ROLE_CLIENT,
        YQ_FABRIC_ROLE_PEER,
        YQ_FABRIC_ROLE_ADMIN,
        YQ_FABRIC_ROLE_ORDERER};
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    uint64_t enable = 0;
    int good = 1;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice body;
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &enable);
        } else if (f.number >= 2 && f.number <= 5 && yq_fabric_wire_bytes(&w, &f, &body)) {
            unsigned role = role_of[f.number];
            int counts = ou_rules == YQ_FABRIC_OUS_ALL || role == YQ_FABRIC_ROLE_CLIENT ||
                         role == YQ_FABRIC_ROLE_PEER;
            good &= read_unit(call, msp, body, &msp->role[role]);
            msp->has_role[role] = counts && msp->role[role].text.n > 0;
        }
    }
    msp->node_ous = enable != 0 && ou_rules != YQ_FABRIC_OUS_NONE;
    return good;
}

/* FabricCryptoConfig {1: signature_hash_family, 2: identity_identifier_hash_function}. */
static int is_known_crypto(const yq_fabric_call *call, yq_slice in)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, &form);
    yq_fabric_field f;
    yq_slice family = {0}, function = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &family);
        } else if (f.number == 2) {
            yq_fabric_wire_text(&w, &f, &function);
        }
    }
    int is_sm = call->dialect->signing != YQ_FABRIC_SIGNING_PLAIN &&
                yq_slice_equal(family, yq_slice_text("SM3")) &&
                yq_slice_equal(function, yq_slice_text("SM3"));
    return is_sm || ((family.n == 0 || yq_slice_equal(family, yq_slice_text("SHA2"))) &&
                     (function.n == 0 || yq_slice_equal(function, yq_slice_text("SHA256"))));
}

/* The parts of an MSP that need its CAs. */
static int read_rules(const yq_fabric_call *call, yq_fabric_msp *msp, uint8_t ou_rules)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(msp->config, &form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice body;
        if (f.type != YQ_FABRIC_BYTES) {
            continue;
        }
        body = f.bytes;
        if (f.number == FIELD_CRYPTO && !is_known_crypto(call, body)) {
            return 0;
        }
        if (f.number == FIELD_NODE_OUS && !read_node_ous(call, msp, body, ou_rules)) {
            return 0;
        }
        if (f.number == FIELD_UNIT && (msp->unit_n == YQ_FABRIC_OU_IDS_MAX ||
                                       !read_unit(call, msp, body, &msp->unit[msp->unit_n++]))) {
            return 0;
        }
    }
    return form.ok;
}

/* Returns E_CERT_CHAIN when a list of the issuer names the serial, E_UNSUPPORTED when one does
 * whose signature cannot be judged; a failure of the host. */
static yq_status check_listed(
    const yq_fabric_call *call,
    const yq_fabric_msp *msp,
    yq_slice serial,
    const yq_fabric_cert *issuer)
{
    yq_status listed = YQ_OK;
    for (size_t i = 0; i < msp->crl_n; i++) {
        const yq_fabric_crl *crl = &msp->crl[i];
        if (!yq_slice_equal(crl->authority_key_id, issuer->x.subject_key_id) ||
            !yq_fabric_crl_lists(crl, serial)) {
            continue;
        }
        yq_status status = yq_fabric_crl_check_issued(call, crl, issuer);
        if (status == YQ_OK) {
            return YQ_E_CERT_CHAIN;
        }
        if (status != YQ_E_CERT_CHAIN) {
            listed = status;
        }
    }
    return listed;
}

/* Fabric sets no MSP up whose CAs are none, or have no key identifier to find their lists by. */
static int are_authorities(const yq_fabric_cert *ca, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!ca[i].x.is_ca || ca[i].x.subject_key_id.n == 0) {
            return 0;
        }
    }
    return 1;
}

/* Notes which CAs have others below them. Returns 0 when an intermediate leads to no root or is
 * revoked: the chain's nodes would not have such an MSP. */
static int read_tree(const yq_fabric_call *call, yq_fabric_msp *msp)
{
    for (size_t i = 0; i < msp->intermediate_n; i++) {
        const yq_x509 *x = &msp->intermediate[i].x;
        chain up;
        if (build_chain(call, msp, x, &up) != YQ_OK ||
            check_listed(call, msp, x->serial, up.ca[0]) != YQ_OK) {
            return 0;
        }
        for (size_t k = 0; k < up.n; k++) {
            msp->inner |= (uint64_t)1 << up.bit[k];
        }
    }
    return 1;
}

static void read_msp(const yq_fabric_call *call, yq_fabric_msp *msp, uint8_t ou_rules)
{
    msp->is_read = 1;
    yq_slice config = msp->config;
    if (!read_certs(call, config, FIELD_ROOT, &msp->root, &msp->root_n) ||
        !read_certs(call, config, FIELD_INTERMEDIATE, &msp->intermediate, &msp->intermediate_n) ||
        !read_certs(call, config, FIELD_ADMIN, &msp->admin, &msp->admin_n) ||
        !read_rules(call, msp, ou_rules)) {
        return;
    }
    read_crls(call, msp);
    msp->is_usable = msp->root_n > 0 && are_authorities(msp->root, msp->root_n) &&
                     are_authorities(msp->intermediate, msp->intermediate_n) &&
                     read_tree(call, msp);
}

static void refuse(yq_fabric_identity *id, yq_status status, yq_fabric_surety surety)
{
    id->status = status;
    id->surety = (uint8_t)surety;
}

static int unit_fits(const yq_fabric_unit *unit, yq_slice text, const yq_digest *certifiers)
{
    return yq_slice_equal(unit->text, text) &&
           (unit->any_certifier || memcmp(unit->certifiers.b, certifiers->b, YQ_DIGEST_SIZE) == 0);
}

/* The MSP's demands on organisational units; sets roles. */
static int check_units(yq_fabric_identity *id)
{
    const yq_fabric_msp *msp = id->msp;
    const yq_x509 *x = &id->cert.x;
    int found = msp->unit_n == 0;
    unsigned special = 0;
    for (size_t i = 0; i < x->ou_n; i++) {
        for (size_t k = 0; k < msp->unit_n; k++) {
            found |= unit_fits(&msp->unit[k], x->ou[i], &id->certifiers);
        }
        for (unsigned role = 1; role < YQ_FABRIC_ROLE_N && msp->node_ous; role++) {
            if (!msp->has_role[role] || !yq_slice_equal(msp->role[role].text, x->ou[i])) {
                continue;
            }
            if (!unit_fits(&msp->role[role], x->ou[i], &id->certifiers)) {
                return 0;
            }
            id->roles = (uint8_t)(id->roles | 1u << role);
            special++;
        }
    }
    return found && (!msp->node_ous || special == 1);
}

/* Judges a certificate that could be read. Returns OK or a failure of the host. */
static yq_status judge(const yq_fabric_call *call, yq_fabric_identity *id)
{
    const yq_fabric_msp *msp = id->msp;
    const yq_x509 *x = &id->cert.x;
    size_t half;
    if (x->is_ca) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_SURE);
        return YQ_OK;
    }
    if (x->unknown_critical || yq_fabric_key_alg(call, x, &half) == YQ_SIG_INVALID) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_UNSURE);
        return YQ_OK;
    }
    chain up;
    yq_status status = build_chain(call, msp, x, &up);
    if (status == YQ_E_BUDGET || status == YQ_E_LIMIT) {
        return status;
    }
    if (status != YQ_OK) {
        refuse(id, YQ_E_CERT_CHAIN, status == YQ_E_CERT_CHAIN ? YQ_FABRIC_SURE : YQ_FABRIC_UNSURE);
        return YQ_OK;
    }
    if ((msp->inner >> up.bit[0] & 1) != 0 || !yq_fabric_cert_is_general(x)) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_SURE);
        return YQ_OK;
    }
    id->certifiers = certifiers_of(call, NULL, &up);
    if (!check_units(id)) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_SURE);
        return YQ_OK;
    }
    for (size_t i = 0; i < msp->admin_n; i++) {
        if (memcmp(msp->admin[i].content.b, id->cert.content.b, YQ_DIGEST_SIZE) == 0) {
            id->roles |= 1u << YQ_FABRIC_ROLE_ADMIN;
        }
    }
    id->roles |= 1u << YQ_FABRIC_ROLE_MEMBER;
    if (msp->crl_unread) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_UNSURE);
        return YQ_OK;
    }
    status = check_listed(call, msp, x->serial, up.ca[0]);
    if (status == YQ_E_CERT_CHAIN || status == YQ_E_UNSUPPORTED) {
        refuse(id, YQ_E_CERT_CHAIN, status == YQ_E_CERT_CHAIN ? YQ_FABRIC_SURE : YQ_FABRIC_UNSURE);
        return YQ_OK;
    }
    return status;
}

static int contains(yq_slice in, const char *text)
{
    yq_slice want = yq_slice_text(text);
    for (size_t i = 0; i + want.n <= in.n; i++) {
        if (memcmp(in.p + i, want.p, want.n) == 0) {
            return 1;
        }
    }
    return 0;
}

static yq_status make_identity(
    const yq_fabric_call *call, yq_fabric_members *m, yq_fabric_identity *id)
{
    yq_fabric_msp *msp = find_msp(m, id->msp_id);
    if (msp == NULL) {
        refuse(id, YQ_E_SIGNER_UNKNOWN, YQ_FABRIC_SURE);
        return YQ_OK;
    }
    if (!msp->is_read) {
        read_msp(call, msp, m->ou_rules);
    }
    id->msp = msp;
    if (!yq_fabric_cert_read(call, id->pem, &id->cert)) {
        /* Without a block there is nothing for anyone to read. */
        refuse(
            id,
            YQ_E_CERT_CHAIN,
            contains(id->pem, "-----BEGIN ") ? YQ_FABRIC_UNSURE : YQ_FABRIC_SURE);
        return YQ_OK;
    }
    if (!msp->is_usable) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_UNSURE);
        return YQ_OK;
    }
    return judge(call, id);
}

static yq_fabric_identity *new_identity(const yq_fabric_call *call, yq_fabric_members *m)
{
    if (m->identity_n == YQ_FABRIC_IDENTITIES_MAX) {
        return NULL;
    }
    yq_fabric_identity *id = yq_fabric_room(call, 1, sizeof *id);
    if (id != NULL) {
        m->identity[m->identity_n++] = id;
    }
    return id;
}

yq_status yq_fabric_identity_of_parts(
    const yq_fabric_call *call,
    yq_fabric_members *m,
    yq_slice msp_id,
    yq_slice pem,
    const yq_fabric_identity **out)
{
    for (size_t i = 0; i < m->identity_n; i++) {
        if (yq_slice_equal(m->identity[i]->pem, pem) &&
            yq_slice_equal(m->identity[i]->msp_id, msp_id)) {
            *out = m->identity[i];
            return YQ_OK;
        }
    }
    yq_fabric_identity *id = new_identity(call, m);
    *out = id;
    if (id == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "identities");
    }
    id->msp_id = msp_id;
    id->pem = pem;
    yq_status status = make_identity(call, m, id);
    return status == YQ_OK ? YQ_OK : yq_fabric_fail(call, status, "identity");
}

yq_status yq_fabric_identity_of(
    const yq_fabric_call *call,
    yq_fabric_members *m,
    yq_slice serialized,
    const yq_fabric_identity **out)
{
    for (size_t i = 0; i < m->identity_n; i++) {
        if (m->identity[i]->serialized.n > 0 &&
            yq_slice_equal(m->identity[i]->serialized, serialized)) {
            *out = m->identity[i];
            return YQ_OK;
        }
    }
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(serialized, &form);
    yq_fabric_field f;
    yq_fabric_identity *id = new_identity(call, m);
    *out = id;
    if (id == NULL) {
        return yq_fabric_fail(call, YQ_E_LIMIT, "identities");
    }
    id->serialized = serialized;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &id->msp_id);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &id->pem);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    if (!form.ok || !form.strict) {
        refuse(id, YQ_E_NONCANONICAL, form.ok ? YQ_FABRIC_UNSURE : YQ_FABRIC_SURE);
        return YQ_OK;
    }
    yq_status status = make_identity(call, m, id);
    return status == YQ_OK ? YQ_OK : yq_fabric_fail(call, status, "identity");
}

int yq_fabric_identity_same(const yq_fabric_identity *a, const yq_fabric_identity *b)
{
    if (!yq_slice_equal(a->msp_id, b->msp_id)) {
        return 0;
    }
    if (a->cert.der.n == 0 || b->cert.der.n == 0) {
        return yq_slice_equal(a->pem, b->pem);
    }
    return memcmp(a->cert.content.b, b->cert.content.b, YQ_DIGEST_SIZE) == 0;
}
