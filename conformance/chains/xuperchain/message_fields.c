#include "conformance/chains/xuperchain/message.h"

yq_pb_field xuper_field(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f, found = {0};
    while (yq_pb_next(&c, &f)) {
        if (f.number == number) {
            found = f;
        }
    }
    return found;
}

int xuper_args(yq_slice request, yq_slice *arg, size_t *n)
{
    yq_cur c = yq_cur_of(request);
    yq_pb_field f;
    *n = 0;
    while (yq_pb_next(&c, &f)) {
        size_t at = *n;
        if (f.number != 4) {
            continue;
        }
        if (*n == XUPER_ARGS_MAX) {
            return 0;
        }
        const yq_slice name = xuper_field(f.bytes, 1).bytes;
        for (; at > 0 && yq_slice_compare(xuper_field(arg[at - 1], 1).bytes, name) > 0; at--) {
            arg[at] = arg[at - 1];
        }
        arg[at] = f.bytes;
        ++*n;
    }
    return 1;
}
