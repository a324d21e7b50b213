#ifndef YQ_ADAPTERS_HTTP_LINK_H
#define YQ_ADAPTERS_HTTP_LINK_H

/* Inner part of the room: one connection that is kept, one exchange at a time. */
#include "adapters/http/access.h"
#include "adapters/http/pool.h"

typedef struct yq_web_link yq_web_link;

/*
 * Opens a link; does not connect. In: endpoint, "http://...", "https://..." or "host:port"; host,
 * access and what they hold live as long as the link. Errors: E_CONFIG_INVALID (the endpoint is
 * none of these), E_MEMORY. Owns: yq_web_link_free.
 */
YQ_NODISCARD yq_status yq_web_link_new(
    const char *endpoint,
    const yq_web_access *access,
    const yq_adapter_host *host,
    yq_web_link **out,
    yq_fault *why);
void yq_web_link_free(yq_web_link *link);
const char *yq_web_link_url(const yq_web_link *link);

/* One exchange: yq_web_send without the pool's rules. */
YQ_NODISCARD yq_status yq_web_link_send(
    yq_web_link *link,
    const yq_web_request *request,
    uint64_t until_ms,
    yq_web_reply *reply,
    yq_fault *why);

/*
 * Splits an endpoint. Out: url in the form that curl takes, without a stroke at its end when path
 * follows; connect, empty, or with server_name the word for CURLOPT_CONNECT_TO; both of cap bytes.
 * Returns 0 when the endpoint is not http(s)://host[:port][/path] or host:port[/path], or does not
 * fit.
 */
int yq_web_url_make(
    const char *endpoint, const char *server_name, char *url, char *connect, size_t cap);

#endif /* YQ_ADAPTERS_HTTP_LINK_H */
