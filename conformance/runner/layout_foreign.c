#include "conformance/runner/layout_foreign.h"

#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/codec/protobuf.h"

/* Protobuf, RLP and DER describe themselves well enough to be taken apart without a schema. Content
 * is first tried as more of the same, and is a leaf when that fails: either way it is put together
 * as it was. */

typedef enum foreign {
    ENCODING_PB = 1,
    ENCODING_RLP,
    ENCODING_DER
} foreign;

/* A container that is being read. */
typedef struct level {
    size_t node; /* what becomes a leaf when its content is none; SIZE_MAX: the whole */
    size_t end;
    size_t first;   /* the node of its first element */
    uint8_t depth;  /* of its children */
    uint8_t single; /* holds one element exactly */
} level;

typedef struct reader {
    foreign encoding;
    run_nodes *nodes;
    yq_slice bytes, name;
    size_t pos, behind;
    level stack[RUN_LAYOUT_DEPTH_MAX];
    size_t top;
} reader;

/* Opens the node just added, which holds [begin, end). */
static int open_level(reader *r, size_t begin, size_t end, int single)
{
    size_t node = r->nodes->n - 1;
    if (r->top == RUN_LAYOUT_DEPTH_MAX || r->nodes->node[node].depth + 2u >= RUN_LAYOUT_DEPTH_MAX) {
        return 0;
    }
    r->nodes->node[node].container = 1;
    r->stack[r->top++] =
        (level){node, end, node + 1, (uint8_t)(r->nodes->node[node].depth + 1), (uint8_t)single};
    r->pos = begin;
    return 1;
}

static int add(reader *r, run_node node)
{
    node.depth = r->stack[r->top - 1].depth;
    node.name = r->name;
    return run_nodes_add(r->nodes, node) != NULL;
}

/* An attempt failed: the innermost one's node is a leaf after all. Returns 0 when it was the whole.
 */
static int give_up(reader *r)
{
    level l = r->stack[--r->top];
    if (l.node == SIZE_MAX) {
        return 0;
    }
    r->nodes->n = l.node + 1;
    r->nodes->node[l.node].container = 0;
    r->pos = l.end;
    return 1;
}

static int next_pb(reader *r, size_t end)
{
    yq_cur c = yq_cur_of(yq_slice_of(r->bytes.p + r->pos, end - r->pos));
    yq_pb_field f;
    if (!yq_pb_next(&c, &f)) {
        return 0;
    }
    size_t at = r->pos;
    r->pos += f.whole.n;
    if (f.type != YQ_PB_BYTES) {
        size_t key = 1;
        while (r->bytes.p[at + key - 1] >= 0x80) {
            key++;
        }
        yq_slice raw = {r->bytes.p + at + key, f.whole.n - key};
        return add(
            r,
            (run_node){.kind = RUN_NODE_PB_INT, .number = f.number, .wire = f.type, .bytes = raw});
    }
    if (!add(r, (run_node){.kind = RUN_NODE_PB_LEN, .number = f.number, .bytes = f.bytes})) {
        return 0;
    }
    if (f.bytes.n > 1) {
        return open_level(r, r->pos - f.bytes.n, r->pos, 0);
    }
    return 1;
}

/* Reads a big-endian length of `size` bytes at the position. */
static int long_length(const reader *r, size_t at, size_t size, size_t end, size_t *out)
{
    *out = 0;
    if (size == 0 || size > 4 || size > end - at) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        *out = *out << 8 | r->bytes.p[at + i];
    }
    return 1;
}

/* A string that may hold a list, at once or behind other bytes. */
static int open_string(reader *r, size_t begin, size_t n)
{
    if (n > 1 && r->bytes.p[begin] >= 0xc0) {
        return open_level(r, begin, begin + n, 1);
    }
    if (r->behind == 0 || n <= r->behind || r->bytes.p[begin + r->behind] < 0xc0) {
        return 1;
    }
    if (!open_level(r, begin + r->behind, begin + n, 1)) {
        return 0;
    }
    r->stack[r->top - 1].first++;
    return add(
        r, (run_node){.kind = RUN_NODE_BYTES, .bytes = yq_slice_of(r->bytes.p + begin, r->behind)});
}

static int next_rlp(reader *r, size_t end)
{
    const uint8_t first = r->bytes.p[r->pos];
    size_t head = 1, n = 1;
    if (first < 0x80) {
        head = 0;
    } else if (first < 0xb8) {
        n = first - 0x80u;
    } else if (first < 0xc0) {
        head += first - 0xb7u;
    } else if (first < 0xf8) {
        n = first - 0xc0u;
    } else {
        head += first - 0xf7u;
    }
    if (head > 1 && !long_length(r, r->pos + 1, head - 1, end, &n)) {
        return 0;
    }
    if (head > end - r->pos || n > end - r->pos - head) {
        return 0;
    }
    const int list = first >= 0xc0;
    size_t begin = r->pos + head;
    r->pos = begin + n;
    if (!add(
            r,
            (run_node){
                .kind = list ? RUN_NODE_RLP_LIST : RUN_NODE_RLP_STRING,
                .bytes = yq_slice_of(r->bytes.p + begin, n)})) {
        return 0;
    }
    if (list) {
        return open_level(r, begin, begin + n, 0);
    }
    return open_string(r, begin, n);
}

static int next_der(reader *r, size_t end)
{
    const uint8_t tag = r->bytes.p[r->pos];
    if (end - r->pos < 2) {
        return 0;
    }
    size_t head = 2, n = r->bytes.p[r->pos + 1];
    if (n >= 0x80) {
        head += n & 0x7f;
        if (!long_length(r, r->pos + 2, n & 0x7f, end, &n)) {
            return 0;
        }
    }
    if (head > end - r->pos || n > end - r->pos - head) {
        return 0;
    }
    size_t begin = r->pos + head;
    r->pos = begin + n;
    if (!add(
            r,
            (run_node){
                .kind = RUN_NODE_DER,
                .number = tag,
                .bytes = yq_slice_of(r->bytes.p + begin, n)})) {
        return 0;
    }
    return (tag & 0x20) != 0 && n > 0 ? open_level(r, begin, begin + n, 0) : 1;
}

static int next(reader *r, size_t end)
{
    switch (r->encoding) {
    case ENCODING_PB:
        return next_pb(r, end);
    case ENCODING_RLP:
        return next_rlp(r, end);
    case ENCODING_DER:
        return next_der(r, end);
    }
    return 0;
}

int run_layout_foreign(
    run_nodes *nodes, yq_slice encoding, size_t behind, yq_slice bytes, const run_node *blob)
{
    static const char *const name[] = {NULL, "pb", "rlp", "der"};
    reader r = {.nodes = nodes, .bytes = bytes, .name = blob->name, .behind = behind};
    for (unsigned i = 1; i < YQ_ARRAY_N(name); i++) {
        if (yq_slice_equal(encoding, yq_slice_text(name[i]))) {
            r.encoding = (foreign)i;
        }
    }
    r.stack[r.top++] = (level){SIZE_MAX, bytes.n, nodes->n, (uint8_t)(blob->depth + 1), 0};
    while (r.top > 0) {
        level *l = &r.stack[r.top - 1];
        if (r.pos < l->end) {
            int again = l->single && r.nodes->n > l->first; /* more than the one element */
            if ((again || !next(&r, l->end)) && !give_up(&r)) {
                return 0;
            }
        } else {
            r.pos = l->end;
            r.top--;
        }
    }
    return 1;
}
