#include "light-clients/fisco-bcos-2/test_world.h"

TestSuite(changes, .init = setup, .fini = teardown);

/* Block 1 holds these calls of 0x1003; block 2 is the first of the set in chain.member. */
static void change_blocks(world *x, size_t n)
{
    uint8_t member[TEST_KEYS_MAX];
    memcpy(member, x->chain.member, sizeof member);
    for (size_t i = 0; i < TEST_KEYS_MAX; i++) {
        x->chain.member[i] = i < 4;
    }
    x->b[1]->tx_n = n;
    test_header_make(&x->chain, x->b[0], x->b[1]);
    cr_assert_eq(update(x, 1, 15, 0), YQ_OK);
    memcpy(x->chain.member, member, sizeof member);
    test_plain_block(&x->chain, x->b[1], x->b[2]);
}

Test(changes, a_proven_change_takes_effect_in_the_next_block)
{
    FOR_BOTH(x)
    {
        const test_chain *c = &x->chain;
        test_change_make(c, "addSealer(string)", c->key[5], 0, 1, &x->b[1]->tx[0]);
        test_change_make(c, "remove(string)", c->key[0], 0, 1, &x->b[1]->tx[1]);
        test_change_make(c, "addObserver(string)", c->key[5], 0, 1, &x->b[1]->tx[2]);
        test_change_make(c, "addSealer(string)", c->key[7], 0, 1, &x->b[1]->tx[3]);
        test_change_make(c, "addSealer(string)", c->key[7], 0, 1, &x->b[1]->tx[4]);
        x->chain.member[0] = 0;
        x->chain.member[7] = 1;
        change_blocks(x, 5);
        cr_assert_eq(update(x, 2, 15, 0), YQ_E_SET_CHANGE, "without proof");
        cr_assert_eq(update(x, 2, 15, 4), YQ_OK, "the last call changes nothing");
        advance(x, 3);
        cr_assert_eq(update(x, 2, 0, 0), YQ_E_REPLAY);
        /* A contradiction at height 1 is judged by the set of height 1, not by the present one. */
        x->b[4]->tx_n = 1;
        x->b[4]->tx[0] = x->b[2]->tx[0];
        test_header_make(&x->chain, x->b[0], x->b[4]);
        cr_assert_eq(
            test_client_update(x->client, test_update(&x->chain, x->b[4], 15, NULL, 0, x->room)),
            YQ_E_SIGNER_MISMATCH);
        for (size_t i = 0; i < TEST_KEYS_MAX; i++) {
            x->chain.member[i] = i < 4;
        }
        cr_assert_eq(
            test_client_update(x->client, test_update(&x->chain, x->b[4], 15, NULL, 0, x->room)),
            YQ_E_MISBEHAVIOUR);
    }
}

Test(changes, the_order_of_calls_in_a_block_counts)
{
    FOR_BOTH(x)
    {
        const test_chain *c = &x->chain;
        test_change_make(c, "addSealer(string)", c->key[5], 0, 1, &x->b[1]->tx[0]);
        test_change_make(c, "remove(string)", c->key[5], 0, 1, &x->b[1]->tx[1]);
        x->chain.member[5] = 1;
        change_blocks(x, 2);
        /* Turned round, the same two calls would add the node. */
        yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
        yq_put_u8(&out, 1);
        test_signed_header(c, x->b[2], 31, &out);
        size_t mark = out.n;
        yq_put_u16(&out, 2);
        test_inclusion(c, x->b[1], 1, &out);
        test_inclusion(c, x->b[1], 0, &out);
        cr_assert_eq(test_client_update(x->client, yq_writer_slice(&out)), YQ_E_NONCANONICAL);
        out.n = mark;
        yq_put_u16(&out, 2);
        test_inclusion(c, x->b[1], 0, &out);
        test_inclusion(c, x->b[1], 0, &out);
        cr_assert_eq(test_client_update(x->client, yq_writer_slice(&out)), YQ_E_DUP_LEAF);
        cr_assert_eq(update(x, 2, 31, 2), YQ_E_SET_CHANGE);
    }
}

Test(changes, calls_that_change_nothing_prove_nothing)
{
    static const char *const method[] = {"addSealer(string)", "setWeight(string)"};
    FOR_BOTH(x)
    {
        const test_chain *c = &x->chain;
        static const struct {
            size_t method;
            uint64_t status;
            uint8_t answer;
            yq_status expected;
        } row[] = {
            {0, 0, 0, YQ_E_SET_CHANGE},
            {0, 0, 2, YQ_E_SET_CHANGE},
            {0, 22, 1, YQ_E_TX_FAILED},
            {1, 0, 1, YQ_E_SET_CHANGE},
        };
        x->chain.member[5] = 1;
        for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
            test_change_make(
                c, method[row[i].method], c->key[5], row[i].status, row[i].answer, &x->b[1]->tx[0]);
            cr_assert_eq(test_client_init(x->client, test_anchor(c, x->b[0], x->room)), YQ_OK);
            change_blocks(x, 1);
            cr_assert_eq(update(x, 2, 31, 1), row[i].expected, "row %zu", i);
        }
        /* The same call of another contract. */
        test_change_make(c, method[0], c->key[5], 0, 1, &x->b[1]->tx[0]);
        uint8_t *to = memchr(x->b[1]->tx[0].tx, 0x10, 64);
        while (to[1] != 0x03) {
            to = memchr(to + 1, 0x10, 64);
        }
        to[1] = 0x04;
        cr_assert_eq(test_client_init(x->client, test_anchor(c, x->b[0], x->room)), YQ_OK);
        change_blocks(x, 1);
        cr_assert_eq(update(x, 2, 31, 1), YQ_E_SET_CHANGE);
    }
}

Test(changes, the_old_set_has_its_share_in_the_first_header_of_the_new)
{
    FOR_BOTH(x)
    {
        const test_chain *c = &x->chain;
        for (size_t i = 0; i < 6; i++) {
            test_change_make(c, "addSealer(string)", c->key[4 + i], 0, 1, &x->b[1]->tx[i]);
            x->chain.member[4 + i] = 1;
        }
        change_blocks(x, 6);
        cr_assert_eq(update(x, 2, 0x3f8, 6), YQ_E_SET_CHANGE, "one of the old four");
        cr_assert_eq(update(x, 2, 0x3fc, 6), YQ_OK, "two");
    }
}

Test(changes, a_change_belongs_to_the_block_before)
{
    FOR_BOTH(x)
    {
        const test_chain *c = &x->chain;
        test_change_make(c, "addSealer(string)", c->key[5], 0, 1, &x->b[1]->tx[0]);
        test_change_make(c, "addSealer(string)", c->key[6], 0, 1, &x->b[3]->tx[0]);
        x->chain.member[5] = 1;
        change_blocks(x, 1);
        x->b[3]->tx_n = 1;
        cr_assert_eq(
            test_client_update(x->client, test_update(c, x->b[2], 31, x->b[3], 1, x->room)),
            YQ_E_PROOF);
        cr_assert_eq(update(x, 2, 31, 1), YQ_OK);
    }
}

/* Block b adds the sealer `in` and removes `out`; every other time it says the first twice. Returns
 * the number of calls. */
static size_t make_changes(const world *x, test_block *b, size_t in, size_t out)
{
    const test_chain *c = &x->chain;
    const size_t n = 2 + in % 2;
    test_change_make(c, "addSealer(string)", c->key[in], 0, 1, &b->tx[0]);
    test_change_make(
        c, out % 2 == 0 ? "remove(string)" : "addObserver(string)", c->key[out], 0, 1, &b->tx[1]);
    test_change_make(c, "addSealer(string)", c->key[in], 0, 1, &b->tx[2]);
    b->tx_n = n;
    return n;
}

/* Block b after before, whose calls are proven; one of the four sealers is down. */
static void follow(
    world *x, const test_block *before, const test_block *b, size_t calls, uint32_t mask)
{
    const test_chain *c = &x->chain;
    if (calls > 0) {
        cr_assert_eq(
            test_client_update(x->client, test_update(c, b, mask, before, 0, x->room)),
            YQ_E_SET_CHANGE);
        cr_assert_eq(
            test_client_update(x->client, test_update(c, b, mask, before, 1, x->room)),
            YQ_E_SET_CHANGE);
    }
    cr_assert_eq(
        test_client_update(x->client, test_update(c, b, mask & (mask - 1), before, calls, x->room)),
        YQ_E_QUORUM);
    cr_assert_eq(
        test_client_update(x->client, test_update(c, b, mask, before, calls, x->room)),
        YQ_OK,
        "block %d: %s",
        (int)b->number,
        x->client->why.text);
}

Test(changes, ten_set_changes_in_two_hundred_blocks_with_a_node_down, .timeout = 120)
{
    FOR_BOTH(x)
    {
        test_block *before = x->b[0], *b = x->b[1];
        size_t changes = 0, calls = 0;
        for (size_t i = 1; i <= 200; i++) {
            test_plain_block(&x->chain, before, b);
            size_t next_calls = 0;
            if (i % 19 == 0) {
                next_calls = make_changes(x, b, (changes + 4) % 10, changes % 10);
                test_header_make(&x->chain, before, b);
            }
            follow(x, before, b, calls, 15u & ~(1u << i / 50 % 4));
            if (next_calls > 0) {
                x->chain.member[(changes + 4) % 10] = 1;
                x->chain.member[changes++ % 10] = 0;
            }
            calls = next_calls;
            test_block *turned = before;
            before = b;
            b = turned;
        }
        yq_client_view view;
        cr_assert_eq(changes, 10);
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert(view.height == 200 && view.validators == 4 && view.quorum == 3);
        cr_assert_arr_eq(view.hash, before->hash.b, 32);
    }
}
