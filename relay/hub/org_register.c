#include "relay/crypto/crypto.h"
#include "relay/hub/org.h"
#include "relay/hub/proposal.h"

static yq_status check_new(yq_hub *hub, const yq_tx_org_register *tx)
{
    yq_org org;
    yq_digest id;
    yq_state_key key;
    yq_signer_id(YQ_SUITE_SM2, tx->admin, &id);
    yq_state_key_digest(&key, YQ_MODULE_ORG, YQ_TABLE_ORG_KEY, &id);
    return yq_org_load(hub, tx->code, &org) || yq_state_has(hub, &key) ? YQ_E_EXISTS : YQ_OK;
}

yq_status yq_org_register(yq_hub *hub, yq_call *call)
{
    if (!yq_org_is_voting_admin(hub, call)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of a voting organisation");
    }
    yq_status status = check_new(hub, &call->tx.as.org_register);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "code or key");
    }
    return yq_governance_propose(hub, call, call->tx.as.org_register.code);
}

yq_status yq_org_register_apply(yq_hub *hub, const yq_tx_org_register *tx)
{
    yq_status status = check_new(hub, tx);
    if (status != YQ_OK) {
        return status;
    }
    yq_digest id;
    const yq_org org = {.code = tx->code, .name = tx->name};
    yq_org_store(hub, &org);
    status = yq_org_add_key(hub, tx->code, tx->admin, YQ_ROLE_ADMIN, (yq_slice){0}, &id);
    if (status == YQ_OK) {
        yq_state_tell(hub, YQ_HUB_EVENT_ORG, tx->code, 1);
    }
    return status;
}
