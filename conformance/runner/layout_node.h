#ifndef YQ_CONFORMANCE_RUNNER_LAYOUT_NODE_H
#define YQ_CONFORMANCE_RUNNER_LAYOUT_NODE_H

/* An input, taken apart (layout.h). */
#include "yuqiao/types.h"

#define RUN_LAYOUT_NODES_MAX 65536u
#define RUN_LAYOUT_DEPTH_MAX 48u

typedef enum run_node_kind {
    RUN_NODE_INT = 1, /* width bytes */
    RUN_NODE_BYTES,   /* a fixed number */
    RUN_NODE_BLOB,    /* with a length of width bytes; a leaf or a container */
    RUN_NODE_LIST,    /* with a count of width bytes; its children are items */
    RUN_NODE_ITEM,
    RUN_NODE_PB_INT, /* varint, fixed64, fixed32 (tag 0, 1, 5): bytes as they stand */
    RUN_NODE_PB_LEN,
    RUN_NODE_RLP_STRING,
    RUN_NODE_RLP_LIST,
    RUN_NODE_DER
} run_node_kind;

/* One place of an input; in the order of the bytes, containers before what is in them. */
typedef struct run_node {
    run_node_kind kind;
    uint8_t width, depth;
    uint8_t container;  /* its children follow, one deeper; else bytes is its content */
    uint8_t less;       /* a list's count is so much more than its items */
    uint32_t number;    /* of a field (protobuf) or tag (DER) */
    uint8_t wire;       /* protobuf's wire type */
    yq_slice bytes;     /* borrowed from the input */
    yq_slice name;      /* borrowed from the layout; of foreign encodings: that of the blob */
    yq_slice claim;     /* the reason why it may be another one; or empty */
    yq_slice unordered; /* the reason why the order of what is in it does not matter; or empty */
    yq_slice prefix;    /* a list's: the reason why its last item may be left out; or empty */
} run_node;

typedef struct run_nodes {
    run_node *node; /* room for RUN_LAYOUT_NODES_MAX */
    size_t n;
} run_nodes;

/* The first node behind the subtree of i. */
size_t run_nodes_end(const run_nodes *nodes, size_t i);

/* Appends a node. Returns NULL when there are too many. */
run_node *run_nodes_add(run_nodes *nodes, run_node node);

#endif /* YQ_CONFORMANCE_RUNNER_LAYOUT_NODE_H */
