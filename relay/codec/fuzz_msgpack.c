#include "yuqiao/limits.h"

#include "relay/base/assert.h"
#include "relay/codec/msgpack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One value that is not a container, copied through its typed reader. */
static void copy_scalar(yq_cur *c, yq_writer *w)
{
    uint8_t b = c->p[c->pos];
    if (b == 0xc2 || b == 0xc3) {
        yq_mp_put_bool(w, yq_mp_bool(c));
    } else if ((b >= 0xa0 && b <= 0xbf) || (b >= 0xd9 && b <= 0xdb)) {
        yq_mp_put_str(w, yq_mp_str(c, UINT32_MAX));
    } else if (b >= 0xc4 && b <= 0xc6) {
        yq_mp_put_bin(w, yq_mp_bin(c, UINT32_MAX));
    } else if (b >= 0xd0) {
        yq_mp_put_int(w, yq_mp_int(c));
    } else {
        yq_mp_put_uint(w, yq_mp_uint(c, UINT64_MAX));
    }
}

/* What skip takes is the one form of its value: reading and writing it item by item gives the same
 * bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_cur c = yq_cur_of(yq_slice_of(data, size));
    yq_slice whole = yq_mp_skip(&c);
    yq_fault why;
    if (yq_cur_status(&c, &why) != YQ_OK) {
        YQ_ASSERT(why.offset <= size);
        return 0;
    }
    uint8_t *room = malloc(whole.n);
    YQ_ASSERT(room != NULL);
    yq_writer w = yq_writer_of(room, whole.n);
    c = yq_cur_of(whole);
    while (yq_cur_left(&c) > 0) {
        uint8_t b = c.p[c.pos];
        if ((b >= 0x80 && b <= 0x8f) || b == 0xde || b == 0xdf) {
            yq_mp_put_map(&w, yq_mp_map(&c, UINT32_MAX));
        } else if ((b >= 0x90 && b <= 0x9f) || b == 0xdc || b == 0xdd) {
            yq_mp_put_array(&w, yq_mp_array(&c, UINT32_MAX));
        } else {
            copy_scalar(&c, &w);
        }
    }
    YQ_ASSERT(yq_cur_done(&c, NULL) == YQ_OK);
    YQ_ASSERT(w.status == YQ_OK);
    YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), whole));
    free(room);
    return 0;
}
