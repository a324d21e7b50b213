#ifndef YQ_ADAPTERS_COMETBFT_RPC_H
#define YQ_ADAPTERS_COMETBFT_RPC_H

#include "yuqiao/adapter.h"

#include "relay/codec/json.h"

/* JSON-RPC over HTTP to one CometBFT node: one connection that is kept, one call at a time. */
#define YQ_COMET_REPLY_MAX (64u << 20)

typedef struct yq_comet_rpc yq_comet_rpc;

/* Files in PEM, NULL: not set. ca: whom to trust instead of the system's list; cert and key: who
 * this adapter is. */
typedef struct yq_comet_tls {
    const char *ca, *cert, *key;
} yq_comet_tls;

/* Opens a link; does not connect. In: url, http, https, tcp (the nodes' own word for http) or bare
 * host:port; host and the paths in tls live as long as the link. Returns NULL when out of memory,
 * or the URL is of another kind. */
yq_comet_rpc *yq_comet_rpc_new(
    const char *url, const yq_comet_tls *tls, const yq_adapter_host *host);
void yq_comet_rpc_free(yq_comet_rpc *rpc);
const char *yq_comet_rpc_url(const yq_comet_rpc *rpc);

/* Milliseconds of a clock that only goes forward: deadlines of calls. */
uint64_t yq_comet_now_ms(void);

/*
 * Calls a method. In: params, a JSON object; until_ms, by yq_comet_now_ms. Out: reply, the whole
 * document with its "result"; free it. Errors: E_NOT_FOUND (the node has no such height or
 * transaction yet), E_PEER (an error of the node, or a reply that is none), E_UNAVAILABLE (also a
 * height that the node has pruned), E_TIMEOUT, E_MEMORY.
 */
YQ_NODISCARD yq_status yq_comet_rpc_call(
    yq_comet_rpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

/* Fails with the method's name in front. Returns status. */
yq_status yq_comet_told(yq_fault *why, yq_status status, const char *method, const char *what);

/* Reads a reply to the call of that id. Out and errors: as above. */
YQ_NODISCARD yq_status
yq_comet_reply_read(yq_slice text, uint64_t id, const char *method, yq_json **reply, yq_fault *why);

#endif /* YQ_ADAPTERS_COMETBFT_RPC_H */
