/* What the verifier says when its host has no more to give. */
#include "light-clients/cometbft/test_ibc.h"

#include <criterion/criterion.h>

static test_ibc *t;

static void setup(void)
{
    t = test_ibc_new(TEST_IAVL);
}

static void teardown(void)
{
    test_ibc_free(t);
}

TestSuite(host, .init = setup, .fini = teardown);

/* Scratch ends after so many requests, or only the one after them is refused; and the same of
 * records. */
static size_t scratch_left, puts_left;
static int only_one;
static yq_verifier_host real;

static void *counted_scratch(void *self, size_t size)
{
    if (scratch_left == 0) {
        scratch_left = only_one ? SIZE_MAX : 0;
        return NULL;
    }
    scratch_left--;
    return real.scratch(self, size);
}

static yq_status counted_put(void *self, yq_slice key, yq_slice value)
{
    if (puts_left == 0) {
        puts_left = SIZE_MAX;
        return YQ_E_STATE;
    }
    puts_left--;
    return real.record_put(self, key, value);
}

/* Events by their kind, and the other methods after them. */
typedef enum method {
    EVENT_V1 = 1,
    EVENT_V2,
    EVENT_ACK_V1,
    EVENT_ACK_V2,
    VALUE,
    INIT,
    UPDATE,
    MISBEHAVIOUR,
    DESCRIBE,
    METHODS
} method;

static const char receipt[] = "receipts/ports/yuqiao/channels/channel-4/sequences/9";
static const char key_text[] = "\3ibcreceipts/ports/yuqiao/channels/channel-4/sequences/9";

static yq_slice input_of(method m)
{
    static uint8_t room[TEST_BYTES_MAX];
    const test_votes all = {NULL, 0};
    test_header other = t->h[2];
    yq_writer w = yq_writer_of(room, sizeof room);
    switch (m) {
    case VALUE:
        yq_put_u8(&w, 1);
        test_store_put(
            &w, t, test_member(&t->ibc, test_ibc_find(t, yq_slice_text(receipt)), t->proof[0]));
        return yq_writer_slice(&w);
    case INIT:
        return test_anchor(&t->h[1], test_usual, room);
    case UPDATE:
        return test_update(t->chain, 1, &t->h[2], all, NULL, room);
    case MISBEHAVIOUR:
        other.app_root = test_digest("another state");
        test_header_seal(t->chain, &other);
        yq_put_u8(&w, 1);
        test_step_put(&w, t->chain, 1, &t->h[2], all, &t->h[1].next);
        test_step_put(&w, t->chain, 1, &other, all, &t->h[1].next);
        return yq_writer_slice(&w);
    case EVENT_V1:
    case EVENT_V2:
    case EVENT_ACK_V1:
    case EVENT_ACK_V2:
        return test_event(t, (uint8_t)m, 0);
    case DESCRIBE:
    case METHODS:
        break;
    }
    return (yq_slice){0};
}

static yq_status call(method m, yq_slice in, size_t cap)
{
    const yq_verifier *v = yq_verifier_cometbft();
    static uint8_t room[YQ_COMET_STATE_MAX];
    yq_buf next = {room, cap, 0};
    yq_slice state = test_client_state(t->client);
    yq_verified_event event;
    yq_verified_value value;
    yq_client_view view;
    real = *test_client_begin(t->client, 1);
    yq_verifier_host host = real;
    const uint64_t now = TEST_NOW_MS;
    host.scratch = counted_scratch;
    host.record_put = counted_put;
    switch (m) {
    case INIT:
        return v->init(&host, in, now, &next, NULL);
    case UPDATE:
        return v->update(&host, state, in, now, &next, NULL);
    case MISBEHAVIOUR:
        return v->misbehaviour(&host, state, in, now, NULL);
    case VALUE:
        return v->value(&host, state, yq_slice_text(key_text), in, now, &value, NULL);
    case DESCRIBE:
        return v->describe(&host, state, &view, NULL);
    case EVENT_V1:
    case EVENT_V2:
    case EVENT_ACK_V1:
    case EVENT_ACK_V2:
        return v->event(&host, state, in, now, &event, NULL);
    case METHODS:
        break;
    }
    return YQ_E_UNSUPPORTED;
}

Test(host, scratch_that_runs_out_is_a_limit)
{
    puts_left = SIZE_MAX;
    for (unsigned k = 2u * EVENT_V1; k < 2u * METHODS; k++) {
        const method m = (method)(k / 2);
        yq_slice in = input_of(m);
        scratch_left = SIZE_MAX;
        only_one = k % 2;
        cr_assert_eq(call(m, in, YQ_COMET_STATE_MAX), YQ_OK, "method %d", m);
        const size_t needed = SIZE_MAX - scratch_left;
        for (size_t requests = 0; requests < needed; requests++) {
            scratch_left = requests;
            yq_status status = call(m, in, YQ_COMET_STATE_MAX);
            cr_expect_eq(status, YQ_E_LIMIT, "method %d, %zu requests: %d", m, requests, status);
        }
    }
}

Test(host, a_record_that_is_not_taken_stops_the_call)
{
    const size_t records = 1 + 1 + strlen(TEST_CHAIN_ID) + 8 + 8 + 3 + 8 + 8;
    scratch_left = SIZE_MAX;
    for (size_t puts = 0; puts <= 1; puts++) {
        puts_left = puts;
        yq_slice in = input_of(INIT);
        cr_expect_eq(call(INIT, in, YQ_COMET_STATE_MAX), puts < 1 ? YQ_E_STATE : YQ_OK);
    }
    yq_writer w = yq_writer_of(t->client->state + records, 4);
    yq_put_u32(&w, YQ_COMET_KEPT);
    for (size_t puts = 0; puts <= 3; puts++) {
        puts_left = puts;
        yq_slice in = input_of(UPDATE);
        cr_expect_eq(call(UPDATE, in, YQ_COMET_STATE_MAX), puts < 3 ? YQ_E_STATE : YQ_OK);
    }
}

Test(host, a_cut_state_is_called_by_its_fault)
{
    scratch_left = puts_left = SIZE_MAX;
    for (size_t cut = 0; cut < 2; cut++) {
        t->client->state_n = cut == 0 ? t->client->state_n - 1 : 1;
        for (method m = EVENT_V1; m < METHODS; m++) {
            yq_status expected = m == INIT ? YQ_OK : YQ_E_TRUNCATED;
            cr_expect_eq(call(m, input_of(m), YQ_COMET_STATE_MAX), expected, "%d", m);
        }
    }
}

Test(host, a_cut_input_is_called_by_its_fault)
{
    scratch_left = puts_left = SIZE_MAX;
    for (method m = EVENT_V1; m < DESCRIBE; m++) {
        yq_slice in = input_of(m);
        in.n--;
        cr_expect_eq(call(m, in, YQ_COMET_STATE_MAX), YQ_E_TRUNCATED, "%d", m);
        in.n = 1;
        cr_expect_eq(call(m, in, YQ_COMET_STATE_MAX), YQ_E_TRUNCATED, "%d", m);
    }
}

Test(host, evidence_is_read_to_its_end_before_it_is_judged)
{
    static uint8_t room[TEST_BYTES_MAX];
    const test_votes all = {NULL, 0};
    scratch_left = puts_left = SIZE_MAX;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    for (unsigned i = 0; i < 2; i++) {
        test_step_put(&w, t->chain, 1, &t->h[2], all, NULL);
    }
    yq_slice twice = yq_writer_slice(&w);
    cr_expect_eq(call(MISBEHAVIOUR, twice, YQ_COMET_STATE_MAX), YQ_E_NOT_PROVEN);
    twice.n--;
    cr_expect_eq(call(MISBEHAVIOUR, twice, YQ_COMET_STATE_MAX), YQ_E_TRUNCATED);
}

Test(host, a_state_that_has_no_room_is_a_limit)
{
    scratch_left = puts_left = SIZE_MAX;
    const size_t n = t->client->state_n;
    for (method m = INIT; m <= UPDATE; m++) {
        cr_expect_eq(call(m, input_of(m), n), YQ_OK);
        cr_expect_eq(call(m, input_of(m), n - 1), YQ_E_LIMIT);
    }
}
