#include "adapters/evm/fields.h"
#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

yq_status yq_evma_chain_id(yq_evma_session *s, uint64_t until_ms, yq_fault *why)
{
    size_t n = 0;
    yq_status last = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->endpoint_n && !s->has_chain_id; i++) {
        yq_json *reply = NULL;
        uint64_t id;
        yq_status status = yq_jsonrpc_ask(&s->rpc, i, "eth_chainId", "[]", until_ms, &reply, why);
        if (status != YQ_OK) {
            last = status;
            continue;
        }
        int is_number = yq_json_quantity(yq_jsonrpc_result(reply), &id);
        yq_json_free(reply);
        if (!is_number) {
            return yq_fail(why, YQ_E_PEER, 0, "eth_chainId: no number");
        }
        if (s->chain_id_wanted != 0 && id != s->chain_id_wanted) {
            char text[96];
            (void)snprintf(
                text,
                sizeof text,
                "chain_id: %.40s is of chain %" PRIu64,
                yq_web_pool_url(s->rpc.pool, i),
                id);
            return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
        }
        if (n > 0 && id != s->chain_id) {
            s->counts.disagreements++;
            return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "nodes are of different chains");
        }
        s->chain_id = id;
        n++;
    }
    s->has_chain_id |= n > 0;
    return s->has_chain_id ? YQ_OK : last;
}

/* ---- blocks ------------------------------------------------------------------------------------
 */

/* A header and its reply of one endpoint. */
typedef struct candidate {
    yq_json *reply;
    yq_evma_header header;
    uint8_t *memory;
} candidate;

static void candidate_free(candidate *c)
{
    yq_json_free(c->reply);
    free(c->memory);
    *c = (candidate){0};
}

static yq_status fetch_one(
    yq_evma_session *s,
    size_t endpoint,
    uint64_t number,
    int whole,
    uint64_t until_ms,
    candidate *out,
    yq_fault *why)
{
    char params[48];
    const size_t cap = YQ_EVMA_HEADER_ROOM;
    *out = (candidate){0};
    (void)snprintf(
        params, sizeof params, "[\"0x%" PRIx64 "\",%s]", number, whole ? "true" : "false");
    yq_status status = yq_jsonrpc_ask(
        &s->rpc, endpoint, "eth_getBlockByNumber", params, until_ms, &out->reply, why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *block = yq_jsonrpc_result(out->reply);
    out->memory = malloc(cap);
    if (out->memory == NULL) {
        status = yq_fail(why, YQ_E_MEMORY, 0, "header");
    } else if (yq_json_is_null(block)) {
        status = yq_fail(why, YQ_E_NOT_FOUND, 0, "the node does not have this block");
    } else {
        yq_buf room = {out->memory, cap, 0};
        status = yq_evma_header_of(&s->work, &s->profile, block, &room, &out->header, why);
    }
    if (status == YQ_OK && out->header.number != number) {
        status = yq_fail(why, YQ_E_HEIGHT, 0, "number: not the one that was asked for");
    }
    if (status != YQ_OK) {
        candidate_free(out);
    }
    return status;
}

/* Takes over the first block, and the first header of it whose seals are good. */
static yq_status weigh(
    yq_evma_session *s, yq_evma_sources *out, candidate *c, int *good, yq_fault *why)
{
    if (out->n > 0 && !yq_digest_equal(&c->header.hash, &out->header.hash)) {
        candidate_free(c);
        s->counts.disagreements++;
        return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "nodes have different blocks of this height");
    }
    int was_good = *good;
    *good = was_good || yq_evma_seals_look(&s->work, &s->profile, c->header.raw, NULL) == YQ_OK;
    if (out->n == 0) {
        out->reply = c->reply;
        out->block = yq_jsonrpc_result(c->reply);
        c->reply = NULL;
    }
    if (out->n == 0 || (*good && !was_good)) {
        free(out->memory);
        out->memory = c->memory;
        out->header = c->header;
        c->memory = NULL;
    }
    out->n++;
    candidate_free(c);
    return YQ_OK;
}

yq_status yq_evma_sources_fetch(
    yq_evma_session *s, uint64_t number, uint64_t until_ms, yq_evma_sources *out, yq_fault *why)
{
    yq_status result = YQ_E_UNAVAILABLE;
    size_t first = yq_web_pool_nth(s->rpc.pool, 0);
    int good = 0;
    *out = (yq_evma_sources){0};
    for (size_t i = 0; i < s->endpoint_n; i++) {
        size_t endpoint = (first + i) % s->endpoint_n;
        candidate c;
        yq_fault reason = {0};
        yq_status status = fetch_one(s, endpoint, number, out->n == 0, until_ms, &c, &reason);
        if (status == YQ_OK) {
            if (out->n == 0) {
                yq_web_pool_prefer(s->rpc.pool, endpoint);
            }
            status = weigh(s, out, &c, &good, why);
            if (status != YQ_OK) {
                return status;
            }
        } else if (result == YQ_E_UNAVAILABLE || result == YQ_E_TIMEOUT) {
            result = status;
            *why = reason;
        }
    }
    if (out->n == 0) {
        return result;
    }
    return out->n >= s->min_sources
               ? YQ_OK
               : yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this block");
}

void yq_evma_sources_free(yq_evma_sources *sources)
{
    yq_json_free(sources->reply);
    free(sources->memory);
    *sources = (yq_evma_sources){0};
}

yq_status yq_evma_agreed(
    yq_evma_session *s,
    const char *method,
    const char *params,
    uint64_t until_ms,
    uint64_t *value,
    yq_fault *why)
{
    uint64_t known[YQ_EVMA_ENDPOINTS_MAX] = {0};
    size_t n = 0;
    yq_status last = YQ_OK;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_json *reply = NULL;
        uint64_t one;
        yq_status status = yq_jsonrpc_ask(&s->rpc, i, method, params, until_ms, &reply, why);
        if (status != YQ_OK) {
            last = status;
            continue;
        }
        if (yq_json_quantity(yq_jsonrpc_result(reply), &one)) {
            size_t at = n++;
            for (; at > 0 && known[at - 1] < one; at--) {
                known[at] = known[at - 1];
            }
            known[at] = one;
        } else {
            last = yq_fail(why, YQ_E_PEER, 0, method);
        }
        yq_json_free(reply);
    }
    if (n == 0 && last != YQ_OK) {
        return last;
    }
    if (n < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    *value = known[s->min_sources - 1];
    return YQ_OK;
}

yq_status yq_evma_head(yq_evma_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    return yq_evma_agreed(s, "eth_blockNumber", "[]", until_ms, height, why);
}

yq_status yq_evma_give(const yq_evma_session *s, yq_slice bytes, yq_slice *out, yq_fault *why)
{
    uint8_t *p = s->host.alloc(s->host.self, bytes.n == 0 ? 1 : bytes.n);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_bytes_copy(p, bytes.p, bytes.n);
    *out = yq_slice_of(p, bytes.n);
    return YQ_OK;
}
