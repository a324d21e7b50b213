#include "light-clients/fisco-bcos-2/test_world.h"

TestSuite(proofs, .init = setup, .fini = teardown);

/* ---- events ---- */

static const uint8_t emitter[20] = {0xc0, 0xff, 0xee};

/* Block 1 with n transactions of two logs each. */
static void event_block(world *x, size_t n, int items)
{
    static uint8_t data[96];
    yq_writer out = yq_writer_of(data, sizeof data);
    yq_abi_put_bytes(&out, yq_slice_text("payload"));
    test_log log[2] = {{.topics = 1, .data = yq_writer_slice(&out)}, {.topics = 0}};
    memcpy(log[0].address, emitter, 20);
    memcpy(log[1].address, emitter, 20);
    log[1].data = yq_slice_text("not the encoding of one bytes argument");
    x->b[1]->tx_n = n;
    for (size_t i = 0; i < n; i++) {
        test_tx_make(&x->chain, 100 + i, emitter, yq_slice_text("call"), &x->b[1]->tx[i]);
        test_receipt_make(0, YQ_SLICE_OF(i), log, 2, items, &x->b[1]->tx[i]);
    }
    test_header_make(&x->chain, x->b[0], x->b[1]);
    cr_assert_eq(test_client_init(x->client, test_anchor(&x->chain, x->b[0], x->room)), YQ_OK);
    cr_assert_eq(update(x, 1, 7, 0), YQ_OK);
}

static yq_status event(world *x, uint32_t index, uint32_t log_idx, yq_verified_event *out)
{
    return test_client_event(
        x->client, test_event(&x->chain, x->b[1], index, log_idx, x->room), out);
}

Test(proofs, events_of_blocks_of_every_shape)
{
    static const size_t sizes[] = {1, 2, 15, 16, 17, 32, 33, 255, 256, 257, 300};
    FOR_BOTH(x)
    {
        for (size_t k = 0; k < YQ_ARRAY_N(sizes); k++) {
            size_t n = sizes[k];
            event_block(x, n, k % 2 == 0 ? 8 : 7);
            size_t step = n < 40 ? 1 : 17;
            for (size_t i = 0; i < n; i += step) {
                yq_verified_event e;
                cr_assert_eq(event(x, (uint32_t)i, 0, &e), YQ_OK, "%zu of %zu", i, n);
                cr_assert(yq_slice_equal(e.emitter, yq_slice_of(emitter, 20)));
                cr_assert_eq(e.name.n, 32);
                cr_assert(yq_slice_equal(e.bytes, yq_slice_text("payload")));
                cr_assert_eq(e.height, 1);
                cr_assert_eq(e.time_ms, 1700000001000);
                yq_digest id;
                yq_hash_one(
                    test_alg(&x->chain), yq_slice_of(x->b[1]->tx[i].tx, x->b[1]->tx[i].tx_n), id.b);
                cr_assert(yq_slice_equal(e.tx_id, yq_slice_of(id.b, 32)));
            }
        }
        yq_verified_event e;
        cr_assert_eq(event(x, 3, 1, &e), YQ_OK);
        cr_assert_eq(e.name.n, 0);
        cr_assert_eq(e.bytes.n, 0);
        cr_assert_eq(e.event_index, 1);
        cr_assert_eq(event(x, 3, 2, &e), YQ_E_EVENT_UNPROVEN);
        cr_assert_eq(event(x, 3, UINT32_MAX, &e), YQ_E_EVENT_UNPROVEN);
    }
}

/* An event proof from parts that need not belong together. */
typedef struct parts {
    uint64_t number;
    uint32_t index, tx, tx_path, receipt, receipt_path;
} parts;

static yq_status event_of(world *x, const test_block *b, parts p)
{
    yq_verified_event e;
    yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
    yq_put_u8(&out, 1);
    yq_put_u64(&out, p.number);
    yq_put_u32(&out, p.index);
    yq_put_blob32(&out, yq_slice_of(b->tx[p.tx].tx, b->tx[p.tx].tx_n));
    (void)test_tree(&x->chain, b, 0, p.tx_path, &out);
    yq_put_blob32(&out, yq_slice_of(b->tx[p.receipt].receipt, b->tx[p.receipt].receipt_n));
    (void)test_tree(&x->chain, b, 1, p.receipt_path, &out);
    yq_put_u32(&out, 0);
    return test_client_event(x->client, yq_writer_slice(&out), &e);
}

Test(proofs, a_receipt_belongs_to_its_transaction)
{
    FOR_BOTH(x)
    {
        const test_block *b = x->b[1];
        event_block(x, 20, 8);
        cr_assert_eq(event_of(x, b, (parts){1, 3, 3, 3, 3, 3}), YQ_OK);
        cr_assert_eq(event_of(x, b, (parts){1, 4, 3, 3, 3, 3}), YQ_E_PROOF, "index");
        cr_assert_eq(event_of(x, b, (parts){1, 3, 4, 3, 3, 3}), YQ_E_PROOF, "transaction");
        cr_assert_eq(event_of(x, b, (parts){1, 3, 3, 3, 3, 4}), YQ_E_PROOF, "receipt's path");
        cr_assert_eq(event_of(x, b, (parts){1, 4, 4, 4, 3, 3}), YQ_E_PROOF, "receipt of another");
        cr_assert_eq(event_of(x, b, (parts){1, 3, 3, 3, 3, 17}), YQ_E_PROOF_DEPTH, "shape");
        cr_assert_eq(event_of(x, b, (parts){1, 19, 19, 19, 19, 19}), YQ_OK);
        cr_assert_eq(event_of(x, b, (parts){1, 20, 19, 19, 19, 19}), YQ_E_PROOF_BOUNDS);
        cr_assert_eq(event_of(x, b, (parts){1, 32, 3, 3, 3, 3}), YQ_E_PROOF_BOUNDS);
        cr_assert_eq(event_of(x, b, (parts){1, 256, 3, 3, 3, 3}), YQ_E_PROOF_BOUNDS);
        cr_assert_eq(event_of(x, b, (parts){1, 65536, 3, 3, 3, 3}), YQ_E_PROOF_BOUNDS);
        cr_assert_eq(event_of(x, b, (parts){0, 3, 3, 3, 3, 3}), YQ_E_ZERO_ROOT, "genesis");
        cr_assert_eq(event_of(x, b, (parts){2, 3, 3, 3, 3, 3}), YQ_E_HEADER_UNKNOWN);
        cr_assert_eq(event_of(x, b, (parts){UINT64_MAX, 3, 3, 3, 3, 3}), YQ_E_HEADER_UNKNOWN);
    }
}

Test(proofs, a_cut_item_is_called_by_its_fault)
{
    static test_block cut;
    FOR_BOTH(x)
    {
        event_block(x, 20, 8);
        cut = *x->b[1];
        cut.tx[3].tx_n--;
        cr_assert_eq(event_of(x, &cut, (parts){1, 3, 3, 3, 3, 3}), YQ_E_TRUNCATED);
        cut = *x->b[1];
        cut.tx[3].receipt_n--;
        cr_assert_eq(event_of(x, &cut, (parts){1, 3, 3, 3, 3, 3}), YQ_E_TRUNCATED);
    }
}

Test(proofs, a_path_has_one_shape)
{
    world *x = &w[0];
    yq_verified_event e;
    event_block(x, 1, 8);
    yq_slice proof = test_event(&x->chain, x->b[1], 0, 0, x->room);
    size_t at = 1 + 8 + 4 + 4 + x->b[1]->tx[0].tx_n;
    cr_assert_eq(x->room[at], 0);
    /* One level more over a single node, in both paths. */
    memmove(x->room + at + 2, x->room + at + 1, proof.n - at - 1);
    x->room[at] = 1;
    x->room[at + 1] = 1;
    size_t second = at + 2 + 4 + x->b[1]->tx[0].receipt_n;
    cr_assert_eq(x->room[second], 0);
    memmove(x->room + second + 2, x->room + second + 1, 4);
    x->room[second] = 1;
    x->room[second + 1] = 1;
    cr_assert_eq(
        test_client_event(x->client, yq_slice_of(x->room, proof.n + 2), &e), YQ_E_PROOF_DEPTH);
    proof = test_event(&x->chain, x->b[1], 0, 0, x->room);
    x->room[at] = 5;
    cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_PROOF_DEPTH);
    x->room[at] = 1;
    x->room[at + 1] = 17;
    cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_RANGE);
    x->room[at + 1] = 0;
    cr_assert_eq(test_client_event(x->client, proof, &e), YQ_E_RANGE);
}

Test(proofs, failed_transactions_and_other_chains_prove_nothing)
{
    FOR_BOTH(x)
    {
        yq_verified_event e;
        event_block(x, 2, 8);
        test_log log = {.topics = 1};
        test_receipt_make(0x16, (yq_slice){0}, &log, 1, 8, &x->b[1]->tx[1]);
        x->chain.chain_id = 2;
        test_tx_make(&x->chain, 5, emitter, yq_slice_text("call"), &x->b[1]->tx[0]);
        x->chain.chain_id = 1;
        test_header_make(&x->chain, x->b[0], x->b[1]);
        cr_assert_eq(test_client_init(x->client, test_anchor(&x->chain, x->b[0], x->room)), YQ_OK);
        cr_assert_eq(update(x, 1, 7, 0), YQ_OK);
        cr_assert_eq(event(x, 0, 0, &e), YQ_E_DOMAIN);
        cr_assert_eq(event(x, 1, 0, &e), YQ_E_TX_FAILED);
        x->chain.group_id = 2;
        test_tx_make(&x->chain, 5, emitter, yq_slice_text("call"), &x->b[1]->tx[0]);
        x->chain.group_id = 1;
        test_header_make(&x->chain, x->b[0], x->b[1]);
        cr_assert_eq(test_client_init(x->client, test_anchor(&x->chain, x->b[0], x->room)), YQ_OK);
        cr_assert_eq(update(x, 1, 7, 0), YQ_OK);
        cr_assert_eq(event(x, 0, 0, &e), YQ_E_DOMAIN);
    }
}

/* ---- anchors ---- */

static yq_status init_with(world *x, const char *from, const char *to)
{
    test_block *b = x->b[5];
    *b = *x->b[0];
    size_t n = strlen(from);
    cr_assert_eq(n, strlen(to));
    for (size_t i = 0; i + n <= b->header_n; i++) {
        if (memcmp(b->header + i, from, n) == 0) {
            memcpy(b->header + i, to, n);
            break;
        }
    }
    yq_hash_one(test_alg(&x->chain), yq_slice_of(b->header, b->header_n), b->hash.b);
    return test_client_init(x->client, test_anchor(&x->chain, b, x->room));
}

Test(proofs, anchors)
{
    FOR_BOTH(x)
    {
        cr_assert_eq(init_with(x, "-pbft-", "-pbft-"), YQ_OK);
        cr_assert_eq(init_with(x, "-pbft-", "-raft-"), YQ_E_UNSUPPORTED);
        cr_assert_eq(init_with(x, "-pbft-", "-rpbft"), YQ_E_ANCHOR);
        cr_assert_eq(init_with(x, "1-", "2-"), YQ_E_ANCHOR);
        cr_assert_eq(init_with(x, "1-", "0-"), YQ_E_ANCHOR);
        cr_assert_eq(init_with(x, ",-", ",,"), YQ_E_ANCHOR);
        char id[2][130];
        for (size_t i = 0; i < 2; i++) {
            (void)yq_hex_encode(id[i], sizeof id[i], yq_key_public(x->chain.key[i]).p, 64);
        }
        cr_assert_eq(init_with(x, id[0], id[1]), YQ_E_ANCHOR, "the same sealer twice");
        id[1][7] = 'g';
        cr_assert_eq(init_with(x, id[0], id[1]), YQ_E_ANCHOR);

        yq_slice anchor = test_anchor(&x->chain, x->b[0], x->room);
        x->room[1] ^= 2;
        cr_assert_eq(test_client_init(x->client, anchor), YQ_E_HASH, "the other suite");
        x->room[1] = 2;
        cr_assert_eq(test_client_init(x->client, anchor), YQ_E_FIELD_UNKNOWN);
        anchor = test_anchor(&x->chain, x->b[0], x->room);
        memset(x->room + 14, 0, 32);
        cr_assert_eq(test_client_init(x->client, anchor), YQ_E_ZERO_ROOT);
        x->room[14] = 1;
        cr_assert_eq(test_client_init(x->client, anchor), YQ_E_HASH);
        x->room[0] = 2;
        cr_assert_eq(test_client_init(x->client, anchor), YQ_E_VERSION);
        anchor.n--;
        cr_assert_eq(test_client_init(x->client, anchor), YQ_E_VERSION);
        memset(x->chain.member, 0, sizeof x->chain.member);
        test_header_make(&x->chain, NULL, x->b[0]);
        cr_assert_eq(init_with(x, "-pbft-", "-pbft-"), YQ_E_ANCHOR, "no sealers");
    }
}

Test(proofs, a_header_as_anchor)
{
    FOR_BOTH(x)
    {
        advance(x, 1);
        cr_assert_eq(test_client_init(x->client, test_anchor(&x->chain, x->b[1], x->room)), YQ_OK);
        advance(x, 2);
        for (unsigned which = 0; which < 2; which++) {
            test_plain_block(&x->chain, x->b[1], x->b[3]);
            yq_digest *root = which == 0 ? &x->b[3]->tx_root : &x->b[3]->receipt_root;
            test_root_zero(&x->chain, x->b[3], root);
            cr_assert_eq(
                test_client_init(x->client, test_anchor(&x->chain, x->b[3], x->room)),
                YQ_E_ZERO_ROOT);
        }
        yq_key *turned = x->chain.key[0];
        x->chain.key[0] = x->chain.key[1];
        x->chain.key[1] = turned;
        test_plain_block(&x->chain, x->b[1], x->b[3]);
        cr_assert_eq(
            test_client_init(x->client, test_anchor(&x->chain, x->b[3], x->room)), YQ_E_ANCHOR);
        x->b[3]->tx_n = 0;
        test_header_make(&x->chain, x->b[1], x->b[3]);
        cr_assert_eq(
            test_client_init(x->client, test_anchor(&x->chain, x->b[3], x->room)), YQ_E_ZERO_ROOT);
        memset(x->chain.member, 0, sizeof x->chain.member);
        test_plain_block(&x->chain, x->b[1], x->b[3]);
        cr_assert_eq(
            test_client_init(x->client, test_anchor(&x->chain, x->b[3], x->room)), YQ_E_ANCHOR);
    }
}
