#ifndef YQ_RELAY_HUB_SERVICE_H
#define YQ_RELAY_HUB_SERVICE_H

#include "relay/hub/chain.h"

/* What a chain offers: contracts that speak through an outbox, and mapped events. */
int yq_service_load(yq_hub *hub, yq_slice chain, yq_slice service, yq_service *out);

/* The service that an (emitter, event) of the chain is mapped to. Returns 0 when there is none. */
int yq_service_mapped(
    yq_hub *hub, yq_slice chain, yq_slice emitter, yq_slice event, yq_service *out);

/* Returns 1 when this is the event of an outbox that a contract service named. */
int yq_service_is_outbox(yq_hub *hub, yq_slice chain, yq_slice emitter, yq_slice event);

YQ_NODISCARD yq_status yq_service_register(yq_hub *hub, yq_call *call);

#endif /* YQ_RELAY_HUB_SERVICE_H */
