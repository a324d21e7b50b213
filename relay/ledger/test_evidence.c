#include "relay/ledger/test_world.h"
#include "relay/ledger/view.h"

#include <criterion/criterion.h>

/* What the core writes as evidence is what the state machine reads: votes of the core's own layout,
 * signed by real validators, through an envelope into the ledger. */

static world w;

static void begin(void)
{
    world_make(&w);
    cr_assert_eq(world_open(&w), YQ_OK);
}

static void finish(void)
{
    world_free(&w);
}

TestSuite(evidence, .init = begin, .fini = finish, .timeout = 120);

static size_t vote(uint8_t type, uint16_t signer, uint8_t fill, uint8_t *out)
{
    yq_vote v = {.type = type, .epoch = 1, .view = 3, .signer = signer};
    memset(v.h.b, fill, sizeof v.h.b);
    v.info = (yq_final_info){
        .chain_id_hash = w.chain, .epoch = 1, .view = 3, .height = 2, .h = v.h, .time_ms = fill};
    yq_digest m;
    yq_vote_digest(YQ_HASH_SM3, &w.chain, &v, &m);
    yq_key_sign(w.validator[signer], YQ_SLICE_OF(m.b), v.sig);
    yq_writer to = yq_writer_of(out, YQ_VOTE_SIZE_MAX);
    yq_vote_put(&to, &v);
    cr_assert_eq(to.status, YQ_OK);
    return to.n;
}

/* Returns the code of the transaction in the next block. */
static int32_t record(uint64_t seq, uint8_t type_one, uint8_t type_two, uint16_t signer)
{
    uint8_t one[YQ_VOTE_SIZE_MAX], two[YQ_VOTE_SIZE_MAX], room[2048];
    yq_buf out = {room, sizeof room, 0};
    yq_tx tx = {.method = YQ_METHOD_EVIDENCE_RECORD};
    tx.as.twice_signed.one = yq_slice_of(one, vote(type_one, signer, 1, one));
    tx.as.twice_signed.two = yq_slice_of(two, vote(type_two, signer, 2, two));
    cr_assert_eq(yq_tx_encode(&tx, &out), YQ_OK);
    yq_slice bytes = yq_slice_of(out.p, out.n);
    yq_envelope env = world_envelope(&w, 0, seq, WORLD_TIME + 3600000, &bytes, 1);
    yq_digest id = env.id;
    yq_bft_tip tip;
    cr_assert_eq(world_put(&w, &env), YQ_OK);
    world_drop(&env);
    world_block(&w, 1, &tip);
    yq_view *v;
    yq_tx_where where;
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    cr_assert_eq(yq_view_tx(v, &id, &where), YQ_OK);
    yq_view_close(v);
    cr_assert_eq(where.stage, YQ_TX_FINAL);
    return where.code;
}

Test(evidence, each_kind_of_the_core)
{
    cr_assert_eq(record(1, YQ_SIGNED_PROPOSE, YQ_SIGNED_PROPOSE, 0), YQ_OK);
    cr_assert_eq(record(2, YQ_SIGNED_NOTARIZE, YQ_SIGNED_NOTARIZE, 1), YQ_OK);
    cr_assert_eq(record(3, YQ_SIGNED_FINALIZE, YQ_SIGNED_NULLIFY, 2), YQ_OK);
    cr_assert_eq(record(4, YQ_SIGNED_FINALIZE, YQ_SIGNED_FINALIZE, 3), YQ_OK);
    cr_assert_eq(record(5, YQ_SIGNED_NOTARIZE, YQ_SIGNED_NULLIFY, 0), YQ_E_NOT_PROVEN);
    cr_assert_eq(record(6, YQ_SIGNED_FINALIZE, YQ_SIGNED_NULLIFY, 2), YQ_E_EXISTS);
    yq_view *v;
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    yq_evidence e = {0};
    unsigned n = 0;
    for (; yq_hub_evidence_next(yq_view_hub(v), &e); n++) {
        cr_assert(yq_slice_equal(e.key, yq_key_public(w.validator[e.signer])));
        cr_assert_eq(e.org.n, 18);
    }
    cr_assert_eq(n, 4);
    yq_view_close(v);
}

/* The validators that the state names are those of the ledger's own set. */
Test(evidence, the_state_knows_the_set)
{
    yq_view *v;
    yq_validators named;
    yq_valset set;
    uint64_t first;
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    cr_assert_eq(yq_hub_validators(yq_view_hub(v), 0, &named), YQ_OK);
    cr_assert_eq(yq_view_valset(v, 1, &set, &first), YQ_OK);
    cr_assert_eq(named.n, set.n);
    cr_assert_eq(named.epoch, 1);
    cr_assert_eq(named.from_height, first);
    for (size_t i = 0; i < named.n; i++) {
        cr_assert_eq(memcmp(named.item[i].key.p, set.key[i], 64), 0);
    }
    yq_view_close(v);
}
