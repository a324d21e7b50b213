#include "relay/hub/chain.h"

#include "relay/base/assert.h"
#include "relay/hub/client.h"
#include "relay/hub/governance.h"
#include "relay/hub/org.h"
#include "relay/hub/packet.h"

int yq_chain_load(yq_hub *hub, yq_slice id, yq_chain_record *out)
{
    yq_state_key key;
    yq_slice value;
    memset(out, 0, sizeof *out);
    if (id.n > YQ_CHAIN_ID_SIZE_MAX) {
        return 0;
    }
    yq_state_key_str(&key, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN, id);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    yq_chain *v = &out->view;
    v->id = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    v->name = yq_cur_str8(&c, YQ_NAME_SIZE_MAX);
    v->framework = yq_cur_str8(&c, YQ_FRAMEWORK_SIZE_MAX);
    v->org = yq_cur_str8(&c, YQ_ORG_CODE_SIZE);
    v->verifier = yq_cur_u32(&c);
    v->state = yq_cur_u8(&c);
    v->proposal = yq_cur_u64(&c);
    v->inbox = yq_cur_str8(&c, YQ_EMITTER_SIZE_MAX);
    v->inbox_event = yq_cur_str8(&c, YQ_EVENT_NAME_SIZE_MAX);
    v->hash = yq_cur_u8(&c);
    v->suite = yq_cur_u8(&c);
    v->frozen_until_ms = yq_cur_u64(&c);
    v->misbehaved = yq_cur_u8(&c);
    v->inbox_open = yq_cur_u8(&c);
    v->inbox_state.epoch = yq_cur_u64(&c);
    yq_cur_copy(&c, v->inbox_state.set_hash.b, YQ_DIGEST_SIZE);
    v->inbox_state.height = yq_cur_u64(&c);
    v->inbox_state.paused = yq_cur_u8(&c);
    v->freeze_reason = yq_cur_str8(&c, YQ_REASON_SIZE_MAX);
    out->thawed = yq_cur_u8(&c);
    out->open = yq_cur_u64(&c);
    out->state_height = yq_cur_u64(&c);
    yq_state_record_done(&c);
    return 1;
}

void yq_chain_store(yq_hub *hub, const yq_chain_record *chain)
{
    const yq_chain *v = &chain->view;
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 1024);
    yq_put_str8(&w, v->id);
    yq_put_str8(&w, v->name);
    yq_put_str8(&w, v->framework);
    yq_put_str8(&w, v->org);
    yq_put_u32(&w, v->verifier);
    yq_put_u8(&w, v->state);
    yq_put_u64(&w, v->proposal);
    yq_put_str8(&w, v->inbox);
    yq_put_str8(&w, v->inbox_event);
    yq_put_u8(&w, v->hash);
    yq_put_u8(&w, v->suite);
    yq_put_u64(&w, v->frozen_until_ms);
    yq_put_u8(&w, v->misbehaved);
    yq_put_u8(&w, v->inbox_open);
    yq_put_u64(&w, v->inbox_state.epoch);
    yq_put_bytes(&w, v->inbox_state.set_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, v->inbox_state.height);
    yq_put_u8(&w, v->inbox_state.paused);
    yq_put_str8(&w, v->freeze_reason);
    yq_put_u8(&w, chain->thawed);
    yq_put_u64(&w, chain->open);
    yq_put_u64(&w, chain->state_height);
    yq_state_key_str(&key, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN, v->id);
    yq_state_store_record(hub, &key, &w);
}

static void move(yq_hub *hub, yq_chain_record *chain, yq_chain_state state)
{
    chain->view.state = (uint8_t)state;
    yq_chain_store(hub, chain);
    yq_state_tell(hub, YQ_HUB_EVENT_CHAIN, chain->view.id, state);
}

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
    yq_status status = check_new(hub, tx, &again);
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
             .suite = tx->suite},
        .thawed = YQ_CHAIN_ACTIVE};
    yq_chain_record made = chain;
    move(hub, &made, YQ_CHAIN_VOTING);
    return yq_governance_propose(hub, call, tx->chain);
}

yq_status yq_chain_register_apply(yq_hub *hub, yq_slice id, uint64_t proposal)
{
    yq_chain_record chain;
    if (!yq_chain_load(hub, id, &chain) || chain.view.state != YQ_CHAIN_VOTING ||
        chain.view.proposal != proposal) {
        return YQ_E_STATE;
    }
    move(hub, &chain, YQ_CHAIN_ACTIVE);
    return YQ_OK;
}

void yq_chain_register_drop(yq_hub *hub, yq_slice id, uint64_t proposal)
{
    yq_chain_record chain;
    if (yq_chain_load(hub, id, &chain) && chain.view.state == YQ_CHAIN_VOTING &&
        chain.view.proposal == proposal) {
        move(hub, &chain, YQ_CHAIN_DRAFT);
    }
}

static yq_status check_admin(yq_hub *hub, yq_call *call, yq_chain_record *chain)
{
    if (!yq_chain_load(hub, call->tx.as.chain_act.chain, chain)) {
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
    return chain->view.state == YQ_CHAIN_ACTIVE || chain->view.state == YQ_CHAIN_DRAINING;
}

static void freeze(yq_hub *hub, yq_chain_record *chain, uint64_t until_ms, yq_slice reason)
{
    if (chain->view.state != YQ_CHAIN_FROZEN) {
        chain->thawed = chain->view.state;
    }
    chain->view.frozen_until_ms = until_ms;
    chain->view.freeze_reason = reason;
    if (until_ms != 0) {
        yq_due_put_named(hub, until_ms, YQ_DUE_THAW, chain->view.id);
    }
    move(hub, chain, YQ_CHAIN_FROZEN);
}

yq_status yq_chain_freeze(yq_hub *hub, yq_call *call)
{
    const yq_tx_chain_act *act = &call->tx.as.chain_act;
    yq_chain_record chain;
    yq_status status = check_admin(hub, call, &chain);
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
    freeze(hub, &chain, hub->time_ms + act->duration_ms, act->reason);
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
    freeze(hub, &chain, until_ms, act->reason);
    return YQ_OK;
}

void yq_chain_misbehaved(yq_hub *hub, yq_chain_record *chain)
{
    chain->view.misbehaved = 1;
    freeze(hub, chain, 0, yq_slice_text("a contradiction of its validators was proven"));
    yq_state_alarm(hub, chain->view.id, YQ_E_MISBEHAVIOUR);
}

static void thaw(yq_hub *hub, yq_chain_record *chain)
{
    chain->view.frozen_until_ms = 0;
    chain->view.freeze_reason = (yq_slice){0};
    int gone = chain->thawed == YQ_CHAIN_DRAINING && chain->open == 0;
    move(hub, chain, gone ? YQ_CHAIN_RETIRED : (yq_chain_state)chain->thawed);
    yq_chain_resume(hub, chain->view.id);
}

void yq_chain_due(yq_hub *hub, yq_slice id)
{
    yq_chain_record chain;
    if (yq_chain_load(hub, id, &chain) && chain.view.state == YQ_CHAIN_FROZEN &&
        chain.view.frozen_until_ms != 0 && chain.view.frozen_until_ms <= hub->time_ms) {
        thaw(hub, &chain);
    }
}

static yq_status check_unfreeze(const yq_chain_record *chain)
{
    if (chain->view.state != YQ_CHAIN_FROZEN) {
        return YQ_E_STATE;
    }
    return chain->view.misbehaved ? YQ_E_MISBEHAVIOUR : YQ_OK;
}

yq_status yq_chain_unfreeze(yq_hub *hub, yq_call *call)
{
    yq_chain_record chain;
    yq_status status = check_admin(hub, call, &chain);
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
        thaw(hub, &chain);
    }
    return status;
}

yq_status yq_chain_retire(yq_hub *hub, yq_call *call)
{
    yq_chain_record chain;
    yq_status status = check_admin(hub, call, &chain);
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
    move(hub, &chain, YQ_CHAIN_DRAINING);
    yq_chain_resume(hub, act->chain); /* what waits is refused: every state has an exit */
    if (chain.open == 0) {
        move(hub, &chain, YQ_CHAIN_RETIRED);
    }
    return YQ_OK;
}

void yq_chain_count(yq_hub *hub, yq_slice id, int by)
{
    yq_chain_record chain;
    if (!yq_chain_load(hub, id, &chain)) {
        return;
    }
    YQ_ASSERT(by > 0 || chain.open > 0);
    chain.open = by > 0 ? chain.open + 1 : chain.open - 1;
    if (chain.open == 0 && chain.view.state == YQ_CHAIN_DRAINING) {
        move(hub, &chain, YQ_CHAIN_RETIRED);
    } else {
        yq_chain_store(hub, &chain);
    }
}

void yq_chain_resume(yq_hub *hub, yq_slice id)
{
    yq_held_wake_chain(hub, id, hub->time_ms);
}

yq_status yq_chain_for_evidence(yq_hub *hub, yq_call *call, yq_chain_record *chain)
{
    const yq_tx_evidence *tx = &call->tx.as.evidence;
    if (call->who.role == YQ_ROLE_GATEWAY ||
        (call->who.role == YQ_ROLE_ADAPTER && call->who.chain.n > 0 &&
         !yq_slice_equal(call->who.chain, tx->chain))) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "role or chain of the key");
    }
    if (!yq_chain_load(hub, tx->chain, chain)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "chain");
    }
    switch ((yq_chain_state)chain->view.state) {
    case YQ_CHAIN_INVALID:
    case YQ_CHAIN_DRAFT:
    case YQ_CHAIN_VOTING:
    case YQ_CHAIN_RETIRED:
        return yq_fail(call->why, YQ_E_CHAIN_INACTIVE, 0, yq_chain_state_name(chain->view.state));
    case YQ_CHAIN_ACTIVE:
    case YQ_CHAIN_LAGGING:
    case YQ_CHAIN_FROZEN:
    case YQ_CHAIN_DRAINING:
        break;
    }
    return chain->view.misbehaved ? yq_fail(call->why, YQ_E_CHAIN_FROZEN, 0, "misbehaviour")
                                  : YQ_OK;
}

yq_status yq_chain_blocked(const yq_chain_record *chain, int inbox_needed)
{
    if (chain->view.state == YQ_CHAIN_FROZEN || chain->view.state == YQ_CHAIN_LAGGING) {
        return YQ_E_CHAIN_FROZEN;
    }
    if (inbox_needed && (!chain->view.inbox_open || chain->view.inbox_state.paused)) {
        return YQ_E_HELD;
    }
    return YQ_OK;
}

int yq_chain_is_leaving(const yq_chain_record *chain)
{
    return chain->view.state == YQ_CHAIN_DRAINING || chain->view.state == YQ_CHAIN_RETIRED;
}
