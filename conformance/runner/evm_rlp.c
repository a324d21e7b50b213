#include "conformance/runner/evm_files.h"
#include "relay/base/bytes.h"
#include "relay/codec/rlp.h"

#include <stdio.h>

#define DEPTH_MAX  64u
#define BYTES_MAX  (1u << 20)
#define NUMBER_MAX 64u /* bytes */

yq_status evm_rlp_walk(yq_slice in, yq_fault *why)
{
    yq_cur stack[DEPTH_MAX] = {yq_cur_of(in)};
    size_t open = 1;
    int items = 0; /* on the outermost level */
    while (open > 0) {
        yq_cur *top = &stack[open - 1];
        if (open == 1 && (items == 1 || !yq_cur_ok(top))) {
            return yq_cur_done(top, why);
        }
        if (yq_cur_left(top) == 0 && open > 1) {
            open--;
            yq_rlp_end(&stack[open], &stack[open - 1]);
            items += open == 1;
        } else if (!yq_rlp_is_list(top)) {
            (void)yq_rlp_string(top, BYTES_MAX);
            items += open == 1;
        } else if (open == DEPTH_MAX) {
            return yq_fail(why, YQ_E_DEPTH, 0, "list");
        } else {
            stack[open] = yq_rlp_list(top);
            open++;
        }
    }
    return YQ_OK;
}

/* A decimal text of any size as its shortest big-endian bytes. */
static int decimal_bytes(yq_slice text, uint8_t *out, size_t *n)
{
    uint8_t v[NUMBER_MAX] = {0};
    for (size_t i = 0; i < text.n; i++) {
        unsigned carry = (unsigned)text.p[i] - '0';
        if (carry > 9) {
            return 0;
        }
        for (size_t k = NUMBER_MAX; k > 0; k--) {
            carry += 10u * v[k - 1];
            v[k - 1] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry > 0) {
            return 0;
        }
    }
    size_t zeros = 0;
    while (zeros < NUMBER_MAX && v[zeros] == 0) {
        zeros++;
    }
    *n = NUMBER_MAX - zeros;
    memcpy(out, v + zeros, *n);
    return 1;
}

static int put_leaf(yq_writer *w, const yq_json *value)
{
    static uint8_t room[BYTES_MAX];
    yq_buf bytes = {room, sizeof room, 0};
    uint64_t number;
    yq_slice text;
    if (yq_json_uint(value, &number)) {
        yq_rlp_put_uint(w, number);
        return 1;
    }
    if (!yq_json_text(value, &text)) {
        return 0;
    }
    if (text.n > 0 && text.p[0] == '#') {
        size_t n;
        uint8_t big[NUMBER_MAX];
        if (!decimal_bytes(yq_slice_of(text.p + 1, text.n - 1), big, &n)) {
            return 0;
        }
        yq_rlp_put_string(w, yq_slice_of(big, n));
        return 1;
    }
    if (!evm_text_bytes(text, &bytes)) {
        return 0;
    }
    yq_rlp_put_string(w, yq_slice_of(bytes.p, bytes.n));
    return 1;
}

/* Writes what a case holds: texts, numbers, lists of them. Returns 0 for what is none of these. */
static int encode(const yq_json *value, yq_writer *w)
{
    struct {
        const yq_json *list;
        size_t at, mark;
    } stack[DEPTH_MAX];
    size_t open = 0;
    const yq_json *next = value;
    while (next != NULL || open > 0) {
        if (next != NULL && yq_json_is_array(next)) {
            if (open == DEPTH_MAX) {
                return 0;
            }
            stack[open].list = next;
            stack[open].at = 0;
            stack[open].mark = yq_rlp_list_begin(w);
            open++;
        } else if (next != NULL && !put_leaf(w, next)) {
            return 0;
        }
        next = NULL;
        while (open > 0 && next == NULL) {
            next = yq_json_at(stack[open - 1].list, stack[open - 1].at++);
            if (next == NULL) {
                open--;
                yq_rlp_list_end(w, stack[open].mark);
            }
        }
        if (open == 0) {
            break;
        }
    }
    return w->status == YQ_OK;
}

static int says(const yq_json *value, const char *word)
{
    yq_slice text;
    return yq_json_text(value, &text) && yq_slice_equal(text, yq_slice_text(word));
}

static void one(evm_run *run, const char *name, const char *key, const yq_json *c)
{
    static uint8_t room[BYTES_MAX], own_room[BYTES_MAX];
    run_row row = {.file = name, .kind = "RLP", .anchor = "none"};
    yq_buf bytes = {room, sizeof room, 0};
    yq_writer own = yq_writer_of(own_room, sizeof own_room);
    const yq_json *in = yq_json_get(c, "in");
    yq_fault why = {0};
    yq_slice text;
    int invalid = says(in, "INVALID");
    (void)snprintf(row.note, sizeof row.note, "%s", key);
    run_row_check(&row, "one strict item");
    yq_status status = YQ_E_FIELD_MISSING;
    if (yq_json_text(yq_json_get(c, "out"), &text)) {
        int prefixed = text.n >= 2 && text.p[0] == '0' && text.p[1] == 'x';
        size_t skip = prefixed ? 2 : 0;
        status = yq_hex_decode(&bytes, (const char *)text.p + skip, text.n - skip);
    }
    if (status == YQ_OK) {
        status = evm_rlp_walk(yq_slice_of(bytes.p, bytes.n), &why);
    }
    if (status == YQ_OK && !invalid && !says(in, "VALID")) {
        run_row_check(&row, "written again");
        if (!encode(in, &own) ||
            !yq_slice_equal(yq_writer_slice(&own), yq_slice_of(bytes.p, bytes.n))) {
            status = yq_fail(&why, YQ_E_BODY_MISMATCH, 0, "our own encoding differs");
        }
    }
    run_row_verdict(&row, status, &why, !invalid);
    run_report_row(run->report, &row);
}

void evm_rlp(evm_run *run, const char *name, const yq_json *value)
{
    for (const char *key = yq_json_key_next(value, NULL); key != NULL;
         key = yq_json_key_next(value, key)) {
        if (yq_json_is_object(yq_json_get(value, key))) {
            one(run, name, key, yq_json_get(value, key));
        }
    }
}
