#include "relay/codec/x509.h"

static int is_space(uint8_t b)
{
    return b == ' ' || b == '\t' || b == '\r' || b == '\n';
}

static void skip_space(yq_cur *c)
{
    while (yq_cur_left(c) > 0 && is_space(c->p[c->pos])) {
        c->pos++;
    }
}

/* Takes this text, or fails. */
static void take_text(yq_cur *c, const char *text, yq_status bad)
{
    size_t at = c->pos;
    yq_slice want = yq_slice_text(text);
    yq_slice got = yq_cur_take(c, want.n);
    if (yq_cur_ok(c) && !yq_slice_equal(got, want)) {
        yq_cur_fail_field(c, bad, at, "PEM line");
    }
}

static void take_line_end(yq_cur *c)
{
    if (yq_cur_left(c) > 0 && c->p[c->pos] == '\r') {
        c->pos++;
    }
    take_text(c, "\n", YQ_E_NONCANONICAL);
}

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

/* Four digits at a time; `held` holds bits that are not out yet. */
typedef struct base64 {
    uint32_t held;
    unsigned digits, padding;
} base64;

static void take_digit(yq_cur *c, base64 *state, yq_buf *out)
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

yq_status yq_pem_decode(yq_slice in, const char *label, yq_buf *der, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    der->n = 0;
    skip_space(&c);
    size_t at = c.pos;
    take_text(&c, "-----BEGIN ", YQ_E_TRAILING);
    take_text(&c, label, YQ_E_TYPE);
    take_text(&c, "-----", YQ_E_TYPE);
    take_line_end(&c);
    if (c.status == YQ_E_TRUNCATED) {
        c.status = YQ_E_FIELD_MISSING;
        c.bad_at = at;
    }
    base64 state = {0};
    while (yq_cur_left(&c) > 0 && c.p[c.pos] != '-') {
        while (yq_cur_left(&c) > 0 && c.p[c.pos] != '\r' && c.p[c.pos] != '\n') {
            take_digit(&c, &state, der);
        }
        take_line_end(&c);
    }
    if (yq_cur_ok(&c) && (state.digits == 0 || state.digits % 4 != 0)) {
        yq_cur_fail_field(&c, YQ_E_NONCANONICAL, c.pos, "base64");
    }
    take_text(&c, "-----END ", YQ_E_NONCANONICAL);
    take_text(&c, label, YQ_E_TYPE);
    take_text(&c, "-----", YQ_E_TYPE);
    skip_space(&c);
    yq_status status = yq_cur_done(&c, why);
    der->n = status == YQ_OK ? der->n : 0;
    return status;
}
