/* Organisations and who belongs to them. */
#include "light-clients/fabric/chain.h"
#include "light-clients/fabric/wire.h"

#define MSP_X509 0u

/* Of FabricMSPConfig. */
#define FIELD_NAME 1u

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

/* Judges a certificate that could be read. What the host could not give is noted by the meter. */
static void judge(const yq_fabric_call *call, yq_fabric_identity *id)
{
    const yq_fabric_msp *msp = id->msp;
    const yq_x509 *x = &id->cert.x;
    size_t half;
    if (x->is_ca) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_SURE);
        return;
    }
    if (x->unknown_critical || yq_fabric_key_alg(call, x, &half) == YQ_SIG_INVALID) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_UNSURE);
        return;
    }
    yq_fabric_chain up;
    yq_status status = yq_fabric_chain_build(call, msp, x, &up);
    if (status != YQ_OK) {
        refuse(id, YQ_E_CERT_CHAIN, status == YQ_E_CERT_CHAIN ? YQ_FABRIC_SURE : YQ_FABRIC_UNSURE);
        return;
    }
    if ((msp->inner >> up.bit[0] & 1) != 0 || !yq_fabric_cert_is_general(x)) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_SURE);
        return;
    }
    id->certifiers = yq_fabric_chain_certifiers(call, NULL, &up);
    for (size_t i = 0; i < up.n; i++) {
        id->certifiers_open |= !up.ca[i]->is_low;
    }
    if (!check_units(id)) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_SURE);
        return;
    }
    for (size_t i = 0; i < msp->admin_n; i++) {
        if (memcmp(msp->admin[i].content.b, id->cert.content.b, YQ_DIGEST_SIZE) == 0) {
            id->roles |= 1u << YQ_FABRIC_ROLE_ADMIN;
        }
    }
    id->roles |= 1u << YQ_FABRIC_ROLE_MEMBER;
    if (msp->crl_unread) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_UNSURE);
        return;
    }
    status = yq_fabric_check_listed(call, msp, x->serial, up.ca[0]);
    if (status != YQ_OK) {
        refuse(id, YQ_E_CERT_CHAIN, status == YQ_E_CERT_CHAIN ? YQ_FABRIC_SURE : YQ_FABRIC_UNSURE);
    }
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

static void make_identity(const yq_fabric_call *call, yq_fabric_members *m, yq_fabric_identity *id)
{
    yq_fabric_msp *msp = find_msp(m, id->msp_id);
    if (msp == NULL) {
        refuse(id, YQ_E_SIGNER_UNKNOWN, YQ_FABRIC_SURE);
        return;
    }
    if (!msp->is_read) {
        yq_fabric_msp_read(call, msp, m->ou_rules);
    }
    id->msp = msp;
    if (!yq_fabric_cert_read(call, id->pem, &id->cert)) {
        /* Without a block there is nothing for anyone to read. */
        refuse(
            id,
            YQ_E_CERT_CHAIN,
            contains(id->pem, "-----BEGIN ") ? YQ_FABRIC_UNSURE : YQ_FABRIC_SURE);
        return;
    }
    if (!msp->is_usable) {
        refuse(id, YQ_E_CERT_CHAIN, YQ_FABRIC_UNSURE);
        return;
    }
    judge(call, id);
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
    make_identity(call, m, id);
    return YQ_OK;
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
    make_identity(call, m, id);
    return YQ_OK;
}

int yq_fabric_identity_same(const yq_fabric_identity *a, const yq_fabric_identity *b)
{
    if (!yq_slice_equal(a->msp_id, b->msp_id)) {
        return 0;
    }
    if (a->cert.der.n == 0) {
        return yq_slice_equal(a->pem, b->pem);
    }
    return memcmp(a->cert.content.b, b->cert.content.b, YQ_DIGEST_SIZE) == 0;
}
