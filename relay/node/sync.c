#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <inttypes.h>

/*
 * Block sync: ranges of final blocks, from one peer at a time, the next one when it is slow or has
 * nothing. The target is a height that a verified certificate names, never what a peer claims.
 */
#define ANSWER_MS 5000u
#define RETRY_MS  200u

static void sync_reset(block_sync *s)
{
    answer_reset(&s->answer);
    s->peer = NOT_LINKED;
}

/* The next linked validator in turn, or any linked peer; who says that it is behind comes last. */
static uint32_t whom_to_ask(yq_node *n)
{
    uint32_t fallback = NOT_LINKED;
    for (uint32_t i = 0; i < YQ_NET_PEERS_MAX; i++) {
        uint32_t slot = (n->sync.turn + i) % YQ_NET_PEERS_MAX;
        if (yq_net_room(n->net, slot, YQ_FRAME_GET_BLOCKS) == 0) {
            continue;
        }
        if (n->peer[slot].height > n->height) {
            n->sync.turn = slot + 1;
            return slot;
        }
        fallback = fallback == NOT_LINKED ? slot : fallback;
    }
    if (fallback != NOT_LINKED) {
        n->sync.turn = fallback + 1;
    }
    return fallback;
}

static void ask(yq_node *n)
{
    block_sync *s = &n->sync;
    uint64_t now = node_now_ms();
    if (s->applying || s->peer != NOT_LINKED || n->height >= s->target || now < s->next_ms ||
        n->diverged || n->state_sync.import != NULL) {
        return;
    }
    uint32_t slot = whom_to_ask(n);
    s->next_ms = now + RETRY_MS;
    if (slot == NOT_LINKED) {
        return;
    }
    uint64_t to = n->height + YQ_FRAME_BLOCKS_MAX;
    uint8_t body[16];
    yq_writer w = yq_writer_of(body, sizeof body);
    yq_frame_range_put(&w, n->height + 1, to < s->target ? to : s->target);
    if (yq_net_send(n->net, slot, YQ_FRAME_GET_BLOCKS, yq_writer_slice(&w)) == YQ_OK) {
        sync_reset(s);
        s->peer = slot;
        s->from = n->height + 1;
        s->deadline_ms = now + ANSWER_MS;
    }
}

void sync_target(yq_node *n, uint64_t height)
{
    if (height > n->sync.target) {
        n->sync.target = height;
    }
    ask(n);
}

void sync_tick(yq_node *n)
{
    block_sync *s = &n->sync;
    if (s->peer != NOT_LINKED && node_now_ms() > s->deadline_ms) {
        sync_reset(s);
    }
    ask(n);
}

static yq_status take_chunk(yq_node *n, uint32_t peer, yq_slice body)
{
    block_sync *s = &n->sync;
    yq_frame_chunk chunk;
    yq_status status = yq_frame_chunk_decode(body, &chunk, NULL);
    if (status != YQ_OK) {
        return status;
    }
    if (peer != s->peer || chunk.from != s->from) {
        return YQ_OK; /* an answer that comes too late */
    }
    int whole = 0;
    status = answer_take(&s->answer, &chunk, YQ_SYNC_SIZE_MAX, &whole);
    if (status != YQ_OK) {
        sync_reset(s);
        return status;
    }
    s->deadline_ms = node_now_ms() + ANSWER_MS;
    if (whole) {
        job *j = job_new(JOB_APPLY);
        j->peer = peer;
        j->bytes = s->answer.room;
        j->size = s->answer.size;
        s->answer.room = NULL;
        sync_reset(s);
        s->applying = 1;
        node_execute_put(n, j);
    }
    return YQ_OK;
}

void sync_applied(yq_node *n, job *j)
{
    block_sync *s = &n->sync;
    s->applying = 0;
    if (j->status == YQ_OK) {
        int moved = n->height >= s->from;
        s->next_ms = moved ? 0 : node_now_ms() + RETRY_MS;
        n->count.sync_ranges += moved != 0;
        yq_log(
            YQ_LOG_INFO, "node", "synced height=%" PRIu64 " target=%" PRIu64, n->height, s->target);
    } else if (j->status == YQ_E_STATE_DIVERGENCE) {
        drive_diverged(n, "a synced block executes to another result");
    } else {
        n->count.sync_faults++;
        yq_net_blame(n->net, j->peer, j->status, j->why.text);
    }
    ask(n);
}

static yq_status take_request(yq_node *n, uint32_t peer, yq_slice body)
{
    uint64_t from, to;
    yq_status status = yq_frame_range_decode(body, &from, &to, NULL);
    if (status != YQ_OK || (n->peer[peer].serving & SERVING_BLOCKS) != 0) {
        return status;
    }
    job *j = job_new(JOB_SERVE);
    j->peer = peer;
    j->from = from;
    j->to = to;
    if (job_queue_put(&n->work, LANE_READS, j)) {
        n->peer[peer].serving |= SERVING_BLOCKS;
    } else {
        job_free(j);
    }
    return YQ_OK;
}

void sync_served(yq_node *n, job *j)
{
    n->peer[j->peer].serving &= ~SERVING_BLOCKS;
    if (j->status != YQ_OK || j->size == 0 ||
        !answer_send(n, j->peer, YQ_FRAME_BLOCKS, j->from, j->bytes, j->size)) {
        answer_send_number(n, j->peer, YQ_FRAME_NO_BLOCKS, j->from);
    }
}

yq_status sync_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body)
{
    if (type == YQ_FRAME_GET_BLOCKS) {
        return take_request(n, peer, body);
    }
    if (type == YQ_FRAME_BLOCKS) {
        return take_chunk(n, peer, body);
    }
    uint64_t from;
    yq_status status = yq_frame_height_decode(body, &from, NULL);
    if (status == YQ_OK && peer == n->sync.peer && from == n->sync.from &&
        n->sync.answer.got == 0) {
        sync_reset(&n->sync);
        n->sync.next_ms = node_now_ms() + RETRY_MS;
    }
    return status;
}
