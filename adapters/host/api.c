#include "adapters/host/api.h"

#include "relay/codec/json.h"

#include <stdio.h>

#define DELIVERY_MS 20000u
#define PATH_SIZE   256u

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
    const yq_json *inbox_state = yq_json_get(document, "inbox_state");
    return yq_json_uint(yq_json_get(inbox_state, "epoch"), &out->inbox_epoch) &&
           yq_json_uint(yq_json_get(inbox_state, "behind"), &out->inbox_behind);
}

yq_status yq_api_chain_get(yq_http *http, const char *chain, yq_api_chain *out, yq_fault *why)
{
    char path[PATH_SIZE];
    *out = (yq_api_chain){0};
    (void)snprintf(path, sizeof path, "/api/v1/chains/%s", chain);
    yq_json *document;
    yq_status status = yq_api_ask_json(http, path, YQ_API_TIME_MS, &document, why);
    if (status == YQ_OK && !read_chain(document, out)) {
        status = yq_api_bad_form(why, "the hub's reply on the chain is not of its form");
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
    yq_status status = yq_api_ask_json(http, path, YQ_API_TIME_MS, &document, why);
    const yq_json *items = yq_json_get(document, "items");
    if (status == YQ_OK && !yq_json_is_array(items)) {
        status = yq_api_bad_form(why, "the hub's list of services is not of its form");
    }
    if (status == YQ_OK && yq_json_count(items) > cap) {
        status = yq_fail(why, YQ_E_LIMIT, 0, "more services than an adapter watches");
    }
    for (size_t i = 0; status == YQ_OK && i < yq_json_count(items); i++) {
        const yq_json *item = yq_json_at(items, i);
        if (!take_name(yq_json_get(item, "emitter"), &filter[i].emitter) ||
            !take_name(yq_json_get(item, "event"), &filter[i].event) ||
            !yq_json_uint(yq_json_get(item, "from_height"), &filter[i].from_height)) {
            status = yq_api_bad_form(why, "the hub's list of services is not of its form");
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
    return yq_api_ask(http, path, NULL, DELIVERY_MS, out, why);
}

yq_status yq_api_step(
    yq_http *http, const char *chain, uint64_t *epoch, yq_buf *delivery, yq_buf *set, yq_fault *why)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "/api/v1/chains/%s/step", chain);
    yq_json *document;
    delivery->n = set->n = 0;
    yq_status status = yq_api_ask_json(http, path, YQ_API_TIME_MS, &document, why);
    if (status == YQ_OK && (!yq_json_uint(yq_json_get(document, "epoch"), epoch) ||
                            !yq_json_hex(yq_json_get(document, "delivery"), delivery) ||
                            !yq_json_hex(yq_json_get(document, "set"), set))) {
        status = yq_api_bad_form(why, "the hub's step of the inbox is not of its form");
    }
    yq_json_free(document);
    return status;
}
