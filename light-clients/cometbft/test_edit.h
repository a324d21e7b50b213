#ifndef YQ_LIGHT_CLIENTS_COMETBFT_TEST_EDIT_H
#define YQ_LIGHT_CLIENTS_COMETBFT_TEST_EDIT_H

/* For tests of decoders: a good message in which one field is another, and what is said of it. */
#include "light-clients/cometbft/test_ics23.h"

#define TEST_EDIT_MAX (2u << 20)

typedef enum test_how {
    TEST_GONE,  /* the field is not there */
    TEST_TWICE, /* as it stands, twice */
    TEST_NUM,   /* a varint, n */
    TEST_LEN,   /* n bytes */
} test_how;

typedef struct test_edit {
    uint8_t path[4]; /* numbers of fields, the outermost first; 0 ends */
    test_how how;
    uint64_t n;
    yq_status status;
    const char *text; /* what the fault says */
    uint8_t as;       /* number under which it is written; 0: its own */
} test_edit;

static inline yq_pb_field test_find_field(yq_slice message, uint32_t number)
{
    yq_cur c = yq_cur_of(message);
    yq_pb_field f = {0};
    while (yq_pb_next(&c, &f)) {
        if (f.number == number) {
            return f;
        }
    }
    return (yq_pb_field){0};
}

static inline void test_put_edit(yq_writer *w, const test_edit *e, uint32_t number, yq_slice whole)
{
    static uint8_t letters[TEST_EDIT_MAX];
    number = e->as == 0 ? number : e->as;
    memset(letters, 'a', sizeof letters);
    switch (e->how) {
    case TEST_GONE:
        break;
    case TEST_TWICE:
        yq_put(w, whole);
        yq_put(w, whole);
        break;
    case TEST_NUM:
        yq_pb_put_varint(w, number, e->n);
        break;
    case TEST_LEN:
        yq_pb_put_bytes(w, number, yq_slice_of(letters, (size_t)e->n));
        break;
    }
}

/* The message with the first field of this number changed, or one put at its place; depth: which of
 * the path's numbers. below: what is inside, NULL where the edit itself is. */
static inline yq_slice test_edit_level(
    yq_slice message, const test_edit *e, size_t depth, const yq_slice *below, uint8_t *out)
{
    yq_writer w = yq_writer_of(out, TEST_EDIT_MAX);
    const uint32_t number = e->path[depth];
    yq_cur c = yq_cur_of(message);
    yq_pb_field f = {0};
    int done = 0, more = yq_pb_next(&c, &f);
    while (more || !done) {
        if (!done && (!more || f.number >= number)) {
            const yq_slice whole = more && f.number == number ? f.whole : (yq_slice){0};
            if (below == NULL) {
                test_put_edit(&w, e, number, whole);
            } else {
                yq_pb_put_bytes(&w, number, *below);
            }
            more = whole.n > 0 ? yq_pb_next(&c, &f) : more;
            done = 1;
            continue;
        }
        yq_put(&w, f.whole);
        more = yq_pb_next(&c, &f);
    }
    YQ_ASSERT(yq_cur_ok(&c) && w.status == YQ_OK);
    return yq_writer_slice(&w);
}

/* Lives until the next call. */
static inline yq_slice test_edit_of(yq_slice message, const test_edit *e)
{
    static uint8_t bytes[2][TEST_EDIT_MAX];
    yq_slice level[4] = {message};
    size_t depth = 0;
    for (; e->path[depth + 1] != 0; depth++) {
        level[depth + 1] = test_find_field(level[depth], e->path[depth]).bytes;
    }
    yq_slice now = test_edit_level(level[depth], e, depth, NULL, bytes[depth % 2]);
    while (depth > 0) {
        depth--;
        const yq_slice below = now;
        now = test_edit_level(level[depth], e, depth, &below, bytes[depth % 2]);
    }
    return now;
}

/* Compares status and text, which may be NULL for OK. */
static inline void test_edit_expect(const char *what, size_t row, const test_edit *e, yq_status got)
{
    cr_expect_eq(got, e->status, "%s, row %zu: %d %s", what, row, got, client->why.text);
    if (e->status != YQ_OK) {
        cr_expect_str_eq(client->why.text, e->text, "%s, row %zu", what, row);
    }
}

#endif /* YQ_LIGHT_CLIENTS_COMETBFT_TEST_EDIT_H */
