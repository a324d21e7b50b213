#include "conformance/runner/comet.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>

#define BYTES_MAX   (4u << 20)
#define ENTRIES_MAX 1024u /* of a batch */

/* ---- proofs ---- */

static const yq_ics23_exist *some_exist(const yq_ics23_proof *p)
{
    return p->has[0] ? &p->exist[0] : p->has[1] ? &p->exist[1] : NULL;
}

/* The sparse tree as it was before its keys were hashed by the proof itself. */
static yq_ics23_spec spec_smt_before(void)
{
    yq_ics23_spec spec = yq_ics23_spec_smt();
    spec.leaf.prehash_key = 0;
    spec.compares_hashed_keys = 0;
    return spec;
}

/* The published spec whose form this proof has: the files do not name it. */
static int spec_of(const yq_comet_call *call, const yq_ics23_proof *proof, yq_ics23_spec *out)
{
    const yq_ics23_spec all[] = {
        yq_ics23_spec_iavl(), yq_ics23_spec_tendermint(), yq_ics23_spec_smt(), spec_smt_before()};
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
    for (size_t n = 0; path.n > 0 && n <= YQ_ICS23_STEPS_MAX; n++) { /* one more is refused */
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
    for (size_t i = 0; i < ENTRIES_MAX; i++) {
        yq_writer w = yq_writer_of(room, cap);
        yq_slice own = {0}, plain = unpack(proof, i, &w, &own);
        if (plain.n == 0 || yq_slice_equal(own, key)) {
            return plain;
        }
    }
    return (yq_slice){0};
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
