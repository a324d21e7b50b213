#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

typedef struct fixture {
    test_world w; /* codes and keys only */
    test_kv kv;
    yq_hub hub;
    uint8_t *memory;
    yq_genesis_org org[TEST_ORGS];
    yq_genesis_key key[3 * TEST_ORGS];
    yq_validator validator[TEST_VALIDATORS];
    yq_hub_params params;
} fixture;

static fixture f;

static void setup(void)
{
    f = (fixture){0};
    test_kv_init(&f.kv);
    f.memory = malloc(YQ_HUB_ARENA_SIZE);
    yq_hub_init(&f.hub, &f.kv.kv, f.memory, test_verifiers, 1, NULL);
    test_codes(&f.w);
    for (unsigned i = 0; i < TEST_ORGS; i++) {
        f.org[i] = (yq_genesis_org){test_text(f.w.code[i]), test_text("name"), 1};
    }
    test_keys(&f.w, f.key);
    test_validators(&f.w, f.validator, TEST_VALIDATORS);
    f.params = (yq_hub_params){
        .hub = test_text(TEST_HUB),
        .suite = YQ_SUITE_SM2,
        .approvals = 3,
        .org = f.org,
        .org_n = TEST_ORGS,
        .key = f.key,
        .key_n = 3 * TEST_ORGS,
        .validator = f.validator,
        .validator_n = TEST_VALIDATORS,
        .alg = YQ_HASH_SM3,
        .epoch = 1};
    memset(&f.params.set_hash, 1, sizeof f.params.set_hash);
    memset(&f.params.chain_id_hash, 1, sizeof f.params.chain_id_hash);
}

static void teardown(void)
{
    test_kv_free(&f.kv);
    free(f.memory);
}

static void refused(yq_status want, const char *field)
{
    yq_fault why = {0};
    cr_assert_eq(yq_hub_genesis(&f.hub, &f.params, &why), want, "%s", field);
    cr_assert_eq(why.status, want);
    cr_assert_not_null(strstr(why.text, field), "%s in %s", field, why.text);
    cr_assert_eq(f.kv.n, 0, "nothing stays");
}

Test(genesis, a_good_one_once, .init = setup, .fini = teardown)
{
    yq_fault why = {0};
    cr_assert_eq(yq_hub_genesis(&f.hub, &f.params, &why), YQ_OK, "%s", why.text);
    yq_signer_view view;
    cr_assert_eq(yq_hub_signer(&f.hub, &f.w.operator_[2], &view), YQ_OK);
    cr_assert_eq(view.role, YQ_ROLE_OPERATOR);
    cr_assert(yq_slice_equal(view.org, test_text(f.w.code[2])));
    cr_assert(yq_slice_equal(view.key, yq_slice_of(f.w.key[6], 64)));
    yq_digest nobody = {{1}};
    cr_assert_eq(yq_hub_signer(&f.hub, &nobody, &view), YQ_E_SIGNER_UNKNOWN);
    yq_digest before = test_kv_digest(&f.kv);
    cr_assert_eq(yq_hub_genesis(&f.hub, &f.params, &why), YQ_E_EXISTS);
    yq_digest after = test_kv_digest(&f.kv);
    cr_assert_eq(memcmp(&before, &after, sizeof after), 0);
}

Test(genesis, thresholds, .init = setup, .fini = teardown)
{
    f.params.approvals = 0;
    refused(YQ_E_CONFIG_INVALID, "approvals");
    f.params.approvals = 5;
    refused(YQ_E_CONFIG_INVALID, "approvals");
    f.params.approvals = 2;
    refused(YQ_E_THRESHOLD_LOW, "approvals");
    f.params.approvals = 4;
    yq_fault why;
    cr_assert_eq(yq_hub_genesis(&f.hub, &f.params, &why), YQ_OK);
}

Test(genesis, one_organisation_alone_must_say_so, .init = setup, .fini = teardown)
{
    f.org[1].votes = f.org[2].votes = f.org[3].votes = 0;
    f.params.approvals = 1;
    refused(YQ_E_SET_CONCENTRATION, "org");
    f.params.single_operator = 2;
    refused(YQ_E_SET_CONCENTRATION, "org");
    f.params.single_operator = 1;
    yq_fault why;
    cr_assert_eq(yq_hub_genesis(&f.hub, &f.params, &why), YQ_OK);
}

Test(genesis, nobody_votes, .init = setup, .fini = teardown)
{
    for (unsigned i = 0; i < TEST_ORGS; i++) {
        f.org[i].votes = 0;
    }
    refused(YQ_E_CONFIG_INVALID, "vote");
    teardown();
    setup();
    for (unsigned i = 0; i < 2; i++) {
        f.key[i].role = YQ_ROLE_OPERATOR; /* two of four cannot vote, three must */
    }
    refused(YQ_E_CONFIG_INVALID, "admin");
}

Test(genesis, zero_proves_nothing, .init = setup, .fini = teardown)
{
    memset(&f.params.set_hash, 0, sizeof f.params.set_hash);
    refused(YQ_E_ZERO_ROOT, "set_hash");
    teardown();
    setup();
    memset(&f.params.chain_id_hash, 0, sizeof f.params.chain_id_hash);
    refused(YQ_E_ZERO_ROOT, "chain_id_hash");
}

Test(genesis, fields, .init = setup, .fini = teardown)
{
    f.params.hub = test_text("Henan");
    refused(YQ_E_CONFIG_INVALID, "hub");
    teardown();
    setup();
    f.params.suite = 5;
    refused(YQ_E_CONFIG_INVALID, "suite");
    teardown();
    setup();
    f.params.epoch = 0;
    refused(YQ_E_CONFIG_INVALID, "epoch");
    teardown();
    setup();
    f.params.delay_ms = UINT64_C(1) << 40;
    refused(YQ_E_CONFIG_INVALID, "delay_ms");
    teardown();
    setup();
    f.org[1].code = test_text("114100000000000019");
    refused(YQ_E_CONFIG_INVALID, "org code");
    teardown();
    setup();
    f.org[1].code = f.org[0].code;
    refused(YQ_E_CONFIG_INVALID, "org code: twice");
    teardown();
    setup();
    f.params.org_n = 1025;
    refused(YQ_E_CONFIG_INVALID, "too many");
    teardown();
    setup();
    f.params.single_operator = 2;
    refused(YQ_E_CONFIG_INVALID, "single_operator");
    teardown();
    setup();
    f.org[1].name = test_text("");
    refused(YQ_E_CONFIG_INVALID, "org name");
    teardown();
    setup();
    f.org[1].name = test_text("\xc0\x80");
    refused(YQ_E_CONFIG_INVALID, "org name");
    teardown();
    setup();
    f.key[5].key.n = 33;
    refused(YQ_E_CONFIG_INVALID, "64 bytes");
    teardown();
    setup();
    f.key[5].key = f.key[4].key;
    refused(YQ_E_CONFIG_INVALID, "twice");
    teardown();
    setup();
    f.key[5].org = test_text("11430000006122244L");
    refused(YQ_E_CONFIG_INVALID, "unknown org");
    teardown();
    setup();
    f.key[5].role = 0;
    refused(YQ_E_CONFIG_INVALID, "role");
    teardown();
    setup();
    f.key[5].chain = test_text("city-a"); /* an operator's */
    refused(YQ_E_CONFIG_INVALID, "chain");
}

Test(genesis, sets_of_later_epochs, .init = setup, .fini = teardown)
{
    yq_fault why;
    yq_digest set = {{0}};
    cr_assert_eq(yq_hub_genesis(&f.hub, &f.params, &why), YQ_OK);
    cr_assert_eq(yq_hub_note_set(&f.hub, 2, YQ_SUITE_ETH, &set), YQ_E_ZERO_ROOT);
    set.b[0] = 1;
    cr_assert_eq(yq_hub_note_set(&f.hub, 0, YQ_SUITE_ETH, &set), YQ_E_RANGE);
    cr_assert_eq(yq_hub_note_set(&f.hub, 2, 5, &set), YQ_E_RANGE);
    cr_assert_eq(yq_hub_note_set(&f.hub, 2, YQ_SUITE_ETH, &set), YQ_OK);
    cr_assert_eq(yq_hub_note_set(&f.hub, 2, YQ_SUITE_ETH, &set), YQ_OK);
    set.b[0] = 2;
    cr_assert_eq(yq_hub_note_set(&f.hub, 2, YQ_SUITE_ETH, &set), YQ_E_EXISTS);
}

Test(genesis, validators, .init = setup, .fini = teardown)
{
    f.params.validator_n = 0;
    refused(YQ_E_CONFIG_INVALID, "validator");
    f.params.validator_n = YQ_VALIDATORS_MAX + 1;
    refused(YQ_E_CONFIG_INVALID, "validator");
    f.params.validator_n = TEST_VALIDATORS;
    f.params.alg = YQ_HASH_KECCAK256;
    refused(YQ_E_CONFIG_INVALID, "hash");
    f.params.alg = YQ_HASH_SM3;
    f.validator[1].org = test_text("nobody");
    refused(YQ_E_CONFIG_INVALID, "validator org");
    f.validator[1].org = f.validator[0].org;
    f.validator[1].key.n = 63;
    refused(YQ_E_CONFIG_INVALID, "validator key");
    f.validator[1].key = f.validator[0].key;
    refused(YQ_E_CONFIG_INVALID, "validator key");
}
