#include "light-clients/cometbft/test_chain.h"

#include <criterion/criterion.h>

static test_chain *chain;
static test_client *client;
static test_header h[16];
static uint8_t *room;

static const test_votes all = {NULL, 0};

/* Blocks 1 to 12 with one set, and a client at block 1. */
static void setup(void)
{
    const test_set set = test_set_of(0, 4, 10); /* powers 14, 13, 12, 11: more than 33 of 50 */
    chain = test_chain_new();
    client = test_comet_client();
    room = malloc(TEST_BYTES_MAX);
    for (size_t i = 1; i <= 12; i++) {
        h[i] = test_header_next(chain, i == 1 ? NULL : &h[i - 1], &set);
    }
    cr_assert_eq(
        test_client_init(client, test_anchor(&h[1], test_usual, room)),
        YQ_OK,
        "%s",
        client->why.text);
}

static void teardown(void)
{
    test_chain_free(chain);
    test_client_free(client);
    free(room);
}

TestSuite(verifier, .init = setup, .fini = teardown);

static yq_status update(uint64_t from, const test_header *header, test_votes votes)
{
    return test_client_update(client, test_update(chain, from, header, votes, NULL, room));
}

#define EXPECT(given, status) cr_expect_eq(given, status, "%s", client->why.text)

Test(verifier, follows_header_by_header_and_skips)
{
    EXPECT(update(1, &h[2], all), YQ_OK);
    EXPECT(update(2, &h[3], ((test_votes){"ccna", 3})), YQ_E_QUORUM); /* 27 of 50 */
    EXPECT(update(2, &h[3], ((test_votes){"cccn", 3})), YQ_OK);
    EXPECT(update(3, &h[9], all), YQ_OK);
    EXPECT(update(1, &h[12], all), YQ_OK); /* any kept height can be trusted */
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect(view.height == 12 && view.validators == 4 && view.quorum == 0);
    cr_expect_eq(memcmp(view.hash, h[12].hash.b, 32), 0);
    cr_expect_eq(view.time_ms, h[12].seconds * 1000);
    cr_expect_eq(view.trusted_until_ms, view.time_ms + TEST_PERIOD_MS);
}

Test(verifier, counts_power_and_not_heads)
{
    /* 34 of 50 is more than two thirds (33), 33 is not: powers 14 + 13 + 12 = 39, 14 + 11 = 25 */
    EXPECT(update(1, &h[2], ((test_votes){"caac", 0})), YQ_E_QUORUM);
    EXPECT(update(1, &h[2], ((test_votes){"acca", 0})), YQ_E_QUORUM);
    EXPECT(update(1, &h[2], ((test_votes){"accc", 0})), YQ_OK); /* 36 */
}

Test(verifier, exactly_two_thirds_is_not_enough)
{
    test_set set = {.n = 3, .who = {0, 1, 2}, .power = {1, 1, 1}};
    test_header a = test_header_next(chain, NULL, &set), b = test_header_next(chain, &a, &set);
    cr_assert_eq(test_client_init(client, test_anchor(&a, test_usual, room)), YQ_OK);
    EXPECT(update(1, &b, ((test_votes){"cca", 0})), YQ_E_QUORUM);
    EXPECT(update(1, &b, ((test_votes){"ccn", 0})), YQ_E_QUORUM);
    EXPECT(update(1, &b, all), YQ_OK);
}

Test(verifier, no_vote_at_all)
{
    EXPECT(update(1, &h[2], ((test_votes){"aaaa", 0})), YQ_E_SIGNATURES_MISSING);
    EXPECT(update(1, &h[2], ((test_votes){"nnnn", 0})), YQ_E_QUORUM);
}

Test(verifier, known_headers_and_conflicts)
{
    EXPECT(update(1, &h[5], all), YQ_OK);
    EXPECT(update(1, &h[5], all), YQ_E_REPLAY);
    EXPECT(update(1, &h[3], all), YQ_E_HEADER_UNKNOWN); /* never kept, and never will be */
    test_header other = h[5];
    other.app_root = test_digest("another state");
    test_header_seal(chain, &other);
    EXPECT(update(1, &other, all), YQ_E_MISBEHAVIOUR);
    EXPECT(update(1, &other, ((test_votes){"caaa", 0})), YQ_E_QUORUM);
    EXPECT(update(7, &h[8], all), YQ_E_HEADER_UNKNOWN); /* a trusted height that is not kept */
    EXPECT(update(5, &h[5], all), YQ_E_REPLAY);
    EXPECT(update(5, &other, all), YQ_E_HEIGHT);
}

Test(verifier, a_later_header_with_an_earlier_time_is_misbehaviour)
{
    EXPECT(update(1, &h[5], all), YQ_OK);
    test_header late = h[9];
    late.seconds = h[4].seconds;
    test_header_seal(chain, &late);
    EXPECT(update(1, &late, all), YQ_E_MISBEHAVIOUR);
    EXPECT(update(5, &late, all), YQ_E_TIME_ORDER);
}

Test(verifier, time_and_trust)
{
    client->now_ms = h[1].seconds * 1000 + TEST_PERIOD_MS;
    EXPECT(update(1, &h[2], all), YQ_OK); /* the header's time has 5,000 ns more */
    client->now_ms++;
    EXPECT(update(1, &h[3], all), YQ_E_TRUST_EXPIRED);
    client->now_ms = h[3].seconds * 1000 - 10000;
    EXPECT(update(2, &h[3], all), YQ_E_TIME_FUTURE);
    client->now_ms++;
    EXPECT(update(2, &h[3], all), YQ_OK);
    test_header same = h[4];
    same.seconds = h[3].seconds;
    test_header_seal(chain, &same);
    EXPECT(update(3, &same, all), YQ_E_TIME_ORDER);
}

Test(verifier, what_the_header_says)
{
    test_header other = h[2];
    other.chain_id = "city-411300-3";
    test_header_seal(chain, &other);
    EXPECT(update(1, &other, all), YQ_E_DOMAIN);
    /* A header that is not the committed one. */
    yq_slice evidence = test_update(chain, 1, &h[2], all, NULL, room);
    yq_cur c = yq_cur_of(evidence);
    (void)yq_cur_take(&c, 1 + 8 + 4);
    room[c.pos + h[2].raw_n - 1] ^= 1; /* the proposer's address */
    EXPECT(test_client_update(client, evidence), YQ_E_HASH);
}

Test(verifier, the_next_set_must_be_the_announced_one)
{
    test_header other = h[2];
    other.set = test_set_of(1, 4, 10);
    test_header_seal(chain, &other);
    EXPECT(update(1, &other, all), YQ_E_SET_CHANGE);
    const test_set known = h[1].next;
    EXPECT(
        test_client_update(client, test_update(chain, 1, &h[2], all, &known, room)),
        YQ_E_NONCANONICAL);
    /* A set that is not the header's. */
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    test_header lying = h[2];
    yq_put_u8(&w, 1);
    lying.set.power[0]++;
    test_step_put(&w, chain, 1, &lying, all, NULL);
    EXPECT(test_client_update(client, yq_writer_slice(&w)), YQ_E_VALSET_HASH);
}

/* Header 5 has other validators; trusted is the set that header 1 announced. */
static yq_status skip_to(const test_set *set, const test_set *trusted, test_votes votes)
{
    test_header far = h[5];
    far.set = *set;
    test_header_seal(chain, &far);
    return test_client_update(client, test_update(chain, 1, &far, votes, trusted, room));
}

Test(verifier, skipping_needs_a_third_of_the_trusted_power)
{
    const test_set old = h[1].next; /* members 0 to 3, powers 14, 13, 12, 11 */
    test_set set = test_set_of(3, 4, 10);
    set.power[0] = 17;
    EXPECT(skip_to(&set, &old, all), YQ_E_SET_CHANGE); /* member 3 alone: 11 of 50 */
    set = test_set_of(2, 4, 10);
    EXPECT(skip_to(&set, NULL, all), YQ_E_VALSET_HASH);
    EXPECT(skip_to(&set, &set, all), YQ_E_VALSET_HASH);
    EXPECT(skip_to(&set, &old, ((test_votes){"accc", 0})), YQ_E_SET_CHANGE); /* 11 of 50 */
    EXPECT(skip_to(&set, &old, ((test_votes){"nccc", 0})), YQ_E_SET_CHANGE); /* nil is no vote */
    EXPECT(skip_to(&set, &old, ((test_votes){"caac", 0})), YQ_E_SET_CHANGE);
    EXPECT(skip_to(&set, &old, ((test_votes){"ccaa", 0})), YQ_E_QUORUM); /* 23 of 50 */
    EXPECT(skip_to(&set, &old, all), YQ_OK);                             /* 23, and all of it */
}

Test(verifier, the_level_of_trust_is_the_anchors)
{
    test_settings strict = test_usual;
    strict.num = 1;
    strict.den = 2;
    cr_assert_eq(test_client_init(client, test_anchor(&h[1], strict, room)), YQ_OK);
    const test_set old = h[1].next;
    test_set set = test_set_of(2, 4, 10);
    EXPECT(skip_to(&set, &old, all), YQ_E_SET_CHANGE); /* 23 of 50 */
    set = test_set_of(1, 4, 10);
    EXPECT(skip_to(&set, &old, all), YQ_OK); /* 36 of 50 */
}

/* The commit for this header, beside header 2 and its true set. */
static yq_status commit_for(const test_header *other)
{
    static uint8_t votes[TEST_BYTES_MAX];
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_u64(&w, 1);
    yq_put_blob32(&w, yq_slice_of(h[2].raw, h[2].raw_n));
    yq_put_blob32(&w, test_commit(chain, other, all, votes, sizeof votes));
    test_set_put(&w, chain, &h[2].set);
    test_set_put(&w, chain, NULL);
    return test_client_update(client, yq_writer_slice(&w));
}

static yq_status votes_of(const test_set *voters)
{
    test_header other = h[2];
    other.set = *voters;
    return commit_for(&other);
}

Test(verifier, a_commit_is_of_its_headers_height)
{
    test_header other = h[2];
    other.height = 3; /* the same hash, signed as block 3 */
    EXPECT(commit_for(&other), YQ_E_HEIGHT);
    EXPECT(commit_for(&h[2]), YQ_OK);
}

Test(verifier, a_period_ends_to_the_nanosecond)
{
    const yq_comet_state state = {.trusting_ms = 1};
    const yq_comet_time time = {100, 999999999};
    cr_expect(yq_comet_trusted_now(&state, time, 101000));
    cr_expect_not(yq_comet_trusted_now(&state, time, 101001));
}

Test(verifier, votes_and_validators_match_by_place)
{
    test_set voters = h[2].set;
    voters.who[0] = h[2].set.who[1];
    voters.who[1] = h[2].set.who[0];
    EXPECT(votes_of(&voters), YQ_E_SIGNER_MISMATCH);
    voters.who[0] = voters.who[1] = voters.who[2] = voters.who[3] = 0; /* one in every place */
    EXPECT(votes_of(&voters), YQ_E_SIGNER_MISMATCH);
    voters = h[2].set;
    voters.who[3] = 9;
    EXPECT(votes_of(&voters), YQ_E_SIGNER_UNKNOWN);
    voters = h[2].set;
    voters.n = 3;
    EXPECT(votes_of(&voters), YQ_E_LEN);
    EXPECT(votes_of(&h[2].set), YQ_OK);
}

Test(verifier, a_validator_stands_in_a_set_once)
{
    test_header twice = h[2];
    twice.set = (test_set){.n = 3, .who = {0, 1, 0}, .power = {5, 4, 3}};
    test_header_seal(chain, &twice);
    EXPECT(update(1, &twice, all), YQ_E_DUP_SIGNER);
    twice.set = (test_set){.n = 2, .who = {0, 1}, .power = {(UINT64_C(1) << 60) - 1, 1}};
    test_header_seal(chain, &twice);
    EXPECT(update(1, &twice, all), YQ_E_OVERFLOW);
    twice.set = (test_set){.n = 2, .who = {0, 1}, .power = {UINT64_C(1) << 60, 1}};
    test_header_seal(chain, &twice);
    EXPECT(update(1, &twice, all), YQ_E_RANGE);
    twice.set = (test_set){.n = 2, .who = {0, 1}, .power = {2, 0}};
    test_header_seal(chain, &twice);
    EXPECT(update(1, &twice, all), YQ_E_NONCANONICAL); /* a zero is never written */
}

Test(verifier, every_changed_byte_of_an_update_is_refused)
{
    const test_set old = h[1].next;
    test_header far = h[5];
    far.set = test_set_of(1, 4, 10);
    test_header_seal(chain, &far);
    static uint8_t copy[TEST_BYTES_MAX];
    for (unsigned k = 0; k < 2; k++) {
        const test_votes votes = {"cccn", 2};
        yq_slice e = k == 0 ? test_update(chain, 1, &h[2], votes, NULL, room)
                            : test_update(chain, 1, &far, (test_votes){"ccca", 0}, &old, room);
        memcpy(copy, e.p, e.n);
        for (size_t i = 0; i < e.n; i++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                copy[i] ^= (uint8_t)(1u << bit);
                yq_status status = test_client_update(client, yq_slice_of(copy, e.n));
                cr_assert(status < 0 && status > -400, "byte %zu bit %u: %d", i, bit, status);
                copy[i] = e.p[i];
            }
        }
        for (size_t n = 0; n < e.n; n++) {
            cr_assert(test_client_update(client, yq_slice_of(copy, n)) < 0, "cut at %zu", n);
        }
    }
}

/* Evidence that a header of the height behind `before` is there twice. */
static void contradict(const test_header *before, const test_header *known)
{
    test_header other = *known;
    other.app_root = test_digest("another state");
    test_header_seal(chain, &other);
    EXPECT(update(before->height, &other, all), YQ_E_MISBEHAVIOUR);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_step_put(&w, chain, before->height, known, all, NULL);
    test_step_put(&w, chain, before->height, &other, all, NULL);
    EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), YQ_OK);
}

/* Two hundred blocks, ten changes of the set; followed one by one, and by the shortest skips. */
Test(verifier, ten_set_changes_in_two_hundred_blocks, .timeout = 120)
{
    static test_header b[202];
    test_set set = test_set_of(0, 5, 20);
    for (size_t i = 1; i <= 201; i++) {
        if (i % 20 == 0) {
            set = test_set_of(i / 20, 5, 20 + i);
        }
        b[i] = test_header_next(chain, i == 1 ? NULL : &b[i - 1], &set);
    }
    test_client_record(client, "ed25519");
    cr_assert_eq(test_client_init(client, test_anchor(&b[1], test_usual, room)), YQ_OK);
    for (size_t i = 2; i <= 201; i++) {
        EXPECT(update(i - 1, &b[i], all), YQ_OK);
    }
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect_eq(view.height, 201);
    contradict(&b[194], &b[195]);
    contradict(&b[29], &b[30]);
    test_client_recorded(client);
    /* Skips: as far as a third of the trusted power still signs. */
    test_client_reset(client);
    cr_assert_eq(test_client_init(client, test_anchor(&b[1], test_usual, room)), YQ_OK);
    size_t at = 1, steps = 0, too_far = 0;
    while (at < 201) {
        size_t next = 201;
        for (; next > at; next--) {
            const test_set *old = next == at + 1 ? NULL : &b[at].next;
            yq_status status =
                test_client_update(client, test_update(chain, at, &b[next], all, old, room));
            if (status == YQ_OK) {
                break;
            }
            cr_assert_eq(status, YQ_E_SET_CHANGE, "%zu to %zu: %d", at, next, status);
            too_far++;
        }
        cr_assert(next > at);
        at = next;
        steps++;
    }
    cr_expect(steps >= 3 && steps <= 10 && too_far > 0, "%zu steps", steps);
}

Test(verifier, misbehaviour)
{
    const test_set old = h[1].next;
    test_header a = h[5], b = h[5];
    b.app_root = test_digest("another state");
    test_header_seal(chain, &b);
    const struct {
        const test_header *x, *y;
        test_votes votes;
        yq_status status;
    } row[] = {
        {&a, &b, all, YQ_OK},
        {&b, &a, all, YQ_OK},
        {&a, &a, all, YQ_E_NOT_PROVEN},
        {&a, &h[6], all, YQ_E_NOT_PROVEN},
        {&a, &b, {"ccaa", 0}, YQ_E_QUORUM},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        test_step_put(&w, chain, 1, row[i].x, all, &old);
        test_step_put(&w, chain, 1, row[i].y, row[i].votes, NULL);
        EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), row[i].status);
    }
    /* A later header that is not later, and a forged set right after the trusted header. */
    test_header late = h[9], forged = h[2];
    late.seconds = h[5].seconds;
    test_header_seal(chain, &late);
    forged.set = test_set_of(2, 4, 10);
    test_header_seal(chain, &forged);
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_step_put(&w, chain, 1, &late, all, NULL);
    test_step_put(&w, chain, 1, &h[5], all, NULL);
    EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), YQ_OK);
    w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_step_put(&w, chain, 1, &forged, all, &old);
    test_step_put(&w, chain, 1, &h[2], all, NULL);
    EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), YQ_OK);
}

Test(verifier, anchors)
{
    const struct {
        test_settings s;
        yq_status status;
    } row[] = {
        {{TEST_PERIOD_MS, 10000, 1, 3, 1}, YQ_OK},
        {{TEST_PERIOD_MS, 10000, 2, 3, 2}, YQ_OK},
        {{TEST_PERIOD_MS, 10000, 85, 255, 1}, YQ_OK},
        {{TEST_PERIOD_MS, 10000, 84, 255, 1}, YQ_E_THRESHOLD_LOW},
        {{TEST_PERIOD_MS, 10000, 1, 4, 1}, YQ_E_THRESHOLD_LOW},
        {{TEST_PERIOD_MS, 10000, 4, 3, 1}, YQ_E_THRESHOLD_LOW},
        {{TEST_PERIOD_MS, 10000, 0, 0, 1}, YQ_E_THRESHOLD_LOW},
        {{0, 10000, 1, 3, 1}, YQ_E_ANCHOR},
        {{UINT64_MAX, 10000, 1, 3, 1}, YQ_E_ANCHOR},
        {{TEST_PERIOD_MS, 600001, 1, 3, 1}, YQ_E_ANCHOR},
        {{TEST_PERIOD_MS, 10000, 1, 3, 0}, YQ_E_ANCHOR},
        {{TEST_PERIOD_MS, 10000, 1, 3, 3}, YQ_E_ANCHOR},
        {{1000, 10000, 1, 3, 1}, YQ_E_TRUST_EXPIRED},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        test_client_reset(client);
        EXPECT(test_client_init(client, test_anchor(&h[1], row[i].s, room)), row[i].status);
    }
    test_client_reset(client);
    yq_slice anchor = test_anchor(&h[1], test_usual, room);
    const size_t pin = 1 + 1 + strlen(TEST_CHAIN_ID) + 8 + 8 + 3;
    room[pin] ^= 1;
    EXPECT(test_client_init(client, anchor), YQ_E_HASH);
    memset(room + pin, 0, 32);
    EXPECT(test_client_init(client, anchor), YQ_E_ZERO_ROOT);
    test_header other = h[1];
    other.chain_id = "another";
    test_header_seal(chain, &other);
    EXPECT(test_client_init(client, test_anchor(&other, test_usual, room)), YQ_E_DOMAIN);
    other = h[1]; /* the set that it announces: the second one of 32 bytes that are the same */
    const yq_digest next = test_set_hash(chain, &other.next);
    unsigned seen = 0;
    for (size_t i = 0; i + 32 <= other.raw_n && seen < 2; i++) {
        if (memcmp(other.raw + i, next.b, 32) == 0 && ++seen == 2) {
            memset(other.raw + i, 0, 32);
        }
    }
    cr_assert_eq(seen, 2);
    other.hash = test_header_hash(yq_slice_of(other.raw, other.raw_n));
    EXPECT(test_client_init(client, test_anchor(&other, test_usual, room)), YQ_E_ZERO_ROOT);
    client->now_ms = h[1].seconds * 1000 - 10001;
    EXPECT(test_client_init(client, test_anchor(&h[1], test_usual, room)), YQ_E_TIME_FUTURE);
}

/* A state that says it keeps as many heights as there may be: the next one takes the oldest's
 * place. */
Test(verifier, the_oldest_height_is_dropped)
{
    const size_t at = 1 + 1 + strlen(TEST_CHAIN_ID) + 8 + 8 + 3 + 8 + 8;
    EXPECT(update(1, &h[4], all), YQ_OK);
    EXPECT(update(1, &h[6], all), YQ_OK);
    yq_writer w = yq_writer_of(client->state + at, 4);
    yq_put_u32(&w, YQ_COMET_KEPT - 1); /* with the next one there are as many as there may be */
    EXPECT(update(4, &h[7], all), YQ_OK);
    EXPECT(update(1, &h[7], all), YQ_E_REPLAY);
    EXPECT(update(1, &h[8], all), YQ_OK); /* and 1 goes now */
    EXPECT(update(1, &h[9], all), YQ_E_HEADER_UNKNOWN);
    EXPECT(update(4, &h[9], all), YQ_OK); /* and 4 goes now */
    EXPECT(update(4, &h[10], all), YQ_E_HEADER_UNKNOWN);
    EXPECT(update(6, &h[10], all), YQ_OK);
    yq_writer oldest = yq_writer_of(client->state + at - 8, 8);
    yq_put_u64(&oldest, 5);
    EXPECT(update(10, &h[11], all), YQ_E_HEADER_UNKNOWN); /* its successor is not known */
}

Test(verifier, states_of_others_are_refused)
{
    uint8_t state[YQ_COMET_STATE_MAX];
    size_t n = client->state_n;
    memcpy(state, client->state, n);
    yq_client_view view;
    for (size_t cut = 0; cut < n; cut++) {
        client->state_n = cut;
        cr_expect_eq(test_client_describe(client, &view), YQ_E_TRUNCATED);
    }
    client->state_n = n;
    client->state[0] = 2;
    cr_expect_eq(test_client_describe(client, &view), YQ_E_VERSION);
}
