#include "relay/hub/chain.h"

#include "relay/base/assert.h"
#include "relay/hub/held.h"
#include "relay/hub/mutants.h"

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
    v->trust_ms = yq_cur_u64(&c);
    v->trusted_from_ms = yq_cur_u64(&c);
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
    yq_put_u64(&w, v->trust_ms);
    yq_put_u64(&w, v->trusted_from_ms);
    yq_put_u8(&w, chain->thawed);
    yq_put_u64(&w, chain->open);
    yq_put_u64(&w, chain->state_height);
    yq_state_key_str(&key, YQ_MODULE_CHAIN, YQ_TABLE_CHAIN, v->id);
    yq_state_store_record(hub, &key, &w);
}

void yq_chain_move(yq_hub *hub, yq_chain_record *chain, yq_chain_state state)
{
    chain->view.state = (uint8_t)state;
    yq_chain_store(hub, chain);
    yq_state_tell(hub, YQ_HUB_EVENT_CHAIN, chain->view.id, state);
}

int yq_chain_is_open(const yq_chain_record *chain)
{
    return chain->view.state == YQ_CHAIN_ACTIVE || chain->view.state == YQ_CHAIN_DRAINING;
}

uint64_t yq_chain_trusted_until(const yq_chain_record *chain)
{
    const yq_chain *v = &chain->view;
    return v->trust_ms == 0 ? 0 : v->trusted_from_ms + v->trust_ms;
}

yq_status yq_chain_check_trust(const yq_hub *hub, const yq_chain_record *chain, yq_fault *why)
{
    uint64_t until_ms = yq_chain_trusted_until(chain);
    if (until_ms != 0 && hub->time_ms >= until_ms) {
        return yq_fail(why, YQ_E_TRUST_EXPIRED, 0, "chain");
    }
    return YQ_OK;
}

void yq_chain_lag(yq_hub *hub, yq_chain_record *chain)
{
    if (yq_chain_is_open(chain)) {
        chain->thawed = chain->view.state;
        yq_chain_move(hub, chain, YQ_CHAIN_LAGGING);
    }
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
        yq_chain_move(hub, &chain, YQ_CHAIN_RETIRED);
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
    return chain->view.misbehaved && !YQ_WITHOUT(MISBEHAVED)
               ? yq_fail(call->why, YQ_E_CHAIN_FROZEN, 0, "misbehaviour")
               : YQ_OK;
}

yq_status yq_chain_blocked(const yq_chain_record *chain, int inbox_needed)
{
    if (chain->view.state == YQ_CHAIN_FROZEN && !YQ_WITHOUT(HOLD_FROZEN)) {
        return YQ_E_CHAIN_FROZEN;
    }
    if (chain->view.state == YQ_CHAIN_LAGGING) {
        return YQ_E_TRUST_EXPIRED;
    }
    if (inbox_needed && !YQ_WITHOUT(HOLD_PAUSED) &&
        (!chain->view.inbox_open || chain->view.inbox_state.paused)) {
        return YQ_E_HELD;
    }
    return YQ_OK;
}

int yq_chain_is_standing(const yq_chain_record *chain)
{
    return chain->view.state == YQ_CHAIN_ACTIVE || chain->view.state == YQ_CHAIN_LAGGING ||
           chain->view.state == YQ_CHAIN_FROZEN;
}

int yq_chain_is_leaving(const yq_chain_record *chain)
{
    return chain->view.state == YQ_CHAIN_DRAINING || chain->view.state == YQ_CHAIN_RETIRED;
}
