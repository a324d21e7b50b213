#include "relay/hub/governance.h"

#include "relay/base/assert.h"
#include "relay/hub/chain.h"
#include "relay/hub/org.h"
#include "relay/hub/protocol.h"
#include "relay/hub/validators.h"

static yq_status apply(yq_hub *hub, const yq_proposal *p)
{
    yq_tx tx;
    if (!yq_proposal_tx(hub, p, &tx)) {
        return YQ_E_LIMIT;
    }
    switch (tx.method) {
    case YQ_METHOD_ORG_REGISTER:
        return yq_org_register_apply(hub, &tx.as.org_register);
    case YQ_METHOD_CHAIN_REGISTER:
        return yq_chain_register_apply(hub, tx.as.chain_register.chain, p->number);
    case YQ_METHOD_CHAIN_FREEZE:
        return yq_chain_freeze_apply(hub, &tx.as.chain_act);
    case YQ_METHOD_CHAIN_UNFREEZE:
        return yq_chain_unfreeze_apply(hub, &tx.as.chain_act);
    case YQ_METHOD_CHAIN_RECOVER:
        return yq_chain_recover_apply(hub, &tx.as.chain_recover, p->number);
    case YQ_METHOD_PROTOCOL_ACTIVATE:
        return yq_protocol_activate_apply(hub, &tx.as.protocol);
    case YQ_METHOD_VALIDATORS_CHANGE:
        return yq_validators_change_apply(hub, &tx.as.validators);
    case YQ_METHOD_CHAIN_RETIRE:
        return yq_chain_retire_apply(hub, &tx.as.chain_act);
    }
    return YQ_E_METHOD_UNKNOWN;
}

/* What a closed proposal leaves behind: a chain that did not become active is a draft. */
static void close_unapproved(yq_hub *hub, yq_proposal *p, yq_proposal_state state)
{
    p->state = (uint8_t)state;
    if (p->method == YQ_METHOD_CHAIN_REGISTER) {
        yq_chain_register_drop(hub, p->subject, p->number);
    }
}

static void execute(yq_hub *hub, yq_proposal *p)
{
    size_t event_n = hub->event_n;
    uint64_t mark = hub->kv->mark(hub->kv->self);
    yq_status status = apply(hub, p);
    if (hub->exhausted) {
        return; /* the whole call is undone */
    }
    p->status = status;
    if (status == YQ_OK) {
        p->state = YQ_PROPOSAL_EXECUTED;
        return;
    }
    hub->kv->undo(hub->kv->self, mark);
    hub->event_n = event_n;
    close_unapproved(hub, p, YQ_PROPOSAL_FAILED);
}

static void count_vote(yq_hub *hub, yq_proposal *p, int approve)
{
    if (approve) {
        p->approvals++;
    } else {
        p->rejections++;
    }
    if (p->approvals >= p->needed) {
        yq_proposal_drop_due(hub, p->due_ms, p->number);
        p->due_ms = hub->time_ms + hub->rules.delay_ms;
        if (hub->rules.delay_ms == 0) {
            execute(hub, p);
        } else {
            p->state = YQ_PROPOSAL_APPROVED;
            yq_proposal_put_due(hub, p->due_ms, p->number);
        }
    } else if (p->rejections + p->needed > hub->rules.voters) {
        yq_proposal_drop_due(hub, p->due_ms, p->number);
        close_unapproved(hub, p, YQ_PROPOSAL_REJECTED);
    }
}

yq_status yq_governance_vote(yq_hub *hub, yq_call *call)
{
    const yq_tx_vote *tx = &call->tx.as.vote;
    if (!yq_org_is_voting_admin(hub, call)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of a voting organisation");
    }
    yq_proposal p;
    if (!yq_proposal_load(hub, tx->proposal, &p)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "proposal");
    }
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_GOVERNANCE, YQ_TABLE_GOVERNANCE_VOTE);
    yq_put_u64(&key.w, p.number);
    yq_put_str8(&key.w, call->who.org);
    if (yq_state_has(hub, &key)) {
        return yq_fail(call->why, YQ_E_VOTED, 0, "organisation");
    }
    if (p.state != YQ_PROPOSAL_OPEN) {
        return yq_fail(call->why, YQ_E_STATE, 0, yq_proposal_state_name(p.state));
    }
    uint8_t vote[1 + YQ_DIGEST_SIZE];
    vote[0] = tx->approve ? 1 : 2;
    memcpy(vote + 1, call->signer.b, YQ_DIGEST_SIZE);
    yq_state_store(hub, &key, yq_slice_of(vote, sizeof vote));
    count_vote(hub, &p, tx->approve);
    yq_proposal_store(hub, &p);
    yq_proposal_tell(hub, &p);
    yq_put_u8(&call->data, p.state);
    return YQ_OK;
}

void yq_governance_due(yq_hub *hub, uint64_t number)
{
    yq_proposal p;
    if (!yq_proposal_load(hub, number, &p)) {
        return;
    }
    if (p.state == YQ_PROPOSAL_APPROVED) {
        execute(hub, &p);
    } else if (p.state == YQ_PROPOSAL_OPEN) {
        close_unapproved(hub, &p, YQ_PROPOSAL_EXPIRED);
    } else {
        return;
    }
    yq_proposal_store(hub, &p);
    yq_proposal_tell(hub, &p);
}
