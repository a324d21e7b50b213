#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_value(const yq_json *value)
{
    uint64_t u;
    int64_t s;
    yq_slice text;
    uint8_t room[64];
    yq_buf out = {.p = room, .cap = sizeof room};
    int is_number = yq_json_uint(value, &u);
    YQ_ASSERT(!(is_number && yq_json_text(value, &text)));
    (void)yq_json_int(value, &s);
    (void)yq_json_quantity(value, &u);
    (void)yq_json_hex(value, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yq_fault why = {0};
    yq_json *document = yq_json_parse(yq_slice_of(data, size), size, &why);
    if (document == NULL) {
        YQ_ASSERT(why.status != YQ_OK);
        return 0;
    }
    for (size_t i = 0; i < yq_json_count(document); i++) {
        const char *key = yq_json_key_at(document, i);
        const yq_json *value = key == NULL ? yq_json_at(document, i) : yq_json_get(document, key);
        YQ_ASSERT(value != NULL);
        read_value(value);
    }
    yq_json_free(document);
    return 0;
}
