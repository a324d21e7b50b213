#include "adapters/xuperchain/fields.h"
#include "adapters/xuperchain/session.h"

#include <stdio.h>
#include <time.h>

#define REST_MS 10000u
#define SERVICE "/pb.Xchain/"
#define HEADER  1u /* of every reply */

uint64_t yq_xua_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t yq_xua_share(uint64_t until_ms, size_t left)
{
    uint64_t now = yq_xua_now_ms();
    return until_ms <= now ? now : now + (until_ms - now) / (left == 0 ? 1 : left);
}

/* The one message of a reply. */
static yq_status take_one(void *self, yq_slice message)
{
    yq_xua_bytes *out = self;
    if (out->p != NULL) {
        return YQ_E_PEER;
    }
    out->p = malloc(message.n + 1);
    if (out->p == NULL) {
        return YQ_E_MEMORY;
    }
    yq_bytes_copy(out->p, message.p, message.n);
    out->n = message.n;
    return YQ_OK;
}

/* Performs a call and counts it. */
static yq_status perform(
    yq_xua_session *s,
    size_t endpoint,
    const char *method,
    yq_slice request,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_fault *why)
{
    uint64_t now = yq_xua_now_ms();
    if (until_ms <= now) {
        return yq_fail(why, YQ_E_TIMEOUT, 0, "no time is left to ask");
    }
    if (s->link[endpoint] == NULL) {
        s->link[endpoint] = yq_grpc_link_open(&s->access, s->url[endpoint]);
    }
    if (s->link[endpoint] == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "link");
    }
    uint64_t left = until_ms - now;
    s->counts.calls++;
    yq_status status = yq_grpc_call(
        s->link[endpoint],
        method,
        request,
        left > UINT32_MAX ? UINT32_MAX : (uint32_t)left,
        take_one,
        room,
        why);
    s->counts.failures += status != YQ_OK ? 1 : 0;
    int no_answer = status == YQ_E_TIMEOUT || status == YQ_E_UNAVAILABLE;
    s->rests_until_ms[endpoint] = no_answer ? yq_xua_now_ms() + REST_MS : 0;
    return status;
}

yq_status yq_xua_ask(
    yq_xua_session *s,
    size_t endpoint,
    const char *method,
    yq_slice request,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_fault *why)
{
    uint32_t error;
    char path[64];
    *room = (yq_xua_bytes){0};
    (void)snprintf(path, sizeof path, SERVICE "%s", method);
    yq_status status = perform(s, endpoint, path, request, until_ms, room, why);
    if (status != YQ_OK) {
        return status;
    }
    if (room->p == NULL) {
        return yq_fail(why, YQ_E_PEER, 0, "the node sent no reply");
    }
    status = yq_xua_error_decode(yq_slice_of(room->p, room->n), HEADER, &error, why);
    if (status == YQ_OK && error != 0) {
        char text[sizeof why->text];
        (void)snprintf(text, sizeof text, "%s: error %u of the node", method, error);
        return yq_fail(why, YQ_E_PEER, 0, text);
    }
    return status;
}

yq_status yq_xua_height_of(
    yq_xua_session *s,
    size_t endpoint,
    uint64_t until_ms,
    uint64_t *height,
    yq_digest *root,
    yq_fault *why)
{
    uint8_t bytes[128];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_xua_bytes room;
    yq_xua_status found = {0};
    yq_pb_put_bytes(&w, 2, yq_slice_text(s->chain));
    yq_status status =
        yq_xua_ask(s, endpoint, "GetBlockChainStatus", yq_writer_slice(&w), until_ms, &room, why);
    if (status == YQ_OK) {
        status = yq_xua_status_decode(yq_slice_of(room.p, room.n), &found, why);
    }
    if (status == YQ_OK && found.root.n != YQ_DIGEST_SIZE) {
        status = yq_fail(why, YQ_E_PEER, 0, "root_blockid is no hash");
    }
    if (status == YQ_OK && s->has_root && !yq_slice_equal(found.root, YQ_SLICE_OF(s->root.b))) {
        status = yq_fail(why, YQ_E_DOMAIN, 0, "root: the node's chain is another one");
    }
    if (status == YQ_OK && root != NULL) {
        memcpy(root->b, found.root.p, YQ_DIGEST_SIZE);
    }
    *height = found.height;
    yq_xua_bytes_free(&room);
    return status;
}

static yq_status read_block(
    const yq_xua_bytes *room, yq_xua_found *found, yq_xua_block *block, yq_fault *why)
{
    yq_status status = yq_xua_found_decode(yq_slice_of(room->p, room->n), found, why);
    if (status == YQ_OK && found->block.n == 0) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "the node does not have the block");
    }
    return status == YQ_OK ? yq_xua_block_decode(found->block, block, why) : status;
}

yq_status yq_xua_block_of(
    yq_xua_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_xua_bytes *room,
    yq_xua_block *block,
    yq_fault *why)
{
    uint8_t bytes[128];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_xua_found found;
    yq_pb_put_bytes(&w, 1, yq_slice_text(s->chain));
    yq_pb_put_varint(&w, 2, height);
    yq_status status =
        yq_xua_ask(s, endpoint, "GetBlockByHeight", yq_writer_slice(&w), until_ms, room, why);
    status = status == YQ_OK ? read_block(room, &found, block, why) : status;
    if (status == YQ_OK && block->height != height) {
        status = yq_fail(why, YQ_E_PEER, 0, "the node sent another block than asked for");
    }
    return status;
}

yq_status yq_xua_block_by_id(
    yq_xua_session *s,
    size_t endpoint,
    yq_slice id,
    uint64_t until_ms,
    yq_xua_cached *found,
    int *is_trunk,
    yq_fault *why)
{
    uint8_t bytes[256];
    yq_writer w = yq_writer_of(bytes, sizeof bytes);
    yq_xua_found reply = {0};
    yq_pb_put_bytes(&w, 1, yq_slice_text(s->chain));
    yq_pb_put_bytes(&w, 2, id);
    yq_pb_put_varint(&w, 3, 1);
    yq_status status =
        yq_xua_ask(s, endpoint, "GetBlock", yq_writer_slice(&w), until_ms, &found->raw, why);
    status = status == YQ_OK ? read_block(&found->raw, &reply, &found->block, why) : status;
    if (status == YQ_OK && !yq_slice_equal(found->block.id, id)) {
        status = yq_fail(why, YQ_E_PEER, 0, "the node sent another block than asked for");
    }
    *is_trunk = reply.status == YQ_XUA_TRUNK;
    return status;
}
