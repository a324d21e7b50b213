#include "relay/hub/chain.h"
#include "relay/hub/governance.h"

/* Typed reads of chains and proposals, and the names of numbers. The other modules have theirs. */

const char *yq_chain_state_name(uint8_t state)
{
    switch ((yq_chain_state)state) {
    case YQ_CHAIN_INVALID:
        break;
    case YQ_CHAIN_DRAFT:
        return "draft";
    case YQ_CHAIN_VOTING:
        return "voting";
    case YQ_CHAIN_ACTIVE:
        return "active";
    case YQ_CHAIN_LAGGING:
        return "lagging";
    case YQ_CHAIN_FROZEN:
        return "frozen";
    case YQ_CHAIN_DRAINING:
        return "draining";
    case YQ_CHAIN_RETIRED:
        return "retired";
    }
    return "invalid";
}

const char *yq_proposal_state_name(uint8_t state)
{
    switch ((yq_proposal_state)state) {
    case YQ_PROPOSAL_INVALID:
        break;
    case YQ_PROPOSAL_OPEN:
        return "open";
    case YQ_PROPOSAL_APPROVED:
        return "approved";
    case YQ_PROPOSAL_EXECUTED:
        return "executed";
    case YQ_PROPOSAL_REJECTED:
        return "rejected";
    case YQ_PROPOSAL_FAILED:
        return "failed";
    case YQ_PROPOSAL_EXPIRED:
        return "expired";
    }
    return "invalid";
}

const char *yq_message_state_name(uint8_t state)
{
    switch ((yq_message_state)state) {
    case YQ_MESSAGE_INVALID:
        break;
    case YQ_MESSAGE_HELD:
        return "held";
    case YQ_MESSAGE_COMMITTED:
        return "committed";
    case YQ_MESSAGE_CANCELLING:
        return "cancelling";
    case YQ_MESSAGE_ACKED:
        return "acked";
    case YQ_MESSAGE_CANCELLED:
        return "cancelled";
    case YQ_MESSAGE_REFUSED:
        return "refused";
    case YQ_MESSAGE_SETTLED:
        return "settled";
    case YQ_MESSAGE_UNDO_FAILED:
        return "undo_failed";
    case YQ_MESSAGE_FORCED:
        return "forced";
    }
    return "invalid";
}

const char *yq_trace_step_name(uint8_t step)
{
    switch ((yq_trace_step)step) {
    case YQ_STEP_INVALID:
        break;
    case YQ_STEP_PROVEN:
        return "proven";
    case YQ_STEP_HELD:
        return "held";
    case YQ_STEP_COMMITTED:
        return "committed";
    case YQ_STEP_REFUSED:
        return "refused";
    case YQ_STEP_CANCELLING:
        return "cancelling";
    case YQ_STEP_DONE:
        return "done";
    case YQ_STEP_ACKNOWLEDGED:
        return "acknowledged";
    case YQ_STEP_SETTLED:
        return "settled";
    case YQ_STEP_UNDO_FAILED:
        return "undo_failed";
    case YQ_STEP_CONFLICT:
        return "conflict";
    }
    return "invalid";
}

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
    /* Of the copies that were read only the anchor stays, at their beginning. */
    out->anchor = yq_slice_of(hub->arena.p + mark, tx.as.chain_register.anchor.n);
    memmove(hub->arena.p + mark, tx.as.chain_register.anchor.p, out->anchor.n);
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
