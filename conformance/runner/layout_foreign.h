#ifndef YQ_CONFORMANCE_RUNNER_LAYOUT_FOREIGN_H
#define YQ_CONFORMANCE_RUNNER_LAYOUT_FOREIGN_H

#include "conformance/runner/layout_node.h"

/* Appends the nodes of bytes in a foreign encoding ("pb", "rlp", "der") below depth. Returns 0 when
 * they are none. Content that is itself in the encoding is taken apart too, also when it stands
 * behind so many other bytes (0: only at the beginning). */
int run_layout_foreign(
    run_nodes *nodes, yq_slice encoding, size_t behind, yq_slice bytes, const run_node *blob);

#endif /* YQ_CONFORMANCE_RUNNER_LAYOUT_FOREIGN_H */
