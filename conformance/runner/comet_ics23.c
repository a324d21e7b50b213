#include "conformance/runner/comet.h"
#include "relay/base/bytes.h"
#include "relay/codec/base64.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>

#define BYTES_MAX (4u << 20)

/* ---- proofs ---- */

static const yq_ics23_exist *some_exist(const yq_ics23_proof *p)
{
    return p->has[0] ? &p->exist[0] : p->has[1] ? &p->exist[1] : NULL;
}

/* The published spec whose form this proof has: the files do not name it. */
static int spec_of(const yq_comet_call *call, const yq_ics23_proof *proof, yq_ics23_spec *out)
{
    const yq_ics23_spec all[] = {
        yq_ics23_spec_iavl(), yq_ics23_spec_tendermint(), yq_ics23_spec_smt()};
    const yq_ics23_exist *exist = some_exist(proof);
    for (size_t i = 0; i < YQ_ARRAY_N(all) && exist != NULL; i++) {
        if (yq_ics23_spec_check(call, &all[i], exist) == YQ_OK) {
            *out = all[i];
            return 1;
        }
    }
    *out = all[0];
    return 0;
}

static const char *spec_name(const yq_ics23_spec *spec)
{
    return spec->tree == YQ_ICS23_IAVL         ? "iavl"
           : spec->tree == YQ_ICS23_TENDERMINT ? "tendermint"
                                               : "sparse tree";
}

/* Asks what the proof shows. value empty: absence. */
static yq_status judge(
    comet_run *run,
    const yq_ics23_spec *spec,
    yq_slice bytes,
    yq_slice root,
    yq_slice key,
    yq_slice value,
    yq_fault *why)
{
    run_call room;
    const yq_comet_call call = {run_workspace_host(run->space, run->client, &room), why};
    yq_ics23_proof proof;
    *why = (yq_fault){0};
    yq_status status = yq_ics23_decode(&call, bytes, &proof);
    if (status != YQ_OK) {
        return status;
    }
    return value.n == 0 ? yq_ics23_absent(&call, spec, root, &proof, key)
                        : yq_ics23_member(&call, spec, root, &proof, key, value);
}

static void mutate(
    comet_run *run,
    const yq_ics23_spec *spec,
    yq_slice bytes,
    yq_slice root,
    yq_slice key,
    yq_slice value,
    run_row *row)
{
    static uint8_t copy[BYTES_MAX];
    yq_bytes_copy(copy, bytes.p, bytes.n);
    for (size_t i = 0; i < bytes.n; i++) {
        yq_fault why;
        copy[i] ^= (uint8_t)(1u << i % 8);
        yq_status status = judge(run, spec, yq_slice_of(copy, bytes.n), root, key, value, &why);
        copy[i] = bytes.p[i];
        row->mutations_tried++;
        row->mutations_refused += status != YQ_OK;
        if (status != YQ_OK) {
            run_report_code(run->report, status, 1);
        } else {
            (void)snprintf(row->note, sizeof row->note, "byte %zu changed is accepted", i);
        }
    }
}

static void proof_row(
    comet_run *run, run_row *row, yq_slice bytes, yq_slice root, yq_slice key, yq_slice value)
{
    run_call room;
    yq_fault why = {0};
    const yq_comet_call call = {run_workspace_host(run->space, run->client, &room), &why};
    yq_ics23_proof proof;
    yq_ics23_spec spec = yq_ics23_spec_iavl();
    yq_status status = yq_ics23_decode(&call, bytes, &proof);
    row->kind = value.n == 0 ? "absence proof" : "membership proof";
    if (status == YQ_OK && !spec_of(&call, &proof, &spec)) {
        status = yq_fail(&why, YQ_E_PROOF_TYPE, 0, "of no published tree");
    }
    if (status == YQ_OK) {
        run_row_check(row, spec_name(&spec));
        run_row_check(row, value.n == 0 ? "neighbours" : "key and value");
        run_row_check(row, "root");
        status = judge(run, &spec, bytes, root, key, value, &why);
    }
    run_row_verdict(row, status, &why, 1);
    if (status == YQ_OK && run->mutations) {
        mutate(run, &spec, bytes, root, key, value, row);
    }
    run_report_row(run->report, row);
}

/* ---- batches, unpacked: one plain proof an item ---- */

static yq_slice field_of(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    int found;
    return yq_pb_find(&c, number, &found);
}

/* The nth occurrence of a repeated field; empty when there are fewer. */
static yq_slice nth(yq_slice message, uint32_t number, size_t n)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number && n-- == 0) {
            return f.bytes;
        }
    }
    return (yq_slice){0};
}

static uint64_t varint(yq_slice *in)
{
    uint64_t v = 0;
    for (unsigned shift = 0; in->n > 0 && shift < 63; shift += 7) {
        uint8_t b = in->p[0];
        *in = yq_slice_of(in->p + 1, in->n - 1);
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            break;
        }
    }
    return v;
}

/* CompressedExistenceProof {1 key, 2 value, 3 leaf, 4 packed indexes of the batch's steps} */
static void unpack_exist(yq_slice batch, yq_slice in, uint32_t number, yq_writer *w)
{
    size_t begin = yq_pb_begin(w);
    for (uint32_t i = 1; i <= 3; i++) {
        yq_pb_put_bytes(w, i, field_of(in, i));
    }
    yq_slice path = field_of(in, 4);
    while (path.n > 0) {
        yq_pb_put_bytes(w, 4, nth(batch, 2, (size_t)varint(&path)));
    }
    yq_pb_end(w, begin, number);
}

/* One entry of a CommitmentProof's batch (field 3) or compressed batch (field 4) as a plain proof.
 * Out: key. Returns an empty slice past the last. */
static yq_slice unpack(yq_slice proof, size_t idx, yq_writer *w, yq_slice *key)
{
    yq_slice plain = field_of(proof, 3), batch = field_of(proof, 4);
    yq_slice entry = nth(batch.n > 0 ? batch : plain, 1, idx);
    yq_slice exist = field_of(entry, 1), absent = field_of(entry, 2);
    if (entry.n == 0) {
        return (yq_slice){0};
    }
    *key = field_of(exist.n > 0 ? exist : absent, 1);
    if (batch.n == 0) {
        yq_pb_put_bytes(w, exist.n > 0 ? 1 : 2, exist.n > 0 ? exist : absent);
    } else if (exist.n > 0) {
        unpack_exist(batch, exist, 1, w);
    } else {
        size_t begin = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, *key);
        for (uint32_t i = 2; i <= 3; i++) {
            yq_slice side = field_of(absent, i);
            if (side.n > 0) {
                unpack_exist(batch, side, i, w);
            }
        }
        yq_pb_end(w, begin, 2);
    }
    return yq_writer_slice(w);
}

/* The entry of a batch that is about this key. */
static yq_slice entry_of(yq_slice proof, yq_slice key, uint8_t *room, size_t cap)
{
    for (size_t i = 0;; i++) {
        yq_writer w = yq_writer_of(room, cap);
        yq_slice own = {0}, plain = unpack(proof, i, &w, &own);
        if (plain.n == 0 || yq_slice_equal(own, key)) {
            return plain;
        }
    }
}

static void batch(
    comet_run *run, const char *name, const yq_json *items, yq_slice proof, yq_slice root)
{
    static uint8_t room[1u << 16];
    for (size_t i = 0; i < yq_json_count(items); i++) {
        run_row row = {.file = name, .anchor = "root"};
        uint8_t key_room[512], value_room[4096];
        yq_buf key = {key_room, sizeof key_room, 0}, value = {value_room, sizeof value_room, 0};
        const yq_json *item = yq_json_at(items, i);
        (void)yq_json_hex(yq_json_get(item, "key"), &key);
        (void)yq_json_hex(yq_json_get(item, "value"), &value);
        (void)snprintf(row.note, sizeof row.note, "item %zu", i);
        yq_slice plain = entry_of(proof, yq_slice_of(key.p, key.n), room, sizeof room);
        proof_row(run, &row, plain, root, yq_slice_of(key.p, key.n), yq_slice_of(value.p, value.n));
    }
}

/* {root, existence}: an ExistenceProof alone, which names its own key and value. */
static yq_slice existence(const yq_json *value, uint8_t *room, size_t cap)
{
    static uint8_t bytes[1u << 16];
    yq_buf out = {bytes, sizeof bytes, 0};
    yq_writer w = yq_writer_of(room, cap);
    if (!yq_json_hex(yq_json_get(value, "existence"), &out)) {
        return (yq_slice){0};
    }
    yq_pb_put_bytes(&w, 1, yq_slice_of(out.p, out.n));
    return yq_writer_slice(&w);
}

void comet_proof(comet_run *run, const char *name, const yq_json *value)
{
    static uint8_t proof_room[BYTES_MAX], key_room[1024], value_room[1u << 16];
    uint8_t root_room[YQ_HASH_SIZE_MAX];
    yq_buf root = {root_room, sizeof root_room, 0}, proof = {proof_room, sizeof proof_room, 0};
    yq_buf key = {key_room, sizeof key_room, 0}, held = {value_room, sizeof value_room, 0};
    run_row row = {.file = name, .anchor = "root"};
    (void)yq_json_hex(yq_json_get(value, "root"), &root);
    const yq_slice root_slice = {root.p, root.n};
    if (yq_json_get(value, "existence") != NULL) {
        yq_slice whole = existence(value, proof_room, sizeof proof_room);
        yq_slice exist = field_of(whole, 1);
        proof_row(run, &row, whole, root_slice, field_of(exist, 1), field_of(exist, 2));
        return;
    }
    (void)yq_json_hex(yq_json_get(value, "proof"), &proof);
    const yq_slice bytes = {proof.p, proof.n};
    if (yq_json_get(value, "items") != NULL) {
        batch(run, name, yq_json_get(value, "items"), bytes, root_slice);
        return;
    }
    (void)yq_json_hex(yq_json_get(value, "key"), &key);
    (void)yq_json_hex(yq_json_get(value, "value"), &held);
    if (field_of(bytes, 1).n == 0 && field_of(bytes, 2).n == 0 && field_of(bytes, 5).n != 0) {
        run_report_skip(
            run->report, name, "an exclusion proof (field 5), which no released version verifies");
        return;
    }
    proof_row(run, &row, bytes, root_slice, yq_slice_of(key.p, key.n), yq_slice_of(held.p, held.n));
}

/* ---- cases of single operations, with base64 bytes ---- */

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

void comet_ops(comet_run *run, const char *name, const yq_json *value)
{
    static bytes_room room;
    for (size_t i = 0; i < yq_json_count(value); i++) {
        run_row row = {.file = name, .kind = "operation", .anchor = "none"};
        run_call host_room;
        yq_fault why = {0};
        const yq_comet_call call = {run_workspace_host(run->space, run->client, &host_room), &why};
        const char *key = yq_json_is_array(value) ? NULL : yq_json_key_at(value, i);
        const yq_json *c = key == NULL ? yq_json_at(value, i) : yq_json_get(value, key);
        int accept;
        room.n = 0;
        if (key == NULL) {
            (void)snprintf(row.note, sizeof row.note, "case %zu", i);
        } else {
            (void)snprintf(row.note, sizeof row.note, "%s", key);
        }
        yq_status status = run_case(&call, c, &room, &accept, &row);
        run_row_verdict(&row, status, &why, accept);
        run_report_row(run->report, &row);
    }
}
