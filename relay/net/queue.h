#ifndef YQ_RELAY_NET_QUEUE_H
#define YQ_RELAY_NET_QUEUE_H

#include "relay/net/frames.h"
#include "relay/net/net.h"

/* Frames that wait for a link, two lanes, bounded in number and bytes. One thread. */
typedef struct yq_queued_frame {
    struct yq_queued_frame *next;
    size_t size;
    uint8_t bytes[]; /* head and body */
} yq_queued_frame;

typedef struct yq_frame_queue {
    struct {
        yq_queued_frame *first, *last;
        size_t n, bytes;
    } lane[YQ_LANES];
} yq_frame_queue;

/* Copies a frame to the end of its lane. Errors: E_BUSY (full), E_MEMORY. */
YQ_NODISCARD yq_status yq_frame_queue_put(yq_frame_queue *q, yq_frame_type type, yq_slice body);

/* Returns the next frame, the urgent lane first; NULL when empty. Owns: the caller frees it. */
yq_queued_frame *yq_frame_queue_take(yq_frame_queue *q);

size_t yq_frame_queue_bytes(const yq_frame_queue *q);
void yq_frame_queue_clear(yq_frame_queue *q);

#endif /* YQ_RELAY_NET_QUEUE_H */
