#ifndef YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_FOLLOW_H
#define YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_FOLLOW_H

/* For tests: a mock chain that is asked over its RPC, and the light client that follows it. */
#include "adapters/fisco-bcos-3/evidence.h"
#include "adapters/fisco-bcos-3/fields.h"
#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "light-clients/fisco-bcos-3/test_client.h"
#include "relay/base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_EVIDENCE_MAX (2u << 20)

typedef struct test_world {
    yq_mock3_chain *chain;
    yq_bcos3_profile profile;
    test_client *client;
    uint8_t *room;
    uint64_t time_ms;
    yq_fault why;
} test_world;

static inline yq_json *test_parse(const char *text, size_t size)
{
    yq_fault why = {0};
    yq_json *document = yq_json_parse(yq_slice_of(text, size), 64u << 20, &why);
    YQ_ASSERT(document != NULL);
    return document;
}

static inline yq_json *test_answer(test_world *w, const char *request)
{
    size_t size;
    yq_json_out *out = yq_mock3_answer(w->chain, yq_slice_text(request), w->time_ms);
    const char *text = yq_json_out_done(out, &size);
    YQ_ASSERT(text != NULL);
    yq_json *document = test_parse(text, size);
    yq_json_out_free(out);
    return document;
}

/* One request; params behind group and node. Returns the reply, to be freed. */
__attribute__((format(printf, 3, 4))) static inline yq_json *test_ask(
    test_world *w, const char *method, const char *format, ...)
{
    static char params[1u << 20], request[(1u << 20) + 256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(params, sizeof params, format, args);
    va_end(args);
    (void)snprintf(
        request,
        sizeof request,
        "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":[\"group0\",\"\"%s%s],\"id\":7}",
        method,
        params[0] == '\0' ? "" : ",",
        params);
    return test_answer(w, request);
}

static inline const yq_json *test_result(const yq_json *document)
{
    return yq_json_get(yq_json_root(document), "result");
}

/* The error's code, 0 when there is none. */
static inline int64_t test_error(const yq_json *document)
{
    int64_t code = 0;
    (void)yq_json_int(yq_json_get(yq_json_get(yq_json_root(document), "error"), "code"), &code);
    return code;
}

static inline test_world test_world_new(uint8_t suite)
{
    test_world w = {
        .chain = yq_mock3_chain_new(suite, TEST_CHAIN, "seed", 1700000000000u),
        .client = test_fisco3_client(),
        .room = malloc(TEST_EVIDENCE_MAX),
        .time_ms = 1700000001000u,
    };
    YQ_ASSERT(w.room != NULL);
    yq_json *info = test_ask(&w, "getGroupInfo", "%s", "");
    YQ_ASSERT(yq_bcos3_profile_of(test_result(info), &w.profile, &w.why) == YQ_OK);
    YQ_ASSERT(w.profile.suite == suite && !w.profile.wasm && !w.profile.auth_check);
    yq_json_free(info);
    yq_bcos3_rules rules = {.depth = 1};
    yq_buf out = {w.room, TEST_EVIDENCE_MAX, 0};
    yq_json *block = test_ask(&w, "getBlockByNumber", "0,true,false");
    YQ_ASSERT(yq_bcos3_anchor_put(&w.profile, &rules, test_result(block), &out, &w.why) == YQ_OK);
    yq_json_free(block);
    YQ_ASSERT(test_client_init(w.client, yq_slice_of(out.p, out.n)) == YQ_OK);
    return w;
}

static inline void test_world_free(test_world *w)
{
    yq_mock3_chain_free(w->chain);
    test_client_free(w->client);
    free(w->room);
}

/* Hands one header to the light client, with the signatures as the node shows them. */
static inline yq_status test_header(test_world *w, uint64_t number)
{
    yq_buf out = {w->room, TEST_EVIDENCE_MAX, 0};
    yq_json *reply = test_ask(w, "getBlockByNumber", "%" PRIu64 ",true,false", number);
    const yq_json *block = test_result(reply);
    const yq_bcos3_signed from = {&block, 1, 1};
    yq_status status = yq_bcos3_update_put(&w->profile, &from, (yq_slice){0}, 0, &out, &w->why);
    if (status == YQ_OK) {
        status = test_client_update(w->client, yq_slice_of(out.p, out.n));
    }
    yq_json_free(reply);
    return status;
}

/* Proves log 0 of a transaction by the node's own proofs. */
static inline yq_status test_event_of(
    test_world *w, uint64_t number, const yq_digest *hash, yq_verified_event *event)
{
    char hex[65];
    int nonce_is_hex = 0;
    yq_digest own;
    yq_bcos3_path path;
    (void)yq_hex_encode(hex, sizeof hex, hash->b, sizeof hash->b);
    yq_json *tx = test_ask(w, "getTransaction", "\"0x%s\",true", hex);
    yq_json *receipt = test_ask(w, "getTransactionReceipt", "\"0x%s\",true", hex);
    yq_buf out = {w->room, TEST_EVIDENCE_MAX, 0};
    yq_status status =
        yq_bcos3_tx_hash(&w->profile, test_result(tx), out, &nonce_is_hex, &own, &w->why);
    if (status == YQ_OK) {
        status = yq_bcos3_path_of_json(
            yq_bcos3_hash_alg(&w->profile),
            yq_json_get(test_result(tx), "txProof"),
            yq_json_get(test_result(receipt), "txReceiptProof"),
            &own,
            &path,
            &w->why);
    }
    const yq_bcos3_inclusion in = {test_result(tx), test_result(receipt), &path, nonce_is_hex};
    if (status == YQ_OK) {
        status = yq_bcos3_event_put(number, &in, 0, &out, &w->why);
    }
    if (status == YQ_OK) {
        status = test_client_event(w->client, yq_slice_of(out.p, out.n), event);
    }
    yq_json_free(tx);
    yq_json_free(receipt);
    return status;
}

static inline void test_seal(test_world *w)
{
    w->time_ms += 1000;
    while (yq_mock3_chain_seal(w->chain, w->time_ms)) {
        w->time_ms++;
    }
}

/* A control command; its reply to be freed, NULL and why when it fails. */
static inline yq_json *test_control(test_world *w, const char *text)
{
    yq_json *command = test_parse(text, strlen(text));
    yq_json_out *out = yq_json_out_new(16u << 20);
    YQ_ASSERT(out != NULL);
    w->why = (yq_fault){0};
    yq_json_out_object(out, NULL);
    yq_status status =
        yq_mock3_control(w->chain, w->time_ms++, yq_json_root(command), out, &w->why);
    yq_json_out_end(out);
    yq_json_free(command);
    size_t size;
    const char *reply = yq_json_out_done(out, &size);
    yq_json *document = status == YQ_OK ? test_parse(reply, size) : NULL;
    yq_json_out_free(out);
    return document;
}

/* Runs a command that has to succeed. */
static inline void test_do(test_world *w, const char *text)
{
    yq_json *reply = test_control(w, text);
    YQ_ASSERT(reply != NULL);
    yq_json_free(reply);
}

/* One more block with one event. */
static inline void test_one_more(test_world *w)
{
    test_do(w, "{\"do\":\"emit\",\"payload\":\"0a0b\"}");
    test_seal(w);
}

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_TEST_FOLLOW_H */
