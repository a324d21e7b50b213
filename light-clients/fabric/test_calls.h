#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_CALLS_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_CALLS_H

/* Of the tests' network: a chaincode, its definition, an invocation, an update. */
#include "light-clients/fabric/test_updates.h"

static const registration cc = {
    .name = "cc", .path = "/Channel/Application/Endorsement", .keys = 8};

#define SEQUENCE "namespaces/fields/cc/Sequence"

/* A chaincode's definition as the channel commits it. */
static inline yq_slice validation_info(const char *path)
{
    yq_slice parameter = pb_text(2, path);
    return pb_bytes(2, JOIN(pb_text(1, "vscc"), pb_bytes(2, parameter)));
}

static inline yq_slice definition_tx(net *n, const char *path, size_t endorser_n)
{
    /* results_of takes texts: the value of ValidationInfo holds no NUL. */
    yq_slice info = validation_info(path);
    char *value = keep(calloc(1, info.n + 1));
    memcpy(value, info.p, info.n);
    const access_spec access[] = {
        {.ns = "_lifecycle", .kind = 'r', .key = SEQUENCE},
        {.ns = "_lifecycle", .kind = 'w', .key = SEQUENCE, .value = "\x08\x01"},
        {.ns = "_lifecycle",
         .kind = 'w',
         .key = "namespaces/fields/cc/ValidationInfo",
         .value = value},
        {.ns = "lscc", .kind = 'r', .key = "cc"}};
    const tx_spec t = {
        .chaincode = "_lifecycle",
        .access = access,
        .access_n = YQ_ARRAY_N(access),
        .endorser = {peer1, peer2},
        .endorser_n = endorser_n};
    return tx_of(n, &t);
}

static const access_spec own_read = {
    .ns = "_lifecycle", .kind = 'r', .key = SEQUENCE, .has_version = 1, .block = 1};

/* An invocation that reads its definition and does what is given. */
static inline tx_spec call_of(access_spec *room_of, const access_spec *more, size_t more_n)
{
    room_of[0] = own_read;
    for (size_t i = 0; i < more_n; i++) {
        room_of[1 + i] = more[i];
    }
    return (tx_spec){
        .chaincode = "cc",
        .access = room_of,
        .access_n = 1 + more_n,
        .endorser = {peer1, peer2},
        .endorser_n = 2,
        .event = "Sent",
        .payload = "hello"};
}

static const access_spec write_k = {.ns = "cc", .kind = 'w', .key = "k", .value = "v"};

static inline tx_spec plain_call(void)
{
    access_spec *a = keep(calloc(8, sizeof *a));
    return call_of(a, &write_k, 1);
}

static const update_spec good_update = {
    .timeout = "2s",
    .admin = {{"OrdererMSP", "ca.orderer", "admin0"}},
    .sequence_step = 1,
    .version_step = 1};

/* A network whose chaincode is defined in block 1, transaction 0. */
static inline client *start(net *n)
{
    client *c = net_client(n, &cc, 1);
    yq_slice tx = definition_tx(n, "/Channel/Application/Endorsement", 2);
    parts b = block_of(n, &tx, 1);
    if (client_update(c, layout_block(&b)) != YQ_OK) {
        fprintf(stderr, "definition: %d %s\n", c->why.status, c->why.text);
        abort();
    }
    net_take(n, &b);
    return c;
}

/* Puts transactions into the next block and has the client follow it. */
static inline yq_status follow(client *c, net *n, const yq_slice *element, size_t element_n)
{
    parts b = block_of(n, element, element_n);
    yq_status status = client_update(c, layout_block(&b));
    if (status == YQ_OK) {
        net_take(n, &b);
    }
    return status;
}

/* The verdict on one transaction in a block of its own. */
static inline yq_status verdict(client *c, net *n, const tx_spec *t)
{
    yq_slice tx = tx_of(n, t);
    yq_status status = follow(c, n, &tx, 1);
    if (status != YQ_OK) {
        return status;
    }
    yq_verified_event event;
    return client_event(c, layout_proof(n->number, 0, tx), &event);
}

/* The verdict on the last transaction of a block of several. */
static inline yq_status last_verdict(client *c, net *n, const yq_slice *tx, size_t tx_n)
{
    yq_status status = follow(c, n, tx, tx_n);
    if (status != YQ_OK) {
        return status;
    }
    yq_verified_event event;
    return client_event(c, layout_proof(n->number, (uint32_t)(tx_n - 1), tx[tx_n - 1]), &event);
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_CALLS_H */
