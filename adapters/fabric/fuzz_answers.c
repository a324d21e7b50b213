#include "adapters/fabric/proposal.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a gateway may answer, and a failure's details. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[4096];
    yq_slice in = yq_slice_of(data, size), payload;
    yq_fault why = {0};
    uint32_t code;
    uint64_t block;
    char text[64];
    yq_buf out = {room, sizeof room, 0};
    yq_fabric_proposal proposal;
    const yq_fabric_invocation call = {
        .channel = yq_slice_text("ch"),
        .chaincode = yq_slice_text("yuqiao"),
        .function = yq_slice_text("receiveMessages"),
        .argument = yq_slice_text("x"),
        .creator = yq_slice_text("me"),
        .tx_hash = YQ_HASH_SHA256};
    YQ_ASSERT(yq_fabric_propose(&call, &out, &proposal) == YQ_OK);
    if (yq_fabric_endorse_decode(in, &payload, &why) == YQ_OK) {
        YQ_ASSERT(payload.n < size);
        /* Nobody can make what is signed without the hash of what was proposed. */
        if (yq_fabric_prepared_check(&proposal, payload, &why) != YQ_OK) {
            YQ_ASSERT(why.text[0] != '\0');
        }
    }
    if (yq_fabric_status_decode(in, &code, &block, &why) == YQ_OK) {
        YQ_ASSERT(code <= UINT8_MAX);
    }
    if (yq_fabric_evaluate_decode(in, &code, &payload, &why) == YQ_OK) {
        YQ_ASSERT(payload.n <= size);
    }
    (void)yq_fabric_trouble_of(in, text, sizeof text);
    YQ_ASSERT(strlen(text) < sizeof text);
    return 0;
}
