#include "relay/hub/change.h"
#include "relay/hub/export.h"
#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* Keys for certificates of other suites: who may bind which, what a set is, what a block calls for.
 */

#define HOUR UINT64_C(3600000)

static test_world w;
static yq_key *own[2], *eth[2];

static void setup(void)
{
    test_world_init(&w, 0);
    for (unsigned i = 0; i < 2; i++) {
        const char name[] = {(char)('a' + i), 0};
        own[i] = yq_key_derive(YQ_SIG_SM2_MESSAGE, test_text("export"), name);
        eth[i] = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, test_text("export"), name);
    }
}

static void teardown(void)
{
    for (unsigned i = 0; i < 2; i++) {
        yq_key_free(own[i]);
        yq_key_free(eth[i]);
    }
    test_world_free(&w);
}

/* ---- bindings ---- */

typedef struct binding {
    yq_tx tx;
    uint8_t address[YQ_ADDRESS_SIZE], validator_proof[64], address_proof[YQ_EXPORT_SIG_SIZE];
    yq_digest chain; /* that the proofs are for */
    uint8_t suite;
} binding;

/* Validator and address are named, and each proof is made, by keys of the caller's choice. */
static void make(binding *b, const yq_key *validator, const yq_key *address)
{
    memset(b->chain.b, 0x44, sizeof b->chain.b);
    b->suite = YQ_SUITE_ETH;
    yq_secp256k1_address(yq_key_public(address).p, b->address);
    b->tx = (yq_tx){.method = YQ_METHOD_EXPORT_KEY};
    b->tx.as.export_key = (yq_tx_export_key){
        .suite = YQ_SUITE_ETH,
        .validator = yq_key_public(validator),
        .address = yq_slice_of(b->address, sizeof b->address),
        .validator_proof = yq_slice_of(b->validator_proof, sizeof b->validator_proof),
        .address_proof = yq_slice_of(b->address_proof, sizeof b->address_proof)};
}

static void prove(binding *b, const yq_key *validator, const yq_key *address)
{
    const yq_tx_export_key *tx = &b->tx.as.export_key;
    const yq_export_binding what = {b->suite, tx->validator, tx->address};
    yq_digest m;
    yq_export_key_digest(YQ_HASH_SM3, &b->chain, &what, &m);
    yq_key_sign(validator, yq_slice_of(m.b, sizeof m.b), b->validator_proof);
    yq_export_owner_digest(&b->chain, &what, &m);
    yq_key_sign_recoverable(address, m.b, b->address_proof);
}

static yq_status bind(unsigned validator, unsigned address)
{
    binding b;
    make(&b, own[validator], eth[address]);
    prove(&b, own[validator], eth[address]);
    return test_execute(&w, &w.operator_[0], &b.tx);
}

Test(export, a_key_is_bound_once, .init = setup, .fini = teardown)
{
    uint8_t address[YQ_ADDRESS_SIZE], wanted[YQ_ADDRESS_SIZE];
    yq_slice key = yq_key_public(own[0]);
    cr_assert_eq(yq_hub_export_address(&w.hub, 3, key, address), YQ_E_NOT_FOUND);
    cr_assert_eq(bind(0, 0), YQ_OK);
    cr_assert_eq(w.result.event[0].kind, YQ_HUB_EVENT_EXPORT_KEY);
    cr_assert_eq(w.result.event[0].value, YQ_SUITE_ETH);
    cr_assert_eq(yq_hub_export_address(&w.hub, 3, key, address), YQ_OK);
    yq_secp256k1_address(yq_key_public(eth[0]).p, wanted);
    cr_assert_eq(memcmp(address, wanted, sizeof address), 0);
    cr_assert_eq(yq_hub_export_address(&w.hub, 2, key, address), YQ_E_NOT_FOUND);
    cr_assert_eq(bind(0, 0), YQ_E_EXISTS, "replayed");
    cr_assert_eq(bind(0, 1), YQ_E_EXISTS, "a second one for the validator");
    cr_assert_eq(bind(1, 0), YQ_E_EXISTS, "a second one for the address");
    cr_assert_eq(bind(1, 1), YQ_OK);
}

static yq_status refused(binding *b)
{
    return test_execute(&w, &w.admin[1], &b->tx);
}

Test(export, each_key_proves_the_other, .init = setup, .fini = teardown)
{
    binding b;
    make(&b, own[0], eth[0]);
    prove(&b, own[1], eth[0]);
    cr_assert_eq(refused(&b), YQ_E_SIG, "the validator did not sign");
    cr_assert_str_eq(w.result.why.text, "validator_proof");
    prove(&b, own[0], eth[1]);
    cr_assert_eq(refused(&b), YQ_E_SIG, "the address did not sign");
    cr_assert_str_eq(w.result.why.text, "address_proof");
    b.chain.b[0] ^= 1;
    prove(&b, own[0], eth[0]);
    cr_assert_eq(refused(&b), YQ_E_SIG, "for another chain");
    make(&b, own[0], eth[0]);
    b.suite = YQ_SUITE_P256;
    prove(&b, own[0], eth[0]);
    cr_assert_eq(refused(&b), YQ_E_SIG, "for another suite");
    /* The address' proof of one validator beside another's own: only the validator can be swapped.
     */
    make(&b, own[0], eth[0]);
    prove(&b, own[0], eth[0]);
    uint8_t kept[YQ_EXPORT_SIG_SIZE];
    memcpy(kept, b.address_proof, sizeof kept);
    make(&b, own[1], eth[0]);
    prove(&b, own[1], eth[0]);
    memcpy(b.address_proof, kept, sizeof kept);
    cr_assert_eq(refused(&b), YQ_E_SIG, "made for another validator");
    make(&b, own[0], eth[0]);
    prove(&b, own[0], eth[0]);
    b.address_proof[64] += 27;
    cr_assert_eq(refused(&b), YQ_E_SIG_RANGE);
    b.address_proof[64] -= 27;
    cr_assert_eq(refused(&b), YQ_OK);
}

Test(export, what_is_not_offered, .init = setup, .fini = teardown)
{
    binding b;
    make(&b, own[0], eth[0]);
    prove(&b, own[0], eth[0]);
    cr_assert_eq(test_execute(&w, &w.adapter[0], &b.tx), YQ_E_PERMISSION);
    static const uint8_t suites[] = {YQ_SUITE_SM2, YQ_SUITE_P256, YQ_SUITE_ED25519};
    for (size_t i = 0; i < sizeof suites; i++) {
        b.tx.as.export_key.suite = suites[i];
        cr_assert_eq(refused(&b), YQ_E_UNSUPPORTED);
    }
    b.tx.as.export_key.suite = YQ_SUITE_ETH;
    b.tx.as.export_key.validator.n = 63;
    cr_assert_eq(refused(&b), YQ_E_RANGE, "a key of another size");
    make(&b, own[0], eth[0]);
    memset(b.address, 0, sizeof b.address);
    cr_assert_eq(refused(&b), YQ_E_RANGE, "nobody's address");
}

Test(export, an_organisation_binds_so_many, .init = setup, .fini = teardown)
{
    binding b;
    yq_state_key key;
    yq_state_key_str(&key, YQ_MODULE_EXPORT, YQ_TABLE_EXPORT_COUNT, test_text(w.code[0]));
    cr_assert_eq(bind(0, 0), YQ_OK);
    cr_assert_eq(yq_state_load_u64(&w.hub, &key), 1);
    yq_state_store_u64(&w.hub, &key, YQ_EXPORT_KEYS_MAX);
    cr_assert_eq(bind(1, 1), YQ_E_LIMIT);
    make(&b, own[1], eth[1]);
    prove(&b, own[1], eth[1]);
    cr_assert_eq(refused(&b), YQ_OK, "another organisation");
}

/* ---- sets ---- */

Test(export, a_set_is_whole_or_none, .init = setup, .fini = teardown)
{
    yq_export_set set;
    yq_validators v;
    cr_assert_eq(yq_hub_export_set(&w.hub, 1, 3, &set), YQ_E_NOT_FOUND);
    test_bind(&w);
    cr_assert_eq(yq_hub_export_set(&w.hub, 1, 3, &set), YQ_OK);
    cr_assert_eq(yq_hub_validators(&w.hub, 1, &v), YQ_OK);
    cr_assert_eq(set.n, v.n);
    cr_assert_eq(set.epoch, 1);
    for (size_t i = 0; i < v.n; i++) {
        cr_assert_eq(memcmp(set.key[i], v.item[i].key.p, YQ_ADDRESS_SIZE), 0, "in their order");
    }
    cr_assert_eq(yq_hub_export_set(&w.hub, 2, 3, &set), YQ_E_NOT_FOUND, "not decided on");
    cr_assert_eq(yq_hub_export_set(&w.hub, 0, 3, &set), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_hub_export_set(&w.hub, 1, 4, &set), YQ_E_NOT_FOUND, "not offered");
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_EXPORT, YQ_TABLE_EXPORT_KEY);
    yq_put_u8(&key.w, 3);
    yq_put_str8(&key.w, v.item[2].key);
    yq_state_erase(&w.hub, &key);
    cr_assert_eq(yq_hub_export_set(&w.hub, 1, 3, &set), YQ_E_NOT_FOUND, "one lacks its key");
}

static yq_status join(unsigned validator, unsigned org)
{
    uint8_t b[512], sig[64];
    yq_digest m, chain;
    yq_validators now;
    cr_assert_eq(yq_hub_validators(&w.hub, 0, &now), YQ_OK);
    memset(chain.b, 0x44, sizeof chain.b);
    yq_slice key = yq_key_public(own[validator]), code = test_text(w.code[org]);
    yq_change_proof_digest(YQ_HASH_SM3, &chain, now.epoch + 1, code, key, &m);
    yq_key_sign(own[validator], yq_slice_of(m.b, sizeof m.b), sig);
    yq_writer c = yq_writer_of(b, sizeof b);
    yq_put_u8(&c, 1);
    yq_put_str8(&c, code);
    yq_put_str8(&c, key);
    yq_put_bytes(&c, sig, sizeof sig);
    yq_put_u8(&c, 0);
    yq_tx tx = {.method = YQ_METHOD_VALIDATORS_CHANGE};
    tx.as.validators = (yq_tx_validators){yq_writer_slice(&c), test_text("practice")};
    return test_execute(&w, &w.admin[0], &tx);
}

static uint8_t chain_state(const char *id)
{
    yq_chain c;
    return yq_hub_chain(&w.hub, test_text(id), &c) == YQ_OK ? c.state : 0;
}

Test(export, a_chain_needs_whole_sets, .init = setup, .fini = teardown)
{
    yq_tx tx = test_register_tx("eth-one", YQ_SUITE_ETH);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_EXPORT_KEY);
    tx = test_register_tx("eth-one", YQ_SUITE_P256);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_UNSUPPORTED);
    test_bind(&w);
    cr_assert_eq(join(0, 3), YQ_OK, "no chain uses the suite yet");
    uint64_t change = test_data_u64(&w);
    tx = test_register_tx("eth-one", YQ_SUITE_ETH);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    uint64_t registration = test_data_u64(&w);
    test_approve(&w, change);
    test_approve(&w, registration);
    yq_proposal p;
    cr_assert_eq(yq_hub_proposal(&w.hub, registration, &p), YQ_OK);
    cr_assert_eq(p.state, YQ_PROPOSAL_FAILED, "who joins has no key");
    cr_assert_eq(p.status, YQ_E_EXPORT_KEY);
    cr_assert_eq(chain_state("eth-one"), YQ_CHAIN_DRAFT, "may be registered again");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_EXPORT_KEY, "the next set too");
    cr_assert_eq(bind(0, 0), YQ_OK);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(chain_state("eth-one"), YQ_CHAIN_ACTIVE);
}

Test(export, who_joins_needs_a_key_of_a_suite_in_use, .init = setup, .fini = teardown)
{
    test_bind(&w);
    test_chain(&w, "city-a", YQ_SUITE_SM2);
    cr_assert_eq(join(0, 3), YQ_OK, "the ledger's own suite needs none");
    test_chain(&w, "eth-one", YQ_SUITE_ETH);
    cr_assert_eq(join(0, 3), YQ_E_EXPORT_KEY);
    cr_assert_eq(bind(0, 0), YQ_OK);
    cr_assert_eq(join(0, 3), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    yq_export_set set;
    cr_assert_eq(yq_hub_export_set(&w.hub, 2, 3, &set), YQ_OK);
    cr_assert_eq(set.n, TEST_VALIDATORS + 1);
}

/* ---- what a block calls for ---- */

static void end_block(yq_block_end *end)
{
    yq_hub_end_block(&w.hub, end);
    yq_hub_note_exports(&w.hub, end);
    test_kv_forget_undo(&w.kv);
}

static uint64_t newest(yq_export *e)
{
    return yq_hub_export(&w.hub, YQ_SUITE_ETH, e) == YQ_OK ? e->height : 0;
}

static void send(uint64_t sequence)
{
    yq_packet p = test_packet(sequence);
    p.src_chain = test_text("source");
    p.dst_chain = test_text("eth-one");
    cr_assert_eq(test_sent(&w, "source", &p), YQ_OK);
}

static void open_lane(void)
{
    test_chain(&w, "source", YQ_SUITE_SM2);
    test_chain(&w, "eth-one", YQ_SUITE_ETH);
    test_open_inbox(&w, "source");
    test_open_inbox(&w, "eth-one");
    cr_assert_eq(test_service(&w, "source", "send", YQ_SERVICE_CONTRACT, "box", "Yuqiao"), YQ_OK);
    yq_tx tx = test_lane_tx("source", "send", "eth-one", "recv");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
}

static void next_epoch(uint64_t epoch)
{
    yq_digest hash;
    memset(hash.b, (int)(0x70 + epoch), sizeof hash.b);
    cr_assert_eq(yq_hub_note_set(&w.hub, epoch, YQ_SUITE_SM2, &hash), YQ_OK);
    test_begin(&w, 1);
}

Test(export, a_new_root_calls_for_one, .init = setup, .fini = teardown)
{
    yq_block_end end;
    yq_export e;
    test_bind(&w);
    open_lane();
    end_block(&end);
    cr_assert_eq(newest(&e), 0, "nothing to say");
    test_begin(&w, 1000);
    send(1);
    end_block(&end);
    cr_assert_eq(newest(&e), w.height);
    cr_assert_eq(e.epoch, 1);
    cr_assert_eq(e.time_ms, w.time_ms);
    cr_assert_eq(e.suite, YQ_SUITE_ETH);
    cr_assert(yq_slice_equal(e.hub, test_text(TEST_HUB)));
    cr_assert_eq(e.chain_id_hash.b[5], 0x44);
    cr_assert_eq(memcmp(&e.export_root, &end.root[end.root_n - 1].root, sizeof e.export_root), 0);
    cr_assert(yq_bytes_are_zero(e.next_set.b, YQ_DIGEST_SIZE));
    uint64_t first = w.height;
    test_begin(&w, 1000);
    end_block(&end);
    cr_assert_eq(newest(&e), first, "the same root needs no other");
    test_begin(&w, 1000);
    send(2);
    end_block(&end);
    cr_assert_eq(newest(&e), w.height);
}

Test(export, the_end_of_an_epoch_names_the_next_set, .init = setup, .fini = teardown)
{
    yq_block_end end;
    yq_export e, step;
    yq_export_set set;
    yq_digest hash;
    test_bind(&w);
    open_lane();
    send(1);
    end_block(&end);
    test_begin(&w, 1000);
    cr_assert_eq(bind(0, 0), YQ_OK);
    cr_assert_eq(join(0, 3), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    end_block(&end);
    test_begin(&w, HOUR);
    end_block(&end);
    cr_assert_eq(yq_hub_export_end(&w.hub, 1, 3, &step), YQ_E_NOT_FOUND);
    next_epoch(2);
    end_block(&end);
    cr_assert_eq(yq_hub_export_end(&w.hub, 1, 3, &step), YQ_OK);
    cr_assert_eq(step.epoch, 1, "the block is the old epoch's");
    cr_assert_eq(step.height, w.height);
    cr_assert_eq(yq_hub_export_set(&w.hub, 2, 3, &set), YQ_OK);
    yq_export_set_hash(&set, &hash);
    cr_assert_eq(memcmp(&step.next_set, &hash, sizeof hash), 0);
    cr_assert_eq(newest(&e), w.height);
    test_begin(&w, 1000);
    end_block(&end);
    cr_assert_eq(newest(&e), w.height, "the root is said again by the new set");
    cr_assert_eq(e.epoch, 2);
    cr_assert(yq_bytes_are_zero(e.next_set.b, YQ_DIGEST_SIZE));
    uint64_t first = w.height;
    test_begin(&w, 1000);
    end_block(&end);
    cr_assert_eq(newest(&e), first);
    cr_assert_eq(yq_hub_export_end(&w.hub, 1, 3, &step), YQ_OK, "it stays");
}

/* A root that changed while a set was not whole is said when it is. */
Test(export, a_late_key_calls_for_what_waits, .init = setup, .fini = teardown)
{
    yq_block_end end;
    yq_export e;
    yq_validators v;
    yq_state_key key;
    test_bind(&w);
    open_lane();
    send(1);
    cr_assert_eq(yq_hub_validators(&w.hub, 1, &v), YQ_OK);
    yq_state_key_begin(&key, YQ_MODULE_EXPORT, YQ_TABLE_EXPORT_KEY);
    yq_put_u8(&key.w, 3);
    yq_put_str8(&key.w, v.item[0].key);
    yq_state_erase(&w.hub, &key);
    end_block(&end);
    cr_assert_eq(newest(&e), 0);
    test_begin(&w, 1000);
    test_bind(&w);
    end_block(&end);
    cr_assert_eq(newest(&e), w.height);
}

/* ---- STATE ---- */

Test(export, an_inbox_opens_with_the_set_of_its_suite, .init = setup, .fini = teardown)
{
    yq_export_set set;
    yq_inbox_state state = {.epoch = 1, .set_hash = w.set};
    test_bind(&w);
    test_chain(&w, "eth-one", YQ_SUITE_ETH);
    cr_assert_eq(test_state(&w, "eth-one", 40, &state), YQ_E_VALSET_HASH, "the ledger's own");
    cr_assert_eq(yq_hub_export_set(&w.hub, 1, 3, &set), YQ_OK);
    yq_export_set_hash(&set, &state.set_hash);
    state.epoch = 2;
    cr_assert_eq(test_state(&w, "eth-one", 41, &state), YQ_E_VALSET_HASH, "epoch");
    state.epoch = 1;
    cr_assert_eq(test_state(&w, "eth-one", 42, &state), YQ_OK);
    cr_assert_eq(bind(0, 0), YQ_OK);
    cr_assert_eq(join(0, 3), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(yq_hub_export_set(&w.hub, 2, 3, &set), YQ_OK);
    yq_export_set_hash(&set, &state.set_hash);
    state.epoch = 2;
    cr_assert_eq(test_state(&w, "eth-one", 43, &state), YQ_E_VALSET_HASH, "not begun");
    next_epoch(2);
    cr_assert_eq(test_state(&w, "eth-one", 44, &state), YQ_OK);
}
