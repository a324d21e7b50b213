#ifndef YQ_ADAPTERS_HOST_API_H
#define YQ_ADAPTERS_HOST_API_H

#include "adapters/host/cursor.h"
#include "relay/sdk/api.h"

/* What an adapter asks of the hub beside relay/sdk/api.h. */
typedef struct yq_api_chain {
    char state[24];
    int has_client, has_inbox;
    uint64_t client_height;
    uint64_t outbox_size, outbox_done;
    yq_host_filter inbox;               /* from_height 0 */
    uint64_t inbox_epoch, inbox_behind; /* behind: epochs that the inbox has to step */
} yq_api_chain;

YQ_NODISCARD yq_status
yq_api_chain_get(yq_http *http, const char *chain, yq_api_chain *out, yq_fault *why);

/* Out: the emitters and events of the chain's services. Errors: also E_LIMIT (more than cap). */
YQ_NODISCARD yq_status yq_api_services(
    yq_http *http, const char *chain, yq_host_filter *filter, size_t cap, size_t *n, yq_fault *why);

/* Out: canonical bytes of a delivery, until the next request. Errors: E_NOT_FOUND: nothing is open
 * from there on. */
YQ_NODISCARD yq_status yq_api_delivery(
    yq_http *http, const char *chain, uint64_t from, size_t limit, yq_slice *out, yq_fault *why);

/* How an inbox that is behind goes on by one epoch: a delivery without packets whose certificate
 * names the next set, then that set. Out: epoch, the one that it leaves, which may be beyond what
 * was read of the chain before; the two in bytes, their contents. Errors: E_NOT_FOUND: it is not
 * behind.
 */
YQ_NODISCARD yq_status yq_api_step(
    yq_http *http,
    const char *chain,
    uint64_t *epoch,
    yq_buf *delivery,
    yq_buf *set,
    yq_fault *why);

#endif /* YQ_ADAPTERS_HOST_API_H */
