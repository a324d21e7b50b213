#include "relay/hub/trust.h"

/* When the alarm is given: a third of the period is left. */
static uint64_t warning_ms(const yq_chain_record *chain)
{
    return yq_chain_trusted_until(chain) - chain->view.trust_ms / 3;
}

void yq_trust_renew(yq_hub *hub, yq_chain_record *chain)
{
    if (chain->view.trust_ms == 0) {
        return;
    }
    chain->view.trusted_from_ms = hub->time_ms;
    yq_chain_store(hub, chain);
}

void yq_trust_begin(yq_hub *hub, yq_chain_record *chain)
{
    if (chain->view.trust_ms == 0) {
        return;
    }
    yq_trust_renew(hub, chain);
    yq_due_put_named(hub, warning_ms(chain), YQ_DUE_TRUST, chain->view.id);
}

void yq_trust_due(yq_hub *hub, yq_slice id)
{
    yq_chain_record chain;
    if (!yq_chain_load(hub, id, &chain) || chain.view.state == YQ_CHAIN_RETIRED) {
        return;
    }
    if (yq_chain_check_trust(hub, &chain, NULL) != YQ_OK) {
        yq_state_alarm(hub, id, YQ_E_TRUST_EXPIRED);
        yq_chain_lag(hub, &chain);
        return;
    }
    uint64_t due_ms = warning_ms(&chain);
    if (hub->time_ms >= due_ms) {
        yq_state_alarm(hub, id, YQ_E_TRUST_EXPIRED);
        due_ms = yq_chain_trusted_until(&chain);
    }
    yq_due_put_named(hub, due_ms, YQ_DUE_TRUST, id);
}
