#ifndef YQ_LIGHT_CLIENTS_FABRIC_MSP_H
#define YQ_LIGHT_CLIENTS_FABRIC_MSP_H

#include "light-clients/fabric/cert.h"

/*
 * Membership: which certificates are identities of an organisation, and of which role. Time is not
 * judged: every chain is looked at one second after its leaf's NotBefore.
 */
#define YQ_FABRIC_MSP_N_MAX      128u
#define YQ_FABRIC_MSP_CERTS_MAX  32u   /* of one kind in one MSP */
#define YQ_FABRIC_IDENTITIES_MAX 4096u /* looked at in one call */
#define YQ_FABRIC_OU_IDS_MAX     16u

typedef enum yq_fabric_role {
    YQ_FABRIC_ROLE_MEMBER = 0,
    YQ_FABRIC_ROLE_ADMIN = 1,
    YQ_FABRIC_ROLE_CLIENT = 2,
    YQ_FABRIC_ROLE_PEER = 3,
    YQ_FABRIC_ROLE_ORDERER = 4,
} yq_fabric_role;
#define YQ_FABRIC_ROLE_N 5u

/* An organisational unit that means something: its text, and the CA chain that may certify it. */
typedef struct yq_fabric_unit {
    yq_slice text;
    int any_certifier;
    yq_digest certifiers;
} yq_fabric_unit;

typedef struct yq_fabric_msp {
    yq_slice id;
    yq_slice config; /* FabricMSPConfig */
    int is_read;
    int is_usable; /* 0: nothing in it is an identity for us */
    yq_fabric_cert *root, *intermediate, *admin;
    size_t root_n, intermediate_n, admin_n;
    uint64_t inner; /* bit i: root i, bit 32 + i: intermediate i has CAs below it */
    yq_fabric_crl *crl;
    size_t crl_n;
    int crl_unread;
    yq_fabric_unit unit[YQ_FABRIC_OU_IDS_MAX]; /* organizational_unit_identifiers */
    size_t unit_n;
    int node_ous;
    int has_role[YQ_FABRIC_ROLE_N];
    yq_fabric_unit role[YQ_FABRIC_ROLE_N];
} yq_fabric_msp;

typedef struct yq_fabric_identity {
    yq_slice msp_id, pem;
    yq_slice serialized; /* the bytes it was read from, empty when from parts */
    const yq_fabric_msp *msp;
    yq_fabric_cert cert;
    yq_status status; /* OK: a valid identity of its MSP */
    uint8_t surety;   /* yq_fabric_surety of a status that is not OK */
    yq_digest certifiers;
    int certifiers_open; /* the chain's nodes hash another form of them */
    uint8_t roles;       /* bit yq_fabric_role */
} yq_fabric_identity;

/* The channel's capabilities decide which organisational units of nodes count. */
typedef enum yq_fabric_ou_rules {
    YQ_FABRIC_OUS_NONE = 0,
    YQ_FABRIC_OUS_CLIENT_PEER = 1, /* from V1_1 */
    YQ_FABRIC_OUS_ALL = 2,         /* from V1_4_3 */
} yq_fabric_ou_rules;

typedef struct yq_fabric_members {
    uint8_t ou_rules; /* yq_fabric_ou_rules */
    yq_fabric_msp *msp;
    size_t msp_n;
    yq_fabric_identity **identity;
    size_t identity_n;
} yq_fabric_members;

/* Makes an empty membership. Errors: E_LIMIT. */
YQ_NODISCARD yq_status yq_fabric_members_begin(
    const yq_fabric_call *call, yq_fabric_members *m, yq_fabric_ou_rules ou_rules);

/*
 * Adds the MSP of an organisation: MSPConfig {1: type, 2: FabricMSPConfig}. The same MSP may
 * belong to several groups if it is the same bytes. Certificates are read when they are needed; an
 * MSP that is not X.509 with a hash of the dialect, or has a CA that cannot be read, has no
 * identities for us. Errors: E_CONFIG_INVALID, E_LIMIT.
 */
YQ_NODISCARD yq_status
yq_fabric_members_add(const yq_fabric_call *call, yq_fabric_members *m, yq_slice msp_config);

/* The identity behind a SerializedIdentity {1: mspid, 2: PEM}; its status says whether it is
 * valid. Errors: E_LIMIT. Cost: a verification for each link of its chain, once a call; a budget
 * that is short is noted by the meter. */
YQ_NODISCARD yq_status yq_fabric_identity_of(
    const yq_fabric_call *call,
    yq_fabric_members *m,
    yq_slice serialized,
    const yq_fabric_identity **out);

/* As identity_of, from an MSP's id and a PEM. */
YQ_NODISCARD yq_status yq_fabric_identity_of_parts(
    const yq_fabric_call *call,
    yq_fabric_members *m,
    yq_slice msp_id,
    yq_slice pem,
    const yq_fabric_identity **out);

/* Returns 1 when both are the same member: MSP and certificate. */
int yq_fabric_identity_same(const yq_fabric_identity *a, const yq_fabric_identity *b);

/*
 * Whether an identity satisfies an MSPPrincipal {1: class, 2: bytes}. hopeful: an identity that
 * only we cannot judge satisfies whatever names its MSP. Errors: E_LIMIT.
 */
YQ_NODISCARD yq_status yq_fabric_principal_check(
    const yq_fabric_call *call,
    yq_fabric_members *m,
    const yq_fabric_identity *identity,
    yq_slice principal,
    int hopeful,
    int *satisfied);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_MSP_H */
