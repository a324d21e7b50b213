/* A host that gives too little: every call says so, and never another verdict. */
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>

typedef struct question {
    client *c;
    yq_slice anchor, update, proof, pair; /* one is not empty */
} question;

/* Out: said, what came out. */
static yq_status ask(const question *q, yq_digest *said)
{
    client *c = q->c;
    yq_verified_event event = {0};
    yq_status status = YQ_E_STATE;
    if (q->anchor.n > 0) {
        client *fresh = client_new();
        fresh->scratch_max = c->scratch_max;
        fresh->signatures_max = c->signatures_max;
        status = client_init(fresh, q->anchor);
        yq_hash_one(YQ_HASH_SHA256, yq_slice_of(fresh->state, fresh->state_n), said->b);
        client_free(fresh);
        return status;
    }
    if (q->update.n > 0) {
        status = client_try(c, q->update, 0);
        yq_hash_one(YQ_HASH_SHA256, yq_slice_of(c->next, c->next_n), said->b);
        return status;
    }
    status = q->proof.n > 0 ? client_event(c, q->proof, &event) : client_misbehaviour(c, q->pair);
    yq_hash_one(YQ_HASH_SHA256, event.data, said->b);
    return status;
}

/* In steps that no allocation of a certificate is larger than; the larger ones are met too. */
static void with_little_scratch(const question *q)
{
    yq_digest right, said;
    client *c = q->c;
    cr_assert_eq(ask(q, &right), YQ_OK, "%s", c->why.text);
    size_t most = YQ_VERIFIER_SCRATCH_MAX - c->scratch_left, short_n = 0;
    if (q->anchor.n > 0) {
        most = 2u << 20;
    }
    for (size_t at = 0; at < most; at += at < 4096 ? 97 : 701) {
        c->scratch_max = at;
        yq_status status = ask(q, &said);
        cr_assert(
            status == YQ_E_LIMIT || (status == YQ_OK && yq_digest_equal(&said, &right)),
            "%zu of %zu bytes: %d %s",
            at,
            most,
            status,
            c->why.text);
        short_n += status == YQ_E_LIMIT;
    }
    cr_assert_gt(short_n, 10);
    c->scratch_max = YQ_VERIFIER_SCRATCH_MAX;
}

static void with_few_signatures(const question *q, size_t least)
{
    yq_digest right, said;
    client *c = q->c;
    cr_assert_eq(ask(q, &right), YQ_OK);
    size_t n = 0;
    for (; n < 256; n++) {
        c->signatures_max = n;
        yq_status status = ask(q, &said);
        if (status == YQ_OK) {
            break;
        }
        cr_assert_eq(status, YQ_E_BUDGET, "%zu signatures: %d %s", n, status, c->why.text);
    }
    cr_assert(yq_digest_equal(&said, &right));
    cr_assert_geq(n, least);
    c->signatures_max = YQ_VERIFIER_SIGNATURES_MAX;
}

static void all_calls(int is_bft)
{
    net n = net_new(is_bft), after;
    n.is_lean = 1;
    parts genesis = genesis_of(&n);
    question q = {.anchor = layout_anchor(NET_CHANNEL, &cc, 1, layout_block(&genesis))};
    q.c = net_client(&n, &cc, 1);
    with_little_scratch(&q);
    q.anchor = nothing;
    yq_slice tx = definition_tx(&n, cc.path, 2);
    parts b = block_of(&n, &tx, 1);
    q.update = layout_block(&b);
    with_little_scratch(&q);
    with_few_signatures(&q, is_bft ? 11 : 8); /* orderers, creator, endorsers, their chains */
    cr_assert_eq(client_update(q.c, q.update), YQ_OK);
    net_take(&n, &b);
    tx_spec t = plain_call();
    tx = tx_of(&n, &t);
    b = block_of(&n, &tx, 1);
    q.update = layout_block(&b);
    with_little_scratch(&q);
    with_few_signatures(&q, is_bft ? 11 : 8);
    cr_assert_eq(client_update(q.c, q.update), YQ_OK);
    net_take(&n, &b);
    q.update = nothing;
    q.proof = layout_proof(2, 0, tx);
    with_little_scratch(&q);
    q.proof = nothing;
    yq_slice x = tx_of(&n, &t), y = tx_of(&n, &t);
    parts one = block_of(&n, &x, 1), two = block_of(&n, &y, 1);
    q.pair = layout_pair(layout_block(&one), layout_block(&two));
    with_little_scratch(&q);
    with_few_signatures(&q, is_bft ? 10 : 3);
    q.pair = nothing;
    yq_slice element = config_element(&n, &good_update, &after);
    b = block_next(&n, &element, 1);
    block_sign(&n, &b, b.number);
    q.update = layout_block(&b);
    with_little_scratch(&q);
    with_few_signatures(&q, is_bft ? 8 : 4);
    client_free(q.c);
}

Test(limits, of_a_raft_channel, .timeout = 120)
{
    all_calls(0);
}

Test(limits, of_a_smartbft_channel, .timeout = 120)
{
    all_calls(1);
}
