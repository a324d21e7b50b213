#include "relay/base/assert.h"
#include "relay/ledger/snapshot_parts.h"
#include "relay/store/mem.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const yq_ledger_identity identity = {.alg = YQ_HASH_SM3, .suite = YQ_SUITE_SM2};

/* The request has one form: what is decoded is written as it was. */
static void request(yq_slice in)
{
    yq_snapshot_request r;
    uint8_t room[YQ_SNAPSHOT_REQUEST_SIZE];
    if (yq_snapshot_request_decode(in, &r, NULL) == YQ_OK) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_snapshot_request_put(&w, &r);
        YQ_ASSERT(yq_slice_equal(yq_writer_slice(&w), in));
    }
}

static void expect_same(yq_writer *w, yq_slice in)
{
    YQ_ASSERT(w->status == YQ_OK && yq_slice_equal(yq_writer_slice(w), in));
    yq_mem_free(w->p);
}

static void parts(yq_slice in)
{
    static snapshot_manifest manifest;
    static snapshot_epoch epoch;
    static snapshot_state state;
    static yq_valset set;
    yq_fault why = {0};
    static yq_genesis plan; /* without a recovery set */
    static yq_ledger ledger;
    static const yq_digest end;
    ledger.identity = identity;
    ledger.plan = &plan;
    snapshot_trust trust = {&ledger, &set, &end};
    set = (yq_valset){.epoch = 1, .suite = YQ_SUITE_SM2, .n = 4};
    if (snapshot_manifest_decode(&identity, in, &manifest, &why) == YQ_OK) {
        yq_writer w = yq_writer_of(yq_mem_alloc(in.n), in.n);
        snapshot_manifest_put(&w, &manifest);
        expect_same(&w, in);
        YQ_ASSERT(snapshot_manifest_check(&trust, &manifest, NULL) != YQ_OK);
    }
    if (snapshot_epoch_decode(&identity, in, &epoch, &why) == YQ_OK) {
        yq_writer w = yq_writer_of(yq_mem_alloc(in.n), in.n);
        snapshot_epoch_put(&w, &epoch);
        expect_same(&w, in);
        YQ_ASSERT(snapshot_epoch_check(&trust, &epoch, NULL) != YQ_OK);
    }
    if (snapshot_state_decode(in, &state, &why) == YQ_OK && !state.is_leaves) {
        yq_state_subtree above;
        yq_writer w = yq_writer_of(yq_mem_alloc(in.n), in.n);
        snapshot_places_put(&w, state.child);
        expect_same(&w, in);
        yq_state_subtree_above(identity.alg, state.child, &above);
    }
    YQ_ASSERT(why.offset <= in.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    request(yq_slice_of(data, size));
    parts(yq_slice_of(data, size));
    return 0;
}
