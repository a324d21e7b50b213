#ifndef YQ_LIGHT_CLIENTS_FABRIC_BUNDLE_H
#define YQ_LIGHT_CLIENTS_FABRIC_BUNDLE_H

#include "light-clients/fabric/block.h"
#include "light-clients/fabric/policy.h"

#define YQ_FABRIC_CONSENTERS_MAX 64u
#define YQ_FABRIC_CONFIG_MAX     (960u << 10) /* a Config, in records of 16 KiB */

typedef enum yq_fabric_class {
    YQ_FABRIC_CLASS_INVALID = 0,
    YQ_FABRIC_CLASS_CFT = 1, /* one orderer's signature is a block */
    YQ_FABRIC_CLASS_BFT = 2,
} yq_fabric_class;

typedef struct yq_fabric_consenter {
    uint32_t id;
    yq_slice msp_id, identity; /* identity: PEM */
} yq_fabric_consenter;

/* A configuration, ready to judge with. */
typedef struct yq_fabric_bundle {
    yq_slice config; /* Config {1: sequence, 2: channel_group} */
    uint64_t sequence;
    yq_fabric_tree tree;
    yq_fabric_members members;
    uint32_t orderer, application; /* groups, NONE where there is none */
    uint32_t block_validation;     /* policy element */
    uint8_t class_;                /* yq_fabric_class */
    uint16_t validators, quorum;
    int by_identifier; /* signatures may name a consenter by its number */
    size_t consenter_n;
    yq_fabric_consenter consenter[YQ_FABRIC_CONSENTERS_MAX]; /* BFT only */
} yq_fabric_bundle;

/*
 * Reads a Config. Errors: decode codes, E_CONFIG_INVALID, E_UNSUPPORTED (a capability
 * that is not known, another hash, another consensus), E_THRESHOLD_LOW (blocks that nobody
 * would have to sign), E_LIMIT. Cost: linear in the size; certificates are read when needed.
 */
YQ_NODISCARD yq_status
yq_fabric_bundle_decode(const yq_fabric_call *call, yq_slice config, yq_fabric_bundle *out);

/* SM3 over the identities that make blocks. Cost: one hash. */
void yq_fabric_bundle_set_hash(
    const yq_fabric_call *call, const yq_fabric_bundle *bundle, yq_digest *hash);

/*
 * Returns OK when the block's signatures satisfy BlockValidation, and for BFT the recomputed
 * quorum. The evidence may hold good signatures only: one that does not verify, comes from
 * somebody unknown or stands there twice refuses the block. Out: last_config as signed.
 * Errors: decode codes, E_SIGNATURES_MISSING, E_SIG*, E_SIGNER_UNKNOWN, E_DUP_SIGNER,
 * E_CERT_CHAIN, E_QUORUM, E_LIMIT, E_BUDGET.
 */
YQ_NODISCARD yq_status yq_fabric_bundle_check_block(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    const yq_fabric_block *block,
    uint64_t *last_config);

/* What is in a payload's header, as far as configuration needs it. */
typedef struct yq_fabric_config_payload {
    yq_slice config;      /* Config */
    yq_slice last_update; /* Envelope; may be empty */
} yq_fabric_config_payload;

/* Reads the payload of a CONFIG envelope of this channel. Errors: E_NONCANONICAL, E_TYPE (another
 * type of envelope), E_DOMAIN (another channel), E_FIELD_MISSING. */
YQ_NODISCARD yq_status yq_fabric_config_decode(
    const yq_fabric_call *call, yq_slice payload, yq_slice channel, yq_fabric_config_payload *out);

/*
 * Returns OK when next is what last_update makes of bundle: sequence + 1, read set at current
 * versions, every changed element in the signed write set at version + 1 and with its mod_policy
 * satisfied, nothing else changed. Errors: E_CONFIG_SEQUENCE, E_SET_CHANGE, E_SIG*,
 * E_FIELD_MISSING, E_DOMAIN, E_LIMIT, E_BUDGET.
 */
YQ_NODISCARD yq_status yq_fabric_bundle_check_update(
    const yq_fabric_call *call,
    yq_fabric_bundle *bundle,
    const yq_fabric_bundle *next,
    yq_slice channel,
    yq_slice last_update);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_BUNDLE_H */
