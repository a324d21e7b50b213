#include "light-clients/xinghuo/test_kit.h"

#include <criterion/criterion.h>

#define EXPECT(given, status)                                                                      \
    do {                                                                                           \
        yq_status given_status = (given);                                                          \
        cr_expect_eq(given_status, (status), "%d: %s", (int)given_status, client->why.text);       \
    } while (0)

static test_xinghuo x;
static test_client *client;
static uint8_t *room, *body;

static void setup(void)
{
    test_xinghuo_new(&x, 4);
    client = test_client_new(yq_verifier_xinghuo());
    room = malloc(TEST_BYTES_MAX);
    body = malloc(TEST_BYTES_MAX);
    cr_assert_eq(
        test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_OK, "%s", client->why.text);
}

static void teardown(void)
{
    test_xinghuo_free(&x);
    test_client_free(client);
    free(room);
    free(body);
}

TestSuite(verifier, .init = setup, .fini = teardown);

static yq_status ledger(test_proof_wish wish)
{
    return test_client_update(client, test_proof(&x, wish, room));
}

Test(verifier, ledgers_by_a_quorum)
{
    EXPECT(ledger((test_proof_wish){.height = 2}), YQ_OK);
    EXPECT(ledger((test_proof_wish){.height = 3, .letters = "ss-s"}), YQ_OK);
    EXPECT(ledger((test_proof_wish){.height = 9, .letters = "-sss"}), YQ_OK);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "ss--"}), YQ_E_QUORUM);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "----"}), YQ_E_SIGNATURES_MISSING);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "2s--"}), YQ_E_DUP_SIGNER);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "ssx-"}), YQ_E_SIGNER_UNKNOWN);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "sssx"}), YQ_E_SIGNER_UNKNOWN);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "ssv-"}), YQ_E_CERT_MIXED);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "sso-"}), YQ_E_CERT_MIXED);
    EXPECT(ledger((test_proof_wish){.height = 10, .letters = "sssf"}), YQ_E_SIG);
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect(view.height == 9 && view.validators == 4 && view.quorum == 3);
    cr_expect_eq(view.grade, YQ_GRADE_ATTESTED);
}

Test(verifier, what_a_commit_is_refused_for)
{
    EXPECT(ledger((test_proof_wish){.type = 1}), YQ_E_TYPE);
    EXPECT(ledger((test_proof_wish){.type = 3}), YQ_E_TYPE);
    EXPECT(ledger((test_proof_wish){.chain_id = 8}), YQ_E_DOMAIN);
    EXPECT(ledger((test_proof_wish){.branch = 'z'}), YQ_E_ZERO_ROOT);
    EXPECT(ledger((test_proof_wish){.key_upper = 1}), YQ_E_KEY_POINT);
    EXPECT(ledger((test_proof_wish){.odd = 's'}), YQ_E_FIELD_UNKNOWN);
    EXPECT(ledger((test_proof_wish){.odd = 'c'}), YQ_E_FIELD_UNKNOWN);
    EXPECT(ledger((test_proof_wish){.odd = 'p'}), YQ_E_FIELD_UNKNOWN);
    EXPECT(ledger((test_proof_wish){.odd = 'S'}), YQ_E_FIELD_MISSING);
    EXPECT(ledger((test_proof_wish){.odd = 'P'}), YQ_E_FIELD_MISSING);
    EXPECT(ledger((test_proof_wish){.digest = 31}), YQ_E_LEN);
    EXPECT(ledger((test_proof_wish){.height = UINT64_MAX}), YQ_E_LEN);
    EXPECT(ledger((test_proof_wish){.letters = NULL}), YQ_OK);
}

Test(verifier, as_many_commits_as_there_may_be)
{
    x.n = YQ_XINGHUO_MEMBERS_MAX;
    test_client_reset(client);
    EXPECT(test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_OK);
    EXPECT(ledger((test_proof_wish){.height = 2}), YQ_OK);
    x.n++;
    EXPECT(ledger((test_proof_wish){.height = 3}), YQ_E_LIMIT);
    test_client_reset(client);
    EXPECT(test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_E_LIMIT);
}

/* The quorums that the framework prints for each number of nodes; below four no anchor is taken. */
Test(verifier, quorums)
{
    static const uint8_t quorum[] = {0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7};
    for (size_t n = 1; n <= 10; n++) {
        cr_expect_eq(yq_xinghuo_quorum(n), quorum[n], "%zu", n);
        cr_expect(2 * quorum[n] > n + (n - 1) / 3, "two quorums of %zu share an honest one", n);
        x.n = n;
        test_client_reset(client);
        yq_status status = test_client_init(client, test_xinghuo_anchor(&x, room));
        EXPECT(status, n < 4 ? YQ_E_ANCHOR : YQ_OK);
        if (status != YQ_OK) {
            continue;
        }
        char letters[TEST_VALIDATORS + 1] = "ssssssssss";
        memset(letters, '-', n - quorum[n] + 1);
        EXPECT(ledger((test_proof_wish){.letters = letters}), YQ_E_QUORUM);
        letters[0] = 's';
        EXPECT(ledger((test_proof_wish){.letters = letters}), YQ_OK);
    }
}

Test(verifier, known_ledgers_and_conflicts)
{
    EXPECT(ledger((test_proof_wish){.height = 5}), YQ_OK);
    EXPECT(ledger((test_proof_wish){.height = 5}), YQ_E_REPLAY);
    EXPECT(ledger((test_proof_wish){.height = 1}), YQ_E_REPLAY);
    EXPECT(ledger((test_proof_wish){.height = 3}), YQ_E_HEADER_UNKNOWN);
    EXPECT(ledger((test_proof_wish){.height = 5, .branch = 'b'}), YQ_E_MISBEHAVIOUR);
    EXPECT(ledger((test_proof_wish){.height = 5 + YQ_ATTEST_KEPT}), YQ_OK);
    EXPECT(ledger((test_proof_wish){.height = 5}), YQ_E_HEADER_UNKNOWN);
}

static yq_slice statement(uint8_t kind, uint64_t height, char branch, const char *letters)
{
    yq_writer b = test_body(body, kind, height, branch);
    if (kind == YQ_ATTEST_EVENT) {
        test_event_put(&b, "records");
    } else if (kind == YQ_ATTEST_VALUE) {
        yq_put_blob16(&b, yq_slice_text("record/7"));
        yq_put_u8(&b, 1);
        yq_put_blob32(&b, yq_slice_text("seven"));
    }
    return test_statement(&x.attesters, yq_writer_slice(&b), letters, room);
}

Test(verifier, events)
{
    yq_verified_event e;
    EXPECT(ledger((test_proof_wish){.height = 5}), YQ_OK);
    EXPECT(test_client_event(client, statement(YQ_ATTEST_EVENT, 5, 'a', "ssss--"), &e), YQ_OK);
    cr_expect(yq_slice_equal(e.emitter, yq_slice_text("outbox")));
    cr_expect(yq_slice_equal(e.bytes, yq_slice_text("records")));
    cr_expect(e.height == 5 && e.event_index == 2 && e.grade == YQ_GRADE_ATTESTED);
    EXPECT(
        test_client_event(client, statement(YQ_ATTEST_EVENT, 5, 'a', "sss---"), &e), YQ_E_QUORUM);
    EXPECT(test_client_event(client, statement(YQ_ATTEST_EVENT, 5, 'b', NULL), &e), YQ_E_HASH);
    EXPECT(
        test_client_event(client, statement(YQ_ATTEST_EVENT, 4, 'a', NULL), &e),
        YQ_E_HEADER_UNKNOWN);
    EXPECT(
        test_client_event(client, statement(YQ_ATTEST_EVENT, 6, 'a', NULL), &e),
        YQ_E_HEADER_UNKNOWN);
    EXPECT(
        test_client_event(client, statement(YQ_ATTEST_VALUE, 5, 'a', NULL), &e), YQ_E_PROOF_TYPE);
}

Test(verifier, values)
{
    yq_verified_value v;
    const yq_slice key = yq_slice_text("record/7");
    EXPECT(test_client_value(client, key, statement(YQ_ATTEST_VALUE, 1, 'a', NULL), &v), YQ_OK);
    cr_expect(v.present && v.height == 1 && yq_slice_equal(v.value, yq_slice_text("seven")));
    EXPECT(
        test_client_value(
            client, yq_slice_text("record/8"), statement(YQ_ATTEST_VALUE, 1, 'a', NULL), &v),
        YQ_E_PROOF);
    EXPECT(
        test_client_value(client, key, statement(YQ_ATTEST_VALUE, 2, 'a', NULL), &v),
        YQ_E_HEADER_UNKNOWN);
}

static yq_status change(const test_attesters *next, uint64_t height, const char *letters)
{
    return test_client_update(client, test_attesters_update(&x, next, height, letters, room));
}

Test(verifier, attesters_change_by_the_old_ones)
{
    test_attesters next = x.attesters;
    yq_verified_event e;
    yq_client_view before, after;
    cr_assert_eq(test_client_describe(client, &before), YQ_OK);
    next.member[5] = 8;
    EXPECT(change(&next, 1, "sss---"), YQ_E_QUORUM);
    EXPECT(change(&next, 2, NULL), YQ_E_HEIGHT);
    next.threshold = 3;
    EXPECT(change(&next, 1, NULL), YQ_E_THRESHOLD_LOW);
    next.threshold = 4;
    EXPECT(change(&next, 1, NULL), YQ_OK);
    cr_assert_eq(test_client_describe(client, &after), YQ_OK);
    cr_expect_arr_neq(before.set_hash, after.set_hash, sizeof before.set_hash);
    EXPECT(test_client_event(client, statement(YQ_ATTEST_EVENT, 1, 'a', NULL), &e), YQ_E_EPOCH_OLD);
    next.epoch = 2;
    x.attesters = next;
    EXPECT(test_client_event(client, statement(YQ_ATTEST_EVENT, 1, 'a', NULL), &e), YQ_OK);
    yq_writer w = yq_writer_of(body, TEST_BYTES_MAX);
    yq_slice block = statement(YQ_ATTEST_BLOCK, 1, 'a', NULL);
    yq_put_u8(&w, 1);
    yq_put_u8(&w, 2);
    yq_put_bytes(&w, block.p + 1, block.n - 1);
    EXPECT(test_client_update(client, yq_writer_slice(&w)), YQ_E_TYPE);
    body[1] = 3;
    EXPECT(test_client_update(client, yq_writer_slice(&w)), YQ_E_FIELD_UNKNOWN);
}

static yq_status conflict(test_proof_wish a, test_proof_wish b)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    test_proof_put(&w, &x, a);
    test_proof_put(&w, &x, b);
    return test_client_misbehaviour(client, yq_writer_slice(&w));
}

Test(verifier, ten_changes_of_attesters_in_two_hundred_ledgers)
{
    test_client_reset(client);
    test_client_record(client, "sm");
    EXPECT(test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_OK);
    for (uint64_t height = 2; height <= 201; height++) {
        EXPECT(ledger((test_proof_wish){.height = height, .letters = "s-ss"}), YQ_OK);
        if (height % 20 == 0) {
            test_attesters next = x.attesters;
            next.member[height / 20 % 2 == 0 ? 5 : 4] += 1;
            next.member[5] = next.member[5] <= next.member[4] ? next.member[4] + 1 : next.member[5];
            EXPECT(change(&next, height, "s-sss-"), YQ_OK);
            next.epoch++;
            x.attesters = next;
        }
    }
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect_eq(view.height, 201);
    cr_expect_eq(x.attesters.epoch, 11);
    static const uint64_t heights[] = {195, 15};
    for (size_t i = 0; i < YQ_ARRAY_N(heights); i++) {
        const test_proof_wish known = {.height = heights[i]};
        const test_proof_wish other = {.height = heights[i], .branch = 'b'};
        EXPECT(ledger(other), YQ_E_MISBEHAVIOUR);
        EXPECT(conflict(known, other), YQ_OK);
    }
    test_client_recorded(client);
}

Test(verifier, anchors)
{
    yq_slice anchor = test_xinghuo_anchor(&x, room);
    const size_t set = 1 + 8 + 2;
    test_client_reset(client);
    room[set] = 3;
    EXPECT(test_client_init(client, anchor), YQ_E_FIELD_UNKNOWN);
    test_attester first = x.all[0];
    x.all[0] = x.all[1];
    EXPECT(test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_E_DUP_SIGNER);
    x.all[1] = first;
    EXPECT(test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_E_NONCANONICAL);
    x.all[1] = x.all[0];
    x.all[0] = first;
    x.attesters.n = 1;
    EXPECT(test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_E_QUORUM_CONFIG);
    x.attesters.n = 6;
    x.n = 0;
    EXPECT(test_client_init(client, test_xinghuo_anchor(&x, room)), YQ_E_LIMIT);
    x.n = 4;
    anchor = test_xinghuo_anchor(&x, room);
    room[0] = 2;
    EXPECT(test_client_init(client, anchor), YQ_E_VERSION);
    yq_writer w = yq_writer_of(body, TEST_BYTES_MAX);
    anchor = test_xinghuo_anchor(&x, room);
    size_t name = 0;
    while (memcmp(room + name, TEST_CHAIN, strlen(TEST_CHAIN)) != 0) {
        name++;
    }
    yq_put_bytes(&w, room, name - 1);
    yq_put_u8(&w, 0);
    yq_put_bytes(&w, room + name + strlen(TEST_CHAIN), anchor.n - name - strlen(TEST_CHAIN));
    EXPECT(test_client_init(client, yq_writer_slice(&w)), YQ_E_ANCHOR);
    anchor = test_xinghuo_anchor(&x, room);
    const yq_digest hash = test_block_hash(1, 'a');
    for (size_t i = 0; i + sizeof hash.b <= anchor.n; i++) {
        if (memcmp(room + i, hash.b, sizeof hash.b) == 0) {
            memset(room + i, 0, sizeof hash.b);
        }
    }
    EXPECT(test_client_init(client, anchor), YQ_E_ZERO_ROOT);
}

Test(verifier, misbehaviour)
{
    const test_proof_wish a = {.height = 5}, b = {.height = 5, .branch = 'b'};
    EXPECT(conflict(a, b), YQ_OK);
    EXPECT(conflict(a, a), YQ_E_NOT_PROVEN);
    EXPECT(conflict(a, (test_proof_wish){.height = 6, .branch = 'b'}), YQ_E_NOT_PROVEN);
    EXPECT(
        conflict(a, (test_proof_wish){.height = 5, .branch = 'b', .letters = "ss--"}), YQ_E_QUORUM);
}

Test(verifier, every_changed_byte_is_refused)
{
    static uint8_t copy[TEST_BYTES_MAX];
    yq_slice good = test_proof(&x, (test_proof_wish){.letters = "sss-"}, copy);
    for (size_t i = 0; i < good.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            copy[i] ^= (uint8_t)(1u << bit);
            cr_expect_neq(test_client_update(client, good), YQ_OK, "byte %zu bit %u", i, bit);
            copy[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t n = 0; n < good.n; n++) {
        cr_expect_neq(test_client_update(client, yq_slice_of(copy, n)), YQ_OK, "cut at %zu", n);
    }
    EXPECT(test_client_update(client, good), YQ_OK);
}
