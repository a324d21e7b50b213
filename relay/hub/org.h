#ifndef YQ_RELAY_HUB_ORG_H
#define YQ_RELAY_HUB_ORG_H

#include "relay/hub/state.h"

/* Organisations, their keys and roles. */
#define YQ_ORG_KEYS_MAX 256u

typedef struct yq_org {
    yq_slice code, name;
    uint8_t votes;
    uint32_t keys, admins;
} yq_org;

int yq_org_load(yq_hub *hub, yq_slice code, yq_org *out);
void yq_org_store(yq_hub *hub, const yq_org *org);

/* Adds a key to an organisation that is stored already. Errors: E_EXISTS, E_LIMIT. Out: id. */
YQ_NODISCARD yq_status yq_org_add_key(
    yq_hub *hub, yq_slice code, yq_slice key, uint8_t role, yq_slice chain, yq_digest *id);

int yq_org_signer(yq_hub *hub, const yq_digest *signer, yq_signer_view *out);

/* The signer is an admin of an organisation that has a vote. */
int yq_org_is_voting_admin(yq_hub *hub, const yq_call *call);

YQ_NODISCARD yq_status yq_org_register(yq_hub *hub, yq_call *call);
YQ_NODISCARD yq_status yq_org_key_add(yq_hub *hub, yq_call *call);
YQ_NODISCARD yq_status yq_org_key_remove(yq_hub *hub, yq_call *call);

/* Executes an approved registration. */
YQ_NODISCARD yq_status yq_org_register_apply(yq_hub *hub, const yq_tx_org_register *tx);

#endif /* YQ_RELAY_HUB_ORG_H */
