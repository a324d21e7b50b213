/* Generated channels through the adapter's conversion and the light client. */
#include "adapters/fabric/evidence.h"
#include "conformance/chains/fabric/chain.h"
#include "light-clients/fabric/test_host.h"
#include "relay/base/errors.h"

#include <criterion/criterion.h>

#define EVIDENCE_MAX (2u << 20)

typedef struct world {
    yq_fbmock_store store;
    yq_fbmock_chain *chain;
    client *client;
    size_t followed;
    uint8_t room[2][EVIDENCE_MAX];
} world;

static yq_slice evidence(world *w, size_t at, unsigned to)
{
    yq_fabric_raw_block raw;
    yq_buf out = {w->room[to], EVIDENCE_MAX, 0};
    const yq_fbmock_block *b = &w->store.block[at];
    cr_assert_eq(yq_fabric_raw_block_decode(yq_slice_of(b->p, b->n), &raw, NULL), YQ_OK);
    cr_assert_eq(yq_fabric_raw_update(&raw, &out), YQ_OK);
    return yq_slice_of(out.p, out.n);
}

static world *begin(const char *suite)
{
    world *w = calloc(1, sizeof *w);
    yq_fault why = {0};
    const yq_mock_options options = {.chain = "hubch", .seed = "seed", .suite = suite};
    cr_assert_eq(yq_fbmock_chain_new(&options, &w->store, &w->chain, &why), YQ_OK);
    w->client = client_new();
    yq_fabric_raw_block raw;
    const yq_fbmock_block *b = &w->store.block[0];
    cr_assert_eq(yq_fabric_raw_block_decode(yq_slice_of(b->p, b->n), &raw, NULL), YQ_OK);
    const yq_fabric_registration hubcc = {
        .name = yq_slice_text(YQ_FBMOCK_CHAINCODE),
        .path = yq_slice_text(YQ_FBMOCK_POLICY),
        .keys = 1000};
    yq_buf out = {w->room[0], EVIDENCE_MAX, 0};
    cr_assert_eq(yq_fabric_raw_anchor(yq_slice_text("hubch"), &hubcc, 1, &raw, &out), YQ_OK);
    yq_status status = client_init(w->client, yq_slice_of(out.p, out.n));
    cr_assert_eq(status, YQ_OK, "init %d %s", status, w->client->why.text);
    w->followed = 1;
    return w;
}

static void end(world *w)
{
    client_free(w->client);
    yq_fbmock_chain_free(w->chain);
    yq_fbmock_store_clear(&w->store);
    free(w);
}

/* Follows what there is; the first refusal. */
static yq_status follow(world *w)
{
    yq_status status = YQ_OK;
    for (; w->followed < w->store.n && status == YQ_OK; w->followed += status == YQ_OK) {
        status = client_update(w->client, evidence(w, w->followed, 0));
    }
    return status;
}

static void emit(world *w, size_t n)
{
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(yq_fbmock_emit(w->chain, yq_slice_text("payload"), tx_id), YQ_OK);
    }
    while (yq_fbmock_seal(w->chain, 1700000100000u)) {
    }
}

static yq_status prove(world *w, size_t number, uint32_t index, yq_verified_event *event)
{
    yq_fabric_raw_block raw;
    yq_slice element = {0};
    size_t at = 0;
    yq_buf out = {w->room[0], EVIDENCE_MAX, 0};
    const yq_fbmock_block *b = &w->store.block[number];
    cr_assert_eq(yq_fabric_raw_block_decode(yq_slice_of(b->p, b->n), &raw, NULL), YQ_OK);
    for (uint32_t i = 0; i <= index; i++) {
        cr_assert(yq_fabric_raw_next(&raw, &at, &element));
    }
    cr_assert_eq(yq_fabric_raw_proof(number, index, element, &out), YQ_OK);
    return client_event(w->client, yq_slice_of(out.p, out.n), event);
}

static void expect_follow(world *w, yq_status want)
{
    yq_status status = follow(w);
    cr_assert_eq(
        status, want, "%s at %zu: %s", yq_status_name(status), w->followed, w->client->why.text);
}

static void expect_events(world *w, size_t number, uint32_t n, yq_status want)
{
    for (uint32_t i = 0; i < n; i++) {
        yq_verified_event event;
        yq_status status = prove(w, number, i, &event);
        cr_assert_eq(status, want, "%s: %s", yq_status_name(status), w->client->why.text);
        if (status == YQ_OK) {
            cr_assert(yq_slice_equal(event.data, yq_slice_text("payload")));
            cr_assert(yq_slice_equal(event.emitter, yq_slice_text(YQ_FBMOCK_CHAINCODE)));
            cr_assert(yq_slice_equal(event.name, yq_slice_text(YQ_FBMOCK_EVENT)));
        }
    }
}

static void check_honest(const char *suite)
{
    world *w = begin(suite);
    expect_follow(w, YQ_OK);
    emit(w, 3);
    emit(w, 40);
    emit(w, 1);
    expect_follow(w, YQ_OK);
    cr_assert_eq(w->store.n, 7);
    expect_events(w, 3, 3, YQ_OK);
    expect_events(w, 4, 32, YQ_OK);
    expect_events(w, 5, 8, YQ_OK);
    expect_events(w, 6, 1, YQ_OK);
    end(w);
}

Test(fabric_chain, honest)
{
    check_honest("smartbft");
    check_honest("raft");
    check_honest(NULL);
}

/* A block refused, and good again once the chain is healed. */
static void check_refused(const char *suite, yq_mock_mode mode, yq_status want)
{
    world *w = begin(suite);
    emit(w, 1);
    expect_follow(w, YQ_OK);
    cr_assert_eq(yq_fbmock_hostile(w->chain, mode, 0, NULL, NULL), YQ_OK);
    emit(w, 2);
    expect_follow(w, want);
    emit(w, 1);
    cr_assert_eq(yq_fbmock_hostile(w->chain, YQ_MOCK_HONEST, 0, NULL, NULL), YQ_OK);
    emit(w, 1);
    expect_follow(w, YQ_OK);
    cr_assert_eq(w->followed, w->store.n);
    expect_events(w, 4, 2, YQ_OK);
    end(w);
}

Test(fabric_chain, signatures)
{
    check_refused("smartbft", YQ_MOCK_FORGED_SIGNATURE, YQ_E_SIG);
    check_refused("smartbft", YQ_MOCK_ONE_SIGNATURE_SHORT, YQ_E_QUORUM);
    check_refused("smartbft", YQ_MOCK_REPEATED_SIGNER, YQ_E_DUP_SIGNER);
    check_refused("raft", YQ_MOCK_FORGED_SIGNATURE, YQ_E_SIG);
    check_refused("raft", YQ_MOCK_ONE_SIGNATURE_SHORT, YQ_E_SIGNATURES_MISSING);
    check_refused("raft", YQ_MOCK_REPEATED_SIGNER, YQ_E_DUP_SIGNER);
}

static void check_event(const char *suite, yq_mock_mode mode, yq_status want)
{
    world *w = begin(suite);
    emit(w, 2);
    cr_assert_eq(yq_fbmock_hostile(w->chain, mode, 0, NULL, NULL), YQ_OK);
    emit(w, 2);
    cr_assert_eq(yq_fbmock_hostile(w->chain, YQ_MOCK_HONEST, 0, NULL, NULL), YQ_OK);
    emit(w, 2);
    expect_follow(w, YQ_OK);
    expect_events(w, 3, 2, YQ_OK);
    expect_events(w, 4, 2, want);
    expect_events(w, 5, 2, YQ_OK);
    end(w);
}

Test(fabric_chain, events)
{
    check_event("smartbft", YQ_MOCK_FOREIGN_EMITTER, YQ_E_EMITTER);
    check_event("raft", YQ_MOCK_FOREIGN_EMITTER, YQ_E_EMITTER);
    check_event("smartbft", YQ_MOCK_ALTERED_RECEIPT, YQ_E_ENDORSEMENT);
    check_event("raft", YQ_MOCK_ALTERED_RECEIPT, YQ_E_ENDORSEMENT);
}

static void check_fork(const char *suite)
{
    world *w = begin(suite);
    yq_digest hash;
    emit(w, 1);
    expect_follow(w, YQ_OK);
    yq_slice a = evidence(w, 3, 1);
    cr_assert_eq(yq_fbmock_hostile(w->chain, YQ_MOCK_FORK, 99, &hash, NULL), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_fbmock_hostile(w->chain, YQ_MOCK_FORK, 3, &hash, NULL), YQ_OK);
    yq_slice b = evidence(w, 3, 0);
    static uint8_t room[EVIDENCE_MAX];
    yq_buf pair = {room, sizeof room, 0};
    cr_assert_eq(yq_fabric_raw_misbehaviour(a, b, &pair), YQ_OK);
    cr_assert_eq(
        client_misbehaviour(w->client, yq_slice_of(pair.p, pair.n)),
        YQ_OK,
        "%s",
        w->client->why.text);
    cr_assert_neq(client_update(w->client, b), YQ_OK);
    cr_assert_eq(yq_fbmock_hostile(w->chain, YQ_MOCK_HONEST, 0, NULL, NULL), YQ_OK);
    cr_assert(yq_slice_equal(evidence(w, 3, 0), yq_slice_of(w->room[1], a.n)));
    end(w);
}

Test(fabric_chain, fork)
{
    check_fork("smartbft");
    check_fork("raft");
}
