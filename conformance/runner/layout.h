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

#include "conformance/runner/layout_node.h"
#include "relay/base/writer.h"
#include "relay/codec/json.h"

/*
 * Takes an input apart. In: layouts, the file's object; name, of one of them. Errors: E_NOT_FOUND
 * (no such layout), E_CONFIG_INVALID (it is none), E_TYPE (the input is another one); why names the
 * place.
 */
yq_status run_layout_parse(
    const yq_json *layouts, yq_slice name, yq_slice input, run_nodes *out, yq_fault *why);

/* Puts it together, with the lengths and counts that follow. Errors in w. */
void run_layout_encode(const run_nodes *nodes, yq_writer *w);

#endif /* YQ_CONFORMANCE_RUNNER_LAYOUT_H */
