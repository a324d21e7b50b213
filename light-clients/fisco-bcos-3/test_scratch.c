#include "light-clients/fisco-bcos-3/test_world.h"

TestSuite(scratch, .init = setup, .fini = teardown);

static size_t taken, refused_at;
static void *(*host_scratch)(void *self, size_t size);

static void *scratch_with_an_end(void *self, size_t size)
{
    return taken++ == refused_at ? NULL : host_scratch(self, size);
}

typedef enum entry {
    INIT,
    UPDATE,
    MISBEHAVIOUR,
    EVENT
} entry;

/* The verdict when the n-th request for scratch is refused. */
static yq_status judge(world *x, entry which, yq_slice in, size_t n)
{
    static uint8_t room[YQ_CLIENT_STATE_MAX];
    test_client *c = x->client;
    const yq_verifier *v = c->verifier;
    yq_buf next = {room, v->state_size_max, 0};
    yq_verified_event e;
    yq_verifier_host host = *test_client_begin(c, which == INIT || which == UPDATE);
    host_scratch = host.scratch;
    host.scratch = scratch_with_an_end;
    taken = 0;
    refused_at = n;
    switch (which) {
    case INIT:
        return v->init(&host, in, c->now_ms, &next, &c->why);
    case UPDATE:
        return v->update(&host, test_client_state(c), in, c->now_ms, &next, &c->why);
    case MISBEHAVIOUR:
        return v->misbehaviour(&host, test_client_state(c), in, c->now_ms, &c->why);
    case EVENT:
        return v->event(&host, test_client_state(c), in, c->now_ms, &e, &c->why);
    }
    return YQ_E_STATE;
}

static void every_request(world *x, entry which, yq_slice in)
{
    cr_assert_eq(judge(x, which, in, SIZE_MAX), YQ_OK, "%s", x->client->why.text);
    const size_t all = taken;
    cr_assert_gt(all, 2);
    for (size_t n = 0; n < all; n++) {
        cr_assert_eq(judge(x, which, in, n), YQ_E_LIMIT, "entry %d, request %zu", (int)which, n);
    }
    cr_assert_eq(judge(x, which, in, all), YQ_OK);
}

Test(scratch, it_may_run_out_anywhere)
{
    FOR_BOTH(x)
    {
        test_block *other = x->b[4];
        test_change_make(
            &x->chain, "addSealer(string,uint256)", x->chain.key[5], 1, 1, &x->b[1]->tx[0]);
        x->b[1]->tx_n = 2;
        test_tx_make(1, TEST_CONTRACT, yq_slice_text("call"), &x->b[1]->tx[1]);
        test_log_add(&x->b[1]->tx[1], "first");
        test_header_make(&x->chain, x->b[0], x->b[1]);
        *other = *x->b[1];
        other->time_ms++;
        test_seal(&x->chain, other);
        x->chain.depth = 2;
        every_request(x, INIT, test_anchor(&x->chain, x->b[0], x->room));
        cr_assert_eq(start(x), YQ_OK);
        every_request(x, UPDATE, test_update(&x->chain, x->b[1], 15, NULL, 0, x->room));
        cr_assert_eq(update(x, 1, 15, 0), YQ_OK);
        every_request(x, MISBEHAVIOUR, test_misbehaviour(&x->chain, x->b[1], 7, other, 7, x->room));
        x->chain.weight[5] = 1;
        test_plain_block(&x->chain, x->b[1], x->b[2]);
        every_request(x, UPDATE, test_update(&x->chain, x->b[2], 31, x->b[1], 1, x->room));
        cr_assert_eq(update(x, 2, 31, 1), YQ_OK);
        test_plain_block(&x->chain, x->b[2], x->b[3]);
        every_request(x, UPDATE, test_update(&x->chain, x->b[3], 31, NULL, 0, x->room));
        cr_assert_eq(update(x, 3, 31, 0), YQ_OK);
        every_request(x, EVENT, test_event(&x->chain, x->b[1], 1, 0, x->room));
    }
}
