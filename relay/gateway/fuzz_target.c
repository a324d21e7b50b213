#include "relay/base/assert.h"
#include "relay/gateway/request.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char base[] = "/api/v1/";
    char *text = malloc(size + sizeof base);
    YQ_ASSERT(text != NULL);
    memcpy(text, base, sizeof base - 1);
    yq_bytes_copy(text + sizeof base - 1, data, size);
    text[size + sizeof base - 1] = '\0';
    for (size_t skip = 0; skip < sizeof base; skip += sizeof base - 1) {
        yq_target t;
        yq_fault why;
        const char *field;
        if (yq_target_read(text + skip, &t, &field, &why) == YQ_OK) {
            uint64_t v;
            yq_digest id;
            for (size_t i = 0; i < t.part_n; i++) {
                YQ_ASSERT(t.part[i].n > 0);
                (void)(yq_id_read(t.part[i], &id) + yq_number_read(t.part[i], 7, &v));
            }
        } else {
            YQ_ASSERT(why.status < 0 && field != NULL);
        }
        (void)yq_accepts_msgpack(text + skip);
    }
    free(text);
    return 0;
}
