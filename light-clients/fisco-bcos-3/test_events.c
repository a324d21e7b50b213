#include "light-clients/fisco-bcos-3/test_world.h"

TestSuite(events, .init = setup, .fini = teardown);

/* Block 1 of n calls with two logs each, and block 2 on it. */
static void blocks(world *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        test_tx_make(i + 1, TEST_CONTRACT, yq_slice_text("call"), &x->b[1]->tx[i]);
        test_log_add(&x->b[1]->tx[i], "first");
        test_log_add(&x->b[1]->tx[i], "second");
    }
    x->b[1]->tx_n = n;
}

static void follow(world *x)
{
    test_header_make(&x->chain, x->b[0], x->b[1]);
    cr_assert_eq(start(x), YQ_OK);
    cr_assert_eq(update(x, 1, 7, 0), YQ_OK, "%s", x->client->why.text);
    advance(x, 2);
}

/* What becomes of the event of the one call in block 1. */
static yq_status judge(world *x)
{
    yq_verified_event e;
    follow(x);
    return event(x, 1, 0, 0, &e);
}

Test(events, every_log_of_blocks_of_every_size)
{
    static const uint8_t contract[] = {0x68, 0x49, 0xf2, 0x1d};
    FOR_BOTH(x)
    {
        for (size_t n = 1; n <= 18; n++) {
            blocks(x, n);
            follow(x);
            for (size_t i = 0; i < n; i++) {
                for (uint32_t k = 0; k < 2; k++) {
                    yq_verified_event e;
                    yq_digest id = test_tx_hash(&x->chain, &x->b[1]->tx[i]);
                    cr_assert_eq(event(x, 1, i, k, &e), YQ_OK, "%s", x->client->why.text);
                    cr_assert_eq(e.height, 11);
                    cr_assert_eq(e.time_ms, x->b[1]->time_ms);
                    cr_assert_eq(e.emitter.n, 20);
                    cr_assert_arr_eq(e.emitter.p, contract, 4);
                    cr_assert(yq_slice_equal(e.name, YQ_SLICE_OF(x->b[1]->tx[i].log[k].topic)));
                    cr_assert(yq_slice_equal(e.bytes, yq_slice_text(k == 0 ? "first" : "second")));
                    cr_assert_eq(e.data.n, x->b[1]->tx[i].log[k].data_n);
                    cr_assert(yq_slice_equal(e.tx_id, YQ_SLICE_OF(id.b)));
                    cr_assert_eq(e.event_index, k);
                    cr_assert_eq(e.grade, YQ_GRADE_LIGHT_CLIENT);
                }
            }
        }
    }
}

Test(events, a_header_counts_when_enough_stand_on_it)
{
    FOR_BOTH(x)
    {
        yq_verified_event e;
        x->chain.depth = 3;
        blocks(x, 1);
        follow(x);
        cr_assert_eq(event(x, 1, 0, 0, &e), YQ_E_NOT_PROVEN);
        advance(x, 3);
        cr_assert_eq(event(x, 1, 0, 0, &e), YQ_E_NOT_PROVEN);
        *x->b[5] = *x->b[1];
        x->b[5]->number = 14;
        cr_assert_eq(event(x, 5, 0, 0, &e), YQ_E_NOT_PROVEN, "above the height");
        advance(x, 4);
        cr_assert_eq(event(x, 1, 0, 0, &e), YQ_OK);
        x->b[5]->number = 9;
        cr_assert_eq(event(x, 5, 0, 0, &e), YQ_E_HEADER_UNKNOWN);
    }
}

Test(events, only_logs_of_successful_calls)
{
    FOR_BOTH(x)
    {
        test_tx *t = &x->b[1]->tx[0];
        yq_verified_event e;
        blocks(x, 1);
        t->status = 16;
        cr_assert_eq(judge(x), YQ_E_TX_FAILED);
        t->status = 0;
        cr_assert_eq(judge(x), YQ_OK);
        cr_assert_eq(event(x, 1, 0, 2, &e), YQ_E_EVENT_UNPROVEN);
        t->log_n = 0;
        cr_assert_eq(judge(x), YQ_E_EVENT_UNPROVEN);
        x->b[1]->tx_n = 0;
        follow(x);
        x->b[1]->tx_n = 1;
        cr_assert_eq(event(x, 1, 0, 0, &e), YQ_E_ZERO_ROOT);
    }
}

/* The bytes that are hashed have no lengths: what an attacker's own call leaves must not be read as
 * a call of another contract. */
Test(events, no_call_can_be_read_as_another)
{
    FOR_BOTH(x)
    {
        test_tx claimed;
        yq_verified_event e;
        test_split_make(&x->b[1]->tx[0], &claimed);
        x->b[1]->tx_n = 1;
        follow(x);
        x->b[1]->tx[0] = claimed;
        yq_digest a = test_tx_hash(&x->chain, &claimed);
        cr_assert_eq(event(x, 1, 0, 0, &e), YQ_E_NONCANONICAL);
        test_split_make(&x->b[1]->tx[0], &claimed);
        yq_digest b = test_tx_hash(&x->chain, &x->b[1]->tx[0]);
        cr_assert_arr_eq(a.b, b.b, 32, "the same transaction");
        a = test_receipt_hash(&x->chain, &claimed, 11);
        b = test_receipt_hash(&x->chain, &x->b[1]->tx[0], 11);
        cr_assert_arr_eq(a.b, b.b, 32, "the same receipt");
    }
}

Test(events, texts_behind_the_address_are_shorter_than_one)
{
    static const struct {
        const char *rest;
        yq_status expected;
    } row[] = {
        {"0123456789abcde", YQ_OK}, /* 15 digits, and 24 of `to` */
        {"0123456789abcdef", YQ_E_NONCANONICAL},
        {"0123456789ABCDEF", YQ_E_NONCANONICAL},
        {"x012345678901234567890123456789012345678x", YQ_OK},
        {"x0123456789012345678901234567890123456789", YQ_E_NONCANONICAL},
        {"xyz0123456789012345678901234567890123456789", YQ_E_NONCANONICAL},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        world *x = &w[i % 2];
        blocks(x, 1);
        test_tx_make(1, TEST_CONTRACT, yq_slice_text(row[i].rest), &x->b[1]->tx[0]);
        test_log_add(&x->b[1]->tx[0], "first");
        cr_assert_eq(judge(x), row[i].expected, "row %zu", i);
    }
}

Test(events, nonces_are_shorter_than_an_address)
{
    static const struct {
        const char *nonce;
        yq_status expected;
    } row[] = {
        {"0", YQ_OK},
        {"00000000000000000000000000000000000000", YQ_OK}, /* 38 */
        {"deadbeef", YQ_OK},
        {"000000000000000000000000000000000000000", YQ_E_NONCANONICAL},
        {"", YQ_E_NONCANONICAL},
        {"09af", YQ_OK},
        {"A", YQ_E_NONCANONICAL},
        {"F", YQ_E_NONCANONICAL},
        {"/", YQ_E_NONCANONICAL}, /* beside the digits, as ':' and '`' and 'g' */
        {":", YQ_E_NONCANONICAL},
        {"`", YQ_E_NONCANONICAL},
        {"g", YQ_E_NONCANONICAL},
        {"0x12", YQ_E_NONCANONICAL},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        world *x = &w[i % 2];
        blocks(x, 1);
        (void)snprintf(x->b[1]->tx[0].nonce, 80, "%s", row[i].nonce);
        cr_assert_eq(judge(x), row[i].expected, "row %zu", i);
    }
}

Test(events, an_address_is_a_text_of_its_own_form)
{
    FOR_BOTH(x)
    {
        test_tx *t = &x->b[1]->tx[0];
        blocks(x, 1);
        t->to[2] = 'g';
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        blocks(x, 1);
        t->to[0] = '1';
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        blocks(x, 1);
        t->to[1] = 'X';
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        blocks(x, 1);
        t->to[6] = 'F'; /* 49F: of either case in `to`, of lower case in a log */
        cr_assert_eq(judge(x), YQ_OK, "%s", x->client->why.text);
        (void)snprintf(t->log[1].address, 41, "%s", t->to + 2);
        cr_assert_eq(judge(x), YQ_E_EMITTER);
        blocks(x, 1);
        t->log[1].address[39] = '2';
        cr_assert_eq(judge(x), YQ_E_EMITTER, "a log of another contract beside it");
    }
}

Test(events, each_part_of_a_receipt_tells_where_it_ends)
{
    FOR_BOTH(x)
    {
        test_tx *t = &x->b[1]->tx[0];
        blocks(x, 1);
        t->output_n = 32;
        cr_assert_eq(judge(x), YQ_OK);
        t->output_n = 31;
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        t->output_n = 33;
        cr_assert_eq(judge(x), YQ_E_LIMIT);
        t->output_n = 0;
        t->log[1].data_n--;
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        t->log[1].data_n++;
        t->gas = "";
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        t->gas = "01";
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        t->gas = "0";
        cr_assert_eq(judge(x), YQ_OK);
        t->gas = "1a";
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        t->gas = "1/";
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        t->gas = "1:";
        cr_assert_eq(judge(x), YQ_E_NONCANONICAL);
        t->gas = "12345678901234567890";
        cr_assert_eq(judge(x), YQ_OK);
        t->gas = "123456789012345678901";
        cr_assert_eq(judge(x), YQ_E_LIMIT);
    }
}

Test(events, logs_are_few)
{
    FOR_BOTH(x)
    {
        yq_slice proof;
        yq_verified_event e;
        blocks(x, 1);
        x->b[1]->tx[0].log_n = 0;
        follow(x);
        proof = test_event(&x->chain, x->b[1], 0, 0, x->room);
        x->room[proof.n - 5] = YQ_FISCO3_LOGS_MAX + 1;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_LIMIT);
        x->room[proof.n - 5] = YQ_FISCO3_LOGS_MAX;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_TRUNCATED);
        x->room[proof.n - 5] = 1;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_TRUNCATED);
    }
}

Test(events, what_is_hashed_is_no_longer_than_a_transaction)
{
    FOR_BOTH(x)
    {
        yq_slice proof;
        yq_verified_event e;
        blocks(x, 1);
        follow(x);
        for (uint32_t over = 0; over < 2; over++) {
            const yq_status expected = over ? YQ_E_LIMIT : YQ_E_TRUNCATED;
            const size_t rest = 1 + 8 + 1 + 1 + 8 + 2 + 42; /* one transaction, a nonce of one */
            proof = test_event(&x->chain, x->b[1], 0, 0, x->room);
            yq_writer out = yq_writer_of(x->room + rest, 4);
            yq_put_u32(&out, YQ_TX_SIZE_MAX + over);
            cr_assert_eq(test_client_event(x->client, proof, &e), expected, "rest");
            proof = test_event(&x->chain, x->b[1], 0, 0, x->room);
            out = yq_writer_of(x->room + proof.n - 4 - x->b[1]->tx[0].log[1].data_n - 4, 4);
            yq_put_u32(&out, YQ_TX_SIZE_MAX + over);
            cr_assert_eq(test_client_event(x->client, proof, &e), expected, "data");
        }
    }
}

Test(events, versions_of_transactions_and_receipts)
{
    static const struct {
        const char *price;
        yq_status expected;
    } row[] = {
        {"0x0", YQ_OK},
        {"0x4a817c800", YQ_OK},
        {"", YQ_OK},
        {"0x", YQ_E_NONCANONICAL},
        {"0xafAF09", YQ_OK},
        {"0x/", YQ_E_NONCANONICAL},
        {"0x:", YQ_E_NONCANONICAL},
        {"0x@", YQ_E_NONCANONICAL},
        {"0xG", YQ_E_NONCANONICAL},
        {"0x`", YQ_E_NONCANONICAL},
        {"1x0", YQ_E_NONCANONICAL},
        {"0y0", YQ_E_NONCANONICAL},
        {"100", YQ_E_NONCANONICAL},
        {"0xg", YQ_E_NONCANONICAL},
        {"0x123456789012345678901234567890123", YQ_E_LIMIT},
    };
    FOR_BOTH(x)
    {
        test_tx *t = &x->b[1]->tx[0];
        blocks(x, 1);
        t->receipt_version = 1;
        for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
            t->price = row[i].price;
            cr_assert_eq(judge(x), row[i].expected, "row %zu", i);
        }
        t->price = "0x0";
        for (uint8_t v = 0; v <= 3; v++) {
            t->version = v;
            t->receipt_version = v == 0 || v == 3 ? 1 : v;
            cr_assert_eq(judge(x), v <= 2 ? YQ_OK : YQ_E_VERSION, "%u", v);
        }
        t->version = 0;
        t->receipt_version = 3;
        cr_assert_eq(judge(x), YQ_E_VERSION, "receipt");
    }
}

/* ---- paths ---- */

/* The proof of a block's call, with the kinds of its steps as they stand in it. */
static uint8_t *proof_of(world *x, size_t tx, yq_slice *proof)
{
    *proof = test_event(&x->chain, x->b[1], tx, 0, x->room);
    return x->room + 1 + 8;
}

Test(events, a_path_is_one_of_a_tree)
{
    FOR_BOTH(x)
    {
        yq_slice proof;
        yq_verified_event e;
        blocks(x, 3);
        follow(x);
        uint8_t *path = proof_of(x, 2, &proof); /* alone, then right */
        cr_assert_eq(path[0], 2);
        cr_assert_eq(path[1], YQ_FISCO3_STEP_ALONE);
        cr_assert_eq(path[2], YQ_FISCO3_STEP_RIGHT);
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_OK);
        path[2] = YQ_FISCO3_STEP_LEFT;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF_BOUNDS);
        path[2] = 4;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_FIELD_UNKNOWN);
        path[2] = 0;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_FIELD_UNKNOWN);
        path = proof_of(x, 0, &proof);
        path[1] = YQ_FISCO3_STEP_RIGHT;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF);
        path[0] = YQ_FISCO3_STEPS_MAX + 1;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF_DEPTH);
        path[0] = YQ_FISCO3_STEPS_MAX;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_FIELD_UNKNOWN, "no kind");
        blocks(x, 1);
        follow(x);
        path = proof_of(x, 0, &proof);
        memmove(path + 2, path + 1, proof.n - 10);
        path[0] = 1;
        path[1] = YQ_FISCO3_STEP_ALONE;
        proof.n++;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF_DEPTH);
    }
}

/* A receipt of 64 bytes could hold the hash of another. Like each, it ends in the block's number,
 * and stands where a node would. */
Test(events, a_receipt_is_no_node)
{
    FOR_BOTH(x)
    {
        yq_slice proof;
        yq_verified_event e;
        blocks(x, 2);
        follow(x);
        uint8_t *other = proof_of(x, 0, &proof) + 2 + 32; /* on the right */
        memset(other, 0, 31);
        other[31] = 12;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF, "another number");
        other[31] = 11;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF_DEPTH);
    }
}

Test(events, a_proof_of_another_chain_or_group)
{
    FOR_BOTH(x)
    {
        yq_verified_event e;
        blocks(x, 2);
        follow(x);
        x->chain.name = "chain1";
        cr_assert_eq(event(x, 1, 1, 0, &e), YQ_E_PROOF);
        x->chain.name = "chain0";
        x->chain.group = "group1";
        cr_assert_eq(event(x, 1, 1, 0, &e), YQ_E_PROOF);
        x->chain.group = "group0";
        x->b[1]->number = 10; /* the receipt's number */
        cr_assert_neq(event(x, 1, 1, 0, &e), YQ_OK);
    }
}

Test(events, both_paths_are_checked)
{
    FOR_BOTH(x)
    {
        yq_slice proof;
        yq_verified_event e;
        blocks(x, 2);
        follow(x);
        proof_of(x, 0, &proof)[2] ^= 1;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF, "transaction");
        proof_of(x, 0, &proof)[2 + 32] ^= 1;
        cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF, "receipt");
    }
}
