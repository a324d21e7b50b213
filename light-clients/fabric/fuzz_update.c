#include "light-clients/fabric/fuzz_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first bit of the input chooses the network. */
static client *client_of(int is_bft)
{
    static client *both[2];
    if (both[is_bft] == NULL) {
        static const registration reg = {
            .name = "cc", .path = "/Channel/Application/Endorsement", .keys = 8};
        net n = net_new(is_bft);
        both[is_bft] = net_client(&n, &reg, 1);
        both[is_bft]->host.check_signatures = fuzz_check;
    }
    return both[is_bft];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    client *c = client_of(data[0] & 1);
    yq_client_view view = client_describe(c);
    uint8_t *copy = malloc(size);
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data + 1, size - 1);
    fuzz_repair(c, copy, size - 1, &view);
    yq_slice evidence = yq_slice_of(copy, size - 1);
    yq_status status = client_try(c, evidence, 0);
    fuzz_verdict(status);
    YQ_ASSERT(client_try(c, evidence, 0) == status);
    free(copy);
    return 0;
}
