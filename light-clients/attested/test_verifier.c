#include "light-clients/attested/test_kit.h"

#include <criterion/criterion.h>

#define EXPECT(given, status) cr_expect_eq(given, status, "%s", client->why.text)

static test_attesters t;
static test_client *client;
static uint8_t *room, *body;

static void setup(void)
{
    test_attesters_new(&t, 6, 4);
    client = test_client_new(yq_verifier_attested());
    room = malloc(TEST_BYTES_MAX);
    body = malloc(TEST_BYTES_MAX);
    cr_assert_eq(test_client_init(client, test_anchor(&t, room)), YQ_OK, "%s", client->why.text);
}

static void teardown(void)
{
    test_attesters_free(&t);
    test_client_free(client);
    free(room);
    free(body);
}

TestSuite(verifier, .init = setup, .fini = teardown);

static yq_status block(uint64_t height, char branch, const char *letters)
{
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, height, branch);
    return test_client_update(client, test_statement(&t, yq_writer_slice(&b), letters, room));
}

Test(verifier, blocks_by_k_of_n)
{
    EXPECT(block(2, 'a', NULL), YQ_OK);
    EXPECT(block(3, 'a', "ss-s-s"), YQ_OK);
    EXPECT(block(9, 'a', "-ssss-"), YQ_OK);
    EXPECT(block(10, 'a', "sss---"), YQ_E_QUORUM);
    EXPECT(block(10, 'a', "------"), YQ_E_SIGNATURES_MISSING);
    EXPECT(block(10, 'a', "2ss---"), YQ_E_DUP_SIGNER);
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect(view.height == 9 && view.validators == 6 && view.quorum == 4);
    cr_expect_eq(view.grade, YQ_GRADE_ATTESTED);
}

Test(verifier, known_heights_and_conflicts)
{
    EXPECT(block(5, 'a', NULL), YQ_OK);
    EXPECT(block(5, 'a', NULL), YQ_E_REPLAY);
    EXPECT(block(3, 'a', NULL), YQ_E_HEADER_UNKNOWN);
    EXPECT(block(5, 'b', "ss----"), YQ_E_QUORUM);
    EXPECT(block(5, 'b', NULL), YQ_E_MISBEHAVIOUR);
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, 6, 'a');
    memset(body + 1 + 8, 0, 32);
    EXPECT(
        test_client_update(client, test_statement(&t, yq_writer_slice(&b), NULL, room)),
        YQ_E_ZERO_ROOT);
    b = test_body(body, YQ_ATTEST_BLOCK, 6, 'a');
    memset(body + 1 + 8 + 32, 0, 8);
    EXPECT(
        test_client_update(client, test_statement(&t, yq_writer_slice(&b), NULL, room)),
        YQ_E_TIME_ORDER);
}

/* What the ring of kept heights forgets is not taken for something else. */
Test(verifier, heights_that_are_far_apart_do_not_meet)
{
    EXPECT(block(5, 'a', NULL), YQ_OK);
    EXPECT(block(5 + YQ_ATTEST_KEPT, 'a', NULL), YQ_OK);
    EXPECT(block(5, 'a', NULL), YQ_E_HEADER_UNKNOWN);
}

static yq_status event(const char *data, uint64_t height, char branch, const char *letters)
{
    yq_verified_event e;
    yq_writer b = test_body(body, YQ_ATTEST_EVENT, height, branch);
    test_event_put(&b, data);
    yq_status status =
        test_client_event(client, test_statement(&t, yq_writer_slice(&b), letters, room), &e);
    if (status == YQ_OK) {
        cr_expect(yq_slice_equal(e.emitter, yq_slice_text("outbox")));
        cr_expect(yq_slice_equal(e.name, yq_slice_text("Sent")));
        cr_expect(yq_slice_equal(e.tx_id, yq_slice_text("tx-0001")));
        cr_expect(yq_slice_equal(e.bytes, yq_slice_text(data)) && yq_slice_equal(e.data, e.bytes));
        cr_expect(e.event_index == 2 && e.height == height && e.grade == YQ_GRADE_ATTESTED);
        cr_expect_eq(e.time_ms, 1760000000000 + height * 1000);
    }
    return status;
}

Test(verifier, events)
{
    EXPECT(block(5, 'a', NULL), YQ_OK);
    EXPECT(event("records", 5, 'a', NULL), YQ_OK);
    EXPECT(event("", 5, 'a', "ssss--"), YQ_OK);
    EXPECT(event("records", 3, 'a', NULL), YQ_OK); /* a block that nobody spoke of */
    EXPECT(event("records", 5, 'a', "sss---"), YQ_E_QUORUM);
    EXPECT(event("records", 5, 'b', NULL), YQ_E_HASH);
    EXPECT(event("records", 6, 'a', NULL), YQ_E_HEADER_UNKNOWN);
    yq_writer b = test_body(body, YQ_ATTEST_BLOCK, 5, 'a');
    yq_verified_event e;
    EXPECT(
        test_client_event(client, test_statement(&t, yq_writer_slice(&b), NULL, room), &e),
        YQ_E_PROOF_TYPE);
    b = test_body(body, YQ_ATTEST_EVENT, 5, 'a');
    test_event_put(&b, "x");
    EXPECT(
        test_client_update(client, test_statement(&t, yq_writer_slice(&b), NULL, room)), YQ_E_TYPE);
}

Test(verifier, values_and_their_absence)
{
    yq_verified_value v;
    const yq_slice key = yq_slice_text("record/7");
    for (unsigned present = 0; present < 2; present++) {
        yq_writer b = test_body(body, YQ_ATTEST_VALUE, 1, 'a');
        yq_put_blob16(&b, key);
        yq_put_u8(&b, (uint8_t)present);
        yq_put_blob32(&b, present ? yq_slice_text("seven") : (yq_slice){0});
        yq_slice proof = test_statement(&t, yq_writer_slice(&b), NULL, room);
        EXPECT(test_client_value(client, key, proof, &v), YQ_OK);
        cr_expect(v.present == (int)present && v.value.n == (present ? 5u : 0u) && v.height == 1);
        EXPECT(test_client_value(client, yq_slice_text("record/8"), proof, &v), YQ_E_PROOF);
    }
    yq_writer b = test_body(body, YQ_ATTEST_VALUE, 1, 'a');
    yq_put_blob16(&b, key);
    yq_put_u8(&b, 0);
    yq_put_blob32(&b, yq_slice_text("absent and yet here"));
    EXPECT(
        test_client_value(client, key, test_statement(&t, yq_writer_slice(&b), NULL, room), &v),
        YQ_E_NONCANONICAL);
}

static yq_status change(const test_attesters *next, const char *letters)
{
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    yq_writer b = test_body(body, YQ_ATTEST_SET, view.height, 'a');
    test_set_put(&b, next);
    return test_client_update(client, test_statement(&t, yq_writer_slice(&b), letters, room));
}

Test(verifier, attesters_change_by_k_of_the_old_ones)
{
    test_attesters next = t;
    next.member[5] = 8;
    EXPECT(change(&next, "sss---"), YQ_E_QUORUM);
    EXPECT(change(&next, NULL), YQ_OK);
    EXPECT(block(2, 'a', NULL), YQ_E_EPOCH_OLD);
    next.epoch = 3;
    t = next;
    EXPECT(block(2, 'a', NULL), YQ_E_DOMAIN);
    t.epoch = 2;
    EXPECT(block(2, 'a', NULL), YQ_OK);
    next.threshold = 3;
    EXPECT(change(&next, NULL), YQ_E_THRESHOLD_LOW);
    yq_writer b = test_body(body, YQ_ATTEST_SET, 1, 'a');
    next.threshold = 4;
    test_set_put(&b, &next);
    EXPECT(
        test_client_update(client, test_statement(&t, yq_writer_slice(&b), NULL, room)),
        YQ_E_HEIGHT);
}

/* Two blocks of one height. */
static yq_status conflict(uint64_t height)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    for (char branch = 'a'; branch <= 'b'; branch++) {
        yq_writer b = test_body(body, YQ_ATTEST_BLOCK, height, branch);
        test_statement_put(&w, &t, yq_writer_slice(&b), "-s-sss");
    }
    return test_client_misbehaviour(client, yq_writer_slice(&w));
}

Test(verifier, ten_set_changes_in_two_hundred_blocks)
{
    const test_attesters first = t;
    test_client_reset(client);
    test_client_record(client, "sm");
    EXPECT(test_client_init(client, test_anchor(&t, room)), YQ_OK);
    for (uint64_t height = 2; height <= 201; height++) {
        EXPECT(block(height, 'a', "-s-sss"), YQ_OK);
        if (height % 20 == 0) {
            test_attesters next = t;
            next.member[height / 20 % 2 == 0 ? 5 : 4] += 1;
            next.member[5] = next.member[5] <= next.member[4] ? next.member[4] + 1 : next.member[5];
            EXPECT(change(&next, "s-sss-"), YQ_OK);
            next.epoch++;
            t = next;
        }
    }
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect_eq(view.height, 201);
    cr_expect_eq(t.epoch, 11);
    EXPECT(block(190, 'b', "-s-sss"), YQ_E_MISBEHAVIOUR);
    EXPECT(conflict(195), YQ_OK);
    EXPECT(conflict(15), YQ_OK); /* the present ones speak of old blocks too */
    t = first;
    EXPECT(conflict(15), YQ_E_EPOCH_OLD);
    test_client_recorded(client);
}

Test(verifier, anchors_of_one_are_refused)
{
    static const struct {
        size_t n, orgs;
        uint16_t threshold;
        yq_status status;
    } row[] = {
        {1, 1, 1, YQ_E_QUORUM_CONFIG},
        {0, 1, 0, YQ_E_QUORUM_CONFIG},
        {6, 1, 4, YQ_E_QUORUM_CONFIG}, /* one organisation */
        {6, 2, 4, YQ_OK},
        {3, 2, 2, YQ_E_SET_CONCENTRATION}, /* one of the two has two keys */
        {3, 3, 2, YQ_OK},
        {2, 2, 1, YQ_E_THRESHOLD_LOW},
        {2, 2, 2, YQ_OK},
        {6, 6, 3, YQ_E_THRESHOLD_LOW},
        {7, 7, 4, YQ_E_THRESHOLD_LOW},
        {7, 7, 5, YQ_OK},
        {7, 7, 0, YQ_E_THRESHOLD_LOW},
        {7, 7, 8, YQ_E_CONFIG_INVALID},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        t.n = row[i].n;
        t.orgs = row[i].orgs;
        t.threshold = row[i].threshold;
        for (size_t k = 0; k < t.n; k++) {
            t.member[k] = k;
        }
        test_client_reset(client);
        cr_expect_eq(
            test_client_init(client, test_anchor(&t, room)),
            row[i].status,
            "row %zu: %s",
            i,
            client->why.text);
    }
}

Test(verifier, what_else_an_anchor_is_refused_for)
{
    t.member[1] = 0;
    EXPECT(test_client_init(client, test_anchor(&t, room)), YQ_E_DUP_SIGNER);
    t.member[0] = 1;
    EXPECT(test_client_init(client, test_anchor(&t, room)), YQ_E_NONCANONICAL);
    t.member[0] = 0;
    t.member[1] = 1;
    yq_slice anchor = test_anchor(&t, room);
    const size_t hash = 1 + 1 + strlen(TEST_CHAIN) + 24, suite = hash + 32 + 4;
    room[suite] = 5;
    EXPECT(test_client_init(client, anchor), YQ_E_FIELD_UNKNOWN);
    room[suite] = room[suite] == 4 ? 1 : 4;
    anchor = test_anchor(&t, room);
    memset(room + hash, 0, 32);
    EXPECT(test_client_init(client, anchor), YQ_E_ZERO_ROOT);
    anchor = test_anchor(&t, room);
    room[0] = 2;
    EXPECT(test_client_init(client, anchor), YQ_E_VERSION);
}

Test(verifier, misbehaviour)
{
    const struct {
        uint8_t kind[2];
        uint64_t height[2];
        char branch[2];
        const char *data[2], *letters;
        yq_status status;
    } row[] = {
        {{1, 1}, {5, 5}, {'a', 'b'}, {"", ""}, NULL, YQ_OK},
        {{1, 1}, {5, 5}, {'a', 'a'}, {"", ""}, NULL, YQ_E_NOT_PROVEN},
        {{1, 1}, {5, 6}, {'a', 'b'}, {"", ""}, NULL, YQ_E_NOT_PROVEN},
        {{2, 2}, {5, 5}, {'a', 'a'}, {"x", "y"}, NULL, YQ_OK},
        {{2, 2}, {5, 6}, {'a', 'a'}, {"x", "x"}, NULL, YQ_OK}, /* one transaction, two blocks */
        {{1, 2}, {5, 5}, {'a', 'b'}, {"", "y"}, NULL, YQ_E_NOT_PROVEN},
        {{1, 1}, {5, 5}, {'a', 'b'}, {"", ""}, "sss---", YQ_E_QUORUM},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        for (unsigned k = 0; k < 2; k++) {
            yq_writer b = test_body(body, row[i].kind[k], row[i].height[k], row[i].branch[k]);
            if (row[i].kind[k] == YQ_ATTEST_EVENT) {
                test_event_put(&b, row[i].data[k]);
            }
            test_statement_put(&w, &t, yq_writer_slice(&b), k == 1 ? row[i].letters : NULL);
        }
        cr_expect_eq(
            test_client_misbehaviour(client, yq_writer_slice(&w)),
            row[i].status,
            "row %zu: %s",
            i,
            client->why.text);
    }
}

Test(verifier, every_changed_byte_is_refused, .timeout = 120)
{
    static uint8_t copy[8192];
    EXPECT(block(5, 'a', NULL), YQ_OK);
    for (unsigned k = 0; k < 3; k++) {
        yq_writer b = test_body(
            body,
            k == 0   ? YQ_ATTEST_BLOCK
            : k == 1 ? YQ_ATTEST_EVENT
                     : YQ_ATTEST_SET,
            k == 0 ? 6 : 5,
            'a');
        if (k == 1) {
            test_event_put(&b, "records");
        } else if (k == 2) {
            test_set_put(&b, &t);
        }
        yq_slice e = test_statement(&t, yq_writer_slice(&b), "ssss--", room);
        memcpy(copy, e.p, e.n);
        for (size_t i = 0; i < e.n; i++) {
            yq_verified_event event_out;
            copy[i] ^= (uint8_t)(1u << i % 8);
            const yq_slice changed = {copy, e.n}, cut = {copy, i};
            yq_status status = k == 1 ? test_client_event(client, changed, &event_out)
                                      : test_client_update(client, changed);
            cr_assert(status < 0 && status > -400, "kind %u byte %zu: %d", k, i, status);
            status = k == 1 ? test_client_event(client, cut, &event_out)
                            : test_client_update(client, cut);
            cr_assert(status < 0 && status > -400);
            copy[i] = e.p[i];
        }
    }
}
