#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

/* The protocol's version: one step at a time, by vote, from a height on. */

static test_world w;

static void setup(void)
{
    test_world_init(&w, 0);
}

static void teardown(void)
{
    test_world_free(&w);
}

static yq_status activate(const yq_digest *signer, uint8_t version, uint64_t height)
{
    yq_tx tx = {.method = YQ_METHOD_PROTOCOL_ACTIVATE};
    tx.as.protocol = (yq_tx_protocol){height, version, test_text("practice")};
    return test_execute(&w, signer, &tx);
}

Test(protocol, a_version_begins_at_its_height, .init = setup, .fini = teardown)
{
    uint64_t now = w.height;
    cr_assert_eq(yq_hub_version(&w.hub, now + 1000), 1);
    cr_assert_eq(activate(&w.admin[0], 2, now + 5), YQ_OK);
    uint64_t proposal = test_data_u64(&w);
    cr_assert_eq(yq_hub_version(&w.hub, now + 1000), 1, "nobody has agreed yet");
    test_approve(&w, proposal);
    cr_assert_eq(yq_hub_version(&w.hub, now + 4), 1);
    cr_assert_eq(yq_hub_version(&w.hub, now + 5), 2);
    cr_assert_eq(activate(&w.admin[0], 3, now + 9), YQ_E_STATE, "another one waits for its height");
    while (w.height < now + 5) {
        test_begin(&w, 1);
    }
    cr_assert_eq(activate(&w.admin[0], 4, now + 9), YQ_E_RANGE, "no version is left out");
    cr_assert_eq(activate(&w.admin[0], 2, now + 9), YQ_E_RANGE, "nor goes it back");
    cr_assert_eq(activate(&w.admin[0], 3, 1), YQ_OK);
    test_approve(&w, test_data_u64(&w));
    cr_assert_eq(yq_hub_version(&w.hub, w.height), 2, "never in the block that decides");
    cr_assert_eq(yq_hub_version(&w.hub, w.height + 1), 3);
}

Test(protocol, only_voting_organisations_propose, .init = setup, .fini = teardown)
{
    cr_assert_eq(activate(&w.operator_[0], 2, 9), YQ_E_PERMISSION);
    cr_assert_eq(activate(&w.admin[0], 1, 9), YQ_E_RANGE);
}

Test(protocol, two_proposals_of_one_step_make_one_step, .init = setup, .fini = teardown)
{
    uint64_t now = w.height;
    cr_assert_eq(activate(&w.admin[0], 2, now + 3), YQ_OK);
    uint64_t one = test_data_u64(&w);
    cr_assert_eq(activate(&w.admin[1], 2, now + 8), YQ_OK);
    uint64_t two = test_data_u64(&w);
    test_approve(&w, one);
    test_approve(&w, two);
    cr_assert_eq(yq_hub_version(&w.hub, now + 3), 2);
    cr_assert_eq(yq_hub_version(&w.hub, now + 2), 1);
}
