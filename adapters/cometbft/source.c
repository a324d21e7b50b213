#include "adapters/cometbft/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGE_SIZE 100u /* the most that a node gives */
#define PAGES_MAX 11u  /* of sets of at most 1024 */

/* ---- what nodes say of themselves ---- */

static int copy_text(const yq_json *object, const char *key, char *out, size_t cap)
{
    yq_slice text = {0};
    int good = yq_json_text(yq_json_get(object, key), &text) && text.n > 0 && text.n < cap;
    yq_bytes_copy(out, text.p, good ? text.n : 0);
    out[good ? text.n : 0] = '\0';
    return good;
}

static int64_t seconds_of(const yq_json *object, const char *key)
{
    yq_slice text;
    int64_t seconds = 0;
    uint32_t nanos;
    int good = yq_json_text(yq_json_get(object, key), &text) &&
               yq_comet_time_of_text(text, &seconds, &nanos);
    return good ? seconds : 0;
}

/* The first name that is heard is kept; a node of another chain is never asked for evidence. */
static yq_status check_network(yq_comet_session *s, yq_slice network, yq_fault *why)
{
    if (network.n == 0 || network.n > YQ_COMET_CHAIN_ID_SIZE ||
        memchr(network.p, '\0', network.n) != NULL) {
        return yq_fail(why, YQ_E_PEER, 0, "the node does not name its chain");
    }
    if (s->chain_id[0] == '\0') {
        memcpy(s->chain_id, network.p, network.n);
        s->chain_id[network.n] = '\0';
    }
    if (yq_slice_equal(network, yq_slice_text(s->chain_id))) {
        return YQ_OK;
    }
    char text[sizeof why->text];
    (void)snprintf(
        text,
        sizeof text,
        "chain_id: a node is of %.*s, not of %s",
        (int)network.n,
        (const char *)network.p,
        s->chain_id);
    if (s->chain_id_given) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
    }
    s->counts.disagreements++;
    return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, text);
}

yq_status yq_comet_status_get(
    yq_comet_session *s, size_t endpoint, uint64_t until_ms, yq_comet_status *out, yq_fault *why)
{
    yq_json *reply = NULL;
    *out = (yq_comet_status){0};
    yq_status status = yq_jsonrpc_ask(&s->rpc, endpoint, "status", "{}", until_ms, &reply, why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *result = yq_jsonrpc_result(reply);
    const yq_json *info = yq_json_get(result, "node_info"),
                  *sync = yq_json_get(result, "sync_info");
    char index[8];
    (void)copy_text(info, "network", out->network, sizeof out->network);
    (void)copy_text(info, "version", out->version, sizeof out->version);
    out->indexes = copy_text(yq_json_get(info, "other"), "tx_index", index, sizeof index) &&
                   strcmp(index, "on") == 0;
    out->seconds = seconds_of(sync, "latest_block_time");
    out->earliest_seconds = seconds_of(sync, "earliest_block_time");
    (void)yq_json_quantity(yq_json_get(sync, "earliest_block_height"), &out->earliest);
    (void)yq_json_bool(yq_json_get(sync, "catching_up"), &out->catching_up);
    if (yq_json_quantity(yq_json_get(sync, "latest_block_height"), &out->height)) {
        status = check_network(s, yq_slice_text(out->network), why);
    } else {
        status = yq_fail(why, YQ_E_PEER, 0, "status: latest_block_height");
    }
    yq_json_free(reply);
    return status;
}

yq_status yq_comet_latest(yq_comet_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    uint64_t known[YQ_COMET_ENDPOINTS_MAX] = {0};
    size_t n = 0;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_comet_status node;
        yq_status status = yq_comet_status_get(s, i, until_ms, &node, why);
        if (status == YQ_E_CONFIG_INVALID || status == YQ_E_SOURCE_DISAGREE) {
            return status;
        }
        if (status == YQ_OK) {
            size_t at = n++;
            for (; at > 0 && known[at - 1] < node.height; at--) {
                known[at] = known[at - 1];
            }
            known[at] = node.height;
        }
    }
    if (n < s->min_sources) {
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    *height = known[s->min_sources - 1];
    return YQ_OK;
}

/* ---- headers ---- */

static yq_status digest_of(const yq_json *object, const char *key, yq_digest *out, yq_fault *why)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    int good = yq_json_hex(yq_json_get(object, key), &room) && room.n == sizeof out->b;
    return good ? YQ_OK : yq_fail(why, YQ_E_FIELD_MISSING, 0, key);
}

/* Reads one node's header. Out: message in room, hash. */
static yq_status read_header(
    yq_comet_session *s,
    const yq_json *signed_header,
    uint64_t height,
    yq_writer *room,
    yq_digest *hash,
    yq_fault *why)
{
    const yq_json *header = yq_json_get(signed_header, "header");
    const yq_json *id = yq_json_get(yq_json_get(signed_header, "commit"), "block_id");
    yq_slice network = {0};
    uint64_t own = 0;
    yq_digest named;
    (void)yq_json_text(yq_json_get(header, "chain_id"), &network);
    yq_status status = check_network(s, network, why);
    if (status == YQ_OK &&
        (!yq_json_quantity(yq_json_get(header, "height"), &own) || own != height)) {
        status = yq_fail(why, YQ_E_PEER, 0, "commit: a header of another height");
    }
    status = status == YQ_OK ? yq_comet_header_of_json(header, room, why) : status;
    if (status == YQ_OK) {
        status = yq_comet_header_hash(yq_writer_slice(room), hash, why);
    }
    status = status == YQ_OK ? digest_of(id, "hash", &named, why) : status;
    if (status == YQ_OK && !yq_digest_equal(hash, &named)) {
        status = yq_fail(why, YQ_E_HASH, 0, "commit: for another header than the one it is with");
    }
    return status;
}

static yq_status ask_commit(
    yq_comet_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_json **reply,
    const yq_json **signed_header,
    yq_fault *why)
{
    char params[48];
    (void)snprintf(params, sizeof params, "{\"height\":\"%" PRIu64 "\"}", height);
    yq_status status = yq_jsonrpc_ask(&s->rpc, endpoint, "commit", params, until_ms, reply, why);
    *signed_header =
        status == YQ_OK ? yq_json_get(yq_jsonrpc_result(*reply), "signed_header") : NULL;
    return status;
}

/* A node of another chain, or on another branch, is told of; one that is broken is passed over. */
static int is_contradiction(yq_status status)
{
    return status == YQ_E_SOURCE_DISAGREE || status == YQ_E_CONFIG_INVALID;
}

/* Compares another node's header with the first one's. */
static yq_status compare_with(
    yq_comet_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_comet_source *out,
    yq_fault *why)
{
    uint8_t room[YQ_COMET_HEADER_ROOM];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_json *reply = NULL;
    const yq_json *signed_header;
    yq_digest hash = {{0}};
    yq_fault reason = {0};
    if (ask_commit(s, endpoint, height, until_ms, &reply, &signed_header, &reason) != YQ_OK) {
        return YQ_OK;
    }
    yq_status status = read_header(s, signed_header, height, &w, &hash, &reason);
    yq_json_free(reply);
    if (status == YQ_OK && !yq_digest_equal(&hash, &out->hash)) {
        s->counts.disagreements++;
        status = yq_fail(
            &reason, YQ_E_SOURCE_DISAGREE, 0, "nodes have different headers of this height");
    }
    if (is_contradiction(status)) {
        *why = reason;
        return status;
    }
    out->n += status == YQ_OK;
    return YQ_OK;
}

/* The first node whose header can be read. */
static yq_status fetch_first(
    yq_comet_session *s, uint64_t height, uint64_t until_ms, yq_comet_source *out, yq_fault *why)
{
    yq_status first = YQ_OK;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_fault reason = {0};
        yq_writer w = yq_writer_of(out->header_room, sizeof out->header_room);
        out->endpoint = yq_web_pool_nth(s->rpc.pool, i);
        yq_status status = ask_commit(
            s, out->endpoint, height, until_ms, &out->reply, &out->signed_header, &reason);
        if (status == YQ_OK) {
            status = read_header(s, out->signed_header, height, &w, &out->hash, &reason);
        }
        if (status == YQ_OK) {
            yq_web_pool_prefer(s->rpc.pool, out->endpoint);
            out->header = yq_writer_slice(&w);
            out->n = 1;
            return YQ_OK;
        }
        yq_comet_source_free(out);
        yq_web_note(status, &reason, &first, why);
    }
    return first;
}

yq_status yq_comet_source_fetch(
    yq_comet_session *s, uint64_t height, uint64_t until_ms, yq_comet_source *out, yq_fault *why)
{
    *out = (yq_comet_source){0};
    yq_status status = fetch_first(s, height, until_ms, out, why);
    if (status != YQ_OK) {
        return status;
    }
    for (size_t i = 0; i < s->endpoint_n && status == YQ_OK; i++) {
        if (i != out->endpoint) {
            status = compare_with(s, i, height, until_ms, out, why);
        }
    }
    if (status == YQ_OK && out->n < s->min_sources) {
        status = yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this height");
    }
    yq_digest own, next;
    const yq_json *header = yq_json_get(out->signed_header, "header");
    status = status == YQ_OK ? digest_of(header, "validators_hash", &own, why) : status;
    status = status == YQ_OK ? digest_of(header, "next_validators_hash", &next, why) : status;
    out->announces = status == YQ_OK && !yq_digest_equal(&own, &next);
    return status;
}

void yq_comet_source_free(yq_comet_source *source)
{
    yq_json_free(source->reply);
    source->reply = NULL;
}

/* ---- sets ---- */

static yq_status ask_page(
    yq_comet_session *s,
    size_t endpoint,
    uint64_t height,
    unsigned page,
    uint64_t until_ms,
    yq_json **reply,
    yq_fault *why)
{
    char params[96];
    (void)snprintf(
        params,
        sizeof params,
        "{\"height\":\"%" PRIu64 "\",\"page\":\"%u\",\"per_page\":\"%u\"}",
        height,
        page,
        PAGE_SIZE);
    return yq_jsonrpc_ask(&s->rpc, endpoint, "validators", params, until_ms, reply, why);
}

yq_status yq_comet_validators_put(
    yq_comet_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_writer *w,
    yq_fault *why)
{
    yq_json *reply[PAGES_MAX] = {NULL};
    const yq_json *list[PAGES_MAX];
    uint64_t total = 1, n = 0;
    size_t pages = 0;
    yq_status status = YQ_OK;
    while (status == YQ_OK && n < total && pages < PAGES_MAX) {
        status = ask_page(s, endpoint, height, (unsigned)pages + 1, until_ms, &reply[pages], why);
        if (status != YQ_OK) {
            break;
        }
        const yq_json *result = yq_jsonrpc_result(reply[pages]);
        list[pages] = yq_json_get(result, "validators");
        if (!yq_json_quantity(yq_json_get(result, "total"), &total)) {
            status = yq_fail(why, YQ_E_PEER, 0, "validators: total");
        }
        n += yq_json_count(list[pages++]);
    }
    if (status == YQ_OK && n != total) {
        status = yq_fail(why, YQ_E_PEER, 0, "validators: not as many as their total");
    }
    if (status == YQ_OK) {
        status = yq_comet_set_of_pages(list, pages, 0, w, why);
    }
    for (size_t i = 0; i < PAGES_MAX; i++) {
        yq_json_free(reply[i]);
    }
    return status;
}

yq_status yq_comet_give(const yq_comet_session *s, yq_slice bytes, yq_slice *out, yq_fault *why)
{
    uint8_t *p = s->host.alloc(s->host.self, bytes.n == 0 ? 1 : bytes.n);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_bytes_copy(p, bytes.p, bytes.n);
    *out = yq_slice_of(p, bytes.n);
    return YQ_OK;
}
