#include "adapters/host/api.h"

#include "relay/base/errors.h"
#include "relay/codec/json.h"
#include "relay/ledger/genesis.h"

#include <stdio.h>
#include <stdlib.h>

#define TIME_MS      10000u
#define DELIVERY_MS  20000u
#define JSON_MAX     (4u << 20)
#define PATH_SIZE    256u
#define HTTP_OK      200u
#define HTTP_CREATED 202u

static yq_status not_its_form(yq_fault *why, const char *what)
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

static yq_status ask(
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

static yq_status ask_json(
    yq_http *http, const char *path, uint32_t time_ms, yq_json **document, yq_fault *why)
{
    yq_slice reply;
    *document = NULL;
    yq_status status = ask(http, path, NULL, time_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_fault bad;
    *document = yq_json_parse(reply, JSON_MAX, &bad);
    if (!yq_json_is_object(*document)) {
        yq_json_free(*document);
        *document = NULL;
        return not_its_form(why, "the hub's reply is not a JSON object");
    }
    return YQ_OK;
}

yq_status yq_api_identity_get(yq_http *http, yq_api_identity *out, yq_fault *why)
{
    yq_slice bytes;
    yq_status status = ask(http, "/api/v1/genesis", NULL, TIME_MS, &bytes, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_genesis *genesis = malloc(sizeof *genesis);
    if (genesis == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "genesis");
    }
    yq_fault bad;
    if (yq_genesis_decode(bytes, genesis, &bad) != YQ_OK) {
        status = not_its_form(why, "the hub's genesis does not decode");
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
    yq_status status = ask_json(http, path, TIME_MS, &document, why);
    if (status == YQ_OK && !yq_json_uint(yq_json_get(document, "next_sequence"), sequence)) {
        status = not_its_form(why, "the hub's reply on the signer has no next_sequence");
    }
    yq_json_free(document);
    return status;
}

/* A hex text as a name; returns 0 when it is none or too long. */
static int take_name(const yq_json *value, yq_host_name *out)
{
    yq_buf bytes = {.p = out->b, .cap = sizeof out->b};
    if (!yq_json_hex(value, &bytes)) {
        *out = (yq_host_name){0};
        return 0;
    }
    out->n = (uint8_t)bytes.n;
    return 1;
}

static int read_chain(const yq_json *document, yq_api_chain *out)
{
    yq_slice state;
    const yq_json *client = yq_json_get(document, "client");
    const yq_json *outbox = yq_json_get(document, "outbox");
    if (!yq_json_text(yq_json_get(document, "state"), &state) || state.n >= sizeof out->state) {
        return 0;
    }
    yq_bytes_copy(out->state, state.p, state.n);
    out->has_client = yq_json_is_object(client);
    if (out->has_client && !yq_json_uint(yq_json_get(client, "height"), &out->client_height)) {
        return 0;
    }
    if (yq_json_is_object(outbox) &&
        (!yq_json_uint(yq_json_get(outbox, "size"), &out->outbox_size) ||
         !yq_json_uint(yq_json_get(outbox, "done"), &out->outbox_done))) {
        return 0;
    }
    const yq_json *inbox = yq_json_get(document, "inbox");
    if (inbox == NULL || yq_json_is_null(inbox)) {
        return 1;
    }
    if (!take_name(inbox, &out->inbox.emitter) ||
        !take_name(yq_json_get(document, "inbox_event"), &out->inbox.event)) {
        return 0;
    }
    out->has_inbox = out->inbox.emitter.n > 0;
    return 1;
}

yq_status yq_api_chain_get(yq_http *http, const char *chain, yq_api_chain *out, yq_fault *why)
{
    char path[PATH_SIZE];
    *out = (yq_api_chain){0};
    (void)snprintf(path, sizeof path, "/api/v1/chains/%s", chain);
    yq_json *document;
    yq_status status = ask_json(http, path, TIME_MS, &document, why);
    if (status == YQ_OK && !read_chain(document, out)) {
        status = not_its_form(why, "the hub's reply on the chain is not of its form");
    }
    yq_json_free(document);
    return status;
}

yq_status yq_api_services(
    yq_http *http, const char *chain, yq_host_filter *filter, size_t cap, size_t *n, yq_fault *why)
{
    char path[PATH_SIZE];
    *n = 0;
    (void)snprintf(path, sizeof path, "/api/v1/chains/%s/services", chain);
    yq_json *document;
    yq_status status = ask_json(http, path, TIME_MS, &document, why);
    const yq_json *items = yq_json_get(document, "items");
    if (status == YQ_OK && !yq_json_is_array(items)) {
        status = not_its_form(why, "the hub's list of services is not of its form");
    }
    if (status == YQ_OK && yq_json_count(items) > cap) {
        status = yq_fail(why, YQ_E_LIMIT, 0, "more services than an adapter watches");
    }
    for (size_t i = 0; status == YQ_OK && i < yq_json_count(items); i++) {
        const yq_json *item = yq_json_at(items, i);
        if (!take_name(yq_json_get(item, "emitter"), &filter[i].emitter) ||
            !take_name(yq_json_get(item, "event"), &filter[i].event) ||
            !yq_json_uint(yq_json_get(item, "from_height"), &filter[i].from_height)) {
            status = not_its_form(why, "the hub's list of services is not of its form");
        }
        *n = i + 1;
    }
    yq_json_free(document);
    return status;
}

yq_status yq_api_delivery(
    yq_http *http, const char *chain, uint64_t from, size_t limit, yq_slice *out, yq_fault *why)
{
    char path[PATH_SIZE];
    (void)snprintf(
        path,
        sizeof path,
        "/api/v1/chains/%s/deliveries?from=%llu&limit=%zu",
        chain,
        (unsigned long long)from,
        limit);
    return ask(http, path, NULL, DELIVERY_MS, out, why);
}

yq_status yq_api_submit(yq_http *http, yq_slice envelope, yq_fault *why)
{
    yq_slice reply;
    return ask(http, "/api/v1/envelopes", &envelope, DELIVERY_MS, &reply, why);
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
        result[i].status = (int32_t)number;
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
    yq_http *http,
    const yq_digest *id,
    uint32_t wait_ms,
    yq_api_envelope_state *state,
    yq_api_result *result,
    size_t n,
    yq_fault *why)
{
    char path[PATH_SIZE] = "/api/v1/envelopes/";
    size_t used = strlen(path);
    used += yq_hex_encode(path + used, sizeof path - used, id->b, sizeof id->b);
    (void)snprintf(path + used, sizeof path - used, "?wait_ms=%u", wait_ms);
    *state = YQ_API_ENVELOPE_UNKNOWN;
    yq_json *document;
    yq_status status = ask_json(http, path, wait_ms + TIME_MS, &document, why);
    if (status == YQ_E_NOT_FOUND) {
        return YQ_OK;
    }
    yq_slice text;
    if (status == YQ_OK && (!yq_json_text(yq_json_get(document, "state"), &text) ||
                            state_of(text) == YQ_API_ENVELOPE_INVALID)) {
        status = not_its_form(why, "the hub's reply on the envelope has no state");
    }
    if (status == YQ_OK) {
        *state = state_of(text);
    }
    if (status == YQ_OK && *state == YQ_API_ENVELOPE_FINAL &&
        !read_results(yq_json_get(document, "results"), result, n)) {
        status = not_its_form(why, "the hub's results of the envelope are not of their form");
    }
    yq_json_free(document);
    return status;
}
