#include "relay/codec/base64.h"

static int digit_value(uint8_t b)
{
    if (b >= 'A' && b <= 'Z') {
        return b - 'A';
    }
    if (b >= 'a' && b <= 'z') {
        return b - 'a' + 26;
    }
    if (b >= '0' && b <= '9') {
        return b - '0' + 52;
    }
    return b == '+' ? 62 : (b == '/' ? 63 : -1);
}

void yq_base64_digit(yq_cur *c, yq_base64 *state, yq_buf *out)
{
    size_t at = c->pos;
    uint8_t b = yq_cur_u8(c);
    int value = digit_value(b);
    if (b == '=' && state->digits % 4 >= 2) {
        state->padding++;
        value = 0;
    } else if (value < 0 || state->padding > 0) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "base64");
        return;
    }
    state->held = state->held << 6 | (uint32_t)value;
    state->digits++;
    if (state->digits % 4 != 0) {
        return;
    }
    size_t n = 3 - state->padding;
    if ((state->held & ((1u << (8 * state->padding)) - 1)) != 0) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "base64");
        return;
    }
    if (n > out->cap - out->n) {
        yq_cur_fail_field(c, YQ_E_NOSPC, at, "base64");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out->p[out->n++] = (uint8_t)(state->held >> (16 - 8 * i));
    }
    state->held = 0;
}

void yq_base64_end(yq_cur *c, const yq_base64 *state)
{
    if (yq_cur_ok(c) && state->digits % 4 != 0) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, c->pos, "base64");
    }
}

yq_status yq_base64_decode(yq_slice text, yq_buf *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(text);
    yq_base64 state = {0};
    out->n = 0;
    while (yq_cur_left(&c) > 0) {
        yq_base64_digit(&c, &state, out);
    }
    yq_base64_end(&c, &state);
    return yq_cur_done(&c, why);
}
