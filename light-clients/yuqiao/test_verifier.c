#include "light-clients/yuqiao/test_client.h"

/* Certificates, epochs, misbehaviour and time. */

TestSuite(verifier, .init = setup, .fini = teardown);

static yq_client_view look(void)
{
    yq_client_view view;
    EXPECT(test_client_describe(client, &view), YQ_OK);
    return view;
}

Test(verifier, blocks_are_followed_with_gaps)
{
    static const uint64_t heights[] = {11, 12, 40, 41};
    for (size_t i = 0; i < YQ_ARRAY_N(heights); i++) {
        const yq_final_info info = test_info(&chain, 1, heights[i]);
        EXPECT(update(first_set, &info, NULL), YQ_OK);
        EXPECT(update(first_set, &info, NULL), YQ_E_REPLAY);
        const yq_client_view view = look();
        cr_expect_eq(view.height, heights[i]);
        cr_expect_eq(view.time_ms, info.time_ms);
        cr_expect_eq(view.trusted_until_ms, info.time_ms + TEST_TRUST);
        cr_expect_eq(memcmp(view.hash, info.h.b, 32), 0);
        cr_expect_eq(view.grade, YQ_GRADE_LIGHT_CLIENT);
    }
    const yq_final_info skipped = test_info(&chain, 1, 20);
    EXPECT(update(first_set, &skipped, NULL), YQ_E_HEADER_UNKNOWN);
}

/* The next block after `parent`, signed by these. */
static yq_status signed_by(const char *letters)
{
    const yq_final_info info = test_info(&chain, 1, 11);
    return update(first_set, &info, letters);
}

Test(verifier, signers)
{
    EXPECT(signed_by("----"), YQ_E_SIGNATURES_MISSING);
    EXPECT(signed_by("s---"), YQ_E_QUORUM);
    EXPECT(signed_by("ss--"), YQ_E_QUORUM);
    EXPECT(signed_by("s11-"), YQ_E_SIG);
    EXPECT(signed_by("ssx-"), YQ_E_SIG);
    EXPECT(signed_by("fsss"), YQ_E_SIG);
    EXPECT(signed_by("sssf"), YQ_E_SIG);
    EXPECT(signed_by("sss-s"), YQ_E_SIGNER_UNKNOWN);
    EXPECT(signed_by("ssss"), YQ_OK);
}

Test(verifier, quorums_of_every_size)
{
    for (unsigned n = 4; n <= YQ_VALIDATORS_MAX; n++) {
        const test_set set = {1, 3, n};
        char letters[YQ_VALIDATORS_MAX + 1] = {0};
        yq_final_info info = test_info(&chain, 1, 10);
        test_client_reset(client);
        EXPECT(test_client_init(client, test_anchor(&chain, set, &info, room)), YQ_OK);
        const yq_client_view view = look();
        cr_expect_eq(view.validators, n);
        cr_expect_eq(view.quorum, n - (n - 1) / 3);
        info = test_info(&chain, 1, 11);
        memset(letters, '-', n);
        memset(letters, 's', n - (n - 1) / 3 - 1u);
        EXPECT(update(set, &info, letters), YQ_E_QUORUM);
        letters[n - 1] = 's';
        EXPECT(update(set, &info, letters), YQ_OK);
    }
}

Test(verifier, suites_and_hashes)
{
    static const struct {
        uint32_t alg;
        uint8_t suite, outbox;
    } row[] = {
        {YQ_HASH_SHA256, YQ_SUITE_P256, YQ_SUITE_ETH},
        {YQ_HASH_SHA256, YQ_SUITE_ETH, YQ_SUITE_ED25519},
        {YQ_HASH_SHA256, YQ_SUITE_ED25519, YQ_SUITE_P256},
        {YQ_HASH_SM3, YQ_SUITE_SM2, 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_verified_event e;
        yq_verified_value v;
        teardown();
        start_with(row[i].alg, row[i].suite, row[i].outbox);
        const yq_final_info info = test_info(&chain, 1, 11);
        EXPECT(update(first_set, &info, "sxss"), YQ_E_SIG);
        EXPECT(update(first_set, &info, NULL), YQ_OK);
        if (row[i].outbox != 0) {
            EXPECT(test_client_event(client, test_event(&chain, 11, 2, room), &e), YQ_OK);
        }
        EXPECT(
            test_client_value(client, chain.state_key[1], test_value(&chain, 11, 1, room), &v),
            YQ_OK);
    }
}

Test(verifier, other_statements)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_final_info info = test_info(&chain, 1, 11);
    yq_put_u8(&w, 1);
    test_cert_put(&w, &chain, first_set, &info, NULL, YQ_SIGNED_NOTARIZE);
    yq_put_u8(&w, 0);
    EXPECT(test_client_update(client, yq_writer_slice(&w)), YQ_E_TYPE);
    w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_cert_put(&w, &chain, first_set, &info, NULL, YQ_SIGNED_NOTARIZE);
    test_cert_put(&w, &chain, first_set, &info, NULL, 0);
    EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), YQ_E_TYPE);
    info.chain_id_hash.b[0] ^= 1;
    EXPECT(update(first_set, &info, NULL), YQ_E_DOMAIN);
    info = test_info(&chain, 1, 11);
    info.h = (yq_digest){{0}};
    EXPECT(update(first_set, &info, NULL), YQ_E_ZERO_ROOT);
    info = test_info(&chain, 1, 11);
    info.result_root = (yq_digest){{0}};
    EXPECT(update(first_set, &info, NULL), YQ_E_ZERO_ROOT);
}

Test(verifier, evidence_is_whole)
{
    yq_final_info info = test_info(&chain, 1, 11);
    yq_slice in = test_update(&chain, first_set, &info, NULL, room);
    room[0] = 2;
    EXPECT(test_client_update(client, in), YQ_E_VERSION);
    room[0] = 1;
    room[in.n - 1] = 2;
    EXPECT(test_client_update(client, in), YQ_E_FIELD_UNKNOWN);
    room[in.n - 1] = 0;
    in.n++;
    room[in.n - 1] = 0;
    EXPECT(test_client_update(client, in), YQ_E_TRAILING);
    in = test_update(&chain, first_set, &info, NULL, room);
    memmove(room + in.n, room + in.n - 1, 1);
    room[2]++; /* the certificate one byte longer */
    in.n++;
    EXPECT(test_client_update(client, in), YQ_E_TRAILING);
    room[1] = 0xff;
    EXPECT(test_client_update(client, in), YQ_E_LIMIT);
}

Test(verifier, a_kept_height_may_be_signed_in_another_view)
{
    yq_final_info info = test_info(&chain, 1, 11);
    EXPECT(update(first_set, &info, NULL), YQ_OK);
    info.view += 3;
    EXPECT(update(first_set, &info, NULL), YQ_E_REPLAY);
}

Test(verifier, two_final_blocks_of_one_height)
{
    const yq_final_info good = test_info(&chain, 1, 11);
    EXPECT(update(first_set, &good, NULL), YQ_OK);
    yq_final_info other[6];
    for (unsigned i = 0; i < YQ_ARRAY_N(other); i++) {
        other[i] = good;
    }
    other[0].h.b[1] ^= 1;
    other[1].result_root.b[1] ^= 1;
    other[2].export_root.b[1] ^= 1;
    other[3].next_valset_hash.b[1] ^= 1;
    other[4].time_ms++;
    other[5].height = 10; /* of the same view, and of the anchor's height */
    for (unsigned i = 0; i < YQ_ARRAY_N(other); i++) {
        EXPECT(update(first_set, &other[i], "ss--"), YQ_E_QUORUM);
        EXPECT(update(first_set, &other[i], NULL), YQ_E_MISBEHAVIOUR);
    }
}

static yq_status conflict(
    test_set a_set,
    const yq_final_info *a,
    test_set b_set,
    const yq_final_info *b,
    const char *b_by)
{
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    test_cert_put(&w, &chain, a_set, a, NULL, 0);
    test_cert_put(&w, &chain, b_set, b, b_by, 0);
    return test_client_misbehaviour(client, yq_writer_slice(&w));
}

Test(verifier, misbehaviour)
{
    const yq_final_info a = test_info(&chain, 1, 20), later = test_info(&chain, 1, 21);
    yq_final_info b = a;
    EXPECT(conflict(first_set, &a, first_set, &a, NULL), YQ_E_NOT_PROVEN);
    EXPECT(conflict(first_set, &a, first_set, &later, NULL), YQ_E_NOT_PROVEN);
    b.view++;
    EXPECT(conflict(first_set, &a, first_set, &b, NULL), YQ_E_NOT_PROVEN);
    b.h.b[0] ^= 1;
    EXPECT(conflict(first_set, &a, first_set, &b, "ss--"), YQ_E_QUORUM);
    EXPECT(conflict(first_set, &a, first_set, &b, "sss-"), YQ_OK);
    b = later;
    b.time_ms = a.time_ms;
    EXPECT(conflict(first_set, &a, first_set, &b, NULL), YQ_OK);
    b = later;
    b.view = a.view;
    EXPECT(conflict(first_set, &b, first_set, &a, NULL), YQ_OK);
    b = a;
    b.h.b[0] ^= 1;
    b.epoch = 2;
    EXPECT(conflict(first_set, &a, first_set, &b, NULL), YQ_E_SET_CHANGE);
    EXPECT(conflict(first_set, &a, (test_set){1, 20, 4}, &b, NULL), YQ_E_SET_CHANGE);
    b = a;
    b.h.b[0] ^= 1;
    b.chain_id_hash.b[3] ^= 1;
    EXPECT(conflict(first_set, &a, first_set, &b, NULL), YQ_E_DOMAIN);
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 2);
    test_cert_put(&w, &chain, first_set, &a, NULL, 0);
    test_cert_put(&w, &chain, first_set, &b, NULL, 0);
    EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), YQ_E_VERSION);
    room[0] = 1;
    yq_put_u8(&w, 0);
    EXPECT(test_client_misbehaviour(client, yq_writer_slice(&w)), YQ_E_TRAILING);
}

Test(verifier, blocks_after_the_end_of_an_epoch)
{
    const test_set next = {2, 2, 5};
    yq_final_info end = test_info(&chain, 1, 20), more = test_info(&chain, 1, 21);
    test_ends(&chain, &end, next);
    EXPECT(conflict(first_set, &end, first_set, &more, NULL), YQ_OK);
    EXPECT(update_ending(first_set, &end, next), YQ_OK);
    EXPECT(update(first_set, &more, "ss--"), YQ_E_QUORUM);
    EXPECT(update(first_set, &more, NULL), YQ_E_MISBEHAVIOUR);
    yq_final_info after = test_info(&chain, 2, 21);
    EXPECT(conflict(next, &after, first_set, &more, NULL), YQ_OK);
    more = test_info(&chain, 1, 22);
    EXPECT(conflict(next, &after, first_set, &more, NULL), YQ_OK);
    EXPECT(conflict(next, &after, first_set, &end, NULL), YQ_E_NOT_PROVEN);
    after.view = end.view; /* views begin anew */
    EXPECT(conflict(next, &after, first_set, &end, NULL), YQ_E_NOT_PROVEN);
    EXPECT(update(next, &after, NULL), YQ_OK);
}

Test(verifier, set_changes_need_their_proof)
{
    const test_set next = {2, 2, 4}, other = {2, 3, 4};
    yq_final_info end = test_info(&chain, 1, 20);
    EXPECT(update_ending(first_set, &end, next), YQ_E_NONCANONICAL);
    test_ends(&chain, &end, next);
    EXPECT(update(first_set, &end, NULL), YQ_E_PROOF_REQUIRED);
    EXPECT(update_ending(first_set, &end, other), YQ_E_VALSET_HASH);
    EXPECT(update_ending(first_set, &end, (test_set){2, 2, 3}), YQ_E_LIMIT);
    const yq_final_info early = test_info(&chain, 2, 21);
    EXPECT(update(next, &early, NULL), YQ_E_SET_CHANGE);
    EXPECT(update_ending(first_set, &end, next), YQ_OK);
    EXPECT(update(first_set, &early, NULL), YQ_E_SIG);
    EXPECT(update(next, &early, NULL), YQ_OK);
}

/* What the recovery set ended is not followed: nothing of it is signed by the old set. */
Test(verifier, a_recovered_epoch_is_not_followed)
{
    const test_set after = {2, 8, 4};
    const yq_final_info info = test_info(&chain, 2, 11);
    EXPECT(update(after, &info, NULL), YQ_E_SET_CHANGE);
    test_client_reset(client);
    EXPECT(test_client_init(client, test_anchor(&chain, after, &info, room)), YQ_OK);
    const yq_final_info more = test_info(&chain, 2, 12);
    EXPECT(update(after, &more, NULL), YQ_OK);
}

/* From the anchor on, at the time of the last block. */
static void record_from(uint64_t height, uint64_t last)
{
    const yq_final_info info = test_info(&chain, 1, height);
    test_client_reset(client);
    client->now_ms = test_info(&chain, 1, last).time_ms;
    test_client_record(client, "sm");
    EXPECT(test_client_init(client, test_anchor(&chain, first_set, &info, room)), YQ_OK);
}

/* A second block of this height, as an update and beside the first one. */
static void contradict(test_set set, uint64_t height)
{
    const yq_final_info info = test_info(&chain, set.epoch, height);
    yq_final_info other = info;
    other.h.b[0] ^= 1;
    EXPECT(update(set, &other, NULL), YQ_E_MISBEHAVIOUR);
    EXPECT(conflict(set, &info, set, &other, NULL), YQ_OK);
}

/* Ten set changes in two hundred blocks; sets of 4 to 13. */
Test(verifier, two_hundred_blocks)
{
    test_set set = first_set, seventh = first_set;
    record_from(10, 210);
    for (uint64_t height = 11; height <= 210; height++) {
        yq_final_info info = test_info(&chain, set.epoch, height);
        if (height % 20 != 0) {
            EXPECT(update(set, &info, NULL), YQ_OK);
            continue;
        }
        const test_set next = {
            set.epoch + 1, (unsigned)(set.epoch * 3 % 25), 4 + (unsigned)set.epoch % 10};
        test_ends(&chain, &info, next);
        EXPECT(update_ending(set, &info, next), YQ_OK);
        const yq_final_info first = test_info(&chain, next.epoch, height + 1);
        const test_set stale = {next.epoch, set.first, next.n};
        EXPECT(update(stale, &first, NULL), YQ_E_SIG);
        set = next;
        seventh = set.epoch == 7 ? set : seventh;
    }
    cr_expect_eq(set.epoch, 11);
    cr_expect_eq(look().height, 210);
    cr_expect_eq(look().validators, set.n);
    contradict(set, 205);
    contradict(seventh, 125);
    test_client_recorded(client);
}

Test(verifier, sets_of_old_epochs_are_dropped)
{
    test_set set = first_set;
    for (uint64_t epoch = 1; epoch <= YQ_YUQIAO_KEPT_SETS + 2; epoch++) {
        yq_final_info info = test_info(&chain, epoch, 10 + epoch);
        const test_set next = {epoch + 1, 0, 4};
        test_ends(&chain, &info, next);
        EXPECT(update_ending(set, &info, next), YQ_OK);
        set = next;
    }
    yq_final_info old = test_info(&chain, 2, 12);
    EXPECT(update(first_set, &old, NULL), YQ_E_EPOCH_OLD);
    old = test_info(&chain, 3, 13); /* the oldest that is kept */
    EXPECT(update((test_set){3, 0, 4}, &old, NULL), YQ_E_MISBEHAVIOUR);
}

Test(verifier, old_blocks_are_dropped)
{
    yq_final_info info;
    yq_verified_event e;
    for (uint64_t i = 1; i <= YQ_YUQIAO_KEPT + 20; i++) {
        info = test_info(&chain, 1, 10 + 2 * i);
        client->now_ms = info.time_ms;
        EXPECT(update(first_set, &info, NULL), YQ_OK);
    }
    const uint64_t oldest = info.height - 2 * (YQ_YUQIAO_KEPT - 1);
    EXPECT(
        test_client_event(client, test_event(&chain, oldest - 2, 0, room), &e),
        YQ_E_HEADER_UNKNOWN);
    EXPECT(test_client_event(client, test_event(&chain, oldest, 0, room), &e), YQ_OK);
    EXPECT(
        test_client_event(client, test_event(&chain, oldest + 1, 0, room), &e),
        YQ_E_HEADER_UNKNOWN);
}

Test(verifier, time)
{
    yq_final_info info = test_info(&chain, 1, 11);
    yq_verified_event e;
    info.time_ms = client->now_ms + YQ_YUQIAO_DRIFT_MS + 1;
    EXPECT(update(first_set, &info, NULL), YQ_E_TIME_FUTURE);
    info.time_ms--;
    EXPECT(update(first_set, &info, NULL), YQ_OK);
    const uint64_t end = info.time_ms + TEST_TRUST;
    yq_final_info next = test_info(&chain, 1, 12);
    next.time_ms = end;
    client->now_ms = end + 1;
    EXPECT(update(first_set, &next, NULL), YQ_E_TRUST_EXPIRED);
    EXPECT(test_client_event(client, test_event(&chain, 11, 0, room), &e), YQ_E_TRUST_EXPIRED);
    client->now_ms = end;
    EXPECT(test_client_event(client, test_event(&chain, 11, 0, room), &e), YQ_OK);
    EXPECT(update(first_set, &next, NULL), YQ_OK);
    next.height = 13;
    EXPECT(update(first_set, &next, NULL), YQ_E_MISBEHAVIOUR);
}

Test(verifier, state_of_another_layout)
{
    yq_client_view view;
    cr_assert_gt(client->state_n, 1);
    client->state[0] = 9;
    EXPECT(test_client_describe(client, &view), YQ_E_VERSION);
    const yq_final_info info = test_info(&chain, 1, 11);
    EXPECT(update(first_set, &info, NULL), YQ_E_VERSION);
    client->state[0] = 1;
    client->state_n--;
    EXPECT(test_client_describe(client, &view), YQ_E_TRUNCATED);
    EXPECT(conflict(first_set, &info, first_set, &info, NULL), YQ_E_TRUNCATED);
}
