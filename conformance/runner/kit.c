#include "conformance/runner/kit.h"

#include "conformance/runner/files.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INPUT_MAX    (2u << 20)
#define PATH_SIZE    1024u
#define ALL_BITS_MAX 1024u /* longer inputs: one bit of each byte */
#define SCRATCH_STEP 3u    /* scratch is tried from nothing upwards, by this factor */

typedef enum op {
    OP_INIT = 1,
    OP_UPDATE,
    OP_EVENT,
    OP_VALUE,
    OP_MISBEHAVIOUR
} op;

static const char *const op_name[] = {NULL, "init", "update", "event", "value", "misbehaviour"};

typedef struct kit {
    run_report *report;
    const yq_verifier *verifier;
    run_client *client;
    run_workspace *space;
    const char *file; /* of the cases */
    uint8_t in[INPUT_MAX], key[4096], copy[INPUT_MAX];
} kit;

/* One step of a case file. */
typedef struct step {
    op op;
    yq_slice in, key;
    yq_status expected;
    const yq_json *claims; /* ranges that may change: [[offset, size, reason], ...] */
} step;

/* ---- one call, with everything that it says as one digest ---- */

static void put_event(yq_writer *w, const yq_verified_event *e)
{
    const yq_slice part[] = {e->emitter, e->name, e->data, e->bytes, e->tx_id};
    yq_put_u64(w, e->height);
    yq_put_u64(w, e->time_ms);
    yq_put_u32(w, e->event_index);
    yq_put_u8(w, e->grade);
    for (size_t i = 0; i < YQ_ARRAY_N(part); i++) {
        uint8_t md[32];
        yq_hash_one(YQ_HASH_SM3, part[i], md);
        yq_put_u64(w, part[i].n);
        yq_put_bytes(w, md, sizeof md);
    }
}

/* Out: said, SM3 over what came out. */
static yq_status ask(kit *k, const step *s, yq_slice in, yq_digest *said, yq_fault *why)
{
    uint8_t room[512];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_verified_event event = {0};
    yq_verified_value value = {0};
    yq_status status = YQ_E_UNSUPPORTED;
    yq_slice out = {0};
    switch (s->op) {
    case OP_INIT:
        status = run_client_try_init(k->client, k->space, in, why);
        out = run_workspace_next(k->space);
        break;
    case OP_UPDATE:
        status = run_client_try_update(k->client, k->space, in, why);
        out = run_workspace_next(k->space);
        break;
    case OP_EVENT:
        status = run_client_event(k->client, k->space, in, &event, why);
        break;
    case OP_VALUE:
        status = run_client_value(k->client, k->space, s->key, in, &value, why);
        out = value.value;
        break;
    case OP_MISBEHAVIOUR:
        status = run_client_misbehaviour(k->client, k->space, in, why);
        break;
    }
    if (status == YQ_OK && s->op == OP_EVENT) {
        put_event(&w, &event);
    }
    yq_put_u64(&w, value.height);
    yq_put_u32(&w, (uint32_t)value.present);
    const yq_slice part[] = {yq_writer_slice(&w), status == YQ_OK ? out : (yq_slice){0}};
    yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), said->b);
    return status;
}

static int is_reject(yq_status status)
{
    return status < 0 && status > -400;
}

/* bad: what was wrong at this number, or NULL. */
static void add_row(kit *k, run_row *row, const char *bad, size_t at)
{
    if (bad != NULL) {
        row->code = YQ_E_NOT_PROVEN;
        row->expected = YQ_OK;
        (void)snprintf(row->note, sizeof row->note, "%s: %zu", bad, at);
    }
    run_report_row(k->report, row);
}

/* ---- what every accepted input must hold to ---- */

/* Is this byte one that the case file calls a claim? */
static int is_claim(const step *s, size_t at)
{
    for (size_t i = 0; i < yq_json_count(s->claims); i++) {
        uint64_t first = 0, size = 0;
        const yq_json *range = yq_json_at(s->claims, i);
        (void)yq_json_uint(yq_json_at(range, 0), &first);
        (void)yq_json_uint(yq_json_at(range, 1), &size);
        if (at >= first && at < first + size) {
            return 1;
        }
    }
    return 0;
}

/* An anchor is a decision, so another one may well be good; nothing else may. */
static int is_good_answer(kit *k, const step *s, yq_status status)
{
    if (status == YQ_OK) {
        return s->op == OP_INIT;
    }
    if (is_reject(status)) {
        run_report_code(k->report, status, 1);
        return 1;
    }
    return 0;
}

static void change_bytes(kit *k, const step *s, run_row *row)
{
    yq_digest said;
    yq_fault why;
    unsigned bits = s->in.n <= ALL_BITS_MAX ? 8 : 1;
    memcpy(k->copy, s->in.p, s->in.n);
    for (size_t i = 0; i < s->in.n; i++) {
        for (unsigned bit = 0; bit < bits && !is_claim(s, i); bit++) {
            k->copy[i] ^= (uint8_t)(1u << (bits == 1 ? i % 8 : bit));
            yq_status status = ask(k, s, yq_slice_of(k->copy, s->in.n), &said, &why);
            k->copy[i] = s->in.p[i];
            row->mutations_tried++;
            if (is_good_answer(k, s, status)) {
                row->mutations_refused++;
            } else {
                (void)snprintf(
                    row->note, sizeof row->note, "byte %zu changed: %s", i, yq_status_name(status));
            }
        }
    }
}

/* Cut short at every length, and one byte longer. */
static void change_length(kit *k, const step *s, run_row *row)
{
    yq_digest said;
    yq_fault why;
    memcpy(k->copy, s->in.p, s->in.n);
    k->copy[s->in.n] = 0;
    size_t stride = s->in.n <= ALL_BITS_MAX ? 1 : s->in.n / ALL_BITS_MAX + 1;
    for (size_t n = 0; n <= s->in.n + 1; n += n + stride <= s->in.n ? stride : 1) {
        if (n == s->in.n) {
            continue;
        }
        yq_status status = ask(k, s, yq_slice_of(k->copy, n), &said, &why);
        row->mutations_tried++;
        if (is_reject(status)) {
            row->mutations_refused++;
            run_report_code(k->report, status, 1);
        } else {
            (void)snprintf(
                row->note,
                sizeof row->note,
                "%zu of %zu bytes: %s",
                n,
                s->in.n,
                yq_status_name(status));
        }
    }
}

/* With too little scratch the answer is E_LIMIT, and never another verdict. */
static const char *little_scratch(kit *k, const step *s, const yq_digest *right, size_t *at)
{
    const char *bad = NULL;
    for (*at = 0; *at < YQ_VERIFIER_SCRATCH_MAX && bad == NULL; *at = *at * SCRATCH_STEP + 64) {
        yq_digest said;
        yq_fault why;
        run_workspace_limit(k->space, *at, UINT32_MAX);
        yq_status status = ask(k, s, s->in, &said, &why);
        if (status == YQ_OK ? !yq_digest_equal(&said, right) : status != YQ_E_LIMIT) {
            bad = "no E_LIMIT with so little scratch";
        } else if (status == YQ_OK) {
            break;
        }
    }
    run_workspace_limit(k->space, SIZE_MAX, UINT32_MAX);
    return bad;
}

/* Without signatures a call says E_BUDGET, or needs none. */
static const char *no_signatures(kit *k, const step *s, const yq_digest *right)
{
    yq_digest said;
    yq_fault why;
    run_workspace_limit(k->space, SIZE_MAX, 0);
    yq_status status = ask(k, s, s->in, &said, &why);
    run_workspace_limit(k->space, SIZE_MAX, UINT32_MAX);
    if (status == YQ_OK ? yq_digest_equal(&said, right) : status == YQ_E_BUDGET) {
        return NULL;
    }
    return "no E_BUDGET without signatures";
}

static void run_step(kit *k, const step *s, run_row *row)
{
    yq_digest said, again;
    yq_fault why = {0};
    size_t at = 0;
    row->kind = op_name[s->op];
    row->code = ask(k, s, s->in, &said, &why);
    row->expected = s->expected;
    run_row_check(row, "verdict");
    if (row->code != s->expected) {
        (void)snprintf(row->note, sizeof row->note, "%s", why.text);
    }
    if (row->code != YQ_OK || s->expected != YQ_OK) {
        run_report_row(k->report, row);
        return;
    }
    if (ask(k, s, s->in, &again, &why) != YQ_OK || !yq_digest_equal(&said, &again)) {
        add_row(k, row, "the second answer differs", at);
        return;
    }
    run_row_check(row, "twice the same");
    change_bytes(k, s, row);
    run_row_check(row, "every byte");
    change_length(k, s, row);
    run_row_check(row, "every length");
    const char *bad = little_scratch(k, s, &said, &at);
    bad = bad != NULL ? bad : no_signatures(k, s, &said);
    run_row_check(row, "little scratch");
    run_row_check(row, "no signatures");
    add_row(k, row, bad, at);
}

/* ---- case files ---- */

static op op_of(const yq_json *value)
{
    yq_slice name;
    for (unsigned i = 1; i < YQ_ARRAY_N(op_name) && yq_json_text(value, &name); i++) {
        if (yq_slice_equal(name, yq_slice_text(op_name[i]))) {
            return (op)i;
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

static int read_step(kit *k, const yq_json *value, step *out)
{
    yq_buf in = {k->in, sizeof k->in - 1, 0}, key = {k->key, sizeof k->key, 0};
    *out = (step){.op = op_of(yq_json_get(value, "do")), .claims = yq_json_get(value, "claims")};
    if (out->op == 0 || !yq_json_hex(yq_json_get(value, "in"), &in) ||
        !code_of(yq_json_get(value, "expect"), &out->expected)) {
        return 0;
    }
    if (out->op == OP_VALUE && !yq_json_hex(yq_json_get(value, "key"), &key)) {
        return 0;
    }
    out->in = yq_slice_of(in.p, in.n);
    out->key = yq_slice_of(key.p, key.n);
    return 1;
}

static int is_offered(const yq_verifier *v, op o)
{
    return (o != OP_VALUE || v->value != NULL) && (o != OP_MISBEHAVIOUR || v->misbehaviour != NULL);
}

/* States that are cut short or changed: no fault, and nothing that is not there is read. */
static void state_row(kit *k)
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
            k->copy[i] ^= kind == 0 ? (uint8_t)(1u << i % 8) : 0;
            run_client_set_state(other, yq_slice_of(k->copy, kind == 0 ? state.n : i));
            yq_status status = run_client_describe(other, k->space, &view, &why);
            k->copy[i] = state.p[i];
            row.mutations_tried++;
            row.mutations_refused += (kind == 0 && status == YQ_OK) || is_reject(status);
        }
    }
    run_row_check(&row, "changed and cut states");
    run_client_free(other);
    run_report_row(k->report, &row);
}

static void apply(kit *k, const step *s)
{
    yq_fault why;
    if (s->expected != YQ_OK) {
        return;
    }
    if (s->op == OP_INIT) {
        (void)run_client_init(k->client, s->in, &why);
    } else if (s->op == OP_UPDATE) {
        (void)run_client_update(k->client, s->in, &why);
    }
}

static void run_cases(kit *k, const yq_json *root)
{
    const yq_json *steps = yq_json_get(root, "steps");
    uint64_t now_ms = 0;
    if (yq_json_uint(yq_json_get(root, "now_ms"), &now_ms)) {
        run_client_set_now(k->client, now_ms);
    }
    for (size_t i = 0; i < yq_json_count(steps); i++) {
        run_row row = {.file = k->file, .anchor = "case"};
        const yq_json *value = yq_json_at(steps, i);
        yq_slice name = {0};
        step s;
        (void)yq_json_text(yq_json_get(value, "name"), &name);
        (void)snprintf(
            row.note, sizeof row.note, "step %zu, %.*s", i, (int)name.n, (const char *)name.p);
        if (!read_step(k, value, &s) || !is_offered(k->verifier, s.op)) {
            row.kind = "step";
            row.code = YQ_E_CONFIG_INVALID;
            run_report_row(k->report, &row);
            continue;
        }
        run_step(k, &s, &row);
        apply(k, &s);
    }
    if (run_client_state(k->client).n > 0) {
        state_row(k);
    }
}

static void run_file_of(kit *k, const run_file *file)
{
    run_row row = {.file = file->name, .kind = "cases", .anchor = "none"};
    yq_slice text;
    yq_fault why = {0};
    if (!run_ends_with(file->base, ".json")) {
        return;
    }
    row.code = run_file_read(file->path, &text, &why);
    yq_json *document = row.code == YQ_OK ? yq_json_parse(text, RUN_FILE_MAX, &why) : NULL;
    if (row.code == YQ_OK) {
        run_file_free(text);
    }
    if (document == NULL || yq_json_count(yq_json_get(yq_json_root(document), "steps")) == 0) {
        row.code = row.code == YQ_OK ? YQ_E_JSON_STRICT : row.code;
        (void)snprintf(row.note, sizeof row.note, "no steps: %s", why.text);
        run_report_row(k->report, &row);
    } else {
        k->file = file->name;
        k->client = run_client_new(k->verifier);
        run_cases(k, yq_json_root(document));
        run_client_free(k->client);
    }
    yq_json_free(document);
}

static void each_folder(void *self, const run_folder *folder)
{
    for (size_t i = 0; i < folder->n; i++) {
        run_file_of(self, &folder->file[i]);
    }
}

/* ---- the library ---- */

static const char *descriptor_fault(const yq_verifier *v)
{
    if (v == NULL || v->magic != YQ_VERIFIER_MAGIC) {
        return "magic";
    }
    if (v->abi_major != YQ_VERIFIER_ABI_MAJOR || v->size < sizeof *v) {
        return "ABI version or size";
    }
    if (v->version == 0 || v->framework == NULL || v->framework[0] == '\0') {
        return "framework, version";
    }
    if (v->state_size_max == 0 || v->state_size_max > YQ_CLIENT_STATE_MAX) {
        return "state_size_max";
    }
    return v->init == NULL || v->update == NULL || v->event == NULL || v->describe == NULL
               ? "init, update, event and describe are needed"
               : NULL;
}

/* lib/verifier-<name>.so beside the folder of this program. */
static int library_of(const char *path, char *out)
{
    char own[PATH_SIZE];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    for (unsigned i = 0; i < 2 && n > 0; i++) {
        while (n > 0 && own[--n] != '/') {
        }
    }
    if (n <= 0) {
        return 0;
    }
    own[n] = '\0';
    int size =
        snprintf(out, PATH_SIZE, "%s/lib/verifier-%.*s.so", own, (int)(end - begin), path + begin);
    return size > 0 && (size_t)size < PATH_SIZE;
}

static yq_status load(const char *library, void **handle, const yq_verifier **out, yq_fault *why)
{
    *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (*handle == NULL) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, library);
    }
    /* POSIX gives functions as data pointers here. */
    union {
        void *data;
        const yq_verifier *(*entry)(void);
    } symbol = {dlsym(*handle, "yq_verifier_v1")};
    if (symbol.data == NULL) {
        (void)dlclose(*handle);
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "no symbol yq_verifier_v1");
    }
    *out = symbol.entry();
    return YQ_OK;
}

yq_status run_kit(run_report *report, const char *path, const char *library, yq_fault *why)
{
    char own[PATH_SIZE], cases[PATH_SIZE];
    void *handle = NULL;
    kit *k = calloc(1, sizeof *k);
    YQ_ASSERT(k != NULL);
    k->report = report;
    yq_status status = YQ_OK;
    if (library == NULL) {
        library = own;
        status = library_of(path, own) ? YQ_OK : yq_fail(why, YQ_E_NOT_FOUND, 0, path);
    }
    if (status == YQ_OK) {
        status = load(library, &handle, &k->verifier, why);
    }
    if (status != YQ_OK) {
        free(k);
        return status;
    }
    run_row row = {.file = library, .kind = "descriptor", .anchor = "none"};
    const char *bad = descriptor_fault(k->verifier);
    row.code = bad == NULL ? YQ_OK : YQ_E_CONFIG_INVALID;
    (void)snprintf(
        row.note,
        sizeof row.note,
        "%s",
        bad == NULL && k->verifier != NULL ? k->verifier->framework : bad);
    run_row_check(&row, "ABI");
    run_report_row(report, &row);
    if (bad == NULL) {
        k->space = run_workspace_new();
        (void)snprintf(cases, sizeof cases, "%s/kit", path);
        status = run_walk(cases, each_folder, k, why);
        run_workspace_free(k->space);
    }
    free(k);
    (void)dlclose(handle);
    return status;
}
