#include "relay/crypto/signed.h"
#include "relay/hub/change.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* Who orders the ledger: joining, leaving, swapping, and what a validator signed twice. */

#define HOUR UINT64_C(3600000)

static test_world w;
static yq_key *own[4]; /* keys that may join */

static void setup(void)
{
    test_world_init(&w, HOUR);
    for (unsigned i = 0; i < 4; i++) {
        const char name[] = {(char)('a' + i), 0};
        own[i] = yq_key_derive(YQ_SIG_SM2_MESSAGE, test_text("validators"), name);
    }
}

static void teardown(void)
{
    for (unsigned i = 0; i < 4; i++) {
        yq_key_free(own[i]);
    }
    test_world_free(&w);
}

static yq_slice public_of(unsigned i)
{
    return yq_key_public(own[i]);
}

static yq_slice validator_of(unsigned i)
{
    return yq_slice_of(w.validator[i], YQ_SM2_KEY_SIZE);
}

/* ---- changes ---- */

typedef struct edit {
    yq_writer w;
    uint8_t b[8192];
} edit;

static yq_digest chain_id_hash(void)
{
    yq_digest h;
    memset(h.b, 0x44, sizeof h.b);
    return h;
}

static void prove(const yq_key *key, yq_slice org, uint64_t epoch, uint8_t *sig)
{
    yq_digest m, chain = chain_id_hash();
    yq_change_proof_digest(YQ_HASH_SM3, &chain, epoch, org, yq_key_public(key), &m);
    yq_key_sign(key, yq_slice_of(m.b, sizeof m.b), sig);
}

static void join(edit *e, unsigned key, unsigned org, uint64_t epoch)
{
    uint8_t sig[64];
    yq_slice code = test_text(w.code[org]);
    prove(own[key], code, epoch, sig);
    yq_put_str8(&e->w, code);
    yq_put_str8(&e->w, public_of(key));
    yq_put_bytes(&e->w, sig, sizeof sig);
}

static void begin(edit *e, uint8_t joins)
{
    e->w = yq_writer_of(e->b, sizeof e->b);
    yq_put_u8(&e->w, joins);
}

static yq_status propose(const edit *e)
{
    yq_tx tx = {.method = YQ_METHOD_VALIDATORS_CHANGE};
    tx.as.validators = (yq_tx_validators){yq_writer_slice(&e->w), test_text("practice")};
    return test_execute(&w, &w.admin[0], &tx);
}

/* own[joins - 1] joins for org (0: none), validators of the list leave. */
static yq_status change(unsigned joins, unsigned org, unsigned leaves, const unsigned *leave)
{
    edit e;
    yq_validators now;
    cr_assert_eq(yq_hub_validators(&w.hub, 0, &now), YQ_OK);
    begin(&e, joins > 0);
    if (joins > 0) {
        join(&e, joins - 1, org, now.epoch + 1);
    }
    yq_put_u8(&e.w, (uint8_t)leaves);
    for (unsigned i = 0; i < leaves; i++) {
        yq_put_str8(&e.w, validator_of(leave[i]));
    }
    return propose(&e);
}

static void approve(void)
{
    uint64_t number = test_data_u64(&w);
    test_approve(&w, number);
    test_begin(&w, HOUR);
}

static size_t size_of(uint64_t epoch)
{
    yq_validators v;
    return yq_hub_validators(&w.hub, epoch, &v) == YQ_OK ? v.n : 0;
}

static uint64_t pending(yq_slice *value)
{
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_LEDGER, YQ_TABLE_LEDGER_PENDING);
    int found;
    *value = w.kv.kv.get(w.kv.kv.self, yq_state_key_slice(&key), &found);
    yq_cur c = yq_cur_of(*value);
    return found ? yq_cur_u64(&c) : 0;
}

static void next_epoch(uint64_t epoch)
{
    yq_digest hash;
    memset(hash.b, (int)(0x70 + epoch), sizeof hash.b);
    cr_assert_eq(yq_hub_note_set(&w.hub, epoch, YQ_SUITE_SM2, &hash), YQ_OK);
    test_begin(&w, 1);
}

Test(validators, one_joins_with_the_next_epoch, .init = setup, .fini = teardown)
{
    yq_slice value;
    cr_assert_eq(size_of(0), TEST_VALIDATORS);
    cr_assert_eq(change(1, 3, 0, NULL), YQ_OK);
    cr_assert_eq(size_of(2), 0);
    approve();
    cr_assert_eq(size_of(2), TEST_VALIDATORS + 1);
    cr_assert_eq(size_of(0), TEST_VALIDATORS, "only with the epoch");
    cr_assert_eq(pending(&value), w.time_ms, "the ledger may end the epoch at once");
    cr_assert_eq(value.n, 8 + 32 + 8 + 1 + 2 + 8 * 65);
    unsigned leave[] = {0};
    cr_assert_eq(change(0, 0, 1, leave), YQ_E_STATE, "one at a time");
    next_epoch(2);
    yq_validators v;
    cr_assert_eq(yq_hub_validators(&w.hub, 0, &v), YQ_OK);
    cr_assert_eq(v.epoch, 2);
    cr_assert_eq(v.n, TEST_VALIDATORS + 1);
    cr_assert_eq(v.from_height, w.height + 1, "height of the block after the one that ended it");
    for (size_t i = 1; i < v.n; i++) {
        cr_assert_lt(yq_slice_compare(v.item[i - 1].key, v.item[i].key), 0);
    }
    cr_assert_eq(yq_hub_validators(&w.hub, 9, &v), YQ_E_NOT_FOUND);
}

Test(validators, one_leaves_and_never_comes_back, .init = setup, .fini = teardown)
{
    unsigned leave[] = {3};
    cr_assert_eq(change(1, 3, 0, NULL), YQ_OK);
    approve();
    next_epoch(2);
    edit e;
    begin(&e, 0);
    yq_put_u8(&e.w, 1);
    yq_put_str8(&e.w, public_of(0));
    cr_assert_eq(propose(&e), YQ_OK);
    approve();
    cr_assert_eq(size_of(3), TEST_VALIDATORS);
    next_epoch(3);
    begin(&e, 1);
    join(&e, 0, 3, 4);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_EXISTS, "a key that left");
    cr_assert_eq(change(2, 3, 1, leave), YQ_OK, "another one in place of one");
}

Test(validators, a_swap_counts_once, .init = setup, .fini = teardown)
{
    unsigned one[] = {3}, two[] = {0, 3}, three[] = {0, 1, 3};
    cr_assert_eq(change(1, 3, 0, NULL), YQ_OK);
    approve();
    next_epoch(2);
    cr_assert_eq(change(2, 3, 2, two), YQ_OK, "a swap and a leave are two of eight");
    cr_assert_eq(change(2, 3, 3, three), YQ_E_RANGE, "a swap and two");
    cr_assert_eq(change(2, 2, 2, two), YQ_E_RANGE, "no swap: another organisation");
    cr_assert_eq(change(2, 3, 1, one), YQ_OK);
}

/* ---- the recovery set ---- */

static yq_status recover(const edit *e, uint64_t epoch, yq_fault *why)
{
    yq_digest hash;
    memset(hash.b, (int)(0x70 + epoch), sizeof hash.b);
    return yq_hub_recover(&w.hub, epoch, yq_writer_slice(&e->w), YQ_SUITE_SM2, &hash, why);
}

static void leave_three(edit *e, uint8_t joins, uint64_t epoch)
{
    begin(e, joins);
    for (unsigned i = 0; i < joins; i++) {
        join(e, i, 3, epoch);
    }
    yq_put_u8(&e->w, 3);
    for (unsigned i = 0; i < 3; i++) {
        yq_put_str8(&e->w, validator_of(i));
    }
}

Test(validators, the_recovery_set_is_not_bound_to_a_third, .init = setup, .fini = teardown)
{
    edit e;
    yq_validators v;
    unsigned leave[] = {0};
    leave_three(&e, 0, 2);
    cr_assert_eq(propose(&e), YQ_E_RANGE, "governance is");
    cr_assert_eq(recover(&e, 3, NULL), YQ_E_STATE, "another epoch");
    cr_assert_eq(recover(&e, 2, NULL), YQ_OK);
    cr_assert_eq(yq_hub_validators(&w.hub, 0, &v), YQ_OK);
    cr_assert_eq(v.epoch, 2);
    cr_assert_eq(v.n, 4);
    cr_assert_eq(v.from_height, w.height + 1, "with the next block");
    test_begin(&w, 1);
    cr_assert_eq(change(0, 0, 1, leave), YQ_E_NOT_FOUND, "who was lost is no validator");
    begin(&e, 1);
    yq_put_str8(&e.w, test_text(w.code[0]));
    yq_put_str8(&e.w, validator_of(0));
    yq_put_bytes(&e.w, (uint8_t[64]){1}, 64);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_EXISTS, "and does not come back with the same key");
}

Test(validators, what_the_recovery_set_may_not_do, .init = setup, .fini = teardown)
{
    edit e;
    yq_fault why = {0};
    leave_three(&e, 1, 2);
    cr_assert_eq(recover(&e, 2, &why), YQ_E_SET_CONCENTRATION, "two of five of one organisation");
    leave_three(&e, 1, 3);
    cr_assert_eq(recover(&e, 2, &why), YQ_E_SIG, "a proof for another epoch");
    begin(&e, 0);
    yq_put_u8(&e.w, 4);
    for (unsigned i = 0; i < 4; i++) {
        yq_put_str8(&e.w, validator_of(i));
    }
    cr_assert_eq(recover(&e, 2, &why), YQ_E_RANGE, "three are no set");
    begin(&e, 0);
    cr_assert_eq(recover(&e, 2, &why), YQ_E_TRUNCATED);
    cr_assert_eq(size_of(0), TEST_VALIDATORS, "nothing was written");
    cr_assert_eq(size_of(2), 0);
}

Test(validators, recovery_replaces_a_change_that_waits, .init = setup, .fini = teardown)
{
    edit e;
    yq_slice value;
    unsigned leave[] = {3};
    cr_assert_eq(change(1, 3, 1, leave), YQ_OK);
    approve();
    cr_assert_neq(pending(&value), 0);
    leave_three(&e, 0, 2);
    cr_assert_eq(recover(&e, 2, NULL), YQ_OK);
    cr_assert_eq(pending(&value), 0, "it ends with the set that it was made for");
    test_begin(&w, 1);
    yq_validators v;
    cr_assert_eq(yq_hub_validators(&w.hub, 0, &v), YQ_OK);
    cr_assert_eq(v.n, 4, "the one that was to leave stays");
    yq_state_key key;
    yq_state_key_str(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_RETIRED, validator_of(3));
    cr_assert_not(yq_state_has(&w.hub, &key));
}

Test(validators, what_a_set_must_be, .init = setup, .fini = teardown)
{
    unsigned of_three[] = {3};
    cr_assert_eq(change(0, 0, 0, NULL), YQ_E_RANGE, "nothing changes");
    cr_assert_eq(change(1, 0, 0, NULL), YQ_E_SET_CONCENTRATION, "three of eight");
    cr_assert_eq(change(0, 0, 1, of_three), YQ_E_SET_CONCENTRATION, "two of six are a third");
    edit e;
    begin(&e, 0);
    yq_put_u8(&e.w, 1);
    yq_put_str8(&e.w, public_of(1));
    cr_assert_eq(propose(&e), YQ_E_NOT_FOUND, "no validator");
    begin(&e, 1);
    join(&e, 0, 3, 3);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_SIG, "proof for another epoch");
    begin(&e, 1);
    uint8_t sig[64] = {1};
    prove(own[1], test_text(w.code[3]), 2, sig);
    yq_put_str8(&e.w, test_text(w.code[3]));
    yq_put_str8(&e.w, public_of(0));
    yq_put_bytes(&e.w, sig, sizeof sig);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_SIG, "proof by another key");
    begin(&e, 1);
    yq_put_str8(&e.w, test_text("nobody"));
    yq_put_str8(&e.w, public_of(0));
    yq_put_bytes(&e.w, sig, sizeof sig);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_NOT_FOUND, "organisation");
    begin(&e, 1);
    yq_put_str8(&e.w, test_text(w.code[3]));
    yq_put_str8(&e.w, validator_of(1));
    yq_put_bytes(&e.w, sig, sizeof sig);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_EXISTS, "a validator already");
    begin(&e, 1);
    yq_put_str8(&e.w, test_text(w.code[3]));
    yq_put_str8(&e.w, yq_slice_of(w.validator[1], 32));
    yq_put_bytes(&e.w, sig, sizeof sig);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_RANGE, "size of the key");
}

Test(validators, bytes_of_a_change, .init = setup, .fini = teardown)
{
    edit e;
    begin(&e, 2);
    unsigned first = yq_slice_compare(public_of(0), public_of(1)) < 0 ? 0 : 1;
    join(&e, 1 - first, 3, 2);
    join(&e, first, 3, 2);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_NONCANONICAL, "order of who joins");
    begin(&e, 0);
    yq_put_u8(&e.w, 2);
    yq_put_str8(&e.w, validator_of(3));
    yq_put_str8(&e.w, validator_of(3));
    cr_assert_eq(propose(&e), YQ_E_NONCANONICAL, "twice");
    begin(&e, 0);
    yq_put_u8(&e.w, 0);
    yq_put_u8(&e.w, 0);
    cr_assert_eq(propose(&e), YQ_E_TRAILING);
    begin(&e, 0);
    cr_assert_eq(propose(&e), YQ_E_TRUNCATED);
    begin(&e, 32);
    cr_assert_eq(propose(&e), YQ_E_RANGE);
    begin(&e, 0);
    yq_put_u8(&e.w, 32);
    cr_assert_eq(propose(&e), YQ_E_RANGE);
    yq_tx tx = {.method = YQ_METHOD_VALIDATORS_CHANGE};
    tx.as.validators = (yq_tx_validators){yq_writer_slice(&e.w), test_text("practice")};
    cr_assert_eq(test_execute(&w, &w.operator_[0], &tx), YQ_E_PERMISSION);
}

Test(validators, two_proposals_of_which_one_is_late, .init = setup, .fini = teardown)
{
    unsigned leave[] = {3};
    cr_assert_eq(change(1, 3, 0, NULL), YQ_OK);
    uint64_t one = test_data_u64(&w);
    cr_assert_eq(change(2, 3, 1, leave), YQ_OK);
    uint64_t two = test_data_u64(&w);
    test_approve(&w, one);
    test_approve(&w, two);
    test_begin(&w, HOUR);
    yq_proposal p;
    cr_assert_eq(yq_hub_proposal(&w.hub, two, &p), YQ_OK);
    cr_assert_eq(p.state, YQ_PROPOSAL_FAILED);
    cr_assert_eq(p.status, YQ_E_STATE);
    cr_assert_eq(size_of(2), TEST_VALIDATORS + 1);
}

/* Every organisation is one operator's: only the numbers count. */
static void small_or_large(unsigned validators)
{
    test_world_of(&w, 0, validators, 1);
    own[0] = yq_key_derive(YQ_SIG_SM2_MESSAGE, test_text("validators"), "a");
}

static void end_of_it(void)
{
    yq_key_free(own[0]);
    test_world_free(&w);
}

Test(validators, no_fewer_than_four)
{
    unsigned leave[] = {3};
    small_or_large(4);
    cr_assert_eq(change(0, 0, 1, leave), YQ_E_RANGE);
    cr_assert_eq(change(1, 3, 1, leave), YQ_OK, "a swap");
    test_approve(&w, test_data_u64(&w));
    yq_slice value;
    cr_assert_eq(pending(&value), w.time_ms, "a single operator needs no hour");
    end_of_it();
}

Test(validators, no_more_than_thirty_one)
{
    unsigned leave[] = {3};
    small_or_large(YQ_VALIDATORS_MAX);
    cr_assert_eq(change(1, 3, 0, NULL), YQ_E_RANGE);
    cr_assert_eq(change(1, 3, 1, leave), YQ_OK, "a swap");
    end_of_it();
    small_or_large(YQ_VALIDATORS_MAX - 1);
    cr_assert_eq(change(1, 3, 0, NULL), YQ_OK, "the last place");
    end_of_it();
}

Test(validators, an_hour_between_decision_and_epoch)
{
    yq_slice value;
    setup();
    teardown();
    test_world_init(&w, 1000);
    own[0] = yq_key_derive(YQ_SIG_SM2_MESSAGE, test_text("validators"), "a");
    cr_assert_eq(change(1, 3, 0, NULL), YQ_OK);
    uint64_t number = test_data_u64(&w), approved_ms = w.time_ms;
    test_approve(&w, number);
    test_begin(&w, 1000);
    cr_assert_eq(pending(&value), approved_ms + HOUR);
    yq_key_free(own[0]);
    test_world_free(&w);
}

/* ---- evidence ---- */

typedef struct vote {
    uint8_t b[512];
    size_t n;
} vote;

/* fill: every byte of the body. */
static vote sign(unsigned key, uint8_t type, uint64_t epoch, uint16_t signer, uint8_t fill)
{
    vote v;
    uint8_t body[192];
    size_t size = type == YQ_SIGNED_NULLIFY ? 0 : (type == YQ_SIGNED_FINALIZE ? 192 : 32);
    memset(body, fill, sizeof body);
    yq_digest m, chain = chain_id_hash();
    uint8_t sig[64];
    yq_signed_digest(
        YQ_HASH_SM3, (yq_signed_type)type, &chain, epoch, 7, yq_slice_of(body, size), &m);
    yq_key_sign(own[key], yq_slice_of(m.b, sizeof m.b), sig);
    yq_writer to = yq_writer_of(v.b, sizeof v.b);
    yq_put_u8(&to, type);
    yq_put_u64(&to, epoch);
    yq_put_u64(&to, 7);
    yq_put_bytes(&to, body, size);
    yq_put_u16(&to, signer);
    yq_put_bytes(&to, sig, sizeof sig);
    v.n = to.n;
    return v;
}

static yq_status record(const vote *one, const vote *two)
{
    yq_tx tx = {.method = YQ_METHOD_EVIDENCE_RECORD};
    tx.as.twice_signed =
        (yq_tx_twice_signed){yq_slice_of(one->b, one->n), yq_slice_of(two->b, two->n)};
    return test_execute(&w, &w.adapter[1], &tx);
}

/* own[0] is a validator of epoch 2. Returns its index. */
static uint16_t one_of_two(void)
{
    cr_assert_eq(change(1, 3, 0, NULL), YQ_OK);
    approve();
    next_epoch(2);
    yq_validators v;
    cr_assert_eq(yq_hub_validators(&w.hub, 2, &v), YQ_OK);
    for (uint16_t i = 0; i < v.n; i++) {
        if (yq_slice_equal(v.item[i].key, public_of(0))) {
            return i;
        }
    }
    cr_assert(0, "it has joined");
    return 0;
}

Test(evidence, each_kind_once, .init = setup, .fini = teardown)
{
    uint16_t i = one_of_two();
    vote n1 = sign(0, YQ_SIGNED_NOTARIZE, 2, i, 1), n2 = sign(0, YQ_SIGNED_NOTARIZE, 2, i, 2);
    vote p1 = sign(0, YQ_SIGNED_PROPOSE, 2, i, 1), p2 = sign(0, YQ_SIGNED_PROPOSE, 2, i, 2);
    vote f1 = sign(0, YQ_SIGNED_FINALIZE, 2, i, 1), f2 = sign(0, YQ_SIGNED_FINALIZE, 2, i, 2);
    vote x = sign(0, YQ_SIGNED_NULLIFY, 2, i, 0);
    cr_assert_eq(record(&n2, &n1), YQ_OK);
    cr_assert_eq(w.data_n, 1);
    cr_assert_eq(w.data[0], YQ_EVIDENCE_NOTARIZE);
    cr_assert_eq(w.result.event_n, 1);
    cr_assert_eq(w.result.event[0].kind, YQ_HUB_EVENT_EVIDENCE);
    cr_assert_eq(record(&n1, &n2), YQ_E_EXISTS, "in any order");
    cr_assert_eq(record(&p1, &p2), YQ_OK);
    cr_assert_eq(record(&f1, &x), YQ_OK);
    cr_assert_eq(record(&x, &f2), YQ_E_EXISTS);
    cr_assert_eq(record(&f1, &f2), YQ_OK);
    yq_evidence e = {0};
    unsigned seen = 0, kinds = 0;
    while (yq_hub_evidence_next(&w.hub, &e)) {
        seen++;
        kinds |= 1u << e.kind;
        cr_assert_eq(e.epoch, 2);
        cr_assert_eq(e.view, 7);
        cr_assert_eq(e.signer, i);
        cr_assert(yq_slice_equal(e.key, public_of(0)));
        cr_assert_eq(e.height, w.height);
    }
    cr_assert_eq(seen, 4);
    cr_assert_eq(kinds, 0x1e);
    cr_assert_eq(size_of(0), TEST_VALIDATORS + 1, "nobody is removed");
}

Test(evidence, what_proves_nothing, .init = setup, .fini = teardown)
{
    uint16_t i = one_of_two();
    vote n1 = sign(0, YQ_SIGNED_NOTARIZE, 2, i, 1), n2 = sign(0, YQ_SIGNED_NOTARIZE, 2, i, 2);
    vote f = sign(0, YQ_SIGNED_FINALIZE, 2, i, 1), x = sign(0, YQ_SIGNED_NULLIFY, 2, i, 0);
    vote other = sign(1, YQ_SIGNED_NOTARIZE, 2, i, 2);
    vote again = sign(0, YQ_SIGNED_NOTARIZE, 2, i, 1), past = sign(0, YQ_SIGNED_NOTARIZE, 1, i, 2);
    vote far = sign(0, YQ_SIGNED_NOTARIZE, 2, 9, 2), far1 = sign(0, YQ_SIGNED_NOTARIZE, 2, 9, 1);
    cr_assert_eq(record(&n1, &again), YQ_E_NOT_PROVEN, "the same, signed again");
    cr_assert_eq(record(&n1, &f), YQ_E_NOT_PROVEN, "what honest validators do");
    cr_assert_eq(record(&n1, &x), YQ_E_NOT_PROVEN);
    cr_assert_eq(record(&n1, &past), YQ_E_NOT_PROVEN, "another epoch");
    cr_assert_eq(record(&n1, &far), YQ_E_NOT_PROVEN, "another signer");
    cr_assert_eq(record(&far, &far1), YQ_E_NOT_FOUND, "no such signer");
    cr_assert_eq(record(&n1, &other), YQ_E_SIG);
    cr_assert_eq(record(&other, &n1), YQ_E_SIG);
    vote p = sign(0, YQ_SIGNED_NOTARIZE, 7, i, 1), q = sign(0, YQ_SIGNED_NOTARIZE, 7, i, 2);
    cr_assert_eq(record(&p, &q), YQ_E_NOT_FOUND, "no such epoch");
    vote bad = n2;
    bad.b[0] = 5;
    cr_assert_eq(record(&n1, &bad), YQ_E_FIELD_UNKNOWN);
    bad = n2;
    bad.n--;
    cr_assert_eq(record(&n1, &bad), YQ_E_TRUNCATED);
    bad = n2;
    bad.n++;
    cr_assert_eq(record(&n1, &bad), YQ_E_TRAILING);
    for (size_t at = 0; at < n2.n; at++) {
        bad = n2;
        bad.b[at] ^= 1;
        yq_status status = record(&n1, &bad);
        cr_assert_neq(status, YQ_OK, "byte %zu", at);
    }
    cr_assert_eq(record(&n1, &n2), YQ_OK);
}

Test(evidence, of_a_time_long_past, .init = setup, .fini = teardown)
{
    uint16_t i = one_of_two();
    edit e;
    begin(&e, 1);
    join(&e, 1, 2, 3);
    yq_put_u8(&e.w, 1);
    yq_put_str8(&e.w, validator_of(2));
    cr_assert_eq(propose(&e), YQ_OK);
    approve();
    next_epoch(3);
    vote n1 = sign(0, YQ_SIGNED_NOTARIZE, 2, i, 1), n2 = sign(0, YQ_SIGNED_NOTARIZE, 2, i, 2);
    vote n3 = sign(0, YQ_SIGNED_PROPOSE, 2, i, 1), n4 = sign(0, YQ_SIGNED_PROPOSE, 2, i, 2);
    cr_assert_eq(record(&n1, &n2), YQ_OK, "of the epoch before");
    yq_validators v;
    cr_assert_eq(yq_hub_validators(&w.hub, 3, &v), YQ_OK);
    w.height = v.from_height + 99999;
    test_begin(&w, 1);
    cr_assert_eq(record(&n1, &n2), YQ_E_EXISTS, "the last height");
    test_begin(&w, 1);
    cr_assert_eq(record(&n3, &n4), YQ_E_EXPIRED);
}
