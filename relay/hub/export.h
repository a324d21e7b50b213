#ifndef YQ_RELAY_HUB_EXPORT_H
#define YQ_RELAY_HUB_EXPORT_H

#include "relay/hub/export_cert.h"
#include "relay/hub/state.h"

/*
 * Certificates in a suite that is not the ledger's: EXPORT_KEY binds a validator's key to its key
 * of the suite, once and for good. So the set of an epoch follows from its validators alone: it is
 * there as soon as all of them have a key, and never another. A chain of such a suite is only
 * registered, and afterwards a validator only joins, when the sets stay whole. Which Export a block
 * calls for is a part of the state.
 */
#define YQ_EXPORT_KEYS_MAX 256u /* an organisation */

/* Errors: E_PERMISSION (not an admin or operator), E_UNSUPPORTED (suite), E_RANGE (a size),
 * E_EXISTS (the validator or the address is bound), E_LIMIT, E_SIG* (a proof). */
YQ_NODISCARD yq_status yq_export_key(yq_hub *hub, yq_call *call);

/* Returns 1 and the set of an epoch that has begun or is decided on, when it is whole. */
int yq_export_set_load(yq_hub *hub, uint64_t epoch, uint8_t suite, yq_export_set *out);

/* Whether chains of this suite can be served: the ledger's own, or one in which the present set and
 * the decided next one are whole. Errors: E_UNSUPPORTED, E_EXPORT_KEY. */
YQ_NODISCARD yq_status yq_export_check_suite(yq_hub *hub, uint8_t suite, yq_fault *why);

/* From here on sets of this suite stay whole. */
void yq_export_use(yq_hub *hub, uint8_t suite);

/* Whether validators to come have a key for each suite in use. Errors: E_EXPORT_KEY. */
YQ_NODISCARD yq_status yq_export_check_set(yq_hub *hub, const yq_validators *next, yq_fault *why);

#endif /* YQ_RELAY_HUB_EXPORT_H */
