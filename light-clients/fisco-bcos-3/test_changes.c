#include "light-clients/fisco-bcos-3/test_world.h"

TestSuite(changes, .init = setup, .fini = teardown);

#define ADD    "addSealer(string,uint256)"
#define WEIGHT "setWeight(string,uint256)"

/* Block 1 holds n calls; block 2 is the first of the set that chain.weight has now. */
static void change_blocks(world *x, size_t n)
{
    uint8_t weight[TEST_KEYS_MAX];
    memcpy(weight, x->chain.weight, sizeof weight);
    memcpy(x->chain.weight, x->b[0]->members, sizeof weight);
    x->b[1]->tx_n = n;
    test_header_make(&x->chain, x->b[0], x->b[1]);
    cr_assert_eq(start(x), YQ_OK);
    cr_assert_eq(update(x, 1, 15, 0), YQ_OK, "%s", x->client->why.text);
    memcpy(x->chain.weight, weight, sizeof weight);
    test_plain_block(&x->chain, x->b[1], x->b[2]);
}

static void call(world *x, size_t i, const char *method, size_t key, size_t numbers, uint64_t value)
{
    test_change_make(&x->chain, method, x->chain.key[key], numbers, value, &x->b[1]->tx[i]);
}

Test(changes, proven_calls_take_effect_in_the_next_block)
{
    FOR_BOTH(x)
    {
        call(x, 0, ADD, 5, 1, 3);
        call(x, 1, "remove(string)", 0, 0, 0);
        call(x, 2, WEIGHT, 1, 1, 2);
        call(x, 3, "addObserver(string)", 2, 0, 0);
        call(x, 4, "addSealer(string,uint256,uint256)", 7, 2, 2);
        x->b[1]->tx[4].rest[4 + 32 * 3 - 1] = 9; /* the third argument says nothing */
        call(x, 5, ADD, 3, 1, 4);
        const uint8_t next[TEST_KEYS_MAX] = {0, 2, 0, 4, 0, 3, 0, 2};
        memcpy(x->chain.weight, next, sizeof next);
        change_blocks(x, 6);
        cr_assert_eq(update(x, 2, 15, 0), YQ_E_SET_CHANGE, "without proof");
        cr_assert_eq(update(x, 2, 15, 5), YQ_E_SET_CHANGE, "not all");
        cr_assert_eq(update(x, 2, 15, 6), YQ_OK, "%s", x->client->why.text);
        advance(x, 3);
        cr_assert_eq(update(x, 2, 0, 0), YQ_E_REPLAY);
        /* A contradiction at height 11 is judged by the set of 11, not by the present one. */
        *x->b[4] = *x->b[1];
        x->b[4]->time_ms++;
        test_seal(&x->chain, x->b[4]);
        cr_assert_eq(update(x, 4, 15, 0), YQ_E_MISBEHAVIOUR);
        memcpy(x->b[4]->members, x->b[3]->members, sizeof next);
        test_seal(&x->chain, x->b[4]);
        cr_assert_eq(update(x, 4, 15, 0), YQ_E_VALSET_HASH);
    }
}

Test(changes, weights_are_part_of_the_set)
{
    FOR_BOTH(x)
    {
        call(x, 0, WEIGHT, 1, 1, 2);
        x->chain.weight[1] = 3;
        change_blocks(x, 1);
        cr_assert_eq(update(x, 2, 15, 1), YQ_E_SET_CHANGE);
        x->chain.weight[1] = 2;
        test_plain_block(&x->chain, x->b[1], x->b[2]);
        cr_assert_eq(update(x, 2, 15, 1), YQ_OK);
    }
}

Test(changes, every_call_changes_something)
{
    FOR_BOTH(x)
    {
        call(x, 0, ADD, 5, 1, 1);
        call(x, 1, ADD, 3, 1, 1);
        x->chain.weight[5] = 1;
        change_blocks(x, 2);
        cr_assert_eq(update(x, 2, 31, 2), YQ_E_SET_CHANGE, "3 is a sealer of this weight");
        cr_assert_eq(update(x, 2, 31, 1), YQ_OK);
    }
}

Test(changes, they_are_few)
{
    FOR_BOTH(x)
    {
        yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
        yq_put_u8(&out, 1);
        test_signed_header(&x->chain, x->b[1], 15, &out);
        yq_put_u16(&out, YQ_FISCO3_CHANGES_MAX + 1);
        cr_assert_eq(test_client_update(x->client, yq_writer_slice(&out)), YQ_E_LIMIT);
        out.n -= 2;
        yq_put_u16(&out, YQ_FISCO3_CHANGES_MAX);
        cr_assert_eq(test_client_update(x->client, yq_writer_slice(&out)), YQ_E_TRUNCATED);
    }
}

Test(changes, the_order_of_calls_in_a_block_counts)
{
    FOR_BOTH(x)
    {
        const test_chain *c = &x->chain;
        call(x, 0, ADD, 5, 1, 1);
        call(x, 1, "remove(string)", 5, 0, 0);
        call(x, 2, WEIGHT, 5, 1, 2);
        x->chain.weight[5] = 1;
        change_blocks(x, 3);
        yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
        yq_put_u8(&out, 1);
        test_signed_header(c, x->b[2], 31, &out);
        size_t mark = out.n;
        yq_put_u16(&out, 2);
        test_change_put(c, x->b[1], 0, &out);
        test_change_put(c, x->b[1], 0, &out);
        cr_assert_eq(test_client_update(x->client, yq_writer_slice(&out)), YQ_E_DUP_LEAF);
        out.n = mark;
        yq_put_u16(&out, 3);
        test_change_put(c, x->b[1], 0, &out);
        test_change_put(c, x->b[1], 2, &out);
        test_change_put(c, x->b[1], 1, &out);
        cr_assert_eq(test_client_update(x->client, yq_writer_slice(&out)), YQ_E_NONCANONICAL);
        cr_assert_eq(update(x, 2, 31, 2), YQ_E_SET_CHANGE, "added and removed again");
    }
}

/* Makes block 1 of the one call in tx[0], and asks for a set with key 5. */
static yq_status judge(world *x)
{
    memcpy(x->chain.weight, x->b[0]->members, sizeof x->chain.weight);
    x->chain.weight[5] = 1;
    change_blocks(x, 1);
    return update(x, 2, 31, 1);
}

Test(changes, a_call_must_have_done_it)
{
    FOR_BOTH(x)
    {
        test_tx *t = &x->b[1]->tx[0];
        call(x, 0, ADD, 5, 1, 1);
        t->status = 16;
        cr_assert_eq(judge(x), YQ_E_TX_FAILED);
        t->status = 0;
        t->output[31] = 1;
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "an error code");
        t->output[31] = 0;
        t->output_n = 0;
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "no code");
        t->output_n = 32;
        test_log_add(t, "log");
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "a log");
        t->log_n = 0;
        t->to[41] = '4';
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "another contract");
        t->to[41] = '3';
        cr_assert_eq(judge(x), YQ_OK);
    }
}

Test(changes, only_operators_change_the_set)
{
    FOR_BOTH(x)
    {
        test_tx *t = &x->b[1]->tx[0];
        call(x, 0, ADD, 5, 1, 1);
        t->sender = x->chain.key[0];
        cr_assert_eq(judge(x), YQ_E_PERMISSION);
        t->sender = x->chain.operator_key;
        x->chain.operators = 0;
        cr_assert_eq(judge(x), YQ_E_PERMISSION, "a client without operators");
        x->chain.operators = 1;
        memcpy(x->chain.weight, x->b[0]->members, sizeof x->chain.weight);
        x->chain.weight[5] = 1;
        change_blocks(x, 1);
        yq_slice evidence = test_update(&x->chain, x->b[2], 31, x->b[1], 1, x->room);
        size_t sig = x->chain.suite == TEST_SM ? 128 : 65;
        x->room[evidence.n - sig + 40] ^= 1;
        cr_assert_eq(
            test_client_update(x->client, evidence),
            x->chain.suite == TEST_SM ? YQ_E_SIG : YQ_E_PERMISSION);
        x->room[evidence.n - sig + 40] ^= 1;
        cr_assert_eq(test_client_update(x->client, evidence), YQ_OK);
    }
}

Test(changes, arguments_are_read_strictly)
{
    static const size_t place[] = {4 + 31, 4 + 32 + 3, 4 + 64 + 31, 4 + 96};
    FOR_BOTH(x)
    {
        test_tx *t = &x->b[1]->tx[0];
        for (size_t i = 0; i < YQ_ARRAY_N(place); i++) {
            call(x, 0, ADD, 5, 1, 1);
            t->rest[place[i]] = 'x';
            cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "%zu", i);
        }
        call(x, 0, ADD, 5, 1, 1);
        t->rest_n++;
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "more behind it");
        t->version = 1;
        cr_assert_eq(judge(x), YQ_OK, "version 1 has fields there");
        t->rest_n -= 2;
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "less");
        t->rest_n = 3;
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "no method");
        call(x, 0, "setTermWeight(string,uint256)", 5, 1, 1);
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "another method");
        call(x, 0, WEIGHT, 5, 1, 1);
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "of a node that is no sealer");
        call(x, 0, "remove(string)", 5, 0, 0);
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE);
        call(x, 0, ADD, 3, 1, 1);
        cr_assert_eq(judge(x), YQ_E_SET_CHANGE, "nothing changes");
        call(x, 0, ADD, 5, 1, 0);
        cr_assert_neq(judge(x), YQ_OK);
    }
}

Test(changes, a_sealer_stays)
{
    FOR_BOTH(x)
    {
        for (size_t i = 0; i < 4; i++) {
            call(x, i, "remove(string)", i, 0, 0);
        }
        change_blocks(x, 4);
        cr_assert_eq(update(x, 2, 15, 4), YQ_E_SET_CHANGE);
        cr_assert(strstr(x->client->why.text, "no sealer is left") != NULL);
    }
}

Test(changes, the_old_set_has_its_share_in_the_first_header_of_the_new)
{
    FOR_BOTH(x)
    {
        for (size_t i = 0; i < 6; i++) {
            call(x, i, ADD, 4 + i, 1, 1);
            x->chain.weight[4 + i] = 1;
        }
        change_blocks(x, 6);
        cr_assert_eq(update(x, 2, 0x3f8, 6), YQ_E_SET_CHANGE, "one of the old four");
        cr_assert_eq(update(x, 2, 0x3fc, 6), YQ_OK, "two");
    }
}

/* Four, then eight, then six of the eight: within the depth, the four have their share too. */
Test(changes, sets_of_the_heights_that_do_not_count_yet_have_their_share)
{
    FOR_BOTH(x)
    {
        for (uint8_t depth = 1; depth <= 3; depth++) {
            x->chain.depth = depth;
            memcpy(x->chain.weight, x->b[0]->members, sizeof x->chain.weight);
            for (size_t i = 0; i < 4; i++) {
                call(x, i, ADD, 4 + i, 1, 1);
                x->chain.weight[4 + i] = 1;
            }
            change_blocks(x, 4);
            test_change_make(&x->chain, "remove(string)", x->chain.key[0], 0, 0, &x->b[2]->tx[0]);
            test_change_make(&x->chain, "remove(string)", x->chain.key[1], 0, 0, &x->b[2]->tx[1]);
            x->b[2]->tx_n = 2;
            test_header_make(&x->chain, x->b[1], x->b[2]);
            cr_assert_eq(update(x, 2, 0xff, 4), YQ_OK);
            x->chain.weight[0] = x->chain.weight[1] = 0;
            test_plain_block(&x->chain, x->b[2], x->b[3]);
            cr_assert_eq(
                update(x, 3, 0x3e, 2), depth == 1 ? YQ_OK : YQ_E_SET_CHANGE, "one of the four");
            if (depth > 1) {
                cr_assert_eq(update(x, 3, 0x1f, 2), YQ_OK, "two of them");
            }
            test_plain_block(&x->chain, x->b[3], x->b[4]);
            cr_assert_eq(
                update(x, 4, 0x3e, 0), depth < 3 ? YQ_OK : YQ_E_SET_CHANGE, "a header later");
        }
    }
}

/* {0 1 2 3}, then {0 1 4 5}, then {0 2 3 6}: what the first of them signed is enough of it, and
 * says nothing of the second. */
Test(changes, the_share_of_an_older_set_is_not_that_of_a_later_one)
{
    static const uint8_t second[TEST_KEYS_MAX] = {1, 1, 0, 0, 1, 1}, third[] = {0, 2, 3, 6};
    FOR_BOTH(x)
    {
        test_tx *t = x->b[2]->tx;
        const test_chain *c = &x->chain;
        x->chain.depth = 2;
        call(x, 0, "remove(string)", 2, 0, 0);
        call(x, 1, "remove(string)", 3, 0, 0);
        call(x, 2, ADD, 4, 1, 1);
        call(x, 3, ADD, 5, 1, 1);
        memcpy(x->chain.weight, second, sizeof second);
        change_blocks(x, 4);
        test_change_make(c, "remove(string)", c->key[1], 0, 0, &t[0]);
        test_change_make(c, "remove(string)", c->key[4], 0, 0, &t[1]);
        test_change_make(c, "remove(string)", c->key[5], 0, 0, &t[2]);
        test_change_make(c, ADD, c->key[2], 1, 1, &t[3]);
        test_change_make(c, ADD, c->key[3], 1, 1, &t[4]);
        test_change_make(c, ADD, c->key[6], 1, 1, &t[5]);
        x->b[2]->tx_n = 6;
        test_header_make(c, x->b[1], x->b[2]);
        cr_assert_eq(update(x, 2, 7, 4), YQ_OK, "%s", x->client->why.text);
        memset(x->chain.weight, 0, sizeof x->chain.weight);
        for (size_t i = 0; i < 4; i++) {
            x->chain.weight[third[i]] = 1;
        }
        test_plain_block(c, x->b[2], x->b[3]);
        cr_assert_eq(update(x, 3, 15, 6), YQ_E_SET_CHANGE, "one of the second set");
    }
}

Test(changes, a_change_belongs_to_the_block_before)
{
    FOR_BOTH(x)
    {
        call(x, 0, ADD, 5, 1, 1);
        *x->b[3] = *x->b[1];
        call(x, 0, ADD, 5, 1, 1);
        x->chain.weight[5] = 1;
        change_blocks(x, 1);
        x->b[3]->tx_n = 1;
        x->b[3]->number = 11;
        cr_assert_eq(
            test_client_update(x->client, test_update(&x->chain, x->b[2], 31, x->b[3], 1, x->room)),
            YQ_E_PROOF);
        cr_assert_eq(update(x, 2, 31, 1), YQ_OK);
    }
}

/* Another block of a known height by the same sealers, as an update and beside the first one. */
static void contradict(const world *x, const test_chain *c, const test_block *known)
{
    static test_block other;
    other = *known;
    other.time_ms++;
    test_seal(c, &other);
    yq_slice e = test_update(c, &other, 0xfff, NULL, 0, x->room);
    cr_assert_eq(test_client_update(x->client, e), YQ_E_MISBEHAVIOUR);
    e = test_misbehaviour(c, &other, 0xfff, known, 0xfff, x->room);
    cr_assert_eq(test_client_misbehaviour(x->client, e), YQ_OK);
}

/* Two hundred blocks with ten changes; the client is at the end where the chain is. */
Test(changes, ten_changes_in_two_hundred_blocks)
{
    static test_block known[2]; /* of the second set, of the last one */
    FOR_BOTH(x)
    {
        test_block *before = x->b[4], *b = x->b[5];
        test_chain second = x->chain;
        size_t pending = 0;
        *before = *x->b[0];
        test_client_record(x->client, x == w ? "sm" : "keccak");
        cr_assert_eq(start(x), YQ_OK);
        for (unsigned i = 1; i <= 200; i++) {
            memset(b, 0, sizeof *b);
            test_plain_block(&x->chain, before, b);
            int changes = i % 20 == 10;
            size_t key = 4 + (i / 20) % 5;
            if (changes) {
                const char *method = x->chain.weight[key] == 0 ? ADD : "remove(string)";
                test_change_make(
                    &x->chain, method, x->chain.key[key], method[0] == 'a', 2, &b->tx[0]);
                test_header_make(&x->chain, before, b);
            }
            yq_slice e = test_update(&x->chain, b, 0xfff, before, pending, x->room);
            cr_assert_eq(test_client_update(x->client, e), YQ_OK, "block %u", i);
            if (i == 20 || i == 195) {
                known[i == 195] = *b;
            }
            second = i == 20 ? x->chain : second;
            pending = changes ? 1 : 0;
            if (changes) {
                x->chain.weight[key] = x->chain.weight[key] == 0 ? 2 : 0;
            }
            *before = *b;
        }
        yq_client_view view;
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert_eq(view.height, 210);
        cr_assert_arr_eq(view.hash, b->hash.b, 32);
        cr_assert_eq(view.validators, 4, "five came and left");
        cr_assert_eq(view.quorum, 3);
        contradict(x, &second, &known[0]);
        contradict(x, &x->chain, &known[1]);
        test_client_recorded(x->client);
    }
}
