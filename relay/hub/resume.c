#include "relay/base/assert.h"
#include "relay/hub/packet.h"

/* Queues go on: one message a piece of due work. */

static void resume_packet(yq_hub *hub, const yq_digest *id)
{
    yq_message_record m;
    yq_state_key key;
    yq_slice bytes;
    yq_packet packet;
    yq_state_key_digest(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_BYTES, id);
    if (!yq_message_load(hub, id, &m) || m.view.state != YQ_MESSAGE_HELD ||
        !yq_state_load(hub, &key, &bytes)) {
        return;
    }
    yq_status status = yq_packet_decode(bytes, &packet, NULL);
    YQ_ASSERT(status == YQ_OK);
    status = yq_packet_advance(hub, &m, &packet);
    YQ_ASSERT(status == YQ_OK || hub->exhausted);
}

static void resume_one(yq_hub *hub, yq_slice value)
{
    yq_digest id;
    yq_cur c = yq_cur_of(value);
    uint8_t what = yq_cur_u8(&c);
    yq_cur_copy(&c, id.b, sizeof id.b);
    yq_state_record_done(&c);
    if (what == YQ_WAITS_CANCEL) {
        yq_status status = yq_packet_cancel_due(hub, &id);
        YQ_ASSERT(status == YQ_OK || hub->exhausted);
    } else {
        resume_packet(hub, &id);
    }
}

void yq_held_resume(yq_hub *hub, uint64_t due_ms, yq_slice work)
{
    yq_cur c = yq_cur_of(work);
    yq_slice queue = yq_cur_str8(&c, YQ_QUEUE_SIZE_MAX);
    uint64_t walked = yq_cur_u64(&c);
    yq_state_record_done(&c);
    yq_state_key prefix, at;
    yq_slice key, value;
    yq_state_key_str(&prefix, YQ_MODULE_PACKET, YQ_TABLE_PACKET_HELD, queue);
    yq_held_key(&at, queue, walked);
    if (!yq_state_next(hub, &prefix, yq_state_key_slice(&at), &key, &value)) {
        return;
    }
    c = yq_cur_of(key);
    (void)yq_cur_take(&c, prefix.w.n);
    uint64_t arrival = yq_cur_u64(&c);
    yq_state_record_done(&c);
    yq_held_key(&at, queue, arrival);
    yq_state_erase(hub, &at);
    resume_one(hub, value);
    /* What waits for a lane waits for the same thing: when one cannot go on, none can. For a chain
     * messages wait for different things (an inbox, an end of a freeze). */
    if (queue.p != NULL && queue.p[0] == YQ_QUEUE_LANE && yq_state_has(hub, &at)) {
        return;
    }
    yq_held_wake(hub, queue, due_ms, arrival);
}
