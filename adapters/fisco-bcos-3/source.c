#include "adapters/fisco-bcos-3/fields.h"
#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

yq_status yq_bcos3_ask(
    yq_bcos3_session *s,
    size_t endpoint,
    const char *method,
    const char *rest,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    size_t cap = (rest == NULL ? 0 : strlen(rest)) + sizeof s->group + sizeof s->node + 16;
    char *params = malloc(cap);
    *reply = NULL;
    if (params == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "request");
    }
    if (rest == NULL) {
        (void)snprintf(params, cap, "[\"%s\"]", s->group);
    } else {
        (void)snprintf(params, cap, "[\"%s\",\"%s\"%s]", s->group, s->node, rest);
    }
    yq_status status = yq_jsonrpc_ask(&s->rpc, endpoint, method, params, until_ms, reply, why);
    free(params);
    return status;
}

typedef struct question {
    yq_bcos3_session *s;
    const char *method, *rest;
    uint64_t until_ms;
    yq_json **reply;
} question;

static yq_status ask_one(void *self, size_t endpoint, yq_fault *why)
{
    const question *q = self;
    return yq_bcos3_ask(q->s, endpoint, q->method, q->rest, q->until_ms, q->reply, why);
}

yq_status yq_bcos3_ask_any(
    yq_bcos3_session *s,
    const char *method,
    const char *rest,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    question q = {s, method, rest, until_ms, reply};
    return yq_web_any(s->rpc.pool, ask_one, &q, why);
}

static yq_status check_profile(
    const yq_bcos3_session *s, const yq_bcos3_profile *profile, yq_fault *why)
{
    if (strcmp(profile->group, s->group) != 0) {
        return yq_fail(why, YQ_E_PEER, 0, "getGroupInfo: another group");
    }
    if (s->chain[0] != '\0' && strcmp(profile->chain, s->chain) != 0) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain_id: the node's chain is another one");
    }
    if (s->suite_wanted != 0 && s->suite_wanted != profile->suite) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: the chain runs the other one");
    }
    return profile->wasm ? yq_fail(why, YQ_E_UNSUPPORTED, 0, "contracts are WASM, not EVM") : YQ_OK;
}

yq_status yq_bcos3_profile_get(yq_bcos3_session *s, uint64_t until_ms, yq_fault *why)
{
    yq_json *reply = NULL;
    yq_bcos3_profile profile;
    if (s->has_profile) {
        return YQ_OK;
    }
    yq_status status = yq_bcos3_ask_any(s, "getGroupInfo", NULL, until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    status = yq_bcos3_profile_of(yq_json_get(yq_json_root(reply), "result"), &profile, why);
    yq_json_free(reply);
    if (status == YQ_OK) {
        status = check_profile(s, &profile, why);
    }
    if (status == YQ_OK) {
        s->profile = profile;
        s->has_profile = 1;
    }
    return status;
}

/* ---- heights ---- */

yq_status yq_bcos3_height_of(
    yq_bcos3_session *s, size_t endpoint, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    yq_json *reply = NULL;
    yq_status status = yq_bcos3_ask(s, endpoint, "getBlockNumber", "", until_ms, &reply, why);
    if (status == YQ_OK && !yq_json_quantity(yq_json_get(yq_json_root(reply), "result"), height)) {
        status = yq_fail(why, YQ_E_PEER, 0, "getBlockNumber: no number");
    }
    yq_json_free(reply);
    return status;
}

yq_status yq_bcos3_latest(yq_bcos3_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    uint64_t known[YQ_BCOS3_ENDPOINTS_MAX] = {0};
    size_t n = 0;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        uint64_t value;
        if (yq_bcos3_height_of(s, i, until_ms, &value, why) != YQ_OK) {
            continue;
        }
        size_t at = n++;
        for (; at > 0 && known[at - 1] < value; at--) {
            known[at] = known[at - 1];
        }
        known[at] = value;
    }
    if (n < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    *height = known[s->min_sources - 1];
    return YQ_OK;
}

/* ---- blocks ---- */

/* Nodes have no code of their own for a height that they lack: one that fails is asked how high it
 * is. */
static yq_status ask_block(
    yq_bcos3_session *s,
    size_t endpoint,
    uint64_t number,
    int header_only,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    char rest[64];
    uint64_t height;
    yq_fault other = {0};
    (void)snprintf(
        rest, sizeof rest, ",%" PRIu64 ",%s,false", number, header_only ? "true" : "false");
    yq_status status = yq_bcos3_ask(s, endpoint, "getBlockByNumber", rest, until_ms, reply, why);
    if (status == YQ_OK && yq_json_is_object(yq_json_get(yq_json_root(*reply), "result"))) {
        return YQ_OK;
    }
    if (status == YQ_OK) {
        yq_json_free(*reply);
        *reply = NULL;
        status = yq_fail(why, YQ_E_PEER, 0, "getBlockByNumber: no block");
    }
    if (status == YQ_E_PEER &&
        yq_bcos3_height_of(s, endpoint, until_ms, &height, &other) == YQ_OK && height < number) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "the node does not have this height");
    }
    return status;
}

/* Adds an endpoint's answer when it is of the same block as the first. */
static yq_status add_source(
    yq_bcos3_session *s, uint64_t number, yq_bcos3_sources *out, yq_json *reply, yq_fault *why)
{
    const yq_json *block = yq_json_get(yq_json_root(reply), "result");
    yq_digest first, own;
    uint64_t is;
    if (!yq_bcos3_digest(yq_json_get(block, "hash"), &own) ||
        !yq_json_quantity(yq_json_get(block, "number"), &is) || is != number) {
        yq_json_free(reply);
        return yq_fail(why, YQ_E_PEER, 0, "a block without hash, or of another number");
    }
    out->reply[out->n] = reply;
    out->block[out->n++] = block;
    if (yq_bcos3_digest(yq_json_get(out->block[0], "hash"), &first) &&
        !yq_digest_equal(&first, &own)) {
        s->counts.disagreements++;
        return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "nodes have different blocks of this height");
    }
    return YQ_OK;
}

typedef struct whole {
    yq_bcos3_session *s;
    uint64_t number, until_ms;
    yq_json *reply;
} whole;

static yq_status ask_whole(void *self, size_t endpoint, yq_fault *why)
{
    whole *w = self;
    return ask_block(w->s, endpoint, w->number, 0, w->until_ms, &w->reply, why);
}

yq_status yq_bcos3_sources_fetch(
    yq_bcos3_session *s, uint64_t number, uint64_t until_ms, yq_bcos3_sources *out, yq_fault *why)
{
    whole w = {.s = s, .number = number, .until_ms = until_ms};
    *out = (yq_bcos3_sources){0};
    yq_status status = yq_web_any(s->rpc.pool, ask_whole, &w, why);
    if (status == YQ_OK) {
        status = add_source(s, number, out, w.reply, why);
    }
    size_t first = yq_web_pool_nth(s->rpc.pool, 0);
    for (size_t i = 0; i < s->endpoint_n && status == YQ_OK; i++) {
        yq_json *reply = NULL;
        yq_fault reason = {0};
        if (i != first && ask_block(s, i, number, 1, until_ms, &reply, &reason) == YQ_OK) {
            status = add_source(s, number, out, reply, why);
        }
    }
    if (status == YQ_OK && out->n < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this block");
    }
    return status;
}

void yq_bcos3_sources_free(yq_bcos3_sources *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        yq_json_free(sources->reply[i]);
    }
    sources->n = 0;
}

yq_status yq_bcos3_give(const yq_bcos3_session *s, yq_slice bytes, yq_slice *out, yq_fault *why)
{
    uint8_t *p = s->host.alloc(s->host.self, bytes.n == 0 ? 1 : bytes.n);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_bytes_copy(p, bytes.p, bytes.n);
    *out = yq_slice_of(p, bytes.n);
    return YQ_OK;
}
