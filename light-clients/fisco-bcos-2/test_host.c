/* What the verifier says when its host has no more to give. */
#include "light-clients/fisco-bcos-2/test_world.h"

TestSuite(host, .init = setup, .fini = teardown);

/* A host whose scratch ends after so many requests, or refuses only the one after them; and the
 * same of its records. */
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

static yq_verifier_host counted_host(test_client *c)
{
    real = *test_client_begin(c, 1);
    yq_verifier_host host = real;
    host.scratch = counted_scratch;
    host.record_put = counted_put;
    return host;
}

typedef enum method {
    INIT,
    UPDATE,
    MISBEHAVIOUR,
    EVENT,
    DESCRIBE,
    METHODS
} method;

static yq_status call_method(world *x, method m, yq_slice in, size_t cap)
{
    const yq_verifier *v = yq_verifier_fisco_bcos_2();
    static uint8_t room[YQ_FISCO2_STATE_MAX];
    yq_buf next = {room, cap, 0};
    yq_verifier_host host = counted_host(x->client);
    yq_slice state = test_client_state(x->client);
    yq_verified_event event;
    yq_client_view view;
    switch (m) {
    case INIT:
        return v->init(&host, in, 0, &next, NULL);
    case UPDATE:
        return v->update(&host, state, in, 0, &next, NULL);
    case MISBEHAVIOUR:
        return v->misbehaviour(&host, state, in, 0, NULL);
    case EVENT:
        return v->event(&host, state, in, 0, &event, NULL);
    case DESCRIBE:
        return v->describe(&host, state, &view, NULL);
    case METHODS:
        break;
    }
    return YQ_E_UNSUPPORTED;
}

static yq_slice input[METHODS];

/* Block 1 adds a sealer and has an event; input: what each method takes then. */
static void make_inputs(world *x)
{
    static uint8_t room[METHODS][1u << 14];
    const test_chain *c = &x->chain;
    test_change_make(c, "addSealer(string)", c->key[5], 0, 1, &x->b[1]->tx[0]);
    test_log log = {.topics = 1};
    test_receipt_make(0, (yq_slice){0}, &log, 1, 8, &x->b[1]->tx[1]);
    test_tx_make(c, 1, log.address, yq_slice_text("call"), &x->b[1]->tx[1]);
    x->b[1]->tx_n = 2;
    test_header_make(c, x->b[0], x->b[1]);
    cr_assert_eq(update(x, 1, 15, 0), YQ_OK);
    test_plain_block(c, x->b[0], x->b[3]);
    input[INIT] = test_anchor(c, x->b[0], room[INIT]);
    input[EVENT] = test_event(c, x->b[1], 1, 0, room[EVENT]);
    yq_writer out = yq_writer_of(room[MISBEHAVIOUR], sizeof room[0]);
    yq_put_u8(&out, 1);
    test_signed_header(c, x->b[1], 7, &out);
    test_signed_header(c, x->b[3], 7, &out);
    input[MISBEHAVIOUR] = yq_writer_slice(&out);
    x->chain.member[5] = 1;
    test_plain_block(c, x->b[1], x->b[2]);
    input[UPDATE] = test_update(c, x->b[2], 31, x->b[1], 1, room[UPDATE]);
}

Test(host, scratch_that_runs_out_is_a_limit)
{
    puts_left = SIZE_MAX;
    FOR_BOTH(x)
    {
        make_inputs(x);
        for (unsigned k = 0; k < 2u * METHODS; k++) {
            const method m = (method)(k / 2);
            scratch_left = SIZE_MAX;
            only_one = k % 2;
            cr_assert_eq(call_method(x, m, input[m], YQ_FISCO2_STATE_MAX), YQ_OK, "%d", m);
            const size_t needed = SIZE_MAX - scratch_left;
            cr_assert_gt(needed, 0);
            for (size_t requests = 0; requests < needed; requests++) {
                scratch_left = requests;
                yq_status status = call_method(x, m, input[m], YQ_FISCO2_STATE_MAX);
                cr_expect_eq(
                    status, YQ_E_LIMIT, "method %d, %zu requests: %d", m, requests, status);
            }
        }
    }
}

Test(host, a_record_that_is_not_taken_stops_the_call)
{
    FOR_BOTH(x)
    {
        make_inputs(x);
        for (method m = INIT; m <= UPDATE; m++) { /* a header and its set */
            for (size_t puts = 0; puts <= 2; puts++) {
                scratch_left = SIZE_MAX;
                puts_left = puts;
                cr_assert_eq(
                    call_method(x, m, input[m], YQ_FISCO2_STATE_MAX),
                    puts < 2 ? YQ_E_STATE : YQ_OK);
            }
        }
    }
}

Test(host, a_record_that_is_not_dropped_stops_the_call)
{
    test_client *c = w[0].client;
    yq_fisco2_state state;
    for (size_t puts = 0; puts <= 3; puts++) {
        yq_verifier_host host = counted_host(c);
        yq_fisco2_call call = {.host = &host, .why = &c->why};
        scratch_left = puts_left = SIZE_MAX;
        cr_assert_eq(yq_fisco2_state_decode(&call, test_client_state(c), &state), YQ_OK);
        static const uint64_t height[] = {7, 8, 7 + YQ_FISCO2_KEPT};
        for (size_t i = 0; i < YQ_ARRAY_N(height); i++) {
            state.height = height[i];
            state.set_from = i == 0 ? 7 : 8;
            puts_left = i == 2 ? puts : SIZE_MAX; /* one more header, one less, and its set */
            cr_assert_eq(
                yq_fisco2_records_put(&call, &state), i == 2 && puts < 3 ? YQ_E_STATE : YQ_OK);
        }
    }
}

Test(host, a_cut_state_is_called_by_its_fault)
{
    scratch_left = puts_left = SIZE_MAX;
    FOR_BOTH(x)
    {
        make_inputs(x);
        x->client->state_n--;
        for (method m = UPDATE; m < METHODS; m++) {
            cr_assert_eq(call_method(x, m, input[m], YQ_FISCO2_STATE_MAX), YQ_E_TRUNCATED);
        }
    }
}

Test(host, a_state_that_has_no_room_is_a_limit)
{
    FOR_BOTH(x)
    {
        make_inputs(x);
        scratch_left = puts_left = SIZE_MAX;
        size_t n = x->client->state_n;
        cr_assert_eq(call_method(x, INIT, input[INIT], n), YQ_OK);
        cr_assert_eq(call_method(x, INIT, input[INIT], n - 1), YQ_E_LIMIT);
        n += YQ_FISCO2_ID_SIZE;
        cr_assert_eq(call_method(x, UPDATE, input[UPDATE], n), YQ_OK);
        cr_assert_eq(call_method(x, UPDATE, input[UPDATE], n - 1), YQ_E_LIMIT);
    }
}
