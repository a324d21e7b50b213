#ifndef YQ_RELAY_LEDGER_GENESIS_H
#define YQ_RELAY_LEDGER_GENESIS_H

#include "relay/bft/types.h"

/*
 * The genesis: a canonical byte string from which a ledger's identity and first state follow.
 * Layout: docs/protocol/ledger.md. Needs no database (target yq_envelope).
 */
#define YQ_GENESIS_SIZE_MAX   (128u << 10)
#define YQ_GENESIS_ORG_N_MAX  128u
#define YQ_GENESIS_KEY_N_MAX  512u
#define YQ_GENESIS_NAME_MAX   192u
#define YQ_GENESIS_CODE_MAX   64u
#define YQ_GENESIS_DELAY_MAX  (UINT64_C(366) * 24u * 3600u * 1000u)
#define YQ_RECOVERY_KEYS_MAX  16u
/* Of a recovery, where more than one organisation decides. */
#define YQ_RECOVERY_DELAY_MIN (UINT64_C(24) * 3600u * 1000u)

typedef struct yq_genesis_organisation {
    yq_slice code, name; /* unified social credit code; display name, UTF-8 */
    uint8_t votes;       /* 1: has a vote in governance */
} yq_genesis_organisation;

typedef struct yq_genesis_signer {
    yq_slice key; /* raw, of the ledger's suite */
    yq_slice org; /* code */
    uint8_t role; /* yq_role of hub.h */
    yq_slice chain;
} yq_genesis_signer;

/* A validator, or a key of the recovery set. */
typedef struct yq_genesis_validator {
    yq_slice key, org;
} yq_genesis_validator;

typedef struct yq_genesis {
    yq_slice hub;     /* the hub's chain id */
    yq_slice display; /* its name for people, UTF-8 */
    uint32_t alg;     /* YQ_HASH_SM3 or YQ_HASH_SHA256 */
    uint8_t suite;    /* YQ_SUITE_SM2 or YQ_SUITE_P256 */
    uint64_t time_ms;
    uint8_t single_operator;
    uint16_t approvals; /* k of the voting organisations */
    uint64_t delay_ms;
    size_t org_n; /* by code, ascending; no two equal */
    yq_genesis_organisation org[YQ_GENESIS_ORG_N_MAX];
    size_t signer_n; /* by key, ascending; no two equal */
    yq_genesis_signer signer[YQ_GENESIS_KEY_N_MAX];
    size_t validator_n; /* by key, ascending; no two equal */
    yq_genesis_validator validator[YQ_VALIDATORS_MAX];
    /* Who may name new validators after more than f are lost for good (recovery.h): keys of the
     * ledger's suite that are kept offline. */
    uint16_t recovery_approvals; /* k of them; 0 and no keys: there is no recovery */
    uint64_t recovery_delay_ms;  /* that every node waits, from the first sight of a statement */
    size_t recovery_n;           /* by key, ascending; no two equal */
    yq_genesis_validator recovery[YQ_RECOVERY_KEYS_MAX];
} yq_genesis;

/*
 * Decodes a genesis and checks it as yq_genesis_check does. Out: genesis, which borrows from in.
 * Errors: decode codes with the offset, E_NONCANONICAL (order), and those of yq_genesis_check.
 */
YQ_NODISCARD yq_status yq_genesis_decode(yq_slice in, yq_genesis *genesis, yq_fault *why);

/* Sorts the four lists in place, checks, and writes the bytes. Out: out, cap at least
 * YQ_GENESIS_SIZE_MAX for any genesis. Errors: those of yq_genesis_check, E_FIELD_DUP, E_NOSPC. */
YQ_NODISCARD yq_status yq_genesis_encode(yq_genesis *genesis, yq_buf *out, yq_fault *why);

/*
 * Checks what the layout cannot say. Errors: E_CONFIG_INVALID (an unknown suite or hash, a name
 * that is not [a-z0-9-], an organisation that is not in the list, a key of the wrong size, fewer
 * than 4 or more than 31 validators, a recovery key that also is a validator's or a signer's, a
 * delay of recovery below a day without single_operator), E_THRESHOLD_LOW (approvals 0 or more than
 * there are votes; of recovery: half of the keys or fewer), E_SET_CONCENTRATION (one organisation
 * holds a third or more of the validators' keys, the only vote, or enough keys of the recovery set,
 * without single_operator), E_LIMIT; why names the field.
 */
YQ_NODISCARD yq_status yq_genesis_check(const yq_genesis *genesis, yq_fault *why);

/* The chain's identity: yq_chain_id_hash over the hub's chain id and the genesis bytes. */
void yq_genesis_chain_hash(const yq_genesis *genesis, yq_slice bytes, yq_digest *chain_id_hash);

/* The first epoch's validator set. */
void yq_genesis_valset(const yq_genesis *genesis, const yq_digest *chain_id_hash, yq_valset *set);

/* The header of height 0 and its hash. */
void yq_genesis_header(
    const yq_genesis *genesis, const yq_digest *chain_id_hash, yq_header *header, yq_digest *h);

#endif /* YQ_RELAY_LEDGER_GENESIS_H */
