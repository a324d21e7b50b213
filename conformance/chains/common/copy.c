#include "conformance/chains/common/contract_parts.h"
#include "relay/base/assert.h"

#include <stdlib.h>

static void *copy_of(const void *from, size_t size)
{
    void *p = malloc(size + 1);
    YQ_ASSERT(p != NULL);
    yq_bytes_copy(p, from, size);
    return p;
}

yq_contract *yq_contract_copy(const yq_contract *contract)
{
    YQ_ASSERT(!contract->busy);
    yq_contract *c = malloc(sizeof *c);
    YQ_ASSERT(c != NULL);
    *c = *contract;
    c->hub = copy_of(contract->hub, contract->hub_n);
    c->own = copy_of(contract->own, contract->own_n);
    c->slot = copy_of(contract->slot, contract->slot_n * sizeof *c->slot);
    c->lane = copy_of(contract->lane, contract->lane_n * sizeof *c->lane);
    for (size_t i = 0; i < c->lane_n; i++) {
        const yq_contract_lane *lane = &contract->lane[i];
        c->lane[i].above = copy_of(lane->above, lane->above_n * sizeof *lane->above);
    }
    c->halt = copy_of(contract->halt, contract->halt_n * sizeof *c->halt);
    c->out = copy_of(contract->out, contract->out_n * sizeof *c->out);
    c->sent = copy_of(contract->sent, contract->sent_n * sizeof *c->sent);
    return c;
}
