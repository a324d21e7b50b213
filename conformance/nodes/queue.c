#include "conformance/nodes/world.h"
#include "relay/base/bytes.h"
#include "relay/store/mem.h"

#include <string.h>

event *event_new(world *w, event_kind kind, unsigned to, uint64_t delay_ms, yq_slice bytes)
{
    event *ev = yq_mem_alloc(sizeof *ev + bytes.n);
    *ev = (event){
        .at = w->now + delay_ms,
        .order = w->order++,
        .life = w->node[to].life,
        .kind = kind,
        .node = to,
        .size = bytes.n,
        .bytes = (uint8_t *)(ev + 1),
    };
    yq_bytes_copy(ev->bytes, bytes.p, bytes.n);
    return ev;
}

void event_push(world *w, event *ev)
{
    event **at = &w->queue;
    while (*at != NULL && (*at)->at <= ev->at) {
        at = &(*at)->next;
    }
    ev->next = *at;
    *at = ev;
}

event *event_pop(world *w)
{
    event *ev = w->queue;
    if (ev != NULL) {
        w->queue = ev->next;
        w->now = ev->at;
    }
    return ev;
}
