#include "relay/hub/chain.h"
#include "relay/hub/proposal.h"

/* Typed reads of chains and proposals, and the names of numbers. The other modules have theirs. */

/* The anchor is kept once, in the proposal that was voted on. */
static int with_anchor(yq_hub *hub, const yq_chain_record *record, yq_chain *out)
{
    yq_proposal proposal;
    yq_tx tx;
    *out = record->view;
    size_t mark = hub->arena.used;
    if (!yq_proposal_load(hub, record->view.proposal, &proposal) ||
        !yq_proposal_tx(hub, &proposal, &tx)) {
        return 0;
    }
    const yq_slice anchor = tx.method == YQ_METHOD_CHAIN_RECOVER ? tx.as.chain_recover.anchor
                                                                 : tx.as.chain_register.anchor;
    /* Of the copies that were read only the anchor stays, at their beginning. */
    out->anchor = yq_slice_of(hub->arena.p + mark, anchor.n);
    memmove(hub->arena.p + mark, anchor.p, out->anchor.n);
    hub->arena.used = mark + out->anchor.n;
    return 1;
}

yq_status yq_hub_chain(yq_hub *hub, yq_slice id, yq_chain *out)
{
    yq_chain_record record;
    *out = (yq_chain){0};
    hub->exhausted = 0;
    if (!yq_chain_load(hub, id, &record)) {
        return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
    }
    return with_anchor(hub, &record, out) ? YQ_OK : YQ_E_NOSPC;
}

int yq_hub_chain_next(yq_hub *hub, yq_slice id, yq_chain *out)
{
    yq_state_key prefix, at;
    yq_slice key, value, after = {0};
    *out = (yq_chain){0};
    hub->exhausted = 0;
    if (id.n > YQ_CHAIN_ID_SIZE_MAX) {
        return 0;
    }
    yq_state_key_begin(&prefix, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN);
    if (id.n > 0) {
        yq_state_key_str(&at, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN, id);
        after = yq_state_key_slice(&at);
    }
    if (!yq_state_next(hub, &prefix, after, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(key);
    (void)yq_cur_take(&c, prefix.w.n);
    yq_slice next = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    yq_state_record_done(&c);
    return yq_hub_chain(hub, next, out) == YQ_OK;
}

yq_status yq_hub_proposal(yq_hub *hub, uint64_t number, yq_proposal *out)
{
    hub->exhausted = 0;
    if (yq_proposal_load(hub, number, out)) {
        return YQ_OK;
    }
    return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
}

uint64_t yq_hub_proposal_count(yq_hub *hub)
{
    hub->exhausted = 0;
    return yq_proposal_count(hub);
}
