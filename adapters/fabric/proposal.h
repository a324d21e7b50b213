#ifndef YQ_ADAPTERS_FABRIC_PROPOSAL_H
#define YQ_ADAPTERS_FABRIC_PROPOSAL_H

#include "yuqiao/types.h"

/* The messages of Fabric's Gateway service as bytes: gateway.proto and what it imports. No I/O and
 * no keys here. Encoders append to out and give E_NOSPC when it is too small. */

#define YQ_FABRIC_TX_ID_SIZE 64u

/* A call of a chaincode that is to be proposed. */
typedef struct yq_fabric_invocation {
    yq_slice channel, chaincode, function, argument;
    yq_slice creator;       /* SerializedIdentity */
    yq_slice tls_cert_hash; /* empty without a TLS client certificate */
    uint32_t tx_hash;       /* yq_hash_alg of ids and proposals */
    uint8_t nonce[24];
    uint64_t now_ms;
} yq_fabric_invocation;

/* Its parts; slices lie in the room that the caller gave. */
typedef struct yq_fabric_proposal {
    char tx_id[YQ_FABRIC_TX_ID_SIZE + 1];
    uint32_t tx_hash;
    yq_slice channel, chaincode;
    yq_slice channel_header, signature_header, payload; /* ChaincodeProposalPayload */
    yq_slice bytes;                                     /* Proposal: what the client signs */
} yq_fabric_proposal;

/* Returns the room that yq_fabric_propose needs at most. */
size_t yq_fabric_proposal_room(const yq_fabric_invocation *call);

/* Makes a proposal. Out: room, and proposal, whose slices lie there; channel and chaincode are the
 * call's. Errors: E_NOSPC. */
YQ_NODISCARD yq_status
yq_fabric_propose(const yq_fabric_invocation *call, yq_buf *room, yq_fabric_proposal *proposal);

/* EndorseRequest, and EvaluateRequest, which has the same fields. */
YQ_NODISCARD yq_status
yq_fabric_endorse_request(const yq_fabric_proposal *proposal, yq_slice signature, yq_buf *out);

/* Reads an EndorseResponse: the payload of the envelope that is to be signed. Errors: decode codes,
 * E_FIELD_MISSING. */
YQ_NODISCARD yq_status yq_fabric_endorse_decode(yq_slice in, yq_slice *payload, yq_fault *why);

/*
 * Whether a prepared transaction is what was proposed: its headers, its call, the proposal's hash
 * in what the endorsers signed, the chaincode, a response of success, an endorsement. A gateway is
 * not trusted: what it makes is looked at before it is signed. Errors: E_PEER with what differs.
 * Not checked: the endorsers' signatures, which the channel's nodes and the light client judge.
 */
YQ_NODISCARD yq_status
yq_fabric_prepared_check(const yq_fabric_proposal *proposal, yq_slice payload, yq_fault *why);

YQ_NODISCARD yq_status yq_fabric_submit_request(
    const yq_fabric_proposal *proposal, yq_slice payload, yq_slice signature, yq_buf *out);

/* CommitStatusRequest: what the client signs; and SignedCommitStatusRequest around it. */
YQ_NODISCARD yq_status
yq_fabric_status_request(yq_slice tx_id, yq_slice channel, yq_slice creator, yq_buf *out);
YQ_NODISCARD yq_status yq_fabric_status_signed(yq_slice request, yq_slice signature, yq_buf *out);

/* Validation codes of a transaction that is in a block (transaction.proto). */
typedef enum yq_fabric_tx_code {
    YQ_FABRIC_TX_VALID = 0,
    YQ_FABRIC_TX_DUPLICATE = 9,
    YQ_FABRIC_TX_POLICY = 10,
    YQ_FABRIC_TX_MVCC = 11,
    YQ_FABRIC_TX_PHANTOM = 12,
    YQ_FABRIC_TX_EXPIRED_CHAINCODE = 17,
    YQ_FABRIC_TX_OTHER_VERSION = 18,
    YQ_FABRIC_TX_NOT_VALIDATED = 254,
} yq_fabric_tx_code;

/* Reads a CommitStatusResponse. Errors: decode codes, E_RANGE. */
YQ_NODISCARD yq_status
yq_fabric_status_decode(yq_slice in, uint32_t *code, uint64_t *block, yq_fault *why);

/* Reads an EvaluateResponse. Errors: decode codes. */
YQ_NODISCARD yq_status
yq_fabric_evaluate_decode(yq_slice in, uint32_t *status, yq_slice *payload, yq_fault *why);

/* What the details of a failed call say (google.rpc.Status with gateway.ErrorDetail). */
typedef enum yq_fabric_trouble {
    YQ_FABRIC_TROUBLE_OTHER = 0,
    YQ_FABRIC_TROUBLE_REFUSED = 1,  /* the chaincode answered with a failure */
    YQ_FABRIC_TROUBLE_MISMATCH = 2, /* endorsers computed different results */
} yq_fabric_trouble;

/* Reads them as far as they can be read. Out: text, printable, NUL at its end: what the first
 * endpoint that says most had to say, or empty. */
yq_fabric_trouble yq_fabric_trouble_of(yq_slice details, char *text, size_t cap);

#endif /* YQ_ADAPTERS_FABRIC_PROPOSAL_H */
