/* What is read in a transaction: each message in it has one form. */
#include "light-clients/fabric/test_calls.h"
#include "light-clients/fabric/test_fields.h"
#include "light-clients/fabric/tx.h"

/* The payload of a transaction that does everything. */
static yq_slice whole_payload(void)
{
    static const access_spec access[] = {
        {.ns = "cc", .kind = 'r', .key = "r", .has_version = 1, .block = 1, .tx = 1},
        {.ns = "cc", .kind = 'q', .key = "q"},
        {.ns = "cc", .kind = 'w', .key = "w", .value = "v"},
        {.ns = "cc", .kind = 'm', .key = "m"},
        {.ns = "cc", .kind = 'c'}};
    net n = net_new(0);
    tx_spec t = plain_call();
    t.access = access;
    t.access_n = YQ_ARRAY_N(access);
    return field(tx_of(&n, &t), 1, 0, NULL);
}

static yq_fabric_tx *decoded(yq_slice payload)
{
    yq_fabric_tx *tx = keep(calloc(1, sizeof *tx));
    yq_fabric_tx_decode(payload, tx);
    return tx;
}

static int has_one_form(yq_slice payload)
{
    const yq_fabric_tx *tx = decoded(payload);
    return tx->form.ok && tx->form.strict;
}

#define ACTION  2, 1, 2, 2, 1, 2
#define RESULTS ACTION, 1
#define RWSET   RESULTS, 2, 2

Test(tx, each_message_has_one_form)
{
    static const message_row row[] = {
        {{0}, "bb", 0},
        {{1}, "bb", 0},
        {{1, 1}, "uubttubb", 0},
        {{1, 1, 7}, "-b", 0},
        {{1, 1, 7, 2}, "ttt", 0},
        {{1, 2}, "bb", 0},
        {{2}, "i", 0},
        {{2, 1}, "bb", 0},
        {{2, 1, 1}, "bb", 0},
        {{2, 1, 2}, "bb", 0},
        {{2, 1, 2, 2}, "bi", 0},
        {{2, 1, 2, 2, 1}, "bb", 0},
        {{2, 1, 2, 2, 2}, "bb", 0},
        {{ACTION}, "bbbb", 0},
        {{ACTION, 3}, "utb", 0},
        {{ACTION, 4}, "ttt", 0},
        {{RESULTS}, "ui", 0},
        {{RESULTS, 2}, "tbi", 0},
        {{RWSET}, "iiii", 0},
        {{RWSET, 1}, "tb", 0},
        {{RWSET, 1, 2}, "uu", 0},
        {{RWSET, 3}, "tub", 0},
        {{RWSET, 4}, "t", 1}};
    yq_slice payload = whole_payload();
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        check_message(has_one_form, payload, &row[i]);
    }
}

static int event_has_one_form(yq_slice in)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_event event;
    yq_fabric_event_decode(in, &event, &form);
    return form.ok && form.strict;
}

Test(tx, an_event_has_one_form)
{
    static const message_row row = {{0}, "tttb", 0};
    yq_slice event = JOIN(pb_text(1, "cc"), pb_text(2, "id"), pb_text(3, "e"), pb_text(4, "p"));
    check_message(event_has_one_form, event, &row);
}

/* Nodes take these as they stand; for us they are not the one form. */
Test(tx, numbers_beyond_their_type)
{
    static const uint8_t head[] = {1, 1, 0}, write[] = {RWSET, 3, 0};
    yq_slice payload = whole_payload();
    const yq_fabric_tx *tx = decoded(with_message(payload, head, pb_uint(1, (1ull << 32) + 3)));
    cr_expect(tx->form.ok && !tx->form.strict);
    cr_expect_eq(tx->head.type, 3, "the low bits, as nodes keep them");
    tx = decoded(with_message(payload, head, pb_uint(1, INT32_MAX)));
    cr_expect(tx->form.strict);
    tx = decoded(with_message(payload, write, pb_uint(2, 1)));
    cr_expect(tx->form.strict);
    tx = decoded(with_message(payload, write, pb_uint(2, 2)));
    cr_expect(tx->form.ok && !tx->form.strict);
}

/* A walk ends at what cannot be read. */
Test(tx, walks)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_access access;
    yq_fabric_namespace ns;
    yq_fabric_wire w = yq_fabric_wire_of(pb_bytes(1, text("\x0a\x7f")), &form);
    cr_expect_eq(yq_fabric_access_next(&w, &access), 0);
    form = (yq_fabric_form){1, 1};
    w = yq_fabric_wire_of(pb_bytes(2, text("\x0a\x7f")), &form);
    cr_expect_eq(yq_fabric_namespace_next(&w, &ns), 0);
}

/* More endorsements than there is room for are counted, so that the judge sees that some are not
 * kept. */
Test(tx, endorsements_beyond_the_room)
{
    static const uint8_t endorsed[] = {2, 1, 2, 2, 0};
    yq_writer w = room(4096);
    for (unsigned i = 0; i < YQ_FABRIC_ENDORSEMENTS_MAX + 1; i++) {
        yq_put(&w, pb_bytes(2, pb_text(1, i == 0 ? "first" : i == 64 ? "over" : "more")));
    }
    struct {
        yq_fabric_tx tx;
        yq_fabric_endorsement beyond;
    } *at = keep(calloc(1, sizeof *at));
    const yq_fabric_tx *tx = &at->tx;
    yq_fabric_tx_decode(with_message(whole_payload(), endorsed, done(&w)), &at->tx);
    cr_expect_eq(at->beyond.endorser.n, 0, "nothing behind the room");
    cr_expect_eq(tx->endorsement_n, YQ_FABRIC_ENDORSEMENTS_MAX + 1);
    cr_expect(yq_slice_equal(tx->endorsement[0].endorser, text("first")));
    cr_expect(
        yq_slice_equal(tx->endorsement[YQ_FABRIC_ENDORSEMENTS_MAX - 1].endorser, text("more")));
}
