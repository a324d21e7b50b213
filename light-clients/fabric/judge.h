#ifndef YQ_LIGHT_CLIENTS_FABRIC_JUDGE_H
#define YQ_LIGHT_CLIENTS_FABRIC_JUDGE_H

#include "light-clients/fabric/bundle.h"
#include "light-clients/fabric/state.h"
#include "light-clients/fabric/tx.h"

/* Inner part of validity.c: one transaction that touches a registered chaincode. */

#define YQ_FABRIC_NO_CHAINCODE UINT32_MAX

/* Room for the signatures of one transaction: first the creator's, then the endorsers'. */
#define YQ_FABRIC_SIGNING_MAX (1u + YQ_FABRIC_ENDORSEMENTS_MAX)
typedef struct yq_fabric_signing {
    const yq_fabric_identity *who[YQ_FABRIC_SIGNING_MAX];
    int is_exact[YQ_FABRIC_SIGNING_MAX];
    yq_status valid[YQ_FABRIC_SIGNING_MAX];
    size_t job_of[YQ_FABRIC_SIGNING_MAX];
    yq_signature job[YQ_FABRIC_SIGNING_MAX];
    size_t n, job_n;
} yq_fabric_signing;

typedef struct yq_fabric_case {
    const yq_fabric_call *call;
    yq_fabric_bundle *bundle;
    yq_fabric_state *state;
    yq_fabric_tx *tx;
    yq_fabric_signing *signing; /* room */
    yq_fabric_envelope envelope;
    uint32_t own;       /* the registered chaincode that was called, or NO_CHAINCODE */
    uint32_t written;   /* bit i: writes in the namespace of chaincode i */
    uint32_t redefined; /* bit i: writes the definition of chaincode i */
    /* Out: */
    yq_status status;   /* OK: it succeeded, for an own one */
    int surely_invalid; /* every node refuses it: it changes nothing */
} yq_fabric_case;

/* Notes that success is not shown. surely: every node refuses the transaction; counts only when
 * every node reads it as we do. */
void yq_fabric_spoil(yq_fabric_case *c, yq_status status, int surely);

/* Which registered chaincodes a transaction touches: own, written, redefined. */
void yq_fabric_case_touch(yq_fabric_case *c);

/* Judges all but the repetition of its id. Never fails: what cannot be judged is spoilt. */
void yq_fabric_case_judge(yq_fabric_case *c);

/* The keys of a chaincode's definition in _lifecycle. */
typedef enum yq_fabric_definition_key {
    YQ_FABRIC_DEFINITION_OTHER = 0,
    YQ_FABRIC_DEFINITION_SEQUENCE = 1,
    YQ_FABRIC_DEFINITION_VALIDATION = 2,
} yq_fabric_definition_key;
yq_fabric_definition_key yq_fabric_definition_key_of(
    const yq_fabric_state *state, yq_slice key, uint32_t *chaincode);

/* Returns the registered chaincode of a namespace, or NO_CHAINCODE. */
uint32_t yq_fabric_chaincode_of(const yq_fabric_state *state, yq_slice name);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_JUDGE_H */
