/* What the readers of headers, commits and sets of validators refuse, field by field. */
#include "light-clients/cometbft/test_edit.h"

#define SECONDS_MIN ((uint64_t)INT64_C(-62135596800))
#define SECONDS_MAX UINT64_C(253402300799)

static test_chain *chain;
static test_header h[3];
static test_set set;

static void make_chain(void)
{
    setup();
    chain = test_chain_new();
    set = test_set_of(0, 4, 10); /* the last has a secp256k1 key */
    h[1] = test_header_next(chain, NULL, &set);
    h[2] = test_header_next(chain, &h[1], &set);
}

static void free_chain(void)
{
    test_chain_free(chain);
    teardown();
}

TestSuite(decode, .init = make_chain, .fini = free_chain);

/* A call whose host counts the hashes that it makes, and the requests for scratch. */
static size_t hashes, requests;
static yq_verifier_host real, counting;

static void counted_hash(void *self, uint32_t alg, const yq_slice *part, size_t n, uint8_t *md)
{
    hashes++;
    real.hash(self, alg, part, n, md);
}

static void *counted_scratch(void *self, size_t size)
{
    requests++;
    return real.scratch(self, size);
}

static void begin_counted(void)
{
    begin();
    hashes = requests = 0;
    real = counting = *call.host;
    counting.hash = counted_hash;
    counting.scratch = counted_scratch;
    call.host = &counting;
}

static const test_edit of_header[] = {
    {{15}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{1}, TEST_NUM, 1, YQ_E_TYPE, "header", 0},
    {{1}, TEST_LEN, 0, YQ_OK, NULL, 0},
    {{1}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "header", 0},
    {{1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "header", 0},
    {{1, 1}, TEST_LEN, 1, YQ_E_TYPE, "version", 0},
    {{1, 1}, TEST_NUM, 0, YQ_E_NONCANONICAL, "version", 0},
    {{1, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "version", 0},
    {{1, 2}, TEST_NUM, 5, YQ_OK, NULL, 0},
    {{1, 3}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "version", 0},
    {{2}, TEST_NUM, 1, YQ_E_TYPE, "header", 0},
    {{2}, TEST_LEN, 50, YQ_OK, NULL, 0},
    {{2}, TEST_LEN, 51, YQ_E_LIMIT, "chain_id", 0},
    {{2}, TEST_LEN, 0, YQ_E_NONCANONICAL, "header", 0},
    {{2}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "header", 0},
    {{3}, TEST_LEN, 1, YQ_E_TYPE, "header", 0},
    {{3}, TEST_NUM, INT64_MAX, YQ_OK, NULL, 0},
    {{3}, TEST_NUM, (uint64_t)INT64_MAX + 1, YQ_E_RANGE, "height", 0},
    {{3}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "header", 0},
    {{4}, TEST_NUM, 1, YQ_E_TYPE, "header", 0},
    {{4}, TEST_LEN, 0, YQ_OK, NULL, 0},
    {{4}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "header", 0},
    {{4, 1}, TEST_LEN, 1, YQ_E_TYPE, "time", 0},
    {{4, 1}, TEST_NUM, SECONDS_MAX, YQ_OK, NULL, 0},
    {{4, 1}, TEST_NUM, SECONDS_MAX + 1, YQ_E_RANGE, "time", 0},
    {{4, 1}, TEST_NUM, UINT64_MAX, YQ_E_RANGE, "time", 0},
    {{4, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "time", 0},
    {{4, 2}, TEST_LEN, 1, YQ_E_TYPE, "time", 0},
    {{4, 2}, TEST_NUM, 0, YQ_E_NONCANONICAL, "time", 0},
    {{4, 2}, TEST_NUM, 999999999, YQ_OK, NULL, 0},
    {{4, 2}, TEST_NUM, 1000000000, YQ_E_RANGE, "nanos", 0},
    {{4, 3}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "time", 0},
    {{5}, TEST_NUM, 1, YQ_E_TYPE, "header", 0},
    {{5}, TEST_LEN, 0, YQ_E_FIELD_MISSING, "block_id", 0},
    {{5}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "header", 0},
    {{5, 1}, TEST_NUM, 1, YQ_E_TYPE, "block_id", 0},
    {{5, 1}, TEST_LEN, 0, YQ_E_NONCANONICAL, "block_id", 0},
    {{5, 1}, TEST_LEN, 31, YQ_E_LEN, "hash", 0},
    {{5, 1}, TEST_LEN, 33, YQ_E_LEN, "hash", 0},
    {{5, 1}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "part_set_header", 0},
    {{5, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "block_id", 0},
    {{5, 2}, TEST_NUM, 1, YQ_E_TYPE, "block_id", 0},
    {{5, 2}, TEST_LEN, 0, YQ_E_FIELD_MISSING, "part_set_header", 0},
    {{5, 2}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "block_id", 0},
    {{5, 3}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "block_id", 0},
    {{5, 2, 1}, TEST_LEN, 1, YQ_E_TYPE, "part_set_header", 0},
    {{5, 2, 1}, TEST_NUM, UINT32_MAX, YQ_OK, NULL, 0},
    {{5, 2, 1}, TEST_NUM, UINT64_C(1) << 32, YQ_E_RANGE, "total", 0},
    {{5, 2, 1}, TEST_NUM, 0, YQ_E_NONCANONICAL, "part_set_header", 0},
    {{5, 2, 1}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "part_set_header", 0},
    {{5, 2, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "part_set_header", 0},
    {{5, 2, 2}, TEST_NUM, 1, YQ_E_TYPE, "part_set_header", 0},
    {{5, 2, 2}, TEST_LEN, 31, YQ_E_LEN, "parts hash", 0},
    {{5, 2, 2}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "part_set_header", 0},
    {{5, 2, 3}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "part_set_header", 0},
    {{6}, TEST_NUM, 1, YQ_E_TYPE, "header", 0},
    {{6}, TEST_LEN, 31, YQ_E_LEN, "hash", 0},
    {{6}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{8}, TEST_LEN, 31, YQ_E_LEN, "validators_hash", 0},
    {{8}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "header", 0},
    {{9}, TEST_LEN, 33, YQ_E_LEN, "next_validators_hash", 0},
    {{9}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "header", 0},
    {{11}, TEST_NUM, 1, YQ_E_TYPE, "header", 0},
    {{11}, TEST_LEN, 64, YQ_OK, NULL, 0},
    {{11}, TEST_LEN, 65, YQ_E_LIMIT, "app_hash", 0},
    {{11}, TEST_LEN, 20, YQ_OK, NULL, 0},
    {{11}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{13}, TEST_LEN, 20, YQ_E_LEN, "hash", 0},
    {{14}, TEST_NUM, 1, YQ_E_TYPE, "header", 0},
    {{14}, TEST_LEN, 19, YQ_E_LEN, "proposer_address", 0},
    {{14}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{15}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "header", 0},
    {{63}, TEST_LEN, 1, YQ_E_FIELD_UNKNOWN, "header", 0},
};

Test(decode, headers)
{
    const yq_slice good = yq_slice_of(h[2].raw, h[2].raw_n);
    for (size_t i = 0; i < YQ_ARRAY_N(of_header); i++) {
        const test_edit *e = &of_header[i];
        yq_slice in = test_edit_of(good, e);
        yq_comet_header out;
        begin_counted();
        yq_status status = yq_comet_header_decode(&call, in, &out);
        test_edit_expect("header", i, e, status);
        if (status != YQ_OK) {
            cr_expect_eq(hashes, 0, "row %zu", i);
            continue;
        }
        const yq_digest md = test_header_hash(in), none = {{0}};
        cr_expect(yq_digest_equal(&out.hash, &md), "row %zu", i);
        const yq_digest *root = e->path[0] == 11 ? &none : &h[2].app_root;
        cr_expect(yq_digest_equal(&out.app_root, root), "row %zu", i);
    }
    yq_comet_header first;
    begin();
    cr_expect_eq(yq_comet_header_decode(&call, yq_slice_of(h[1].raw, h[1].raw_n), &first), YQ_OK);
    cr_expect(yq_digest_equal(&first.hash, &h[1].hash));
}

static const test_edit of_commit[] = {
    {{5}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{1}, TEST_LEN, 1, YQ_E_TYPE, "commit", 0},
    {{1}, TEST_NUM, 0, YQ_E_NONCANONICAL, "commit", 0},
    {{1}, TEST_NUM, INT64_MAX, YQ_OK, NULL, 0},
    {{1}, TEST_NUM, (uint64_t)INT64_MAX + 1, YQ_E_RANGE, "height", 0},
    {{1}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "commit", 0},
    {{1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "commit", 0},
    {{2}, TEST_LEN, 1, YQ_E_TYPE, "commit", 0},
    {{2}, TEST_NUM, INT32_MAX, YQ_OK, NULL, 0},
    {{2}, TEST_NUM, (uint64_t)INT32_MAX + 1, YQ_E_RANGE, "round", 0},
    {{2}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{3}, TEST_NUM, 1, YQ_E_TYPE, "commit", 0},
    {{3}, TEST_LEN, 0, YQ_E_FIELD_MISSING, "block_id", 0},
    {{3}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "commit", 0},
    {{3, 1}, TEST_LEN, 31, YQ_E_LEN, "hash", 0},
    {{4}, TEST_NUM, 1, YQ_E_TYPE, "commit", 0},
    {{4}, TEST_LEN, 0, YQ_E_FIELD_MISSING, "vote", 0},
    {{4}, TEST_TWICE, 0, YQ_OK, NULL, 0},
    {{4, 1}, TEST_LEN, 1, YQ_E_TYPE, "vote", 0},
    {{4, 1}, TEST_NUM, 0, YQ_E_NONCANONICAL, "vote", 0},
    {{4, 1}, TEST_NUM, 1, YQ_E_NONCANONICAL, "absent vote", 0},
    {{4, 1}, TEST_NUM, 3, YQ_OK, NULL, 0},
    {{4, 1}, TEST_NUM, 4, YQ_E_RANGE, "block_id_flag", 0},
    {{4, 1}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "vote", 0},
    {{4, 1}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "vote", 0},
    {{4, 2}, TEST_NUM, 1, YQ_E_TYPE, "vote", 0},
    {{4, 2}, TEST_LEN, 19, YQ_E_LEN, "validator_address", 0},
    {{4, 2}, TEST_LEN, 21, YQ_E_LEN, "validator_address", 0},
    {{4, 2}, TEST_GONE, 0, YQ_E_LEN, "validator_address", 0},
    {{4, 3}, TEST_NUM, 1, YQ_E_TYPE, "vote", 0},
    {{4, 3}, TEST_LEN, 0, YQ_OK, NULL, 0},
    {{4, 3}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "vote", 0},
    {{4, 3, 1}, TEST_NUM, SECONDS_MIN, YQ_OK, NULL, 0},
    {{4, 3, 1}, TEST_NUM, SECONDS_MIN - 1, YQ_E_RANGE, "time", 0},
    {{4, 3, 1}, TEST_NUM, SECONDS_MAX, YQ_OK, NULL, 0},
    {{4, 3, 1}, TEST_NUM, SECONDS_MAX + 1, YQ_E_RANGE, "time", 0},
    {{4, 4}, TEST_NUM, 1, YQ_E_TYPE, "vote", 0},
    {{4, 4}, TEST_LEN, 63, YQ_E_LEN, "signature", 0},
    {{4, 4}, TEST_LEN, 65, YQ_E_LEN, "signature", 0},
    {{4, 4}, TEST_GONE, 0, YQ_E_LEN, "signature", 0},
    {{4, 5}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "vote", 0},
    {{5}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "commit", 0},
};

/* Of a commit whose first vote is absent. */
static const test_edit of_absent[] = {
    {{5}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{4, 2}, TEST_LEN, 20, YQ_E_NONCANONICAL, "absent vote", 0},
    {{4, 2}, TEST_NUM, 1, YQ_E_TYPE, "vote", 0},
    {{4, 3, 1}, TEST_NUM, SECONDS_MIN + 1, YQ_E_NONCANONICAL, "absent vote", 0},
    {{4, 3, 2}, TEST_NUM, 1, YQ_E_NONCANONICAL, "absent vote", 0},
    {{4, 4}, TEST_LEN, 64, YQ_E_NONCANONICAL, "absent vote", 0},
    {{4, 4}, TEST_NUM, 1, YQ_E_TYPE, "vote", 0},
};

static void expect_commits(const test_edit *e, size_t n, const char *letters)
{
    const test_votes votes = {letters, 1};
    yq_slice good = test_commit(chain, &h[2], votes, room, sizeof room);
    for (size_t i = 0; i < n; i++) {
        yq_comet_commit out;
        begin();
        yq_status status = yq_comet_commit_decode(&call, test_edit_of(good, &e[i]), &out);
        test_edit_expect(letters, i, &e[i], status);
    }
}

Test(decode, commits)
{
    expect_commits(of_commit, YQ_ARRAY_N(of_commit), "cnac");
    expect_commits(of_absent, YQ_ARRAY_N(of_absent), "accc");
}

Test(decode, as_many_votes_as_validators_may_be)
{
    static uint8_t bytes[TEST_BYTES_MAX];
    const test_votes absent = {"a", 0};
    yq_comet_commit out;
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_pb_put_varint(&w, 1, 2);
    test_block_id_put(&w, &h[2].hash, 3);
    for (size_t i = 0; i < YQ_COMET_MEMBERS_MAX; i++) {
        test_vote_put(&w, chain, &h[2], 0, absent);
    }
    begin();
    cr_expect_eq(yq_comet_commit_decode(&call, yq_writer_slice(&w), &out), YQ_OK);
    cr_expect_eq(out.n, YQ_COMET_MEMBERS_MAX);
    test_vote_put(&w, chain, &h[2], 0, absent);
    begin();
    cr_expect_eq(yq_comet_commit_decode(&call, yq_writer_slice(&w), &out), YQ_E_LIMIT);
    cr_expect_str_eq(client->why.text, "votes");
}

/* Of the first of the members. */
static const test_edit of_member[] = {
    {{3}, TEST_GONE, 0, YQ_OK, NULL, 0},
    {{1}, TEST_NUM, 1, YQ_E_TYPE, "validator", 0},
    {{1}, TEST_LEN, 0, YQ_E_NONCANONICAL, "validator", 0},
    {{1}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "validator", 0},
    {{1, 1}, TEST_NUM, 1, YQ_E_TYPE, "pub_key", 0},
    {{1, 1}, TEST_LEN, 31, YQ_E_LEN, "pub_key", 0},
    {{1, 1}, TEST_LEN, 33, YQ_E_LEN, "pub_key", 0},
    {{1, 1}, TEST_LEN, 0, YQ_E_NONCANONICAL, "pub_key", 0},
    {{1, 1}, TEST_LEN, 59, YQ_E_LIMIT, "", 0}, /* 65 bytes in all */
    {{1, 1}, TEST_LEN, 32, YQ_E_LEN, "pub_key", 2},
    {{1, 1}, TEST_LEN, 33, YQ_OK, NULL, 2},
    {{1, 1}, TEST_LEN, 48, YQ_E_UNSUPPORTED, "pub_key", 3},
    {{1, 2}, TEST_LEN, 1, YQ_E_NONCANONICAL, "pub_key", 0},
    {{2}, TEST_LEN, 1, YQ_E_TYPE, "validator", 0},
    {{2}, TEST_NUM, 0, YQ_E_NONCANONICAL, "validator", 0},
    {{2}, TEST_GONE, 0, YQ_E_FIELD_MISSING, "validator", 0},
    {{2}, TEST_TWICE, 0, YQ_E_FIELD_DUP, "validator", 0},
    {{2}, TEST_NUM, YQ_COMET_POWER_MAX - 36, YQ_OK, NULL, 0}, /* the others have 13, 12, 11 */
    {{2}, TEST_NUM, YQ_COMET_POWER_MAX - 35, YQ_E_OVERFLOW, "voting power", 0},
    {{2}, TEST_NUM, YQ_COMET_POWER_MAX + 1, YQ_E_RANGE, "voting_power", 0},
    {{3}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "validator", 0},
};

static yq_status take_set(yq_slice in, yq_comet_set *out)
{
    yq_cur c = yq_cur_of(in);
    begin();
    yq_comet_take_set(&call, &c, out);
    return yq_cur_done(&c, call.why);
}

static yq_slice member_of(size_t i)
{
    static uint8_t bytes[64];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    test_member_put(&w, chain, set.who[i], set.power[i]);
    return yq_writer_slice(&w);
}

Test(decode, members)
{
    uint8_t bytes[512];
    for (size_t i = 0; i < YQ_ARRAY_N(of_member); i++) {
        yq_writer w = yq_writer_of(bytes, sizeof bytes);
        yq_slice leaf[4];
        yq_put_u16(&w, 4);
        for (size_t k = 0; k < 4; k++) {
            const yq_slice in = k > 0 ? member_of(k) : test_edit_of(member_of(0), &of_member[i]);
            yq_put_str8(&w, in);
            leaf[k] = yq_slice_of(w.p + w.n - in.n, in.n);
        }
        yq_comet_set out;
        yq_status status = take_set(yq_writer_slice(&w), &out);
        test_edit_expect("member", i, &of_member[i], status);
        const yq_digest md = test_merkle(leaf, 4);
        cr_expect(status != YQ_OK || yq_digest_equal(&out.hash, &md), "row %zu", i);
    }
}

/* A set of n members of power 1, all different but, if twice is not 0, that one and the first. */
static yq_slice many(size_t n, size_t twice, uint8_t *bytes, yq_slice *leaf)
{
    yq_writer w = yq_writer_of(bytes, TEST_BYTES_MAX);
    yq_put_u16(&w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        uint8_t message[64], key[32] = {0};
        const size_t who = i > 0 && i == twice ? 0 : i;
        key[0] = (uint8_t)(who >> 8);
        key[1] = (uint8_t)who;
        yq_writer m = yq_writer_of(message, sizeof message);
        size_t mark = yq_pb_begin(&m);
        yq_pb_put_bytes(&m, 1, YQ_SLICE_OF(key));
        yq_pb_end(&m, mark, 1);
        yq_pb_put_varint(&m, 2, 1);
        yq_put_str8(&w, yq_writer_slice(&m));
        leaf[i] = yq_slice_of(w.p + w.n - m.n, m.n);
    }
    return yq_writer_slice(&w);
}

Test(decode, sets_of_every_size)
{
    static uint8_t bytes[TEST_BYTES_MAX];
    static yq_slice leaf[YQ_COMET_MEMBERS_MAX + 1];
    yq_comet_set out;
    cr_expect_eq(take_set(many(0, 0, bytes, leaf), &out), YQ_OK);
    cr_expect_eq(out.n, 0);
    for (size_t n = 1; n <= YQ_COMET_MEMBERS_MAX; n = n < 40 ? n + 1 : n * 2) {
        cr_assert_eq(take_set(many(n, 0, bytes, leaf), &out), YQ_OK);
        const yq_digest md = test_merkle(leaf, n);
        cr_expect(out.n == n && out.power == n && yq_digest_equal(&out.hash, &md), "%zu", n);
    }
    const size_t most = YQ_COMET_MEMBERS_MAX;
    cr_expect_eq(take_set(many(most, 0, bytes, leaf), &out), YQ_OK);
    cr_expect_eq(take_set(many(most + 1, 0, bytes, leaf), &out), YQ_E_LIMIT);
    cr_expect_str_eq(client->why.text, "validators");
    for (size_t twice = 1; twice < 5; twice++) {
        cr_expect_eq(take_set(many(5, twice, bytes, leaf), &out), YQ_E_DUP_SIGNER);
        cr_expect_str_eq(client->why.text, "a validator twice");
    }
}

Test(decode, a_set_that_is_refused_or_empty_is_not_hashed)
{
    static uint8_t bytes[TEST_BYTES_MAX];
    static yq_slice leaf[8];
    yq_cur none = yq_cur_of(many(0, 0, bytes, leaf));
    yq_comet_set empty;
    begin_counted();
    yq_comet_take_set(&call, &none, &empty);
    cr_expect(empty.n == 0 && hashes == 0 && requests == 0);
    for (size_t bad = 0; bad < 8; bad++) {
        yq_comet_set out;
        yq_slice in = many(8, 0, bytes, leaf);
        bytes[leaf[bad].p - bytes] = 0; /* the tag of its key */
        begin_counted();
        yq_cur c = yq_cur_of(in);
        yq_comet_take_set(&call, &c, &out);
        cr_expect_eq(yq_cur_done(&c, NULL), YQ_E_RANGE);
        cr_expect(hashes <= bad + 1, "%zu", hashes); /* the addresses of those before it */
    }
}

static yq_status take_step(yq_slice in, size_t *at)
{
    static yq_comet_step out;
    yq_cur c = yq_cur_of(in);
    begin();
    yq_comet_take_step(&call, &c, &out);
    *at = c.bad_at;
    return yq_cur_done(&c, call.why);
}

Test(decode, what_a_step_is_refused_for)
{
    static const test_edit unknown = {{15}, TEST_NUM, 1, YQ_E_FIELD_UNKNOWN, "header", 0};
    static uint8_t bytes[TEST_BYTES_MAX], commit[TEST_BYTES_MAX];
    const test_votes all = {NULL, 0};
    const size_t header_at = 8 + 4;
    size_t at;
    for (uint32_t over = 0; over < 2; over++) {
        const yq_status expected = over ? YQ_E_LIMIT : YQ_E_TRUNCATED;
        yq_writer w = yq_writer_of(bytes, sizeof bytes);
        yq_put_u64(&w, 1);
        yq_put_u32(&w, YQ_COMET_HEADER_MAX + over);
        cr_expect_eq(take_step(yq_writer_slice(&w), &at), expected);
        w.n -= 4;
        yq_put_blob32(&w, yq_slice_of(h[2].raw, h[2].raw_n));
        yq_put_u32(&w, YQ_COMET_COMMIT_MAX + over);
        cr_expect_eq(take_step(yq_writer_slice(&w), &at), expected);
    }
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_put_u64(&w, 1);
    yq_put_blob32(&w, test_edit_of(yq_slice_of(h[2].raw, h[2].raw_n), &unknown));
    cr_expect_eq(take_step(yq_writer_slice(&w), &at), YQ_E_TRUNCATED); /* no commit */
    yq_put_blob32(&w, test_commit(chain, &h[2], all, commit, sizeof commit));
    test_set_put(&w, chain, &set);
    test_set_put(&w, chain, NULL);
    cr_expect_eq(take_step(yq_writer_slice(&w), &at), YQ_E_FIELD_UNKNOWN);
    cr_expect_eq(at, header_at + h[2].raw_n);
    cr_expect_str_eq(client->why.text, "header");
    w.n = 8;
    yq_put_blob32(&w, yq_slice_of(h[2].raw, h[2].raw_n));
    const size_t commit_at = w.n + 4;
    yq_slice good = test_commit(chain, &h[2], all, commit, sizeof commit);
    yq_put_blob32(&w, test_edit_of(good, &unknown));
    cr_expect_eq(take_step(yq_writer_slice(&w), &at), YQ_E_FIELD_UNKNOWN);
    cr_expect_eq(at, commit_at + good.n);
    cr_expect_str_eq(client->why.text, "commit");
    w.n = commit_at - 4;
    yq_put_blob32(&w, good);
    const size_t set_at = w.n;
    test_set_put(&w, chain, NULL);
    test_set_put(&w, chain, &set);
    cr_expect_eq(take_step(yq_writer_slice(&w), &at), YQ_E_FIELD_MISSING);
    cr_expect_eq(at, set_at);
    cr_expect_str_eq(client->why.text, "validators");
}
