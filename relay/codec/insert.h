#ifndef YQ_RELAY_CODEC_INSERT_H
#define YQ_RELAY_CODEC_INSERT_H

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/* Puts head (at most 16 bytes) in front of what was written since mark, which moves. Errors:
 * E_NOSPC in the writer. */
static inline void yq_writer_insert(yq_writer *w, size_t mark, yq_slice head)
{
    if (w->status != YQ_OK || head.n == 0) {
        return;
    }
    if (head.n > w->cap - w->n) {
        w->status = YQ_E_NOSPC;
        return;
    }
    memmove(w->p + mark + head.n, w->p + mark, w->n - mark);
    memcpy(w->p + mark, head.p, head.n);
    w->n += head.n;
}

/* Makes a cursor over content, which lies in c and was just taken from it. */
static inline yq_cur yq_cur_inner(const yq_cur *c, yq_slice content)
{
    yq_cur inner = yq_cur_of(content);
    inner.status = c->status;
    inner.bad_at = 0;
    inner.bad_field = c->bad_field;
    return inner;
}

/* Hands a failure inside to the cursor around it; what is left over inside is E_TRAILING. */
static inline void yq_cur_leave(yq_cur *inner, yq_cur *outer)
{
    if (inner->pos != inner->n) {
        yq_cur_fail(inner, YQ_E_TRAILING, inner->pos);
    }
    if (inner->status != YQ_OK && outer->status == YQ_OK) {
        size_t base = (size_t)(inner->p - outer->p);
        yq_cur_fail_field(outer, inner->status, base + inner->bad_at, inner->bad_field);
    }
}

#endif /* YQ_RELAY_CODEC_INSERT_H */
