#include "conformance/runner/layout_node.h"

run_node *run_nodes_add(run_nodes *nodes, run_node node)
{
    if (nodes->n == RUN_LAYOUT_NODES_MAX || node.depth >= RUN_LAYOUT_DEPTH_MAX) {
        return NULL;
    }
    nodes->node[nodes->n] = node;
    return &nodes->node[nodes->n++];
}

size_t run_nodes_end(const run_nodes *nodes, size_t i)
{
    size_t end = i + 1;
    while (end < nodes->n && nodes->node[end].depth > nodes->node[i].depth) {
        end++;
    }
    return end;
}
