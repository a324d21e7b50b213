/* Blocks: boundaries, forms, channels, contradictions. */
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>

Test(blocks, boundaries_of_envelopes_cannot_move)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx[2] = {tx_of(&n, &t), tx_of(&n, &t)};
    parts b = block_of(&n, tx, 2);
    parts moved = b;
    moved.element[0] = yq_slice_of(b.element[0].p, b.element[0].n - 1);
    moved.element[1] = JOIN(yq_slice_of(b.element[0].p + b.element[0].n - 1, 1), b.element[1]);
    cr_assert_eq(client_update(c, layout_block(&moved)), YQ_E_NONCANONICAL);
    parts merged = b;
    merged.n = 1;
    merged.element[0] = JOIN(b.element[0], b.element[1]);
    cr_assert_eq(client_update(c, layout_block(&merged)), YQ_E_NONCANONICAL);
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK);
    client_free(c);
}

static yq_slice field_again(yq_slice in, uint32_t number)
{
    return pb_bytes(number, field(in, number, 0, NULL));
}

static yq_status client_try_signed(client *c, parts b, yq_slice signatures)
{
    b.signatures = signatures;
    return client_try(c, layout_block(&b), 0);
}

Test(blocks, forms)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice good = tx_of(&n, &t);
    parts b = block_of(&n, &good, 1);
    parts none = b;
    none.n = 0;
    none.data_hash = digest_of(nothing);
    block_sign(&n, &none, 0);
    cr_assert_eq(client_update(c, layout_block(&none)), YQ_E_LIMIT);
    /* An envelope without a signature may stand alone only: its end is another's beginning. */
    yq_slice bare[] = {good, pb_bytes(1, text("x"))};
    parts two = block_of(&n, bare, 2);
    cr_assert_eq(client_update(c, layout_block(&two)), YQ_E_NONCANONICAL);
    /* The wrapper of signatures is not signed itself: it has one form. */
    yq_slice signature = field(b.signatures, 2, 0, NULL), value = field(b.signatures, 1, 0, NULL);
    const orderer_spec other = {.id = 2};
    yq_slice second = field(metadata_of(&n, &b, 0, &other, 1), 2, 0, NULL);
    cr_assert_eq(
        client_try_signed(c, b, JOIN(b.signatures, pb_bytes(2, second))), YQ_OK, "two may sign");
    const yq_slice wrong[] = {
        JOIN(b.signatures, pb_uint(3, 1)),
        JOIN(b.signatures, pb_uint(2, 1)),
        JOIN(b.signatures, pb_bytes(2, nothing)),
        JOIN(pb_bytes(2, signature), pb_bytes(1, value)),
        JOIN(pb_bytes(1, value), pb_bytes(1, value), pb_bytes(2, signature)),
        JOIN(pb_bytes(1, nothing), b.signatures),
        JOIN(b.signatures, pb_bytes(3, second)),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, pb_uint(3, 1)))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, pb_bytes(3, nothing)))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, pb_bytes(4, text("x"))))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, field_again(signature, 2)))),
        JOIN(
            pb_bytes(1, value),
            pb_bytes(2, JOIN(field_again(signature, 2), field_again(signature, 1)))),
        JOIN(pb_bytes(1, value), pb_bytes(2, field_again(signature, 1))),
        JOIN(pb_bytes(1, value), pb_bytes(2, field_again(signature, 2))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, pb_uint(4, 1)))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, text("\x1a\x7fq")))),
        JOIN(pb_bytes(1, value), pb_bytes(2, JOIN(signature, pb_bytes(3, pb_uint(1, 1)))))};
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        yq_status status = client_try_signed(c, b, wrong[i]);
        cr_assert(
            status == YQ_E_NONCANONICAL || status == YQ_E_TRUNCATED, "case %zu: %d", i, status);
    }
    cr_assert_eq(client_update(c, layout_block(&b)), YQ_OK);
    client_free(c);
}

Test(blocks, an_envelope_of_another_channel_is_refused)
{
    net n = net_new(1);
    client *c = start(&n);
    tx_spec t = plain_call();
    t.channel = "other";
    cr_assert_eq(verdict(c, &n, &t), YQ_E_DOMAIN);
    client_free(c);
}

Test(blocks, contradicting_blocks_are_misbehaviour)
{
    net n = net_new(1);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t), tx2 = tx_of(&n, &t);
    t.channel = "other";
    yq_slice elsewhere = tx_of(&n, &t);
    parts a = block_of(&n, &tx, 1), b = block_of(&n, &tx2, 1), o = block_of(&n, &elsewhere, 1);
    yq_slice la = layout_block(&a), lb = layout_block(&b), lo = layout_block(&o);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, lb)), YQ_OK, "%s", c->why.text);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, la)), YQ_E_NOT_PROVEN);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, lo)), YQ_E_DOMAIN);
    parts weak = b;
    const orderer_spec two[] = {{.id = 1}, {.id = 2}};
    weak.signatures = metadata_of(&n, &b, 0, two, 2);
    cr_assert_eq(client_misbehaviour(c, layout_pair(la, layout_block(&weak))), YQ_E_QUORUM);
    cr_assert_eq(client_update(c, la), YQ_OK);
    cr_assert_eq(client_update(c, la), YQ_E_REPLAY);
    cr_assert_eq(client_update(c, lb), YQ_E_MISBEHAVIOUR);
    cr_assert_eq(client_update(c, lo), YQ_E_DOMAIN);
    cr_assert_eq(client_update(c, layout_block(&weak)), YQ_E_QUORUM);
    client_free(c);
}

/* Signed by the orderers, and not what they say. */
Test(blocks, hashes_and_lengths)
{
    net n = net_new(1);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    const parts good = block_next(&n, &tx, 1);
    parts b = good;
    b.data_hash = digest_of(text("x"));
    block_sign(&n, &b, 0);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_HASH);
    b = good;
    b.previous_hash = digest_of(text("x"));
    block_sign(&n, &b, 0);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_PARENT);
    b = good;
    b.number++;
    block_sign(&n, &b, 0);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_HEIGHT);
    b = good;
    b.previous_hash = yq_slice_of(good.previous_hash.p, 31);
    block_sign(&n, &b, 0);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_LEN);
    b.previous_hash = nothing;
    block_sign(&n, &b, 0);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_LEN);
    b = good;
    static const uint8_t two_flags[2];
    block_sign(&n, &b, 0);
    b.flags = YQ_SLICE_OF(two_flags);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_LEN);
    b = good;
    block_sign(&n, &b, 0);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_OK, "%s", c->why.text);
    client_free(c);
}

/* As many signatures as we hold are looked at, and not one more. */
Test(blocks, signatures_are_bounded)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    parts b = block_of(&n, &tx, 1);
    yq_slice signature = field(b.signatures, 2, 0, NULL), many = b.signatures;
    for (unsigned i = 1; i < YQ_FABRIC_SIGNATURES_MAX; i++) {
        many = JOIN(many, pb_bytes(2, signature));
    }
    yq_status full = client_try_signed(c, b, many);
    cr_expect_eq(full, YQ_E_DUP_SIGNER, "%s", c->why.text);
    cr_expect_eq(client_try_signed(c, b, JOIN(many, pb_bytes(2, signature))), YQ_E_LIMIT);
    cr_expect_str_eq(c->why.text, "signatures of the block");
    client_free(c);
}

/* An element is a payload and its signature, in this order, and nothing else. */
Test(blocks, envelopes)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    yq_slice payload = field(tx, 1, 0, NULL), signature = field(tx, 2, 0, NULL);
    const yq_slice wrong[] = {
        JOIN(pb_bytes(2, signature), pb_bytes(1, payload)),
        JOIN(pb_bytes(1, payload), pb_bytes(3, signature)),
        JOIN(pb_bytes(1, payload), pb_bytes(2, nothing)),
        JOIN(pb_bytes(1, payload), pb_uint(2, 1)),
        JOIN(pb_bytes(1, nothing), pb_bytes(2, signature)),
        JOIN(pb_bytes(1, payload), pb_bytes(2, signature), pb_bytes(2, signature)),
        pb_bytes(2, signature),
        text("x")};
    for (size_t i = 0; i < YQ_ARRAY_N(wrong); i++) {
        parts b = block_of(&n, &wrong[i], 1);
        cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_NONCANONICAL, "case %zu", i);
    }
    client_free(c);
}

/* Below the configuration in force its consenters prove nothing; what is unreadable beside a
 * transaction of the channel hides no contradiction. */
Test(blocks, contradictions_have_their_limits)
{
    net n = net_new(1), after;
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    const yq_slice odd = JOIN(pb_bytes(1, text("\x0a\x7f")), pb_bytes(2, text("s")));
    const yq_slice two[] = {odd, tx_of(&n, &t)};
    parts a = block_of(&n, &tx, 1), b = block_of(&n, two, 2), none = block_of(&n, two, 1);
    cr_assert_eq(client_update(c, layout_block(&a)), YQ_OK, "%s", c->why.text);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_MISBEHAVIOUR);
    cr_expect_eq(client_try(c, layout_block(&none), 0), YQ_E_DOMAIN, "of no channel");
    const net net_at_two = n;
    net_take(&n, &a);
    yq_slice element = config_element(&n, &good_update, &after);
    parts config = block_next(&n, &element, 1);
    block_sign(&n, &config, config.number);
    cr_assert_eq(client_update(c, layout_block(&config)), YQ_OK, "%s", c->why.text);
    cr_expect_eq(client_try(c, layout_block(&b), 0), YQ_E_HEIGHT);
    cr_expect_eq(client_try(c, layout_block(&a), 0), YQ_E_REPLAY);
    /* Two of one number that today's consenters sign as if they had been in force. */
    n = net_at_two;
    a = block_next(&n, &tx, 1);
    b = block_next(&n, two, 2);
    block_sign(&n, &a, config.number);
    block_sign(&n, &b, config.number);
    yq_slice pair = layout_pair(layout_block(&a), layout_block(&b));
    cr_expect_eq(client_misbehaviour(c, pair), YQ_E_HEIGHT);
    client_free(c);
}

/* What no node can read changes nothing: a member cannot stop the client with it. */
Test(blocks, unreadable_transactions_are_passed_over)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    const yq_slice odd[] = {
        JOIN(pb_bytes(1, text("\x0a\x7f")), pb_bytes(2, text("s"))),
        JOIN(pb_bytes(1, pb_bytes(1, pb_bytes(1, text("\x0a\x7f")))), pb_bytes(2, text("s")))};
    for (size_t i = 0; i < YQ_ARRAY_N(odd); i++) {
        const yq_slice two[] = {odd[i], tx_of(&n, &t)};
        cr_expect_eq(last_verdict(c, &n, two, 2), YQ_OK, "case %zu: %s", i, c->why.text);
    }
    client_free(c);
}

/* What the orderers sign beside the header has one form, too. */
Test(blocks, signed_metadata)
{
    net n = net_new(0);
    client *c = start(&n);
    tx_spec t = plain_call();
    yq_slice tx = tx_of(&n, &t);
    const orderer_spec first = {.id = 1};
    const parts b = block_next(&n, &tx, 1);
    const struct {
        yq_slice value;
        yq_status want;
    } row[] = {
        {pb_bytes(1, nothing), YQ_OK},
        {pb_bytes(1, pb_uint(1, 5)), YQ_E_CONFIG_SEQUENCE},
        {pb_bytes(2, text("m")), YQ_E_FIELD_MISSING},
        {pb_bytes(1, pb_uint(2, 5)), YQ_E_NONCANONICAL},
        {pb_bytes(1, pb_bytes(1, text("x"))), YQ_E_NONCANONICAL},
        {JOIN(pb_bytes(1, nothing), pb_bytes(3, text("m"))), YQ_E_NONCANONICAL},
        {JOIN(pb_bytes(1, nothing), pb_uint(2, 1)), YQ_E_NONCANONICAL},
        {JOIN(pb_bytes(1, nothing), text("\x12\x7f")), YQ_E_NONCANONICAL},
        {JOIN(pb_bytes(1, nothing), pb_bytes(1, nothing)), YQ_E_NONCANONICAL}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_slice signatures = metadata_over(&n, &b, row[i].value, &first, 1);
        cr_expect_eq(client_try_signed(c, b, signatures), row[i].want, "row %zu", i);
    }
    client_free(c);
}
