#ifndef YQ_ADAPTERS_EVM_TEST_EDITS_H
#define YQ_ADAPTERS_EVM_TEST_EDITS_H

#include "adapters/evm/test_replies.h"
#include "relay/base/errors.h"
#include "relay/codec/rlp.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>

/* Hand-made replies: each malformed one is told by code and by the key's name. */
static uint8_t *memory, *room;
static yq_evma_work work;
static yq_fault why;

static inline void setup(void)
{
    memory = malloc(4u << 20);
    room = malloc(TEST_ROOM_MAX);
    yq_evma_work_begin(&work, memory, 2u << 20);
}

static inline void teardown(void)
{
    free(memory);
    free(room);
}

/* One place of a text is another one. */
typedef struct edit {
    const char *from, *to;
    yq_status status;
    const char *names; /* what the reason says */
} edit;

/* Returns the edited text; free it. */
static inline char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "%s", from);
    size_t cap = strlen(text) + strlen(to) + 1;
    char *out = malloc(cap);
    cr_assert_not_null(out);
    (void)snprintf(out, cap, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

typedef yq_status (*reader)(const yq_json *result, yq_buf *out);

/* The reader takes the text, and refuses each edit of it, leaving nothing behind. */
static inline void check_edits(const char *text, reader read, const edit *list, size_t n)
{
    yq_buf out = {room, TEST_ROOM_MAX, 0};
    yq_json *good = test_parse(text);
    cr_assert_eq(read(test_result(good), &out), YQ_OK, "%s", why.text);
    size_t size = out.n;
    cr_assert_gt(size, 0);
    for (size_t cap = 0; cap < size; cap += 1 + size / 50) {
        out = (yq_buf){room, cap, 0};
        cr_expect_eq(read(test_result(good), &out), YQ_E_NOSPC, "%zu", cap);
        cr_expect_eq(out.n, 0);
    }
    yq_json_free(good);
    for (size_t i = 0; i < n; i++) {
        char *bad = edited(text, list[i].from, list[i].to);
        yq_json *document = test_parse(bad);
        why = (yq_fault){0};
        out = (yq_buf){room, TEST_ROOM_MAX, 0};
        yq_status status = read(test_result(document), &out);
        cr_expect_eq(
            status,
            list[i].status,
            "%s -> %s: %s %s",
            list[i].from,
            list[i].to,
            yq_status_name(status),
            why.text);
        cr_expect_not_null(
            strstr(why.text, list[i].names), "%s -> %s: %s", list[i].from, list[i].to, why.text);
        cr_expect_eq(out.n, 0);
        yq_json_free(document);
        free(bad);
    }
}

/* 32 bytes that begin with this digit. */
#define HASH_OF(digit) "0x" digit "000000000000000000000000000000000000000000000000000000000000000"

#endif /* YQ_ADAPTERS_EVM_TEST_EDITS_H */
