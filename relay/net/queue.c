#include "relay/net/queue.h"

#include "relay/base/assert.h"

#include <stdlib.h>

yq_status yq_frame_queue_put(yq_frame_queue *q, yq_frame_type type, yq_slice body)
{
    const yq_frame_rule *rule = yq_frame_rule_of((uint8_t)type);
    YQ_ASSERT(rule != NULL && body.n >= rule->size_min && body.n <= rule->size_max);
    size_t size = YQ_FRAME_HEAD_SIZE + body.n;
    if (q->lane[rule->lane].n >= YQ_NET_QUEUE_FRAMES_MAX ||
        size > YQ_NET_QUEUE_BYTES_MAX - q->lane[rule->lane].bytes) {
        return YQ_E_BUSY;
    }
    yq_queued_frame *f = malloc(sizeof *f + size);
    if (f == NULL) {
        return YQ_E_MEMORY;
    }
    f->next = NULL;
    f->size = size;
    yq_writer w = yq_writer_of(f->bytes, size);
    yq_frame_head_put(&w, type, (uint32_t)body.n);
    yq_put(&w, body);
    if (q->lane[rule->lane].last == NULL) {
        q->lane[rule->lane].first = f;
    } else {
        q->lane[rule->lane].last->next = f;
    }
    q->lane[rule->lane].last = f;
    q->lane[rule->lane].n++;
    q->lane[rule->lane].bytes += size;
    return YQ_OK;
}

yq_queued_frame *yq_frame_queue_take(yq_frame_queue *q)
{
    for (unsigned i = 0; i < YQ_LANES; i++) {
        yq_queued_frame *f = q->lane[i].first;
        if (f != NULL) {
            q->lane[i].first = f->next;
            q->lane[i].last = f->next == NULL ? NULL : q->lane[i].last;
            q->lane[i].n--;
            q->lane[i].bytes -= f->size;
            return f;
        }
    }
    return NULL;
}

size_t yq_frame_queue_bytes(const yq_frame_queue *q)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < YQ_LANES; i++) {
        bytes += q->lane[i].bytes;
    }
    return bytes;
}

void yq_frame_queue_clear(yq_frame_queue *q)
{
    yq_queued_frame *f;
    while ((f = yq_frame_queue_take(q)) != NULL) {
        free(f);
    }
}
