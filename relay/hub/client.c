#include "relay/hub/client.h"

#include "relay/hub/freeze.h"
#include "relay/hub/trust.h"

static void client_key(yq_state_key *key, yq_slice chain)
{
    yq_state_key_str(key, YQ_MODULE_CLIENT, YQ_TABLE_CLIENT_STATE, chain);
}

/* What one call of a verifier needs; begin takes it from the chain's registration and state. */
typedef struct client_call {
    const yq_verifier *verifier;
    yq_verifier_call call;
    yq_slice state;
    yq_buf next;
} client_call;

static yq_status begin(
    yq_hub *hub, client_call *c, yq_slice chain, yq_slice framework, uint32_t version, int may_put)
{
    c->verifier = yq_verifier_find(hub->verifier, hub->verifier_n, framework, version);
    if (c->verifier == NULL || c->verifier->init == NULL || c->verifier->update == NULL ||
        c->verifier->event == NULL) {
        return YQ_E_UNSUPPORTED;
    }
    yq_state_key key;
    client_key(&key, chain);
    (void)yq_state_load(hub, &key, &c->state);
    c->next = (yq_buf){0};
    if (may_put) {
        c->next.cap = c->verifier->state_size_max;
        c->next.p = yq_state_room(hub, c->next.cap);
    }
    if (hub->exhausted) {
        return YQ_E_LIMIT;
    }
    yq_verifier_call_begin(&c->call, hub->kv, chain, &hub->arena, hub->checker, may_put);
    c->call.memo = hub->memo;
    return YQ_OK;
}

static yq_status begin_of(yq_hub *hub, client_call *c, const yq_chain *chain, int may_put)
{
    return begin(hub, c, chain->id, chain->framework, chain->verifier, may_put);
}

static yq_status store_next(yq_hub *hub, const client_call *c, yq_slice chain)
{
    if (c->next.n == 0 || c->next.n > c->next.cap) {
        return YQ_E_LIMIT;
    }
    yq_state_key key;
    client_key(&key, chain);
    yq_state_store(hub, &key, yq_slice_of(c->next.p, c->next.n));
    return YQ_OK;
}

yq_status yq_client_init(yq_hub *hub, const yq_tx_chain_register *tx, yq_fault *why)
{
    client_call c;
    yq_status status = begin(hub, &c, tx->chain, tx->framework, tx->verifier, 1);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "verifier");
    }
    status = c.verifier->init(&c.call.host, tx->anchor, hub->time_ms, &c.next, why);
    status = yq_verifier_call_end(&c.call, status);
    return status == YQ_OK ? store_next(hub, &c, tx->chain) : status;
}

void yq_client_clear(yq_hub *hub, yq_slice chain)
{
    yq_state_key prefix;
    yq_slice key, value;
    yq_state_key_str(&prefix, YQ_MODULE_CLIENT, YQ_TABLE_CLIENT_RECORD, chain);
    size_t mark = hub->arena.used;
    while (yq_state_next(hub, &prefix, (yq_slice){0}, &key, &value)) {
        hub->kv->put(hub->kv->self, key, (yq_slice){0});
        hub->arena.used = mark;
    }
    client_key(&prefix, chain);
    yq_state_erase(hub, &prefix);
}

/* Out: height of the client, 0 when its verifier cannot say. */
static uint64_t height_of(yq_hub *hub, const yq_chain *chain)
{
    client_call c;
    yq_client_view view = {0};
    if (begin_of(hub, &c, chain, 0) != YQ_OK || c.verifier->describe == NULL) {
        return 0;
    }
    yq_status status = c.verifier->describe(&c.call.host, c.state, &view, NULL);
    return yq_verifier_call_end(&c.call, status) == YQ_OK ? view.height : 0;
}

yq_status yq_client_update(yq_hub *hub, yq_call *call)
{
    yq_chain_record chain;
    yq_status status = yq_chain_for_evidence(hub, call, &chain);
    if (status == YQ_OK) {
        status = yq_chain_check_trust(hub, &chain, call->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    client_call c;
    status = begin_of(hub, &c, &chain.view, 1);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "verifier");
    }
    uint64_t mark = hub->kv->mark(hub->kv->self);
    status = c.verifier->update(
        &c.call.host, c.state, call->tx.as.evidence.bytes, hub->time_ms, &c.next, call->why);
    status = yq_verifier_call_end(&c.call, status);
    if (status == YQ_E_MISBEHAVIOUR) {
        hub->kv->undo(hub->kv->self, mark);
        yq_chain_misbehaved(hub, &chain);
        return YQ_OK;
    }
    if (status != YQ_OK) {
        return status;
    }
    status = store_next(hub, &c, chain.view.id);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "state of the client");
    }
    yq_trust_renew(hub, &chain);
    uint64_t height = height_of(hub, &chain.view);
    yq_put_u64(&call->data, height);
    yq_state_tell(hub, YQ_HUB_EVENT_CLIENT, chain.view.id, height);
    return YQ_OK;
}

yq_status yq_client_misbehaviour(yq_hub *hub, yq_call *call)
{
    yq_chain_record chain;
    yq_status status = yq_chain_for_evidence(hub, call, &chain);
    if (status != YQ_OK) {
        return status;
    }
    client_call c;
    status = begin_of(hub, &c, &chain.view, 0);
    if (status == YQ_OK && c.verifier->misbehaviour == NULL) {
        status = YQ_E_UNSUPPORTED;
    }
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "verifier");
    }
    status = c.verifier->misbehaviour(
        &c.call.host, c.state, call->tx.as.evidence.bytes, hub->time_ms, call->why);
    status = yq_verifier_call_end(&c.call, status);
    if (status == YQ_OK) {
        yq_chain_misbehaved(hub, &chain);
    }
    return status;
}

yq_status yq_client_event(
    yq_hub *hub,
    const yq_chain_record *chain,
    yq_slice proof,
    yq_verified_event *event,
    yq_fault *why)
{
    client_call c;
    memset(event, 0, sizeof *event);
    yq_status status = yq_chain_check_trust(hub, chain, why);
    if (status != YQ_OK) {
        return status;
    }
    status = begin_of(hub, &c, &chain->view, 0);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "verifier");
    }
    status = c.verifier->event(&c.call.host, c.state, proof, hub->time_ms, event, why);
    return yq_verifier_call_end(&c.call, status);
}

yq_status yq_hub_client(yq_hub *hub, yq_slice chain, yq_client_view *out)
{
    yq_chain_record record;
    client_call c;
    memset(out, 0, sizeof *out);
    hub->exhausted = 0;
    if (!yq_chain_load(hub, chain, &record)) {
        return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
    }
    yq_status status = begin_of(hub, &c, &record.view, 0);
    if (hub->exhausted) {
        return YQ_E_NOSPC;
    }
    if (status == YQ_OK && c.verifier->describe == NULL) {
        status = YQ_E_UNSUPPORTED;
    }
    if (status != YQ_OK) {
        return status;
    }
    status = c.verifier->describe(&c.call.host, c.state, out, NULL);
    uint64_t until_ms = yq_chain_trusted_until(&record);
    if (until_ms != 0 && (out->trusted_until_ms == 0 || until_ms < out->trusted_until_ms)) {
        out->trusted_until_ms = until_ms;
    }
    return yq_verifier_call_end(&c.call, status);
}
