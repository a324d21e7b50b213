#include "adapters/cometbft/session.h"
#include "relay/crypto/crypto.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMIT_MAX  (512u << 10)
#define SET_MAX     (128u << 10)
#define PARAMS_MAX  (2 * YQ_COMET_KEY_MAX + 128u)
#define EMITTER_MAX 1280u

/* The events of one height under way. */
typedef struct gathering {
    yq_comet_session *s;
    uint64_t height, until_ms; /* of the header that has the root */
    yq_event_proof *event;
    size_t n, cap;
    yq_fault *why;
} gathering;

/* ---- events ---- */

/* Asks for the value and proofs of a packet's commitment, as they stood one block before. */
static yq_status ask_commitment(
    const gathering *g, const yq_comet_packet *packet, yq_writer *room, yq_comet_answer *answer)
{
    uint8_t key_room[YQ_COMET_KEY_MAX];
    yq_writer key = yq_writer_of(key_room, sizeof key_room);
    char params[PARAMS_MAX], hex[2 * YQ_COMET_KEY_MAX + 1];
    yq_json *reply = NULL;
    yq_digest expected;
    yq_comet_packet_key(packet, &key);
    (void)yq_hex_encode(hex, sizeof hex, key.p, key.n);
    (void)snprintf(
        params,
        sizeof params,
        "{\"path\":\"/store/ibc/key\",\"data\":\"%s\",\"height\":\"%" PRIu64 "\",\"prove\":true}",
        hex,
        g->height - 1);
    yq_status status =
        yq_jsonrpc_ask_any(&g->s->rpc, "abci_query", params, g->until_ms, &reply, g->why);
    if (status == YQ_OK) {
        status = yq_comet_answer_read(yq_jsonrpc_result(reply), room, answer, g->why);
        yq_json_free(reply);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_comet_packet_commitment(packet, &expected);
    return yq_slice_equal(answer->value, YQ_SLICE_OF(expected.b))
               ? YQ_OK
               : yq_fail(g->why, YQ_E_PEER, 0, "the event's packet is not the one that is stored");
}

static yq_status grow(gathering *g)
{
    if (g->n < g->cap) {
        return YQ_OK;
    }
    size_t cap = g->cap == 0 ? 16 : 2 * g->cap;
    yq_event_proof *grown = realloc(g->event, cap * sizeof *grown);
    if (grown == NULL) {
        return yq_fail(g->why, YQ_E_MEMORY, 0, "events");
    }
    g->event = grown;
    g->cap = cap;
    return YQ_OK;
}

static yq_status add_event(
    gathering *g,
    const yq_comet_packet *packet,
    size_t chosen,
    const yq_comet_answer *answer,
    yq_writer room)
{
    uint8_t key_room[YQ_COMET_KEY_MAX], emitter_room[EMITTER_MAX];
    yq_writer key = yq_writer_of(key_room, sizeof key_room);
    yq_writer emitter = yq_writer_of(emitter_room, sizeof emitter_room);
    yq_writer proof = yq_writer_of(room.p + room.n, room.cap - room.n);
    yq_digest id = {{0}};
    yq_comet_packet_emitter(packet, chosen, &emitter);
    yq_comet_packet_key(packet, &key);
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&key), id.b);
    yq_status status = grow(g);
    if (status == YQ_OK) {
        status = yq_comet_event_put(packet, chosen, g->height, answer, &proof, g->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_event_proof *e = &g->event[g->n];
    *e = (yq_event_proof){
        .name = yq_slice_text(yq_comet_packet_name(packet)), .event_index = (uint32_t)chosen};
    status = yq_comet_give(g->s, yq_writer_slice(&emitter), &e->emitter, g->why);
    status = status == YQ_OK ? yq_comet_give(g->s, YQ_SLICE_OF(id.b), &e->tx_id, g->why) : status;
    status =
        status == YQ_OK ? yq_comet_give(g->s, yq_writer_slice(&proof), &e->proof, g->why) : status;
    g->n += status == YQ_OK;
    return status;
}

static int any_wanted(const yq_comet_session *s, const yq_comet_packet *packet)
{
    for (size_t i = 0; i < yq_comet_packet_events(packet); i++) {
        uint8_t room[EMITTER_MAX];
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_comet_packet_emitter(packet, i, &w);
        if (yq_comet_emitter_wanted(s, yq_writer_slice(&w))) {
            return 1;
        }
    }
    return 0;
}

/* Whether a packet that could not be read may be one of those that are wanted. */
static int concerns(const yq_comet_session *s, const yq_comet_packet *packet)
{
    uint8_t room[EMITTER_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    if (packet->kind == YQ_COMET_PACKET_V2 || packet->kind == YQ_COMET_ACK_V2) {
        return yq_comet_client_wanted(s, packet->client);
    }
    yq_comet_packet_emitter(packet, 0, &w);
    return yq_comet_emitter_wanted(s, yq_writer_slice(&w));
}

/*
 * What an event is worth that gave no packet. Anyone on the chain may send packets: one that is not
 * wanted, or that the light client takes in no form, must not stop the scan. One that is wanted and
 * cannot be read is a node's fault, and another node is asked.
 */
static yq_status judge_unread(gathering *g, yq_status status, const yq_comet_packet *packet)
{
    if (status == YQ_E_NOT_FOUND) {
        return YQ_OK;
    }
    if (status != YQ_E_LIMIT && status != YQ_E_RANGE && concerns(g->s, packet)) {
        return status;
    }
    g->s->counts.skipped++;
    return YQ_OK;
}

static yq_status take_event(gathering *g, const yq_json *event)
{
    yq_comet_packet *packet = malloc(sizeof(yq_comet_packet));
    yq_writer room = yq_writer_of(g->s->room, YQ_COMET_ROOM_SIZE);
    yq_comet_answer answer;
    if (packet == NULL) {
        return yq_fail(g->why, YQ_E_MEMORY, 0, "packet");
    }
    yq_status status = yq_comet_packet_of_event(event, &room, packet, g->why);
    int wanted = status == YQ_OK && any_wanted(g->s, packet);
    if (status != YQ_OK) {
        status = judge_unread(g, status, packet);
    } else if (wanted) {
        status = ask_commitment(g, packet, &room, &answer);
    }
    for (size_t i = 0; wanted && status == YQ_OK && i < yq_comet_packet_events(packet); i++) {
        status = add_event(g, packet, i, &answer, room);
    }
    free(packet);
    return status;
}

/* What the nodes say that the block before the height did. */
typedef struct results {
    yq_json *reply; /* of the first node that answers */
    const yq_json **event;
    size_t n, sources;
    yq_digest digest;
} results;

/* Takes one node's answer: the first is kept, a later one has to tell the same. Events are in no
 * header, so a node that hides one can only be found out by another. */
static yq_status take_results(const gathering *g, yq_json *reply, results *out, yq_fault *why)
{
    const yq_json **event = calloc(YQ_COMET_EVENTS_MAX, sizeof(const yq_json *));
    size_t n = 0;
    yq_digest digest = {{0}};
    yq_status status =
        event == NULL
            ? yq_fail(why, YQ_E_MEMORY, 0, "events")
            : yq_comet_events_find(yq_jsonrpc_result(reply), event, YQ_COMET_EVENTS_MAX, &n, why);
    if (status == YQ_OK) {
        yq_comet_events_digest(event, n, &digest);
        out->sources++;
    }
    if (status == YQ_OK && out->reply == NULL) {
        out->reply = reply;
        out->event = event;
        out->n = n;
        out->digest = digest;
        return YQ_OK;
    }
    if (status == YQ_OK && (n != out->n || !yq_digest_equal(&digest, &out->digest))) {
        g->s->counts.disagreements++;
        status =
            yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "nodes tell different packets of this height");
    }
    free(event);
    yq_json_free(reply);
    return status;
}

static yq_status ask_results(const gathering *g, results *out)
{
    char params[48];
    yq_status first = YQ_OK;
    (void)snprintf(params, sizeof params, "{\"height\":\"%" PRIu64 "\"}", g->height - 1);
    for (size_t i = 0; i < g->s->endpoint_n; i++) {
        yq_json *reply = NULL;
        yq_fault reason = {0};
        size_t endpoint = yq_web_pool_nth(g->s->rpc.pool, i);
        yq_status status = yq_jsonrpc_ask(
            &g->s->rpc, endpoint, "block_results", params, g->until_ms, &reply, &reason);
        if (status == YQ_OK) {
            status = take_results(g, reply, out, &reason);
        }
        if (status == YQ_E_SOURCE_DISAGREE) {
            *g->why = reason;
            return status;
        }
        if (status != YQ_OK) {
            yq_web_note(status, &reason, &first, g->why);
        }
    }
    if (out->reply == NULL) {
        return first;
    }
    return out->sources >= g->s->min_sources
               ? YQ_OK
               : yq_fail(
                     g->why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have the results");
}

/* All packets that the block before the height made. */
static yq_status gather(gathering *g)
{
    results r = {0};
    yq_status status = ask_results(g, &r);
    for (size_t i = 0; i < r.n && status == YQ_OK; i++) {
        status = take_event(g, r.event[i]);
    }
    free(r.event);
    yq_json_free(r.reply);
    return status;
}

static yq_status give_events(const gathering *g, yq_height_evidence *out)
{
    yq_slice bytes;
    yq_status status =
        yq_comet_give(g->s, yq_slice_of(g->event, g->n * sizeof *g->event), &bytes, g->why);
    if (status == YQ_OK) {
        out->event = (const yq_event_proof *)(const void *)bytes.p;
        out->event_n = g->n;
    }
    return status;
}

/* ---- updates ---- */

/*
 * The height that this one's update starts from, 0: none is needed. The hub's client keeps the
 * heights that had an update. A height that follows the one asked last goes on from the last of
 * them; any other one is where the host begins anew, which it does right behind the client.
 */
static uint64_t trusted_for(
    const yq_comet_session *s, uint64_t height, const yq_comet_source *source, size_t events)
{
    if (height != s->next) {
        return height - 1;
    }
    int due = events > 0 || source->announces || height - s->updated >= s->update_every;
    return due ? s->updated : 0;
}

static yq_status put_update(
    yq_comet_session *s,
    uint64_t trusted,
    uint64_t height,
    const yq_comet_source *source,
    uint64_t until_ms,
    yq_slice *out,
    yq_fault *why)
{
    yq_writer commit = yq_writer_of(s->room, COMMIT_MAX);
    yq_writer set = yq_writer_of(s->room + COMMIT_MAX, SET_MAX);
    yq_writer w =
        yq_writer_of(s->room + COMMIT_MAX + SET_MAX, YQ_COMET_ROOM_SIZE - COMMIT_MAX - SET_MAX);
    yq_status status =
        yq_comet_commit_of_json(yq_json_get(source->signed_header, "commit"), &commit, why);
    if (status == YQ_OK) {
        status = yq_comet_validators_put(s, source->endpoint, height, until_ms, &set, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_put_u8(&w, 1);
    yq_put_u64(&w, trusted);
    yq_put_blob32(&w, source->header);
    yq_put_blob32(&w, yq_writer_slice(&commit));
    yq_put(&w, yq_writer_slice(&set));
    /* Every set change has an update of its own, so the announced set is always the header's. */
    yq_put_u16(&w, 0);
    return w.status == YQ_OK ? yq_comet_give(s, yq_writer_slice(&w), out, why)
                             : yq_fail(why, w.status, 0, "update");
}

static yq_status evidence_of(
    gathering *g, const yq_comet_source *source, yq_height_evidence *out, yq_fault *why)
{
    yq_comet_session *s = g->s;
    yq_status status = gather(g);
    if (status == YQ_OK && g->n > 0) {
        status = give_events(g, out);
    }
    if (status != YQ_OK) {
        return status;
    }
    uint64_t trusted = trusted_for(s, g->height, source, g->n);
    if (trusted != 0) {
        status = put_update(s, trusted, g->height, source, g->until_ms, &out->update, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    s->counts.heights++;
    s->counts.events += g->n;
    s->counts.updates += trusted != 0;
    if (g->height >= s->next) {
        s->next = g->height + 1;
        s->updated = trusted != 0 ? g->height : s->updated;
    }
    return YQ_OK;
}

yq_status yq_comet_height_evidence(
    yq_comet_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why)
{
    yq_comet_source source;
    gathering g = {.s = s, .height = height, .until_ms = until_ms, .why = why};
    *out = (yq_height_evidence){0};
    if (height < 2 || height < s->anchor_height) {
        return YQ_OK; /* nothing is below the first block, nothing is proven below the anchor */
    }
    if (height < s->next) {
        yq_web_pool_prefer(
            s->rpc.pool, yq_web_pool_nth(s->rpc.pool, 1)); /* asked again: let another node say */
    }
    yq_status status = yq_comet_source_fetch(s, height, until_ms, &source, why);
    if (status == YQ_OK) {
        status = evidence_of(&g, &source, out, why);
    }
    free(g.event);
    yq_comet_source_free(&source);
    if (status != YQ_OK) {
        *out = (yq_height_evidence){0};
    }
    return status;
}
