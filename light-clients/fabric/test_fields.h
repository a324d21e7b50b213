#ifndef YQ_LIGHT_CLIENTS_FABRIC_TEST_FIELDS_H
#define YQ_LIGHT_CLIENTS_FABRIC_TEST_FIELDS_H

/* For tests of decoders: every field of every message inside a good one, in its wrong forms. */
#include "light-clients/fabric/test_config.h"

#include <criterion/criterion.h>

#define FIELD_DEPTH_MAX 12u
#define FIELD_BEYOND    100u /* numbers from 64 on are not told apart */
#define FIELD_UNKNOWN   15u

/* A letter for each field of a message, from number 1 on: 'u' a number, 'b' bytes, 't' a text,
 * 'i' repeated, '-' not known, '.' not tried. */
typedef struct message_row {
    uint8_t path[FIELD_DEPTH_MAX + 1]; /* numbers of fields, the outermost first; 0 ends */
    const char *fields;
    int is_open; /* fields that are not known may stand in it */
} message_row;

/* Whether a decoder finds only the one form. */
typedef int judge_fn(yq_slice in);

/* The message with the first field of this number replaced, or one put behind the last. */
static inline yq_slice with_field(yq_slice in, uint32_t number, yq_slice bytes)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == number) {
            yq_slice before = yq_slice_of(in.p, (size_t)(f.whole.p - in.p));
            yq_slice after = yq_slice_of(in.p + c.pos, in.n - c.pos);
            return JOIN(before, pb_bytes(number, bytes), after);
        }
    }
    return JOIN(in, pb_bytes(number, bytes));
}

/* The whole with the message at the path replaced. */
static inline yq_slice with_message(yq_slice whole, const uint8_t *path, yq_slice message)
{
    yq_slice level[FIELD_DEPTH_MAX + 1] = {whole};
    size_t depth = 0;
    for (; path[depth] != 0; depth++) {
        level[depth + 1] = field(level[depth], path[depth], 0, NULL);
    }
    while (depth > 0) {
        depth--;
        message = with_field(level[depth], path[depth], message);
    }
    return message;
}

/* The message holds nothing but what is tried. */
static inline void expect_form(
    judge_fn *judge, yq_slice whole, const message_row *row, yq_slice message, int want, char what)
{
    cr_expect_eq(
        judge(with_message(whole, row->path, message)),
        want,
        "fields %s behind number %u: %c",
        row->fields,
        row->path[0],
        what);
}

static inline void check_field(
    judge_fn *judge, yq_slice whole, const message_row *row, uint32_t number, char kind)
{
    yq_slice good = kind == 'u' ? pb_uint(number, 0) : pb_bytes(number, nothing);
    yq_slice other = kind == 'u' ? pb_bytes(number, nothing) : pb_uint(number, 0);
    if (kind == '-') {
        expect_form(judge, whole, row, good, 0, kind);
        return;
    }
    expect_form(judge, whole, row, good, 1, kind);
    expect_form(judge, whole, row, other, 0, kind);
    expect_form(judge, whole, row, JOIN(good, good), kind == 'i', kind);
    if (kind == 't') {
        expect_form(judge, whole, row, pb_text(number, "\xff"), 0, kind);
    }
}

static inline void check_message(judge_fn *judge, yq_slice whole, const message_row *row)
{
    cr_assert(judge(whole));
    expect_form(judge, whole, row, pb_uint(FIELD_UNKNOWN, 1), row->is_open, '?');
    expect_form(judge, whole, row, pb_bytes(FIELD_UNKNOWN, nothing), row->is_open, '?');
    expect_form(judge, whole, row, pb_bytes(FIELD_BEYOND, nothing), row->is_open, '?');
    expect_form(judge, whole, row, text("\x0a\x7f"), 0, '!');
    for (uint32_t i = 0; row->fields[i] != 0; i++) {
        if (row->fields[i] != '.') {
            check_field(judge, whole, row, i + 1, row->fields[i]);
        }
    }
}

#endif /* YQ_LIGHT_CLIENTS_FABRIC_TEST_FIELDS_H */
