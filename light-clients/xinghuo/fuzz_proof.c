/* First byte 2: an event's statement, 3: a value's; else as test_client_fuzz takes it. */
#include "light-clients/xinghuo/test_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static test_client *client;

static void start(void)
{
    static uint8_t room[TEST_BYTES_MAX];
    test_xinghuo x;
    test_xinghuo_new(&x, 4);
    client = test_client_new(yq_verifier_xinghuo());
    YQ_ASSERT(test_client_init(client, test_xinghuo_anchor(&x, room)) == YQ_OK);
    test_xinghuo_free(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (client == NULL) {
        start();
    }
    if (size == 0) {
        return 0;
    }
    const yq_slice in = {data + 1, size - 1};
    if (data[0] == 2) {
        yq_verified_event e;
        YQ_ASSERT(test_client_event(client, in, &e) > -400);
    } else if (data[0] == 3) {
        yq_verified_value v;
        YQ_ASSERT(test_client_value(client, yq_slice_text("record/7"), in, &v) > -400);
    } else {
        test_client_fuzz(client, data, size);
    }
    return 0;
}
