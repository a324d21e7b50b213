/* What an MSP is made of: CAs, administrators, lists, organisational units. */
#include "light-clients/fabric/chain.h"
#include "light-clients/fabric/wire.h"

/* Fields of FabricMSPConfig. */
#define FIELD_ROOT         2u
#define FIELD_INTERMEDIATE 3u
#define FIELD_ADMIN        4u
#define FIELD_REVOCATION   5u
#define FIELD_UNIT         7u
#define FIELD_CRYPTO       8u
#define FIELD_NODE_OUS     11u

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
    yq_fabric_chain none = {0}, up;
    for (size_t i = 0; i < msp->root_n; i++) {
        if (yq_slice_equal(msp->root[i].der, cert.der)) {
            unit->certifiers = yq_fabric_chain_certifiers(call, &msp->root[i], &none);
            return 1;
        }
    }
    for (size_t i = 0; i < msp->intermediate_n; i++) {
        if (yq_slice_equal(msp->intermediate[i].der, cert.der)) {
            yq_status status = yq_fabric_chain_build(call, msp, &msp->intermediate[i].x, &up);
            unit->certifiers = yq_fabric_chain_certifiers(call, &msp->intermediate[i], &up);
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
        yq_fabric_chain up;
        if (yq_fabric_chain_build(call, msp, x, &up) != YQ_OK ||
            yq_fabric_check_listed(call, msp, x->serial, up.ca[0]) != YQ_OK) {
            return 0;
        }
        for (size_t k = 0; k < up.n; k++) {
            msp->inner |= (uint64_t)1 << up.bit[k];
        }
    }
    return 1;
}

void yq_fabric_msp_read(const yq_fabric_call *call, yq_fabric_msp *msp, uint8_t ou_rules)
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
