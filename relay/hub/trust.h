#ifndef YQ_RELAY_HUB_TRUST_H
#define YQ_RELAY_HUB_TRUST_H

#include "relay/hub/chain.h"

/*
 * The trust period of a chain, the same for every framework and by the ledger's time alone: a light
 * client that accepted no update for that long knows validators who may long have left and whose
 * old keys may be anybody's. Then nothing but misbehaviour is taken from the chain, its messages
 * wait, and only a new anchor, by vote, lets it go on. A verifier may be stricter of itself.
 */

/* The client was trusted just now: by an update that it took, or by a vote. Stores the chain. */
void yq_trust_renew(yq_hub *hub, yq_chain_record *chain);

/* Renews, and begins to watch for the end. A second watch is none: both soon wait for the same
 * moment. */
void yq_trust_begin(yq_hub *hub, yq_chain_record *chain);

/* The watch: alarms when a third of the period is left, and makes the chain lag at its end. */
void yq_trust_due(yq_hub *hub, yq_slice id);

#endif /* YQ_RELAY_HUB_TRUST_H */
