#include "relay/codec/base64.h"
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
    yq_base64 state = {0};
    while (yq_cur_left(&c) > 0 && c.p[c.pos] != '-') {
        while (yq_cur_left(&c) > 0 && c.p[c.pos] != '\r' && c.p[c.pos] != '\n') {
            yq_base64_digit(&c, &state, der);
        }
        take_line_end(&c);
    }
    if (yq_cur_ok(&c) && state.digits == 0) {
        yq_cur_fail_field(&c, YQ_E_NONCANONICAL, c.pos, "base64");
    }
    yq_base64_end(&c, &state);
    take_text(&c, "-----END ", YQ_E_NONCANONICAL);
    take_text(&c, label, YQ_E_TYPE);
    take_text(&c, "-----", YQ_E_TYPE);
    skip_space(&c);
    yq_status status = yq_cur_done(&c, why);
    der->n = status == YQ_OK ? der->n : 0;
    return status;
}
