#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/packet.h"

/*
 * What waits: a queue a chain that is not ready, and a queue a lane that is paused or has reached
 * its rate. Queues go on by due work, one message a piece.
 */
#define QUEUE_SIZE_MAX (1u + YQ_CHAIN_ID_SIZE_MAX)
#define QUEUE_CHAIN    'c'
#define QUEUE_LANE     'l'

_Static_assert(QUEUE_SIZE_MAX >= 1u + YQ_DIGEST_SIZE, "a lane's queue is named by a digest");

typedef struct queue_name {
    uint8_t b[QUEUE_SIZE_MAX];
    size_t n;
} queue_name;

static queue_name of_chain(yq_slice chain)
{
    queue_name q = {.b = {QUEUE_CHAIN}, .n = 1 + chain.n};
    yq_bytes_copy(q.b + 1, chain.p, chain.n);
    return q;
}

static queue_name of_lane(const yq_lane *lane)
{
    yq_state_key key;
    queue_name q = {.b = {QUEUE_LANE}, .n = 1 + YQ_DIGEST_SIZE};
    yq_lane_key(&key, YQ_MODULE_LANE, YQ_TABLE_LANE, lane);
    yq_hash_one(YQ_HASH_SM3, yq_state_key_slice(&key), q.b + 1);
    return q;
}

static void held_key(yq_state_key *key, yq_slice queue, uint64_t arrival)
{
    yq_state_key_str(key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_HELD, queue);
    yq_put_u64(&key->w, arrival);
}

static void put(yq_hub *hub, const queue_name *q, const yq_message_record *m, yq_waits what)
{
    uint8_t b[1 + YQ_DIGEST_SIZE];
    yq_state_key key;
    b[0] = (uint8_t)what;
    memcpy(b + 1, m->view.id.b, YQ_DIGEST_SIZE);
    held_key(&key, yq_slice_of(q->b, q->n), m->view.arrival);
    yq_state_store(hub, &key, yq_slice_of(b, sizeof b));
}

void yq_held_put_chain(yq_hub *hub, yq_slice chain, const yq_message_record *m, yq_waits what)
{
    queue_name q = of_chain(chain);
    put(hub, &q, m, what);
}

void yq_held_put_lane(yq_hub *hub, const yq_lane *lane, const yq_message_record *m)
{
    queue_name q = of_lane(lane);
    put(hub, &q, m, YQ_WAITS_PACKET);
}

/* Due work of a queue: its name, and the arrival up to which it has been walked. */
static void wake(yq_hub *hub, yq_slice queue, uint64_t due_ms, uint64_t walked)
{
    uint8_t b[1 + QUEUE_SIZE_MAX + 8];
    yq_writer w = yq_writer_of(b, sizeof b);
    yq_put_str8(&w, queue);
    yq_put_u64(&w, walked);
    yq_digest id;
    yq_hash_one(YQ_HASH_SM3, queue, id.b);
    yq_due_put(hub, due_ms, YQ_DUE_RESUME, &id, yq_writer_slice(&w));
}

void yq_held_wake_chain(yq_hub *hub, yq_slice chain, uint64_t due_ms)
{
    queue_name q = of_chain(chain);
    wake(hub, yq_slice_of(q.b, q.n), due_ms, 0);
}

void yq_held_wake_lane(yq_hub *hub, const yq_lane *lane, uint64_t due_ms)
{
    queue_name q = of_lane(lane);
    wake(hub, yq_slice_of(q.b, q.n), due_ms, 0);
}

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
    yq_slice queue = yq_cur_str8(&c, QUEUE_SIZE_MAX);
    uint64_t walked = yq_cur_u64(&c);
    yq_state_record_done(&c);
    yq_state_key prefix, at;
    yq_slice key, value;
    yq_state_key_str(&prefix, YQ_MODULE_PACKET, YQ_TABLE_PACKET_HELD, queue);
    held_key(&at, queue, walked);
    if (!yq_state_next(hub, &prefix, yq_state_key_slice(&at), &key, &value)) {
        return;
    }
    c = yq_cur_of(key);
    (void)yq_cur_take(&c, prefix.w.n);
    uint64_t arrival = yq_cur_u64(&c);
    yq_state_record_done(&c);
    held_key(&at, queue, arrival);
    yq_state_erase(hub, &at);
    resume_one(hub, value);
    /* What waits for a lane waits for the same thing: when one cannot go on, none can. For a chain
     * messages wait for different things (an inbox, an end of a freeze). */
    if (queue.p != NULL && queue.p[0] == QUEUE_LANE && yq_state_has(hub, &at)) {
        return;
    }
    wake(hub, queue, due_ms, arrival);
}
