#include "light-clients/fabric/fuzz_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IS_BFT      1u
#define IS_DOMESTIC 2u

/* A client of the domestic dialect needs a sample: its block 1, which is an update too. */
static client *sampled_client(int is_bft, const registration *reg)
{
    client *c = client_new();
    net_dialect = fuzz_dialect;
    net n = net_new(is_bft);
    n.is_lean = 1;
    parts genesis = genesis_of(&n);
    yq_slice element = pb_bytes(1, text("x"));
    parts sample = block_of(&n, &element, 1);
    yq_slice anchor =
        layout_sampled_anchor(NET_CHANNEL, reg, 1, layout_block(&genesis), layout_block(&sample));
    YQ_ASSERT(client_init(c, anchor) == YQ_OK);
    net_dialect = (yq_fabric_dialect)YQ_FABRIC_PLAIN;
    return c;
}

/* The first bits of the input choose the network. */
static client *client_of(unsigned kind)
{
    static client *all[4];
    if (all[kind] == NULL) {
        static const registration reg = {
            .name = "cc", .path = "/Channel/Application/Endorsement", .keys = 8};
        net n = net_new((kind & IS_BFT) != 0);
        all[kind] = (kind & IS_DOMESTIC) != 0 ? sampled_client((kind & IS_BFT) != 0, &reg)
                                              : net_client(&n, &reg, 1);
        all[kind]->host.check_signatures = fuzz_check;
    }
    return all[kind];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    static const yq_fabric_dialect plain = YQ_FABRIC_PLAIN;
    client *c = client_of(data[0] & 3u);
    yq_client_view view = client_describe(c);
    uint8_t *copy = malloc(size);
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data + 1, size - 1);
    fuzz_link after = {.number = view.height};
    memcpy(after.hash, view.hash, sizeof after.hash);
    const yq_fabric_dialect *spoken = (data[0] & IS_DOMESTIC) != 0 ? &fuzz_dialect : &plain;
    fuzz_repair(c, copy, size - 1, spoken, &after, NULL);
    yq_slice evidence = yq_slice_of(copy, size - 1);
    yq_status status = client_try(c, evidence, 0);
    fuzz_verdict(status);
    YQ_ASSERT(client_try(c, evidence, 0) == status);
    free(copy);
    return 0;
}
