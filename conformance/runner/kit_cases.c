#include "conformance/runner/kit_case.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <stdio.h>

/* ---- case files ---- */

static run_kit_op op_of(const yq_json *value)
{
    yq_slice name;
    for (unsigned i = RUN_KIT_INIT; i <= RUN_KIT_NONE && yq_json_text(value, &name); i++) {
        if (yq_slice_equal(name, yq_slice_text(run_kit_op_name[i]))) {
            return (run_kit_op)i;
        }
    }
    return 0;
}

/* "OK" or the name of a code; what is not there means OK. */
static int code_of(const yq_json *value, yq_status *out)
{
    yq_slice name;
    *out = YQ_OK;
    if (value == NULL) {
        return 1;
    }
    if (!yq_json_text(value, &name)) {
        return 0;
    }
    if (yq_slice_equal(name, yq_slice_text("OK"))) {
        return 1;
    }
    yq_status status;
    for (unsigned i = 0; yq_status_at(i, &status); i++) {
        if (yq_slice_equal(name, yq_slice_text(yq_status_name(status)))) {
            *out = status;
            return 1;
        }
    }
    return 0;
}

static int read_step(run_kit_state *k, const yq_json *value, run_kit_step *out)
{
    yq_buf in = {k->in, sizeof k->in - 1, 0}, key = {k->key, sizeof k->key, 0};
    yq_buf emitter = {k->emitter, sizeof k->emitter, 0};
    const yq_json *wanted = yq_json_get(value, "emitter");
    *out = (run_kit_step){
        .op = op_of(yq_json_get(value, "do")),
        .claims = yq_json_get(value, "claims"),
        .holes = yq_json_get(value, "holes")};
    (void)yq_json_text(yq_json_get(value, "name"), &out->name);
    if (out->op == RUN_KIT_NONE) {
        return yq_json_count(out->holes) > 0 && out->name.n > 0;
    }
    if (out->op == 0 || !yq_json_hex(yq_json_get(value, "in"), &in) ||
        !code_of(yq_json_get(value, "expect"), &out->expected) ||
        (wanted != NULL && !yq_json_hex(wanted, &emitter)) ||
        (out->op == RUN_KIT_VALUE && !yq_json_hex(yq_json_get(value, "key"), &key))) {
        return 0;
    }
    out->in = yq_slice_of(in.p, in.n);
    out->key = yq_slice_of(key.p, key.n);
    out->emitter = yq_slice_of(emitter.p, emitter.n);
    return 1;
}

static int is_offered(const yq_verifier *v, run_kit_op o)
{
    return (o != RUN_KIT_VALUE || v->value != NULL) &&
           (o != RUN_KIT_MISBEHAVIOUR || v->misbehaviour != NULL);
}

/* States that are cut short or changed: no fault, and nothing that is not there is read. */
static void state_row(run_kit_state *k)
{
    run_row row = {.file = k->file, .kind = "describe", .anchor = "case"};
    run_client *other = run_client_new(k->verifier);
    yq_slice state = run_client_state(k->client);
    yq_client_view view = {0};
    yq_fault why;
    run_row_check(&row, "view");
    row.code = run_client_describe(k->client, k->space, &view, &why);
    memcpy(k->copy, state.p, state.n);
    for (size_t i = 0; i < state.n && row.code == YQ_OK; i++) {
        for (unsigned kind = 0; kind < 2; kind++) {
            k->copy[i] = (uint8_t)(k->copy[i] ^ (kind == 0 ? 1u << i % 8 : 0u));
            run_client_set_state(other, yq_slice_of(k->copy, kind == 0 ? state.n : i));
            yq_status status = run_client_describe(other, k->space, &view, &why);
            k->copy[i] = state.p[i];
            row.mutations_tried++;
            row.mutations_refused += (kind == 0 && status == YQ_OK) || run_kit_is_reject(status);
        }
    }
    run_row_check(&row, "changed and cut states");
    run_client_free(other);
    run_report_row(k->report, &row);
}

/* What is accepted moves the client; what is refused must leave it as it is. */
static void apply(run_kit_state *k, const run_kit_step *s, run_row *row)
{
    static uint8_t before[YQ_CLIENT_STATE_MAX];
    yq_fault why;
    yq_slice state = run_client_state(k->client);
    size_t n = state.n;
    memcpy(before, state.p, n);
    if (s->op == RUN_KIT_INIT && s->expected == YQ_OK) {
        (void)run_client_init(k->client, s->in, &why);
    } else if (s->op == RUN_KIT_UPDATE) {
        (void)run_client_update(k->client, s->in, &why);
    }
    if (s->expected != YQ_OK) {
        run_row_check(row, "nothing moved");
        state = run_client_state(k->client);
        if (!yq_slice_equal(yq_slice_of(before, n), state)) {
            (void)snprintf(row->note, sizeof row->note, "a refused input moved the client");
            row->code = row->code == YQ_E_CONFLICT ? YQ_E_NOT_PROVEN : YQ_E_CONFLICT;
        }
    }
}

/* Counts a step as a case of its holes: a refusal, or an event that says whose it is. */
static void count_holes(run_kit_state *k, const run_kit_step *s)
{
    for (size_t i = 0; i < yq_json_count(s->holes); i++) {
        uint64_t number = 0;
        (void)yq_json_uint(yq_json_at(s->holes, i), &number);
        if (number == 0 || number > RUN_KIT_HOLES) {
            continue;
        }
        run_kit_hole *hole = &k->hole[number];
        if (s->op == RUN_KIT_NONE) {
            (void)snprintf(
                hole->reason, sizeof hole->reason, "%.*s", (int)s->name.n, (const char *)s->name.p);
        } else if (s->expected != YQ_OK || s->emitter.n > 0) {
            hole->cases++;
        }
    }
}

static void run_step(run_kit_state *k, const run_kit_step *s, run_row *row)
{
    yq_digest said;
    yq_verified_event event;
    yq_fault why = {0};
    row->kind = run_kit_op_name[s->op];
    row->code = run_kit_ask(k, s, s->in, &said, &event, &why);
    row->expected = s->expected;
    run_row_check(row, "verdict");
    if (row->code != s->expected) {
        (void)snprintf(row->note, sizeof row->note, "%s", why.text);
    }
    if (row->code == YQ_OK && s->emitter.n > 0) {
        run_row_check(row, "emitter");
        if (!yq_slice_equal(s->emitter, event.emitter)) {
            row->code = YQ_E_EMITTER;
        }
    }
    if (row->code == YQ_OK && s->expected == YQ_OK) {
        run_kit_check(k, s, &said, row);
        apply(k, s, row);
    } else {
        apply(k, s, row);
        run_report_row(k->report, row);
    }
}

static void run_cases(run_kit_state *k, const yq_json *root)
{
    const yq_json *steps = yq_json_get(root, "steps");
    uint64_t now_ms = 0;
    if (yq_json_uint(yq_json_get(root, "now_ms"), &now_ms)) {
        run_client_set_now(k->client, now_ms);
    }
    for (size_t i = 0; i < yq_json_count(steps); i++) {
        run_row row = {.file = k->file, .anchor = "case"};
        run_kit_step s;
        int good = read_step(k, yq_json_at(steps, i), &s);
        (void)snprintf(
            row.note, sizeof row.note, "step %zu, %.*s", i, (int)s.name.n, (const char *)s.name.p);
        if (!good || !is_offered(k->verifier, s.op)) {
            row.kind = "step";
            row.code = YQ_E_CONFIG_INVALID;
            run_report_row(k->report, &row);
            continue;
        }
        count_holes(k, &s);
        if (s.op != RUN_KIT_NONE) {
            run_step(k, &s, &row);
        }
    }
    if (run_client_state(k->client).n > 0) {
        state_row(k);
    }
}

void run_kit_file(run_kit_state *k, const run_file *file)
{
    run_row row = {.file = file->name, .kind = "cases", .anchor = "none"};
    yq_slice text;
    yq_fault why = {0};
    row.code = run_file_read(file->path, &text, &why);
    yq_json *document = row.code == YQ_OK ? yq_json_parse(text, RUN_FILE_MAX, &why) : NULL;
    if (row.code == YQ_OK) {
        run_file_free(text);
    }
    const yq_json *root = document == NULL ? NULL : yq_json_root(document);
    if (yq_json_count(yq_json_get(root, "steps")) == 0) {
        row.code = row.code == YQ_OK ? YQ_E_JSON_STRICT : row.code;
        (void)snprintf(row.note, sizeof row.note, "no steps: %s", why.text);
        run_report_row(k->report, &row);
    } else {
        k->file = file->name;
        k->file_root = root;
        k->client = run_client_new(k->verifier);
        run_cases(k, root);
        run_client_free(k->client);
    }
    yq_json_free(document);
}
