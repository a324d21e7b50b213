#ifndef YQ_CONFORMANCE_RUNNER_LAYOUT_H
#define YQ_CONFORMANCE_RUNNER_LAYOUT_H

/*
 * The layouts of a verifier's inputs, as kit/layout.json states them, and inputs taken apart by
 * them and put together again, so that a change in one place carries its lengths and counts along.
 *
 * A layout is an array of elements:
 *   "u8 name", "u16 ...", "u32 ...", "u64 ..."   a big-endian number
 *   "32 name"                                    so many bytes
 *   "blob8 name", "blob16 ...", "blob32 ..."     a length and bytes
 *   "blob32:pb name" (pb, rlp, der)              the bytes are of this encoding, whatever is in
 * them
 *   "@name"                                      the layout of that name
 *   {"list16": "name", "of": [...], "less": 1, "unordered": "reason", "prefix": "reason"}
 *   {"tag8": "name", "1": [...], "2": [...]}     what follows depends on the number
 *   {"blob32": "name", "of": [...]}              the bytes have a layout themselves
 *   {"blob32": "name", "as": "pb", "unordered": "reason"}
 *   {"blob32": "name", "as": "rlp", "behind": 32, "at": [0, 12, 0, 4], "unordered": "reason"}
 *   {"u32": "name", "claim": "reason"}           a number, or a blob, that may be another one
 */

#include "relay/base/writer.h"
#include "relay/codec/json.h"

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

/*
 * Takes an input apart. In: layouts, the file's object; name, of one of them. Errors: E_NOT_FOUND
 * (no such layout), E_CONFIG_INVALID (it is none), E_TYPE (the input is another one); why names the
 * place.
 */
yq_status run_layout_parse(
    const yq_json *layouts, yq_slice name, yq_slice input, run_nodes *out, yq_fault *why);

/* Puts it together, with the lengths and counts that follow. Errors in w. */
void run_layout_encode(const run_nodes *nodes, yq_writer *w);

/* The first node behind the subtree of i. */
size_t run_nodes_end(const run_nodes *nodes, size_t i);

/* ---- for layout.c and layout_foreign.c ---- */

/* Appends a node. Returns NULL when there are too many. */
run_node *run_nodes_add(run_nodes *nodes, run_node node);

/* Appends the nodes of bytes in a foreign encoding ("pb", "rlp", "der") below depth. Returns 0 when
 * they are none. Content that is itself in the encoding is taken apart too, also when it stands
 * behind so many other bytes (0: only at the beginning). */
int run_layout_foreign(
    run_nodes *nodes, yq_slice encoding, size_t behind, yq_slice bytes, const run_node *blob);

#endif /* YQ_CONFORMANCE_RUNNER_LAYOUT_H */
