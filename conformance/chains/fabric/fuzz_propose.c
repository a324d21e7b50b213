#include "conformance/chains/fabric/propose.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = yq_slice_of(data, size);
    yq_fbmock_proposal proposal;
    yq_fbmock_submission submission;
    yq_fbmock_question question;
    yq_fault why;
    if (yq_fbmock_proposal_decode(in, &proposal, &why) == YQ_OK) {
        YQ_ASSERT(proposal.channel_header.n < size && proposal.argument.n < size);
    }
    if (yq_fbmock_submission_decode(in, &submission, &why) == YQ_OK) {
        YQ_ASSERT(submission.payload.n < size);
    }
    if (yq_fbmock_question_decode(in, &question, &why) == YQ_OK) {
        YQ_ASSERT(question.identity.n < size);
    }
    return 0;
}
