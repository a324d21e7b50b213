#include "relay/crypto/merkle.h"
#include "relay/ledger/envelope.h"

#include <criterion/criterion.h>

static const yq_digest chain = {{7, 7, 7}};
static uint8_t room[YQ_ENVELOPE_SIZE_MAX];

static yq_slice build(yq_key *key, const char *const *text, size_t n, uint64_t seq, yq_digest *id)
{
    yq_slice tx[YQ_ENVELOPE_TX_N_MAX];
    for (size_t i = 0; i < n; i++) {
        tx[i] = yq_slice_text(text[i]);
    }
    yq_envelope_plan plan = {
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .key = key,
        .chain_id_hash = chain,
        .seq = seq,
        .valid_until_ms = 99,
    };
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_envelope_build(&plan, tx, n, &out, id), YQ_OK);
    cr_assert_eq(out.n, yq_envelope_size(tx, n));
    return yq_slice_of(out.p, out.n);
}

static yq_key *signer(const char *name)
{
    return yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("envelope test"), name);
}

Test(envelope, what_is_built_decodes_and_its_signature_checks)
{
    yq_key *key = signer("a"), *other = signer("b");
    const char *text[3] = {"one", "", "three"};
    yq_digest id;
    yq_slice in = build(key, text, 3, 5, &id);
    yq_envelope env;
    cr_assert_eq(yq_envelope_decode(YQ_HASH_SM3, in, &env, NULL), YQ_OK);
    cr_assert_eq(env.seq, 5);
    cr_assert_eq(env.valid_until_ms, 99);
    cr_assert(memcmp(env.id.b, id.b, 32) == 0);
    size_t pos = 0, n = 0;
    yq_slice tx;
    while (yq_envelope_tx_next(&env, &pos, &tx)) {
        cr_assert(yq_slice_equal(tx, yq_slice_text(text[n])));
        n++;
    }
    cr_assert_eq(n, 3);
    yq_slice pub = yq_key_public(key);
    cr_assert_eq(yq_envelope_check(YQ_HASH_SM3, &chain, YQ_SUITE_SM2, pub, &env), YQ_OK);
    yq_digest foreign = {{8}};
    cr_assert_eq(yq_envelope_check(YQ_HASH_SM3, &foreign, YQ_SUITE_SM2, pub, &env), YQ_E_DOMAIN);
    cr_assert_eq(
        yq_envelope_check(YQ_HASH_SM3, &chain, YQ_SUITE_SM2, yq_key_public(other), &env),
        YQ_E_SIGNER_MISMATCH);
    yq_key_free(key);
    yq_key_free(other);
}

/* Any byte of an envelope is under its signature, its root or the decoder. */
Test(envelope, every_changed_byte_is_refused)
{
    yq_key *key = signer("a");
    const char *text[2] = {"first transaction", "second"};
    yq_digest id;
    yq_slice in = build(key, text, 2, 9, &id);
    static uint8_t copy[4096];
    for (size_t i = 0; i < in.n; i++) {
        memcpy(copy, in.p, in.n);
        copy[i] ^= 0x41;
        yq_envelope env;
        yq_status status = yq_envelope_decode(YQ_HASH_SM3, yq_slice_of(copy, in.n), &env, NULL);
        if (status == YQ_OK) {
            status = yq_envelope_check(YQ_HASH_SM3, &chain, YQ_SUITE_SM2, yq_key_public(key), &env);
        }
        cr_assert_neq(status, YQ_OK, "byte %zu", i);
        cr_assert_gt((int)status, -400);
    }
    for (size_t n = 0; n < in.n; n++) {
        yq_envelope env;
        cr_assert_neq(yq_envelope_decode(YQ_HASH_SM3, yq_slice_of(in.p, n), &env, NULL), YQ_OK);
    }
    yq_key_free(key);
}

Test(envelope, trailing_bytes_and_limits)
{
    yq_key *key = signer("a");
    const char *text[1] = {"x"};
    yq_digest id;
    yq_slice in = build(key, text, 1, 1, &id);
    room[in.n] = 0;
    yq_envelope env;
    yq_fault why;
    cr_assert_eq(
        yq_envelope_decode(YQ_HASH_SM3, yq_slice_of(in.p, in.n + 1), &env, &why), YQ_E_TRAILING);
    cr_assert_eq(why.offset, in.n);
    memset(room + 64, 0, 8); /* seq 0 */
    cr_assert_eq(yq_envelope_decode(YQ_HASH_SM3, in, &env, &why), YQ_E_RANGE);
    cr_assert_eq(why.offset, 64);
    in = build(key, text, 1, 1, &id);
    memset(room + 80, 0, 2); /* n_tx 0 */
    cr_assert_eq(yq_envelope_decode(YQ_HASH_SM3, in, &env, &why), YQ_E_RANGE);
    in = build(key, text, 1, 1, &id);
    room[80] = 1, room[81] = 1; /* 257 */
    cr_assert_eq(yq_envelope_decode(YQ_HASH_SM3, in, &env, &why), YQ_E_RANGE);

    yq_envelope_plan plan = {
        .alg = YQ_HASH_SM3, .suite = YQ_SUITE_SM2, .key = key, .chain_id_hash = chain, .seq = 0};
    yq_slice tx = yq_slice_text("x");
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_envelope_build(&plan, &tx, 1, &out, NULL), YQ_E_RANGE);
    plan.seq = 1;
    cr_assert_eq(yq_envelope_build(&plan, &tx, 0, &out, NULL), YQ_E_RANGE);
    out.cap = yq_envelope_size(&tx, 1) - 1;
    cr_assert_eq(yq_envelope_build(&plan, &tx, 1, &out, NULL), YQ_E_NOSPC);
    static uint8_t big[YQ_TX_SIZE_MAX + 1];
    tx = yq_slice_of(big, sizeof big);
    out.cap = sizeof room;
    cr_assert_eq(yq_envelope_build(&plan, &tx, 1, &out, NULL), YQ_E_LIMIT);
    yq_key_free(key);
}

Test(envelope, ids_differ_by_position_and_envelope)
{
    yq_digest a = {{1}}, b = {{2}}, x, y;
    yq_envelope_tx_id(YQ_HASH_SM3, &a, 0, &x);
    yq_envelope_tx_id(YQ_HASH_SM3, &a, 1, &y);
    cr_assert(memcmp(x.b, y.b, 32) != 0);
    yq_envelope_tx_id(YQ_HASH_SM3, &b, 0, &y);
    cr_assert(memcmp(x.b, y.b, 32) != 0);
}

Test(envelope, a_largest_block_of_evidence_stays_below_the_cost_limit)
{
    static uint8_t tx[YQ_TX_SIZE_MAX] = {0x07, 0x01};
    cr_assert_leq(4 * yq_tx_cost(yq_slice_of(tx, sizeof tx)), YQ_BLOCK_COST_MAX);
    cr_assert_gt(
        yq_tx_cost(yq_slice_of(tx, 100)),
        yq_tx_cost(yq_slice_of(tx + 2, 100)),
        "evidence costs more than a write");
}
