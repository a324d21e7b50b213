#include "relay/base/assert.h"
#include "relay/hub/chain.h"
#include "relay/hub/client.h"
#include "relay/hub/export.h"
#include "relay/hub/freeze.h"
#include "relay/hub/mutants.h"
#include "relay/hub/org.h"
#include "relay/hub/proposal.h"
#include "relay/hub/trust.h"

/* What administrators do with chains, and what governance makes of it. */

static yq_status check_new(yq_hub *hub, const yq_tx_chain_register *tx, int *again)
{
    if (yq_slice_equal(tx->chain, hub->rules.id)) {
        return YQ_E_TARGET_FORBIDDEN;
    }
    yq_chain_record old;
    *again = yq_chain_load(hub, tx->chain, &old);
    if (*again && old.view.state != YQ_CHAIN_DRAFT) {
        return YQ_E_EXISTS;
    }
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN_COUNT);
    uint64_t n = yq_state_load_u64(hub, &key);
    if (!*again && n >= YQ_CHAINS_MAX) {
        return YQ_E_LIMIT;
    }
    if (!*again) {
        yq_state_store_u64(hub, &key, n + 1);
    }
    return YQ_OK;
}

yq_status yq_chain_register(yq_hub *hub, yq_call *call)
{
    const yq_tx_chain_register *tx = &call->tx.as.chain_register;
    if (call->who.role != YQ_ROLE_ADMIN && call->who.role != YQ_ROLE_OPERATOR) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin or operator");
    }
    int again = 0;
    yq_status status = yq_export_check_suite(hub, tx->suite, call->why);
    if (status != YQ_OK) {
        return status;
    }
    status = check_new(hub, tx, &again);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "chain");
    }
    if (again) {
        yq_client_clear(hub, tx->chain);
    }
    status = yq_client_init(hub, tx, call->why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_chain_record chain = {
        .view =
            {.id = tx->chain,
             .name = tx->name,
             .framework = tx->framework,
             .org = call->who.org,
             .verifier = tx->verifier,
             .proposal = yq_proposal_count(hub) + 1,
             .inbox = tx->inbox,
             .inbox_event = tx->inbox_event,
             .hash = tx->hash,
             .suite = tx->suite,
             .trust_ms = tx->trust_ms,
             .trusted_from_ms = hub->time_ms},
        .thawed = YQ_CHAIN_ACTIVE};
    yq_chain_record made = chain;
    yq_chain_move(hub, &made, YQ_CHAIN_VOTING);
    return yq_governance_propose(hub, call, tx->chain);
}

yq_status yq_chain_register_apply(yq_hub *hub, yq_slice id, uint64_t proposal)
{
    yq_chain_record chain;
    if (!yq_chain_load(hub, id, &chain) || chain.view.state != YQ_CHAIN_VOTING ||
        chain.view.proposal != proposal) {
        return YQ_E_STATE;
    }
    yq_status status = yq_export_check_suite(hub, chain.view.suite, NULL);
    if (status != YQ_OK) {
        return status;
    }
    yq_export_use(hub, chain.view.suite);
    yq_trust_begin(hub, &chain);
    yq_chain_move(hub, &chain, YQ_CHAIN_ACTIVE);
    return YQ_OK;
}

void yq_chain_register_drop(yq_hub *hub, yq_slice id, uint64_t proposal)
{
    yq_chain_record chain;
    if (yq_chain_load(hub, id, &chain) && chain.view.state == YQ_CHAIN_VOTING &&
        chain.view.proposal == proposal) {
        yq_chain_move(hub, &chain, YQ_CHAIN_DRAFT);
    }
}

static yq_status check_admin(yq_hub *hub, yq_call *call, yq_slice id, yq_chain_record *chain)
{
    if (!yq_chain_load(hub, id, chain)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "chain");
    }
    int own = call->who.role == YQ_ROLE_ADMIN && yq_slice_equal(call->who.org, chain->view.org);
    if (!own && !yq_org_is_voting_admin(hub, call)) {
        return yq_fail(
            call->why, YQ_E_PERMISSION, 0, "an admin of a voting or the chain's organisation");
    }
    return YQ_OK;
}

static int can_freeze(const yq_chain_record *chain)
{
    return chain->view.state == YQ_CHAIN_ACTIVE || chain->view.state == YQ_CHAIN_LAGGING ||
           chain->view.state == YQ_CHAIN_DRAINING;
}

yq_status yq_chain_freeze(yq_hub *hub, yq_call *call)
{
    const yq_tx_chain_act *act = &call->tx.as.chain_act;
    yq_chain_record chain;
    yq_status status = check_admin(hub, call, call->tx.as.chain_act.chain, &chain);
    if (status != YQ_OK) {
        return status;
    }
    int frozen = chain.view.state == YQ_CHAIN_FROZEN;
    if (!frozen && !can_freeze(&chain)) {
        return yq_fail(call->why, YQ_E_CHAIN_INACTIVE, 0, "chain");
    }
    if (act->duration_ms == 0 || act->duration_ms > YQ_FREEZE_MS_MAX) {
        return yq_governance_propose(hub, call, act->chain);
    }
    if (frozen) {
        return yq_fail(call->why, YQ_E_STATE, 0, "frozen already");
    }
    yq_state_key key;
    yq_state_key_str(&key, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN_FREEZE, act->chain);
    yq_put_bytes(&key.w, call->signer.b, YQ_DIGEST_SIZE);
    yq_put_u64(&key.w, hub->time_ms / YQ_FREEZE_MONTH_MS);
    uint64_t n = yq_state_load_u64(hub, &key);
    if (n >= YQ_FREEZES_MAX) {
        return yq_fail(call->why, YQ_E_RATE_LIMIT, 0, "freezes by this key in this month");
    }
    yq_state_store_u64(hub, &key, n + 1);
    yq_chain_freeze_until(hub, &chain, hub->time_ms + act->duration_ms, act->reason);
    return YQ_OK;
}

yq_status yq_chain_freeze_apply(yq_hub *hub, const yq_tx_chain_act *act)
{
    yq_chain_record chain;
    if (!yq_chain_load(hub, act->chain, &chain)) {
        return YQ_E_NOT_FOUND;
    }
    if (chain.view.state != YQ_CHAIN_FROZEN && !can_freeze(&chain)) {
        return YQ_E_CHAIN_INACTIVE;
    }
    if (chain.view.misbehaved) {
        return YQ_E_STATE; /* frozen without expiry already */
    }
    uint64_t until_ms = act->duration_ms == 0 ? 0 : hub->time_ms + act->duration_ms;
    yq_chain_freeze_until(hub, &chain, until_ms, act->reason);
    return YQ_OK;
}

static yq_status check_unfreeze(const yq_chain_record *chain)
{
    if (chain->view.state != YQ_CHAIN_FROZEN) {
        return YQ_E_STATE;
    }
    return chain->view.misbehaved && !YQ_WITHOUT(UNFREEZE) ? YQ_E_MISBEHAVIOUR : YQ_OK;
}

yq_status yq_chain_unfreeze(yq_hub *hub, yq_call *call)
{
    yq_chain_record chain;
    yq_status status = check_admin(hub, call, call->tx.as.chain_act.chain, &chain);
    if (status != YQ_OK) {
        return status;
    }
    status = check_unfreeze(&chain);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "chain");
    }
    return yq_governance_propose(hub, call, call->tx.as.chain_act.chain);
}

yq_status yq_chain_unfreeze_apply(yq_hub *hub, const yq_tx_chain_act *act)
{
    yq_chain_record chain;
    if (!yq_chain_load(hub, act->chain, &chain)) {
        return YQ_E_NOT_FOUND;
    }
    yq_status status = check_unfreeze(&chain);
    if (status == YQ_OK) {
        yq_chain_thaw(hub, &chain);
    }
    return status;
}

/* A chain that is there and has not gone: a light client that only stopped needs no freeze first.
 */
static int can_recover(const yq_chain_record *chain)
{
    return chain->view.state == YQ_CHAIN_FROZEN || can_freeze(chain);
}

/* A light client under id, as a registration makes it. */
static yq_status begin_anew(
    yq_hub *hub,
    yq_slice id,
    const yq_chain_record *chain,
    const yq_tx_chain_recover *tx,
    yq_fault *why)
{
    const yq_tx_chain_register anew = {
        .anchor = tx->anchor,
        .chain = id,
        .framework = chain->view.framework,
        .verifier = tx->verifier};
    return yq_client_init(hub, &anew, why);
}

/* The anchor is tried before anybody votes, under the hub's own id, which no chain can have;
 * nothing of it is left. */
yq_status yq_chain_recover(yq_hub *hub, yq_call *call)
{
    const yq_tx_chain_recover *tx = &call->tx.as.chain_recover;
    yq_chain_record chain;
    yq_status status = check_admin(hub, call, tx->chain, &chain);
    if (status != YQ_OK) {
        return status;
    }
    if (!can_recover(&chain)) {
        return yq_fail(call->why, YQ_E_CHAIN_INACTIVE, 0, "chain");
    }
    uint64_t mark = hub->kv->mark(hub->kv->self);
    status = begin_anew(hub, hub->rules.id, &chain, tx, call->why);
    hub->kv->undo(hub->kv->self, mark);
    return status == YQ_OK ? yq_governance_propose(hub, call, tx->chain) : status;
}

yq_status yq_chain_recover_apply(yq_hub *hub, const yq_tx_chain_recover *tx, uint64_t proposal)
{
    yq_chain_record chain;
    yq_fault why = {0};
    if (!yq_chain_load(hub, tx->chain, &chain)) {
        return YQ_E_NOT_FOUND;
    }
    if (!can_recover(&chain)) {
        return YQ_E_CHAIN_INACTIVE;
    }
    yq_client_clear(hub, chain.view.id);
    yq_status status = begin_anew(hub, chain.view.id, &chain, tx, &why);
    if (status != YQ_OK) {
        return status;
    }
    chain.view.verifier = tx->verifier;
    chain.view.proposal = proposal;
    chain.view.misbehaved = 0;
    yq_trust_begin(hub, &chain);
    if (chain.view.state == YQ_CHAIN_FROZEN || chain.view.state == YQ_CHAIN_LAGGING) {
        yq_chain_thaw(hub, &chain);
    } else {
        yq_chain_store(hub, &chain);
    }
    return YQ_OK;
}

yq_status yq_chain_retire(yq_hub *hub, yq_call *call)
{
    yq_chain_record chain;
    yq_status status = check_admin(hub, call, call->tx.as.chain_act.chain, &chain);
    if (status != YQ_OK) {
        return status;
    }
    if (chain.view.state != YQ_CHAIN_ACTIVE) {
        return yq_fail(call->why, YQ_E_STATE, 0, "chain");
    }
    return yq_governance_propose(hub, call, call->tx.as.chain_act.chain);
}

yq_status yq_chain_retire_apply(yq_hub *hub, const yq_tx_chain_act *act)
{
    yq_chain_record chain;
    if (!yq_chain_load(hub, act->chain, &chain) || chain.view.state != YQ_CHAIN_ACTIVE) {
        return YQ_E_STATE;
    }
    yq_chain_move(hub, &chain, YQ_CHAIN_DRAINING);
    yq_chain_resume(hub, act->chain); /* what waits is refused: every state has an exit */
    if (chain.open == 0) {
        yq_chain_move(hub, &chain, YQ_CHAIN_RETIRED);
    }
    return YQ_OK;
}
