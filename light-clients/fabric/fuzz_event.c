#include "light-clients/fabric/fuzz_host.h"
#include "light-clients/fabric/tx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A client with one event in block 1. */
static client *client_of_one(void)
{
    static const registration reg = {
        .name = "cc", .path = "/Channel/Application/Endorsement", .keys = 8, .known = 1};
    static const access_spec read = {
        .ns = "_lifecycle", .kind = 'r', .key = "namespaces/fields/cc/Sequence", .has_version = 1};
    const tx_spec t = {
        .chaincode = "cc",
        .access = &read,
        .access_n = 1,
        .endorser = {peer1, peer2},
        .endorser_n = 2,
        .event = "Sent",
        .payload = "hello"};
    net n = net_new(0);
    client *c = net_client(&n, &reg, 1);
    yq_slice tx = tx_of(&n, &t);
    parts b = block_of(&n, &tx, 1);
    YQ_ASSERT(client_update(c, layout_block(&b)) == YQ_OK);
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static client *c;
    static yq_fabric_tx tx;
    if (c == NULL) {
        c = client_of_one();
    }
    yq_verified_event event;
    yq_slice in = yq_slice_of(data, size);
    yq_status status = client_event(c, in, &event);
    fuzz_verdict(status);
    YQ_ASSERT(status != YQ_OK || event.emitter.n == 2);
    /* What lies behind the hash: any bytes as the transaction of a proof. */
    yq_fabric_envelope envelope;
    if (size > 17 && yq_fabric_envelope_split(yq_slice_of(data + 17, size - 17), &envelope)) {
        yq_fabric_tx_decode(envelope.payload, &tx);
        yq_fabric_event e;
        yq_fabric_form form = {1, 1};
        yq_fabric_event_decode(tx.events, &e, &form);
        YQ_ASSERT(e.name.n <= size);
    }
    return 0;
}
