#include "conformance/runner/kit_case.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

#define ALL_BITS_MAX 1024u /* longer inputs: one bit of each byte */
#define SCRATCH_STEP 3u    /* scratch is tried from nothing upwards, by this factor */

const char *const run_kit_op_name[] = {
    NULL, "init", "update", "event", "value", "misbehaviour", "none"};

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
yq_status run_kit_ask(
    run_kit_state *k,
    const run_kit_step *s,
    yq_slice in,
    yq_digest *said,
    yq_verified_event *event,
    yq_fault *why)
{
    uint8_t room[512];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_verified_event own = {0};
    yq_verified_value value = {0};
    yq_status status = YQ_E_UNSUPPORTED;
    yq_slice out = {0};
    switch (s->op) {
    case RUN_KIT_INIT:
        status = run_client_try_init(k->client, k->space, in, why);
        out = run_workspace_next(k->space);
        break;
    case RUN_KIT_UPDATE:
        status = run_client_try_update(k->client, k->space, in, why);
        out = run_workspace_next(k->space);
        break;
    case RUN_KIT_EVENT:
        status = run_client_event(k->client, k->space, in, &own, why);
        break;
    case RUN_KIT_VALUE:
        status = run_client_value(k->client, k->space, s->key, in, &value, why);
        out = value.value;
        break;
    case RUN_KIT_MISBEHAVIOUR:
        status = run_client_misbehaviour(k->client, k->space, in, why);
        break;
    case RUN_KIT_NONE:
        break;
    }
    if (event != NULL) {
        *event = own;
    }
    if (status == YQ_OK && s->op == RUN_KIT_EVENT) {
        put_event(&w, &own);
    }
    yq_put_u64(&w, value.height);
    yq_put_u32(&w, (uint32_t)value.present);
    const yq_slice part[] = {yq_writer_slice(&w), status == YQ_OK ? out : (yq_slice){0}};
    yq_hash(YQ_HASH_SM3, part, YQ_ARRAY_N(part), said->b);
    return status;
}

int run_kit_is_reject(yq_status status)
{
    return status < 0 && status > -400;
}

/* bad: what was wrong at this number, or NULL. */
static void add_row(run_kit_state *k, run_row *row, const char *bad, size_t at)
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
static int is_claim(const run_kit_step *s, size_t at)
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
static int is_good_answer(run_kit_state *k, const run_kit_step *s, yq_status status)
{
    if (status == YQ_OK) {
        return s->op == RUN_KIT_INIT;
    }
    if (run_kit_is_reject(status)) {
        run_report_code(k->report, status, 1);
        return 1;
    }
    return 0;
}

static void change_bytes(run_kit_state *k, const run_kit_step *s, run_row *row)
{
    yq_digest said;
    yq_fault why;
    unsigned bits = s->in.n <= ALL_BITS_MAX ? 8 : 1;
    memcpy(k->copy, s->in.p, s->in.n);
    for (size_t i = 0; i < s->in.n; i++) {
        for (unsigned bit = 0; bit < bits && !is_claim(s, i); bit++) {
            k->copy[i] ^= (uint8_t)(1u << (bits == 1 ? i % 8 : bit));
            yq_status status = run_kit_ask(k, s, yq_slice_of(k->copy, s->in.n), &said, NULL, &why);
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
static void change_length(run_kit_state *k, const run_kit_step *s, run_row *row)
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
        yq_status status = run_kit_ask(k, s, yq_slice_of(k->copy, n), &said, NULL, &why);
        row->mutations_tried++;
        if (run_kit_is_reject(status)) {
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

/* The layout's name for this input: the operation's, or another one that the case file states. */
static yq_slice layout_of(const run_kit_state *k, const run_kit_step *s)
{
    yq_slice name = yq_slice_text(run_kit_op_name[s->op]);
    (void)yq_json_text(
        yq_json_get(yq_json_get(k->file_root, "layouts"), run_kit_op_name[s->op]), &name);
    return name;
}

/* Returns what is wrong, or NULL. */
static const char *change_structure(run_kit_state *k, const run_kit_step *s, run_row *row)
{
    run_change change;
    yq_fault why = {0};
    if (k->layouts == NULL) {
        return k->whole ? "no kit/layout.json" : NULL;
    }
    yq_status status =
        run_structure_begin(k->structure, yq_json_root(k->layouts), layout_of(k, s), s->in, &why);
    if (status != YQ_OK) {
        (void)fprintf(stderr, "%s: %s at byte %zu\n", k->file, why.text, (size_t)why.offset);
        return "kit/layout.json does not describe this input";
    }
    while (run_structure_next(k->structure, &change)) {
        yq_digest said;
        yq_status given = run_kit_ask(k, s, change.bytes, &said, NULL, &why);
        if (given == YQ_OK && change.excuse.n > 0) {
            run_report_accepted(k->report, k->framework, change.where, change.how, change.excuse);
            continue;
        }
        row->mutations_tried++;
        if (is_good_answer(k, s, given)) {
            row->mutations_refused++;
        } else {
            (void)snprintf(
                row->note,
                sizeof row->note,
                "%.*s %s: %s",
                (int)change.where.n,
                (const char *)change.where.p,
                change.how,
                yq_status_name(given));
        }
    }
    run_row_check(row, "structure");
    return NULL;
}

/* With too little scratch the answer is E_LIMIT, and never another verdict. */
static const char *little_scratch(
    run_kit_state *k, const run_kit_step *s, const yq_digest *right, size_t *at)
{
    const char *bad = NULL;
    for (*at = 0; *at < YQ_VERIFIER_SCRATCH_MAX && bad == NULL; *at = *at * SCRATCH_STEP + 64) {
        yq_digest said;
        yq_fault why;
        run_workspace_limit(k->space, *at, UINT32_MAX);
        yq_status status = run_kit_ask(k, s, s->in, &said, NULL, &why);
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
static const char *no_signatures(run_kit_state *k, const run_kit_step *s, const yq_digest *right)
{
    yq_digest said;
    yq_fault why;
    run_workspace_limit(k->space, SIZE_MAX, 0);
    yq_status status = run_kit_ask(k, s, s->in, &said, NULL, &why);
    run_workspace_limit(k->space, SIZE_MAX, UINT32_MAX);
    if (status == YQ_OK ? yq_digest_equal(&said, right) : status == YQ_E_BUDGET) {
        return NULL;
    }
    return "no E_BUDGET without signatures";
}

void run_kit_check(run_kit_state *k, const run_kit_step *s, const yq_digest *said, run_row *row)
{
    yq_digest again;
    yq_fault why = {0};
    size_t at = 0;
    if (run_kit_ask(k, s, s->in, &again, NULL, &why) != YQ_OK || !yq_digest_equal(said, &again)) {
        add_row(k, row, "the second answer differs", at);
        return;
    }
    run_row_check(row, "twice the same");
    change_bytes(k, s, row);
    run_row_check(row, "every byte");
    change_length(k, s, row);
    run_row_check(row, "every length");
    const char *bad = change_structure(k, s, row);
    bad = bad != NULL ? bad : little_scratch(k, s, said, &at);
    bad = bad != NULL ? bad : no_signatures(k, s, said);
    run_row_check(row, "little scratch");
    run_row_check(row, "no signatures");
    add_row(k, row, bad, at);
}
