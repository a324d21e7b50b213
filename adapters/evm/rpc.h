#ifndef YQ_ADAPTERS_EVM_RPC_H
#define YQ_ADAPTERS_EVM_RPC_H

#include "yuqiao/adapter.h"

#include "relay/codec/json.h"

/* JSON-RPC over HTTP to one node: one connection that is kept, one call at a time. */
#define YQ_EVMA_REPLY_MAX (64u << 20)

/* How nodes are reached; members may be NULL. Texts are borrowed while a link lives. */
typedef struct yq_evma_access {
    const char *tls_ca, *tls_cert, *tls_key; /* PEM files; no tls_ca: the system's roots */
    const char *token;                       /* sent as a bearer's */
} yq_evma_access;

typedef struct yq_evma_rpc yq_evma_rpc;

/* Opens a link; does not connect. In: url, "http://host:port", "https://..." or "host:port".
 * Returns NULL when out of memory or the URL is none of http or https. */
yq_evma_rpc *yq_evma_rpc_new(
    const char *url, const yq_evma_access *access, const yq_adapter_host *host);
void yq_evma_rpc_free(yq_evma_rpc *rpc);
const char *yq_evma_rpc_url(const yq_evma_rpc *rpc);

/* Milliseconds of a clock that only goes forward: deadlines of calls. */
uint64_t yq_evma_now_ms(void);

#define YQ_EVMA_CODE_NO_METHOD 32601u /* why->offset of a method that the node does not have */

/*
 * Calls a method. In: params, the JSON list; until_ms, by yq_evma_now_ms. Out: reply, the whole
 * document, whose "result" may be null; free it. Errors: E_PEER (an error of the node, or a reply
 * that is none; why->offset is then the node's code without its sign, or 0), E_PERMISSION (HTTP
 * 401 or 403), E_UNAVAILABLE, E_TIMEOUT, E_MEMORY.
 */
YQ_NODISCARD yq_status yq_evma_rpc_call(
    yq_evma_rpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

#endif /* YQ_ADAPTERS_EVM_RPC_H */
