#include "relay/hub/service.h"

static void decode(yq_slice value, yq_service *out)
{
    yq_cur c = yq_cur_of(value);
    out->kind = yq_cur_u8(&c);
    out->emitter = yq_cur_str8(&c, YQ_EMITTER_SIZE_MAX);
    out->event = yq_cur_str8(&c, YQ_EVENT_NAME_SIZE_MAX);
    out->from_height = yq_cur_u64(&c);
    out->ordered = yq_cur_u8(&c);
    yq_state_record_done(&c);
}

static void service_key(yq_state_key *key, yq_slice chain, yq_slice service)
{
    yq_state_key_str2(key, YQ_MODULE_SERVICE, YQ_TABLE_SERVICE, chain, service);
}

static void mapped_key(yq_state_key *key, yq_slice chain, yq_slice emitter, yq_slice event)
{
    yq_state_key_str2(key, YQ_MODULE_SERVICE, YQ_TABLE_SERVICE_MAPPED, chain, emitter);
    yq_put_str8(&key->w, event);
}

static void emitter_key(yq_state_key *key, yq_slice chain, yq_slice emitter)
{
    yq_state_key_str2(key, YQ_MODULE_SERVICE, YQ_TABLE_SERVICE_EMITTER, chain, emitter);
}

int yq_service_load(yq_hub *hub, yq_slice chain, yq_slice service, yq_service *out)
{
    yq_state_key key;
    yq_slice value;
    *out = (yq_service){.chain = chain, .service = service};
    if (chain.n > YQ_CHAIN_ID_SIZE_MAX || service.n > YQ_SERVICE_SIZE_MAX) {
        return 0;
    }
    service_key(&key, chain, service);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    decode(value, out);
    return 1;
}

int yq_service_mapped(
    yq_hub *hub, yq_slice chain, yq_slice emitter, yq_slice event, yq_service *out)
{
    yq_state_key key;
    yq_slice service;
    *out = (yq_service){0};
    mapped_key(&key, chain, emitter, event);
    return yq_state_load(hub, &key, &service) && yq_service_load(hub, chain, service, out);
}

int yq_service_is_outbox(yq_hub *hub, yq_slice chain, yq_slice emitter, yq_slice event)
{
    yq_state_key key;
    yq_slice value;
    emitter_key(&key, chain, emitter);
    return yq_state_load(hub, &key, &value) && yq_slice_equal(value, event);
}

/* One (emitter, event) means one thing: the inbox, an outbox, or a mapped service. */
static yq_status check_meaning(yq_hub *hub, const yq_chain *chain, const yq_tx_service *tx)
{
    yq_state_key key;
    yq_slice value;
    int is_inbox =
        yq_slice_equal(tx->emitter, chain->inbox) && yq_slice_equal(tx->event, chain->inbox_event);
    mapped_key(&key, chain->id, tx->emitter, tx->event);
    if (yq_state_has(hub, &key)) {
        return YQ_E_EXISTS;
    }
    emitter_key(&key, chain->id, tx->emitter);
    int is_outbox = yq_state_load(hub, &key, &value);
    if (tx->kind == YQ_SERVICE_MAPPED) {
        return is_inbox || (is_outbox && yq_slice_equal(value, tx->event)) ? YQ_E_EXISTS : YQ_OK;
    }
    if (chain->inbox.n == 0) {
        return YQ_E_STATE;
    }
    return is_outbox && !yq_slice_equal(value, tx->event) ? YQ_E_EXISTS : YQ_OK;
}

static void store(yq_hub *hub, const yq_tx_service *tx)
{
    yq_state_key key;
    yq_writer w =
        yq_state_record(hub, 1 + 1 + YQ_EMITTER_SIZE_MAX + 1 + YQ_EVENT_NAME_SIZE_MAX + 8 + 1);
    yq_put_u8(&w, tx->kind);
    yq_put_str8(&w, tx->emitter);
    yq_put_str8(&w, tx->event);
    yq_put_u64(&w, tx->from_height);
    yq_put_u8(&w, tx->ordered != 0);
    service_key(&key, tx->chain, tx->service);
    yq_state_store_record(hub, &key, &w);
    if (tx->kind == YQ_SERVICE_MAPPED) {
        mapped_key(&key, tx->chain, tx->emitter, tx->event);
        yq_state_store(hub, &key, tx->service);
    } else {
        emitter_key(&key, tx->chain, tx->emitter);
        yq_state_store(hub, &key, tx->event);
    }
}

yq_status yq_service_register(yq_hub *hub, yq_call *call)
{
    const yq_tx_service *tx = &call->tx.as.service;
    yq_chain_record chain;
    if (!yq_chain_load(hub, tx->chain, &chain)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "chain");
    }
    if ((call->who.role != YQ_ROLE_ADMIN && call->who.role != YQ_ROLE_OPERATOR) ||
        !yq_slice_equal(call->who.org, chain.view.org)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin or operator of the chain");
    }
    if (!yq_chain_is_standing(&chain)) {
        return yq_fail(call->why, YQ_E_CHAIN_INACTIVE, 0, "chain");
    }
    if (tx->ordered && tx->kind == YQ_SERVICE_MAPPED) {
        return yq_fail(call->why, YQ_E_LANE_ORDER, 0, "a mapped service is unordered");
    }
    yq_service old;
    if (yq_service_load(hub, tx->chain, tx->service, &old)) {
        return yq_fail(call->why, YQ_E_EXISTS, 0, "service");
    }
    yq_status status = check_meaning(hub, &chain.view, tx);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "emitter and event");
    }
    store(hub, tx);
    yq_state_tell(hub, YQ_HUB_EVENT_SERVICE, tx->chain, tx->kind);
    return YQ_OK;
}

yq_status yq_hub_service(yq_hub *hub, yq_slice chain, yq_slice service, yq_service *out)
{
    hub->exhausted = 0;
    if (yq_service_load(hub, chain, service, out)) {
        return YQ_OK;
    }
    return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
}

int yq_hub_service_next(yq_hub *hub, yq_slice chain, yq_slice service, yq_service *out)
{
    yq_state_key prefix, after;
    yq_slice key, value;
    *out = (yq_service){0};
    hub->exhausted = 0;
    if (chain.n > YQ_CHAIN_ID_SIZE_MAX || service.n > YQ_SERVICE_SIZE_MAX) {
        return 0;
    }
    yq_state_key_str(&prefix, YQ_MODULE_SERVICE, YQ_TABLE_SERVICE, chain);
    service_key(&after, chain, service);
    if (!yq_state_next(hub, &prefix, yq_state_key_slice(&after), &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(key);
    (void)yq_cur_take(&c, prefix.w.n);
    out->service = yq_cur_str8(&c, YQ_SERVICE_SIZE_MAX);
    yq_state_record_done(&c);
    c = yq_cur_of(key);
    (void)yq_cur_take(&c, prefix.w.n - chain.n);
    out->chain = yq_cur_take(&c, chain.n);
    decode(value, out);
    return 1;
}
