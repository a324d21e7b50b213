#ifndef YQ_LIGHT_CLIENTS_EVM_TEST_KIT_H
#define YQ_LIGHT_CLIENTS_EVM_TEST_KIT_H

/* For the kit's cases: what those of consensus and those of receipts and state share. */
#include "light-clients/evm/test_state.h"
#include "relay/hub/test_kit_file.h"

static uint8_t test_room[TEST_BYTES_MAX];
static const test_wish test_two = {.proposer = TEST_NONE, .seals = "ss-"}; /* of three: a quorum */

static inline yq_slice test_one(const test_block *b)
{
    return test_update(b, 1, test_room);
}

static inline test_block test_with_state(
    const test_chain *c, const test_block *prev, const test_contract *state, test_wish wish)
{
    test_block b = test_next(c, prev, wish);
    b.state_root = state->root;
    test_seal(c, wish, &b);
    return b;
}

#endif /* YQ_LIGHT_CLIENTS_EVM_TEST_KIT_H */
