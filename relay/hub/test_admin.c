#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

static test_world w;

static void setup(void)
{
    test_world_init(&w, 0);
}

static void setup_delay(void)
{
    test_world_init(&w, 3600000);
}

static void setup_cities(void)
{
    test_two_cities(&w);
}

static void teardown(void)
{
    test_world_free(&w);
}

static yq_chain chain_of(const char *id)
{
    yq_chain chain;
    cr_assert_eq(yq_hub_chain(&w.hub, test_text(id), &chain), YQ_OK);
    return chain;
}

static uint8_t proposal_state(uint64_t number)
{
    yq_proposal p;
    cr_assert_eq(yq_hub_proposal(&w.hub, number, &p), YQ_OK);
    return p.state;
}

static yq_status act(
    const yq_digest *signer, yq_method method, const char *chain, uint64_t duration_ms)
{
    const yq_tx tx = {
        .method = (uint16_t)method,
        .as.chain_act = {
            .chain = test_text(chain), .reason = test_text("drill"), .duration_ms = duration_ms}};
    return test_execute(&w, signer, &tx);
}

static yq_status evidence(yq_method method, const char *chain, const char *bytes, size_t n)
{
    const yq_tx tx = {
        .method = (uint16_t)method,
        .as.evidence = {.chain = test_text(chain), .bytes = yq_slice_of(bytes, n)}};
    return test_execute(&w, &w.adapter[1], &tx);
}

/* ---- transactions ---- */

Test(execute, who_and_what, .init = setup, .fini = teardown)
{
    yq_digest nobody = {{7}};
    const yq_tx tx = {.method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {1, 1}};
    cr_assert_eq(test_execute(&w, &nobody, &tx), YQ_E_SIGNER_UNKNOWN);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_NOT_FOUND);
    cr_assert_eq(test_execute_bytes(&w, &w.admin[0], (yq_slice){0}), YQ_E_TRUNCATED);
    cr_assert_eq(test_execute_bytes(&w, &w.admin[0], test_text("\x02\x01")), YQ_E_TRUNCATED);
}

/* ---- organisations ---- */

static const uint8_t new_key[64] = {0xee, 1};

static yq_status key_add(const yq_digest *signer, uint8_t first, uint8_t role, const char *chain)
{
    uint8_t key[64];
    memcpy(key, new_key, sizeof key);
    key[0] = first;
    const yq_tx tx = {
        .method = YQ_METHOD_ORG_KEY_ADD,
        .as.org_key_add = {
            .chain = test_text(chain), .key = yq_slice_of(key, sizeof key), .role = role}};
    return test_execute(&w, signer, &tx);
}

static yq_status key_remove(const yq_digest *signer, const yq_digest *whose)
{
    const yq_tx tx = {.method = YQ_METHOD_ORG_KEY_REMOVE, .as.org_key_remove = {*whose}};
    return test_execute(&w, signer, &tx);
}

Test(org, admins_add_and_remove_keys_of_their_own, .init = setup, .fini = teardown)
{
    cr_assert_eq(key_add(&w.operator_[0], 0xe0, YQ_ROLE_OPERATOR, ""), YQ_E_PERMISSION);
    cr_assert_eq(key_add(&w.admin[0], 0xe0, YQ_ROLE_ADAPTER, "city-a"), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ORG, 2), 1);
    yq_digest id = test_data_id(&w);
    yq_signer_view view;
    cr_assert_eq(yq_hub_signer(&w.hub, &id, &view), YQ_OK);
    cr_assert(yq_slice_equal(view.org, test_text(w.code[0])));
    cr_assert(yq_slice_equal(view.chain, test_text("city-a")));
    cr_assert_eq(key_add(&w.admin[1], 0xe0, YQ_ROLE_ADMIN, ""), YQ_E_EXISTS, "somebody's");

    cr_assert_eq(key_remove(&w.admin[1], &id), YQ_E_PERMISSION);
    cr_assert_eq(key_remove(&w.operator_[0], &id), YQ_E_PERMISSION);
    cr_assert_eq(key_remove(&w.admin[0], &id), YQ_OK);
    cr_assert_eq(yq_hub_signer(&w.hub, &id, &view), YQ_E_SIGNER_UNKNOWN);
    cr_assert_eq(key_remove(&w.admin[0], &id), YQ_E_NOT_FOUND);
}

Test(org, the_last_admin_stays, .init = setup, .fini = teardown)
{
    cr_assert_eq(key_remove(&w.admin[0], &w.admin[0]), YQ_E_STATE);
    cr_assert_eq(key_add(&w.admin[0], 0xe1, YQ_ROLE_ADMIN, ""), YQ_OK);
    yq_digest second = test_data_id(&w);
    cr_assert_eq(key_remove(&second, &w.admin[0]), YQ_OK);
    cr_assert_eq(key_remove(&second, &second), YQ_E_STATE);
    cr_assert_eq(key_add(&w.admin[0], 0xe2, YQ_ROLE_ADMIN, ""), YQ_E_SIGNER_UNKNOWN);
}

Test(org, keys_have_a_limit, .init = setup, .fini = teardown)
{
    for (unsigned i = 3; i < 256; i++) {
        uint8_t key[64] = {0x70, (uint8_t)i, 1};
        const yq_tx tx = {
            .method = YQ_METHOD_ORG_KEY_ADD,
            .as.org_key_add = {.key = yq_slice_of(key, sizeof key), .role = YQ_ROLE_GATEWAY}};
        cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK, "%u", i);
    }
    cr_assert_eq(key_add(&w.admin[0], 0xe3, YQ_ROLE_GATEWAY, ""), YQ_E_LIMIT);
    cr_assert_eq(key_add(&w.admin[1], 0xe3, YQ_ROLE_GATEWAY, ""), YQ_OK);
}

static yq_tx org_tx(void)
{
    return (yq_tx){
        .method = YQ_METHOD_ORG_REGISTER,
        .as.org_register = {
            .admin = yq_slice_of(new_key, sizeof new_key),
            .code = test_text("11430000006122244L"),
            .name = test_text("new")}};
}

Test(org, a_new_one_is_voted_on_and_has_no_vote, .init = setup, .fini = teardown)
{
    yq_tx tx = org_tx();
    cr_assert_eq(test_execute(&w, &w.operator_[0], &tx), YQ_E_PERMISSION);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    uint64_t number = test_data_u64(&w);
    yq_digest id;
    yq_signer_id(YQ_SUITE_SM2, tx.as.org_register.admin, &id);
    yq_signer_view view;
    cr_assert_eq(yq_hub_signer(&w.hub, &id, &view), YQ_E_SIGNER_UNKNOWN);
    test_approve(&w, number);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ORG, 1), 1);
    cr_assert_eq(yq_hub_signer(&w.hub, &id, &view), YQ_OK);
    cr_assert_eq(view.role, YQ_ROLE_ADMIN);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_EXISTS);

    yq_tx other = test_register_tx("city-a", 1);
    cr_assert_eq(test_execute(&w, &id, &other), YQ_OK, "it may propose");
    const yq_tx vote = {.method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {1, test_data_u64(&w)}};
    cr_assert_eq(test_execute(&w, &id, &vote), YQ_E_PERMISSION);
    tx.as.org_register.code = test_text("11100000MB0341032Y");
    cr_assert_eq(test_execute(&w, &id, &tx), YQ_E_PERMISSION);
}

/* ---- governance ---- */

Test(governance, k_of_n_one_vote_an_organisation, .init = setup, .fini = teardown)
{
    yq_tx tx = test_register_tx("city-a", 1);
    cr_assert_eq(test_execute(&w, &w.operator_[0], &tx), YQ_OK);
    uint64_t number = test_data_u64(&w);
    cr_assert_eq(number, 1);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_PROPOSAL, YQ_PROPOSAL_OPEN), 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_VOTING);
    const yq_tx vote = {.method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {1, number}};
    cr_assert_eq(test_execute(&w, &w.operator_[0], &vote), YQ_E_PERMISSION);

    cr_assert_eq(test_vote(&w, 0, number, 1), YQ_OK);
    cr_assert_eq(w.data[0], YQ_PROPOSAL_OPEN);
    cr_assert_eq(test_vote(&w, 0, number, 1), YQ_E_VOTED);
    cr_assert_eq(test_vote(&w, 0, number, 0), YQ_E_VOTED);
    cr_assert_eq(key_add(&w.admin[0], 0xe5, YQ_ROLE_ADMIN, ""), YQ_OK);
    yq_digest second = test_data_id(&w);
    cr_assert_eq(test_execute(&w, &second, &vote), YQ_E_VOTED, "the organisation has voted");
    cr_assert_eq(test_vote(&w, 1, number, 0), YQ_OK, "one against is no rejection yet");
    cr_assert_eq(test_vote(&w, 2, number, 1), YQ_OK);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_VOTING);
    cr_assert_eq(test_vote(&w, 3, number, 1), YQ_OK);
    cr_assert_eq(w.data[0], YQ_PROPOSAL_EXECUTED);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_CHAIN, YQ_CHAIN_ACTIVE), 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
    yq_proposal p;
    cr_assert_eq(yq_hub_proposal(&w.hub, number, &p), YQ_OK);
    cr_assert_eq(p.approvals, 3);
    cr_assert_eq(p.rejections, 1);
    cr_assert(yq_slice_equal(p.subject, test_text("city-a")));
    cr_assert_eq(yq_hub_proposal_count(&w.hub), 1);
    cr_assert_eq(yq_hub_proposal(&w.hub, 2, &p), YQ_E_NOT_FOUND);
}

Test(
    governance,
    what_cannot_pass_is_rejected_and_the_id_is_free_again,
    .init = setup,
    .fini = teardown)
{
    yq_tx tx = test_register_tx("city-a", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    uint64_t number = test_data_u64(&w);
    cr_assert_eq(test_execute(&w, &w.admin[1], &tx), YQ_E_EXISTS);
    cr_assert_eq(test_vote(&w, 0, number, 0), YQ_OK);
    cr_assert_eq(proposal_state(number), YQ_PROPOSAL_OPEN);
    cr_assert_eq(test_vote(&w, 1, number, 0), YQ_OK);
    cr_assert_eq(proposal_state(number), YQ_PROPOSAL_REJECTED);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_DRAFT);
    cr_assert_eq(test_vote(&w, 2, number, 1), YQ_E_STATE);
    cr_assert_eq(test_execute(&w, &w.admin[1], &tx), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
    cr_assert(yq_slice_equal(chain_of("city-a").org, test_text(w.code[1])));
}

Test(governance, a_delay_passes_before_execution, .init = setup_delay, .fini = teardown)
{
    yq_tx tx = test_register_tx("city-a", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_approve(&w, 1);
    cr_assert_eq(proposal_state(1), YQ_PROPOSAL_APPROVED);
    test_begin(&w, 3599999);
    cr_assert_eq(proposal_state(1), YQ_PROPOSAL_APPROVED);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_VOTING);
    test_begin(&w, 1);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_PROPOSAL, YQ_PROPOSAL_EXECUTED), 1);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_ACTIVE);
    test_begin(&w, UINT64_C(31) * 24 * 3600000);
    cr_assert_eq(proposal_state(1), YQ_PROPOSAL_EXECUTED, "its old expiry is gone");
}

Test(governance, thirty_days_without_approval, .init = setup, .fini = teardown)
{
    const uint64_t month = UINT64_C(30) * 24 * 3600000;
    yq_tx tx = test_register_tx("city-a", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    test_begin(&w, month - 1);
    cr_assert_eq(proposal_state(1), YQ_PROPOSAL_OPEN);
    test_begin(&w, 1);
    cr_assert_eq(proposal_state(1), YQ_PROPOSAL_EXPIRED);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_DRAFT);
    cr_assert_eq(test_vote(&w, 0, 1, 1), YQ_E_STATE);
}

Test(governance, what_is_no_longer_possible_fails, .init = setup, .fini = teardown)
{
    test_chain(&w, "city-a", 1);
    cr_assert_eq(act(&w.admin[0], YQ_METHOD_CHAIN_RETIRE, "city-a", 0), YQ_OK);
    uint64_t first = test_data_u64(&w);
    cr_assert_eq(act(&w.admin[0], YQ_METHOD_CHAIN_RETIRE, "city-a", 0), YQ_OK);
    uint64_t second = test_data_u64(&w);
    test_approve(&w, first);
    cr_assert_eq(chain_of("city-a").state, YQ_CHAIN_RETIRED);
    test_approve(&w, second);
    yq_proposal p;
    cr_assert_eq(yq_hub_proposal(&w.hub, second, &p), YQ_OK);
    cr_assert_eq(p.state, YQ_PROPOSAL_FAILED);
    cr_assert_eq(p.status, YQ_E_STATE);
}

/* ---- chains ---- */

Test(chain, a_bad_anchor_or_verifier_is_refused_at_registration, .init = setup, .fini = teardown)
{
    yq_tx tx = test_register_tx("city-a", 1);
    tx.as.chain_register.anchor = test_text("no good anchor");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_ANCHOR);
    tx = test_register_tx("city-a", 1);
    tx.as.chain_register.framework = test_text("other");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_UNSUPPORTED);
    tx = test_register_tx("city-a", 1);
    tx.as.chain_register.verifier = 2;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_UNSUPPORTED);
    tx = test_register_tx(TEST_HUB, 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_TARGET_FORBIDDEN);
    tx = test_register_tx("city-a", 1);
    cr_assert_eq(test_execute(&w, &w.adapter[0], &tx), YQ_E_PERMISSION);
    yq_chain chain;
    cr_assert_eq(yq_hub_chain(&w.hub, test_text("city-a"), &chain), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_hub_proposal_count(&w.hub), 0);
}

Test(chain, what_is_registered_can_be_read, .init = setup, .fini = teardown)
{
    test_bind(&w);
    test_chain(&w, "city-a", 3);
    test_chain(&w, "abc", 0);
    test_chain(&w, "city-b", 1);
    yq_chain c = chain_of("city-a");
    cr_assert_eq(c.hash, YQ_HASH_KECCAK256);
    cr_assert_eq(c.suite, 3);
    cr_assert(yq_slice_equal(c.framework, test_text("plain")));
    cr_assert_eq(c.anchor.n, 10);
    cr_assert_eq(c.inbox_open, 0);
    yq_client_view view;
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.height, 100);
    static const char *const want[] = {"abc", "city-a", "city-b"};
    yq_slice id = {0};
    for (unsigned i = 0; i < 3; i++) {
        cr_assert(yq_hub_chain_next(&w.hub, id, &c));
        cr_assert(yq_slice_equal(c.id, test_text(want[i])));
        id = c.id;
    }
    cr_assert_not(yq_hub_chain_next(&w.hub, id, &c));
}

Test(chain, one_key_freezes_for_a_day_three_times_a_month, .init = setup_cities, .fini = teardown)
{
    const uint64_t hour = 3600000, day = 24 * hour;
    cr_assert_eq(act(&w.operator_[0], YQ_METHOD_CHAIN_FREEZE, "city-b", hour), YQ_E_PERMISSION);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-x", hour), YQ_E_NOT_FOUND);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", day), YQ_OK);
    yq_chain c = chain_of("city-b");
    cr_assert_eq(c.state, YQ_CHAIN_FROZEN);
    cr_assert_eq(c.frozen_until_ms, w.time_ms + day);
    cr_assert(yq_slice_equal(c.freeze_reason, test_text("drill")));
    cr_assert_eq(act(&w.admin[2], YQ_METHOD_CHAIN_FREEZE, "city-b", hour), YQ_E_STATE);
    test_begin(&w, day - 1);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_FROZEN);
    test_begin(&w, 1);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_ACTIVE);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_CHAIN, YQ_CHAIN_ACTIVE), 1);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 1), YQ_OK);
        test_begin(&w, 1);
    }
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 1), YQ_E_RATE_LIMIT);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-a", 1), YQ_OK, "another target");
    cr_assert_eq(act(&w.admin[2], YQ_METHOD_CHAIN_FREEZE, "city-b", 1), YQ_OK, "another key");
    test_begin(&w, 30 * day);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 1), YQ_OK, "another month");
}

Test(chain, longer_by_governance_and_so_is_the_end, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 86400001), YQ_OK);
    uint64_t number = test_data_u64(&w);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_ACTIVE, "a proposal");
    test_approve(&w, number);
    cr_assert_eq(chain_of("city-b").frozen_until_ms, w.time_ms + 86400001);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 0), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(chain_of("city-b").frozen_until_ms, 0);
    test_begin(&w, UINT64_C(100) * 24 * 3600000);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_FROZEN, "the shorter end no longer counts");
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_UNFREEZE, "city-a", 0), YQ_E_STATE);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_UNFREEZE, "city-b", 0), YQ_OK);
    number = test_data_u64(&w);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_FROZEN);
    test_approve(&w, number);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_ACTIVE);
}

Test(chain, misbehaviour_freezes_without_expiry, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_MISBEHAVIOUR, "city-b", "nothing", 7), YQ_E_NOT_PROVEN);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_MISBEHAVIOUR, "city-b", "two headers", 11), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_ALARM, 229), 1);
    yq_chain c = chain_of("city-b");
    cr_assert_eq(c.state, YQ_CHAIN_FROZEN);
    cr_assert_eq(c.misbehaved, 1);
    cr_assert_eq(c.frozen_until_ms, 0);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_UNFREEZE, "city-b", 0), YQ_E_MISBEHAVIOUR);
    cr_assert_eq(
        evidence(YQ_METHOD_CLIENT_UPDATE, "city-b", "\1\0\0\0\0\0\0\0\xc8", 9), YQ_E_CHAIN_FROZEN);
    const yq_inbox_state state = {.epoch = 1, .set_hash = w.set};
    cr_assert_eq(test_state(&w, "city-b", 60, &state), YQ_E_CHAIN_FROZEN);
}

static yq_status recover(
    const yq_digest *signer, const char *chain, const char *anchor, size_t n, uint32_t verifier)
{
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_RECOVER,
        .as.chain_recover = {
            .anchor = yq_slice_of(anchor, n),
            .chain = test_text(chain),
            .reason = test_text("drill"),
            .verifier = verifier}};
    return test_execute(&w, signer, &tx);
}

static uint64_t client_height(const char *chain)
{
    yq_client_view view;
    cr_assert_eq(yq_hub_client(&w.hub, test_text(chain), &view), YQ_OK);
    return view.height;
}

#define NEW_ANCHOR "ok\0\0\0\0\0\0\0\7"

Test(chain, a_new_anchor_by_vote_ends_misbehaviour, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_MISBEHAVIOUR, "city-b", "two headers", 11), YQ_OK);
    cr_assert_eq(recover(&w.admin[1], "city-x", NEW_ANCHOR, 10, 1), YQ_E_NOT_FOUND);
    cr_assert_eq(recover(&w.adapter[1], "city-b", NEW_ANCHOR, 10, 1), YQ_E_PERMISSION);
    cr_assert_eq(recover(&w.admin[1], "city-b", NEW_ANCHOR, 10, 2), YQ_E_UNSUPPORTED);
    cr_assert_neq(recover(&w.admin[1], "city-b", "no anchor", 9, 1), YQ_OK);
    cr_assert_eq(recover(&w.admin[1], "city-b", NEW_ANCHOR, 10, 1), YQ_OK);
    uint64_t number = test_data_u64(&w);
    cr_assert_eq(client_height("city-b"), 100);
    yq_state_key tried;
    int found = 0;
    yq_state_key_str(&tried, YQ_MODULE_CLIENT, YQ_TABLE_CLIENT_STATE, test_text(TEST_HUB));
    (void)w.kv.kv.get(w.kv.kv.self, yq_state_key_slice(&tried), &found);
    cr_assert_not(found, "an anchor that is tried leaves nothing");
    cr_assert_eq(chain_of("city-b").misbehaved, 1);
    test_approve(&w, number);
    cr_assert_eq(proposal_state(number), YQ_PROPOSAL_EXECUTED);
    yq_chain c = chain_of("city-b");
    cr_assert_eq(c.state, YQ_CHAIN_ACTIVE);
    cr_assert_eq(c.misbehaved, 0);
    cr_assert(yq_slice_equal(c.anchor, yq_slice_of(NEW_ANCHOR, 10)));
    cr_assert_eq(c.proposal, number);
    cr_assert_eq(client_height("city-b"), 7);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-b", "\1\0\0\0\0\0\0\0\x08", 9), YQ_OK);
    cr_assert_eq(client_height("city-b"), 8);
}

/* The client's records are the old anchor's; the verifier may be another version of the same. */
Test(chain, a_recovered_client_begins_empty, .init = setup_cities, .fini = teardown)
{
    yq_verifier next = *test_verifiers[0];
    const yq_verifier *const both[] = {test_verifiers[0], &next};
    yq_state_key key;
    int found = 0;
    next.version = 2;
    w.hub.verifier = both;
    w.hub.verifier_n = 2;
    yq_state_key_str2(
        &key, YQ_MODULE_CLIENT, YQ_TABLE_CLIENT_RECORD, test_text("city-b"), test_text("old"));
    w.kv.kv.put(w.kv.kv.self, yq_state_key_slice(&key), test_text("header"));
    cr_assert_eq(recover(&w.admin[1], "city-b", NEW_ANCHOR, 10, 2), YQ_OK);
    uint64_t number = test_data_u64(&w);
    (void)w.kv.kv.get(w.kv.kv.self, yq_state_key_slice(&key), &found);
    cr_assert(found, "not before the vote");
    test_approve(&w, number);
    (void)w.kv.kv.get(w.kv.kv.self, yq_state_key_slice(&key), &found);
    cr_assert_not(found);
    cr_assert_eq(chain_of("city-b").verifier, 2);
}

Test(chain, a_client_that_only_stopped_gets_a_new_anchor, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(recover(&w.admin[1], "city-b", NEW_ANCHOR, 10, 1), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_ACTIVE);
    cr_assert_eq(client_height("city-b"), 7);
    cr_assert_eq(recover(&w.admin[1], "city-b", NEW_ANCHOR, 10, 1), YQ_OK);
    uint64_t number = test_data_u64(&w);
    cr_assert_eq(act(&w.admin[0], YQ_METHOD_CHAIN_RETIRE, "city-b", 0), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_RETIRED);
    test_approve(&w, number);
    cr_assert_eq(proposal_state(number), YQ_PROPOSAL_FAILED, "a chain that is gone stays so");
    cr_assert_eq(recover(&w.admin[1], "city-b", NEW_ANCHOR, 10, 1), YQ_E_CHAIN_INACTIVE);
}

Test(chain, misbehaviour_ends_a_freeze_that_would_expire, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 1000), YQ_OK);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-b", "\2", 1), YQ_OK);
    cr_assert_eq(w.data_n, 0);
    test_begin(&w, 2000);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_FROZEN);
    cr_assert_eq(chain_of("city-b").misbehaved, 1);
}

Test(chain, retiring_waits_for_open_messages, .init = setup_cities, .fini = teardown)
{
    yq_packet p = test_packet(1);
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    yq_digest id = test_data_id(&w);
    cr_assert_eq(act(&w.admin[0], YQ_METHOD_CHAIN_RETIRE, "city-b", 0), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_DRAINING);
    p = test_packet(2);
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    yq_digest second = test_data_id(&w);
    yq_message m = test_message(&w, &second);
    cr_assert_eq(m.state, YQ_MESSAGE_REFUSED);
    cr_assert_eq(m.code, YQ_E_CHAIN_INACTIVE);
    m = test_message(&w, &id);
    const yq_done done = {.index = m.index, .commitment = m.commitment, .status = YQ_DONE_OK};
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_RETIRED);
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_E_CHAIN_INACTIVE);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 1000), YQ_E_CHAIN_INACTIVE);
}

Test(chain, a_freeze_gives_back_the_state_before_it, .init = setup_cities, .fini = teardown)
{
    yq_packet p = test_packet(1);
    cr_assert_eq(test_sent(&w, "city-a", &p), YQ_OK);
    yq_digest id = test_data_id(&w);
    yq_message m = test_message(&w, &id);
    const yq_done done = {.index = m.index, .commitment = m.commitment, .status = YQ_DONE_OK};
    cr_assert_eq(act(&w.admin[0], YQ_METHOD_CHAIN_RETIRE, "city-b", 0), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 1000), YQ_OK);
    cr_assert_eq(act(&w.admin[0], YQ_METHOD_CHAIN_RETIRE, "city-b", 0), YQ_E_STATE);
    test_begin(&w, 1000);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_DRAINING);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 1000), YQ_OK);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 90000000), YQ_OK);
    test_approve(&w, test_data_u64(&w)); /* longer, while it is frozen */
    cr_assert_eq(test_done(&w, "city-b", &done), YQ_OK);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_FROZEN);
    test_begin(&w, 90000000);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_RETIRED, "its last message ended meanwhile");
}

Test(chain, a_freeze_that_comes_too_late_fails, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 0), YQ_OK);
    uint64_t number = test_data_u64(&w);
    cr_assert_eq(act(&w.admin[0], YQ_METHOD_CHAIN_RETIRE, "city-b", 0), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    test_approve(&w, number);
    cr_assert_eq(proposal_state(number), YQ_PROPOSAL_FAILED);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_RETIRED);

    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-a", 90000000), YQ_OK);
    number = test_data_u64(&w);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_MISBEHAVIOUR, "city-a", "two headers", 11), YQ_OK);
    test_approve(&w, number);
    cr_assert_eq(proposal_state(number), YQ_PROPOSAL_FAILED);
    cr_assert_eq(chain_of("city-a").frozen_until_ms, 0, "no end where there was none");
}

Test(chain, an_unfreeze_voted_on_before_misbehaviour_fails, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-b", 86400000), YQ_OK);
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_UNFREEZE, "city-b", 0), YQ_OK);
    uint64_t number = test_data_u64(&w);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_MISBEHAVIOUR, "city-b", "two headers", 11), YQ_OK);
    test_approve(&w, number);
    cr_assert_eq(proposal_state(number), YQ_PROPOSAL_FAILED);
    cr_assert_eq(chain_of("city-b").state, YQ_CHAIN_FROZEN);
}

static size_t records_of(const char *chain)
{
    yq_state_key prefix;
    yq_slice key, value, after = {0};
    size_t n = 0;
    yq_hub_reset(&w.hub);
    yq_state_key_str(&prefix, YQ_MODULE_CLIENT, YQ_TABLE_CLIENT_RECORD, test_text(chain));
    while (yq_state_next(&w.hub, &prefix, after, &key, &value)) {
        after = key;
        n++;
    }
    return n;
}

Test(chain, a_new_registration_starts_a_new_client, .init = setup, .fini = teardown)
{
    static const uint8_t other[] = {'o', 'k', 0, 0, 0, 0, 0, 0, 0, 101};
    yq_tx tx = test_register_tx("city-a", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(test_vote(&w, 0, 1, 0), YQ_OK);
    cr_assert_eq(test_vote(&w, 1, 1, 0), YQ_OK);
    tx.as.chain_register.anchor = yq_slice_of(other, sizeof other);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(records_of("city-a"), 1, "no record of the first anchor stays");
    yq_client_view view;
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.height, 101);
    cr_assert(yq_slice_equal(chain_of("city-a").anchor, yq_slice_of(other, sizeof other)));
}

Test(chain, there_is_room_for_1024, .init = setup, .fini = teardown)
{
    for (unsigned i = 0; i <= 1024; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "city-%u", i);
        yq_tx tx = test_register_tx(id, 1);
        yq_buf out = {w.room, YQ_TX_SIZE_MAX, 0};
        cr_assert_eq(yq_tx_encode(&tx, &out), YQ_OK);
        yq_hub_execute(&w.hub, &w.admin[0], yq_slice_of(out.p, out.n), &w.result);
        cr_assert_eq(w.result.status, i < 1024 ? YQ_OK : YQ_E_LIMIT);
        test_kv_forget_undo(&w.kv);
    }
    cr_assert_eq(test_vote(&w, 0, 1, 0), YQ_OK);
    cr_assert_eq(test_vote(&w, 1, 1, 0), YQ_OK);
    yq_tx tx = test_register_tx("city-0", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK, "a draft has its place already");
}

Test(reads, names_of_any_size_are_looked_up, .init = setup_cities, .fini = teardown)
{
    static uint8_t large[400];
    const yq_slice name = yq_slice_of(large, sizeof large);
    yq_chain chain;
    yq_client_view view;
    yq_service service;
    yq_outbox_view box;
    uint64_t index;
    uint8_t room[64];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_hub_chain(&w.hub, name, &chain), YQ_E_NOT_FOUND);
    cr_assert_not(yq_hub_chain_next(&w.hub, name, &chain));
    cr_assert_eq(yq_hub_client(&w.hub, name, &view), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_hub_service(&w.hub, name, name, &service), YQ_E_NOT_FOUND);
    cr_assert_not(yq_hub_service_next(&w.hub, name, name, &service));
    yq_lane lane = {.src_chain = name};
    cr_assert_eq(yq_hub_lane(&w.hub, &lane), YQ_E_NOT_FOUND);
    cr_assert_not(yq_hub_lane_next(&w.hub, &lane));
    cr_assert_eq(yq_hub_outbox(&w.hub, name, &box), YQ_E_NOT_FOUND);
    cr_assert_eq(yq_hub_outbox_open(&w.hub, name, 0, &index, 1), 0);
    cr_assert_eq(yq_hub_delivery(&w.hub, name, 0, 1, name, &out), YQ_E_NOT_FOUND);
}

Test(reads, a_context_without_room_says_so, .init = setup_cities, .fini = teardown)
{
    yq_chain chain;
    yq_signer_view view;
    yq_hub_reset(&w.hub);
    w.hub.arena.used = w.hub.arena.cap;
    cr_assert_eq(yq_hub_chain(&w.hub, test_text("city-a"), &chain), YQ_E_NOSPC);
    cr_assert_eq(yq_hub_signer(&w.hub, &w.admin[0], &view), YQ_E_NOSPC);
    yq_hub_reset(&w.hub);
    cr_assert_eq(yq_hub_chain(&w.hub, test_text("city-a"), &chain), YQ_OK);
    w.hub.arena.used = w.hub.arena.cap;
    yq_digest set = {{5}};
    cr_assert_eq(yq_hub_note_set(&w.hub, 9, 1, &set), YQ_OK);
    set.b[0] = 6;
    cr_assert_eq(yq_hub_note_set(&w.hub, 9, 1, &set), YQ_E_EXISTS, "it was written");
}

/* ---- clients ---- */

Test(client, updates, .init = setup_cities, .fini = teardown)
{
    static const char to200[] = "\1\0\0\0\0\0\0\0\xc8";
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", to200, 9), YQ_OK);
    cr_assert_eq(test_data_u64(&w), 200);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_CLIENT, 200), 1);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", to200, 9), YQ_E_REPLAY);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", "\3", 1), YQ_E_SIG);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", "\4", 1), YQ_E_LIMIT);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", "\5", 1), YQ_E_LIMIT);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", "\6", 1), YQ_E_LIMIT);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", "\7", 1), YQ_E_BUDGET);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-x", "\3", 1), YQ_E_NOT_FOUND);
    yq_client_view view;
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-a"), &view), YQ_OK);
    cr_assert_eq(view.height, 200);
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-x"), &view), YQ_E_NOT_FOUND);
}

Test(
    client,
    frozen_chains_are_followed_and_those_not_yet_active_are_not,
    .init = setup_cities,
    .fini = teardown)
{
    static const char to200[] = "\1\0\0\0\0\0\0\0\xc8";
    cr_assert_eq(act(&w.admin[1], YQ_METHOD_CHAIN_FREEZE, "city-a", 1000), YQ_OK);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", to200, 9), YQ_OK);
    yq_tx tx = test_register_tx("city-c", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-c", to200, 9), YQ_E_CHAIN_INACTIVE);
}

Test(client, methods_that_a_verifier_does_not_offer, .init = setup_cities, .fini = teardown)
{
    yq_verifier less = test_verifier;
    const yq_verifier *const table[] = {&less};
    w.hub.verifier = table;
    less.misbehaviour = NULL;
    less.describe = NULL;
    yq_client_view view;
    cr_assert_eq(
        evidence(YQ_METHOD_CLIENT_MISBEHAVIOUR, "city-a", "two headers", 11), YQ_E_UNSUPPORTED);
    cr_assert_eq(yq_hub_client(&w.hub, test_text("city-a"), &view), YQ_E_UNSUPPORTED);
    cr_assert_eq(evidence(YQ_METHOD_CLIENT_UPDATE, "city-a", "\1\0\0\0\0\0\0\0\xc8", 9), YQ_OK);
    cr_assert_eq(test_data_u64(&w), 0, "it cannot say its height");
    less.event = NULL;
    const test_event e = {50, "cc", "Sent", test_text("x"), "t1", 0, 3};
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_UNSUPPORTED);
    w.hub.verifier_n = 0; /* a node that lacks an active version */
    cr_assert_eq(test_submit(&w, "city-a", &e), YQ_E_UNSUPPORTED);
}

Test(client, an_adapters_key_may_be_bound_to_its_chain, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(key_add(&w.admin[0], 0xe7, YQ_ROLE_ADAPTER, "city-b"), YQ_OK);
    yq_digest bound = test_data_id(&w);
    cr_assert_eq(key_add(&w.admin[0], 0xe8, YQ_ROLE_GATEWAY, ""), YQ_OK);
    yq_digest gateway = test_data_id(&w);
    yq_tx tx = {
        .method = YQ_METHOD_CLIENT_UPDATE,
        .as.evidence = {test_text("city-a"), yq_slice_of("\1\0\0\0\0\0\0\0\xc8", 9)}};
    cr_assert_eq(test_execute(&w, &bound, &tx), YQ_E_PERMISSION);
    cr_assert_eq(test_execute(&w, &gateway, &tx), YQ_E_PERMISSION);
    tx.as.evidence.chain = test_text("city-b");
    cr_assert_eq(test_execute(&w, &bound, &tx), YQ_OK);
}

/* ---- services and lanes ---- */

Test(service, permissions_and_meanings, .init = setup_cities, .fini = teardown)
{
    yq_tx tx = {
        .method = YQ_METHOD_SERVICE_REGISTER,
        .as.service = {
            .chain = test_text("city-a"),
            .emitter = test_text("cc"),
            .event = test_text("Sent"),
            .service = test_text("m"),
            .kind = YQ_SERVICE_MAPPED}};
    cr_assert_eq(test_execute(&w, &w.admin[1], &tx), YQ_E_PERMISSION, "another organisation");
    cr_assert_eq(test_execute(&w, &w.adapter[0], &tx), YQ_E_PERMISSION);
    tx.as.service.ordered = 1;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_LANE_ORDER);
    tx.as.service.ordered = 0;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(test_told(&w, YQ_HUB_EVENT_SERVICE, YQ_SERVICE_MAPPED), 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_EXISTS);
    cr_assert_eq(test_service(&w, "city-a", "n", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_E_EXISTS);
    cr_assert_eq(test_service(&w, "city-a", "n", YQ_SERVICE_CONTRACT, "cc", "Sent"), YQ_E_EXISTS);
    cr_assert_eq(test_service(&w, "city-a", "n", YQ_SERVICE_MAPPED, "box", "Yuqiao"), YQ_E_EXISTS);
    cr_assert_eq(
        test_service(&w, "city-b", "n", YQ_SERVICE_MAPPED, "box", "Yuqiao"),
        YQ_E_EXISTS,
        "the inbox");
    cr_assert_eq(test_service(&w, "city-a", "n", YQ_SERVICE_CONTRACT, "out", "Yuqiao"), YQ_OK);
    cr_assert_eq(test_service(&w, "city-a", "o", YQ_SERVICE_CONTRACT, "out", "Other"), YQ_E_EXISTS);
    cr_assert_eq(test_service(&w, "city-a", "o", YQ_SERVICE_CONTRACT, "out", "Yuqiao"), YQ_OK);
    cr_assert_eq(
        test_service(&w, "city-x", "o", YQ_SERVICE_CONTRACT, "out", "Yuqiao"), YQ_E_NOT_FOUND);
    cr_assert_eq(test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "dd", "Sent"), YQ_E_EXISTS);
    yq_tx voting = test_register_tx("city-d", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &voting), YQ_OK);
    cr_assert_eq(
        test_service(&w, "city-d", "o", YQ_SERVICE_MAPPED, "dd", "Sent"), YQ_E_CHAIN_INACTIVE);
    test_chain(&w, "plain-c", 0);
    cr_assert_eq(
        test_service(&w, "plain-c", "o", YQ_SERVICE_CONTRACT, "out", "Yuqiao"), YQ_E_STATE);
    cr_assert_eq(test_service(&w, "plain-c", "o", YQ_SERVICE_MAPPED, "out", "Yuqiao"), YQ_OK);

    static const char *const want[] = {"m", "n", "o", "send"};
    yq_service s;
    yq_slice at = {0};
    for (unsigned i = 0; i < 4; i++) {
        cr_assert(yq_hub_service_next(&w.hub, test_text("city-a"), at, &s));
        cr_assert(yq_slice_equal(s.service, test_text(want[i])));
        cr_assert(yq_slice_equal(s.chain, test_text("city-a")));
        at = s.service;
    }
    cr_assert_not(yq_hub_service_next(&w.hub, test_text("city-a"), at, &s));
    cr_assert_eq(yq_hub_service(&w.hub, test_text("city-a"), test_text("m"), &s), YQ_OK);
    cr_assert(yq_slice_equal(s.event, test_text("Sent")));
}

Test(lane, permissions_and_ends, .init = setup_cities, .fini = teardown)
{
    yq_tx tx = test_lane_tx("city-a", "send", "city-b", "two");
    cr_assert_eq(test_execute(&w, &w.admin[1], &tx), YQ_E_PERMISSION);
    cr_assert_eq(test_execute(&w, &w.operator_[0], &tx), YQ_E_PERMISSION);
    tx.as.lane.order = YQ_ORDER_ORDERED;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_LANE_ORDER);
    tx = test_lane_tx("city-a", "other", "city-b", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_NOT_FOUND);
    tx = test_lane_tx("city-a", "send", "city-x", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_NOT_FOUND);
    tx = test_lane_tx("city-x", "send", "city-b", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_NOT_FOUND);
    tx = test_lane_tx("city-a", "send", "city-a", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_RANGE);
    tx = test_lane_tx("city-a", "send", TEST_HUB, "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_TARGET_FORBIDDEN);
    test_chain(&w, "plain-c", 0);
    tx = test_lane_tx("city-a", "send", "plain-c", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_STATE, "no inbox");
    tx = test_register_tx("city-d", 1);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    tx = test_lane_tx("city-a", "send", "city-d", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_CHAIN_INACTIVE);

    tx = test_lane_tx("city-a", "send", "city-b", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    tx.as.lane.payload_max = 7;
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK, "opened again");
    yq_lane lane = {0};
    unsigned n = 0;
    while (yq_hub_lane_next(&w.hub, &lane)) {
        n++;
    }
    cr_assert_eq(n, 2);
    lane = (yq_lane){
        .src_chain = test_text("city-a"),
        .src_service = test_text("send"),
        .dst_chain = test_text("city-b"),
        .dst_service = test_text("two")};
    cr_assert_eq(yq_hub_lane(&w.hub, &lane), YQ_OK);
    cr_assert_eq(lane.payload_max, 7);
    lane.dst_service = test_text("three");
    cr_assert_eq(yq_hub_lane(&w.hub, &lane), YQ_E_NOT_FOUND);
}

Test(lane, a_mapped_service_has_one, .init = setup_cities, .fini = teardown)
{
    cr_assert_eq(test_service(&w, "city-a", "m", YQ_SERVICE_MAPPED, "cc", "Sent"), YQ_OK);
    yq_tx tx = test_lane_tx("city-a", "m", "city-b", "one");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_OK);
    tx = test_lane_tx("city-a", "m", "city-b", "two");
    cr_assert_eq(test_execute(&w, &w.admin[0], &tx), YQ_E_EXISTS);
}
