#include "conformance/sim/sim.h"
#include "relay/base/assert.h"

#include <stdlib.h>
#include <string.h>

static int earlier(const sim_event *x, const sim_event *y)
{
    return x->at != y->at ? x->at < y->at : x->order < y->order;
}

void sim_push(sim *s, sim_event ev)
{
    if (s->heap_n == s->heap_cap) {
        s->heap_cap = s->heap_cap == 0 ? 4096 : 2 * s->heap_cap;
        s->heap = realloc(s->heap, s->heap_cap * sizeof *s->heap);
        YQ_ASSERT(s->heap != NULL);
    }
    ev.order = s->order++;
    size_t i = s->heap_n++;
    while (i > 0 && earlier(&ev, &s->heap[(i - 1) / 2])) {
        s->heap[i] = s->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    s->heap[i] = ev;
}

int sim_pop(sim *s, sim_event *ev)
{
    if (s->heap_n == 0) {
        return 0;
    }
    *ev = s->heap[0];
    sim_event last = s->heap[--s->heap_n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= s->heap_n) {
            break;
        }
        if (child + 1 < s->heap_n && earlier(&s->heap[child + 1], &s->heap[child])) {
            child++;
        }
        if (!earlier(&s->heap[child], &last)) {
            break;
        }
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = last;
    return 1;
}

void sim_queue_clear(sim *s)
{
    for (size_t i = 0; i < s->heap_n; i++) {
        sim_msg_drop(s->heap[i].msg);
    }
    s->heap_n = 0;
}

sim_msg *sim_msg_new(sim_class cls, const sim_actor *from, yq_slice bytes)
{
    sim_msg *m = malloc(sizeof *m + bytes.n);
    YQ_ASSERT(m != NULL);
    *m = (sim_msg){
        .refs = 1, .cls = cls, .from = from->who, .from_actor = from->id, .size = bytes.n};
    if (bytes.n > 0) {
        memcpy(m->bytes, bytes.p, bytes.n);
    }
    return m;
}

void sim_msg_drop(sim_msg *m)
{
    if (m != NULL && --m->refs == 0) {
        free(m);
    }
}

sim_event sim_later(sim *s, const sim_actor *a, sim_event_kind kind, uint64_t delay_ms)
{
    return (sim_event){.at = s->now + delay_ms, .kind = kind, .actor = a->id, .life = a->life};
}
