#ifndef YQ_ADAPTERS_FISCO_BCOS_3_RPC_H
#define YQ_ADAPTERS_FISCO_BCOS_3_RPC_H

#include "yuqiao/adapter.h"

#include "relay/codec/json.h"

/* JSON-RPC over HTTP to one node: one connection that is kept, one call at a time. */
#define YQ_BCOS3_REPLY_MAX (64u << 20)

typedef struct yq_bcos3_rpc yq_bcos3_rpc;

/* Files in PEM; NULL: none. */
typedef struct yq_bcos3_tls {
    const char *ca, *cert, *key;
} yq_bcos3_tls;

/* Opens a link; does not connect. In: url, "http://host:port", "https://host:port" or "host:port".
 * Returns NULL when out of memory or the URL is none of these. */
yq_bcos3_rpc *yq_bcos3_rpc_new(
    const char *url, const yq_bcos3_tls *tls, const yq_adapter_host *host);
void yq_bcos3_rpc_free(yq_bcos3_rpc *rpc);
const char *yq_bcos3_rpc_url(const yq_bcos3_rpc *rpc);

/* Milliseconds of a clock that only goes forward: deadlines of calls. */
uint64_t yq_bcos3_now_ms(void);

/*
 * Calls a method. In: params, the JSON list; until_ms, by yq_bcos3_now_ms. Out: reply, the whole
 * document, whose "result" may be null; free it. Errors: E_PEER (an error of the node, or a reply
 * that is none), E_UNAVAILABLE, E_TIMEOUT, E_MEMORY.
 */
YQ_NODISCARD yq_status yq_bcos3_rpc_call(
    yq_bcos3_rpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

/* The code of the node's error in the last call, 0 when there was none. */
int64_t yq_bcos3_rpc_code(const yq_bcos3_rpc *rpc);
/* Whether the last call's request, or a part of it, left this machine. */
int yq_bcos3_rpc_is_sent(const yq_bcos3_rpc *rpc);

#endif /* YQ_ADAPTERS_FISCO_BCOS_3_RPC_H */
