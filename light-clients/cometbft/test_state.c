/* What the readers of states, records and ICS-23 messages refuse, field by field. */
#include "light-clients/cometbft/test_edit.h"

TestSuite(state, .init = setup, .fini = teardown);

static yq_comet_state usual(void)
{
    return (yq_comet_state){
        .chain_id = yq_slice_text(TEST_CHAIN_ID),
        .trusting_ms = 7,
        .drift_ms = 8,
        .level_num = 1,
        .level_den = 3,
        .stores = YQ_COMET_STORES_SMT,
        .height = 9,
        .oldest = 4,
        .records = 5,
        .members = 6,
        .last = {
            .hash = test_digest("hash"),
            .time = {TEST_TIME, 11},
            .app_root = test_digest("application"),
            .next_validators = test_digest("next"),
            .next = 12}};
}

static yq_status reread(const yq_comet_state *state, yq_comet_state *out)
{
    yq_buf bytes = {room, sizeof room, 0};
    begin();
    yq_status status = yq_comet_state_encode(&call, state, &bytes);
    if (status == YQ_OK) {
        status = yq_comet_state_decode(&call, yq_slice_of(room, bytes.n), out);
    }
    return status;
}

Test(state, is_read_as_it_was_written)
{
    const yq_comet_state s = usual();
    yq_comet_state out = {0};
    cr_assert_eq(reread(&s, &out), YQ_OK);
    cr_expect(
        yq_slice_equal(out.chain_id, s.chain_id) && out.trusting_ms == 7 && out.drift_ms == 8 &&
        out.level_num == 1 && out.level_den == 3 && out.stores == YQ_COMET_STORES_SMT &&
        out.height == 9 && out.oldest == 4 && out.records == 5 && out.members == 6);
    cr_expect(
        yq_digest_equal(&out.last.hash, &s.last.hash) &&
        yq_comet_time_compare(out.last.time, s.last.time) == 0 &&
        yq_digest_equal(&out.last.app_root, &s.last.app_root) &&
        yq_digest_equal(&out.last.next_validators, &s.last.next_validators) && out.last.next == 12);
    yq_buf bytes = {room, sizeof room, 0};
    cr_assert_eq(yq_comet_state_encode(&call, &s, &bytes), YQ_OK);
    cr_expect_eq(yq_comet_state_decode(&call, yq_slice_of(room, bytes.n + 1), &out), YQ_E_TRAILING);
}

Test(state, has_bounds)
{
    static const char letters[] = "123456789 123456789 123456789 123456789 123456789 1";
    yq_comet_state s = usual(), out = {0};
    s.last.time = (yq_comet_time){INT64_MAX, 999999999};
    s.chain_id = yq_slice_of(letters, YQ_COMET_CHAIN_ID_MAX);
    cr_expect_eq(reread(&s, &out), YQ_OK);
    s.chain_id.n++;
    cr_expect_eq(reread(&s, &out), YQ_E_LIMIT);
    s = usual();
    s.last.time.seconds = -1;
    cr_expect_eq(reread(&s, &out), YQ_E_RANGE);
    cr_expect_str_eq(client->why.text, "time");
    s = usual();
    s.last.time.nanos = 1000000000;
    cr_expect_eq(reread(&s, &out), YQ_E_RANGE);
    s = usual();
    s.level_den = 0;
    cr_expect_eq(reread(&s, &out), YQ_E_RANGE);
    cr_expect_str_eq(client->why.text, "trust level");
}

/* Record keys are of a host that gives what it is told. */
static yq_slice given;
static int is_given;

static yq_slice give(void *self, yq_slice key, int *found)
{
    (void)self;
    cr_expect(key.n == 9 && key.p[0] == 'h' && key.p[8] == 77);
    *found = is_given;
    return given;
}

Test(state, a_record_is_read_to_its_end)
{
    const yq_comet_state s = usual();
    yq_comet_record out = {0};
    yq_comet_state ignored;
    cr_assert_eq(reread(&s, &ignored), YQ_OK);
    yq_verifier_host host = *call.host;
    host.record_get = give;
    call.host = &host;
    /* A record is the end of the state. */
    const size_t n = 32 + 8 + 4 + 32 + 32 + 8, at = 1 + 1 + strlen(TEST_CHAIN_ID) + 3 + 4 * 8 + 6;
    is_given = 1;
    for (size_t size = n - 1; size <= n + 1; size++) {
        given = yq_slice_of(room + at, size);
        yq_status expected = size < n ? YQ_E_TRUNCATED : size == n ? YQ_OK : YQ_E_TRAILING;
        cr_expect_eq(yq_comet_record_get(&call, &s, 77, &out), expected);
    }
    cr_expect(yq_digest_equal(&out.hash, &s.last.hash) && out.next == 12);
    is_given = 0;
    cr_expect_eq(yq_comet_record_get(&call, &s, 77, &out), YQ_E_HEADER_UNKNOWN);
    cr_expect_eq(yq_comet_record_get(&call, &s, 9, &out), YQ_OK);
}

/* Of a proof of membership. */
static const test_edit of_member[] = {
    {{3}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{1}, TEST_NUM, 1, YQ_E_TYPE, "", 0},
    {{1}, TEST_LEN, 0, YQ_OK, NULL, 0},
    {{1}, TEST_GONE, 0, YQ_E_PROOF_INCOMPLETE, "", 0},
    {{1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "", 0},
    {{2}, TEST_LEN, 0, YQ_E_PROOF_NONCANONICAL, "", 0},
    {{3}, TEST_LEN, 1, YQ_E_PROOF_NONCANONICAL, "", 0},
    {{1}, TEST_LEN, 1, YQ_E_PROOF_TYPE, "batch", 3},
    {{1, 1}, TEST_NUM, 1, YQ_E_TYPE, "existence proof", 0},
    {{1, 1}, TEST_LEN, 0, YQ_E_NONCANONICAL, "existence proof", 0},
    {{1, 1}, TEST_LEN, YQ_ICS23_VALUE_MAX, YQ_OK, NULL, 0},
    {{1, 1}, TEST_LEN, YQ_ICS23_VALUE_MAX + 1, YQ_E_LIMIT, "existence proof", 0},
    {{1, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "existence proof", 0},
    {{1, 2}, TEST_NUM, 1, YQ_E_TYPE, "existence proof", 0},
    {{1, 2}, TEST_LEN, YQ_ICS23_VALUE_MAX, YQ_OK, NULL, 0},
    {{1, 2}, TEST_LEN, YQ_ICS23_VALUE_MAX + 1, YQ_E_LIMIT, "existence proof", 0},
    {{1, 3}, TEST_NUM, 1, YQ_E_TYPE, "existence proof", 0},
    {{1, 3}, TEST_LEN, 0, YQ_OK, NULL, 0},
    {{1, 3}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{1, 3, 1}, TEST_LEN, 1, YQ_E_TYPE, "leaf", 0},
    {{1, 3, 1}, TEST_NUM, 0, YQ_E_NONCANONICAL, "leaf", 0},
    {{1, 3, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "leaf", 0},
    {{1, 3, 4}, TEST_LEN, 1, YQ_E_TYPE, "leaf", 0},
    {{1, 3, 5}, TEST_NUM, 1, YQ_E_TYPE, "leaf", 0},
    {{1, 3, 5}, TEST_LEN, YQ_ICS23_PREFIX_MAX, YQ_OK, NULL, 0},
    {{1, 3, 5}, TEST_LEN, YQ_ICS23_PREFIX_MAX + 1, YQ_E_LIMIT, "leaf", 0},
    {{1, 3, 6}, TEST_LEN, 1, YQ_E_FIELD_UNKNOWN, "leaf", 0},
    {{1, 4}, TEST_NUM, 1, YQ_E_TYPE, "existence proof", 0},
    {{1, 4}, TEST_LEN, 0, YQ_OK, NULL, 0},
    {{1, 4}, TEST_TWICE, 0, YQ_OK, NULL, 0},
    {{1, 4, 1}, TEST_LEN, 1, YQ_E_TYPE, "path", 0},
    {{1, 4, 1}, TEST_NUM, 0, YQ_E_NONCANONICAL, "path", 0},
    {{1, 4, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "path", 0},
    {{1, 4, 2}, TEST_NUM, 1, YQ_E_TYPE, "path", 0},
    {{1, 4, 2}, TEST_LEN, YQ_ICS23_PREFIX_MAX, YQ_OK, NULL, 0},
    {{1, 4, 2}, TEST_LEN, YQ_ICS23_PREFIX_MAX + 1, YQ_E_LIMIT, "path", 0},
    {{1, 4, 3}, TEST_NUM, 1, YQ_E_TYPE, "path", 0},
    {{1, 4, 3}, TEST_LEN, YQ_ICS23_PREFIX_MAX, YQ_OK, NULL, 0},
    {{1, 4, 3}, TEST_LEN, YQ_ICS23_PREFIX_MAX + 1, YQ_E_LIMIT, "path", 0},
    {{1, 4, 4}, TEST_LEN, 1, YQ_E_FIELD_UNKNOWN, "path", 0},
    {{1, 5}, TEST_LEN, 1, YQ_E_FIELD_UNKNOWN, "existence proof", 0},
};

/* Of a proof of absence. */
static const test_edit of_absence[] = {
    {{1}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{2}, TEST_NUM, 1, YQ_E_TYPE, "", 0},
    {{2}, TEST_LEN, 0, YQ_OK, NULL, 0},
    {{2, 1}, TEST_NUM, 1, YQ_E_TYPE, "absence proof", 0},
    {{2, 1}, TEST_LEN, 0, YQ_E_NONCANONICAL, "absence proof", 0},
    {{2, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "absence proof", 0},
    {{2, 2}, TEST_NUM, 1, YQ_E_TYPE, "absence proof", 0},
    {{2, 2}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "absence proof", 0},
    {{2, 2, 5}, TEST_LEN, 1, YQ_E_FIELD_UNKNOWN, "existence proof", 0},
    {{2, 3}, TEST_NUM, 1, YQ_E_TYPE, "absence proof", 0},
    {{2, 3, 5}, TEST_LEN, 1, YQ_E_FIELD_UNKNOWN, "existence proof", 0},
    {{2, 4}, TEST_LEN, 1, YQ_E_FIELD_UNKNOWN, "absence proof", 0},
};

static void expect_proofs(const char *what, yq_slice good, const test_edit *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        static yq_ics23_proof out;
        begin();
        yq_status status = yq_ics23_decode(&call, test_edit_of(good, &e[i]), &out);
        test_edit_expect(what, i, &e[i], status);
    }
}

Test(state, messages_of_proofs)
{
    const test_tree t = tree_of(TEST_IAVL, 5);
    expect_proofs("member", test_member(&t, 2, room), of_member, YQ_ARRAY_N(of_member));
    yq_slice absence = test_absence(&t, yq_slice_text("k03"), 1, 2, room);
    expect_proofs("absence", absence, of_absence, YQ_ARRAY_N(of_absence));
    yq_ics23_proof out;
    cr_assert_eq(yq_ics23_decode(&call, absence, &out), YQ_OK);
    cr_expect(out.absent && out.has[0] && out.has[1]);
    cr_expect(yq_slice_equal(out.key, yq_slice_text("k03")));
    cr_expect(yq_slice_equal(out.exist[0].key, yq_slice_text("k02")));
    cr_expect(yq_slice_equal(out.exist[1].key, yq_slice_text("k04")));
}

Test(state, a_path_has_a_longest)
{
    for (size_t n = YQ_ICS23_STEPS_MAX; n <= YQ_ICS23_STEPS_MAX + 1; n++) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_ics23_proof out;
        yq_pb_put_bytes(&w, 1, yq_slice_text("key"));
        for (size_t i = 0; i < n; i++) {
            yq_pb_put_bytes(&w, 4, (yq_slice){0});
        }
        yq_pb_end(&w, 0, 1);
        begin();
        yq_status expected = n == YQ_ICS23_STEPS_MAX ? YQ_OK : YQ_E_PROOF_DEPTH;
        cr_expect_eq(yq_ics23_decode(&call, yq_writer_slice(&w), &out), expected);
        cr_expect(expected != YQ_OK || out.exist[0].n == n);
    }
    cr_expect_str_eq(client->why.text, "path");
}
