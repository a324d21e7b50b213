#include "conformance/runner/structure.h"

#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdlib.h>

#define OUT_MAX (4u << 20)

typedef enum change {
    CHANGE_ZERO = 0, /* a number, or all bytes */
    CHANGE_MORE,
    CHANGE_LESS,
    CHANGE_LARGEST,
    CHANGE_EMPTY, /* a string or a container */
    CHANGE_SHORTER,
    CHANGE_LONGER,
    CHANGE_ANOTHER, /* the content of another place */
    CHANGE_LEFT_OUT,
    CHANGE_DOUBLED,
    CHANGE_EXCHANGED,
    CHANGE_BORDER_LEFT,  /* the next string's first byte comes to this one */
    CHANGE_BORDER_RIGHT, /* this string's last byte goes to the next one */
    CHANGES
} change;

static const char *const how[CHANGES] = {
    "zero",
    "one more",
    "one less",
    "the largest",
    "emptied",
    "shorter",
    "longer",
    "another's content",
    "left out",
    "doubled",
    "exchanged with the next",
    "border moved right",
    "border moved left"};

struct run_structure {
    run_nodes nodes, changed;
    size_t at; /* the node and the change that come next */
    unsigned change;
    yq_slice input;
    uint8_t *room; /* content that a change made */
    uint8_t *out;  /* the changed input */
};

run_structure *run_structure_new(void)
{
    run_structure *s = calloc(1, sizeof *s);
    YQ_ASSERT(s != NULL);
    s->nodes.node = calloc(RUN_LAYOUT_NODES_MAX, sizeof *s->nodes.node);
    s->changed.node = calloc(RUN_LAYOUT_NODES_MAX, sizeof *s->changed.node);
    s->room = malloc(OUT_MAX);
    s->out = malloc(OUT_MAX);
    YQ_ASSERT(
        s->nodes.node != NULL && s->changed.node != NULL && s->room != NULL && s->out != NULL);
    return s;
}

void run_structure_free(run_structure *s)
{
    free(s->nodes.node);
    free(s->changed.node);
    free(s->room);
    free(s->out);
    free(s);
}

yq_status run_structure_begin(
    run_structure *s, const yq_json *layouts, yq_slice name, yq_slice input, yq_fault *why)
{
    s->at = 0;
    s->change = 0;
    s->input = input;
    yq_status status = run_layout_parse(layouts, name, input, &s->nodes, why);
    if (status != YQ_OK) {
        s->nodes.n = 0;
        return status;
    }
    yq_writer w = yq_writer_of(s->out, OUT_MAX);
    run_layout_encode(&s->nodes, &w);
    if (w.status != YQ_OK || !yq_slice_equal(yq_writer_slice(&w), input)) {
        s->nodes.n = 0;
        return yq_fail(why, YQ_E_NONCANONICAL, 0, "layout");
    }
    return YQ_OK;
}

/* ---- one change, in `changed` ---- */

static int is_number(const run_node *node)
{
    return node->kind == RUN_NODE_INT || (node->kind == RUN_NODE_PB_INT && node->wire == 0);
}

/* A leaf whose length may change. */
static int is_string(const run_node *node)
{
    return !node->container && (node->kind == RUN_NODE_BLOB || node->kind == RUN_NODE_PB_LEN ||
                                node->kind == RUN_NODE_RLP_STRING || node->kind == RUN_NODE_DER);
}

/* What stands in a sequence and can be left out. */
static int is_element(const run_node *node)
{
    return node->kind == RUN_NODE_ITEM || node->kind >= RUN_NODE_PB_INT;
}

static uint64_t value_of(const run_node *node)
{
    uint64_t value = 0;
    for (size_t i = 0; i < node->bytes.n; i++) {
        value = node->kind == RUN_NODE_INT ? value << 8 | node->bytes.p[i]
                                           : value | (uint64_t)(node->bytes.p[i] & 0x7f) << 7 * i;
    }
    return value;
}

static yq_slice number_bytes(run_structure *s, const run_node *node, uint64_t value)
{
    yq_writer w = yq_writer_of(s->room, OUT_MAX);
    if (node->kind == RUN_NODE_INT) {
        yq_put_be(&w, value, node->width);
        return yq_writer_slice(&w);
    }
    do {
        yq_put_u8(&w, (uint8_t)((value & 0x7f) | (value >= 0x80 ? 0x80 : 0)));
        value >>= 7;
    } while (value > 0);
    return yq_writer_slice(&w);
}

static int change_number(run_structure *s, run_node *node)
{
    uint64_t value = value_of(node);
    switch (s->change) {
    case CHANGE_ZERO:
        value = 0;
        break;
    case CHANGE_MORE:
        value++;
        break;
    case CHANGE_LESS:
        value--;
        break;
    case CHANGE_LARGEST:
        value = UINT64_MAX;
        break;
    default:
        return 0;
    }
    node->bytes = number_bytes(s, node, value);
    return 1;
}

/* Another leaf's content of the same length that is not the same: the next one after this place. */
static yq_slice another(const run_structure *s)
{
    const run_node *own = &s->nodes.node[s->at];
    for (size_t k = 1; k < s->nodes.n; k++) {
        const run_node *other = &s->nodes.node[(s->at + k) % s->nodes.n];
        if (!other->container && other->bytes.n == own->bytes.n &&
            !yq_slice_equal(other->bytes, own->bytes)) {
            return other->bytes;
        }
    }
    return own->bytes;
}

static int change_string(run_structure *s, run_node *node)
{
    size_t n = node->bytes.n;
    int sized = node->kind != RUN_NODE_BYTES && node->kind != RUN_NODE_PB_INT;
    memcpy(s->room, node->bytes.p, n);
    switch (s->change) {
    case CHANGE_ZERO:
        memset(s->room, 0, n);
        break;
    case CHANGE_LARGEST:
        memset(s->room, 0xff, n);
        break;
    case CHANGE_EMPTY:
        n = sized ? 0 : n;
        break;
    case CHANGE_SHORTER:
        n -= sized && n > 0;
        break;
    case CHANGE_LONGER:
        s->room[n] = 0;
        n += sized ? 1 : 0;
        break;
    case CHANGE_ANOTHER:
        node->bytes = another(s);
        return 1;
    default:
        return 0;
    }
    node->bytes = yq_slice_of(s->room, n);
    return 1;
}

/* A byte goes over the border between this string and the next one beside it. */
static int move_border(run_structure *s, run_nodes *c)
{
    run_node *a = &c->node[s->at];
    size_t next = s->at + 1;
    if (!is_string(a) || next >= c->n || !is_string(&c->node[next]) ||
        c->node[next].depth != a->depth) {
        return 0;
    }
    run_node *b = &c->node[next];
    const int right = s->change == CHANGE_BORDER_LEFT;
    if ((right ? b : a)->bytes.n == 0) {
        return 0;
    }
    size_t first = a->bytes.n + (right ? 1 : 0) - (right ? 0 : 1), all = a->bytes.n + b->bytes.n;
    memcpy(s->room, a->bytes.p, a->bytes.n);
    memcpy(s->room + a->bytes.n, b->bytes.p, b->bytes.n);
    a->bytes = yq_slice_of(s->room, first);
    b->bytes = yq_slice_of(s->room + first, all - first);
    return 1;
}

static void erase(run_nodes *c, size_t begin, size_t end)
{
    memmove(c->node + begin, c->node + end, (c->n - end) * sizeof *c->node);
    c->n -= end - begin;
}

static int double_it(run_nodes *c, size_t begin, size_t end)
{
    if (c->n + (end - begin) > RUN_LAYOUT_NODES_MAX) {
        return 0;
    }
    memmove(c->node + 2 * end - begin, c->node + end, (c->n - end) * sizeof *c->node);
    memcpy(c->node + end, c->node + begin, (end - begin) * sizeof *c->node);
    c->n += end - begin;
    return 1;
}

/* [begin, end) and its next sibling change places; from is the tree as it was. */
static int exchange(const run_nodes *from, run_nodes *c, size_t begin, size_t end)
{
    if (end >= from->n || from->node[end].depth != from->node[begin].depth) {
        return 0;
    }
    size_t last = run_nodes_end(from, end);
    memcpy(c->node + begin, from->node + end, (last - end) * sizeof *c->node);
    memcpy(c->node + begin + (last - end), from->node + begin, (end - begin) * sizeof *c->node);
    return 1;
}

static int change_element(run_structure *s, run_nodes *c)
{
    size_t end = run_nodes_end(&s->nodes, s->at);
    switch (s->change) {
    case CHANGE_LEFT_OUT:
        erase(c, s->at, end);
        return 1;
    case CHANGE_DOUBLED:
        return double_it(c, s->at, end);
    case CHANGE_EXCHANGED:
        return exchange(&s->nodes, c, s->at, end);
    default:
        return 0;
    }
}

static int make(run_structure *s)
{
    run_nodes *c = &s->changed;
    memcpy(c->node, s->nodes.node, s->nodes.n * sizeof *c->node);
    c->n = s->nodes.n;
    run_node *node = &c->node[s->at];
    if (s->change >= CHANGE_BORDER_LEFT) {
        return move_border(s, c);
    }
    if (s->change >= CHANGE_LEFT_OUT) {
        return is_element(node) && change_element(s, c);
    }
    if (node->container) {
        size_t end = run_nodes_end(&s->nodes, s->at);
        if (s->change != CHANGE_EMPTY || end == s->at + 1) {
            return 0;
        }
        erase(c, s->at + 1, end);
        return 1;
    }
    return is_number(node) ? change_number(s, node) : change_string(s, node);
}

/* Why this change may be accepted: a claim, an order that says nothing, or a beginning of a list
 * that is good by itself. */
static yq_slice excuse(const run_structure *s)
{
    const run_node *node = &s->nodes.node[s->at];
    size_t parent = s->at;
    while (parent > 0 && s->nodes.node[parent].depth >= node->depth) {
        parent--;
    }
    if (s->change == CHANGE_EXCHANGED) {
        return s->nodes.node[parent].unordered;
    }
    if (s->change == CHANGE_LEFT_OUT && s->nodes.node[parent].prefix.n > 0 &&
        run_nodes_end(&s->nodes, s->at) == run_nodes_end(&s->nodes, parent)) {
        return s->nodes.node[parent].prefix;
    }
    return node->claim;
}

int run_structure_next(run_structure *s, run_change *out)
{
    while (s->at < s->nodes.n) {
        yq_writer w = yq_writer_of(s->out, OUT_MAX);
        int made = make(s);
        if (made) {
            run_layout_encode(&s->changed, &w);
            *out = (run_change){
                yq_writer_slice(&w), s->nodes.node[s->at].name, how[s->change], excuse(s)};
        }
        if (++s->change == CHANGES) {
            s->change = 0;
            s->at++;
        }
        if (made && w.status == YQ_OK && !yq_slice_equal(out->bytes, s->input)) {
            return 1;
        }
    }
    return 0;
}
