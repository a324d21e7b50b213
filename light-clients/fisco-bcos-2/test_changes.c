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

/* A block of a known height and its members, and the block before it. */
typedef struct known_block {
    test_chain chain;
    test_block before, block;
} known_block;

/* Another block of that height by the same members, as an update and beside the first one. */
static void contradict(const world *x, const known_block *k)
{
    static test_block other;
    other = (test_block){.tx_n = 2};
    other.tx[0] = other.tx[1] = k->block.tx[0];
    test_header_make(&k->chain, &k->before, &other);
    cr_assert_eq(
        test_client_update(x->client, test_update(&k->chain, &other, 0x3ff, NULL, 0, x->room)),
        YQ_E_MISBEHAVIOUR);
    yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
    yq_put_u8(&out, 1);
    test_signed_header(&k->chain, &other, 0x3ff, &out);
    test_signed_header(&k->chain, &k->block, 0x3ff, &out);
    cr_assert_eq(test_client_misbehaviour(x->client, yq_writer_slice(&out)), YQ_OK);
}

Test(changes, ten_set_changes_in_two_hundred_blocks_with_a_node_down, .timeout = 120)
{
    static known_block known[2]; /* of the second set, of the last one */
    FOR_BOTH(x)
    {
        test_block *before = x->b[0], *b = x->b[1];
        size_t changes = 0, calls = 0;
        test_client_record(x->client, x == w ? "sm" : "keccak");
        cr_assert_eq(test_client_init(x->client, test_anchor(&x->chain, before, x->room)), YQ_OK);
        for (size_t i = 1; i <= 200; i++) {
            test_plain_block(&x->chain, before, b);
            size_t next_calls = 0;
            if (i % 19 == 0) {
                next_calls = make_changes(x, b, (changes + 4) % 10, changes % 10);
                test_header_make(&x->chain, before, b);
            }
            follow(x, before, b, calls, 15u & ~(1u << i / 50 % 4));
            if (i == 30 || i == 195) {
                known[i == 195] = (known_block){x->chain, *before, *b};
            }
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
        contradict(x, &known[0]);
        contradict(x, &known[1]);
        test_client_recorded(x->client);
    }
}

/* ---- one call ---- */

/* What may be wrong with a set change. */
typedef struct change_form {
    const char *method, *id;
    size_t trailing; /* bytes after the arguments */
    size_t sealers;  /* in the set before; below the chain's: the first ones */
    size_t data_n;   /* cut to so many bytes; 0: not */
    size_t to_n, output_n;
    uint8_t output_first;
    uint8_t zero; /* the block's root that is zero: 1 transactions, 2 receipts */
} change_form;

static yq_status change_with(const change_form *f)
{
    static test_block b;
    static uint8_t in[TEST_BYTES_MAX];
    static const uint8_t contract[20] = {[18] = 0x10, [19] = 0x03};
    const test_chain *c = &w[0].chain;
    uint8_t data[400] = {0}, output[40] = {[0] = f->output_first, [31] = 1};
    yq_digest selector;
    yq_writer out = yq_writer_of(data, sizeof data);
    yq_hash_one(YQ_HASH_SM3, yq_slice_text(f->method), selector.b);
    yq_put_bytes(&out, selector.b, 4);
    yq_abi_put_bytes(&out, yq_slice_text(f->id));
    size_t n = f->data_n > 0 ? f->data_n : out.n + f->trailing;
    output[0] |= f->output_n == 1; /* one in one byte */
    test_tx_make(c, 1, f->to_n == 0 ? NULL : contract, yq_slice_of(data, n), &b.tx[0]);
    test_receipt_make(0, yq_slice_of(output, f->output_n), NULL, 0, 8, &b.tx[0]);
    b.tx_n = 1;
    out = yq_writer_of(in, sizeof in);
    test_inclusion(c, &b, 0, &out);
    yq_cur cur = yq_cur_of(yq_writer_slice(&out));
    yq_fisco2_inclusion inclusion;
    yq_fisco2_take_inclusion(&cur, &inclusion);
    yq_fisco2_call call = {.host = test_client_begin(w[0].client, 0), .why = &w[0].client->why};
    yq_fisco2_state state;
    yq_fisco2_set next;
    cr_assert_eq(yq_fisco2_state_decode(&call, test_client_state(w[0].client), &state), YQ_OK);
    state.set.n = f->sealers < state.set.n ? f->sealers : state.set.n;
    for (uint8_t i = 0; state.set.n < f->sealers; i++) {
        uint8_t filler[64] = {i, i};
        cr_assert(yq_fisco2_set_add(&state.set, filler));
    }
    state.chain_id = c->chain_id;
    state.tx_root = test_tree(c, &b, 0, 0, NULL);
    state.receipt_root = test_tree(c, &b, 1, 0, NULL);
    if (f->zero != 0) {
        yq_digest *root = f->zero == 1 ? &state.tx_root : &state.receipt_root;
        memset(root->b, 0, sizeof root->b);
    }
    return yq_fisco2_set_change(&call, &state, &inclusion, 1, &next);
}

static yq_status change_of(const char *method, const char *id, size_t trailing, size_t sealers)
{
    return change_with(&(change_form){method, id, trailing, sealers, 0, 20, 32, 0, 0});
}

Test(changes, a_set_change_did_something_at_its_address)
{
    char id[129];
    (void)yq_hex_encode(id, sizeof id, yq_key_public(w[0].chain.key[5]).p, 64);
    const struct {
        change_form form;
        yq_status expected;
    } row[] = {
        {{"addSealer(string)", id, 0, 4, 0, 20, 32, 0, 0}, YQ_OK},
        {{"addSealer(string)", id, 0, 4, 0, 20, 33, 0, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 0, 20, 31, 0, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 0, 20, 1, 0, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 0, 20, 0, 0, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 0, 20, 32, 1, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 0, 20, 32, 0xff, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 0, 0, 32, 0, 0}, YQ_E_SET_CHANGE}, /* a deployment */
        {{"addSealer(string)", id, 0, 4, 1, 20, 32, 0, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 3, 20, 32, 0, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 4, 20, 32, 0, 0}, YQ_E_SET_CHANGE},
        {{"addSealer(string)", id, 0, 4, 0, 20, 32, 0, 1}, YQ_E_ZERO_ROOT},
        {{"addSealer(string)", id, 0, 4, 0, 20, 32, 0, 2}, YQ_E_ZERO_ROOT},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_expect_eq(change_with(&row[i].form), row[i].expected, "row %zu", i);
    }
}

/* The transaction's next byte is the selector's fourth one. */
Test(changes, three_bytes_are_no_selector)
{
    char id[129];
    (void)yq_hex_encode(id, sizeof id, yq_key_public(w[0].chain.key[5]).p, 64);
    const change_form form = {"addObserver(string)", id, 0, 4, 3, 20, 32, 0, 0};
    yq_digest selector;
    yq_hash_one(YQ_HASH_SM3, yq_slice_text(form.method), selector.b);
    cr_assert_lt(selector.b[3], 0x80);
    w[0].chain.chain_id = selector.b[3];
    cr_assert_eq(change_with(&form), YQ_E_SET_CHANGE);
    cr_assert_str_eq(w[0].client->why.text, "method");
}

Test(changes, one_sealer_stays)
{
    char id[129];
    (void)yq_hex_encode(id, sizeof id, yq_key_public(w[0].chain.key[0]).p, 64);
    cr_assert_eq(change_of("remove(string)", id, 0, 2), YQ_OK);
    cr_assert_eq(change_of("remove(string)", id, 0, 1), YQ_E_SET_CHANGE);
    cr_assert_str_eq(w[0].client->why.text, "no sealer is left");
}

Test(changes, set_changes)
{
    char id[131];
    (void)yq_hex_encode(id, sizeof id, yq_key_public(w[0].chain.key[5]).p, 64);
    cr_assert_eq(change_of("addSealer(string)", id, 0, 4), YQ_OK);
    cr_assert_eq(change_of("addSealer(string)", id, 0, YQ_FISCO2_SEALERS_MAX - 1), YQ_OK);
    cr_assert_eq(change_of("addSealer(string)", id, 0, YQ_FISCO2_SEALERS_MAX), YQ_E_LIMIT);
    cr_assert_eq(change_of("remove(string)", id, 0, YQ_FISCO2_SEALERS_MAX), YQ_OK);
    cr_assert_eq(change_of("setWeight(string)", id, 0, 4), YQ_E_SET_CHANGE);
    cr_assert_eq(change_of("addSealer(string)", id, 1, 4), YQ_E_SET_CHANGE);
    cr_assert_eq(change_of("addSealer(string)", id, 32, 4), YQ_E_SET_CHANGE);
    id[9] = 'A'; /* the chain takes digits of either case */
    cr_assert_eq(change_of("addSealer(string)", id, 0, 4), YQ_OK);
    id[9] = 'g';
    cr_assert_eq(change_of("addSealer(string)", id, 0, 4), YQ_E_SET_CHANGE);
    id[9] = '0';
    id[127] = '\0';
    cr_assert_eq(change_of("addSealer(string)", id, 0, 4), YQ_E_SET_CHANGE);
    id[126] = '\0';
    cr_assert_eq(change_of("addSealer(string)", id, 0, 4), YQ_E_SET_CHANGE);
}
