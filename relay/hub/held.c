#include "relay/hub/held.h"

#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"

_Static_assert(YQ_QUEUE_SIZE_MAX >= 1u + YQ_DIGEST_SIZE, "a lane's queue is named by a digest");

typedef struct queue_name {
    uint8_t b[YQ_QUEUE_SIZE_MAX];
    size_t n;
} queue_name;

static queue_name of_chain(yq_slice chain)
{
    queue_name q = {.b = {YQ_QUEUE_CHAIN}, .n = 1 + chain.n};
    yq_bytes_copy(q.b + 1, chain.p, chain.n);
    return q;
}

static queue_name of_lane(const yq_lane *lane)
{
    yq_state_key key;
    queue_name q = {.b = {YQ_QUEUE_LANE}, .n = 1 + YQ_DIGEST_SIZE};
    yq_lane_key(&key, YQ_MODULE_LANE, YQ_TABLE_LANE, lane);
    yq_hash_one(YQ_HASH_SM3, yq_state_key_slice(&key), q.b + 1);
    return q;
}

void yq_held_key(yq_state_key *key, yq_slice queue, uint64_t arrival)
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
    yq_held_key(&key, yq_slice_of(q->b, q->n), m->view.arrival);
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
void yq_held_wake(yq_hub *hub, yq_slice queue, uint64_t due_ms, uint64_t walked)
{
    uint8_t b[1 + YQ_QUEUE_SIZE_MAX + 8];
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
    yq_held_wake(hub, yq_slice_of(q.b, q.n), due_ms, 0);
}

void yq_held_wake_lane(yq_hub *hub, const yq_lane *lane, uint64_t due_ms)
{
    queue_name q = of_lane(lane);
    yq_held_wake(hub, yq_slice_of(q.b, q.n), due_ms, 0);
}
