#include "relay/base/assert.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every field in good form is written again as the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_cur c = yq_cur_of(yq_slice_of(data, size));
    uint8_t *room = malloc(size + 1);
    YQ_ASSERT(room != NULL);
    yq_pb_field f;
    uint64_t seen = 0;
    while (yq_pb_next(&c, &f)) {
        yq_writer w = yq_writer_of(room, size);
        if (f.type == YQ_PB_VARINT) {
            yq_pb_put_varint(&w, f.number, f.value);
        } else if (f.type == YQ_PB_BYTES) {
            yq_pb_put_bytes(&w, f.number, f.bytes);
            yq_cur inner = yq_cur_of(f.bytes);
            int found;
            (void)yq_pb_find(&inner, f.number, &found);
        } else {
            continue;
        }
        YQ_ASSERT(w.status == YQ_OK);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), f.whole));
        (void)yq_pb_once(&c, &f, YQ_PB_BYTES, &seen);
    }
    /* What is canonical comes out of the writer again, byte by byte. */
    yq_cur strict = yq_cur_of(yq_slice_of(data, size));
    yq_pb_field field = {0};
    yq_writer all = yq_writer_of(room, size);
    int fixed = 0;
    while (yq_pb_next_canonical(&strict, &field, YQ_PB_BIT(1), YQ_PB_BIT(2))) {
        if (field.type == YQ_PB_VARINT) {
            yq_pb_put_varint(&all, field.number, field.value);
        } else if (field.type == YQ_PB_BYTES) {
            yq_pb_put_bytes(&all, field.number, field.bytes);
        } else {
            fixed = 1;
        }
    }
    if (yq_cur_done(&strict, NULL) == YQ_OK && !fixed) {
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&all), yq_slice_of(data, size)));
    }
    free(room);
    yq_fault why;
    return yq_cur_done(&c, &why) == YQ_OK || why.offset <= size ? 0 : -1;
}
