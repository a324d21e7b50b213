#include "relay/base/assert.h"
#include "relay/codec/rlp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX 8

/* Walks the whole tree, depth first, and writes it again: the same bytes, or a refusal. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_cur open[DEPTH_MAX + 1];
    size_t mark[DEPTH_MAX + 1], depth = 0;
    uint8_t *room = malloc(size + 1);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, size);
    open[0] = yq_cur_of(yq_slice_of(data, size));
    for (;;) {
        yq_cur *c = &open[depth];
        if (yq_cur_left(c) == 0) {
            if (depth == 0) {
                break;
            }
            yq_rlp_list_end(&w, mark[depth]);
            depth--;
            yq_rlp_end(c, &open[depth]);
        } else if (yq_rlp_is_list(c) && depth < DEPTH_MAX) {
            mark[depth + 1] = yq_rlp_list_begin(&w);
            open[depth + 1] = yq_rlp_list(c);
            depth++;
        } else if (yq_rlp_is_list(c)) {
            yq_put(&w, yq_rlp_item(c));
        } else {
            yq_rlp_put_string(&w, yq_rlp_string(c, size));
        }
    }
    yq_fault why;
    if (yq_cur_done(&open[0], &why) == YQ_OK) {
        YQ_ASSERT(w.status == YQ_OK);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), yq_slice_of(data, size)));
    } else {
        YQ_ASSERT(why.offset <= size);
    }
    free(room);
    yq_cur number = yq_cur_of(yq_slice_of(data, size));
    (void)yq_rlp_uint(&number);
    (void)yq_rlp_number(&number);
    (void)yq_rlp_fixed(&number, 20);
    return 0;
}
