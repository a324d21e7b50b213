#include "conformance/messages/world.h"

#include "relay/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *const msim_service_name[MSIM_SERVICES] = {
    "unordered", "ordered", "group", "query", "mapped"};

void *msim_grow(void *array, size_t *cap, size_t n, size_t size)
{
    if (n < *cap) {
        return array;
    }
    size_t more = *cap == 0 ? 64 : *cap * 2;
    more = more > n ? more : n + 1;
    uint8_t *grown = realloc(array, more * size);
    YQ_ASSERT(grown != NULL);
    memset(grown + *cap * size, 0, (more - *cap) * size);
    *cap = more;
    return grown;
}

msim_blob msim_blob_of(yq_slice bytes)
{
    msim_blob b = {malloc(bytes.n + 1), bytes.n};
    YQ_ASSERT(b.p != NULL);
    yq_bytes_copy(b.p, bytes.p, bytes.n);
    return b;
}

yq_slice msim_slice(msim_blob blob)
{
    return yq_slice_of(blob.p, blob.n);
}

void msim_fail(msim *w, const char *format, ...)
{
    va_list args;
    if (w->result.bad) {
        return;
    }
    w->result.bad = 1;
    w->result.count.violations = 1;
    va_start(args, format);
    (void)vsnprintf(w->result.what, sizeof w->result.what, format, args);
    va_end(args);
    msim_say(w, "BROKEN %s", w->result.what);
}

void msim_say(const msim *w, const char *format, ...)
{
    va_list args;
    if (!w->trace) {
        return;
    }
    (void)printf("%10llu ", (unsigned long long)w->now);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    (void)putchar('\n');
}

yq_slice msim_chain_id(const msim *w, uint32_t chain)
{
    return yq_slice_text(w->chain[chain].id);
}

uint32_t msim_chain_of(const msim *w, yq_slice id)
{
    uint32_t i = 0;
    while (i < w->chain_n && !yq_slice_equal(msim_chain_id(w, i), id)) {
        i++;
    }
    return i;
}

msim_message *msim_message_at(msim *w, uint64_t number)
{
    return number > 0 && number <= w->message_n ? &w->message[number - 1] : NULL;
}

uint64_t msim_message_new(msim *w, const msim_message *m)
{
    w->message = msim_grow(w->message, &w->message_cap, w->message_n, sizeof *m);
    w->message[w->message_n++] = *m;
    return w->message_n;
}

msim_message *msim_message_of(msim *w, uint32_t src, uint32_t dst, uint8_t service, uint64_t number)
{
    if (src >= w->chain_n || dst >= w->chain_n || service >= MSIM_SERVICES) {
        return NULL;
    }
    const msim_lane *lane = &w->lane[src][dst][service];
    return number > 0 && number <= lane->sent ? msim_message_at(w, lane->message[number - 1])
                                              : NULL;
}

uint8_t msim_service_of(yq_slice name)
{
    uint8_t i = 0;
    while (i < MSIM_SERVICES && !yq_slice_equal(name, yq_slice_text(msim_service_name[i]))) {
        i++;
    }
    return i;
}

int msim_is_displaced(const msim *w, const msim_message *m)
{
    for (size_t i = 0; i < w->message_n && !m->forged; i++) {
        const msim_message *x = &w->message[i];
        if (x->forged && x->taken && x->src == m->src && x->dst == m->dst &&
            x->service == m->service && x->sequence == m->sequence) {
            return 1;
        }
    }
    return 0;
}

int msim_lane_is_harmed(const msim *w, uint32_t src, uint32_t dst)
{
    for (size_t i = 0; i < w->message_n; i++) {
        const msim_message *m = &w->message[i];
        if (m->touched && m->src == src && m->dst == dst && m->service == MSIM_ORDERED) {
            return 1;
        }
    }
    return 0;
}
