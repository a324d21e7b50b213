/* usage: yuqiao-oracle < REQUESTS > ANSWERS; see oracle.h */
#include "conformance/oracles/oracle.h"
#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_SIZE (64u << 20)
#define TEXT_MAX   (8u << 20)

static void *scratch(void *self, size_t size)
{
    return yq_arena_alloc(self, size);
}

static void hash(void *self, uint32_t alg, const yq_slice *part, size_t part_n, uint8_t *md)
{
    (void)self;
    yq_hash(alg, part, part_n, md);
}

void yq_oracle_text(yq_oracle_call *call, const char *text)
{
    yq_put(&call->out, yq_slice_text(text));
}

yq_writer yq_oracle_room(yq_oracle_call *call, size_t cap)
{
    void *room = yq_arena_alloc(call->arena, cap);
    YQ_ASSERT(room != NULL);
    return yq_writer_of(room, cap);
}

void yq_oracle_hex(yq_oracle_call *call, yq_slice bytes)
{
    static const char digit[] = "0123456789abcdef";
    if (bytes.n == 0) {
        yq_oracle_text(call, "-");
    }
    for (size_t i = 0; i < bytes.n; i++) {
        yq_put_u8(&call->out, (uint8_t)digit[bytes.p[i] >> 4]);
        yq_put_u8(&call->out, (uint8_t)digit[bytes.p[i] & 15]);
    }
}

yq_status yq_oracle_number(yq_slice arg, uint64_t *out)
{
    yq_cur c = yq_cur_of(arg);
    *out = arg.n > 8 ? 0 : yq_cur_be(&c, arg.n);
    return arg.n > 8 ? YQ_E_LEN : YQ_OK;
}

/* The next word of a line, which ends in a blank or the line's end. */
static yq_slice take_word(yq_cur *line)
{
    size_t n = 0;
    while (n < yq_cur_left(line) && line->p[line->pos + n] != ' ') {
        n++;
    }
    yq_slice word = yq_cur_take(line, n);
    (void)yq_cur_take(line, yq_cur_left(line) > 0);
    return word;
}

static yq_status take_arg(yq_oracle_call *call, yq_slice word)
{
    if (call->n == YQ_ORACLE_ARGS_MAX) {
        return YQ_E_LIMIT;
    }
    yq_writer room = yq_oracle_room(call, word.n / 2 + 1);
    yq_buf out = {room.p, room.cap, 0};
    if (word.n != 1 || word.p[0] != '-') {
        yq_status status = yq_hex_decode(&out, (const char *)word.p, word.n);
        if (status != YQ_OK) {
            return status;
        }
    }
    call->arg[call->n++] = yq_slice_of(out.p, out.n);
    return YQ_OK;
}

static const yq_oracle_op *find(yq_slice name)
{
    static const yq_oracle_op *const table[] = {
        yq_oracle_crypto, yq_oracle_codec, yq_oracle_proofs};
    for (size_t i = 0; i < YQ_ARRAY_N(table); i++) {
        for (const yq_oracle_op *op = table[i]; op->name != NULL; op++) {
            if (yq_slice_equal(name, yq_slice_text(op->name))) {
                return op;
            }
        }
    }
    return NULL;
}

/* Returns 0 when the line is no request. */
static int answer(yq_oracle_call *call, yq_slice line)
{
    yq_cur c = yq_cur_of(line);
    const yq_oracle_op *op = find(take_word(&c));
    yq_status status = op == NULL ? YQ_E_METHOD_UNKNOWN : YQ_OK;
    while (status == YQ_OK && yq_cur_left(&c) > 0) {
        status = take_arg(call, take_word(&c));
    }
    if (status != YQ_OK || call->n < op->args) {
        return 0;
    }
    status = op->run(call);
    YQ_ASSERT(call->out.status == YQ_OK);
    if (status == YQ_OK) {
        (void)printf("%.*s\n", (int)call->out.n, (const char *)call->out.p);
    } else {
        (void)printf("%s\n", yq_status_name(status));
    }
    return 1;
}

int main(void)
{
    static yq_oracle_call call;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int good = 1;
    void *memory = malloc(ARENA_SIZE);
    YQ_ASSERT(memory != NULL);
    static yq_arena arena;
    static const yq_verifier_host host = {
        .size = sizeof host, .self = &arena, .scratch = scratch, .hash = hash};
    arena = yq_arena_of(memory, ARENA_SIZE);
    while (good && (n = getline(&line, &cap, stdin)) > 0) {
        yq_arena_reset(&arena);
        call.arena = &arena;
        call.host = &host;
        call.n = 0;
        call.out = yq_oracle_room(&call, TEXT_MAX);
        size_t size = (size_t)n - (line[n - 1] == '\n');
        good = answer(&call, yq_slice_of(line, size));
        if (!good) {
            (void)fprintf(stderr, "yuqiao-oracle: no request: %.200s\n", line);
        }
        if (fflush(stdout) != 0) {
            good = 0;
        }
    }
    free(line);
    free(memory);
    return good ? 0 : 2;
}
