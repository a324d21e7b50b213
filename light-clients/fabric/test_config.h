#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_CONFIG_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_CONFIG_H

/* Of the tests' network: policies, organisations, a configuration. */
#include "light-clients/fabric/test_certs.h"

#define NET_CHANNEL "hubch"

/* Policies. */
static inline yq_slice role(const char *msp, unsigned r)
{
    return JOIN(pb_opt(1, 0), pb_bytes(2, JOIN(pb_text(1, msp), pb_opt(2, r))));
}

static inline yq_slice signed_by(unsigned i)
{
    return pb_uint(1, i);
}

static inline yq_slice n_of(unsigned n, const yq_slice *rule, size_t rule_n)
{
    yq_writer w = room(4096);
    yq_put(&w, pb_opt(1, n));
    for (size_t i = 0; i < rule_n; i++) {
        yq_pb_put_bytes(&w, 2, rule[i]);
    }
    return pb_bytes(2, done(&w));
}

static inline yq_slice rule_policy(yq_slice rule, const yq_slice *principal, size_t n)
{
    yq_writer w = room(1u << 16);
    yq_pb_put_bytes(&w, 2, rule);
    for (size_t i = 0; i < n; i++) {
        yq_pb_put_bytes(&w, 3, principal[i]);
    }
    return done(&w);
}

/* One of one role. */
static inline yq_slice role_policy(const char *msp, unsigned r)
{
    yq_slice principal = role(msp, r), rule = signed_by(0);
    return rule_policy(n_of(1, &rule, 1), &principal, 1);
}

static inline yq_slice config_policy(unsigned type, yq_slice value)
{
    return JOIN(
        pb_bytes(2, JOIN(pb_uint(1, type), pb_bytes(2, value))), pb_bytes(3, text("Admins")));
}

static inline yq_slice implicit(const char *name, unsigned kind)
{
    return config_policy(3, JOIN(pb_text(1, name), pb_opt(2, kind)));
}

static inline yq_slice config_value(uint64_t version, yq_slice value)
{
    return JOIN(pb_opt(1, version), pb_bytes(2, value), pb_bytes(3, text("Admins")));
}

/* The network: two application organisations, one ordering organisation. */
#define CONSENTERS 4u
#define MANY_MSPS  130u /* more than the verifier holds */

/* One thing of a configuration that is not as it must be. */
typedef enum net_flaw {
    FLAW_NONE = 0,
    FLAW_NO_ORDERERS,
    FLAW_NO_BLOCK_VALIDATION,
    FLAW_CONSENTER_WITHOUT_IDENTITY,
    FLAW_MSP_WITHOUT_NAME,
    FLAW_TOO_MANY_MSPS,
    FLAW_NO_APPLICATION, /* good: a channel of orderers only */
    FLAW_MORE_FIELDS,    /* good: nodes pass over fields that they do not know */
    FLAW_BROKEN_ORDERERS,
    FLAW_NO_MOD_POLICY, /* of the value that updates change */
} net_flaw;

typedef struct net {
    int is_bft;
    unsigned consenters, first; /* orderers first + 1 to first + consenters */
    uint64_t set_version;       /* of the values that name them */
    uint64_t sequence;
    uint64_t timeout_version; /* BatchTimeout: the value that config updates change */
    const char *timeout;
    const char *capability;
    yq_slice block_validation; /* empty: the usual one */
    yq_slice orderer_writers;  /* of the ordering organisation; empty: the usual policy */
    yq_slice revoked[2];       /* of the orderers, of the first organisation: a CRL */
    uint64_t msp_version[2];   /* of those two */
    unsigned twin;             /* 1: two consenters of one number, 2: of one certificate */
    int is_lean;               /* NodeOUs without their CAs' certificates: a small configuration */
    unsigned endorsement;      /* implicit kind: 0 ANY, 1 ALL, 2 MAJORITY */
    yq_slice lifecycle;        /* LifecycleEndorsement; empty: the usual policy */
    unsigned orgs;             /* of the application; 0: two */
    unsigned last_org;         /* number of the last one; 0: as it comes */
    const char *org_admins;    /* mod_policy of the application; NULL: Admins */
    const char *batch_admins;  /* mod_policy of BatchTimeout; NULL: Admins */
    uint64_t application_version, last_org_version;
    const char *consensus; /* NULL: the usual type */
    const char *hash_name; /* NULL: SHA256 */
    net_flaw flaw;
    /* The chain so far. */
    uint64_t number, config_number;
    yq_digest hash;
    unsigned tx_n;
} net;

#define ORDERER_SERIAL 64u /* and from it on */

static inline yq_slice orderer_pem(unsigned i)
{
    char name[24];
    snprintf(name, sizeof name, "orderer%u", i);
    return cert_pem(&(cert_spec){
        .name = name,
        .issuer = "ca.orderer",
        .ou = "orderer",
        .serial = ORDERER_SERIAL + i % ORDERER_SERIAL});
}

/* ca NULL: whichever CA of the MSP certifies. */
static inline yq_slice node_ous(const char *ca)
{
    static const char *const ou[] = {"client", "peer", "admin", "orderer"};
    yq_writer w = room(1u << 16);
    yq_pb_put_varint(&w, 1, 1);
    for (uint32_t i = 0; i < 4; i++) {
        yq_slice by = ca == NULL ? nothing : pb_bytes(1, ca_pem(ca));
        yq_pb_put_bytes(&w, 2 + i, JOIN(by, pb_text(2, ou[i])));
    }
    return done(&w);
}

static inline yq_slice msp_config(const char *msp, const char *ca, yq_slice crl, int is_lean)
{
    return pb_bytes(
        2,
        JOIN(
            pb_text(1, msp),
            pb_bytes(2, ca_pem(ca)),
            crl.n == 0 ? nothing : pb_bytes(5, crl),
            pb_bytes(8, JOIN(pb_text(1, "SHA2"), pb_text(2, "SHA256"))),
            pb_bytes(11, node_ous(is_lean ? NULL : ca))));
}

typedef struct org_spec {
    const char *msp, *ca;
    yq_slice crl;
    uint64_t version, msp_version; /* of the group, of its MSP */
    int is_lean;
    yq_slice writers; /* empty: any member */
} org_spec;

static inline yq_slice org_msp(const org_spec *o)
{
    return config_value(o->msp_version, msp_config(o->msp, o->ca, o->crl, o->is_lean));
}

static inline yq_slice org_group(const org_spec *o)
{
    yq_slice writers = o->writers;
    if (writers.n == 0) {
        writers = config_policy(1, role_policy(o->msp, 0));
    }
    return JOIN(
        pb_opt(1, o->version),
        pb_entry(3, "MSP", org_msp(o)),
        pb_entry(4, "Admins", config_policy(1, role_policy(o->msp, 1))),
        pb_entry(4, "Writers", writers),
        pb_entry(4, "Endorsement", config_policy(1, role_policy(o->msp, 3))),
        pb_text(5, "Admins"));
}

static inline org_spec orderer_org(const net *n)
{
    return (org_spec){
        .msp = "OrdererMSP",
        .ca = "ca.orderer",
        .crl = n->revoked[0],
        .msp_version = n->msp_version[0],
        .is_lean = n->is_lean,
        .writers = n->orderer_writers};
}

static inline org_spec first_org(const net *n)
{
    return (org_spec){
        .msp = "Org1MSP",
        .ca = "ca.org1",
        .crl = n->revoked[1],
        .msp_version = n->msp_version[1],
        .is_lean = n->is_lean};
}

static inline yq_slice more_fields(const net *n)
{
    return n->flaw == FLAW_MORE_FIELDS ? pb_bytes(9, text("more")) : nothing;
}

static inline yq_slice capabilities(const net *n)
{
    yq_slice one = pb_bytes(1, JOIN(pb_text(1, n->capability), pb_bytes(2, nothing)));
    return config_value(0, JOIN(one, more_fields(n)));
}

static inline yq_slice bft_policy(const net *n)
{
    yq_slice principal[64], rule[64];
    unsigned faulty = (n->consenters - 1) / 3, q = (n->consenters + faulty + 2) / 2;
    for (unsigned i = 0; i < n->consenters; i++) {
        principal[i] = JOIN(
            pb_uint(1, 2), pb_bytes(2, identity_of("OrdererMSP", orderer_pem(n->first + i + 1))));
        rule[i] = signed_by(i);
    }
    return JOIN(
        pb_opt(1, n->set_version),
        config_policy(1, rule_policy(n_of(q, rule, n->consenters), principal, n->consenters)));
}

static inline yq_slice orderers_value(const net *n)
{
    yq_writer w = room(CAP);
    for (unsigned i = 0; i < n->consenters; i++) {
        yq_pb_put_bytes(
            &w,
            1,
            JOIN(
                pb_uint(1, n->twin == 1 && i == 1 ? 1 : n->first + i + 1),
                pb_text(2, "127.0.0.1"),
                pb_uint(3, 7050),
                pb_text(4, "OrdererMSP"),
                n->flaw == FLAW_CONSENTER_WITHOUT_IDENTITY && i == 2
                    ? nothing
                    : pb_bytes(5, orderer_pem(n->twin == 2 && i == 1 ? 1 : n->first + i + 1))));
    }
    yq_put(&w, more_fields(n));
    yq_put(&w, n->flaw == FLAW_BROKEN_ORDERERS ? text("\x0a\x7f") : nothing);
    return done(&w);
}

static inline yq_slice timeout_value(const net *n, uint64_t version, const char *value)
{
    const char *admins = n->batch_admins != NULL ? n->batch_admins : "Admins";
    return JOIN(
        pb_opt(1, version),
        pb_bytes(2, pb_text(1, value)),
        n->flaw == FLAW_NO_MOD_POLICY ? nothing : pb_text(3, admins));
}

static inline yq_slice orderer_group(const net *n)
{
    yq_slice validation = n->block_validation.n > 0 ? n->block_validation
                          : n->is_bft               ? bft_policy(n)
                                                    : implicit("Writers", 0);
    const org_spec org = orderer_org(n);
    return JOIN(
        pb_entry(2, "OrdererOrg", org_group(&org)),
        pb_entry(
            3,
            "ConsensusType",
            config_value(
                0,
                JOIN(
                    pb_text(
                        1,
                        n->consensus != NULL ? n->consensus
                        : n->is_bft          ? "BFT"
                                             : "etcdraft"),
                    pb_bytes(2, pb_bytes(1, text("c")))))),
        pb_entry(3, "BatchTimeout", timeout_value(n, n->timeout_version, n->timeout)),
        n->is_bft ? pb_entry(3, "Orderers", config_value(n->set_version, orderers_value(n)))
                  : nothing,
        pb_entry(4, "Admins", implicit("Admins", 2)),
        pb_entry(4, "Writers", implicit("Writers", 0)),
        n->flaw == FLAW_NO_BLOCK_VALIDATION ? nothing : pb_entry(4, "BlockValidation", validation),
        pb_text(5, "Admins"));
}

static inline yq_slice more_orgs(const net *n)
{
    yq_writer w = room(CAP);
    char name[24];
    if (n->flaw == FLAW_MSP_WITHOUT_NAME) {
        const org_spec nameless = {.msp = "", .ca = "ca.org1", .is_lean = n->is_lean};
        return pb_entry(2, "Org3", org_group(&nameless));
    }
    for (unsigned i = 0; n->flaw == FLAW_TOO_MANY_MSPS && i < MANY_MSPS; i++) {
        snprintf(name, sizeof name, "More%03u", i);
        yq_slice msp = pb_entry(3, "MSP", config_value(0, pb_bytes(2, pb_text(1, name))));
        yq_pb_put_bytes(&w, 2, JOIN(pb_text(1, name), pb_bytes(2, msp)));
    }
    return done(&w);
}

static inline yq_slice application_orgs(const net *n)
{
    yq_writer w = room(CAP);
    const unsigned orgs = n->orgs == 0 ? 2 : n->orgs;
    for (unsigned i = 1; i <= orgs; i++) {
        char name[24], msp[24], ca[24];
        unsigned number = n->last_org != 0 && i == 2 ? n->last_org : i;
        snprintf(name, sizeof name, "Org%u", number);
        snprintf(msp, sizeof msp, "Org%uMSP", number);
        snprintf(ca, sizeof ca, "ca.org%u", number);
        org_spec org = {.msp = msp, .ca = ca, .is_lean = n->is_lean};
        if (i == 1) {
            org = first_org(n);
        }
        org.version = i == orgs ? n->last_org_version : 0;
        yq_put(&w, pb_entry(2, name, org_group(&org)));
    }
    return done(&w);
}

static inline yq_slice application_group(const net *n)
{
    return JOIN(
        pb_opt(1, n->application_version),
        more_orgs(n),
        application_orgs(n),
        pb_entry(4, "Admins", implicit("Admins", 2)),
        pb_entry(4, "Endorsement", implicit("Endorsement", n->endorsement)),
        pb_entry(
            4,
            "LifecycleEndorsement",
            n->lifecycle.n > 0 ? n->lifecycle : implicit("Endorsement", 2)),
        pb_text(5, n->org_admins != NULL ? n->org_admins : "Admins"));
}

static inline yq_slice channel_group(const net *n)
{
    return JOIN(
        n->flaw == FLAW_NO_ORDERERS ? nothing : pb_entry(2, "Orderer", orderer_group(n)),
        n->flaw == FLAW_NO_APPLICATION ? nothing : pb_entry(2, "Application", application_group(n)),
        pb_entry(3, "Capabilities", capabilities(n)),
        pb_entry(
            3,
            "HashingAlgorithm",
            config_value(0, pb_text(1, n->hash_name != NULL ? n->hash_name : "SHA256"))),
        pb_entry(4, "Admins", implicit("Admins", 2)),
        pb_text(5, "Admins"));
}

static inline yq_slice config_of(const net *n)
{
    return JOIN(pb_opt(1, n->sequence), pb_bytes(2, channel_group(n)));
}

static inline net net_new(int is_bft)
{
    return (net){
        .is_bft = is_bft,
        .consenters = CONSENTERS,
        .timeout = "500ms",
        .capability = is_bft ? "V3_0" : "V2_0",
        .endorsement = 1};
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_CONFIG_H */
