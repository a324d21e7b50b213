#include "adapters/fisco-bcos-2/fields.h"
#include "adapters/fisco-bcos-2/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

yq_status yq_fisco2_profile_get(yq_fisco2_session *s, uint64_t until_ms, yq_fault *why)
{
    yq_json *reply = NULL;
    if (s->has_profile) {
        return YQ_OK;
    }
    yq_status status = yq_jsonrpc_ask_any(&s->rpc, "getClientVersion", "[]", until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_fisco2_profile_of(
        yq_json_get(yq_json_root(reply), "result"), s->group_id, &s->profile, why);
    yq_json_free(reply);
    if (status == YQ_OK && s->suite_wanted != 0 && s->suite_wanted != s->profile.suite) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: the chain runs the other one");
    }
    s->has_profile = status == YQ_OK;
    return status;
}

/* Adds an endpoint's answer when it is of the same block as the first. */
static yq_status add_source(
    yq_fisco2_session *s, yq_fisco2_sources *out, yq_json *reply, yq_fault *why)
{
    const yq_json *block = yq_json_get(yq_json_root(reply), "result");
    yq_digest first, own;
    if (!yq_fisco2_digest(yq_json_get(block, "hash"), &own)) {
        yq_json_free(reply);
        return yq_fail(why, YQ_E_PEER, 0, "a block without hash");
    }
    out->reply[out->n] = reply;
    out->block[out->n++] = block;
    if (yq_fisco2_digest(yq_json_get(out->block[0], "hash"), &first) &&
        memcmp(first.b, own.b, sizeof own.b) != 0) {
        s->counts.disagreements++;
        return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "nodes have different blocks of this height");
    }
    return YQ_OK;
}

/* A header with signatures; nodes older than 2.7 have them in the block only. */
static yq_status ask_header(
    yq_fisco2_session *s,
    size_t endpoint,
    const char *params,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    yq_status status =
        yq_jsonrpc_ask(&s->rpc, endpoint, "getBlockHeaderByNumber", params, until_ms, reply, why);
    if (status == YQ_E_PEER && s->rpc.code == YQ_JSONRPC_NO_METHOD) {
        status =
            yq_jsonrpc_ask(&s->rpc, endpoint, "getBlockByNumber", params, until_ms, reply, why);
    }
    return status;
}

yq_status yq_fisco2_sources_fetch(
    yq_fisco2_session *s, uint64_t number, uint64_t until_ms, yq_fisco2_sources *out, yq_fault *why)
{
    char params[64];
    yq_json *reply = NULL;
    *out = (yq_fisco2_sources){0};
    (void)snprintf(
        params, sizeof params, "[%" PRIu32 ",\"0x%" PRIx64 "\",true]", s->group_id, number);
    yq_status status =
        yq_jsonrpc_ask_any(&s->rpc, "getBlockByNumber", params, until_ms, &reply, why);
    if (status == YQ_OK) {
        status = add_source(s, out, reply, why);
    }
    size_t first = yq_web_pool_nth(s->rpc.pool, 0);
    for (size_t i = 0; i < s->endpoint_n && status == YQ_OK; i++) {
        yq_fault reason = {0};
        if (i != first && ask_header(s, i, params, until_ms, &reply, &reason) == YQ_OK) {
            status = add_source(s, out, reply, why);
        }
    }
    if (status == YQ_OK && out->n < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this block");
    }
    return status;
}

void yq_fisco2_sources_free(yq_fisco2_sources *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        yq_json_free(sources->reply[i]);
    }
    sources->n = 0;
}

yq_status yq_fisco2_latest(yq_fisco2_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    uint64_t known[YQ_FISCO2_ENDPOINTS_MAX] = {0};
    char params[32];
    size_t n = 0;
    (void)snprintf(params, sizeof params, "[%" PRIu32 "]", s->group_id);
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_json *reply = NULL;
        uint64_t value;
        if (yq_jsonrpc_ask(&s->rpc, i, "getBlockNumber", params, until_ms, &reply, why) != YQ_OK) {
            continue;
        }
        if (yq_json_quantity(yq_json_get(yq_json_root(reply), "result"), &value)) {
            size_t at = n++;
            for (; at > 0 && known[at - 1] < value; at--) {
                known[at] = known[at - 1];
            }
            known[at] = value;
        }
        yq_json_free(reply);
    }
    if (n < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    *height = known[s->min_sources - 1];
    return YQ_OK;
}

yq_status yq_fisco2_give(const yq_fisco2_session *s, yq_slice bytes, yq_slice *out, yq_fault *why)
{
    uint8_t *p = s->host.alloc(s->host.self, bytes.n == 0 ? 1 : bytes.n);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_bytes_copy(p, bytes.p, bytes.n);
    *out = yq_slice_of(p, bytes.n);
    return YQ_OK;
}
