#ifndef YQ_RELAY_HUB_TX_H
#define YQ_RELAY_HUB_TX_H

#include "yuqiao/limits.h"
#include "yuqiao/types.h"

#include "relay/hub/methods.h"

/*
 * The transactions of docs/protocol/transactions.md as structs: what clients write and the state
 * machine reads. Linked without the rest of the hub: library yq_tx.
 */
#define YQ_ORG_CODE_SIZE       18u
#define YQ_NAME_SIZE_MAX       96u
#define YQ_REASON_SIZE_MAX     200u
#define YQ_FRAMEWORK_SIZE_MAX  32u
#define YQ_EMITTER_SIZE_MAX    64u
#define YQ_EVENT_NAME_SIZE_MAX 128u
#define YQ_ANCHOR_SIZE_MAX                                                                         \
    (96u << 10) /* the proposal that carries it is one value of the state                          \
                 */
#define YQ_FREEZE_MS_MAX       UINT64_C(86400000)     /* by one key: a day */
#define YQ_FREEZE_LONG_MS_MAX  UINT64_C(315360000000) /* ten years */
#define YQ_TRUST_MS_MIN        UINT64_C(3600000)      /* one hour */
#define YQ_TRUST_MS_MAX        UINT64_C(315360000000) /* ten years */
#define YQ_PATIENCE_MS_MAX     UINT64_C(2592000000)   /* thirty days */
#define YQ_LANE_PER_MINUTE_MAX 1000000u
#define YQ_SM2_KEY_SIZE        64u
#define YQ_CHANGE_SIZE_MAX     (16u << 10) /* of a change of validators */
#define YQ_SIGNED_VOTE_MAX     512u

typedef struct yq_tx_org_register {
    yq_slice admin, code, name;
} yq_tx_org_register;

typedef struct yq_tx_org_key_add {
    yq_slice chain, key; /* chain: empty, or the one that an adapter's key is bound to */
    uint8_t role;        /* yq_role */
} yq_tx_org_key_add;

typedef struct yq_tx_org_key_remove {
    yq_digest signer;
} yq_tx_org_key_remove;

typedef struct yq_tx_vote {
    int approve;
    uint64_t proposal;
} yq_tx_vote;

typedef struct yq_tx_chain_register {
    yq_slice anchor, chain, framework, inbox, inbox_event, name;
    uint8_t hash, suite; /* 0 for a source only */
    uint64_t trust_ms;   /* the light client's trust period: 0 (none), or one hour to ten years */
    uint32_t verifier;
} yq_tx_chain_register;

/* Also unfreeze and retire, which have no duration. */
typedef struct yq_tx_chain_act {
    yq_slice chain, reason;
    uint64_t duration_ms;
} yq_tx_chain_act;

/* A new anchor for a chain whose light client cannot go on. */
typedef struct yq_tx_chain_recover {
    yq_slice anchor, chain, reason;
    uint32_t verifier;
} yq_tx_chain_recover;

typedef struct yq_tx_evidence { /* update, misbehaviour, event */
    yq_slice chain, bytes;
} yq_tx_evidence;

typedef struct yq_tx_service {
    yq_slice chain, emitter, event, service;
    uint64_t from_height;
    uint8_t kind; /* yq_service_kind */
    int ordered;
} yq_tx_service;

typedef struct yq_tx_lane {
    yq_slice src_chain, src_service, dst_chain, dst_service;
    uint8_t grade_min, order;
    uint64_t patience_ms;
    uint32_t payload_max, per_minute_max;
} yq_tx_lane;

/* The protocol's next version, from a height on. */
typedef struct yq_tx_protocol {
    uint64_t height;
    uint8_t version;
    yq_slice reason;
} yq_tx_protocol;

/* Validators that join and leave with the next epoch: change has the layout of validators.h. */
typedef struct yq_tx_validators {
    yq_slice change, reason;
} yq_tx_validators;

/* Two votes or proposals' headers that one validator signed and no honest one signs both. */
typedef struct yq_tx_twice_signed {
    yq_slice one, two;
} yq_tx_twice_signed;

/* Binds a validator's key to its key of another suite; each proves the other (export_key.h). */
typedef struct yq_tx_export_key {
    yq_slice address, address_proof;
    uint8_t suite;
    yq_slice validator, validator_proof;
} yq_tx_export_key;

/* Names an outcome for a message in doubt: ok or cancelled, as yq_done_status. */
typedef struct yq_tx_force {
    yq_digest message;
    uint8_t outcome;
    yq_slice reason;
} yq_tx_force;

typedef struct yq_tx {
    uint16_t method; /* yq_method: which member is meant */
    union {
        yq_tx_org_register org_register;
        yq_tx_org_key_add org_key_add;
        yq_tx_org_key_remove org_key_remove;
        yq_tx_vote vote;
        yq_tx_chain_register chain_register;
        yq_tx_chain_act chain_act;
        yq_tx_chain_recover chain_recover;
        yq_tx_evidence evidence;
        yq_tx_service service;
        yq_tx_lane lane;
        yq_tx_protocol protocol;
        yq_tx_validators validators;
        yq_tx_twice_signed twice_signed;
        yq_tx_export_key export_key;
        yq_tx_force force;
    } as;
} yq_tx;

/*
 * Reads a whole transaction. Out: tx, whose slices borrow from in. Errors: E_LIMIT,
 * E_METHOD_UNKNOWN, E_VERSION, decode codes, E_RANGE for a value that its field cannot have; why
 * has the offset. Does not check anything against the state.
 */
YQ_NODISCARD yq_status yq_tx_decode(yq_slice in, yq_tx *tx, yq_fault *why);

/* Appends the canonical bytes of tx. Errors: E_NOSPC, E_METHOD_UNKNOWN, and what the decoder would
 * refuse: what was written decodes. */
YQ_NODISCARD yq_status yq_tx_encode(const yq_tx *tx, yq_buf *out);

/* "org-register", ...: for people; "unknown" for another number. */
const char *yq_method_name(uint16_t number);

/* Returns 1 when id has the form of a chain's id. */
int yq_chain_id_valid(yq_slice id);

/* Returns the check character of the first 17 characters of a unified social credit code (GB
 * 32100), 0 when one of them is not of its alphabet. In: 17 bytes. */
char yq_org_code_check(const char *text17);

/* Returns 1 when code has 18 characters of which the last is the check of the others. */
int yq_org_code_valid(yq_slice code);

#endif /* YQ_RELAY_HUB_TX_H */
