#include "relay/hub/freeze.h"

#include "relay/hub/halt.h"

/* Chains that stop for a time, and go on. */

void yq_chain_freeze_until(yq_hub *hub, yq_chain_record *chain, uint64_t until_ms, yq_slice reason)
{
    if (yq_chain_is_open(chain)) {
        chain->thawed = chain->view.state;
    }
    chain->view.frozen_until_ms = until_ms;
    chain->view.freeze_reason = reason;
    if (until_ms != 0) {
        yq_due_put_named(hub, until_ms, YQ_DUE_THAW, chain->view.id);
    }
    yq_chain_move(hub, chain, YQ_CHAIN_FROZEN);
    yq_halt_tell(hub, chain->view.id, YQ_PACKET_HALT);
}

void yq_chain_misbehaved(yq_hub *hub, yq_chain_record *chain)
{
    chain->view.misbehaved = 1;
    yq_chain_freeze_until(
        hub, chain, 0, yq_slice_text("a contradiction of its validators was proven"));
    yq_state_alarm(hub, chain->view.id, YQ_E_MISBEHAVIOUR);
}

void yq_chain_thaw(yq_hub *hub, yq_chain_record *chain)
{
    chain->view.frozen_until_ms = 0;
    chain->view.freeze_reason = (yq_slice){0};
    yq_chain_state state = (yq_chain_state)chain->thawed;
    if (state == YQ_CHAIN_DRAINING && chain->open == 0) {
        state = YQ_CHAIN_RETIRED;
    } else if (yq_chain_check_trust(hub, chain, NULL) != YQ_OK) {
        state = YQ_CHAIN_LAGGING;
    }
    yq_chain_move(hub, chain, state);
    yq_halt_tell(hub, chain->view.id, YQ_PACKET_RESUME);
    yq_chain_resume(hub, chain->view.id);
}

void yq_chain_due(yq_hub *hub, yq_slice id)
{
    yq_chain_record chain;
    if (yq_chain_load(hub, id, &chain) && chain.view.state == YQ_CHAIN_FROZEN &&
        chain.view.frozen_until_ms != 0 && chain.view.frozen_until_ms <= hub->time_ms) {
        yq_chain_thaw(hub, &chain);
    }
}
