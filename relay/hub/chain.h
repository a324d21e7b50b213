#ifndef YQ_RELAY_HUB_CHAIN_H
#define YQ_RELAY_HUB_CHAIN_H

#include "relay/hub/state.h"

/* Peers and their states. */
#define YQ_CHAINS_MAX      1024u
#define YQ_FREEZES_MAX     3u                   /* by one key, of one chain, in one month */
#define YQ_FREEZE_MONTH_MS UINT64_C(2592000000) /* thirty days */

typedef struct yq_chain_record {
    yq_chain view;         /* its anchor is left empty: the proposal has it */
    uint8_t thawed;        /* yq_chain_state after a freeze or a lag */
    uint64_t open;         /* messages that still need this chain */
    uint64_t state_height; /* foreign height of the STATE that was taken last */
} yq_chain_record;

int yq_chain_load(yq_hub *hub, yq_slice id, yq_chain_record *out);
void yq_chain_store(yq_hub *hub, const yq_chain_record *chain);

/* Changes the state, stores and tells. */
void yq_chain_move(yq_hub *hub, yq_chain_record *chain, yq_chain_state state);
/* The trust in its light client is over: an open chain lags, a frozen one when it thaws. */
void yq_chain_lag(yq_hub *hub, yq_chain_record *chain);

YQ_NODISCARD yq_status yq_chain_register(yq_hub *hub, yq_call *call);
YQ_NODISCARD yq_status yq_chain_freeze(yq_hub *hub, yq_call *call);
YQ_NODISCARD yq_status yq_chain_unfreeze(yq_hub *hub, yq_call *call);
YQ_NODISCARD yq_status yq_chain_retire(yq_hub *hub, yq_call *call);
YQ_NODISCARD yq_status yq_chain_recover(yq_hub *hub, yq_call *call);

/* Executes approved proposals. */
YQ_NODISCARD yq_status yq_chain_register_apply(yq_hub *hub, yq_slice id, uint64_t proposal);
YQ_NODISCARD yq_status yq_chain_freeze_apply(yq_hub *hub, const yq_tx_chain_act *act);
YQ_NODISCARD yq_status yq_chain_unfreeze_apply(yq_hub *hub, const yq_tx_chain_act *act);
YQ_NODISCARD yq_status yq_chain_retire_apply(yq_hub *hub, const yq_tx_chain_act *act);
YQ_NODISCARD yq_status
yq_chain_recover_apply(yq_hub *hub, const yq_tx_chain_recover *tx, uint64_t proposal);

/* The registration was not approved. */
void yq_chain_register_drop(yq_hub *hub, yq_slice id, uint64_t proposal);

/* Messages that need the chain: +1 and -1; a draining chain without one is retired. */
void yq_chain_count(yq_hub *hub, yq_slice id, int by);

/* Something that messages waited for came true: they go on at the next block. */
void yq_chain_resume(yq_hub *hub, yq_slice id);

/* Returns OK when evidence of this chain may be looked at. Errors: E_NOT_FOUND, E_CHAIN_INACTIVE,
 * E_CHAIN_FROZEN (misbehaved), E_PERMISSION (the signer's role, or its chain). Out: chain. */
YQ_NODISCARD yq_status yq_chain_for_evidence(yq_hub *hub, yq_call *call, yq_chain_record *chain);

/* Why a message cannot pass this end now: OK, E_CHAIN_FROZEN, E_TRUST_EXPIRED (lagging), or E_HELD
 * (its inbox is needed and not open, or paused). */
yq_status yq_chain_blocked(const yq_chain_record *chain, int inbox_needed);

/* Takes part in everything: active or draining. */
int yq_chain_is_open(const yq_chain_record *chain);

/* When the trust in its light client ends; 0: never. */
uint64_t yq_chain_trusted_until(const yq_chain_record *chain);

/* Returns OK while the chain's client is trusted. Errors: E_TRUST_EXPIRED. */
YQ_NODISCARD yq_status
yq_chain_check_trust(const yq_hub *hub, const yq_chain_record *chain, yq_fault *why);

/* Takes new services and lanes: active, or stopped for a time. */
int yq_chain_is_standing(const yq_chain_record *chain);

/* Takes no new message: draining or retired. */
int yq_chain_is_leaving(const yq_chain_record *chain);

#endif /* YQ_RELAY_HUB_CHAIN_H */
