/* What a client keeps: its state, and a record of each height and of each set. */
#include "light-clients/evm/test_chain.h"

#include <criterion/criterion.h>

/* Offsets in a state: the last three are those of a state without lists. */
#define AT_MODE     1u
#define AT_EPOCH    2u
#define AT_SET      256u
#define AT_VOTES    258u
#define AT_RECENTS  260u
#define STATE_EMPTY 262u

static test_client *client;
static yq_evm_call call;
static yq_evm_state state;
static uint8_t bytes[YQ_EVM_STATE_MAX];

/* The client's host, whose record_put fails when so many calls are made. */
static yq_verifier_host host;
static size_t puts_left;

static yq_status some_puts(void *self, yq_slice key, yq_slice value)
{
    return puts_left-- > 0 ? client->call.host.record_put(self, key, value) : YQ_E_NOSPC;
}

static void setup(void)
{
    client = test_client_new(yq_verifier_evm());
    host = *test_client_begin(client, 1);
    host.record_put = some_puts;
    puts_left = 1000;
    call = (yq_evm_call){.host = &host, .why = &client->why};
    cr_assert(yq_evm_state_new(&call, &state));
    state.mode = YQ_EVM_QBFT;
    state.epoch = 1;
}

static void teardown(void)
{
    test_client_free(client);
}

TestSuite(records, .init = setup, .fini = teardown);

static size_t encode(void)
{
    yq_buf out = {bytes, sizeof bytes, 0};
    cr_assert_eq(yq_evm_state_encode(&call, &state, &out), YQ_OK);
    return out.n;
}

static yq_status decode(size_t n, yq_evm_state *out)
{
    return yq_evm_state_decode(&call, yq_slice_of(bytes, n), out);
}

static void name(uint8_t *address, size_t k)
{
    memset(address, 0, YQ_EVM_ADDRESS_SIZE);
    address[0] = (uint8_t)(k >> 8);
    address[1] = (uint8_t)k;
}

static void fill_set(yq_evm_set *set, size_t n)
{
    set->n = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t address[YQ_EVM_ADDRESS_SIZE];
        name(address, i);
        cr_assert(yq_evm_set_add(set, address));
    }
}

/* Everything at its limit. */
static void fill_state(void)
{
    fill_set(&state.set, YQ_EVM_VALIDATORS_MAX);
    state.votes = YQ_EVM_VOTES_MAX;
    for (size_t i = 0; i < state.votes; i++) {
        state.vote[i].add = i % 2 == 0;
        name(state.vote[i].voter, i);
        name(state.vote[i].candidate, i + 1);
    }
    state.recents = YQ_EVM_RECENTS_MAX;
    for (size_t i = 0; i < state.recents; i++) {
        state.recent[i].number = i + 5;
        name(state.recent[i].signer, i);
    }
    state.depth = 3;
    memset(state.contract, 4, sizeof state.contract);
    state.slot = test_digest("slot");
    state.height = 0x102030405;
    state.set_from = 77;
    state.storage_root = test_digest("storage");
    state.last = (yq_evm_record){
        .hash = test_digest("hash"),
        .state_root = test_digest("state"),
        .tx_root = test_digest("tx"),
        .receipt_root = test_digest("receipts"),
        .time = 99,
        .set_from = 66};
}

static int is_filled(const yq_evm_state *x)
{
    return x->mode == YQ_EVM_QBFT && x->epoch == 1 && x->depth == 3 && x->contract[19] == 4 &&
           yq_digest_equal(&x->slot, &state.slot) && x->height == state.height &&
           x->set_from == 77 && yq_digest_equal(&x->storage_root, &state.storage_root) &&
           memcmp(&x->last, &state.last, sizeof state.last) == 0 &&
           yq_evm_set_equal(&x->set, &state.set) && x->votes == YQ_EVM_VOTES_MAX &&
           memcmp(x->vote, state.vote, x->votes * sizeof *x->vote) == 0 &&
           x->recents == YQ_EVM_RECENTS_MAX &&
           memcmp(x->recent[128].signer, state.recent[128].signer, 20) == 0 &&
           x->recent[128].number == 133 && x->recent[0].number == 5;
}

Test(records, a_state_and_its_bytes)
{
    yq_evm_state back, copy;
    fill_state();
    size_t n = encode();
    cr_expect_leq(n, YQ_EVM_STATE_MAX);
    cr_expect_eq(decode(n, &back), YQ_OK);
    cr_expect(is_filled(&back));
    cr_assert(yq_evm_state_new(&call, &copy));
    yq_evm_state_copy(&copy, &back);
    back.set.address[0] = back.vote[0].voter[0] = 9;
    back.recent[0].number = 1;
    cr_expect(is_filled(&copy)); /* it has its own lists */
    yq_buf small = {bytes, n - 1, 0};
    cr_expect_eq(yq_evm_state_encode(&call, &state, &small), YQ_E_LIMIT);
}

Test(records, states_that_are_none)
{
    static const struct {
        size_t at;
        uint16_t max;
    } count[] = {
        {AT_SET, YQ_EVM_VALIDATORS_MAX},
        {AT_VOTES, YQ_EVM_VOTES_MAX},
        {AT_RECENTS, YQ_EVM_RECENTS_MAX}};
    yq_evm_state back;
    cr_expect_eq(encode(), STATE_EMPTY);
    cr_expect_eq(decode(STATE_EMPTY, &back), YQ_OK);
    cr_expect_eq(decode(STATE_EMPTY + 1, &back), YQ_E_TRAILING);
    for (size_t i = 0; i < YQ_ARRAY_N(count); i++) {
        for (uint16_t more = 0; more < 2; more++) {
            (void)encode();
            yq_writer w = yq_writer_of(bytes, sizeof bytes);
            w.n = count[i].at;
            yq_put_u16(&w, (uint16_t)(count[i].max + more));
            cr_expect_eq(decode(STATE_EMPTY, &back), more ? YQ_E_LIMIT : YQ_E_TRUNCATED);
        }
    }
    /* Of a count that is too large nothing is read: the set, which lies behind, is whole. */
    fill_set(&state.set, 4);
    size_t n = encode();
    memset(bytes + n - 4, 0xff, 2);
    cr_expect_eq(decode(n, &back), YQ_E_LIMIT);
    cr_expect(yq_evm_set_equal(&back.set, &state.set));
    state.set.n = 0;
    for (uint8_t mode = 0; mode < 8; mode++) {
        (void)encode();
        bytes[AT_MODE] = mode;
        cr_expect_eq(decode(STATE_EMPTY, &back), mode >= 1 && mode <= 5 ? YQ_OK : YQ_E_RANGE);
        cr_expect_eq(decode(STATE_EMPTY - 1, &back), YQ_E_TRUNCATED);
    }
    (void)encode();
    memset(bytes + AT_EPOCH, 0, 8);
    cr_expect_eq(decode(STATE_EMPTY, &back), YQ_E_RANGE);
    (void)encode();
    bytes[0] = 0;
    cr_expect_eq(decode(STATE_EMPTY, &back), YQ_E_VERSION);
}

/* ---- records ---- */

static int known(uint64_t height)
{
    yq_evm_record record;
    yq_status status = yq_evm_record_get(&call, height, &record);
    cr_expect(status == YQ_OK || status == YQ_E_HEADER_UNKNOWN);
    return status == YQ_OK;
}

static int set_is_kept(uint64_t from)
{
    uint8_t key[9];
    int found;
    yq_writer w = yq_writer_of(key, sizeof key);
    yq_put_u8(&w, 's');
    yq_put_u64(&w, from);
    (void)host.record_get(host.self, yq_writer_slice(&w), &found);
    return found;
}

/* The record of a height, sealed by the set that stands from a height on. */
static yq_status put(uint64_t height, uint64_t set_from, size_t sealers)
{
    yq_evm_set set;
    cr_assert(yq_evm_set_new(&call, &set));
    fill_set(&set, sealers);
    state.height = height;
    state.last = (yq_evm_record){.time = height + 1, .set_from = set_from};
    return yq_evm_records_put(&call, &state, &set);
}

Test(records, a_height_and_the_set_that_begins_there)
{
    yq_evm_record record;
    yq_evm_set set;
    cr_expect_eq(put(5, 5, 4), YQ_OK);
    cr_expect_eq(put(6, 5, 3), YQ_OK);
    cr_expect_eq(put(7, 7, 0), YQ_OK);
    cr_expect(set_is_kept(5) && !set_is_kept(6) && !set_is_kept(7));
    cr_expect_eq(yq_evm_record_get(&call, 6, &record), YQ_OK);
    cr_expect(record.time == 7 && record.set_from == 5);
    cr_expect_not(known(8));
    cr_expect(yq_evm_set_at(&call, &state, 6, &set) == YQ_OK && set.n == 4);
    cr_expect_eq(yq_evm_set_at(&call, &state, 7, &set), YQ_E_HEADER_UNKNOWN); /* no set */
    cr_expect_eq(yq_evm_set_at(&call, &state, 9, &set), YQ_E_HEADER_UNKNOWN);
    /* The next height's is the state's, but in a contract. */
    fill_set(&state.set, 2);
    cr_expect(yq_evm_set_at(&call, &state, 8, &set) == YQ_OK && set.n == 2);
    state.mode = YQ_EVM_QBFT_CONTRACT;
    cr_expect_eq(yq_evm_set_at(&call, &state, 8, &set), YQ_E_HEADER_UNKNOWN);
}

Test(records, what_is_no_longer_kept)
{
    cr_expect_eq(put(0, 0, 4), YQ_OK);
    cr_expect_eq(put(1, 0, 4), YQ_OK);
    cr_expect_eq(put(2, 2, 5), YQ_OK);
    cr_expect_eq(put(YQ_EVM_KEPT - 1, 2, 5), YQ_OK);
    cr_expect(known(0) && known(1) && known(2));
    cr_expect_eq(put(YQ_EVM_KEPT, 2, 5), YQ_OK);
    cr_expect(!known(0) && known(1) && set_is_kept(0)); /* 1 was sealed by the same set */
    cr_expect_eq(put(YQ_EVM_KEPT + 1, 2, 5), YQ_OK);
    cr_expect(!known(1) && known(2) && !set_is_kept(0) && set_is_kept(2));
    cr_expect_eq(put(YQ_EVM_KEPT + 2, 2, 5), YQ_OK);
    cr_expect(!known(2) && set_is_kept(2));          /* what comes behind it is not known */
    cr_expect_eq(put(YQ_EVM_KEPT + 9, 2, 5), YQ_OK); /* there is none to drop */
}

Test(records, puts_that_fail)
{
    for (size_t k = 0; k < 4; k++) {
        puts_left = 1000;
        cr_assert_eq(put(1, 1, 4), YQ_OK);
        cr_assert_eq(put(2, 2, 4), YQ_OK);
        puts_left = k;
        cr_expect_eq(put(YQ_EVM_KEPT + 1, YQ_EVM_KEPT + 1, 4), YQ_E_NOSPC, "%zu", k);
    }
    puts_left = 2; /* nothing is dropped */
    cr_assert_eq(put(1, 1, 4), YQ_OK);
    puts_left = 4;
    cr_expect_eq(put(YQ_EVM_KEPT + 1, YQ_EVM_KEPT + 1, 4), YQ_OK);
}
