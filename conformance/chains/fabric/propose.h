#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_PROPOSE_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_PROPOSE_H

#include "yuqiao/types.h"

/* What clients of the Gateway service send. Slices borrow from the input; signatures are not looked
 * at here. Errors of all: decode codes, E_FIELD_MISSING. */

/* EndorseRequest, EvaluateRequest. */
typedef struct yq_fbmock_proposal {
    yq_slice tx_id, channel;   /* of the request */
    yq_slice bytes, signature; /* SignedProposal */
    yq_slice channel_header, signature_header, payload;
    uint64_t type;
    yq_slice header_channel, header_tx_id, header_chaincode;
    yq_slice creator, nonce;
    yq_slice chaincode, function, argument;
} yq_fbmock_proposal;
YQ_NODISCARD yq_status
yq_fbmock_proposal_decode(yq_slice in, yq_fbmock_proposal *out, yq_fault *why);

typedef struct yq_fbmock_submission {
    yq_slice tx_id, channel, payload, signature;
} yq_fbmock_submission;
YQ_NODISCARD yq_status
yq_fbmock_submission_decode(yq_slice in, yq_fbmock_submission *out, yq_fault *why);

typedef struct yq_fbmock_question {
    yq_slice request, signature; /* what is signed, and by whom */
    yq_slice tx_id, channel, identity;
} yq_fbmock_question;
YQ_NODISCARD yq_status
yq_fbmock_question_decode(yq_slice in, yq_fbmock_question *out, yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_PROPOSE_H */
