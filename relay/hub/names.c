#include "relay/hub/hub.h"

/* The names of numbers. */

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
    case YQ_MESSAGE_PREPARED:
        return "prepared";
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
    case YQ_STEP_FORCED:
        return "forced";
    case YQ_STEP_DECIDED:
        return "decided";
    }
    return "invalid";
}
