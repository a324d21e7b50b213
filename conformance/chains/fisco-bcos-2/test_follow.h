#ifndef YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_TEST_FOLLOW_H
#define YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_TEST_FOLLOW_H

/* For tests: a mock chain that is asked over its RPC, and the light client that follows it. */
#include "adapters/fisco-bcos-2/evidence.h"
#include "conformance/chains/common/test_hub.h"
#include "conformance/chains/fisco-bcos-2/fmock.h"
#include "light-clients/fisco-bcos-2/test_client.h"
#include "relay/base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_EVIDENCE_MAX (2u << 20)

typedef struct test_world {
    yq_fmock_chain *chain;
    yq_fmock_replay *replay; /* or this */
    yq_fisco2_profile profile;
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

/* One request; params without their brackets' group. Returns the reply, to be freed. */
__attribute__((format(printf, 3, 4))) static inline yq_json *test_ask(
    const test_world *w, const char *method, const char *format, ...)
{
    static char params[8u << 20], request[9u << 20];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(params, sizeof params, format, args);
    va_end(args);
    int n = snprintf(
        request,
        sizeof request,
        "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":[1%s%s],\"id\":7}",
        method,
        params[0] == '\0' ? "" : ",",
        params);
    size_t size;
    if (w->replay != NULL) {
        char *text = yq_fmock_replay_answer(w->replay, yq_slice_of(request, (size_t)n), &size);
        yq_json *document = test_parse(text, size);
        free(text);
        return document;
    }
    yq_json_out *out = yq_fmock_answer(w->chain, yq_slice_of(request, (size_t)n));
    const char *text = yq_json_out_done(out, &size);
    YQ_ASSERT(text != NULL);
    yq_json *document = test_parse(text, size);
    yq_json_out_free(out);
    uint64_t id;
    YQ_ASSERT(yq_json_uint(yq_json_get(yq_json_root(document), "id"), &id) && id == 7);
    return document;
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

/* The light client begins with the genesis that the chain shows. */
static inline yq_status test_begin(test_world *w)
{
    yq_buf out = {w->room, TEST_EVIDENCE_MAX, 0};
    yq_json *block = test_ask(w, "getBlockByNumber", "\"0x0\",true");
    yq_status status = yq_fisco2_anchor_of_json(&w->profile, test_result(block), &out, &w->why);
    if (status == YQ_OK) {
        status = test_client_init(w->client, yq_slice_of(out.p, out.n));
    }
    yq_json_free(block);
    return status;
}

static inline test_world test_world_new(uint8_t suite)
{
    test_world w = {
        .chain = yq_fmock_chain_new(suite, TEST_CHAIN, "seed", 1700000000000u),
        .client = test_fisco2_client(),
        .room = malloc(TEST_EVIDENCE_MAX),
        .time_ms = 1700000001000u,
    };
    YQ_ASSERT(w.room != NULL);
    yq_json *version = test_ask(&w, "getClientVersion", "%s", "");
    YQ_ASSERT(yq_fisco2_profile_of(test_result(version), 1, &w.profile, &w.why) == YQ_OK);
    YQ_ASSERT(w.profile.suite == suite && w.profile.receipt_items == 8);
    yq_json_free(version);
    YQ_ASSERT(test_begin(&w) == YQ_OK);
    return w;
}

static inline void test_world_free(test_world *w)
{
    yq_fmock_chain_free(w->chain);
    yq_fmock_replay_close(w->replay);
    test_client_free(w->client);
    free(w->room);
}

/* Hands one header to the light client: as getBlockByNumber shows it, or getBlockHeaderByNumber. */
static inline yq_status test_header(test_world *w, uint64_t number, int alone)
{
    yq_buf out = {w->room, TEST_EVIDENCE_MAX, 0};
    yq_json *block = test_ask(
        w, alone ? "getBlockHeaderByNumber" : "getBlockByNumber", "\"0x%" PRIx64 "\",true", number);
    yq_status status =
        yq_fisco2_update_of_json(&w->profile, test_result(block), NULL, 0, &out, &w->why);
    if (status == YQ_OK) {
        status = test_client_update(w->client, yq_slice_of(out.p, out.n));
    }
    yq_json_free(block);
    return status;
}

/* Proves log 0 of a transaction by the WithProof methods. */
static inline yq_status test_event_of(
    test_world *w, uint64_t number, const yq_digest *hash, yq_verified_event *event)
{
    char hex[65];
    yq_buf out = {w->room, TEST_EVIDENCE_MAX, 0};
    (void)yq_hex_encode(hex, sizeof hex, hash->b, sizeof hash->b);
    yq_json *tx = test_ask(w, "getTransactionByHashWithProof", "\"0x%s\"", hex);
    yq_json *receipt = test_ask(w, "getTransactionReceiptByHashWithProof", "\"0x%s\"", hex);
    const yq_fisco2_inclusion_json in = {
        .tx = yq_json_get(test_result(tx), "transaction"),
        .tx_proof = yq_json_get(test_result(tx), "txProof"),
        .receipt = yq_json_get(test_result(receipt), "transactionReceipt"),
        .receipt_proof = yq_json_get(test_result(receipt), "receiptProof"),
    };
    yq_status status = yq_fisco2_event_of_json(&w->profile, number, &in, 0, &out, &w->why);
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
    while (yq_fmock_chain_seal(w->chain, w->time_ms)) {
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
        yq_fmock_control(w->chain, w->time_ms++, yq_json_root(command), out, &w->why);
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

/* Deploys the inbox that a hub's set goes with. */
static inline void test_deploy(test_world *w, const test_hub *hub)
{
    static char text[4096];
    char hex[129];
    (void)yq_hex_encode(hex, sizeof hex, hub->set.chain_id_hash.b, 32);
    size_t at = (size_t)snprintf(
        text,
        sizeof text,
        "{\"do\":\"deploy\",\"hub\":\"" TEST_HUB
        "\",\"chain_id_hash\":\"%s\",\"epoch\":%u,\"floor\":0,\"keys\":[",
        hex,
        (unsigned)hub->set.epoch);
    for (size_t i = 0; i < hub->set.n; i++) {
        (void)yq_hex_encode(hex, sizeof hex, hub->set.key[i], 64);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\"", i == 0 ? "" : ",", hex);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    test_do(w, text);
}

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_TEST_FOLLOW_H */
