#ifndef YQ_LIGHT_CLIENTS_FABRIC_STATE_H
#define YQ_LIGHT_CLIENTS_FABRIC_STATE_H

#include "light-clients/fabric/call.h"

/* The client's state and records, as the README lays them out. */
#define YQ_FABRIC_STATE_SIZE_MAX   (16u << 10)
#define YQ_FABRIC_CHANNEL_SIZE_MAX 249u /* Fabric's own limit of a channel id */
#define YQ_FABRIC_CHAINCODES_MAX   16u
#define YQ_FABRIC_NAME_SIZE_MAX    64u
#define YQ_FABRIC_PATH_SIZE_MAX    256u
#define YQ_FABRIC_KEYS_MAX         (1u << 20)
#define YQ_FABRIC_HEADERS_KEPT     4096u

typedef enum yq_fabric_policy_kind {
    YQ_FABRIC_BY_INVALID = 0,
    YQ_FABRIC_BY_PATH = 1, /* a policy of the channel */
    YQ_FABRIC_BY_RULE = 2, /* a signature policy of its own */
} yq_fabric_policy_kind;

/* Flags of a chaincode. */
#define YQ_FABRIC_SEQUENCE_KNOWN 1u
#define YQ_FABRIC_FROM_GENESIS   2u /* a key without a record was never written */
#define YQ_FABRIC_KEYS_OVERFLOW  4u
#define YQ_FABRIC_POLICY_CHANGED 8u
#define YQ_FABRIC_KEY_POLICIES   16u
#define YQ_FABRIC_FLAGS          31u

typedef struct yq_fabric_chaincode {
    yq_slice name;
    uint8_t kind;    /* yq_fabric_policy_kind */
    yq_slice policy; /* path; of BY_RULE: the rule, from its record */
    uint8_t flags;
    uint64_t sequence_block; /* version of the definition's Sequence key */
    uint32_t sequence_tx;
    uint32_t keys, keys_used;
} yq_fabric_chaincode;

typedef struct yq_fabric_state {
    yq_fabric_dialect dialect;
    yq_slice channel;
    uint64_t anchor, number;
    yq_digest hash;
    uint64_t config_number, config_sequence;
    uint32_t config_size;
    uint8_t class_;
    uint16_t validators, quorum;
    yq_digest set_hash;
    size_t chaincode_n;
    yq_fabric_chaincode chaincode[YQ_FABRIC_CHAINCODES_MAX];
} yq_fabric_state;

/* Reads a state, whole input, and sets the call's dialect. Errors: decode codes. Rules of BY_RULE
 * are left empty. */
YQ_NODISCARD yq_status
yq_fabric_state_decode(const yq_fabric_call *call, yq_slice in, yq_fabric_state *state);
/* Appends nothing on failure. Errors: E_LIMIT. */
YQ_NODISCARD yq_status
yq_fabric_state_encode(const yq_fabric_call *call, const yq_fabric_state *state, yq_buf *out);

/* Reads a registration of the anchor. */
void yq_fabric_registration_take(yq_cur *c, yq_fabric_chaincode *out);

/* Records. get returns 1 and the value, 0 when there is none or it has another size than wanted
 * (size 0: any). put errors are the host's. */
int yq_fabric_get_header(const yq_fabric_call *call, uint64_t number, yq_digest *hash);
/* Drops the one that is YQ_FABRIC_HEADERS_KEPT older. */
YQ_NODISCARD yq_status
yq_fabric_put_header(const yq_fabric_call *call, uint64_t number, const yq_digest *hash);

/* The Config in force, put together in scratch. Errors: E_STATE when a record is missing; E_LIMIT.
 */
YQ_NODISCARD yq_status
yq_fabric_get_config(const yq_fabric_call *call, const yq_fabric_state *state, yq_slice *out);
/* Replaces the Config; old_size is that of the one before. */
YQ_NODISCARD yq_status
yq_fabric_put_config(const yq_fabric_call *call, yq_slice config, uint32_t old_size);

/* Rules of chaincodes registered with one. */
YQ_NODISCARD yq_status yq_fabric_get_rules(const yq_fabric_call *call, yq_fabric_state *state);
YQ_NODISCARD yq_status
yq_fabric_put_rule(const yq_fabric_call *call, size_t chaincode, yq_slice rule);

/* First place of a transaction id. */
typedef struct yq_fabric_place {
    uint64_t number;
    uint32_t index;
    int strict; /* every node took this for the id */
} yq_fabric_place;
int yq_fabric_get_place(const yq_fabric_call *call, yq_slice tx_id, yq_fabric_place *out);
YQ_NODISCARD yq_status
yq_fabric_put_place(const yq_fabric_call *call, yq_slice tx_id, const yq_fabric_place *in);

/* Verdict on a transaction of a registered chaincode. */
typedef struct yq_fabric_verdict {
    yq_digest envelope;
    int32_t status; /* a yq_status */
} yq_fabric_verdict;
int yq_fabric_get_verdict(
    const yq_fabric_call *call, uint64_t number, uint32_t index, yq_fabric_verdict *out);
YQ_NODISCARD yq_status yq_fabric_put_verdict(
    const yq_fabric_call *call, uint64_t number, uint32_t index, const yq_fabric_verdict *in);

/* Last writer of a key. */
typedef struct yq_fabric_writer {
    uint64_t number;
    uint32_t index;
    int is_proven, is_delete;
} yq_fabric_writer;
int yq_fabric_get_writer(
    const yq_fabric_call *call, size_t chaincode, yq_slice key, yq_fabric_writer *out);
YQ_NODISCARD yq_status yq_fabric_put_writer(
    const yq_fabric_call *call, size_t chaincode, yq_slice key, const yq_fabric_writer *in);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_STATE_H */
