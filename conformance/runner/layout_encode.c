#include "conformance/runner/layout.h"
#include "relay/codec/insert.h"
#include "relay/codec/protobuf.h"

/* A container that is being written: where its content begins, and its items so far. */
typedef struct open_node {
    const run_node *node;
    size_t begin;
    uint64_t items;
} open_node;

static size_t be_size(uint64_t value)
{
    size_t n = 1;
    while (n < 8 && value >> (8 * n) != 0) {
        n++;
    }
    return n;
}

static void head_rlp(yq_writer *head, const run_node *node, yq_slice content)
{
    const uint8_t base = node->kind == RUN_NODE_RLP_LIST ? 0xc0 : 0x80;
    if (node->kind == RUN_NODE_RLP_STRING && content.n == 1 && content.p[0] < 0x80) {
        return;
    }
    if (content.n < 56) {
        yq_put_u8(head, (uint8_t)(base + content.n));
        return;
    }
    size_t size = be_size(content.n);
    yq_put_u8(head, (uint8_t)(base + 55 + size));
    yq_put_be(head, content.n, size);
}

static void head_der(yq_writer *head, const run_node *node, size_t n)
{
    yq_put_u8(head, (uint8_t)node->number);
    if (n < 0x80) {
        yq_put_u8(head, (uint8_t)n);
        return;
    }
    size_t size = be_size(n);
    yq_put_u8(head, (uint8_t)(0x80 | size));
    yq_put_be(head, n, size);
}

/* What stands before a node's content. */
static void put_head(yq_writer *head, const run_node *node, yq_slice content, uint64_t items)
{
    switch (node->kind) {
    case RUN_NODE_BLOB:
        yq_put_be(head, content.n, node->width);
        break;
    case RUN_NODE_LIST:
        yq_put_be(head, items + node->less, node->width);
        break;
    case RUN_NODE_PB_INT:
        yq_pb_put_raw_varint(head, (uint64_t)node->number << 3 | node->wire);
        break;
    case RUN_NODE_PB_LEN:
        yq_pb_put_raw_varint(head, (uint64_t)node->number << 3 | YQ_PB_BYTES);
        yq_pb_put_raw_varint(head, content.n);
        break;
    case RUN_NODE_RLP_STRING:
    case RUN_NODE_RLP_LIST:
        head_rlp(head, node, content);
        break;
    case RUN_NODE_DER:
        head_der(head, node, content.n);
        break;
    case RUN_NODE_INT:
    case RUN_NODE_BYTES:
    case RUN_NODE_ITEM:
        break;
    }
}

static void close_node(yq_writer *w, const open_node *o)
{
    uint8_t room[32];
    yq_writer head = yq_writer_of(room, sizeof room);
    put_head(&head, o->node, yq_slice_of(w->p + o->begin, w->n - o->begin), o->items);
    yq_writer_insert(w, o->begin, yq_writer_slice(&head));
}

void run_layout_encode(const run_nodes *nodes, yq_writer *w)
{
    open_node stack[RUN_LAYOUT_DEPTH_MAX];
    size_t top = 0;
    for (size_t i = 0; i < nodes->n; i++) {
        const run_node *node = &nodes->node[i];
        while (top > 0 && stack[top - 1].node->depth >= node->depth) {
            close_node(w, &stack[--top]);
        }
        if (node->kind == RUN_NODE_ITEM && top > 0) {
            stack[top - 1].items++;
        }
        open_node o = {node, w->n, 0};
        if (node->container) {
            stack[top++] = o;
        } else {
            yq_put(w, node->bytes);
            close_node(w, &o);
        }
    }
    while (top > 0) {
        close_node(w, &stack[--top]);
    }
}
