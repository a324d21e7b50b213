#include "light-clients/evm/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(x, given, status)                                                                   \
    cr_expect_eq(given, status, "mode %u: %s", (x)->mode, (x)->client->why.text)

static uint8_t *room;
static test_block b[260];

static void setup(void)
{
    room = malloc(TEST_BYTES_MAX);
}

static void teardown(void)
{
    free(room);
}

TestSuite(verifier, .init = setup, .fini = teardown);

/* A chain with a genesis in b[0], and a client at it; what it accepts is recorded under a name. */
static test_chain *start_recorded(uint8_t mode, size_t n, const char *name)
{
    test_chain *c = test_chain_new(mode, n);
    if (name != NULL) {
        test_client_record(c->client, name);
    }
    b[0] = test_next(c, NULL, test_plain);
    cr_assert_eq(
        test_client_init(c->client, test_anchor(c, &b[0], room)),
        YQ_OK,
        "mode %u: %s",
        mode,
        c->client->why.text);
    return c;
}

static test_chain *start(uint8_t mode, size_t n)
{
    return start_recorded(mode, n, NULL);
}

/* Block i after block i - 1, given to the client alone. */
static yq_status follow(test_chain *c, size_t i, test_wish wish)
{
    b[i] = test_next(c, &b[i - 1], wish);
    return test_client_update(c->client, test_update(&b[i], 1, room));
}

static const uint8_t header_modes[] = {YQ_EVM_IBFT1, YQ_EVM_IBFT2, YQ_EVM_QBFT};

#define FOR_MODES(m)                                                                               \
    for (const uint8_t *m = header_modes; m < header_modes + YQ_ARRAY_N(header_modes); m++)

Test(verifier, follows_blocks_one_by_one_and_in_batches)
{
    FOR_MODES(m)
    {
        test_chain *c = start(*m, 4);
        test_wish wish = test_plain;
        EXPECT(c, follow(c, 1, wish), YQ_OK);
        wish.round = 3;
        wish.later_forks = 8;
        EXPECT(c, follow(c, 2, wish), YQ_OK);
        for (size_t i = 3; i < 30; i++) {
            b[i] = test_next(c, &b[i - 1], test_plain);
        }
        EXPECT(c, test_client_update(c->client, test_update(&b[3], 27, room)), YQ_OK);
        yq_client_view view;
        cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
        cr_expect(view.height == 29 && view.validators == 4 && view.quorum == 3);
        cr_expect_eq(memcmp(view.hash, b[29].hash.b, 32), 0);
        cr_expect_eq(view.time_ms, b[29].time * 1000);
        test_chain_free(c);
    }
}

/* ceil(2n/3), for every n: one seal less is refused. */
Test(verifier, quorums)
{
    static const size_t quorum[] = {0, 1, 2, 2, 3, 4, 4, 5};
    FOR_MODES(m)
    {
        for (size_t n = 1; n <= 7; n++) {
            test_chain *c = start(*m, n);
            for (size_t sealed = 0; sealed <= n; sealed++) {
                char letters[8] = "-------";
                memset(letters, 's', sealed);
                test_wish wish = test_plain;
                wish.seals = letters;
                yq_status expected = sealed == 0          ? YQ_E_SIGNATURES_MISSING
                                     : sealed < quorum[n] ? YQ_E_QUORUM
                                                          : YQ_OK;
                cr_expect_eq(follow(c, 1, wish), expected, "%zu of %zu", sealed, n);
                if (expected == YQ_OK) {
                    break;
                }
            }
            test_chain_free(c);
        }
    }
}

Test(verifier, seals_that_do_not_count)
{
    static const struct {
        const char *seals;
        yq_status status;
    } row[] = {
        {"s2", YQ_E_DUP_SIGNER},
        {"sssx", YQ_E_SIGNER_UNKNOWN},
        {"hsss", YQ_E_SIG_HIGH_S},
        {"ss--", YQ_E_QUORUM},
        {"sss-", YQ_OK},
    };
    FOR_MODES(m)
    {
        test_chain *c = start(*m, 4);
        for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
            test_wish wish = test_plain;
            wish.seals = row[i].seals;
            cr_expect_eq(follow(c, 1, wish), row[i].status, "%u %s", *m, row[i].seals);
        }
        test_chain_free(c);
    }
}

Test(verifier, what_links_a_block)
{
    for (uint8_t mode = YQ_EVM_IBFT1; mode <= YQ_EVM_QBFT; mode++) {
        test_chain *c = start(mode, 4);
        EXPECT(c, follow(c, 1, test_plain), YQ_OK);
        b[2] = test_next(c, &b[1], test_plain);
        b[3] = test_next(c, &b[2], test_plain);
        EXPECT(c, test_client_update(c->client, test_update(&b[3], 1, room)), YQ_E_HEIGHT);
        test_block bad = b[2];
        bad.parent.b[5] ^= 1;
        test_seal(c, test_plain, &bad);
        EXPECT(c, test_client_update(c->client, test_update(&bad, 1, room)), YQ_E_PARENT);
        bad = b[2];
        bad.time = b[1].time - 1;
        test_seal(c, test_plain, &bad);
        EXPECT(c, test_client_update(c->client, test_update(&bad, 1, room)), YQ_E_TIME_ORDER);
        bad = b[2];
        yq_digest *const roots[] = {&bad.state_root, &bad.tx_root, &bad.receipt_root};
        for (size_t i = 0; i < YQ_ARRAY_N(roots); i++) {
            bad = b[2];
            *roots[i] = (yq_digest){{0}};
            test_seal(c, test_plain, &bad);
            EXPECT(c, test_client_update(c->client, test_update(&bad, 1, room)), YQ_E_ZERO_ROOT);
        }
        test_wish wish = test_plain;
        wish.no_list = 1;
        bad = test_next(c, &b[1], wish);
        EXPECT(c, test_client_update(c->client, test_update(&bad, 1, room)), YQ_E_SET_CHANGE);
        wish = test_plain;
        wish.proposer = 99; /* an outsider */
        bad = test_next(c, &b[1], wish);
        EXPECT(c, test_client_update(c->client, test_update(&bad, 1, room)), YQ_E_SIGNER_UNKNOWN);
        wish = test_plain;
        wish.difficulty = 2;
        bad = test_next(c, &b[1], wish);
        EXPECT(c, test_client_update(c->client, test_update(&bad, 1, room)), YQ_E_DOMAIN);
        EXPECT(c, test_client_update(c->client, test_update(&b[2], 0, room)), YQ_E_LIMIT);
        EXPECT(c, test_client_update(c->client, test_update(&b[2], 2, room)), YQ_OK);
        EXPECT(c, test_client_update(c->client, test_update(&b[2], 1, room)), YQ_E_REPLAY);
        b[4] = test_next(c, &b[3], test_plain);
        b[4].time = b[3].time; /* two blocks of one second */
        test_seal(c, test_plain, &b[4]);
        EXPECT(c, test_client_update(c->client, test_update(&b[4], 1, room)), YQ_OK);
        test_chain_free(c);
    }
}

Test(verifier, a_second_header_of_a_height)
{
    FOR_MODES(m)
    {
        test_chain *c = start(*m, 4);
        EXPECT(c, follow(c, 1, test_plain), YQ_OK);
        EXPECT(c, follow(c, 2, test_plain), YQ_OK);
        test_block other = b[1];
        other.time++;
        test_seal(c, test_plain, &other);
        EXPECT(c, test_client_update(c->client, test_update(&other, 1, room)), YQ_E_MISBEHAVIOUR);
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        yq_put_blob32(&w, yq_slice_of(other.raw, other.raw_n));
        yq_put_blob32(&w, yq_slice_of(b[1].raw, b[1].raw_n));
        EXPECT(c, test_client_misbehaviour(c->client, yq_writer_slice(&w)), YQ_OK);
        w.n = 1;
        yq_put_blob32(&w, yq_slice_of(b[1].raw, b[1].raw_n));
        yq_put_blob32(&w, yq_slice_of(b[1].raw, b[1].raw_n));
        EXPECT(c, test_client_misbehaviour(c->client, yq_writer_slice(&w)), YQ_E_NOT_PROVEN);
        w.n = 1;
        yq_put_blob32(&w, yq_slice_of(b[1].raw, b[1].raw_n));
        yq_put_blob32(&w, yq_slice_of(b[2].raw, b[2].raw_n));
        EXPECT(c, test_client_misbehaviour(c->client, yq_writer_slice(&w)), YQ_E_NOT_PROVEN);
        test_wish few = test_plain;
        few.seals = "ss--";
        test_seal(c, few, &other);
        EXPECT(c, test_client_update(c->client, test_update(&other, 1, room)), YQ_E_QUORUM);
        w.n = 1;
        yq_put_blob32(&w, yq_slice_of(other.raw, other.raw_n));
        yq_put_blob32(&w, yq_slice_of(b[1].raw, b[1].raw_n));
        EXPECT(c, test_client_misbehaviour(c->client, yq_writer_slice(&w)), YQ_E_QUORUM);
        /* Two headers that nobody has seen yet, of the next height. */
        b[3] = test_next(c, &b[2], test_plain);
        other = b[3];
        other.time++;
        test_seal(c, test_plain, &other);
        w.n = 1;
        yq_put_blob32(&w, yq_slice_of(other.raw, other.raw_n));
        yq_put_blob32(&w, yq_slice_of(b[3].raw, b[3].raw_n));
        EXPECT(c, test_client_misbehaviour(c->client, yq_writer_slice(&w)), YQ_OK);
        test_chain_free(c);
    }
}

/* Votes of the first k members in turn, for or against an account. Returns the next block's
 * number. */
static size_t vote(test_chain *c, size_t at, size_t k, size_t account, int add)
{
    for (size_t i = 0; i < k; i++, at++) {
        test_wish wish = test_plain;
        wish.candidate = c->account[account].address;
        wish.add = add;
        if (c->mode != YQ_EVM_CLIQUE) {
            wish.proposer = i;
        }
        EXPECT(c, follow(c, at, wish), YQ_OK);
    }
    return at;
}

Test(verifier, validators_come_and_go_by_votes)
{
    FOR_MODES(m)
    {
        test_chain *c = start(*m, 4);
        size_t at = vote(c, 1, 2, 5, 1); /* two of four are not enough */
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        test_wish third = test_plain;
        third.candidate = c->account[5].address;
        third.add = 1;
        third.proposer = 1; /* has voted for it before: no second vote */
        EXPECT(c, follow(c, at++, third), YQ_OK);
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        third.proposer = 3;
        EXPECT(c, follow(c, at++, third), YQ_OK);
        b[at] = test_next(c, &b[at - 1], test_plain); /* with the old list */
        EXPECT(c, test_client_update(c->client, test_update(&b[at], 1, room)), YQ_E_SET_CHANGE);
        test_member_add(c, 5);
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        /* Out again: three of five. */
        at = vote(c, at, 3, 5, 0);
        test_member_remove(c, 5);
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        yq_client_view view;
        cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
        cr_expect(view.validators == 4 && view.height == at - 1);
        test_chain_free(c);
    }
}

Test(verifier, a_vote_can_be_taken_back_and_a_leavers_votes_go)
{
    FOR_MODES(m)
    {
        test_chain *c = start(*m, 4);
        size_t at = vote(c, 1, 2, 5, 1);
        test_wish back = test_plain;
        back.candidate = c->account[5].address;
        back.proposer = 0;
        EXPECT(c, follow(c, at++, back), YQ_OK); /* drop: takes the vote for it back */
        test_wish one = back;
        one.add = 1;
        one.proposer = 2;
        EXPECT(c, follow(c, at++, one), YQ_OK); /* two again */
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        /* The others vote member 1 out; its vote for 5 goes with it. */
        size_t leaver = c->member[1];
        for (size_t k = 0; k < 3; k++) {
            static const size_t who[] = {0, 2, 3};
            test_wish out = test_plain;
            out.candidate = c->account[leaver].address;
            out.proposer = who[k];
            EXPECT(c, follow(c, at++, out), YQ_OK);
        }
        test_member_remove(c, leaver);
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        one.proposer = 2; /* the last of three: it has one vote, two more would be needed */
        EXPECT(c, follow(c, at++, one), YQ_OK);
        test_member_add(c, 5);
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        test_chain_free(c);
    }
}

Test(verifier, an_epoch_clears_the_votes)
{
    FOR_MODES(m)
    {
        test_chain *c = test_chain_new(*m, 4);
        c->epoch = 5;
        b[0] = test_next(c, NULL, test_plain);
        cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
        size_t at = vote(c, 1, 2, 5, 1);
        while (at <= 5) {
            EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        }
        at = vote(c, at, 2, 5, 1); /* two new ones: still not enough */
        EXPECT(c, follow(c, at++, test_plain), YQ_OK);
        test_chain_free(c);
    }
}

/* A second header of the height of block i, sealed by the members of c. */
static void contradict(const test_chain *c, size_t i)
{
    test_block other = b[i];
    other.time++;
    test_seal(c, test_plain, &other);
    EXPECT(c, test_client_update(c->client, test_update(&other, 1, room)), YQ_E_MISBEHAVIOUR);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_blob32(&w, yq_slice_of(other.raw, other.raw_n));
    yq_put_blob32(&w, yq_slice_of(b[i].raw, b[i].raw_n));
    EXPECT(c, test_client_misbehaviour(c->client, yq_writer_slice(&w)), YQ_OK);
}

Test(verifier, ten_set_changes_in_two_hundred_blocks, .timeout = 120)
{
    static const char *const names[] = {"ibft1", "ibft2", "qbft"};
    FOR_MODES(m)
    {
        test_chain *c = start_recorded(*m, 4, names[m - header_modes]);
        test_chain five = *c; /* the first change makes five of four */
        size_t at = 1, changes = 0;
        for (size_t k = 0; k < 10; k++) {
            size_t account = 1 + 2 * (k / 2);
            int add = k % 2 == 0;
            at = vote(c, at, c->n / 2 + 1, account, add);
            if (add) {
                test_member_add(c, account);
            } else {
                test_member_remove(c, account);
            }
            changes++;
            size_t until = (k + 1) * 20;
            for (; at <= until; at++) {
                EXPECT(c, follow(c, at, test_plain), YQ_OK);
            }
            five = k == 0 ? *c : five;
        }
        yq_client_view view;
        cr_assert_eq(test_client_describe(c->client, &view), YQ_OK);
        cr_expect(view.height == 200 && changes == 10);
        contradict(c, 195);
        contradict(&five, 15);
        test_client_recorded(c->client);
        /* The whole chain again, in three calls. */
        test_client_reset(c->client);
        cr_assert_eq(test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_OK);
        EXPECT(c, test_client_update(c->client, test_update(&b[1], 90, room)), YQ_OK);
        EXPECT(c, test_client_update(c->client, test_update(&b[91], 90, room)), YQ_OK);
        EXPECT(c, test_client_update(c->client, test_update(&b[181], 20, room)), YQ_OK);
        contradict(&five, 15);
        test_chain_free(c);
    }
}

Test(verifier, every_changed_byte_of_an_update_is_refused, .timeout = 120)
{
    static uint8_t copy[16384];
    static const uint8_t all[] = {YQ_EVM_IBFT1, YQ_EVM_IBFT2, YQ_EVM_QBFT, YQ_EVM_CLIQUE};
    for (size_t k = 0; k < YQ_ARRAY_N(all); k++) {
        test_chain *c = start(all[k], 4);
        test_wish wish = test_plain;
        wish.later_forks = 1;
        wish.round = 1;
        wish.candidate = all[k] == YQ_EVM_CLIQUE ? NULL : c->account[5].address;
        wish.add = all[k] != YQ_EVM_CLIQUE;
        for (size_t i = 1; i <= (size_t)c->depth + 1; i++) {
            b[i] = test_next(c, &b[i - 1], wish);
        }
        yq_slice e = test_update(&b[1], (size_t)c->depth + 1, room);
        memcpy(copy, e.p, e.n);
        for (size_t i = 0; i < e.n; i++) {
            for (unsigned bit = 0; bit < 8; bit += 3) {
                copy[i] ^= (uint8_t)(1u << (bit + i) % 8);
                yq_status status = test_client_update(c->client, yq_slice_of(copy, e.n));
                cr_assert(status < 0 && status > -400, "mode %u byte %zu: %d", all[k], i, status);
                copy[i] = e.p[i];
            }
        }
        for (size_t n = 0; n < e.n; n += 3) {
            cr_assert(test_client_update(c->client, yq_slice_of(copy, n)) < 0);
        }
        EXPECT(c, test_client_update(c->client, e), YQ_OK);
        test_chain_free(c);
    }
}

Test(verifier, anchors)
{
    FOR_MODES(m)
    {
        test_chain *c = test_chain_new(*m, 4);
        b[0] = test_next(c, NULL, test_plain);
        yq_slice anchor = test_anchor(c, &b[0], room);
        const size_t pin = 1 + 1 + 8 + 2 + 20 + 32;
        room[0] = 2;
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_VERSION);
        room[0] = 1;
        EXPECT(c, test_client_init(c->client, yq_slice_of(room, anchor.n - 1)), YQ_E_TRUNCATED);
        EXPECT(c, test_client_init(c->client, yq_slice_of(room, anchor.n + 1)), YQ_E_TRAILING);
        room[pin] ^= 1;
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_HASH);
        memset(room + pin, 0, 32);
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_ZERO_ROOT);
        anchor = test_anchor(c, &b[0], room);
        room[1] = 0;
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_FIELD_UNKNOWN);
        room[1] = 6;
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_FIELD_UNKNOWN);
        anchor = test_anchor(c, &b[0], room);
        memset(room + 2, 0, 8);
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_ANCHOR); /* epoch */
        anchor = test_anchor(c, &b[0], room);
        room[2 + 8 + 1] = 3;
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_ANCHOR); /* depth */
        anchor = test_anchor(c, &b[0], room);
        room[2 + 8 + 2] = 3;
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_ANCHOR); /* contract */
        anchor = test_anchor(c, &b[0], room);
        room[2 + 8 + 2 + 20] = 3;
        EXPECT(c, test_client_init(c->client, anchor), YQ_E_ANCHOR); /* slot */
        b[1] = test_next(c, &b[0], test_plain);
        EXPECT(c, test_client_init(c->client, test_anchor(c, &b[1], room)), YQ_E_ANCHOR);
        yq_digest *const roots[] = {&b[1].state_root, &b[1].tx_root, &b[1].receipt_root};
        for (size_t i = 0; i < YQ_ARRAY_N(roots); i++) {
            const yq_digest kept = *roots[i];
            *roots[i] = (yq_digest){{0}};
            b[1].number = 0;
            test_seal(c, test_plain, &b[1]);
            EXPECT(c, test_client_init(c->client, test_anchor(c, &b[1], room)), YQ_E_ZERO_ROOT);
            *roots[i] = kept;
        }
        c->n = 0;
        b[0].number = 0;
        test_wish alone = test_plain;
        alone.proposer = 99;
        test_seal(c, alone, &b[0]);
        EXPECT(c, test_client_init(c->client, test_anchor(c, &b[0], room)), YQ_E_ANCHOR);
        test_chain_free(c);
    }
}

Test(verifier, an_anchor_at_the_start_of_an_epoch)
{
    FOR_MODES(m)
    {
        test_chain *c = test_chain_new(*m, 4);
        c->epoch = 10;
        test_block before = {.number = 19, .time = 1760000000};
        before.state_root = test_digest("state");
        b[20] = test_next(c, &before, test_plain);
        cr_assert_eq(
            test_client_init(c->client, test_anchor(c, &b[20], room)),
            YQ_OK,
            "%s",
            c->client->why.text);
        EXPECT(c, follow(c, 21, test_plain), YQ_OK);
        /* The anchor has a vote itself: it is the first of three, or none. */
        test_wish wish = test_plain;
        wish.candidate = c->account[5].address;
        wish.add = 1;
        wish.proposer = 2;
        b[20] = test_next(c, &before, wish);
        test_client_reset(c->client);
        EXPECT(c, test_client_init(c->client, test_anchor(c, &b[20], room)), YQ_OK);
        size_t at = vote(c, 21, 2, 5, 1);
        if (*m == YQ_EVM_IBFT1) {
            test_member_add(c, 5);
        }
        EXPECT(c, follow(c, at, test_plain), YQ_OK);
        test_chain_free(c);
    }
}

/* Heights are dropped when there are too many, and the sets that only they name. */
Test(verifier, old_heights_are_dropped)
{
    test_chain *c = start(YQ_EVM_QBFT, 1);
    size_t before = c->client->n;
    EXPECT(c, follow(c, 1, test_plain), YQ_OK);
    cr_expect_gt(c->client->n, before);
    /* As if the chain were as long as what is kept: the genesis' record is the oldest. */
    uint8_t key[9] = {'h'};
    yq_writer w = yq_writer_of(c->client->state + 2 + 8 + 2 + 20 + 32, 8);
    yq_put_u64(&w, YQ_EVM_KEPT - 1);
    test_block fake = b[1];
    fake.number = YQ_EVM_KEPT - 1;
    b[2] = test_next(c, &fake, test_plain);
    EXPECT(c, test_client_update(c->client, test_update(&b[2], 1, room)), YQ_OK);
    test_block old = b[0];
    EXPECT(c, test_client_update(c->client, test_update(&old, 1, room)), YQ_E_HEADER_UNKNOWN);
    (void)key;
    test_chain_free(c);
}

Test(verifier, states_of_others_are_refused)
{
    test_chain *c = start(YQ_EVM_CLIQUE, 4);
    yq_client_view view;
    size_t n = c->client->state_n;
    for (size_t cut = 0; cut < n; cut++) {
        c->client->state_n = cut;
        cr_expect_eq(test_client_describe(c->client, &view), YQ_E_TRUNCATED);
    }
    c->client->state_n = n;
    c->client->state[1] = 9;
    cr_expect_eq(test_client_describe(c->client, &view), YQ_E_RANGE);
    c->client->state[0] = 9;
    cr_expect_eq(test_client_describe(c->client, &view), YQ_E_VERSION);
    test_chain_free(c);
}
