#include "light-clients/cometbft/test_ibc.h"

#include <criterion/criterion.h>

#define EXPECT(t, given, status) cr_expect_eq(given, status, "%s", (t)->client->why.text)

static test_ibc *t;

static void setup(void)
{
    t = test_ibc_new(TEST_IAVL);
}

static void teardown(void)
{
    test_ibc_free(t);
}

TestSuite(ibc, .init = setup, .fini = teardown);

static int text_is(yq_slice s, const char *text)
{
    return yq_slice_equal(s, yq_slice_text(text));
}

Test(ibc, packets_and_acknowledgements_of_both_versions)
{
    for (unsigned kind = TEST_IAVL; kind <= TEST_SMT; kind += TEST_SMT) {
        test_ibc_free(t);
        t = test_ibc_new((test_tree_kind)kind);
        yq_verified_event e;
        EXPECT(t, test_client_event(t->client, test_event(t, 1, 0), &e), YQ_OK);
        cr_expect(text_is(e.emitter, "yuqiao/channel-4") && text_is(e.name, "packet"));
        cr_expect(text_is(e.data, "data") && text_is(e.bytes, "data") && e.event_index == 0);
        cr_expect(e.height == 1 && e.grade == YQ_GRADE_LIGHT_CLIENT && e.tx_id.n == 32);
        cr_expect_eq(e.time_ms, t->h[1].seconds * 1000);
        EXPECT(t, test_client_event(t->client, test_event(t, 2, 0), &e), YQ_OK);
        cr_expect(text_is(e.emitter, "client-7/yuqiao") && text_is(e.name, "packet.v2"));
        cr_expect(text_is(e.data, "first") && e.event_index == 0);
        EXPECT(t, test_client_event(t->client, test_event(t, 2, 1), &e), YQ_OK);
        cr_expect(text_is(e.data, "second") && e.event_index == 1);
        EXPECT(t, test_client_event(t->client, test_event(t, 3, 0), &e), YQ_OK);
        cr_expect(text_is(e.emitter, "yuqiao/channel-4") && text_is(e.name, "acknowledgement"));
        cr_expect(text_is(e.data, "done"));
        EXPECT(t, test_client_event(t->client, test_event(t, 4, 0), &e), YQ_OK);
        cr_expect(text_is(e.emitter, "client-7") && text_is(e.name, "acknowledgement.v2"));
        cr_expect(text_is(e.data, "done"));
    }
}

Test(ibc, every_changed_byte_of_an_event_is_refused, .timeout = 120)
{
    static uint8_t copy[TEST_BYTES_MAX];
    for (uint8_t kind = 1; kind <= 4; kind++) {
        yq_slice proof = test_event(t, kind, 0);
        memcpy(copy, proof.p, proof.n);
        yq_verified_event e;
        /* The index of the payload is a claim, not a proof: the last two bytes before the store's
         * proof choose another payload of the same packet. */
        size_t free_at = 1 + 1 + 9 + 8 + 9 + 8 + 2 + 2 * (8 + 5 + 4 + 5 + 4) + 5 + 6 + 1;
        for (size_t i = 0; i < proof.n; i++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                copy[i] ^= (uint8_t)(1u << bit);
                yq_status s = test_client_event(t->client, yq_slice_of(copy, proof.n), &e);
                copy[i] = proof.p[i];
                if (kind == 2 && i == free_at && bit == 0) {
                    cr_expect(s == YQ_OK && text_is(e.data, "second"));
                    continue;
                }
                cr_assert(s < 0 && s > -400, "kind %u byte %zu bit %u: %d", kind, i, bit, s);
            }
        }
        for (size_t n = 0; n < proof.n; n++) {
            cr_assert(test_client_event(t->client, yq_slice_of(copy, n), &e) < 0);
        }
    }
}

Test(ibc, what_an_event_is_refused_for)
{
    yq_verified_event e;
    yq_slice p = test_event(t, 1, 0);
    t->room[1] = 0;
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_FIELD_UNKNOWN);
    t->room[1] = 5;
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_FIELD_UNKNOWN);
    p = test_event(t, 1, 0);
    t->room[3] = '/'; /* in the port */
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_NONCANONICAL);
    t->room[3] = 0;
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_NONCANONICAL);
    static const struct {
        uint8_t kind, at;
    } name[] = {
        {1, 10}, {2, 3}, {2, 20}, {3, 10}, {4, 3}}; /* channel, client, the other's client */
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        p = test_event(t, name[i].kind, 0);
        t->room[name[i].at] = '/';
        EXPECT(t, test_client_event(t->client, p, &e), YQ_E_NONCANONICAL);
    }
    p = test_event(t, 2, 0);
    for (uint8_t n = 63; n <= 65; n++) { /* payloads */
        t->room[37] = n;
        cr_expect_eq(test_client_event(t->client, p, &e) == YQ_E_LIMIT, n > 64);
    }
    t->room[37] = 0;
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_LIMIT);
    cr_expect_str_eq(t->client->why.text, "payloads");
    p = test_event(t, 1, 0);
    memset(t->room + 2 + 7 + 10, 0, 8);
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_RANGE); /* sequence 0 */
    p = test_event(t, 1, 0);
    t->room[2 + 7 + 10 + 7]++; /* another sequence: another key */
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_PROOF);
    p = test_event(t, 1, 0);
    t->room[2 + 7 + 10 + 8 + 7]++; /* another timeout: another commitment */
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_BODY_MISMATCH);
    p = test_event(t, 2, 2);
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_PROOF_BOUNDS);
    p = test_event(t, 1, 0);
    t->client->now_ms = t->h[1].seconds * 1000 + TEST_PERIOD_MS + 1;
    EXPECT(t, test_client_event(t->client, p, &e), YQ_E_TRUST_EXPIRED);
}

Test(ibc, a_packet_must_be_in_the_ibc_store_and_present)
{
    yq_writer w;
    yq_verified_event e;
    yq_slice key = yq_slice_text("commitments/ports/yuqiao/channels/channel-4/sequences/13");
    (void)test_v1_head(t, &w, 1, 13);
    yq_put_u64(&w, TEST_V1_TIMEOUT);
    yq_put_u64(&w, 1);
    yq_put_u64(&w, 100);
    yq_put_blob32(&w, yq_slice_text("data"));
    yq_writer head = w;
    test_store_put(&w, t, test_absence(&t->ibc, key, 3, 4, t->proof[0]));
    EXPECT(t, test_client_event(t->client, yq_writer_slice(&w), &e), YQ_E_EVENT_UNPROVEN);
    w = head;
    yq_put_u64(&w, 1);
    yq_put_str8(&w, yq_slice_text("bank"));
    yq_put_blob32(&w, test_member(&t->ibc, 3, t->proof[0]));
    yq_put_blob32(&w, test_member(&t->stores, 0, t->proof[1]));
    EXPECT(t, test_client_event(t->client, yq_writer_slice(&w), &e), YQ_E_EMITTER);
    w = head;
    yq_put_u64(&w, 9);
    yq_put_str8(&w, yq_slice_text("ibc"));
    yq_put_blob32(&w, test_member(&t->ibc, 3, t->proof[0]));
    yq_put_blob32(&w, test_member(&t->stores, 1, t->proof[1]));
    EXPECT(t, test_client_event(t->client, yq_writer_slice(&w), &e), YQ_E_HEADER_UNKNOWN);
    /* The root of another store. */
    w = head;
    yq_put_u64(&w, 1);
    yq_put_str8(&w, yq_slice_text("ibc"));
    yq_put_blob32(&w, test_member(&t->ibc, 3, t->proof[0]));
    yq_put_blob32(&w, test_member(&t->stores, 0, t->proof[1]));
    EXPECT(t, test_client_event(t->client, yq_writer_slice(&w), &e), YQ_E_PROOF);
    /* Absence of the store itself. */
    w = head;
    yq_put_u64(&w, 1);
    yq_put_str8(&w, yq_slice_text("ibc"));
    yq_put_blob32(&w, test_member(&t->ibc, 3, t->proof[0]));
    yq_put_blob32(&w, test_absence(&t->stores, yq_slice_text("ibc"), 0, 2, t->proof[1]));
    EXPECT(t, test_client_event(t->client, yq_writer_slice(&w), &e), YQ_E_PROOF_TYPE);
}

static yq_status value(const char *store, yq_slice key, yq_slice lower, yq_verified_value *out)
{
    uint8_t full[256];
    yq_writer k = yq_writer_of(full, sizeof full), w = yq_writer_of(t->room, sizeof t->room);
    yq_put_str8(&k, yq_slice_text(store));
    yq_put(&k, key);
    yq_put_u8(&w, 1);
    test_store_put(&w, t, lower);
    return test_client_value(t->client, yq_writer_slice(&k), yq_writer_slice(&w), out);
}

Test(ibc, receipts_and_their_absence)
{
    const yq_slice there = yq_slice_text("receipts/ports/yuqiao/channels/channel-4/sequences/9");
    const yq_slice none = yq_slice_text("receipts/ports/yuqiao/channels/channel-4/sequences/91");
    yq_verified_value v;
    EXPECT(t, value("ibc", there, test_member(&t->ibc, 4, t->proof[0]), &v), YQ_OK);
    cr_expect(v.present && v.height == 1 && text_is(v.value, "\1"));
    EXPECT(
        t, value("ibc", none, test_absence(&t->ibc, none, 4, TEST_NONE, t->proof[0]), &v), YQ_OK);
    cr_expect(!v.present && v.value.n == 0);
    EXPECT(t, value("ibc", there, test_member(&t->ibc, 3, t->proof[0]), &v), YQ_E_PROOF);
    EXPECT(t, value("bank", there, test_member(&t->ibc, 4, t->proof[0]), &v), YQ_E_PROOF);
    EXPECT(
        t,
        value("ibc", there, test_absence(&t->ibc, there, 3, TEST_NONE, t->proof[0]), &v),
        YQ_E_ABSENCE_PROOF);
    EXPECT(
        t,
        value("ibc", none, test_absence(&t->ibc, there, 4, TEST_NONE, t->proof[0]), &v),
        YQ_E_ABSENCE_PROOF);
}

Test(ibc, a_value_has_a_key_and_a_whole_proof)
{
    yq_verified_value v;
    const yq_slice there = yq_slice_text("receipts/ports/yuqiao/channels/channel-4/sequences/9");
    EXPECT(t, value("ibc", there, test_member(&t->ibc, 4, t->proof[0]), &v), YQ_OK);
    yq_slice proof = yq_slice_of(t->room, 1 + 8 + 2); /* cut in the store's name */
    EXPECT(t, test_client_value(t->client, yq_slice_text("\3ibc"), proof, &v), YQ_E_TRUNCATED);
    EXPECT(t, test_client_value(t->client, (yq_slice){0}, proof, &v), YQ_E_TRUNCATED);
    proof = yq_slice_of(t->room, sizeof t->room);
    EXPECT(t, test_client_value(t->client, yq_slice_text("\4ibc"), proof, &v), YQ_E_TRUNCATED);
}

Test(ibc, an_application_without_a_root_proves_nothing)
{
    test_header plain = t->h[2];
    /* An application hash of 8 bytes: field 11 is rewritten. */
    yq_writer w = yq_writer_of(plain.raw, sizeof plain.raw);
    yq_cur c = yq_cur_of(yq_slice_of(t->h[2].raw, t->h[2].raw_n));
    yq_pb_field f = {0};
    while (yq_pb_next(&c, &f)) {
        if (f.number == 11) {
            yq_pb_put_bytes(&w, 11, yq_slice_text("12345678"));
        } else {
            yq_put(&w, f.whole);
        }
    }
    plain.raw_n = w.n;
    plain.hash = test_header_hash(yq_writer_slice(&w));
    static uint8_t room[TEST_BYTES_MAX];
    EXPECT(
        t,
        test_client_update(
            t->client, test_update(t->chain, 1, &plain, (test_votes){NULL, 0}, NULL, room)),
        YQ_OK);
    yq_writer v = yq_writer_of(t->room, sizeof t->room);
    yq_put_u8(&v, 1);
    yq_put_u64(&v, 2);
    yq_put_str8(&v, yq_slice_text("ibc"));
    yq_put_blob32(&v, test_member(&t->ibc, 4, t->proof[0]));
    yq_put_blob32(&v, test_member(&t->stores, 1, t->proof[1]));
    yq_verified_value value_out;
    EXPECT(
        t,
        test_client_value(
            t->client, yq_slice_text("\3ibcreceipts"), yq_writer_slice(&v), &value_out),
        YQ_E_ZERO_ROOT);
}
