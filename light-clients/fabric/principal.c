#include "light-clients/fabric/msp.h"
#include "light-clients/fabric/wire.h"

/* Classes of MSPPrincipal. */
#define CLASS_ROLE      0u
#define CLASS_UNIT      1u
#define CLASS_IDENTITY  2u
#define CLASS_ANONYMITY 3u
#define CLASS_COMBINED  4u

typedef struct principal {
    uint64_t class_;
    yq_slice bytes;
} principal;

static principal decode_principal(yq_slice in, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    principal out = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_uint(&w, &f, &out.class_);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &out.bytes);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return out;
}

/* MSPRole {1: mspid, 2: role}; OrganizationUnit {1: mspid, 2: text, 3: certifiers}. */
typedef struct subject {
    yq_slice msp_id, text, certifiers;
    uint64_t role;
} subject;

static subject decode_subject(const principal *p, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(p->bytes, form);
    yq_fabric_field f;
    subject out = {0};
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_text(&w, &f, &out.msp_id);
        } else if (f.number == 2 && p->class_ == CLASS_ROLE) {
            yq_fabric_wire_uint(&w, &f, &out.role);
        } else if (f.number == 2) {
            yq_fabric_wire_text(&w, &f, &out.text);
        } else if (f.number == 3 && p->class_ == CLASS_UNIT) {
            yq_fabric_wire_bytes(&w, &f, &out.certifiers);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    return out;
}

static int fits_role(const yq_fabric_identity *id, uint64_t role)
{
    return role < YQ_FABRIC_ROLE_N && (id->roles >> role & 1) != 0;
}

static int fits_unit(const yq_fabric_identity *id, const subject *s, int hopeful)
{
    if (!yq_slice_equal(s->certifiers, YQ_SLICE_OF(id->certifiers)) &&
        !(hopeful && id->certifiers_open)) {
        return 0;
    }
    for (size_t i = 0; i < id->cert.x.ou_n; i++) {
        if (yq_slice_equal(id->cert.x.ou[i], s->text)) {
            return 1;
        }
    }
    return 0;
}

/* One principal that is not COMBINED. */
static yq_status check_plain(
    const yq_fabric_call *call,
    yq_fabric_members *m,
    const yq_fabric_identity *id,
    const principal *p,
    int hopeful,
    int *satisfied)
{
    yq_fabric_form form = {1, 1};
    int is_valid = id->status == YQ_OK;
    int is_open = hopeful && !is_valid && id->surety == YQ_FABRIC_UNSURE;
    *satisfied = 0;
    if (p->class_ == CLASS_IDENTITY) {
        const yq_fabric_identity *named;
        yq_status status = yq_fabric_identity_of(call, m, p->bytes, &named);
        if (status != YQ_OK) {
            return status;
        }
        int same = yq_fabric_identity_same(id, named);
        *satisfied = (same && is_valid) || (is_open && yq_slice_equal(id->msp_id, named->msp_id));
        return YQ_OK;
    }
    if (p->class_ == CLASS_ANONYMITY) {
        /* MSPIdentityAnonymity {1: type}: X.509 identities are NOMINAL, the type 0. */
        *satisfied = (is_valid || is_open) && p->bytes.n == 0;
        return YQ_OK;
    }
    if (p->class_ != CLASS_ROLE && p->class_ != CLASS_UNIT) {
        *satisfied = hopeful;
        return YQ_OK;
    }
    subject s = decode_subject(p, &form);
    if (!form.ok || !yq_slice_equal(s.msp_id, id->msp_id)) {
        return YQ_OK;
    }
    if (is_valid) {
        *satisfied = p->class_ == CLASS_ROLE ? fits_role(id, s.role) : fits_unit(id, &s, hopeful);
    } else {
        *satisfied = is_open;
    }
    return YQ_OK;
}

yq_status yq_fabric_principal_check(
    const yq_fabric_call *call,
    yq_fabric_members *m,
    const yq_fabric_identity *identity,
    yq_slice in,
    int hopeful,
    int *satisfied)
{
    yq_fabric_form form = {1, 1};
    principal p = decode_principal(in, &form);
    *satisfied = 0;
    if (!form.ok) {
        return YQ_OK;
    }
    if (p.class_ != CLASS_COMBINED) {
        return check_plain(call, m, identity, &p, hopeful, satisfied);
    }
    /* CombinedPrincipal {1: repeated MSPPrincipal}: all of them. */
    yq_fabric_wire w = yq_fabric_wire_of(p.bytes, &form);
    yq_fabric_field f;
    int all = 1;
    size_t n = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice item;
        if (f.number != 1 || !yq_fabric_wire_item(&w, &f, &item)) {
            continue;
        }
        principal part = decode_principal(item, &form);
        int one = 0;
        yq_status status = check_plain(call, m, identity, &part, hopeful, &one);
        if (status != YQ_OK) {
            return status;
        }
        all &= one;
        n++;
    }
    *satisfied = form.ok && n > 0 && all;
    return YQ_OK;
}
