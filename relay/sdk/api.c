#include "relay/sdk/api.h"

#include "relay/base/errors.h"
#include "relay/codec/json.h"
#include "relay/ledger/genesis.h"

#include <stdio.h>
#include <stdlib.h>

#define SUBMIT_MS    20000u
#define JSON_MAX     (4u << 20)
#define PATH_SIZE    256u
#define HTTP_OK      200u
#define HTTP_CREATED 202u

yq_status yq_api_bad_form(yq_fault *why, const char *what)
{
    return yq_fail(why, YQ_E_PEER, 0, what);
}

/* The hub's refusal as a status. */
static yq_status refusal(unsigned code, yq_slice body, yq_fault *why)
{
    yq_status status = code == 404   ? YQ_E_NOT_FOUND
                       : code == 429 ? YQ_E_BUSY
                       : code == 413 ? YQ_E_LIMIT
                       : code == 403 ? YQ_E_PERMISSION
                                     : YQ_E_PEER;
    char text[120];
    (void)snprintf(text, sizeof text, "HTTP %u", code);
    yq_fault ignored;
    yq_json *document = yq_json_parse(body, JSON_MAX, &ignored);
    int64_t number;
    yq_slice message;
    if (yq_json_int(yq_json_get(document, "number"), &number) && number < 0 && number > -500 &&
        strcmp(yq_status_name((yq_status)number), "E_UNKNOWN") != 0) {
        status = (yq_status)number;
    }
    if (yq_json_text(yq_json_get(document, "message"), &message)) {
        (void)snprintf(
            text,
            sizeof text,
            "%.*s",
            (int)(message.n < 110 ? message.n : 110),
            (const char *)message.p);
    }
    yq_json_free(document);
    return yq_fail(why, status, 0, text);
}

yq_status yq_api_ask(
    yq_http *http,
    const char *path,
    const yq_slice *body,
    uint32_t time_ms,
    yq_slice *reply,
    yq_fault *why)
{
    unsigned code;
    yq_status status = yq_http_request(http, path, body, time_ms, &code, reply, why);
    if (status != YQ_OK) {
        return status;
    }
    return code == HTTP_OK || code == HTTP_CREATED ? YQ_OK : refusal(code, *reply, why);
}

yq_status yq_api_ask_json(
    yq_http *http, const char *path, uint32_t time_ms, yq_json **document, yq_fault *why)
{
    yq_slice reply;
    *document = NULL;
    yq_status status = yq_api_ask(http, path, NULL, time_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_fault bad;
    *document = yq_json_parse(reply, JSON_MAX, &bad);
    if (!yq_json_is_object(*document)) {
        yq_json_free(*document);
        *document = NULL;
        return yq_api_bad_form(why, "the hub's reply is not a JSON object");
    }
    return YQ_OK;
}

yq_status yq_api_identity_get(yq_http *http, yq_api_identity *out, yq_fault *why)
{
    yq_slice bytes;
    yq_status status = yq_api_ask(http, "/api/v1/genesis", NULL, YQ_API_TIME_MS, &bytes, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_genesis *genesis = malloc(sizeof *genesis);
    if (genesis == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "genesis");
    }
    yq_fault bad;
    if (yq_genesis_decode(bytes, genesis, &bad) != YQ_OK) {
        status = yq_api_bad_form(why, "the hub's genesis does not decode");
    } else {
        yq_genesis_chain_hash(genesis, bytes, &out->chain_id_hash);
        out->alg = genesis->alg;
        out->suite = genesis->suite;
    }
    free(genesis);
    return status;
}

yq_status yq_api_sequence(yq_http *http, const yq_digest *signer, uint64_t *sequence, yq_fault *why)
{
    char path[PATH_SIZE] = "/api/v1/signers/";
    size_t n = strlen(path);
    (void)yq_hex_encode(path + n, sizeof path - n, signer->b, sizeof signer->b);
    yq_json *document;
    yq_status status = yq_api_ask_json(http, path, YQ_API_TIME_MS, &document, why);
    if (status == YQ_OK && !yq_json_uint(yq_json_get(document, "next_sequence"), sequence)) {
        status = yq_api_bad_form(why, "the hub's reply on the signer has no next_sequence");
    }
    yq_json_free(document);
    return status;
}

yq_status yq_api_submit(yq_http *http, yq_slice envelope, yq_fault *why)
{
    yq_slice reply;
    return yq_api_ask(http, "/api/v1/envelopes", &envelope, SUBMIT_MS, &reply, why);
}

static yq_api_envelope_state state_of(yq_slice text)
{
    static const char *const name[] = {"", "unknown", "pending", "final", "expired"};
    for (size_t i = 1; i < YQ_ARRAY_N(name); i++) {
        if (yq_slice_equal(text, yq_slice_text(name[i]))) {
            return (yq_api_envelope_state)i;
        }
    }
    return YQ_API_ENVELOPE_INVALID;
}

static int read_results(const yq_json *list, yq_api_result *result, size_t n)
{
    if (!yq_json_is_array(list) || yq_json_count(list) != n) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        const yq_json *item = yq_json_at(list, i);
        int64_t number;
        uint64_t index;
        yq_slice text = {0};
        if (!yq_json_int(yq_json_get(item, "number"), &number) || number > 0 || number <= -500 ||
            !yq_json_uint(yq_json_get(item, "index"), &index) || index != i) {
            return 0;
        }
        (void)yq_json_text(yq_json_get(item, "why"), &text);
        result[i] = (yq_api_result){.status = (int32_t)number};
        yq_buf id = {result[i].transaction.b, YQ_DIGEST_SIZE, 0};
        yq_buf data = {result[i].data, sizeof result[i].data, 0};
        (void)yq_json_hex(yq_json_get(item, "transaction"), &id);
        if (yq_json_hex(yq_json_get(item, "data"), &data)) {
            result[i].data_n = data.n;
        }
        (void)snprintf(
            result[i].why,
            sizeof result[i].why,
            "%.*s",
            (int)(text.n < 79 ? text.n : 79),
            text.p == NULL ? "" : (const char *)text.p);
    }
    return 1;
}

yq_status yq_api_envelope(
    yq_http *http, const yq_digest *id, uint32_t wait_ms, yq_api_outcome *outcome, yq_fault *why)
{
    char path[PATH_SIZE] = "/api/v1/envelopes/";
    size_t used = strlen(path);
    used += yq_hex_encode(path + used, sizeof path - used, id->b, sizeof id->b);
    (void)snprintf(path + used, sizeof path - used, "?wait_ms=%u", wait_ms);
    outcome->state = YQ_API_ENVELOPE_UNKNOWN;
    yq_json *document;
    yq_status status = yq_api_ask_json(http, path, wait_ms + YQ_API_TIME_MS, &document, why);
    if (status == YQ_E_NOT_FOUND) {
        return YQ_OK;
    }
    yq_slice text;
    if (status == YQ_OK && (!yq_json_text(yq_json_get(document, "state"), &text) ||
                            state_of(text) == YQ_API_ENVELOPE_INVALID)) {
        status = yq_api_bad_form(why, "the hub's reply on the envelope has no state");
    }
    if (status == YQ_OK) {
        outcome->state = state_of(text);
    }
    if (status == YQ_OK && outcome->state == YQ_API_ENVELOPE_FINAL &&
        !yq_json_uint(yq_json_get(document, "height"), &outcome->height)) {
        status = yq_api_bad_form(why, "the hub's reply on the envelope has no height");
    }
    if (status == YQ_OK && outcome->state == YQ_API_ENVELOPE_FINAL &&
        !read_results(yq_json_get(document, "results"), outcome->result, outcome->n)) {
        status = yq_api_bad_form(why, "the hub's results of the envelope are not of their form");
    }
    yq_json_free(document);
    return status;
}
