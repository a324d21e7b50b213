/* What anchors, states, headers and transactions may not be. */
#include "light-clients/xuperchain/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(given, status)                                                                      \
    do {                                                                                           \
        yq_status given_status = (given);                                                          \
        cr_expect_eq(given_status, (status), "%d: %s", (int)given_status, client->why.text);       \
    } while (0)

/* Places in a pinned anchor. */
#define AT_SCHEME 1u
#define AT_DELAY  2u
#define AT_HEIGHT 5u
#define AT_ID     13u
#define AT_COUNT  45u
#define AT_FIRST  48u

static test_chain *chain;
static test_client *client;
static test_block *block;
static uint8_t *room, tx_room[16384];

static void begin(size_t n)
{
    chain = test_chain_new(YQ_XUPER_SM2, n);
    client = test_client_new(yq_verifier_xuperchain());
    block = calloc(80, sizeof *block);
    room = malloc(TEST_BYTES_MAX);
    cr_assert(block != NULL && room != NULL);
}

static void end(void)
{
    test_chain_free(chain);
    test_client_free(client);
    free(block);
    free(room);
}

static yq_status init_with(size_t at, size_t n, uint8_t value)
{
    yq_slice anchor = test_anchor(chain, &block[0], 0, room);
    memset(room + at, value, n);
    return test_client_init(client, anchor);
}

Test(forms, anchors)
{
    begin(4);
    test_next(chain, NULL, (test_wish){0}, &block[0]);
    EXPECT(init_with(0, 0, 0), YQ_OK);
    EXPECT(init_with(0, 1, 2), YQ_E_VERSION);
    EXPECT(init_with(AT_SCHEME, 1, 0), YQ_E_RANGE);
    EXPECT(init_with(AT_SCHEME, 1, 3), YQ_E_RANGE);
    EXPECT(init_with(AT_DELAY, 1, 4), YQ_E_ANCHOR);
    EXPECT(init_with(AT_HEIGHT, 8, 0), YQ_E_ANCHOR);
    EXPECT(init_with(AT_HEIGHT, 1, 0x80), YQ_E_ANCHOR);
    EXPECT(init_with(AT_ID, 32, 0), YQ_E_ZERO_ROOT);
    EXPECT(init_with(AT_ID, 1, 0), YQ_E_HASH);
    EXPECT(init_with(AT_FIRST, 1, '0'), YQ_E_NONCANONICAL);
    yq_slice anchor = test_anchor(chain, &block[0], 1, room);
    room[AT_DELAY] = 5;
    EXPECT(test_client_init(client, anchor), YQ_E_ANCHOR);
    room[AT_DELAY] = 2;
    EXPECT(test_client_init(client, anchor), YQ_E_ANCHOR);
    chain->set[0].n = 0;
    anchor = test_anchor(chain, &block[0], 0, room);
    EXPECT(test_client_init(client, anchor), YQ_E_ANCHOR);
    chain->set[0].n = 4;
    chain->member[1] = chain->member[0];
    anchor = test_anchor(chain, &block[0], 0, room);
    EXPECT(test_client_init(client, anchor), YQ_E_DUP_SIGNER);
    test_member_new(&chain->member[1], YQ_XUPER_SM2, 1);
    test_next(chain, NULL, (test_wish){.errors = "e", .view = 9}, &block[0]);
    EXPECT(init_with(0, 0, 0), YQ_E_PROOF_NONCANONICAL);
    end();
}

Test(forms, as_many_as_there_may_be)
{
    char votes[80];
    memset(votes, 's', sizeof votes);
    begin(YQ_XUPER_MEMBERS_MAX);
    test_next(chain, NULL, (test_wish){.no_cert = 1}, &block[0]);
    EXPECT(init_with(0, 0, 0), YQ_OK);
    chain->set[0].n++;
    EXPECT(init_with(0, 0, 0), YQ_E_LIMIT);
    chain->set[0].n--;
    votes[0] = '2';
    test_next(chain, NULL, (test_wish){.votes = votes}, &block[0]);
    EXPECT(init_with(0, 0, 0), YQ_E_LIMIT);
    end();
    begin(1);
    test_next(chain, NULL, (test_wish){0}, &block[0]);
    EXPECT(init_with(0, 0, 0), YQ_OK);
    for (size_t i = 1; i <= YQ_XUPER_HEADERS_MAX + 1; i++) {
        test_next(chain, &block[i - 1], (test_wish){0}, &block[i]);
    }
    EXPECT(
        test_client_update(client, test_update(&block[1], YQ_XUPER_HEADERS_MAX + 1, room)),
        YQ_E_LIMIT);
    EXPECT(test_client_update(client, test_update(&block[1], YQ_XUPER_HEADERS_MAX, room)), YQ_OK);
    end();
}

/* A block 1 without certificate, so that places behind its key are counted from its front. */
Test(forms, headers)
{
    begin(4);
    test_next(chain, NULL, (test_wish){.no_cert = 1}, &block[0]);
    const test_block good = block[0];
    const size_t key = 12u + 1 + good.raw[12] + 8;
    const size_t tag = key + 2 + ((size_t)good.raw[key] << 8 | good.raw[key + 1]) + 64 + 2 + 16;
    cr_assert_eq(good.raw[tag], 0);
    block[0].raw[tag] = 2;
    EXPECT(init_with(0, 0, 0), YQ_E_RANGE);
    block[0] = good;
    block[0].raw[tag + 2] ^= 1;
    EXPECT(init_with(0, 0, 0), YQ_E_TYPE);
    block[0] = good;
    block[0].raw[key + 2] ^= 1;
    EXPECT(init_with(0, 0, 0), YQ_E_NONCANONICAL);
    block[0] = good;
    EXPECT(init_with(0, 0, 0), YQ_OK);
    end();
}

Test(forms, keys)
{
    static const char limit[] =
        "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    static const struct {
        const char *x;
        yq_status status;
    } t[] = {
        {"0", YQ_OK},
        {limit, YQ_OK},
        {"115792089237316195423570985008687907853269984665640564039457584007913129639936",
         YQ_E_RANGE},
        {"", YQ_E_NONCANONICAL},
        {"07", YQ_E_NONCANONICAL},
        {"00", YQ_E_NONCANONICAL},
        {"-1", YQ_E_NONCANONICAL},
        {"1.0", YQ_E_NONCANONICAL}};
    uint8_t key[64];
    char text[256];
    for (size_t i = 0; i < YQ_ARRAY_N(t); i++) {
        (void)snprintf(text, sizeof text, "{\"Curvname\":\"P-256\",\"X\":%s,\"Y\":5}", t[i].x);
        cr_expect_eq(
            yq_xuper_key_decode(YQ_XUPER_P256, yq_slice_text(text), key, NULL),
            t[i].status,
            "%zu",
            i);
        if (t[i].status == YQ_OK) {
            cr_expect(key[0] == (i == 0 ? 0 : 0xff) && key[31] == key[0] && key[63] == 5);
        }
    }
}

/* The state's own form: scheme, rules, height, record with its flag, changes, sets. */
Test(forms, states)
{
    begin(4);
    test_next(chain, NULL, (test_wish){0}, &block[0]);
    EXPECT(init_with(0, 0, 0), YQ_OK);
    yq_client_view view;
    const size_t flag = 5 + 8 + 32 + 32 + 4, sets = flag + 1 + 8 + 8 + 4;
    client->state[flag] = 2;
    EXPECT(test_client_describe(client, &view), YQ_E_RANGE);
    client->state[flag] = 0;
    client->state[sets] = 0;
    EXPECT(test_client_describe(client, &view), YQ_E_RANGE);
    client->state[sets] = YQ_XUPER_SETS_MAX + 1;
    EXPECT(test_client_describe(client, &view), YQ_E_RANGE);
    client->state[sets] = 2;
    const size_t set_n = client->state_n - sets - 1;
    memcpy(client->state + client->state_n, client->state + sets + 1, set_n);
    client->state_n += set_n;
    EXPECT(test_client_describe(client, &view), YQ_E_NONCANONICAL);
    client->state[client->state_n - set_n + 7]++;
    EXPECT(test_client_describe(client, &view), YQ_OK);
    client->state[sets + 8] = 9;
    client->state[client->state_n - set_n + 7] = 10;
    EXPECT(test_client_describe(client, &view), YQ_E_RANGE);
    end();
}

Test(forms, sets_that_wait)
{
    begin(1);
    yq_fault why;
    const yq_xuper_call call = {test_client_begin(client, 0), &why, YQ_XUPER_SM2};
    yq_xuper_state state = {.height = 5, .set_n = 1};
    yq_xuper_set set = {0};
    cr_assert(yq_xuper_sets_new(&call, &state));
    for (size_t i = 1; i < YQ_XUPER_SETS_MAX; i++) {
        set.from = 100 + i;
        EXPECT(yq_xuper_set_add(&call, &state, &set), YQ_OK);
        EXPECT(yq_xuper_set_add(&call, &state, &set), YQ_OK);
        cr_expect_eq(state.set_n, i + 1);
    }
    set.from++;
    EXPECT(yq_xuper_set_add(&call, &state, &set), YQ_E_LIMIT);
    state.height = 101;
    EXPECT(yq_xuper_set_add(&call, &state, &set), YQ_OK);
    cr_expect_eq(state.set[0].from, 102);
    cr_expect_null(yq_xuper_set_at(&state, 101));
    end();
}

static yq_status decode(size_t at, uint64_t value)
{
    yq_fault why;
    yq_xuper_tx tx;
    const yq_xuper_call call = {test_client_begin(client, 0), &why, YQ_XUPER_SM2};
    yq_slice raw = test_tx((test_tx_wish){0}, tx_room);
    yq_writer w = yq_writer_of(tx_room + at, 8);
    yq_put_u64(&w, value);
    return yq_xuper_tx_decode(&call, raw, 0, &tx);
}

Test(forms, transactions)
{
    begin(1);
    EXPECT(decode(0, 1), YQ_OK);
    const size_t last_list = test_tx((test_tx_wish){0}, tx_room).n - 32;
    EXPECT(decode(last_list, YQ_XUPER_ITEMS_MAX + 1), YQ_E_LIMIT);
    EXPECT(decode(last_list, YQ_XUPER_ITEMS_MAX), YQ_E_TRUNCATED);
    EXPECT(decode(8, UINT64_C(1) << 40), YQ_E_LIMIT);
    EXPECT(decode(8, YQ_XUPER_TX_MAX), YQ_E_TRUNCATED);
    yq_fault why;
    const yq_xuper_call call = {test_client_begin(client, 0), &why, YQ_XUPER_SM2};
    const yq_digest leaf = {{1}};
    const yq_xuper_path none = {0};
    yq_xuper_record record = {.root = leaf};
    EXPECT(yq_xuper_path_check(&call, &record, &leaf, &none), YQ_E_ZERO_ROOT);
    record.tx_count = 1;
    EXPECT(yq_xuper_path_check(&call, &record, &leaf, &none), YQ_OK);
    record.tx_count = 2;
    EXPECT(yq_xuper_path_check(&call, &record, &leaf, &none), YQ_E_PROOF_DEPTH);
    record = (yq_xuper_record){.tx_count = 1};
    EXPECT(yq_xuper_path_check(&call, &record, &record.root, &none), YQ_E_ZERO_ROOT);
    end();
}

/* A pinned set stays, even where a write has neither bucket nor key; and a path has an end. */
Test(forms, a_pinned_set)
{
    static yq_digest path[YQ_XUPER_LEVELS_MAX + 1];
    begin(4);
    yq_slice raw =
        test_tx((test_tx_wish){.bucket = "", .key = "", .value = "{\"address\":[\"A\"]}"}, tx_room);
    const test_wish wish = {.root = test_twice(YQ_HASH_SHA256, raw), .tx_count = 1};
    test_next(chain, NULL, wish, &block[0]);
    EXPECT(init_with(0, 0, 0), YQ_OK);
    test_proof_wish proof = {.height = 1, .change = 1};
    EXPECT(test_client_update(client, test_proof(proof, raw, room)), YQ_E_SET_CHANGE);
    proof.path = path;
    proof.path_n = YQ_XUPER_LEVELS_MAX;
    EXPECT(test_client_update(client, test_proof(proof, raw, room)), YQ_E_PROOF_DEPTH);
    proof.path_n++;
    EXPECT(test_client_update(client, test_proof(proof, raw, room)), YQ_E_LIMIT);
    end();
}

/* Blocks of before the oldest set that is kept cannot be judged any more. */
Test(forms, a_fork_of_before_the_sets)
{
    static test_block fork[4];
    begin(4);
    for (size_t i = 0; i < 12; i++) {
        test_next(chain, i == 0 ? NULL : &block[i - 1], (test_wish){0}, &block[i]);
    }
    EXPECT(test_client_init(client, test_anchor(chain, &block[0], 1, room)), YQ_OK);
    EXPECT(test_client_update(client, test_update(&block[1], 11, room)), YQ_OK);
    for (size_t i = 0; i < 4; i++) {
        test_next(chain, i == 0 ? &block[0] : &fork[i - 1], (test_wish){.branch = 'b'}, &fork[i]);
    }
    EXPECT(test_client_update(client, test_update(fork, 4, room)), YQ_E_MISBEHAVIOUR);
    const size_t sets = 5 + strlen(TEST_BUCKET) + strlen(TEST_KEY) + 8 + 77 + 12;
    client->state[sets + 1 + 7] = 9;
    EXPECT(test_client_update(client, test_update(fork, 4, room)), YQ_E_HEADER_UNKNOWN);
    end();
}
