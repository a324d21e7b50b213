#include "light-clients/template/test_chain.h"

#include <criterion/criterion.h>

#define EXPECT(given, status) cr_expect_eq(given, status, "%s", client->why.text)

static test_chain c;
static test_client *client;
static test_block b[4];
static uint8_t *room;

static void setup(void)
{
    c = test_chain_new(4);
    client = test_client_new(yq_verifier_template());
    room = malloc(TEST_BYTES_MAX);
    for (size_t i = 1; i < 4; i++) {
        b[i] = test_next(i == 1 ? NULL : &b[i - 1], &c);
    }
    cr_assert_eq(test_client_init(client, test_anchor(&c, &b[1], room)), YQ_OK);
}

static void teardown(void)
{
    test_chain_free(&c);
    test_client_free(client);
    free(room);
}

TestSuite(verifier, .init = setup, .fini = teardown);

static yq_status update(const test_block *block, const char *letters)
{
    return test_client_update(client, test_update(&c, block, letters, NULL, room));
}

Test(verifier, follows_blocks)
{
    EXPECT(update(&b[3], NULL), YQ_E_HEIGHT);
    EXPECT(update(&b[2], "ss--"), YQ_E_QUORUM);
    EXPECT(update(&b[2], "----"), YQ_E_SIGNATURES_MISSING);
    EXPECT(update(&b[2], "2s--"), YQ_E_DUP_SIGNER);
    EXPECT(update(&b[2], "ssx-"), YQ_E_SIGNER_UNKNOWN);
    EXPECT(update(&b[2], "-sss"), YQ_OK);
    EXPECT(update(&b[2], NULL), YQ_E_REPLAY);
    test_block other = b[2];
    other.time_ms++;
    test_seal(&other);
    EXPECT(update(&other, "ss--"), YQ_E_QUORUM);
    EXPECT(update(&other, NULL), YQ_E_MISBEHAVIOUR);
    other.height = 0; /* below the anchor */
    test_seal(&other);
    EXPECT(update(&other, NULL), YQ_E_HEADER_UNKNOWN);
    other = b[3];
    other.parent.b[0] ^= 1;
    test_seal(&other);
    EXPECT(update(&other, NULL), YQ_E_PARENT);
    other = b[3];
    other.time_ms = 1;
    test_seal(&other);
    EXPECT(update(&other, NULL), YQ_E_TIME_ORDER);
    other.time_ms = b[2].time_ms;
    test_seal(&other);
    EXPECT(update(&other, NULL), YQ_OK);
}

/* Nothing is judged of an evidence that is not read to its end. */
Test(verifier, evidence_is_read_to_its_end)
{
    test_block other = b[2];
    EXPECT(update(&b[2], NULL), YQ_OK);
    other.time_ms++;
    test_seal(&other);
    const struct {
        const test_block *block;
        yq_status whole;
    } row[] = {
        {&other, YQ_E_MISBEHAVIOUR},
        {&b[2], YQ_E_REPLAY},
        {&b[3], YQ_OK},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice in = test_update(&c, row[i].block, NULL, &c, room);
        for (size_t n = 0; n < in.n; n++) {
            EXPECT(test_client_update(client, yq_slice_of(in.p, n)), YQ_E_TRUNCATED);
        }
        room[in.n] = 0;
        EXPECT(test_client_update(client, yq_slice_of(in.p, in.n + 1)), YQ_E_TRAILING);
        EXPECT(test_client_update(client, in), row[i].whole);
        in = test_update(&c, row[i].block, NULL, NULL, room);
        room[in.n - 1] = 2;
        EXPECT(test_client_update(client, in), YQ_E_NONCANONICAL);
    }
}

/* An anchor whose set has n members, in order, or with the last two exchanged or equal. */
static yq_status init_with(size_t n, int exchanged, int equal)
{
    yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
    yq_put_u8(&w, 1);
    yq_put_bytes(&w, b[1].raw, sizeof b[1].raw);
    yq_put_u8(&w, (uint8_t)n);
    for (size_t i = 0; i < n; i++) {
        uint8_t key[YQ_TEMPLATE_KEY_SIZE] = {0};
        key[0] = (uint8_t)(2 * i);
        key[0] = (uint8_t)(i + 1 == n ? key[0] - 3 * exchanged - 2 * equal : key[0]);
        yq_put_bytes(&w, key, sizeof key);
    }
    return test_client_init(client, yq_writer_slice(&w));
}

Test(verifier, a_set_is_small_and_in_order)
{
    EXPECT(init_with(0, 0, 0), YQ_E_LIMIT);
    EXPECT(init_with(1, 0, 0), YQ_OK);
    EXPECT(init_with(YQ_TEMPLATE_MEMBERS_MAX, 0, 0), YQ_OK);
    EXPECT(init_with(YQ_TEMPLATE_MEMBERS_MAX + 1, 0, 0), YQ_E_LIMIT);
    EXPECT(init_with(3, 1, 0), YQ_E_NONCANONICAL);
    EXPECT(init_with(3, 0, 1), YQ_E_NONCANONICAL);
    yq_slice in = test_anchor(&c, &b[1], room);
    room[0] = 2;
    EXPECT(test_client_init(client, in), YQ_E_VERSION);
}

/* A host that refuses one record, after so many. */
static size_t puts_left;
static yq_verifier_host real;

static yq_status counted_put(void *self, yq_slice key, yq_slice value)
{
    return puts_left-- == 0 ? YQ_E_STATE : real.record_put(self, key, value);
}

static yq_status call(int is_init, yq_slice in, size_t puts, size_t cap)
{
    static uint8_t next_room[YQ_TEMPLATE_STATE_MAX];
    const yq_verifier *v = client->verifier;
    yq_buf next = {next_room, cap, 0};
    real = *test_client_begin(client, 1);
    yq_verifier_host host = real;
    host.record_put = counted_put;
    puts_left = puts;
    return is_init ? v->init(&host, in, 0, &next, &client->why)
                   : v->update(&host, test_client_state(client), in, 0, &next, &client->why);
}

Test(verifier, what_has_no_room_is_told)
{
    const size_t n = client->state_n;
    for (int is_init = 0; is_init < 2; is_init++) {
        yq_slice in =
            is_init ? test_anchor(&c, &b[1], room) : test_update(&c, &b[2], NULL, NULL, room);
        EXPECT(call(is_init, in, 2, n), YQ_OK);
        EXPECT(call(is_init, in, 2, n - 1), YQ_E_LIMIT);
        EXPECT(call(is_init, in, 1, n), YQ_E_STATE);
        EXPECT(call(is_init, in, 0, n), YQ_E_STATE);
        cr_expect_str_eq(client->why.text, "records");
    }
}

/* The state ends in its set: each byte is needed, and there is none behind it. */
Test(verifier, states_are_read_to_their_end)
{
    yq_client_view view;
    yq_verified_event e;
    const size_t n = client->state_n;
    for (size_t size = 0; size <= n + 1; size++) {
        client->state_n = size;
        yq_status expected = size < n ? YQ_E_TRUNCATED : size == n ? YQ_OK : YQ_E_TRAILING;
        EXPECT(test_client_describe(client, &view), expected);
        EXPECT(update(&b[2], "----"), size == n ? YQ_E_SIGNATURES_MISSING : expected);
        EXPECT(test_client_event(client, test_event(1, 0, room), &e), expected);
    }
}

/* A second block of this height by the set that was in force. */
static yq_status contradict(const test_chain *set, const test_block *known)
{
    test_block other = *known;
    other.time_ms++;
    test_seal(&other);
    return test_client_update(client, test_update(set, &other, NULL, NULL, room));
}

Test(verifier, ten_set_changes_in_two_hundred_blocks)
{
    test_block last = b[1], known = last;
    test_client_reset(client);
    test_client_record(client, "chain");
    EXPECT(test_client_init(client, test_anchor(&c, &b[1], room)), YQ_OK);
    for (size_t i = 2; i <= 201; i++) {
        test_chain next = c;
        next.first += i % 20 == 0;
        test_block block = test_next(&last, &next);
        const test_chain *set = i % 20 == 0 ? &next : NULL;
        if (set != NULL) {
            EXPECT(
                test_client_update(client, test_update(&c, &block, NULL, NULL, room)),
                YQ_E_VALSET_HASH);
        }
        EXPECT(test_client_update(client, test_update(&c, &block, "sss-", set, room)), YQ_OK);
        c = next;
        last = block;
        known = i == 195 ? block : known;
    }
    yq_client_view view;
    cr_assert_eq(test_client_describe(client, &view), YQ_OK);
    cr_expect_arr_eq(view.hash, last.hash.b, sizeof view.hash);
    cr_expect_gt(strlen(view.note), 10);
    cr_expect(view.height == 201 && view.validators == 4 && view.quorum == 3 && c.first == 10);
    EXPECT(contradict(&c, &known), YQ_E_MISBEHAVIOUR);
    test_client_recorded(client);
}

Test(verifier, events)
{
    yq_verified_event e;
    EXPECT(test_client_event(client, test_event(1, 1, room), &e), YQ_OK);
    cr_expect(yq_slice_equal(e.data, yq_slice_text("second")) && e.event_index == 1);
    EXPECT(test_client_event(client, test_event(1, 2, room), &e), YQ_E_EVENT_UNPROVEN);
    EXPECT(test_client_event(client, test_event(2, 0, room), &e), YQ_E_HEADER_UNKNOWN);
    yq_slice p = test_event(1, 0, room);
    room[p.n - 1] ^= 1;
    EXPECT(test_client_event(client, p, &e), YQ_E_PROOF);
}

/* The chain's own list may be of another form: then none of its events is proven. */
Test(verifier, a_list_of_events_is_read_to_its_end)
{
    static uint8_t events[TEST_BYTES_MAX];
    yq_slice list = test_events(events);
    test_block block = b[2];
    list.n--;
    block.events_root = test_sha(list);
    test_seal(&block);
    EXPECT(update(&block, NULL), YQ_OK);
    for (uint32_t index = 0; index < 3; index++) {
        yq_verified_event e;
        yq_writer w = yq_writer_of(room, TEST_BYTES_MAX);
        yq_put_u8(&w, 1);
        yq_put_u64(&w, 2);
        yq_put_u32(&w, index);
        yq_put_blob32(&w, list);
        EXPECT(test_client_event(client, yq_writer_slice(&w), &e), YQ_E_TRUNCATED);
    }
}

/* A client that is as far as what is kept: its next block takes height 1's place. */
Test(verifier, old_heights_are_dropped)
{
    yq_verified_event e;
    yq_writer w = yq_writer_of(client->state + 1, 8);
    test_block next = b[2];
    yq_put_u64(&w, YQ_TEMPLATE_KEPT);
    next.height = YQ_TEMPLATE_KEPT + 1;
    test_seal(&next);
    EXPECT(test_client_event(client, test_event(1, 0, room), &e), YQ_OK);
    EXPECT(update(&next, NULL), YQ_OK);
    EXPECT(test_client_event(client, test_event(1, 0, room), &e), YQ_E_HEADER_UNKNOWN);
}
