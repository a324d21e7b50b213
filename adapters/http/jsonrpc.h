#ifndef YQ_ADAPTERS_HTTP_JSONRPC_H
#define YQ_ADAPTERS_HTTP_JSONRPC_H

#include "adapters/http/pool.h"
#include "relay/codec/json.h"

/* What an "error" of a node means. In: the object. Returns E_PEER, E_NOT_FOUND, E_UNAVAILABLE or
 * another code of the framework's. */
typedef yq_status (*yq_jsonrpc_meaning)(const yq_json *error);

/* JSON-RPC 2.0 to the nodes of a pool; zeroed before use. */
typedef struct yq_jsonrpc {
    yq_web_pool *pool;
    /* how the framework speaks */
    yq_jsonrpc_meaning meaning; /* NULL: E_PEER always */
    int only_objects;           /* a result of another kind is none: E_PEER */
    int null_is_absent;         /* in a round a node whose result is null answers E_NOT_FOUND */
    uint64_t id;
    /* of the last call */
    int64_t code; /* of the node's error, 0: there was none */
    int is_sent;  /* the request, or a part of it, left this machine */
} yq_jsonrpc;

#define YQ_JSONRPC_NO_METHOD (-32601)

/*
 * Calls a method of one node. In: params, a JSON list or object; until_ms, by yq_web_now_ms. Out:
 * reply, the whole document with its "result", which may be null; free it. Errors: those of
 * yq_web_send; what meaning gives; E_PEER (no reply of JSON-RPC, or to another call);
 * E_UNAVAILABLE, too, when a proxy answers for a node (HTTP 429, 502, 503, 504).
 */
YQ_NODISCARD yq_status yq_jsonrpc_ask(
    yq_jsonrpc *rpc,
    size_t endpoint,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

/* The same to one node after the other, through yq_web_any. */
YQ_NODISCARD yq_status yq_jsonrpc_ask_any(
    yq_jsonrpc *rpc,
    const char *method,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why);

/* The "result" of a reply. */
static inline const yq_json *yq_jsonrpc_result(const yq_json *reply)
{
    return yq_json_get(yq_json_root(reply), "result");
}

/* Reads a reply to the call of rpc->id. In: http, its code; text. Out and errors: as
 * yq_jsonrpc_ask. Sets rpc->code. */
YQ_NODISCARD yq_status yq_jsonrpc_read(
    yq_jsonrpc *rpc,
    unsigned http,
    yq_slice text,
    const char *method,
    yq_json **reply,
    yq_fault *why);

#endif /* YQ_ADAPTERS_HTTP_JSONRPC_H */
