#include "relay/codec/abi.h"

#define WORD_SIZE 32u

static uint64_t word_value(const uint8_t *word, int *fits)
{
    uint64_t value = 0;
    *fits = yq_bytes_are_zero(word, WORD_SIZE - 8);
    for (size_t i = WORD_SIZE - 8; i < WORD_SIZE; i++) {
        value = value << 8 | word[i];
    }
    return value;
}

/* The word at an offset of the list, or NULL and a failure. */
static const uint8_t *word_at(yq_cur *args, uint64_t offset)
{
    if (!yq_cur_ok(args)) {
        return NULL;
    }
    if (offset > args->n || args->n - offset < WORD_SIZE) {
        yq_cur_fail(args, YQ_E_TRUNCATED, offset > args->n ? args->n : (size_t)offset);
        return NULL;
    }
    return args->p + offset;
}

static const uint8_t *head_word(yq_cur *args, size_t word_idx)
{
    return word_at(args, word_idx > SIZE_MAX / WORD_SIZE ? SIZE_MAX : word_idx * WORD_SIZE);
}

static uint64_t value_at(yq_cur *args, uint64_t offset)
{
    const uint8_t *word = word_at(args, offset);
    if (word == NULL) {
        return 0;
    }
    int fits;
    uint64_t value = word_value(word, &fits);
    if (!fits) {
        yq_cur_fail(args, YQ_E_RANGE, (size_t)offset);
        return 0;
    }
    return value;
}

uint64_t yq_abi_uint(yq_cur *args, size_t word_idx)
{
    return head_word(args, word_idx) == NULL ? 0 : value_at(args, word_idx * WORD_SIZE);
}

yq_slice yq_abi_address(yq_cur *args, size_t word_idx)
{
    const uint8_t *word = head_word(args, word_idx);
    if (word == NULL) {
        return (yq_slice){0};
    }
    if (!yq_bytes_are_zero(word, WORD_SIZE - 20)) {
        yq_cur_fail(args, YQ_E_NONCANONICAL, word_idx * WORD_SIZE);
        return (yq_slice){0};
    }
    return yq_slice_of(word + WORD_SIZE - 20, 20);
}

yq_slice yq_abi_dynamic(yq_cur *args, size_t word_idx, size_t size_max)
{
    uint64_t offset = yq_abi_uint(args, word_idx);
    if (yq_cur_ok(args) && offset % WORD_SIZE != 0) {
        yq_cur_fail(args, YQ_E_NONCANONICAL, word_idx * WORD_SIZE);
    }
    uint64_t size = value_at(args, offset);
    if (yq_cur_ok(args) && size > size_max) {
        yq_cur_fail(args, YQ_E_LIMIT, (size_t)offset);
    }
    if (!yq_cur_ok(args)) {
        return (yq_slice){0};
    }
    size_t start = (size_t)offset + WORD_SIZE;
    size_t left = args->n - start;
    size_t pad = (size_t)((WORD_SIZE - size % WORD_SIZE) % WORD_SIZE);
    if (size > left || pad > left - size) {
        yq_cur_fail(args, YQ_E_TRUNCATED, start);
        return (yq_slice){0};
    }
    if (!yq_bytes_are_zero(args->p + start + size, pad)) {
        yq_cur_fail(args, YQ_E_NONCANONICAL, start + (size_t)size);
        return (yq_slice){0};
    }
    return yq_slice_of(args->p + start, (size_t)size);
}

int yq_abi_bytes_decode(yq_slice in, yq_slice *out)
{
    yq_cur args = yq_cur_of(in);
    *out = (yq_slice){0};
    if (yq_abi_uint(&args, 0) != WORD_SIZE) {
        return 0;
    }
    yq_slice content = yq_abi_dynamic(&args, 0, in.n);
    size_t padded = (content.n + WORD_SIZE - 1) / WORD_SIZE * WORD_SIZE;
    if (!yq_cur_ok(&args) || in.n != (size_t)2 * WORD_SIZE + padded) {
        return 0;
    }
    *out = content;
    return 1;
}

static void put_zeros(yq_writer *w, size_t n)
{
    static const uint8_t zero[WORD_SIZE];
    yq_put_bytes(w, zero, n);
}

void yq_abi_put_uint(yq_writer *w, uint64_t value)
{
    put_zeros(w, WORD_SIZE - 8);
    yq_put_u64(w, value);
}

void yq_abi_put_address(yq_writer *w, const uint8_t *address20)
{
    put_zeros(w, WORD_SIZE - 20);
    yq_put_bytes(w, address20, 20);
}

void yq_abi_put_tail(yq_writer *w, yq_slice bytes)
{
    yq_abi_put_uint(w, bytes.n);
    yq_put(w, bytes);
    put_zeros(w, (WORD_SIZE - bytes.n % WORD_SIZE) % WORD_SIZE);
}

void yq_abi_put_bytes(yq_writer *w, yq_slice bytes)
{
    yq_abi_put_uint(w, WORD_SIZE);
    yq_abi_put_tail(w, bytes);
}
