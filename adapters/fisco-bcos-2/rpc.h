#ifndef YQ_ADAPTERS_FISCO_BCOS_2_RPC_H
#define YQ_ADAPTERS_FISCO_BCOS_2_RPC_H

#include "yuqiao/adapter.h"

#include "relay/codec/json.h"

/* JSON-RPC over HTTP to one node: one connection that is kept, one call at a time. */
#define YQ_FISCO2_REPLY_MAX (64u << 20)

typedef struct yq_fisco2_rpc yq_fisco2_rpc;

/* Opens a link; does not connect. In: url, "http://host:port" or "host:port". Returns NULL when out
 * of memory or the URL is none of http or https. */
yq_fisco2_rpc *yq_fisco2_rpc_new(const char *url, const yq_adapter_host *host);
void yq_fisco2_rpc_free(yq_fisco2_rpc *rpc);
const char *yq_fisco2_rpc_url(const yq_fisco2_rpc *rpc);

/* Milliseconds of a clock that only goes forward: deadlines of calls. */
uint64_t yq_fisco2_now_ms(void);

/*
 * Calls a method. In: params, the JSON list; until_ms, by yq_fisco2_now_ms. Out: reply, the whole
 * document, whose "result" may be null; free it. Errors: E_NOT_FOUND (the node does not have this
 * height), E_PEER (an error of the node, or a reply that is none; why->offset is then the node's
 * code without its sign, or 0), E_UNAVAILABLE, E_TIMEOUT, E_MEMORY.
 */
YQ_NODISCARD yq_status yq_fisco2_rpc_call(
    yq_fisco2_rpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

#endif /* YQ_ADAPTERS_FISCO_BCOS_2_RPC_H */
