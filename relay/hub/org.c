#include "relay/hub/org.h"

#include "relay/crypto/crypto.h"

int yq_org_load(yq_hub *hub, yq_slice code, yq_org *out)
{
    yq_state_key key;
    yq_slice value;
    *out = (yq_org){.code = code};
    yq_state_key_str(&key, YQ_MODULE_ORG, YQ_TABLE_ORG, code);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    out->name = yq_cur_str8(&c, YQ_NAME_SIZE_MAX);
    out->votes = yq_cur_u8(&c);
    out->keys = yq_cur_u32(&c);
    out->admins = yq_cur_u32(&c);
    yq_state_record_done(&c);
    return 1;
}

void yq_org_store(yq_hub *hub, const yq_org *org)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 1 + YQ_NAME_SIZE_MAX + 9);
    yq_put_str8(&w, org->name);
    yq_put_u8(&w, org->votes);
    yq_put_u32(&w, org->keys);
    yq_put_u32(&w, org->admins);
    yq_state_key_str(&key, YQ_MODULE_ORG, YQ_TABLE_ORG, org->code);
    yq_state_store_record(hub, &key, &w);
}

static void admin_key(yq_state_key *key, yq_slice code, const yq_digest *id)
{
    yq_state_key_str(key, YQ_MODULE_ORG, YQ_TABLE_ORG_ADMIN, code);
    yq_put_bytes(&key->w, id->b, sizeof id->b);
}

yq_status yq_org_add_key(
    yq_hub *hub, yq_slice code, yq_slice key, uint8_t role, yq_slice chain, yq_digest *id)
{
    static const uint8_t one[] = {1};
    yq_org org;
    if (!yq_org_load(hub, code, &org)) {
        return YQ_E_NOT_FOUND;
    }
    if (org.keys >= YQ_ORG_KEYS_MAX) {
        return YQ_E_LIMIT;
    }
    yq_state_key at;
    yq_signer_id(YQ_SUITE_SM2, key, id);
    yq_state_key_digest(&at, YQ_MODULE_ORG, YQ_TABLE_ORG_KEY, id);
    if (yq_state_has(hub, &at)) {
        return YQ_E_EXISTS;
    }
    yq_writer w =
        yq_state_record(hub, YQ_SM2_KEY_SIZE + 1 + YQ_ORG_CODE_SIZE + 1 + 1 + YQ_CHAIN_ID_SIZE_MAX);
    yq_put(&w, key);
    yq_put_str8(&w, code);
    yq_put_u8(&w, role);
    yq_put_str8(&w, chain);
    yq_state_store_record(hub, &at, &w);
    if (role == YQ_ROLE_ADMIN) {
        admin_key(&at, code, id);
        yq_state_store(hub, &at, yq_slice_of(one, sizeof one));
        org.admins++;
    }
    org.keys++;
    yq_org_store(hub, &org);
    return YQ_OK;
}

int yq_org_signer(yq_hub *hub, const yq_digest *signer, yq_signer_view *out)
{
    yq_state_key key;
    yq_slice value;
    *out = (yq_signer_view){0};
    yq_state_key_digest(&key, YQ_MODULE_ORG, YQ_TABLE_ORG_KEY, signer);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    out->key = yq_cur_take(&c, YQ_SM2_KEY_SIZE);
    out->org = yq_cur_str8(&c, YQ_ORG_CODE_SIZE);
    out->role = yq_cur_u8(&c);
    out->chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    yq_state_record_done(&c);
    return 1;
}

int yq_org_is_voting_admin(yq_hub *hub, const yq_call *call)
{
    yq_org org;
    return call->who.role == YQ_ROLE_ADMIN && yq_org_load(hub, call->who.org, &org) && org.votes;
}

yq_status yq_org_key_add(yq_hub *hub, yq_call *call)
{
    const yq_tx_org_key_add *tx = &call->tx.as.org_key_add;
    if (call->who.role != YQ_ROLE_ADMIN) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of the organisation");
    }
    yq_digest id;
    yq_status status = yq_org_add_key(hub, call->who.org, tx->key, tx->role, tx->chain, &id);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "key");
    }
    yq_put_bytes(&call->data, id.b, sizeof id.b);
    yq_state_tell(hub, YQ_HUB_EVENT_ORG, call->who.org, 2);
    return YQ_OK;
}

yq_status yq_org_key_remove(yq_hub *hub, yq_call *call)
{
    const yq_digest *id = &call->tx.as.org_key_remove.signer;
    if (call->who.role != YQ_ROLE_ADMIN) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of the organisation");
    }
    yq_signer_view view;
    yq_org org;
    if (!yq_org_signer(hub, id, &view)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "signer");
    }
    if (!yq_slice_equal(view.org, call->who.org)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "another organisation's key");
    }
    if (!yq_org_load(hub, view.org, &org)) {
        return YQ_E_LIMIT;
    }
    yq_state_key key;
    if (view.role == YQ_ROLE_ADMIN) {
        if (org.admins <= 1) {
            return yq_fail(call->why, YQ_E_STATE, 0, "the last admin");
        }
        org.admins--;
        admin_key(&key, view.org, id);
        yq_state_erase(hub, &key);
    }
    org.keys--;
    yq_org_store(hub, &org);
    yq_state_key_digest(&key, YQ_MODULE_ORG, YQ_TABLE_ORG_KEY, id);
    yq_state_erase(hub, &key);
    yq_state_tell(hub, YQ_HUB_EVENT_ORG, view.org, 3);
    return YQ_OK;
}
