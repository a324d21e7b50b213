#include "adapters/xuperchain/fields.h"
#include "adapters/xuperchain/session.h"
#include "relay/codec/json.h"

#include <inttypes.h>
#include <stdio.h>

#define JSON_MAX (64u << 10)

static yq_status no_anchor(yq_fault *why, const char *what, yq_slice address)
{
    char text[sizeof why->text];
    (void)snprintf(
        text,
        sizeof text,
        "%s %.*s",
        what,
        (int)(address.n < YQ_XUA_ADDRESS_MAX ? address.n : YQ_XUA_ADDRESS_MAX),
        address.p == NULL ? "" : (const char *)address.p);
    return yq_fail(why, YQ_E_ANCHOR, 0, text);
}

/* ---- who the nodes say the validators are ---- */

static yq_status read_set(const yq_json *document, yq_xua_set *set, yq_fault *why)
{
    const yq_json *list = yq_json_get(yq_json_root(document), "validators");
    for (size_t i = 0; i < yq_json_count(list); i++) {
        yq_slice address;
        if (!yq_json_text(yq_json_at(list, i), &address) || !yq_xua_set_add(set, address)) {
            return no_anchor(why, "validators_info: a list that cannot be read", (yq_slice){0});
        }
    }
    return set->n > 0
               ? YQ_OK
               : no_anchor(why, "validators_info names nobody: set validators", (yq_slice){0});
}

static yq_status ask_set(
    yq_xua_session *s, size_t endpoint, uint64_t until_ms, yq_xua_set *set, yq_fault *why)
{
    uint8_t bytes[128];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_xua_bytes room;
    yq_xua_consensus found;
    yq_pb_put_bytes(&w, 2, yq_slice_text(s->chain));
    yq_status status =
        yq_xua_ask(s, endpoint, "GetConsensusStatus", yq_writer_slice(&w), until_ms, &room, why);
    if (status == YQ_OK) {
        status = yq_xua_consensus_decode(yq_slice_of(room.p, room.n), &found, why);
    }
    if (status == YQ_OK) {
        yq_json *document = yq_json_parse(found.validators, JSON_MAX, why);
        status = document == NULL ? YQ_E_PEER : read_set(document, set, why);
        yq_json_free(document);
    }
    yq_xua_bytes_free(&room);
    return status;
}

static yq_status find_set(yq_xua_session *s, uint64_t until_ms, yq_xua_set *set, yq_fault *why)
{
    yq_status status = YQ_E_UNAVAILABLE;
    *set = s->stated;
    if (set->n > 0) {
        return YQ_OK;
    }
    for (size_t i = 0; i < s->endpoint_n && status != YQ_OK; i++) {
        uint64_t share = yq_xua_share(until_ms, s->endpoint_n + 1 - i);
        *set = (yq_xua_set){0};
        status = ask_set(s, (s->preferred + i) % s->endpoint_n, share, set, why);
    }
    return status;
}

/* ---- whether they are those of the anchor ---- */

/* Makers of blocks above the anchor, and those who vote for them. */
static yq_status check_block(
    const yq_xua_session *s, const yq_xua_block *block, const yq_xua_set *set, yq_fault *why)
{
    yq_xua_cert cert;
    if (!yq_xua_set_has(set, block->proposer)) {
        return no_anchor(why, "set validators: no validator made a block:", block->proposer);
    }
    if (!yq_xua_certifies(block) || block->height <= s->anchor_height + 1) {
        return YQ_OK;
    }
    yq_status status = yq_xua_cert_decode(block->cert, &cert, why);
    for (size_t i = 0; i < cert.vote_n && status == YQ_OK; i++) {
        if (!yq_xua_set_has(set, cert.vote[i].address)) {
            status = no_anchor(why, "set validators: no validator voted:", cert.vote[i].address);
        }
    }
    return status;
}

/* A list that was written shortly before comes into force above the anchor, and is never brought.
 */
static yq_status check_list(yq_xua_session *s, const yq_xua_block *block, yq_fault *why)
{
    yq_xua_txs txs;
    size_t index;
    uint32_t write;
    yq_status status = yq_xua_txs_load(block, &txs, why);
    if (status == YQ_OK && yq_xua_list_find(s, &txs, &index, &write)) {
        status = no_anchor(
            why, "anchor_height: the validators change here; take a block later", (yq_slice){0});
    }
    yq_xua_txs_free(&txs);
    return status;
}

yq_status yq_xua_anchor_set(yq_xua_session *s, uint64_t until_ms, yq_xua_set *set, yq_fault *why)
{
    const yq_xua_block *block = NULL;
    uint64_t above = s->anchor_height + YQ_XUA_BEHIND + 1;
    uint64_t low = s->anchor_height > s->delay ? s->anchor_height - s->delay + 1 : 1;
    yq_status status = find_set(s, until_ms, set, why);
    for (uint64_t h = s->anchor_height + 1; h <= above && status == YQ_OK; h++) {
        status = yq_xua_source_block(s, h, until_ms, &block, why);
        if (status == YQ_E_NOT_FOUND) {
            break; /* they are not made yet */
        }
        status = status == YQ_OK ? check_block(s, block, set, why) : status;
    }
    status = status == YQ_E_NOT_FOUND ? YQ_OK : status;
    for (uint64_t h = low; s->list_key != NULL && h <= s->anchor_height && status == YQ_OK; h++) {
        status = yq_xua_source_block(s, h, until_ms, &block, why);
        status = status == YQ_OK ? check_list(s, block, why) : status;
    }
    return status;
}

/* ---- the anchor ---- */

static void put_rules(const yq_xua_session *s, yq_writer *w)
{
    int is_followed = s->list_key != NULL;
    yq_put_u8(w, YQ_XUA_LAYOUT);
    yq_put_u8(w, s->scheme);
    yq_put_u8(w, is_followed ? (uint8_t)s->delay : 0);
    yq_put_str8(w, yq_slice_text(is_followed ? s->list_bucket : ""));
    yq_put_str8(w, yq_slice_text(is_followed ? s->list_key : ""));
    yq_put_u64(w, s->anchor_height);
}

static yq_status put_anchor(
    const yq_xua_session *s,
    const yq_xua_block *block,
    const yq_xua_set *set,
    yq_writer *w,
    yq_fault *why)
{
    yq_digest id = {{0}};
    put_rules(s, w);
    yq_put(w, block->id);
    yq_put_u16(w, (uint16_t)set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_str8(w, yq_slice_text(set->address[i]));
    }
    return yq_xua_header_check(block, w, &id, why);
}

yq_status yq_xua_anchor(yq_xua_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why)
{
    const yq_xua_block *block = NULL;
    yq_xua_set set;
    yq_xua_source_clear(s); /* as the chain is now */
    yq_status status = yq_xua_anchor_set(s, until_ms, &set, why);
    if (status == YQ_OK) {
        status = yq_xua_source_block(s, s->anchor_height, until_ms, &block, why);
    }
    status = status == YQ_OK ? yq_xua_source_compare(s, block, until_ms, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    size_t cap = yq_xua_header_size(block) + sizeof set + 512;
    yq_writer w = yq_writer_of(s->host.alloc(s->host.self, cap), cap);
    if (w.p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "anchor");
    }
    status = put_anchor(s, block, &set, &w, why);
    *anchor = yq_writer_slice(&w);
    return status;
}
