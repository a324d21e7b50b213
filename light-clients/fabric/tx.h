#ifndef YQ_LIGHT_CLIENTS_FABRIC_TX_H
#define YQ_LIGHT_CLIENTS_FABRIC_TX_H

#include "light-clients/fabric/header.h"

#define YQ_FABRIC_ENDORSEMENTS_MAX 64u
#define YQ_FABRIC_LIFECYCLE        "_lifecycle"

typedef struct yq_fabric_endorsement {
    yq_slice endorser, signature;
} yq_fabric_endorsement;

/* An endorser transaction unfolded, as Fabric's nodes read it. Slices borrow from the payload. */
typedef struct yq_fabric_tx {
    yq_fabric_form form; /* of the whole */
    yq_fabric_payload head;
    size_t action_n; /* what follows is of the last action */
    yq_slice action_header, action_nonce, action_creator;
    yq_slice proposal_payload; /* chaincode_proposal_payload */
    yq_slice response_payload; /* proposal_response_payload: what endorsers sign */
    yq_slice proposal_hash;
    yq_slice results, events;
    int has_events;
    uint64_t response_status;
    int has_response;
    yq_slice header_chaincode; /* of the header's extension */
    yq_slice chaincode;        /* of the action */
    yq_slice chaincode_version;
    size_t endorsement_n; /* may exceed the room: those are not kept */
    yq_fabric_endorsement endorsement[YQ_FABRIC_ENDORSEMENTS_MAX];
} yq_fabric_tx;

/* Reads a payload of type ENDORSER_TRANSACTION. Read and write sets are checked for form too. */
void yq_fabric_tx_decode(yq_slice payload, yq_fabric_tx *tx);

/* ChaincodeEvent {1: chaincode_id, 2: tx_id, 3: event_name, 4: payload}. */
typedef struct yq_fabric_event {
    yq_slice chaincode, tx_id, name, payload;
} yq_fabric_event;
void yq_fabric_event_decode(yq_slice in, yq_fabric_event *event, yq_fabric_form *form);

/* One namespace of the results. */
typedef struct yq_fabric_namespace {
    yq_slice name, rwset;
    size_t collection_n;
} yq_fabric_namespace;

/* Walks the namespaces of results (TxReadWriteSet). Returns 0 at the end, and when form is not ok.
 * In: w over results. */
int yq_fabric_namespace_next(yq_fabric_wire *w, yq_fabric_namespace *out);

typedef enum yq_fabric_access_kind {
    YQ_FABRIC_ACCESS_INVALID = 0,
    YQ_FABRIC_READ = 1,
    YQ_FABRIC_RANGE = 2, /* a range query */
    YQ_FABRIC_WRITE = 3,
    YQ_FABRIC_METADATA = 4, /* a write of a key's metadata: key-level policies */
} yq_fabric_access_kind;

typedef struct yq_fabric_access {
    uint8_t kind; /* yq_fabric_access_kind */
    yq_slice key;
    int has_version; /* READ: 0 when the key was not there */
    uint64_t block, tx;
    int is_delete;  /* WRITE */
    int is_empty;   /* WRITE: no value, which some versions take for a deletion */
    yq_slice value; /* WRITE */
} yq_fabric_access;

/* Walks a namespace's KVRWSet. Returns 0 at the end, and when form is not ok. In: w over its rwset.
 */
int yq_fabric_access_next(yq_fabric_wire *w, yq_fabric_access *out);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TX_H */
