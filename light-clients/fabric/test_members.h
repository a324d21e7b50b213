#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_MEMBERS_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_MEMBERS_H

/* A membership of one organisation, and what it makes of a certificate. */
#include "light-clients/fabric/bundle.h"
#include "light-clients/fabric/test_net.h"

#include <criterion/criterion.h>

static yq_fabric_meter meter;
static yq_fabric_dialect dialect = YQ_FABRIC_PLAIN;
static yq_fault why;

static inline yq_fabric_call members_call(client *c)
{
    call_begin(c, 0);
    return (yq_fabric_call){.host = &c->host, .why = &why, .meter = &meter, .dialect = &dialect};
}

typedef struct msp_spec {
    yq_slice root, intermediate, admin, crl;
    yq_slice more_root, more_intermediate; /* a second one */
    yq_slice extra;                        /* behind the last field */
    int no_ous;
    int old; /* 1: the rules before V1_4_3, 2: before V1_1 */
} msp_spec;

static inline yq_slice msp_of(const msp_spec *m)
{
    return pb_bytes(
        2,
        JOIN(
            pb_text(1, "Org1MSP"),
            pb_bytes(2, m->root.n > 0 ? m->root : ca_pem("ca.org1")),
            m->more_root.n > 0 ? pb_bytes(2, m->more_root) : nothing,
            m->intermediate.n > 0 ? pb_bytes(3, m->intermediate) : nothing,
            m->more_intermediate.n > 0 ? pb_bytes(3, m->more_intermediate) : nothing,
            m->admin.n > 0 ? pb_bytes(4, m->admin) : nothing,
            m->crl.n > 0 ? pb_bytes(5, m->crl) : nothing,
            m->no_ous ? nothing : pb_bytes(11, node_ous("ca.org1")),
            m->extra));
}

/* The identity of a certificate in a membership with that MSP. */
static inline yq_fabric_identity look(const msp_spec *m, yq_slice serialized)
{
    client *c = client_new();
    const yq_fabric_call call = members_call(c);
    yq_fabric_members members;
    const yq_fabric_identity *id;
    cr_assert_eq(yq_fabric_members_begin(&call, &members, (yq_fabric_ou_rules)(2 - m->old)), YQ_OK);
    cr_assert_eq(yq_fabric_members_add(&call, &members, msp_of(m)), YQ_OK);
    cr_assert_eq(yq_fabric_identity_of(&call, &members, serialized, &id), YQ_OK);
    yq_fabric_identity out = *id;
    client_free(c);
    return out;
}

static inline yq_slice org1(const cert_spec *spec)
{
    return identity_of("Org1MSP", cert_pem(spec));
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_MEMBERS_H */
