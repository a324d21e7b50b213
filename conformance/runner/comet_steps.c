#include "conformance/runner/comet.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>

#define WEEKS_MS (UINT64_C(100) * 365 * 24 * 3600 * 1000)

/* What an anchor takes beside the header. */
typedef struct settings {
    yq_slice chain_id;
    uint64_t trusting_ms, drift_ms;
    uint8_t num, den;
} settings;

static const yq_json *header_of(const yq_json *signed_header)
{
    return yq_json_get(signed_header, "header");
}

static yq_status put_anchor(
    const settings *s, const yq_json *signed_header, yq_writer *w, yq_fault *why)
{
    uint8_t header[4096];
    yq_writer h = yq_writer_of(header, sizeof header);
    yq_digest hash = {{0}};
    yq_buf out = {hash.b, sizeof hash.b, 0};
    const yq_json *id = yq_json_get(yq_json_get(signed_header, "commit"), "block_id");
    yq_status status = yq_comet_header_of_json(header_of(signed_header), &h, why);
    if (status != YQ_OK || !yq_json_hex(yq_json_get(id, "hash"), &out)) {
        return status != YQ_OK ? status : yq_fail(why, YQ_E_FIELD_MISSING, 0, "block_id");
    }
    yq_put_u8(w, YQ_COMET_LAYOUT_VERSION);
    yq_put_str8(w, s->chain_id);
    yq_put_u64(w, s->trusting_ms);
    yq_put_u64(w, s->drift_ms);
    yq_put_u8(w, s->num);
    yq_put_u8(w, s->den);
    yq_put_u8(w, YQ_COMET_STORES_IAVL);
    yq_put(w, YQ_SLICE_OF(hash.b));
    yq_put_blob32(w, yq_writer_slice(&h));
    return w->status == YQ_OK ? YQ_OK : yq_fail(why, w->status, 0, "anchor");
}

static int time_ms_of(const yq_json *value, uint64_t *ms)
{
    yq_slice text;
    int64_t seconds;
    uint32_t nanos;
    if (!yq_json_text(value, &text) || !yq_comet_time_of_text(text, &seconds, &nanos) ||
        seconds < 0) {
        return 0;
    }
    *ms = (uint64_t)seconds * 1000 + nanos / 1000000;
    return 1;
}

static uint64_t height_of(const yq_json *signed_header)
{
    uint64_t height = 0;
    (void)yq_json_quantity(yq_json_get(header_of(signed_header), "height"), &height);
    return height;
}

/* The client at the file's initial header. Out: row's verdict. */
static int start(comet_run *run, const char *name, const yq_json *initial)
{
    run_row row = {.file = name, .kind = "anchor", .anchor = "initial"};
    const yq_json *signed_header = yq_json_get(initial, "signed_header");
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    yq_fault why = {0};
    settings s = {.num = 1, .den = 3};
    uint64_t now, period_ns = 0;
    run_row_check(&row, "header hash");
    if (!yq_json_text(yq_json_get(header_of(signed_header), "chain_id"), &s.chain_id) ||
        !yq_json_quantity(yq_json_get(initial, "trusting_period"), &period_ns) ||
        !time_ms_of(yq_json_get(initial, "now"), &now)) {
        run_row_verdict(&row, YQ_E_FIELD_MISSING, &why, 1);
        run_report_row(run->report, &row);
        return 0;
    }
    s.trusting_ms = period_ns / 1000000;
    /* The anchor is what the organisations took while it was fresh: now is the header's time. */
    (void)time_ms_of(yq_json_get(header_of(signed_header), "time"), &now);
    run_client_set_now(run->client, now);
    yq_status status = put_anchor(&s, signed_header, &w, &why);
    if (status == YQ_OK) {
        status = run_client_init(run->client, yq_writer_slice(&w), &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
    return status == YQ_OK;
}

/* One step. Returns 1 when the client moved. */
static int step(
    comet_run *run,
    const char *name,
    size_t idx,
    const yq_json *input,
    uint64_t trusted,
    const yq_json *trusted_set)
{
    run_row row = {.file = name, .kind = "light block", .anchor = "initial"};
    const yq_json *block = yq_json_get(input, "block");
    const yq_json *signed_header = yq_json_get(block, "signed_header");
    const yq_json *set = yq_json_get(yq_json_get(block, "validator_set"), "validators");
    yq_slice verdict = {0};
    uint64_t now = 0;
    yq_fault why = {0};
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    (void)yq_json_text(yq_json_get(input, "verdict"), &verdict);
    int accept = yq_slice_equal(verdict, yq_slice_text("SUCCESS"));
    (void)snprintf(
        row.note, sizeof row.note, "step %zu, %.*s", idx, (int)verdict.n, (const char *)verdict.p);
    run_row_check(&row, "header hash");
    run_row_check(&row, "sets");
    run_row_check(&row, "votes");
    run_row_check(&row, "time");
    (void)time_ms_of(yq_json_get(input, "now"), &now);
    run_client_set_now(run->client, now);
    yq_put_u8(&w, YQ_COMET_LAYOUT_VERSION);
    int next = height_of(signed_header) == trusted + 1;
    yq_status status =
        yq_comet_step_of_json(trusted, signed_header, set, next ? NULL : trusted_set, 1, &w, &why);
    yq_slice evidence = yq_writer_slice(&w);
    if (status == YQ_OK) {
        status = run_client_try_update(run->client, run->space, evidence, &why);
    }
    run_row_verdict(&row, status, &why, accept);
    if (yq_slice_equal(verdict, yq_slice_text("NOT_ENOUGH_TRUST"))) {
        row.expected = YQ_E_SET_CHANGE;
    }
    if (status == YQ_OK && run->mutations) {
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, &row);
    }
    run_report_row(run->report, &row);
    return status == YQ_OK && run_client_update(run->client, evidence, &why) == YQ_OK;
}

void comet_steps(comet_run *run, const char *name, const yq_json *value)
{
    const yq_json *initial = yq_json_get(value, "initial"), *input = yq_json_get(value, "input");
    const yq_json *set = yq_json_get(yq_json_get(initial, "next_validator_set"), "validators");
    uint64_t trusted = height_of(yq_json_get(initial, "signed_header"));
    if (!start(run, name, initial)) {
        return;
    }
    for (size_t i = 0; i < yq_json_count(input); i++) {
        const yq_json *block = yq_json_get(yq_json_at(input, i), "block");
        if (step(run, name, i, yq_json_at(input, i), trusted, set)) {
            trusted = height_of(yq_json_get(block, "signed_header"));
            set = yq_json_get(yq_json_get(block, "next_validator_set"), "validators");
        }
    }
}

/* ---- IBC ---- */

/* The state that a client of IBC stands for: it keeps no header, so its hash is not known. */
static yq_slice ibc_state(const yq_comet_ibc_client *in, uint8_t *room, size_t cap)
{
    yq_writer w = yq_writer_of(room, cap);
    static const yq_digest unknown;
    yq_put_u8(&w, YQ_COMET_LAYOUT_VERSION);
    yq_put_str8(&w, in->chain_id);
    yq_put_u64(&w, in->trusting_ms);
    yq_put_u64(&w, in->drift_ms);
    yq_put_u8(&w, (uint8_t)in->level_num);
    yq_put_u8(&w, (uint8_t)in->level_den);
    yq_put_u8(&w, YQ_COMET_STORES_IAVL);
    yq_put_u64(&w, in->height);
    yq_put_u64(&w, in->height);
    yq_put_u32(&w, 1);
    yq_put_u16(&w, 0);
    yq_put(&w, YQ_SLICE_OF(unknown.b));
    yq_put_u64(&w, (uint64_t)in->seconds);
    yq_put_u32(&w, in->nanos);
    yq_put(&w, in->root);
    yq_put(&w, in->next_validators);
    yq_put_u64(&w, 0);
    return yq_writer_slice(&w);
}

static void ibc_update(comet_run *run, run_row *row, const yq_json *update)
{
    static uint8_t message[1u << 20];
    yq_buf out = {message, sizeof message, 0};
    yq_fault why = {0};
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    yq_status status = YQ_E_FIELD_MISSING;
    row->kind = "update";
    run_row_check(row, "header hash");
    run_row_check(row, "sets");
    run_row_check(row, "votes");
    if (yq_json_hex(yq_json_get(update, "client_message_hex"), &out)) {
        yq_put_u8(&w, YQ_COMET_LAYOUT_VERSION);
        status = yq_comet_step_of_ibc(yq_slice_of(out.p, out.n), &w, &why);
    }
    yq_slice evidence = yq_writer_slice(&w);
    if (status == YQ_OK) {
        status = run_client_try_update(run->client, run->space, evidence, &why);
    }
    run_row_verdict(row, status, &why, 1);
    if (status == YQ_OK && run->mutations) {
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, row);
    }
}

/* A path's element is text, or hex where the file writes bytes. */
static size_t path_element(const yq_json *path, size_t idx, int as_hex, uint8_t *room, size_t cap)
{
    yq_slice text;
    yq_buf out = {room, cap, 0};
    const yq_json *v = yq_json_at(path, idx);
    if (as_hex) {
        return yq_json_hex(v, &out) ? out.n : 0;
    }
    if (!yq_json_text(v, &text) || text.n > cap) {
        return 0;
    }
    memcpy(room, text.p, text.n);
    return text.n;
}

static yq_status ibc_value(
    comet_run *run, const yq_json *msg, uint64_t height, int as_hex, run_row *row, yq_fault *why)
{
    static uint8_t proof_room[1u << 20], value_room[1u << 16];
    uint8_t store[64], key[512];
    yq_buf proof = {proof_room, sizeof proof_room, 0}, value = {value_room, sizeof value_room, 0};
    const yq_json *path = yq_json_get(msg, "path");
    yq_writer k = yq_writer_of(key, sizeof key);
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    uint8_t inner[400];
    size_t store_n = path_element(path, 0, 0, store, sizeof store);
    size_t inner_n = path_element(path, 1, as_hex, inner, sizeof inner);
    if (store_n == 0 || inner_n == 0 || !yq_json_hex(yq_json_get(msg, "proof"), &proof) ||
        !yq_json_hex(yq_json_get(msg, "value"), &value)) {
        return yq_fail(why, YQ_E_FIELD_MISSING, 0, "path, proof, value");
    }
    yq_put_str8(&k, yq_slice_of(store, store_n));
    yq_put_bytes(&k, inner, inner_n);
    yq_put_u8(&w, YQ_COMET_LAYOUT_VERSION);
    yq_status status = yq_comet_store_proof_of_ibc(
        height, yq_slice_of(store, store_n), yq_slice_of(proof.p, proof.n), &w, why);
    yq_verified_value given = {0};
    if (status == YQ_OK) {
        status = run_client_value(
            run->client, run->space, yq_writer_slice(&k), yq_writer_slice(&w), &given, why);
    }
    if (status == YQ_OK && (given.present != (value.n != 0) ||
                            !yq_slice_equal(given.value, yq_slice_of(value.p, value.n)))) {
        return yq_fail(why, YQ_E_BODY_MISMATCH, 0, "value");
    }
    if (status == YQ_OK && run->mutations) {
        run_mutate_value(
            run->report, run->client, yq_writer_slice(&k), yq_writer_slice(&w), NULL, row);
    }
    return status;
}

void comet_ibc(comet_run *run, const char *name, const yq_json *value)
{
    run_row row = {.file = name, .kind = "client", .anchor = "client state"};
    static uint8_t room[2][1u << 16];
    uint8_t state[YQ_COMET_STATE_MAX];
    yq_buf bytes[2] = {{room[0], sizeof room[0], 0}, {room[1], sizeof room[1], 0}};
    yq_comet_ibc_client client = {0};
    yq_fault why = {0};
    yq_status status = YQ_E_FIELD_MISSING;
    if (yq_json_hex(yq_json_get(value, "client_state_hex"), &bytes[0]) &&
        yq_json_hex(yq_json_get(value, "consensus_state_hex"), &bytes[1])) {
        status = yq_comet_ibc_client_decode(
            yq_slice_of(bytes[0].p, bytes[0].n),
            yq_slice_of(bytes[1].p, bytes[1].n),
            &client,
            &why);
    }
    const yq_json *update = yq_json_get(value, "update_client_message");
    const yq_json *msg = yq_json_get(value, "membership_msg");
    if (status == YQ_OK && msg != NULL) {
        /* The consensus state is that of the proof's height. */
        (void)yq_json_quantity(yq_json_get(msg, "height"), &client.height);
    } else if (status == YQ_OK) {
        (void)yq_json_quantity(yq_json_get(update, "trusted_height"), &client.height);
    }
    run_client_set_state(run->client, ibc_state(&client, state, sizeof state));
    run_client_set_now(run->client, (uint64_t)client.seconds * 1000 + (client.trusting_ms / 2));
    if (status == YQ_OK && update != NULL) {
        ibc_update(run, &row, update);
    } else if (status == YQ_OK && msg != NULL) {
        row.kind = "value";
        run_row_check(&row, "store proof");
        run_row_check(&row, "key proof");
        status = ibc_value(run, msg, client.height, 0, &row, &why);
        if (status != YQ_OK) {
            status = ibc_value(run, msg, client.height, 1, &row, &why);
        }
        run_row_verdict(&row, status, &why, 1);
    } else {
        run_row_verdict(&row, status == YQ_OK ? YQ_E_FIELD_MISSING : status, &why, 1);
    }
    run_report_row(run->report, &row);
}

/* ---- a node's replies ---- */

static const comet_reply *find(
    const comet_reply *reply, size_t n, comet_class class, uint64_t height)
{
    for (size_t i = 0; i < n; i++) {
        if (reply[i].class == class && reply[i].height == height) {
            return &reply[i];
        }
    }
    return NULL;
}

/* The lowest commit above a height, or NULL. */
static const comet_reply *next_commit(const comet_reply *reply, size_t n, uint64_t above)
{
    const comet_reply *best = NULL;
    for (size_t i = 0; i < n; i++) {
        if (reply[i].class == COMET_COMMIT && reply[i].height > above &&
            (best == NULL || reply[i].height < best->height)) {
            best = &reply[i];
        }
    }
    return best;
}

static int reply_anchor(comet_run *run, const comet_reply *first)
{
    run_row row = {.file = first->name, .kind = "anchor", .anchor = "self"};
    const yq_json *signed_header = yq_json_get(first->value, "signed_header");
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    settings s = {.trusting_ms = WEEKS_MS, .drift_ms = 10000, .num = 1, .den = 3};
    yq_fault why = {0};
    run_row_check(&row, "header hash");
    (void)yq_json_text(yq_json_get(header_of(signed_header), "chain_id"), &s.chain_id);
    yq_status status = put_anchor(&s, signed_header, &w, &why);
    if (status == YQ_OK) {
        status = run_client_init(run->client, yq_writer_slice(&w), &why);
    }
    run_row_verdict(&row, status, &why, 1);
    run_report_row(run->report, &row);
    return status == YQ_OK;
}

static void reply_step(
    comet_run *run, const comet_reply *reply, size_t n, const comet_reply *commit, uint64_t trusted)
{
    run_row row = {.file = commit->name, .kind = "commit", .anchor = "self"};
    const comet_reply *set = find(reply, n, COMET_VALIDATORS, commit->height);
    const comet_reply *old = find(reply, n, COMET_VALIDATORS, trusted + 1);
    yq_writer w = yq_writer_of(run->evidence, sizeof run->evidence);
    yq_fault why = {0};
    if (set == NULL || old == NULL) {
        run_report_skip(run->report, commit->name, "its validators are not beside it");
        return;
    }
    run_row_check(&row, "header hash");
    run_row_check(&row, "sets");
    run_row_check(&row, "votes");
    yq_put_u8(&w, YQ_COMET_LAYOUT_VERSION);
    yq_status status = yq_comet_step_of_json(
        trusted,
        yq_json_get(commit->value, "signed_header"),
        yq_json_get(set->value, "validators"),
        commit->height == trusted + 1 ? NULL : yq_json_get(old->value, "validators"),
        1,
        &w,
        &why);
    yq_slice evidence = yq_writer_slice(&w);
    if (status == YQ_OK) {
        status = run_client_try_update(run->client, run->space, evidence, &why);
    }
    run_row_verdict(&row, status, &why, 1);
    if (status == YQ_OK && run->mutations) {
        run_mutate(run->report, run->client, RUN_MUTATE_UPDATE, evidence, NULL, &row);
    }
    run_report_row(run->report, &row);
    if (status == YQ_OK) {
        (void)run_client_update(run->client, evidence, &why);
    }
}

void comet_replies(comet_run *run, const comet_reply *reply, size_t n)
{
    const comet_reply *at = next_commit(reply, n, 0);
    if (at == NULL) {
        for (size_t i = 0; i < n; i++) {
            run_report_skip(run->report, reply[i].name, "no commit is beside it");
        }
        return;
    }
    if (!reply_anchor(run, at)) {
        return;
    }
    uint64_t trusted = at->height;
    while ((at = next_commit(reply, n, at->height)) != NULL) {
        reply_step(run, reply, n, at, trusted);
        trusted = run_client_height(run->client);
    }
    for (size_t i = 0; i < n; i++) {
        if (reply[i].class == COMET_VALIDATORS) {
            run_report_skip(run->report, reply[i].name, "read with the commits");
        }
    }
}
