#include "adapters/cometbft/session.h"

#define ANCHOR_ROOM (YQ_COMET_HEADER_ROOM + 256u)

/* A chain whose whole history is young is anchored at its first block, so that nothing that its
 * contracts told is older than the anchor; any other at its newest. */
static yq_status choose_height(
    yq_comet_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    yq_comet_status node;
    uint64_t now_ms = s->host.now_ms(s->host.self);
    *height = s->anchor_height;
    if (*height != 0) {
        return YQ_OK;
    }
    yq_status status = yq_comet_latest(s, until_ms, height, why);
    for (size_t i = 0; i < s->endpoint_n && status == YQ_OK; i++) {
        yq_fault reason = {0};
        if (yq_comet_status_get(s, i, until_ms, &node, &reason) != YQ_OK) {
            continue;
        }
        int is_young = node.earliest == 1 && node.earliest_seconds > 0 &&
                       (uint64_t)node.earliest_seconds * 1000 + s->trusting_ms / 2 > now_ms;
        *height = is_young ? 1 : *height;
        break;
    }
    if (status == YQ_OK && *height == 0) {
        status = yq_fail(why, YQ_E_NOT_FOUND, 0, "anchor: the chain has no block yet");
    }
    return status;
}

yq_status yq_comet_anchor(yq_comet_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why)
{
    uint8_t room[ANCHOR_ROOM];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_comet_source source = {0};
    uint64_t height;
    yq_status status = choose_height(s, until_ms, &height, why);
    if (status == YQ_OK) {
        status = yq_comet_source_fetch(s, height, until_ms, &source, why);
    }
    if (status == YQ_OK) {
        yq_put_u8(&w, 1);
        yq_put_str8(&w, yq_slice_text(s->chain_id));
        yq_put_u64(&w, s->trusting_ms);
        yq_put_u64(&w, s->drift_ms);
        yq_put_u8(&w, s->level_num);
        yq_put_u8(&w, s->level_den);
        yq_put_u8(&w, s->stores);
        yq_put(&w, YQ_SLICE_OF(source.hash.b));
        yq_put_blob32(&w, source.header);
        status = w.status == YQ_OK ? yq_comet_give(s, yq_writer_slice(&w), anchor, why)
                                   : yq_fail(why, w.status, 0, "anchor");
    }
    yq_comet_source_free(&source);
    return status;
}
