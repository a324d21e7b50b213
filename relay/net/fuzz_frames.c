#include "relay/base/assert.h"
#include "relay/net/frames.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A stream of frames: each body goes to its type's decoder; what is decoded encodes to the same. */
static void one(yq_frame_type type, yq_slice body)
{
    static uint8_t room[16u + YQ_FRAME_CHUNK_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_fault why;
    const uint8_t *digest;
    uint16_t n;
    uint64_t from, to;
    yq_frame_chunk chunk;
    yq_status status = YQ_E_STATE;
    if (type == YQ_FRAME_ANNOUNCE || type == YQ_FRAME_FETCH) {
        status = yq_frame_digests_decode(body, &digest, &n, &why);
        if (status == YQ_OK) {
            yq_frame_digests_put(&w, digest, n);
        }
    } else if (type == YQ_FRAME_GET_BLOCKS) {
        status = yq_frame_range_decode(body, &from, &to, &why);
        if (status == YQ_OK) {
            yq_frame_range_put(&w, from, to);
        }
    } else if (type == YQ_FRAME_BLOCKS || type == YQ_FRAME_SNAPSHOT) {
        status = yq_frame_chunk_decode(body, &chunk, &why);
        if (status == YQ_OK) {
            yq_frame_chunk_put(&w, &chunk);
        }
    } else if (type == YQ_FRAME_GET_SNAPSHOT) {
        yq_slice request;
        status = yq_frame_token_decode(body, &from, &request, &why);
        if (status == YQ_OK) {
            yq_frame_token_put(&w, from, request);
        }
    } else if (type == YQ_FRAME_EXPORT || type == YQ_FRAME_GET_EXPORT) {
        uint8_t suite;
        yq_slice sigs;
        status = yq_frame_export_decode(body, &suite, &from, &sigs, &why);
        if (status == YQ_OK) {
            yq_frame_export_put(&w, suite, from, sigs);
        }
    } else if (type == YQ_FRAME_NO_BLOCKS || type == YQ_FRAME_NO_SNAPSHOT) {
        status = yq_frame_height_decode(body, &from, &why);
        if (status == YQ_OK) {
            yq_put_u64(&w, from);
        }
    }
    YQ_ASSERT(status != YQ_OK || yq_slice_equal(yq_writer_slice(&w), body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_cur c = yq_cur_of(yq_slice_of(data, size));
    while (yq_cur_left(&c) > 0) {
        yq_frame_type type;
        uint32_t n;
        yq_fault why;
        if (yq_frame_head(yq_cur_take(&c, YQ_FRAME_HEAD_SIZE), &type, &n, &why) != YQ_OK) {
            return 0;
        }
        yq_slice body = yq_cur_take(&c, n);
        if (yq_cur_ok(&c)) {
            one(type, body);
        }
    }
    return 0;
}
