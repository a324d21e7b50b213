#include "conformance/runner/comet.h"
#include "relay/base/bytes.h"
#include "relay/codec/base64.h"

#include <stdio.h>

/* Cases of single operations of ICS-23, with bytes in base 64. */

typedef struct bytes_room {
    uint8_t p[1u << 18];
    size_t n;
} bytes_room;

static yq_slice base64_of(const yq_json *object, const char *key, bytes_room *room)
{
    yq_slice text;
    yq_buf out = {room->p + room->n, sizeof room->p - room->n, 0};
    if (!yq_json_text(yq_json_get(object, key), &text) ||
        yq_base64_decode(text, &out, NULL) != YQ_OK) {
        return (yq_slice){0};
    }
    room->n += out.n;
    return yq_slice_of(out.p, out.n);
}

static uint64_t number_of(const yq_json *object, const char *key)
{
    uint64_t v = 0;
    (void)yq_json_quantity(yq_json_get(object, key), &v);
    return v;
}

static yq_ics23_leaf leaf_of(const yq_json *in, bytes_room *room)
{
    return (yq_ics23_leaf){
        .hash = number_of(in, "hash"),
        .prehash_key = number_of(in, "prehash_key"),
        .prehash_value = number_of(in, "prehash_value"),
        .length = number_of(in, "length"),
        .prefix = base64_of(in, "prefix", room)};
}

static yq_ics23_inner inner_of(const yq_json *in, bytes_room *room)
{
    return (yq_ics23_inner){
        .hash = number_of(in, "hash"),
        .prefix = base64_of(in, "prefix", room),
        .suffix = base64_of(in, "suffix", room)};
}

static yq_ics23_exist exist_of(const yq_json *in, yq_ics23_inner *step, bytes_room *room)
{
    const yq_json *path = yq_json_get(in, "path"), *leaf = yq_json_get(in, "leaf");
    yq_ics23_exist out = {
        .key = base64_of(in, "key", room),
        .value = base64_of(in, "value", room),
        .leaf = leaf_of(leaf, room),
        .has_leaf = leaf != NULL,
        .n = yq_json_count(path),
        .step = step};
    for (size_t i = 0; i < out.n && i < YQ_ICS23_STEPS_MAX; i++) {
        step[i] = inner_of(yq_json_at(path, i), room);
    }
    return out;
}

/* A spec as the files write it; the further rules belong to the specs that are the published ones.
 */
static yq_ics23_spec spec_read(const yq_json *in, bytes_room *room)
{
    const yq_json *inner = yq_json_get(in, "inner_spec");
    yq_ics23_spec spec = {
        .leaf = leaf_of(yq_json_get(in, "leaf_spec"), room),
        .inner_hash = number_of(inner, "hash"),
        .child_size = (size_t)number_of(inner, "child_size"),
        .prefix_min = (size_t)number_of(inner, "min_prefix_length"),
        .prefix_max = (size_t)number_of(inner, "max_prefix_length"),
        .depth_min = (size_t)number_of(in, "min_depth"),
        .depth_max = (size_t)number_of(in, "max_depth"),
        .empty_child = base64_of(inner, "empty_child", room)};
    const yq_ics23_spec own[] = {yq_ics23_spec_iavl(), yq_ics23_spec_tendermint()};
    for (size_t i = 0; i < YQ_ARRAY_N(own); i++) {
        if (spec.leaf.hash == own[i].leaf.hash && spec.leaf.length == own[i].leaf.length &&
            spec.leaf.prehash_value == own[i].leaf.prehash_value &&
            yq_slice_equal(spec.leaf.prefix, own[i].leaf.prefix) &&
            spec.child_size == own[i].child_size && spec.prefix_max == own[i].prefix_max &&
            spec.prefix_min == own[i].prefix_min && spec.empty_child.n == 0) {
            spec.tree = own[i].tree;
        }
    }
    return spec;
}

static int flag(const yq_json *object, const char *key)
{
    int v = 0;
    (void)yq_json_bool(yq_json_get(object, key), &v);
    return v;
}

/* Is the hash the one that the case expects? */
static yq_status same(yq_status status, const yq_ics23_md *md, yq_slice expected)
{
    return status == YQ_OK && !yq_slice_equal(yq_slice_of(md->b, md->n), expected) ? YQ_E_HASH
                                                                                   : status;
}

static yq_status hash_case(const yq_comet_call *call, const yq_json *c, yq_ics23_md *md)
{
    yq_slice in = {0};
    uint8_t room[YQ_HASH_SIZE_MAX];
    yq_buf expected = {room, sizeof room, 0};
    const yq_ics23_inner step = {.hash = number_of(c, "HashOp")};
    (void)yq_json_text(yq_json_get(c, "Preimage"), &in);
    (void)yq_json_hex(yq_json_get(c, "ExpectedHash"), &expected);
    yq_status status = yq_ics23_inner_apply(call, &step, in, md);
    return same(status, md, yq_slice_of(expected.p, expected.n));
}

static yq_status branch_case(const yq_json *c, bytes_room *room)
{
    const yq_ics23_spec spec = spec_read(yq_json_get(c, "Spec"), room);
    const yq_ics23_inner step = inner_of(yq_json_get(c, "Op"), room);
    return yq_ics23_side_is_empty(&spec, &step, 0) == flag(c, "IsLeft") &&
                   yq_ics23_side_is_empty(&spec, &step, 1) == flag(c, "IsRight")
               ? YQ_OK
               : YQ_E_ABSENCE_PROOF;
}

/* A leaf against a leaf's spec: a proof of no step. */
static yq_status leaf_case(const yq_comet_call *call, const yq_json *c, bytes_room *room)
{
    const yq_ics23_spec spec = {.leaf = leaf_of(yq_json_get(c, "Spec"), room), .child_size = 1};
    const yq_ics23_exist exist = {.leaf = leaf_of(yq_json_get(c, "Leaf"), room), .has_leaf = 1};
    return yq_ics23_spec_check(call, &spec, &exist);
}

/* Runs one case. Out: accept, what it expects. */
static yq_status run_case(
    const yq_comet_call *call, const yq_json *c, bytes_room *room, int *accept, run_row *row)
{
    static yq_ics23_inner step[YQ_ICS23_STEPS_MAX];
    yq_slice err = {0};
    yq_ics23_md md = {.n = 0};
    const yq_json *op = yq_json_get(c, "Op"), *proof = yq_json_get(c, "Proof");
    yq_slice expected = base64_of(c, "Expected", room);
    *accept = !flag(c, "IsErr");
    if (yq_json_get(c, "HashOp") != NULL) {
        run_row_check(row, "hash");
        return hash_case(call, c, &md);
    }
    if (yq_json_get(c, "Leaf") != NULL) {
        run_row_check(row, "leaf against its spec");
        return leaf_case(call, c, room);
    }
    if (op != NULL && yq_json_get(c, "Spec") != NULL) {
        run_row_check(row, "empty side");
        return branch_case(c, room);
    }
    if (op != NULL && yq_json_get(c, "Child") != NULL) {
        run_row_check(row, "step");
        const yq_ics23_inner inner = inner_of(op, room);
        return same(
            yq_ics23_inner_apply(call, &inner, base64_of(c, "Child", room), &md), &md, expected);
    }
    if (op != NULL) {
        run_row_check(row, "leaf");
        const yq_ics23_leaf leaf = leaf_of(op, room);
        yq_slice key = base64_of(c, "Key", room), value = base64_of(c, "Value", room);
        return same(yq_ics23_leaf_apply(call, &leaf, key, value, &md), &md, expected);
    }
    const yq_ics23_exist exist = exist_of(proof, step, room);
    if (yq_json_get(c, "Spec") != NULL) {
        const yq_ics23_spec spec = spec_read(yq_json_get(c, "Spec"), room);
        run_row_check(row, "form");
        *accept = !yq_json_text(yq_json_get(c, "Err"), &err) || err.n == 0;
        return yq_ics23_spec_check(call, &spec, &exist);
    }
    run_row_check(row, "root");
    return same(yq_ics23_root(call, &exist, &md), &md, expected);
}

static void case_row(
    comet_run *run, const char *name, const char *key, size_t idx, const yq_json *c)
{
    static bytes_room room;
    run_row row = {.file = name, .kind = "operation", .anchor = "none"};
    run_call host_room;
    yq_fault why = {0};
    const yq_comet_call call = {run_workspace_host(run->space, run->client, &host_room), &why};
    int accept;
    room.n = 0;
    if (key == NULL) {
        (void)snprintf(row.note, sizeof row.note, "case %zu", idx);
    } else {
        (void)snprintf(row.note, sizeof row.note, "%s", key);
    }
    yq_status status = run_case(&call, c, &room, &accept, &row);
    run_row_verdict(&row, status, &why, accept);
    run_report_row(run->report, &row);
}

void comet_ops(comet_run *run, const char *name, const yq_json *value)
{
    for (size_t i = 0; yq_json_is_array(value) && i < yq_json_count(value); i++) {
        case_row(run, name, NULL, i, yq_json_at(value, i));
    }
    for (const char *key = yq_json_key_next(value, NULL); key != NULL;
         key = yq_json_key_next(value, key)) {
        case_row(run, name, key, 0, yq_json_get(value, key));
    }
}
