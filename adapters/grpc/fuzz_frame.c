#include "adapters/grpc/frame.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte cuts the rest into pieces, of which each is also read as a line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    uint8_t room[64];
    size_t piece = data[0] % 32 + 1u;
    yq_grpc_deframer d = yq_grpc_deframer_of(room, sizeof room);
    yq_grpc_reply reply = {0};
    for (size_t at = 1; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        yq_slice in = yq_slice_of(data + at, n), message;
        yq_grpc_line(&reply, in);
        while (yq_grpc_deframer_take(&d, &in, &message)) {
            YQ_ASSERT(message.n <= sizeof room);
        }
        YQ_ASSERT(in.n == 0 || d.status != YQ_OK);
    }
    yq_fault why;
    if (yq_grpc_outcome(&reply, &why) != YQ_OK) {
        YQ_ASSERT(why.text[0] != '\0');
    }
    return 0;
}
