#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_UPDATES_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_UPDATES_H

/* Of the tests' network: updates of its configuration. */
#include "light-clients/fabric/test_net.h"

/* One thing of an update, or of its block, that is not as it must be. */
typedef enum update_twist {
    TWIST_NONE = 0,
    TWIST_ENVELOPE_FORM, /* a field of the envelope that there is not */
    TWIST_ENVELOPE_TYPE,
    TWIST_ENVELOPE_CHANNEL,
    TWIST_SIGNATURES, /* more than any network has */
    TWIST_UPDATE_FORM,
    TWIST_READ_VERSION,
    TWIST_READ_NOTHING,    /* what is written as it stands was not read */
    TWIST_WRITE_MORE,      /* than the next configuration has */
    TWIST_CONFIG_ENVELOPE, /* a field that there is not */
    TWIST_PAYLOAD_FORM,
    TWIST_NO_EFFECT,      /* what is written is what was read */
    TWIST_SIGNERS,        /* more than are held: the further ones do not count */
    TWIST_SIGNATURE_FORM, /* what nobody can read behind a signature, */
    TWIST_SIGNER_FORM,    /* and behind its header */
} update_twist;

/* What the orderer puts into the configuration beside the update. */
typedef enum update_theft {
    THEFT_NONE = 0,
    THEFT_POLICY,     /* another endorsement policy */
    THEFT_ORG_GONE,   /* an organisation is left out */
    THEFT_ORG_MORE,   /* one comes in */
    THEFT_ORG_OTHER,  /* one stands in another's place, */
    THEFT_ORG_SWAP,   /* and in the update's write set too */
    THEFT_MOD_POLICY, /* of a group */
    THEFT_VERSION,    /* of a group */
    THEFT_N
} update_theft;

static inline void steal(net *n, update_theft theft)
{
    n->endorsement = theft == THEFT_POLICY ? 0 : n->endorsement;
    n->orgs = theft == THEFT_ORG_GONE ? 1 : n->orgs;
    n->orgs = theft == THEFT_ORG_MORE ? 3 : n->orgs;
    n->last_org = theft == THEFT_ORG_OTHER || theft == THEFT_ORG_SWAP ? 3 : n->last_org;
    n->org_admins = theft == THEFT_MOD_POLICY ? "Endorsement" : n->org_admins;
    n->application_version += theft == THEFT_VERSION ? 1 : 0;
}

/* A ConfigUpdate that sets BatchTimeout or the orderers, signed by admins, in the config block that
 * it makes. */
typedef struct update_spec {
    const char *timeout;
    unsigned orderers;          /* not 0: instead of it the orderers move on by so many */
    yq_slice revoked;           /* not empty: instead of it a CRL comes into an MSP, */
    unsigned revoking_org;      /* 0: of the orderers, 1: of the first organisation */
    int org_joins;              /* instead of it the application gets an organisation more, */
    uint64_t org_version;       /* with a group of this version */
    const char *admin[4][3];    /* msp, ca, key: signers */
    uint64_t sequence_step;     /* 1 is right */
    uint64_t version_step;      /* 1 is right */
    const char *channel;        /* NULL: the usual one */
    const char *signed_timeout; /* NULL: timeout; what the admins signed */
    int no_update;
    update_theft theft;
    const char *batch_admins; /* not NULL: BatchTimeout's mod_policy becomes this; unsigned */
    yq_slice extra;           /* behind the last field of the ConfigUpdate */
    update_twist twist;
} update_spec;

/* The group of the organisation whose MSP changes, with what stands in it. */
static inline yq_slice revoking_group(const update_spec *u, yq_slice inner)
{
    return u->revoking_org == 0 ? pb_entry(2, "Orderer", pb_entry(2, "OrdererOrg", inner))
                                : pb_entry(2, "Application", pb_entry(2, "Org1", inner));
}

static inline yq_slice write_set(const net *after, const update_spec *u)
{
    if (u->orderers != 0) {
        return pb_entry(
            2,
            "Orderer",
            JOIN(
                pb_entry(3, "Orderers", config_value(after->set_version, orderers_value(after))),
                pb_entry(4, "BlockValidation", bft_policy(after))));
    }
    if (u->revoked.n > 0) {
        const org_spec org = u->revoking_org == 0 ? orderer_org(after) : first_org(after);
        return revoking_group(u, pb_entry(3, "MSP", org_msp(&org)));
    }
    if (u->org_joins) {
        return pb_entry(2, "Application", application_group(after));
    }
    const char *value = u->signed_timeout != NULL ? u->signed_timeout : u->timeout;
    yq_slice leaf = timeout_value(after, after->timeout_version, value);
    yq_slice more = u->twist == TWIST_WRITE_MORE
                        ? pb_entry(3, "BatchSize", config_value(1, pb_uint(1, 9)))
                        : nothing;
    yq_slice orderer = pb_entry(2, "Orderer", JOIN(pb_entry(3, "BatchTimeout", leaf), more));
    if (u->theft != THEFT_ORG_SWAP) {
        return orderer;
    }
    const org_spec third = {.msp = "Org3MSP", .ca = "ca.org3", .is_lean = after->is_lean};
    yq_slice org = pb_entry(2, "Org3", org_group(&third));
    return JOIN(orderer, pb_entry(2, "Application", JOIN(org, pb_text(5, "Admins"))));
}

static inline yq_slice read_set(const net *before, const update_spec *u)
{
    if (u->org_joins) {
        return pb_entry(2, "Application", application_group(before));
    }
    if (u->revoked.n > 0) {
        return revoking_group(u, nothing);
    }
    if (u->twist == TWIST_NO_EFFECT) {
        return write_set(before, u);
    }
    yq_slice version = u->twist == TWIST_READ_VERSION ? pb_uint(1, 7) : nothing;
    yq_slice swapped = u->theft == THEFT_ORG_SWAP ? pb_entry(2, "Application", nothing) : nothing;
    return u->twist == TWIST_READ_NOTHING ? nothing
                                          : JOIN(pb_entry(2, "Orderer", version), swapped);
}

static inline yq_slice update_envelope_of(const update_spec *u, yq_slice data)
{
    unsigned type = u->twist == TWIST_ENVELOPE_TYPE ? 3 : 2;
    const char *channel = u->twist == TWIST_ENVELOPE_CHANNEL ? "other" : NET_CHANNEL;
    yq_slice payload = payload_of(type, channel, "", text("c"), text("n"), nothing, data);
    yq_slice more = u->twist == TWIST_ENVELOPE_FORM ? pb_text(9, "more") : nothing;
    return JOIN(pb_bytes(1, payload), pb_bytes(2, text("s")), more);
}

#define UPDATE_SIGNERS_HELD 64u /* of one update, by the verifier */

/* ConfigSignature. who: msp, ca, key. */
static inline yq_slice config_signature(
    const update_spec *u, const char *const *who, const char *ou, yq_slice update)
{
    yq_slice header = JOIN(
        pb_bytes(1, member(who[0], who[1], who[2], ou)),
        pb_text(2, "nonce"),
        u->twist == TWIST_SIGNER_FORM ? text("\x1a\x7f") : nothing);
    return JOIN(
        pb_bytes(1, header),
        pb_bytes(2, signature_of(who[2], JOIN(header, update), 0)),
        u->twist == TWIST_SIGNATURE_FORM ? text("\x1a\x7f") : nothing);
}

static inline yq_slice config_element(net *n, const update_spec *u, net *after)
{
    *after = *n;
    if (u->orderers != 0) {
        after->first = n->first + u->orderers;
        after->set_version = n->set_version + u->version_step;
    } else if (u->revoked.n > 0) {
        after->revoked[u->revoking_org] = u->revoked;
        after->msp_version[u->revoking_org] += u->version_step;
    } else if (u->org_joins) {
        after->orgs = 3;
        after->application_version = n->application_version + u->version_step;
        after->last_org_version = u->org_version;
    } else {
        after->timeout = u->timeout;
        after->timeout_version = n->timeout_version + u->version_step;
    }
    after->sequence = n->sequence + u->sequence_step;
    yq_slice update = JOIN(
        pb_text(1, u->channel != NULL ? u->channel : NET_CHANNEL),
        pb_bytes(2, read_set(n, u)),
        pb_bytes(3, write_set(after, u)),
        u->extra,
        u->twist == TWIST_UPDATE_FORM ? pb_text(9, "more") : nothing);
    yq_writer w = room(CAP);
    yq_pb_put_bytes(&w, 1, update);
    for (size_t i = 0; i < 4 && u->admin[i][0] != NULL; i++) {
        yq_slice signature = config_signature(u, u->admin[i], "admin", update);
        for (unsigned k = 0; k < (u->twist == TWIST_SIGNATURES ? 129u : 1u); k++) {
            yq_pb_put_bytes(&w, 2, signature);
        }
    }
    for (unsigned i = 0; u->twist == TWIST_SIGNERS && i <= UPDATE_SIGNERS_HELD; i++) {
        char name[16];
        snprintf(name, sizeof name, "user%u", i);
        const char *const user[] = {"Org1MSP", "ca.org1", name};
        yq_pb_put_bytes(&w, 2, config_signature(u, user, "client", update));
    }
    yq_slice last = update_envelope_of(u, done(&w));
    yq_slice config = config_of(after);
    if (u->theft != THEFT_NONE || u->batch_admins != NULL) {
        net other = *after;
        steal(&other, u->theft);
        other.batch_admins = u->batch_admins;
        config = config_of(&other);
    }
    yq_slice data = JOIN(
        pb_bytes(1, config),
        u->no_update ? nothing : pb_bytes(2, last),
        u->twist == TWIST_CONFIG_ENVELOPE ? pb_text(9, "more") : nothing);
    char id[32];
    snprintf(id, sizeof id, "config-%u", n->tx_n++);
    yq_slice payload = payload_of(
        1, NET_CHANNEL, id, identity_of("OrdererMSP", orderer_pem(1)), text("n"), nothing, data);
    if (u->twist == TWIST_PAYLOAD_FORM) {
        payload = JOIN(payload, pb_text(9, "more"));
    }
    return JOIN(pb_bytes(1, payload), pb_bytes(2, signature_of("orderer1", payload, 0)));
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_UPDATES_H */
