#include "relay/base/assert.h"
#include "relay/codec/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A signature that is read is written again as the same bytes; an element too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_slice in = yq_slice_of(data, size);
    yq_fault why;
    uint8_t rs[64], der[73];
    yq_status status = yq_der_signature_decode(in, 32, rs, &why);
    if (status == YQ_OK) {
        yq_buf out = {.p = der, .cap = sizeof der};
        YQ_ASSERT(yq_der_signature_encode(rs, 32, &out) == YQ_OK);
        YQ_ASSERT(yq_slice_equal(yq_slice_of(der, out.n), in));
    } else {
        YQ_ASSERT(why.offset <= size);
    }
    uint8_t *room = malloc(size + 1);
    YQ_ASSERT(room != NULL);
    yq_cur c = yq_cur_of(in);
    yq_der element;
    while (yq_der_next(&c, &element)) {
        yq_writer w = yq_writer_of(room, size);
        yq_der_put(&w, element.tag, element.content);
        YQ_ASSERT(w.status == YQ_OK);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), element.whole));
        yq_cur one = yq_cur_of(element.whole);
        (void)yq_der_time_ms(&one);
        one = yq_cur_of(element.whole);
        (void)yq_der_bits(&one);
    }
    free(room);
    return 0;
}
