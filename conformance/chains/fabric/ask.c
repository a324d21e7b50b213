#include "conformance/chains/fabric/ask.h"

#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

/* A message's fields of bytes by number, each at most once; others are passed over. */
static yq_slice take(yq_cur *outer, yq_slice in, uint32_t number, const char *name)
{
    yq_cur c = yq_cur_of(in);
    int found;
    yq_slice bytes = yq_pb_find(&c, number, &found);
    if (yq_cur_ok(&c) && !found) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, in.n);
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, c.bad_at, name);
    }
    return yq_cur_ok(outer) ? bytes : (yq_slice){0};
}

static uint64_t specified(yq_cur *outer, yq_slice in)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    uint64_t seen = 0, number = 0;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && yq_pb_once(&c, &f, YQ_PB_VARINT, &seen)) {
            number = f.value;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, c.bad_at, "number");
    }
    return number;
}

static void position(yq_cur *outer, yq_slice in, uint8_t *kind, uint64_t *number)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number < YQ_FBMOCK_NEWEST || f.number > YQ_FBMOCK_NEXT_COMMIT) {
            yq_cur_fail(&c, YQ_E_RANGE, f.at);
        } else if (f.type != YQ_PB_BYTES) {
            yq_cur_fail(&c, YQ_E_TYPE, f.at);
        } else if (*kind != YQ_FBMOCK_POSITION_NONE) {
            yq_cur_fail(&c, YQ_E_FIELD_DUP, f.at);
        } else {
            *kind = (uint8_t)f.number;
            *number = f.number == YQ_FBMOCK_SPECIFIED ? specified(&c, f.bytes) : 0;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, c.bad_at, "position");
    }
}

static int flag(yq_cur *c, const yq_pb_field *f, uint64_t *seen)
{
    if (yq_pb_once(c, f, YQ_PB_VARINT, seen) && f->value > 1) {
        yq_cur_fail(c, YQ_E_RANGE, f->at);
    }
    return f->value == 1;
}

static void seek_info(yq_cur *outer, yq_slice in, yq_fbmock_ask *out)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    uint64_t seen = 0;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && yq_pb_once(&c, &f, YQ_PB_BYTES, &seen)) {
            position(&c, f.bytes, &out->from, &out->from_number);
        } else if (f.number == 2 && yq_pb_once(&c, &f, YQ_PB_BYTES, &seen)) {
            position(&c, f.bytes, &out->to, &out->to_number);
        } else if (f.number == 3) {
            out->fail_if_not_ready = flag(&c, &f, &seen);
        } else if (f.number == 4) {
            (void)flag(&c, &f, &seen);
        } else if (f.number == 5) {
            out->headers_only = flag(&c, &f, &seen);
        }
    }
    if (yq_cur_ok(&c) && (out->from == 0 || out->to == 0)) {
        yq_cur_fail(&c, YQ_E_FIELD_MISSING, in.n);
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, c.bad_at, "SeekInfo");
    }
}

yq_status yq_fbmock_ask_decode(yq_slice envelope, yq_fbmock_ask *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(envelope);
    *out = (yq_fbmock_ask){0};
    yq_slice payload = take(&c, envelope, 1, "payload");
    yq_slice header = take(&c, payload, 1, "header");
    yq_slice channel_header = take(&c, header, 1, "channel_header");
    out->channel = take(&c, channel_header, 4, "channel_id");
    yq_slice data = take(&c, payload, 2, "data");
    if (yq_cur_ok(&c)) {
        seek_info(&c, data, out);
    }
    return yq_cur_status(&c, why);
}

uint32_t yq_fbmock_walk_begin(
    const yq_fbmock_ask *ask, const char *channel, uint64_t n, yq_fbmock_walk *out)
{
    *out = (yq_fbmock_walk){
        .fail_if_not_ready = ask->fail_if_not_ready, .headers_only = ask->headers_only};
    if (n == 0 || !yq_slice_equal(ask->channel, yq_slice_text(channel))) {
        return YQ_FBMOCK_NOT_FOUND;
    }
    switch ((yq_fbmock_position)ask->from) {
    case YQ_FBMOCK_POSITION_NONE:
        return YQ_FBMOCK_BAD_REQUEST;
    case YQ_FBMOCK_NEWEST:
        out->next = n - 1;
        break;
    case YQ_FBMOCK_OLDEST:
        break;
    case YQ_FBMOCK_SPECIFIED:
        out->next = ask->from_number;
        break;
    case YQ_FBMOCK_NEXT_COMMIT:
        out->next = n;
        break;
    }
    switch ((yq_fbmock_position)ask->to) {
    case YQ_FBMOCK_POSITION_NONE:
    case YQ_FBMOCK_NEXT_COMMIT:
        return YQ_FBMOCK_BAD_REQUEST;
    case YQ_FBMOCK_NEWEST:
        out->last = ask->from == YQ_FBMOCK_NEWEST ? out->next : n - 1;
        break;
    case YQ_FBMOCK_OLDEST:
        out->last = out->next;
        break;
    case YQ_FBMOCK_SPECIFIED:
        out->last = ask->to_number;
        break;
    }
    if (out->last < out->next) {
        return ask->to == YQ_FBMOCK_SPECIFIED ? YQ_FBMOCK_BAD_REQUEST : YQ_FBMOCK_NOT_FOUND;
    }
    if (out->next > n || (out->fail_if_not_ready && out->next == n)) {
        return YQ_FBMOCK_NOT_FOUND;
    }
    out->active = 1;
    return YQ_FBMOCK_SUCCESS;
}
